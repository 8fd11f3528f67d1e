#include <fondaco/ledger/archive.h>

#include "testing_fixture.h"

namespace fondaco::ledger {
namespace {

class ArchiveTest : public LedgerTest {
 protected:
  std::vector<std::string> exported() {
    std::vector<std::string> out;
    const auto n = export_journals(store->main().read(),
                                   [&](std::string_view line) { out.emplace_back(line); });
    EXPECT_EQ(n, static_cast<std::int64_t>(out.size()));
    return out;
  }
};
INSTANTIATE_TEST_SUITE_P(Engines, ArchiveTest, testing::ValuesIn(storage::test_engines()),
                         engine_label);

// Every journal is a line that names its accounts in words; what is archived comes first and as it
// was, moves no balance, and verify stays silent.
TEST_P(ArchiveTest, BooksGoOutAndStayReadable) {
  EXPECT_FALSE(has_journals(store->main().read()));
  fund(5000);
  post_one(Kind::payment, {{wallet, -1000}, {escrow, 1000}});
  EXPECT_TRUE(has_journals(store->main().read()));
  const auto lines = exported();
  ASSERT_EQ(lines.size(), 2U);
  const auto& all = lines[0] + lines[1];
  EXPECT_NE(all.find("{\"account\":\"escrow\",\"owner\":" + std::to_string(merchant.value) +
                     ",\"minor\":1000}"),
            std::string::npos)
      << all;
  const std::vector<std::string> theirs = {"{\"old\":1}", "{\"old\":2}"};
  write([&](storage::Tx& tx) { archive_journals(tx, theirs); });
  write([&](storage::Tx& tx) { archive_journals(tx, theirs); });
  EXPECT_EQ(archived_journals(store->main().read()), 4);
  auto again = exported();
  ASSERT_EQ(again.size(), 6U);
  EXPECT_EQ(std::vector(again.begin(), again.begin() + 2), theirs);
  EXPECT_EQ(std::vector(again.begin() + 4, again.end()), lines);
  EXPECT_EQ(balance(escrow), 1000);
  expect_silent();
}

}  // namespace
}  // namespace fondaco::ledger
