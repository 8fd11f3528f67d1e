#include <fondaco/shoppers/access.h>

#include <array>

namespace fondaco::shoppers {
namespace {

constexpr auto kKnown = std::to_array<std::string_view>({
    "catalog.read",    "catalog.write",    "inventory.read",    "inventory.write",
    "orders.read",     "orders.write",     "orders.refund",     "logistics.read",
    "logistics.write", "marketplace.read", "marketplace.write", "payments.read",
    "payments.write",  "ledger.read",      "payouts.write",     "staff.read",
    "staff.write",     "shoppers.read",    "shoppers.write",    "reviews.read",
    "reviews.write",   "webhooks.read",    "webhooks.write",    "insight.read",
    "outreach.read",   "outreach.write",   "store.read",        "store.write",
    "drops.read",      "drops.write",      "community.read",    "community.write",
    "supply.read",     "supply.write",     "channels.read",     "channels.write",
    "cocreation.read", "cocreation.write", "jobs.read",         "jobs.write",
    "settings.read",   "settings.write",   "events.read",       "test.write",
    "ledger.write",    "mail.read",        "mail.write",
});

// Of the own account and own orders; what lies on a merchant's side asks for a grant as well.
constexpr auto kSelf =
    std::to_array<std::string_view>({"me.read", "me.write", "orders.read", "orders.write"});

constexpr auto kEverything = std::to_array<std::string_view>({"*"});

constexpr auto kSupport = std::to_array<std::string_view>(
    {"catalog.read", "inventory.read", "orders.read", "orders.write", "logistics.read",
     "marketplace.read", "payments.read", "shoppers.read", "reviews.read", "community.read",
     "store.read", "staff.read", "events.read"});

// All but money leaving the house and who works there.
constexpr auto kManager = std::to_array<std::string_view>(
    {"catalog.read",      "catalog.write", "inventory.read", "inventory.write", "orders.read",
     "orders.write",      "orders.refund", "logistics.read", "logistics.write", "marketplace.read",
     "marketplace.write", "payments.read", "ledger.read",    "staff.read",      "reviews.read",
     "reviews.write",     "insight.read",  "outreach.read",  "outreach.write",  "store.read",
     "store.write",       "drops.read",    "drops.write",    "community.read",  "community.write",
     "supply.read",       "supply.write",  "channels.read",  "channels.write",  "cocreation.read",
     "cocreation.write"});

constexpr auto kEditor =
    std::to_array<std::string_view>({"catalog.read", "catalog.write", "marketplace.read",
                                     "reviews.read", "drops.read", "community.read"});

constexpr auto kDesk = std::to_array<std::string_view>(
    {"catalog.read", "inventory.read", "orders.read", "orders.write", "orders.refund",
     "logistics.read", "logistics.write", "marketplace.read", "payments.read", "reviews.read",
     "community.read"});

constexpr auto kPicker = std::to_array<std::string_view>(
    {"catalog.read", "inventory.read", "inventory.write", "orders.read", "logistics.read",
     "logistics.write", "supply.read"});

constexpr auto kCashier = std::to_array<std::string_view>(
    {"catalog.read", "inventory.read", "orders.read", "orders.write", "marketplace.read",
     "logistics.read", "store.read", "store.write"});

constexpr auto kReady = std::to_array<ReadyRole>({
    {"operator", "Operator", true, kEverything},
    {"support", "Operator support", true, kSupport},
    {"owner", "Merchant owner", false, kEverything},
    {"manager", "Merchant manager", false, kManager},
    {"editor", "Catalogue editor", false, kEditor},
    {"desk", "Order desk", false, kDesk},
    {"picker", "Warehouse and picking", false, kPicker},
    {"cashier", "Cashier and store staff", false, kCashier},
});

}  // namespace

std::span<const ReadyRole> ready_roles() { return kReady; }

const ReadyRole* ready_role(std::string_view name) {
  for (const auto& role : kReady) {
    if (role.name == name) return &role;
  }
  return nullptr;
}

std::span<const std::string_view> known_permissions() { return kKnown; }
std::span<const std::string_view> self_scopes() { return kSelf; }

}  // namespace fondaco::shoppers
