//! Having an account at the counter: signing up, codes, passwords, contacts, the charter, mandates.
//!
//! Each use case loads as many facts whether they are there or not, decides, and commits once. The
//! edge makes one hash on every path and passes it in.

use uuid::Uuid;

use super::login::Present;
use super::{Desk, DeskError, TRIES};
use crate::access::Subject;
use crate::account::budget::{self, Counts};
use crate::account::sign_up::{self, Begin, Claims, Confirm, Form, Register};
use crate::account::{
    Accepted, Account, BlockReason, Challenge, ChallengeState, CodeKey, Login, PaperHolder, Purpose, Source,
    Tally, TallyKey, charter, contact, recover, standing,
};
use crate::decision::{Decision, Moment, Receipt};
use crate::fund::{AccessRules, Activation, Channel, Way};
use crate::id::{AccountId, BeneficiaryId, ChallengeId, EmployerId, InsuredId, RequestKey};
use crate::person::{Email, Phone};
use crate::port::{AccountStore, CommitError, StoreError};
use crate::refusal::Refusal;

/// Whose request it is to begin something: from where, and the key by which a second one like it is
/// known.
#[derive(Clone, Copy, Debug)]
pub struct Asked {
    /// Where it comes from.
    pub source: Source,
    /// The same for the same request; none for one that is always new.
    pub request: Option<RequestKey>,
}

impl From<Source> for Asked {
    fn from(source: Source) -> Self {
        Self { source, request: None }
    }
}

/// Decides on fresh facts and commits, again when somebody else was faster; ends the use case.
///
/// A macro, for a function that is given an asynchronous closure makes futures that no thread may
/// hand to another.
macro_rules! settle {
    // A request that may come twice, by a double click or a bad line, makes one challenge.
    ($desk:expr, $at:expr, $request:expr, $decide:block) => {{
        for _ in 0..TRIES {
            if let Some(known) = $desk.asked_before($request).await? {
                return Ok(known);
            }
            let decision = $decide;
            if let Some(outcome) = $desk.settled_once(decision, $request, $at).await? {
                return Ok(outcome?);
            }
        }
        Err(Refusal::Stale.into())
    }};
    ($desk:expr, $at:expr, $decide:block) => {{
        for _ in 0..TRIES {
            let decision = $decide;
            if let Some(outcome) = $desk.settled(decision, $at).await? {
                return Ok(outcome?);
            }
        }
        Err(Refusal::Stale.into())
    }};
}

pub(super) use settle;

impl Desk {
    /// The rules of access, for who signs up.
    ///
    /// # Errors
    /// [`Refusal::NoSignUp`] where the fund's papers do not say.
    pub fn access(&self) -> Result<&AccessRules, Refusal> {
        self.fund.access.as_ref().ok_or(Refusal::NoSignUp)
    }

    pub(super) fn kept(&self) -> Result<&dyn AccountStore, StoreError> {
        let none = || StoreError::Unavailable("this store keeps no sign-ups".to_owned());
        self.store.accounts().ok_or_else(none)
    }

    fn way(&self, code: &str) -> Result<&Way, Refusal> {
        self.access()?.way(code).ok_or(Refusal::NotFound)
    }

    /// Commits a decision; none when it must be made again: somebody else was faster, or took the
    /// login meanwhile, which is a fact like others.
    pub(super) async fn settled<T>(
        &self,
        decision: Decision<Result<T, Refusal>>,
        at: &Moment,
    ) -> Result<Option<Result<T, Refusal>>, DeskError> {
        match self.commit(decision, None, at).await {
            Err(CommitError::Taken("login")) => Ok(None),
            answer => Ok(answer?),
        }
    }

    /// The challenge that the same request began before.
    async fn asked_before(&self, request: Option<RequestKey>) -> Result<Option<ChallengeId>, DeskError> {
        let Some(key) = request else { return Ok(None) };
        let Some(receipt) = self.store.receipt(key).await? else { return Ok(None) };
        Ok(Some(ChallengeId(receipt.answer.parse().map_err(|_| Refusal::KeyReused)?)))
    }

