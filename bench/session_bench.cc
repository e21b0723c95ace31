// Whole notary sessions: notary, website and provers in a process each, on one machine.
//
//   session_bench [--mode proxy|mpc] [--repeat 9] [--at-once 100] [--request 512] [--netns NAME --address ADDRESS]
//
// Over loopback, or with notary and website in another network namespace, where the notary has that address; in mode mpc the
// website too, and "localhost" has to be its name (scripts/long-run-proof.sh).
//
// Request of 512 bytes or what is asked for, response of 2,048: 20 assets, of which one balance becomes a column, and the account's id another.
// Prints the time from connecting to the checked attestation, by phase; bytes both ways; then, with --at-once, what that many
// sessions take of the notary's memory when all of them have spoken to the website before any is proven.
#include <fcntl.h>
#include <fmt/core.h>
#include <sched.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <barrier>
#include <csignal>
#include <cstdlib>
#include <fstream>

#include "mpcstats/circuit/tls_prf.h"
#include "mpcstats/zktls/session/session_testing.h"

namespace mpcstats {
namespace {

using Time = std::chrono::steady_clock;

double Since(Time::time_point begin) { return std::chrono::duration<double>(Time::now() - begin).count(); }

template <class T>
T Need(Result<T> result, std::string_view what) {
  if (!result) {
    fmt::print(stderr, "{}: {}\n", what, result.error().message());
    std::_Exit(1);
  }
  return std::move(*result);
}

// --- what is asked and answered -----------------------------------------------------------------------------------

constexpr std::size_t kResponseBytes = 2048;

std::string Padded(const std::string& text, std::string_view pad, std::size_t bytes, std::size_t now) {
  CHECK(now <= bytes);
  return With(text, pad, std::string(bytes - now, 'p'));
}

// The exchange's answer with more assets, whose free and locked parts have hidden lengths and no meaning.
std::string AssetsBody(bool holes) {
  std::string body =
      R"({"accountType":"SPOT","updateTime":)" + std::string(holes ? "<<update_time>>" : "1795352700000") +
      R"(,"balances":[{"asset":"ETH","free":")" + (holes ? "<<balance>>" : "1.50000000") + "\"}";
  for (int i = 0; i < 20; ++i) {
    body += fmt::format(R"(,{{"asset":"COIN{:02}","free":"{}","locked":"0.00000000"}})", i,
                        holes ? fmt::format("<<other{}>>", i) : "12.30000000");
  }
  return body + R"(],"uid":)" + (holes ? "<<account>>" : "354937868") + "}";
}

std::string TemplateText(std::uint16_t port, std::size_t request_bytes) {
  std::string text = ExchangeAt(port);
  const std::size_t begin = text.find("body = '");
  text.replace(begin, text.find('\n', begin) - begin, "body = '" + AssetsBody(true) + "'");
  const std::size_t locked = text.find("[[hole]]\nname = \"locked\"");
  std::string others;
  for (int i = 0; i < 20; ++i) {
    others += fmt::format(
        "[[hole]]\nname = \"other{}\"\nkind = \"skip\"\ncharset = \"number\"\nmin = 11\nmax = 11\n\n", i);
  }
  text.replace(locked, text.find("[[hole]]", locked + 8) - locked, others);
  text = With(text, "\"X-API-KEY: <<api_key>>\"", "\"X-API-KEY: <<api_key>>\", \"X-Pad: PAD\"");
  return Padded(text, "PAD", request_bytes,
                Need(FillRequest(MustParse(text), ExchangeSecrets()), "request").size() - 3);
}

std::string ResponseText() {
  const std::string text = With(WithHead(AssetsBody(false)), "Server: nginx", "Server: nginx\r\nX-Pad: PAD");
  return Padded(text, "PAD", kResponseBytes, text.size() - 3);
}

// --- the processes --------------------------------------------------------------------------------------------

// Numbers from one process to the other.
struct Wire {
  int fds[2];
  Wire() { CHECK(pipe(fds) == 0); }
  void Send(std::uint32_t value) const { CHECK(write(fds[1], &value, 4) == 4); }
  [[nodiscard]] std::uint32_t Receive() const {
    std::uint32_t value = 0;
    if (read(fds[0], &value, 4) != 4) std::_Exit(1);
    return value;
  }
};

struct Phases {
  double connect = 0, bind = 0, exchange = 0, prove = 0, whole = 0, cpu = 0;
  std::uint64_t up = 0, down = 0, turns = 0;
  std::uint64_t up_ahead = 0, turns_ahead = 0;  ///< when the website is about to be asked
};

struct Place {
  const Identity& identity;
  std::string address;
  std::uint16_t notary = 0;
  std::string template_text;
  std::size_t request_bytes = 0;
  AttestationMode mode = AttestationMode::kProxy;
};

double ThreadSeconds() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

Phases RunOnce(const Place& place, const std::function<void()>& before_proof) {
  SystemRng rng;
  Phases phases;
  const auto begin = Time::now();
  const double cpu = ThreadSeconds();
  auto at = begin;
  const auto lap = [&](double& phase) {
    phase = Since(at);
    at = Time::now();
  };
  const auto stream =
      Need(FrameStream::Connect(place.address, place.notary, {place.identity.Fingerprint()},
                                {.peer_name = "the notary", .wait = std::chrono::minutes(10)}),
           "connect");
  OpenedSession opened = Need(OpenedSession::Open(*stream, place.mode, rng, place.request_bytes), "open");
  lap(phases.connect);
  SessionBind bind{.context = Bytes32{7},
                   .header_group = 1,
                   .template_text = place.template_text,
                   .columns = ExchangeColumns()};
  BoundSession bound = Need(std::move(opened).Bind(std::move(bind)), "bind");
  lap(phases.bind);
  auto request = Need(FillRequest(bound.source(), ExchangeSecrets()), "request");
  CHECK(request.size() == place.request_bytes);
  phases.up_ahead = stream->bytes_sent();
  phases.turns_ahead = stream->turns();
  ExchangedSession exchanged =
      Need(std::move(bound).Exchange(std::move(request), TestPolicy("localhost")), "exchange");
  CHECK(exchanged.response().size() == kResponseBytes);
  lap(phases.exchange);
  before_proof();
  at = Time::now();
  Need(std::move(exchanged).Prove(), "prove");
  lap(phases.prove);
  phases.whole = Since(begin);
  phases.cpu = ThreadSeconds() - cpu;
  phases.up = stream->bytes_sent();
  phases.down = stream->bytes_received();
  phases.turns = stream->turns();
  return phases;
}

void PrintPhase(std::string_view name, const std::vector<Phases>& runs, double Phases::* field) {
  std::vector<double> values;
  for (const Phases& run : runs) values.push_back(1000 * (run.*field));
  std::ranges::sort(values);
  fmt::print("{:24} {:8.1f} ms   ({:.1f} to {:.1f})\n", name, values[values.size() / 2], values.front(),
             values.back());
}

void RunProvers(const Place& place, int repeat, int at_once, const Wire& to_notary, const Wire& from_notary) {
  static_cast<void>(RunOnce(place, [] {}));  // caches
  std::vector<Phases> runs;
  to_notary.Send(0);
  for (int i = 0; i < repeat; ++i) runs.push_back(RunOnce(place, [] {}));
  to_notary.Send(0);
  static_cast<void>(from_notary.Receive());
  PrintPhase("connect, open", runs, &Phases::connect);
  PrintPhase("bind, base transfers", runs, &Phases::bind);
  PrintPhase("speak to the website", runs, &Phases::exchange);
  PrintPhase("prove, check signature", runs, &Phases::prove);
  PrintPhase("whole session", runs, &Phases::whole);
  PrintPhase("the prover's CPU", runs, &Phases::cpu);
  fmt::print("{:24} {:8} bytes to the notary, {} back, {} round trips\n", "traffic", runs[0].up, runs[0].down,
             runs[0].turns);
  fmt::print("{:24} {:8} bytes to the notary, {} round trips\n", "of it before asking", runs[0].up_ahead,
             runs[0].turns_ahead);
  if (at_once == 0) return;
  to_notary.Send(0);
  static_cast<void>(from_notary.Receive());
  const auto begin = Time::now();
  std::barrier together(at_once);
  std::vector<std::jthread> provers;
  for (int i = 0; i < at_once; ++i) {
    provers.emplace_back([&] { static_cast<void>(RunOnce(place, [&] { together.arrive_and_wait(); })); });
  }
  provers.clear();
  const double seconds = Since(begin);
  fmt::print("{:24} {:8.2f} s, {:.1f} sessions/s\n", fmt::format("{} at once", at_once), seconds,
             at_once / seconds);
}

// "VmRSS:   1234 kB" of /proc/self/status, in MB.
double StatusMb(std::string_view key) {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with(key)) return std::strtod(line.c_str() + key.size() + 1, nullptr) / 1024;
  }
  return 0;
}

