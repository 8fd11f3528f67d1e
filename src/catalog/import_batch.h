// One batch of an import: what the rows say meets what is stored. Private to catalog.
#pragma once

#include "import_rows.h"
#include "save.h"

#include <vector>

namespace fondaco::catalog {

struct ImportBatch {
  std::vector<ProductPatch> products;
  std::vector<ImportNote> notes;  // Of reading the rows.
  std::size_t bytes = 0;
  std::size_t variants = 0;
};

struct BatchOutcome {
  ImportCounts products;
  ImportCounts variants;
  std::int64_t images = 0;
  std::vector<ImportNote> notes;
  TaxonomyCache fresh;
};

struct BatchContext {
  MerchantId owner;
  bool dry_run = false;
  ImportFormat format;
  const RowReader& rows;
  const TaxonomyCache& known;
  ImportSink& sink;
};

/// Reads what is stored by a few batch look-ups, merges, writes, and asks the sink. Leaves the
/// batch as it is, so that it can run again after a roll back.
BatchOutcome apply_batch(storage::Tx& tx, const ImportBatch& batch, const BatchContext& context);

/// A product as the file wants it, and which row each of its variants comes from.
struct Merged {
  PlannedSave plan;
  std::vector<const VariantPatch*> sources;  // Beside plan.now.variants; null: not in the file.
  bool taken = false;                        // false: its rows are errors, see the notes.
};
Merged merge(const ProductPatch& patch, std::optional<Product> before, const BatchContext& context,
             std::vector<ImportNote>& notes);

}  // namespace fondaco::catalog
