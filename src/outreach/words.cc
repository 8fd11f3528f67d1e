#include "words.h"

#include <fondaco/outreach/letter.h>

#include <algorithm>
#include <array>

namespace fondaco::outreach {
namespace {

using K = MailKind;

struct Words {
  MailKind kind;
  std::string_view part;
  std::string_view en;
  std::string_view zh;
};

constexpr auto kWords = std::to_array<Words>({
    {K::order_placed, "subject", "Your order {order}", "您的订单 {order}"},
    {K::order_placed, "heading", "Thank you for your order", "感谢您的订购"},
    {K::order_placed, "lead", "We have your order and wait for the payment.",
     "我们已收到您的订单，正在等待付款。"},
    {K::order_placed, "lead_paid", "We have your order and your payment.",
     "我们已收到您的订单和付款。"},
    {K::order_placed, "action", "Look at your order", "查看订单"},
    {K::order_placed, "note", "Each shop sends its own parcel and writes when it is on its way.",
     "各商家分别发货，发货时会通知您。"},

    {K::order_paid, "subject", "Payment received for order {order}", "订单 {order} 已付款"},
    {K::order_paid, "heading", "Your payment has arrived", "已收到您的付款"},
    {K::order_paid, "lead", "Everything is paid; the shops pack now.",
     "款项已全部到账，商家正在备货。"},
    {K::order_paid, "action", "Look at your order", "查看订单"},

    {K::order_shipped, "subject", "Order {order} is on its way", "订单 {order} 已发货"},
    {K::order_shipped, "heading", "On its way", "您的包裹已发出"},
    {K::order_shipped, "lead",
     "{merchant} has sent your parcel with {carrier}. Tracking: {tracking}",
     "{merchant} 已通过 {carrier} 发出包裹，运单号：{tracking}"},
    {K::order_shipped, "action", "Look at your order", "查看订单"},

    {K::order_ready, "subject", "Order {order} is ready to collect", "订单 {order} 可以自提"},
    {K::order_ready, "heading", "Ready to collect", "可以自提了"},
    {K::order_ready, "lead", "Your order waits for you: {place}",
     "您的订单已备好，自提地点：{place}"},
    {K::order_ready, "action", "Look at your order", "查看订单"},

    {K::order_refunded, "subject", "Refund for order {order}", "订单 {order} 已退款"},
    {K::order_refunded, "heading", "Your money is on its way back", "退款已发出"},
    {K::order_refunded, "lead",
     "{amount} goes back the way you paid. Banks take up to ten days to show it.",
     "{amount} 将按原付款方式退还，银行最长可能需要十天到账。"},
    {K::order_refunded, "action", "Look at your order", "查看订单"},

    {K::password_reset, "subject", "Your code for a new password", "重设密码的验证码"},
    {K::password_reset, "heading", "A new password", "重设密码"},
    {K::password_reset, "lead",
     "Type this code where you asked for it. It works once, for {minutes} minutes.",
     "请在申请页面输入此验证码，{minutes} 分钟内有效，仅可使用一次。"},
    {K::password_reset, "action", "Type it here", "前往输入"},
    {K::password_reset, "note",
     "If you did not ask for it, do nothing: your password stays. We never ask for this code.",
     "如非本人操作，请忽略此邮件，密码不会改变。我们绝不会向您索要验证码。"},

    {K::invite, "subject", "You work with {merchant} now", "您已加入 {merchant}"},
    {K::invite, "heading", "Welcome to the team", "欢迎加入团队"},
    {K::invite, "lead", "You have been given the role “{role}” at {merchant}.",
     "您在 {merchant} 的角色为“{role}”。"},
    {K::invite, "action", "Sign in", "登录"},
    {K::invite, "note",
     "Without a password of your own yet? Choose “forgot password” where you sign in.",
     "还没有自己的密码？请在登录页面选择“忘记密码”。"},

    {K::sign_in_code, "subject", "Your code to sign in", "登录验证码"},
    {K::sign_in_code, "heading", "Sign in with this code", "登录验证码"},
    {K::sign_in_code, "lead", "It works once, for {minutes} minutes.",
     "{minutes} 分钟内有效，仅可使用一次。"},
    {K::sign_in_code, "note", "If you did not ask for it, do nothing. We never ask for this code.",
     "如非本人操作，请忽略此邮件。我们绝不会向您索要验证码。"},
});

struct Common {
  std::string_view name;
  std::string_view en;
  std::string_view zh;
};
constexpr auto kCommon = std::to_array<Common>({
    {"discount", "Discount", "优惠"},
    {"foot", "You get this because of something that you did here; it is no advertisement.",
     "此邮件与您在本站的操作有关，并非广告。"},
    {"guest_code", "Your code for this order, when we ask for it: {guest_code}",
     "查看此订单的验证码：{guest_code}"},
    {"refund", "Refund", "退款"},
    {"shipping", "Delivery", "运费"},
    {"tax", "Tax", "税费"},
    {"tax_included", "Tax, included", "含税"},
    {"total", "Total", "合计"},
});

}  // namespace

std::string_view words_of(MailKind kind, std::string_view part, std::string_view locale) {
  const auto* found = std::find_if(kWords.begin(), kWords.end(), [&](const Words& w) {
    return w.kind == kind && w.part == part;
  });
  if (found == kWords.end()) return {};
  return locale == "zh" ? found->zh : found->en;
}

std::string_view common_words(std::string_view name, std::string_view locale) {
  const auto* found =
      std::find_if(kCommon.begin(), kCommon.end(), [&](const Common& c) { return c.name == name; });
  FONDACO_CHECK(found != kCommon.end());
  return locale == "zh" ? found->zh : found->en;
}

std::string label_of(std::string_view name, std::string_view locale) {
  return std::string(common_words(name, locale));
}

std::string filled(std::string_view words, const std::map<std::string, std::string>& values) {
  std::string out;
  while (!words.empty()) {
    const auto at = words.find('{');
    out += words.substr(0, at);
    if (at == words.npos) break;
    const auto end = words.find('}', at);
    FONDACO_CHECK(end != words.npos);
    const auto value = values.find(std::string(words.substr(at + 1, end - at - 1)));
    if (value != values.end()) out += value->second;
    words.remove_prefix(end + 1);
  }
  return out;
}

}  // namespace fondaco::outreach
