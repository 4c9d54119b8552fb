//! Scripts (scénarios): what employers do at a counter over months, each command at its moment and
//! coherent with those before it, and a player that runs them on any store.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use chrono::{DateTime, Days, NaiveDate, NaiveTime, TimeDelta, Utc};
use proptest::prelude::*;
use uuid::Uuid;

use super::employers::{PastQuarter, Workplace, lines, pays, rates_known, workplace};
use crate::access::{Actor, Subject};
use crate::account::{Session, Source, TokenHash};
use crate::calendar::Quarter;
use crate::decision::{Entropy, Moment};
use crate::declaration::{Filed, RawLine};
use crate::desk::{Desk, DeskError, IndividualAccount};
use crate::fund::{Field, Fund};
use crate::id::{AccountId, RequestKey, Version};
use crate::ledger::Statement;
use crate::money::Money;
use crate::port::StoreError;
use crate::refusal::Refusal;

/// What somebody does; workplaces and workers by their place in the script.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    /// An employer, its login and its staff are entered into the register.
    Register(usize),
    /// Its filer logs in, with the right password or a wrong one.
    LogIn(usize, bool),
    /// Its filer logs out.
    LogOut(usize),
    /// A draft is saved over the one that was seen.
    Save(usize, Quarter, Vec<RawLine>),
    /// The draft is looked at as it would be filed.
    Preview(usize, Quarter),
    /// The draft is thrown away.
    Drop(usize, Quarter),
    /// The draft is filed, or corrects what stands.
    File(usize, Quarter),
    /// The last filing is sent once more, with the same key.
    FileAgain(usize),
    /// Money arrives.
    Pay(usize, Money),
    /// The employer reads its contribution account.
    Account(usize),
    /// A worker of an employer reads the individual account.
    Career(usize, usize),
}

/// A command at its moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// The instant.
    pub at: DateTime<Utc>,
    /// What is done.
    pub command: Command,
    /// False where a fault was put in on purpose, and a refusal is the right answer.
    pub sound: bool,
}

/// Employers, and what they do one thing after the other.
#[derive(Clone, Debug)]
pub struct Script {
    /// The employers, with their staff; what they declared is in the steps.
    pub workplaces: Vec<Workplace>,
    /// The commands, by ascending moment.
    pub steps: Vec<Step>,
}

/// What a counter answered.
#[derive(Clone, Debug)]
pub enum Answer {
    /// It is done, and there is nothing to show.
    Done,
    /// Somebody is logged in.
    LoggedIn(Actor),
    /// A draft is kept at this version.
    Saved(Version),
    /// What a draft would make due.
    Previewed(Money),
    /// A declaration is filed.
    Filed(Filed),
    /// A contribution account.
    Account(Statement),
    /// An individual account.
    Career(Box<IndividualAccount>),
    /// The fund says no.
    Refused(Refusal),
}

impl Answer {
    /// The refusal, if it is one.
    #[must_use]
    pub const fn refusal(&self) -> Option<&Refusal> {
        match self {
            Self::Refused(refusal) => Some(refusal),
            _ => None,
        }
    }
}

/// A wish, which becomes a coherent command once it is known what came before it.
#[derive(Clone, Debug)]
struct Wish {
    place: usize,
    days: u64,
    what: What,
}

#[derive(Clone, Debug)]
enum What {
    Save(Vec<u32>),
    Fault,
    File,
    Again,
    Drop,
    Preview,
    Pay(i64),
    LogIn(bool),
    LogOut,
    Account,
    Career(usize),
}

fn wish() -> impl Strategy<Value = Wish> {
    let what = prop_oneof![
        4 => pays().prop_map(What::Save),
        5 => Just(What::File),
        1 => Just(What::Fault),
        1 => Just(What::Again),
        1 => Just(What::Drop),
        1 => Just(What::Preview),
        3 => (1_i64..=2_000_000).prop_map(What::Pay),
        1 => prop::bool::weighted(0.7).prop_map(What::LogIn),
        1 => Just(What::LogOut),
        1 => Just(What::Account),
        1 => (0_usize..8).prop_map(What::Career),
    ];
    (0_usize..3, 0_u64..=60, what).prop_map(|(place, days, what)| Wish { place, days, what })
}

