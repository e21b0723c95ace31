#include "mpcstats/service/job_order.h"

#include <nlohmann/json.hpp>

#include "mpcstats/crypto/sha256.h"
#include "mpcstats/wire/codec.h"

namespace mpcstats {
namespace {

using Json = nlohmann::json;

template <typename Array>
Result<Array> HexField(const Json& value, const char* name) {
  Array out{};
  if (value.is_string()) {
    const auto bytes = FromHex(value.get_ref<const std::string&>());
    if (bytes && bytes->size() == out.size()) {
      std::copy(bytes->begin(), bytes->end(), out.begin());
      return out;
    }
  }
  return Fail(ErrorCode::kInvalidArgument, std::string("the field \"") + name + "\" of the job must be " +
                                               std::to_string(2 * out.size()) + " hexadecimal digits");
}

}  // namespace

std::string JobName(const JobOrder& order) {
  return (order.kind == JobKind::kBatch ? "batch-" : "release-") + std::to_string(order.number);
}

Bytes JobOrderInput(const JobOrder& order, const Bytes32& survey_hash) {
  Bytes ids;
  ids.reserve(order.list.size() * 32);
  for (const Bytes32& id : order.list) ids.insert(ids.end(), id.begin(), id.end());
  Writer writer;
  writer.Raw(AsBytes("mpcstats/v1/job"))
      .Raw(survey_hash)
      .U8(static_cast<std::uint8_t>(order.kind))
      .U32(order.number);
  writer.U64(static_cast<std::uint64_t>(order.at)).Raw(Sha256(ids));
  return std::move(writer).Take();
}

std::string JobOrderToJson(const JobOrder& order) {
  Json json = {{"kind", order.kind == JobKind::kBatch ? "batch" : "release"},
               {"number", order.number},
               {"at", FormatTime(order.at)},
               {"signature", ToHex(order.signature)}};
  if (order.kind == JobKind::kBatch) {
    Json list = Json::array();
    for (const Bytes32& id : order.list) list.push_back(ToHex(id));
    json["list"] = std::move(list);
  }
  return json.dump();
}

Result<JobOrder> JobOrderFromJson(std::string_view text, std::size_t most_ids) {
  const Json json = Json::parse(text, nullptr, false);
  if (!json.is_object()) return Fail(ErrorCode::kInvalidArgument, "a job is a JSON object");
  const auto field = [&](const char* name) -> const Json& {
    static const Json kNone;
    const auto found = json.find(name);
    return found == json.end() ? kNone : *found;
  };
  JobOrder order;
  if (field("kind") == "batch") {
    order.kind = JobKind::kBatch;
  } else if (field("kind") == "release") {
    order.kind = JobKind::kRelease;
  } else {
    return Fail(ErrorCode::kInvalidArgument,
                "the field \"kind\" of the job must be \"batch\" or \"release\"");
  }
  const Json& number = field("number");
  if (!number.is_number_unsigned() || number.get<std::uint64_t>() == 0 ||
      number.get<std::uint64_t>() > 0xffffffffu) {
    return Fail(ErrorCode::kInvalidArgument, "the field \"number\" of the job must be a positive integer");
  }
  order.number = number.get<std::uint32_t>();
  const Json& at = field("at");
  if (!at.is_string()) return Fail(ErrorCode::kInvalidArgument, "the field \"at\" of the job must be a time");
  ASSIGN_OR_RETURN(order.at, ParseTime(at.get_ref<const std::string&>()));
  ASSIGN_OR_RETURN(order.signature, HexField<Signature>(field("signature"), "signature"));
  if (order.kind == JobKind::kRelease) return order;
  const Json& list = field("list");
  if (!list.is_array() || list.size() > most_ids) {
    return Fail(ErrorCode::kInvalidArgument,
                "the field \"list\" of the job must have at most " + std::to_string(most_ids) + " ids");
  }
  for (const Json& id : list) {
    ASSIGN_OR_RETURN(const Bytes32 bytes, HexField<Bytes32>(id, "list"));
    order.list.push_back(bytes);
  }
  return order;
}

}  // namespace mpcstats
