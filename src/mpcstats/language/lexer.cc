#include "mpcstats/language/lexer.h"

#include <algorithm>
#include <array>

#include "mpcstats/language/syntax.h"
#include "mpcstats/table/utf8.h"

namespace mpcstats {

namespace {

constexpr std::array<std::string_view, 16> kKeywords = {"select",  "explain", "from", "join",  "on",  "where",
                                                        "group",   "by",      "and",  "or",    "not", "in",
                                                        "between", "is",      "null", "bucket"};
constexpr std::array<std::string_view, 17> kSymbols = {"<>", "!=", "<=", ">=", "==", "(", ")", ",", ".",
                                                       "+",  "-",  "*",  "/",  ";",  "=", "<", ">"};

bool IsDigit(char c) { return c >= '0' && c <= '9'; }
bool IsSpace(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }
char Lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

// Such a text could rewrite the terminal that a result is shown on.
bool IsControl(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return (byte < 0x20 && !IsSpace(c)) || byte == 0x7f;
}

class Lexer {
 public:
  Lexer(std::string_view text, std::size_t* fault_at) : text_(text), fault_at_(fault_at) {}

  Result<std::vector<Token>> Run() {
    std::vector<Token> tokens;
    for (;;) {
      while (at_ < text_.size() && IsSpace(text_[at_])) ++at_;
      Token token;
      token.begin = at_;
      if (at_ < text_.size()) {
        RETURN_IF_ERROR(Read(&token));
      }
      token.end = at_;
      tokens.push_back(std::move(token));
      if (tokens.back().kind == TokenKind::kEnd) return tokens;
    }
  }

 private:
  std::unexpected<Error> Refuse(std::size_t at, std::string_view what) {
    if (fault_at_ != nullptr) *fault_at_ = at;
    return Fail(ErrorCode::kInvalidArgument, "the query " + QuoteForMessage(text_) + " has " +
                                                 QuoteForMessage(text_.substr(at)) + " at character " +
                                                 std::to_string(CharacterAt(text_, at)) + std::string(what));
  }

  Status Read(Token* token) {
    const char c = text_[at_];
    if (c == '"') return Quoted('"', TokenKind::kQuotedName, token);
    if (c == '\'') return Quoted('\'', TokenKind::kText, token);
    const bool point_number = c == '.' && at_ + 1 < text_.size() && IsDigit(text_[at_ + 1]) && !after_name_;
    after_name_ = false;
    if (IsNameByte(c) || point_number) return Word(token);
    for (const std::string_view symbol : kSymbols) {
      if (text_.substr(at_).starts_with(symbol)) {
        token->kind = TokenKind::kSymbol;
        token->text = symbol;
        at_ += symbol.size();
        return {};
      }
    }
    return Refuse(
        at_, ", which is no part of a query; a column name with such characters stands in double quotes");
  }

  // A run of name bytes: a number when it has digits only, and then the part behind the point too.
  Status Word(Token* token) {
    const std::size_t begin = at_;
    bool digits_only = true;
    for (; at_ < text_.size() && IsNameByte(text_[at_]); ++at_) digits_only &= IsDigit(text_[at_]);
    if (digits_only && at_ < text_.size() && text_[at_] == '.') {
      for (++at_; at_ < text_.size() && IsDigit(text_[at_]); ++at_) {
      }
      if (at_ < text_.size() && IsNameByte(text_[at_])) {
        return Refuse(begin, ", which is no number; write one like 0.5");
      }
    }
    token->kind = digits_only ? TokenKind::kNumber : TokenKind::kName;
    token->text = text_.substr(begin, at_ - begin);
    after_name_ = !digits_only;
    return {};
  }

  Status Quoted(char quote, TokenKind kind, Token* token) {
    const std::size_t begin = at_;
    token->kind = kind;
    for (++at_; at_ < text_.size(); ++at_) {
      if (text_[at_] == '\n' || text_[at_] == '\r') {
        return Refuse(begin, ", with a control character in quotes; rename the column without it");
      }
      if (text_[at_] != quote) {
        token->text.push_back(text_[at_]);
      } else if (at_ + 1 < text_.size() && text_[at_ + 1] == quote) {
        token->text.push_back(quote);
        ++at_;
      } else {
        ++at_;
        after_name_ = true;
        return {};
      }
    }
    return Refuse(begin, std::string(" where a closing quote should be; add ") + quote);
  }

  std::string_view text_;
  std::size_t* fault_at_;
  std::size_t at_ = 0;
  bool after_name_ = false;  // a point behind a name parts table and column
};

}  // namespace

bool IsNameByte(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte >= 0x80 || byte == '_' || IsDigit(c) || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

bool SameWord(std::string_view word, std::string_view keyword) {
  return std::ranges::equal(word, keyword, [](char a, char b) { return Lower(a) == Lower(b); });
}

bool IsKeyword(std::string_view name) {
  return std::ranges::any_of(kKeywords, [&](std::string_view keyword) { return SameWord(name, keyword); });
}

Result<std::vector<Token>> Tokenize(std::string_view text, std::size_t longest, std::size_t* fault_at) {
  if (text.size() > longest) {
    return Fail(ErrorCode::kInvalidArgument,
                "a query is longer than " + std::to_string(longest) + " bytes; compute it in two");
  }
  if (!IsUtf8(text)) {
    return Fail(ErrorCode::kInvalidArgument,
                "the query " + QuoteForMessage(text) + " is not UTF-8 text; save the table as UTF-8");
  }
  if (const auto bad = std::ranges::find_if(text, IsControl); bad != text.end()) {
    if (fault_at != nullptr) *fault_at = static_cast<std::size_t>(bad - text.begin());
    return Fail(ErrorCode::kInvalidArgument, "the query " + QuoteForMessage(text) +
                                                 " has a control character; rename the column without it");
  }
  return Lexer(text, fault_at).Run();
}

}  // namespace mpcstats
