#include "mpcstats/service/config.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

namespace mpcstats {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;

constexpr std::string_view kParty =
    "role = \"party\"\nname = \"A\"\nurl = \"https://a.example:8443\"\nindex = 1\n";
constexpr std::string_view kCoordinator =
    "role = \"coordinator\"\nname = \"C\"\nurl = \"https://c.example\"\n";
constexpr std::string_view kNotary = "role = \"notary\"\nname = \"N\"\nurl = \"https://n.example\"\n";
constexpr std::string_view kPublish = "role = \"publish\"\nname = \"P\"\nurl = \"https://p.example\"\n";

Result<ServiceConfig> Parse(std::string_view start, std::string_view more = "") {
  return ParseServiceConfig(std::string(start) + std::string(more), "/etc/mpcstats");
}
std::string Refusal(std::string_view start, std::string_view more = "") {
  const Result<ServiceConfig> parsed = Parse(start, more);
  if (parsed) return "accepted";
  EXPECT_EQ(parsed.error().code(), ErrorCode::kInvalidArgument);
  return parsed.error().message();
}

TEST(ServiceConfig, PartyNeedsFewKeys) {
  const Result<ServiceConfig> config = Parse(kParty);
  ASSERT_TRUE(config) << config.error().message();
  EXPECT_EQ(config->role, ServiceRole::kParty);
  EXPECT_EQ(config->index, 1u);
  EXPECT_EQ(config->listen, (HostPort{"0.0.0.0", 8443}));
  EXPECT_EQ(config->mpc_listen, (HostPort{"0.0.0.0", 9443}));
  EXPECT_EQ(config->data_dir, "/etc/mpcstats");
  EXPECT_FALSE(config->metrics_listen);
}

TEST(ServiceConfig, TheLargestRequestInModeMpcIsABucketOrNone) {
  EXPECT_EQ(Parse(kNotary)->notary.mpc_request_bytes, 2048u);
  for (const unsigned bytes : {0u, 256u, 512u, 1024u, 2048u}) {
    const auto config = Parse(kNotary, fmt::format("[sessions]\nmpc_request_bytes = {}\n", bytes));
    ASSERT_TRUE(config) << config.error().message();
    EXPECT_EQ(config->notary.mpc_request_bytes, bytes);
  }
  for (const unsigned bytes : {1u, 255u, 257u, 2047u}) {
    EXPECT_THAT(Refusal(kNotary, fmt::format("[sessions]\nmpc_request_bytes = {}\n", bytes)),
                AllOf(HasSubstr("mpc_request_bytes"), HasSubstr("write 256, 512, 1024 or 2048, or 0")));
  }
  EXPECT_THAT(Refusal(kNotary, "[sessions]\nmpc_request_bytes = 4096\n"), HasSubstr("from 0 to 2048"));
}

TEST(ServiceConfig, ReadsEveryKey) {
  const Result<ServiceConfig> config = Parse(kParty, R"(data_dir = "data"
listen = "127.0.0.1:0"
mpc_listen = "[::1]:0"
metrics_listen = "127.0.0.1:9464"
threads = 8
[log]
level = "warning"
format = "json"
[limits]
requests_per_minute = 60
burst = 5
connections = 99
)");
  ASSERT_TRUE(config) << config.error().message();
  EXPECT_EQ(config->data_dir, "/etc/mpcstats/data");
  EXPECT_EQ(config->listen, (HostPort{"127.0.0.1", 0}));
  EXPECT_EQ(config->mpc_listen, (HostPort{"::1", 0}));
  EXPECT_EQ(config->metrics_listen, (HostPort{"127.0.0.1", 9464}));
  EXPECT_EQ(config->threads, 8u);
  EXPECT_EQ(config->log.level, LogLevel::kWarning);
  EXPECT_EQ(config->log.format, LogFormat::kJson);
  EXPECT_EQ(config->limits.requests_per_minute, 60u);
  EXPECT_EQ(config->limits.burst, 5u);
  EXPECT_EQ(config->limits.connections, 99u);
  EXPECT_EQ(Parse(kCoordinator, "batch_interval_seconds = 5\n")->batch_interval_seconds, 5u);
}

TEST(ServiceConfig, ReadsThePublishersKeys) {
  const Result<ServiceConfig> config = Parse(kPublish, R"(surveys = ["a.json", "/srv/b.json"]
sources = ["https://c.example:8443", "https://a.example"]
behind_proxy = true
[tls]
certificate_file = "chain.pem"
key_file = "/etc/key.pem"
)");
  ASSERT_TRUE(config) << config.error().message();
  EXPECT_THAT(config->surveys, ElementsAre("/etc/mpcstats/a.json", "/srv/b.json"));
  EXPECT_THAT(config->sources, ElementsAre("https://c.example:8443", "https://a.example"));
  EXPECT_EQ(config->tls->certificate_file, "/etc/mpcstats/chain.pem");
  EXPECT_EQ(config->tls->key_file, "/etc/key.pem");
}

TEST(ServiceConfig, RefusesUnknownKeysWithTheNearest) {
  EXPECT_THAT(Refusal(kParty, "lisen = \"0.0.0.0:1\"\n"),
              AllOf(HasSubstr("line 5"), HasSubstr("\"listen\"")));
  EXPECT_THAT(Refusal(kParty, "[log]\nlevle = \"info\"\n"), HasSubstr("\"level\""));
  EXPECT_THAT(Refusal(kParty, "[limits]\nbrust = 1\n"), HasSubstr("\"burst\""));
  EXPECT_THAT(Refusal(kPublish, "[tls]\nkey = \"x\"\n"), HasSubstr("\"key_file\""));
  EXPECT_THAT(Refusal(kParty, "password = \"x\"\n"), HasSubstr("has no key"));
}

TEST(ServiceConfig, RefusesKeysOfAnotherRole) {
  EXPECT_THAT(Refusal(kParty, "sources = []\n"), HasSubstr("is a key of role publish, and this is party"));
  EXPECT_THAT(Refusal(kParty, "plain_http = true\n"), HasSubstr("key of role publish"));
  EXPECT_THAT(Refusal(kCoordinator, "index = 0\n"), HasSubstr("key of role party"));
  EXPECT_THAT(Refusal(kPublish, "batch_interval_seconds = 1\n"), HasSubstr("key of role coordinator"));
}

TEST(ServiceConfig, RefusesWhatIsMissing) {
  EXPECT_THAT(Refusal(""), HasSubstr("no \"role\""));
  EXPECT_THAT(Refusal("role = \"party\"\nurl = \"https://a\"\nindex = 0\n"), HasSubstr("no \"name\""));
  EXPECT_THAT(Refusal("role = \"coordinator\"\nname = \"A\"\n"), HasSubstr("no \"url\""));
  EXPECT_THAT(Refusal("role = \"party\"\nname = \"A\"\nurl = \"https://a\"\n"), HasSubstr("no \"index\""));
  EXPECT_THAT(Refusal(kPublish, "[tls]\ncertificate_file = \"x\"\n"), HasSubstr("no \"key_file\""));
}

TEST(ServiceConfig, RefusesValuesThatMakeNoSense) {
  EXPECT_THAT(Refusal("role = \"judge\"\n"), HasSubstr("party, coordinator, publish or notary"));
  EXPECT_THAT(Refusal("role = \"party\"\nname = \"A\"\nurl = \"https://a\"\nindex = 3\n"),
              HasSubstr("from 0 to 2"));
  EXPECT_THAT(Refusal(kParty, "listen = \"localhost:1\"\n"), HasSubstr("like 0.0.0.0:8443"));
  EXPECT_THAT(Refusal(kParty, "listen = 8443\n"), HasSubstr("in quotes"));
  EXPECT_THAT(Refusal(kParty, "mpc_listen = \"0.0.0.0:8443\"\n"), HasSubstr("a port of its own"));
  EXPECT_THAT(Refusal(kParty, "metrics_listen = \"0.0.0.0:9464\"\n"), HasSubstr("open to other machines"));
  EXPECT_THAT(Refusal(kParty, "threads = 0\n"), HasSubstr("from 1 to 64"));
  EXPECT_THAT(Refusal(kParty, "[log]\nlevel = \"verbose\"\n"), HasSubstr("debug, info, warning or error"));
  EXPECT_THAT(Refusal(kParty, "[log]\nformat = \"xml\"\n"), HasSubstr("text or json"));
  EXPECT_THAT(Refusal(kParty, "log = 1\n"), HasSubstr("where a table should be"));
  EXPECT_THAT(Refusal(kParty, "[limits]\nburst = 0\n"), HasSubstr("from 1 to"));
  EXPECT_THAT(Refusal(kCoordinator, "batch_interval_seconds = 0\n"), HasSubstr("from 1 to 86400"));
}

TEST(ServiceConfig, RefusesUrlsThatAreNotSafe) {
  constexpr std::string_view kStart = "role = \"coordinator\"\nname = \"A\"\n";
  EXPECT_THAT(Refusal(kStart, "url = \"http://a.example\"\n"), HasSubstr("write https://"));
  EXPECT_THAT(Refusal(kStart, "url = \"a.example\"\n"), HasSubstr("write it like https://"));
  EXPECT_TRUE(Parse(kStart, "url = \"http://127.0.0.1:80\"\n"));
  EXPECT_THAT(Refusal(kPublish, "sources = [\"http://a.example\"]\n"), HasSubstr("write https://"));
  EXPECT_THAT(Refusal(kPublish, "sources = [1]\n"), HasSubstr("number 1 of \"sources\""));
  EXPECT_THAT(Refusal(kPublish, "surveys = [\"a\", \"a\"]\n"), HasSubstr("twice"));
}

TEST(ServiceConfig, PlainHttpOnlyForThisMachineOrBehindAProxy) {
  EXPECT_THAT(Refusal(kPublish, "plain_http = true\n"), HasSubstr("behind_proxy = true"));
  EXPECT_TRUE(Parse(kPublish, "plain_http = true\nlisten = \"127.0.0.1:8080\"\n"));
  EXPECT_TRUE(Parse(kPublish, "plain_http = true\nbehind_proxy = true\n"));
  EXPECT_THAT(Refusal(kPublish,
                      "plain_http = true\nbehind_proxy = true\n[tls]\nkey_file = \"k\"\n"
                      "certificate_file = \"c\"\n"),
              HasSubstr("remove one of them"));
}

TEST(ServiceConfig, RefusesWhatIsNotAConfiguration) {
  EXPECT_THAT(Refusal("role = "), HasSubstr("not valid TOML"));
  EXPECT_THAT(Refusal(std::string_view("role\0", 5)), HasSubstr("control character"));
  EXPECT_THAT(Refusal("\xff"), HasSubstr("not UTF-8"));
  EXPECT_THAT(Refusal(std::string(kMaxConfigBytes + 1, '#')), HasSubstr("make it at most"));
}

struct ConfigFileTest : testing::Test {
  ConfigFileTest() {
    std::string pattern = testing::TempDir() + "mpcstats_config_XXXXXX";
    directory = mkdtemp(pattern.data());
    path = directory + "/config.toml";
  }
  ~ConfigFileTest() override { std::filesystem::remove_all(directory); }

