// The values of facets, numbered for all segments together. Depends on: base.
// Numbers are never taken back; a value that no product has any more is counted zero.
#pragma once

#include "segment.h"

#include <fondaco/matching.h>

#include <deque>
#include <map>
#include <mutex>
#include <shared_mutex>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

namespace fondaco::matching {

/// What a document's columns hold.
struct DocumentValues {
  std::uint32_t category = kNone;
  std::uint32_t brand = kNone;
  std::vector<std::uint32_t> merchants;   // Sorted, no two alike.
  std::vector<std::uint32_t> attributes;  // Sorted, no two alike.
};

/// A shared mutex whose waiting writer goes before later readers. The system's lets readers in
/// for ever while there are any, and a busy shop always has some.
class WriterFirstMutex {
 public:
  void lock() {
    gate_.lock();
    mutex_.lock();
  }
  void unlock() {
    mutex_.unlock();
    gate_.unlock();
  }
  void lock_shared() {
    const std::lock_guard gate(gate_);
    mutex_.lock_shared();
  }
  void unlock_shared() { mutex_.unlock_shared(); }

 private:
  std::mutex gate_;
  std::shared_mutex mutex_;
};

/// Members are read while `mutex` is held, shared; only intern() changes them.
class Values {
 public:
  static constexpr std::size_t kAttributesMax = 4'000'000;  // Those after are not faceted.

  struct Category {
    CategoryId id;
    std::string path;
    std::uint32_t parent = kNone;
    std::map<std::string, std::string> names;
  };
  struct Brand {
    BrandId id;
    std::string name;
  };
  struct AttributeName {
    std::string label;
    std::vector<std::uint32_t> values;  // Ascending.
  };
  struct AttributeValue {
    std::uint32_t name = 0;
    std::string label;
  };

  mutable WriterFirstMutex mutex;
  std::deque<Category> categories;
  std::deque<Brand> brands;
  std::deque<MerchantId> merchants;
  std::deque<AttributeName> attribute_names;
  std::deque<AttributeValue> attribute_values;

  /// Takes the lock itself, briefly.
  DocumentValues intern(const SearchDocument& document);
  /// The lock is held by the caller. kNone when never seen.
  std::uint32_t find_merchant(MerchantId id) const;
  std::uint32_t find_attribute_name(std::string_view name) const;
  std::uint32_t find_attribute(const Attribute& attribute) const;
  std::size_t bytes() const;

 private:
  std::uint32_t intern_category(std::span<const CategoryStep> path);
  std::uint32_t intern_brand(BrandId id, const std::string& name);
  std::uint32_t intern_attribute(const Attribute& attribute);
  std::unordered_map<std::string, std::uint32_t> category_by_path_;
  std::unordered_map<std::string, std::uint32_t> brand_by_key_;
  std::unordered_map<MerchantId, std::uint32_t> merchant_by_id_;
  std::unordered_map<std::string, std::uint32_t> name_by_key_;
  std::unordered_map<std::string, std::uint32_t> value_by_key_;
  std::size_t text_bytes_ = 0;
};

}  // namespace fondaco::matching
