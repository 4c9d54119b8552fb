//! The frames of SMPP 3.4: what the fund says, and how it reads what an operator answers.
//!
//! Only what a sender of SMS needs. Operators bend the specification, so reading is forgiving
//! within a frame and strict about its length: a strange field is skipped, a frame that cannot
//! have an end breaks the connection. The one rule to remember: nothing here trusts a length.

use crate::gsm::{Alphabet, Sms};
use cnss_core::person::Phone;

/// The longest frame that is read.
const FRAME_MAX: usize = 64 * 1024;
const HEADER: usize = 16;
const VERSION: u8 = 0x34;

pub const GENERIC_NACK: u32 = 0x8000_0000;
pub const BIND_TRANSCEIVER: u32 = 0x09;
pub const SUBMIT_SM: u32 = 0x04;
pub const DELIVER_SM: u32 = 0x05;
pub const UNBIND: u32 = 0x06;
pub const ENQUIRE_LINK: u32 = 0x15;
/// Makes an answer of a request.
pub const RESP: u32 = 0x8000_0000;

pub const OK: u32 = 0;
pub const INVALID_COMMAND: u32 = 0x03;
pub const QUEUE_FULL: u32 = 0x14;
pub const THROTTLED: u32 = 0x58;
/// « I cannot take this receipt now »: the operator brings it again.
pub const RECEIVER_BUSY: u32 = 0x64;

const TAG_MESSAGE_PAYLOAD: u16 = 0x0424;
const TAG_RECEIPTED_ID: u16 = 0x001e;
const TAG_MESSAGE_STATE: u16 = 0x0427;
const TAG_USER_REFERENCE: u16 = 0x0204;

/// A message may be cut into so many parts: more is an error, and a bill.
pub const PARTS_MAX: usize = 10;

/// The frame cannot be read, nor what follows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the peer does not speak SMPP")]
pub struct Broken;

/// One frame.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frame {
    pub command: u32,
    pub status: u32,
    pub sequence: u32,
    pub body: Vec<u8>,
}

impl Frame {
    pub fn request(command: u32, sequence: u32, body: Vec<u8>) -> Self {
        Self { command, status: OK, sequence, body }
    }

    /// The answer to a frame, with a status.
    pub fn answer(&self, status: u32) -> Self {
        // deliver_sm_resp has an empty message identity; the others have nothing.
        let body = if self.command == DELIVER_SM { vec![0] } else { Vec::new() };
        Self { command: self.command | RESP, status, sequence: self.sequence, body }
    }

    pub fn bytes(&self) -> Vec<u8> {
        let length = u32::try_from(HEADER.saturating_add(self.body.len())).unwrap_or(u32::MAX);
        let mut bytes = Vec::with_capacity(HEADER.saturating_add(self.body.len()));
        for number in [length, self.command, self.status, self.sequence] {
            bytes.extend(number.to_be_bytes());
        }
        bytes.extend(&self.body);
        bytes
    }

    /// Takes the first frame out of what was received; none while it is not whole.
    pub fn take(received: &mut Vec<u8>) -> Result<Option<Self>, Broken> {
        let mut reader = Reader(received);
        let Some(length) = reader.u32() else { return Ok(None) };
        let length = usize::try_from(length).map_err(|_| Broken)?;
        if !(HEADER..=FRAME_MAX).contains(&length) {
            return Err(Broken);
        }
        let (Some(command), Some(status), Some(sequence)) = (reader.u32(), reader.u32(), reader.u32()) else {
            return Ok(None);
        };
        let Some(body) = reader.bytes(length.saturating_sub(HEADER)) else { return Ok(None) };
        let frame = Self { command, status, sequence, body: body.to_vec() };
        received.drain(..length);
        Ok(Some(frame))
    }

    /// The message identity of a submit_sm_resp; none when there is none, or an empty one.
    pub fn message_id(&self) -> Option<String> {
        Reader(&self.body).text().filter(|id| !id.is_empty())
    }
}

/// The body of a bind_transceiver.
pub fn bind(system_id: &str, password: &str, system_type: &str) -> Vec<u8> {
    let mut body = Vec::new();
    for text in [system_id, password, system_type] {
        put_text(&mut body, text);
    }
    // interface_version, addr_ton, addr_npi, address_range
    body.extend([VERSION, 0, 0, 0]);
    body
}

/// Who an SMS says it is from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Sender {
    /// A name of at most eleven characters, to which nobody can answer.
    Name(String),
    /// A short number of the operator.
    Short(String),
    /// A number in international form.
    Number(Phone),
}

