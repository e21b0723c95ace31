// Three parties with stores in memory, on threads, over memory links: for the tests of closing and releasing.
#pragma once

#include <array>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "mpcstats/base/check.h"
#include "mpcstats/crypto/aes_prg.h"
#include "mpcstats/crypto/sha256.h"
#include "mpcstats/net/memory_links.h"
#include "mpcstats/service/close_job.h"
#include "mpcstats/service/release_job.h"

namespace mpcstats::testing {

inline constexpr UnixSeconds kJobNow = 1'793'500'000;

/// Wraps the links of one party, to make it misbehave.
using Corrupt = std::function<std::unique_ptr<PeerLinks>(PartyIndex, std::unique_ptr<PeerLinks>)>;

class ThreeParties {
 public:
  explicit ThreeParties(const std::string& more = "", unsigned batch_min = 4, unsigned group_min = 4,
                        unsigned batch_max = 100, const std::string& eligibility = "open") {
    for (auto& identity : identities_) {
      auto made = Identity::Create();
      CHECK(made.has_value());
      identity = std::make_unique<Identity>(std::move(*made));
    }
    coordinator_ = std::make_unique<Identity>(std::move(*Identity::Create()));
    for (auto& store : stores) store = std::move(*PartyStore::Open(":memory:"));
    SurveyDraft draft;
    draft.text = Text(more, batch_min, group_min, batch_max, eligibility);
    const Bytes32 text_hash = Sha256(AsBytes(draft.text));
    for (unsigned i = 0; i < 3; ++i) draft.box_keys[i] = stores[i]->BoxKeyFor(text_hash)->PublicKey();
    for (unsigned i = 0; i < 3; ++i)
      draft.signatures[i] = identities_[i]->Sign(SurveySignatureInput(draft.Hash(), i));
    auto made = SignedSurvey::FromDraft(std::move(draft));
    CHECK(made.has_value());
    survey.emplace(std::move(*made));
    for (auto& store : stores) CHECK(store->AddSurvey(*survey).has_value());
  }

  struct Answer {
    Submission submission;
    CheckedEnvelope envelope;
    SigningKey control;
  };
  Answer Make(const std::string& amount, const SigningKey* control = nullptr, const SealOptions& options = {},
              const std::string& who = "") {
    std::map<std::string, std::string> cells = {{"amount", amount}};
    if (!who.empty()) cells["who"] = who;
    auto row = EncodeRow(survey->survey(), cells);
    CHECK(row.has_value());
    SigningKey key = control == nullptr ? SigningKey::Generate(rng_) : SigningKey::FromSeed(control->seed());
    auto submission = SealSubmission(*survey, *row, key, options, rng_);
    CHECK(submission.has_value());
    auto envelope = CheckEnvelope(*survey, EncodeEnvelope(submission->envelope));
    CHECK(envelope.has_value());
    return {std::move(*submission), std::move(*envelope), std::move(key)};
  }
  /// As an upload to one party does it; `broken` stores a complaint in place of the opening.
  void Deliver(const Answer& answer, unsigned party, bool broken = false) {
    Deliver(answer.submission, answer.envelope, party, broken);
  }
  void Deliver(const Submission& submission, const CheckedEnvelope& envelope, unsigned party,
               bool broken = false) {
    auto key = stores[party]->BoxKeyFor(Sha256(AsBytes(survey->draft().text)));
    Bytes opening;
    if (!broken) opening = *OpenBox(*survey, envelope, party, *key, submission.boxes[party]);
    const NewSubmission item{
        .envelope = &envelope, .envelope_bytes = EncodeEnvelope(submission.envelope), .opening = opening};
    CHECK(stores[party]->AddSubmissions(*survey, std::span(&item, 1), kJobNow).has_value());
  }
  void DeliverToAll(const Answer& answer) {
    for (unsigned party = 0; party < 3; ++party) Deliver(answer, party);
  }
  /// Delivers answers first, first + 1, ... to all.
  void Fill(unsigned count, unsigned first = 1) {
    for (unsigned i = 0; i < count; ++i) DeliverToAll(Make(std::to_string(first + i)));
  }

