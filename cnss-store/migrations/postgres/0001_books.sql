-- The books of the fund on PostgreSQL. Months and quarters are their first days; amounts are whole numbers
-- of the currency's smallest unit. Every table and column says what it holds (\d+ shows it).

CREATE TABLE books (
    one BIGINT NOT NULL PRIMARY KEY CHECK (one = 1),
    currency TEXT NOT NULL,
    decimals BIGINT NOT NULL CHECK (decimals BETWEEN 0 AND 4)
);
COMMENT ON TABLE books IS 'The books themselves (livres): one row, written when they are first opened, and compared ever after.';
COMMENT ON COLUMN books.one IS 'Always 1: there is one row';
COMMENT ON COLUMN books.currency IS 'Currency of every amount but those that a bank told in another one';
COMMENT ON COLUMN books.decimals IS 'Decimals of that currency';

CREATE TABLE employer (
    employer_id UUID NOT NULL PRIMARY KEY,
    number TEXT COLLATE "C" NOT NULL CONSTRAINT employer_number UNIQUE,
    name TEXT NOT NULL,
    name_key TEXT COLLATE "C" NOT NULL,
    category TEXT NOT NULL,
    registered_on DATE NOT NULL,
    version BIGINT NOT NULL DEFAULT 1 CHECK (version >= 1)
);
COMMENT ON TABLE employer IS 'Employers (employeurs).';
COMMENT ON COLUMN employer.employer_id IS 'Identity, made by the application';
COMMENT ON COLUMN employer.number IS 'Number that people know (N° matricule, N° Immatriculation)';
COMMENT ON COLUMN employer.name IS 'Name or company name (raison sociale)';
COMMENT ON COLUMN employer.name_key IS 'The name without accents and capitals, for searching: engines fold text each in their own way';
COMMENT ON COLUMN employer.category IS 'Scheme under which the staff is insured, a code of the fund';
COMMENT ON COLUMN employer.registered_on IS 'Day of registration (immatriculation)';
COMMENT ON COLUMN employer.version IS 'Grows with every change of what is declared and owed, not with payments; a commit names the version that it saw';

CREATE TABLE insured (
    insured_id UUID NOT NULL PRIMARY KEY,
    number TEXT COLLATE "C" NOT NULL CONSTRAINT insured_number UNIQUE,
    number_order TEXT COLLATE "C" NOT NULL,
    surname TEXT NOT NULL,
    forenames TEXT NOT NULL,
    name_key TEXT COLLATE "C" NOT NULL,
    sex TEXT NOT NULL CHECK (sex IN ('female', 'male')),
    birth_date DATE NOT NULL,
    registered_on DATE NOT NULL
);
COMMENT ON TABLE insured IS 'Insured persons (assurés).';
COMMENT ON COLUMN insured.insured_id IS 'Identity, made by the application';
COMMENT ON COLUMN insured.number IS 'Number that people know (N° d''assuré), leading zeros kept';
COMMENT ON COLUMN insured.number_order IS 'Two digits of length, then the number: its text order is the order of clerks';
COMMENT ON COLUMN insured.surname IS 'Surname (nom)';
COMMENT ON COLUMN insured.forenames IS 'Forenames (prénoms)';
COMMENT ON COLUMN insured.name_key IS 'Surname and forenames without accents and capitals, for searching';
COMMENT ON COLUMN insured.sex IS 'female or male';
COMMENT ON COLUMN insured.birth_date IS 'Day of birth';
COMMENT ON COLUMN insured.registered_on IS 'Day of registration';

CREATE TABLE employment (
    employer_id UUID NOT NULL REFERENCES employer,
    insured_id UUID NOT NULL REFERENCES insured,
    number_order TEXT COLLATE "C" NOT NULL,
    hired_on DATE NOT NULL,
    left_on DATE,
    PRIMARY KEY (employer_id, insured_id)
);
CREATE UNIQUE INDEX employment_by_number ON employment (employer_id, number_order);
COMMENT ON TABLE employment IS 'Who works, or worked, for whom (emplois).';
COMMENT ON COLUMN employment.employer_id IS 'Employer';
COMMENT ON COLUMN employment.insured_id IS 'Worker';
COMMENT ON COLUMN employment.number_order IS 'The worker''s number_order again, so that a staff list is paged by one index';
COMMENT ON COLUMN employment.hired_on IS 'First day of work, as far as it is known';
COMMENT ON COLUMN employment.left_on IS 'Last day of work; none while it lasts';

CREATE TABLE account (
    account_id UUID NOT NULL PRIMARY KEY,
    password_hash TEXT NOT NULL,
    must_change BOOLEAN NOT NULL,
    password_until TIMESTAMPTZ,
    email TEXT COLLATE "C",
    phone TEXT COLLATE "C",
    subject_kind TEXT NOT NULL CHECK (subject_kind IN ('employer', 'insured', 'beneficiary', 'mandatary', 'agent')),
    subject_id UUID,
    holder TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('active', 'waiting', 'blocked')),
    state_since TIMESTAMPTZ,
    block_reason TEXT,
    told TEXT,
    accepted_version TEXT,
    accepted_digest BYTEA CHECK (length(accepted_digest) = 32),
    accepted_at TIMESTAMPTZ,
    version BIGINT NOT NULL CHECK (version >= 1),
    CONSTRAINT account_subject CHECK ((subject_id IS NULL) = (subject_kind IN ('mandatary', 'agent'))),
    CONSTRAINT account_state CHECK ((state_since IS NULL) = (state = 'active') AND (block_reason IS NULL) = (state <> 'blocked') AND (told IS NULL) = (state <> 'waiting')),
    CONSTRAINT account_accepted CHECK ((accepted_version IS NULL) = (accepted_digest IS NULL) AND (accepted_version IS NULL) = (accepted_at IS NULL))
);
CREATE INDEX account_by_subject ON account (subject_kind, subject_id, account_id);
CREATE INDEX account_waiting ON account (account_id) WHERE state = 'waiting';
CREATE INDEX account_blocked ON account (account_id) WHERE state = 'blocked';
COMMENT ON TABLE account IS 'Accounts (comptes de connexion).';
COMMENT ON COLUMN account.account_id IS 'Identity, made by the application';
COMMENT ON COLUMN account.password_hash IS 'The password, only ever as a hash; one of a former site until the first login';
COMMENT ON COLUMN account.must_change IS 'Whether the password is a first one that was sent, and must be changed before anything else';
COMMENT ON COLUMN account.password_until IS 'Until when a first password that was sent is good; none once its holder chose one';
COMMENT ON COLUMN account.email IS 'Where e-mails go';
COMMENT ON COLUMN account.phone IS 'Where SMS go';
COMMENT ON COLUMN account.subject_kind IS 'In whose name it acts: employer, insured, beneficiary, mandatary (by mandates alone) or agent';
COMMENT ON COLUMN account.subject_id IS 'Identity of that employer, insured person or beneficiary; none of mandataries and agents';
COMMENT ON COLUMN account.holder IS 'Name of the person who is greeted';
COMMENT ON COLUMN account.state IS 'active, waiting (an agent must look at it first) or blocked';
COMMENT ON COLUMN account.state_since IS 'Since when it waits or is blocked';
COMMENT ON COLUMN account.block_reason IS 'Why it is blocked: theft, loss, fraud, agent';
COMMENT ON COLUMN account.told IS 'Of one that waits: what was typed that the register does not hold, as JSON';
COMMENT ON COLUMN account.accepted_version IS 'Version of the charter that was accepted last';
COMMENT ON COLUMN account.accepted_digest IS 'SHA-256 of its text as it was shown';
COMMENT ON COLUMN account.accepted_at IS 'When it was accepted';
COMMENT ON COLUMN account.version IS 'Grows with every change; a commit names the version that it saw';