    /// The same as [`settled`](Self::settled), for what a request begins once.
    async fn settled_once(
        &self,
        decision: Decision<Result<ChallengeId, Refusal>>,
        request: Option<RequestKey>,
        at: &Moment,
    ) -> Result<Option<Result<ChallengeId, Refusal>>, DeskError> {
        let begun = decision.outcome.as_ref().ok().zip(request);
        let receipt = begun.map(|(challenge, key)| Receipt {
            key,
            account: None,
            digest: hmac_sha256::Hash::hash(key.0.as_bytes()),
            answer: challenge.0.to_string(),
        });
        match self.commit(decision, receipt, at).await {
            Err(CommitError::KeyTaken) => Ok(None),
            answer => Ok(answer?),
        }
    }

    async fn budget(&self, phone: Option<&Phone>, source: Source, at: &Moment) -> Result<Counts, DeskError> {
        let asked = budget::asked(phone, source, &self.access()?.budget, &self.fund.phone_prefix, at.now);
        let counts = self.kept()?.counts(&asked).await?;
        let counts = <[u32; 5]>::try_from(counts)
            .map_err(|_| StoreError::Inconsistent("not as many counts as were asked".to_owned()))?;
        Ok(Counts::read(phone, counts))
    }

    /// Begins a sign-up: reads the form, compares it with the register, sends a code.
    ///
    /// `password_hash` is the hash of the chosen password, or of anything at all; `read` the digest
    /// of the charter that the form showed.
    ///
    /// # Errors
    /// Faults of the form alone; [`Refusal::TooManyMessages`].
    #[expect(clippy::too_many_arguments, reason = "each is a fact of its own, and all are needed")]
    pub async fn sign_up(
        &self,
        way: &str,
        form: &Form,
        common: &(dyn Fn(&str) -> bool + Sync),
        password_hash: &str,
        read: Option<&[u8]>,
        asked: impl Into<Asked>,
        at: &Moment,
    ) -> Result<ChallengeId, DeskError> {
        let Asked { source, request } = asked.into();
        let (rules, way) = (self.access()?, self.way(way)?);
        let claims = sign_up::read(&self.fund, rules, way, form, common, at.today)?;
        let accepted = match (rules.charter(at.today), read) {
            (Some(charter), Some(read)) => Some(charter::Accepted::of(charter, read, at.now)?),
            _ => None,
        };
        settle!(self, at, request, {
            let facts = self.register_of(&claims, at).await?;
            let register = facts.register();
            let matched = sign_up::matched(way, &claims, &register, at.today);
            let existing = self.existing(matched.as_ref().map(|(subject, _)| *subject)).await?;
            let holder = existing.as_ref().map_or(AccountId(Uuid::nil()), |account| account.id);
            let warned = Tally::now(TallyKey::Warned(holder), at.now);
            let warned = self.kept()?.counts(&[warned]).await?.first().copied().unwrap_or(0);
            let counts = self.budget(claims.phone.as_ref(), source, at).await?;
            let given = Begin {
                way,
                claims: &claims,
                matched,
                insured: register.insured,
                existing: existing.as_ref(),
                warned,
                password_hash: password_hash.to_owned(),
                accepted: accepted.clone(),
                source,
                counts,
            };
            sign_up::begin(given, &self.fund, rules, at)?
        })
    }

    /// The account that is in the way of another one: as many reads whether there may be one or not.
    async fn existing(&self, of: Option<Subject>) -> Result<Option<Account>, StoreError> {
        let one = of.filter(|subject| subject.has_one_account());
        self.kept()?.account_of(one.unwrap_or(NOBODY)).await
    }

