#include "mpcstats/cli/survey_place.h"

#include <fmt/core.h>

#include <CLI/CLI.hpp>
#include <memory>
#include <nlohmann/json.hpp>

#include "mpcstats/cli/client.h"
#include "mpcstats/service/http_api.h"
#include "mpcstats/service/party_client.h"
#include "mpcstats/table/utf8.h"

namespace mpcstats {
namespace {

using Json = nlohmann::json;

constexpr std::string_view kSurveysPath = "/v1/surveys";
// More than anybody would compare by eye.
constexpr std::size_t kMostShown = 20;

// Where a survey is fetched, and what the address says that it is.
struct Address {
  std::string base;
  std::optional<Bytes32> hash;
};

Result<Bytes32> ParseHash(const std::string& text, const std::string& where) {
  const auto hash = ParseId(text);
  if (!hash) {
    return Fail(ErrorCode::kInvalidArgument, where + " takes a survey's hash of 64 hexadecimal digits");
  }
  return *hash;
}

Result<std::optional<Bytes32>> SameHash(const std::optional<Bytes32>& one,
                                        const std::optional<Bytes32>& other) {
  if (one && other && *one != *other) {
    return Fail(ErrorCode::kInvalidArgument,
                "two different surveys are meant: " + ToHex(*one) + " and " + ToHex(*other));
  }
  return one ? one : other;
}

Result<Address> ParseAddress(const std::string& place) {
  Address address{.base = place, .hash = std::nullopt};
  if (const std::size_t sharp = address.base.find('#'); sharp != std::string::npos) {
    ASSIGN_OR_RETURN(address.hash,
                     ParseHash(address.base.substr(sharp + 1), "the part behind # of --survey"));
    address.base.erase(sharp);
  }
  if (const std::size_t path = address.base.find(kSurveysPath); path != std::string::npos) {
    std::string rest = address.base.substr(path + kSurveysPath.size());
    address.base.erase(path);
    while (rest.ends_with('/')) rest.pop_back();
    if (!rest.empty()) {
      ASSIGN_OR_RETURN(const Bytes32 hash,
                       ParseHash(rest.substr(1), "the part behind /v1/surveys/ of --survey"));
      ASSIGN_OR_RETURN(address.hash, SameHash(address.hash, hash));
    }
  }
  return address;
}

// One GET of a public document from a server that nothing is known of.
Result<std::string> Get(const std::string& base, const std::string& path) {
  HttpClientOptions options;
  ASSIGN_OR_RETURN(options.base, Url::Parse(base));
  options.any_server = options.base.tls;
  options.max_response = kMaxSurveyBytes;
  const std::string name = options.base.ToString();
  ASSIGN_OR_RETURN(const std::unique_ptr<HttpClient> client, HttpClient::Create(std::move(options)));
  ASSIGN_OR_RETURN(const HttpResponse response, client->Request("GET", path));
  if (response.status >= 300 && response.status < 400) {
    return Fail(ErrorCode::kInvalidArgument,
                name + " points to another address, which is not followed: give that one, or the file");
  }
  if (response.status != 200) return std::unexpected(ProblemError(response, name));
  const ByteSpan content = response.Content();
  return std::string(content.begin(), content.end());
}

Result<SignedSurvey> FetchPinned(const std::string& base, const Bytes32& hash) {
  const std::string wanted = ToHex(hash);
  ASSIGN_OR_RETURN(const std::string text, Get(base, std::string(kSurveysPath) + "/" + wanted));
  auto survey = SignedSurvey::FromJson(text);
  if (!survey) {
    return Fail(ErrorCode::kProtocolViolation,
                base + " serves no signed survey under that hash: " + survey.error().message());
  }
  if (survey->hash() != hash) {
    return Fail(
        ErrorCode::kProtocolViolation,
        fmt::format("{} serves another survey ({}) than {}; nothing was sent: do not use this server, and "
                    "tell who gave you the address",
                    base, ToHex(survey->hash()), wanted));
  }
  return survey;
}

// What the server shows, so that a person can compare it with what she was told.
Status ShowOffered(const std::string& base) {
  ASSIGN_OR_RETURN(const std::string text, Get(base, std::string(kSurveysPath)));
  const Json json = Json::parse(text, nullptr, false);
  const Json list = json.is_object() ? json.value("surveys", Json()) : Json();
  if (!list.is_array()) {
    return Fail(ErrorCode::kProtocolViolation, base + " is no server of surveys: it lists none");
  }
  std::size_t shown = 0;
  for (const Json& one : list) {
    if (!one.is_object() || shown == kMostShown) continue;
    const auto text_of = [&](const char* key) {
      return one.contains(key) && one[key].is_string() ? one[key].get<std::string>() : std::string();
    };
    const auto hash = ParseId(text_of("hash"));
    if (!hash) continue;
    if (shown++ == 0) fmt::print("{} shows\n", base);
    fmt::print("  {}  {}\n", ToHex(*hash), QuoteForMessage(text_of("title"), 60));
  }
  if (shown == 0) fmt::print("{} shows no survey\n", base);
  fmt::print(
      "Not pinned: whoever answers there can make such a list. Compare the hash with a source that you "
      "trust, and add "
      "#HASH to the address or --survey-hash HASH.\n");
  return {};
}

}  // namespace

void AddSurveyOptions(CLI::App* command, SurveyPlace* source, SurveyOption option) {
  CLI::Option* survey = command->add_option("--survey", source->place,
                                            "The signed survey: a file, or an address with its hash");
  if (option == SurveyOption::kRequired) survey->required();
  command->add_option("--survey-hash", source->hash, "The survey's hash, from somewhere you trust");
}

bool IsAddress(const SurveyPlace& source) {
  return source.place.starts_with("http://") || source.place.starts_with("https://");
}

Result<std::optional<Bytes32>> PinOf(const SurveyPlace& source) {
  std::optional<Bytes32> pin;
  if (!source.hash.empty()) {
    ASSIGN_OR_RETURN(pin, ParseHash(source.hash, "--survey-hash"));
  }
  if (!IsAddress(source)) return pin;
  ASSIGN_OR_RETURN(const Address address, ParseAddress(source.place));
  return SameHash(pin, address.hash);
}

Result<std::optional<SignedSurvey>> LoadSurvey(const SurveyPlace& source,
                                               const std::optional<Bytes32>& expected) {
  ASSIGN_OR_RETURN(const std::optional<Bytes32> given, PinOf(source));
  ASSIGN_OR_RETURN(const std::optional<Bytes32> pin, SameHash(given, expected));
  if (IsAddress(source)) {
    ASSIGN_OR_RETURN(const Address address, ParseAddress(source.place));
    if (!pin) {
      RETURN_IF_ERROR(ShowOffered(address.base));
      return std::nullopt;
    }
    ASSIGN_OR_RETURN(const SignedSurvey survey, FetchPinned(address.base, *pin));
    return survey;
  }
  ASSIGN_OR_RETURN(const SignedSurvey survey, ReadSurveyFile(source.place));
  if (given && survey.hash() != *given) {
    return Fail(ErrorCode::kInvalidArgument,
                source.place + " is another survey than --survey-hash names: " + ToHex(survey.hash()));
  }
  return survey;
}

}  // namespace mpcstats
