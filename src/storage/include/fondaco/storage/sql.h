// Statements, values and rows, the same for SQLite and PostgreSQL. Depends on base.
// A statement has a name (metrics, slow log) and one text with $1..$n; only a statement whose
// name ends in ".batch" may have a second text for PostgreSQL.
#pragma once

#include <fondaco/base/id.h>
#include <fondaco/base/money.h>
#include <fondaco/base/time.h>

#include <cstdint>
#include <initializer_list>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

namespace fondaco::storage {

enum class Engine { sqlite, postgres };

/// `name` and `text` must be literals: prepared statements are cached by the text's address.
struct Sql {
  std::string_view name;
  std::string_view text;
  std::string_view postgres = {};

  constexpr std::string_view text_for(Engine e) const {
    return e == Engine::postgres && !postgres.empty() ? postgres : text;
  }
};

/// Bytes, as opposed to text.
struct Blob {
  std::string_view bytes;
};

/// One bound parameter; does not own text or bytes.
class Value {
 public:
  enum class Kind : std::uint8_t { null, integer, real, text, blob };

  Value() = default;
  Value(std::nullptr_t) {}  // NOLINT
  Value(std::nullopt_t) {}  // NOLINT
  template <class N>
    requires(std::is_integral_v<N> || std::is_enum_v<N>)
  Value(N n) : kind_(Kind::integer), integer_(static_cast<std::int64_t>(n)) {}  // NOLINT
  Value(double d) : kind_(Kind::real), real_(d) {}                              // NOLINT
  Value(std::string_view s) : kind_(Kind::text), text_(s) {}                    // NOLINT
  Value(const std::string& s) : Value(std::string_view(s)) {}                   // NOLINT
  Value(const char* s) : Value(std::string_view(s)) {}                          // NOLINT
  Value(Blob b) : kind_(Kind::blob), text_(b.bytes) {}                          // NOLINT
  template <class Tag>
  Value(Id<Tag> id) : Value(id.value) {}  // NOLINT
  Value(Instant t) : Value(t.us) {}       // NOLINT
  Value(Duration d) : Value(d.us) {}      // NOLINT
  /// The code as text; the currency must outlive the call.
  Value(const Currency& c) : Value(c.code()) {}  // NOLINT
  template <class T>
  Value(const std::optional<T>& v) {  // NOLINT
    if (v) *this = Value(*v);
  }

  Kind kind() const { return kind_; }
  std::int64_t integer() const { return integer_; }
  double real() const { return real_; }
  std::string_view text() const { return text_; }

 private:
  Kind kind_ = Kind::null;
  std::int64_t integer_ = 0;
  double real_ = 0;
  std::string_view text_;
};

using Args = std::initializer_list<Value>;

/// One row of an answer. Text and bytes are valid until the callback returns.
class Row {
 public:
  virtual ~Row() = default;
  virtual bool is_null(int column) const = 0;
  virtual std::int64_t integer(int column) const = 0;  // 0 for NULL.
  virtual double real(int column) const = 0;
  virtual std::string_view text(int column) const = 0;  // Empty for NULL.
  virtual std::string_view blob(int column) const = 0;

  std::string str(int column) const { return std::string(text(column)); }
  bool flag(int column) const { return integer(column) != 0; }
  Instant instant(int column) const { return {integer(column)}; }
  template <class I>
  I id(int column) const {
    return I{integer(column)};
  }
  Currency currency(int column) const { return Currency::of(text(column)); }
  std::optional<std::int64_t> maybe_integer(int column) const {
    return is_null(column) ? std::nullopt : std::optional(integer(column));
  }
  std::optional<std::string> maybe_str(int column) const {
    return is_null(column) ? std::nullopt : std::optional(str(column));
  }
};

/// A borrowed callable: valid for the duration of the call it is passed to.
template <class Signature>
class FunctionRef;
template <class R, class... A>
class FunctionRef<R(A...)> {
 public:
  template <class F>
    requires(!std::is_same_v<std::remove_cvref_t<F>, FunctionRef>)
  FunctionRef(F&& f)  // NOLINT: meant to convert
      : object_(const_cast<void*>(static_cast<const void*>(std::addressof(f)))),
        call_([](void* o, A... a) -> R {
          return (*static_cast<std::remove_reference_t<F>*>(o))(std::forward<A>(a)...);
        }) {}
  R operator()(A... a) const { return call_(object_, std::forward<A>(a)...); }

 private:
  void* object_;
  R (*call_)(void*, A...);
};
using RowFn = FunctionRef<void(const Row&)>;

}  // namespace fondaco::storage
