#include "mpcstats/zktls/ole/ec_to_field_material.h"

#include "mpcstats/base/buffer.h"

namespace mpcstats {
namespace {

EcToFieldMasks RandomMasks(Rng& rng) {
  EcToFieldMasks masks;
  for (Fp256* mask : {&masks.a, &masks.b, &masks.c, &masks.r}) *mask = Fp256::Random(rng);
  return masks;
}

// The products across the ends: (a_P, b_N), (b_P, a_N), (a_P, c_N), (c_P, a_N), (r_P, r_N).
Buffer<Fp256> SenderNumbers(const EcToFieldMasks& m) {
  Buffer<Fp256> numbers(kEcToFieldProducts);
  numbers[0] = m.a;
  numbers[1] = m.b;
  numbers[2] = m.a;
  numbers[3] = m.c;
  numbers[4] = m.r;
  return numbers;
}
Buffer<Fp256> ReceiverNumbers(const EcToFieldMasks& m) {
  Buffer<Fp256> numbers(kEcToFieldProducts);
  numbers[0] = m.b;
  numbers[1] = m.a;
  numbers[2] = m.c;
  numbers[3] = m.a;
  numbers[4] = m.r;
  return numbers;
}

// (a_P + a_N)(b_P + b_N) = [a_P b_P + x_0 + x_1] + [a_N b_N + y_0 + y_1], and so on.
EcToFieldMaterial Assemble(const Bytes32& session, EcToFieldEnd end, const EcToFieldMasks& m,
                           const Buffer<Fp256>& products) {
  EcToFieldShares shares{.mask = m,
                         .ab = m.a * m.b + products[0] + products[1],
                         .ac = m.a * m.c + products[2] + products[3],
                         .rr = m.r * m.r + products[4] + products[4]};
  EcToFieldMaterial material(session, end, shares);
  SecureWipe(&shares, sizeof(shares));
  return material;
}

}  // namespace

Result<EcToFieldSender> MakeEcToField(const Bytes32& session, VerifierCorrelations correlations,
                                      ByteSpan receiver_message, Rng& rng) {
  const Secret<EcToFieldMasks> masks(RandomMasks(rng));
  return masks.With(SecretAccess("products of an EC-to-field conversion"),
                    [&](const EcToFieldMasks& m) -> Result<EcToFieldSender> {
                      ASSIGN_OR_RETURN(OleSent sent, SendOle(session, std::move(correlations),
                                                             SenderNumbers(m), receiver_message));
                      return EcToFieldSender{std::move(sent.message),
                                             Assemble(session, EcToFieldEnd::kSender, m, sent.shares)};
                    });
}

Result<EcToFieldSetup> EcToFieldSetup::Create(const Bytes32& session, ProverCorrelations correlations,
                                              Rng& rng) {
  Secret<EcToFieldMasks> masks(RandomMasks(rng));
  return masks.With(SecretAccess("products of an EC-to-field conversion"),
                    [&](const EcToFieldMasks& m) -> Result<EcToFieldSetup> {
                      ASSIGN_OR_RETURN(
                          OleReceiver receiver,
                          OleReceiver::Create(session, std::move(correlations), ReceiverNumbers(m)));
                      return EcToFieldSetup(session, m, std::move(receiver));
                    });
}

Result<EcToFieldMaterial> EcToFieldSetup::Finish(ByteSpan sender_message) && {
  ASSIGN_OR_RETURN(const Buffer<Fp256> products, std::move(receiver_).Finish(sender_message));
  return masks_.With(SecretAccess("products of an EC-to-field conversion"), [&](const EcToFieldMasks& m) {
    return Assemble(session_, EcToFieldEnd::kReceiver, m, products);
  });
}

}  // namespace mpcstats
