//! A courier that carries nothing (for machines without a gateway): it notes in the log which
//! notice would have left, and by which way.

use cnss_core::notice::Notice;
use cnss_core::port::{BoxFuture, Courier, CourierError, Reached};

use crate::text::Channel;

/// Notes each notice in the log: its identity, its key and its channel, and nothing else.
#[derive(Clone, Copy, Debug)]
pub struct ConsoleCourier {
    channel: Channel,
}

impl ConsoleCourier {
    /// A courier that stands in for one channel.
    #[must_use]
    pub const fn new(channel: Channel) -> Self {
        Self { channel }
    }
}

impl Courier for ConsoleCourier {
    fn carry<'a>(&'a self, _to: &'a Reached, notice: &'a Notice) -> BoxFuture<'a, Result<(), CourierError>> {
        tracing::info!(notice = %notice.id, key = notice.message.key(), channel = self.channel.code(), "notice carried");
        Box::pin(std::future::ready(Ok(())))
    }
}