double CpuSeconds() {
  rusage used{};
  getrusage(RUSAGE_SELF, &used);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + 1e-6 * static_cast<double>(time.tv_usec);
  };
  return seconds(used.ru_utime) + seconds(used.ru_stime);
}

struct Arguments {
  int repeat = 9;
  int at_once = 0;
  std::string netns;
  std::string address = "127.0.0.1";
  AttestationMode mode = AttestationMode::kProxy;
  std::size_t request_bytes = 512;
};

// Accepts until it is told to end; a thread a session, as NotarySessions has it.
class Notary {
 public:
  Notary(const Identity& identity, const std::string& address)
      : identity_(identity), listener_(std::move(*ListenTcp(address, 0))) {
    SystemRng rng;
    key_ = std::make_shared<const SigningKey>(SigningKey::Generate(rng));
    acceptor_ = std::jthread([this](const std::stop_token& stop) {
      std::vector<std::jthread> sessions;
      while (!stop.stop_requested()) {
        pollfd waiting = {listener_.fd.get(), POLLIN, 0};
        if (poll(&waiting, 1, 20) != 1) continue;
        sessions.emplace_back([this, fd = AcceptTcp(listener_.fd.get())]() mutable { Run(std::move(fd)); });
      }
    });
  }
  [[nodiscard]] std::uint16_t port() const { return listener_.port; }

