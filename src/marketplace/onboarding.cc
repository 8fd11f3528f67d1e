#include "onboarding_rows.h"

#include <fondaco/base/json.h>
#include <fondaco/base/text.h>
#include <fondaco/events/marketplace.h>
#include <fondaco/shoppers/people.h>
#include <fondaco/storage/publish.h>
#include <fondaco/storage/timers.h>

#include <algorithm>
#include <map>

namespace fondaco::marketplace {
namespace {

constexpr storage::Sql kReadPaper{"marketplace.read_paper", R"sql(
  SELECT key_id, sealed FROM marketplace_document
   WHERE shard = $1 AND id = $2 AND merchant_id = $3)sql"};

constexpr storage::Sql kSetTrader{"marketplace.set_trader", R"sql(
  INSERT INTO marketplace_trader (shard, id, key_id, sealed, natural_person, certified_at)
  VALUES ($1, $2, $3, $4, $5, $6))sql"};

constexpr storage::Sql kDropTrader{"marketplace.drop_trader", R"sql(
  DELETE FROM marketplace_trader WHERE shard = $1 AND id = $2)sql"};

constexpr std::string_view kCountdown = "marketplace.deposit_countdown";
constexpr std::string_view kExpiry = "marketplace.paper_expires";
constexpr std::size_t kReasonBytes = 1'000;

/// How the papers of each kind stand: the best of its rows counts.
struct Papers {
  bool missing = false;
  bool in_review = false;
};

Papers standing(const std::vector<Paper>& all) {
  std::map<PaperKind, PaperState> best;
  for (const Paper& p : all) {
    PaperState& state = best.emplace(p.kind, PaperState::asked).first->second;
    if (p.state == PaperState::accepted) state = PaperState::accepted;
    if (p.state == PaperState::in_review && state != PaperState::accepted) state = p.state;
  }
  Papers out;
  for (const auto& [kind, state] : best) {
    out.missing = out.missing || state == PaperState::asked;
    out.in_review = out.in_review || state == PaperState::in_review;
  }
  return out;
}

Step step_of(const Papers& papers, bool trader_known, bool paid) {
  if (papers.missing || !trader_known) return Step::applied;
  if (papers.in_review) return Step::documents;
  return paid ? Step::active : Step::deposit_due;
}

bool sells_as_trader(const Merchant& m) { return m.kind != MerchantKind::private_seller; }

}  // namespace

std::vector<PaperKind> papers_of(MerchantKind kind, Mark mark) {
  std::vector<PaperKind> out;
  if (kind == MerchantKind::private_seller) return out;
  out = {PaperKind::licence, PaperKind::identity};
  if (kind == MerchantKind::flagship || mark != Mark::none) out.push_back(PaperKind::trademark);
  if (kind != MerchantKind::flagship) out.push_back(PaperKind::authorisation);
  return out;
}

void Onboarding::wire() {
  parts_.store.timers().handle(
      std::string(kCountdown),
      [this](storage::Tx& tx, const storage::Timer& timer) { advance(tx, MerchantId{timer.ref}); });
  parts_.store.timers().handle(std::string(kExpiry),
                               [this](storage::Tx& tx, const storage::Timer& timer) {
                                 expire(tx, MerchantDocumentId{timer.ref});
                               });
}

Result<OnboardingState, GateRefusal> Onboarding::apply(storage::Tx& tx, PersonId applicant,
                                                       const NewApplication& wanted,
                                                       MerchantRefusal& why) {
  NewMerchant merchant = wanted.merchant;
  merchant.state = MerchantState::pending;
  merchant.agreed = false;
  merchant.commission_bp = 0;
  const auto made = create_merchant(tx, merchant);
  if (!made.ok()) {
    why = made.refusal();
    return Refused{GateRefusal::merchant_refused};
  }
  Gate gate;
  gate.merchant = made->id;
  gate.mark = wanted.mark;
  gate.applicant = applicant;
  if (const auto fees = fees_in_force(tx, made->currency, tx.now())) {
    gate.deposit_due = deposit_due(fees->table, made->kind, wanted.mark);
  }
  insert_gate(tx, gate);
  for (const PaperKind kind : papers_of(made->kind, wanted.mark)) {
    static_cast<void>(ask_for(tx, made->id, kind));  // The gate is there: it cannot refuse.
  }
  advance(tx, made->id);
  return *find(tx, *find_merchant(tx, made->id));
}

std::optional<OnboardingState> Onboarding::find(storage::Read& read, const Merchant& m) const {
  const auto gate = find_gate(read, m.id);
  if (!gate) return std::nullopt;
  const auto if_set = [](Instant t) { return t.us ? std::optional(t) : std::nullopt; };
  return OnboardingState{.merchant = m.id,
                         .step = gate->step,
                         .mark = gate->mark,
                         .applicant = gate->applicant,
                         .deposit_due = {gate->deposit_due, m.currency},
                         .deposit = deposit_of(read, m),
                         .opened_at = if_set(gate->opened_at),
                         .countdown_ends = if_set(gate->countdown_ends),
                         .restricted_because = gate->restricted_because,
                         .version = gate->version};
}

/// Looks at everything anew and writes only what has changed, so that it may be called too often.
void Onboarding::advance(storage::Tx& tx, MerchantId id) {
  const auto stored = find_gate(tx, id);
  const auto merchant = find_merchant(tx, id);
  if (!stored || !merchant || merchant->state == MerchantState::closed) return;
  Gate gate = *stored;
  const bool trader_known = !sells_as_trader(*merchant) || sealed_trader(tx, id);
  const Papers now = standing(papers(tx, id));
  const bool paid = deposit_of(tx, *merchant).minor >= gate.deposit_due;
  MerchantState state = merchant->state;
  if (!gate.opened_at.us) {
    gate.step = step_of(now, trader_known, paid);
    if (gate.step == Step::active) {
      gate.opened_at = tx.now();
      if (state == MerchantState::pending) state = MerchantState::active;
    }
  } else {
    if (paid) {
      gate.countdown_ends = {};
    } else if (!gate.countdown_ends.us) {
      gate.countdown_ends = tx.now() + kDepositTime;
      tx.schedule(kCountdown, gate.countdown_ends, id.value);
    }
    const bool late = gate.countdown_ends.us && gate.countdown_ends <= tx.now();
    gate.restricted_because = now.missing ? "papers" : late ? "deposit" : "";
    const bool shut = !gate.restricted_because.empty();
    if (shut && state == MerchantState::active) state = MerchantState::restricted;
    if (!shut && state == MerchantState::restricted) state = MerchantState::active;
  }
  if (state != merchant->state) {
    FONDACO_CHECK(update_merchant(tx, id, {.state = state}, merchant->version).ok());
    parts_.book.forget_after_commit(tx, id);
  }
  if (!(gate == *stored)) update_gate(tx, std::move(gate));
}

Result<Paper, GateRefusal> Onboarding::hand_in(storage::Tx& tx, const HandedIn& in) {
  if (!find_gate(tx, in.merchant)) return Refused{GateRefusal::unknown_merchant};
  if (papers(tx, in.merchant).size() >= kPapersMost) return Refused{GateRefusal::too_many_papers};
  if (in.expires_at && *in.expires_at <= tx.now()) return Refused{GateRefusal::expiry_past};
  const Paper paper{.id = tx.next_id<MerchantDocumentId>(in.merchant.shard()),
                    .merchant = in.merchant,
                    .kind = in.kind,
                    .state = PaperState::in_review,
                    .media_type = in.media_type,
                    .size = in.size,
                    .expires_at = in.expires_at,
                    .created_at = tx.now(),
                    .reviewed_at = {},
                    .reason = {}};
  insert_paper(tx, paper, in.sealed.key, in.sealed.bytes);
  advance(tx, in.merchant);
  return paper;
}

Result<Unit, GateRefusal> Onboarding::ask_for(storage::Tx& tx, MerchantId merchant,
                                              PaperKind kind) {
  if (!find_gate(tx, merchant)) return Refused{GateRefusal::unknown_merchant};
  const auto all = papers(tx, merchant);
  const auto same = [&](const Paper& p) { return p.kind == kind; };
  if (std::any_of(all.begin(), all.end(), same)) return Unit{};
  if (all.size() >= kPapersMost) return Refused{GateRefusal::too_many_papers};
  insert_paper(tx,
               {.id = tx.next_id<MerchantDocumentId>(merchant.shard()),
                .merchant = merchant,
                .kind = kind,
                .state = PaperState::asked,
                .media_type = {},
                .expires_at = {},
                .created_at = tx.now(),
                .reviewed_at = {},
                .reason = {}},
               {}, {});
  advance(tx, merchant);
  return Unit{};
}

Result<Paper, GateRefusal> Onboarding::review(storage::Tx& tx, MerchantId merchant,
                                              MerchantDocumentId id, bool accept,
                                              std::string_view reason) {
  auto paper = find_paper(tx, id);
  if (!paper || paper->merchant != merchant) return Refused{GateRefusal::unknown_paper};
  if (paper->state != PaperState::in_review) return Refused{GateRefusal::not_in_review};
  if (reason.size() > kReasonBytes || !is_utf8(reason) || (!accept && trim(reason).empty())) {
    return Refused{GateRefusal::reason_missing};
  }
  if (accept && paper->expires_at && *paper->expires_at <= tx.now()) {
    return Refused{GateRefusal::expiry_past};
  }
  if (accept) {
    for (Paper& older : papers(tx, merchant)) {
      if (older.kind != paper->kind || older.state != PaperState::accepted) continue;
      older.state = PaperState::replaced;
      update_paper(tx, older);
    }
    if (paper->expires_at) {
      if (*paper->expires_at - kExpiryWarning > tx.now()) {
        tx.schedule(kExpiry, *paper->expires_at - kExpiryWarning, id.value);
      }
      tx.schedule(kExpiry, *paper->expires_at, id.value);
    }
  }
  paper->state = accept ? PaperState::accepted : PaperState::refused;
  paper->reviewed_at = tx.now();
  paper->reason = std::string(reason);
  update_paper(tx, *paper);
  advance(tx, merchant);
  return *find_paper(tx, id);
}

/// Fires twice: a warning, then the end.
void Onboarding::expire(storage::Tx& tx, MerchantDocumentId id) {
  auto paper = find_paper(tx, id);
  if (!paper || paper->state != PaperState::accepted || !paper->expires_at) return;
  if (*paper->expires_at > tx.now()) return tell_paper(tx, *paper, true);
  paper->state = PaperState::expired;
  update_paper(tx, *paper);
  advance(tx, paper->merchant);
}

std::optional<std::string> Onboarding::open_paper(storage::Read& read, MerchantId merchant,
                                                  MerchantDocumentId id) const {
  const auto sealed =
      read.first(kReadPaper, {id.shard(), id, merchant}, [](const storage::Row& row) {
        return shoppers::SealedFor{row.id<KeyId>(0), std::string(row.blob(1))};
      });
  if (!sealed || !sealed->key) return std::nullopt;
  return parts_.keyring.open(sealed->key, sealed->bytes);
}

std::optional<GateRefusal> Onboarding::check(const Trader& t) {
  for (const std::string* text : {&t.name, &t.line1, &t.city, &t.email}) {
    if (trim(*text).empty() || text->size() > 200) return GateRefusal::trader_incomplete;
  }
  for (const auto* text : {&t.postcode, &t.telephone, &t.registration_number, &t.tax_number}) {
    if (*text && (*text)->size() > 200) return GateRefusal::trader_incomplete;
  }
  if (t.country.size() != 2 || !shoppers::parse_email(t.email)) {
    return GateRefusal::trader_incomplete;
  }
  if (!t.natural_person && trim(t.registration_number.value_or("")).empty()) {
    return GateRefusal::trader_incomplete;
  }
  if (!t.self_certified) return GateRefusal::not_certified;
  return std::nullopt;
}

Result<Unit, GateRefusal> Onboarding::set_trader(storage::Tx& tx, MerchantId merchant,
                                                 const Trader& trader,
                                                 const shoppers::SealedFor& sealed) {
  if (const auto refusal = check(trader)) return Refused{*refusal};
  if (!find_merchant(tx, merchant)) return Refused{GateRefusal::unknown_merchant};
  tx.exec(kDropTrader, {merchant.shard(), merchant});
  tx.exec(kSetTrader, {merchant.shard(), merchant, sealed.key, storage::Blob{sealed.bytes},
                       trader.natural_person, tx.now()});
  storage::publish(tx, merchant.value, tx.now().us,
                   events::TraderChanged{merchant, trader.natural_person});
  advance(tx, merchant);
  return Unit{};
}

std::optional<Trader> Onboarding::trader(storage::Read& read, MerchantId merchant) const {
  const auto sealed = sealed_trader(read, merchant);
  if (!sealed) return std::nullopt;
  const auto text = parts_.keyring.open(sealed->key, sealed->bytes);
  if (!text) return std::nullopt;
  auto trader = read_json<Trader>(*text);
  if (!trader.ok()) throw Fault("trader of " + to_text(merchant) + " is not readable");
  return std::move(*trader);
}

}  // namespace fondaco::marketplace
