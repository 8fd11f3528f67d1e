// Rows of mails. Private to outreach.
#pragma once

#include <fondaco/outreach.h>

namespace fondaco::outreach {

Mail mail_from(const storage::Row& row);
void announce(storage::Tx& tx, const Mail& mail, MailState state);

}  // namespace fondaco::outreach
