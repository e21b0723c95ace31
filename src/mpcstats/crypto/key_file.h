// Files that hold secrets: written in one step, read only when nobody else may read them, and destroyed.
//
//   RETURN_IF_ERROR(WriteSecretFile(path, AsBytes(ToHex(seed) + "\n")));
//   ASSIGN_OR_RETURN(Bytes text, ReadSecretFile(path, 1024));
#pragma once

#include <string>
#include <string_view>

#include "mpcstats/base/bytes.h"
#include "mpcstats/base/error.h"

namespace mpcstats {

/// Writes `content` to `path`, readable and writable by the owner alone (mode 0600); replaces an older file in one
/// step. When it returns, the file survives a loss of power.
///
/// Security: the bytes never pass through a file that somebody else made or may read.
/// Errors:   kNotFound when the folder is missing, else kInvalidArgument, with the system's reason; then nothing is
///           left behind and an older file is as it was. `what` is what errors call the file.
[[nodiscard]] Status WriteSecretFile(const std::string& path, ByteSpan content,
                                     std::string_view what = "key file");

/// The content of `path`, of at most `max_bytes` bytes.
///
/// Security: the result is a secret in plain Bytes: the caller wipes it.
/// Errors:   kNotFound when there is no such file; kInvalidArgument when it is not a regular file, when it is longer
///           (a file is never cut), when group or others may use it (the sentence names `chmod 600`), or when it cannot
///           be read.
[[nodiscard]] Result<Bytes> ReadSecretFile(const std::string& path, std::size_t max_bytes,
                                           std::string_view what = "key file");

/// Overwrites `path` with zeros, waits until they are on the device, and removes it.
///
/// Security: what cannot be promised: an SSD, a copy-on-write or journalling file system, a snapshot or a backup may
///           still hold the old bytes. What must be unreadable later is better sealed under a key (crypto/aead.h) that
///           was never written where such copies are made.
/// Errors:   kNotFound when there is no such file; kInvalidArgument when it is not a regular file, has other names
///           (hard links), or cannot be written.
[[nodiscard]] Status DestroyFile(const std::string& path);

}  // namespace mpcstats
