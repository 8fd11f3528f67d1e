// One HTTP exchange with Stripe's API, with its retries. Blocking; thread-safe. Private.
#pragma once

#include <fondaco/payments/stripe.h>

#include <boost/json.hpp>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace fondaco::payments {

struct StripeAnswer {
  int status = 0;  // 0: unreachable.
  boost::json::object body;
  bool good() const { return status >= 200 && status < 300; }
};

using Form = std::vector<std::pair<std::string, std::string>>;

/// The text at a path of objects, empty where there is none.
std::string text_at(const boost::json::object& from, std::initializer_list<std::string_view> path);
std::int64_t number_at(const boost::json::object& from, std::string_view name);

class StripeClient {
 public:
  explicit StripeClient(StripeConfig config);
  StripeAnswer post(const std::string& path, const Form& form, const std::string& key);
  StripeAnswer get(const std::string& path);
  const StripeConfig& config() const { return config_; }

 private:
  StripeAnswer once(const std::string& path, const std::string* form, const std::string& key);
  StripeAnswer patient(const std::string& path, const std::string* form, const std::string& key);

  const StripeConfig config_;
};

}  // namespace fondaco::payments
