#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "mpcstats/store/database.h"
#include "mpcstats/store/party_schema.h"
#include "mpcstats/store/party_store.h"
#include "mpcstats/store/store_testing.h"

namespace mpcstats {
namespace {

using ::testing::HasSubstr;
using testing::MessageOf;
using testing::TemporaryFolder;

TEST(PartyAudit, ChainsItsEntries) {
  const auto store = PartyStore::Open(":memory:").value();
  for (int i = 0; i < 5; ++i)
    ASSERT_TRUE(store->Audit(100 + i, "event", "{\"n\":" + std::to_string(i) + "}"));
  const auto log = store->AuditLog(1, 100).value();
  ASSERT_EQ(log.size(), 5u);
  EXPECT_EQ(log[4].number, 5);
  EXPECT_EQ(log[4].time, 104);
  EXPECT_EQ(log[4].detail, "{\"n\":4}");
  EXPECT_TRUE(VerifyAudit(log));
  EXPECT_TRUE(VerifyAudit({}));
  const auto part = store->AuditLog(3, 2).value();
  ASSERT_EQ(part.size(), 2u);
  EXPECT_EQ(part[0].number, 3);
  EXPECT_TRUE(VerifyAudit(part));
  EXPECT_TRUE(store->AuditLog(1, -1).value().empty());
}

TEST(PartyAudit, NoticesEveryAlteredField) {
  const auto store = PartyStore::Open(":memory:").value();
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(store->Audit(100, "event", "{}"));
  const auto log = store->AuditLog(1, 100).value();
  const auto altered = [&](auto change) {
    auto copy = log;
    change(copy);
    return MessageOf(VerifyAudit(copy));
  };
  EXPECT_THAT(altered([](auto& l) { l[1].time = 101; }), HasSubstr("audit entry 2 was altered"));
  EXPECT_THAT(altered([](auto& l) { l[0].event = "evens"; }), HasSubstr("audit entry 1 was altered"));
  EXPECT_THAT(altered([](auto& l) { l[2].detail = "{1}"; }), HasSubstr("audit entry 3 was altered"));
  EXPECT_THAT(altered([](auto& l) { l[1].hash[3] = 1; }), HasSubstr("audit entry 2 was altered"));
  EXPECT_THAT(altered([](auto& l) { l.erase(l.begin() + 1); }), HasSubstr("one is missing"));
  EXPECT_THAT(altered([](auto& l) { std::swap(l[1], l[2]); }), HasSubstr("one is missing"));
}

TEST(PartyAudit, AnAlteredRowInTheFileShows) {
  const TemporaryFolder folder;
  {
    const auto store = PartyStore::Open(folder.path()).value();
    for (int i = 0; i < 3; ++i) ASSERT_TRUE(store->Audit(100, "event", "{}"));
  }
  {
    Database database = Database::Open(folder / "party.db", kPartyMigrations).value();
    EXPECT_FALSE(database.Execute("UPDATE audit SET detail = '{1}' WHERE number = 2"));
    EXPECT_FALSE(database.Execute("DELETE FROM audit WHERE number = 2"));
    ASSERT_TRUE(
        database.Execute("DROP TRIGGER audit_changed; UPDATE audit SET detail = '{1}' WHERE number = 2"));
  }
  const auto store = PartyStore::Open(folder.path()).value();
  EXPECT_THAT(MessageOf(VerifyAudit(store->AuditLog(1, 10).value())), HasSubstr("audit entry 2 was altered"));
}

TEST(PartyAudit, RefusesMoreThanOneLine) {
  const auto store = PartyStore::Open(":memory:").value();
  EXPECT_FALSE(store->Audit(1, "event", "two\nlines"));
  EXPECT_FALSE(store->Audit(1, "ev\x1b[31m", "{}"));
  EXPECT_FALSE(store->Audit(1, "", "{}"));
  EXPECT_TRUE(store->AuditLog(1, 10).value().empty());
}

}  // namespace
}  // namespace mpcstats
