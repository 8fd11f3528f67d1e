#include "route_tree.h"

#include <fondaco/base/check.h>

namespace fondaco::http {
namespace {

constexpr unsigned bit(Method m) { return 1U << static_cast<unsigned>(m); }

/// "/a/b" gives "a" and leaves "/b".
std::string_view next_segment(std::string_view& rest) {
  rest.remove_prefix(1);
  const auto segment = rest.substr(0, rest.find('/'));
  rest.remove_prefix(segment.size());
  return segment;
}

bool is_param(std::string_view segment) {
  return segment.size() > 2 && segment.front() == '{' && segment.back() == '}';
}

}  // namespace

std::vector<std::string> param_names(std::string_view pattern) {
  std::vector<std::string> names;
  while (!pattern.empty()) {
    auto segment = next_segment(pattern);
    if (!is_param(segment)) continue;
    segment = segment.substr(1, segment.size() - 2);
    if (segment.ends_with('*')) segment.remove_suffix(1);
    names.emplace_back(segment);
  }
  return names;
}

void RouteTree::add(const Mounted& mounted) {
  std::string_view rest = mounted.route.path;
  FONDACO_CHECK(!rest.empty() && rest.front() == '/');
  FONDACO_CHECK(mounted.params.size() <= Match::kParamsMax);
  Node* node = &root_;
  const auto all = std::string_view(mounted.route.path);
  if (all.starts_with("/{") && all.ends_with("*}") && all.find('/', 1) == all.npos) {
    node = &last_resort_;
    rest = {};
  }
  while (!rest.empty()) {
    const auto segment = next_segment(rest);
    std::unique_ptr<Node>* next = nullptr;
    if (is_param(segment) && segment.ends_with("*}")) {
      FONDACO_CHECK(rest.empty());  // {rest*} takes everything: nothing can follow it.
      next = &node->rest;
    } else if (is_param(segment)) {
      next = &node->param;
    } else {
      FONDACO_CHECK(segment.find_first_of("{}") == segment.npos);
      next = &node->literals[std::string(segment)];
    }
    if (!*next) *next = std::make_unique<Node>();
    node = next->get();
  }
  auto& place = node->by_method[static_cast<std::size_t>(mounted.route.method)];
  FONDACO_CHECK(place == nullptr);  // Two routes for one method and path.
  place = &mounted;
}

bool RouteTree::take(const Node& node, Method method, Match& match) {
  for (std::size_t m = 0; m < node.by_method.size(); ++m) {
    if (node.by_method[m]) match.methods |= 1U << m;
  }
  const auto* found = node.by_method[static_cast<std::size_t>(method)];
  if (!found && method == Method::head) {
    found = node.by_method[static_cast<std::size_t>(Method::get)];
  }
  match.mounted = found;
  return found != nullptr;
}

bool RouteTree::walk(const Node& node, Method method, std::string_view rest, Match& match) {
  if (rest.empty()) return take(node, method, match);
  const auto whole = rest;
  const auto segment = next_segment(rest);
  if (const auto found = node.literals.find(segment); found != node.literals.end()) {
    if (walk(*found->second, method, rest, match)) return true;
  }
  const auto count = match.count;
  if (node.param && !segment.empty()) {
    match.values[match.count++] = segment;
    if (walk(*node.param, method, rest, match)) return true;
    match.count = count;
  }
  if (node.rest) {
    match.values[match.count++] = whole.substr(1);
    if (take(*node.rest, method, match)) return true;
    match.count = count;
  }
  return false;
}

Match RouteTree::find(Method method, std::string_view path) const {
  Match match;
  if (path.empty() || path.front() != '/') return match;
  if (walk(root_, method, path, match) || match.methods != 0) return match;
  Match last;
  last.values[last.count++] = path.substr(1);
  return take(last_resort_, method, last) ? last : match;
}

std::string allow_of(unsigned methods) {
  if (methods & bit(Method::get)) methods |= bit(Method::head);
  methods |= bit(Method::options);
  std::string out;
  for (unsigned m = 0; m < 7; ++m) {
    if (!(methods & 1U << m)) continue;
    if (!out.empty()) out += ", ";
    out += name_of(static_cast<Method>(m));
  }
  return out;
}

}  // namespace fondaco::http
