// Sell as a person: /sell works without scripts, the routes under /api/v1/me beside it.
#include "api_shop.h"
#include "photo.h"
#include "sell.h"

#include <fondaco/base/json.h>
#include <fondaco/http/multipart.h>
#include <fondaco/storage/blobs.h>

#include <algorithm>
#include <array>

namespace fondaco::storefront {
namespace {

using http::WritePlan;
using storage::BlobInfo;

constexpr std::string_view kPhotos = "/photos/";
constexpr std::string_view kUploaded = "storefront.upload";  // Holder: the person who sent it.
constexpr std::string_view kShown = "storefront.photo";      // Holder: the product that shows it.
constexpr std::size_t kFormBytesMost = 24 << 20;

struct ListingIn {
  std::string title;
  std::optional<std::string> description;
  Condition condition = Condition::good;
  Money price;
  Handover handover = Handover::parcel;
  std::optional<std::string> meeting_point;
  std::vector<std::string> photos;  // Addresses from POST /api/v1/me/photos.
};
BOOST_DESCRIBE_STRUCT(ListingIn, (),
                      (title, description, condition, price, handover, meeting_point, photos))

struct ListingOut {
  ProductId product;
  MerchantId merchant;
  std::string path;
};
BOOST_DESCRIBE_STRUCT(ListingOut, (), (product, merchant, path))

struct PhotoOut {
  std::string address;
};
BOOST_DESCRIBE_STRUCT(PhotoOut, (), (address))

Seller seller_of(Shop& shop) {
  return {*shop.s.gates, shop.s.offers, shop.s.availability, shop.s.shoppers};
}

std::string extension_of(storage::BlobType type) {
  return type == storage::BlobType::jpeg ? "jpg" : std::string(storage::name_of(type));
}

std::string address_of(const BlobInfo& blob) {
  return std::string(kPhotos) + blob.sha256 + "." + extension_of(blob.type);
}

/// Durable when it returns; nobody refers to it yet. Not inside a transaction.
Result<BlobInfo, PhotoRefusal> keep(Shop& shop, std::string_view bytes) {
  const auto photo = clean_photo(bytes);
  if (!photo.ok()) return Refused{photo.refusal()};
  auto blob = shop.s.blobs->put(photo->bytes);
  if (!blob.ok()) return Refused{PhotoRefusal::no_photo};
  return *blob;
}

/// The photo behind an address of ours, as long as somebody refers to it.
std::optional<BlobInfo> sent_photo(Shop& shop, storage::Read& read, std::string_view address) {
  if (!address.starts_with(kPhotos)) return std::nullopt;
  address.remove_prefix(kPhotos.size());
  const auto blob = shop.s.blobs->find(read, address.substr(0, address.find('.')));
  const bool picture =
      blob && (blob->type == storage::BlobType::jpeg || blob->type == storage::BlobType::png ||
               blob->type == storage::BlobType::webp);
  return picture && address_of(*blob).substr(kPhotos.size()) == address ? blob : std::nullopt;
}

std::string_view text_of(SellRefusal refusal) {
  switch (refusal) {
    case SellRefusal::bad_title:
      return "sell.error.title";
    case SellRefusal::bad_text:
      return "sell.error.text";
    case SellRefusal::bad_price:
      return "sell.error.price";
    case SellRefusal::meeting_point:
      return "sell.error.meeting_point";
    case SellRefusal::bad_photos:
      return "sell.error.photos";
    case SellRefusal::too_many:
      return "sell.error.too_many";
    case SellRefusal::unknown_listing:
      return "sell.error.unknown";
    case SellRefusal::not_possible:
      return "sell.error.not_possible";
  }
  return "sell.error.not_possible";
}

Response problem_of(SellRefusal refusal) {
  const std::string text(say("en", text_of(refusal)));
  switch (refusal) {
    case SellRefusal::bad_title:
      return http::invalid("/title", text);
    case SellRefusal::bad_text:
      return http::invalid("/description", text);
    case SellRefusal::bad_price:
      return http::invalid("/price", text);
    case SellRefusal::meeting_point:
      return http::invalid("/meeting_point", text);
    case SellRefusal::bad_photos:
      return http::invalid("/photos", text);
    case SellRefusal::too_many:
      return http::problem(409, "too_many_listings", text);
    case SellRefusal::unknown_listing:
      return http::problem(404, "unknown_listing", text);
    case SellRefusal::not_possible:
      return http::problem(409, "not_possible", text);
  }
  return http::problem(500, "internal", "unnamed refusal");
}

// ---- The page

struct Form {
  NewListing listing;
  std::string price;
  std::optional<SellRefusal> refusal;
  bool photo_refused = false;
};

template <class E>
View radio(std::string_view locale, std::string_view name, E value, E chosen) {
  const std::string word = boost::describe::enum_to_string(value, "");
  View v;
  v.set("value", word).set("checked", value == chosen);
  v.set("label", say(locale, "sell." + std::string(name) + "." + word));
  return v;
}

std::vector<View> own_listings(Shop& shop, storage::Read& read, PersonId person,
                               std::string_view locale) {
  const auto own = own_shop(read, person);
  if (!own) return {};
  std::vector<View> out;
  for (const auto& p : catalog::products(read, open_listings(read, own->id))) {
    View v;
    v.set("url", product_path(p)).set("title", catalog::title_in(p, locale));
    v.set("picture", picture_path(p)).set("product", to_text(p.id));
    out.push_back(std::move(v));
  }
  static_cast<void>(shop);
  return out;
}

Response sell_page(Shop& shop, const Context& c, storage::Read& read, const Form& f) {
  const std::string_view locale = c.locale();
  const auto error = [&](SellRefusal r) {
    return f.refusal == r ? std::string(say(locale, text_of(r))) : std::string();
  };
  std::vector<Input> inputs(3);
  inputs[0] = {"title", std::string(say(locale, "sell.title")), f.listing.title,
               error(SellRefusal::bad_title)};
  inputs[0].required = true;
  inputs[1] = {"price", std::string(say(locale, "sell.price")), f.price,
               error(SellRefusal::bad_price)};
  inputs[1].required = true;
  inputs[2] = {"meeting_point", std::string(say(locale, "sell.meeting_point")),
               f.listing.meeting_point, error(SellRefusal::meeting_point)};
  View view;
  for (Input& in : inputs) {
    in.wide = true;
    view.set("field_" + in.name, input_view(in, locale));
  }
  const bool general =
      f.refusal && inputs[0].error.empty() && inputs[1].error.empty() && inputs[2].error.empty();
  set_errors(view, inputs, general ? std::string(say(locale, text_of(*f.refusal))) : "");
  view.set("description", f.listing.description);
  std::vector<View> conditions;
  for (const auto value :
       {Condition::as_new, Condition::good, Condition::used, Condition::defective}) {
    conditions.push_back(radio(locale, "condition", value, f.listing.condition));
  }
  std::vector<View> handovers;
  for (const auto value : {Handover::parcel, Handover::meeting}) {
    handovers.push_back(radio(locale, "handover", value, f.listing.handover));
  }
  const auto listings = own_listings(shop, read, c.who().person, locale);
  view.set("conditions", conditions).set("handovers", handovers);
  view.set("listings", listings).set("has_listings", !listings.empty());
  const auto notice = c.request().query_value("notice").value_or("");
  view.maybe("notice", notice == "ended" ? std::string(say(locale, "sell.ended")) : "");
  return own_page(shop, c, read, "sell", std::move(view),
                  {.title = std::string(say(locale, "sell"))}, f.refusal ? 422 : 200);
}

Response to_sign_in() { return http::redirect("/sign-in?next=%2Fsell&notice=first"); }

template <class E>
void choose(E& out, const std::string& word) {
  boost::describe::enum_from_string(word.c_str(), out);  // Another word leaves what was there.
}

/// Fields and files of the form; photos are stored, their addresses in the listing.
Form form_of(Shop& shop, const Context& c, std::vector<BlobInfo>& blobs) {
  Form f;
  const auto& r = c.request();
  f.listing.title = field(r, "title");
  f.listing.description = field(r, "description");
  f.listing.meeting_point = field(r, "meeting_point");
  choose(f.listing.condition, field(r, "condition"));
  choose(f.listing.handover, field(r, "handover"));
  f.price = field(r, "price");
  std::string decimal = f.price;
  std::replace(decimal.begin(), decimal.end(), ',', '.');
  const auto price = parse_decimal(decimal, shop.s.currency);
  f.listing.price = price.value_or(Money{0, shop.s.currency});
  const auto parts = http::parse_multipart(r.header("content-type"), r.body);
  for (const auto& part : parts.value_or(std::vector<http::FormPart>{})) {
    if (part.name != "photos" || part.content.empty()) continue;
    const auto blob = f.listing.photos.size() < kPhotosMost
                          ? keep(shop, part.content)
                          : Result<BlobInfo, PhotoRefusal>(Refused{PhotoRefusal::too_large});
    if (!blob.ok()) {
      f.refusal = SellRefusal::bad_photos;
      continue;
    }
    f.listing.photos.push_back(address_of(*blob));
    blobs.push_back(*blob);
  }
  if (!f.refusal) f.refusal = check_listing(f.listing);
  return f;
}

void show_by(Shop& shop, storage::Tx& tx, const std::vector<BlobInfo>& blobs, ProductId product) {
  for (const BlobInfo& blob : blobs) shop.s.blobs->refer(tx, blob, kShown, product.value);
}

WritePlan plan_sell(Shop& shop, Context& c) {
  if (!c.who().person) return to_sign_in();
  std::vector<BlobInfo> blobs;
  Form f = form_of(shop, c, blobs);
  if (f.refusal) return sell_page(shop, c, c.read(), f);
  return [&shop, &c, f = std::move(f), blobs = std::move(blobs)](storage::Tx& tx) mutable {
    const auto listed = list_thing(tx, seller_of(shop), c.who().person, f.listing);
    if (!listed.ok()) {
      f.refusal = listed.refusal();
      return sell_page(shop, c, tx, f);
    }
    show_by(shop, tx, blobs, listed->product);
    return http::redirect("/p/" + to_text(listed->product) + "/" + percent_encode(listed->handle));
  };
}

WritePlan plan_end(Shop& shop, Context& c) {
  if (!c.who().person) return to_sign_in();
  const auto product = id_from_text<ProductId>(field(c.request(), "product"));
  if (!product) return not_found();
  return [&shop, person = c.who().person, product = *product](storage::Tx& tx) {
    const auto ended = end_listing(tx, seller_of(shop), person, product);
    return ended.ok() ? http::redirect("/sell?notice=ended") : not_found();
  };
}

Response photo(Shop& shop, Context& c) {
  const auto blob = sent_photo(shop, c.read(), c.request().path);
  auto bytes = blob ? shop.s.blobs->get(blob->sha256) : std::nullopt;
  if (!bytes) return not_found();
  Response r;
  r.content_type = std::string(storage::media_type_of(blob->type));
  r.body = std::move(*bytes);
  r.with("Cache-Control", "public, max-age=31536000, immutable");
  return r;
}

// ---- The routes beside it

WritePlan post_photo(Shop& shop, Context& c) {
  const auto blob = keep(shop, c.request().body);
  if (!blob.ok()) {
    return http::problem(415, "no_photo", "expected a JPEG, PNG or WebP of at most 8 MiB");
  }
  return [&shop, blob = *blob, person = c.who().person](storage::Tx& tx) {
    shop.s.blobs->refer(tx, blob, kUploaded, person.value);
    return http::json(json_of(PhotoOut{address_of(blob)}), 201);
  };
}

WritePlan post_listing(Shop& shop, Context& c) {
  auto in = http::body_as<ListingIn>(c);
  if (!in.ok()) return in.refusal();
  std::vector<BlobInfo> blobs;
  for (const std::string& address : in->photos) {
    const auto blob = sent_photo(shop, c.read(), address);
    if (!blob) return http::invalid("/photos", "names a photo that was not sent");
    blobs.push_back(*blob);
  }
  const NewListing listing{in->title,    in->description.value_or(""),   in->condition, in->price,
                           in->handover, in->meeting_point.value_or(""), in->photos};
  return [&shop, listing, blobs, person = c.who().person](storage::Tx& tx) {
    const auto listed = list_thing(tx, seller_of(shop), person, listing);
    if (!listed.ok()) return problem_of(listed.refusal());
    show_by(shop, tx, blobs, listed->product);
    const ListingOut out{listed->product, listed->merchant,
                         "/p/" + to_text(listed->product) + "/" + percent_encode(listed->handle)};
    return http::json(json_of(out), 201);
  };
}

WritePlan delete_listing(Shop& shop, Context& c) {
  const auto product = c.id_param<ProductId>("id");
  if (!product) return problem_of(SellRefusal::unknown_listing);
  return [&shop, person = c.who().person, product = *product](storage::Tx& tx) {
    const auto ended = end_listing(tx, seller_of(shop), person, product);
    return ended.ok() ? http::no_content() : problem_of(ended.refusal());
  };
}

void mount_api(http::Router& router, const SharedShop& shop) {
  const auto route = [](http::Method method, std::string path, std::string summary,
                        http::Idempotency again) {
    http::Route r;
    r.method = method;
    r.path = std::move(path);
    r.access = {"me.write", http::Owner::self, http::Rate::write, again};
    r.summary = std::move(summary);
    return r;
  };
  auto send = route(http::Method::post, "/api/v1/me/photos", "Send a photo for a listing",
                    http::Idempotency::optional);
  send.access.rate = http::Rate::upload;
  send.body_limit = kPhotoBytesMost;
  send.response = http::schema_of<PhotoOut>();
  send.success = 201;
  send.refusals = {"no_photo"};
  router.write(std::move(send), [shop](Context& c) { return post_photo(*shop, c); });

  auto list = route(http::Method::post, "/api/v1/me/listings", "Sell one thing as a person",
                    http::Idempotency::optional);
  list.request = http::schema_of<ListingIn>();
  list.response = http::schema_of<ListingOut>();
  list.success = 201;
  list.refusals = {"invalid_request", "too_many_listings", "not_possible"};
  router.write(std::move(list), [shop](Context& c) { return post_listing(*shop, c); });

  auto end = route(http::Method::del, "/api/v1/me/listings/{id}", "Sold elsewhere, or withdrawn",
                   http::Idempotency::natural);
  end.success = 204;
  end.refusals = {"unknown_listing"};
  router.write(std::move(end), [shop](Context& c) { return delete_listing(*shop, c); });
}

}  // namespace

void mount_sell(http::Router& router, const SharedShop& shop) {
  if (!shop->s.gates || !shop->s.blobs) return;
  router.read(page_route("/sell", "The form to sell one thing as a person"), [shop](Context& c) {
    return c.who().person ? sell_page(*shop, c, c.read(), {}) : to_sign_in();
  });
  auto form = form_route("/sell", "Lists one thing; photos lose what they tell of their maker");
  form.body_limit = kFormBytesMost;
  form.access.rate = http::Rate::upload;
  router.write(std::move(form), [shop](Context& c) { return plan_sell(*shop, c); });
  router.write(form_route("/sell/end", "Ends a listing"),
               [shop](Context& c) { return plan_end(*shop, c); });
  auto photos = page_route("/photos/{name}", "A photo of a listing");
  photos.response = http::Schema::text("image/jpeg");
  router.read(std::move(photos), [shop](Context& c) { return photo(*shop, c); });
  mount_api(router, shop);
}

}  // namespace fondaco::storefront
