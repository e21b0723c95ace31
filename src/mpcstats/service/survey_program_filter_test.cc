// Filters and groups of a catalogue: figures against a reference that knows no query, gates against every pair of figures.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "mpcstats/service/survey_gate_testing.h"

namespace mpcstats {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::UnorderedElementsAre;

using Who = std::function<bool(const Survey&, const Answer&)>;

CatalogueFigure Of(const std::string& item, const std::string& selection) {
  return For("SELECT " + item + " FROM data" + selection);
}

bool Has(const Survey& survey, const Answer& answer, std::size_t column) {
  return !survey.columns[column].may_be_missing || answer.cells[column].present;
}
std::int64_t ValueOf(const Survey& survey, const Answer& answer, std::size_t column) {
  return survey.columns[column].Type().Decode(answer.cells[column].encoded);
}
Who AgeFrom(std::int64_t least) {
  return [least](const Survey& survey, const Answer& one) { return ValueOf(survey, one, kAge) >= least; };
}
Who AgeBetween(std::int64_t low, std::int64_t below) {
  return [=](const Survey& survey, const Answer& one) {
    return ValueOf(survey, one, kAge) >= low && ValueOf(survey, one, kAge) < below;
  };
}

bool PassesClosed(const Survey& survey, const Batches& batches, std::size_t first_new = 0) {
  return GatePassed(RunRelease(survey, batches, first_new));
}

bool Passes(const Survey& survey, const std::vector<std::vector<Answer>>& batches,
            std::size_t first_new = 0) {
  return PassesClosed(survey, CloseAll(survey, batches), first_new);
}

/// A column, a statistic of it, and the people of each output.
struct Expected {
  std::string statistic;
  std::size_t column;
  Who who;
};

std::vector<Figure> PlainOf(const Survey& survey, const std::vector<Answer>& answers,
                            const std::vector<Expected>& outputs) {
  std::vector<Figure> figures;
  for (const Expected& output : outputs) {
    const ColumnType type = survey.columns[output.column].Type();
    std::vector<std::int64_t> units;
    for (const Answer& one : answers) {
      if (IsWithinRanges(survey, one) && Has(survey, one, output.column) && output.who(survey, one))
        units.push_back(ValueOf(survey, one, output.column));
    }
    figures.push_back(FindStatistic(output.statistic)->Plain(std::span(&units, 1), std::span(&type, 1), {}));
  }
  return figures;
}

struct Catalogue {
  std::vector<CatalogueFigure> figures;
  std::vector<Expected> outputs;
};

Catalogue Everything() {
  Catalogue all;
  const auto add = [&](const CatalogueFigure& figure, const std::vector<Expected>& outputs) {
    all.figures.push_back(figure);
    all.outputs.insert(all.outputs.end(), outputs.begin(), outputs.end());
  };
  const Who everybody = [](const Survey&, const Answer&) { return true; };
  const Who in_south = [](const Survey&, const Answer& one) { return one.cells[kRegion].encoded == 1; };
  const auto both = [](Who a, Who b) {
    return [a = std::move(a), b = std::move(b)](const Survey& survey, const Answer& one) {
      return a(survey, one) && b(survey, one);
    };
  };
  const Who rich = [](const Survey& survey, const Answer& one) {
    return Has(survey, one, kBalance) && ValueOf(survey, one, kBalance) > 2050;
  };
  const Who unknown = [](const Survey& survey, const Answer& one) { return !Has(survey, one, kBalance); };
  const auto member = [](std::uint64_t is) {
    return [is](const Survey&, const Answer& one) { return one.cells[kMember].encoded == is; };
  };
  add(For("mean(balance)"), {{"mean", kBalance, everybody}});
  add(Of("mean(balance)", " WHERE age >= 50"), {{"mean", kBalance, AgeFrom(50)}});
  add(Of("median(age)", " WHERE age >= 50 AND region = 'south'"),
      {{"median", kAge, both(AgeFrom(50), in_south)}});
  add(Of("count(age)", " WHERE balance IS NULL"), {{"count", kAge, unknown}});
  add(Of("sum(level)", " WHERE balance > 20.5 GROUP BY member"),
      {{"sum", kLevel, both(rich, member(0))}, {"sum", kLevel, both(rich, member(1))}});
  add(Of("variance(age)", " GROUP BY bucket(age, 30, 60)"), {{"variance", kAge, AgeBetween(0, 30)},
                                                             {"variance", kAge, AgeBetween(30, 60)},
                                                             {"variance", kAge, AgeBetween(60, 200)}});
  add(Of("count(level)", " GROUP BY bucket(balance, 20.51)"),
      {{"count", kLevel,
        [=](const Survey& survey, const Answer& one) { return !unknown(survey, one) && !rich(survey, one); }},
       {"count", kLevel, rich},
       {"count", kLevel, unknown}});
  return all;
}

TEST(FilteredRelease, FiguresAreThoseOfThePlainReference) {
  const Catalogue catalogue = Everything();
  Survey survey = TestSurvey(catalogue.figures);
  survey.group_min = 1;
  for (const std::vector<std::size_t>& people : std::vector<std::vector<std::size_t>>{{1}, {60, 1, 9}}) {
    std::vector<std::vector<Answer>> batches;
    std::vector<Answer> all;
    for (const std::size_t count : people) {
      batches.push_back(RandomAnswers(survey, count, 7 * count + batches.size()));
      all.insert(all.end(), batches.back().begin(), batches.back().end());
    }
    const ReleaseRun run = RunRelease(survey, CloseAll(survey, batches), 0);
    ASSERT_EQ(ErrorText(run.result), "");
    const std::vector<Figure> expected = PlainOf(survey, all, catalogue.outputs);
    for (const auto& out : run.out) {
      ASSERT_TRUE(out && out->passed);
      EXPECT_EQ(Difference(out->figures, expected), "");
    }
  }
}

TEST(FilteredRelease, TheReferenceNoticesAnotherFilter) {
  const Survey survey = TestSurvey({For("count(age)")});
  const std::vector<Answer> people = PeopleOf(survey, {30, 31, 32, 50});
  EXPECT_NE(Difference(PlainOf(survey, people, {{"count", kAge, AgeFrom(31)}}),
                       PlainOf(survey, people, {{"count", kAge, AgeFrom(32)}})),
            "");
}

TEST(FilteredGate, HoldsAFilterThatSelectsTooFew) {
  const Survey survey = TestSurvey({Of("count(age)", " WHERE age >= 60")});
  EXPECT_FALSE(Passes(survey, {PeopleOf(survey, {20, 21, 22, 23, 60})}));
  EXPECT_FALSE(Passes(survey, {PeopleOf(survey, {20, 21, 22, 60, 61})}));
  EXPECT_TRUE(Passes(survey, {PeopleOf(survey, {20, 21, 22, 60, 61, 62})}));
  EXPECT_TRUE(Passes(survey, {PeopleOf(survey, {20, 21, 22, 23})})) << "nobody is 60";
}

// Beside the figure of everybody the filtered one gives that of those whom the filter leaves out.
TEST(FilteredGate, HoldsAFilterThatLeavesTooFewOut) {
  const Survey survey = TestSurvey({For("count(age)"), For("sum(age)"), Of("count(age)", " WHERE age >= 60"),
                                    Of("sum(age)", " WHERE age >= 60")});
  EXPECT_FALSE(Passes(survey, {PeopleOf(survey, {60, 61, 62, 63, 64, 20})}));
  EXPECT_FALSE(Passes(survey, {PeopleOf(survey, {60, 61, 62, 63, 20, 21})}));
  EXPECT_TRUE(Passes(survey, {PeopleOf(survey, {60, 61, 62, 22, 20, 21})}));
  EXPECT_TRUE(Passes(survey, {PeopleOf(survey, {60, 61, 62, 63})})) << "nobody is left out";
}

TEST(FilteredGate, HoldsTwoFiltersThatDifferByTooFew) {
  const Survey survey = TestSurvey({Of("sum(age)", " WHERE age >= 30"), Of("sum(age)", " WHERE age >= 31")});
  EXPECT_FALSE(Passes(survey, {PeopleOf(survey, {20, 21, 22, 30, 40, 41, 42})})) << "one is 30";
  EXPECT_FALSE(Passes(survey, {PeopleOf(survey, {20, 21, 22, 30, 30, 41, 42, 43})}));
  EXPECT_TRUE(Passes(survey, {PeopleOf(survey, {20, 21, 22, 30, 30, 30, 41, 42, 43})}));
  EXPECT_TRUE(Passes(survey, {PeopleOf(survey, {20, 21, 22, 41, 42, 43})})) << "nobody is 30";
}

// Each alone has enough, and so has what each leaves out; the two of them together tell two people's sum.
TEST(FilteredGate, HoldsFiltersThatCrossInTooFew) {
  const Survey survey =
      TestSurvey({Of("sum(age)", " WHERE age >= 50"), Of("sum(age)", " WHERE member = 'yes'")});
  std::vector<Answer> people;
  for (const std::uint64_t member : {0u, 1u}) {
    for (int i = 0; i < 3; ++i) {
      people.push_back(PersonOf(survey, 20, 0, member));
      people.push_back(PersonOf(survey, 60, 0, member));
    }
  }
  EXPECT_TRUE(Passes(survey, {people}));
  people.pop_back();
  EXPECT_FALSE(Passes(survey, {people})) << "two members are 50 and older";
}

TEST(FilteredGate, HoldsAGroupOfTooFew) {
  const Survey survey = TestSurvey({Of("sum(level)", " GROUP BY bucket(age, 30, 60)")});
  EXPECT_FALSE(Passes(survey, {PeopleOf(survey, {20, 21, 22, 40, 41, 70, 71, 72})}));
  EXPECT_TRUE(Passes(survey, {PeopleOf(survey, {20, 21, 22, 40, 41, 42, 70, 71, 72})}));
  EXPECT_TRUE(Passes(survey, {PeopleOf(survey, {20, 21, 22, 70, 71, 72})}));
}

TEST(FilteredGate, HoldsACellOfThePartitionAndAGroupThatCrossInTooFew) {
  const Survey survey = TestSurvey({{"sum(level)", "", true}, Of("sum(level)", " GROUP BY member")});
  std::vector<Answer> people;
  for (std::uint64_t region = 0; region < 3; ++region) {
    for (int i = 0; i < 6; ++i) people.push_back(PersonOf(survey, 30, region, i < 3 ? 0 : 1));
  }
  EXPECT_TRUE(Passes(survey, {people}));
  people.pop_back();
  EXPECT_FALSE(Passes(survey, {people}));
}

TEST(FilteredGate, HoldsAGroupOfThoseWhoLeftTheColumnOut) {
  const Survey survey = TestSurvey({Of("count(age)", " GROUP BY bucket(balance, 0)")});
  std::vector<Answer> people = PeopleOf(survey, {20, 21, 22, 23, 24, 25});
  for (const std::size_t i : {0u, 1u}) people[i].cells[kBalance].present = false;
  EXPECT_FALSE(Passes(survey, {people}));
  people[2].cells[kBalance].present = false;
  EXPECT_TRUE(Passes(survey, {people}));
}

TEST(FilteredGate, CountsTheNewcomersOfEachCell) {
  const Survey survey = TestSurvey({For("count(age)"), Of("count(age)", " WHERE age >= 60")});
  const std::vector<Answer> old = PeopleOf(survey, {20, 21, 22, 60, 61, 62});
  EXPECT_FALSE(Passes(survey, {old, PeopleOf(survey, {20, 21, 22, 60})}, 1))
      << "enough newcomers, one of them 60";
  EXPECT_FALSE(Passes(survey, {old, PeopleOf(survey, {20, 60, 61, 62})}, 1));
  EXPECT_TRUE(Passes(survey, {old, PeopleOf(survey, {60, 61, 62})}, 1));
  EXPECT_TRUE(Passes(survey, {old, PeopleOf(survey, {60, 61}), PeopleOf(survey, {62})}, 1));
}

TEST(FilteredGate, RowsOutOfRangeAreInNoCell) {
  const Survey survey = TestSurvey({Of("count(level)", " WHERE age < 30")});
  std::vector<Answer> people = PeopleOf(survey, {20, 21, 22});
  std::vector<Answer> bad = PeopleOf(survey, {40, 41});
  for (Answer& one : bad) one.cells[kAge].encoded = 100;
  people.insert(people.end(), bad.begin(), bad.end());
  EXPECT_TRUE(Passes(survey, {people}));
}

// For random people and filters: whatever two figures of two releases differ by is nobody or at least group_min people.
TEST(FilteredGate, WhatAnyTwoFiguresDifferByIsNobodyOrEnough) {
  std::mt19937_64 random(5);
  int passed = 0;
  int held = 0;
  // With fewer, all of them might be held.
  const int trials = static_cast<int>(std::max<std::size_t>(8, ScaledTrials(24)));
  for (int trial = 0; trial < trials; ++trial) {
    const auto a = static_cast<std::int64_t>(20 + random() % 3);
    const auto b = static_cast<std::int64_t>(20 + random() % 3);
    const std::vector<std::pair<CatalogueFigure, std::vector<Who>>> entries = {
        {Of("sum(level)", " WHERE age > " + std::to_string(a)), {AgeFrom(a + 1)}},
        {Of("sum(level)", " WHERE NOT age > " + std::to_string(b) + " GROUP BY member"),
         {[b](const Survey& survey, const Answer& one) {
            return ValueOf(survey, one, kAge) <= b && one.cells[kMember].encoded == 0;
          },
          [b](const Survey& survey, const Answer& one) {
            return ValueOf(survey, one, kAge) <= b && one.cells[kMember].encoded == 1;
          }}},
        {For("sum(level)"), {[](const Survey&, const Answer&) { return true; }}}};
    std::vector<CatalogueFigure> figures;
    std::vector<Who> people_of;
    for (const auto& [figure, who] : entries) {
      figures.push_back(figure);
      people_of.insert(people_of.end(), who.begin(), who.end());
    }
    const Survey survey = TestSurvey(figures);
    // Few kinds of people, and several of each: so that some releases pass.
    std::array<std::vector<Answer>, 2> batches;
    for (auto& batch : batches) {
      for (int kind = 0; kind < 3; ++kind) {
        const auto age = static_cast<std::int64_t>(20 + random() % 3);
        const std::uint64_t member = random() % 2;
        const std::size_t count = random() % 6 == 0 ? 2 : 3 + random() % 3;
        for (std::size_t i = 0; i < count; ++i) batch.push_back(PersonOf(survey, age, 0, member));
      }
    }
    // Closing a batch does not look at the other one, nor at the figures.
    Batches closed = CloseAll(survey, {batches[0]});
    const bool first = PassesClosed(survey, closed);
    if (first) closed.push_back(CloseAll(survey, {batches[1]})[0]);
    const bool second = first && PassesClosed(survey, closed, 1);
    (first ? passed : held) += 1;
    const std::size_t releases = second ? 2 : first ? 1 : 0;
    // Of each figure of each release who is in it, as places in the list of all.
    std::vector<std::vector<bool>> members;
    for (std::size_t r = 0; r < releases; ++r) {
      for (const Who& who : people_of) {
        std::vector<bool> in;
        for (std::size_t batch = 0; batch < 2; ++batch) {
          for (const Answer& one : batches[batch]) in.push_back(batch <= r && who(survey, one));
        }
        members.push_back(std::move(in));
      }
    }
    for (const auto& left : members) {
      for (const auto& right : members) {
        std::size_t differ = 0;
        for (std::size_t i = 0; i < left.size(); ++i) differ += left[i] && !right[i] ? 1u : 0u;
        EXPECT_TRUE(differ == 0 || differ >= survey.group_min) << differ << " people in trial " << trial;
      }
    }
  }
  EXPECT_GT(passed, trials / 10);
  EXPECT_GT(held, trials / 10);
}

TEST(FilteredRelease, OpensTheGateFirstAndThenWhatTheStatisticsDeclare) {
  const Survey survey = TestSurvey({Of("count(age)", " WHERE age >= 50"), Of("mean(age)", " WHERE age >= 50"),
                                    Of("sum(age)", " GROUP BY member")});
  std::vector<Answer> people = PeopleOf(survey, {20, 21, 22, 60, 61, 62});
  const ReleaseRun run = RunRelease(survey, CloseAll(survey, {people}), 0);
  ASSERT_EQ(ErrorText(run.result), "");
  for (const auto& disclosures : run.result.disclosures) {
    EXPECT_EQ(disclosures.front(), "gate");
    EXPECT_THAT(disclosures, UnorderedElementsAre("gate", "n", "sum", "n", "sum", "n", "sum"));
  }
}

TEST(FilteredRelease, TrafficDoesNotDependOnTheAnswers) {
  const Survey survey =
      TestSurvey({Of("count(balance)", " WHERE age >= 50"), Of("mean(age)", " WHERE balance > 3"),
                  Of("sum(age)", " GROUP BY bucket(age, 30)")});
  for (const bool pass : {true, false}) {
    std::array<std::vector<SentFrame>, 2> frames;
    std::array<ReleaseRun, 2> runs;
    for (unsigned i = 0; i < 2; ++i) {
      std::vector<std::int64_t> ages(pass ? 60 : 1, i == 0 ? 25 : 70);
      SimulationOptions options;
      options.hook = RecordInto(&frames[i]);
      runs[i] = RunRelease(survey, CloseAll(survey, {PeopleOf(survey, ages)}), 0, options);
      ASSERT_EQ(ErrorText(runs[i].result), "");
      ASSERT_EQ(runs[i].out[0]->passed, pass);
    }
    EXPECT_FALSE(frames[0].empty());
    EXPECT_EQ(frames[0], frames[1]);
    EXPECT_EQ(runs[0].result.cost, runs[1].result.cost);
  }
}

TEST(FilteredRelease, EndsWhenOnePartyHasAnotherFilterOrAnotherGroup) {
  const Survey survey = TestSurvey({Of("sum(age)", " WHERE age > 30 GROUP BY bucket(level, 5)")});
  const Survey filter = TestSurvey({Of("sum(age)", " WHERE age > 31 GROUP BY bucket(level, 5)")});
  const Survey group = TestSurvey({Of("sum(age)", " WHERE age > 30 GROUP BY bucket(level, 6)")});
  const Batches closed = CloseAll(survey, {PeopleOf(survey, {20, 21, 22, 60, 61, 62})});
  const SurveyPlan plan = *PlanSurvey(survey, 64);
  for (const Survey* other : {&filter, &group}) {
    const SurveyPlan odd = *PlanSurvey(*other, 64);
    ExpectNoReleaseWithOddPlan(survey, closed, plan, odd);
  }
}

TEST(FilteredRelease, RefusesAPlanWhoseFilterOrGroupIsNotThere) {
  const Survey survey = TestSurvey({Of("sum(age)", " WHERE age > 30 GROUP BY bucket(level, 5)")});
  const Batches closed = CloseAll(survey, {PeopleOf(survey, {20, 21, 22})});
  const auto refusal = [&](const SurveyPlan& plan) {
    const PartyRelease same{&plan, 0, {}};
    const ReleaseRun run = RunReleaseWith(survey, closed, {same, same, same});
    return run.result.error[0] ? run.result.error[0]->message() : std::string("none");
  };
  SurveyPlan broken = *PlanSurvey(survey, 64);
  EXPECT_EQ(refusal(broken), "none");
  broken.plans[0].filter = 1;
  EXPECT_THAT(refusal(broken), HasSubstr("no such filter"));
  broken = *PlanSurvey(survey, 64);
  broken.plans[1].grouping = 1;
  EXPECT_THAT(refusal(broken), HasSubstr("a group that it does not define"));
  broken = *PlanSurvey(survey, 64);
  broken.plans[1].cell = 2;
  EXPECT_THAT(refusal(broken), HasSubstr("a group that it does not define"));
  broken = *PlanSurvey(survey, 64);
  broken.columns.pop_back();
  EXPECT_THAT(refusal(broken), HasSubstr("other columns"));
}

// A peer that changes a bit of what it sends neither opens a shut gate nor bends a figure.
TEST(FilteredRelease, AFlippedBitNeitherOpensTheGateNorBendsAFigure) {
  const Survey survey = TestSurvey({For("count(age)"), Of("count(age)", " WHERE age >= 60"),
                                    Of("sum(age)", " WHERE age >= 60 GROUP BY member")});
  for (const bool pass : {true, false}) {
    const Batches closed =
        CloseAll(survey, {PeopleOf(survey, pass ? std::vector<std::int64_t>{20, 21, 22, 60, 61, 62}
                                                : std::vector<std::int64_t>{20, 21, 22, 23, 24, 60})});
    const auto release = [&](const SimulationOptions& options) {
      return RunRelease(survey, closed, 0, options);
    };
    ExpectFlippedBitsToStop(release, pass, 45, pass ? 3 : 4);
  }
}

}  // namespace
}  // namespace mpcstats
