#include "mpcstats/circuit/bristol.h"

#include <fmt/core.h>

#include <algorithm>
#include <charconv>
#include <system_error>
#include <utility>
#include <vector>

#include "mpcstats/circuit/builder.h"

namespace mpcstats {
namespace {

/// The non-blank lines of a text, split at spaces and tabs.
class LineReader {
 public:
  explicit LineReader(std::string_view text) : rest_(text) {}

  /// False at the end of the text.
  bool Next() {
    words_.clear();
    while (words_.empty() && !rest_.empty()) {
      const std::size_t end = rest_.find('\n');
      Split(rest_.substr(0, end));
      rest_.remove_prefix(end == std::string_view::npos ? rest_.size() : end + 1);
      ++line_;
    }
    return !words_.empty();
  }
  [[nodiscard]] const std::vector<std::string_view>& words() const { return words_; }

  template <typename... Args>
  [[nodiscard]] std::unexpected<Error> Fails(fmt::format_string<Args...> text, Args&&... args) const {
    return FailsWith(ErrorCode::kInvalidArgument, fmt::format(text, std::forward<Args>(args)...));
  }
  [[nodiscard]] std::unexpected<Error> FailsWith(ErrorCode code, std::string_view text) const {
    return Fail(code, fmt::format("Bristol circuit, line {}: {}", std::max<std::size_t>(line_, 1), text));
  }

  /// Word `i` as a decimal number of digits only, below `bound`.
  [[nodiscard]] Result<std::size_t> Number(std::size_t i, std::size_t bound, std::string_view what) const {
    const std::string_view word = words_[i];
    std::uint32_t value = 0;
    const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), value);
    if (error != std::errc() || end != word.data() + word.size() || (word.size() > 1 && word[0] == '0')) {
      return Fails("{} is not a number of at most 32 bits", what);
    }
    if (value >= bound) return Fails("{} is {}, but has to be below {}", what, value, bound);
    return value;
  }

 private:
  void Split(std::string_view line) {
    constexpr std::string_view kBlanks = " \t\r";
    for (std::size_t at = line.find_first_not_of(kBlanks); at != std::string_view::npos;) {
      const std::size_t end = std::min(line.find_first_of(kBlanks, at), line.size());
      words_.push_back(line.substr(at, end - at));
      at = line.find_first_not_of(kBlanks, end);
    }
  }

  std::string_view rest_;
  std::size_t line_ = 0;
  std::vector<std::string_view> words_;
};

struct Header {
  std::size_t gates = 0;
  std::size_t wires = 0;
  std::vector<std::size_t> input_widths;
  std::vector<std::size_t> output_widths;
};

class Importer {
 public:
  Importer(std::string_view text, BristolFormat format, const BristolLimits& limits)
      : text_(text), format_(format), limits_(limits), reader_(text) {}

  Result<Circuit> Run() {
    if (text_.size() > limits_.max_text_bytes) {
      return reader_.FailsWith(ErrorCode::kResourceExhausted, "the text is longer than allowed");
    }
    RETURN_IF_ERROR(ReadHeader());
    wires_.resize(header_.wires);
    driven_.resize(header_.wires, false);
    std::size_t next = 0;
    for (const std::size_t width : header_.input_widths) {
      for (const Wire wire : builder_.AddInput(width)) Drive(next++, wire);
    }
    for (std::size_t gate = 0; gate < header_.gates; ++gate) {
      if (!reader_.Next()) {
        return reader_.Fails("the text ends after {} of {} gates", gate, header_.gates);
      }
      RETURN_IF_ERROR(ReadGate());
    }
    if (reader_.Next()) return reader_.Fails("text after the last of {} gates", header_.gates);
    return Finish();
  }

 private:
  Status ReadHeader() {
    if (!reader_.Next()) return reader_.Fails("the text is empty");
    if (reader_.words().size() != 2) return reader_.Fails("the number of gates and of wires are expected");
    ASSIGN_OR_RETURN(header_.gates, reader_.Number(0, SIZE_MAX, "the number of gates"));
    ASSIGN_OR_RETURN(header_.wires, reader_.Number(1, SIZE_MAX, "the number of wires"));
    if (header_.wires > limits_.max_wires) {
      return reader_.FailsWith(ErrorCode::kResourceExhausted, "more wires than allowed");
    }
    if (!reader_.Next()) return reader_.Fails("the text ends before the widths of the inputs");
    if (format_ == BristolFormat::kOld) {
      if (reader_.words().size() != 3)
        return reader_.Fails("two input widths and one output width are expected");
      ASSIGN_OR_RETURN(const std::size_t second, reader_.Number(1, header_.wires + 1, "the second width"));
      RETURN_IF_ERROR(ReadWidths(0, 1, header_.input_widths));
      if (second > 0) RETURN_IF_ERROR(ReadWidths(1, 2, header_.input_widths));
      RETURN_IF_ERROR(ReadWidths(2, 3, header_.output_widths));
    } else {
      RETURN_IF_ERROR(ReadCountedWidths(header_.input_widths));
      if (!reader_.Next()) return reader_.Fails("the text ends before the widths of the outputs");
      RETURN_IF_ERROR(ReadCountedWidths(header_.output_widths));
    }
    return {};
  }

