// Buffer<T>: 64-byte aligned memory for shares; wiped when it dies. Shared read-only between columns. Large ones are kept
// for the next while somebody says so (block_pool.h).
#pragma once

#include <cstddef>
#include <cstring>
#include <memory>
#include <new>
#include <span>
#include <type_traits>
#include <utility>

#include "mpcstats/base/secret.h"

namespace mpcstats {

/// Memory for `bytes` >= 1, aligned to 64 bytes: from small_blocks.h, from block_pool.h, or from the allocator.
struct BufferMemory {
  void* data;
  bool zeros;  ///< else its content is undefined
};
[[nodiscard]] BufferMemory TakeBufferMemory(std::size_t bytes);
/// Wipes `bytes` and gives the memory back.
void GiveBufferMemory(void* data, std::size_t bytes) noexcept;

template <typename T>
  requires std::is_trivially_copyable_v<T>
class Buffer {
 public:
  Buffer() = default;
  /// `size` elements, zeroed.
  explicit Buffer(std::size_t size) : size_(size) {
    if (size == 0) return;
    const BufferMemory memory = TakeBufferMemory(size * sizeof(T));
    if (!memory.zeros) std::memset(memory.data, 0, size * sizeof(T));
    data_ = static_cast<T*>(memory.data);
  }
  /// `size` elements with undefined content: for results that are written in full.
  static Buffer Raw(std::size_t size) { return Buffer(size, Uninitialized{}); }

  Buffer(Buffer&& other) noexcept
      : data_(std::exchange(other.data_, nullptr)), size_(std::exchange(other.size_, 0)) {}
  Buffer& operator=(Buffer&& other) noexcept {
    std::swap(data_, other.data_);
    std::swap(size_, other.size_);
    return *this;
  }
  Buffer(const Buffer&) = delete;
  Buffer& operator=(const Buffer&) = delete;
  ~Buffer() {
    if (data_ != nullptr) GiveBufferMemory(data_, size_ * sizeof(T));
  }

  [[nodiscard]] std::size_t size() const { return size_; }
  [[nodiscard]] T* data() { return data_; }
  [[nodiscard]] const T* data() const { return data_; }
  T& operator[](std::size_t i) { return data_[i]; }
  const T& operator[](std::size_t i) const { return data_[i]; }
  [[nodiscard]] std::span<T> span() { return {data_, size_}; }
  [[nodiscard]] std::span<const T> span() const { return {data_, size_}; }

 private:
  struct Uninitialized {};
  Buffer(std::size_t size, Uninitialized) : size_(size) {
    if (size > 0) data_ = static_cast<T*>(TakeBufferMemory(size * sizeof(T)).data);
  }

  T* data_ = nullptr;
  std::size_t size_ = 0;
};

}  // namespace mpcstats
