//! A small streaming XML scanner over one inflating part, which keeps memory bounded: a token
//! above the limit, nesting too deep, a DOCTYPE, or anything not well formed stops it. Each
//! token carries its own bytes, so that writing them all gives the part back unchanged.

use std::borrow::Cow;
use std::io::{self, Read};

use memchr::{memchr, memmem};

/// Most texts are shorter than this; the faster search only pays beyond it.
const NEAR: usize = 16;
/// Deepest nesting accepted.
const DEPTH: usize = 64;

/// A piece of an XML part.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Token<'a> {
    /// `<name attrs>` or `<name attrs/>`.
    Open(Tag<'a>),
    /// `</name>`.
    Close(&'a [u8]),
    /// What lies between two tags.
    Text(&'a [u8]),
    /// A CDATA section with its markup.
    CData(&'a [u8]),
    /// A comment or a processing instruction.
    Other(&'a [u8]),
}

/// An opening tag.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Tag<'a> {
    /// All its bytes, from `<` to `>`.
    pub raw: &'a [u8],
    /// Whether it closes itself.
    pub empty: bool,
}

/// Why scanning stopped.
#[derive(Debug)]
pub(crate) enum Stop<E> {
    /// Reading failed (the zip reader reports a wrong CRC here).
    Io,
    /// Not well formed, or refused.
    Syntax(&'static str),
    /// A token above the limit.
    Token,
    /// Nested too deep.
    Depth,
    /// The visitor stopped.
    Visit(E),
}

impl<'a> Token<'a> {
    /// The bytes of the token as they stand in the part.
    pub fn raw(&self) -> &'a [u8] {
        match self {
            Token::Open(tag) => tag.raw,
            Token::Close(raw) | Token::CData(raw) | Token::Text(raw) | Token::Other(raw) => raw,
        }
    }
}

/// The name in `</name>`.
#[inline]
fn closed_name(raw: &[u8]) -> &[u8] {
    raw.get(2..raw.len().saturating_sub(1)).unwrap_or_default().trim_ascii_end()
}

/// The name in `</name>` without its prefix.
#[inline]
pub(crate) fn closed(raw: &[u8]) -> &[u8] {
    local(closed_name(raw))
}

/// The text in a CDATA section.
pub(crate) fn cdata(raw: &[u8]) -> &[u8] {
    raw.get(9..raw.len().saturating_sub(3)).unwrap_or_default()
}

impl<'a> Tag<'a> {
    /// What stands between `<` and `>` or `/>`.
    #[inline]
    fn inner(&self) -> &'a [u8] {
        let end = self.raw.len().saturating_sub(1 + usize::from(self.empty));
        self.raw.get(1..end).unwrap_or_default()
    }

    /// The name with its prefix.
    #[inline]
    pub fn name(&self) -> &'a [u8] {
        let inner = self.inner();
        let length = inner.iter().position(|byte| *byte <= b' ').unwrap_or(inner.len());
        inner.get(..length).unwrap_or_default()
    }

    /// The bytes after the name.
    #[inline]
    pub fn attrs(&self) -> &'a [u8] {
        self.inner().get(self.name().len()..).unwrap_or_default()
    }

    /// The name without its prefix.
    #[inline]
    pub fn local(&self) -> &'a [u8] {
        local(self.name())
    }

    /// The prefix with its colon, or nothing.
    pub fn prefix(&self) -> &'a [u8] {
        let name = self.name();
        name.get(..name.len() - local(name).len()).unwrap_or_default()
    }

    /// The attributes in order: name and raw value.
    pub fn attributes(&self) -> Attributes<'a> {
        Attributes { rest: self.attrs() }
    }

    /// The raw value of the attribute of that very name.
    pub fn attr(&self, name: &[u8]) -> Option<&'a [u8]> {
        self.attributes().find(|(key, _)| *key == name).map(|(_, value)| value)
    }

    /// The value of the attribute of that very name, without entities.
    pub fn text(&self, name: &[u8]) -> Option<String> {
        self.attr(name).map(unescape)
    }
}

/// The name without its prefix.
#[inline]
pub(crate) fn local(name: &[u8]) -> &[u8] {
    match name.iter().position(|byte| *byte == b':') {
        Some(at) => name.get(at + 1..).unwrap_or_default(),
        None => name,
    }
}

/// An iterator over raw attributes; it ends at the first that is malformed.
pub(crate) struct Attributes<'a> {
    rest: &'a [u8],
}

