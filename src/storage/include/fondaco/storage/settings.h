// Settings and feature switches: declared in code, overridden in the database, live everywhere.
// Depends on store.h. Reading is a look-up in memory; a change reaches this process at its commit
// and other processes through the event storage.setting_changed, which is the audit entry.
#pragma once

#include <fondaco/base/result.h>
#include <fondaco/storage/store.h>

#include <boost/describe/class.hpp>

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace fondaco::storage {

enum class SettingType { flag, integer, text };
std::string_view name_of(SettingType type);

/// One declared setting. Values are text: "true"/"false", digits, or any UTF-8.
struct SettingSpec {
  std::string name;  // "search.typos"
  SettingType type = SettingType::flag;
  std::string fallback = "false";
  std::string description;
  std::int64_t least = INT64_MIN;  // Of an integer; of a text its length in bytes.
  std::int64_t most = INT64_MAX;
};

enum class SettingRefusal {
  unknown_setting,
  wrong_type,
  out_of_range,
  stale_version,  // Somebody else changed it since it was read.
};

struct SettingValue {
  SettingSpec spec;
  std::string value;
  bool overridden = false;
  std::int64_t version = 0;  // 0: never changed.
};

/// Who changed which setting; the actor is the event's. Entity: a hash of the name.
struct SettingChanged {
  static constexpr std::string_view kType = "storage.setting_changed";
  static constexpr int kVersion = 1;
  std::string name;
  std::string value;
  std::string previous;
};
BOOST_DESCRIBE_STRUCT(SettingChanged, (), (name, value, previous))

/// Thread-safe. Names that were not declared are a bug in flag(), integer() and text().
class Settings {
 public:
  using Listener = std::function<void(const std::string& name)>;

  /// Loads what is stored. Two settings of one name are a bug.
  Settings(Store& store, std::vector<SettingSpec> specs);
  /// Before Store::start(): hears of changes by other processes.
  void subscribe();
  /// Before Store::start(). Called after a change, on the writer's or the dispatcher's thread.
  void on_change(Listener listener);

  bool flag(std::string_view name) const;
  std::int64_t integer(std::string_view name) const;
  std::string text(std::string_view name) const;
  /// In order of name.
  std::vector<SettingValue> all() const;
  std::optional<SettingValue> find(std::string_view name) const;

  /// Nothing as value: back to the declared one. `version`: the one the caller has read. Publishes
  /// SettingChanged when the value changes. Returns the new version.
  Result<std::int64_t, SettingRefusal> set(Tx& tx, std::string_view name,
                                           std::optional<std::string> value,
                                           std::optional<std::int64_t> version = {});

 private:
  using Snapshot = std::map<std::string, SettingValue, std::less<>>;
  std::shared_ptr<const Snapshot> snapshot() const;
  const SettingValue& get(const Snapshot& all, std::string_view name, SettingType type) const;
  void reload(const std::string& changed);
  Snapshot load(Read& read) const;

  Store& store_;
  Snapshot declared_;
  mutable std::mutex mutex_;
  std::shared_ptr<const Snapshot> snapshot_;  // Guarded by mutex_.
  std::vector<Listener> listeners_;
};

}  // namespace fondaco::storage
