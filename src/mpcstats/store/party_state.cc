#include "mpcstats/store/party_state.h"

#include <fmt/core.h>

#include <algorithm>

#include "mpcstats/store/survey_table.h"
#include "mpcstats/wire/codec.h"

namespace mpcstats {
namespace {

// A sixteenth of what one key may seal, as every start of the program makes a new AeadKey from it; what a disk holds of
// answers is far below either.
constexpr std::uint64_t kSealsPerStart = AeadKey::kMaxSeals / 16;

}  // namespace

Result<std::int64_t> PartyStore::State::Survey(const Bytes32& hash) { return SurveyNumber(database, hash); }

Result<std::int64_t> PartyStore::State::OpenSurvey(const Bytes32& hash) {
  ASSIGN_OR_RETURN(const std::int64_t survey, Survey(hash));
  ASSIGN_OR_RETURN(
      Statement find,
      Query(database, "SELECT shares_destroyed, stop_reason FROM survey_keys WHERE survey = ?1", {survey}));
  ASSIGN_OR_RETURN(const bool row, find.Step());
  if (!row) return Fail(ErrorCode::kInternal, "database: a survey without its keys row");
  if (!find.IsNull(1)) return Fail(ErrorCode::kInvalidArgument, find.Text(1));
  if (find.Int(0) != 0) {
    return Fail(ErrorCode::kInvalidArgument,
                fmt::format("survey {} is over: its shares were destroyed", ToHex(hash)));
  }
  return survey;
}

Result<AeadKey*> PartyStore::State::ShareKey(const Bytes32& hash) {
  if (const auto known = share_keys.find(hash); known != share_keys.end()) return &known->second;
  ASSIGN_OR_RETURN(const std::int64_t survey, Survey(hash));
  ASSIGN_OR_RETURN(Statement find,
                   Query(database, "SELECT shares_destroyed FROM survey_keys WHERE survey = ?1", {survey}));
  ASSIGN_OR_RETURN(const bool row, find.Step());
  if (row && find.Int(0) != 0) {
    return Fail(
        ErrorCode::kNotFound,
        fmt::format("the shares of survey {} were destroyed at the end of their retention", ToHex(hash)));
  }
  find.Reset();
  ASSIGN_OR_RETURN(const std::optional<Secret<Bytes32>> key, keys.Find(ToHex(hash) + ".shares"));
  if (!key) {
    return Fail(
        ErrorCode::kNotFound,
        fmt::format("the share key keys/{}.shares is missing: restore it from a backup", ToHex(hash)));
  }
  return &share_keys.emplace(hash, AeadKey(*key, kSealsPerStart)).first->second;
}

Result<Bytes> PartyStore::State::Seal(const Bytes32& hash, ByteSpan aad, ByteSpan plaintext) {
  ASSIGN_OR_RETURN(AeadKey * key, ShareKey(hash));
  return key->Seal(rng, aad, plaintext);
}

Result<std::uint32_t> PartyStore::State::LastBatch(std::int64_t survey) {
  ASSIGN_OR_RETURN(
      Statement find,
      Query(database, "SELECT ifnull(max(batch), 0) FROM batches WHERE survey = ?1 AND closed = 1",
            {survey}));
  RETURN_IF_ERROR(find.Step());
  return static_cast<std::uint32_t>(find.Int(0));
}

Bytes SealedFor(std::string_view tag, const Bytes32& survey_hash, ByteSpan id) {
  return Writer().Raw(AsBytes(tag)).Raw(survey_hash).Raw(id).bytes();
}

Bytes SealedFor(std::string_view tag, const Bytes32& survey_hash, std::uint32_t batch,
                std::uint32_t attempt) {
  return Writer().Raw(AsBytes(tag)).Raw(survey_hash).U32(batch).U32(attempt).bytes();
}

Bytes EncodeSignatures(const Signatures& signatures) {
  Writer writer;
  for (const std::optional<Signature>& signature : signatures) {
    writer.U8(signature ? 1 : 0).Raw(signature.value_or(Signature{}));
  }
  return std::move(writer).Take();
}

Result<Signatures> DecodeSignatures(ByteSpan bytes) {
  Reader reader(bytes);
  Signatures signatures;
  for (std::optional<Signature>& signature : signatures) {
    const bool there = reader.U8() == 1;
    const ByteSpan raw = reader.Raw(sizeof(Signature));
    if (!there || !reader.ok()) continue;
    signature.emplace();
    std::ranges::copy(raw, signature->begin());
  }
  RETURN_IF_ERROR(reader.Finish("stored signatures"));
  return signatures;
}

Result<Signatures> MergeSignatures(const Signatures& old_ones, const Signatures& new_ones) {
  Signatures merged = old_ones;
  for (unsigned i = 0; i < 3; ++i) {
    if (!new_ones[i]) continue;
    if (merged[i] && *merged[i] != *new_ones[i]) {
      return Fail(ErrorCode::kInvalidArgument, fmt::format("party {} gave another signature before", i));
    }
    merged[i] = new_ones[i];
  }
  return merged;
}

bool Complete(const Signatures& signatures) {
  return std::ranges::all_of(signatures, [](const auto& signature) { return signature.has_value(); });
}

Result<Header> HeaderOf(ByteSpan envelope) {
  const auto damaged = [](const Error& error) {
    return Fail(ErrorCode::kInternal, "a stored envelope does not decode: " + error.message());
  };
  const Result<Envelope> decoded = DecodeEnvelope(envelope);
  if (!decoded) return damaged(decoded.error());
  Result<Header> header = DecodeHeader(decoded->header);
  if (!header) return damaged(header.error());
  return header;
}

}  // namespace mpcstats
