#include <fondaco/http/server.h>
#include <fondaco/outreach/api.h>
#include <fondaco/outreach/postman.h>
#include <fondaco/shoppers.h>
#include <fondaco/storage/testing.h>

#include <gtest/gtest.h>

#include <deque>

namespace fondaco::outreach {
namespace {

using http::Method;

/// Answers as it is told, else accepts.
class Told final : public Mailer {
 public:
  Sent send(const Outgoing& mail) override {
    got.push_back(mail);
    if (answers.empty()) return {Sent::Done::accepted, "250"};
    Sent out = answers.front();
    answers.pop_front();
    return out;
  }
  std::deque<Sent> answers;
  std::vector<Outgoing> got;
};

/// "Bearer operator" may everything, "Bearer staff" nothing.
class Doorman final : public http::Authenticator {
 public:
  std::optional<http::Principal> authenticate(const http::Request& r, storage::Read&) override {
    http::Principal who;
    const auto name = r.header("authorization");
    if (name.empty()) return who;
    who.kind = http::Principal::Kind::staff;
    who.person = PersonId{0x700000};
    if (name == "Bearer operator") who.grants = {{"*", {}, {}}};
    if (name == "Bearer staff") who.grants = {{"orders.read", {}, {}}};
    return who;
  }
};

class Outbox : public testing::TestWithParam<storage::Engine> {
 protected:
  Outbox() {
    http::ServerConfig config;
    config.rate_limits = false;
    server_ = http::Server::create(config, {*store_, doorman_});
    key_ = keyring_.take();
    make(told_);
    mount(server_->router(), {keyring_, *postman_});
  }
  void make(std::shared_ptr<Mailer> mailer) {
    postman_ = std::make_unique<Postman>(
        Postman::Parts{.store = *store_,
                       .keyring = keyring_,
                       .compose = [this](storage::Read&, Mail& mail) -> std::optional<Letter> {
                         if (mail.ref == 404) return std::nullopt;
                         Letter letter{.key = key_, .to = to_, .shop = "Market"};
                         letter.values["order"] = std::to_string(mail.ref);
                         return letter;
                       },
                       .from = {"Market", "market@shop.example"},
                       .mailer = std::move(mailer)});
  }
  template <class F>
  auto write(F&& f) {
    return store_->main().write(std::forward<F>(f));
  }
  MailId queue(std::int64_t ref = 7) {
    return write([&](storage::Tx& tx) {
      return queue_mail(tx, MailKind::order_placed, ref, shard_of(ref));
    });
  }
  Mail mail(MailId id) { return *find_mail(*store_->main().read(), id); }
  http::Response ask(Method method, const std::string& path, const std::string& who = "operator") {
    http::Request r;
    r.method = method;
    r.target = "/api/v1/mails" + path;
    r.remote = "127.0.0.1";
    r.headers.push_back({"Authorization", "Bearer " + who});
    return server_->handle(std::move(r));
  }
  void expect_sound() {
    storage::Findings findings;
    verify(*store_->main().read(), findings);
    EXPECT_TRUE(findings.differences.empty());
  }

