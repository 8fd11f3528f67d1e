#include <fondaco/catalog/redirects.h>

#include "testing.h"

namespace fondaco::catalog {
namespace {

class Redirects : public CatalogTest {
 protected:
  template <class F>
  auto write(F&& f) {
    return store->main().write(std::forward<F>(f));
  }
};
INSTANTIATE_TEST_SUITE_P(Engines, Redirects, testing::ValuesIn(storage::test_engines()),
                         [](const auto& p) { return storage::engine_name(p.param); });

// Whatever form an old address has, its path is what counts.
TEST(RedirectPath, IsThePathOnly) {
  EXPECT_EQ(redirect_path("/products/lamp"), "/products/lamp");
  EXPECT_EQ(redirect_path(" https://old.example/products/lamp/?x=1#y "), "/products/lamp");
  EXPECT_EQ(redirect_path("/a//"), "/a");
  for (const char* none : {"", "/", "lamp", "https://old.example", "/a b", "/a\x01"}) {
    EXPECT_FALSE(redirect_path(none)) << none;
  }
  EXPECT_FALSE(redirect_path("/" + std::string(kMaxPath, 'x')));
}

// A path leads to one product; saying it twice is once; each refusal leaves things as they are.
TEST_P(Redirects, LeadToOneProduct) {
  import_text("handle,title\na,A\nb,B\n");
  const auto a = by_handle("a")->id;
  const auto b = by_handle("b")->id;
  const auto set = [&](MerchantId who, std::string_view path, ProductId product) {
    return write([&](storage::Tx& tx) { return set_redirect(tx, who, path, product); });
  };
  EXPECT_EQ(set(owner, "/old", a).value(), RedirectDone::created);
  EXPECT_EQ(set(owner, "/old", a).value(), RedirectDone::unchanged);
  EXPECT_EQ(set(owner, "/old", b).value(), RedirectDone::updated);
  EXPECT_EQ(set(owner, "old", a).refusal(), RedirectRefusal::bad_path);
  EXPECT_EQ(set(owner, "/x/", a).refusal(), RedirectRefusal::bad_path);
  EXPECT_EQ(set(owner, "/x", ProductId{7}).refusal(), RedirectRefusal::unknown_product);
  const auto other = IdSource(store.clock(), 5).next<MerchantId>(79);
  EXPECT_EQ(set(other, "/x", a).refusal(), RedirectRefusal::unknown_product);
  const auto mine = std::exchange(owner, other);
  import_text("handle,title\nc,C\n");
  EXPECT_EQ(set(other, "/old", by_handle("c")->id).refusal(), RedirectRefusal::path_taken);
  auto read = store->main().read();
  EXPECT_EQ(redirected(read, "/old"), b);
  EXPECT_FALSE(redirected(read, "/none"));
  ASSERT_EQ(redirects_of(read, mine, 0, 10).size(), 1U);
  EXPECT_EQ(redirects_of(read, mine, 0, 10)[0].path, "/old");
}

}  // namespace
}  // namespace fondaco::catalog
