#include "mpcstats/attestation/notary_keys.h"

#include <gtest/gtest.h>

#include "mpcstats/attestation/testing.h"

namespace mpcstats {
namespace {

using testing::Filled;
using testing::NotaryTestKey;

NotaryKeyList Rotation() {
  NotaryKeyList list;
  list.sequence = 3;
  list.issued_at = 1'793'491'200;
  // The second is valid before the first ends.
  list.keys = {{.public_key = NotaryTestKey(0).PublicKey(), .from = 1000, .to = 2000},
               {.public_key = NotaryTestKey(1).PublicKey(), .from = 1900, .to = 3000, .revoked_at = 2500}};
  return list;
}

NotaryKeyList Signed(const NotaryKeyList& list = Rotation()) {
  return SignNotaryKeys(list, NotaryTestKey(9));
}

std::string DecodeError(ByteSpan bytes) {
  const auto decoded = DecodeNotaryKeys(bytes);
  if (decoded) return "accepted";
  EXPECT_EQ(decoded.error().code(), ErrorCode::kProtocolViolation);
  return decoded.error().message();
}

TEST(NotaryKeys, DecodeToWhatWasSigned) {
  const Bytes bytes = EncodeNotaryKeys(Signed());
  EXPECT_LE(bytes.size(), kMaxNotaryListBytes);
  const auto decoded = DecodeNotaryKeys(bytes);
  ASSERT_TRUE(decoded);
  EXPECT_EQ(decoded->identity, NotaryTestKey(9).PublicKey());
  EXPECT_EQ(decoded->sequence, 3u);
  EXPECT_EQ(EncodeNotaryKeys(*decoded), bytes);
}

TEST(NotaryKeys, TheLongestListFits) {
  NotaryKeyList list = Rotation();
  list.keys.clear();
  for (std::uint8_t i = 0; i < kMostNotaryKeys; ++i) {
    list.keys.push_back({.public_key = NotaryTestKey(i).PublicKey(), .from = 1, .to = 2});
  }
  const Bytes bytes = EncodeNotaryKeys(Signed(list));
  EXPECT_EQ(bytes.size(), kMaxNotaryListBytes);
  EXPECT_TRUE(DecodeNotaryKeys(bytes));
}

TEST(NotaryKeys, OnlyRevokedKeysAreRevoked) {
  const std::vector<NotaryKeyList> lists = {Signed()};
  EXPECT_EQ(RevokedKeys(lists), (std::set<Bytes32>{NotaryKeyId(NotaryTestKey(1).PublicKey())}));
  EXPECT_TRUE(RevokedKeys({}).empty());
}

TEST(NotaryKeys, EveryFlippedBitAndTruncationIsRefused) {
  const Bytes bytes = EncodeNotaryKeys(Signed());
  for (std::size_t bit = 0; bit < 8 * bytes.size(); bit += 1 + bit % 5) {
    Bytes flipped = bytes;
    flipped[bit / 8] = static_cast<std::uint8_t>(flipped[bit / 8] ^ (1u << (bit % 8)));
    EXPECT_NE(DecodeError(flipped), "accepted") << "bit " << bit;
  }
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_NE(DecodeError(ByteSpan(bytes).first(size)), "accepted") << size;
  }
}

TEST(NotaryKeys, ASignatureByAnyOtherKeyIsRefused) {
  NotaryKeyList list = Signed();
  list.identity = NotaryTestKey(0).PublicKey();  // an attestation key does not sign lists of others
  EXPECT_EQ(DecodeError(EncodeNotaryKeys(list)),
            "a notary's list of keys is not signed by the identity it names");
}

TEST(NotaryKeys, ImpossibleListsAreRefused) {
  const auto refused = [](auto change) {
    NotaryKeyList list = Signed();
    change(list);
    return DecodeError(EncodeNotaryKeys(list));
  };
  EXPECT_NE(refused([](NotaryKeyList& l) { l.sequence = 0; }).find("no number"), std::string::npos);
  EXPECT_NE(refused([](NotaryKeyList& l) { l.keys.clear(); }).find("no key"), std::string::npos);
  EXPECT_NE(refused([](NotaryKeyList& l) { l.keys[0].to = l.keys[0].from; }).find("impossible times"),
            std::string::npos);
  EXPECT_NE(refused([](NotaryKeyList& l) { l.keys[0].revoked_at = -1; }).find("impossible times"),
            std::string::npos);
  EXPECT_NE(refused([](NotaryKeyList& l) { std::swap(l.keys[0], l.keys[1]); }).find("order of its keys"),
            std::string::npos);
  EXPECT_NE(refused([](NotaryKeyList& l) { l.keys[1] = l.keys[0]; }).find("order of its keys"),
            std::string::npos);
}

TEST(NotaryKeys, TheHashOfListsTellsThemApart) {
  NotaryKeyList next = Rotation();
  next.sequence = 4;
  const std::vector<NotaryKeyList> one = {Signed()};
  const std::vector<NotaryKeyList> other = {Signed(next)};
  const std::vector<NotaryKeyList> both = {Signed(), Signed(next)};
  const std::set<Bytes32> hashes = {NotaryListsHash({}), NotaryListsHash(one), NotaryListsHash(other),
                                    NotaryListsHash(both)};
  EXPECT_EQ(hashes.size(), 4u);
  EXPECT_EQ(NotaryListsHash({}), Bytes32{});
}

}  // namespace
}  // namespace mpcstats
