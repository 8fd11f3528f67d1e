#include <fondaco/base/text.h>
#include <fondaco/storage.h>
#include <fondaco/storage/testing.h>

#include <gtest/gtest.h>

#include <atomic>
#include <filesystem>
#include <thread>

namespace fondaco::storage {
namespace {

constexpr Migration kSchema{"shelf", 1, "0001_init", R"(
-- table: distributed(merchant)
CREATE TABLE shelf_stock (
  id KEY,
  units BIGINT NOT NULL,
  note TEXT,
  bytes BYTEA,
  CHECK (units >= 0)
);
)"};
constexpr Migration kDerivedSchema{"shelf", 2, "0002_derived", R"(-- database: derived
-- table: local
CREATE TABLE shelf_seen (id KEY, times BIGINT NOT NULL);
)"};

constexpr Sql kInsert{"shelf.insert", R"sql(
  INSERT INTO shelf_stock (shard, id, units, note, bytes) VALUES ($1, $2, $3, $4, $5))sql"};
constexpr Sql kUnits{"shelf.units", R"sql(
  SELECT units FROM shelf_stock WHERE shard = $1 AND id = $2)sql"};
constexpr Sql kRow{"shelf.row", R"sql(
  SELECT id, units, note, bytes FROM shelf_stock WHERE shard = $1 AND id = $2)sql"};
constexpr Sql kTake{"shelf.take.batch", R"sql(
  UPDATE shelf_stock SET units = units - $3 WHERE shard = $1 AND id = $2 AND units >= $3)sql",
                    R"sql(
  UPDATE shelf_stock s SET units = s.units - q.n
    FROM unnest($1::bigint[], $2::bigint[], $3::bigint[]) q(shard, id, n)
   WHERE s.shard = q.shard AND s.id = q.id AND s.units >= q.n)sql"};
constexpr Sql kLook{"shelf.look.batch", R"sql(
  SELECT id, units FROM shelf_stock WHERE shard = $1 AND id = $2)sql",
                    R"sql(
  SELECT s.id, s.units FROM unnest($1::bigint[], $2::bigint[]) q(shard, id)
    JOIN shelf_stock s ON s.shard = q.shard AND s.id = q.id)sql"};
constexpr Sql kSeen{"shelf.seen", R"sql(
  INSERT INTO shelf_seen (id, times) VALUES ($1, 1)
  ON CONFLICT (id) DO UPDATE SET times = shelf_seen.times + 1)sql"};
constexpr Sql kSeenCount{"shelf.seen_count", R"sql(
  SELECT COALESCE(CAST(SUM(times) AS BIGINT), 0) FROM shelf_seen)sql"};

class StorageTest : public testing::TestWithParam<Engine> {
 protected:
  StorageTest() : store(GetParam(), join({migrations(), {kSchema, kDerivedSchema}})) {}

  void put(std::int64_t id, std::int64_t units) {
    store->main().write(
        [&](Tx& tx) { tx.exec(kInsert, {shard_of(id), id, units, nullptr, nullptr}); });
  }
  std::int64_t units(std::int64_t id) {
    return store->main().read()->scalar(kUnits, {shard_of(id), id}).value_or(-1);
  }
  static EventRecord event(std::int64_t entity) {
    return {"shelf.changed", 1, entity, 1, "{}", {}, {}};
  }

  TestStore store;
};
INSTANTIATE_TEST_SUITE_P(Engines, StorageTest, testing::ValuesIn(test_engines()),
                         [](const auto& p) { return engine_name(p.param); });

