#include "mpcstats/service/party_client.h"

#include <fmt/core.h>

#include <nlohmann/json.hpp>

#include "mpcstats/crypto/merkle.h"
#include "mpcstats/crypto/sha256.h"
#include "mpcstats/service/http_api.h"

namespace mpcstats {
namespace {

using Json = nlohmann::json;

std::string Printable(std::string_view text) {
  std::string out;
  for (const char c : text.substr(0, 400)) out += c >= 0x20 && c < 0x7f ? c : '?';
  return out;
}

std::string TextField(const Json& json, const char* name) {
  const auto found = json.find(name);
  return found != json.end() && found->is_string() ? found->get<std::string>() : std::string();
}

template <typename Array>
std::optional<Array> HexField(const Json& json, const char* name) {
  const auto bytes = FromHex(TextField(json, name));
  Array out{};
  if (!bytes || bytes->size() != out.size()) return std::nullopt;
  std::copy(bytes->begin(), bytes->end(), out.begin());
  return out;
}

Result<Json> ParseObject(const std::string& text, const std::string& from) {
  Json json = Json::parse(text, nullptr, false);
  if (!json.is_object())
    return Fail(ErrorCode::kProtocolViolation, from + " sent an answer that is not a JSON object");
  return json;
}

}  // namespace

Error ProblemError(const HttpResponse& response, const std::string& server) {
  const ByteSpan content = response.Content();
  const Json json = Json::parse(content.begin(), content.end(), nullptr, false);
  std::string detail = json.is_object() ? Printable(TextField(json, "detail")) : "";
  if (detail.empty()) detail = fmt::format("it answered with status {}", response.status);
  ErrorCode code = ErrorCode::kUnavailable;
  if (response.status == 404) code = ErrorCode::kNotFound;
  if (response.status == 400 || response.status == 403 || response.status == 409 || response.status == 413) {
    code = ErrorCode::kInvalidArgument;
  }
  if (response.status == 429) code = ErrorCode::kResourceExhausted;
  return Error(code, server + ": " + detail);
}

std::optional<Refusal> ParseRefusalWord(std::string_view word) {
  for (unsigned value = 0; value < kRefusals; ++value) {
    if (RefusalWord(static_cast<Refusal>(value)) == word) return static_cast<Refusal>(value);
  }
  return std::nullopt;
}

Result<PartyClient> PartyClient::Create(const SignedSurvey& survey, unsigned party) {
  const PartyOperator& one = survey.survey().parties[party];
  HttpClientOptions options;
  ASSIGN_OR_RETURN(options.base, Url::Parse(one.url));
  options.pins = {FingerprintOfKey(one.identity_key)};
  options.max_response = std::size_t{64} << 20;
  ASSIGN_OR_RETURN(std::unique_ptr<HttpClient> client, HttpClient::Create(std::move(options)));
  return PartyClient(survey, party, std::move(client));
}

std::string PartyClient::Path(const std::string& rest) const {
  return "/v1/surveys/" + ToHex(survey_.hash()) + rest;
}

Result<std::string> PartyClient::Get(const std::string& path) {
  auto response = client_->Request("GET", path);
  if (!response) return std::unexpected(response.error().At(Name()));
  if (response->status != 200) return std::unexpected(ProblemError(*response, Name()));
  const ByteSpan content = response->Content();
  return std::string(content.begin(), content.end());
}

Result<std::string> PartyClient::Post(const std::string& path, ByteSpan body, const char* type) {
  auto response = client_->Request("POST", path, {{"Content-Type", type}}, body);
  if (!response) return std::unexpected(response.error().At(Name()));
  if (response->status < 200 || response->status > 202)
    return std::unexpected(ProblemError(*response, Name()));
  const ByteSpan content = response->Content();
  return std::string(content.begin(), content.end());
}

Result<UploadAnswer> PartyClient::Upload(std::span<const UploadedBox> items, std::span<const Bytes32> ids) {
  ASSIGN_OR_RETURN(const std::string text,
                   Post(Path("/submissions"), EncodeUpload(items), "application/octet-stream"));
  ASSIGN_OR_RETURN(const Json json, ParseObject(text, Name()));
  UploadAnswer answer;
  const auto root = HexField<Bytes32>(json, "root");
  const auto signature = HexField<Signature>(json, "signature");
  const Json verdicts = json.value("verdicts", Json::array());
  if (!root || !signature || !verdicts.is_array() || verdicts.size() != items.size()) {
    return Fail(ErrorCode::kProtocolViolation, Name() + " sent verdicts that do not parse");
  }
  std::vector<Bytes32> leaves;
  for (std::size_t i = 0; i < verdicts.size(); ++i) {
    const Json& one = verdicts[i];
    const std::string word = one.is_object() ? TextField(one, "refusal") : "";
    UploadVerdict verdict{
        .submission = ids[i], .outcome = UploadOutcome::kVerdict, .refusal = Refusal::kNone};
    if (word == "not-delivered") {
      verdict.outcome = UploadOutcome::kNotDelivered;
    } else {
      const auto refusal = ParseRefusalWord(word);
      const auto id = HexField<Bytes32>(one, "submission");
      if (!refusal || id != ids[i]) {
        return Fail(ErrorCode::kProtocolViolation,
                    Name() + " sent a verdict about something that was not asked");
      }
      verdict.refusal = *refusal;
      leaves.push_back(MerkleLeafHash("mpcstats/v1/verdict", VerdictLeaf({ids[i], *refusal})));
    }
    answer.verdicts.push_back(verdict);
  }
  answer.count = static_cast<std::uint32_t>(leaves.size());
  answer.root = *root;
  answer.signature = *signature;
  if (MerkleTree::OfLeafHashes(std::move(leaves)).Root() != answer.root ||
      !VerifySignature(survey_.survey().parties[party_].identity_key,
                       VerdictsInput(survey_.hash(), answer.count, answer.root), answer.signature)) {
    return Fail(ErrorCode::kProtocolViolation, Name() + " did not sign its verdicts");
  }
  return answer;
}

Status PartyClient::PostSurvey() {
  ASSIGN_OR_RETURN(const std::string text,
                   Post("/v1/surveys", AsBytes(survey_.ToJson()), "application/json"));
  return {};
}

Status PartyClient::Withdraw(const Withdrawal& withdrawal) {
  ASSIGN_OR_RETURN(const std::string text,
                   Post(Path("/withdrawals"), EncodeWithdrawal(withdrawal), "application/octet-stream"));
  return {};
}

Status PartyClient::OrderJob(const JobOrder& order) {
  ASSIGN_OR_RETURN(const std::string text,
                   Post(Path("/jobs"), AsBytes(JobOrderToJson(order)), "application/json"));
  return {};
}

Result<JobReport> PartyClient::Job(const std::string& name) {
  ASSIGN_OR_RETURN(const std::string text, Get(Path("/jobs/" + name)));
  ASSIGN_OR_RETURN(const Json json, ParseObject(text, Name()));
  return JobReport{.state = TextField(json, "state"),
                   .outcome = TextField(json, "outcome"),
                   .error = Printable(TextField(json, "error"))};
}

Result<std::vector<SignedBatch>> PartyClient::Batches() {
  ASSIGN_OR_RETURN(const std::string text, Get(Path("/batches")));
  ASSIGN_OR_RETURN(const Json json, ParseObject(text, Name()));
  std::vector<SignedBatch> batches;
  Bytes32 previous{};
  for (const Json& one : json.value("batches", Json::array())) {
    ASSIGN_OR_RETURN(SignedBatch batch, BatchFromJson(one.dump()));
    RETURN_IF_ERROR(VerifyBatch(batch, survey_));
    if (batch.certificate.previous != previous || batch.certificate.batch != batches.size() + 1) {
      return Fail(ErrorCode::kProtocolViolation, Name() + " shows batches that do not follow one another");
    }
    previous = Sha256(EncodeCertificate(batch.certificate));
    batches.push_back(std::move(batch));
  }
  return batches;
}

Result<BatchAnswers> PartyClient::Answers(const SignedBatch& batch) {
  ASSIGN_OR_RETURN(const std::string text,
                   Get(Path(fmt::format("/batches/{}/answers", batch.certificate.batch))));
  ASSIGN_OR_RETURN(const Json json, ParseObject(text, Name()));
  BatchAnswers answers;
  const auto bad = [&] {
    return Fail(ErrorCode::kProtocolViolation, Name() + " sent a list that does not parse");
  };
  for (const Json& id : json.value("accepted", Json::array())) {
    const auto parsed = id.is_string() ? ParseId(id.get_ref<const std::string&>()) : std::nullopt;
    if (!parsed) return bad();
    answers.accepted.push_back(*parsed);
  }
  for (const Json& one : json.value("refused", Json::array())) {
    const auto id = one.is_object() ? HexField<Bytes32>(one, "submission") : std::nullopt;
    const auto refusal = one.is_object() ? ParseRefusalWord(TextField(one, "refusal")) : std::nullopt;
    if (!id || !refusal) return bad();
    answers.refused.emplace_back(*id, *refusal);
  }
  const BatchCertificate& certificate = batch.certificate;
  if (answers.accepted.size() != certificate.count || AnswersRoot(answers.accepted) != certificate.root ||
      answers.refused.size() != certificate.refused ||
      RefusedRoot(answers.refused) != certificate.refused_root) {
    return Fail(ErrorCode::kProtocolViolation,
                Name() + " sent a list that is not the one which the three parties signed");
  }
  return answers;
}

Result<std::string> PartyClient::Release(const std::string& which) { return Get(Path("/releases/" + which)); }

}  // namespace mpcstats
