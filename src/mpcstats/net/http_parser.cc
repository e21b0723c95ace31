#include "mpcstats/net/http_parser.h"

// The one file that includes Beast: it compiles slowly.
#include <algorithm>
#include <boost/asio/buffer.hpp>
#include <boost/beast/http/basic_parser.hpp>
#include <boost/beast/http/error.hpp>

#include "mpcstats/net/http_format.h"

namespace mpcstats {
namespace {

namespace beast = boost::beast;
namespace http = boost::beast::http;
using BeastError = beast::error_code;

// A body's memory grows with what arrives, not with what is announced.
constexpr std::size_t kReserveBytes = 64 * 1024;
constexpr std::size_t kMaxHeaders = 100;
// The shortest end of a chunked body: "0", CRLF, CRLF. Beast expects that much when it is called a second time.
constexpr std::size_t kLastChunkBytes = 5;

// What HttpRequestParser and HttpResponseParser have in common.
template <bool kIsRequest>
class Message : public http::basic_parser<kIsRequest> {
 public:
  using Base = http::basic_parser<kIsRequest>;

  explicit Message(std::size_t max_header) : max_header_(max_header) {
    Base::header_limit(static_cast<std::uint32_t>(max_header));
    Base::body_limit(boost::none);
    Base::eager(false);
  }

  std::size_t Parse(ByteSpan bytes) {
    std::size_t used = 0;
    while (state_ != HttpParserState::kDone && state_ != HttpParserState::kFailed && used < bytes.size()) {
      const ByteSpan rest = bytes.subspan(used);
      if (starved_ && rest.size() < kLastChunkBytes) return used;
      BeastError error;
      const bool in_header = state_ == HttpParserState::kHeader;
      used += Base::put(boost::asio::const_buffer(rest.data(), rest.size()), error);
      if (error == http::error::need_more) {
        // Lines between chunks; Beast itself bounds the headers.
        starved_ = !in_header;
        if (bytes.size() - used > max_header_) Fail(http::error::header_limit);
        return used;
      }
      starved_ = false;
      if (error) {
        Fail(error);
        return used;
      }
      if (Base::is_done()) {
        state_ = HttpParserState::kDone;
      } else if (in_header && Base::is_header_done()) {
        state_ = HttpParserState::kBody;
        return used;
      }
    }
    return used;
  }

  void Fail(BeastError error) {
    state_ = HttpParserState::kFailed;
    error_ = error;
  }

  HttpParserState state_ = HttpParserState::kHeader;
  BeastError error_;
  HttpHeaders* headers_ = nullptr;
  Bytes* body_ = nullptr;

 protected:
  void on_request_impl(http::verb, beast::string_view, beast::string_view, int, BeastError&) override {}
  void on_response_impl(int, beast::string_view, int, BeastError&) override {}

  void on_field_impl(http::field field, beast::string_view name, beast::string_view value,
                     BeastError& error) override {
    if (Base::is_header_done()) return;  // a trailer: nobody has limited or expects it
    // RFC 9112 section 6.1 and 6.3: a length that two programs may understand differently splits requests.
    if (field == http::field::transfer_encoding && !beast::iequals(value, "chunked")) {
      error = http::error::bad_transfer_encoding;
    }
    if (field == http::field::content_length) {
      const bool digits =
          std::all_of(value.begin(), value.end(), [](char c) { return c >= '0' && c <= '9'; });
      if (has_length_ || !digits) error = http::error::bad_content_length;
      has_length_ = true;
    }
    if (headers_->size() == kMaxHeaders) error = http::error::header_limit;
    if (error) return;
    std::string lower(name.data(), name.size());
    std::ranges::transform(lower, lower.begin(), AsciiLower);
    headers_->emplace_back(std::move(lower), std::string(value.data(), value.size()));
  }

  void on_header_impl(BeastError&) override {}

  void on_body_init_impl(boost::optional<std::uint64_t> const& length, BeastError&) override {
    if (length) body_->reserve(std::min<std::uint64_t>(*length, kReserveBytes));
  }

  std::size_t on_body_impl(beast::string_view bytes, BeastError&) override {
    body_->insert(body_->end(), bytes.begin(), bytes.end());
    return bytes.size();
  }

  void on_chunk_header_impl(std::uint64_t, beast::string_view, BeastError&) override {}

  std::size_t on_chunk_body_impl(std::uint64_t, beast::string_view bytes, BeastError& error) override {
    return on_body_impl(bytes, error);
  }

  void on_finish_impl(BeastError&) override {}

 private:
  std::size_t max_header_;
  bool starved_ = false;
  bool has_length_ = false;
};

HttpFault FaultOf(BeastError error) {
  if (error == http::error::body_limit) {
    return {413, "body-too-large", "Body too large", "The body is larger than this address takes."};
  }
  if (error == http::error::header_limit) {
    return {431, "headers-too-large", "Headers too large", "The headers are more than this server takes."};
  }
  if (error == http::error::bad_version) {
    return {505, "http-version", "HTTP version not supported",
            "The request line must end with HTTP/1.1 or HTTP/1.0 and a CRLF."};
  }
  if (error == http::error::bad_content_length || error == http::error::multiple_content_length ||
      error == http::error::bad_transfer_encoding) {
    return {
        400, "malformed-request", "Malformed request",
        "The length of the body is not plain: send either one Content-Length or Transfer-Encoding: chunked."};
  }
  return {400, "malformed-request", "Malformed request", "The bytes sent are not an HTTP/1.1 request."};
}

}  // namespace

class HttpRequestParser::Impl final : public Message<true> {
 public:
  explicit Impl(std::size_t max_header) : Message(max_header) {
    headers_ = &request_.headers;
    body_ = &request_.body;
  }

