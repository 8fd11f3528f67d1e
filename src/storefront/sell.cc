#include "sell.h"

#include <fondaco/base/text.h>
#include <fondaco/catalog.h>
#include <fondaco/inventory.h>

#include <boost/describe/enum_to_string.hpp>

#include <algorithm>

namespace fondaco::storefront {
namespace {

constexpr std::string_view kCategory = "Second-hand";
constexpr std::string_view kCategoryZh = "二手闲置";

/// Letters that cannot be mistaken for each other.
std::string short_name(storage::Tx& tx) {
  constexpr std::string_view kLetters = "abcdefghjkmnpqrstvwxyz23456789";
  std::string out;
  for (int i = 0; i < 10; ++i) out += kLetters[tx.random().below(kLetters.size())];
  return out;
}

std::int64_t cap(Currency currency) {
  std::int64_t scale = 1;
  for (int i = 0; i < currency.exponent(); ++i) scale *= 10;
  return kPriceMajorUnknown * scale;
}

bool is_identified(storage::Read& read, const Seller& seller, MerchantId merchant) {
  const auto papers = seller.gates.papers(read, merchant);
  return std::any_of(papers.begin(), papers.end(), [](const marketplace::Paper& p) {
    return p.kind == marketplace::PaperKind::identity &&
           p.state == marketplace::PaperState::accepted;
  });
}

Result<marketplace::Merchant, SellRefusal> open_shop(storage::Tx& tx, const Seller& seller,
                                                     PersonId person, Currency currency) {
  const std::string name = short_name(tx);
  marketplace::NewApplication wanted;
  wanted.merchant.slug = "p-" + name;
  wanted.merchant.name = "Private seller " + name.substr(0, 4);
  wanted.merchant.name_zh = "个人卖家 " + name.substr(0, 4);
  wanted.merchant.kind = marketplace::MerchantKind::private_seller;
  wanted.merchant.currency = currency;
  wanted.merchant.country = "DE";
  marketplace::MerchantRefusal why{};
  const auto made = seller.gates.apply(tx, person, wanted, why);
  const shoppers::Permission all{"*", {}, {}};
  if (!made.ok() ||
      !shoppers::grant_role(tx, {person, "owner", made->merchant, {}}, {&all, 1}).ok() ||
      !inventory::create_place(tx, {made->merchant, inventory::PlaceKind::warehouse, "Home"})
           .ok()) {
    return Refused{SellRefusal::not_possible};
  }
  tx.after_commit([&people = seller.shoppers, person] { people.identities().drop_person(person); });
  return *marketplace::find_merchant(tx, made->merchant);
}

std::string escaped(std::string_view text) {
  std::string out = "<p>";
  for (const char c : text) {
    if (c == '<')
      out += "&lt;";
    else if (c == '&')
      out += "&amp;";
    else if (c == '\n')
      out += "<br>";
    else if (c != '\r')
      out += c;
  }
  return out + "</p>";
}

catalog::Product product_of(storage::Tx& tx, MerchantId merchant, const NewListing& in) {
  catalog::Product p;
  p.owner = merchant;
  p.handle = slugify(in.title).substr(0, 60) + "-" + short_name(tx).substr(0, 6);
  p.status = catalog::Status::active;
  p.title = in.title;
  if (!in.description.empty()) p.description = escaped(in.description);
  p.category = kCategory;
  p.category_zh = kCategoryZh;
  p.attributes["condition"] = boost::describe::enum_to_string(in.condition, "used");
  p.attributes["handover"] = boost::describe::enum_to_string(in.handover, "parcel");
  if (in.handover == Handover::meeting) p.attributes["meeting point"] = in.meeting_point;
  for (const std::string& photo : in.photos) p.media.push_back({photo, in.title});
  catalog::Variant variant;
  variant.position = 1;
  variant.sku = short_name(tx);
  p.variants.push_back(std::move(variant));
  return p;
}

std::optional<Listed> same_listing(storage::Tx& tx, const std::vector<ProductId>& open,
                                   const catalog::Product& wanted) {
  for (const catalog::Product& p : catalog::products(tx, open)) {
    if (p.updated_at + kSameListing < tx.now() || p.title != wanted.title ||
        p.attributes != wanted.attributes || p.media.size() != wanted.media.size()) {
      continue;
    }
    return Listed{p.id, p.owner, p.handle};
  }
  return std::nullopt;
}

}  // namespace

std::optional<SellRefusal> check_listing(const NewListing& in) {
  const auto title = trim(in.title);
  if (title.size() < 3 || title.size() > 120 || !is_utf8(title)) return SellRefusal::bad_title;
  if (in.description.size() > 2'000 || !is_utf8(in.description)) return SellRefusal::bad_text;
  if (in.price.minor <= 0 || in.price.minor > 1'000'000'000'000) return SellRefusal::bad_price;
  if (in.handover == Handover::meeting &&
      (trim(in.meeting_point).empty() || in.meeting_point.size() > 200 ||
       !is_utf8(in.meeting_point))) {
    return SellRefusal::meeting_point;
  }
  if (in.photos.empty() || in.photos.size() > kPhotosMost) return SellRefusal::bad_photos;
  return std::nullopt;
}

std::optional<marketplace::Merchant> own_shop(storage::Read& read, PersonId person) {
  for (const auto& grant : shoppers::grants_of(read, person)) {
    if (grant.role != "owner" || !grant.merchant) continue;
    auto m = marketplace::find_merchant(read, grant.merchant);
    if (m && m->kind == marketplace::MerchantKind::private_seller) return m;
  }
  return std::nullopt;
}

std::vector<ProductId> open_listings(storage::Read& read, MerchantId merchant) {
  catalog::Listing wanted;
  wanted.owner = merchant;
  wanted.status = catalog::Status::active;
  wanted.limit = kOpenListingsKnown;
  auto ids = catalog::list_products(read, wanted);
  std::reverse(ids.begin(), ids.end());
  return ids;
}

Result<Listed, SellRefusal> list_thing(storage::Tx& tx, const Seller& seller, PersonId person,
                                       const NewListing& in) {
  if (const auto refusal = check_listing(in)) return Refused{*refusal};
  auto shop = own_shop(tx, person);
  const bool known = shop && is_identified(tx, seller, shop->id);
  if (!known && in.price.minor > cap(in.price.currency)) return Refused{SellRefusal::bad_price};
  if (!shop) {
    auto opened = open_shop(tx, seller, person, in.price.currency);
    if (!opened.ok()) return Refused{opened.refusal()};
    shop = std::move(*opened);
  }
  if (shop->state != marketplace::MerchantState::active) return Refused{SellRefusal::not_possible};
  const auto open = open_listings(tx, shop->id);
  const auto wanted = product_of(tx, shop->id, in);
  if (const auto same = same_listing(tx, open, wanted)) return *same;
  const int most = known ? kOpenListingsKnown : kOpenListingsUnknown;
  if (static_cast<int>(open.size()) >= most) {
    return Refused{SellRefusal::too_many};
  }
  const auto saved = catalog::save_product(tx, wanted);
  if (!saved.ok()) return Refused{SellRefusal::bad_title};
  const auto product = *catalog::product(tx, saved->id);
  const catalog::Variant& variant = product.variants.front();
  const auto home = inventory::first_warehouse(tx, shop->id);
  FONDACO_CHECK(home.has_value());
  const inventory::StockSetting one{variant.id, *home, 1, {}, {}};
  inventory::set_stock(tx, {&one, 1});
  marketplace::OfferSetting offer;
  offer.merchant = shop->id;
  offer.variant = variant.id;
  offer.product = product.id;
  offer.sku = variant.sku;
  offer.price = in.price;
  offer.stock = inventory::find(tx, variant.id, *home)->id;
  FONDACO_CHECK(marketplace::upsert_offers(tx, {&offer, 1})[0].ok());
  seller.offers.forget_after_commit(tx, shop->id);
  return Listed{product.id, shop->id, product.handle};
}

Result<Unit, SellRefusal> end_listing(storage::Tx& tx, const Seller& seller, PersonId person,
                                      ProductId id) {
  const auto shop = own_shop(tx, person);
  const auto product = catalog::product(tx, id);
  if (!shop || !product || product->owner != shop->id ||
      product->status != catalog::Status::active) {
    return Refused{SellRefusal::unknown_listing};
  }
  for (const catalog::Variant& v : product->variants) {
    const auto offers = marketplace::offers_of(tx, {&v.id, 1});
    for (const marketplace::Offer& o : offers) {
      FONDACO_CHECK(marketplace::set_offer_state(tx, o.id, marketplace::OfferState::paused).ok());
    }
  }
  FONDACO_CHECK(catalog::set_status(tx, id, catalog::Status::archived).ok());
  seller.offers.forget_after_commit(tx, shop->id);
  return Unit{};
}

}  // namespace fondaco::storefront
