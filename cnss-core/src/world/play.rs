//! What happens in a simulated fund: requests reach the real counter through bad weather, are repeated
//! until they are answered, and the auditor hears every answer.

mod couriers;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use chrono::{DateTime, Days, NaiveDate, NaiveTime, TimeDelta, Utc};
use uuid::Uuid;

use self::couriers::{Bag, LEASE};
use super::Tally;
use super::act::{Act, Answer, Heard, perform};
use super::audit::{Audit, Auditor, Broken, Promise, hold};
use super::luck::Luck;
use super::people::{Firm, Sheet, first_day};
use super::script::{Event, What};
use super::storm::{Failing, Fate, Request, together};
use crate::calendar::Quarter;
use crate::decision::{Entropy, Moment};
use crate::desk::{Desk, QuarterState};
use crate::fund::Fund;
use crate::id::{RequestKey, Version};
use crate::money::Money;
use crate::notice::{Delivery, Lease};
use crate::payment::{BankCode, BankNotice, BankStatus, Issued, Reference};
use crate::port::{Store, StoreError};

/// How often a request is repeated in fair weather before the store is said not to answer.
const REPEATS: u32 = 5;
/// After so many events the auditor looks at everybody, and at every page.
const THOROUGH: usize = 24;

/// A world under way.
pub(super) struct World {
    store: Arc<dyn Store>,
    fund: Arc<Fund>,
    desk: Desk,
    firms: Arc<Vec<Firm>>,
    auditor: Auditor,
    now: DateTime<Utc>,
    /// What each of an employer's two tabs shows of each quarter.
    tabs: Vec<[BTreeMap<Quarter, Option<Version>>; 2]>,
    last_filing: Vec<Option<(Quarter, Version, RequestKey)>>,
    last_asked: Vec<Option<(i64, RequestKey)>>,
    /// Notices of banks on their way, by place.
    post: Vec<usize>,
    transactions: u64,
    bags: Vec<Bag>,
    pub tally: Tally,
}

impl World {
    /// A world at its beginning: its people are registered.
    pub async fn begin(seed: u64, store: Arc<dyn Store>, fund: Arc<Fund>) -> Result<Self, Broken> {
        let mut luck = Luck::new(!seed);
        let firms = Arc::new(Firm::all(&mut luck));
        let desk = Desk::new(Arc::clone(&store), Arc::clone(&fund));
        let now = first_day().and_time(NaiveTime::MIN).and_utc();
        let world = Self {
            store,
            fund,
            desk,
            auditor: Auditor::new(Arc::clone(&firms)),
            now,
            tabs: firms.iter().map(|_| <[BTreeMap<_, _>; 2]>::default()).collect(),
            last_filing: vec![None; firms.len()],
            last_asked: vec![None; firms.len()],
            firms,
            post: Vec::new(),
            transactions: 0,
            bags: Vec::new(),
            tally: Tally::default(),
        };
        let at = world.moment(&mut luck);
        for firm in world.firms.iter() {
            let people = firm.people().unwrap_or_default();
            let registered = world.desk.register(people, &at).await;
            hold(registered.is_ok(), Promise::Answers, || format!("{registered:?}"))?;
        }
        Ok(world)
    }

    fn moment(&self, luck: &mut Luck) -> Moment {
        Moment { now: self.now, today: self.now.date_naive(), entropy: Entropy::new(luck.bytes()) }
    }

    fn today(&self) -> NaiveDate {
        self.now.date_naive()
    }

