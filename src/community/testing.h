// People who talk, and a merchant with two products. Private to the tests of this folder.
#pragma once

#include <fondaco/catalog.h>
#include <fondaco/community.h>
#include <fondaco/orders.h>
#include <fondaco/shoppers.h>
#include <fondaco/storage/testing.h>

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace fondaco::community {

class CommunityTest : public testing::TestWithParam<storage::Engine> {
 protected:
  CommunityTest()
      : store_(GetParam(),
               storage::join({storage::migrations(), catalog::migrations(), orders::migrations(),
                              shoppers::migrations(), migrations()})),
        people_(*store_) {
    anna_ = person("anna@shop.example");
    bert_ = person("bert@shop.example");
    bike_ = product(kBikes, "bike");
    book_ = product(kBooks, "book");
  }

  template <class F>
  auto write(F&& f) {
    return store_->main().write(std::forward<F>(f));
  }
  shoppers::Keyring& keyring() { return people_.keyring(); }
  PersonId person(std::string email) {
    return *people_.create_user({std::move(email), "correct horse battery", "Somebody", "", {}, {}},
                                {}, "test");
  }
  KeyId key(PersonId person) {
    auto read = store_->main().read();
    return shoppers::find_person(read, keyring(), person)->key;
  }
  ProductId product(MerchantId owner, std::string handle) {
    return write([&](storage::Tx& tx) {
      catalog::Product p;
      p.owner = owner;
      p.handle = handle;
      p.title = handle;
      p.status = catalog::Status::active;
      p.variants.emplace_back();
      p.variants[0].sku = handle;
      p.variants[0].position = 1;
      return catalog::save_product(tx, p)->id;
    });
  }
  void erase(PersonId person) {
    const auto stays = key(person);
    store_->keys().write([&](storage::Tx& tx) { keyring().destroy(tx, stays); });
    keyring().forget(stays);
  }
  storage::Findings verified() {
    auto read = store_->main().read();
    storage::Findings findings;
    verify(read, findings);
    return findings;
  }
  std::vector<storage::StoredEvent> events(std::string_view type) {
    std::vector<storage::StoredEvent> out;
    for (auto& e : store_->outbox().after(store_->outbox().node(), 0, 1'000)) {
      if (e.type == type) out.push_back(std::move(e));
    }
    return out;
  }

  const MerchantId kBikes{0x100000};
  const MerchantId kBooks{0x200000};
  storage::TestStore store_;
  shoppers::Shoppers people_;
  PersonId anna_, bert_;
  ProductId bike_, book_;
};

}  // namespace fondaco::community
