#include "api_settlement.h"

namespace fondaco::orders {
namespace {

using http::Idempotency;
using http::Method;
using http::Owner;
using http::Rate;
using http::schema_of;

struct PlanOut {
  PayoutSchedule schedule = PayoutSchedule::manual;
  std::int64_t on_day = 1;
  std::int64_t minimum = 0;
  std::optional<std::string> bank;  // Masked.
  bool held = false;
  std::string hold_reason;
  std::optional<Instant> hold_until;
  std::int64_t reserve_bp = 0;
  std::int64_t reserve_days = 0;
  std::string vat_id;
  std::string custody;  // Who holds the money: provider, bank or test.
};
BOOST_DESCRIBE_STRUCT(PlanOut, (),
                      (schedule, on_day, minimum, bank, held, hold_reason, hold_until, reserve_bp,
                       reserve_days, vat_id, custody))

struct BankIn {
  std::string holder;
  std::optional<std::string> iban;
  std::optional<std::string> bic;
  std::optional<std::string> provider_account;
};
BOOST_DESCRIBE_STRUCT(BankIn, (), (holder, iban, bic, provider_account))

struct PlanIn {
  std::optional<PayoutSchedule> schedule;
  std::optional<std::int64_t> on_day;
  std::optional<std::int64_t> minimum;
  std::optional<BankIn> bank;
};
BOOST_DESCRIBE_STRUCT(PlanIn, (), (schedule, on_day, minimum, bank))

struct ControlIn {
  std::optional<bool> held;
  std::optional<std::string> hold_reason;
  std::optional<Instant> hold_until;
  std::optional<std::int64_t> reserve_bp;
  std::optional<std::int64_t> reserve_days;
  std::optional<std::string> vat_id;
};
BOOST_DESCRIBE_STRUCT(ControlIn, (),
                      (held, hold_reason, hold_until, reserve_bp, reserve_days, vat_id))

struct PayoutOut {
  PayoutId id;
  MerchantId merchant;
  Money amount;
  PayoutStatus state = PayoutStatus::created;
  std::string rail;
  std::string bank;
  std::int64_t attempts = 0;
  std::optional<Instant> next_at;
  std::string rail_ref;
  std::string code;
  std::optional<std::string> file;
  Instant created_at;
  std::optional<Instant> ended_at;
};
BOOST_DESCRIBE_STRUCT(PayoutOut, (),
                      (id, merchant, amount, state, rail, bank, attempts, next_at, rail_ref, code,
                       file, created_at, ended_at))

struct PayoutListOut {
  std::vector<PayoutOut> data;
  bool has_more = false;
};
BOOST_DESCRIBE_STRUCT(PayoutListOut, (), (data, has_more))

struct PayoutIn {
  std::optional<Money> amount;       // Nothing: all there is.
  std::optional<Currency> currency;  // Without an amount; nothing: the merchant's own.
};
BOOST_DESCRIBE_STRUCT(PayoutIn, (), (amount, currency))

struct OutcomeIn {
  bool paid = false;
  std::optional<std::string> code;
};
BOOST_DESCRIBE_STRUCT(OutcomeIn, (), (paid, code))

struct RunOut {
  JobId job;
};
BOOST_DESCRIBE_STRUCT(RunOut, (), (job))

struct FileIn {
  Currency currency;
};
BOOST_DESCRIBE_STRUCT(FileIn, (), (currency))

struct FileOut {
  std::string id;
  std::int64_t payouts = 0;
  Money total;
  Instant created_at;
};
BOOST_DESCRIBE_STRUCT(FileOut, (), (id, payouts, total, created_at))

Response refused(BankRefusal refusal) {
  switch (refusal) {
    case BankRefusal::bad_holder:
      return http::invalid("/bank/holder", "has to be 1 to 70 bytes");
    case BankRefusal::bad_iban:
      return http::invalid("/bank/iban", "is no IBAN: the check digits do not fit");
    case BankRefusal::bad_bic:
      return http::invalid("/bank/bic", "has to be 8 or 11 letters and digits");
    case BankRefusal::bad_account:
      return http::invalid("/bank/provider_account", "has to be like acct_1AbC");
    case BankRefusal::nothing_given:
      return http::invalid("/bank", "needs an iban or a provider_account");
  }
  return http::problem(500, "internal", "unnamed refusal");
}

Response refused(PlanRefusal refusal) {
  switch (refusal) {
    case PlanRefusal::bad_day:
      return http::invalid("/on_day", "has to be 1 to 7 of a week, 1 to 28 of a month");
    case PlanRefusal::bad_minimum:
      return http::invalid("/minimum", "has to be 0 to 100000000 minor units");
    case PlanRefusal::bad_reserve:
      return http::invalid("/reserve_bp", "0 to 10000 basis points, kept for 1 to 365 days");
    case PlanRefusal::bad_reason:
      return http::invalid("/hold_reason", "a hold needs a reason of at most 500 bytes");
    case PlanRefusal::bad_vat_id:
      return http::invalid("/vat_id", "has to be like DE123456789");
    case PlanRefusal::stale_version:
      return http::problem(412, "stale_version", "somebody else changed the plan meanwhile");
  }
  return http::problem(500, "internal", "unnamed refusal");
}

Response refused(PayoutRefusal refusal) {
  switch (refusal) {
    case PayoutRefusal::unknown_payout:
      return http::problem(404, "unknown_payout", "there is no such payout");
    case PayoutRefusal::held:
      return http::problem(409, "payouts_held", "payouts to this merchant are held for now");
    case PayoutRefusal::no_bank_details:
      return http::problem(409, "no_bank_details", "nobody has said where the money shall go");
    case PayoutRefusal::nothing_to_pay:
      return http::problem(409, "nothing_to_pay", "the balance is zero or below");
    case PayoutRefusal::below_minimum:
      return http::problem(409, "below_minimum", "the amount is below the minimum of a payout");
    case PayoutRefusal::amount_too_high:
      return http::problem(409, "amount_too_high", "the amount is more than can be paid out");
    case PayoutRefusal::no_rail:
      return http::problem(409, "no_rail", "the way of paying out is not configured");
    case PayoutRefusal::wrong_state:
      return http::problem(409, "wrong_state", "the payout does not wait for such a word");
  }
  return http::problem(500, "internal", "unnamed refusal");
}

std::optional<Instant> unless_zero(Instant t) {
  return t.us == 0 ? std::nullopt : std::optional(t);
}

Response shown(const SettlementServices& s, const PayoutPlan& p) {
  PlanOut out{.schedule = p.schedule,
              .on_day = p.on_day,
              .minimum = p.minimum,
              .bank = p.bank_shown.empty() ? std::nullopt : std::optional(p.bank_shown),
              .held = p.held,
              .hold_reason = p.hold_reason,
              .hold_until = unless_zero(p.hold_until),
              .reserve_bp = p.reserve_bp,
              .reserve_days = p.reserve_days,
              .vat_id = p.vat_id,
              .custody = s.settings.text(kCustody)};
  return http::json(json_of(out)).with("ETag", http::etag_of(p.version));
}

PayoutOut shown(const Payout& p) {
  return {.id = p.id,
          .merchant = p.merchant,
          .amount = p.amount,
          .state = p.state,
          .rail = p.rail,
          .bank = p.bank_shown,
          .attempts = p.attempts,
          .next_at = p.state == PayoutStatus::failed ? unless_zero(p.next_at) : std::nullopt,
          .rail_ref = p.rail_ref,
          .code = p.code,
          .file = p.file ? std::optional(std::to_string(p.file)) : std::nullopt,
          .created_at = p.created_at,
          .ended_at = unless_zero(p.ended_at)};
}

FileOut shown(const PayoutFile& f) {
  return {std::to_string(f.id), f.payouts, {f.total, f.currency}, f.created_at};
}

/// Sealed at the edge: taking a key may wait, and the writer must not.
http::WritePlan put_plan(const SettlementServices& s, Context& c) {
  auto body = http::body_as<PlanIn>(c);
  if (!body.ok()) return body.refusal();
  const MerchantId merchant = *merchant_named(s.offers, c);
  PlanChange change{.schedule = body->schedule, .on_day = body->on_day, .minimum = body->minimum};
  if (body->bank) {
    const BankIn& in = *body->bank;
    const auto bank = checked(
        {in.holder, in.iban.value_or(""), in.bic.value_or(""), in.provider_account.value_or("")});
    if (!bank.ok()) return refused(bank.refusal());
    const KeyId known = payout_plan(c.read(), merchant).key;
    change.key = known ? known : s.keyring.take();
    change.sealed = s.keyring.seal(change.key, json_of(*bank));
    change.shown = masked(*bank);
  }
  return [s, merchant, change = std::move(change)](storage::Tx& tx) {
    const auto done = change_plan(tx, merchant, change);
    return done.ok() ? shown(s, *done) : refused(done.refusal());
  };
}

http::WritePlan put_control(const SettlementServices& s, Context& c) {
  auto body = http::body_as<ControlIn>(c);
  if (!body.ok()) return body.refusal();
  const auto merchant = merchant_named(s.offers, c);
  if (!merchant) return http::problem(404, "unknown_merchant", "there is no such merchant");
  return [s, merchant = *merchant, in = std::move(*body)](storage::Tx& tx) {
    const auto done = control_plan(
        tx, merchant,
        {in.held, in.hold_reason, in.hold_until, in.reserve_bp, in.reserve_days, in.vat_id});
    return done.ok() ? shown(s, *done) : refused(done.refusal());
  };
}

http::WritePlan post_payout(const SettlementServices& s, Context& c) {
  auto body = http::body_as<PayoutIn>(c);
  if (!body.ok()) return body.refusal();
  const MerchantId merchant = *merchant_named(s.offers, c);
  Currency currency = s.offers.merchant(c.read(), merchant)->currency;
  std::optional<std::int64_t> amount;
  if (body->currency) currency = *body->currency;
  if (body->amount) {
    if (body->amount->minor <= 0) return http::invalid("/amount", "has to be above zero");
    currency = body->amount->currency;
    amount = body->amount->minor;
  }
  return [s, merchant, currency, amount](storage::Tx& tx) {
    const auto made = s.payouts.pay_now(tx, merchant, currency, amount);
    return made.ok() ? http::json(json_of(shown(*made)), 201) : refused(made.refusal());
  };
}

Response list_of_merchant(const SettlementServices& s, Context& c) {
  const auto page = http::page_of(c);
  if (!page.ok()) return page.refusal();
  const auto before = start_of<PayoutId>(*page);
  if (!before) return http::invalid("/query/starting_after", "is no payout");
  return cut_list(payouts_of(c.read(), *merchant_named(s.offers, c), *before, page->limit + 1),
                  page->limit, [](const Payout& p) { return shown(p); });
}

Response list_of_all(Context& c) {
  const auto page = http::page_of(c);
  if (!page.ok()) return page.refusal();
  const auto before = start_of<PayoutId>(*page);
  if (!before) return http::invalid("/query/starting_after", "is no payout");
  std::optional<PayoutStatus> only;
  if (const auto name = c.request().query_value("state")) {
    if (!boost::describe::enum_from_string(name->c_str(), only.emplace())) {
      return http::invalid("/query/state", "is no state of a payout");
    }
  }
  return cut_list(list_payouts(c.read(), only, *before, page->limit + 1), page->limit,
                  [](const Payout& p) { return shown(p); });
}

Response one(const SettlementServices& s, Context& c) {
  const auto id = c.id_param<PayoutId>("payout");
  const auto payout = id ? find_payout(c.read(), *id) : std::nullopt;
  if (!payout || payout->merchant != merchant_named(s.offers, c)) {
    return refused(PayoutRefusal::unknown_payout);
  }
  return http::json(json_of(shown(*payout))).with("ETag", http::etag_of(payout->version));
}

http::WritePlan post_outcome(const SettlementServices& s, Context& c) {
  auto body = http::body_as<OutcomeIn>(c);
  if (!body.ok()) return body.refusal();
  const auto id = c.id_param<PayoutId>("payout");
  if (!id) return refused(PayoutRefusal::unknown_payout);
  return [s, id = *id, in = std::move(*body)](storage::Tx& tx) {
    const auto done = s.payouts.conclude(tx, id, in.paid, in.code.value_or(""));
    return done.ok() ? http::json(json_of(shown(*done))) : refused(done.refusal());
  };
}

http::WritePlan post_file(const SettlementServices& s, Context& c) {
  auto body = http::body_as<FileIn>(c);
  if (!body.ok()) return body.refusal();
  return [s, currency = body->currency](storage::Tx& tx) {
    const auto file = s.payouts.make_file(tx, currency);
    if (!file) return http::problem(409, "nothing_to_pay", "no payout waits for a file");
    return http::json(json_of(shown(*file)), 201);
  };
}

Response get_file(const SettlementServices& s, Context& c) {
  const auto id = parse_int(c.param("file"));
  const auto file = id ? s.payouts.find_file(c.read(), *id) : std::nullopt;
  if (!file) return http::problem(404, "unknown_file", "there is no such payout file");
  const std::string format = c.request().query_value("format").value_or("pain001");
  Response r;
  if (format == "csv") {
    r.body = s.payouts.csv(c.read(), *file);
    r.content_type = "text/csv; charset=utf-8";
  } else if (format == "pain001") {
    auto xml = s.payouts.pain001(c.read(), *file);
    if (!xml) return http::problem(409, "not_sepa", "pain.001 is for EUR; ask for format=csv");
    r.body = std::move(*xml);
    r.content_type = "application/xml";
  } else {
    return http::invalid("/query/format", "is not one of: pain001, csv");
  }
  // Bank details in clear: never kept on the way.
  return r.with("Cache-Control", "no-store")
      .with("Content-Disposition", "attachment; filename=\"payouts-" + std::to_string(file->id) +
                                       (format == "csv" ? ".csv\"" : ".xml\""));
}

void mount_plans(http::Router& router, const SettlementServices& s) {
  auto read = of_merchant(s, Method::get, "/api/v1/merchants/{merchant}/payout-plan",
                          {"ledger.read", Owner::merchant, Rate::read, Idempotency::safe},
                          "When and where a merchant is paid; bank details are masked");
  read.response = schema_of<PlanOut>();
  router.read(read, [s](Context& c) {
    return shown(s, payout_plan(c.read(), *merchant_named(s.offers, c)));
  });
  auto put = of_merchant(s, Method::patch, "/api/v1/merchants/{merchant}/payout-plan",
                         {"payouts.write", Owner::merchant, Rate::write, Idempotency::natural},
                         "Schedule, minimum and bank details of a merchant");
  put.request = schema_of<PlanIn>();
  put.response = schema_of<PlanOut>();
  put.refusals = {"unknown_merchant", "invalid_request"};
  router.write(put, [s](Context& c) { return put_plan(s, c); });
  auto control =
      of_operators(Method::patch, "/api/v1/merchants/{merchant}/payout-control", "payouts.write",
                   Idempotency::natural, "Hold with its reason, reserve: by the operator");
  control.request = schema_of<ControlIn>();
  control.response = schema_of<PlanOut>();
  control.refusals = {"unknown_merchant", "invalid_request"};
  router.write(control, [s](Context& c) { return put_control(s, c); });
}

void mount_payouts(http::Router& router, const SettlementServices& s) {
  auto list = of_merchant(s, Method::get, "/api/v1/merchants/{merchant}/payouts",
                          {"ledger.read", Owner::merchant, Rate::read, Idempotency::safe},
                          "A merchant's payouts, newest first");
  list.response = schema_of<PayoutListOut>();
  list.query = {{"limit", "1 to 100", "integer"}, {"starting_after", "A payout's id"}};
  router.read(list, [s](Context& c) { return list_of_merchant(s, c); });
  auto single =
      of_merchant(s, Method::get, "/api/v1/merchants/{merchant}/payouts/{payout}",
                  {"ledger.read", Owner::merchant, Rate::read, Idempotency::safe}, "One payout");
  single.response = schema_of<PayoutOut>();
  single.refusals = {"unknown_merchant", "unknown_payout"};
  router.read(single, [s](Context& c) { return one(s, c); });
  auto now = of_merchant(s, Method::post, "/api/v1/merchants/{merchant}/payouts",
                         {"payouts.write", Owner::merchant, Rate::write, Idempotency::required},
                         "A payout now, whatever the schedule");
  now.request = schema_of<PayoutIn>();
  now.response = schema_of<PayoutOut>();
  now.success = 201;
  now.refusals = {"unknown_merchant", "payouts_held",    "no_bank_details", "nothing_to_pay",
                  "below_minimum",    "amount_too_high", "no_rail"};
  router.write(now, [s](Context& c) { return post_payout(s, c); });
}

void mount_operators(http::Router& router, const SettlementServices& s) {
  auto all = of_operators(Method::get, "/api/v1/payouts", "ledger.read", Idempotency::safe,
                          "Payouts of all merchants, newest first");
  all.response = schema_of<PayoutListOut>();
  all.query = {{"state", "created, sending, accepted, paid, failed or returned"},
               {"limit", "1 to 100", "integer"},
               {"starting_after", "A payout's id"}};
  router.read(all, list_of_all);
  auto run = of_operators(Method::post, "/api/v1/payouts/runs", "payouts.write",
                          Idempotency::required, "Pays out what is due today, as a job");
  run.response = schema_of<RunOut>();
  run.success = 202;
  router.write(run, [s](Context&) -> http::WritePlan {
    return
        [s](storage::Tx& tx) { return http::json(json_of(RunOut{s.payouts.start_run(tx)}), 202); };
  });
  auto outcome = of_operators(Method::post, "/api/v1/payouts/{payout}/outcome", "payouts.write",
                              Idempotency::required, "What the bank said about a payout");
  outcome.request = schema_of<OutcomeIn>();
  outcome.response = schema_of<PayoutOut>();
  outcome.refusals = {"unknown_payout", "wrong_state"};
  router.write(outcome, [s](Context& c) { return post_outcome(s, c); });
  auto file = of_operators(Method::post, "/api/v1/payout-files", "payouts.write",
                           Idempotency::required, "Puts what waits for the bank into one file");
  file.request = schema_of<FileIn>();
  file.response = schema_of<FileOut>();
  file.success = 201;
  file.refusals = {"nothing_to_pay"};
  router.write(file, [s](Context& c) { return post_file(s, c); });
  auto bytes = of_operators(Method::get, "/api/v1/payout-files/{file}", "payouts.write",
                            Idempotency::safe, "The file: SEPA pain.001.001.09 or CSV");
  bytes.response = http::Schema::text("application/xml");
  bytes.query = {{"format", "pain001 (default) or csv"}};
  bytes.refusals = {"unknown_file", "not_sepa"};
  router.read(bytes, [s](Context& c) { return get_file(s, c); });
}

}  // namespace

void mount_settlement(http::Router& router, SettlementServices s) {
  mount_plans(router, s);
  mount_payouts(router, s);
  mount_operators(router, s);
  mount_statements(router, s);
  mount_chargebacks(router, s);
  mount_reports(router, s);
}

}  // namespace fondaco::orders
