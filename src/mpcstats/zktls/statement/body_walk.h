// The walk over a response's body as one circuit: literals compared, holes of hidden length read, values encoded to the
// survey's columns, predicates answered. Made from public facts alone, by both ends.
//
//   ASSIGN_OR_RETURN(const BodyWalk walk, MakeBodyWalk(source, columns, body_bytes));
//   walk.circuit: body bits -> row bits, predicate bits, faults (each must be 0)
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "mpcstats/base/error.h"
#include "mpcstats/circuit/circuit.h"
#include "mpcstats/survey/survey.h"
#include "mpcstats/survey/template.h"

namespace mpcstats {

/// A column of the survey and the hole that it comes from.
struct StatementColumn {
  std::size_t hole = 0;
  SurveyColumn column;
};

/// Holes for columns, by name.
/// Errors: kInvalidArgument when a column has no hole in the body, or one that cannot give its values: a number with more
///         decimals than the column's scale or more than 18 digits at it, a choice with a value that is no category, a date for
///         a column with decimals, a skip.
[[nodiscard]] Result<std::vector<StatementColumn>> ColumnsFor(const Template& source,
                                                              std::span<const SurveyColumn> columns);

/// Most AND gates that a walk may spend on moving text behind holes of hidden length: bounds memory and time at both ends. 2 KB
/// of text behind one hole with a window of 32 bytes takes 82,000.
inline constexpr std::size_t kMostShiftGates = 1'000'000;

struct BodyWalk {
  Circuit circuit;  ///< one output: row, predicates, faults
  std::size_t row_bits = 0;
  std::size_t predicate_bits = 0;  ///< in the template's order
  std::size_t fault_bits = 0;
};

/// The walk over a body of exactly `body_bytes` bytes.
///
/// Row:      the columns in their order, lowest bit first: a validity bit of 1 where the column may be missing, then the value
///           as survey/row.h has it; of a text every byte, spaces at its ends too. Values outside the column's range are faults.
/// Cost:     for one number of up to 10.8 digits 1,300 AND; each literal or hole behind a hole of hidden length about
///           8 * log2(slack) AND a byte, where the slack is what the lengths before it can differ by. What stands before
///           the first such hole, or behind the last, is at a public place and is compared for nothing.
/// Security: the length of a hole is told only as far as body_bytes tells it: a body with one hole of hidden length has a public
///           length there. Which template, columns and body length is public; nothing else is in the circuit.
/// Errors:   kInvalidArgument when no response of that length can match, or the walk would take more than kMostShiftGates.
[[nodiscard]] Result<BodyWalk> MakeBodyWalk(const Template& source, std::span<const StatementColumn> columns,
                                            std::size_t body_bytes);

}  // namespace mpcstats
