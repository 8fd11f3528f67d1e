#include <fondaco/base/check.h>

#include <cstdio>
#include <cstdlib>

namespace fondaco {

void check_failed(const char* file, int line, const char* condition) {
  const std::string message =
      std::string(file) + ":" + std::to_string(line) + ": check failed: " + condition;
#ifdef FONDACO_CHECK_ABORTS
  std::fprintf(stderr, "%s\n", message.c_str());  // tidy: allow, the last words of the process
  std::abort();
#else
  throw Bug(message);
#endif
}

}  // namespace fondaco
