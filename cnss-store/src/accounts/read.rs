//! Reading accounts and what belongs to them.

use chrono::NaiveDate;
use cnss_core::access::Subject;
use cnss_core::account::budget::Spent;
use cnss_core::account::{
    Accepted, Account, Agent, Beneficiary, Challenge, ChallengeState, Lock, LockKey, Login, Mandate, Paper,
    PaperHolder, PaperNumber, Purpose, RefusedSend, Rights, Session, SessionKind, Source, State, Tally,
    TokenHash,
};
use cnss_core::employer::Employer;
use cnss_core::fund::LoginKind;
use cnss_core::id::{
    AccountId, BeneficiaryId, ChallengeId, EmployerId, EmployerNumber, InsuredId, MandateId, Version,
};
use cnss_core::person::{Email, Phone};
use cnss_core::port::{AccountStore, BoxFuture, Forget, StoreError};
use uuid::Uuid;

use super::{kept_lock, kept_subject, kept_tally, of_word, subject};
use crate::fault::unavailable;
use crate::read::limited;
use crate::store::SqlStore;
use crate::waist::{Row, nonsense, statements, values};

/// The columns of an account, and one of its logins a row.
macro_rules! accounts_where {
    ($which:literal) => {
        concat!(
            "SELECT e.account_id, e.password_hash, e.must_change, e.password_until, e.email, e.phone, e.subject_kind, e.subject_id, \
             e.holder, e.state, e.state_since, e.block_reason, e.told, e.accepted_version, \
             e.accepted_digest, e.accepted_at, e.version, l.kind, l.login, l.login_rank FROM ",
            $which,
            " AS e LEFT JOIN account_login AS l ON l.account_id = e.account_id ORDER BY e.account_id"
        )
    };
}