CREATE TABLE account_login (
    kind TEXT COLLATE "C" NOT NULL,
    login TEXT COLLATE "C" NOT NULL,
    account_id UUID NOT NULL REFERENCES account,
    login_rank BIGINT NOT NULL CHECK (login_rank >= 1),
    CONSTRAINT account_login_unique PRIMARY KEY (kind, login)
);
CREATE INDEX account_login_of ON account_login (account_id, login_rank);
COMMENT ON TABLE account_login IS 'What may be typed to log in (identifiants): unique of its kind.';
COMMENT ON COLUMN account_login.kind IS 'What it is: email, username, insured_number, employer_number, document';
COMMENT ON COLUMN account_login.login IS 'The text, folded';
COMMENT ON COLUMN account_login.account_id IS 'Account';
COMMENT ON COLUMN account_login.login_rank IS 'Rank among those of the account; the first is the one that is shown';

CREATE TABLE session (
    token_hash BYTEA NOT NULL PRIMARY KEY CHECK (length(token_hash) = 32),
    account_id UUID NOT NULL REFERENCES account,
    opened_at TIMESTAMPTZ NOT NULL,
    used_at TIMESTAMPTZ NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('browser', 'program')),
    device TEXT NOT NULL,
    mandate_id UUID,
    proven_at TIMESTAMPTZ NOT NULL,
    second BOOLEAN NOT NULL
);
CREATE INDEX session_by_age ON session (opened_at);
CREATE INDEX session_of ON session (account_id, token_hash);
COMMENT ON TABLE session IS 'Sessions (connexions en cours).';
COMMENT ON COLUMN session.token_hash IS 'Digest of the token; the token itself is only with its holder';
COMMENT ON COLUMN session.account_id IS 'Account';
COMMENT ON COLUMN session.opened_at IS 'When somebody logged in';
COMMENT ON COLUMN session.used_at IS 'When it was last used';
COMMENT ON COLUMN session.kind IS 'What holds it: browser or program';
COMMENT ON COLUMN session.device IS 'The device as its holder knows it';
COMMENT ON COLUMN session.mandate_id IS 'Mandate by which it acts for an employer; none in one''s own name';
COMMENT ON COLUMN session.proven_at IS 'When its holder last proved who he is, by password or second factor';
COMMENT ON COLUMN session.second IS 'Whether the second factor was given';

CREATE TABLE draft (
    employer_id UUID NOT NULL REFERENCES employer,
    quarter DATE NOT NULL CHECK (EXTRACT(DAY FROM quarter) = 1 AND EXTRACT(MONTH FROM quarter) IN (1, 4, 7, 10)),
    version BIGINT NOT NULL CHECK (version >= 1),
    lines TEXT NOT NULL,
    saved_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (employer_id, quarter)
);
COMMENT ON TABLE draft IS 'Declarations that are being prepared (brouillons).';
COMMENT ON COLUMN draft.employer_id IS 'Employer';
COMMENT ON COLUMN draft.quarter IS 'Quarter that is declared';
COMMENT ON COLUMN draft.version IS 'Grows with every save';
COMMENT ON COLUMN draft.lines IS 'The lines as they were typed, as JSON';
COMMENT ON COLUMN draft.saved_at IS 'When it was last saved';

CREATE TABLE declaration (
    declaration_id UUID NOT NULL PRIMARY KEY,
    employer_id UUID NOT NULL REFERENCES employer,
    quarter DATE NOT NULL CHECK (EXTRACT(DAY FROM quarter) = 1 AND EXTRACT(MONTH FROM quarter) IN (1, 4, 7, 10)),
    revision BIGINT NOT NULL CHECK (revision >= 1),
    filed_at TIMESTAMPTZ NOT NULL,
    filed_by UUID NOT NULL REFERENCES account,
    workers BIGINT NOT NULL CHECK (workers >= 0),
    wages BIGINT NOT NULL,
    contributions BIGINT NOT NULL,
    CONSTRAINT declaration_revision UNIQUE (employer_id, quarter, revision)
);
COMMENT ON TABLE declaration IS 'Declarations filed (DNR déposées). A correction is a new revision; no row is ever changed.';
COMMENT ON COLUMN declaration.declaration_id IS 'Identity, made by the application';
COMMENT ON COLUMN declaration.employer_id IS 'Employer';
COMMENT ON COLUMN declaration.quarter IS 'Quarter that is declared';
COMMENT ON COLUMN declaration.revision IS '1 for the first, one more for each correction';
COMMENT ON COLUMN declaration.filed_at IS 'When it was filed';
COMMENT ON COLUMN declaration.filed_by IS 'Login that filed it';
COMMENT ON COLUMN declaration.workers IS 'Number of workers';
COMMENT ON COLUMN declaration.wages IS 'Sum of the wages, in the smallest unit';
COMMENT ON COLUMN declaration.contributions IS 'Sum of the contributions, in the smallest unit';

