// What a proof shows and hides, for a person at a terminal and as JSON.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "mpcstats/survey/template_match.h"

namespace mpcstats {

enum class Paint : std::uint8_t { kPlain, kColours };

/// The request as the notary will be able to read it: literals as they are, holes by name and length. Never a secret.
[[nodiscard]] std::string RequestView(const Template& source, ByteSpan request, Paint paint);

/// The response: what becomes public, what stays hidden and what is skipped, with the values of the person's own columns, which
/// she may see.
[[nodiscard]] std::string ResponseView(const Template& source, ByteSpan response, const ResponseMatch& match,
                                       Paint paint);

/// The same two as data: [{"part": "request", "kind": "public" | "hidden" | "skipped", "name", "offset", "bytes", "text"}], text
/// for public ranges alone.
[[nodiscard]] nlohmann::json RangesJson(const Template& source, ByteSpan request);
[[nodiscard]] nlohmann::json RangesJson(const Template& source, ByteSpan response,
                                        const ResponseMatch& match);

}  // namespace mpcstats
