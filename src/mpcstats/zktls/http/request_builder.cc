#include "mpcstats/zktls/http/request_builder.h"

#include <fmt/core.h>

#include <algorithm>

#include "mpcstats/zktls/http/text.h"

namespace mpcstats {
namespace {

constexpr std::size_t kMaxRequest = 64 * 1024;
constexpr std::string_view kOwnFields[] = {
    "host",    "connection", "accept-encoding", "content-length", "transfer-encoding", "expect",
    "upgrade", "te",         "trailer"};

std::unexpected<Error> Wrong(std::string_view what) {
  return Fail(ErrorCode::kInvalidArgument, fmt::format("the request cannot be built: {}", what));
}

bool IsTargetCharacter(char c) { return c > 0x20 && c < 0x7f && c != '#'; }

Status CheckParts(const std::vector<RequestPart>& parts, bool (*allowed)(char), std::string_view where) {
  for (const RequestPart& part : parts) {
    if (!std::ranges::all_of(part.text, allowed)) {
      return Wrong(fmt::format("a {} part of {} holds a character that may not stand there",
                               part.mark == RequestMark::kHidden ? "hidden" : "public", where));
    }
  }
  return {};
}

std::size_t LengthOf(const std::vector<RequestPart>& parts) {
  std::size_t total = 0;
  for (const RequestPart& part : parts) total += part.text.size();
  return total;
}

Status CheckField(const HttpRequestSpec::Field& field) {
  if (!IsToken(field.name))
    return Wrong("a field's name is empty or holds a character that may not stand there");
  for (const std::string_view own : kOwnFields) {
    if (EqualFolded(field.name, own))
      return Wrong(fmt::format("the field {} is not the template's to set", field.name));
  }
  return CheckParts(field.value, IsFieldCharacter, "the field " + field.name);
}

Status Check(const HttpRequestSpec& spec) {
  if (spec.method != "GET" && spec.method != "POST") return Wrong("the method is neither GET nor POST");
  if (spec.method == "GET" && !spec.body.empty()) return Wrong("a GET has no body");
  const auto host_character = [](char c) {
    return IsDigit(c) || (c >= 'a' && c <= 'z') || c == '-' || c == '.' || c == ':';
  };
  if (spec.host.empty() || !std::ranges::all_of(spec.host, host_character)) {
    return Wrong("the host is not a DNS name in lower case, with a port if need be");
  }
  if (spec.target.empty() || !spec.target[0].text.starts_with('/') ||
      spec.target[0].mark != RequestMark::kPublic) {
    return Wrong("the target does not start with a public /");
  }
  RETURN_IF_ERROR(CheckParts(spec.target, IsTargetCharacter, "the target"));
  for (const auto& field : spec.fields) RETURN_IF_ERROR(CheckField(field));
  return CheckParts(spec.body, IsFieldCharacter, "the body");
}

// Two passes over the same parts: the first counts, so that no half-filled copies of credentials are left in memory.
template <typename Sink>
void Emit(const HttpRequestSpec& spec, Sink&& sink) {
  const auto literal = [&](std::string_view text) { sink(text, RequestMark::kPublic); };
  const auto parts = [&](const std::vector<RequestPart>& list) {
    for (const RequestPart& part : list) sink(part.text, part.mark);
  };
  literal(spec.method);
  literal(" ");
  parts(spec.target);
  literal(" HTTP/1.1\r\nHost: ");
  literal(spec.host);
  literal("\r\nConnection: close\r\nAccept-Encoding: identity\r\n");
  for (const auto& field : spec.fields) {
    literal(field.name);
    literal(": ");
    parts(field.value);
    literal("\r\n");
  }
  if (spec.method == "POST") literal(fmt::format("Content-Length: {}\r\n", LengthOf(spec.body)));
  literal("\r\n");
  parts(spec.body);
}

}  // namespace

Result<MarkedRequest> BuildMarkedRequest(const HttpRequestSpec& spec) {
  RETURN_IF_ERROR(Check(spec));
  std::size_t total = 0;
  Emit(spec, [&](std::string_view text, RequestMark) { total += text.size(); });
  if (total > kMaxRequest) return Wrong("it is over 64 KiB");
  MarkedRequest request{.bytes = Buffer<std::uint8_t>(total), .ranges = {}};
  std::size_t at = 0;
  Emit(spec, [&](std::string_view text, RequestMark mark) {
    if (text.empty()) return;
    std::ranges::copy(text, request.bytes.span().subspan(at).begin());
    if (request.ranges.empty() || request.ranges.back().mark != mark) {
      request.ranges.push_back({{at, at}, mark});
    }
    at += text.size();
    request.ranges.back().range.end = at;
  });
  return request;
}

}  // namespace mpcstats
