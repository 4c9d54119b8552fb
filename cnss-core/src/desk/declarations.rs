//! The wage declaration at the counter: where a quarter stands, its draft, filing, correcting.

use std::collections::BTreeSet;

use chrono::NaiveDate;

use super::{Desk, DeskError, TRIES};
use crate::access::Actor;
use crate::calendar::Quarter;
use crate::decision::{Change, Decision, Expect, Moment, Receipt, ReturnedFile};
use crate::declaration::prepare::{Prepared, prepare};
use crate::declaration::sheet::{Expected, RawReader, Register, Registered, Unregistered};
use crate::declaration::submit::{Submission, submit};
use crate::declaration::{Draft, Filed, Line, RawLine, correct};
use crate::employer::{Employer, StaffMember};
use crate::fund::Field;
use crate::id::{EmployerId, InsuredId, RequestKey, ReturnedFileId, Seen, Version};
use crate::ledger::Entry;
use crate::port::{CommitError, LIMIT_MAX, StoreError};
use crate::refusal::{Fault, FaultKind, Faults, Refusal};

/// The most quarters that a list may show at once.
const QUARTERS_MAX: u32 = 101;

/// Where a quarter stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum QuarterState {
    /// It is not over yet.
    Running,
    /// Over, and nothing is filed.
    Open,
    /// A draft waits.
    Draft,
    /// Filed.
    Filed,
    /// Filed, and corrected since.
    Corrected,
}

/// One quarter in the list of declarations.
#[derive(Clone, Debug)]
pub struct QuarterView {
    /// The quarter.
    pub quarter: Quarter,
    /// Where it stands.
    pub state: QuarterState,
    /// What is filed.
    pub filed: Option<Filed>,
}

/// One quarter's declaration.
#[derive(Clone, Debug)]
pub struct DeclarationView {
    /// The employer.
    pub employer: Employer,
    /// Where it stands.
    pub state: QuarterState,
    /// What is filed, the newest revision first.
    pub revisions: Vec<Filed>,
    /// The draft.
    pub draft: Option<Seen<Draft>>,
}

/// A draft that is sound, as it would be filed.
#[derive(Clone, Debug)]
pub struct Preview {
    /// The draft's version.
    pub version: Version,
    /// Its lines.
    pub lines: Vec<Line>,
    /// What would be owed.
    pub prepared: Prepared,
    /// What stands now, when this is a correction.
    pub standing: Option<Filed>,
}

impl Desk {
    /// The employer that an actor files for.
    ///
    /// # Errors
    /// [`Refusal::NotAllowed`] for anybody but an employer.
    pub async fn employer_of(&self, actor: Actor) -> Result<Seen<Employer>, DeskError> {
        let (id, _) = actor.file_declarations()?;
        Ok(self.store.employer(id).await?.ok_or(Refusal::NotFound)?)
    }

    /// The quarters from the one that runs today back to registration, the newest first.
    ///
    /// # Errors
    /// [`Refusal::NotAllowed`] for anybody but an employer.
    pub async fn quarters(
        &self,
        actor: Actor,
        before: Option<Quarter>,
        limit: u32,
        at: &Moment,
    ) -> Result<Vec<QuarterView>, DeskError> {
        let employer = self.employer_of(actor).await?.value;
        let limit = limit.clamp(1, QUARTERS_MAX);
        let running = Quarter::of(at.today);
        let newest = before.map_or(running, |quarter| quarter.plus(-1)).min(running);
        let first = Quarter::of(employer.registered_on);
        let filed = self.store.declarations(employer.id, Some(newest.plus(1)), limit).await?;
        let oldest = newest.plus(1_i32.saturating_sub_unsigned(limit));
        let drafted = self.store.drafted(employer.id, oldest, newest, limit).await?;
        let mut views = Vec::new();
        for back in 0..i32::try_from(limit).unwrap_or(i32::MAX) {
            let quarter = newest.plus(back.saturating_neg());
            if quarter < first {
                break;
            }
            let standing = filed.iter().find(|f| f.quarter == quarter).cloned();
            let draft = drafted.iter().any(|(of, _)| *of == quarter);
            views.push(QuarterView {
                quarter,
                state: state(quarter, standing.as_ref(), draft, at.today),
                filed: standing,
            });
        }
        Ok(views)
    }

