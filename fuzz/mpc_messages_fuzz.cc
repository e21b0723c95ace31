// What prover and notary say to each other in mode mpc, in any order and with any bytes: the decoders, the order of messages against
// a second writing of its rules, the notary's log of records, and the conversion of the key with one message changed.
//
// The input's first byte says which of the four, and the rest is theirs: bytes of a body; a message and its sender a byte; calls of the
// log with what they are given; changed_message.h.
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "changed_message.h"
#include "mpcstats/base/check.h"
#include "mpcstats/crypto/aes_prg.h"
#include "mpcstats/zktls/mpctls/order.h"
#include "mpcstats/zktls/mpctls/record_log.h"
#include "mpcstats/zktls/mpctls/testing.h"
#include "mpcstats/zktls/mpctls/wire.h"
#include "mpcstats/zktls/tls/record.h"
#include "mpcstats/zktls/tls/session_testing.h"

namespace mpcstats {
namespace {

// --- bodies -------------------------------------------------------------------------------------------------------

// What decodes has one encoding.
void FuzzBodies(ByteSpan input) {
  if (input.empty()) return;
  const ByteSpan body = input.subspan(1);
  switch (input[0] % 3) {
    case 0:
      if (const auto told = DecodeMpcHandshake(body)) {
        const Bytes again = EncodeMpcHandshake(told->client_random, told->client_point, told->server_bytes);
        CHECK(std::ranges::equal(again, body));
      }
      return;
    case 1:
      if (const auto sealed = DecodeMpcSealed(body)) {
        CHECK(std::ranges::equal(EncodeMpcSealed(sealed->type, sealed->prover_share, sealed->ciphertext),
                                 body));
      }
      return;
    default:
      if (const auto end = DecodeMpcClose(body)) CHECK(std::ranges::equal(EncodeMpcClose(*end), body));
      return;
  }
}

// --- the order ----------------------------------------------------------------------------------------------------

// What must have been said before a message, whatever else was.
class Said {
 public:
  void Add(MpcMessage message) { ++count_[static_cast<std::size_t>(message)]; }
  void FinishedLogged() { finished_logged_ = true; }

  // The rules that everything rests on: who breaks one has the other's secrets, or a log that is not true.
  void CheckRules(MpcMessage message, MpcEnd from) const {
    using enum MpcMessage;
    const bool prover = from == MpcEnd::kProver;
    const bool tag_due = Of(kSealed) > Of(kTagShare);
    CHECK(!tag_due || message == kTagShare);
    switch (message) {
      case kMasks: CHECK(prover && Of(kTablesDone) == 1 && Of(kMasks) == 0); break;
      case kHandshake: CHECK(prover && Of(kMasks) == 1 && Of(kHandshake) == 0); break;
      case kOpening: CHECK(Of(kHandshake) == 1 && Of(kOpening) < 6 && Of(kKeyShare) == 0); break;
      case kKeyShare: CHECK(prover && Of(kOpening) == 6 && Of(kKeyShare) == 0); break;
      case kChoices: CHECK(!prover && Of(kKeyShare) == 1); break;
      case kLabels:
        CHECK(prover && Of(kKeyShare) == 1 && Of(kLabels) == Of(kOutputs));
        CHECK(Of(kOutputs) < 7 || finished_logged_);
        break;
      case kOutputs: CHECK(!prover && Of(kLabels) == Of(kOutputs) + 1); break;
      case kSealed: CHECK(prover && Of(kOutputs) == (Of(kSealed) == 0 ? 7u : 10u) && Of(kClose) == 0); break;
      case kTagShare: CHECK(!prover && tag_due); break;
      case kReceived: CHECK(prover && Of(kTagShare) > 0 && Of(kClose) == 0); break;
      case kClose: CHECK(prover && Of(kOutputs) == 10 && Of(kClose) == 0); break;
      case kReveal: CHECK(!prover && Of(kClose) == 1 && Of(kReveal) == 0); break;
      case kProof: CHECK(Of(kReveal) == 1 && Of(kSigned) == 0); break;
      case kSigned: CHECK(!prover && Of(kProof) > 0 && Of(kSigned) == 0); break;
      default: CHECK(Of(kTablesDone) == 0); break;
    }
  }

