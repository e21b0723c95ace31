#include "mpcstats/attestation/verify_file.h"

#include <fmt/core.h>

#include <algorithm>
#include <ctime>
#include <fstream>
#include <iterator>

namespace mpcstats {
namespace {

std::string Minute(std::uint64_t minutes) {
  const auto seconds = static_cast<std::time_t>(minutes * 60);
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  char text[32];
  return {text, std::strftime(text, sizeof(text), "%Y-%m-%dT%H:%MZ", &parts)};
}

std::string Shown(ByteSpan bytes) {
  std::string text;
  for (const std::uint8_t byte : bytes) {
    if (byte >= 0x20 && byte < 0x7f && byte != '\\') {
      text += static_cast<char>(byte);
    } else {
      text += fmt::format("\\x{:02x}", byte);
    }
  }
  return text;
}

std::string_view ModeText(AttestationMode mode) {
  return mode == AttestationMode::kMpc
             ? "mpc: the notary and the prover together were the TLS client"
             : "proxy: the notary relayed the bytes and the prover alone held the keys (weaker than mpc)";
}

// units / 10^scale, exactly.
std::string Units(std::int64_t units, unsigned scale) {
  const bool negative = units < 0;
  const std::uint64_t size =
      negative ? 0 - static_cast<std::uint64_t>(units) : static_cast<std::uint64_t>(units);
  std::string digits = std::to_string(size);
  if (scale > 0) {
    if (digits.size() <= scale) digits.insert(0, scale + 1 - digits.size(), '0');
    digits.insert(digits.size() - scale, ".");
  }
  return (negative ? "-" : "") + digits;
}

std::string ColumnText(const AttestedColumn& column) {
  std::string text = "  " + column.name;
  switch (column.kind) {
    case AttestedKind::kNumber:
      text += fmt::format(": a number from {} to {}", Units(column.min_units, column.scale),
                          Units(column.max_units, column.scale));
      break;
    case AttestedKind::kCategory: text += fmt::format(": one of {} categories", column.max_units + 1); break;
    case AttestedKind::kUnique: text += ": an identifier"; break;
  }
  return text + (column.may_be_missing ? ", which may be missing\n" : "\n");
}

std::string OpenText(const PublicFacts& facts) {
  std::string text;
  for (const NamedBytes& one : facts.values) {
    text += fmt::format("public {}: {}\n", one.name, Shown(one.value));
  }
  for (const NamedPredicate& one : facts.predicates) {
    text += fmt::format("public {}: {}\n", one.name, one.holds ? "holds" : "does not hold");
  }
  return text;
}

std::string TranscriptText(const TranscriptFacts& facts) {
  std::string text =
      fmt::format("sent: {} bytes in {} records\nreceived: {} bytes in {} records\n", facts.sent_bytes,
                  facts.sent_records, facts.received_bytes, facts.received_records);
  for (const RevealedRange& range : facts.revealed) {
    text += fmt::format("public bytes, {} at {}: {}\n", range.direction == 0 ? "sent" : "received",
                        range.offset, Shown(range.bytes));
  }
  return text;
}

Result<Bytes> ReadWhole(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return Fail(ErrorCode::kNotFound, "the file " + path + " cannot be read");
  Bytes bytes;
  char block[4096];
  while (file.read(block, sizeof(block)) || file.gcount() > 0) {
    bytes.insert(bytes.end(), block, block + file.gcount());
    if (bytes.size() > kMaxAttestationBytes) {
      return Fail(ErrorCode::kInvalidArgument, "the file " + path + " is longer than any attestation");
    }
  }
  if (file.bad()) return Fail(ErrorCode::kInvalidArgument, "the file " + path + " cannot be read to its end");
  return bytes;
}

}  // namespace

Result<Bytes32> ParseNotaryKey(std::string_view text) {
  static constexpr std::string_view kPrefix = "ed25519:";
  Bytes32 key{};
  const auto bytes = text.starts_with(kPrefix) ? FromHex(text.substr(kPrefix.size())) : std::nullopt;
  if (!bytes || bytes->size() != key.size() || ToHex(*bytes) != text.substr(kPrefix.size())) {
    return Fail(ErrorCode::kInvalidArgument,
                "a notary's key is \"ed25519:\" and 64 hexadecimal digits in lower case");
  }
  std::ranges::copy(*bytes, key.begin());
  return key;
}

std::string DescribePresentation(const Presentation& shown) {
  const Attestation& facts = shown.facts;
  const SessionFacts& session = facts.session;
  std::string text = fmt::format("website: {}\n", facts.server.host);
  text += fmt::format("time: {} to {}, by the notary's clock, to the minute\n", Minute(session.start_minute),
                      Minute(session.end_minute));
  text += fmt::format("mode: {}\n", ModeText(session.mode));
  text += fmt::format("complete: {}\n",
                      session.complete ? "yes" : "no: the website's answer may have been cut short");
  text += fmt::format("tls: version {:04x}, cipher suite {:04x}, group {:04x}\n", session.tls, session.suite,
                      session.group);
  text += fmt::format("session: {}\ncontext: {}\n", ToHex(session.session_id), ToHex(session.context));
  text += fmt::format("certificate key: {}\ncertificate chain: {}\nauthorities: {}\n",
                      ToHex(facts.server.spki_hash), ToHex(facts.server.chain_hash),
                      ToHex(facts.server.root_store));
  text += fmt::format("template: {}\n", ToHex(facts.statement.template_hash));
  if (!facts.statement.columns.empty()) {
    text += "hidden columns, committed to:\n";
    for (const AttestedColumn& column : facts.statement.columns) text += ColumnText(column);
  }
  text += OpenText(facts.open);
  text += shown.withheld[4] ? "withheld: exact times, lengths, ranges\n" : TranscriptText(facts.transcript);
  if (shown.withheld[5]) {
    text += "withheld: network addresses\n";
  } else if (!facts.network.peer.empty()) {
    text +=
        fmt::format("network: the notary at {} connected to {}\n", facts.network.egress, facts.network.peer);
  }
  return text + fmt::format("notary key id: {}\n", ToHex(shown.key_id));
}

VerifyOutcome VerifyAttestationFile(const std::string& path, std::string_view notary_key) {
  VerifyOutcome outcome;
  const Result<Bytes32> key = ParseNotaryKey(notary_key);
  if (!key) {
    outcome.err = key.error().message();
    return outcome;
  }
  const Result<Bytes> bytes = ReadWhole(path);
  if (!bytes) {
    outcome.err = bytes.error().message();
    return outcome;
  }
  const Result<Presentation> shown = DecodePresentation(*bytes);
  if (!shown) {
    outcome.err = fmt::format("{} is no attestation that can be read: {}", path, shown.error().message());
    return outcome;
  }
  if (!VerifyPresentation(*shown, *key)) {
    outcome.exit_code = 1;
    outcome.out = shown->key_id == NotaryKeyId(*key)
                      ? "NOT VERIFIED: it names this notary's key but was altered behind the signing\n"
                      : "NOT VERIFIED: it is by another key than the one you gave\n";
    return outcome;
  }
  outcome.exit_code = 0;
  outcome.out =
      DescribePresentation(*shown) +
      "verified: the holder of the key you gave signed this. It is as true as that notary is honest.\n";
  return outcome;
}

}  // namespace mpcstats
