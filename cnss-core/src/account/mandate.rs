//! Sub-accounts of an employer (sous-comptes, mandats): who may declare, pay or read for it; given
//! by the principal, who sees all of them and withdraws them.
//!
//! An accountant has one account and several mandates, and acts for one employer at a time. The one
//! rule to remember: what he does bears his own name, and ends with the mandate, at once.

use chrono::{DateTime, Duration, Utc};

use super::session::Session;
use super::{Account, AccountChange, AccountExpect};
pub use crate::access::Rights;
use crate::access::{Actor, Delegation, Subject};
use crate::decision::{Change, Decision, Expect, Moment};
use crate::id::{AccountId, EmployerId, MandateId, NoticeId, Version};
use crate::notice::{Addressee, Contacts, Message, Notice};
use crate::person::Email;
use crate::refusal::Refusal;

/// For how many days an invitation may be taken up.
const INVITATION_DAYS: i64 = 14;

/// Somebody's right to act for an employer (mandat).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mandate {
    /// Identity.
    pub id: MandateId,
    /// For which employer.
    pub employer: EmployerId,
    /// Who was invited.
    pub invited: Email,
    /// Whose it is, once it was taken up.
    pub account: Option<AccountId>,
    /// What it allows.
    pub rights: Rights,
    /// Which account gave it.
    pub given_by: AccountId,
    /// When.
    pub given_at: DateTime<Utc>,
    /// When it was withdrawn.
    pub withdrawn_at: Option<DateTime<Utc>>,
    /// Who changed it last.
    pub changed_by: AccountId,
    /// Grows with every change.
    pub version: Version,
}

impl Mandate {
    /// True when it allows its holder to act.
    #[must_use]
    pub const fn stands(&self) -> bool {
        self.account.is_some() && self.withdrawn_at.is_none()
    }

    /// True when nobody took it up in time: the invitation has lapsed.
    #[must_use]
    pub fn lapsed(&self, now: DateTime<Utc>) -> bool {
        let late = now.signed_duration_since(self.given_at) >= Duration::days(INVITATION_DAYS);
        late && self.account.is_none() && self.withdrawn_at.is_none()
    }

    fn changed(&self, by: AccountId, change: impl FnOnce(&mut Self)) -> Self {
        let mut mandate = self.clone();
        change(&mut mandate);
        mandate.changed_by = by;
        mandate.version = self.version.next();
        mandate
    }
}

/// The employer of a principal.
pub(crate) fn principal(actor: Actor) -> Result<EmployerId, Refusal> {
    match actor.subject {
        Subject::Employer(id) => Ok(id),
        _ => Err(Refusal::NotAllowed),
    }
}

fn saved(
    seen: Option<&Mandate>,
    new: Mandate,
    to: Addressee,
    message: Message,
    at: &Moment,
) -> Decision<MandateId> {
    Decision {
        outcome: new.id,
        expects: seen.map(|m| Expect::Account(AccountExpect::Mandate(m.id, m.version))).into_iter().collect(),
        changes: vec![Change::Account(AccountChange::SaveMandate(new))],
        notices: vec![Notice { id: NoticeId(at.entropy.uuid(at.now)), to, message }],
    }
}

/// The principal invites somebody by e-mail.
///
/// # Errors
/// [`Refusal::NotAllowed`] for anybody but the principal, and when nothing is allowed by it.
pub fn invite(
    actor: Actor,
    invited: Email,
    rights: Rights,
    company: &str,
    at: &Moment,
) -> Result<Decision<MandateId>, Refusal> {
    let employer = principal(actor)?;
    if rights == Rights::default() {
        return Err(Refusal::NothingChanged);
    }
    let mandate = Mandate {
        id: MandateId(at.entropy.uuid(at.now)),
        employer,
        invited: invited.clone(),
        account: None,
        rights,
        given_by: actor.account,
        given_at: at.now,
        withdrawn_at: None,
        changed_by: actor.account,
        version: Version(1),
    };
    let message =
        Message::MandateOffered { company: company.chars().take(60).collect(), mandate: mandate.id };
    let to = Addressee::Contacts(Contacts { email: Some(invited), phone: None });
    Ok(saved(None, mandate, to, message, at))
}

/// The invited person takes the mandate up, with the account whose e-mail address was invited.
///
/// # Errors
/// [`Refusal::NotFound`] when it is not his, was withdrawn, or waited too long; the same for each, so
/// that it tells nobody anything.
pub fn accept(mandate: &Mandate, account: &Account, at: &Moment) -> Result<Decision<MandateId>, Refusal> {
    let own = account.email.as_ref() == Some(&mandate.invited);
    if !own || mandate.lapsed(at.now) || mandate.account.is_some() || mandate.withdrawn_at.is_some() {
        return Err(Refusal::NotFound);
    }
    let new = mandate.changed(account.id, |m| m.account = Some(account.id));
    Ok(saved(Some(mandate), new, mandate.given_by.into(), Message::MandateAccepted, at))
}

/// The principal withdraws a mandate: the next request of its holder is refused already.
///
/// # Errors
/// [`Refusal::NotFound`] when it is not of his company; [`Refusal::NothingChanged`] when it is withdrawn.
pub fn withdraw(actor: Actor, mandate: &Mandate, at: &Moment) -> Result<Decision<MandateId>, Refusal> {
    if principal(actor)? != mandate.employer {
        return Err(Refusal::NotFound);
    }
    if mandate.withdrawn_at.is_some() {
        return Err(Refusal::NothingChanged);
    }
    let new = mandate.changed(actor.account, |m| m.withdrawn_at = Some(at.now));
    let to = match mandate.account {
        Some(account) => account.into(),
        None => Addressee::Contacts(Contacts { email: Some(mandate.invited.clone()), phone: None }),
    };
    Ok(saved(Some(mandate), new, to, Message::MandateWithdrawn, at))
}

