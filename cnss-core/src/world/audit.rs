//! The auditor (commissaire aux comptes): believes what it was told at the counter, and compares the
//! books with that.
//!
//! It has its own arithmetic, in whole francs: of a wage 215 thousandths for the fund and 100 for
//! health insurance, debts due on the fifteenth, the oldest paid first, five per cent for lateness
//! and one more for each month begun after three. It shares no line with the ledger that it checks.

mod account;
mod letters;
mod money;

use std::collections::BTreeMap;
use std::sync::Arc;

use self::letters::Letters;
use self::money::Announced;
use super::act::{Act, Answer, Heard};
use super::people::{Firm, Sheet};
use crate::calendar::{Month, Quarter};
use crate::declaration::Filed;
use crate::desk::Desk;
use crate::id::{RequestKey, Version};
use crate::ledger::Entry;
use crate::payment::{Issued, Received, Reference};
use crate::port::{Store, StoreError};

macro_rules! promises {
    ($($(#[$doc:meta])* $name:ident = $said:literal;)*) => {
        /// What the books promise, and the auditor checks.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Promise {
            $($(#[$doc])* $name,)*
        }

        impl std::fmt::Display for Promise {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(match self {
                    $(Self::$name => $said,)*
                })
            }
        }
    };
}

promises! {
    /// The store answers when the weather is fair.
    Answers = "the store answers";
    /// What is sound is taken, what is not is refused.
    JustRefusal = "what is sound is taken, and nothing else";
    /// Nobody overwrites what he has not seen.
    SeenFirst = "nobody overwrites what he has not seen";
    /// The same request gets the same answer.
    SameAnswer = "the same request gets the same answer";
    /// What was answered as done is there, and stays as it was.
    Stays = "what was answered as done is there and stays";
    /// The postings of each entry sum to zero.
    SumsToZero = "postings sum to zero";
    /// What is owed and what was paid is what the entries say.
    Replay = "the balance is what was declared and paid";
    /// What is owed moves the version of its account.
    Moves = "what is owed moves the version of its account";
    /// No reference is credited twice.
    CreditedOnce = "no reference is credited twice";
    /// Money that was announced is credited, or kept as a dispute, once.
    CreditedOrDisputed = "announced money is credited or disputed, once";
    /// What was received is set against debts, covers surcharges, or is a credit.
    Allocated = "received is allocated and unallocated, the oldest debt first";
    /// Individual accounts hold what stands declared.
    Careers = "individual accounts hold what stands declared";
    /// What was decided is told, under one identity.
    Told = "each decided thing is told, under one identity";
    /// What did not happen is not told.
    NotInvented = "nothing is told that did not happen";
    /// Each commit left its line in the audit trail, under the seals that were heard of.
    Trail = "each commit leaves a line in the audit trail, and seals hold";
    /// A notice goes from waiting to sent or dead, and is one courier's at a time.
    Letters = "a notice is one courier's at a time, until it is sent or given up";
}

/// A promise that was broken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{promise}: {what}")]
pub struct Broken {
    /// Which.
    pub promise: Promise,
    /// How.
    pub what: String,
}

impl From<StoreError> for Broken {
    fn from(error: StoreError) -> Self {
        Self { promise: Promise::Answers, what: error.to_string() }
    }
}

pub(super) type Audit = Result<(), Broken>;

/// Says that a promise is broken unless it holds.
pub(super) fn hold(holds: bool, promise: Promise, what: impl FnOnce() -> String) -> Audit {
    if holds { Ok(()) } else { Err(Broken { promise, what: what() }) }
}

/// The most rows that the auditor asks for at once: few, so that pages are turned.
const PAGE: u32 = 7;

/// What the auditor knows of one employer.
#[derive(Debug, Default)]
pub(super) struct Known {
    /// The draft of each quarter.
    pub drafts: BTreeMap<Quarter, (Version, Sheet)>,
    /// Every revision of each quarter, the first one first.
    pub filed: BTreeMap<Quarter, Vec<(Filed, Sheet)>>,
    /// Which request, for what, was answered with which filing.
    pub filings: BTreeMap<RequestKey, (Quarter, Option<Version>, Filed)>,
    /// Which request was answered with which reference.
    pub asked: BTreeMap<RequestKey, Reference>,
    /// The references, in the order in which they were issued.
    pub references: Vec<Issued>,
    /// What is owed for what stands declared.
    debts: Vec<account::Debt>,
    entries: Vec<(i64, Entry)>,
    /// How many of the entries were added up: by month and account, and each payment.
    added: usize,
    sums: BTreeMap<(Option<Month>, String), i64>,
    paid: Vec<(String, i64, chrono::NaiveDate)>,
    version: Option<Version>,
}

impl Known {
    /// What stands for a quarter.
    pub fn standing(&self, quarter: Quarter) -> Option<&(Filed, Sheet)> {
        self.filed.get(&quarter).and_then(|revisions| revisions.last())
    }
}

/// The auditor.
pub(super) struct Auditor {
    firms: Arc<Vec<Firm>>,
    pub known: Vec<Known>,
    pub announced: Announced,
    pub letters: Letters,
    /// The seals of the audit trail that were heard of.
    pub seals: BTreeMap<i64, [u8; 32]>,
}

impl Auditor {
    pub fn new(firms: Arc<Vec<Firm>>) -> Self {
        let known = firms.iter().map(|_| Known::default()).collect();
        Self {
            firms,
            known,
            announced: Announced::default(),
            letters: Letters::default(),
            seals: BTreeMap::new(),
        }
    }

    /// Takes note of what the counter answered to requests that were carried out at once.
    pub async fn hear(&mut self, heard: &[Heard], store: &dyn Store) -> Audit {
        // Of money that arrives at once, what is credited explains why the rest is disputed.
        let credited = |one: &&Heard| matches!(one.answer, Answer::Told(Received::Credited { .. }));
        let (first, then) = (heard.iter().filter(credited), heard.iter().filter(|one| !credited(one)));
        for one in first.chain(then) {
            match (&one.act, &one.answer) {
                (Act::Ask { firm, amount, key }, answer) => {
                    self.hear_reference(*firm, *amount, *key, answer)?
                }
                (Act::Tell { content }, Answer::Told(received)) => {
                    let told = self.announced.hear(*content, received, &mut self.known)?;
                    self.letters.expect(told);
                }
                (Act::Tell { .. }, answer) => {
                    let what = || format!("a bank is told {answer:?}");
                    return hold(false, Promise::CreditedOrDisputed, what);
                }
                _ => {}
            }
        }
        for firm in 0..self.firms.len() {
            self.hear_drafts(firm, heard, store).await?;
        }
        Ok(())
    }

    fn hear_reference(&mut self, firm: usize, amount: i64, key: RequestKey, answer: &Answer) -> Audit {
        let Answer::Issued(issued) = answer else {
            return hold(false, Promise::JustRefusal, || format!("a reference for {amount}: {answer:?}"));
        };
        let Some(known) = self.known.get_mut(firm) else { return Ok(()) };
        if let Some(before) = known.asked.insert(key, issued.reference) {
            let what = || format!("{before}, then {}", issued.reference);
            return hold(before == issued.reference, Promise::SameAnswer, what);
        }
        hold(issued.amount.to_minor() == Ok(amount), Promise::Stays, || format!("{issued:?} for {amount}"))?;
        known.references.push(Issued { paid: None, ..issued.clone() });
        Ok(())
    }

    /// Of all that was done to one draft at once, one may have happened: what saw it as it was.
    async fn hear_drafts(&mut self, firm: usize, heard: &[Heard], store: &dyn Store) -> Audit {
        let (Some(known), Some(who)) = (self.known.get_mut(firm), self.firms.get(firm)) else {
            return Ok(());
        };
        // One after the other, in an order in which each saw what the one before left: a draft that
        // was filed is gone, and another may be saved. What was done explains why the rest was refused.
        let mut left: Vec<&Heard> = heard.iter().filter(|one| one.act.firm() == Some(firm)).collect();
        while let Some(one) = next(&mut left, known) {
            let Some((quarter, seen)) = one.act.draft() else { continue };
            let now = known.drafts.get(&quarter).map(|(version, _)| *version);
            if let Act::File { key, .. } = &one.act
                && let Some((of, at, before)) = known.filings.get(key)
            {
                // The same key with other content is refused; the same request is answered as before.
                let same = (*of, *at) == (quarter, seen);
                let refused = matches!(one.answer, Answer::Refused(_));
                let just = if same { one.answer == Answer::Filed(before.clone()) } else { refused };
                hold(just, Promise::SameAnswer, || format!("{before:?}, then {:?}", one.answer))?;
                continue;
            }
            let done = match &one.answer {
                Answer::Refused(_) if one.doubtful => happened(who, known, &one.act, store).await?,
                Answer::Refused(refusal) => {
                    let just = heard.len() > 1 || !may_be_done(known, one);
                    hold(just, Promise::JustRefusal, || format!("{:?}: {refusal}", one.act))?;
                    None
                }
                answer => Some(answer.clone()),
            };
            let Some(done) = done else { continue };
            hold(seen == now, Promise::SeenFirst, || format!("{:?} at {now:?}: {done:?}", one.act))?;
            match (&one.act, done) {
                (Act::Save { sheet, .. }, Answer::Saved(version)) => {
                    known.drafts.insert(quarter, (version, sheet.clone()));
                }
                (Act::Drop { .. }, _) => {
                    known.drafts.remove(&quarter);
                }
                (Act::File { key, today, .. }, Answer::Filed(filed)) => {
                    let Some((_, sheet)) = known.drafts.remove(&quarter) else { continue };
                    let standing = known.standing(quarter).map(|(_, sheet)| sheet);
                    let sound = sheet.may_be_filed(quarter, *today, standing);
                    hold(sound, Promise::JustRefusal, || format!("filed: {sheet:?}"))?;
                    account::as_typed(&filed, &sheet)?;
                    let receipt = super::TOGO.as_ref().map(|fund| filed.receipt(&fund.layout));
                    self.letters.expect(receipt.map(|receipt| (receipt, who.filer.account)));
                    known.filings.insert(*key, (quarter, seen, filed.clone()));
                    let revisions = known.filed.entry(quarter).or_default();
                    let next = u32::try_from(revisions.len()).unwrap_or(0).saturating_add(1);
                    hold(filed.revision == next, Promise::Stays, || format!("{filed:?} is not the next"))?;
                    revisions.push((filed, sheet));
                    known.debts = account::debts(known);
                }
                (act, answer) => {
                    return hold(false, Promise::SameAnswer, || format!("{act:?}: {answer:?}"));
                }
            }
        }
        Ok(())
    }

    /// Compares the books with what is known of these employers, or of all; what the account says is
    /// asked again when something was done.
    pub async fn check(
        &mut self,
        touched: Option<&[usize]>,
        done: bool,
        desk: &Desk,
        today: chrono::NaiveDate,
    ) -> Audit {
        let store = desk.store();
        for place in 0..self.firms.len() {
            if touched.is_some_and(|touched| !touched.contains(&place)) {
                continue;
            }
            let (Some(known), Some(firm)) = (self.known.get_mut(place), self.firms.get(place)) else {
                continue;
            };
            declarations(firm, known, store, touched.is_none()).await?;
            references(firm, known, store).await?;
            let credited = self.announced.credited(place);
            account::entries(firm, known, &credited, store, touched.is_none()).await?;
            if done {
                account::statement(firm, known, &credited, desk, today).await?;
            }
        }
        self.announced.disputes(store).await?;
        self.letters.check(store).await
    }

    /// Seals the rest of the audit trail, and has all of it verified against the seals heard of.
    pub async fn trail(&self, store: &dyn Store, now: chrono::DateTime<chrono::Utc>) -> Audit {
        while store.seal_lines(now).await?.is_some() {}
        let trail = crate::desk::verify_trail(store, self.seals.clone()).await?;
        let found = trail.findings().next();
        hold(found.is_none(), Promise::Trail, || format!("{found:?}"))?;
        // The verifier is the fund's own; that each thing is named in a line is read here again.
        let (mut named, mut after) = (std::collections::BTreeSet::new(), (i64::MIN, i64::MIN));
        loop {
            let page = store.sealed_lines(after, 1_000).await?;
            let Some(last) = page.last() else { break };
            after = (last.seal, last.rank);
            let words = page.iter().flat_map(|sealed| sealed.line.what.split([' ', ';']));
            named.extend(words.map(str::to_owned));
        }
        let filed = self.known.iter().flat_map(|known| known.filed.values().flatten());
        let filed = filed.map(|(filed, _)| filed.id.to_string());
        let booked =
            self.known.iter().flat_map(|known| &known.entries).map(|(_, entry)| entry.id.to_string());
        let silent = filed.chain(booked).find(|id| !named.contains(id));
        hold(silent.is_none(), Promise::Trail, || format!("no line names {silent:?}"))
    }

    /// Compares an individual account with what stands declared.
    pub async fn career(
        &self,
        firm: usize,
        worker: usize,
        desk: &Desk,
        at: &crate::decision::Moment,
    ) -> Audit {
        let (Some(known), Some(who)) = (self.known.get(firm), self.firms.get(firm)) else { return Ok(()) };
        account::career(who, known, worker, &self.announced.credited(firm), desk, at).await
    }
}

/// Of what was done at once, something that saw the draft as it is now; else whatever was done, and
/// at last what was refused.
fn next<'a>(left: &mut Vec<&'a Heard>, known: &Known) -> Option<&'a Heard> {
    let done = |one: &&Heard| !matches!(one.answer, Answer::Refused(_));
    let fits = |one: &&Heard| {
        let draft = |(quarter, seen)| known.drafts.get(&quarter).map(|(version, _)| *version) == seen;
        done(one) && one.act.draft().is_some_and(draft)
    };
    let place = left.iter().position(fits).or_else(|| left.iter().position(done)).unwrap_or(0);
    (!left.is_empty()).then(|| left.remove(place))
}

