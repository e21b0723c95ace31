// mpcstats compute --query: filters, groups, EXPLAIN, and errors that point at the character.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "program.h"

namespace mpcstats::e2e {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using Json = nlohmann::json;

constexpr const char* kPeople =
    "region,age,income\nSouth,17,900\nNorth,40,1250.50\nSouth,41,2000\nSouth,70,\nNorth,29,999\n,33,1500\n";

Outcome RunQuery(const std::string& query, const std::vector<std::string>& options = {},
                 Start start = Start::kAllowed) {
  const TemporaryFile csv("people.csv", kPeople);
  std::vector<std::string> arguments = {"compute", "--csv", csv.path(), "--query", query};
  arguments.insert(arguments.end(), options.begin(), options.end());
  return RunProgram(arguments, start);
}

TEST(QueryLanguage, FiltersAndGroups) {
  const Outcome outcome =
      RunQuery("SELECT region, count(*), sum(income), mean(income) FROM data WHERE age >= 18 GROUP BY region",
               {"--json"});
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  const Json results = Json::parse(outcome.out).at("results");
  ASSERT_EQ(results.size(), 9u);
  const auto expect = [&](std::size_t at, const std::string& group, const Json& exact, const Json& n) {
    EXPECT_EQ(results.at(at).at("group"), group);
    EXPECT_EQ(results.at(at).at("exact"), exact) << results.at(at).dump();
    EXPECT_EQ(results.at(at).at("n"), n) << results.at(at).dump();
  };
  expect(0, "North", "2", 2);
  expect(1, "North", "2249.5", nullptr);  // a sum opens no n
  expect(2, "North", "1124.75", 2);
  expect(3, "South", "2", 2);
  expect(5, "South", "2000", 1);
  expect(6, "NULL", "1", 1);
}

TEST(QueryLanguage, ShowsGroupsAsATable) {
  const Outcome outcome = RunQuery("SELECT count(*), sum(income * 2) FROM data GROUP BY bucket(age, 18, 65)");
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_THAT(outcome.out, AllOf(HasSubstr("bucket(age, 18, 65)"), HasSubstr("below 18"),
                                 HasSubstr("18 to below 65"), HasSubstr("65 and above"), HasSubstr("11499")));
}

TEST(QueryLanguage, ExplainsWithoutStartingAParty) {
  const std::string query =
      "EXPLAIN SELECT mean(income), sum(age) FROM data WHERE region = 'South' GROUP BY region";
  const Outcome text = RunQuery(query, {}, Start::kRefused);
  ASSERT_EQ(text.code, 0) << text.err;
  EXPECT_THAT(text.out, AllOf(HasSubstr("opens n, sum in each group"), HasSubstr("opens sum in each group"),
                              HasSubstr("AND gates"), HasSubstr("rounds")));
  const Outcome json = RunQuery(query, {"--json"}, Start::kRefused);
  ASSERT_EQ(json.code, 0) << json.err;
  const Json explained = Json::parse(json.out);
  EXPECT_EQ(explained.at("outputs").at(1).at("opens"), "sum");
  EXPECT_GT(explained.at("estimate").at("and_gates"), 0);
  EXPECT_EQ(explained.at("groups"), Json::parse(R"(["North", "South", "NULL"])"));
}

TEST(QueryLanguage, ExplainsInASimulationWithoutComputing) {
  const TemporaryFile csv("people.csv", kPeople);
  const Outcome outcome =
      RunProgram({"simulate", "--csv", csv.path(), "--query", "EXPLAIN SELECT mean(income) FROM data"});
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_THAT(outcome.out, AllOf(HasSubstr("mean(income); opens n, sum"), Not(HasSubstr("1329.9"))));
}

TEST(QueryLanguage, PointsAtAColumnThatIsNotThereAndAtANumberOutOfRange) {
  const Outcome column = RunQuery("SELECT mean(incme) FROM data", {}, Start::kRefused);
  EXPECT_THAT(column.err,
              AllOf(HasSubstr("did you mean \"income\"?"), HasSubstr("\n" + std::string(14, ' ') + "^\n")));
  const Outcome text = RunQuery("SELECT mean(income) FROM data WHERE region = South", {}, Start::kRefused);
  EXPECT_THAT(text.err, AllOf(HasSubstr("a text stands in single quotes, such as 'South'"),
                              HasSubstr("\n" + std::string(47, ' ') + "^\n")));
  const Outcome number = RunQuery("SELECT quantile(income, 2) FROM data", {}, Start::kRefused);
  EXPECT_THAT(number.err, AllOf(HasSubstr("from 0 to 1"), HasSubstr("\n" + std::string(26, ' ') + "^\n")));
}

TEST(QueryLanguage, PointsAtTheCharacter) {
  const Outcome outcome = RunQuery("SELECT mean(income) FROM data WHERE age == 3", {}, Start::kRefused);
  EXPECT_EQ(outcome.code, 2);
  EXPECT_EQ(outcome.out, "");
  EXPECT_THAT(outcome.err, AllOf(HasSubstr("at character 41"), HasSubstr("written with one ="),
                                 HasSubstr("\n  SELECT mean(income) FROM data WHERE age == 3\n" +
                                           std::string(42, ' ') + "^\n")));
}

TEST(QueryLanguage, RefusesBeforeAPartyIsStarted) {
  const auto refusal = [](const std::string& query) {
    const Outcome outcome = RunQuery(query, {}, Start::kRefused);
    EXPECT_EQ(outcome.out, "");
    EXPECT_NE(outcome.code, 0);
    EXPECT_NE(outcome.code, 70) << outcome.err;
    return outcome.err;
  };
  EXPECT_THAT(refusal("SELECT mean(income) FROM data WHERE region = South"),
              HasSubstr("no column \"South\""));
  EXPECT_THAT(refusal("SELECT mean(region) FROM data"), HasSubstr("is not a number"));
  EXPECT_THAT(refusal("SELECT mean(income) FROM other"), HasSubstr("--table NAME=FILE"));
  EXPECT_THAT(refusal("SELECT mean(income * 10000000000000000) FROM data"), HasSubstr("more than 18 digits"));
  EXPECT_THAT(refusal("SELECT mean(data.income) FROM data JOIN b ON data.age = b.age"),
              HasSubstr("has JOIN b and no such table is given"));
  EXPECT_THAT(refusal("SELECT mean(income) FROM data JOIN b ON data.age = b.age"),
              HasSubstr("such as data.income"));
  EXPECT_THAT(refusal("SELECT modus(income) FROM data"), HasSubstr("there is no statistic modus"));
}

Outcome RunJoin(const std::string& places, const std::string& query) {
  const TemporaryFile people("people.csv",
                             "name,place,income\nA,10,1000\nB,20,2000\nC,10,3000\nD,,4000\nE,99,5000\n");
  const TemporaryFile of_places("places.csv", places);
  return RunProgram({"compute", "--table", "people=" + people.path(), "--table", "places=" + of_places.path(),
                     "--json", "--query", query});
}

TEST(QueryLanguage, JoinsTwoTables) {
  const Outcome outcome =
      RunJoin("id,region\n10,South\n20,North\n40,East\n",
              "SELECT count(*), sum(people.income) FROM people JOIN places ON people.place = "
              "places.id WHERE places.region = 'South'");
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  const Json results = Json::parse(outcome.out).at("results");
  EXPECT_EQ(results.at(0).at("exact"), "2");
  EXPECT_EQ(results.at(1).at("exact"), "4000");
}

TEST(QueryLanguage, RefusesAJoinOnAKeyThatRepeats) {
  const Outcome outcome =
      RunJoin("id\n10\n20\n10\n", "SELECT count(*) FROM people JOIN places ON people.place = places.id");
  EXPECT_EQ(outcome.code, 2);
  EXPECT_EQ(outcome.out, "");
  EXPECT_THAT(outcome.err, HasSubstr("all parties report: several rows have the same places.id"));
  EXPECT_EQ(outcome.err.find("several rows"), outcome.err.rfind("several rows")) << "said once";
}

TEST(QueryLanguage, TakesATableByAnotherName) {
  const TemporaryFile csv("people.csv", kPeople);
  const Outcome outcome = RunProgram({"simulate", "--table", "people=" + csv.path(), "--json", "--query",
                                      "SELECT max(people.age) FROM people WHERE income IS NOT NULL"});
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_EQ(Json::parse(outcome.out).at("results").at(0).at("exact"), "41");
}

TEST(QueryLanguage, BenchOfGroupsIsRight) {
  for (const char* operation : {"group_by", "group_by_missing"}) {
    const Outcome outcome = RunProgram({"bench", operation, "--rows", "1000", "--json"});
    ASSERT_EQ(outcome.code, 0) << outcome.err;
    EXPECT_EQ(Json::parse(outcome.out).at("correct"), true);
  }
}

}  // namespace
}  // namespace mpcstats::e2e
