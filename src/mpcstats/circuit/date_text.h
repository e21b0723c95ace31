// Dates and times in text, as numbers of days and minutes.
#pragma once

#include "mpcstats/circuit/builder.h"

namespace mpcstats {

/// Bits of DateOf and TimestampOf, two's complement.
inline constexpr std::size_t kDateBits = 17;
inline constexpr std::size_t kTimestampBits = 28;

/// "YYYY-MM-DD" (10 bytes) as days since 1970-01-01; a fault for a day that is not in the calendar.
///
/// Range: 1901-01-01 to 2099-12-31, where every fourth year is a leap year; other years are faults.
/// Cost:  131 AND.
[[nodiscard]] Wires DateOf(CircuitBuilder& builder, WireSpan text, Wires& faults);

/// "YYYY-MM-DDTHH:MM" (16 bytes) as minutes since 1970-01-01T00:00; a fault for a minute that does not exist.
/// Cost:  230 AND.
[[nodiscard]] Wires TimestampOf(CircuitBuilder& builder, WireSpan text, Wires& faults);

}  // namespace mpcstats
