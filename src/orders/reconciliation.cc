#include "chargeback_rows.h"
#include "payout_rows.h"
#include "reconciliation_rows.h"

#include <fondaco/events/settlement.h>
#include <fondaco/storage/publish.h>

#include <algorithm>
#include <map>
#include <unordered_map>

namespace fondaco::orders {
namespace {

using ledger::AccountKind;
using payments::EventResult;
using payments::EventType;

/// One report against the books of one provider.
class Comparison {
 public:
  Comparison(storage::Tx& tx, std::string_view provider, std::vector<ReportLine>& lines)
      : tx_(tx), provider_(provider), lines_(lines) {}

  void run() {
    load();
    for (ReportLine& line : lines_) judge(line);
    add_missing();
  }

 private:
  void load() {
    std::vector<PaymentId> ids;
    for (const ReportLine& l : lines_) {
      if (l.payment) ids.push_back(l.payment);
    }
    std::sort(ids.begin(), ids.end());
    ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
    for (auto& p : payments::load(tx_, ids)) {
      if (p.provider == provider_) payments_.emplace(p.id, std::move(p));
    }
  }

  void judge(ReportLine& line) {
    if (line.kind == LineKind::fee) {
      line.outcome = LineOutcome::matched;
    } else if (line.kind == LineKind::payout) {
      line.outcome = LineOutcome::matched;  // The provider to our bank: what the report is about.
    } else if (line.kind == LineKind::transfer) {
      judge_transfer(line);
    } else {
      const auto payment = payments_.find(line.payment);
      if (payment == payments_.end()) return;  // Unknown.
      const auto expected = expected_of(line, payment->second);
      if (!expected) return;
      line.expected = *expected;
      const bool right =
          *expected == line.gross.minor && line.gross.currency == payment->second.amount.currency;
      line.outcome = right ? LineOutcome::matched : LineOutcome::different;
    }
  }

  /// What we have booked for such a line and no report has settled; 0 when all is settled, nothing
  /// when there never was any.
  std::optional<std::int64_t> expected_of(const ReportLine& line, const payments::Payment& p) {
    std::vector<std::int64_t> booked;
    if (line.kind == LineKind::payment) {
      const std::int64_t charged = payments::sums(p.events).charged;
      if (charged > 0) booked.push_back(charged);
    } else if (line.kind == LineKind::refund) {
      booked = refunds_of(p);
    } else {
      booked = disputes_of(p, line.kind);
    }
    if (booked.empty()) return std::nullopt;
    auto& used = used_[{p.id, line.kind}];
    if (!used) used = matched_before(tx_, p.id, line.kind);
    const auto first = static_cast<std::size_t>(*used);
    if (first >= booked.size()) return 0;
    // Of several refunds the one with this amount is meant.
    const auto same = std::find(booked.begin() + static_cast<std::ptrdiff_t>(first), booked.end(),
                                line.gross.minor);
    if (same != booked.end()) ++*used;
    return same != booked.end() ? *same : booked[first];
  }

  std::vector<std::int64_t> refunds_of(const payments::Payment& p) {
    std::map<std::int64_t, std::int64_t> done;
    for (const auto& e : p.events) {
      if (e.type == EventType::refund && e.result == EventResult::success) {
        done[e.operation] = -e.amount_minor;
      }
    }
    std::vector<std::int64_t> out;
    for (const auto& [operation, amount] : done) out.push_back(amount);
    return out;
  }

  std::vector<std::int64_t> disputes_of(const payments::Payment& p, LineKind kind) {
    std::map<std::string, std::int64_t> sums;
    for (const Chargeback& c : chargebacks_of_payment(tx_, p.id)) {
      if (kind == LineKind::dispute) sums[c.provider_ref] -= c.amount.minor;
      if (kind == LineKind::dispute_won && c.state == ChargebackState::won) {
        sums[c.provider_ref] += c.amount.minor;
      }
    }
    std::vector<std::int64_t> out;
    for (const auto& [ref, amount] : sums) out.push_back(amount);
    return out;
  }

  void judge_transfer(ReportLine& line) {
    const auto payout = line.payout ? find_payout(tx_, line.payout) : std::nullopt;
    if (!payout || payout->rail != provider_) return;
    const bool settled = payout_matched_before(tx_, line.payout) > 0;
    line.expected = settled ? 0 : -payout->amount.minor;
    const bool right = line.expected == line.gross.minor &&
                       line.gross.currency == payout->amount.currency &&
                       payout->state == PayoutStatus::paid;
    line.outcome = right ? LineOutcome::matched : LineOutcome::different;
  }

