// The command line in a test: a directory of its own, and commands with what they print.
#pragma once

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "mpcstats/cli/command.h"
#include "mpcstats/service/config.h"
#include "mpcstats/service/data_directory.h"

namespace mpcstats {

struct Ran {
  int code = 0;
  std::string out;
  std::string err;
};

inline Ran RunCli(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), "mpcstats");
  std::vector<char*> argv;
  for (std::string& argument : arguments) argv.push_back(argument.data());
  testing::internal::CaptureStdout();
  testing::internal::CaptureStderr();
  Ran ran;
  ran.code = RunCommandLine(static_cast<int>(argv.size()), argv.data());
  ran.out = testing::internal::GetCapturedStdout();
  ran.err = testing::internal::GetCapturedStderr();
  return ran;
}

inline std::string ReadAll(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

inline void WriteAll(const std::string& path, std::string_view text) {
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  file << text;
}

inline unsigned ModeOf(const std::string& path) {
  struct stat info{};
  return stat(path.c_str(), &info) == 0 ? info.st_mode & 07777 : 0;
}

class CliTest : public testing::Test {
 protected:
  CliTest() {
    std::string pattern = testing::TempDir() + "mpcstats_cli_XXXXXX";
    root_ = mkdtemp(pattern.data());
  }
  ~CliTest() override { std::filesystem::remove_all(root_); }

  [[nodiscard]] std::string path(const std::string& name) const { return root_ + "/" + name; }

 private:
  std::string root_;
};

/// What a survey says beside its operators: 20 to 500 answers of one number.
inline std::string SurveyText(const std::string& operators) {
  return R"toml([survey]
id = "incomes"
title = "Incomes"
opens = 2026-01-01T00:00:00Z
closes = 2096-01-01T00:00:00Z
retention_days = 30
eligibility = "open"
batch_min = 20
batch_max = 500
group_min = 10
release_every = "1h"

[[columns]]
name = "income"
label = "Income"
unit = "EUR"
kind = "number"
scale = 2
min = "0"
max = "9999.99"

[catalogue]

[[figures]]
expr = "count(income)"
label = "People"
[[figures]]
expr = "mean(income)"
label = "Average"

)toml" + operators;
}

}  // namespace mpcstats
