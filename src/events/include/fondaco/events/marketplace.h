// What marketplace tells the house. Depends on base ids.
#pragma once

#include <fondaco/base/ids.h>
#include <fondaco/base/money.h>

#include <boost/describe.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace fondaco::events {

/// A merchant was created or one of its fields changed. Entity: the merchant.
struct MerchantChanged {
  static constexpr std::string_view kType = "marketplace.merchant_changed";
  static constexpr int kVersion = 1;
  MerchantId merchant;
  std::string slug;   // Never changes.
  std::string state;  // pending, active, suspended, closed, restricted.
};
BOOST_DESCRIBE_STRUCT(MerchantChanged, (), (merchant, slug, state))

/// Offers of these products were created or changed: price, state, stock or SKU. Who needs the
/// values reads them again. Entity: the merchant; each event names other products, so that none
/// may be dropped because of its entity_version. At most 500 products in one event.
struct OfferChanged {
  static constexpr std::string_view kType = "marketplace.offer_changed";
  static constexpr int kVersion = 1;
  MerchantId merchant;
  std::vector<ProductId> products;
  bool listing = false;  // Some offer is new or has another SKU, so what an SKU means changed.
};
BOOST_DESCRIBE_STRUCT(OfferChanged, (), (merchant, products, listing))

/// A fee schedule was drafted, changed, published or withdrawn. Entity: the schedule.
struct FeeScheduleChanged {
  static constexpr std::string_view kType = "marketplace.fee_schedule_changed";
  static constexpr int kVersion = 1;
  FeeScheduleId schedule;
  std::string state;  // draft, published.
  std::string name;
  std::string currency;
  std::int64_t valid_from = 0;  // Microseconds; 0 of a draft.
};
BOOST_DESCRIBE_STRUCT(FeeScheduleChanged, (), (schedule, state, name, currency, valid_from))

/// A merchant came a step further, or was restricted or freed again. Entity: the merchant.
struct OnboardingChanged {
  static constexpr std::string_view kType = "marketplace.onboarding_changed";
  static constexpr int kVersion = 1;
  MerchantId merchant;
  std::string step;                 // applied, documents, deposit_due, active.
  std::string restricted_because;   // Empty, papers, deposit.
  std::int64_t countdown_ends = 0;  // Microseconds; 0 unless the deposit is short.
};
BOOST_DESCRIBE_STRUCT(OnboardingChanged, (), (merchant, step, restricted_because, countdown_ends))

/// A merchant's paper was asked for, handed in, judged, or expires. Entity: the document.
struct MerchantPaperChanged {
  static constexpr std::string_view kType = "marketplace.paper_changed";
  static constexpr int kVersion = 1;
  MerchantId merchant;
  MerchantDocumentId document;
  std::string kind;
  std::string state;  // asked, in_review, accepted, refused, expired, replaced.
  bool expires_soon = false;
};
BOOST_DESCRIBE_STRUCT(MerchantPaperChanged, (), (merchant, document, kind, state, expires_soon))

/// Money went into a merchant's deposit or out of it. Entity: the merchant, which is the journal's
/// ref too; entity_version: the journal's id, since each tells of another one.
struct DepositChanged {
  static constexpr std::string_view kType = "marketplace.deposit_changed";
  static constexpr int kVersion = 1;
  MerchantId merchant;
  JournalId journal;
  Money amount;  // Negative: taken out.
  Money balance;
  std::string note;
};
BOOST_DESCRIBE_STRUCT(DepositChanged, (), (merchant, journal, amount, balance, note))

/// The particulars of a merchant's trader were set; they themselves stay sealed. Entity: the
/// merchant.
struct TraderChanged {
  static constexpr std::string_view kType = "marketplace.trader_changed";
  static constexpr int kVersion = 1;
  MerchantId merchant;
  bool natural_person = false;
};
BOOST_DESCRIBE_STRUCT(TraderChanged, (), (merchant, natural_person))

/// The buyer of a finished order rated its merchant, or the merchant replied. Entity: the rating.
struct RatingChanged {
  static constexpr std::string_view kType = "marketplace.rating_changed";
  static constexpr int kVersion = 1;
  MerchantId merchant;
  RatingId rating;
  OrderId order;
  PersonId person;
  std::int64_t described = 0;  // 1 to 5; 0: not given.
  std::int64_t service = 0;
  std::int64_t logistics = 0;
  std::int64_t vote = 0;  // 1, 0, -1.
  bool replied = false;
};
BOOST_DESCRIBE_STRUCT(RatingChanged, (),
                      (merchant, rating, order, person, described, service, logistics, vote,
                       replied))

/// The annual fee of a year was charged or invoiced, less what goes back. Entity: the merchant.
struct AnnualFeeCharged {
  static constexpr std::string_view kType = "marketplace.annual_fee_charged";
  static constexpr int kVersion = 1;
  MerchantId merchant;
  std::int64_t year = 0;
  Money fee;
  Money rebate;
  std::string state;    // charged, invoiced.
  std::string because;  // Why nothing went back: scores, sales, or empty.
};
BOOST_DESCRIBE_STRUCT(AnnualFeeCharged, (), (merchant, year, fee, rebate, state, because))

/// Vendors behind a merchant got their parts of an order. Entity: the order, the journal's ref.
struct VendorsSettled {
  static constexpr std::string_view kType = "marketplace.vendors_settled";
  static constexpr int kVersion = 1;
  MerchantId merchant;
  OrderId order;
  Money amount;  // All parts together.
};
BOOST_DESCRIBE_STRUCT(VendorsSettled, (), (merchant, order, amount))

/// A vendor behind a merchant is new, or an offer is its. Entity: the vendor.
struct VendorChanged {
  static constexpr std::string_view kType = "marketplace.vendor_changed";
  static constexpr int kVersion = 1;
  MerchantId merchant;
  VendorId vendor;
  OfferId offer;  // 0: the vendor itself.
  std::int64_t share_bp = 0;
};
BOOST_DESCRIBE_STRUCT(VendorChanged, (), (merchant, vendor, offer, share_bp))

}  // namespace fondaco::events
