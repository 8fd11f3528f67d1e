#include "compress.h"
#include "finish.h"
#include "testing_server.h"

#include <brotli/decode.h>
#include <zlib.h>

namespace fondaco::http {
namespace {

std::string gunzip(const std::string& in) {
  z_stream z{};
  EXPECT_EQ(inflateInit2(&z, 15 + 16), Z_OK);
  std::string out(1 << 20, '\0');
  z.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(in.data()));
  z.avail_in = static_cast<uInt>(in.size());
  z.next_out = reinterpret_cast<Bytef*>(out.data());
  z.avail_out = static_cast<uInt>(out.size());
  EXPECT_EQ(inflate(&z, Z_FINISH), Z_STREAM_END);
  out.resize(z.total_out);
  inflateEnd(&z);
  return out;
}

std::string unbrotli(const std::string& in) {
  std::string out(1 << 20, '\0');
  std::size_t size = out.size();
  EXPECT_EQ(BrotliDecoderDecompress(in.size(), reinterpret_cast<const std::uint8_t*>(in.data()),
                                    &size, reinterpret_cast<std::uint8_t*>(out.data())),
            BROTLI_DECODER_RESULT_SUCCESS);
  out.resize(size);
  return out;
}

class ConditionalTest : public ServerTest {
 protected:
  void SetUp() override {
    doorman_.people["anna"] = person(1, Principal::Kind::shopper);
    open();
    const auto read = [&](const char* path, ReadHandler h) {
      router().read(route(Method::get, path, kOpenRead), std::move(h));
    };
    read("/small", [](Context&) { return json(R"({"a":1})"); });
    read("/big", [this](Context&) { return json(big_); });
    read("/page", [this](Context&) { return html(big_); });
    read("/nonce", [](Context& c) { return html("<script nonce=\"" + c.nonce() + "\">"); });
    read("/shared", [this](Context&) {
      Response r;
      r.shared_body = shared_;
      return r;
    });
    read("/version", [](Context&) { return json("{}").with("ETag", etag_of(12)); });
    read("/fail", [](Context&) { return problem(404, "not_found", "no"); });
    router().write(route(Method::put, "/version", kOpenWrite), [](Context& c) -> WritePlan {
      if (auto refusal = check_if_match(c, 12)) return *refusal;
      return no_content();
    });
  }
  Response put_if(std::vector<Header> headers) {
    return server_->handle(ask(Method::put, "/version", std::move(headers)));
  }
  const std::string big_ = "[\"" + std::string(5000, 'x') + "\"]";
  const std::shared_ptr<const std::string> shared_ = std::make_shared<const std::string>(big_);
};

// A body is sent once; whoever names its tag is told that nothing has changed.
TEST_P(ConditionalTest, EtagAnd304) {
  const auto first = get("/small");
  const auto tag = header_of(first, "ETag");
  ASSERT_EQ(tag.size(), 34U);
  EXPECT_EQ(get("/big").status, 200);
  EXPECT_NE(header_of(get("/big"), "ETag"), tag);
  for (const auto& known : {tag, "W/" + tag, "\"other\", " + tag, std::string("*")}) {
    const auto again = get("/small", {{"If-None-Match", known}});
    EXPECT_EQ(again.status, 304) << known;
    EXPECT_TRUE(again.body.empty());
    EXPECT_EQ(header_of(again, "ETag"), tag);
  }
  EXPECT_EQ(get("/small", {{"If-None-Match", "\"other\""}}).status, 200);
  EXPECT_EQ(header_of(get("/fail"), "ETag"), "");
}

// Bodies that differ in one byte, at any place and length, have different tags.
TEST(EntityTag, SeesEveryByte) {
  for (std::size_t size = 1; size < 70; ++size) {
    const std::string base(size, 'a');
    for (std::size_t i = 0; i < size; ++i) {
      std::string other = base;
      other[i] = 'b';
      EXPECT_NE(entity_tag(base), entity_tag(other)) << size << ' ' << i;
    }
    EXPECT_NE(entity_tag(base), entity_tag(base + '\0'));
  }
}

// Brotli before gzip, q=0 is no, the tag tells the forms apart and still means the same thing.
TEST_P(ConditionalTest, Compression) {
  const auto plain = get("/big");
  EXPECT_EQ(header_of(plain, "Vary"), "Accept-Encoding");
  const auto br = get("/big", {{"Accept-Encoding", "gzip, deflate, br"}});
  EXPECT_EQ(header_of(br, "Content-Encoding"), "br");
  EXPECT_EQ(unbrotli(br.body), big_);
  const auto gz = get("/big", {{"Accept-Encoding", "gzip, br;q=0"}});
  EXPECT_EQ(header_of(gz, "Content-Encoding"), "gzip");
  EXPECT_EQ(gunzip(gz.body), big_);
  EXPECT_NE(header_of(gz, "ETag"), header_of(br, "ETag"));
  EXPECT_EQ(get("/big", {{"If-None-Match", header_of(br, "ETag")}}).status, 304);
  EXPECT_EQ(get("/big", {{"Accept-Encoding", "identity"}}).body, big_);
  EXPECT_EQ(header_of(get("/small", {{"Accept-Encoding", "br"}}), "Content-Encoding"), "");
}

// A body that lives on is compressed once.
TEST_P(ConditionalTest, CompressedFormsAreKept) {
  EXPECT_EQ(unbrotli(get("/shared", {{"Accept-Encoding", "br"}}).body), big_);
  CompressedCache cache;
  const auto once = cache.get(shared_, Coding::brotli);
  EXPECT_EQ(cache.get(shared_, Coding::brotli).get(), once.get());
  EXPECT_NE(cache.get(shared_, Coding::gzip).get(), once.get());
}

// Pages carry the strict policy, with a nonce where one was asked for, and then no tag.
TEST_P(ConditionalTest, PolicyOfPages) {
  const auto page = get("/page");
  const auto policy = header_of(page, "Content-Security-Policy");
  for (const auto* part :
       {"default-src 'self'", "script-src 'self'", "object-src 'none'", "base-uri 'none'",
        "frame-ancestors 'none'", "form-action 'self'", "img-src 'self' data:"}) {
    EXPECT_NE(policy.find(part), std::string::npos) << part;
  }
  EXPECT_EQ(policy.find("nonce"), std::string::npos);
  EXPECT_EQ(policy.find("unsafe"), std::string::npos);
  EXPECT_NE(header_of(page, "ETag"), "");
  const auto fresh = get("/nonce");
  const auto nonce = fresh.body.substr(15, 22);
  EXPECT_NE(header_of(fresh, "Content-Security-Policy").find("'nonce-" + nonce + "'"),
            std::string::npos);
  EXPECT_NE(get("/nonce").body, fresh.body);
  EXPECT_EQ(header_of(fresh, "ETag"), "");
  EXPECT_EQ(header_of(page, "X-Content-Type-Options"), "nosniff");
  EXPECT_NE(header_of(page, "Referrer-Policy"), "");
}

// What somebody signed in has seen stays in no cache.
TEST_P(ConditionalTest, CacheControl) {
  EXPECT_EQ(header_of(get("/small"), "Cache-Control"), "no-cache");
  EXPECT_EQ(header_of(get("/small", {{"Authorization", "Bearer anna"}}), "Cache-Control"),
            "no-store");
}

// A change names the version it has read: none is 428, an old one 412.
TEST_P(ConditionalTest, IfMatch) {
  EXPECT_EQ(header_of(get("/version"), "ETag"), "\"v12\"");
  EXPECT_EQ(put_if({}).status, 428);
  EXPECT_EQ(put_if({{"If-Match", "\"v11\""}}).status, 412);
  EXPECT_EQ(put_if({{"If-Match", "W/\"v12\""}}).status, 412);
  EXPECT_EQ(put_if({{"If-Match", "\"v11\", \"v12\""}}).status, 204);
  EXPECT_EQ(put_if({{"If-Match", "\"v12-br\""}}).status, 204);
  EXPECT_EQ(put_if({{"If-Match", "*"}}).status, 204);
}

INSTANTIATE_TEST_SUITE_P(Engines, ConditionalTest, ::testing::ValuesIn(storage::test_engines()));

}  // namespace
}  // namespace fondaco::http