CREATE TABLE declaration_line (
    declaration_id UUID NOT NULL REFERENCES declaration,
    line_row BIGINT NOT NULL,
    insured_id UUID NOT NULL REFERENCES insured,
    number TEXT COLLATE "C" NOT NULL,
    wage1 BIGINT,
    wage2 BIGINT,
    wage3 BIGINT,
    days1 BIGINT,
    days2 BIGINT,
    days3 BIGINT,
    hired_on DATE,
    left_on DATE,
    observation TEXT,
    PRIMARY KEY (declaration_id, line_row)
);
COMMENT ON TABLE declaration_line IS 'Lines of declarations: one worker, up to three monthly wages.';
COMMENT ON COLUMN declaration_line.declaration_id IS 'Declaration';
COMMENT ON COLUMN declaration_line.line_row IS 'Row, as numbered in the workbook';
COMMENT ON COLUMN declaration_line.insured_id IS 'Worker';
COMMENT ON COLUMN declaration_line.number IS 'The worker''s number as it was then';
COMMENT ON COLUMN declaration_line.wage1 IS 'Wage of month 1 of the quarter, in the smallest unit; none when not employed';
COMMENT ON COLUMN declaration_line.wage2 IS 'Wage of month 2 of the quarter, in the smallest unit; none when not employed';
COMMENT ON COLUMN declaration_line.wage3 IS 'Wage of month 3 of the quarter, in the smallest unit; none when not employed';
COMMENT ON COLUMN declaration_line.days1 IS 'Days worked in month 1; none when the month is whole';
COMMENT ON COLUMN declaration_line.days2 IS 'Days worked in month 2; none when the month is whole';
COMMENT ON COLUMN declaration_line.days3 IS 'Days worked in month 3; none when the month is whole';
COMMENT ON COLUMN declaration_line.hired_on IS 'Day of hiring, when it is said';
COMMENT ON COLUMN declaration_line.left_on IS 'Day of leaving, when it is said';
COMMENT ON COLUMN declaration_line.observation IS 'Remark of the employer';

CREATE TABLE career_month (
    insured_id UUID NOT NULL REFERENCES insured,
    month DATE NOT NULL CHECK (EXTRACT(DAY FROM month) = 1),
    employer_id UUID NOT NULL REFERENCES employer,
    declaration_id UUID NOT NULL REFERENCES declaration,
    category TEXT NOT NULL,
    wage BIGINT NOT NULL CHECK (wage > 0),
    days BIGINT CHECK (days BETWEEN 0 AND 31),
    employer_share BIGINT NOT NULL,
    worker_share BIGINT NOT NULL,
    PRIMARY KEY (insured_id, month, employer_id)
);
COMMENT ON TABLE career_month IS 'The individual account (compte individuel): what stands declared for a person by month.';
COMMENT ON COLUMN career_month.insured_id IS 'Person';
COMMENT ON COLUMN career_month.month IS 'Month worked';
COMMENT ON COLUMN career_month.employer_id IS 'Employer who declared it';
COMMENT ON COLUMN career_month.declaration_id IS 'Declaration that says so';
COMMENT ON COLUMN career_month.category IS 'Scheme under which it counts';
COMMENT ON COLUMN career_month.wage IS 'Wage, in the smallest unit';
COMMENT ON COLUMN career_month.days IS 'Days worked; none when the month is whole';
COMMENT ON COLUMN career_month.employer_share IS 'Employer''s contributions on it, in the smallest unit';
COMMENT ON COLUMN career_month.worker_share IS 'Worker''s contributions on it, in the smallest unit';

CREATE TABLE ledger_entry (
    place BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    entry_id UUID NOT NULL CONSTRAINT ledger_entry_identity UNIQUE,
    employer_id UUID NOT NULL REFERENCES employer,
    kind TEXT NOT NULL CHECK (kind IN ('assessment', 'correction', 'payment')),
    month DATE CHECK (EXTRACT(DAY FROM month) = 1),
    value_date DATE NOT NULL,
    booked_at TIMESTAMPTZ NOT NULL,
    declaration_id UUID REFERENCES declaration,
    reference TEXT COLLATE "C",
    batch_id UUID NOT NULL
);
CREATE INDEX ledger_entry_by_batch ON ledger_entry (batch_id);
CREATE INDEX ledger_entry_by_employer ON ledger_entry (employer_id, place);
CREATE UNIQUE INDEX ledger_entry_payment_once ON ledger_entry (reference) WHERE kind = 'payment';
COMMENT ON TABLE ledger_entry IS 'Entries of the ledger (écritures): append only.';
COMMENT ON COLUMN ledger_entry.place IS 'Order of booking';
COMMENT ON COLUMN ledger_entry.entry_id IS 'Identity, made by the application';
COMMENT ON COLUMN ledger_entry.employer_id IS 'Employer whose account it is';
COMMENT ON COLUMN ledger_entry.kind IS 'assessment, correction or payment';
COMMENT ON COLUMN ledger_entry.month IS 'Month that is assessed';
COMMENT ON COLUMN ledger_entry.value_date IS 'Day from which it counts (date de valeur)';
COMMENT ON COLUMN ledger_entry.booked_at IS 'When it was booked';
COMMENT ON COLUMN ledger_entry.declaration_id IS 'Declaration that it comes from';
COMMENT ON COLUMN ledger_entry.reference IS 'Reference of the payment';
COMMENT ON COLUMN ledger_entry.batch_id IS 'Commit that it came in, see audit_line';

CREATE TABLE ledger_posting (
    place BIGINT NOT NULL REFERENCES ledger_entry,
    account TEXT COLLATE "C" NOT NULL,
    amount BIGINT NOT NULL CHECK (amount <> 0),
    employer_id UUID NOT NULL REFERENCES employer,
    counted_at TIMESTAMPTZ NOT NULL,
    balance BIGINT NOT NULL,
    PRIMARY KEY (place, account)
);
CREATE INDEX ledger_posting_balance ON ledger_posting (employer_id, account, counted_at, place);
COMMENT ON TABLE ledger_posting IS 'Postings of entries; those of one entry sum to zero, which the core proves before it writes them.';
COMMENT ON COLUMN ledger_posting.place IS 'Entry';
COMMENT ON COLUMN ledger_posting.account IS 'Account that is moved';
COMMENT ON COLUMN ledger_posting.amount IS 'Debit above zero, credit below, in the smallest unit';
COMMENT ON COLUMN ledger_posting.employer_id IS 'Employer whose account it is, as in the entry';
COMMENT ON COLUMN ledger_posting.counted_at IS 'From when it counts in the balance: when it was booked, or when the one before on the account was if that is later';
COMMENT ON COLUMN ledger_posting.balance IS 'Balance of the employer''s account after it, in the smallest unit';

