//! Why a workbook was refused. Each fault is a code with its data; the words shown to people
//! live in another module.

use std::io;

use zip::result::ZipError;

/// Why an uploaded file cannot be read as a workbook.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WorkbookFault {
    /// The file has no bytes.
    #[error("empty file")]
    Empty,
    /// The file is above the upload limit.
    #[error("file of {bytes} bytes, limit {limit}")]
    TooLarge {
        /// Bytes of the file.
        bytes: u64,
        /// The limit.
        limit: u64,
    },
    /// The file is something else than a workbook.
    #[error("not a workbook: {found:?}")]
    NotAWorkbook {
        /// What the file looks like.
        found: FileKind,
    },
    /// The workbook is protected by a password.
    #[error("encrypted workbook")]
    Encrypted,
    /// The workbook has the format of Excel 97-2003 (`.xls`).
    #[error("old .xls workbook")]
    OldFormat,
    /// The workbook is an OpenDocument one (`.ods`).
    #[error("OpenDocument workbook")]
    OpenDocument,
    /// The workbook is a binary one (`.xlsb`).
    #[error("binary .xlsb workbook")]
    Binary,
    /// The file would take too much room or time once opened.
    #[error("bomb: {0:?}")]
    Bomb(BombKind),
    /// The file is broken, or not written as the format asks.
    #[error("damaged part {part}: {why}")]
    Damaged {
        /// The name of the part, or `zip`.
        part: String,
        /// A short technical code, for the log.
        why: &'static str,
    },
    /// No visible worksheet.
    #[error("no visible worksheet")]
    NoSheet,
    /// More rows than accepted.
    #[error("more than {limit} rows")]
    TooManyRows {
        /// The limit.
        limit: u32,
    },
    /// A cell lies beyond the last accepted column.
    #[error("column {column} beyond the limit of {limit} in row {row}")]
    TooManyColumns {
        /// The row, from 1.
        row: u32,
        /// The column, from 1.
        column: u32,
        /// The limit.
        limit: u16,
    },
}

/// What a file that is no workbook looks like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileKind {
    /// A PDF document.
    Pdf,
    /// A picture (JPEG, PNG, GIF, WebP, TIFF, BMP).
    Picture,
    /// A web page, as some programs export with the name `.xls`.
    Html,
    /// An XML document, as Excel 2003 writes.
    Xml,
    /// Plain text, such as CSV.
    Text,
    /// A zip archive, or another kind of archive.
    Archive,
    /// A text document or a presentation.
    Document,
    /// Anything else.
    Unknown,
}

/// Which limit a bomb would break.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BombKind {
    /// Too many entries in the zip directory, or too long a directory.
    Entries,
    /// Two entries share the same bytes.
    Overlap,
    /// A part inflates above its limit.
    Size {
        /// The name of the part.
        part: String,
        /// The limit in bytes.
        limit: u64,
    },
    /// A part inflates too much for its packed size.
    Ratio {
        /// The name of the part.
        part: String,
        /// The limit.
        limit: u64,
    },
    /// All the parts together inflate above the limit.
    Total {
        /// The limit in bytes.
        limit: u64,
    },
    /// A tag, a text, a cell or a string is too long.
    Token {
        /// The name of the part.
        part: String,
    },
    /// Elements are nested too deep.
    Depth {
        /// The name of the part.
        part: String,
    },
    /// A part takes too much memory once loaded.
    Memory {
        /// The name of the part.
        part: String,
        /// The limit in bytes.
        limit: u64,
    },
    /// Too many sheets.
    Sheets {
        /// The limit.
        limit: usize,
    },
}

impl WorkbookFault {
    /// A damaged part.
    pub(crate) fn damaged(part: &str, why: &'static str) -> Self {
        let part = part.chars().take(80).collect();
        Self::Damaged { part, why }
    }

    /// What a zip error says of the file.
    pub(crate) fn from_zip(part: &str, error: &ZipError) -> Self {
        match error {
            ZipError::UnsupportedArchive(text) if *text == ZipError::PASSWORD_REQUIRED => Self::Encrypted,
            ZipError::CompressionMethodNotSupported(_) => Self::damaged(part, "compression"),
            ZipError::FileNotFound => Self::damaged(part, "missing"),
            _ => Self::damaged(part, "zip"),
        }
    }
}

/// Why a workbook could not be written.
#[derive(Debug, thiserror::Error)]
pub enum WriteFault {
    /// Excel does not accept this sheet name.
    #[error("sheet name refused by Excel")]
    SheetName,
    /// A text is longer than a cell holds (32,767 characters).
    #[error("text too long in row {row}, column {column}")]
    TextTooLong {
        /// The row, from 1.
        row: u32,
        /// The column, from 1.
        column: u16,
    },
    /// More rows or columns than a sheet holds.
    #[error("more rows or columns than a sheet holds")]
    TooLarge,
    /// The temporary file or the memory buffer failed.
    #[error("writing failed: {0}")]
    Io(#[from] io::Error),
    /// The writer refused something else.
    #[error("workbook writer: {0}")]
    Writer(#[source] rust_xlsxwriter::XlsxError),
}

/// Why a workbook could not be annotated.
#[derive(Debug, thiserror::Error)]
pub enum AnnotateFault {
    /// The workbook itself cannot be read.
    #[error(transparent)]
    Workbook(#[from] WorkbookFault),
    /// Writing the new package failed.
    #[error("writing failed: {0}")]
    Io(#[from] io::Error),
    /// The zip writer refused something.
    #[error("zip writer: {0}")]
    Zip(#[from] ZipError),
}
