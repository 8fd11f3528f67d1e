// The words of all mails in both languages. Private to outreach.
#pragma once

#include <fondaco/outreach.h>

#include <map>
#include <string>
#include <string_view>

namespace fondaco::outreach {

/// Parts: subject, heading, lead, action, note. Empty when the kind has none. {name} stays.
std::string_view words_of(MailKind kind, std::string_view part, std::string_view locale);
std::string_view common_words(std::string_view name, std::string_view locale);
/// Replaces {name} by its value, once: what a value says is not looked at again.
std::string filled(std::string_view words, const std::map<std::string, std::string>& values);

}  // namespace fondaco::outreach
