// What the tests of the text gadgets share: a circuit that reads a window, and what it made of one text.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "mpcstats/circuit/circuit_testing.h"

namespace mpcstats {

/// A gadget on a window of `bytes` bytes. Evaluating gives its value, or nothing when some fault is 1.
class TextReader {
 public:
  using Gadget = std::function<Wires(CircuitBuilder&, WireSpan window, Wires& faults)>;

  TextReader(std::size_t bytes, const Gadget& gadget) : bytes_(bytes), circuit_(Make(bytes, gadget)) {}

  [[nodiscard]] const Circuit& circuit() const { return circuit_; }

  /// `text` and then zeros, or cut.
  [[nodiscard]] std::vector<std::optional<std::uint64_t>> Read(const std::vector<std::string>& texts) const {
    std::vector<Bytes> inputs;
    for (const std::string& text : texts) {
      inputs.emplace_back(text.begin(), text.end());
      inputs.back().resize(bytes_);
    }
    const auto outputs = EvaluateBatch(circuit_, inputs);
    EXPECT_TRUE(outputs.has_value());
    std::vector<std::optional<std::uint64_t>> values;
    for (const Bytes& output : *outputs) values.push_back(ValueOf(output));
    return values;
  }
  [[nodiscard]] std::optional<std::uint64_t> ReadOne(std::string_view text) const {
    return Read({std::string(text)})[0];
  }

 private:
  static Circuit Make(std::size_t bytes, const Gadget& gadget) {
    CircuitBuilder builder;
    const Wires window = builder.AddInput(8 * bytes);
    Wires faults;
    const Wires value = gadget(builder, window, faults);
    faults.push_back(CircuitBuilder::Constant(false));
    builder.AddOutput(value);
    builder.AddOutput(faults);
    return std::move(builder).Finish();
  }
  [[nodiscard]] std::optional<std::uint64_t> ValueOf(const Bytes& output) const {
    const auto bit = [&](std::size_t i) { return std::uint64_t{output[i / 8]} >> (i % 8) & 1; };
    const std::size_t width = circuit_.outputs()[0].size();
    for (std::size_t i = width; i < circuit_.output_bits(); ++i) {
      if (bit(i) != 0) return std::nullopt;
    }
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < width && i < 64; ++i) value |= bit(i) << i;
    return value;
  }

  std::size_t bytes_;
  Circuit circuit_;
};

/// Numbers below `end` from a seeded generator.
class TestNumbers {
 public:
  explicit TestNumbers(std::uint64_t seed) : rng_(seed) {}
  std::uint64_t Below(std::uint64_t end) {
    Bytes bytes(8);
    rng_.Fill(bytes);
    return LoadWord(bytes) % end;
  }
  char From(std::string_view alphabet) { return alphabet[Below(alphabet.size())]; }

 private:
  SeededRng rng_;
};

}  // namespace mpcstats
