#include "mpcstats/table/csv.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace mpcstats {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using namespace std::string_literals;
using Rows = std::vector<std::vector<std::string>>;

struct Read {
  std::vector<std::string> header;
  Rows rows;
  std::vector<std::uint64_t> lines;
};

Result<Read> ReadAll(std::string_view text, const CsvOptions& options = {}) {
  ASSIGN_OR_RETURN(CsvReader reader, CsvReader::Open("t.csv", text, options));
  Read read{.header = reader.header(), .rows = {}, .lines = {}};
  for (;;) {
    ASSIGN_OR_RETURN(const bool more, reader.Next());
    if (!more) break;
    read.rows.emplace_back(reader.fields().begin(), reader.fields().end());
    read.lines.push_back(reader.line());
  }
  EXPECT_LE(read.rows.size(), reader.MaxRows());
  return read;
}

std::string Message(std::string_view text, const CsvOptions& options = {}) {
  const auto read = ReadAll(text, options);
  if (read) return "accepted";
  EXPECT_EQ(read.error().code(), ErrorCode::kInvalidArgument);
  return read.error().message();
}

CsvOptions With(CsvLimits limits) { return {.delimiter = ',', .limits = limits}; }

TEST(Csv, ReadsHeaderAndRows) {
  const Read read = ReadAll("a,b\n1,2\n3,\n").value();
  EXPECT_THAT(read.header, ElementsAre("a", "b"));
  EXPECT_EQ(read.rows, (Rows{{"1", "2"}, {"3", ""}}));
  EXPECT_THAT(read.lines, ElementsAre(2, 3));
}

TEST(Csv, DoesNotNeedALineEndAtTheEnd) {
  EXPECT_EQ(ReadAll("a,b\n1,2").value().rows, (Rows{{"1", "2"}}));
  EXPECT_EQ(ReadAll("a,b\n1,").value().rows, (Rows{{"1", ""}}));
}

TEST(Csv, ReadsCrlfAndMixedLineEnds) {
  EXPECT_EQ(ReadAll("a,b\r\n1,2\n\"3\",4\r\n").value().rows, (Rows{{"1", "2"}, {"3", "4"}}));
}

TEST(Csv, SkipsAByteOrderMark) {
  EXPECT_THAT(ReadAll("\xef\xbb\xbf"
                      "a\n1\n")
                  .value()
                  .header,
              ElementsAre("a"));
}

TEST(Csv, ReadsQuotesDelimitersAndLineEndsInQuotes) {
  const Read read = ReadAll("\"a,1\",b\n\"x\r\ny\",\"say \"\"hi\"\"\"\n\"\"\"\",\"\"\n").value();
  EXPECT_THAT(read.header, ElementsAre("a,1", "b"));
  EXPECT_EQ(read.rows, (Rows{{"x\r\ny", "say \"hi\""}, {"\"", ""}}));
  EXPECT_THAT(read.lines, ElementsAre(2, 4));
}

TEST(Csv, KeepsEveryUnescapedFieldOfARecord) {
  std::string header = "c0";
  std::string row = "\"\"\"\"";
  for (int i = 1; i < 100; ++i) {
    header += ",c" + std::to_string(i);
    row += ",\"\"\"" + std::to_string(i) + "\"";
  }
  const Read read = ReadAll(header + "\n" + row + "\n" + row).value();
  for (const auto& fields : read.rows) {
    for (std::size_t i = 1; i < 100; ++i) EXPECT_EQ(fields[i], "\"" + std::to_string(i));
  }
}

TEST(Csv, TrimsHeaderNamesButNotCells) {
  const Read read = ReadAll(" a ,\tb\n 1 ,2\n").value();
  EXPECT_THAT(read.header, ElementsAre("a", "b"));
  EXPECT_EQ(read.rows, (Rows{{" 1 ", "2"}}));
}

TEST(Csv, IgnoresOneBlankLastLine) {
  EXPECT_EQ(ReadAll("a,b\n1,2\n\n").value().rows.size(), 1u);
  EXPECT_EQ(ReadAll("a,b\r\n1,2\r\n\r\n").value().rows.size(), 1u);
}

TEST(Csv, TakesABlankLineOfOneColumnAsAnEmptyCell) {
  EXPECT_EQ(ReadAll("a\n1\n\n2\n\n").value().rows, (Rows{{"1"}, {""}, {"2"}}));
}

TEST(Csv, ReadsOtherDelimiters) {
  EXPECT_EQ(ReadAll("a;b\n1,5;2\n", {.delimiter = ';', .limits = {}}).value().rows, (Rows{{"1,5", "2"}}));
  EXPECT_EQ(ReadAll("a\tb\n1\t2\n", {.delimiter = '\t', .limits = {}}).value().rows, (Rows{{"1", "2"}}));
}

