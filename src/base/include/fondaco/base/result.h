// Result: a value, or the reason of an expected refusal. Depends on check.h.
// Broken machinery is never in it: that is thrown as Fault.
#pragma once

#include <fondaco/base/check.h>

#include <utility>
#include <variant>

namespace fondaco {

struct Unit {
  friend constexpr bool operator==(Unit, Unit) = default;
};

template <class E>
struct Refused {
  E reason;
};
template <class E>
Refused(E) -> Refused<E>;

template <class T, class E>
class [[nodiscard]] Result {
 public:
  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}  // NOLINT: meant to convert
  Result(Refused<E> refused)                                             // NOLINT: meant to convert
      : state_(std::in_place_index<1>, std::move(refused.reason)) {}

  bool ok() const { return state_.index() == 0; }
  explicit operator bool() const { return ok(); }

  const T& value() const {
    FONDACO_CHECK(ok());
    return *std::get_if<0>(&state_);
  }
  T& value() {
    FONDACO_CHECK(ok());
    return *std::get_if<0>(&state_);
  }
  const T& operator*() const { return value(); }
  T& operator*() { return value(); }
  const T* operator->() const { return &value(); }
  T* operator->() { return &value(); }

  const E& refusal() const {
    FONDACO_CHECK(!ok());
    return *std::get_if<1>(&state_);
  }

 private:
  std::variant<T, E> state_;
};

}  // namespace fondaco