    /// What the register says of what was typed: six reads, whatever is there.
    async fn register_of(&self, claims: &Claims, at: &Moment) -> Result<Facts, DeskError> {
        let kept = self.kept()?;
        let employer = match &claims.employer {
            Some(number) => kept.employer_by_number(number).await?,
            None => None,
        };
        let numbers: Vec<_> = claims.insured.into_iter().collect();
        let by_number = self.store.insured_by_numbers(&numbers).await?.into_iter().next();
        let paper = match &claims.document {
            Some(number) => kept.paper(number).await?,
            None => None,
        };
        let (insured, beneficiary) = match paper.as_ref().map(|paper| paper.holder) {
            Some(PaperHolder::Insured(id)) => (id, BeneficiaryId(Uuid::nil())),
            Some(PaperHolder::Beneficiary(id)) => (InsuredId(Uuid::nil()), id),
            None => (InsuredId(Uuid::nil()), BeneficiaryId(Uuid::nil())),
        };
        let by_paper = self.store.insured(insured).await?;
        let beneficiary = kept.beneficiary(beneficiary).await?;
        // A number that was typed is whom it names; without one, the paper names its holder.
        let insured = if claims.insured.is_some() { by_number } else { by_paper };
        let (at_employer, person) = (
            employer.as_ref().map_or(EmployerId(Uuid::nil()), |e| e.id),
            insured.as_ref().map_or(InsuredId(Uuid::nil()), |i| i.id),
        );
        let employed = kept.employed(at_employer, person, at.today).await?;
        Ok(Facts { employer, insured, employed, paper, beneficiary })
    }

    /// The code of a sign-up was typed. The answer is the same whether an account is opened or not.
    ///
    /// `first_hash` is the hash of [`CodeKey::first_password`], or of anything at all.
    ///
    /// # Errors
    /// What is wrong with the code.
    pub async fn confirm_sign_up(
        &self,
        id: ChallengeId,
        typed: &str,
        key: &CodeKey,
        first_hash: &str,
        at: &Moment,
    ) -> Result<Activation, DeskError> {
        let rules = self.access()?;
        settle!(self, at, {
            let challenge = self.challenge(id).await?;
            let (subject, login) = match &challenge.purpose {
                Purpose::SignUp(application) => (application.subject, application.login.clone()),
                _ => (None, None),
            };
            let existing = self.existing(subject).await?;
            let login_taken = match login {
                Some(login) => self.store.account_by_login(&login).await?,
                None => None,
            };
            let given = Confirm {
                challenge: &challenge,
                typed,
                existing: existing.as_ref(),
                login_taken: login_taken.as_ref(),
                first_hash: first_hash.to_owned(),
            };
            sign_up::confirm(given, key, rules, at)
        })
    }

    /// The challenge of a page's address.
    ///
    /// # Errors
    /// [`Refusal::NotFound`].
    pub async fn challenge(&self, id: ChallengeId) -> Result<Challenge, DeskError> {
        Ok(self.kept()?.challenge(id).await?.ok_or(Refusal::NotFound)?)
    }

    /// The code is sent again, or to a corrected address or phone.
    ///
    /// # Errors
    /// Why not, or not yet.
    pub async fn send_code_again(
        &self,
        id: ChallengeId,
        corrected: Option<(Option<Email>, Option<Phone>)>,
        at: &Moment,
    ) -> Result<(), DeskError> {
        let rules = self.access()?;
        settle!(self, at, {
            let challenge = self.challenge(id).await?;
            let phone = corrected.as_ref().map_or(challenge.phone.as_ref(), |(_, phone)| phone.as_ref());
            let counts = self.budget(phone, challenge.source, at).await?;
            sign_up::send_again(&challenge, corrected.clone(), &counts, &self.fund, rules, at)
        })
    }

    /// The account that a typed text names, by all that it may mean; as many reads in any case.
    pub(super) async fn named(&self, typed: &str) -> Result<(Option<Account>, Vec<Login>), DeskError> {
        let candidates = Login::candidates(&self.rules().logins, typed);
        let mut account = None;
        for login in &candidates {
            let found = self.store.account_by_login(login).await?;
            account = account.or(found);
        }
        Ok((account, candidates))
    }

