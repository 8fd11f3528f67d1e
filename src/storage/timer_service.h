// Loads timers ahead into a heap and fires them as use cases. Private to storage.
#pragma once

#include <fondaco/storage/store.h>

#include <condition_variable>
#include <map>
#include <mutex>
#include <queue>
#include <set>
#include <thread>

namespace fondaco::storage {

class TimerService final : public Timers {
 public:
  TimerService(const Clock& clock, Database& main) : clock_(clock), main_(main) {}
  ~TimerService() override { stop(); }

  void handle(std::string kind, Handler handler) override;
  void cancel(Tx& tx, std::int64_t id) override;
  void run_due() override;
  std::int64_t open_count() override;

  void committed(const std::vector<NewTimer>& timers);
  void start();
  void stop();

 private:
  struct Later {
    bool operator()(const Timer& a, const Timer& b) const {
      return a.due != b.due ? a.due > b.due : a.id > b.id;
    }
  };
  void loop();
  void load(Instant now);
  std::vector<Timer> take_due(Instant now);
  void fire(std::vector<Timer> due, bool wait);

  const Clock& clock_;
  Database& main_;
  std::map<std::string, Handler, std::less<>> handlers_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::priority_queue<Timer, std::vector<Timer>, Later> heap_;
  std::set<std::int64_t> known_;  // Ids in the heap, so that a load brings none twice.
  Instant loaded_until_{INT64_MIN};
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace fondaco::storage
