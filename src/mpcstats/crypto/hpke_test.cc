#include "mpcstats/crypto/hpke.h"

#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <string>
#include <thread>
#include <vector>

#include "mpcstats/crypto/aes_prg.h"
#include "mpcstats/crypto/hpke_context.h"
#include "mpcstats/crypto/testing.h"

namespace mpcstats {
namespace {

struct Message {
  std::uint64_t sequence = 0;
  Bytes plaintext;
  Bytes aad;
  Bytes ciphertext;
};

struct Vector {
  std::map<std::string, Bytes> values;
  std::vector<Message> messages;

  [[nodiscard]] Bytes32 Value32(const char* name) const { return HexArray<32>(ToHex(values.at(name))); }
  [[nodiscard]] HpkeKey Receiver() const { return HpkeKey::FromSecret(Secret<Bytes32>(Value32("skRm"))); }
  [[nodiscard]] Bytes Info() const { return values.at("info"); }
};

Vector ReadVector() {
  std::ifstream file(MPCSTATS_SOURCE_DIR "/tests/data/hpke/rfc9180_a1_base.txt");
  EXPECT_TRUE(file.is_open());
  Vector vector;
  for (std::string line; std::getline(file, line);) {
    const std::size_t colon = line.find(": ");
    if (line.starts_with('#') || colon == std::string::npos) continue;
    const std::string name = line.substr(0, colon);
    const std::string value = line.substr(colon + 2);
    if (name == "sequence number") {
      vector.messages.push_back({.sequence = std::stoull(value), .plaintext{}, .aad{}, .ciphertext{}});
    } else if (vector.messages.empty()) {
      vector.values[name] = *FromHex(value);
    } else {
      Message& message = vector.messages.back();
      (name == "pt" ? message.plaintext : name == "aad" ? message.aad : message.ciphertext) = *FromHex(value);
    }
  }
  EXPECT_EQ(vector.messages.size(), 6u);
  EXPECT_EQ(vector.messages.back().sequence, 256u);
  return vector;
}

HpkeContext SenderOf(const Vector& vector) {
  auto sender =
      HpkeContext::Send(vector.Value32("pkRm"), vector.Info(), Secret<Bytes32>(vector.Value32("skEm")));
  EXPECT_TRUE(sender.has_value());
  EXPECT_EQ(sender->encapsulated, vector.Value32("enc"));
  return std::move(sender->context);
}

HpkeContext ReceiverOf(const Vector& vector) {
  auto receiver = HpkeContext::Receive(vector.Receiver(), vector.Value32("enc"), vector.Info());
  EXPECT_TRUE(receiver.has_value());
  return std::move(*receiver);
}

// Gives out fixed bytes where a test needs to know the ephemeral key.
class FixedRng final : public Rng {
 public:
  explicit FixedRng(const Bytes32& bytes) : bytes_(bytes) {}
  void Fill(MutableByteSpan out) override {
    ASSERT_EQ(out.size(), bytes_.size());
    std::ranges::copy(bytes_, out.begin());
  }

