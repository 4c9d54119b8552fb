//! Pages of the fund's agents (« Espace Agent »): accounts that wait, that are blocked or that are
//! looked up; messages that were not sent; who may do what.
//!
//! The one rule to remember: the counter asks for the role and the second factor each time, and for
//! what changes anything for a proof of the last minutes; a page that does not show a button is no
//! protection.

pub mod account;
pub mod accounts;
pub mod agents;
pub mod refusals;
pub mod rights;

use cnss_core::account::{Account, BlockReason, Role, State};

use crate::portal::Portal;
use crate::session::Visitor;
use crate::view::{Link, Shell, StatusTag, Tone};

/// Rows on one page.
pub(crate) const PAGE: u32 = 20;

/// What a role lets do, in words.
pub(crate) const fn role_text(role: Role) -> &'static str {
    match role {
        Role::Activate => "Activer les comptes",
        Role::Unblock => "Bloquer et débloquer les comptes",
        Role::ReadRefusals => "Voir les messages refusés",
        Role::TreatDisputes => "Traiter les paiements non crédités",
        Role::Administer => "Nommer les agents et dire ce qu'ils peuvent faire",
    }
}

/// Why an account is blocked, in words.
pub(crate) const fn reason_text(why: BlockReason) -> &'static str {
    match why {
        BlockReason::Theft => "vol signalé par le titulaire",
        BlockReason::Loss => "perte signalée par le titulaire",
        BlockReason::Fraud => "utilisation frauduleuse signalée par le titulaire",
        BlockReason::Agent => "bloqué par un agent",
    }
}

/// How an account stands.
pub(crate) fn state_tag(account: &Account) -> StatusTag {
    match account.state {
        State::Active => StatusTag::new(Tone::Success, "Actif"),
        State::Waiting { .. } => StatusTag::new(Tone::Info, "À activer"),
        State::Blocked { .. } => StatusTag::new(Tone::Error, "Bloqué"),
    }
}

impl Portal {
    /// The shell around a page of an agent.
    pub(crate) fn agent_shell(&self, visitor: &Visitor, title: &str, current: &str) -> Shell {
        let mut shell = self.shell_of(visitor, title, current, None);
        if current != "/agent" {
            shell.trail.push(Link::new("Espace Agent", "/agent"));
        }
        shell
    }
}
