// Derived rows of sellers' statements. Private.
#pragma once

#include <fondaco/ledger/seller.h>

#include <map>
#include <unordered_map>

namespace fondaco::ledger {

/// A journal as it is indexed: its postings summed per account.
struct IndexedJournal {
  JournalId id;
  Kind kind = Kind::adjustment;
  std::vector<Posting> postings;
};

struct SellerPart {
  AccountId account;
  SellerNumber number = SellerNumber::adjustments;
  std::int64_t amount = 0;
};

/// What accounts are, asked once for each.
class AccountRefs {
 public:
  explicit AccountRefs(storage::Read& main) : main_(main) {}
  void load(std::span<const IndexedJournal> journals);
  const AccountRef* find(AccountId id) const;

 private:
  storage::Read& main_;
  std::unordered_map<AccountId, AccountRef> refs_;
};

/// One part per number; empty when the journal moves no merchant_payable.
std::vector<SellerPart> seller_parts(const IndexedJournal& journal, const AccountRefs& refs);

/// Part of write_index(): lines and days of journals that have none yet.
void index_sellers(storage::Tx& derived, storage::Read& main,
                   std::span<const IndexedJournal> journals);

}  // namespace fondaco::ledger
