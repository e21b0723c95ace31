#include "mpcstats/service/party_process.h"

#include <malloc.h>
#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <optional>
#include <utility>

#include "mpcstats/base/block_pool.h"
#include "mpcstats/base/ct.h"
#include "mpcstats/crypto/identity.h"
#include "mpcstats/crypto/sha256.h"
#include "mpcstats/engine/handshake.h"
#include "mpcstats/engine/run.h"
#include "mpcstats/net/tls_links.h"
#include "mpcstats/query/execute_query.h"
#include "mpcstats/service/bench_operation.h"
#include "mpcstats/service/deal.h"
#include "mpcstats/service/messages.h"

namespace mpcstats {

namespace {

constexpr std::string_view kBuild = "mpcstats 0.1.0";
constexpr std::chrono::milliseconds kProgressInterval{100};

std::uint64_t PeakRssBytes() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<std::uint64_t>(usage.ru_maxrss) * 1024;
}

struct DealtComponents {
  Bytes own;
  Bytes next;
};

// Both components, checked against the commitments that all three parties were given.
Result<DealtComponents> ReceiveComponents(PartyIndex self, const JobMessage& job, FdChannel& launcher) {
  DealtComponents dealt;
  const std::size_t size = ComponentBytes(job.columns, job.rows);
  for (unsigned k = 0; k < 2; ++k) {
    ASSIGN_OR_RETURN(Bytes component, launcher.Receive(FdChannel::kMaxMessageBytes));
    const unsigned index = k == 0 ? self.value() : self.Next().value();
    if (component.size() != size ||
        CommitComponent(index, job.openings[k], component) != job.commitments[index]) {
      return Fail(ErrorCode::kProtocolViolation, "the shares of the table do not open their commitments");
    }
    (k == 0 ? dealt.own : dealt.next) = std::move(component);
  }
  return dealt;
}

Bytes32 ViewOf(const JobMessage& job, const Bytes32& plan) {
  Sha256Stream view("mpcstats/v1/view");
  view.AddString(kBuild).Add(plan).AddString(job.bench_operation);
  for (const auto& commitment : job.commitments) view.Add(commitment);
  for (const auto& party : job.parties) view.Add(party.fingerprint);
  return view.Finish();
}

Result<Plan> PlanOf(const JobMessage& job) {
  ASSIGN_OR_RETURN(Plan plan, MakePlan(job.expressions, job.columns, job.rows));
  if (job.bench_operation.empty()) return plan;
  if (!IsBenchOperator(job.bench_operation) || plan.columns.size() != 2) {
    return Fail(ErrorCode::kInvalidArgument, "there is no benchmark of this name");
  }
  plan.needs.assign(plan.columns.size(), BenchNeeds(job.bench_operation));
  return plan;
}

class PartyProcess {
 public:
  PartyProcess(PartyIndex self, FdChannel launcher, LinkDecorator decorate)
      : self_(self), launcher_(std::move(launcher)), decorate_(std::move(decorate)) {}

  Status Run() {
    Status status = RunJob();
    if (!status) {
      Report report;
      report.kind = ReportKind::kFailure;
      report.code = status.error().code();
      report.message = status.error().message().substr(0, 2048);
      (void)launcher_.Send(Encode(report));
    }
    return status;
  }

 private:
  Status RunJob() {
    ASSIGN_OR_RETURN(const Identity identity, Identity::Create());
    ASSIGN_OR_RETURN(TlsListener listener, TlsListener::Open("127.0.0.1", 0));
    RETURN_IF_ERROR(launcher_.Send(Encode(HelloMessage{listener.port(), identity.Fingerprint()})));
    ASSIGN_OR_RETURN(const Bytes job_bytes, launcher_.Receive(kMessageLimit));
    ASSIGN_OR_RETURN(job_, DecodeJob(job_bytes));
    Bytes32 plan_hash{};
    if (job_.query.empty()) {
      ASSIGN_OR_RETURN(plan_, PlanOf(job_));
      plan_hash = plan_.Hash();
    } else {
      ASSIGN_OR_RETURN(query_, PlanQueryText(job_.query, job_.columns, job_.rows));
      plan_hash = query_.Hash();
    }

    TlsLinks::Options options{
        .self = self_, .identity = identity, .listener = std::move(listener), .parties = {}};
    for (unsigned i = 0; i < 3; ++i) {
      options.parties[i] = {"127.0.0.1", job_.parties[i].port, job_.parties[i].fingerprint};
    }
    options.io_deadline = std::chrono::milliseconds(job_.io_deadline_ms);
    options.connect_deadline = std::min(options.connect_deadline, options.io_deadline);
    ASSIGN_OR_RETURN(std::unique_ptr<PeerLinks> links, TlsLinks::Connect(std::move(options)));
    if (decorate_) links = decorate_(std::move(links));
    RETURN_IF_ERROR(Say(ReportKind::kConnected));

    ASSIGN_OR_RETURN(DealtComponents dealt, ReceiveComponents(self_, job_, launcher_));
    stored_ = StoredColumns(job_.columns, job_.rows, dealt.own, dealt.next);
    for (Bytes* component : {&dealt.own, &dealt.next}) {
      SecureWipe(component->data(), component->size());
      *component = Bytes();
    }
    SystemRng rng;
    ASSIGN_OR_RETURN(SessionConfig config, EstablishSession(*links, ViewOf(job_, plan_hash), rng));
    ThreadPool pool(job_.threads);
    config.pool = &pool;
    Session session(std::move(config),
                    [this](Ctx& ctx) { return job_.query.empty() ? Program(ctx) : QueryProgram(ctx); });
    RETURN_IF_ERROR(RunSession(session, *links, [this](Session& running) { return Tick(running); }));
    result_.kind = ReportKind::kResult;
    result_.peak_rss_bytes = PeakRssBytes();
    return launcher_.Send(Encode(result_));
  }

