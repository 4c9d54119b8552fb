//! The alphabet of SMS (GSM 03.38), and what a text costs in it.
//!
//! One letter outside the alphabet, such as the ç of « reçu », turns the whole message into
//! UCS-2 and halves what a segment holds. The one rule to remember: replace what can be read
//! without its accent, and fall back to UCS-2 only for what cannot, such as another script.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// The default alphabet; each character takes one septet.
const DEFAULT: &str = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà";
/// The extension; each character takes an escape and a septet.
const EXTENSION: &str = "\u{c}^{}\\[~]|€";
/// Stands for what has no counterpart.
const UNKNOWN: char = '?';

/// In which alphabet a message travels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Alphabet {
    /// GSM 03.38, counted in septets.
    Gsm,
    /// UCS-2, counted in units of two bytes.
    Ucs2,
}

impl Alphabet {
    /// How much a message of one segment holds.
    #[must_use]
    pub const fn whole(self) -> usize {
        match self {
            Self::Gsm => 160,
            Self::Ucs2 => 70,
        }
    }

    /// How much each segment of a longer message holds; its header takes the rest.
    #[must_use]
    pub const fn part(self) -> usize {
        match self {
            Self::Gsm => 153,
            Self::Ucs2 => 67,
        }
    }

    fn width(self, c: char) -> usize {
        match self {
            Self::Gsm => septets(c).unwrap_or(1),
            Self::Ucs2 => c.len_utf16(),
        }
    }
}

/// A message as it leaves: its text, its alphabet and what it costs.
///
/// ```
/// use cnss_sms::gsm::{Alphabet, Sms};
/// let sms = Sms::of("Reçu de 31\u{202f}500 F CFA");
/// assert_eq!((sms.text(), sms.alphabet(), sms.segments()), ("Recu de 31 500 F CFA", Alphabet::Gsm, 1));
/// assert_eq!(Sms::of("مرحبا").alphabet(), Alphabet::Ucs2);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sms {
    text: String,
    alphabet: Alphabet,
}

impl Sms {
    /// The cheapest message that still reads as `text`.
    #[must_use]
    pub fn of(text: &str) -> Self {
        let text: String = text.nfc().collect();
        match fold(&text) {
            Some(folded) => Self { text: folded, alphabet: Alphabet::Gsm },
            None => Self { text, alphabet: Alphabet::Ucs2 },
        }
    }

    /// What is sent.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// In which alphabet.
    #[must_use]
    pub const fn alphabet(&self) -> Alphabet {
        self.alphabet
    }

    /// Its length, in septets or in units of two bytes.
    #[must_use]
    pub fn units(&self) -> usize {
        self.text.chars().map(|c| self.alphabet.width(c)).sum()
    }

    /// How many segments are paid for.
    #[must_use]
    pub fn segments(&self) -> usize {
        self.parts().len()
    }

    /// The text of each segment. An escaped or a two-unit character is never cut in two: it
    /// begins the next segment.
    #[must_use]
    pub fn parts(&self) -> Vec<&str> {
        if self.units() <= self.alphabet.whole() {
            return vec![&self.text];
        }
        let (mut parts, mut used, mut rest) = (Vec::new(), 0_usize, self.text.as_str());
        for (at, c) in self.text.char_indices() {
            let width = self.alphabet.width(c);
            if used.saturating_add(width) > self.alphabet.part() {
                let (part, after) =
                    rest.split_at(at.saturating_sub(self.text.len().saturating_sub(rest.len())));
                parts.push(part);
                (rest, used) = (after, 0);
            }
            used = used.saturating_add(width);
        }
        parts.push(rest);
        parts
    }

    /// The bytes of a part, as SMPP carries them: a septet a byte, or UTF-16 with the high byte
    /// first.
    #[must_use]
    pub fn bytes(&self, part: &str) -> Vec<u8> {
        match self.alphabet {
            Alphabet::Gsm => part.chars().flat_map(code).collect(),
            Alphabet::Ucs2 => part.encode_utf16().flat_map(u16::to_be_bytes).collect(),
        }
    }
}

/// The codes of the extension's characters, in their order.
const EXTENSION_CODES: [u8; 10] = [0x0a, 0x14, 0x28, 0x29, 0x2f, 0x3c, 0x3d, 0x3e, 0x40, 0x65];
/// Announces a character of the extension.
const ESCAPE: u8 = 0x1b;

/// The septets of a character; those of `?` outside the alphabet.
fn code(c: char) -> Vec<u8> {
    if let Some(at) = DEFAULT.chars().position(|known| known == c) {
        // The escape has a place in the table and is no character.
        let at = u8::try_from(at).unwrap_or(0x3f);
        return vec![if at < ESCAPE { at } else { at.saturating_add(1) }];
    }
    match EXTENSION.chars().zip(EXTENSION_CODES).find(|(known, _)| *known == c) {
        Some((_, code)) => vec![ESCAPE, code],
        None => vec![0x3f],
    }
}