statements! {
    ACCOUNT = accounts_where!("(SELECT * FROM account WHERE account_id = $1)");
    ACCOUNT_BY_LOGIN = accounts_where!("(SELECT * FROM account WHERE account_id = (SELECT account_id \
                                        FROM account_login WHERE kind = $1 AND login = $2))");
    ACCOUNT_OF = accounts_where!("(SELECT * FROM account WHERE subject_kind = $1 AND subject_id = $2 \
                                  ORDER BY account_id LIMIT 1)");
    // Of mandataries and agents, who have no identity beside their account.
    ACCOUNT_OF_KIND = accounts_where!("(SELECT * FROM account WHERE subject_kind = $1 AND subject_id IS NULL \
                                       ORDER BY account_id LIMIT 1)");
    WAITING_ACCOUNTS = accounts_where!("(SELECT * FROM account WHERE state = 'waiting' AND account_id > $1 \
                                        ORDER BY account_id LIMIT $2)");
    BLOCKED_ACCOUNTS = accounts_where!("(SELECT * FROM account WHERE state = 'blocked' AND account_id > $1 \
                                        ORDER BY account_id LIMIT $2)");
    SESSION = "SELECT token_hash, account_id, opened_at, used_at, kind, device, mandate_id, proven_at, second \
               FROM session WHERE token_hash = $1";
    SESSIONS_OF = "SELECT token_hash, account_id, opened_at, used_at, kind, device, mandate_id, proven_at, second \
                   FROM session WHERE account_id = $1 AND token_hash > $2 ORDER BY token_hash LIMIT $3";
    EMPLOYER_BY_NUMBER = "SELECT employer_id, number, name, category, registered_on FROM employer WHERE number = $1";
    EMPLOYED = "SELECT insured_id FROM employment WHERE employer_id = $1 AND insured_id = $2 AND hired_on <= $3 \
                AND (left_on IS NULL OR left_on >= $3)";
    PAPER = "SELECT holder_kind, holder_id, expires_on FROM paper WHERE number = $1";
    BENEFICIARY = "SELECT insured_id, surname, forenames, birth_date FROM beneficiary WHERE beneficiary_id = $1";
    CHALLENGE = "SELECT purpose, account_id, application, email, phone, source, made_at, sent_at, expires_at, \
                 generation, attempts, sent, state, version FROM challenge WHERE challenge_id = $1";
    LOCK = "SELECT attempts, last_at, paused_until FROM password_lock WHERE kind = $1 AND subject = $2 AND attempts > 0";
    COUNTS(place: Int, kind: Text, subject: Text, period: Int) =
        "SELECT r.place, t.counted FROM r JOIN tally AS t ON t.kind = r.kind AND t.subject = r.subject \
         AND t.period = r.period";
    MANDATE = "SELECT mandate_id, employer_id, invited, account_id, may_declare, may_pay, may_read, given_by, given_at, \
               withdrawn_at, changed_by, version FROM mandate WHERE mandate_id = $1";
    MANDATES_OF = "SELECT mandate_id, employer_id, invited, account_id, may_declare, may_pay, may_read, given_by, \
                   given_at, withdrawn_at, changed_by, version FROM mandate \
                   WHERE employer_id = $1 AND mandate_id > $2 ORDER BY mandate_id LIMIT $3";
    MANDATES_FOR = "SELECT mandate_id, employer_id, invited, account_id, may_declare, may_pay, may_read, given_by, \
                    given_at, withdrawn_at, changed_by, version FROM mandate \
                    WHERE account_id = $1 AND mandate_id > $2 ORDER BY mandate_id LIMIT $3";
    MANDATES_OFFERED = "SELECT mandate_id, employer_id, invited, account_id, may_declare, may_pay, may_read, given_by, \
                        given_at, withdrawn_at, changed_by, version FROM mandate WHERE invited = $1 \
                        AND account_id IS NULL AND withdrawn_at IS NULL AND mandate_id > $2 ORDER BY mandate_id LIMIT $3";
    AGENT = "SELECT roles, second, last_step, recovery, changed_by, version FROM agent WHERE account_id = $1";
    AGENTS = "SELECT account_id, roles, second, last_step, recovery, changed_by, version FROM agent \
              WHERE account_id > $1 ORDER BY account_id LIMIT $2";
    REFUSED_SENDS = "SELECT place, refused_id, refused_at, phone, source, why FROM refused_send \
                     WHERE place < $1 ORDER BY place DESC LIMIT $2";
    ACCEPTANCES = "SELECT place, version, digest, accepted_at FROM acceptance \
                   WHERE account_id = $1 AND place > $2 ORDER BY place LIMIT $3";
}

fn email(row: &Row, column: &str) -> Result<Option<Email>, StoreError> {
    let text = row.optional::<String>(column)?;
    text.map(|text| Email::parse(&text).map_err(|_| nonsense(column))).transpose()
}

fn phone(row: &Row, column: &str) -> Result<Option<Phone>, StoreError> {
    let text = row.optional::<String>(column)?;
    text.map(|text| Phone::parse(&text).map_err(|_| nonsense(column))).transpose()
}

fn source(row: &Row) -> Result<Source, StoreError> {
    Ok(Source(row.get::<Vec<u8>>("source")?.try_into().map_err(|_| nonsense("source"))?))
}

/// An account without its logins.
pub(crate) fn account(row: &Row) -> Result<Account, StoreError> {
    let kind = row.get::<String>("subject_kind")?;
    let subject = subject(&kind, row.optional("subject_id")?).ok_or_else(|| nonsense("subject_kind"))?;
    let state = match row.get::<String>("state")?.as_str() {
        "active" => State::Active,
        "waiting" => State::Waiting { since: row.get("state_since")?, told: row.json("told")? },
        "blocked" => State::Blocked {
            since: row.get("state_since")?,
            why: of_word("block_reason", row.get("block_reason")?)?,
        },
        _ => return Err(nonsense("state")),
    };
    let accepted = match row.optional::<String>("accepted_version")? {
        Some(version) => {
            Some(Accepted { version, digest: row.digest("accepted_digest")?, at: row.get("accepted_at")? })
        }
        None => None,
    };
    Ok(Account {
        id: row.id("account_id", AccountId)?,
        logins: Vec::new(),
        password_hash: row.get("password_hash")?,
        must_change: row.get("must_change")?,
        password_until: row.optional("password_until")?,
        email: email(row, "email")?,
        phone: phone(row, "phone")?,
        subject,
        holder: row.name("holder")?,
        state,
        accepted,
        version: Version(row.get("version")?),
    })
}

