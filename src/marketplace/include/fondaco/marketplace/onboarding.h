// Onboarding: what stands between an application and the first sale, and what closes a shop again.
// Depends on marketplace.h, fees.h, ledger, shoppers' keyring.
//
// applied → documents (all papers handed in) → deposit_due (all accepted) → active. A merchant that
// has been active stays so until a required paper expires or its deposit has been short for
// kDepositTime; then it is restricted: it sells nothing, and onboarding says why.
// Invariants: a pending merchant sells nothing; the deposit's balance in the ledger is the sum of
// its entries; papers and a trader's particulars lie sealed, each under a key of its own.
#pragma once

#include <fondaco/ledger.h>
#include <fondaco/marketplace/fees.h>
#include <fondaco/shoppers/keyring.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace fondaco::marketplace {

inline constexpr Duration kDepositTime = days(15);
inline constexpr Duration kExpiryWarning = days(30);
inline constexpr std::size_t kPaperBytesMost = 4 << 20;
inline constexpr std::size_t kPapersMost = 100;  // Of one merchant.

/// Stored as numbers: released numbers keep their meaning.
enum class Step { applied = 1, documents = 2, deposit_due = 3, active = 4 };
BOOST_DESCRIBE_ENUM(Step, applied, documents, deposit_due, active)

enum class PaperKind {
  licence = 1,        // To trade.
  identity = 2,       // Of who acts for the merchant.
  trademark = 3,      // Certificate of the mark, or the notice that it is applied for.
  authorisation = 4,  // The chain from the brand's owner to the merchant.
  category_licence = 5,
};
BOOST_DESCRIBE_ENUM(PaperKind, licence, identity, trademark, authorisation, category_licence)

enum class PaperState {
  asked = 1,
  in_review = 2,
  accepted = 3,
  refused = 4,
  expired = 5,
  replaced = 6
};
BOOST_DESCRIBE_ENUM(PaperState, asked, in_review, accepted, refused, expired, replaced)

/// Papers that a store type needs before it opens.
std::vector<PaperKind> papers_of(MerchantKind kind, Mark mark);

struct OnboardingState {
  MerchantId merchant;
  Step step = Step::applied;
  Mark mark = Mark::none;
  PersonId applicant;
  Money deposit_due;
  Money deposit;  // What is frozen now.
  std::optional<Instant> opened_at;
  std::optional<Instant> countdown_ends;  // Of a deposit that is short.
  std::string restricted_because;         // "", "papers", "deposit".
  std::int64_t version = 1;
};

struct Paper {
  MerchantDocumentId id;
  MerchantId merchant;
  PaperKind kind = PaperKind::licence;
  PaperState state = PaperState::asked;
  std::string media_type;
  std::int64_t size = 0;
  std::optional<Instant> expires_at;
  Instant created_at;
  std::optional<Instant> reviewed_at;
  std::string reason;  // Of a refusal.
  std::int64_t version = 1;
};

/// Who trades (Regulation 2022/2065 art. 30, Directive 2021/514).
struct Trader {
  std::string name;
  std::string line1;
  std::string city;
  std::optional<std::string> postcode;
  std::string country;
  std::string email;
  std::optional<std::string> telephone;
  std::optional<std::string> registration_number;  // Needed unless it is a natural person.
  std::optional<std::string> tax_number;           // Never shown.
  bool natural_person = false;
  bool self_certified = false;  // To sell only what the law allows.
};
BOOST_DESCRIBE_STRUCT(Trader, (),
                      (name, line1, city, postcode, country, email, telephone, registration_number,
                       tax_number, natural_person, self_certified))

struct NewApplication {
  NewMerchant merchant;  // State and agreement are not the applicant's.
  Mark mark = Mark::none;
};

enum class GateRefusal {
  merchant_refused,  // create_merchant() says why.
  unknown_merchant,  // Or it was opened without onboarding.
  unknown_paper,
  too_many_papers,
  expiry_past,
  not_in_review,
  reason_missing,  // Or longer than 1,000 bytes.
  trader_incomplete,
  not_certified,
  bad_amount,  // Not positive, or of another currency than the deposit.
  wallet_short,
  deposit_short,  // More than there is.
};

/// The gates of all merchants. Thread-safe; every function that writes is part of `tx`, publishes
/// OnboardingChanged, PaperChanged or DepositChanged, and moves the merchant on or back.
class Onboarding {
 public:
  struct Parts {
    storage::Store& store;
    ledger::AccountBook& accounts;
    shoppers::Keyring& keyring;
    OfferBook& book;
  };
  explicit Onboarding(Parts parts) : parts_(parts) {}
  /// Timers: countdown of deposits, expiry of papers. Before Store::start().
  void wire();

  /// Makes the pending merchant and asks for its papers. `why`: set on merchant_refused.
  Result<OnboardingState, GateRefusal> apply(storage::Tx& tx, PersonId applicant,
                                             const NewApplication& wanted, MerchantRefusal& why);
  std::optional<OnboardingState> find(storage::Read& read, const Merchant& merchant) const;

  /// Sealed by the caller (Keyring::seal_new), since sealing must not wait inside a transaction.
  struct HandedIn {
    MerchantId merchant;
    PaperKind kind = PaperKind::licence;
    std::string media_type;
    std::int64_t size = 0;
    std::optional<Instant> expires_at;
    shoppers::SealedFor sealed;
  };
  Result<Paper, GateRefusal> hand_in(storage::Tx& tx, const HandedIn& paper);
  /// One more paper that is needed; asking twice is asking once.
  Result<Unit, GateRefusal> ask_for(storage::Tx& tx, MerchantId merchant, PaperKind kind);
  /// An accepted one takes the place of older ones of its kind. A refusal needs a reason.
  Result<Paper, GateRefusal> review(storage::Tx& tx, MerchantId merchant, MerchantDocumentId id,
                                    bool accept, std::string_view reason);
  std::vector<Paper> papers(storage::Read& read, MerchantId merchant) const;
  /// The bytes; nothing when it was only asked for or its key is destroyed.
  std::optional<std::string> open_paper(storage::Read& read, MerchantId merchant,
                                        MerchantDocumentId id) const;

  static std::optional<GateRefusal> check(const Trader& trader);
  Result<Unit, GateRefusal> set_trader(storage::Tx& tx, MerchantId merchant, const Trader& trader,
                                       const shoppers::SealedFor& sealed);
  std::optional<Trader> trader(storage::Read& read, MerchantId merchant) const;

  /// From the person's wallet.
  Result<Money, GateRefusal> pay_deposit(storage::Tx& tx, MerchantId merchant, PersonId person,
                                         Money amount);
  /// Has come to the platform's bank account; `note` is the bank's reference.
  Result<Money, GateRefusal> book_deposit(storage::Tx& tx, MerchantId merchant, Money amount,
                                          std::string_view note);
  /// Taken for what the platform had to make good (ledger: goodwill). Each answers the balance.
  Result<Money, GateRefusal> deduct_deposit(storage::Tx& tx, MerchantId merchant, Money amount,
                                            std::string_view reason);
  Money deposit_of(storage::Read& read, const Merchant& merchant) const;

 private:
  struct Move;
  Result<Money, GateRefusal> move(storage::Tx& tx, const Move& move);
  void advance(storage::Tx& tx, MerchantId merchant);
  void expire(storage::Tx& tx, MerchantDocumentId id);

  Parts parts_;
};

/// Deposits whose entries and ledger do not agree are differences.
void verify_deposits(storage::Read& read, storage::Findings& findings);

}  // namespace fondaco::marketplace
