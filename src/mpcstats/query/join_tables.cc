#include "mpcstats/query/join_tables.h"

#include <algorithm>
#include <map>

#include "mpcstats/base/check.h"
#include "mpcstats/query/bind.h"
#include "mpcstats/table/utf8.h"

namespace mpcstats {

namespace {

class JoinChecker {
 public:
  JoinChecker(const Query& query, std::string_view text, std::size_t* fault_at)
      : query_(query), text_(text), fault_at_(fault_at) {}

  Status Run() {
    const Join& join = *query_.join;
    if (join.table == query_.table) {
      return Refuse(join.begin,
                    "a table is not joined with itself; give its file a second name with --table");
    }
    RETURN_IF_ERROR(CheckColumn(join.left_key));
    RETURN_IF_ERROR(CheckColumn(join.right_key));
    if (join.left_key.table == join.right_key.table) {
      return Refuse(join.right_key.begin, "both keys are of the table " +
                                              QuoteForMessage(join.left_key.table) +
                                              "; ON compares a column of each table");
    }
    for (const Call& call : query_.items) {
      for (const Node& argument : call.arguments) RETURN_IF_ERROR(CheckNode(argument));
    }
    for (const Grouping& key : query_.keys) RETURN_IF_ERROR(CheckNode(key.value));
    if (query_.where) RETURN_IF_ERROR(CheckNode(*query_.where));
    if (query_.group_by) RETURN_IF_ERROR(CheckNode(query_.group_by->value));
    return {};
  }

 private:
  std::unexpected<Error> Refuse(std::size_t at, const std::string& what,
                                ErrorCode code = ErrorCode::kInvalidArgument) {
    if (fault_at_ != nullptr) *fault_at_ = at;
    return Fail(code, "the query " + QuoteForMessage(text_) + " at character " +
                          std::to_string(CharacterAt(text_, at)) + ": " + what);
  }

  Status CheckColumn(const Node& column) {
    if (column.table.empty()) {
      return Refuse(column.begin, "in a query of two tables a column is written with its table, such as " +
                                      ColumnText(query_.table, column.text));
    }
    if (column.table == query_.table || column.table == query_.join->table) return {};
    return Refuse(column.begin,
                  "there is no table " + QuoteForMessage(column.table) + " in the query; its tables are " +
                      QuoteForMessage(query_.table) + " and " + QuoteForMessage(query_.join->table),
                  ErrorCode::kNotFound);
  }

  Status CheckNode(const Node& node) {
    if (node.kind == NodeKind::kColumn) return CheckColumn(node);
    for (const Node& child : node.children) RETURN_IF_ERROR(CheckNode(child));
    return {};
  }

