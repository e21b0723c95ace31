#include "mpcstats/survey/template_draft.h"

#include <fmt/format.h>

#include <algorithm>

#include "mpcstats/base/decimal.h"
#include "mpcstats/survey/template_parts.h"
#include "mpcstats/table/utf8.h"

namespace mpcstats {
namespace {

constexpr std::size_t kRoomForDigits = 10;

std::unexpected<Error> Refuse(std::string message) {
  return Fail(ErrorCode::kInvalidArgument, std::move(message));
}

// A TOML basic string.
std::string Quoted(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    switch (c) {
      case '"': out += "\\\""; break;
      case '\\': out += "\\\\"; break;
      case '\n': out += "\\n"; break;
      case '\r': out += "\\r"; break;
      case '\t': out += "\\t"; break;
      default: out += c;
    }
  }
  return out + '"';
}

std::string HoleText(const DraftField& field, std::string_view value, bool in_quotes) {
  std::string text = fmt::format("\n[[hole]]\nname = {}\n", Quoted(field.name));
  const std::size_t point = std::min(value.find('.'), value.size());
  const bool is_number =
      value.find_first_not_of("-.0123456789") == std::string_view::npos && ParseDecimal(value);
  const bool is_id = is_number && point == value.size() && point > kRoomForDigits;
  if (is_number && !is_id) {
    const std::size_t fraction = point < value.size() ? value.size() - point - 1 : 0;
    const std::size_t integer =
        std::min(std::max(point, kRoomForDigits), static_cast<std::size_t>(kMaxDecimalDigits) - fraction);
    text += fmt::format("kind = \"number\"\ninteger_digits = {}\n", integer);
    if (fraction > 0) text += fmt::format("fraction_digits = {}\n", fraction);
    if (value.starts_with('-')) text += "negative = true\n";
    return text;
  }
  const std::string charset = is_number ? "digits" : value.size() <= 16 ? "ascii" : "string";
  if (value.size() <= 16) return text + fmt::format("kind = \"text\"\ncharset = \"{}\"\nmax = 16\n", charset);
  return text + fmt::format("kind = \"skip\"\ncharset = \"{}\"\nmax = {}\n{}", charset, 2 * value.size(),
                            in_quotes ? "" : "min = 1\n");
}

}  // namespace

Result<std::string> DraftTemplate(const DraftRequest& request, ByteSpan response,
                                  const std::vector<DraftField>& fields) {
  Template rules;
  rules.hidden_headers = {"set-cookie"};
  ASSIGN_OR_RETURN(const ResponseFrame frame, ReadResponseFrame(rules, response, response.size()));
  const std::string_view text(reinterpret_cast<const char*>(response.data()), frame.body_end);
  if (!IsUtf8(text.substr(frame.body_begin))) return Refuse("the sample response's body is not UTF-8 text");
  std::vector<DraftField> sorted = fields;
  std::ranges::sort(sorted, {}, [](const DraftField& field) { return field.bytes.offset; });
  std::string body;
  std::string holes;
  std::size_t at = frame.body_begin;
  for (const DraftField& field : sorted) {
    const std::size_t end = field.bytes.offset + field.bytes.size;
    if (field.bytes.offset < at || end > frame.body_end || end < field.bytes.offset) {
      return Refuse(
          fmt::format("the bytes of field {} are not in the body of the sample, or in another field",
                      QuoteForMessage(field.name)));
    }
    body += text.substr(at, field.bytes.offset - at);
    body += fmt::format("<<{}>>", field.name);
    const bool in_quotes = field.bytes.offset > 0 && text[field.bytes.offset - 1] == '"';
    holes += HoleText(field, text.substr(field.bytes.offset, field.bytes.size), in_quotes);
    at = end;
  }
  body += text.substr(at);
  for (const std::string& secret : request.secrets) {
    holes += fmt::format("\n[[hole]]\nname = {}\nkind = \"secret\"\ncharset = \"alphanumeric\"\nmax = 128\n",
                         Quoted(secret));
  }
  std::string headers;
  for (const std::string& header : request.headers)
    headers += fmt::format("{}{}", headers.empty() ? "" : ", ", Quoted(header));
  std::string draft = fmt::format(
      "# A draft from one response. Everything in body that is not a <<hole>> must be the same in every "
      "response:\n"
      "# mark what changes (times, other amounts) as holes of kind \"skip\", and adjust digits and lengths.\n"
      "[template]\nid = \"draft\"\ntitle = \"Draft\"\nhost = {}\n\n[request]\ntarget = {}\nheaders = [{}]\n\n"
      "[response]\nhidden_headers = [\"set-cookie\"]\nbody = {}\n{}",
      Quoted(request.host), Quoted(request.target), headers, Quoted(body), holes);
  ASSIGN_OR_RETURN(const Template parsed, ParseTemplate(draft));
  if (const auto match = MatchResponse(parsed, response); !match) return std::unexpected(match.error());
  return draft;
}

}  // namespace mpcstats
