// TLS under leaves of pinned identities: who is taken and who is not.
#include <gtest/gtest.h>
#include <openssl/x509v3.h>

#include <optional>
#include <utility>
#include <vector>

#include "mpcstats/crypto/tls_leaf.h"
#include "mpcstats/net/tls_context.h"
#include "mpcstats/net/tls_test_parties.h"

namespace mpcstats {
namespace {

using Outcome = PinCheck::Outcome;
using StackPtr =
    std::unique_ptr<STACK_OF(X509), OpenSslDeleter<[](STACK_OF(X509) * stack) { sk_X509_free(stack); }>>;

Identity MustCreate() { return std::move(*Identity::Create()); }
TlsLeaf MustLeaf(const Identity& identity) { return std::move(*TlsLeaf::Create(identity, {})); }

// Moves the end of a leaf's life and signs it again.
void EndAt(const TlsLeaf& leaf, const Identity& identity, long seconds_from_now) {
  X509_gmtime_adj(X509_getm_notAfter(leaf.certificate()), seconds_from_now);
  ASSERT_GT(X509_sign(leaf.certificate(), identity.key(SecretAccess("test")), nullptr), 0);
}

class PinnedChain : public testing::Test {
 protected:
  PinnedChain() { pins_.accepted = {MustCreate().Fingerprint(), identity_.Fingerprint()}; }

  // The chain as a peer sends it; its first certificate is the end.
  Status Check(const std::vector<X509*>& chain) {
    StackPtr stack(sk_X509_new_null());
    for (X509* certificate : chain) sk_X509_push(stack.get(), certificate);
    return CheckPinnedChain(chain.front(), stack.get(), pins_);
  }
  void ExpectRefused(const std::vector<X509*>& chain, Outcome outcome, std::string_view part) {
    const Status checked = Check(chain);
    ASSERT_FALSE(checked.has_value());
    EXPECT_EQ(checked.error().code(), ErrorCode::kProtocolViolation);
    EXPECT_NE(checked.error().message().find(part), std::string::npos) << checked.error().message();
    EXPECT_EQ(pins_.outcome, outcome);
  }

