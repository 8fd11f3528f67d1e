#include "settings.h"

#include <fondaco/orders/payouts.h>

namespace fondaco::server {

using storage::SettingSpec;
using storage::SettingType;

std::vector<SettingSpec> setting_specs() {
  std::vector<SettingSpec> all = {
      {std::string(kEventDays), SettingType::integer, "400",
       "Days for which events that every subscriber has seen are kept", 4, 36'500},
      {std::string(kJobDays), SettingType::integer, "30", "Days for which ended jobs are kept", 1,
       3'650},
      {std::string(kMailDays), SettingType::integer, "365",
       "Days for which mails that have ended are kept in the outbox", 1, 3'650},
      {std::string(kWebhookDays), SettingType::integer, "30",
       "Days for which ended deliveries of webhooks are kept", 1, 3'650},
      {std::string(kPrivateWebhooks), SettingType::flag, "false",
       "Webhooks may go to http:// and to addresses that are not public"},
      {std::string(kBlobHours), SettingType::integer, "24",
       "Hours after which a file that nobody refers to is deleted", 1, 8'760},
  };
  const auto money = orders::money_settings();
  all.insert(all.end(), money.begin(), money.end());
  return all;
}

}  // namespace fondaco::server
