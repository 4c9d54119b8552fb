//! A forgotten password (mot de passe oublié): an identifier, the choice of SMS or e-mail, a code, a
//! new password, and all sessions end.
//!
//! The one rule to remember: for an identifier that nobody has, a challenge is made all the same and
//! no code of it is ever right.

use super::budget::{self, Counts};
use super::challenge::{Challenge, ChallengeState, Purpose, Tried, kept};
use super::code::CodeKey;
use super::{Account, AccountChange, AccountExpect, Source, Tally, TallyKey};
use crate::decision::{Change, Decision, Expect, Moment};
use crate::fund::{AccessRules, Channel, Fund};
use crate::id::{ChallengeId, NoticeId};
use crate::notice::{Message, Notice};
use crate::refusal::Refusal;

/// A code goes to the account's own phone or address, by the way that was chosen; to nobody when
/// there is no such account, or it has no such contact. The answer is the same.
#[must_use]
pub fn begin(
    account: Option<&Account>,
    channel: Channel,
    source: Source,
    counts: &Counts,
    fund: &Fund,
    rules: &AccessRules,
    at: &Moment,
) -> Decision<Result<ChallengeId, Refusal>> {
    let email = account.and_then(|a| a.email.clone()).filter(|_| channel == Channel::Email);
    let phone = account.and_then(|a| a.phone.clone()).filter(|_| channel == Channel::Sms);
    // The number's own count would tell a stranger that there is one: it is looked at in silence.
    let shown = Counts { number: 0, prefix: 0, ..*counts };
    if let Err(why) = budget::may_send(&shown, &rules.budget) {
        let changes = vec![budget::refused(None, source, why, at)];
        let outcome = Err(Refusal::TooManyMessages);
        return Decision { outcome, expects: Vec::new(), changes, notices: Vec::new() };
    }
    let silent = budget::may_send(counts, &rules.budget);
    let reachable = silent.is_ok() && (email.is_some() || phone.is_some());
    let purpose = Purpose::Recover(account.map(|a| a.id).filter(|_| reachable));
    let spends = phone.as_ref().filter(|_| reachable);
    let (expects, mut changes) = budget::spend(spends, source, &rules.budget, &fund.phone_prefix, at);
    if let Err(why) = silent {
        changes.push(budget::refused(phone.as_ref(), source, why, at));
    }
    let challenge = Challenge::open(purpose, (email, phone), source, &rules.code, at);
    let notice = challenge.notice(&[channel], &rules.code, at).filter(|_| reachable);
    let id = challenge.id;
    changes.push(Change::Account(AccountChange::SaveChallenge(challenge)));
    Decision { outcome: Ok(id), expects, changes, notices: notice.into_iter().collect() }
}

/// The code was typed; once it is right a new password may be chosen until the code's life ends.
#[must_use]
pub fn confirm(
    challenge: &Challenge,
    typed: &str,
    key: &CodeKey,
    rules: &AccessRules,
    at: &Moment,
) -> Decision<Result<(), Refusal>> {
    if !matches!(challenge.purpose, Purpose::Recover(_)) {
        return kept(challenge, None, Err(Refusal::NotFound));
    }
    let (tried, after) = challenge.try_code(typed, key, &rules.code, at.now);
    let outcome = Challenge::refused(tried, after.as_ref(), &rules.code);
    let mut decision = kept(challenge, after, outcome);
    if tried == Tried::Right {
        decision.changes.push(Change::Account(AccountChange::Count(Tally::now(TallyKey::Confirmed, at.now))));
    }
    decision
}

/// The new password, hashed at the edge: once, while the confirmed code lives. A blocked account stays
/// blocked: who stole the phone gets the code.
///
/// # Errors
/// [`Refusal::CodeExpired`] when the code was not confirmed, has served, or is too old.
pub fn set_password(
    challenge: &Challenge,
    account: &Account,
    hash: String,
    at: &Moment,
) -> Result<Decision<()>, Refusal> {
    let confirmed = challenge.state == ChallengeState::Confirmed && !challenge.expired(at.now);
    if !confirmed || challenge.purpose != Purpose::Recover(Some(account.id)) {
        return Err(Refusal::CodeExpired);
    }
    let mut decision = changed(account, hash, at);
    decision.expects.push(challenge.seen());
    decision.changes.push(Change::Account(AccountChange::SaveChallenge(challenge.spent())));
    Ok(decision)
}

/// A new password of an account, after which no session lives.
#[must_use]
pub fn changed(account: &Account, hash: String, at: &Moment) -> Decision<()> {
    let new = account.changed(|a| {
        a.password_hash = hash;
        a.must_change = false;
        a.password_until = None;
    });
    Decision {
        outcome: (),
        expects: vec![Expect::Account(AccountExpect::Account(account.id, account.version))],
        changes: vec![
            Change::Account(AccountChange::Save(new)),
            Change::Account(AccountChange::EndSessions(account.id, None)),
        ],
        notices: vec![Notice {
            id: NoticeId(at.entropy.uuid(at.now)),
            to: account.id.into(),
            message: Message::PasswordChanged,
        }],
    }
}

/// The hash of a former site is renewed at the first right login (anciens comptes): the same
/// password, the fund's own hash; nobody is told, sessions stay.
#[must_use]
pub fn renewed(account: &Account, hash: String) -> Decision<()> {
    Decision {
        outcome: (),
        expects: vec![Expect::Account(AccountExpect::Account(account.id, account.version))],
        changes: vec![Change::Account(AccountChange::Save(account.changed(|a| a.password_hash = hash)))],
        notices: Vec::new(),
    }
}
