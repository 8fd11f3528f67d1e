// Who asks, what a route demands, and the port through which `shoppers` answers the first.
// Depends on base. A route cannot be mounted without scope, owner, rate and idempotency class.
#pragma once

#include <fondaco/base/ids.h>
#include <fondaco/http/message.h>
#include <fondaco/storage/tx.h>

#include <optional>
#include <string>
#include <vector>

namespace fondaco::http {

/// One role of a person: operator roles have neither merchant nor place.
struct Grant {
  std::string permission;  // "orders.read", "catalog.write"; "*" for all of them.
  MerchantId merchant;     // 0: every merchant (operator).
  PlaceId place;           // 0: every place of the merchant.
};

struct Principal {
  enum class Kind { anonymous, guest, shopper, staff, token };
  Kind kind = Kind::anonymous;
  PersonId person;  // 0 for anonymous.
  SessionId session;
  std::vector<Grant> grants;
  std::vector<std::string> scopes;  // Of a token; empty means all that the person may.
  std::string csrf;                 // Expected X-CSRF-Token or form field of cookie sessions.
  bool by_cookie = false;

  /// True when some grant (and, for tokens, some scope) allows it for that merchant and place.
  bool may(std::string_view permission, MerchantId merchant = {}, PlaceId place = {}) const;
  bool is_operator() const;
  std::string actor() const;  // "per_…", "guest" or "anonymous": for the audit entry.
};

/// Port, implemented by shoppers: session cookie or bearer token to a principal.
class Authenticator {
 public:
  virtual ~Authenticator() = default;
  /// Anonymous when nothing was presented; a refusal (401) when what was presented is not valid.
  virtual std::optional<Principal> authenticate(const Request& request, storage::Read& read) = 0;
};

/// Whose thing a route touches.
enum class Owner {
  everyone,   // Public: no sign-in asked (a cart and a guest order are guarded by their secret).
  self,       // The signed-in person's own things; the handler filters by who().person.
  merchant,   // Route::merchant_of names the merchant; the scope must be granted for it.
  place,      // As merchant, with Route::place_of as well.
  operators,  // Operator staff with the scope.
};

enum class Rate { read, search, write, checkout, sign_in, upload, internal };

enum class Idempotency {
  safe,      // Changes nothing.
  natural,   // Repeating it leaves the same state (PUT, DELETE).
  optional,  // Idempotency-Key honoured when sent.
  required,  // 400 idempotency_key_missing without it.
  own,       // Required, and the use case itself looks the key up (checkout's batch).
};

struct Access {
  /// "orders.read". With Owner::everyone: what a token must have to come along as its person, or
  /// "-" where nothing is done for or shown to the person.
  std::string_view scope;
  Owner owner;
  Rate rate;
  Idempotency idempotency;
};

}  // namespace fondaco::http
