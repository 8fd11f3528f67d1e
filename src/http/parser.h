// Beast's HTTP/1 parser, writing straight into our Request: no second copy of any header.
// Included by beast.cc only. Depends on call.h, Boost.Beast.
#pragma once

#include "call.h"

#include <boost/beast/http/basic_parser.hpp>

#include <string>

namespace fondaco::http {

namespace bhttp = boost::beast::http;

class Parser final : public bhttp::basic_parser<true> {
 public:
  using error_code = boost::beast::error_code;
  using string_view = boost::beast::string_view;

  Parser(Request& request, std::size_t header_limit) : request_(request) {
    this->header_limit(static_cast<std::uint32_t>(header_limit));
    this->body_limit(boost::none);  // Judged below, once the route is known.
  }
  void limit_body(std::size_t bytes) { body_limit_ = bytes; }
  int version() const { return version_; }
  bool continue_expected() const { return expects_ && version_ >= 11; }
  /// Why a complete header is no request that we answer; 0 when it is.
  int objection() const {
    if (method_unknown_) return 501;
    if (version_ >= 11 ? hosts_ != 1 : hosts_ > 1) return 400;
    // Any other coding would leave open where the body ends (RFC 9112, 6.1).
    if (encoded_ && !chunked()) return 400;
    return 0;
  }

 private:
  static constexpr std::size_t kFieldsMax = 100;

  static std::string_view view(string_view s) { return {s.data(), s.size()}; }

  void on_request_impl(bhttp::verb verb, string_view, string_view target, int version,
                       error_code&) override {
    version_ = version;
    request_.target.assign(target.data(), target.size());
    request_.headers.reserve(8);
    switch (verb) {
      case bhttp::verb::get:
        request_.method = Method::get;
        break;
      case bhttp::verb::head:
        request_.method = Method::head;
        break;
      case bhttp::verb::post:
        request_.method = Method::post;
        break;
      case bhttp::verb::put:
        request_.method = Method::put;
        break;
      case bhttp::verb::patch:
        request_.method = Method::patch;
        break;
      case bhttp::verb::delete_:
        request_.method = Method::del;
        break;
      case bhttp::verb::options:
        request_.method = Method::options;
        break;
      default:
        method_unknown_ = true;
    }
  }
  void on_response_impl(int, string_view, int, error_code&) override {}
  void on_field_impl(bhttp::field field, string_view name, string_view value,
                     error_code& ec) override {
    if (header_done_) return;  // Trailers say nothing that we would believe.
    if (request_.headers.size() == kFieldsMax) {
      ec = bhttp::error::header_limit;
      return;
    }
    if (field == bhttp::field::host) ++hosts_;
    if (field == bhttp::field::transfer_encoding) encoded_ = true;
    if (field == bhttp::field::expect) expects_ = iequals_ascii(view(value), "100-continue");
    request_.headers.push_back({std::string(view(name)), std::string(view(value))});
  }
  void on_header_impl(error_code&) override { header_done_ = true; }
  void on_body_init_impl(const boost::optional<std::uint64_t>& length, error_code& ec) override {
    if (!length) return;
    if (*length > body_limit_) {
      ec = bhttp::error::body_limit;
    } else {
      request_.body.reserve(static_cast<std::size_t>(*length));
    }
  }
  std::size_t append(string_view piece, error_code& ec) {
    if (request_.body.size() + piece.size() > body_limit_) {
      ec = bhttp::error::body_limit;
      return 0;
    }
    request_.body.append(piece.data(), piece.size());
    return piece.size();
  }
  std::size_t on_body_impl(string_view piece, error_code& ec) override { return append(piece, ec); }
  void on_chunk_header_impl(std::uint64_t, string_view, error_code&) override {}
  std::size_t on_chunk_body_impl(std::uint64_t, string_view piece, error_code& ec) override {
    return append(piece, ec);
  }
  void on_finish_impl(error_code&) override {}

  Request& request_;
  std::size_t body_limit_ = 0;
  int version_ = 11;
  int hosts_ = 0;
  bool expects_ = false;
  bool encoded_ = false;
  bool method_unknown_ = false;
  bool header_done_ = false;
};

}  // namespace fondaco::http
