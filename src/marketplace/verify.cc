#include <fondaco/marketplace/annual.h>
#include <fondaco/marketplace/onboarding.h>

namespace fondaco::marketplace {
namespace {

constexpr storage::Sql kMerchants{"marketplace.verify_merchants", R"sql(
  SELECT COUNT(*) FROM marketplace_merchant)sql"};

constexpr storage::Sql kOffers{"marketplace.verify_offers", R"sql(
  SELECT COUNT(*) FROM marketplace_offer)sql"};

constexpr storage::Sql kSlugs{"marketplace.verify_slugs", R"sql(
  SELECT COUNT(*) FROM marketplace_slug)sql"};

constexpr storage::Sql kSlugOf{"marketplace.verify_slug_of", R"sql(
  SELECT m.id, COALESCE(s.merchant_id, 0)
    FROM marketplace_merchant m LEFT JOIN marketplace_slug s ON s.slug = m.slug
   WHERE s.merchant_id IS NULL OR s.merchant_id <> m.id ORDER BY m.id LIMIT 100)sql"};

constexpr storage::Sql kHomeless{"marketplace.verify_homeless", R"sql(
  SELECT o.id, o.merchant_id
    FROM marketplace_offer o
    LEFT JOIN marketplace_merchant m ON m.shard = o.shard AND m.id = o.merchant_id
   WHERE m.id IS NULL ORDER BY o.id LIMIT 100)sql"};

constexpr storage::Sql kUnlisted{"marketplace.verify_price_list", R"sql(
  SELECT p.offer_id, p.price_minor
    FROM marketplace_price p
    LEFT JOIN marketplace_offer o ON o.shard = p.shard AND o.id = p.offer_id
   WHERE o.id IS NULL ORDER BY p.id LIMIT 100)sql"};

/// Shards are part of the id: 8 bits above 14. Citus finds a row by the column.
constexpr storage::Sql kShard{"marketplace.verify_shard", R"sql(
  SELECT id, shard FROM marketplace_offer
   WHERE shard <> (id / 16384) % 256 OR shard <> (merchant_id / 16384) % 256
   ORDER BY id LIMIT 100)sql"};

}  // namespace

void verify(storage::Read& read, storage::Findings& findings) {
  const std::int64_t merchants = read.scalar(kMerchants, {}).value_or(0);
  const std::int64_t slugs = read.scalar(kSlugs, {}).value_or(0);
  findings.checked["merchants"] += merchants;
  findings.checked["offers"] += read.scalar(kOffers, {}).value_or(0);
  if (slugs != merchants) {
    findings.differences.push_back({"slugs of merchants", "all", slugs, merchants});
  }
  read.each(kSlugOf, {}, [&](const storage::Row& row) {
    findings.differences.push_back({"merchant that its slug names", to_text(row.id<MerchantId>(0)),
                                    row.integer(1), row.integer(0)});
  });
  read.each(kHomeless, {}, [&](const storage::Row& row) {
    findings.differences.push_back(
        {"merchant of an offer", to_text(row.id<OfferId>(0)), 0, row.integer(1)});
  });
  read.each(kUnlisted, {}, [&](const storage::Row& row) {
    findings.differences.push_back(
        {"offer of a listed price", to_text(row.id<OfferId>(0)), 0, row.integer(1)});
  });
  read.each(kShard, {}, [&](const storage::Row& row) {
    const auto id = row.id<OfferId>(0);
    findings.differences.push_back({"shard of an offer", to_text(id), id.shard(), row.integer(1)});
  });
  verify_deposits(read, findings);
  verify_vendors(read, findings);
}

}  // namespace fondaco::marketplace
