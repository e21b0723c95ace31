#include "mpcstats/zktls/mpctls/conversation.h"

#include <fmt/core.h>

#include <string_view>
#include <utility>

#include "mpcstats/zktls/session/messages.h"

namespace mpcstats {
namespace {

std::string_view NameOf(MpcEnd end) { return end == MpcEnd::kProver ? "the prover" : "the notary"; }
MpcEnd Other(MpcEnd end) { return end == MpcEnd::kProver ? MpcEnd::kNotary : MpcEnd::kProver; }

}  // namespace

Status MpcConversation::Send(MpcMessage type, ByteSpan body) {
  RETURN_IF_ERROR(order_.Take(type, self_));
  Bytes content;
  content.reserve(1 + body.size());
  content.push_back(static_cast<std::uint8_t>(type));
  content.insert(content.end(), body.begin(), body.end());
  return SendMessage(*channel_, SessionMessage::kMpc, content);
}

Result<MpcConversation::Message> MpcConversation::Receive(std::size_t limit) {
  const std::string_view from = NameOf(Other(self_));
  ASSIGN_OR_RETURN(Bytes content, ReceiveMessage(*channel_, SessionMessage::kMpc, 1 + limit, from));
  if (content.empty()) {
    return Fail(ErrorCode::kProtocolViolation, fmt::format("{} sent a message of no kind", from));
  }
  const auto type = static_cast<MpcMessage>(content[0]);
  RETURN_IF_ERROR(order_.Take(type, Other(self_)));
  content.erase(content.begin());
  return Message{type, std::move(content)};
}

Result<Bytes> MpcConversation::Receive(MpcMessage type, std::size_t limit) {
  ASSIGN_OR_RETURN(Message message, Receive(limit));
  if (message.type != type) {
    return Fail(ErrorCode::kProtocolViolation,
                fmt::format("{} sent {} where {} is due", NameOf(Other(self_)), MpcMessageName(message.type),
                            MpcMessageName(type)));
  }
  return std::move(message.body);
}

}  // namespace mpcstats
