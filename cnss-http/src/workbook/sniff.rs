//! What kind of file was uploaded, from its first bytes. Only a zip archive goes on to the
//! guard; the other kinds are named, so that the person can be told what was sent instead.

use memchr::memmem;

use crate::workbook::{FileKind, Limits, WorkbookFault};

/// Accepts the bytes of a zip archive below the upload limit.
pub(crate) fn sniff(bytes: &[u8], limits: &Limits) -> Result<(), WorkbookFault> {
    if bytes.is_empty() {
        return Err(WorkbookFault::Empty);
    }
    let size = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
    if size > limits.upload {
        return Err(WorkbookFault::TooLarge { bytes: size, limit: limits.upload });
    }
    if bytes.starts_with(b"PK\x03\x04") {
        return Ok(());
    }
    if bytes.starts_with(b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1") {
        return Err(compound(bytes));
    }
    Err(WorkbookFault::NotAWorkbook { found: kind(bytes) })
}

/// An OLE compound file: its streams are named in UTF-16.
fn compound(bytes: &[u8]) -> WorkbookFault {
    let names = |name: &str| {
        let wide: Vec<u8> = name.encode_utf16().flat_map(u16::to_le_bytes).collect();
        memmem::find(bytes, &wide).is_some()
    };
    if names("EncryptedPackage") {
        WorkbookFault::Encrypted
    } else if names("WordDocument") || names("PowerPoint Document") {
        WorkbookFault::NotAWorkbook { found: FileKind::Document }
    } else if names("Workbook") || names("Book") {
        WorkbookFault::OldFormat
    } else {
        WorkbookFault::NotAWorkbook { found: FileKind::Unknown }
    }
}

fn kind(bytes: &[u8]) -> FileKind {
    const MAGIC: [(&[u8], FileKind); 16] = [
        (b"%PDF", FileKind::Pdf),
        (b"\xFF\xD8\xFF", FileKind::Picture),
        (b"\x89PNG", FileKind::Picture),
        (b"GIF8", FileKind::Picture),
        (b"RIFF", FileKind::Picture),
        (b"II*\0", FileKind::Picture),
        (b"MM\0*", FileKind::Picture),
        (b"BM", FileKind::Picture),
        (b"PK", FileKind::Archive),
        (b"Rar!", FileKind::Archive),
        (b"7z\xBC\xAF", FileKind::Archive),
        (b"\x1F\x8B", FileKind::Archive),
        (b"\xFD7zXZ", FileKind::Archive),
        (b"{\\rtf", FileKind::Document),
        (b"\xFF\xFE", FileKind::Text),
        (b"\xFE\xFF", FileKind::Text),
    ];
    let head = bytes.get(..bytes.len().min(4096)).unwrap_or_default();
    let found = MAGIC.iter().find(|(magic, _)| head.starts_with(magic));
    match found {
        Some((b"BM", _)) if textual(head) => markup(head),
        Some((_, kind)) => *kind,
        None if textual(head) => markup(head),
        None => FileKind::Unknown,
    }
}

/// No control characters but line ends and tabs: text in some 8-bit encoding.
fn textual(head: &[u8]) -> bool {
    head.iter().all(|byte| *byte >= b' ' || matches!(byte, b'\t' | b'\n' | b'\r' | 0x0C))
}

fn markup(head: &[u8]) -> FileKind {
    let head = head.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(head).trim_ascii_start();
    let lower = head.to_ascii_lowercase();
    let has = |text: &[u8]| memmem::find(&lower, text).is_some();
    if lower.starts_with(b"<") && (has(b"<html") || has(b"<!doctype html") || has(b"<table")) {
        FileKind::Html
    } else if lower.starts_with(b"<?xml") {
        FileKind::Xml
    } else {
        FileKind::Text
    }
}
