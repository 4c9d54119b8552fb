-- The books of the fund on SQLite. Every column says what it holds; amounts are whole numbers of the
-- currency's smallest unit.

-- The books themselves (livres): one row, written when they are first opened, and compared ever after.
CREATE TABLE books (
    one INTEGER NOT NULL PRIMARY KEY CHECK (one = 1), -- Always 1: there is one row
    currency TEXT NOT NULL, -- Currency of every amount but those that a bank told in another one
    decimals INTEGER NOT NULL CHECK (decimals BETWEEN 0 AND 4) -- Decimals of that currency
) STRICT;

-- Employers (employeurs).
CREATE TABLE employer (
    employer_id BLOB NOT NULL PRIMARY KEY CHECK (length(employer_id) = 16), -- Identity, made by the application
    number TEXT NOT NULL CONSTRAINT employer_number UNIQUE, -- Number that people know (N° matricule, N° Immatriculation)
    name TEXT NOT NULL, -- Name or company name (raison sociale)
    name_key TEXT NOT NULL, -- The name without accents and capitals, for searching: engines fold text each in their own way
    category TEXT NOT NULL, -- Scheme under which the staff is insured, a code of the fund
    registered_on TEXT NOT NULL, -- Day of registration (immatriculation), ISO text
    version INTEGER NOT NULL DEFAULT 1 CHECK (version >= 1) -- Grows with every change of what is declared and owed, not with payments; a commit names the version that it saw
) STRICT;