    /// Lets one event happen, and has the auditor look.
    pub async fn happen(&mut self, event: &Event) -> Audit {
        self.now += TimeDelta::minutes(event.minutes.into());
        self.tally.events = self.tally.events.saturating_add(1);
        let mut luck = Luck::new(event.luck);
        let firm = luck.place(self.firms.len());
        let mut acts = Vec::new();
        match event.what {
            What::Save => acts.extend(self.save(firm, false, &mut luck)),
            What::Spoil => acts.extend(self.save(firm, true, &mut luck)),
            What::Look => self.look(firm, &mut luck).await?,
            What::File => acts.push(self.file(firm, &mut luck)),
            What::FileAgain => acts.extend(self.file_again(firm)),
            What::FileOther => {
                let key = self.last_filing.get(firm).copied().flatten().map(|(_, _, key)| key);
                if let (Act::File { firm, quarter, seen, today, .. }, Some(key)) =
                    (self.file(firm, &mut luck), key)
                {
                    acts.push(Act::File { firm, quarter, seen, key, today });
                }
            }
            What::Drop => acts.extend(self.throw_away(firm, &mut luck)),
            What::Ask => acts.push(self.ask(firm, &mut luck)),
            What::AskAgain => acts.extend(self.ask_again(firm)),
            What::Pay => self.pay(firm, &mut luck),
            What::PayWrong => self.pay_wrong(firm, &mut luck),
            What::Restate => self.restate(&mut luck),
            What::Post => acts.extend(self.arrive(&mut luck)),
            What::Race => acts = self.race(firm, &mut luck),
            What::Carry => self.carry(1, &mut luck).await?,
            What::CarryTwo => self.carry(2, &mut luck).await?,
            What::Late => self.late(&mut luck).await?,
            What::Read => {
                let workers = self.firms.get(firm).map_or(0, |firm| firm.workers.len());
                let at = self.moment(&mut luck);
                self.auditor.career(firm, luck.place(workers), &self.desk, &at).await?;
            }
            What::Seal => self.seal(&mut luck).await,
            What::ClockBack => self.now -= TimeDelta::hours(1),
        }
        let mut touched = vec![firm];
        let thorough = self.tally.events.is_multiple_of(THOROUGH);
        let done = thorough || !acts.is_empty();
        if !acts.is_empty() {
            let heard = self.carry_out(acts, &mut luck).await?;
            self.auditor.hear(&heard, &*self.store).await?;
            self.remember(&heard);
            touched.extend(heard.iter().filter_map(|one| self.paid_for(&one.act)));
        }
        let touched = (!thorough).then_some(touched.as_slice());
        self.auditor.check(touched, done, &self.desk, self.today()).await
    }

    /// Whose reference a notice names.
    fn paid_for(&self, act: &Act) -> Option<usize> {
        let Act::Tell { content } = act else { return None };
        let reference = self.auditor.announced.notice(*content)?.reference?;
        self.auditor.known.iter().position(|known| known.references.iter().any(|r| r.reference == reference))
    }

    fn remember(&mut self, heard: &[Heard]) {
        for one in heard {
            match (&one.act, &one.answer) {
                (Act::Save { firm, quarter, .. }, Answer::Saved(version)) => {
                    // The tab that saved shows what it saved; which one it was matters to nobody.
                    if let Some([first, _]) = self.tabs.get_mut(*firm) {
                        first.insert(*quarter, Some(*version));
                    }
                }
                (Act::File { firm, quarter, seen, key, .. }, Answer::Filed(_)) => {
                    self.tally.filed = self.tally.filed.saturating_add(1);
                    if let Some(last) = self.last_filing.get_mut(*firm) {
                        *last = Some((*quarter, *seen, *key));
                    }
                }
                (Act::Ask { firm, amount, key }, Answer::Issued(_)) => {
                    if let Some(last) = self.last_asked.get_mut(*firm) {
                        *last = Some((*amount, *key));
                    }
                }
                (_, Answer::Refused(_)) => self.tally.refused = self.tally.refused.saturating_add(1),
                _ => {}
            }
        }
    }

    /// Carries requests out at once, in any weather; each is repeated until it is answered.
    async fn carry_out(&mut self, acts: Vec<Act>, luck: &mut Luck) -> Result<Vec<Heard>, Broken> {
        let many = acts.len() > 1;
        let mut requests = Vec::new();
        for act in &acts {
            let (fate, turns) = (Fate::drawn(luck), many.then(|| luck.draw()));
            let dead = Arc::new(AtomicBool::new(false));
            let store = Failing::new(Arc::clone(&self.store), fate, turns, Arc::clone(&dead));
            let desk = Desk::new(Arc::new(store), Arc::clone(&self.fund));
            let at = self.moment(luck);
            let (firms, auditor) = (&*self.firms, &self.auditor);
            let work = Box::pin(async move { perform(act, firms, auditor, &desk, &at).await });
            requests.push(Request { work, dead });
        }
        let answers = together(requests, luck).await;
        let mut heard = Vec::new();
        for (act, answer) in acts.into_iter().zip(answers) {
            if let Act::Tell { content } = &act {
                self.auditor.announced.tell(*content);
            }
            let (mut answer, doubtful) = match answer {
                Some(Ok(answer)) => (Ok(answer), false),
                Some(Err(error)) => (Err(error), true),
                None => (Err(StoreError::Unavailable("whoever asked died".to_owned())), true),
            };
            self.tally.repeated = self.tally.repeated.saturating_add(usize::from(doubtful));
            for _ in 0..REPEATS {
                if answer.is_err() {
                    let at = self.moment(luck);
                    answer = perform(&act, &self.firms, &self.auditor, &self.desk, &at).await;
                }
            }
            heard.push(Heard { act, answer: answer?, doubtful });
        }
        Ok(heard)
    }

