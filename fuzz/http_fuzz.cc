// One connection's bytes, as the server's parser takes them: refused, or requests whose parts can
// be asked for. The same bytes in two pieces give the same requests: where a packet ends decides
// nothing, else two servers in a row would see different requests.
#include "parser.h"

#include <fondaco/base/check.h>
#include <fondaco/http/server.h>

#include <boost/asio/buffer.hpp>

#include <algorithm>

namespace {

using fondaco::http::Parser;
using fondaco::http::Request;

constexpr std::size_t kHeaderLimit = 2048;
constexpr std::size_t kBodyLimit = 4096;

std::string text_of(const Request& r, int objection) {
  std::string out = std::string(fondaco::http::name_of(r.method)) + " " + r.target + "\n";
  for (const auto& h : r.headers) out += h.name + ": " + h.value + "\n";
  return out + std::to_string(objection) + "\n" + r.body;
}

/// Feeds until `done`, `step` bytes more at a time; false when the bytes are refused or end.
template <class Done>
bool feed(Parser& parser, std::string_view bytes, std::size_t step, std::size_t& given,
          std::size_t& taken, Done done) {
  while (!done()) {
    if (taken < given) {
      boost::beast::error_code ec;
      const auto n = parser.put(boost::asio::buffer(bytes.data() + taken, given - taken), ec);
      taken += n;
      if (ec && ec != boost::beast::http::error::need_more) return false;
      FONDACO_CHECK(n > 0 || ec || done());  // Else the server would turn in a circle.
      if (!ec) continue;
    }
    if (given == bytes.size()) return false;
    given = std::min(bytes.size(), given + step);
  }
  return true;
}

void ask_for_parts(const Request& r) {
  static_cast<void>(r.header("host"));
  static_cast<void>(r.query_value("q"));
  static_cast<void>(r.cookie("session"));
  static_cast<void>(r.form_value("csrf"));
  const auto key = fondaco::http::idempotency_key(r);
  FONDACO_CHECK(!key || key->size() <= 255);
  static_cast<void>(fondaco::http::session_cookie_of("session", r));
}

/// All requests of these bytes, fed `first` bytes at once and then `step` by `step`.
std::string requests_of(std::string_view bytes, std::size_t first, std::size_t step) {
  std::string all;
  std::size_t taken = 0;
  std::size_t given = std::min(first, bytes.size());
  while (taken < bytes.size()) {
    Request request;
    Parser parser(request, kHeaderLimit);
    if (!feed(parser, bytes, step, given, taken, [&] { return parser.is_header_done(); })) break;
    const std::string target = request.target;
    const bool clean = fondaco::http::parse_target(target, request);
    const int objection = parser.objection();
    if (!clean || objection != 0) return all + text_of(request, clean ? objection : 400);
    parser.limit_body(kBodyLimit);
    if (parser.content_length() && *parser.content_length() > kBodyLimit) return all + "413";
    parser.eager(true);
    if (!feed(parser, bytes, step, given, taken, [&] { return parser.is_done(); })) break;
    FONDACO_CHECK(request.body.size() <= kBodyLimit && request.headers.size() <= 100);
    ask_for_parts(request);
    all += text_of(request, 0);
  }
  return all;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  if (size < 2 || size > 16'384) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  const std::string whole = requests_of(bytes, bytes.size(), bytes.size());
  const std::string in_pieces = requests_of(bytes, data[0] * bytes.size() / 256, 1 + data[0] % 7);
  FONDACO_CHECK(whole == in_pieces);
  return 0;
}
