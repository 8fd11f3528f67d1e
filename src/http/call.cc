#include "call.h"

#include <fondaco/base/check.h>
#include <fondaco/base/log.h>
#include <fondaco/base/random.h>
#include <fondaco/base/text.h>

namespace fondaco::http {
namespace {

constexpr std::string_view kEnglish = "en";
constexpr std::string_view kChinese = "zh";

std::string_view known_locale(std::string_view text) {
  const auto language = trim(text.substr(0, text.find_first_of("-_;")));
  if (iequals_ascii(language, kEnglish)) return kEnglish;
  if (iequals_ascii(language, kChinese)) return kChinese;
  return {};
}

/// The first language of the list that we speak: people list what they prefer first.
std::string_view accepted_locale(std::string_view header) {
  while (!header.empty()) {
    const auto item = header.substr(0, header.find(','));
    header.remove_prefix(std::min(header.size(), item.size() + 1));
    const auto found = known_locale(trim(item));
    if (!found.empty()) return found;
  }
  return {};
}

}  // namespace

std::string_view Call::param(std::string_view name) const {
  if (!match_.mounted) return {};
  const auto& names = match_.mounted->params;
  for (std::size_t i = 0; i < names.size() && i < match_.count; ++i) {
    if (names[i] == name) return match_.values[i];
  }
  return {};
}

std::string_view Call::locale() const {
  if (!locale_.empty()) return locale_;
  if (const auto asked = request_.query_value("lang")) locale_ = known_locale(*asked);
  if (locale_.empty()) {
    if (const auto cookie = request_.cookie("lang")) locale_ = known_locale(*cookie);
  }
  if (locale_.empty()) locale_ = accepted_locale(request_.header("accept-language"));
  if (locale_.empty()) locale_ = kEnglish;
  return locale_;
}

storage::Read& Call::read() {
  // The writer's part and the worker pool have no lease: they would keep a snapshot open.
  FONDACO_CHECK(thread_ == std::this_thread::get_id());
  if (!lease_) lease_.emplace(store_.main().read());
  return **lease_;
}

const std::string& Call::nonce() const {
  if (nonce_.empty()) nonce_ = to_base64url(SecureRandom().bytes(16));
  return nonce_;
}

void Call::answer(Response response) {
  if (taken_.exchange(true)) return;
  response_ = std::move(response);
  if (state_.exchange(answered) == waiting && waker_) waker_->wake(shared_from_this());
}

bool Call::settled_or_wait() {
  int expected = running;
  return !state_.compare_exchange_strong(expected, waiting);
}

Reply reply_of(std::shared_ptr<Call> call) {
  struct Guard {
    std::shared_ptr<Call> call;
    explicit Guard(std::shared_ptr<Call> c) : call(std::move(c)) {}
    Guard(const Guard&) = delete;
    Guard& operator=(const Guard&) = delete;
    ~Guard() { call->answer(problem(500, "internal_error", "the request was not answered")); }
  };
  auto guard = std::make_shared<Guard>(std::move(call));
  return [guard](Response r) { guard->call->answer(std::move(r)); };
}

}  // namespace fondaco::http
