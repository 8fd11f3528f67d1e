// `import redirects`: addresses of an old shop. Depends on import_table.h, catalog.
#pragma once

#include "import_table.h"

#include <fondaco/catalog/redirects.h>

namespace fondaco::server {

/// Columns: from (Redirect from, old path, source), to (Redirect to, handle, target): a product's
/// handle, or an address whose last part is one.
class RedirectTaker final : public TableTaker {
 public:
  explicit RedirectTaker(MerchantId merchant) : merchant_(merchant) {}

  std::string lacks(const catalog::TableHeader& header) override;
  RowOutcome take(storage::Tx& tx, const std::vector<TableRow>& rows) override;

 private:
  const MerchantId merchant_;
  catalog::TableHeader header_;
};

/// from, to (the handle). Returns the rows.
std::int64_t export_redirects(storage::Read& read, MerchantId merchant,
                              const std::function<void(std::string_view)>& write);

}  // namespace fondaco::server
