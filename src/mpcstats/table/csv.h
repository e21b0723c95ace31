// CSV (RFC 4180) over text in memory: one record at a time, without a string per cell.
//
//   ASSIGN_OR_RETURN(CsvReader reader, CsvReader::Open("people.csv", text, {}));
//   for (;;) {
//     ASSIGN_OR_RETURN(const bool more, reader.Next());
//     if (!more) break;
//     Use(reader.line(), reader.fields());
//   }
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "mpcstats/base/error.h"

namespace mpcstats {

struct CsvLimits {
  std::uint64_t max_bytes = std::uint64_t{4} << 30;
  std::size_t max_columns = 4096;
  std::size_t max_field_bytes = std::size_t{1} << 20;
  std::uint64_t max_rows = 20'000'000;
};

struct CsvOptions {
  char delimiter = ',';
  CsvLimits limits;
};

/// Reads a delimiter as a user writes it: one character such as ";" or "|", or "tab" or "\t" for a tab.
/// Errors: kInvalidArgument for anything that could be part of a number, a quote or a line end.
[[nodiscard]] Result<char> ParseDelimiter(std::string_view text);

/// `people.csv:17: column 3 "income"`: the place an error message starts with. `column` counts from 1.
[[nodiscard]] std::string CsvPlace(std::string_view file, std::uint64_t line, std::size_t column,
                                   std::string_view name);

/// Format:  RFC 4180 with a header line: quotes, doubled quotes, delimiters and line ends in quotes, CRLF or
/// LF. A
///          UTF-8 byte order mark and one blank last line are skipped. Stricter than most readers: a quote
///          inside a field without quotes, a short or long row, and a repeated or empty header name are
///          errors.
/// Cost:    one pass; a field is a view of the text, and only fields with doubled quotes are copied.
/// Errors:  kInvalidArgument, one sentence with file, line, column and the fix. After one the reader is done.
class CsvReader {
 public:
  /// Checks the text and reads the header. `text` must outlive the reader; `file_name` only serves messages.
  [[nodiscard]] static Result<CsvReader> Open(std::string_view file_name, std::string_view text,
                                              const CsvOptions& options);

  /// Column names without the spaces around them; unique, not empty, valid UTF-8.
  [[nodiscard]] const std::vector<std::string>& header() const { return header_; }

  /// Moves to the next record; false at the end. A text with a header and no record at all is an error.
  [[nodiscard]] Result<bool> Next();

  /// The fields of the record, as many as the header has; valid until the next call of Next().
  [[nodiscard]] std::span<const std::string_view> fields() const { return fields_; }

  /// The line (from 1) on which the record starts.
  [[nodiscard]] std::uint64_t line() const { return record_line_; }

  /// Records read so far.
  [[nodiscard]] std::uint64_t rows() const { return rows_; }

  /// An upper bound of the records in the text, to reserve memory by; never above bytes / columns.
  [[nodiscard]] std::size_t MaxRows() const;

 private:
  enum class FieldEnd { kDelimiter, kRecord, kError };

  CsvReader(std::string_view file_name, std::string_view text, const CsvOptions& options);
  Status ReadHeader();
  Status CheckHeaderNames() const;
  [[nodiscard]] std::optional<char> OtherDelimiter() const;
  [[nodiscard]] bool ReadRecord(std::size_t max_fields);
  [[nodiscard]] FieldEnd ReadField();
  [[nodiscard]] FieldEnd ReadQuotedField();
  [[nodiscard]] FieldEnd EndField(std::string_view field);
  [[nodiscard]] FieldEnd FailField(std::string_view what);
  [[nodiscard]] std::string_view Unescape(std::string_view quoted);
  [[nodiscard]] std::string LinePlace() const;
  [[nodiscard]] Error WrongFieldCount() const;
  [[nodiscard]] std::unexpected<Error> Stop(Error error);

  std::string file_name_;
  std::string_view text_;
  CsvOptions options_;
  std::array<bool, 256> ends_plain_run_{};
  std::size_t at_ = 0;
  std::uint64_t line_ = 1;
  std::uint64_t record_line_ = 1;
  std::uint64_t rows_ = 0;
  bool first_field_quoted_ = false;
  std::vector<std::string> header_;
  std::vector<std::string_view> fields_;
  std::deque<std::string>
      unescaped_;  // a deque: growing it does not move the strings that fields_ points into
  std::size_t unescaped_used_ = 0;
  std::optional<Error> error_;
};

}  // namespace mpcstats