  Status ReadCountedWidths(std::vector<std::size_t>& widths) {
    ASSIGN_OR_RETURN(const std::size_t count, reader_.Number(0, SIZE_MAX, "the number of values"));
    if (count == 0) return reader_.Fails("at least one value is expected");
    if (count > limits_.max_values) {
      return reader_.FailsWith(ErrorCode::kResourceExhausted, "more values than allowed");
    }
    if (reader_.words().size() != count + 1) {
      return reader_.Fails("{} widths are expected after their number", count);
    }
    return ReadWidths(1, count + 1, widths);
  }

  Status ReadWidths(std::size_t begin, std::size_t end, std::vector<std::size_t>& widths) {
    std::size_t sum = 0;
    for (const std::size_t width : widths) sum += width;
    for (std::size_t i = begin; i < end; ++i) {
      ASSIGN_OR_RETURN(const std::size_t width, reader_.Number(i, header_.wires + 1, "a width"));
      if (width == 0) return reader_.Fails("a width is 0");
      sum += width;
      if (sum > header_.wires) return reader_.Fails("the widths add up to more than {} wires", header_.wires);
      widths.push_back(width);
    }
    return {};
  }

  void Drive(std::size_t id, Wire wire) {
    wires_[id] = wire;
    driven_[id] = true;
  }

  /// The wire named by word `i`, which an earlier line drives.
  Result<Wire> ReadOperand(std::size_t i) {
    ASSIGN_OR_RETURN(const std::size_t id, reader_.Number(i, header_.wires, "a wire"));
    if (!driven_[id]) return reader_.Fails("wire {} is read before it is driven", id);
    return wires_[id];
  }

  Status WriteResult(std::size_t i, Wire value) {
    ASSIGN_OR_RETURN(const std::size_t id, reader_.Number(i, header_.wires, "a wire"));
    if (driven_[id]) return reader_.Fails("wire {} is driven twice", id);
    Drive(id, value);
    return {};
  }

  /// Whether the line says `inputs` `outputs` and has that many wires.
  Status ExpectShape(std::size_t inputs, std::size_t outputs) {
    const std::vector<std::string_view>& words = reader_.words();
    ASSIGN_OR_RETURN(const std::size_t said_inputs, reader_.Number(0, SIZE_MAX, "the number of inputs"));
    ASSIGN_OR_RETURN(const std::size_t said_outputs, reader_.Number(1, SIZE_MAX, "the number of outputs"));
    if (said_inputs != inputs || said_outputs != outputs || words.size() != inputs + outputs + 3) {
      return reader_.Fails("a gate {} has {} input and {} output wires here", words.back(), inputs, outputs);
    }
    return {};
  }

  Status ReadGate() {
    if (reader_.words().size() < 5) return reader_.Fails("a gate is expected");
    const std::string_view op = reader_.words().back();
    const bool fashion = format_ == BristolFormat::kFashion;
    if (op == "XOR" || op == "AND") {
      RETURN_IF_ERROR(ExpectShape(2, 1));
      ASSIGN_OR_RETURN(const Wire a, ReadOperand(2));
      ASSIGN_OR_RETURN(const Wire b, ReadOperand(3));
      return WriteResult(4, op == "XOR" ? builder_.Xor(a, b) : builder_.And(a, b));
    }
    if (op == "INV" || (fashion && op == "EQW")) {
      RETURN_IF_ERROR(ExpectShape(1, 1));
      ASSIGN_OR_RETURN(const Wire a, ReadOperand(2));
      return WriteResult(3, op == "INV" ? CircuitBuilder::Not(a) : a);
    }
    if (fashion && op == "EQ") {
      RETURN_IF_ERROR(ExpectShape(1, 1));
      ASSIGN_OR_RETURN(const std::size_t bit, reader_.Number(2, 2, "a constant"));
      return WriteResult(3, CircuitBuilder::Constant(bit == 1));
    }
    if (fashion && op == "MAND") return ReadManyAnds();
    return reader_.Fails("the kind of gate is not known in this format");
  }

  /// `2n n a_1 .. a_n b_1 .. b_n out_1 .. out_n MAND`: n AND gates on one line, counted as one gate.
  Status ReadManyAnds() {
    const std::size_t n = (reader_.words().size() - 3) / 3;
    RETURN_IF_ERROR(ExpectShape(2 * n, n));
    Wires products;
    for (std::size_t i = 0; i < n; ++i) {
      ASSIGN_OR_RETURN(const Wire a, ReadOperand(2 + i));
      ASSIGN_OR_RETURN(const Wire b, ReadOperand(2 + n + i));
      products.push_back(builder_.And(a, b));
    }
    for (std::size_t i = 0; i < n; ++i) RETURN_IF_ERROR(WriteResult(2 + 2 * n + i, products[i]));
    return {};
  }

  Result<Circuit> Finish() {
    for (std::size_t id = 0; id < header_.wires; ++id) {
      if (!driven_[id]) return reader_.Fails("wire {} is never driven", id);
    }
    std::size_t at = header_.wires;
    for (const std::size_t width : header_.output_widths) at -= width;
    for (const std::size_t width : header_.output_widths) {
      builder_.AddOutput(WireSpan(wires_).subspan(at, width));
      at += width;
    }
    return std::move(builder_).Finish();
  }

  std::string_view text_;
  BristolFormat format_;
  BristolLimits limits_;
  LineReader reader_;
  Header header_;
  CircuitBuilder builder_;
  Wires wires_;
  std::vector<bool> driven_;
};

}  // namespace

Result<Circuit> ImportBristol(std::string_view text, BristolFormat format, const BristolLimits& limits) {
  return Importer(text, format, limits).Run();
}

}  // namespace mpcstats
