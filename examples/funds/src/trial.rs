//! `test`: runs the situations of a folder, and tells what was expected and what came.

use crate::Outcome;
use crate::folder::Folder;
use crate::words::{counted, difference};

pub fn run(name: &str) -> Result<Outcome, String> {
    let folder = Folder::open(name)?;
    let (fund, situations) = match folder.sound() {
        Ok(sound) => sound,
        Err(told) => {
            say!("{told}");
            return Ok(Outcome::Faulty);
        }
    };
    let mut run = 0_usize;
    let mut failed = 0_usize;
    for (file, all) in &situations {
        run = run.saturating_add(all.len());
        for failure in all.run(&fund) {
            failed = failed.saturating_add(1);
            say!("{file}: {}", failure.name);
            if failure.differences.is_empty() {
                say!("    `derivation` ne dit pas d'où viennent les résultats");
            }
            for one in &failure.differences {
                say!("    {}", difference(one.figure, one.expected.as_deref(), one.came.as_deref()));
            }
        }
    }
    if run == 0 {
        say!("Aucun cas pratique : écrivez-en dans situations/*.toml.");
        return Ok(Outcome::Faulty);
    }
    say!(
        "{} : {}, {}.",
        fund.name,
        counted(run, "cas pratique", "cas pratiques"),
        counted(failed, "échec", "échecs")
    );
    Ok(if failed == 0 { Outcome::Well } else { Outcome::Faulty })
}
