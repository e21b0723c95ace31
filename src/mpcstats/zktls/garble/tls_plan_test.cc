// The plan of MPC mode against libcrypto: keys, verify_data, keystream and GHASH powers of random sessions; its counts
// against the budget; and a wrong table in every phase.
#include "mpcstats/zktls/garble/tls_plan.h"

#include <gtest/gtest.h>
#include <openssl/evp.h>

#include <algorithm>
#include <map>
#include <string_view>

#include "mpcstats/circuit/add_mod.h"
#include "mpcstats/circuit/evaluate.h"
#include "mpcstats/circuit/sha256_public.h"
#include "mpcstats/zktls/garble/testing.h"
#include "mpcstats/zktls/garble/tls_circuits.h"
#include "mpcstats/zktls/tls/key_schedule.h"

namespace mpcstats {
namespace {

constexpr Bytes32 kSession{8};

Bytes Joined(ByteSpan a, ByteSpan b) {
  Bytes out(a.begin(), a.end());
  out.insert(out.end(), b.begin(), b.end());
  return out;
}
Bytes Seed(std::string_view label, ByteSpan seed) { return Joined(AsBytes(label), seed); }

Bytes AesEncrypt(ByteSpan key, ByteSpan block) {
  Bytes out(16);
  EVP_CIPHER_CTX* context = EVP_CIPHER_CTX_new();
  int written = 0;
  EXPECT_EQ(EVP_EncryptInit_ex(context, EVP_aes_128_ecb(), nullptr, key.data(), nullptr), 1);
  EXPECT_EQ(EVP_EncryptUpdate(context, out.data(), &written, block.data(), 16), 1);
  EVP_CIPHER_CTX_free(context);
  return out;
}

Bytes CounterBlock(ByteSpan salt, ByteSpan nonce, std::uint32_t counter) {
  Bytes block = Joined(salt, nonce);
  for (int shift = 24; shift >= 0; shift -= 8) block.push_back(static_cast<std::uint8_t>(counter >> shift));
  return block;
}

/// A block of GHASH as an element: coefficient k of a byte is its bit 7 - k.
Gf2_128 FromGhash(ByteSpan block) {
  std::uint8_t turned[16] = {};
  for (std::size_t i = 0; i < 128; ++i) {
    turned[i / 8] =
        static_cast<std::uint8_t>(turned[i / 8] | (((block[i / 8] >> (7 - i % 8)) & 1) << (i % 8)));
  }
  return Gf2_128::Load(turned);
}

/// One session's public and secret values, and everything libcrypto makes of them.
struct TlsSession {
  Bytes mine, theirs;  // halves of the premaster secret, lowest byte first
  Bytes premaster = Bytes(32);
  Bytes session_hash = Bytes(32), randoms = Bytes(64), client_hash = Bytes(32), server_hash = Bytes(32);
  Bytes server_nonce = Bytes(8);
  TlsMasterSecret master{};
  TlsKeyBlock keys{};
  Bytes client_verify = Bytes(12), server_verify = Bytes(12);

  explicit TlsSession(std::uint64_t seed) : mine(32), theirs(32) {
    SeededRng rng(seed);
    rng.Fill(mine);
    rng.Fill(theirs);
    // Below the prime, whose top word is 2^32 - 1.
    mine[31] &= 0x7f;
    theirs[31] &= 0x7f;
    for (Bytes* bytes : {&session_hash, &randoms, &client_hash, &server_hash, &server_nonce})
      rng.Fill(*bytes);
    unsigned carry = 0;
    for (std::size_t i = 0; i < 32; ++i) {
      carry += mine[i] + theirs[i];
      premaster[31 - i] = static_cast<std::uint8_t>(carry);
      carry >>= 8;
    }
    // The sum of two numbers below 2^255 is below 2^256 - 1; subtract the prime when it is not below.
    Bytes prime(P256Prime().rbegin(), P256Prime().rend());
    if (!std::lexicographical_compare(premaster.begin(), premaster.end(), prime.begin(), prime.end())) {
      int borrow = 0;
      for (std::size_t i = 32; i-- > 0;) {
        const int digit = premaster[i] - prime[i] - borrow;
        borrow = digit < 0 ? 1 : 0;
        premaster[i] = static_cast<std::uint8_t>(digit + 256 * borrow);
      }
    }
    TlsPrf(premaster, "extended master secret", session_hash, master);
    Bytes block(40);
    TlsPrf(master, "key expansion", randoms, block);
    std::copy_n(block.begin(), 16, keys.client_key.begin());
    std::copy_n(block.begin() + 16, 16, keys.server_key.begin());
    std::copy_n(block.begin() + 32, 4, keys.client_iv.begin());
    std::copy_n(block.begin() + 36, 4, keys.server_iv.begin());
    TlsPrf(master, "client finished", client_hash, client_verify);
    TlsPrf(master, "server finished", server_hash, server_verify);
  }
};

/// Runs a plan's phases in order; what each of them gave.
class Runner {
 public:
  explicit Runner(GarbleEnds& ends) : ends_(ends) {}

