#include "demo.h"

#include "import_run.h"

#include <fondaco/base/json.h>
#include <fondaco/base/log.h>
#include <fondaco/ledger.h>

#include <array>

extern "C" {
/// Written by CMake (demo_files.S): name, begin and end of each file, ended by a null name.
struct EmbeddedFile {
  const char* name;
  const char* begin;
  const char* end;
};
extern const EmbeddedFile fondaco_demo_table[];
}

namespace fondaco::server {
namespace {

struct DemoMerchant {
  std::string slug;
  std::string name;
  std::string name_zh;
  marketplace::MerchantKind kind = marketplace::MerchantKind::specialist;
  Currency currency;
  std::string country;
  std::int64_t commission_bp = 0;
  bool prices_include_tax = true;
  std::string tagline;
  std::string tagline_zh;
  std::string about;
  std::string about_zh;
  std::string accent;
};
BOOST_DESCRIBE_STRUCT(DemoMerchant, (),
                      (slug, name, name_zh, kind, currency, country, commission_bp,
                       prices_include_tax, tagline, tagline_zh, about, about_zh, accent))

struct DemoUser {
  std::string_view email;
  std::string_view password;
  std::string_view name;
  std::string_view role;  // As in `user create`.
};
/// The shopper comes last: when that one exists, everything does.
constexpr std::array<DemoUser, 3> kUsers = {{
    {"operator@demo.example", "lantern-keeper-7", "Olga Operator", "operator"},
    {"merchant@demo.example", "screws-not-glue-7", "Vera of Veltrin", "merchant:veltrin"},
    {"shopper@demo.example", "window-shopping-7", "Sam Shopper", "shopper"},
}};
constexpr std::int64_t kPocketMoney = 500'000;  // Minor units.

std::string_view file_named(std::string_view name) {
  for (const auto& file : demo_files()) {
    if (file.name == name) return file.text;
  }
  throw Bug("the demo has no file " + std::string(name));
}

void add_merchant(House& house, const DemoMerchant& m) {
  house.store().main().write([&](storage::Tx& tx) {
    tx.act_as("demo");
    if (marketplace::find_merchant(tx, m.slug)) return;
    marketplace::NewMerchant wanted;
    wanted.slug = m.slug;
    wanted.name = m.name;
    wanted.name_zh = m.name_zh;
    wanted.kind = m.kind;
    wanted.state = marketplace::MerchantState::active;
    wanted.currency = m.currency;
    wanted.country = m.country;
    wanted.commission_bp = m.commission_bp;
    wanted.prices_include_tax = m.prices_include_tax;
    wanted.presentation = {m.tagline, m.tagline_zh, m.about, m.about_zh, m.accent};
    FONDACO_CHECK(marketplace::create_merchant(tx, wanted).ok());
  });
}

void add_products(House& house, const DemoMerchant& m) {
  const auto target = import_target(house, m.slug, m.currency, false);
  FONDACO_CHECK(target.ok());
  const auto source = catalog::memory_source(file_named(m.slug + ".csv"));
  const auto done = run_import(house, *target, *source, {});
  FONDACO_CHECK(done.ok());
  log::info("demo", "products",
            {{"merchant", m.slug},
             {"products", done->products.created},
             {"variants", done->variants.created},
             {"errors", done->errors}});
}

void add_user(House& house, const DemoUser& user) {
  const auto role = shoppers::parse_role_spec(user.role);
  FONDACO_CHECK(role.has_value());
  shoppers::NewUser wanted;
  wanted.email = user.email;
  wanted.password = user.password;
  wanted.name = user.name;
  wanted.role = role->role;
  if (!role->merchant_slug.empty()) {
    auto read = house.store().main().read();
    wanted.merchant = marketplace::find_merchant(read, role->merchant_slug)->id;
  }
  const shoppers::Permission all{"*", {}, {}};
  const auto made = house.shoppers().create_user(wanted, {&all, 1}, "demo");
  if (!made) {
    FONDACO_CHECK(made.refusal() == shoppers::Refusal::email_taken);
    return;
  }
  if (!role->role.empty()) return;
  house.store().main().write([&](storage::Tx& tx) {
    tx.act_as("demo");
    const Money money{kPocketMoney, Currency::of("EUR")};
    FONDACO_CHECK(ledger::fund_wallet(tx, house.accounts(), *made, money).ok());
  });
}

bool is_seeded(House& house) {
  auto read = house.store().main().read();
  return shoppers::person_by_email(read, house.shoppers().keyring(), kUsers.back().email)
      .has_value();
}

}  // namespace

std::vector<DemoFile> demo_files() {
  std::vector<DemoFile> out;
  for (const EmbeddedFile* f = fondaco_demo_table; f->name != nullptr; ++f) {
    out.push_back({f->name, {f->begin, static_cast<std::size_t>(f->end - f->begin)}});
  }
  return out;
}

void seed_demo(House& house) {
  if (is_seeded(house)) return;
  const auto merchants = read_json<std::vector<DemoMerchant>>(file_named("merchants.json"));
  FONDACO_CHECK(merchants.ok());
  for (const auto& merchant : *merchants) add_merchant(house, merchant);
  for (const auto& merchant : *merchants) add_products(house, merchant);
  for (const auto& user : kUsers) add_user(house, user);
}

std::string demo_sign_ins() {
  std::string out;
  for (const auto& user : kUsers) {
    out += "  " + std::string(user.role) + ": " + std::string(user.email) + "  " +
           std::string(user.password) + "\n";
  }
  return out;
}

}  // namespace fondaco::server
