//! The zip package of a workbook: finding its parts by name, and inflating them under a meter
//! that counts what really comes out, whatever the headers claim.

use std::collections::BTreeMap;
use std::io::{self, Cursor, Read};

use memchr::memmem;
use zip::ZipArchive;

use crate::workbook::xml::{self, Stop, Tag, Token};
use crate::workbook::{BombKind, FileKind, Limits, WorkbookFault};

/// An open package over the uploaded bytes.
pub(crate) struct Package<'a> {
    archive: ZipArchive<Cursor<&'a [u8]>>,
    /// Lower-case names with `/` to the index of the entry.
    names: BTreeMap<String, usize>,
    /// Inflated bytes still allowed.
    left: u64,
}

impl<'a> Package<'a> {
    /// Opens the zip directory, refusing one that is too big, ambiguous or overlapping.
    pub fn open(bytes: &'a [u8], limits: &Limits) -> Result<Self, WorkbookFault> {
        check_directory(bytes, limits)?;
        let zip = |error| WorkbookFault::from_zip("zip", &error);
        let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(zip)?;
        if archive.len() > limits.entries {
            return Err(WorkbookFault::Bomb(BombKind::Entries));
        }
        if archive.has_duplicate_names() {
            return Err(WorkbookFault::damaged("zip", "duplicate"));
        }
        if archive.has_overlapping_entries().map_err(zip)? {
            return Err(WorkbookFault::Bomb(BombKind::Overlap));
        }
        let mut names = BTreeMap::new();
        for (index, name) in archive.file_names().enumerate() {
            let name = normal(&name.map_err(zip)?);
            if names.insert(name, index).is_some() {
                return Err(WorkbookFault::damaged("zip", "duplicate"));
            }
        }
        Ok(Self { archive, names, left: limits.total })
    }

    /// The number of entries.
    pub fn len(&self) -> usize {
        self.archive.len()
    }

    /// The index of a part, whatever the case of its name.
    pub fn find(&self, name: &str) -> Option<usize> {
        self.names.get(&normal(name)).copied()
    }

    /// Refuses archives that are no `.xlsx` and says what they are.
    pub fn check_kind(&mut self) -> Result<(), WorkbookFault> {
        let has = |name: &str| self.find(name).is_some();
        let found = if has("xl/workbook.bin") {
            return Err(WorkbookFault::Binary);
        } else if has("word/document.xml") || has("ppt/presentation.xml") {
            FileKind::Document
        } else if has("mimetype") && has("content.xml") {
            return Err(self.open_document());
        } else if has("_rels/.rels") && has("[Content_Types].xml") {
            return Ok(());
        } else {
            FileKind::Archive
        };
        Err(WorkbookFault::NotAWorkbook { found })
    }

    fn open_document(&mut self) -> WorkbookFault {
        let mut kind = Vec::new();
        if let Some(index) = self.find("mimetype")
            && let Ok(part) = self.archive.by_index(index)
            && part.take(128).read_to_end(&mut kind).is_err()
        {
            // A part that cannot be read leaves the kind unknown.
            kind.clear();
        }
        if kind.starts_with(b"application/vnd.oasis.opendocument.spreadsheet") {
            WorkbookFault::OpenDocument
        } else {
            WorkbookFault::NotAWorkbook { found: FileKind::Document }
        }
    }