    // What employers do.

    /// The quarter that is declared next, or one that is declared already.
    fn quarter(&self, firm: usize, luck: &mut Luck) -> Option<Quarter> {
        let known = self.auditor.known.get(firm)?;
        let filed: Vec<Quarter> = known.filed.keys().copied().collect();
        if luck.chance(30)
            && let Some(quarter) = luck.one(&filed)
        {
            return Some(*quarter);
        }
        let running = Quarter::of(self.today());
        let mut open = (Quarter::of(first_day()).index()..=running.index()).filter_map(Quarter::from_index);
        open.find(|quarter| !known.filed.contains_key(quarter)).or(Some(running))
    }

    /// What a tab shows, after it was opened again or not.
    fn shown(&mut self, firm: usize, quarter: Quarter, again: bool, luck: &mut Luck) -> Option<Version> {
        let now = self.auditor.known.get(firm)?.drafts.get(&quarter).map(|(version, _)| *version);
        let tab = self.tabs.get_mut(firm)?.get_mut(luck.place(2))?;
        if again {
            tab.insert(quarter, now);
        }
        tab.get(&quarter).copied().flatten()
    }

    fn save(&mut self, firm: usize, faulty: bool, luck: &mut Luck) -> Option<Act> {
        let quarter = self.quarter(firm, luck)?;
        let workers = self.firms.get(firm)?.workers.len();
        let again = luck.chance(80);
        let seen = self.shown(firm, quarter, again, luck);
        let sheet = Sheet::drawn(workers, faulty, luck);
        Some(Act::Save { firm, quarter, sheet, seen })
    }

    fn file(&mut self, firm: usize, luck: &mut Luck) -> Act {
        let (today, key) = (self.today(), key(luck));
        let again = luck.chance(80);
        let drafts = self.auditor.known.get(firm).map(|known| &known.drafts);
        let mut over = drafts.into_iter().flat_map(BTreeMap::keys).copied();
        let quarter = over.find(|quarter| quarter.last_day() < today).unwrap_or(Quarter::of(first_day()));
        match self.shown(firm, quarter, again, luck) {
            Some(seen) => Act::File { firm, quarter, seen, key, today },
            None => match self.save(firm, false, luck) {
                Some(act) => act,
                None => Act::File { firm, quarter, seen: Version(0), key, today },
            },
        }
    }

    fn file_again(&self, firm: usize) -> Option<Act> {
        let (quarter, seen, key) = (*self.last_filing.get(firm)?)?;
        Some(Act::File { firm, quarter, seen, key, today: self.today() })
    }

    fn throw_away(&mut self, firm: usize, luck: &mut Luck) -> Option<Act> {
        let drafts = &self.auditor.known.get(firm)?.drafts;
        let quarter = *luck.one(&drafts.keys().collect::<Vec<_>>()).copied()?;
        let again = luck.chance(70);
        let seen = self.shown(firm, quarter, again, luck)?;
        Some(Act::Drop { firm, quarter, seen })
    }

