#include "mpcstats/cli/credentials.h"

#include <fmt/core.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <termios.h>
#include <unistd.h>

#include <array>
#include <iostream>

#include "mpcstats/base/secret.h"
#include "mpcstats/crypto/key_file.h"

namespace mpcstats {
namespace {

constexpr std::size_t kMaxFileBytes = 64 << 10;
constexpr std::string_view kNow = "@now_ms";
constexpr std::string_view kHmac = "@hmac_sha256 ";

bool IsName(std::string_view name) {
  return !name.empty() && name.size() <= 32 &&
         name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_") == std::string_view::npos;
}

std::string_view Trimmed(std::string_view text) {
  const auto blank = [](char c) { return c == ' ' || c == '\t' || c == '\r'; };
  while (!text.empty() && blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && blank(text.back())) text.remove_suffix(1);
  return text;
}

// Turns the terminal's echo off while it lives.
class NoEcho {
 public:
  NoEcho() {
    if (tcgetattr(STDIN_FILENO, &before_) != 0) return;
    termios quiet = before_;
    quiet.c_lflag &= ~static_cast<tcflag_t>(ECHO);
    off_ = tcsetattr(STDIN_FILENO, TCSAFLUSH, &quiet) == 0;
  }
  NoEcho(const NoEcho&) = delete;
  NoEcho& operator=(const NoEcho&) = delete;
  ~NoEcho() {
    if (off_) tcsetattr(STDIN_FILENO, TCSAFLUSH, &before_);
  }

 private:
  termios before_{};
  bool off_ = false;
};

Result<Credentials> AskForHoles(const Template& source) {
  Credentials given;
  for (const TemplatePart& part : source.request) {
    if (!part.hole) continue;
    const std::string& name = source.holes[*part.hole].name;
    const bool terminal = isatty(STDIN_FILENO) != 0;
    if (terminal) fmt::print(stderr, "{} (stays hidden; not shown): ", name);
    std::string line;
    {
      const NoEcho quiet;
      if (!std::getline(std::cin, line)) {
        return Fail(ErrorCode::kInvalidArgument,
                    fmt::format("there is no {}; give one line a credential, or --secrets FILE", name));
      }
    }
    if (terminal) fmt::print(stderr, "\n");
    given.values[name] = line;
    SecureWipe(line.data(), line.size());
  }
  return given;
}

// The query of the target up to the parameter that `hole` stands in, other holes filled.
std::string SignedQuery(const Template& source, std::size_t hole,
                        const std::map<std::string, std::string>& values) {
  std::string target;
  for (const TemplatePart& part : source.request) {
    if (part.hole == hole) break;
    if (part.hole) {
      const auto value = values.find(source.holes[*part.hole].name);
      if (value != values.end()) target += value->second;
    } else {
      target += part.literal;
    }
  }
  const std::size_t question = target.find('?');
  const std::size_t last = target.rfind('&');
  std::string query;
  if (question != std::string::npos && last != std::string::npos && last > question) {
    query = target.substr(question + 1, last - question - 1);
  }
  SecureWipe(target.data(), target.size());
  return query;
}

std::string HmacHex(const std::string& key, const std::string& message) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> tag{};
  unsigned size = 0;
  HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()),
       reinterpret_cast<const unsigned char*>(message.data()), message.size(), tag.data(), &size);
  return ToHex(ByteSpan(tag.data(), size));
}

}  // namespace

Credentials::~Credentials() {
  for (auto& [name, value] : values) SecureWipe(value.data(), value.size());
}

Result<Credentials> ParseCredentials(std::string_view text) {
  Credentials given;
  std::size_t number = 0;
  while (!text.empty()) {
    ++number;
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = Trimmed(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.empty() || line.front() == '#') continue;
    const std::size_t equals = line.find('=');
    const std::string_view name = Trimmed(line.substr(0, std::min(equals, line.size())));
    std::string_view value =
        equals == std::string_view::npos ? std::string_view() : Trimmed(line.substr(equals + 1));
    const bool quoted = value.size() >= 2 && value.front() == '"' && value.back() == '"' &&
                        value.find_first_of("\"\\", 1) == value.size() - 1;
    if (!IsName(name) || !quoted || given.values.contains(std::string(name))) {
      return Fail(
          ErrorCode::kInvalidArgument,
          fmt::format("line {} of the credentials is not NAME = \"VALUE\", or names one twice", number));
    }
    value = value.substr(1, value.size() - 2);
    given.values.emplace(name, value);
  }
  return given;
}

Result<Credentials> ReadCredentials(const std::string& path, const Template& source) {
  if (path.empty()) return AskForHoles(source);
  Bytes bytes;
  if (path == "-") {
    std::string text{std::istreambuf_iterator<char>(std::cin), {}};
    bytes.assign(text.begin(), text.end());
    SecureWipe(text.data(), text.size());
  } else {
    ASSIGN_OR_RETURN(bytes, ReadSecretFile(path, kMaxFileBytes, "credentials"));
  }
  auto given = ParseCredentials({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
  SecureWipe(bytes.data(), bytes.size());
  return given;
}

Result<Credentials> FillHoles(const Template& source, const Credentials& given, std::uint64_t now_ms) {
  Credentials filled;
  const auto holes = [&](auto&& each) -> Status {
    for (const TemplatePart& part : source.request) {
      if (part.hole) RETURN_IF_ERROR(each(*part.hole, source.holes[*part.hole].name));
    }
    return {};
  };
  // Times and plain values first: signatures cover them.
  RETURN_IF_ERROR(holes([&](std::size_t, const std::string& name) -> Status {
    const auto value = given.values.find(name);
    if (value == given.values.end()) {
      return Fail(ErrorCode::kInvalidArgument,
                  fmt::format("the credentials have no {}; the template's request needs it", name));
    }
    if (value->second == kNow) {
      filled.values[name] = std::to_string(now_ms);
    } else if (!value->second.starts_with(kHmac)) {
      filled.values[name] = value->second;
    }
    return {};
  }));
  RETURN_IF_ERROR(holes([&](std::size_t hole, const std::string& name) -> Status {
    const std::string& value = given.values.at(name);
    if (!value.starts_with(kHmac)) return {};
    const auto key = given.values.find(value.substr(kHmac.size()));
    if (key == given.values.end()) {
      return Fail(ErrorCode::kInvalidArgument,
                  fmt::format("{} is to be signed with a key that the credentials do not have", name));
    }
    std::string query = SignedQuery(source, hole, filled.values);
    filled.values[name] = HmacHex(key->second, query);
    SecureWipe(query.data(), query.size());
    return {};
  }));
  return filled;
}

}  // namespace mpcstats
