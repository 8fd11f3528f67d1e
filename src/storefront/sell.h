// Selling as a person: one thing, one listing. Depends on catalog, inventory, marketplace,
// shoppers. The first listing makes the person a private seller's shop, whose name tells nothing of
// the person. Until an identity paper is accepted the limits below hold.
#pragma once

#include <fondaco/inventory/availability.h>
#include <fondaco/marketplace/onboarding.h>
#include <fondaco/shoppers.h>

#include <optional>
#include <string>
#include <vector>

namespace fondaco::storefront {

inline constexpr int kOpenListingsUnknown = 10;          // Of somebody who is not identified.
inline constexpr int kOpenListingsKnown = 100;           // Of anybody.
inline constexpr std::int64_t kPriceMajorUnknown = 500;  // Units of the currency.
inline constexpr std::size_t kPhotosMost = 8;
inline constexpr Duration kSameListing = minutes(10);

enum class Condition { as_new, good, used, defective };
BOOST_DESCRIBE_ENUM(Condition, as_new, good, used, defective)
enum class Handover { parcel, meeting };
BOOST_DESCRIBE_ENUM(Handover, parcel, meeting)

struct NewListing {
  std::string title;
  std::string description;  // Plain text, at most 2,000 bytes.
  Condition condition = Condition::good;
  Money price;
  Handover handover = Handover::parcel;
  std::string meeting_point;        // For Handover::meeting; at most 200 bytes.
  std::vector<std::string> photos;  // Addresses on this server, the first is shown in lists.
};

enum class SellRefusal {
  bad_title,      // 3 to 120 bytes of UTF-8.
  bad_text,       // The description.
  bad_price,      // Not positive, or above what an unidentified person may ask.
  meeting_point,  // Missing or too long.
  bad_photos,     // None, or more than kPhotosMost.
  too_many,       // Open listings.
  unknown_listing,
  not_possible,  // The shop of the person is closed or restricted.
};

struct Listed {
  ProductId product;
  MerchantId merchant;
  std::string handle;
};

struct Seller {
  marketplace::Onboarding& gates;
  marketplace::OfferBook& offers;
  inventory::Availability& availability;
  shoppers::Shoppers& shoppers;
};

std::optional<SellRefusal> check_listing(const NewListing& listing);
/// The person's own shop; nothing before the first listing.
std::optional<marketplace::Merchant> own_shop(storage::Read& read, PersonId person);
/// Part of `tx`: a product, an offer and one unit. Visible at once. The same thing listed again
/// within kSameListing is the listing that is there: a form that was sent twice.
Result<Listed, SellRefusal> list_thing(storage::Tx& tx, const Seller& seller, PersonId person,
                                       const NewListing& listing);
/// Sold elsewhere or withdrawn: the offer is paused and the page goes.
Result<Unit, SellRefusal> end_listing(storage::Tx& tx, const Seller& seller, PersonId person,
                                      ProductId product);
/// Open ones of the person, newest first.
std::vector<ProductId> open_listings(storage::Read& read, MerchantId merchant);

}  // namespace fondaco::storefront