 private:
  [[nodiscard]] std::size_t Of(MpcMessage message) const { return count_[static_cast<std::size_t>(message)]; }
  std::array<std::size_t, kMpcMessages> count_{};
  bool finished_logged_ = false;
};

// The honest session's next step from here, for inputs that want to get far.
std::vector<std::pair<MpcMessage, MpcEnd>> HonestSession() {
  using enum MpcMessage;
  constexpr MpcEnd kP = MpcEnd::kProver;
  constexpr MpcEnd kN = MpcEnd::kNotary;
  std::vector<std::pair<MpcMessage, MpcEnd>> all{{kBaseTransfers, kP}, {kCorrelations, kN}, {kKeyPoint, kN},
                                                 {kKeyPads, kP},       {kTables, kP},       {kTablesDone, kN},
                                                 {kMasks, kP},         {kHandshake, kP}};
  for (std::size_t i = 0; i < 3; ++i) all.insert(all.end(), {{kOpening, kP}, {kOpening, kN}});
  all.insert(all.end(), {{kKeyShare, kP}, {kChoices, kN}});
  for (std::size_t i = 0; i < 7; ++i) all.insert(all.end(), {{kLabels, kP}, {kOutputs, kN}});
  all.insert(all.end(), {{kSealed, kP}, {kTagShare, kN}, {kReceived, kP}});
  for (std::size_t i = 0; i < 3; ++i) all.insert(all.end(), {{kLabels, kP}, {kOutputs, kN}});
  all.insert(all.end(), {{kSealed, kP},
                         {kTagShare, kN},
                         {kReceived, kP},
                         {kClose, kP},
                         {kReveal, kN},
                         {kProof, kP},
                         {kSigned, kN}});
  return all;
}

// The first byte: how much of an honest session goes before. Then a byte each: message, its end, or that the Finished is logged.
void FuzzOrder(ByteSpan input) {
  if (input.empty()) return;
  static const auto kHonest = HonestSession();
  MpcOrder order;
  Said said;
  bool failed = false;
  const auto take = [&](MpcMessage message, MpcEnd from) {
    const Status taken = order.Take(message, from);
    CHECK(!(failed && taken.has_value()));
    if (!taken) {
      CheckRefusal(taken.error());
      failed = true;
      return;
    }
    said.CheckRules(message, from);
    said.Add(message);
  };
  const auto log_finished = [&] {
    const Status logged = order.ServerFinishedLogged();
    CHECK(!(failed && logged.has_value()));
    failed |= !logged.has_value();
    if (logged) said.FinishedLogged();
  };
  const std::size_t before = input[0] % (kHonest.size() + 1);
  for (std::size_t i = 0; i < before; ++i) {
    take(kHonest[i].first, kHonest[i].second);
    if (kHonest[i].first == MpcMessage::kReceived && order.stage() == MpcOrder::Stage::kFinish)
      log_finished();
  }
  CHECK(!failed);
  for (const std::uint8_t byte : input.subspan(1)) {
    if ((byte & 0x40) != 0) {
      log_finished();
    } else {
      // Also messages of no kind.
      take(static_cast<MpcMessage>(byte & 0x1f), (byte & 0x80) != 0 ? MpcEnd::kNotary : MpcEnd::kProver);
    }
  }
}

// --- the notary's log ---------------------------------------------------------------------------------------------

// A conversation as a prover would tell it.
struct Conversation {
  Conversation() {
    CHECK(session.Run() && session.client().Send(AsBytes("GET / HTTP/1.1\r\n\r\n")) && session.Run());
    session.server().SendData("HTTP/1.1 200 OK\r\n\r\nhello");
    session.server().CloseNotify();
    CHECK(session.Run());
    const Bytes& down = session.server_log();
    for (std::size_t at = 0; at < down.size(); at += 5 + std::size_t{down[at + 3]} * 256 + down[at + 4]) {
      if (down[at] == 22 && flight == at) flight = at + 5 + std::size_t{down[at + 3]} * 256 + down[at + 4];
    }
    // The last handshake record before change_cipher_spec ends the flight.
    const Bytes& up = session.client_log();
    std::vector<std::size_t> starts;
    for (std::size_t at = 0; at < up.size(); at += 5 + std::size_t{up[at + 3]} * 256 + up[at + 4])
      starts.push_back(at);
    CHECK(starts.size() >= 5);
    starts.push_back(up.size());
    for (const std::size_t i : {std::size_t{3}, std::size_t{4}}) {
      const ByteSpan record = ByteSpan(up).subspan(starts[i], starts[i + 1] - starts[i]);
      sealed.emplace_back(record.begin() + 13, record.end() - 16);
      GcmBlock tag;
      std::copy(record.end() - 16, record.end(), tag.begin());
      tags.push_back(tag);
    }
    RelayLog log;
    log.Add(TlsSide::kClient, ByteSpan(up).first(starts[5]));
    log.Add(TlsSide::kServer, down);
    end = log.Finish();
  }

