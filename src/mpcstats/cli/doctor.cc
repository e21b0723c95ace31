// mpcstats doctor: looks at every server of a survey from here, and names what to do about what it finds.
#include <fmt/core.h>
#include <poll.h>

#include <CLI/CLI.hpp>
#include <chrono>
#include <cstdlib>
#include <memory>
#include <nlohmann/json.hpp>

#include "mpcstats/cli/client.h"
#include "mpcstats/cli/command.h"
#include "mpcstats/cli/survey_place.h"
#include "mpcstats/net/deadline.h"
#include "mpcstats/net/tcp.h"
#include "mpcstats/service/build_id.h"
#include "mpcstats/service/clock.h"
#include "mpcstats/service/host_port.h"
#include "mpcstats/service/party_context.h"

namespace mpcstats {
namespace {

using Json = nlohmann::json;

struct Findings {
  unsigned good = 0;
  unsigned bad = 0;
  void Ok(const std::string& who, const std::string& what) {
    ++good;
    fmt::print("  ok   {:<28} {}\n", who, what);
  }
  void Bad(const std::string& who, const std::string& what, const std::string& fix) {
    ++bad;
    fmt::print("  BAD  {:<28} {}\n       fix: {}\n", who, what, fix);
  }
};

std::string Text(const Json& json, const char* name) {
  const auto found = json.find(name);
  return found != json.end() && found->is_string() ? found->get<std::string>() : std::string();
}

void CheckClock(const Json& info, const std::string& who, Findings& findings) {
  const auto theirs = ParseTime(Text(info, "time"));
  if (!theirs) return findings.Bad(who, "shows no time", "run the same version of mpcstats there");
  const UnixSeconds apart = std::abs(*theirs - SystemClock().Now());
  if (apart > kClockTolerance / 2) {
    return findings.Bad(who, fmt::format("clock is {} s apart from this one", apart),
                        "turn on time synchronisation at both (timedatectl set-ntp true)");
  }
  findings.Ok(who, fmt::format("clock within {} s", apart + 1));
}

void CheckServer(const Operator& one, const std::string& role, const SignedSurvey& survey,
                 Findings& findings) {
  const std::string who = role + " (" + one.url + ")";
  auto client = ClientOf(one);
  if (!client) return findings.Bad(who, client.error().message(), "correct the url in the survey");
  const auto start = std::chrono::steady_clock::now();
  const auto text = Fetch(**client, role, "GET", "/v1/info");
  if (!text) {
    const bool key = text.error().code() == ErrorCode::kProtocolViolation;
    return findings.Bad(
        who, text.error().message(),
        key ? "the server there has another identity than the survey names: check host, port and identity.pem"
            : "start it, and open its port in the firewall");
  }
  const auto second = std::chrono::steady_clock::now();
  (void)Fetch(**client, role, "GET", "/v1/info");
  const auto end = std::chrono::steady_clock::now();
  const auto milliseconds = [](auto time) { return std::chrono::duration<double, std::milli>(time).count(); };
  findings.Ok(who, fmt::format("TLS with the pinned identity; {:.1f} ms to connect, {:.1f} ms a request",
                               milliseconds(second - start), milliseconds(end - second)));
  const Json info = Json::parse(*text, nullptr, false);
  if (!info.is_object()) return findings.Bad(who, "does not speak our protocol", "check the port");
  CheckClock(info, who, findings);
  if (Text(info, "version") != kBuildId) {
    findings.Bad(who, "runs " + Text(info, "version") + ", here is " + std::string(kBuildId),
                 "install the same version everywhere");
  } else {
    findings.Ok(who, "same version, " + std::string(kBuildId));
  }
  const auto known = Fetch(**client, role, "GET", SurveyPath(survey, ""));
  if (!known) {
    findings.Bad(who, "does not know the survey", "mpcstats survey open FILE");
  } else {
    findings.Ok(who, "knows the survey");
  }
}

void CheckMpcPort(const PartyOperator& party, const std::string& role, Findings& findings) {
  const std::string who = role + " (" + party.mpc_address + ")";
  const auto address = ParsePublicAddress(party.mpc_address);
  if (!address) return findings.Bad(who, address.error().message(), "correct mpc in the survey");
  auto fd = StartConnect(address->host, address->port, 0);
  if (!fd) return findings.Bad(who, fd.error().message(), "check the host's name");
  pollfd entry{.fd = fd->get(), .events = POLLOUT, .revents = 0};
  const int ready = poll(&entry, 1, 5000);
  const Status connected =
      ready == 1 ? FinishConnect(fd->get()) : Fail(ErrorCode::kDeadlineExceeded, "no answer in 5 s");
  if (!connected) {
    return findings.Bad(who, "the port between parties: " + connected.error().message(),
                        "start the party, and open mpc_listen in its firewall for the two other parties");
  }
  findings.Ok(who, "the port between parties is open");
}

Result<int> Doctor(const SurveyPlace& source) {
  ASSIGN_OR_RETURN(const std::optional<SignedSurvey> loaded, LoadSurvey(source));
  if (!loaded) return kNotPinned;
  const SignedSurvey& survey = *loaded;
  Findings findings;
  for (unsigned i = 0; i < 3; ++i) {
    const std::string role = "party " + std::to_string(i);
    CheckServer(survey.survey().parties[i], role, survey, findings);
    CheckMpcPort(survey.survey().parties[i], role, findings);
  }
  CheckServer(survey.survey().coordinator, "coordinator", survey, findings);
  if (survey.survey().publisher && survey.survey().publisher->url.starts_with("https://")) {
    CheckServer(*survey.survey().publisher, "publisher", survey, findings);
  }
  fmt::print("{} checks are fine, {} are not\n", findings.good, findings.bad);
  return findings.bad == 0 ? 0 : 1;
}

}  // namespace

void AddDoctorCommand(CLI::App& app, Action* action) {
  CLI::App* command =
      app.add_subcommand("doctor", "Check the servers of a survey from here: ports, TLS, clocks, versions");
  const auto survey = std::make_shared<SurveyPlace>();
  AddSurveyOptions(command, survey.get());
  command->callback([=] {
    *action = [=] {
      const Result<int> done = Doctor(*survey);
      return done ? *done : ReportError(done.error());
    };
  });
}

}  // namespace mpcstats
