#include <fondaco/base/text.h>
#include <fondaco/events/marketplace.h>
#include <fondaco/marketplace.h>
#include <fondaco/storage/publish.h>

#include <algorithm>

namespace fondaco::marketplace {
namespace {

// The slug is taken first: of two processes that want it, one writes the row.
constexpr storage::Sql kTakeSlug{"marketplace.take_slug", R"sql(
  INSERT INTO marketplace_slug (slug, merchant_id) VALUES ($1, $2)
  ON CONFLICT (slug) DO NOTHING)sql"};

constexpr storage::Sql kInsert{"marketplace.insert_merchant", R"sql(
  INSERT INTO marketplace_merchant (shard, id, slug, name, name_zh, kind, state, currency, country,
    commission_bp, prices_include_tax, default_place, tagline, tagline_zh, about, about_zh, accent,
    agreed, version)
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, 1))sql"};

constexpr storage::Sql kUpdate{"marketplace.update_merchant", R"sql(
  UPDATE marketplace_merchant
     SET name = $4, name_zh = $5, kind = $6, state = $7, country = $8, commission_bp = $9,
         prices_include_tax = $10, default_place = $11, tagline = $12, tagline_zh = $13,
         about = $14, about_zh = $15, accent = $16, agreed = $17, closed_from = $18,
         closed_until = $19, closed_message = $20, version = version + 1
   WHERE shard = $1 AND id = $2 AND version = $3)sql"};

constexpr storage::Sql kFind{"marketplace.find_merchant", R"sql(
  SELECT id, slug, name, name_zh, kind, state, currency, country, commission_bp,
         prices_include_tax, default_place, tagline, tagline_zh, about, about_zh, accent, version,
         agreed, closed_from, closed_until, closed_message
    FROM marketplace_merchant WHERE shard = $1 AND id = $2)sql"};

constexpr storage::Sql kOfSlug{"marketplace.merchant_of_slug", R"sql(
  SELECT merchant_id FROM marketplace_slug WHERE slug = $1)sql"};

constexpr storage::Sql kList{"marketplace.list_merchants", R"sql(
  SELECT id, slug, name, name_zh, kind, state, currency, country, commission_bp,
         prices_include_tax, default_place, tagline, tagline_zh, about, about_zh, accent, version,
         agreed, closed_from, closed_until, closed_message
    FROM marketplace_merchant
   WHERE id > $1 AND ($2 < 0 OR state = $2) ORDER BY id LIMIT $3)sql"};

constexpr std::size_t kNameBytes = 200;
constexpr std::size_t kTextBytes = 4'000;

Merchant merchant_from(const storage::Row& row) {
  return {.id = row.id<MerchantId>(0),
          .slug = row.str(1),
          .name = row.str(2),
          .name_zh = row.str(3),
          .kind = static_cast<MerchantKind>(row.integer(4)),
          .state = static_cast<MerchantState>(row.integer(5)),
          .currency = row.currency(6),
          .country = row.str(7),
          .commission_bp = row.integer(8),
          .agreed = row.flag(17),
          .prices_include_tax = row.flag(9),
          .default_place = row.id<PlaceId>(10),
          .presentation = {.tagline = row.str(11),
                           .tagline_zh = row.str(12),
                           .about = row.str(13),
                           .about_zh = row.str(14),
                           .accent = row.str(15)},
          .closure = {row.instant(18), row.instant(19), row.str(20)},
          .version = row.integer(16)};
}

bool is_slug(std::string_view text) {
  const auto fits = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
  };
  return text.size() >= 2 && text.size() <= 64 && text.front() != '-' && text.back() != '-' &&
         std::all_of(text.begin(), text.end(), fits);
}

bool is_text(std::string_view text, std::size_t bytes) {
  return text.size() <= bytes && is_utf8(text) && text.find('\0') == std::string_view::npos;
}

bool is_colour(std::string_view text) {
  return text.empty() || (text.size() == 7 && text[0] == '#' && from_hex(text.substr(1)));
}

