#include "import_run.h"

#include "import_sink.h"

namespace fondaco::server {
namespace {

std::string name_of_slug(std::string_view slug) {
  std::string out(slug);
  bool begin = true;
  for (auto& c : out) {
    if (begin && c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
    begin = c == '-';
    if (begin) c = ' ';
  }
  return out;
}

marketplace::NewMerchant missing_merchant(const std::string& slug,
                                          std::optional<Currency> currency) {
  marketplace::NewMerchant out;
  out.slug = slug;
  out.name = name_of_slug(slug);
  out.kind = marketplace::MerchantKind::specialist;
  out.state = marketplace::MerchantState::active;
  out.currency = currency.value_or(Currency::of("EUR"));
  out.country = "DE";
  return out;
}

/// For a dry run whose merchant does not exist: everything the catalogue calls new is new.
class NoSink final : public catalog::ImportSink {
 public:
  std::vector<catalog::ImportChange> apply(
      storage::Tx&, std::span<const catalog::ImportedVariant> variants) override {
    return std::vector<catalog::ImportChange>(variants.size(), catalog::ImportChange::unchanged);
  }
};

}  // namespace

Result<ImportTarget, ImportRefused> import_target(House& house, const std::string& slug,
                                                  std::optional<Currency> currency, bool dry_run) {
  return house.store().main().write([&](storage::Tx& tx) -> Result<ImportTarget, ImportRefused> {
    tx.act_as("import");
    ImportTarget target;
    auto merchant = marketplace::find_merchant(tx, slug);
    if (!merchant) {
      auto made = marketplace::create_merchant(tx, missing_merchant(slug, currency));
      if (!made) {
        tx.refuse();
        return Refused{ImportRefused{"bad_slug", "'" + slug +
                                                     "' cannot be a merchant's slug: 2 to "
                                                     "64 of a-z, 0-9 and '-'"}};
      }
      merchant = *made;
      target.merchant_created = true;
    }
    if (merchant->state == marketplace::MerchantState::closed) {
      return Refused{ImportRefused{"merchant_closed", "the merchant " + slug + " is closed"}};
    }
    target.place = place_for_import(tx, *merchant);
    target.merchant = *marketplace::find_merchant(tx, merchant->id);
    if (dry_run) tx.refuse();
    return target;
  });
}

Result<catalog::ImportResult, catalog::ImportRefusal> run_import(House& house,
                                                                 const ImportTarget& target,
                                                                 catalog::ByteSource& source,
                                                                 const ImportRun& run) {
  ImportSink sink(target.merchant.id, target.place, house.availability());
  catalog::ImportOptions options;
  options.format = run.format;
  options.owner = target.merchant.id;
  options.currency = run.currency.value_or(target.merchant.currency);
  options.dry_run = run.dry_run;
  options.report_prefix = run.report_prefix;
  options.actor = "import";
  options.progress = run.progress;
  NoSink nothing;
  const bool real = !run.dry_run || !target.merchant_created;
  return catalog::import_products(house.store(), source, options,
                                  real ? static_cast<catalog::ImportSink&>(sink) : nothing);
}

}  // namespace fondaco::server
