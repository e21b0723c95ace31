#include "mpcstats/query/parse.h"

#include "mpcstats/language/grammar.h"
#include "mpcstats/table/utf8.h"

namespace mpcstats {

std::string ExpressionText(std::string_view statistic, const std::vector<std::string>& columns,
                           const std::vector<Decimal>& numbers) {
  Call call;
  call.statistic = statistic;
  for (const std::string& column : columns) {
    Node node;
    node.kind = NodeKind::kColumn;
    node.text = column;
    call.arguments.push_back(std::move(node));
  }
  for (const Decimal& number : numbers) {
    Node node;
    node.kind = NodeKind::kNumber;
    node.number = number;
    call.arguments.push_back(std::move(node));
  }
  return ToText(call);
}

Result<Expression> ParseExpression(std::string_view text) {
  ASSIGN_OR_RETURN(const Call call, ParseCall(text, nullptr));
  Expression out;
  out.statistic = call.statistic;
  out.text = ToText(call);
  const auto refuse = [&](std::size_t at, std::string_view what) {
    return Fail(ErrorCode::kInvalidArgument,
                "the expression " + QuoteForMessage(text) + " has " + QuoteForMessage(text.substr(at)) +
                    " at character " + std::to_string(CharacterAt(text, at)) + ", " + std::string(what));
  };
  if (call.of_rows) return refuse(call.begin, "and count(*) needs a query; write count(income)");
  for (const Node& argument : call.arguments) {
    if (argument.kind == NodeKind::kNumber && !out.columns.empty()) {
      out.numbers.push_back(argument.number);
    } else if (argument.kind == NodeKind::kText && !out.numbers.empty()) {
      return refuse(argument.begin, "a text behind the number; write the texts first");
    } else if (argument.kind == NodeKind::kText) {
      out.texts.push_back(argument.text);
    } else if (argument.kind != NodeKind::kColumn || !argument.table.empty()) {
      return refuse(argument.begin,
                    "which is neither a column nor a number; write it like mean(income) or quantile(income, "
                    "0.9), or use a query");
    } else if (!out.numbers.empty() || !out.texts.empty()) {
      return refuse(argument.begin, "a column behind the number; write it like quantile(income, 0.9)");
    } else {
      out.columns.push_back(argument.text);
    }
  }
  return out;
}

}  // namespace mpcstats
