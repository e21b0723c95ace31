#include "mpcstats/net/rate_limit.h"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "mpcstats/base/bytes.h"
#include "mpcstats/base/check.h"

namespace mpcstats {

std::string RateLimitKey(std::string_view remote_address) {
  const std::string text(remote_address);
  std::array<std::uint8_t, 16> address;
  if (inet_pton(AF_INET6, text.c_str(), address.data()) != 1) return text;
  constexpr std::array<std::uint8_t, 12> kMappedPrefix = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
  char printed[INET6_ADDRSTRLEN] = "";
  if (std::equal(kMappedPrefix.begin(), kMappedPrefix.end(), address.begin())) {
    inet_ntop(AF_INET, address.data() + kMappedPrefix.size(), printed, sizeof(printed));
    return printed;
  }
  std::fill(address.begin() + 8, address.end(), std::uint8_t{0});
  inet_ntop(AF_INET6, address.data(), printed, sizeof(printed));
  return std::string(printed) + "/64";
}

RateLimiter::RateLimiter(Options options) : options_(options) {
  CHECK(options.per_second > 0 && options.burst >= 1 && options.max_keys >= 1);
}

std::optional<std::chrono::seconds> RateLimiter::Allow(std::string_view key, Time now) {
  if (const auto found = by_key_.find(key); found != by_key_.end()) {
    buckets_.splice(buckets_.begin(), buckets_, found->second);
  } else {
    if (by_key_.size() == options_.max_keys) {
      by_key_.erase(buckets_.back().key);
      buckets_.pop_back();
    }
    buckets_.push_front({std::string(key), options_.burst, now});
    by_key_.emplace(buckets_.front().key, buckets_.begin());
  }
  Bucket& bucket = buckets_.front();
  const double elapsed = std::chrono::duration<double>(now - bucket.updated).count();
  if (elapsed > 0) {
    bucket.tokens = std::min(options_.burst, bucket.tokens + elapsed * options_.per_second);
    bucket.updated = now;
  }
  if (bucket.tokens >= 1) {
    bucket.tokens -= 1;
    return std::nullopt;
  }
  // The cap keeps the conversion in range for a rate of nearly nothing.
  const double wait = std::min((1 - bucket.tokens) / options_.per_second, 1e9);
  return std::chrono::seconds(std::max(1LL, static_cast<long long>(std::ceil(wait))));
}

}  // namespace mpcstats
