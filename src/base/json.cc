#include <fondaco/base/json.h>

#include <cmath>
#include <limits>

namespace fondaco::json_detail {

std::optional<bj::value> parse(std::string_view text, bj::storage_ptr memory, std::string& error) {
  bj::error_code ec;
  bj::parse_options options;
  options.max_depth = 32;
  auto value = bj::parse({text.data(), text.size()}, ec, std::move(memory), options);
  if (!ec) return value;
  error = text.empty() ? "the body is empty" : "is not valid JSON: " + ec.message();
  return std::nullopt;
}

bool Reader::read(const bj::value& v, bool& out) {
  const auto* b = v.if_bool();
  if (!b) return fail("expected true or false");
  out = *b;
  return true;
}

bool Reader::read(const bj::value& v, std::int64_t& out) {
  const auto* n = v.if_int64();
  if (!n) return fail("expected a whole number");
  out = *n;
  return true;
}

bool Reader::read(const bj::value& v, int& out) {
  std::int64_t wide = 0;
  if (!read(v, wide)) return false;
  if (wide < std::numeric_limits<int>::min() || wide > std::numeric_limits<int>::max()) {
    return fail("is out of range");
  }
  out = static_cast<int>(wide);
  return true;
}

bool Reader::read(const bj::value& v, double& out) {
  if (const auto* n = v.if_int64()) {
    out = static_cast<double>(*n);
    return true;
  }
  const auto* d = v.if_double();
  if (!d || !std::isfinite(*d)) return fail("expected a number");
  out = *d;
  return true;
}

bool Reader::read(const bj::value& v, std::string& out) {
  const auto* s = v.if_string();
  if (!s) return fail("expected a string");
  out.assign(s->data(), s->size());
  return true;
}

bool Reader::read(const bj::value& v, Currency& out) {
  std::string code;
  if (!read(v, code)) return false;
  const auto c = Currency::parse(code);
  if (!c) return fail("is not an ISO 4217 currency code");
  out = *c;
  return true;
}

bool Reader::read(const bj::value& v, Money& out) {
  const auto* object = v.if_object();
  if (!object) return fail("expected {\"amount\": minor units, \"currency\": code}");
  const auto* amount = object->if_contains("amount");
  const auto* currency = object->if_contains("currency");
  if (!amount || !currency || object->size() != 2) {
    return fail("expected exactly the members amount and currency");
  }
  {
    const Scope scope(*this, "amount");
    if (!read(*amount, out.minor)) return false;
  }
  const Scope scope(*this, "currency");
  return read(*currency, out.currency);
}

bool Reader::read(const bj::value& v, Instant& out) {
  std::string text;
  if (!read(v, text)) return false;
  const auto t = parse_rfc3339(text);
  if (!t) return fail("expected an RFC 3339 time such as 2026-11-22T10:15:00Z");
  out = *t;
  return true;
}

bool Reader::read(const bj::value& v, JsonText& out) {
  out.text = bj::serialize(v);
  return true;
}

}  // namespace fondaco::json_detail