 private:
  Bytes32 bytes_;
};

TEST(HpkeContext, SealsEveryMessageOfRfc9180) {
  const Vector vector = ReadVector();
  HpkeContext sender = SenderOf(vector);
  std::uint64_t next = 0;
  for (const Message& message : vector.messages) {
    for (; next < message.sequence; ++next) {
      Bytes passed_over(HpkeContext::kTagBytes);
      sender.Seal({}, {}, passed_over);
    }
    Bytes sealed(message.plaintext.size() + HpkeContext::kTagBytes);
    sender.Seal(message.aad, message.plaintext, sealed);
    EXPECT_EQ(ToHex(sealed), ToHex(message.ciphertext)) << message.sequence;
    ++next;
  }
}

TEST(HpkeContext, OpensEveryMessageOfRfc9180) {
  const Vector vector = ReadVector();
  HpkeContext receiver = ReceiverOf(vector);
  HpkeContext sender = SenderOf(vector);
  std::uint64_t next = 0;
  for (const Message& message : vector.messages) {
    for (; next < message.sequence; ++next) {
      Bytes passed_over(HpkeContext::kTagBytes);
      sender.Seal({}, {}, passed_over);
      EXPECT_TRUE(receiver.Open({}, passed_over, {}));
    }
    Bytes opened(message.plaintext.size());
    EXPECT_TRUE(receiver.Open(message.aad, message.ciphertext, opened)) << message.sequence;
    EXPECT_EQ(opened, message.plaintext);
    Bytes passed_over(message.plaintext.size() + HpkeContext::kTagBytes);
    sender.Seal(message.aad, message.plaintext, passed_over);
    ++next;
  }
}

TEST(HpkeContext, OpensNoMessageOutOfTurn) {
  const Vector vector = ReadVector();
  HpkeContext receiver = ReceiverOf(vector);
  const Message& second = vector.messages[1];
  Bytes opened(second.plaintext.size());
  EXPECT_FALSE(receiver.Open(second.aad, second.ciphertext, opened));
  EXPECT_EQ(opened, Bytes(opened.size())) << "a failed Open left plaintext";
  EXPECT_TRUE(receiver.Open(vector.messages[0].aad, vector.messages[0].ciphertext, opened));
  EXPECT_TRUE(receiver.Open(second.aad, second.ciphertext, opened));
}

TEST(Hpke, SealsTheFirstMessageOfRfc9180AsOneBox) {
  const Vector vector = ReadVector();
  FixedRng rng(vector.Value32("skEm"));
  const Message& first = vector.messages[0];
  const auto box = HpkeSeal(vector.Value32("pkRm"), vector.Info(), first.aad, first.plaintext, rng);
  ASSERT_TRUE(box.has_value());
  EXPECT_EQ(ToHex(*box), ToHex(vector.values.at("enc")) + ToHex(first.ciphertext));
}

TEST(Hpke, DerivesThePublicKeyOfRfc9180) {
  const Vector vector = ReadVector();
  EXPECT_EQ(vector.Receiver().PublicKey(), vector.Value32("pkRm"));
}

class Box : public testing::Test {
 protected:
  [[nodiscard]] Bytes Seal(ByteSpan plaintext) {
    return *HpkeSeal(key_.PublicKey(), info_, aad_, plaintext, rng_);
  }
  void ExpectRefused(ByteSpan box) const {
    const auto opened = HpkeOpen(key_, info_, aad_, box);
    ASSERT_FALSE(opened.has_value());
    EXPECT_EQ(opened.error().code(), ErrorCode::kProtocolViolation);
  }

