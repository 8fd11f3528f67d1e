// PayoutRail: the port to whatever carries money to a merchant. Depends on base.
// Called outside any transaction, from a worker's thread; may block as long as its own time-outs.
#pragma once

#include <fondaco/base/ids.h>
#include <fondaco/base/money.h>

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace fondaco::payments {

struct PayoutOrder {
  PayoutId payout;
  MerchantId merchant;
  Money amount;
  std::string holder;
  std::string iban;  // Empty for a rail that pays to accounts of its own.
  std::string bic;
  std::string provider_account;  // "acct_…"; empty for banks.
  /// The same key pays once, however often it is sent.
  std::string idempotency_key;
};

struct PayoutAnswer {
  enum class Outcome {
    paid,         // Gone.
    accepted,     // Taken; somebody will tell later (a bank file, a slow provider).
    rejected,     // Will never work with these details: the money goes back to the merchant.
    failed,       // Not now; try again.
    unreachable,  // Nothing is known; send again under the same key.
  };
  Outcome outcome = Outcome::unreachable;
  std::string ref;   // The rail's own name of the payout.
  std::string code;  // Why it failed, "account_closed".
};

class PayoutRail {
 public:
  virtual ~PayoutRail() = default;
  virtual std::string_view name() const = 0;  // "bank", "stripe", "test": stored with payouts.
  virtual PayoutAnswer send(const PayoutOrder& order) = 0;
};

/// Filled at start, then only read.
class PayoutRails {
 public:
  void add(std::unique_ptr<PayoutRail> rail);
  PayoutRail* find(std::string_view name) const;  // Null when there is none.

 private:
  std::vector<std::unique_ptr<PayoutRail>> all_;
};

/// Takes every payout for the next file that the operator carries to the bank.
class BankRail final : public PayoutRail {
 public:
  std::string_view name() const override { return "bank"; }
  PayoutAnswer send(const PayoutOrder& order) override;
};

/// For tests and demos; the holder's name says what happens: "Reject …" is rejected, "Flaky …"
/// fails twice, "Lost …" pays and loses the first answer, "Slow …" is accepted, others are paid.
class TestRail final : public PayoutRail {
 public:
  std::string_view name() const override { return "test"; }
  PayoutAnswer send(const PayoutOrder& order) override;
  /// What was really paid, by key: each once.
  std::map<std::string, Money> paid() const;

 private:
  mutable std::mutex mutex_;
  std::map<std::string, int> tries_;
  std::map<std::string, Money> paid_;
};

}  // namespace fondaco::payments
