// Any response is refused alike by the matcher and by the circuit, or read alike; any head is refused or cut within bounds.
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "mpcstats/base/check.h"
#include "mpcstats/circuit/evaluate.h"
#include "mpcstats/zktls/statement/statement.h"

namespace mpcstats {
namespace {

constexpr std::string_view kTemplate = R"([template]
id = "a"
title = "A"
host = "a.example"
[request]
target = "/"
[response]
hidden_headers = ["set-cookie"]
body = '{"n":"<<n>>","s":"<<s>>","c":"<<c>>","u":<<u>>}'
[[hole]]
name = "n"
kind = "number"
integer_digits = 3
fraction_digits = 2
negative = true
[[hole]]
name = "s"
kind = "skip"
charset = "string"
max = 4
[[hole]]
name = "c"
kind = "choice"
values = ["x", "xy"]
[[hole]]
name = "u"
kind = "text"
charset = "digits"
max = 4
)";

const Template& Source() {
  static const Template kSource = *ParseTemplate(kTemplate);
  return kSource;
}

// A walk depends on the body's size alone, and takes far longer to make than to run.
const Result<BodyWalk>& WalkOf(std::size_t size) {
  static std::map<std::size_t, Result<BodyWalk>> made;
  auto at = made.find(size);
  if (at == made.end()) at = made.emplace(size, MakeBodyWalk(Source(), {}, size)).first;
  return at->second;
}

bool WalkAccepts(ByteSpan body) {
  const Result<BodyWalk>& walk = WalkOf(body.size());
  if (!walk) return false;
  const auto out = EvaluateBytes(walk->circuit, body);
  CHECK(out.has_value());
  for (const std::uint8_t byte : *out) {
    if (byte != 0) return false;  // no columns, no predicates: only faults
  }
  return true;
}

void Run(ByteSpan data) {
  // The bytes as a body with a right head, and as a whole response.
  if (data.size() <= 64) {
    std::string response = "HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(data.size()) + "\r\n\r\n";
    response.append(reinterpret_cast<const char*>(data.data()), data.size());
    const bool matches = MatchResponse(Source(), AsBytes(response)).has_value();
    CHECK(matches == WalkAccepts(data));
  }
  if (const auto match = MatchResponse(Source(), data)) {
    CHECK(match->frame.body_begin <= match->frame.body_end && match->frame.body_end <= data.size());
    for (const HoleMatch& hole : match->holes)
      CHECK(hole.bytes.offset + hole.bytes.size <= match->frame.body_end);
    const auto claim = ResponseClaimOf(Source(), data);
    CHECK(claim.has_value() && CheckClaim(Source(), *claim).has_value());
  }
}

}  // namespace
}  // namespace mpcstats

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  mpcstats::Run({data, size});
  return 0;
}
