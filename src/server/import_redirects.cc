#include "import_redirects.h"

#include <fondaco/base/text.h>

namespace fondaco::server {
namespace {

constexpr int kPage = 500;
constexpr std::string_view kFrom[] = {"from", "redirect from", "old path", "source"};
constexpr std::string_view kTo[] = {"to", "redirect to", "handle", "target"};

/// "/products/lamp" -> "lamp"
std::string handle_of(const std::string& to) {
  if (to.find('/') == std::string::npos) return to;
  const auto path = catalog::redirect_path(to).value_or("");
  return path.substr(path.rfind('/') + 1);
}

}  // namespace

std::string RedirectTaker::lacks(const catalog::TableHeader& header) {
  header_ = header;
  if (!header.has_any(kFrom)) return "there is no column \"from\"";
  return header.has_any(kTo) ? "" : "there is no column \"to\"";
}

RowOutcome RedirectTaker::take(storage::Tx& tx, const std::vector<TableRow>& rows) {
  const auto cells = rows.front().cells();
  const auto from = header_.any(cells, kFrom);
  const auto path = catalog::redirect_path(from);
  if (!path) return RowOutcome::refuse("from", "\"" + from.substr(0, 80) + "\" is no path");
  const auto to = header_.any(cells, kTo);
  const auto handle = handle_of(to);
  const auto product =
      handle.empty() ? std::nullopt : catalog::product_by_handle(tx, merchant_, handle);
  if (!product) {
    return RowOutcome::refuse("to", "\"" + to.substr(0, 80) + "\" leads to no product");
  }
  const auto done = catalog::set_redirect(tx, merchant_, *path, *product);
  if (!done.ok()) {
    return RowOutcome::refuse("from", done.refusal() == catalog::RedirectRefusal::path_taken
                                          ? "the path leads to another merchant's product"
                                          : "the path cannot be led anywhere");
  }
  RowOutcome out;
  if (*done == catalog::RedirectDone::created) out.done = RowOutcome::Done::created;
  if (*done == catalog::RedirectDone::updated) out.done = RowOutcome::Done::updated;
  return out;
}

std::int64_t export_redirects(storage::Read& read, MerchantId merchant,
                              const std::function<void(std::string_view)>& write) {
  std::string out;
  std::int64_t rows = 0;
  const std::string head[] = {"from", "to"};
  catalog::append_csv_row(out, head);
  for (std::int64_t after = 0;;) {
    const auto page = catalog::redirects_of(read, merchant, after, kPage);
    if (page.empty()) break;
    after = page.back().id;
    for (const auto& redirect : page) {
      const auto product = catalog::product(read, redirect.product);
      if (!product) continue;
      const std::string row[] = {redirect.path, catalog::formula_guard(product->handle)};
      catalog::append_csv_row(out, row);
      ++rows;
    }
  }
  write(out);
  return rows;
}

}  // namespace fondaco::server
