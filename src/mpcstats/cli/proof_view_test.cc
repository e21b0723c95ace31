#include "mpcstats/cli/proof_view.h"

#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "mpcstats/survey/template_testing.h"

namespace mpcstats {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using Json = nlohmann::json;

const std::map<std::string, std::string>& Secrets() {
  static const std::map<std::string, std::string> kSecrets = {{"timestamp", "1795352700000"},
                                                              {"signature", std::string(64, 'a')},
                                                              {"api_key", "k3yk3yk3yk3yk3yk3yk3yk3y"}};
  return kSecrets;
}

class ProofViewTest : public ::testing::Test {
 protected:
  ResponseMatch MatchOf(const std::string& response) {
    auto match = MatchResponse(source_, AsBytes(response));
    EXPECT_TRUE(match.has_value()) << match.error().message();
    return *match;
  }
  const Template source_ = MustParse(ExchangeText());
  const Buffer<std::uint8_t> request_ = std::move(*FillRequest(source_, Secrets()));
  const std::string response_ = WithHead(ExchangeBody({.balance = "12.34"}));
};

TEST_F(ProofViewTest, TheRequestShowsLiteralsAndLengthsOfHoles) {
  const std::string view = RequestView(source_, request_.span(), Paint::kPlain);
  EXPECT_THAT(view, HasSubstr("GET /sapi/v1/account?asset=ETH&timestamp=[timestamp: 13 bytes hidden]"
                              "&signature=[signature: 64 bytes hidden] HTTP/1.1\n"));
  EXPECT_THAT(view, HasSubstr("X-API-KEY: [api_key: 24 bytes hidden]\n"));
}

TEST_F(ProofViewTest, TheRequestShowsNoSecret) {
  const std::string view = RequestView(source_, request_.span(), Paint::kColours);
  const std::string json = RangesJson(source_, request_.span()).dump();
  for (const auto& [name, secret] : Secrets()) {
    EXPECT_THAT(view, Not(HasSubstr(secret))) << name;
    EXPECT_THAT(json, Not(HasSubstr(secret))) << name;
  }
}

TEST_F(ProofViewTest, ARequestThatIsNotTheTemplatesShowsNothing) {
  std::string other(request_.span().begin(), request_.span().end());
  other = With(other, "asset=ETH", "asset=BTC");
  EXPECT_EQ(RequestView(source_, AsBytes(other), Paint::kPlain), "");
  EXPECT_EQ(RangesJson(source_, AsBytes(other)), Json::array());
}

TEST_F(ProofViewTest, TheResponseTellsHiddenColumnsFromWhatIsSkipped) {
  const std::string view = ResponseView(source_, AsBytes(response_), MatchOf(response_), Paint::kPlain);
  EXPECT_THAT(view, HasSubstr("\"free\":\"[balance: 12.34]\""));
  EXPECT_THAT(view, HasSubstr("\"locked\":\"[locked: 10 bytes skipped]\""));
  EXPECT_THAT(view, HasSubstr("Set-Cookie:[header value: 15 bytes skipped]"));
  EXPECT_THAT(view, HasSubstr("Server: nginx\n"));
}

TEST_F(ProofViewTest, ColoursAreForTerminalsAlone) {
  const ResponseMatch match = MatchOf(response_);
  EXPECT_THAT(ResponseView(source_, AsBytes(response_), match, Paint::kColours),
              HasSubstr("\x1b[1;33m[balance: 12.34]\x1b[0m"));
  EXPECT_THAT(ResponseView(source_, AsBytes(response_), match, Paint::kPlain), Not(HasSubstr("\x1b")));
}

// A website that would move the cursor, or write what it likes over a question.
TEST_F(ProofViewTest, BytesOfAWebsiteDoNotReachTheTerminalAsTheyAre) {
  const std::string response = With(response_, "Server: nginx", "Server: \x1b[2J\xff");
  const std::string view = ResponseView(source_, AsBytes(response), MatchOf(response), Paint::kPlain);
  EXPECT_THAT(view, Not(HasSubstr("\x1b")));
  EXPECT_THAT(view, HasSubstr("Server: \\x1b[2J\\xff\n"));
}

// Ranges follow each other from the first byte to the last.
void ExpectWhole(const Json& ranges, std::size_t bytes) {
  std::size_t at = 0;
  for (const Json& range : ranges) {
    EXPECT_EQ(range["offset"], at);
    at += range["bytes"].get<std::size_t>();
    EXPECT_EQ(range.contains("text"), range["kind"] == "public");
    EXPECT_EQ(range.contains("name"), range["kind"] != "public");
  }
  EXPECT_EQ(at, bytes);
}

TEST_F(ProofViewTest, AsDataEveryByteIsInOneRange) {
  ExpectWhole(RangesJson(source_, request_.span()), request_.size());
  for (const std::string& response : {response_, Chunked(ExchangeBody())}) {
    ExpectWhole(RangesJson(source_, AsBytes(response), MatchOf(response)), response.size());
  }
}

TEST_F(ProofViewTest, AsDataHiddenValuesAreNamedAndNotShown) {
  const Json ranges = RangesJson(source_, AsBytes(response_), MatchOf(response_));
  EXPECT_THAT(ranges.dump(), Not(HasSubstr("12.34")));
  std::map<std::string, std::string> kinds;
  for (const Json& range : ranges) {
    if (range.contains("name")) kinds[range["name"]] = range["kind"];
  }
  EXPECT_EQ(kinds, (std::map<std::string, std::string>{{"header value", "skipped"},
                                                       {"update_time", "skipped"},
                                                       {"balance", "hidden"},
                                                       {"locked", "skipped"},
                                                       {"account", "hidden"}}));
}

}  // namespace
}  // namespace mpcstats
