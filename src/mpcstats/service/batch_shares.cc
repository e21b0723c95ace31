#include "mpcstats/service/batch_shares.h"

#include <cstring>

#include "mpcstats/wire/codec.h"

namespace mpcstats {

namespace {

constexpr std::size_t kWordBytes = sizeof(std::uint64_t);
constexpr std::size_t kHeaderBytes = sizeof(std::uint64_t);

std::unexpected<Error> DoesNotFit(const std::string& what) {
  return Fail(ErrorCode::kInvalidArgument, "the shares of the batch do not fit the survey: " + what +
                                               "; restore the store that belongs to this survey");
}

/// Bytes of one component of all columns.
std::size_t ComponentBytes(const Survey& survey, std::size_t rows) {
  std::size_t bytes = 0;
  for (const SurveyColumn& column : survey.columns) {
    if (column.kind == ColumnKind::kUnique) continue;
    bytes += (column.value_bits() + std::size_t{1}) * WordsFor(rows) * kWordBytes;
    if (column.kind == ColumnKind::kNumber) bytes += rows * Fp127::kBytes;
  }
  return bytes;
}

std::uint8_t* PutPlane(std::uint8_t* at, const BitPlane& plane, bool next) {
  const std::size_t size = plane.words() * kWordBytes;
  if (size > 0) std::memcpy(at, next ? plane.next() : plane.own(), size);
  return at + size;
}

std::uint8_t* PutColumn(std::uint8_t* at, const BatchColumn& column, bool next) {
  for (const BitPlane& plane : column.encoded.planes) at = PutPlane(at, plane, next);
  at = PutPlane(at, column.valid, next);
  for (std::size_t r = 0; r < column.units.rows(); ++r, at += Fp127::kBytes) {
    ComponentOf(column.units, next)[r].Store(at);
  }
  return at;
}

/// Reads one column after the other out of both components.
class ColumnReader {
 public:
  ColumnReader(ByteSpan own, ByteSpan next, std::size_t rows) : at_{own.data(), next.data()}, rows_(rows) {}

  Result<BatchColumn> Read(const SurveyColumn& column) {
    BatchColumn out;
    if (column.kind == ColumnKind::kUnique) return out;
    BitPlanes planes = Planes(column.value_bits() + std::size_t{1});
    out.valid = planes.back();
    planes.pop_back();
    out.encoded.planes = std::move(planes);
    if (column.kind == ColumnKind::kNumber) {
      ASSIGN_OR_RETURN(out.units, Units());
    }
    return out;
  }

 private:
  BitPlanes Planes(std::size_t count) {
    PlaneWriter writer(count, rows_);
    const std::size_t size = WordsFor(rows_) * kWordBytes;
    for (std::size_t p = 0; p < count && size > 0; ++p) {
      std::memcpy(writer.own(p), at_[0], size);
      std::memcpy(writer.next(p), at_[1], size);
      for (auto& at : at_) at += size;
    }
    return std::move(writer).Take();
  }
  Result<ArithColumn<Fp127>> Units() {
    auto store = std::make_shared<SharedElements<Fp127>>(rows_);
    Fp127* const into[] = {store->own.data(), store->next.data()};
    for (unsigned which = 0; which < 2; ++which) {
      for (std::size_t r = 0; r < rows_; ++r, at_[which] += Fp127::kBytes) {
        const auto element = Fp127::Load(at_[which]);
        if (!element) return DoesNotFit("an element is not canonical");
        into[which][r] = *element;
      }
    }
    return ArithColumn<Fp127>(std::move(store));
  }

  const std::uint8_t* at_[2];
  std::size_t rows_;
};

}  // namespace

Bytes EncodeBatchShares(const BatchShares& shares) {
  std::size_t component = 0;
  for (const BatchColumn& column : shares.columns) {
    component +=
        (column.encoded.planes.size() * WordsFor(column.encoded.rows()) + column.valid.words()) * kWordBytes +
        column.units.rows() * Fp127::kBytes;
  }
  Bytes bytes = std::move(Writer().U64(shares.people)).Take();
  bytes.resize(kHeaderBytes + 2 * component);
  std::uint8_t* at = bytes.data() + kHeaderBytes;
  for (const bool next : {false, true}) {
    for (const BatchColumn& column : shares.columns) at = PutColumn(at, column, next);
  }
  CHECK(at == bytes.data() + bytes.size());
  return bytes;
}

Result<BatchShares> DecodeBatchShares(const Survey& survey, ByteSpan bytes) {
  Reader reader(bytes);
  const std::uint64_t people = reader.U64();
  if (!reader.ok() || people > kMaxRows) return DoesNotFit("the number of people is not one");
  BatchShares shares;
  shares.people = people;
  const std::size_t component = ComponentBytes(survey, shares.rows());
  if (reader.remaining() != 2 * component) {
    return DoesNotFit("there are " + std::to_string(reader.remaining()) + " bytes of columns and " +
                      std::to_string(2 * component) + " should be");
  }
  const ByteSpan own = reader.Raw(component);
  ColumnReader columns(own, reader.Raw(component), shares.rows());
  for (const SurveyColumn& column : survey.columns) {
    ASSIGN_OR_RETURN(BatchColumn one, columns.Read(column));
    shares.columns.push_back(std::move(one));
  }
  return shares;
}

Status CheckBatchShares(const Survey& survey, const BatchShares& shares) {
  if (shares.columns.size() != survey.columns.size()) {
    return DoesNotFit("there are " + std::to_string(shares.columns.size()) + " columns");
  }
  const std::size_t rows = shares.rows();
  for (std::size_t c = 0; c < survey.columns.size(); ++c) {
    const SurveyColumn& column = survey.columns[c];
    if (column.kind == ColumnKind::kUnique) continue;
    const BatchColumn& found = shares.columns[c];
    bool fits = found.encoded.bits() == column.value_bits() && found.valid.rows() == rows;
    for (const BitPlane& plane : found.encoded.planes) fits = fits && plane.rows() == rows;
    if (column.kind == ColumnKind::kNumber) fits = fits && found.units.rows() == rows;
    if (!fits) return DoesNotFit("column " + column.name + " has another shape");
  }
  return {};
}

}  // namespace mpcstats
