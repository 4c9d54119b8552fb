//! The notes of the sheet: those of other people stay, those of an earlier annotation go, and
//! one is added for each fault. A note needs a comment (its text) and a shape in an old-style
//! drawing (its box), or Excel does not show it.

use std::collections::{BTreeMap, BTreeSet};

use super::plan::Plan;
use super::{Annotating, MarkedCell, reference};
use crate::workbook::Limits;
use crate::workbook::guard::{Guarded, place};
use crate::workbook::package::Package;
use crate::workbook::xml::{Tag, Token, cdata, closed, escape, scan, unescape};

/// The comments and the shapes of the sheet.
pub(crate) struct Notes {
    old: Comments,
    shapes: Shapes,
    /// Whose notes ours are, in the list of authors.
    author: usize,
    added: Vec<Added>,
}

/// Places of cells, from 1.
type Places = BTreeSet<(u32, u32)>;
/// Texts of notes by place.
type Texts = BTreeMap<(u32, u32), String>;

/// A note to write, at its place from 1.
struct Added {
    row: u32,
    column: u32,
    author: usize,
    text: String,
}

/// What stands between our note and that of the person, in one note.
const BETWEEN: &str = "\n----------\n";
/// Inflated bytes of the parts that hold notes.
const PART: u64 = 4 * 1024 * 1024;

impl Notes {
    /// Reads the notes of the sheet and adds ours; none when there is nothing to write or when
    /// the old notes cannot be understood (they are then left alone).
    pub fn load(
        guarded: &mut Guarded<'_>,
        plan: &Plan,
        cells: &[MarkedCell],
        how: &Annotating,
        limits: &Limits,
    ) -> Option<Self> {
        let mut old = Comments::read(&part(&mut guarded.package, &plan.comments, limits)?)?;
        let mut shapes = Shapes::read(&part(&mut guarded.package, &plan.drawing, limits)?)?;
        let (removed, own) = old.take_ours(&how.author);
        let wanted = cells.iter().any(|cell| !cell.note.is_empty());
        if !wanted && removed.is_empty() {
            return None;
        }
        let author = old.author(&how.author);
        let mut notes = Self { added: Vec::new(), author, shapes: Shapes::default(), old };
        let mut gone = removed;
        notes.add(cells, how, own, &mut gone);
        shapes.kept.retain(|shape| shape.note.is_none_or(|place| !gone.contains(&place)));
        notes.shapes = shapes;
        Some(notes)
    }

    /// Adds our notes, and gives their own back to those that are no longer marked.
    fn add(&mut self, cells: &[MarkedCell], how: &Annotating, mut own: Texts, gone: &mut Places) {
        let signature = signature(&how.author);
        for cell in cells.iter().filter(|cell| !cell.note.is_empty()).take(how.notes) {
            let place = (cell.row, cell.column);
            let Ok(old) = self.old.take_at(place) else { continue };
            let text = match own.remove(&place).or(old) {
                Some(old) => format!("{signature}{}{BETWEEN}{old}", cell.note),
                None => format!("{signature}{}", cell.note),
            };
            gone.insert(place);
            self.added.push(Added { row: cell.row, column: cell.column, author: self.author, text });
        }
        for ((row, column), text) in own {
            // The person's own note; whose name it had is no longer known.
            let author = self.old.author("");
            self.added.push(Added { row, column, author, text });
        }
    }

    /// How many notes are ours.
    pub fn count(&self) -> u32 {
        let ours = self.added.iter().filter(|note| note.author == self.author).count();
        u32::try_from(ours).unwrap_or(u32::MAX)
    }

    /// The comments part.
    pub fn comments(&self) -> Vec<u8> {
        let prefix = &self.old.prefix;
        let mut part = self.old.head.clone();
        part.extend_from_slice(format!("<{prefix}authors>").as_bytes());
        for author in &self.old.authors {
            let author = escape(author);
            part.extend_from_slice(format!("<{prefix}author>{author}</{prefix}author>").as_bytes());
        }
        part.extend_from_slice(format!("</{prefix}authors><{prefix}commentList>").as_bytes());
        for comment in &self.old.list {
            part.extend_from_slice(&comment.raw);
        }
        for note in &self.added {
            part.extend_from_slice(self.comment(note).as_bytes());
        }
        part.extend_from_slice(format!("</{prefix}commentList>").as_bytes());
        part.extend_from_slice(&self.old.tail);
        part
    }

