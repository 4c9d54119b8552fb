//! The rules in a few lines: load a fund, build a career, ask for a pension, and print each
//! step with the article on which it rests. No server, no database, no clock.
#![expect(clippy::print_stdout, reason = "an example speaks to the terminal")]

use cnss_core::calendar::parse_date;
use cnss_core::fund::Fund;
use cnss_core::insured::{Career, CareerSpan};
use cnss_core::pension::{Subject, simulate};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let fund = Fund::builtin("tg")?;
    let (from, to) = ("1994-06".parse()?, "2024-05".parse()?);
    let career = Career::from_spans(&[CareerSpan::new(from, to, 200_000.into())])?;
    let (birth_date, award_date) = (parse_date("1964-05-01")?, parse_date("2024-06-01")?);
    let pension = simulate(&fund, &Subject::new(birth_date, award_date, &career), "normal")?;
    for step in &pension.steps {
        let source = step.basis.as_ref().map_or("calcul", |basis| &*basis.source);
        let working =
            if step.working.is_empty() { String::new() } else { format!(" = {}", step.working_text()) };
        println!("{}\u{a0}: {}{working} [{source}]", step.label, step.value);
    }
    Ok(())
}
