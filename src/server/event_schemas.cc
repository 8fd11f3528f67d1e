#include "event_schemas.h"

#include "event_list.h"

#include <fondaco/base/product.h>
#include <fondaco/http/schema.h>

#include <map>

namespace fondaco::server {
namespace {

class Schemas {
 public:
  template <class... Events>
  void add_all(EventList<Events...>) {
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
  Schemas schemas;
  schemas.add_all(AllEvents{});
  return schemas.json();
}

}  // namespace fondaco::server