fn login(row: &Row) -> Result<Option<(i64, Login)>, StoreError> {
    let Some(text) = row.optional::<String>("login")? else { return Ok(None) };
    let kind: LoginKind = of_word("kind", row.get("kind")?)?;
    let login = Login::read(kind, &text).ok_or_else(|| nonsense("login"))?;
    Ok(Some((row.get("login_rank")?, login)))
}

/// Accounts in the order of the rows, of which each has one of their logins.
fn accounts(rows: &[Row]) -> Result<Vec<Account>, StoreError> {
    let mut found: Vec<(Account, Vec<(i64, Login)>)> = Vec::new();
    for row in rows {
        let id = row.id("account_id", AccountId)?;
        if found.last().is_none_or(|(last, _)| last.id != id) {
            found.push((account(row)?, Vec::new()));
        }
        if let Some((_, logins)) = found.last_mut() {
            logins.extend(login(row)?);
        }
    }
    let whole = |(account, mut logins): (Account, Vec<(i64, Login)>)| {
        logins.sort_by_key(|(rank, _)| *rank);
        Account { logins: logins.into_iter().map(|(_, login)| login).collect(), ..account }
    };
    Ok(found.into_iter().map(whole).collect())
}

fn session(row: &Row) -> Result<Session, StoreError> {
    Ok(Session {
        token: TokenHash(row.digest("token_hash")?),
        account: row.id("account_id", AccountId)?,
        opened_at: row.get("opened_at")?,
        used_at: row.get("used_at")?,
        kind: if row.get::<String>("kind")? == "program" {
            SessionKind::Program
        } else {
            SessionKind::Browser
        },
        device: row.get("device")?,
        acting: row.optional("mandate_id")?.map(MandateId),
        proven_at: row.get("proven_at")?,
        second: row.get("second")?,
    })
}

fn challenge(id: ChallengeId, row: &Row) -> Result<Challenge, StoreError> {
    let account = row.optional("account_id")?.map(AccountId);
    let purpose = match (row.get::<String>("purpose")?.as_str(), account) {
        ("sign_up", None) => Purpose::SignUp(row.json("application")?),
        ("recover", account) => Purpose::Recover(account),
        ("contact", Some(account)) => Purpose::Contact(account),
        _ => return Err(nonsense("purpose")),
    };
    let state = match row.get::<String>("state")?.as_str() {
        "open" => ChallengeState::Open,
        "confirmed" => ChallengeState::Confirmed,
        "spent" => ChallengeState::Spent,
        "closed" => ChallengeState::Closed,
        _ => return Err(nonsense("state")),
    };
    Ok(Challenge {
        id,
        purpose,
        email: email(row, "email")?,
        phone: phone(row, "phone")?,
        source: source(row)?,
        made_at: row.get("made_at")?,
        sent_at: row.get("sent_at")?,
        expires_at: row.get("expires_at")?,
        generation: row.count("generation")?,
        attempts: row.count("attempts")?,
        sent: row.count("sent")?,
        state,
        version: Version(row.get("version")?),
    })
}

