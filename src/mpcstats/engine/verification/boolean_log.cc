#include "mpcstats/engine/verification/boolean_log.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "mpcstats/base/check.h"

namespace mpcstats {

namespace {
constexpr std::size_t kFirstChunkWords = 1024;
constexpr std::size_t kLargestChunkWords = std::size_t{1} << 16;
}  // namespace

BooleanChunk::BooleanChunk(std::size_t capacity_words) : capacity(capacity_words) {
  CHECK(capacity_words % kGroupWords == 0);
  for (auto* buffer : Buffers()) *buffer = Buffer<std::uint64_t>::Raw(capacity_words);
}

std::array<Buffer<std::uint64_t>*, 6> BooleanChunk::Buffers() {
  return {&x_own, &x_next, &y_own, &y_next, &lead_target, &second_target};
}

void BooleanChunk::ZeroTail() {
  for (auto* buffer : Buffers())
    std::fill(buffer->data() + words, buffer->data() + groups() * kGroupWords, 0);
}

FormRecord::FormRecord(std::size_t words) {
  rho.resize((words + kGroupWords - 1) / kGroupWords);
  for (auto* buffer : {&x_own, &x_next, &y_own, &y_next})
    *buffer = Buffer<std::uint64_t>(rho.size() * kGroupWords);
}

FormRecord* BooleanLog::Append(std::unique_ptr<FormRecord> form) {
  batch_.form_words += form->x_own.size();
  batch_.forms.push_back(std::move(form));
  return batch_.forms.back().get();
}

std::size_t BooleanLog::Append(const Record& record) {
  const std::size_t position = batch_.words;
  std::size_t done = 0;
  while (done < record.words) {
    if (batch_.chunks.empty() || batch_.chunks.back()->words == batch_.chunks.back()->capacity) {
      const std::size_t capacity = std::clamp(batch_.words, kFirstChunkWords, kLargestChunkWords);
      batch_.chunks.push_back(std::make_unique<BooleanChunk>(capacity / kGroupWords * kGroupWords));
    }
    BooleanChunk& chunk = *batch_.chunks.back();
    const std::size_t piece = std::min(record.words - done, chunk.capacity - chunk.words);
    const auto copy = [&](Buffer<std::uint64_t>& to, const std::uint64_t* from) {
      std::memcpy(to.data() + chunk.words, from + done, piece * sizeof(std::uint64_t));
    };
    copy(chunk.x_own, record.x_own);
    copy(chunk.x_next, record.x_next);
    copy(chunk.y_own, record.y_own);
    copy(chunk.y_next, record.y_next);
    copy(chunk.lead_target, record.lead_target);
    copy(chunk.second_target, record.second_target);
    chunk.words += piece;
    batch_.words += piece;
    done += piece;
  }
  return position;
}

void BooleanLog::XorLeadTarget(std::size_t position, const std::uint64_t* z, std::size_t words) {
  CHECK(position + words <= batch_.words);
  for (const auto& chunk : batch_.chunks) {
    if (words == 0) return;
    if (position >= chunk->words) {
      position -= chunk->words;
      continue;
    }
    const std::size_t piece = std::min(words, chunk->words - position);
    for (std::size_t i = 0; i < piece; ++i) chunk->lead_target[position + i] ^= z[i];
    z += piece;
    words -= piece;
    position = 0;
  }
  CHECK(words == 0);
}

BooleanBatch BooleanLog::Take() {
  for (const auto& chunk : batch_.chunks) chunk->ZeroTail();
  return std::exchange(batch_, {});
}

}  // namespace mpcstats
