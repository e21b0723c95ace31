// Templates and responses for tests.
#pragma once

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>
#include <string>

#include "mpcstats/survey/template_match.h"

namespace mpcstats {

/// The text of a file of the source tree.
inline std::string TreeFile(const std::string& name) {
  std::ifstream file(std::string(MPCSTATS_SOURCE_DIR) + "/" + name, std::ios::binary);
  EXPECT_TRUE(file.good()) << name;
  std::ostringstream text;
  text << file.rdbuf();
  return std::move(text).str();
}

inline std::string ExchangeText() { return TreeFile("examples/templates/exchange-eth.toml"); }

inline Template MustParse(const std::string& text) {
  auto parsed = ParseTemplate(text);
  EXPECT_TRUE(parsed.has_value()) << (parsed ? "" : parsed.error().message());
  return parsed ? *parsed : Template{};
}

/// `text` with the one place of `from` replaced.
inline std::string With(std::string text, std::string_view from, std::string_view to) {
  const std::size_t at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return at == std::string::npos ? text : text.replace(at, from.size(), to);
}

struct ExchangeAnswer {
  std::string balance = "1.50000000";
  std::string locked = "0.00000000";
  std::string account = "354937868";
  std::string update_time = "1795352700000";
};

inline std::string ExchangeBody(const ExchangeAnswer& answer = {}) {
  return R"({"accountType":"SPOT","updateTime":)" + answer.update_time +
         R"(,"balances":[{"asset":"ETH","free":")" + answer.balance + R"(","locked":")" + answer.locked +
         R"("}],"uid":)" + answer.account + "}";
}

/// A whole response with a length and a cookie.
inline std::string WithHead(const std::string& body) {
  return "HTTP/1.1 200 OK\r\nServer: nginx\r\nContent-Type: application/json\r\nContent-Length: " +
         std::to_string(body.size()) + "\r\nSet-Cookie: session=5ec2e7\r\nConnection: close\r\n\r\n" + body;
}

inline std::string Chunked(const std::string& body) {
  std::ostringstream size;
  size << std::hex << body.size();
  return "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + size.str() + "\r\n" + body +
         "\r\n0\r\n\r\n";
}

}  // namespace mpcstats
