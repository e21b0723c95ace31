// The first byte picks the parser: HTTP responses (offsets stand inside, pieces make the body, every prefix waits or
// fails) or JSON texts behind a path.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "mpcstats/base/check.h"
#include "mpcstats/zktls/http/json_path.h"
#include "mpcstats/zktls/http/response_layout.h"

namespace mpcstats {
namespace {

void Response(std::string_view text) {
  const auto layout = ParseHttpResponseLayout(text);
  if (!layout) {
    CHECK(layout.error().code() == ErrorCode::kProtocolViolation && !layout.error().message().empty());
    return;
  }
  if (!*layout) return;
  CHECK((*layout)->end == text.size() && (*layout)->body_begin <= text.size());
  std::size_t at = (*layout)->body_begin;
  for (const TextRange& piece : (*layout)->body) {
    CHECK(piece.begin >= at && piece.begin < piece.end && piece.end <= text.size());
    at = piece.end;
  }
  const std::string body = (*layout)->Body(text);
  CHECK(body.size() == (*layout)->body_bytes());
  if (!body.empty()) CHECK(text[(*layout)->BodyOffset(body.size() - 1)] == body.back());
  // A whole response has no prefix that is one.
  const auto shorter = ParseHttpResponseLayout(text.substr(0, text.size() - 1));
  CHECK(!shorter.has_value() || !shorter->has_value());
}

void Json(std::string_view text) {
  const std::size_t line = text.find('\n');
  const std::string_view path = line == std::string_view::npos ? "$" : text.substr(0, line);
  const std::string_view json = line == std::string_view::npos ? text : text.substr(line + 1);
  const auto values = FindJsonValues(json, path);
  if (!values) {
    CHECK(values.error().code() == ErrorCode::kInvalidArgument && !values.error().message().empty());
    return;
  }
  for (const JsonValueAt& value : *values) {
    CHECK(value.range.begin <= value.range.end && value.range.end <= json.size());
    if (value.kind == JsonKind::kString)
      CHECK(json[value.range.begin - 1] == '"' && json[value.range.end] == '"');
  }
}

}  // namespace
}  // namespace mpcstats

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data + 1), size - 1);
  if (data[0] % 2 == 0) {
    mpcstats::Response(text);
  } else {
    mpcstats::Json(text);
  }
  return 0;
}
