//! The styles part: each marked cell keeps its own style but for the fill. The part is held
//! whole; new cell formats are copies of the old ones with one attribute changed.

use std::collections::BTreeMap;
use std::ops::Range;

use super::{Tone, with_attribute};
use crate::workbook::guard::Guarded;
use crate::workbook::package::split;
use crate::workbook::xml::{Tag, Token, closed, scan};
use crate::workbook::{Limits, WorkbookFault};

/// The styles of the workbook, with those added for the marks.
#[derive(Default)]
pub(crate) struct Styles {
    index: Option<usize>,
    name: String,
    bytes: Vec<u8>,
    prefix: String,
    fills: List,
    formats: List,
    /// The formats added.
    added: Vec<Vec<u8>>,
    /// The fill of each tone, when one was used or found.
    tones: BTreeMap<Tone, usize>,
    /// The tones whose fill is new, in order.
    new_tones: Vec<Tone>,
    /// Formats made so far, by the format they come from.
    made: BTreeMap<(usize, Option<Tone>), usize>,
}

/// A list of the part: its start tag, its items and its end.
#[derive(Default)]
struct List {
    open: Range<usize>,
    items: Vec<Range<usize>>,
    end: usize,
}

const TONES: [Tone; 2] = [Tone::Fault, Tone::Doubt];

/// The colour of a tone, dark text being readable on it. By it a later annotation knows our
/// marks again, even in a file saved by another program; nobody else picks quite this shade.
fn colour(tone: Tone) -> &'static str {
    match tone {
        Tone::Fault => "FFFFC8CD",
        Tone::Doubt => "FFFFEB9D",
    }
}

fn fill_of(tone: Tone, prefix: &str) -> String {
    let colour = colour(tone);
    format!(
        "<{prefix}fill><{prefix}patternFill patternType=\"solid\"><{prefix}fgColor rgb=\"{colour}\"/>\
         <{prefix}bgColor indexed=\"64\"/></{prefix}patternFill></{prefix}fill>"
    )
}

impl Styles {
    /// Loads the styles; a workbook without usable ones gets no fills.
    pub fn load(guarded: &mut Guarded<'_>, limits: &Limits) -> Result<Self, WorkbookFault> {
        let path = format!("{}styles.xml", split(&guarded.workbook).0);
        let Some(index) = guarded.package.find(&path) else { return Ok(Self::default()) };
        let loaded = guarded.package.load(index, limits.styles, limits)?;
        let bytes = loaded.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(&loaded).to_vec();
        let mut survey = Survey::default();
        let _ = scan(bytes.as_slice(), limits.token, |token| {
            survey.token(&token);
            Ok::<(), ()>(())
        });
        let usable = survey.fills.end > 0 && survey.formats.end > 0 && !survey.formats.items.is_empty();
        if !usable {
            return Ok(Self::default());
        }
        let name = guarded.package.name(index);
        let Survey { prefix, fills, formats, .. } = survey;
        let mut styles = Self { index: Some(index), name, bytes, prefix, fills, formats, ..Self::default() };
        for tone in TONES {
            let front = format!("fgColor rgb=\"{}\"", colour(tone));
            let same = |item: &Range<usize>| {
                let fill = styles.bytes.get(item.clone()).unwrap_or_default();
                memchr::memmem::find(fill, front.as_bytes()).is_some()
            };
            if let Some(at) = styles.fills.items.iter().position(same) {
                styles.tones.insert(tone, at);
            }
        }
        Ok(styles)
    }

    /// The entry of the part, when there is one.
    pub fn index(&self) -> Option<usize> {
        self.index
    }

    /// Whether cells may carry marks of an earlier time.
    pub fn marked_before(&self) -> bool {
        self.tones.len() > self.new_tones.len()
    }

    /// The format of a marked cell whose own format is `style`.
    pub fn marked(&mut self, style: usize, tone: Tone) -> Option<usize> {
        let style = if style < self.formats.items.len() { style } else { 0 };
        if let Some(made) = self.made.get(&(style, Some(tone))) {
            return Some(*made);
        }
        let fill = self.fill(tone);
        let made = if self.fill_id(style) == Some(fill) { style } else { self.copy(style, fill, "1")? };
        self.made.insert((style, Some(tone)), made);
        Some(made)
    }

    /// The format of a cell that is no longer marked; none when it was not.
    pub fn unmarked(&mut self, style: usize) -> Option<usize> {
        if let Some(made) = self.made.get(&(style, None)) {
            return Some(*made);
        }
        if !self.is_mark(style) {
            return None;
        }
        let plain = self.shape(style)?;
        let own = |other: &usize| !self.is_mark(*other) && self.shape(*other).as_ref() == Some(&plain);
        let made = match (0..self.formats.items.len()).find(own) {
            Some(own) => own,
            None => self.copy(style, 0, "0")?,
        };
        self.made.insert((style, None), made);
        Some(made)
    }

    /// Whether a format has one of our fills.
    fn is_mark(&self, style: usize) -> bool {
        self.fill_id(style).is_some_and(|fill| self.tones.values().any(|tone| *tone == fill))
    }