/// A script of so many commands after the employers (one to three) are registered on the first day
/// of quarter `first`.
///
/// A draft is only filed once its quarter is over, a correction changes something, a filing is only
/// repeated after it was made: every refusal but those that [`Step::sound`] announces is a fault.
pub fn script(fund: &Fund, first: Quarter, commands: RangeInclusive<usize>) -> BoxedStrategy<Script> {
    let one = |place| workplace(fund, place, first, 1..=4, 0..=0);
    let workplaces = prop_oneof![
        one(0).prop_map(|a| vec![a]),
        (one(0), one(1)).prop_map(|(a, b)| vec![a, b]),
        (one(0), one(1), one(2)).prop_map(|(a, b, c)| vec![a, b, c]),
    ];
    // A worker has one number, so nobody works for two employers of the script.
    let apart = workplaces.prop_filter("one person, one number", |all| {
        let mut numbers: Vec<_> = all.iter().flat_map(|w| w.staff.iter().map(|h| h.person.number)).collect();
        let count = numbers.len();
        numbers.sort_unstable();
        numbers.dedup();
        numbers.len() == count
    });
    let fund = fund.clone();
    (apart, prop::collection::vec(wish(), commands))
        .prop_map(move |(workplaces, wishes)| {
            let mut plot = Plot::new(&fund, &workplaces, first);
            for place in 0..workplaces.len() {
                plot.step(0, Command::Register(place), true);
            }
            for wish in wishes {
                plot.wish(wish);
            }
            let steps = plot.steps;
            Script { workplaces, steps }
        })
        .boxed()
}

/// What an employer has at the counter.
#[derive(Clone, Debug, Default)]
struct State {
    drafts: BTreeMap<Quarter, (Vec<RawLine>, bool)>,
    filed: BTreeMap<Quarter, Vec<RawLine>>,
    ever_filed: bool,
    wrong: u32,
    logged_in: bool,
}

/// A script that is being written.
struct Plot<'a> {
    fund: &'a Fund,
    workplaces: &'a [Workplace],
    first: Quarter,
    now: DateTime<Utc>,
    states: Vec<State>,
    steps: Vec<Step>,
}

impl<'a> Plot<'a> {
    fn new(fund: &'a Fund, workplaces: &'a [Workplace], first: Quarter) -> Self {
        let now = first.first_day().and_time(NaiveTime::MIN).and_utc();
        Self {
            fund,
            workplaces,
            first,
            now,
            states: vec![State::default(); workplaces.len()],
            steps: Vec::new(),
        }
    }

    fn step(&mut self, days: u64, command: Command, sound: bool) {
        self.now = self.now.checked_add_days(Days::new(days)).unwrap_or(self.now);
        // No two commands at one instant: the order of booking is that of the script.
        self.now = self.now.checked_add_signed(TimeDelta::minutes(1)).unwrap_or(self.now);
        self.steps.push(Step { at: self.now, command, sound });
    }

    fn wish(&mut self, Wish { place, days, what }: Wish) {
        let place = place.checked_rem(self.workplaces.len()).unwrap_or(0);
        let then = self.now.checked_add_days(Days::new(days)).unwrap_or(self.now);
        let (Some(mut state), Some(workplace)) =
            (self.states.get(place).cloned(), self.workplaces.get(place))
        else {
            return;
        };
        let (command, sound) = self.coherent(place, workplace, &mut state, what, then.date_naive());
        if let Some(kept) = self.states.get_mut(place) {
            *kept = state;
        }
        self.step(days, command, sound);
    }

    /// The wish itself, or, where it would make no sense now, a look at the account.
    fn coherent(
        &self,
        place: usize,
        workplace: &Workplace,
        state: &mut State,
        what: What,
        today: NaiveDate,
    ) -> (Command, bool) {
        let look = (Command::Account(place), true);
        let known = |quarter| rates_known(self.fund, &workplace.employer.category, quarter);
        match what {
            What::Save(pays) => {
                let Some((quarter, lines)) = self.next(workplace, state, today, &pays) else { return look };
                state.drafts.insert(quarter, (lines.clone(), known(quarter)));
                (Command::Save(place, quarter, lines), true)
            }
            What::Fault => {
                let Some((quarter, mut lines)) = self.next(workplace, state, today, &[1_000]) else {
                    return look;
                };
                if let Some(line) = lines.first_mut() {
                    line.set(Field::Wage1, "beaucoup");
                }
                // Drafts keep anything: it is filing that will be refused.
                state.drafts.insert(quarter, (lines.clone(), false));
                (Command::Save(place, quarter, lines), true)
            }
            What::File => {
                let over = state.drafts.iter().find(|(quarter, _)| quarter.last_day() < today);
                let Some((quarter, (lines, sound))) = over.map(|(q, d)| (*q, d.clone())) else {
                    return look;
                };
                let sound = sound && state.filed.get(&quarter) != Some(&lines);
                if sound {
                    state.drafts.remove(&quarter);
                    state.filed.insert(quarter, lines);
                    state.ever_filed = true;
                }
                (Command::File(place, quarter), sound)
            }
            What::Again if state.ever_filed => (Command::FileAgain(place), true),
            What::Drop => match state.drafts.pop_first() {
                Some((quarter, _)) => (Command::Drop(place, quarter), true),
                None => look,
            },
            What::Preview => match state.drafts.first_key_value() {
                Some((quarter, (_, sound))) => (Command::Preview(place, *quarter), *sound),
                None => look,
            },
            What::Pay(minor) => match Money::from_minor(minor, self.fund.currency) {
                Ok(money) => (Command::Pay(place, money), true),
                Err(_) => look,
            },
            // The fifth wrong password begins a pause, which has tests of its own.
            What::LogIn(right) if right || state.wrong < 4 => {
                state.wrong = if right { 0 } else { state.wrong.saturating_add(1) };
                state.logged_in |= right;
                (Command::LogIn(place, right), right)
            }
            What::LogOut if state.logged_in => {
                state.logged_in = false;
                (Command::LogOut(place), true)
            }
            What::Career(worker) if !workplace.staff.is_empty() => {
                (Command::Career(place, worker.checked_rem(workplace.staff.len()).unwrap_or(0)), true)
            }
            What::Account | What::Again | What::LogIn(_) | What::LogOut | What::Career(_) => look,
        }
    }

