// Five services as processes on free ports, with fresh keys in a temporary directory: what the survey tests drive.
#pragma once

#include <array>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "program.h"

namespace mpcstats::e2e {

struct SystemOptions {
  unsigned batch_min = 10;
  unsigned group_min = 4;
  std::string extra_columns = {};  ///< more [[columns]] and [[figures]]
  std::string eligibility = "eligibility = \"open\"";
  bool start = true;
  std::string binary = MPCSTATS_BINARY;  ///< of the services, and of the commands that drive them
};

class SurveySystem {
 public:
  explicit SurveySystem(const SystemOptions& options = {});
  ~SurveySystem();

  /// "party0".."party2", "coordinator", "publish".
  void StartService(const std::string& name);
  /// The same by another program, which gets the path of the service's configuration and then `more`.
  void StartAs(const std::string& name, const std::string& binary, std::vector<std::string> more);
  /// The same with another program and more arguments.
  void StartServiceAs(const std::string& name, const std::string& binary,
                      const std::vector<std::string>& more);
  /// Waits until the service ends by itself; its exit code.
  [[nodiscard]] Outcome AwaitEnd(const std::string& name);
  void Kill(const std::string& name, int signal);
  /// Before it is started: it shows its metrics, at the port that comes back.
  unsigned AddMetrics(const std::string& name);
  void OpenSurvey();
  /// What a running service has written to its standard error so far.
  [[nodiscard]] std::string SaidBy(const std::string& name) const { return services_.at(name)->Said(); }
  [[nodiscard]] std::string path(const std::string& name) const { return (root_ / name).string(); }
  [[nodiscard]] std::string survey() const { return path("survey.survey.json"); }
  [[nodiscard]] unsigned page_port() const { return ports_.at("publish"); }
  [[nodiscard]] unsigned port_of(const std::string& name) const { return ports_.at(name); }
  [[nodiscard]] pid_t PidOf(const std::string& name) const { return services_.at(name)->pid(); }
  [[nodiscard]] std::vector<std::string> ServiceNames() const;

  /// Shares one value; the ticket is `ticket`.ticket.json.
  [[nodiscard]] Outcome Share(const std::string& value, const std::string& ticket,
                              std::vector<std::string> more = {});
  /// Shares many; tickets in the directory `name`.
  [[nodiscard]] Outcome ShareMany(const std::vector<std::string>& values, const std::string& name);
  [[nodiscard]] Outcome Query(const std::string& output);
  /// Waits until the public page shows a result.
  [[nodiscard]] bool AwaitPage(const std::string& text);
  /// Queries until the release counts `people`; gives up after a while, and then has no code of success.
  [[nodiscard]] Outcome AwaitCount(unsigned people, const std::string& output);
  /// The exact text of an output of a result file, for everybody.
  [[nodiscard]] static std::string Figure(const std::string& file, const std::string& expression);
  /// The standard error of all services that ended, and what the running ones wrote to files.
  [[nodiscard]] std::string Logs();

 private:
  enum class MayDie { kNo, kYes };
  [[nodiscard]] Outcome Run(const std::vector<std::string>& arguments) const;
  void AwaitStart(const std::string& name, MayDie may_die);

  std::string binary_;
  std::filesystem::path root_;
  std::map<std::string, unsigned> ports_;
  std::map<std::string, std::unique_ptr<Program>> services_;
  std::string logs_;
};

}  // namespace mpcstats::e2e
