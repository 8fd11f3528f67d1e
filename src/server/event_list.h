// Every event that is published, for what must know them all: schemas, stored examples.
// Depends on events. A test compares this list with the headers of src/events.
#pragma once

#include <fondaco/events/catalog.h>
#include <fondaco/events/community.h>
#include <fondaco/events/inventory.h>
#include <fondaco/events/ledger.h>
#include <fondaco/events/marketplace.h>
#include <fondaco/events/orders.h>
#include <fondaco/events/outreach.h>
#include <fondaco/events/payments.h>
#include <fondaco/events/settlement.h>
#include <fondaco/events/shoppers.h>
#include <fondaco/events/webhooks.h>
#include <fondaco/storage/settings.h>

namespace fondaco::server {

template <class... Events>
struct EventList {};

using AllEvents = EventList<
    // catalog, inventory, ledger, marketplace
    events::ProductChanged, events::PlaceCreated, events::StockMoved, events::JournalPosted,
    events::MerchantChanged, events::OfferChanged, events::FeeScheduleChanged,
    events::OnboardingChanged, events::MerchantPaperChanged, events::DepositChanged,
    events::RatingChanged, events::AnnualFeeCharged, events::VendorsSettled, events::TraderChanged,
    events::VendorChanged,
    // orders, payments
    events::OrderPlaced, events::OrderPaid, events::OrderCancelled, events::OrderShipped,
    events::OrderDelivered, events::OrderReleased, events::OrderFinished, events::OrderRefunded,
    events::OrderNoted, events::RefundChanged, events::PaymentChanged, events::OrderEdited,
    events::PromotionChanged, events::ShippingChanged, events::TaxExemptionChanged,
    // settlement
    events::PayoutChanged, events::PayoutPlanChanged, events::ReserveChanged,
    events::CommissionTaxed, events::ChargebackChanged, events::ReportTaken,
    // shoppers
    events::PersonCreated, events::PersonChanged, events::PersonErased, events::PersonSignedIn,
    events::SessionsRevoked, events::GrantsChanged, events::RoleCreated, events::TokenCreated,
    events::TokenRevoked, events::ConsentChanged, events::CodeAsked, events::InvitationChanged,
    // webhooks, outreach
    events::WebhookChanged, events::WebhookTest, events::MailChanged,
    // community
    events::MessageSent, events::ReviewWritten, events::QuestionAsked, events::QuestionAnswered,
    events::Reported, events::ReportDecided, events::DisputeChanged,
    // storage
    storage::SettingChanged>;

}  // namespace fondaco::server
