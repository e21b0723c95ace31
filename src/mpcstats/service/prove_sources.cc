#include "mpcstats/service/prove_sources.h"

#include <fmt/core.h>

#include <algorithm>
#include <chrono>
#include <nlohmann/json.hpp>
#include <thread>

#include "mpcstats/circuit/tls_prf.h"
#include "mpcstats/net/http_client.h"
#include "mpcstats/zktls/garble/tls_plan.h"
#include "mpcstats/zktls/session/prover_session.h"
#include "mpcstats/zktls/session/session_ahead.h"

namespace mpcstats {
namespace {

using Clock = std::chrono::steady_clock;

// Where a notary takes sessions: its own word over a connection that proved its identity.
Result<std::uint16_t> SessionPort(const Url& url, const SurveyNotary& notary) {
  HttpClientOptions http;
  http.base = url;
  http.pins = {FingerprintOfKey(notary.identity_key)};
  http.request_timeout = std::chrono::seconds(10);
  http.max_response = 64 << 10;
  ASSIGN_OR_RETURN(const std::unique_ptr<HttpClient> client, HttpClient::Create(std::move(http)));
  ASSIGN_OR_RETURN(const HttpResponse response, client->Request("GET", "/v1/info"));
  const ByteSpan content = response.Content();
  const auto info = nlohmann::json::parse(content.begin(), content.end(), nullptr, false);
  if (response.status != 200 || !info.is_object() || !info.contains("session_port") ||
      !info["session_port"].is_number_unsigned() || info["session_port"] > 65535 ||
      info["session_port"] == 0) {
    return Fail(ErrorCode::kProtocolViolation, notary.name + " does not say where it takes sessions");
  }
  return info["session_port"].get<std::uint16_t>();
}

Result<std::unique_ptr<FrameStream>> ConnectTo(const SurveyNotary& notary) {
  ASSIGN_OR_RETURN(const Url url, Url::Parse(notary.url));
  ASSIGN_OR_RETURN(const std::uint16_t port, SessionPort(url, notary));
  return FrameStream::Connect(url.host, port, {FingerprintOfKey(notary.identity_key)},
                              {.peer_name = "the notary " + notary.name, .wait = std::chrono::seconds(60)});
}

// One source on its way.
struct Way {
  const SurveySource* source = nullptr;
  const SourceInput* input = nullptr;
  Template content;
  Buffer<std::uint8_t> request;
  std::unique_ptr<FrameStream> stream;
  std::optional<OpenedSession> opened;
  std::unique_ptr<SessionAhead> ahead;  ///< mode mpc, while the person reads
  bool was_ahead = false;
  Clock::time_point began;
};

// Everything that can be refused without a notary.
Result<Way> Prepare(const SurveySource& source, const SourceInput& input) {
  Way way;
  way.source = &source;
  way.input = &input;
  ASSIGN_OR_RETURN(way.content, ParseTemplate(input.template_text));
  if (TemplateHash(way.content) != source.template_hash) {
    return Fail(ErrorCode::kInvalidArgument,
                fmt::format("the template {} is another than the survey's for {}; ask the organiser for {}",
                            way.content.id, source.id, ToHex(ByteSpan(source.template_hash).first(8))));
  }
  ASSIGN_OR_RETURN(way.request, FillRequest(way.content, input.secrets));
  if (source.weakest == AttestationMode::kMpc) {
    RETURN_IF_ERROR(RequestBucketFor(way.request.size()));
  }
  return way;
}

// The proof's circuits depend on public sizes alone and take longer to make than to prove: they are made while the notary is called.
std::jthread MakeCircuits(const Survey& survey) {
  std::vector<std::size_t> rows;
  for (const ColumnGroup& group : GroupsOf(survey)) {
    if (group.source_id != 0) rows.push_back(group.layout.bytes());
  }
  return std::jthread([rows = std::move(rows)] {
    static_cast<void>(TlsPrf());
    for (const std::size_t bytes : rows) static_cast<void>(ShareCommitmentCircuit(bytes));
  });
}

// The first notary of the source that answers, with a key that the survey names.
Result<ReadySession> OpenSession(const Survey& survey, const SurveySource& source, std::size_t request_bytes,
                                 Rng& rng, const SessionAhead::ShowSocket& show) {
  Status outcome = Fail(ErrorCode::kUnavailable, "the survey names no notary for " + source.id);
  for (const std::size_t index : source.notaries) {
    const SurveyNotary& notary = survey.notaries[index];
    auto stream = ConnectTo(notary);
    if (!stream) {
      outcome = std::unexpected(stream.error());
      continue;
    }
    show((*stream)->fd());
    auto opened = OpenedSession::Open(**stream, source.weakest, rng, request_bytes);
    if (!opened) {
      outcome = std::unexpected(opened.error());
      show(-1);
      continue;
    }
    const bool known = std::ranges::any_of(
        notary.keys, [&](const NotaryKey& key) { return NotaryKeyId(key.public_key) == opened->key_id(); });
    if (!known) {
      outcome =
          Fail(ErrorCode::kInvalidArgument,
               fmt::format("{} signs with a key that the survey does not name; its organiser has to add it",
                           notary.name));
      show(-1);
      continue;
    }
    return ReadySession{std::move(*stream), std::move(*opened)};
  }
  return std::unexpected(outcome.error());
}

// The session that was made while the person read, or one that is opened now.
Status TakeSession(const Survey& survey, Way& way, Rng& rng) {
  Result<ReadySession> ready = Fail(ErrorCode::kUnavailable, "nothing was made ahead");
  if (way.ahead) ready = std::move(*way.ahead).Take();
  way.was_ahead = ready.has_value();
  way.ahead.reset();
  if (!ready) ready = OpenSession(survey, *way.source, way.request.size(), rng, [](int) {});
  if (!ready) return std::unexpected(ready.error());
  way.stream = std::move(ready->stream);
  way.opened.emplace(std::move(ready->opened));
  return {};
}

// In mode mpc all that can be made ahead of the connection is, and everybody may see the request's size rounded up.
std::string PreparingPhase(const Way& way) {
  const std::size_t bucket = way.opened->request_bucket();
  if (bucket == 0) return "preparing";
  return fmt::format("preparing (offline, mode mpc, for a request of up to {} bytes){}", bucket,
                     way.was_ahead ? ", done while you read" : "");
}

std::vector<SurveyColumn> ColumnsOfGroup(const Survey& survey, const SurveySource& source) {
  std::vector<SurveyColumn> columns;
  for (const std::size_t index : source.columns) columns.push_back(survey.columns[index]);
  return columns;
}

}  // namespace

void WipeSecrets(SourceInput& input) {
  for (auto& [name, secret] : input.secrets) SecureWipe(secret.data(), secret.size());
  input.secrets.clear();
}

Result<ProvenAnswer> ProveSources(const SignedSurvey& survey, const std::vector<SourceInput>& inputs,
                                  const RootStore& roots, const SigningKey& control,
                                  const SealOptions& options, ProveWatcher& watcher, Rng& rng) {
  const Survey& content = survey.survey();
  if (inputs.size() != content.sources.size()) {
    return Fail(ErrorCode::kInvalidArgument,
                fmt::format("the survey has {} websites; give a template for each", content.sources.size()));
  }
  std::vector<Way> ways;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    ASSIGN_OR_RETURN(ways.emplace_back(), Prepare(content.sources[i], inputs[i]));
  }
  const std::jthread circuits = MakeCircuits(content);
  for (Way& way : ways) {
    if (way.source->weakest != AttestationMode::kMpc) continue;
    way.ahead = std::make_unique<SessionAhead>(
        [&content, &rng, source = way.source, bytes = way.request.size()](const auto& show) {
          return OpenSession(content, *source, bytes, rng, show);
        });
  }
  for (const Way& way : ways) {
    RETURN_IF_ERROR(watcher.BeforeRequest(*way.source, way.content, way.request.span()));
  }
  // ctx holds every notary's key, so all sessions are opened before any is bound.
  std::vector<Bytes32> key_ids;
  for (Way& way : ways) {
    way.began = Clock::now();
    watcher.Progress(*way.source, "connecting", 0);
    RETURN_IF_ERROR(TakeSession(content, way, rng));
    key_ids.push_back(way.opened->key_id());
  }
  ProvenAnswer answer;
  ASSIGN_OR_RETURN(answer.draft, DraftHeader(survey, control, options, key_ids, rng));
  const std::size_t first = answer.draft.groups.size() - ways.size();
  for (std::size_t i = 0; i < ways.size(); ++i) {
    Way& way = ways[i];
    const auto seconds = [&] { return std::chrono::duration<double>(Clock::now() - way.began).count(); };
    const std::size_t group = first + i;
    answer.draft.groups[group].notary_session_id = way.opened->session_id();
    const std::size_t bucket = way.opened->request_bucket();
    watcher.Progress(*way.source, PreparingPhase(way), seconds());
    ASSIGN_OR_RETURN(BoundSession bound, std::move(*way.opened)
                                             .Bind({.context = ContextOf(answer.draft, group),
                                                    .header_group = static_cast<std::uint8_t>(group),
                                                    .template_text = way.input->template_text,
                                                    .columns = ColumnsOfGroup(content, *way.source)}));
    watcher.Progress(*way.source, bucket == 0 ? "asking" : "asking (online, mode mpc)", seconds());
    const TlsPolicy policy{
        .host = way.content.host, .roots = &roots, .now = std::chrono::system_clock::now()};
    ASSIGN_OR_RETURN(ExchangedSession exchanged, std::move(bound).Exchange(std::move(way.request), policy));
    if (!exchanged.complete()) {
      return Fail(
          ErrorCode::kUnavailable,
          fmt::format("{} ended the connection without close_notify, so its answer may be cut short and "
                      "counts for nothing; try again",
                      way.content.host));
    }
    RETURN_IF_ERROR(watcher.BeforeProof(*way.source, way.content, exchanged.response(), exchanged.match()));
    watcher.Progress(*way.source, "proving", seconds());
    ASSIGN_OR_RETURN(ProvenStatement proven, std::move(exchanged).Prove());
    answer.groups.push_back(
        {.components = std::move(proven.components), .attestation = std::move(proven.shown)});
    answer.presentations.push_back(std::move(proven.presentation));
    watcher.Progress(*way.source, "done", seconds());
  }
  return answer;
}

}  // namespace mpcstats
