#include "mpcstats/service/messages.h"

#include <algorithm>
#include <bit>
#include <functional>

#include "mpcstats/language/syntax.h"
#include "mpcstats/wire/codec.h"

namespace mpcstats {

namespace {

constexpr std::size_t kMaxText = 4096;

void Put(Writer& writer, const ColumnInfo& column) {
  writer.String(column.name).U8(static_cast<std::uint8_t>(column.type.bits));
  writer.U8(column.type.is_signed ? 1 : 0).U8(static_cast<std::uint8_t>(column.type.scale));
  writer.U8(static_cast<std::uint8_t>(column.content)).U8(column.may_be_missing ? 1 : 0);
  writer.U32(static_cast<std::uint32_t>(column.categories.size()));
  for (const std::string& category : column.categories) writer.String(category);
}

Result<ColumnInfo> GetColumn(Reader& reader) {
  ColumnInfo column;
  column.name = reader.String(kMaxText);
  column.type.bits = reader.U8();
  const std::uint8_t is_signed = reader.U8();
  column.type.is_signed = is_signed != 0;
  column.type.scale = reader.U8();
  const std::uint8_t content = reader.U8();
  const std::uint8_t may_be_missing = reader.U8();
  column.content = static_cast<ColumnContent>(content);
  column.may_be_missing = may_be_missing != 0;
  const std::uint32_t categories = reader.U32();
  const bool fits = is_signed <= 1 && column.type.bits >= (column.type.is_signed ? 2u : 1u) &&
                    column.type.MagnitudeBits() <= 60 && column.type.scale <= kMaxDecimalDigits &&
                    content <= static_cast<std::uint8_t>(ColumnContent::kPresence) && may_be_missing <= 1 &&
                    categories <= kMaxCategories;
  if (!fits) return Fail(ErrorCode::kProtocolViolation, "a job has a column of an impossible type");
  for (std::uint32_t k = 0; k < categories && reader.ok(); ++k)
    column.categories.push_back(reader.String(kLongestCategory));
  // What plans rely on: an order without repetition, and a width that holds every index.
  const bool ordered = std::adjacent_find(column.categories.begin(), column.categories.end(),
                                          std::greater_equal<>()) == column.categories.end();
  const bool as_type =
      column.categories.empty() || (column.content == ColumnContent::kCategory &&
                                    column.type == ColumnType::For(column.categories.size() - 1, false, 0));
  if (!ordered || !as_type)
    return Fail(ErrorCode::kProtocolViolation, "a job has categories that do not fit");
  return column;
}

void Put(Writer& writer, const HelloMessage& hello) { writer.U32(hello.port).Raw(hello.fingerprint); }

template <std::size_t N>
void Get(Reader& reader, std::array<std::uint8_t, N>* out) {
  const ByteSpan bytes = reader.Raw(N);
  std::copy(bytes.begin(), bytes.end(), out->begin());
}

Result<HelloMessage> GetHello(Reader& reader) {
  HelloMessage hello;
  const std::uint32_t port = reader.U32();
  if (port > 0xffff) return Fail(ErrorCode::kProtocolViolation, "a party's port is not below 65536");
  hello.port = static_cast<std::uint16_t>(port);
  Get(reader, &hello.fingerprint);
  return hello;
}

void Put(Writer& writer, const Cost& cost) {
  writer.U64(cost.rounds)
      .U64(cost.and_gates)
      .U64(cost.multiplications)
      .U64(cost.bytes_sent)
      .U64(cost.batches);
}

Cost GetCost(Reader& reader) {
  Cost cost;
  cost.rounds = reader.U64();
  cost.and_gates = reader.U64();
  cost.multiplications = reader.U64();
  cost.bytes_sent = reader.U64();
  cost.batches = reader.U64();
  return cost;
}

void Put(Writer& writer, const Figure& figure) {
  writer.String(figure.exact_text);
  writer.U64(std::bit_cast<std::uint64_t>(figure.value))
      .U64(std::bit_cast<std::uint64_t>(figure.error_bound));
  writer.String(figure.undefined);
  writer.String(figure.name);
}

Figure GetFigure(Reader& reader) {
  Figure figure;
  figure.exact_text = reader.String(kMaxText);
  figure.value = std::bit_cast<double>(reader.U64());
  figure.error_bound = std::bit_cast<double>(reader.U64());
  figure.undefined = reader.String(kMaxText);
  figure.name = reader.String(kMaxText);
  return figure;
}

}  // namespace

Bytes Encode(const HelloMessage& hello) {
  Writer writer;
  Put(writer, hello);
  return std::move(writer).Take();
}

Result<HelloMessage> DecodeHello(ByteSpan bytes) {
  Reader reader(bytes);
  ASSIGN_OR_RETURN(const HelloMessage hello, GetHello(reader));
  RETURN_IF_ERROR(reader.Finish("a party's first message"));
  return hello;
}

Bytes Encode(const JobMessage& job) {
  Writer writer;
  for (const auto& party : job.parties) Put(writer, party);
  writer.U32(job.io_deadline_ms)
      .U32(job.threads)
      .U64(job.rows)
      .U32(static_cast<std::uint32_t>(job.columns.size()));
  for (const ColumnInfo& column : job.columns) Put(writer, column);
  writer.String(job.query);
  writer.U32(static_cast<std::uint32_t>(job.expressions.size()));
  for (const std::string& expression : job.expressions) writer.String(expression);
  writer.String(job.bench_operation);
  for (const auto& commitment : job.commitments) writer.Raw(commitment);
  for (const auto& opening : job.openings) writer.Raw(opening);
  return std::move(writer).Take();
}

Result<JobMessage> DecodeJob(ByteSpan bytes) {
  Reader reader(bytes);
  JobMessage job;
  for (auto& party : job.parties) {
    ASSIGN_OR_RETURN(party, GetHello(reader));
  }
  job.io_deadline_ms = reader.U32();
  job.threads = reader.U32();
  job.rows = reader.U64();
  const std::uint32_t columns = reader.U32();
  if (columns > kMaxColumns) return Fail(ErrorCode::kProtocolViolation, "a job has too many columns");
  for (std::uint32_t c = 0; c < columns && reader.ok(); ++c) {
    ASSIGN_OR_RETURN(ColumnInfo column, GetColumn(reader));
    job.columns.push_back(std::move(column));
  }
  job.query = reader.String(kLongestQuery);
  const std::uint32_t expressions = reader.U32();
  if (expressions > kMaxExpressions)
    return Fail(ErrorCode::kProtocolViolation, "a job has too many expressions");
  for (std::uint32_t e = 0; e < expressions && reader.ok(); ++e)
    job.expressions.push_back(reader.String(kMaxText));
  job.bench_operation = reader.String(kMaxText);
  for (auto& commitment : job.commitments) Get(reader, &commitment);
  for (auto& opening : job.openings) Get(reader, &opening);
  RETURN_IF_ERROR(reader.Finish("a job"));
  return job;
}

Bytes Encode(const Report& report) {
  Writer writer;
  writer.U8(static_cast<std::uint8_t>(report.kind)).U64(report.gates_done);
  writer.U8(static_cast<std::uint8_t>(report.code)).String(report.message);
  writer.U32(static_cast<std::uint32_t>(report.figures.size()));
  for (const Figure& figure : report.figures) {
    Put(writer, figure);
    writer.U32(static_cast<std::uint32_t>(figure.parts.size()));
    for (const Figure& part : figure.parts) Put(writer, part);
  }
  writer.U32(static_cast<std::uint32_t>(report.counts.size()));
  for (const std::uint64_t count : report.counts) writer.U64(count);
  writer.U32(static_cast<std::uint32_t>(report.counted.size()));
  for (const std::uint8_t counted : report.counted) writer.U8(counted);
  writer.Raw(report.bench_digest);
  Put(writer, report.cost);
  Put(writer, report.preparation_cost);
  writer.U64(report.peak_rss_bytes);
  return std::move(writer).Take();
}

Result<Report> DecodeReport(ByteSpan bytes) {
  Reader reader(bytes);
  Report report;
  const std::uint8_t kind = reader.U8();
  report.gates_done = reader.U64();
  const std::uint8_t code = reader.U8();
  report.message = reader.String(kMaxText);
  const std::uint32_t figures = reader.U32();
  if (kind < 1 || kind > static_cast<std::uint8_t>(ReportKind::kFailure) ||
      code > static_cast<std::uint8_t>(ErrorCode::kInternal) || figures > kMaxExpressions) {
    return Fail(ErrorCode::kProtocolViolation, "a party's report does not parse");
  }
  report.kind = static_cast<ReportKind>(kind);
  report.code = static_cast<ErrorCode>(code);
  for (std::uint32_t f = 0; f < figures && reader.ok(); ++f) {
    Figure figure = GetFigure(reader);
    const std::uint32_t parts = reader.U32();
    if (parts > kMaxParts) return Fail(ErrorCode::kProtocolViolation, "a party's report does not parse");
    for (std::uint32_t p = 0; p < parts && reader.ok(); ++p) figure.parts.push_back(GetFigure(reader));
    report.figures.push_back(std::move(figure));
  }
  const std::uint32_t counts = reader.U32();
  if (counts > kMaxExpressions) return Fail(ErrorCode::kProtocolViolation, "a party's report does not parse");
  for (std::uint32_t c = 0; c < counts && reader.ok(); ++c) report.counts.push_back(reader.U64());
  const std::uint32_t counted = reader.U32();
  if (counted > kMaxExpressions)
    return Fail(ErrorCode::kProtocolViolation, "a party's report does not parse");
  for (std::uint32_t c = 0; c < counted && reader.ok(); ++c) report.counted.push_back(reader.U8());
  Get(reader, &report.bench_digest);
  report.cost = GetCost(reader);
  report.preparation_cost = GetCost(reader);
  report.peak_rss_bytes = reader.U64();
  RETURN_IF_ERROR(reader.Finish("a party's report"));
  return report;
}

}  // namespace mpcstats
