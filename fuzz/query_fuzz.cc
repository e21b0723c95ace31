// Any text is refused in one sentence with a place in it, or gives a query whose canonical text reads back as itself; and
// what is read is planned or refused over a table of every kind of column, with plain evaluation where it is planned.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "mpcstats/base/check.h"
#include "mpcstats/language/grammar.h"
#include "mpcstats/query/evaluate.h"
#include "mpcstats/query/query_plan.h"
#include "mpcstats/table/utf8.h"

namespace mpcstats {
namespace {

const Table& SmallTable() {
  static const Table table =
      *ReadTable("t.csv", "a,b,t\n1,2.5,x\n,-3,y\n7,,\n",
                 std::vector<WantedColumn>{{"a"}, {"b"}, {"t", ColumnContent::kCategory}}, CsvOptions());
  return table;
}

void CheckError(const Error& error, std::string_view text, std::size_t at) {
  CHECK(!error.message().empty() && error.message().size() < 20'000 && IsUtf8(error.message()));
  CHECK(error.message().find_first_of("\r\n") == std::string::npos);
  CHECK(at <= text.size());
  if (IsUtf8(text)) CHECK(CaretLines(text, at).find('^') != std::string::npos);
}

void Run(std::string_view text) {
  std::size_t at = 0;
  const auto query = ParseQuery(text, &at);
  if (!query) return CheckError(query.error(), text, at);
  const std::string canonical = ToText(*query);
  const auto again = ParseQuery(canonical, nullptr);
  CHECK(again.has_value());
  CHECK(ToText(*again) == canonical);
  (void)WantedColumns(*query);
  at = 0;
  const auto plan = PlanQuery(*query, InfoOf(SmallTable()), SmallTable().rows, text, &at);
  if (!plan) return CheckError(plan.error(), text, at);
  (void)plan->Hash();
  (void)EvaluatePlain(*query, SmallTable());
}

}  // namespace
}  // namespace mpcstats

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  mpcstats::Run({reinterpret_cast<const char*>(data), size});
  return 0;
}
