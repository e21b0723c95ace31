#include "mpcstats/zktls/proxy/address.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mpcstats {
namespace {

TEST(IsPublicAddress, TakesAddressesOfTheInternet) {
  for (const char* address :
       {"1.1.1.1", "9.255.255.255", "11.0.0.1", "172.15.255.255", "172.32.0.1", "192.167.1.1", "198.17.0.1",
        "223.255.255.255", "2606:4700::1111", "2a00:1450::1", "64:ff9b::101:101", "2002:101:101::1",
        "100.63.255.255", "100.128.0.1"}) {
    EXPECT_TRUE(IsPublicAddress(address)) << address;
  }
}

TEST(IsPublicAddress, RefusesEveryOther) {
  for (const char* address : {"0.0.0.0",
                              "10.0.0.1",
                              "127.0.0.1",
                              "127.255.255.255",
                              "169.254.169.254",
                              "172.16.0.1",
                              "172.31.255.255",
                              "192.168.0.1",
                              "192.0.2.1",
                              "198.18.0.1",
                              "198.51.100.1",
                              "203.0.113.1",
                              "100.64.0.1",
                              "224.0.0.1",
                              "255.255.255.255",
                              "::",
                              "::1",
                              "::ffff:10.0.0.1",
                              "::ffff:1.1.1.1",
                              "fe80::1",
                              "fc00::1",
                              "fd12::1",
                              "ff02::1",
                              "2001:db8::1",
                              "2001::1",
                              "64:ff9b::a00:1",
                              "2002:a00:1::1",
                              "",
                              "localhost",
                              "1.1.1.1.1",
                              "1.1.1.1 "}) {
    EXPECT_FALSE(IsPublicAddress(address)) << address;
  }
}

TEST(LookUpHost, LeavesOutWhatTheRuleForbids) {
  const auto any = LookUpHost("127.0.0.1", AddressRule::kAny);
  ASSERT_TRUE(any.has_value());
  EXPECT_THAT(*any, testing::ElementsAre("127.0.0.1"));
  const auto none = LookUpHost("127.0.0.1", AddressRule::kPublic);
  ASSERT_FALSE(none.has_value());
  EXPECT_EQ(none.error().code(), ErrorCode::kInvalidArgument);
  EXPECT_THAT(none.error().message(), testing::HasSubstr("no public address"));
}

TEST(LookUpHost, SaysThatANameHasNoAddress) {
  const auto result = LookUpHost("nobody.invalid", AddressRule::kAny);
  ASSERT_FALSE(result.has_value());
  EXPECT_EQ(result.error().code(), ErrorCode::kUnavailable);
}

}  // namespace
}  // namespace mpcstats
