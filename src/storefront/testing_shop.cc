#include "testing_shop.h"

#include "format.h"

#include <fondaco/base/text.h>

#include <set>

namespace fondaco::storefront {
namespace {

bool is_void(const std::string& tag) {
  static const std::set<std::string> kVoid{"meta", "link",     "input", "img",
                                           "br",   "!doctype", "path",  "circle"};
  return kVoid.contains(tag);
}

std::string attribute_fault(const std::string& tag, const std::string& text) {
  if (text.find(" style=") != text.npos) return "a style attribute: " + text;
  if (text.find(" on") != text.npos && text.find("on", text.find(" on")) != text.npos) {
    for (const char* handler : {" onclick=", " onload=", " onerror=", " onsubmit="}) {
      if (text.find(handler) != text.npos) return "an inline handler: " + text;
    }
  }
  if (tag == "script" && text.find("application/ld+json") == text.npos) return "a script";
  const bool source = tag == "img" || tag == "script" || tag == "link" || tag == "form";
  for (const char* name : {" src=\"http", " action=\"http", " src=\"//"}) {
    if (source && text.find(name) != text.npos) return "a request elsewhere: " + text;
  }
  return {};
}

}  // namespace

std::string html_fault(const std::string& html) {
  std::vector<std::string> open;
  for (std::size_t at = html.find('<'); at != html.npos; at = html.find('<', at)) {
    const auto end = html.find('>', at);
    if (end == html.npos) return "a tag without an end";
    const std::string text = html.substr(at + 1, end - at - 1);
    const bool closing = text.starts_with('/');
    const auto name_end = text.find_first_of(" \n/", 1);
    const std::string tag = to_lower_ascii(closing ? text.substr(1) : text.substr(0, name_end));
    if (auto fault = attribute_fault(tag, text); !closing && !fault.empty()) return fault;
    at = end;
    if (closing) {
      if (open.empty() || open.back() != tag) {
        return "</" + tag + "> closes " + (open.empty() ? "nothing" : "<" + open.back() + ">");
      }
      open.pop_back();
    } else if (!is_void(tag) && !text.ends_with('/')) {
      open.push_back(tag);
      if (tag == "script") at = html.find("</script", end);
    }
  }
  return open.empty() ? "" : "<" + open.back() + "> is never closed";
}

std::string input_value(const std::string& html, const std::string& name) {
  const auto at = html.find("name=\"" + name + "\"");
  if (at == html.npos) return {};
  const auto end = html.find('>', at);
  const auto value = html.find("value=\"", at);
  if (value == html.npos || value > end) return {};
  return html.substr(value + 7, html.find('"', value + 7) - value - 7);
}

ShopTest::ShopTest() : store(GetParam(), shop_migrations()) {
  payments::TestProviderConfig config;
  config.secret = "a secret of at least 16 bytes";
  auto test = std::make_unique<payments::TestProvider>(
      store.clock(), config, [this](const payments::Headers& headers, const std::string& body) {
        const auto told = provider->webhook(headers, body);
        if (!told) return;
        store->main().write([&](storage::Tx& tx) { checkout->on_provider_events(tx, *told); });
      });
  provider = test.get();
  providers.add(std::move(test));
  checkout = std::make_unique<orders::Checkout>(orders::Checkout::Parts{
      *store, offers, fees, availability, accounts, people.keyring(), providers});
  aftersale = std::make_unique<orders::Aftersale>(
      orders::Aftersale::Parts{*store, *checkout, availability, accounts});
  authenticator = shoppers::make_authenticator(people);
  http::ServerConfig http_config;
  http_config.listen = "127.0.0.1:0";
  http_config.rate_limits = false;
  server = http::Server::create(http_config, {*store, *authenticator});
  people.subscribe();
  store->outbox().every_process("offer_book", marketplace::OfferBook::types(),
                                [this](auto events) { offers.on_events(events); });
  checkout->wire();
  aftersale->wire();
  mount(server->router(), {.store = *store,
                           .search = search,
                           .checkout = *checkout,
                           .aftersale = *aftersale,
                           .offers = offers,
                           .availability = availability,
                           .shoppers = people,
                           .providers = providers,
                           .test_provider = provider,
                           .public_url = "https://shop.example",
                           .gates = &gates,
                           .blobs = &blobs});
  store->start();
}

ShopTest::~ShopTest() {
  provider->drain();
  store->stop();
}

marketplace::Merchant ShopTest::merchant(const std::string& slug, const std::string& name) {
  marketplace::NewMerchant m;
  m.slug = slug;
  m.name = name;
  m.name_zh = "店" + name;
  m.state = marketplace::MerchantState::active;
  m.currency = Currency::of("EUR");
  m.country = "DE";
  m.commission_bp = 500;
  return *store->main().write([&](storage::Tx& tx) {
    auto made = marketplace::create_merchant(tx, m);
    static_cast<void>(inventory::create_place(
        tx, {made->id, inventory::PlaceKind::warehouse, "Warehouse of " + name}));
    return made;
  });
}

ShopTest::Thing ShopTest::thing(const marketplace::Merchant& m, const std::string& title,
                                const std::vector<std::string>& sizes, std::int64_t price,
                                std::int64_t units) {
  catalog::Product p;
  p.owner = m.id;
  p.handle = slugify(title);
  p.status = catalog::Status::active;
  p.title = title;
  p.description = "<p>Good &amp; useful.</p>";
  p.brand = "Brandt";
  p.category = "Home > Bowls";
  p.category_zh = "家居 > 碗";
  if (!sizes.empty()) p.options = {"Size"};
  for (std::size_t i = 0; i < std::max<std::size_t>(1, sizes.size()); ++i) {
    catalog::Variant v;
    v.position = static_cast<std::int64_t>(i) + 1;
    if (!sizes.empty()) v.values[0] = sizes[i];
    v.sku = m.slug + "-" + p.handle.substr(0, 20) + "-" + std::to_string(i);
    p.variants.push_back(v);
  }
  Thing out;
  store->main().write([&](storage::Tx& tx) {
    const auto saved = catalog::save_product(tx, p);
    ASSERT_TRUE(saved.ok()) << saved.refusal().message;
    out.product = saved->id;
    p = *catalog::product(tx, saved->id);
    const auto place = inventory::first_warehouse(tx, m.id);
    for (const auto& v : p.variants) {
      const inventory::StockSetting setting{v.id, *place, units, {}, {}};
      inventory::set_stock(tx, {&setting, 1});
      const auto level = inventory::find(tx, v.id, *place);
      marketplace::OfferSetting offer;
      offer.merchant = m.id;
      offer.variant = v.id;
      offer.product = p.id;
      offer.sku = v.sku;
      offer.price = Money{price, Currency::of("EUR")};
      offer.stock = level->id;
      const auto done = marketplace::upsert_offers(tx, {&offer, 1});
      out.variants.push_back(v.id);
      out.stocks.push_back(level->id);
      out.offers.push_back((*done[0]).id);
    }
  });
  matching::SearchDocument doc;
  doc.product = out.product;
  doc.titles = {{"en", title}};
  doc.category_path = {{p.category_id, "bowls", {{"en", "Bowls"}}}};
  doc.brand = p.brand_id;
  doc.brand_name = p.brand;
  doc.merchants = {m.id};
  doc.prices = {{price, Currency::of("EUR")}};
  doc.in_stock = units > 0;
  search.upsert(doc);
  out.path = "/p/" + to_text(out.product) + "/" + percent_encode(p.handle);
  store->outbox().drain();
  return out;
}

void ShopTest::set_units(StockId stock, std::int64_t units) {
  store->main().write([&](storage::Tx& tx) {
    ASSERT_TRUE(inventory::count(tx, stock, units, &availability).ok());
  });
  store->outbox().drain();
}

storage::Findings ShopTest::verified() {
  storage::Findings findings;
  auto read = store->main().read();
  inventory::verify(read, findings);
  ledger::verify(read, findings);
  payments::verify(read, findings);
  orders::verify(read, findings);
  return findings;
}

http::Response Browser::raw(http::Method method, const std::string& target,
                            const std::string& body) {
  http::Request r;
  r.method = method;
  r.target = target;
  r.headers = headers;
  std::string jar;
  for (const auto& [name, value] : cookies) jar += (jar.empty() ? "" : "; ") + name + "=" + value;
  if (!jar.empty()) r.headers.push_back({"Cookie", jar});
  if (method == http::Method::post) {
    r.headers.push_back({"Content-Type", form_type_});
    r.body = body;
  }
  http::Response response = server_.handle(std::move(r));
  for (const auto& h : response.headers) {
    if (!iequals_ascii(h.name, "set-cookie")) continue;
    const auto equals = h.value.find('=');
    const auto end = h.value.find(';');
    const std::string name = h.value.substr(0, equals);
    if (h.value.find("Max-Age=0;") != h.value.npos) {
      cookies.erase(name);
    } else {
      cookies[name] = h.value.substr(equals + 1, end - equals - 1);
    }
  }
  return response;
}

const std::string& Browser::go(http::Method method, std::string target, std::string body) {
  http::Response r = raw(method, target, body);
  for (int hops = 0; r.status / 100 == 3 && hops < 5; ++hops) {
    for (const auto& h : r.headers) {
      if (iequals_ascii(h.name, "location")) target = h.value;
    }
    r = raw(http::Method::get, target);
  }
  at = target;
  status = r.status;
  html = r.body;
  EXPECT_EQ(html_fault(html), "") << target;
  return html;
}

const std::string& Browser::get(const std::string& path) { return go(http::Method::get, path, {}); }

const std::string& Browser::upload(const std::string& path, const Fields& fields,
                                   const Fields& files) {
  std::string body;
  const auto part = [&](const std::string& name, const std::string& more, const std::string& text) {
    body += "--limit\r\nContent-Disposition: form-data; name=\"" + name + "\"" + more + "\r\n\r\n" +
            text + "\r\n";
  };
  part("csrf", "", input_value(html, "csrf"));
  for (const auto& [name, text] : fields) part(name, "", text);
  for (const auto& [name, bytes] : files) {
    part(name, "; filename=\"IMG_1.jpg\"\r\nContent-Type: image/jpeg", bytes);
  }
  form_type_ = "multipart/form-data; boundary=limit";
  go(http::Method::post, path, body + "--limit--\r\n");
  form_type_ = "application/x-www-form-urlencoded";
  return html;
}

const std::string& Browser::post(const std::string& path, Fields fields) {
  std::string body = "csrf=" + percent_encode(input_value(html, "csrf"));
  for (const auto& [name, value] : fields) {
    body += "&" + percent_encode(name) + "=" + percent_encode(value);
  }
  return go(http::Method::post, path, body);
}

}  // namespace fondaco::storefront
