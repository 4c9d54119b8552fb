//! The situations that a jurist writes beside a fund, run for every fund.

use std::path::Path;

use cnss_core::author::situation::Situations;
use cnss_core::fund::Fund;

/// Every situation of a fund's folder, by file.
pub fn of(code: &str) -> Vec<(String, Situations)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("funds").join(code).join("situations");
    let mut files: Vec<_> = std::fs::read_dir(folder)
        .expect("a folder of situations")
        .map(|f| f.expect("a file").path())
        .collect();
    files.sort();
    files
        .into_iter()
        .map(|path| {
            let text = std::fs::read_to_string(&path).expect("readable");
            let all = Situations::parse(&text).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
            (path.file_name().expect("a name").to_string_lossy().into_owned(), all)
        })
        .collect()
}

#[test]
fn every_situation_of_every_fund() {
    let mut failures = Vec::new();
    for code in Fund::builtin_codes() {
        let fund = match Fund::builtin(code) {
            Ok(fund) => fund,
            Err(faults) => {
                failures.push(format!("{code}: {faults}"));
                continue;
            }
        };
        let mut run = 0;
        for (file, all) in of(code) {
            run += all.len();
            failures.extend(all.run(&fund).iter().map(|f| format!("{code}/{file}: {f}")));
        }
        // The law of every fund is pinned closely.
        let least = 60;
        assert!(run >= least, "{code}: only {run} situations");
    }
    assert!(failures.is_empty(), "{} failures\n{}", failures.len(), failures.join("\n"));
}
