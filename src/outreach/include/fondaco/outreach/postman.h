// Postman: the thread that writes, seals and sends what is queued. Depends on letter.h, mailer.h.
// Several processes may share a database: a mail belongs to who has its lease.
#pragma once

#include <fondaco/outreach/letter.h>
#include <fondaco/outreach/mailer.h>
#include <fondaco/shoppers/keyring.h>
#include <fondaco/storage/store.h>

#include <atomic>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

namespace fondaco::outreach {

/// Pause after the n-th failure (1 …): 1, 5, 30 min, 2, 6, 12, 24 h; nothing after the eighth.
std::optional<Duration> mail_pause_after(std::int64_t failures);

class Postman {
 public:
  /// What the mail says; nothing when there is nothing to say any more (its person was erased, or
  /// another mail has told it): the mail is then dropped. May change its `detail` and `kind`.
  using Composer = std::function<std::optional<Letter>(storage::Read&, Mail& mail)>;
  struct Parts {
    storage::Store& store;
    shoppers::Keyring& keyring;
    Composer compose;
    Sender from;
    std::shared_ptr<Mailer> mailer;     // None: mails are kept in the outbox.
    int at_once = 16;                   // Written in one go; then a pause, so that a rush of orders
    Duration pause = milliseconds(80);  // leaves the machine to those who buy.
  };
  explicit Postman(Parts parts);
  ~Postman();
  Postman(const Postman&) = delete;
  Postman& operator=(const Postman&) = delete;

  void start();
  void stop();
  void wake();
  /// Handles everything due by the store's clock, here and now; returns how many mails.
  int run_due();

 private:
  void loop();
  std::vector<Mail> claim(int most);
  void handle(Mail mail);
  bool write(Mail& mail, MailText& text);
  void settle(const Mail& mail, const Sent& sent);

  const Parts parts_;
  std::atomic<bool> stopping_{false};
  std::mutex mutex_;  // Taken by the writer's thread too: nobody waits for it holding this.
  std::mutex turn_;   // Held from claiming mails until they are settled.
  std::condition_variable wake_;
  std::uint64_t work_ = 0;
  std::thread thread_;
};

}  // namespace fondaco::outreach