    /// The fill of a tone, added when it is not there.
    fn fill(&mut self, tone: Tone) -> usize {
        if let Some(fill) = self.tones.get(&tone) {
            return *fill;
        }
        let fill = self.fills.items.len() + self.new_tones.len();
        self.new_tones.push(tone);
        self.tones.insert(tone, fill);
        fill
    }

    fn format(&self, style: usize) -> Option<&[u8]> {
        self.bytes.get(self.formats.items.get(style)?.clone())
    }

    fn fill_id(&self, style: usize) -> Option<usize> {
        let fill = first_tag(self.format(style)?)?.text(b"fillId")?;
        fill.parse().ok()
    }

    /// A format without what concerns its fill.
    fn shape(&self, style: usize) -> Option<Vec<u8>> {
        let format = self.format(style)?;
        let tag = first_tag(format)?;
        let mut shape = Vec::new();
        for (name, value) in tag.attributes() {
            if !matches!(name, b"fillId" | b"applyFill") {
                super::push_attribute(&mut shape, name, value);
            }
        }
        shape.extend_from_slice(format.get(tag.raw.len()..)?);
        Some(shape)
    }

    /// Adds a copy of a format with another fill.
    fn copy(&mut self, style: usize, fill: usize, apply: &str) -> Option<usize> {
        let format = self.format(style)?;
        let tag = first_tag(format)?;
        let with_fill = with_attribute(&tag, b"fillId", &fill.to_string());
        let mut copy = with_attribute(&first_tag(&with_fill)?, b"applyFill", apply);
        copy.extend_from_slice(format.get(tag.raw.len()..)?);
        self.added.push(copy);
        Some(self.formats.items.len() + self.added.len() - 1)
    }

    /// The name and the bytes of the part, with what was added.
    pub fn finish(&self) -> Option<(String, Vec<u8>)> {
        self.index?;
        let fills: Vec<u8> =
            self.new_tones.iter().flat_map(|tone| fill_of(*tone, &self.prefix).into_bytes()).collect();
        let mut bytes = self.bytes.clone();
        let mut lists = [
            (&self.fills, fills, self.new_tones.len()),
            (&self.formats, self.added.concat(), self.added.len()),
        ];
        // From the end of the part, so that the places before stay right.
        lists.sort_by_key(|(list, ..)| std::cmp::Reverse(list.end));
        for (list, items, more) in lists {
            if more == 0 {
                continue;
            }
            let count = (list.items.len() + more).to_string();
            let open = self.bytes.get(list.open.clone()).and_then(first_tag)?;
            let open = with_attribute(&open, b"count", &count);
            bytes.splice(list.end..list.end, items);
            bytes.splice(list.open.clone(), open);
        }
        Some((self.name.clone(), bytes))
    }
}

/// The tag an element starts with.
fn first_tag(element: &[u8]) -> Option<Tag<'_>> {
    let mut quote = 0;
    for (at, byte) in element.iter().enumerate() {
        match *byte {
            byte if byte == quote => quote = 0,
            _ if quote != 0 => {}
            b'>' => {
                let raw = element.get(..=at)?;
                return Some(Tag { raw, empty: raw.ends_with(b"/>") });
            }
            byte @ (b'"' | b'\'') => quote = byte,
            _ => {}
        }
    }
    None
}

/// Finds the fills and the cell formats in the part.
#[derive(Default)]
struct Survey {
    at: usize,
    depth: usize,
    /// Whether the list being read is that of the formats.
    list: Option<bool>,
    item: usize,
    prefix: String,
    fills: List,
    formats: List,
}

impl Survey {
    fn token(&mut self, token: &Token<'_>) {
        let start = self.at;
        self.at += token.raw().len();
        match token {
            Token::Open(tag) => self.open(tag, start),
            Token::Close(raw) => self.close(closed(raw), start),
            _ => {}
        }
    }

    fn open(&mut self, tag: &Tag<'_>, start: usize) {
        if self.depth == 0 {
            self.prefix = String::from_utf8_lossy(tag.prefix()).into_owned();
        }
        if self.depth == 1 && !tag.empty {
            self.list = match tag.local() {
                b"fills" => Some(false),
                b"cellXfs" => Some(true),
                _ => None,
            };
            let at = self.at;
            if let Some(list) = self.current() {
                list.open = start..at;
            }
        }
        if self.depth == 2 {
            self.item = start;
            if tag.empty {
                self.end_item();
            }
        }
        if !tag.empty {
            self.depth += 1;
        }
    }

    fn close(&mut self, name: &[u8], start: usize) {
        self.depth = self.depth.saturating_sub(1);
        if self.depth == 2 {
            self.end_item();
        }
        if self.depth == 1 && matches!(name, b"fills" | b"cellXfs") {
            if let Some(list) = self.current() {
                list.end = start;
            }
            self.list = None;
        }
    }

    fn end_item(&mut self) {
        let item = self.item..self.at;
        if let Some(list) = self.current() {
            list.items.push(item);
        }
    }

    fn current(&mut self) -> Option<&mut List> {
        match self.list? {
            true => Some(&mut self.formats),
            false => Some(&mut self.fills),
        }
    }
}
