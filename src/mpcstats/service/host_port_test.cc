#include "mpcstats/service/host_port.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mpcstats {
namespace {

using testing::HasSubstr;

TEST(ListenAddress, TakesNumericAddressesAndPortZero) {
  EXPECT_EQ(*ParseListenAddress("0.0.0.0:8443"), (HostPort{"0.0.0.0", 8443}));
  EXPECT_EQ(*ParseListenAddress("[::1]:0"), (HostPort{"::1", 0}));
}

TEST(ListenAddress, ReadsWhatItPrints) {
  for (const char* text : {"127.0.0.1:1", "[2001:db8::1]:65535"}) {
    EXPECT_EQ(ParseListenAddress(text)->ToString(), text);
  }
}

TEST(ListenAddress, RefusesWhatIsNotNumeric) {
  for (const char* text :
       {"", ":", ":8443", "8443", "localhost:8443", "0.0.0.0", "0.0.0.0:", "0.0.0.0:65536", "0.0.0.0:-1",
        "0.0.0.0:1x", "::1:8443", "[::1]", "[127.0.0.1]:1", "[]:1", "1.2.3:4"}) {
    const Result<HostPort> parsed = ParseListenAddress(text);
    ASSERT_FALSE(parsed) << text;
    EXPECT_THAT(parsed.error().message(), HasSubstr("like 0.0.0.0:8443"));
  }
}

TEST(PublicAddress, TakesNamesAndAddresses) {
  EXPECT_EQ(*ParsePublicAddress("party0.example:9443"), (HostPort{"party0.example", 9443}));
  EXPECT_EQ(*ParsePublicAddress("[::1]:9443"), (HostPort{"::1", 9443}));
  EXPECT_EQ(*ParsePublicAddress("127.0.0.1:9443"), (HostPort{"127.0.0.1", 9443}));
}

TEST(PublicAddress, RefusesPortZeroAndWhatIsNoName) {
  for (const char* text :
       {"party0.example:0", "party0.example", "-x:1", "a b:1", "a\"b:1", "::1:1", "a/b:1"}) {
    const Result<HostPort> parsed = ParsePublicAddress(text);
    ASSERT_FALSE(parsed) << text;
    EXPECT_THAT(parsed.error().message(), HasSubstr("like party0.example:9443"));
  }
}

TEST(HostPort, KnowsThisMachineByItsSpelling) {
  EXPECT_TRUE((HostPort{"127.0.0.1", 1}).IsLoopback());
  EXPECT_TRUE((HostPort{"127.9.9.9", 1}).IsLoopback());
  EXPECT_TRUE((HostPort{"::1", 1}).IsLoopback());
  EXPECT_FALSE((HostPort{"0.0.0.0", 1}).IsLoopback());
  EXPECT_FALSE((HostPort{"127.evil.example", 1}).IsLoopback());
}

}  // namespace
}  // namespace mpcstats
