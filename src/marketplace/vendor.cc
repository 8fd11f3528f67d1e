#include <fondaco/base/check.h>
#include <fondaco/base/text.h>
#include <fondaco/events/marketplace.h>
#include <fondaco/marketplace/annual.h>
#include <fondaco/storage/publish.h>

#include <map>

namespace fondaco::marketplace {
namespace {

constexpr storage::Sql kInsert{"marketplace.insert_vendor", R"sql(
  INSERT INTO marketplace_vendor (shard, id, merchant_id, name, share_bp, version)
  VALUES ($1, $2, $3, $4, $5, 1))sql"};

constexpr storage::Sql kFind{"marketplace.vendor", R"sql(
  SELECT id, merchant_id, name, share_bp, version FROM marketplace_vendor
   WHERE shard = $1 AND id = $2)sql"};

constexpr storage::Sql kList{"marketplace.vendors", R"sql(
  SELECT id, merchant_id, name, share_bp, version FROM marketplace_vendor
   WHERE shard = $1 AND merchant_id = $2 ORDER BY id LIMIT 1000)sql"};

constexpr storage::Sql kUnset{"marketplace.unset_vendor", R"sql(
  DELETE FROM marketplace_vendor_offer WHERE shard = $1 AND id = $2)sql"};

constexpr storage::Sql kSet{"marketplace.set_vendor", R"sql(
  INSERT INTO marketplace_vendor_offer (shard, id, vendor_id) VALUES ($1, $2, $3))sql"};

constexpr storage::Sql kOfOffer{"marketplace.vendor_of_offer", R"sql(
  SELECT v.id, v.merchant_id, v.name, v.share_bp, v.version
    FROM marketplace_vendor_offer o
    JOIN marketplace_vendor v ON v.shard = o.shard AND v.id = o.vendor_id
   WHERE o.shard = $1 AND o.id = $2)sql"};

constexpr storage::Sql kSettled{"marketplace.vendor_settled", R"sql(
  SELECT id FROM marketplace_vendor_settlement
   WHERE vendor_id = $1 AND order_id = $2 AND shard = $3)sql"};

constexpr storage::Sql kSettle{"marketplace.settle_vendor", R"sql(
  INSERT INTO marketplace_vendor_settlement
    (shard, id, vendor_id, order_id, currency, sold, amount, at)
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8))sql"};

constexpr storage::Sql kStatement{"marketplace.vendor_statement", R"sql(
  SELECT order_id, currency, sold, amount, at FROM marketplace_vendor_settlement
   WHERE vendor_id = $1 AND order_id < $2 AND shard = $3 ORDER BY order_id DESC LIMIT $4)sql"};

constexpr storage::Sql kSums{"marketplace.verify_vendors", R"sql(
  SELECT vendor_id, currency, CAST(SUM(amount) AS BIGINT)
    FROM marketplace_vendor_settlement GROUP BY vendor_id, currency ORDER BY vendor_id)sql"};

constexpr std::size_t kVendorsMost = 1'000;

Vendor vendor_from(const storage::Row& row) {
  return {row.id<VendorId>(0), row.id<MerchantId>(1), row.str(2), row.integer(3), row.integer(4)};
}

struct Part {
  std::int64_t sold = 0;
  std::int64_t amount = 0;
};

}  // namespace