    /// The earliest quarter that is begun and not filed, or the last one filed, with lines for it.
    fn next(
        &self,
        workplace: &Workplace,
        state: &State,
        today: NaiveDate,
        pays: &[u32],
    ) -> Option<(Quarter, Vec<RawLine>)> {
        let running = Quarter::of(today);
        let mut open = (self.first.index()..=running.index())
            .filter_map(Quarter::from_index)
            .filter(|quarter| !state.filed.contains_key(quarter))
            .map(|quarter| (quarter, lines(self.fund, &workplace.staff, quarter, pays)))
            .filter(|(_, lines)| !lines.is_empty());
        let correction = || {
            let (quarter, _) = state.filed.last_key_value()?;
            Some((*quarter, lines(self.fund, &workplace.staff, *quarter, pays)))
        };
        open.next().or_else(correction)
    }
}

/// What a player remembers between two commands.
#[derive(Default)]
struct Seen {
    versions: BTreeMap<(usize, Quarter), Version>,
    filings: BTreeMap<usize, (Quarter, Version, RequestKey)>,
    sessions: BTreeMap<usize, TokenHash>,
}

impl From<Workplace> for Script {
    /// How the past of one employer came about: registered, then each quarter saved and filed on
    /// the tenth day after its end.
    ///
    /// ```
    /// use std::sync::Arc;
    /// use cnss_core::{desk::Desk, fund::Fund, memory::MemoryStore, strategy};
    /// use proptest::prelude::*;
    ///
    /// let togo = Arc::new(Fund::builtin("tg").expect("built in"));
    /// let wait = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    /// let first = "2023-T1".parse().expect("a quarter");
    /// let some = strategy::workplace(&togo, 0, first, 1..=3, 1..=3);
    /// proptest!(ProptestConfig::with_cases(8), |(workplace in some)| {
    ///     let desk = Desk::new(Arc::new(MemoryStore::new()), Arc::clone(&togo));
    ///     let (filer, past) = (workplace.filer(), workplace.past.clone());
    ///     wait.block_on(strategy::Script::from(workplace).play(&desk)).expect("the store answers");
    ///     for filed in past {
    ///         let stands = wait.block_on(desk.filed_lines(filer, filed.quarter, 0, 100)).expect("filed");
    ///         prop_assert_eq!(stands.len(), filed.lines.len());
    ///     }
    /// });
    /// ```
    fn from(workplace: Workplace) -> Self {
        let at = |day: NaiveDate, minute| {
            let instant = day.and_time(NaiveTime::MIN).and_utc();
            instant.checked_add_signed(TimeDelta::minutes(minute)).unwrap_or(instant)
        };
        let registered = at(workplace.employer.registered_on, 0);
        let mut steps = vec![Step { at: registered, command: Command::Register(0), sound: true }];
        for PastQuarter { quarter, lines } in &workplace.past {
            let day = quarter.last_day().checked_add_days(Days::new(10)).unwrap_or(NaiveDate::MAX);
            let save = Command::Save(0, *quarter, lines.clone());
            steps.push(Step { at: at(day, 0), command: save, sound: true });
            steps.push(Step { at: at(day, 1), command: Command::File(0, *quarter), sound: true });
        }
        Self { workplaces: vec![workplace], steps }
    }
}

