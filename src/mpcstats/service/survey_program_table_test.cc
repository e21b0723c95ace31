// Figures of several values in a release: what they are, and gates that count everybody whom they tell apart.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "mpcstats/service/receipt_text.h"
#include "mpcstats/service/survey_gate_testing.h"

namespace mpcstats {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::UnorderedElementsAre;

Survey Tables(std::vector<CatalogueFigure> figures) {
  Survey survey = TestSurvey(std::move(figures));
  survey.group_min = 3;
  return survey;
}

// The rule on how many numbers a column may have is of catalogues (query/catalogue_limits.cc), and would want larger groups.
SurveyPlan PlanOf(Survey survey, std::size_t rows) {
  survey.group_min = 1000;
  Result<SurveyPlan> plan = PlanSurvey(survey, rows);
  EXPECT_TRUE(plan) << plan.error().message();
  return plan ? std::move(*plan) : SurveyPlan();
}

ReleaseRun Release(const Survey& survey, const Batches& closed, std::size_t first_new = 0,
                   const SimulationOptions& options = {}) {
  const SurveyPlan plan = PlanOf(survey, RowsOf(survey, closed));
  const PartyRelease same{&plan, first_new, {}};
  return RunReleaseWith(survey, closed, {same, same, same}, options);
}

bool Passes(const Survey& survey, const std::vector<std::vector<Answer>>& batches,
            std::size_t first_new = 0) {
  return GatePassed(Release(survey, CloseAll(survey, batches), first_new));
}

std::vector<std::string> PartsOf(const ReceiptOutput& output) {
  std::vector<std::string> parts;
  for (const ReceiptPart& part : output.parts) {
    parts.push_back(part.name + " = " + (part.undefined.empty() ? part.value : part.undefined));
  }
  return parts;
}

std::vector<ReceiptOutput> OutputsOf(const Survey& survey, const std::vector<Answer>& people) {
  const Batches closed = CloseAll(survey, {people});
  const ReleaseRun run = Release(survey, closed);
  EXPECT_EQ(ErrorText(run.result), "");
  for (const auto& out : run.out) {
    EXPECT_TRUE(out && out->passed);
    if (!out || !out->passed) return {};
    EXPECT_EQ(out->figures, run.out[0]->figures);
  }
  return OutputsOf(survey, PlanOf(survey, RowsOf(survey, closed)), run.out[0]->figures);
}

std::vector<Answer> Mixed(const Survey& survey) {
  std::vector<Answer> people;
  for (std::uint64_t region = 0; region < 2; ++region) {
    for (std::uint64_t member = 0; member < 2; ++member) {
      for (int i = 0; i < 3 + static_cast<int>(region + 2 * member); ++i) {
        people.push_back(PersonOf(survey, 20 + 10 * static_cast<std::int64_t>(member) + i, region, member));
      }
    }
  }
  return people;
}

TEST(TableRelease, NamesCategoriesAndClasses) {
  const Survey survey =
      Tables({For("frequency(region)"), For("cross_table(region, member)"), For("histogram(age, 30)"),
              For("SELECT frequency(member) FROM data GROUP BY region")});
  const std::vector<ReceiptOutput> outputs = OutputsOf(survey, Mixed(survey));
  ASSERT_EQ(outputs.size(), 6u);
  const auto& regions = survey.columns[kRegion].categories;
  const auto& members = survey.columns[kMember].categories;
  EXPECT_THAT(PartsOf(outputs[0]),
              ElementsAre(regions[0] + " = 8", regions[1] + " = 10", regions[2] + " = 0"));
  EXPECT_THAT(PartsOf(outputs[1]),
              ElementsAre(regions[0] + ", " + members[0] + " = 3", regions[0] + ", " + members[1] + " = 5",
                          regions[1] + ", " + members[0] + " = 4", regions[1] + ", " + members[1] + " = 6",
                          regions[2] + ", " + members[0] + " = 0", regions[2] + ", " + members[1] + " = 0"));
  EXPECT_THAT(PartsOf(outputs[2]), ElementsAre("below 30 = 7", "30 or more = 11"));
  EXPECT_THAT(PartsOf(outputs[3]), ElementsAre(members[0] + " = 3", members[1] + " = 5"));
  EXPECT_EQ(outputs[3].cell, regions[0]);
  EXPECT_THAT(PartsOf(outputs[5]), ElementsAre(members[0] + " = 0", members[1] + " = 0"));
  for (const ReceiptOutput& output : outputs) {
    EXPECT_EQ(output.value + output.exact + output.error_bound + output.undefined + output.unit, "");
    for (const ReceiptPart& part : output.parts) EXPECT_EQ(part.exact, part.value);
  }
}

// Each figure as its statistic says it in the clear, on the columns of those who count.
TEST(TableRelease, FiguresAreThoseOfThePlainReference) {
  const Survey survey = Tables(
      {For("linear_regression(age, level)"), For("multiple_regression(age, level, age)"),
       For("welch_t(age, member)"), For("slope_interval(age, level)"), For("welch_interval(age, member)"),
       For("mann_whitney(level, member)"), For("chi_squared(member, region)"), For("mean_interval(age)"),
       For("SELECT linear_regression(age, balance) FROM data WHERE balance > 0")});
  std::vector<Answer> people = Mixed(survey);
  std::mt19937_64 random(11);
  for (std::size_t i = 0; i < people.size(); ++i) {
    people[i].cells[kLevel].encoded = random() % 256;
    people[i].cells[kBalance].present = i % 3 != 0;
  }
  const Batches closed = CloseAll(survey, {people});
  const SurveyPlan plan = PlanOf(survey, RowsOf(survey, closed));
  Survey loose = survey;
  loose.group_min = 1;
  const ReleaseRun run = Release(loose, closed);
  ASSERT_EQ(ErrorText(run.result), "");
  ASSERT_TRUE(run.out[0] && run.out[0]->passed);
  for (std::size_t i = 0; i < plan.outputs.size(); ++i) {
    const CellPlan& part = plan.plans[plan.outputs[i].plan];
    const PlanItem& item = part.plan.items[plan.outputs[i].item];
    std::vector<std::vector<std::int64_t>> columns(item.columns.size());
    std::vector<ColumnType> types;
    for (const Answer& one : people) {
      // The one filter is true of whoever has a balance, as all of them are above 0.
      if (part.filter && !one.cells[kBalance].present) continue;
      for (std::size_t c = 0; c < item.columns.size(); ++c) {
        const std::size_t column = part.sources[item.columns[c]].columns[0];
        columns[c].push_back(survey.columns[column].Type().Decode(one.cells[column].encoded));
      }
    }
    for (const std::size_t c : item.columns) types.push_back(part.plan.columns[c].type);
    const Figure want = item.statistic->Plain(columns, types, item.numbers);
    EXPECT_TRUE(AgreesWith(run.out[0]->figures[i], want)) << item.expression.text;
    EXPECT_FALSE(want.parts.empty() && want.undefined.empty()) << item.expression.text;
  }
}

TEST(TableGate, HoldsAClassOfTooFew) {
  for (const char* figure : {"histogram(age, 30, 60)", "frequency(age, 40)", "frequency(age, 70, 40)"}) {
    const Survey survey = Tables({For(figure)});
    EXPECT_FALSE(Passes(survey, {PeopleOf(survey, {20, 21, 22, 40, 40, 70, 70, 70})})) << figure;
    EXPECT_TRUE(Passes(survey, {PeopleOf(survey, {20, 21, 22, 40, 40, 40, 70, 70, 70})})) << figure;
    EXPECT_TRUE(Passes(survey, {PeopleOf(survey, {20, 21, 22, 70, 70, 70})})) << figure << ": nobody is 40";
  }
}

TEST(TableGate, HoldsWhenTooFewAreInNoClass) {
  const Survey survey = Tables({For("frequency(age, 20, 40)")});
  EXPECT_FALSE(Passes(survey, {PeopleOf(survey, {20, 20, 20, 40, 40, 40, 41})}));
  EXPECT_TRUE(Passes(survey, {PeopleOf(survey, {20, 20, 20, 40, 40, 40})}));
}

TEST(TableGate, HoldsACellOfATableOfTooFew) {
  const Survey survey = Tables({For("cross_table(region, member)")});
  std::vector<Answer> people = Mixed(survey);
  EXPECT_TRUE(Passes(survey, {people}));
  people.erase(people.begin());
  EXPECT_FALSE(Passes(survey, {people})) << "two of the first region are members";
}

// Each table has enough in every class; together they tell two people apart.
TEST(TableGate, HoldsTablesThatCrossInTooFew) {
  const Survey survey = Tables({For("frequency(member)"), For("histogram(age, 30)")});
  std::vector<Answer> people;
  for (const std::uint64_t member : {0u, 1u}) {
    for (int i = 0; i < 3; ++i) {
      people.push_back(PersonOf(survey, 20, 0, member));
      people.push_back(PersonOf(survey, 40, 0, member));
    }
  }
  EXPECT_TRUE(Passes(survey, {people}));
  people.pop_back();
  EXPECT_FALSE(Passes(survey, {people}));
}

TEST(TableGate, HoldsTwoGroupsOfATestAndTheOthers) {
  const Survey survey = Tables({For("welch_t(age, region, 0, 1)")});
  const auto people_of = [&](int first, int second, int third) {
    std::vector<Answer> people;
    const std::array counts = {first, second, third};
    for (std::uint64_t region = 0; region < 3; ++region) {
      for (int i = 0; i < counts[region]; ++i) people.push_back(PersonOf(survey, 20 + i, region));
    }
    return people;
  };
  EXPECT_TRUE(Passes(survey, {people_of(3, 3, 3)}));
  EXPECT_TRUE(Passes(survey, {people_of(3, 3, 0)}));
  EXPECT_FALSE(Passes(survey, {people_of(2, 4, 3)}));
  EXPECT_FALSE(Passes(survey, {people_of(4, 2, 3)}));
  EXPECT_FALSE(Passes(survey, {people_of(4, 4, 1)})) << "beside the count of all it tells the third";
}

TEST(TableGate, CountsTheNewcomersOfEachClass) {
  const Survey survey = Tables({For("histogram(age, 30)")});
  const std::vector<Answer> old = PeopleOf(survey, {20, 21, 22, 60, 61, 62});
  EXPECT_FALSE(Passes(survey, {old, PeopleOf(survey, {20, 21, 22, 60})}, 1));
  EXPECT_TRUE(Passes(survey, {old, PeopleOf(survey, {60, 61, 62})}, 1));
}

TEST(TableGate, HoldsThoseWhoLeftTheColumnOut) {
  const Survey survey = Tables({For("histogram(balance, 1.5)"), For("count(age)")});
  std::vector<Answer> people = PeopleOf(survey, {18, 18, 18, 60, 61, 62, 63, 64});
  for (const std::size_t i : {6u, 7u}) people[i].cells[kBalance].present = false;
  EXPECT_FALSE(Passes(survey, {people})) << "beside the count of all it tells that two gave no balance";
  people[5].cells[kBalance].present = false;
  EXPECT_FALSE(Passes(survey, {people})) << "two are left above 1.5";
  people.push_back(PersonOf(survey, 65));
  EXPECT_TRUE(Passes(survey, {people}));
}

TEST(TableRelease, OpensTheGateFirstAndThenWhatTheStatisticsDeclare) {
  const Survey survey = Tables({For("histogram(age, 30)"), For("frequency(member)")});
  const ReleaseRun run = Release(survey, CloseAll(survey, {Mixed(survey)}));
  ASSERT_EQ(ErrorText(run.result), "");
  for (const auto& disclosures : run.result.disclosures) {
    EXPECT_EQ(disclosures.front(), "gate");
    EXPECT_THAT(disclosures, UnorderedElementsAre("gate", "n", "histogram", "n", "frequency table"));
  }
}

TEST(TableRelease, TrafficDoesNotDependOnTheAnswers) {
  const Survey survey = Tables({For("histogram(balance, 1.5, 3)"), For("cross_table(region, member)")});
  std::array<std::vector<SentFrame>, 2> frames;
  for (unsigned i = 0; i < 2; ++i) {
    SimulationOptions options;
    options.hook = RecordInto(&frames[i]);
    const std::vector<Answer> people(40, PersonOf(survey, i == 0 ? 25 : 70, i, i));
    ASSERT_EQ(ErrorText(Release(survey, CloseAll(survey, {people}), 0, options).result), "");
  }
  EXPECT_FALSE(frames[0].empty());
  EXPECT_EQ(frames[0], frames[1]);
}

TEST(TableRelease, EndsWhenOnePartyCountsOtherClasses) {
  const Survey survey = Tables({For("histogram(age, 30)")});
  const Batches closed = CloseAll(survey, {PeopleOf(survey, {20, 21, 22, 60, 61, 62})});
  const SurveyPlan plan = PlanOf(survey, 64);
  SurveyPlan none = plan;
  none.classes.clear();
  SurveyPlan other = plan;
  other.classes[0].classes.at[0].units += 1;
  other.classes[0].text += "1";
  for (const SurveyPlan* odd : {&none, &other}) {
    ExpectNoReleaseWithOddPlan(survey, closed, plan, *odd);
  }
}

TEST(TableRelease, RefusesAPlanWithClassesOfNoColumn) {
  const Survey survey = Tables({For("histogram(age, 30)")});
  const Batches closed = CloseAll(survey, {PeopleOf(survey, {20, 21, 22})});
  for (const std::size_t column : {std::size_t{0}, survey.columns.size()}) {
    SurveyPlan broken = PlanOf(survey, 64);
    broken.classes[0].column = column;
    const PartyRelease same{&broken, 0, {}};
    const ReleaseRun run = RunReleaseWith(survey, closed, {same, same, same});
    ASSERT_TRUE(run.result.error[0].has_value());
    EXPECT_THAT(run.result.error[0]->message(), HasSubstr("classes of a column"));
  }
}

// Also where all three have it: what is opened is what the gates looked at.
TEST(TableRelease, RefusesAPlanWhoseGatesDoNotCountWhatItOpens) {
  for (const char* figure : {"histogram(age, 30)", "cross_table(region, member)", "welch_t(age, member)"}) {
    const Survey survey = Tables({For(figure)});
    const Batches closed = CloseAll(survey, {PeopleOf(survey, {20, 21, 22})});
    SurveyPlan broken = PlanOf(survey, 64);
    broken.classes.pop_back();
    const PartyRelease same{&broken, 0, {}};
    const ReleaseRun run = RunReleaseWith(survey, closed, {same, same, same});
    for (unsigned party = 0; party < 3; ++party) {
      ASSERT_TRUE(run.result.error[party].has_value()) << figure;
      EXPECT_THAT(run.result.error[party]->message(), HasSubstr("do not count the classes")) << figure;
      EXPECT_TRUE(run.result.disclosures[party].empty()) << figure;
    }
  }
}

// A peer that changes a bit of what it sends neither opens a shut gate nor bends a table.
TEST(TableRelease, AFlippedBitNeitherOpensTheGateNorBendsATable) {
  const Survey survey = Tables({For("histogram(age, 30)"), For("frequency(member)")});
  for (const bool pass : {true, false}) {
    std::vector<Answer> people = Mixed(survey);
    if (!pass) people.push_back(PersonOf(survey, 90, 0, 0));
    const Batches closed = CloseAll(survey, {people});
    const auto release = [&](const SimulationOptions& options) {
      return Release(survey, closed, 0, options);
    };
    ExpectFlippedBitsToStop(release, pass, 45, pass ? 3 : 4);
  }
}

}  // namespace
}  // namespace mpcstats