  /// What we have taken in the time of the report and nobody has settled.
  void add_missing() {
    if (lines_.empty()) return;
    const auto [first, last] =
        std::minmax_element(lines_.begin(), lines_.end(),
                            [](const ReportLine& a, const ReportLine& b) { return a.at < b.at; });
    const Instant from = first->at;
    const Instant to = last->at + seconds(1);
    std::vector<ReportLine> missing;
    for (const payments::Payment& p : payments::charged_between(tx_, provider_, from, to)) {
      if (payments_.contains(p.id) && used_[{p.id, LineKind::payment}]) continue;
      if (matched_before(tx_, p.id, LineKind::payment) > 0) continue;
      ReportLine line;
      line.outcome = LineOutcome::missing;
      line.ref = p.provider_ref;
      line.payment = p.id;
      line.gross = {0, p.amount.currency};
      line.expected = payments::sums(p.events).charged;
      line.at = from;
      missing.push_back(std::move(line));
    }
    lines_.insert(lines_.begin(), missing.begin(), missing.end());
  }

  storage::Tx& tx_;
  const std::string provider_;
  std::vector<ReportLine>& lines_;
  std::unordered_map<PaymentId, payments::Payment> payments_;
  std::map<std::pair<PaymentId, LineKind>, std::optional<std::int64_t>> used_;
};

struct Sums {
  std::int64_t receivable = 0;
  std::int64_t cash = 0;
  std::int64_t fees = 0;
};

/// Matched lines leave what the provider owes us; what it keeps for itself is our cost. The fee of
/// a dispute was taken off the receivable when it was opened.
void book_matched(storage::Tx& tx, ledger::AccountBook& book, const Report& report,
                  std::span<const ReportLine> lines) {
  std::map<Currency, Sums> sums;
  for (const ReportLine& l : lines) {
    if (l.outcome != LineOutcome::matched || l.kind == LineKind::payout) continue;
    Sums& s = sums[l.gross.currency];
    const bool fee_booked = l.kind == LineKind::dispute;
    s.receivable += l.gross.minor - (fee_booked ? l.fee : 0);
    s.fees -= fee_booked ? 0 : l.fee;
    s.cash -= l.gross.minor - l.fee;
  }
  std::vector<ledger::Journal> journals;
  for (const auto& [currency, s] : sums) {
    if (s.receivable == 0 && s.cash == 0 && s.fees == 0) continue;
    const auto at = [&](AccountKind kind) {
      return book.resolve(tx, ledger::AccountRef{kind, 0, currency});
    };
    journals.push_back({tx.next_id<JournalId>(report.id.shard()),
                        ledger::Kind::settlement,
                        report.id.value,
                        currency,
                        {{at(AccountKind::provider_receivable), s.receivable},
                         {at(AccountKind::platform_cash), s.cash},
                         {at(AccountKind::provider_fees), s.fees}}});
  }
  ledger::post(tx, journals);
}

}  // namespace

Result<Report, ReportProblem> take_report(storage::Tx& tx, ledger::AccountBook& book,
                                          std::string_view provider, std::string_view file_hash,
                                          std::vector<ReportLine> lines) {
  if (report_taken(tx, file_hash)) {
    return Refused{ReportProblem{ReportRefusal::taken_before, 0, std::string(file_hash)}};
  }
  Report r;
  r.id = tx.next_id<SettlementReportId>();
  r.provider = provider;
  r.file_hash = file_hash;
  r.created_at = tx.now();
  if (!lines.empty()) {
    const auto by_time = [](const ReportLine& a, const ReportLine& b) { return a.at < b.at; };
    r.from = std::min_element(lines.begin(), lines.end(), by_time)->at;
    r.to = std::max_element(lines.begin(), lines.end(), by_time)->at;
  }
  Comparison(tx, provider, lines).run();
  for (const ReportLine& l : lines) {
    r.matched += l.outcome == LineOutcome::matched ? 1 : 0;
    r.missing += l.outcome == LineOutcome::missing ? 1 : 0;
    r.different += l.outcome == LineOutcome::different ? 1 : 0;
    r.unknown += l.outcome == LineOutcome::unknown ? 1 : 0;
  }
  insert_report(tx, r, lines);
  book_matched(tx, book, r, lines);
  storage::publish(
      tx, r.id.value, 1,
      events::ReportTaken{r.id, r.provider, r.matched, r.missing, r.different, r.unknown});
  return r;
}

}  // namespace fondaco::orders