/// Whether a request that was refused, and may have been carried out before, was: the books say so.
async fn happened(who: &Firm, known: &Known, act: &Act, store: &dyn Store) -> Result<Option<Answer>, Broken> {
    let Some((quarter, _)) = act.draft() else { return Ok(None) };
    let before = known.drafts.get(&quarter);
    let now = store.draft(who.id, quarter).await?;
    Ok(match act {
        Act::Save { sheet, .. } => now
            .filter(|seen| Some(seen.version) != before.map(|(version, _)| *version))
            .filter(|seen| seen.value.lines == sheet.lines(who))
            .map(|seen| Answer::Saved(seen.version)),
        Act::Drop { .. } => (before.is_some() && now.is_none()).then_some(Answer::Dropped),
        // A filing has a key: had it been carried out, it would have been answered.
        _ => None,
    })
}

/// Whether the fund must take this request.
fn may_be_done(known: &Known, one: &Heard) -> bool {
    let Some((quarter, seen)) = one.act.draft() else { return false };
    let draft = known.drafts.get(&quarter);
    if one.doubtful || draft.map(|(version, _)| *version) != seen {
        return false;
    }
    match &one.act {
        Act::Save { .. } | Act::Drop { .. } => true,
        Act::File { key, today, .. } => {
            let standing = known.standing(quarter).map(|(_, sheet)| sheet);
            let sound = draft.is_some_and(|(_, sheet)| sheet.may_be_filed(quarter, *today, standing));
            sound && !known.filings.contains_key(key) && !known.asked.contains_key(key)
        }
        _ => false,
    }
}