  /// False when a phase failed.
  bool Run(const BitString& garbler_bits, const BitString& evaluator_bits = {}) {
    auto result = RunPhase(ends_, garbler_bits, evaluator_bits);
    if (!result) {
      error = result.error();
      return false;
    }
    results.push_back(std::move(*result));
    return true;
  }
  Bytes Public(std::size_t phase, std::size_t first_byte, std::size_t bytes) const {
    const BitString& bits = results[phase].evaluator;
    EXPECT_EQ(results[phase].garbler, bits);
    return PackBits(std::span(bits).subspan(8 * first_byte, 8 * bytes));
  }

  std::vector<PhaseResult> results;
  std::optional<Error> error;

 private:
  GarbleEnds& ends_;
};

Bytes32 State(ByteSpan bytes) {
  Bytes32 state;
  std::copy_n(bytes.begin(), 32, state.begin());
  return state;
}

BitString Digests(std::initializer_list<std::pair<Bytes32, Bytes>> states_and_messages) {
  BitString bits;
  for (const auto& [state, message] : states_and_messages) {
    const BitString more = BitsOf(Sha256ContinuePublic(state, 64, message));
    bits.insert(bits.end(), more.begin(), more.end());
  }
  return bits;
}

/// The phases of tls_plan.h, up to where one fails.
bool RunTlsPhases(Runner& run, const TlsSession& s) {
  const Bytes extended = Seed("extended master secret", s.session_hash);
  const Bytes expansion = Seed("key expansion", s.randoms);
  const Bytes client = Seed("client finished", s.client_hash);
  const Bytes server = Seed("server finished", s.server_hash);
  if (!run.Run(BitsOf(s.mine), BitsOf(s.theirs))) return false;
  const Bytes32 premaster = State(run.Public(0, 0, 32));
  if (!run.Run(Digests({{premaster, extended}}))) return false;
  Bytes a1 = run.Public(1, 0, 32);
  if (!run.Run(Digests({{premaster, Joined(a1, extended)}, {premaster, a1}}))) return false;
  Bytes a2 = run.Public(2, 0, 32);
  if (!run.Run(Digests({{premaster, Joined(a2, extended)}}))) return false;
  const Bytes32 master = State(run.Public(3, 0, 32));
  if (!run.Run(Digests({{master, expansion}, {master, client}}))) return false;
  a1 = run.Public(4, 0, 32);
  const Bytes client_a1 = run.Public(4, 32, 32);
  if (!run.Run(
          Digests({{master, Joined(a1, expansion)}, {master, a1}, {master, Joined(client_a1, client)}}))) {
    return false;
  }
  a2 = run.Public(5, 0, 32);
  if (!run.Run(Digests({{master, Joined(a2, expansion)}}))) return false;
  if (!run.Run(BitsOf(s.server_nonce))) return false;
  if (!run.Run(Digests({{master, server}}))) return false;
  return run.Run(Digests({{master, Joined(run.Public(8, 0, 32), server)}}));
}

BitString Xor(const BitString& a, const BitString& b) {
  BitString out = a;
  for (std::size_t i = 0; i < out.size(); ++i) out[i] ^= b[i];
  return out;
}

void ExpectSessionAsLibcrypto(std::size_t bucket, std::uint64_t seed) {
  SCOPED_TRACE(testing::Message() << "bucket " << bucket << ", seed " << seed);
  const TlsGarblePlan& tls = TlsGarblePlanFor(bucket);
  const TlsSession s(seed);
  GarbleEnds ends = MakeGarbleEnds(tls.plan, kSession, seed);
  ASSERT_TRUE(ExchangeTables(ends));
  Runner run(ends);
  ASSERT_TRUE(RunTlsPhases(run, s)) << run.error->message();
  ASSERT_EQ(run.results.size(), kTlsPhases);

  EXPECT_EQ(run.Public(5, 32, 12), s.client_verify);
  EXPECT_EQ(run.Public(9, 0, 12), s.server_verify);
  EXPECT_EQ(run.Public(7, 0, 16),
            AesEncrypt(s.keys.server_key, CounterBlock(s.keys.server_iv, s.server_nonce, 2)));

  const PhaseResult& records = run.results[6];
  const Bytes shared = PackBits(Xor(records.garbler, records.evaluator));
  const Bytes garbler = PackBits(records.garbler);
  std::size_t at = 0;
  const auto next = [&at](const Bytes& from) {
    at += 16;
    return ByteSpan(from).subspan(at - 16, 16);
  };
  const Gf2_128 h = FromGhash(AesEncrypt(s.keys.client_key, Bytes(16, 0)));
  Gf2_128 power = h;
  for (std::size_t i = 0; i < tls.odd_powers; ++i) {
    ASSERT_EQ(FromGhash(next(shared)), power) << i;
    power = power * h * h;
  }
  Bytes nonce(8);
  const auto block = [&](std::uint32_t counter) {
    return AesEncrypt(s.keys.client_key, CounterBlock(s.keys.client_iv, nonce, counter));
  };
  const auto expect_next = [&](const Bytes& from, const Bytes& expected) {
    EXPECT_EQ(ToHex(next(from)), ToHex(expected));
  };
  expect_next(shared, block(1));
  nonce[7] = 1;
  expect_next(shared, block(1));
  nonce[7] = 0;
  // What is masked the garbler has in the clear.
  expect_next(garbler, block(2));
  nonce[7] = 1;
  for (std::size_t i = 0; i < tls.request_blocks; ++i)
    expect_next(garbler, block(static_cast<std::uint32_t>(2 + i)));
  EXPECT_EQ(at, shared.size());
  // And the evaluator does not: nothing of it is a mask of zeros.
  EXPECT_EQ(Xor(records.garbler, records.evaluator) == records.garbler, false);
}

TEST(TlsGarblePlan, ComputesWhatLibcryptoDoes) {
  for (std::uint64_t seed = 0; seed < 2; ++seed) ExpectSessionAsLibcrypto(256, seed);
  ExpectSessionAsLibcrypto(2048, 2);
}

TEST(TlsGarblePlan, StaysWithinTheBudgetOfGates) {
  // AND gates by the design's table, for requests of 256 to 2,048 bytes; ours share the first rounds of AES and multiply by values.
  const std::map<std::size_t, double> budget = {{256, 480e3}, {512, 580e3}, {1024, 779e3}, {2048, 1176e3}};
  for (const auto& [bucket, gates] : budget) {
    const TlsGarblePlan& tls = TlsGarblePlanFor(bucket);
    EXPECT_LE(static_cast<double>(tls.plan.and_count()), 0.97 * gates) << bucket;
    std::size_t outputs = 0;
    std::size_t labels = 0;
    for (const GarblePlan::Phase& phase : tls.plan.phases()) {
      outputs += phase.output_bits;
      labels += phase.label_bytes();
    }
    EXPECT_LE(tls.plan.table_bytes(), 32 * tls.plan.and_count() + 33 * outputs) << bucket;
    // What travels after the user acts.
    EXPECT_EQ(labels, 58'368u) << bucket;
  }
}

TEST(TlsGarblePlan, CountsOfItsParts) {
  EXPECT_EQ(TlsGarblePlanFor(256).plan.and_count(), 444299u);
  EXPECT_EQ(TlsGarblePlanFor(512).plan.and_count(), 519091u);
  EXPECT_EQ(TlsGarblePlanFor(1024).plan.and_count(), 668675u);
  EXPECT_EQ(TlsGarblePlanFor(2048).plan.and_count(), 967843u);
  const TlsGarbleCircuits& c = TlsGarbling();
  EXPECT_EQ(c.premaster_key.and_count(), 767u + 42634u);
  EXPECT_EQ(c.master_key.and_count(), 43210u);
  EXPECT_EQ(c.expand_key.and_count(), 1280u);
  EXPECT_EQ(c.encrypt.and_count(), 5120u);
  EXPECT_EQ(c.encrypt_prefix.and_count(), 864u);
  EXPECT_EQ(c.encrypt_last.and_count(), 4256u);
  EXPECT_EQ(c.multiply.and_count(), 837u);
  EXPECT_EQ(c.values.and_count(), 0u);
  EXPECT_EQ(c.square.and_count(), 0u);
  const std::size_t prf = c.premaster_key.and_count() + c.master_key.and_count() + 8 * c.outer.and_count() +
                          c.outer_half.and_count() + c.outer_nonces.and_count() +
                          2 * c.outer_verify.and_count();
  for (const std::size_t bucket : kRequestBuckets) {
    const TlsGarblePlan& tls = TlsGarblePlanFor(bucket);
    // H and the server's block; the client's two records with a tag mask each, and the keystream of the Finished.
    const std::size_t aes = 2 * 1280 + 2 * 5120 + 2 * 864 + 4256 * (bucket / 16 + 3);
    EXPECT_EQ(tls.plan.and_count(), prf + aes + 837 * (tls.odd_powers - 1)) << bucket;
  }
}

TEST(TlsGarblePlan, BucketsAreTheSmallestThatFit) {
  EXPECT_EQ(*RequestBucketFor(1), 256u);
  EXPECT_EQ(*RequestBucketFor(256), 256u);
  EXPECT_EQ(*RequestBucketFor(257), 512u);
  EXPECT_EQ(*RequestBucketFor(2048), 2048u);
  EXPECT_EQ(RequestBucketFor(0).error().code(), ErrorCode::kInvalidArgument);
  EXPECT_EQ(RequestBucketFor(2049).error().code(), ErrorCode::kInvalidArgument);
}

TEST(TlsGarblePlan, EveryBucketHasAnotherDigest) {
  EXPECT_NE(TlsGarblePlanFor(256).plan.digest(), TlsGarblePlanFor(512).plan.digest());
  EXPECT_NE(TlsGarblePlanFor(1024).plan.digest(), TlsGarblePlanFor(2048).plan.digest());
}

// One gate of the phase gets other rows; the garbler goes on as if they were right. Wires that only the next phase uses
// are caught there.
TEST(TlsGarblePlan, AWrongTableForOneGateIsCaughtBeforeAnythingOfItIsReturned) {
  const TlsGarblePlan& tls = TlsGarblePlanFor(256);
  const TlsSession s(7);
  GarbleEnds honest = MakeGarbleEnds(tls.plan, kSession, 7);
  Bytes tables = AllTables(honest.garbler);
  const Bytes hash = *GiveTables(honest.evaluator, tables);
  std::size_t begin = 0;
  for (std::size_t phase = 0; phase < kTlsPhases; ++phase) {
    SCOPED_TRACE(phase);
    // Rows that are not used, for colours 0 and 0, may be anything: then the next gate is tried.
    std::size_t tried = 0;
    for (bool caught = false; !caught; ++tried) {
      ASSERT_LT(tried, 20u);
      std::uint8_t* row = tables.data() + begin + kRowBytes * tried;
      row[0] ^= 0x40;
      row[kLabelBytes] ^= 0x20;
      GarbleEnds ends = MakeDeceivedEnds(tls.plan, kSession, 7, tables, hash);
      Runner run(ends);
      caught = !RunTlsPhases(run, s);
      if (caught) {
        EXPECT_GE(run.results.size(), phase);
        EXPECT_LE(run.results.size(), phase + 1);
        EXPECT_EQ(run.error->code(), ErrorCode::kCheatingDetected);
      }
      row[0] ^= 0x40;
      row[kLabelBytes] ^= 0x20;
    }
    begin += tls.plan.phases()[phase].table_bytes();
  }
}

// The garbler chooses what its constants are: the evaluator's labels of them are zeros in any case. Nothing in the garbling notices, and
// the garbler has blocks that make tags, and H. They are not those of counter 2 that the proof compares (mpctls/line_proof.h), so
// nothing is signed.
TEST(TlsGarblePlan, AGarblerWhoseCountersAreZeroAndOneGetsBlocksThatNoProofFits) {
  const TlsGarblePlan& tls = TlsGarblePlanFor(256);
  const TlsSession s(7);
  for (const std::uint32_t counter : {0u, 1u}) {
    SCOPED_TRACE(counter);
    GarblePlan other = tls.plan;
    // The last constant of the plan is the counter of the server's block: 0, 0, 0, 2.
    auto& constant = const_cast<GarblePlan::Constant&>(other.constants().back());
    ASSERT_EQ(constant.value, (Bytes{0, 0, 0, 2}));
    constant.value[3] = static_cast<std::uint8_t>(counter);
    GarbleEnds liar = MakeGarbleEnds(other, kSession, 7);
    GarbleEnds ends{std::move(liar.garbler), std::move(MakeGarbleEnds(tls.plan, kSession, 7).evaluator),
                    liar.masks};
    ASSERT_TRUE(ExchangeTables(ends));
    Runner run(ends);
    ASSERT_TRUE(RunTlsPhases(run, s)) << run.error->message();
    const auto block = [&](std::uint32_t at) {
      return AesEncrypt(s.keys.server_key, CounterBlock(s.keys.server_iv, s.server_nonce, at));
    };
    EXPECT_EQ(run.Public(7, 0, 16), block(counter));
    EXPECT_NE(run.Public(7, 0, 16), block(2));
  }
}

}  // namespace
}  // namespace mpcstats
