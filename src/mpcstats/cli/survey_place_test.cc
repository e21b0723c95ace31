#include "mpcstats/cli/survey_place.h"

#include <gmock/gmock.h>

#include <atomic>
#include <map>
#include <thread>

#include "mpcstats/cli/cli_testing.h"
#include "mpcstats/net/http_problem.h"
#include "mpcstats/net/http_testing.h"
#include "mpcstats/survey/submission_testing.h"

namespace mpcstats {
namespace {

using mpcstats::testing::TestSurvey;
using ::testing::HasSubstr;

/// A server of surveys under an identity that nobody knows, which answers each target with what the test says.
class SurveySourceTest : public CliTest {
 protected:
  SurveySourceTest() : identity_(std::move(*Identity::Create())) {
    server_ = Serve(
        [this](const HttpRequest& request, const HttpReply& reply) {
          ++requests_;
          const auto found = answers_.find(request.target);
          reply(found != answers_.end() ? found->second
                                        : Problem(404, "unknown-survey", "None", "No such survey."));
        },
        {.tls = *HttpServerTls::FromIdentity(identity_)});
  }

  [[nodiscard]] std::string base() const { return "https://127.0.0.1:" + std::to_string(server_->port()); }
  [[nodiscard]] static std::string Hex(const TestSurvey& survey) {
    return ToHex(survey.signed_survey.hash());
  }
  void Answer(const TestSurvey& survey, const std::string& body) {
    answers_["/v1/surveys/" + Hex(survey)] = HttpText(200, "application/json", body);
  }
  void Serves(const TestSurvey& survey) { Answer(survey, survey.signed_survey.ToJson()); }

  /// What was loaded, or the error.
  static std::string Loaded(const SurveyPlace& source, ErrorCode* code = nullptr) {
    const auto survey = LoadSurvey(source);
    if (!survey) {
      if (code != nullptr) *code = survey.error().code();
      return survey.error().message();
    }
    return *survey ? (*survey)->survey().title : "nothing";
  }

