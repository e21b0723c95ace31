#include "rogue_coordinator.h"

#include <gtest/gtest.h>

#include <chrono>
#include <csignal>
#include <ctime>
#include <nlohmann/json.hpp>
#include <thread>

#include "mpcstats/cli/client.h"
#include "mpcstats/service/http_api.h"

namespace mpcstats {

void PrintTo(const JobReport& report, std::ostream* out) {
  *out << report.state << " " << report.outcome << " " << report.error;
}

}  // namespace mpcstats

namespace mpcstats::e2e {
namespace {

// As the services do it: a peer that is gone is an error of a call.
class IgnoresPipes final : public testing::Environment {
 public:
  void SetUp() override { std::signal(SIGPIPE, SIG_IGN); }
};
const testing::Environment* const kIgnoresPipes = testing::AddGlobalTestEnvironment(new IgnoresPipes);

}  // namespace

UnixSeconds Now() { return static_cast<UnixSeconds>(std::time(nullptr)); }

SignedSurvey SurveyOf(const SurveySystem& system) {
  auto survey = ReadSurveyFile(system.survey());
  EXPECT_TRUE(survey) << survey.error().message();
  return std::move(*survey);
}

UploadedBox BoxFor(unsigned party, const Submission& submission) {
  return {.envelope = EncodeEnvelope(submission.envelope), .box = submission.boxes[party]};
}

RogueCoordinator::RogueCoordinator(SurveySystem& system) : system_(system), survey_(SurveyOf(system)) {
  for (const char* name : {"party0", "party1", "party2", "publish"}) system_.StartService(name);
  auto config = LoadServiceConfig(system_.path("coordinator/config.toml"));
  EXPECT_TRUE(config) << config.error().message();
  config_ = std::move(*config);
  auto front = Front::Create(config_);
  EXPECT_TRUE(front) << front.error().message();
  front_ = std::move(*front);
  const Status listening =
      front_->Listen([this](const HttpRequest& request, const HttpReply& reply) { Handle(request, reply); },
                     [](std::string_view, std::string_view) { return std::size_t{1} << 20; });
  EXPECT_TRUE(listening) << listening.error().message();
  for (unsigned i = 0; i < 3; ++i) {
    auto client = PartyClient::Create(*survey_, i);
    EXPECT_TRUE(client) << client.error().message();
    clients_[i].emplace(std::move(*client));
  }
  system_.OpenSurvey();
}

RogueCoordinator::~RogueCoordinator() { front_->Stop(); }

void RogueCoordinator::Handle(const HttpRequest& request, const HttpReply& reply) {
  if (request.method == "POST" && request.target == "/v1/surveys") {
    return reply(JsonResponse(201, {{"hash", ToHex(survey_->hash())}}));
  }
  if (request.method != "POST" || !request.target.ends_with("/submissions"))
    return reply(UnknownSubmission());
  auto submission = DecodeSubmission(request.body);
  if (!submission) return reply(UnknownSubmission());
  Ticket ticket{.survey_hash = survey_->hash(),
                .submission = SubmissionId(submission->envelope.header),
                .received_at = Now(),
                .propose_by = Now() + 600,
                .signature = {}};
  ticket.signature = front_->identity()->Sign(TicketInput(ticket));
  {
    const std::lock_guard lock(mutex_);
    received_.push_back(std::move(*submission));
  }
  reply(HttpText(200, "application/json", TicketToJson(ticket)));
}

std::vector<Submission> RogueCoordinator::Received() const {
  const std::lock_guard lock(mutex_);
  return received_;
}

std::vector<std::string> RogueCoordinator::Bring(unsigned party, const std::vector<UploadedBox>& items,
                                                 const std::vector<Bytes32>& ids) {
  const auto answer = clients_[party]->Upload(items, ids);
  if (!answer) return {answer.error().message()};
  std::vector<std::string> words;
  for (const UploadVerdict& verdict : answer->verdicts) {
    words.emplace_back(verdict.outcome == UploadOutcome::kNotDelivered ? "not-delivered"
                                                                       : RefusalWord(verdict.refusal));
  }
  return words;
}

std::string RogueCoordinator::Bring(unsigned party, const Submission& submission) {
  return Bring(party, {BoxFor(party, submission)}, {SubmissionId(submission.envelope.header)}).front();
}

std::string RogueCoordinator::BringToAll(const Submission& submission) {
  const std::string word = Bring(0, submission);
  for (const unsigned party : {1u, 2u}) EXPECT_EQ(Bring(party, submission), word) << party;
  return word;
}

Status RogueCoordinator::Order(unsigned party, JobOrder order) {
  order.signature = front_->identity()->Sign(JobOrderInput(order, survey_->hash()));
  return clients_[party]->OrderJob(order);
}

std::array<JobReport, 3> RogueCoordinator::Run(JobKind kind, std::uint32_t number, const Change& change) {
  // release_every is a second: two releases within one are none of the tests' matter.
  const auto last = kind == JobKind::kRelease ? Released() : std::nullopt;
  while (last && Now() <= last->body.as_of) std::this_thread::sleep_for(std::chrono::milliseconds(20));
  JobOrder order{.kind = kind, .number = number, .at = Now(), .list = {}, .signature = {}};
  for (unsigned i = 0; i < 3; ++i) {
    JobOrder mine = order;
    if (change) change(i, mine);
    const Status ordered = Order(i, mine);
    EXPECT_TRUE(ordered) << ordered.error().message();
  }
  return Await(JobName(order));
}

std::array<JobReport, 3> RogueCoordinator::Await(const std::string& job) {
  std::array<JobReport, 3> reports;
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(90);
  for (unsigned i = 0; i < 3; ++i) {
    while (!reports[i].over() && std::chrono::steady_clock::now() < deadline) {
      auto report = clients_[i]->Job(job);
      if (report) reports[i] = std::move(*report);
      if (!reports[i].over()) std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
    EXPECT_TRUE(reports[i].over()) << "party " << i << " is not done with " << job;
  }
  return reports;
}

std::optional<Receipt> RogueCoordinator::Released() {
  std::optional<Receipt> last;
  std::string first;
  for (unsigned i = 0; i < 3; ++i) {
    const auto text = clients_[i]->Release("latest");
    const std::string mine = text ? *text : "";
    if (i == 0) first = mine;
    EXPECT_TRUE(mine == first) << "party " << i << " shows another release";
    if (mine.empty()) continue;
    auto parsed = ParseResult(mine);
    EXPECT_TRUE(parsed);
    EXPECT_TRUE(VerifyResult(*parsed, {.survey_hash = survey_->hash()}).Trusted());
    last = std::move(parsed->receipt);
  }
  return last;
}

std::size_t RogueCoordinator::ClosedAt(unsigned party) {
  const auto batches = clients_[party]->Batches();
  EXPECT_TRUE(batches) << batches.error().message();
  return batches->size();
}

std::vector<SignedBatch> RogueCoordinator::Closed() {
  std::vector<SignedBatch> batches;
  for (unsigned i = 0; i < 3; ++i) {
    auto mine = clients_[i]->Batches();
    EXPECT_TRUE(mine) << mine.error().message();
    if (!mine) continue;
    if (i > 0) {
      EXPECT_EQ(mine->size(), batches.size());
      for (std::size_t b = 0; b < std::min(mine->size(), batches.size()); ++b) {
        EXPECT_EQ(BatchToJson((*mine)[b]), BatchToJson(batches[b]));
      }
    }
    batches = std::move(*mine);
  }
  return batches;
}

}  // namespace mpcstats::e2e
