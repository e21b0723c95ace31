// Every process dies at every named point of its work, and in the middle of writes; then it is started again and the survey
// goes on. Whatever the point: each answer with a ticket counts once, the sum is that of the answers, and nobody ever shows two
// receipts of one number.
#include <gtest/gtest.h>
#include <signal.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <random>
#include <thread>

#include "mpcstats/service/party_client.h"
#include "mpcstats/survey/receipt.h"
#include "survey_system.h"

namespace mpcstats::crash {
namespace {

using e2e::Outcome;
using e2e::SurveySystem;

constexpr int kDied = 86;
constexpr unsigned kBatch = 4;

struct Fault {
  std::string service;
  std::string option;  ///< --die-at or --tear-write
  std::string where;
};

std::string ReadFile(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

/// A survey that goes from fault to fault, with what must be true of it.
class Ordeal {
 public:
  explicit Ordeal(unsigned seed)
      : random_(seed),
        system_({.batch_min = kBatch}),
        survey_(*SignedSurvey::FromJson(ReadFile(system_.survey()))) {}

  void Suffer(const Fault& fault) {
    SCOPED_TRACE(fault.service + " " + fault.option + " " + fault.where);
    system_.Kill(fault.service, SIGTERM);
    system_.StartServiceAs(fault.service, MPCSTATS_MORTAL_BINARY, {fault.option, fault.where});
    std::vector<Answer> unsent;
    for (unsigned i = 0; i < kBatch; ++i) {
      const Answer answer{.amount = std::to_string(random_() % 1'000'000),
                          .ticket = "t" + std::to_string(people_++)};
      sum_ += std::stoull(answer.amount);
      if (!Send(answer)) unsent.push_back(answer);
    }
    const Outcome end = system_.AwaitEnd(fault.service);
    ASSERT_FALSE(end.timed_out) << "the point was not reached\n" << end.err;
    ASSERT_EQ(end.code, kDied) << end.err;
    system_.StartService(fault.service);
    // Whoever got no ticket sends again, as the program tells her to.
    for (const Answer& answer : unsent) ASSERT_TRUE(Send(answer)) << answer.ticket;

    const Outcome counted = system_.AwaitCount(people_, "result.json");
    ASSERT_EQ(counted.code, 0) << counted.err << system_.Logs();
    const std::string result = system_.path("result.json");
    ASSERT_EQ(SurveySystem::Figure(result, "count(amount)"), std::to_string(people_));
    ASSERT_EQ(SurveySystem::Figure(result, "sum(amount)"), std::to_string(sum_));
    CompareReceipts(ReadFile(result));
  }

 private:
  struct Answer {
    std::string amount;
    std::string ticket;
  };

  bool Send(const Answer& answer) { return system_.Share(answer.amount, answer.ticket).code == 0; }

  // A party that died before the last of a release came to it takes it over soon.
  Result<std::string> AwaitRelease(PartyClient& client, std::uint32_t sequence) {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
    for (;;) {
      Result<std::string> text = client.Release(std::to_string(sequence));
      if (text || std::chrono::steady_clock::now() > deadline) return text;
      std::this_thread::sleep_for(std::chrono::milliseconds(100));
    }
  }

  // All that three parties and the publisher show, against all that anybody showed before.
  void CompareReceipts(const std::string& newest) {
    const std::uint32_t last = Note("query", newest);
    for (std::uint32_t sequence = 1; sequence <= last; ++sequence) {
      for (unsigned party = 0; party < 3; ++party) {
        auto client = PartyClient::Create(survey_, party);
        ASSERT_TRUE(client);
        const auto text = AwaitRelease(*client, sequence);
        ASSERT_TRUE(text) << "party " << party << ", release " << sequence << ": " << text.error().message();
        EXPECT_EQ(Note("party " + std::to_string(party), *text), sequence);
      }
    }
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(30);
    for (;;) {
      auto url = Url::Parse("http://127.0.0.1:" + std::to_string(system_.page_port()));
      auto client = HttpClient::Create({.base = *url});
      const auto response =
          (*client)->Request("GET", "/v1/surveys/" + ToHex(survey_.hash()) + "/releases/latest");
      if (response && response->status == 200) {
        const ByteSpan content = response->Content();
        if (Note("publisher", {content.begin(), content.end()}) == last) break;
      }
      ASSERT_LT(std::chrono::steady_clock::now(), deadline) << "the publisher does not show release " << last;
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
    }
  }

  std::uint32_t Note(const std::string& who, const std::string& text) {
    const auto parsed = ParseResult(text);
    EXPECT_TRUE(parsed) << who << ": " << text;
    if (!parsed) return 0;
    EXPECT_TRUE(VerifyResult(*parsed, {.survey_hash = survey_.hash()}).ok) << who;
    const std::uint32_t sequence = parsed->receipt.body.sequence;
    const std::string body = CanonicalJson(parsed->receipt.body);
    const auto [known, added] = bodies_.emplace(sequence, body);
    EXPECT_EQ(known->second, body) << who << " shows another release " << sequence << " than was seen before";
    return sequence;
  }

  std::mt19937_64 random_;
  SurveySystem system_;
  SignedSurvey survey_;
  unsigned people_ = 0;
  std::uint64_t sum_ = 0;
  std::map<std::uint32_t, std::string> bodies_;
};

// Each list of faults on a survey of its own, beside each other: most of the time is spent waiting.
void SufferBesideEachOther(const std::vector<std::vector<Fault>>& lists) {
  const unsigned seed = std::random_device()();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::vector<std::unique_ptr<Ordeal>> ordeals;  // one after the other, or they would take each other's ports
  for (unsigned i = 0; i < lists.size(); ++i) ordeals.push_back(std::make_unique<Ordeal>(seed + i));
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < lists.size(); ++i) {
    threads.emplace_back([&, i] {
      for (const Fault& fault : lists[i]) {
        if (testing::Test::HasFatalFailure()) return;
        ordeals[i]->Suffer(fault);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
}

TEST(Crash, APartyDiesAtEachPointOfItsWork) {
  std::vector<std::vector<Fault>> lists;
  for (const char* party : {"party0", "party1", "party2"}) {
    std::vector<Fault>& list = lists.emplace_back();
    for (const char* point :
         {"party.stored", "close.agreed", "close.prepared", "close.signed", "close.closed",
          "release.intended", "release.computed", "release.saved", "release.signed", "release.complete"}) {
      list.push_back({party, "--die-at", point});
    }
  }
  SufferBesideEachOther(lists);
}

TEST(Crash, CoordinatorAndPublisherDieAtEachPointAndAnyoneInTheMiddleOfAWrite) {
  SufferBesideEachOther({
      {{"coordinator", "--die-at", "coordinator.stored"},
       {"coordinator", "--die-at", "coordinator.delivered"},
       {"coordinator", "--die-at", "coordinator.ordered"},
       {"coordinator", "--die-at", "coordinator.ordered:3"}},
      {{"coordinator", "--die-at", "coordinator.ordered:5"},
       {"coordinator", "--die-at", "coordinator.fetched"},
       {"publish", "--die-at", "publisher.verified"},
       {"publish", "--die-at", "publisher.adopted"}},
      {{"party0", "--tear-write", "1"},
       {"party1", "--tear-write", "12"},
       {"coordinator", "--tear-write", "2"},
       {"publish", "--tear-write", "1"}},
  });
}

}  // namespace
}  // namespace mpcstats::crash
