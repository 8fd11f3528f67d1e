#include "shares.h"

#include <fondaco/base/check.h>

#include <algorithm>
#include <array>

namespace fondaco::orders {

std::vector<Share> shares_of(const Order& order) {
  std::vector<Share> out;
  Share rest{kShippingLine, 0, order.total, order.platform_discount, order.commission, 0};
  for (std::size_t i = 0; i < order.lines.size(); ++i) {
    const Line& line = order.lines[i];
    Share& s = out.emplace_back();
    s.line = static_cast<std::int64_t>(i);
    s.quantity = line.quantity;
    s.gross = line.paid() + (order.tax_included ? 0 : line.tax);
    s.platform = line.platform_discount;
    s.commission = line.commission;
    rest.gross -= s.gross;
    rest.platform -= s.platform;
    rest.commission -= s.commission;
  }
  out.push_back(rest);
  if (order.payment_fee == 0) return out;
  std::vector<std::int64_t> weights;
  for (const Share& s : out) weights.push_back(s.gross);
  const auto fees = allocate(order.money(order.payment_fee), weights);
  for (std::size_t i = 0; i < out.size(); ++i) out[i].fee = fees[i].minor;
  return out;
}

std::int64_t share_of(std::int64_t whole, std::int64_t part, std::int64_t of) {
  FONDACO_CHECK(part >= 0 && part <= of);
  if (whole == 0 || part == 0) return 0;
  if (part == of) return whole;
  const std::array<std::int64_t, 2> weights{part, of - part};
  return allocate({whole, {}}, weights).front().minor;
}

HandedBack handed_back(const Share& share, std::int64_t refunded) {
  return {share_of(share.platform, refunded, share.gross),
          share_of(share.commission, refunded, share.gross),
          share_of(share.fee, refunded, share.gross)};
}

}  // namespace fondaco::orders
