// The routes that belong to no module: search, operations, the test clock.
// Depends on http and the modules that they show.
#pragma once

#include "clock.h"

#include <fondaco/marketplace/offer_book.h>
#include <fondaco/matching.h>
#include <fondaco/storage/settings.h>
#include <fondaco/storage/store.h>

#include <functional>
#include <string>

namespace fondaco::http {
class Router;
}

namespace fondaco::server {

struct SearchServices {
  storage::Store& store;
  matching::Search& search;
  marketplace::OfferBook& offers;
};
/// GET /api/v1/search
void mount_search(http::Router& router, SearchServices services);

struct OperationServices {
  storage::Store& store;
  storage::Settings& settings;
};
/// GET /api/v1/jobs, GET /api/v1/jobs/{id}, POST …/cancel, POST …/retry,
/// GET /api/v1/settings, GET and PUT /api/v1/settings/{name}
void mount_operations(http::Router& router, OperationServices services);

struct FeedServices {
  std::string public_url;  // Empty: as the request names this server.
};
/// GET /feeds/{merchant}/google.xml: kept for 15 minutes.
void mount_feeds(http::Router& router, FeedServices services);

struct TestClockServices {
  ShiftedClock& clock;
  std::function<void()> run_due;
};
/// POST /api/v1/test/clock; only mounted with serve --test-clock.
void mount_test_clock(http::Router& router, TestClockServices services);

}  // namespace fondaco::server
