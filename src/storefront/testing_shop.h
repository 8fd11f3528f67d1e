// A whole small marketplace behind its pages, and a browser without scripts to walk through it.
// For the tests of this module.
#pragma once

#include <fondaco/catalog.h>
#include <fondaco/http/server.h>
#include <fondaco/inventory.h>
#include <fondaco/ledger.h>
#include <fondaco/orders/checkout.h>
#include <fondaco/shoppers/api.h>
#include <fondaco/storage/testing.h>
#include <fondaco/storefront/api.h>

#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <string>
#include <vector>

namespace fondaco::storefront {

/// What is wrong with a page as HTML, empty when nothing: unbalanced tags, style attributes,
/// inline handlers, scripts that are not data, sources on other hosts.
std::string html_fault(const std::string& html);
/// Value of the first input with that name.
std::string input_value(const std::string& html, const std::string& name);

inline std::vector<storage::Migration> shop_migrations() {
  return storage::join({storage::migrations(), http::migrations(), catalog::migrations(),
                        inventory::migrations(), ledger::migrations(), shoppers::migrations(),
                        marketplace::migrations(), payments::migrations(), logistics::migrations(),
                        orders::migrations()});
}

class ShopTest : public testing::TestWithParam<storage::Engine> {
 protected:
  ShopTest();
  ~ShopTest() override;

  struct Thing {
    ProductId product;
    std::vector<VariantId> variants;
    std::vector<OfferId> offers;
    std::vector<StockId> stocks;
    std::string path;
  };
  marketplace::Merchant merchant(const std::string& slug, const std::string& name);
  /// A product with one variant for each size (none: a single one), at that price, with units.
  Thing thing(const marketplace::Merchant& m, const std::string& title,
              const std::vector<std::string>& sizes, std::int64_t price, std::int64_t units);
  void set_units(StockId stock, std::int64_t units);
  storage::Findings verified();

  storage::TestStore store;
  shoppers::Shoppers people{*store};
  inventory::Availability availability{store.clock()};
  ledger::AccountBook accounts;
  marketplace::OfferBook offers{store.clock()};
  marketplace::FeeBook fees{store->main()};
  marketplace::Onboarding gates{{*store, accounts, people.keyring(), offers}};
  storage::Blobs blobs{*store};
  matching::MemorySearch search;
  payments::Providers providers;
  payments::TestProvider* provider = nullptr;
  std::unique_ptr<orders::Checkout> checkout;
  std::unique_ptr<orders::Aftersale> aftersale;
  std::unique_ptr<http::Authenticator> authenticator;
  std::unique_ptr<http::Server> server;
};

/// Keeps cookies and follows redirects; each page is checked by html_fault().
class Browser {
 public:
  explicit Browser(http::Server& server) : server_(server) {}
  using Fields = std::vector<std::pair<std::string, std::string>>;

  const std::string& get(const std::string& path);
  /// Adds the page's csrf token.
  const std::string& post(const std::string& path, Fields fields);
  /// A form with files, as multipart; the page's csrf token is added.
  const std::string& upload(const std::string& path, const Fields& fields, const Fields& files);
  http::Response raw(http::Method method, const std::string& target, const std::string& body = {});

  std::string html;
  int status = 0;
  std::string at;  // Path after redirects.
  std::map<std::string, std::string> cookies;
  std::vector<http::Header> headers = {{"Accept", "text/html"}, {"Host", "shop.example"}};

 private:
  const std::string& go(http::Method method, std::string target, std::string body);
  http::Server& server_;
  std::string form_type_ = "application/x-www-form-urlencoded";
};

}  // namespace fondaco::storefront
