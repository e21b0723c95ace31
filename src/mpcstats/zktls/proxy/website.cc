#include "mpcstats/zktls/proxy/website.h"

#include <fmt/core.h>
#include <poll.h>

#include <cerrno>
#include <chrono>
#include <vector>

#include "mpcstats/net/deadline.h"
#include "mpcstats/net/tcp.h"
#include "mpcstats/zktls/tls/server_certificate.h"

namespace mpcstats {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::chrono::seconds kConnectTime(10);

}  // namespace

Result<UniqueFd> ConnectToWebsite(const RelayTarget& target, std::string_view who) {
  RETURN_IF_ERROR(CheckTlsHost(target.host));
  ASSIGN_OR_RETURN(const std::vector<std::string> addresses, LookUpHost(target.host, target.rule));
  std::string reason;
  const Clock::time_point deadline = Clock::now() + kConnectTime;
  for (const std::string& address : addresses) {
    // By its number: a second lookup could say something else.
    Result<UniqueFd> fd = StartConnect(address, target.port, 0);
    if (!fd) {
      reason = fd.error().message();
      continue;
    }
    pollfd entry = {fd->get(), POLLOUT, 0};
    int ready = 0;
    do ready = poll(&entry, 1, PollTimeout(deadline));
    while (ready < 0 && errno == EINTR);
    if (ready == 0) {
      reason = "no answer";
      break;
    }
    const Status connected = FinishConnect(fd->get());
    if (connected) return fd;
    reason = connected.error().message();
  }
  return Fail(ErrorCode::kUnavailable,
              fmt::format("{} cannot connect to {}:{}: {}", who, target.host, target.port, reason));
}

}  // namespace mpcstats
