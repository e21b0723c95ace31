#include "mpcstats/store/coordinator_schema.h"

#include "mpcstats/store/survey_table.h"

namespace mpcstats {

// v0..v2: a party's verdict (Refusal), NULL until it was delivered; f0..f2: the flush that signed it, i0..i2 and p0..p2 its
// leaf and path. batch: the closed batch that decided, NULL before; refusal: 0 counted. Boxes have a table of their own,
// so that deleting them leaves the rest where it is.
const std::array<std::string_view, 3> kCoordinatorMigrations = {
    kSurveyTableSql, R"sql(
CREATE TABLE submissions(
  number INTEGER PRIMARY KEY,
  survey INTEGER NOT NULL REFERENCES surveys(number),
  id BLOB NOT NULL CHECK(length(id) = 32),
  received_at INTEGER NOT NULL, propose_by INTEGER NOT NULL, ticket BLOB NOT NULL,
  v0 INTEGER, v1 INTEGER, v2 INTEGER,
  f0 INTEGER REFERENCES flushes(number), f1 INTEGER REFERENCES flushes(number), f2 INTEGER REFERENCES flushes(number),
  i0 INTEGER, i1 INTEGER, i2 INTEGER,
  p0 TEXT, p1 TEXT, p2 TEXT,
  batch INTEGER, refusal INTEGER, place INTEGER,
  UNIQUE(survey, id)) STRICT;
CREATE INDEX undelivered0 ON submissions(survey, number) WHERE v0 IS NULL AND batch IS NULL;
CREATE INDEX undelivered1 ON submissions(survey, number) WHERE v1 IS NULL AND batch IS NULL;
CREATE INDEX undelivered2 ON submissions(survey, number) WHERE v2 IS NULL AND batch IS NULL;
CREATE INDEX undecided ON submissions(survey, received_at, id) WHERE batch IS NULL;
CREATE INDEX decided ON submissions(survey, batch, refusal, place) WHERE batch IS NOT NULL;
CREATE TRIGGER decided_submission BEFORE UPDATE OF survey, id, batch, refusal, place ON submissions
  WHEN OLD.batch IS NOT NULL
  BEGIN SELECT RAISE(ABORT, 'a submission of a closed batch never changes'); END;

CREATE TABLE flushes(
  number INTEGER PRIMARY KEY, survey INTEGER NOT NULL REFERENCES surveys(number), party INTEGER NOT NULL,
  count INTEGER NOT NULL, root BLOB NOT NULL, signature BLOB NOT NULL) STRICT;

CREATE TABLE boxes(
  submission INTEGER PRIMARY KEY REFERENCES submissions(number), bytes BLOB NOT NULL) STRICT;

CREATE TABLE withdrawals(
  survey INTEGER NOT NULL REFERENCES surveys(number), id BLOB NOT NULL, signature BLOB NOT NULL,
  d0 INTEGER NOT NULL DEFAULT 0, d1 INTEGER NOT NULL DEFAULT 0, d2 INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY(survey, id)) STRICT, WITHOUT ROWID;

CREATE TABLE batches(
  survey INTEGER NOT NULL REFERENCES surveys(number), batch INTEGER NOT NULL, json TEXT NOT NULL,
  accepted BLOB NOT NULL,
  PRIMARY KEY(survey, batch)) STRICT;
CREATE TRIGGER closed_batch BEFORE UPDATE ON batches
  BEGIN SELECT RAISE(ABORT, 'a closed batch never changes'); END;
CREATE TRIGGER kept_batch BEFORE DELETE ON batches
  BEGIN SELECT RAISE(ABORT, 'a closed batch never changes'); END;

CREATE TABLE jobs(
  survey INTEGER NOT NULL REFERENCES surveys(number), kind TEXT NOT NULL, number INTEGER NOT NULL,
  phase INTEGER NOT NULL CHECK(phase BETWEEN 0 AND 3), tries INTEGER NOT NULL, next_try INTEGER NOT NULL,
  last_error TEXT NOT NULL,
  PRIMARY KEY(survey, kind, number)) STRICT, WITHOUT ROWID;
)sql",
    // What kCandidates asks for (coordinator_state.h), term by term, and all that it reads: otherwise each look at how many answers
    // wait reads all of their rows, 180 ms of them for 100,000.
    R"sql(
CREATE INDEX candidates ON submissions(survey, propose_by, v0, v1, v2, batch)
  WHERE batch IS NULL AND ifnull(v0, 4) IN (0, 4) AND ifnull(v1, 4) IN (0, 4) AND ifnull(v2, 4) IN (0, 4)
  AND (v0 IS 0) + (v1 IS 0) + (v2 IS 0) >= 2;
)sql"};

}  // namespace mpcstats
