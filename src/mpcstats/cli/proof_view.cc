#include "mpcstats/cli/proof_view.h"

#include <fmt/core.h>

#include <nlohmann/json.hpp>
#include <vector>

namespace mpcstats {
namespace {

using Json = nlohmann::json;

// A range of bytes and what the notary and everybody else may know of it.
struct Range {
  enum class Kind : std::uint8_t { kPublic, kHidden, kSkipped };
  Kind kind = Kind::kPublic;
  std::string name;
  ByteRange bytes;
};

std::string_view KindName(Range::Kind kind) {
  switch (kind) {
    case Range::Kind::kPublic: return "public";
    case Range::Kind::kHidden: return "hidden";
    case Range::Kind::kSkipped: return "skipped";
  }
  return "";
}

Range::Kind KindOf(const TemplateHole& hole) {
  return hole.kind == HoleKind::kSkip ? Range::Kind::kSkipped : Range::Kind::kHidden;
}

// Holes, and public bytes between them.
std::vector<Range> Cut(const Template& source, const std::vector<HoleMatch>& holes, std::size_t begin,
                       std::size_t end) {
  std::vector<Range> ranges;
  std::size_t at = begin;
  const auto put = [&](Range::Kind kind, std::string name, ByteRange bytes) {
    if (bytes.size > 0) ranges.push_back({kind, std::move(name), bytes});
  };
  for (const HoleMatch& match : holes) {
    put(Range::Kind::kPublic, {}, {at, match.bytes.offset - at});
    const TemplateHole& hole = source.holes[match.hole];
    put(KindOf(hole), hole.name, match.bytes);
    at = match.bytes.offset + match.bytes.size;
  }
  put(Range::Kind::kPublic, {}, {at, end - at});
  return ranges;
}

std::vector<Range> CutRequest(const Template& source, ByteSpan request) {
  const auto holes = MatchRequest(source, request);
  return holes ? Cut(source, *holes, 0, request.size()) : std::vector<Range>();
}

// The head with its hidden values, then the body.
std::vector<Range> CutResponse(const Template& source, ByteSpan response, const ResponseMatch& match) {
  std::vector<Range> ranges;
  std::size_t at = 0;
  for (const ByteRange& hidden : match.frame.hidden) {
    if (hidden.offset > at) ranges.push_back({Range::Kind::kPublic, {}, {at, hidden.offset - at}});
    if (hidden.size > 0) ranges.push_back({Range::Kind::kSkipped, "header value", hidden});
    at = hidden.offset + hidden.size;
  }
  for (Range& range : Cut(source, match.holes, at, response.size())) ranges.push_back(std::move(range));
  return ranges;
}

// Bytes of a website on a terminal: printable ASCII and line ends; nothing that could move the cursor.
std::string Shown(ByteSpan bytes) {
  std::string text;
  for (const std::uint8_t byte : bytes) {
    if (byte == '\n') {
      text += '\n';
    } else if (byte >= 0x20 && byte < 0x7f) {
      text += static_cast<char>(byte);
    } else if (byte != '\r') {
      text += fmt::format("\\x{:02x}", byte);
    }
  }
  return text;
}

std::string Painted(std::string_view text, std::string_view code, Paint paint) {
  return paint == Paint::kColours ? fmt::format("\x1b[{}m{}\x1b[0m", code, text) : std::string(text);
}

std::string_view CodeOf(Range::Kind kind) { return kind == Range::Kind::kHidden ? "1;33" : "2"; }

// `values`: whether hidden columns show what is in them.
std::string View(const std::vector<Range>& ranges, ByteSpan bytes, bool values, Paint paint) {
  std::string text;
  for (const Range& range : ranges) {
    const ByteSpan part = bytes.subspan(range.bytes.offset, range.bytes.size);
    if (range.kind == Range::Kind::kPublic) {
      text += Shown(part);
      continue;
    }
    const std::string inside =
        values && range.kind == Range::Kind::kHidden
            ? fmt::format("[{}: {}]", range.name, Shown(part))
            : fmt::format("[{}: {} bytes {}]", range.name, range.bytes.size, KindName(range.kind));
    text += Painted(inside, CodeOf(range.kind), paint);
  }
  return text;
}

Json ToJson(const std::vector<Range>& ranges, ByteSpan bytes, std::string_view part) {
  Json list = Json::array();
  for (const Range& range : ranges) {
    Json item = {{"part", part},
                 {"kind", KindName(range.kind)},
                 {"offset", range.bytes.offset},
                 {"bytes", range.bytes.size}};
    if (!range.name.empty()) item["name"] = range.name;
    if (range.kind == Range::Kind::kPublic) {
      item["text"] = Shown(bytes.subspan(range.bytes.offset, range.bytes.size));
    }
    list.push_back(std::move(item));
  }
  return list;
}

}  // namespace

std::string RequestView(const Template& source, ByteSpan request, Paint paint) {
  return View(CutRequest(source, request), request, false, paint);
}

std::string ResponseView(const Template& source, ByteSpan response, const ResponseMatch& match, Paint paint) {
  return View(CutResponse(source, response, match), response, true, paint);
}

Json RangesJson(const Template& source, ByteSpan request) {
  return ToJson(CutRequest(source, request), request, "request");
}

Json RangesJson(const Template& source, ByteSpan response, const ResponseMatch& match) {
  return ToJson(CutResponse(source, response, match), response, "response");
}

}  // namespace mpcstats