 private:
  void Run(UniqueFd prover) {
    SystemRng rng;
    NotarySessionServices services;
    services.roots = &TestRoots();
    services.now_ms = [] {
      const auto now = std::chrono::system_clock::now().time_since_epoch();
      return static_cast<std::uint64_t>(std::chrono::floor<std::chrono::milliseconds>(now).count());
    };
    services.signing_key = [&] { return std::pair(key_, NotaryKey{.public_key = key_->PublicKey()}); };
    services.allow = [](const std::string&, std::uint16_t) { return Status(); };
    services.address_rule = AddressRule::kAny;
    services.record = [](const Bytes32&) { return Status(); };
    services.rng = &rng;
    NotarySessionReport report;
    const HttpServerTls::Ptr tls = Need(HttpServerTls::FromIdentity(identity_), "certificate");
    const auto stream =
        Need(FrameStream::Accept(std::move(prover), *tls,
                                 {.peer_name = "the prover", .wait = std::chrono::minutes(10)}),
             "accept");
    if (const Status done = RunNotarySession(*stream, services, &report); !done) {
      fmt::print(stderr, "notary: {}\n", done.error().message());
    }
  }

  const Identity& identity_;
  BoundSocket listener_;
  std::shared_ptr<const SigningKey> key_;
  std::jthread acceptor_;
};

