// Session: one party's side of one run. Fibers wait for rounds; when every fiber waits, one frame a peer goes out.
//
// The session is a machine without I/O: Advance() runs the fibers and hands out the frames to send, Deliver() takes
// the frames that came. RunSession (run.h) moves them over PeerLinks; Simulate (simulate.h) moves them in memory.
//
// Security: the first failed check ends everything (Abort): no fiber runs again, keys are wiped, the alarm frame
// tells the peers. A plaintext comes from Open (open.h) alone, and Open waits for Fence().
#pragma once

#include <array>
#include <coroutine>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "mpcstats/base/bytes.h"
#include "mpcstats/base/error.h"
#include "mpcstats/base/party.h"
#include "mpcstats/base/thread_pool.h"
#include "mpcstats/engine/cost.h"
#include "mpcstats/engine/prf.h"
#include "mpcstats/engine/task.h"

namespace mpcstats {

class BooleanLog;
class ProductLogs;
class Session;

/// Handle of one fiber: names its random streams by a path that is a function of the plan, never of the scheduler.
class Ctx {
 public:
  Ctx(Session* session, std::uint64_t path) : session_(session), path_(path) {}
  Ctx(Ctx&&) = default;
  Ctx& operator=(Ctx&&) = delete;
  [[nodiscard]] Session& session() const { return *session_; }

  /// The next operation of this fiber; `kind` and `size` go into the digest that every frame carries.
  StreamId NextOp(std::string_view kind, std::uint64_t size);
  /// A context for a child fiber.
  [[nodiscard]] Ctx Fork();

 private:
  Session* session_;
  std::uint64_t path_;
  std::uint32_t counter_ = 0;
};

struct SessionConfig {
  PartyIndex self{0};
  Bytes32 session_id{};
  /// Keys k_i (shared with the previous party) and k_{i+1} (shared with the next).
  Secret<Bytes32> own_key;
  Secret<Bytes32> next_key;
  ThreadPool* pool = nullptr;  ///< not owned; nullptr runs everything inline
  /// Recorded gates after which a batch is cut and verified although nothing is opened.
  std::size_t cut_gates = std::size_t{1} << 26;
};

class Session {
 public:
  using Program = std::function<Task<Done>(Ctx&)>;

  Session(SessionConfig config, Program program);
  ~Session();
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  // --- the driver's side ---------------------------------------------------------------------------------------
  struct Outgoing {
    std::array<Bytes, 2> frame;                ///< empty: nothing to that peer
    std::array<std::size_t, 2> receive_limit;  ///< 0: nothing expected from that peer
    bool finished = false;                     ///< the program ended; nothing more to send or receive
  };
  /// Runs fibers until each waits. Fails with the session's error once it is aborted.
  Result<Outgoing> Advance();
  /// Takes the frames of the round; each must be there exactly when it was expected.
  Status Deliver(std::array<Bytes, 2> frames);
  /// The alarm to send to both peers after a failure.
  [[nodiscard]] Bytes AlarmFrame() const;
  /// Ends the session from outside (a link failed, a deadline passed).
  void Abort(Error error);
  [[nodiscard]] const std::optional<Error>& error() const { return error_; }

  // --- the operators' side -------------------------------------------------------------------------------------
  [[nodiscard]] PartyIndex self() const { return self_; }
  [[nodiscard]] const Bytes32& id() const { return session_id_; }
  /// PRF under k_i, known to this party and the previous one.
  [[nodiscard]] const Prf& own() const { return *own_; }
  /// PRF under k_{i+1}, known to this party and the next one.
  [[nodiscard]] const Prf& next() const { return *next_; }
  [[nodiscard]] ThreadPool& pool() { return *pool_; }
  [[nodiscard]] Cost& cost() { return cost_; }
  [[nodiscard]] BooleanLog& boolean_log() { return *boolean_log_; }
  [[nodiscard]] ProductLogs& product_logs() { return *product_logs_; }

