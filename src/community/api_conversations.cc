#include "api_json.h"

#include <fondaco/base/check.h>

namespace fondaco::community {
namespace {

using http::Context;
using http::Idempotency;
using http::Method;
using http::Owner;
using http::Rate;
using http::Response;
using http::WritePlan;

/// The same routes for both sides: where they lie, what they ask for, and who speaks.
struct Desk {
  Side side;
  std::string root;  // "/me" or "/merchants/{merchant}".
  std::string_view reading;
  std::string_view writing;
  Owner owner;
};
const Desk kBuyer{Side::buyer, "/me", "me.read", "me.write", Owner::self};
const Desk kMerchant{Side::merchant, "/merchants/{merchant}", "community.read", "community.write",
                     Owner::merchant};

class Conversations {
 public:
  Conversations(http::Router& router, const Services& s, const Desk& desk)
      : router_(router), s_(s), desk_(desk), merchant_of_(merchant_in_path(s)) {}

  void mount() const {
    lists();
    sends();
    marks();
    pictures();
  }

 private:
  http::Route route(Method method, const std::string& path, Rate rate, Idempotency idempotency,
                    std::string summary) const {
    const bool safe = idempotency == Idempotency::safe;
    auto out = route_of(method, desk_.root + "/conversations" + path,
                        {safe ? desk_.reading : desk_.writing, desk_.owner, rate, idempotency},
                        std::move(summary));
    out.refusals = {"unknown_conversation"};
    if (desk_.side == Side::merchant) out.merchant_of = merchant_of_;
    return out;
  }

  static Speaker speaker(const Desk& desk, Context& c,
                         const std::function<std::optional<MerchantId>(Context&)>& merchant_of) {
    Speaker who{desk.side, c.who().person, {}};
    if (desk.side == Side::merchant) {
      const auto merchant = merchant_of(c);
      FONDACO_CHECK(merchant.has_value());  // Rights were checked for it.
      who.merchant = *merchant;
    }
    return who;
  }
  auto who() const {
    return [desk = desk_, merchant_of = merchant_of_](Context& c) {
      return speaker(desk, c, merchant_of);
    };
  }

  static ConversationOut shown(const Conversation& c, Side side) {
    ConversationOut out;
    out.id = c.id;
    out.merchant = c.merchant;
    if (c.product) out.product = c.product;
    if (c.order) out.order = c.order;
    out.messages = c.messages;
    out.unread = c.last_message > (side == Side::buyer ? c.read_by_buyer : c.read_by_merchant);
    out.blocked_by_buyer = c.blocked(Side::buyer);
    out.blocked_by_merchant = c.blocked(Side::merchant);
    if (c.last_message) out.last_message = c.last_message;
    return out;
  }

  /// What the other side wrote is shown without contacts until something was paid.
  static MessageOut shown(const Message& m, Side reader, bool paid) {
    MessageOut out{m.id, m.sender, m.text, false, m.pictures};
    if (!paid && m.sender != reader && out.text) {
      out.text = mask_contacts(*out.text);
      out.masked = *out.text != *m.text;
    }
    return out;
  }

  static Response answer(const Result<Conversation, Refusal>& done, Side side) {
    if (!done.ok()) return problem_of(done.refusal());
    return http::json(json_of(shown(*done, side)));
  }

  void lists() const {
    auto all = route(Method::get, "", Rate::read, Idempotency::safe,
                     "Conversations, the newest words first; ?unread=1 only with unread ones");
    all.response = http::list_schema_of<ConversationOut>();
    all.query = {{"limit", "1 to 100, default 20", "integer"},
                 {"starting_after", "last_message of the last one of the page before"},
                 {"unread", "1: only conversations with unread words"}};
    router_.read(std::move(all), [who = who()](Context& c) {
      const auto page = http::page_of(c);
      if (!page.ok()) return page.refusal();
      const auto before = start_of<MessageId>(*page);
      if (!before.ok()) return before.refusal();
      const Speaker speaker = who(c);
      const bool unread = c.request().query_value("unread") == "1";
      std::vector<ConversationOut> out;
      for (const auto& one :
           conversations_of(c.read(), speaker, *before, unread, page->limit + 1)) {
        out.push_back(shown(one, speaker.side));
      }
      return list_of(std::move(out), page->limit);
    });

    auto words = route(Method::get, "/{id}/messages", Rate::read, Idempotency::safe,
                       "What was said, oldest first");
    words.response = http::list_schema_of<MessageOut>();
    words.query = kPaging;
    router_.read(std::move(words), [s = s_, who = who()](Context& c) {
      const auto page = http::page_of(c);
      if (!page.ok()) return page.refusal();
      const auto after = start_of<MessageId>(*page);
      if (!after.ok()) return after.refusal();
      const Speaker speaker = who(c);
      const auto id = c.id_param<ConversationId>("id");
      if (!id) return problem_of(Refusal::unknown_conversation);
      const auto found = find_conversation(c.read(), *id, speaker);
      if (!found.ok()) return problem_of(found.refusal());
      auto derived = s.store.derived().read();
      const bool paid = has_paid(c.read(), derived, found->person, found->merchant);
      std::vector<MessageOut> out;
      for (const auto& m : messages_of(c.read(), s.keyring, *found, *after, page->limit + 1)) {
        out.push_back(shown(m, speaker.side, paid));
      }
      return list_of(std::move(out), page->limit);
    });
  }

