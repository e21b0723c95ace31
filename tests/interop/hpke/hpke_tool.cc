// HPKE by lines on stdin, for the comparison with another implementation (run.sh). Bytes are hexadecimal, none is "-".
//
//   public SECRET                 -> the public key
//   seal PUBLIC INFO AAD TEXT     -> the box
//   open SECRET INFO AAD BOX      -> the text, or "refused"
//
// Ends with 2 at the first line that is none of these.
#include <algorithm>
#include <iostream>
#include <optional>
#include <sstream>
#include <string>
#include <vector>

#include "mpcstats/crypto/hpke.h"

namespace mpcstats {
namespace {

std::optional<Bytes32> Key(const Bytes& bytes) {
  if (bytes.size() != 32) return std::nullopt;
  Bytes32 key;
  std::ranges::copy(bytes, key.begin());
  return key;
}

std::string Text(ByteSpan bytes) { return bytes.empty() ? "-" : ToHex(bytes); }

std::optional<std::string> Answer(const std::string& line, Rng& rng) {
  std::istringstream words(line);
  std::string command;
  words >> command;
  std::vector<Bytes> fields;
  for (std::string word; words >> word;) {
    const auto bytes = FromHex(word == "-" ? "" : word);
    if (!bytes) return std::nullopt;
    fields.push_back(*bytes);
  }
  const auto key = fields.empty() ? std::nullopt : Key(fields[0]);
  if (!key) return std::nullopt;
  if (command == "public" && fields.size() == 1) {
    return ToHex(HpkeKey::FromSecret(Secret<Bytes32>(*key)).PublicKey());
  }
  if (fields.size() != 4) return std::nullopt;
  if (command == "seal") {
    const auto box = HpkeSeal(*key, fields[1], fields[2], fields[3], rng);
    return box ? Text(*box) : "refused";
  }
  if (command == "open") {
    const auto text = HpkeOpen(HpkeKey::FromSecret(Secret<Bytes32>(*key)), fields[1], fields[2], fields[3]);
    return text ? Text(*text) : "refused";
  }
  return std::nullopt;
}

}  // namespace
}  // namespace mpcstats

int main() {
  mpcstats::SystemRng rng;
  for (std::string line; std::getline(std::cin, line);) {
    const auto answer = mpcstats::Answer(line, rng);
    if (!answer) {
      std::cerr << "hpke_tool: a line is none of: public SECRET; seal PUBLIC INFO AAD TEXT; open SECRET INFO "
                   "AAD BOX\n";
      return 2;
    }
    std::cout << *answer << "\n";
  }
  return 0;
}
