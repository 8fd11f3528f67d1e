#include "api_json.h"

namespace fondaco::shoppers {
namespace {

using http::Context;
using http::Method;
using http::Response;
using http::Route;
using http::WritePlan;

/// The same routes twice: the operator's own staff and each merchant's.
struct House {
  std::string prefix;
  http::Owner owner;
};

const House kOperator{"/api/v1", http::Owner::operators};
const House kMerchant{"/api/v1/merchants/{merchant}", http::Owner::merchant};

MerchantId merchant_in(const House& house, const Context& c) {
  if (house.owner == http::Owner::operators) return {};
  return c.id_param<MerchantId>("merchant").value_or(MerchantId{});
}

Route route_of(const House& house, Method method, std::string_view path, bool writes,
               std::string summary) {
  const auto rate = writes ? http::Rate::write : http::Rate::read;
  const auto repeat = writes ? http::Idempotency::natural : http::Idempotency::safe;
  Route out{.method = method,
            .path = house.prefix + std::string(path),
            .access = {writes ? "staff.write" : "staff.read", house.owner, rate, repeat},
            .summary = std::move(summary),
            .request = http::Schema::none(),
            .response = http::Schema::none()};
  if (house.owner == http::Owner::merchant) {
    out.merchant_of = [](Context& c) { return c.id_param<MerchantId>("merchant"); };
  }
  return out;
}

GrantOut out_of(const GrantRow& g) {
  return {g.id, g.person, g.role, if_set(g.merchant), if_set(g.place), g.granted_at};
}

void add_staff(http::Router& router, Shoppers& shoppers, const House& house) {
  auto route = route_of(house, Method::post, "/staff", true, "Make an account with a role");
  route.access.rate = http::Rate::sign_in;
  route.request = http::schema_of<StaffIn>();
  route.response = http::schema_of<PersonOut>();
  route.success = 201;
  route.refusals = {
      "email_malformed",     "name_too_long", "password_too_short", "password_too_long",
      "password_breached",   "email_taken",   "unknown_role",       "role_not_here",
      "permission_not_held", "busy"};
  router.detached(std::move(route), [&, house](std::shared_ptr<Context> c, http::Reply reply) {
    auto body = http::body_as<StaffIn>(*c);
    if (!body.ok()) {
      reply(std::move(body.refusal()));
      return;
    }
    if (body->role.empty()) {
      reply(problem_of(Refusal::unknown_role));
      return;
    }
    NewUser user{body->email, body->password,         body->name.value_or(""),
                 body->role,  merchant_in(house, *c), body->place.value_or(PlaceId{})};
    on_pool(router, std::move(reply), [&shoppers, c, user = std::move(user)] {
      const auto held = held_by(c->who());
      const auto made = shoppers.create_user(user, held, c->who().actor());
      if (!made.ok()) return problem_of(made.refusal());
      return http::json(json_of(PersonOut{*made}), 201);
    });
  });
}

void roles(http::Router& router, const House& house) {
  auto list = route_of(house, Method::get, "/roles", false, "Ready roles and own ones");
  list.response = http::list_schema_of<RoleOut>();
  router.read(std::move(list), [house](Context& c) {
    const bool of_operator = house.owner == http::Owner::operators;
    std::vector<RoleOut> out;
    for (const auto& r : ready_roles()) {
      if (r.of_operator != of_operator) continue;
      out.push_back({std::string(r.name),
                     std::string(r.title),
                     true,
                     {r.permissions.begin(), r.permissions.end()}});
    }
    for (const auto& r : roles_of(c.read(), merchant_in(house, c))) {
      out.push_back({to_text(r.id), r.name, false, r.permissions});
    }
    return list_of(out);
  });

  auto create = route_of(house, Method::post, "/roles", true, "Make an own role");
  create.access.idempotency = http::Idempotency::optional;
  create.request = http::schema_of<RoleIn>();
  create.response = http::schema_of<RoleOut>();
  create.success = 201;
  create.refusals = {"label_too_long", "permission_unknown", "permission_not_held", "too_many"};
  router.write(std::move(create), [house](Context& c) -> WritePlan {
    auto body = http::body_as<RoleIn>(c);
    if (!body.ok()) return std::move(body.refusal());
    return
        [merchant = merchant_in(house, c), held = held_by(c.who()), in = *body](storage::Tx& tx) {
          const auto id = create_role(tx, {{}, merchant, in.name, in.permissions}, held);
          if (!id.ok()) return problem_of(id.refusal());
          return http::json(json_of(RoleOut{to_text(*id), in.name, false, in.permissions}), 201);
        };
  });
}

void give_and_take(http::Router& router, Shoppers& shoppers, const House& house) {
  auto give = route_of(house, Method::post, "/grants", true, "Give a person a role");
  give.access.idempotency = http::Idempotency::optional;
  give.request = http::schema_of<GrantIn>();
  give.response = http::schema_of<GrantOut>();
  give.success = 201;
  give.refusals = {"unknown_person", "unknown_role", "role_not_here", "permission_not_held",
                   "too_many"};
  router.write(std::move(give), [&shoppers, house](Context& c) -> WritePlan {
    auto body = http::body_as<GrantIn>(c);
    if (!body.ok()) return std::move(body.refusal());
    const NewGrant grant{body->person, body->role, merchant_in(house, c),
                         body->place.value_or(PlaceId{})};
    return [&shoppers, grant, held = held_by(c.who())](storage::Tx& tx) {
      const auto id = grant_role(tx, grant, held);
      if (!id.ok()) return problem_of(id.refusal());
      tx.after_commit([&shoppers, who = grant.person] { shoppers.identities().drop_person(who); });
      const GrantRow row{*id, grant.person, grant.role, grant.merchant, grant.place, tx.now()};
      return http::json(json_of(out_of(row)), 201);
    };
  });

  auto take = route_of(house, Method::del, "/grants/{id}", true, "Take a role away");
  take.success = 204;
  take.refusals = {"unknown_grant", "permission_not_held", "last_owner"};
  router.write(std::move(take), [&shoppers, house](Context& c) -> WritePlan {
    const auto id = c.id_param<GrantId>("id");
    if (!id) return problem_of(Refusal::unknown_grant);
    return [&shoppers, id = *id, merchant = merchant_in(house, c),
            held = held_by(c.who())](storage::Tx& tx) {
      const auto gone = withdraw_grant(tx, id, merchant, held);
      if (!gone.ok()) return problem_of(gone.refusal());
      // Whose it was is in the event; until it arrives nobody's right may linger here.
      tx.after_commit([&shoppers] { shoppers.identities().drop_all(); });
      return http::no_content();
    };
  });
}

void list_grants(http::Router& router, const House& house) {
  auto list = route_of(house, Method::get, "/grants", false, "Who has which role");
  list.response = http::list_schema_of<GrantOut>();
  const bool of_operator = house.owner == http::Owner::operators;
  if (of_operator) list.query = {{"person", "Only this person's, for every merchant"}};
  router.read(std::move(list), [house, of_operator](Context& c) {
    std::vector<GrantOut> out;
    const auto person = c.request().query_value("person");
    if (of_operator && person) {
      const auto id = id_from_text<PersonId>(*person);
      if (!id) return problem_of(Refusal::unknown_person);
      for (const auto& g : grants_of(c.read(), *id)) out.push_back(out_of(g));
      return list_of(out);
    }
    for (const auto& g : grants_of_merchant(c.read(), merchant_in(house, c))) {
      out.push_back(out_of(g));
    }
    return list_of(out);
  });
}

}  // namespace

void mount_staff(http::Router& router, Shoppers& shoppers) {
  for (const House& house : {kOperator, kMerchant}) {
    add_staff(router, shoppers, house);
    roles(router, house);
    give_and_take(router, shoppers, house);
    list_grants(router, house);
  }
}

}  // namespace fondaco::shoppers
