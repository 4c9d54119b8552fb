//! Couriers of a simulated fund, who die with notices in their bags or are slow; and who seals the trail.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use chrono::TimeDelta;

use super::World;
use crate::notice::{Delivery, Lease, Taken};
use crate::port::Store as _;
use crate::world::audit::Audit;
use crate::world::luck::Luck;
use crate::world::storm::{Failing, Fate, Request, together};

/// For how long a courier takes notices.
pub(super) const LEASE: TimeDelta = TimeDelta::minutes(5);

/// Notices that a slow courier still has, and whether he handed each over.
pub(super) struct Bag(Vec<(Taken, bool)>);

impl World {
    pub(super) fn stormy(&self, turns: bool, luck: &mut Luck) -> (Failing, Arc<AtomicBool>) {
        let dead = Arc::new(AtomicBool::new(false));
        let (fate, turns) = (Fate::drawn(luck), turns.then(|| luck.draw()));
        (Failing::new(Arc::clone(&self.store), fate, turns, Arc::clone(&dead)), dead)
    }

    pub(super) async fn carry(&mut self, couriers: usize, luck: &mut Luck) -> Audit {
        let limit = u32::try_from(luck.below(6)).unwrap_or(0).saturating_add(1);
        let lease = Lease { now: self.now, until: self.now + LEASE, limit };
        let mut requests = Vec::new();
        for _ in 0..couriers {
            let (store, dead) = self.stormy(couriers > 1, luck);
            requests.push(Request { work: Box::pin(async move { store.take_notices(lease).await }), dead });
        }
        for taken in together(requests, luck).await {
            // What nobody heard that he was given waits until its time is over.
            let Some(Ok(taken)) = taken else { continue };
            self.auditor.letters.taken(&taken, lease.now, lease.until)?;
            let mut bag = Vec::new();
            let mut slow = false;
            for one in taken {
                if luck.chance(4) {
                    // He dies, with all that is left.
                    break;
                }
                slow |= luck.chance(8);
                let carried = self.hand_over(&one, luck);
                if slow {
                    bag.push((one, carried));
                } else if !luck.chance(4) {
                    self.settle(&one, carried, luck).await?;
                }
            }
            if !bag.is_empty() {
                self.bags.push(Bag(bag));
            }
        }
        Ok(())
    }

    /// Hands a notice over, if its addressee can be reached.
    fn hand_over(&mut self, taken: &Taken, luck: &mut Luck) -> bool {
        let firm = self.firms.iter().find(|firm| taken.notice.to == firm.filer.account.into());
        let carried = firm.is_some_and(|firm| firm.reachable) && !luck.chance(15);
        if carried {
            self.auditor.letters.carried(taken.notice.id);
        }
        carried
    }

    async fn settle(&mut self, taken: &Taken, carried: bool, luck: &mut Luck) -> Audit {
        let id = taken.notice.id;
        let delivery = if carried { Delivery::Sent(self.now) } else { taken.failed("no route", self.now) };
        let (store, dead) = self.stormy(false, luck);
        let said = delivery.clone();
        let work = Box::pin(async move { store.settle_notice(id, said).await });
        let answer = together(vec![Request { work, dead }], luck).await.into_iter().next().flatten();
        self.auditor.letters.settled(id, delivery, self.now, answer.is_some_and(|answer| answer.is_ok()))
    }

    /// What is new in the audit trail is sealed; whoever hears of the seal keeps it elsewhere too.
    pub(super) async fn seal(&mut self, luck: &mut Luck) {
        let (store, dead) = self.stormy(false, luck);
        let now = self.now;
        let work = Box::pin(async move { store.seal_lines(now).await });
        let answers = together(vec![Request { work, dead }], luck).await;
        let seals = answers.into_iter().flatten().flatten().flatten();
        self.auditor.seals.extend(seals.map(|seal| (seal.number, seal.digest)));
    }

    /// A slow courier says at last what became of his notices.
    pub(super) async fn late(&mut self, luck: &mut Luck) -> Audit {
        let place = luck.place(self.bags.len());
        if place >= self.bags.len() {
            return Ok(());
        }
        let Bag(bag) = self.bags.swap_remove(place);
        for (taken, carried) in bag {
            self.settle(&taken, carried, luck).await?;
        }
        Ok(())
    }
}
