#include <condition_variable>
#include <deque>
#include <mutex>

#include "mpcstats/zktls/session/channel.h"

namespace mpcstats {
namespace {

// One direction.
class Pipe {
 public:
  void Put(ByteSpan frame) {
    {
      const std::lock_guard lock(mutex_);
      frames_.emplace_back(frame.begin(), frame.end());
    }
    changed_.notify_all();
  }
  void End() {
    {
      const std::lock_guard lock(mutex_);
      ended_ = true;
    }
    changed_.notify_all();
  }
  Result<Bytes> Take(std::size_t limit) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return ended_ || !frames_.empty(); });
    if (frames_.empty()) return Fail(ErrorCode::kUnavailable, "the other end closed the connection");
    Bytes frame = std::move(frames_.front());
    frames_.pop_front();
    if (frame.empty() || frame.size() > limit) {
      ended_ = true;
      frames_.clear();
      return Fail(ErrorCode::kProtocolViolation, "the other end sent a frame over the limit");
    }
    return frame;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Bytes> frames_;
  bool ended_ = false;
};

class MemoryChannel : public SessionChannel {
 public:
  MemoryChannel(std::shared_ptr<Pipe> out, std::shared_ptr<Pipe> in)
      : out_(std::move(out)), in_(std::move(in)) {}
  ~MemoryChannel() override {
    out_->End();
    in_->End();
  }
  Status Send(ByteSpan frame) override {
    out_->Put(frame);
    return {};
  }
  Result<Bytes> Receive(std::size_t limit) override { return in_->Take(limit); }

 private:
  std::shared_ptr<Pipe> out_;
  std::shared_ptr<Pipe> in_;
};

}  // namespace

std::pair<std::unique_ptr<SessionChannel>, std::unique_ptr<SessionChannel>> MakeMemoryChannels() {
  const auto there = std::make_shared<Pipe>();
  const auto back = std::make_shared<Pipe>();
  return {std::make_unique<MemoryChannel>(there, back), std::make_unique<MemoryChannel>(back, there)};
}

}  // namespace mpcstats
