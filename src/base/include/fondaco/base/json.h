// Reads and writes described structs (BOOST_DESCRIBE_STRUCT) as JSON. Depends on Boost.JSON's
// DOM, Boost.Describe and the base types. For the edge (api.cc), events and stored JSON columns;
// domain headers do not include it.
//
// Reading: an unknown member is refused by name, std::optional members may be missing or null,
// all others must be there; the error says where (JSON Pointer) and what. A struct that has grown
// since it was first stored names how many members it began with (kFirstMembers): the later ones
// may be missing, and are not written while they are what a new struct has. read_stored() forgives
// what other versions of the house wrote. Ids are strings with their prefix, Money is
// {"amount":n,"currency":"EUR"}, Instant is RFC 3339, described enums are their names.
#pragma once

#include <fondaco/base/id.h>
#include <fondaco/base/json_write.h>
#include <fondaco/base/money.h>
#include <fondaco/base/result.h>

#include <boost/describe.hpp>
#include <boost/json.hpp>
#include <boost/mp11.hpp>

#include <concepts>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

namespace fondaco {

struct JsonError {
  std::string pointer;  // "/lines/0/quantity"; empty for the document itself.
  std::string message;  // "is missing", "expected a number"
};

/// JSON of any shape, kept as text.
struct JsonText {
  std::string text = "null";
};

namespace json_detail {

namespace bj = boost::json;
namespace bd = boost::describe;

/// Members that must be there; the rest was added later.
template <class T>
constexpr std::size_t first_members() {
  if constexpr (requires { T::kFirstMembers; }) {
    return T::kFirstMembers;
  } else {
    return static_cast<std::size_t>(-1);
  }
}

class Reader {
 public:
  /// Additive: a missing member keeps its value, an unknown one is passed over.
  explicit Reader(bool additive = false) : additive_(additive) {}

  bool fail(std::string message) {
    if (error_.message.empty()) error_ = {path_, std::move(message)};
    return false;
  }
  const JsonError& error() const { return error_; }

  bool read(const bj::value& v, bool& out);
  bool read(const bj::value& v, std::int64_t& out);
  bool read(const bj::value& v, int& out);
  bool read(const bj::value& v, double& out);
  bool read(const bj::value& v, std::string& out);
  bool read(const bj::value& v, Money& out);
  bool read(const bj::value& v, Currency& out);
  bool read(const bj::value& v, Instant& out);
  bool read(const bj::value& v, JsonText& out);

  template <class Tag>
  bool read(const bj::value& v, Id<Tag>& out) {
    std::string text;
    if (!read(v, text)) return false;
    const auto id = id_from_text<Id<Tag>>(text);
    if (!id) return fail("expected an id that begins with " + std::string(Tag::prefix) + "_");
    out = *id;
    return true;
  }
  template <class T>
  bool read(const bj::value& v, std::optional<T>& out) {
    if (v.is_null()) {
      out.reset();
      return true;
    }
    return read(v, out.emplace());
  }
  template <class T>
  bool read(const bj::value& v, std::vector<T>& out) {
    const auto* array = v.if_array();
    if (!array) return fail("expected an array");
    out.reserve(array->size());
    for (std::size_t i = 0; i < array->size(); ++i) {
      const Scope scope(*this, std::to_string(i));
      if (!read((*array)[i], out.emplace_back())) return false;
    }
    return true;
  }
  template <class T>
  bool read(const bj::value& v, std::map<std::string, T>& out) {
    const auto* object = v.if_object();
    if (!object) return fail("expected an object");
    for (const auto& [name, member] : *object) {
      const Scope scope(*this, name);
      if (!read(member, out[std::string(name)])) return false;
    }
    return true;
  }
  template <class T>
    requires(std::is_enum_v<T>)
  bool read(const bj::value& v, T& out) {
    std::string text;
    if (!read(v, text)) return false;
    if (bd::enum_from_string(text.c_str(), out)) return true;
    std::string names;
    boost::mp11::mp_for_each<bd::describe_enumerators<T>>([&](auto d) {
      names += names.empty() ? "" : ", ";
      names += d.name;
    });
    return fail("is not one of: " + names);
  }
  template <class T>
    requires(bd::has_describe_members<T>::value && !std::is_enum_v<T>)
  bool read(const bj::value& v, T& out) {
    const auto* object = v.if_object();
    if (!object) return fail("expected an object");
    std::size_t known = 0, at = 0;
    bool good = true;
    using Members = bd::describe_members<T, bd::mod_any_access | bd::mod_inherited>;
    boost::mp11::mp_for_each<Members>([&](auto d) {
      if (!good) return;
      [[maybe_unused]] const bool later = at++ >= first_members<T>();
      const Scope scope(*this, d.name);
      auto& member = out.*d.pointer;
      if (const auto* found = object->if_contains(d.name)) {
        ++known;
        good = read(*found, member);
      } else if (!additive_ && !is_optional(member) && !later) {
        good = fail("is missing");
      }
    });
    if (good && !additive_ && known != object->size()) good = refuse_unknown<Members>(*object);
    return good;
  }

