#include "mpcstats/store/notary_store.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "mpcstats/store/database.h"
#include "mpcstats/store/store_testing.h"

namespace mpcstats {
namespace {

using testing::NumberHash;
using testing::TemporaryFolder;

struct Lists {
  SystemRng rng;
  SigningKey identity = SigningKey::Generate(rng);
  std::unique_ptr<NotaryStore> store = NotaryStore::Open(":memory:").value();

  NotaryKeyList Make(std::uint32_t sequence, std::int64_t issued_at, std::vector<NotaryKey> keys) {
    NotaryKeyList list;
    list.identity = identity.PublicKey();
    list.sequence = sequence;
    list.issued_at = issued_at;
    list.keys = std::move(keys);
    return SignNotaryKeys(std::move(list), identity);
  }
  NotaryKey Key(std::int64_t from, std::int64_t to) {
    return {.public_key = SigningKey::Generate(rng).PublicKey(), .from = from, .to = to};
  }
};

TEST(NotaryStore, ChainsWhatItSigned) {
  const auto store = NotaryStore::Open(":memory:").value();
  EXPECT_FALSE(store->Head().value().has_value());
  Bytes32 head{};
  for (std::uint64_t i = 1; i <= 5; ++i) {
    const NotaryLogEntry entry =
        store->Append(NumberHash("a", i), static_cast<std::int64_t>(100 + i)).value();
    EXPECT_EQ(entry.number, i);
    head = NextLogHead(head, entry);
    EXPECT_EQ(entry.head, head);
  }
  EXPECT_EQ(store->Head().value()->head, head);
  const auto entries = store->Entries(2, 3).value();
  ASSERT_EQ(entries.size(), 3u);
  EXPECT_EQ(entries[0].number, 2u);
  EXPECT_EQ(entries[2].attestation_hash, NumberHash("a", 4));
  EXPECT_EQ(store->FindEntry(NumberHash("a", 3)).value()->number, 3u);
  EXPECT_FALSE(store->FindEntry(NumberHash("b", 3)).value().has_value());
}

TEST(NotaryStore, RefusesTheSameAttestationTwice) {
  const auto store = NotaryStore::Open(":memory:").value();
  ASSERT_TRUE(store->Append(NumberHash("a", 1), 1));
  EXPECT_EQ(store->Append(NumberHash("a", 1), 2).error().code(), ErrorCode::kInvalidArgument);
  EXPECT_EQ(store->Head().value()->number, 1u);
}

TEST(NotaryStore, TheLogSurvivesAndIsCheckedWhenItIsOpened) {
  const TemporaryFolder folder;
  {
    const auto store = NotaryStore::Open(folder.path()).value();
    for (std::uint64_t i = 1; i <= 3; ++i) ASSERT_TRUE(store->Append(NumberHash("a", i), 7));
  }
  {
    const auto store = NotaryStore::Open(folder.path()).value();
    EXPECT_EQ(store->Append(NumberHash("a", 4), 8).value().number, 4u);
  }
  {
    Database database = Database::Open(folder / "notary.db", std::array<std::string_view, 1>{""}).value();
    ASSERT_TRUE(database.Execute("DROP TRIGGER one_entry; UPDATE log SET time = 6 WHERE number = 2"));
  }
  const auto store = NotaryStore::Open(folder.path());
  ASSERT_FALSE(store.has_value());
  EXPECT_EQ(store.error().message(),
            "the notary's log is damaged at entry 2: restore a backup of its directory");
}

TEST(NotaryStore, SigningKeysAreFilesOfTheOwnerAlone) {
  const TemporaryFolder folder;
  SystemRng rng;
  const auto store = NotaryStore::Open(folder.path()).value();
  const SigningKey key = store->MakeKey(rng).value();
  const std::string path = folder / ("notary-" + ToHex(ByteSpan(key.PublicKey()).first(8)) + ".key");
  struct stat info{};
  ASSERT_EQ(stat(path.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0600u);
  const Bytes message = {1, 2, 3};
  EXPECT_EQ(store->FindKey(key.PublicKey()).value().Sign(message), key.Sign(message));
}

TEST(NotaryStore, RefusesSigningKeysThatOthersMayReadOrThatAreDamaged) {
  const TemporaryFolder folder;
  SystemRng rng;
  const auto store = NotaryStore::Open(folder.path()).value();
  const SigningKey key = store->MakeKey(rng).value();
  const std::string path = folder / ("notary-" + ToHex(ByteSpan(key.PublicKey()).first(8)) + ".key");
  ASSERT_EQ(chmod(path.c_str(), 0644), 0);
  EXPECT_EQ(store->FindKey(key.PublicKey()).error().code(), ErrorCode::kInvalidArgument);
  ASSERT_EQ(chmod(path.c_str(), 0600), 0);
  ASSERT_EQ(truncate(path.c_str(), 31), 0);
  EXPECT_EQ(store->FindKey(key.PublicKey()).error().code(), ErrorCode::kInvalidArgument);
  EXPECT_EQ(store->FindKey(NumberHash("key", 1)).error().code(), ErrorCode::kNotFound);
}

TEST(NotaryStore, ListsOfKeysFollowEachOther) {
  Lists lists;
  EXPECT_FALSE(lists.store->KeyList().value().has_value());
  const NotaryKey first = lists.Key(0, 100);
  EXPECT_FALSE(lists.store->AddKeyList(lists.Make(2, 10, {first})));
  ASSERT_TRUE(lists.store->AddKeyList(lists.Make(1, 10, {first})));
  EXPECT_FALSE(lists.store->AddKeyList(lists.Make(1, 20, {first})));
  ASSERT_TRUE(lists.store->AddKeyList(lists.Make(2, 20, {first, lists.Key(50, 200)})));
  EXPECT_EQ(lists.store->KeyList().value()->keys.size(), 2u);
}

TEST(NotaryStore, RefusesListsThatForgetAKey) {
  Lists lists;
  const NotaryKey first = lists.Key(0, 100);
  ASSERT_TRUE(lists.store->AddKeyList(lists.Make(1, 10, {first})));
  EXPECT_FALSE(lists.store->AddKeyList(lists.Make(2, 99, {lists.Key(50, 200)})));
  EXPECT_TRUE(lists.store->AddKeyList(lists.Make(2, 101, {lists.Key(50, 200)})));
}

TEST(NotaryStore, RefusesListsThatForgetARevocation) {
  Lists lists;
  NotaryKey first = lists.Key(0, 100);
  first.revoked_at = 50;
  ASSERT_TRUE(lists.store->AddKeyList(lists.Make(1, 60, {first})));
  NotaryKey healed = first;
  healed.revoked_at = 0;
  EXPECT_FALSE(lists.store->AddKeyList(lists.Make(2, 70, {healed})));
  EXPECT_FALSE(lists.store->AddKeyList(lists.Make(2, 101, {lists.Key(0, 200)})));
  EXPECT_TRUE(lists.store->AddKeyList(lists.Make(2, 101, {first, lists.Key(0, 200)})));
}

TEST(NotaryStore, RefusesAListOfAnotherNotary) {
  Lists lists;
  const NotaryKey first = lists.Key(0, 100);
  ASSERT_TRUE(lists.store->AddKeyList(lists.Make(1, 10, {first})));
  lists.identity = SigningKey::Generate(lists.rng);
  EXPECT_FALSE(lists.store->AddKeyList(lists.Make(2, 20, {first})));
}

}  // namespace
}  // namespace mpcstats
