// A survey from nothing to a verified result, with real processes, and what happens when they die or people change their minds.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <thread>

#include "survey_system.h"

namespace mpcstats::e2e {
namespace {

using testing::HasSubstr;
using testing::Not;

std::string ReadFile(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

std::vector<std::string> Amounts(unsigned count, unsigned first = 1) {
  std::vector<std::string> values;
  for (unsigned i = 0; i < count; ++i) values.push_back(std::to_string(first + i));
  return values;
}

TEST(Survey, CountsEveryAnswerOnceAndItsResultVerifiesOffline) {
  SurveySystem system({.batch_min = 17});
  // 1 + ... + 11 and the texts that floating-point arithmetic gets wrong.
  std::vector<std::string> values = Amounts(11);
  for (const char* text : {"0", "0.00", "0.09", "0.57", "1000000.01", "-999.99"}) values.emplace_back(text);
  const Outcome shared = system.ShareMany(values, "many");
  ASSERT_EQ(shared.code, 0) << shared.err;
  ASSERT_EQ(system.AwaitCount(17, "result.json").code, 0);
  EXPECT_EQ(SurveySystem::Figure(system.path("result.json"), "sum(amount)"), "999066.68");

  const Outcome verified = RunProgram({"verify", system.path("result.json"), "--survey", system.survey()});
  EXPECT_EQ(verified.code, 0) << verified.out;
  const Outcome included =
      RunProgram({"included", system.path("many/00003.ticket.json"), system.path("result.json")});
  EXPECT_EQ(included.code, 0) << included.out << included.err;
  const Outcome status =
      RunProgram({"status", system.path("many/00003.ticket.json"), "--survey", system.survey()});
  EXPECT_THAT(status.out, HasSubstr("input set of batch"));
}

TEST(Survey, AResultWithoutAPinnedSignerIsNotVerified) {
  SurveySystem system;
  ASSERT_EQ(system.ShareMany(Amounts(10), "many").code, 0);
  ASSERT_EQ(system.AwaitCount(10, "result.json").code, 0);
  const Outcome outcome = RunProgram({"verify", system.path("result.json")});
  EXPECT_EQ(outcome.code, 1);
  EXPECT_THAT(outcome.out, HasSubstr("signer not pinned"));
}

TEST(Survey, AnAlteredResultIsRefusedAndTheFieldIsNamed) {
  SurveySystem system;
  ASSERT_EQ(system.ShareMany(Amounts(10), "many").code, 0);
  ASSERT_EQ(system.AwaitCount(10, "result.json").code, 0);
  std::string text = ReadFile(system.path("result.json"));
  const std::size_t at = text.find("\"55\"");
  ASSERT_NE(at, std::string::npos);
  text.replace(at, 4, "\"56\"");
  std::ofstream(system.path("altered.json")) << text;
  const Outcome outcome = RunProgram({"verify", system.path("altered.json"), "--survey", system.survey()});
  EXPECT_EQ(outcome.code, 1);
  EXPECT_THAT(outcome.out, HasSubstr("outputs[0]"));
}

TEST(Survey, TooFewAnswersReleaseNothing) {
  SurveySystem system;
  ASSERT_EQ(system.ShareMany(Amounts(9), "many").code, 0);
  const Outcome outcome = system.Query("result.json");
  EXPECT_NE(outcome.code, 0);
  EXPECT_THAT(outcome.err, HasSubstr("10 or more answers"));
  EXPECT_FALSE(std::filesystem::exists(system.path("result.json")));
}

TEST(Survey, FreeQueriesAreRefusedWithTheReason) {
  SurveySystem system({.batch_min = 10, .extra_columns = "", .start = false});
  const Outcome outcome = RunProgram({"query", "--survey", system.survey(), "median(amount)"});
  EXPECT_NE(outcome.code, 0);
  EXPECT_THAT(outcome.err, HasSubstr("catalogue"));
  EXPECT_THAT(outcome.err, HasSubstr("sum(amount)"));
}

TEST(Survey, AWithdrawnAnswerIsLeftOut) {
  SurveySystem system;
  ASSERT_EQ(system.ShareMany(Amounts(8), "many").code, 0);
  ASSERT_EQ(system.Share("500000", "regret").code, 0);
  const Outcome withdrawn =
      RunProgram({"withdraw", system.path("regret.ticket.json"), "--survey", system.survey()});
  ASSERT_EQ(withdrawn.code, 0) << withdrawn.err;
  ASSERT_EQ(system.ShareMany(Amounts(2, 9), "more").code, 0);
  ASSERT_EQ(system.AwaitCount(10, "result.json").code, 0);
  EXPECT_EQ(SurveySystem::Figure(system.path("result.json"), "sum(amount)"), "55");
  const Outcome status =
      RunProgram({"status", system.path("regret.ticket.json"), "--survey", system.survey()});
  EXPECT_THAT(status.out, HasSubstr("withdrawn"));
  const Outcome included =
      RunProgram({"included", system.path("regret.ticket.json"), system.path("result.json")});
  EXPECT_EQ(included.code, 1);
}

TEST(Survey, ReplacingIsAskedForAndCountsTheNewAnswerOnly) {
  SurveySystem system;
  ASSERT_EQ(system.ShareMany(Amounts(8), "many").code, 0);
  ASSERT_EQ(system.Share("500000", "mine").code, 0);
  const Outcome silent = system.Share("9", "mine");
  EXPECT_EQ(silent.code, 2);
  EXPECT_THAT(silent.err, HasSubstr("--replace"));
  ASSERT_EQ(system.Share("9", "mine", {"--replace", system.path("mine.ticket.json")}).code, 0);
  ASSERT_EQ(system.Share("10", "other").code, 0);
  ASSERT_EQ(system.AwaitCount(10, "result.json").code, 0);
  EXPECT_EQ(SurveySystem::Figure(system.path("result.json"), "sum(amount)"), "55");
}

TEST(Survey, ASecondBatchAddsToTheFirstAndReceiptsAreChained) {
  SurveySystem system;
  ASSERT_EQ(system.ShareMany(Amounts(10), "first").code, 0);
  ASSERT_EQ(system.AwaitCount(10, "one.json").code, 0);
  ASSERT_EQ(system.ShareMany(Amounts(10, 11), "second").code, 0);
  ASSERT_EQ(system.AwaitCount(20, "two.json").code, 0);
  EXPECT_EQ(SurveySystem::Figure(system.path("two.json"), "sum(amount)"), "210");
  const auto two = nlohmann::json::parse(ReadFile(system.path("two.json")));
  EXPECT_EQ(two["body"]["sequence"], 2);
  EXPECT_THAT(two["body"]["previous"].get<std::string>(), Not(testing::ContainsRegex("^0+$")));
}

constexpr char kTeamColumn[] =
    "[[columns]]\nname = \"team\"\nkind = \"category\"\ncategories = [\"works\", \"office\"]\n";

struct Teams {
  unsigned works, office;
  [[nodiscard]] unsigned people() const { return works + office; }
};

// People of two teams, who earn 1, 2, 3, ... and are shared at once.
Outcome ShareTeams(SurveySystem& system, Teams teams, const std::string& name) {
  std::ofstream csv(system.path(name + ".csv"));
  csv << "amount,team\n";
  for (unsigned i = 0; i < teams.people(); ++i) csv << i + 1 << (i < teams.works ? ",works\n" : ",office\n");
  csv.close();
  return RunProgram({"share", "--survey", system.survey(), "--csv", system.path(name + ".csv"), "--yes",
                     "--ticket", system.path(name)});
}

// Until the answer is in that batch; or gives up.
bool AwaitBatch(const SurveySystem& system, const std::string& ticket, unsigned batch) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  while (std::chrono::steady_clock::now() < deadline) {
    const Outcome status = RunProgram({"status", system.path(ticket), "--survey", system.survey()});
    if (status.out.find("input set of batch " + std::to_string(batch)) != std::string::npos) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
  }
  return false;
}

// The first release, in one.json: what was said of it.
Outcome ReleaseFirst(SurveySystem& system, Teams teams) {
  Outcome shared = ShareTeams(system, teams, "first");
  return shared.code != 0 ? shared : system.AwaitCount(teams.people(), "one.json");
}

// After the first release: a batch with one person alone in a cell, whose answer a release would tell, and then one with others
// for her. Both are in the second release, two.json.
void ExpectHeldUntilOthersCome(SurveySystem& system, Teams first, Teams one_alone, Teams others) {
  ASSERT_EQ(ShareTeams(system, one_alone, "second").code, 0);
  ASSERT_TRUE(AwaitBatch(system, "second/00001.ticket.json", 2));
  ASSERT_EQ(ShareTeams(system, others, "third").code, 0);
  const unsigned held = first.people() + one_alone.people();
  const Outcome released = system.AwaitCount(held + others.people(), "two.json");
  ASSERT_EQ(released.code, 0) << released.err;
  const auto two = nlohmann::json::parse(ReadFile(system.path("two.json")));
  EXPECT_EQ(two["body"]["sequence"], 2) << held << " people were never a release";
}

TEST(Survey, ReleasesTheFiguresOfAQueryAndHoldsThemWhenTheRestIsTooFew) {
  SurveySystem system(
      {.batch_min = 16,
       .group_min = 8,
       .extra_columns =
           std::string(kTeamColumn) +
           "[[figures]]\nexpr = \"SELECT count(amount), sum(amount) FROM data WHERE team = 'works'\"\n"
           "label = \"At the works\"\n"});
  const std::string count = "SELECT count(amount) FROM data WHERE team = 'works'";
  const std::string sum = "SELECT sum(amount) FROM data WHERE team = 'works'";
  const Teams at_first = {.works = 8, .office = 8};
  const Outcome first = ReleaseFirst(system, at_first);
  ASSERT_EQ(first.code, 0) << first.err;
  EXPECT_THAT(first.out, HasSubstr(sum));
  EXPECT_EQ(SurveySystem::Figure(system.path("one.json"), count), "8");
  EXPECT_EQ(SurveySystem::Figure(system.path("one.json"), sum), "36");
  const Outcome verified = RunProgram({"verify", system.path("one.json"), "--survey", system.survey()});
  EXPECT_EQ(verified.code, 0) << verified.out;
  EXPECT_THAT(verified.out, HasSubstr("exactly those of the survey's catalogue"));
  EXPECT_TRUE(system.AwaitPage("At the works: sum(amount)"));

  // One newcomer outside of the filter: her amount would be the difference of two sums.
  ASSERT_NO_FATAL_FAILURE(
      ExpectHeldUntilOthersCome(system, at_first, {.works = 15, .office = 1}, {.works = 9, .office = 7}));
  EXPECT_EQ(SurveySystem::Figure(system.path("two.json"), count), "32");
}

TEST(Survey, ReleasesTablesAndHoldsThemWhenAClassIsTooSmall) {
  SurveySystem system(
      {.batch_min = 32,
       .group_min = 16,
       .extra_columns = std::string(kTeamColumn) +
                        "[[figures]]\nexpr = \"frequency(team)\"\nlabel = \"Teams\"\n"
                        "[[figures]]\nexpr = \"count(team)\"\n"
                        "[[figures]]\nexpr = \"sum(2 * amount + 1)\"\n"
                        "[[figures]]\nexpr = \"welch_t(amount, team)\"\nlabel = \"Do teams differ\"\n"});
  const Teams at_first = {.works = 16, .office = 16};
  const Outcome first = ReleaseFirst(system, at_first);
  ASSERT_EQ(first.code, 0) << first.err;
  EXPECT_THAT(first.out, HasSubstr("works"));
  EXPECT_THAT(first.out, HasSubstr("degrees of freedom"));
  const auto one = nlohmann::json::parse(ReadFile(system.path("one.json")));
  const auto parts_of = [](const nlohmann::json& file, const std::string& expression) {
    for (const auto& output : file["body"]["outputs"]) {
      if (output["expression"] == expression) return output["parts"];
    }
    return nlohmann::json();
  };
  const auto teams = parts_of(one, "frequency(team)");
  ASSERT_EQ(teams.size(), 2u);
  EXPECT_EQ(teams[0]["name"], "works");
  EXPECT_EQ(teams[0]["exact"], "16");
  EXPECT_EQ(teams[1]["exact"], "16");
  EXPECT_EQ(parts_of(one, "welch_t(amount, team)").size(), 3u);
  const double sum = std::stod(SurveySystem::Figure(system.path("one.json"), "sum(amount)"));
  EXPECT_EQ(std::stod(SurveySystem::Figure(system.path("one.json"), "sum(2 * amount + 1)")), 2 * sum + 32);
  const Outcome verified = RunProgram({"verify", system.path("one.json"), "--survey", system.survey()});
  EXPECT_EQ(verified.code, 0) << verified.out;
  EXPECT_TRUE(system.AwaitPage("Do teams differ"));

  // Another number in the place of one that was signed.
  std::string altered = ReadFile(system.path("one.json"));
  const std::string signed_part = R"("exact":"16","name":"works")";
  ASSERT_NE(altered.find(signed_part), std::string::npos);
  altered.replace(altered.find(signed_part), signed_part.size(), R"("exact":"17","name":"works")");
  std::ofstream(system.path("altered.json")) << altered;
  const Outcome refused = RunProgram({"verify", system.path("altered.json"), "--survey", system.survey()});
  EXPECT_EQ(refused.code, 1);
  EXPECT_THAT(refused.out, HasSubstr("FAULT outputs["));

  // One newcomer of the office: with the counts before, everybody would know what she answered.
  ASSERT_NO_FATAL_FAILURE(
      ExpectHeldUntilOthersCome(system, at_first, {.works = 31, .office = 1}, {.works = 16, .office = 16}));
  const auto two = nlohmann::json::parse(ReadFile(system.path("two.json")));
  EXPECT_EQ(parts_of(two, "frequency(team)")[1]["exact"], "33");
}

TEST(Survey, CheckPointsAtWhatIsWrongInAQuery) {
  SurveySystem system({.batch_min = 16, .group_min = 8, .start = false});
  const std::string toml = ReadFile(system.path("survey.toml"));
  const std::string figure = "[[figures]]\nexpr = \"sum(amount)\"";
  const auto check = [&](const std::string& query) {
    std::string text = toml;
    text.replace(text.find(figure), figure.size(), "[[figures]]\nexpr = \"" + query + "\"\n" + figure);
    std::ofstream(system.path("other.toml")) << text;
    return RunProgram({"survey", "check", system.path("other.toml")});
  };
  const Outcome good =
      check("SELECT count(amount) FROM data WHERE amount > 5 GROUP BY bucket(amount, 10, 20)");
  EXPECT_EQ(good.code, 0) << good.err;
  EXPECT_THAT(good.out, HasSubstr("by bucket(amount, 10, 20)"));
  for (const auto& [query, what] : std::vector<std::pair<std::string, std::string>>{
           {"SELECT count(amount) FROM data WHERE amounts > 5", "at character 38"},
           {"SELECT count(amount) FROM data WHERE amount > 'five'", "at character 38"},
           {"SELECT count(amount) FROM data WHERE", "at character 37"},
           {"SELECT count(amount) FROM data WHERE amount > 5000000000", "true of nobody"},
           {"SELECT sum(amount) FROM data WHERE amount > 5", "add count(amount)"},
           {"sum(amount + 'five')", "at character 14"},
           {"sum(amount * 1000000000000)", "more than 18 digits"},
           {"histogram(amount + 1, 5)", "formed from columns"}}) {
    const Outcome bad = check(query);
    EXPECT_EQ(bad.code, 2) << query;
    EXPECT_THAT(bad.err, HasSubstr(what)) << query;
  }
}

TEST(Survey, AnswersSentToThePartiesDirectlyAreCounted) {
  SurveySystem system;
  ASSERT_EQ(system.Share("11", "direct", {"--direct"}).code, 0);
  ASSERT_EQ(system.ShareMany(Amounts(10), "many").code, 0);
  ASSERT_EQ(system.AwaitCount(11, "result.json").code, 0);
  EXPECT_EQ(SurveySystem::Figure(system.path("result.json"), "sum(amount)"), "66");
}

TEST(Survey, AKilledPartyLosesAndDoublesNothing) {
  SurveySystem system({.batch_min = 12});
  ASSERT_EQ(system.ShareMany(Amounts(6), "before").code, 0);
  system.Kill("party1", SIGKILL);
  ASSERT_EQ(system.ShareMany(Amounts(6, 7), "while").code, 0);
  system.StartService("party1");
  ASSERT_EQ(system.AwaitCount(12, "result.json").code, 0);
  EXPECT_EQ(SurveySystem::Figure(system.path("result.json"), "sum(amount)"), "78");
}

TEST(Survey, AKilledCoordinatorKeepsItsPromises) {
  SurveySystem system;
  ASSERT_EQ(system.ShareMany(Amounts(9), "before").code, 0);
  system.Kill("coordinator", SIGKILL);
  const Outcome away = system.Share("10", "mine");
  EXPECT_NE(away.code, 0);
  system.StartService("coordinator");
  // The answer that got no ticket is sent again and counts once.
  ASSERT_EQ(system.Share("10", "mine").code, 0);
  ASSERT_EQ(system.AwaitCount(10, "result.json").code, 0);
  EXPECT_EQ(SurveySystem::Figure(system.path("result.json"), "sum(amount)"), "55");
}

TEST(Survey, EverythingRestartedGivesTheSameResult) {
  SurveySystem system;
  ASSERT_EQ(system.ShareMany(Amounts(10), "many").code, 0);
  ASSERT_EQ(system.AwaitCount(10, "one.json").code, 0);
  for (const std::string& name : system.ServiceNames()) system.Kill(name, SIGKILL);
  for (const std::string& name : system.ServiceNames()) system.StartService(name);
  ASSERT_EQ(system.AwaitCount(10, "two.json").code, 0);
  EXPECT_EQ(ReadFile(system.path("one.json")), ReadFile(system.path("two.json")));
}

TEST(Survey, NothingSecretIsInLogsArgumentsOrFileNames) {
  SurveySystem system;
  std::vector<std::string> values = Amounts(9);
  values.emplace_back("1234567.89");  // in units 123456789
  ASSERT_EQ(system.ShareMany(values, "many").code, 0);
  ASSERT_EQ(system.AwaitCount(10, "result.json").code, 0);
  const auto ticket = nlohmann::json::parse(ReadFile(system.path("many/00010.ticket.json")));
  const std::string control_key = ticket["control_key"].get<std::string>();
  std::string arguments;
  for (const std::string& name : system.ServiceNames()) arguments += ReadProc(system.PidOf(name), "cmdline");
  for (const std::string& name : system.ServiceNames()) system.Kill(name, SIGTERM);
  std::string names;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(system.path("")))
    names += entry.path().string() + "\n";
  ASSERT_THAT(system.Logs(), HasSubstr("listening"));
  for (const std::string& seen : {system.Logs(), arguments, names}) {
    for (const std::string& secret : {std::string("1234567.89"), std::string("123456789"), control_key}) {
      EXPECT_THAT(seen, Not(HasSubstr(secret)));
    }
  }
  for (const std::string& name : {"party0", "party1", "party2", "coordinator", "publish"}) {
    for (const auto& entry : std::filesystem::recursive_directory_iterator(system.path(name))) {
      if (!entry.is_regular_file()) continue;
      EXPECT_THAT(ReadFile(entry.path()), Not(HasSubstr("1234567.89"))) << entry.path();
    }
  }
}

TEST(Survey, ItsPageIsReadableInABrowser) {
  SurveySystem system(
      {.batch_min = 34,
       .group_min = 16,
       .extra_columns =
           std::string(kTeamColumn) +
           "[[figures]]\nexpr = \"frequency(team)\"\nlabel = \"Teams\"\n"
           "[[figures]]\nexpr = \"count(team)\"\n"
           "[[figures]]\nexpr = \"SELECT count(amount), mean_interval(amount) FROM data GROUP BY team\"\n"
           "label = \"By team\"\n"});
  ASSERT_EQ(ShareTeams(system, {.works = 16, .office = 18}, "many").code, 0);
  ASSERT_EQ(system.AwaitCount(34, "result.json").code, 0);
  const std::string address = "http://127.0.0.1:" + std::to_string(system.page_port());
  ASSERT_TRUE(system.AwaitPage("mpcstats verify"));
  const std::string command =
      "bash " + SourceFile("tests/page/run.sh") + " " + address + "/ " + MPCSTATS_PAGE_WORK + " 2>&1";
  FILE* const pipe = popen(command.c_str(), "r");
  ASSERT_NE(pipe, nullptr);
  std::string said;
  char buffer[512];
  while (fgets(buffer, sizeof(buffer), pipe) != nullptr) said += buffer;
  EXPECT_EQ(pclose(pipe), 0) << said;
}

TEST(Survey, InvitationsCountOnceEach) {
  const Outcome made = [] {
    const std::string file =
        (std::filesystem::temp_directory_path() / "mpcstats-e2e-invitations.txt").string();
    std::filesystem::remove(file);
    return RunProgram({"survey", "invite", "12", "-o", file});
  }();
  ASSERT_EQ(made.code, 0) << made.err;
  SurveySystem system({.batch_min = 11, .extra_columns = "", .eligibility = made.out});
  const std::string all = ReadFile(std::filesystem::temp_directory_path() / "mpcstats-e2e-invitations.txt");
  std::ofstream(system.path("first.txt")) << all.substr(0, all.find('\n') + 1);
  std::filesystem::permissions(system.path("first.txt"), std::filesystem::perms::owner_read);
  EXPECT_EQ(system.Share("500000", "uninvited").code, 2);
  ASSERT_EQ(system.Share("1", "one", {"--invite", system.path("first.txt")}).code, 0);
  ASSERT_EQ(system.Share("500000", "again", {"--invite", system.path("first.txt")}).code, 0);
  std::ofstream csv(system.path("rest.csv"));
  csv << "amount\n";
  for (unsigned i = 2; i <= 11; ++i) csv << i << "\n";
  csv.close();
  std::ofstream(system.path("rest.txt")) << all.substr(all.find('\n') + 1);
  const Outcome rest =
      RunProgram({"share", "--survey", system.survey(), "--csv", system.path("rest.csv"), "--yes", "--ticket",
                  system.path("rest"), "--invite", system.path("rest.txt")});
  ASSERT_EQ(rest.code, 0) << rest.err;
  ASSERT_EQ(system.AwaitCount(11, "result.json").code, 0);
  EXPECT_EQ(SurveySystem::Figure(system.path("result.json"), "sum(amount)"), "66");
}

}  // namespace
}  // namespace mpcstats::e2e
