#include "mpcstats/language/grammar.h"

#include <algorithm>
#include <utility>

#include "mpcstats/language/lexer.h"
#include "mpcstats/table/utf8.h"

namespace mpcstats {

namespace {

constexpr std::string_view kCallExample = "; write it like mean(income) or quantile(income, 0.9)";
constexpr std::string_view kQueryExample =
    "; write it like SELECT mean(income) FROM data WHERE age >= 18 GROUP BY region";

std::string InLowerCase(std::string name) {
  for (char& c : name) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return name;
}

bool IsCondition(const Node& node) { return node.kind >= NodeKind::kCompare; }

class Parser {
 public:
  Parser(std::string_view text, std::vector<Token> tokens, std::size_t* fault_at)
      : text_(text), tokens_(std::move(tokens)), fault_at_(fault_at) {}

  Result<Call> OneCall() {
    example_ = kCallExample;
    ASSIGN_OR_RETURN(Call call, ReadCall());
    if (Now().kind != TokenKind::kEnd) return Unexpected("the end");
    return call;
  }

  Result<Query> WholeQuery() {
    example_ = kQueryExample;
    Query query;
    query.explain = Take("explain");
    RETURN_IF_ERROR(Expect("SELECT"));
    do {
      RETURN_IF_ERROR(Item(&query));
    } while (TakeSymbol(","));
    RETURN_IF_ERROR(Expect("FROM"));
    ASSIGN_OR_RETURN(query.table, Name("the name of a table"));
    if (Is("inner") && Next().kind == TokenKind::kName && SameWord(Next().text, "join")) ++at_;
    if (Is("join")) {
      ASSIGN_OR_RETURN(query.join, ReadJoin());
    }
    if (Take("where")) {
      ASSIGN_OR_RETURN(query.where, Condition("a condition such as age >= 18"));
    }
    if (Is("group")) {
      ASSIGN_OR_RETURN(query.group_by, GroupBy());
    }
    (void)TakeSymbol(";");
    if (Now().kind != TokenKind::kEnd) return Unexpected(WhatMayFollow(query));
    return query;
  }

 private:
  // --- words -----------------------------------------------------------------------------------------------------
  [[nodiscard]] const Token& Now() const { return tokens_[at_]; }
  [[nodiscard]] const Token& Next() const { return tokens_[std::min(at_ + 1, tokens_.size() - 1)]; }
  [[nodiscard]] bool Is(std::string_view keyword) const {
    return Now().kind == TokenKind::kName && SameWord(Now().text, keyword);
  }
  [[nodiscard]] bool IsSymbol(std::string_view symbol) const {
    return Now().kind == TokenKind::kSymbol && Now().text == symbol;
  }
  bool Take(std::string_view keyword) {
    if (!Is(keyword)) return false;
    ++at_;
    return true;
  }
  bool TakeSymbol(std::string_view symbol) {
    if (!IsSymbol(symbol)) return false;
    ++at_;
    return true;
  }
  Status Expect(std::string_view keyword) {
    if (Take(keyword)) return {};
    return Unexpected(keyword);
  }
  Status ExpectSymbol(std::string_view symbol) {
    if (TakeSymbol(symbol)) return {};
    return Unexpected("\"" + std::string(symbol) + "\"");
  }

  std::unexpected<Error> Refuse(std::size_t at, std::string_view what) {
    if (fault_at_ != nullptr) *fault_at_ = at;
    return Fail(ErrorCode::kInvalidArgument, "the query " + QuoteForMessage(text_) + " has " + Found(at) +
                                                 " at character " + std::to_string(CharacterAt(text_, at)) +
                                                 std::string(what));
  }
  [[nodiscard]] std::string Found(std::size_t at) const {
    return at < text_.size() ? QuoteForMessage(text_.substr(at)) : "the end";
  }
  std::unexpected<Error> Unexpected(std::string_view wanted) {
    return Refuse(Now().begin, " where " + std::string(wanted) + " should be" + std::string(Hint()));
  }
  [[nodiscard]] std::string_view Hint() const {
    if (IsSymbol("==")) return "; equality is written with one =";
    if (IsSymbol("/"))
      return "; there is no division: multiply by a constant, or divide the published figure";
    if (Is("having") || Is("order") || Is("limit"))
      return "; only FROM, JOIN, WHERE and GROUP BY are understood";
    if (Is("left") || Is("right") || Is("full") || Is("outer") || Is("cross") || Is("natural"))
      return "; rows are joined on equal keys only: FROM a JOIN b ON a.key = b.key";
    if (Is("join")) return "; two tables are joined at most";
    if (Is("like")) return "; there is no LIKE: name the texts with IN";
    if (Is("as")) return "; figures have no other names than their text";
    return example_;
  }
  static std::string_view WhatMayFollow(const Query& query) {
    if (query.group_by) return "the end";
    return query.where ? "AND, OR, GROUP BY or the end" : "WHERE, GROUP BY or the end";
  }