CREATE TABLE returned_file (
    employer_id UUID NOT NULL PRIMARY KEY REFERENCES employer,
    file_id UUID NOT NULL CONSTRAINT returned_file_identity UNIQUE,
    quarter DATE NOT NULL CHECK (EXTRACT(DAY FROM quarter) = 1 AND EXTRACT(MONTH FROM quarter) IN (1, 4, 7, 10)),
    name TEXT NOT NULL,
    faults BIGINT NOT NULL,
    report TEXT NOT NULL,
    made_at TIMESTAMPTZ NOT NULL,
    workbook BYTEA NOT NULL
);
CREATE INDEX returned_file_by_age ON returned_file (made_at);
COMMENT ON TABLE returned_file IS 'The last workbook given back to each employer with its faults marked (fichier retourné).';
COMMENT ON COLUMN returned_file.employer_id IS 'Employer';
COMMENT ON COLUMN returned_file.file_id IS 'Identity';
COMMENT ON COLUMN returned_file.quarter IS 'Quarter for which it was sent';
COMMENT ON COLUMN returned_file.name IS 'Name of the file';
COMMENT ON COLUMN returned_file.faults IS 'Number of faults';
COMMENT ON COLUMN returned_file.report IS 'The faults, in a form of the portal';
COMMENT ON COLUMN returned_file.made_at IS 'When it was given back; kept for a day';
COMMENT ON COLUMN returned_file.workbook IS 'The workbook with its faults marked';

CREATE TABLE receipt (
    request_key UUID NOT NULL PRIMARY KEY,
    account_id UUID REFERENCES account,
    digest BYTEA NOT NULL CHECK (length(digest) = 32),
    answer TEXT NOT NULL,
    made_at TIMESTAMPTZ NOT NULL
);
COMMENT ON TABLE receipt IS 'Requests that were carried out: the same key again is the same request.';
COMMENT ON COLUMN receipt.request_key IS 'Key that the client made';
COMMENT ON COLUMN receipt.account_id IS 'Login that asked; none when a bank did';
COMMENT ON COLUMN receipt.digest IS 'Digest of what was asked';
COMMENT ON COLUMN receipt.answer IS 'Answer that was given';
COMMENT ON COLUMN receipt.made_at IS 'When';

CREATE TABLE signing_up (
    subject_kind TEXT NOT NULL,
    subject_id UUID NOT NULL,
    PRIMARY KEY (subject_kind, subject_id)
);
COMMENT ON TABLE signing_up IS 'Those in whose name somebody signs up: the row is held while it is looked whether there is an account.';
COMMENT ON COLUMN signing_up.subject_kind IS 'employer, insured or beneficiary';
COMMENT ON COLUMN signing_up.subject_id IS 'Identity of that employer, insured person or beneficiary';

CREATE TABLE challenge (
    challenge_id UUID NOT NULL PRIMARY KEY,
    purpose TEXT NOT NULL CHECK (purpose IN ('sign_up', 'recover', 'contact')),
    account_id UUID,
    application TEXT CHECK ((application IS NULL) = (purpose <> 'sign_up')),
    email TEXT COLLATE "C",
    phone TEXT COLLATE "C",
    source BYTEA NOT NULL CHECK (length(source) = 8),
    made_at TIMESTAMPTZ NOT NULL,
    sent_at TIMESTAMPTZ NOT NULL,
    expires_at TIMESTAMPTZ NOT NULL,
    generation BIGINT NOT NULL CHECK (generation >= 1),
    attempts BIGINT NOT NULL CHECK (attempts >= 0),
    sent BIGINT NOT NULL CHECK (sent >= 0),
    state TEXT NOT NULL CHECK (state IN ('open', 'confirmed', 'spent', 'closed')),
    version BIGINT NOT NULL CHECK (version >= 1)
);
CREATE INDEX challenge_by_age ON challenge (expires_at);
COMMENT ON TABLE challenge IS 'Codes that were asked of somebody (codes de validation). The code is derived when it is sent, and is nowhere.';
COMMENT ON COLUMN challenge.challenge_id IS 'Identity, made by the application';
COMMENT ON COLUMN challenge.purpose IS 'What it is for: sign_up, recover (a forgotten password) or contact (another address or phone)';
COMMENT ON COLUMN challenge.account_id IS 'Whose account; none of a sign-up, nor where nobody has the account that was named';
COMMENT ON COLUMN challenge.application IS 'Of a sign-up: what was typed, as JSON, with the password as a hash';
COMMENT ON COLUMN challenge.email IS 'Address that is to be proved';
COMMENT ON COLUMN challenge.phone IS 'Phone that is to be proved';
COMMENT ON COLUMN challenge.source IS 'Digest of where the request came from';
COMMENT ON COLUMN challenge.made_at IS 'When it was made';
COMMENT ON COLUMN challenge.sent_at IS 'When the code was last sent';
COMMENT ON COLUMN challenge.expires_at IS 'When this generation of the code ends; the row goes a day later';
COMMENT ON COLUMN challenge.generation IS 'Which code of the challenge, from 1';
COMMENT ON COLUMN challenge.attempts IS 'Wrong codes of this generation';
COMMENT ON COLUMN challenge.sent IS 'How often a code was sent';
COMMENT ON COLUMN challenge.state IS 'open, confirmed, spent or closed (too many wrong codes)';
COMMENT ON COLUMN challenge.version IS 'Grows with every change; a commit names the version that it saw';

