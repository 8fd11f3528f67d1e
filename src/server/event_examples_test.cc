#include "event_list.h"
#include "event_schemas.h"

#include <fondaco/base/text.h>

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <set>
#include <sstream>

namespace fondaco::server {
namespace {

namespace bd = boost::describe;
namespace fs = std::filesystem;

const fs::path kExamples = "tests/data/events";

/// Fills every member with a value that is not its default one.
class Sample {
 public:
  void fill(bool& v) { v = !v; }
  void fill(std::int64_t& v) { v = ++number_; }
  void fill(int& v) { v = static_cast<int>(++number_); }
  void fill(double& v) { v = static_cast<double>(++number_) / 2; }
  void fill(std::string& v) { v = "text " + std::to_string(++number_); }
  void fill(Money& v) { v = {++number_, Currency::of("EUR")}; }
  void fill(Currency& v) { v = Currency::of("CNY"); }
  void fill(Instant& v) { v = {1'764'115'200'000'000 + ++number_}; }
  void fill(JsonText& v) { v.text = R"([{"number":)" + std::to_string(++number_) + "}]"; }
  template <class Tag>
  void fill(Id<Tag>& v) {
    v.value = ++number_;
  }
  template <class T>
  void fill(std::optional<T>& v) {
    fill(v.emplace());
  }
  template <class T>
  void fill(std::vector<T>& v) {
    fill(v.emplace_back());
    fill(v.emplace_back());
  }
  template <class T>
  void fill(std::map<std::string, T>& v) {
    fill(v["key"]);
  }
  template <class T>
    requires(std::is_enum_v<T>)
  void fill(T& v) {
    boost::mp11::mp_for_each<bd::describe_enumerators<T>>([&](auto d) { v = d.value; });
  }
  template <class T>
    requires(bd::has_describe_members<T>::value && !std::is_enum_v<T>)
  void fill(T& v) {
    using Members = bd::describe_members<T, bd::mod_any_access | bd::mod_inherited>;
    boost::mp11::mp_for_each<Members>([&](auto d) { fill(v.*d.pointer); });
  }

 private:
  std::int64_t number_ = 0;
};

struct EventKind {
  std::string type;
  int version = 0;
  std::function<std::string()> sample;
  std::function<std::string(std::string_view)> reread;  // "" when refused; `error` says why.
};

std::string error;

template <class E>
EventKind kind_of() {
  return {std::string(E::kType), E::kVersion,
          [] {
            E e;
            Sample().fill(e);
            return json_of(e);
          },
          [](std::string_view text) -> std::string {
            const auto read = read_stored<E>(text);
            if (read.ok()) return json_of(*read);
            error = read.refusal().pointer + " " + read.refusal().message;
            return "";
          }};
}

template <class... E>
std::vector<EventKind> kinds_in(EventList<E...>) {
  return {kind_of<E>()...};
}

const std::vector<EventKind>& kinds() {
  static const std::vector<EventKind> all = kinds_in(AllEvents{});
  return all;
}

std::string file_text(const fs::path& path) {
  std::ifstream in(path);
  std::ostringstream out;
  out << in.rdbuf();
  return out.str();
}

/// Everything that `part` says is said by `whole` too.
bool holds(const boost::json::value& whole, const boost::json::value& part) {
  if (const auto* object = part.if_object()) {
    return std::all_of(object->begin(), object->end(), [&](const auto& member) {
      const auto* found = whole.is_object() ? whole.as_object().if_contains(member.key()) : nullptr;
      return found && holds(*found, member.value());
    });
  }
  const auto* array = part.if_array();
  if (!array || !whole.is_array() || whole.as_array().size() != array->size()) {
    return whole == part;
  }
  for (std::size_t i = 0; i < array->size(); ++i) {
    if (!holds(whole.as_array()[i], (*array)[i])) return false;
  }
  return true;
}

/// "order.placed.v1.json", or "order.placed.v1.gift.json" for a second example of one version.
bool is_example_of(const fs::path& file, const std::string& type) {
  const std::string name = file.filename().string();
  return name.starts_with(type + ".v") && name.ends_with(".json");
}

// Every event has a stored example of its version of today.
// FONDACO_WRITE_EXAMPLES=1 writes those that are missing; a stored one is never changed.
TEST(EventExamples, EveryEventHasOne) {
  for (const auto& kind : kinds()) {
    const fs::path file = kExamples / (kind.type + ".v" + std::to_string(kind.version) + ".json");
    if (!fs::exists(file) && std::getenv("FONDACO_WRITE_EXAMPLES")) {
      fs::create_directories(kExamples);
      std::ofstream(file) << kind.sample() << "\n";
    }
    EXPECT_TRUE(fs::exists(file)) << "run FONDACO_WRITE_EXAMPLES=1 server_test and commit " << file;
  }
}

// Every example ever stored is read by the struct of today, and nothing that it says is lost.
TEST(EventExamples, AreReadByTodaysStructs) {
  ASSERT_TRUE(fs::exists(kExamples));
  for (const auto& entry : fs::directory_iterator(kExamples)) {
    const auto kind = std::find_if(kinds().begin(), kinds().end(), [&](const EventKind& k) {
      return is_example_of(entry.path(), k.type);
    });
    ASSERT_NE(kind, kinds().end()) << entry.path() << " is an example of no event";
    const std::string stored = file_text(entry.path());
    const std::string read = kind->reread(stored);
    ASSERT_FALSE(read.empty()) << entry.path() << ": " << error;
    EXPECT_TRUE(holds(boost::json::parse(read), boost::json::parse(stored)))
        << entry.path() << " is read as " << read;
  }
}

// The list is whole: each kType in a header of src/ is in it, with a schema of its own.
TEST(EventExamples, TheListIsWhole) {
  std::set<std::string> listed;
  for (const auto& kind : kinds()) {
    EXPECT_TRUE(listed.insert(kind.type).second) << kind.type << " is listed twice";
  }
  const std::string schemas = event_schemas();
  std::size_t found = 0;
  for (const auto& entry : fs::recursive_directory_iterator("src")) {
    if (entry.path().extension() != ".h") continue;
    if (entry.path().filename().string().starts_with("testing")) continue;  // Of tests only.
    const std::string text = file_text(entry.path());
    constexpr std::string_view kMark = "std::string_view kType = \"";
    for (auto at = text.find(kMark); at != text.npos; at = text.find(kMark, at)) {
      at += kMark.size();
      const std::string type = text.substr(at, text.find('"', at) - at);
      ++found;
      EXPECT_TRUE(listed.contains(type)) << type << " of " << entry.path() << " is not listed";
      EXPECT_NE(schemas.find("." + type + "\""), schemas.npos) << type << " has no schema";
    }
  }
  EXPECT_EQ(found, listed.size());
}

}  // namespace
}  // namespace fondaco::server