  Result<std::string> Name(std::string_view what) {
    const Token& token = Now();
    const bool plain = token.kind == TokenKind::kName && !IsKeyword(token.text);
    const bool quoted = token.kind == TokenKind::kQuotedName && !token.text.empty();
    if (!plain && !quoted) return Unexpected(what);
    ++at_;
    return token.text;
  }

  // --- items -----------------------------------------------------------------------------------------------------
  Status Item(Query* query) {
    const bool bucket = Is("bucket") && Next().text == "(";
    const bool named = Now().kind == TokenKind::kName || Now().kind == TokenKind::kQuotedName;
    const bool call = named && Next().kind == TokenKind::kSymbol && Next().text == "(";
    if (!bucket && (call || !named)) {
      ASSIGN_OR_RETURN(Call read, ReadCall());
      query->items.push_back(std::move(read));
      return {};
    }
    ASSIGN_OR_RETURN(Grouping key, ReadGrouping());
    query->keys.push_back(std::move(key));
    return {};
  }

  Result<Call> ReadCall() {
    Call call;
    call.begin = Now().begin;
    if (Now().kind != TokenKind::kName) return Unexpected("the name of a statistic");
    call.statistic = InLowerCase(Now().text);
    ++at_;
    RETURN_IF_ERROR(ExpectSymbol("("));
    if (call.statistic == "count" && TakeSymbol("*")) {
      call.of_rows = true;
    } else {
      do {
        ASSIGN_OR_RETURN(Node argument, Argument(call.arguments.empty()));
        call.arguments.push_back(std::move(argument));
      } while (TakeSymbol(","));
    }
    RETURN_IF_ERROR(ExpectSymbol(")"));
    return call;
  }

  // The first argument is a column whatever its name, when nothing else stands there.
  Result<Node> Argument(bool first) {
    const Token& token = Now();
    const bool ends = Next().kind == TokenKind::kSymbol && (Next().text == ")" || Next().text == ",");
    const bool digits = token.kind == TokenKind::kNumber && std::ranges::all_of(token.text, IsNameByte);
    if (first && ends && (token.kind == TokenKind::kName || digits)) {
      Node column;
      column.kind = NodeKind::kColumn;
      column.begin = token.begin;
      column.text = token.text;
      ++at_;
      return column;
    }
    return Value(first ? "the name of a column" : "a column or a number");
  }

  Result<std::optional<Join>> ReadJoin() {
    Join join;
    join.begin = Now().begin;
    ++at_;
    ASSIGN_OR_RETURN(join.table, Name("the name of a table"));
    RETURN_IF_ERROR(Expect("ON"));
    ASSIGN_OR_RETURN(join.left_key, Column());
    RETURN_IF_ERROR(ExpectSymbol("="));
    ASSIGN_OR_RETURN(join.right_key, Column());
    return join;
  }

  Result<Node> Column() {
    Node column;
    column.kind = NodeKind::kColumn;
    column.begin = Now().begin;
    ASSIGN_OR_RETURN(column.text, Name("the name of a column"));
    if (TakeSymbol(".")) {
      column.table = std::move(column.text);
      ASSIGN_OR_RETURN(column.text, Name("the name of a column"));
    }
    return column;
  }

  Result<std::optional<Grouping>> GroupBy() {
    ++at_;
    RETURN_IF_ERROR(Expect("BY"));
    ASSIGN_OR_RETURN(Grouping grouping, ReadGrouping());
    if (IsSymbol(",")) return Refuse(Now().begin, ": groups are formed by one column or bucket; name one");
    return grouping;
  }

