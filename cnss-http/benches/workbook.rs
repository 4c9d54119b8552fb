//! Reading 100,000 rows of 12 columns: `read` beside calamine's own cell reader. The ratio of
//! the two, alternated, is printed by the `ratio` example.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a measuring tool")]

#[path = "../tests/integration/workbook/sample.rs"]
mod sample;

use std::hint::black_box;
use std::io::Cursor;
use std::ops::ControlFlow;

use calamine::{Reader, Xlsx};
use cnss_http::workbook::{Limits, read};
use divan::Bencher;

fn main() {
    divan::main();
}

#[divan::bench(args = [false, true], sample_count = 7)]
fn guarded_read(bencher: Bencher<'_, '_>, formulas: bool) {
    let bytes = sample::declaration(100_000, formulas);
    bencher.bench(|| {
        read(&bytes, &Limits::default(), &mut |row| {
            black_box(row);
            ControlFlow::Continue(())
        })
        .unwrap()
    });
}

#[divan::bench(args = [false, true], sample_count = 7)]
fn calamine_cells(bencher: Bencher<'_, '_>, formulas: bool) {
    let bytes = sample::declaration(100_000, formulas);
    bencher.bench(|| {
        let mut book: Xlsx<_> = Xlsx::new(Cursor::new(&bytes)).unwrap();
        let mut reader = book.worksheet_cells_reader("DNR").unwrap();
        while let Some(cell) = reader.next_cell().unwrap() {
            black_box(cell);
        }
    });
}
