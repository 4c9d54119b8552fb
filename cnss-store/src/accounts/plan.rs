//! What a commit does to accounts, in statements.

use std::collections::BTreeMap;

use cnss_core::access::Subject;
use cnss_core::account::{
    Account, AccountChange, AccountExpect, Challenge, Login, Paper, PaperHolder, Purpose, Session,
    SessionKind, State, Tally,
};
use cnss_core::port::{CommitError, StoreError};

use super::{kept_lock, kept_subject, kept_tally, word};
use crate::plan::{Plan, Planned, inconsistent, json};
use crate::waist::{Step, Value, statements, values};

statements! {
    // By compare-and-set, as for employers: whoever comes second finds no row.
    ACCOUNT_AT = "UPDATE account SET version = version WHERE account_id = $1 AND version = $2";
    CHALLENGE_AT = "UPDATE challenge SET version = version WHERE challenge_id = $1 AND version = $2";
    MANDATE_AT = "UPDATE mandate SET version = version WHERE mandate_id = $1 AND version = $2";
    AGENT_AT = "UPDATE agent SET version = version WHERE account_id = $1 AND version = $2";
    SESSION_THERE = "UPDATE session SET second = second WHERE token_hash = $1";
    // Changes nothing and holds the row, so that two who sign up for one look one after the other.
    HOLD_SUBJECT = "INSERT INTO signing_up (subject_kind, subject_id) VALUES ($1, $2) \
                    ON CONFLICT (subject_kind, subject_id) DO UPDATE SET subject_kind = excluded.subject_kind";
    NO_ACCOUNT_OF = "UPDATE signing_up SET subject_kind = subject_kind WHERE subject_kind = $1 AND subject_id = $2 \
                     AND NOT EXISTS (SELECT 1 FROM account WHERE account.subject_kind = $1 AND account.subject_id = $2)";
    // A count that is not there is none; the row is held until the commit is over.
    BELOW = "INSERT INTO tally (kind, subject, period, counted, ends_at) SELECT $1, $2, $3, 0, $4 WHERE $5 > 0 \
             ON CONFLICT (kind, subject, period) DO UPDATE SET counted = tally.counted WHERE tally.counted < $5";
    COUNT(kind: Text, subject: Text, period: Int, counted: Int, ends_at: Instant) =
        "INSERT INTO tally (kind, subject, period, counted, ends_at) \
         SELECT kind, subject, period, counted, ends_at FROM r WHERE true \
         ON CONFLICT (kind, subject, period) DO UPDATE SET counted = tally.counted + excluded.counted";
    // No wrong passwords are a row with none, so that the first of two at once is one.
    NO_LOCK = "INSERT INTO password_lock (kind, subject, attempts, last_at) VALUES ($1, $2, 0, $3) \
               ON CONFLICT (kind, subject) DO UPDATE SET attempts = 0 WHERE password_lock.attempts = 0";
    LOCK_AT = "UPDATE password_lock SET attempts = attempts \
               WHERE kind = $1 AND subject = $2 AND attempts = $3 AND last_at = $4";
    SAVE_LOCK = "INSERT INTO password_lock (kind, subject, attempts, last_at, paused_until) \
                 VALUES ($1, $2, $3, $4, $5) ON CONFLICT (kind, subject) DO UPDATE SET \
                 attempts = excluded.attempts, last_at = excluded.last_at, paused_until = excluded.paused_until";
    DROP_LOCK = "DELETE FROM password_lock WHERE kind = $1 AND subject = $2";
    ADD_ACCOUNT =
        "INSERT INTO account (account_id, password_hash, must_change, password_until, email, phone, subject_kind, subject_id, holder, \
         state, state_since, block_reason, told, accepted_version, accepted_digest, accepted_at, version) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)";
    SAVE_ACCOUNT =
        "UPDATE account SET password_hash = $2, must_change = $3, password_until = $4, email = $5, phone = $6, \
         subject_kind = $7, subject_id = $8, holder = $9, state = $10, state_since = $11, block_reason = $12, \
         told = $13, accepted_version = $14, accepted_digest = $15, accepted_at = $16, version = $17 \
         WHERE account_id = $1";
    DROP_LOGINS = "DELETE FROM account_login WHERE account_id = $1";
    ADD_LOGINS(kind: Text, login: Text, account_id: Id, login_rank: Int) =
        "INSERT INTO account_login (kind, login, account_id, login_rank) \
         SELECT kind, login, account_id, login_rank FROM r";
    ADD_ACCEPTANCE = "INSERT INTO acceptance (account_id, version, digest, accepted_at) VALUES ($1, $2, $3, $4)";
    ADD_SESSION =
        "INSERT INTO session (token_hash, account_id, opened_at, used_at, kind, device, mandate_id, proven_at, second) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
    SAVE_SESSION =
        "UPDATE session SET account_id = $2, opened_at = $3, used_at = $4, kind = $5, device = $6, mandate_id = $7, \
         proven_at = $8, second = $9 WHERE token_hash = $1";
    DROP_OLD_SESSIONS = "DELETE FROM session WHERE opened_at < $1";
    TOUCH_SESSION = "UPDATE session SET used_at = $2 WHERE token_hash = $1 AND used_at < $2";
    END_SESSION = "DELETE FROM session WHERE token_hash = $1";
    END_SESSIONS = "DELETE FROM session WHERE account_id = $1";
    END_OTHER_SESSIONS = "DELETE FROM session WHERE account_id = $1 AND token_hash <> $2";
    SAVE_CHALLENGE =
        "INSERT INTO challenge (challenge_id, purpose, account_id, application, email, phone, source, made_at, sent_at, \
         expires_at, generation, attempts, sent, state, version) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15) \
         ON CONFLICT (challenge_id) DO UPDATE SET purpose = excluded.purpose, account_id = excluded.account_id, \
         application = excluded.application, email = excluded.email, phone = excluded.phone, \
         source = excluded.source, made_at = excluded.made_at, sent_at = excluded.sent_at, \
         expires_at = excluded.expires_at, generation = excluded.generation, attempts = excluded.attempts, \
         sent = excluded.sent, state = excluded.state, version = excluded.version";
    ADD_REFUSED = "INSERT INTO refused_send (refused_id, refused_at, phone, source, why) VALUES ($1, $2, $3, $4, $5)";
    SAVE_MANDATE =
        "INSERT INTO mandate (mandate_id, employer_id, invited, account_id, may_declare, may_pay, may_read, given_by, \
         given_at, withdrawn_at, changed_by, version) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) \
         ON CONFLICT (mandate_id) DO UPDATE SET invited = excluded.invited, account_id = excluded.account_id, \
         may_declare = excluded.may_declare, may_pay = excluded.may_pay, may_read = excluded.may_read, \
         withdrawn_at = excluded.withdrawn_at, changed_by = excluded.changed_by, version = excluded.version";
    SAVE_AGENT =
        "INSERT INTO agent (account_id, roles, second, last_step, recovery, changed_by, version) \
         VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (account_id) DO UPDATE SET roles = excluded.roles, \
         second = excluded.second, last_step = excluded.last_step, recovery = excluded.recovery, \
         changed_by = excluded.changed_by, version = excluded.version";
    ADD_BENEFICIARY = "INSERT INTO beneficiary (beneficiary_id, insured_id, surname, forenames, birth_date) \
                       VALUES ($1, $2, $3, $4, $5)";
    // Another's paper is found, and not changed.
    SAVE_PAPER =
        "INSERT INTO paper (number, holder_kind, holder_id, expires_on) VALUES ($1, $2, $3, $4) \
         ON CONFLICT (number) DO UPDATE SET expires_on = excluded.expires_on \
         WHERE paper.holder_kind = excluded.holder_kind AND paper.holder_id = excluded.holder_id";
}

