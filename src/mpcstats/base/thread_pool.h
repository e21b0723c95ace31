// A small pool for data-parallel loops. Results never depend on the number of threads: work is cut by index only.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>

namespace mpcstats {

class ThreadPool {
 public:
  /// `threads` counts the caller: 1 runs everything inline and starts no thread.
  explicit ThreadPool(unsigned threads);
  ~ThreadPool();
  ThreadPool(const ThreadPool&) = delete;
  ThreadPool& operator=(const ThreadPool&) = delete;

  [[nodiscard]] unsigned threads() const { return threads_; }

  /// Calls `body(begin, end)` over disjoint pieces that cover [0, count) and returns when all are done. Pieces are
  /// multiples of `grain` (but for the last), so a body may rely on aligned begins. `body` must not throw.
  void ParallelFor(std::size_t count, std::size_t grain,
                   const std::function<void(std::size_t begin, std::size_t end)>& body);

 private:
  struct State;
  unsigned threads_;
  std::unique_ptr<State> state_;
};

}  // namespace mpcstats
