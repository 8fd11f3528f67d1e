// How onboarding lies in its rows; shared by its use cases. Private to marketplace.
#pragma once

#include <fondaco/marketplace/onboarding.h>

namespace fondaco::marketplace {

/// Columns: id, step, mark, applicant, deposit_due, opened_at, countdown_ends,
/// restricted_because, version. Money gets the merchant's currency later.
struct Gate {
  MerchantId merchant;
  Step step = Step::applied;
  Mark mark = Mark::none;
  PersonId applicant;
  std::int64_t deposit_due = 0;
  Instant opened_at;
  Instant countdown_ends;
  std::string restricted_because;
  std::int64_t version = 1;
  friend bool operator==(const Gate&, const Gate&) = default;
};
std::optional<Gate> find_gate(storage::Read& read, MerchantId merchant);
void insert_gate(storage::Tx& tx, const Gate& gate);
/// Raises the version and tells.
void update_gate(storage::Tx& tx, Gate gate);

void insert_paper(storage::Tx& tx, const Paper& paper, KeyId key, std::string_view sealed);
std::optional<Paper> find_paper(storage::Read& read, MerchantDocumentId id);
/// State, reason and reviewed_at as they are in `paper`; tells.
void update_paper(storage::Tx& tx, Paper paper);
void tell_paper(storage::Tx& tx, const Paper& paper, bool expires_soon = false);

std::optional<shoppers::SealedFor> sealed_trader(storage::Read& read, MerchantId merchant);

}  // namespace fondaco::marketplace
