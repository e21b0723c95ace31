#include <gmock/gmock.h>
#include <sqlite3.h>

#include <nlohmann/json.hpp>

#include "mpcstats/cli/cli_testing.h"
#include "mpcstats/net/http_server.h"
#include "mpcstats/net/http_url.h"
#include "mpcstats/store/party_store.h"

namespace mpcstats {
namespace {

using testing::HasSubstr;
using testing::Not;
using Json = nlohmann::json;

class AuditTest : public CliTest {
 protected:
  AuditTest() {
    EXPECT_EQ(RunCli({"init", "party", path("p"), "--index", "0", "--url", "https://a.example"}).code, 0);
  }

  // Three entries, as party would write them.
  void WriteLog() {
    const auto store = PartyStore::Open(path("p"));
    ASSERT_TRUE(store) << store.error().message();
    ASSERT_TRUE((*store)->Audit(1'800'000'000, "survey-opened", R"({"survey":"aa"})"));
    ASSERT_TRUE((*store)->Audit(1'800'000'060, "batch-closed", R"({"batch":1})"));
    ASSERT_TRUE((*store)->Audit(1'800'000'120, "release", R"({"sequence":1})"));
  }
  void Change(const char* sql) {
    sqlite3* database = nullptr;
    ASSERT_EQ(sqlite3_open((path("p/party.db")).c_str(), &database), SQLITE_OK);
    // The database itself refuses; whoever has the file can change that too.
    const std::string all =
        "DROP TRIGGER IF EXISTS audit_changed;DROP TRIGGER IF EXISTS audit_shortened;" + std::string(sql);
    EXPECT_EQ(sqlite3_exec(database, all.c_str(), nullptr, nullptr, nullptr), SQLITE_OK)
        << sqlite3_errmsg(database);
    sqlite3_close(database);
  }
  Ran Audit() { return RunCli({"audit", "--config", path("p/config.toml")}); }
};

TEST_F(AuditTest, PrintsAWholeLog) {
  WriteLog();
  const Ran ran = Audit();
  EXPECT_EQ(ran.code, 0) << ran.err;
  EXPECT_THAT(ran.out, HasSubstr("2027-01-15T08:00:00Z survey-opened"));
  EXPECT_THAT(ran.out, HasSubstr(R"(batch-closed       {"batch":1})"));
  EXPECT_THAT(ran.out, HasSubstr("3 entries"));
}

TEST_F(AuditTest, AnEmptyLogIsNoFault) {
  const Ran ran = Audit();
  EXPECT_EQ(ran.code, 0);
  EXPECT_THAT(ran.out, HasSubstr("empty"));
}

TEST_F(AuditTest, AnAlteredEntryIsABrokenLog) {
  WriteLog();
  Change("UPDATE audit SET detail = '{\"batch\":2}' WHERE number = 2");
  const Ran ran = Audit();
  EXPECT_EQ(ran.code, 1);
  EXPECT_THAT(ran.out, HasSubstr("BROKEN: audit entry 2"));
}

TEST_F(AuditTest, AnEntryThatIsGoneIsABrokenLog) {
  WriteLog();
  Change("DELETE FROM audit WHERE number = 2");
  EXPECT_THAT(Audit().out, HasSubstr("BROKEN: audit entry 3"));
  Change("DELETE FROM audit WHERE number = 1");
  const Ran ran = Audit();
  EXPECT_EQ(ran.code, 1);
  EXPECT_THAT(ran.out, HasSubstr("BROKEN: the log starts at entry 3"));
}

TEST_F(AuditTest, RefusesWhatIsNoPartyAndWhatIsInUse) {
  ASSERT_EQ(RunCli({"init", "publish", path("w")}).code, 0);
  const Ran publisher = RunCli({"audit", "--config", path("w/config.toml")});
  EXPECT_EQ(publisher.code, 2);
  EXPECT_THAT(publisher.err, HasSubstr("only parties keep an audit log"));
  const auto store = PartyStore::Open(path("p"));
  ASSERT_TRUE(store);
  EXPECT_EQ(Audit().code, 75);
}

TEST_F(AuditTest, NeedsADirectoryOrAServerAndNotBoth) {
  for (const std::vector<std::string>& arguments :
       {std::vector<std::string>{"audit"},
        {"audit", "--survey", "x"},
        {"audit", "--party", "1"},
        {"audit", "--config", path("p/config.toml"), "--survey", "x", "--party", "1"}}) {
    const Ran ran = RunCli(arguments);
    EXPECT_EQ(ran.code, 2);
    EXPECT_THAT(ran.err, HasSubstr("--survey FILE and --party N"));
  }
  EXPECT_EQ(RunCli({"audit", "--survey", "x", "--party", "3"}).code, 2);
}

/// A server that gives out a log, named by a survey.
class RemoteAuditTest : public AuditTest {
 protected:
  RemoteAuditTest() {
    WriteLog();
    const auto store = PartyStore::Open(path("p"));
    entries_ = Json::array();
    const auto log = (*store)->AuditLog(1, 10);
    for (const AuditEntry& entry : *log) {
      entries_.push_back({{"number", entry.number},
                          {"time", FormatTime(entry.time)},
                          {"event", entry.event},
                          {"detail", entry.detail},
                          {"hash", ToHex(entry.hash)}});
    }
  }

  // Two entries a page, as `entries_` has them by then.
  Ran AuditServer() {
    std::filesystem::remove_all(path("q"));
    std::string operators;
    HttpServerOptions options{
        .address = "127.0.0.1", .port = 0, .tls = {}, .peer_identities = {}, .body_limit = {}};
    Identity identity = *Identity::Load(path("p/identity.pem"));
    options.tls = *HttpServerTls::FromIdentity(identity);
    const auto server =
        HttpServer::Start(options, [this](const HttpRequest& request, const HttpReply& reply) {
          if (!answer_.empty()) return reply(HttpText(200, "application/json", answer_));
          const std::int64_t from = std::stoll(QueryValue(request.query, "from").value_or("1"));
          Json page = Json::array();
          for (const Json& entry : entries_) {
            if (entry["number"].get<std::int64_t>() >= from && page.size() < 2) page.push_back(entry);
          }
          reply(HttpText(200, "application/json", Json{{"entries", page}}.dump()));
        });
    EXPECT_TRUE(server);
    const std::string url = "https://127.0.0.1:" + std::to_string((*server)->port());
    std::filesystem::create_directory(path("q"));
    for (unsigned i = 0; i < 3; ++i) {
      const std::string directory = path("q/" + std::to_string(i));
      std::filesystem::create_directory(directory);
      chmod(directory.c_str(), 0700);
      if (i == 0) std::filesystem::copy(path("p/identity.pem"), directory + "/identity.pem");
      const std::string here = i == party_ ? url : "https://p" + std::to_string(i) + ".example:8443";
      operators += RunCli({"init", "party", directory, "--name", "P" + std::to_string(i), "--index",
                           std::to_string(i), "--url", here})
                       .out;
    }
    operators += RunCli({"init", "coordinator", path("q/c"), "--url", "https://c.example:8443"}).out;
    WriteAll(path("q/s.toml"), SurveyText(operators));
    for (const unsigned i : {0, 1, 2, 0, 1}) {
      const Ran ran = RunCli(
          {"survey", "sign", path("q/s.toml"), "--config", path("q/" + std::to_string(i) + "/config.toml")});
      EXPECT_EQ(ran.code, 0) << ran.err;
    }
    return RunCli({"audit", "--survey", path("q/s.survey.json"), "--party", std::to_string(party_)});
  }

  Json entries_;
  std::string answer_;
  unsigned party_ = 0;
};

TEST_F(RemoteAuditTest, ReadsALogPageByPage) {
  const Ran ran = AuditServer();
  EXPECT_EQ(ran.code, 0) << ran.out << ran.err;
  EXPECT_THAT(ran.out, HasSubstr("3 entries"));
}

TEST_F(RemoteAuditTest, AnAlteredEntryIsABrokenLog) {
  entries_[1]["detail"] = "{}";
  const Ran ran = AuditServer();
  EXPECT_EQ(ran.code, 1);
  EXPECT_THAT(ran.out, HasSubstr("BROKEN: audit entry 2"));
}

TEST_F(RemoteAuditTest, AMissingStartIsABrokenLog) {
  entries_.erase(0);
  EXPECT_EQ(AuditServer().code, 1);
}

TEST_F(RemoteAuditTest, AServerCannotWriteToTheTerminal) {
  entries_[2]["event"] = "\x1b[2Jnothing";
  entries_[2]["detail"] = "\n     4 forged";
  const Ran ran = AuditServer();
  EXPECT_EQ(ran.code, 1);
  EXPECT_THAT(ran.out, Not(HasSubstr("\x1b")));
  EXPECT_THAT(ran.out, Not(HasSubstr("\n     4 forged")));
}

TEST_F(RemoteAuditTest, RefusesAServerThatAnswersSomethingElse) {
  for (const char* answer : {"[]", "not json", R"({"entries":[1]})", R"({"entries":[{"number":-1}]})",
                             R"({"entries":[{"number":1,"time":"x","event":"","detail":"","hash":""}]})"}) {
    answer_ = answer;
    const Ran ran = AuditServer();
    EXPECT_EQ(ran.code, 76) << answer;
    EXPECT_THAT(ran.err, HasSubstr("something else than its log"));
  }
}

TEST_F(RemoteAuditTest, RefusesAServerThatRunsInCircles) {
  answer_ = Json{{"entries", entries_}}.dump();
  const Ran ran = AuditServer();
  EXPECT_EQ(ran.code, 76);
  EXPECT_THAT(ran.err, HasSubstr("not in order"));
}

TEST_F(RemoteAuditTest, RefusesAServerWithAnotherKey) {
  party_ = 1;
  EXPECT_EQ(AuditServer().code, 76);
}

}  // namespace
}  // namespace mpcstats
