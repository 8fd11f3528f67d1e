#include "cli.h"
#include "config.h"
#include "control.h"
#include "demo.h"
#include "wire.h"

#include <fondaco/base/log.h>
#include <fondaco/base/product.h>
#include <fondaco/base/text.h>
#include <fondaco/http/server.h>

#include <pthread.h>

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>

namespace fondaco::server {
namespace {

struct Options {
  std::string listen = "127.0.0.1:8080";
  bool demo = false;
  bool test_clock = false;
  bool test_payments = false;
  std::string certificate;
  std::string key;
  int threads = 0;
  std::string trusted_proxy;
  std::string public_url;
  std::string metrics_token;
  std::string shop_name;
  std::string mail_from;
  outreach::SmtpConfig smtp;
  std::string rate_limits = "auto";
  int rate_quota = 0;
  int checkpoint_pages = storage::StoreConfig{}.checkpoint_pages;
  std::string stripe_key_file;
  std::string stripe_webhook_secret_file;
  std::string stripe_url;
  std::string log_level = "info";
  bool log_json = false;
};

bool is_loopback(std::string_view listen) {
  return listen.starts_with("127.") || listen.starts_with("localhost:") ||
         listen.starts_with("[::1]:");
}

/// Limits count by address: behind a loopback listener without a proxy that names the peers, all
/// of them are this machine, and there is nobody to hold back.
bool limits_on(const Options& o) {
  if (o.rate_limits != "auto") return o.rate_limits == "on";
  return !is_loopback(o.listen) || !o.trusted_proxy.empty();
}

http::ServerConfig http_config(const Options& o, const Console& console) {
  http::ServerConfig config;
  config.listen = o.listen;
  config.threads = o.threads;
  if (!o.certificate.empty()) config.certificate_file = console.path(o.certificate);
  if (!o.key.empty()) config.key_file = console.path(o.key);
  config.trusted_proxy = o.trusted_proxy;
  config.rate_limits = limits_on(o);
  if (o.rate_quota > 0) {
    config.quotas.per_person.fill(o.rate_quota);
    config.quotas.per_address.fill(o.rate_quota);
  }
  config.metrics_token = o.metrics_token;
  return config;
}

void set_log(const Options& o) {
  using log::Level;
  log::set_level(o.log_level == "debug"   ? Level::debug
                 : o.log_level == "warn"  ? Level::warn
                 : o.log_level == "error" ? Level::error
                                          : Level::info);
  log::set_json(o.log_json);
}

/// First line of a file that holds a secret; a secret is no argument, where everybody sees it.
std::string secret_in(const std::string& path) {
  std::ifstream in(path);
  std::string line;
  if (!std::getline(in, line) || trim(line).empty()) throw ConfigError("no secret in " + path);
  return std::string(trim(line));
}

std::optional<payments::StripeConfig> stripe_config(const Options& o, const Console& console) {
  if (o.stripe_key_file.empty()) return std::nullopt;
  payments::StripeConfig config;
  config.secret_key = secret_in(console.path(o.stripe_key_file));
  config.webhook_secret = secret_in(console.path(o.stripe_webhook_secret_file));
  if (!o.stripe_url.empty()) config.base_url = o.stripe_url;
  return config;
}

sigset_t ending_signals() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGTERM);
  sigaddset(&set, SIGINT);
  sigaddset(&set, SIGHUP);
  return set;
}

/// Why the mail settings are no good; empty when they are.
std::string set_mail(const Options& o, const Console& console, HouseConfig& config) {
  config.shop_name = o.shop_name.empty() ? std::string(product::kName) : o.shop_name;
  if (!o.mail_from.empty()) {
    const auto from = outreach::parse_sender(o.mail_from);
    if (!from) return "--mail-from is an address, or a name and <address>";
    config.mail_from = *from;
  }
  if (o.smtp.url.empty()) return {};
  if (config.mail_from.address.empty()) return "--smtp needs --mail-from";
  outreach::SmtpConfig smtp = o.smtp;
  if (!smtp.certificates.empty()) smtp.certificates = console.path(smtp.certificates);
  config.mailer = outreach::make_smtp(smtp);
  return config.mailer ? "" : "--smtp is smtp://HOST:PORT or smtps://HOST:PORT";
}