  /// Appends bytes to this round's frame for `peer`.
  void QueueSend(Peer peer, ByteSpan bytes);
  /// Expects `into.size()` bytes of this round's frame from `peer`. `then` runs when they are there, before any
  /// fiber does. `into` must live until then.
  void Expect(Peer peer, MutableByteSpan into, std::move_only_function<void()> then = {});

  struct Waiter {
    std::vector<std::coroutine_handle<>>* queue;
    bool await_ready() noexcept { return false; }
    void await_suspend(std::coroutine_handle<> fiber) { queue->push_back(fiber); }
    void await_resume() noexcept {}
  };
  /// Waits for the end of this round.
  [[nodiscard]] Waiter Round() { return {&round_waiters_}; }
  /// Waits until every gate recorded up to now is verified.
  [[nodiscard]] Waiter Fence() { return {&fence_waiters_}; }
  /// Ends the session and never resumes the fiber that awaits it: for checks that failed inside a fiber.
  [[nodiscard]] std::suspend_always Halt(Error error) {
    Abort(std::move(error));
    return {};
  }

  /// Notes that a verification challenge is derived; each (purpose, prover, batch, level) once
  /// (docs/verification.md section 7).
  void UseChallenge(Purpose purpose, unsigned prover, std::uint64_t batch, unsigned level);
  void NoteOp(std::uint64_t path, std::uint32_t counter, std::string_view kind, std::uint64_t size);
  void RegisterFiber(std::uint64_t path);
  /// Every value that Open let out, in order: tests assert it for each statistic.
  void NoteDisclosure(std::string_view label) { disclosures_.emplace_back(label); }
  [[nodiscard]] const std::vector<std::string>& disclosures() const { return disclosures_; }
  /// Whether a verification has begun, so that peers may know a challenge, or something was opened: from then on a failure
  /// is a trial that a liar may have lost.
  [[nodiscard]] bool OnTrial() const { return batches_cut_ > 0 || !disclosures_.empty(); }

 private:
  struct Expectation {
    MutableByteSpan into;
    std::move_only_function<void()> then;
  };
  struct Batch;

  void RunReady();
  /// Cuts the log and starts its verification. Everything recorded must be complete.
  void CutBatch();
  void ReleaseFences();
  void ComposeFrame(Peer peer, Outgoing& out);
  Status CheckHeader(Peer peer, ByteSpan frame);
  Status PeerAlarm(Peer peer, ByteSpan frame);
  Task<Done> VerifyBatch(std::uint64_t number);
  Task<Done> RunProgram();

  PartyIndex self_;
  Bytes32 session_id_;
  std::optional<Prf> own_;
  std::optional<Prf> next_;
  std::unique_ptr<ThreadPool> inline_pool_;
  ThreadPool* pool_;
  std::size_t cut_gates_;
  Cost cost_;
  std::optional<Error> error_;

  std::unique_ptr<BooleanLog> boolean_log_;
  std::unique_ptr<ProductLogs> product_logs_;

  std::array<Bytes, 2> outbox_;
  std::array<std::vector<Expectation>, 2> expected_;
  std::array<std::size_t, 2> expected_bytes_{};
  std::uint32_t round_ = 0;
  Bytes32 digest_{};
  Bytes digest_input_;
  std::set<std::uint64_t> fiber_paths_;
  std::set<std::tuple<std::uint8_t, unsigned, std::uint64_t, unsigned>> challenges_;

  std::vector<std::coroutine_handle<>> ready_;
  std::vector<std::coroutine_handle<>> round_waiters_;
  std::vector<std::coroutine_handle<>> fence_waiters_;
  struct HeldFence {
    std::coroutine_handle<> fiber;
    std::uint64_t batches;  ///< resumes when batches [0, batches) are verified
  };
  std::vector<HeldFence> held_fences_;
  std::vector<std::unique_ptr<Batch>> batches_;  ///< running verifications
  std::uint64_t batches_cut_ = 0;

  std::vector<std::string> disclosures_;
  Program program_;  ///< kept: a lambda coroutine reads its captures from it
  std::unique_ptr<Ctx> root_ctx_;
  std::optional<Task<Done>> root_;
};

}  // namespace mpcstats
