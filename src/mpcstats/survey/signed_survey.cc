#include "mpcstats/survey/signed_survey.h"

#include <fmt/format.h>

#include <algorithm>

#include "mpcstats/base/check.h"
#include "mpcstats/crypto/sha256.h"
#include "mpcstats/wire/codec.h"

namespace mpcstats {
namespace {

std::string PartyName(const Survey& survey, std::size_t index) {
  return fmt::format("party {} ({})", index, survey.parties[index].name);
}

// Two parties with one box key: whoever opens both boxes has every component of every answer.
Status CheckBoxKeys(const SurveyDraft& draft, const Survey& survey) {
  for (std::size_t i = 0; i < draft.box_keys.size(); ++i) {
    if (!draft.box_keys[i]) {
      return Fail(
          ErrorCode::kInvalidArgument,
          fmt::format("{} has given no box key yet; have it add its key and sign", PartyName(survey, i)));
    }
    for (std::size_t j = 0; j < i; ++j) {
      if (*draft.box_keys[i] != *draft.box_keys[j]) continue;
      return Fail(ErrorCode::kInvalidArgument,
                  fmt::format("{} and {} have the same box key; each needs one of its own for this survey",
                              PartyName(survey, j), PartyName(survey, i)));
    }
  }
  return {};
}

Status CheckSignatures(const SurveyDraft& draft, const Survey& survey, const Bytes32& hash) {
  for (unsigned i = 0; i < draft.signatures.size(); ++i) {
    if (!draft.signatures[i]) {
      return Fail(ErrorCode::kInvalidArgument,
                  fmt::format("{} has not signed the survey yet", PartyName(survey, i)));
    }
    if (VerifySignature(survey.parties[i].identity_key, SurveySignatureInput(hash, i), *draft.signatures[i]))
      continue;
    return Fail(
        ErrorCode::kInvalidArgument,
        fmt::format(
            "the signature of {} is not by its identity key over this text and these box keys; have it "
            "sign again",
            PartyName(survey, i)));
  }
  return {};
}

// Gives the time answers end. A close that not all have signed is on its way and has no effect yet.
Result<UnixSeconds> CheckClose(const SurveyDraft& draft, const Survey& survey, const Bytes32& hash) {
  if (!draft.close) return survey.closes;
  const SurveyClose& close = *draft.close;
  if (close.closes_at < 0 || close.closes_at > survey.closes) {
    return Fail(
        ErrorCode::kInvalidArgument,
        fmt::format(
            "the close object names a time after {}, when the survey closes anyway; a survey can only be "
            "closed earlier",
            FormatTime(survey.closes)));
  }
  bool all = true;
  for (unsigned i = 0; i < close.signatures.size(); ++i) {
    all &= close.signatures[i].has_value();
    if (!close.signatures[i] ||
        VerifySignature(survey.parties[i].identity_key, SurveyCloseInput(hash, close.closes_at, i),
                        *close.signatures[i])) {
      continue;
    }
    return Fail(
        ErrorCode::kInvalidArgument,
        fmt::format(
            "the close signature of {} is not by its identity key over this survey and time; have it sign "
            "again",
            PartyName(survey, i)));
  }
  return all ? close.closes_at : survey.closes;
}

}  // namespace

bool SurveyDraft::HasAllKeys() const {
  return std::ranges::all_of(box_keys, [](const auto& key) { return key.has_value(); });
}

Bytes32 SurveyDraft::Hash() const {
  CHECK(HasAllKeys());
  Writer writer;
  writer.Raw(AsBytes("mpcstats/v1/survey")).U64(text.size()).Raw(AsBytes(text));
  for (const auto& key : box_keys) writer.Raw(*key);
  return Sha256(writer.bytes());
}

Bytes SurveySignatureInput(const Bytes32& hash, unsigned index) {
  CHECK(index < 3);
  Writer writer;
  writer.Raw(AsBytes("mpcstats/v1/survey-signature")).Raw(hash).U8(static_cast<std::uint8_t>(index));
  return std::move(writer).Take();
}

Bytes SurveyCloseInput(const Bytes32& hash, UnixSeconds closes_at, unsigned index) {
  CHECK(index < 3 && closes_at >= 0);
  Writer writer;
  writer.Raw(AsBytes("mpcstats/v1/survey-close")).Raw(hash).U32(1);
  writer.U64(static_cast<std::uint64_t>(closes_at)).U8(static_cast<std::uint8_t>(index));
  return std::move(writer).Take();
}

struct SignedSurvey::State {
  Survey survey;
  SurveyDraft draft;
  Bytes32 hash{};
  std::array<Bytes32, 3> box_keys{};
  UnixSeconds closes_at = 0;
};

SignedSurvey::SignedSurvey(std::shared_ptr<const State> state) : state_(std::move(state)) {}

Result<SignedSurvey> SignedSurvey::FromDraft(SurveyDraft draft) {
  auto state = std::make_shared<State>();
  ASSIGN_OR_RETURN(state->survey, ParseSurvey(draft.text));
  RETURN_IF_ERROR(CheckBoxKeys(draft, state->survey));
  state->hash = draft.Hash();
  RETURN_IF_ERROR(CheckSignatures(draft, state->survey, state->hash));
  ASSIGN_OR_RETURN(state->closes_at, CheckClose(draft, state->survey, state->hash));
  for (std::size_t i = 0; i < state->box_keys.size(); ++i) state->box_keys[i] = *draft.box_keys[i];
  state->draft = std::move(draft);
  return SignedSurvey(std::move(state));
}

Result<SignedSurvey> SignedSurvey::FromJson(std::string_view json) {
  ASSIGN_OR_RETURN(SurveyDraft draft, DraftFromJson(json));
  return FromDraft(std::move(draft));
}

const Survey& SignedSurvey::survey() const { return state_->survey; }
const Bytes32& SignedSurvey::hash() const { return state_->hash; }
const std::array<Bytes32, 3>& SignedSurvey::box_keys() const { return state_->box_keys; }
const SurveyDraft& SignedSurvey::draft() const { return state_->draft; }
UnixSeconds SignedSurvey::closes_at() const { return state_->closes_at; }
std::string SignedSurvey::ToJson() const { return DraftToJson(state_->draft); }

}  // namespace mpcstats
