#include <fondaco/base/text.h>
#include <fondaco/catalog/html.h>

#include <algorithm>
#include <array>
#include <optional>
#include <vector>

namespace fondaco::catalog {
namespace {

constexpr std::size_t kMaxDepth = 64;

constexpr std::array<std::string_view, 22> kKept{
    "p", "ul", "ol",    "li",    "b",     "strong", "i",  "em", "h2",      "h3", "h4",
    "a", "br", "table", "thead", "tbody", "tfoot",  "tr", "th", "caption", "td", "hr"};
constexpr std::array<std::string_view, 20> kDropped{
    "script",  "style",  "iframe",   "object",   "embed", "noscript", "template",
    "svg",     "math",   "head",     "title",    "xmp",   "textarea", "select",
    "noembed", "applet", "frameset", "noframes", "audio", "video"};
constexpr std::array<std::string_view, 12> kBlocks{"div",    "section",    "article", "header",
                                                   "footer", "blockquote", "figure",  "dl",
                                                   "dt",     "dd",         "pre",     "address"};

template <std::size_t N>
bool among(const std::array<std::string_view, N>& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f'; }

/// Length of the entity at the start of the text ("&amp;", "&#39;"), 0 when it is none.
std::size_t entity_length(std::string_view text) {
  std::size_t i = 1;
  const bool numeric = i < text.size() && text[i] == '#';
  if (numeric) ++i;
  const bool hex = numeric && i < text.size() && (text[i] == 'x' || text[i] == 'X');
  if (hex) ++i;
  const auto from = i;
  while (i < text.size() && i - from < 10) {
    const char c = text[i];
    const bool digit = c >= '0' && c <= '9';
    const bool fits = hex       ? digit || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F')
                      : numeric ? digit
                                : digit || is_letter(c);
    if (!fits) break;
    ++i;
  }
  return i > from && i < text.size() && text[i] == ';' ? i + 1 : 0;
}

std::string decode_entities(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const auto length = text.front() == '&' ? entity_length(text) : 0;
    if (length == 0) {
      out += text.front();
      text.remove_prefix(1);
      continue;
    }
    const auto name = text.substr(1, length - 2);
    if (name.front() == '#') {
      const bool hex = name.size() > 1 && (name[1] == 'x' || name[1] == 'X');
      std::uint32_t code = 0;
      for (const char c : name.substr(hex ? 2 : 1)) {
        const auto digit = c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10;
        code = std::min<std::uint32_t>(0x110000,
                                       code * (hex ? 16 : 10) + static_cast<std::uint32_t>(digit));
      }
      const bool bad = code == 0 || code > 0x10FFFF || (code >= 0xD800 && code < 0xE000);
      append_utf8(out, bad ? 0xFFFD : code);
    } else if (name == "amp") {
      out += '&';
    } else if (name == "lt") {
      out += '<';
    } else if (name == "gt") {
      out += '>';
    } else if (name == "quot") {
      out += '"';
    } else if (name == "apos") {
      out += '\'';
    } else if (name == "nbsp") {
      out += "\xC2\xA0";
    } else {
      out += text.substr(0, length);
    }
    text.remove_prefix(length);
  }
  return out;
}

/// The address when a link may lead there: blanks and control characters hide schemes.
std::optional<std::string> safe_address(std::string_view value) {
  std::string address;
  for (const char c : decode_entities(value)) {
    if (static_cast<unsigned char>(c) > 0x20 && c != 0x7F) address += c;
  }
  const auto lower = to_lower_ascii(std::string_view(address).substr(0, 8));
  for (const std::string_view scheme : {"http://", "https://", "mailto:"}) {
    if (lower.starts_with(scheme) && address.size() > scheme.size()) return address;
  }
  return std::nullopt;
}

struct Tag {
  std::string name;
  bool closing = false;
  std::string href;
  std::size_t length = 0;  // 0: no tag, a plain '<'.
};

/// Reads "name=value" pairs up to '>'; only href is of interest.
std::size_t read_attributes(std::string_view text, std::size_t i, Tag& tag) {
  while (i < text.size() && text[i] != '>') {
    if (is_space(text[i]) || text[i] == '/') {
      ++i;
      continue;
    }
    const auto from = i;
    ++i;
    while (i < text.size() && !is_space(text[i]) && text[i] != '=' && text[i] != '>') ++i;
    const auto name = to_lower_ascii(text.substr(from, i - from));
    while (i < text.size() && is_space(text[i])) ++i;
    if (i >= text.size() || text[i] != '=') continue;
    ++i;
    while (i < text.size() && is_space(text[i])) ++i;
    std::string_view value;
    if (i < text.size() && (text[i] == '"' || text[i] == '\'')) {
      const auto end = std::min(text.find(text[i], i + 1), text.size());
      value = text.substr(i + 1, end - i - 1);
      i = std::min(end + 1, text.size());
    } else {
      const auto start = i;
      while (i < text.size() && !is_space(text[i]) && text[i] != '>') ++i;
      value = text.substr(start, i - start);
    }
    if (name == "href" && tag.href.empty()) tag.href = value;
  }
  return i;
}

Tag read_tag(std::string_view text) {
  Tag tag;
  std::size_t i = 1;
  if (i < text.size() && text[i] == '/') {
    tag.closing = true;
    ++i;
  }
  if (i >= text.size() || !is_letter(text[i])) return tag;
  const auto from = i;
  while (i < text.size() && !is_space(text[i]) && text[i] != '>' && text[i] != '/') ++i;
  tag.name = to_lower_ascii(text.substr(from, std::min<std::size_t>(i - from, 32)));
  if (tag.name == "h1") tag.name = "h2";
  if (tag.name == "h5" || tag.name == "h6") tag.name = "h4";
  i = read_attributes(text, i, tag);
  tag.length = std::min(i + 1, text.size());
  return tag;
}

class Cleaner {
 public:
  explicit Cleaner(std::string_view html) : rest_(html) { out_.reserve(html.size()); }