  TestSession session;
  std::size_t flight = 0;  ///< bytes of the server up to ServerHelloDone
  std::vector<Bytes> sealed;
  std::vector<GcmBlock> tags;
  RelayEnd end;
};

// Calls in any order, each honest but for a byte that is changed: what it has at the end is the conversation, or it refused.
void FuzzLog(ByteSpan input) {
  static Conversation kTold;
  const Bytes32& random = kTold.session.client().client_random();
  NotaryEntropy entropy;
  std::copy(random.end() - sizeof(entropy), random.end(), entropy.begin());
  RecordLog log(TestPolicy(), {.request_bytes = 256}, entropy);
  const Bytes& down = kTold.session.server_log();
  std::size_t received = kTold.flight;
  std::size_t committed = 0;
  std::size_t completed = 0;
  bool failed = false;
  bool changed = false;
  const auto note = [&](const Status& status) {
    CHECK(!(failed && status.has_value()));
    if (status) return;
    CHECK(!status.error().message().empty());
    failed = true;
  };
  for (std::size_t at = 0; at + 3 <= input.size(); at += 3) {
    // What to do, which byte of it is changed, and how.
    const auto change = [&](Bytes bytes) {
      if (input[at + 2] != 0 && !bytes.empty()) {
        bytes[input[at + 1] * bytes.size() / 256] ^= input[at + 2];
        changed = true;
      }
      return bytes;
    };
    switch (input[at] % 5) {
      case 0: {
        // The random and the flight.
        Bytes told(random.begin(), random.end());
        told.insert(told.end(), down.begin(), down.begin() + static_cast<std::ptrdiff_t>(kTold.flight));
        told = change(std::move(told));
        Bytes32 claimed;
        std::copy_n(told.begin(), sizeof(claimed), claimed.begin());
        const auto shaken = log.Handshake("example.test", claimed, *kTold.session.keys().ClientPoint(),
                                          ByteSpan(told).subspan(sizeof(claimed)));
        CHECK(!shaken || claimed == random);
        note(shaken ? Status() : Status(std::unexpected(shaken.error())));
        break;
      }
      case 1: {
        if (committed == 2) break;
        const Bytes ciphertext = change(kTold.sealed[committed]);
        const auto record = log.Commit(committed == 0 ? TlsContent::kHandshake : TlsContent::kApplicationData,
                                       ciphertext, GcmBlock{});
        note(record ? Status() : Status(std::unexpected(record.error())));
        if (record) ++committed;
        break;
      }
      case 2: {
        if (completed == 2) break;
        const Bytes bytes = change(Bytes(kTold.tags[completed].begin(), kTold.tags[completed].end()));
        GcmBlock tag;
        std::ranges::copy(bytes, tag.begin());
        const Status status = log.Complete(tag);
        note(status);
        if (status) ++completed;
        CHECK(completed <= committed);
        break;
      }
      case 3: {
        // All that is left, or a part of it.
        const std::size_t size =
            std::min<std::size_t>(down.size() - received, 1 + std::size_t{input[at + 1]} * 8);
        const Bytes part = change(Bytes(down.begin() + static_cast<std::ptrdiff_t>(received),
                                        down.begin() + static_cast<std::ptrdiff_t>(received + size)));
        const Status status = log.Receive(part);
        note(status);
        if (status) received += size;
        CHECK(failed || completed > 0);
        break;
      }
      default: {
        const auto closed = std::move(log).Close(kTold.end);
        if (closed) {
          CHECK(!failed && !changed && completed == 2 && received == down.size());
          CHECK(closed->client.records.size() == 2);
        }
        return;
      }
    }
  }
}

// --- the conversion of the key ------------------------------------------------------------------------------------

// Six openings and what the notary reveals, one of them changed. Whoever changes something is noticed, at the latest when the key is opened.
void FuzzConversion(ByteSpan input) {
  const ChangedMessage change(input, 7);
  SeededRng rng(3);
  static const EcPoint kServer = [] {
    SeededRng server_rng(4);
    return EcKey::Generate(server_rng).point();
  }();
  KeyShares shares = MakeShares(DealtMaterial(rng), rng);
  const EcPoint client = shares.prover.client_point();
  ProverConversion p = *std::move(shares.prover).Start(kServer);
  NotaryConversion n = *std::move(shares.notary).Start(client, kServer);
  const Bytes honest_n = n.message();
  const Bytes honest_p = p.message();
  const Bytes first_n = change.Of(0, honest_n);
  const Bytes first_p = change.Of(1, honest_p);
  const auto second_p = p.Answer(first_n);
  if (!second_p) return CheckRefusal(second_p.error());
  const auto second_n = n.Answer(first_p);
  if (!second_n) return CheckRefusal(second_n.error());
  const auto third_p = p.Answer(change.Of(2, *second_n));
  if (!third_p) return CheckRefusal(third_p.error());
  const auto third_n = n.Answer(change.Of(3, *second_p));
  if (!third_n) return CheckRefusal(third_n.error());
  auto of_prover = std::move(p).Finish(change.Of(4, *third_n));
  if (!of_prover) return CheckRefusal(of_prover.error());
  auto of_notary = std::move(n).Finish(change.Of(5, *third_p));
  if (!of_notary) return CheckRefusal(of_notary.error());
  const Bytes honest = Opened(*std::move(of_notary));
  const Bytes opening = change.Of(6, honest);
  const auto opened = std::move(*of_prover).CheckOpening(opening);
  if (!opened) return CheckRefusal(opened.error());
  CHECK(opening == honest && first_n == honest_n && first_p == honest_p);
}

void Run(ByteSpan input) {
  if (input.empty()) return;
  const ByteSpan rest = input.subspan(1);
  switch (input[0] % 4) {
    case 0: return FuzzBodies(rest);
    case 1: return FuzzOrder(rest);
    case 2: return FuzzLog(rest);
    default: return FuzzConversion(rest);
  }
}

}  // namespace
}  // namespace mpcstats

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  mpcstats::Run({data, size});
  return 0;
}
