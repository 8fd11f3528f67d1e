// The port to the world's mail, and SMTP behind it. Depends on base.
#pragma once

#include <fondaco/base/time.h>

#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace fondaco::outreach {

struct Outgoing {
  std::string from;     // Bare address.
  std::string to;       // Bare address.
  std::string message;  // RFC 5322, lines end in CR LF.
};
struct Sent {
  enum class Done {
    accepted,
    later,    // Nobody there, or 4xx: worth another try.
    refused,  // 5xx: for good.
  };
  Done done = Done::later;
  std::string answer;  // "550", "could not connect"; never an address.
};

class Mailer {
 public:
  virtual ~Mailer() = default;
  /// Blocks, outside any transaction.
  virtual Sent send(const Outgoing& mail) = 0;
};

struct SmtpConfig {
  std::string url;  // smtp://host:587 (STARTTLS) or smtps://host:465
  std::string user;
  std::string password;
  std::string certificates;  // PEM file of the authorities to believe; empty: the system's.
  bool plain = false;        // No TLS: for a server on the same machine only.
  Duration time_out = seconds(30);
};
/// Nothing unless the URL is smtp:// or smtps:// with a host and without user and path.
std::unique_ptr<Mailer> make_smtp(const SmtpConfig& config);

/// "Shop <shop@shop.example>" or a bare address, ASCII.
struct Sender {
  std::string name;
  std::string address;
};
std::optional<Sender> parse_sender(std::string_view text);

}  // namespace fondaco::outreach
