#include "api_json.h"

#include <fondaco/http/server.h>

namespace fondaco::shoppers {
namespace {

using http::Context;
using http::Method;
using http::Response;
using http::Route;
using http::WritePlan;

constexpr http::Access kRead{"me.read", http::Owner::self, http::Rate::read,
                             http::Idempotency::safe};
constexpr http::Access kWrite{"me.write", http::Owner::self, http::Rate::write,
                              http::Idempotency::optional};
constexpr http::Access kRepeatable{"me.write", http::Owner::self, http::Rate::write,
                                   http::Idempotency::natural};
constexpr http::Access kSecret{"me.write", http::Owner::self, http::Rate::sign_in,
                               http::Idempotency::natural};

Route route_of(Method method, std::string path, http::Access access, std::string summary) {
  return {.method = method,
          .path = "/api/v1/me" + path,
          .access = access,
          .summary = std::move(summary),
          .request = http::Schema::none(),
          .response = http::Schema::none()};
}

Response not_here() { return http::problem(404, "not_found", "there is no such thing"); }

void drop_later(storage::Tx& tx, Shoppers& shoppers, PersonId person) {
  tx.after_commit([&shoppers, person] { shoppers.identities().drop_person(person); });
}

MeOut me_of(const Person& person, const http::Principal& who, bool totp) {
  MeOut out{person.id,
            person.profile->name,
            person.profile->email,
            person.profile->locale,
            person.staff,
            totp,
            person.created_at,
            {},
            {}};
  if (!who.csrf.empty()) out.csrf = who.csrf;
  for (const auto& g : who.grants) {
    out.permissions.push_back({g.permission, if_set(g.merchant), if_set(g.place)});
  }
  return out;
}

Response whole(const MeOut& out, std::int64_t version) {
  return http::json(json_of(out)).with("ETag", http::etag_of(version));
}

void profile(http::Router& router, Shoppers& shoppers) {
  auto get = route_of(Method::get, "", kRead, "Who is signed in, and what the person may do");
  get.response = http::schema_of<MeOut>();
  get.refusals = {"unknown_person"};
  router.read(std::move(get), [&shoppers](Context& c) {
    const auto person = find_person(c.read(), shoppers.keyring(), c.who().person);
    if (!person || !person->profile) return problem_of(Refusal::unknown_person);
    return whole(me_of(*person, c.who(), has_totp(c.read(), person->id)), person->version);
  });

  auto patch = route_of(Method::patch, "", kRepeatable, "Change name or locale (If-Match)");
  patch.request = http::schema_of<MeIn>();
  patch.response = http::schema_of<MeOut>();
  patch.refusals = {"name_too_long", "locale_unknown", "version_changed"};
  router.write(std::move(patch), [&shoppers](Context& c) -> WritePlan {
    auto body = http::body_as<MeIn>(c);
    if (!body.ok()) return std::move(body.refusal());
    const auto person = find_person(c.read(), shoppers.keyring(), c.who().person);
    if (!person) return problem_of(Refusal::unknown_person);
    if (auto stale = http::check_if_match(c, person->version)) return std::move(*stale);
    return [&shoppers, change = ProfileChange{body->name, body->locale}, who = c.who(),
            version = person->version](storage::Tx& tx) {
      const auto now = change_profile(tx, shoppers.keyring(), who.person, change, version);
      if (!now.ok()) return problem_of(now.refusal());
      return whole(me_of(*now, who, has_totp(tx, who.person)), now->version);
    };
  });
}

void addresses(http::Router& router, Shoppers& shoppers) {
  auto list = route_of(Method::get, "/addresses", kRead, "The address book");
  list.response = http::list_schema_of<AddressOut>();
  router.read(std::move(list), [&shoppers](Context& c) {
    std::vector<AddressOut> out;
    for (auto& a : addresses_of(c.read(), shoppers.keyring(), c.who().person)) {
      out.push_back({a.id, std::move(a.address)});
    }
    return list_of(out);
  });

  auto add = route_of(Method::post, "/addresses", kWrite, "Add an address");
  add.request = http::schema_of<Address>();
  add.response = http::schema_of<AddressOut>();
  add.success = 201;
  add.refusals = {"address_incomplete", "too_many"};
  router.write(std::move(add), [&shoppers](Context& c) -> WritePlan {
    auto body = http::body_as<Address>(c);
    if (!body.ok()) return std::move(body.refusal());
    return [&shoppers, who = c.who().person, address = *body](storage::Tx& tx) {
      const auto id = add_address(tx, shoppers.keyring(), who, address);
      if (!id.ok()) return problem_of(id.refusal());
      return http::json(json_of(AddressOut{*id, address}), 201);
    };
  });

  auto remove = route_of(Method::del, "/addresses/{id}", kRepeatable, "Remove an address");
  remove.success = 204;
  remove.refusals = {"unknown_address"};
  router.write(std::move(remove), [](Context& c) -> WritePlan {
    const auto id = c.id_param<AddressId>("id");
    if (!id) return problem_of(Refusal::unknown_address);
    return [who = c.who().person, id = *id](storage::Tx& tx) {
      const auto gone = remove_address(tx, who, id);
      return gone.ok() ? http::no_content() : problem_of(gone.refusal());
    };
  });
}

void consents(http::Router& router, Shoppers& shoppers) {
  auto list = route_of(Method::get, "/consents", kRead, "The consent ledger, newest first");
  list.response = http::list_schema_of<ConsentOut>();
  router.read(std::move(list), [&shoppers](Context& c) {
    auto page = http::page_of(c);
    if (!page.ok()) return std::move(page.refusal());
    ConsentId before;
    if (page->starting_after) {
      const auto id = id_from_text<ConsentId>(*page->starting_after);
      if (!id) return http::problem(400, "invalid_cursor", "starting_after is no consent");
      before = *id;
    }
    auto rows = consents_of(c.read(), shoppers.keyring(), c.who().person, page->limit + 1, before);
    const bool more = rows.size() > static_cast<std::size_t>(page->limit);
    if (more) rows.pop_back();
    std::vector<ConsentOut> out;
    for (const auto& r : rows) {
      out.push_back({r.id, r.purpose, r.channel, r.granted, r.text_version, r.at});
    }
    return list_of(out, more);
  });

  auto record = route_of(Method::post, "/consents", kWrite, "Grant or withdraw a consent");
  record.request = http::schema_of<ConsentIn>();
  record.response = http::schema_of<ConsentOut>();
  record.success = 201;
  record.refusals = {"text_version_missing", "label_too_long"};
  router.write(std::move(record), [&shoppers](Context& c) -> WritePlan {
    auto body = http::body_as<ConsentIn>(c);
    if (!body.ok()) return std::move(body.refusal());
    return [&shoppers, who = c.who().person, in = *body](storage::Tx& tx) {
      const NewConsent consent{who,        in.purpose,      in.channel,
                               in.granted, in.text_version, in.proof.value_or("")};
      const auto id = record_consent(tx, shoppers.keyring(), consent);
      if (!id.ok()) return problem_of(id.refusal());
      const ConsentOut out{*id, in.purpose, in.channel, in.granted, in.text_version, tx.now()};
      return http::json(json_of(out), 201);
    };
  });
}

void privacy(http::Router& router, Shoppers& shoppers) {
  auto get = route_of(Method::get, "/export", kRead, "Everything about the signed-in person");
  get.response = http::Schema{R"({"type":"object"})", "application/json", nullptr};
  get.refusals = {"unknown_person"};
  router.read(std::move(get), [&shoppers](Context& c) {
    auto text = export_person(c.read(), shoppers.keyring(), c.who().person, shoppers.exports());
    if (!text.ok()) return problem_of(text.refusal());
    return http::json(std::move(*text))
        .with("Content-Disposition", "attachment; filename=\"my-data.json\"")
        .with("Cache-Control", "no-store");
  });

  auto erase = route_of(Method::del, "", kSecret, "Erase the signed-in person for good");
  erase.request = http::schema_of<PasswordIn>();
  erase.success = 204;
  erase.refusals = {"throttled", "wrong_credentials", "unknown_person", "busy"};
  router.detached(std::move(erase), [&](std::shared_ptr<Context> c, http::Reply reply) {
    auto body = http::body_as<PasswordIn>(*c);
    if (!body.ok()) {
      reply(std::move(body.refusal()));
      return;
    }
    on_pool(router, std::move(reply), [&shoppers, c, password = body->password] {
      const auto who = c->who().person;
      const auto right = shoppers.check_password(who, password, c->request().remote);
      if (!right.ok()) return problem_of(right.refusal());
      const auto done = shoppers.erase(who, c->who().actor());
      if (!done.ok()) return problem_of(done.refusal());
      return http::no_content().with(
          "Set-Cookie", http::session_cookie(kSessionCookie, "", Duration{}, c->request()));
    });
  });
}

void sessions(http::Router& router, Shoppers& shoppers) {
  auto list = route_of(Method::get, "/sessions", kRead, "Open sessions");
  list.response = http::list_schema_of<OpenSessionOut>();
  router.read(std::move(list), [&shoppers](Context& c) {
    std::vector<OpenSessionOut> out;
    const auto rows = sessions_of(c.read(), shoppers.keyring(), c.who().person, c.now());
    for (const auto& s : rows) {
      out.push_back(
          {s.id, s.id == c.who().session, s.device, s.created_at, s.seen_at, s.expires_at});
    }
    return list_of(out);
  });

  auto others = route_of(Method::del, "/sessions", kRepeatable, "End all other sessions");
  others.success = 204;
  router.write(std::move(others), [&shoppers](Context& c) -> WritePlan {
    return [&shoppers, who = c.who().person, kept = c.who().session](storage::Tx& tx) {
      revoke_sessions(tx, who, kept);
      drop_later(tx, shoppers, who);
      return http::no_content();
    };
  });

  auto one = route_of(Method::del, "/sessions/{id}", kRepeatable, "End a session");
  one.success = 204;
  one.refusals = {"unknown_session"};
  router.write(std::move(one), [&shoppers](Context& c) -> WritePlan {
    const auto id = c.id_param<SessionId>("id");
    if (!id) return problem_of(Refusal::unknown_session);
    return [&shoppers, who = c.who().person, id = *id](storage::Tx& tx) {
      const auto gone = revoke_session(tx, who, id);
      if (!gone.ok()) return problem_of(gone.refusal());
      drop_later(tx, shoppers, who);
      return http::no_content();
    };
  });
}

void tokens(http::Router& router, Shoppers& shoppers) {
  auto list = route_of(Method::get, "/tokens", kRead, "API tokens");
  list.response = http::list_schema_of<TokenOut>();
  router.read(std::move(list), [&shoppers](Context& c) {
    std::vector<TokenOut> out;
    for (const auto& t : tokens_of(c.read(), shoppers.keyring(), c.who().person)) {
      out.push_back({t.id, t.prefix, t.label, t.scopes, t.created_at, t.expires_at});
    }
    return list_of(out);
  });

  auto create = route_of(Method::post, "/tokens", kRepeatable,
                         "Make an API token; its text is shown this once");
  create.request = http::schema_of<TokenIn>();
  create.response = http::schema_of<CreatedTokenOut>();
  create.success = 201;
  create.refusals = {"label_too_long", "scope_unknown", "scope_not_held",
                     "expiry_past",    "too_many",      "session_needed"};
  router.write(std::move(create), [&shoppers](Context& c) -> WritePlan {
    // A token that makes tokens would outlive its own withdrawal.
    if (!c.who().session) return http::problem(403, "session_needed", "tokens make no tokens");
    auto body = http::body_as<TokenIn>(c);
    if (!body.ok()) return std::move(body.refusal());
    return [&shoppers, who = c.who().person, in = *body](storage::Tx& tx) {
      const auto made =
          create_token(tx, shoppers.keyring(), {who, in.label, in.scopes, in.expires_at});
      if (!made.ok()) return problem_of(made.refusal());
      return http::json(json_of(CreatedTokenOut{made->id, made->token, made->prefix}), 201)
          .with("Cache-Control", "no-store");
    };
  });

  auto revoke = route_of(Method::del, "/tokens/{id}", kRepeatable, "Withdraw an API token");
  revoke.success = 204;
  revoke.refusals = {"unknown_token"};
  router.write(std::move(revoke), [&shoppers](Context& c) -> WritePlan {
    const auto id = c.id_param<TokenId>("id");
    if (!id) return not_here();
    return [&shoppers, who = c.who().person, id = *id](storage::Tx& tx) {
      const auto gone = revoke_token(tx, who, id);
      if (!gone.ok()) return problem_of(gone.refusal());
      drop_later(tx, shoppers, who);
      return http::no_content();
    };
  });
}

}  // namespace

void mount_me(http::Router& router, Shoppers& shoppers) {
  profile(router, shoppers);
  addresses(router, shoppers);
  consents(router, shoppers);
  privacy(router, shoppers);
  sessions(router, shoppers);
  tokens(router, shoppers);
}

}  // namespace fondaco::shoppers
