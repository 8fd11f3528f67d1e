#include "test_ref.h"

#include <fondaco/base/text.h>

namespace fondaco::payments {
namespace {

struct Name {
  std::string_view token;
  Script script;
};
constexpr Name kNames[] = {
    {"approve", Script::approve},     {"decline", Script::decline},
    {"3ds", Script::three_d_secure},  {"late", Script::late},
    {"duplicate", Script::duplicate}, {"out_of_order", Script::out_of_order},
    {"lost", Script::lost},           {"", Script::unknown_token},
};

}  // namespace

Script script_of(std::string_view token) {
  for (const Name& n : kNames) {
    if (n.token == token) return n.script;
  }
  return Script::unknown_token;
}

std::string format_ref(const TestRef& ref) {
  char letter = static_cast<char>(ref.script);
  if (ref.type == EventType::authorization) letter = static_cast<char>(letter - 'a' + 'A');
  return std::string("tp_") + letter + "_" +
         to_text(ref.payment).substr(PaymentTag::prefix.size() + 1) + "_" +
         std::to_string(ref.amount.minor) + std::string(ref.amount.currency.code());
}

std::optional<TestRef> parse_ref(std::string_view text) {
  const auto parts = split(text, '_');
  if (parts.size() != 4 || parts[0] != "tp" || parts[1].size() != 1) return std::nullopt;
  TestRef ref;
  char letter = parts[1][0];
  if (letter >= 'A' && letter <= 'Z') {
    ref.type = EventType::authorization;
    letter = static_cast<char>(letter - 'A' + 'a');
  }
  bool known = false;
  for (const Name& n : kNames) {
    if (static_cast<char>(n.script) != letter) continue;
    ref.script = n.script;
    known = true;
  }
  const auto id =
      parse_id(PaymentTag::prefix, std::string(PaymentTag::prefix) + "_" + std::string(parts[2]));
  if (!known || !id || parts[3].size() < 4) return std::nullopt;
  const auto minor = parse_int(parts[3].substr(0, parts[3].size() - 3));
  const auto currency = Currency::parse(parts[3].substr(parts[3].size() - 3));
  if (!minor || *minor < 0 || !currency) return std::nullopt;
  ref.payment = PaymentId{*id};
  ref.amount = {*minor, *currency};
  if (format_ref(ref) != text) return std::nullopt;  // One payment has one name.
  return ref;
}

}  // namespace fondaco::payments
