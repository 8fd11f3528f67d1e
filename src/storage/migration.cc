#include <fondaco/base/check.h>
#include <fondaco/base/text.h>
#include <fondaco/storage/migration.h>

namespace fondaco::storage {
namespace {

constexpr std::string_view kDatabase = "-- database:";
constexpr std::string_view kTable = "-- table:";

/// The columns that stand for `id KEY`.
std::string key_columns(std::string_view kind, Engine engine) {
  const bool distributed = kind.starts_with("distributed(");
  FONDACO_CHECK(distributed || kind == "reference" || kind == "local");
  if (engine == Engine::sqlite) {
    return distributed ? "id INTEGER PRIMARY KEY, shard BIGINT NOT NULL" : "id INTEGER PRIMARY KEY";
  }
  return distributed ? "id BIGINT NOT NULL, shard BIGINT NOT NULL, PRIMARY KEY (shard, id)"
                     : "id BIGINT PRIMARY KEY";
}

/// Tables of `derived` with a key of several columns are nothing but that index: lying in its order
/// they are written once instead of as rows and as index.
bool clustered(const Migration& m, std::string_view statement) {
  return database_of(m) == "derived" && statement.starts_with("CREATE TABLE") &&
         statement.find("\nPRIMARY KEY (") != std::string_view::npos;
}

}  // namespace

std::string_view database_of(const Migration& m) {
  const auto text = trim(m.text);
  if (!text.starts_with(kDatabase)) return "main";
  return trim(text.substr(kDatabase.size(), text.find('\n') - kDatabase.size()));
}

std::vector<std::string> statements_for(const Migration& m, Engine engine) {
  std::vector<std::string> out;
  std::string statement;
  std::string kind;
  for (const std::string_view line : split(m.text, '\n')) {
    const auto bare = trim(line);
    if (bare.starts_with(kTable)) kind = trim(bare.substr(kTable.size()));
    const auto code = trim(bare.substr(0, bare.find("--")));
    if (code.empty()) continue;
    statement += code;
    statement += '\n';
    if (const auto at = statement.find("id KEY"); at != std::string::npos) {
      FONDACO_CHECK(!kind.empty());
      statement.replace(at, 6, key_columns(kind, engine));
    }
    if (!code.ends_with(';')) continue;
    if (engine == Engine::sqlite && clustered(m, statement)) {
      statement.replace(statement.rfind(';'), 1, " WITHOUT ROWID;");
    }
    out.push_back(std::move(statement));
    statement.clear();
  }
  FONDACO_CHECK(statement.empty());
  return out;
}

}  // namespace fondaco::storage
