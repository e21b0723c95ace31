// A service as mpcstats runs it that ends at once, without any goodbye, where its arguments say:
//
//   mortal_mpcstats ROLE --config FILE --die-at POINT[:NUMBER]   the NUMBER-th time (1 by default) it reaches the point
//   mortal_mpcstats ROLE --config FILE --tear-write NUMBER       in the middle of the NUMBER-th write of a page
//
// Exit code 86 when it died so. The hook is made here, and nowhere in the program that is installed.
#include <fmt/core.h>
#include <unistd.h>

#include <atomic>
#include <charconv>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "mpcstats/service/serve.h"
#include "torn_writes.h"

namespace {

constexpr int kDied = 86;

int Number(std::string_view text) {
  int number = 0;
  (void)std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

mpcstats::FaultHook DieAt(const std::string& point, int number) {
  return [point, left = std::make_shared<std::atomic<int>>(number)](std::string_view reached) {
    if (reached == point && --*left == 0) _exit(kDied);
  };
}

}  // namespace

int main(int argc, char** argv) {
  const std::vector<std::string> arguments(argv + 1, argv + argc);
  if (arguments.size() != 5 || arguments[1] != "--config") return 2;
  mpcstats::FaultHook hook;
  if (arguments[3] == "--tear-write") {
    mpcstats::crash::TearWrite(Number(arguments[4]), [] { _exit(kDied); });
  } else {
    const std::size_t colon = arguments[4].find(':');
    hook = DieAt(arguments[4].substr(0, colon),
                 colon == std::string::npos ? 1 : Number(std::string_view(arguments[4]).substr(colon + 1)));
  }
  const auto config = mpcstats::LoadServiceConfig(arguments[2]);
  if (!config) return 2;
  const mpcstats::Status served = arguments[0] == "party"         ? ServeParty(*config, hook)
                                  : arguments[0] == "coordinator" ? ServeCoordinator(*config, hook)
                                                                  : ServePublisher(*config, hook);
  if (!served) fmt::print(stderr, "{}\n", served.error().message());
  return served ? 0 : 1;
}
