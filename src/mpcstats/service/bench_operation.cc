#include "mpcstats/service/bench_operation.h"

#include <algorithm>

#include "mpcstats/crypto/sha256.h"
#include "mpcstats/engine/and.h"
#include "mpcstats/engine/boolean/compare.h"
#include "mpcstats/engine/convert.h"
#include "mpcstats/engine/multiply.h"
#include "mpcstats/engine/open.h"
#include "mpcstats/engine/rows.h"
#include "mpcstats/engine/share.h"
#include "mpcstats/engine/shuffle.h"
#include "mpcstats/engine/sort.h"

namespace mpcstats {

namespace {

constexpr std::string_view kOperators[] = {"and", "less_than", "multiply", "dot", "b2a", "shuffle", "sort"};

Bytes32 Digest(const std::vector<unsigned __int128>& values) {
  Sha256Stream hash("mpcstats/v1/bench");
  hash.AddU64(values.size());
  Bytes bytes(values.size() * sizeof(values[0]));
  if (!values.empty())
    std::copy_n(reinterpret_cast<const std::uint8_t*>(values.data()), bytes.size(), bytes.data());
  return hash.Add(bytes).Finish();
}

}  // namespace

bool IsBenchOperator(std::string_view operation) {
  return std::find(std::begin(kOperators), std::end(kOperators), operation) != std::end(kOperators);
}

unsigned BenchNeeds(std::string_view operation) {
  return operation == "multiply" || operation == "dot" ? unsigned{kField} : 0u;
}

Task<BenchOutput> RunBenchOperator(Ctx& ctx, std::string_view operation, std::vector<ColumnShares> columns) {
  const ColumnShares& x = columns[0];
  const ColumnShares& y = columns[1];
  BenchOutput out;
  if (operation == "and") {
    BitPlanes z = co_await And(ctx, x.bits.planes, y.bits.planes);
    out.bits = std::move(z);
  } else if (operation == "less_than") {
    BitPlane less = co_await LessThan(ctx, x.bits, y.bits);
    out.bits.push_back(std::move(less));
  } else if (operation == "multiply") {
    ArithColumn<Fp127> z = co_await Multiply<Fp127>(ctx, x.units, y.units);
    out.field = z;
  } else if (operation == "dot") {
    std::vector<DotOperands<Fp127>> pairs(1, DotOperands<Fp127>(x.units, y.units));
    ArithColumn<Fp127> z = co_await Dot<Fp127>(ctx, std::move(pairs));
    out.field = z;
  } else if (operation == "b2a") {
    ArithColumn<Fp127> z = co_await BitsToField(ctx, x.bits);
    out.field = z;
  } else if (operation == "shuffle") {
    SharedRows rows = RowsOf(x.bits);
    const SharedRows shuffled = co_await Shuffle(ctx, std::move(rows));
    out.bits = PlanesOfRows(shuffled, x.bits.bits()).planes;
    out.any_order = true;
  } else {
    BitColumn sorted = co_await Sort(ctx, x.bits, x.valid);
    out.bits = std::move(sorted.planes);
  }
  co_await ctx.session().Fence();
  co_return out;
}

Task<Bytes32> OpenBenchOutput(Ctx& ctx, BenchOutput output) {
  std::vector<unsigned __int128> values;
  if (output.field.rows() > 0) {
    const std::vector<Fp127> opened = co_await Open(ctx, output.field, "bench answer");
    for (const Fp127& value : opened) values.push_back(value.value());
  } else {
    const std::size_t rows = output.bits.empty() ? 0 : output.bits[0].rows();
    const PublicPlanes opened = co_await Open(ctx, std::move(output.bits), "bench answer");
    for (const std::uint64_t value : ValuesOf(opened, rows)) values.push_back(value);
    if (output.any_order) std::sort(values.begin(), values.end());
  }
  co_return Digest(values);
}

Bytes32 PlainBenchDigest(std::string_view operation, const std::vector<NumericColumn>& columns) {
  const auto& x = columns[0].units;
  const auto& y = columns[1].units;
  std::vector<unsigned __int128> values;
  const auto ux = [&](std::size_t i) {
    return static_cast<unsigned __int128>(static_cast<std::uint64_t>(x[i]));
  };
  const auto uy = [&](std::size_t i) {
    return static_cast<unsigned __int128>(static_cast<std::uint64_t>(y[i]));
  };
  if (operation == "dot") {
    Fp127 sum = Fp127::Zero();
    for (std::size_t i = 0; i < x.size(); ++i) sum += Fp127::FromSigned(x[i]) * Fp127::FromSigned(y[i]);
    values.push_back(sum.value());
    return Digest(values);
  }
  for (std::size_t i = 0; i < x.size(); ++i) {
    if (operation == "and") values.push_back(ux(i) & uy(i));
    if (operation == "less_than") values.push_back(x[i] < y[i] ? 1 : 0);
    if (operation == "multiply")
      values.push_back((Fp127::FromSigned(x[i]) * Fp127::FromSigned(y[i])).value());
    if (operation == "b2a" || operation == "shuffle" || operation == "sort") values.push_back(ux(i));
  }
  if (operation == "shuffle" || operation == "sort") std::sort(values.begin(), values.end());
  return Digest(values);
}

BenchCall BenchCallOf(const std::string& statistic, unsigned bits, std::optional<std::size_t> columns) {
  BenchCall call;
  const Statistic* found = FindStatistic(statistic);
  const std::size_t fewest = found == nullptr ? 1 : found->columns.min;
  for (std::size_t c = 0; c < columns.value_or(fewest); ++c) {
    call.columns.push_back(c < 3 ? std::string(1, static_cast<char>('x' + c)) : "x" + std::to_string(c + 1));
    call.bits.push_back(bits);
  }
  call.text = ExpressionText(statistic, call.columns,
                             found == nullptr ? std::vector<Decimal>() : found->ExampleNumbers());
  return call;
}

}  // namespace mpcstats