pub(crate) fn mandate(row: &Row) -> Result<Mandate, StoreError> {
    Ok(Mandate {
        id: row.id("mandate_id", MandateId)?,
        employer: row.id("employer_id", EmployerId)?,
        invited: email(row, "invited")?.ok_or_else(|| nonsense("invited"))?,
        account: row.optional("account_id")?.map(AccountId),
        rights: Rights {
            declare: row.get("may_declare")?,
            pay: row.get("may_pay")?,
            read: row.get("may_read")?,
        },
        given_by: row.id("given_by", AccountId)?,
        given_at: row.get("given_at")?,
        withdrawn_at: row.optional("withdrawn_at")?,
        changed_by: row.id("changed_by", AccountId)?,
        version: Version(row.get("version")?),
    })
}

pub(crate) fn agent(account: AccountId, row: &Row) -> Result<Agent, StoreError> {
    let recovery: Vec<u8> = row.get("recovery")?;
    let (digests, rest) = recovery.as_chunks::<32>();
    if !rest.is_empty() {
        return Err(nonsense("recovery"));
    }
    let last_step = row.optional::<i64>("last_step")?.map(u64::try_from).transpose();
    Ok(Agent {
        account,
        roles: row.json("roles")?,
        second: row.optional("second")?,
        last_step: last_step.map_err(|_| nonsense("last_step"))?,
        recovery: digests.to_vec(),
        changed_by: row.id("changed_by", AccountId)?,
        version: Version(row.get("version")?),
    })
}

fn refused(row: &Row) -> Result<RefusedSend, StoreError> {
    Ok(RefusedSend {
        id: row.get("refused_id")?,
        at: row.get("refused_at")?,
        phone: row.optional("phone")?,
        source: source(row)?,
        why: Spent::from_code(&row.get::<String>("why")?).ok_or_else(|| nonsense("why"))?,
    })
}

impl SqlStore {
    pub(crate) async fn read_account_by_login(&self, login: &Login) -> Result<Option<Account>, StoreError> {
        let rows = self.all(&ACCOUNT_BY_LOGIN, values![login.kind().code(), login.as_str()]).await?;
        Ok(accounts(&rows)?.pop())
    }

    pub(crate) async fn read_account(&self, id: AccountId) -> Result<Option<Account>, StoreError> {
        Ok(accounts(&self.all(&ACCOUNT, values![id]).await?)?.pop())
    }

    pub(crate) async fn read_session(&self, token: TokenHash) -> Result<Option<Session>, StoreError> {
        self.one(&SESSION, values![token.0]).await?.as_ref().map(session).transpose()
    }

    pub(crate) async fn read_lock(&self, key: LockKey) -> Result<Option<Lock>, StoreError> {
        let (kind, subject) = kept_lock(key);
        let Some(row) = self.one(&LOCK, values![kind, subject]).await? else { return Ok(None) };
        Ok(Some(Lock {
            attempts: row.count("attempts")?,
            last_at: row.get("last_at")?,
            paused_until: row.optional("paused_until")?,
        }))
    }

    async fn read_paper(&self, number: &PaperNumber) -> Result<Option<Paper>, StoreError> {
        let Some(row) = self.one(&PAPER, values![number.as_str()]).await? else { return Ok(None) };
        let id = row.get("holder_id")?;
        let holder = match row.get::<String>("holder_kind")?.as_str() {
            "insured" => PaperHolder::Insured(InsuredId(id)),
            "beneficiary" => PaperHolder::Beneficiary(BeneficiaryId(id)),
            _ => return Err(nonsense("holder_kind")),
        };
        Ok(Some(Paper { number: number.clone(), holder, expires_on: row.optional("expires_on")? }))
    }

    async fn read_counts(&self, tallies: &[Tally]) -> Result<Vec<u32>, StoreError> {
        let asked: Vec<_> = (0_i64..20).zip(tallies).collect();
        let row = |(place, tally): &(i64, &Tally)| {
            let (kind, subject) = kept_tally(tally);
            values![*place, kind, subject, tally.window]
        };
        let rows: Vec<_> = asked.iter().map(row).collect();
        let found = self.reading().rows(&COUNTS, &rows).await.map_err(unavailable)?;
        let mut counts = vec![0_u32; asked.len()];
        for row in &found {
            let place: usize = row.count("place")?;
            *counts.get_mut(place).ok_or_else(|| nonsense("place"))? = row.count("counted")?;
        }
        Ok(counts)
    }
}

