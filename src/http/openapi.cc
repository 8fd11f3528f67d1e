#include "openapi.h"

#include "rate.h"
#include "route_tree.h"

#include <fondaco/base/check.h>
#include <fondaco/base/json_write.h>
#include <fondaco/base/product.h>

#include <map>
#include <set>

namespace fondaco::http {
namespace {

constexpr std::string_view kProblem =
    R"({"type":"object","description":"RFC 9457. code is stable, detail is for people.",)"
    R"("properties":{"type":{"type":"string"},"title":{"type":"string"},)"
    R"("status":{"type":"integer"},"code":{"type":"string"},"detail":{"type":"string"}},)"
    R"("required":["type","title","status","code","detail"]})";

constexpr std::string_view kSecurity =
    R"({"token":{"type":"http","scheme":"bearer"},)"
    R"("session":{"type":"apiKey","in":"cookie","name":"__Host-session",)"
    R"("description":"Unsafe methods also need X-CSRF-Token."}})";

std::string_view name_of(Owner owner) {
  switch (owner) {
    case Owner::everyone:
      return "everyone";
    case Owner::self:
      return "self";
    case Owner::merchant:
      return "merchant";
    case Owner::place:
      return "place";
    case Owner::operators:
      break;
  }
  return "operators";
}

std::string_view name_of(Idempotency i) {
  switch (i) {
    case Idempotency::safe:
      return "safe";
    case Idempotency::natural:
      return "natural";
    case Idempotency::optional:
      return "optional";
    case Idempotency::required:
      return "required";
    case Idempotency::own:
      break;
  }
  return "required";
}

/// "/files/{rest*}" to "/files/{rest}".
std::string documented_path(const std::string& path) {
  std::string out;
  for (const char c : path) {
    if (c != '*') out += c;
  }
  return out;
}

std::string lower_method(Method m) { return to_lower_ascii(http::name_of(m)); }

/// "get_api_v1_orders_by_id"
std::string operation_id(const Route& r) {
  std::string out = lower_method(r.method);
  for (const char c : r.path) {
    if (c == '/' || c == '-' || c == '.') {
      out += '_';
    } else if (c == '{') {
      out += "by_";
    } else if (c != '}' && c != '*') {
      out += c;
    }
  }
  return out;
}

void parameter(JsonWriter& w, const Schema::Parameter& p, std::string_view in) {
  w.begin_object().member("name", p.name).member("in", in).member("required", p.required);
  if (!p.description.empty()) w.member("description", p.description);
  w.key("schema").begin_object().member("type", p.type).end_object().end_object();
}

bool takes_key(Idempotency i) {
  return i == Idempotency::optional || i == Idempotency::required || i == Idempotency::own;
}

void parameters(JsonWriter& w, const Route& r) {
  w.key("parameters").begin_array();
  for (const auto& name : param_names(r.path)) {
    parameter(w, {name, "", "string", true}, "path");
  }
  for (const auto& p : r.query) parameter(w, p, "query");
  const auto key = r.access.idempotency;
  if (takes_key(key)) {
    parameter(w,
              {"Idempotency-Key", "At most 255 printable characters, kept for 24 hours.", "string",
               key != Idempotency::optional},
              "header");
  }
  w.end_array();
}

void content(JsonWriter& w, std::string_view media, std::string_view schema) {
  w.key("content").begin_object().key(media).begin_object().key("schema").raw(schema);
  w.end_object().end_object();
}

std::set<std::string> codes_of(const Route& r) {
  std::set<std::string> codes(r.refusals.begin(), r.refusals.end());
  if (r.access.owner != Owner::everyone) codes.insert("unauthenticated");
  if (r.access.scope != "-") codes.insert("forbidden");
  if (r.access.owner == Owner::merchant || r.access.owner == Owner::place) {
    codes.insert("not_found");
  }
  if (r.access.rate != Rate::internal) codes.insert("rate_limited");
  if (!r.request.json.empty()) codes.insert({"malformed_json", "invalid_request"});
  if (r.method != Method::get) codes.insert("csrf_refused");
  if (takes_key(r.access.idempotency)) {
    codes.insert({"idempotency_key_invalid", "idempotency_key_reused", "idempotency_in_flight"});
    if (r.access.idempotency != Idempotency::optional) codes.insert("idempotency_key_missing");
  }
  return codes;
}

void responses(JsonWriter& w, const Route& r) {
  w.key("responses").begin_object();
  w.key(std::to_string(r.success)).begin_object().member("description", r.summary);
  if (!r.response.json.empty()) content(w, r.response.media_type, r.response.json);
  w.end_object();
  std::string listed;
  std::string schema = R"({"allOf":[{"$ref":"#/components/schemas/Problem"},)"
                       R"({"properties":{"code":{"enum":)";
  JsonWriter codes(schema);
  codes.begin_array();
  for (const auto& code : codes_of(r)) {
    codes.value(code);
    listed += (listed.empty() ? "Refused: " : ", ") + code;
  }
  codes.end_array();
  schema += "}}}]}";
  if (!listed.empty()) {
    w.key("default").begin_object().member("description", listed);
    content(w, "application/problem+json", schema);
    w.end_object();
  }
  w.end_object();
}

void operation(JsonWriter& w, const Route& r) {
  w.key(lower_method(r.method)).begin_object();
  w.member("operationId", operation_id(r)).member("summary", r.summary);
  w.member("x-owner", name_of(r.access.owner)).member("x-rate", http::name_of(r.access.rate));
  w.member("x-scope", r.access.scope).member("x-idempotency", name_of(r.access.idempotency));
  parameters(w, r);
  if (!r.request.json.empty()) {
    w.key("requestBody").begin_object().member("required", true);
    content(w, r.request.media_type, r.request.json);
    w.end_object();
  }
  responses(w, r);
  w.key("security").begin_array();
  if (r.access.owner != Owner::everyone) {
    w.begin_object().key("token").begin_array().end_array().end_object();
    w.begin_object().key("session").begin_array().end_array().end_object();
  }
  w.end_array().end_object();
}

/// Two structs of one short name with different members would make the document lie.
void merge(std::map<std::string, std::string>& all, const Schema& s) {
  if (!s.components) return;
  for (const auto& [name, text] : *s.components) {
    const auto [found, fresh] = all.emplace(name, text);
    if (!fresh && found->second != text) throw Bug("two different schemas are called " + name);
  }
}

}  // namespace

std::string openapi_of(const std::vector<Route>& routes) {
  std::map<std::string, std::map<std::string, const Route*>> by_path;
  std::map<std::string, std::string> components{{"Problem", std::string(kProblem)}};
  for (const auto& r : routes) {
    by_path[documented_path(r.path)][lower_method(r.method)] = &r;
    merge(components, r.request);
    merge(components, r.response);
  }
  std::string out;
  JsonWriter w(out);
  w.begin_object().member("openapi", "3.1.0").key("info").begin_object();
  w.member("title", product::kName).member("version", product::kVersion).end_object();
  w.key("paths").begin_object();
  for (const auto& [path, methods] : by_path) {
    w.key(path).begin_object();
    for (const auto& [name, route] : methods) operation(w, *route);
    w.end_object();
  }
  w.end_object().key("components").begin_object().key("schemas").begin_object();
  for (const auto& [name, text] : components) w.key(name).raw(text);
  w.end_object().key("securitySchemes").raw(kSecurity).end_object().end_object();
  return out;
}

}  // namespace fondaco::http
