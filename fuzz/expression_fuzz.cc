// Any text is refused in one sentence or gives an expression whose canonical text reads back as itself.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "mpcstats/base/check.h"
#include "mpcstats/query/parse.h"
#include "mpcstats/table/utf8.h"

namespace mpcstats {
namespace {

void Run(std::string_view text) {
  const auto parsed = ParseExpression(text);
  if (!parsed) {
    const std::string& message = parsed.error().message();
    CHECK(parsed.error().code() == ErrorCode::kInvalidArgument);
    CHECK(!message.empty() && message.size() < 1024 && IsUtf8(message));
    CHECK(message.find_first_of("\r\n") == std::string::npos);
    return;
  }
  CHECK(!parsed->statistic.empty() && !parsed->columns.empty());
  const auto again = ParseExpression(parsed->text);
  CHECK(again.has_value());
  CHECK(again->text == parsed->text);
  CHECK(again->statistic == parsed->statistic && again->columns == parsed->columns);
  CHECK(again->numbers == parsed->numbers);
}

}  // namespace
}  // namespace mpcstats

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  mpcstats::Run({reinterpret_cast<const char*>(data), size});
  return 0;
}
