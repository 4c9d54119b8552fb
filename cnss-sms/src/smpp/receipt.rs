//! What an operator reports on an SMS (accusé de réception): from its fields, or from the text
//! that most operators still write, `id:… stat:DELIVRD err:000 …` (SMPP 3.4, appendix B).
//!
//! The one rule to remember: only a state that says so is an end. Whatever else is said, or is
//! not understood, the message is still on its way.

use cnss_core::notice::Heard;

use super::MessageIds;
use super::pdu::Delivered;
use crate::transport::{Report, told};

/// The bits of esm_class that say what a deliver_sm is.
const TYPE: u8 = 0b0011_1100;
const RECEIPT: u8 = 0b0000_0100;
/// « It is being delivered »: also a report.
const INTERMEDIATE: u8 = 0b0010_0000;

/// The report that a deliver_sm brings; none when it is somebody's message, or tells of nothing
/// that has a name.
pub(super) fn report(of: &Delivered, ids: MessageIds) -> Option<Report> {
    if !matches!(of.esm_class & TYPE, RECEIPT | INTERMEDIATE) {
        return None;
    }
    let text = String::from_utf8_lossy(&of.text);
    let written = of.receipted_id.clone().or_else(|| field(&text, "id").map(str::to_owned))?;
    let reference = match (ids, &of.receipted_id) {
        // The identity in the field is as it was answered; the one in the text is in decimal.
        (MessageIds::Hexadecimal, None) => {
            written.parse::<u128>().map(|id| format!("{id:x}")).unwrap_or(written)
        }
        _ => written,
    };
    let state = of.state.and_then(state_name).or_else(|| field(&text, "stat")).unwrap_or_default();
    let heard = match state.to_ascii_uppercase().as_str() {
        "DELIVRD" => Heard::Delivered,
        failed @ ("EXPIRED" | "DELETED" | "UNDELIV" | "REJECTD") => {
            let error = field(&text, "err").filter(|error| error.len() <= 5).map(told);
            let why = error.map_or_else(|| failed.to_owned(), |error| format!("{failed} {error}"));
            Heard::Failed { why }
        }
        _ => Heard::HandedOver,
    };
    Some(Report { reference, heard })
}

/// How a reference is written for comparing it: operators write hexadecimal numbers as they like.
pub(super) fn normal(reference: &str, ids: MessageIds) -> String {
    match ids {
        MessageIds::Same => reference.to_owned(),
        MessageIds::Hexadecimal => {
            let digits = reference.trim_start_matches('0').to_ascii_lowercase();
            if digits.is_empty() { "0".to_owned() } else { digits }
        }
    }
}

/// The states of the field message_state.
const fn state_name(state: u8) -> Option<&'static str> {
    Some(match state {
        1 => "ENROUTE",
        2 => "DELIVRD",
        3 => "EXPIRED",
        4 => "DELETED",
        5 => "UNDELIV",
        6 => "ACCEPTD",
        7 => "UNKNOWN",
        8 => "REJECTD",
        _ => return None,
    })
}

/// A field of the text, as in `stat:DELIVRD`; not one within the text that was sent.
fn field<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    text.split_whitespace()
        .take_while(|word| !word.to_ascii_lowercase().starts_with("text:"))
        .filter_map(|word| word.split_once(':'))
        .find(|(key, value)| key.eq_ignore_ascii_case(name) && !value.is_empty())
        .map(|(_, value)| value)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn receipt(text: &str) -> Delivered {
        Delivered { esm_class: 4, text: text.as_bytes().to_vec(), ..Delivered::default() }
    }

    fn failed(why: &str) -> Heard {
        Heard::Failed { why: why.to_owned() }
    }

    #[test]
    fn texts_of_operators() {
        for (text, reference, heard) in [
            (
                "id:0123456789 sub:001 dlvrd:001 submit date:2611211015 done date:2611211016 stat:DELIVRD err:000 text:CNSS",
                "0123456789",
                Heard::Delivered,
            ),
            ("id:7f3a-9 sub:001 stat:UNDELIV err:00b text:", "7f3a-9", failed("UNDELIV 00b")),
            ("ID:5 STAT:expired", "5", failed("EXPIRED")),
            ("id:5 stat:REJECTD Err:022", "5", failed("REJECTD 022")),
            ("id:5 stat:ENROUTE", "5", Heard::HandedOver),
            ("id:5 stat:UNKNOWN", "5", Heard::HandedOver),
            ("id:5 stat:ACCEPTD", "5", Heard::HandedOver),
            ("id:5 stat:SOMETHING", "5", Heard::HandedOver),
            ("id:5", "5", Heard::HandedOver),
            ("id:5 stat:ENROUTE text:stat:DELIVRD id:6", "5", Heard::HandedOver),
        ] {
            let report = report(&receipt(text), MessageIds::Same);
            assert_eq!(report, Some(Report { reference: reference.to_owned(), heard }), "{text}");
        }
        assert_eq!(report(&receipt("stat:DELIVRD"), MessageIds::Same), None);
        assert_eq!(report(&receipt("text:id:5 stat:DELIVRD"), MessageIds::Same), None);
    }

    #[test]
    fn fields_go_before_the_text() {
        let of = Delivered {
            receipted_id: Some("00FF".to_owned()),
            state: Some(2),
            ..receipt("id:255 stat:ENROUTE")
        };
        let report = report(&of, MessageIds::Hexadecimal).expect("a report");
        assert_eq!(report.heard, Heard::Delivered);
        assert_eq!(normal(&report.reference, MessageIds::Hexadecimal), "ff");
    }

    #[test]
    fn identities_in_two_notations() {
        let of = receipt("id:0000000255 stat:DELIVRD");
        assert_eq!(report(&of, MessageIds::Hexadecimal).map(|r| r.reference), Some("ff".to_owned()));
        assert_eq!(report(&of, MessageIds::Same).map(|r| r.reference), Some("0000000255".to_owned()));
    }

    #[test]
    fn what_a_person_writes_is_no_report() {
        let of = Delivered { esm_class: 0, ..receipt("id:5 stat:DELIVRD") };
        assert_eq!(report(&of, MessageIds::Same), None);
    }
}