impl<'a> Iterator for Attributes<'a> {
    type Item = (&'a [u8], &'a [u8]);

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        let start = self.rest.iter().position(|byte| !byte.is_ascii_whitespace())?;
        let rest = self.rest.get(start..)?;
        let equal = rest.iter().position(|byte| *byte == b'=')?;
        let (name, value) = rest.split_at_checked(equal)?;
        let (name, value) = match value {
            [b'=', b'"' | b'\'', ..] => (name, value.get(1..)?),
            _ => (name, value.get(1..)?.trim_ascii_start()),
        };
        let (quote, value) = value.split_first()?;
        if *quote != b'"' && *quote != b'\'' {
            return None;
        }
        let end = value.iter().position(|byte| byte == quote)?;
        let (value, after) = value.split_at_checked(end)?;
        self.rest = after.get(1..)?;
        Some((name.trim_ascii_end(), value))
    }
}

/// Reads a whole part, giving each token to `visit`; `limit` bounds one token.
pub(crate) fn scan<R: Read, E>(
    mut part: R,
    limit: usize,
    mut visit: impl FnMut(Token<'_>) -> Result<(), E>,
) -> Result<(), Stop<E>> {
    let mut buffer = vec![0; limit.max(1024) * 2];
    let (mut filled, mut ended) = (0, false);
    let mut nest = Nest::default();
    while !ended {
        let room = buffer.get_mut(filled..).unwrap_or_default();
        let count = read_some(&mut part, room).map_err(|_| Stop::Io)?;
        ended = count < room.len();
        filled += count;
        let mut rest = buffer.get(..filled).unwrap_or_default();
        if !nest.started {
            rest = rest.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(rest);
        }
        loop {
            let (shape, length) = measure(rest, ended);
            if length > limit {
                return Err(Stop::Token);
            }
            let Some((raw, after)) = rest.split_at_checked(length) else { break };
            let token = match shape {
                Shape::Open => Token::Open(Tag { raw, empty: false }),
                Shape::Empty => Token::Open(Tag { raw, empty: true }),
                Shape::Close => Token::Close(raw),
                Shape::Text => Token::Text(raw),
                Shape::CData => Token::CData(raw),
                Shape::Other => Token::Other(raw),
                Shape::More => break,
                Shape::Refused(why) => return Err(Stop::Syntax(why.code())),
            };
            match nest.take(&token) {
                Nesting::Right => {}
                Nesting::Wrong => return Err(Stop::Syntax("nesting")),
                Nesting::Deep => return Err(Stop::Depth),
            }
            visit(token).map_err(Stop::Visit)?;
            rest = after;
        }
        if rest.len() > limit {
            return Err(Stop::Token);
        }
        let left = rest.len();
        buffer.copy_within(filled - left..filled, 0);
        filled = left;
    }
    if filled > 0 || !nest.started || nest.depth() > 0 {
        return Err(Stop::Syntax("truncated"));
    }
    Ok(())
}

/// Fills the room as far as the part goes.
fn read_some(part: &mut impl Read, room: &mut [u8]) -> io::Result<usize> {
    let mut count = 0;
    while let Some(rest) = room.get_mut(count..)
        && !rest.is_empty()
    {
        match part.read(rest) {
            Ok(0) => break,
            Ok(more) => count += more,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(count)
}

/// What the next token is.
#[derive(Clone, Copy)]
enum Shape {
    Open,
    Empty,
    Close,
    Text,
    CData,
    Other,
    /// More bytes are needed.
    More,
    Refused(Refusal),
}

/// Why a token is refused.
#[derive(Clone, Copy)]
enum Refusal {
    Markup,
    Comment,
    Doctype,
    Encoding,
}

impl Refusal {
    fn code(self) -> &'static str {
        match self {
            Refusal::Markup => "markup",
            Refusal::Comment => "comment",
            Refusal::Doctype => "doctype",
            Refusal::Encoding => "encoding",
        }
    }
}

const MORE: (Shape, usize) = (Shape::More, 0);

/// The shape and the length of the first token of `rest`. (Small results: a token returned
/// whole through `Result<Option<_>>` made scanning twice as slow.)
#[inline]
fn measure(rest: &[u8], ended: bool) -> (Shape, usize) {
    match rest {
        [] => MORE,
        [b'<', b'/', ..] => match rest.iter().position(|byte| *byte == b'>') {
            Some(end) => (Shape::Close, end + 1),
            None => MORE,
        },
        [b'<', b'!', ..] => special(rest),
        [b'<', b'?', ..] => instruction(rest),
        [b'<', byte, ..] if byte.is_ascii_alphabetic() || *byte == b'_' || *byte >= 0x80 => open_tag(rest),
        [b'<'] => MORE,
        [b'<', ..] => (Shape::Refused(Refusal::Markup), 0),
        _ => {
            let near = rest.iter().take(NEAR).position(|byte| *byte == b'<');
            match near.or_else(|| memchr(b'<', rest)) {
                Some(end) => (Shape::Text, end),
                None if ended => (Shape::Text, rest.len()),
                None => MORE,
            }
        }
    }
}

#[inline]
fn open_tag(rest: &[u8]) -> (Shape, usize) {
    let (mut quote, mut before) = (0, 0);
    for (at, byte) in rest.iter().enumerate().skip(1) {
        match *byte {
            b'<' => return (Shape::Refused(Refusal::Markup), 0),
            byte if byte == quote => quote = 0,
            _ if quote != 0 => {}
            b'>' if before == b'/' => return (Shape::Empty, at + 1),
            b'>' => return (Shape::Open, at + 1),
            byte @ (b'"' | b'\'') => quote = byte,
            _ => {}
        }
        before = *byte;
    }
    MORE
}

/// A comment or a CDATA section; a DOCTYPE and its entities are refused.
fn special(rest: &[u8]) -> (Shape, usize) {
    if let Some(body) = rest.strip_prefix(b"<!--") {
        if body.starts_with(b">") || body.starts_with(b"->") {
            return (Shape::Refused(Refusal::Comment), 0);
        }
        return memmem::find(body, b"-->").map_or(MORE, |at| (Shape::Other, at + 7));
    }
    if let Some(body) = rest.strip_prefix(b"<![CDATA[") {
        return memmem::find(body, b"]]>").map_or(MORE, |at| (Shape::CData, at + 12));
    }
    if b"<!--".starts_with(rest) || b"<![CDATA[".starts_with(rest) {
        return MORE;
    }
    (Shape::Refused(Refusal::Doctype), 0)
}

/// A processing instruction; an XML declaration must say UTF-8 (or nothing).
fn instruction(rest: &[u8]) -> (Shape, usize) {
    let Some(end) = memmem::find(rest, b"?>") else { return MORE };
    let inner = rest.get(2..end).unwrap_or_default();
    match inner.strip_prefix(b"xml") {
        Some(attrs) if !utf8(attrs) => (Shape::Refused(Refusal::Encoding), 0),
        _ => (Shape::Other, end + 2),
    }
}

fn utf8(declaration: &[u8]) -> bool {
    let plain = [&b"utf-8"[..], b"utf8", b"us-ascii", b"ascii"];
    match (Attributes { rest: declaration }).find(|(name, _)| *name == b"encoding") {
        Some((_, value)) => plain.iter().any(|name| value.eq_ignore_ascii_case(name)),
        None => memmem::find(declaration, b"encoding").is_none(),
    }
}

/// How a token fits the open elements.
enum Nesting {
    Right,
    Wrong,
    Deep,
}

/// The open elements.
#[derive(Default)]
struct Nest {
    names: Vec<u8>,
    starts: Vec<usize>,
    started: bool,
    finished: bool,
}

impl Nest {
    fn depth(&self) -> usize {
        self.starts.len()
    }

    #[inline]
    fn take(&mut self, token: &Token<'_>) -> Nesting {
        match token {
            Token::Open(tag) => self.open(tag),
            Token::Close(raw) => self.close(closed_name(raw)),
            Token::Text(text) if self.starts.is_empty() && !text.trim_ascii().is_empty() => Nesting::Wrong,
            Token::CData(_) if self.starts.is_empty() => Nesting::Wrong,
            _ => Nesting::Right,
        }
    }

    #[inline]
    fn open(&mut self, tag: &Tag<'_>) -> Nesting {
        if self.finished {
            return Nesting::Wrong;
        }
        self.started = true;
        if tag.empty {
            self.finished = self.starts.is_empty();
            return Nesting::Right;
        }
        if self.starts.len() >= DEPTH {
            return Nesting::Deep;
        }
        self.starts.push(self.names.len());
        match tag.name() {
            [letter] => self.names.push(*letter),
            name => self.names.extend_from_slice(name),
        }
        Nesting::Right
    }

    #[inline]
    fn close(&mut self, name: &[u8]) -> Nesting {
        let Some(start) = self.starts.pop() else { return Nesting::Wrong };
        let open = self.names.get(start..).unwrap_or_default();
        if open.len() != name.len() || !open.iter().eq(name) {
            return Nesting::Wrong;
        }
        self.names.truncate(start);
        self.finished = self.starts.is_empty();
        Nesting::Right
    }
}

/// Replaces the five named entities and the numbered ones; others stay as they are.
pub(crate) fn unescape(raw: &[u8]) -> String {
    let text = String::from_utf8_lossy(raw);
    if !text.contains('&') {
        return text.into_owned();
    }
    let mut plain = String::with_capacity(text.len());
    let mut rest: &str = &text;
    while let Some((before, after)) = rest.split_once('&') {
        plain.push_str(before);
        match after.split_once(';').and_then(|(name, tail)| Some((entity(name)?, tail))) {
            Some((character, tail)) => {
                plain.push(character);
                rest = tail;
            }
            None => {
                plain.push('&');
                rest = after;
            }
        }
    }
    plain.push_str(rest);
    plain
}

fn entity(name: &str) -> Option<char> {
    match name {
        "amp" => Some('&'),
        "lt" => Some('<'),
        "gt" => Some('>'),
        "quot" => Some('"'),
        "apos" => Some('\''),
        _ => {
            let number = name.strip_prefix('#')?;
            let code = match number.strip_prefix(['x', 'X']) {
                Some(hex) => u32::from_str_radix(hex, 16).ok()?,
                None => number.parse().ok()?,
            };
            char::from_u32(code)
        }
    }
}

/// Writes a text so that it can stand in an element or an attribute. Characters XML cannot
/// carry are dropped.
pub(crate) fn escape(text: &str) -> Cow<'_, str> {
    let plain = |c: char| {
        !matches!(c, '&' | '<' | '>' | '"' | '\r' | '\u{FFFE}' | '\u{FFFF}')
            && (c >= ' ' || c == '\n' || c == '\t')
    };
    if text.chars().all(plain) {
        return Cow::Borrowed(text);
    }
    let mut escaped = String::with_capacity(text.len() + 16);
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            character if plain(character) => escaped.push(character),
            _ => {}
        }
    }
    Cow::Owned(escaped)
}

