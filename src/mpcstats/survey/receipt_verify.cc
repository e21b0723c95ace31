// What a reader checks of a result, offline.
#include <fmt/core.h>

#include <algorithm>
#include <charconv>
#include <map>
#include <numeric>
#include <set>

#include "mpcstats/survey/figure.h"
#include "mpcstats/survey/receipt.h"
#include "mpcstats/survey/receipt_json.h"
#include "mpcstats/table/utf8.h"

namespace mpcstats {

namespace {

class Verifier {
 public:
  Verifier(const ParsedResult& result, const Pinned& pinned)
      : result_(result), body_(result.receipt.body), pinned_(pinned) {}

  VerifyReport Run() && {
    Step(&Verifier::CheckDigests, "every field has the digest that the file gives for it");
    const Result<SignedSurvey> survey = SignedSurvey::FromJson(result_.survey_json);
    if (!survey) {
      // Without it nobody is known whose signature could be checked.
      Fault("survey", survey.error().message());
      return std::move(report_);
    }
    survey_ = &*survey;
    Step(&Verifier::CheckSurvey,
         fmt::format("the survey is signed by its three operators, and its hash is {}",
                     ToHex(survey_->hash())));
    Step(&Verifier::CheckPin, pinned_.survey_hash ? "it is the survey that you named" : "");
    report_.signer_pinned = pinned_.survey_hash == survey_->hash();
    const auto& parties = survey_->survey().parties;
    Step(&Verifier::CheckSignatures,
         fmt::format("{}, {} and {} each signed every field", QuoteForMessage(parties[0].name),
                     QuoteForMessage(parties[1].name), QuoteForMessage(parties[2].name)));
    Step(&Verifier::CheckWords, "rule, gate and eligibility are those of the survey");
    Step(&Verifier::CheckOutputs,
         fmt::format("the {} figures are exactly those of the survey's catalogue", body_.outputs.size()));
    Step(&Verifier::CheckCounts, "batches and counts are possible");
    Step(&Verifier::CheckOrder, "sequence number and times are possible");
    survey_ = nullptr;
    report_.ok = report_.faults.empty();
    return std::move(report_);
  }

 private:
  void Fault(const std::string& field, const std::string& why) {
    report_.faults.push_back(fmt::format("{}: {}", field, why));
  }

  void Step(void (Verifier::*check)(), std::string passed) {
    const std::size_t before = report_.faults.size();
    (this->*check)();
    if (report_.faults.size() == before && !passed.empty()) report_.checked.push_back(std::move(passed));
  }

  void CheckDigests() {
    std::map<std::string, Bytes32> given(result_.field_digests.begin(), result_.field_digests.end());
    if (given.size() != result_.field_digests.size())
      Fault("field_digests", "the same field stands there twice");
    claimed_ = DigestsOf(body_);
    for (auto& [name, digest] : claimed_) {
      const auto found = given.find(name);
      if (found == given.end()) {
        Fault(name, "has no digest in \"field_digests\"");
        continue;
      }
      if (found->second != digest) {
        Fault(name, "was altered: its digest is not the one in \"field_digests\"");
        digest = found->second;
      }
      given.erase(found);
    }
    for (const auto& [name, digest] : given) {
      Fault("field_digests", fmt::format("{} is a digest of no field in the body", QuoteForMessage(name)));
    }
  }

  void CheckSurvey() {
    if (!SameJson(survey_->ToJson(), result_.survey_json)) {
      Fault("survey", "is not written the way the operators signed it");
    }
    if (body_.survey_hash != survey_->hash()) {
      Fault("survey_hash", "is not the hash of the survey in the file");
    }
    for (std::size_t i = 0; i < 3; ++i) {
      if (body_.signers[i] != survey_->survey().parties[i].identity_key) {
        Fault("signers", fmt::format("key {} is not the one that the survey names", i + 1));
      }
    }
  }

  void CheckPin() {
    if (pinned_.survey_hash && *pinned_.survey_hash != survey_->hash()) {
      Fault("survey",
            fmt::format("is another one than the survey {} that you named", ToHex(*pinned_.survey_hash)));
    }
  }