  storage::TestStore store_{GetParam(), storage::join({storage::migrations(), http::migrations(),
                                                       shoppers::migrations(), migrations()})};
  shoppers::Keyring keyring_{*store_};
  KeyId key_;
  std::string to_ = "ada@example.org";
  std::shared_ptr<Told> told_ = std::make_shared<Told>();
  std::unique_ptr<Postman> postman_;
  Doorman doorman_;
  std::unique_ptr<http::Server> server_;
};
INSTANTIATE_TEST_SUITE_P(Engines, Outbox, testing::ValuesIn(storage::test_engines()),
                         [](const auto& i) { return storage::engine_name(i.param); });

// Written once, sealed, sent once; the text is readable until the key is destroyed.
TEST_P(Outbox, SendsAndSeals) {
  const auto id = queue();
  EXPECT_EQ(postman_->run_due(), 1);
  EXPECT_EQ(postman_->run_due(), 0);
  ASSERT_EQ(told_->got.size(), 1u);
  EXPECT_EQ(told_->got[0].to, "ada@example.org");
  EXPECT_EQ(mail(id).state, MailState::sent);
  EXPECT_EQ(mail(id).sealed.find("ada"), std::string::npos);
  EXPECT_EQ(open_mail(keyring_, mail(id))->to, "ada@example.org");
  const auto shown = ask(Method::get, "/" + to_text(id));
  EXPECT_NE(shown.body.find("ada@example.org"), std::string::npos) << shown.body;
  EXPECT_EQ(ask(Method::get, "").body.find("ada@"), std::string::npos) << "lists show no text";
  store_->keys().write([&](storage::Tx& tx) { keyring_.destroy(tx, key_); });
  EXPECT_FALSE(open_mail(keyring_, mail(id)));
  EXPECT_NE(ask(Method::get, "/" + to_text(id)).body.find(R"("content":null)"), std::string::npos);
  EXPECT_EQ(ask(Method::post, "/" + to_text(id) + "/send").status, 409);
  expect_sound();
}

// Without SMTP a mail is kept where the operator sees it, and is sent when he asks later.
TEST_P(Outbox, KeepsWithoutSmtp) {
  postman_.reset();
  make(nullptr);
  const auto id = queue();
  EXPECT_EQ(postman_->run_due(), 1);
  EXPECT_EQ(mail(id).state, MailState::kept);
  EXPECT_TRUE(open_mail(keyring_, mail(id)));
  expect_sound();
  make(told_);
  EXPECT_EQ(postman_->run_due(), 0) << "not all of the past at once";
  write([&](storage::Tx& tx) { EXPECT_TRUE(send_again(tx, id).ok()); });
  write([&](storage::Tx& tx) {
    EXPECT_EQ(send_again(tx, id).refusal(), MailRefusal::on_its_way);
    EXPECT_EQ(send_again(tx, MailId{5}).refusal(), MailRefusal::unknown_mail);
  });
  EXPECT_EQ(postman_->run_due(), 1);
  EXPECT_EQ(mail(id).state, MailState::sent);
}

// A server that is not there is tried again with the same message; one that refuses is final.
TEST_P(Outbox, TriesAgainOrFails) {
  const auto id = queue();
  told_->answers = {{Sent::Done::later, "could not connect"}, {Sent::Done::later, "451"}};
  EXPECT_EQ(postman_->run_due(), 1);
  EXPECT_EQ(mail(id).state, MailState::queued);
  EXPECT_EQ(mail(id).answer, "could not connect");
  EXPECT_EQ(postman_->run_due(), 0);
  store_.clock().advance(minutes(1));
  EXPECT_EQ(postman_->run_due(), 1);
  store_.clock().advance(minutes(5));
  EXPECT_EQ(postman_->run_due(), 1);
  EXPECT_EQ(mail(id).state, MailState::sent);
  const auto id_line = [&](std::size_t i) {
    const auto& m = told_->got[i].message;
    return m.substr(m.find("Message-ID"), 60);
  };
  EXPECT_EQ(id_line(0), id_line(2));

  const auto bounced = queue();
  told_->answers = {{Sent::Done::refused, "550"}};
  EXPECT_EQ(postman_->run_due(), 1);
  EXPECT_EQ(mail(bounced).state, MailState::failed);
  EXPECT_EQ(mail(bounced).answer, "550");

  const auto lost = queue();
  for (int i = 1; i <= 8; ++i) {
    told_->answers.push_back({Sent::Done::later, "nobody"});
    EXPECT_EQ(postman_->run_due(), 1);
    store_.clock().advance(mail_pause_after(i).value_or(seconds(1)));
  }
  EXPECT_EQ(mail(lost).state, MailState::failed);
  expect_sound();
}

// Nobody to tell: the mail is dropped. An address that no header can hold: it fails.
TEST_P(Outbox, DropsAndRefuses) {
  const auto nobody = queue(404);
  EXPECT_EQ(postman_->run_due(), 1);
  EXPECT_FALSE(find_mail(*store_->main().read(), nobody));
  to_ = "ädä@example.org";
  const auto odd = queue();
  EXPECT_EQ(postman_->run_due(), 1);
  EXPECT_EQ(mail(odd).state, MailState::failed);
  EXPECT_TRUE(told_->got.empty());
}

// The thread does it by itself, and what a killed process had taken is done after a restart.
TEST_P(Outbox, WorksByItself) {
  std::vector<MailId> ids;
  for (int i = 0; i < 40; ++i) ids.push_back(queue(i + 1));
  postman_->start();
  for (int i = 0; i < 400 && mail(ids.back()).state != MailState::sent; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(25));
  }
  postman_->stop();
  EXPECT_EQ(told_->got.size(), 40u);
  write([&](storage::Tx& tx) { EXPECT_EQ(purge(tx, tx.now() + days(1)), 40); });
}

// Bodies are for operators with mail.read; refusals have their codes.
TEST_P(Outbox, IsTheOperatorsOnly) {
  const auto id = queue();
  EXPECT_EQ(ask(Method::get, "", "staff").status, 403);
  EXPECT_EQ(ask(Method::get, "/" + to_text(id), "staff").status, 403);
  EXPECT_EQ(ask(Method::post, "/" + to_text(id) + "/send", "staff").status, 403);
  EXPECT_EQ(ask(Method::get, "/mai_0000000000000").status, 404);
  EXPECT_EQ(ask(Method::get, "?state=odd").status, 422);
  EXPECT_EQ(ask(Method::post, "/" + to_text(id) + "/send").status, 409);
  postman_->run_due();
  EXPECT_EQ(ask(Method::post, "/" + to_text(id) + "/send").status, 202);
  EXPECT_NE(ask(Method::get, "?state=queued").body.find(to_text(id)), std::string::npos);
}

// Nothing but a transactional mail is allowed without consent, and nobody has given any.
TEST_P(Outbox, AsksTheConsentLedger) {
  auto read = store_->main().read();
  EXPECT_FALSE(may_contact(*read, PersonId{}, shoppers::Purpose::marketing,
                           shoppers::ContactChannel::email));
  shoppers::Shoppers people(*store_);
  ASSERT_TRUE(people.sign_up({"ada@example.org", "a long enough secret", "Ada", "en"}).ok());
  auto later = store_->main().read();
  const auto person = *shoppers::person_by_email(*later, people.keyring(), "ada@example.org");
  const auto asks = [&] {
    return may_contact(*store_->main().read(), person, shoppers::Purpose::marketing,
                       shoppers::ContactChannel::email);
  };
  EXPECT_FALSE(asks());
  write([&](storage::Tx& tx) {
    EXPECT_TRUE(shoppers::record_consent(tx, people.keyring(),
                                         {person, shoppers::Purpose::marketing,
                                          shoppers::ContactChannel::email, true, "v1", ""})
                    .ok());
  });
  EXPECT_TRUE(asks());
}

}  // namespace
}  // namespace fondaco::outreach
