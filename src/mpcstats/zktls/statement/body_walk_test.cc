#include "mpcstats/zktls/statement/body_walk.h"

#include <gtest/gtest.h>

#include "mpcstats/circuit/evaluate.h"
#include "mpcstats/crypto/aes_prg.h"
#include "mpcstats/survey/row.h"
#include "mpcstats/survey/template_testing.h"
#include "mpcstats/zktls/statement/hole_text.h"
#include "mpcstats/zktls/statement/statement.h"

namespace mpcstats {
namespace {

class TestNumbers {
 public:
  explicit TestNumbers(std::uint64_t seed) : rng_(seed) {}
  std::uint64_t Below(std::uint64_t end) { return rng_.Word() % end; }
  char From(std::string_view alphabet) { return alphabet[Below(alphabet.size())]; }

 private:
  SeededRng rng_;
};

struct WalkResult {
  Bytes row;
  std::vector<bool> answers;
};

// What the circuit makes of a body; nothing when a fault is 1 or no body of that length matches.
std::optional<WalkResult> Walk(const Template& source, std::span<const StatementColumn> columns,
                               const std::string& body) {
  const auto walk = MakeBodyWalk(source, columns, body.size());
  if (!walk) return std::nullopt;
  const auto out = EvaluateBytes(walk->circuit, AsBytes(body));
  EXPECT_TRUE(out.has_value());
  const auto bit = [&](std::size_t i) { return ((*out)[i / 8] >> (i % 8) & 1) != 0; };
  EXPECT_EQ(walk->circuit.output_bits(), walk->row_bits + walk->predicate_bits + walk->fault_bits);
  const std::size_t first_fault = walk->row_bits + walk->predicate_bits;
  for (std::size_t i = first_fault; i < walk->circuit.output_bits(); ++i) {
    if (bit(i)) return std::nullopt;
  }
  WalkResult result{Bytes((walk->row_bits + 7) / 8), {}};
  for (std::size_t i = 0; i < walk->row_bits; ++i) {
    result.row[i / 8] = static_cast<std::uint8_t>(result.row[i / 8] | (bit(i) ? 1u << (i % 8) : 0u));
  }
  for (std::size_t i = walk->row_bits; i < first_fault; ++i) result.answers.push_back(bit(i));
  return result;
}

// The same in the clear: matcher, then the survey's own encoding.
std::optional<WalkResult> Plain(const Template& source, const std::vector<SurveyColumn>& columns,
                                const std::string& body) {
  const std::string response = WithHead(body);
  const auto match = MatchResponse(source, AsBytes(response));
  if (!match) return std::nullopt;
  const auto claim = ResponseClaimOf(source, AsBytes(response));
  EXPECT_TRUE(claim.has_value());
  std::map<std::string, std::string> cells;
  for (const HoleMatch& found : match->holes) {
    const TemplateHole& hole = source.holes[found.hole];
    const auto column = std::ranges::find(columns, hole.name, &SurveyColumn::name);
    if (column == columns.end()) continue;
    const CellKind kind = column->kind == ColumnKind::kNumber ? CellKind::kNumber : CellKind::kText;
    cells[hole.name] = CellOf(hole, response.substr(found.bytes.offset, found.bytes.size), kind);
  }
  Survey survey;
  survey.columns = columns;
  const auto row = EncodeRow(survey, cells);
  if (!row) return std::nullopt;
  return WalkResult{row->bytes(SecretAccess("test")), claim->answers};
}

const std::string kEverything = R"([template]
id = "everything"
title = "One hole of each kind"
host = "a.example"
[request]
target = "/"
[response]
body = '{"n":<<n>>,"s":"<<s>>","t":"<<t>>","c":"<<c>>","b":<<b>>,"d":"<<d>>","m":"<<m>>:00Z","q":[<<q>>,"<<z>>"]}'
[[hole]]
name = "n"
kind = "number"
integer_digits = 4
fraction_digits = 3
negative = true
[[hole]]
name = "s"
kind = "skip"
charset = "string"
max = 12
[[hole]]
name = "t"
kind = "text"
charset = "ascii"
max = 16
[[hole]]
name = "c"
kind = "choice"
values = ["spot", "margin", "spot margin"]
[[hole]]
name = "b"
kind = "boolean"
[[hole]]
name = "d"
kind = "date"
[[hole]]
name = "m"
kind = "timestamp"
[[hole]]
name = "q"
kind = "number"
integer_digits = 2
[[hole]]
name = "z"
kind = "skip"
charset = "hex"
min = 3
max = 3
[[predicate]]
name = "adult"
hole = "d"
at_most = "2008-11-28"
[[predicate]]
name = "rich"
hole = "n"
at_least = "0.5"
at_most = "1000"
[[predicate]]
name = "margin"
hole = "c"
is = "margin"
)";

SurveyColumn Number(std::string name, unsigned scale, std::int64_t low, std::int64_t high,
                    bool missing = false) {
  return {.name = std::move(name),
          .label = {},
          .unit = {},
          .may_be_missing = missing,
          .scale = scale,
          .min_units = low,
          .max_units = high,
          .categories = {}};
}
SurveyColumn Category(std::string name, std::vector<std::string> categories) {
  return {.name = std::move(name),
          .label = {},
          .unit = {},
          .kind = ColumnKind::kCategory,
          .categories = std::move(categories)};
}

std::vector<SurveyColumn> EveryColumn() {
  return {Number("q", 0, 3, 60, true),
          {.name = "t", .label = {}, .unit = {}, .kind = ColumnKind::kUnique, .categories = {}},
          Category("c", {"margin", "other", "spot", "spot margin"}),
          Number("n", 5, -50'000'000, 900'000'000),
          Category("b", {"true", "false"}),
          Number("d", 0, -30000, 30000),
          Number("m", 0, 0, 100'000'000)};
}

struct Values {
  std::string n = "-12.5", s = "abc", t = "user 7", c = "margin", b = "true", d = "1999-12-31",
              m = "2026-11-28T06:09", q = "42", z = "fff";
};
std::string Body(const Values& v) {
  return R"({"n":)" + v.n + R"(,"s":")" + v.s + R"(","t":")" + v.t + R"(","c":")" + v.c + R"(","b":)" + v.b +
         R"(,"d":")" + v.d + R"(","m":")" + v.m + R"(:00Z","q":[)" + v.q + R"(,")" + v.z + R"("]})";
}

void ExpectAgreement(const Template& source, const std::vector<SurveyColumn>& columns,
                     const std::string& body, std::size_t* accepted = nullptr) {
  const auto statement = ColumnsFor(source, columns);
  ASSERT_TRUE(statement.has_value()) << statement.error().message();
  const auto expected = Plain(source, columns, body);
  const auto walked = Walk(source, *statement, body);
  ASSERT_EQ(walked.has_value(), expected.has_value()) << body;
  if (!walked) return;
  EXPECT_EQ(ToHex(walked->row), ToHex(expected->row)) << body;
  EXPECT_EQ(walked->answers, expected->answers) << body;
  if (accepted != nullptr) ++*accepted;
}

TEST(BodyWalk, ReadsEveryKindAsTheSurveyEncodesIt) {
  const Template source = MustParse(kEverything);
  std::size_t accepted = 0;
  for (const Values& values : std::vector<Values>{
           {},
           {.n = "0", .s = "", .t = "x", .c = "spot", .b = "false", .q = "3"},
           {.n = "-0.125", .s = "123456789012", .t = "1234567890123456", .c = "spot margin", .q = "60"},
           {.n = "9000", .d = "2099-12-31", .m = "1970-01-01T00:00"},
           {.n = "-500", .s = "\xc3\xa9", .d = "1901-01-01"},
           {.n = "0.5", .d = "2008-11-28"},
           {.n = "0.499", .d = "2008-11-29"},
           {.n = "1000"},
           {.n = "1000.001"}}) {
    ExpectAgreement(source, EveryColumn(), Body(values), &accepted);
  }
  // The dates behind 2052 are out of the column's range.
  EXPECT_EQ(accepted, 8u);
}

TEST(BodyWalk, RefusesWhatDoesNotMatch) {
  const Template source = MustParse(kEverything);
  const auto columns = EveryColumn();
  const auto statement = *ColumnsFor(source, columns);
  ASSERT_TRUE(Walk(source, statement, Body({})).has_value());
  for (const Values& values : std::vector<Values>{{.n = "1e3"},
                                                  {.n = "--1"},
                                                  {.n = "01"},
                                                  {.n = "9001"},
                                                  {.n = "-501"},
                                                  {.n = "1.2345"},
                                                  {.n = ""},
                                                  {.s = "a\\b"},
                                                  {.s = "a\x01"
                                                        "b"},
                                                  {.s = R"(",")"},
                                                  {.s = "1234567890123"},
                                                  {.t = ""},
                                                  {.t = "\xc3\xa9"},
                                                  {.t = "12345678901234567"},
                                                  {.c = "Spot"},
                                                  {.c = "spo"},
                                                  {.c = ""},
                                                  {.b = "True"},
                                                  {.b = "null"},
                                                  {.b = "1"},
                                                  {.d = "1999-02-29"},
                                                  {.d = "1999-2-290"},
                                                  {.m = "2026-11-28 06:09"},
                                                  {.m = "2026-11-28T24:00"},
                                                  {.q = "2"},
                                                  {.q = "61"},
                                                  {.q = "[]"},
                                                  {.z = "ffg"},
                                                  {.z = "ff"}}) {
    const std::string body = Body(values);
    EXPECT_FALSE(Walk(source, statement, body).has_value()) << body;
    EXPECT_FALSE(Plain(source, columns, body).has_value()) << body;
  }
}

TEST(BodyWalk, AgreesWithTheMatcherOnRandomBodies) {
  constexpr std::uint64_t kSeed = 5;
  SCOPED_TRACE(testing::Message() << "seed " << kSeed);
  TestNumbers random(kSeed);
  const Template source = MustParse(kEverything);
  const auto text = [&](std::string_view alphabet, std::size_t low, std::size_t high) {
    std::string out;
    const std::size_t size = low + random.Below(high - low + 1);
    for (std::size_t i = 0; i < size; ++i) out += random.From(alphabet);
    return out;
  };
  std::size_t accepted = 0;
  for (int round = 0; round < 250; ++round) {
    Values values;
    values.n = std::string(random.Below(2), '-') + std::to_string(random.Below(1200));
    if (random.Below(2) == 0) values.n += "." + text("0123456789", 1, 3);
    values.s = text("ab c:,[]{}\xc3\xa9", 0, 12);
    values.t = text("abc123_{},:", 1, 16);
    values.c = std::vector<std::string>{"spot", "margin", "spot margin"}[random.Below(3)];
    values.b = random.Below(2) == 0 ? "true" : "false";
    values.q = std::to_string(random.Below(100));
    std::string body = Body(values);
    if (random.Below(3) == 0) body[random.Below(body.size())] = random.From("0\"a,}.-\\");
    if (random.Below(8) == 0) body.erase(random.Below(body.size()), 1);
    ExpectAgreement(source, EveryColumn(), body, &accepted);
    if (HasFatalFailure()) return;
  }
  EXPECT_GT(accepted, 40u);
  EXPECT_LT(accepted, 240u);
}

TEST(BodyWalk, HidesLengthsThatTheSizeOfTheBodyDoesNotTell) {
  // Two holes, one circuit: which of them is longer is not in it.
  const Template source = MustParse(ExchangeText());
  const std::string a = ExchangeBody({.balance = "1", .locked = "0.00000000", .account = "12345"});
  const std::string b = ExchangeBody({.balance = "1234.5", .locked = "0.000", .account = "12345"});
  ASSERT_EQ(a.size(), b.size());
  const auto walk = MakeBodyWalk(source, {}, a.size());
  ASSERT_TRUE(walk.has_value());
  EXPECT_TRUE(Walk(source, {}, a).has_value());
  EXPECT_TRUE(Walk(source, {}, b).has_value());
}

TEST(BodyWalk, RefusesLengthsThatNoBodyHas) {
  const Template source = MustParse(ExchangeText());
  const std::size_t shortest = ExchangeBody({.balance = "1", .locked = "0", .account = "1"}).size();
  EXPECT_FALSE(MakeBodyWalk(source, {}, shortest - 1).has_value());
  EXPECT_TRUE(MakeBodyWalk(source, {}, shortest).has_value());
  EXPECT_FALSE(MakeBodyWalk(source, {}, 0).has_value());
  EXPECT_FALSE(MakeBodyWalk(source, {}, 100000).has_value());
}

TEST(BodyWalk, RefusesTemplatesThatWouldTakeAllMemory) {
  const std::string filler(40'000, 'x');
  const Template source =
      MustParse(With(With(ExchangeText(), R"("locked":)", R"("note":")" + filler + R"(","locked":)"),
                     R"({"accountType")", R"({"first":"<<first>>","accountType")") +
                "\n[[hole]]\nname = \"first\"\nkind = \"skip\"\ncharset = \"string\"\nmax = 1000\n");
  const auto walk = MakeBodyWalk(source, {}, 40'600);
  ASSERT_FALSE(walk.has_value());
  EXPECT_TRUE(walk.error().message().contains("is the limit")) << walk.error().message();
}

TEST(BodyWalk, StaysCheap) {
  const Template exchange = MustParse(ExchangeText());
  const auto columns =
      *ColumnsFor(exchange, std::vector<SurveyColumn>{Number("balance", 8, 0, 999'999'999'999'999'999)});
  const auto walk = MakeBodyWalk(exchange, columns, ExchangeBody().size());
  ASSERT_TRUE(walk.has_value());
  EXPECT_LE(walk->circuit.and_count(), 6500u);
  // One hole of hidden length has a public one.
  const std::string small = With(With(ExchangeText(), "<<locked>>", "0"), "<<account>>", "1");
  std::string holes = small.substr(0, small.find("[[hole]]\nname = \"locked\""));
  const Template single = MustParse(holes);
  const auto one =
      MakeBodyWalk(single, columns, With(With(ExchangeBody(), "0.00000000", "0"), "354937868", "1").size());
  ASSERT_TRUE(one.has_value());
  EXPECT_LE(one->circuit.and_count(), 1300u);
}

TEST(ColumnsFor, RefusesHolesThatCannotGiveTheColumn) {
  const Template source = MustParse(kEverything);
  const auto fault = [&](const SurveyColumn& column) {
    const auto found = ColumnsFor(source, {&column, 1});
    return found ? std::string("no error") : found.error().message();
  };
  EXPECT_TRUE(fault(Number("x", 0, 0, 9)).contains("has no hole"));
  EXPECT_TRUE(fault(Number("n", 2, 0, 9)).contains("decimals"));
  EXPECT_TRUE(fault(Number("n", 15, 0, 9)).contains("digits before the point"));
  EXPECT_TRUE(fault(Number("s", 0, 0, 9)).contains("gives no number"));
  EXPECT_TRUE(fault(Number("d", 1, 0, 9)).contains("whole number"));
  EXPECT_TRUE(fault(Category("n", {"a", "b"})).contains("is no choice"));
  EXPECT_TRUE(fault(Category("c", {"spot", "margin"})).contains("no category"));
  SurveyColumn unique = Number("n", 3, 0, 9);
  unique.kind = ColumnKind::kUnique;
  EXPECT_TRUE(fault(unique).contains("is no text"));
  EXPECT_EQ(fault(Number("b", 0, 0, 1)), "no error");
}

}  // namespace
}  // namespace mpcstats
