#include <fondaco/ledger.h>

#include <algorithm>

namespace fondaco::ledger {
namespace {

constexpr std::int64_t kNoFloor = -4'000'000'000'000'000'000;

constexpr storage::Sql kFind{"ledger.find_account.batch", R"sql(
  SELECT id, kind, owner, currency, balance FROM ledger_account
   WHERE owner = $1 AND kind = $2 AND currency = $3 AND shard = $4)sql",
                             R"sql(
  SELECT a.id, a.kind, a.owner, a.currency, a.balance
    FROM unnest($1::bigint[], $2::bigint[], $3::text[], $4::bigint[])
      AS k (owner, kind, currency, shard)
    JOIN ledger_account a ON a.owner = k.owner AND a.kind = k.kind
     AND a.currency = k.currency AND a.shard = k.shard)sql"};

// Another process may make the same account at the same time: then its row is taken.
constexpr storage::Sql kCreate{"ledger.create_account", R"sql(
  INSERT INTO ledger_account
    (id, shard, kind, owner, currency, balance, min_balance, version)
  VALUES ($1, $2, $3, $4, $5, 0, $6, 1)
  ON CONFLICT (owner, kind, currency, shard) DO NOTHING)sql"};

constexpr storage::Sql kBalances{"ledger.balances.batch", R"sql(
  SELECT id, kind, owner, currency, balance FROM ledger_account
   WHERE shard = $1 AND id = $2)sql",
                                 R"sql(
  SELECT a.id, a.kind, a.owner, a.currency, a.balance
    FROM unnest($1::bigint[], $2::bigint[]) AS k (shard, id)
    JOIN ledger_account a ON a.shard = k.shard AND a.id = k.id)sql"};

constexpr storage::Sql kOfOwner{"ledger.accounts_of", R"sql(
  SELECT id, kind, owner, currency, balance FROM ledger_account
   WHERE owner = $1 AND kind = $2 AND shard = $3 ORDER BY currency LIMIT 200)sql"};

Account account_of(const storage::Row& row) {
  return {row.id<AccountId>(0),
          {static_cast<AccountKind>(row.integer(1)), row.integer(2), row.currency(3)},
          row.integer(4)};
}

std::int64_t floor_of(AccountKind kind) {
  switch (kind) {
    case AccountKind::escrow:
    case AccountKind::merchant_deposit:
    case AccountKind::merchant_reserve:
    case AccountKind::wallet:
    case AccountKind::store_credit:
      return 0;
    default:
      return kNoFloor;
  }
}

void look_up(storage::Read& read, std::span<const AccountRef> refs,
             const std::function<void(const Account&)>& each) {
  if (refs.empty()) return;
  const auto lookup = read.lookup(kFind);
  for (const AccountRef& r : refs) {
    lookup->add({r.owner, r.kind, r.currency, shard_of(r.owner)});
  }
  lookup->run([&](const storage::Row& row) { each(account_of(row)); });
}

}  // namespace

std::size_t AccountBook::Hash::operator()(const AccountRef& r) const noexcept {
  const auto code = r.currency.code();
  const auto mixed = static_cast<std::uint64_t>(r.owner) * 0x9e3779b97f4a7c15ULL ^
                     static_cast<std::uint64_t>(r.kind) << 24 ^
                     static_cast<std::uint64_t>(code[0] << 16 | code[1] << 8 | code[2]);
  return static_cast<std::size_t>(mixed ^ mixed >> 29);
}

std::optional<AccountId> AccountBook::known(const AccountRef& ref) {
  const std::scoped_lock lock(mutex_);
  const auto found = ids_.find(ref);
  if (found == ids_.end()) return std::nullopt;
  used_.splice(used_.begin(), used_, found->second.use);
  return found->second.id;
}

void AccountBook::remember(const AccountRef& ref, AccountId id) {
  const std::scoped_lock lock(mutex_);
  if (ids_.contains(ref)) return;
  used_.push_front(ref);
  ids_.emplace(ref, Entry{id, used_.begin()});
  if (ids_.size() <= limit_) return;
  ids_.erase(used_.back());
  used_.pop_back();
}

std::size_t AccountBook::size() const {
  const std::scoped_lock lock(mutex_);
  return ids_.size();
}