  HttpFault fault_;
  HttpRequest request_;

  // Beast checks message by message; these are the rules for a request as a whole.
  void CheckHeader() {
    std::size_t hosts = 0;
    bool has_encoding = false;
    for (const auto& [name, value] : request_.headers) {
      hosts += name == "host" ? 1 : 0;
      has_encoding |= name == "transfer-encoding";
    }
    // RFC 9112 section 3.2.
    if (hosts > 1 || (hosts == 0 && version_ == 11)) {
      return Refuse("An HTTP/1.1 request must have exactly one Host header.");
    }
    if (has_encoding && version_ == 10) return Refuse("HTTP/1.0 has no Transfer-Encoding.");
    SplitTarget();
  }

  void Refuse(std::string_view detail) {
    state_ = HttpParserState::kFailed;
    fault_ = {400, "malformed-request", "Malformed request", detail};
  }

 private:
  void on_request_impl(http::verb, beast::string_view method, beast::string_view target, int version,
                       BeastError&) override {
    request_.method.assign(method.data(), method.size());
    request_.target.assign(target.data(), target.size());
    version_ = version;
  }

  void SplitTarget() {
    std::string& target = request_.target;
    // The absolute form, which proxies use, names the same thing: RFC 9112 section 3.2.2.
    for (const std::string_view scheme : {"http://", "https://"}) {
      if (!target.starts_with(scheme)) continue;
      const std::size_t path = target.find_first_of("/?", scheme.size());
      target = path == std::string::npos ? "/" : target.substr(path);
      if (target.starts_with('?')) target.insert(target.begin(), '/');
      break;
    }
    const bool any = target == "*" && request_.method == "OPTIONS";
    if (!any && !target.starts_with('/'))
      return Refuse("The request's target must be a path that starts with /.");
    if (target.contains('#')) return Refuse("A fragment (#) may not stand in the request's target.");
    if (const std::size_t mark = target.find('?'); mark != std::string::npos) {
      request_.query = target.substr(mark + 1);
      target.resize(mark);
    }
  }

  int version_ = 11;
};

HttpRequestParser::HttpRequestParser(std::size_t max_header) : impl_(std::make_unique<Impl>(max_header)) {}
HttpRequestParser::~HttpRequestParser() = default;

std::size_t HttpRequestParser::Parse(ByteSpan bytes) {
  const bool in_header = state() == HttpParserState::kHeader;
  const std::size_t used = impl_->Parse(bytes);
  if (state() == HttpParserState::kFailed) {
    impl_->fault_ = FaultOf(impl_->error_);
  } else if (in_header && state() != HttpParserState::kHeader) {
    impl_->CheckHeader();
  }
  return used;
}

HttpParserState HttpRequestParser::state() const { return impl_->state_; }

void HttpRequestParser::LimitBody(std::size_t bytes) {
  if (state() != HttpParserState::kBody) return;
  const auto length = impl_->content_length();
  if (length && *length > bytes) {
    impl_->Fail(http::error::body_limit);
    impl_->fault_ = FaultOf(impl_->error_);
  }
  impl_->body_limit(bytes);
}

const HttpFault& HttpRequestParser::fault() const { return impl_->fault_; }
HttpRequest& HttpRequestParser::request() { return impl_->request_; }
bool HttpRequestParser::keep_alive() const { return impl_->keep_alive(); }

bool HttpRequestParser::expects_continue() const {
  return beast::iequals(impl_->request_.Header("expect"), "100-continue");
}

class HttpResponseParser::Impl final : public Message<false> {
 public:
  Impl(std::size_t max_header, std::size_t max_body, Content content) : Message(max_header) {
    headers_ = &response_.headers;
    body_ = &response_.body;
    body_limit(max_body);
    skip(content == Content::kNone);
  }

  HttpResponse response_;

 private:
  void on_response_impl(int status, beast::string_view, int, BeastError&) override {
    response_.status = status;
  }
};

HttpResponseParser::HttpResponseParser(std::size_t max_header, std::size_t max_body, Content content)
    : impl_(std::make_unique<Impl>(max_header, max_body, content)) {}
HttpResponseParser::~HttpResponseParser() = default;

std::size_t HttpResponseParser::Parse(ByteSpan bytes) { return impl_->Parse(bytes); }
HttpParserState HttpResponseParser::state() const { return impl_->state_; }

void HttpResponseParser::End() {
  if (state() == HttpParserState::kDone || state() == HttpParserState::kFailed) return;
  BeastError error = http::error::partial_message;
  if (impl_->got_some()) impl_->put_eof(error);
  if (error) return impl_->Fail(error);
  impl_->state_ = HttpParserState::kDone;
}

Error HttpResponseParser::error() const {
  if (impl_->error_ == http::error::body_limit) {
    return Error(ErrorCode::kResourceExhausted, "sent a larger response than is taken here");
  }
  if (impl_->error_ == http::error::partial_message) {
    return Error(ErrorCode::kUnavailable, "closed the connection in the middle of a response");
  }
  return Error(ErrorCode::kProtocolViolation, "sent bytes that are not an HTTP/1.1 response");
}

HttpResponse& HttpResponseParser::response() { return impl_->response_; }
bool HttpResponseParser::keep_alive() const { return impl_->keep_alive(); }

}  // namespace mpcstats
