#include <fondaco/base/log.h>
#include <fondaco/base/text.h>
#include <fondaco/storage/publish.h>
#include <fondaco/storage/settings.h>

namespace fondaco::storage {
namespace {

constexpr Sql kAll{"storage.setting_all", R"sql(
  SELECT name, value, version FROM storage_setting)sql"};
constexpr Sql kOne{"storage.setting_one", R"sql(
  SELECT value, version FROM storage_setting WHERE name = $1)sql"};
constexpr Sql kSet{"storage.setting_set", R"sql(
  INSERT INTO storage_setting (name, value, version, at, actor) VALUES ($1, $2, $3, $4, $5)
  ON CONFLICT (name) DO UPDATE SET value = excluded.value, version = excluded.version,
                                   at = excluded.at, actor = excluded.actor)sql"};

std::optional<SettingRefusal> refused(const SettingSpec& spec, std::string_view value) {
  std::int64_t measure = 0;
  switch (spec.type) {
    case SettingType::flag:
      if (value != "true" && value != "false") return SettingRefusal::wrong_type;
      return std::nullopt;
    case SettingType::integer: {
      const auto number = parse_int(value);
      if (!number) return SettingRefusal::wrong_type;
      measure = *number;
      break;
    }
    case SettingType::text:
      if (!is_utf8(value)) return SettingRefusal::wrong_type;
      measure = static_cast<std::int64_t>(value.size());
      break;
  }
  if (measure < spec.least || measure > spec.most) return SettingRefusal::out_of_range;
  return std::nullopt;
}

/// A stable number for a name: the outbox counts versions by entity.
std::int64_t entity_of(std::string_view name) {
  std::uint64_t hash = 14695981039346656037ULL;
  for (const char c : name) hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211ULL;
  return static_cast<std::int64_t>(hash >> 1);
}

}  // namespace

std::string_view name_of(SettingType type) {
  switch (type) {
    case SettingType::flag:
      return "flag";
    case SettingType::integer:
      return "integer";
    case SettingType::text:
      return "text";
  }
  return "text";
}

Settings::Settings(Store& store, std::vector<SettingSpec> specs) : store_(store) {
  for (auto& spec : specs) {
    FONDACO_CHECK(!refused(spec, spec.fallback));
    const std::string name = spec.name;
    const std::string fallback = spec.fallback;
    FONDACO_CHECK(
        declared_.emplace(name, SettingValue{std::move(spec), fallback, false, 0}).second);
  }
  auto read = store_.main().read();
  snapshot_ = std::make_shared<const Snapshot>(load(read));
}

/// A stored value that the declaration no longer allows counts as not there.
Settings::Snapshot Settings::load(Read& read) const {
  Snapshot all = declared_;
  read.each(kAll, {}, [&](const Row& row) {
    const auto found = all.find(row.text(0));
    if (found == all.end()) return;
    SettingValue& setting = found->second;
    setting.version = row.integer(2);
    if (refused(setting.spec, row.text(1))) {
      log::warn("settings", "a stored value is not allowed", {{"setting", setting.spec.name}});
      return;
    }
    setting.value = row.str(1);
    setting.overridden = setting.value != setting.spec.fallback;
  });
  return all;
}

void Settings::subscribe() {
  store_.outbox().every_process("settings", {std::string(SettingChanged::kType)},
                                [this](std::span<const StoredEvent> events) {
                                  for (const auto& event : events) {
                                    if (event.node == store_.outbox().node()) continue;
                                    const auto change = read_stored<SettingChanged>(event.payload);
                                    if (change) reload(change->name);
                                  }
                                });
}

void Settings::on_change(Listener listener) { listeners_.push_back(std::move(listener)); }

void Settings::reload(const std::string& changed) {
  {
    auto read = store_.main().read();
    auto fresh = std::make_shared<const Snapshot>(load(read));
    const std::scoped_lock lock(mutex_);
    snapshot_ = std::move(fresh);
  }
  for (const auto& listener : listeners_) listener(changed);
}

std::shared_ptr<const Settings::Snapshot> Settings::snapshot() const {
  const std::scoped_lock lock(mutex_);
  return snapshot_;
}

const SettingValue& Settings::get(const Snapshot& all, std::string_view name,
                                  SettingType type) const {
  const auto found = all.find(name);
  FONDACO_CHECK(found != all.end() && found->second.spec.type == type);
  return found->second;
}

bool Settings::flag(std::string_view name) const {
  const auto all = snapshot();
  return get(*all, name, SettingType::flag).value == "true";
}
std::int64_t Settings::integer(std::string_view name) const {
  const auto all = snapshot();
  return parse_int(get(*all, name, SettingType::integer).value).value_or(0);
}
std::string Settings::text(std::string_view name) const {
  const auto all = snapshot();
  return get(*all, name, SettingType::text).value;
}

std::vector<SettingValue> Settings::all() const {
  const auto all = snapshot();
  std::vector<SettingValue> out;
  for (const auto& [name, setting] : *all) out.push_back(setting);
  return out;
}

std::optional<SettingValue> Settings::find(std::string_view name) const {
  const auto all = snapshot();
  const auto found = all->find(name);
  if (found == all->end()) return std::nullopt;
  return found->second;
}

Result<std::int64_t, SettingRefusal> Settings::set(Tx& tx, std::string_view name,
                                                   std::optional<std::string> value,
                                                   std::optional<std::int64_t> version) {
  const auto declared = declared_.find(name);
  if (declared == declared_.end()) return Refused{SettingRefusal::unknown_setting};
  const SettingSpec& spec = declared->second.spec;
  const std::string wanted = value.value_or(spec.fallback);
  if (const auto why = refused(spec, wanted)) return Refused{*why};
  struct Stored {
    std::string value;
    std::int64_t version = 0;
  };
  const auto stored = tx.first(kOne, {name}, [](const Row& row) {
                          return Stored{row.str(0), row.integer(1)};
                        }).value_or(Stored{spec.fallback, 0});
  if (version && *version != stored.version) return Refused{SettingRefusal::stale_version};
  if (stored.value == wanted) return stored.version;
  const std::int64_t next = stored.version + 1;
  tx.exec(kSet, {name, wanted, next, tx.now(), tx.actor()});
  publish(tx, entity_of(name), next, SettingChanged{spec.name, wanted, stored.value});
  tx.after_commit([this, changed = spec.name] { reload(changed); });
  return next;
}

}  // namespace fondaco::storage
