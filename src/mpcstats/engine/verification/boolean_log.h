// The record of AND gates that wait for verification: 64 gates a word, six words of record for each word of gates.
//
// For z = x & y with shares as in party.h, party i records its own components (x_i, x_{i+1}, y_i, y_{i+1}) and the two
// targets it can compute: as lead verifier of the next party, a = z_{i+1} ^ (x_{i+1} & y_{i+1}) ^ rho_{i+1}; as second
// verifier of the previous party, b = rho_i. docs/verification.md section 2.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "mpcstats/base/buffer.h"

namespace mpcstats {

inline constexpr std::size_t kGroupWords = 64;

struct BooleanChunk {
  explicit BooleanChunk(std::size_t capacity_words);
  [[nodiscard]] std::size_t groups() const { return (words + kGroupWords - 1) / kGroupWords; }
  /// Fills the last group up with zeros.
  void ZeroTail();

  std::size_t capacity;
  std::size_t words = 0;
  Buffer<std::uint64_t> x_own, x_next, y_own, y_next, lead_target, second_target;

 private:
  std::array<Buffer<std::uint64_t>*, 6> Buffers();
};

/// One relation about many gates: z = sum_w rho_group sigma_word (x & y)_w over GF(2^64), with public rho and sigma.
struct FormRecord {
  explicit FormRecord(std::size_t words);
  Buffer<std::uint64_t> x_own, x_next, y_own, y_next;  // padded with zeros to whole groups
  std::array<std::uint64_t, kGroupWords> sigma{};
  std::vector<std::uint64_t> rho;  // one a group
  std::uint64_t lead_target = 0;
  std::uint64_t second_target = 0;
};

struct BooleanBatch {
  std::vector<std::unique_ptr<BooleanChunk>> chunks;
  std::vector<std::unique_ptr<FormRecord>> forms;
  std::size_t words = 0;  ///< of the chunks
  std::size_t form_words = 0;
  [[nodiscard]] bool empty() const { return words == 0 && forms.empty(); }
};

class BooleanLog {
 public:
  /// Spans of equal length: one message's words of an AND.
  struct Record {
    const std::uint64_t *x_own, *x_next, *y_own, *y_next, *lead_target, *second_target;
    std::size_t words;
  };
  /// Appends and returns the position of the first word in this batch.
  std::size_t Append(const Record& record);
  /// Completes lead targets with the words z_{i+1} that came: target ^= z.
  void XorLeadTarget(std::size_t position, const std::uint64_t* z, std::size_t words);

  /// The lead target is completed by the caller when the message is there.
  FormRecord* Append(std::unique_ptr<FormRecord> form);

  [[nodiscard]] bool empty() const { return batch_.empty(); }
  [[nodiscard]] std::size_t words() const { return batch_.words + batch_.form_words; }
  [[nodiscard]] std::size_t gates() const { return words() * 64; }
  [[nodiscard]] BooleanBatch Take();

 private:
  BooleanBatch batch_;
};

}  // namespace mpcstats
