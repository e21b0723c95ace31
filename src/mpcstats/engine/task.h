// Task<T>: a lazily started coroutine of one session's thread, and Par, which runs several so that they share rounds.
//
//   Task<BitColumn> Max(Ctx& ctx, BitColumn x);
//   BitColumn m = co_await Max(ctx, x);
//   auto [a, b] = co_await Par(Max(left, x), Max(right, y));
//
// A child runs inline until it first waits, so a child that never waits costs no switch and no stack. Errors do not
// travel here: a check that fails ends the session, and no fiber of it runs again (Session::Abort).
#pragma once

#include <coroutine>
#include <cstddef>
#include <cstdlib>
#include <new>
#include <optional>
#include <tuple>
#include <utility>
#include <vector>

#include "mpcstats/base/secret.h"
#include "mpcstats/base/small_blocks.h"

namespace mpcstats {

namespace internal {

struct JoinState {
  std::size_t pending = 0;
  std::coroutine_handle<> parent;
};

struct PromiseBase {
  std::coroutine_handle<> continuation;
  JoinState* join = nullptr;
  bool running_inline = false;

  // Frames hold shares and SIMD locals: aligned, and wiped when they go.
  static void* operator new(std::size_t size) {
    if (size <= SmallBlocks::kLargestBytes) return SmallBlocks::Take(size);
    return ::operator new(size, std::align_val_t{SmallBlocks::kAlignment});
  }
  static void operator delete(void* frame, std::size_t size) {
    SecureWipe(frame, size);
    if (size <= SmallBlocks::kLargestBytes) return SmallBlocks::Give(frame, size);
    ::operator delete(frame, std::align_val_t{SmallBlocks::kAlignment});
  }

  struct FinalAwaiter {
    bool await_ready() noexcept { return false; }
    template <typename Promise>
    std::coroutine_handle<> await_suspend(std::coroutine_handle<Promise> self) noexcept {
      PromiseBase& promise = self.promise();
      if (promise.join != nullptr) {
        return --promise.join->pending == 0 ? promise.join->parent : std::noop_coroutine();
      }
      if (promise.running_inline || !promise.continuation) return std::noop_coroutine();
      return promise.continuation;
    }
    void await_resume() noexcept {}
  };
  std::suspend_always initial_suspend() noexcept { return {}; }
  FinalAwaiter final_suspend() noexcept { return {}; }
  [[noreturn]] void unhandled_exception() noexcept { std::abort(); }
};

}  // namespace internal

template <typename T>
class [[nodiscard]] Task {
 public:
  struct promise_type : internal::PromiseBase {
    std::optional<T> value;
    promise_type() = default;
    Task get_return_object() { return Task(std::coroutine_handle<promise_type>::from_promise(*this)); }
    void return_value(T result) { value.emplace(std::move(result)); }
  };

  Task(Task&& other) noexcept : handle_(std::exchange(other.handle_, {})) {}
  Task& operator=(Task&& other) noexcept {
    std::swap(handle_, other.handle_);
    return *this;
  }
  Task(const Task&) = delete;
  Task& operator=(const Task&) = delete;
  ~Task() {
    if (handle_) handle_.destroy();
  }

  /// Runs until the first wait; for the root of a program.
  void Start() { handle_.resume(); }
  [[nodiscard]] bool done() const { return handle_.done(); }
  /// The value of a finished task; once.
  T Take() { return std::move(*handle_.promise().value); }

  /// Starts as one of several under `join`.
  void StartUnder(internal::JoinState* join) {
    handle_.promise().join = join;
    handle_.resume();
  }

  bool await_ready() noexcept { return false; }
  bool await_suspend(std::coroutine_handle<> caller) {
    internal::PromiseBase& promise = handle_.promise();
    promise.running_inline = true;
    handle_.resume();
    if (handle_.done()) return false;
    promise.running_inline = false;
    promise.continuation = caller;
    return true;
  }
  T await_resume() { return Take(); }

 private:
  explicit Task(std::coroutine_handle<promise_type> handle) : handle_(handle) {}
  std::coroutine_handle<promise_type> handle_;
};

/// The result of a task that has nothing to say but that it is done.
struct Done {};

namespace internal {

template <typename... T>
class ParTuple {
 public:
  explicit ParTuple(Task<T>&&... tasks) : tasks_(std::move(tasks)...) {}
  bool await_ready() noexcept { return false; }
  bool await_suspend(std::coroutine_handle<> caller) {
    join_ = {sizeof...(T) + 1, caller};
    std::apply([this](auto&... task) { (task.StartUnder(&join_), ...); }, tasks_);
    return --join_.pending > 0;
  }
  std::tuple<T...> await_resume() {
    return std::apply([](auto&... task) { return std::tuple<T...>(task.Take()...); }, tasks_);
  }

 private:
  std::tuple<Task<T>...> tasks_;
  JoinState join_;
};

template <typename T>
class ParVector {
 public:
  explicit ParVector(std::vector<Task<T>> tasks) : tasks_(std::move(tasks)) {}
  bool await_ready() noexcept { return false; }
  bool await_suspend(std::coroutine_handle<> caller) {
    join_ = {tasks_.size() + 1, caller};
    for (auto& task : tasks_) task.StartUnder(&join_);
    return --join_.pending > 0;
  }
  std::vector<T> await_resume() {
    std::vector<T> values;
    values.reserve(tasks_.size());
    for (auto& task : tasks_) values.push_back(task.Take());
    return values;
  }

 private:
  std::vector<Task<T>> tasks_;
  JoinState join_;
};

}  // namespace internal

/// Runs the tasks as fibers that share rounds; done when all are. Each needs a Ctx of its own (Ctx::Fork).
template <typename... T>
[[nodiscard]] auto Par(Task<T>&&... tasks) {
  return internal::ParTuple<T...>(std::move(tasks)...);
}
template <typename T>
[[nodiscard]] auto Par(std::vector<Task<T>> tasks) {
  return internal::ParVector<T>(std::move(tasks));
}

}  // namespace mpcstats