  using CloseResults = std::array<Result<CloseResult>, 3>;
  CloseResults Close(std::uint32_t batch, const Corrupt& corrupt = {},
                     const std::function<void(unsigned, CloseRequest&)>& change = {}) {
    CloseResults results = {Unset<CloseResult>(), Unset<CloseResult>(), Unset<CloseResult>()};
    OnThreads(corrupt, [&](unsigned i, PeerLinks& links) {
      CloseRequest request{
          .survey = *survey, .batch = batch, .proposal = {}, .closed_at = kJobNow, .now = kJobNow};
      if (change) change(i, request);
      results[i] = RunCloseJob(Party(i), links, request, &phases[i]);
    });
    return results;
  }
  using ReleaseResults = std::array<Result<ReleaseResult>, 3>;
  ReleaseResults Release(UnixSeconds as_of = kJobNow, const Corrupt& corrupt = {},
                         const std::function<void(unsigned, ReleaseRequest&)>& change = {}) {
    ReleaseResults results = {Unset<ReleaseResult>(), Unset<ReleaseResult>(), Unset<ReleaseResult>()};
    OnThreads(corrupt, [&](unsigned i, PeerLinks& links) {
      ReleaseRequest request{.survey = *survey, .as_of = as_of, .now = as_of};
      if (change) change(i, request);
      results[i] = RunReleaseJob(Party(i), links, request, &phases[i]);
    });
    return results;
  }

  [[nodiscard]] PartyContext Party(unsigned i) {
    return {.self = PartyIndex(i),
            .identity = identities_[i].get(),
            .store = stores[i].get(),
            .rng = &system_rng_,
            .pool = nullptr};
  }

  std::array<std::unique_ptr<PartyStore>, 3> stores;
  std::optional<SignedSurvey> survey;
  std::array<AttemptPhase, 3> phases{};  ///< of the last job

 private:
  template <typename T>
  static Result<T> Unset() {
    return Fail(ErrorCode::kInternal, "not run");
  }

  void OnThreads(const Corrupt& corrupt, const std::function<void(unsigned, PeerLinks&)>& work) {
    auto links = MakeMemoryLinks(rng_, std::chrono::seconds(20));
    std::vector<std::thread> threads;
    for (unsigned i = 0; i < 3; ++i) {
      std::unique_ptr<PeerLinks> mine = std::move(links[i]);
      if (corrupt) mine = corrupt(PartyIndex(i), std::move(mine));
      threads.emplace_back([&work, i, held = std::move(mine)]() mutable {
        work(i, *held);
        held.reset();  // what ends here is gone for the others
      });
    }
    for (std::thread& thread : threads) thread.join();
  }

  std::string Text(const std::string& more, unsigned batch_min, unsigned group_min, unsigned batch_max,
                   const std::string& eligibility) {
    std::string text =
        "[survey]\nid = \"jobs\"\ntitle = \"Jobs\"\nopens = 2026-11-01T00:00:00Z\ncloses = "
        "2026-12-01T00:00:00Z\n"
        "retention_days = 1\neligibility = \"" +
        eligibility + "\"\nbatch_min = " + std::to_string(batch_min) +
        "\nbatch_max = " + std::to_string(batch_max) + "\ngroup_min = " + std::to_string(group_min) +
        "\nrelease_every = 60\n"
        "[[columns]]\nname = \"amount\"\nkind = \"number\"\nmin = \"0\"\nmax = \"1000\"\n" +
        more + "[[figures]]\nexpr = \"sum(amount)\"\n[[figures]]\nexpr = \"count(amount)\"\n";
    for (unsigned i = 0; i < 3; ++i) {
      const std::string n = std::to_string(i);
      text += "[[parties]]\nname = \"P" + n + "\"\nurl = \"https://127.0.0.1:90" + n +
              "0\"\nmpc = \"127.0.0.1:91" + n +
              "0\"\nidentity = \"ed25519:" + ToHex(identities_[i]->PublicKey()) + "\"\n";
    }
    return text + "[coordinator]\nname = \"C\"\nurl = \"https://127.0.0.1:9300\"\nidentity = \"ed25519:" +
           ToHex(coordinator_->PublicKey()) + "\"\n";
  }

  std::array<std::unique_ptr<Identity>, 3> identities_;
  std::unique_ptr<Identity> coordinator_;
  SystemRng system_rng_;
  SystemRng rng_;
};

}  // namespace mpcstats::testing