    /// A tab is opened again; what it shows is what is known.
    async fn look(&mut self, firm: usize, luck: &mut Luck) -> Audit {
        let Some(quarter) = self.quarter(firm, luck) else { return Ok(()) };
        self.shown(firm, quarter, true, luck);
        let at = self.moment(luck);
        let (Some(known), Some(who)) = (self.auditor.known.get(firm), self.firms.get(firm)) else {
            return Ok(());
        };
        let view = match self.desk.declaration(who.filer, quarter, &at).await {
            Ok(view) => view,
            Err(error) => return hold(false, Promise::Answers, || error.to_string()),
        };
        let state = match known.filed.get(&quarter).map(Vec::len) {
            _ if known.drafts.contains_key(&quarter) => QuarterState::Draft,
            Some(1) => QuarterState::Filed,
            Some(_) => QuarterState::Corrected,
            None if quarter.last_day() >= at.today => QuarterState::Running,
            None => QuarterState::Open,
        };
        hold(view.state == state, Promise::Stays, || format!("{quarter} is {:?}, not {state:?}", view.state))
    }

    fn ask(&self, firm: usize, luck: &mut Luck) -> Act {
        // A whole quarter of a few workers, or anything between a franc and more than all is worth.
        let amount = if luck.chance(10) { 1 } else { luck.below(700_000).saturating_add(1) };
        Act::Ask { firm, amount: i64::try_from(amount).unwrap_or(1), key: key(luck) }
    }

    fn ask_again(&self, firm: usize) -> Option<Act> {
        let (amount, key) = (*self.last_asked.get(firm)?)?;
        Some(Act::Ask { firm, amount, key })
    }

    // What banks do.

    /// A new transaction of a bank.
    fn transaction(&mut self, reference_text: String, amount: Money, luck: &mut Luck) -> Option<BankNotice> {
        self.transactions = self.transactions.saturating_add(1);
        let bank = BankCode::parse(luck.one(&["btci", "orabank"])?)?;
        let reference = reference_text.parse::<Reference>().ok();
        let paid_on = self.today().checked_sub_days(Days::new(luck.below(4)))?;
        let transaction = format!("TX-{}/É", self.transactions);
        Some(BankNotice {
            bank,
            transaction,
            reference,
            reference_text,
            amount,
            paid_on,
            status: BankStatus::Paid,
        })
    }

    /// Posts what a bank says, more than once, and not in order with the rest.
    fn send(&mut self, notice: BankNotice, luck: &mut Luck) {
        if luck.chance(15) {
            let pending = BankNotice { status: BankStatus::Pending, ..notice.clone() };
            let content = self.auditor.announced.announce(pending);
            self.post.push(content);
        }
        let content = self.auditor.announced.announce(notice);
        for _ in 0..=luck.below(3) {
            self.post.push(content);
        }
    }

    fn reference(&self, firm: usize, luck: &mut Luck) -> Option<Issued> {
        let references = &self.auditor.known.get(firm)?.references;
        // Mostly one of the last ones, so that most are paid once.
        let last = references.len().saturating_sub(4);
        let recent = references.get(last..).unwrap_or_default();
        if luck.chance(80) { luck.one(recent) } else { luck.one(references) }.cloned()
    }

    fn pay(&mut self, firm: usize, luck: &mut Luck) {
        let Some(issued) = self.reference(firm, luck) else { return };
        // A person copies the reference as people do.
        let text = match luck.below(3) {
            0 => issued.reference.to_string().to_lowercase(),
            1 => issued.reference.to_string().replace('-', " "),
            _ => issued.reference.to_string(),
        };
        if let Some(notice) = self.transaction(text, issued.amount, luck) {
            self.send(notice, luck);
        }
    }

    fn pay_wrong(&mut self, firm: usize, luck: &mut Luck) {
        let Some(issued) = self.reference(firm, luck) else { return };
        let more =
            |by: i64| Money::from_minor(by, issued.amount.currency()).and_then(|by| issued.amount.plus(by));
        let text = issued.reference.to_string();
        let notices = match luck.below(3) {
            0 => vec![self.transaction(text, more(1).unwrap_or(issued.amount), luck)],
            1 => {
                let text =
                    if luck.chance(50) { "« l'inconnue » عائشة".to_owned() } else { unknown(luck) };
                vec![self.transaction(text, issued.amount, luck)]
            }
            // Paid at two counters.
            _ => vec![
                self.transaction(text.clone(), issued.amount, luck),
                self.transaction(text, issued.amount, luck),
            ],
        };
        for notice in notices.into_iter().flatten() {
            self.send(notice, luck);
        }
    }

