// mpcstats init: a directory for a party, coordinator or publisher: configuration, identity key, and what to tell the organiser.
#include <fmt/core.h>
#include <sys/stat.h>

#include <CLI/CLI.hpp>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <memory>

#include "mpcstats/cli/command.h"
#include "mpcstats/service/config.h"
#include "mpcstats/service/data_directory.h"

namespace mpcstats {
namespace {

struct Arguments {
  std::string role;
  std::string directory;
  std::string name;
  std::string listen;
  std::string mpc;
  std::string url;
  unsigned index = 0;
};

std::string ConfigText(const Arguments& a, ServiceRole role) {
  std::string text = fmt::format(
      "# mpcstats {0} --config THIS FILE. docs/operations.md explains every key. There is no secret in "
      "here.\nrole = \"{0}\"\n"
      "name = \"{1}\"\n\n# Where others reach this service: what surveys name.\nurl = \"{2}\"\nlisten = "
      "\"{3}\"\n\n"
      "# identity.pem, the database and the keys of surveys; for the owner alone.\ndata_dir = \".\"\n",
      RoleName(role), a.name, a.url, a.listen);
  if (role == ServiceRole::kParty) {
    text += fmt::format(
        "\n# Which of the three parties this is, and where the other two reach it for computations.\nindex = "
        "{}\n"
        "mpc_listen = \"{}\"\n",
        a.index, a.mpc);
  }
  if (role == ServiceRole::kCoordinator) {
    text +=
        "\n# Seconds from the moment when there are enough answers for a batch until it "
        "closes.\nbatch_interval_seconds = 60\n";
  }
  if (role == ServiceRole::kPublish) {
    text += fmt::format(
        "\n# Without TLS, for this machine or behind a proxy that speaks TLS (then behind_proxy = "
        "true).\nplain_http = {}\n"
        "# Signed surveys to show beside those that are posted here.\nsurveys = []\n",
        a.url.starts_with("http://") ? "true" : "false");
  }
  return text;
}

Result<int> Init(Arguments a) {
  ASSIGN_OR_RETURN(const ServiceRole role, ParseRole(a.role));
  const bool publish = role == ServiceRole::kPublish;
  if (a.listen.empty()) a.listen = publish ? "127.0.0.1:8004" : "0.0.0.0:8443";
  if (a.mpc.empty()) a.mpc = "0.0.0.0:9443";
  if (a.url.empty())
    a.url = publish ? "http://" + a.listen : "https://localhost:" + a.listen.substr(a.listen.rfind(':') + 1);
  if (a.name.empty()) a.name = "Name of the organisation";
  if (role == ServiceRole::kParty && a.index > 2) {
    return Fail(ErrorCode::kInvalidArgument, "--index is 0, 1 or 2: which of the three parties this is");
  }
  const std::string text = ConfigText(a, role);
  RETURN_IF_ERROR(ParseServiceConfig(text, a.directory));
  if (mkdir(a.directory.c_str(), 0700) != 0 && errno != EEXIST) {
    return Fail(ErrorCode::kInvalidArgument,
                fmt::format("{} cannot be made: {}", a.directory, std::strerror(errno)));
  }
  RETURN_IF_ERROR(CheckDataDirectory(a.directory));
  const std::string path = a.directory + "/config.toml";
  struct stat info{};
  if (stat(path.c_str(), &info) == 0) {
    return Fail(ErrorCode::kInvalidArgument,
                path + " is there already; edit it, or choose another directory");
  }
  std::ofstream file(path, std::ios::trunc);
  file << text;
  file.close();
  if (!file || chmod(path.c_str(), 0600) != 0)
    return Fail(ErrorCode::kInvalidArgument, path + " cannot be written");
  ASSIGN_OR_RETURN(const Identity identity, LoadOrCreateIdentity(a.directory));
  fmt::print("# {} and {} are made. Give this to whoever writes the survey:\n\n", path,
             IdentityPath(a.directory));
  const std::string table = role == ServiceRole::kParty         ? "[[parties]]"
                            : role == ServiceRole::kCoordinator ? "[coordinator]"
                                                                : "[publisher]";
  fmt::print("{}\nname = \"{}\"\nurl = \"{}\"\n", table, a.name, a.url);
  if (role == ServiceRole::kParty) {
    // The port is ours; the host is where the url says.
    const std::string host = a.url.substr(8, a.url.find_first_of(":/", 8) - 8);
    fmt::print("mpc = \"{}:{}\"\n", host, a.mpc.substr(a.mpc.rfind(':') + 1));
  }
  fmt::print("identity = \"{}\"\n\n# Then: mpcstats {} --config {}\n", IdentityText(identity.PublicKey()),
             RoleName(role), path);
  return 0;
}

}  // namespace

void AddInitCommand(CLI::App& app, Action* action) {
  CLI::App* command = app.add_subcommand("init", "Make the directory of a party, coordinator or publisher");
  const auto arguments = std::make_shared<Arguments>();
  command->add_option("role", arguments->role, "party, coordinator or publish")->required();
  command->add_option("directory", arguments->directory, "A new directory")->required();
  command->add_option("--name", arguments->name, "The organisation, as surveys show it");
  command->add_option("--url", arguments->url, "https://host:port where others reach it");
  command->add_option("--listen", arguments->listen, "Address and port to listen on");
  command->add_option("--mpc", arguments->mpc, "party: address and port for the two other parties");
  command->add_option("--index", arguments->index, "party: 0, 1 or 2");
  command->callback([=] {
    *action = [=] {
      const Result<int> done = Init(*arguments);
      return done ? *done : ReportError(done.error());
    };
  });
}

}  // namespace mpcstats