  const Query& query_;
  std::string_view text_;
  std::size_t* fault_at_;
};

bool AnyMissing(const NumericColumn& column) {
  return std::ranges::find(column.valid, 0) != column.valid.end();
}

// The column with `before` rows without values above it, and as many below that it has `rows`.
NumericColumn Padded(NumericColumn column, std::size_t before, std::size_t rows) {
  column.units.insert(column.units.begin(), before, 0);
  column.valid.insert(column.valid.begin(), before, 0);
  column.units.resize(rows, 0);
  column.valid.resize(rows, 0);
  return column;
}

const Node& KeyOf(const Query& query, std::string_view table) {
  const Join& join = *query.join;
  return join.left_key.table == table ? join.left_key : join.right_key;
}

// The keys of one table.
struct Keys {
  NumericColumn column;
  ColumnReading reading;
};

// Taken out of the table, unless the query has it among its columns as well: it is read once then.
Keys TakeKeys(const Query& query, std::string_view name, ColumnContent content, Table* table) {
  const std::size_t wanted = ColumnsOfTable(query, name).size();
  if (table->columns.size() > wanted) {
    Keys keys{std::move(table->columns.back()), std::move(table->readings.back())};
    table->columns.pop_back();
    table->readings.pop_back();
    return keys;
  }
  const std::string& key = KeyOf(query, name).text;
  const std::optional<std::size_t> at = table->Find(key, content);
  CHECK(at.has_value());
  return {table->columns[*at], table->readings[*at]};
}

// The texts of both, and each table's indices moved to them.
Result<std::vector<std::string>> MergeTexts(Keys* left, Keys* right) {
  std::vector<std::string> all = left->reading.categories;
  const std::vector<std::string>& more = right->reading.categories;
  all.insert(all.end(), more.begin(), more.end());
  std::ranges::sort(all);
  all.erase(std::unique(all.begin(), all.end()), all.end());
  if (all.size() > kMaxCategories) {
    return Fail(ErrorCode::kInvalidArgument, "the keys of the two tables have " + std::to_string(all.size()) +
                                                 " different texts, and " + std::to_string(kMaxCategories) +
                                                 " are the most; join by numbers instead");
  }
  for (Keys* keys : {left, right}) {
    NumericColumn& column = keys->column;
    for (std::size_t r = 0; r < column.units.size(); ++r) {
      if (column.valid[r] == 0) continue;
      const std::string& text = keys->reading.categories[static_cast<std::size_t>(column.units[r])];
      column.units[r] = std::ranges::lower_bound(all, text) - all.begin();
    }
  }
  return all;
}

// Both keys with the same number of decimals, in the type that holds them.
Result<ColumnType> AlignKeys(NumericColumn* left, NumericColumn* right) {
  const unsigned scale = std::max(left->type.scale, right->type.scale);
  std::uint64_t most = 0;
  bool negative = false;
  for (NumericColumn* keys : {left, right}) {
    for (std::int64_t& units : keys->units) {
      __int128 wide = units;
      for (unsigned i = keys->type.scale; i < scale; ++i) wide *= 10;
      if (wide >= kDecimalUnitsEnd || wide <= -kDecimalUnitsEnd) {
        return Fail(ErrorCode::kInvalidArgument,
                    "the keys of the two tables need more than 18 digits with the decimals of both; write "
                    "them as whole numbers");
      }
      units = static_cast<std::int64_t>(wide);
      most = std::max(most, static_cast<std::uint64_t>(units < 0 ? -units : units));
      negative |= units < 0;
    }
  }
  return ColumnType::For(most, negative, scale);
}

}  // namespace

Status CheckJoin(const Query& query, std::string_view text, std::size_t* fault_at) {
  CHECK(query.join.has_value());
  return JoinChecker(query, text, fault_at).Run();
}

std::string StoredName(const Query& query, const Node& column) {
  return query.join ? ColumnText(column.table, column.text) : column.text;
}

std::vector<WantedColumn> WantedOfTable(const Query& query, std::string_view table, ColumnContent key) {
  std::vector<WantedColumn> wanted = ColumnsOfTable(query, table);
  const WantedColumn last{KeyOf(query, table).text, key};
  if (std::ranges::find(wanted, last) == wanted.end()) wanted.push_back(last);
  return wanted;
}

Result<StackedTables> StackTables(const Query& query, ColumnContent key, Table left, Table right) {
  StackedTables out;
  Keys of_left = TakeKeys(query, query.table, key, &left);
  Keys of_right = TakeKeys(query, query.join->table, key, &right);
  const bool texts = key == ColumnContent::kCategory;
  std::vector<std::string> categories;
  if (texts) {
    ASSIGN_OR_RETURN(categories, MergeTexts(&of_left, &of_right));
  }
  NumericColumn keys = std::move(of_left.column);
  NumericColumn right_keys = std::move(of_right.column);
  ASSIGN_OR_RETURN(keys.type, AlignKeys(&keys, &right_keys));
  keys.name = kJoinKey;
  keys.units.insert(keys.units.end(), right_keys.units.begin(), right_keys.units.end());
  keys.valid.insert(keys.valid.end(), right_keys.valid.begin(), right_keys.valid.end());

  const std::size_t rows = left.rows + right.rows;
  out.table.rows = rows;
  const auto add = [&](NumericColumn column, ColumnReading reading, bool missing) {
    out.columns.push_back({column.name, column.type, reading.content, reading.categories, missing});
    out.table.columns.push_back(std::move(column));
    out.table.readings.push_back(std::move(reading));
  };
  for (Table* table : {&left, &right}) {
    const std::string& name = table == &left ? query.table : query.join->table;
    const std::size_t before = table == &left ? 0 : left.rows;
    for (std::size_t c = 0; c < table->columns.size(); ++c) {
      NumericColumn& column = table->columns[c];
      const bool missing = AnyMissing(column);
      column.name = ColumnText(name, column.name);
      add(Padded(std::move(column), before, rows), std::move(table->readings[c]), missing);
    }
  }
  const bool keys_missing = AnyMissing(keys);
  const ColumnContent content = texts ? ColumnContent::kCategory : ColumnContent::kNumber;
  add(std::move(keys), {content, std::move(categories)}, keys_missing);
  NumericColumn side;
  side.name = kJoinLeft;
  side.units.assign(left.rows, 1);
  side.units.resize(rows, 0);
  side.valid.assign(rows, 1);
  add(std::move(side), {}, false);
  return out;
}

Table PlainJoin(const StackedTables& stacked) {
  const std::size_t columns = stacked.table.columns.size() - 2;
  const NumericColumn& keys = stacked.table.columns[columns];
  const NumericColumn& side = stacked.table.columns[columns + 1];
  std::map<std::int64_t, std::size_t> right;
  for (std::size_t r = 0; r < stacked.table.rows; ++r) {
    if (side.units[r] == 0 && keys.valid[r] != 0) CHECK(right.emplace(keys.units[r], r).second);
  }
  Table out;
  for (std::size_t c = 0; c < columns; ++c) {
    out.columns.push_back({stacked.table.columns[c].name, stacked.table.columns[c].type, {}, {}});
    out.readings.push_back(stacked.table.readings[c]);
  }
  for (std::size_t r = 0; r < stacked.table.rows; ++r) {
    if (side.units[r] == 0 || keys.valid[r] == 0) continue;
    const auto partner = right.find(keys.units[r]);
    if (partner == right.end()) continue;
    ++out.rows;
    for (std::size_t c = 0; c < columns; ++c) {
      const NumericColumn& from = stacked.table.columns[c];
      // A column has values in the rows of one table only.
      const std::size_t row = from.valid[r] != 0 ? r : partner->second;
      out.columns[c].units.push_back(from.units[row]);
      out.columns[c].valid.push_back(from.valid[row]);
    }
  }
  return out;
}

}  // namespace mpcstats
