// For tests: the three roles of one proof run against each other, each may lie.
//
//   const auto statement = Statement<Fp65521>::Random(40, 3, random);
//   const auto run = RunRoles<Fp65521>(statement, schedule, Coins<Fp65521>::Random(schedule, random));
#pragma once

#include <array>
#include <functional>
#include <vector>

#include "mpcstats/engine/verification/roles.h"
#include "mpcstats/engine/verification/toy_source.h"

namespace mpcstats {

inline constexpr std::array<ProofRole, 3> kRoles = {ProofRole::kProver, ProofRole::kLead, ProofRole::kSecond};

/// Who has `role` in the proof of `prover`.
inline PartyIndex PartyOf(unsigned prover, ProofRole role) {
  const PartyIndex p(prover);
  return role == ProofRole::kProver ? p : role == ProofRole::kLead ? p.Previous() : p.Next();
}

/// Everything random in one proof.
template <typename K>
struct Coins {
  std::array<std::uint8_t, 16> seed{};
  std::vector<K> challenge;         ///< one a level, the last not zero
  std::vector<std::vector<K>> pad;  ///< the second's share of each message
  K mu{}, nu{};

  static Coins Random(const FoldSchedule& schedule, TestRandom& random) {
    Coins coins;
    for (auto& byte : coins.seed) byte = static_cast<std::uint8_t>(random());
    for (std::size_t level = 0; level < schedule.levels(); ++level) {
      const bool last = level == schedule.folds;
      coins.challenge.push_back(last ? NonZeroElement<K>(random) : RandomElement<K>(random));
      coins.pad.emplace_back(last ? 2 * schedule.last + 1 : 2u * schedule.factor[level] - 1);
      for (K& k : coins.pad.back()) k = RandomElement<K>(random);
    }
    coins.mu = RandomElement<K>(random);
    coins.nu = RandomElement<K>(random);
    return coins;
  }
};

/// Where a party may lie. Empty functions are honest.
template <typename K>
struct Lies {
  std::function<void(std::size_t level, std::vector<K>& g)>
      message;                                         ///< prover: G before the pad is taken off
  std::function<K(std::size_t level, K r)> challenge;  ///< lead: what it tells the prover
  std::function<void(SecondAnswer<K>&)> answer;        ///< second
};

template <typename K>
struct RolesRun {
  std::vector<std::vector<K>> honest_message;  ///< what the prover's machine said
  std::vector<std::vector<K>> lead_share;      ///< what the lead received
  SecondAnswer<K> honest_answer;
  SecondAnswer<K> answer;  ///< what the lead received
  bool accepted = false;
};

/// One proof by three ProofMachines, on `pool` or on one thread.
template <typename K>
RolesRun<K> RunMachines(const std::array<ProofSource<K>*, 3>& sources, const Coins<K>& coins,
                        const Lies<K>& lies = {}, ThreadPool* pool = nullptr) {
  static ThreadPool one(1);
  if (pool == nullptr) pool = &one;
  ProofMachine<K> prover(ProofRole::kProver, sources[0], pool);
  ProofMachine<K> lead(ProofRole::kLead, sources[1], pool);
  ProofMachine<K> second(ProofRole::kSecond, sources[2], pool);
  for (auto* machine : {&prover, &lead, &second}) machine->Begin(coins.seed);
  prover.SetMasks(coins.mu, coins.nu);
  lead.SetMasks(coins.mu, K::Zero());
  second.SetMasks(K::Zero(), coins.nu);
  RolesRun<K> run;
  for (std::size_t level = 0; level < prover.levels(); ++level) {
    std::vector<K> g = prover.Message(level);
    run.honest_message.push_back(g);
    if (lies.message) lies.message(level, g);
    for (std::size_t i = 0; i < g.size(); ++i) g[i] -= coins.pad[level][i];
    run.lead_share.push_back(g);
    lead.TakeShare(level, g);
    second.TakeShare(level, coins.pad[level]);
    const K r = coins.challenge[level];
    if (level == prover.schedule().folds) break;
    prover.Fold(level, lies.challenge ? lies.challenge(level, r) : r);
    lead.Fold(level, r);
    second.Fold(level, r);
  }
  run.honest_answer = second.Answer(coins.challenge.back());
  run.answer = run.honest_answer;
  if (lies.answer) lies.answer(run.answer);
  run.accepted = lead.Accept(coins.challenge.back(), run.answer);
  return run;
}

template <typename K, typename S>
RolesRun<K> RunRoles(const S& statement, const FoldSchedule& schedule, const Coins<K>& coins,
                     const Lies<K>& lies = {}, const std::vector<K>* weights = nullptr) {
  ToySource<K, S> prover(statement, ProofRole::kProver, schedule, weights);
  ToySource<K, S> lead(statement, ProofRole::kLead, schedule, weights);
  ToySource<K, S> second(statement, ProofRole::kSecond, schedule, weights);
  return RunMachines<K>({&prover, &lead, &second}, coins, lies);
}

}  // namespace mpcstats
