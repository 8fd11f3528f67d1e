// Which route a path means: literal before {param} before {rest*}; "/{rest*}" is the last resort of
// paths that nothing else knows, so a wrong method still is one. Depends on router.h.
// Filled before the server starts, read without locks after that.
#pragma once

#include <fondaco/http/router.h>

#include "stats.h"

#include <array>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace fondaco::http {

/// A route with its handler; exactly one of the four is set.
struct Mounted {
  Route route;
  ReadHandler read;
  WriteHandler write;
  DetachedHandler detached;
  SseHandler events;
  std::vector<std::string> params;  // Names in the order of the path.
  mutable RouteStats stats;
};

struct Match {
  static constexpr std::size_t kParamsMax = 8;
  const Mounted* mounted = nullptr;
  std::array<std::string_view, kParamsMax> values{};  // Views into the path that was asked for.
  std::size_t count = 0;
  unsigned methods = 0;  // Bit 1 << Method of everything mounted on this path.
};

class RouteTree {
 public:
  /// Throws Bug when the path is malformed or the method is taken there.
  void add(const Mounted& mounted);
  /// HEAD finds what GET is mounted on. Cost: O(length of the path) but for odd overlaps.
  Match find(Method method, std::string_view path) const;

 private:
  struct Node {
    std::map<std::string, std::unique_ptr<Node>, std::less<>> literals;
    std::unique_ptr<Node> param;
    std::unique_ptr<Node> rest;
    std::array<const Mounted*, 7> by_method{};
  };
  static bool take(const Node& node, Method method, Match& match);
  static bool walk(const Node& node, Method method, std::string_view rest, Match& match);
  Node root_;
  Node last_resort_;  // "/{rest*}"
};

/// "GET, HEAD, POST, OPTIONS" for a mask of Match::methods.
std::string allow_of(unsigned methods);
/// The {names} of a path pattern, in order.
std::vector<std::string> param_names(std::string_view pattern);

}  // namespace fondaco::http