    fn comment(&self, note: &Added) -> String {
        let (p, author, at) = (&self.old.prefix, note.author, reference(note.row, note.column));
        let text = note.text.replace("_x", "_x005F_x");
        let text = escape(&text);
        format!(
            "<{p}comment ref=\"{at}\" authorId=\"{author}\"><{p}text><{p}r><{p}rPr><{p}sz val=\"9\"/>\
             <{p}color indexed=\"81\"/><{p}rFont val=\"Tahoma\"/><{p}family val=\"2\"/></{p}rPr>\
             <{p}t xml:space=\"preserve\">{text}</{p}t></{p}r></{p}text></{p}comment>"
        )
    }

    /// The drawing part.
    pub fn drawing(&self) -> Vec<u8> {
        let mut part = self.shapes.head.clone();
        if !self.shapes.has_type {
            part.extend_from_slice(SHAPE_TYPE.replace("{}", self.shapes.declarations).as_bytes());
        }
        for shape in &self.shapes.kept {
            part.extend_from_slice(&shape.raw);
        }
        for (number, note) in (self.shapes.last + 1..).zip(&self.added) {
            part.extend_from_slice(shape(number, note, self.shapes.declarations).as_bytes());
        }
        part.extend_from_slice(&self.shapes.tail);
        part
    }
}

/// An existing part, or nothing when there is none yet; not the one that cannot be read.
fn part(package: &mut Package<'_>, name: &str, limits: &Limits) -> Option<Vec<u8>> {
    match package.find(name) {
        Some(index) => package.load(index, PART, limits).ok(),
        None => Some(Vec::new()),
    }
}

/// The first line of our notes, as Excel begins its own; LibreOffice forgets the authors.
fn signature(author: &str) -> String {
    format!("{author}:\n")
}

/// The comments part of the sheet.
struct Comments {
    head: Vec<u8>,
    prefix: String,
    authors: Vec<String>,
    list: Vec<Comment>,
    tail: Vec<u8>,
}

/// A comment as it stands.
#[derive(Default)]
struct Comment {
    place: (u32, u32),
    author: usize,
    text: String,
    raw: Vec<u8>,
}

const COMMENTS_HEAD: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n\
    <comments xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\">";

impl Comments {
    /// Reads the part; an empty one gives a new list.
    fn read(part: &[u8]) -> Option<Self> {
        let mut comments = Self {
            head: Vec::new(),
            prefix: String::new(),
            authors: Vec::new(),
            list: Vec::new(),
            tail: Vec::new(),
        };
        if part.is_empty() {
            comments.head = COMMENTS_HEAD.into();
            comments.tail = b"</comments>".into();
            return Some(comments);
        }
        let mut walk = CommentWalk { comments, path: Vec::new(), after: false };
        scan(part, 1 << 16, |token| {
            walk.token(&token);
            Ok::<(), ()>(())
        })
        .ok()?;
        Some(walk.comments)
    }

    /// Takes out the notes our author has or signed; gives their places, and the person's own text where
    /// one of ours held it.
    fn take_ours(&mut self, author: &str) -> (Places, Texts) {
        let ours: Vec<bool> = self.authors.iter().map(|name| name == author).collect();
        let signature = signature(author);
        let (mut places, mut own) = (Places::new(), Texts::new());
        self.list.retain(|comment| {
            let ours = ours.get(comment.author).copied().unwrap_or(false);
            if !ours && !comment.text.starts_with(&signature) {
                return true;
            }
            places.insert(comment.place);
            if let Some((_, text)) = comment.text.split_once(BETWEEN) {
                own.insert(comment.place, text.to_owned());
            }
            false
        });
        (places, own)
    }

    /// Takes out the note at a place and gives its text; an error for one that belongs to a
    /// conversation, which must stay.
    fn take_at(&mut self, place: (u32, u32)) -> Result<Option<String>, ()> {
        let Some(at) = self.list.iter().position(|comment| comment.place == place) else {
            return Ok(None);
        };
        let author = self.list.get(at).and_then(|comment| self.authors.get(comment.author));
        if author.is_some_and(|author| author.starts_with("tc=")) {
            return Err(());
        }
        Ok(Some(self.list.remove(at).text))
    }

