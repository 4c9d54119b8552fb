-- The fund's books. Identities are UUIDs made by the application (BLOB, 16 bytes); money is
-- a whole number of the currency's smallest unit; days are ISO text, instants are
-- microseconds since 1970 in UTC; months and quarters are counted (year × 12 + month − 1,
-- year × 4 + quarter − 1), so that they sort and compare as numbers.

-- Employers (employeurs). `version` grows with every change of the account: declarations,
-- entries, payments; a commit names the version it saw.
CREATE TABLE employer (
    employer_id   BLOB    NOT NULL PRIMARY KEY CHECK (length(employer_id) = 16),
    number        TEXT    NOT NULL CONSTRAINT employer_number UNIQUE,
    name          TEXT    NOT NULL,
    name_key      TEXT    NOT NULL, -- folded by the core: databases fold text each in their own way
    category      TEXT    NOT NULL,
    registered_on TEXT    NOT NULL,
    version       INTEGER NOT NULL DEFAULT 1 CHECK (version >= 1)
) STRICT;

-- Insured persons (assurés). `number_order` sorts numbers as clerks do:
-- by length, then by value, leading zeros kept.
CREATE TABLE insured (
    insured_id    BLOB    NOT NULL PRIMARY KEY CHECK (length(insured_id) = 16),
    number        TEXT    NOT NULL CONSTRAINT insured_number UNIQUE,
    number_order  TEXT    NOT NULL, -- two digits of length, then the number: text order is the order
    surname       TEXT    NOT NULL,
    forenames     TEXT    NOT NULL,
    name_key      TEXT    NOT NULL,
    sex           TEXT    NOT NULL CHECK (sex IN ('female', 'male')),
    birth_date    TEXT    NOT NULL,
    registered_on TEXT    NOT NULL
) STRICT;