    /// One quarter's declaration.
    ///
    /// # Errors
    /// [`Refusal::NotFound`] for a quarter before registration or in the future.
    pub async fn declaration(
        &self,
        actor: Actor,
        quarter: Quarter,
        at: &Moment,
    ) -> Result<DeclarationView, DeskError> {
        let employer = self.employer_of(actor).await?.value;
        if quarter < Quarter::of(employer.registered_on) || quarter > Quarter::of(at.today) {
            return Err(Refusal::NotFound.into());
        }
        let revisions = self.store.revisions(employer.id, quarter, None, 50).await?;
        let draft = self.store.draft(employer.id, quarter).await?;
        let state = state(quarter, revisions.first(), draft.is_some(), at.today);
        Ok(DeclarationView { employer, state, revisions, draft })
    }

    /// A page of the lines that stand for a quarter, with the names of the workers.
    ///
    /// # Errors
    /// [`Refusal::NotFiled`] when nothing is filed.
    pub async fn filed_lines(
        &self,
        actor: Actor,
        quarter: Quarter,
        after: u32,
        limit: u32,
    ) -> Result<Vec<(Line, String)>, DeskError> {
        let (employer, _) = actor.file_declarations()?;
        let standing = self.store.revisions(employer, quarter, None, 1).await?.into_iter().next();
        let standing = standing.ok_or(Refusal::NotFiled { quarter })?;
        let lines = self.store.lines(standing.id, after, limit.clamp(1, LIMIT_MAX)).await?;
        self.with_names(lines).await
    }

    /// Lines with the names of their workers; at most a page of them.
    ///
    /// # Errors
    /// When the store cannot answer.
    pub async fn with_names(&self, lines: Vec<Line>) -> Result<Vec<(Line, String)>, DeskError> {
        let numbers: Vec<_> = lines.iter().map(|line| line.number).collect();
        let people = self.store.insured_by_numbers(&numbers).await?;
        let name = |id: InsuredId| people.iter().find(|p| p.id == id).map(crate::insured::Insured::full_name);
        Ok(lines
            .into_iter()
            .map(|line| (name(line.insured).unwrap_or_default(), line))
            .map(|(n, l)| (l, n))
            .collect())
    }

    /// The workers to be declared for a quarter: those on the staff at any time of it.
    ///
    /// # Errors
    /// [`Refusal::NotAllowed`] for anybody but an employer.
    pub async fn staff_in(&self, actor: Actor, quarter: Quarter) -> Result<Vec<StaffMember>, DeskError> {
        let (employer, _) = actor.file_declarations()?;
        let all = self.all_staff(employer).await?;
        let present = |m: &StaffMember| {
            m.hired_on <= quarter.last_day() && m.left_on.is_none_or(|left| left >= quarter.first_day())
        };
        Ok(all.into_iter().filter(present).collect())
    }

    async fn all_staff(&self, employer: EmployerId) -> Result<Vec<StaffMember>, DeskError> {
        let most = usize::try_from(self.fund.layout.lines_max).unwrap_or(usize::MAX);
        let mut all: Vec<StaffMember> = Vec::new();
        while all.len() < most {
            let page = self.store.staff(employer, all.last().map(|m| m.number), LIMIT_MAX).await?;
            let last = page.len() < usize::try_from(LIMIT_MAX).unwrap_or(usize::MAX);
            all.extend(page);
            if last {
                break;
            }
        }
        Ok(all)
    }

    /// The draft for a quarter, or a new one: what stands filed, else the staff without wages.
    ///
    /// # Errors
    /// As [`declaration`](Self::declaration).
    pub async fn draft_or_new(
        &self,
        actor: Actor,
        quarter: Quarter,
        at: &Moment,
    ) -> Result<(Draft, Option<Version>), DeskError> {
        let view = self.declaration(actor, quarter, at).await?;
        if let Some(seen) = view.draft {
            return Ok((seen.value, Some(seen.version)));
        }
        let lines = match view.revisions.first() {
            Some(standing) => self.raw_lines_of(standing).await?,
            None => self.staff_in(actor, quarter).await?.iter().map(|m| staff_line(m, quarter)).collect(),
        };
        Ok((Draft { employer: view.employer.id, quarter, lines, saved_at: at.now }, None))
    }

    async fn raw_lines_of(&self, standing: &Filed) -> Result<Vec<RawLine>, DeskError> {
        let mut raw = Vec::new();
        for chunk in self.lines_of(standing).await?.chunks(usize::try_from(LIMIT_MAX).unwrap_or(1)) {
            for (line, _) in self.with_people(chunk).await? {
                raw.push(line);
            }
        }
        Ok(raw)
    }

