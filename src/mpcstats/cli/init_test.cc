#include <gmock/gmock.h>
#include <unistd.h>

#include "mpcstats/cli/cli_testing.h"

namespace mpcstats {
namespace {

using testing::HasSubstr;
using testing::Not;

class InitTest : public CliTest {
 protected:
  // Refused with exit code 2 before anything is made.
  std::string Refusal(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), "init");
    const Ran ran = RunCli(arguments);
    EXPECT_EQ(ran.code, 2) << ran.out;
    EXPECT_EQ(ran.out, "");
    EXPECT_FALSE(std::filesystem::exists(path("d")));
    return ran.err;
  }
};

TEST_F(InitTest, MakesADirectoryForItsOwnerAloneWithAConfigurationThatLoads) {
  const Ran ran =
      RunCli({"init", "party", path("p"), "--name", "A", "--url", "https://a.example:8443", "--index", "2"});
  ASSERT_EQ(ran.code, 0) << ran.err;
  EXPECT_EQ(ModeOf(path("p")), 0700u);
  EXPECT_EQ(ModeOf(path("p/config.toml")), 0600u);
  EXPECT_EQ(ModeOf(path("p/identity.pem")), 0600u);
  const Result<ServiceConfig> config = LoadServiceConfig(path("p/config.toml"));
  ASSERT_TRUE(config) << config.error().message();
  EXPECT_EQ(config->index, 2u);
  EXPECT_EQ(config->data_dir, path("p"));
}

TEST_F(InitTest, PrintsWhatTheSurveyMustSay) {
  const Ran ran = RunCli({"init", "party", path("p"), "--name", "A", "--url", "https://a.example:8443",
                          "--listen", "[::]:8443", "--mpc", "[::]:7000", "--index", "0"});
  const Result<Identity> identity = Identity::Load(path("p/identity.pem"));
  ASSERT_TRUE(identity);
  EXPECT_THAT(ran.out, HasSubstr("[[parties]]\nname = \"A\"\nurl = \"https://a.example:8443\"\nmpc = "
                                 "\"a.example:7000\"\nidentity = \"" +
                                 IdentityText(identity->PublicKey()) + "\"\n"));
}

TEST_F(InitTest, SpellsTheUrlAsSurveysDo) {
  for (const auto& [given, spelled] : {std::pair("https://A.Example", "https://a.example:443"),
                                       std::pair("https://a.example:8443/", "https://a.example:8443"),
                                       std::pair("https://[2001:DB8::1]:1", "https://[2001:db8::1]:1")}) {
    std::filesystem::remove_all(path("c"));
    const Ran ran = RunCli({"init", "coordinator", path("c"), "--url", given});
    EXPECT_THAT(ran.out, HasSubstr("url = \"" + std::string(spelled) + "\"\n"));
    EXPECT_EQ(LoadServiceConfig(path("c/config.toml"))->url, spelled);
  }
}

TEST_F(InitTest, EveryRoleHasAConfigurationThatLoads) {
  for (const std::string role : {"coordinator", "publish"}) {
    const Ran ran = RunCli({"init", role, path(role), "--url", "https://c.example"});
    ASSERT_EQ(ran.code, 0) << ran.err;
    EXPECT_EQ(RoleName(LoadServiceConfig(path(role + "/config.toml"))->role), role);
    EXPECT_THAT(ran.out, Not(HasSubstr("mpc =")));
  }
  EXPECT_TRUE(LoadServiceConfig(path("publish/config.toml"))->listen.IsLoopback());
}

TEST_F(InitTest, APublisherOnThisMachineNeedsNoTls) {
  ASSERT_EQ(RunCli({"init", "publish", path("p")}).code, 0);
  const Result<ServiceConfig> config = LoadServiceConfig(path("p/config.toml"));
  ASSERT_TRUE(config) << config.error().message();
  EXPECT_TRUE(config->plain_http);
  EXPECT_EQ(config->url, "http://127.0.0.1:8004");
}

TEST_F(InitTest, ANameCannotBreakOutOfItsQuotes) {
  const std::string name = R"(A "B" \ C)";
  ASSERT_EQ(RunCli({"init", "publish", path("p"), "--name", name}).code, 0);
  EXPECT_EQ(LoadServiceConfig(path("p/config.toml"))->name, name);
}

TEST_F(InitTest, RefusesToReplaceAConfiguration) {
  ASSERT_EQ(RunCli({"init", "publish", path("p"), "--name", "first"}).code, 0);
  const std::string before = ReadAll(path("p/config.toml"));
  const Ran again = RunCli({"init", "publish", path("p"), "--name", "second"});
  EXPECT_EQ(again.code, 2);
  EXPECT_THAT(again.err, HasSubstr("is there already"));
  EXPECT_EQ(ReadAll(path("p/config.toml")), before);
}