    /// Begins a recovery: an identifier, and the choice of SMS or e-mail. The answer is the same
    /// whether there is such an account or not.
    ///
    /// # Errors
    /// [`Refusal::TooManyMessages`].
    pub async fn recover(
        &self,
        identifier: &str,
        channel: Channel,
        asked: impl Into<Asked>,
        at: &Moment,
    ) -> Result<ChallengeId, DeskError> {
        let rules = self.access()?;
        let Asked { source, request } = asked.into();
        settle!(self, at, request, {
            let (mut account, _) = self.named(identifier).await?;
            // By the paper too: « numéro d'immatriculation ou numéro CNIE ».
            let by_paper = match crate::account::PaperNumber::read(identifier) {
                Some(number) => self.kept()?.paper(&number).await?,
                None => None,
            };
            let subject = by_paper.map_or(NOBODY, |paper| match paper.holder {
                PaperHolder::Insured(id) => Subject::Insured(id),
                PaperHolder::Beneficiary(id) => Subject::Beneficiary(id),
            });
            let of_paper = self.kept()?.account_of(subject).await?;
            account = account.or(of_paper);
            let phone = account.as_ref().and_then(|a| a.phone.as_ref()).filter(|_| channel == Channel::Sms);
            let counts = self.budget(phone, source, at).await?;
            recover::begin(account.as_ref(), channel, source, &counts, &self.fund, rules, at)
        })
    }

    /// The code of a recovery was typed.
    ///
    /// # Errors
    /// What is wrong with the code.
    pub async fn confirm_recovery(
        &self,
        id: ChallengeId,
        typed: &str,
        key: &CodeKey,
        at: &Moment,
    ) -> Result<(), DeskError> {
        let rules = self.access()?;
        settle!(self, at, { recover::confirm(&self.challenge(id).await?, typed, key, rules, at) })
    }

    /// What the new password after a recovery must not contain; told to who gave the right code alone.
    ///
    /// # Errors
    /// [`Refusal::CodeExpired`] when the code was not confirmed, or has served.
    pub async fn personal_of_recovery(&self, id: ChallengeId) -> Result<Vec<String>, DeskError> {
        let challenge = self.challenge(id).await?;
        let (Purpose::Recover(Some(account)), ChallengeState::Confirmed) =
            (challenge.purpose, challenge.state)
        else {
            return Err(Refusal::CodeExpired.into());
        };
        Ok(self.store.account(account).await?.ok_or(Refusal::CodeExpired)?.personal())
    }

    /// The new password after a recovery, hashed at the edge; all sessions end.
    ///
    /// # Errors
    /// [`Refusal::CodeExpired`] when the code was not confirmed, has served, or is too old.
    pub async fn set_recovered_password(
        &self,
        id: ChallengeId,
        hash: &str,
        at: &Moment,
    ) -> Result<(), DeskError> {
        settle!(self, at, {
            let challenge = self.challenge(id).await?;
            let Purpose::Recover(Some(account)) = challenge.purpose else {
                return Err(Refusal::CodeExpired.into());
            };
            let account = self.store.account(account).await?.ok_or(Refusal::CodeExpired)?;
            done(recover::set_password(&challenge, &account, hash.to_owned(), at)?)
        })
    }

    /// What the holder accepted, in the order of writing, after place `after`; each with its place.
    ///
    /// # Errors
    /// When the store cannot answer.
    pub async fn acceptances(
        &self,
        present: &Present,
        after: i64,
        limit: u32,
    ) -> Result<Vec<(i64, Accepted)>, DeskError> {
        Ok(self.kept()?.acceptances(present.account.id, after, limit).await?)
    }

    /// Changes one's own password, hashed at the edge, which has just checked the old one; all
    /// sessions end.
    ///
    /// # Errors
    /// [`Refusal::Stale`] when the account changed meanwhile.
    pub async fn change_password(&self, present: &Present, hash: &str, at: &Moment) -> Result<(), DeskError> {
        let changed = recover::changed(&present.account, hash.to_owned(), at);
        Ok(self.commit(changed, None, at).await?.ok_or(Refusal::Stale)?)
    }

