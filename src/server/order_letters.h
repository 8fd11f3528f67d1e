// Which mails are written when, and what they say: from events, orders and people to letters.
// Depends on outreach, orders, shoppers, marketplace.
#pragma once

#include <fondaco/marketplace/offer_book.h>
#include <fondaco/orders/checkout.h>
#include <fondaco/outreach/letter.h>
#include <fondaco/shoppers/codes.h>

#include <optional>
#include <span>
#include <string>
#include <vector>

namespace fondaco::server {

/// The events that queue_letters() wants.
std::vector<std::string> letter_events();
/// A `once` subscriber: a queued mail for each event that somebody is to be told of.
void queue_letters(storage::Tx& tx, std::span<const storage::StoredEvent> events);

/// Composes what queue_letters() has queued. Thread-safe.
class Letters {
 public:
  struct Parts {
    orders::Checkout& checkout;
    marketplace::OfferBook& offers;
    shoppers::Shoppers& shoppers;
    std::string public_url;  // Empty: no links.
    std::string shop;        // How the house calls itself.
  };
  explicit Letters(Parts parts) : parts_(std::move(parts)) {}
  /// Nothing when there is nobody to tell or nothing to say any more.
  std::optional<outreach::Letter> compose(storage::Read& read, outreach::Mail& mail) const;

 private:
  std::optional<outreach::Letter> to_buyer(storage::Read& read, const orders::Order& order) const;
  std::optional<outreach::Letter> placed(storage::Read& read, outreach::Mail& mail) const;
  std::optional<outreach::Letter> paid(storage::Read& read, const outreach::Mail& mail) const;
  std::optional<outreach::Letter> refunded(storage::Read& read, const outreach::Mail& mail) const;
  std::optional<outreach::Letter> shipped(storage::Read& read, outreach::Mail& mail) const;
  std::optional<outreach::Letter> code(storage::Read& read, const outreach::Mail& mail) const;
  std::optional<outreach::Letter> invite(storage::Read& read, const outreach::Mail& mail) const;
  std::optional<outreach::Letter> to_person(storage::Read& read, PersonId person) const;
  std::string merchant(storage::Read& read, MerchantId id, std::string_view locale) const;
  std::string link(std::string_view path) const;
  void add_parcel(storage::Read& read, const orders::Order& order, outreach::Letter& letter) const;

  const Parts parts_;
};

}  // namespace fondaco::server
