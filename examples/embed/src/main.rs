//! The rules in a few lines: load a folder of your own, ask for a pension, and print why. No
//! server, no database, no clock.
#![expect(clippy::print_stdout, reason = "an example speaks to the terminal")]

use cnss_core::calendar::parse_date;
use cnss_core::fund::{Fund, FundFiles};
use cnss_core::insured::{Career, CareerSpan};
use cnss_core::pension::{Subject, simulate};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut files = FundFiles::new();
    for entry in std::fs::read_dir(std::env::args().nth(1).as_deref().unwrap_or("cnss-core/funds/bj"))? {
        let path = entry?.path();
        if let (true, Some(name)) = (path.is_file(), path.file_name()) {
            files.insert(name.to_string_lossy().into_owned(), std::fs::read_to_string(&path)?);
        }
    }
    let fund = Fund::parse(&files)?;
    let career =
        Career::from_spans(&[CareerSpan::new("2001-07".parse()?, "2023-12".parse()?, 60_000.into())])?;
    let subject = Subject::new(parse_date("1963-03-10")?, parse_date("2024-01-01")?, &career);
    for step in simulate(&fund, &subject, "normal")?.steps {
        let source = step.basis.as_ref().map_or("calcul", |basis| &*basis.source);
        println!("{} : {} = {} [{source}]", step.label, step.value, step.working_text());
    }
    Ok(())
}