/// The row of an account.
fn account_row(account: &Account) -> Result<Vec<Value>, CommitError> {
    let (kind, id) = kept_subject(account.subject)?;
    let (since, why, told) = match &account.state {
        State::Active => (None, None, None),
        State::Waiting { since, told } => (Some(*since), None, Some(json(told)?)),
        State::Blocked { since, why } => (Some(*since), Some(word(why)?), None),
    };
    let accepted = account.accepted.as_ref();
    Ok(values![
        account.id,
        account.password_hash.as_str(),
        account.must_change,
        account.password_until,
        account.email.as_ref().map(|email| email.as_str()),
        account.phone.as_ref().map(|phone| phone.as_str()),
        kind,
        id,
        account.holder.as_str(),
        account.state.code(),
        since,
        why,
        told,
        accepted.map(|accepted| accepted.version.as_str()),
        accepted.map(|accepted| accepted.digest),
        accepted.map(|accepted| accepted.at),
        account.version.0,
    ])
}

fn session_row(session: &Session) -> Vec<Value> {
    let kind = match session.kind {
        SessionKind::Browser => "browser",
        SessionKind::Program => "program",
    };
    values![
        session.token.0,
        session.account,
        session.opened_at,
        session.used_at,
        kind,
        session.device.as_str(),
        session.acting,
        session.proven_at,
        session.second,
    ]
}

