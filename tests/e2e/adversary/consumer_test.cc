// Malicious readers: noise, floods and slowness at the publisher and the coordinator; forged results for mpcstats verify.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <functional>
#include <iterator>
#include <nlohmann/json.hpp>

#include "mpcstats/cli/client.h"
#include "rogue_coordinator.h"
#include "wire.h"

namespace mpcstats::e2e {
namespace {

using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;
using Json = nlohmann::json;

std::string ReadFile(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

class MaliciousConsumer : public testing::Test {
 protected:
  void Release() {
    std::vector<std::string> values;
    for (unsigned i = 1; i <= 10; ++i) values.push_back(std::to_string(i));
    ASSERT_EQ(system.ShareMany(values, "ten").code, 0);
    ASSERT_EQ(system.AwaitCount(10, "result.json").code, 0);
    ASSERT_TRUE(system.AwaitPage("mpcstats verify"));
  }
  bool AllAlive() {
    for (const std::string& name : system.ServiceNames()) {
      if (!IsRunning(system.PidOf(name))) return false;
    }
    return true;
  }
  int Verify(const std::string& text) {
    const std::string path = system.path("forged.json");
    std::ofstream(path, std::ios::binary) << text;
    const Outcome outcome = RunProgram({"verify", path, "--survey", system.survey()});
    EXPECT_FALSE(outcome.by_signal) << outcome.err;
    EXPECT_FALSE(outcome.out.empty() && outcome.err.empty());
    return outcome.code;
  }

  SurveySystem system;
};

TEST_F(MaliciousConsumer, NoiseAndFloodsLeaveThePageToOthers) {
  Release();
  const unsigned page = system.page_port();
  EXPECT_THAT(Talk(page, "\x16\x03\x01 this is no HTTP\r\n\r\n"), StartsWith("HTTP/1.1 400"));
  EXPECT_THAT(Talk(page, "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n"), StartsWith("HTTP/1.1 400"));
  EXPECT_THAT(Talk(page, "GET /" + std::string(20000, 'a') + " HTTP/1.1\r\nHost: a\r\n\r\n"),
              Not(HasSubstr("HTTP/1.1 200")));
  EXPECT_THAT(Talk(page, "GET / HTTP/1.1\r\nHost: a\r\nX: " + std::string(20000, 'a') + "\r\n\r\n"),
              StartsWith("HTTP/1.1 431"));
  EXPECT_THAT(Talk(page, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999999\r\n\r\n"),
              Not(HasSubstr("HTTP/1.1 200")));
  EXPECT_THAT(Talk(page, "GET /../../etc/passwd HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"),
              Not(HasSubstr("root:")));
  for (const char* name : {"coordinator", "party0", "party1", "party2"}) {
    // No TLS: no word.
    EXPECT_THAT(Talk(system.port_of(name), "GET / HTTP/1.1\r\nHost: a\r\n\r\n"),
                Not(HasSubstr("HTTP/1.1 200")))
        << name;
  }
  EXPECT_THAT(Get(page, "/"), HasSubstr("As of"));
  EXPECT_TRUE(AllAlive());
}

TEST_F(MaliciousConsumer, SlowReadersAndIdleConnectionsKeepNobodyOut) {
  Release();
  std::vector<UniqueFd> held;
  for (unsigned i = 0; i < 300; ++i) {
    held.push_back(Connect(system.page_port()));
    held.push_back(Connect(system.port_of("coordinator")));
    ASSERT_GE(held.back().get(), 0) << i;
  }
  EXPECT_THAT(Get(system.page_port(), "/"), HasSubstr("As of"));
  EXPECT_EQ(system.Share("11", "beside").code, 0);
}

TEST_F(MaliciousConsumer, WhoAsksTooMuchIsToldWhenToComeBack) {
  const SignedSurvey survey = SurveyOf(system);
  auto client = ClientOf(survey.survey().coordinator);
  ASSERT_TRUE(client);
  int status = 0;
  std::string wait;
  for (unsigned i = 0; i < 2000 && status != 429; ++i) {
    const auto response = (*client)->Request("GET", SurveyPath(survey, "/status"));
    ASSERT_TRUE(response);
    status = response->status;
    wait = response->Header("retry-after");
  }
  ASSERT_EQ(status, 429);
  EXPECT_GT(std::stoi(wait), 0);
  // Health is not for sale, and answers have a limit of their own.
  EXPECT_EQ((*client)->Request("GET", "/healthz")->status, 200);
  EXPECT_EQ(system.Share("1", "meanwhile").code, 0);
}

// Every text and number of a document, one after the other, as another one.
void ForEachLeaf(Json& at, const std::string& name, const std::function<void(const std::string&)>& visit) {
  if (at.is_structured()) {
    for (auto& [key, value] : at.items()) ForEachLeaf(value, name + "/" + key, visit);
    return;
  }
  const Json old = at;
  if (at.is_string()) {
    std::string text = at.get<std::string>();
    if (text.empty()) text = "x";
    text.back() = text.back() == '0' ? '1' : '0';
    at = text == old.get<std::string>() ? text + "1" : text;
  } else if (at.is_number_integer()) {
    at = at.get<std::int64_t>() + 1;
  } else if (at.is_boolean()) {
    at = !at.get<bool>();
  } else {
    at = "0";
  }
  visit(name);
  at = old;
}

TEST_F(MaliciousConsumer, NoFieldOfAResultCanBeAnother) {
  Release();
  const std::string good = ReadFile(system.path("result.json"));
  ASSERT_EQ(Verify(good), 0);
  Json json = Json::parse(good);
  unsigned forged = 0;
  ForEachLeaf(json, "", [&](const std::string& name) {
    ++forged;
    EXPECT_NE(Verify(json.dump()), 0) << name;
  });
  EXPECT_GT(forged, 30u);
  for (const char* field : {"body", "signatures", "field_digests", "survey", "format"}) {
    Json less = json;
    less.erase(field);
    EXPECT_NE(Verify(less.dump()), 0) << field;
  }
}

TEST_F(MaliciousConsumer, SignaturesOfOthersAndHugeFilesAreNoResult) {
  Release();
  const Json good = Json::parse(ReadFile(system.path("result.json")));
  Json swapped = good;
  std::swap(swapped["signatures"][0], swapped["signatures"][1]);
  EXPECT_NE(Verify(swapped.dump()), 0);
  Json two = good;
  two["signatures"][2] = nullptr;
  EXPECT_NE(Verify(two.dump()), 0);
  EXPECT_NE(Verify(""), 0);
  EXPECT_NE(Verify(std::string(10 << 20, '[')), 0);
  EXPECT_NE(Verify(std::string(1 << 20, '[')), 0);
  EXPECT_NE(Verify(good.dump() + "{}"), 0);
  // A whole system of one's own, with fresh keys, is a result of another survey.
  SurveySystem forgers;
  std::vector<std::string> values;
  for (unsigned i = 1; i <= 10; ++i) values.push_back(std::to_string(100 * i));
  ASSERT_EQ(forgers.ShareMany(values, "ten").code, 0);
  ASSERT_EQ(forgers.AwaitCount(10, "result.json").code, 0);
  EXPECT_NE(Verify(ReadFile(forgers.path("result.json"))), 0);
}

}  // namespace
}  // namespace mpcstats::e2e