    async fn with_people(&self, lines: &[Line]) -> Result<Vec<(RawLine, InsuredId)>, DeskError> {
        let numbers: Vec<_> = lines.iter().map(|line| line.number).collect();
        let people = self.store.insured_by_numbers(&numbers).await?;
        let mut raw = Vec::with_capacity(lines.len());
        for line in lines {
            let person = people.iter().find(|p| p.id == line.insured);
            raw.push((raw_line(line, person), line.insured));
        }
        Ok(raw)
    }

    async fn lines_of(&self, filed: &Filed) -> Result<Vec<Line>, DeskError> {
        let mut all: Vec<Line> = Vec::new();
        loop {
            let after = all.last().map_or(0, |line| line.row);
            let page = self.store.lines(filed.id, after, LIMIT_MAX).await?;
            if page.is_empty() {
                return Ok(all);
            }
            all.extend(page);
        }
    }

    /// Saves a draft over the version that was seen.
    ///
    /// # Errors
    /// [`Refusal::Stale`] when somebody saved it since; [`Refusal::Invalid`] when it is too long.
    pub async fn save_draft(
        &self,
        actor: Actor,
        quarter: Quarter,
        lines: Vec<RawLine>,
        seen: Option<Version>,
        at: &Moment,
    ) -> Result<Version, DeskError> {
        let view = self.declaration(actor, quarter, at).await?;
        let most = self.fund.layout.lines_max;
        if u32::try_from(lines.len()).unwrap_or(u32::MAX) > most {
            return Err(Refusal::Invalid(vec![Fault::field("rows", FaultKind::TooMany { most })]).into());
        }
        let employer = view.employer.id;
        let draft = Draft { employer, quarter, lines, saved_at: at.now };
        // A later draft of the same quarter never bears the version of an earlier one, so a tab
        // that still shows the earlier one is told.
        let version = seen.map_or_else(|| Version(at.now.timestamp_micros()), Version::next);
        let decision = Decision {
            outcome: version,
            expects: vec![Expect::Draft(employer, quarter, seen)],
            changes: vec![Change::SaveDraft(Seen { value: draft, version })],
            notices: Vec::new(),
        };
        Ok(self.commit(decision, None, at).await?.ok_or(Refusal::Stale)?)
    }

    /// Throws the draft away; what is filed stands.
    ///
    /// # Errors
    /// [`Refusal::NoDraft`]; [`Refusal::Stale`] when somebody saved it since.
    pub async fn drop_draft(
        &self,
        actor: Actor,
        quarter: Quarter,
        seen: Version,
        at: &Moment,
    ) -> Result<(), DeskError> {
        let (employer, _) = actor.file_declarations()?;
        if self.store.drafted(employer, quarter, quarter, 1).await?.is_empty() {
            return Err(Refusal::NoDraft { quarter }.into());
        }
        let decision = Decision {
            outcome: (),
            expects: vec![Expect::Draft(employer, quarter, Some(seen))],
            changes: vec![Change::DropDraft(employer, quarter)],
            notices: Vec::new(),
        };
        Ok(self.commit(decision, None, at).await?.ok_or(Refusal::Stale)?)
    }

    /// What the register knows of the numbers that a sheet names.
    ///
    /// # Errors
    /// When the store cannot answer.
    pub async fn register_for(&self, read: &Unregistered) -> Result<Register, DeskError> {
        let mut register = Register::new();
        for chunk in read.numbers().chunks(usize::try_from(LIMIT_MAX).unwrap_or(1)) {
            for person in self.store.insured_by_numbers(chunk).await? {
                let shown = person.full_name().into_boxed_str();
                let known = Registered {
                    id: person.id,
                    surname: person.surname.key(),
                    forenames: person.forenames.key(),
                    shown,
                };
                register.insert(person.number, known);
            }
        }
        Ok(register)
    }

    /// Checks raw lines; sound lines come back, or every fault.
    ///
    /// # Errors
    /// When the store cannot answer.
    pub async fn check(
        &self,
        employer: &Employer,
        quarter: Quarter,
        lines: &[RawLine],
    ) -> Result<Result<Vec<Line>, Faults>, DeskError> {
        let expected = Expected { fund: &self.fund, employer_number: employer.number.as_str(), quarter };
        let read = RawReader::read(&expected, lines);
        let register = self.register_for(&read).await?;
        Ok(read.finish(&register))
    }