fn challenge_row(challenge: &Challenge) -> Result<Vec<Value>, CommitError> {
    let (account, application) = match &challenge.purpose {
        Purpose::SignUp(application) => (None, Some(json(application)?)),
        Purpose::Recover(account) => (*account, None),
        Purpose::Contact(account) => (Some(*account), None),
    };
    Ok(values![
        challenge.id,
        challenge.purpose.code(),
        account,
        application,
        challenge.email.as_ref().map(|email| email.as_str()),
        challenge.phone.as_ref().map(|phone| phone.as_str()),
        challenge.source.0.as_slice(),
        challenge.made_at,
        challenge.sent_at,
        challenge.expires_at,
        challenge.generation,
        challenge.attempts,
        challenge.sent,
        challenge.state.code(),
        challenge.version.0,
    ])
}

fn paper_row(paper: &Paper) -> Vec<Value> {
    let (kind, id) = match paper.holder {
        PaperHolder::Insured(id) => ("insured", id.0),
        PaperHolder::Beneficiary(id) => ("beneficiary", id.0),
    };
    values![paper.number.as_str(), kind, id, paper.expires_on]
}

impl Plan {
    pub(crate) fn expect_account(&mut self, expected: &AccountExpect) -> Planned {
        match expected {
            AccountExpect::Account(id, version) => {
                self.push(Step::plain(&ACCOUNT_AT, values![*id, version.0]).or_stale());
            }
            AccountExpect::NoAccountOf(subject) => self.no_account_of(*subject)?,
            AccountExpect::Challenge(id, version) => {
                self.push(Step::plain(&CHALLENGE_AT, values![*id, version.0]).or_stale());
            }
            AccountExpect::Below(tally, most) => {
                let (kind, subject) = kept_tally(tally);
                let values = values![kind, subject, tally.window, tally.ends_at(), *most];
                self.push(Step::plain(&BELOW, values).or_stale());
            }
            AccountExpect::Lock(key, seen) => {
                let (kind, subject) = kept_lock(*key);
                let step = match seen {
                    Some((attempts, last)) => Step::plain(&LOCK_AT, values![kind, subject, *attempts, *last]),
                    None => Step::plain(&NO_LOCK, values![kind, subject, self.at]),
                };
                self.push(step.or_stale());
            }
            AccountExpect::Mandate(id, version) => {
                self.push(Step::plain(&MANDATE_AT, values![*id, version.0]).or_stale());
            }
            AccountExpect::Agent(id, version) => {
                self.push(Step::plain(&AGENT_AT, values![*id, version.0]).or_stale());
            }
            AccountExpect::Session(token) => {
                self.push(Step::plain(&SESSION_THERE, values![token.0]).or_stale());
            }
        }
        Ok(())
    }

    fn no_account_of(&mut self, subject: Subject) -> Planned {
        let (kind, id) = kept_subject(subject)?;
        // Agents and mandataries are many.
        let id = id.ok_or_else(|| StoreError::Inconsistent("nobody is the only one of those".to_owned()))?;
        self.push(Step::plain(&HOLD_SUBJECT, values![kind, id]));
        self.push(Step::plain(&NO_ACCOUNT_OF, values![kind, id]).or_stale());
        Ok(())
    }

    pub(crate) fn open_account(&mut self, account: &Account) -> Planned {
        self.push(Step::plain(&ADD_ACCOUNT, account_row(account)?));
        self.add_logins(account);
        Ok(())
    }

    fn add_logins(&mut self, account: &Account) {
        let row =
            |(rank, login): (i64, &Login)| values![login.kind().code(), login.as_str(), account.id, rank];
        self.many(&ADD_LOGINS, (1..).zip(&account.logins).map(row).collect());
    }

