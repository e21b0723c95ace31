// The program of the service tests. With "child-body" or "party-process" it is a child that one of them started, as the
// launcher starts mpcstats; a party misbehaves as MPCSTATS_TEST_FAULT says, which this program alone reads.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string_view>

#include "mpcstats/net/fault.h"
#include "mpcstats/service/child_process.h"
#include "mpcstats/service/messages.h"
#include "mpcstats/service/party_process.h"

namespace mpcstats {
namespace {

using namespace std::chrono_literals;

constexpr int kChildFd = 7;

FdChannel MustAdopt(UniqueFd fd) {
  Result<FdChannel> channel = FdChannel::Adopt(std::move(fd), "the other end", 30s);
  CHECK(channel.has_value());
  return std::move(*channel);
}

[[noreturn]] void WaitForever() {
  while (true) pause();
}

int Echo(FdChannel channel) {
  const Result<Bytes> message = channel.Receive(1 << 20);
  if (message) (void)channel.Send(*message);
  return 42;
}

// Says which descriptors it has beside the standard three, and whether input is empty.
int ListDescriptors(FdChannel channel) {
  Bytes open;
  for (int fd = 3; fd < 200; ++fd) {
    if (fcntl(fd, F_GETFD) >= 0) open.push_back(static_cast<std::uint8_t>(fd));
  }
  char byte = 0;
  if (read(STDIN_FILENO, &byte, 1) != 0) open.push_back(255);
  (void)channel.Send(open);
  return 0;
}

int SpawnAndWait(FdChannel channel) {
  Result<SpawnedChild> grandchild = SpawnSelf({"child-body", "wait"}, kChildFd);
  if (!grandchild) return 1;
  FdChannel below = MustAdopt(std::move(grandchild->channel));
  if (!below.Receive(16)) return 1;
  const pid_t pid = grandchild->process.pid();
  Bytes message(sizeof(pid));
  std::memcpy(message.data(), &pid, sizeof(pid));
  (void)channel.Send(message);
  WaitForever();
}

int RunBody(std::string_view name) {
  FdChannel channel = MustAdopt(UniqueFd(kChildFd));
  if (name == "echo") return Echo(std::move(channel));
  if (name == "list-descriptors") return ListDescriptors(std::move(channel));
  if (name == "spawn-and-wait") return SpawnAndWait(std::move(channel));
  CHECK(name == "wait");
  (void)channel.Send(AsBytes("up"));
  WaitForever();
}

/// A misbehaving party: "PARTY KIND AFTER PEER BIT" as in Fault; kinds of 100 and up are lies to the launcher.
struct Misbehaviour {
  unsigned party = 3;
  unsigned kind = 0;
  unsigned after = 0;
  unsigned peer = 0;
  unsigned bit = 0;
};

Misbehaviour ReadMisbehaviour() {
  Misbehaviour m;
  const char* text = std::getenv("MPCSTATS_TEST_FAULT");
  if (text == nullptr) return m;
  CHECK(std::sscanf(text, "%u %u %u %u %u", &m.party, &m.kind, &m.after, &m.peer, &m.bit) == 5);
  return m;
}

int LieToTheLauncher(unsigned kind, FdChannel launcher) {
  if (kind == 100) return 3;  // ends without a word
  if (kind == 101) {
    (void)launcher.Send(AsBytes("not a first message"));
  } else {
    HelloMessage hello{.port = 1, .fingerprint = {}};
    (void)launcher.Send(Encode(hello));
    (void)launcher.Receive(kMessageLimit);
    Report result;
    result.kind = ReportKind::kResult;
    (void)launcher.Send(kind == 102 ? Encode(result) : Bytes(50, 0xee));
  }
  (void)launcher.Receive(kMessageLimit);
  return 0;
}

int RunParty(unsigned index, int descriptor) {
  FdChannel launcher = MustAdopt(UniqueFd(descriptor));
  const Misbehaviour m = ReadMisbehaviour();
  if (m.party != index) return RunPartyProcess(PartyIndex(index), std::move(launcher)) ? 0 : 1;
  if (m.kind >= 100) return LieToTheLauncher(m.kind, std::move(launcher));
  const Fault fault{.kind = static_cast<Fault::Kind>(m.kind),
                    .after = m.after,
                    .peer = static_cast<Peer>(m.peer),
                    .bit = m.bit,
                    .delay = 1h};
  const LinkDecorator decorate = [fault](std::unique_ptr<PeerLinks> links) -> std::unique_ptr<PeerLinks> {
    return std::make_unique<FaultLinks>(std::move(links), fault);
  };
  return RunPartyProcess(PartyIndex(index), std::move(launcher), decorate) ? 0 : 1;
}

}  // namespace

// The exit code of a child, or -1 when this is the test program itself.
int RunAsChild(int argc, char** argv) {
  const std::string_view first = argc > 1 ? argv[1] : "";
  if (first == "child-body" && argc == 3) return RunBody(argv[2]);
  if (first == "party-process" && argc == 4) {
    return RunParty(static_cast<unsigned>(std::atoi(argv[2])), std::atoi(argv[3]));
  }
  return -1;
}

}  // namespace mpcstats

int main(int argc, char** argv) {
  if (const int code = mpcstats::RunAsChild(argc, argv); code >= 0) return code;
  testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}
