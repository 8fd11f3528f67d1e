#include <fondaco/payments.h>

#include <algorithm>

namespace fondaco::payments {
namespace {

// The literal lets both engines use the partial index.
constexpr storage::Sql kStripe{"payments.by_stripe_ref", R"sql(
  SELECT id FROM payments_payment WHERE provider = 'stripe' AND provider_ref = $1 LIMIT 1)sql"};

constexpr storage::Sql kBetween{"payments.between", R"sql(
  SELECT id FROM payments_payment WHERE id >= $1 AND id < $2 AND id > $3 AND provider = $4
   ORDER BY id LIMIT 1000)sql"};
constexpr std::size_t kMost = 200'000;

/// The smallest id made at that time.
std::int64_t first_id(Instant at) {
  constexpr std::int64_t kEpochMs = 1'577'836'800'000;
  return std::max<std::int64_t>(0, at.us / 1000 - kEpochMs) << 22;
}

}  // namespace

std::vector<Payment> charged_between(storage::Read& read, std::string_view provider, Instant from,
                                     Instant to) {
  std::vector<Payment> out;
  std::int64_t after = 0;
  while (out.size() < kMost) {
    const auto ids = read.all(kBetween, {first_id(from), first_id(to), after, provider},
                              [](const storage::Row& row) { return row.id<PaymentId>(0); });
    if (ids.empty()) break;
    after = ids.back().value;
    for (Payment& p : load(read, ids)) {
      if (sums(p.events).charged > 0) out.push_back(std::move(p));
    }
  }
  return out;
}

std::optional<PaymentId> find_by_stripe_ref(storage::Read& read, std::string_view ref) {
  if (ref.empty()) return std::nullopt;
  return read.first(kStripe, {ref}, [](const storage::Row& row) { return row.id<PaymentId>(0); });
}

}  // namespace fondaco::payments
