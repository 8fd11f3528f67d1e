// Ratings: what buyers of finished orders think of a merchant. Depends on marketplace.h.
// Two measures: the detailed scores of a shop (described, service, logistics; six months), and the
// reputation of a private seller (+1, 0, -1 for ever). Invariants: an order is rated once; a vote
// counts only as far as kVoteRules let one buyer count with one merchant.
#pragma once

#include <fondaco/marketplace.h>

#include <boost/describe/class.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace fondaco::marketplace {

inline constexpr Duration kScoreWindow = days(183);
inline constexpr Duration kRatingChange = days(30);

struct NewRating {
  OrderId order;  // Finished: the caller has made sure, and that it was the person's.
  MerchantId merchant;
  PersonId person;
  int described = 0;  // 1 to 5; all three or none.
  int service = 0;
  int logistics = 0;
  std::optional<int> vote = {};  // Of a private seller: 1, 0, -1.
  std::string comment = {};      // At most 1,000 bytes.
};

struct Rating {
  RatingId id;
  MerchantId merchant;
  OrderId order;
  PersonId person;
  int described = 0;
  int service = 0;
  int logistics = 0;
  int vote = 0;
  bool counted = false;
  std::string comment;
  std::string reply;
  Instant rated_at;
  std::int64_t version = 1;
};

enum class RatingRefusal {
  bad_scores,    // Outside 1 to 5, some without the others, or none where they are needed.
  bad_vote,      // Outside -1 to 1, or missing for a private seller.
  bad_text,      // Above 1,000 bytes or not UTF-8.
  own_merchant,  // Nobody rates himself.
  unknown_merchant,
  unknown_rating,
  too_late,  // It was given more than kRatingChange ago.
};

/// Makes the rating of the order or changes it. Publishes RatingChanged.
Result<Rating, RatingRefusal> rate(storage::Tx& tx, const NewRating& wanted);
/// The merchant's answer; an empty one takes it away. Publishes RatingChanged.
Result<Rating, RatingRefusal> reply(storage::Tx& tx, MerchantId merchant, RatingId id,
                                    std::string_view text);
/// Newest first, before `before` (0: from the newest), at most `limit`.
std::vector<Rating> ratings_of(storage::Read& read, MerchantId merchant, RatingId before,
                               int limit);

/// How often one buyer counts with one merchant, from a day on.
struct VoteRule {
  std::string_view from;
  Duration apart;  // A vote counts when the last counted one is at least this old.
  int per_month;   // And no more than so many in 30 days.
};
const VoteRule& vote_rule(Instant when);

/// Scores in hundredths (481 = 4.81), rounded down, of the window before `now`.
struct Scores {
  std::int64_t ratings = 0;
  std::int64_t described = 0;
  std::int64_t service = 0;
  std::int64_t logistics = 0;
  std::int64_t points = 0;  // Of all counted votes.
  std::int64_t votes = 0;   // How many of them.
  /// Every score is at least `hundredths`; false without ratings.
  bool all_at_least(std::int64_t hundredths) const;
};
Scores scores_of(storage::Read& read, MerchantId merchant, Instant now);

/// A private seller's badge: hearts up to 250 points, diamonds to 10,000, crowns to 500,000, then
/// golden crowns; one to five of each.
enum class BadgeKind { none, heart, diamond, crown, golden_crown };
BOOST_DESCRIBE_ENUM(BadgeKind, none, heart, diamond, crown, golden_crown)
struct Badge {
  BadgeKind kind = BadgeKind::none;
  int count = 0;
  friend bool operator==(const Badge&, const Badge&) = default;
};
Badge badge_of(std::int64_t points);

}  // namespace fondaco::marketplace
