#include "mpcstats/survey/template_match.h"

#include <fmt/format.h>

#include <algorithm>

#include "mpcstats/base/check.h"
#include "mpcstats/survey/template_parts.h"
#include "mpcstats/table/utf8.h"

namespace mpcstats {
namespace {

std::string_view AsText(ByteSpan bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

std::unexpected<Error> Refuse(std::string message) {
  return Fail(ErrorCode::kInvalidArgument, std::move(message));
}

std::string ByteName(std::uint8_t byte) {
  return byte > 0x20 && byte < 0x7f ? fmt::format("'{}'", static_cast<char>(byte))
                                    : fmt::format("0x{:02x}", byte);
}

// The literal at `at`, or a sentence with the first byte that differs.
Status ExpectLiteral(std::string_view what, ByteSpan bytes, std::size_t at, std::string_view literal) {
  for (std::size_t i = 0; i < literal.size(); ++i) {
    const auto expected = static_cast<std::uint8_t>(literal[i]);
    if (at + i < bytes.size() && bytes[at + i] == expected) continue;
    const std::string came = at + i < bytes.size() ? "is " + ByteName(bytes[at + i]) : "is not there";
    return Refuse(fmt::format("the {} differs from the template: {} was expected at byte {}, but byte {} {}",
                              what, QuoteForMessage(literal.substr(0, 40)), at, at + i, came));
  }
  return {};
}

std::string NumberFault(const TemplateHole& hole, std::string_view text) {
  const std::string expected =
      fmt::format("a number with at most {} digits before the point{}", hole.integer_digits,
                  hole.max_fraction == 0 ? " and no point"
                  : hole.min_fraction == hole.max_fraction
                      ? fmt::format(" and {} behind it", hole.max_fraction)
                      : fmt::format(" and {} to {} behind it", hole.min_fraction, hole.max_fraction));
  if (text.starts_with('-') && hole.negative) text.remove_prefix(1);
  const std::string_view integer = text.substr(0, text.find('.'));
  const bool has_point = integer.size() < text.size();
  const std::string_view fraction = has_point ? text.substr(integer.size() + 1) : std::string_view();
  const auto is_digits = [](std::string_view part) {
    return !part.empty() && std::ranges::all_of(part, [](char c) { return c >= '0' && c <= '9'; });
  };
  const bool good = is_digits(integer) && integer.size() <= hole.integer_digits &&
                    (!has_point || is_digits(fraction)) && fraction.size() >= hole.min_fraction &&
                    fraction.size() <= hole.max_fraction &&
                    (hole.leading_zeros || integer.size() == 1 || integer[0] != '0');
  return good ? std::string() : expected;
}

// Where the hole that starts at `at` ends: at the first terminator that its shortest text leaves room for.
std::size_t EndOf(const TemplateHole& hole, std::string_view text, std::size_t at, char terminator) {
  if (hole.has_public_length()) return std::min(at + hole.min_length, text.size());
  const std::size_t end = text.find(terminator, std::min(at + hole.min_length, text.size()));
  return end == std::string_view::npos ? text.size() : end;
}

}  // namespace

std::string HoleFault(const TemplateHole& hole, std::string_view text) {
  if (text.size() < hole.min_length || text.size() > hole.max_length) {
    if (hole.kind == HoleKind::kNumber) return NumberFault(hole, "");
    return hole.has_public_length()
               ? fmt::format("a text of {} bytes", hole.min_length)
               : fmt::format("a text of {} to {} bytes", hole.min_length, hole.max_length);
  }
  switch (hole.kind) {
    case HoleKind::kNumber: return NumberFault(hole, text);
    case HoleKind::kChoice:
    case HoleKind::kBoolean:
      return std::ranges::find(hole.values, text) != hole.values.end()
                 ? std::string()
                 : std::string("one of the template's values");
    case HoleKind::kDate:
      return DaysOfDate(text) ? std::string() : std::string("a day like 2026-11-22, from 1901 to 2099");
    case HoleKind::kTimestamp:
      return MinutesOfTimestamp(text) ? std::string()
                                      : std::string("a time like 2026-11-22T13:05, from 1901 to 2099");
    case HoleKind::kSecret:
    case HoleKind::kText:
    case HoleKind::kSkip: break;
  }
  const std::bitset<256> set = BytesOfCharset(hole.charset);
  const bool good = std::ranges::all_of(text, [&](char c) { return set[static_cast<unsigned char>(c)]; });
  return good ? std::string() : fmt::format("bytes of the set \"{}\" alone", CharsetName(hole.charset));
}

Result<Buffer<std::uint8_t>> FillRequest(const Template& source,
                                         const std::map<std::string, std::string>& secrets) {
  std::size_t size = 0;
  std::size_t used = 0;
  for (const TemplatePart& part : source.request) {
    if (!part.hole) {
      size += part.literal.size();
      continue;
    }
    const TemplateHole& hole = source.holes[*part.hole];
    const auto secret = secrets.find(hole.name);
    if (secret == secrets.end())
      return Refuse(fmt::format("the request needs \"{}\", which was not given", hole.name));
    if (const auto expected = HoleFault(hole, secret->second); !expected.empty()) {
      return Refuse(
          fmt::format("the value for \"{}\" does not fit the template; write {}", hole.name, expected));
    }
    size += secret->second.size();
    ++used;
  }
  if (used != secrets.size()) return Refuse("a value was given for a hole that the request does not have");
  auto request = Buffer<std::uint8_t>::Raw(size);
  std::uint8_t* out = request.data();
  for (const TemplatePart& part : source.request) {
    const std::string& text = part.hole ? secrets.at(source.holes[*part.hole].name) : part.literal;
    out = std::ranges::copy(AsBytes(text), out).out;
  }
  return request;
}

Result<std::vector<HoleMatch>> RequestHoles(const Template& source, const std::vector<std::size_t>& lengths) {
  std::vector<HoleMatch> holes;
  std::size_t at = 0;
  for (const TemplatePart& part : source.request) {
    if (!part.hole) {
      at += part.literal.size();
      continue;
    }
    const TemplateHole& hole = source.holes[*part.hole];
    if (holes.size() == lengths.size()) return Refuse("the request has more holes than lengths were given");
    const std::size_t length = lengths[holes.size()];
    if (length < hole.min_length || length > hole.max_length) {
      return Refuse(fmt::format("the request's \"{}\" has {} bytes where the template allows {} to {}",
                                hole.name, length, hole.min_length, hole.max_length));
    }
    holes.push_back({*part.hole, {at, length}});
    at += length;
  }
  if (holes.size() != lengths.size()) return Refuse("the request has fewer holes than lengths were given");
  return holes;
}

Result<std::vector<HoleMatch>> MatchRequest(const Template& source, ByteSpan request) {
  std::vector<HoleMatch> holes;
  std::size_t at = 0;
  for (std::size_t i = 0; i < source.request.size(); ++i) {
    const TemplatePart& part = source.request[i];
    if (!part.hole) {
      RETURN_IF_ERROR(ExpectLiteral("request", request, at, part.literal));
      at += part.literal.size();
      continue;
    }
    const TemplateHole& hole = source.holes[*part.hole];
    // The shortest run of the hole's bytes that the next literal follows.
    const std::string_view text = AsText(request);
    const std::string& next = source.request[i + 1].literal;
    std::size_t length = hole.min_length;
    while (
        length <= hole.max_length && at + length <= text.size() &&
        (!text.substr(at + length).starts_with(next) || !HoleFault(hole, text.substr(at, length)).empty())) {
      ++length;
    }
    if (length > hole.max_length || at + length > text.size()) {
      return Refuse(fmt::format(
          "the request differs from the template: at byte {} \"{}\" was expected, {} to {} bytes of the "
          "set \"{}\"",
          at, hole.name, hole.min_length, hole.max_length, CharsetName(hole.charset)));
    }
    holes.push_back({*part.hole, {at, length}});
    at += length;
  }
  if (at != request.size()) {
    return Refuse(fmt::format("the request differs from the template: it should end at byte {} and has {}",
                              at, request.size()));
  }
  return holes;
}

Result<ResponseMatch> MatchResponse(const Template& source, ByteSpan response) {
  ASSIGN_OR_RETURN(ResponseFrame frame, ReadResponseFrame(source, response, response.size()));
  if (frame.body_end < frame.total) {
    RETURN_IF_ERROR(ExpectLiteral("response", response, frame.body_end, kAfterOneChunk));
  }
  ResponseMatch match{std::move(frame), {}};
  const ByteSpan until_end = response.first(match.frame.body_end);
  const std::string_view text = AsText(until_end);
  std::size_t at = match.frame.body_begin;
  for (std::size_t i = 0; i < source.body.size(); ++i) {
    const TemplatePart& part = source.body[i];
    if (!part.hole) {
      RETURN_IF_ERROR(ExpectLiteral("response", until_end, at, part.literal));
      at += part.literal.size();
      continue;
    }
    const TemplateHole& hole = source.holes[*part.hole];
    const std::size_t end = EndOf(hole, text, at, source.body[i + 1].literal[0]);
    if (const auto expected = HoleFault(hole, text.substr(at, end - at)); !expected.empty()) {
      return Refuse(fmt::format(
          "the response differs from the template: at byte {} \"{}\" was expected, {}; {} bytes came before "
          "the next literal",
          at, hole.name, expected, end - at));
    }
    match.holes.push_back({*part.hole, {at, end - at}});
    at = end;
  }
  if (at != match.frame.body_end) {
    return Refuse(
        fmt::format("the response differs from the template: its body should end at byte {} and ends at {}",
                    at, match.frame.body_end));
  }
  return match;
}

}  // namespace mpcstats