    pub(crate) fn open_session(&mut self, session: &Session) {
        self.push(Step::plain(&ADD_SESSION, session_row(session)));
        // Sessions of two days ago have ended; a login is a good time to sweep.
        let ended = session.opened_at.checked_sub_signed(chrono::TimeDelta::days(2));
        self.push(Step::plain(&DROP_OLD_SESSIONS, values![ended]));
    }

    pub(crate) fn change_account(&mut self, change: AccountChange) -> Planned {
        match change {
            AccountChange::Save(account) => {
                self.push(Step::plain(&SAVE_ACCOUNT, account_row(&account)?).or_stale());
                self.push(Step::plain(&DROP_LOGINS, values![account.id]));
                self.add_logins(&account);
            }
            AccountChange::Accept(account, accepted) => {
                let values = values![account, accepted.version, accepted.digest, accepted.at];
                self.push(Step::plain(&ADD_ACCEPTANCE, values));
            }
            AccountChange::EndSessions(account, None) => {
                self.push(Step::plain(&END_SESSIONS, values![account]));
            }
            AccountChange::EndSessions(account, Some(but)) => {
                self.push(Step::plain(&END_OTHER_SESSIONS, values![account, but.0]));
            }
            AccountChange::SaveSession(session) => {
                self.push(Step::plain(&SAVE_SESSION, session_row(&session)));
            }
            AccountChange::SaveChallenge(challenge) => {
                self.push(Step::plain(&SAVE_CHALLENGE, challenge_row(&challenge)?));
            }
            AccountChange::Count(tally) => {
                let count = self.counted.entry(tally).or_insert(0);
                *count = count.saturating_add(1);
            }
            AccountChange::SaveLock(key, lock) => {
                let (kind, subject) = kept_lock(key);
                let values = values![kind, subject, lock.attempts, lock.last_at, lock.paused_until];
                self.push(Step::plain(&SAVE_LOCK, values));
            }
            AccountChange::DropLock(key) => {
                let (kind, subject) = kept_lock(key);
                self.push(Step::plain(&DROP_LOCK, values![kind, subject]));
            }
            AccountChange::Refuse(refused) => {
                let source = refused.source.0.as_slice();
                let values = values![refused.id, refused.at, refused.phone, source, refused.why.code()];
                self.push(Step::plain(&ADD_REFUSED, values));
            }
            AccountChange::SaveMandate(mandate) => {
                let rights = mandate.rights;
                let values = values![
                    mandate.id,
                    mandate.employer,
                    mandate.invited.as_str(),
                    mandate.account,
                    rights.declare,
                    rights.pay,
                    rights.read,
                    mandate.given_by,
                    mandate.given_at,
                    mandate.withdrawn_at,
                    mandate.changed_by,
                    mandate.version.0,
                ];
                self.push(Step::plain(&SAVE_MANDATE, values));
            }
            AccountChange::SaveAgent(agent) => {
                let last_step = agent.last_step.map(i64::try_from).transpose().map_err(inconsistent)?;
                let values = values![
                    agent.account,
                    json(&agent.roles)?,
                    agent.second,
                    last_step,
                    agent.recovery.concat(),
                    agent.changed_by,
                    agent.version.0,
                ];
                self.push(Step::plain(&SAVE_AGENT, values));
            }
            AccountChange::RegisterBeneficiary(new) => {
                let (surname, forenames) = (new.surname.as_str(), new.forenames.as_str());
                let values = values![new.id, new.insured, surname, forenames, new.birth_date];
                self.push(Step::plain(&ADD_BENEFICIARY, values));
            }
            AccountChange::RecordPaper(paper) => {
                self.push(Step::plain(&SAVE_PAPER, paper_row(&paper)).or_taken("paper"));
            }
        }
        Ok(())
    }

    /// All that was counted, at the end and in one order for everybody: some counts are everybody's.
    pub(crate) fn add_counts(&mut self) {
        let counted: BTreeMap<Tally, i64> = std::mem::take(&mut self.counted);
        let row = |(tally, more): (Tally, i64)| {
            let (kind, subject) = kept_tally(&tally);
            values![kind, subject, tally.window, more, tally.ends_at()]
        };
        self.many(&COUNT, counted.into_iter().map(row).collect());
    }
}