Result<Vendor, VendorRefusal> create_vendor(storage::Tx& tx, MerchantId merchant,
                                            std::string_view name, std::int64_t share_bp) {
  const auto m = find_merchant(tx, merchant);
  if (!m) return Refused{VendorRefusal::unknown_merchant};
  if (m->kind != MerchantKind::multi_brand_flagship) return Refused{VendorRefusal::not_multi_brand};
  if (trim(name).empty() || name.size() > 200 || !is_utf8(name)) {
    return Refused{VendorRefusal::bad_name};
  }
  if (share_bp < 0 || share_bp > 10'000) return Refused{VendorRefusal::bad_share};
  if (vendors_of(tx, merchant).size() >= kVendorsMost) {
    return Refused{VendorRefusal::too_many_vendors};
  }
  const Vendor v{tx.next_id<VendorId>(merchant.shard()), merchant, std::string(name), share_bp};
  tx.exec(kInsert, {merchant.shard(), v.id, merchant, v.name, v.share_bp});
  storage::publish(tx, v.id.value, v.version,
                   events::VendorChanged{merchant, v.id, {}, v.share_bp});
  return v;
}

Result<Unit, VendorRefusal> set_vendor(storage::Tx& tx, VendorId vendor, OfferId offer) {
  const auto v = tx.first(kFind, {vendor.shard(), vendor}, vendor_from);
  if (!v) return Refused{VendorRefusal::unknown_vendor};
  const auto o = find_offer(tx, offer);
  if (!o || o->merchant != v->merchant) return Refused{VendorRefusal::unknown_offer};
  tx.exec(kUnset, {offer.shard(), offer});
  tx.exec(kSet, {offer.shard(), offer, vendor});
  storage::publish(tx, vendor.value, v->version,
                   events::VendorChanged{v->merchant, vendor, offer, v->share_bp});
  return Unit{};
}

std::vector<Vendor> vendors_of(storage::Read& read, MerchantId merchant) {
  return read.all(kList, {merchant.shard(), merchant}, vendor_from);
}

Money settle_vendors(storage::Tx& tx, ledger::AccountBook& accounts, OrderId order,
                     MerchantId merchant, Currency currency, std::span<const SoldLine> lines) {
  std::map<VendorId, Part> parts;
  for (const SoldLine& line : lines) {
    const auto v = tx.first(kOfOffer, {line.offer.shard(), line.offer}, vendor_from);
    if (!v || v->merchant != merchant || line.released <= 0) continue;
    Part& part = parts[v->id];
    part.sold += line.released;
    part.amount += share(Money{line.released, currency}, v->share_bp, Round::half_up).minor;
  }
  ledger::Journal journal{.id = tx.next_id<JournalId>(merchant.shard()),
                          .kind = ledger::Kind::adjustment,
                          .ref = order.value,
                          .currency = currency,
                          .postings = {}};
  std::int64_t sum = 0;
  for (const auto& [vendor, part] : parts) {
    if (part.amount == 0 || tx.scalar(kSettled, {vendor, order, vendor.shard()})) continue;
    tx.exec(kSettle, {vendor.shard(), tx.next_id<JournalId>(vendor.shard()), vendor, order,
                      currency, part.sold, part.amount, tx.now()});
    journal.postings.push_back(
        {accounts.resolve(tx, {ledger::AccountKind::vendor_payable, vendor.value, currency}),
         part.amount});
    sum += part.amount;
  }
  if (sum == 0) return {0, currency};
  journal.postings.push_back(
      {accounts.resolve(tx, {ledger::AccountKind::merchant_payable, merchant.value, currency}),
       -sum});
  ledger::post(tx, {&journal, 1});
  storage::publish(tx, order.value, journal.id.value,
                   events::VendorsSettled{merchant, order, {sum, currency}});
  return {sum, currency};
}

std::vector<VendorEntry> vendor_statement(storage::Read& read, VendorId vendor, OrderId before,
                                          int limit) {
  const std::int64_t end = before ? before.value : INT64_MAX;
  return read.all(kStatement, {vendor, end, vendor.shard(), limit}, [](const storage::Row& row) {
    const Currency currency = row.currency(1);
    return VendorEntry{
        row.id<OrderId>(0), {row.integer(2), currency}, {row.integer(3), currency}, row.instant(4)};
  });
}

/// Until vendors are paid out their balance is all that they were ever given.
void verify_vendors(storage::Read& read, storage::Findings& findings) {
  struct Sum {
    VendorId vendor;
    Currency currency;
    std::int64_t amount;
  };
  const auto sums = read.all(kSums, {}, [](const storage::Row& row) {
    return Sum{row.id<VendorId>(0), row.currency(1), row.integer(2)};
  });
  findings.checked["vendors"] += static_cast<std::int64_t>(sums.size());
  for (const Sum& s : sums) {
    std::int64_t balance = 0;
    for (const auto& a :
         ledger::accounts_of(read, ledger::AccountKind::vendor_payable, s.vendor.value)) {
      if (a.ref.currency == s.currency) balance = a.balance;
    }
    if (balance != s.amount) {
      findings.differences.push_back({"vendor", to_text(s.vendor), s.amount, balance});
    }
  }
}

}  // namespace fondaco::marketplace
