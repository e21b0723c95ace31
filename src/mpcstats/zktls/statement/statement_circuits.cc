#include "mpcstats/zktls/statement/statement_circuits.h"

#include <list>
#include <mutex>

#include "mpcstats/circuit/text.h"
#include "mpcstats/wire/codec.h"

namespace mpcstats {
namespace {

// Everything that a walk is made from, in one encoding.
Bytes KeyOf(const Template& source, std::span<const StatementColumn> columns, std::size_t body_bytes) {
  Writer writer;
  writer.Raw(TemplateHash(source)).U64(body_bytes).U64(columns.size());
  for (const StatementColumn& one : columns) {
    const SurveyColumn& column = one.column;
    writer.U64(one.hole).U8(static_cast<std::uint8_t>(column.kind)).U8(column.may_be_missing ? 1 : 0);
    writer.U64(column.scale).U64(static_cast<std::uint64_t>(column.min_units));
    writer.U64(static_cast<std::uint64_t>(column.max_units)).U64(column.categories.size());
    for (const std::string& category : column.categories) writer.U64(category.size()).Raw(AsBytes(category));
  }
  return std::move(writer).Take();
}

class KeptWalks {
 public:
  std::shared_ptr<const BodyWalk> Find(const Bytes& key) {
    const std::scoped_lock lock(mutex_);
    for (auto it = kept_.begin(); it != kept_.end(); ++it) {
      if (it->first != key) continue;
      kept_.splice(kept_.begin(), kept_, it);
      return it->second;
    }
    return nullptr;
  }
  void Keep(Bytes key, const std::shared_ptr<const BodyWalk>& walk) {
    if (walk->circuit.gates().size() > kMostKeptGates) return;
    const std::scoped_lock lock(mutex_);
    kept_.emplace_front(std::move(key), walk);
    if (kept_.size() > kKeptWalks) kept_.pop_back();
  }

 private:
  std::mutex mutex_;
  std::list<std::pair<Bytes, std::shared_ptr<const BodyWalk>>> kept_;
};

KeptWalks& Kept() {
  static KeptWalks kept;
  return kept;
}

}  // namespace

Circuit MakeCharsetCircuit(const std::bitset<256>& set, std::size_t bytes) {
  CircuitBuilder builder;
  const Wires text = builder.AddInput(8 * bytes);
  Wires faults;
  CheckBytes(builder, text, KnownEnd(bytes), set, faults);
  builder.AddOutput(faults);
  return std::move(builder).Finish();
}

const Circuit& StatementCircuits::OfCharset(const std::bitset<256>& set, std::size_t bytes) {
  std::unique_ptr<const Circuit>& circuit = charsets_[{set.to_string(), bytes}];
  if (!circuit) circuit = std::make_unique<const Circuit>(MakeCharsetCircuit(set, bytes));
  return *circuit;
}

Result<const BodyWalk*> StatementCircuits::OfBody(std::size_t body_bytes) {
  if (!body_ || body_bytes_ != body_bytes) {
    Bytes key = KeyOf(*source_, columns_, body_bytes);
    std::shared_ptr<const BodyWalk> walk = Kept().Find(key);
    if (!walk) {
      ASSIGN_OR_RETURN(BodyWalk made, MakeBodyWalk(*source_, columns_, body_bytes));
      walk = std::make_shared<const BodyWalk>(std::move(made));
      Kept().Keep(std::move(key), walk);
    }
    body_ = std::move(walk);
    body_bytes_ = body_bytes;
  }
  return body_.get();
}

}  // namespace mpcstats
