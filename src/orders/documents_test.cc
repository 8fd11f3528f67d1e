#include "document_data.h"
#include "fixture.h"

#include <fondaco/orders/documents.h>

#include <rapidcheck.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <thread>

namespace fondaco::orders {
namespace {

class DocumentsTest : public MarketTest {
 protected:
  OrderId bought() {
    const auto blue = offer(bikes, bike_store, "B-1", 20'000, 10);
    const auto red = offer(bikes, bike_store, "B-2", 1'999, 10);
    const auto placed = place(purchase({{"bikes", "B-1", {}, 1}, {"bikes", "B-2", {}, 3}}));
    EXPECT_TRUE(placed.ok());
    static_cast<void>(blue);
    static_cast<void>(red);
    return order(placed).id;
  }
  template <class F>
  auto write(F&& f) {
    return store->main().write(std::forward<F>(f));
  }
  Document invoice(OrderId id) {
    return *write([&](storage::Tx& tx) { return issue_invoice(tx, id); });
  }
  void expect_no_gaps() {
    storage::Findings findings;
    verify_documents(*store->main().read(), findings);
    EXPECT_TRUE(findings.differences.empty());
  }
  /// What pdftotext finds, or nothing where it is not installed.
  std::optional<std::string> text_of(const std::string& pdf) {
    if (std::system("command -v pdftotext >/dev/null 2>&1") != 0) return std::nullopt;
    const std::string file = store.dir() + "/document.pdf";
    std::ofstream(file, std::ios::binary) << pdf;
    const std::string command = "pdftotext -layout " + file + " -";
    FILE* pipe = ::popen(command.c_str(), "r");
    std::string out;
    std::array<char, 4096> buffer{};
    while (const auto n = std::fread(buffer.data(), 1, buffer.size(), pipe)) {
      out.append(buffer.data(), n);
    }
    ::pclose(pipe);
    return out;
  }
};
INSTANTIATE_TEST_SUITE_P(Engines, DocumentsTest, testing::ValuesIn(storage::test_engines()),
                         [](const auto& i) { return storage::engine_name(i.param); });

// An order's invoice is one, numbered from 1, and its totals and rates are the order's to the unit.
TEST_P(DocumentsTest, InvoiceSaysWhatTheOrderSays) {
  const auto id = bought();
  const auto first = invoice(id);
  const auto again = invoice(id);
  EXPECT_EQ(first.id, again.id);
  EXPECT_EQ(document_number(first), "INV-2026-000001");
  const auto o = *find_order(*store->main().read(), id);
  EXPECT_EQ(first.data.total, o.total);
  EXPECT_EQ(first.data.tax, o.tax);
  std::int64_t net = 0, tax = 0;
  for (const auto& row : first.data.taxes) {
    net += row.net;
    tax += row.tax;
  }
  EXPECT_EQ(tax, o.tax);
  EXPECT_EQ(net + tax, o.total);
  EXPECT_EQ(documents_of(*store->main().read(), id).size(), 1u);
  expect_no_gaps();
}

// Credit notes go up to what was invoiced, one for each refund, and none without a paid order.
TEST_P(DocumentsTest, CreditNotesHaveTheirLimit) {
  const auto id = bought();
  const auto total = find_order(*store->main().read(), id)->total;
  const auto credit = [&](std::int64_t amount, std::int64_t ref) {
    return write([&](storage::Tx& tx) { return issue_credit_note(tx, id, amount, ref); });
  };
  const auto part = credit(1'234, 1);
  ASSERT_TRUE(part.ok());
  EXPECT_EQ(credit(1'234, 1)->id, part->id);
  EXPECT_EQ(part->data.about, "INV-2026-000001");
  EXPECT_EQ(credit(total, 2).refusal(), DocumentRefusal::amount_too_high);
  EXPECT_EQ(credit(0, 2).refusal(), DocumentRefusal::amount_too_high);
  EXPECT_EQ(credit(total - 1'234, 2)->data.total, total - 1'234);
  write([&](storage::Tx& tx) {
    EXPECT_EQ(issue_invoice(tx, OrderId{5}).refusal(), DocumentRefusal::unknown_order);
    EXPECT_EQ(issue_delivery_note(tx, OrderId{5}, {}).refusal(), DocumentRefusal::unknown_order);
  });
  offer(bikes, bike_store, "B-3", 500, 5);
  const auto waits = place(purchase({{"bikes", "B-3", {}, 1}}, "test", "late"));
  ASSERT_TRUE(waits.ok());
  const auto refused = write([&](storage::Tx& tx) { return issue_invoice(tx, order(waits).id); });
  EXPECT_EQ(refused.refusal(), DocumentRefusal::not_paid);
  expect_no_gaps();
}

// Whatever part of an invoice is credited, its rates sum to it.
TEST(CreditData, PartsSumToTheWhole) {
  rc::check("parts sum to the whole", [] {
    Document invoice;
    invoice.currency =
        Currency::of(*rc::gen::element(std::string("EUR"), std::string("JPY"), std::string("KWD")));
    const auto rates = *rc::gen::inRange(1, 5);
    for (int i = 0; i < rates; ++i) {
      const auto net = *rc::gen::inRange(0, 1'000'000);
      const auto tax = *rc::gen::inRange(0, 200'000);
      invoice.data.taxes.push_back({i * 500, net, tax});
      invoice.data.total += net + tax;
    }
    RC_PRE(invoice.data.total > 0);
    const auto amount = *rc::gen::inRange<std::int64_t>(1, invoice.data.total + 1);
    const auto credit = credit_data(invoice, amount);
    std::int64_t sum = 0;
    for (const auto& row : credit.taxes) sum += row.net + row.tax;
    RC_ASSERT(sum == amount);
  });
}

// Many at once, some of them given up: numbers of a merchant have no gap and none is given twice.
TEST_P(DocumentsTest, NumbersHaveNoGap) {
  const auto id = bought();
  invoice(id);
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 25; ++i) {
        write([&](storage::Tx& tx) {
          const Shipped shipped{t * 1000 + i + 1, "DHL", "1", {}};
          EXPECT_TRUE(issue_delivery_note(tx, id, shipped).ok());
          if (i % 3 == 0) tx.refuse();
        });
      }
    });
  }
  for (auto& thread : threads) thread.join();
  std::vector<std::int64_t> numbers;
  for (const auto& d : documents_of(*store->main().read(), id)) {
    if (d.kind == DocumentKind::delivery_note) numbers.push_back(d.number);
  }
  std::sort(numbers.begin(), numbers.end());
  ASSERT_EQ(numbers.size(), 64u);
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    EXPECT_EQ(numbers[i], static_cast<std::int64_t>(i) + 1);
  }
  expect_no_gaps();
}

// The PDF holds the numbers and the buyer, is the same bytes every time, and after erasure the
// buyer is in it no more.
TEST_P(DocumentsTest, PdfIsReadableStableAndErasable) {
  const auto id = bought();
  const auto d = invoice(id);
  auto& keyring = people->keyring();
  const std::string pdf = document_pdf(*store, keyring, d.id);
  EXPECT_EQ(pdf.substr(0, 5), "%PDF-");
  EXPECT_EQ(pdf, document_pdf(*store, keyring, d.id));
  const auto contact = checkout->contact_of(*find_order(*store->main().read(), id));
  ASSERT_TRUE(contact);
  EXPECT_EQ(pdf, render_document(d, contact)) << "rendered again, the same bytes";
  const auto kept = find_document(*store->main().read(), d.id)->pdf;
  EXPECT_FALSE(kept.empty());
  EXPECT_EQ(kept.find("%PDF"), kept.npos) << "kept sealed";
  if (const auto text = text_of(pdf)) {
    for (const auto& wanted : {document_number(d), contact->name, contact->city,
                               format_decimal({1'999, d.currency}), std::string("19 %")}) {
      EXPECT_NE(text->find(wanted), std::string::npos) << wanted << " in " << *text;
    }
  }
  store->keys().write([&](storage::Tx& tx) { keyring.destroy(tx, d.key); });
  const std::string erased = document_pdf(*store, keyring, d.id);
  if (const auto text = text_of(erased)) {
    EXPECT_EQ(text->find(contact->name), std::string::npos);
    EXPECT_NE(text->find(document_number(d)), std::string::npos);
  }
}

// A Chinese document with more lines than a page holds, long titles and every kind of letter.
TEST(DocumentPdf, FillsPagesInChinese) {
  Document d;
  d.id = InvoiceId{1};
  d.kind = DocumentKind::invoice;
  d.year = 2026;
  d.number = 7;
  d.currency = Currency::of("CNY");
  d.issued_at = *parse_rfc3339("2026-11-26T10:00:00Z");
  d.data.locale = "zh";
  d.data.seller = {"里亚托市场有限公司", {"上海市黄浦区南京东路1号", "税号 91310000"}};
  for (int i = 0; i < 60; ++i) {
    d.data.lines.push_back(
        {"订单佣金 – Commission für Bestellung mit einem sehr langen Titel, der "
         "umbrochen wird " +
             std::to_string(i),
         "ord_1", 1, 12'345, 12'345, 600, 741});
  }
  d.data.taxes = {{600, 740'700, 44'460}};
  d.data.tax = 44'460;
  d.data.total = 785'160;
  const std::string pdf = render_document(d, std::nullopt);
  EXPECT_EQ(pdf, render_document(d, std::nullopt));
  EXPECT_GT(pdf.size(), 10'000u);
  if (const char* keep = std::getenv("FONDACO_KEEP_PDF")) {
    std::ofstream(keep, std::ios::binary) << pdf;
  }
}

}  // namespace
}  // namespace fondaco::orders
