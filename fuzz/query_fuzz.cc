// The search query parser never throws and keeps its limits, whatever somebody types.
#include <fondaco/matching.h>

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  static_cast<void>(fondaco::matching::parse_query(text));
  return 0;
}
