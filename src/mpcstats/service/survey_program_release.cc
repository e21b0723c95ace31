#include <algorithm>
#include <set>

#include "mpcstats/engine/and.h"
#include "mpcstats/engine/boolean/compare.h"
#include "mpcstats/query/group_sums.h"
#include "mpcstats/service/survey_program.h"
#include "mpcstats/service/survey_program_gate.h"

namespace mpcstats {

namespace {

std::unexpected<Error> DoesNotFit(const std::string& what) {
  return Fail(ErrorCode::kInvalidArgument, "the release does not fit the survey: " + what);
}

Status CheckPart(const Survey& survey, const SurveyPlan& plan, const CellPlan& part, std::size_t rows) {
  if (part.plan.rows != rows) return DoesNotFit("the plan is for another number of rows");
  if (part.sources.size() != part.plan.columns.size()) return DoesNotFit("the plan has other columns");
  for (std::size_t c = 0; c < part.sources.size(); ++c) {
    const PlanSource& source = part.sources[c];
    if (source.value) {
      const bool there = *source.value < plan.values.size();
      if (!there || plan.values[*source.value].columns != source.columns ||
          plan.values[*source.value].type != part.plan.columns[c].type) {
        return DoesNotFit("the plan has other values");
      }
      continue;
    }
    const bool there = source.columns.size() == 1 && source.columns[0] < survey.columns.size() &&
                       survey.columns[source.columns[0]].kind != ColumnKind::kUnique;
    if (!there || survey.columns[source.columns[0]].Type() != part.plan.columns[c].type) {
      return DoesNotFit("the plan has other columns");
    }
  }
  return {};
}

// A product of columns would be a filter that no gate counts.
bool MultipliesColumns(const Value& value) {
  return value.kind == ValueKind::kMultiply || std::ranges::any_of(value.children, MultipliesColumns);
}

// Values add up numbers that the survey has, and in the columns by which the gates count their people.
Status CheckValues(const Survey& survey, const SurveyPlan& plan) {
  for (const SurveyValue& value : plan.values) {
    const bool of_numbers = std::ranges::all_of(value.columns, [&](std::size_t column) {
      return column < survey.columns.size() && survey.columns[column].kind == ColumnKind::kNumber;
    });
    if (!of_numbers || value.columns.empty() || ColumnsIn(value.value) != value.columns ||
        TypeOf(value.value) != value.type || MultipliesColumns(value.value)) {
      return DoesNotFit("the plan has a value of columns that the survey does not have");
    }
  }
  return {};
}

Status CheckCell(const Survey& survey, const SurveyPlan& plan, const CellPlan& part) {
  if (part.filter && *part.filter >= plan.filters.size()) return DoesNotFit("the plan has no such filter");
  if (part.grouping) {
    const bool there = *part.grouping < plan.groupings.size() && part.cell &&
                       *part.cell < plan.groupings[*part.grouping].labels.size();
    return there ? Status() : DoesNotFit("the plan has a group that it does not define");
  }
  if (!part.cell) return {};
  if (!survey.partition || *survey.partition >= survey.columns.size() ||
      *part.cell >= survey.columns[*survey.partition].categories.size()) {
    return DoesNotFit("the plan has a cell that the survey does not have");
  }
  return {};
}

Status CheckClasses(const Survey& survey, const SurveyPlan& plan) {
  for (const SurveyClasses& classes : plan.classes) {
    const bool there = classes.column < survey.columns.size() &&
                       survey.columns[classes.column].kind != ColumnKind::kUnique &&
                       !classes.classes.at.empty();
    if (!there) return DoesNotFit("the plan has classes of a column that the survey does not have");
  }
  return {};
}

// What a figure counts apart, the gates count: a plan without it would open counts that nobody looked at.
Status CheckCounted(const Survey& survey, const SurveyPlan& plan, const CellPlan& part) {
  for (const PlanItem& item : part.plan.items) {
    std::vector<ColumnType> types;
    std::vector<PlanSource> sources;
    for (const std::size_t c : item.columns) {
      types.push_back(part.plan.columns[c].type);
      sources.push_back(part.sources[c]);
    }
    const bool of_values =
        std::ranges::any_of(sources, [](const PlanSource& one) { return one.value.has_value(); });
    if (of_values && item.statistic->degree == 0)
      return DoesNotFit("the gates do not count the values of " + item.expression.text);
    for (const SurveyClasses& wanted :
         ClassesOf(survey, sources, *item.statistic, {types, part.plan.rows, item.numbers})) {
      const bool counted = std::ranges::any_of(plan.classes, [&](const SurveyClasses& one) {
        return one.column == wanted.column && one.classes.kind == wanted.classes.kind &&
               one.classes.at == wanted.classes.at;
      });
      if (!counted) return DoesNotFit("the gates do not count the classes of " + item.expression.text);
    }
  }
  return {};
}

Status CheckInput(const Survey& survey, const SurveyPlan& plan, const ReleaseInput& input) {
  if (survey.group_min < 1) return DoesNotFit("group_min is not at least 1");
  if (input.first_new > input.batches.size()) return DoesNotFit("there are fewer batches than old ones");
  std::size_t rows = 0;
  for (const BatchShares& batch : input.batches) {
    RETURN_IF_ERROR(CheckBatchShares(survey, batch));
    rows += batch.rows();
  }
  if (input.batches.empty()) return DoesNotFit("there is no batch");
  if (plan.plans.empty()) return DoesNotFit("the plan is empty");
  const bool combines = !plan.filters.empty() || !plan.groupings.empty() || !plan.values.empty();
  if (combines && plan.columns.size() != survey.columns.size()) {
    return DoesNotFit("the plan has other columns");
  }
  RETURN_IF_ERROR(CheckClasses(survey, plan));
  RETURN_IF_ERROR(CheckValues(survey, plan));
  for (const CellPlan& part : plan.plans) {
    RETURN_IF_ERROR(CheckPart(survey, plan, part, rows));
    RETURN_IF_ERROR(CheckCounted(survey, plan, part));
    RETURN_IF_ERROR(CheckCell(survey, plan, part));
  }
  for (const SurveyOutput& output : plan.outputs) {
    if (output.plan >= plan.plans.size() || output.item >= plan.plans[output.plan].plan.items.size()) {
      return DoesNotFit("an output has no plan");
    }
  }
  return {};
}

ArithColumn<Fp127> ConcatenateUnits(const std::vector<BatchShares>& batches, std::size_t column,
                                    std::size_t rows) {
  auto store = std::make_shared<SharedElements<Fp127>>(SharedElements<Fp127>::Raw(rows));
  std::size_t at = 0;
  for (const BatchShares& batch : batches) {
    const ArithColumn<Fp127>& part = batch.columns[column].units;
    if (part.rows() == 0) continue;
    std::copy_n(part.own(), part.rows(), store->own.data() + at);
    std::copy_n(part.next(), part.rows(), store->next.data() + at);
    at += part.rows();
  }
  return ArithColumn<Fp127>(std::move(store));
}

BatchColumn ConcatenateColumn(const std::vector<BatchShares>& batches, std::size_t column, bool number,
                              std::size_t rows) {
  if (batches.size() == 1) return batches[0].columns[column];
  BatchColumn out;
  const auto join = [&](auto&& plane_of) {
    BitPlanes parts;
    for (const BatchShares& batch : batches) parts.push_back(plane_of(batch.columns[column]));
    return Concatenate(parts);
  };
  const std::size_t bits = batches[0].columns[column].encoded.planes.size();
  for (std::size_t b = 0; b < bits; ++b) {
    out.encoded.planes.push_back(join([b](const BatchColumn& part) { return part.encoded.planes[b]; }));
  }
  out.valid = join([](const BatchColumn& part) { return part.valid; });
  if (number) out.units = ConcatenateUnits(batches, column, rows);
  return out;
}

void ColumnsIn(const Condition& condition, std::set<std::size_t>* columns) {
  for (const std::size_t c : ColumnsIn(condition.value)) columns->insert(c);
  columns->insert(condition.columns.begin(), condition.columns.end());
  for (const Condition& child : condition.children) ColumnsIn(child, columns);
}

// Columns that decide who is in which cell.
std::set<std::size_t> SelectingColumns(const Survey& survey, const SurveyPlan& plan, const Atoms& atoms) {
  std::set<std::size_t> columns;
  for (const SurveyFilter& filter : plan.filters) ColumnsIn(filter.where, &columns);
  for (const Groups& groups : plan.groupings) {
    for (const std::size_t c : ColumnsIn(groups.value)) columns.insert(c);
  }
  for (const SurveyClasses& classes : plan.classes) columns.insert(classes.column);
  if (atoms.by_cell) columns.insert(*survey.partition);
  return columns;
}

Version JoinBatches(const Survey& survey, const Atoms& atoms, const std::set<std::size_t>& selecting,
                    const ReleaseInput& input) {
  Version version;
  for (std::size_t b = 0; b < input.batches.size(); ++b) {
    if (b == input.first_new) version.first_new_row = version.rows;
    version.rows += input.batches[b].rows();
  }
  if (input.first_new == input.batches.size()) version.first_new_row = version.rows;
  std::set<std::size_t> wanted(atoms.columns.begin(), atoms.columns.end());
  wanted.insert(selecting.begin(), selecting.end());
  version.columns.resize(survey.columns.size());
  for (const std::size_t c : wanted) {
    const bool number = survey.columns[c].kind == ColumnKind::kNumber;
    version.columns[c] = ConcatenateColumn(input.batches, c, number, version.rows);
  }
  return version;
}

// [the row is valid in the partition and in this cell], for each cell.
Task<BitPlanes> Cells(Ctx& ctx, const BatchColumn& partition, std::size_t cells) {
  const PartyIndex self = ctx.session().self();
  std::vector<Ctx> contexts;
  for (std::size_t k = 0; k < cells; ++k) contexts.push_back(ctx.Fork());
  std::vector<Task<BitPlane>> tasks;
  for (std::size_t k = 0; k < cells; ++k) {
    BitPlanes conditions(1, partition.valid);
    for (unsigned b = 0; b < partition.encoded.bits(); ++b) {
      const BitPlane& bit = partition.encoded.planes[b];
      conditions.push_back((k >> b & 1) != 0 ? bit : Not(self, bit));
    }
    tasks.push_back(AllOf(contexts[k], std::move(conditions)));
  }
  BitPlanes planes = co_await Par(std::move(tasks));
  co_return planes;
}

// Where a row is in no column, a filter or a group may have a one: whoever uses a mask ANDs it with a column's validity.
// `version` and `plan` must live until then.
Task<Masks> MasksOf(Ctx& ctx, const Survey& survey, const SurveyPlan& plan, const Atoms& atoms,
                    const Version& version) {
  Masks masks;
  if (atoms.by_cell) {
    const std::size_t count = survey.columns[*survey.partition].categories.size();
    const BatchColumn& partition = version.columns[*survey.partition];
    BitPlanes cells = co_await Cells(ctx, partition, count);
    masks.cells = std::move(cells);
  }
  if (plan.filters.empty() && plan.groupings.empty() && plan.values.empty()) co_return masks;
  std::vector<StoredColumn> stored;
  for (const BatchColumn& column : version.columns) {
    StoredColumn one;
    one.encoded = column.encoded;
    one.valid = column.valid;
    stored.push_back(std::move(one));
  }
  const QueryRows rows(ctx.session().self(), plan.columns, stored, version.rows);
  std::vector<Ctx> contexts;
  for (std::size_t f = 0; f < plan.filters.size(); ++f) contexts.push_back(ctx.Fork());
  std::vector<Task<BitPlane>> filters;
  for (std::size_t f = 0; f < plan.filters.size(); ++f) {
    filters.push_back(rows.Where(contexts[f], plan.filters[f].where));
  }
  BitPlanes of_filters = co_await Par(std::move(filters));
  masks.filters = std::move(of_filters);
  for (const Groups& groups : plan.groupings) {
    BitPlanes of_groups = co_await GroupMasks(ctx, groups, rows, std::nullopt);
    masks.groupings.push_back(std::move(of_groups));
  }
  std::vector<Ctx> value_contexts;
  for (std::size_t v = 0; v < plan.values.size(); ++v) value_contexts.push_back(ctx.Fork());
  std::vector<Task<BitColumn>> values;
  for (std::size_t v = 0; v < plan.values.size(); ++v) {
    values.push_back(rows.Encoded(value_contexts[v], plan.values[v].value, plan.values[v].type));
  }
  std::vector<BitColumn> of_values = co_await Par(std::move(values));
  masks.values = std::move(of_values);
  co_return masks;
}

// Where none of the source's columns is missing, out of range or padding.
Task<BitPlane> ValidIn(Ctx& ctx, const PlanSource& source, const Version& version) {
  BitPlanes valid;
  for (const std::size_t c : source.columns) valid.push_back(version.columns[c].valid);
  BitPlane all = co_await AllOf(ctx, std::move(valid));
  co_return all;
}

// `version` and `masks` must live until then. `people` are those of `masks` that select the part's rows, none for everybody.
Task<std::vector<Figure>> RunPart(Ctx& ctx, const CellPlan& part, const Version& version, const Masks& masks,
                                  BitPlanes people) {
  const bool everybody = people.empty();
  std::vector<Ctx> contexts;
  for (std::size_t i = 0; i < part.sources.size(); ++i) contexts.push_back(ctx.Fork());
  std::vector<Task<BitPlane>> tasks;
  for (std::size_t i = 0; i < part.sources.size(); ++i) {
    tasks.push_back(ValidIn(contexts[i], part.sources[i], version));
  }
  BitPlanes valid = co_await Par(std::move(tasks));
  if (!everybody) {
    BitPlane selected = co_await AllOf(ctx, std::move(people));
    BitPlanes inside = co_await AndEach(ctx, std::move(valid), std::move(selected));
    valid = std::move(inside);
  }
  std::vector<StoredColumn> stored;
  for (std::size_t i = 0; i < part.sources.size(); ++i) {
    const PlanSource& source = part.sources[i];
    const BatchColumn& column = version.columns[source.columns[0]];
    StoredColumn one;
    one.encoded = source.value ? masks.values[*source.value] : column.encoded;
    one.valid = valid[i];
    // Outside of the cell there are other people's values: such columns are hidden and converted anew. So is what is formed.
    one.prepared = everybody && !source.value;
    if (one.prepared) one.units = column.units;
    stored.push_back(std::move(one));
  }
  std::vector<ColumnShares> columns = co_await PrepareColumns(ctx, part.plan, std::move(stored));
  PlanOutcome outcome = co_await ExecutePlan(ctx, part.plan, &columns);
  co_return std::move(outcome.figures);
}

BitPlanes PeopleOf(const CellPlan& part, const Masks& masks) {
  BitPlanes people;
  if (part.cell)
    people.push_back(part.grouping ? masks.groupings[*part.grouping][*part.cell] : masks.cells[*part.cell]);
  if (part.filter) people.push_back(masks.filters[*part.filter]);
  return people;
}

Task<std::vector<Figure>> Figures(Ctx& ctx, const SurveyPlan& plan, const Version& version,
                                  const Masks& masks) {
  std::vector<Ctx> contexts;
  for (std::size_t p = 0; p < plan.plans.size(); ++p) contexts.push_back(ctx.Fork());
  std::vector<Task<std::vector<Figure>>> tasks;
  for (std::size_t p = 0; p < plan.plans.size(); ++p) {
    tasks.push_back(RunPart(contexts[p], plan.plans[p], version, masks, PeopleOf(plan.plans[p], masks)));
  }
  const std::vector<std::vector<Figure>> of_part = co_await Par(std::move(tasks));
  std::vector<Figure> figures;
  for (const SurveyOutput& output : plan.outputs) figures.push_back(of_part[output.plan][output.item]);
  co_return figures;
}

}  // namespace

Task<ReleaseOutput> ReleaseProgram(Ctx& ctx, const Survey& survey, const SurveyPlan& plan,
                                   ReleaseInput input) {
  if (Status fits = CheckInput(survey, plan, input); !fits) {
    co_await ctx.session().Halt(fits.error());
  }
  // Parties with another plan or another last release stop at the first frame.
  (void)ctx.NextOp("release " + ToHex(plan.Hash()), input.first_new);
  const Atoms atoms = AtomsOf(plan);
  const Version version = JoinBatches(survey, atoms, SelectingColumns(survey, plan, atoms), input);
  input.batches.clear();
  const Masks masks = co_await MasksOf(ctx, survey, plan, atoms, version);
  BitPlanes newcomers = co_await Newcomers(ctx, survey, plan, atoms, version, masks);
  ReleaseOutput out;
  const bool passed = co_await OpenGate(ctx, std::move(newcomers), survey.group_min);
  out.passed = passed;
  if (!passed) co_return out;
  // No opening of a figure comes before a fence over gates that all three recorded behind this point.
  if (input.before_figures) {
    if (Status persisted = input.before_figures(); !persisted) {
      co_await ctx.session().Halt(persisted.error());
    }
  }
  std::vector<Figure> figures = co_await Figures(ctx, plan, version, masks);
  out.figures = std::move(figures);
  co_return out;
}

}  // namespace mpcstats