/// How many septets a character takes; none outside the alphabet.
#[must_use]
pub fn septets(c: char) -> Option<usize> {
    if DEFAULT.contains(c) {
        Some(1)
    } else if EXTENSION.contains(c) {
        Some(2)
    } else {
        None
    }
}

/// The text in the alphabet whatever it was: `?` stands for what has no counterpart.
#[must_use]
pub fn transliterate(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.nfc() {
        if !push(&mut out, c) {
            out.push(UNKNOWN);
        }
    }
    out
}

/// The text in the alphabet; none when a part of it has no counterpart there.
#[must_use]
pub fn fold(text: &str) -> Option<String> {
    let mut out = String::with_capacity(text.len());
    text.nfc().all(|c| push(&mut out, c)).then_some(out)
}

/// Adds the counterpart of a character; false when there is none.
fn push(out: &mut String, c: char) -> bool {
    if septets(c).is_some() {
        out.push(c);
        return true;
    }
    if let Some(known) = counterpart(c) {
        out.push_str(known);
        return true;
    }
    // Accents stand apart once a letter is decomposed: ê is e and a mark.
    let mut bare = String::new();
    for part in std::iter::once(c).nfkd().filter(|part| !is_combining_mark(*part)) {
        match counterpart(part) {
            Some(known) => bare.push_str(known),
            None if septets(part).is_some() => bare.push(part),
            None => return false,
        }
    }
    out.push_str(&bare);
    true
}

