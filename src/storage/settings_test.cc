#include <fondaco/storage/settings.h>
#include <fondaco/storage/testing.h>

#include <gtest/gtest.h>

namespace fondaco::storage {
namespace {

std::vector<SettingSpec> specs() {
  return {{"feature.drops", SettingType::flag, "false", "Flash sales", {}, {}},
          {"cart.lines_max", SettingType::integer, "100", "Lines of a cart", 1, 500},
          {"shop.name", SettingType::text, "Shop", "Shown on top", 1, 20}};
}

class SettingsTest : public testing::TestWithParam<Engine> {
 protected:
  SettingsTest() : store(GetParam(), migrations()) {}
  Result<std::int64_t, SettingRefusal> set(Settings& s, std::string_view name,
                                           std::optional<std::string> value,
                                           std::optional<std::int64_t> version = {}) {
    return store->main().write([&](Tx& tx) {
      tx.act_as("per_someone");
      return s.set(tx, name, value, version);
    });
  }
  TestStore store;
};
INSTANTIATE_TEST_SUITE_P(Engines, SettingsTest, testing::ValuesIn(test_engines()),
                         [](const auto& p) { return engine_name(p.param); });

// Without an override the declared value counts; a change is live after its commit and stays.
TEST_P(SettingsTest, ChangesAreLiveAndStay) {
  Settings settings(*store, specs());
  std::vector<std::string> heard;
  settings.on_change([&](const std::string& name) { heard.push_back(name); });
  EXPECT_FALSE(settings.flag("feature.drops"));
  EXPECT_EQ(*set(settings, "feature.drops", "true"), 1);
  EXPECT_EQ(*set(settings, "cart.lines_max", "50"), 1);
  EXPECT_EQ(*set(settings, "cart.lines_max", "50"), 1);  // The same again changes nothing.
  EXPECT_TRUE(settings.flag("feature.drops"));
  EXPECT_EQ(settings.integer("cart.lines_max"), 50);
  EXPECT_EQ(heard, (std::vector<std::string>{"feature.drops", "cart.lines_max"}));
  EXPECT_EQ(*set(settings, "cart.lines_max", std::nullopt), 2);
  const Settings fresh(*store, specs());
  EXPECT_TRUE(fresh.flag("feature.drops"));
  EXPECT_EQ(fresh.integer("cart.lines_max"), 100);
  EXPECT_FALSE(fresh.find("cart.lines_max")->overridden);
}

// Each way in which a change can be refused.
TEST_P(SettingsTest, RefusesWhatIsNotDeclared) {
  Settings settings(*store, specs());
  EXPECT_EQ(set(settings, "no.such", "1").refusal(), SettingRefusal::unknown_setting);
  EXPECT_EQ(set(settings, "feature.drops", "yes").refusal(), SettingRefusal::wrong_type);
  EXPECT_EQ(set(settings, "cart.lines_max", "0").refusal(), SettingRefusal::out_of_range);
  EXPECT_EQ(set(settings, "cart.lines_max", "many").refusal(), SettingRefusal::wrong_type);
  EXPECT_EQ(set(settings, "shop.name", std::string(21, 'x')).refusal(),
            SettingRefusal::out_of_range);
  EXPECT_TRUE(set(settings, "shop.name", "A", 0).ok());
  EXPECT_EQ(set(settings, "shop.name", "B", 0).refusal(), SettingRefusal::stale_version);
  EXPECT_EQ(settings.text("shop.name"), "A");
}

// Each change is one event with its actor: the audit entry.
TEST_P(SettingsTest, PublishesWhoChangedWhat) {
  Settings settings(*store, specs());
  const auto before = store->outbox().last_seq();
  ASSERT_TRUE(set(settings, "shop.name", "A").ok());
  const auto events = store->outbox().after(store->outbox().node(), before, 10);
  ASSERT_EQ(events.size(), 1U);
  EXPECT_EQ(events[0].type, "storage.setting_changed");
  EXPECT_EQ(events[0].actor, "per_someone");
  EXPECT_EQ(events[0].payload, R"({"name":"shop.name","value":"A","previous":"Shop"})");
}

}  // namespace
}  // namespace fondaco::storage
