#include "mpcstats/net/http_url.h"

#include <gtest/gtest.h>

namespace mpcstats {
namespace {

std::string Complaint(std::string_view text) {
  const Result<Url> url = Url::Parse(text);
  if (url) return "accepted as " + url->ToString();
  EXPECT_EQ(url.error().code(), ErrorCode::kInvalidArgument);
  return url.error().message();
}

bool Refused(std::string_view text, std::string_view why) { return Complaint(text).contains(why); }

TEST(HttpUrl, ReadsItsParts) {
  const Result<Url> url = Url::Parse("https://party1.example:8443/prefix/v1/");
  ASSERT_TRUE(url.has_value()) << url.error().message();
  EXPECT_TRUE(url->tls);
  EXPECT_EQ(url->host, "party1.example");
  EXPECT_EQ(url->port, 8443);
  EXPECT_EQ(url->path, "/prefix/v1");
}

TEST(HttpUrl, KnowsTheSchemesPorts) {
  EXPECT_EQ(Url::Parse("http://a")->port, 80);
  EXPECT_EQ(Url::Parse("https://a/")->port, 443);
  EXPECT_EQ(Url::Parse("https://a/")->path, "");
  EXPECT_EQ(Url::Parse("https://a:443")->Authority(), "a");
  EXPECT_EQ(Url::Parse("http://a:443")->Authority(), "a:443");
}

TEST(HttpUrl, PutsAnIpv6AddressBackIntoBrackets) {
  const Result<Url> url = Url::Parse("http://[::1]:8080/x");
  ASSERT_TRUE(url.has_value()) << url.error().message();
  EXPECT_EQ(url->host, "::1");
  EXPECT_EQ(url->ToString(), "http://[::1]:8080/x");
}

TEST(HttpUrl, SaysItselfAgain) {
  for (const char* text :
       {"http://localhost", "https://a.b:1/c", "http://[2001:db8::1]", "http://10.0.0.1:65535"}) {
    EXPECT_EQ(Url::Parse(text)->ToString(), text);
  }
}

TEST(HttpUrl, KnowsThisMachineBySpelling) {
  for (const char* text : {"http://localhost", "http://127.0.0.1", "http://127.9.8.7", "http://[::1]"}) {
    EXPECT_TRUE(Url::Parse(text)->IsLoopback()) << text;
  }
  for (const char* text : {"http://127.evil.example", "http://127.0.0.1.example", "http://10.0.0.1",
                           "http://[::2]", "http://localhost.example"}) {
    EXPECT_FALSE(Url::Parse(text)->IsLoopback()) << text;
  }
}

TEST(HttpUrl, KnowsNumericAddressesFromNames) {
  for (const char* text : {"https://192.0.2.1", "https://127.0.0.1:8443/x", "https://[2001:db8::1]"}) {
    EXPECT_TRUE(Url::Parse(text)->IsAddress()) << text;
  }
  for (const char* text : {"https://localhost", "https://a.example", "https://1.2.3"}) {
    EXPECT_FALSE(Url::Parse(text)->IsAddress()) << text;
  }
}

TEST(HttpUrl, RefusesOtherSchemes) {
  EXPECT_TRUE(Refused("ftp://a", "neither https:// nor http://"));
  EXPECT_TRUE(Refused("party1.example:8443", "neither https:// nor http://"));
  EXPECT_TRUE(Refused("", "neither https:// nor http://"));
}

TEST(HttpUrl, RefusesAPasswordWithoutRepeatingIt) {
  EXPECT_TRUE(Refused("https://user:hunter2@a", "password"));
  EXPECT_FALSE(Complaint("https://user:hunter2@a").contains("hunter2"));
}

TEST(HttpUrl, RefusesBadHosts) {
  EXPECT_TRUE(Refused("https://", "host"));
  EXPECT_TRUE(Refused("https://:80", "host"));
  EXPECT_TRUE(Refused("https://a b", "host"));
  EXPECT_TRUE(Refused("https://-a", "host"));
  EXPECT_TRUE(Refused("https://a\r\nb", "host"));
  EXPECT_TRUE(Refused("https://" + std::string(254, 'a'), "host"));
  EXPECT_TRUE(Refused("https://[::1", "not closed"));
  EXPECT_TRUE(Refused("https://[127.0.0.1]", "no IPv6 address"));
  EXPECT_TRUE(Refused("https://" + std::string(3000, 'a'), "too long"));
}

TEST(HttpUrl, RefusesBadPorts) {
  for (const char* text : {"http://a:", "http://a:0", "http://a:65536", "http://a:+1", "http://a:80x",
                           "http://[::1]80", "http://a:1:2"}) {
    EXPECT_TRUE(Refused(text, "port")) << text << ": " << Complaint(text);
  }
}

TEST(HttpUrl, RefusesQueriesFragmentsAndRawCharacters) {
  EXPECT_TRUE(Refused("http://a/?b=1", "query"));
  EXPECT_TRUE(Refused("http://a#b", "fragment"));
  EXPECT_TRUE(Refused("http://a/b c", "percent-encoded"));
  EXPECT_TRUE(Refused("http://a/\xc3\xa9", "percent-encoded"));
}

TEST(HttpUrl, DecodesPercents) {
  EXPECT_EQ(*PercentDecode("a%20b%2Fc%c3%A9"), "a b/c\xc3\xa9");
  EXPECT_EQ(*PercentDecode("%41"), "A");
  EXPECT_EQ(*PercentDecode(""), "");
}

TEST(HttpUrl, RefusesBrokenEscapesAndControlCharacters) {
  for (const char* text : {"%", "%4", "a%", "a%4", "%zz", "%4g", "%00", "%0a", "%7f", "\n"}) {
    EXPECT_FALSE(PercentDecode(text).has_value()) << text;
  }
}

TEST(HttpUrl, FindsQueryValues) {
  EXPECT_EQ(QueryValue("a=1&b=2", "b"), "2");
  EXPECT_EQ(QueryValue("a=1&a=2", "a"), "1");
  EXPECT_EQ(QueryValue("full%20name=Ada+Lovelace%2B", "full name"), "Ada Lovelace+");
  EXPECT_EQ(QueryValue("a&b=", "a"), "");
  EXPECT_EQ(QueryValue("a&b=", "b"), "");
}

TEST(HttpUrl, FindsNoAbsentOrBrokenQueryValue) {
  EXPECT_EQ(QueryValue("ab=1", "a"), std::nullopt);
  EXPECT_EQ(QueryValue("", "a"), std::nullopt);
  EXPECT_EQ(QueryValue("a=%zz", "a"), std::nullopt);
  EXPECT_EQ(QueryValue("a=%00", "a"), std::nullopt);
}

}  // namespace
}  // namespace mpcstats
