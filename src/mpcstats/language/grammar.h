// The query language: from text to tree.
//
//   ASSIGN_OR_RETURN(const Query query, ParseQuery("SELECT mean(income) FROM data WHERE age >= 18", nullptr));
//
// docs/query-language.md has the grammar.
#pragma once

#include <string_view>

#include "mpcstats/language/syntax.h"

namespace mpcstats {

/// [EXPLAIN] SELECT item, ... FROM table [JOIN table ON key = key] [WHERE condition] [GROUP BY group] [;]
///
/// Errors: kInvalidArgument, one sentence that names the character (from 1) and the fix; `fault_at`, unless null, becomes
///         its byte, for CaretLines.
[[nodiscard]] Result<Query> ParseQuery(std::string_view text, std::size_t* fault_at);

/// The short form: one statistic with its arguments. Errors: as ParseQuery.
[[nodiscard]] Result<Call> ParseCall(std::string_view text, std::size_t* fault_at);

}  // namespace mpcstats
