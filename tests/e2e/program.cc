#include "program.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <thread>

namespace mpcstats::e2e {

namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

// Every socketpair(2) of this process fails with EPERM from now on.
bool RefuseSocketPairs() {
  sock_filter instructions[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_socketpair, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  sock_fprog program = {4, instructions};
  return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
         prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}

std::string ReadAll(int fd) {
  std::string text;
  char buffer[65536];
  lseek(fd, 0, SEEK_SET);
  for (ssize_t got = 0; (got = read(fd, buffer, sizeof(buffer))) > 0;) {
    text.append(buffer, static_cast<std::size_t>(got));
  }
  return text;
}

}  // namespace

Program::Program(const std::vector<std::string>& arguments, Start start, const std::string& binary)
    : out_(memfd_create("stdout", MFD_CLOEXEC)), err_(memfd_create("stderr", MFD_CLOEXEC)) {
  std::vector<std::string> copies = {binary};
  copies.insert(copies.end(), arguments.begin(), arguments.end());
  std::vector<char*> pointers;
  for (std::string& argument : copies) pointers.push_back(argument.data());
  pointers.push_back(nullptr);
  pid_ = fork();
  if (pid_ != 0) return;
  setpgid(0, 0);
  dup2(out_, STDOUT_FILENO);
  dup2(err_, STDERR_FILENO);
  if (start == Start::kAllowed || RefuseSocketPairs()) execv(pointers[0], pointers.data());
  _exit(127);
}

Program::~Program() {
  if (pid_ > 0) {
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
  }
  close(out_);
  close(err_);
}

Outcome Program::Wait(std::chrono::milliseconds deadline) {
  Outcome outcome;
  const auto end = Clock::now() + deadline;
  int status = 0;
  for (;;) {
    const pid_t reaped = waitpid(pid_, &status, WNOHANG);
    if (reaped == pid_) break;
    if (Clock::now() > end) {
      outcome.timed_out = true;
      kill(pid_, SIGKILL);
      waitpid(pid_, &status, 0);
      break;
    }
    std::this_thread::sleep_for(2ms);
  }
  pid_ = 0;
  outcome.by_signal = WIFSIGNALED(status);
  outcome.code = outcome.by_signal ? WTERMSIG(status) : WEXITSTATUS(status);
  outcome.out = ReadAll(out_);
  outcome.err = ReadAll(err_);
  return outcome;
}

void Program::Signal(int number) const { kill(pid_, number); }

std::string Program::Said() const {
  std::string text;
  char buffer[65536];
  // With an offset of its own: the program's own place in the file is shared with us.
  for (ssize_t got = 0; (got = pread(err_, buffer, sizeof(buffer), static_cast<off_t>(text.size()))) > 0;) {
    text.append(buffer, static_cast<std::size_t>(got));
  }
  return text;
}

std::optional<std::vector<pid_t>> Program::AwaitParties(std::chrono::milliseconds deadline) const {
  const auto end = Clock::now() + deadline;
  while (Clock::now() < end) {
    std::vector<pid_t> parties(3, 0);
    for (const pid_t child : ChildrenOf(pid_)) {
      const std::string command = ReadProc(child, "cmdline");
      for (unsigned i = 0; i < 3; ++i) {
        const std::string words = std::string("party-process") + '\0' + std::to_string(i) + '\0';
        if (command.find(words) != std::string::npos) parties[i] = child;
      }
    }
    if (std::ranges::all_of(parties, [](pid_t pid) { return pid > 0; })) return parties;
    std::this_thread::sleep_for(1ms);
  }
  return std::nullopt;
}

Outcome RunProgram(const std::vector<std::string>& arguments, Start start) {
  return Program(arguments, start).Wait();
}

std::string ReadProc(pid_t pid, const std::string& name) {
  std::ifstream in("/proc/" + std::to_string(pid) + "/" + name, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

bool IsRunning(pid_t pid) {
  const std::string stat = ReadProc(pid, "stat");
  const std::size_t end_of_name = stat.rfind(')');
  return end_of_name != std::string::npos && stat.size() > end_of_name + 2 && stat[end_of_name + 2] != 'Z' &&
         stat[end_of_name + 2] != 'X';
}

std::vector<pid_t> ChildrenOf(pid_t pid) {
  std::vector<pid_t> children;
  for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
    const std::string name = entry.path().filename();
    if (!std::ranges::all_of(name, [](char c) { return c >= '0' && c <= '9'; })) continue;
    const auto candidate = static_cast<pid_t>(std::stol(name));
    const std::string stat = ReadProc(candidate, "stat");
    const std::size_t end_of_name = stat.rfind(')');
    if (end_of_name == std::string::npos) continue;
    std::istringstream fields(stat.substr(end_of_name + 1));
    std::string state;
    pid_t parent = 0;
    fields >> state >> parent;
    if (parent == pid) children.push_back(candidate);
  }
  return children;
}

TemporaryFile::TemporaryFile(const std::string& name, const std::string& text)
    : path_(testing::TempDir() + "mpcstats_" + std::to_string(getpid()) + "_" + name) {
  std::ofstream(path_, std::ios::binary) << text;
}

TemporaryFile::~TemporaryFile() { std::filesystem::remove(path_); }

std::string LargeTable(std::size_t rows) {
  std::string text = "x\n";
  for (std::uint64_t i = 1; i <= rows; ++i) text += std::to_string((i * 2654435761u) % 4294967296u) + "\n";
  return text;
}

std::string SourceFile(const std::string& relative) {
  return std::string(MPCSTATS_SOURCE_DIR) + "/" + relative;
}

}  // namespace mpcstats::e2e
