// Secret values: move-only, zeroed when they die, never printable, compared in constant time only.
//
//   Secret<Bytes32> key(bytes);
//   auto tag = key.With(access, [&](const Bytes32& k) { return Mac(k, message); });
#pragma once

#include <cstddef>
#include <type_traits>
#include <utility>

namespace mpcstats {

/// Overwrites memory in a way the compiler may not drop.
void SecureWipe(void* data, std::size_t size);

/// Names each place that reads raw secret bytes, so that one search for SecretAccess lists them all.
class SecretAccess {
 public:
  explicit constexpr SecretAccess(const char* reason) : reason_(reason) {}
  [[nodiscard]] constexpr const char* reason() const { return reason_; }

 private:
  const char* reason_;
};

template <typename T>
  requires std::is_trivially_copyable_v<T>
class Secret {
 public:
  Secret() : value_{} {}
  explicit Secret(const T& value) : value_(value) {}
  Secret(Secret&& other) noexcept : value_(other.value_) { other.Wipe(); }
  Secret& operator=(Secret&& other) noexcept {
    if (this != &other) {
      value_ = other.value_;
      other.Wipe();
    }
    return *this;
  }
  Secret(const Secret&) = delete;
  Secret& operator=(const Secret&) = delete;
  ~Secret() { Wipe(); }

  template <typename F>
  decltype(auto) With(SecretAccess, F&& f) const {
    return std::forward<F>(f)(static_cast<const T&>(value_));
  }
  void Wipe() { SecureWipe(&value_, sizeof(value_)); }

 private:
  T value_;
};

}  // namespace mpcstats
