//! Scripts of a simulated fund: what happens, one line an event, as short as the failure allows.
//!
//! An event says how many minutes after the one before, what, and the luck that decides all its
//! details. So it makes sense after any other events, and a failing script can be cut.

use std::fmt;
use std::str::FromStr;

use super::luck::Luck;

macro_rules! events {
    ($($(#[$doc:meta])* $name:ident = $code:literal, $weight:literal;)*) => {
        /// What happens.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub enum What {
            $($(#[$doc])* $name,)*
        }

        impl What {
            /// All of them, with how often each happens among the others.
            const ALL: &'static [(Self, u64)] = &[$((Self::$name, $weight)),*];

            /// The word in a script.
            #[must_use]
            pub const fn code(self) -> &'static str {
                match self {
                    $(Self::$name => $code,)*
                }
            }
        }
    };
}

events! {
    /// An employer saves a draft, in one of its two tabs.
    Save = "save", 16;
    /// The same, with a fault in it.
    Spoil = "spoil", 2;
    /// A tab is opened again: it sees the draft as it is now.
    Look = "look", 4;
    /// An employer files what a tab shows.
    File = "file", 18;
    /// The last filing is sent once more.
    FileAgain = "file-again", 3;
    /// Another filing is sent under the key of the last one.
    FileOther = "file-other", 1;
    /// A draft is thrown away.
    Drop = "drop", 2;
    /// An employer asks for a reference.
    Ask = "ask", 12;
    /// The same request is sent once more.
    AskAgain = "ask-again", 3;
    /// A reference is paid at a bank, which posts notices.
    Pay = "pay", 12;
    /// Money is paid under a wrong reference, a wrong amount, or for the second time.
    PayWrong = "pay-wrong", 4;
    /// A bank says something else of a transaction that it announced.
    Restate = "restate", 2;
    /// A notice of a bank arrives: any of those on the way.
    Post = "post", 24;
    /// Several requests of one employer, its bank included, are carried out at once.
    Race = "race", 10;
    /// A courier takes notices and carries them, or dies on the way.
    Carry = "carry", 10;
    /// A courier who took too long says what became of his notices.
    Late = "late", 3;
    /// Two couriers set out at once.
    CarryTwo = "carry-two", 3;
    /// An insured person reads the individual account.
    Read = "read", 5;
    /// What is new in the audit trail is sealed.
    Seal = "seal", 4;
    /// The clock jumps back by an hour.
    ClockBack = "clock-back", 1;
}

/// One event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Event {
    /// How many minutes after the one before.
    pub minutes: u32,
    /// What.
    pub what: What,
    /// What decides the details.
    pub luck: u64,
}

/// What happens in a simulated fund.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Script {
    /// What the people and the numbers of this world are drawn from.
    pub seed: u64,
    /// What happens, in order.
    pub events: Vec<Event>,
}

/// The minutes of a year.
const YEAR: u64 = 365 * 24 * 60;

impl Script {
    /// What happens in so many years of the world of this seed: 130 events a year or so.
    #[must_use]
    pub fn of(seed: u64, years: u32) -> Self {
        let mut luck = Luck::new(seed);
        let all: u64 = What::ALL.iter().map(|(_, weight)| weight).sum();
        let mut events = Vec::new();
        let mut minutes = 0;
        while minutes < YEAR.saturating_mul(years.into()) {
            let mut at = luck.below(all);
            let what = What::ALL.iter().find(|(_, weight)| {
                let here = at < *weight;
                at = at.saturating_sub(*weight);
                here
            });
            // Often a few minutes, so that leases overlap; else up to eight days.
            let after = if luck.chance(30) { luck.below(8) } else { luck.below(11_520) };
            minutes = minutes.saturating_add(after);
            let what = what.map_or(What::Read, |(what, _)| *what);
            events.push(Event { minutes: u32::try_from(after).unwrap_or(0), what, luck: luck.draw() });
        }
        Self { seed, events }
    }

    /// The same without the events from place `from` to before `to`; the time that they took passes.
    #[must_use]
    pub(super) fn without(&self, from: usize, to: usize) -> Self {
        let (mut events, mut passed) = (Vec::new(), 0_u32);
        for (place, event) in (0..).zip(&self.events) {
            if place >= from && place < to {
                passed = passed.saturating_add(event.minutes);
            } else {
                events.push(Event { minutes: event.minutes.saturating_add(passed), ..*event });
                passed = 0;
            }
        }
        Self { seed: self.seed, events }
    }
}

impl fmt::Display for Script {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "world {}", self.seed)?;
        for event in &self.events {
            writeln!(f, "+{} {} {:016x}", event.minutes, event.what.code(), event.luck)?;
        }
        Ok(())
    }
}

/// The text is no script.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {0} is not one of a script")]
pub struct NotAScript(usize);

impl FromStr for Script {
    type Err = NotAScript;

    fn from_str(text: &str) -> Result<Self, NotAScript> {
        let mut lines = (1..).zip(text.lines()).filter(|(_, line)| !line.trim().is_empty());
        let (_, first) = lines.next().ok_or(NotAScript(1))?;
        let seed = first.trim().strip_prefix("world ").and_then(|seed| seed.parse().ok());
        let seed = seed.ok_or(NotAScript(1))?;
        let read = |line: &str| {
            let mut words = line.split_whitespace();
            let minutes = words.next()?.strip_prefix('+')?.parse().ok()?;
            let code = words.next()?;
            let (what, _) = What::ALL.iter().find(|(what, _)| what.code() == code)?;
            let luck = u64::from_str_radix(words.next()?, 16).ok()?;
            words.next().is_none().then_some(Event { minutes, what: *what, luck })
        };
        let events = lines.map(|(number, line)| read(line).ok_or(NotAScript(number)));
        Ok(Self { seed, events: events.collect::<Result<_, _>>()? })
    }
}