  void opens() const;

  void sends() const {
    if (desk_.side == Side::buyer) opens();
    auto say = route(Method::post, "/{id}/messages", Rate::write, Idempotency::optional,
                     "Say something, with pictures that were added before");
    say.request = http::schema_of<MessageIn>();
    say.response = http::schema_of<MessageOut>();
    say.success = 201;
    say.refusals = {"unknown_conversation", "blocked",         "text_too_long",
                    "too_many_pictures",    "unknown_picture", "too_many_messages"};
    router_.write(std::move(say), [s = s_, who = who()](Context& c) -> WritePlan {
      auto in = http::body_as<MessageIn>(c);
      if (!in.ok()) return std::move(in.refusal());
      const auto id = c.id_param<ConversationId>("id");
      if (!id) return problem_of(Refusal::unknown_conversation);
      return [s, id = *id, in = std::move(*in), speaker = who(c)](storage::Tx& tx) {
        const auto sent = send(tx, s.keyring, id, speaker, in.text,
                               in.pictures.value_or(std::vector<PictureId>{}));
        if (!sent.ok()) return problem_of(sent.refusal());
        return http::json(json_of(shown(*sent, speaker.side, true)), 201);
      };
    });
  }

  void marks() const {
    auto block_route = route(Method::put, "/{id}/block", Rate::write, Idempotency::natural,
                             "No more messages from the other side, or again");
    block_route.request = http::schema_of<BlockIn>();
    block_route.response = http::schema_of<ConversationOut>();
    router_.write(std::move(block_route), [who = who()](Context& c) -> WritePlan {
      auto in = http::body_as<BlockIn>(c);
      if (!in.ok()) return std::move(in.refusal());
      const auto id = c.id_param<ConversationId>("id");
      if (!id) return problem_of(Refusal::unknown_conversation);
      return [id = *id, blocked = in->blocked, speaker = who(c)](storage::Tx& tx) {
        return answer(block(tx, id, speaker, blocked), speaker.side);
      };
    });

    auto read_route = route(Method::put, "/{id}/read", Rate::write, Idempotency::natural,
                            "Everything up to this message is read");
    read_route.request = http::schema_of<ReadIn>();
    read_route.response = http::schema_of<ConversationOut>();
    router_.write(std::move(read_route), [who = who()](Context& c) -> WritePlan {
      auto in = http::body_as<ReadIn>(c);
      if (!in.ok()) return std::move(in.refusal());
      const auto id = c.id_param<ConversationId>("id");
      if (!id) return problem_of(Refusal::unknown_conversation);
      return [id = *id, up_to = in->message, speaker = who(c)](storage::Tx& tx) {
        return answer(mark_read(tx, id, speaker, up_to), speaker.side);
      };
    });
  }

  void pictures() const {
    auto add = route(Method::post, "/{id}/pictures", Rate::upload, Idempotency::optional,
                     "Add a picture (its bytes are the body) to show with a message");
    add.request = http::Schema::text("image/*");
    add.response = http::schema_of<PictureOut>();
    add.success = 201;
    add.refusals = {"unknown_conversation", "blocked", "bad_picture"};
    add.body_limit = kMostPicture;
    router_.write(std::move(add), [s = s_, who = who()](Context& c) -> WritePlan {
      const auto id = c.id_param<ConversationId>("id");
      if (!id) return problem_of(Refusal::unknown_conversation);
      return [s, id = *id, bytes = c.request().body, speaker = who(c)](storage::Tx& tx) {
        const auto added = add_picture(tx, s.keyring, id, speaker, bytes);
        if (!added.ok()) return problem_of(added.refusal());
        return http::json(json_of(PictureOut{*added}), 201);
      };
    });

    auto see = route(Method::get, "/{id}/pictures/{picture}", Rate::read, Idempotency::safe,
                     "A picture, for the two who talk");
    see.response = http::Schema::text("image/*");
    see.refusals = {"unknown_conversation", "unknown_picture"};
    router_.read(std::move(see), [s = s_, who = who()](Context& c) {
      const auto id = c.id_param<ConversationId>("id");
      const auto picture = c.id_param<PictureId>("picture");
      if (!id) return problem_of(Refusal::unknown_conversation);
      if (!picture) return problem_of(Refusal::unknown_picture);
      auto found = find_picture(c.read(), s.keyring, *id, who(c), *picture);
      if (!found.ok()) return problem_of(found.refusal());
      Response out;
      out.body = std::move(found->bytes);
      out.content_type = storage::media_type_of(found->type);
      out.with("Cache-Control", "private, max-age=3600").with("Content-Disposition", "inline");
      return out;
    });
  }

