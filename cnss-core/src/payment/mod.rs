//! Payments by bank (paiements): the fund issues a reference for an amount, the bank says that the
//! money arrived, the employer's account is credited, once.
//!
//! | step | where |
//! |---|---|
//! | the employer asks for a reference | [`issue`] |
//! | the bank's notice is read | [`BankNotice::read`] |
//! | what becomes of it | [`credit`] |
//!
//! A bank repeats itself, is late, and is sometimes wrong. The one rule to remember: money that a
//! bank announces is never lost and never booked twice; what cannot be credited, and what was
//! credited although something is odd about it, is a [`Dispute`] that an agent sees.

mod notice;
mod reference;

use chrono::{DateTime, Days, NaiveDate, Utc};
use uuid::Uuid;

pub use self::notice::{BankCode, BankNotice, BankStatus, RawNotice};
pub use self::reference::{NotAReference, Reference};
use crate::access::{PayContributions, Permit};
use crate::decision::{Change, Decision, Expect, Moment};
use crate::employer::Employer;
use crate::fund::PaymentTerms;
use crate::id::{AccountId, EmployerId, EntryId, Seen};
use crate::ledger::{Entry, EntryKind, LedgerAccount, Posting};
use crate::money::{Currency, Money};
use crate::notice::{Message, Notice};
use crate::refusal::{Fault, FaultKind, Refusal};

/// How many days ahead of today the day may lie on which money arrives: banks count from the next
/// working day (date de valeur).
pub const AHEAD_DAYS: u64 = 7;

/// A reference that was issued for an amount (référence de paiement).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Issued {
    /// The reference.
    pub reference: Reference,
    /// Whose contributions it pays.
    pub employer: EmployerId,
    /// How much.
    pub amount: Money,
    /// When it was issued.
    pub issued_at: DateTime<Utc>,
    /// The same as a day of the fund's: money cannot have arrived under it before.
    pub issued_on: NaiveDate,
    /// The last day on which it is to be paid; none when it stays open.
    pub expires_on: Option<NaiveDate>,
    /// Who asked for it, and is told of the payment.
    pub issued_by: AccountId,
    /// The payment, once the money arrived.
    pub paid: Option<Paid>,
}

/// What became of a reference (quittance).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Paid {
    /// The entry that credits the account; its receipt bears the same identity.
    pub entry: EntryId,
    /// The bank that said so.
    pub bank: BankCode,
    /// The bank's own number of the transaction.
    pub transaction: String,
    /// From which day the money counts: the day on which it arrived, but not before the reference
    /// was there.
    pub paid_on: NaiveDate,
}

impl Issued {
    /// Whether it is to be paid: it is not, and its last day has not passed.
    #[must_use]
    pub fn open(&self, today: NaiveDate) -> bool {
        self.paid.is_none() && !self.expired(today)
    }

    /// Whether its last day has passed.
    #[must_use]
    pub fn expired(&self, day: NaiveDate) -> bool {
        self.expires_on.is_some_and(|last| day > last)
    }
}

/// Why an agent must look at money that was announced (litige, anomalie).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DisputeReason {
    /// No such reference was ever issued.
    UnknownReference,
    /// It was issued for another amount.
    OtherAmount,
    /// It was paid before, by another transaction.
    PaidBefore,
    /// The same transaction was announced before, with other content.
    OtherContent,
    /// The day on which it arrived, as the bank says, lies more than [`AHEAD_DAYS`] ahead.
    DayInFuture,
    /// It is of another currency than the fund's.
    OtherCurrency,
    /// It is credited, from the day of issue: the bank says an earlier one, on which nobody could
    /// know the reference.
    BeforeIssued,
    /// It is credited: the money arrived after the last day on which the reference was to be paid.
    AfterExpiry,
}

