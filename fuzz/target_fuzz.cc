// Request targets: refused, or a path that is UTF-8, has no dot segments and no zero byte.
#include <fondaco/base/check.h>
#include <fondaco/base/text.h>
#include <fondaco/http/message.h>

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  fondaco::http::Request request;
  if (!fondaco::http::parse_target(text, request)) return 0;
  FONDACO_CHECK(fondaco::is_utf8(request.path));
  FONDACO_CHECK(request.path.find('\0') == std::string::npos);
  FONDACO_CHECK(("/" + request.path + "/").find("/../") == std::string::npos);
  return 0;
}