impl Sender {
    /// Reads what an operator assigned; none when it is none of the three.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        if text.starts_with('+') {
            return Phone::parse(text).ok().map(Self::Number);
        }
        let plain = text.chars().all(|c| c.is_ascii_alphanumeric() || c == ' ' || c == '-' || c == '.');
        if (3..=8).contains(&text.len()) && text.bytes().all(|c| c.is_ascii_digit()) {
            Some(Self::Short(text.to_owned()))
        } else if (1..=11).contains(&text.len()) && plain && text.trim() == text {
            Some(Self::Name(text.to_owned()))
        } else {
            None
        }
    }

    /// Type of number, numbering plan and address.
    fn address(&self) -> (u8, u8, &str) {
        match self {
            Self::Name(name) => (5, 0, name),
            Self::Short(number) => (3, 0, number),
            Self::Number(phone) => (1, 1, phone.digits()),
        }
    }
}

/// What all submit_sm of a connection share.
#[derive(Clone, Debug)]
pub struct Terms {
    /// Who messages are from.
    pub sender: Sender,
    /// Kind of service, as the operator wants it; mostly empty.
    pub service_type: String,
    /// After so many minutes the operator gives up; its own time when none.
    pub valid_minutes: Option<u32>,
}

/// The bodies of the submit_sm of one message, a part each; none when it is too long.
///
/// `mark` stands for the message in the parts' headers and in user_message_reference, and is the
/// same each time that message is sent.
pub fn submits(terms: &Terms, to: &Phone, sms: &Sms, mark: u16) -> Option<Vec<Vec<u8>>> {
    let parts = sms.parts();
    let total = u8::try_from(parts.len()).ok().filter(|_| parts.len() <= PARTS_MAX)?;
    let mut bodies = Vec::with_capacity(parts.len());
    for (number, part) in (1_u8..).zip(parts) {
        let mut message = Vec::new();
        if total > 1 {
            let [_, low] = mark.to_be_bytes();
            message.extend([5, 0, 3, low, total, number]);
        }
        message.extend(sms.bytes(part));
        let length = u8::try_from(message.len()).ok()?;
        let mut body = Vec::new();
        put_text(&mut body, &terms.service_type);
        let (kind, plan, address) = terms.sender.address();
        body.extend([kind, plan]);
        put_text(&mut body, address);
        body.extend([1, 1]);
        put_text(&mut body, to.digits());
        // esm_class (0x40: the text begins with a header), protocol_id, priority_flag
        body.extend([if total > 1 { 0x40 } else { 0 }, 0, 0]);
        put_text(&mut body, "");
        put_text(&mut body, &terms.valid_minutes.map(validity).unwrap_or_default());
        let coding = match sms.alphabet() {
            Alphabet::Gsm => 0,
            Alphabet::Ucs2 => 8,
        };
        // registered_delivery, replace_if_present, data_coding, sm_default_msg_id
        body.extend([1, 0, coding, 0, length]);
        body.extend(message);
        body.extend(TAG_USER_REFERENCE.to_be_bytes());
        body.extend(2_u16.to_be_bytes());
        body.extend(mark.to_be_bytes());
        bodies.push(body);
    }
    Some(bodies)
}

/// A relative time of SMPP, `YYMMDDhhmmss000R`.
fn validity(minutes: u32) -> String {
    let (days, rest) = (minutes / 1_440, minutes % 1_440);
    format!("0000{:02}{:02}{:02}00000R", days.min(30), rest / 60, rest % 60)
}

/// What matters of a deliver_sm.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Delivered {
    pub esm_class: u8,
    pub text: Vec<u8>,
    pub receipted_id: Option<String>,
    pub state: Option<u8>,
}

impl Delivered {
    /// Reads the body; none when it is cut off within its fixed part.
    pub fn read(body: &[u8]) -> Option<Self> {
        let mut reader = Reader(body);
        reader.text()?;
        for _ in 0..2 {
            reader.bytes(2)?;
            reader.text()?;
        }
        let mut it = Self { esm_class: reader.u8()?, ..Self::default() };
        reader.bytes(2)?;
        reader.text()?;
        reader.text()?;
        reader.bytes(4)?;
        let length = reader.u8()?;
        it.text = reader.bytes(usize::from(length))?.to_vec();
        while let (Some(tag), Some(length)) = (reader.u16(), reader.u16()) {
            let Some(value) = reader.bytes(usize::from(length)) else { break };
            match tag {
                TAG_RECEIPTED_ID => {
                    let id: Vec<u8> = value.iter().copied().take_while(|byte| *byte != 0).collect();
                    it.receipted_id = String::from_utf8(id).ok().filter(|id| !id.is_empty());
                }
                TAG_MESSAGE_STATE => it.state = value.first().copied(),
                TAG_MESSAGE_PAYLOAD if it.text.is_empty() => it.text = value.to_vec(),
                _ => {}
            }
        }
        Some(it)
    }
}

/// A text that ends with a zero, which it therefore cannot hold.
fn put_text(body: &mut Vec<u8>, text: &str) {
    body.extend(text.bytes().filter(|byte| *byte != 0));
    body.push(0);
}

