#include "cli.h"
#include "wire.h"

#include <fondaco/base/json_write.h>
#include <fondaco/base/text.h>
#include <fondaco/marketplace.h>

#include <algorithm>

namespace fondaco::server {
namespace {

constexpr std::size_t kMostPassword = 4096;

struct UserOptions {
  std::string email;
  std::string role;
  std::string name;
  bool password_stdin = false;
};
struct TokenOptions {
  std::string user;
  std::vector<std::string> scopes;
  std::string label = "command line";
  std::int64_t days = 0;
};

/// Why not, in words: the command line's own answers to what may go wrong here.
std::string_view reason_of(shoppers::Refusal why) {
  using R = shoppers::Refusal;
  switch (why) {
    case R::email_malformed:
      return "that is no e-mail address";
    case R::email_taken:
      return "somebody has this address already";
    case R::name_too_long:
      return "the name has more than 200 characters";
    case R::password_too_short:
      return "the password has fewer than 8 characters";
    case R::password_too_long:
      return "the password has more than 256 bytes";
    case R::password_breached:
      return "everybody tries this password first";
    case R::unknown_role:
      return "there is no such role";
    case R::role_not_here:
      return "operators' roles have no merchant, a merchant's roles have one";
    case R::unknown_person:
      return "nobody has this address";
    case R::scope_unknown:
      return "there is no such scope";
    case R::scope_not_held:
      return "this user may not do that himself";
    case R::label_too_long:
      return "the label has more than 60 characters";
    case R::too_many:
      return "the user has as many as one may have";
    default:
      return "it was refused";
  }
}

int refuse(Console& console, shoppers::Refusal why) {
  return console.fail(kRefused, "refused", reason_of(why));
}

/// The first line of standard input, or one made here.
std::string password_for(const UserOptions& options, const Console& console) {
  if (!options.password_stdin) return to_base64url(SecureRandom().bytes(12));
  std::string text = console.read_in(kMostPassword);
  return text.substr(0, text.find_first_of("\r\n"));
}

int create_user(const UserOptions& options, Call& call) {
  Console& console = call.console;
  const auto role = shoppers::parse_role_spec(options.role);
  if (!role) {
    return console.fail(kUsage, "usage",
                        "--role is operator, shopper, merchant:SLUG or merchant:SLUG:ROLE");
  }
  shoppers::NewUser user;
  user.email = options.email;
  user.name = options.name;
  user.role = role->role;
  if (!role->merchant_slug.empty()) {
    auto read = call.house->store().main().read();
    const auto merchant = marketplace::find_merchant(read, role->merchant_slug);
    if (!merchant) {
      return console.fail(kRefused, "unknown_merchant",
                          "there is no merchant " + role->merchant_slug);
    }
    user.merchant = merchant->id;
  }
  user.password = password_for(options, console);
  const shoppers::Permission all{"*", {}, {}};
  const auto made = call.house->shoppers().create_user(user, {&all, 1}, "command line");
  if (!made) return refuse(console, made.refusal());
  std::string out;
  JsonWriter w(out);
  w.begin_object().member("user", *made).member("role", options.role);
  if (!options.password_stdin) w.member("password", user.password);
  w.end_object();
  console.say("Created " + to_text(*made) + " as " + options.role);
  if (!options.password_stdin) console.say("Password, shown once: " + user.password);
  console.result(out);
  return kDone;
}

int create_token(const TokenOptions& options, Call& call) {
  House& house = *call.house;
  auto& people = house.shoppers();
  std::vector<std::string> scopes;
  for (const auto& given : options.scopes) {  // Repeated, or with commas.
    for (const auto scope : split(given, ',')) {
      if (!trim(scope).empty()) scopes.emplace_back(trim(scope));
    }
  }
  std::optional<PersonId> person = id_from_text<PersonId>(options.user);
  if (!person) {
    auto read = house.store().main().read();
    person = shoppers::person_by_email(read, people.keyring(), options.user);
  }
  if (!person) return refuse(call.console, shoppers::Refusal::unknown_person);
  shoppers::NewToken wanted{*person, options.label, scopes, {}};
  if (options.days > 0) wanted.expires_at = house.clock().now() + days(options.days);
  const auto made = house.store().main().write([&](storage::Tx& tx) {
    tx.act_as("command line");
    auto token = shoppers::create_token(tx, people.keyring(), wanted);
    if (!token) tx.refuse();
    return token;
  });
  if (!made) return refuse(call.console, made.refusal());
  std::string out;
  JsonWriter w(out);
  w.begin_object().member("token", made->token).member("id", made->id).end_object();
  call.console.say(made->token);
  call.console.result(out);
  return kDone;
}

}  // namespace

void add_users(Cli& cli) {
  CLI::App* users = cli.root().add_subcommand("user", "People who sign in");
  users->require_subcommand(1);
  CLI::App* user = cli.add(*users, "create", "Makes a user; without a password makes one");
  auto user_options = std::make_shared<UserOptions>();
  user->add_option("--email", user_options->email, "Address")->required();
  user->add_option("--role", user_options->role,
                   "operator, shopper, merchant:SLUG or merchant:SLUG:ROLE")
      ->required();
  user->add_option("--name", user_options->name, "Shown name");
  user->add_flag("--password-stdin", user_options->password_stdin,
                 "Reads the password from standard input");
  cli.add({user, Command::Needs::house,
           [user_options](Call& call) { return create_user(*user_options, call); }});

  CLI::App* tokens = cli.root().add_subcommand("token", "Tokens for programs");
  tokens->require_subcommand(1);
  CLI::App* token = cli.add(*tokens, "create", "Makes an API token, shown once");
  auto token_options = std::make_shared<TokenOptions>();
  token->add_option("--user", token_options->user, "E-mail address or per_… id")->required();
  token->add_option("--scope", token_options->scopes, "orders.read …; may repeat")->required();
  token->add_option("--label", token_options->label, "What it is for");
  token->add_option("--days", token_options->days, "Expires after so many days; 0: never");
  cli.add({token, Command::Needs::house,
           [token_options](Call& call) { return create_token(*token_options, call); }});
}

}  // namespace fondaco::server
