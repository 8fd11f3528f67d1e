#include "cli.h"
#include "wire.h"

#include <fondaco/base/json_write.h>
#include <fondaco/webhooks.h>
#include <fondaco/webhooks/listen.h>
#include <fondaco/webhooks/post.h>
#include <fondaco/webhooks/sign.h>

#include <fmt/format.h>

namespace fondaco::server {
namespace {

struct Options {
  std::string server = "http://127.0.0.1:8080";
  std::string token;
  std::string merchant;
  std::string types;
  std::string forward_to;
  std::string secret;
  std::string after;
  std::int64_t stop_after = 0;
};

std::string stream_url(const Options& o) {
  std::string base = o.server;
  while (base.ends_with('/')) base.pop_back();
  const std::string where = o.merchant.empty() ? "/events" : "/merchants/" + o.merchant + "/events";
  return base + "/api/v1" + where + (o.types.empty() ? "" : "?types=" + o.types);
}

int listen(const Options& o, Call& call) {
  Console& console = call.console;
  if (!webhooks::is_target(o.forward_to, true)) {
    return console.fail(kUsage, "usage", "--forward-to is a URL: http://127.0.0.1:3000/hooks");
  }
  if (!o.types.empty() && !webhooks::TypeFilter::parse(std::string_view(o.types))) {
    return console.fail(kUsage, "usage", "--types has *, group.* or group.name, with commas");
  }
  SecureRandom random;
  const std::string secret = o.secret.empty() ? webhooks::new_secret(random) : o.secret;
  if (!webhooks::key_of(secret)) {
    return console.fail(kUsage, "usage", "--secret is whsec_ and 24 to 64 bytes in base 64");
  }
  if (o.secret.empty()) console.say("Signs with " + secret);
  std::int64_t passed = 0;
  std::int64_t failed = 0;
  const std::string why =
      webhooks::listen({.url = stream_url(o),
                        .token = o.token,
                        .forward_to = o.forward_to,
                        .secret = secret,
                        .last_event_id = o.after,
                        .user_agent = user_agent(),
                        .stop_after = o.stop_after},
                       [&](const auto& event, int status, const std::string& error) {
                         ++passed;
                         if (status < 200 || status > 299) ++failed;
                         console.say(fmt::format("{} {} {}", event.id, event.type,
                                                 status ? std::to_string(status) : error));
                       });
  if (!why.empty()) {
    return console.fail(kRefused, "refused", "the event stream answered " + why);
  }
  std::string out;
  JsonWriter(out).begin_object().member("passed", passed).member("failed", failed).end_object();
  console.result(out);
  return failed == 0 ? kDone : kFindings;
}

}  // namespace

void add_webhook(Cli& cli) {
  CLI::App* group = cli.root().add_subcommand("webhook", "For who writes a receiver of webhooks");
  group->require_subcommand(1);
  CLI::App* app =
      cli.add(*group, "listen", "Sends a server's events on to a URL, signed as a delivery is");
  auto o = std::make_shared<Options>();
  app->add_option("--server", o->server, "Whose events")->envname("FONDACO_SERVER");
  app->add_option("--token", o->token, "API token with events.read or webhooks.read")
      ->envname("FONDACO_TOKEN")
      ->required();
  app->add_option("--merchant", o->merchant, "Slug; left out: the operator's stream");
  app->add_option("--types", o->types, "order.*,refund.changed; left out: all");
  app->add_option("--forward-to", o->forward_to, "http://127.0.0.1:3000/hooks")->required();
  app->add_option("--secret", o->secret, "whsec_…; left out: a new one, which is shown");
  app->add_option("--after", o->after, "Begins behind this event (node-seq) instead of now");
  app->add_option("--stop-after", o->stop_after, "Ends after so many events; 0: never")
      ->check(CLI::NonNegativeNumber);
  cli.add({app, Command::Needs::nothing, [o](Call& call) { return listen(*o, call); }});
}

}  // namespace fondaco::server
