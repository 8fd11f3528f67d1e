#include "api_json.h"

#include <fondaco/shoppers/invitations.h>

namespace fondaco::shoppers {
namespace {

using http::Context;
using http::Method;
using http::Owner;

struct InvitationIn {
  std::string email;
  std::string role;
  std::optional<PlaceId> place;
};
BOOST_DESCRIBE_STRUCT(InvitationIn, (), (email, role, place))

struct InvitationMade {
  TokenId id;
  std::string token;  // Shown once: for the link that is sent to the address.
  Instant expires_at;
};
BOOST_DESCRIBE_STRUCT(InvitationMade, (), (id, token, expires_at))

struct InvitationOut {
  TokenId id;
  std::string role;
  std::optional<PlaceId> place;
  Instant invited_at;
  Instant expires_at;
};
BOOST_DESCRIBE_STRUCT(InvitationOut, (), (id, role, place, invited_at, expires_at))

struct AcceptanceIn {
  std::string token;
};
BOOST_DESCRIBE_STRUCT(AcceptanceIn, (), (token))

struct AcceptanceOut {
  GrantId grant;
};
BOOST_DESCRIBE_STRUCT(AcceptanceOut, (), (grant))

MerchantId merchant_in(const Context& c) {
  return c.id_param<MerchantId>("merchant").value_or(MerchantId{});
}

http::Route route(Method method, std::string path, std::string summary) {
  const bool reads = method == Method::get;
  http::Route r{.method = method,
                .path = "/api/v1/merchants/{merchant}/invitations" + std::move(path),
                .access = {reads ? "staff.read" : "staff.write", Owner::merchant,
                           reads ? http::Rate::read : http::Rate::write,
                           reads                   ? http::Idempotency::safe
                           : method == Method::del ? http::Idempotency::natural
                                                   : http::Idempotency::optional},
                .summary = std::move(summary),
                .request = http::Schema::none(),
                .response = http::Schema::none()};
  r.merchant_of = [](Context& c) { return c.id_param<MerchantId>("merchant"); };
  return r;
}

}  // namespace

void mount_invitations(http::Router& router, Shoppers& shoppers) {
  auto make = route(Method::post, "", "Offer a seat in the team to an address");
  make.request = http::schema_of<InvitationIn>();
  make.response = http::schema_of<InvitationMade>();
  make.success = 201;
  make.refusals = {"email_malformed", "unknown_role", "role_not_here", "permission_not_held",
                   "too_many"};
  router.write(std::move(make), [&shoppers](Context& c) -> http::WritePlan {
    auto in = http::body_as<InvitationIn>(c);
    if (!in.ok()) return std::move(in.refusal());
    const NewInvitation wanted{in->email, in->role, merchant_in(c), in->place.value_or(PlaceId{})};
    return [&shoppers, wanted, held = held_by(c.who())](storage::Tx& tx) {
      const auto made = invite(tx, shoppers.keyring(), wanted, held);
      if (!made.ok()) return problem_of(made.refusal());
      return http::json(json_of(InvitationMade{made->id, made->token, made->expires_at}), 201);
    };
  });

  auto list = route(Method::get, "", "Open invitations");
  list.response = http::list_schema_of<InvitationOut>();
  router.read(std::move(list), [](Context& c) {
    std::vector<InvitationOut> out;
    for (const auto& i : invitations_of(c.read(), merchant_in(c), c.now())) {
      out.push_back({i.id, i.role, if_set(i.place), i.invited_at, i.expires_at});
    }
    return list_of(out);
  });

  auto take = route(Method::del, "/{id}", "Withdraw an invitation");
  take.success = 204;
  take.refusals = {"unknown_token"};
  router.write(std::move(take), [](Context& c) -> http::WritePlan {
    const auto id = c.id_param<TokenId>("id");
    if (!id) return problem_of(Refusal::unknown_token);
    return [id = *id, merchant = merchant_in(c)](storage::Tx& tx) {
      const auto gone = withdraw_invitation(tx, merchant, id);
      return gone.ok() ? http::no_content() : problem_of(gone.refusal());
    };
  });

  http::Route accept{
      .method = Method::post,
      .path = "/api/v1/invitations/acceptance",
      .access = {"me.write", Owner::self, http::Rate::sign_in, http::Idempotency::optional},
      .summary = "Take the seat that the own address was invited to",
      .request = http::schema_of<AcceptanceIn>(),
      .response = http::schema_of<AcceptanceOut>()};
  accept.refusals = {"unknown_token", "expiry_past", "too_many"};
  router.write(std::move(accept), [&shoppers](Context& c) -> http::WritePlan {
    auto in = http::body_as<AcceptanceIn>(c);
    if (!in.ok()) return std::move(in.refusal());
    return [&shoppers, token = in->token, who = c.who().person](storage::Tx& tx) {
      const auto grant = accept_invitation(tx, shoppers.keyring(), who, token);
      if (!grant.ok()) return problem_of(grant.refusal());
      tx.after_commit([&shoppers, who] { shoppers.identities().drop_person(who); });
      return http::json(json_of(AcceptanceOut{*grant}));
    };
  });
}

}  // namespace fondaco::shoppers
