#include "mpcstats/service/release_hello.h"

#include <gtest/gtest.h>

namespace mpcstats {
namespace {

ReleaseHello Full() {
  ReleaseHello hello;
  hello.survey_hash[0] = 1;
  hello.completed = 2;
  hello.closed = 3;
  hello.batch_head[0] = 4;
  hello.previous[0] = 5;
  hello.as_of = 1'793'500'000;
  hello.has_body = true;
  hello.intent = ReleaseIntent{.sequence = 3, .batches = 3, .plan_hash = {}, .as_of = 1'793'400'000};
  hello.intent->plan_hash[31] = 6;
  hello.last = ReleaseRecord{.sequence = 2, .batches = 2, .body = "{}", .signatures = {}};
  for (auto& signature : hello.last->signatures) signature.emplace().fill(7);
  return hello;
}

TEST(ReleaseHello, ComesBackAsItWas) {
  const auto back = DecodeReleaseHello(EncodeReleaseHello(Full()));
  ASSERT_TRUE(back) << back.error().message();
  EXPECT_EQ(EncodeReleaseHello(*back), EncodeReleaseHello(Full()));
  EXPECT_EQ(back->closed, 3u);
  EXPECT_EQ(back->as_of, Full().as_of);
  EXPECT_TRUE(back->has_body);
  EXPECT_EQ(back->intent->as_of, Full().intent->as_of);
  EXPECT_EQ(back->intent->plan_hash, Full().intent->plan_hash);
  EXPECT_EQ(back->last->body, "{}");
  EXPECT_EQ(back->last->signatures[2], Full().last->signatures[2]);
}

TEST(ReleaseHello, ComesBackWithoutIntentAndLast) {
  const auto back = DecodeReleaseHello(EncodeReleaseHello(ReleaseHello{}));
  ASSERT_TRUE(back);
  EXPECT_FALSE(back->intent);
  EXPECT_FALSE(back->last);
  EXPECT_FALSE(back->has_body);
}

TEST(ReleaseHello, NeverSendsAReleaseThatLacksASignature) {
  ReleaseHello hello = Full();
  hello.last->signatures[1].reset();
  const auto back = DecodeReleaseHello(EncodeReleaseHello(hello));
  ASSERT_TRUE(back);
  EXPECT_FALSE(back->last);
}

TEST(ReleaseHello, RefusesEveryShorterMessageAndALongerOne) {
  const Bytes whole = EncodeReleaseHello(Full());
  for (std::size_t size = 0; size < whole.size(); ++size) {
    const auto back = DecodeReleaseHello(ByteSpan(whole).first(size));
    ASSERT_FALSE(back) << size;
    EXPECT_EQ(back.error().code(), ErrorCode::kProtocolViolation) << size;
  }
  Bytes longer = whole;
  longer.push_back(0);
  EXPECT_FALSE(DecodeReleaseHello(longer));
}

}  // namespace
}  // namespace mpcstats
