#include "mpcstats/zktls/http/response_layout.h"

#include <fmt/core.h>

#include <algorithm>

#include "mpcstats/base/check.h"
#include "mpcstats/zktls/http/text.h"

namespace mpcstats {
namespace {

constexpr std::size_t kMaxHead = 32 * 1024;
constexpr std::size_t kMaxFields = 100;
constexpr std::size_t kMaxBody = std::size_t{1} << 28;

// Walks over the response; nothing in a Result means that it goes on.
class Parser {
 public:
  explicit Parser(std::string_view text) : text_(text) {}

  Result<std::optional<HttpResponseLayout>> Parse() {
    ASSIGN_OR_RETURN(bool whole, ParseStatusLine());
    while (whole && !head_done_) {
      ASSIGN_OR_RETURN(whole, ParseField());
    }
    if (!whole) {
      if (text_.size() > kMaxHead && !head_done_)
        return Wrong(at_, "the head of the response is over 32 KiB");
      return std::nullopt;
    }
    out_.body_begin = at_;
    RETURN_IF_ERROR(DecideFraming());
    ASSIGN_OR_RETURN(whole,
                     out_.framing == HttpResponseLayout::Framing::kChunked ? ParseChunks() : ParseLength());
    if (!whole) return std::nullopt;
    out_.end = at_;
    if (at_ != text_.size()) return Wrong(at_, "there are bytes after the response");
    return std::move(out_);
  }

 private:
  static std::unexpected<Error> Wrong(std::size_t at, std::string_view what) {
    return Fail(ErrorCode::kProtocolViolation, fmt::format("byte {} of the HTTP response: {}", at, what));
  }

  // The next line without its CRLF, or nothing when it has no end yet.
  Result<std::optional<TextRange>> Line() {
    for (std::size_t i = at_; i < text_.size(); ++i) {
      const char c = text_[i];
      if (i >= kMaxHead && !head_done_) return Wrong(i, "the head of the response is over 32 KiB");
      if (c == '\r') {
        if (i + 1 == text_.size()) return std::nullopt;
        if (text_[i + 1] != '\n') return Wrong(i, "a carriage return without its line feed");
        const TextRange line{at_, i};
        at_ = i + 2;
        return line;
      }
      if (!IsFieldCharacter(c)) return Wrong(i, "a control character in a line that must end with CRLF");
    }
    return std::nullopt;
  }

  Result<bool> ParseStatusLine() {
    ASSIGN_OR_RETURN(const std::optional<TextRange> line, Line());
    if (!line) return false;
    const std::string_view text = line->In(text_);
    constexpr std::string_view kVersion = "HTTP/1.1 ";
    if (!text.starts_with(kVersion))
      return Wrong(line->begin, "the status line does not start with HTTP/1.1");
    const std::string_view code = text.substr(kVersion.size(), 3);
    if (code.size() != 3 || !std::ranges::all_of(code, IsDigit) || (text.size() > 12 && text[12] != ' ')) {
      return Wrong(line->begin + kVersion.size(), "the status is not three digits");
    }
    out_.status = (code[0] - '0') * 100 + (code[1] - '0') * 10 + (code[2] - '0');
    if (out_.status < 200 || out_.status > 599) {
      return Wrong(line->begin + kVersion.size(),
                   "the status is not 200 to 599; interim responses are not taken");
    }
    out_.status_line = *line;
    return true;
  }

  Result<bool> ParseField() {
    ASSIGN_OR_RETURN(const std::optional<TextRange> line, Line());
    if (!line) return false;
    if (line->size() == 0) {
      head_done_ = true;
      return true;
    }
    const std::string_view text = line->In(text_);
    if (text[0] == ' ' || text[0] == '\t') return Wrong(line->begin, "a field is folded over several lines");
    const std::size_t colon = text.find(':');
    if (colon == std::string_view::npos || !IsToken(text.substr(0, colon))) {
      return Wrong(line->begin, "a field has no name that ends with a colon");
    }
    if (out_.fields.size() == kMaxFields) return Wrong(line->begin, "more than 100 fields");
    std::size_t begin = line->begin + colon + 1;
    std::size_t end = line->end;
    while (begin < end && IsBlank(text_[begin])) ++begin;
    while (begin < end && IsBlank(text_[end - 1])) --end;
    out_.fields.push_back({{line->begin, line->begin + colon}, {begin, end}});
    return true;
  }

