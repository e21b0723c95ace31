#include "mpcstats/service/launcher.h"

#include <poll.h>

#include <algorithm>
#include <optional>
#include <string_view>
#include <utility>

#include "mpcstats/net/fd_channel.h"
#include "mpcstats/service/child_process.h"
#include "mpcstats/service/deal.h"

namespace mpcstats {

namespace {

using Clock = std::chrono::steady_clock;

constexpr int kChildDescriptor = 3;
constexpr std::chrono::milliseconds kStartDeadline{30'000};
// After the first failure the others have this long to say what they saw.
constexpr std::chrono::milliseconds kFailureGrace{3'000};
constexpr std::chrono::milliseconds kEndDeadline{60'000};
// Between who says it and what a party reports.
constexpr std::string_view kReports = " reports: ";

double SecondsSince(Clock::time_point begin) {
  return std::chrono::duration<double>(Clock::now() - begin).count();
}

std::string PartyName(std::size_t i) { return "party " + std::to_string(i); }

struct Child {
  ChildProcess process;
  FdChannel channel;
};

// What the user is told first: cheating before absence.
int Gravity(ErrorCode code) {
  switch (code) {
    case ErrorCode::kCheatingDetected: return 5;
    case ErrorCode::kProtocolViolation: return 4;
    case ErrorCode::kInternal: return 3;
    case ErrorCode::kUnavailable: return 2;
    case ErrorCode::kDeadlineExceeded: return 1;
    default: return 3;
  }
}

class Parties {
 public:
  explicit Parties(const LaunchOptions& options) : options_(options) {}

  Status Start() {
    for (unsigned i = 0; i < 3; ++i) {
      ASSIGN_OR_RETURN(SpawnedChild spawned,
                       SpawnSelf({"party-process", std::to_string(i), std::to_string(kChildDescriptor)},
                                 kChildDescriptor));
      ASSIGN_OR_RETURN(FdChannel channel,
                       FdChannel::Adopt(std::move(spawned.channel), PartyName(i), kStartDeadline));
      children_.push_back({std::move(spawned.process), std::move(channel)});
    }
    return {};
  }

  Result<std::array<HelloMessage, 3>> Hellos() {
    std::array<HelloMessage, 3> hellos;
    for (unsigned i = 0; i < 3; ++i) {
      ASSIGN_OR_RETURN(const Bytes bytes, children_[i].channel.Receive(kMessageLimit));
      ASSIGN_OR_RETURN(hellos[i], DecodeHello(bytes));
      // It runs: from here on it may be silent for no longer than its peers may.
      children_[i].channel.set_deadline(std::min(kStartDeadline, options_.io_deadline));
    }
    return hellos;
  }

  Status SendTo(unsigned i, ByteSpan message) { return children_[i].channel.Send(message); }

  Status SendAll(ByteSpan message) {
    for (unsigned i = 0; i < 3; ++i) RETURN_IF_ERROR(SendTo(i, message));
    return {};
  }

  // One report of `kind` from each; progress is passed on.
  Result<std::array<Report, 3>> Await(ReportKind kind, std::uint64_t expected_gates) {
    std::array<std::optional<Report>, 3> got;
    while (!got[0] || !got[1] || !got[2]) {
      std::array<bool, 3> waiting{};
      for (unsigned i = 0; i < 3; ++i) waiting[i] = !got[i];
      ASSIGN_OR_RETURN(const std::vector<unsigned> ready, WaitReadable(waiting, std::chrono::hours(24)));
      for (const unsigned i : ready) {
        auto report = ReceiveReport(i);
        if (!report) return Failed(i, report.error());
        if (report->kind == ReportKind::kProgress) {
          if (options_.progress) options_.progress(report->gates_done, expected_gates);
        } else if (report->kind == kind) {
          got[i] = std::move(*report);
        } else {
          return Fail(ErrorCode::kInternal, PartyName(i) + " reported out of turn");
        }
      }
    }
    return std::array<Report, 3>{*got[0], *got[1], *got[2]};
  }

  // Lets the parties end by themselves, so that they wipe what they hold.
  Status AwaitEnds() {
    for (unsigned i = 0; i < 3; ++i) {
      ASSIGN_OR_RETURN(const ExitStatus ended, children_[i].process.Wait(kEndDeadline));
      if (ended.by_signal || ended.code != 0) {
        return Fail(ErrorCode::kInternal, PartyName(i) + " reported its result and then ended badly");
      }
    }
    return {};
  }

 private:
  Result<std::vector<unsigned>> WaitReadable(const std::array<bool, 3>& waiting,
                                             std::chrono::milliseconds deadline) {
    std::array<pollfd, 3> fds{};
    for (unsigned i = 0; i < 3; ++i) fds[i] = {waiting[i] ? children_[i].channel.fd() : -1, POLLIN, 0};
    const int timeout = static_cast<int>(std::min<std::int64_t>(deadline.count(), 1 << 30));
    if (poll(fds.data(), fds.size(), timeout) < 0 && errno != EINTR) {
      return Fail(ErrorCode::kInternal, "waiting for the parties failed");
    }
    std::vector<unsigned> ready;
    for (unsigned i = 0; i < 3; ++i) {
      if (fds[i].revents != 0) ready.push_back(i);
    }
    return ready;
  }

  Result<Report> ReceiveReport(unsigned i) {
    auto bytes = children_[i].channel.Receive(kMessageLimit);
    if (!bytes) return Fail(ErrorCode::kUnavailable, "the process of " + PartyName(i) + " ended");
    auto report = DecodeReport(*bytes);
    if (!report) return report;
    if (report->kind == ReportKind::kFailure) {
      return Fail(report->code, PartyName(i) + std::string(kReports) + report->message);
    }
    return report;
  }

  // Gathers the other parties' words for a moment, then says all of them, the gravest first.
  std::unexpected<Error> Failed(unsigned first, Error error) {
    std::vector<Error> errors(1, std::move(error));
    std::array<bool, 3> waiting = {true, true, true};
    waiting[first] = false;
    const auto end = Clock::now() + kFailureGrace;
    while (waiting[0] || waiting[1] || waiting[2]) {
      const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(end - Clock::now());
      if (left.count() <= 0) break;
      const auto ready = WaitReadable(waiting, left);
      if (!ready) break;
      for (const unsigned i : *ready) {
        const auto report = ReceiveReport(i);
        if (report && report->kind != ReportKind::kResult) continue;
        waiting[i] = false;
        if (!report) errors.push_back(report.error());
      }
    }
    // Whoever spoke is about to end, and wipes what it holds first; only the silent ones are killed.
    for (unsigned i = 0; i < 3; ++i) {
      if (!waiting[i]) (void)children_[i].process.Wait(kFailureGrace);
    }
    const auto gravest = std::max_element(errors.begin(), errors.end(), [](const Error& a, const Error& b) {
      return Gravity(a.code()) < Gravity(b.code());
    });
    std::iter_swap(errors.begin(), gravest);
    return Fail(errors[0].code(), AllSaid(errors));
  }

  // One sentence of all three is said once; two who say the same are two witnesses.
  static std::string AllSaid(const std::vector<Error>& errors) {
    const std::string first = AfterReports(errors[0].message());
    const bool same =
        errors.size() == 3 && !first.empty() &&
        std::ranges::all_of(errors, [&](const Error& one) { return AfterReports(one.message()) == first; });
    if (same) return "all parties report: " + first;
    std::string all;
    for (const Error& one : errors) all += (all.empty() ? "" : "; ") + one.message();
    return all;
  }

  static std::string AfterReports(std::string_view message) {
    const std::size_t at = message.find(kReports);
    return std::string(at == std::string_view::npos ? "" : message.substr(at + kReports.size()));
  }

  const LaunchOptions& options_;
  std::vector<Child> children_;
};

bool SameFigures(const Report& a, const Report& b) {
  return a.figures == b.figures && a.counts == b.counts && a.counted == b.counted &&
         a.bench_digest == b.bench_digest;
}

// `job` says what to do; the rest of it is filled in here.
Result<LaunchOutcome> LaunchJob(JobMessage job, std::uint64_t expected,
                                const std::vector<NumericColumn>& table, const LaunchOptions& options) {
  if (ComponentBytes(job.columns, job.rows) > FdChannel::kMaxMessageBytes) {
    return Fail(ErrorCode::kInvalidArgument,
                "a share of these columns would be larger than 1 GiB; ask for fewer columns at once or split "
                "the table");
  }
  Parties parties(options);
  RETURN_IF_ERROR(parties.Start());
  ASSIGN_OR_RETURN(job.parties, parties.Hellos());
  job.io_deadline_ms = static_cast<std::uint32_t>(options.io_deadline.count());
  job.threads = options.threads;
  const bool is_bench = !job.bench_operation.empty();

  const auto sharing_begin = Clock::now();
  SystemRng rng;
  DealtTable dealt = Deal(table, job.rows, rng);
  job.commitments = dealt.commitment;
  for (unsigned i = 0; i < 3; ++i) {
    job.openings = {dealt.nonce[i], dealt.nonce[(i + 1) % 3]};
    RETURN_IF_ERROR(parties.SendTo(i, Encode(job)));
  }
  RETURN_IF_ERROR(parties.Await(ReportKind::kConnected, 0));
  for (unsigned i = 0; i < 3; ++i) {
    RETURN_IF_ERROR(parties.SendTo(i, dealt.component[i]));
    RETURN_IF_ERROR(parties.SendTo(i, dealt.component[(i + 1) % 3]));
  }
  for (Bytes& component : dealt.component) {
    SecureWipe(component.data(), component.size());
    component = Bytes();
  }
  RETURN_IF_ERROR(parties.Await(ReportKind::kPrepared, expected));
  LaunchOutcome outcome;
  outcome.sharing_seconds = SecondsSince(sharing_begin);

  const auto run_begin = Clock::now();
  const std::uint8_t go = 1;
  RETURN_IF_ERROR(parties.SendAll({&go, 1}));
  if (is_bench) {
    RETURN_IF_ERROR(parties.Await(ReportKind::kMeasured, expected));
    outcome.wall_seconds = SecondsSince(run_begin);
  }
  ASSIGN_OR_RETURN(const auto results, parties.Await(ReportKind::kResult, expected));
  if (!is_bench) outcome.wall_seconds = SecondsSince(run_begin);
  RETURN_IF_ERROR(parties.AwaitEnds());
  if (!SameFigures(results[0], results[1]) || !SameFigures(results[0], results[2])) {
    return Fail(ErrorCode::kCheatingDetected, "the parties report different results");
  }
  for (unsigned i = 0; i < 3; ++i) {
    outcome.bytes_sent[i] = results[i].cost.bytes_sent;
    outcome.peak_rss_bytes[i] = results[i].peak_rss_bytes;
  }
  outcome.agreed = results[0];
  return outcome;
}

}  // namespace

Result<LaunchOutcome> Launch(const Plan& plan, const std::string& bench_operation,
                             const std::vector<NumericColumn>& table, const LaunchOptions& options) {
  JobMessage job;
  job.rows = plan.rows;
  job.columns = plan.columns;
  for (const PlanItem& item : plan.items) job.expressions.push_back(item.expression.text);
  job.bench_operation = bench_operation;
  return LaunchJob(std::move(job), plan.EstimatedGates(), table, options);
}

Result<LaunchOutcome> Launch(const QueryPlan& plan, const std::vector<NumericColumn>& table,
                             const LaunchOptions& options) {
  JobMessage job;
  job.rows = plan.rows;
  job.columns = plan.columns;
  job.query = plan.text;
  return LaunchJob(std::move(job), plan.EstimatedGates(), table, options);
}

}  // namespace mpcstats
