// For tests: what watches over memory in this build.
#pragma once

#ifndef __has_feature
#define __has_feature(feature) 0
#endif
#if defined(__SANITIZE_ADDRESS__) || __has_feature(address_sanitizer)
#include <sanitizer/asan_interface.h>
#endif

namespace mpcstats {

#if defined(__SANITIZE_ADDRESS__) || __has_feature(address_sanitizer)
inline constexpr bool kAddressSanitizer = true;
/// Whether an access to this byte would be reported.
inline bool IsForbidden(const volatile void* byte) { return __asan_address_is_poisoned(byte) != 0; }
#else
inline constexpr bool kAddressSanitizer = false;
inline bool IsForbidden(const volatile void*) { return false; }
#endif

}  // namespace mpcstats