    /// The place of an author in the list, added when needed.
    fn author(&mut self, name: &str) -> usize {
        self.authors.iter().position(|author| author == name).unwrap_or_else(|| {
            self.authors.push(name.to_owned());
            self.authors.len() - 1
        })
    }
}

/// Walks the comments part.
struct CommentWalk {
    comments: Comments,
    path: Vec<Vec<u8>>,
    after: bool,
}

impl CommentWalk {
    fn token(&mut self, token: &Token<'_>) {
        let inside = self.path.iter().any(|name| name == b"comment");
        if inside && let Some(comment) = self.comments.list.last_mut() {
            comment.raw.extend_from_slice(token.raw());
        }
        match token {
            Token::Open(tag) => self.open(tag),
            Token::Close(raw) => {
                if self.after || self.path.len() == 1 {
                    self.comments.tail.extend_from_slice(raw);
                }
                self.path.pop();
                self.after |= closed(raw) == b"commentList";
            }
            Token::Text(text) => self.text(unescape(text)),
            Token::CData(raw) => self.text(String::from_utf8_lossy(cdata(raw)).into_owned()),
            Token::Other(raw) if self.path.is_empty() => self.comments.head.extend_from_slice(raw),
            Token::Other(_) => {}
        }
    }

    fn open(&mut self, tag: &Tag<'_>) {
        let name = tag.local();
        if self.path.is_empty() {
            self.comments.head.extend_from_slice(tag.raw);
            self.comments.prefix = String::from_utf8_lossy(tag.prefix()).into_owned();
        } else if self.after {
            self.comments.tail.extend_from_slice(tag.raw);
        } else if name == b"author" {
            self.comments.authors.push(String::new());
        } else if name == b"comment" {
            self.comments.list.push(Comment {
                place: tag.attr(b"ref").and_then(place).unwrap_or_default(),
                author: tag.text(b"authorId").and_then(|id| id.parse().ok()).unwrap_or_default(),
                text: String::new(),
                raw: tag.raw.to_vec(),
            });
        }
        if !tag.empty {
            self.path.push(name.to_vec());
        }
    }

    fn text(&mut self, text: String) {
        let comments = &mut self.comments;
        match self.path.last().map(Vec::as_slice) {
            Some(b"author") => {
                comments.authors.last_mut().into_iter().for_each(|author| author.push_str(&text))
            }
            Some(b"t") if self.path.iter().any(|name| name == b"comment") => {
                let text = text.replace("_x005F_", "_");
                comments.list.last_mut().into_iter().for_each(|comment| comment.text.push_str(&text));
            }
            _ => {}
        }
    }
}

/// The drawing part of the sheet.
#[derive(Default)]
struct Shapes {
    head: Vec<u8>,
    kept: Vec<Shape>,
    tail: Vec<u8>,
    has_type: bool,
    /// The namespaces our shapes must declare themselves.
    declarations: &'static str,
    /// The last shape number used.
    last: u32,
}

/// A child of the drawing.
struct Shape {
    raw: Vec<u8>,
    /// The cell it is a note of, from 1.
    note: Option<(u32, u32)>,
}

const NAMESPACES: &str = " xmlns:v=\"urn:schemas-microsoft-com:vml\" \
    xmlns:o=\"urn:schemas-microsoft-com:office:office\" xmlns:x=\"urn:schemas-microsoft-com:office:excel\"";
const DRAWING_HEAD: &str = "<xml xmlns:v=\"urn:schemas-microsoft-com:vml\" \
    xmlns:o=\"urn:schemas-microsoft-com:office:office\" xmlns:x=\"urn:schemas-microsoft-com:office:excel\">\
    <o:shapelayout v:ext=\"edit\"><o:idmap v:ext=\"edit\" data=\"1\"/></o:shapelayout>";
const SHAPE_TYPE: &str = "<v:shapetype{} id=\"_x0000_t202\" coordsize=\"21600,21600\" o:spt=\"202\" \
    path=\"m,l,21600r21600,l21600,xe\"><v:stroke joinstyle=\"miter\"/>\
    <v:path gradientshapeok=\"t\" o:connecttype=\"rect\"/></v:shapetype>";
/// The number shapes begin after.
const FIRST_SHAPE: u32 = 1_024;

