#include "mpcstats/query/parse.h"

#include <algorithm>

#include "mpcstats/table/utf8.h"

namespace mpcstats {

namespace {

constexpr std::size_t kLongestExpression = 4000;

// Such a name could rewrite the terminal that a result is shown on.
bool HasControlCharacter(std::string_view text) {
  return std::any_of(text.begin(), text.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return (byte < 0x20 && c != '\t') || byte == 0x7f;
  });
}

bool IsNameByte(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte >= 0x80 || byte == '_' || (byte >= '0' && byte <= '9') || (byte >= 'A' && byte <= 'Z') ||
         (byte >= 'a' && byte <= 'z');
}

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

std::string Quoted(const std::string& name, bool first) {
  bool plain = !name.empty() && (first || !IsDigit(name[0]));
  for (const char c : name) plain &= IsNameByte(c);
  if (plain) return name;
  std::string quoted = "\"";
  for (const char c : name) {
    if (c == '"') quoted.push_back('"');
    quoted.push_back(c);
  }
  return quoted + "\"";
}

class Parser {
 public:
  explicit Parser(std::string_view text) : text_(text) {}

  Result<Expression> Parse() {
    Expression out;
    ASSIGN_OR_RETURN(out.statistic, Name("the name of a statistic"));
    RETURN_IF_ERROR(Expect('('));
    ASSIGN_OR_RETURN(std::string column, Name("the name of a column"));
    out.columns.push_back(std::move(column));
    while (Comma()) {
      if (out.numbers.empty() && NameFollows()) {
        ASSIGN_OR_RETURN(std::string next, Name("the name of a column"));
        out.columns.push_back(std::move(next));
      } else {
        ASSIGN_OR_RETURN(const Decimal number, Number());
        out.numbers.push_back(number);
      }
    }
    RETURN_IF_ERROR(Expect(')'));
    SkipSpaces();
    if (at_ != text_.size()) return Unexpected("the end");
    out.text = ExpressionText(out.statistic, out.columns, out.numbers);
    return out;
  }

 private:
  bool Comma() {
    SkipSpaces();
    if (Peek() != ',') return false;
    ++at_;
    return true;
  }

  bool NameFollows() {
    SkipSpaces();
    return Peek() == '"' || (IsNameByte(Peek()) && !IsDigit(Peek()));
  }

  [[nodiscard]] char Peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }
  void SkipSpaces() {
    while (Peek() == ' ' || Peek() == '\t') ++at_;
  }

  std::unexpected<Error> Unexpected(std::string_view wanted) const {
    const std::string found = at_ < text_.size() ? QuoteForMessage(text_.substr(at_)) : "the end";
    return Fail(ErrorCode::kInvalidArgument,
                "the expression " + QuoteForMessage(text_) + " has " + found + " at character " +
                    std::to_string(at_ + 1) + " where " + std::string(wanted) +
                    " should be; write it like mean(income) or quantile(income, 0.9)");
  }

  Status Expect(char wanted) {
    SkipSpaces();
    if (Peek() != wanted) return Unexpected(std::string("\"") + wanted + "\"");
    ++at_;
    return {};
  }

  Result<std::string> Name(std::string_view what) {
    SkipSpaces();
    if (Peek() == '"') return QuotedName(what);
    const std::size_t begin = at_;
    while (at_ < text_.size() && IsNameByte(text_[at_])) ++at_;
    if (at_ == begin) return Unexpected(what);
    return std::string(text_.substr(begin, at_ - begin));
  }

  Result<std::string> QuotedName(std::string_view what) {
    std::string name;
    for (++at_; at_ < text_.size(); ++at_) {
      if (text_[at_] != '"') {
        name.push_back(text_[at_]);
      } else if (at_ + 1 < text_.size() && text_[at_ + 1] == '"') {
        name.push_back('"');
        ++at_;
      } else {
        ++at_;
        if (name.empty()) return Unexpected(what);
        return name;
      }
    }
    return Unexpected("a closing quote");
  }

  Result<Decimal> Number() {
    SkipSpaces();
    const std::size_t begin = at_;
    while (at_ < text_.size() && text_[at_] != ')' && text_[at_] != ',') ++at_;
    const std::string_view digits = text_.substr(begin, at_ - begin);
    auto number = ParseDecimal(digits);
    if (!number) {
      return Fail(ErrorCode::kInvalidArgument, "the number " + QuoteForMessage(digits) +
                                                   " in the expression " + QuoteForMessage(text_) + ": " +
                                                   number.error().message());
    }
    return number;
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

}  // namespace

std::string ExpressionText(std::string_view statistic, const std::vector<std::string>& columns,
                           const std::vector<Decimal>& numbers) {
  std::string text(statistic);
  for (std::size_t c = 0; c < columns.size(); ++c) text += (c == 0 ? "(" : ", ") + Quoted(columns[c], c == 0);
  for (const Decimal& number : numbers) text += ", " + FormatDecimal(number);
  return text + ")";
}

Result<Expression> ParseExpression(std::string_view text) {
  if (text.size() > kLongestExpression) {
    return Fail(ErrorCode::kInvalidArgument, "an expression is longer than 4000 bytes; rename the column");
  }
  if (!IsUtf8(text)) {
    return Fail(ErrorCode::kInvalidArgument,
                "the expression " + QuoteForMessage(text) + " is not UTF-8 text; save the table as UTF-8");
  }
  if (HasControlCharacter(text)) {
    return Fail(ErrorCode::kInvalidArgument, "the expression " + QuoteForMessage(text) +
                                                 " has a control character; rename the column without it");
  }
  return Parser(text).Parse();
}

}  // namespace mpcstats
