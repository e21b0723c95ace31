// A reader who collects everything that anybody can see of a survey, with accomplices among those who answer, and looks for two
// releases that differ by too few people. Several batches, a partition, withdrawals and replacements around the closes, a batch
// made to measure, the same question again and again, an early end.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <map>
#include <nlohmann/json.hpp>
#include <regex>
#include <set>
#include <thread>

#include "mpcstats/cli/client.h"
#include "mpcstats/survey/invite.h"
#include "rogue_coordinator.h"
#include "wire.h"

namespace mpcstats::e2e {
namespace {

using Json = nlohmann::json;

// Batches here are of exactly k, so that none closes with a part of those who are meant to be in it.
constexpr unsigned kBatchMin = 16;  // k
constexpr unsigned kGroupMin = 8;   // m

struct Person {
  std::string amount;
  std::string team;
  bool accomplice = false;  ///< the reader knows the answer
  std::string id = {};      ///< of the submission
};

std::int64_t Cents(const std::string& text) {
  const bool minus = text.starts_with("-");
  const std::size_t point = text.find('.');
  std::string digits =
      text.substr(minus ? 1 : 0, point == std::string::npos ? point : point - (minus ? 1 : 0));
  std::string fraction = point == std::string::npos ? "" : text.substr(point + 1);
  fraction.resize(2, '0');
  const std::int64_t cents = std::stoll(digits + fraction);
  return minus ? -cents : cents;
}

std::string ReadFile(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

SystemOptions Options(const InviteList& list) {
  SystemOptions options{.batch_min = kBatchMin, .group_min = kGroupMin};
  options.extra_columns =
      "[[columns]]\nname = \"team\"\nkind = \"category\"\ncategories = [\"red\", \"blue\"]\n"
      "[catalogue]\npartition = \"team\"\n"
      "[[figures]]\nexpr = \"sum(amount)\"\nby = \"team\"\n[[figures]]\nexpr = \"count(amount)\"\nby = "
      "\"team\"\n";
  options.eligibility = "eligibility = \"invite\"\ninvite_root = \"" + ToHex(list.root()) +
                        "\"\ninvite_count = " + std::to_string(list.size());
  options.start = false;
  return options;
}

InviteList MakeInvitations() {
  SystemRng rng;
  return std::move(*InviteList::Make(100, rng));
}

class DifferencingReader : public testing::Test {
 protected:
  DifferencingReader()
      : invitations(MakeInvitations()), system(Options(invitations)), survey(SurveyOf(system)) {
    for (const std::string& name : system.ServiceNames()) {
      metrics_ports.push_back(system.AddMetrics(name));
      system.StartService(name);
    }
    system.OpenSurvey();
  }

  /// These answer, each with an invitation of her own.
  void Answer(std::vector<Person> group) {
    const std::string name = "group" + std::to_string(groups++);
    std::ofstream csv(system.path(name + ".csv"));
    std::ofstream invites(system.path(name + ".txt"));
    csv << "amount,team\n";
    for (const Person& person : group) {
      csv << person.amount << "," << person.team << "\n";
      invites << InviteText(invitations.Token(invited++)) << "\n";
    }
    csv.close();
    invites.close();
    const Outcome shared =
        RunProgram({"share", "--survey", system.survey(), "--csv", system.path(name + ".csv"), "--yes",
                    "--ticket", system.path(name), "--invite", system.path(name + ".txt")});
    ASSERT_EQ(shared.code, 0) << shared.err;
    for (std::size_t i = 0; i < group.size(); ++i) {
      char file[32];
      std::snprintf(file, sizeof(file), "/%05zu.ticket.json", i + 1);
      // One answer has a ticket file, several have a directory of them.
      tickets.push_back(system.path(name) + (group.size() > 1 ? file : ""));
      group[i].id = Json::parse(ReadFile(tickets.back()))["submission"].get<std::string>();
      people.push_back(group[i]);
    }
  }
  std::vector<Person> Team(unsigned count, const std::string& team, bool accomplices) {
    std::vector<Person> group;
    for (unsigned i = 0; i < count; ++i) {
      // No two sums of a few of them are alike.
      const std::uint64_t cents = 1'000'003 + 7'919 * made * made + 104'729 * made;
      ++made;
      group.push_back(
          {std::to_string(cents / 100) + "." + std::to_string(cents % 100 / 10) + std::to_string(cents % 10),
           team, accomplices});
    }
    return group;
  }

  /// Everything that is shown to anybody, and to operators too, now.
  void Look() {
    const unsigned page = system.page_port();
    const std::string hash = ToHex(survey.hash());
    for (const std::string& target :
         {std::string("/"), std::string("/surveys/amounts"), std::string("/surveys/amounts/result.json"),
          std::string("/v1/surveys"), "/v1/surveys/" + hash + "/releases",
          "/v1/surveys/" + hash + "/releases/latest"}) {
      Keep(Get(page, target));
    }
    std::vector<const Operator*> operators = {&survey.survey().coordinator};
    for (const PartyOperator& one : survey.survey().parties) operators.push_back(&one);
    for (const Operator* one : operators) {
      auto client = ClientOf(*one);
      ASSERT_TRUE(client);
      std::vector<std::string> targets = {
          "/status",       "/batches",       "/releases",          "/releases/latest",   "/releases/1",
          "/releases/2",   "/releases/3",    "/batches/1/answers", "/batches/2/answers", "/batches/3/answers",
          "/jobs/batch-3", "/jobs/release-2"};
      for (const Person& person : people) targets.push_back("/submissions/" + person.id);
      for (const std::string& target : targets) {
        const auto response = (*client)->Request("GET", SurveyPath(survey, target));
        ASSERT_TRUE(response) << target;
        const ByteSpan content = response->Content();
        Keep({content.begin(), content.end()});
      }
      const auto audit = (*client)->Request("GET", "/v1/audit");
      ASSERT_TRUE(audit);
      Keep({audit->Content().begin(), audit->Content().end()});
    }
    for (const unsigned port : metrics_ports) {
      const std::string metrics = Get(port, "/metrics");
      EXPECT_TRUE(metrics.ends_with("# EOF\n")) << metrics;
      Keep(metrics);
    }
  }
  void Keep(const std::string& document) {
    documents.insert(document);
    const auto parsed = ParseResult(document);
    if (!parsed) return;
    ASSERT_TRUE(VerifyResult(*parsed, {.survey_hash = survey.hash()}).Trusted());
    const ReceiptBody& body = parsed->receipt.body;
    const auto [at, fresh] = releases.emplace(body.sequence, body);
    if (!fresh) EXPECT_EQ(CanonicalJson(at->second), CanonicalJson(body)) << "two releases of one number";
  }
  /// Who is counted in a batch, by what a party tells.
  std::set<std::string> MembersOf(std::uint32_t batch) {
    auto client = ClientOf(survey.survey().parties[0]);
    const auto text = Fetch(**client, "party 0", "GET",
                            SurveyPath(survey, "/batches/" + std::to_string(batch) + "/answers"));
    std::set<std::string> members;
    if (!text) return members;
    for (const Json& id : Json::parse(*text)["accepted"]) members.insert(id.get<std::string>());
    return members;
  }
  void AwaitBatches(std::size_t count) {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
    auto client = PartyClient::Create(survey, 0);
    while (client->Batches()->size() < count) {
      ASSERT_LT(std::chrono::steady_clock::now(), deadline) << "no batch " << count;
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
    }
  }
  void AwaitHeld() {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
    while (system.SaidBy("coordinator").find("release-held") == std::string::npos) {
      ASSERT_LT(std::chrono::steady_clock::now(), deadline) << "no release was held";
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
    }
  }

  /// The claim of docs/security-model.md, for each pair of releases and each cell.
  void ExpectNoSmallDifference() {
    for (const auto& [first, one] : releases) {
      for (const auto& [second, other] : releases) {
        if (second <= first) continue;
        std::set<std::uint32_t> old;
        for (const BatchRef& batch : one.batches) old.insert(batch.batch);
        std::map<std::string, unsigned> behind = {{"red", 0}, {"blue", 0}};
        for (const BatchRef& batch : other.batches) {
          if (old.erase(batch.batch) > 0) continue;
          const std::set<std::string> members = MembersOf(batch.batch);
          EXPECT_EQ(members.size(), batch.count);
          for (const Person& person : people) behind[person.team] += members.contains(person.id) ? 1 : 0;
        }
        EXPECT_TRUE(old.empty()) << "a batch went missing between releases";
        for (const auto& [team, count] : behind) {
          EXPECT_TRUE(count == 0 || count >= kGroupMin)
              << "releases " << first << " and " << second << " differ by " << count << " people of team "
              << team;
        }
      }
    }
  }

  /// No number that is shown, and no difference of two, less what accomplices answered, is an answer of somebody else.
  void ExpectNobodysAnswer() {
    std::set<std::int64_t> numbers = {0};
    const std::regex number("-?[0-9]{1,12}(\\.[0-9]{1,2})?");
    for (const std::string& document : documents) {
      for (std::sregex_iterator at(document.begin(), document.end(), number), end; at != end; ++at) {
        // What is 64 digits long is a hash, and small numbers are counts and times.
        const std::int64_t cents = Cents(at->str());
        if (std::abs(cents) >= 1'000'000) numbers.insert(cents);
      }
    }
    // Figures and their likes: hashes yield thousands of numbers by chance, whose differences mean nothing.
    std::set<std::int64_t> figures = {0};
    for (const auto& [sequence, body] : releases) {
      for (const ReceiptOutput& output : body.outputs) {
        if (output.expression.starts_with("sum")) figures.insert(Cents(output.exact));
      }
    }
    std::set<std::int64_t> known = {0};
    std::map<std::string, std::int64_t> by_team;
    for (unsigned batch = 1; batch <= 4; ++batch) {
      const std::set<std::string> members = MembersOf(batch);
      for (const Person& person : people) {
        if (person.accomplice && members.contains(person.id)) by_team[person.team] += Cents(person.amount);
      }
      std::int64_t all = 0;
      for (const auto& [team, sum] : by_team) {
        known.insert(sum);
        all += sum;
      }
      known.insert(all);
    }
    std::set<std::int64_t> secrets;
    for (const Person& person : people) {
      if (!person.accomplice) secrets.insert(Cents(person.amount));
    }
    for (const std::int64_t secret : secrets) EXPECT_FALSE(numbers.contains(secret)) << "an answer is shown";
    for (const std::int64_t one : figures) {
      for (const std::int64_t other : figures) {
        for (const std::int64_t less : known) {
          for (const std::int64_t difference : {one - other - less, one - other + less}) {
            EXPECT_FALSE(secrets.contains(difference)) << one << " - " << other << " and " << less;
          }
        }
      }
    }
  }

  InviteList invitations;
  SurveySystem system;
  SignedSurvey survey;
  std::vector<unsigned> metrics_ports;
  unsigned groups = 0;
  std::uint32_t invited = 0;
  std::uint64_t made = 1;
  std::vector<Person> people;
  std::vector<std::string> tickets;
  std::set<std::string> documents;
  std::map<std::uint32_t, ReceiptBody> releases;
};

TEST_F(DifferencingReader, FindsNoTwoReleasesThatFewerThanMPeopleStandBehind) {
  // m and m: the first release.
  Answer(Team(kGroupMin, "red", false));
  Answer(Team(kGroupMin, "blue", false));
  AwaitBatches(1);
  ASSERT_EQ(system.AwaitCount(kBatchMin, "one.json").code, 0);
  ASSERT_TRUE(system.AwaitPage("mpcstats verify"));
  Look();
  ASSERT_EQ(releases.size(), 1u);

  // A batch to measure: k answers, of which one is the victim's, alone in her team; the rest are accomplices.
  Answer(Team(kBatchMin - 1, "red", true));
  const std::size_t victim = people.size();
  Answer(Team(1, "blue", false));
  AwaitBatches(2);
  AwaitHeld();
  for (unsigned i = 0; i < 5; ++i) {
    const Outcome query = system.Query("again.json");
    Keep(ReadFile(system.path("again.json")));
    EXPECT_EQ(query.code, 0) << query.err;
  }
  Look();
  EXPECT_EQ(releases.size(), 1u) << "the gate was open for one person";

  // An accomplice wants to leave the closed batch, or to be another one in the next.
  const std::string accomplice = tickets[victim - 1];
  EXPECT_NE(RunProgram({"withdraw", accomplice, "--survey", system.survey()}).code, 0);
  std::ofstream(system.path("late.txt")) << InviteText(invitations.Token(invited++)) << "\n";
  (void)RunProgram({"share", "--survey", system.survey(), "--set", "amount=1", "--set", "team=blue", "--yes",
                    "--ticket", system.path("late.ticket.json"), "--replace", accomplice, "--invite",
                    system.path("late.txt")});
  Look();

  // m - 2 more in the victim's team: with her it is one too few. Two of them go before the close.
  Answer(Team(kGroupMin - 2, "blue", true));
  Answer(Team(kBatchMin - (kGroupMin - 2), "red", true));
  AwaitBatches(3);
  ASSERT_EQ(system.Query("again.json").code, 0);
  Keep(ReadFile(system.path("again.json")));
  Look();
  EXPECT_EQ(releases.size(), 1u) << "the gate was open for m - 1 people";

  // Others come: now there is a second release, with her among enough others.
  Answer(Team(kBatchMin / 2, "blue", false));
  Answer(Team(kBatchMin / 2, "red", false));
  AwaitBatches(4);
  ASSERT_EQ(system.AwaitCount(4 * kBatchMin, "two.json").code, 0);
  Look();
  ASSERT_EQ(releases.size(), 2u);

  // Fewer than a batch, some of whom go again, and an early end by all three: no release can be had for them.
  Answer(Team(6, "blue", true));
  EXPECT_EQ(RunProgram({"withdraw", tickets.back(), "--survey", system.survey()}).code, 0);
  for (unsigned i = 0; i < 3; ++i) {
    const Outcome closed = RunProgram({"survey", "close", system.survey(), "--config",
                                       system.path("party" + std::to_string(i) + "/config.toml")});
    EXPECT_EQ(closed.code, 0) << closed.err;
  }
  ASSERT_EQ(system.Query("again.json").code, 0);
  Keep(ReadFile(system.path("again.json")));
  Look();
  EXPECT_EQ(releases.size(), 2u);

  ExpectNoSmallDifference();
  ExpectNobodysAnswer();
}

}  // namespace
}  // namespace mpcstats::e2e