impl DisputeReason {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::UnknownReference,
        Self::OtherAmount,
        Self::PaidBefore,
        Self::OtherContent,
        Self::DayInFuture,
        Self::OtherCurrency,
        Self::BeforeIssued,
        Self::AfterExpiry,
    ];

    /// The code under which it is kept and answered.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::UnknownReference => "unknown_reference",
            Self::OtherAmount => "other_amount",
            Self::PaidBefore => "paid_before",
            Self::OtherContent => "other_content",
            Self::DayInFuture => "day_in_future",
            Self::OtherCurrency => "other_currency",
            Self::BeforeIssued => "before_issued",
            Self::AfterExpiry => "after_expiry",
        }
    }

    /// Whether the money is on the employer's account all the same: it did arrive, and only what was
    /// said of it is odd.
    #[must_use]
    pub const fn credited(self) -> bool {
        matches!(self, Self::BeforeIssued | Self::AfterExpiry)
    }

    /// What is odd about money that is credited.
    fn of_credited(notice: &BankNotice, issued: &Issued) -> Option<Self> {
        if notice.paid_on < issued.issued_on {
            return Some(Self::BeforeIssued);
        }
        issued.expired(notice.paid_on).then_some(Self::AfterExpiry)
    }

    /// The reason of a stored code.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| reason.code() == code)
    }
}

/// Money that a bank announced and that an agent must look at: it was not credited, or it was and
/// something is odd about it, see [`DisputeReason::credited`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dispute {
    /// Identity.
    pub id: Uuid,
    /// What the bank said.
    pub notice: BankNotice,
    /// Why an agent must look at it.
    pub reason: DisputeReason,
    /// When it came.
    pub received_at: DateTime<Utc>,
}

/// What a bank's notice led to; the same notice again leads to the same.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(tag = "status", rename_all = "snake_case")]
pub enum Received {
    /// The account was credited.
    Credited {
        /// The number of the receipt.
        receipt: String,
    },
    /// The bank does not say that the money arrived: nothing was booked, a later notice may.
    Pending,
    /// Not credited; an agent looks at it.
    Disputed {
        /// Why, as [`DisputeReason::code`].
        reason: String,
    },
}

impl Received {
    /// As it is kept with the request.
    #[must_use]
    pub fn as_answer(&self) -> String {
        match self {
            Self::Credited { receipt } => format!("credited {receipt}"),
            Self::Pending => "pending".to_owned(),
            Self::Disputed { reason } => format!("disputed {reason}"),
        }
    }

    /// From what was kept.
    #[must_use]
    pub fn from_answer(answer: &str) -> Option<Self> {
        match answer.split_once(' ') {
            Some(("credited", receipt)) => Some(Self::Credited { receipt: receipt.to_owned() }),
            Some(("disputed", reason)) => Some(Self::Disputed { reason: reason.to_owned() }),
            None if answer == "pending" => Some(Self::Pending),
            _ => None,
        }
    }
}

/// The number of the receipt of a payment (numéro de quittance).
#[must_use]
pub fn receipt_number(reference: &Reference) -> String {
    format!("Q-{reference}")
}

/// Issues a reference for an amount, on the fund's terms, beside `open` ones that wait to be paid.
///
/// # Errors
/// An amount of zero or below, or with a part of the smallest unit; as many open ones as the fund
/// allows.
pub fn issue(
    employer: &Seen<Employer>,
    amount: Money,
    terms: &PaymentTerms,
    open: usize,
    permit: &Permit<PayContributions>,
    at: &Moment,
) -> Result<Decision<Issued>, Refusal> {
    if amount.is_zero() || amount.is_negative() {
        return Err(Refusal::Invalid(vec![Fault::field("amount", FaultKind::NotPositive)]));
    }
    if amount.to_minor().is_err() {
        return Err(Refusal::Invalid(vec![Fault::field("amount", FaultKind::NotWhole)]));
    }
    let most = terms.open_most(at.today);
    if open >= usize::try_from(most).unwrap_or(usize::MAX) {
        return Err(Refusal::TooManyReferences { most });
    }
    let issued = Issued {
        reference: Reference::drawn(at.entropy.uuid(at.now)),
        employer: employer.value.id,
        amount,
        issued_at: at.now,
        issued_on: at.today,
        expires_on: terms.last_day(at.today),
        issued_by: permit.actor().account,
        paid: None,
    };
    Ok(Decision {
        outcome: issued.clone(),
        expects: Vec::new(),
        changes: vec![Change::IssueReference(issued)],
        notices: Vec::new(),
    })
}

