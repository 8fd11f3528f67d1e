#include <fondaco/base/display.h>
#include <fondaco/orders/documents.h>

#include <cairo-pdf.h>
#include <pango/pangocairo.h>

#include <boost/describe/enum_to_string.hpp>

#include <array>
#include <memory>

namespace fondaco::orders {
namespace {

// Points; A4.
constexpr double kWidth = 595.28, kHeight = 841.89, kMargin = 56, kFoot = 60;
constexpr double kRight = kWidth - kMargin;
constexpr const char* kFont = "Noto Sans CJK SC";

struct Free {
  void operator()(cairo_surface_t* s) const { cairo_surface_destroy(s); }
  void operator()(cairo_t* c) const { cairo_destroy(c); }
  void operator()(PangoLayout* l) const { g_object_unref(l); }
  void operator()(PangoFontDescription* f) const { pango_font_description_free(f); }
};
template <class T>
using Owned = std::unique_ptr<T, Free>;

cairo_status_t on_bytes(void* out, const unsigned char* data, unsigned int size) {
  static_cast<std::string*>(out)->append(reinterpret_cast<const char*>(data), size);
  return CAIRO_STATUS_SUCCESS;
}

struct Words {
  std::string_view name, en, zh;
};
constexpr auto kWords = std::to_array<Words>({
    {"about", "For invoice", "对应发票"},
    {"amount", "Amount", "金额"},
    {"article", "Article", "商品"},
    {"carrier", "Carrier", "承运商"},
    {"credit_note", "Credit note", "贷记通知单"},
    {"customer", "Customer", "客户"},
    {"date", "Date", "日期"},
    {"delivery_note", "Delivery note", "送货单"},
    {"erased", "(Data of the buyer was erased)", "（买家资料已删除）"},
    {"invoice", "Invoice", "发票"},
    {"net", "Net", "净额"},
    {"number", "Number", "编号"},
    {"order", "Order", "订单"},
    {"price", "Price", "单价"},
    {"quantity", "Qty", "数量"},
    {"refund", "Refund", "退款"},
    {"seller", "Seller", "卖方"},
    {"several", "several", "多种"},
    {"shipping", "Delivery", "运费"},
    {"tax", "Tax", "税额"},
    {"total", "Total", "合计"},
    {"tracking", "Tracking", "运单号"},
});

std::string_view word(std::string_view name, std::string_view locale) {
  for (const Words& w : kWords) {
    if (w.name == name) return locale == "zh" ? w.zh : w.en;
  }
  throw Bug("documents have no word " + std::string(name));
}

std::string rate_text(std::int64_t bp, std::string_view locale) {
  if (bp < 0) return std::string(word("several", locale));
  std::string out = std::to_string(bp / 100);
  if (bp % 100 != 0) {
    std::string rest = std::to_string(bp % 100 + 100).substr(1);
    if (rest.back() == '0') rest.pop_back();
    out += "." + rest;
  }
  return out + " %";
}

/// A pen on pages: where it is, and how text is set there.
class Page {
 public:
  Page(std::string& out, const std::string& title, Instant at)
      : surface_(cairo_pdf_surface_create_for_stream(on_bytes, &out, kWidth, kHeight)) {
    // The same bytes whenever it is rendered: no clock and no version of the machine in it.
    const std::string date = format_rfc3339(Instant{at.us / 1'000'000 * 1'000'000});
    cairo_pdf_surface_set_metadata(surface_.get(), CAIRO_PDF_METADATA_TITLE, title.c_str());
    cairo_pdf_surface_set_metadata(surface_.get(), CAIRO_PDF_METADATA_CREATE_DATE, date.c_str());
    cairo_pdf_surface_set_metadata(surface_.get(), CAIRO_PDF_METADATA_MOD_DATE, date.c_str());
    cairo_.reset(cairo_create(surface_.get()));
    layout_.reset(pango_cairo_create_layout(cairo_.get()));
  }
  void finish() {
    cairo_.reset();
    layout_.reset();
    cairo_surface_finish(surface_.get());
    if (cairo_surface_status(surface_.get()) != CAIRO_STATUS_SUCCESS) {
      throw Fault("a document could not be drawn");
    }
  }
  double y = kMargin;

