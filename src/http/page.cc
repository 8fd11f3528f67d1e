// Small helpers of handlers: pages of lists, versions of things, positions of streams.
#include <fondaco/base/text.h>
#include <fondaco/http/router.h>

namespace fondaco::http {
namespace {

constexpr std::int64_t kLimitMax = 100;

/// Entity tags without quotes, weakness and the suffix that a compressed form carries.
std::string_view bare_tag(std::string_view tag) {
  tag = trim(tag);
  if (tag.starts_with("W/")) tag.remove_prefix(2);
  if (tag.size() >= 2 && tag.front() == '"' && tag.back() == '"') {
    tag = tag.substr(1, tag.size() - 2);
  }
  for (const std::string_view suffix : {"-br", "-gz"}) {
    if (tag.ends_with(suffix)) tag.remove_suffix(suffix.size());
  }
  return tag;
}

}  // namespace

Result<Page, Response> page_of(const Context& c) {
  Page page;
  if (const auto text = c.request().query_value("limit")) {
    const auto limit = parse_int(*text);
    if (!limit || *limit < 1 || *limit > kLimitMax) {
      return Refused{invalid("/query/limit", "is " + *text + " when it should be 1 to 100")};
    }
    page.limit = static_cast<int>(*limit);
  }
  page.starting_after = c.request().query_value("starting_after");
  if (page.starting_after && page.starting_after->empty()) page.starting_after.reset();
  return page;
}

std::string list_json(std::string_view data_items_json, bool has_more) {
  std::string out = R"({"data":[)";
  out += data_items_json;
  out += has_more ? R"(],"has_more":true})" : R"(],"has_more":false})";
  return out;
}

std::string etag_of(std::int64_t version) { return "\"v" + std::to_string(version) + '"'; }

std::optional<Response> check_if_match(const Context& c, std::int64_t version) {
  const auto header = c.request().header("if-match");
  if (header.empty()) {
    return problem(428, "if_match_missing", "this change needs If-Match with the version read");
  }
  if (trim(header) == "*") return std::nullopt;
  const std::string wanted = etag_of(version);
  for (const auto tag : split(header, ',')) {
    // If-Match compares strongly: a weak tag never matches.
    if (!trim(tag).starts_with("W/") && bare_tag(tag) == bare_tag(wanted)) return std::nullopt;
  }
  return problem(412, "version_changed",
                 "If-Match is " + std::string(header) + " when the version is " + wanted);
}

std::string last_event_id(const Context& c) {
  const auto header = c.request().header("last-event-id");
  if (!header.empty()) return std::string(header);
  return c.request().query_value("last_event_id").value_or("");
}

}  // namespace fondaco::http
