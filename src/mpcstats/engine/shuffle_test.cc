#include "mpcstats/engine/shuffle.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <map>

#include "mpcstats/crypto/aes_prg.h"
#include "mpcstats/engine/open.h"
#include "mpcstats/engine/share.h"
#include "mpcstats/engine/testing.h"

namespace mpcstats {
namespace {

using Values = std::vector<std::uint64_t>;
using Shares = std::array<BitColumn, 3>;

// Rows of `words` words; word w of row r is 1000 * r + w.
Shares Table(std::size_t rows, std::size_t words) {
  SeededRng rng(rows * 10 + words);
  Shares columns;
  for (std::size_t w = 0; w < words; ++w) {
    Values values(rows);
    for (std::size_t r = 0; r < rows; ++r) values[r] = 1000 * r + w;
    const Shares more = ShareBits(values, 64, rng);
    for (unsigned i = 0; i < 3; ++i) {
      auto& planes = columns[i].planes;
      planes.insert(planes.end(), more[i].planes.begin(), more[i].planes.end());
    }
  }
  return columns;
}

Session::Program ShuffleOf(const Shares& table, std::array<SharedRows, 3>* out) {
  return [&table, out](Ctx& ctx) -> Task<Done> {
    const unsigned i = ctx.session().self().value();
    SharedRows input = RowsOf(table[i]);
    SharedRows shuffled = co_await Shuffle(ctx, std::move(input));
    (*out)[i] = std::move(shuffled);
    co_return Done();
  };
}

// Words put together, [word][row]; nothing when holders disagree or a party has no rows.
std::vector<Values> Plain(const std::array<SharedRows, 3>& rows, std::size_t words, std::size_t n) {
  std::vector<Values> out(words, Values(n, 0));
  for (unsigned i = 0; i < 3; ++i) {
    if (rows[i].words.size() != words || rows[i].rows() != n) return {};
    for (std::size_t w = 0; w < words; ++w) {
      for (std::size_t r = 0; r < n; ++r) {
        out[w][r] ^= rows[i].words[w].own()[r].bits();
        if (!(rows[i].words[w].next()[r] == rows[(i + 1) % 3].words[w].own()[r])) return {};
      }
    }
  }
  return out;
}

TEST(Shuffle, KeepsEveryRowWhole) {
  for (const std::size_t rows : {1u, 2u, 3u, 63u, 64u, 65u, 500u}) {
    for (const std::size_t words : {1u, 2u, 3u}) {
      const Shares table = Table(rows, words);
      std::array<SharedRows, 3> out;
      const auto program = ShuffleOf(table, &out);
      ASSERT_TRUE(SimulateThree(program, {.seed = rows + words, .hook = {}, .pools = {}}).ok());
      std::vector<Values> plain = Plain(out, words, rows);
      ASSERT_EQ(plain.size(), words);
      for (std::size_t w = 1; w < words; ++w) {
        for (std::size_t r = 0; r < rows; ++r) EXPECT_EQ(plain[w][r], plain[0][r] + w);
      }
      std::sort(plain[0].begin(), plain[0].end());
      for (std::size_t r = 0; r < rows; ++r) EXPECT_EQ(plain[0][r], 1000 * r);
    }
  }
}

TEST(Shuffle, OfNoRowsIsNoRows) {
  Shares table;
  for (auto& column : table) column.planes.assign(64, Zero(0));
  std::array<SharedRows, 3> out;
  EXPECT_TRUE(SimulateThree(ShuffleOf(table, &out)).ok());
  EXPECT_EQ(out[0].rows(), 0u);
}

TEST(Shuffle, OpensItsTagKeysAndNothingElse) {
  const Shares table = Table(10, 1);
  std::array<SharedRows, 3> out;
  const auto result = SimulateThree(ShuffleOf(table, &out));
  ASSERT_TRUE(result.ok());
  for (const auto& list : result.disclosures) EXPECT_EQ(list, std::vector<std::string>{"shuffle tag keys"});
}

TEST(Shuffle, UsesAnotherOrderEachTimeInOneSession) {
  const Shares table = Table(50, 1);
  std::array<SharedRows, 3> first, second;
  const auto result = SimulateThree([&](Ctx& ctx) -> Task<Done> {
    const unsigned i = ctx.session().self().value();
    SharedRows input = RowsOf(table[i]);
    SharedRows a = co_await Shuffle(ctx, input);
    SharedRows b = co_await Shuffle(ctx, input);
    first[i] = std::move(a);
    second[i] = std::move(b);
    co_return Done();
  });
  ASSERT_TRUE(result.ok());
  EXPECT_NE(Plain(first, 1, 50), Plain(second, 1, 50));
}

// Honest sessions with keys of our choice, in lock step.
bool RunWithKeys(std::array<SessionConfig, 3> configs, const Session::Program& program) {
  std::array<std::unique_ptr<Session>, 3> sessions;
  for (unsigned i = 0; i < 3; ++i) sessions[i] = std::make_unique<Session>(std::move(configs[i]), program);
  for (;;) {
    std::array<Session::Outgoing, 3> out;
    for (unsigned i = 0; i < 3; ++i) {
      auto advanced = sessions[i]->Advance();
      if (!advanced) return false;
      out[i] = std::move(*advanced);
    }
    if (out[0].finished) return true;
    for (unsigned i = 0; i < 3; ++i) {
      std::array<Bytes, 2> frames;
      for (Peer peer : kPeers) {
        if (out[i].receive_limit[Slot(peer)] == 0) continue;
        frames[Slot(peer)] = out[IndexOf(PartyIndex(i), peer).value()].frame[Slot(Other(peer))];
      }
      if (!sessions[i]->Deliver(std::move(frames))) return false;
    }
  }
}

// Counts of each order of n rows; `spare` is the party whose two keys stay the same, 3 for none.
std::vector<std::size_t> Orders(std::size_t n, std::size_t trials, unsigned spare) {
  const Shares table = Table(n, 1);
  std::map<Values, std::size_t> counts;
  for (std::size_t trial = 0; trial < trials; ++trial) {
    auto configs = SeededSessions(trial + 1);
    if (spare < 3) {
      configs = SeededSessions(0);
      auto fresh = SeededSessions(trial + 1);
      configs[(spare + 2) % 3].own_key = std::move(fresh[(spare + 2) % 3].own_key);
      configs[(spare + 1) % 3].next_key = std::move(fresh[(spare + 1) % 3].next_key);
    }
    std::array<SharedRows, 3> out;
    if (!RunWithKeys(std::move(configs), ShuffleOf(table, &out))) return {};
    const auto plain = Plain(out, 1, n);
    if (plain.empty()) return {};
    ++counts[plain[0]];
  }
  std::vector<std::size_t> list;
  for (const auto& [order, count] : counts) list.push_back(count);
  return list;
}

TEST(Shuffle, GivesEveryOrderEquallyOften) {
  const auto three = Orders(3, ScaledTrials(3000), 3);
  ASSERT_EQ(three.size(), 6u);
  EXPECT_LT(ChiSquare(three), ChiSquareLimit(5));
  const auto four = Orders(4, ScaledTrials(5000), 3);
  ASSERT_EQ(four.size(), 24u);
  EXPECT_LT(ChiSquare(four), ChiSquareLimit(23));
}

TEST(Shuffle, IsUniformToEachPartyThatKnowsItsTwoKeys) {
  for (unsigned party = 0; party < 3; ++party) {
    const auto counts = Orders(3, ScaledTrials(1500), party);
    ASSERT_EQ(counts.size(), 6u) << party;
    EXPECT_LT(ChiSquare(counts), ChiSquareLimit(5)) << party;
  }
}

// The four messages of rows: X2, Y1 in the round after the tags, then C2, C1.
struct Message {
  const char* name;
  std::uint32_t round;
  unsigned from, to;
};
constexpr Message kMessages[] = {{"X2", 1, 0, 1}, {"Y1", 1, 1, 2}, {"C2", 2, 2, 1}, {"C1", 2, 1, 2}};
constexpr std::uint32_t kReceipts = 3;
constexpr std::size_t kHeader = 32;

// Words of a message of rows: n data words for each word of a row, then one tag a row.
struct Rows {
  Bytes* frame;
  std::size_t n;
  std::size_t words;  // with the tag
  [[nodiscard]] std::uint64_t Get(std::size_t word, std::size_t row) const {
    std::uint64_t value = 0;
    std::memcpy(&value, frame->data() + kHeader + 8 * (word * n + row), 8);
    return value;
  }
  void Set(std::size_t word, std::size_t row, std::uint64_t value) const {
    std::memcpy(frame->data() + kHeader + 8 * (word * n + row), &value, 8);
  }
  void Flip(std::size_t word, std::size_t row, std::uint64_t difference) const {
    Set(word, row, Get(word, row) ^ difference);
  }
};

using Alter = std::function<void(const Rows&, Rng&)>;
struct Attack {
  const char* name;
  Alter alter;
};

std::vector<Attack> Attacks() {
  return {{"payload bit",
           [](const Rows& m, Rng& rng) {
             m.Flip(rng.Word() % (m.words - 1), rng.Word() % m.n, std::uint64_t{1} << rng.Word() % 64);
           }},
          {"tag bit",
           [](const Rows& m, Rng& rng) {
             m.Flip(m.words - 1, rng.Word() % m.n, std::uint64_t{1} << rng.Word() % 64);
           }},
          {"swapped rows",
           [](const Rows& m, Rng& rng) {
             const std::size_t a = rng.Word() % m.n, b = (a + 1 + rng.Word() % (m.n - 1)) % m.n;
             for (std::size_t w = 0; w < m.words; ++w) {
               const std::uint64_t kept = m.Get(w, a);
               m.Set(w, a, m.Get(w, b));
               m.Set(w, b, kept);
             }
           }},
          {"row repeated with its tag",
           [](const Rows& m, Rng& rng) {
             const std::size_t a = rng.Word() % m.n, b = (a + 1) % m.n;
             for (std::size_t w = 0; w < m.words; ++w) m.Set(w, a, m.Get(w, b));
           }},
          {"zeros", [](const Rows& m, Rng&) { std::fill(m.frame->begin() + kHeader, m.frame->end(), 0); }},
          {"swapped words", [](const Rows& m, Rng&) {
             const std::uint64_t kept = m.Get(0, 0);
             m.Set(0, 0, m.Get(m.words - 1, 0));
             m.Set(m.words - 1, 0, kept);
           }}};
}

struct Attacked {
  SimulationResult result;
  std::array<SharedRows, 3> out;
  std::uint32_t last_round = 0;
};

Attacked RunShuffle(const Shares& table, std::uint64_t seed, const FrameHook& hook) {
  Attacked run;
  run.result = SimulateThree(ShuffleOf(table, &run.out), {.seed = seed,
                                                          .hook =
                                                              [&](const FrameInFlight& flight) {
                                                                run.last_round =
                                                                    std::max(run.last_round, flight.round);
                                                                hook(flight);
                                                              },
                                                          .pools = {}});
  return run;
}

bool Is(const FrameInFlight& flight, const Message& message) {
  return flight.round == message.round && flight.from.value() == message.from &&
         flight.to.value() == message.to;
}

// The cheater is the sender; both others must end without rows.
std::string Fault(const Attacked& run, unsigned cheater, ErrorCode code) {
  bool named = false;
  for (unsigned i = 0; i < 3; ++i) {
    if (i == cheater) continue;
    if (!run.result.error[i]) return "party " + std::to_string(i) + " went on";
    if (run.out[i].rows() != 0) return "party " + std::to_string(i) + " has rows";
    named |= run.result.error[i]->code() == code;
  }
  return named ? "" : "another error: " + run.result.error[(cheater + 1) % 3]->message();
}

TEST(Shuffle, CatchesEveryChangeOfEveryMessageOfRows) {
  for (const std::size_t words : {1u, 2u}) {
    const std::size_t n = 7;
    const Shares table = Table(n, words);
    for (const Message& message : kMessages) {
      for (const Attack& attack : Attacks()) {
        for (std::uint64_t seed = 1; seed <= ScaledTrials(20); ++seed) {
          SeededRng rng(seed);
          bool met = false;
          const Attacked run = RunShuffle(table, seed, [&](const FrameInFlight& flight) {
            if (!Is(flight, message)) return;
            ASSERT_EQ(flight.frame->size(), kHeader + 8 * n * (words + 1));
            attack.alter(Rows(flight.frame, n, words + 1), rng);
            met = true;
          });
          ASSERT_TRUE(met);
          ASSERT_EQ(Fault(run, message.from, ErrorCode::kCheatingDetected), "")
              << message.name << " " << attack.name << " seed " << seed;
        }
      }
    }
  }
}

// An error in a row of Y1 that is taken back in C1 at a guessed position: with the last comparison alone, a right guess
// would pass and tell where the row went. Party 1 changes its copy of C2 as well, so that its own rows stay right.
TEST(Shuffle, CatchesAnErrorThatIsTakenBack) {
  for (const std::size_t n : {1u, 2u, 3u}) {
    const Shares table = Table(n, 1);
    for (std::uint64_t seed = 1; seed <= 4; ++seed) {
      for (std::size_t row = 0; row < n; ++row) {
        for (std::size_t guess = 0; guess < n; ++guess) {
          const Attacked run = RunShuffle(table, seed, [&](const FrameInFlight& flight) {
            if (Is(flight, kMessages[1])) Rows(flight.frame, n, 2).Flip(0, row, 0x10);
            if (Is(flight, kMessages[2]) || Is(flight, kMessages[3]))
              Rows(flight.frame, n, 2).Flip(0, guess, 0x10);
          });
          ASSERT_EQ(Fault(run, 1, ErrorCode::kCheatingDetected), "") << row << " " << guess;
        }
      }
    }
  }
}

std::uint32_t KeyOpening(const Shares& table, std::size_t words) {
  std::vector<SentFrame> frames;
  std::array<SharedRows, 3> out;
  const auto result =
      SimulateThree(ShuffleOf(table, &out), {.seed = 1, .hook = RecordInto(&frames), .pools = {}});
  EXPECT_TRUE(result.ok());
  // Keys, hashes, verdicts are the last three rounds.
  const std::uint32_t round = frames.back().round - 2;
  for (const SentFrame& frame : frames) {
    if (frame.round == round && frame.to == (frame.from + 1) % 3) EXPECT_EQ(frame.bytes, kHeader + 8 * words);
  }
  return round;
}

// The tags are made before the rows move, and proven before the keys are opened: a wrong one ends the run with the keys unknown.
TEST(Shuffle, CatchesAWrongTagBeforeTheKeysAreOpened) {
  struct Change {
    const char* name;
    std::function<void(std::uint64_t* tags, std::size_t n)> alter;
  };
  const std::vector<Change> changes = {
      {"one row", [](std::uint64_t* tags, std::size_t n) { tags[n / 2] ^= 4; }},
      {"all rows alike",
       [](std::uint64_t* tags, std::size_t n) {
         for (std::size_t r = 0; r < n; ++r) tags[r] ^= 0x55;
       }},
      {"two tags exchanged", [](std::uint64_t* tags, std::size_t n) { std::swap(tags[0], tags[n - 1]); }},
      {"two errors that cancel", [](std::uint64_t* tags, std::size_t n) {
         tags[0] ^= 1;
         tags[n - 1] ^= 1;
       }}};
  for (const std::size_t words : {1u, 2u}) {
    const std::size_t n = 70;
    const Shares table = Table(n, words);
    const std::uint32_t opening = KeyOpening(table, words);
    for (unsigned from = 0; from < 3; ++from) {
      for (const Change& change : changes) {
        bool met = false;
        const Attacked run = RunShuffle(table, 5, [&](const FrameInFlight& flight) {
          if (flight.round != 0 || flight.from.value() != from || flight.frame->empty()) return;
          ASSERT_EQ(flight.frame->size(), kHeader + 8 * n);
          std::vector<std::uint64_t> tags(n);
          std::memcpy(tags.data(), flight.frame->data() + kHeader, 8 * n);
          change.alter(tags.data(), n);
          std::memcpy(flight.frame->data() + kHeader, tags.data(), 8 * n);
          met = true;
        });
        ASSERT_TRUE(met);
        EXPECT_EQ(Fault(run, from, ErrorCode::kCheatingDetected), "") << change.name << " from " << from;
        EXPECT_LT(run.last_round, opening) << change.name << " from " << from;
      }
    }
  }
}

TEST(Shuffle, DoesNotOpenTheKeysBeforeEveryMessageIsThere) {
  const Shares table = Table(5, 2);
  const std::uint32_t opening = KeyOpening(table, 2);
  ASSERT_GT(opening, kReceipts + 1);
  for (const Message& message : kMessages) {
    const Attacked run = RunShuffle(table, 1, [&](const FrameInFlight& flight) {
      if (Is(flight, message)) flight.frame->clear();
    });
    EXPECT_EQ(Fault(run, message.from, ErrorCode::kDeadlineExceeded), "") << message.name;
    EXPECT_LT(run.last_round, opening);
  }
}

TEST(Shuffle, DoesNotOpenTheKeysWithoutBothReceipts) {
  const Shares table = Table(5, 1);
  const std::uint32_t opening = KeyOpening(table, 1);
  for (unsigned from = 0; from < 3; ++from) {
    for (unsigned to = 0; to < 3; ++to) {
      for (const int wrong : {-1, 0, 2, 0xff}) {
        if (from == to) continue;
        const Attacked run = RunShuffle(table, 1, [&](const FrameInFlight& flight) {
          if (!Is(flight, {"receipt", kReceipts, from, to})) return;
          ASSERT_EQ(flight.frame->size(), kHeader + 1);
          if (wrong < 0) flight.frame->clear();
          if (wrong >= 0) flight.frame->back() = static_cast<std::uint8_t>(wrong);
        });
        const ErrorCode code = wrong < 0 ? ErrorCode::kDeadlineExceeded : ErrorCode::kCheatingDetected;
        EXPECT_EQ(Fault(run, from, code), "") << from << to << wrong;
        EXPECT_LT(run.last_round, opening);
      }
    }
  }
}

TEST(Shuffle, CatchesChangedHashesAndVerdicts) {
  const Shares table = Table(5, 1);
  const std::uint32_t opening = KeyOpening(table, 1);
  for (const std::uint32_t round : {opening + 1, opening + 2}) {
    std::vector<SentFrame> frames;
    (void)RunShuffle(table, 1, RecordInto(&frames));
    for (const SentFrame& place : frames) {
      if (place.round != round) continue;
      for (std::size_t byte = kHeader; byte < place.bytes; byte += 13) {
        const Attacked run = RunShuffle(table, 1, [&](const FrameInFlight& flight) {
          if (Is(flight, {"", round, place.from, place.to})) (*flight.frame)[byte] ^= 2;
        });
        ASSERT_TRUE(run.result.error[place.to]) << round << place.from << place.to << byte;
        EXPECT_EQ(run.result.error[place.to]->code(), ErrorCode::kCheatingDetected);
        EXPECT_EQ(run.out[place.to].rows(), 0u);
      }
    }
  }
}

}  // namespace
}  // namespace mpcstats