  struct Style {
    double size = 9;
    bool bold = false;
    double grey = 0;
    PangoAlignment align = PANGO_ALIGN_LEFT;
  };
  /// Sets text in a column; returns its height. Draws nothing when `measure`.
  double text(std::string_view what, double x, double width, const Style& style,
              bool measure = false) {
    const Owned<PangoFontDescription> font(pango_font_description_from_string(kFont));
    pango_font_description_set_absolute_size(font.get(), style.size * PANGO_SCALE);
    pango_font_description_set_weight(font.get(),
                                      style.bold ? PANGO_WEIGHT_BOLD : PANGO_WEIGHT_NORMAL);
    PangoLayout* l = layout_.get();
    pango_layout_set_font_description(l, font.get());
    pango_layout_set_width(l, static_cast<int>(width * PANGO_SCALE));
    pango_layout_set_wrap(l, PANGO_WRAP_WORD_CHAR);
    pango_layout_set_alignment(l, style.align);
    pango_layout_set_text(l, what.data(), static_cast<int>(what.size()));
    int height = 0;
    pango_layout_get_size(l, nullptr, &height);
    if (!measure) {
      cairo_set_source_rgb(cairo_.get(), style.grey, style.grey, style.grey);
      cairo_move_to(cairo_.get(), x, y);
      pango_cairo_show_layout(cairo_.get(), l);
    }
    return static_cast<double>(height) / PANGO_SCALE;
  }
  void rule(double grey) {
    cairo_set_source_rgb(cairo_.get(), grey, grey, grey);
    cairo_set_line_width(cairo_.get(), 0.6);
    cairo_move_to(cairo_.get(), kMargin, y);
    cairo_line_to(cairo_.get(), kRight, y);
    cairo_stroke(cairo_.get());
  }
  /// A new page when `height` does not fit on this one. True when there is one.
  bool make_room(double height, const std::string& foot) {
    if (y + height <= kHeight - kFoot - kMargin / 2) return false;
    end(foot);
    y = kMargin;
    return true;
  }
  void end(const std::string& foot) {
    y = kHeight - kFoot;
    ++number_;
    text(foot, kMargin, kRight - kMargin - 60, {7, false, 0.4, PANGO_ALIGN_LEFT});
    text(std::to_string(number_), kRight - 60, 60, {7, false, 0.4, PANGO_ALIGN_RIGHT});
    cairo_show_page(cairo_.get());
  }

 private:
  Owned<cairo_surface_t> surface_;
  Owned<cairo_t> cairo_;
  Owned<PangoLayout> layout_;
  int number_ = 0;
};

std::vector<std::string> address_of(const Contact& c) {
  std::vector<std::string> out{c.name, c.line1};
  if (c.line2 && !c.line2->empty()) out.push_back(*c.line2);
  const std::string postcode = c.postcode.value_or("");
  out.push_back(postcode.empty() ? c.city : postcode + " " + c.city);
  if (c.region && !c.region->empty()) out.push_back(*c.region);
  out.push_back(c.country);
  return out;
}

class Drawing {
 public:
  Drawing(const Document& d, std::string& out)
      : d_(d),
        locale_(d.data.locale),
        name_(boost::describe::enum_to_string(d.kind, "invoice")),
        foot_(d.data.seller.name + " · " + document_number(d)),
        page_(out, document_number(d), d.issued_at) {}

  void draw(const std::optional<Contact>& buyer) {
    head(buyer);
    lines();
    if (d_.kind != DocumentKind::delivery_note) sums();
    page_.end(foot_);
    page_.finish();
  }

 private:
  std::string say(std::string_view name) const { return std::string(word(name, locale_)); }
  std::string money(std::int64_t minor) const {
    return show_money(Money{minor, d_.currency}, locale_);
  }

  void column(const std::string& label, const std::vector<std::string>& texts, double x,
              double width) {
    page_.y += page_.text(label, x, width, {7, false, 0.4, PANGO_ALIGN_LEFT}) + 2;
    bool first = true;
    for (const auto& text : texts) {
      page_.y += page_.text(text, x, width, {9, first, 0, PANGO_ALIGN_LEFT}) + 1;
      first = false;
    }
  }

  void fact(const std::string& label, const std::string& value) {
    constexpr double kX = 350;
    page_.text(label, kX, 75, {8, false, 0.4, PANGO_ALIGN_LEFT});
    page_.y += page_.text(value, kX + 75, kRight - kX - 75, {8, false, 0, PANGO_ALIGN_RIGHT}) + 2;
  }

