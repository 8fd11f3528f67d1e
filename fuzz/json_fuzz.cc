// Any bytes: refused with a reason, or read, written and read again to the same text.
#include <fondaco/base/check.h>
#include <fondaco/base/ids.h>
#include <fondaco/base/json.h>

namespace {

struct Line {
  std::string sku;
  std::int64_t quantity = 0;
  std::optional<fondaco::VariantId> variant;
};
BOOST_DESCRIBE_STRUCT(Line, (), (sku, quantity, variant))

struct Basket {
  fondaco::Money total;
  std::vector<Line> lines;
  std::optional<fondaco::Instant> at;
};
BOOST_DESCRIBE_STRUCT(Basket, (), (total, lines, at))

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto basket = fondaco::read_json<Basket>(text);
  if (!basket.ok()) {
    FONDACO_CHECK(!basket.refusal().message.empty());
    return 0;
  }
  const std::string written = fondaco::json_of(*basket);
  const auto again = fondaco::read_json<Basket>(written);
  FONDACO_CHECK(again.ok() && fondaco::json_of(*again) == written);
  return 0;
}
