// The writer's thread and what it hands on after a commit. Private to storage.
#pragma once

#include "connection.h"

#include <fondaco/storage/outbox.h>
#include <fondaco/storage/writer.h>

#include <atomic>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace fondaco::storage {

/// Gets what a commit of `main` made: events for the dispatcher, timers for the heap.
class CommitSink {
 public:
  virtual ~CommitSink() = default;
  virtual int node() const = 0;
  /// The number before the first one of this transaction.
  virtual std::int64_t committed_seq() const = 0;
  virtual void committed(std::vector<StoredEvent> events, std::vector<NewTimer> timers) = 0;
  /// False when the node's lease is lost: then nothing may be written any more.
  virtual bool may_write() const { return true; }
};

class WriterThread final : public Writer {
 public:
  struct Config {
    std::string name;
    std::function<std::unique_ptr<Connection>()> open;
    /// A second connection, for checkpoints; null where nobody needs to make them.
    std::function<std::unique_ptr<Connection>()> open_side;
    int checkpoint_pages;
    const Clock& clock;
    IdSource& ids;
    Random& random;
    CommitSink* sink;  // Null for the databases without outbox.
  };
  explicit WriterThread(Config config);
  ~WriterThread() override;

  void submit(Command command, Done done) override;
  void submit_batch(BatchCommand& command, void* item, Done done) override;
  Stats stats() const override;
  /// Runs what is queued, then ends the thread.
  void stop();

 private:
  struct Item {
    Command command;
    BatchCommand* batch = nullptr;
    void* data = nullptr;
    Done done;
    std::exception_ptr error;
    bool ran = false;
  };
  struct Mark {
    std::size_t events, timers, hooks;
  };

  void push(Item item);
  void loop();
  void run_items(std::vector<Item>& items);
  void together(std::vector<Item>& items);
  void singly(std::vector<Item>& items);
  void in_savepoint(Tx& tx, Item& item, const Command& command);
  void run_batch_of(Tx& tx, std::vector<Item>& items, std::size_t first);
  void run_single_item(Tx& tx, Item& item);
  void commit(Tx& tx);
  void write_outbox(Tx& tx, std::vector<StoredEvent>& stored);
  void write_timers(Tx& tx);
  void fail_all(std::vector<Item>& items, std::exception_ptr error);
  void tend_log();
  void checkpoint_loop();
  void copy_log(Connection& connection);
  Tx begin();

  Config config_;
  std::unique_ptr<Connection> connection_;
  mutable std::mutex mutex_;
  std::condition_variable wake_;
  std::vector<Item> queue_;
  bool stopping_ = false;
  bool waiting_ = false;
  std::atomic<bool> poisoned_{false};
  std::atomic<std::int64_t> commits_{0}, commands_{0}, one_by_one_{0};

  std::mutex checkpoint_mutex_;
  std::condition_variable checkpoint_wake_;
  bool checkpoint_due_ = false;
  bool checkpoint_stop_ = false;
  std::atomic<bool> log_nearly_copied_{false};  // The writer copies the rest.
  int log_pages_told_ = 0;                      // Writer: size of the WAL at the last checkpoint.
  std::thread checkpointer_;
  std::thread thread_;
};

}  // namespace fondaco::storage