  http::Router& router_;
  const Services& s_;
  const Desk& desk_;
  const std::function<std::optional<MerchantId>(Context&)> merchant_of_;
};

void Conversations::opens() const {
  auto open = route(Method::post, "", Rate::write, Idempotency::optional,
                    "The conversation with a merchant about a product, an order or neither");
  open.request = http::schema_of<OpenIn>();
  open.response = http::schema_of<ConversationOut>();
  open.success = 201;
  open.refusals = {"unknown_merchant", "unknown_product", "unknown_order", "wrong_merchant"};
  router_.write(std::move(open), [s = s_](Context& c) -> WritePlan {
    auto in = http::body_as<OpenIn>(c);
    if (!in.ok()) return std::move(in.refusal());
    const auto merchant = s.merchant_named(c.read(), in->merchant);
    if (!merchant) return http::problem(404, "unknown_merchant", "there is no such merchant");
    const auto key = key_of(s, c.read(), c.who().person);
    if (!key) return http::problem(401, "sign_in_needed", "sign in again");
    const Opening opening{*merchant, c.who().person, *key, in->product.value_or(ProductId{}),
                          in->order.value_or(OrderId{})};
    return [opening](storage::Tx& tx) {
      const auto opened = open_conversation(tx, opening);
      if (!opened.ok()) return problem_of(opened.refusal());
      return http::json(json_of(shown(*opened, Side::buyer)), 201);
    };
  });
}

void mount_quick_answers(http::Router& router, const Services& s) {
  const auto merchant_of = merchant_in_path(s);
  const std::string path = "/merchants/{merchant}/quick-answers";
  auto all = route_of(Method::get, path,
                      {"community.read", Owner::merchant, Rate::read, Idempotency::safe},
                      "Ready texts of a merchant");
  all.response = http::list_schema_of<QuickAnswer>();
  all.merchant_of = merchant_of;
  router.read(std::move(all), [merchant_of](Context& c) {
    return list_of(quick_answers(c.read(), *merchant_of(c)), 100);
  });

  auto add = route_of(Method::post, path,
                      {"community.write", Owner::merchant, Rate::write, Idempotency::optional},
                      "Keep a ready text");
  add.request = http::schema_of<QuickAnswerIn>();
  add.response = http::schema_of<QuickAnswer>();
  add.success = 201;
  add.refusals = {"text_too_long", "too_many"};
  add.merchant_of = merchant_of;
  router.write(std::move(add), [merchant_of](Context& c) -> WritePlan {
    auto in = http::body_as<QuickAnswerIn>(c);
    if (!in.ok()) return std::move(in.refusal());
    return [merchant = *merchant_of(c), in = std::move(*in)](storage::Tx& tx) {
      const auto added = add_quick_answer(tx, merchant, in.title, in.text);
      return added.ok() ? http::json(json_of(*added), 201) : problem_of(added.refusal());
    };
  });

  auto remove = route_of(Method::del, path + "/{id}",
                         {"community.write", Owner::merchant, Rate::write, Idempotency::natural},
                         "Forget a ready text");
  remove.success = 204;
  remove.refusals = {"unknown_quick_answer"};
  remove.merchant_of = merchant_of;
  router.write(std::move(remove), [merchant_of](Context& c) -> WritePlan {
    const auto id = c.id_param<QuickAnswerId>("id");
    if (!id) return problem_of(Refusal::unknown_quick_answer);
    return [merchant = *merchant_of(c), id = *id](storage::Tx& tx) {
      const auto done = remove_quick_answer(tx, merchant, id);
      return done.ok() ? http::no_content() : problem_of(done.refusal());
    };
  });
}

}  // namespace

void mount_conversations(http::Router& router, const Services& s) {
  Conversations(router, s, kBuyer).mount();
  Conversations(router, s, kMerchant).mount();
  mount_quick_answers(router, s);
}

}  // namespace fondaco::community
