// Which columns a query reads, and as what: a text beside it makes a column a category, arithmetic makes it a number.
#include <algorithm>

#include "mpcstats/query/bind.h"

namespace mpcstats {

namespace {

class Collector {
 public:
  explicit Collector(std::optional<std::string_view> table) : table_(table) {}

  void Add(const Node& column, ColumnContent content) {
    if (table_ && column.table != *table_) return;
    const WantedColumn wanted{column.text, content};
    if (std::ranges::find(wanted_, wanted) == wanted_.end()) wanted_.push_back(wanted);
  }

  void Numbers(const Node& node) {
    if (node.kind == NodeKind::kColumn) Add(node, ColumnContent::kNumber);
    for (const Node& child : node.children) Numbers(child);
  }

  void Condition(const Node& node) {
    switch (node.kind) {
      case NodeKind::kCompare:
      case NodeKind::kIn:
      case NodeKind::kBetween: {
        const bool texts = std::ranges::any_of(
            node.children, [](const Node& child) { return child.kind == NodeKind::kText; });
        for (const Node& child : node.children) {
          if (texts && child.kind == NodeKind::kColumn) {
            Add(child, ColumnContent::kCategory);
          } else {
            Numbers(child);
          }
        }
        return;
      }
      case NodeKind::kIsNull: return Presence(node.children[0]);
      default:
        for (const Node& child : node.children) Condition(child);
    }
  }

  // Whether a cell is there can be seen however the column is read.
  void Presence(const Node& node) {
    if (node.kind == NodeKind::kColumn) {
      if (!table_ || node.table == *table_) present_.push_back(node);
    } else {
      Numbers(node);
    }
  }

  std::vector<WantedColumn> Take() && {
    for (const Node& column : present_) {
      if (std::ranges::find(wanted_, column.text, &WantedColumn::name) == wanted_.end())
        Add(column, ColumnContent::kPresence);
    }
    return std::move(wanted_);
  }

 private:
  std::optional<std::string_view> table_;
  std::vector<WantedColumn> wanted_;
  std::vector<Node> present_;
};

std::vector<WantedColumn> Collect(const Query& query, std::optional<std::string_view> table) {
  Collector collector(table);
  for (const Call& call : query.items) {
    const bool counts = call.statistic == "count" && call.arguments.size() == 1;
    for (std::size_t a = 0; a < call.arguments.size(); ++a) {
      if (counts) {
        collector.Presence(call.arguments[a]);
      } else if (ReadsTexts(call, a)) {
        collector.Add(call.arguments[a], ColumnContent::kCategory);
      } else {
        collector.Numbers(call.arguments[a]);
      }
    }
  }
  if (query.where) collector.Condition(*query.where);
  if (query.group_by && query.group_by->by_bucket()) {
    collector.Numbers(query.group_by->value);
  } else if (query.group_by) {
    collector.Add(query.group_by->value, ColumnContent::kCategory);
  }
  return std::move(collector).Take();
}

}  // namespace

bool ReadsTexts(const Call& call, std::size_t position) {
  const Statistic* statistic = FindStatistic(call.statistic);
  if (statistic == nullptr || statistic->numbers_of_categories == nullptr) return false;
  if (!statistic->TakesCategory(position) || call.arguments[position].kind != NodeKind::kColumn) return false;
  const auto has = [&](NodeKind kind) {
    return std::ranges::any_of(call.arguments, [&](const Node& argument) { return argument.kind == kind; });
  };
  return has(NodeKind::kText) || !has(NodeKind::kNumber);
}

std::vector<WantedColumn> WantedColumns(const Query& query) { return Collect(query, std::nullopt); }

std::vector<WantedColumn> ColumnsOfTable(const Query& query, std::string_view table) {
  return Collect(query, table);
}

namespace {

const Node* FindIn(const Node& node, std::string_view table, std::string_view name) {
  if (node.kind == NodeKind::kColumn && node.text == name && (table.empty() || node.table == table))
    return &node;
  for (const Node& child : node.children) {
    if (const Node* found = FindIn(child, table, name)) return found;
  }
  return nullptr;
}

}  // namespace

std::optional<Mention> MentionOf(const Query& query, std::string_view table, std::string_view name) {
  if (!query.join) table = {};
  std::vector<const Node*> places;
  for (const Call& call : query.items) {
    for (const Node& argument : call.arguments) places.push_back(&argument);
  }
  if (query.join) places.insert(places.end(), {&query.join->left_key, &query.join->right_key});
  if (query.group_by) places.push_back(&query.group_by->value);
  for (const Node* place : places) {
    if (const Node* found = FindIn(*place, table, name)) return Mention{found->begin, false};
  }
  if (!query.where) return std::nullopt;
  const Node* found = FindIn(*query.where, table, name);
  return found == nullptr ? std::nullopt : std::optional(Mention{found->begin, true});
}

}  // namespace mpcstats