impl AccountStore for SqlStore {
    fn account_of(&self, subject: Subject) -> BoxFuture<'_, Result<Option<Account>, StoreError>> {
        Box::pin(async move {
            let rows = match kept_subject(subject)? {
                (kind, Some(id)) => self.all(&ACCOUNT_OF, values![kind, id]).await?,
                (kind, None) => self.all(&ACCOUNT_OF_KIND, values![kind]).await?,
            };
            Ok(accounts(&rows)?.pop())
        })
    }

    fn employer_by_number<'a>(
        &'a self,
        number: &'a EmployerNumber,
    ) -> BoxFuture<'a, Result<Option<Employer>, StoreError>> {
        Box::pin(async move {
            let row = self.one(&EMPLOYER_BY_NUMBER, values![number.as_str()]).await?;
            let employer = |row: &Row| {
                Ok(Employer {
                    id: row.id("employer_id", EmployerId)?,
                    number: row.parse("number")?,
                    name: row.name("name")?,
                    category: row.get("category")?,
                    registered_on: row.get("registered_on")?,
                })
            };
            row.as_ref().map(employer).transpose()
        })
    }

    fn employed(
        &self,
        employer: EmployerId,
        insured: InsuredId,
        on: NaiveDate,
    ) -> BoxFuture<'_, Result<bool, StoreError>> {
        Box::pin(async move { Ok(self.one(&EMPLOYED, values![employer, insured, on]).await?.is_some()) })
    }

    fn paper<'a>(&'a self, number: &'a PaperNumber) -> BoxFuture<'a, Result<Option<Paper>, StoreError>> {
        Box::pin(self.read_paper(number))
    }

    fn beneficiary(&self, id: BeneficiaryId) -> BoxFuture<'_, Result<Option<Beneficiary>, StoreError>> {
        Box::pin(async move {
            let Some(row) = self.one(&BENEFICIARY, values![id]).await? else { return Ok(None) };
            Ok(Some(Beneficiary {
                id,
                insured: row.id("insured_id", InsuredId)?,
                surname: row.name("surname")?,
                forenames: row.name("forenames")?,
                birth_date: row.get("birth_date")?,
            }))
        })
    }

    fn challenge(&self, id: ChallengeId) -> BoxFuture<'_, Result<Option<Challenge>, StoreError>> {
        Box::pin(async move {
            let row = self.one(&CHALLENGE, values![id]).await?;
            row.map(|row| challenge(id, &row)).transpose()
        })
    }

    fn counts<'a>(&'a self, tallies: &'a [Tally]) -> BoxFuture<'a, Result<Vec<u32>, StoreError>> {
        Box::pin(self.read_counts(tallies))
    }

    fn sessions_of(
        &self,
        account: AccountId,
        after: Option<TokenHash>,
        limit: u32,
    ) -> BoxFuture<'_, Result<Vec<Session>, StoreError>> {
        Box::pin(async move {
            // Nothing comes before every digest.
            let after = after.map_or_else(Vec::new, |token| token.0.to_vec());
            let rows = self.all(&SESSIONS_OF, values![account, after, limited(limit)]).await?;
            rows.iter().map(session).collect()
        })
    }

    fn mandate(&self, id: MandateId) -> BoxFuture<'_, Result<Option<Mandate>, StoreError>> {
        Box::pin(async move { self.one(&MANDATE, values![id]).await?.as_ref().map(mandate).transpose() })
    }

    fn mandates_of(
        &self,
        employer: EmployerId,
        after: Option<MandateId>,
        limit: u32,
    ) -> BoxFuture<'_, Result<Vec<Mandate>, StoreError>> {
        Box::pin(async move {
            let after = after.map_or(Uuid::nil(), |id| id.0);
            let rows = self.all(&MANDATES_OF, values![employer, after, limited(limit)]).await?;
            rows.iter().map(mandate).collect()
        })
    }

    fn mandates_for(
        &self,
        account: AccountId,
        after: Option<MandateId>,
        limit: u32,
    ) -> BoxFuture<'_, Result<Vec<Mandate>, StoreError>> {
        Box::pin(async move {
            let after = after.map_or(Uuid::nil(), |id| id.0);
            let rows = self.all(&MANDATES_FOR, values![account, after, limited(limit)]).await?;
            rows.iter().map(mandate).collect()
        })
    }

    fn mandates_offered<'a>(
        &'a self,
        invited: &'a Email,
        after: Option<MandateId>,
        limit: u32,
    ) -> BoxFuture<'a, Result<Vec<Mandate>, StoreError>> {
        Box::pin(async move {
            let after = after.map_or(Uuid::nil(), |id| id.0);
            let rows = self.all(&MANDATES_OFFERED, values![invited.as_str(), after, limited(limit)]).await?;
            rows.iter().map(mandate).collect()
        })
    }

    fn agent(&self, account: AccountId) -> BoxFuture<'_, Result<Option<Agent>, StoreError>> {
        Box::pin(async move {
            let row = self.one(&AGENT, values![account]).await?;
            row.map(|row| agent(account, &row)).transpose()
        })
    }

    fn waiting_accounts(
        &self,
        after: Option<AccountId>,
        limit: u32,
    ) -> BoxFuture<'_, Result<Vec<Account>, StoreError>> {
        Box::pin(async move {
            let after = after.map_or(Uuid::nil(), |id| id.0);
            accounts(&self.all(&WAITING_ACCOUNTS, values![after, limited(limit)]).await?)
        })
    }

    fn blocked_accounts(
        &self,
        after: Option<AccountId>,
        limit: u32,
    ) -> BoxFuture<'_, Result<Vec<Account>, StoreError>> {
        Box::pin(async move {
            let after = after.map_or(Uuid::nil(), |id| id.0);
            accounts(&self.all(&BLOCKED_ACCOUNTS, values![after, limited(limit)]).await?)
        })
    }

    fn agents(&self, after: Option<AccountId>, limit: u32) -> BoxFuture<'_, Result<Vec<Agent>, StoreError>> {
        Box::pin(async move {
            let after = after.map_or(Uuid::nil(), |id| id.0);
            let rows = self.all(&AGENTS, values![after, limited(limit)]).await?;
            rows.iter().map(|row| agent(row.id("account_id", AccountId)?, row)).collect()
        })
    }

    fn refused_sends(
        &self,
        before: Option<i64>,
        limit: u32,
    ) -> BoxFuture<'_, Result<Vec<(i64, RefusedSend)>, StoreError>> {
        Box::pin(async move {
            let before = before.unwrap_or(i64::MAX);
            let rows = self.all(&REFUSED_SENDS, values![before, limited(limit)]).await?;
            rows.iter().map(|row| Ok((row.get("place")?, refused(row)?))).collect()
        })
    }

    fn acceptances(
        &self,
        account: AccountId,
        after: i64,
        limit: u32,
    ) -> BoxFuture<'_, Result<Vec<(i64, Accepted)>, StoreError>> {
        Box::pin(async move {
            let rows = self.all(&ACCEPTANCES, values![account, after, limited(limit)]).await?;
            let accepted = |row: &Row| {
                Ok(Accepted {
                    version: row.get("version")?,
                    digest: row.digest("digest")?,
                    at: row.get("accepted_at")?,
                })
            };
            rows.iter().map(|row| Ok((row.get("place")?, accepted(row)?))).collect()
        })
    }

    fn forget(&self, before: Forget) -> BoxFuture<'_, Result<u64, StoreError>> {
        let store = self.clone();
        Box::pin(crate::store::alone(async move { store.sweep(before).await }))
    }
}