/// Says what becomes of a bank's notice, given the reference that it names, if there is one.
///
/// A day before the reference was issued, or after its last, does not keep the money from the
/// employer, for it did arrive: it is credited, from the day of issue at the earliest, because an
/// earlier day would undo lateness on a bank's mistake. It is listed for an agent too, who asks the
/// bank and grants the earlier day if it was right.
///
/// Money of another currency, or of a day more than [`AHEAD_DAYS`] ahead, which would be out of sight
/// until then, is not credited, and kept like all that a bank announces.
///
/// # Errors
/// An amount that no account can hold.
pub fn credit(
    notice: &BankNotice,
    issued: Option<&Issued>,
    currency: Currency,
    at: &Moment,
) -> Result<Decision<Received>, Refusal> {
    if notice.status != BankStatus::Paid {
        return Ok(Decision {
            outcome: Received::Pending,
            expects: Vec::new(),
            changes: Vec::new(),
            notices: Vec::new(),
        });
    }
    if notice.amount.currency() != currency {
        return Ok(dispute(notice, DisputeReason::OtherCurrency, at));
    }
    if at.today.checked_add_days(Days::new(AHEAD_DAYS)).is_some_and(|last| notice.paid_on > last) {
        return Ok(dispute(notice, DisputeReason::DayInFuture, at));
    }
    let issued = match issued {
        None => return Ok(dispute(notice, DisputeReason::UnknownReference, at)),
        Some(issued) if issued.amount != notice.amount && !planted!("any-amount") => {
            return Ok(dispute(notice, DisputeReason::OtherAmount, at));
        }
        Some(issued) if issued.paid.is_some() && !planted!("paid-again") => {
            return Ok(dispute(notice, DisputeReason::PaidBefore, at));
        }
        Some(issued) => issued,
    };
    let id = EntryId(at.entropy.uuid(at.now));
    let odd = DisputeReason::of_credited(notice, issued).filter(|_| !planted!("odd-not-listed"));
    let counts_on = notice.paid_on.max(issued.issued_on);
    let mut entry = Entry::blank(id, issued.employer, EntryKind::Payment, counts_on, at.now);
    entry.reference = Some(issued.reference.to_string());
    let postings = vec![
        Posting { account: LedgerAccount::Bank, amount: issued.amount },
        Posting { account: LedgerAccount::Deposit, amount: issued.amount.negated() },
    ];
    let entry = entry.with_postings(postings).map_err(|_| Refusal::AmountTooLarge)?;
    let paid = Paid {
        entry: id,
        bank: notice.bank.clone(),
        transaction: notice.transaction.clone(),
        paid_on: counts_on,
    };
    let receipt = receipt_number(&issued.reference);
    let told = Notice {
        id: crate::id::NoticeId(at.entropy.uuid(at.now)),
        to: issued.issued_by.into(),
        message: Message::PaymentReceived {
            amount: issued.amount.amount().to_string(),
            reference: issued.reference.to_string(),
            receipt: receipt.clone(),
        },
    };
    let mut changes = vec![Change::PostEntry(entry), Change::CreditReference(issued.reference, paid)];
    changes.extend(odd.map(|reason| Change::RecordDispute(listed(notice, reason, at))));
    Ok(Decision {
        outcome: Received::Credited { receipt },
        expects: vec![Expect::Unpaid(issued.reference)],
        changes,
        notices: if planted!("payment-not-told") { Vec::new() } else { vec![told] },
    })
}

/// Keeps what was announced, for an agent.
#[must_use]
pub fn dispute(notice: &BankNotice, reason: DisputeReason, at: &Moment) -> Decision<Received> {
    let dispute = listed(notice, reason, at);
    Decision {
        outcome: Received::Disputed { reason: reason.code().to_owned() },
        expects: Vec::new(),
        changes: if planted!("dispute-not-kept") { Vec::new() } else { vec![Change::RecordDispute(dispute)] },
        notices: Vec::new(),
    }
}

fn listed(notice: &BankNotice, reason: DisputeReason, at: &Moment) -> Dispute {
    Dispute { id: at.entropy.uuid(at.now), notice: notice.clone(), reason, received_at: at.now }
}