#[cfg(test)]
mod tests {
    use super::{Stop, Token, escape, scan, unescape};

    fn copy(part: &str, limit: usize) -> Result<Vec<u8>, Stop<()>> {
        let mut copy = Vec::new();
        scan(part.as_bytes(), limit, |token| {
            copy.extend_from_slice(token.raw());
            Ok(())
        })?;
        Ok(copy)
    }

    #[test]
    fn the_tokens_together_are_the_part() {
        let rows = "<row r='1' a=\">\"><!-- <c> --><c/><v>1 &amp; 2</v><![CDATA[<x>]]></row>\n".repeat(500);
        let part = format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<a>{rows}</a>\n");
        for limit in [1_024, 1_100, 4_096, 1 << 20] {
            assert!(copy(&part, limit).is_ok_and(|copy| copy == part.as_bytes()));
        }
    }

    #[test]
    fn what_is_refused() {
        let long = format!("<a>{}</a>", "x".repeat(1_025));
        assert!(matches!(copy(&long, 1_024), Err(Stop::Token)));
        assert!(matches!(copy(&"<a>".repeat(65), 1_024), Err(Stop::Depth)));
        for wrong in [
            "",
            "<a",
            "<a></b>",
            "<a/><b/>",
            "x<a/>",
            "<a/>x",
            "<a><",
            "<a b='<'/>",
            "<!DOCTYPE a><a/>",
            "< a/>",
            "<!--> <a> --><a/>",
        ] {
            assert!(matches!(copy(wrong, 1_024), Err(Stop::Syntax(_))), "{wrong}");
        }
    }

    #[test]
    fn attributes_and_names() {
        let part = "<x:c  r = 'A1'\ts=\"3\" y:t=\"&lt;&#233;\"/>";
        let found = scan(part.as_bytes(), 1_024, |token| {
            let Token::Open(tag) = token else { return Err(()) };
            let names = tag.local() == b"c" && tag.prefix() == b"x:" && tag.empty;
            let values = tag.attr(b"r") == Some(b"A1") && tag.attr(b"s") == Some(b"3");
            let text = tag.text(b"y:t").is_some_and(|text| text == "<é");
            if names && values && text { Ok(()) } else { Err(()) }
        });
        assert!(found.is_ok());
    }

    #[test]
    fn escaping() {
        let text = "a<b>&\"c\" é\u{1}";
        assert_eq!(escape(text), "a&lt;b&gt;&amp;&quot;c&quot; é");
        assert_eq!(unescape(escape("a<b>&\"c\"").as_bytes()), "a<b>&\"c\"");
        assert_eq!(unescape(b"a &nope; & b"), "a &nope; & b");
    }
}