CREATE TABLE password_lock (
    kind TEXT NOT NULL CHECK (kind IN ('login', 'source')),
    subject BYTEA NOT NULL,
    attempts BIGINT NOT NULL CHECK (attempts >= 0),
    last_at TIMESTAMPTZ NOT NULL,
    paused_until TIMESTAMPTZ,
    PRIMARY KEY (kind, subject)
);
CREATE INDEX password_lock_by_age ON password_lock (last_at);
COMMENT ON TABLE password_lock IS 'Wrong passwords that were counted (temporisation), whether there is such a login or not.';
COMMENT ON COLUMN password_lock.kind IS 'login or source';
COMMENT ON COLUMN password_lock.subject IS 'Digest of what was typed, or of where it came from';
COMMENT ON COLUMN password_lock.attempts IS 'How many since the last right one; 0 while the first is being counted';
COMMENT ON COLUMN password_lock.last_at IS 'When the last one was typed; the row goes a month later';
COMMENT ON COLUMN password_lock.paused_until IS 'Until when no password is looked at';

CREATE TABLE tally (
    kind TEXT COLLATE "C" NOT NULL,
    subject TEXT COLLATE "C" NOT NULL,
    period BIGINT NOT NULL,
    counted BIGINT NOT NULL CHECK (counted >= 0),
    ends_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (kind, subject, period)
);
CREATE INDEX tally_by_age ON tally (ends_at);
COMMENT ON TABLE tally IS 'Counts by hour or by day, which say when no more messages are sent (budget de SMS).';
COMMENT ON COLUMN tally.kind IS 'What is counted: number, source, prefix, sent, confirmed, warned';
COMMENT ON COLUMN tally.subject IS 'Which number, source, prefix or account; empty where all are counted together';
COMMENT ON COLUMN tally.period IS 'Hour or day, counted from 1970';
COMMENT ON COLUMN tally.counted IS 'How many';
COMMENT ON COLUMN tally.ends_at IS 'When the period ends; the row goes a day later';

CREATE TABLE refused_send (
    place BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    refused_id UUID NOT NULL CONSTRAINT refused_send_identity UNIQUE,
    refused_at TIMESTAMPTZ NOT NULL,
    phone TEXT,
    source BYTEA NOT NULL CHECK (length(source) = 8),
    why TEXT NOT NULL
);
CREATE INDEX refused_send_by_age ON refused_send (refused_at);
COMMENT ON TABLE refused_send IS 'Messages that were not sent, and why (envois refusés), for agents to see; kept for three months.';
COMMENT ON COLUMN refused_send.place IS 'Order of writing';
COMMENT ON COLUMN refused_send.refused_id IS 'Identity';
COMMENT ON COLUMN refused_send.refused_at IS 'When';
COMMENT ON COLUMN refused_send.phone IS 'To which phone, its middle hidden; none of an e-mail';
COMMENT ON COLUMN refused_send.source IS 'Digest of where the request came from';
COMMENT ON COLUMN refused_send.why IS 'Which part of the budget is spent: number, source, prefix, ratio';

CREATE TABLE acceptance (
    place BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    account_id UUID NOT NULL REFERENCES account,
    version TEXT NOT NULL,
    digest BYTEA NOT NULL CHECK (length(digest) = 32),
    accepted_at TIMESTAMPTZ NOT NULL
);
CREATE INDEX acceptance_of ON acceptance (account_id, place);
COMMENT ON TABLE acceptance IS 'Charters and terms that were accepted (acceptations): append only.';
COMMENT ON COLUMN acceptance.place IS 'Order of writing';
COMMENT ON COLUMN acceptance.account_id IS 'Who accepted';
COMMENT ON COLUMN acceptance.version IS 'Version of the text';
COMMENT ON COLUMN acceptance.digest IS 'SHA-256 of the text as it was shown';
COMMENT ON COLUMN acceptance.accepted_at IS 'When';

CREATE TABLE mandate (
    mandate_id UUID NOT NULL PRIMARY KEY,
    employer_id UUID NOT NULL REFERENCES employer,
    invited TEXT COLLATE "C" NOT NULL,
    account_id UUID REFERENCES account,
    may_declare BOOLEAN NOT NULL,
    may_pay BOOLEAN NOT NULL,
    may_read BOOLEAN NOT NULL,
    given_by UUID NOT NULL REFERENCES account,
    given_at TIMESTAMPTZ NOT NULL,
    withdrawn_at TIMESTAMPTZ,
    changed_by UUID NOT NULL REFERENCES account,
    version BIGINT NOT NULL CHECK (version >= 1)
);
CREATE INDEX mandate_of ON mandate (employer_id, mandate_id);
CREATE INDEX mandate_for ON mandate (account_id, mandate_id) WHERE account_id IS NOT NULL;
CREATE INDEX mandate_offered ON mandate (invited, mandate_id) WHERE account_id IS NULL AND withdrawn_at IS NULL;
COMMENT ON TABLE mandate IS 'Who may act for an employer (mandats, sous-comptes).';
COMMENT ON COLUMN mandate.mandate_id IS 'Identity, made by the application';
COMMENT ON COLUMN mandate.employer_id IS 'Employer';
COMMENT ON COLUMN mandate.invited IS 'Address that was invited';
COMMENT ON COLUMN mandate.account_id IS 'Whose it is; none until it is taken up';
COMMENT ON COLUMN mandate.may_declare IS 'Whether wage declarations may be filed';
COMMENT ON COLUMN mandate.may_pay IS 'Whether payment references may be issued';
COMMENT ON COLUMN mandate.may_read IS 'Whether the contribution account may be read';
COMMENT ON COLUMN mandate.given_by IS 'Account that gave it';
COMMENT ON COLUMN mandate.given_at IS 'When it was given';
COMMENT ON COLUMN mandate.withdrawn_at IS 'When it was withdrawn; none while it stands';
COMMENT ON COLUMN mandate.changed_by IS 'Account that changed it last';
COMMENT ON COLUMN mandate.version IS 'Grows with every change; a commit names the version that it saw';

