#include <fondaco/base/text.h>
#include <fondaco/catalog.h>

#include <set>

namespace fondaco::catalog {
namespace {

/// Collects the first thing that is wrong.
class Checker {
 public:
  void text(std::string_view value, std::size_t most, std::string pointer) {
    if (value.size() > most) {
      fail(std::move(pointer),
           "has " + std::to_string(value.size()) + " bytes, at most " + std::to_string(most));
    } else if (!is_utf8(value) || value.find('\0') != std::string_view::npos) {
      fail(std::move(pointer), "is not UTF-8 text");
    }
  }
  void needed(std::string_view value, std::size_t most, std::string pointer) {
    if (trim(value).empty()) fail(pointer, "must not be empty");
    text(value, most, std::move(pointer));
  }
  void count(std::size_t n, std::size_t most, std::string pointer) {
    if (n > most) {
      fail(std::move(pointer),
           "has " + std::to_string(n) + " members, at most " + std::to_string(most));
    }
  }
  void map(const std::map<std::string, std::string>& map, const std::string& pointer) {
    count(map.size(), kMaxAttributes, pointer);
    for (const auto& [name, value] : map) {
      needed(name, kMaxName, pointer);
      text(value, kMaxDescription, pointer + "/" + name);
    }
  }
  void fail(std::string pointer, std::string message) {
    if (!first_) first_ = SaveRefusal{Refusal::invalid, std::move(pointer), std::move(message)};
  }
  bool failed() const { return first_.has_value(); }
  std::optional<SaveRefusal> first() { return std::move(first_); }

 private:
  std::optional<SaveRefusal> first_;
};

void check_variant(Checker& c, const Product& p, const Variant& v, const std::string& at) {
  c.text(v.sku, kMaxName, at + "/sku");
  c.text(v.barcode, kMaxName, at + "/barcode");
  c.text(v.tax_class, kMaxName, at + "/tax_class");
  c.text(v.image, kMaxAddress, at + "/image");
  c.text(v.unit_measure, kMaxName, at + "/unit_measure");
  if (v.weight_grams < 0 || v.weight_grams > 1'000'000'000) {
    c.fail(at + "/weight_grams", "is " + std::to_string(v.weight_grams) + ", not 0 to 1000000000");
  }
  for (std::size_t i = 0; i < v.values.size(); ++i) {
    const auto pointer = at + "/options/" + std::to_string(i);
    if (i < p.options.size()) {
      c.needed(v.values[i], kMaxName, pointer);
    } else if (!v.values[i].empty()) {
      c.fail(pointer,
             "has a value, but the product has " + std::to_string(p.options.size()) + " options");
    }
  }
  c.map(v.attributes, at + "/attributes");
}

}  // namespace

std::optional<SaveRefusal> check_product(const Product& p) {
  Checker c;
  if (!p.owner) c.fail("/merchant", "is missing");
  c.needed(p.handle, kMaxName, "/handle");
  if (p.handle.find('/') != std::string::npos) c.fail("/handle", "must not hold a slash");
  c.needed(p.title, kMaxTitle, "/title");
  c.text(p.description, kMaxDescription, "/description");
  c.text(p.brand, kMaxName, "/brand");
  c.text(p.category, kMaxTitle, "/category");
  c.count(p.tags.size(), kMaxAttributes, "/tags");
  for (const auto& tag : p.tags) {
    c.needed(tag, kMaxName, "/tags");
    if (tag.find(',') != std::string::npos) c.fail("/tags", "a tag must not hold a comma");
  }
  c.count(p.options.size(), kMaxOptions, "/options");
  for (const auto& name : p.options) c.needed(name, kMaxName, "/options");
  c.count(p.media.size(), kMaxImages, "/images");
  for (const auto& image : p.media) {
    c.needed(image.src, kMaxAddress, "/images");
    c.text(image.alt, kMaxTitle, "/images");
  }
  c.map(p.attributes, "/attributes");
  for (const auto& [locale, t] : p.translations) {
    const auto pointer = "/translations/" + locale;
    c.text(t.title, kMaxTitle, pointer + "/title");
    c.text(t.description, kMaxDescription, pointer + "/description");
  }
  if (p.variants.empty()) c.fail("/variants", "has 0 members, at least 1");
  c.count(p.variants.size(), kMaxVariants, "/variants");
  std::set<std::array<std::string, kMaxOptions>> seen;
  for (std::size_t i = 0; i < p.variants.size() && !c.failed(); ++i) {
    const auto at = "/variants/" + std::to_string(i);
    check_variant(c, p, p.variants[i], at);
    if (!seen.insert(p.variants[i].values).second) {
      c.fail(at + "/options", "are those of another variant of the product");
    }
  }
  return c.first();
}

}  // namespace fondaco::catalog