TEST(Csv, ParsesDelimiters) {
  EXPECT_EQ(ParseDelimiter(";").value(), ';');
  EXPECT_EQ(ParseDelimiter("tab").value(), '\t');
  EXPECT_EQ(ParseDelimiter("\\t").value(), '\t');
  EXPECT_EQ(ParseDelimiter("\t").value(), '\t');
}

TEST(Csv, RejectsDelimitersThatOccurInNumbers) {
  for (const char* text : {"", "5", ".", "-", "+", "a", "\"", "\n", " ", ";;", "\xff"}) {
    const auto delimiter = ParseDelimiter(text);
    ASSERT_FALSE(delimiter) << text;
    EXPECT_THAT(delimiter.error().message(), HasSubstr("cannot separate cells; use ',', ';', '|' or tab"));
  }
  EXPECT_EQ(Message("a\n1\n", {.delimiter = '.', .limits = {}}),
            "delimiter \".\" cannot separate cells; use ',', ';', '|' or tab");
}

TEST(Csv, RejectsAnEmptyFile) {
  const std::string want = "t.csv: the file is empty; write a line of column names and one line a row";
  EXPECT_EQ(Message(""), want);
  EXPECT_EQ(Message("\xef\xbb\xbf"), want);
}

TEST(Csv, RejectsABlankFirstLine) {
  EXPECT_EQ(Message("\na\n1\n"),
            "t.csv:1: the first line is blank; write the column names there, without a line above");
}

TEST(Csv, RejectsAHeaderWithoutRows) {
  for (const char* text : {"a,b", "a,b\n", "a,b\n\n"}) {
    EXPECT_THAT(Message(text), HasSubstr("there is a header but no row under it; add at least one row"));
  }
}

TEST(Csv, RejectsFilesThatAreNotText) {
  EXPECT_EQ(Message("a\n1\n\0\n"s),
            "t.csv:3: there is a NUL byte, so this is not CSV text; export the table as CSV in UTF-8");
  EXPECT_EQ(Message("PK\x03\x04zip"),
            "t.csv: the file is a spreadsheet or archive, not CSV; export it as CSV");
  EXPECT_EQ(Message("\xff\xfe"
                    "a\0"s),
            "t.csv: the file is UTF-16 text; save it as CSV in UTF-8");
}

TEST(Csv, RejectsAnUnclosedQuote) {
  EXPECT_EQ(Message("a,b\n1,\"2\n3,4\n"),
            "t.csv:2: column 2 \"b\": the quote that opens the cell is never closed; add the closing quote");
}

TEST(Csv, RejectsTextAfterAClosingQuote) {
  EXPECT_EQ(
      Message("a,b\n\"1\"x,2\n"),
      "t.csv:2: column 1 \"a\": there is text after the closing quote; double the quotes inside the cell or "
      "remove the text");
}

TEST(Csv, RejectsAQuoteInsideAPlainCell) {
  EXPECT_EQ(
      Message("a,b\n1,5\" pipe\n"),
      "t.csv:2: column 2 \"b\": there is a quote inside a cell without quotes; quote the whole cell and "
      "double this quote");
}

TEST(Csv, NamesTheLineACellStartsOn) {
  EXPECT_THAT(Message("a,b\n\"1\n\n\",2\n3,x\"\n"), testing::StartsWith("t.csv:5: column 2"));
  EXPECT_THAT(Message("a,b\n\"1\n\n\",x\"\n"), testing::StartsWith("t.csv:4: column 2"));
}

TEST(Csv, RejectsALoneCarriageReturn) {
  EXPECT_EQ(
      Message("a\r1\r"),
      "t.csv:1: column 1: there is a carriage return without a line feed; save the file with LF or CRLF line "
      "ends");
}

TEST(Csv, RejectsAShortRow) {
  EXPECT_EQ(Message("a,b,c\n1,2,3\n1,2\n"),
            "t.csv:3: the row ends after 2 of 3 columns, before column 3 \"c\"; add the missing cells (an "
            "empty one "
            "is a missing value)");
}

TEST(Csv, RejectsALongRow) {
  EXPECT_EQ(Message("a,b\n1,2,3\n"),
            "t.csv:2: the row goes on after column 2 \"b\", the last of the header; quote cells that contain "
            "',' or "
            "remove what is too much");
}

TEST(Csv, RejectsABlankLineBetweenRows) {
  EXPECT_EQ(Message("a,b\n1,2\n\n3,4\n"), "t.csv:3: the line is blank; remove it");
}

TEST(Csv, RejectsDuplicateNames) {
  EXPECT_EQ(Message("a,b, a\n1,2,3\n"),
            "t.csv:1: column 3 \"a\": the name is that of column 1 too; rename one of them");
}

