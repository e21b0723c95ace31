// Values that are formed from columns, in a release: what they are, whom they are of, and gates that count these.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "mpcstats/service/receipt_text.h"
#include "mpcstats/service/survey_gate_testing.h"

namespace mpcstats {
namespace {

using testing::HasSubstr;
using testing::UnorderedElementsAre;

// As much as the catalogues here need; the gates' own minimum is set for each release.
SurveyPlan PlanOf(Survey survey, std::size_t rows) {
  survey.group_min = 1000;
  Result<SurveyPlan> plan = PlanSurvey(survey, rows);
  EXPECT_TRUE(plan) << plan.error().message();
  return plan ? std::move(*plan) : SurveyPlan();
}

ReleaseRun Release(const Survey& survey, const Batches& closed, const SimulationOptions& options = {}) {
  const SurveyPlan plan = PlanOf(survey, RowsOf(survey, closed));
  const PartyRelease same{&plan, 0, {}};
  return RunReleaseWith(survey, closed, {same, same, same}, options);
}

std::int64_t UnitsOf(const Survey& survey, const Answer& one, std::size_t column) {
  return survey.columns[column].Type().Decode(one.cells[column].encoded);
}

/// What one output is of: a statistic of units with so many decimals, nothing for people who do not count.
struct Wanted {
  std::string statistic;
  unsigned scale;
  std::function<std::optional<std::int64_t>(const Survey&, const Answer&)> units;
};

std::vector<Figure> PlainOf(const Survey& survey, const std::vector<Answer>& answers,
                            const std::vector<Wanted>& outputs) {
  std::vector<Figure> figures;
  for (const Wanted& output : outputs) {
    std::vector<std::int64_t> units;
    for (const Answer& one : answers) {
      if (!IsWithinRanges(survey, one)) continue;
      if (const auto value = output.units(survey, one)) units.push_back(*value);
    }
    const ColumnType type = ColumnType::For(1'000'000'000, true, output.scale);
    figures.push_back(FindStatistic(output.statistic)->Plain(std::span(&units, 1), std::span(&type, 1), {}));
  }
  return figures;
}

// age is whole, balance has two decimals and may be missing.
std::optional<std::int64_t> AgePlusLevel(const Survey& survey, const Answer& one) {
  return UnitsOf(survey, one, kAge) + UnitsOf(survey, one, kLevel);
}
std::optional<std::int64_t> AgeMinusLevel(const Survey& survey, const Answer& one) {
  return 3 * UnitsOf(survey, one, kAge) - UnitsOf(survey, one, kLevel);
}
std::optional<std::int64_t> BalanceMinusAge(const Survey& survey, const Answer& one) {
  if (!one.cells[kBalance].present) return std::nullopt;
  return UnitsOf(survey, one, kBalance) - 100 * UnitsOf(survey, one, kAge);
}

TEST(ValueRelease, FiguresAreThoseOfThePlainReference) {
  const std::string has_balance = " FROM data WHERE balance IS NOT NULL";
  Survey survey = TestSurvey({For("mean(age + level)"),
                              For("variance(3 * age - level)"),
                              For("sum(2.5 - balance)"),
                              For("mean(age)"),
                              For("SELECT mean(balance - age)" + has_balance),
                              For("SELECT median(balance - age)" + has_balance),
                              For("SELECT sum(age + level) FROM data GROUP BY member"),
                              {"mean(3 * age - level)", "", true}});
  survey.allow_rank_statistics = true;
  survey.group_min = 1;
  std::vector<Wanted> wanted = {
      {"mean", 0, AgePlusLevel},
      {"variance", 0, AgeMinusLevel},
      {"sum", 2,
       [](const Survey& s, const Answer& one) {
         return one.cells[kBalance].present ? std::optional(250 - UnitsOf(s, one, kBalance)) : std::nullopt;
       }},
      {"mean", 0, [](const Survey& s, const Answer& one) { return std::optional(UnitsOf(s, one, kAge)); }},
      {"mean", 2, BalanceMinusAge},
      {"median", 2, BalanceMinusAge}};
  for (const std::uint64_t member : {0u, 1u}) {
    wanted.push_back({"sum", 0, [=](const Survey& s, const Answer& one) {
                        return one.cells[kMember].encoded == member ? AgePlusLevel(s, one) : std::nullopt;
                      }});
  }
  for (const std::uint64_t region : {0u, 1u, 2u}) {
    wanted.push_back({"mean", 0, [=](const Survey& s, const Answer& one) {
                        return one.cells[kRegion].encoded == region ? AgeMinusLevel(s, one) : std::nullopt;
                      }});
  }
  // Random answers are out of range now and then, and count in nothing; batches are padded.
  for (const std::vector<std::size_t>& people : std::vector<std::vector<std::size_t>>{{1}, {70, 3, 20}}) {
    std::vector<std::vector<Answer>> batches;
    std::vector<Answer> all;
    for (const std::size_t count : people) {
      batches.push_back(RandomAnswers(survey, count, 11 * count + batches.size()));
      all.insert(all.end(), batches.back().begin(), batches.back().end());
    }
    const ReleaseRun run = Release(survey, CloseAll(survey, batches));
    ASSERT_EQ(ErrorText(run.result), "");
    const std::vector<Figure> expected = PlainOf(survey, all, wanted);
    for (const auto& out : run.out) {
      ASSERT_TRUE(out && out->passed);
      EXPECT_EQ(Difference(out->figures, expected), "");
    }
  }
}

// A constant in the value is no answer of a row that nobody sees.
TEST(ValueRelease, RowsOutOfRangeAndPaddingAreInNoValue) {
  Survey survey = TestSurvey({For("sum(age + 1000)"), For("sum(age * 0.5 + level)")});
  std::vector<Answer> people = PeopleOf(survey, {20, 21, 22});
  for (Answer& one : people) one.cells[kLevel].encoded = 7;
  people.push_back(PersonOf(survey, 23));
  people.back().cells[kAge].encoded = 120;
  const ReleaseRun run = Release(survey, CloseAll(survey, {people}));
  ASSERT_EQ(ErrorText(run.result), "");
  ASSERT_TRUE(run.out[0] && run.out[0]->passed);
  EXPECT_EQ(run.out[0]->figures[0].exact_text, "3063");
  EXPECT_EQ(run.out[0]->figures[1].exact_text, "52.5");
}

TEST(ValueGate, CountsThePeopleOfEveryColumnOfAValue) {
  // Who gave a balance is not who gave an age: two gave none, and the value alone would tell their number.
  Survey survey =
      TestSurvey({For("SELECT sum(balance + age) FROM data WHERE balance IS NOT NULL"), For("count(age)")});
  std::vector<Answer> people = PeopleOf(survey, {20, 21, 22, 30, 31, 32});
  people[0].cells[kBalance].present = people[1].cells[kBalance].present = false;
  EXPECT_FALSE(GatePassed(Release(survey, CloseAll(survey, {people}))));
  Survey without = TestSurvey({survey.figures[0]});
  EXPECT_FALSE(GatePassed(Release(without, CloseAll(without, {people}))))
      << "of age, two are not in the value";
  people[2].cells[kBalance].present = false;
  EXPECT_TRUE(GatePassed(Release(survey, CloseAll(survey, {people}))));
  const Survey alone = TestSurvey({For("sum(balance * 2)")});
  EXPECT_TRUE(GatePassed(Release(alone, CloseAll(alone, {people}))));
  people[3].cells[kBalance].present = false;
  EXPECT_FALSE(GatePassed(Release(alone, CloseAll(alone, {people}))));
}

// age and a flag of 0 or 1 in the column `level`.
Survey Flagged(const std::string& figure) {
  Survey survey = TestSurvey({For(figure)});
  survey.columns[kLevel] = NumberColumn("level", 0, 1);
  survey.allow_rank_statistics = true;
  return survey;
}

TEST(ValueGate, HoldsAFlagOfTooFewInAFigureOfSeveralColumns) {
  for (const char* figure : {"covariance(age, level)", "variance(age + 1000 * level)",
                             "max(age - 1000 * level)", "weighted_total(age, level)", "sum(age + level)"}) {
    const Survey survey = Flagged(figure);
    std::vector<Answer> people = PeopleOf(survey, {20, 21, 22, 30, 31, 32});
    for (std::size_t i = 0; i < people.size(); ++i) people[i].cells[kLevel].encoded = i < 3 ? 1 : 0;
    EXPECT_TRUE(GatePassed(Release(survey, CloseAll(survey, {people})))) << figure;
    people[0].cells[kLevel].encoded = 0;
    const bool is_sum = std::string_view(figure).starts_with("sum");
    EXPECT_EQ(GatePassed(Release(survey, CloseAll(survey, {people}))), is_sum) << figure;
    for (Answer& one : people) one.cells[kLevel].encoded = 0;
    EXPECT_TRUE(GatePassed(Release(survey, CloseAll(survey, {people})))) << figure << ": nobody has it";
  }
}

// Also where all three have it.
TEST(ValueRelease, RefusesAPlanWhoseGatesDoNotCountAFlag) {
  const Survey survey = Flagged("covariance(age, level)");
  const Batches closed = CloseAll(survey, {PeopleOf(survey, {20, 21, 22})});
  SurveyPlan broken = PlanOf(survey, 64);
  ASSERT_EQ(broken.classes.size(), 1u);
  broken.classes.clear();
  const PartyRelease same{&broken, 0, {}};
  const ReleaseRun run = RunReleaseWith(survey, closed, {same, same, same});
  for (unsigned party = 0; party < 3; ++party) {
    ASSERT_TRUE(run.result.error[party].has_value());
    EXPECT_THAT(run.result.error[party]->message(), HasSubstr("do not count the classes"));
    EXPECT_TRUE(run.result.disclosures[party].empty());
  }
}

TEST(ValueRelease, OpensTheGateFirstAndThenWhatTheStatisticsDeclare) {
  const Survey survey = TestSurvey({For("mean(age + level)"), For("variance(3 * age - level)")});
  const ReleaseRun run = Release(survey, CloseAll(survey, {PeopleOf(survey, {20, 21, 22})}));
  ASSERT_EQ(ErrorText(run.result), "");
  for (const auto& disclosures : run.result.disclosures) {
    EXPECT_EQ(disclosures.front(), "gate");
    EXPECT_THAT(disclosures, UnorderedElementsAre("gate", "n", "sum", "n", "second moment"));
  }
}

TEST(ValueRelease, TrafficDoesNotDependOnTheAnswers) {
  const Survey survey = TestSurvey(
      {For("mean(3 * age - level)"), For("SELECT sum(balance - age) FROM data WHERE balance > 3")});
  std::array<std::vector<SentFrame>, 2> frames;
  for (unsigned i = 0; i < 2; ++i) {
    SimulationOptions options;
    options.hook = RecordInto(&frames[i]);
    const std::vector<Answer> people(40, PersonOf(survey, i == 0 ? 25 : 70));
    ASSERT_EQ(ErrorText(Release(survey, CloseAll(survey, {people}), options).result), "");
  }
  EXPECT_FALSE(frames[0].empty());
  EXPECT_EQ(frames[0], frames[1]);
}

TEST(ValueRelease, IsInTheUnitOfItsColumnsWhereTheyAreAddedUp) {
  Survey survey = TestSurvey({For("mean(age - level)"), For("mean(3 * age - level)"), For("mean(age * 12)"),
                              For("mean(age + balance)"), For("mean(age)"), For("variance(age + level)")});
  survey.columns[kAge].unit = survey.columns[kLevel].unit = "years";
  survey.columns[kBalance].unit = "EUR";
  survey.columns[kBalance].may_be_missing = false;
  const Batches closed = CloseAll(survey, {PeopleOf(survey, {20, 21, 22})});
  const ReleaseRun run = Release(survey, closed);
  ASSERT_EQ(ErrorText(run.result), "");
  std::vector<std::string> units;
  for (const ReceiptOutput& output :
       OutputsOf(survey, PlanOf(survey, RowsOf(survey, closed)), run.out[0]->figures)) {
    units.push_back(output.unit);
  }
  EXPECT_THAT(units, testing::ElementsAre("years", "", "", "", "years", ""));
}

TEST(ValueRelease, EndsWhenOnePartyFormsAnotherValue) {
  const Survey survey = TestSurvey({For("sum(age + level)")});
  const Batches closed = CloseAll(survey, {PeopleOf(survey, {20, 21, 22})});
  const SurveyPlan plan = PlanOf(survey, 64);
  const SurveyPlan odd = PlanOf(TestSurvey({For("sum(age - level)")}), 64);
  ExpectNoReleaseWithOddPlan(survey, closed, plan, odd);
}

// Also where all three have it: the gates look at the columns that the sources name.
TEST(ValueRelease, RefusesAPlanThatDoesNotSayWhatItsValuesAreFormedFrom) {
  const Survey survey = TestSurvey({For("sum(age + level)")});
  const Batches closed = CloseAll(survey, {PeopleOf(survey, {20, 21, 22})});
  const auto refusal = [&](const std::function<void(SurveyPlan*)>& spoil) {
    SurveyPlan broken = PlanOf(survey, 64);
    spoil(&broken);
    const PartyRelease same{&broken, 0, {}};
    const ReleaseRun run = RunReleaseWith(survey, closed, {same, same, same});
    for (const auto& disclosures : run.result.disclosures) {
      EXPECT_EQ(disclosures.empty(), run.result.error[0].has_value());
    }
    return run.result.error[0] ? run.result.error[0]->message() : std::string("none");
  };
  EXPECT_EQ(refusal([](SurveyPlan*) {}), "none");
  EXPECT_THAT(refusal([](SurveyPlan* plan) { plan->plans[0].sources[0].columns.pop_back(); }),
              HasSubstr("other values"));
  EXPECT_THAT(refusal([](SurveyPlan* plan) { plan->plans[0].sources[0].value = 1; }),
              HasSubstr("other values"));
  EXPECT_THAT(refusal([](SurveyPlan* plan) { plan->plans[0].sources[0].value.reset(); }),
              HasSubstr("other columns"));
  EXPECT_THAT(refusal([](SurveyPlan* plan) {
                plan->values[0].columns.pop_back();
                plan->plans[0].sources[0].columns.pop_back();
              }),
              HasSubstr("a value of columns"));
  EXPECT_THAT(refusal([](SurveyPlan* plan) {
                plan->values[0].value.children[1].column = kRegion;
                plan->values[0].columns = plan->plans[0].sources[0].columns = {kAge, kRegion};
              }),
              HasSubstr("a value of columns"));
  EXPECT_THAT(refusal([](SurveyPlan* plan) { plan->values[0].value.kind = ValueKind::kMultiply; }),
              HasSubstr("a value of columns"));
  EXPECT_THAT(refusal([](SurveyPlan* plan) {
                --plan->values[0].type.bits;
                --plan->plans[0].plan.columns[0].type.bits;
              }),
              HasSubstr("a value of columns"));
}

// A peer that changes a bit of what it sends neither opens a shut gate nor bends a figure.
TEST(ValueRelease, AFlippedBitNeitherOpensTheGateNorBendsAFigure) {
  const Survey survey =
      TestSurvey({For("sum(3 * age - level)"), For("SELECT mean(age + level) FROM data WHERE age > 50")});
  for (const bool pass : {true, false}) {
    const Batches closed =
        CloseAll(survey, {PeopleOf(survey, pass ? std::vector<std::int64_t>{20, 21, 22, 60, 61, 62}
                                                : std::vector<std::int64_t>{20, 21, 22, 60, 61})});
    const auto release = [&](const SimulationOptions& options) { return Release(survey, closed, options); };
    ExpectFlippedBitsToStop(release, pass, 45, pass ? 5 : 6);
  }
}

}  // namespace
}  // namespace mpcstats
