#include <algorithm>

#include "mpcstats/base/buffer.h"
#include "mpcstats/base/check.h"
#include "mpcstats/crypto/sha256.h"
#include "mpcstats/survey/submission_box.h"

namespace mpcstats {
namespace {

Status CheckOptions(const Survey& survey, ByteSpan row, const SealOptions& options) {
  const RowLayout layout = LayoutOf(survey);
  if (row.size() != layout.bytes() || !HasZeroTop(row, layout.bits)) {
    return Fail(ErrorCode::kInvalidArgument,
                "this row is not one of this survey; encode it with this survey");
  }
  if ((options.version == 0) != (options.replaces == Bytes32{})) {
    return Fail(
        ErrorCode::kInvalidArgument,
        "a replacement has a version from 1 on and the id of the answer it replaces; a first answer has "
        "version 0 and no id");
  }
  switch (survey.eligibility) {
    case Eligibility::kOpen:
      if (options.invite == nullptr) return {};
      return Fail(ErrorCode::kInvalidArgument, "this survey is open to everybody; leave the invitation out");
    case Eligibility::kInvite:
      if (options.invite != nullptr) return {};
      return Fail(ErrorCode::kInvalidArgument,
                  "this survey is by invitation; give the invitation that you were sent");
    case Eligibility::kProven: break;
  }
  return Fail(ErrorCode::kInvalidArgument,
              "this survey takes proven answers only; prove the answer with one of its sources");
}

Result<Bytes> SealBox(const SealInputs& inputs, const Bytes32& id, unsigned party, Rng& rng) {
  const ByteSpan own = inputs.components[party];
  const ByteSpan next = inputs.components[(party + 1) % 3];
  Buffer<std::uint8_t> plaintext(own.size() + next.size() + inputs.places.size());
  std::ranges::copy(own, plaintext.data());
  std::ranges::copy(next, plaintext.data() + own.size());
  std::ranges::copy(inputs.places, plaintext.data() + own.size() + next.size());
  const SignedSurvey& survey = *inputs.survey;
  return HpkeSeal(survey.box_keys()[party], BoxInfo(survey.hash(), party), id, plaintext.span(), rng);
}

}  // namespace

Components SplitRow(ByteSpan row, unsigned bits, Rng& rng) {
  Components components;
  for (auto& component : components) component = Buffer<std::uint8_t>(row.size() + kOpeningNonceBytes);
  rng.Fill(components[0].span().first(row.size()));
  rng.Fill(components[1].span().first(row.size()));
  if (bits % 8 != 0) {
    const auto mask = static_cast<std::uint8_t>((1u << (bits % 8)) - 1);
    components[0][row.size() - 1] &= mask;
    components[1][row.size() - 1] &= mask;
  }
  for (std::size_t i = 0; i < row.size(); ++i) {
    components[2][i] = static_cast<std::uint8_t>(row[i] ^ components[0][i] ^ components[1][i]);
  }
  for (auto& component : components) rng.Fill(component.span().subspan(row.size()));
  return components;
}

std::array<Bytes32, 3> CommitTo(const Header& header, std::size_t group, const Components& components) {
  const Bytes32 context = ContextOf(header, group);
  std::array<Bytes32, 3> triple;
  for (unsigned j = 0; j < 3; ++j) {
    triple[j] = Commitment(context,
                           {.j = j, .group = static_cast<unsigned>(group), .bits = header.groups[group].bits},
                           components[j].span());
  }
  return triple;
}

Result<Submission> SealBoxes(const Header& header, const SealInputs& inputs, const SigningKey& control,
                             Rng& rng) {
  Submission submission;
  submission.envelope.header = EncodeHeader(header);
  const Bytes32 id = SubmissionId(submission.envelope.header);
  for (unsigned party = 0; party < 3; ++party) {
    ASSIGN_OR_RETURN(submission.boxes[party], SealBox(inputs, id, party, rng));
    submission.envelope.box_hashes[party] = Sha256(submission.boxes[party]);
  }
  submission.envelope.seal = control.Sign(SealInput(id, submission.envelope.box_hashes));
  return submission;
}

Result<Submission> SealSubmission(const SignedSurvey& survey, const RowBits& row, const SigningKey& control,
                                  const SealOptions& options, Rng& rng) {
  const Bytes& bits = row.bytes(SecretAccess("splitting an answer"));
  RETURN_IF_ERROR(CheckOptions(survey.survey(), bits, options));
  Header header;
  header.survey_hash = survey.hash();
  header.control_key = control.PublicKey();
  rng.Fill(header.nonce);
  header.version = options.version;
  header.replaces = options.replaces;
  header.groups = HeaderGroupsOf(GroupsOf(survey.survey()));
  std::optional<SigningKey> token;
  if (options.invite != nullptr) {
    token = SigningKey::FromSeed(options.invite->seed);
    if (!IsInvited(survey.survey(), token->PublicKey(), options.invite->index, options.invite->path)) {
      return Fail(ErrorCode::kInvalidArgument,
                  "this invitation is not to this survey; use the survey's address that came with it");
    }
    header.token_hash = TokenHash(token->PublicKey());
  }
  const Components components = SplitRow(bits, header.groups[0].bits, rng);
  header.commitments.push_back(CommitTo(header, 0, components));
  const SealInputs inputs{.survey = &survey,
                          .components = {components[0].span(), components[1].span(), components[2].span()},
                          .places = {}};
  ASSIGN_OR_RETURN(Submission submission, SealBoxes(header, inputs, control, rng));
  if (token) {
    const Bytes32 id = SubmissionId(submission.envelope.header);
    submission.envelope.invite = InviteProof{.token_key = token->PublicKey(),
                                             .index = options.invite->index,
                                             .path = options.invite->path,
                                             .signature = token->Sign(InviteInput(id))};
  }
  return submission;
}

}  // namespace mpcstats
