#include "mpcstats/service/survey_program_testing.h"

#include <cmath>
#include <random>

#include "mpcstats/crypto/aes_prg.h"
#include "mpcstats/survey/row.h"

namespace mpcstats {

namespace {

// Inclusive bounds of the encoding, and what the width can hold.
struct Bounds {
  std::uint64_t low = 0;
  std::uint64_t high = 0;
  std::uint64_t widest = 0;
};

Bounds BoundsOf(const SurveyColumn& column) {
  Bounds bounds;
  bounds.widest = (std::uint64_t{1} << column.value_bits()) - 1;
  if (column.kind == ColumnKind::kCategory) {
    bounds.high = column.categories.size() - 1;
  } else {
    const auto offset = static_cast<std::int64_t>(column.Type().Offset());
    bounds.low = static_cast<std::uint64_t>(column.min_units + offset);
    bounds.high = static_cast<std::uint64_t>(column.max_units + offset);
  }
  return bounds;
}

void PutBits(Bytes& row, unsigned first, std::uint64_t value, unsigned bits) {
  for (unsigned i = 0; i < bits; ++i) {
    const unsigned at = first + i;
    row[at / 8] = static_cast<std::uint8_t>(row[at / 8] | (value >> i & 1) << (at % 8));
  }
}

Bytes EncodeAnswer(const Survey& survey, const Answer& answer) {
  const RowLayout layout = LayoutOf(survey);
  Bytes row(layout.bytes());
  for (std::size_t c = 0; c < survey.columns.size(); ++c) {
    const ColumnPlacement& place = layout.columns[c];
    if (survey.columns[c].kind == ColumnKind::kUnique) {
      for (std::size_t i = 0; i < answer.identifier.size(); ++i) {
        PutBits(row, place.first_bit + static_cast<unsigned>(8 * i),
                static_cast<std::uint8_t>(answer.identifier[i]), 8);
      }
      continue;
    }
    if (place.valid_bit) PutBits(row, *place.valid_bit, answer.cells[c].present ? 1 : 0, 1);
    PutBits(row, place.first_bit, answer.cells[c].encoded, place.bits);
  }
  return row;
}

bool IsPresent(const SurveyColumn& column, const RawCell& cell) {
  return !column.may_be_missing || cell.present;
}

std::array<std::vector<RowShares>, 3> ShareRows(const Survey& survey, const std::vector<Answer>& answers,
                                                Rng& rng) {
  std::array<std::vector<RowShares>, 3> shares;
  for (const Answer& answer : answers) {
    std::array<Bytes, 3> component;
    component[2] = EncodeAnswer(survey, answer);
    for (unsigned j = 0; j < 2; ++j) {
      component[j].resize(component[2].size());
      rng.Fill(component[j]);
      for (std::size_t i = 0; i < component[j].size(); ++i) component[2][i] ^= component[j][i];
    }
    for (unsigned i = 0; i < 3; ++i) shares[i].push_back({component[i], component[(i + 1) % 3]});
  }
  return shares;
}

std::vector<BatchShares> DecodeAll(const Survey& survey, const std::vector<std::array<Bytes, 3>>& batches,
                                   unsigned party) {
  std::vector<BatchShares> decoded;
  for (const auto& batch : batches) {
    Result<BatchShares> one = DecodeBatchShares(survey, batch[party]);
    CHECK(one.has_value());
    decoded.push_back(std::move(*one));
  }
  return decoded;
}

}  // namespace

SurveyColumn NumberColumn(const std::string& name, std::int64_t min, std::int64_t max, unsigned scale,
                          bool may_be_missing) {
  SurveyColumn column;
  column.name = name;
  column.may_be_missing = may_be_missing;
  column.scale = scale;
  column.min_units = min;
  column.max_units = max;
  return column;
}

SurveyColumn CategoryColumn(const std::string& name, std::vector<std::string> categories) {
  SurveyColumn column;
  column.name = name;
  column.kind = ColumnKind::kCategory;
  column.categories = std::move(categories);
  return column;
}

SurveyColumn UniqueColumn(const std::string& name) {
  SurveyColumn column;
  column.name = name;
  column.kind = ColumnKind::kUnique;
  return column;
}

Survey TestSurvey(std::vector<CatalogueFigure> figures) {
  Survey survey;
  survey.columns = {
      UniqueColumn("person"),        NumberColumn("balance", -50'000, 100'000, 2, true),
      NumberColumn("age", 18, 99),   CategoryColumn("region", {"north", "south", "the \"middle\""}),
      NumberColumn("level", 0, 255), CategoryColumn("member", {"no", "yes"})};
  survey.partition = kRegion;
  survey.group_min = 3;
  survey.allow_rank_statistics = true;
  survey.figures = std::move(figures);
  return survey;
}

Answer HonestAnswer(const Survey& survey, const std::string& identifier, std::int64_t balance,
                    std::int64_t age, std::uint64_t region) {
  Answer answer{identifier, std::vector<RawCell>(survey.columns.size())};
  answer.cells[kBalance].encoded = survey.columns[kBalance].Type().Encode(balance);
  answer.cells[kAge].encoded = survey.columns[kAge].Type().Encode(age);
  answer.cells[kRegion].encoded = region;
  answer.cells[kLevel].encoded = static_cast<std::uint64_t>(age) & 255;
  return answer;
}

std::vector<Answer> RandomAnswers(const Survey& survey, std::size_t count, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  std::vector<Answer> answers;
  for (std::size_t r = 0; r < count; ++r) {
    Answer answer;
    answer.identifier = "u" + std::to_string(seed % 1000) + "-" + std::to_string(r);
    for (const SurveyColumn& column : survey.columns) {
      RawCell cell;
      if (column.kind != ColumnKind::kUnique) {
        const Bounds bounds = BoundsOf(column);
        const std::uint64_t inside = bounds.low + random() % (bounds.high - bounds.low + 1);
        const std::uint64_t choices[] = {bounds.low, bounds.high, bounds.low - 1, bounds.high + 1, random()};
        cell.present = random() % 5 != 0;
        // One cell in twelve leaves the inside, to a bound or behind it.
        cell.encoded = (random() % 12 == 0 ? choices[random() % 5] : inside) & bounds.widest;
        if (column.may_be_missing && !cell.present) cell.encoded = random() & bounds.widest;
      }
      answer.cells.push_back(cell);
    }
    answers.push_back(std::move(answer));
  }
  return answers;
}

bool IsWithinRanges(const Survey& survey, const Answer& answer) {
  for (std::size_t c = 0; c < survey.columns.size(); ++c) {
    const SurveyColumn& column = survey.columns[c];
    if (column.kind == ColumnKind::kUnique || !IsPresent(column, answer.cells[c])) continue;
    const Bounds bounds = BoundsOf(column);
    if (answer.cells[c].encoded < bounds.low || answer.cells[c].encoded > bounds.high) return false;
  }
  return true;
}

CloseRun RunClose(const Survey& survey, const std::vector<Answer>& answers, const CloseOptions& options) {
  SeededRng rng(options.simulation.seed + 1000);
  std::array<std::vector<RowShares>, 3> rows = ShareRows(survey, answers, rng);
  CloseRun run;
  const Session::Program program = [&](Ctx& ctx) -> Task<Done> {
    const unsigned self = ctx.session().self().value();
    CloseInput input;
    input.rows = std::move(rows[self]);
    input.pseudonym_key = options.pseudonym_key[self];
    if (options.keep) {
      input.keep = [&options, self](const std::vector<Bytes>& pseudonyms) {
        return options.keep(self, pseudonyms);
      };
    }
    if (options.spoil) options.spoil(self, &input);
    CloseOutput out = co_await CloseProgram(ctx, survey, std::move(input));
    run.batch[self] = EncodeBatchShares(out.shares);
    run.pseudonyms[self] = std::move(out.pseudonyms);
    run.pseudonym_key[self] = std::move(out.pseudonym_key);
    co_return Done();
  };
  run.result = Simulate({program, program, program}, options.simulation);
  return run;
}

std::size_t RowsOf(const Survey& survey, const std::vector<std::array<Bytes, 3>>& batches) {
  std::size_t rows = 0;
  for (const BatchShares& batch : DecodeAll(survey, batches, 0)) rows += batch.rows();
  return rows;
}

ReleaseRun RunReleaseWith(const Survey& survey, const std::vector<std::array<Bytes, 3>>& batches,
                          const std::array<PartyRelease, 3>& parties, const SimulationOptions& options) {
  ReleaseRun run;
  const Session::Program program = [&](Ctx& ctx) -> Task<Done> {
    const unsigned self = ctx.session().self().value();
    const PartyRelease& party = parties[self];
    ReleaseInput input{DecodeAll(survey, batches, self), party.first_new, party.before_figures};
    ReleaseOutput out = co_await ReleaseProgram(ctx, survey, *party.plan, std::move(input));
    run.out[self] = std::move(out);
    co_return Done();
  };
  run.result = Simulate({program, program, program}, options);
  return run;
}

ReleaseRun RunRelease(const Survey& survey, const std::vector<std::array<Bytes, 3>>& batches,
                      std::size_t first_new, const SimulationOptions& options) {
  const Result<SurveyPlan> plan = PlanSurvey(survey, RowsOf(survey, batches));
  CHECK(plan.has_value());
  const PartyRelease same{&*plan, first_new, {}};
  return RunReleaseWith(survey, batches, {same, same, same}, options);
}

std::vector<Figure> PlainFigures(const Survey& survey, const std::vector<Answer>& answers) {
  const Result<SurveyPlan> plan = PlanSurvey(survey, 64);
  CHECK(plan.has_value());
  std::vector<Figure> figures;
  for (const SurveyOutput& output : plan->outputs) {
    const CellPlan& part = plan->plans[output.plan];
    const PlanItem& item = part.plan.items[output.item];
    const std::size_t c = part.sources[item.columns[0]].columns[0];
    const ColumnType type = survey.columns[c].Type();
    std::vector<std::int64_t> units;
    for (const Answer& answer : answers) {
      const bool counts = IsWithinRanges(survey, answer) && IsPresent(survey.columns[c], answer.cells[c]) &&
                          (!output.cell || answer.cells[*survey.partition].encoded == *output.cell);
      if (counts) units.push_back(type.Decode(answer.cells[c].encoded));
    }
    figures.push_back(item.statistic->Plain(std::span(&units, 1), std::span(&type, 1), item.numbers));
  }
  return figures;
}

std::string Difference(const std::vector<Figure>& found, const std::vector<Figure>& expected) {
  if (found.size() != expected.size()) return std::to_string(found.size()) + " figures";
  for (std::size_t i = 0; i < found.size(); ++i) {
    const Figure &a = found[i], &b = expected[i];
    const bool inexact = a.exact_text.empty() && a.undefined.empty();
    const bool same = inexact ? b.undefined.empty() && std::abs(a.value - b.value) <= a.error_bound + 1e-12
                              : a.exact_text == b.exact_text;
    if (!same || a.undefined != b.undefined) {
      return "figure " + std::to_string(i) + " is " + a.exact_text + a.undefined + " (" +
             std::to_string(a.value) + ") and should be " + b.exact_text + b.undefined + " (" +
             std::to_string(b.value) + ")";
    }
    if (a.name != b.name)
      return "figure " + std::to_string(i) + " is called " + a.name + " and not " + b.name;
    if (std::string parts = Difference(a.parts, b.parts); !parts.empty()) {
      return "in figure " + std::to_string(i) + ": " + parts;
    }
  }
  return {};
}

std::string ErrorText(const SimulationResult& result) {
  for (const auto& error : result.error) {
    if (error) return std::string(ErrorCodeName(error->code())) + ": " + error->message();
  }
  return {};
}

}  // namespace mpcstats
