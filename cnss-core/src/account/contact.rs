//! Another address or phone for one's account: proved by a code that goes there, told to the former
//! ones.

use super::budget::{self, Counts};
use super::challenge::{Challenge, Purpose, Tried, kept};
use super::code::CodeKey;
use super::{Account, AccountChange, AccountExpect, Login, Source, Tally, TallyKey};
use crate::decision::{Change, Decision, Expect, Moment};
use crate::fund::{AccessRules, Channel, Fund};
use crate::id::{ChallengeId, NoticeId};
use crate::notice::{Addressee, Contacts, Message, Notice};
use crate::person::{Email, Phone};
use crate::refusal::Refusal;

/// Both ways: the code goes where the new contact is.
const BOTH: [Channel; 2] = [Channel::Sms, Channel::Email];

/// A code goes to the new address or phone.
#[must_use]
pub fn begin(
    account: &Account,
    (email, phone): (Option<Email>, Option<Phone>),
    source: Source,
    counts: &Counts,
    fund: &Fund,
    rules: &AccessRules,
    at: &Moment,
) -> Decision<Result<ChallengeId, Refusal>> {
    let mut decision = Decision {
        outcome: Err(Refusal::NothingChanged),
        expects: Vec::new(),
        changes: Vec::new(),
        notices: Vec::new(),
    };
    // One at a time: a code proves one of them.
    if email.is_some() == phone.is_some() {
        return decision;
    }
    if let Err(why) = budget::may_send(counts, &rules.budget) {
        decision.changes.push(budget::refused(phone.as_ref(), source, why, at));
        decision.outcome = Err(Refusal::TooManyMessages);
        return decision;
    }
    (decision.expects, decision.changes) =
        budget::spend(phone.as_ref(), source, &rules.budget, &fund.phone_prefix, at);
    let challenge = Challenge::open(Purpose::Contact(account.id), (email, phone), source, &rules.code, at);
    decision.notices.extend(challenge.notice(&BOTH, &rules.code, at));
    decision.outcome = Ok(challenge.id);
    decision.changes.push(Change::Account(AccountChange::SaveChallenge(challenge)));
    decision
}

/// The code was typed: the contact is the account's, and its login when the address was one; the
/// former contacts hear of it. An address that somebody else logs in with changes nothing, with the
/// same answer: only that address hears why.
#[must_use]
pub fn confirm(
    challenge: &Challenge,
    account: &Account,
    login_taken: Option<&Account>,
    typed: &str,
    key: &CodeKey,
    rules: &AccessRules,
    at: &Moment,
) -> Decision<Result<(), Refusal>> {
    if challenge.purpose != Purpose::Contact(account.id) {
        return kept(challenge, None, Err(Refusal::NotFound));
    }
    let (tried, after) = challenge.try_code(typed, key, &rules.code, at.now);
    if let Err(refusal) = Challenge::refused(tried, after.as_ref(), &rules.code) {
        return kept(challenge, after, Err(refusal));
    }
    if tried == Tried::Again {
        return kept(challenge, None, Ok(()));
    }
    let mut decision = kept(challenge, Some(challenge.spent()), Ok(()));
    decision.changes.push(Change::Account(AccountChange::Count(Tally::now(TallyKey::Confirmed, at.now))));
    let mut tell = |to: Addressee, message| {
        decision.notices.push(Notice { id: NoticeId(at.entropy.uuid(at.now)), to, message });
    };
    if login_taken.is_some_and(|other| other.id != account.id) {
        tell(Addressee::Contacts(challenge.contacts(&BOTH)), Message::SignUpImpossible);
        return decision;
    }
    let former = Contacts {
        email: account.email.clone().filter(|_| challenge.email.is_some()),
        phone: account.phone.clone().filter(|_| challenge.phone.is_some()),
    };
    if !former.is_empty() {
        tell(Addressee::Contacts(former), Message::ContactChanged);
    }
    let new = account.changed(|a| {
        if let Some(email) = &challenge.email {
            let own = a.email.as_ref().map(Login::email);
            for login in a.logins.iter_mut().filter(|login| own.as_ref() == Some(*login)) {
                *login = Login::email(email);
            }
            a.email = Some(email.clone());
        }
        a.phone = challenge.phone.clone().or_else(|| a.phone.take());
    });
    decision.expects.push(Expect::Account(AccountExpect::Account(account.id, account.version)));
    decision.changes.push(Change::Account(AccountChange::Save(new)));
    decision
}
