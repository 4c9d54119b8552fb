//! What must be told, and what became of it.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};

use super::{Audit, Promise, hold};
use crate::id::{AccountId, NoticeId};
use crate::notice::{Delivery, Message, Notice, Taken};
use crate::port::Store;

/// How often a notice is tried before it is given up.
const TRIES: u32 = 12;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Waiting,
    Sent,
    Dead,
}

/// A notice as the auditor saw it.
#[derive(Debug)]
struct Letter {
    state: State,
    /// Nobody is given it before; unknown until it was first taken.
    due: Option<DateTime<Utc>>,
    tries: u32,
    carried: u32,
    /// What a courier said of it without hearing whether it was heard.
    unheard: Option<Delivery>,
    /// Since then its tries and its pause are not known.
    blurred: bool,
}

/// All notices.
#[derive(Debug, Default)]
pub(in crate::world) struct Letters {
    /// What must be told to whom: the number of a receipt, or the reference of a payment.
    expected: BTreeMap<String, AccountId>,
    told: BTreeMap<String, NoticeId>,
    letters: BTreeMap<NoticeId, Letter>,
    dead_after: Option<i64>,
}

/// What a notice is about.
fn subject(message: &Message) -> &str {
    match message {
        Message::DeclarationFiled { receipt, .. } | Message::DeclarationCorrected { receipt, .. } => receipt,
        Message::PaymentReceived { reference, .. } => reference,
        // Nobody signs up in the simulated world.
        other => other.key(),
    }
}

impl Letters {
    /// Something was decided that must be told.
    pub(super) fn expect(&mut self, told: Option<(String, AccountId)>) {
        self.expected.extend(told);
    }

    /// How many notices were sent, and how many were given up.
    pub fn counts(&self) -> (usize, usize) {
        let count = |state| self.letters.values().filter(|letter| letter.state == state).count();
        (count(State::Sent), count(State::Dead))
    }

    /// A courier was given these notices.
    pub fn taken(&mut self, taken: &[Taken], now: DateTime<Utc>, until: DateTime<Utc>) -> Audit {
        for one in taken {
            let id = one.notice.id;
            let Some(letter) = self.letters.get_mut(&id) else {
                return hold(false, Promise::Told, || format!("{id} is an identity that nobody saw before"));
            };
            let free = letter.due.is_none_or(|due| due <= now) || letter.blurred;
            hold(free, Promise::Letters, || format!("{id} is given to two: {letter:?} at {now}"))?;
            let waits = letter.state == State::Waiting;
            hold(waits, Promise::Letters, || format!("{id} is given again: {letter:?}"))?;
            let counted = letter.tries == one.tries || letter.blurred;
            hold(counted, Promise::Letters, || format!("{id}: {} tries of {letter:?}", one.tries))?;
            letter.due = Some(until);
        }
        Ok(())
    }

    /// A courier handed a notice over.
    pub fn carried(&mut self, id: NoticeId) {
        if let Some(letter) = self.letters.get_mut(&id) {
            letter.carried = letter.carried.saturating_add(1);
        }
    }

    /// A courier said what became of a notice, and heard that it was noted, or not.
    pub fn settled(&mut self, id: NoticeId, delivery: Delivery, now: DateTime<Utc>, heard: bool) -> Audit {
        let Some(letter) = self.letters.get_mut(&id) else { return Ok(()) };
        match &delivery {
            Delivery::Sent(_) | Delivery::Expired(_) => {}
            Delivery::Again(due, _) => {
                let pause = due.signed_duration_since(now);
                let grows = pause > TimeDelta::zero() && pause <= TimeDelta::hours(6);
                hold(grows, Promise::Letters, || format!("{id} waits {pause}"))?;
            }
            Delivery::Dead(_) => {
                let enough = letter.tries.saturating_add(1) >= TRIES || letter.blurred;
                hold(enough, Promise::Letters, || format!("{id} is given up: {letter:?}"))?;
            }
        }
        if letter.state != State::Waiting {
            return Ok(());
        }
        if !heard {
            letter.unheard = Some(delivery);
            letter.blurred = true;
            return Ok(());
        }
        letter.tries = letter.tries.saturating_add(1);
        match delivery {
            Delivery::Sent(_) | Delivery::Expired(_) => letter.state = State::Sent,
            Delivery::Again(due, _) => letter.due = Some(due),
            Delivery::Dead(_) => letter.state = State::Dead,
        }
        Ok(())
    }

    /// Compares the outbox with what must be told and with what became of it.
    pub(super) async fn check(&mut self, store: &dyn Store) -> Audit {
        let waiting = store.waiting_notices(1_000).await?;
        for notice in &waiting {
            self.see(notice)?;
        }
        let after = self.dead_after.unwrap_or(i64::MIN);
        let dead = store.dead_notices(after, 1_000).await?;
        self.dead_after = dead.last().map(|(place, _)| *place).or(self.dead_after);
        for (_, gone) in dead {
            let id = gone.notice.id;
            let letter = self.letters.get_mut(&id);
            let known = letter.is_some_and(|letter| {
                let given_up =
                    letter.state == State::Dead || matches!(letter.unheard, Some(Delivery::Dead(_)));
                letter.state = State::Dead;
                given_up && (gone.tries >= TRIES || letter.blurred)
            });
            hold(known, Promise::Letters, || format!("{gone:?} was not given up"))?;
        }
        let waiting: std::collections::BTreeSet<NoticeId> = waiting.iter().map(|notice| notice.id).collect();
        for (id, letter) in &mut self.letters {
            if letter.state == State::Waiting && !waiting.contains(id) {
                let unheard = matches!(letter.unheard, Some(Delivery::Sent(_) | Delivery::Expired(_)));
                hold(unheard, Promise::Told, || format!("{id} is gone: {letter:?}"))?;
                letter.state = State::Sent;
            }
        }
        let untold = self.expected.keys().find(|subject| !self.told.contains_key(*subject));
        hold(untold.is_none(), Promise::Told, || format!("{untold:?} is told to nobody"))
    }

    fn see(&mut self, notice: &Notice) -> Audit {
        if let Some(letter) = self.letters.get(&notice.id) {
            let waits = letter.state == State::Waiting;
            return hold(waits, Promise::Letters, || format!("{} waits again: {letter:?}", notice.id));
        }
        let subject = subject(&notice.message);
        let to = self.expected.get(subject);
        hold(to.is_some_and(|to| notice.to == (*to).into()), Promise::NotInvented, || format!("{notice:?}"))?;
        let before = self.told.insert(subject.to_owned(), notice.id);
        hold(before.is_none(), Promise::Told, || format!("{notice:?} was told before as {before:?}"))?;
        let letter =
            Letter { state: State::Waiting, due: None, tries: 0, carried: 0, unheard: None, blurred: false };
        self.letters.insert(notice.id, letter);
        Ok(())
    }

    /// At the end of the world everything was carried at least once, or given up.
    pub fn finished(&self) -> Audit {
        let lost = self.letters.iter().find(|(_, letter)| match letter.state {
            State::Waiting => true,
            State::Sent => letter.carried == 0,
            State::Dead => false,
        });
        hold(lost.is_none(), Promise::Told, || format!("never carried: {lost:?}"))
    }
}