/// The holder of a session acts for another of his employers, or for himself again.
///
/// # Errors
/// [`Refusal::NotFound`] when the mandate is not his or does not stand.
pub fn switch(session: &Session, to: Option<&Mandate>) -> Result<Decision<()>, Refusal> {
    if to.is_some_and(|mandate| !mandate.stands() || mandate.account != Some(session.account)) {
        return Err(Refusal::NotFound);
    }
    let session = Session { acting: to.map(|mandate| mandate.id), ..session.clone() };
    let expects = to.map(|m| Expect::Account(AccountExpect::Mandate(m.id, m.version))).into_iter().collect();
    let changes = vec![Change::Account(AccountChange::SaveSession(session))];
    Ok(Decision { outcome: (), expects, changes, notices: Vec::new() })
}

/// In whose name a session acts: the account's own, or by a mandate that still stands.
#[must_use]
pub fn acting(account: &Account, session: &Session, mandate: Option<&Mandate>) -> Actor {
    let own = account.actor();
    let standing = mandate.filter(|mandate| {
        session.acting == Some(mandate.id) && mandate.stands() && mandate.account == Some(account.id)
    });
    match standing {
        Some(mandate) => Actor {
            subject: Subject::Delegate(Delegation { employer: mandate.employer, rights: mandate.rights }),
            ..own
        },
        None => own,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::account::{Login, TokenHash};
    use crate::decision::Entropy;
    use crate::person::Name;
    use uuid::Uuid;

    const FIRM: EmployerId = EmployerId(Uuid::from_u128(1));
    const PRINCIPAL: Actor =
        Actor { account: AccountId(Uuid::from_u128(2)), subject: Subject::Employer(FIRM) };

    fn at(days: i64) -> Moment {
        let now = DateTime::UNIX_EPOCH + Duration::days(20_000 + days);
        Moment { now, today: now.date_naive(), entropy: Entropy::new([u8::try_from(days).expect("few"); 32]) }
    }

    fn address() -> Email {
        Email::parse("cabinet@example.tg").expect("an address")
    }

    fn accountant() -> Account {
        let holder = Name::parse("Cabinet Kodjo").expect("a name");
        let id = AccountId(Uuid::from_u128(3));
        Account::new(id, Login::email(&address()), String::new(), Subject::Mandatary, holder)
    }

    fn kept(decision: &Decision<MandateId>) -> Mandate {
        match decision.changes.as_slice() {
            [Change::Account(AccountChange::SaveMandate(mandate))] => mandate.clone(),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_mandate_is_given_taken_up_used_and_withdrawn() {
        let rights = Rights { declare: true, ..Rights::default() };
        let given = kept(&invite(PRINCIPAL, address(), rights, "SOTRAL", &at(0)).expect("given"));
        assert!(!given.stands(), "nobody has it yet");
        assert_eq!(accept(&given, &accountant(), &at(14)).map(|_| ()), Err(Refusal::NotFound), "too late");
        let taken = kept(&accept(&given, &accountant(), &at(13)).expect("taken up"));
        let session = Session::open(TokenHash([0; 32]), accountant().id, at(13).now);
        assert_eq!(
            acting(&accountant(), &session, Some(&taken)).subject,
            Subject::Mandatary,
            "not switched to"
        );
        let switched = switch(&session, Some(&taken)).expect("his");
        let [Change::Account(AccountChange::SaveSession(session))] = switched.changes.as_slice() else {
            panic!("one change")
        };
        let actor = acting(&accountant(), session, Some(&taken));
        assert_eq!(actor.account, accountant().id, "what he does bears his own name");
        assert_eq!(actor.file_declarations().map(|(firm, _)| firm), Ok(FIRM));
        assert_eq!(actor.read_contributions().map(|(firm, _)| firm), Err(Refusal::NotAllowed));
        let withdrawn = kept(&withdraw(PRINCIPAL, &taken, &at(15)).expect("withdrawn"));
        let after = acting(&accountant(), session, Some(&withdrawn));
        assert_eq!(after.file_declarations().map(|(firm, _)| firm), Err(Refusal::NotAllowed));
        assert_eq!(switch(session, Some(&withdrawn)).map(|_| ()), Err(Refusal::NotFound));
        assert_eq!(withdraw(PRINCIPAL, &withdrawn, &at(16)).map(|_| ()), Err(Refusal::NothingChanged));
    }

    #[test]
    fn nobody_else_gives_takes_or_withdraws() {
        let given = kept(&invite(PRINCIPAL, address(), Rights::ALL, "SOTRAL", &at(0)).expect("given"));
        let other = Actor { subject: Subject::Employer(EmployerId(Uuid::from_u128(9))), ..PRINCIPAL };
        assert_eq!(withdraw(other, &given, &at(1)).map(|_| ()), Err(Refusal::NotFound));
        let delegation = Delegation { employer: FIRM, rights: Rights::ALL };
        let delegate = Actor { subject: Subject::Delegate(delegation), ..PRINCIPAL };
        assert_eq!(
            invite(delegate, address(), Rights::ALL, "S", &at(1)).map(|_| ()),
            Err(Refusal::NotAllowed)
        );
        assert_eq!(withdraw(delegate, &given, &at(1)).map(|_| ()), Err(Refusal::NotAllowed));
        let stranger = Account { email: Email::parse("x@example.tg").ok(), ..accountant() };
        assert_eq!(accept(&given, &stranger, &at(1)).map(|_| ()), Err(Refusal::NotFound));
        assert_eq!(
            invite(PRINCIPAL, address(), Rights::default(), "S", &at(1)).map(|_| ()),
            Err(Refusal::NothingChanged)
        );
    }
}
