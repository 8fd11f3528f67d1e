#include "api.h"
#include "feed.h"

#include <fondaco/http/router.h>
#include <fondaco/storage/blobs.h>

#include <list>
#include <mutex>

namespace fondaco::server {
namespace {

constexpr Duration kFresh = minutes(15);
constexpr std::size_t kMostFeeds = 32;       // Kept at once.
constexpr std::int64_t kMostItems = 50'000;  // Of one answer; larger shops export a file.

struct Kept {
  MerchantId merchant;
  std::string base_url;  // Comes from the request when nothing else says it.
  Instant made_at;
  std::shared_ptr<const std::string> body;
  std::string tag;
};

/// Feeds as they were made last. Thread-safe; the oldest goes first.
class Feeds {
 public:
  std::optional<Kept> find(MerchantId merchant, const std::string& base_url, Instant now) {
    const std::scoped_lock lock(mutex_);
    for (const auto& kept : kept_) {
      const bool same = kept.merchant == merchant && kept.base_url == base_url;
      if (same && now - kept.made_at < kFresh) return kept;
    }
    return std::nullopt;
  }
  void keep(const Kept& made) {
    const std::scoped_lock lock(mutex_);
    kept_.remove_if(
        [&](const Kept& k) { return k.merchant == made.merchant && k.base_url == made.base_url; });
    if (kept_.size() >= kMostFeeds) kept_.pop_front();
    kept_.push_back(made);
  }

 private:
  std::mutex mutex_;
  std::list<Kept> kept_;
};

std::string base_url_of(const http::Context& c, const std::string& public_url) {
  if (!public_url.empty()) return public_url;
  return (c.request().secure ? "https://" : "http://") + std::string(c.request().header("Host"));
}

}  // namespace

void mount_feeds(http::Router& router, FeedServices services) {
  const auto feeds = std::make_shared<Feeds>();
  http::Route route;
  route.path = "/feeds/{merchant}/google.xml";
  route.access = {"-", http::Owner::everyone, http::Rate::read, http::Idempotency::safe};
  route.summary = "What a merchant has on sale, as a Google Merchant feed";
  route.response = http::Schema::text("application/xml");
  route.refusals = {"unknown_merchant", "feed_too_large"};
  route.authenticate = false;
  router.read(std::move(route), [services, feeds](http::Context& c) {
    const auto id = id_from_text<MerchantId>(c.param("merchant"));  // The router knows slugs.
    const auto merchant = id ? marketplace::find_merchant(c.read(), *id)
                             : marketplace::find_merchant(c.read(), c.param("merchant"));
    if (!merchant || merchant->state != marketplace::MerchantState::active) {
      return http::problem(404, "unknown_merchant", "there is no such merchant");
    }
    const auto base_url = base_url_of(c, services.public_url);
    auto kept = feeds->find(merchant->id, base_url, c.now());
    if (!kept) {
      auto body = std::make_shared<std::string>();
      const auto done = write_feed(c.read(), *merchant, base_url, kMostItems,
                                   [&](std::string_view part) { *body += part; });
      if (done.cut) {
        return http::problem(503, "feed_too_large",
                             "the feed has more than " + std::to_string(kMostItems) +
                                 " items: the operator exports it as a file");
      }
      auto tag = "\"" + storage::sha256_of(*body).substr(0, 32) + "\"";
      kept = Kept{merchant->id, base_url, c.now(), std::move(body), std::move(tag)};
      feeds->keep(*kept);
    }
    http::Response out;
    out.content_type = "application/xml; charset=utf-8";
    out.shared_body = kept->body;
    out.with("ETag", kept->tag).with("Cache-Control", "public, max-age=900");
    return out;
  });
}

}  // namespace fondaco::server