CREATE TABLE agent (
    account_id UUID NOT NULL PRIMARY KEY REFERENCES account,
    roles TEXT NOT NULL,
    second BYTEA,
    last_step BIGINT,
    recovery BYTEA NOT NULL CHECK (length(recovery) % 32 = 0),
    changed_by UUID NOT NULL REFERENCES account,
    version BIGINT NOT NULL CHECK (version >= 1)
);
COMMENT ON TABLE agent IS 'What the fund''s agents may do, and their second factor.';
COMMENT ON COLUMN agent.account_id IS 'Account';
COMMENT ON COLUMN agent.roles IS 'Codes of what he may do, as JSON';
COMMENT ON COLUMN agent.second IS 'What the secret of the second factor is derived from, under a key of the portal; none until it is set up';
COMMENT ON COLUMN agent.last_step IS 'Last step of time whose digits were given: none serves twice';
COMMENT ON COLUMN agent.recovery IS 'Digests of the recovery codes that are left, one after another';
COMMENT ON COLUMN agent.changed_by IS 'Account that changed it last';
COMMENT ON COLUMN agent.version IS 'Grows with every change; a commit names the version that it saw';

CREATE TABLE beneficiary (
    beneficiary_id UUID NOT NULL PRIMARY KEY,
    insured_id UUID NOT NULL REFERENCES insured,
    surname TEXT NOT NULL,
    forenames TEXT NOT NULL,
    birth_date DATE NOT NULL
);
CREATE INDEX beneficiary_of ON beneficiary (insured_id);
COMMENT ON TABLE beneficiary IS 'Those who have rights through an insured person (ayants droit).';
COMMENT ON COLUMN beneficiary.beneficiary_id IS 'Identity, made by the application';
COMMENT ON COLUMN beneficiary.insured_id IS 'Insured person';
COMMENT ON COLUMN beneficiary.surname IS 'Surname (nom)';
COMMENT ON COLUMN beneficiary.forenames IS 'Forenames (prénoms)';
COMMENT ON COLUMN beneficiary.birth_date IS 'Day of birth';

CREATE TABLE paper (
    number TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    holder_kind TEXT NOT NULL CHECK (holder_kind IN ('insured', 'beneficiary')),
    holder_id UUID NOT NULL,
    expires_on DATE
);
COMMENT ON TABLE paper IS 'Identity papers that the fund has seen (pièces d''identité).';
COMMENT ON COLUMN paper.number IS 'Number, in capital letters and digits';
COMMENT ON COLUMN paper.holder_kind IS 'Whose: insured or beneficiary';
COMMENT ON COLUMN paper.holder_id IS 'Identity of that person';
COMMENT ON COLUMN paper.expires_on IS 'Until when it is good; none where it does not say';

CREATE TABLE outbox (
    place BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    notice_id UUID NOT NULL CONSTRAINT outbox_notice UNIQUE,
    account_id UUID REFERENCES account,
    notice TEXT NOT NULL,
    made_at TIMESTAMPTZ NOT NULL,
    due_at TIMESTAMPTZ NOT NULL,
    tries BIGINT NOT NULL DEFAULT 0 CHECK (tries >= 0),
    state TEXT NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'sent', 'expired', 'dead')),
    why TEXT,
    sent_at TIMESTAMPTZ
);
CREATE INDEX outbox_waiting ON outbox (place) WHERE state = 'waiting';
CREATE INDEX outbox_dead ON outbox (place) WHERE state = 'dead';
CREATE INDEX outbox_typed ON outbox (made_at) WHERE account_id IS NULL;
COMMENT ON TABLE outbox IS 'What is to be told to whom (courrier): written with the change itself, handed over later.';
COMMENT ON COLUMN outbox.place IS 'Order of writing';
COMMENT ON COLUMN outbox.notice_id IS 'Identity of the message, which its addressee may see twice';
COMMENT ON COLUMN outbox.account_id IS 'Account of the addressee; none when it goes to an address or a phone that nobody has proved yet';
COMMENT ON COLUMN outbox.notice IS 'What is told: a code and its parameters, as JSON, no prose';
COMMENT ON COLUMN outbox.made_at IS 'When it was decided';
COMMENT ON COLUMN outbox.due_at IS 'Not to be tried before: a pause after a failure, or the time for which somebody has taken it';
COMMENT ON COLUMN outbox.tries IS 'How often it was tried';
COMMENT ON COLUMN outbox.state IS 'waiting, sent, expired (of no use any more) or dead (given up: an agent looks at it)';
COMMENT ON COLUMN outbox.why IS 'What the last courier who refused said, without the addressee, or why it is of no use';
COMMENT ON COLUMN outbox.sent_at IS 'When a courier took it';

CREATE TABLE delivery (
    notice_id UUID NOT NULL,
    way TEXT COLLATE "C" NOT NULL,
    status TEXT NOT NULL CHECK (status IN ('sent', 'delivered', 'failed')),
    why TEXT,
    unanswered BIGINT NOT NULL CHECK (unanswered >= 0),
    kept_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (notice_id, way),
    CONSTRAINT delivery_why CHECK ((why IS NULL) = (status <> 'failed'))
);
CREATE INDEX delivery_by_age ON delivery (kept_at);
COMMENT ON TABLE delivery IS 'What became of each message on each way (suivi des envois); kept for three months.';
COMMENT ON COLUMN delivery.notice_id IS 'The message';
COMMENT ON COLUMN delivery.way IS 'sms or email';
COMMENT ON COLUMN delivery.status IS 'sent (a gateway has it, or may), delivered or failed';
COMMENT ON COLUMN delivery.why IS 'Why it failed, without the addressee';
COMMENT ON COLUMN delivery.unanswered IS 'How often it was given to a gateway without an answer that can be read';
COMMENT ON COLUMN delivery.kept_at IS 'When this was last heard';

CREATE TABLE delivery_part (
    way TEXT COLLATE "C" NOT NULL,
    reference TEXT COLLATE "C" NOT NULL,
    notice_id UUID,
    status TEXT NOT NULL CHECK (status IN ('sent', 'delivered', 'failed')),
    why TEXT,
    kept_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (way, reference),
    CONSTRAINT delivery_part_why CHECK ((why IS NULL) = (status <> 'failed'))
);
CREATE INDEX delivery_part_of ON delivery_part (notice_id, way, reference);
CREATE INDEX delivery_part_by_age ON delivery_part (kept_at);
COMMENT ON TABLE delivery_part IS 'What gateways reported on the parts of messages, under their own names; kept for three months.';
COMMENT ON COLUMN delivery_part.way IS 'sms or email';
COMMENT ON COLUMN delivery_part.reference IS 'The gateway''s name for the part';
COMMENT ON COLUMN delivery_part.notice_id IS 'The message; none while the report is earlier than the answer that names it';
COMMENT ON COLUMN delivery_part.status IS 'sent, delivered or failed';
COMMENT ON COLUMN delivery_part.why IS 'Why it failed, without the addressee';
COMMENT ON COLUMN delivery_part.kept_at IS 'When it was first heard of';

