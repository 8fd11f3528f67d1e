// Pages from Mustache templates. Depends on kainjow's mustache.
// {{name}} escapes HTML; {{{name}}} does not and is for HTML that is already clean. {{>part}} is
// another template, {{t.key}} a phrase in the page's language: both are put in place when the
// templates are compiled, once, so that rendering looks nothing up.
#pragma once

#include <kainjow/mustache.hpp>

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace fondaco::storefront {

/// What a template shows. A name that is not set is looked for further out, so that items of a
/// list set all names that they use.
class View {
 public:
  View() : data_(kainjow::mustache::data::type::object) {}

  View& set(std::string_view name, std::string text) {
    data_[std::string(name)] = kainjow::mustache::data(text);
    return *this;
  }
  View& set(std::string_view name, std::string_view text) { return set(name, std::string(text)); }
  View& set(std::string_view name, const char* text) { return set(name, std::string(text)); }
  View& set(std::string_view name, bool yes) {
    data_[std::string(name)] = kainjow::mustache::data(yes);
    return *this;
  }
  /// An empty text is "no" to {{#name}}.
  View& maybe(std::string_view name, std::string text) {
    return text.empty() ? set(name, false) : set(name, std::move(text));
  }
  View& set(std::string_view name, View child) {
    data_[std::string(name)] = std::move(child.data_);
    return *this;
  }
  View& set(std::string_view name, const std::vector<View>& items) {
    kainjow::mustache::data list(kainjow::mustache::data::type::list);
    for (const View& item : items) list.push_back(item.data_);
    data_[std::string(name)] = std::move(list);
    return *this;
  }
  const kainjow::mustache::data& data() const { return data_; }

 private:
  kainjow::mustache::data data_;
};

/// All templates in all languages. Thread-safe after construction.
class Templates {
 public:
  /// Compiles the embedded ones. A broken template or unknown phrase is a bug.
  Templates();
  /// For tests: one template, without phrases.
  static std::string render_text(const std::string& text, const View& view);

  std::string render(std::string_view name, std::string_view locale, const View& view) const;
  std::vector<std::string> names() const;

 private:
  using Key = std::pair<std::string, std::string>;  // Locale, name.
  std::map<Key, std::unique_ptr<kainjow::mustache::mustache>, std::less<>> compiled_;
};

}  // namespace fondaco::storefront