TEST(Csv, RejectsEmptyNames) {
  EXPECT_EQ(Message("a, ,c\n1,2,3\n"),
            "t.csv:1: column 2 has an empty name; name it, or remove the column from every line");
}

TEST(Csv, RejectsNamesThatAreNotUtf8) {
  EXPECT_EQ(Message("a,gr\xf6\xdf"
                    "e\n1,2\n"),
            "t.csv:1: column 2 \"gr\\xf6\\xdfe\": the name is not UTF-8; save the file as UTF-8");
}

TEST(Csv, RejectsAFirstLineOfNumbers) {
  EXPECT_EQ(Message("3.6,79\n1.8,54\n"),
            "t.csv:1: the first line has numbers only (column 1 is \"3.6\"); write a line of column names "
            "above it");
}

TEST(Csv, RecognisesOtherDelimiters) {
  EXPECT_EQ(
      Message("a;b\n1;2\n"),
      "t.csv:1: the file looks like it is separated by ';': convert it to commas or pass --delimiter ';'");
  EXPECT_EQ(
      Message("a\tb\n1\t2\n"),
      "t.csv:1: the file looks like it is separated by a tab: convert it to commas or pass --delimiter tab");
  EXPECT_EQ(Message("a,b\n1,2\n", {.delimiter = ';', .limits = {}}),
            "t.csv:1: the file looks like it is separated by ',': pass --delimiter ','");
}

TEST(Csv, AcceptsAnotherDelimiterInsideAQuotedName) {
  EXPECT_THAT(ReadAll("\"a;b\"\n1\n").value().header, ElementsAre("a;b"));
}

TEST(Csv, RejectsMoreBytesThanTheLimit) {
  EXPECT_EQ(Message("a\n12\n", With({.max_bytes = 4})),
            "t.csv: the file has 5 bytes, more than the 4 allowed; split it");
  EXPECT_EQ(Message("a\n12\n", With({.max_bytes = 5})), "accepted");
}

TEST(Csv, RejectsMoreColumnsThanTheLimit) {
  EXPECT_EQ(Message("a,b,c\n1,2,3\n", With({.max_columns = 2})),
            "t.csv:1: there are more than the 2 columns allowed; remove some");
  EXPECT_EQ(Message("a,b,c\n1,2,3\n", With({.max_columns = 3})), "accepted");
}

TEST(Csv, RejectsMoreRowsThanTheLimit) {
  EXPECT_EQ(Message("a\n1\n2\n3\n", With({.max_rows = 2})),
            "t.csv:4: there are more than the 2 rows allowed; split the file");
  EXPECT_EQ(Message("a\n1\n2\n3\n", With({.max_rows = 3})), "accepted");
}

TEST(Csv, RejectsLongerCellsThanTheLimit) {
  const CsvOptions options = With({.max_field_bytes = 4});
  EXPECT_EQ(Message("a,b\n1234,\"1234\"\n", options), "accepted");
  EXPECT_EQ(Message("a,b\n1,12345\n", options),
            "t.csv:2: column 2 \"b\": the cell is longer than the 4 bytes allowed; shorten it");
  EXPECT_EQ(
      Message("a,b\n1,\"12345\"\n", options),
      "t.csv:2: column 2 \"b\": the quoted cell is longer than the 4 bytes allowed; shorten it, or add the "
      "closing quote if it is missing");
}

TEST(Csv, RepeatsItsErrorWhenReadOn) {
  CsvReader reader = CsvReader::Open("t.csv", "a,b\n1\n1,2\n", {}).value();
  const auto first = reader.Next();
  const auto second = reader.Next();
  ASSERT_FALSE(first);
  ASSERT_FALSE(second);
  EXPECT_EQ(first.error().message(), second.error().message());
}

std::string Quoted(const std::string& field) {
  std::string out = "\"";
  for (char c : field) {
    if (c == '\0') continue;  // refused by design
    out += c;
    if (c == '"') out += c;
  }
  return out + "\"";
}

RC_GTEST_PROP(CsvProperty, QuotedCellsReadBack, (std::vector<std::pair<std::string, std::string>> cells)) {
  RC_PRE(!cells.empty());
  std::string text = "a,b\n";
  for (auto& [left, right] : cells) {
    text += Quoted(left) + "," + Quoted(right) + "\n";
    std::erase(left, '\0');
    std::erase(right, '\0');
  }
  const Read read = ReadAll(text).value();
  RC_ASSERT(read.rows.size() == cells.size());
  for (std::size_t i = 0; i < cells.size(); ++i) {
    RC_ASSERT(read.rows[i][0] == cells[i].first);
    RC_ASSERT(read.rows[i][1] == cells[i].second);
  }
}

}  // namespace
}  // namespace mpcstats