CREATE TABLE payment_reference (
    place BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    reference TEXT COLLATE "C" NOT NULL CONSTRAINT payment_reference_unique UNIQUE,
    employer_id UUID NOT NULL REFERENCES employer,
    amount BIGINT NOT NULL CHECK (amount > 0),
    issued_at TIMESTAMPTZ NOT NULL,
    issued_on DATE NOT NULL,
    expires_on DATE CHECK (expires_on >= issued_on),
    issued_by UUID NOT NULL REFERENCES account,
    paid_entry UUID UNIQUE REFERENCES ledger_entry (entry_id),
    paid_bank TEXT,
    paid_transaction TEXT,
    paid_on DATE,
    CONSTRAINT payment_reference_whole CHECK ((paid_entry IS NULL) = (paid_bank IS NULL) AND (paid_entry IS NULL) = (paid_transaction IS NULL) AND (paid_entry IS NULL) = (paid_on IS NULL))
);
CREATE INDEX payment_reference_by_employer ON payment_reference (employer_id, place);
CREATE INDEX payment_reference_open ON payment_reference (employer_id, place) WHERE paid_entry IS NULL;
COMMENT ON TABLE payment_reference IS 'References that were issued for an amount (références de paiement).';
COMMENT ON COLUMN payment_reference.place IS 'Order of issuing';
COMMENT ON COLUMN payment_reference.reference IS 'The reference, as the payer copies it at the bank';
COMMENT ON COLUMN payment_reference.employer_id IS 'Employer whose contributions it pays';
COMMENT ON COLUMN payment_reference.amount IS 'Amount to pay, in the smallest unit';
COMMENT ON COLUMN payment_reference.issued_at IS 'When it was issued';
COMMENT ON COLUMN payment_reference.issued_on IS 'The same as a day of the fund''s: money cannot have arrived under it before';
COMMENT ON COLUMN payment_reference.expires_on IS 'Last day on which it is to be paid; none when it stays open';
COMMENT ON COLUMN payment_reference.issued_by IS 'Login that asked for it';
COMMENT ON COLUMN payment_reference.paid_entry IS 'Entry that credits the account; none until the money arrived';
COMMENT ON COLUMN payment_reference.paid_bank IS 'Bank that said so';
COMMENT ON COLUMN payment_reference.paid_transaction IS 'The bank''s own number of the transaction';
COMMENT ON COLUMN payment_reference.paid_on IS 'Day from which the money counts: when it arrived, not before the day of issue';

CREATE TABLE payment_dispute (
    place BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    dispute_id UUID NOT NULL CONSTRAINT payment_dispute_identity UNIQUE,
    bank TEXT NOT NULL,
    bank_transaction TEXT NOT NULL,
    reference_text TEXT NOT NULL,
    amount BIGINT NOT NULL,
    currency TEXT NOT NULL,
    decimals BIGINT NOT NULL CHECK (decimals BETWEEN 0 AND 4),
    paid_on DATE NOT NULL,
    reason TEXT NOT NULL,
    received_at TIMESTAMPTZ NOT NULL
);
COMMENT ON TABLE payment_dispute IS 'Money that a bank announced and that an agent must look at (litiges, anomalies): not credited, or credited although something is odd.';
COMMENT ON COLUMN payment_dispute.place IS 'Order in which it came';
COMMENT ON COLUMN payment_dispute.dispute_id IS 'Identity';
COMMENT ON COLUMN payment_dispute.bank IS 'Bank that announced it';
COMMENT ON COLUMN payment_dispute.bank_transaction IS 'The bank''s own number of the transaction';
COMMENT ON COLUMN payment_dispute.reference_text IS 'Reference as the payer gave it';
COMMENT ON COLUMN payment_dispute.amount IS 'Amount, in the smallest unit of its currency';
COMMENT ON COLUMN payment_dispute.currency IS 'Currency, as the bank says';
COMMENT ON COLUMN payment_dispute.decimals IS 'Decimals of the amount: those of the fund''s currency; of another one, as many as the bank wrote';
COMMENT ON COLUMN payment_dispute.paid_on IS 'Day on which the money arrived, as the bank says';
COMMENT ON COLUMN payment_dispute.reason IS 'Why an agent must look at it: a code, which also says whether it is credited';
COMMENT ON COLUMN payment_dispute.received_at IS 'When the notice came';

CREATE TABLE audit_seal (
    number BIGINT NOT NULL PRIMARY KEY CHECK (number >= 1),
    lines BIGINT NOT NULL CHECK (lines >= 1),
    digest BYTEA NOT NULL CHECK (length(digest) = 32),
    sealed_at TIMESTAMPTZ NOT NULL
);
COMMENT ON TABLE audit_seal IS 'Seals over the audit trail (scellés): each is chained to the one before, append only.';
COMMENT ON COLUMN audit_seal.number IS 'Counted from 1, without gaps';
COMMENT ON COLUMN audit_seal.lines IS 'Number of lines under it';
COMMENT ON COLUMN audit_seal.digest IS 'Digest of the seal before, of the lines in their order, and of the rest of this row';
COMMENT ON COLUMN audit_seal.sealed_at IS 'When';

CREATE TABLE audit_line (
    place BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    batch_id UUID NOT NULL CONSTRAINT audit_line_batch UNIQUE,
    decided_at TIMESTAMPTZ NOT NULL,
    actor_id UUID,
    what TEXT NOT NULL,
    digest BYTEA NOT NULL CHECK (length(digest) = 32),
    seal BIGINT REFERENCES audit_seal,
    seal_rank BIGINT CHECK (seal_rank >= 1),
    CONSTRAINT audit_line_sealed CHECK ((seal IS NULL) = (seal_rank IS NULL))
);
CREATE UNIQUE INDEX audit_line_rank ON audit_line (seal, seal_rank) WHERE seal IS NOT NULL;
CREATE INDEX audit_line_unsealed ON audit_line (place) WHERE seal IS NULL;
ALTER TABLE ledger_entry ADD CONSTRAINT ledger_entry_batch FOREIGN KEY (batch_id) REFERENCES audit_line (batch_id);
COMMENT ON TABLE audit_line IS 'The audit trail (piste d''audit): one line for each commit, append only but for its seal.';
COMMENT ON COLUMN audit_line.place IS 'Order of writing';
COMMENT ON COLUMN audit_line.batch_id IS 'Identity of the commit';
COMMENT ON COLUMN audit_line.decided_at IS 'When it was decided';
COMMENT ON COLUMN audit_line.actor_id IS 'Login that asked; none when nobody was logged in';
COMMENT ON COLUMN audit_line.what IS 'The changes: their codes, and the identities of what they concern; no personal data';
COMMENT ON COLUMN audit_line.digest IS 'Digest of all that, and of the entries of the ledger that came in the commit';
COMMENT ON COLUMN audit_line.seal IS 'Seal over it; none for a moment after it was written';
COMMENT ON COLUMN audit_line.seal_rank IS 'Rank under the seal';

