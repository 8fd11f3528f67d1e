#include <fondaco/catalog/feed.h>

#include "fingerprints.h"

#include <fondaco/base/text.h>
#include <fondaco/catalog/html.h>

#include <algorithm>
#include <array>

namespace fondaco::catalog {
namespace {

constexpr int kPage = 200;
// Google's limits, in characters.
constexpr std::size_t kMostId = 50;
constexpr std::size_t kMostTitle = 150;
constexpr std::size_t kMostDescription = 5000;
constexpr std::size_t kMostPictures = 10;

/// Escaped, without the characters that XML cannot hold.
std::string xml_text(std::string_view text) {
  std::string plain;
  each_code_point(text, [&](std::uint32_t c) {
    const bool allowed = c >= 0x20 || c == '\t' || c == '\n' || c == '\r';
    if (allowed && c != 0xFFFE && c != 0xFFFF) append_utf8(plain, c);
  });
  return escape_html(plain);
}

std::string shortened(std::string_view text, std::size_t characters) {
  std::string out;
  std::size_t n = 0;
  each_code_point(text, [&](std::uint32_t c) {
    if (n++ < characters) append_utf8(out, c);
  });
  return out;
}

std::string price_text(Money m) { return format_decimal(m) + " " + std::string(m.currency.code()); }

/// As part of an address.
std::string encoded(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       c == '-' || c == '_' || c == '.' || c == '~';
    out += plain ? std::string(1, c) : "%" + to_hex(std::string_view(&c, 1));
  }
  return out;
}

/// Google's name of an option, or nothing.
std::string_view google_option(std::string_view name) {
  constexpr std::pair<std::string_view, std::string_view> kNames[] = {
      {"color", "color"},   {"colour", "color"},    {"farbe", "color"},
      {"颜色", "color"},    {"size", "size"},       {"größe", "size"},
      {"尺码", "size"},     {"尺寸", "size"},       {"material", "material"},
      {"材质", "material"}, {"pattern", "pattern"}, {"age group", "age_group"},
      {"gender", "gender"}};
  const auto lower = to_lower_ascii(name);
  for (const auto& [known, google] : kNames) {
    if (known == lower) return google;
  }
  return {};
}

class Feed {
 public:
  Feed(storage::Read& read, MerchantId owner, ExportSource& source, const FeedOptions& options,
       const std::function<void(std::string_view)>& write)
      : read_(read), owner_(owner), source_(source), options_(options), write_(write) {}

  FeedResult run() {
    out_ =
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
        "<rss version=\"2.0\" xmlns:g=\"http://base.google.com/ns/1.0\">\n<channel>\n";
    out_ += "<title>" + xml_text(options_.title) + "</title>\n<link>" +
            xml_text(options_.base_url) + "</link>\n<description>" + xml_text(options_.title) +
            "</description>\n";
    Listing listing;
    listing.owner = owner_;
    listing.status = Status::active;
    listing.limit = kPage;
    while (!result_.cut) {
      const auto ids = list_products(read_, listing);
      if (ids.empty()) break;
      listing.after = ids.back();
      write_page(products(read_, ids));
    }
    out_ += "</channel>\n</rss>\n";
    write_(out_);
    return result_;
  }

 private:
  void write_page(const std::vector<Product>& page) {
    std::vector<VariantId> variants;
    for (const auto& p : page) {
      for (const auto& v : p.variants) variants.push_back(v.id);
    }
    const auto offers = source_.offers(read_, owner_, variants);
    FONDACO_CHECK(offers.size() == variants.size());
    std::size_t at = 0;
    for (const auto& p : page) {
      for (const auto& v : p.variants) write_item(p, v, offers[at++]);
    }
    write_(out_);
    out_.clear();
  }

  void add(std::string_view name, std::string_view text) {
    if (text.empty()) return;
    out_ += "<g:" + std::string(name) + ">" + xml_text(text) + "</g:" + std::string(name) + ">\n";
  }

  std::string absolute(const std::string& address) const {
    return address.starts_with('/') ? options_.base_url + address : address;
  }

  void write_item(const Product& p, const Variant& v, const ExportedOffer& offer);
  void write_options(const Product& p, const Variant& v);
  void write_pictures(const Product& p, const Variant& v);
  void write_identifiers(const Product& p, const Variant& v);
  std::string id_of(const Variant& v);

