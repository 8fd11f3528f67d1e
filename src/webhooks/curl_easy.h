// libcurl's handle with what every call of ours sets. Private to webhooks.
#pragma once

#include <fondaco/base/check.h>

#include <curl/curl.h>

#include <memory>
#include <mutex>
#include <string>

namespace fondaco::webhooks {

class CurlEasy {
 public:
  CurlEasy() {
    static std::once_flag once;
    std::call_once(once, [] { curl_global_init(CURL_GLOBAL_DEFAULT); });
    handle_.reset(curl_easy_init());
    if (!handle_) throw Fault("libcurl gave no handle");
    set(CURLOPT_NOSIGNAL, 1L);
    set(CURLOPT_PROXY, "");  // Not what the environment says.
    set(CURLOPT_FOLLOWLOCATION, 0L);
    set(CURLOPT_NOPROGRESS, 0L);
    set(CURLOPT_ERRORBUFFER, error_);
  }
  template <class T>
  void set(CURLoption option, T value) {
    const CURLcode code = curl_easy_setopt(handle_.get(), option, value);
    if (code != CURLE_OK) throw Fault(std::string("libcurl: ") + curl_easy_strerror(code));
  }
  void add_header(const std::string& line) {
    curl_slist* longer = curl_slist_append(headers_.get(), line.c_str());
    if (!longer) throw Fault("libcurl is out of memory");
    static_cast<void>(headers_.release());
    headers_.reset(longer);
  }
  CURLcode perform() {
    set(CURLOPT_HTTPHEADER, headers_.get());
    return curl_easy_perform(handle_.get());
  }
  int status() const {
    long code = 0;
    curl_easy_getinfo(handle_.get(), CURLINFO_RESPONSE_CODE, &code);
    return static_cast<int>(code);
  }

 private:
  struct FreeHandle {
    void operator()(CURL* c) const { curl_easy_cleanup(c); }
  };
  struct FreeList {
    void operator()(curl_slist* l) const { curl_slist_free_all(l); }
  };
  std::unique_ptr<CURL, FreeHandle> handle_;
  std::unique_ptr<curl_slist, FreeList> headers_;
  char error_[CURL_ERROR_SIZE] = {};
};

}  // namespace fondaco::webhooks
