//! What banks announced: each content of each transaction is credited, or kept as a dispute, once.

use chrono::NaiveDate;

use super::{Audit, Known, PAGE, Promise, hold};
use crate::id::{AccountId, EntryId};
use crate::payment::{BankNotice, BankStatus, DisputeReason, Paid, Received};
use crate::port::Store;

/// One content of one transaction, as a bank announced it.
#[derive(Debug)]
struct Content {
    notice: BankNotice,
    /// A notice of it arrived.
    told: bool,
    answer: Option<Received>,
    /// Whose account was credited.
    firm: Option<usize>,
    /// It was found among the disputes.
    disputed: bool,
    /// It is credited, and an agent must look at it all the same.
    odd: Option<&'static str>,
    /// From which day it counts, once it is credited.
    counts_on: NaiveDate,
}

/// Money that was credited to an employer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Credit {
    pub reference: String,
    pub amount: i64,
    pub paid_on: NaiveDate,
}

/// Everything that banks announced.
#[derive(Debug, Default)]
pub(in crate::world) struct Announced {
    contents: Vec<Content>,
    after: Option<i64>,
}

impl Announced {
    /// Something that a bank is going to say; gives its place.
    pub fn announce(&mut self, notice: BankNotice) -> usize {
        if let Some(known) = self.contents.iter().position(|content| content.notice == notice) {
            return known;
        }
        let counts_on = notice.paid_on;
        let (told, disputed) = (false, false);
        self.contents.push(Content {
            notice,
            told,
            answer: None,
            firm: None,
            disputed,
            odd: None,
            counts_on,
        });
        self.contents.len().saturating_sub(1)
    }

    /// What a bank says at this place.
    pub fn notice(&self, content: usize) -> Option<&BankNotice> {
        self.contents.get(content).map(|content| &content.notice)
    }

    /// A notice is on its way to the counter.
    pub fn tell(&mut self, content: usize) {
        if let Some(content) = self.contents.get_mut(content) {
            content.told = true;
        }
    }

    /// What was credited to an employer.
    pub(super) fn credited(&self, firm: usize) -> Vec<Credit> {
        let own = self.contents.iter().filter(|content| content.firm == Some(firm));
        own.map(|content| Credit {
            reference: content.notice.reference.map(|known| known.to_string()).unwrap_or_default(),
            amount: content.notice.amount.to_minor().unwrap_or(0),
            paid_on: content.counts_on,
        })
        .collect()
    }

    /// How many contents were credited, and how many are disputes.
    pub fn counts(&self) -> (usize, usize) {
        let credited = self.contents.iter().filter(|content| content.firm.is_some()).count();
        (credited, self.contents.iter().filter(|content| content.disputed).count())
    }

    /// Takes note of an answer; gives what must be told to whom.
    pub(super) fn hear(
        &mut self,
        content: usize,
        received: &Received,
        known: &mut [Known],
    ) -> Result<Option<(String, AccountId)>, super::Broken> {
        let Some(said) = self.contents.get(content) else { return Ok(None) };
        let notice = said.notice.clone();
        let shown = || format!("{notice:?} is {received:?}");
        if notice.status != BankStatus::Paid {
            hold(*received == Received::Pending, Promise::CreditedOrDisputed, shown)?;
            return Ok(None);
        }
        if let Some(before) = &said.answer {
            hold(before == received, Promise::SameAnswer, || format!("{} and before {before:?}", shown()))?;
            return Ok(None);
        }
        let same = |other: &&Content| {
            (&other.notice.bank, &other.notice.transaction) == (&notice.bank, &notice.transaction)
        };
        let places = known.iter_mut().enumerate();
        let mut issued =
            places.flat_map(|(place, known)| known.references.iter_mut().map(move |r| (place, r)));
        let issued = issued.find(|(_, issued)| Some(issued.reference) == notice.reference);
        let mut owner = None;
        let (mut odd, mut counts_on) = (None, notice.paid_on);
        let told = match received {
            Received::Pending => return hold(false, Promise::CreditedOrDisputed, shown).map(|()| None),
            Received::Credited { receipt } => {
                let once = !self.contents.iter().filter(same).any(|other| other.firm.is_some());
                hold(once, Promise::CreditedOnce, shown)?;
                let Some((place, issued)) = issued else {
                    return hold(false, Promise::CreditedOrDisputed, shown).map(|()| None);
                };
                hold(issued.paid.is_none(), Promise::CreditedOnce, shown)?;
                hold(issued.amount == notice.amount, Promise::CreditedOrDisputed, shown)?;
                hold(*receipt == format!("Q-{}", issued.reference), Promise::Stays, shown)?;
                if notice.paid_on < issued.issued_on {
                    (odd, counts_on) = (Some("before_issued"), issued.issued_on);
                } else if issued.expires_on.is_some_and(|last| last < notice.paid_on) {
                    odd = Some("after_expiry");
                }
                issued.paid = Some(Paid {
                    entry: EntryId(uuid::Uuid::nil()),
                    bank: notice.bank.clone(),
                    transaction: notice.transaction.clone(),
                    paid_on: counts_on,
                });
                owner = Some(place);
                Some((issued.reference.to_string(), issued.issued_by))
            }
            Received::Disputed { reason } => {
                let others = self.contents.iter().filter(same).filter(|other| other.told).count();
                let just = match DisputeReason::from_code(reason) {
                    Some(DisputeReason::UnknownReference) => issued.is_none(),
                    Some(DisputeReason::OtherAmount) => {
                        issued.is_some_and(|(_, i)| i.amount != notice.amount)
                    }
                    Some(DisputeReason::PaidBefore) => issued.is_some_and(|(_, i)| i.paid.is_some()),
                    Some(DisputeReason::OtherContent) => others > 1,
                    // Money of an odd day is credited.
                    // Nobody in the world says such days or currencies.
                    Some(DisputeReason::DayInFuture | DisputeReason::OtherCurrency) => false,
                    Some(DisputeReason::BeforeIssued | DisputeReason::AfterExpiry) | None => false,
                };
                hold(just, Promise::CreditedOrDisputed, shown)?;
                None
            }
        };
        if let Some(content) = self.contents.get_mut(content) {
            content.firm = owner;
            (content.odd, content.counts_on) = (odd, counts_on);
            content.answer = Some(received.clone());
        }
        Ok(told)
    }

    /// Each dispute is one content that was answered so, or credited on an odd day, and each such
    /// content is one dispute.
    pub(super) async fn disputes(&mut self, store: &dyn Store) -> Audit {
        loop {
            let page = store.disputes(self.after.unwrap_or(i64::MIN), PAGE).await?;
            let Some((place, _)) = page.last() else { break };
            self.after = Some(*place);
            for (_, dispute) in page {
                let reason = dispute.reason.code();
                let fits = |content: &&mut Content| {
                    let answered = content.answer.as_ref().is_some_and(
                        |answer| matches!(answer, Received::Disputed { reason: said } if said == reason),
                    );
                    let listed = answered || content.odd == Some(reason);
                    listed && !content.disputed && content.notice == dispute.notice
                };
                match self.contents.iter_mut().find(fits) {
                    Some(content) => content.disputed = true,
                    None => {
                        let what = || format!("a dispute that nobody was told of: {dispute:?}");
                        return hold(false, Promise::CreditedOrDisputed, what);
                    }
                }
            }
        }
        let lost = self.contents.iter().find(|content| {
            let due = content.odd.is_some() || matches!(content.answer, Some(Received::Disputed { .. }));
            due && !content.disputed
        });
        hold(lost.is_none(), Promise::CreditedOrDisputed, || format!("lost: {lost:?}"))
    }
}
