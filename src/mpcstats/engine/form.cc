#include "mpcstats/engine/form.h"

#include <algorithm>
#include <cstring>

#include "mpcstats/crypto/aes_prg.h"
#include "mpcstats/engine/boolean/compare.h"
#include "mpcstats/engine/multiply.h"
#include "mpcstats/engine/open.h"
#include "mpcstats/engine/verification/boolean_log.h"
#include "mpcstats/field/packed_kernels.h"

namespace mpcstats {

namespace {

MutableByteSpan RawBytes(std::uint64_t* words, std::size_t count) {
  return {reinterpret_cast<std::uint8_t*>(words), count * sizeof(std::uint64_t)};
}

std::uint64_t PrfWord(const Prf& prf, StreamId op) {
  std::uint64_t word = 0;
  prf.Generate(Purpose::kMultiply, op, RawBytes(&word, 1));
  return word;
}

}  // namespace

Task<FormSeed> OpenFormSeed(Ctx& ctx) {
  const ArithColumn<Gf2_64> random = RandomElements<Gf2_64>(ctx, 2);
  const std::vector<Gf2_64> opened = co_await Open(ctx, random, "public randomness");
  FormSeed seed;
  opened[0].Store(seed.data());
  opened[1].Store(seed.data() + 8);
  co_return seed;
}

Task<BitPlane> AnyAnd(Ctx& ctx, BitPlane x, BitPlane y, FormSeed seed) {
  CHECK(x.rows() == y.rows() && x.rows() > 0);
  Session& session = ctx.session();
  const StreamId op = ctx.NextOp("any-and", x.rows());
  auto form = std::make_unique<FormRecord>(x.words());
  std::copy_n(x.own(), x.words(), form->x_own.data());
  std::copy_n(x.next(), x.words(), form->x_next.data());
  std::copy_n(y.own(), y.words(), form->y_own.data());
  std::copy_n(y.next(), y.words(), form->y_next.data());
  // r_w = rho_group * sigma_word: public, fresh for each use of the seed.
  const AesPrg prg(seed);
  prg.Generate(StreamId{op.high, op.low}, RawBytes(form->sigma.data(), form->sigma.size()));
  prg.Generate(StreamId{~op.high, op.low}, RawBytes(form->rho.data(), form->rho.size()));

  const std::size_t padded = form->x_own.size();
  const std::size_t groups = form->rho.size();
  Buffer<std::uint64_t> words(padded);
  const Buffer<std::uint64_t> zero(padded);
  Kernels().and3(form->x_own.data(), form->x_next.data(), form->y_own.data(), form->y_next.data(),
                 zero.data(), zero.data(), padded, words.data());
  // z_i = form of the local products + rho_i + rho_{i+1}
  const std::uint64_t rho_own = PrfWord(session.own(), op);
  const std::uint64_t rho_next = PrfWord(session.next(), op);
  const std::uint64_t z =
      Kernels().weighted_sum(words.data(), groups, form->sigma.data(), form->rho.data()) ^ rho_own ^ rho_next;
  for (std::size_t w = 0; w < padded; ++w) words[w] = form->x_next[w] & form->y_next[w];
  form->lead_target =
      Kernels().weighted_sum(words.data(), groups, form->sigma.data(), form->rho.data()) ^ rho_next;
  form->second_target = rho_own;
  session.cost().multiplications += 1;

  PlaneWriter writer(64, 1);
  for (unsigned b = 0; b < 64; ++b) *writer.own(b) = z >> b & 1;
  session.QueueSend(Peer::kPrevious, {reinterpret_cast<const std::uint8_t*>(&z), sizeof(z)});
  FormRecord* logged = session.boolean_log().Append(std::move(form));
  std::uint64_t received = 0;
  session.Expect(Peer::kNext, RawBytes(&received, 1),
                 [logged, &received] { logged->lead_target ^= received; });
  co_await session.Round();
  for (unsigned b = 0; b < 64; ++b) *writer.next(b) = received >> b & 1;
  BitPlanes bits = std::move(writer).Take();
  BitPlane any = co_await AnyOf(ctx, std::move(bits));
  co_return any;
}

}  // namespace mpcstats
