// Outreach: mails to people and the outbox they wait in.
// Depends on base, events, storage, shoppers.
#pragma once

#include <fondaco/base/ids.h>
#include <fondaco/base/result.h>
#include <fondaco/shoppers/privacy.h>
#include <fondaco/storage/findings.h>
#include <fondaco/storage/migration.h>
#include <fondaco/storage/tx.h>

#include <boost/describe/class.hpp>
#include <boost/describe/enum.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace fondaco::outreach {

/// Stored as numbers: a released number keeps its meaning. All of them are transactional: they
/// answer something that the person did, or tell of its consequence.
enum class MailKind {
  order_placed = 1,
  order_paid = 2,
  order_shipped = 3,
  order_ready = 4,  // Ready to be collected.
  order_refunded = 5,
  password_reset = 6,
  invite = 7,
  sign_in_code = 8,
};
BOOST_DESCRIBE_ENUM(MailKind, order_placed, order_paid, order_shipped, order_ready, order_refunded,
                    password_reset, invite, sign_in_code)

enum class MailState {
  queued = 1,
  kept = 2,  // No SMTP is configured: it lies here and nowhere else.
  sent = 3,  // The next server has taken it.
  failed = 4,
};
BOOST_DESCRIBE_ENUM(MailState, queued, kept, sent, failed)

struct Mail {
  MailId id;
  MailKind kind = MailKind::order_placed;
  MailState state = MailState::queued;
  std::int64_t ref = 0;  // The order, the code, the grant.
  std::string detail;    // Of the kind; never personal.
  KeyId key;             // 0: not written yet.
  std::string sealed;
  Instant next_at;
  std::int64_t attempts = 0;
  std::string answer;  // What the next server said last, or why there was none.
  Instant created_at;
  Instant ended_at;  // 0: still on its way.
};

/// Part of `tx`; about 100 bytes. `shard` is of what it is about.
MailId queue_mail(storage::Tx& tx, MailKind kind, std::int64_t ref, std::int64_t shard,
                  std::string detail = {});

std::optional<Mail> find_mail(storage::Read& read, MailId id);
/// The newest of a kind about something.
std::optional<Mail> mail_about(storage::Read& read, MailKind kind, std::int64_t ref);
/// Newest first, ids below `before` (0: from the newest).
std::vector<Mail> list_mails(storage::Read& read, MailId before, int limit,
                             std::optional<MailState> only = {});

/// What was written, opened.
struct MailText {
  std::string to;
  std::string locale;
  std::string subject;
  std::string text;
  std::string html;
};
BOOST_DESCRIBE_STRUCT(MailText, (), (to, locale, subject, text, html))
/// Nothing before it is written and after its person was erased.
std::optional<MailText> open_mail(shoppers::Keyring& keyring, const Mail& mail);

enum class MailRefusal { unknown_mail, on_its_way, erased };
/// Sends one that was kept, sent or failed again. Refuses unknown_mail, on_its_way.
Result<Unit, MailRefusal> send_again(storage::Tx& tx, MailId id);
/// Deletes at most 1,000 ended mails older than `until`; returns how many. Call until 0.
std::int64_t purge(storage::Tx& tx, Instant until);

/// Whether somebody may be written to about something that he did not ask for: the newest row of
/// the consent ledger, default no. Transactional mails do not ask.
bool may_contact(storage::Read& read, PersonId person, shoppers::Purpose purpose,
                 shoppers::ContactChannel channel);

/// Counts "mails"; one that has ended without ever being written, or is open and has ended, is a
/// difference.
void verify(storage::Read& read, storage::Findings& findings);

std::vector<storage::Migration> migrations();

}  // namespace fondaco::outreach
