// The schemas of everything that is published. Depends on events, http's schema.
#pragma once

#include <string>

namespace fondaco::server {

/// {"events":[{"type":…,"version":n,"schema":{…}}],"components":{"schemas":{…}}}, in order of
/// type.
std::string event_schemas();

}  // namespace fondaco::server
