// Where a value that was computed from secrets becomes public: written down for readers, and for memcheck.
//
//   if (!ct::Declassify(ct::Equal(tag, expected), "the verdict is told to both ends")) return Refuse();
//
// tests/constant_time marks secrets as undefined and runs the code under memcheck, which then reports every branch and every
// address that depends on one. Outside of memcheck this does nothing.
#pragma once

#include <cstddef>
#include <type_traits>

namespace mpcstats::ct {

/// Tells memcheck that these bytes are public. Cost: a call.
void DeclassifyBytes(const void* data, std::size_t size);

/// The same value, public from here on; `why` is for readers.
template <typename T>
  requires std::is_trivially_copyable_v<T>
[[nodiscard]] T Declassify(T value, [[maybe_unused]] const char* why) {
  DeclassifyBytes(&value, sizeof(value));
  return value;
}

}  // namespace mpcstats::ct