    /// The draft as it would be filed.
    ///
    /// # Errors
    /// [`Refusal::NoDraft`]; [`Refusal::InvalidLines`] with the faults of the draft.
    pub async fn preview(&self, actor: Actor, quarter: Quarter, at: &Moment) -> Result<Preview, DeskError> {
        let view = self.declaration(actor, quarter, at).await?;
        let draft = view.draft.ok_or(Refusal::NoDraft { quarter })?;
        let lines = self.check(&view.employer, quarter, &draft.value.lines).await?;
        let lines = lines.map_err(Refusal::InvalidLines)?;
        let prepared = prepare(&self.fund, &view.employer.category, quarter, &lines)?;
        Ok(Preview { version: draft.version, lines, prepared, standing: view.revisions.into_iter().next() })
    }

    /// Files the draft, or corrects what stands. The same request key gives the same answer.
    ///
    /// # Errors
    /// [`Refusal::NoDraft`], [`Refusal::Stale`] when the draft is not at `seen` any more,
    /// [`Refusal::InvalidLines`] with its faults, [`Refusal::QuarterNotOver`],
    /// [`Refusal::NothingChanged`], [`Refusal::KeyReused`].
    pub async fn file(
        &self,
        actor: Actor,
        quarter: Quarter,
        seen: Version,
        key: RequestKey,
        at: &Moment,
    ) -> Result<Filed, DeskError> {
        let (employer, _) = actor.file_declarations()?;
        let digest =
            crate::account::TokenHash::of(format!("file:{employer}:{quarter}:{}", seen.0).as_bytes()).0;
        for _ in 0..TRIES {
            if let Some(filed) = self.answered(key, digest, employer, quarter).await? {
                return Ok(filed);
            }
            let decision = match self.decide_filing(actor, quarter, seen, at).await {
                Ok(decision) => decision,
                // The same request may have been carried out while this one was loading: then the
                // draft is gone, or nothing is left to correct, and the answer is the one given.
                Err(DeskError::Refused(refusal)) => {
                    let answered = self.answered(key, digest, employer, quarter).await?;
                    return answered.ok_or(DeskError::Refused(refusal));
                }
                Err(error) => return Err(error),
            };
            let receipt = Receipt {
                key,
                account: Some(actor.account),
                digest,
                answer: decision.outcome.revision.to_string(),
            };
            match self.commit(decision, Some(receipt), at).await {
                Ok(Some(filed)) => return Ok(filed),
                Ok(None) | Err(CommitError::KeyTaken) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(Refusal::Stale.into())
    }

    /// Loads what a filing rests on, and decides.
    async fn decide_filing(
        &self,
        actor: Actor,
        quarter: Quarter,
        seen: Version,
        at: &Moment,
    ) -> Result<Decision<Filed>, DeskError> {
        let (employer_id, permit) = actor.file_declarations()?;
        let employer = self.store.employer(employer_id).await?.ok_or(Refusal::NotFound)?;
        let draft = self.store.draft(employer_id, quarter).await?.ok_or(Refusal::NoDraft { quarter })?;
        let unseen = planted!("files-unseen");
        if draft.version != seen && !unseen {
            return Err(Refusal::Stale.into());
        }
        let seen = if unseen { draft.version } else { seen };
        let lines = self.check(&employer.value, quarter, &draft.value.lines).await?;
        let lines = lines.map_err(Refusal::InvalidLines)?;
        // Somebody who left before and is declared again has been hired again.
        let still_here = |m: &StaffMember| m.left_on.is_none_or(|left| left >= quarter.first_day());
        let staff = self.all_staff(employer_id).await?;
        let staff: BTreeSet<InsuredId> = staff.iter().filter(|m| still_here(m)).map(|m| m.id).collect();
        let standing = self.store.revisions(employer_id, quarter, None, 1).await?.into_iter().next();
        let submission = Submission {
            fund: &self.fund,
            employer: &employer,
            quarter,
            lines,
            staff: &staff,
            draft: Some(seen),
        };
        let Some(standing) = standing else { return Ok(submit(submission, None, permit, at)?) };
        let standing_lines = self.lines_of(&standing).await?;
        let ledger: Vec<Entry> = self.ledger(employer_id).await?;
        Ok(correct::correct(submission, Some((&standing, &standing_lines)), &ledger, permit, at)?)
    }

    /// The answer that this request was given before.
    async fn answered(
        &self,
        key: RequestKey,
        digest: [u8; 32],
        employer: EmployerId,
        quarter: Quarter,
    ) -> Result<Option<Filed>, DeskError> {
        let Some(receipt) = self.store.receipt(key).await? else { return Ok(None) };
        if receipt.digest != digest {
            return Err(Refusal::KeyReused.into());
        }
        // Asked for by its own number, however many corrections came after it.
        let lost = || StoreError::Inconsistent("the answer of a filing is not in the books".to_owned());
        let revision: u32 = receipt.answer.parse().map_err(|_| lost())?;
        let found = self.store.revisions(employer, quarter, Some(revision.saturating_add(1)), 1).await?;
        Ok(Some(found.into_iter().find(|filed| filed.revision == revision).ok_or_else(lost)?))
    }

    /// Keeps a workbook that is given back with its faults marked.
    ///
    /// # Errors
    /// When the store cannot answer.
    pub async fn give_back(
        &self,
        actor: Actor,
        file: ReturnedFile,
        at: &Moment,
    ) -> Result<ReturnedFileId, DeskError> {
        let (_, _) = actor.file_declarations()?;
        let id = file.id;
        let decision = Decision {
            outcome: id,
            expects: Vec::new(),
            changes: vec![Change::ReturnFile(file)],
            notices: Vec::new(),
        };
        Ok(self.commit(decision, None, at).await?.ok_or(Refusal::Stale)?)
    }

    /// A workbook that was given back.
    ///
    /// # Errors
    /// [`Refusal::NotFound`] when it is not there, or is another employer's.
    pub async fn given_back(&self, actor: Actor, id: ReturnedFileId) -> Result<ReturnedFile, DeskError> {
        let (employer, _) = actor.file_declarations()?;
        let file = self.store.returned_file(id).await?;
        Ok(file.filter(|file| file.employer == employer).ok_or(Refusal::NotFound)?)
    }
}

fn state(quarter: Quarter, standing: Option<&Filed>, draft: bool, today: NaiveDate) -> QuarterState {
    match standing {
        _ if draft => QuarterState::Draft,
        Some(filed) if filed.revision > 1 => QuarterState::Corrected,
        Some(_) => QuarterState::Filed,
        None if quarter.last_day() >= today => QuarterState::Running,
        None => QuarterState::Open,
    }
}

/// A worker's line before wages are typed.
fn staff_line(member: &StaffMember, quarter: Quarter) -> RawLine {
    let mut line = RawLine::default();
    line.set(Field::Number, member.number.to_string());
    line.set(Field::Surname, member.surname.as_str());
    line.set(Field::Forenames, member.forenames.as_str());
    if member.hired_on >= quarter.first_day() {
        line.set(Field::HiredOn, member.hired_on.format("%d/%m/%Y").to_string());
    }
    if let Some(left) = member.left_on {
        line.set(Field::LeftOn, left.format("%d/%m/%Y").to_string());
    }
    line
}

/// A sound line as it is typed, for a draft.
#[must_use]
pub(crate) fn raw_line(line: &Line, person: Option<&crate::insured::Insured>) -> RawLine {
    let mut raw = RawLine::default();
    raw.set(Field::Number, line.number.to_string());
    if let Some(person) = person {
        raw.set(Field::Surname, person.surname.as_str());
        raw.set(Field::Forenames, person.forenames.as_str());
    }
    let wages = [Field::Wage1, Field::Wage2, Field::Wage3];
    for (field, wage) in wages.into_iter().zip(line.wages) {
        raw.set(field, wage.map(|w| w.normalize().to_string()).unwrap_or_default());
    }
    let days = [Field::Days1, Field::Days2, Field::Days3];
    for (field, day) in days.into_iter().zip(line.days) {
        raw.set(field, day.map(|d| d.to_string()).unwrap_or_default());
    }
    let date = |d: Option<NaiveDate>| d.map(|d| d.format("%d/%m/%Y").to_string()).unwrap_or_default();
    raw.set(Field::HiredOn, date(line.hired_on));
    raw.set(Field::LeftOn, date(line.left_on));
    raw.set(Field::Observation, line.observation.as_deref().unwrap_or_default());
    raw
}

impl Desk {
    /// Sound lines of a sheet as a draft keeps them.
    ///
    /// # Errors
    /// When the store cannot answer.
    pub async fn as_typed(&self, lines: &[Line]) -> Result<Vec<RawLine>, DeskError> {
        let mut raw = Vec::with_capacity(lines.len());
        for chunk in lines.chunks(usize::try_from(LIMIT_MAX).unwrap_or(1)) {
            raw.extend(self.with_people(chunk).await?.into_iter().map(|(line, _)| line));
        }
        Ok(raw)
    }
}
