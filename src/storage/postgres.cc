#include "connection.h"

#include <fondaco/base/check.h>
#include <fondaco/base/log.h>

#include <libpq-fe.h>

#include <cstring>
#include <unordered_map>

namespace fondaco::storage {
namespace {

struct ResultDelete {
  void operator()(PGresult* r) const { PQclear(r); }
};
using ResultPtr = std::unique_ptr<PGresult, ResultDelete>;

/// Types of a binary answer, as PostgreSQL numbers them.
enum Oid : unsigned { kBool = 16, kInt8 = 20, kInt2 = 21, kInt4 = 23, kFloat8 = 701 };

template <class T>
T from_network(const char* bytes) {
  T value{};
  char swapped[sizeof(T)];
  for (std::size_t i = 0; i < sizeof(T); ++i) swapped[i] = bytes[sizeof(T) - 1 - i];
  std::memcpy(&value, swapped, sizeof(T));
  return value;
}

class PostgresRow final : public Row {
 public:
  PostgresRow(PGresult* r, int row) : r_(r), row_(row) {}
  bool is_null(int c) const override { return PQgetisnull(r_, row_, c) != 0; }
  std::int64_t integer(int c) const override {
    if (is_null(c)) return 0;
    const char* p = PQgetvalue(r_, row_, c);
    switch (PQftype(r_, c)) {
      case kInt8:
        return from_network<std::int64_t>(p);
      case kInt4:
        return from_network<std::int32_t>(p);
      case kInt2:
        return from_network<std::int16_t>(p);
      case kBool:
        return *p;
      default:
        throw Fault(std::string("column ") + PQfname(r_, c) + " is no integer");
    }
  }
  double real(int c) const override {
    if (is_null(c)) return 0;
    if (PQftype(r_, c) == kFloat8) return from_network<double>(PQgetvalue(r_, row_, c));
    return static_cast<double>(integer(c));
  }
  std::string_view text(int c) const override {
    return {PQgetvalue(r_, row_, c), static_cast<std::size_t>(PQgetlength(r_, row_, c))};
  }
  std::string_view blob(int c) const override { return text(c); }

 private:
  PGresult* r_;
  int row_;
};

/// Arguments in the form that libpq wants; numbers are kept as text beside the pointers.
struct Parameters {
  explicit Parameters(std::span<const Value> args) {
    const std::size_t n = args.size();
    texts.resize(n);
    values.resize(n);
    lengths.resize(n);
    formats.resize(n);
    for (std::size_t i = 0; i < n; ++i) put(i, args[i]);
  }
  void put(std::size_t i, const Value& v) {
    switch (v.kind()) {
      case Value::Kind::null:
        return;
      case Value::Kind::integer:
        texts[i] = std::to_string(v.integer());
        break;
      case Value::Kind::real:
        texts[i] = std::to_string(v.real());
        break;
      case Value::Kind::text:
        texts[i] = v.text();
        break;
      case Value::Kind::blob:
        texts[i] = v.text();
        formats[i] = 1;
        break;
    }
    values[i] = texts[i].c_str();
    lengths[i] = static_cast<int>(texts[i].size());
  }
  std::vector<std::string> texts;
  std::vector<const char*> values;
  std::vector<int> lengths;
  std::vector<int> formats;
};

class PostgresConnection final : public Connection {
 public:
  PostgresConnection(const std::string& url, bool writer) : pg_(PQconnectdb(url.c_str())) {
    if (PQstatus(pg_) != CONNECTION_OK) {
      const std::string why = PQerrorMessage(pg_);
      PQfinish(pg_);
      throw Fault("cannot connect to PostgreSQL: " + why);
    }
    PQsetNoticeProcessor(pg_, [](void*, const char*) {}, nullptr);
    script("SET client_min_messages = warning");
    if (writer) script("SET synchronous_commit = on");
  }
  ~PostgresConnection() override { PQfinish(pg_); }
  PostgresConnection(const PostgresConnection&) = delete;
  PostgresConnection& operator=(const PostgresConnection&) = delete;

  Engine engine() const override { return Engine::postgres; }

  std::int64_t exec(const Sql& sql, std::span<const Value> args) override {
    const ResultPtr r = run(sql, args);
    const char* count = PQcmdTuples(r.get());
    return *count ? std::atoll(count) : 0;
  }
  void each(const Sql& sql, std::span<const Value> args, RowFn row) override {
    const ResultPtr r = run(sql, args);
    const int n = PQntuples(r.get());
    for (int i = 0; i < n; ++i) row(PostgresRow(r.get(), i));
  }
  std::unique_ptr<BatchRead> lookup(const Sql& sql) override;
  std::unique_ptr<BatchWrite> batch(const Sql& sql) override;

  void script(const std::string& text) override {
    const ResultPtr r(PQexec(pg_, text.c_str()));
    check(r.get(), text.substr(0, 80));
  }

  /// One snapshot for all statements of a lease; a lease that asks nothing costs no round trip.
  void begin_read() override { snapshot_due_ = true; }
  void end_read() noexcept override {
    snapshot_due_ = false;
    if (in_transaction()) rollback();
  }
  void begin() override { script("BEGIN"); }
  void commit() override { script("COMMIT"); }
  void rollback() noexcept override {
    const ResultPtr r(PQexec(pg_, "ROLLBACK"));
    if (PQresultStatus(r.get()) != PGRES_COMMAND_OK) {
      log::warn("storage", "a roll back failed", {{"error", PQerrorMessage(pg_)}});
    }
  }
  void savepoint() override { script("SAVEPOINT use_case"); }
  void release() override { script("RELEASE SAVEPOINT use_case"); }
  void rollback_to() override {
    script("ROLLBACK TO SAVEPOINT use_case; RELEASE SAVEPOINT use_case");
  }
  bool in_transaction() const override {
    const auto status = PQtransactionStatus(pg_);
    return status == PQTRANS_INTRANS || status == PQTRANS_INERROR || status == PQTRANS_ACTIVE;
  }
  bool usable() const override { return PQstatus(pg_) == CONNECTION_OK; }