TEST_F(InitTest, RefusesToWriteThroughADanglingLink) {
  ASSERT_EQ(mkdir(path("p").c_str(), 0700), 0);
  ASSERT_EQ(symlink(path("elsewhere").c_str(), path("p/config.toml").c_str()), 0);
  EXPECT_EQ(RunCli({"init", "publish", path("p")}).code, 2);
  EXPECT_FALSE(std::filesystem::exists(path("elsewhere")));
}

TEST_F(InitTest, KeepsAnIdentityThatIsThere) {
  ASSERT_EQ(RunCli({"init", "publish", path("p")}).code, 0);
  const std::string identity = ReadAll(path("p/identity.pem"));
  std::filesystem::remove(path("p/config.toml"));
  ASSERT_EQ(RunCli({"init", "publish", path("p")}).code, 0);
  EXPECT_EQ(ReadAll(path("p/identity.pem")), identity);
}

TEST_F(InitTest, RefusesADirectoryThatOthersMayUse) {
  ASSERT_EQ(mkdir(path("p").c_str(), 0700), 0);
  ASSERT_EQ(chmod(path("p").c_str(), 0755), 0);
  const Ran ran = RunCli({"init", "publish", path("p")});
  EXPECT_EQ(ran.code, 2);
  EXPECT_THAT(ran.err, HasSubstr("run: chmod 700"));
  EXPECT_FALSE(std::filesystem::exists(path("p/identity.pem")));
}

TEST_F(InitTest, RefusesADirectoryThatCannotBeMade) {
  EXPECT_THAT(Refusal({"publish", path("d/e/f")}), HasSubstr("cannot be made"));
}

TEST_F(InitTest, RefusesRolesAndIndicesThatAreNone) {
  EXPECT_THAT(Refusal({"judge", path("d")}), HasSubstr("party, coordinator, publish or notary"));
  EXPECT_THAT(Refusal({"party", path("d"), "--url", "https://a"}), HasSubstr("--index 0, 1 or 2"));
  EXPECT_THAT(Refusal({"party", path("d"), "--url", "https://a", "--index", "3"}),
              HasSubstr("--index 0, 1 or 2"));
  EXPECT_THAT(Refusal({"coordinator", path("d"), "--url", "https://a", "--index", "0"}),
              HasSubstr("--index is for a"));
  EXPECT_THAT(Refusal({"publish", path("d"), "--mpc", "0.0.0.0:1"}), HasSubstr("--mpc is for a party"));
}

TEST_F(InitTest, RefusesAddressesThatCannotWork) {
  EXPECT_THAT(Refusal({"coordinator", path("d")}), HasSubstr("--url https://"));
  EXPECT_THAT(Refusal({"coordinator", path("d"), "--url", "http://c.example"}), HasSubstr("https://"));
  EXPECT_THAT(Refusal({"coordinator", path("d"), "--url", "c.example"}), HasSubstr("--url: "));
  EXPECT_THAT(Refusal({"coordinator", path("d"), "--url", "https://c.example/a"}),
              HasSubstr("without a path"));
  EXPECT_THAT(Refusal({"coordinator", path("d"), "--url", "https://c", "--listen", "c.example:1"}),
              HasSubstr("--listen: "));
  EXPECT_THAT(Refusal({"party", path("d"), "--index", "0", "--url", "https://c", "--mpc", "c.example:1"}),
              HasSubstr("--mpc: "));
  EXPECT_THAT(Refusal({"party", path("d"), "--index", "0", "--url", "https://c", "--mpc", "0.0.0.0:0"}),
              HasSubstr("port that is not 0"));
  EXPECT_THAT(Refusal({"party", path("d"), "--index", "0", "--url", "https://c", "--mpc", "0.0.0.0:8443"}),
              HasSubstr("a port of its own"));
  EXPECT_THAT(Refusal({"publish", path("d"), "--listen", "0.0.0.0:80", "--url", "http://p.example"}),
              HasSubstr("behind_proxy"));
}

TEST_F(InitTest, RefusesNamesThatShowAsSomethingElse) {
  EXPECT_THAT(Refusal({"publish", path("d"), "--name", "a\nb"}), HasSubstr("--name has a line end"));
  EXPECT_THAT(Refusal({"publish", path("d"), "--name", "a\x1b[1m"}),
              HasSubstr("--name has a control character"));
}

}  // namespace
}  // namespace mpcstats
