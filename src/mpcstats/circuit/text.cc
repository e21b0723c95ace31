#include "mpcstats/circuit/text.h"

#include <algorithm>
#include <bit>

#include "mpcstats/base/check.h"
#include "mpcstats/circuit/compare.h"
#include "mpcstats/circuit/mux.h"

namespace mpcstats {

Wires FindEnd(CircuitBuilder& builder, WireSpan window, std::uint8_t terminator, std::size_t min_length,
              std::size_t max_length, Wires& faults) {
  CHECK(min_length <= max_length && window.size() >= 8 * (max_length + 1));
  const Wires mark = CircuitBuilder::Constant(terminator, 8);
  Wires ends(max_length + 1);
  Wire open = CircuitBuilder::Constant(true);
  for (std::size_t i = min_length; i <= max_length; ++i) {
    ends[i] = builder.And(open, Equal(builder, window.subspan(8 * i, 8), mark));
    open = builder.Xor(open, ends[i]);
  }
  faults.push_back(open);
  return ends;
}

Wires KnownEnd(std::size_t length) {
  Wires ends(length + 1);
  ends[length] = CircuitBuilder::Constant(true);
  return ends;
}

Wires InsideOf(CircuitBuilder& builder, WireSpan ends) {
  CHECK(!ends.empty());
  Wires inside(ends.size() - 1);
  Wire open = CircuitBuilder::Constant(true);
  for (std::size_t i = 0; i < inside.size(); ++i) inside[i] = open = builder.Xor(open, ends[i]);
  return inside;
}

Wires LengthOf(CircuitBuilder& builder, WireSpan ends) {
  Wires length(std::bit_width(ends.size() - 1));
  for (std::size_t i = 0; i < ends.size(); ++i) {
    for (std::size_t k = 0; k < length.size(); ++k) {
      if ((i >> k & 1) != 0) length[k] = builder.Xor(length[k], ends[i]);
    }
  }
  return length;
}

void CheckBytes(CircuitBuilder& builder, WireSpan window, WireSpan ends, const ByteSet& set, Wires& faults) {
  const Wires inside = InsideOf(builder, ends);
  for (std::size_t i = 0; i < inside.size(); ++i) {
    const Wire good = ByteIn(builder, window.subspan(8 * i, 8), set);
    faults.push_back(builder.And(inside[i], CircuitBuilder::Not(good)));
  }
}

Wires MaskedText(CircuitBuilder& builder, WireSpan window, WireSpan ends) {
  const Wires inside = InsideOf(builder, ends);
  Wires text;
  for (std::size_t i = 0; i < inside.size(); ++i) {
    for (std::size_t k = 0; k < 8; ++k) text.push_back(builder.And(inside[i], window[8 * i + k]));
  }
  return text;
}

ChoiceWires ChoiceOf(CircuitBuilder& builder, WireSpan window, std::uint8_t terminator,
                     std::span<const std::string> values, Wires& faults) {
  std::size_t longest = 0;
  for (const std::string& value : values) longest = std::max(longest, value.size());
  CHECK(!values.empty() && window.size() >= 8 * (longest + 1));
  ChoiceWires choice{.one_hot = {}, .ends = Wires(longest + 1)};
  Wire found;
  for (const std::string& value : values) {
    const std::string text = value + static_cast<char>(terminator);
    const Wire is_this =
        Equal(builder, window.first(8 * text.size()), CircuitBuilder::Constant(AsBytes(text)));
    choice.one_hot.push_back(is_this);
    // At most one value stands there, so a sum is an OR.
    choice.ends[value.size()] = builder.Xor(choice.ends[value.size()], is_this);
    found = builder.Xor(found, is_this);
  }
  faults.push_back(CircuitBuilder::Not(found));
  return choice;
}

Wires ShiftBytes(CircuitBuilder& builder, WireSpan bytes, WireSpan amount, std::size_t out_bytes) {
  CHECK(bytes.size() % 8 == 0 && amount.size() < 32);
  Wires now(bytes.begin(), bytes.end());
  // The largest step first: what can still be reached shrinks with each.
  for (std::size_t level = amount.size(); level-- > 0;) {
    const std::size_t step = std::size_t{1} << level;
    const std::size_t reach = std::min(8 * (out_bytes + step - 1), now.size());
    now.resize(std::max(now.size(), reach + 8 * step));
    Wires next(reach);
    for (std::size_t i = 0; i < reach; ++i) next[i] = Mux(builder, amount[level], now[i + 8 * step], now[i]);
    now = std::move(next);
  }
  now.resize(8 * out_bytes);
  return now;
}

void CheckEqual(CircuitBuilder& builder, WireSpan a, WireSpan b, Wires& faults) {
  const Wires difference = builder.Xor(a, b);
  faults.insert(faults.end(), difference.begin(), difference.end());
}

}  // namespace mpcstats
