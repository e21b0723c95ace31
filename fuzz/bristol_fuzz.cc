// Any text is either refused or gives a circuit that survives being written and read again.
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "mpcstats/base/check.h"
#include "mpcstats/circuit/bristol.h"
#include "mpcstats/circuit/evaluate.h"

namespace {

using mpcstats::BristolFormat;

std::vector<std::uint64_t> Outputs(const mpcstats::Circuit& circuit) {
  std::vector<std::uint64_t> inputs(circuit.input_bits());
  std::uint64_t word = 1;
  for (std::uint64_t& input : inputs) input = word = word * 6364136223846793005u + 1442695040888963407u;
  const auto outputs = mpcstats::EvaluateLanes(circuit, inputs);
  CHECK(outputs.has_value());
  return {outputs->span().begin(), outputs->span().end()};
}

void RoundTrip(std::string_view text, BristolFormat format) {
  const mpcstats::BristolLimits limits{.max_text_bytes = 1 << 16, .max_wires = 1 << 16, .max_values = 64};
  const auto circuit = mpcstats::ImportBristol(text, format, limits);
  if (!circuit) return;
  const auto written = mpcstats::ExportBristol(*circuit, format);
  CHECK(written.has_value());
  const auto again = mpcstats::ImportBristol(*written, format);
  CHECK(again.has_value());
  CHECK(again->and_count() == circuit->and_count() && again->and_depth() == circuit->and_depth());
  CHECK(Outputs(*again) == Outputs(*circuit));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  RoundTrip(text, BristolFormat::kFashion);
  RoundTrip(text, BristolFormat::kOld);
  return 0;
}