/// Reads from the front; nothing is read past the end.
struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn bytes(&mut self, count: usize) -> Option<&'a [u8]> {
        let (read, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        Some(read)
    }

    fn u8(&mut self) -> Option<u8> {
        self.bytes(1)?.first().copied()
    }

    fn u16(&mut self) -> Option<u16> {
        self.bytes(2)?.try_into().ok().map(u16::from_be_bytes)
    }

    fn u32(&mut self) -> Option<u32> {
        self.bytes(4)?.try_into().ok().map(u32::from_be_bytes)
    }

    /// A text up to its zero; characters beyond ASCII are replaced.
    fn text(&mut self) -> Option<String> {
        let end = self.0.iter().position(|byte| *byte == 0)?;
        let text = String::from_utf8_lossy(self.bytes(end)?).into_owned();
        self.bytes(1)?;
        Some(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn terms() -> Terms {
        Terms {
            sender: Sender::Name("CNSS".to_owned()),
            service_type: String::new(),
            valid_minutes: Some(90),
        }
    }

    fn afi() -> Phone {
        Phone::parse("+22890112233").expect("a number")
    }

    #[test]
    fn a_submission_as_the_specification_lays_it_out() {
        let bodies = submits(&terms(), &afi(), &Sms::of("Hé"), 0xabcd).expect("short enough");
        let mut expected = vec![0, 5, 0];
        expected.extend(b"CNSS\0\x01\x0122890112233\0");
        expected.extend([0, 0, 0, 0]);
        expected.extend(b"000000013000000R\0");
        expected.extend([1, 0, 0, 0, 2, b'H', 0x05, 0x02, 0x04, 0, 2, 0xab, 0xcd]);
        assert_eq!(bodies, [expected]);
    }

    #[test]
    fn long_messages_have_a_header_in_each_part() {
        let text = "a".repeat(154) + &"b".repeat(153);
        let bodies = submits(&terms(), &afi(), &Sms::of(&text), 0x0102).expect("short enough");
        assert_eq!(bodies.len(), 3);
        for (body, (number, count)) in bodies.iter().zip([(1, 153), (2, 153), (3, 1)]) {
            let header = [count + 6, 5, 0, 3, 0x02, 3, number];
            assert!(body.windows(7).any(|window| window == header), "part {number}");
            assert_eq!(body.get(22), Some(&0x40), "the header is announced");
        }
        assert_eq!(submits(&terms(), &afi(), &Sms::of(&"ع".repeat(67 * 10)), 1).map(|b| b.len()), Some(10));
        assert_eq!(submits(&terms(), &afi(), &Sms::of(&"ع".repeat(67 * 10 + 1)), 1), None);
    }

    #[test]
    fn senders_that_an_operator_may_assign() {
        let number = Phone::parse("+22822212223").expect("a number");
        for (text, sender) in [
            ("CNSS", Some(Sender::Name("CNSS".to_owned()))),
            ("CNSS Togo", Some(Sender::Name("CNSS Togo".to_owned()))),
            ("8080", Some(Sender::Short("8080".to_owned()))),
            ("+22822212223", Some(Sender::Number(number))),
            ("", None),
            (" CNSS", None),
            ("CNSS du Togo", None),
            ("CNSS\0", None),
            ("Sécu", None),
        ] {
            assert_eq!(Sender::parse(text), sender, "{text:?}");
        }
    }

    #[test]
    fn a_frame_without_end_breaks_the_connection() {
        for length in [0_u32, 15, 64 * 1024 + 1, u32::MAX] {
            let mut bytes = length.to_be_bytes().to_vec();
            bytes.extend([0; 12]);
            assert_eq!(Frame::take(&mut bytes), Err(Broken), "{length}");
        }
    }

    proptest! {
        #[test]
        fn frames_come_back_however_they_are_cut(
            frames in prop::collection::vec(
                (any::<u32>(), any::<u32>(), any::<u32>(), prop::collection::vec(any::<u8>(), 0..300)), 0..6),
            cut in 1_usize..50,
        ) {
            let frames: Vec<Frame> = frames.into_iter()
                .map(|(command, status, sequence, body)| Frame { command, status, sequence, body }).collect();
            let bytes: Vec<u8> = frames.iter().flat_map(Frame::bytes).collect();
            let (mut received, mut read) = (Vec::new(), Vec::new());
            for piece in bytes.chunks(cut) {
                received.extend(piece);
                while let Some(frame) = Frame::take(&mut received).expect("sound") {
                    read.push(frame);
                }
            }
            prop_assert_eq!(read, frames);
            prop_assert!(received.is_empty());
        }

        #[test]
        fn nonsense_is_read_to_an_end(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = Delivered::read(&bytes);
            let frame = Frame { command: SUBMIT_SM | RESP, status: 0, sequence: 1, body: bytes.clone() };
            let _ = frame.message_id();
            let mut received = bytes;
            while let Ok(Some(_)) = Frame::take(&mut received) {}
        }
    }
}