async fn declarations(firm: &Firm, known: &Known, store: &dyn Store, all: bool) -> Audit {
    // Drafts and revisions of a quarter that nobody touched are looked at now and then.
    for (quarter, revisions) in known.filed.iter().rev().take(if all { usize::MAX } else { 2 }) {
        let mut read = store.revisions(firm.id, *quarter, None, 1_000).await?;
        read.reverse();
        let same = read.len() == revisions.len() && read.iter().zip(revisions).all(|(a, (b, _))| a == b);
        hold(same, Promise::Stays, || format!("{quarter}: {read:?} for {revisions:?}"))?;
    }
    let (first, last) = (Quarter::of(super::people::first_day()), Quarter::of(chrono::NaiveDate::MAX));
    let drafted = store.drafted(firm.id, first, last, 1_000).await?;
    let expected: Vec<_> = known.drafts.iter().map(|(quarter, (version, _))| (*quarter, *version)).collect();
    hold(drafted == expected, Promise::Stays, || format!("drafts: {drafted:?} for {expected:?}"))?;
    for (quarter, (_, sheet)) in known.drafts.iter().rev().take(if all { usize::MAX } else { 2 }) {
        let draft = store.draft(firm.id, *quarter).await?;
        let same = draft.is_some_and(|seen| seen.value.lines == sheet.lines(firm));
        hold(same, Promise::Stays, || format!("the draft of {quarter} is another"))?;
    }
    Ok(())
}

async fn references(firm: &Firm, known: &Known, store: &dyn Store) -> Audit {
    let (mut read, mut before) = (Vec::new(), None);
    loop {
        let page = store.references(firm.id, None, before, PAGE).await?;
        let Some((place, _)) = page.last() else { break };
        before = Some(*place);
        read.extend(page.into_iter().map(|(_, issued)| issued));
    }
    read.reverse();
    // The entry of a payment is checked with the entries.
    let bare = |issued: &Issued| {
        let paid = issued.paid.as_ref().map(|p| (p.bank.clone(), p.transaction.clone(), p.paid_on));
        (issued.reference, issued.employer, issued.amount, issued.issued_by, paid)
    };
    let same = read.iter().map(bare).eq(known.references.iter().map(bare));
    hold(same, Promise::Stays, || format!("references: {read:?} for {:?}", known.references))
}
