#include <fondaco/webhooks.h>

namespace fondaco::webhooks {
namespace {

constexpr storage::Sql kCount{"webhooks.count_deliveries", R"sql(
  SELECT COUNT(*) FROM webhooks_delivery)sql"};

// Of an entity with open deliveries exactly one, the oldest, may be sent.
constexpr storage::Sql kHeads{"webhooks.verify_heads", R"sql(
  SELECT endpoint_id, entity, CAST(SUM(1 - behind) AS BIGINT), MIN(id),
         MIN(CASE WHEN behind = 0 THEN id END)
    FROM webhooks_delivery WHERE open = 1 GROUP BY endpoint_id, entity
  HAVING CAST(SUM(1 - behind) AS BIGINT) <> 1 OR
         MIN(id) <> MIN(CASE WHEN behind = 0 THEN id END))sql"};

}  // namespace

void verify(storage::Read& read, storage::Findings& findings) {
  findings.checked["webhook_deliveries"] += read.scalar(kCount, {}).value_or(0);
  read.each(kHeads, {}, [&](const storage::Row& row) {
    findings.differences.push_back({"webhook deliveries of an entity that may be sent",
                                    to_text(row.id<WebhookId>(0)), 1, row.integer(2)});
  });
}

}  // namespace fondaco::webhooks
