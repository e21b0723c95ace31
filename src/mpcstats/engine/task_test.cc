#include "mpcstats/engine/task.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>

namespace mpcstats {
namespace {

// A place where a fiber waits until the test goes on with it.
struct Gate {
  std::vector<std::coroutine_handle<>> waiting;
  struct Awaiter {
    Gate* gate;
    bool await_ready() noexcept { return false; }
    void await_suspend(std::coroutine_handle<> fiber) { gate->waiting.push_back(fiber); }
    void await_resume() noexcept {}
  };
  Awaiter Wait() { return Awaiter(this); }
  void Open() {
    for (const auto fiber : std::exchange(waiting, {})) fiber.resume();
  }
};

Task<int> Immediate(int value) { co_return value; }

Task<int> After(Gate* gate, int waits, int value) {
  for (int i = 0; i < waits; ++i) co_await gate->Wait();
  co_return value;
}

TEST(Task, IsLazy) {
  bool ran = false;
  const auto body = [&]() -> Task<Done> {
    ran = true;
    co_return Done();
  };
  {
    const Task<Done> never = body();
    EXPECT_FALSE(ran);
  }
  EXPECT_FALSE(ran);
  Task<Done> task = body();
  task.Start();
  EXPECT_TRUE(ran);
  EXPECT_TRUE(task.done());
}

TEST(Task, HandsOverTheValueOfAChildThatWaits) {
  Gate gate;
  const auto parent = [&]() -> Task<int> {
    const int a = co_await After(&gate, 2, 40);
    const int b = co_await Immediate(2);
    co_return a + b;
  };
  Task<int> task = parent();
  task.Start();
  EXPECT_FALSE(task.done());
  gate.Open();
  EXPECT_FALSE(task.done());
  gate.Open();
  ASSERT_TRUE(task.done());
  EXPECT_EQ(task.Take(), 42);
}

TEST(Task, CarriesValuesThatCanOnlyMove) {
  const auto child = []() -> Task<std::unique_ptr<int>> { co_return std::make_unique<int>(7); };
  const auto parent = [&]() -> Task<std::unique_ptr<int>> {
    std::unique_ptr<int> value = co_await child();
    ++*value;
    co_return value;
  };
  Task<std::unique_ptr<int>> task = parent();
  task.Start();
  EXPECT_EQ(*task.Take(), 8);
}

TEST(Task, UsesNoStackForChildrenThatNeverWait) {
  const auto parent = []() -> Task<long> {
    long sum = 0;
    for (int i = 0; i < 1000000; ++i) {
      const int one = co_await Immediate(1);
      sum += one;
    }
    co_return sum;
  };
  Task<long> task = parent();
  task.Start();
  EXPECT_EQ(task.Take(), 1000000);
}

TEST(Task, UsesNoStackForChildrenThatWaitOneAfterTheOther) {
  Gate gate;
  const auto parent = [&]() -> Task<long> {
    long sum = 0;
    for (int i = 0; i < 200000; ++i) {
      const int one = co_await After(&gate, i % 2, 1);
      sum += one;
    }
    co_return sum;
  };
  Task<long> task = parent();
  task.Start();
  while (!task.done()) gate.Open();
  EXPECT_EQ(task.Take(), 200000);
}

Task<int> Nested(Gate* gate, int depth) {
  if (depth == 0) {
    co_await gate->Wait();
    co_return 0;
  }
  const int below = co_await Nested(gate, depth - 1);
  co_return below + 1;
}

TEST(Task, ReturnsThroughManyLevels) {
  Gate gate;
  Task<int> task = Nested(&gate, 2000);
  task.Start();
  EXPECT_FALSE(task.done());
  gate.Open();
  ASSERT_TRUE(task.done());
  EXPECT_EQ(task.Take(), 2000);
}

TEST(Par, GivesResultsInOrderHoweverTheyEnd) {
  Gate gate;
  std::tuple<int, std::string, int> got;
  const auto text = [&]() -> Task<std::string> {
    co_await gate.Wait();
    co_return "middle";
  };
  const auto parent = [&]() -> Task<Done> {
    auto all = co_await Par(After(&gate, 3, 1), text(), Immediate(3));
    got = std::move(all);
    co_return Done();
  };
  Task<Done> task = parent();
  task.Start();
  for (int i = 0; i < 3; ++i) {
    EXPECT_FALSE(task.done());
    gate.Open();
  }
  ASSERT_TRUE(task.done());
  EXPECT_EQ(got, std::tuple(1, std::string("middle"), 3));
}

TEST(Par, OfAVectorGivesResultsInOrder) {
  Gate gate;
  std::vector<int> got;
  const auto parent = [&]() -> Task<Done> {
    std::vector<Task<int>> tasks;
    for (int i = 0; i < 100; ++i) tasks.push_back(After(&gate, (i * 37) % 11, i));
    std::vector<int> values = co_await Par(std::move(tasks));
    got = std::move(values);
    co_return Done();
  };
  Task<Done> task = parent();
  task.Start();
  int opened = 0;
  for (; !task.done(); ++opened) gate.Open();
  EXPECT_EQ(opened, 10);  // the longest wait, not the sum
  ASSERT_EQ(got.size(), 100u);
  for (int i = 0; i < 100; ++i) EXPECT_EQ(got[static_cast<std::size_t>(i)], i);
}

TEST(Par, OfNothingIsDoneAtOnce) {
  const auto parent = []() -> Task<std::size_t> {
    std::vector<Task<int>> none;
    const std::vector<int> values = co_await Par(std::move(none));
    co_return values.size();
  };
  Task<std::size_t> task = parent();
  task.Start();
  ASSERT_TRUE(task.done());
  EXPECT_EQ(task.Take(), 0u);
}

Task<int> Tree(Gate* gate, int depth) {
  if (depth == 0) {
    const int leaf = co_await After(gate, 3, 1);
    co_return leaf;
  }
  auto [left, right] = co_await Par(Tree(gate, depth - 1), Tree(gate, depth - 1));
  co_return left + right;
}

TEST(Par, NestsAndStillSharesWaits) {
  Gate gate;
  Task<int> task = Tree(&gate, 8);
  task.Start();
  int opened = 0;
  for (; !task.done(); ++opened) gate.Open();
  EXPECT_EQ(opened, 3);
  EXPECT_EQ(task.Take(), 256);
}

struct Counted {
  explicit Counted(int* alive) : alive_(alive) { ++*alive_; }
  Counted(const Counted&) = delete;
  Counted& operator=(const Counted&) = delete;
  ~Counted() { --*alive_; }
  int* alive_;
};

Task<int> Holding(Gate* gate, int* alive) {
  const Counted counted(alive);
  co_await gate->Wait();
  co_return 1;
}

TEST(Task, DestroysEverythingOfFibersThatNeverGoOn) {
  Gate gate;
  int alive = 0;
  {
    const auto parent = [&]() -> Task<Done> {
      const Counted counted(&alive);
      co_await Par(Holding(&gate, &alive), Holding(&gate, &alive));
      co_return Done();
    };
    Task<Done> task = parent();
    task.Start();
    EXPECT_EQ(alive, 3);
    gate.waiting.clear();
  }
  EXPECT_EQ(alive, 0);
}

TEST(Task, MovesLeaveTheOldOneEmpty) {
  Gate gate;
  int alive = 0;
  Task<int> first = Holding(&gate, &alive);
  first.Start();
  {
    const Task<int> second = std::move(first);
    EXPECT_EQ(alive, 1);
    gate.waiting.clear();
  }
  EXPECT_EQ(alive, 0);
}

}  // namespace
}  // namespace mpcstats
