#include "onboarding_rows.h"

#include <fondaco/events/marketplace.h>
#include <fondaco/storage/publish.h>

namespace fondaco::marketplace {
namespace {

constexpr storage::Sql kGate{"marketplace.gate", R"sql(
  SELECT id, step, mark, applicant, deposit_due, opened_at, countdown_ends, restricted_because,
         version
    FROM marketplace_onboarding WHERE shard = $1 AND id = $2)sql"};

constexpr storage::Sql kInsertGate{"marketplace.insert_gate", R"sql(
  INSERT INTO marketplace_onboarding (shard, id, step, mark, applicant, deposit_due, opened_at,
    countdown_ends, restricted_because, version)
  VALUES ($1, $2, $3, $4, $5, $6, 0, 0, '', 1))sql"};

constexpr storage::Sql kUpdateGate{"marketplace.update_gate", R"sql(
  UPDATE marketplace_onboarding
     SET step = $3, opened_at = $4, countdown_ends = $5, restricted_because = $6,
         version = version + 1
   WHERE shard = $1 AND id = $2)sql"};

constexpr storage::Sql kInsertPaper{"marketplace.insert_paper", R"sql(
  INSERT INTO marketplace_document (shard, id, merchant_id, kind, state, media_type, size, key_id,
    sealed, expires_at, created_at, reviewed_at, reason, version)
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, 0, '', 1))sql"};

constexpr storage::Sql kPaper{"marketplace.paper", R"sql(
  SELECT id, merchant_id, kind, state, media_type, size, expires_at, created_at, reviewed_at,
         reason, version
    FROM marketplace_document WHERE shard = $1 AND id = $2)sql"};

constexpr storage::Sql kPapers{"marketplace.papers", R"sql(
  SELECT id, merchant_id, kind, state, media_type, size, expires_at, created_at, reviewed_at,
         reason, version
    FROM marketplace_document WHERE shard = $1 AND merchant_id = $2 ORDER BY id)sql"};

constexpr storage::Sql kUpdatePaper{"marketplace.update_paper", R"sql(
  UPDATE marketplace_document
     SET state = $3, reviewed_at = $4, reason = $5, version = version + 1
   WHERE shard = $1 AND id = $2)sql"};

constexpr storage::Sql kTrader{"marketplace.trader", R"sql(
  SELECT key_id, sealed FROM marketplace_trader WHERE shard = $1 AND id = $2)sql"};

std::optional<Instant> if_set(Instant t) { return t.us ? std::optional(t) : std::nullopt; }

Paper paper_from(const storage::Row& row) {
  return {.id = row.id<MerchantDocumentId>(0),
          .merchant = row.id<MerchantId>(1),
          .kind = static_cast<PaperKind>(row.integer(2)),
          .state = static_cast<PaperState>(row.integer(3)),
          .media_type = row.str(4),
          .size = row.integer(5),
          .expires_at = if_set(row.instant(6)),
          .created_at = row.instant(7),
          .reviewed_at = if_set(row.instant(8)),
          .reason = row.str(9),
          .version = row.integer(10)};
}

}  // namespace

std::optional<Gate> find_gate(storage::Read& read, MerchantId merchant) {
  return read.first(kGate, {merchant.shard(), merchant}, [](const storage::Row& row) {
    return Gate{.merchant = row.id<MerchantId>(0),
                .step = static_cast<Step>(row.integer(1)),
                .mark = static_cast<Mark>(row.integer(2)),
                .applicant = row.id<PersonId>(3),
                .deposit_due = row.integer(4),
                .opened_at = row.instant(5),
                .countdown_ends = row.instant(6),
                .restricted_because = row.str(7),
                .version = row.integer(8)};
  });
}

void insert_gate(storage::Tx& tx, const Gate& g) {
  tx.exec(kInsertGate,
          {g.merchant.shard(), g.merchant, g.step, g.mark, g.applicant, g.deposit_due});
}

void update_gate(storage::Tx& tx, Gate g) {
  tx.exec(kUpdateGate, {g.merchant.shard(), g.merchant, g.step, g.opened_at, g.countdown_ends,
                        g.restricted_because});
  const events::OnboardingChanged event{g.merchant,
                                        boost::describe::enum_to_string(g.step, "unknown"),
                                        g.restricted_because, g.countdown_ends.us};
  storage::publish(tx, g.merchant.value, g.version + 1, event);
}

void insert_paper(storage::Tx& tx, const Paper& p, KeyId key, std::string_view sealed) {
  tx.exec(kInsertPaper, {p.id.shard(), p.id, p.merchant, p.kind, p.state, p.media_type, p.size, key,
                         storage::Blob{sealed}, p.expires_at.value_or(Instant{}), p.created_at});
  tell_paper(tx, p);
}

std::optional<Paper> find_paper(storage::Read& read, MerchantDocumentId id) {
  return read.first(kPaper, {id.shard(), id}, paper_from);
}

std::vector<Paper> Onboarding::papers(storage::Read& read, MerchantId merchant) const {
  return read.all(kPapers, {merchant.shard(), merchant}, paper_from);
}

void update_paper(storage::Tx& tx, Paper p) {
  tx.exec(kUpdatePaper, {p.id.shard(), p.id, p.state, p.reviewed_at.value_or(Instant{}), p.reason});
  ++p.version;
  tell_paper(tx, p);
}

void tell_paper(storage::Tx& tx, const Paper& p, bool expires_soon) {
  const events::MerchantPaperChanged event{
      p.merchant, p.id, boost::describe::enum_to_string(p.kind, "unknown"),
      boost::describe::enum_to_string(p.state, "unknown"), expires_soon};
  storage::publish(tx, p.id.value, p.version, event);
}

std::optional<shoppers::SealedFor> sealed_trader(storage::Read& read, MerchantId merchant) {
  return read.first(kTrader, {merchant.shard(), merchant}, [](const storage::Row& row) {
    return shoppers::SealedFor{row.id<KeyId>(0), std::string(row.blob(1))};
  });
}

}  // namespace fondaco::marketplace
