#include "mpcstats/cli/answer_sender.h"

#include <fmt/core.h>

#include <fstream>

#include "mpcstats/service/party_client.h"

namespace mpcstats {

Status AnswerSender::Send(const InviteToken* invite, const std::string& ticket_path, const Make& make) {
  AnswerFile answer;
  answer.survey_hash = survey_.hash();
  SealOptions options;
  options.invite = invite;
  SigningKey control = SigningKey::Generate(rng_);
  if (!options_.replace.empty()) {
    ASSIGN_OR_RETURN(const AnswerFile old, ReadAnswerFile(options_.replace));
    if (old.survey_hash != survey_.hash()) {
      return Fail(ErrorCode::kInvalidArgument, options_.replace + " is the ticket of another survey");
    }
    control = SigningKey::FromSeed(old.control_seed);
    options.version = old.version + 1;
    options.replaces = old.submission;
  }
  ASSIGN_OR_RETURN(const Submission submission, make(control, options));
  answer.submission = SubmissionId(submission.envelope.header);
  answer.version = options.version;
  control.seed().With(SecretAccess("the owner's ticket file"),
                      [&](const Bytes32& seed) { answer.control_seed = Secret<Bytes32>(seed); });
  RETURN_IF_ERROR(WriteAnswerFile(ticket_path, answer));
  return Deliver(submission, ticket_path, std::move(answer));
}

Status AnswerSender::SendMade(const Submission& submission, const std::string& ticket_path) {
  ASSIGN_OR_RETURN(AnswerFile answer, ReadAnswerFile(ticket_path));
  if (answer.submission != SubmissionId(submission.envelope.header)) {
    return Fail(ErrorCode::kInvalidArgument,
                ticket_path + " is the ticket of another answer than the sealed one");
  }
  return Deliver(submission, ticket_path, std::move(answer));
}

Status AnswerSender::Deliver(const Submission& submission, const std::string& ticket_path,
                             AnswerFile answer) {
  if (!options_.output.empty()) {
    // Sealed: the three boxes open for the parties alone.
    const Bytes bytes = EncodeSubmission(submission);
    std::ofstream file(options_.output, std::ios::binary | std::ios::trunc);
    file.write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
    file.close();
    if (!file) return Fail(ErrorCode::kInvalidArgument, options_.output + " cannot be written");
    return {};
  }
  if (options_.direct) return SendToParties(submission, answer.submission);
  ASSIGN_OR_RETURN(answer.ticket, SendToCoordinator(submission, answer.submission));
  return WriteAnswerFile(ticket_path, answer);
}

Result<Ticket> AnswerSender::SendToCoordinator(const Submission& submission, const Bytes32& id) {
  const Operator& coordinator = survey_.survey().coordinator;
  if (!coordinator_) {
    ASSIGN_OR_RETURN(coordinator_, ClientOf(coordinator));
  }
  ASSIGN_OR_RETURN(const std::string text,
                   Fetch(*coordinator_, coordinator.name, "POST", SurveyPath(survey_, "/submissions"),
                         EncodeSubmission(submission)));
  ASSIGN_OR_RETURN(const Ticket ticket, TicketFromJson(text));
  if (ticket.submission != id || !VerifyTicket(ticket, survey_)) {
    return Fail(
        ErrorCode::kProtocolViolation,
        coordinator.name +
            " gave a ticket that it did not sign for this answer; send it with --direct to the parties");
  }
  return ticket;
}

Status AnswerSender::SendToParties(const Submission& submission, const Bytes32& id) {
  const UploadedBox envelope{.envelope = EncodeEnvelope(submission.envelope), .box = {}};
  for (unsigned party = 0; party < 3; ++party) {
    ASSIGN_OR_RETURN(PartyClient client, PartyClient::Create(survey_, party));
    const UploadedBox item{.envelope = envelope.envelope, .box = submission.boxes[party]};
    ASSIGN_OR_RETURN(const UploadAnswer answer, client.Upload(std::span(&item, 1), std::span(&id, 1)));
    const UploadVerdict& verdict = answer.verdicts[0];
    if (verdict.outcome != UploadOutcome::kVerdict || verdict.refusal != Refusal::kNone) {
      return Fail(ErrorCode::kInvalidArgument,
                  fmt::format("party {} refused the answer: {}", party, RefusalSentence(verdict.refusal)));
    }
  }
  return {};
}

}  // namespace mpcstats