  Status DecideFraming() {
    const HttpResponseLayout::Field* length = nullptr;
    const HttpResponseLayout::Field* coding = nullptr;
    for (const auto& field : out_.fields) {
      const std::string_view name = field.name.In(text_);
      if (EqualFolded(name, "content-length") && std::exchange(length, &field) != nullptr) {
        return Wrong(field.name.begin, "a second Content-Length");
      }
      if (EqualFolded(name, "transfer-encoding") && std::exchange(coding, &field) != nullptr) {
        return Wrong(field.name.begin, "a second Transfer-Encoding");
      }
      if (EqualFolded(name, "trailer")) return Wrong(field.name.begin, "trailers are not taken");
      if (EqualFolded(name, "content-encoding") && !EqualFolded(field.value.In(text_), "identity")) {
        return Wrong(field.value.begin, "the body has a content coding; ask for Accept-Encoding: identity");
      }
    }
    if (length != nullptr && coding != nullptr) {
      return Wrong(coding->name.begin, "both Content-Length and Transfer-Encoding");
    }
    if (out_.status == 204 || out_.status == 304) {
      if (coding != nullptr) return Wrong(coding->name.begin, "a Transfer-Encoding where there is no body");
      return {};
    }
    if (coding != nullptr) {
      if (!EqualFolded(coding->value.In(text_), "chunked")) {
        return Wrong(coding->value.begin, "a Transfer-Encoding other than chunked");
      }
      out_.framing = HttpResponseLayout::Framing::kChunked;
      return {};
    }
    if (length == nullptr)
      return Wrong(out_.body_begin, "neither Content-Length nor Transfer-Encoding: chunked");
    const std::string_view digits = length->value.In(text_);
    if (digits.empty() || digits.size() > 9 || !std::ranges::all_of(digits, IsDigit)) {
      return Wrong(length->value.begin, "a Content-Length that is not up to nine digits");
    }
    for (const char c : digits) length_ = length_ * 10 + static_cast<std::size_t>(c - '0');
    out_.framing = HttpResponseLayout::Framing::kContentLength;
    return {};
  }

  Result<bool> ParseLength() {
    if (text_.size() - at_ < length_) return false;
    if (length_ > 0) out_.body.push_back({at_, at_ + length_});
    at_ += length_;
    return true;
  }

  Result<bool> ParseChunks() {
    std::size_t total = 0;
    for (;;) {
      ASSIGN_OR_RETURN(const std::optional<TextRange> line, Line());
      if (!line) return false;
      const std::string_view digits = line->In(text_);
      if (digits.empty() || digits.size() > 7 || !std::ranges::all_of(digits, IsHexDigit)) {
        return Wrong(line->begin,
                     "a chunk does not start with its size in up to seven hexadecimal digits alone");
      }
      std::size_t size = 0;
      for (const char c : digits) size = size * 16 + HexValue(c);
      total += size;
      if (total > kMaxBody) return Wrong(line->begin, "the body is over 256 MiB");
      if (text_.size() - at_ < size + 2) {
        // What is there of the end must fit.
        if (size == 0 && at_ < text_.size() && text_[at_] != '\r')
          return Wrong(at_, "trailers are not taken");
        return false;
      }
      if (text_.substr(at_ + size, 2) != "\r\n") {
        return Wrong(at_ + size,
                     size == 0 ? "trailers are not taken" : "a chunk does not end where its size says");
      }
      if (size > 0) out_.body.push_back({at_, at_ + size});
      at_ += size + 2;
      if (size == 0) return true;
    }
  }

  std::string_view text_;
  std::size_t at_ = 0;
  std::size_t length_ = 0;
  bool head_done_ = false;
  HttpResponseLayout out_;
};

}  // namespace

std::size_t HttpResponseLayout::body_bytes() const {
  std::size_t total = 0;
  for (const TextRange& piece : body) total += piece.size();
  return total;
}

std::size_t HttpResponseLayout::BodyOffset(std::size_t offset) const {
  for (const TextRange& piece : body) {
    if (offset < piece.size()) return piece.begin + offset;
    offset -= piece.size();
  }
  CHECK(false);
  return 0;
}

std::string HttpResponseLayout::Body(std::string_view response) const {
  std::string out;
  for (const TextRange& piece : body) out += piece.In(response);
  return out;
}

Result<std::optional<HttpResponseLayout>> ParseHttpResponseLayout(std::string_view response) {
  return Parser(response).Parse();
}

}  // namespace mpcstats