  void head(const std::optional<Contact>& buyer) {
    const double top = page_.y;
    std::vector<std::string> seller{d_.data.seller.name};
    seller.insert(seller.end(), d_.data.seller.lines.begin(), d_.data.seller.lines.end());
    column(say("seller"), seller, kMargin, 240);
    page_.y += 18;
    const auto customer = buyer ? address_of(*buyer) : std::vector<std::string>{say("erased")};
    column(say("customer"), customer, kMargin, 240);
    const double left = page_.y;
    page_.y = top;
    page_.y += page_.text(say(name_), 350, kRight - 350, {18, true, 0, PANGO_ALIGN_RIGHT}) + 8;
    fact(say("number"), document_number(d_));
    fact(say("date"), show_date(d_.issued_at, locale_));
    fact(say("order"), to_text(d_.order));
    if (!d_.data.about.empty()) fact(say("about"), d_.data.about);
    if (!d_.data.carrier.empty()) fact(say("carrier"), d_.data.carrier);
    if (!d_.data.tracking.empty()) fact(say("tracking"), d_.data.tracking);
    page_.y = std::max(left, page_.y) + 26;
  }

  void row(const std::array<std::string, 5>& cells, bool bold, double grey) {
    const bool money_too = d_.kind != DocumentKind::delivery_note;
    const double title = money_too ? 230 : 400;
    const Page::Style left{9, bold, grey, PANGO_ALIGN_LEFT};
    const Page::Style right{9, bold, grey, PANGO_ALIGN_RIGHT};
    const double height = page_.text(cells[0], 0, title, left, true);
    if (page_.make_room(height + 8, foot_) && !bold) titles();
    page_.text(cells[0], kMargin, title, left);
    const double x = kMargin + title;
    page_.text(cells[1], x, 45, right);
    if (money_too) {
      page_.text(cells[2], x + 50, 80, right);
      page_.text(cells[3], x + 130, 45, right);
      page_.text(cells[4], x + 175, kRight - x - 175, right);
    }
    page_.y += height + 4;
    page_.rule(0.85);
    page_.y += 4;
  }

  void titles() {
    row({say("article"), say("quantity"), say("price"), say("tax"), say("amount")}, true, 0.3);
  }

  void lines() {
    titles();
    for (const DocumentLine& l : d_.data.lines) {
      const std::string title = l.sku.empty() ? l.title : l.title + "\n" + l.sku;
      row({title, std::to_string(l.quantity), money(l.price), rate_text(l.tax_bp, locale_),
           money(l.amount)},
          false, 0);
    }
    if (d_.data.shipping != 0)
      row({say("shipping"), "", "", "", money(d_.data.shipping)}, false, 0);
    if (d_.kind == DocumentKind::credit_note) {
      row({say("refund") + " " + d_.data.about, "", "", "", money(d_.data.total)}, false, 0);
    }
  }

  void sum(const std::array<std::string, 4>& cells, bool bold) {
    page_.make_room(20, foot_);
    const Page::Style right{bold ? 11.0 : 9.0, bold, 0, PANGO_ALIGN_RIGHT};
    double x = 210;
    constexpr double kEach = (kRight - 210) / 4;
    double height = 0;
    for (const auto& cell : cells) {
      height = std::max(height, page_.text(cell, x, kEach, right));
      x += kEach;
    }
    page_.y += height + 4;
  }

  void sums() {
    page_.y += 12;
    sum({"", say("net"), say("tax"), say("total")}, false);
    for (const DocumentTax& t : d_.data.taxes) {
      sum({rate_text(t.tax_bp, locale_), money(t.net), money(t.tax), money(t.net + t.tax)}, false);
    }
    page_.y += 4;
    page_.rule(0.3);
    page_.y += 6;
    sum({say("total"), "", "", money(d_.data.total)}, true);
  }

  const Document& d_;
  const std::string locale_;
  const std::string name_;
  const std::string foot_;
  Page page_;
};

}  // namespace

std::string render_document(const Document& document, const std::optional<Contact>& buyer) {
  std::string out;
  Drawing(document, out).draw(buyer);
  return out;
}

}  // namespace fondaco::orders
