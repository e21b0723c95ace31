// For tests and sample pages: a survey that three throw-away keys signed, and receipts of it.
#pragma once

#include <fmt/core.h>

#include <array>
#include <string>
#include <vector>

#include "mpcstats/base/check.h"
#include "mpcstats/crypto/aes_prg.h"
#include "mpcstats/crypto/hpke.h"
#include "mpcstats/survey/figure.h"
#include "mpcstats/survey/receipt.h"

namespace mpcstats {

struct SampleOptions {
  std::string title = "How evenly is ether held?";
  std::string description =
      "People who keep ether on an exchange told us how much. Only the figures below were ever computed.";
  std::string eligibility = "open";  ///< or "invite"
  bool rank_statistics = true;       ///< median and max in the catalogue
  bool partition = true;             ///< count and mean by region
  std::string operator_name = "University of Lund, Statistics";
  std::string publisher_url = "https://stats.example:443";
  std::uint64_t seed = 1;
  std::string more = {};  ///< further tables, such as sources
};

struct SampleSurvey {
  std::array<SigningKey, 3> keys;
  SignedSurvey survey;
};

inline std::string SampleText(const SampleOptions& options, const std::array<SigningKey, 3>& keys) {
  const auto quoted = [](const std::string& text) {
    std::string out = "\"";
    for (const char c : text) {
      if (c == '"' || c == '\\') out.push_back('\\');
      out.push_back(c);
    }
    return out + "\"";
  };
  std::string text = fmt::format(
      "[survey]\nid = \"ether-2026\"\ntitle = {}\ndescription = {}\nopens = 2026-11-01T08:00:00Z\n"
      "closes = 2026-12-15T20:00:00Z\nretention_days = 30\nbatch_min = 20\nbatch_max = 5000\ngroup_min = 16\n"
      "release_every = \"1d\"\neligibility = \"{}\"\n",
      quoted(options.title), quoted(options.description), options.eligibility);
  if (options.eligibility == "invite") {
    text += fmt::format("invite_root = \"{}\"\ninvite_count = 400\n", std::string(64, '7'));
  }
  text +=
      "[[columns]]\nname = \"balance\"\nlabel = \"Your balance\"\nunit = \"ETH\"\nkind = \"number\"\nscale = "
      "8\n"
      "min = \"0\"\nmax = \"1000000\"\n";
  if (options.partition) {
    text +=
        "[[columns]]\nname = \"region\"\nlabel = \"Where you live\"\nkind = \"category\"\n"
        "categories = [\"Europe\", \"Asia\", \"Americas\", \"Elsewhere\"]\n[catalogue]\npartition = "
        "\"region\"\n";
  } else {
    text += "[catalogue]\n";
  }
  if (options.rank_statistics) {
    text +=
        "allow_rank_statistics = true\nrank_notice = \"Median and maximum are the exact value of one person "
        "who "
        "answered; nobody is told whose.\"\n";
  }
  const auto figure = [&](const std::string& expression, const std::string& label, const std::string& by) {
    text += fmt::format("[[figures]]\nexpr = \"{}\"\nlabel = \"{}\"\n{}", expression, label,
                        by.empty() ? "" : fmt::format("by = \"{}\"\n", by));
  };
  figure("gini(balance)", "Gini index", "");
  figure("mean(balance)", "Mean", "");
  if (options.rank_statistics) {
    figure("median(balance)", "Median", "");
    figure("max(balance)", "Largest", "");
  }
  figure("count(balance)", "People", "");
  if (options.partition) {
    figure("count(balance)", "People by region", "region");
    figure("mean(balance)", "Mean by region", "region");
  }
  text +=
      "[hero]\nexpr = \"gini(balance)\"\nscale = [{up_to = 0.2, word = \"nearly equal\"}, {up_to = 0.35, "
      "word = "
      "\"moderate\"}, {up_to = 0.5, word = \"high\"}, {up_to = 1.0, word = \"extreme\"}]\n";
  const std::array<std::string, 3> names = {options.operator_name, "Ledger Watch Foundation",
                                            "Statistics Office of Graz"};
  for (std::size_t i = 0; i < 3; ++i) {
    text += fmt::format(
        "[[parties]]\nname = {}\nurl = \"https://party{}.example:8443\"\nmpc = "
        "\"party{}.example:7000\"\nidentity = "
        "\"ed25519:{}\"\n",
        quoted(names[i]), i, i, ToHex(keys[i].PublicKey()));
  }
  SeededRng rng(options.seed + 500);
  text += fmt::format(
      "[coordinator]\nname = \"Open Ether Survey\"\nurl = \"https://collect.example:8443\"\nidentity = "
      "\"ed25519:{}\"\n",
      ToHex(SigningKey::Generate(rng).PublicKey()));
  text += fmt::format("[publisher]\nname = \"Open Ether Survey\"\nurl = \"{}\"\nidentity = \"ed25519:{}\"\n",
                      options.publisher_url, ToHex(SigningKey::Generate(rng).PublicKey()));
  return text + options.more;
}

/// CHECKs that the survey parses.
inline SampleSurvey MakeSampleSurvey(const SampleOptions& options = {}) {
  SeededRng rng(options.seed);
  std::array<SigningKey, 3> keys = {SigningKey::Generate(rng), SigningKey::Generate(rng),
                                    SigningKey::Generate(rng)};
  SurveyDraft draft;
  draft.text = SampleText(options, keys);
  for (std::size_t i = 0; i < 3; ++i) draft.box_keys[i] = HpkeKey::Generate(rng).PublicKey();
  const Bytes32 hash = draft.Hash();
  for (unsigned i = 0; i < 3; ++i) draft.signatures[i] = keys[i].Sign(SurveySignatureInput(hash, i));
  Result<SignedSurvey> survey = SignedSurvey::FromDraft(std::move(draft));
  if (!survey) fmt::print(stderr, "{}\n", survey.error().message());
  CHECK(survey.has_value());
  return {std::move(keys), *std::move(survey)};
}

inline ReceiptOutput SampleOutput(const CatalogueFigure& figure, const std::string& cell, std::size_t index) {
  ReceiptOutput output;
  output.expression = figure.expression;
  output.label = figure.label;
  output.cell = cell;
  output.error_bound = "0";
  if (figure.expression.starts_with("gini(")) {
    output.value = "0.4237118560124";
    output.error_bound = "1e-9";
    return output;
  }
  if (StatisticOf(figure.expression) == "count") {
    output.value = output.exact = cell.empty() ? "137" : std::array{"56", "41", "27", "13"}.at(index);
    return output;
  }
  output.unit = "ETH";
  output.value = output.exact = figure.expression.starts_with("max(")      ? "12840.5"
                                : figure.expression.starts_with("median(") ? "1.25"
                                : cell.empty()                             ? "166.04790146"
                                               : fmt::format("{}.0625", 210 - 45 * index);
  return output;
}

/// A body that holds for the survey; the first of its chain.
inline ReceiptBody SampleBody(const SignedSurvey& signed_survey) {
  const Survey& survey = signed_survey.survey();
  ReceiptBody body;
  body.protocol = ProtocolOf(survey);
  body.build = "0.1.0";
  body.survey_hash = signed_survey.hash();
  body.sequence = 1;
  body.plan = "sample plan";
  body.plan_hash.fill(0x11);
  body.view.fill(0x22);
  body.batches = {{1, {}, 64}, {2, {}, 73}};
  body.batches[0].root.fill(0x33);
  body.batches[1].root.fill(0x44);
  body.gate = GateText(survey);
  body.rule = RuleText(survey);
  body.eligibility = EligibilityText(survey);
  for (const CatalogueFigure& figure : survey.figures) {
    const std::vector<std::string> cells = CellsOf(survey, figure);
    for (std::size_t i = 0; i < cells.size(); ++i) body.outputs.push_back(SampleOutput(figure, cells[i], i));
  }
  for (ReceiptOutput& output : body.outputs) {
    output.provenance = ProvenanceText(survey, output.expression, output.cell);
  }
  body.as_of = survey.opens + 22 * 86400 + 3600;
  body.next_due = body.as_of + 86400;
  for (std::size_t i = 0; i < 3; ++i) body.signers[i] = survey.parties[i].identity_key;
  return body;
}

inline Receipt SignSample(const SampleSurvey& sample, ReceiptBody body) {
  Receipt receipt{.body = std::move(body), .signatures = {}};
  const Bytes message = ReceiptSignedBytes(receipt.body);
  for (std::size_t i = 0; i < 3; ++i) receipt.signatures[i] = sample.keys[i].Sign(message);
  return receipt;
}

}  // namespace mpcstats
