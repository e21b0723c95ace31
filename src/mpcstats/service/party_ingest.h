// PartyIngest: takes uploads, opens and checks their boxes, stores what is well-formed durably, and signs its verdicts.
//
// Requests that arrive while one group is being stored form the next group: one transaction for all of them.
#pragma once

#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "mpcstats/service/clock.h"
#include "mpcstats/service/party_context.h"

namespace mpcstats {

struct UploadedBox {
  Bytes envelope;
  Bytes box;  ///< this party's
};

enum class UploadOutcome : std::uint8_t {
  kVerdict,       ///< `refusal` is our signed word, kNone for well-formed
  kNotDelivered,  ///< the box is not the one that the envelope names: nobody's fault yet; send it again
  kUndecodable,   ///< no submission at all: there is no id to speak about
};
struct UploadVerdict {
  Bytes32 submission{};
  UploadOutcome outcome = UploadOutcome::kUndecodable;
  Refusal refusal = Refusal::kNone;
};
struct UploadAnswer {
  std::vector<UploadVerdict> verdicts;  ///< in the order of the request
  std::uint32_t count = 0;              ///< leaves: the kVerdict ones, in order
  Bytes32 root{};
  Signature signature{};  ///< by the party's identity over VerdictsInput
};

class PartyIngest {
 public:
  using Callback = std::function<void(Result<UploadAnswer>)>;
  static constexpr std::size_t kMaxItems = 1000;     ///< of a request
  static constexpr std::size_t kMaxWaiting = 20000;  ///< items in the queue

  PartyIngest(const PartyContext& party, const Clock& clock);
  ~PartyIngest();

  /// Calls back from another thread when the verdicts are durable.
  ///
  /// Cost:   an X25519 and a few hashes a box, one transaction a group, one signature a request.
  /// Errors: kResourceExhausted at once when too much waits: the client should come back in a second.
  void Submit(const SignedSurvey& survey, std::vector<UploadedBox> items, Callback callback);

  /// Finishes what waits and ends the thread.
  void Stop();

 private:
  struct Request {
    SignedSurvey survey;
    std::vector<UploadedBox> items;
    Callback callback;
  };
  void Run();
  void StoreGroup(std::vector<Request>& group);

  const PartyContext& party_;
  const Clock& clock_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::vector<Request> queue_;
  std::size_t waiting_ = 0;
  bool stopping_ = false;
  std::thread thread_;
};

/// Decodes the body of an upload: u32 count | count * (u32 length | envelope | u32 length | box).
/// Errors: kInvalidArgument, one sentence.
[[nodiscard]] Result<std::vector<UploadedBox>> DecodeUpload(const Survey& survey, ByteSpan body);
[[nodiscard]] Bytes EncodeUpload(std::span<const UploadedBox> items);

}  // namespace mpcstats
