#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "mpcstats/service/survey_gate_testing.h"

namespace mpcstats {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::UnorderedElementsAre;

const std::vector<CatalogueFigure> kBalanceOnly = {{"count(balance)", "", false},
                                                   {"mean(balance)", "", false}};
const std::vector<CatalogueFigure> kByRegion = {{"count(age)", "", true}, {"sum(age)", "", true}};
const std::vector<CatalogueFigure> kEverything = {
    {"count(balance)", "", false}, {"mean(balance)", "", false},   {"count(balance)", "", true},
    {"sum(balance)", "", true},    {"gini(level)", "", false},     {"count(level)", "", false},
    {"max(balance)", "", true},    {"count(region)", "", false},   {"variance(age)", "", false},
    {"count(age)", "", false},     {"median(balance)", "", false}, {"quantile(age, 0.3)", "", false},
    {"min(level)", "", false}};

Batches Close(const Survey& survey, const std::vector<std::vector<Answer>>& batches) {
  Batches closed;
  for (std::size_t b = 0; b < batches.size(); ++b) {
    CloseOptions options;
    options.simulation.seed = b + 50;
    CloseRun run = RunClose(survey, batches[b], options);
    EXPECT_EQ(ErrorText(run.result), "");
    closed.push_back(std::move(run.batch));
  }
  return closed;
}

// `count` honest people in a region.
std::vector<Answer> People(const Survey& survey, std::size_t count, std::uint64_t region) {
  std::vector<Answer> answers;
  for (std::size_t i = 0; i < count; ++i) {
    answers.push_back(
        HonestAnswer(survey, "p" + std::to_string(i), static_cast<std::int64_t>(i) - 3, 30, region));
  }
  return answers;
}

std::vector<Answer> Join(std::vector<Answer> first, const std::vector<Answer>& second) {
  first.insert(first.end(), second.begin(), second.end());
  return first;
}

// What the gate says of newcomers in `batches` from `first_new` on.
bool Passes(const Survey& survey, const std::vector<std::vector<Answer>>& batches,
            std::size_t first_new = 0) {
  const ReleaseRun run = RunRelease(survey, Close(survey, batches), first_new);
  if (!GatePassed(run)) return false;
  std::vector<Answer> all;
  for (const auto& batch : batches) all = Join(std::move(all), batch);
  EXPECT_EQ(Difference(run.out[0]->figures, PlainFigures(survey, all)), "");
  return true;
}

TEST(ReleaseProgram, FiguresAreThoseOfThePlainReference) {
  Survey survey = TestSurvey(kEverything);
  survey.group_min = 1;
  const std::vector<std::vector<std::size_t>> versions = {{1}, {63}, {64}, {65}, {1000}, {70, 1, 64, 30}};
  for (std::size_t v = 0; v < versions.size(); ++v) {
    SCOPED_TRACE("version " + std::to_string(v));
    std::vector<std::vector<Answer>> batches;
    std::vector<Answer> all;
    for (const std::size_t people : versions[v]) {
      batches.push_back(RandomAnswers(survey, people, 10 * v + batches.size() + 1));
      all = Join(std::move(all), batches.back());
    }
    const ReleaseRun run = RunRelease(survey, Close(survey, batches), 0);
    ASSERT_EQ(ErrorText(run.result), "");
    const std::vector<Figure> expected = PlainFigures(survey, all);
    for (const auto& out : run.out) {
      ASSERT_TRUE(out && out->passed);
      EXPECT_EQ(Difference(out->figures, expected), "");
    }
  }
}

TEST(ReleaseProgram, RowsOutOfRangeAreInNoFigure) {
  const Survey survey = TestSurvey({{"count(balance)", "", false},
                                    {"mean(balance)", "", false},
                                    {"count(age)", "", true},
                                    {"max(age)", "", true},
                                    {"count(level)", "", false},
                                    {"sum(level)", "", false}});
  std::vector<Answer> answers = Join(People(survey, 5, 0), Join(People(survey, 5, 1), People(survey, 5, 2)));
  const std::vector<Figure> without = PlainFigures(survey, answers);
  std::vector<Answer> bad(4, HonestAnswer(survey, "bad", 70'000, 50, 1));
  bad[0].cells[kBalance].encoded = survey.columns[kBalance].Type().Encode(100'001);
  bad[1].cells[kAge].encoded = 17;
  bad[2].cells[kAge].encoded = 100;
  bad[3].cells[kRegion].encoded = 3;
  answers.insert(answers.begin() + 7, bad.begin(), bad.end());
  const ReleaseRun run = RunRelease(survey, Close(survey, {answers}), 0);
  ASSERT_EQ(ErrorText(run.result), "");
  ASSERT_TRUE(run.out[0]->passed);
  EXPECT_EQ(Difference(run.out[0]->figures, without), "");
}

TEST(ReleaseProgram, TheReferenceNoticesARowOutOfRange) {
  const Survey survey = TestSurvey(kBalanceOnly);
  std::vector<Answer> answers = People(survey, 5, 0);
  const std::vector<Figure> whole = PlainFigures(survey, answers);
  answers[2].cells[kAge].encoded = 17;
  EXPECT_NE(Difference(whole, PlainFigures(survey, answers)), "");
}

TEST(Gate, HoldsOneNewcomerBelowTheMinimumOfACellAndPassesAtIt) {
  const Survey survey = TestSurvey(kByRegion);
  const std::vector<Answer> others = Join(People(survey, 20, 0), People(survey, 6, 2));
  EXPECT_FALSE(Passes(survey, {Join(others, People(survey, 1, 1))}));
  EXPECT_FALSE(Passes(survey, {Join(others, People(survey, 2, 1))}));
  EXPECT_TRUE(Passes(survey, {Join(others, People(survey, 3, 1))}));
  EXPECT_TRUE(Passes(survey, {others})) << "nobody is new in region 1";
}

TEST(Gate, HoldsForEveryCell) {
  const Survey survey = TestSurvey(kByRegion);
  for (std::uint64_t few = 0; few < 3; ++few) {
    const std::vector<Answer> others =
        Join(People(survey, 5, (few + 1) % 3), People(survey, 5, (few + 2) % 3));
    EXPECT_FALSE(Passes(survey, {Join(others, People(survey, 2, few))})) << "region " << few;
  }
}

TEST(Gate, TakesEverybodyTogetherWhenNothingIsSplit) {
  const Survey survey = TestSurvey(kBalanceOnly);
  EXPECT_TRUE(Passes(survey, {Join(People(survey, 2, 0), People(survey, 1, 1))}));
  EXPECT_FALSE(Passes(survey, {Join(People(survey, 1, 0), People(survey, 1, 1))}));
}

TEST(Gate, CountsEveryColumnOfTheCatalogueAlone) {
  const Survey survey = TestSurvey({{"count(balance)", "", false}, {"count(age)", "", false}});
  std::vector<Answer> answers = People(survey, 6, 0);
  for (const std::size_t missing : {0u, 2u, 5u}) answers[missing].cells[kBalance].present = false;
  EXPECT_TRUE(Passes(survey, {answers})) << "three balances";
  answers[1].cells[kBalance].present = false;
  EXPECT_FALSE(Passes(survey, {answers})) << "two balances";
  answers[3].cells[kBalance].present = false;
  answers[4].cells[kBalance].present = false;
  EXPECT_TRUE(Passes(survey, {answers})) << "no balance";
}

TEST(Gate, ColumnsOutsideOfTheCatalogueDoNotHoldARelease) {
  const Survey survey = TestSurvey({{"count(age)", "", false}});
  std::vector<Answer> answers = People(survey, 4, 0);
  answers[0].cells[kBalance].present = false;
  answers[1].cells[kBalance].present = false;
  EXPECT_TRUE(Passes(survey, {answers}));
}

TEST(Gate, RowsOutOfRangeAreNoNewcomers) {
  const Survey survey = TestSurvey(kBalanceOnly);
  std::vector<Answer> answers = People(survey, 3, 0);
  EXPECT_TRUE(Passes(survey, {answers}));
  answers[1].cells[kAge].encoded = 17;
  EXPECT_FALSE(Passes(survey, {answers}));
}

TEST(Gate, ALaterVersionCountsItsNewcomersOnly) {
  const Survey survey = TestSurvey(kByRegion);
  const std::vector<Answer> old = Join(People(survey, 10, 0), People(survey, 10, 1));
  EXPECT_FALSE(Passes(survey, {old, People(survey, 2, 1)}, 1));
  EXPECT_TRUE(Passes(survey, {old, People(survey, 2, 1)}, 0)) << "together they are enough";
  EXPECT_TRUE(Passes(survey, {old, People(survey, 3, 1)}, 1));
  EXPECT_TRUE(Passes(survey, {old, People(survey, 3, 2)}, 1)) << "the cell was empty before";
  // Two old ones do not hold what comes behind them.
  EXPECT_TRUE(Passes(survey, {People(survey, 2, 0), People(survey, 3, 0)}, 1));
  EXPECT_FALSE(Passes(survey, {People(survey, 3, 0), People(survey, 2, 0)}, 1));
}

TEST(Gate, AddsTheNewBatchesUp) {
  const Survey survey = TestSurvey(kByRegion);
  const std::vector<Answer> old = People(survey, 10, 0);
  EXPECT_TRUE(Passes(survey, {old, People(survey, 1, 1), People(survey, 2, 1)}, 1));
  EXPECT_FALSE(Passes(survey, {old, People(survey, 1, 1), People(survey, 2, 1)}, 2));
  EXPECT_TRUE(Passes(survey, {old, People(survey, 1, 1)}, 2)) << "nobody is new";
}

TEST(Gate, OpensNothingButItselfWhenItIsShut) {
  const Survey survey = TestSurvey(kEverything);
  const ReleaseRun run = RunRelease(survey, Close(survey, {People(survey, 2, 0)}), 0);
  ASSERT_EQ(ErrorText(run.result), "");
  for (unsigned party = 0; party < 3; ++party) {
    ASSERT_TRUE(run.out[party].has_value());
    EXPECT_FALSE(run.out[party]->passed);
    EXPECT_TRUE(run.out[party]->figures.empty());
    EXPECT_THAT(run.result.disclosures[party], ElementsAre("gate"));
  }
}

TEST(ReleaseProgram, OpensTheGateFirstAndThenWhatTheStatisticsDeclare) {
  const Survey survey = TestSurvey({{"count(balance)", "", false},
                                    {"mean(balance)", "", false},
                                    {"count(age)", "", true},
                                    {"sum(age)", "", true}});
  const ReleaseRun run = RunRelease(survey, Close(survey, {People(survey, 5, 0)}), 0);
  ASSERT_EQ(ErrorText(run.result), "");
  for (const auto& disclosures : run.result.disclosures) {
    EXPECT_EQ(disclosures.front(), "gate");
    // One n a column and cell.
    EXPECT_THAT(disclosures, UnorderedElementsAre("gate", "n", "sum", "n", "n", "n", "sum", "sum", "sum"));
  }
}

TEST(ReleaseProgram, ColumnsForEverybodyAreNotConvertedAgain) {
  const Survey everybody = TestSurvey({{"mean(balance)", "", false}});
  const Survey split = TestSurvey({{"mean(balance)", "", true}});
  const Batches closed = Close(everybody, {People(everybody, 10, 0)});
  const ReleaseRun stored = RunRelease(everybody, closed, 0);
  const ReleaseRun again = RunRelease(split, closed, 0);
  ASSERT_EQ(ErrorText(stored.result) + ErrorText(again.result), "");
  // A conversion takes more than 129 ANDs a row; the gate and the count about two each.
  EXPECT_LT(stored.result.cost[0].and_gates, 64u * 10);
  EXPECT_GT(again.result.cost[0].and_gates, 3u * 64 * 129);
}

TEST(ReleaseProgram, PeopleWithoutACellAreInNone) {
  Survey survey = TestSurvey(kByRegion);
  const SurveyPlan plan = *PlanSurvey(survey, 64);
  // PlanSurvey refuses such a partition; a missing region is stored as the first one.
  survey.columns[kRegion].may_be_missing = true;
  std::vector<Answer> answers = People(survey, 9, 0);
  for (std::size_t r = 0; r < 4; ++r) answers[r].cells[kRegion].present = false;
  const PartyRelease same{&plan, 0, {}};
  const ReleaseRun run = RunReleaseWith(survey, Close(survey, {answers}), {same, same, same});
  ASSERT_EQ(ErrorText(run.result), "");
  ASSERT_TRUE(run.out[0]->passed);
  EXPECT_EQ(run.out[0]->figures[0].exact_text, "5");
  EXPECT_EQ(run.out[0]->figures[1].exact_text, "0");
}

TEST(ReleaseProgram, TrafficDoesNotDependOnTheAnswers) {
  const Survey survey = TestSurvey({{"count(balance)", "", false},
                                    {"mean(balance)", "", false},
                                    {"variance(age)", "", false},
                                    {"sum(age)", "", true},
                                    {"count(region)", "", false}});
  std::vector<Answer> random = RandomAnswers(survey, 100, 4);
  const std::vector<Answer> same(100, HonestAnswer(survey, "anna", 5, 50, 0));
  std::array<std::vector<SentFrame>, 2> frames;
  std::array<ReleaseRun, 2> runs;
  for (unsigned i = 0; i < 2; ++i) {
    SimulationOptions options;
    options.hook = RecordInto(&frames[i]);
    runs[i] = RunRelease(survey, Close(survey, {i == 0 ? same : random}), 0, options);
    ASSERT_EQ(ErrorText(runs[i].result), "");
    ASSERT_TRUE(runs[i].out[0]->passed);
  }
  EXPECT_FALSE(frames[0].empty());
  EXPECT_EQ(frames[0], frames[1]);
  EXPECT_EQ(runs[0].result.cost, runs[1].result.cost);
}

TEST(ReleaseProgram, AHeldReleaseHasOneTrafficShapeWhateverHoldsIt) {
  const Survey survey = TestSurvey(kByRegion);
  std::array<std::vector<SentFrame>, 2> frames;
  for (unsigned i = 0; i < 2; ++i) {
    SimulationOptions options;
    options.hook = RecordInto(&frames[i]);
    const std::vector<Answer> answers = Join(People(survey, i + 1, i), People(survey, 9 - i, 2));
    const ReleaseRun run = RunRelease(survey, Close(survey, {answers}), 0, options);
    ASSERT_EQ(ErrorText(run.result), "");
    ASSERT_FALSE(run.out[0]->passed);
  }
  EXPECT_EQ(frames[0], frames[1]);
}

std::string Refusal(const Survey& survey, const Batches& batches, const SurveyPlan& plan,
                    std::size_t first_new = 0) {
  const PartyRelease same{&plan, first_new, {}};
  const ReleaseRun run = RunReleaseWith(survey, batches, {same, same, same});
  for (const auto& out : run.out) EXPECT_FALSE(out.has_value());
  if (!run.result.error[0]) return "none";
  EXPECT_EQ(run.result.error[0]->code(), ErrorCode::kInvalidArgument);
  return run.result.error[0]->message();
}

TEST(ReleaseProgram, RefusesWhatDoesNotFit) {
  const Survey survey = TestSurvey(kByRegion);
  const Batches closed = Close(survey, {People(survey, 5, 0)});
  const SurveyPlan plan = *PlanSurvey(survey, 64);
  EXPECT_THAT(Refusal(survey, closed, *PlanSurvey(survey, 128)), HasSubstr("another number of rows"));
  EXPECT_THAT(Refusal(survey, closed, plan, 2), HasSubstr("fewer batches"));
  EXPECT_THAT(Refusal(survey, {}, plan), HasSubstr("no batch"));
  EXPECT_THAT(Refusal(survey, closed, SurveyPlan()), HasSubstr("the plan is empty"));
  SurveyPlan broken = plan;
  broken.plans[0].cell = 3;
  EXPECT_THAT(Refusal(survey, closed, broken), HasSubstr("a cell"));
  broken = plan;
  broken.plans[1].sources[0].columns[0] = 0;
  EXPECT_THAT(Refusal(survey, closed, broken), HasSubstr("other columns"));
  broken = plan;
  broken.outputs.back().item = 7;
  EXPECT_THAT(Refusal(survey, closed, broken), HasSubstr("no plan"));
  Survey no_minimum = survey;
  no_minimum.group_min = 0;
  EXPECT_THAT(Refusal(no_minimum, closed, plan), HasSubstr("group_min"));
}

TEST(ReleaseProgram, EndsWhenOnePartyHasAnotherCatalogueOrAnotherLastRelease) {
  const Survey survey = TestSurvey({{"mean(age)", "", false}});
  const Survey other = TestSurvey({{"mean(level)", "", false}});
  const Batches closed = Close(survey, {People(survey, 5, 0), People(survey, 5, 0)});
  const SurveyPlan plan = *PlanSurvey(survey, 128);
  const SurveyPlan other_plan = *PlanSurvey(other, 128);
  const PartyRelease usual{&plan, 0, {}};
  for (const PartyRelease& odd : {PartyRelease{&other_plan, 0, {}}, PartyRelease{&plan, 1, {}}}) {
    const ReleaseRun run = RunReleaseWith(survey, closed, {usual, odd, usual});
    for (unsigned party = 0; party < 3; ++party) {
      EXPECT_TRUE(run.result.error[party].has_value()) << "party " << party;
      EXPECT_FALSE(run.out[party].has_value()) << "party " << party;
    }
  }
}

TEST(ReleaseProgram, EndsWhenTheLastReleasesDifferByABatchOfNobody) {
  const Survey survey = TestSurvey(kBalanceOnly);
  Batches closed = Close(survey, {People(survey, 5, 0)});
  const Bytes nobody(8);
  closed.insert(closed.begin(), {nobody, nobody, nobody});
  const SurveyPlan plan = *PlanSurvey(survey, 64);
  const PartyRelease usual{&plan, 0, {}};
  EXPECT_TRUE(RunReleaseWith(survey, closed, {usual, usual, usual}).result.ok());
  const ReleaseRun run = RunReleaseWith(survey, closed, {usual, {&plan, 1, {}}, usual});
  for (const auto& error : run.result.error) EXPECT_TRUE(error.has_value());
}

TEST(ReleaseProgram, AsksOnceBehindTheOpenGateAndBeforeAnyFigure) {
  const Survey survey = TestSurvey(kBalanceOnly);
  const SurveyPlan plan = *PlanSurvey(survey, 64);
  for (const std::size_t people : {std::size_t{2}, std::size_t{3}}) {
    std::array<int, 3> asked{};
    std::array<PartyRelease, 3> parties;
    for (unsigned i = 0; i < 3; ++i) {
      parties[i] = {&plan, 0, [&asked, i]() -> Status {
                      ++asked[i];
                      return {};
                    }};
    }
    const ReleaseRun run = RunReleaseWith(survey, Close(survey, {People(survey, people, 0)}), parties);
    ASSERT_EQ(ErrorText(run.result), "");
    EXPECT_THAT(asked, testing::Each(people == 3 ? 1 : 0));
  }
}

TEST(ReleaseProgram, OpensNoFigureAnywhereWhenOnePartyCannotGoOn) {
  const Survey survey = TestSurvey(kBalanceOnly);
  const SurveyPlan plan = *PlanSurvey(survey, 64);
  const Batches closed = Close(survey, {People(survey, 5, 0)});
  for (unsigned odd = 0; odd < 3; ++odd) {
    std::array<PartyRelease, 3> parties;
    parties.fill({&plan, 0, {}});
    parties[odd].before_figures = [] { return Fail(ErrorCode::kResourceExhausted, "the disk is full"); };
    const ReleaseRun run = RunReleaseWith(survey, closed, parties);
    for (unsigned party = 0; party < 3; ++party) {
      EXPECT_TRUE(run.result.error[party].has_value()) << "party " << party;
      EXPECT_FALSE(run.out[party].has_value()) << "party " << party;
    }
    EXPECT_THAT(run.result.error[odd]->message(), HasSubstr("the disk is full"));
    EXPECT_THAT(run.result.disclosures[odd], ElementsAre("gate"));
  }
}

}  // namespace
}  // namespace mpcstats
