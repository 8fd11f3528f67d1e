// The REST face of payments. Depends on http (library fondaco_payments_api).
#pragma once

#include <fondaco/payments/provider.h>

namespace fondaco::http {
class Router;
}
namespace fondaco::payments {

struct Services {
  const Providers& providers;
  EventSink sink;  // Run in the transaction whose commit the provider's 200 waits for.
};
/// The providers must outlive the router.
void mount(http::Router& router, Services services);

}  // namespace fondaco::payments
