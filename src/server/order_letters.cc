#include "order_letters.h"

#include <fondaco/base/display.h>
#include <fondaco/base/json.h>
#include <fondaco/events/orders.h>
#include <fondaco/events/shoppers.h>
#include <fondaco/orders/guest_code.h>

#include <algorithm>

namespace fondaco::server {
namespace {

using outreach::Letter;
using outreach::Mail;
using outreach::MailKind;

constexpr Duration kFresh = days(2);
constexpr std::string_view kPaidToo = "paid";  // Detail of a mail that told of the payment as well.

/// Chinese where Chinese is read, when nobody has said what he prefers: guests do not.
std::string locale_of_country(std::string_view country) {
  const bool zh = country == "CN" || country == "HK" || country == "MO" || country == "TW";
  return zh ? "zh" : "en";
}

/// What a mail about a parcel needs of its event.
struct Parcel {
  std::string carrier;
  std::string tracking;
  std::vector<events::OrderUnits> lines;
};
BOOST_DESCRIBE_STRUCT(Parcel, (), (carrier, tracking, lines))

template <class E>
std::optional<E> event_as(const storage::StoredEvent& e) {
  auto out = read_stored<E>(e.payload);
  return out.ok() ? std::optional(std::move(*out)) : std::nullopt;
}

void queue_person_mail(storage::Tx& tx, const storage::StoredEvent& e) {
  if (e.type == events::CodeAsked::kType) {
    const auto asked = event_as<events::CodeAsked>(e);
    if (!asked) return;
    const auto kind =
        asked->purpose == "sign_in" ? MailKind::sign_in_code : MailKind::password_reset;
    outreach::queue_mail(tx, kind, asked->code.value, asked->person.shard(),
                         to_text(asked->person));
    return;
  }
  const auto changed = event_as<events::GrantsChanged>(e);
  if (!changed || !changed->given) return;
  outreach::queue_mail(tx, MailKind::invite, changed->grant.value, changed->person.shard(),
                       to_text(changed->person));
}

}  // namespace

std::vector<std::string> letter_events() {
  return {std::string(events::OrderPlaced::kType),   std::string(events::OrderPaid::kType),
          std::string(events::OrderRefunded::kType), std::string(events::OrderShipped::kType),
          std::string(events::CodeAsked::kType),     std::string(events::GrantsChanged::kType)};
}

void queue_letters(storage::Tx& tx, std::span<const storage::StoredEvent> told) {
  for (const auto& e : told) {
    // Of before this subscriber was there, or of a replay: nobody is told of it today.
    if (e.occurred_at < tx.now() - kFresh) continue;
    const std::int64_t shard = shard_of(e.entity);
    // The two of the rush are not taken apart: the entity is the order.
    if (e.type == events::OrderPlaced::kType) {
      outreach::queue_mail(tx, MailKind::order_placed, e.entity, shard);
    } else if (e.type == events::OrderPaid::kType) {
      outreach::queue_mail(tx, MailKind::order_paid, e.entity, shard);
    } else if (e.type == events::OrderRefunded::kType) {
      const auto refunded = event_as<events::OrderRefunded>(e);
      if (!refunded) continue;
      outreach::queue_mail(tx, MailKind::order_refunded, e.entity, shard,
                           json_of(refunded->amount));
    } else if (e.type == events::OrderShipped::kType) {
      const auto shipped = event_as<events::OrderShipped>(e);
      if (!shipped) continue;
      outreach::queue_mail(tx, MailKind::order_shipped, e.entity, shard,
                           json_of(Parcel{shipped->carrier, shipped->tracking, shipped->lines}));
    } else {
      queue_person_mail(tx, e);
    }
  }
}

std::string Letters::link(std::string_view path) const {
  return parts_.public_url.empty() ? "" : parts_.public_url + std::string(path);
}

std::string Letters::merchant(storage::Read& read, MerchantId id, std::string_view locale) const {
  const auto found = parts_.offers.merchant(read, id);
  if (!found) return to_text(id);
  return locale == "zh" && !found->name_zh.empty() ? found->name_zh : found->name;
}

void Letters::add_parcel(storage::Read& read, const orders::Order& order, Letter& letter) const {
  const std::string& locale = letter.locale;
  const auto money = [&](std::int64_t minor) { return show_money(order.money(minor), locale); };
  outreach::LetterParcel parcel{merchant(read, order.merchant, locale), to_text(order.id), {}, {}};
  for (const auto& line : order.lines) {
    parcel.rows.push_back({line.title, std::to_string(line.quantity), money(line.amount)});
  }
  const auto sum = [&](std::string_view label, std::int64_t minor) {
    parcel.sums.emplace_back(outreach::label_of(label, locale), money(minor));
  };
  if (order.discount != 0) sum("discount", -order.discount);
  sum("shipping", order.shipping);
  sum(order.tax_included ? "tax_included" : "tax", order.tax);
  sum("total", order.total);
  letter.parcels.push_back(std::move(parcel));
}

std::optional<Letter> Letters::to_buyer(storage::Read& read, const orders::Order& order) const {
  const auto contact = parts_.checkout.contact_of(order);
  if (!contact) return std::nullopt;  // Erased.
  Letter letter{.key = order.key, .to = contact->email, .shop = parts_.shop};
  letter.locale = locale_of_country(contact->country);
  if (order.person) {
    const auto person = shoppers::find_person(read, parts_.shoppers.keyring(), order.person);
    if (!person || !person->profile) return std::nullopt;
    letter.locale = person->profile->locale;
  }
  const std::string path = "/o/" + to_text(order.group);
  letter.link = order.person ? link("/sign-in?next=" + path) : link(path + "/open");
  letter.values["order"] = to_text(order.id);
  letter.values["merchant"] = merchant(read, order.merchant, letter.locale);
  if (!order.person) {
    letter.values["guest_code"] = orders::guest_code(parts_.shoppers.keyring(), order.group);
  }
  return letter;
}

/// One mail for all orders of a basket: the first of them tells, the others have nothing to add.
std::optional<Letter> Letters::placed(storage::Read& read, Mail& mail) const {
  const auto order = orders::find_order(read, OrderId{mail.ref});
  const auto group = order ? orders::find_group(read, order->group) : std::nullopt;
  if (!group || group->orders.empty() || group->orders.front() != order->id) return std::nullopt;
  auto letter = to_buyer(read, *order);
  if (!letter) return std::nullopt;
  const auto all = orders::orders_of(read, *group);
  letter->paid = std::all_of(all.begin(), all.end(), [](const orders::Order& o) {
    return o.state != orders::OrderState::pending_payment;
  });
  if (letter->paid) mail.detail = kPaidToo;
  for (const auto& one : all) add_parcel(read, one, *letter);
  return letter;
}

std::optional<Letter> Letters::paid(storage::Read& read, const Mail& mail) const {
  const auto order = orders::find_order(read, OrderId{mail.ref});
  const auto group = order ? orders::find_group(read, order->group) : std::nullopt;
  if (!group || group->orders.empty() || group->orders.front() != order->id) return std::nullopt;
  const auto first = outreach::mail_about(read, MailKind::order_placed, mail.ref);
  if (first && first->detail == kPaidToo) return std::nullopt;
  auto letter = to_buyer(read, *order);
  if (!letter) return std::nullopt;
  for (const auto& one : orders::orders_of(read, *group)) add_parcel(read, one, *letter);
  return letter;
}

std::optional<Letter> Letters::refunded(storage::Read& read, const Mail& mail) const {
  const auto order = orders::find_order(read, OrderId{mail.ref});
  const auto amount = read_json<Money>(mail.detail);
  if (!order || !amount.ok()) return std::nullopt;
  auto letter = to_buyer(read, *order);
  if (!letter) return std::nullopt;
  const std::string text = show_money(*amount, letter->locale);
  letter->values["amount"] = text;
  letter->parcels.push_back({letter->values["merchant"],
                             to_text(order->id),
                             {},
                             {{outreach::label_of("refund", letter->locale), text}}});
  return letter;
}

/// An order that is collected is "shipped" when it lies at the place and waits.
std::optional<Letter> Letters::shipped(storage::Read& read, Mail& mail) const {
  const auto order = orders::find_order(read, OrderId{mail.ref});
  const auto parcel = read_json<Parcel>(mail.detail);
  if (!order || !parcel.ok()) return std::nullopt;
  auto letter = to_buyer(read, *order);
  if (!letter) return std::nullopt;
  if (order->shipping_method == "pickup") mail.kind = MailKind::order_ready;
  letter->values["carrier"] = parcel->carrier.empty() ? "-" : parcel->carrier;
  letter->values["tracking"] = parcel->tracking.empty() ? "-" : parcel->tracking;
  letter->values["place"] = letter->values["merchant"];
  outreach::LetterParcel shown{letter->values["merchant"], to_text(order->id), {}, {}};
  for (const auto& line : parcel->lines) {
    shown.rows.push_back({line.title, std::to_string(line.quantity), ""});
  }
  letter->parcels.push_back(std::move(shown));
  return letter;
}

std::optional<Letter> Letters::to_person(storage::Read& read, PersonId id) const {
  const auto person = shoppers::find_person(read, parts_.shoppers.keyring(), id);
  if (!person || !person->profile) return std::nullopt;
  return Letter{.key = person->key,
                .to = person->profile->email,
                .locale = person->profile->locale,
                .shop = parts_.shop};
}

std::optional<Letter> Letters::code(storage::Read& read, const Mail& mail) const {
  const auto person = id_from_text<PersonId>(mail.detail);
  auto letter = person ? to_person(read, *person) : std::nullopt;
  if (!letter) return std::nullopt;
  letter->values["code"] = shoppers::mail_code(parts_.shoppers.keyring(), MailCodeId{mail.ref});
  letter->values["minutes"] = std::to_string(shoppers::kCodeLife.us / minutes(1).us);
  if (mail.kind == MailKind::password_reset) letter->link = link("/reset");
  return letter;
}

std::optional<Letter> Letters::invite(storage::Read& read, const Mail& mail) const {
  const auto person = id_from_text<PersonId>(mail.detail);
  auto letter = person ? to_person(read, *person) : std::nullopt;
  if (!letter) return std::nullopt;
  for (const auto& grant : shoppers::grants_of(read, *person)) {
    if (grant.id.value != mail.ref) continue;
    const auto* ready = shoppers::ready_role(grant.role);
    letter->values["role"] = ready ? std::string(ready->title) : grant.role;
    letter->values["merchant"] =
        grant.merchant ? merchant(read, grant.merchant, letter->locale) : parts_.shop;
    letter->link = link("/sign-in");
    return letter;
  }
  return std::nullopt;  // Taken back meanwhile.
}

std::optional<Letter> Letters::compose(storage::Read& read, Mail& mail) const {
  switch (mail.kind) {
    case MailKind::order_placed:
      return placed(read, mail);
    case MailKind::order_paid:
      return paid(read, mail);
    case MailKind::order_refunded:
      return refunded(read, mail);
    case MailKind::password_reset:
    case MailKind::sign_in_code:
      return code(read, mail);
    case MailKind::invite:
      return invite(read, mail);
    case MailKind::order_shipped:
    case MailKind::order_ready:
      return shipped(read, mail);
  }
  return std::nullopt;
}

}  // namespace fondaco::server