  Identity identity_ = MustCreate();
  PinCheck pins_;
};

TEST_F(PinnedChain, TakesALeafOfAPinnedIdentityAndSaysWhich) {
  const TlsLeaf leaf = MustLeaf(identity_);
  EXPECT_TRUE(Check({leaf.certificate(), leaf.identity_certificate()}).has_value());
  EXPECT_EQ(pins_.outcome, Outcome::kAccepted);
  EXPECT_EQ(pins_.matched, 1u);
}

TEST_F(PinnedChain, TakesThePinnedKeyItself) {
  EXPECT_TRUE(Check({identity_.certificate()}).has_value());
  EXPECT_EQ(pins_.matched, 1u);
  EXPECT_TRUE(CheckPinnedChain(identity_.certificate(), nullptr, pins_).has_value());
}

TEST_F(PinnedChain, DoesNotAskForTheIdentityCertificatesDates) {
  const TlsLeaf leaf = MustLeaf(identity_);
  X509_gmtime_adj(X509_getm_notAfter(leaf.identity_certificate()), -60);
  EXPECT_TRUE(Check({leaf.certificate(), leaf.identity_certificate()}).has_value());
}

TEST_F(PinnedChain, RefusesALeafOutOfDate) {
  const TlsLeaf leaf = MustLeaf(identity_);
  EndAt(leaf, identity_, -60);
  ExpectRefused({leaf.certificate(), leaf.identity_certificate()}, Outcome::kOutOfDate, "out of date");
  X509_gmtime_adj(X509_getm_notBefore(leaf.certificate()), 3600);
  EndAt(leaf, identity_, 7200);
  ExpectRefused({leaf.certificate(), leaf.identity_certificate()}, Outcome::kOutOfDate, "out of date");
}

TEST_F(PinnedChain, RefusesALeafOfAnotherIdentity) {
  const TlsLeaf leaf = MustLeaf(MustCreate());
  ExpectRefused({leaf.certificate(), leaf.identity_certificate()}, Outcome::kOtherKey, "another key");
  // Nor does it help to send the pinned identity's certificate with it: that is public.
  ExpectRefused({leaf.certificate(), identity_.certificate()}, Outcome::kBadLeaf, "not a leaf");
}

TEST_F(PinnedChain, RefusesALeafWithoutItsIdentity) {
  const TlsLeaf leaf = MustLeaf(identity_);
  ExpectRefused({leaf.certificate()}, Outcome::kOtherKey, "another key");
  EXPECT_FALSE(CheckPinnedChain(leaf.certificate(), nullptr, pins_).has_value());
  EXPECT_FALSE(CheckPinnedChain(nullptr, nullptr, pins_).has_value());
}

TEST_F(PinnedChain, RefusesAChainOfThree) {
  const TlsLeaf leaf = MustLeaf(identity_);
  X509* const identity = leaf.identity_certificate();
  ExpectRefused({leaf.certificate(), identity, identity}, Outcome::kBadLeaf, "not a leaf");
  ExpectRefused({leaf.certificate(), leaf.certificate(), identity}, Outcome::kBadLeaf, "not a leaf");
}

TEST_F(PinnedChain, RefusesACertificateThatALeafSigned) {
  const TlsLeaf issuer = MustLeaf(identity_);
  const TlsLeaf below = MustLeaf(identity_);
  ASSERT_GT(X509_sign(below.certificate(), issuer.key(SecretAccess("test")), nullptr), 0);
  ASSERT_TRUE(IsLeafOf(below.certificate(), issuer.certificate()))
      << "it is not the signature that fails here";
  ExpectRefused({below.certificate(), issuer.certificate()}, Outcome::kOtherKey, "another key");
  ExpectRefused({below.certificate(), issuer.certificate(), identity_.certificate()}, Outcome::kBadLeaf,
                "not a leaf");
  ExpectRefused({below.certificate(), identity_.certificate()}, Outcome::kBadLeaf, "not a leaf");
}

TEST_F(PinnedChain, RefusesALeafThatIsACa) {
  const TlsLeaf leaf = MustLeaf(identity_);
  X509* const certificate = leaf.certificate();
  X509_EXTENSION_free(
      X509_delete_ext(certificate, X509_get_ext_by_NID(certificate, NID_basic_constraints, -1)));
  EndAt(leaf, identity_, 3600);
  ExpectRefused({certificate, leaf.identity_certificate()}, Outcome::kBadLeaf, "not a leaf");
}

TEST_F(PinnedChain, RefusesAnEndThatIsNotTheFirstOfTheChain) {
  const TlsLeaf leaf = MustLeaf(identity_);
  StackPtr stack(sk_X509_new_null());
  sk_X509_push(stack.get(), leaf.identity_certificate());
  sk_X509_push(stack.get(), leaf.certificate());
  EXPECT_FALSE(CheckPinnedChain(leaf.certificate(), stack.get(), pins_).has_value());
  EXPECT_EQ(pins_.outcome, Outcome::kBadLeaf);
}

TEST(TlsLeafLinks, PartiesWithLeavesAndWithoutMeet) {
  TlsTestParties parties;
  const TlsLeaf leaf_0 = MustLeaf(parties.identity(0));
  const TlsLeaf leaf_2 = MustLeaf(parties.identity(2));
  auto links = parties.ConnectAll([&](unsigned party, TlsLinks::Options& options) {
    if (party == 0) options.leaf = &leaf_0;
    if (party == 2) options.leaf = &leaf_2;
  });
  TlsTestParties::OnThreads([&](unsigned self) {
    ASSERT_NE(links[self], nullptr);
    EXPECT_TRUE(links[self]->Exchange({Bytes{1}, Bytes{2}}, {1, 1}).has_value());
  });
}

TEST(TlsLeafLinks, RefusesAPeerWhoseLeafIsOutOfDate) {
  TlsTestParties parties;
  const TlsLeaf leaf = MustLeaf(parties.identity(2));
  EndAt(leaf, parties.identity(2), -60);
  TlsLinks::Options callee = parties.OptionsOf(2);
  callee.leaf = &leaf;
  callee.connect_deadline = std::chrono::seconds(1);
  std::jthread party_2([&] { EXPECT_FALSE(TlsLinks::Connect(std::move(callee)).has_value()); });
  const auto links = TlsLinks::Connect(parties.OptionsOf(0));
  ASSERT_FALSE(links.has_value());
  EXPECT_EQ(links.error().code(), ErrorCode::kProtocolViolation);
  EXPECT_EQ(links.error().message(),
            "party 2 presented a certificate that is out of date (or a clock is wrong)");
}

TEST(TlsLeafLinks, RefusesItsOwnLeafOfAnotherIdentity) {
  TlsTestParties parties;
  const TlsLeaf leaf = MustLeaf(parties.identity(1));
  TlsLinks::Options options = parties.OptionsOf(2);
  options.leaf = &leaf;
  const auto links = TlsLinks::Connect(std::move(options));
  ASSERT_FALSE(links.has_value());
  EXPECT_EQ(links.error().code(), ErrorCode::kInvalidArgument);
  EXPECT_NE(links.error().message().find("TLS leaf of party 2"), std::string::npos);
}

}  // namespace
}  // namespace mpcstats