  std::string run() {
    while (!rest_.empty()) {
      const auto at = std::min(rest_.find('<'), rest_.size());
      text(rest_.substr(0, at));
      rest_.remove_prefix(at);
      if (!rest_.empty()) markup();
    }
    while (!open_.empty()) close_top();
    const auto kept = trim(out_);
    return std::string(kept);
  }

 private:
  void text(std::string_view plain) {
    for (std::size_t i = 0; i < plain.size(); ++i) {
      const char c = plain[i];
      if (c == '&') {
        const auto length = entity_length(plain.substr(i));
        if (length == 0) {
          out_ += "&amp;";
          continue;
        }
        out_ += plain.substr(i, length);
        i += length - 1;
      } else if (c == '>') {
        out_ += "&gt;";
      } else if (static_cast<unsigned char>(c) >= 0x20 || is_space(c)) {
        out_ += c;
      }
    }
  }

  void markup() {
    if (rest_.starts_with("<!--")) return skip_past("-->", 4);
    if (rest_.starts_with("<!") || rest_.starts_with("<?")) return skip_past(">", 2);
    const Tag tag = read_tag(rest_);
    if (tag.length == 0) {
      out_ += "&lt;";
      rest_.remove_prefix(1);
      return;
    }
    rest_.remove_prefix(tag.length);
    if (!tag.closing && among(kDropped, tag.name)) return skip_element(tag.name);
    if (among(kBlocks, tag.name)) {
      if (!out_.empty() && out_.back() != '\n') out_ += '\n';
      return;
    }
    if (!among(kKept, tag.name)) return;
    tag.closing ? close(tag.name) : open(tag);
  }

  void skip_past(std::string_view end, std::size_t from) {
    const auto at = rest_.find(end, from);
    rest_.remove_prefix(at == std::string_view::npos ? rest_.size() : at + end.size());
  }

  // To the element's own closing tag; without one everything behind it is gone, as in a browser.
  void skip_element(const std::string& name) {
    while (!rest_.empty()) {
      const auto at = rest_.find("</");
      if (at == std::string_view::npos) break;
      rest_.remove_prefix(at);
      const auto found = rest_.substr(2, name.size());
      const char after = rest_.size() > name.size() + 2 ? rest_[name.size() + 2] : '>';
      if (iequals_ascii(found, name) && (is_space(after) || after == '>' || after == '/')) {
        return skip_past(">", 2);
      }
      rest_.remove_prefix(2);
    }
    rest_ = {};
  }

  void open(const Tag& tag) {
    if (tag.name == "br" || tag.name == "hr") {
      out_ += tag.name == "br" ? "<br>" : "\n";
      return;
    }
    if (open_.size() >= kMaxDepth) return;
    if (tag.name != "a") {
      out_ += "<" + tag.name + ">";
      open_.push_back(tag.name);
      return;
    }
    const auto address = safe_address(tag.href);
    if (!address || std::find(open_.begin(), open_.end(), "a") != open_.end()) return;
    out_ += "<a href=\"" + escape_html(*address) + "\" rel=\"nofollow\">";
    open_.push_back(tag.name);
  }

  void close(const std::string& name) {
    if (std::find(open_.begin(), open_.end(), name) == open_.end()) return;
    while (open_.back() != name) close_top();
    close_top();
  }
  void close_top() {
    out_ += "</" + open_.back() + ">";
    open_.pop_back();
  }

  std::string_view rest_;
  std::string out_;
  std::vector<std::string> open_;
};

}  // namespace

std::string clean_html(std::string_view html) { return Cleaner(html).run(); }

std::string text_of_html(std::string_view html) {
  const std::string clean = clean_html(html);
  std::string bare;
  for (std::size_t i = 0; i < clean.size(); ++i) {
    if (clean[i] == '<') {
      i = std::min(clean.find('>', i), clean.size());
      bare += ' ';
    } else {
      bare += clean[i];
    }
  }
  std::string out;
  for (const char c : decode_entities(bare)) {
    if (!is_space(c)) {
      out += c;
    } else if (!out.empty() && out.back() != ' ') {
      out += ' ';
    }
  }
  if (!out.empty() && out.back() == ' ') out.pop_back();
  return out;
}

}  // namespace fondaco::catalog