  std::string Write(const std::string& file, std::string_view text, mode_t mode) const {
    std::ofstream(directory + "/" + file) << text;
    chmod((directory + "/" + file).c_str(), mode);
    return directory + "/" + file;
  }
  std::string LoadRefusal() const {
    const Result<ServiceConfig> loaded = LoadServiceConfig(path);
    return loaded ? "accepted" : loaded.error().message();
  }

  std::string directory;
  std::string path;
};

TEST_F(ConfigFileTest, LoadsWithTheDirectoryOfTheFile) {
  Write("config.toml", kParty, 0644);
  const Result<ServiceConfig> config = LoadServiceConfig(path);
  ASSERT_TRUE(config) << config.error().message();
  EXPECT_EQ(config->data_dir, directory);
}

TEST_F(ConfigFileTest, RefusesAMissingFile) {
  EXPECT_EQ(LoadServiceConfig(path).error().code(), ErrorCode::kNotFound);
  EXPECT_THAT(LoadRefusal(), HasSubstr("mpcstats init"));
}

TEST_F(ConfigFileTest, RefusesADirectoryAndAPipe) {
  std::filesystem::create_directory(path);
  EXPECT_THAT(LoadRefusal(), HasSubstr("is not a file"));
  std::filesystem::remove(path);
  ASSERT_EQ(mkfifo(path.c_str(), 0600), 0);
  EXPECT_THAT(LoadRefusal(), HasSubstr("is not a file"));
}

TEST_F(ConfigFileTest, RefusesAFileThatOthersMayWrite) {
  Write("config.toml", kParty, 0664);
  EXPECT_THAT(LoadRefusal(), HasSubstr("run: chmod go-w " + path));
  Write("config.toml", kParty, 0602);
  EXPECT_THAT(LoadRefusal(), HasSubstr("run: chmod go-w"));
}

TEST_F(ConfigFileTest, NamesTheFileInFrontOfItsFaults) {
  Write("config.toml", "role = 1\n", 0600);
  EXPECT_THAT(LoadRefusal(), testing::StartsWith(path + ": line 1"));
}

TEST_F(ConfigFileTest, RefusesADataDirectoryThatOthersMayUse) {
  Write("config.toml", std::string(kParty) + "data_dir = \"data\"\n", 0600);
  EXPECT_THAT(LoadRefusal(), HasSubstr("is not there"));
  std::filesystem::create_directory(directory + "/data");
  chmod((directory + "/data").c_str(), 0755);
  EXPECT_THAT(LoadRefusal(), HasSubstr("run: chmod 700 " + directory + "/data"));
}

TEST_F(ConfigFileTest, RefusesATlsKeyThatOthersMayRead) {
  Write("config.toml", std::string(kPublish) + "[tls]\ncertificate_file = \"c.pem\"\nkey_file = \"k.pem\"\n",
        0600);
  EXPECT_THAT(LoadRefusal(), HasSubstr("c.pem: No such file"));
  Write("c.pem", "x", 0644);
  Write("k.pem", "x", 0640);
  EXPECT_THAT(LoadRefusal(), HasSubstr("run: chmod 600 " + directory + "/k.pem"));
  Write("k.pem", "x", 0600);
  EXPECT_EQ(LoadRefusal(), "accepted");
}

}  // namespace
}  // namespace mpcstats
