// Any text is refused in one sentence or gives a template that keeps the rules.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "mpcstats/base/check.h"
#include "mpcstats/survey/template.h"
#include "mpcstats/table/utf8.h"

namespace mpcstats {
namespace {

void CheckParts(const Template& source, const std::vector<TemplatePart>& parts) {
  CHECK(!parts.empty() && !parts.front().hole && !parts.back().hole);
  for (std::size_t i = 0; i < parts.size(); ++i) {
    CHECK(parts[i].hole ? *parts[i].hole < source.holes.size() : !parts[i].literal.empty());
    CHECK(i == 0 || parts[i - 1].hole.has_value() != parts[i].hole.has_value());
  }
}

void Run(std::string_view text) {
  const auto source = ParseTemplate(text);
  if (!source) {
    const std::string& message = source.error().message();
    CHECK(source.error().code() == ErrorCode::kInvalidArgument ||
          source.error().code() == ErrorCode::kUnimplemented);
    CHECK(!message.empty() && message.size() < 2048 && IsUtf8(message));
    CHECK(message.find_first_of("\r\n\x1b") == std::string::npos);
    return;
  }
  CheckParts(*source, source->request);
  CheckParts(*source, source->body);
  for (const TemplateHole& hole : source->holes)
    CHECK(hole.min_length <= hole.max_length && hole.max_length > 0);
  for (const TemplatePredicate& predicate : source->predicates) CHECK(predicate.hole < source->holes.size());
  CHECK(TemplateHash(*source) == TemplateHash(*source));
}

}  // namespace
}  // namespace mpcstats

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  mpcstats::Run({reinterpret_cast<const char*>(data), size});
  return 0;
}
