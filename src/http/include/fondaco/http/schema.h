// JSON Schema (2020-12) of described structs, for the OpenAPI document. Depends on base/json.h.
#pragma once

#include <fondaco/base/json.h>

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace fondaco::http {

/// A schema as JSON text; named structs are collected as components.
struct Schema {
  struct Parameter {
    std::string name;
    std::string description;
    std::string type = "string";
    bool required = false;
  };
  std::string json;  // Empty: no body.
  std::string media_type = "application/json";
  std::shared_ptr<std::map<std::string, std::string>> components;

  static Schema none() { return {}; }
  static Schema html() { return {R"({"type":"string"})", "text/html", nullptr}; }
  static Schema text(std::string media) {
    return {R"({"type":"string"})", std::move(media), nullptr};
  }
};

namespace schema_detail {

using Components = std::map<std::string, std::string>;

/// "fondaco::orders::CartLineIn" → "CartLineIn".
std::string short_name(const char* typeid_name);

template <class T>
struct Of;

template <class T>
std::string ref(Components& all) {
  return Of<T>::schema(all);
}

template <>
struct Of<bool> {
  static std::string schema(Components&) { return R"({"type":"boolean"})"; }
};
template <>
struct Of<std::int64_t> {
  static std::string schema(Components&) { return R"({"type":"integer","format":"int64"})"; }
};
template <>
struct Of<int> {
  static std::string schema(Components&) { return R"({"type":"integer","format":"int32"})"; }
};
template <>
struct Of<double> {
  static std::string schema(Components&) { return R"({"type":"number"})"; }
};
template <>
struct Of<std::string> {
  static std::string schema(Components&) { return R"({"type":"string"})"; }
};
template <>
struct Of<JsonText> {
  static std::string schema(Components&) { return "true"; }
};
template <>
struct Of<Instant> {
  static std::string schema(Components&) { return R"({"type":"string","format":"date-time"})"; }
};
template <>
struct Of<Currency> {
  static std::string schema(Components&) { return R"({"type":"string","pattern":"^[A-Z]{3}$"})"; }
};
template <>
struct Of<Money> {
  static std::string schema(Components& all);
};
template <class Tag>
struct Of<Id<Tag>> {
  static std::string schema(Components&) {
    return R"({"type":"string","pattern":"^)" + std::string(Tag::prefix) +
           R"(_[0-9A-HJKMNP-TV-Z]{13}$"})";
  }
};
template <class T>
struct Of<std::optional<T>> {
  static std::string schema(Components& all) {
    return R"({"anyOf":[)" + ref<T>(all) + R"(,{"type":"null"}]})";
  }
};
template <class T>
struct Of<std::vector<T>> {
  static std::string schema(Components& all) {
    return R"({"type":"array","items":)" + ref<T>(all) + "}";
  }
};
template <class T>
struct Of<std::map<std::string, T>> {
  static std::string schema(Components& all) {
    return R"({"type":"object","additionalProperties":)" + ref<T>(all) + "}";
  }
};
template <class T>
constexpr bool kOptional = false;
template <class T>
constexpr bool kOptional<std::optional<T>> = true;

template <class T>
  requires(std::is_enum_v<T>)
struct Of<T> {
  static std::string schema(Components&) {
    std::string out;
    JsonWriter w(out);
    w.begin_object().member("type", "string").key("enum").begin_array();
    boost::mp11::mp_for_each<boost::describe::describe_enumerators<T>>(
        [&](auto d) { w.value(d.name); });
    w.end_array().end_object();
    return out;
  }
};

template <class T>
  requires(boost::describe::has_describe_members<T>::value && !std::is_enum_v<T>)
struct Of<T> {
  static std::string schema(Components& all) {
    const std::string name = short_name(typeid(T).name());
    if (all.emplace(name, "").second) {
      std::string properties;
      std::string required;
      std::size_t at = 0;
      using Members = boost::describe::describe_members<T, boost::describe::mod_any_access |
                                                               boost::describe::mod_inherited>;
      boost::mp11::mp_for_each<Members>([&](auto d) {
        using M = std::remove_cvref_t<decltype(std::declval<T&>().*d.pointer)>;
        const auto quoted = '"' + std::string(d.name) + '"';
        properties += (properties.empty() ? "" : ",") + quoted + ':' + ref<M>(all);
        const bool later = at++ >= json_detail::first_members<T>();
        if (!kOptional<M> && !later) required += (required.empty() ? "" : ",") + quoted;
      });
      all[name] = R"({"type":"object","properties":{)" + properties + R"(},"required":[)" +
                  required + R"(],"additionalProperties":false})";
    }
    return R"({"$ref":"#/components/schemas/)" + name + "\"}";
  }
};

}  // namespace schema_detail

template <class T>
Schema schema_of() {
  Schema s;
  s.components = std::make_shared<std::map<std::string, std::string>>();
  s.json = schema_detail::ref<T>(*s.components);
  return s;
}
/// {"data":[T…],"has_more":b}
template <class T>
Schema list_schema_of() {
  Schema s = schema_of<T>();
  s.json = R"({"type":"object","properties":{"data":{"type":"array","items":)" + s.json +
           R"(},"has_more":{"type":"boolean"}},"required":["data","has_more"]})";
  return s;
}

}  // namespace fondaco::http
