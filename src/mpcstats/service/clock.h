// Clock: the time of day, passed in, so that rules about times can be tested.
#pragma once

#include <atomic>
#include <chrono>

#include "mpcstats/survey/survey.h"

namespace mpcstats {

/// Any thread may ask.
class Clock {
 public:
  virtual ~Clock() = default;
  [[nodiscard]] virtual UnixSeconds Now() const = 0;
};

/// The system's time, which operators keep right by NTP; it may jump.
class SystemClock final : public Clock {
 public:
  [[nodiscard]] UnixSeconds Now() const override {
    const auto since_epoch = std::chrono::system_clock::now().time_since_epoch();
    return std::chrono::floor<std::chrono::seconds>(since_epoch).count();
  }
};

/// Stands still until it is told otherwise. For tests.
class ManualClock final : public Clock {
 public:
  explicit ManualClock(UnixSeconds now) : now_(now) {}
  [[nodiscard]] UnixSeconds Now() const override { return now_; }
  void Set(UnixSeconds now) { now_ = now; }
  void Advance(UnixSeconds seconds) { now_ += seconds; }

 private:
  std::atomic<UnixSeconds> now_;
};

}  // namespace mpcstats
