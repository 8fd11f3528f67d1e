#include "import_google_xml.h"

#include <fondaco/base/check.h>
#include <fondaco/base/text.h>

#include <expat.h>

#include <cstring>

namespace fondaco::catalog {
namespace {

constexpr std::string_view kGoogle = "http://base.google.com/ns/1.0";
constexpr char kSeparator = '\n';
constexpr int kChunk = 64 << 10;

std::string_view local_of(std::string_view name) {
  const auto at = name.rfind(kSeparator);
  return at == std::string_view::npos ? name : name.substr(at + 1);
}

}  // namespace

GoogleXml::GoogleXml(ByteSource& bytes)
    : bytes_(bytes), parser_(XML_ParserCreateNS(nullptr, kSeparator)) {
  if (!parser_) throw Fault("expat cannot begin");
  XML_SetUserData(parser_, this);
  XML_SetElementHandler(
      parser_,
      [](void* self, const char* name, const char** attributes) {
        static_cast<GoogleXml*>(self)->begin(name, attributes);
      },
      [](void* self, const char* name) { static_cast<GoogleXml*>(self)->end(name); });
  XML_SetCharacterDataHandler(parser_, [](void* self, const char* data, int size) {
    static_cast<GoogleXml*>(self)->text(data, size);
  });
  XML_SetEntityDeclHandler(parser_, [](void* self, const char*, int, const char*, int, const char*,
                                       const char*, const char*, const char*) {
    auto* xml = static_cast<GoogleXml*>(self);
    xml->damage_ = "it declares an entity, which no feed needs";
    XML_StopParser(xml->parser_, XML_FALSE);
  });
}

GoogleXml::~GoogleXml() { XML_ParserFree(parser_); }

bool GoogleXml::next(GoogleItem& out) {
  while (items_.empty() && !ended_) feed();
  if (items_.empty()) return false;
  out = std::move(items_.front());
  items_.pop_front();
  return true;
}

void GoogleXml::feed() {
  void* buffer = XML_GetBuffer(parser_, kChunk);
  if (!buffer) throw Fault("out of memory");
  const auto got = bytes_.read(static_cast<char*>(buffer), kChunk);
  ended_ = got == 0;
  if (XML_ParseBuffer(parser_, static_cast<int>(got), ended_) == XML_STATUS_OK) {
    if (ended_) damage_ = bytes_.damage();
    return;
  }
  ended_ = true;
  if (!bytes_.damage().empty()) damage_ = bytes_.damage();
  if (!damage_.empty()) return;
  damage_ = "line " + std::to_string(XML_GetCurrentLineNumber(parser_)) + ": " +
            XML_ErrorString(XML_GetErrorCode(parser_));
}

void GoogleXml::begin(const char* name, const char** attributes) {
  const auto local = local_of(name);
  if (depth_ == 0) {
    if (local != "item" && local != "entry") return;
    item_ = {};
    item_bytes_ = 0;
    depth_ = 1;
    return;
  }
  ++depth_;
  if (depth_ == 2) {
    member_.clear();
    for (const char** a = attributes; *a; a += 2) {  // Atom: <link href="…"/>
      if (local == "link" && std::string_view(a[0]) == "href") add(a[1]);
    }
  } else if (depth_ == 3) {
    add(trim(member_).empty() ? "" : "; ");
    add(local);
    add("=");
  }
}

void GoogleXml::end(const char* name) {
  if (depth_ == 0) return;
  --depth_;
  if (depth_ == 1) {
    const std::string_view full = name;
    const auto text = trim(member_);
    if (!text.empty()) {
      const bool google = full.starts_with(kGoogle);
      item_.members.push_back(
          {(google ? "" : ":") + std::string(local_of(full)), std::string(text)});
    }
  } else if (depth_ == 0) {
    items_.push_back(std::move(item_));
  }
}

void GoogleXml::text(const char* data, int size) {
  if (depth_ < 2) return;
  std::string_view bytes(data, static_cast<std::size_t>(size));
  if (depth_ > 2) bytes = trim(bytes);  // Between the members of a member is only layout.
  if (depth_ == 2 && trim(bytes).empty() && member_.find('=') != std::string::npos) return;
  add(bytes);
}

void GoogleXml::add(std::string_view bytes) {
  item_bytes_ += bytes.size();
  if (item_bytes_ > kItemBytes) {
    item_.problem = "the item has more than " + std::to_string(kItemBytes) + " bytes";
    return;
  }
  member_ += bytes;
}

}  // namespace fondaco::catalog