std::vector<AccountId> AccountBook::resolve(storage::Tx& tx, std::span<const AccountRef> refs) {
  std::vector<AccountId> out(refs.size());
  std::vector<AccountRef> missing;
  for (std::size_t i = 0; i < refs.size(); ++i) {
    if (const auto id = known(refs[i])) {
      out[i] = *id;
    } else {
      missing.push_back(refs[i]);
    }
  }
  if (missing.empty()) return out;
  std::sort(missing.begin(), missing.end());  // Two processes insert in the same order.
  missing.erase(std::unique(missing.begin(), missing.end()), missing.end());
  std::unordered_map<AccountRef, AccountId, Hash> found;
  const auto take = [&](const Account& a) { found[a.ref] = a.id; };
  look_up(tx, missing, take);
  std::vector<AccountRef> created;
  for (const AccountRef& r : missing) {
    if (found.contains(r)) continue;
    const std::int64_t shard = shard_of(r.owner);
    tx.exec(kCreate,
            {tx.next_id<AccountId>(shard), shard, r.kind, r.owner, r.currency, floor_of(r.kind)});
    created.push_back(r);
  }
  look_up(tx, created, take);
  for (std::size_t i = 0; i < refs.size(); ++i) {
    if (!out[i]) out[i] = found.at(refs[i]);
  }
  // Also what was found may come from an earlier use case of this very transaction.
  tx.after_commit([this, found = std::move(found)] {
    for (const auto& [ref, id] : found) remember(ref, id);
  });
  return out;
}

AccountId AccountBook::resolve(storage::Tx& tx, const AccountRef& ref) {
  return resolve(tx, std::span(&ref, 1)).front();
}

std::optional<AccountId> AccountBook::find(storage::Read& read, const AccountRef& ref) {
  if (const auto id = known(ref)) return id;
  std::optional<AccountId> out;
  look_up(read, {&ref, 1}, [&](const Account& a) { out = a.id; });
  // Not remembered: `read` may be a transaction that is rolled back later.
  return out;
}

std::vector<Account> balances(storage::Read& read, std::span<const AccountId> ids) {
  std::vector<AccountId> wanted(ids.begin(), ids.end());
  std::sort(wanted.begin(), wanted.end());
  wanted.erase(std::unique(wanted.begin(), wanted.end()), wanted.end());
  const auto lookup = read.lookup(kBalances);
  for (const AccountId id : wanted) lookup->add({id.shard(), id});
  std::vector<Account> out;
  lookup->run([&](const storage::Row& row) { out.push_back(account_of(row)); });
  std::sort(out.begin(), out.end(), [](const Account& a, const Account& b) { return a.id < b.id; });
  return out;
}

std::vector<Account> accounts_of(storage::Read& read, AccountKind kind, std::int64_t owner) {
  return read.all(kOfOwner, {owner, kind, shard_of(owner)}, account_of);
}

std::string_view name_of(AccountKind kind) {
  switch (kind) {
    case AccountKind::platform_cash:
      return "platform_cash";
    case AccountKind::provider_receivable:
      return "provider_receivable";
    case AccountKind::wallet_funding:
      return "wallet_funding";
    case AccountKind::refund_clearing:
      return "refund_clearing";
    case AccountKind::payout_clearing:
      return "payout_clearing";
    case AccountKind::chargeback_receivable:
      return "chargeback_receivable";
    case AccountKind::goodwill:
      return "goodwill";
    case AccountKind::provider_fees:
      return "provider_fees";
    case AccountKind::escrow:
      return "escrow";
    case AccountKind::merchant_payable:
      return "merchant_payable";
    case AccountKind::merchant_deposit:
      return "merchant_deposit";
    case AccountKind::merchant_reserve:
      return "merchant_reserve";
    case AccountKind::vendor_payable:
      return "vendor_payable";
    case AccountKind::wallet:
      return "wallet";
    case AccountKind::store_credit:
      return "store_credit";
    case AccountKind::commission_revenue:
      return "commission_revenue";
    case AccountKind::tax_payable:
      return "tax_payable";
    case AccountKind::shipping_revenue:
      return "shipping_revenue";
    case AccountKind::payment_fee_revenue:
      return "payment_fee_revenue";
    case AccountKind::annual_fee_revenue:
      return "annual_fee_revenue";
  }
  return "unknown";
}

}  // namespace fondaco::ledger
