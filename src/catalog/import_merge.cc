#include "import_batch.h"

#include <algorithm>
#include <map>

namespace fondaco::catalog {
namespace {

using Values = std::array<std::string, kMaxOptions>;

class Merger {
 public:
  Merger(const ProductPatch& patch, const BatchContext& context, std::vector<ImportNote>& notes)
      : patch_(patch), context_(context), notes_(notes) {}

  Merged run(std::optional<Product> before);

 private:
  void merge_fields();
  void merge_images();
  void merge_variants();
  void merge_options();
  void merge_translations();
  void place(const VariantPatch& v, std::size_t index);
  Variant* only_bare_variant();
  void overlay(const VariantPatch& patch, Variant& v);
  void merge_attributes(const std::map<std::string, std::string>& wanted,
                        std::map<std::string, std::string>& stored, bool may_clear);
  bool check();
  bool drop_variant(std::size_t index, const SaveRefusal& why);
  void refuse_all(const std::string& column, const std::string& message);
  void refuse_row(const RowText& at, const std::string& column, std::string message);
  Product& now() { return merged_.plan.now; }

  const ProductPatch& patch_;
  const BatchContext& context_;
  std::vector<ImportNote>& notes_;
  Merged merged_;
};

void Merger::refuse_row(const RowText& at, const std::string& column, std::string message) {
  notes_.push_back({true, at.row, column, std::move(message), at.raw});
}

// Every row of a product that is not taken over is an error of its own.
void Merger::refuse_all(const std::string& column, const std::string& message) {
  const auto text = "product \"" + patch_.handle.substr(0, 80) + "\" is not taken over: " + message;
  for (const auto& v : patch_.variants) refuse_row(v.at, column, text);
  for (const auto& row : patch_.image_rows) refuse_row(row, column, text);
}

void Merger::merge_fields() {
  auto& p = now();
  const auto set = [](std::string& to, const std::optional<std::string>& from) {
    if (from) to = *from;
  };
  set(p.title, patch_.title);
  set(p.description, patch_.description);
  set(p.brand, patch_.brand);
  set(p.category, patch_.category);
  set(p.category_zh, patch_.category_zh);
  if (patch_.tags) p.tags = *patch_.tags;
  if (patch_.status) p.status = *patch_.status;
  merge_attributes(patch_.attributes, p.attributes, patch_.full);
}

void Merger::merge_attributes(const std::map<std::string, std::string>& wanted,
                              std::map<std::string, std::string>& stored, bool may_clear) {
  if (may_clear) {
    std::erase_if(stored, [&](const auto& a) {
      return context_.rows.speaks_of(a.first) && !wanted.contains(a.first);
    });
  }
  for (const auto& [name, value] : wanted) stored[name] = value;
}

// Images are added, never taken away: rows of one product may stand anywhere in a file.
void Merger::merge_images() {
  std::vector<const ImagePatch*> wanted;
  for (const auto& image : patch_.images) wanted.push_back(&image);
  const bool numbered = std::all_of(wanted.begin(), wanted.end(),
                                    [](const ImagePatch* i) { return i->position > 0; });
  if (numbered) {
    std::stable_sort(wanted.begin(), wanted.end(), [](const ImagePatch* a, const ImagePatch* b) {
      return a->position < b->position;
    });
  }
  auto& media = now().media;
  for (const auto* w : wanted) {
    const auto same = std::find_if(media.begin(), media.end(),
                                   [&](const Image& i) { return i.src == w->image.src; });
    if (same == media.end()) {
      media.push_back(w->image);
    } else if (!w->image.alt.empty()) {
      same->alt = w->image.alt;
    }
  }
}

void Merger::overlay(const VariantPatch& patch, Variant& v) {
  v.values = patch.values;
  if (patch.sku) v.sku = *patch.sku;
  if (patch.barcode) v.barcode = *patch.barcode;
  if (patch.weight_grams) v.weight_grams = *patch.weight_grams;
  if (patch.tax_class) v.tax_class = *patch.tax_class;
  if (patch.image) v.image = *patch.image;
  if (patch.unit_measure) v.unit_measure = *patch.unit_measure;
  merge_attributes(patch.attributes, v.attributes, true);
}

void Merger::place(const VariantPatch& v, std::size_t index) {
  auto& source = merged_.sources[index];
  if (source) {
    const auto& stored = now().variants[index].sku;
    if (v.sku && !v.sku->empty() && !stored.empty() && *v.sku != stored) {
      return refuse_row(
          v.at, "",
          "has the option values of row " + std::to_string(source->at.row) + " but another SKU");
    }
    notes_.push_back({false, v.at.row, "",
                      "has the option values of row " + std::to_string(source->at.row) +
                          ": the later row counts",
                      v.at.raw});
  }
  overlay(v, now().variants[index]);
  source = &v;
}

// The stored variant of a product without options, when no row has named it.
Variant* Merger::only_bare_variant() {
  auto& variants = now().variants;
  const bool bare = variants.size() == 1 && variants[0].id && !merged_.sources[0] &&
                    variants[0].values == Values{};
  return bare ? &variants[0] : nullptr;
}

// By option values, else by SKU; what is left is new.
void Merger::merge_variants() {
  auto& variants = now().variants;
  std::map<Values, std::size_t> by_values;
  std::int64_t last = 0;
  for (std::size_t i = 0; i < variants.size(); ++i) {
    by_values.emplace(variants[i].values, i);
    last = std::max(last, variants[i].position);
  }
  merged_.sources.assign(variants.size(), nullptr);
  std::vector<const VariantPatch*> left;
  for (const auto& v : patch_.variants) {
    const auto found = by_values.find(v.values);
    if (found == by_values.end()) {
      left.push_back(&v);
    } else {
      place(v, found->second);
    }
  }
  std::map<std::string, std::size_t> by_sku;
  if (!left.empty()) {
    for (std::size_t i = 0; i < variants.size(); ++i) {
      if (!merged_.sources[i] && !variants[i].sku.empty()) by_sku.emplace(variants[i].sku, i);
    }
  }
  for (const auto* v : left) {
    const auto again = by_values.find(v->values);  // Two new rows with the same values.
    const auto found = v->sku ? by_sku.find(*v->sku) : by_sku.end();
    if (again != by_values.end() && merged_.sources[again->second]) {
      place(*v, again->second);
    } else if (auto* bare = only_bare_variant()) {
      bare->values = v->values;  // Options come to a product that had none.
      by_values[v->values] = 0;
      place(*v, 0);
    } else if (found != by_sku.end()) {
      by_values[v->values] = found->second;
      place(*v, found->second);
      by_sku.erase(found);
    } else if (variants.size() >= kMaxVariants) {
      refuse_row(v->at, "",
                 "product \"" + patch_.handle + "\" has " + std::to_string(variants.size() + 1) +
                     " variants, at most " + std::to_string(kMaxVariants) + " are taken over");
    } else {
      by_values[v->values] = variants.size();
      auto& added = variants.emplace_back();
      added.position = ++last;
      merged_.sources.push_back(nullptr);
      place(*v, variants.size() - 1);
    }
  }
}

// An option exists when some variant has a value for it.
void Merger::merge_options() {
  std::size_t used = 0;
  for (const auto& v : now().variants) {
    for (std::size_t i = used; i < kMaxOptions; ++i) {
      if (!v.values[i].empty()) used = i + 1;
    }
  }
  auto& options = now().options;
  options.resize(used);
  for (std::size_t i = 0; i < used; ++i) {
    const auto& named = patch_.option_names[i];
    if (named && !patch_.no_options) options[i] = *named;
    if (options[i].empty()) options[i] = "Option " + std::to_string(i + 1);
  }
}

void Merger::merge_translations() {
  auto& all = now().translations;
  Translation zh;
  if (const auto old = all.find("zh"); old != all.end()) zh = std::move(old->second);
  if (patch_.title_zh) zh.title = *patch_.title_zh;
  if (patch_.description_zh) zh.description = *patch_.description_zh;
  zh.options.resize(kMaxOptions);
  for (std::size_t i = 0; i < kMaxOptions; ++i) {
    if (!patch_.option_names_zh[i].empty()) zh.options[i].name = patch_.option_names_zh[i];
    for (const auto& v : patch_.variants) {
      if (!v.values_zh[i].empty()) zh.options[i].values[v.values[i]] = v.values_zh[i];
    }
  }
  const OptionTranslation none;
  while (!zh.options.empty() && zh.options.back() == none) zh.options.pop_back();
  if (zh == Translation{}) {
    all.erase("zh");
  } else {
    all["zh"] = std::move(zh);
  }
}

// False when the variant is not of this file, so that it cannot be left out.
bool Merger::drop_variant(std::size_t index, const SaveRefusal& why) {
  const auto* source = merged_.sources[index];
  if (!source) return false;
  const auto slash = why.pointer.find('/', 10);
  refuse_row(source->at, slash == std::string::npos ? "" : why.pointer.substr(slash + 1),
             why.message);
  auto& variants = now().variants;
  const auto& before = merged_.plan.before;
  const auto* old = before ? before->find(variants[index].id) : nullptr;
  if (variants[index].id && old) {
    variants[index] = *old;
    merged_.sources[index] = nullptr;
  } else {
    variants.erase(variants.begin() + static_cast<std::ptrdiff_t>(index));
    merged_.sources.erase(merged_.sources.begin() + static_cast<std::ptrdiff_t>(index));
  }
  return true;
}

bool Merger::check() {
  while (!now().variants.empty()) {
    const auto why = check_product(now());
    if (!why) return true;
    constexpr std::string_view kVariants = "/variants/";
    if (why->pointer.starts_with(kVariants)) {
      const auto index = std::stoul(why->pointer.substr(kVariants.size()));
      if (drop_variant(index, *why)) continue;
    }
    refuse_all(why->pointer.empty() ? "" : why->pointer.substr(1),
               why->pointer + " " + why->message);
    return false;
  }
  return false;
}

Merged Merger::run(std::optional<Product> before) {
  merged_.plan.before = std::move(before);
  const bool exists = merged_.plan.before.has_value();
  if (exists) {
    now() = *merged_.plan.before;
  } else {
    now().owner = context_.owner;
    now().handle = patch_.handle;
    now().status = Status::active;  // A file that says nothing of it is meant for sale.
  }
  merge_fields();
  // What a dry run has already seen it does not find stored.
  const bool continued = !exists && patch_.seen_before && context_.dry_run;
  if (continued && now().title.empty()) now().title = patch_.handle;
  merge_images();
  merge_variants();
  if (!exists && now().variants.empty()) {
    if (continued) return std::move(merged_);
    if (patch_.bad_variant || !patch_.variants.empty()) {
      refuse_all("", "none of its variants could be");
      return std::move(merged_);
    }
    now().variants.emplace_back().position = 1;
    merged_.sources.push_back(&patch_.only);
  }
  merge_options();
  merge_translations();
  merged_.taken = check();
  return std::move(merged_);
}

}  // namespace

Merged merge(const ProductPatch& patch, std::optional<Product> before, const BatchContext& context,
             std::vector<ImportNote>& notes) {
  return Merger(patch, context, notes).run(std::move(before));
}

}  // namespace fondaco::catalog
