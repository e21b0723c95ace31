#include "mpcstats/cli/survey_draft.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "mpcstats/cli/client.h"
#include "mpcstats/crypto/sha256.h"
#include "mpcstats/net/unique_fd.h"
#include "mpcstats/query/catalogue.h"
#include "mpcstats/service/data_directory.h"
#include "mpcstats/store/key_ring.h"

namespace mpcstats {
namespace {

bool IsToml(const std::string& path) { return path.ends_with(".toml"); }

std::string DraftPath(const std::string& file, const std::string& output) {
  if (!output.empty()) return output;
  return IsToml(file) ? file.substr(0, file.size() - 5) + ".survey.json" : file;
}

Result<SurveyDraft> ParseDraft(const std::string& path, const std::string& json) {
  Result<SurveyDraft> draft = DraftFromJson(json);
  if (!draft) return std::unexpected(draft.error().At(path));
  return draft;
}

Result<SurveyDraft> ReadDraft(const std::string& file, const std::string& path) {
  ASSIGN_OR_RETURN(std::string text, ReadTextFile(file, kMaxSurveyBytes));
  if (!IsToml(file)) return ParseDraft(file, text);
  const auto before = ReadTextFile(path, kMaxSurveyBytes);
  if (!before) {
    if (before.error().code() != ErrorCode::kNotFound) return std::unexpected(before.error());
    SurveyDraft draft;
    draft.text = std::move(text);
    return draft;
  }
  ASSIGN_OR_RETURN(SurveyDraft draft, ParseDraft(path, *before));
  if (draft.text != text) {
    return Fail(ErrorCode::kInvalidArgument,
                fmt::format("{} belongs to another text than {} has now; remove it and let all sign again",
                            path, file));
  }
  return draft;
}

// Signatures that do not hold are no longer found out by the last party alone.
Status CheckSignatures(const SurveyDraft& draft, const Survey& survey) {
  for (unsigned i = 0; i < 3; ++i) {
    for (unsigned j = 0; j < i; ++j) {
      if (draft.box_keys[i] && draft.box_keys[i] == draft.box_keys[j]) {
        return Fail(
            ErrorCode::kInvalidArgument,
            fmt::format("party {} and party {} have the same box key; start over from the text", j, i));
      }
    }
    if (!draft.signatures[i]) continue;
    if (!draft.HasAllKeys() ||
        !VerifySignature(survey.parties[i].identity_key, SurveySignatureInput(draft.Hash(), i),
                         *draft.signatures[i])) {
      return Fail(
          ErrorCode::kInvalidArgument,
          fmt::format(
              "the signature of party {} ({}) does not fit this text and these keys; somebody changed the "
              "file after it signed",
              i, survey.parties[i].name));
    }
  }
  return {};
}

}  // namespace

Result<DraftFile> ReadDraftFile(const std::string& file, const std::string& output) {
  const std::string path = DraftPath(file, output);
  ASSIGN_OR_RETURN(SurveyDraft draft, ReadDraft(file, path));
  Result<Survey> survey = ParseSurvey(draft.text);
  if (!survey) return std::unexpected(survey.error().At(file));
  if (const Status fits = CheckCatalogue(*survey); !fits) return std::unexpected(fits.error().At(file));
  if (const Status holds = CheckSignatures(draft, *survey); !holds)
    return std::unexpected(holds.error().At(path));
  return DraftFile{.path = path, .draft = std::move(draft), .survey = std::move(*survey)};
}

Status WriteDraftFile(const DraftFile& file) {
  const auto failed = [&](const std::string& name) {
    return Fail(ErrorCode::kInvalidArgument,
                fmt::format("{} cannot be written: {}", name, std::strerror(errno)));
  };
  std::string temporary = file.path + ".XXXXXX";
  UniqueFd fd(mkostemp(temporary.data(), O_CLOEXEC));
  if (!fd.valid()) return failed(file.path);
  const std::string json = DraftToJson(file.draft) + "\n";
  std::string_view rest = json;
  while (!rest.empty()) {
    const ssize_t written = write(fd.get(), rest.data(), rest.size());
    if (written <= 0 && errno != EINTR) break;
    if (written > 0) rest.remove_prefix(static_cast<std::size_t>(written));
  }
  // Everybody may read it: nothing in it is secret.
  const bool whole = rest.empty() && fchmod(fd.get(), 0644) == 0 && fsync(fd.get()) == 0;
  if (!whole || rename(temporary.c_str(), file.path.c_str()) != 0) {
    const auto error = failed(file.path);
    unlink(temporary.c_str());
    return error;
  }
  return {};
}

Result<SigningParty> LoadSigningParty(const std::string& config_path, const Survey& survey) {
  ASSIGN_OR_RETURN(ServiceConfig config, LoadServiceConfig(config_path));
  if (config.role != ServiceRole::kParty) {
    return Fail(ErrorCode::kInvalidArgument,
                config_path + " is not the configuration of a party; only parties sign");
  }
  ASSIGN_OR_RETURN(Identity identity, Identity::Load(IdentityPath(config.data_dir)));
  if (survey.parties[config.index].identity_key != identity.PublicKey()) {
    for (unsigned i = 0; i < 3; ++i) {
      if (survey.parties[i].identity_key != identity.PublicKey()) continue;
      return Fail(
          ErrorCode::kInvalidArgument,
          fmt::format(
              "the survey names this identity as party {}, and {} says index = {}; one of them is wrong", i,
              config_path, config.index));
    }
    return Fail(ErrorCode::kInvalidArgument,
                fmt::format("the survey names another identity for party {}; this one is {}", config.index,
                            IdentityText(identity.PublicKey())));
  }
  return SigningParty{.config = std::move(config), .identity = std::move(identity)};
}

Status AddToDraft(const SigningParty& party, Rng& rng, SurveyDraft& draft) {
  const unsigned index = party.config.index;
  // As the party's store names it; the store itself may be in use by the running party.
  ASSIGN_OR_RETURN(KeyRing keys, KeyRing::Open(party.config.data_dir + "/keys"));
  const std::string name = ToHex(Sha256(AsBytes(draft.text))) + ".box";
  if (draft.box_keys[index]) {
    ASSIGN_OR_RETURN(std::optional<Secret<Bytes32>> secret, keys.Find(name));
    if (!secret || HpkeKey::FromSecret(std::move(*secret)).PublicKey() != *draft.box_keys[index]) {
      return Fail(
          ErrorCode::kInvalidArgument,
          fmt::format("the file has a box key for party {} that is not in {}; start over from the text",
                      index, party.config.data_dir));
    }
  } else {
    ASSIGN_OR_RETURN(Secret<Bytes32> secret, keys.FindOrMake(name, rng));
    draft.box_keys[index] = HpkeKey::FromSecret(std::move(secret)).PublicKey();
  }
  if (draft.HasAllKeys() && !draft.signatures[index]) {
    draft.signatures[index] = party.identity.Sign(SurveySignatureInput(draft.Hash(), index));
  }
  return {};
}

Status AddCloseToDraft(const SigningParty& party, std::optional<UnixSeconds> at, UnixSeconds now,
                       DraftFile& file) {
  SurveyDraft& draft = file.draft;
  // Checks the signatures of the survey, and those of the close that are there.
  RETURN_IF_ERROR(SignedSurvey::FromDraft(draft));
  if (!draft.close) {
    const UnixSeconds closes_at = at.value_or(now);
    if (closes_at < now) {
      return Fail(ErrorCode::kInvalidArgument,
                  fmt::format("{} is past; answers may have come since: choose a time to come",
                              FormatTime(closes_at)));
    }
    if (closes_at >= file.survey.closes) {
      return Fail(ErrorCode::kInvalidArgument,
                  fmt::format("the survey closes at {} anyway; a close can only be earlier",
                              FormatTime(file.survey.closes)));
    }
    draft.close = SurveyClose{.closes_at = closes_at, .signatures = {}};
  } else if (at && *at != draft.close->closes_at) {
    return Fail(ErrorCode::kInvalidArgument,
                fmt::format("others have signed to close at {}; leave --at out to agree",
                            FormatTime(draft.close->closes_at)));
  }
  const unsigned index = party.config.index;
  draft.close->signatures[index] =
      party.identity.Sign(SurveyCloseInput(draft.Hash(), draft.close->closes_at, index));
  return {};
}

}  // namespace mpcstats
