#include "assets.h"
#include "words.h"

#include <fondaco/base/check.h>
#include <fondaco/base/text.h>
#include <fondaco/outreach/letter.h>

#include <kainjow/mustache.hpp>

#include <mutex>

namespace fondaco::outreach {
namespace {

using kainjow::mustache::data;
using kainjow::mustache::mustache;

/// A value of somebody else on one line: no line of it can stand for one of ours.
std::string one_line(std::string_view text) {
  std::string out;
  each_code_point(text, [&](std::uint32_t c) {
    const bool breaks = c < 0x20 || c == 0x7f || c == 0x85 || c == 0x2028 || c == 0x2029;
    append_utf8(out, breaks ? ' ' : c);
  });
  return out;
}

std::string template_text(std::string_view name) {
  for (const Asset& asset : assets()) {
    if (asset.name == name) return std::string(asset.text);
  }
  throw Bug("there is no letter " + std::string(name));
}

std::string rendered(std::string_view name, const data& values) {
  // Compiled anew: a mail is written once in a while, and the library's templates are not const.
  mustache letter(template_text(name));
  FONDACO_CHECK(letter.is_valid());
  letter.set_custom_escape([](const std::string& s) { return escape_html(s); });
  std::string out = letter.render(values);
  FONDACO_CHECK(letter.is_valid());
  return out;
}

void set_or_no(data& values, const std::string& name, std::string text) {
  values[name] = text.empty() ? data(false) : data(std::move(text));
}

data parcels_of(const Letter& letter) {
  data out(data::type::list);
  for (const LetterParcel& parcel : letter.parcels) {
    data one(data::type::object);
    one["merchant"] = data(one_line(parcel.merchant));
    one["order"] = data(one_line(parcel.order));
    data rows(data::type::list);
    for (const auto& row : parcel.rows) {
      data r(data::type::object);
      r["title"] = data(one_line(row.title));
      r["quantity"] = data(one_line(row.quantity));
      r["amount"] = data(one_line(row.amount));
      rows.push_back(r);
    }
    data sums(data::type::list);
    for (const auto& [label, amount] : parcel.sums) {
      data s(data::type::object);
      s["label"] = data(one_line(label));
      s["amount"] = data(one_line(amount));
      sums.push_back(s);
    }
    one["rows"] = std::move(rows);
    one["sums"] = std::move(sums);
    out.push_back(one);
  }
  return out;
}

}  // namespace

MailText render(MailKind kind, const Letter& letter) {
  const std::string locale = letter.locale == "zh" ? "zh" : "en";
  std::map<std::string, std::string> clean;
  for (const auto& [name, value] : letter.values) clean[name] = one_line(value);
  const auto say = [&](std::string_view part) {
    return filled(words_of(kind, part, locale), clean);
  };

  std::string note = say("note");
  if (clean.contains("guest_code")) {
    note += (note.empty() ? "" : " ") + filled(common_words("guest_code", locale), clean);
  }
  data values(data::type::object);
  values["lang"] = data(locale == "zh" ? std::string("zh-Hans") : locale);
  values["shop"] = data(one_line(letter.shop));
  values["heading"] = data(say("heading"));
  values["lead"] = data(say(letter.paid ? "lead_paid" : "lead"));
  set_or_no(values, "code", clean.contains("code") ? clean["code"] : "");
  values["parcels"] = parcels_of(letter);
  set_or_no(values, "link", letter.link);
  values["action"] = data(say("action"));
  set_or_no(values, "note", note);
  values["foot"] = data(std::string(common_words("foot", locale)));
  return {letter.to, locale, say("subject"), rendered("letter.txt.mustache", values),
          rendered("letter.html.mustache", values)};
}

}  // namespace fondaco::outreach
