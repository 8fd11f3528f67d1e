// What outreach tells the house. Depends on base ids. The entity is the mail; no address, no text.
#pragma once

#include <fondaco/base/ids.h>

#include <boost/describe.hpp>

#include <string>
#include <string_view>

namespace fondaco::events {

/// A mail could not be delivered, or somebody sends it again.
struct MailChanged {
  static constexpr std::string_view kType = "outreach.mail_changed";
  static constexpr int kVersion = 1;
  MailId mail;
  std::string kind;   // Name of outreach::MailKind.
  std::string state;  // Name of outreach::MailState.
};
BOOST_DESCRIBE_STRUCT(MailChanged, (), (mail, kind, state))

}  // namespace fondaco::events