-- Insured persons (assurés).
CREATE TABLE insured (
    insured_id BLOB NOT NULL PRIMARY KEY CHECK (length(insured_id) = 16), -- Identity, made by the application
    number TEXT NOT NULL CONSTRAINT insured_number UNIQUE, -- Number that people know (N° d'assuré), leading zeros kept
    number_order TEXT NOT NULL, -- Two digits of length, then the number: its text order is the order of clerks
    surname TEXT NOT NULL, -- Surname (nom)
    forenames TEXT NOT NULL, -- Forenames (prénoms)
    name_key TEXT NOT NULL, -- Surname and forenames without accents and capitals, for searching
    sex TEXT NOT NULL CHECK (sex IN ('female', 'male')), -- female or male
    birth_date TEXT NOT NULL, -- Day of birth, ISO text
    registered_on TEXT NOT NULL -- Day of registration, ISO text
) STRICT;

-- Who works, or worked, for whom (emplois).
CREATE TABLE employment (
    employer_id BLOB NOT NULL REFERENCES employer, -- Employer
    insured_id BLOB NOT NULL REFERENCES insured, -- Worker
    number_order TEXT NOT NULL, -- The worker's number_order again, so that a staff list is paged by one index
    hired_on TEXT NOT NULL, -- First day of work, as far as it is known, ISO text
    left_on TEXT, -- Last day of work; none while it lasts, ISO text
    PRIMARY KEY (employer_id, insured_id)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX employment_by_number ON employment (employer_id, number_order);

-- Accounts (comptes de connexion).
CREATE TABLE account (
    account_id BLOB NOT NULL PRIMARY KEY CHECK (length(account_id) = 16), -- Identity, made by the application
    password_hash TEXT NOT NULL, -- The password, only ever as a hash; one of a former site until the first login
    must_change INTEGER NOT NULL CHECK (must_change IN (0, 1)), -- Whether the password is a first one that was sent, and must be changed before anything else, 0 or 1
    password_until INTEGER, -- Until when a first password that was sent is good; none once its holder chose one, microseconds since 1970 in UTC
    email TEXT, -- Where e-mails go
    phone TEXT, -- Where SMS go
    subject_kind TEXT NOT NULL CHECK (subject_kind IN ('employer', 'insured', 'beneficiary', 'mandatary', 'agent')), -- In whose name it acts: employer, insured, beneficiary, mandatary (by mandates alone) or agent
    subject_id BLOB, -- Identity of that employer, insured person or beneficiary; none of mandataries and agents
    holder TEXT NOT NULL, -- Name of the person who is greeted
    state TEXT NOT NULL CHECK (state IN ('active', 'waiting', 'blocked')), -- active, waiting (an agent must look at it first) or blocked
    state_since INTEGER, -- Since when it waits or is blocked, microseconds since 1970 in UTC
    block_reason TEXT, -- Why it is blocked: theft, loss, fraud, agent
    told TEXT, -- Of one that waits: what was typed that the register does not hold, as JSON
    accepted_version TEXT, -- Version of the charter that was accepted last
    accepted_digest BLOB CHECK (length(accepted_digest) = 32), -- SHA-256 of its text as it was shown
    accepted_at INTEGER, -- When it was accepted, microseconds since 1970 in UTC
    version INTEGER NOT NULL CHECK (version >= 1), -- Grows with every change; a commit names the version that it saw
    CONSTRAINT account_subject CHECK ((subject_id IS NULL) = (subject_kind IN ('mandatary', 'agent'))),
    CONSTRAINT account_state CHECK ((state_since IS NULL) = (state = 'active') AND (block_reason IS NULL) = (state <> 'blocked') AND (told IS NULL) = (state <> 'waiting')),
    CONSTRAINT account_accepted CHECK ((accepted_version IS NULL) = (accepted_digest IS NULL) AND (accepted_version IS NULL) = (accepted_at IS NULL))
) STRICT;
CREATE INDEX account_by_subject ON account (subject_kind, subject_id, account_id);
CREATE INDEX account_waiting ON account (account_id) WHERE state = 'waiting';
CREATE INDEX account_blocked ON account (account_id) WHERE state = 'blocked';

-- What may be typed to log in (identifiants): unique of its kind.
CREATE TABLE account_login (
    kind TEXT NOT NULL, -- What it is: email, username, insured_number, employer_number, document
    login TEXT NOT NULL, -- The text, folded
    account_id BLOB NOT NULL REFERENCES account, -- Account
    login_rank INTEGER NOT NULL CHECK (login_rank >= 1), -- Rank among those of the account; the first is the one that is shown
    CONSTRAINT account_login_unique PRIMARY KEY (kind, login)
) STRICT, WITHOUT ROWID;
CREATE INDEX account_login_of ON account_login (account_id, login_rank);

-- Sessions (connexions en cours).
CREATE TABLE session (
    token_hash BLOB NOT NULL PRIMARY KEY CHECK (length(token_hash) = 32), -- Digest of the token; the token itself is only with its holder
    account_id BLOB NOT NULL REFERENCES account, -- Account
    opened_at INTEGER NOT NULL, -- When somebody logged in, microseconds since 1970 in UTC
    used_at INTEGER NOT NULL, -- When it was last used, microseconds since 1970 in UTC
    kind TEXT NOT NULL CHECK (kind IN ('browser', 'program')), -- What holds it: browser or program
    device TEXT NOT NULL, -- The device as its holder knows it
    mandate_id BLOB, -- Mandate by which it acts for an employer; none in one's own name
    proven_at INTEGER NOT NULL, -- When its holder last proved who he is, by password or second factor, microseconds since 1970 in UTC
    second INTEGER NOT NULL CHECK (second IN (0, 1)) -- Whether the second factor was given, 0 or 1
) STRICT, WITHOUT ROWID;
CREATE INDEX session_by_age ON session (opened_at);
CREATE INDEX session_of ON session (account_id, token_hash);

-- Declarations that are being prepared (brouillons).
CREATE TABLE draft (
    employer_id BLOB NOT NULL REFERENCES employer, -- Employer
    quarter INTEGER NOT NULL, -- Quarter that is declared, year × 4 + quarter − 1
    version INTEGER NOT NULL CHECK (version >= 1), -- Grows with every save
    lines TEXT NOT NULL, -- The lines as they were typed, as JSON
    saved_at INTEGER NOT NULL, -- When it was last saved, microseconds since 1970 in UTC
    PRIMARY KEY (employer_id, quarter)
) STRICT;

-- Declarations filed (DNR déposées). A correction is a new revision; no row is ever changed.
CREATE TABLE declaration (
    declaration_id BLOB NOT NULL PRIMARY KEY CHECK (length(declaration_id) = 16), -- Identity, made by the application
    employer_id BLOB NOT NULL REFERENCES employer, -- Employer
    quarter INTEGER NOT NULL, -- Quarter that is declared, year × 4 + quarter − 1
    revision INTEGER NOT NULL CHECK (revision >= 1), -- 1 for the first, one more for each correction
    filed_at INTEGER NOT NULL, -- When it was filed, microseconds since 1970 in UTC
    filed_by BLOB NOT NULL REFERENCES account, -- Login that filed it
    workers INTEGER NOT NULL CHECK (workers >= 0), -- Number of workers
    wages INTEGER NOT NULL, -- Sum of the wages, in the smallest unit
    contributions INTEGER NOT NULL, -- Sum of the contributions, in the smallest unit
    CONSTRAINT declaration_revision UNIQUE (employer_id, quarter, revision)
) STRICT;

-- Lines of declarations: one worker, up to three monthly wages.
CREATE TABLE declaration_line (
    declaration_id BLOB NOT NULL REFERENCES declaration, -- Declaration
    line_row INTEGER NOT NULL, -- Row, as numbered in the workbook
    insured_id BLOB NOT NULL REFERENCES insured, -- Worker
    number TEXT NOT NULL, -- The worker's number as it was then
    wage1 INTEGER, -- Wage of month 1 of the quarter, in the smallest unit; none when not employed
    wage2 INTEGER, -- Wage of month 2 of the quarter, in the smallest unit; none when not employed
    wage3 INTEGER, -- Wage of month 3 of the quarter, in the smallest unit; none when not employed
    days1 INTEGER, -- Days worked in month 1; none when the month is whole
    days2 INTEGER, -- Days worked in month 2; none when the month is whole
    days3 INTEGER, -- Days worked in month 3; none when the month is whole
    hired_on TEXT, -- Day of hiring, when it is said, ISO text
    left_on TEXT, -- Day of leaving, when it is said, ISO text
    observation TEXT, -- Remark of the employer
    PRIMARY KEY (declaration_id, line_row)
) STRICT, WITHOUT ROWID;

-- The individual account (compte individuel): what stands declared for a person by month.
CREATE TABLE career_month (
    insured_id BLOB NOT NULL REFERENCES insured, -- Person
    month INTEGER NOT NULL, -- Month worked, year × 12 + month − 1
    employer_id BLOB NOT NULL REFERENCES employer, -- Employer who declared it
    declaration_id BLOB NOT NULL REFERENCES declaration, -- Declaration that says so
    category TEXT NOT NULL, -- Scheme under which it counts
    wage INTEGER NOT NULL CHECK (wage > 0), -- Wage, in the smallest unit
    days INTEGER CHECK (days BETWEEN 0 AND 31), -- Days worked; none when the month is whole
    employer_share INTEGER NOT NULL, -- Employer's contributions on it, in the smallest unit
    worker_share INTEGER NOT NULL, -- Worker's contributions on it, in the smallest unit
    PRIMARY KEY (insured_id, month, employer_id)
) STRICT, WITHOUT ROWID;

-- Entries of the ledger (écritures): append only.
CREATE TABLE ledger_entry (
    place INTEGER PRIMARY KEY AUTOINCREMENT, -- Order of booking
    entry_id BLOB NOT NULL UNIQUE CHECK (length(entry_id) = 16), -- Identity, made by the application
    employer_id BLOB NOT NULL REFERENCES employer, -- Employer whose account it is
    kind TEXT NOT NULL CHECK (kind IN ('assessment', 'correction', 'payment')), -- assessment, correction or payment
    month INTEGER, -- Month that is assessed, year × 12 + month − 1
    value_date TEXT NOT NULL, -- Day from which it counts (date de valeur), ISO text
    booked_at INTEGER NOT NULL, -- When it was booked, microseconds since 1970 in UTC
    declaration_id BLOB REFERENCES declaration, -- Declaration that it comes from
    reference TEXT, -- Reference of the payment
    batch_id BLOB NOT NULL REFERENCES audit_line (batch_id) -- Commit that it came in, see audit_line
) STRICT;
CREATE INDEX ledger_entry_by_batch ON ledger_entry (batch_id);
CREATE INDEX ledger_entry_by_employer ON ledger_entry (employer_id, place);
CREATE UNIQUE INDEX ledger_entry_payment_once ON ledger_entry (reference) WHERE kind = 'payment';

-- Postings of entries; those of one entry sum to zero, which the core proves before it writes them.
CREATE TABLE ledger_posting (
    place INTEGER NOT NULL REFERENCES ledger_entry, -- Entry
    account TEXT NOT NULL, -- Account that is moved
    amount INTEGER NOT NULL CHECK (amount <> 0), -- Debit above zero, credit below, in the smallest unit
    employer_id BLOB NOT NULL REFERENCES employer, -- Employer whose account it is, as in the entry
    counted_at INTEGER NOT NULL, -- From when it counts in the balance: when it was booked, or when the one before on the account was if that is later, microseconds since 1970 in UTC
    balance INTEGER NOT NULL, -- Balance of the employer's account after it, in the smallest unit
    PRIMARY KEY (place, account)
) STRICT, WITHOUT ROWID;
CREATE INDEX ledger_posting_balance ON ledger_posting (employer_id, account, counted_at, place);

-- The last workbook given back to each employer with its faults marked (fichier retourné).
CREATE TABLE returned_file (
    employer_id BLOB NOT NULL PRIMARY KEY REFERENCES employer, -- Employer
    file_id BLOB NOT NULL CONSTRAINT returned_file_identity UNIQUE, -- Identity
    quarter INTEGER NOT NULL, -- Quarter for which it was sent, year × 4 + quarter − 1
    name TEXT NOT NULL, -- Name of the file
    faults INTEGER NOT NULL, -- Number of faults
    report TEXT NOT NULL, -- The faults, in a form of the portal
    made_at INTEGER NOT NULL, -- When it was given back; kept for a day, microseconds since 1970 in UTC
    workbook BLOB NOT NULL -- The workbook with its faults marked
) STRICT;
CREATE INDEX returned_file_by_age ON returned_file (made_at);

-- Requests that were carried out: the same key again is the same request.
CREATE TABLE receipt (
    request_key BLOB NOT NULL PRIMARY KEY CHECK (length(request_key) = 16), -- Key that the client made
    account_id BLOB REFERENCES account, -- Login that asked; none when a bank did
    digest BLOB NOT NULL CHECK (length(digest) = 32), -- Digest of what was asked
    answer TEXT NOT NULL, -- Answer that was given
    made_at INTEGER NOT NULL -- When, microseconds since 1970 in UTC
) STRICT, WITHOUT ROWID;

-- Those in whose name somebody signs up: the row is held while it is looked whether there is an account.
CREATE TABLE signing_up (
    subject_kind TEXT NOT NULL, -- employer, insured or beneficiary
    subject_id BLOB NOT NULL, -- Identity of that employer, insured person or beneficiary
    PRIMARY KEY (subject_kind, subject_id)
) STRICT, WITHOUT ROWID;

-- Codes that were asked of somebody (codes de validation). The code is derived when it is sent, and is nowhere.
CREATE TABLE challenge (
    challenge_id BLOB NOT NULL PRIMARY KEY CHECK (length(challenge_id) = 16), -- Identity, made by the application
    purpose TEXT NOT NULL CHECK (purpose IN ('sign_up', 'recover', 'contact')), -- What it is for: sign_up, recover (a forgotten password) or contact (another address or phone)
    account_id BLOB, -- Whose account; none of a sign-up, nor where nobody has the account that was named
    application TEXT CHECK ((application IS NULL) = (purpose <> 'sign_up')), -- Of a sign-up: what was typed, as JSON, with the password as a hash
    email TEXT, -- Address that is to be proved
    phone TEXT, -- Phone that is to be proved
    source BLOB NOT NULL CHECK (length(source) = 8), -- Digest of where the request came from
    made_at INTEGER NOT NULL, -- When it was made, microseconds since 1970 in UTC
    sent_at INTEGER NOT NULL, -- When the code was last sent, microseconds since 1970 in UTC
    expires_at INTEGER NOT NULL, -- When this generation of the code ends; the row goes a day later, microseconds since 1970 in UTC
    generation INTEGER NOT NULL CHECK (generation >= 1), -- Which code of the challenge, from 1
    attempts INTEGER NOT NULL CHECK (attempts >= 0), -- Wrong codes of this generation
    sent INTEGER NOT NULL CHECK (sent >= 0), -- How often a code was sent
    state TEXT NOT NULL CHECK (state IN ('open', 'confirmed', 'spent', 'closed')), -- open, confirmed, spent or closed (too many wrong codes)
    version INTEGER NOT NULL CHECK (version >= 1) -- Grows with every change; a commit names the version that it saw
) STRICT, WITHOUT ROWID;
CREATE INDEX challenge_by_age ON challenge (expires_at);

-- Wrong passwords that were counted (temporisation), whether there is such a login or not.
CREATE TABLE password_lock (
    kind TEXT NOT NULL CHECK (kind IN ('login', 'source')), -- login or source
    subject BLOB NOT NULL, -- Digest of what was typed, or of where it came from
    attempts INTEGER NOT NULL CHECK (attempts >= 0), -- How many since the last right one; 0 while the first is being counted
    last_at INTEGER NOT NULL, -- When the last one was typed; the row goes a month later, microseconds since 1970 in UTC
    paused_until INTEGER, -- Until when no password is looked at, microseconds since 1970 in UTC
    PRIMARY KEY (kind, subject)
) STRICT, WITHOUT ROWID;
CREATE INDEX password_lock_by_age ON password_lock (last_at);

-- Counts by hour or by day, which say when no more messages are sent (budget de SMS).
CREATE TABLE tally (
    kind TEXT NOT NULL, -- What is counted: number, source, prefix, sent, confirmed, warned
    subject TEXT NOT NULL, -- Which number, source, prefix or account; empty where all are counted together
    period INTEGER NOT NULL, -- Hour or day, counted from 1970
    counted INTEGER NOT NULL CHECK (counted >= 0), -- How many
    ends_at INTEGER NOT NULL, -- When the period ends; the row goes a day later, microseconds since 1970 in UTC
    PRIMARY KEY (kind, subject, period)
) STRICT, WITHOUT ROWID;
CREATE INDEX tally_by_age ON tally (ends_at);

-- Messages that were not sent, and why (envois refusés), for agents to see; kept for three months.
CREATE TABLE refused_send (
    place INTEGER PRIMARY KEY AUTOINCREMENT, -- Order of writing
    refused_id BLOB NOT NULL CONSTRAINT refused_send_identity UNIQUE, -- Identity
    refused_at INTEGER NOT NULL, -- When, microseconds since 1970 in UTC
    phone TEXT, -- To which phone, its middle hidden; none of an e-mail
    source BLOB NOT NULL CHECK (length(source) = 8), -- Digest of where the request came from
    why TEXT NOT NULL -- Which part of the budget is spent: number, source, prefix, ratio
) STRICT;
CREATE INDEX refused_send_by_age ON refused_send (refused_at);

-- Charters and terms that were accepted (acceptations): append only.
CREATE TABLE acceptance (
    place INTEGER PRIMARY KEY AUTOINCREMENT, -- Order of writing
    account_id BLOB NOT NULL REFERENCES account, -- Who accepted
    version TEXT NOT NULL, -- Version of the text
    digest BLOB NOT NULL CHECK (length(digest) = 32), -- SHA-256 of the text as it was shown
    accepted_at INTEGER NOT NULL -- When, microseconds since 1970 in UTC
) STRICT;
CREATE INDEX acceptance_of ON acceptance (account_id, place);

-- Who may act for an employer (mandats, sous-comptes).
CREATE TABLE mandate (
    mandate_id BLOB NOT NULL PRIMARY KEY CHECK (length(mandate_id) = 16), -- Identity, made by the application
    employer_id BLOB NOT NULL REFERENCES employer, -- Employer
    invited TEXT NOT NULL, -- Address that was invited
    account_id BLOB REFERENCES account, -- Whose it is; none until it is taken up
    may_declare INTEGER NOT NULL CHECK (may_declare IN (0, 1)), -- Whether wage declarations may be filed, 0 or 1
    may_pay INTEGER NOT NULL CHECK (may_pay IN (0, 1)), -- Whether payment references may be issued, 0 or 1
    may_read INTEGER NOT NULL CHECK (may_read IN (0, 1)), -- Whether the contribution account may be read, 0 or 1
    given_by BLOB NOT NULL REFERENCES account, -- Account that gave it
    given_at INTEGER NOT NULL, -- When it was given, microseconds since 1970 in UTC
    withdrawn_at INTEGER, -- When it was withdrawn; none while it stands, microseconds since 1970 in UTC
    changed_by BLOB NOT NULL REFERENCES account, -- Account that changed it last
    version INTEGER NOT NULL CHECK (version >= 1) -- Grows with every change; a commit names the version that it saw
) STRICT, WITHOUT ROWID;
CREATE INDEX mandate_of ON mandate (employer_id, mandate_id);
CREATE INDEX mandate_for ON mandate (account_id, mandate_id) WHERE account_id IS NOT NULL;
CREATE INDEX mandate_offered ON mandate (invited, mandate_id) WHERE account_id IS NULL AND withdrawn_at IS NULL;

-- What the fund's agents may do, and their second factor.
CREATE TABLE agent (
    account_id BLOB NOT NULL PRIMARY KEY REFERENCES account, -- Account
    roles TEXT NOT NULL, -- Codes of what he may do, as JSON
    second BLOB, -- What the secret of the second factor is derived from, under a key of the portal; none until it is set up
    last_step INTEGER, -- Last step of time whose digits were given: none serves twice
    recovery BLOB NOT NULL CHECK (length(recovery) % 32 = 0), -- Digests of the recovery codes that are left, one after another
    changed_by BLOB NOT NULL REFERENCES account, -- Account that changed it last
    version INTEGER NOT NULL CHECK (version >= 1) -- Grows with every change; a commit names the version that it saw
) STRICT, WITHOUT ROWID;

-- Those who have rights through an insured person (ayants droit).
CREATE TABLE beneficiary (
    beneficiary_id BLOB NOT NULL PRIMARY KEY CHECK (length(beneficiary_id) = 16), -- Identity, made by the application
    insured_id BLOB NOT NULL REFERENCES insured, -- Insured person
    surname TEXT NOT NULL, -- Surname (nom)
    forenames TEXT NOT NULL, -- Forenames (prénoms)
    birth_date TEXT NOT NULL -- Day of birth, ISO text
) STRICT;
CREATE INDEX beneficiary_of ON beneficiary (insured_id);

-- Identity papers that the fund has seen (pièces d'identité).
CREATE TABLE paper (
    number TEXT NOT NULL PRIMARY KEY, -- Number, in capital letters and digits
    holder_kind TEXT NOT NULL CHECK (holder_kind IN ('insured', 'beneficiary')), -- Whose: insured or beneficiary
    holder_id BLOB NOT NULL, -- Identity of that person
    expires_on TEXT -- Until when it is good; none where it does not say, ISO text
) STRICT, WITHOUT ROWID;

-- What is to be told to whom (courrier): written with the change itself, handed over later.
CREATE TABLE outbox (
    place INTEGER PRIMARY KEY AUTOINCREMENT, -- Order of writing
    notice_id BLOB NOT NULL CONSTRAINT outbox_notice UNIQUE, -- Identity of the message, which its addressee may see twice
    account_id BLOB REFERENCES account, -- Account of the addressee; none when it goes to an address or a phone that nobody has proved yet
    notice TEXT NOT NULL, -- What is told: a code and its parameters, as JSON, no prose
    made_at INTEGER NOT NULL, -- When it was decided, microseconds since 1970 in UTC
    due_at INTEGER NOT NULL, -- Not to be tried before: a pause after a failure, or the time for which somebody has taken it, microseconds since 1970 in UTC
    tries INTEGER NOT NULL DEFAULT 0 CHECK (tries >= 0), -- How often it was tried
    state TEXT NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'sent', 'expired', 'dead')), -- waiting, sent, expired (of no use any more) or dead (given up: an agent looks at it)
    why TEXT, -- What the last courier who refused said, without the addressee, or why it is of no use
    sent_at INTEGER -- When a courier took it, microseconds since 1970 in UTC
) STRICT;
CREATE INDEX outbox_waiting ON outbox (place) WHERE state = 'waiting';
CREATE INDEX outbox_dead ON outbox (place) WHERE state = 'dead';
CREATE INDEX outbox_typed ON outbox (made_at) WHERE account_id IS NULL;

-- What became of each message on each way (suivi des envois); kept for three months.
CREATE TABLE delivery (
    notice_id BLOB NOT NULL, -- The message
    way TEXT NOT NULL, -- sms or email
    status TEXT NOT NULL CHECK (status IN ('sent', 'delivered', 'failed')), -- sent (a gateway has it, or may), delivered or failed
    why TEXT, -- Why it failed, without the addressee
    unanswered INTEGER NOT NULL CHECK (unanswered >= 0), -- How often it was given to a gateway without an answer that can be read
    kept_at INTEGER NOT NULL, -- When this was last heard, microseconds since 1970 in UTC
    PRIMARY KEY (notice_id, way),
    CONSTRAINT delivery_why CHECK ((why IS NULL) = (status <> 'failed'))
) STRICT, WITHOUT ROWID;
CREATE INDEX delivery_by_age ON delivery (kept_at);

-- What gateways reported on the parts of messages, under their own names; kept for three months.
CREATE TABLE delivery_part (
    way TEXT NOT NULL, -- sms or email
    reference TEXT NOT NULL, -- The gateway's name for the part
    notice_id BLOB, -- The message; none while the report is earlier than the answer that names it
    status TEXT NOT NULL CHECK (status IN ('sent', 'delivered', 'failed')), -- sent, delivered or failed
    why TEXT, -- Why it failed, without the addressee
    kept_at INTEGER NOT NULL, -- When it was first heard of, microseconds since 1970 in UTC
    PRIMARY KEY (way, reference),
    CONSTRAINT delivery_part_why CHECK ((why IS NULL) = (status <> 'failed'))
) STRICT, WITHOUT ROWID;
CREATE INDEX delivery_part_of ON delivery_part (notice_id, way, reference);
CREATE INDEX delivery_part_by_age ON delivery_part (kept_at);

-- References that were issued for an amount (références de paiement).
CREATE TABLE payment_reference (
    place INTEGER PRIMARY KEY AUTOINCREMENT, -- Order of issuing
    reference TEXT NOT NULL CONSTRAINT payment_reference_unique UNIQUE, -- The reference, as the payer copies it at the bank
    employer_id BLOB NOT NULL REFERENCES employer, -- Employer whose contributions it pays
    amount INTEGER NOT NULL CHECK (amount > 0), -- Amount to pay, in the smallest unit
    issued_at INTEGER NOT NULL, -- When it was issued, microseconds since 1970 in UTC
    issued_on TEXT NOT NULL, -- The same as a day of the fund's: money cannot have arrived under it before, ISO text
    expires_on TEXT CHECK (expires_on >= issued_on), -- Last day on which it is to be paid; none when it stays open, ISO text
    issued_by BLOB NOT NULL REFERENCES account, -- Login that asked for it
    paid_entry BLOB UNIQUE REFERENCES ledger_entry (entry_id), -- Entry that credits the account; none until the money arrived
    paid_bank TEXT, -- Bank that said so
    paid_transaction TEXT, -- The bank's own number of the transaction
    paid_on TEXT, -- Day from which the money counts: when it arrived, not before the day of issue, ISO text
    CONSTRAINT payment_reference_whole CHECK ((paid_entry IS NULL) = (paid_bank IS NULL) AND (paid_entry IS NULL) = (paid_transaction IS NULL) AND (paid_entry IS NULL) = (paid_on IS NULL))
) STRICT;
CREATE INDEX payment_reference_by_employer ON payment_reference (employer_id, place);
CREATE INDEX payment_reference_open ON payment_reference (employer_id, place) WHERE paid_entry IS NULL;

-- Money that a bank announced and that an agent must look at (litiges, anomalies): not credited, or credited although something is odd.
CREATE TABLE payment_dispute (
    place INTEGER PRIMARY KEY AUTOINCREMENT, -- Order in which it came
    dispute_id BLOB NOT NULL CONSTRAINT payment_dispute_identity UNIQUE, -- Identity
    bank TEXT NOT NULL, -- Bank that announced it
    bank_transaction TEXT NOT NULL, -- The bank's own number of the transaction
    reference_text TEXT NOT NULL, -- Reference as the payer gave it
    amount INTEGER NOT NULL, -- Amount, in the smallest unit of its currency
    currency TEXT NOT NULL, -- Currency, as the bank says
    decimals INTEGER NOT NULL CHECK (decimals BETWEEN 0 AND 4), -- Decimals of the amount: those of the fund's currency; of another one, as many as the bank wrote
    paid_on TEXT NOT NULL, -- Day on which the money arrived, as the bank says, ISO text
    reason TEXT NOT NULL, -- Why an agent must look at it: a code, which also says whether it is credited
    received_at INTEGER NOT NULL -- When the notice came, microseconds since 1970 in UTC
) STRICT;

-- Seals over the audit trail (scellés): each is chained to the one before, append only.
CREATE TABLE audit_seal (
    number INTEGER NOT NULL PRIMARY KEY CHECK (number >= 1), -- Counted from 1, without gaps
    lines INTEGER NOT NULL CHECK (lines >= 1), -- Number of lines under it
    digest BLOB NOT NULL CHECK (length(digest) = 32), -- Digest of the seal before, of the lines in their order, and of the rest of this row
    sealed_at INTEGER NOT NULL -- When, microseconds since 1970 in UTC
) STRICT;

-- The audit trail (piste d'audit): one line for each commit, append only but for its seal.
CREATE TABLE audit_line (
    place INTEGER PRIMARY KEY AUTOINCREMENT, -- Order of writing
    batch_id BLOB NOT NULL CONSTRAINT audit_line_batch UNIQUE CHECK (length(batch_id) = 16), -- Identity of the commit
    decided_at INTEGER NOT NULL, -- When it was decided, microseconds since 1970 in UTC
    actor_id BLOB, -- Login that asked; none when nobody was logged in
    what TEXT NOT NULL, -- The changes: their codes, and the identities of what they concern; no personal data
    digest BLOB NOT NULL CHECK (length(digest) = 32), -- Digest of all that, and of the entries of the ledger that came in the commit
    seal INTEGER REFERENCES audit_seal, -- Seal over it; none for a moment after it was written
    seal_rank INTEGER CHECK (seal_rank >= 1), -- Rank under the seal
    CONSTRAINT audit_line_sealed CHECK ((seal IS NULL) = (seal_rank IS NULL))
) STRICT;
CREATE UNIQUE INDEX audit_line_rank ON audit_line (seal, seal_rank) WHERE seal IS NOT NULL;
CREATE INDEX audit_line_unsealed ON audit_line (place) WHERE seal IS NULL;

-- What was written stays: a second lock, behind the program's own.
CREATE TRIGGER books_no_update BEFORE UPDATE ON books BEGIN SELECT RAISE(ABORT, 'books is append only'); END;
CREATE TRIGGER books_no_delete BEFORE DELETE ON books BEGIN SELECT RAISE(ABORT, 'books is append only'); END;
CREATE TRIGGER ledger_entry_no_update BEFORE UPDATE ON ledger_entry BEGIN SELECT RAISE(ABORT, 'ledger_entry is append only'); END;
CREATE TRIGGER ledger_entry_no_delete BEFORE DELETE ON ledger_entry BEGIN SELECT RAISE(ABORT, 'ledger_entry is append only'); END;
CREATE TRIGGER ledger_posting_no_update BEFORE UPDATE ON ledger_posting BEGIN SELECT RAISE(ABORT, 'ledger_posting is append only'); END;
CREATE TRIGGER ledger_posting_no_delete BEFORE DELETE ON ledger_posting BEGIN SELECT RAISE(ABORT, 'ledger_posting is append only'); END;
CREATE TRIGGER acceptance_no_update BEFORE UPDATE ON acceptance BEGIN SELECT RAISE(ABORT, 'acceptance is append only'); END;
CREATE TRIGGER acceptance_no_delete BEFORE DELETE ON acceptance BEGIN SELECT RAISE(ABORT, 'acceptance is append only'); END;
CREATE TRIGGER audit_seal_no_update BEFORE UPDATE ON audit_seal BEGIN SELECT RAISE(ABORT, 'audit_seal is append only'); END;
CREATE TRIGGER audit_seal_no_delete BEFORE DELETE ON audit_seal BEGIN SELECT RAISE(ABORT, 'audit_seal is append only'); END;
CREATE TRIGGER audit_line_no_delete BEFORE DELETE ON audit_line BEGIN SELECT RAISE(ABORT, 'audit_line is append only'); END;
CREATE TRIGGER audit_line_no_update BEFORE UPDATE ON audit_line
WHEN OLD.seal IS NOT NULL OR NEW.seal IS NULL OR NEW.place <> OLD.place OR NEW.batch_id <> OLD.batch_id
    OR NEW.decided_at <> OLD.decided_at OR NEW.actor_id IS NOT OLD.actor_id OR NEW.what <> OLD.what OR NEW.digest <> OLD.digest
BEGIN SELECT RAISE(ABORT, 'audit_line is append only'); END;
CREATE TRIGGER payment_dispute_no_update BEFORE UPDATE ON payment_dispute BEGIN SELECT RAISE(ABORT, 'payment_dispute is append only'); END;
CREATE TRIGGER payment_dispute_no_delete BEFORE DELETE ON payment_dispute BEGIN SELECT RAISE(ABORT, 'payment_dispute is append only'); END;
CREATE TRIGGER receipt_no_update BEFORE UPDATE ON receipt BEGIN SELECT RAISE(ABORT, 'receipt is append only'); END;
CREATE TRIGGER receipt_no_delete BEFORE DELETE ON receipt BEGIN SELECT RAISE(ABORT, 'receipt is append only'); END;
CREATE TRIGGER declaration_no_update BEFORE UPDATE ON declaration BEGIN SELECT RAISE(ABORT, 'declaration is append only'); END;
CREATE TRIGGER declaration_no_delete BEFORE DELETE ON declaration BEGIN SELECT RAISE(ABORT, 'declaration is append only'); END;
CREATE TRIGGER declaration_line_no_update BEFORE UPDATE ON declaration_line BEGIN SELECT RAISE(ABORT, 'declaration_line is append only'); END;
CREATE TRIGGER declaration_line_no_delete BEFORE DELETE ON declaration_line BEGIN SELECT RAISE(ABORT, 'declaration_line is append only'); END;
CREATE TRIGGER payment_reference_no_delete BEFORE DELETE ON payment_reference BEGIN SELECT RAISE(ABORT, 'payment_reference is append only'); END;
-- Of a reference only the payment is written later, once.
CREATE TRIGGER payment_reference_no_update BEFORE UPDATE ON payment_reference
WHEN OLD.paid_entry IS NOT NULL OR (NEW.place, NEW.reference, NEW.employer_id, NEW.amount, NEW.issued_at, NEW.issued_on, NEW.issued_by)
    <> (OLD.place, OLD.reference, OLD.employer_id, OLD.amount, OLD.issued_at, OLD.issued_on, OLD.issued_by) OR NEW.expires_on IS NOT OLD.expires_on
BEGIN SELECT RAISE(ABORT, 'payment_reference is append only'); END;
