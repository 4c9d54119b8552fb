//! What the log of a delivery holds, and what it never holds.

use std::io::Write;
use std::sync::{Arc, Mutex};

use chrono::{DateTime, TimeDelta};
use cnss_sms::{Channel, ConsoleCourier, deliver_waiting};

use crate::delivery::Unreliable;
use crate::world::{notice, store};

#[derive(Clone, Default)]
struct Page(Arc<Mutex<Vec<u8>>>);

impl Write for Page {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().expect("sound").extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_log_names_notices_and_nobody() {
    let page = Page::default();
    let writer = page.clone();
    let log = tracing_subscriber::fmt().with_writer(move || writer.clone()).with_ansi(false).finish();
    tracing::subscriber::with_default(log, || {
        let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
        runtime.block_on(async {
            let store = store(1, vec![notice(0x7a, 1), notice(0x7b, 1)]).await;
            let failing = Unreliable { failing: vec![0x7a, 0x7b], ..Unreliable::default() };
            assert_eq!(deliver_waiting(&store, &failing, DateTime::UNIX_EPOCH, 100).await, Ok(0));
            let later = DateTime::UNIX_EPOCH + TimeDelta::hours(1);
            let console = ConsoleCourier::new(Channel::Email);
            assert_eq!(deliver_waiting(&store, &console, later, 100).await, Ok(2));
        });
    });
    let log = String::from_utf8(page.0.lock().expect("sound").clone()).expect("text");
    for told in ["00000000007a", "declaration-filed", "channel=\"email\"", "550 … (…) unknown"] {
        assert!(log.contains(told), "{told} in {log}");
    }
    for untold in ["Afi", "Lawson", "afi1@", "122000", "122 000", "DNR-", "secret"] {
        assert!(!log.contains(untold), "{untold} in {log}");
    }
}
