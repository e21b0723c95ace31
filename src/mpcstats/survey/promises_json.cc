// JSON of promises. Decoding is strict: every field, no other, in one spelling.
#include <algorithm>
#include <nlohmann/json.hpp>

#include "mpcstats/survey/promises.h"
#include "mpcstats/survey/submission_fields.h"

namespace mpcstats {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kMaxJsonBytes = 16384;

// Reads the fields of one object by name; fails once and for all, and says at which field.
class ObjectReader {
 public:
  ObjectReader(const Json& object, std::string what) : object_(object), what_(std::move(what)) {
    if (!object_.is_object()) Refuse("is not an object");
  }

  template <std::size_t N>
  void Hex(const char* name, std::array<std::uint8_t, N>& out) {
    if (const Json* value = Find(name); value != nullptr && !ReadHex(*value, out)) {
      RefuseField(name, "is not " + std::to_string(2 * N) + " lower-case hexadecimal digits");
    }
  }

  void U32(const char* name, std::uint32_t& out) {
    const Json* value = Find(name);
    if (value == nullptr) return;
    if (!value->is_number_unsigned() || value->get<std::uint64_t>() > 0xffffffffu) {
      return RefuseField(name, "is not a whole number below 2^32");
    }
    out = value->get<std::uint32_t>();
  }

  void Time(const char* name, UnixSeconds& out) {
    const Json* value = Find(name);
    if (value == nullptr) return;
    const auto* text = value->get_ptr<const std::string*>();
    const auto time =
        text == nullptr ? Result<UnixSeconds>(Fail(ErrorCode::kInvalidArgument, {})) : ParseTime(*text);
    if (!time || *time < 0 || FormatTime(*time) != *text) {
      return RefuseField(name, "is not a time such as 2026-11-23T09:00:00Z");
    }
    out = *time;
  }

  void Text(const char* name, std::string_view expected) {
    const Json* value = Find(name);
    if (value != nullptr && *value != expected) RefuseField(name, "is not \"" + std::string(expected) + "\"");
  }

  void Hashes(const char* name, std::vector<Bytes32>& out) {
    const Json* value = Find(name);
    if (value == nullptr) return;
    if (!value->is_array() || value->size() > kMaxPath)
      return RefuseField(name, "is not a list of at most 32 hashes");
    out.resize(value->size());
    for (std::size_t i = 0; i < out.size(); ++i) {
      if (!ReadHex((*value)[i], out[i])) return RefuseField(name, "is not a list of hashes");
    }
  }

  void Signatures(const char* name, std::array<Signature, 3>& out) {
    const Json* value = Find(name);
    if (value == nullptr) return;
    bool good = value->is_array() && value->size() == out.size();
    for (std::size_t i = 0; good && i < out.size(); ++i) good = ReadHex((*value)[i], out[i]);
    if (!good) RefuseField(name, "is not a list of three signatures");
  }

  const Json* Object(const char* name) { return Find(name); }

  // After the last field: whatever was not asked for does not belong there.
  [[nodiscard]] Status Finish() {
    if (status_ && object_.size() != fields_) Refuse("has a field that does not belong there");
    return status_;
  }

 private:
  const Json* Find(const char* name) {
    ++fields_;
    if (!status_) return nullptr;
    const auto found = object_.find(name);
    if (found != object_.end()) return &*found;
    RefuseField(name, "is missing");
    return nullptr;
  }

  template <std::size_t N>
  static bool ReadHex(const Json& value, std::array<std::uint8_t, N>& out) {
    const auto* text = value.get_ptr<const std::string*>();
    if (text == nullptr || text->size() != 2 * N) return false;
    const std::optional<Bytes> bytes = FromHex(*text);
    if (!bytes || ToHex(*bytes) != *text) return false;
    std::ranges::copy(*bytes, out.begin());
    return true;
  }

  void Refuse(std::string_view fault) {
    if (status_) status_ = Fail(ErrorCode::kInvalidArgument, what_ + " " + std::string(fault));
  }
  void RefuseField(const char* name, std::string_view fault) {
    if (status_) {
      status_ = Fail(ErrorCode::kInvalidArgument,
                     "\"" + std::string(name) + "\" of " + what_ + " " + std::string(fault));
    }
  }

