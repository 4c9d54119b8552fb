//! How much of a workbook we accept to look at. The sizes that bound what is held in memory
//! were measured (see the `peak` example); raising one of them raises the peak by as much.

/// The limits one reading keeps to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of the uploaded file.
    pub upload: u64,
    /// Entries of the zip directory.
    pub entries: usize,
    /// Bytes of the zip directory (names, extra fields and comments).
    pub directory: u64,
    /// Inflated bytes of all the parts together.
    pub total: u64,
    /// Inflated bytes of the worksheet part.
    pub sheet: u64,
    /// Inflated bytes of the shared strings part.
    pub strings: u64,
    /// Bytes the shared strings take once loaded.
    pub strings_loaded: u64,
    /// Inflated bytes of the styles part.
    pub styles: u64,
    /// Bytes the styles take once loaded.
    pub styles_loaded: u64,
    /// Inflated bytes of each other part that is loaded (workbook, relationships, theme).
    pub small_part: u64,
    /// Sheets of the workbook.
    pub sheets: usize,
    /// Inflated bytes for one packed byte, for a part above 16 MiB.
    pub ratio: u64,
    /// Bytes between one `<` and the next.
    pub token: usize,
    /// Bytes of one cell, or of one shared string, with its markup.
    pub cell: u64,
    /// Rows that hold something.
    pub rows: u32,
    /// Columns that hold something.
    pub columns: u16,
}

const KIB: u64 = 1024;
const MIB: u64 = 1024 * KIB;

impl Default for Limits {
    fn default() -> Self {
        Self {
            upload: 10 * MIB,
            entries: 2_000,
            directory: MIB,
            total: 256 * MIB,
            sheet: 192 * MIB,
            strings: 24 * MIB,
            strings_loaded: 32 * MIB,
            styles: 4 * MIB,
            styles_loaded: 8 * MIB,
            small_part: MIB,
            sheets: 256,
            ratio: 200,
            token: 64 * 1024,
            cell: 256 * KIB,
            rows: 200_000,
            columns: 64,
        }
    }
}
