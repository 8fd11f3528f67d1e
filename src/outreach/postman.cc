#include "mime.h"
#include "rows.h"

#include <fondaco/base/json.h>
#include <fondaco/base/log.h>
#include <fondaco/outreach/postman.h>

#include <array>
#include <chrono>

namespace fondaco::outreach {
namespace {

constexpr auto kPoll = std::chrono::milliseconds(500);
constexpr Duration kLease = seconds(120);
constexpr int kDueAtOnce = 64;

constexpr auto kPauses = std::to_array<Duration>(
    {minutes(1), minutes(5), minutes(30), hours(2), hours(6), hours(12), hours(24)});

constexpr storage::Sql kDue{"outreach.due", R"sql(
  SELECT id, kind, state, ref, detail, key_id, sealed, next_at, attempts, answer, created_at,
         ended_at
    FROM outreach_mail WHERE open = 1 AND next_at <= $1 AND lease_until < $2
   ORDER BY next_at, id LIMIT $3)sql"};

constexpr storage::Sql kClaim{"outreach.claim", R"sql(
  UPDATE outreach_mail SET lease_until = $3
   WHERE shard = $1 AND id = $2 AND open = 1 AND lease_until < $4)sql"};

// Of a process that was killed; on SQLite there is no other one.
constexpr storage::Sql kOrphans{"outreach.orphans", R"sql(
  UPDATE outreach_mail SET lease_until = 0 WHERE open = 1 AND lease_until > 0)sql"};

constexpr storage::Sql kDrop{"outreach.drop", R"sql(
  DELETE FROM outreach_mail WHERE shard = $1 AND id = $2 AND open = 1)sql"};

constexpr storage::Sql kSettle{"outreach.settle", R"sql(
  UPDATE outreach_mail SET state = $3, open = $4, detail = $5, key_id = $6, sealed = $7,
         next_at = $8, lease_until = 0, attempts = attempts + 1, answer = $9, ended_at = $10,
         kind = $11
   WHERE shard = $1 AND id = $2 AND open = 1)sql"};

Instant wall() { return SystemClock().now(); }  // Leases are about processes, so real time.

}  // namespace

std::optional<Duration> mail_pause_after(std::int64_t failures) {
  if (failures < 1 || failures > static_cast<std::int64_t>(kPauses.size())) return std::nullopt;
  return kPauses[static_cast<std::size_t>(failures - 1)];
}

Postman::Postman(Parts parts) : parts_(std::move(parts)) {}

Postman::~Postman() { stop(); }

void Postman::start() {
  if (parts_.store.engine() == storage::Engine::sqlite) {
    parts_.store.main().write([](storage::Tx& tx) { tx.exec(kOrphans, {}); });
  }
  thread_ = std::thread([this] { loop(); });
}

void Postman::stop() {
  stopping_ = true;
  wake();
  if (thread_.joinable()) thread_.join();
}

void Postman::wake() {
  {
    const std::scoped_lock lock(mutex_);
    ++work_;
  }
  wake_.notify_all();
}

void Postman::loop() {
  while (!stopping_) {
    std::uint64_t seen = 0;
    {
      const std::scoped_lock lock(mutex_);
      seen = work_;
    }
    bool some = false;
    try {
      const std::scoped_lock turn(turn_);
      for (auto& mail : claim(parts_.at_once)) {
        some = true;
        handle(std::move(mail));
      }
    } catch (const std::exception& e) {
      log::error("outreach", "a mail broke off", {{"why", e.what()}});
      some = false;
    }
    std::unique_lock lock(mutex_);
    if (some) {
      wake_.wait_for(lock, std::chrono::microseconds(parts_.pause.us), [&] { return !!stopping_; });
    } else {
      wake_.wait_for(lock, kPoll, [&] { return stopping_ || work_ != seen; });
    }
  }
}

int Postman::run_due() {
  const std::scoped_lock turn(turn_);  // What the thread has begun is done when this returns.
  int count = 0;
  for (;;) {
    auto mails = claim(kDueAtOnce);
    if (mails.empty()) return count;
    for (auto& mail : mails) {
      handle(std::move(mail));
      ++count;
    }
  }
}

std::vector<Mail> Postman::claim(int most) {
  const Instant now = parts_.store.clock().now();
  auto due = parts_.store.main().read()->all(kDue, {now, wall(), most}, mail_from);
  if (due.empty()) return due;
  return parts_.store.main().write([&](storage::Tx& tx) {
    std::vector<Mail> mine;
    for (const auto& mail : due) {
      const Instant until = wall() + kLease;
      if (tx.exec(kClaim, {mail.id.shard(), mail.id, until, wall()}) == 1) mine.push_back(mail);
    }
    return mine;
  });
}

/// The text, and in `mail` its sealed form; false when there is nothing to say.
bool Postman::write(Mail& mail, MailText& text) {
  if (mail.key) {
    auto opened = open_mail(parts_.keyring, mail);
    if (!opened) return false;
    text = std::move(*opened);
    return true;
  }
  auto letter = parts_.compose(*parts_.store.main().read(), mail);
  if (!letter || !parts_.keyring.exists(letter->key)) return false;
  text = render(mail.kind, *letter);
  mail.key = letter->key;
  mail.sealed = parts_.keyring.seal(mail.key, json_of(text));
  return true;
}

void Postman::handle(Mail mail) {
  MailText text;
  const bool written = mail.key.value != 0;
  if (!write(mail, text)) {
    if (written) return settle(mail, {Sent::Done::refused, "the person was erased"});
    parts_.store.main().write([&](storage::Tx& tx) { tx.exec(kDrop, {mail.id.shard(), mail.id}); });
    return;
  }
  if (!parts_.mailer) return settle(mail, {Sent::Done::accepted, ""});
  if (!is_plain_address(text.to)) {
    return settle(mail, {Sent::Done::refused, "the address is not ASCII"});
  }
  const Instant now = parts_.store.clock().now();
  const std::string message = mime_message(mail.id, text, parts_.from, now);
  settle(mail, parts_.mailer->send({parts_.from.address, text.to, message}));
}

void Postman::settle(const Mail& mail, const Sent& sent) {
  parts_.store.main().write([&](storage::Tx& tx) {
    tx.act_as("outreach");
    const auto pause = mail_pause_after(mail.attempts + 1);
    const bool accepted = sent.done == Sent::Done::accepted;
    const bool open = sent.done == Sent::Done::later && pause;
    const auto state = open            ? MailState::queued
                       : !accepted     ? MailState::failed
                       : parts_.mailer ? MailState::sent
                                       : MailState::kept;
    const auto rows =
        tx.exec(kSettle, {mail.id.shard(), mail.id, state, open, mail.detail, mail.key,
                          storage::Blob{mail.sealed}, open ? tx.now() + *pause : tx.now(),
                          sent.answer, open ? Instant{} : tx.now(), mail.kind});
    if (rows == 1 && state == MailState::failed) announce(tx, mail, state);
  });
}

}  // namespace fondaco::outreach
