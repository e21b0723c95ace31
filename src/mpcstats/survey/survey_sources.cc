// [[notaries]] and [[sources]]: which websites prove which columns, and who watches.
#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "mpcstats/survey/survey_parts.h"
#include "mpcstats/table/utf8.h"

namespace mpcstats {
namespace {

constexpr std::size_t kMostNotaries = 8;
constexpr std::size_t kMostKeysOfNotary = 16;

bool IsSourceId(std::string_view id) {
  const auto is_inner = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-'; };
  return !id.empty() && id.size() <= 32 && id[0] >= 'a' && id[0] <= 'z' && std::ranges::all_of(id, is_inner);
}

bool IsHostName(std::string_view host) {
  const auto allowed = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '-';
  };
  return !host.empty() && host.size() <= 253 && host.front() != '.' && host.back() != '.' &&
         std::ranges::all_of(host, allowed);
}

// "sha256:" and 64 digits.
Result<Bytes32> ReadHash(const Section& section, std::string_view key) {
  static constexpr std::string_view kPrefix = "sha256:";
  ASSIGN_OR_RETURN(const std::string text, section.Text(key, "sha256: and 64 hexadecimal digits"));
  const auto bytes =
      text.starts_with(kPrefix) ? FromHex(std::string_view(text).substr(kPrefix.size())) : std::nullopt;
  Bytes32 hash{};
  if (!bytes || bytes->size() != hash.size() || ToHex(*bytes) != text.substr(kPrefix.size())) {
    return section.Refuse(key, "is no hash; write \"sha256:\" and its 64 hexadecimal digits in lower case");
  }
  std::ranges::copy(*bytes, hash.begin());
  return hash;
}

Result<NotaryKey> ReadKey(const Section& section) {
  RETURN_IF_ERROR(section.AllowOnly({"key", "from", "to"}));
  ASSIGN_OR_RETURN(const std::string text,
                   section.Text("key", "ed25519: and 64 hexadecimal digits, which `mpcstats notary` prints"));
  const std::optional<Bytes32> key = PublicKeyFrom(text);
  if (!key) {
    return section.Refuse("key",
                          "is no public key; write \"ed25519:\" and its 64 hexadecimal digits in lower case");
  }
  NotaryKey out{.public_key = *key};
  ASSIGN_OR_RETURN(out.from, section.Time("from"));
  ASSIGN_OR_RETURN(out.to, section.Time("to"));
  if (out.from >= out.to) return section.Refuse("to", "is not after \"from\"; write a later time");
  return out;
}

Status ReadNotaries(const Section& file, Survey& survey) {
  ASSIGN_OR_RETURN(const std::vector<Section> sections, file.Tables("notaries", kMostNotaries));
  std::set<Bytes32> known = {survey.coordinator.identity_key};
  if (survey.publisher) known.insert(survey.publisher->identity_key);
  for (const PartyOperator& party : survey.parties) known.insert(party.identity_key);
  std::set<std::string> names;
  for (const Section& section : sections) {
    RETURN_IF_ERROR(section.AllowOnly({"name", "url", "identity", "keys"}));
    SurveyNotary& notary = survey.notaries.emplace_back();
    RETURN_IF_ERROR(ReadOperator(section, UrlUse::kService, notary));
    if (!names.insert(notary.name).second) {
      return section.Refuse("name", "is that of a notary above; write another");
    }
    if (!known.insert(notary.identity_key).second) {
      return section.Refuse("identity", "is a key that stands above; write this notary's own");
    }
    if (section.Find("keys") == nullptr) {
      return section.Missing(
          "keys", "[{key = \"ed25519:...\", from = 2026-11-01T00:00:00Z, to = 2027-11-01T00:00:00Z}]");
    }
    ASSIGN_OR_RETURN(const auto* items, section.List("keys"));
    if (items->empty() || items->size() > kMostKeysOfNotary) {
      return section.Refuse("keys",
                            fmt::format("has {} entries; write 1 to {}", items->size(), kMostKeysOfNotary));
    }
    for (const TomlNode& item : *items) {
      ASSIGN_OR_RETURN(const Section one,
                       Section::Of(item, fmt::format("an entry of \"keys\" in {}", section.name())));
      ASSIGN_OR_RETURN(const NotaryKey key, ReadKey(one));
      if (!known.insert(key.public_key).second) {
        return one.Refuse("key", "is a key that stands above; write each once");
      }
      notary.keys.push_back(key);
    }
  }
  return {};
}

Status ReadSourceColumns(const Section& section, Survey& survey, SurveySource& source) {
  ASSIGN_OR_RETURN(const auto* items, section.List("columns"));
  if (items->empty() || items->size() > kMostAttestedColumns) {
    return section.Refuse("columns", fmt::format("has {} entries; write the names of 1 to {} columns",
                                                 items->size(), kMostAttestedColumns));
  }
  for (const TomlNode& item : *items) {
    RETURN_IF_ERROR(CheckItemText(item, fmt::format("an entry of \"columns\" in {}", section.name()), 32));
    const auto column = std::ranges::find(survey.columns, item.text, &SurveyColumn::name);
    if (column == survey.columns.end()) {
      return FailAtLine(item.line, fmt::format("{} in \"columns\" of {} is no column; write the name of one",
                                               QuoteForMessage(item.text), section.name()));
    }
    const auto index = static_cast<std::size_t>(column - survey.columns.begin());
    if (survey.SourceOf(index) != nullptr ||
        std::ranges::find(source.columns, index) != source.columns.end()) {
      return FailAtLine(item.line,
                        fmt::format("{} in \"columns\" of {} is proven already; name each column once",
                                    QuoteForMessage(item.text), section.name()));
    }
    source.columns.push_back(index);
  }
  std::ranges::sort(source.columns);
  return {};
}

Status ReadSourceNotaries(const Section& section, const Survey& survey, SurveySource& source) {
  ASSIGN_OR_RETURN(const auto* items, section.List("notaries"));
  for (const TomlNode& item : *items) {
    RETURN_IF_ERROR(CheckItemText(item, fmt::format("an entry of \"notaries\" in {}", section.name()), 200));
    const auto notary = std::ranges::find(survey.notaries, item.text, &SurveyNotary::name);
    const auto index = static_cast<std::size_t>(notary - survey.notaries.begin());
    if (notary == survey.notaries.end() ||
        std::ranges::find(source.notaries, index) != source.notaries.end()) {
      return FailAtLine(item.line,
                        fmt::format("{} in \"notaries\" of {} is no notary of this file, or stands there "
                                    "twice; write the names of some of them",
                                    QuoteForMessage(item.text), section.name()));
    }
    source.notaries.push_back(index);
  }
  // None named: all of them.
  if (source.notaries.empty()) {
    for (std::size_t i = 0; i < survey.notaries.size(); ++i) source.notaries.push_back(i);
  }
  std::ranges::sort(source.notaries);
  return {};
}

Result<SurveySource> ReadSource(const Section& section, Survey& survey) {
  RETURN_IF_ERROR(section.AllowOnly(
      {"id", "host", "template", "template_file", "mode", "notaries", "max_age", "root_store", "columns"}));
  SurveySource source;
  ASSIGN_OR_RETURN(source.id, section.Text("id", "exchange"));
  if (!IsSourceId(source.id)) {
    return section.Refuse("id",
                          fmt::format("is {}; write 1 to 32 lower-case letters, digits and -, a letter first",
                                      QuoteForMessage(source.id)));
  }
  ASSIGN_OR_RETURN(source.host, section.Text("host", "api.exchange.example", {.most_bytes = 253}));
  if (!IsHostName(source.host)) {
    return section.Refuse("host",
                          fmt::format("is {}; write a host's name in lower case, without port or path",
                                      QuoteForMessage(source.host)));
  }
  ASSIGN_OR_RETURN(source.template_hash, ReadHash(section, "template"));
  ASSIGN_OR_RETURN(source.template_file, section.Text("template_file", "exchange.template.toml",
                                                      {.most_bytes = 100, .fallback = ""}));
  if (source.template_file.find('/') != std::string::npos) {
    return section.Refuse("template_file", "names a folder; write the name of a file beside this one");
  }
  ASSIGN_OR_RETURN(const std::string mode, section.Text("mode", "mpc", {.fallback = "mpc"}));
  if (mode != "mpc" && mode != "proxy") {
    return section.Refuse("mode",
                          fmt::format("is {}; write \"mpc\", or \"proxy\" to take the weaker mode as well",
                                      QuoteForMessage(mode)));
  }
  source.weakest = mode == "proxy" ? AttestationMode::kProxy : AttestationMode::kMpc;
  ASSIGN_OR_RETURN(source.max_age_seconds,
                   ReadDuration(section, "max_age", "\"1d\", the oldest proof that is taken"));
  if (section.Find("root_store") != nullptr) {
    ASSIGN_OR_RETURN(source.root_store, ReadHash(section, "root_store"));
  }
  RETURN_IF_ERROR(ReadSourceColumns(section, survey, source));
  RETURN_IF_ERROR(ReadSourceNotaries(section, survey, source));
  return source;
}

}  // namespace

Status ReadSources(const Section& file, Survey& survey) {
  if (survey.eligibility != Eligibility::kProven) {
    for (const std::string_view key : {"notaries", "sources"}) {
      if (file.Find(key) == nullptr) continue;
      return FailAtLine(
          file.LineOf(key),
          fmt::format("[[{}]] is for proven answers; remove it, or write eligibility = \"proven\"", key));
    }
    return {};
  }
  RETURN_IF_ERROR(ReadNotaries(file, survey));
  ASSIGN_OR_RETURN(const std::vector<Section> sections, file.Tables("sources", kMostSources));
  if (survey.notaries.empty() || sections.empty()) {
    return Fail(
        ErrorCode::kInvalidArgument,
        "eligibility = \"proven\" needs at least one [[notaries]] and one [[sources]]; write who watches, "
        "and which website proves which columns");
  }
  for (const Section& section : sections) {
    ASSIGN_OR_RETURN(SurveySource source, ReadSource(section, survey));
    if (std::ranges::find(survey.sources, source.id, &SurveySource::id) != survey.sources.end()) {
      return section.Refuse("id", "is that of a source above; write another");
    }
    survey.sources.push_back(std::move(source));
  }
  return {};
}

}  // namespace mpcstats