    /// A bank says something else of a transaction that it announced before.
    fn restate(&mut self, luck: &mut Luck) {
        let of = luck.one(&self.post).and_then(|content| self.auditor.announced.notice(*content)).cloned();
        let Some(notice) = of.filter(|notice| notice.status == BankStatus::Paid) else { return };
        let one = Money::from_minor(1, notice.amount.currency());
        let Ok(amount) = one.and_then(|one| notice.amount.plus(one)) else { return };
        self.send(BankNotice { amount, ..notice }, luck);
    }

    /// Any of the notices on the way arrives.
    fn arrive(&mut self, luck: &mut Luck) -> Option<Act> {
        let place = luck.place(self.post.len());
        if place >= self.post.len() {
            return None;
        }
        Some(Act::Tell { content: self.post.swap_remove(place) })
    }

    /// Several things at once, most of them about the same draft, request or reference.
    fn race(&mut self, firm: usize, luck: &mut Luck) -> Vec<Act> {
        let mut acts = Vec::new();
        match luck.below(4) {
            0 => {
                acts.push(self.file(firm, luck));
                acts.push(self.file(firm, luck));
            }
            1 => {
                let first = self.file(firm, luck);
                acts.extend([first.clone(), first]);
            }
            2 => {
                let first = self.ask(firm, luck);
                acts.extend([first.clone(), first]);
            }
            _ => acts.extend(self.save(firm, false, luck)),
        }
        let bank = luck.below(3);
        for _ in 0..bank {
            acts.extend(self.arrive(luck));
        }
        if let (Some(Act::Tell { content }), true) = (acts.last().cloned(), luck.chance(50)) {
            acts.push(Act::Tell { content });
        }
        if luck.chance(30) {
            acts.extend(self.save(firm, false, luck));
        }
        acts
    }

    /// The end: what is on the way arrives, everything is told or given up, and the auditor looks at
    /// everything.
    pub async fn end(&mut self, luck: &mut Luck) -> Audit {
        while let Some(act) = self.arrive(luck) {
            let heard = self.carry_out(vec![act], luck).await?;
            self.auditor.hear(&heard, &*self.store).await?;
        }
        self.auditor.check(None, true, &self.desk, self.today()).await?;
        // Twelve tries for whom nobody reaches, and more for what nobody heard of.
        for _ in 0..40 {
            self.now += TimeDelta::hours(7);
            loop {
                let lease = Lease { now: self.now, until: self.now + LEASE, limit: 1_000 };
                let taken = self.store.take_notices(lease).await?;
                if taken.is_empty() {
                    break;
                }
                self.auditor.letters.taken(&taken, lease.now, lease.until)?;
                for one in taken {
                    let firm = self.firms.iter().find(|firm| one.notice.to == firm.filer.account.into());
                    let carried = firm.is_some_and(|firm| firm.reachable);
                    let delivery = if carried {
                        self.auditor.letters.carried(one.notice.id);
                        Delivery::Sent(self.now)
                    } else {
                        one.failed("no route", self.now)
                    };
                    let id = one.notice.id;
                    self.store.settle_notice(id, delivery.clone()).await?;
                    self.auditor.letters.settled(id, delivery, self.now, true)?;
                }
            }
        }
        self.auditor.check(None, true, &self.desk, self.today()).await?;
        self.auditor.letters.finished()?;
        self.auditor.trail(&*self.store, self.now).await?;
        for (place, firm) in self.firms.iter().enumerate() {
            for worker in 0..firm.workers.len() {
                let at = self.moment(luck);
                self.auditor.career(place, worker, &self.desk, &at).await?;
            }
        }
        (self.tally.credited, self.tally.disputed) = self.auditor.announced.counts();
        (self.tally.sent, self.tally.given_up) = self.auditor.letters.counts();
        Ok(())
    }
}

fn key(luck: &mut Luck) -> RequestKey {
    RequestKey(Uuid::from_u128(u128::from(luck.draw()) << 64 | u128::from(luck.draw())))
}

/// A sound reference that was never issued.
fn unknown(luck: &mut Luck) -> String {
    Reference::drawn(Uuid::from_u128(luck.draw().into())).to_string()
}