impl Script {
    /// Plays every command, in order, and gives the answer to each.
    ///
    /// The same script on two empty stores must give the same answers: identities are drawn from
    /// the place of the step.
    ///
    /// # Errors
    /// When the store cannot answer; refusals are answers.
    pub async fn play(&self, desk: &Desk) -> Result<Vec<Answer>, StoreError> {
        let mut seen = Seen::default();
        let mut answers = Vec::with_capacity(self.steps.len());
        for (place, step) in self.steps.iter().enumerate() {
            answers.push(match self.answer(desk, &mut seen, place, step).await {
                Ok(answer) => answer,
                Err(DeskError::Refused(refusal)) => Answer::Refused(refusal),
                Err(DeskError::Store(error)) => return Err(error),
            });
        }
        Ok(answers)
    }

    fn actor(&self, place: usize) -> Result<(Actor, &Workplace), Refusal> {
        self.workplaces.get(place).map(|w| (w.filer(), w)).ok_or(Refusal::NotFound)
    }

    async fn answer(
        &self,
        desk: &Desk,
        seen: &mut Seen,
        number: usize,
        step: &Step,
    ) -> Result<Answer, DeskError> {
        let mut seed = [0; 32];
        for (to, from) in seed.iter_mut().zip(number.to_be_bytes()) {
            *to = from;
        }
        let at = Moment { now: step.at, today: step.at.date_naive(), entropy: Entropy::new(seed) };
        match &step.command {
            Command::Register(place) => {
                desk.register(self.actor(*place)?.1.people(), &at).await?;
                Ok(Answer::Done)
            }
            Command::LogIn(place, right) => {
                let (_, workplace) = self.actor(*place)?;
                let source = Source([0; 8]);
                let checked = desk.to_check(workplace.login.login(), source, &at).await?;
                // Every session has a token of its own.
                let token = TokenHash::of(&seed);
                let session = Session::open(token, workplace.login.id, at.now);
                let actor = desk.sign_in(&checked, *right, session, &at).await?;
                seen.sessions.insert(*place, token);
                Ok(Answer::LoggedIn(actor))
            }
            Command::LogOut(place) => {
                let token = *seen.sessions.get(place).ok_or(Refusal::NotLoggedIn)?;
                desk.logout(token, &at).await?;
                Ok(Answer::Done)
            }
            Command::Save(place, quarter, lines) => {
                let (actor, _) = self.actor(*place)?;
                let before = seen.versions.get(&(*place, *quarter)).copied();
                let version = desk.save_draft(actor, *quarter, lines.clone(), before, &at).await?;
                seen.versions.insert((*place, *quarter), version);
                Ok(Answer::Saved(version))
            }
            Command::Preview(place, quarter) => {
                let preview = desk.preview(self.actor(*place)?.0, *quarter, &at).await?;
                Ok(Answer::Previewed(preview.prepared.contributions))
            }
            Command::Drop(place, quarter) => {
                let version = seen.version(*place, *quarter)?;
                desk.drop_draft(self.actor(*place)?.0, *quarter, version, &at).await?;
                seen.versions.remove(&(*place, *quarter));
                Ok(Answer::Done)
            }
            Command::File(place, quarter) => {
                let version = seen.version(*place, *quarter)?;
                let key = RequestKey(Uuid::from_u128(u128::try_from(number).unwrap_or(0)));
                let filed = desk.file(self.actor(*place)?.0, *quarter, version, key, &at).await?;
                seen.versions.remove(&(*place, *quarter));
                seen.filings.insert(*place, (*quarter, version, key));
                Ok(Answer::Filed(filed))
            }
            Command::FileAgain(place) => {
                let (quarter, version, key) = *seen.filings.get(place).ok_or(Refusal::NotFound)?;
                Ok(Answer::Filed(desk.file(self.actor(*place)?.0, quarter, version, key, &at).await?))
            }
            Command::Pay(place, amount) => {
                let (_, workplace) = self.actor(*place)?;
                let reference = format!("VIR-{number}");
                desk.book_payment(workplace.employer.id, *amount, at.today, &reference, &at).await?;
                Ok(Answer::Done)
            }
            Command::Account(place) => {
                let account = desk.contribution_account(self.actor(*place)?.0, at.today).await?;
                Ok(Answer::Account(account.statement))
            }
            Command::Career(place, worker) => {
                let hired = self.actor(*place)?.1.staff.get(*worker).ok_or(Refusal::NotFound)?;
                let subject = Subject::Insured(hired.person.id);
                let actor = Actor { account: AccountId(hired.person.id.0), subject };
                Ok(Answer::Career(Box::new(desk.individual_account(actor, &at).await?)))
            }
        }
    }
}

impl Seen {
    fn version(&self, place: usize, quarter: Quarter) -> Result<Version, Refusal> {
        self.versions.get(&(place, quarter)).copied().ok_or(Refusal::NoDraft { quarter })
    }
}
