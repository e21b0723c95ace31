// For tests: small programs with secret inputs and known outputs, for the harness that attacks their messages.
#pragma once

#include <array>
#include <random>
#include <vector>

#include "mpcstats/engine/and.h"
#include "mpcstats/engine/form.h"
#include "mpcstats/engine/multiply.h"
#include "mpcstats/engine/open.h"
#include "mpcstats/engine/share.h"
#include "mpcstats/engine/simulate.h"

namespace mpcstats {

/// What a party opened, in order.
using Outputs = std::vector<std::vector<std::uint64_t>>;

/// A fast random source of its own.
class TwisterRng final : public Rng {
 public:
  explicit TwisterRng(std::uint64_t seed) : random_(seed) {}
  void Fill(MutableByteSpan out) override {
    for (auto& byte : out) byte = static_cast<std::uint8_t>(random_());
  }

 private:
  std::mt19937_64 random_;
};

class AttackedProgram {
 public:
  virtual ~AttackedProgram() = default;
  [[nodiscard]] virtual Task<Done> Run(Ctx& ctx, Outputs* outputs) const = 0;
  [[nodiscard]] virtual Outputs Expected() const = 0;
  /// New shares of the same values.
  virtual void ShareAgain(std::uint64_t seed) = 0;
  [[nodiscard]] virtual std::size_t cut_gates() const { return std::size_t{1} << 26; }

  [[nodiscard]] std::vector<std::uint64_t>& x() { return x_; }
  [[nodiscard]] std::vector<std::uint64_t>& y() { return y_; }

 protected:
  std::vector<std::uint64_t> x_, y_;
};

/// ANDs of every shape (whole words, dense planes, one row) and two outputs; batches are cut at the openings and, with
/// `cut`, on the way as well, so that proofs overlap.
class BitProgram final : public AttackedProgram {
 public:
  enum class Cuts { kAtOpenings, kOnTheWay };

  explicit BitProgram(std::uint64_t seed, Cuts cuts = Cuts::kOnTheWay) : cuts_(cuts) {
    std::mt19937_64 random(seed);
    for (auto* list : {&x_, &y_}) {
      for (std::size_t i = 0; i < kRows; ++i) list->push_back(random() & 3);
    }
    ShareAgain(seed);
  }
  void ShareAgain(std::uint64_t seed) override {
    TwisterRng rng(seed);
    shares_x_ = ShareBits(x_, 2, rng);
    shares_y_ = ShareBits(y_, 2, rng);
  }
  [[nodiscard]] std::size_t cut_gates() const override {
    return cuts_ == Cuts::kOnTheWay ? 100 : AttackedProgram::cut_gates();
  }
  [[nodiscard]] Outputs Expected() const override {
    Outputs out(2);
    std::uint64_t all = x_[0];
    for (std::size_t i = 0; i < kRows; ++i) {
      const std::uint64_t z = x_[i] & y_[i];
      out[0].push_back((z & 1) & (z >> 1));
      if (i < kFew) all &= z;
    }
    out[1] = {all};
    return out;
  }
  [[nodiscard]] Task<Done> Run(Ctx& ctx, Outputs* outputs) const override {
    const unsigned self = ctx.session().self().value();
    outputs->clear();
    const BitColumn& x = shares_x_[self];
    const BitColumn& y = shares_y_[self];
    const BitPlanes z = co_await And(ctx, x.planes, y.planes);
    BitPlane both = co_await And(ctx, z.front(), z.at(1));
    BitPlanes first_out(1, std::move(both));
    const PublicPlanes first = co_await Open(ctx, std::move(first_out), "both");
    outputs->push_back(ValuesOf(first, kRows));
    BitPlanes rows[kFew];
    for (std::size_t i = 0; i < kFew; ++i) {
      for (const BitPlane& plane : z) rows[i].push_back(plane.Slice(i, 1));
    }
    BitPlanes two = co_await And(ctx, std::move(*rows), std::move(*(rows + 1)));
    BitPlanes three = co_await And(ctx, std::move(two), std::move(*(rows + 2)));
    BitPlanes input;
    for (const BitPlane& plane : shares_x_[self].planes) input.push_back(plane.Slice(0, 1));
    BitPlanes all = co_await And(ctx, std::move(three), std::move(input));
    const PublicPlanes second = co_await Open(ctx, std::move(all), "all");
    outputs->push_back(ValuesOf(second, 1));
    co_return Done();
  }