-- Who works, or worked, for whom.
CREATE TABLE employment (
    employer_id  BLOB NOT NULL REFERENCES employer,
    insured_id   BLOB NOT NULL REFERENCES insured,
    number_order TEXT NOT NULL, -- repeated from `insured`, so that a staff list is paged by one index
    hired_on     TEXT NOT NULL,
    left_on      TEXT,
    PRIMARY KEY (employer_id, insured_id)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX employment_by_number ON employment (employer_id, number_order);

-- Logins (comptes de connexion). The password is only ever here as a hash.
CREATE TABLE account (
    account_id    BLOB    NOT NULL PRIMARY KEY CHECK (length(account_id) = 16),
    login         TEXT    NOT NULL CONSTRAINT account_login UNIQUE,
    password_hash TEXT    NOT NULL,
    subject_kind  TEXT    NOT NULL CHECK (subject_kind IN ('employer', 'insured')),
    subject_id    BLOB    NOT NULL,
    holder        TEXT    NOT NULL,
    attempts      INTEGER NOT NULL DEFAULT 0 CHECK (attempts >= 0),
    paused_until  INTEGER
) STRICT;

-- Sessions, by the digest of their token; the token itself is only with its holder.
CREATE TABLE session (
    token_hash BLOB    NOT NULL PRIMARY KEY CHECK (length(token_hash) = 32),
    account_id BLOB    NOT NULL REFERENCES account,
    opened_at  INTEGER NOT NULL,
    used_at    INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX session_by_age ON session (opened_at);

-- Declarations that are being prepared (brouillons): the lines as they were typed, as JSON.
CREATE TABLE draft (
    employer_id BLOB    NOT NULL REFERENCES employer,
    quarter     INTEGER NOT NULL,
    version     INTEGER NOT NULL CHECK (version >= 1),
    lines       TEXT    NOT NULL,
    saved_at    INTEGER NOT NULL,
    PRIMARY KEY (employer_id, quarter)
) STRICT;

-- Declarations filed (DNR déposées). A correction is a new revision; no row is ever changed.
CREATE TABLE declaration (
    declaration_id BLOB    NOT NULL PRIMARY KEY CHECK (length(declaration_id) = 16),
    employer_id    BLOB    NOT NULL REFERENCES employer,
    quarter        INTEGER NOT NULL,
    revision       INTEGER NOT NULL CHECK (revision >= 1),
    filed_at       INTEGER NOT NULL,
    filed_by       BLOB    NOT NULL,
    workers        INTEGER NOT NULL CHECK (workers >= 0),
    wages          INTEGER NOT NULL,
    contributions  INTEGER NOT NULL,
    CONSTRAINT declaration_revision UNIQUE (employer_id, quarter, revision)
) STRICT;

-- Their lines: one worker, up to three monthly wages.
CREATE TABLE declaration_line (
    declaration_id BLOB    NOT NULL REFERENCES declaration,
    line_row       INTEGER NOT NULL,
    insured_id     BLOB    NOT NULL REFERENCES insured,
    number         TEXT    NOT NULL,
    wage1          INTEGER,
    wage2          INTEGER,
    wage3          INTEGER,
    days1          INTEGER,
    days2          INTEGER,
    days3          INTEGER,
    hired_on       TEXT,
    left_on        TEXT,
    observation    TEXT,
    PRIMARY KEY (declaration_id, line_row)
) STRICT, WITHOUT ROWID;

-- The individual account (compte individuel): what stands declared for a person by month.
CREATE TABLE career_month (
    insured_id     BLOB    NOT NULL REFERENCES insured,
    month          INTEGER NOT NULL,
    employer_id    BLOB    NOT NULL REFERENCES employer,
    declaration_id BLOB    NOT NULL REFERENCES declaration,
    category       TEXT    NOT NULL,
    wage           INTEGER NOT NULL CHECK (wage > 0),
    days           INTEGER CHECK (days BETWEEN 0 AND 31),
    employer_share INTEGER NOT NULL,
    worker_share   INTEGER NOT NULL,
    PRIMARY KEY (insured_id, month, employer_id)
) STRICT, WITHOUT ROWID;

-- The ledger (livres): append only. `place` is the order of booking.
CREATE TABLE ledger_entry (
    place          INTEGER PRIMARY KEY AUTOINCREMENT,
    entry_id       BLOB    NOT NULL UNIQUE CHECK (length(entry_id) = 16),
    employer_id    BLOB    NOT NULL REFERENCES employer,
    kind           TEXT    NOT NULL CHECK (kind IN ('assessment', 'correction', 'payment')),
    month          INTEGER,
    value_date     TEXT    NOT NULL,
    booked_at      INTEGER NOT NULL,
    declaration_id BLOB REFERENCES declaration,
    reference      TEXT
) STRICT;
CREATE INDEX ledger_entry_by_employer ON ledger_entry (employer_id, place);

-- The postings of an entry; they sum to zero, which the core proves before it writes them.
CREATE TABLE ledger_posting (
    place   INTEGER NOT NULL REFERENCES ledger_entry,
    account TEXT    NOT NULL,
    amount  INTEGER NOT NULL CHECK (amount <> 0),
    PRIMARY KEY (place, account)
) STRICT, WITHOUT ROWID;

-- The last workbook given back to each employer with its faults marked (fichier retourné).
CREATE TABLE returned_file (
    employer_id BLOB    NOT NULL PRIMARY KEY REFERENCES employer,
    file_id     BLOB    NOT NULL UNIQUE,
    quarter     INTEGER NOT NULL,
    name        TEXT    NOT NULL,
    faults      INTEGER NOT NULL,
    report      TEXT    NOT NULL,
    workbook    BLOB    NOT NULL,
    made_at     INTEGER NOT NULL
) STRICT;

-- Requests that were carried out, by the key that the client made: the same key again is
-- the same request.
CREATE TABLE receipt (
    request_key BLOB    NOT NULL PRIMARY KEY CHECK (length(request_key) = 16),
    account_id  BLOB    NOT NULL,
    digest      BLOB    NOT NULL CHECK (length(digest) = 32),
    answer      TEXT    NOT NULL,
    made_at     INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- What is to be told to whom; written with the change itself, handed over later.
CREATE TABLE outbox (
    place      INTEGER PRIMARY KEY AUTOINCREMENT,
    notice_id  BLOB    NOT NULL UNIQUE,
    account_id BLOB    NOT NULL,
    notice     TEXT    NOT NULL,
    made_at    INTEGER NOT NULL,
    sent       INTEGER NOT NULL DEFAULT 0 CHECK (sent IN (0, 1))
) STRICT;
CREATE INDEX outbox_waiting ON outbox (place) WHERE sent = 0;
