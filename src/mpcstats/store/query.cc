#include "mpcstats/store/query.h"

#include <algorithm>

namespace mpcstats {

Result<Statement> Query(Database& database, std::string_view sql,
                        std::initializer_list<std::int64_t> parameters) {
  ASSIGN_OR_RETURN(Statement statement, database.Prepare(sql));
  int index = 0;
  for (const std::int64_t parameter : parameters) statement.Bind(++index, parameter);
  return statement;
}

Result<Signature> SignatureOf(ByteSpan bytes) {
  Signature signature{};
  if (bytes.size() != signature.size()) {
    return Fail(ErrorCode::kInvalidArgument,
                "the database is damaged: a signature that has 64 bytes has not");
  }
  std::ranges::copy(bytes, signature.begin());
  return signature;
}

}  // namespace mpcstats
