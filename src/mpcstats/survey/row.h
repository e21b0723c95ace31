// Row: one person's answer in fixed-width bits, by the survey's columns.
//
// Column after column, lowest bit first: one validity bit where the column may be missing, then value_bits() bits of
// units + offset (numbers), the index (categories) or 16 bytes padded with zeros (unique). A missing cell is all zeros.
// Unused top bits of the last byte are zero.
#pragma once

#include <map>
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

/// The inverse, for tests and for showing a person her own answer.
[[nodiscard]] std::map<std::string, std::string> DecodeRow(const Survey& survey, ByteSpan row);

}  // namespace mpcstats
