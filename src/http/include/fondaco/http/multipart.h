// Forms with files. Depends on nothing.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace fondaco::http {

/// One part of a multipart form; `content` lives as long as the body.
struct FormPart {
  std::string name;
  std::string filename;  // As the sender calls it: never a path of ours.
  bool is_file = false;
  std::string_view content;
};
/// multipart/form-data (RFC 7578); nothing when it is something else, is broken, has more than 64
/// parts, or a field is no UTF-8. Request::form_value() reads the fields of such a form too.
std::optional<std::vector<FormPart>> parse_multipart(std::string_view content_type,
                                                     std::string_view body);

}  // namespace fondaco::http
