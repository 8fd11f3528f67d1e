#include "idempotency.h"

#include <fondaco/base/check.h>
#include <fondaco/base/json_write.h>
#include <fondaco/base/text.h>
#include <fondaco/http/server.h>

#include <boost/json.hpp>

#include <sodium.h>

#include <algorithm>

namespace fondaco::http {
namespace {

constexpr Duration kKept = hours(24);
constexpr std::size_t kKeyMax = 255;

constexpr storage::Sql kFind{"http.idempotency_find", R"sql(
  SELECT fingerprint, answer FROM http_idempotency WHERE id = $1 AND created_at > $2)sql"};

// An expired row is as good as none; a fresh one makes the row count 0.
constexpr storage::Sql kStore{"http.idempotency_store", R"sql(
  INSERT INTO http_idempotency (id, fingerprint, answer, created_at) VALUES ($1, $2, $3, $4)
  ON CONFLICT (id) DO UPDATE SET fingerprint = excluded.fingerprint, answer = excluded.answer,
    created_at = excluded.created_at
   WHERE http_idempotency.created_at <= $5)sql"};

constexpr storage::Sql kPurge{"http.idempotency_purge", R"sql(
  DELETE FROM http_idempotency WHERE id IN (
    SELECT id FROM http_idempotency WHERE created_at <= $1 ORDER BY created_at LIMIT 1000))sql"};

/// BLAKE2b over parts, each with its length before it so that no two lists collide.
class Hash {
 public:
  Hash() { crypto_generichash_init(&state_, nullptr, 0, kSize); }
  Hash& add(std::string_view part) {
    const std::uint64_t size = part.size();
    update(&size, sizeof size);
    update(part.data(), part.size());
    return *this;
  }
  std::string done() {
    std::string out(kSize, '\0');
    crypto_generichash_final(&state_, reinterpret_cast<unsigned char*>(out.data()), kSize);
    return out;
  }

 private:
  static constexpr std::size_t kSize = 32;
  void update(const void* data, std::size_t size) {
    crypto_generichash_update(&state_, static_cast<const unsigned char*>(data), size);
  }
  crypto_generichash_state state_;
};

std::string text_of(const Response& r) {
  std::string out;
  JsonWriter w(out);
  w.begin_object().member("status", r.status).member("type", r.content_type);
  w.key("headers").begin_array();
  for (const auto& h : r.headers) w.value(h.name).value(h.value);
  w.end_array().end_object();
  out += '\n';
  out += r.shared_body ? *r.shared_body : r.body;
  return out;
}

Response response_of(const std::string& text) {
  const auto end = text.find('\n');
  FONDACO_CHECK(end != text.npos);
  const auto head = boost::json::parse(text.substr(0, end));
  Response r;
  r.status = static_cast<int>(head.at("status").as_int64());
  r.content_type = head.at("type").as_string().c_str();
  const auto& headers = head.at("headers").as_array();
  for (std::size_t i = 0; i + 1 < headers.size(); i += 2) {
    r.with(headers[i].as_string().c_str(), headers[i + 1].as_string().c_str());
  }
  r.body = text.substr(end + 1);
  r.with("Idempotent-Replayed", "true");
  return r;
}

std::string sealed(const std::string& text, const std::string& key, Random& random) {
  std::string out = random.bytes(crypto_secretbox_NONCEBYTES);
  const auto head = out.size();
  out.resize(head + crypto_secretbox_MACBYTES + text.size());
  auto* bytes = reinterpret_cast<unsigned char*>(out.data());
  crypto_secretbox_easy(bytes + head, reinterpret_cast<const unsigned char*>(text.data()),
                        text.size(), bytes, reinterpret_cast<const unsigned char*>(key.data()));
  return out;
}

std::string opened(std::string_view box, const std::string& key) {
  constexpr std::size_t kHead = crypto_secretbox_NONCEBYTES;
  const auto* bytes = reinterpret_cast<const unsigned char*>(box.data());
  if (box.size() < kHead + crypto_secretbox_MACBYTES) throw Fault("a stored answer is cut short");
  std::string out(box.size() - kHead - crypto_secretbox_MACBYTES, '\0');
  const int bad = crypto_secretbox_open_easy(reinterpret_cast<unsigned char*>(out.data()),
                                             bytes + kHead, box.size() - kHead, bytes,
                                             reinterpret_cast<const unsigned char*>(key.data()));
  if (bad != 0) throw Fault("a stored answer does not open");
  return out;
}

Response reused() {
  return problem(422, "idempotency_key_reused",
                 "this Idempotency-Key was used with another request");
}

}  // namespace

std::optional<std::string> idempotency_key(const Request& request) {
  auto text = trim(request.header("idempotency-key"));
  if (text.size() >= 2 && text.front() == '"' && text.back() == '"') {
    text = text.substr(1, text.size() - 2);
    if (text.empty()) return std::nullopt;
  }
  // Backslash and quote would need RFC 8941 escapes, which no client uses in a key.
  const bool printable = std::all_of(text.begin(), text.end(), [](char c) {
    return c >= 0x20 && c < 0x7f && c != '"' && c != '\\';
  });
  if (!printable || text.size() > kKeyMax) return std::nullopt;
  return std::string(text);
}

Keyed keyed(const Request& request, const Principal& who, const std::string& key) {
  // Two people without a name may choose the same key: the address keeps them apart.
  const std::string actor = who.person ? to_text(who.person) : "anonymous " + request.remote;
  Keyed k;
  const std::string row =
      Hash().add("row").add(actor).add(name_of(request.method)).add(request.path).add(key).done();
  std::uint64_t id = 0;
  for (std::size_t i = 0; i < sizeof id; ++i) id = id << 8 | static_cast<unsigned char>(row[i]);
  k.id = static_cast<std::int64_t>(id >> 1);
  k.fingerprint = Hash()
                      .add("print")
                      .add(row)
                      .add(request.target)
                      .add(request.header("content-type"))
                      .add(request.body)
                      .done();
  k.seal = Hash().add("seal").add(actor).add(request.path).add(key).done();
  return k;
}

std::optional<Response> stored_answer(storage::Read& read, const Keyed& k, Instant now) {
  return read.first(kFind, {k.id, now - kKept}, [&](const storage::Row& row) {
    if (row.blob(0) != k.fingerprint) return reused();
    return response_of(opened(row.blob(1), k.seal));
  });
}

bool store_answer(storage::Tx& tx, const Keyed& k, const Response& answer) {
  const std::string box = sealed(text_of(answer), k.seal, tx.random());
  const Instant now = tx.now();
  return tx.exec(kStore,
                 {k.id, storage::Blob{k.fingerprint}, storage::Blob{box}, now, now - kKept}) == 1;
}

std::int64_t purge(storage::Tx& tx) { return tx.exec(kPurge, {tx.now() - kKept}); }

std::optional<Response> InFlight::enter(const Keyed& k) {
  const std::lock_guard lock(mutex_);
  const auto [found, fresh] = fingerprints_.try_emplace(k.id, k.fingerprint);
  if (fresh) return std::nullopt;
  if (found->second != k.fingerprint) return reused();
  return problem(409, "idempotency_in_flight", "a request with this key is being worked on")
      .with("Retry-After", "1");
}

void InFlight::leave(const Keyed& k) {
  const std::lock_guard lock(mutex_);
  fingerprints_.erase(k.id);
}

}  // namespace fondaco::http
