// What the launcher and a party process say to each other over their socket pair.
#pragma once

#include <array>
#include <string>
#include <vector>

#include "mpcstats/base/bytes.h"
#include "mpcstats/base/error.h"
#include "mpcstats/engine/cost.h"
#include "mpcstats/query/plan.h"

namespace mpcstats {

/// Caps of what either side accepts.
inline constexpr std::size_t kMessageLimit = std::size_t{1} << 24;
inline constexpr std::size_t kMaxColumns = 4096;

/// First message of a child: where it listens and by which key it is known.
struct HelloMessage {
  std::uint16_t port = 0;
  Bytes32 fingerprint{};
};

/// The peers and the work. Shares follow, one message for each component that the party holds.
struct JobMessage {
  std::array<HelloMessage, 3> parties;
  std::uint32_t io_deadline_ms = 0;
  std::uint32_t threads = 1;
  std::uint64_t rows = 0;
  std::vector<ColumnInfo> columns;
  std::string query;                     ///< canonical; empty for anything else
  std::vector<std::string> expressions;  ///< of a computation without a query, or none for a benchmark
  std::string bench_operation;           ///< empty for a computation
  std::array<Bytes32, 3> commitments{};  ///< to the three components of the table
  std::array<std::array<std::uint8_t, 16>, 2> openings{};  ///< nonces of the two components that follow
};

enum class ReportKind : std::uint8_t { kConnected = 1, kPrepared, kProgress, kMeasured, kResult, kFailure };

struct Report {
  ReportKind kind = ReportKind::kFailure;
  // kProgress
  std::uint64_t gates_done = 0;
  // kFailure
  ErrorCode code = ErrorCode::kInternal;
  std::string message;
  // kResult
  std::vector<Figure> figures;
  std::vector<std::uint64_t> counts;  ///< n behind each figure
  std::vector<std::uint8_t> counted;  ///< for each whether n was opened; a sum of a group has none
  Bytes32 bench_digest{};
  Cost cost;
  Cost preparation_cost;
  std::uint64_t peak_rss_bytes = 0;
};

[[nodiscard]] Bytes Encode(const HelloMessage& hello);
[[nodiscard]] Result<HelloMessage> DecodeHello(ByteSpan bytes);
[[nodiscard]] Bytes Encode(const JobMessage& job);
[[nodiscard]] Result<JobMessage> DecodeJob(ByteSpan bytes);
[[nodiscard]] Bytes Encode(const Report& report);
[[nodiscard]] Result<Report> DecodeReport(ByteSpan bytes);

}  // namespace mpcstats