 private:
  class Scope {
   public:
    Scope(Reader& r, std::string_view name) : reader_(r), size_(r.path_.size()) {
      r.path_ += '/';
      r.path_ += name;
    }
    ~Scope() { reader_.path_.resize(size_); }
    Scope(const Scope&) = delete;
    Scope& operator=(const Scope&) = delete;

   private:
    Reader& reader_;
    std::size_t size_;
  };

  template <class T>
  static constexpr bool is_optional(const T&) {
    return false;
  }
  template <class T>
  static constexpr bool is_optional(const std::optional<T>&) {
    return true;
  }
  template <class Members>
  bool refuse_unknown(const bj::object& object) {
    for (const auto& [name, member] : object) {
      bool known = false;
      boost::mp11::mp_for_each<Members>([&](auto d) { known = known || name == d.name; });
      if (!known) {
        const Scope scope(*this, name);
        return fail("is not a known member");
      }
    }
    return true;
  }

  const bool additive_;
  std::string path_;
  JsonError error_;
};

/// Parses with limits (depth 32); a clear message on broken JSON.
std::optional<bj::value> parse(std::string_view text, bj::storage_ptr memory, std::string& error);

}  // namespace json_detail

namespace json_detail {

template <class T>
Result<T, JsonError> read_document(std::string_view text, bool additive) {
  unsigned char stack[8192];
  boost::json::monotonic_resource memory(stack, sizeof stack);
  std::string error;
  const auto dom = parse(text, &memory, error);
  if (!dom) return Refused{JsonError{"", std::move(error)}};
  Reader reader(additive);
  T out{};
  if (!reader.read(*dom, out)) return Refused{reader.error()};
  return out;
}

}  // namespace json_detail

/// Reads one document. Cost: one DOM on a stack buffer for small bodies.
template <class T>
Result<T, JsonError> read_json(std::string_view text) {
  return json_detail::read_document<T>(text, false);
}

/// Reads what another version of the house wrote (events, stored JSON): a member that it did not
/// know yet keeps its value, one that is not known here is passed over. Types are as strict.
template <class T>
Result<T, JsonError> read_stored(std::string_view text) {
  return json_detail::read_document<T>(text, true);
}

template <class T>
void write_json(JsonWriter& w, const T& v);

namespace json_detail {

template <class T>
void write_any(JsonWriter& w, const std::optional<T>& v) {
  if (v) {
    write_json(w, *v);
  } else {
    w.null();
  }
}
template <class T>
void write_any(JsonWriter& w, const std::vector<T>& v) {
  w.begin_array();
  for (const auto& e : v) write_json(w, e);
  w.end_array();
}
template <class T>
void write_any(JsonWriter& w, const std::map<std::string, T>& v) {
  w.begin_object();
  for (const auto& [name, e] : v) {
    w.key(name);
    write_json(w, e);
  }
  w.end_object();
}
inline void write_any(JsonWriter& w, const JsonText& v) { w.raw(v.text); }
inline void write_any(JsonWriter& w, Currency v) { w.value(v.code()); }
template <class T>
void write_any(JsonWriter& w, const T& v) {
  if constexpr (std::is_enum_v<T>) {
    w.value(bd::enum_to_string(v, "unknown"));
  } else if constexpr (bd::has_describe_members<T>::value) {
    w.begin_object();
    [[maybe_unused]] std::size_t at = 0;
    boost::mp11::mp_for_each<bd::describe_members<T, bd::mod_any_access | bd::mod_inherited>>(
        [&](auto d) {
          [[maybe_unused]] const bool later = at++ >= first_members<T>();
          using M = std::remove_cvref_t<decltype(v.*d.pointer)>;
          if constexpr (requires { T::kFirstMembers; } && std::equality_comparable<M>) {
            static const T fresh{};
            if (later && v.*d.pointer == fresh.*d.pointer) return;
          }
          w.key(d.name);
          write_json(w, v.*d.pointer);
        });
    w.end_object();
  } else {
    w.value(v);
  }
}

}  // namespace json_detail

/// Writes every member; an empty optional as null.
template <class T>
void write_json(JsonWriter& w, const T& v) {
  json_detail::write_any(w, v);
}

template <class T>
std::string json_of(const T& v) {
  std::string out;
  JsonWriter w(out);
  write_json(w, v);
  return out;
}

}  // namespace fondaco
