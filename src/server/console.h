// Where a command speaks to: the caller's standard streams, which may be those of a client that
// sent the command through the control socket. Depends on nothing.
// With --json, standard output carries exactly one object, its last line; everything that is said
// on the way goes to standard error.
#pragma once

#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>

namespace fondaco::server {

/// The contract of every command.
enum Exit : int { kDone = 0, kFindings = 1, kUsage = 2, kRefused = 3, kBroken = 4 };

/// Thread-safe. Does not own its descriptors.
class Console {
 public:
  struct Streams {
    int in = 0;
    int out = 1;
    int err = 2;
  };
  Console(Streams streams, std::string directory)
      : streams_(streams), directory_(std::move(directory)) {}

  void set_json(bool json) { json_ = json; }
  bool json() const { return json_; }
  const Streams& streams() const { return streams_; }

  /// For people: a line on standard output, on standard error with --json.
  void say(std::string_view line);
  /// A line on standard error.
  void note(std::string_view line);
  /// The one object of --json; nothing without it.
  void result(std::string_view json);
  /// Bytes on standard output (export to '-').
  void write_out(std::string_view bytes);
  /// Why the command was refused or broke: a line on standard error, and with --json the object
  /// {"error":{"code":…,"message":…}}. Returns the exit code.
  int fail(Exit code, std::string_view name, std::string_view message);
  /// A line of progress, redrawn in place on a terminal, else at most every five seconds.
  void progress(std::string_view line);
  void end_progress();

  /// The caller's view of a path: relative ones begin at its working directory.
  std::string path(const std::string& given) const;
  /// All of standard input, at most `most` bytes.
  std::string read_in(std::size_t most) const;

 private:
  void write(int handle, std::string_view bytes);

  const Streams streams_;
  const std::string directory_;
  bool json_ = false;
  std::mutex mutex_;
  bool drawn_ = false;
  std::int64_t progress_at_us_ = 0;
};

}  // namespace fondaco::server
