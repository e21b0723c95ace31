// RateLimiter: a token bucket for each client address, in bounded memory.
//
//   RateLimiter limiter({.per_second = 2, .burst = 20});
//   if (const auto wait = limiter.Allow(RateLimitKey(request.remote_address), now)) return TooManyRequests(*wait);
#pragma once

#include <chrono>
#include <cstddef>
#include <list>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

namespace mpcstats {

/// Who counts as one client: an IPv4 address, or the /64 network of an IPv6 address, which one subscriber has whole.
/// An IPv4 address inside IPv6 (::ffff:a.b.c.d) is the IPv4 address. Other text stands for itself.
[[nodiscard]] std::string RateLimitKey(std::string_view remote_address);

/// Not thread-safe. The clock is the caller's.
class RateLimiter {
 public:
  struct Options {
    double per_second;               ///< tokens that flow in, > 0
    double burst;                    ///< tokens that a bucket holds, >= 1; a new one is full
    std::size_t max_keys = 1 << 16;  ///< the bucket used longest ago is forgotten above that
  };
  using Time = std::chrono::steady_clock::time_point;

  /// Options out of range break a CHECK.
  explicit RateLimiter(Options options);

  /// Takes a token of `key`: nothing when there was one, else the time until there will be, rounded up to whole
  /// seconds (at least one). `now` may not go back; if it does, it counts as the time before.
  /// Cost:     O(1); about 200 bytes a key.
  [[nodiscard]] std::optional<std::chrono::seconds> Allow(std::string_view key, Time now);

  [[nodiscard]] std::size_t size() const { return by_key_.size(); }

 private:
  struct Bucket {
    std::string key;
    double tokens;
    Time updated;
  };
  Options options_;
  std::list<Bucket> buckets_;                                                 // last used first
  std::unordered_map<std::string_view, std::list<Bucket>::iterator> by_key_;  // keys live in the buckets
};

}  // namespace mpcstats
