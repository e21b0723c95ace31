#include "mpcstats/cli/credentials.h"

#include <gmock/gmock.h>
#include <unistd.h>

#include <iostream>
#include <sstream>

#include "mpcstats/cli/cli_testing.h"
#include "mpcstats/survey/template_testing.h"

namespace mpcstats {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using Values = std::map<std::string, std::string>;

// Standard input of a test.
class Typed {
 public:
  explicit Typed(const std::string& text) : text_(text), before_(std::cin.rdbuf(text_.rdbuf())) {}
  Typed(const Typed&) = delete;
  Typed& operator=(const Typed&) = delete;
  ~Typed() {
    std::cin.rdbuf(before_);
    std::cin.clear();
  }

 private:
  std::istringstream text_;
  std::streambuf* before_;
};

Credentials Given(Values values) {
  Credentials given;
  given.values = std::move(values);
  return given;
}

// A request with a signature over the query before it.
Values SignedExchange() {
  return {{"api_key", "k3yk3yk3yk3yk3yk"},
          {"api_secret", "key"},
          {"timestamp", "@now_ms"},
          {"signature", "@hmac_sha256 api_secret"}};
}

TEST(ParseCredentials, ReadsOneValueALine) {
  const auto given = ParseCredentials(
      "# of the exchange\n\n  api_key = \"k3y\"  \r\ntimestamp=\"@now_ms\"\n\tempty = \"\"\nlast = \"a = b # "
      "c\"");
  ASSERT_TRUE(given.has_value()) << given.error().message();
  EXPECT_EQ(given->values,
            (Values{{"api_key", "k3y"}, {"timestamp", "@now_ms"}, {"empty", ""}, {"last", "a = b # c"}}));
}

TEST(ParseCredentials, SaysWhichLineIsNoneAndNotWhatItSays) {
  for (const char* line :
       {"s3cret", "name = s3cret", "name = \"s3cret", "name = s3cret\"", "name = \"s3\"cret\"",
        "name = \"s3cret\\\"", "= \"s3cret\"", "Name = \"s3cret\"", "na me = \"s3cret\"", "name = \"",
        "name \"s3cret\"", "name = \"s3cret\" # why", "a23456789012345678901234567890123 = \"s3cret\""}) {
    const auto given = ParseCredentials("first = \"1\"\n" + std::string(line) + "\n");
    ASSERT_FALSE(given.has_value()) << line;
    EXPECT_EQ(given.error().code(), ErrorCode::kInvalidArgument);
    EXPECT_THAT(given.error().message(), HasSubstr("line 2")) << line;
    EXPECT_THAT(given.error().message(), Not(HasSubstr("s3"))) << line;
  }
}

TEST(ParseCredentials, RefusesANameTwice) {
  const auto given = ParseCredentials("key = \"a\"\nkey = \"b\"\n");
  ASSERT_FALSE(given.has_value());
  EXPECT_THAT(given.error().message(), HasSubstr("line 2"));
}

class ReadCredentialsTest : public CliTest {
 protected:
  std::string Write(std::string_view text, mode_t mode) {
    const std::string at = path("secrets");
    WriteAll(at, text);
    EXPECT_EQ(chmod(at.c_str(), mode), 0);
    return at;
  }
  const Template source_ = MustParse(ExchangeText());
};

TEST_F(ReadCredentialsTest, ReadsAFileThatIsTheOwnersAlone) {
  const auto given = ReadCredentials(Write("api_key = \"k3y\"\n", 0600), source_);
  ASSERT_TRUE(given.has_value()) << given.error().message();
  EXPECT_EQ(given->values, (Values{{"api_key", "k3y"}}));
}

TEST_F(ReadCredentialsTest, RefusesAFileThatOthersMayRead) {
  for (const mode_t mode : {0640, 0604, 0660}) {
    const auto given = ReadCredentials(Write("api_key = \"k3y\"\n", mode), source_);
    ASSERT_FALSE(given.has_value()) << mode;
    EXPECT_THAT(given.error().message(), HasSubstr("chmod 600"));
  }
}

TEST_F(ReadCredentialsTest, RefusesNoFileAndAFileThatIsTooLong) {
  EXPECT_EQ(ReadCredentials(path("none"), source_).error().code(), ErrorCode::kNotFound);
  EXPECT_FALSE(ReadCredentials(Write(std::string(70'000, '#'), 0600), source_).has_value());
}

TEST_F(ReadCredentialsTest, ReadsStandardInput) {
  const Typed typed("api_key = \"k3y\"\n");
  EXPECT_EQ(ReadCredentials("-", source_)->values, (Values{{"api_key", "k3y"}}));
}

TEST_F(ReadCredentialsTest, AsksForEachHoleOfTheRequest) {
  const Typed typed("1795352700000\nabcd\nk3y\nnot read\n");
  const auto given = ReadCredentials("", source_);
  ASSERT_TRUE(given.has_value()) << given.error().message();
  EXPECT_EQ(given->values,
            (Values{{"timestamp", "1795352700000"}, {"signature", "abcd"}, {"api_key", "k3y"}}));
}

TEST_F(ReadCredentialsTest, SaysWhichCredentialWasNotTyped) {
  const Typed typed("1795352700000\n");
  const auto given = ReadCredentials("", source_);
  ASSERT_FALSE(given.has_value());
  EXPECT_THAT(given.error().message(), HasSubstr("signature"));
  EXPECT_THAT(given.error().message(), Not(HasSubstr("1795352700000")));
}

TEST(FillHoles, TakesValuesAndTheTime) {
  const Template source = MustParse(ExchangeText());
  const auto filled = FillHoles(
      source, Given({{"api_key", "k"}, {"signature", "5"}, {"timestamp", "@now_ms"}, {"x", "y"}}), 17);
  ASSERT_TRUE(filled.has_value()) << filled.error().message();
  EXPECT_EQ(filled->values, (Values{{"api_key", "k"}, {"signature", "5"}, {"timestamp", "17"}}));
}

// $ printf 'asset=ETH&timestamp=1795352700000' | openssl dgst -sha256 -hmac key
TEST(FillHoles, SignsTheQueryBeforeTheSignature) {
  const auto filled = FillHoles(MustParse(ExchangeText()), Given(SignedExchange()), 1'795'352'700'000);
  ASSERT_TRUE(filled.has_value()) << filled.error().message();
  EXPECT_EQ(filled->values.at("signature"),
            "13fb1b745931d22c56ade97198b14251e3456876116e8c631be4d189297f6748");
  EXPECT_EQ(filled->values.count("api_secret"), 0u);
}

TEST(FillHoles, TheSignatureFollowsTheTimeAndTheKey) {
  const Template source = MustParse(ExchangeText());
  const auto sign = [&](const std::string& key, std::uint64_t now) {
    Values values = SignedExchange();
    values["api_secret"] = key;
    return FillHoles(source, Given(values), now)->values.at("signature");
  };
  EXPECT_EQ(sign("key", 1), sign("key", 1));
  EXPECT_NE(sign("key", 1), sign("key", 2));
  EXPECT_NE(sign("key", 1), sign("kez", 1));
}

TEST(FillHoles, NamesTheHoleThatHasNoValue) {
  const Template source = MustParse(ExchangeText());
  for (const char* name : {"api_key", "timestamp", "signature"}) {
    Values values = SignedExchange();
    values.erase(name);
    const auto filled = FillHoles(source, Given(values), 1);
    ASSERT_FALSE(filled.has_value()) << name;
    EXPECT_THAT(filled.error().message(), HasSubstr(name));
    EXPECT_THAT(filled.error().message(), Not(HasSubstr("k3y")));
  }
}

TEST(FillHoles, NamesASignatureWithoutItsKey) {
  Values values = SignedExchange();
  values.erase("api_secret");
  const auto filled = FillHoles(MustParse(ExchangeText()), Given(values), 1);
  ASSERT_FALSE(filled.has_value());
  EXPECT_THAT(filled.error().message(), HasSubstr("signature is to be signed"));
}

}  // namespace
}  // namespace mpcstats