  ResultPtr run(const Sql& sql, std::span<const Value> args) {
    if (snapshot_due_) {
      snapshot_due_ = false;
      script("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
    }
    const std::string& name = prepared(sql);
    const Parameters p(args);
    ResultPtr r(PQexecPrepared(pg_, name.c_str(), static_cast<int>(args.size()), p.values.data(),
                               p.lengths.data(), p.formats.data(), 1));
    check(r.get(), sql.name);
    return r;
  }

 private:
  const std::string& prepared(const Sql& sql) {
    const std::string_view text = sql.text_for(Engine::postgres);
    auto& name = names_[text.data()];
    if (!name.empty()) return name;
    const std::string fresh = "s" + std::to_string(names_.size());
    const ResultPtr r(PQprepare(pg_, fresh.c_str(), std::string(text).c_str(), 0, nullptr));
    check(r.get(), sql.name);
    name = fresh;
    return name;
  }
  void check(PGresult* r, std::string_view doing) {
    const auto status = PQresultStatus(r);
    if (status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK) return;
    const char* state = PQresultErrorField(r, PG_DIAG_SQLSTATE);
    const std::string_view code = state ? state : "";
    const std::string message = std::string(doing) + ": " + PQerrorMessage(pg_);
    if (code == "40001" || code == "40P01") throw Transient(message);
    if (code == "53100") throw DiskFull(message);
    if (code.starts_with("23")) throw Conflict(message);
    throw Fault(message);
  }

  PGconn* pg_;
  bool snapshot_due_ = false;
  std::unordered_map<const char*, std::string> names_;
};

/// Columns of a batch as PostgreSQL array literals.
class Columns {
 public:
  void add(Args row) {
    if (columns_.empty()) columns_.resize(row.size());
    FONDACO_CHECK(columns_.size() == row.size());
    std::size_t i = 0;
    for (const Value& v : row) {
      std::string& c = columns_[i++];
      c += c.empty() ? '{' : ',';
      append(c, v);
    }
    ++rows_;
  }
  std::vector<Value> finish() {
    std::vector<Value> out;
    for (auto& c : columns_) {
      c += '}';
      out.emplace_back(std::string_view(c));
    }
    return out;
  }
  std::int64_t rows() const { return rows_; }

 private:
  static void append(std::string& c, const Value& v) {
    switch (v.kind()) {
      case Value::Kind::null:
        c += "NULL";
        return;
      case Value::Kind::integer:
        c += std::to_string(v.integer());
        return;
      case Value::Kind::real:
        c += std::to_string(v.real());
        return;
      case Value::Kind::text:
        quote(c, v.text());
        return;
      case Value::Kind::blob: {
        constexpr std::string_view kHex = "0123456789abcdef";
        c += "\"\\\\x";
        for (const char ch : v.text()) {
          const auto b = static_cast<unsigned char>(ch);
          c += kHex[b >> 4];
          c += kHex[b & 15];
        }
        c += '"';
        return;
      }
    }
  }
  static void quote(std::string& c, std::string_view text) {
    c += '"';
    std::size_t plain = 0;  // From here on nothing has been copied.
    for (std::size_t i = 0; i < text.size(); ++i) {
      if (text[i] != '"' && text[i] != '\\') continue;
      c += text.substr(plain, i - plain);
      c += '\\';
      plain = i;
    }
    c += text.substr(plain);
    c += '"';
  }

  std::vector<std::string> columns_;
  std::int64_t rows_ = 0;
};

class PostgresLookup final : public BatchRead {
 public:
  PostgresLookup(PostgresConnection& c, const Sql& sql) : connection_(c), sql_(sql) {
    FONDACO_CHECK(!sql.postgres.empty());
  }
  void add(Args key) override { keys_.add(key); }
  void run(RowFn each) override {
    if (keys_.rows() == 0) return;
    const auto args = keys_.finish();
    connection_.each(sql_, args, each);
  }

 private:
  PostgresConnection& connection_;
  Sql sql_;
  Columns keys_;
};

class PostgresBatch final : public BatchWrite {
 public:
  PostgresBatch(PostgresConnection& c, const Sql& sql) : connection_(c), sql_(sql) {
    FONDACO_CHECK(!sql.postgres.empty());
  }
  void add(Args row) override { rows_.add(row); }
  void finish() override {
    if (rows_.rows() == 0) return;
    const auto args = rows_.finish();
    if (connection_.exec(sql_, args) != rows_.rows()) throw GuardFailed(sql_.name);
  }

 private:
  PostgresConnection& connection_;
  Sql sql_;
  Columns rows_;
};

std::unique_ptr<BatchRead> PostgresConnection::lookup(const Sql& sql) {
  return std::make_unique<PostgresLookup>(*this, sql);
}
std::unique_ptr<BatchWrite> PostgresConnection::batch(const Sql& sql) {
  return std::make_unique<PostgresBatch>(*this, sql);
}

}  // namespace

std::unique_ptr<Connection> open_postgres(const std::string& url, bool writer) {
  return std::make_unique<PostgresConnection>(url, writer);
}

}  // namespace fondaco::storage
