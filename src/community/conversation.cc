#include <fondaco/base/check.h>
#include <fondaco/base/text.h>
#include <fondaco/catalog.h>
#include <fondaco/community.h>
#include <fondaco/events/community.h>
#include <fondaco/orders.h>
#include <fondaco/storage/publish.h>

#include <algorithm>

namespace fondaco::community {
namespace {

constexpr storage::Sql kInsert{"community.conversation_insert", R"sql(
  INSERT INTO community_conversation (shard, id, merchant_id, person_id, key_id, product_id,
    order_id, blocked_by, messages, last_message, read_by_buyer, read_by_merchant, version)
  VALUES ($1, $2, $3, $4, $5, $6, $7, 0, 0, 0, 0, 0, 1) ON CONFLICT DO NOTHING)sql"};

constexpr storage::Sql kAbout{"community.conversation_about", R"sql(
  SELECT id, merchant_id, person_id, key_id, product_id, order_id, blocked_by, messages,
         last_message, read_by_buyer, read_by_merchant, version
    FROM community_conversation
   WHERE person_id = $1 AND merchant_id = $2 AND product_id = $3 AND order_id = $4)sql"};

constexpr storage::Sql kFind{"community.conversation_find", R"sql(
  SELECT id, merchant_id, person_id, key_id, product_id, order_id, blocked_by, messages,
         last_message, read_by_buyer, read_by_merchant, version
    FROM community_conversation WHERE shard = $1 AND id = $2)sql"};

constexpr storage::Sql kOfBuyer{"community.conversations_of_buyer", R"sql(
  SELECT id, merchant_id, person_id, key_id, product_id, order_id, blocked_by, messages,
         last_message, read_by_buyer, read_by_merchant, version
    FROM community_conversation
   WHERE person_id = $1 AND last_message < $2 AND ($3 = 0 OR last_message > read_by_buyer)
   ORDER BY last_message DESC LIMIT $4)sql"};

constexpr storage::Sql kOfMerchant{"community.conversations_of_merchant", R"sql(
  SELECT id, merchant_id, person_id, key_id, product_id, order_id, blocked_by, messages,
         last_message, read_by_buyer, read_by_merchant, version
    FROM community_conversation
   WHERE merchant_id = $1 AND last_message < $2 AND ($3 = 0 OR last_message > read_by_merchant)
   ORDER BY last_message DESC LIMIT $4)sql"};

constexpr storage::Sql kChange{"community.conversation_change", R"sql(
  UPDATE community_conversation
     SET blocked_by = $4, messages = $5, last_message = $6, read_by_buyer = $7,
         read_by_merchant = $8, version = version + 1
   WHERE shard = $1 AND id = $2 AND version = $3)sql"};

constexpr storage::Sql kInsertMessage{"community.message_insert", R"sql(
  INSERT INTO community_message (shard, id, conversation_id, sender, author_id, text, pictures)
  VALUES ($1, $2, $3, $4, $5, $6, $7))sql"};

constexpr storage::Sql kMessages{"community.messages_of", R"sql(
  SELECT id, sender, author_id, text, pictures FROM community_message
   WHERE shard = $1 AND conversation_id = $2 AND id > $3 ORDER BY id LIMIT $4)sql"};

constexpr storage::Sql kInsertPicture{"community.picture_insert", R"sql(
  INSERT INTO community_picture (shard, id, conversation_id, author_id, type, bytes)
  VALUES ($1, $2, $3, $4, $5, $6))sql"};

constexpr storage::Sql kPicture{"community.picture_find", R"sql(
  SELECT type, bytes FROM community_picture
   WHERE shard = $1 AND id = $2 AND conversation_id = $3)sql"};

Conversation conversation_from(const storage::Row& row) {
  return {.id = row.id<ConversationId>(0),
          .merchant = row.id<MerchantId>(1),
          .person = row.id<PersonId>(2),
          .key = row.id<KeyId>(3),
          .product = row.id<ProductId>(4),
          .order = row.id<OrderId>(5),
          .blocked_by = row.integer(6),
          .messages = row.integer(7),
          .last_message = row.id<MessageId>(8),
          .read_by_buyer = row.id<MessageId>(9),
          .read_by_merchant = row.id<MessageId>(10),
          .version = row.integer(11)};
}

/// The one writer changes what it has just read; only another process can be faster.
void store(storage::Tx& tx, Conversation& c) {
  const auto changed = tx.exec(kChange, {c.id.shard(), c.id, c.version, c.blocked_by, c.messages,
                                         c.last_message, c.read_by_buyer, c.read_by_merchant});
  if (changed != 1) throw storage::GuardFailed(kChange.name);
  ++c.version;
}

std::string ids_text(const std::vector<PictureId>& ids) {
  std::string out;
  for (const PictureId id : ids) out += (out.empty() ? "" : ",") + std::to_string(id.value);
  return out;
}

std::vector<PictureId> ids_from(std::string_view text) {
  std::vector<PictureId> out;
  if (text.empty()) return out;
  for (const std::string_view part : split(text, ',')) {
    const auto value = parse_int(part);
    FONDACO_CHECK(value.has_value());
    out.push_back({*value});
  }
  return out;
}

std::optional<Refusal> why_not(const Opening& o, storage::Read& read) {
  if (o.product) {
    const auto product = catalog::product(read, o.product);
    if (!product) return Refusal::unknown_product;
    if (product->owner != o.merchant) return Refusal::wrong_merchant;
  }
  if (o.order) {
    const auto order = orders::find_order(read, o.order);
    if (!order || order->person != o.person) return Refusal::unknown_order;
    if (order->merchant != o.merchant) return Refusal::wrong_merchant;
  }
  return std::nullopt;
}

bool may_speak(const Conversation& c, const Speaker& who) {
  return who.side == Side::buyer ? c.person == who.person : c.merchant == who.merchant;
}

}  // namespace

Result<Conversation, Refusal> open_conversation(storage::Tx& tx, const Opening& o) {
  if (const auto refusal = why_not(o, tx)) return Refused{*refusal};
  if (auto there =
          tx.first(kAbout, {o.person, o.merchant, o.product, o.order}, conversation_from)) {
    return *there;
  }
  const auto id = tx.next_id<ConversationId>(o.merchant.shard());
  tx.exec(kInsert, {id.shard(), id, o.merchant, o.person, o.key, o.product, o.order});
  // Of two processes that open it at once, one has written the row.
  auto made = tx.first(kAbout, {o.person, o.merchant, o.product, o.order}, conversation_from);
  FONDACO_CHECK(made.has_value());
  return *made;
}

Result<Conversation, Refusal> find_conversation(storage::Read& read, ConversationId id,
                                                const Speaker& who) {
  auto found = read.first(kFind, {id.shard(), id}, conversation_from);
  if (!found || !may_speak(*found, who)) return Refused{Refusal::unknown_conversation};
  return *found;
}

std::optional<Conversation> conversation_about(storage::Read& read, PersonId person,
                                               MerchantId merchant, OrderId order) {
  if (!person) return std::nullopt;
  return read.first(kAbout, {person, merchant, ProductId{}, order}, conversation_from);
}

std::vector<Conversation> conversations_of(storage::Read& read, const Speaker& who,
                                           MessageId before, bool unread, int limit) {
  const std::int64_t until = before ? before.value : INT64_MAX;
  if (who.side == Side::buyer) {
    return read.all(kOfBuyer, {who.person, until, unread, limit}, conversation_from);
  }
  return read.all(kOfMerchant, {who.merchant, until, unread, limit}, conversation_from);
}

Result<Message, Refusal> send(storage::Tx& tx, shoppers::Keyring& keyring, ConversationId id,
                              const Speaker& who, std::string_view text,
                              const std::vector<PictureId>& pictures) {
  auto found = find_conversation(tx, id, who);
  if (!found.ok()) return Refused{found.refusal()};
  Conversation& c = *found;
  // Who has blocked the other side does not write either: else it could not answer.
  if (c.blocked_by != 0 || !keyring.exists(c.key)) return Refused{Refusal::blocked};
  if (trim(text).empty() && pictures.empty()) return Refused{Refusal::empty_text};
  if (text.size() > kMostText) return Refused{Refusal::text_too_long};
  if (pictures.size() > kMostPictures) return Refused{Refusal::too_many_pictures};
  if (c.messages >= kMostMessages) return Refused{Refusal::too_many_messages};
  for (const PictureId picture : pictures) {
    const auto there =
        tx.first(kPicture, {c.id.shard(), picture, c.id}, [](const storage::Row&) { return true; });
    if (!there) return Refused{Refusal::unknown_picture};
  }
  Message m{.id = tx.next_id<MessageId>(c.id.shard()),
            .conversation = c.id,
            .sender = who.side,
            .author = who.person,
            .text = std::string(text),
            .pictures = pictures};
  const std::string sealed = keyring.seal(c.key, text);
  tx.exec(kInsertMessage, {m.id.shard(), m.id, c.id, m.sender, m.author, storage::Blob{sealed},
                           ids_text(pictures)});
  ++c.messages;
  c.last_message = m.id;
  (who.side == Side::buyer ? c.read_by_buyer : c.read_by_merchant) = m.id;
  store(tx, c);
  storage::publish(tx, c.id.value, c.messages,
                   events::MessageSent{c.id, m.id, c.merchant, c.person,
                                       boost::describe::enum_to_string(m.sender, "unknown"),
                                       c.product, c.order});
  return m;
}

std::vector<Message> messages_of(storage::Read& read, shoppers::Keyring& keyring,
                                 const Conversation& c, MessageId after, int limit) {
  return read.all(kMessages, {c.id.shard(), c.id, after, limit}, [&](const storage::Row& row) {
    return Message{.id = row.id<MessageId>(0),
                   .conversation = c.id,
                   .sender = static_cast<Side>(row.integer(1)),
                   .author = row.id<PersonId>(2),
                   .text = keyring.open(c.key, row.blob(3)),
                   .pictures = ids_from(row.text(4))};
  });
}

Result<PictureId, Refusal> add_picture(storage::Tx& tx, shoppers::Keyring& keyring,
                                       ConversationId id, const Speaker& who,
                                       std::string_view bytes) {
  const auto found = find_conversation(tx, id, who);
  if (!found.ok()) return Refused{found.refusal()};
  if (found->blocked_by != 0 || !keyring.exists(found->key)) return Refused{Refusal::blocked};
  const auto type = storage::sniff(bytes);
  const bool good = bytes.size() <= kMostPicture && type.ok() &&
                    (*type == storage::BlobType::png || *type == storage::BlobType::jpeg ||
                     *type == storage::BlobType::webp || *type == storage::BlobType::gif);
  if (!good) return Refused{Refusal::bad_picture};
  const auto picture = tx.next_id<PictureId>(id.shard());
  const std::string sealed = keyring.seal(found->key, bytes);
  tx.exec(kInsertPicture, {picture.shard(), picture, id, who.person, *type, storage::Blob{sealed}});
  return picture;
}

Result<Picture, Refusal> find_picture(storage::Read& read, shoppers::Keyring& keyring,
                                      ConversationId id, const Speaker& who, PictureId picture) {
  const auto found = find_conversation(read, id, who);
  if (!found.ok()) return Refused{found.refusal()};
  std::optional<Picture> out;
  read.each(kPicture, {id.shard(), picture, id}, [&](const storage::Row& row) {
    auto bytes = keyring.open(found->key, row.blob(1));
    if (bytes) {
      out = Picture{picture, static_cast<storage::BlobType>(row.integer(0)), std::move(*bytes)};
    }
  });
  if (!out) return Refused{Refusal::unknown_picture};
  return std::move(*out);
}

Result<Conversation, Refusal> block(storage::Tx& tx, ConversationId id, const Speaker& who,
                                    bool blocked) {
  auto found = find_conversation(tx, id, who);
  if (!found.ok() || found->blocked(who.side) == blocked) return found;
  found->blocked_by ^= static_cast<std::int64_t>(who.side);
  store(tx, *found);
  return found;
}

Result<Conversation, Refusal> mark_read(storage::Tx& tx, ConversationId id, const Speaker& who,
                                        MessageId up_to) {
  auto found = find_conversation(tx, id, who);
  if (!found.ok()) return found;
  const MessageId reached = std::min(up_to, found->last_message);
  MessageId& mark = who.side == Side::buyer ? found->read_by_buyer : found->read_by_merchant;
  if (reached <= mark) return found;
  mark = reached;
  store(tx, *found);
  return found;
}

}  // namespace fondaco::community
