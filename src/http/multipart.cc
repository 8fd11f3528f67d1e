#include <fondaco/base/text.h>
#include <fondaco/http/multipart.h>

namespace fondaco::http {
namespace {

constexpr std::size_t kPartsMost = 64;

/// The value of a parameter of a header: name="value" or name=value; empty when it is not there.
std::string parameter(std::string_view header, std::string_view name) {
  for (std::size_t at = header.find(';'); at != header.npos; at = header.find(';', at)) {
    ++at;
    while (at < header.size() && header[at] == ' ') ++at;
    if (header.substr(at, name.size()) != name || header.substr(at + name.size(), 1) != "=") {
      continue;
    }
    std::string_view value = header.substr(at + name.size() + 1);
    if (value.starts_with('"')) {
      const auto end = value.find('"', 1);
      return end == value.npos ? std::string() : std::string(value.substr(1, end - 1));
    }
    return std::string(trim(value.substr(0, value.find(';'))));
  }
  return {};
}

}  // namespace

std::optional<std::vector<FormPart>> parse_multipart(std::string_view content_type,
                                                     std::string_view body) {
  const auto media = trim(content_type.substr(0, content_type.find(';')));
  const std::string boundary = parameter(content_type, "boundary");
  if (!iequals_ascii(media, "multipart/form-data") || boundary.empty() || boundary.size() > 70) {
    return std::nullopt;
  }
  const std::string mark = "--" + boundary;
  if (!body.starts_with(mark)) return std::nullopt;
  std::vector<FormPart> out;
  std::string_view rest = body.substr(mark.size());
  while (!rest.starts_with("--")) {
    if (!rest.starts_with("\r\n") || out.size() == kPartsMost) return std::nullopt;
    const auto head_end = rest.find("\r\n\r\n");
    if (head_end == rest.npos) return std::nullopt;
    const std::string_view head = rest.substr(2, head_end - 2);
    rest.remove_prefix(head_end + 4);
    const auto end = rest.find("\r\n" + mark);
    if (end == rest.npos) return std::nullopt;
    FormPart part;
    for (const std::string_view line : split(head, '\n')) {
      const auto colon = line.find(':');
      if (!iequals_ascii(line.substr(0, colon), "content-disposition")) continue;
      const std::string_view value = trim(line);
      part.name = parameter(value, "name");
      part.filename = parameter(value, "filename");
      part.is_file = value.find("filename=") != value.npos;
    }
    if (part.name.empty() || !is_utf8(part.name) || !is_utf8(part.filename)) return std::nullopt;
    part.content = rest.substr(0, end);
    if (!part.is_file && !is_utf8(part.content)) return std::nullopt;
    out.push_back(std::move(part));
    rest.remove_prefix(end + 2 + mark.size());
  }
  return out;
}

}  // namespace fondaco::http