 private:
  static constexpr std::size_t kRows = 70;
  static constexpr std::size_t kFew = 3;
  Cuts cuts_;
  std::array<BitColumn, 3> shares_x_, shares_y_;
};

/// Elementwise, dot and one-sided products over F_p: opens sum x_i y_i + (x_0 y_0) (x_0 y_0) + bit of x_1.
class FieldProgram final : public AttackedProgram {
 public:
  explicit FieldProgram(std::uint64_t seed) {
    std::mt19937_64 random(seed);
    for (auto* list : {&x_, &y_}) {
      for (std::size_t i = 0; i < kRows; ++i) list->push_back(random() & 0xff);
    }
    ShareAgain(seed);
  }
  void ShareAgain(std::uint64_t seed) override {
    TwisterRng rng(seed);
    shares_x_ = ShareElements(Elements(x_), rng);
    shares_y_ = ShareElements(Elements(y_), rng);
    shares_bit_ = ShareBits(std::vector<std::uint64_t>(1, x_[1] & 1), 1, rng);
  }
  [[nodiscard]] Outputs Expected() const override {
    std::uint64_t sum = x_[0] * y_[0] * x_[0] * y_[0] + (x_[1] & 1);
    for (std::size_t i = 0; i < kRows; ++i) sum += x_[i] * y_[i];
    return {{sum}};
  }
  [[nodiscard]] Task<Done> Run(Ctx& ctx, Outputs* outputs) const override {
    const unsigned self = ctx.session().self().value();
    outputs->clear();
    std::vector<DotOperands<Fp127>> pairs(1, DotOperands<Fp127>{shares_x_[self], shares_y_[self]});
    ArithColumn<Fp127> dot = co_await Dot<Fp127>(ctx, std::move(pairs));
    const ArithColumn<Fp127> left = shares_x_[self].Slice(0, 2);
    const ArithColumn<Fp127> right = shares_y_[self].Slice(0, 2);
    ArithColumn<Fp127> product = co_await Multiply<Fp127>(ctx, left, right);
    ArithColumn<Fp127> square = co_await Multiply<Fp127>(ctx, product.Slice(0, 1), product.Slice(0, 1));
    const BitPlane& shared_bit = shares_bit_[self].planes[0];
    ArithColumn<Fp127> bit = co_await BitToField(ctx, shared_bit);
    const std::vector<Fp127> opened = co_await Open(ctx, Add(Add(dot, square), bit), "sum");
    outputs->push_back({static_cast<std::uint64_t>(opened[0].value())});
    co_return Done();
  }

 private:
  static std::vector<Fp127> Elements(const std::vector<std::uint64_t>& values) {
    std::vector<Fp127> out;
    for (const std::uint64_t value : values) out.push_back(Fp127::FromU64(value));
    return out;
  }
  static constexpr std::size_t kRows = 5;
  std::array<ArithColumn<Fp127>, 3> shares_x_, shares_y_;
  std::array<BitColumn, 3> shares_bit_;
};

/// One linear form: whether any row has both lowest bits.
class FormProgram final : public AttackedProgram {
 public:
  explicit FormProgram(std::uint64_t seed) {
    std::mt19937_64 random(seed);
    for (auto* list : {&x_, &y_}) {
      for (std::size_t i = 0; i < kRows; ++i) list->push_back(random() % 8 == 0);
    }
    ShareAgain(seed);
  }
  void ShareAgain(std::uint64_t seed) override {
    TwisterRng rng(seed);
    shares_x_ = ShareBits(x_, 1, rng);
    shares_y_ = ShareBits(y_, 1, rng);
  }
  [[nodiscard]] Outputs Expected() const override {
    std::uint64_t any = 0;
    for (std::size_t i = 0; i < kRows; ++i) any |= x_[i] & y_[i];
    return {{any}};
  }
  [[nodiscard]] Task<Done> Run(Ctx& ctx, Outputs* outputs) const override {
    const unsigned self = ctx.session().self().value();
    outputs->clear();
    const FormSeed seed = co_await OpenFormSeed(ctx);
    const BitPlane& x = shares_x_[self].planes[0];
    const BitPlane& y = shares_y_[self].planes[0];
    BitPlane any = co_await AnyAnd(ctx, x, y, seed);
    BitPlanes out(1, std::move(any));
    const PublicPlanes opened = co_await Open(ctx, std::move(out), "any");
    outputs->push_back(ValuesOf(opened, 1));
    co_return Done();
  }

 private:
  static constexpr std::size_t kRows = 70;
  std::array<BitColumn, 3> shares_x_, shares_y_;
};

/// What the fence is for: opens (a & b) & secret with a = b = 0, so 0 whatever the secret is. Party `kCheater` turns its
/// share of a & b, and what it sent of it, into 1.
class SelectiveFailure final : public AttackedProgram {
 public:
  static constexpr unsigned kCheater = 1;

  explicit SelectiveFailure(bool secret) {
    x_ = {secret ? 1u : 0u};
    ShareAgain(1);
  }
  void ShareAgain(std::uint64_t seed) override {
    TwisterRng rng(seed);
    zero_ = ShareBits(std::vector<std::uint64_t>(1, 0), 1, rng);
    secret_ = ShareBits(x_, 1, rng);
  }
  [[nodiscard]] Outputs Expected() const override { return {{0}}; }
  [[nodiscard]] Task<Done> Run(Ctx& ctx, Outputs* outputs) const override {
    const unsigned self = ctx.session().self().value();
    outputs->clear();
    const BitPlane& nothing = zero_[self].planes[0];
    const BitPlane& secret = secret_[self].planes[0];
    BitPlane zero = co_await And(ctx, nothing, nothing);
    if (self == kCheater) {
      // The first component is flipped, as party 0 would do to add the public bit 1.
      const std::uint64_t one = 1;
      zero = XorPublic(PartyIndex(0), zero, std::span(&one, 1));
    }
    BitPlane result = co_await And(ctx, std::move(zero), secret);
    BitPlanes out(1, std::move(result));
    const PublicPlanes opened = co_await Open(ctx, std::move(out), "always zero");
    outputs->push_back(ValuesOf(opened, 1));
    co_return Done();
  }

 private:
  std::array<BitColumn, 3> zero_, secret_;
};

}  // namespace mpcstats
