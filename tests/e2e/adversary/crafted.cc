#include "crafted.h"

#include <algorithm>

#include "mpcstats/base/check.h"
#include "mpcstats/crypto/sha256.h"
#include "mpcstats/survey/submission_box.h"

namespace mpcstats::e2e {
namespace {

SystemRng& System() {
  static SystemRng rng;
  return rng;
}

// As the parties cut a row: x_2 = row ^ x_0 ^ x_1, and 16 bytes of r behind each.
std::array<Bytes, 3> Split(const SignedSurvey& survey, const Bytes& row) {
  const unsigned bits = LayoutOf(survey.survey()).bits;
  std::array<Bytes, 3> components = {Bytes(row.size()), Bytes(row.size()), row};
  for (unsigned j = 0; j < 2; ++j) {
    System().Fill(components[j]);
    if (bits % 8 != 0) {
      components[j].back() = static_cast<std::uint8_t>(components[j].back() & ((1u << (bits % 8)) - 1));
    }
    for (std::size_t i = 0; i < row.size(); ++i) {
      components[2][i] = static_cast<std::uint8_t>(components[2][i] ^ components[j][i]);
    }
  }
  for (Bytes& component : components) {
    component.resize(row.size() + kOpeningNonceBytes);
    System().Fill(MutableByteSpan(component).subspan(row.size()));
  }
  return components;
}

}  // namespace

Parts HonestParts(const SignedSurvey& survey, const std::map<std::string, std::string>& cells,
                  const Bytes32& control) {
  const auto row = EncodeRow(survey.survey(), cells);
  CHECK(row.has_value());
  Parts parts;
  parts.header.survey_hash = survey.hash();
  parts.header.control_key = control;
  System().Fill(parts.header.nonce);
  parts.header.groups = HeaderGroupsOf(GroupsOf(survey.survey()));
  parts.openings = Split(survey, row->bytes(SecretAccess("a test's answer")));
  parts.committed = parts.openings;
  for (unsigned i = 0; i < 3; ++i) parts.boxed[i] = {parts.openings[i], parts.openings[(i + 1) % 3]};
  return parts;
}

Crafted Craft(const SignedSurvey& survey, Parts parts, const SigningKey& control) {
  Crafted made;
  Header header = parts.header;
  const Bytes32 context = ContextOf(header, 0);
  header.commitments.emplace_back();
  for (unsigned j = 0; j < 3; ++j) {
    header.commitments[0][j] =
        Commitment(context, {.j = j, .group = 0, .bits = header.groups[0].bits}, parts.committed[j]);
  }
  Envelope& envelope = made.submission.envelope;
  envelope.header = EncodeHeader(header);
  made.id = SubmissionId(envelope.header);
  for (unsigned i = 0; i < 3; ++i) {
    Bytes plaintext = parts.boxed[i][0];
    plaintext.insert(plaintext.end(), parts.boxed[i][1].begin(), parts.boxed[i][1].end());
    auto box = HpkeSeal(survey.box_keys()[i], BoxInfo(survey.hash(), i), made.id, plaintext, System());
    CHECK(box.has_value());
    made.submission.boxes[i] = std::move(*box);
    envelope.box_hashes[i] = Sha256(made.submission.boxes[i]);
  }
  envelope.seal = control.Sign(SealInput(made.id, envelope.box_hashes));
  made.parts = std::move(parts);
  return made;
}

Crafted Honest(const SignedSurvey& survey, const std::map<std::string, std::string>& cells,
               const SigningKey& control) {
  return Craft(survey, HonestParts(survey, cells, control.PublicKey()), control);
}

SigningKey FreshKey() { return SigningKey::Generate(System()); }

}  // namespace mpcstats::e2e
