#include "mpcstats/engine/session.h"

#include <algorithm>
#include <cstring>

#include "mpcstats/base/check.h"
#include "mpcstats/crypto/sha256.h"
#include "mpcstats/engine/verification/boolean_log.h"
#include "mpcstats/engine/verification/product_log.h"
#include "mpcstats/engine/verification/verify.h"
#include "mpcstats/wire/codec.h"

namespace mpcstats {

namespace {

constexpr std::uint32_t kDataFrame = 0x4d503144;   // "D1PM"
constexpr std::uint32_t kAlarmFrame = 0x4d503141;  // "A1PM"
constexpr std::size_t kDigestBytes = 16;
constexpr std::size_t kHeaderBytes = 4 + 4 + 8 + kDigestBytes;
constexpr std::size_t kAlarmLimit = 256;
constexpr std::size_t kLengthPrefix = 4;

std::string PeerName(PartyIndex self, Peer peer) {
  return "party " + std::to_string(IndexOf(self, peer).value());
}

}  // namespace

StreamId Ctx::NextOp(std::string_view kind, std::uint64_t size) {
  CHECK(counter_ < 0xffffffffu);
  session_->NoteOp(path_, counter_, kind, size);
  return StreamId{path_, counter_++};
}

Ctx Ctx::Fork() {
  CHECK(counter_ < 0xffffffffu);
  Sha256Stream hash("mpcstats/v1/fiber");
  const Bytes32 digest = hash.AddU64(path_).AddU64(counter_++).Finish();
  std::uint64_t path = 0;
  std::memcpy(&path, digest.data(), sizeof(path));
  session_->RegisterFiber(path);
  return Ctx(session_, path);
}

struct Session::Batch {
  explicit Batch(Task<Done> verification) : task(std::move(verification)) {}
  std::uint64_t number = 0;
  Task<Done> task;
};

Session::Session(SessionConfig config, Program program)
    : self_(config.self),
      session_id_(config.session_id),
      own_(std::in_place, config.own_key),
      next_(std::in_place, config.next_key),
      pool_(config.pool),
      cut_gates_(config.cut_gates),
      boolean_log_(std::make_unique<BooleanLog>()),
      product_logs_(std::make_unique<ProductLogs>()),
      program_(std::move(program)) {
  if (pool_ == nullptr) {
    inline_pool_ = std::make_unique<ThreadPool>(1);
    pool_ = inline_pool_.get();
  }
  root_ctx_ = std::make_unique<Ctx>(this, 0);
  fiber_paths_.insert(0);
  digest_ = Sha256Stream("mpcstats/v1/digest").Add(session_id_).Finish();
}

Session::~Session() = default;

void Session::QueueSend(Peer peer, ByteSpan bytes) {
  // An empty message is no message: the receiver expects no frame for it.
  if (bytes.empty()) return;
  Bytes& box = outbox_[Slot(peer)];
  if (box.empty()) box.resize(kHeaderBytes);
  box.insert(box.end(), bytes.begin(), bytes.end());
}

void Session::Expect(Peer peer, MutableByteSpan into, std::move_only_function<void()> then) {
  expected_[Slot(peer)].push_back({into, std::move(then)});
  expected_bytes_[Slot(peer)] += into.size();
}

void Session::NoteOp(std::uint64_t path, std::uint32_t counter, std::string_view kind, std::uint64_t size) {
  const std::uint64_t words[3] = {path, counter, size};
  const auto* raw = reinterpret_cast<const std::uint8_t*>(words);
  digest_input_.insert(digest_input_.end(), raw, raw + sizeof(words));
  digest_input_.push_back(static_cast<std::uint8_t>(kind.size()));
  digest_input_.insert(digest_input_.end(), kind.begin(), kind.end());
}

void Session::RegisterFiber(std::uint64_t path) { CHECK(fiber_paths_.insert(path).second); }

void Session::UseChallenge(Purpose purpose, unsigned prover, std::uint64_t batch, unsigned level) {
  CHECK(challenges_.insert({static_cast<std::uint8_t>(purpose), prover, batch, level}).second);
}

void Session::Abort(Error error) {
  if (error_) return;
  error_ = std::move(error);
  // Nothing runs again; the frames of the fibers, with the shares in them, are wiped as they are destroyed.
  ready_.clear();
  round_waiters_.clear();
  fence_waiters_.clear();
  held_fences_.clear();
  for (auto& box : outbox_) {
    SecureWipe(box.data(), box.size());
    box.clear();
  }
  for (auto& list : expected_) list.clear();
  // A fiber that is being started right now may still derive something; it gets nothing of these keys, and nothing
  // that it queues leaves.
  own_.emplace(Secret<Bytes32>());
  next_.emplace(Secret<Bytes32>());
}

void Session::RunReady() {
  for (std::size_t i = 0; i < ready_.size() && !error_; ++i) {
    const auto fiber = ready_[i];
    fiber.resume();
  }
  ready_.clear();
}

void Session::CutBatch() {
  const std::uint64_t number = batches_cut_;
  const bool empty = boolean_log_->empty() && product_logs_->empty();
  if (!empty) {
    ++batches_cut_;
    ++cost_.batches;
    NoteOp(number, 0, "cut", boolean_log_->words());
    NoteOp(number, 1, "cut", product_logs_->entries());
  }
  for (const auto fiber : fence_waiters_) held_fences_.push_back({fiber, batches_cut_});
  fence_waiters_.clear();
  if (!empty) {
    auto batch = std::make_unique<Batch>(VerifyBatch(number));
    batch->number = number;
    batches_.push_back(std::move(batch));
    batches_.back()->task.Start();
  }
  ReleaseFences();
}

Task<Done> Session::VerifyBatch(std::uint64_t number) {
  Done done = co_await VerifyRecorded(*this, number, boolean_log_->Take(), product_logs_->Take());
  co_return done;
}

Task<Done> Session::RunProgram() {
  Done done = co_await program_(*root_ctx_);
  co_await Fence();  // nothing recorded stays unverified, even if nothing more is opened
  co_return done;
}

void Session::ReleaseFences() {
  if (error_) return;
  std::uint64_t verified = batches_cut_;
  for (const auto& batch : batches_) {
    if (!batch->task.done()) verified = std::min(verified, batch->number);
  }
  std::erase_if(batches_, [](const auto& batch) { return batch->task.done(); });
  std::erase_if(held_fences_, [&](const HeldFence& held) {
    if (held.batches > verified) return false;
    ready_.push_back(held.fiber);
    return true;
  });
}

Result<Session::Outgoing> Session::Advance() {
  if (error_) return std::unexpected(*error_);
  if (!root_) {
    root_.emplace(RunProgram());
    root_->Start();
  }
  RunReady();
  // Fences that nobody else delays: when no fiber waits for a message, nothing recorded is in flight.
  while (!error_ && round_waiters_.empty() && !fence_waiters_.empty()) {
    CutBatch();
    RunReady();
  }
  if (error_) return std::unexpected(*error_);
  Outgoing out{};
  if (round_waiters_.empty()) {
    CHECK(root_->done() && held_fences_.empty() && batches_.empty());
    CHECK(boolean_log_->empty() && product_logs_->empty());
    out.finished = true;
    return out;
  }
  digest_input_.insert(digest_input_.end(), digest_.begin(), digest_.end());
  digest_ = Sha256(digest_input_);
  digest_input_.clear();
  for (Peer peer : kPeers) ComposeFrame(peer, out);
  if (!out.frame[0].empty() || !out.frame[1].empty()) ++cost_.rounds;
  return out;
}

void Session::ComposeFrame(Peer peer, Outgoing& out) {
  const unsigned slot = Slot(peer);
  if (expected_bytes_[slot] > 0) {
    out.receive_limit[slot] = std::max(kHeaderBytes + expected_bytes_[slot], kAlarmLimit);
  }
  Bytes& box = outbox_[slot];
  if (box.empty()) return;
  const std::uint64_t length = box.size() - kHeaderBytes;
  std::memcpy(box.data(), &kDataFrame, 4);
  std::memcpy(box.data() + 4, &round_, 4);
  std::memcpy(box.data() + 8, &length, 8);
  std::memcpy(box.data() + 16, digest_.data(), kDigestBytes);
  cost_.bytes_sent += box.size() + kLengthPrefix;
  out.frame[slot] = std::exchange(box, {});
}

Status Session::PeerAlarm(Peer peer, ByteSpan frame) {
  Reader reader(frame);
  reader.U32();
  const std::uint8_t code = reader.U8();
  const std::uint8_t reporter = reader.U8();
  const std::string message = reader.String(kAlarmLimit);
  if (!reader.Finish("the alarm").has_value() || reporter > 2 ||
      code > static_cast<int>(ErrorCode::kInternal)) {
    return Fail(ErrorCode::kProtocolViolation, PeerName(self_, peer) + " sent an alarm that does not parse");
  }
  std::string printable;
  for (const char c : message) printable.push_back(c >= ' ' && c <= '~' ? c : '?');
  // What a peer may say of itself or of others; anything else, its own bugs included, makes it a peer that is gone.
  ErrorCode said = static_cast<ErrorCode>(code);
  const bool known = said == ErrorCode::kCheatingDetected || said == ErrorCode::kProtocolViolation ||
                     said == ErrorCode::kDeadlineExceeded;
  if (!known) said = ErrorCode::kUnavailable;
  return Fail(said, PeerName(self_, peer) + " stopped the session: " + printable);
}

Status Session::CheckHeader(Peer peer, ByteSpan frame) {
  const unsigned slot = Slot(peer);
  const std::string name = PeerName(self_, peer);
  std::uint32_t type = 0;
  if (frame.size() >= 4) std::memcpy(&type, frame.data(), 4);
  if (type == kAlarmFrame) return PeerAlarm(peer, frame);
  std::uint32_t round = 0;
  std::uint64_t length = 0;
  if (frame.size() < kHeaderBytes || type != kDataFrame) {
    return Fail(ErrorCode::kProtocolViolation, name + " sent bytes that are no frame");
  }
  std::memcpy(&round, frame.data() + 4, 4);
  std::memcpy(&length, frame.data() + 8, 8);
  if (expected_bytes_[slot] == 0)
    return Fail(ErrorCode::kProtocolViolation, name + " sent a frame that is not due");
  if (round != round_) return Fail(ErrorCode::kProtocolViolation, name + " sent a frame of another round");
  if (std::memcmp(frame.data() + 16, digest_.data(), kDigestBytes) != 0) {
    return Fail(ErrorCode::kProtocolViolation, name + " runs another sequence of operations");
  }
  if (length != expected_bytes_[slot] || frame.size() != kHeaderBytes + length) {
    return Fail(ErrorCode::kProtocolViolation, name + " sent " + std::to_string(frame.size() - kHeaderBytes) +
                                                   " bytes where " + std::to_string(expected_bytes_[slot]) +
                                                   " are due");
  }
  return {};
}

Status Session::Deliver(std::array<Bytes, 2> frames) {
  if (error_) return std::unexpected(*error_);
  for (Peer peer : kPeers) {
    const unsigned slot = Slot(peer);
    Bytes& frame = frames[slot];
    if (expected_bytes_[slot] == 0 && frame.empty()) continue;
    if (Status checked = CheckHeader(peer, frame); !checked) {
      Abort(checked.error());
      return checked;
    }
  }
  ++round_;
  for (Peer peer : kPeers) {
    const unsigned slot = Slot(peer);
    auto expected = std::exchange(expected_[slot], {});
    expected_bytes_[slot] = 0;
    std::size_t offset = kHeaderBytes;
    for (auto& item : expected) {
      if (!item.into.empty()) std::memcpy(item.into.data(), frames[slot].data() + offset, item.into.size());
      offset += item.into.size();
      if (item.then) item.then();
    }
  }
  // Everything recorded is complete now, and no fiber has added to it yet: the place to cut.
  ready_ = std::exchange(round_waiters_, {});
  const bool large = boolean_log_->gates() + product_logs_->entries() >= cut_gates_;
  if (!error_ && (large || !fence_waiters_.empty())) CutBatch();
  RunReady();
  if (!error_) ReleaseFences();
  if (error_) return std::unexpected(*error_);
  return {};
}

Bytes Session::AlarmFrame() const {
  CHECK(error_);
  Writer writer;
  writer.U32(kAlarmFrame)
      .U8(static_cast<std::uint8_t>(error_->code()))
      .U8(static_cast<std::uint8_t>(self_.value()));
  writer.String(std::string_view(error_->message()).substr(0, kAlarmLimit - 16));
  return std::move(writer).Take();
}

}  // namespace mpcstats