int serve(const Options& options, Call& call) {
  Console& console = call.console;
  if (options.certificate.empty() != options.key.empty()) {
    return console.fail(kUsage, "usage", "--certificate and --key belong together");
  }
  if (options.stripe_key_file.empty() != options.stripe_webhook_secret_file.empty()) {
    return console.fail(kUsage, "usage",
                        "--stripe-key-file and --stripe-webhook-secret-file belong together");
  }
  set_log(options);
  // Blocked before the first thread begins, so that only the wait below gets them.
  const sigset_t signals = ending_signals();
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  HouseConfig config = house_config(call.common, console);
  config.demo = options.demo;
  config.test_clock = options.test_clock;
  config.test_payments = options.test_payments;
  config.public_url = options.public_url;
  config.stripe = stripe_config(options, console);
  config.store.checkpoint_pages = options.checkpoint_pages;
  if (const auto why = set_mail(options, console, config); !why.empty()) {
    return console.fail(kUsage, "usage", why);
  }
  make_directory(config.store.data_dir);
  House house(config);
  if (options.demo) seed_demo(house);
  http::Server& server = house.serve(http_config(options, console));
  Control control(config.store.data_dir, [&house](const auto& arguments, Console& client) {
    return run_forwarded(arguments, client, house);
  });
  house.start();
  console.write_out("fondaco ready " + server.url() + "\n");
  if (options.demo) console.write_out(demo_sign_ins());
  int signal = 0;
  sigwait(&signals, &signal);
  log::info("serve", "draining", {{"signal", signal}});
  control.stop();
  house.stop();
  return kDone;
}

}  // namespace

void add_serve(Cli& cli) {
  CLI::App* app = cli.add(cli.root(), "serve", "Serves the shop, its API and its console");
  auto o = std::make_shared<Options>();
  app->add_option("--listen", o->listen, "HOST:PORT; port 0 picks a free one")
      ->envname("FONDACO_LISTEN");
  app->add_flag("--demo", o->demo, "With the sample marketplace and its users");
  app->add_flag("--test-clock", o->test_clock, "A sandbox whose time may be moved");
  app->add_flag("--test-payments", o->test_payments, "The test provider, and money for wallets");
  app->add_option("--certificate", o->certificate, "PEM file: TLS")->envname("FONDACO_CERTIFICATE");
  app->add_option("--key", o->key, "PEM file of the certificate's key")->envname("FONDACO_KEY");
  app->add_option("--threads", o->threads, "Of the HTTP server; 0: by the number of cores")
      ->check(CLI::Range(0, 256));
  app->add_option("--trusted-proxy", o->trusted_proxy, "Address whose X-Forwarded-For is believed")
      ->envname("FONDACO_TRUSTED_PROXY");
  app->add_option("--public-url", o->public_url, "https://shop.example, for absolute links")
      ->envname("FONDACO_PUBLIC_URL");
  app->add_option("--metrics-token", o->metrics_token, "Bearer token that /metrics asks for")
      ->envname("FONDACO_METRICS_TOKEN");
  app->add_option("--shop-name", o->shop_name, "How the house calls itself in mails")
      ->envname("FONDACO_SHOP_NAME");
  app->add_option("--mail-from", o->mail_from, "Sender of mails: Shop <shop@shop.example>")
      ->envname("FONDACO_MAIL_FROM");
  app->add_option("--smtp", o->smtp.url,
                  "smtp://HOST:587 (STARTTLS) or smtps://HOST:465; none: mails stay in the outbox")
      ->envname("FONDACO_SMTP");
  app->add_option("--smtp-user", o->smtp.user,
                  "Signs in there; the password: FONDACO_SMTP_PASSWORD")
      ->envname("FONDACO_SMTP_USER");
  // Not an option: everybody on the machine can read the words of a command.
  if (const char* password = std::getenv("FONDACO_SMTP_PASSWORD")) o->smtp.password = password;
  app->add_option("--smtp-certificates", o->smtp.certificates,
                  "PEM file of authorities to believe, instead of the system's")
      ->envname("FONDACO_SMTP_CERTIFICATES");
  app->add_flag("--smtp-plain", o->smtp.plain, "Without TLS: only for a server on this machine");
  app->add_option("--rate-limits", o->rate_limits,
                  "on, off, or auto: off on a loopback listener without proxy")
      ->check(CLI::IsMember({"on", "off", "auto"}));
  app->add_option("--rate-quota", o->rate_quota,
                  "Requests a minute of every class, instead of the shipped quotas")
      ->check(CLI::Range(0, 1'000'000'000));
  app->add_option("--checkpoint-pages", o->checkpoint_pages,
                  "Pages in SQLite's log before they are moved into the database")
      ->check(CLI::Range(16, 1'000'000));
  app->add_option("--stripe-key-file", o->stripe_key_file, "File with sk_…: payments by Stripe")
      ->envname("FONDACO_STRIPE_KEY_FILE");
  app->add_option("--stripe-webhook-secret-file", o->stripe_webhook_secret_file,
                  "File with whsec_…")
      ->envname("FONDACO_STRIPE_WEBHOOK_SECRET_FILE");
  app->add_option("--stripe-url", o->stripe_url, "Instead of https://api.stripe.com (tests)")
      ->envname("FONDACO_STRIPE_URL");
  app->add_option("--log-level", o->log_level, "debug, info, warn or error")
      ->check(CLI::IsMember({"debug", "info", "warn", "error"}))
      ->envname("FONDACO_LOG_LEVEL");
  app->add_flag("--log-json", o->log_json, "Log lines as JSON");
  cli.add({app, Command::Needs::own, [o](Call& call) { return serve(*o, call); }});
}

}  // namespace fondaco::server