    /// Asks for another address or phone: a code goes there.
    ///
    /// # Errors
    /// [`Refusal::ProveAgain`] when the holder proved who he is too long ago;
    /// [`Refusal::TooManyMessages`]; [`Refusal::NothingChanged`] for both at once, or none.
    pub async fn new_contact(
        &self,
        present: &Present,
        new: (Option<Email>, Option<Phone>),
        source: Source,
        at: &Moment,
    ) -> Result<ChallengeId, DeskError> {
        let rules = self.access()?;
        present.session.need_fresh(&rules.session, at.now)?;
        settle!(self, at, {
            let counts = self.budget(new.1.as_ref(), source, at).await?;
            contact::begin(&present.account, new.clone(), source, &counts, &self.fund, rules, at)
        })
    }

    /// The code that went to the new address or phone was typed.
    ///
    /// # Errors
    /// What is wrong with the code.
    pub async fn confirm_contact(
        &self,
        present: &Present,
        id: ChallengeId,
        typed: &str,
        key: &CodeKey,
        at: &Moment,
    ) -> Result<(), DeskError> {
        let rules = self.access()?;
        settle!(self, at, {
            let challenge = self.challenge(id).await?;
            let account = self.store.account(present.account.id).await?.ok_or(Refusal::NotFound)?;
            let taken = match &challenge.email {
                Some(email) => self.store.account_by_login(&Login::email(email)).await?,
                None => None,
            };
            contact::confirm(&challenge, &account, taken.as_ref(), typed, key, rules, at)
        })
    }

    /// Accepts the charter in force, whose digest the form brought back.
    ///
    /// # Errors
    /// When another text was read, or nothing is to be accepted.
    pub async fn accept_charter(&self, present: &Present, read: &[u8], at: &Moment) -> Result<(), DeskError> {
        let rules = self.access()?;
        settle!(self, at, {
            let account = self.store.account(present.account.id).await?.ok_or(Refusal::NotFound)?;
            done(charter::accept(&account, rules, read, at)?)
        })
    }

    /// The holder reports a theft, a loss or a fraud: the account is blocked, all sessions end.
    ///
    /// # Errors
    /// [`Refusal::AccountBlocked`] when it is already.
    pub async fn block_own(&self, present: &Present, why: BlockReason, at: &Moment) -> Result<(), DeskError> {
        settle!(self, at, {
            let account = self.store.account(present.account.id).await?.ok_or(Refusal::NotFound)?;
            done(standing::block(&account, why, at)?)
        })
    }
}

/// A subject that nobody is: for reads that must be made though nothing is to be found.
const NOBODY: Subject = Subject::Beneficiary(BeneficiaryId(Uuid::nil()));

/// A decision that does not refuse.
pub(super) fn done<T>(decision: Decision<T>) -> Decision<Result<T, Refusal>> {
    let Decision { outcome, expects, changes, notices } = decision;
    Decision { outcome: Ok(outcome), expects, changes, notices }
}

impl<T> Decision<Result<T, Refusal>> {
    pub(super) fn forget(self) -> Decision<Result<(), Refusal>> {
        let Decision { outcome, expects, changes, notices } = self;
        Decision { outcome: outcome.map(|_| ()), expects, changes, notices }
    }
}

/// What the register says of what was typed.
struct Facts {
    employer: Option<crate::employer::Employer>,
    insured: Option<crate::insured::Insured>,
    employed: bool,
    paper: Option<crate::account::Paper>,
    beneficiary: Option<crate::account::Beneficiary>,
}

impl Facts {
    const fn register(&self) -> Register<'_> {
        Register {
            employer: self.employer.as_ref(),
            insured: self.insured.as_ref(),
            employed: self.employed,
            paper: self.paper.as_ref(),
            beneficiary: self.beneficiary.as_ref(),
        }
    }
}
