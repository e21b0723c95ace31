#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <map>
#include <memory>
#include <mutex>

#include "mpcstats/cli/cli_testing.h"
#include "mpcstats/net/http_problem.h"
#include "mpcstats/net/http_server.h"
#include "mpcstats/net/unique_fd.h"
#include "mpcstats/survey/invite.h"
#include "mpcstats/survey/signed_survey.h"

namespace mpcstats {
namespace {

using testing::HasSubstr;
using testing::Not;

// What init is told, until it is known where the server is.
constexpr const char* kPlace = "https://127.0.0.1:9";

std::string Party(unsigned index) { return "party" + std::to_string(index); }

/// The directories of five operators, and a survey of them.
class SurveyCommandTest : public CliTest {
 protected:
  SurveyCommandTest() {
    for (unsigned i = 0; i < 3; ++i) {
      Init(Party(i),
           {"party", "--index", std::to_string(i), "--mpc", "127.0.0.1:" + std::to_string(7000 + i)});
    }
    Init("coordinator", {"coordinator"});
    Init("publish", {"publish"});
    WriteSurvey();
  }

  void Init(const std::string& name, std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), "init");
    arguments.insert(arguments.begin() + 2, path(name));
    arguments.insert(arguments.end(),
                     {"--name", name, "--url", "https://127.0.0.1:9", "--listen", "127.0.0.1:0"});
    const Ran ran = RunCli(arguments);
    ASSERT_EQ(ran.code, 0) << ran.err;
    snippets_[name] = ran.out;
    TakeDown(name);
  }
  // Nobody listens there, and nobody else can: the port is bound.
  void TakeDown(const std::string& name) {
    UniqueFd fd(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof(address);
    ASSERT_EQ(bind(fd.get(), reinterpret_cast<sockaddr*>(&address), size), 0);
    ASSERT_EQ(getsockname(fd.get(), reinterpret_cast<sockaddr*>(&address), &size), 0);
    urls_[name] = "https://127.0.0.1:" + std::to_string(ntohs(address.sin_port));
    closed_.push_back(std::move(fd));
  }

  // Servers stand at `urls_` by then.
  void WriteSurvey() {
    std::string operators;
    for (auto [name, text] : snippets_) {
      text.replace(text.find(kPlace), std::string_view(kPlace).size(), urls_[name]);
      operators += text + "\n";
    }
    WriteAll(toml(), SurveyText(operators));
  }

  /// A server of that operator, which answers posts with what `answer` says.
  void Serve(const std::string& name, const std::string& identity_of, HttpResponse answer) {
    const Result<Identity> identity = Identity::Load(path(identity_of + "/identity.pem"));
    ASSERT_TRUE(identity);
    const Result<HttpServerTls::Ptr> tls = HttpServerTls::FromIdentity(*identity);
    ASSERT_TRUE(tls);
    auto server = HttpServer::Start(
        {.address = "127.0.0.1", .port = 0, .tls = *tls, .peer_identities = {}, .body_limit = {}},
        [this, name, answer](const HttpRequest& request, const HttpReply& reply) {
          const std::lock_guard lock(mutex_);
          posts_.emplace_back(name, request.method + " " + request.target);
          bodies_.emplace_back(request.body.begin(), request.body.end());
          reply(answer);
        });
    ASSERT_TRUE(server) << server.error().message();
    urls_[name] = "https://127.0.0.1:" + std::to_string((*server)->port());
    servers_.push_back(std::move(*server));
  }
  void ServeAll() {
    for (const auto& [name, url] : urls_) Serve(name, name, HttpText(201, "application/json", "{}"));
    WriteSurvey();
  }

  [[nodiscard]] std::string toml() const { return path("incomes.toml"); }
  [[nodiscard]] std::string draft() const { return path("incomes.survey.json"); }
  [[nodiscard]] std::string config(unsigned party) const { return path(Party(party) + "/config.toml"); }

  Ran Sign(unsigned party, const std::string& file = "") {
    return RunCli({"survey", "sign", file.empty() ? toml() : file, "--config", config(party)});
  }
  Ran Close(unsigned party, std::vector<std::string> more = {}) {
    std::vector<std::string> arguments = {"survey", "close", draft(), "--config", config(party)};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return RunCli(arguments);
  }
  void SignAll() {
    for (const unsigned i : {0, 1, 2, 0, 1}) {
      const Ran ran = Sign(i);
      ASSERT_EQ(ran.code, 0) << ran.err;
    }
  }
  SurveyDraft ReadDraft() const {
    Result<SurveyDraft> read = DraftFromJson(ReadAll(draft()));
    EXPECT_TRUE(read) << read.error().message();
    return std::move(*read);
  }
  void WriteDraft(const SurveyDraft& changed) const { WriteAll(draft(), DraftToJson(changed)); }

  std::map<std::string, std::string> urls_;
  std::map<std::string, std::string> snippets_;
  std::mutex mutex_;
  std::vector<std::pair<std::string, std::string>> posts_;
  std::vector<std::string> bodies_;
  std::vector<std::unique_ptr<HttpServer>> servers_;
  std::vector<UniqueFd> closed_;
};

std::string RefusalOf(const Ran& ran) {
  EXPECT_EQ(ran.code, 2) << ran.out;
  return ran.err;
}

TEST_F(SurveyCommandTest, CheckSaysWhatIsAskedReleasedAndByWhom) {
  const Ran ran = RunCli({"survey", "check", toml()});
  ASSERT_EQ(ran.code, 0) << ran.err;
  for (const char* part :
       {"Incomes", "income", "EUR", "mean(income)", "Average", "at least 20 answers", "at least 10", "party0",
        "party2", "coordinator", "publish", "anyone can answer any number of times",
        "the keys of party 0 (party0), party 1 (party1), party 2 (party2)"}) {
    EXPECT_THAT(ran.out, HasSubstr(part));
  }
  EXPECT_FALSE(std::filesystem::exists(draft()));
}

TEST_F(SurveyCommandTest, CheckSaysHowManyCellsTheGatesCount) {
  EXPECT_THAT(RunCli({"survey", "check", toml()}).out, Not(HasSubstr("cells for the gates")));
  std::string text = ReadAll(toml());
  text.replace(
      text.find("\"mean(income)\""), 14,
      "\"SELECT count(income), mean(income) FROM data WHERE income > 1000 GROUP BY bucket(income, 5, 10)\"");
  WriteAll(toml(), text);
  const Ran ran = RunCli({"survey", "check", toml()});
  ASSERT_EQ(ran.code, 0) << ran.err;
  // One column, three groups, and those who pass the filter and those who do not.
  EXPECT_THAT(ran.out, HasSubstr("6 cells for the gates, of at most 1024"));
}

TEST_F(SurveyCommandTest, CheckRefusesAProductOfColumns) {
  const auto check = [&](const std::string& value) {
    std::string text = ReadAll(toml());
    text.replace(text.find("mean(income)"), 12, "mean(" + value + ")");
    WriteAll(path("value.toml"), text);
    return RunCli({"survey", "check", path("value.toml")});
  };
  EXPECT_THAT(RefusalOf(check("(income - 3) * (income - 5)")), HasSubstr("multiplies columns"));
  EXPECT_EQ(check("12 * income - 3").code, 0);
}

TEST_F(SurveyCommandTest, CheckNamesTheFileAndTheFault) {
  WriteAll(toml(), "[survey]\nid = 1\n");
  EXPECT_THAT(RefusalOf(RunCli({"survey", "check", toml()})), HasSubstr(toml() + ": line"));
  EXPECT_THAT(RefusalOf(RunCli({"survey", "check", path("none.toml")})), HasSubstr("cannot be read"));
  WriteAll(draft(), "{}");
  EXPECT_EQ(RunCli({"survey", "check", draft()}).code, 2);
}

TEST_F(SurveyCommandTest, CheckFindsAFigureThatDoesNotExist) {
  std::string text = ReadAll(toml());
  text.replace(text.find("mean(income)"), 12, "mode(income)");
  WriteAll(toml(), text);
  EXPECT_THAT(RefusalOf(RunCli({"survey", "check", toml()})), HasSubstr("mode"));
}

TEST_F(SurveyCommandTest, FiveRunsOfSignMakeASignedSurvey) {
  EXPECT_THAT(Sign(0).out, HasSubstr("Still to come: the keys of party 1 (party1), party 2 (party2)"));
  EXPECT_THAT(Sign(1).out, HasSubstr("the keys of party 2 (party2)"));
  EXPECT_THAT(Sign(2).out, HasSubstr("party 2 has signed"));
  EXPECT_THAT(Sign(0, draft()).out, HasSubstr("Still to sign: party 1 (party1)"));
  EXPECT_THAT(Sign(1, draft()).out, HasSubstr("all three have signed"));
  const Result<SignedSurvey> survey = SignedSurvey::FromJson(ReadAll(draft()));
  ASSERT_TRUE(survey) << survey.error().message();
  EXPECT_EQ(survey->draft().text, ReadAll(toml()));
}

TEST_F(SurveyCommandTest, SigningAgainChangesNothing) {
  SignAll();
  const std::string before = ReadAll(draft());
  EXPECT_EQ(Sign(0).code, 0);
  EXPECT_EQ(ReadAll(draft()), before);
}

TEST_F(SurveyCommandTest, SignRefusesAnotherTextThanTheDraftHas) {
  ASSERT_EQ(Sign(0).code, 0);
  WriteAll(toml(), ReadAll(toml()) + "# a comment\n");
  EXPECT_THAT(RefusalOf(Sign(1)), HasSubstr("belongs to another text"));
}

TEST_F(SurveyCommandTest, SignRefusesWhoIsNotNamed) {
  std::filesystem::remove(path("party0/identity.pem"));
  EXPECT_NE(Sign(0).code, 0);
  EXPECT_FALSE(std::filesystem::exists(path("party0/identity.pem")));  // a new one would be named nowhere
  ASSERT_TRUE(LoadOrCreateIdentity(path("party0")));
  EXPECT_THAT(RefusalOf(Sign(0)), HasSubstr("names another identity for party 0"));
  EXPECT_FALSE(std::filesystem::exists(draft()));
}

TEST_F(SurveyCommandTest, SignRefusesTheWrongIndexAndSaysWhichIsRight) {
  std::string text = ReadAll(config(1));
  text.replace(text.find("index = 1"), 9, "index = 2");
  WriteAll(config(1), text);
  EXPECT_THAT(RefusalOf(Sign(1)), HasSubstr("names this identity as party 1"));
}

TEST_F(SurveyCommandTest, OnlyPartiesSign) {
  EXPECT_THAT(RefusalOf(RunCli({"survey", "sign", toml(), "--config", path("coordinator/config.toml")})),
              HasSubstr("only parties sign"));
  EXPECT_THAT(RefusalOf(RunCli({"survey", "sign", toml(), "--config", path("none.toml")})),
              HasSubstr("is not there"));
}

TEST_F(SurveyCommandTest, SignRefusesABoxKeyThatIsNotOurs) {
  ASSERT_EQ(Sign(0).code, 0);
  SurveyDraft changed = ReadDraft();
  (*changed.box_keys[0])[0] ^= 1;
  WriteDraft(changed);
  EXPECT_THAT(RefusalOf(Sign(0)), HasSubstr("start over from the text"));
}

TEST_F(SurveyCommandTest, SignRefusesAKeyThatTheDirectoryLost) {
  ASSERT_EQ(Sign(0).code, 0);
  std::filesystem::remove_all(path("party0/keys"));
  EXPECT_THAT(RefusalOf(Sign(0)), HasSubstr("that is not in " + path("party0")));
}

TEST_F(SurveyCommandTest, SignRefusesADraftWithTheSameBoxKeyTwice) {
  ASSERT_EQ(Sign(0).code, 0);
  SurveyDraft changed = ReadDraft();
  changed.box_keys[1] = changed.box_keys[0];
  WriteDraft(changed);
  EXPECT_THAT(RefusalOf(Sign(2)), HasSubstr("have the same box key"));
}

TEST_F(SurveyCommandTest, SignRefusesADraftThatWasChangedAfterASignature) {
  for (const unsigned i : {0, 1, 2}) ASSERT_EQ(Sign(i).code, 0);
  SurveyDraft changed = ReadDraft();
  (*changed.box_keys[0])[0] ^= 1;
  WriteDraft(changed);
  EXPECT_THAT(RefusalOf(Sign(1)), HasSubstr("the signature of party 2 (party2) does not fit"));
  changed = ReadDraft();
  (*changed.box_keys[0])[0] ^= 1;
  changed.text += " ";
  WriteDraft(changed);
  EXPECT_THAT(RefusalOf(Sign(1, draft())), HasSubstr("the signature of party 2"));
}

TEST_F(SurveyCommandTest, ADraftThatCannotBeWrittenIsSaid) {
  EXPECT_THAT(
      RefusalOf(RunCli({"survey", "sign", toml(), "--config", config(0), "-o", path("none/draft.json")})),
      HasSubstr("cannot be written"));
}

TEST_F(SurveyCommandTest, OpenGivesTheSurveyToAllFive) {
  ServeAll();
  SignAll();
  const Ran ran = RunCli({"survey", "open", draft()});
  EXPECT_EQ(ran.code, 0) << ran.out << ran.err;
  EXPECT_THAT(posts_, testing::UnorderedElementsAre(std::pair("party0", "POST /v1/surveys"),
                                                    std::pair("party1", "POST /v1/surveys"),
                                                    std::pair("party2", "POST /v1/surveys"),
                                                    std::pair("coordinator", "POST /v1/surveys"),
                                                    std::pair("publish", "POST /v1/surveys")));
  for (const std::string& body : bodies_) EXPECT_TRUE(SignedSurvey::FromJson(body));
}

TEST_F(SurveyCommandTest, OpenTellsEachServerThatDidNotTakeIt) {
  ServeAll();
  Serve("party1", "party1", Problem(403, "not-ours", "Not ours", "Party 1 has another box key."));
  TakeDown("coordinator");
  WriteSurvey();
  SignAll();
  const Ran ran = RunCli({"survey", "open", draft()});
  EXPECT_EQ(ran.code, 75);
  EXPECT_THAT(ran.out, HasSubstr("Party 1 has another box key."));
  EXPECT_THAT(ran.err, HasSubstr("run the command again"));
  EXPECT_EQ(posts_.size(), 4u);
}

TEST_F(SurveyCommandTest, OpenGivesNothingToAServerWithAnotherKey) {
  ServeAll();
  Serve("party1", "party2", HttpText(201, "application/json", "{}"));
  WriteSurvey();
  SignAll();
  EXPECT_EQ(RunCli({"survey", "open", draft()}).code, 76);
  EXPECT_EQ(posts_.size(), 4u);
}

TEST_F(SurveyCommandTest, OpenRefusesASurveyThatIsNotSignedByAll) {
  for (const unsigned i : {0, 1, 2}) ASSERT_EQ(Sign(i).code, 0);
  EXPECT_THAT(RefusalOf(RunCli({"survey", "open", draft()})), HasSubstr("has not signed the survey yet"));
}

TEST_F(SurveyCommandTest, TheThirdSignatureClosesAndTellsAll) {
  ServeAll();
  SignAll();
  EXPECT_THAT(Close(0, {"--at", "2095-01-01T00:00:00Z"}).out,
              HasSubstr("Still to sign: party 1 (party1), party 2"));
  EXPECT_EQ(Close(2).code, 0);
  EXPECT_TRUE(posts_.empty());
  const Ran last = Close(1, {"--at", "2095-01-01T00:00:00Z"});
  EXPECT_EQ(last.code, 0) << last.err;
  EXPECT_EQ(posts_.size(), 5u);
  const Result<SignedSurvey> survey = SignedSurvey::FromJson(bodies_.front());
  ASSERT_TRUE(survey);
  EXPECT_EQ(FormatTime(survey->closes_at()), "2095-01-01T00:00:00Z");
}

TEST_F(SurveyCommandTest, CloseRefusesTimesThatCannotBe) {
  SignAll();
  EXPECT_THAT(RefusalOf(Close(0, {"--at", "2096-01-01T00:00:00Z"})), HasSubstr("anyway"));
  EXPECT_THAT(RefusalOf(Close(0, {"--at", "2026-01-01T00:00:00Z"})), HasSubstr("is past"));
  EXPECT_EQ(Close(0, {"--at", "tomorrow"}).code, 2);
  EXPECT_FALSE(ReadDraft().close);
  ASSERT_EQ(Close(0, {"--at", "2095-01-01T00:00:00Z"}).code, 0);
  EXPECT_THAT(RefusalOf(Close(1, {"--at", "2095-01-02T00:00:00Z"})), HasSubstr("leave --at out to agree"));
}

TEST_F(SurveyCommandTest, CloseRefusesASurveyThatIsNotSignedByAll) {
  ASSERT_EQ(Sign(0).code, 0);
  EXPECT_THAT(RefusalOf(Close(0)), HasSubstr("has given no box key yet"));
}

TEST_F(SurveyCommandTest, CloseRefusesASignatureThatDoesNotFit) {
  SignAll();
  ASSERT_EQ(Close(0, {"--at", "2095-01-01T00:00:00Z"}).code, 0);
  SurveyDraft changed = ReadDraft();
  changed.close->closes_at += 1;
  WriteDraft(changed);
  EXPECT_THAT(RefusalOf(Close(1)), HasSubstr("the close signature of party 0"));
}

TEST_F(SurveyCommandTest, InviteMakesTokensOfTheTreeThatTheSurveyNames) {
  const Ran ran = RunCli({"survey", "invite", "5", "-o", path("tokens")});
  ASSERT_EQ(ran.code, 0) << ran.err;
  EXPECT_EQ(ModeOf(path("tokens")), 0600u);
  Survey survey;
  survey.eligibility = Eligibility::kInvite;
  survey.invite_count = 5;
  const std::string key = "invite_root = \"";
  const auto root = FromHex(ran.out.substr(ran.out.find(key) + key.size(), 64));
  ASSERT_TRUE(root);
  std::ranges::copy(*root, survey.invite_root.begin());
  std::ifstream file(path("tokens"));
  unsigned lines = 0;
  for (std::string line; std::getline(file, line); ++lines) {
    const Result<InviteToken> token = ParseInvite(line);
    ASSERT_TRUE(token) << token.error().message();
    EXPECT_EQ(token->index, lines);
    EXPECT_TRUE(CheckInvite(*token, survey));
    EXPECT_THAT(ran.out, Not(HasSubstr(line)));  // tokens are in the file alone
  }
  EXPECT_EQ(lines, 5u);
}

TEST_F(SurveyCommandTest, InviteRefusesToReplaceAFileAndToMakeOneToken) {
  WriteAll(path("tokens"), "others");
  EXPECT_THAT(RefusalOf(RunCli({"survey", "invite", "5", "-o", path("tokens")})),
              HasSubstr("is there already"));
  EXPECT_EQ(ReadAll(path("tokens")), "others");
  EXPECT_EQ(RunCli({"survey", "invite", "1", "-o", path("one")}).code, 2);
  EXPECT_FALSE(std::filesystem::exists(path("one")));
  EXPECT_EQ(RunCli({"survey", "invite", "x"}).code, 2);
}

}  // namespace
}  // namespace mpcstats
