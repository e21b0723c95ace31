#include "survey_system.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <ctime>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <random>
#include <set>
#include <thread>

namespace mpcstats::e2e {
namespace {

// A port that was free a moment ago, and is given once. Below the range from which the kernel takes the ports of outgoing
// connections, of which the tests make many: one of those would take it before its service listens.
unsigned FreePort() {
  static std::set<unsigned> given;
  static std::mt19937 random{std::random_device{}()};
  std::uniform_int_distribution<unsigned> ports(10000, 32000);
  for (unsigned tries = 0; tries < 1000; ++tries) {
    const unsigned port = ports(random);
    if (!given.insert(port).second) continue;
    const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const bool free = bind(fd, reinterpret_cast<sockaddr*>(&address), sizeof(address)) == 0;
    close(fd);
    if (free) return port;
  }
  ADD_FAILURE() << "no port is free";
  return 0;
}

std::string TimeText(std::time_t time) {
  char text[32];
  std::tm parts{};
  gmtime_r(&time, &parts);
  return {text, std::strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &parts)};
}

std::string ReadFile(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

std::string Local(unsigned port) { return "127.0.0.1:" + std::to_string(port); }

}  // namespace

SurveySystem::SurveySystem(const SystemOptions& options) : binary_(options.binary) {
  std::string pattern = (std::filesystem::temp_directory_path() / "mpcstats-e2e.XXXXXX").string();
  EXPECT_NE(mkdtemp(pattern.data()), nullptr);
  root_ = pattern;
  std::string operators;
  const auto init = [&](const std::string& name, std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), "init");
    const Outcome made = Run(arguments);
    EXPECT_EQ(made.code, 0) << made.err;
    operators += made.out;
    (void)name;
  };
  for (unsigned i = 0; i < 3; ++i) {
    const std::string name = "party" + std::to_string(i);
    ports_[name] = FreePort();
    init(name, {"party", path(name), "--name", name, "--index", std::to_string(i), "--listen",
                Local(ports_[name]), "--url", "https://" + Local(ports_[name]), "--mpc", Local(FreePort())});
  }
  ports_["coordinator"] = FreePort();
  init("coordinator", {"coordinator", path("coordinator"), "--name", "office", "--listen",
                       Local(ports_["coordinator"]), "--url", "https://" + Local(ports_["coordinator"])});
  ports_["publish"] = FreePort();
  init("publish", {"publish", path("publish"), "--name", "results", "--listen", Local(ports_["publish"]),
                   "--url", "http://" + Local(ports_["publish"])});
  const std::string coordinator_config = path("coordinator/config.toml");
  std::string config = ReadFile(coordinator_config);
  const std::string key = "batch_interval_seconds = ";
  config.replace(config.find(key) + key.size(), 2, "1");
  std::ofstream(coordinator_config) << config;

  const std::time_t now = std::time(nullptr);
  std::ofstream survey(path("survey.toml"));
  survey << "[survey]\nid = \"amounts\"\ntitle = \"Amounts\"\ndescription = \"A test.\"\nopens = "
         << TimeText(now - 3600) << "\ncloses = " << TimeText(now + 86400) << "\nretention_days = 1\n"
         << options.eligibility << "\nbatch_min = " << options.batch_min
         << "\nbatch_max = 1000\ngroup_min = " << options.group_min << "\nrelease_every = 1\n\n"
         << "[[columns]]\nname = \"amount\"\nkind = \"number\"\nscale = 2\nmin = \"-1000\"\nmax = "
            "\"2000000000\"\n"
         << options.extra_columns
         << "[[figures]]\nexpr = \"sum(amount)\"\n[[figures]]\nexpr = \"count(amount)\"\n"
         << operators << "[limits]\nposts_per_minute = 6000\n";
  survey.close();
  for (const unsigned i : {0, 1, 2, 0, 1}) {
    const Outcome sign = Run({"survey", "sign", path("survey.toml"), "--config",
                              path("party" + std::to_string(i) + "/config.toml")});
    EXPECT_EQ(sign.code, 0) << sign.err;
  }
  if (!options.start) return;
  for (const std::string& name : ServiceNames()) StartService(name);
  OpenSurvey();
}

SurveySystem::~SurveySystem() {
  for (const std::string& name : ServiceNames()) {
    if (services_.contains(name)) Kill(name, SIGTERM);
  }
  std::filesystem::remove_all(root_);
}

Outcome SurveySystem::Run(const std::vector<std::string>& arguments) const {
  return Program(arguments, Start::kAllowed, binary_).Wait();
}

std::vector<std::string> SurveySystem::ServiceNames() const {
  return {"party0", "party1", "party2", "coordinator", "publish"};
}

void SurveySystem::StartService(const std::string& name) { StartServiceAs(name, binary_, {}); }