  Status Say(ReportKind kind) {
    Report report;
    report.kind = kind;
    return launcher_.Send(Encode(report));
  }

  // Between rounds: tells the launcher how far it is.
  Status Tick(Session& session) {
    const auto now = std::chrono::steady_clock::now();
    if (self_.value() != 0 || now - last_tick_ < kProgressInterval) return {};
    last_tick_ = now;
    Report report;
    report.kind = ReportKind::kProgress;
    report.gates_done = session.cost().and_gates;
    return launcher_.Send(Encode(report));
  }

  // The launcher starts the clock when all three are prepared.
  Status WaitForGo() {
    RETURN_IF_ERROR(Say(ReportKind::kPrepared));
    ASSIGN_OR_RETURN(const Bytes go, launcher_.Receive(kMessageLimit));
    if (go.size() != 1 || go[0] != 1) return Fail(ErrorCode::kProtocolViolation, "the launcher sent no go");
    return {};
  }

  Task<Done> Program(Ctx& ctx) {
    Session& session = ctx.session();
    std::vector<ColumnShares> columns = co_await PrepareColumns(ctx, plan_, std::move(stored_));
    const Cost prepared = session.cost();
    result_.preparation_cost = prepared;
    if (Status go = WaitForGo(); !go) {
      co_await session.Halt(go.error());
    }
    if (job_.bench_operation.empty()) {
      PlanOutcome outcome = co_await ExecutePlan(ctx, plan_, &columns);
      result_.figures = std::move(outcome.figures);
      result_.counts = std::move(outcome.counts);
      result_.cost = session.cost() - prepared;
      co_return Done();
    }
    BenchOutput output = co_await RunBenchOperator(ctx, job_.bench_operation, std::move(columns));
    result_.cost = session.cost() - prepared;
    if (Status done = Say(ReportKind::kMeasured); !done) {
      co_await session.Halt(done.error());
    }
    Bytes32 digest = co_await OpenBenchOutput(ctx, std::move(output));
    result_.bench_digest = digest;
    co_return Done();
  }

  Task<Done> QueryProgram(Ctx& ctx) {
    Session& session = ctx.session();
    QueryState state;
    state.stored = std::move(stored_);
    co_await PrepareQuery(ctx, query_, &state);
    const Cost prepared = session.cost();
    result_.preparation_cost = prepared;
    if (Status go = WaitForGo(); !go) {
      co_await session.Halt(go.error());
    }
    QueryOutcome outcome = co_await ExecuteQuery(ctx, query_, &state);
    for (const std::optional<std::uint64_t>& count : outcome.counts) {
      result_.counts.push_back(count.value_or(0));
      result_.counted.push_back(count ? 1 : 0);
    }
    result_.figures = std::move(outcome.figures);
    result_.cost = session.cost() - prepared;
    co_return Done();
  }

  PartyIndex self_;
  FdChannel launcher_;
  LinkDecorator decorate_;
  JobMessage job_;
  Plan plan_;
  QueryPlan query_;
  std::vector<StoredColumn> stored_;
  std::chrono::steady_clock::time_point last_tick_{};
  Report result_;
};

}  // namespace

Status RunPartyProcess(PartyIndex self, FdChannel launcher, LinkDecorator decorate) {
  const rlimit no_core{0, 0};  // a core file would hold shares and keys
  setrlimit(RLIMIT_CORE, &no_core);
  // Operators take and give back the same large buffers every round: without this the allocator would hand the pages back
  // to the kernel each time and fault them in again.
  mallopt(M_MMAP_THRESHOLD, 32 << 20);  // the largest it takes
  mallopt(M_TRIM_THRESHOLD, 1 << 30);
  const KeepBlocks keep;
  return PartyProcess(self, std::move(launcher), std::move(decorate)).Run();
}

}  // namespace mpcstats