/// What a reader takes for the character, where taking off its accent is not enough.
fn counterpart(c: char) -> Option<&'static str> {
    Some(match c {
        '’' | '‘' | '‛' | '′' | '`' | '´' | 'ʼ' | 'ʻ' | '‹' | '›' => "'",
        '“' | '”' | '„' | '″' | '«' | '»' => "\"",
        '‐' | '‑' | '‒' | '–' | '—' | '−' | '•' => "-",
        '·' => ".",
        '…' => "...",
        '⁄' | '÷' => "/",
        '×' => "x",
        '°' => "o",
        'œ' => "oe",
        'Œ' => "OE",
        'ł' => "l",
        'Ł' => "L",
        'µ' | 'μ' => "u",
        'ı' => "i",
        // Letters of Ewe, Kabiyè and their neighbours, found in names.
        'ɖ' | 'đ' | 'ɗ' => "d",
        'Ɖ' | 'Đ' | 'Ɗ' => "D",
        'ɛ' | 'ǝ' | 'ə' => "e",
        'Ɛ' | 'Ǝ' | 'Ə' => "E",
        'ƒ' => "f",
        'Ƒ' => "F",
        'ɣ' => "g",
        'Ɣ' => "G",
        'ɩ' => "i",
        'Ɩ' => "I",
        'ŋ' => "n",
        'Ŋ' => "N",
        'ɔ' => "o",
        'Ɔ' => "O",
        'ʊ' => "u",
        'Ʊ' => "U",
        'ʋ' => "v",
        'Ʋ' => "V",
        '\u{ad}'
        | '\u{200b}'..='\u{200f}'
        | '\u{202a}'..='\u{202e}'
        | '\u{2060}'
        | '\u{2066}'..='\u{2069}'
        | '\u{feff}' => "",
        c if c.is_whitespace() => " ",
        c if c.is_control() => "",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_alphabet_is_whole() {
        // 128 places of the default table, one of which is the escape itself.
        assert_eq!(DEFAULT.chars().count(), 127);
        assert_eq!(EXTENSION.chars().count(), 10);
        let mut all: Vec<char> = DEFAULT.chars().chain(EXTENSION.chars()).collect();
        all.sort_unstable();
        all.dedup();
        assert_eq!(all.len(), 137, "no character stands twice");
    }

    #[test]
    fn what_a_character_costs() {
        for (c, cost) in [
            ('a', Some(1)),
            ('é', Some(1)),
            ('è', Some(1)),
            ('à', Some(1)),
            ('ù', Some(1)),
            ('Ç', Some(1)),
            ('É', Some(1)),
            ('\n', Some(1)),
            ('@', Some(1)),
            ('€', Some(2)),
            ('[', Some(2)),
            ('|', Some(2)),
            ('~', Some(2)),
            ('ç', None),
            ('ê', None),
            ('À', None),
            ('œ', None),
            ('’', None),
            ('\u{a0}', None),
            ('\u{202f}', None),
            ('\u{1b}', None),
        ] {
            assert_eq!(septets(c), cost, "{c:?}");
        }
    }

    #[test]
    fn what_a_reader_still_reads() {
        for (text, folded) in [
            ("Reçu à l’été", Some("Recu à l'été")),
            ("être où naïf forêt", Some("etre où naif foret")),
            ("ÊTRE À L’ŒUVRE", Some("ETRE A L'OEUVRE")),
            ("« cœur »", Some("\" coeur \"")),
            ("31\u{202f}500\u{a0}F", Some("31 500 F")),
            ("N° 7 — fin…", Some("No 7 - fin...")),
            ("−1 × 2 ÷ 3 ½", Some("-1 x 2 / 3 1/2")),
            ("e\u{301}", Some("é")),
            ("Kɔdzo Aƒe Ŋɔtsu", Some("Kodzo Afe Notsu")),
            ("a\u{202e}b\u{200b}c\u{0}", Some("abc")),
            ("a\tb", Some("a b")),
            ("ﬁn №", Some("fin No")),
            ("عائشة", None),
            ("ok 🙂", None),
        ] {
            assert_eq!(fold(text).as_deref(), folded, "{text:?}");
        }
        assert_eq!(transliterate("ok 🙂 عا"), "ok ? ??");
    }

    #[test]
    fn segments_at_their_edges() {
        let gsm = Alphabet::Gsm;
        let ucs2 = Alphabet::Ucs2;
        let a = |n: usize| "a".repeat(n);
        for (text, alphabet, units, segments) in [
            (String::new(), gsm, 0, 1),
            (a(160), gsm, 160, 1),
            (a(161), gsm, 161, 2),
            (a(306), gsm, 306, 2),
            (a(307), gsm, 307, 3),
            (a(158) + "€", gsm, 160, 1),
            (a(159) + "€", gsm, 161, 2),
            // The escape does not fit at the end of the first segment, and one more follows.
            (a(152) + "€" + &a(152), gsm, 306, 3),
            (a(151) + "€" + &a(153), gsm, 306, 2),
            ("€".repeat(80), gsm, 160, 1),
            ("ê".repeat(160), gsm, 160, 1),
            (a(68) + "🙂", ucs2, 70, 1),
            (a(69) + "🙂", ucs2, 71, 2),
            ("ع".repeat(70), ucs2, 70, 1),
            ("ع".repeat(71), ucs2, 71, 2),
            ("ع".repeat(134), ucs2, 134, 2),
            ("ع".repeat(135), ucs2, 135, 3),
            // A pair is not cut: 33 of them fill 66 of the 67 units.
            ("🙂".repeat(67), ucs2, 134, 3),
        ] {
            let sms = Sms::of(&text);
            assert_eq!(
                (sms.alphabet(), sms.units(), sms.segments()),
                (alphabet, units, segments),
                "{text:?}"
            );
        }
    }

    #[test]
    fn codes_of_the_standard() {
        // 3GPP TS 23.038, section 6.2.1, by row and column of its table.
        for (c, codes) in [
            ('@', &[0x00][..]),
            ('£', &[0x01]),
            ('è', &[0x04]),
            ('é', &[0x05]),
            ('ù', &[0x06]),
            ('Ç', &[0x09]),
            ('Å', &[0x0e]),
            ('_', &[0x11]),
            ('Ξ', &[0x1a]),
            ('Æ', &[0x1c]),
            ('É', &[0x1f]),
            (' ', &[0x20]),
            ('¤', &[0x24]),
            ('?', &[0x3f]),
            ('¡', &[0x40]),
            ('Z', &[0x5a]),
            ('§', &[0x5f]),
            ('¿', &[0x60]),
            ('z', &[0x7a]),
            ('à', &[0x7f]),
            ('€', &[0x1b, 0x65]),
            ('|', &[0x1b, 0x40]),
            ('\\', &[0x1b, 0x2f]),
            ('\u{c}', &[0x1b, 0x0a]),
        ] {
            assert_eq!(code(c), codes, "{c:?}");
        }
        let mut every: Vec<Vec<u8>> = DEFAULT.chars().chain(EXTENSION.chars()).map(code).collect();
        every.sort();
        every.dedup();
        assert_eq!(every.len(), 127 + 10, "each character has a code of its own");
    }

    proptest! {
        #[test]
        fn parts_are_the_text_and_each_fits(text in "[a-zé€|ع🙂]{0,500}") {
            let sms = Sms::of(&text);
            let parts = sms.parts();
            prop_assert_eq!(parts.concat(), sms.text());
            let unit = if sms.alphabet() == Alphabet::Gsm { 1 } else { 2 };
            for part in &parts {
                let bytes = sms.bytes(part).len();
                prop_assert_eq!(bytes % unit, 0);
                let most = if parts.len() == 1 { sms.alphabet().whole() } else { sms.alphabet().part() };
                prop_assert!(bytes / unit <= most);
            }
            prop_assert_eq!(parts.iter().map(|part| sms.bytes(part).len() / unit).sum::<usize>(), sms.units());
        }

        #[test]
        fn transliterated_text_is_always_in_the_alphabet(text in any::<String>()) {
            let text = transliterate(&text);
            prop_assert!(text.chars().all(|c| septets(c).is_some()), "{text:?}");
            prop_assert_eq!(transliterate(&text), text);
        }

        #[test]
        fn what_can_be_folded_is_never_sent_as_ucs2(text in "[ -~éèàùçêâîôûëïüœ’«»\u{a0}\u{202f}]{0,400}") {
            let sms = Sms::of(&text);
            prop_assert_eq!(sms.alphabet(), Alphabet::Gsm);
            prop_assert_eq!(Some(sms.text().to_owned()), fold(&text));
            prop_assert!(sms.segments() >= sms.units().div_ceil(160));
        }
    }
}
