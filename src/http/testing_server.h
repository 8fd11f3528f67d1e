// For the tests of this module: a server over a throw-away store, and people at its door.
#pragma once

#include <fondaco/http/server.h>
#include <fondaco/storage/testing.h>

#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace fondaco::http {

/// Knows people by bearer token or by the cookie `session`.
class Doorman final : public Authenticator {
 public:
  std::optional<Principal> authenticate(const Request& r, storage::Read&) override {
    const auto header = r.header("authorization");
    if (header.starts_with("Bearer ")) return known(std::string(header.substr(7)));
    const auto cookie = r.cookie("session");
    if (!cookie) return Principal{};
    auto who = known(*cookie);
    if (who) who->by_cookie = true;
    return who;
  }
  std::map<std::string, Principal> people;

 private:
  std::optional<Principal> known(const std::string& name) const {
    const auto found = people.find(name);
    if (found == people.end()) return std::nullopt;
    return found->second;
  }
};

inline const MerchantId kBikes{0x100000};
inline const MerchantId kBooks{0x200000};
inline const PlaceId kShop{0x300000};
inline const PlaceId kDepot{0x400000};

inline Principal person(std::int64_t id, Principal::Kind kind, std::vector<Grant> grants = {}) {
  Principal p;
  p.kind = kind;
  p.person = PersonId{id};
  p.grants = std::move(grants);
  p.csrf = "secret-" + std::to_string(id);
  return p;
}

inline std::vector<storage::Migration> test_migrations() {
  // The table lives in this test only.
  static constexpr std::string_view kProbe =
      "-- table: local\nCREATE TABLE http_probe (id KEY, note TEXT NOT NULL);\n";
  const std::vector<storage::Migration> probe = {{"probe", 1, "0001_probe", kProbe}};
  return storage::join({storage::migrations(), migrations(), probe});
}

inline constexpr storage::Sql kNote{"http.test_note", R"sql(
  INSERT INTO http_probe (id, note) VALUES ($1, $2))sql"};
inline constexpr storage::Sql kNotes{"http.test_notes", R"sql(
  SELECT COUNT(*) FROM http_probe)sql"};

class ServerTest : public ::testing::TestWithParam<storage::Engine> {
 protected:
  void open(ServerConfig config = {}) {
    config.listen = "127.0.0.1:0";
    config.threads = 2;
    server_ = Server::create(config, {*store_, doorman_});
  }
  Router& router() { return server_->router(); }
  std::int64_t notes() { return store_->main().read()->scalar(kNotes, {}).value_or(-1); }

  static Request ask(Method m, std::string target, std::vector<Header> headers = {},
                     std::string body = {}) {
    Request r;
    r.method = m;
    r.target = std::move(target);
    r.headers = std::move(headers);
    r.body = std::move(body);
    return r;
  }
  Response get(std::string target, std::vector<Header> headers = {}) {
    return server_->handle(ask(Method::get, std::move(target), std::move(headers)));
  }
  Response post(std::string target, std::vector<Header> headers = {}, std::string body = {}) {
    return server_->handle(
        ask(Method::post, std::move(target), std::move(headers), std::move(body)));
  }

  storage::TestStore store_{GetParam(), test_migrations()};
  Doorman doorman_;
  std::unique_ptr<Server> server_;
};

inline std::string header_of(const Response& r, std::string_view name) {
  for (const auto& h : r.headers) {
    if (iequals_ascii(h.name, name)) return h.value;
  }
  return {};
}

inline Route route(Method m, std::string path, Access access) {
  Route r;
  r.method = m;
  r.path = std::move(path);
  r.access = access;
  r.summary = "A route of a test";
  return r;
}

inline constexpr Access kOpenRead{"-", Owner::everyone, Rate::read, Idempotency::safe};
inline constexpr Access kOpenWrite{"-", Owner::everyone, Rate::write, Idempotency::natural};

}  // namespace fondaco::http
