// The key exchange of mode mpc, from base transfers and oblivious products to the opened key; and one end's share of a tag.
#include "mpcstats/zktls/mpctls/key_exchange.h"

#include <valgrind/memcheck.h>

#include <cstdlib>
#include <utility>

#include "mpcstats/base/buffer.h"
#include "mpcstats/zktls/mpctls/tag_share.h"
#include "mpcstats/zktls/vole/vole_receiver.h"
#include "mpcstats/zktls/vole/vole_sender.h"
#include "parts.h"

namespace mpcstats {
namespace {

constexpr Bytes32 kSession{11};

struct Material {
  EcToFieldMaterial prover;
  EcToFieldMaterial notary;
};

// The notary has the bits of the VOLE and receives; the prover sends.
Material Prepare(Rng& prover_rng, Rng& notary_rng) {
  VoleSenderSetup prover_setup = VoleSenderSetup::CreateForGarbling(kSession, prover_rng);
  VoleReceiverSetup notary_setup = VoleReceiverSetup::Create(kSession, notary_rng);
  const Bytes hello = Sent(notary_setup.message());
  auto created = Need(std::move(notary_setup).Finish(Sent(prover_setup.message()), notary_rng),
                      "transfers of the notary");
  VoleSender sender = Need(std::move(prover_setup).Finish(hello, Sent(created.message)), "trees");
  const std::size_t count = kEcToFieldCorrelations;
  const Bytes corrections = Sent(Need(created.receiver.Extend(count), "extension"));
  const Bytes challenge = Sent(Need(sender.Extend(count, corrections, prover_rng), "extension"));
  auto response = Need(created.receiver.Respond(challenge), "response");
  auto keys = Need(sender.Verify(Sent(response.message)), "check of the VOLE");

  EcToFieldSetup setup =
      Need(EcToFieldSetup::Create(kSession, std::move(response.correlations), notary_rng), "products");
  EcToFieldSender made =
      Need(MakeEcToField(kSession, std::move(keys), Sent(setup.message()), prover_rng), "products");
  EcToFieldMaterial material = Need(std::move(setup).Finish(Sent(made.message)), "products");
  return {std::move(made.material), std::move(material)};
}

bool Same(const Secret<Bytes32>& a, const Secret<Bytes32>& b) {
  const auto shown = [](const Secret<Bytes32>& secret) {
    Bytes bytes =
        secret.With(SecretAccess("test"), [](const Bytes32& raw) { return Bytes(raw.begin(), raw.end()); });
    return Sent(std::move(bytes));
  };
  return shown(a) == shown(b);
}

}  // namespace

void ExchangeKeys(End secret) {
  SecretRng prover_rng(6, secret == End::kProver);
  SecretRng notary_rng(7, secret == End::kNotary);
  SeededRng server_rng(8);
  const EcKey server = EcKey::Generate(server_rng);
  Material material = Prepare(prover_rng, notary_rng);

  NotaryKeyShare notary =
      Need(NotaryKeyShare::Create(kSession, std::move(material.notary), EcKey::Generate(notary_rng)), "key");
  ProverKeyShare prover =
      Need(ProverKeyShare::Create(kSession, std::move(material.prover), notary.point(), prover_rng), "key");
  const EcPoint client = prover.client_point();
  ProverConversion p = Need(std::move(prover).Start(server.point()), "conversion");
  NotaryConversion n = Need(std::move(notary).Start(client, server.point()), "conversion");
  const Bytes first_p = Sent(p.message());
  const Bytes first_n = Sent(n.message());
  const Bytes second_p = Sent(Need(p.Answer(first_n), "second opening"));
  const Bytes second_n = Sent(Need(n.Answer(first_p), "second opening"));
  const Bytes third_p = Sent(Need(p.Answer(second_n), "third opening"));
  const Bytes third_n = Sent(Need(n.Answer(second_p), "third opening"));
  ConvertedProverKey of_prover = Need(std::move(p).Finish(third_n), "share");
  ConvertedNotaryKey of_notary = Need(std::move(n).Finish(third_p), "share");

  const Secret<Bytes32>& share = secret == End::kProver ? of_prover.share() : of_notary.share();
  share.With(SecretAccess("test"), [](const Bytes32& raw) { MustBeSecret(raw, "share"); });

  const Buffer<std::uint8_t> opening = Need(std::move(of_notary).Open(), "opening");
  const OpenedKey opened =
      Need(std::move(of_prover).CheckOpening(Sent({opening.span().begin(), opening.span().end()})),
           "check of the opening");
  if (!Same(opened.premaster_secret, Need(server.SharedX(client), "server"))) std::exit(1);
}

void ShareTag() {
  Buffer<GcmBlock> powers(10);
  SecretRng rng(9, true);
  for (GcmBlock& power : powers.span()) rng.Fill(power);
  GcmBlock raw;
  rng.Fill(raw);
  const Secret<GcmBlock> mask(raw);
  const TagShares shares = Need(TagShares::FromOddPowers(powers.span()), "powers");
  GcmBlock share = Need(shares.Share(Bytes(13, 1), Bytes(250, 2), mask), "share of a tag");
  MustBeSecret(share, "share of a tag");
  VALGRIND_MAKE_MEM_DEFINED(share.data(), share.size());
}

}  // namespace mpcstats
