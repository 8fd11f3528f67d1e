#include <fondaco/base/check.h>
#include <fondaco/http/schema.h>

#include <cxxabi.h>

#include <cstdlib>

namespace fondaco::http::schema_detail {

std::string short_name(const char* typeid_name) {
  int status = 0;
  const std::unique_ptr<char, void (*)(void*)> full(
      abi::__cxa_demangle(typeid_name, nullptr, nullptr, &status), std::free);
  FONDACO_CHECK(status == 0 && full);
  const std::string_view name(full.get());
  const auto colon = name.rfind(':');
  return std::string(colon == name.npos ? name : name.substr(colon + 1));
}

std::string Of<Money>::schema(Components& all) {
  all.emplace("Money",
              R"({"type":"object","description":"Integer minor units and their currency.",)"
              R"("properties":{"amount":{"type":"integer","format":"int64"},)"
              R"("currency":{"type":"string","pattern":"^[A-Z]{3}$"}},)"
              R"("required":["amount","currency"],"additionalProperties":false})");
  return R"({"$ref":"#/components/schemas/Money"})";
}

}  // namespace fondaco::http::schema_detail