  SeededRng rng_{7};
  HpkeKey key_ = HpkeKey::Generate(rng_);
  Bytes info_ = {1, 2, 3};
  Bytes aad_ = {4, 5};
};

TEST_F(Box, OpensToWhatWasSealedForEveryLength) {
  for (std::size_t size : {0, 1, 15, 16, 17, 255, 4096, 100000}) {
    Bytes plaintext(size);
    rng_.Fill(plaintext);
    const Bytes box = Seal(plaintext);
    EXPECT_EQ(box.size(), size + kHpkeOverhead);
    const auto opened = HpkeOpen(key_, info_, aad_, box);
    ASSERT_TRUE(opened.has_value());
    EXPECT_EQ(*opened, plaintext);
  }
}

TEST_F(Box, OpensWithEmptyInfoAndAad) {
  const Bytes box = *HpkeSeal(key_.PublicKey(), {}, {}, aad_, rng_);
  EXPECT_EQ(HpkeOpen(key_, {}, {}, box), aad_);
}

TEST_F(Box, HasAFreshKeyEachTime) {
  const Bytes a = Seal(aad_);
  const Bytes b = Seal(aad_);
  EXPECT_FALSE(std::ranges::equal(ByteSpan(a).first(32), ByteSpan(b).first(32)));
}

TEST_F(Box, OpensWithTheKeyMadeFromItsExportedSecret) {
  const HpkeKey copy = key_.secret().With(
      SecretAccess("test"), [](const Bytes32& raw) { return HpkeKey::FromSecret(Secret<Bytes32>(raw)); });
  EXPECT_EQ(copy.PublicKey(), key_.PublicKey());
  EXPECT_EQ(HpkeOpen(copy, info_, aad_, Seal(aad_)), aad_);
}

TEST_F(Box, RefusesEverySingleFlippedBit) {
  const Bytes box = Seal(Bytes{42, 43});
  for (std::size_t bit = 0; bit < 8 * box.size(); ++bit) {
    if (bit == 255) continue;  // X25519 ignores the top bit of a public key: the next test
    Bytes changed = box;
    changed[bit / 8] ^= static_cast<std::uint8_t>(1u << (bit % 8));
    ExpectRefused(changed);
  }
}

TEST_F(Box, RefusesAnotherFormOfItsEncapsulatedKey) {
  Bytes box = Seal(Bytes{42});
  box[31] ^= 0x80;  // the same point, but the bytes are part of the key schedule
  ExpectRefused(box);
}

TEST_F(Box, RefusesEveryTruncationAndAnExtraByte) {
  Bytes box = Seal(Bytes{42, 43});
  for (std::size_t size = 0; size < box.size(); ++size) ExpectRefused(ByteSpan(box).first(size));
  box.push_back(0);
  ExpectRefused(box);
}

TEST_F(Box, RefusesALengthThatNoBoxHas) {
  const UnreadBytes long_box((std::size_t{1} << 29) + kHpkeOverhead + 1);
  const auto opened = HpkeOpen(key_, info_, aad_, long_box.span());
  ASSERT_FALSE(opened.has_value());
  EXPECT_NE(opened.error().message().find("impossible length"), std::string::npos);
}

TEST_F(Box, OpensOnManyThreadsAtOnce) {
  const Bytes box = Seal(aad_);
  std::array<bool, 4> opened{};
  {
    std::vector<std::jthread> threads;
    for (bool& mine : opened) {
      threads.emplace_back([&] {
        mine = true;
        for (int i = 0; i < 50; ++i) mine = mine && HpkeOpen(key_, info_, aad_, box) == aad_;
      });
    }
  }
  for (bool mine : opened) EXPECT_TRUE(mine);
}

TEST_F(Box, RefusesAnotherInfoAadOrKey) {
  const Bytes box = Seal(Bytes{42});
  EXPECT_FALSE(HpkeOpen(key_, aad_, aad_, box).has_value());
  EXPECT_FALSE(HpkeOpen(key_, info_, info_, box).has_value());
  EXPECT_FALSE(HpkeOpen(key_, {}, aad_, box).has_value());
  EXPECT_FALSE(HpkeOpen(key_, info_, {}, box).has_value());
  EXPECT_FALSE(HpkeOpen(HpkeKey::Generate(rng_), info_, aad_, box).has_value());
}

// X25519 gives zero for these, whatever the private key (RFC 7748 section 6.1).
constexpr const char* kSmallOrder[] = {
    "0000000000000000000000000000000000000000000000000000000000000000",
    "0100000000000000000000000000000000000000000000000000000000000000",
    "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
    "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
};

TEST_F(Box, IsNotSealedToAPointOfSmallOrder) {
  for (const char* point : kSmallOrder) {
    const auto box = HpkeSeal(HexArray<32>(point), info_, aad_, aad_, rng_);
    ASSERT_FALSE(box.has_value()) << point;
    EXPECT_EQ(box.error().code(), ErrorCode::kInvalidArgument);
  }
}

TEST_F(Box, RefusesAnEncapsulatedKeyOfSmallOrder) {
  const Bytes box = Seal(Bytes{42});
  for (const char* point : kSmallOrder) {
    Bytes changed = box;
    std::ranges::copy(HexArray<32>(point), changed.begin());
    const auto opened = HpkeOpen(key_, info_, aad_, changed);
    ASSERT_FALSE(opened.has_value());
    EXPECT_NE(opened.error().message().find("small order"), std::string::npos) << point;
  }
}

}  // namespace
}  // namespace mpcstats
