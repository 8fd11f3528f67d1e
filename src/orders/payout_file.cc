#include "payout_rows.h"

#include <fondaco/base/text.h>

#include <fmt/format.h>

namespace fondaco::orders {
namespace {

constexpr storage::Sql kWaiting{"orders.payouts_for_file", R"sql(
  SELECT CAST(COUNT(*) AS BIGINT), CAST(COALESCE(SUM(amount), 0) AS BIGINT) FROM orders_payout
   WHERE state = 3 AND rail = 'bank' AND file_id = 0 AND currency = $1)sql"};
constexpr storage::Sql kTake{"orders.payouts_into_file", R"sql(
  UPDATE orders_payout SET file_id = $1, version = version + 1
   WHERE state = 3 AND rail = 'bank' AND file_id = 0 AND currency = $2)sql"};
constexpr storage::Sql kInsertFile{"orders.payout_file_insert", R"sql(
  INSERT INTO orders_payout_file (id, currency, payouts, total, created_at)
  VALUES ($1, $2, $3, $4, $5))sql"};
constexpr storage::Sql kFile{"orders.payout_file", R"sql(
  SELECT id, currency, payouts, total, created_at FROM orders_payout_file WHERE id = $1)sql"};

/// Of 35 characters at most, as the standard wants.
std::string message_id(const PayoutFile& f) { return "F" + std::to_string(f.id); }

std::string agent(std::string_view bic) {
  return bic.empty() ? "<FinInstnId><Othr><Id>NOTPROVIDED</Id></Othr></FinInstnId>"
                     : fmt::format("<FinInstnId><BICFI>{}</BICFI></FinInstnId>", bic);
}

std::string csv_field(std::string_view text) {
  if (text.find_first_of(",\"\r\n") == std::string_view::npos) return std::string(text);
  std::string out = "\"";
  for (const char c : text) out += c == '"' ? std::string("\"\"") : std::string(1, c);
  return out + "\"";
}

}  // namespace

std::optional<PayoutFile> Payouts::make_file(storage::Tx& tx, Currency currency) {
  PayoutFile f;
  f.currency = currency;
  f.created_at = tx.now();
  tx.each(kWaiting, {currency}, [&](const storage::Row& row) {
    f.payouts = row.integer(0);
    f.total = row.integer(1);
  });
  if (f.payouts == 0) return std::nullopt;
  f.id = tx.next_id<PayoutId>().value;
  tx.exec(kInsertFile, {f.id, f.currency, f.payouts, f.total, f.created_at});
  const std::int64_t taken = tx.exec(kTake, {f.id, currency});
  FONDACO_CHECK(taken == f.payouts);
  return f;
}

std::optional<PayoutFile> Payouts::find_file(storage::Read& read, std::int64_t id) {
  return read.first(kFile, {id}, [](const storage::Row& row) {
    return PayoutFile{row.integer(0), row.currency(1), row.integer(2), row.integer(3),
                      row.instant(4)};
  });
}

std::optional<std::string> Payouts::pain001(storage::Read& read, const PayoutFile& f) {
  if (f.currency != Currency::of("EUR")) return std::nullopt;
  const std::string total = format_decimal({f.total, f.currency});
  const std::string name = escape_html(parts_.settings.text(kPlatformName));
  std::string out = fmt::format(
      R"(<?xml version="1.0" encoding="UTF-8"?>
<Document xmlns="urn:iso:std:iso:20022:tech:xsd:pain.001.001.09"><CstmrCdtTrfInitn>
<GrpHdr><MsgId>{}</MsgId><CreDtTm>{}</CreDtTm><NbOfTxs>{}</NbOfTxs><CtrlSum>{}</CtrlSum>)"
      R"(<InitgPty><Nm>{}</Nm></InitgPty></GrpHdr>
<PmtInf><PmtInfId>{}</PmtInfId><PmtMtd>TRF</PmtMtd><NbOfTxs>{}</NbOfTxs><CtrlSum>{}</CtrlSum>)"
      R"(<PmtTpInf><SvcLvl><Cd>SEPA</Cd></SvcLvl></PmtTpInf><ReqdExctnDt><Dt>{}</Dt></ReqdExctnDt>)"
      R"(<Dbtr><Nm>{}</Nm></Dbtr><DbtrAcct><Id><IBAN>{}</IBAN></Id></DbtrAcct>)"
      R"(<DbtrAgt>{}</DbtrAgt><ChrgBr>SLEV</ChrgBr>
)",
      message_id(f), format_rfc3339({f.created_at.us / 1'000'000 * 1'000'000}), f.payouts, total,
      name, message_id(f), f.payouts, total, format_date(f.created_at), name,
      escape_html(parts_.settings.text(kPlatformIban)), agent(parts_.settings.text(kPlatformBic)));
  for (const Payout& p : payouts_of_file(read, f.id)) {
    const BankDetails bank = opened(p);
    out += fmt::format(
        "<CdtTrfTxInf><PmtId><EndToEndId>{}</EndToEndId></PmtId><Amt><InstdAmt "
        "Ccy=\"EUR\">{}</InstdAmt></Amt>{}<Cdtr><Nm>{}</Nm></Cdtr><CdtrAcct><Id><IBAN>{}</IBAN>"
        "</Id></CdtrAcct><RmtInf><Ustrd>Payout {}</Ustrd></RmtInf></CdtTrfTxInf>\n",
        to_text(p.id), format_decimal(p.amount),
        bank.bic.empty() ? "" : "<CdtrAgt>" + agent(bank.bic) + "</CdtrAgt>",
        escape_html(bank.holder), bank.iban, to_text(p.id));
  }
  return out + "</PmtInf></CstmrCdtTrfInitn></Document>\n";
}

std::string Payouts::csv(storage::Read& read, const PayoutFile& f) {
  std::string out = "payout,merchant,holder,iban,bic,amount,currency\r\n";
  for (const Payout& p : payouts_of_file(read, f.id)) {
    const BankDetails bank = opened(p);
    out += fmt::format("{},{},{},{},{},{},{}\r\n", to_text(p.id), to_text(p.merchant),
                       csv_field(bank.holder), bank.iban, bank.bic, format_decimal(p.amount),
                       p.amount.currency.code());
  }
  return out;
}

}  // namespace fondaco::orders
