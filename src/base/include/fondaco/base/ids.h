// Every kind of id in the house, so that modules that do not know each other can name the same
// thing. Depends on id.h. No logic here.
#pragma once

#include <fondaco/base/id.h>

#include <string_view>

namespace fondaco {

#define FONDACO_ID(Name, text)                       \
  struct Name##Tag {                                 \
    static constexpr std::string_view prefix = text; \
  };                                                 \
  using Name##Id = Id<Name##Tag>

FONDACO_ID(Brand, "brd");
FONDACO_ID(Category, "cat");
FONDACO_ID(Product, "prd");
FONDACO_ID(Variant, "var");  // What is counted on a shelf; one SKU.
FONDACO_ID(Media, "med");
FONDACO_ID(Place, "plc");  // Warehouse, store, pick-up point, locker, in transit.
FONDACO_ID(Stock, "stk");  // One variant at one place.
FONDACO_ID(Reservation, "rsv");
FONDACO_ID(Movement, "mov");
FONDACO_ID(Account, "acc");
FONDACO_ID(Journal, "jrn");
FONDACO_ID(Person, "per");  // Shopper or staff; guests are persons without a sign-in.
FONDACO_ID(Session, "ses");
FONDACO_ID(Token, "tok");
FONDACO_ID(Consent, "cns");
FONDACO_ID(Key, "key");  // A person's sealing key.
FONDACO_ID(Address, "adr");
FONDACO_ID(Role, "rol");   // A merchant's or the operator's own role.
FONDACO_ID(Grant, "grt");  // A role given to a person, for a merchant or place.
FONDACO_ID(Passkey, "psk");
FONDACO_ID(Merchant, "mer");
FONDACO_ID(Offer, "ofr");  // A merchant sells a variant at a price.
FONDACO_ID(Payment, "pay");
FONDACO_ID(PaymentEvent, "pev");
FONDACO_ID(Cart, "crt");
FONDACO_ID(OrderGroup, "grp");  // One basket, one payment; one order per merchant in it.
FONDACO_ID(Order, "ord");
FONDACO_ID(Job, "job");
FONDACO_ID(Timer, "tmr");
FONDACO_ID(Event, "evt");
FONDACO_ID(Shipment, "shp");  // One parcel of an order.
FONDACO_ID(Refund, "rfd");    // With or without goods coming back.
FONDACO_ID(Dispute, "dsp");
FONDACO_ID(Chargeback, "chb");
FONDACO_ID(Payout, "pot");
FONDACO_ID(SettlementReport, "srp");
FONDACO_ID(Invoice, "inv");      // Invoice, credit note, delivery note.
FONDACO_ID(FeeSchedule, "fee");  // What the platform takes from a day on.
FONDACO_ID(MerchantDocument, "mdo");
FONDACO_ID(Vendor, "vnd");  // Behind a multi-brand flagship.
FONDACO_ID(Rating, "rtg");
FONDACO_ID(Promotion, "prm");
FONDACO_ID(ShippingZone, "szn");
FONDACO_ID(Webhook, "whk");
FONDACO_ID(Delivery, "dlv");  // Of an event to a webhook.
FONDACO_ID(Mail, "mai");
FONDACO_ID(Conversation, "cnv");
FONDACO_ID(Message, "msg");
FONDACO_ID(Review, "rev");
FONDACO_ID(Question, "qst");
FONDACO_ID(Answer, "ans");
FONDACO_ID(PastOrder, "por");    // Of an old shop, closed.
FONDACO_ID(Picture, "pic");      // In a conversation.
FONDACO_ID(QuickAnswer, "qan");  // A ready text of a merchant.
FONDACO_ID(Statement, "sta");    // Of one side in a dispute.
FONDACO_ID(Report, "rpt");       // That something should not stand there.

#undef FONDACO_ID

}  // namespace fondaco
