#include "route_tree.h"

#include <fondaco/base/check.h>

#include <gtest/gtest.h>

namespace fondaco::http {
namespace {

class RouteTreeTest : public ::testing::Test {
 protected:
  const Mounted& add(Method m, std::string path) {
    auto mounted = std::make_unique<Mounted>();
    mounted->route.method = m;
    mounted->route.path = std::move(path);
    mounted->params = param_names(mounted->route.path);
    tree_.add(*mounted);
    all_.push_back(std::move(mounted));
    return *all_.back();
  }
  RouteTree tree_;
  std::vector<std::unique_ptr<Mounted>> all_;
};

// A literal wins over a parameter, a parameter over the rest, and each gives its values.
TEST_F(RouteTreeTest, MostSpecificWins) {
  const auto& list = add(Method::get, "/products");
  const auto& one = add(Method::get, "/products/{id}");
  const auto& fresh = add(Method::get, "/products/new");
  const auto& media = add(Method::get, "/products/{id}/media/{name}");
  const auto& rest = add(Method::get, "/{rest*}");
  EXPECT_EQ(tree_.find(Method::get, "/products").mounted, &list);
  EXPECT_EQ(tree_.find(Method::get, "/products/new").mounted, &fresh);
  EXPECT_EQ(tree_.find(Method::get, "/products/7").mounted, &one);
  EXPECT_EQ(tree_.find(Method::get, "/products/7").values[0], "7");
  const auto found = tree_.find(Method::get, "/products/7/media/a.jpg");
  EXPECT_EQ(found.mounted, &media);
  EXPECT_EQ(found.values[1], "a.jpg");
  const auto other = tree_.find(Method::get, "/products/7/x/y");
  EXPECT_EQ(other.mounted, &rest);
  EXPECT_EQ(other.count, 1U);
  EXPECT_EQ(other.values[0], "products/7/x/y");
  EXPECT_EQ(tree_.find(Method::get, "/").mounted, &rest);
  EXPECT_EQ(tree_.find(Method::get, "/products/").mounted, &rest);
}

// The last resort takes what nothing else knows, and nothing that only wants another method.
TEST_F(RouteTreeTest, TheLastResortTakesNoMethodsAway) {
  const auto& last = add(Method::get, "/{rest*}");
  add(Method::post, "/a");
  EXPECT_EQ(tree_.find(Method::get, "/old/path").mounted, &last);
  EXPECT_EQ(tree_.find(Method::get, "/a").mounted, nullptr);
  EXPECT_EQ(allow_of(tree_.find(Method::get, "/a").methods), "POST, OPTIONS");
  EXPECT_EQ(tree_.find(Method::post, "/old/path").methods, 0U);
}

// HEAD is answered by GET; a method that is not there is told which ones are.
TEST_F(RouteTreeTest, Methods) {
  const auto& read = add(Method::get, "/a/{id}");
  add(Method::put, "/a/{id}");
  const auto& fixed = add(Method::post, "/a/b");
  EXPECT_EQ(tree_.find(Method::head, "/a/1").mounted, &read);
  const auto refused = tree_.find(Method::del, "/a/1");
  EXPECT_EQ(refused.mounted, nullptr);
  EXPECT_EQ(allow_of(refused.methods), "GET, HEAD, PUT, OPTIONS");
  EXPECT_EQ(tree_.find(Method::post, "/a/b").mounted, &fixed);
  EXPECT_EQ(tree_.find(Method::get, "/a/b").mounted, &read);
  EXPECT_EQ(tree_.find(Method::get, "/none").methods, 0U);
}

#ifndef FONDACO_CHECK_ABORTS
// Two routes for one method and path are a bug.
TEST_F(RouteTreeTest, RefusesTwice) {
  add(Method::get, "/a");
  EXPECT_THROW(add(Method::get, "/a"), Bug);
}
#else
// Two routes for one method and path are a bug.
TEST_F(RouteTreeTest, RefusesTwice) {
  add(Method::get, "/a");
  EXPECT_DEATH(add(Method::get, "/a"), "place == nullptr");
}
#endif

}  // namespace
}  // namespace fondaco::http
