#include "mpcstats/zktls/tls/record.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "mpcstats/zktls/tls/handshake.h"

namespace mpcstats {
namespace {

using testing::HasSubstr;

std::string FaultOf(ByteSpan bytes, const std::function<void(TlsRecordReader&)>& prepare = {}) {
  TlsRecordReader reader(TlsSide::kServer);
  if (prepare) prepare(reader);
  reader.Add(bytes);
  const auto record = reader.Next();
  return record ? "no fault" : record.error().sentence;
}

TEST(TlsRecordReader, GivesRecordsWithTheirOffsets) {
  Bytes stream = EncodeTlsRecord(TlsContent::kHandshake, Bytes(3, 1), 0x0301);
  const Bytes second = EncodeTlsRecord(TlsContent::kAlert, Bytes(2, 2));
  stream.insert(stream.end(), second.begin(), second.end());
  for (const std::size_t piece : {1, 2, 7, 100}) {
    TlsRecordReader reader(TlsSide::kServer);
    std::vector<TlsRecord> records;
    for (std::size_t at = 0; at < stream.size(); at += piece) {
      reader.Add(ByteSpan(stream).subspan(at, std::min(piece, stream.size() - at)));
      for (;;) {
        auto record = reader.Next();
        ASSERT_TRUE(record.has_value());
        if (!*record) break;
        records.push_back(std::move(**record));
      }
    }
    ASSERT_EQ(records.size(), 2u);
    EXPECT_EQ(records[0].offset, 0u);
    EXPECT_EQ(records[0].fragment, Bytes(3, 1));
    EXPECT_EQ(records[1].offset, 8u);
    EXPECT_EQ(records[1].type, TlsContent::kAlert);
    EXPECT_EQ(reader.pending(), 0u);
    EXPECT_EQ(reader.offset(), stream.size());
  }
}

TEST(TlsRecordReader, RefusesAtTheHeader) {
  EXPECT_THAT(FaultOf(*FromHex("1403030000")), HasSubstr("of 0 bytes where at least 1 must come"));
  EXPECT_EQ(FaultOf(*FromHex("1603034000")), "no fault");
  EXPECT_THAT(FaultOf(*FromHex("1603034001")), HasSubstr("of 16385 bytes where at most 16384 may come"));
  EXPECT_THAT(FaultOf(*FromHex("1303030001")), HasSubstr("does it speak TLS"));
  EXPECT_THAT(FaultOf(*FromHex("1803030001")), HasSubstr("heartbeat (24)"));
  EXPECT_THAT(FaultOf(*FromHex("1603000001")), HasSubstr("version 0x0300"));
  EXPECT_THAT(FaultOf(*FromHex("1603040001")), HasSubstr("version 0x0304"));
  EXPECT_THAT(FaultOf(AsBytes("HTTP/1.1 400 Bad Request\r\n")), HasSubstr("does it speak TLS on this port?"));
}

TEST(TlsRecordReader, TakesTheOldVersionInTheFirstRecordsAlone) {
  EXPECT_EQ(FaultOf(*FromHex("1603010001")), "no fault");
  EXPECT_THAT(FaultOf(*FromHex("1603010001"), [](TlsRecordReader& reader) { reader.Hello(); }),
              HasSubstr("version 0x0301 where TLS 1.2"));
}

TEST(TlsRecordReader, WantsRoomForNonceAndTagOnceProtected) {
  const auto protect = [](TlsRecordReader& reader) { reader.Protect(); };
  EXPECT_THAT(FaultOf(*FromHex("1703030017"), protect), HasSubstr("of 23 bytes where at least 24 must come"));
  EXPECT_EQ(FaultOf(*FromHex("1703030018"), protect), "no fault");
  EXPECT_EQ(FaultOf(*FromHex("1703034018"), protect), "no fault");
  EXPECT_THAT(FaultOf(*FromHex("1703034019"), protect), HasSubstr("at most 16408 may come"));
}

TEST(TlsAdditionalData, IsSequenceTypeVersionLength) {
  EXPECT_EQ(ToHex(TlsAdditionalData(0x0102030405060708, TlsContent::kApplicationData, 0x1234)),
            "01020304050607081703031234");
}

TEST(TlsClientHello, IsTheOneThatIsWrittenDown) {
  Bytes32 random;
  random.fill(0xab);
  const Bytes hello = EncodeTlsClientHello(random, "example.test");
  EXPECT_EQ(ToHex(hello),
            "010000760303abababababababababababababababababababababababababababababababab"
            "00"
            "0004c02bc02f"
            "0100"
            "0049"
            "00000011000f00000c6578616d706c652e74657374"
            "00170000"
            "ff01000100"
            "000a000400020017"
            "000b00020100"
            "000d000a00080403080404010503"
            "0010000b000908687474702f312e31");
}

TEST(TlsClientHello, IsMatchedByteByByte) {
  Bytes32 random;
  random.fill(0xcd);
  const Bytes hello = EncodeTlsClientHello(random, "example.test");
  const auto matches = [](const Bytes& whole, std::string_view host) {
    return MatchTlsClientHello({TlsHandshakeType::kClientHello, whole}, host).has_value();
  };
  EXPECT_TRUE(matches(hello, "example.test"));
  EXPECT_FALSE(matches(hello, "example.tesu"));
  for (std::size_t at = 0; at < hello.size(); ++at) {
    Bytes other = hello;
    other[at] ^= 1;
    EXPECT_EQ(matches(other, "example.test"), at >= 6 && at < 38) << at;  // the random is free
  }
  Bytes shorter = hello;
  shorter.resize(20);
  EXPECT_FALSE(matches(shorter, "example.test"));
}

}  // namespace
}  // namespace mpcstats