  // The keys are the survey's, never the body's. When only the digests fit, the fields were altered behind the signing;
  // when only the fields fit, the digests were.
  void CheckSignatures() {
    const Bytes message = ReceiptSignedBytes(body_);
    const Bytes claimed = ReceiptSignedBytes(claimed_);
    for (std::size_t i = 0; i < 3; ++i) {
      const auto& party = survey_->survey().parties[i];
      const std::string field = fmt::format("signatures[{}]", i);
      const auto& signature = result_.receipt.signatures[i];
      if (!signature) {
        Fault(field,
              fmt::format("{} has not signed; three signatures are needed", QuoteForMessage(party.name)));
      } else if (VerifySignature(party.identity_key, message, *signature)) {
        continue;
      } else if (VerifySignature(party.identity_key, claimed, *signature)) {
        Fault(field, fmt::format("{} signed the digests in the file, not these fields",
                                 QuoteForMessage(party.name)));
      } else {
        Fault(field, fmt::format("is not by {} over these fields", QuoteForMessage(party.name)));
      }
    }
  }

  void CheckWords() {
    const Survey& survey = survey_->survey();
    if (const std::string protocol = ProtocolOf(survey); body_.protocol != protocol) {
      Fault("protocol", fmt::format("is {}, where results of this survey have \"{}\"",
                                    QuoteForMessage(body_.protocol), protocol));
    }
    if (body_.gate != GateText(survey)) Fault("gate", "is not the survey's");
    if (body_.rule != RuleText(survey)) Fault("rule", "is not the survey's");
    if (body_.eligibility != EligibilityText(survey)) Fault("eligibility", "is not the survey's");
  }

  struct Expected {
    const CatalogueFigure* figure;
    std::string cell;
  };
  [[nodiscard]] std::vector<Expected> Catalogue() const {
    const Survey& survey = survey_->survey();
    std::vector<Expected> all;
    for (const CatalogueFigure& figure : survey.figures) {
      for (const std::string& cell : CellsOf(survey, figure)) all.push_back({&figure, cell});
    }
    return all;
  }

  void CheckOutputs() {
    const std::vector<Expected> catalogue = Catalogue();
    for (std::size_t i = 0; i < std::max(catalogue.size(), body_.outputs.size()); ++i) {
      const std::string field = fmt::format("outputs[{}]", i);
      if (i >= body_.outputs.size()) {
        Fault(field, fmt::format("is missing: the catalogue has {} there", catalogue[i].figure->expression));
        continue;
      }
      const ReceiptOutput& output = body_.outputs[i];
      if (ShowsOneValue(output.expression) && !survey_->survey().allow_rank_statistics) {
        Fault(field, "shows one person's value, which the survey does not turn on");
      }
      if (i >= catalogue.size()) {
        Fault(field, fmt::format("{} is not in the catalogue", QuoteForMessage(output.expression)));
        continue;
      }
      const auto& [figure, cell] = catalogue[i];
      if (output.expression != figure->expression || output.cell != cell) {
        Fault(field, fmt::format("is {} where the catalogue has {}{}", QuoteForMessage(output.expression),
                                 figure->expression, cell.empty() ? "" : " of " + QuoteForMessage(cell)));
      }
      if (output.label != figure->label) Fault(field, "has a label that is not the catalogue's");
      if (output.provenance != ProvenanceText(survey_->survey(), figure->expression, cell)) {
        Fault(field, "says something else of where its columns come from than the survey");
      }
      CheckValues(field, output);
    }
  }

  // Several values, each of its own name; or one; or the reason why there is none.
  void CheckValues(const std::string& field, const ReceiptOutput& output) {
    if (output.parts.empty()) return CheckValue(field, output);
    if (!output.value.empty() || !output.exact.empty() || !output.error_bound.empty() ||
        !output.undefined.empty()) {
      Fault(field, "has several values and one at once");
    }
    std::set<std::string> names;
    for (std::size_t p = 0; p < output.parts.size(); ++p) {
      const ReceiptPart& part = output.parts[p];
      if (part.name.empty() || !names.insert(part.name).second) {
        Fault(field, fmt::format("has a value {} without a name of its own", QuoteForMessage(part.name)));
      }
      CheckValue(fmt::format("{}.parts[{}]", field, p), part);
    }
  }

