#include "mpcstats/survey/template.h"

#include <gtest/gtest.h>

#include "mpcstats/survey/template_testing.h"

namespace mpcstats {
namespace {

std::string Fault(const std::string& text) {
  const auto parsed = ParseTemplate(text);
  return parsed ? "no error" : parsed.error().message();
}

// A small template with `body`, `holes` and `target`.
std::string Small(const std::string& body, const std::string& holes, const std::string& target = "/a",
                  const std::string& headers = "") {
  return "[template]\nid = \"a\"\ntitle = \"A\"\nhost = \"a.example\"\n[request]\ntarget = \"" + target +
         "\"\nheaders = [" + headers + "]\n[response]\nbody = '" + body + "'\n" + holes;
}
const std::string kNumber = "[[hole]]\nname = \"n\"\nkind = \"number\"\ninteger_digits = 5\n";
const std::string kSecret =
    "[[hole]]\nname = \"k\"\nkind = \"secret\"\ncharset = \"hex\"\nmin = 1\nmax = 9\n";
std::string Skip(const std::string& charset, const std::string& min = "1") {
  return "[[hole]]\nname = \"n\"\nkind = \"skip\"\ncharset = \"" + charset + "\"\nmin = " + min +
         "\nmax = 9\n";
}

TEST(Template, ReadsTheExchange) {
  const Template source = MustParse(ExchangeText());
  EXPECT_EQ(source.id, "exchange-eth");
  EXPECT_EQ(source.host, "api.exchange.example");
  EXPECT_EQ(source.port, 443);
  ASSERT_EQ(source.holes.size(), 7u);
  const TemplateHole& balance = source.holes[*source.FindHole("balance")];
  EXPECT_EQ(balance.kind, HoleKind::kNumber);
  EXPECT_EQ(balance.min_length, 1u);
  EXPECT_EQ(balance.max_length, 19u);
  ASSERT_EQ(source.request.size(), 7u);
  EXPECT_EQ(source.request[0].literal, "GET /sapi/v1/account?asset=ETH&timestamp=");
  EXPECT_EQ(source.request[4].literal,
            " HTTP/1.1\r\nHost: api.exchange.example\r\nAccept-Encoding: identity\r\nConnection: "
            "close\r\nX-API-KEY: ");
  EXPECT_EQ(source.request[6].literal, "\r\n\r\n");
  EXPECT_EQ(source.body.front().literal, R"({"accountType":"SPOT","updateTime":)");
  EXPECT_EQ(source.body.back().literal, "}");
}

TEST(Template, NamesThePortInTheHostHeaderWhenItIsNotTheUsualOne) {
  const Template source =
      MustParse(With(Small("{\"a\":<<n>>}", kNumber), "[request]", "port = 8443\n[request]"));
  EXPECT_TRUE(source.request[0].literal.contains("\r\nHost: a.example:8443\r\n"));
}

TEST(Template, HashCoversEveryField) {
  const Template base = MustParse(ExchangeText());
  const Bytes32 hash = TemplateHash(base);
  EXPECT_EQ(TemplateHash(MustParse(ExchangeText() + "\n# a comment\n")), hash);
  const std::vector<std::pair<std::string, std::string>> changes = {
      {"id = \"exchange-eth\"", "id = \"exchange-btc\""},
      {"Free ETH of", "All ETH of"},
      {"host = \"api.", "host = \"apj."},
      {"asset=ETH&", "asset=BTC&"},
      {"X-API-KEY", "X-API-KEX"},
      {"\"x-request-id\"", "\"x-request-ie\""},
      {"\"SPOT\"", "\"SPOX\""},
      {"integer_digits = 10", "integer_digits = 9"},
      {"fraction_digits = 8", "fraction_digits = 7"},
      {"fraction_digits = 8", "fraction_digits = 8\nmin_fraction_digits = 1"},
      {"fraction_digits = 8", "fraction_digits = 8\nnegative = true"},
      {"fraction_digits = 8", "fraction_digits = 8\nleading_zeros = true"},
      {"charset = \"hex\"", "charset = \"alphanumeric\""},
      {"min = 16\nmax = 64", "min = 15\nmax = 64"},
      {"min = 16\nmax = 64", "min = 16\nmax = 65"},
      {"[[hole]]", "[[predicate]]\nname = \"rich\"\nhole = \"balance\"\nat_least = \"32\"\n[[hole]]"}};
  for (const auto& [from, to] : changes) {
    EXPECT_NE(TemplateHash(MustParse(With(ExchangeText(), from, to))), hash) << to;
  }
}

TEST(Template, HasOneEncoding) {
  // A golden digest: a change of the encoding is a change of what surveys name.
  EXPECT_EQ(ToHex(TemplateHash(MustParse(Small("{\"a\":<<n>>}", kNumber)))),
            "c1a42e84623cf693225df7d94a0a0f566ad774a79be5d53f295528790339fb5c");
}

TEST(Template, ReadsPredicates) {
  const std::string holes = kNumber + "fraction_digits = 2\n[[hole]]\nname = \"d\"\nkind = \"date\"\n" +
                            "[[hole]]\nname = \"c\"\nkind = \"choice\"\nvalues = [\"x\", \"y\"]\n";
  const std::string body = R"({"n":<<n>>,"d":"<<d>>","c":"<<c>>"})";
  const auto with = [&](const std::string& predicate) {
    return Small(body, holes + "[[predicate]]\nname = \"p\"\n" + predicate);
  };
  const Template source = MustParse(with("hole = \"n\"\nat_least = \"18\"\nat_most = \"99.5\"\n"));
  ASSERT_EQ(source.predicates.size(), 1u);
  EXPECT_EQ(source.predicates[0].at_least, 1800);
  EXPECT_EQ(source.predicates[0].at_most, 9950);
  EXPECT_EQ(MustParse(with("hole = \"d\"\nat_most = \"2008-11-28\"\n")).predicates[0].at_most, 14211);
  EXPECT_EQ(MustParse(with("hole = \"c\"\nis = \"y\"\n")).predicates[0].is, "y");
  EXPECT_TRUE(Fault(with("hole = \"n\"\n")).contains("at_least"));
  EXPECT_TRUE(Fault(with("hole = \"x\"\nat_least = \"1\"\n")).contains("no [[hole]] is"));
  EXPECT_TRUE(Fault(with("hole = \"n\"\nat_least = \"1.555\"\n")).contains("2 decimals"));
  EXPECT_TRUE(
      Fault(with("hole = \"n\"\nat_least = \"2\"\nat_most = \"1\"\n")).contains("below \"at_least\""));
  EXPECT_TRUE(Fault(with("hole = \"c\"\nis = \"z\"\n")).contains("none of the hole's values"));
  EXPECT_TRUE(Fault(with("hole = \"d\"\nat_least = \"2026-02-30\"\n")).contains("no day"));
  EXPECT_TRUE(Fault(with("hole = \"c\"\nat_least = \"1\"\n")).contains("is for numbers"));
}

TEST(Template, NamesLineAndKeyOfWhatIsWrong) {
  EXPECT_TRUE(Fault(With(ExchangeText(), "integer_digits = 10", "integer_digits = 11")).starts_with("line "));
  EXPECT_TRUE(
      Fault(With(ExchangeText(), "integer_digits = 10", "integer_digit = 10")).contains("integer_digits"));
  EXPECT_TRUE(Fault(With(ExchangeText(), "kind = \"number\"", "kind = \"numbr\""))
                  .contains("write \"secret\", \"number\""));
  EXPECT_TRUE(
      Fault(With(ExchangeText(), "charset = \"hex\"", "charset = \"hexadecimal\"")).contains("\"hex\""));
  EXPECT_TRUE(
      Fault(With(ExchangeText(), "<<balance>>", "<<balanse>>")).contains("no [[hole]] has that name"));
  EXPECT_TRUE(Fault(With(ExchangeText(), "<<balance>>", "1")).contains("no <<balance>>"));
  EXPECT_TRUE(Fault(With(ExchangeText(), "name = \"locked\"", "name = \"balance\""))
                  .contains("like that of a hole above"));
  EXPECT_TRUE(Fault("[template]\nid = \"a\"\n").contains("title"));
  EXPECT_TRUE(Fault("nonsense").contains("TOML"));
  EXPECT_TRUE(Fault(std::string(300000, '#')).contains("the template file has"));
}

// --- places where a hole may not stand ----------------------------------------------------------------------------

TEST(Template, RefusesHolesThatCouldChangeTheStructureOfTheBody) {
  // Outside of quotes a skip could hold brackets, commas, a second key.
  for (const char* charset : {"string", "ascii", "alphanumeric", "base64", "hex"}) {
    EXPECT_TRUE(Fault(Small("{\"a\":<<n>>}", Skip(charset))).contains("outside of quotes")) << charset;
  }
  EXPECT_EQ(Fault(Small("{\"a\":<<n>>}", Skip("digits"))), "no error");
  EXPECT_EQ(Fault(Small("{\"a\":<<n>>}", Skip("number"))), "no error");
  EXPECT_EQ(Fault(Small("{\"a\":\"<<n>>\"}", Skip("string"))), "no error");
  EXPECT_TRUE(Fault(Small("{\"a\":<<n>>}", Skip("digits", "0"))).contains("outside of quotes"));
}

TEST(Template, RefusesHolesInKeysAndRepeatedKeys) {
  EXPECT_TRUE(Fault(Small("{\"<<n>>\":1}", Skip("string"))).contains("hole in a key"));
  EXPECT_TRUE(Fault(Small("{\"a\":<<n>>,\"a\":1}", kNumber)).contains("key twice"));
  EXPECT_TRUE(Fault(Small("{\"a\":<<n>>,\"\\u0061\":1}", kNumber)).contains("key twice"));
  EXPECT_EQ(Fault(Small("{\"a\":<<n>>,\"b\":{\"a\":1}}", kNumber)), "no error");
}

TEST(Template, RefusesBodiesThatAreNoJson) {
  for (const char* body :
       {"{\"a\":<<n>>", "{\"a\":<<n>>}}", "<a><<n>></a>", "{\"a\":\"<<n>>}", "{a:<<n>>}", "x<<n>>x"}) {
    EXPECT_NE(Fault(Small(body, kNumber)), "no error") << body;
  }
  EXPECT_TRUE(Fault(Small("{\"a\":\"x\\<<n>>\"}", kNumber)).contains("backslash"));
  EXPECT_NE(Fault(Small("{\"a\":\"\\u00<<n>>\"}", Skip("hex"))), "no error");
}

TEST(Template, RefusesPartsOfNumbers) {
  for (const char* body : {"{\"a\":1<<n>>}", "{\"a\":-<<n>>}", "{\"a\":<<n>>e5}"}) {
    EXPECT_NE(Fault(Small(body, kNumber)), "no error") << body;
  }
  EXPECT_TRUE(Fault(Small("{\"a\":1<<n>>}", kNumber)).contains("as a part of a number"));
}

TEST(Template, RefusesHolesWhoseEndNobodyCanTell) {
  EXPECT_TRUE(Fault(Small("{\"a\":\"<<n>>x\"}", Skip("string"))).contains("may hold itself"));
  EXPECT_TRUE(Fault(Small("{\"a\":\"<<n>>.\"}", kNumber)).contains("may hold itself"));
  EXPECT_TRUE(Fault(Small("{\"a\":\"<<n>><<k>>\"}", kNumber + kSecret)).contains("beside another hole"));
  EXPECT_TRUE(Fault(Small("{\"a\":<<n>>,\"b\":<<n>>}", kNumber)).contains("twice"));
  const std::string choice = "[[hole]]\nname = \"n\"\nkind = \"choice\"\nvalues = [\"a\", \"ab\"]\n";
  EXPECT_TRUE(Fault(Small("{\"a\":\"<<n>>bc\"}", choice)).contains("may hold itself"));
  EXPECT_EQ(Fault(Small("{\"a\":\"<<n>>\"}", choice)), "no error");
}

TEST(Template, KeepsKindsToTheirPlaces) {
  const std::string boolean = "[[hole]]\nname = \"n\"\nkind = \"boolean\"\n";
  EXPECT_EQ(Fault(Small("{\"a\":<<n>>}", boolean)), "no error");
  EXPECT_TRUE(Fault(Small("{\"a\":\"<<n>>\"}", boolean)).contains("inside quotes"));
  const std::string date = "[[hole]]\nname = \"n\"\nkind = \"date\"\n";
  EXPECT_TRUE(Fault(Small("{\"a\":<<n>>}", date)).contains("outside of quotes"));
  EXPECT_TRUE(Fault(Small("{\"a\":<<k>>}", kSecret)).contains("for requests"));
  EXPECT_TRUE(Fault(Small("{\"a\":1}", kNumber, "/<<n>>")).contains("not of kind \"secret\""));
  const std::string text = "[[hole]]\nname = \"n\"\nkind = \"text\"\ncharset = \"string\"\nmax = 9\n";
  EXPECT_TRUE(Fault(Small("{\"a\":\"<<n>>\"}", text)).contains("a column cannot hold"));
}

// --- the request --------------------------------------------------------------------------------------------------

TEST(Template, RefusesSecretsThatCouldChangeTheQuestion) {
  for (const char* charset : {"header", "base64", "string", "ascii", "number"}) {
    const std::string secret = With(kSecret, "hex", charset);
    EXPECT_TRUE(Fault(Small("{\"a\":1}", secret, "/a?k=<<k>>")).contains("would change the question"))
        << charset;
  }
  for (const char* charset : {"digits", "hex", "alphanumeric", "base64url"}) {
    EXPECT_EQ(Fault(Small("{\"a\":1}", With(kSecret, "hex", charset), "/a?k=<<k>>")), "no error") << charset;
  }
  EXPECT_EQ(Fault(Small("{\"a\":1}", With(kSecret, "hex", "header"), "/a", "\"X: <<k>>\"")), "no error");
  EXPECT_NE(Fault(Small("{\"a\":1}", With(kSecret, "hex", "string"), "/a", "\"X: <<k>>\"")), "no error");
}

TEST(Template, RefusesHeadersThatChangeHowTheRequestIsRead) {
  for (const char* name : {"Host", "host", "Connection", "Accept-Encoding", "Content-Length",
                           "Transfer-Encoding", "Expect", "Upgrade", "TE", "Trailer", "Range"}) {
    EXPECT_TRUE(Fault(Small("{\"a\":1}", "", "/a", "\"" + std::string(name) + ": x\"")).contains("remove it"))
        << name;
  }
  for (const char* header : {"X", "X:y", " X: y", "X Y: z", ": y", "X\\r\\nY: z", "X: y\\u0000"}) {
    EXPECT_NE(Fault(Small("{\"a\":1}", "", "/a", "\"" + std::string(header) + "\"")), "no error") << header;
  }
}

TEST(Template, RefusesTargetsThatAreNoPath) {
  for (const char* target :
       {"", "a", "https://b.example/", "/a b", "/a#b", "/\\u00e9", "/a HTTP/1.1\\r\\nHost: b"}) {
    EXPECT_NE(Fault(Small("{\"a\":1}", "", target)), "no error") << target;
  }
  const auto parsed = ParseTemplate(With(Small("{\"a\":1}", ""), "target", "method = \"POST\"\ntarget"));
  ASSERT_FALSE(parsed.has_value());
  EXPECT_EQ(parsed.error().code(), ErrorCode::kUnimplemented);
}

TEST(Template, KeepsTheHeadersThatFrameTheBodyPublic) {
  for (const char* name :
       {"Content-Length", "transfer-encoding", "Content-Encoding", "content-type", "Trailer"}) {
    EXPECT_TRUE(Fault(With(ExchangeText(), "\"x-request-id\"", "\"" + std::string(name) + "\""))
                    .contains("must stay public"));
  }
  EXPECT_TRUE(Fault(With(ExchangeText(), "\"x-request-id\"", "\"Set-Cookie\"")).contains("twice"));
}

}  // namespace
}  // namespace mpcstats
