// NotaryStore: what a notary never takes back: its lists of keys, and the log of every attestation it signed.
//
// Every call is one durable transaction and may be made from any thread. `directory` holds notary.db and a file for each
// signing key; ":memory:" keeps everything in memory, for tests. The log is a hash chain over numbered entries:
//
//   head_0 = 0,   head_n = SHA-256("mpcstats/v1/notary-log" | head_{n-1} | n u64 | time u64 | attestation hash)
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "mpcstats/attestation/notary_keys.h"
#include "mpcstats/base/rng.h"

namespace mpcstats {

struct NotaryLogEntry {
  std::uint64_t number = 0;  ///< from 1
  std::int64_t time = 0;
  Bytes32 attestation_hash{};
  Bytes32 head{};  ///< of the chain with this entry
};

/// The head of the chain after an entry.
[[nodiscard]] Bytes32 NextLogHead(const Bytes32& previous, const NotaryLogEntry& entry);

class NotaryStore {
 public:
  /// Errors: as Database::Open; kInvalidArgument when the log's chain does not hold.
  [[nodiscard]] static Result<std::unique_ptr<NotaryStore>> Open(const std::string& directory);
  ~NotaryStore();

  /// The list in force, or nothing before the first.
  [[nodiscard]] Result<std::optional<NotaryKeyList>> KeyList();
  /// Errors: kInvalidArgument unless its sequence follows that of the list in force, and the keys of that one that have not
  ///         ended yet are in it.
  [[nodiscard]] Status AddKeyList(const NotaryKeyList& list);

  /// A fresh signing key, its seed on disk before this returns; and one made earlier.
  /// Errors: kNotFound, kInvalidArgument when others may read its file.
  [[nodiscard]] Result<SigningKey> MakeKey(Rng& rng);
  [[nodiscard]] Result<SigningKey> FindKey(const Bytes32& public_key);

  /// Appends to the log; an attestation may leave only after this. Errors: kInvalidArgument for a hash that is there.
  [[nodiscard]] Result<NotaryLogEntry> Append(const Bytes32& attestation_hash, std::int64_t time);
  /// The last entry, or nothing.
  [[nodiscard]] Result<std::optional<NotaryLogEntry>> Head();
  /// At most `limit` entries from number `first` on.
  [[nodiscard]] Result<std::vector<NotaryLogEntry>> Entries(std::uint64_t first, std::size_t limit);
  [[nodiscard]] Result<std::optional<NotaryLogEntry>> FindEntry(const Bytes32& attestation_hash);

 private:
  struct State;
  explicit NotaryStore(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace mpcstats
