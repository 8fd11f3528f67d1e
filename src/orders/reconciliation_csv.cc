#include <fondaco/base/text.h>
#include <fondaco/orders/reconciliation.h>

#include <boost/describe/enum_from_string.hpp>

#include <algorithm>
#include <map>

namespace fondaco::orders {
namespace {

/// RFC 4180: quotes, doubled quotes, line breaks inside of them. False at the end.
bool next_row(std::string_view& rest, std::vector<std::string>& fields) {
  fields.clear();
  if (rest.empty()) return false;
  std::string field;
  bool quoted = false;
  std::size_t i = 0;
  for (; i < rest.size(); ++i) {
    const char c = rest[i];
    if (quoted) {
      if (c == '"' && i + 1 < rest.size() && rest[i + 1] == '"') {
        field += '"';
        ++i;
      } else if (c == '"') {
        quoted = false;
      } else {
        field += c;
      }
    } else if (c == '"') {
      quoted = true;
    } else if (c == ',') {
      fields.push_back(std::move(field));
      field.clear();
    } else if (c == '\n') {
      ++i;
      break;
    } else if (c != '\r') {
      field += c;
    }
  }
  fields.push_back(std::move(field));
  rest.remove_prefix(i);
  return true;
}

struct Names {
  std::string_view kind, ref, payment, currency, gross, fee, at, payout;
};
constexpr Names kOwn{"type", "reference", "payment", "currency", "gross", "fee", "time", "payout"};
constexpr Names kStripe{"reporting_category",
                        "balance_transaction_id",
                        "payment_metadata[payment]",
                        "currency",
                        "gross",
                        "fee",
                        "created_utc",
                        "transfer_metadata[payout]"};

std::optional<LineKind> kind_of(std::string_view text, ReportFormat format) {
  LineKind kind = LineKind::payment;
  if (format == ReportFormat::own) {
    if (boost::describe::enum_from_string(std::string(text).c_str(), kind)) return kind;
    return std::nullopt;
  }
  static const std::map<std::string_view, LineKind> kNames{
      {"charge", LineKind::payment},    {"payment", LineKind::payment},
      {"refund", LineKind::refund},     {"dispute", LineKind::dispute},
      {"transfer", LineKind::transfer}, {"dispute_reversal", LineKind::dispute_won},
      {"fee", LineKind::fee},           {"payout", LineKind::payout}};
  const auto found = kNames.find(text);
  return found == kNames.end() ? std::nullopt : std::optional(found->second);
}

/// "2026-11-22T10:00:00Z", or as Stripe writes it: "2026-11-22 10:00:00".
std::optional<Instant> time_of(std::string text) {
  if (text.size() == 19 && text[10] == ' ') {
    text[10] = 'T';
    text += 'Z';
  }
  return parse_rfc3339(text);
}

class ReportReader {
 public:
  ReportReader(std::string_view text, ReportFormat format) : rest_(text), format_(format) {
    if (rest_.starts_with("\xEF\xBB\xBF")) rest_.remove_prefix(3);
  }

  Result<std::vector<ReportLine>, ReportProblem> run() {
    std::vector<std::string> fields;
    next_row(rest_, fields);
    for (std::size_t i = 0; i < fields.size(); ++i) columns_[std::string(trim(fields[i]))] = i;
    for (const auto name :
         {names_.kind, names_.ref, names_.currency, names_.gross, names_.fee, names_.at}) {
      if (!columns_.contains(std::string(name))) {
        return Refused{ReportProblem{ReportRefusal::bad_heading, 1, std::string(name)}};
      }
    }
    std::vector<ReportLine> lines;
    for (std::int64_t number = 2; next_row(rest_, fields); ++number) {
      if (fields.size() == 1 && trim(fields[0]).empty()) continue;
      if (lines.size() == kMostReportLines) {
        return Refused{ReportProblem{ReportRefusal::too_many_lines, number, {}}};
      }
      ReportLine line;
      line.number = number;
      if (const auto wrong = read(fields, line); !wrong.empty()) {
        return Refused{ReportProblem{ReportRefusal::bad_line, number, std::string(wrong)}};
      }
      lines.push_back(std::move(line));
    }
    return lines;
  }

 private:
  std::string field(const std::vector<std::string>& fields, std::string_view name) const {
    const auto found = columns_.find(std::string(name));
    if (found == columns_.end() || found->second >= fields.size()) return {};
    return std::string(trim(fields[found->second]));
  }

  /// The column that is wrong; empty when all are right.
  std::string_view read(const std::vector<std::string>& fields, ReportLine& line) const {
    const auto kind = kind_of(field(fields, names_.kind), format_);
    if (!kind) return names_.kind;
    line.kind = *kind;
    line.ref = field(fields, names_.ref).substr(0, 200);
    std::string code = field(fields, names_.currency);
    for (char& c : code) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    const auto currency = Currency::parse(code);
    if (!currency) return names_.currency;
    const auto gross = parse_decimal(field(fields, names_.gross), *currency);
    if (!gross) return names_.gross;
    line.gross = *gross;
    const std::string fee = field(fields, names_.fee);
    const auto taken = fee.empty() ? Money{0, *currency} : parse_decimal(fee, *currency);
    if (!taken || taken->minor < 0) return names_.fee;
    line.fee = taken->minor;
    const auto at = time_of(field(fields, names_.at));
    if (!at) return names_.at;
    line.at = *at;
    const std::string payment = field(fields, names_.payment);
    if (const auto id = id_from_text<PaymentId>(payment)) line.payment = *id;
    if (const auto id = id_from_text<PayoutId>(field(fields, names_.payout))) line.payout = *id;
    return {};
  }

  std::string_view rest_;
  const ReportFormat format_;
  const Names names_ = format_ == ReportFormat::own ? kOwn : kStripe;
  std::map<std::string, std::size_t> columns_;
};

}  // namespace

Result<std::vector<ReportLine>, ReportProblem> read_report(std::string_view text,
                                                           ReportFormat format) {
  return ReportReader(text, format).run();
}

}  // namespace fondaco::orders
