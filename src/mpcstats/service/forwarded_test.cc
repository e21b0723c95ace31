#include "mpcstats/service/forwarded.h"

#include <gtest/gtest.h>

namespace mpcstats {
namespace {

std::string Client(HttpHeaders headers) {
  HttpRequest request;
  request.remote_address = "127.0.0.1";
  request.headers = std::move(headers);
  return ClientBehindProxy(request);
}

TEST(ClientBehindProxy, IsTheLastAddressThatTheProxyAdded) {
  EXPECT_EQ(Client({{"x-forwarded-for", "192.0.2.7"}}), "192.0.2.7");
  EXPECT_EQ(Client({{"x-forwarded-for", "198.51.100.1,\t2001:db8::1 "}}), "2001:db8::1");
}

TEST(ClientBehindProxy, DoesNotBelieveWhatTheClientWroteBefore) {
  EXPECT_EQ(Client({{"x-forwarded-for", "198.51.100.1, 192.0.2.7"}}), "192.0.2.7");
  EXPECT_EQ(Client({{"x-forwarded-for", "198.51.100.1"}, {"host", "a"}, {"x-forwarded-for", "192.0.2.7"}}),
            "192.0.2.7");
}

TEST(ClientBehindProxy, FallsBackToTheConnection) {
  for (const char* value : {"", ",", "192.0.2.7,", "unknown", "192.0.2.7:443", "[::1]", "192.0.2.7\n"}) {
    EXPECT_EQ(Client({{"x-forwarded-for", value}}), "127.0.0.1") << value;
  }
  EXPECT_EQ(Client({}), "127.0.0.1");
}

}  // namespace
}  // namespace mpcstats
