#include "mpcstats/zktls/statement/statement_circuits.h"

#include "mpcstats/survey/template_testing.h"
#include "mpcstats/zktls/statement/statement.h"

namespace mpcstats {
namespace {

TEST(StatementCircuits, AreThoseThatWouldBeMadeAnew) {
  const Template source = MustParse(ExchangeText());
  StatementCircuits circuits(source, {});
  const std::size_t bytes = ExchangeBody().size();
  for (int run = 0; run < 2; ++run) {
    EXPECT_EQ(circuits.OfCharset(HeaderValueBytes(), 5), MakeCharsetCircuit(HeaderValueBytes(), 5));
    EXPECT_EQ(circuits.OfBody(bytes).value()->circuit, MakeBodyWalk(source, {}, bytes)->circuit);
  }
}

TEST(StatementCircuits, AreMadeOnce) {
  const Template source = MustParse(ExchangeText());
  StatementCircuits circuits(source, {});
  const Circuit* const charset = &circuits.OfCharset(HeaderValueBytes(), 5);
  const BodyWalk* const body = circuits.OfBody(ExchangeBody().size()).value();
  EXPECT_EQ(&circuits.OfCharset(HeaderValueBytes(), 5), charset);
  EXPECT_EQ(circuits.OfBody(ExchangeBody().size()).value(), body);
}

TEST(StatementCircuits, OfAnEarlierSessionAreFoundAgain) {
  const Template source = MustParse(ExchangeText());
  const std::size_t bytes = ExchangeBody().size();
  StatementCircuits first(source, {});
  const BodyWalk* const body = first.OfBody(bytes).value();
  StatementCircuits second(source, {});
  EXPECT_EQ(second.OfBody(bytes).value(), body);
}

// One change after another of what decides a walk.
TEST(StatementCircuits, OfAnotherTemplateOrColumnAreOthers) {
  const Template source = MustParse(ExchangeText());
  SurveyColumn balance;
  balance.name = "balance";
  balance.scale = 8;
  balance.max_units = 1'000'000;
  const auto walk_of = [](const Template& content, const std::vector<SurveyColumn>& columns) {
    const auto statement = ColumnsFor(content, columns).value();
    StatementCircuits circuits(content, statement);
    return circuits.OfBody(ExchangeBody().size()).value()->circuit;
  };
  const Circuit usual = walk_of(source, {balance});
  EXPECT_EQ(walk_of(source, {balance}), usual);
  EXPECT_NE(walk_of(source, {}), usual);
  SurveyColumn other = balance;
  other.max_units = 1'000'001;
  EXPECT_NE(walk_of(source, {other}), usual);
  other = balance;
  other.min_units = 1;
  EXPECT_NE(walk_of(source, {other}), usual);
  other = balance;
  other.may_be_missing = true;
  EXPECT_NE(walk_of(source, {other}), usual);
  other = balance;
  other.scale = 9;
  EXPECT_NE(walk_of(MustParse(With(ExchangeText(), "integer_digits = 10", "integer_digits = 9")), {other}),
            usual);
  EXPECT_NE(walk_of(MustParse(With(ExchangeText(), R"("asset":"ETH")", R"("asset":"BTC")")), {balance}),
            usual);
}

TEST(StatementCircuits, TheOneUsedLongestAgoIsForgotten) {
  const Template source = MustParse(ExchangeText());
  const std::size_t bytes = ExchangeBody().size();
  StatementCircuits first(source, {});
  const BodyWalk* const body = first.OfBody(bytes).value();
  for (std::size_t i = 1; i <= kKeptWalks; ++i) {
    StatementCircuits other(source, {});
    ASSERT_TRUE(other.OfBody(bytes + i).has_value());
  }
  StatementCircuits later(source, {});
  EXPECT_NE(later.OfBody(bytes).value(), body);
  // Its owner has it still.
  EXPECT_EQ(first.OfBody(bytes).value(), body);
}

TEST(StatementCircuits, AnotherSetOrLengthIsAnotherCircuit) {
  const Template source = MustParse(ExchangeText());
  StatementCircuits circuits(source, {});
  const std::bitset<256> digits = BytesOfCharset(Charset::kDigits);
  EXPECT_EQ(circuits.OfCharset(HeaderValueBytes(), 5).input_bits(), 40u);
  EXPECT_EQ(circuits.OfCharset(HeaderValueBytes(), 6).input_bits(), 48u);
  EXPECT_NE(circuits.OfCharset(digits, 5), circuits.OfCharset(HeaderValueBytes(), 5));
  const std::size_t bytes = ExchangeBody().size();
  EXPECT_EQ(circuits.OfBody(bytes).value()->circuit.input_bits(), 8 * bytes);
  EXPECT_EQ(circuits.OfBody(bytes + 1).value()->circuit.input_bits(), 8 * (bytes + 1));
}

TEST(StatementCircuits, RefusesALengthThatNoResponseCanHaveEachTime) {
  const Template source = MustParse(ExchangeText());
  StatementCircuits circuits(source, {});
  EXPECT_FALSE(circuits.OfBody(3).has_value());
  EXPECT_TRUE(circuits.OfBody(ExchangeBody().size()).has_value());
  EXPECT_FALSE(circuits.OfBody(3).has_value());
}

}  // namespace
}  // namespace mpcstats