  Result<Grouping> ReadGrouping() {
    Grouping grouping;
    grouping.begin = Now().begin;
    if (!Is("bucket")) {
      ASSIGN_OR_RETURN(grouping.value, Column());
      return grouping;
    }
    ++at_;
    RETURN_IF_ERROR(ExpectSymbol("("));
    ASSIGN_OR_RETURN(grouping.value, Value("the name of a column"));
    while (TakeSymbol(",")) {
      RETURN_IF_ERROR(Edge(&grouping));
    }
    if (grouping.edges.empty()) return Unexpected("a comma and an edge, such as bucket(age, 18, 65),");
    RETURN_IF_ERROR(ExpectSymbol(")"));
    return grouping;
  }

  Status Edge(Grouping* grouping) {
    const std::size_t begin = Now().begin;
    ASSIGN_OR_RETURN(const Node edge, Value("an edge"));
    if (edge.kind != NodeKind::kNumber)
      return Refuse(begin, ": an edge of a bucket is a number; write one like 18");
    if (grouping->edges.size() == kMaxBuckets) {
      return Refuse(begin, ": a bucket has at most 1000 edges; name fewer");
    }
    grouping->edges.push_back(edge.number);
    return {};
  }

  // --- conditions and values -------------------------------------------------------------------------------------
  Result<Node> Value(std::string_view wanted) {
    const std::size_t begin = Now().begin;
    ASSIGN_OR_RETURN(Node node, Additive(wanted));
    RETURN_IF_ERROR(MustBeValue(node, begin));
    return node;
  }

  Result<Node> Condition(std::string_view wanted) {
    const std::size_t begin = Now().begin;
    ASSIGN_OR_RETURN(Node node, Or(wanted));
    RETURN_IF_ERROR(MustBeCondition(node, begin));
    return node;
  }

  Status MustBeValue(const Node& node, std::size_t begin) {
    if (!IsCondition(node)) return {};
    return Refuse(
        begin,
        ", a condition, where a value should be; compare numbers or texts, and join conditions with "
        "AND and OR");
  }

  Status MustBeCondition(const Node& node, std::size_t begin) {
    if (IsCondition(node)) return {};
    // The comparison is missing where the value ends, if it is not written wrongly.
    if (IsSymbol("==") || IsSymbol("/") || Is("like")) return Unexpected("a comparison");
    return Refuse(begin, ", a value, where a condition should be; compare it, such as age >= 18");
  }

  Result<Node> Made(NodeKind kind, std::size_t begin, std::vector<Node> children) {
    Node node;
    node.kind = kind;
    node.begin = begin;
    for (const Node& child : children) node.depth = std::max(node.depth, child.depth + 1);
    if (node.depth > kDeepestQuery) return TooDeep(begin);
    node.children = std::move(children);
    return node;
  }

  std::unexpected<Error> TooDeep(std::size_t begin) {
    return Refuse(begin, ": it is nested deeper than 100 levels; simplify it");
  }

  Result<Node> Or(std::string_view wanted) { return Joined("or", NodeKind::kOr, wanted); }
  Result<Node> And(std::string_view wanted) { return Joined("and", NodeKind::kAnd, wanted); }

  Result<Node> Joined(std::string_view keyword, NodeKind kind, std::string_view wanted) {
    const std::size_t begin = Now().begin;
    const bool is_or = kind == NodeKind::kOr;
    ASSIGN_OR_RETURN(Node first, is_or ? And(wanted) : Not(wanted));
    if (!Is(keyword)) return first;
    RETURN_IF_ERROR(MustBeCondition(first, begin));
    std::vector<Node> all;
    all.push_back(std::move(first));
    while (Take(keyword)) {
      const std::size_t next_begin = Now().begin;
      ASSIGN_OR_RETURN(Node next, is_or ? And("a condition") : Not("a condition"));
      RETURN_IF_ERROR(MustBeCondition(next, next_begin));
      all.push_back(std::move(next));
    }
    return Made(kind, begin, std::move(all));
  }

