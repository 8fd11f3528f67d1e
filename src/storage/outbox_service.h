// Delivers events after commit: in memory within the process, by polling from other nodes.
// Private to storage.
#pragma once

#include "writer_thread.h"

#include <fondaco/storage/store.h>

#include <atomic>
#include <condition_variable>
#include <deque>
#include <map>
#include <mutex>
#include <thread>

namespace fondaco::storage {

class OutboxService final : public Outbox {
 public:
  struct Config {
    int node;
    std::string owner;  // This process, for leases.
    const Clock& clock;
  };
  OutboxService(Config config, Database& main);
  ~OutboxService() override;

  void every_process(std::string name, std::vector<std::string> types, Every handler) override;
  void once(std::string name, std::vector<std::string> types, Database& target,
            Once handler) override;
  std::vector<StoredEvent> after(int node, std::int64_t seq, int limit) override;
  std::int64_t last_seq() const override { return seq_; }
  int node() const override { return config_.node; }
  void rewind(const std::string& name, int node, std::int64_t seq) override;
  std::int64_t retain(Instant until) override;
  void drain() override;

  /// From the writer's thread, in order of commit.
  void committed(std::vector<StoredEvent> events);
  void start();
  void stop();

 private:
  struct EverySubscriber {
    std::string name;
    std::vector<std::string> types;
    Every handler;
  };
  struct OnceSubscriber {
    std::string name;
    std::vector<std::string> types;
    Database* target;
    Once handler;
    std::thread thread;
    std::int64_t wanted = 0;  // Own node: newest number of interest. Guarded by mutex_.
    std::int64_t done = 0;
    bool foreign = false;  // Other nodes have something new.
  };

  void dispatch_loop();
  void deliver(std::span<const StoredEvent> events);
  void poll_other_nodes();
  void once_loop(OnceSubscriber& s);
  bool once_step(OnceSubscriber& s);
  std::int64_t batch_of(const OnceSubscriber& s) const;
  bool take_lease(Tx& tx, const std::string& name);
  std::int64_t once_node(Tx& tx, OnceSubscriber& s, int node, std::int64_t newest);
  void remember(std::vector<StoredEvent>& events);
  bool remembered(const OnceSubscriber& s, std::int64_t position, std::int64_t newest,
                  std::vector<StoredEvent>& wanted, std::int64_t& last) const;
  void wake_once(std::span<const StoredEvent> events);

  Config config_;
  Database& main_;
  std::atomic<std::int64_t> seq_{0};
  std::mutex mutex_;
  std::condition_variable wake_, progress_;
  std::vector<StoredEvent> fresh_;
  mutable std::mutex recent_mutex_;
  std::deque<StoredEvent> recent_;  // Own node's newest without a gap: read by several, so kept.
  std::size_t recent_bytes_ = 0;
  std::int64_t dispatched_ = 0;
  int draining_ = 0;  // Callers of drain() that wait.
  bool stopping_ = false;
  bool started_ = false;
  std::map<int, std::int64_t> other_nodes_;
  std::vector<EverySubscriber> every_;
  std::vector<std::unique_ptr<OnceSubscriber>> once_;
  std::thread dispatcher_;
};

}  // namespace fondaco::storage
