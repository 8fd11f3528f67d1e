// What comes out of the sanitiser holds no script, and cleaning it again changes nothing.
#include <fondaco/base/check.h>
#include <fondaco/base/text.h>
#include <fondaco/catalog/html.h>

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const std::string clean = fondaco::catalog::clean_html(text);
  FONDACO_CHECK(fondaco::to_lower_ascii(clean).find("<script") == std::string::npos);
  FONDACO_CHECK(fondaco::catalog::clean_html(clean) == clean);
  return 0;
}
