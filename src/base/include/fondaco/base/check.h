// FONDACO_CHECK: a condition that only a bug can break. Depends on nothing.
// In tests and sanitizer builds it aborts; in a release it throws Bug: roll back, 500, alarm.
#pragma once

#include <stdexcept>
#include <string>

namespace fondaco {

/// A broken promise between two pieces of our own code; never caused by input alone.
struct Bug : std::logic_error {
  using std::logic_error::logic_error;
};

/// Broken machinery: full disk, lost server, corrupt file. Thrown, caught once per request.
struct Fault : std::runtime_error {
  using std::runtime_error::runtime_error;
};

[[noreturn]] void check_failed(const char* file, int line, const char* condition);

}  // namespace fondaco

#define FONDACO_CHECK(condition)                               \
  do {                                                         \
    if (!(condition)) {                                        \
      ::fondaco::check_failed(__FILE__, __LINE__, #condition); \
    }                                                          \
  } while (false)