  template <typename Valued>
  void CheckValue(const std::string& field, const Valued& output) {
    const bool has_value = !output.value.empty();
    if (has_value == !output.undefined.empty()) {
      Fault(field,
            has_value ? "has a value and a reason why there is none" : "has neither a value nor a reason");
    }
    if (has_value == output.error_bound.empty()) {
      Fault(field, has_value ? "has no error bound" : "has an error bound without a value");
    }
    if (!output.exact.empty() && (!has_value || output.error_bound != "0")) {
      Fault(field, "is exact and inexact at once");
    }
  }

  void CheckCounts() {
    const Survey& survey = survey_->survey();
    if (body_.batches.empty()) Fault("batches", "there is none, so nobody could be counted");
    std::uint64_t people = 0;
    for (std::size_t i = 0; i < body_.batches.size(); ++i) {
      const BatchRef& batch = body_.batches[i];
      if (batch.batch != i + 1)
        Fault("batches", fmt::format("number {} stands at place {}", batch.batch, i + 1));
      if (batch.count < survey.batch_min || batch.count > survey.batch_max) {
        Fault("batches", fmt::format("batch {} has {} answers where the survey allows {} to {}", i + 1,
                                     batch.count, survey.batch_min, survey.batch_max));
      }
      people += batch.count;
    }
    for (std::size_t i = 0; i < body_.outputs.size(); ++i) {
      const ReceiptOutput& output = body_.outputs[i];
      if (StatisticOf(output.expression) != "count" || output.value.empty()) continue;
      std::uint64_t counted = 0;
      const char* end = output.exact.data() + output.exact.size();
      const auto parsed = std::from_chars(output.exact.data(), end, counted);
      if (parsed.ec != std::errc() || parsed.ptr != end || counted > people) {
        Fault(fmt::format("outputs[{}]", i), fmt::format("counts {} where the batches hold {} answers",
                                                         QuoteForMessage(output.exact), people));
      }
    }
  }

  void CheckOrder() {
    const Survey& survey = survey_->survey();
    if (body_.sequence == 0) Fault("sequence", "is 0; the first release has the number 1");
    if ((body_.sequence == 1) != (body_.previous == Bytes32{})) {
      Fault("previous",
            body_.sequence == 1 ? "the first release can have none" : "is empty behind the first release");
    }
    if (body_.as_of < survey.opens) Fault("as_of", "is before the survey opened");
    if (body_.next_due != 0 && body_.next_due <= body_.as_of) Fault("next_due", "is not after \"as_of\"");
  }

  const ParsedResult& result_;
  const ReceiptBody& body_;
  const Pinned& pinned_;
  const SignedSurvey* survey_ = nullptr;
  FieldDigests claimed_;  // in signing order, as the file gives them
  VerifyReport report_;
};

bool SameBatch(const BatchRef& a, const BatchRef& b) {
  return a.batch == b.batch && a.root == b.root && a.count == b.count;
}

}  // namespace

VerifyReport VerifyResult(const ParsedResult& result, const Pinned& pinned) {
  return Verifier(result, pinned).Run();
}

std::vector<std::string> ChainFaults(const ReceiptBody& earlier, const ReceiptBody& later) {
  std::vector<std::string> faults;
  if (earlier.survey_hash != later.survey_hash)
    return {"survey_hash: the two results are of different surveys"};
  const bool same = ReceiptHash(earlier) == ReceiptHash(later);
  if (same) return faults;
  if (later.sequence == earlier.sequence) {
    return {fmt::format(
        "sequence: two different results have the number {}; at most one can be the operators' word, so keep "
        "both and show them to the operators",
        later.sequence)};
  }
  if (later.sequence < earlier.sequence) {
    return {fmt::format("sequence: this is the older result {}; you have already seen number {}",
                        later.sequence, earlier.sequence)};
  }
  if (later.sequence == earlier.sequence + 1 && later.previous != ReceiptHash(earlier)) {
    faults.push_back(fmt::format("previous: result {} does not name result {} as the one before it",
                                 later.sequence, earlier.sequence));
  }
  if (later.batches.size() < earlier.batches.size() ||
      !std::equal(earlier.batches.begin(), earlier.batches.end(), later.batches.begin(), SameBatch)) {
    faults.emplace_back("batches: a closed batch changed or went missing");
  }
  if (later.as_of < earlier.as_of) faults.emplace_back("as_of: the later result has the earlier time");
  return faults;
}

}  // namespace mpcstats
