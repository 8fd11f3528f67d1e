#include <fondaco/http/router.h>
#include <fondaco/ledger/api.h>

namespace fondaco::ledger {
namespace {

using http::Context;
using http::Response;

enum class StatementAccount { payable, escrow, shipping, tax };
BOOST_DESCRIBE_ENUM(StatementAccount, payable, escrow, shipping, tax)

struct StatementEntryOut {
  JournalId id;
  Instant at;
  std::string kind;
  std::string ref;
  Money amount;
  Money balance;
};
BOOST_DESCRIBE_STRUCT(StatementEntryOut, (), (id, at, kind, ref, amount, balance))

/// `balance` is now; the newest entry's balance differs from it by `pending`, 0 at rest.
struct StatementOut {
  std::vector<StatementEntryOut> data;
  bool has_more = false;
  Money balance;
  Money pending;
};
BOOST_DESCRIBE_STRUCT(StatementOut, (), (data, has_more, balance, pending))

struct WalletOut {
  std::vector<Money> balances;
};
BOOST_DESCRIBE_STRUCT(WalletOut, (), (balances))

struct FundingIn {
  Money amount;
};
BOOST_DESCRIBE_STRUCT(FundingIn, (), (amount))

struct FundingOut {
  JournalId id;
  Money balance;
};
BOOST_DESCRIBE_STRUCT(FundingOut, (), (id, balance))

Response refused(Refusal refusal) {
  switch (refusal) {
    case Refusal::unknown_account:
      return http::problem(404, "unknown_account", "there is no such account");
    case Refusal::amount_out_of_range:
      return http::problem(
          422, "amount_out_of_range",
          "the amount should be 1 to " + std::to_string(kMostFunding) + " minor units");
  }
  return http::problem(500, "internal_error", "unnamed refusal");
}

std::optional<MerchantId> merchant_of(Context& c) { return c.id_param<MerchantId>("merchant"); }

AccountKind kind_of(StatementAccount account) {
  switch (account) {
    case StatementAccount::payable:
      return AccountKind::merchant_payable;
    case StatementAccount::escrow:
      return AccountKind::escrow;
    case StatementAccount::shipping:
      return AccountKind::shipping_revenue;
    case StatementAccount::tax:
      return AccountKind::tax_payable;
  }
  return AccountKind::merchant_payable;
}

/// The account that the query names; the response that says why there is none.
Result<Account, Response> account_of(Context& c) {
  StatementAccount which = StatementAccount::payable;
  if (const auto name = c.request().query_value("account")) {
    if (!boost::describe::enum_from_string(name->c_str(), which)) {
      return Refused{
          http::invalid("/query/account", "is not one of: payable, escrow, shipping, tax")};
    }
  }
  const auto accounts = accounts_of(c.read(), kind_of(which), merchant_of(c).value().value);
  const auto code = c.request().query_value("currency");
  if (!code) {
    if (accounts.size() == 1) return accounts.front();
    if (accounts.empty()) return Refused{refused(Refusal::unknown_account)};
    return Refused{http::invalid(
        "/query/currency",
        "is needed: there are accounts in " + std::to_string(accounts.size()) + " currencies")};
  }
  for (const Account& a : accounts) {
    if (a.ref.currency.code() == *code) return a;
  }
  return Refused{refused(Refusal::unknown_account)};
}

Response statement(Context& c, Services s) {
  const auto page = http::page_of(c);
  if (!page) return page.refusal();
  const auto account = account_of(c);
  if (!account) return account.refusal();
  JournalId before;
  if (page->starting_after) {
    const auto id = id_from_text<JournalId>(*page->starting_after);
    if (!id) return http::invalid("/query/starting_after", "is no journal");
    before = *id;
  }
  auto derived = s.store.derived().read();
  const auto found = statement_of(c.read(), derived, account->id, before, page->limit);
  if (!found) return refused(found.refusal());
  const Currency currency = found->account.ref.currency;
  StatementOut body{
      {}, found->has_more, {found->account.balance, currency}, {found->pending, currency}};
  for (const StatementEntry& e : found->entries) {
    body.data.push_back({e.journal,
                         e.at,
                         std::string(name_of(e.kind)),
                         std::to_string(e.ref),
                         {e.amount, currency},
                         {e.balance, currency}});
  }
  return http::json(json_of(body));
}

Response wallet(Context& c) {
  WalletOut body;
  for (const Account& a : accounts_of(c.read(), AccountKind::wallet, c.who().person.value)) {
    body.balances.push_back({a.balance, a.ref.currency});
  }
  return http::json(json_of(body));
}

http::WritePlan fund(Context& c, Services s) {
  const auto person = c.id_param<PersonId>("person");
  if (!person || !*person) return http::problem(404, "not_found", "there is no such person");
  auto body = http::body_as<FundingIn>(c);
  if (!body) return body.refusal();
  return [s, person = *person, amount = body->amount](storage::Tx& tx) {
    const auto done = fund_wallet(tx, s.book, person, amount);
    if (!done) return refused(done.refusal());
    return http::json(json_of(FundingOut{done->journal, {done->balance, amount.currency}}), 201);
  };
}

}  // namespace

void mount(http::Router& router, Services services) {
  http::Route of_merchant{
      http::Method::get,
      "/api/v1/merchants/{merchant}/statement",
      {"ledger.read", http::Owner::merchant, http::Rate::read, http::Idempotency::safe},
      "What moved a merchant's account, newest first",
      http::Schema::none(),
      http::schema_of<StatementOut>()};
  of_merchant.refusals = {"unknown_account"};
  of_merchant.query = {{"account", "payable (default), escrow, shipping or tax"},
                       {"currency", "needed when there are several"},
                       {"limit", "1 to 100, default 20", "integer"},
                       {"starting_after", "id of the last entry of the page before"}};
  of_merchant.merchant_of = merchant_of;
  router.read(std::move(of_merchant), [services](Context& c) { return statement(c, services); });

  http::Route own{http::Method::get,
                  "/api/v1/me/wallet",
                  {"me.read", http::Owner::self, http::Rate::read, http::Idempotency::safe},
                  "Balances of my wallet, one per currency",
                  http::Schema::none(),
                  http::schema_of<WalletOut>()};
  router.read(std::move(own), wallet);

  if (!services.test_funding) return;
  http::Route funding{
      http::Method::post,
      "/api/v1/wallets/{person}/fundings",
      {"ledger.write", http::Owner::operators, http::Rate::write, http::Idempotency::required},
      "Put test money into a person's wallet",
      http::schema_of<FundingIn>(),
      http::schema_of<FundingOut>(),
      201};
  funding.refusals = {"amount_out_of_range"};
  router.write(std::move(funding), [services](Context& c) { return fund(c, services); });
}

}  // namespace fondaco::ledger
