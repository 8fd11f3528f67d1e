#include "event_schemas.h"

#include <fondaco/base/product.h>
#include <fondaco/events/catalog.h>
#include <fondaco/events/inventory.h>
#include <fondaco/events/ledger.h>
#include <fondaco/events/marketplace.h>
#include <fondaco/events/orders.h>
#include <fondaco/events/payments.h>
#include <fondaco/events/shoppers.h>
#include <fondaco/http/schema.h>
#include <fondaco/storage/settings.h>

#include <map>

namespace fondaco::server {
namespace {

class Schemas {
 public:
  template <class... Events>
  void add_all() {
    (add<Events>(), ...);
  }

  std::string json() const {
    std::string out;
    JsonWriter w(out);
    w.begin_object().key("events").begin_array();
    for (const auto& [type, event] : events_) w.raw(event);
    w.end_array().key("components").begin_object().key("schemas").begin_object();
    for (const auto& [name, schema] : components_) w.key(name).raw(schema);
    w.end_object().end_object().end_object();
    return out;
  }

 private:
  template <class E>
  void add() {
    const auto schema = http::schema_of<E>();
    components_.insert(schema.components->begin(), schema.components->end());
    std::string out;
    JsonWriter w(out);
    w.begin_object().member("type", std::string(product::kEventPrefix) + std::string(E::kType));
    w.member("version", E::kVersion).key("schema").raw(schema.json).end_object();
    events_[std::string(E::kType)] = out;
  }

  std::map<std::string, std::string> events_;
  std::map<std::string, std::string> components_;
};

}  // namespace

std::string event_schemas() {
  using namespace events;  // NOLINT: the list below is all that this file is
  Schemas schemas;
  schemas.add_all<ProductChanged, PlaceCreated, StockMoved, JournalPosted, MerchantChanged,
                  OfferChanged, OrderPlaced, OrderPaid, OrderCancelled, OrderShipped,
                  OrderDelivered, OrderReleased, OrderFinished, OrderRefunded, OrderNoted,
                  RefundChanged, PaymentChanged, PersonCreated, PersonChanged, PersonErased,
                  PersonSignedIn, SessionsRevoked, GrantsChanged, RoleCreated, TokenCreated,
                  TokenRevoked, ConsentChanged, storage::SettingChanged>();
  return schemas.json();
}

}  // namespace fondaco::server