void RunNotary(const Identity& identity, const Arguments& arguments, const Wire& to_notary,
               const Wire& from_notary) {
  const int at_once = arguments.at_once;
  KeepSessionMemory();
  const Notary notary(identity, arguments.address);
  from_notary.Send(notary.port());
  static_cast<void>(to_notary.Receive());
  const double before = CpuSeconds();
  static_cast<void>(to_notary.Receive());
  fmt::print("{:24} {:8.1f} ms CPU a session\n", "notary", 1000 * (CpuSeconds() - before) / arguments.repeat);
  fflush(stdout);
  from_notary.Send(0);
  if (at_once == 0) return;
  static_cast<void>(to_notary.Receive());
  std::ofstream("/proc/self/clear_refs") << "5";
  const double resident = StatusMb("VmRSS:");
  from_notary.Send(0);
  char end;
  while (read(to_notary.fds[0], &end, 1) > 0) {
  }
  const double peak = StatusMb("VmHWM:");
  fmt::print("{:24} {:8.1f} MB before, {:.1f} MB at the peak, {:.2f} MB a session\n", "memory of the notary",
             resident, peak, (peak - resident) / at_once);
}

Arguments Parse(int argc, char** argv) {
  Arguments arguments;
  for (int i = 1; i + 1 < argc; i += 2) {
    const std::string_view name = argv[i];
    if (name == "--repeat") arguments.repeat = std::max(1, std::atoi(argv[i + 1]));
    if (name == "--at-once") arguments.at_once = std::max(0, std::atoi(argv[i + 1]));
    if (name == "--netns") arguments.netns = argv[i + 1];
    if (name == "--mode" && argv[i + 1] == std::string_view("mpc")) arguments.mode = AttestationMode::kMpc;
    if (name == "--request") arguments.request_bytes = std::strtoull(argv[i + 1], nullptr, 10);
    if (name == "--address") arguments.address = argv[i + 1];
  }
  return arguments;
}

// A process of its own; it ends when its work returns.
template <class Work>
pid_t Apart(const Work& work) {
  const pid_t child = fork();
  CHECK(child >= 0);
  if (child != 0) return child;
  work();
  std::exit(0);
}

void EnterNamespace(const std::string& name) {
  if (name.empty()) return;
  const UniqueFd fd(open(("/var/run/netns/" + name).c_str(), O_RDONLY | O_CLOEXEC));
  CHECK(fd.valid() && setns(fd.get(), CLONE_NEWNET) == 0);
}

int Main(int argc, char** argv) {
  const Arguments arguments = Parse(argc, argv);
  const Identity identity = Need(Identity::Create(), "identity");
  static_cast<void>(TestRoots());
  static_cast<void>(TlsPrf());
  const Wire to_notary;
  const Wire from_notary;
  const Wire of_website;
  const pid_t provers = Apart([&] {
    close(to_notary.fds[0]);
    const auto website = static_cast<std::uint16_t>(from_notary.Receive());
    const Place place{.identity = identity,
                      .address = arguments.address,
                      .notary = static_cast<std::uint16_t>(from_notary.Receive()),
                      .template_text = TemplateText(website, arguments.request_bytes),
                      .request_bytes = arguments.request_bytes,
                      .mode = arguments.mode};
    RunProvers(place, arguments.repeat, arguments.at_once, to_notary, from_notary);
  });
  close(to_notary.fds[1]);
  EnterNamespace(arguments.netns);
  const pid_t website = Apart([&] {
    // In mode mpc it is the prover who connects.
    const bool local = arguments.mode == AttestationMode::kProxy;
    const TestWebsite site(ResponseText(), true, kTlsMaxPlaintext, local ? "127.0.0.1" : arguments.address);
    of_website.Send(site.port());
    pause();
  });
  from_notary.Send(of_website.Receive());
  RunNotary(identity, arguments, to_notary, from_notary);
  int status = 0;
  waitpid(provers, &status, 0);
  kill(website, SIGTERM);
  waitpid(website, nullptr, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}

}  // namespace
}  // namespace mpcstats

int main(int argc, char** argv) { return mpcstats::Main(argc, argv); }
