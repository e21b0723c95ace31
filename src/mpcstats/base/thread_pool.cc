#include "mpcstats/base/thread_pool.h"

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <vector>

#include "mpcstats/base/check.h"

namespace mpcstats {

struct ThreadPool::State {
  std::mutex mutex;
  std::condition_variable work_ready;
  std::condition_variable work_done;
  const std::function<void(std::size_t, std::size_t)>* body = nullptr;
  std::size_t count = 0;
  std::size_t piece = 0;
  std::size_t next = 0;     // first index that nobody took yet
  std::size_t pending = 0;  // pieces taken or open, not finished
  bool stop = false;
  std::vector<std::thread> workers;

  // Runs pieces until none is open. `lock` is held on entry and on return.
  void Drain(std::unique_lock<std::mutex>& lock) {
    while (body != nullptr && next < count) {
      const std::size_t begin = next;
      const std::size_t end = std::min(count, begin + piece);
      next = end;
      const auto* work = body;
      lock.unlock();
      (*work)(begin, end);
      lock.lock();
      if (--pending == 0) work_done.notify_all();
    }
  }

  void Loop() {
    std::unique_lock lock(mutex);
    while (!stop) {
      Drain(lock);
      work_ready.wait(lock, [this] { return stop || (body != nullptr && next < count); });
    }
  }
};

ThreadPool::ThreadPool(unsigned threads)
    : threads_(std::max(1u, threads)), state_(std::make_unique<State>()) {
  for (unsigned t = 1; t < threads_; ++t)
    state_->workers.emplace_back([state = state_.get()] { state->Loop(); });
}

ThreadPool::~ThreadPool() {
  {
    std::lock_guard lock(state_->mutex);
    state_->stop = true;
  }
  state_->work_ready.notify_all();
  for (auto& worker : state_->workers) worker.join();
}

void ThreadPool::ParallelFor(std::size_t count, std::size_t grain,
                             const std::function<void(std::size_t, std::size_t)>& body) {
  CHECK(grain > 0);
  if (count == 0) return;
  if (threads_ == 1 || count <= grain) {
    body(0, count);
    return;
  }
  // Four pieces a thread even out unequal cores; a piece is a multiple of the grain.
  const std::size_t target = (count + 4 * threads_ - 1) / (4 * threads_);
  const std::size_t piece = (target + grain - 1) / grain * grain;
  std::unique_lock lock(state_->mutex);
  CHECK(state_->body == nullptr);
  state_->body = &body;
  state_->count = count;
  state_->piece = piece;
  state_->next = 0;
  state_->pending = (count + piece - 1) / piece;
  state_->work_ready.notify_all();
  state_->Drain(lock);
  state_->work_done.wait(lock, [this] { return state_->pending == 0; });
  state_->body = nullptr;
}

}  // namespace mpcstats
