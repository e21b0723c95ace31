// A small valid survey file for tests, and its changes.
#pragma once

#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>
#include <string_view>

#include "mpcstats/survey/survey.h"

namespace mpcstats {

/// Line numbers stand in some tests: the file starts at line 1 with [survey].
inline constexpr std::string_view kSmallSurvey = R"toml([survey]
id = "small"
title = "Small survey"
opens = 2026-12-01T09:00:00Z
closes = 2026-12-15T18:00:00Z
retention_days = 30
eligibility = "open"
batch_min = 20
batch_max = 500
group_min = 10
release_every = 3600

[[columns]]
name = "income"
unit = "EUR"
kind = "number"
scale = 2
min = "-100"
max = "9999.99"

[[columns]]
name = "region"
kind = "category"
categories = ["north", "south", "east"]

[[columns]]
name = "account"
kind = "unique"

[catalogue]
partition = "region"

[[figures]]
expr = "count(income)"

[[figures]]
expr = "mean(income)"
label = "Average"

[[figures]]
expr = "count(income)"
by = "region"

[hero]
expr = "mean(income)"
scale = [{up_to = 10, word = "low"}, {up_to = 20.5, word = "high"}]

[[parties]]
name = "Party A"
url = "https://a.example:8443"
mpc = "a.example:7000"
identity = "ed25519:0000000000000000000000000000000000000000000000000000000000000001"

[[parties]]
name = "Party B"
url = "https://b.example:8443"
mpc = "b.example:7000"
identity = "ed25519:0000000000000000000000000000000000000000000000000000000000000002"

[[parties]]
name = "Party C"
url = "https://[2001:db8::1]:8443"
mpc = "192.0.2.7:7000"
identity = "ed25519:0000000000000000000000000000000000000000000000000000000000000003"

[coordinator]
name = "Coordinator"
url = "https://c.example:8443"
identity = "ed25519:0000000000000000000000000000000000000000000000000000000000000004"

[publisher]
name = "Publisher"
url = "http://127.0.0.1:8080"
identity = "ed25519:0000000000000000000000000000000000000000000000000000000000000005"

[limits]
posts_per_minute = 60

[page]
cors = ["https://www.example.org", "http://localhost:5173", "null"]
)toml";

/// `text` with the first `from` replaced; throws when it is not there, so that no test passes by a spelling mistake.
inline std::string Replaced(std::string_view text, std::string_view from, std::string_view to) {
  const std::size_t at = text.find(from);
  if (at == std::string_view::npos) throw std::invalid_argument("not in the text: " + std::string(from));
  return std::string(text.substr(0, at)) + std::string(to) + std::string(text.substr(at + from.size()));
}

inline std::string SmallSurveyWith(std::string_view from, std::string_view to) {
  return Replaced(kSmallSurvey, from, to);
}

inline std::string ExampleSurvey(const std::string& name) {
  std::ifstream file(MPCSTATS_SOURCE_DIR "/examples/surveys/" + name, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

/// The error of ParseSurvey, or "accepted".
inline std::string SurveyError(std::string_view text, ErrorCode code = ErrorCode::kInvalidArgument) {
  const auto survey = ParseSurvey(text);
  if (survey) return "accepted";
  if (survey.error().code() != code) return "another code: " + survey.error().message();
  return survey.error().message();
}

}  // namespace mpcstats
