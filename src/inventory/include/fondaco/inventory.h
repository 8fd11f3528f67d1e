// Units of a variant at a place, how many of them are promised, and every movement with its
// reason. Depends on base and storage.
// Invariant of every stock row: 0 <= reserved, and reserved <= on_hand unless the row may be
// oversold. The table holds it with CHECK, the guarded UPDATE tests it, and the movements of a
// row sum to its on_hand and reserved (verify).
//
// How deltas speak: {0, +q} promises q units, {0, -q} gives the promise back, {-q, -q} hands
// promised units over, {-q, 0} takes units at once, {+q, 0} puts units on the shelf.
#pragma once

#include <fondaco/base/ids.h>
#include <fondaco/base/result.h>
#include <fondaco/inventory/availability.h>
#include <fondaco/storage/findings.h>
#include <fondaco/storage/store.h>

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace fondaco::inventory {

std::vector<storage::Migration> migrations();

enum class Refusal {
  unknown_place,
  unknown_stock,
  unknown_reservation,
  not_enough_stock,  // Fewer units are free than were asked for.
  below_reserved,    // More units are promised than would be left.
  too_many_places,
  too_many_units,  // More than kMostUnits would be on hand.
};
constexpr std::int64_t kMostUnits = 1'000'000'000'000;  // On hand, and in one change.

// ---- places

enum class PlaceKind { warehouse = 0, store = 1, pickup_point = 2, locker = 3, in_transit = 4 };

struct Place {
  PlaceId id;
  MerchantId merchant;
  PlaceKind kind = PlaceKind::warehouse;
  std::string name;
  bool active = true;
};
struct NewPlace {
  MerchantId merchant;
  PlaceKind kind = PlaceKind::warehouse;
  std::string name;  // 1 to 200 bytes of UTF-8: the edge has checked it.
};
constexpr std::int64_t kMostPlaces = 10'000;  // Of one merchant.

/// The place gets the merchant's shard. Publishes PlaceCreated. Refuses too_many_places.
Result<PlaceId, Refusal> create_place(storage::Tx& tx, const NewPlace& place);
std::optional<Place> place(storage::Read& read, PlaceId id);
/// In order of id, after `after`, at most `limit`.
std::vector<Place> places_of(storage::Read& read, MerchantId merchant, PlaceId after, int limit);
/// The oldest active warehouse of a merchant: where imports and checkout look first.
std::optional<PlaceId> first_warehouse(storage::Read& read, MerchantId merchant);

// ---- levels

/// One stock row as it was read.
struct StockLevel {
  StockId id;
  VariantId variant;
  PlaceId place;
  std::int64_t on_hand = 0;  // Negative only where oversell is allowed.
  std::int64_t reserved = 0;
  bool deduct_on_payment = false;  // false: units leave when the order is placed.
  bool oversell = false;

  /// Units nobody has been promised; may be negative where oversell is allowed.
  std::int64_t available() const { return on_hand - reserved; }
  /// True when `wanted` more units may be promised or taken.
  bool covers(std::int64_t wanted) const { return oversell || wanted <= available(); }
};

/// One batch look-up; rows that do not exist are absent, each id comes once, sorted by id.
std::vector<StockLevel> load(storage::Read& read, std::span<const StockId> ids);
std::optional<StockLevel> find(storage::Read& read, VariantId variant, PlaceId place);

/// All rows of one variant at active places, by id, and their sum.
struct VariantLevels {
  VariantId variant;
  std::int64_t available = 0;  // Sum over rows; a row below zero counts as zero.
  bool oversell = false;       // Some row may be oversold: never sold out.
  std::vector<StockLevel> levels;
};
/// One batch look-up; the answer has one entry per variant asked, in the order asked.
std::vector<VariantLevels> levels_of(storage::Read& read, std::span<const VariantId> variants);
/// Rows at one place in order of id, after `after`, at most `limit`.
std::vector<StockLevel> levels_at(storage::Read& read, PlaceId place, StockId after, int limit);

// ---- hot path

struct Taking {
  StockId stock;
  std::int64_t on_hand_delta = 0;
  std::int64_t reserved_delta = 0;
};

/// Sums the takings per row, sorts by id and changes each row by one guarded UPDATE; rows whose
/// deltas cancel are left alone. Throws storage::GuardFailed when a row is unknown or would be
/// oversold (the batch writer then repeats item by item). Writes no movement: call record() for
/// the same takings in the same transaction. With `counters`, the sold-out counters follow after
/// the commit. Call it qualified: std::apply answers to a std::vector too.
void apply(storage::Tx& tx, std::span<const Taking> takings, Availability* counters = nullptr);

enum class Reason {
  order_placed = 1,
  order_paid = 2,
  order_cancelled = 3,
  order_expired = 4,
  order_shipped = 5,
  order_returned = 6,
  imported = 20,
  counted = 21,
  received = 22,
  damaged = 23,
  lost = 24,
  found = 25,
  corrected = 26,
  reserved = 40,
  reservation_released = 41,
  reservation_expired = 42,
  reservation_used = 43,
};
std::string_view name_of(Reason reason);

/// One fact that moved units: one row, however many stock rows it touched.
struct Movement {
  MovementId id;  // Of the shard of its stock rows.
  Reason reason = Reason::corrected;
  std::int64_t ref = 0;  // Order id or what else explains it (same shard), or 0.
  std::vector<Taking> lines;
};
/// One batch insert, stamped with tx.now() and tx.actor(). Publishes nothing: the caller's own
/// event tells it (see subscribe()). A movement without lines is a bug.
void record(storage::Tx& tx, std::span<const Movement> movements);

/// Units that the movements with this ref (an order) have left promised; zeros are left out.
struct Promised {
  std::int64_t ref = 0;
  StockId stock;
  std::int64_t units = 0;
};
/// Sorted by ref and stock. One batch look-up by the index over ref: for verification.
std::vector<Promised> promised_for(storage::Read& read, std::span<const std::int64_t> refs);

// ---- ordinary use cases: each applies, records one movement and publishes StockMoved

/// The row of (variant, place), made with nothing on hand when missing. Safe against another
/// process that makes it at the same time. The place must exist.
StockId ensure_stock(storage::Tx& tx, VariantId variant, PlaceId place);

struct StockSetting {
  VariantId variant;
  PlaceId place;
  std::int64_t on_hand = 0;               // Counted units, 0 to kMostUnits.
  std::optional<bool> deduct_on_payment;  // Left as it is (false for a new row) when empty.
  std::optional<bool> oversell;
};
enum class Setting { created, updated, unchanged, below_reserved };

/// Sets counted units of many rows, which must all be of one merchant (one shard), at most
/// 10,000 a call. A row that would fall below its promised units is left alone and answered
/// below_reserved. The same row twice in one call: the later one sees the earlier one.
/// Cost: one batch look-up, insert and update each, and ONE movement row and event a call.
std::vector<Setting> set_stock(storage::Tx& tx, std::span<const StockSetting> settings,
                               Reason reason = Reason::imported, std::int64_t ref = 0,
                               Availability* counters = nullptr);

/// Counted: exactly `on_hand` units are there. Refuses unknown_stock, below_reserved. Nothing is
/// written when the count agrees.
Result<StockLevel, Refusal> count(storage::Tx& tx, StockId stock, std::int64_t on_hand,
                                  Availability* counters = nullptr);
/// Changes the units on hand. Refuses unknown_stock, below_reserved, too_many_units.
Result<StockLevel, Refusal> adjust(storage::Tx& tx, StockId stock, std::int64_t delta,
                                   Reason reason, std::int64_t ref = 0,
                                   Availability* counters = nullptr);

constexpr std::string_view kReservationTimer = "inventory.reservation_expires";

struct NewReservation {
  StockId stock;
  std::int64_t quantity = 0;  // At least one.
  std::int64_t ref = 0;       // What it is for; same shard as the stock row, or 0.
  Instant expires_at;
};
/// Promises units until `expires_at`; then the timer inventory.reservation_expires gives them
/// back. Refuses unknown_stock, not_enough_stock.
Result<ReservationId, Refusal> reserve(storage::Tx& tx, const NewReservation& wanted,
                                       Availability* counters = nullptr);
/// Gives the units back. Refuses unknown_reservation (also when it has expired or was used).
Result<Unit, Refusal> release(storage::Tx& tx, ReservationId id, Availability* counters = nullptr);
/// Takes the promised units off the shelf. Refuses unknown_reservation.
Result<Unit, Refusal> use_reservation(storage::Tx& tx, ReservationId id,
                                      Availability* counters = nullptr);

/// What the timer does: gives the units back unless the reservation has ended before.
void expire_reservation(storage::Tx& tx, ReservationId id, Availability* counters = nullptr);

// ---- why is it 47?

struct MovementEntry {
  MovementId id;
  Instant at;
  Reason reason = Reason::corrected;
  std::int64_t ref = 0;
  std::string actor;
  std::int64_t on_hand_delta = 0;
  std::int64_t reserved_delta = 0;
  std::int64_t on_hand = 0;   // After this movement.
  std::int64_t reserved = 0;  // After this movement.
};
/// Newest first. on_hand of the newest movement plus pending_on_hand is the row's on_hand;
/// pending is what was committed a moment ago and is not in the derived index yet, 0 at rest.
struct MovementPage {
  std::vector<MovementEntry> entries;
  bool has_more = false;
  std::int64_t pending_on_hand = 0;
  std::int64_t pending_reserved = 0;
};
/// Movements of a row before `before` (0: from the newest), at most `limit` (1..1000). Refuses
/// unknown_stock. Cost: the index rows of this stock row, and one look-up an entry.
Result<MovementPage, Refusal> movements_of(storage::Read& main, storage::Read& derived,
                                           StockId stock, MovementId before, int limit);

// ---- wiring

struct Wiring {
  storage::Store& store;
  Availability& counters;
  /// Types of events of other modules that tell of movements, and how to get the `ref`s of these
  /// movements from one. Without a function the event's entity is the ref.
  std::vector<std::string> movement_events = {};
  std::function<std::vector<std::int64_t>(const storage::StoredEvent&)> refs_of = {};
};
/// Registers the derived movement index (`once`), the counters' listener for what other
/// processes did, and the expiry timer. Before Store::start().
void subscribe(const Wiring& wiring);
/// Writes index rows of all movements again (derived was deleted, old events are gone).
/// Transactions of at most 100 movements; may run beside everything else. Returns movements.
std::int64_t rebuild_movement_index(storage::Store& store);

/// Recomputes on_hand and reserved of every row from the movements: at most 32 MB of memory for
/// a million rows, more passes beyond that. checked: stock_rows, movements.
void verify(storage::Read& read, storage::Findings& findings);

}  // namespace fondaco::inventory
