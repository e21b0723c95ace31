#include "mpcstats/service/messages.h"

#include <gtest/gtest.h>

namespace mpcstats {
namespace {

JobMessage SampleJob() {
  JobMessage job;
  for (unsigned i = 0; i < 3; ++i) {
    job.parties[i].port = static_cast<std::uint16_t>(1000 + i);
    job.parties[i].fingerprint.fill(static_cast<std::uint8_t>(i + 1));
    job.commitments[i].fill(static_cast<std::uint8_t>(10 + i));
  }
  job.io_deadline_ms = 5000;
  job.threads = 2;
  job.rows = 123;
  job.columns = {{"age", {.bits = 7}}, {"balance", {.bits = 61, .is_signed = true, .scale = 2}}};
  job.expressions = {"mean(age)", "quantile(balance, 0.9)"};
  job.openings[0].fill(7);
  job.openings[1].fill(8);
  return job;
}

Report SampleReport() {
  Report report;
  report.kind = ReportKind::kResult;
  report.figures = {Figure::Exact(Rational(7) / 3), Figure::Undefined("no values"), {{}, 0.5, 1e-6, {}}};
  report.counts = {3, 0, 9};
  report.bench_digest.fill(3);
  report.cost = {.rounds = 1, .and_gates = 2, .multiplications = 3, .bytes_sent = 4, .batches = 5};
  report.preparation_cost = {
      .rounds = 6, .and_gates = 7, .multiplications = 8, .bytes_sent = 9, .batches = 10};
  report.peak_rss_bytes = 11;
  return report;
}

template <typename Decode>
void ExpectRefusesEveryOtherLength(const Bytes& encoded, const Decode& decode) {
  for (std::size_t length = 0; length < encoded.size(); ++length) {
    const auto decoded = decode(ByteSpan(encoded).first(length));
    ASSERT_FALSE(decoded.has_value()) << "accepted " << length << " of " << encoded.size() << " bytes";
    EXPECT_EQ(decoded.error().code(), ErrorCode::kProtocolViolation);
  }
  Bytes longer = encoded;
  longer.push_back(0);
  EXPECT_FALSE(decode(longer).has_value());
}

/// Decoding what is not ours may fail but not crash; what it accepts it writes in the same bytes again.
template <typename Decode>
void ExpectCanonical(const Bytes& encoded, const Decode& decode) {
  for (std::size_t at = 0; at < encoded.size(); ++at) {
    for (const std::uint8_t mask : {0x01, 0x80, 0xff}) {
      Bytes altered = encoded;
      altered[at] = static_cast<std::uint8_t>(altered[at] ^ mask);
      const auto decoded = decode(altered);
      if (decoded) EXPECT_EQ(Encode(*decoded), altered) << "byte " << at;
    }
  }
}

Result<JobMessage> TryJob(const JobMessage& job) { return DecodeJob(Encode(job)); }

TEST(HelloMessage, ComesBackAsItWas) {
  HelloMessage hello{.port = 65535, .fingerprint = {}};
  hello.fingerprint.fill(9);
  const auto back = DecodeHello(Encode(hello));
  ASSERT_TRUE(back.has_value());
  EXPECT_EQ(back->port, hello.port);
  EXPECT_EQ(back->fingerprint, hello.fingerprint);
}

TEST(HelloMessage, IsRefusedAtEveryOtherLength) {
  ExpectRefusesEveryOtherLength(Encode(HelloMessage()), DecodeHello);
}

TEST(HelloMessage, HasOneEncoding) { ExpectCanonical(Encode(HelloMessage()), DecodeHello); }

TEST(JobMessage, ComesBackAsItWas) {
  const auto back = TryJob(SampleJob());
  ASSERT_TRUE(back.has_value()) << back.error().message();
  EXPECT_EQ(Encode(*back), Encode(SampleJob()));
  EXPECT_EQ(back->columns[1].type, SampleJob().columns[1].type);
  EXPECT_EQ(back->expressions, SampleJob().expressions);
}

TEST(JobMessage, IsRefusedAtEveryOtherLength) {
  ExpectRefusesEveryOtherLength(Encode(SampleJob()), DecodeJob);
}

TEST(JobMessage, HasOneEncoding) { ExpectCanonical(Encode(SampleJob()), DecodeJob); }

TEST(JobMessage, RefusesImpossibleColumnTypes) {
  for (const ColumnType type :
       {ColumnType{.bits = 0}, ColumnType{.bits = 61}, ColumnType{.bits = 1, .is_signed = true},
        ColumnType{.bits = 62, .is_signed = true}, ColumnType{.bits = 255},
        ColumnType{.bits = 8, .scale = 19}}) {
    JobMessage job = SampleJob();
    job.columns[0].type = type;
    const auto decoded = TryJob(job);
    ASSERT_FALSE(decoded.has_value()) << type.Name();
    EXPECT_EQ(decoded.error().code(), ErrorCode::kProtocolViolation);
  }
}

TEST(JobMessage, RefusesMoreColumnsOrExpressionsThanTheCaps) {
  JobMessage job = SampleJob();
  job.columns.assign(kMaxColumns, job.columns[0]);
  EXPECT_TRUE(TryJob(job).has_value());
  job.columns.push_back(job.columns[0]);
  EXPECT_FALSE(TryJob(job).has_value());
  job = SampleJob();
  job.expressions.assign(kMaxExpressions, "sum(age)");
  EXPECT_TRUE(TryJob(job).has_value());
  job.expressions.emplace_back("sum(age)");
  EXPECT_FALSE(TryJob(job).has_value());
}

TEST(JobMessage, TheLargestOneOfTheCommandLineFitsIntoAMessage) {
  JobMessage job = SampleJob();
  job.columns.assign(kMaxExpressions, {std::string(4000, 'x'), {.bits = 8}});
  job.expressions.assign(kMaxExpressions, std::string(4002, 'x'));
  EXPECT_TRUE(TryJob(job).has_value());
  EXPECT_LE(Encode(job).size(), kMessageLimit);
}

TEST(JobMessage, RefusesALongName) {
  JobMessage job = SampleJob();
  job.columns[0].name.assign(5000, 'x');
  EXPECT_FALSE(TryJob(job).has_value());
}

TEST(Report, ComesBackAsItWas) {
  const auto back = DecodeReport(Encode(SampleReport()));
  ASSERT_TRUE(back.has_value()) << back.error().message();
  EXPECT_EQ(Encode(*back), Encode(SampleReport()));
  EXPECT_EQ(back->figures[0].exact_text, "7/3");
  EXPECT_EQ(back->cost, SampleReport().cost);
}

TEST(Report, IsRefusedAtEveryOtherLength) {
  ExpectRefusesEveryOtherLength(Encode(SampleReport()), DecodeReport);
}

TEST(Report, HasOneEncoding) { ExpectCanonical(Encode(SampleReport()), DecodeReport); }

TEST(Report, RefusesUnknownKindsAndCodes) {
  for (const unsigned kind : {0u, 7u, 255u}) {
    Report report = SampleReport();
    report.kind = static_cast<ReportKind>(kind);
    EXPECT_FALSE(DecodeReport(Encode(report)).has_value()) << kind;
  }
  Report report = SampleReport();
  report.code = static_cast<ErrorCode>(200);
  EXPECT_FALSE(DecodeReport(Encode(report)).has_value());
}

TEST(Report, RefusesMoreFiguresThanExpressions) {
  Report report = SampleReport();
  report.figures.assign(kMaxExpressions + 1, Figure::Undefined("no values"));
  EXPECT_FALSE(DecodeReport(Encode(report)).has_value());
  report = SampleReport();
  report.counts.assign(kMaxExpressions + 1, 0);
  EXPECT_FALSE(DecodeReport(Encode(report)).has_value());
}

}  // namespace
}  // namespace mpcstats
