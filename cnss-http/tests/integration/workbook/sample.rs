//! A wage declaration of any size, as Excel writes it (shared strings).

use rust_xlsxwriter::{Format, Workbook};

const SURNAMES: [&str; 8] =
    ["RAKOTO", "Andriamanitra", "N'Guessan", "Bénédicte", "Ould Ahmed", "عبد الله", "Traoré", "Müller"];

/// Writes `rows` workers in twelve columns below a title, two facts and a header row.
pub fn declaration(rows: u32, formulas: bool) -> Vec<u8> {
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    sheet.set_name("DNR").unwrap();
    let date = Format::new().set_num_format("dd/mm/yyyy");
    let money = Format::new().set_num_format("#,##0.00");
    sheet.write(0, 0, "DNR").unwrap();
    sheet.write(1, 0, "Employeur").unwrap();
    sheet.write(2, 0, "Trimestre").unwrap();
    for column in 0..12_u16 {
        sheet.write(4, column, format!("Colonne {column}")).unwrap();
    }
    for row in 5..rows + 5 {
        let pick = usize::try_from(row).unwrap();
        sheet.write(row, 0, format!("0{:011}", u64::from(row) * 7_919)).unwrap();
        sheet.write(row, 1, SURNAMES[pick % 8]).unwrap();
        sheet.write(row, 2, format!("{} {}", SURNAMES[pick / 8 % 8], row % 5_000)).unwrap();
        for month in 0..3_u16 {
            let wage = f64::from(row % 90_000 + 10_000) + f64::from(row % 4) * 0.25;
            sheet.write_number_with_format(row, 3 + month, wage, &money).unwrap();
            sheet.write(row, 6 + month, (row + u32::from(month)) % 27).unwrap();
        }
        sheet.write_number_with_format(row, 9, 40_000.0 + f64::from(row % 5_000), &date).unwrap();
        sheet.write_number_with_format(row, 10, 45_000.0 + f64::from(row % 90), &date).unwrap();
        if formulas && row % 100 == 0 {
            sheet.write_formula(row, 11, "SUM(D6:F6)").unwrap();
        } else {
            sheet.write(row, 11, "RAS").unwrap();
        }
    }
    book.save_to_buffer().unwrap()
}
