// Disputes: what happens between "the buyer asks the platform" and its decision. A refund that
// goes to arbitration becomes a dispute: both sides have kEvidenceTime to speak, then the platform
// decides within kDecisionTime; the decision moves the money through orders. Depends on
// community.h and orders' refunds.
//
// A merchant who says nothing in time loses: the refund is granted by the timer. The buyer has
// spoken by opening the refund. Invariants: one dispute for each refund; it is open exactly while
// the refund is in arbitration (followed from refund.changed).
#pragma once

#include <fondaco/community.h>
#include <fondaco/storage/store.h>

#include <functional>

namespace fondaco::community {

inline constexpr Duration kEvidenceTime = days(5);
inline constexpr Duration kDecisionTime = days(7);   // Then it is shown as overdue.
inline constexpr std::int64_t kMostStatements = 50;  // Of one dispute.

enum class DisputeState {
  evidence = 1,  // Both sides speak until `due`.
  waiting = 2,   // For the platform, until `due`.
  decided = 3,   // Or the two agreed.
};
BOOST_DESCRIBE_ENUM(DisputeState, evidence, waiting, decided)

struct Dispute {
  DisputeId id;
  RefundId refund;
  OrderId order;
  MerchantId merchant;
  PersonId person;  // 0: a guest.
  KeyId key;        // The order's.
  DisputeState state = DisputeState::evidence;
  bool merchant_spoke = false;
  Instant due;
  std::int64_t version = 1;
};

struct Statement {
  StatementId id;
  Side side = Side::buyer;
  std::optional<std::string> text;  // Nothing once the order's key is destroyed.
};

enum class DisputeRefusal {
  unknown_dispute,
  evidence_closed,  // The time to speak is over.
  empty_text,
  text_too_long,
  too_many_statements,
  not_open,
  bad_amount,  // Zero or more than was asked for.
};

/// What the platform says. Ends the refund in orders; false when orders refuses the amount.
struct Verdict {
  RefundId refund;
  bool granted = false;
  std::optional<std::int64_t> amount;  // At most what was asked for.
  std::string sealed;                  // Its words, under the order's key.
};
using Court = std::function<bool(storage::Tx&, const Verdict&)>;

/// What refund.changed tells.
struct RefundStep {
  RefundId refund;
  OrderId order;
  bool in_arbitration = false;
  Instant at;  // The time to speak runs from here, however late it is heard of.
};

class Disputes {
 public:
  struct Parts {
    storage::Store& store;
    shoppers::Keyring& keyring;
    Court court;
  };
  explicit Disputes(Parts parts) : parts_(std::move(parts)) {}

  /// Subscribes to refund.changed and registers the timer. Before Store::start().
  void wire();

  /// Refuses unknown_dispute, evidence_closed, empty_text, text_too_long, too_many_statements.
  Result<Statement, DisputeRefusal> say(storage::Tx& tx, DisputeId id, Side side, PersonId author,
                                        std::string_view text);
  /// By an operator, in any open state. Refuses unknown_dispute, not_open, text_too_long,
  /// bad_amount.
  Result<Dispute, DisputeRefusal> decide(storage::Tx& tx, DisputeId id, bool granted,
                                         std::optional<std::int64_t> amount, std::string_view text);
  std::vector<Statement> statements(storage::Read& read, const Dispute& dispute) const;

  /// Opens a dispute, or ends it. Public for tests.
  void follow(storage::Tx& tx, const RefundStep& step);

 private:
  void evidence_due(storage::Tx& tx, DisputeId id);
  Parts parts_;
};

std::optional<Dispute> find_dispute(storage::Read& read, DisputeId id);
std::optional<Dispute> dispute_of(storage::Read& read, RefundId refund);
/// Not decided ones, oldest first, after `after`.
std::vector<Dispute> open_disputes(storage::Read& read, DisputeId after, int limit);
/// Newest first, before `before`.
std::vector<Dispute> disputes_of_merchant(storage::Read& read, MerchantId merchant,
                                          DisputeId before, int limit);

}  // namespace fondaco::community
