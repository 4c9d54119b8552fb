//! Having an account: signing in, proving who one is, and what everybody does with one's own account.

pub mod change_password;
pub mod charter;
pub mod contact;
pub mod form_page;
pub mod login;
pub mod mandates;
pub mod new_password;
pub mod own;
pub mod recovery;
pub(crate) mod rules;
pub mod second_factor;
pub mod sign_up;
pub mod verification;

use axum::http::StatusCode;
use axum::response::Response;
use chrono::{DateTime, Utc};
use cnss_core::desk::{DeskError, Present};
use cnss_core::refusal::Refusal;

use crate::page::PageProblem;
use crate::password::Checked;
use crate::portal::Portal;
use crate::problem::Stopped;
use crate::second_factor::SecondFactors;
use crate::session::Visitor;

impl Portal {
    /// The second factors of agents.
    pub(crate) fn second_factors(&self) -> SecondFactors {
        SecondFactors::new(self.code_key())
    }
}

/// Checks the password of who is logged in, once more; wrong ones count as at the login.
pub(crate) async fn own_password(portal: &Portal, present: &Present, password: &str) -> Result<(), Stopped> {
    let hash = present.account.password_hash.clone();
    let right = portal.inner.passwords.check(password.to_owned(), Some(hash)).await? != Checked::Wrong;
    Ok(portal.desk().prove_password(present, right, &portal.moment()).await?)
}

/// The words for a proof that is not the right one; anything else is a page of its own.
pub(crate) fn wrong_proof(
    portal: &Portal,
    visitor: &Visitor,
    stopped: Stopped,
    agent: bool,
) -> Result<(StatusCode, String), PageProblem> {
    match stopped {
        Stopped::Desk(DeskError::Refused(Refusal::WrongCredentials)) => {
            let wrong = if agent { second_factor::WRONG } else { "Ce mot de passe n'est pas le bon." };
            Ok((StatusCode::UNPROCESSABLE_ENTITY, wrong.to_owned()))
        }
        Stopped::Desk(DeskError::Refused(refusal @ Refusal::TooManyAttempts { .. })) => {
            let (title, advice) = portal.words().refusal(&refusal);
            Ok((crate::problem::status(&refusal), format!("{title}. {advice}")))
        }
        other => Err(PageProblem::stopped(portal, Some(visitor), &other)),
    }
}

/// What to answer when an act of a page is refused: a proof that is too old is given again, and leads
/// back to the page of the act.
pub(crate) fn act_refused(
    portal: &Portal,
    visitor: &Visitor,
    error: &DeskError,
    back: &str,
) -> Result<Response, PageProblem> {
    match error {
        DeskError::Refused(Refusal::ProveAgain) => Ok(second_factor::confirm_first(back)),
        error => Err(PageProblem::of(portal, Some(visitor), error)),
    }
}

/// An instant, to the minute.
pub(crate) fn instant_text(at: DateTime<Utc>) -> String {
    format!("{} à {}", crate::words::date_text(at.date_naive()), at.format("%H\u{a0}h\u{a0}%M"))
}