  storage::Read& read_;
  const MerchantId owner_;
  ExportSource& source_;
  const FeedOptions& options_;
  const std::function<void(std::string_view)>& write_;
  std::string out_;
  FeedResult result_;
  Fingerprints ids_;
};

// Ids are unique in a feed; a SKU need not be.
std::string Feed::id_of(const Variant& v) {
  if (!v.sku.empty() && v.sku.size() <= kMostId && ids_.insert(v.sku)) return v.sku;
  return to_text(v.id);
}

void Feed::write_options(const Product& p, const Variant& v) {
  if (p.options.empty()) return;
  add("item_group_id", shortened(p.handle, kMostId));
  for (std::size_t i = 0; i < p.options.size(); ++i) {
    const auto name = google_option(p.options[i]);
    if (!name.empty()) {
      add(name, v.values[i]);
      continue;
    }
    out_ += "<g:product_detail>\n";
    add("attribute_name", p.options[i]);
    add("attribute_value", v.values[i]);
    out_ += "</g:product_detail>\n";
  }
}

void Feed::write_pictures(const Product& p, const Variant& v) {
  const auto first = picture_of(p, &v);
  add("image_link", absolute(first));
  std::size_t more = 0;
  for (const auto& image : p.media) {
    if (image.src != first && more++ < kMostPictures) {
      add("additional_image_link", absolute(image.src));
    }
  }
}

void Feed::write_identifiers(const Product& p, const Variant& v) {
  const auto gtin = v.gtin();
  add("gtin", gtin);
  add("brand", p.brand);
  const auto mpn = p.attributes.find("mpn");
  if (mpn != p.attributes.end()) add("mpn", mpn->second);
  if (gtin.empty() && (p.brand.empty() || mpn == p.attributes.end())) {
    add("identifier_exists", "no");
  }
  const auto condition = p.attributes.find("condition");
  add("condition", condition == p.attributes.end() ? "new" : condition->second);
}

void Feed::write_item(const Product& p, const Variant& v, const ExportedOffer& offer) {
  if (!offer.price || offer.price->minor <= 0 || !offer.active) {
    ++result_.left_out;
    return;
  }
  result_.cut = result_.items >= options_.most_items;
  if (result_.cut) return;
  ++result_.items;
  out_ += "<item>\n";
  add("id", id_of(v));
  const auto values = variant_title_in(p, v, "en");
  add("title", shortened(values.empty() ? p.title : p.title + " – " + values, kMostTitle));
  const auto text = text_of_html(p.description);
  add("description", shortened(text.empty() ? p.title : text, kMostDescription));
  add("link", options_.base_url + "/p/" + to_text(p.id) + "/" + encoded(p.handle) +
                  "?variant=" + to_text(v.id));
  write_pictures(p, v);
  add("availability", offer.available ? "in_stock" : "out_of_stock");
  const bool on_sale = offer.compare_at && offer.compare_at->minor > offer.price->minor;
  add("price", price_text(on_sale ? *offer.compare_at : *offer.price));
  if (on_sale) add("sale_price", price_text(*offer.price));
  write_identifiers(p, v);
  add("product_type", p.category);
  write_options(p, v);
  if (v.weight_grams > 0) add("shipping_weight", std::to_string(v.weight_grams) + " g");
  if (const auto slash = v.unit_measure.find(" / "); slash != std::string::npos) {
    add("unit_pricing_measure", v.unit_measure.substr(0, slash));
    add("unit_pricing_base_measure", v.unit_measure.substr(slash + 3));
  }
  for (const auto& s : options_.shipping) {
    out_ += "<g:shipping>\n";
    add("country", s.country);
    add("service", s.service);
    add("price", price_text(s.price));
    out_ += "</g:shipping>\n";
  }
  out_ += "</item>\n";
}

}  // namespace

FeedResult export_google(storage::Read& read, MerchantId owner, ExportSource& source,
                         const FeedOptions& options,
                         const std::function<void(std::string_view)>& write) {
  return Feed(read, owner, source, options, write).run();
}

}  // namespace fondaco::catalog
