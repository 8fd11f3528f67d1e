#include <fondaco/http/message.h>
#include <fondaco/http/multipart.h>

#include <gtest/gtest.h>

namespace fondaco::http {
namespace {

const std::string kType = "multipart/form-data; boundary=\"limit\"";

std::string part(const std::string& disposition, const std::string& content) {
  return "--limit\r\nContent-Disposition: form-data; " + disposition + "\r\n\r\n" + content +
         "\r\n";
}

// Fields and files come out as they were sent, bytes and line ends of a file untouched; a field is
// found by name, a file of that name is no field.
TEST(Multipart, FieldsAndFiles) {
  const std::string bytes("\xff\xd8\r\n--limi\0\xff", 12);
  const std::string file = "name=\"photos\"; filename=\"IMG 1.jpg\"\r\nContent-Type: image/jpeg";
  const std::string body = part("name=\"title\"", "Blue bowl") + part(file, bytes) +
                           part("name=empty", "") + "--limit--\r\n";
  const auto parts = parse_multipart(kType, body);
  ASSERT_TRUE(parts);
  ASSERT_EQ(parts->size(), 3u);
  EXPECT_EQ(parts->at(0).name, "title");
  EXPECT_FALSE(parts->at(0).is_file);
  EXPECT_EQ(parts->at(1).content, bytes);
  EXPECT_EQ(parts->at(1).filename, "IMG 1.jpg");
  EXPECT_TRUE(parts->at(1).is_file);
  EXPECT_TRUE(parts->at(2).content.empty());
  Request r;
  r.headers.push_back({"Content-Type", kType});
  r.body = body;
  EXPECT_EQ(r.form_value("title"), "Blue bowl");
  EXPECT_EQ(r.form_value("empty"), "");
  EXPECT_FALSE(r.form_value("photos"));
  EXPECT_FALSE(r.form_value("other"));
}

// What is cut off, has no boundary, no name or too many parts is nothing, wherever it ends.
TEST(Multipart, RefusesWhatIsBroken) {
  const std::string body = part("name=\"a\"", "1") + "--limit--";
  ASSERT_TRUE(parse_multipart(kType, body));
  for (std::size_t cut = 0; cut < body.size(); ++cut) {
    EXPECT_FALSE(parse_multipart(kType, body.substr(0, cut))) << cut;
  }
  EXPECT_FALSE(parse_multipart("multipart/form-data", body));
  EXPECT_FALSE(parse_multipart("multipart/form-data; boundary=" + std::string(71, 'a'), body));
  EXPECT_FALSE(parse_multipart("text/plain; boundary=limit", body));
  EXPECT_FALSE(parse_multipart(kType, part("filename=\"a\"", "1") + "--limit--"));
  EXPECT_FALSE(parse_multipart(kType, part("name=\"a\"", "\xff") + "--limit--"));
  std::string many;
  for (int i = 0; i < 65; ++i) many += part("name=\"a\"", "1");
  EXPECT_FALSE(parse_multipart(kType, many + "--limit--"));
}

}  // namespace
}  // namespace fondaco::http
