// Buffer<T>: 64-byte aligned memory for shares; wiped when it dies. Shared read-only between columns.
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

template <typename T>
  requires std::is_trivially_copyable_v<T>
class Buffer {
 public:
  Buffer() = default;
  /// `size` elements, zeroed.
  explicit Buffer(std::size_t size) : Buffer(size, Uninitialized{}) {
    if (size_ > 0) std::memset(static_cast<void*>(data_), 0, size_ * sizeof(T));
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
    if (data_ == nullptr) return;
    SecureWipe(data_, size_ * sizeof(T));
    ::operator delete(data_, std::align_val_t{kAlignment});
  }

  [[nodiscard]] std::size_t size() const { return size_; }
  [[nodiscard]] T* data() { return data_; }
  [[nodiscard]] const T* data() const { return data_; }
  T& operator[](std::size_t i) { return data_[i]; }
  const T& operator[](std::size_t i) const { return data_[i]; }
  [[nodiscard]] std::span<T> span() { return {data_, size_}; }
  [[nodiscard]] std::span<const T> span() const { return {data_, size_}; }

 private:
  static constexpr std::size_t kAlignment = 64;
  struct Uninitialized {};
  Buffer(std::size_t size, Uninitialized) : size_(size) {
    if (size > 0) data_ = static_cast<T*>(::operator new(size * sizeof(T), std::align_val_t{kAlignment}));
  }

  T* data_ = nullptr;
  std::size_t size_ = 0;
};

}  // namespace mpcstats
