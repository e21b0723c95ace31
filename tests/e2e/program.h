// Runs the built mpcstats as a user does: arguments in; exit code, standard output and standard error out.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <optional>
#include <string>
#include <vector>

namespace mpcstats::e2e {

struct Outcome {
  bool timed_out = false;
  bool by_signal = false;
  int code = 0;  ///< the exit code, or the number of the signal
  std::string out;
  std::string err;
};

enum class Start { kAllowed, kRefused };

/// A running mpcstats; killed when it goes out of scope.
class Program {
 public:
  /// With Start::kRefused the kernel fails every socketpair call, without which no party can be started.
  /// `binary` takes the place of the built mpcstats.
  explicit Program(const std::vector<std::string>& arguments, Start start = Start::kAllowed,
                   const std::string& binary = MPCSTATS_BINARY);
  ~Program();
  Program(const Program&) = delete;
  Program& operator=(const Program&) = delete;

  [[nodiscard]] pid_t pid() const { return pid_; }
  /// Waits for the end and reads what it wrote.
  [[nodiscard]] Outcome Wait(std::chrono::milliseconds deadline = std::chrono::seconds(120));
  void Signal(int number) const;
  /// Its standard error so far.
  [[nodiscard]] std::string Said() const;
  /// The processes of parties 0, 1 and 2 once all three run; nothing when that does not happen in time.
  [[nodiscard]] std::optional<std::vector<pid_t>> AwaitParties(
      std::chrono::milliseconds deadline = std::chrono::seconds(20)) const;

 private:
  pid_t pid_ = 0;
  int out_ = -1;
  int err_ = -1;
};

[[nodiscard]] Outcome RunProgram(const std::vector<std::string>& arguments, Start start = Start::kAllowed);

/// Whether a process is there and not just waiting to be reaped.
[[nodiscard]] bool IsRunning(pid_t pid);
[[nodiscard]] std::vector<pid_t> ChildrenOf(pid_t pid);
/// A file of /proc, or nothing when the process is gone.
[[nodiscard]] std::string ReadProc(pid_t pid, const std::string& name);

/// A file in the test's temporary folder; removed at the end.
class TemporaryFile {
 public:
  TemporaryFile(const std::string& name, const std::string& text);
  ~TemporaryFile();
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;
  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  std::string path_;
};

/// A table with one column x of scattered 32-bit numbers.
[[nodiscard]] std::string LargeTable(std::size_t rows);

[[nodiscard]] std::string SourceFile(const std::string& relative);

}  // namespace mpcstats::e2e
