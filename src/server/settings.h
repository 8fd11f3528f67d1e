// The settings that an operator may change while the house runs. Depends on storage.
#pragma once

#include <fondaco/storage/settings.h>

#include <vector>

namespace fondaco::server {

inline constexpr std::string_view kEventDays = "events.keep_days";
inline constexpr std::string_view kJobDays = "jobs.keep_days";
inline constexpr std::string_view kBlobHours = "blobs.grace_hours";
inline constexpr std::string_view kMailDays = "mail.keep_days";
inline constexpr std::string_view kWebhookDays = "webhooks.keep_days";
inline constexpr std::string_view kPrivateWebhooks = "webhooks.private_addresses";

std::vector<storage::SettingSpec> setting_specs();

}  // namespace fondaco::server
