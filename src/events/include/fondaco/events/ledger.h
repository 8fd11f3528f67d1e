// What the ledger tells everyone. Depends on base. Additive only: a released member stays.
#pragma once

#include <fondaco/base/ids.h>
#include <fondaco/base/money.h>

#include <boost/describe.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace fondaco::events {

struct PostedLine {
  AccountId account;
  std::int64_t amount = 0;  // Minor units; credit is positive.
};
BOOST_DESCRIBE_STRUCT(PostedLine, (), (account, amount))

/// A journal written by a use case of the ledger itself (wallet funding); entity is the journal.
/// Journals of orders are told by the events of orders.
struct JournalPosted {
  static constexpr std::string_view kType = "ledger.journal_posted";
  static constexpr int kVersion = 1;
  JournalId journal;
  std::string kind;  // Name of ledger::Kind.
  std::int64_t ref = 0;
  Currency currency;
  std::vector<PostedLine> postings;
};
BOOST_DESCRIBE_STRUCT(JournalPosted, (), (journal, kind, ref, currency, postings))

}  // namespace fondaco::events