  Result<Node> Not(std::string_view wanted) {
    if (!Is("not")) return Predicate(wanted);
    const std::size_t begin = Now().begin;
    ++at_;
    if (++open_levels_ > kDeepestQuery) return TooDeep(begin);
    const std::size_t inner_begin = Now().begin;
    ASSIGN_OR_RETURN(Node inner, Not("a condition"));
    --open_levels_;
    RETURN_IF_ERROR(MustBeCondition(inner, inner_begin));
    return OfOne(NodeKind::kNot, begin, std::move(inner));
  }

  Result<Node> OfOne(NodeKind kind, std::size_t begin, Node child) {
    std::vector<Node> children;
    children.push_back(std::move(child));
    return Made(kind, begin, std::move(children));
  }

  Result<Node> Predicate(std::string_view wanted) {
    const std::size_t begin = Now().begin;
    ASSIGN_OR_RETURN(Node left, Additive(wanted));
    const std::size_t operator_begin = Now().begin;
    const bool negated = Is("not") && Next().kind == TokenKind::kName &&
                         (SameWord(Next().text, "in") || SameWord(Next().text, "between"));
    const auto comparison = ComparisonHere();
    if (!negated && !comparison && !Is("is") && !Is("in") && !Is("between")) return left;
    RETURN_IF_ERROR(MustBeValue(left, begin));
    std::vector<Node> children;
    children.push_back(std::move(left));
    if (comparison) {
      ++at_;
      ASSIGN_OR_RETURN(Node right, Value("a value"));
      children.push_back(std::move(right));
      if (ComparisonHere()) return Refuse(Now().begin, ": a comparison has two sides; join two with AND");
      ASSIGN_OR_RETURN(Node node, Made(NodeKind::kCompare, operator_begin, std::move(children)));
      node.comparison = *comparison;
      return node;
    }
    if (Take("is")) {
      const bool not_null = Take("not");
      RETURN_IF_ERROR(Expect("NULL"));
      ASSIGN_OR_RETURN(Node node, Made(NodeKind::kIsNull, operator_begin, std::move(children)));
      node.negated = not_null;
      return node;
    }
    if (negated) ++at_;
    const bool is_in = Is("in");
    ++at_;
    RETURN_IF_ERROR(is_in ? InList(&children) : Range(&children));
    ASSIGN_OR_RETURN(Node node,
                     Made(is_in ? NodeKind::kIn : NodeKind::kBetween, operator_begin, std::move(children)));
    node.negated = negated;
    return node;
  }

  [[nodiscard]] std::optional<Comparison> ComparisonHere() const {
    if (IsSymbol("=")) return Comparison::kEqual;
    if (IsSymbol("<>") || IsSymbol("!=")) return Comparison::kNotEqual;
    if (IsSymbol("<")) return Comparison::kLess;
    if (IsSymbol("<=")) return Comparison::kLessOrEqual;
    if (IsSymbol(">")) return Comparison::kGreater;
    if (IsSymbol(">=")) return Comparison::kGreaterOrEqual;
    return std::nullopt;
  }

  Status InList(std::vector<Node>* children) {
    RETURN_IF_ERROR(ExpectSymbol("("));
    do {
      ASSIGN_OR_RETURN(Node element, Value("a number or a text"));
      children->push_back(std::move(element));
    } while (TakeSymbol(","));
    return ExpectSymbol(")");
  }

  Status Range(std::vector<Node>* children) {
    ASSIGN_OR_RETURN(Node low, Value("a number"));
    children->push_back(std::move(low));
    RETURN_IF_ERROR(Expect("AND"));
    ASSIGN_OR_RETURN(Node high, Value("a number"));
    children->push_back(std::move(high));
    return {};
  }

  Result<Node> Additive(std::string_view wanted) {
    const std::size_t begin = Now().begin;
    ASSIGN_OR_RETURN(Node left, Product(wanted));
    while (IsSymbol("+") || IsSymbol("-")) {
      const NodeKind kind = IsSymbol("+") ? NodeKind::kAdd : NodeKind::kSubtract;
      ASSIGN_OR_RETURN(left, OfTwo(kind, begin, std::move(left), false));
    }
    return left;
  }

  Result<Node> Product(std::string_view wanted) {
    const std::size_t begin = Now().begin;
    ASSIGN_OR_RETURN(Node left, Unary(wanted));
    while (IsSymbol("*")) {
      ASSIGN_OR_RETURN(left, OfTwo(NodeKind::kMultiply, begin, std::move(left), true));
    }
    return left;
  }