void SurveySystem::StartServiceAs(const std::string& name, const std::string& binary,
                                  const std::vector<std::string>& more) {
  const std::string role = name.starts_with("party") ? "party" : name;
  std::vector<std::string> arguments = {role, "--config", path(name + "/config.toml")};
  arguments.insert(arguments.end(), more.begin(), more.end());
  services_[name] = std::make_unique<Program>(arguments, Start::kAllowed, binary);
  // One that is meant to die may have done so before it listens.
  AwaitStart(name, binary == binary_ ? MayDie::kNo : MayDie::kYes);
}

void SurveySystem::StartAs(const std::string& name, const std::string& binary,
                           std::vector<std::string> more) {
  more.insert(more.begin(), path(name + "/config.toml"));
  services_[name] = std::make_unique<Program>(more, Start::kAllowed, binary);
  AwaitStart(name, MayDie::kNo);
}

void SurveySystem::AwaitStart(const std::string& name, MayDie may_die) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(30);
  while (!std::filesystem::exists(path(name + "/port"))) {
    ASSERT_LT(std::chrono::steady_clock::now(), deadline)
        << name << " did not start: " << services_[name]->Wait().err;
    const bool running = IsRunning(services_[name]->pid());
    if (!running && may_die == MayDie::kYes) return;
    ASSERT_TRUE(running) << name << ": " << services_[name]->Wait().err;
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
}

unsigned SurveySystem::AddMetrics(const std::string& name) {
  const unsigned port = FreePort();
  const std::string file = path(name + "/config.toml");
  const std::string config = ReadFile(file);
  std::ofstream(file) << "metrics_listen = \"" << Local(port) << "\"\n" << config;
  return port;
}

void SurveySystem::Kill(const std::string& name, int signal) {
  services_.at(name)->Signal(signal);
  logs_ += services_.at(name)->Wait(std::chrono::seconds(30)).err;
  services_.erase(name);
  std::filesystem::remove(path(name + "/port"));
}

Outcome SurveySystem::AwaitEnd(const std::string& name) {
  Outcome outcome = services_.at(name)->Wait(std::chrono::seconds(60));
  logs_ += outcome.err;
  services_.erase(name);
  std::filesystem::remove(path(name + "/port"));
  return outcome;
}

void SurveySystem::OpenSurvey() {
  const Outcome open = Run({"survey", "open", survey()});
  EXPECT_EQ(open.code, 0) << open.out << open.err;
}

Outcome SurveySystem::Share(const std::string& value, const std::string& ticket,
                            std::vector<std::string> more) {
  std::vector<std::string> arguments = {
      "share",           "--survey", survey(),   "--set",
      "amount=" + value, "--yes",    "--ticket", path(ticket + ".ticket.json")};
  arguments.insert(arguments.end(), more.begin(), more.end());
  return Run(arguments);
}

Outcome SurveySystem::ShareMany(const std::vector<std::string>& values, const std::string& name) {
  std::ofstream csv(path(name + ".csv"));
  csv << "amount\n";
  for (const std::string& value : values) csv << value << "\n";
  csv.close();
  return Run({"share", "--survey", survey(), "--csv", path(name + ".csv"), "--yes", "--ticket", path(name)});
}

Outcome SurveySystem::Query(const std::string& output) {
  return Run({"query", "--survey", survey(), "-o", path(output), "--wait", "60"});
}

Outcome SurveySystem::AwaitCount(unsigned people, const std::string& output) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(90);
  for (;;) {
    Outcome outcome = Query(output);
    const std::string counted = outcome.code == 0 ? Figure(path(output), "count(amount)") : "";
    if (counted == std::to_string(people)) return outcome;
    if (std::chrono::steady_clock::now() > deadline) {
      if (outcome.code == 0) {
        outcome.code = -1;
        outcome.err += "the last release counts " + counted + " people, and not " + std::to_string(people);
      }
      return outcome;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
  }
}

bool SurveySystem::AwaitPage(const std::string& text) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(30);
  while (std::chrono::steady_clock::now() < deadline) {
    const int fd = socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(page_port()));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    std::string page;
    if (connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof(address)) == 0) {
      const std::string request = "GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
      if (write(fd, request.data(), request.size()) > 0) {
        char buffer[4096];
        for (ssize_t got; (got = read(fd, buffer, sizeof(buffer))) > 0;)
          page.append(buffer, static_cast<std::size_t>(got));
      }
    }
    close(fd);
    if (page.find(text) != std::string::npos && page.find("As of") != std::string::npos) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
  return false;
}

std::string SurveySystem::Figure(const std::string& file, const std::string& expression) {
  const auto json = nlohmann::json::parse(ReadFile(file), nullptr, false);
  if (!json.is_object()) return "";
  for (const auto& output : json["body"]["outputs"]) {
    if (output["expression"] == expression && output["cell"] == "") return output["exact"].get<std::string>();
  }
  return "";
}

std::string SurveySystem::Logs() { return logs_; }

}  // namespace mpcstats::e2e
