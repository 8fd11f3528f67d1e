#include "testing_people.h"
#include "webauthn.h"

#include <fondaco/base/text.h>

#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

namespace fondaco::shoppers {
namespace {

constexpr unsigned char kGood = 0x05;  // Present and verified.

void head(std::string& out, unsigned major, std::size_t n) {
  if (n < 24) {
    out += static_cast<char>(major << 5 | n);
  } else if (n < 256) {
    out += static_cast<char>(major << 5 | 24);
    out += static_cast<char>(n);
  } else {
    out += static_cast<char>(major << 5 | 25);
    out += static_cast<char>(n >> 8);
    out += static_cast<char>(n & 0xff);
  }
}

std::string bytes_item(std::string_view s) {
  std::string out;
  head(out, 2, s.size());
  return out + std::string(s);
}

std::string text_item(std::string_view s) {
  std::string out;
  head(out, 3, s.size());
  return out + std::string(s);
}

/// An authenticator in software: one key, one counter.
class Device {
 public:
  explicit Device(bool ed25519) : ed25519_(ed25519) {
    key_ = ed25519 ? EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519")
                   : EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-256");
  }
  ~Device() { EVP_PKEY_free(key_); }
  Device(const Device&) = delete;
  Device& operator=(const Device&) = delete;

  static std::string client(std::string_view type, std::string_view challenge,
                            std::string_view origin) {
    return R"({"type":")" + std::string(type) + R"(","challenge":")" + std::string(challenge) +
           R"(","origin":")" + std::string(origin) + R"(","crossOrigin":false})";
  }

  PasskeyRegistration create(std::string_view challenge,
                             std::string_view origin = "http://localhost:8080") const {
    std::string data = start(static_cast<unsigned char>(flags | 0x40));
    data += std::string(16, '\0');
    data += std::string("\0\x04", 2) + id + cose();
    std::string object = "\xa3" + text_item("fmt") + text_item("none") + text_item("attStmt") +
                         "\xa0" + text_item("authData") + bytes_item(data);
    return {client("webauthn.create", challenge, origin), object};
  }

  PasskeyAssertion get(std::string_view challenge,
                       std::string_view origin = "http://localhost:8080") const {
    PasskeyAssertion a;
    a.credential_id = id;
    a.client_data = client("webauthn.get", challenge, origin);
    a.authenticator_data = start(flags);
    a.signature = sign(a.authenticator_data + sha256(a.client_data));
    return a;
  }

  std::string id = "cred";
  std::string rp = "localhost";
  unsigned char flags = kGood;
  unsigned count = 0;

 private:
  std::string start(unsigned char with) const {
    std::string out = sha256(rp) + static_cast<char>(with);
    for (int shift = 24; shift >= 0; shift -= 8) out += static_cast<char>(count >> shift & 0xff);
    return out;
  }
  std::string cose() const {
    if (ed25519_) {
      unsigned char raw[32];
      std::size_t size = sizeof raw;
      EVP_PKEY_get_raw_public_key(key_, raw, &size);
      // {1: 1, 3: -8, -1: 6, -2: x}
      return "\xa4\x01\x01\x03\x27\x20\x06\x21" + bytes_item({reinterpret_cast<char*>(raw), size});
    }
    unsigned char point[65];
    std::size_t size = 0;
    EVP_PKEY_get_octet_string_param(key_, "pub", point, sizeof point, &size);
    const std::string_view xy(reinterpret_cast<char*>(point) + 1, 64);
    // {1: 2, 3: -7, -1: 1, -2: x, -3: y}
    return "\xa5\x01\x02\x03\x26\x20\x01\x21" + bytes_item(xy.substr(0, 32)) + "\x22" +
           bytes_item(xy.substr(32));
  }
  std::string sign(const std::string& message) const {
    EVP_MD_CTX* context = EVP_MD_CTX_new();
    EVP_DigestSignInit(context, nullptr, ed25519_ ? nullptr : EVP_sha256(), nullptr, key_);
    unsigned char out[128];
    std::size_t size = sizeof out;
    EVP_DigestSign(context, out, &size, reinterpret_cast<const unsigned char*>(message.data()),
                   message.size());
    EVP_MD_CTX_free(context);
    return {reinterpret_cast<char*>(out), size};
  }
  bool ed25519_;
  EVP_PKEY* key_;
};

class PasskeyFlow : public ShoppersTest {
 protected:
  std::string challenge(PersonId id = {}) {
    return write([&](storage::Tx& tx) { return make_challenge(tx, id); });
  }
  Result<PasskeyId, Refusal> enroll(const Device& device, PersonId id, std::string_view label) {
    const auto checked = check_registration(shoppers_->passkeys(), device.create(challenge(id)));
    if (!checked.ok()) return Refused{checked.refusal()};
    return write([&](storage::Tx& tx) { return add_passkey(tx, keyring(), id, *checked, label); });
  }
  Result<OpenedSession, Refusal> enter(const PasskeyAssertion& a) {
    return shoppers_->sign_in_with_passkey(a, "Test browser");
  }
};

// Both kinds of key sign in, the session is the person's, and a new challenge works again.
TEST_P(PasskeyFlow, SignsIn) {
  const auto id = person();
  for (const bool ed25519 : {false, true}) {
    Device device(ed25519);
    device.id = ed25519 ? "ed__" : "es__";
    ASSERT_TRUE(enroll(device, id, "my phone").ok());
    for (int i = 0; i < 2; ++i) {
      const auto session = enter(device.get(challenge()));
      ASSERT_TRUE(session.ok());
      EXPECT_EQ(session->person, id);
      EXPECT_TRUE(who(session->token));
    }
  }
  auto lease = read();
  const auto all = passkeys_of(*lease, keyring(), id);
  ASSERT_EQ(all.size(), 2u);
  EXPECT_EQ(all[0].label, "my phone");
  EXPECT_EQ(credentials_of(*lease, id)[1], to_base64url("ed__"));
}