  // The operator stands here; its left side is read.
  Result<Node> OfTwo(NodeKind kind, std::size_t begin, Node left, bool product) {
    RETURN_IF_ERROR(MustBeValue(left, begin));
    const std::size_t operator_begin = Now().begin;
    ++at_;
    const std::size_t right_begin = Now().begin;
    ASSIGN_OR_RETURN(Node right, product ? Unary("a value") : Product("a value"));
    RETURN_IF_ERROR(MustBeValue(right, right_begin));
    std::vector<Node> children;
    children.push_back(std::move(left));
    children.push_back(std::move(right));
    return Made(kind, operator_begin, std::move(children));
  }

  Result<Node> Unary(std::string_view wanted) {
    while (TakeSymbol("+")) wanted = "a value";
    if (!IsSymbol("-")) return Primary(wanted);
    const std::size_t begin = Now().begin;
    ++at_;
    if (++open_levels_ > kDeepestQuery) return TooDeep(begin);
    const std::size_t inner_begin = Now().begin;
    ASSIGN_OR_RETURN(Node inner, Unary("a value"));
    --open_levels_;
    RETURN_IF_ERROR(MustBeValue(inner, inner_begin));
    if (inner.kind == NodeKind::kNumber) {
      inner.number.units = -inner.number.units;
      inner.begin = begin;
      return inner;
    }
    if (inner.kind == NodeKind::kNegate) {
      Node twice = std::move(inner.children[0]);
      return twice;
    }
    return OfOne(NodeKind::kNegate, begin, std::move(inner));
  }

  Result<Node> Primary(std::string_view wanted) {
    const Token& token = Now();
    Node node;
    node.begin = token.begin;
    if (token.kind == TokenKind::kNumber) {
      ASSIGN_OR_RETURN(node.number, Number(token));
      node.kind = NodeKind::kNumber;
    } else if (token.kind == TokenKind::kText) {
      node.kind = NodeKind::kText;
      node.text = token.text;
    } else if (Is("null")) {
      node.kind = NodeKind::kNull;
    } else if (IsSymbol("(")) {
      return InParentheses();
    } else if (token.kind == TokenKind::kQuotedName || token.kind == TokenKind::kName) {
      if (token.kind == TokenKind::kName && Next().kind == TokenKind::kSymbol && Next().text == "(") {
        return Refuse(token.begin,
                      ": a statistic cannot stand inside of another or in a condition; compute it in a "
                      "query of its own");
      }
      return Column();
    } else {
      return Unexpected(wanted);
    }
    ++at_;
    return node;
  }

  Result<Node> InParentheses() {
    const std::size_t begin = Now().begin;
    if (++open_levels_ > kDeepestQuery) return TooDeep(begin);
    ++at_;
    ASSIGN_OR_RETURN(Node inner, Or("a value"));
    RETURN_IF_ERROR(ExpectSymbol(")"));
    --open_levels_;
    return inner;
  }

  Result<Decimal> Number(const Token& token) {
    const auto number = ParseDecimal(token.text);
    if (number) return *number;
    if (fault_at_ != nullptr) *fault_at_ = token.begin;
    return Fail(ErrorCode::kInvalidArgument, "the number " + QuoteForMessage(token.text) + " in the query " +
                                                 QuoteForMessage(text_) + ": " + number.error().message());
  }

  std::string_view text_;
  std::vector<Token> tokens_;
  std::size_t* fault_at_;
  std::size_t at_ = 0;
  unsigned open_levels_ = 0;
  std::string_view example_;
};

}  // namespace

Result<Query> ParseQuery(std::string_view text, std::size_t* fault_at) {
  ASSIGN_OR_RETURN(std::vector<Token> tokens, Tokenize(text, kLongestQuery, fault_at));
  return Parser(text, std::move(tokens), fault_at).WholeQuery();
}

Result<Call> ParseCall(std::string_view text, std::size_t* fault_at) {
  ASSIGN_OR_RETURN(std::vector<Token> tokens, Tokenize(text, kLongestCall, fault_at));
  return Parser(text, std::move(tokens), fault_at).OneCall();
}

}  // namespace mpcstats