// Every kind of value comes back as it went in, NULL and awkward text included.
TEST_P(StorageTest, ValuesRoundTrip) {
  const std::string text = "quote \" backslash \\ {braces}, 自行车";
  const std::string bytes("\x00\xff\x01\\\"", 5);
  store->main().write([&](Tx& tx) { tx.exec(kInsert, {0, 7, 12, text, Blob{bytes}}); });
  auto read = store->main().read();
  int rows = 0;
  read->each(kRow, {0, 7}, [&](const Row& row) {
    ++rows;
    EXPECT_EQ(row.integer(1), 12);
    EXPECT_EQ(row.text(2), text);
    EXPECT_EQ(row.blob(3), bytes);
  });
  EXPECT_EQ(rows, 1);
  put(8, 1);
  EXPECT_TRUE(
      *store->main().read()->first(kRow, {0, 8}, [](const Row& r) { return r.is_null(2); }));
}

// A refused use case leaves nothing, and its neighbours in the same commit stay.
TEST_P(StorageTest, RefusalRollsBackItsSavepointOnly) {
  put(1, 5);
  store->main().write([&](Tx& tx) {
    tx.exec(kInsert, {0, 2, 1, nullptr, nullptr});
    tx.publish(event(2));
    tx.after_commit([] { FAIL() << "a refused use case has no after-commit"; });
    tx.refuse();
  });
  EXPECT_EQ(units(2), -1);
  EXPECT_EQ(units(1), 5);
  EXPECT_EQ(store->outbox().last_seq(), 0);
}

// What a use case throws reaches its caller, and nobody else is harmed.
TEST_P(StorageTest, ErrorsReachTheCaller) {
  put(1, 5);
  EXPECT_THROW(put(1, 6), Conflict);
  EXPECT_THROW(store->main().write([](Tx&) { throw Fault("disk on fire"); }), Fault);
  EXPECT_EQ(units(1), 5);
}

// Event numbers have no gap although every second use case is refused.
TEST_P(StorageTest, OutboxIsGapless) {
  for (int i = 0; i < 10; ++i) {
    store->main().write([&](Tx& tx) {
      tx.act_as("per_1", "trace");
      tx.publish(event(i));
      if (i % 2 == 1) tx.refuse();
    });
  }
  const auto events = store->outbox().after(store->outbox().node(), 0, 100);
  ASSERT_EQ(events.size(), 5U);
  for (std::size_t i = 0; i < events.size(); ++i) {
    EXPECT_EQ(events[i].seq, static_cast<std::int64_t>(i) + 1);
    EXPECT_EQ(events[i].entity, static_cast<std::int64_t>(i) * 2);
    EXPECT_EQ(events[i].actor, "per_1");
  }
}

/// Takes `n` of item 1 when there is enough, as a batch decides: look first, then write.
class TakeCommand final : public BatchCommand {
 public:
  struct Item {
    std::int64_t n;
    bool sold = false;
  };
  std::string_view name() const override { return "take"; }
  void run(Tx& tx, std::span<void* const> items) override {
    ++runs;
    std::int64_t left = 0;
    const auto look = tx.lookup(kLook);
    look->add({0, 1});
    look->run([&](const Row& row) { left = row.integer(1) + wrong_by; });
    std::int64_t taken = 0;
    for (void* p : items) {
      auto& item = *static_cast<Item*>(p);
      item.sold = item.n <= left - taken;
      if (item.sold) taken += item.n;
    }
    if (taken == 0) return;
    if (items.size() > 1) left += lie;
    const auto take = tx.batch(kTake);
    take->add({0, 1, taken + (items.size() > 1 ? lie : 0)});
    take->finish();
  }
  std::int64_t wrong_by = 0;  // Makes the look-up lie.
  std::int64_t lie = 0;       // Makes the guarded write of a batch ask too much.
  int runs = 0;
};

// Four hundred buyers for a hundred units: exactly a hundred are served.
TEST_P(StorageTest, BatchNeverOversells) {
  put(1, 100);
  TakeCommand command;
  std::vector<TakeCommand::Item> items(400, TakeCommand::Item{1});
  std::atomic<int> done{0};
  for (auto& item : items) {
    store->main().writer().submit_batch(command, &item, [&](std::exception_ptr e) {
      EXPECT_FALSE(e);
      ++done;
    });
  }
  while (done < 400) std::this_thread::yield();
  EXPECT_EQ(std::count_if(items.begin(), items.end(), [](auto& i) { return i.sold; }), 100);
  EXPECT_EQ(units(1), 0);
}

