#include "events.h"

namespace fondaco::payments {
namespace {

constexpr int kPage = 5'000;

// Each engine walks its own primary key.
constexpr storage::Sql kPageOf{"payments.verify.batch", R"sql(
  SELECT shard, id, state FROM payments_payment
   WHERE $1 >= -1 AND id > $2 ORDER BY id LIMIT $3)sql",
                               R"sql(
  SELECT shard, id, state FROM payments_payment
   WHERE (shard, id) > ($1, $2) ORDER BY shard, id LIMIT $3)sql"};

void compare(const Payment& p, storage::Findings& findings) {
  const auto differ = [&](const char* what, std::int64_t ledger, std::int64_t balance) {
    findings.differences.push_back({what, to_text(p.id), ledger, balance});
  };
  const PaymentState derived = derive(p.events);
  if (derived != p.state) {
    differ("state of a payment", static_cast<std::int64_t>(derived),
           static_cast<std::int64_t>(p.state));
  }
  const PaymentSums s = sums(p.events);
  if (s.refunded > s.charged) differ("refunded of a payment", s.charged, s.refunded);
}

}  // namespace

void verify(storage::Read& read, storage::Findings& findings) {
  std::int64_t shard = -1;
  std::int64_t last = 0;
  std::vector<PaymentId> ids;
  do {
    ids.clear();
    read.each(kPageOf, {shard, last, kPage}, [&](const storage::Row& row) {
      shard = row.integer(0);
      last = row.integer(1);
      ids.push_back(row.id<PaymentId>(1));
    });
    findings.checked["payments"] += static_cast<std::int64_t>(ids.size());
    for (const Payment& p : load(read, ids)) compare(p, findings);
  } while (ids.size() == kPage);
}

}  // namespace fondaco::payments
