#include "mpcstats/net/rate_limit.h"

#include <gtest/gtest.h>

#include <random>

namespace mpcstats {
namespace {

using namespace std::chrono_literals;

const RateLimiter::Time kStart{};

TEST(RateLimit, LetsABurstThroughAndThenTheRate) {
  RateLimiter limiter({.per_second = 0.5, .burst = 3});
  for (int i = 0; i < 3; ++i) EXPECT_FALSE(limiter.Allow("a", kStart).has_value());
  EXPECT_EQ(limiter.Allow("a", kStart), 2s);
  EXPECT_EQ(limiter.Allow("a", kStart + 1999ms), 1s);
  EXPECT_FALSE(limiter.Allow("a", kStart + 2s).has_value());
  EXPECT_EQ(limiter.Allow("a", kStart + 2s), 2s);
}

TEST(RateLimit, FillsABucketNoFurtherThanItsBurst) {
  RateLimiter limiter({.per_second = 100, .burst = 2});
  EXPECT_FALSE(limiter.Allow("a", kStart).has_value());
  EXPECT_FALSE(limiter.Allow("a", kStart + 1h).has_value());
  EXPECT_FALSE(limiter.Allow("a", kStart + 1h).has_value());
  EXPECT_TRUE(limiter.Allow("a", kStart + 1h).has_value());
}

TEST(RateLimit, CountsEachKeyForItself) {
  RateLimiter limiter({.per_second = 1, .burst = 1});
  EXPECT_FALSE(limiter.Allow("a", kStart).has_value());
  EXPECT_FALSE(limiter.Allow("b", kStart).has_value());
  EXPECT_TRUE(limiter.Allow("a", kStart).has_value());
}

TEST(RateLimit, GivesNothingForAClockThatGoesBack) {
  RateLimiter limiter({.per_second = 1, .burst = 1});
  EXPECT_FALSE(limiter.Allow("a", kStart + 10s).has_value());
  EXPECT_TRUE(limiter.Allow("a", kStart).has_value());
  EXPECT_TRUE(limiter.Allow("a", kStart + 10s).has_value());
  EXPECT_FALSE(limiter.Allow("a", kStart + 11s).has_value());
}

TEST(RateLimit, ForgetsTheKeyUsedLongestAgo) {
  RateLimiter limiter({.per_second = 0.001, .burst = 1, .max_keys = 2});
  EXPECT_FALSE(limiter.Allow("a", kStart).has_value());
  EXPECT_FALSE(limiter.Allow("b", kStart).has_value());
  EXPECT_TRUE(limiter.Allow("a", kStart).has_value());
  EXPECT_FALSE(limiter.Allow("c", kStart).has_value());
  EXPECT_EQ(limiter.size(), 2u);
  EXPECT_TRUE(limiter.Allow("a", kStart).has_value());
  EXPECT_FALSE(limiter.Allow("b", kStart).has_value());
}

TEST(RateLimit, StaysBoundedUnderManyKeys) {
  RateLimiter limiter({.per_second = 1, .burst = 1, .max_keys = 100});
  for (int i = 0; i < 10'000; ++i) {
    (void)limiter.Allow(std::to_string(i), kStart);
    ASSERT_LE(limiter.size(), 100u);
  }
}

TEST(RateLimit, NeverAdmitsMoreThanBurstAndRate) {
  std::mt19937_64 random(20260101);
  for (int round = 0; round < 200; ++round) {
    const double rate = std::uniform_real_distribution(0.1, 50.0)(random);
    const double burst = std::uniform_real_distribution(1.0, 20.0)(random);
    RateLimiter limiter({.per_second = rate, .burst = burst});
    RateLimiter::Time now = kStart;
    int admitted = 0;
    for (int i = 0; i < 300; ++i) {
      now += std::chrono::milliseconds(random() % 200);
      const auto wait = limiter.Allow("k", now);
      admitted += wait ? 0 : 1;
      const double elapsed = std::chrono::duration<double>(now - kStart).count();
      ASSERT_LE(admitted, burst + rate * elapsed + 1e-6) << "round " << round;
      if (wait) {
        ASSERT_GE(*wait, 1s);
        // Whoever waits as told gets in.
        RateLimiter later = RateLimiter({.per_second = rate, .burst = 1});
        (void)later.Allow("k", now);
        const auto told = later.Allow("k", now);
        ASSERT_TRUE(told.has_value());
        ASSERT_FALSE(later.Allow("k", now + *told).has_value()) << "round " << round;
      }
    }
  }
}

TEST(RateLimit, TakesAnIpv6NetworkAsOneClient) {
  EXPECT_EQ(RateLimitKey("2001:db8:1:2:3:4:5:6"), RateLimitKey("2001:db8:1:2::ffff"));
  EXPECT_NE(RateLimitKey("2001:db8:1:2::1"), RateLimitKey("2001:db8:1:3::1"));
  EXPECT_EQ(RateLimitKey("2001:db8:1:2::1"), "2001:db8:1:2::/64");
}

TEST(RateLimit, TakesAnIpv4AddressWhole) {
  EXPECT_EQ(RateLimitKey("192.0.2.1"), "192.0.2.1");
  EXPECT_EQ(RateLimitKey("::ffff:192.0.2.1"), "192.0.2.1");
  EXPECT_NE(RateLimitKey("192.0.2.1"), RateLimitKey("192.0.2.2"));
  EXPECT_EQ(RateLimitKey("not an address"), "not an address");
}

TEST(RateLimitDeathTest, RefusesABucketThatNeverHoldsAToken) {
  EXPECT_DEATH(RateLimiter({.per_second = 1, .burst = 0.5}), "burst");
  EXPECT_DEATH(RateLimiter({.per_second = 0, .burst = 1}), "per_second");
}

}  // namespace
}  // namespace mpcstats
