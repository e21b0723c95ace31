// Errors as values: every module border returns Result<T>; nothing below main() throws or exits.
//
//   Result<Column> column = ParseColumn(text);
//   if (!column) return std::unexpected(column.error().At("while reading column 3"));
#pragma once

#include <expected>
#include <string>
#include <string_view>
#include <utility>

namespace mpcstats {

/// What went wrong, in the terms a caller can act on. The process exit codes follow from it (ExitCode below).
enum class ErrorCode {
  kInvalidArgument,    ///< the caller passed a wrong shape or the user wrong input; nothing was sent
  kNotFound,           ///< a named thing is not there
  kDeadlineExceeded,   ///< a peer did not answer in time; the session is over
  kUnavailable,        ///< a peer is gone; the session is over
  kProtocolViolation,  ///< bytes of a peer do not parse or come out of turn
  kCheatingDetected,   ///< a verification or consistency check failed; never says more than which check
  kResourceExhausted,  ///< a declared limit was reached
  kUnimplemented,      ///< a part that is not built yet; never replaced by something weaker
  kInternal,           ///< our own bug
};

[[nodiscard]] std::string_view ErrorCodeName(ErrorCode code);

class [[nodiscard]] Error {
 public:
  Error(ErrorCode code, std::string message) : code_(code), message_(std::move(message)) {}

  [[nodiscard]] ErrorCode code() const { return code_; }
  [[nodiscard]] const std::string& message() const { return message_; }

  /// The same error with context in front: `while opening column 3: ...`.
  [[nodiscard]] Error At(std::string_view context) const {
    return Error(code_, std::string(context) + ": " + message_);
  }

 private:
  ErrorCode code_;
  std::string message_;
};

template <typename T>
using Result = std::expected<T, Error>;
using Status = Result<void>;

inline std::unexpected<Error> Fail(ErrorCode code, std::string message) {
  return std::unexpected(Error(code, std::move(message)));
}

/// Exit code of a command that ended with `code`: 2 usage or input, 70 our bug, 75 try later, 76 a peer cheated.
[[nodiscard]] int ExitCode(ErrorCode code);

}  // namespace mpcstats

#define MPCSTATS_CONCAT_(a, b) a##b
#define MPCSTATS_CONCAT(a, b) MPCSTATS_CONCAT_(a, b)

#define RETURN_IF_ERROR(expression)                                   \
  do {                                                                \
    auto status_ = (expression);                                      \
    if (!status_) return std::unexpected(std::move(status_).error()); \
  } while (0)

#define ASSIGN_OR_RETURN(declaration, expression)                                  \
  auto MPCSTATS_CONCAT(result_, __LINE__) = (expression);                          \
  if (!MPCSTATS_CONCAT(result_, __LINE__))                                         \
    return std::unexpected(std::move(MPCSTATS_CONCAT(result_, __LINE__)).error()); \
  declaration = std::move(*MPCSTATS_CONCAT(result_, __LINE__))

// Forms for coroutines. Statement form only; the lint in scripts/check-co-await.py says where co_await may stand.
#define CO_RETURN_IF_ERROR(expression)                                   \
  do {                                                                   \
    auto status_ = expression;                                           \
    if (!status_) co_return std::unexpected(std::move(status_).error()); \
  } while (0)

#define CO_ASSIGN_OR_RETURN(declaration, expression)                                  \
  auto MPCSTATS_CONCAT(result_, __LINE__) = expression;                               \
  if (!MPCSTATS_CONCAT(result_, __LINE__))                                            \
    co_return std::unexpected(std::move(MPCSTATS_CONCAT(result_, __LINE__)).error()); \
  declaration = std::move(*MPCSTATS_CONCAT(result_, __LINE__))
