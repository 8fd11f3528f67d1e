#include <fondaco/events/ledger.h>
#include <fondaco/ledger.h>
#include <fondaco/storage/publish.h>

#include <array>

namespace fondaco::ledger {

Result<Funding, Refusal> fund_wallet(storage::Tx& tx, AccountBook& book, PersonId person,
                                     Money amount) {
  FONDACO_CHECK(person);
  if (amount.minor < 1 || amount.minor > kMostFunding) {
    return Refused{Refusal::amount_out_of_range};
  }
  const std::array refs{AccountRef{AccountKind::wallet, person.value, amount.currency},
                        AccountRef{AccountKind::wallet_funding, 0, amount.currency}};
  const auto accounts = book.resolve(tx, refs);
  const Journal journal{tx.next_id<JournalId>(person.shard()),
                        Kind::wallet_funding,
                        person.value,
                        amount.currency,
                        {{accounts[0], amount.minor}, {accounts[1], -amount.minor}}};
  post(tx, {&journal, 1});
  events::JournalPosted event{
      journal.id, std::string(name_of(journal.kind)), journal.ref, journal.currency, {}};
  for (const Posting& p : journal.postings) event.postings.push_back({p.account, p.minor});
  storage::publish(tx, journal.id.value, 1, event);
  const auto after = balances(tx, {&accounts[0], 1});
  return Funding{journal.id, accounts[0], after.front().balance};
}

}  // namespace fondaco::ledger
