// Small helpers over Database that all stores use.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string_view>

#include "mpcstats/crypto/ed25519.h"
#include "mpcstats/store/database.h"

namespace mpcstats {

/// A statement with its first parameters bound, in order.
[[nodiscard]] Result<Statement> Query(Database& database, std::string_view sql,
                                      std::initializer_list<std::int64_t> parameters);

/// Errors: kInvalidArgument: the database is damaged.
[[nodiscard]] Result<Signature> SignatureOf(ByteSpan bytes);

}  // namespace mpcstats
