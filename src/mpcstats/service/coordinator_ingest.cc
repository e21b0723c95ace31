#include "mpcstats/service/coordinator_ingest.h"

#include <algorithm>

namespace mpcstats {
namespace {
constexpr UnixSeconds kProposeWithin = 24 * 3600;
}  // namespace

UnixSeconds ProposeBy(UnixSeconds received_at, UnixSeconds closes_at) {
  return std::min(received_at + kProposeWithin, std::max(closes_at, received_at) + 600);
}

CoordinatorIngest::CoordinatorIngest(CoordinatorStore& store, const Identity& identity, const Clock& clock,
                                     std::function<void()> stored, FaultHook at_point)
    : store_(store),
      identity_(identity),
      clock_(clock),
      stored_(std::move(stored)),
      at_point_(std::move(at_point)) {
  thread_ = std::thread([this] { Run(); });
}

CoordinatorIngest::~CoordinatorIngest() { Stop(); }

void CoordinatorIngest::Stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void CoordinatorIngest::Submit(const SignedSurvey& survey, const Bytes32& id, Bytes bytes,
                               Callback callback) {
  {
    const std::lock_guard lock(mutex_);
    if (!stopping_ && queue_.size() < kMaxWaiting) {
      queue_.push_back({survey.hash(), id, std::move(bytes), survey.closes_at(), std::move(callback)});
      wake_.notify_one();
      return;
    }
  }
  callback(Fail(ErrorCode::kResourceExhausted,
                "too many answers are waiting to be stored; come back in a second"));
}

void CoordinatorIngest::Run() {
  for (;;) {
    std::vector<Item> group;
    {
      std::unique_lock lock(mutex_);
      wake_.wait(lock, [this] { return stopping_ || !queue_.empty(); });
      if (queue_.empty()) return;
      // One survey at a time, in order of arrival.
      const Bytes32 survey_hash = queue_.front().survey_hash;
      std::vector<Item> rest;
      for (Item& item : queue_) {
        const bool taken = item.survey_hash == survey_hash && group.size() < kMaxGroup;
        (taken ? group : rest).push_back(std::move(item));
      }
      queue_ = std::move(rest);
    }
    StoreGroup(group);
  }
}

void CoordinatorIngest::StoreGroup(std::vector<Item>& group) {
  const UnixSeconds now = clock_.Now();
  std::vector<IncomingSubmission> items;
  for (const Item& item : group) {
    Ticket ticket{.survey_hash = item.survey_hash,
                  .submission = item.id,
                  .received_at = now,
                  .propose_by = ProposeBy(now, item.closes_at),
                  .signature = {}};
    ticket.signature = identity_.Sign(TicketInput(ticket));
    items.push_back({.id = item.id,
                     .bytes = item.bytes,
                     .received_at = ticket.received_at,
                     .propose_by = ticket.propose_by,
                     .ticket = ticket.signature});
  }
  auto added = store_.AddSubmissions(group.front().survey_hash, items);
  Reached(at_point_, "coordinator.stored");
  if (added) stored_();
  for (std::size_t i = 0; i < group.size(); ++i) {
    if (added) {
      group[i].callback((*added)[i].ticket);
    } else {
      group[i].callback(std::unexpected(added.error()));
    }
  }
}

}  // namespace mpcstats
