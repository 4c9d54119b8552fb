//! Laws of a message's status: what comes late, twice or in another order changes no end.

use cnss_core::id::NoticeId;
use cnss_core::notice::{DeliveryStatus, Heard};
use cnss_sms::Channel;
use cnss_sms::book::{Book as _, MemoryBook};
use cnss_sms::transport::{Outcome, Report};
use proptest::prelude::*;
use uuid::Uuid;

fn heard() -> impl Strategy<Value = Heard> {
    prop_oneof![
        Just(Heard::HandedOver),
        Just(Heard::Delivered),
        "[a-z]{1,5}".prop_map(|why| Heard::Failed { why }),
    ]
}

fn after(all: &[Heard]) -> DeliveryStatus {
    all.iter().fold(DeliveryStatus::Queued, |status, heard| status.after(heard))
}

fn rank(status: &DeliveryStatus) -> u8 {
    match status {
        DeliveryStatus::Queued => 0,
        DeliveryStatus::Sent => 1,
        DeliveryStatus::Delivered | DeliveryStatus::Failed { .. } => 2,
    }
}

fn reports_on(book: &MemoryBook, reports: &[(usize, Heard)]) {
    for (part, heard) in reports {
        let report = Report { reference: format!("r{part}"), heard: heard.clone() };
        now(book.report(Channel::Sms, &report)).expect("kept");
    }
}

/// The value of a future that never waits.
fn now<T>(future: impl Future<Output = T>) -> T {
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    match std::pin::pin!(future).poll(&mut context) {
        std::task::Poll::Ready(value) => value,
        std::task::Poll::Pending => panic!("it waits"),
    }
}

proptest! {
    #[test]
    fn never_back_and_no_end_is_left(all in prop::collection::vec(heard(), 0..12)) {
        let mut status = DeliveryStatus::Queued;
        for heard in &all {
            let next = status.after(heard);
            prop_assert!(rank(&next) >= rank(&status));
            prop_assert!(!status.is_final() || next == status);
            prop_assert_eq!(next.after(heard), next.clone(), "twice is once");
            status = next;
        }
    }

    #[test]
    fn the_first_end_stands_whatever_the_rest(all in prop::collection::vec(heard(), 0..12)) {
        let expected = all.iter().find(|heard| **heard != Heard::HandedOver).map_or(
            if all.is_empty() { DeliveryStatus::Queued } else { DeliveryStatus::Sent },
            |end| DeliveryStatus::Queued.after(end),
        );
        prop_assert_eq!(after(&all), expected);
    }

    #[test]
    fn order_does_not_matter_where_gateways_agree(
        ends in 1_usize..4, pending in 0_usize..4, failed: bool, seed in any::<prop::sample::Index>(),
    ) {
        let end = if failed { Heard::Failed { why: "x".to_owned() } } else { Heard::Delivered };
        let mut all = vec![end; ends];
        all.extend(vec![Heard::HandedOver; pending]);
        let expected = after(&all);
        let at = seed.index(all.len());
        all.rotate_left(at);
        prop_assert_eq!(after(&all), expected);
    }

    /// Parts are reported in any order, before or after the answer that names them.
    #[test]
    fn a_book_says_the_same_whenever_the_answer_comes(
        reports in prop::collection::vec((0_usize..3, heard()), 0..10), cut in any::<prop::sample::Index>(),
    ) {
        let id = NoticeId(Uuid::from_u128(1));
        let outcome = Outcome::Handed { references: (0..3).map(|part| format!("r{part}")).collect() };
        let at = if reports.is_empty() { 0 } else { cut.index(reports.len()) };
        let (before, later) = reports.split_at(at);
        let book = MemoryBook::new();
        reports_on(&book, before);
        prop_assert_eq!(now(book.known(id, Channel::Sms)).expect("known").status, DeliveryStatus::Queued);
        now(book.keep(id, Channel::Sms, &outcome)).expect("kept");
        reports_on(&book, later);
        let parts: Vec<DeliveryStatus> = (0..3).map(|part| {
            let of_part: Vec<Heard> = std::iter::once(Heard::HandedOver)
                .chain(reports.iter().filter(|(of, _)| *of == part).map(|(_, heard)| heard.clone())).collect();
            after(&of_part)
        }).collect();
        let expected = match parts.iter().find(|part| matches!(part, DeliveryStatus::Failed { .. })) {
            Some(failed) => failed.clone(),
            None if parts.iter().all(|part| *part == DeliveryStatus::Delivered) => DeliveryStatus::Delivered,
            None => DeliveryStatus::Sent,
        };
        prop_assert_eq!(now(book.known(id, Channel::Sms)).expect("known").status, expected);
        // Another way of the same message knows nothing of it.
        prop_assert_eq!(now(book.known(id, Channel::Email)).expect("known").status, DeliveryStatus::Queued);
    }
}
