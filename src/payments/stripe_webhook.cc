#include "signature.h"
#include "stripe_client.h"

#include <fondaco/base/text.h>

namespace fondaco::payments {
namespace {

constexpr std::size_t kNoteBytes = 500;

const boost::json::object* object_at(const boost::json::object& from, std::string_view name) {
  const auto* found = from.if_contains(name);
  return found ? found->if_object() : nullptr;
}

std::optional<Currency> currency_of(const boost::json::object& thing) {
  std::string code = text_at(thing, {"currency"});
  for (char& c : code) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  return Currency::parse(code);
}

struct Meaning {
  EventType type = EventType::charge;
  EventResult result = EventResult::success;
  std::string_view amount;  // Member that holds it.
};

std::optional<Meaning> meaning_of(std::string_view type) {
  if (type == "payment_intent.succeeded") {
    return Meaning{EventType::charge, EventResult::success, "amount_received"};
  }
  if (type == "payment_intent.payment_failed") {
    return Meaning{EventType::charge, EventResult::failure, "amount"};
  }
  if (type == "payment_intent.requires_action") {
    return Meaning{EventType::charge, EventResult::action_required, "amount"};
  }
  if (type == "payment_intent.amount_capturable_updated") {
    return Meaning{EventType::authorization, EventResult::success, "amount_capturable"};
  }
  if (type == "payment_intent.canceled") {
    return Meaning{EventType::cancel, EventResult::success, "amount"};
  }
  return std::nullopt;
}

std::string note_of(const boost::json::object& intent, EventResult result) {
  if (result == EventResult::action_required) {
    return text_at(intent, {"next_action", "redirect_to_url", "url"}).substr(0, kNoteBytes);
  }
  if (result != EventResult::failure) return {};
  std::string code = text_at(intent, {"last_payment_error", "decline_code"});
  if (code.empty()) code = text_at(intent, {"last_payment_error", "code"});
  return code.substr(0, kNoteBytes);
}

std::optional<ProviderEvent> of_intent(const Meaning& meaning, const boost::json::object& intent) {
  const auto payment = id_from_text<PaymentId>(text_at(intent, {"metadata", "payment"}));
  const auto currency = currency_of(intent);
  if (!payment || !currency) return std::nullopt;  // Made by somebody else on this account.
  ProviderEvent out{.payment = *payment, .ref = text_at(intent, {"id"}), .event = {}};
  out.event.type = meaning.type;
  // An intent that is only authorised fails and asks for action as an authorisation.
  if (meaning.type == EventType::charge && meaning.result != EventResult::success &&
      text_at(intent, {"capture_method"}) == "manual") {
    out.event.type = EventType::authorization;
  }
  out.event.result = meaning.result;
  out.event.amount_minor = from_stripe_amount(number_at(intent, meaning.amount), *currency);
  out.event.note = note_of(intent, meaning.result);
  return out;
}

std::optional<ProviderEvent> of_refund(const boost::json::object& refund) {
  const auto payment = id_from_text<PaymentId>(text_at(refund, {"metadata", "payment"}));
  const auto operation = parse_int(text_at(refund, {"metadata", "operation"}));
  const auto currency = currency_of(refund);
  const std::string status = text_at(refund, {"status"});
  const bool done = status == "succeeded";
  const bool failed = status == "failed" || status == "canceled";
  if (!payment || !operation || !currency || !(done || failed)) return std::nullopt;
  ProviderEvent out{.payment = *payment, .ref = text_at(refund, {"payment_intent"}), .event = {}};
  out.event.type = EventType::refund;
  out.event.result = done ? EventResult::success : EventResult::failure;
  out.event.operation = *operation;
  out.event.amount_minor = from_stripe_amount(number_at(refund, "amount"), *currency);
  out.event.note = text_at(refund, {"failure_reason"}).substr(0, kNoteBytes);
  return out;
}

std::optional<ProviderEvent> of_dispute(const boost::json::object& dispute) {
  const auto currency = currency_of(dispute);
  if (!currency) return std::nullopt;
  ProviderEvent out;
  out.ref = text_at(dispute, {"payment_intent"});
  ProviderDispute& d = out.dispute.emplace();
  d.ref = text_at(dispute, {"id"});
  d.amount = {from_stripe_amount(number_at(dispute, "amount"), *currency), *currency};
  d.reason = text_at(dispute, {"reason"});
  const std::string status = text_at(dispute, {"status"});
  d.state = status == "won"            ? DisputeState::won
            : status == "lost"         ? DisputeState::lost
            : status == "under_review" ? DisputeState::under_review
                                       : DisputeState::needs_response;
  if (status.starts_with("warning_")) return std::nullopt;  // An enquiry: no money has moved.
  if (const auto* evidence = object_at(dispute, "evidence_details")) {
    d.due = Instant{number_at(*evidence, "due_by") * 1'000'000};
  }
  return out;
}

}  // namespace

Result<std::vector<ProviderEvent>, WebhookRefusal> StripeProvider::webhook(const Headers& headers,
                                                                           std::string_view body) {
  const Instant now = received_at();
  if (const auto bad = check_signature(client().config().webhook_secret,
                                       header_of(headers, "Stripe-Signature"), body, now)) {
    return Refused{*bad};
  }
  boost::system::error_code error;
  const auto parsed = boost::json::parse(body, error);
  if (error || !parsed.is_object()) return Refused{WebhookRefusal::malformed};
  const auto& event = parsed.get_object();
  const std::string type = text_at(event, {"type"});
  const auto* data = object_at(event, "data");
  const auto* thing = data ? object_at(*data, "object") : nullptr;
  if (type.empty() || !thing) return Refused{WebhookRefusal::malformed};
  std::optional<ProviderEvent> told;
  if (const auto meaning = meaning_of(type)) {
    told = of_intent(*meaning, *thing);
  } else if (type.starts_with("refund.") || type == "charge.refund.updated") {
    told = of_refund(*thing);
  } else if (type.starts_with("charge.dispute.")) {
    told = of_dispute(*thing);
  }
  std::vector<ProviderEvent> out;  // What we did not ask for is received and left.
  if (told) {
    told->event.key = text_at(event, {"id"}).substr(0, 64);
    told->event.at = Instant{number_at(event, "created") * 1'000'000};
    out.push_back(std::move(*told));
  }
  return out;
}

}  // namespace fondaco::payments
