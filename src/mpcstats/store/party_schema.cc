#include "mpcstats/store/party_schema.h"

#include "mpcstats/store/survey_table.h"

namespace mpcstats {

// `opening`, `shares` and `pseudonym_key` are AEAD boxes; all else is public or known to the other parties too.
// state, kind: see SubmissionState and the enums of party_state.h.
const std::array<std::string_view, 4> kPartyMigrations = {
    kSurveyTableSql, R"sql(
CREATE TABLE survey_keys(
  survey INTEGER PRIMARY KEY REFERENCES surveys(number),
  text_hash BLOB NOT NULL CHECK(length(text_hash) = 32),
  box_key_destroyed INTEGER NOT NULL DEFAULT 0,
  shares_destroyed INTEGER NOT NULL DEFAULT 0,
  stop_reason TEXT,
  pseudonym_key BLOB) STRICT;
CREATE INDEX survey_keys_text ON survey_keys(text_hash);

CREATE TABLE submissions(
  number INTEGER PRIMARY KEY,
  survey INTEGER NOT NULL REFERENCES surveys(number),
  id BLOB NOT NULL CHECK(length(id) = 32),
  state INTEGER NOT NULL CHECK(state BETWEEN 0 AND 3),
  refusal INTEGER NOT NULL DEFAULT 0,
  batch INTEGER NOT NULL DEFAULT 0,
  place INTEGER NOT NULL DEFAULT 0,
  received_at INTEGER NOT NULL,
  envelope BLOB NOT NULL,
  opening BLOB,
  UNIQUE(survey, id)) STRICT;
CREATE INDEX submissions_open ON submissions(survey, number) WHERE state < 2;
CREATE TRIGGER decided_submission BEFORE UPDATE ON submissions
  WHEN OLD.state >= 2 AND (NEW.survey <> OLD.survey OR NEW.id <> OLD.id OR NEW.state <> OLD.state OR
    NEW.refusal <> OLD.refusal OR NEW.batch <> OLD.batch OR NEW.place <> OLD.place)
  BEGIN SELECT RAISE(ABORT, 'a submission of a closed batch never changes'); END;
CREATE TRIGGER kept_submission BEFORE DELETE ON submissions
  BEGIN SELECT RAISE(ABORT, 'a submission is never deleted'); END;

CREATE TABLE uniques(
  survey INTEGER NOT NULL, kind INTEGER NOT NULL, value BLOB NOT NULL, submission INTEGER NOT NULL,
  PRIMARY KEY(survey, kind, value, submission)) STRICT, WITHOUT ROWID;

CREATE TABLE used(
  survey INTEGER NOT NULL, kind INTEGER NOT NULL, value BLOB NOT NULL,
  PRIMARY KEY(survey, kind, value)) STRICT, WITHOUT ROWID;

CREATE TABLE withdrawals(
  survey INTEGER NOT NULL REFERENCES surveys(number), id BLOB NOT NULL, signature BLOB NOT NULL,
  PRIMARY KEY(survey, id)) STRICT, WITHOUT ROWID;

CREATE TABLE attempts(
  survey INTEGER NOT NULL REFERENCES surveys(number), batch INTEGER NOT NULL, attempt INTEGER NOT NULL,
  PRIMARY KEY(survey, batch)) STRICT, WITHOUT ROWID;

CREATE TABLE batches(
  survey INTEGER NOT NULL REFERENCES surveys(number), batch INTEGER NOT NULL, attempt INTEGER NOT NULL,
  closed INTEGER NOT NULL DEFAULT 0,
  certificate BLOB NOT NULL, signatures BLOB NOT NULL,
  accepted BLOB NOT NULL, refused BLOB NOT NULL, pseudonyms BLOB NOT NULL,
  pseudonym_key BLOB, shares BLOB,
  PRIMARY KEY(survey, batch, attempt)) STRICT;
CREATE UNIQUE INDEX batches_closed ON batches(survey, batch) WHERE closed = 1;
CREATE TRIGGER closed_batch BEFORE UPDATE ON batches
  WHEN OLD.closed = 1 AND (NEW.survey <> OLD.survey OR NEW.batch <> OLD.batch OR NEW.attempt <> OLD.attempt OR
    NEW.closed <> 1 OR NEW.certificate <> OLD.certificate OR NEW.signatures <> OLD.signatures OR
    NEW.accepted <> OLD.accepted OR NEW.refused <> OLD.refused OR NEW.pseudonyms <> OLD.pseudonyms OR
    (NEW.shares IS NOT NULL AND NEW.shares IS NOT OLD.shares))
  BEGIN SELECT RAISE(ABORT, 'a closed batch never changes'); END;
CREATE TRIGGER kept_batch BEFORE DELETE ON batches WHEN OLD.closed = 1
  BEGIN SELECT RAISE(ABORT, 'a closed batch never changes'); END;

CREATE TABLE intents(
  survey INTEGER NOT NULL REFERENCES surveys(number), sequence INTEGER NOT NULL, batches INTEGER NOT NULL,
  plan_hash BLOB NOT NULL, as_of INTEGER NOT NULL,
  PRIMARY KEY(survey, sequence)) STRICT, WITHOUT ROWID;

CREATE TABLE releases(
  survey INTEGER NOT NULL REFERENCES surveys(number), sequence INTEGER NOT NULL, batches INTEGER NOT NULL,
  body TEXT NOT NULL, signatures BLOB NOT NULL,
  PRIMARY KEY(survey, sequence)) STRICT;
CREATE TRIGGER one_release BEFORE UPDATE ON releases
  WHEN NEW.survey <> OLD.survey OR NEW.sequence <> OLD.sequence OR NEW.batches <> OLD.batches OR
    NEW.body <> OLD.body
  BEGIN SELECT RAISE(ABORT, 'a release never changes'); END;
CREATE TRIGGER kept_release BEFORE DELETE ON releases
  BEGIN SELECT RAISE(ABORT, 'a release never changes'); END;

CREATE TABLE held(
  survey INTEGER NOT NULL REFERENCES surveys(number), batches INTEGER NOT NULL,
  PRIMARY KEY(survey, batches)) STRICT, WITHOUT ROWID;

CREATE TABLE failures(
  survey INTEGER NOT NULL REFERENCES surveys(number), job TEXT NOT NULL, count INTEGER NOT NULL,
  PRIMARY KEY(survey, job)) STRICT, WITHOUT ROWID;

CREATE TABLE audit(
  number INTEGER PRIMARY KEY, time INTEGER NOT NULL, event TEXT NOT NULL, detail TEXT NOT NULL,
  hash BLOB NOT NULL) STRICT;
CREATE TRIGGER audit_changed BEFORE UPDATE ON audit
  BEGIN SELECT RAISE(ABORT, 'the audit log only grows'); END;
CREATE TRIGGER audit_shortened BEFORE DELETE ON audit
  BEGIN SELECT RAISE(ABORT, 'the audit log only grows'); END;
)sql",
    R"sql(
CREATE TABLE notary_lists(
  identity BLOB PRIMARY KEY CHECK(length(identity) = 32), list BLOB NOT NULL) STRICT, WITHOUT ROWID;
)sql",
    // Nonces and commitments that stood here kept later answers out; now the list of the close decides alone.
    R"sql(
DROP TABLE uniques;
)sql"};

}  // namespace mpcstats