// When the guard of a batch fails, the same commands run singly and give the same answers.
TEST_P(StorageTest, GuardFailureFallsBackToOneByOne) {
  put(1, 3);
  TakeCommand command;
  command.lie = 1000;
  std::vector<TakeCommand::Item> items(8, TakeCommand::Item{1});
  std::promise<void> block;
  auto blocked = block.get_future().share();
  store->main().writer().submit([&](Tx&) { blocked.wait(); }, [](std::exception_ptr) {});
  std::atomic<int> done{0};
  for (auto& item : items) {
    store->main().writer().submit_batch(command, &item, [&](std::exception_ptr e) {
      EXPECT_FALSE(e);
      ++done;
    });
  }
  block.set_value();
  while (done < 8) std::this_thread::yield();
  EXPECT_EQ(std::count_if(items.begin(), items.end(), [](auto& i) { return i.sold; }), 3);
  EXPECT_EQ(units(1), 0);
  EXPECT_GE(store->main().writer().stats().one_by_one, 1);
}

// Both kinds of subscriber get every committed event, also those from before a restart.
TEST_P(StorageTest, SubscribersGetEverything) {
  store->main().write([&](Tx& tx) { tx.publish(event(1)); });  // Before anybody listens.
  std::atomic<int> every{0};
  store->outbox().every_process("counter", {"shelf.changed"},
                                [&](auto events) { every += static_cast<int>(events.size()); });
  const auto count = [](Tx& tx, std::span<const StoredEvent> events) {
    for (const auto& e : events) tx.exec(kSeen, {e.entity});
  };
  store->outbox().once("seen", {"shelf.changed"}, store->derived(), count);
  store->start();
  for (int i = 2; i <= 700; ++i) {
    store->main().writer().submit([i](Tx& tx) { tx.publish(event(i)); }, [](std::exception_ptr) {});
  }
  store->main().write([&](Tx& tx) { tx.publish({"other.thing", 1, 9, 1, "{}", {}, {}}); });
  store->outbox().drain();
  EXPECT_EQ(every, 699);
  EXPECT_EQ(store->derived().read()->scalar(kSeenCount, {}), 700);

  store.reopen();
  store->outbox().once("seen", {"shelf.changed"}, store->derived(), count);
  store->start();
  store->outbox().rewind("seen", store->outbox().node(), 699);
  store->outbox().drain();
  EXPECT_GE(*store->derived().read()->scalar(kSeenCount, {}), 700);
}

// A timer fires once when its time has come, not before, and survives a restart.
TEST_P(StorageTest, TimersFireWhenDue) {
  std::atomic<int> fired{0};
  const auto handler = [&](Tx&, const Timer& t) { fired += static_cast<int>(t.ref); };
  store->timers().handle("test.ring", handler);
  store->main().write([](Tx& tx) { tx.schedule("test.ring", tx.now() + hours(1), 5); });
  store->timers().run_due();
  EXPECT_EQ(fired, 0);
  store.reopen();
  store->timers().handle("test.ring", handler);
  EXPECT_EQ(store->timers().open_count(), 1);
  store.clock().advance(hours(1));
  store->timers().run_due();
  store->timers().run_due();
  EXPECT_EQ(fired, 5);
  EXPECT_EQ(store->timers().open_count(), 0);
}

// A schema that this program does not know is refused with both numbers.
TEST_P(StorageTest, NewerSchemaIsRefused) {
  store->stop();
  StoreConfig config = store.config();
  SecureRandom random;
  try {
    Store::open(config, {store.clock(), random, join({migrations(), {kSchema}})});
    if (GetParam() == Engine::postgres) FAIL() << "shelf 2 should have been refused";
  } catch (const Fault& e) {
    EXPECT_NE(std::string(e.what()).find("schema 2 of shelf when this program knows"),
              std::string::npos)
        << e.what();
  }
}