  const Json& object_;
  std::string what_;
  std::size_t fields_ = 0;
  Status status_;
};

Result<Json> Parse(std::string_view text, const std::string& what) {
  if (text.size() > kMaxJsonBytes) {
    return Fail(ErrorCode::kInvalidArgument, what + " is longer than any can be");
  }
  Json json = Json::parse(text, nullptr, false);
  if (json.is_discarded()) return Fail(ErrorCode::kInvalidArgument, what + " is not JSON");
  return json;
}

Json CertificateJson(const BatchCertificate& certificate) {
  return {{"survey", ToHex(certificate.survey_hash)},
          {"batch", certificate.batch},
          {"attempt", certificate.attempt},
          {"previous", ToHex(certificate.previous)},
          {"count", certificate.count},
          {"root", ToHex(certificate.root)},
          {"refused", certificate.refused},
          {"refused_root", ToHex(certificate.refused_root)},
          {"revocations", ToHex(certificate.revocations)},
          {"closed_at", FormatTime(certificate.closed_at)}};
}

Result<BatchCertificate> CertificateFrom(const Json& json) {
  BatchCertificate certificate;
  ObjectReader reader(json, "the batch certificate");
  reader.Hex("survey", certificate.survey_hash);
  reader.U32("batch", certificate.batch);
  reader.U32("attempt", certificate.attempt);
  reader.Hex("previous", certificate.previous);
  reader.U32("count", certificate.count);
  reader.Hex("root", certificate.root);
  reader.U32("refused", certificate.refused);
  reader.Hex("refused_root", certificate.refused_root);
  reader.Hex("revocations", certificate.revocations);
  reader.Time("closed_at", certificate.closed_at);
  RETURN_IF_ERROR(reader.Finish());
  return certificate;
}

}  // namespace

std::string TicketToJson(const Ticket& ticket) {
  return Json{{"format", "mpcstats/v1/ticket"},
              {"survey", ToHex(ticket.survey_hash)},
              {"submission", ToHex(ticket.submission)},
              {"received_at", FormatTime(ticket.received_at)},
              {"propose_by", FormatTime(ticket.propose_by)},
              {"signature", ToHex(ticket.signature)}}
      .dump();
}

Result<Ticket> TicketFromJson(std::string_view text) {
  ASSIGN_OR_RETURN(const Json json, Parse(text, "the ticket"));
  Ticket ticket;
  ObjectReader reader(json, "the ticket");
  reader.Text("format", "mpcstats/v1/ticket");
  reader.Hex("survey", ticket.survey_hash);
  reader.Hex("submission", ticket.submission);
  reader.Time("received_at", ticket.received_at);
  reader.Time("propose_by", ticket.propose_by);
  reader.Hex("signature", ticket.signature);
  RETURN_IF_ERROR(reader.Finish());
  return ticket;
}

std::string BatchToJson(const SignedBatch& batch) {
  Json signatures = Json::array();
  for (const Signature& signature : batch.signatures) signatures.push_back(ToHex(signature));
  return Json{{"format", "mpcstats/v1/batch"},
              {"certificate", CertificateJson(batch.certificate)},
              {"signatures", signatures}}
      .dump();
}

Result<SignedBatch> BatchFromJson(std::string_view text) {
  ASSIGN_OR_RETURN(const Json json, Parse(text, "the batch"));
  SignedBatch batch;
  ObjectReader reader(json, "the batch");
  reader.Text("format", "mpcstats/v1/batch");
  const Json* const certificate = reader.Object("certificate");
  reader.Signatures("signatures", batch.signatures);
  RETURN_IF_ERROR(reader.Finish());
  ASSIGN_OR_RETURN(batch.certificate, CertificateFrom(*certificate));
  return batch;
}

std::string InclusionToJson(const Inclusion& inclusion) {
  Json path = Json::array();
  for (const Bytes32& node : inclusion.path) path.push_back(ToHex(node));
  return Json{{"format", "mpcstats/v1/inclusion"},
              {"batch", inclusion.batch},
              {"index", inclusion.index},
              {"count", inclusion.count},
              {"path", path}}
      .dump();
}

Result<Inclusion> InclusionFromJson(std::string_view text) {
  ASSIGN_OR_RETURN(const Json json, Parse(text, "the inclusion proof"));
  Inclusion inclusion;
  ObjectReader reader(json, "the inclusion proof");
  reader.Text("format", "mpcstats/v1/inclusion");
  reader.U32("batch", inclusion.batch);
  reader.U32("index", inclusion.index);
  reader.U32("count", inclusion.count);
  reader.Hashes("path", inclusion.path);
  RETURN_IF_ERROR(reader.Finish());
  if (inclusion.batch == 0 || inclusion.index >= inclusion.count) {
    return Fail(ErrorCode::kInvalidArgument,
                "the inclusion proof has the batch number 0, or an index that is not below its count");
  }
  return inclusion;
}

}  // namespace mpcstats
