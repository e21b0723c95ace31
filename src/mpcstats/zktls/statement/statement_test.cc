#include "mpcstats/zktls/statement/statement.h"

#include <gtest/gtest.h>

#include "mpcstats/circuit/evaluate.h"
#include "mpcstats/survey/row.h"
#include "mpcstats/survey/template_testing.h"
#include "mpcstats/zktls/statement/hole_text.h"
#include "mpcstats/zktls/statement/shares.h"
#include "mpcstats/zktls/zk/meter.h"
#include "mpcstats/zktls/zk/testing.h"

namespace mpcstats {
namespace {

SurveyColumn Balance() {
  return {.name = "balance",
          .label = {},
          .unit = {},
          .scale = 8,
          .min_units = 0,
          .max_units = 999'999'999'999'999'999,
          .categories = {}};
}
SurveyColumn Account() {
  return {.name = "account", .label = {}, .unit = {}, .kind = ColumnKind::kUnique, .categories = {}};
}

struct Exchange {
  Template source = MustParse(ExchangeText());
  std::vector<SurveyColumn> columns = {Account(), Balance()};
  std::vector<StatementColumn> statement = *ColumnsFor(source, columns);
};

// What a survey's own encoding makes of the cells.
Bytes EncodedRow(const std::vector<SurveyColumn>& columns, const std::map<std::string, std::string>& cells) {
  Survey survey;
  survey.columns = columns;
  const auto row = EncodeRow(survey, cells);
  EXPECT_TRUE(row.has_value()) << (row ? "" : row.error().message());
  return row ? row->bytes(SecretAccess("test")) : Bytes();
}

template <ZkRole Zk>
Status ProveRow(Zk& zk, const Exchange& exchange, const typename Zk::Witness& response,
                const ResponseClaim& claim, ByteSpan row) {
  StatementCircuits circuits(exchange.source, exchange.statement);
  ASSIGN_OR_RETURN(const auto bits, zk.Commit(response));
  ASSIGN_OR_RETURN(const auto proven, ProveResponse(zk, circuits, bits, claim));
  const std::size_t spare = 8 * row.size() - proven.size();
  const auto zeros = zk.Repeat(false, spare);
  return zk.AssertEqual(zk.Concat({proven, zeros}), row);
}

constexpr std::size_t kCorrelations = 20'000;

Result<ZkOpened> ProveBoth(const Exchange& exchange, const std::string& response, const ResponseClaim& claim,
                           ByteSpan row, std::uint64_t seed = 1) {
  ZkPair pair = MakeZkPair(kCorrelations, seed);
  return RunRound(
      pair,
      [&](ZkProver& zk) { return ProveRow(zk, exchange, ProverWitness{AsBytes(response)}, claim, row); },
      [&](ZkVerifier& zk) { return ProveRow(zk, exchange, PublicWitness{response.size()}, claim, row); });
}

TEST(ProveResponse, GivesTheRowOfTheSurvey) {
  const Exchange exchange;
  std::uint64_t seed = 1;
  for (const char* balance :
       {"0", "0.00", "0.09", "0.57", "1000000.01", "0.00000001", "9999999999.99999999", "1.5"}) {
    const ExchangeAnswer answer{.balance = balance, .account = seed % 2 == 0 ? "7" : "1234567890123456"};
    for (const std::string& response : {WithHead(ExchangeBody(answer)), Chunked(ExchangeBody(answer))}) {
      const auto claim = ResponseClaimOf(exchange.source, AsBytes(response));
      ASSERT_TRUE(claim.has_value()) << claim.error().message();
      const Bytes row = EncodedRow(exchange.columns, {{"balance", balance}, {"account", answer.account}});
      const auto verdict = ProveBoth(exchange, response, *claim, row, seed);
      EXPECT_TRUE(verdict.has_value()) << balance << ": " << verdict.error().message();
    }
    ++seed;
  }
}

TEST(ProveResponse, StopsTheProverWhoseRowIsAnother) {
  const Exchange exchange;
  const std::string response = WithHead(ExchangeBody());
  const auto claim = ResponseClaimOf(exchange.source, AsBytes(response));
  const Bytes row = EncodedRow(exchange.columns, {{"balance", "1.50000001"}, {"account", "354937868"}});
  EXPECT_FALSE(ProveBoth(exchange, response, *claim, row).has_value());
}

TEST(ProveResponse, CommitsToWhatThePartiesGet) {
  // The whole statement: response to commitments, as a notary would see it.
  const Exchange exchange;
  const std::string response = WithHead(ExchangeBody());
  const auto claim = ResponseClaimOf(exchange.source, AsBytes(response));
  const Bytes row = EncodedRow(exchange.columns, {{"balance", "1.5"}, {"account", "354937868"}});
  SeededRng rng(1);
  const ShareContext context{.ctx = TestSession(9), .group = 0, .bits = 128 + 60};
  const RowShares shares = ShareRow(row, context, rng);
  StatementCircuits circuits(exchange.source, exchange.statement);
  const auto program = [&](auto& zk, const auto& plaintext, const auto& witness) -> Status {
    ASSIGN_OR_RETURN(const auto bits, zk.Commit(plaintext));
    ASSIGN_OR_RETURN(const auto proven, ProveResponse(zk, circuits, bits, *claim));
    return ProveShares(zk, proven, context, shares.commitments, witness);
  };
  ZkPair pair = MakeZkPair(90'000, 2);
  const auto verdict = RunRound(
      pair,
      [&](ZkProver& zk) {
        return program(zk, ProverWitness{AsBytes(response)}, ProverWitness{shares.witness.span()});
      },
      [&](ZkVerifier& zk) {
        return program(zk, PublicWitness{response.size()}, PublicWitness{ShareWitnessBytes(row.size())});
      });
  EXPECT_TRUE(verdict.has_value()) << verdict.error().message();
  ZkMeter meter;
  ASSERT_TRUE(program(meter, PublicWitness{response.size()}, PublicWitness{ShareWitnessBytes(row.size())})
                  .has_value());
  // Plaintext bits come from the record layer; the statement itself is the rest.
  EXPECT_LT(meter.cost().witness_bits - 8 * response.size(), 72'000u);
}

// --- a prover who lies --------------------------------------------------------------------------------------------

// A prover who believes in `hers` and a verifier who was told `his`.
void ExpectCaught(const Exchange& hers, const Exchange& his, const std::string& response,
                  const ResponseClaim& her_claim, const ResponseClaim& his_claim, ByteSpan row) {
  ZkPair pair = MakeZkPair(kCorrelations, 3);
  const auto verdict = RunRound(
      pair,
      [&](ZkProver& zk) { return ProveRow(zk, hers, ProverWitness{AsBytes(response)}, her_claim, row); },
      [&](ZkVerifier& zk) { return ProveRow(zk, his, PublicWitness{response.size()}, his_claim, row); });
  ASSERT_FALSE(verdict.has_value());
  EXPECT_TRUE(verdict.error().code() == ErrorCode::kCheatingDetected ||
              verdict.error().code() == ErrorCode::kProtocolViolation)
      << verdict.error().message();
}

TEST(ProveResponse, CatchesAnotherAssetThanTheTemplates) {
  Exchange hers;
  hers.source = MustParse(With(ExchangeText(), R"("asset":"ETH")", R"("asset":"BTC")"));
  const Exchange his;
  const std::string response = WithHead(With(ExchangeBody(), "ETH", "BTC"));
  const auto claim = ResponseClaimOf(hers.source, AsBytes(response));
  ASSERT_TRUE(claim.has_value());
  const Bytes row = EncodedRow(hers.columns, {{"balance", "1.5"}, {"account", "354937868"}});
  ExpectCaught(hers, his, response, *claim, *claim, row);
}

TEST(ProveResponse, CatchesColumnsInAnotherOrder) {
  const Exchange hers;
  Exchange his;
  std::swap(his.statement[0], his.statement[1]);
  const std::string response = WithHead(ExchangeBody());
  const auto claim = ResponseClaimOf(hers.source, AsBytes(response));
  const Bytes row = EncodedRow(hers.columns, {{"balance", "1.5"}, {"account", "354937868"}});
  ExpectCaught(hers, his, response, *claim, *claim, row);
}

TEST(ProveResponse, CatchesAnAnswerToAPredicateThatIsNotTrue) {
  Exchange exchange;
  exchange.source =
      MustParse(ExchangeText() + "\n[[predicate]]\nname = \"rich\"\nhole = \"balance\"\nat_least = \"32\"\n");
  const std::string response = WithHead(ExchangeBody());
  const auto claim = ResponseClaimOf(exchange.source, AsBytes(response));
  ASSERT_EQ(claim->answers, std::vector<bool>{false});
  const Bytes row = EncodedRow(exchange.columns, {{"balance", "1.5"}, {"account", "354937868"}});
  EXPECT_TRUE(ProveBoth(exchange, response, *claim, row).has_value());
  ResponseClaim lie = *claim;
  lie.answers = {true};
  EXPECT_FALSE(ProveBoth(exchange, response, lie, row).has_value());
  ExpectCaught(exchange, exchange, response, *claim, lie, row);
}

TEST(ProveResponse, CatchesAHeadThatWasNotSent) {
  const Exchange exchange;
  const std::string response = WithHead(ExchangeBody());
  const auto claim = ResponseClaimOf(exchange.source, AsBytes(response));
  const Bytes row = EncodedRow(exchange.columns, {{"balance", "1.5"}, {"account", "354937868"}});
  ResponseClaim other = *claim;
  other.head[30] ^= 1;
  ExpectCaught(exchange, exchange, response, *claim, other, row);
}

TEST(CheckClaim, RefusesClaimsThatDoNotKeepTheRules) {
  const Exchange exchange;
  const std::string response = WithHead(ExchangeBody());
  const ResponseClaim good = *ResponseClaimOf(exchange.source, AsBytes(response));
  EXPECT_TRUE(CheckClaim(exchange.source, good).has_value());
  const std::string head(good.head.begin(), good.head.end());
  const auto with_head = [&](const std::string& text) {
    ResponseClaim claim = good;
    claim.head.assign(text.begin(), text.end());
    return CheckClaim(exchange.source, claim).has_value();
  };
  EXPECT_FALSE(with_head(With(head, "200", "404")));
  EXPECT_FALSE(with_head(With(head, "**", "5e")));  // shows a cookie
  EXPECT_FALSE(with_head(head + "{"));
  EXPECT_FALSE(with_head(head.substr(0, head.size() - 2)));
  EXPECT_FALSE(with_head(With(head, "Server: nginx", "Content-Encoding: br")));
  EXPECT_FALSE(with_head(With(head, "Server: nginx", "Transfer-Encoding: chunked")));
  ResponseClaim claim = good;
  claim.total_bytes += 1;
  EXPECT_FALSE(CheckClaim(exchange.source, claim).has_value());
  claim.total_bytes = kMostResponseBytes + 1;
  EXPECT_FALSE(CheckClaim(exchange.source, claim).has_value());
  claim = good;
  claim.answers = {true};
  EXPECT_FALSE(CheckClaim(exchange.source, claim).has_value());
}

TEST(ResponseClaimOf, HidesCookiesAndTheBody) {
  const Exchange exchange;
  const ResponseClaim claim = *ResponseClaimOf(exchange.source, AsBytes(WithHead(ExchangeBody())));
  const std::string head(claim.head.begin(), claim.head.end());
  EXPECT_FALSE(head.contains("5ec2e7"));
  EXPECT_FALSE(head.contains("ETH"));
  EXPECT_TRUE(head.contains("Set-Cookie:***************\r\n"));
}

TEST(ProveResponse, StopsTheProverWhoseHiddenHeaderHoldsALineEnd) {
  const Exchange exchange;
  const std::string response = WithHead(ExchangeBody());
  const ResponseClaim claim = *ResponseClaimOf(exchange.source, AsBytes(response));
  const Bytes row = EncodedRow(exchange.columns, {{"balance", "1.5"}, {"account", "354937868"}});
  for (const char* cookie : {"sess\r\nX:y12", "sessio\n=5ec", "sessio\r=5ec"}) {
    std::string smuggled = response;
    smuggled.replace(smuggled.find("session=5ec"), 11, cookie);
    EXPECT_FALSE(ProveBoth(exchange, smuggled, claim, row).has_value()) << cookie;
  }
  std::string zero = response;
  zero[zero.find("session")] = '\0';
  EXPECT_FALSE(ProveBoth(exchange, zero, claim, row).has_value());
}

// --- the request --------------------------------------------------------------------------------------------------

const std::vector<std::size_t> kLengths = {13, 64, 16};

std::string GoodRequest(const Template& source) {
  const auto request = FillRequest(
      source,
      {{"timestamp", "1795352700000"}, {"signature", std::string(64, 'b')}, {"api_key", "abcdefghijklmnop"}});
  return {request->span().begin(), request->span().end()};
}

template <ZkRole Zk>
Status ProveWhole(Zk& zk, const Template& source, const typename Zk::Witness& request,
                  const std::vector<std::size_t>& lengths) {
  StatementCircuits circuits(source, {});
  ASSIGN_OR_RETURN(const auto bits, zk.Commit(request));
  return ProveRequest(zk, circuits, bits, lengths);
}

TEST(ProveRequest, HoldsForTheTemplatesRequest) {
  const Template source = MustParse(ExchangeText());
  const std::string request = GoodRequest(source);
  ZkPair pair = MakeZkPair(kCorrelations, 1);
  const auto verdict = RunRound(
      pair, [&](ZkProver& zk) { return ProveWhole(zk, source, ProverWitness{AsBytes(request)}, kLengths); },
      [&](ZkVerifier& zk) { return ProveWhole(zk, source, PublicWitness{request.size()}, kLengths); });
  EXPECT_TRUE(verdict.has_value()) << verdict.error().message();
}

TEST(ProveRequest, StopsSmuggledBytes) {
  const Template source = MustParse(ExchangeText());
  const std::string good = GoodRequest(source);
  for (const auto& [from, to] : std::vector<std::pair<std::string, std::string>>{
           {"abcdefghijklmnop", "abcd\r\nHost: evil"},
           {"abcdefghijklmnop", "abc\r\n\r\nGET / HTT"},
           {"abcdefghijklmnop", std::string("abcdefghijklmno\0", 16)},
           {"abcdefghijklmnop", "abcdefghijklmno\n"},
           {"1795352700000", "1&asset=BTC&x"},
           {"bbbb", "&a=b"},
           {"asset=ETH", "asset=BTC"},
           {"exchange.example", "exchange.exampel"},
           {"GET ", "PUT "},
           {"identity", "gzip    "}}) {
    ZkPair pair = MakeZkPair(kCorrelations, 1);
    const std::string request = With(good, from, to);
    ASSERT_EQ(request.size(), good.size());
    EXPECT_FALSE(ProveWhole(pair.prover, source, ProverWitness{AsBytes(request)}, kLengths).has_value())
        << to;
  }
}

TEST(ProveRequest, RefusesAnotherLayout) {
  const Template source = MustParse(ExchangeText());
  const std::string request = GoodRequest(source);
  for (const std::vector<std::size_t>& lengths :
       {std::vector<std::size_t>{13, 64, 17}, {13, 64}, {13, 64, 16, 1}, {13, 64, 65}, {12, 64, 17}}) {
    ZkMeter meter;
    const Status status = ProveWhole(meter, source, PublicWitness{request.size()}, lengths);
    ASSERT_FALSE(status.has_value());
    EXPECT_EQ(status.error().code(), ErrorCode::kProtocolViolation);
  }
  // Two requests in a row.
  ZkMeter meter;
  EXPECT_FALSE(ProveWhole(meter, source, PublicWitness{2 * request.size()}, kLengths).has_value());
}

TEST(ProveReveal, ShowsExactlyTheRange) {
  const std::string text = "public hidden public";
  const auto program = [&](auto& zk, const auto& witness, std::size_t offset,
                           std::string_view range) -> Status {
    ASSIGN_OR_RETURN(const auto bits, zk.Commit(witness));
    return ProveReveal(zk, bits, offset, AsBytes(range));
  };
  const auto prove = [&](std::size_t offset, std::string_view range) {
    ZkPair pair = MakeZkPair(1000, 1);
    return RunRound(
               pair, [&](ZkProver& zk) { return program(zk, ProverWitness{AsBytes(text)}, offset, range); },
               [&](ZkVerifier& zk) { return program(zk, PublicWitness{text.size()}, offset, range); })
        .has_value();
  };
  EXPECT_TRUE(prove(0, "public"));
  EXPECT_TRUE(prove(14, "public"));
  EXPECT_TRUE(prove(20, ""));
  EXPECT_FALSE(prove(1, "public"));
  EXPECT_FALSE(prove(0, "publiC"));
  EXPECT_FALSE(prove(14, "public!"));
}

}  // namespace
}  // namespace mpcstats
