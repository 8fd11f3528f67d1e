#include <fondaco/base/check.h>
#include <fondaco/outreach/mailer.h>

#include <curl/curl.h>

#include <algorithm>
#include <cstring>
#include <mutex>

namespace fondaco::outreach {
namespace {

struct FreeCurl {
  void operator()(CURL* c) const { curl_easy_cleanup(c); }
  void operator()(curl_slist* l) const { curl_slist_free_all(l); }
  void operator()(CURLU* u) const { curl_url_cleanup(u); }
};

struct Reading {
  std::string_view rest;
};

std::size_t on_read(char* out, std::size_t size, std::size_t count, void* user) {
  auto& reading = *static_cast<Reading*>(user);
  const std::size_t n = std::min(size * count, reading.rest.size());
  std::memcpy(out, reading.rest.data(), n);
  reading.rest.remove_prefix(n);
  return n;
}

template <class T>
void set(CURL* curl, CURLoption option, T value) {
  const CURLcode code = curl_easy_setopt(curl, option, value);
  if (code != CURLE_OK) throw Fault(std::string("libcurl: ") + curl_easy_strerror(code));
}

Sent judged(CURLcode code, long status) {
  if (code == CURLE_OK) return {Sent::Done::accepted, "250"};
  // Wrong credentials are the operator's mistake, not the mail's.
  const bool ours = code == CURLE_LOGIN_DENIED || code == CURLE_USE_SSL_FAILED;
  if (!ours && status >= 500 && status <= 599) {
    return {Sent::Done::refused, std::to_string(status)};
  }
  std::string why = curl_easy_strerror(code);
  if (status >= 400) why = std::to_string(status) + ": " + why;
  return {Sent::Done::later, std::move(why)};
}

class Smtp final : public Mailer {
 public:
  explicit Smtp(SmtpConfig config) : config_(std::move(config)) {
    static std::once_flag once;
    std::call_once(once, [] { curl_global_init(CURL_GLOBAL_DEFAULT); });
  }

  Sent send(const Outgoing& mail) override {
    const std::unique_ptr<CURL, FreeCurl> curl(curl_easy_init());
    if (!curl) throw Fault("libcurl gave no handle");
    const std::string to = "<" + mail.to + ">";
    const std::string from = "<" + mail.from + ">";
    const std::unique_ptr<curl_slist, FreeCurl> receivers(curl_slist_append(nullptr, to.c_str()));
    Reading reading{mail.message};
    CURL* c = curl.get();
    set(c, CURLOPT_URL, config_.url.c_str());
    set(c, CURLOPT_PROTOCOLS_STR, "smtp,smtps");
    set(c, CURLOPT_NOSIGNAL, 1L);
    set(c, CURLOPT_PROXY, "");
    set(c, CURLOPT_TIMEOUT_MS, static_cast<long>(config_.time_out.us / 1'000));
    set(c, CURLOPT_USE_SSL, static_cast<long>(config_.plain ? CURLUSESSL_NONE : CURLUSESSL_ALL));
    if (!config_.certificates.empty()) set(c, CURLOPT_CAINFO, config_.certificates.c_str());
    if (!config_.user.empty()) {
      set(c, CURLOPT_USERNAME, config_.user.c_str());
      set(c, CURLOPT_PASSWORD, config_.password.c_str());
    }
    set(c, CURLOPT_MAIL_FROM, from.c_str());
    set(c, CURLOPT_MAIL_RCPT, receivers.get());
    set(c, CURLOPT_UPLOAD, 1L);
    set(c, CURLOPT_READFUNCTION, on_read);
    set(c, CURLOPT_READDATA, &reading);
    const CURLcode code = curl_easy_perform(c);
    long status = 0;
    curl_easy_getinfo(c, CURLINFO_RESPONSE_CODE, &status);
    return judged(code, status);
  }

 private:
  const SmtpConfig config_;
};

}  // namespace

std::unique_ptr<Mailer> make_smtp(const SmtpConfig& config) {
  const std::unique_ptr<CURLU, FreeCurl> url(curl_url());
  if (curl_url_set(url.get(), CURLUPART_URL, config.url.c_str(), 0) != CURLUE_OK) return nullptr;
  const auto part = [&](CURLUPart which) {
    char* value = nullptr;
    std::string out;
    if (curl_url_get(url.get(), which, &value, 0) == CURLUE_OK && value) out = value;
    curl_free(value);
    return out;
  };
  const std::string scheme = part(CURLUPART_SCHEME);
  const std::string path = part(CURLUPART_PATH);
  const bool good = (scheme == "smtp" || scheme == "smtps") && !part(CURLUPART_HOST).empty() &&
                    part(CURLUPART_USER).empty() && (path.empty() || path == "/");
  if (!good) return nullptr;
  return std::make_unique<Smtp>(config);
}

}  // namespace fondaco::outreach
