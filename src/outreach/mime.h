// A mail's bytes: RFC 5322 and MIME. Private to outreach.
#pragma once

#include <fondaco/outreach.h>
#include <fondaco/outreach/mailer.h>

#include <string>
#include <string_view>

namespace fondaco::outreach {

/// ASCII as it is, else RFC 2047 words of at most 75 characters, folded.
std::string encoded_words(std::string_view text);
/// "Thu, 26 Nov 2026 10:15:00 +0000"
std::string mail_date(Instant at);
/// multipart/alternative, text first; both parts UTF-8 in base 64. Transactional, so it has no
/// List-Unsubscribe. The address must be ASCII without control characters.
std::string mime_message(MailId id, const MailText& text, const Sender& from, Instant at);
/// Whether an address can be written into a header and given to any SMTP server.
bool is_plain_address(std::string_view address);

}  // namespace fondaco::outreach
