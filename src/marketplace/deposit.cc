#include "onboarding_rows.h"

#include <fondaco/base/text.h>
#include <fondaco/events/marketplace.h>
#include <fondaco/storage/publish.h>

namespace fondaco::marketplace {
namespace {

constexpr storage::Sql kEntry{"marketplace.deposit_entry", R"sql(
  INSERT INTO marketplace_deposit_entry (shard, id, merchant_id, currency, amount, note, at)
  VALUES ($1, $2, $3, $4, $5, $6, $7))sql"};

constexpr storage::Sql kSums{"marketplace.verify_deposits", R"sql(
  SELECT merchant_id, currency, CAST(SUM(amount) AS BIGINT)
    FROM marketplace_deposit_entry GROUP BY merchant_id, currency ORDER BY merchant_id)sql"};

using ledger::AccountKind;

std::int64_t balance_of(storage::Read& read, AccountKind kind, std::int64_t owner,
                        Currency currency) {
  for (const ledger::Account& a : ledger::accounts_of(read, kind, owner)) {
    if (a.ref.currency == currency) return a.balance;
  }
  return 0;
}

}  // namespace

/// Money between an account and a merchant's deposit; negative: out of the deposit.
struct Onboarding::Move {
  MerchantId merchant;
  ledger::AccountRef other;
  Money amount;
  std::string note;
};

Money Onboarding::deposit_of(storage::Read& read, const Merchant& m) const {
  return {balance_of(read, AccountKind::merchant_deposit, m.id.value, m.currency), m.currency};
}

Result<Money, GateRefusal> Onboarding::move(storage::Tx& tx, const Move& m) {
  const auto merchant = find_merchant(tx, m.merchant);
  if (!merchant || !find_gate(tx, m.merchant)) return Refused{GateRefusal::unknown_merchant};
  const std::int64_t size = m.amount.minor < 0 ? -m.amount.minor : m.amount.minor;
  if (size == 0 || size > ledger::kMostFunding || m.amount.currency != merchant->currency) {
    return Refused{GateRefusal::bad_amount};
  }
  const Money before = deposit_of(tx, *merchant);
  if (before.minor + m.amount.minor < 0) return Refused{GateRefusal::deposit_short};
  if (m.other.kind == AccountKind::wallet &&
      balance_of(tx, AccountKind::wallet, m.other.owner, m.amount.currency) < size) {
    return Refused{GateRefusal::wallet_short};
  }
  const JournalId journal = tx.next_id<JournalId>(m.merchant.shard());
  const ledger::AccountRef deposit{AccountKind::merchant_deposit, m.merchant.value,
                                   m.amount.currency};
  const ledger::Journal posted{
      .id = journal,
      .kind = ledger::Kind::adjustment,
      .ref = m.merchant.value,
      .currency = m.amount.currency,
      .postings = {{parts_.accounts.resolve(tx, m.other), -m.amount.minor},
                   {parts_.accounts.resolve(tx, deposit), m.amount.minor}}};
  ledger::post(tx, {&posted, 1});
  tx.exec(kEntry, {m.merchant.shard(), journal, m.merchant, m.amount.currency, m.amount.minor,
                   m.note, tx.now()});
  const Money after = before + m.amount;
  storage::publish(tx, m.merchant.value, journal.value,
                   events::DepositChanged{m.merchant, journal, m.amount, after, m.note});
  advance(tx, m.merchant);
  return after;
}

Result<Money, GateRefusal> Onboarding::pay_deposit(storage::Tx& tx, MerchantId merchant,
                                                   PersonId person, Money amount) {
  if (amount.minor <= 0) return Refused{GateRefusal::bad_amount};
  return move(tx,
              {merchant, {AccountKind::wallet, person.value, amount.currency}, amount, "wallet"});
}

Result<Money, GateRefusal> Onboarding::book_deposit(storage::Tx& tx, MerchantId merchant,
                                                    Money amount, std::string_view note) {
  if (amount.minor <= 0) return Refused{GateRefusal::bad_amount};
  if (trim(note).empty() || note.size() > 1'000) return Refused{GateRefusal::reason_missing};
  return move(
      tx, {merchant, {AccountKind::platform_cash, 0, amount.currency}, amount, std::string(note)});
}

Result<Money, GateRefusal> Onboarding::deduct_deposit(storage::Tx& tx, MerchantId merchant,
                                                      Money amount, std::string_view reason) {
  if (amount.minor <= 0) return Refused{GateRefusal::bad_amount};
  if (trim(reason).empty() || reason.size() > 1'000) return Refused{GateRefusal::reason_missing};
  return move(
      tx, {merchant, {AccountKind::goodwill, 0, amount.currency}, -amount, std::string(reason)});
}

void verify_deposits(storage::Read& read, storage::Findings& findings) {
  struct Sum {
    MerchantId merchant;
    Currency currency;
    std::int64_t amount;
  };
  const auto sums = read.all(kSums, {}, [](const storage::Row& row) {
    return Sum{row.id<MerchantId>(0), row.currency(1), row.integer(2)};
  });
  findings.checked["deposits"] += static_cast<std::int64_t>(sums.size());
  for (const Sum& s : sums) {
    const auto balance =
        balance_of(read, AccountKind::merchant_deposit, s.merchant.value, s.currency);
    if (balance == s.amount) continue;
    findings.differences.push_back({"deposit", to_text(s.merchant), s.amount, balance});
  }
}

}  // namespace fondaco::marketplace
