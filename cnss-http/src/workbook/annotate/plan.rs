//! Which parts of the package the notes need: the ones that exist already, or free names for
//! new ones, with the relationships and content types that lead to them.

use crate::workbook::guard::Guarded;
use crate::workbook::package::{Package, Relation, relations_of, resolve, split};
use crate::workbook::xml::{Token, scan};
use crate::workbook::{Limits, WorkbookFault};

/// A small part that is rewritten.
pub(crate) struct Part {
    pub name: String,
    pub bytes: Vec<u8>,
}

/// Where the notes go.
pub(crate) struct Plan {
    /// The comments part.
    pub comments: String,
    /// The drawing part.
    pub drawing: String,
    /// The relationship of a new drawing, when the sheet has none.
    pub new_drawing: Option<String>,
    /// The relationships of the sheet.
    pub relations: Part,
    /// The content types.
    pub types: Part,
    /// The entries these parts replace.
    pub replaced: Vec<usize>,
}

const TYPES: &str = "[Content_Types].xml";
const EMPTY_RELATIONS: &[u8] = b"<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n\
    <Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\"></Relationships>";

impl Plan {
    /// Finds or names the parts.
    pub fn new(guarded: &mut Guarded<'_>, limits: &Limits) -> Result<Self, WorkbookFault> {
        let path = guarded.sheet.path.clone();
        let (folder, strict) = (split(&path).0, guarded.seen.strict);
        let package = &mut guarded.package;
        let relations_path = relations_of(&path);
        let mut part = match package.find(&relations_path) {
            Some(index) => package.load(index, limits.small_part, limits)?,
            None => EMPTY_RELATIONS.to_vec(),
        };
        let relations = relations(&part);
        let target = |relation: &Relation| resolve(folder, &relation.target);
        let old_comments =
            relations.iter().find(|relation| relation.kind == "comments" && !relation.external);
        let old_drawing = guarded.seen.legacy_drawing.as_ref();
        let old_drawing = old_drawing.and_then(|id| relations.iter().find(|relation| relation.id == *id));
        let mut types = Types::load(package, limits)?;
        let comments = match old_comments {
            Some(relation) => target(relation),
            None => {
                let path = free(package, "xl/comments", ".xml");
                let id = free_id(&relations, "rIdNotes");
                add_relation(&mut part, &id, "comments", strict, &path);
                types.override_comments(&path);
                path
            }
        };
        let mut new_drawing = None;
        let drawing = match old_drawing {
            Some(relation) => target(relation),
            None => {
                let path = free(package, "xl/drawings/vmlDrawing", ".vml");
                let id = free_id(&relations, "rIdNotesDrawing");
                add_relation(&mut part, &id, "vmlDrawing", strict, &path);
                types.default_vml();
                new_drawing = Some(id);
                path
            }
        };
        let written = |package: &Package<'_>, path: &str| match package.find(path) {
            Some(index) => package.name(index),
            None => path.to_owned(),
        };
        Ok(Self {
            relations: Part { name: written(package, &relations_path), bytes: part },
            types: Part { name: written(package, TYPES), bytes: types.bytes },
            replaced: [&comments, &drawing, &relations_path, TYPES]
                .into_iter()
                .filter_map(|path| package.find(path))
                .collect(),
            comments: written(package, &comments),
            drawing: written(package, &drawing),
            new_drawing,
        })
    }

    /// Without notes, nothing is replaced.
    pub fn settle(&mut self, with_notes: bool) {
        if !with_notes {
            self.replaced.clear();
        }
    }
}

fn relations(part: &[u8]) -> Vec<Relation> {
    let mut relations = Vec::new();
    // A part that is not well formed gives the relationships before the flaw.
    let _ = scan(part, 1 << 16, |token| {
        if let Token::Open(tag) = token {
            relations.extend(Relation::read(&tag));
        }
        Ok::<(), ()>(())
    });
    relations
}

fn free(package: &Package<'_>, start: &str, end: &str) -> String {
    let name = |number: u32| format!("{start}{number}{end}");
    (1..).map(name).find(|name| package.find(name).is_none()).unwrap_or_default()
}

fn free_id(relations: &[Relation], start: &str) -> String {
    let taken = |id: &String| relations.iter().any(|relation| relation.id == *id);
    (1_u32..).map(|number| format!("{start}{number}")).find(|id| !taken(id)).unwrap_or_default()
}

fn add_relation(part: &mut Vec<u8>, id: &str, kind: &str, strict: bool, path: &str) {
    let base = if strict {
        "http://purl.oclc.org/ooxml/officeDocument/relationships"
    } else {
        "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    };
    add_last(part, "Relationship", &format!("Id=\"{id}\" Type=\"{base}/{kind}\" Target=\"/{path}\""));
}

/// Adds an element at the end of the root, with the root's own prefix.
fn add_last(part: &mut Vec<u8>, name: &str, attributes: &str) {
    let (mut root, mut open) = (None, None);
    let _ = scan(part.as_slice(), 1 << 16, |token| {
        if let Token::Open(tag) = token
            && root.is_none()
        {
            root = Some(String::from_utf8_lossy(tag.prefix()).into_owned());
            open = tag.empty.then(|| (tag.raw.to_vec(), tag.name().to_vec()));
        }
        Ok::<(), ()>(())
    });
    let Some(prefix) = root else { return };
    if let Some((raw, name)) = open {
        widen(part, &raw, &name);
    }
    let element = format!("<{prefix}{name} {attributes}/>");
    if let Some(end) = memchr::memmem::rfind(part, b"</") {
        part.splice(end..end, element.into_bytes());
    }
}

/// Gives a root that closes itself an end tag of its own.
fn widen(part: &mut Vec<u8>, raw: &[u8], name: &[u8]) {
    if let Some(start) = memchr::memmem::find(part, raw) {
        let open = raw.get(..raw.len().saturating_sub(2)).unwrap_or_default();
        let whole = [open, b"></", name, b">"].concat();
        part.splice(start..start + raw.len(), whole);
    }
}

/// The content types.
struct Types {
    bytes: Vec<u8>,
}

impl Types {
    fn load(package: &mut Package<'_>, limits: &Limits) -> Result<Self, WorkbookFault> {
        let index = package.find(TYPES).ok_or_else(|| WorkbookFault::damaged(TYPES, "missing"))?;
        Ok(Self { bytes: package.load(index, limits.small_part, limits)? })
    }

    fn override_comments(&mut self, path: &str) {
        let kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.comments+xml";
        add_last(&mut self.bytes, "Override", &format!("PartName=\"/{path}\" ContentType=\"{kind}\""));
    }

    fn default_vml(&mut self) {
        let mut known = false;
        let _ = scan(self.bytes.as_slice(), 1 << 16, |token| {
            if let Token::Open(tag) = token
                && tag.local() == b"Default"
            {
                known |= tag.attr(b"Extension").is_some_and(|end| end.eq_ignore_ascii_case(b"vml"));
            }
            Ok::<(), ()>(())
        });
        if !known {
            let kind = "application/vnd.openxmlformats-officedocument.vmlDrawing";
            add_last(&mut self.bytes, "Default", &format!("Extension=\"vml\" ContentType=\"{kind}\""));
        }
    }
}
