// A survey by its address: fetched from each of its servers under the hash that the person was given.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>

#include "survey_system.h"

namespace mpcstats::e2e {
namespace {

using testing::HasSubstr;

std::string ReadFile(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

std::vector<std::string> With(std::vector<std::string> arguments, std::vector<std::string> more) {
  arguments.insert(arguments.end(), more.begin(), more.end());
  return arguments;
}

// The url line that a server's configuration has.
std::string UrlOf(const SurveySystem& system, const std::string& name) {
  const std::string config = ReadFile(system.path(name + "/config.toml"));
  const std::size_t at = config.find("url = \"") + 7;
  return config.substr(at, config.find('"', at) - at);
}

TEST(Address, EachServerGivesTheSurveyToWhoeverKnowsItsHash) {
  // The first, and two at each of the five servers.
  SurveySystem system({.batch_min = 11});
  const Outcome first = system.Share("1", "first");
  ASSERT_EQ(first.code, 0) << first.err;
  const auto ticket = nlohmann::json::parse(ReadFile(system.path("first.ticket.json")));
  const std::string hash = ticket["survey"].get<std::string>();
  unsigned number = 2;
  for (const std::string& name : system.ServiceNames()) {
    const std::string url = UrlOf(system, name);
    for (const std::string& address : {url + "/v1/surveys/" + hash, url + "#" + hash}) {
      const std::string file = system.path(std::to_string(number) + ".ticket.json");
      const Outcome shared = RunProgram({"share", "--survey", address, "--set",
                                         "amount=" + std::to_string(number), "--yes", "--ticket", file});
      ASSERT_EQ(shared.code, 0) << address << ": " << shared.err;
      // The ticket is the pin of what follows.
      const Outcome status = RunProgram({"status", file, "--survey", url});
      EXPECT_EQ(status.code, 0) << url << ": " << status.err;
      ++number;
    }
  }
  const std::string office = UrlOf(system, "coordinator");
  ASSERT_EQ(system.AwaitCount(number - 1, "result.json").code, 0);
  const std::vector<std::string> query = {"query", "--survey", office, "-o", system.path("again.json")};
  EXPECT_EQ(RunProgram(With(query, {"--survey-hash", hash})).code, 0);
  const Outcome unpinned = RunProgram(query);
  EXPECT_EQ(unpinned.code, 1);
  EXPECT_THAT(unpinned.out, HasSubstr(hash));
  EXPECT_THAT(unpinned.out, HasSubstr("Not pinned"));
  const std::vector<std::string> verify = {"verify", system.path("again.json"), "--survey"};
  EXPECT_EQ(RunProgram(With(verify, {office + "#" + hash})).code, 0);
  EXPECT_EQ(RunProgram(With(verify, {office})).code, 1);
  EXPECT_EQ(RunProgram(
                {"included", system.path("first.ticket.json"), system.path("again.json"), "--survey", office})
                .code,
            0);
}

TEST(Address, AWithdrawalNeedsNoFile) {
  SurveySystem system;
  ASSERT_EQ(system.Share("5", "regret").code, 0);
  const Outcome gone =
      RunProgram({"withdraw", system.path("regret.ticket.json"), "--survey", UrlOf(system, "party1")});
  EXPECT_EQ(gone.code, 0) << gone.err;
}

TEST(Address, AServerThatDoesNotKnowTheSurveySaysSo) {
  SurveySystem system;
  const std::string hash(64, 'a');
  const Outcome shared =
      RunProgram({"share", "--survey", UrlOf(system, "party0") + "#" + hash, "--set", "amount=1", "--yes"});
  EXPECT_EQ(shared.code, 2);
  EXPECT_THAT(shared.err, HasSubstr("of that hash"));
}

}  // namespace
}  // namespace mpcstats::e2e