// A challenge is good once, for five minutes, and only for whom it was made.
TEST_P(PasskeyFlow, ChallengesAreForOnce) {
  const auto id = person();
  const auto other = person("b@b.example");
  Device device(false);
  ASSERT_TRUE(enroll(device, id, "").ok());
  const std::string once = challenge();
  EXPECT_TRUE(enter(device.get(once)).ok());
  EXPECT_REFUSED(enter(device.get(once)), passkey_challenge);
  EXPECT_REFUSED(enter(device.get("made-up")), passkey_challenge);
  EXPECT_REFUSED(enter(device.get(challenge(id))), passkey_challenge);
  const std::string old = challenge();
  store_.clock().advance(minutes(5));
  EXPECT_REFUSED(enter(device.get(old)), passkey_challenge);
  Device second(false);
  second.id = "secd";
  const auto checked = check_registration(shoppers_->passkeys(), second.create(challenge(other)));
  const auto added =
      write([&](storage::Tx& tx) { return add_passkey(tx, keyring(), id, *checked, ""); });
  EXPECT_REFUSED(added, passkey_challenge);
}

// Registration refuses each thing that is wrong with it.
TEST_P(PasskeyFlow, RefusesRegistrations) {
  const auto id = person();
  const auto& config = shoppers_->passkeys();
  Device device(false);
  for (const char* origin : {"https://evil.example", "http://localhost.evil.example",
                             "http://localhost:", "http://localhost:80x", "null"}) {
    EXPECT_REFUSED(check_registration(config, device.create("c", origin)), passkey_origin);
  }
  Device foreign(false);
  foreign.rp = "evil.example";
  EXPECT_REFUSED(check_registration(config, foreign.create("c")), passkey_origin);
  Device hasty(false);
  hasty.flags = 0x01;
  EXPECT_REFUSED(check_registration(config, hasty.create("c")), passkey_unverified);
  auto r = device.create("c");
  r.client_data = Device::client("webauthn.get", "c", "http://localhost");
  EXPECT_REFUSED(check_registration(config, r), passkey_malformed);
  r = device.create("c");
  for (const std::size_t size : {0u, 5u, 60u, 100u}) {
    auto cut = r;
    cut.attestation_object.resize(size);
    EXPECT_REFUSED(check_registration(config, cut), passkey_malformed);
  }
  auto off_curve = r;
  off_curve.attestation_object.back() ^= 1;
  EXPECT_REFUSED(check_registration(config, off_curve), passkey_malformed);

  ASSERT_TRUE(enroll(device, id, "").ok());
  EXPECT_REFUSED(enroll(device, id, ""), passkey_taken);
  device.id = "long";
  EXPECT_REFUSED(enroll(device, id, std::string(61, 'x')), label_too_long);
  for (int i = 1; i < 20; ++i) {
    device.id = "n" + std::to_string(100 + i);
    ASSERT_TRUE(enroll(device, id, "").ok());
  }
  device.id = "last";
  EXPECT_REFUSED(enroll(device, id, ""), too_many);
}

// Signing in refuses each thing that is wrong with it; a cloned counter is noticed.
TEST_P(PasskeyFlow, RefusesSignIns) {
  const auto id = person();
  Device device(false);
  device.count = 7;
  ASSERT_TRUE(enroll(device, id, "").ok());
  EXPECT_REFUSED(enter(device.get(challenge())), passkey_replayed);
  device.count = 8;
  EXPECT_TRUE(enter(device.get(challenge())).ok());
  device.count = 9;
  auto a = device.get(challenge());
  a.signature.back() = static_cast<char>(a.signature.back() ^ 1);
  EXPECT_REFUSED(enter(a), passkey_signature);
  a = device.get(challenge());
  a.client_data = Device::client("webauthn.get", "other", "http://localhost:8080");
  EXPECT_REFUSED(enter(a), passkey_signature);
  a = device.get(challenge());
  a.credential_id = "nobody";
  EXPECT_REFUSED(enter(a), passkey_unknown);
  EXPECT_REFUSED(enter(device.get(challenge(), "https://evil.example")), passkey_origin);
  a = device.get(challenge());
  a.client_data = "{";
  EXPECT_REFUSED(enter(a), passkey_malformed);
  device.flags = 0x01;
  EXPECT_REFUSED(enter(device.get(challenge())), passkey_unverified);
  Device thief(false);
  EXPECT_REFUSED(enter(thief.get(challenge())), passkey_signature);
}

// A removed passkey, and one of an erased person, open nothing; the credential is free again.
TEST_P(PasskeyFlow, RemovedKeysOpenNothing) {
  const auto id = person();
  Device device(true);
  const auto key = enroll(device, id, "");
  const auto remove = [&](PersonId p) {
    return write([&](storage::Tx& tx) { return remove_passkey(tx, p, *key); });
  };
  EXPECT_REFUSED(remove(PersonId{5}), passkey_unknown);
  EXPECT_TRUE(remove(id).ok());
  EXPECT_REFUSED(enter(device.get(challenge())), passkey_unknown);
  ASSERT_TRUE(enroll(device, id, "").ok());
  ASSERT_TRUE(shoppers_->erase(id, "test").ok());
  EXPECT_REFUSED(enter(device.get(challenge())), passkey_unknown);
  EXPECT_TRUE(verified().differences.empty());
}

INSTANTIATE_TEST_SUITE_P(Engines, PasskeyFlow, ::testing::ValuesIn(storage::test_engines()),
                         [](const auto& p) { return storage::engine_name(p.param); });

}  // namespace
}  // namespace fondaco::shoppers
