// [[parties]], [coordinator], [publisher], [limits] and [page]: who runs the survey, and where.
#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "mpcstats/survey/survey_parts.h"
#include "mpcstats/table/utf8.h"

namespace mpcstats {
namespace {

constexpr std::string_view kKeyExample = "ed25519: and 64 hexadecimal digits, which `mpcstats init` prints";
constexpr std::size_t kMostOrigins = 16;

Result<Bytes32> ReadIdentity(const Section& section) {
  ASSIGN_OR_RETURN(const std::string text, section.Text("identity", kKeyExample));
  const std::optional<Bytes32> key = PublicKeyFrom(text);
  if (key) return *key;
  return section.Refuse("identity",
                        "is no public key; write \"ed25519:\" and its 64 hexadecimal digits in lower case");
}

// What two operators have in common makes one of them of no use, or gives one of them two roles.
class Distinct {
 public:
  Status Add(const Section& section, const Operator& who) {
    if (!keys_.insert(who.identity_key).second) {
      return section.Refuse("identity", "is the key of an operator above; write this operator's own");
    }
    if (!urls_.insert(who.url).second)
      return section.Refuse("url", "is that of an operator above; write this operator's own");
    return {};
  }

 private:
  std::set<Bytes32> keys_;
  std::set<std::string> urls_;
};

Status ReadParties(const Section& file, Survey& survey, Distinct& distinct) {
  ASSIGN_OR_RETURN(const std::vector<Section> sections, file.Tables("parties", survey.parties.size()));
  if (sections.size() != survey.parties.size()) {
    return Fail(
        ErrorCode::kInvalidArgument,
        fmt::format("the file has {} [[parties]]; write exactly 3, run by organisations that do not collude",
                    sections.size()));
  }
  std::set<std::string> names;
  std::set<std::string> addresses;
  for (std::size_t i = 0; i < sections.size(); ++i) {
    const Section& section = sections[i];
    PartyOperator& party = survey.parties[i];
    RETURN_IF_ERROR(section.AllowOnly({"name", "url", "mpc", "identity"}));
    RETURN_IF_ERROR(ReadOperator(section, UrlUse::kService, party));
    ASSIGN_OR_RETURN(party.mpc_address, section.Text("mpc", "party0.example.org:7000"));
    if (const auto fault = HostPortFault(party.mpc_address); !fault.empty())
      return section.Refuse("mpc", fault);
    RETURN_IF_ERROR(distinct.Add(section, party));
    if (!names.insert(party.name).second) {
      return section.Refuse("name",
                            "is that of a party above; write three organisations that do not collude");
    }
    if (!addresses.insert(party.mpc_address).second) {
      return section.Refuse("mpc", "is that of a party above; write this party's own address");
    }
  }
  return {};
}

Status ReadServices(const Section& file, Survey& survey, Distinct& distinct) {
  ASSIGN_OR_RETURN(const std::optional<Section> coordinator, file.Table("coordinator"));
  if (!coordinator) {
    return Fail(ErrorCode::kInvalidArgument,
                "the file has no [coordinator]; write one with name, url and identity");
  }
  RETURN_IF_ERROR(coordinator->AllowOnly({"name", "url", "identity"}));
  RETURN_IF_ERROR(ReadOperator(*coordinator, UrlUse::kService, survey.coordinator));
  RETURN_IF_ERROR(distinct.Add(*coordinator, survey.coordinator));
  ASSIGN_OR_RETURN(const std::optional<Section> publisher, file.Table("publisher"));
  if (!publisher) return {};
  RETURN_IF_ERROR(publisher->AllowOnly({"name", "url", "identity"}));
  survey.publisher.emplace();
  RETURN_IF_ERROR(ReadOperator(*publisher, UrlUse::kLoopbackMayBePlain, *survey.publisher));
  return distinct.Add(*publisher, *survey.publisher);
}

Status ReadOrigins(const Section& page, Survey& survey) {
  RETURN_IF_ERROR(page.AllowOnly({"cors"}));
  ASSIGN_OR_RETURN(const auto* origins, page.List("cors"));
  if (origins->size() > kMostOrigins) {
    return page.Refuse("cors",
                       fmt::format("has {} entries; write at most {}", origins->size(), kMostOrigins));
  }
  for (const TomlNode& origin : *origins) {
    RETURN_IF_ERROR(CheckItemText(origin, "an entry of \"cors\" in [page]", 300));
    if (const auto fault = OriginFault(origin.text); !fault.empty()) {
      return FailAtLine(origin.line, fmt::format("{} in \"cors\" {}", QuoteForMessage(origin.text), fault));
    }
    if (std::ranges::find(survey.cors_origins, origin.text) != survey.cors_origins.end()) {
      return FailAtLine(origin.line,
                        fmt::format("{} is in \"cors\" twice; remove one", QuoteForMessage(origin.text)));
    }
    survey.cors_origins.push_back(origin.text);
  }
  return {};
}

}  // namespace

std::optional<Bytes32> PublicKeyFrom(std::string_view text) {
  static constexpr std::string_view kPrefix = "ed25519:";
  const auto bytes = text.starts_with(kPrefix) ? FromHex(text.substr(kPrefix.size())) : std::nullopt;
  Bytes32 key{};
  if (!bytes || bytes->size() != key.size() || ToHex(*bytes) != text.substr(kPrefix.size()))
    return std::nullopt;
  std::ranges::copy(*bytes, key.begin());
  return key;
}

Status ReadOperator(const Section& section, UrlUse use, Operator& out) {
  ASSIGN_OR_RETURN(out.name, section.Text("name", "University of Example"));
  ASSIGN_OR_RETURN(out.url, section.Text("url", "https://party0.example.org:8443"));
  if (const auto fault = ServiceUrlFault(out.url, use); !fault.empty()) return section.Refuse("url", fault);
  ASSIGN_OR_RETURN(out.identity_key, ReadIdentity(section));
  return {};
}

Status ReadOperators(const Section& file, Survey& survey) {
  Distinct distinct;
  RETURN_IF_ERROR(ReadParties(file, survey, distinct));
  RETURN_IF_ERROR(ReadServices(file, survey, distinct));
  ASSIGN_OR_RETURN(const std::optional<Section> limits, file.Table("limits"));
  if (limits) {
    RETURN_IF_ERROR(limits->AllowOnly({"posts_per_minute"}));
    ASSIGN_OR_RETURN(const std::int64_t posts,
                     limits->Whole("posts_per_minute",
                                   {.low = 1, .high = 1'000'000, .fallback = survey.posts_per_minute}));
    survey.posts_per_minute = static_cast<unsigned>(posts);
  }
  ASSIGN_OR_RETURN(const std::optional<Section> page, file.Table("page"));
  if (page) RETURN_IF_ERROR(ReadOrigins(*page, survey));
  return {};
}

}  // namespace mpcstats
