// Payouts: what is released goes to the merchant's bank, by a plan, once. Depends on orders' lower
// modules only.
//
// merchant_payable is what a merchant is owed. A run turns it into payouts: each row and its
// posting (merchant_payable -x, payout_clearing +x) are one transaction, so that a kill leaves
// either both or neither. Then each payout is sent on a rail, outside any transaction, under its
// own key, and the answer is booked: paid (clearing to bank or provider), failed (again later, with
// growing pauses), returned (clearing back to merchant_payable).
// Invariants: payout_clearing is the sum of the payouts that are neither paid nor returned; a
// balance below zero is never paid out and is made up by later releases.
#pragma once

#include <fondaco/base/ids.h>
#include <fondaco/base/money.h>
#include <fondaco/base/result.h>
#include <fondaco/ledger.h>
#include <fondaco/marketplace/offer_book.h>
#include <fondaco/payments/payout_rail.h>
#include <fondaco/shoppers/keyring.h>
#include <fondaco/storage/findings.h>
#include <fondaco/storage/jobs.h>
#include <fondaco/storage/settings.h>

#include <boost/describe/class.hpp>
#include <boost/describe/enum.hpp>

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace fondaco::orders {

/// Settings of the platform that concern money; server declares them with its own.
inline constexpr std::string_view kCustody = "money.custody";  // provider, bank or test
inline constexpr std::string_view kPlatformName = "money.platform_name";
inline constexpr std::string_view kPlatformCountry = "money.platform_country";
inline constexpr std::string_view kPlatformVat = "money.platform_vat_id";
inline constexpr std::string_view kPlatformIban = "money.platform_iban";
inline constexpr std::string_view kPlatformBic = "money.platform_bic";
inline constexpr std::string_view kNewSellerDays = "money.new_seller_days";
std::vector<storage::SettingSpec> money_settings();
/// The rail that goes with who holds the money: "stripe", "bank" or "test"; empty for another word.
std::string rail_of(std::string_view custody);

enum class PayoutSchedule { manual = 0, daily = 1, weekly = 2, monthly = 3 };
BOOST_DESCRIBE_ENUM(PayoutSchedule, manual, daily, weekly, monthly)

/// Where the money goes; stored sealed, shown masked.
struct BankDetails {
  std::string holder;  // 1 to 70 bytes.
  std::string iban;    // Without spaces; empty when the provider has the account.
  std::string bic;
  std::string provider_account;  // "acct_…"
};
BOOST_DESCRIBE_STRUCT(BankDetails, (), (holder, iban, bic, provider_account))

enum class BankRefusal { bad_holder, bad_iban, bad_bic, bad_account, nothing_given };
/// Upper case, without spaces, check digits right.
Result<BankDetails, BankRefusal> checked(BankDetails details);
/// "DE…3000", "acct_…9f2k": enough to be recognised by who knows it.
std::string masked(const BankDetails& details);

/// How one merchant is paid; its id is the merchant's.
struct PayoutPlan {
  MerchantId merchant;
  PayoutSchedule schedule = PayoutSchedule::manual;
  std::int64_t on_day = 1;   // Weekday (1 Monday to 7) or day of the month (1 to 28).
  std::int64_t minimum = 0;  // Minor units of each currency.
  std::int64_t reserve_bp = 0;
  std::int64_t reserve_days = 0;
  bool held = false;
  std::string hold_reason;
  Instant hold_until;         // Not before it, whatever the schedule; 0: the rule for new sellers.
  std::int64_t last_day = 0;  // The last run that looked at it, days since 1970.
  KeyId key;
  std::string bank;  // Sealed BankDetails; empty without any.
  std::string bank_shown;
  std::string vat_id;        // Of the merchant, as the operator has found it to be valid.
  std::int64_t version = 0;  // 0: nothing is stored, these are the defaults.
};
PayoutPlan payout_plan(storage::Read& read, MerchantId merchant);

enum class PlanRefusal { bad_day, bad_minimum, bad_reserve, bad_reason, bad_vat_id, stale_version };
/// What a merchant may set. `sealed` under `key`, made outside the transaction; empty: unchanged.
struct PlanChange {
  std::optional<PayoutSchedule> schedule = {};
  std::optional<std::int64_t> on_day = {};
  std::optional<std::int64_t> minimum = {};
  KeyId key = {};
  std::string sealed = {};
  std::string shown = {};
};
/// What only the operator may set.
struct PlanControl {
  std::optional<bool> held = {};
  std::optional<std::string> hold_reason = {};
  std::optional<Instant> hold_until = {};
  std::optional<std::int64_t> reserve_bp = {};    // 0 to 10,000 of each release.
  std::optional<std::int64_t> reserve_days = {};  // 1 to 365.
  std::optional<std::string> vat_id = {};         // Decides the tax on commission.
};
Result<PayoutPlan, PlanRefusal> change_plan(storage::Tx& tx, MerchantId merchant,
                                            const PlanChange& change,
                                            std::optional<std::int64_t> version = {});
Result<PayoutPlan, PlanRefusal> control_plan(storage::Tx& tx, MerchantId merchant,
                                             const PlanControl& control,
                                             std::optional<std::int64_t> version = {});

/// Stored as numbers: a released number keeps its meaning.
enum class PayoutStatus {
  created = 1,   // Posted, to be sent.
  sending = 2,   // With the rail; after a crash it is sent again under the same key.
  accepted = 3,  // Taken by the rail, whose word is waited for.
  paid = 4,
  failed = 5,    // Will be tried again at next_at.
  returned = 6,  // The money is back on merchant_payable.
};
BOOST_DESCRIBE_ENUM(PayoutStatus, created, sending, accepted, paid, failed, returned)

struct Payout {
  PayoutId id;
  MerchantId merchant;
  Money amount;
  PayoutStatus state = PayoutStatus::created;
  std::string rail;
  std::string bank_shown;
  KeyId key;
  std::string bank;  // Sealed, as it was when the payout was made.
  std::int64_t attempts = 0;
  Instant next_at;
  std::string rail_ref;
  std::string code;       // Of the last failure.
  std::int64_t file = 0;  // The payout file it is in; 0: none.
  Instant created_at;
  Instant ended_at;  // 0: open.
  std::int64_t version = 1;
};
std::optional<Payout> find_payout(storage::Read& read, PayoutId id);
/// Newest first, before `before` (0: from the newest).
std::vector<Payout> payouts_of(storage::Read& read, MerchantId merchant, PayoutId before,
                               int limit);
std::vector<Payout> list_payouts(storage::Read& read, std::optional<PayoutStatus> only,
                                 PayoutId before, int limit);

/// Why a merchant is not paid now.
enum class PayoutRefusal {
  unknown_payout,
  held,  // By the operator, or a new seller.
  no_bank_details,
  nothing_to_pay,  // The balance is zero or below.
  below_minimum,
  amount_too_high,  // More than the balance.
  no_rail,          // Who holds the money is set to something that is not configured.
  wrong_state,      // Paid or returned already, or not with the rail.
};

struct PayoutFile {
  std::int64_t id = 0;
  Currency currency;
  std::int64_t payouts = 0;
  std::int64_t total = 0;
  Instant created_at;
};

class Payouts {
 public:
  struct Parts {
    storage::Store& store;
    ledger::AccountBook& accounts;
    shoppers::Keyring& keyring;
    payments::PayoutRails& rails;
    storage::Settings& settings;
    /// Called with "2026-11" when that month is over, in the daily timer's transaction.
    std::function<void(storage::Tx&, std::string_view)> month_over = {};
  };
  explicit Payouts(Parts parts) : parts_(std::move(parts)) {}

  /// Registers the jobs and the daily timer (01:00 UTC). Before Store::start(); writes once.
  void wire(storage::Jobs& jobs);

  /// A run for today, as a job; the operator's button and the timer.
  JobId start_run(storage::Tx& tx);
  /// The job's work: makes the payouts that are due, then sends. Repeating it changes nothing.
  void run(storage::JobContext& job);
  /// Makes payouts for merchants whose plan is due on `day`, after `after`, at most `limit`
  /// merchants. One transaction. Returns the last merchant looked at; 0 at the end.
  MerchantId make_due(storage::Tx& tx, std::int64_t day, MerchantId after, int limit);
  /// A payout now, whatever the schedule. Nothing as amount: all there is.
  Result<Payout, PayoutRefusal> pay_now(storage::Tx& tx, MerchantId merchant, Currency currency,
                                        std::optional<std::int64_t> amount);
  /// Sends what is to be sent; blocks on rails. Returns how many got an answer.
  int send_due(const std::function<bool()>& should_stop = {});
  /// The word of a bank or provider on a payout that was accepted, or paid and came back.
  Result<Payout, PayoutRefusal> conclude(storage::Tx& tx, PayoutId payout, bool paid,
                                         std::string_view code);

  /// Everything that the bank rail has accepted and that is in no file yet; nothing when there is
  /// nothing of that currency.
  std::optional<PayoutFile> make_file(storage::Tx& tx, Currency currency);
  std::optional<PayoutFile> find_file(storage::Read& read, std::int64_t id);
  /// ISO 20022 pain.001.001.09; the same bytes every time. Nothing for another currency than EUR.
  std::optional<std::string> pain001(storage::Read& read, const PayoutFile& file);
  std::string csv(storage::Read& read, const PayoutFile& file);

 private:
  struct Amount {
    Currency currency;
    std::int64_t minor = 0;
  };
  std::optional<PayoutRefusal> refused(const PayoutPlan& plan, Instant now) const;
  Payout make(storage::Tx& tx, const PayoutPlan& plan, Money amount);
  void book(storage::Tx& tx, PayoutId id, std::int64_t version,
            const payments::PayoutAnswer& answer);
  void give_back(storage::Tx& tx, Payout& payout, std::string_view code);
  BankDetails opened(const Payout& payout);

  Parts parts_;
};

/// payout_clearing against the open payouts; each payout against its plan's merchant.
void verify_payouts(storage::Read& read, storage::Findings& findings);

}  // namespace fondaco::orders