  const TestSurvey ours_{Eligibility::kOpen, "Ours"};
  const TestSurvey other_{Eligibility::kOpen, "Other"};
  Identity identity_;
  std::map<std::string, HttpResponse> answers_;
  std::atomic<int> requests_ = 0;
  std::unique_ptr<HttpServer> server_;
};

TEST_F(SurveySourceTest, FetchesTheSurveyWhoseHashStandsInTheAddressOrBesideIt) {
  Serves(ours_);
  EXPECT_EQ(Loaded({base() + "/v1/surveys/" + Hex(ours_), ""}), "Ours");
  EXPECT_EQ(Loaded({base() + "/v1/surveys/" + Hex(ours_) + "/", ""}), "Ours");
  EXPECT_EQ(Loaded({base() + "#" + Hex(ours_), ""}), "Ours");
  EXPECT_EQ(Loaded({base() + "/#" + Hex(ours_), ""}), "Ours");
  EXPECT_EQ(Loaded({base(), Hex(ours_)}), "Ours");
  EXPECT_EQ(Loaded({base() + "/v1/surveys", Hex(ours_)}), "Ours");
  EXPECT_EQ(Loaded({base() + "/v1/surveys/" + Hex(ours_) + "#" + Hex(ours_), Hex(ours_)}), "Ours");
}

TEST_F(SurveySourceTest, AHashThatTheCallerTrustsIsPinEnough) {
  Serves(ours_);
  const auto survey = LoadSurvey({base(), ""}, ours_.signed_survey.hash());
  ASSERT_TRUE(survey) << survey.error().message();
  ASSERT_TRUE(*survey);
  EXPECT_EQ((*survey)->hash(), ours_.signed_survey.hash());
}

TEST_F(SurveySourceTest, ComesThroughAServerWithAPathBeforeItsOwn) {
  answers_["/office/v1/surveys/" + Hex(ours_)] =
      HttpText(200, "application/json", ours_.signed_survey.ToJson());
  EXPECT_EQ(Loaded({base() + "/office/v1/surveys/" + Hex(ours_), ""}), "Ours");
}

TEST_F(SurveySourceTest, WithoutAHashItShowsWhatIsOfferedAndLoadsNothing) {
  Serves(ours_);
  answers_["/v1/surveys"] =
      HttpText(200, "application/json",
               "{\"surveys\":[{\"hash\":\"" + Hex(ours_) + "\",\"title\":\"A \\u001b[2Jtitle\"}]}");
  const Ran ran = RunCli({"share", "--survey", base(), "--set", "balance=1", "--yes"});
  EXPECT_EQ(ran.code, 1);
  EXPECT_THAT(ran.out, HasSubstr(Hex(ours_)));
  EXPECT_THAT(ran.out, HasSubstr("Not pinned"));
  EXPECT_EQ(ran.out.find('\x1b'), std::string::npos);
  EXPECT_EQ(requests_, 1);  // the list; no survey and no answer
}

TEST_F(SurveySourceTest, AServerThatServesAnotherSurveyIsRefused) {
  Answer(ours_, other_.signed_survey.ToJson());
  ErrorCode code{};
  EXPECT_THAT(Loaded({base() + "#" + Hex(ours_), ""}, &code), HasSubstr("serves another survey"));
  EXPECT_EQ(code, ErrorCode::kProtocolViolation);
  const Ran ran = RunCli({"share", "--survey", base() + "#" + Hex(ours_), "--set", "balance=1", "--yes"});
  EXPECT_EQ(ran.code, 76);
}

TEST_F(SurveySourceTest, ASurveyWhoseTextWasChangedIsRefused) {
  std::string text = ours_.signed_survey.ToJson();
  const std::size_t at = text.find("Ours");
  ASSERT_NE(at, std::string::npos);
  text.replace(at, 4, "Hers");
  Answer(ours_, text);
  ErrorCode code{};
  EXPECT_THAT(Loaded({base() + "#" + Hex(ours_), ""}, &code), HasSubstr("no signed survey"));
  EXPECT_EQ(code, ErrorCode::kProtocolViolation);
}

TEST_F(SurveySourceTest, ASurveyThatIsCutShortIsRefused) {
  const std::string text = ours_.signed_survey.ToJson();
  for (const std::size_t size : {std::size_t{0}, std::size_t{1}, text.size() / 2, text.size() - 1}) {
    Answer(ours_, text.substr(0, size));
    ErrorCode code{};
    EXPECT_THAT(Loaded({base() + "#" + Hex(ours_), ""}, &code), HasSubstr("no signed survey")) << size;
    EXPECT_EQ(code, ErrorCode::kProtocolViolation);
  }
}

TEST_F(SurveySourceTest, ABodyThatEndsBeforeItsLengthIsRefused) {
  BoundSocket listener = std::move(*ListenTcp("127.0.0.1", 0));
  std::thread script([&] {
    pollfd entry = {listener.fd.get(), POLLIN, 0};
    ASSERT_EQ(poll(&entry, 1, 60'000), 1);
    RawConnection connection(AcceptTcp(listener.fd.get()));
    EXPECT_TRUE(connection.ReceiveSome());
    EXPECT_TRUE(connection.Send("HTTP/1.1 200 OK\r\nContent-Length: 4000\r\n\r\n{\"format\":"));
  });
  const auto survey =
      LoadSurvey({"http://127.0.0.1:" + std::to_string(listener.port) + "#" + Hex(ours_), ""});
  script.join();
  EXPECT_FALSE(survey);
}

TEST_F(SurveySourceTest, MoreThanASurveyMayHoldIsNotRead) {
  Answer(ours_, std::string(kMaxSurveyBytes + 1, ' '));
  ErrorCode code{};
  (void)Loaded({base() + "#" + Hex(ours_), ""}, &code);
  EXPECT_EQ(code, ErrorCode::kResourceExhausted);
}

TEST_F(SurveySourceTest, RedirectsAreNotFollowed) {
  Serves(ours_);
  HttpResponse response = HttpText(302, "text/plain", "");
  response.headers.emplace_back("Location", base() + "/v1/surveys/" + Hex(ours_));
  answers_["/moved/v1/surveys/" + Hex(ours_)] = response;
  ErrorCode code{};
  EXPECT_THAT(Loaded({base() + "/moved/v1/surveys/" + Hex(ours_), ""}, &code), HasSubstr("not followed"));
  EXPECT_EQ(code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(requests_, 1);
}

TEST_F(SurveySourceTest, AServerWithoutTheSurveySaysSoItself) {
  ErrorCode code{};
  EXPECT_THAT(Loaded({base() + "#" + Hex(ours_), ""}, &code), HasSubstr("No such survey."));
  EXPECT_EQ(code, ErrorCode::kNotFound);
}

TEST_F(SurveySourceTest, TwoDifferentHashesAreRefusedBeforeAnythingIsAsked) {
  ErrorCode code{};
  for (const SurveyPlace& source :
       {SurveyPlace{base() + "#" + Hex(ours_), Hex(other_)},
        SurveyPlace{base() + "/v1/surveys/" + Hex(ours_) + "#" + Hex(other_), ""}}) {
    EXPECT_THAT(Loaded(source, &code), HasSubstr("two different surveys"));
    EXPECT_EQ(code, ErrorCode::kInvalidArgument);
  }
  EXPECT_FALSE(LoadSurvey({base() + "#" + Hex(ours_), ""}, other_.signed_survey.hash()));
  EXPECT_EQ(requests_, 0);
}

TEST_F(SurveySourceTest, WhatIsNoHashIsRefusedBeforeAnythingIsAsked) {
  for (const SurveyPlace& source :
       {SurveyPlace{base() + "#", ""}, SurveyPlace{base() + "#abc", ""}, SurveyPlace{base(), "latest"},
        SurveyPlace{base() + "/v1/surveys/latest", ""},
        SurveyPlace{base() + "/v1/surveys/" + Hex(ours_) + "/releases", ""}}) {
    EXPECT_THAT(Loaded(source), HasSubstr("64 hexadecimal digits")) << source.place;
  }
  EXPECT_EQ(requests_, 0);
}

TEST_F(SurveySourceTest, PlainHttpToAnotherMachineIsRefused) {
  EXPECT_THAT(Loaded({"http://results.example#" + Hex(ours_), ""}), HasSubstr("readable on the way"));
}

TEST_F(SurveySourceTest, AFileIsCheckedAgainstTheHashBesideIt) {
  WriteAll(path("ours.json"), ours_.signed_survey.ToJson());
  EXPECT_EQ(Loaded({path("ours.json"), ""}), "Ours");
  EXPECT_EQ(Loaded({path("ours.json"), Hex(ours_)}), "Ours");
  EXPECT_THAT(Loaded({path("ours.json"), Hex(other_)}), HasSubstr("another survey"));
}

TEST_F(SurveySourceTest, VerifyNeedsNoRequestWhenTheAddressHasTheHash) {
  const Ran ran = RunCli({"verify", path("absent.json"), "--survey", base() + "#" + Hex(ours_)});
  EXPECT_EQ(ran.code, 2);  // the result is not there; nobody was asked for the survey
  EXPECT_EQ(requests_, 0);
}

}  // namespace
}  // namespace mpcstats