// Two programs cannot share a SQLite directory.
TEST(Store, DirectoryIsLocked) {
  TestStore store(Engine::sqlite, migrations());
  SecureRandom random;
  EXPECT_THROW(Store::open(store.config(), {store.clock(), random, migrations()}), Fault);
}

// SQLite's log is moved into the file behind the writer's back and begins anew, so that it stays
// small whatever is written; on demand it is emptied at once, unless a reader holds on to it.
TEST(Store, LogStaysSmall) {
  const TestClock clock(*parse_rfc3339("2026-11-22T10:00:00Z"));
  SecureRandom random;
  StoreConfig config;
  config.data_dir =
      (std::filesystem::temp_directory_path() / ("storage-log-" + to_hex(random.bytes(6))))
          .string();
  config.sync = false;
  config.checkpoint_pages = 50;
  const auto store = Store::open(config, {clock, random, join({migrations(), {kSchema}})});
  const auto log_bytes = [&] {
    return std::filesystem::file_size(config.data_dir + "/main.db-wal");
  };
  const std::string note(3000, 'x');
  constexpr int kRows = 3000;  // A page each: 12 MB of log at least, were it never moved.
  for (int i = 1; i <= kRows; ++i) {
    store->main().write([&](Tx& tx) { tx.exec(kInsert, {0, i, 1, note, nullptr}); });
  }
  EXPECT_LT(log_bytes(), 4U << 20U);
  {
    auto reader = store->main().read();
    EXPECT_TRUE(reader->scalar(kUnits, {0, 1}).has_value());
    store->main().write([&](Tx& tx) { tx.exec(kInsert, {0, kRows + 1, 1, note, nullptr}); });
    EXPECT_FALSE(store->main().empty_log()) << "a reader still sees what is in it";
  }
  EXPECT_TRUE(store->main().empty_log());
  EXPECT_EQ(log_bytes(), 0U);
  EXPECT_EQ(store->main().read()->scalar(kUnits, {0, kRows + 1}), 1);
  store->stop();
  std::filesystem::remove_all(config.data_dir);
}

// The key columns of each class of table are as the engines need them.
TEST(Migration, WritesKeysForTheEngine) {
  EXPECT_EQ(database_of(kSchema), "main");
  EXPECT_EQ(database_of(kDerivedSchema), "derived");
  EXPECT_NE(statements_for(kSchema, Engine::sqlite)[0].find("id INTEGER PRIMARY KEY, shard"),
            std::string::npos);
  EXPECT_NE(statements_for(kSchema, Engine::postgres)[0].find("PRIMARY KEY (shard, id)"),
            std::string::npos);
  EXPECT_NE(statements_for(kDerivedSchema, Engine::postgres)[0].find("id BIGINT PRIMARY KEY"),
            std::string::npos);
}

// An index table of `derived` lies in the order of its key on SQLite, rows of `main` do not.
TEST(Migration, DerivedIndexesAreClustered) {
  Migration index{"shelf", 3, "0003_index", R"(-- database: derived
-- table: distributed(merchant)
CREATE TABLE shelf_index (
  shard BIGINT NOT NULL,
  a BIGINT NOT NULL,
  b BIGINT NOT NULL,
  PRIMARY KEY (a, b, shard)
);
)"};
  EXPECT_TRUE(statements_for(index, Engine::sqlite)[0].ends_with("WITHOUT ROWID;\n"));
  EXPECT_FALSE(statements_for(index, Engine::postgres)[0].ends_with("WITHOUT ROWID;\n"));
  EXPECT_FALSE(statements_for(kSchema, Engine::sqlite)[0].ends_with("WITHOUT ROWID;\n"));
}

}  // namespace
}  // namespace fondaco::storage
