//! What people ask the counter for, and what it answers.

use chrono::NaiveDate;

use super::audit::Auditor;
use super::people::{Firm, Sheet};
use crate::calendar::Quarter;
use crate::decision::Moment;
use crate::declaration::Filed;
use crate::desk::{Desk, DeskError};
use crate::id::{RequestKey, Version};
use crate::money::Money;
use crate::payment::{Issued, Received};
use crate::port::StoreError;
use crate::refusal::Refusal;

/// A request that somebody makes.
#[derive(Clone, Debug)]
pub(super) enum Act {
    Save {
        firm: usize,
        quarter: Quarter,
        sheet: Sheet,
        seen: Option<Version>,
    },
    Drop {
        firm: usize,
        quarter: Quarter,
        seen: Version,
    },
    File {
        firm: usize,
        quarter: Quarter,
        seen: Version,
        key: RequestKey,
        today: NaiveDate,
    },
    Ask {
        firm: usize,
        amount: i64,
        key: RequestKey,
    },
    /// What a bank says, by its place among all that banks announced.
    Tell {
        content: usize,
    },
}

impl Act {
    pub const fn firm(&self) -> Option<usize> {
        match self {
            Self::Save { firm, .. }
            | Self::Drop { firm, .. }
            | Self::File { firm, .. }
            | Self::Ask { firm, .. } => Some(*firm),
            Self::Tell { .. } => None,
        }
    }

    /// The draft that it is about, as it was seen.
    pub const fn draft(&self) -> Option<(Quarter, Option<Version>)> {
        match self {
            Self::Save { quarter, seen, .. } => Some((*quarter, *seen)),
            Self::Drop { quarter, seen, .. } | Self::File { quarter, seen, .. } => {
                Some((*quarter, Some(*seen)))
            }
            _ => None,
        }
    }
}

/// What the counter answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Answer {
    Saved(Version),
    Dropped,
    Filed(Filed),
    Issued(Issued),
    Told(Received),
    Refused(Refusal),
}

/// A request and its answer.
#[derive(Debug)]
pub(super) struct Heard {
    pub act: Act,
    pub answer: Answer,
    /// It was made more than once before it was answered: the first may have been carried out.
    pub doubtful: bool,
}

/// Makes a request at a counter.
pub(super) async fn perform(
    act: &Act,
    firms: &[Firm],
    auditor: &Auditor,
    desk: &Desk,
    at: &Moment,
) -> Result<Answer, StoreError> {
    let filer = |firm: &usize| firms.get(*firm).map(|firm| (firm, firm.filer)).ok_or(Refusal::NotFound);
    let answer = async {
        Ok::<Answer, DeskError>(match act {
            Act::Save { firm, quarter, sheet, seen } => {
                let (who, filer) = filer(firm)?;
                Answer::Saved(desk.save_draft(filer, *quarter, sheet.lines(who), *seen, at).await?)
            }
            Act::Drop { firm, quarter, seen } => {
                desk.drop_draft(filer(firm)?.1, *quarter, *seen, at).await?;
                Answer::Dropped
            }
            Act::File { firm, quarter, seen, key, .. } => {
                Answer::Filed(desk.file(filer(firm)?.1, *quarter, *seen, *key, at).await?)
            }
            Act::Ask { firm, amount, key } => {
                let amount = Money::from_minor(*amount, desk.fund().currency)?;
                Answer::Issued(desk.issue_reference(filer(firm)?.1, amount, *key, at).await?)
            }
            Act::Tell { content } => {
                let notice = auditor.announced.notice(*content).ok_or(Refusal::NotFound)?;
                Answer::Told(desk.receive_payment(notice, at).await?)
            }
        })
    };
    match answer.await {
        Ok(answer) => Ok(answer),
        Err(DeskError::Refused(refusal)) => Ok(Answer::Refused(refusal)),
        Err(DeskError::Store(error)) => Err(error),
    }
}
