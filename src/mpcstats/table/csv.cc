#include "mpcstats/table/csv.h"

#include <fmt/format.h>

#include <algorithm>
#include <unordered_map>
#include <utility>

#include "mpcstats/base/decimal.h"
#include "mpcstats/table/utf8.h"

namespace mpcstats {
namespace {

std::size_t Index(char c) { return static_cast<std::uint8_t>(c); }

std::string DelimiterName(char delimiter) {
  return delimiter == '\t' ? "a tab" : fmt::format("'{}'", delimiter);
}

std::string DelimiterFlag(char delimiter) {
  return delimiter == '\t' ? "--delimiter tab" : fmt::format("--delimiter '{}'", delimiter);
}

Error Invalid(std::string message) { return Error(ErrorCode::kInvalidArgument, std::move(message)); }

// What a file that is no text at all most often is.
Status CheckIsText(std::string_view file, std::string_view text) {
  if (text.empty()) {
    return std::unexpected(
        Invalid(fmt::format("{}: the file is empty; write a line of column names and one line a row", file)));
  }
  if (text.starts_with("PK\x03\x04") || text.starts_with("\xd0\xcf\x11\xe0")) {
    return std::unexpected(
        Invalid(fmt::format("{}: the file is a spreadsheet or archive, not CSV; export it as CSV", file)));
  }
  if (text.starts_with("\xff\xfe") || text.starts_with("\xfe\xff")) {
    return std::unexpected(
        Invalid(fmt::format("{}: the file is UTF-16 text; save it as CSV in UTF-8", file)));
  }
  const std::size_t nul = text.find('\0');
  if (nul != std::string_view::npos) {
    const auto line = 1 + std::ranges::count(text.substr(0, nul), '\n');
    return std::unexpected(Invalid(
        fmt::format("{}:{}: there is a NUL byte, so this is not CSV text; export the table as CSV in UTF-8",
                    file, line)));
  }
  return {};
}

}  // namespace

Result<char> ParseDelimiter(std::string_view text) {
  if (text == "tab" || text == "\\t") return '\t';
  constexpr std::string_view kAllowed = ",;\t|:!#$%&*/<=>?@^~";
  if (text.size() == 1 && kAllowed.contains(text[0])) return text[0];
  return std::unexpected(Invalid(
      fmt::format("delimiter {} cannot separate cells; use ',', ';', '|' or tab", QuoteForMessage(text))));
}

std::string CsvPlace(std::string_view file, std::uint64_t line, std::size_t column, std::string_view name) {
  return fmt::format("{}:{}: column {} {}", file, line, column, QuoteForMessage(name));
}

CsvReader::CsvReader(std::string_view file_name, std::string_view text, const CsvOptions& options)
    : file_name_(file_name), text_(text), options_(options) {
  for (char c : {options.delimiter, '"', '\n', '\r'}) ends_plain_run_[Index(c)] = true;
}

Result<CsvReader> CsvReader::Open(std::string_view file_name, std::string_view text,
                                  const CsvOptions& options) {
  RETURN_IF_ERROR(ParseDelimiter(std::string_view(&options.delimiter, 1)));
  if (text.size() > options.limits.max_bytes) {
    return std::unexpected(
        Invalid(fmt::format("{}: the file has {} bytes, more than the {} allowed; split it", file_name,
                            text.size(), options.limits.max_bytes)));
  }
  if (text.starts_with("\xef\xbb\xbf")) text.remove_prefix(3);
  RETURN_IF_ERROR(CheckIsText(file_name, text));
  CsvReader reader(file_name, text, options);
  RETURN_IF_ERROR(reader.ReadHeader());
  return reader;
}

Status CsvReader::ReadHeader() {
  if (!ReadRecord(options_.limits.max_columns)) return std::unexpected(*error_);
  if (fields_.size() == 1 && TrimSpaces(fields_[0]).empty()) {
    return std::unexpected(
        Invalid(LinePlace() + "the first line is blank; write the column names there, without a line above"));
  }
  if (const std::optional<char> other = OtherDelimiter()) {
    const std::string fix = *other == ',' ? "" : "convert it to commas or ";
    return std::unexpected(
        Invalid(fmt::format("{}the file looks like it is separated by {}: {}pass {}", LinePlace(),
                            DelimiterName(*other), fix, DelimiterFlag(*other))));
  }
  for (std::string_view name : fields_) header_.emplace_back(TrimSpaces(name));
  fields_.clear();
  return CheckHeaderNames();
}

Status CsvReader::CheckHeaderNames() const {
  std::unordered_map<std::string_view, std::size_t> first_use;
  for (std::size_t i = 0; i < header_.size(); ++i) {
    const std::string_view name = header_[i];
    if (name.empty()) {
      return std::unexpected(
          Invalid(fmt::format("{}column {} has an empty name; name it, or remove the column from every line",
                              LinePlace(), i + 1)));
    }
    if (!IsUtf8(name)) {
      return std::unexpected(
          Invalid(CsvPlace(file_name_, 1, i + 1, name) + ": the name is not UTF-8; save the file as UTF-8"));
    }
    const auto [place, is_new] = first_use.emplace(name, i + 1);
    if (!is_new) {
      return std::unexpected(Invalid(fmt::format("{}: the name is that of column {} too; rename one of them",
                                                 CsvPlace(file_name_, 1, i + 1, name), place->second)));
    }
  }
  if (std::ranges::all_of(header_, [](const std::string& name) { return ScanDecimal(name).has_value(); })) {
    return std::unexpected(Invalid(fmt::format(
        "{}the first line has numbers only (column 1 is {}); write a line of column names above it",
        LinePlace(), QuoteForMessage(header_[0]))));
  }
  return {};
}

// A single column whose name has separators in it is a table in another dialect, unless the name is in
// quotes.
std::optional<char> CsvReader::OtherDelimiter() const {
  if (fields_.size() != 1 || first_field_quoted_) return std::nullopt;
  for (char candidate : {',', ';', '\t', '|'}) {
    if (candidate != options_.delimiter && fields_[0].contains(candidate)) return candidate;
  }
  return std::nullopt;
}

std::size_t CsvReader::MaxRows() const {
  const auto line_ends = static_cast<std::size_t>(std::ranges::count(text_, '\n'));
  const std::size_t by_size = text_.size() / std::max<std::size_t>(header_.size(), 1);
  return std::min({line_ends + 1, by_size, static_cast<std::size_t>(options_.limits.max_rows)});
}

Result<bool> CsvReader::Next() {
  if (error_) return std::unexpected(*error_);
  const std::string_view rest = text_.substr(at_);
  if (rest.empty() || rest == "\n" || rest == "\r\n") {
    if (rows_ > 0) return false;
    return Stop(Invalid(fmt::format("{}:{}: there is a header but no row under it; add at least one row",
                                    file_name_, line_)));
  }
  if (!ReadRecord(header_.size())) return std::unexpected(*error_);
  if (fields_.size() != header_.size()) return Stop(WrongFieldCount());
  if (++rows_ > options_.limits.max_rows) {
    return Stop(Invalid(fmt::format("{}there are more than the {} rows allowed; split the file", LinePlace(),
                                    options_.limits.max_rows)));
  }
  return true;
}

bool CsvReader::ReadRecord(std::size_t max_fields) {
  record_line_ = line_;
  fields_.clear();
  unescaped_used_ = 0;
  for (;;) {
    switch (ReadField()) {
      case FieldEnd::kRecord: return true;
      case FieldEnd::kError: return false;
      case FieldEnd::kDelimiter: break;
    }
    if (fields_.size() < max_fields) continue;
    if (header_.empty()) {
      error_ = Invalid(fmt::format("{}there are more than the {} columns allowed; remove some", LinePlace(),
                                   options_.limits.max_columns));
    } else {
      error_ = Invalid(fmt::format(
          "{}the row goes on after column {} {}, the last of the header; quote cells that contain {} or "
          "remove what is too much",
          LinePlace(), header_.size(), QuoteForMessage(header_.back()), DelimiterName(options_.delimiter)));
    }
    return false;
  }
}

CsvReader::FieldEnd CsvReader::ReadField() {
  const bool quoted = at_ < text_.size() && text_[at_] == '"';
  if (fields_.empty()) first_field_quoted_ = quoted;
  if (quoted) return ReadQuotedField();
  const std::size_t begin = at_;
  while (at_ < text_.size() && !ends_plain_run_[Index(text_[at_])]) ++at_;
  const std::string_view field = text_.substr(begin, at_ - begin);
  if (field.size() > options_.limits.max_field_bytes) {
    return FailField(fmt::format("the cell is longer than the {} bytes allowed; shorten it",
                                 options_.limits.max_field_bytes));
  }
  if (at_ < text_.size() && text_[at_] == '"') {
    return FailField(
        "there is a quote inside a cell without quotes; quote the whole cell and double this quote");
  }
  return EndField(field);
}

CsvReader::FieldEnd CsvReader::ReadQuotedField() {
  const std::size_t begin = at_ + 1;
  // One byte past the longest cell, so that a quote right after it is still found.
  const std::string_view window = text_.substr(begin, options_.limits.max_field_bytes + 1);
  std::size_t close = 0;
  bool doubled = false;
  for (;;) {
    close = window.find('"', close);
    if (close == std::string_view::npos) {
      return FailField(
          begin + window.size() < text_.size()
              ? fmt::format("the quoted cell is longer than the {} bytes allowed; shorten it, or add "
                            "the closing quote if it is missing",
                            options_.limits.max_field_bytes)
              : "the quote that opens the cell is never closed; add the closing quote");
    }
    if (begin + close + 1 >= text_.size() || text_[begin + close + 1] != '"') break;
    doubled = true;
    close += 2;
  }
  const std::string_view quoted = window.substr(0, close);
  at_ = begin + close + 1;
  if (at_ < text_.size() && (text_[at_] == '"' || !ends_plain_run_[Index(text_[at_])])) {
    return FailField(
        "there is text after the closing quote; double the quotes inside the cell or remove the text");
  }
  // The line counter moves only now: a message about this cell names the line it starts on.
  const auto lines_inside = static_cast<std::uint64_t>(std::ranges::count(quoted, '\n'));
  const FieldEnd end = EndField(doubled ? Unescape(quoted) : quoted);
  line_ += lines_inside;
  return end;
}

CsvReader::FieldEnd CsvReader::EndField(std::string_view field) {
  if (at_ < text_.size() && text_[at_] == '\r') {
    if (at_ + 1 >= text_.size() || text_[at_ + 1] != '\n') {
      return FailField(
          "there is a carriage return without a line feed; save the file with LF or CRLF line ends");
    }
    ++at_;
  }
  fields_.push_back(field);
  if (at_ >= text_.size()) return FieldEnd::kRecord;
  const char end = text_[at_++];
  if (end != '\n') return FieldEnd::kDelimiter;
  ++line_;
  return FieldEnd::kRecord;
}

CsvReader::FieldEnd CsvReader::FailField(std::string_view what) {
  const std::size_t column = fields_.size();
  if (column < header_.size()) {
    error_ = Invalid(fmt::format("{}: {}", CsvPlace(file_name_, line_, column + 1, header_[column]), what));
  } else {
    error_ = Invalid(fmt::format("{}:{}: column {}: {}", file_name_, line_, column + 1, what));
  }
  return FieldEnd::kError;
}

std::string_view CsvReader::Unescape(std::string_view quoted) {
  if (unescaped_used_ == unescaped_.size()) unescaped_.emplace_back();
  std::string& out = unescaped_[unescaped_used_++];
  out.clear();
  while (!quoted.empty()) {
    const std::size_t run = std::min(quoted.find('"'), quoted.size() - 1) + 1;
    out += quoted.substr(0, run);
    const bool pair = quoted[run - 1] == '"';
    quoted.remove_prefix(pair ? run + 1 : run);
  }
  return out;
}

std::string CsvReader::LinePlace() const { return fmt::format("{}:{}: ", file_name_, record_line_); }

// Too many fields never get here: ReadRecord stops at the first one.
Error CsvReader::WrongFieldCount() const {
  if (fields_.size() == 1 && fields_[0].empty() && !first_field_quoted_) {
    return Invalid(LinePlace() + "the line is blank; remove it");
  }
  return Invalid(
      fmt::format("{}the row ends after {} of {} columns, before column {} {}; add the missing cells (an "
                  "empty one is a missing "
                  "value)",
                  LinePlace(), fields_.size(), header_.size(), fields_.size() + 1,
                  QuoteForMessage(header_[fields_.size()])));
}

std::unexpected<Error> CsvReader::Stop(Error error) {
  error_ = error;
  return std::unexpected(std::move(error));
}

}  // namespace mpcstats