    /// Inflates a part into `take`, under its limit; a part whose real size is not the one of
    /// the directory is damaged.
    pub fn inflate<T>(
        &mut self,
        index: usize,
        limit: u64,
        limits: &Limits,
        take: impl FnOnce(&mut Meter<'_>, &str) -> Result<T, WorkbookFault>,
    ) -> Result<T, WorkbookFault> {
        let mut part =
            self.archive.by_index(index).map_err(|error| WorkbookFault::from_zip("zip", &error))?;
        let name = part.name().map(|name| name.into_owned()).unwrap_or_default();
        let (declared, packed) = (part.size(), part.compressed_size());
        let mut meter = Meter {
            inner: &mut part,
            count: 0,
            most: limit,
            most_by_ratio: packed.saturating_mul(limits.ratio).max(RATIO_FROM),
            left: self.left,
            broken: None,
        };
        let taken = take(&mut meter, &name);
        let (count, broken) = (meter.count, meter.broken);
        self.left = self.left.saturating_sub(count);
        if let Some(broken) = broken {
            return Err(WorkbookFault::Bomb(broken.named(&name, limit, limits)));
        }
        let taken = taken?;
        if count != declared {
            return Err(WorkbookFault::damaged(&name, "size"));
        }
        Ok(taken)
    }

    /// Scans a part as XML.
    pub fn scan(
        &mut self,
        index: usize,
        limit: u64,
        limits: &Limits,
        visit: impl FnMut(Token<'_>) -> Result<(), WorkbookFault>,
    ) -> Result<(), WorkbookFault> {
        self.inflate(index, limit, limits, |meter, name| {
            xml::scan(meter, limits.token, visit).map_err(|stop| stopped(name, stop))
        })
    }

    /// The whole of a part, in memory.
    pub fn load(&mut self, index: usize, limit: u64, limits: &Limits) -> Result<Vec<u8>, WorkbookFault> {
        self.inflate(index, limit, limits, |meter, name| {
            let mut bytes = Vec::new();
            meter.read_to_end(&mut bytes).map_err(|_| WorkbookFault::damaged(name, "inflate"))?;
            Ok(bytes)
        })
    }

    /// Inflates a part for its size and CRC only.
    pub fn drain(&mut self, index: usize, limits: &Limits) -> Result<(), WorkbookFault> {
        self.inflate(index, u64::MAX, limits, |meter, name| {
            io::copy(meter, &mut io::sink()).map(|_| ()).map_err(|_| WorkbookFault::damaged(name, "inflate"))
        })
    }

    /// The name of an entry, as it is written.
    pub fn name(&self, index: usize) -> String {
        let name = self.archive.file_names().nth(index).and_then(Result::ok);
        name.map(|name| name.into_owned()).unwrap_or_default()
    }

    /// Allows the parts to be inflated once more.
    pub fn refill(&mut self, limits: &Limits) {
        self.left = limits.total;
    }

    /// The archive itself, to copy entries from.
    pub fn archive(&mut self) -> &mut ZipArchive<Cursor<&'a [u8]>> {
        &mut self.archive
    }
}

/// The name under which a part is looked up.
pub(crate) fn normal(name: &str) -> String {
    name.replace('\\', "/").to_ascii_lowercase()
}

/// What stopped a scan, as a fault of the part.
pub(crate) fn stopped(part: &str, stop: Stop<WorkbookFault>) -> WorkbookFault {
    let name = || part.chars().take(80).collect();
    match stop {
        Stop::Io => WorkbookFault::damaged(part, "inflate"),
        Stop::Syntax(why) => WorkbookFault::damaged(part, why),
        Stop::Token => WorkbookFault::Bomb(BombKind::Token { part: name() }),
        Stop::Depth => WorkbookFault::Bomb(BombKind::Depth { part: name() }),
        Stop::Visit(fault) => fault,
    }
}

/// Walks every central header signature of the file before the zip reader allocates for them.
fn check_directory(bytes: &[u8], limits: &Limits) -> Result<(), WorkbookFault> {
    let (mut entries, mut size) = (0_usize, 0_u64);
    let field = |at: usize| -> u64 {
        let two = bytes.get(at..at + 2).and_then(|two| two.try_into().ok());
        two.map_or(0, |two| u64::from(u16::from_le_bytes(two)))
    };
    for at in memmem::find_iter(bytes, b"PK\x01\x02") {
        entries += 1;
        size += 46 + field(at + 28) + field(at + 30) + field(at + 32);
        if entries > limits.entries || size > limits.directory {
            return Err(WorkbookFault::Bomb(BombKind::Entries));
        }
    }
    Ok(())
}

/// Below this inflated size the ratio says nothing.
const RATIO_FROM: u64 = 16 * 1024 * 1024;

/// Which limit a meter found broken.
enum Broken {
    Size,
    Ratio,
    Total,
}

impl Broken {
    fn named(&self, part: &str, size: u64, limits: &Limits) -> BombKind {
        let part = part.chars().take(80).collect();
        match self {
            Broken::Size => BombKind::Size { part, limit: size },
            Broken::Ratio => BombKind::Ratio { part, limit: limits.ratio },
            Broken::Total => BombKind::Total { limit: limits.total },
        }
    }
}

/// Counts the bytes that come out of a part, and stops at the first limit.
pub(crate) struct Meter<'m> {
    inner: &'m mut dyn Read,
    count: u64,
    most: u64,
    most_by_ratio: u64,
    left: u64,
    broken: Option<Broken>,
}

impl Read for Meter<'_> {
    fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(room)?;
        self.count += u64::try_from(count).unwrap_or(u64::MAX);
        self.broken = if self.count > self.most {
            Some(Broken::Size)
        } else if self.count > self.left {
            Some(Broken::Total)
        } else if self.count > self.most_by_ratio {
            Some(Broken::Ratio)
        } else {
            return Ok(count);
        };
        Err(io::Error::other("limit"))
    }
}

/// One relationship of a part.
#[derive(Clone, Debug)]
pub(crate) struct Relation {
    pub id: String,
    /// The last word of the type, such as `worksheet`.
    pub kind: String,
    pub target: String,
    pub external: bool,
}

impl Relation {
    /// Reads a `Relationship` element.
    pub fn read(tag: &Tag<'_>) -> Option<Self> {
        if tag.local() != b"Relationship" {
            return None;
        }
        let kind = tag.text(b"Type").unwrap_or_default();
        Some(Self {
            id: tag.text(b"Id").unwrap_or_default(),
            kind: kind.rsplit('/').next().unwrap_or_default().to_owned(),
            target: tag.text(b"Target").unwrap_or_default(),
            external: tag.attr(b"TargetMode") == Some(b"External"),
        })
    }
}

/// The path of a relationship's target, seen from the folder of its source.
pub(crate) fn resolve(folder: &str, target: &str) -> String {
    if let Some(absolute) = target.strip_prefix('/') {
        return absolute.to_owned();
    }
    let mut steps: Vec<&str> = folder.split('/').filter(|step| !step.is_empty()).collect();
    for step in target.split('/') {
        match step {
            "" | "." => {}
            ".." => {
                steps.pop();
            }
            step => steps.push(step),
        }
    }
    steps.join("/")
}

/// The folder (with its `/`) and the file name of a path.
pub(crate) fn split(path: &str) -> (&str, &str) {
    path.rfind('/').and_then(|at| path.split_at_checked(at + 1)).unwrap_or(("", path))
}

/// The path of the relationships of a part.
pub(crate) fn relations_of(path: &str) -> String {
    let (folder, name) = split(path);
    format!("{folder}_rels/{name}.rels")
}