-- What was written stays: a second lock, behind the program's own.
CREATE FUNCTION append_only() RETURNS TRIGGER LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append only', TG_TABLE_NAME;
END
$$;
CREATE TRIGGER books_append_only BEFORE UPDATE OR DELETE ON books FOR EACH ROW EXECUTE FUNCTION append_only();
CREATE TRIGGER books_no_truncate BEFORE TRUNCATE ON books FOR EACH STATEMENT EXECUTE FUNCTION append_only();
CREATE TRIGGER ledger_entry_append_only BEFORE UPDATE OR DELETE ON ledger_entry FOR EACH ROW EXECUTE FUNCTION append_only();
CREATE TRIGGER ledger_posting_append_only BEFORE UPDATE OR DELETE ON ledger_posting FOR EACH ROW EXECUTE FUNCTION append_only();
CREATE TRIGGER acceptance_append_only BEFORE UPDATE OR DELETE ON acceptance FOR EACH ROW EXECUTE FUNCTION append_only();
CREATE TRIGGER audit_seal_append_only BEFORE UPDATE OR DELETE ON audit_seal FOR EACH ROW EXECUTE FUNCTION append_only();
CREATE TRIGGER audit_line_no_delete BEFORE DELETE ON audit_line FOR EACH ROW EXECUTE FUNCTION append_only();
CREATE TRIGGER audit_line_no_update BEFORE UPDATE ON audit_line FOR EACH ROW
WHEN (OLD.seal IS NOT NULL OR NEW.seal IS NULL OR (OLD.place, OLD.batch_id, OLD.decided_at, OLD.actor_id, OLD.what, OLD.digest)
    IS DISTINCT FROM (NEW.place, NEW.batch_id, NEW.decided_at, NEW.actor_id, NEW.what, NEW.digest))
EXECUTE FUNCTION append_only();
CREATE TRIGGER ledger_entry_no_truncate BEFORE TRUNCATE ON ledger_entry FOR EACH STATEMENT EXECUTE FUNCTION append_only();
CREATE TRIGGER ledger_posting_no_truncate BEFORE TRUNCATE ON ledger_posting FOR EACH STATEMENT EXECUTE FUNCTION append_only();
CREATE TRIGGER acceptance_no_truncate BEFORE TRUNCATE ON acceptance FOR EACH STATEMENT EXECUTE FUNCTION append_only();
CREATE TRIGGER audit_seal_no_truncate BEFORE TRUNCATE ON audit_seal FOR EACH STATEMENT EXECUTE FUNCTION append_only();
CREATE TRIGGER audit_line_no_truncate BEFORE TRUNCATE ON audit_line FOR EACH STATEMENT EXECUTE FUNCTION append_only();
CREATE TRIGGER payment_dispute_append_only BEFORE UPDATE OR DELETE ON payment_dispute FOR EACH ROW EXECUTE FUNCTION append_only();
CREATE TRIGGER receipt_append_only BEFORE UPDATE OR DELETE ON receipt FOR EACH ROW EXECUTE FUNCTION append_only();
CREATE TRIGGER declaration_append_only BEFORE UPDATE OR DELETE ON declaration FOR EACH ROW EXECUTE FUNCTION append_only();
CREATE TRIGGER declaration_line_append_only BEFORE UPDATE OR DELETE ON declaration_line FOR EACH ROW EXECUTE FUNCTION append_only();
CREATE TRIGGER payment_reference_no_delete BEFORE DELETE ON payment_reference FOR EACH ROW EXECUTE FUNCTION append_only();
-- Of a reference only the payment is written later, once.
CREATE TRIGGER payment_reference_no_update BEFORE UPDATE ON payment_reference FOR EACH ROW
WHEN (OLD.paid_entry IS NOT NULL OR (OLD.place, OLD.reference, OLD.employer_id, OLD.amount, OLD.issued_at, OLD.issued_on, OLD.expires_on, OLD.issued_by)
    IS DISTINCT FROM (NEW.place, NEW.reference, NEW.employer_id, NEW.amount, NEW.issued_at, NEW.issued_on, NEW.expires_on, NEW.issued_by))
EXECUTE FUNCTION append_only();
CREATE TRIGGER payment_dispute_no_truncate BEFORE TRUNCATE ON payment_dispute FOR EACH STATEMENT EXECUTE FUNCTION append_only();
CREATE TRIGGER receipt_no_truncate BEFORE TRUNCATE ON receipt FOR EACH STATEMENT EXECUTE FUNCTION append_only();
CREATE TRIGGER declaration_no_truncate BEFORE TRUNCATE ON declaration FOR EACH STATEMENT EXECUTE FUNCTION append_only();
CREATE TRIGGER declaration_line_no_truncate BEFORE TRUNCATE ON declaration_line FOR EACH STATEMENT EXECUTE FUNCTION append_only();
CREATE TRIGGER payment_reference_no_truncate BEFORE TRUNCATE ON payment_reference FOR EACH STATEMENT EXECUTE FUNCTION append_only();

-- The postings of an entry are written by one statement, and sum to zero.
CREATE FUNCTION entries_balanced() RETURNS TRIGGER LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM written GROUP BY place HAVING SUM(amount) <> 0) THEN
        RAISE EXCEPTION 'the postings of an entry do not sum to zero';
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER ledger_posting_balanced AFTER INSERT ON ledger_posting
REFERENCING NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION entries_balanced();
