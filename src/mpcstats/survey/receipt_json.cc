#include "mpcstats/survey/receipt_json.h"

#include <nlohmann/json.hpp>

namespace mpcstats {

namespace {

using Json = nlohmann::json;
using OrderedJson = nlohmann::ordered_json;

// Bytes that are no UTF-8 would end the process otherwise; a receipt that holds some can not be parsed again.
template <typename T>
std::string Dump(const T& value) {
  return value.dump(-1, ' ', false, T::error_handler_t::replace);
}

Json TimeOrNull(UnixSeconds time) { return time == 0 ? Json(nullptr) : Json(FormatTime(time)); }

Json OutputJson(const ReceiptOutput& output) {
  Json json = {{"cell", output.cell},   {"error_bound", output.error_bound}, {"exact", output.exact},
               {"unit", output.unit},   {"expression", output.expression},   {"label", output.label},
               {"value", output.value}, {"undefined", output.undefined}};
  if (!output.provenance.empty()) json["provenance"] = output.provenance;
  if (!output.parts.empty()) {
    Json parts = Json::array();
    for (const ReceiptPart& part : output.parts) {
      parts.push_back({{"name", part.name},
                       {"value", part.value},
                       {"exact", part.exact},
                       {"error_bound", part.error_bound},
                       {"undefined", part.undefined}});
    }
    json["parts"] = std::move(parts);
  }
  return json;
}

Json BodyJson(const ReceiptBody& body) {
  Json batches = Json::array();
  for (const BatchRef& batch : body.batches) {
    batches.push_back({{"batch", batch.batch}, {"count", batch.count}, {"root", ToHex(batch.root)}});
  }
  Json outputs = Json::array();
  for (const ReceiptOutput& output : body.outputs) outputs.push_back(OutputJson(output));
  Json signers = Json::array();
  for (const Bytes32& signer : body.signers) signers.push_back(ToHex(signer));
  return {{"as_of", FormatTime(body.as_of)},
          {"batches", std::move(batches)},
          {"build", body.build},
          {"eligibility", body.eligibility},
          {"gate", body.gate},
          {"next_due", TimeOrNull(body.next_due)},
          {"outputs", std::move(outputs)},
          {"plan", body.plan},
          {"plan_hash", ToHex(body.plan_hash)},
          {"previous", ToHex(body.previous)},
          {"protocol", body.protocol},
          {"rule", body.rule},
          {"sequence", body.sequence},
          {"signers", std::move(signers)},
          {"survey_hash", ToHex(body.survey_hash)},
          {"view", ToHex(body.view)}};
}

}  // namespace

std::string CanonicalJson(const ReceiptBody& body) { return Dump(BodyJson(body)); }

std::vector<std::pair<std::string, std::string>> CanonicalFields(const ReceiptBody& body) {
  std::vector<std::pair<std::string, std::string>> fields;
  for (const auto& [name, value] : BodyJson(body).items()) {
    if (name != "outputs") {
      fields.emplace_back(name, Dump(value));
      continue;
    }
    for (std::size_t i = 0; i < value.size(); ++i) {
      fields.emplace_back("outputs[" + std::to_string(i) + "]", Dump(value[i]));
    }
  }
  return fields;
}

std::string ResultJson(const Receipt& receipt, const SignedSurvey& survey) {
  OrderedJson digests = OrderedJson::object();
  for (const auto& [name, digest] : DigestsOf(receipt.body)) digests[name] = ToHex(digest);
  OrderedJson signatures = OrderedJson::array();
  for (const auto& signature : receipt.signatures) {
    signatures.push_back(signature ? OrderedJson(ToHex(*signature)) : OrderedJson(nullptr));
  }
  // The survey and the body go in as the texts they are, so that the body's bytes are the canonical ones.
  return R"({"format":"mpcstats/v1/result","survey":)" + survey.ToJson() + R"(,"body":)" +
         CanonicalJson(receipt.body) + R"(,"field_digests":)" + Dump(digests) + R"(,"signatures":)" +
         Dump(signatures) + "}\n";
}

bool SameJson(std::string_view a, std::string_view b) {
  const Json first = Json::parse(a, nullptr, false);
  const Json second = Json::parse(b, nullptr, false);
  return !first.is_discarded() && !second.is_discarded() && first == second;
}

}  // namespace mpcstats
