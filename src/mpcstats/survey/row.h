// Row: one person's answer in fixed-width bits, by the survey's columns.
//
// Column after column, lowest bit first: one validity bit where the column may be missing, then value_bits() bits of
// units + offset (numbers), the index (categories) or 16 bytes padded with zeros (unique). A missing cell is all zeros.
// Unused top bits of the last byte are zero.
#pragma once

#include <map>
#include <span>
#include <string>
#include <vector>

#include "mpcstats/base/secret.h"
#include "mpcstats/survey/survey.h"

namespace mpcstats {

struct ColumnPlacement {
  std::optional<unsigned> valid_bit;  ///< position of the validity bit
  unsigned first_bit = 0;
  unsigned bits = 0;
};

struct RowLayout {
  std::vector<ColumnPlacement> columns;
  unsigned bits = 0;
  [[nodiscard]] std::size_t bytes() const { return (bits + 7) / 8; }
};

[[nodiscard]] RowLayout LayoutOf(const Survey& survey);

/// Columns that are committed to together: the declared ones (source 0, when there are any), then those of each source in
/// order (source 1, 2, ...). Within a group columns stand in the survey's order, as in a row of their own.
struct ColumnGroup {
  std::uint8_t source_id = 0;
  std::uint64_t column_mask = 0;
  std::vector<std::size_t> columns;  ///< indices, ascending
  RowLayout layout;                  ///< one placement for each of `columns`
};
[[nodiscard]] std::vector<ColumnGroup> GroupsOf(const Survey& survey);

/// An encoded row; wiped when it dies. Move-only.
class RowBits {
 public:
  explicit RowBits(Bytes bytes) : bytes_(std::move(bytes)) {}
  RowBits(RowBits&&) noexcept = default;
  RowBits& operator=(RowBits&&) noexcept;
  ~RowBits();
  [[nodiscard]] const Bytes& bytes(SecretAccess) const { return bytes_; }

 private:
  Bytes bytes_;
};

/// Encodes text cells by column name; a column that is absent or empty is missing.
///
/// Errors: kInvalidArgument, one sentence with the column, what is allowed, and never the text of the cell beyond what the
///         caller typed on this command (the value is a secret: the message may not repeat it).
[[nodiscard]] Result<RowBits> EncodeRow(const Survey& survey,
                                        const std::map<std::string, std::string>& cells);

/// The part of a row that is one group's: cells of its columns and of no other.
/// Errors: as EncodeRow; kInvalidArgument for a cell of a column that another group has, naming its website.
[[nodiscard]] Result<RowBits> EncodeGroup(const Survey& survey, const ColumnGroup& group,
                                          const std::map<std::string, std::string>& cells);

/// The row's bits from its groups' bits, in the order of GroupsOf. Works on each component of a sharing alike.
[[nodiscard]] Bytes JoinGroups(const Survey& survey, const std::vector<ColumnGroup>& groups,
                               std::span<const ByteSpan> parts);

/// The inverse, for tests and for showing a person her own answer.
[[nodiscard]] std::map<std::string, std::string> DecodeRow(const Survey& survey, ByteSpan row);

}  // namespace mpcstats