std::optional<MerchantRefusal> why_not(const Merchant& m) {
  if (!is_slug(m.slug)) return MerchantRefusal::bad_slug;
  if (trim(m.name).empty() || !is_text(m.name, kNameBytes) || !is_text(m.name_zh, kNameBytes)) {
    return MerchantRefusal::bad_name;
  }
  const auto upper = [](char c) { return c >= 'A' && c <= 'Z'; };
  if (m.country.size() != 2 || !std::all_of(m.country.begin(), m.country.end(), upper)) {
    return MerchantRefusal::bad_country;
  }
  if (m.commission_bp < 0 || m.commission_bp > 10'000) return MerchantRefusal::bad_commission;
  const Presentation& p = m.presentation;
  for (const std::string* text : {&p.tagline, &p.tagline_zh, &p.about, &p.about_zh}) {
    if (!is_text(*text, kTextBytes)) return MerchantRefusal::bad_presentation;
  }
  if (!is_colour(p.accent)) return MerchantRefusal::bad_presentation;
  if (m.closure.message.size() > 1'000 || !is_utf8(m.closure.message) ||
      m.closure.until - m.closure.from > days(366)) {
    return MerchantRefusal::bad_closure;
  }
  return std::nullopt;
}

void tell(storage::Tx& tx, const Merchant& m) {
  storage::publish(
      tx, m.id.value, m.version,
      events::MerchantChanged{m.id, m.slug, boost::describe::enum_to_string(m.state, "unknown")});
}

bool same(const Merchant& a, const Merchant& b) {
  return a.name == b.name && a.name_zh == b.name_zh && a.kind == b.kind && a.state == b.state &&
         a.country == b.country && a.commission_bp == b.commission_bp && a.agreed == b.agreed &&
         a.prices_include_tax == b.prices_include_tax && a.default_place == b.default_place &&
         a.presentation == b.presentation && a.closure == b.closure;
}

template <class T>
void take(T& field, const std::optional<T>& wanted) {
  if (wanted) field = *wanted;
}

}  // namespace

Result<Merchant, MerchantRefusal> create_merchant(storage::Tx& tx, const NewMerchant& wanted) {
  const auto shard = static_cast<std::int64_t>(tx.random().below(256));
  Merchant m{.id = tx.next_id<MerchantId>(shard),
             .slug = wanted.slug,
             .name = wanted.name,
             .name_zh = wanted.name_zh,
             .kind = wanted.kind,
             .state = wanted.state,
             .currency = wanted.currency,
             .country = wanted.country,
             .commission_bp = wanted.commission_bp,
             .agreed = wanted.agreed,
             .prices_include_tax = wanted.prices_include_tax,
             .default_place = wanted.default_place,
             .presentation = wanted.presentation,
             .closure = {},
             .version = 1};
  if (const auto refusal = why_not(m)) return Refused{*refusal};
  if (tx.exec(kTakeSlug, {m.slug, m.id}) == 0) return Refused{MerchantRefusal::slug_taken};
  const Presentation& p = m.presentation;
  tx.exec(kInsert, {m.id.shard(), m.id, m.slug, m.name, m.name_zh, m.kind, m.state, m.currency,
                    m.country, m.commission_bp, m.prices_include_tax, m.default_place, p.tagline,
                    p.tagline_zh, p.about, p.about_zh, p.accent, m.agreed});
  tell(tx, m);
  return m;
}

Result<Merchant, MerchantRefusal> update_merchant(storage::Tx& tx, MerchantId id,
                                                  const MerchantChange& change,
                                                  std::optional<std::int64_t> version) {
  const auto stored = find_merchant(tx, id);
  if (!stored) return Refused{MerchantRefusal::unknown_merchant};
  if (version && *version != stored->version) return Refused{MerchantRefusal::stale_version};
  if (stored->state == MerchantState::closed) return Refused{MerchantRefusal::closed};

  Merchant m = *stored;
  take(m.name, change.name);
  take(m.name_zh, change.name_zh);
  take(m.kind, change.kind);
  take(m.state, change.state);
  take(m.country, change.country);
  take(m.commission_bp, change.commission_bp);
  take(m.agreed, change.agreed);
  take(m.prices_include_tax, change.prices_include_tax);
  take(m.default_place, change.default_place);
  take(m.presentation, change.presentation);
  take(m.closure, change.closure);
  if (const auto refusal = why_not(m)) return Refused{*refusal};
  if (same(m, *stored)) return m;

  const Presentation& p = m.presentation;
  const auto changed = tx.exec(
      kUpdate, {id.shard(),      id,        stored->version, m.name,          m.name_zh,
                m.kind,          m.state,   m.country,       m.commission_bp, m.prices_include_tax,
                m.default_place, p.tagline, p.tagline_zh,    p.about,         p.about_zh,
                p.accent,        m.agreed,  m.closure.from,  m.closure.until, m.closure.message});
  if (changed == 0) return Refused{MerchantRefusal::stale_version};  // Another process was faster.
  ++m.version;
  tell(tx, m);
  return m;
}

std::optional<Merchant> find_merchant(storage::Read& read, MerchantId id) {
  return read.first(kFind, {id.shard(), id}, merchant_from);
}

std::optional<Merchant> find_merchant(storage::Read& read, std::string_view slug) {
  const auto id = read.scalar(kOfSlug, {slug});
  if (!id) return std::nullopt;
  return find_merchant(read, MerchantId{*id});
}

std::vector<Merchant> list_merchants(storage::Read& read, MerchantId after, int limit,
                                     std::optional<MerchantState> only) {
  const std::int64_t state = only ? static_cast<std::int64_t>(*only) : -1;
  return read.all(kList, {after, state, limit}, merchant_from);
}

}  // namespace fondaco::marketplace
