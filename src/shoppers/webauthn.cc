#include "webauthn.h"

#include "cbor.h"

#include <fondaco/base/json.h>

#include <openssl/evp.h>
#include <openssl/sha.h>
#include <openssl/x509.h>

#include <algorithm>
#include <memory>

namespace fondaco::shoppers {
namespace {

constexpr std::int64_t kEs256 = -7;
constexpr std::int64_t kEdDsa = -8;

constexpr unsigned kPresent = 0x01;
constexpr unsigned kVerified = 0x04;
constexpr unsigned kBackedUp = 0x10;
constexpr unsigned kAttested = 0x40;
constexpr unsigned kExtensions = 0x80;

// DER of SubjectPublicKeyInfo up to the key's own bytes.
constexpr std::string_view kP256Head(
    "\x30\x59\x30\x13\x06\x07\x2a\x86\x48\xce\x3d\x02\x01\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07"
    "\x03\x42\x00\x04",
    27);
constexpr std::string_view kEd25519Head("\x30\x2a\x30\x05\x06\x03\x2b\x65\x70\x03\x21\x00", 12);

using KeyPtr = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;
using DigestPtr = std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)>;

const unsigned char* bytes_of(std::string_view s) {
  return reinterpret_cast<const unsigned char*>(s.data());
}

KeyPtr key_from(std::string_view der) {
  const unsigned char* at = bytes_of(der);
  return {d2i_PUBKEY(nullptr, &at, static_cast<long>(der.size())), EVP_PKEY_free};
}

std::string_view part(std::string_view& rest, std::size_t size) {
  const auto out = rest.substr(0, size);
  rest.remove_prefix(std::min(size, rest.size()));
  return out;
}

std::uint32_t number(std::string_view bytes) {
  std::uint32_t n = 0;
  for (const char c : bytes) n = n << 8 | static_cast<unsigned char>(c);
  return n;
}

bool is(const Cbor* item, std::int64_t value) {
  return item && item->kind == Cbor::Kind::integer && item->integer == value;
}

/// The 32 bytes of a coordinate; empty when it is anything else.
std::string_view coordinate(const Cbor* item) {
  const bool good = item && item->kind == Cbor::Kind::bytes && item->bytes.size() == 32;
  return good ? item->bytes : std::string_view();
}

bool read_key(const Cbor& cose, AuthenticatorData& out) {
  const auto x = coordinate(cose.find(-2));
  const auto y = coordinate(cose.find(-3));
  if (is(cose.find(1), 2) && is(cose.find(3), kEs256) && is(cose.find(-1), 1)) {
    if (x.empty() || y.empty()) return false;
    out.algorithm = kEs256;
    out.public_key = std::string(kP256Head) + std::string(x) + std::string(y);
  } else if (is(cose.find(1), 1) && is(cose.find(3), kEdDsa) && is(cose.find(-1), 6)) {
    if (x.empty()) return false;
    out.algorithm = kEdDsa;
    out.public_key = std::string(kEd25519Head) + std::string(x);
  } else {
    return false;
  }
  return key_from(out.public_key) != nullptr;  // A point that is not on the curve is refused.
}

bool read_attested(std::string_view& rest, AuthenticatorData& out) {
  if (rest.size() < 18) return false;
  part(rest, 16);  // The model of the authenticator, which nobody here asks for.
  const std::size_t size = number(part(rest, 2));
  if (size == 0 || size > 1023 || rest.size() < size) return false;
  out.credential_id = part(rest, size);
  const auto cose = read_cbor(rest);
  return cose && read_key(*cose, out);
}

bool loopback_origin(std::string_view origin) {
  for (const std::string_view scheme : {"http://localhost", "https://localhost"}) {
    if (!origin.starts_with(scheme)) continue;
    const auto port = origin.substr(scheme.size());
    if (port.empty()) return true;
    const bool digits =
        std::all_of(port.begin() + 1, port.end(), [](char c) { return c >= '0' && c <= '9'; });
    if (port[0] == ':' && port.size() > 1 && port.size() <= 6 && digits) return true;
  }
  return false;
}

}  // namespace

std::optional<ClientData> read_client_data(std::string_view json) {
  // Browsers may add members, so this is no described struct.
  std::string error;
  const auto dom = json_detail::parse(json, {}, error);
  const auto* object = dom ? dom->if_object() : nullptr;
  if (!object) return std::nullopt;
  ClientData out;
  const auto read = [&](const char* name, std::string& into) {
    const auto* member = object->if_contains(name);
    const auto* text = member ? member->if_string() : nullptr;
    if (text) into.assign(text->data(), text->size());
    return text != nullptr;
  };
  if (!read("type", out.type) || !read("challenge", out.challenge)) return std::nullopt;
  if (!read("origin", out.origin)) return std::nullopt;
  const auto* cross = object->if_contains("crossOrigin");
  out.cross_origin = (cross && !(cross->is_bool() && !cross->get_bool())) ||
                     object->if_contains("topOrigin") != nullptr;
  return out;
}

bool origin_allowed(const PasskeyConfig& config, std::string_view origin) {
  const auto& all = config.origins;
  if (!all.empty()) return std::find(all.begin(), all.end(), origin) != all.end();
  if (config.rp_id == "localhost") return loopback_origin(origin);
  return origin == "https://" + config.rp_id;
}

std::optional<AuthenticatorData> read_authenticator_data(std::string_view bytes) {
  if (bytes.size() < 37) return std::nullopt;
  std::string_view rest = bytes;
  AuthenticatorData out;
  out.rp_hash = part(rest, 32);
  const unsigned flags = number(part(rest, 1));
  out.user_present = (flags & kPresent) != 0;
  out.user_verified = (flags & kVerified) != 0;
  out.backed_up = (flags & kBackedUp) != 0;
  out.sign_count = number(part(rest, 4));
  if ((flags & kAttested) != 0 && !read_attested(rest, out)) return std::nullopt;
  if ((flags & kExtensions) != 0 && !read_cbor(rest)) return std::nullopt;
  if (!rest.empty()) return std::nullopt;
  return out;
}

std::string sha256(std::string_view bytes) {
  unsigned char out[SHA256_DIGEST_LENGTH];
  SHA256(bytes_of(bytes), bytes.size(), out);
  return {reinterpret_cast<const char*>(out), sizeof out};
}

bool signature_good(std::string_view public_key_der, std::int64_t algorithm,
                    std::string_view message, std::string_view signature) {
  const KeyPtr key = key_from(public_key_der);
  const DigestPtr context(EVP_MD_CTX_new(), EVP_MD_CTX_free);
  if (!key || !context) return false;
  const EVP_MD* digest = algorithm == kEs256 ? EVP_sha256() : nullptr;
  if (EVP_DigestVerifyInit(context.get(), nullptr, digest, nullptr, key.get()) != 1) return false;
  return EVP_DigestVerify(context.get(), bytes_of(signature), signature.size(), bytes_of(message),
                          message.size()) == 1;
}

}  // namespace fondaco::shoppers
