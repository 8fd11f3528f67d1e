// How events are compared, folded and packed. Private to payments.
#pragma once

#include <fondaco/payments.h>

#include <map>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace fondaco::payments {

/// All that was said about one operation, independent of order and repetition.
struct OperationView {
  bool requested = false;
  bool succeeded = false;
  bool failed = false;
  bool action = false;
  std::int64_t asked = 0;  // Largest amount of a request.
  std::int64_t done = 0;   // Largest amount of a success.
  Instant since;           // Oldest request or action.
  bool open() const { return (requested || action) && !succeeded && !failed; }
};
using OperationKey = std::pair<EventType, std::int64_t>;
std::map<OperationKey, OperationView> operations_of(std::span<const PaymentEvent> events);

/// Whether an open charge or authorisation still waits: not after a cancellation.
bool still_waits(const std::map<OperationKey, OperationView>& all, OperationKey key);

/// Told before: the same key for the same operation and result.
bool knows(std::span<const PaymentEvent> events, const PaymentEvent& event);

std::string pack(std::span<const PaymentEvent> events);
/// Throws Fault when the text is none of pack()'s.
std::vector<PaymentEvent> unpack(std::string_view text);

}  // namespace fondaco::payments
