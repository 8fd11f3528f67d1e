#include "mime.h"

#include <fondaco/base/check.h>
#include <fondaco/base/text.h>

#include <algorithm>
#include <array>

namespace fondaco::outreach {
namespace {

constexpr std::size_t kWordBytes = 42;  // 56 characters of base 64, within RFC 2047's 75.
constexpr std::size_t kLine = 76;

bool is_ascii(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c >= 0x20 && c < 0x7f; });
}

/// "2026-11-26T10:15:00Z" holds the parts; the day of the week is counted from 1970, a Thursday.
constexpr std::array<std::string_view, 7> kDays{"Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"};
constexpr std::array<std::string_view, 12> kMonths{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                   "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

std::string body_part(std::string_view type, std::string_view text) {
  std::string crlf;
  for (const char c : text) {
    if (c == '\n') crlf += '\r';
    crlf += c;
  }
  const std::string packed = to_base64(crlf);
  std::string out = "Content-Type: " + std::string(type) +
                    "; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n";
  for (std::size_t at = 0; at < packed.size(); at += kLine) {
    out += packed.substr(at, kLine) + "\r\n";
  }
  return out;
}

std::string sender_of(const Sender& from) {
  if (from.name.empty()) return from.address;
  if (!is_ascii(from.name)) return encoded_words(from.name) + " <" + from.address + ">";
  std::string quoted;
  for (const char c : from.name) {
    if (c == '"' || c == '\\') quoted += '\\';
    quoted += c;
  }
  return '"' + quoted + "\" <" + from.address + ">";
}

}  // namespace

bool is_plain_address(std::string_view address) {
  return address.size() <= 254 && is_ascii(address) &&
         address.find_first_of(" <>\"(),;:\\[]") == address.npos &&
         address.find('@') != address.npos && address.find('@') == address.rfind('@') &&
         !address.starts_with('@') && !address.ends_with('@');
}

std::string encoded_words(std::string_view text) {
  if (is_ascii(text) && text.size() <= 60 && text.find("=?") == text.npos) return std::string(text);
  std::string out;
  std::string word;
  const auto flush = [&] {
    if (word.empty()) return;
    out += (out.empty() ? "" : "\r\n ") + ("=?UTF-8?B?" + to_base64(word)) + "?=";
    word.clear();
  };
  each_code_point(text, [&](std::uint32_t c) {
    std::string one;
    append_utf8(one, c < 0x20 || c == 0x7f ? ' ' : c);
    if (word.size() + one.size() > kWordBytes) flush();
    word += one;
  });
  flush();
  return out;
}

std::string mail_date(Instant at) {
  constexpr std::int64_t kDay = 86'400'000'000;
  const auto day = at.us >= 0 ? at.us / kDay : (at.us - kDay + 1) / kDay;
  const std::string text = format_rfc3339(at);
  const auto month = static_cast<std::size_t>(parse_int(text.substr(5, 2)).value_or(1) - 1);
  std::string out(kDays[static_cast<std::size_t>(((day % 7) + 7) % 7)]);
  out += ", " + text.substr(8, 2) + " " + std::string(kMonths[month]) + " " + text.substr(0, 4);
  return out + " " + text.substr(11, 8) + " +0000";
}

std::string mime_message(MailId id, const MailText& text, const Sender& from, Instant at) {
  FONDACO_CHECK(is_plain_address(text.to) && is_plain_address(from.address));
  const std::string name = to_text(id);
  const std::string boundary = "=_" + name;  // Base 64 has no underscore.
  const std::string domain = from.address.substr(from.address.find('@') + 1);
  std::string out;
  out += "From: " + sender_of(from) + "\r\n";
  out += "To: " + text.to + "\r\n";
  out += "Subject: " + encoded_words(text.subject) + "\r\n";
  out += "Date: " + mail_date(at) + "\r\n";
  out += "Message-ID: <" + name + "@" + domain + ">\r\n";
  out += "MIME-Version: 1.0\r\n";
  out += "Auto-Submitted: auto-generated\r\n";
  out += "Content-Language: " + text.locale + "\r\n";
  out += "Content-Type: multipart/alternative; boundary=\"" + boundary + "\"\r\n\r\n";
  out += "--" + boundary + "\r\n" + body_part("text/plain", text.text);
  out += "--" + boundary + "\r\n" + body_part("text/html", text.html);
  return out + "--" + boundary + "--\r\n";
}

std::optional<Sender> parse_sender(std::string_view text) {
  const auto open = text.find('<');
  Sender out;
  if (open == text.npos) {
    out.address = std::string(trim(text));
  } else {
    if (!trim(text).ends_with('>')) return std::nullopt;
    out.name = std::string(trim(text.substr(0, open)));
    const auto inner = text.substr(open + 1);
    out.address = std::string(trim(inner.substr(0, inner.rfind('>'))));
  }
  const bool clean = std::none_of(out.name.begin(), out.name.end(),
                                  [](char c) { return static_cast<unsigned char>(c) < 0x20; });
  if (!clean || !is_utf8(out.name) || !is_plain_address(out.address)) return std::nullopt;
  return out;
}

}  // namespace fondaco::outreach
