// For tests: what watches over memory in this build.
#pragma once

#ifndef __has_feature
#define __has_feature(feature) 0
#endif

namespace mpcstats {

#if defined(__SANITIZE_ADDRESS__) || __has_feature(address_sanitizer)
inline constexpr bool kAddressSanitizer = true;
#else
inline constexpr bool kAddressSanitizer = false;
#endif

}  // namespace mpcstats