impl Shapes {
    /// Reads the part; an empty one gives a new drawing, one that is not well formed none.
    fn read(part: &[u8]) -> Option<Self> {
        let mut shapes = Self { last: FIRST_SHAPE, ..Self::default() };
        if part.is_empty() {
            shapes.head = DRAWING_HEAD.into();
            shapes.tail = b"</xml>".into();
            return Some(shapes);
        }
        let mut depth = 0_usize;
        scan(part, 1 << 16, |token| {
            shapes.token(&token, &mut depth);
            Ok::<(), ()>(())
        })
        .ok()?;
        let declares = |name: &[u8]| memchr::memmem::find(&shapes.head, name).is_some();
        let usual = [&b"xmlns:v=\"urn:schemas-microsoft-com:vml\""[..], b"xmlns:o=\"urn:", b"xmlns:x=\"urn:"];
        if !usual.into_iter().all(declares) {
            shapes.declarations = NAMESPACES;
        }
        for shape in &mut shapes.kept {
            shapes.has_type |= memchr::memmem::find(&shape.raw, b"id=\"_x0000_t202\"").is_some();
            shape.note = note_place(&shape.raw);
            shapes.last = shapes.last.max(shape_number(&shape.raw).unwrap_or(0));
        }
        Some(shapes)
    }

    fn token(&mut self, token: &Token<'_>, depth: &mut usize) {
        if let Token::Close(_) = token {
            *depth = depth.saturating_sub(1);
        }
        match (*depth, token) {
            (0, Token::Close(raw)) => self.tail.extend_from_slice(raw),
            (0, token) => self.head.extend_from_slice(token.raw()),
            (1, Token::Open(tag)) => self.kept.push(Shape { raw: tag.raw.to_vec(), note: None }),
            (1, Token::Text(_)) => {}
            (_, token) => {
                self.kept.last_mut().into_iter().for_each(|shape| shape.raw.extend_from_slice(token.raw()))
            }
        }
        if let Token::Open(tag) = token
            && !tag.empty
        {
            *depth += 1;
        }
    }
}

/// The cell a shape is the note of.
fn note_place(raw: &[u8]) -> Option<(u32, u32)> {
    memchr::memmem::find(raw, b"ObjectType=\"Note\"")?;
    let number = |name: &str| -> Option<u32> {
        let text = std::str::from_utf8(raw).ok()?;
        let (_, after) = text.split_once(&format!(":{name}>"))?;
        after.split_once('<')?.0.trim().parse().ok()
    };
    Some((number("Row")?.checked_add(1)?, number("Column")?.checked_add(1)?))
}

/// The number in an id such as `_x0000_s1025`.
fn shape_number(raw: &[u8]) -> Option<u32> {
    let text = std::str::from_utf8(raw).ok()?;
    let (_, after) = text.split_once("id=\"_x0000_s")?;
    after.split_once('"')?.0.parse().ok().filter(|number| *number < 1_000_000)
}

/// The box of a note, hidden until the cell is pointed at.
fn shape(number: u32, note: &Added, declarations: &str) -> String {
    let (row, column) = (note.row - 1, note.column - 1);
    let lines = note.text.lines().map(|line| line.chars().count() / 28 + 1).sum::<usize>();
    let height = u32::try_from(lines.clamp(4, 20)).unwrap_or(4);
    let (left, top) = (column + 1, row.saturating_sub(1));
    let (right, bottom) = (left + 3, top + height);
    format!(
        "<v:shape{declarations} id=\"_x0000_s{number}\" type=\"#_x0000_t202\" style=\"position:absolute;\
         margin-left:60pt;margin-top:2pt;width:180pt;height:{points}pt;z-index:1;visibility:hidden\" \
         fillcolor=\"#ffffe1\" o:insetmode=\"auto\"><v:fill color2=\"#ffffe1\"/>\
         <v:shadow on=\"t\" color=\"black\" obscured=\"t\"/><v:path o:connecttype=\"none\"/>\
         <v:textbox style=\"mso-direction-alt:auto\"><div style=\"text-align:left\"></div></v:textbox>\
         <x:ClientData ObjectType=\"Note\"><x:MoveWithCells/><x:SizeWithCells/>\
         <x:Anchor>{left}, 15, {top}, 2, {right}, 31, {bottom}, 4</x:Anchor>\
         <x:AutoFill>False</x:AutoFill><x:Row>{row}</x:Row><x:Column>{column}</x:Column>\
         </x:ClientData></v:shape>",
        points = height * 15
    )
}
