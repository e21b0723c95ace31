// For the tests of the stores: a folder that goes away, and submissions that cost nothing to make.
#pragma once

#include <stdlib.h>

#include <array>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <utility>
#include <vector>

#include "mpcstats/base/check.h"
#include "mpcstats/crypto/sha256.h"
#include "mpcstats/store/party_store.h"
#include "mpcstats/survey/submission_testing.h"

namespace mpcstats::testing {

class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string name = std::filesystem::temp_directory_path() / "mpcstats-store-XXXXXX";
    CHECK(mkdtemp(name.data()) != nullptr);
    path_ = name;
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  ~TemporaryFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  [[nodiscard]] const std::string& path() const { return path_; }
  [[nodiscard]] std::string operator/(const std::string& name) const { return path_ + "/" + name; }

 private:
  std::string path_;
};

inline std::string FileText(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

inline Bytes32 NumberHash(std::string_view tag, std::uint64_t number) {
  return Sha256Stream(tag).AddU64(number).Finish();
}

/// A submission that CheckEnvelope is taken to have passed: the store does not look at boxes and proofs.
inline CheckedEnvelope MadeEnvelope(const SignedSurvey& survey, std::uint64_t number) {
  CheckedEnvelope made;
  Header& header = made.header;
  header.survey_hash = survey.hash();
  header.control_key = NumberHash("control", number);
  header.nonce = NumberHash("nonce", number);
  header.token_hash = NumberHash("token", number);
  header.groups.resize(1);
  header.commitments.push_back(
      {NumberHash("c0", number), NumberHash("c1", number), NumberHash("c2", number)});
  return made;
}

inline void Finish(CheckedEnvelope& made) {
  made.envelope.header = EncodeHeader(made.header);
  made.id = SubmissionId(made.envelope.header);
}

/// Envelopes with the items that point to them; the openings are 100 bytes that name their submission.
struct Items {
  Items(const SignedSurvey& survey, std::uint64_t first, std::size_t count) {
    envelopes.reserve(count);
    for (std::uint64_t i = first; i < first + count; ++i) {
      CheckedEnvelope& made = envelopes.emplace_back(MadeEnvelope(survey, i));
      Finish(made);
      items.push_back({&made, EncodeEnvelope(made.envelope), OpeningOf(i)});
    }
  }
  static Bytes OpeningOf(std::uint64_t number) {
    const Bytes32 hash = NumberHash("opening", number);
    Bytes opening(100, 'x');
    std::copy(hash.begin(), hash.end(), opening.begin());
    return opening;
  }
  [[nodiscard]] Bytes32 id(std::size_t i) const { return envelopes[i].id; }
  [[nodiscard]] std::vector<Bytes32> ids() const {
    std::vector<Bytes32> all;
    for (const CheckedEnvelope& made : envelopes) all.push_back(made.id);
    return all;
  }

  std::vector<CheckedEnvelope> envelopes;
  std::vector<NewSubmission> items;
};

inline std::array<Signature, 3> SignAll(const TestSurvey& test, const BatchCertificate& certificate) {
  std::array<Signature, 3> signatures;
  for (unsigned i = 0; i < 3; ++i) signatures[i] = test.identities[i].Sign(EncodeCertificate(certificate));
  return signatures;
}

/// A record as party 0 prepares it, after the `previous` certificate.
inline BatchRecord MadeRecord(const TestSurvey& test, std::uint32_t batch, std::uint32_t attempt,
                              std::vector<Bytes32> accepted,
                              std::vector<std::pair<Bytes32, Refusal>> refused = {},
                              const BatchCertificate* previous = nullptr) {
  BatchRecord record;
  record.batch = batch;
  record.attempt = attempt;
  record.certificate = {.survey_hash = test.signed_survey.hash(),
                        .batch = batch,
                        .attempt = attempt,
                        .previous = previous ? Sha256(EncodeCertificate(*previous)) : Bytes32{},
                        .count = static_cast<std::uint32_t>(accepted.size()),
                        .root = AnswersRoot(accepted),
                        .refused = static_cast<std::uint32_t>(refused.size()),
                        .refused_root = RefusedRoot(refused),
                        .revocations = {},
                        .closed_at = kTestOpens + 3600 * batch};
  record.accepted = std::move(accepted);
  record.refused = std::move(refused);
  record.shares = Bytes(200, static_cast<std::uint8_t>('a' + batch));
  record.signatures[0] = test.identities[0].Sign(EncodeCertificate(record.certificate));
  return record;
}

inline std::string MessageOf(const Status& status) { return status ? "no error" : status.error().message(); }
template <typename T>
std::string MessageOf(const Result<T>& result) {
  return result ? "no error" : result.error().message();
}

}  // namespace mpcstats::testing
