//! Reading a fund: every fault is told, at once, with its file, line and key.

use cnss_core::fund::{Fund, FundFiles};

fn togo() -> FundFiles {
    Fund::builtin_files("tg").expect("built in")
}

/// Spoils one place of a file; gives the file and the line of that place.
fn spoil(files: &mut FundFiles, file: &str, find: &str, put: &str) -> (String, usize) {
    let text = files.get_mut(file).expect("a file of every fund");
    let at = text.find(find).unwrap_or_else(|| panic!("{find} is not in {file} any more"));
    let line = text[..at].matches('\n').count() + 1;
    text.replace_range(at..at + find.len(), put);
    (file.to_owned(), line)
}

#[test]
fn a_spoiled_file_is_refused_with_its_file_line_and_key() {
    for (file, find, put, told) in [
        ("fund.toml", "code = \"XOF\"", "code = \"xof\"", "currency: not a currency: \"xof\""),
        (
            "fund.toml",
            "utc_offset_hours = 0",
            "utc_offset_hours = 15",
            "utc_offset_hours: hours ahead of UTC, from -12 to 14",
        ),
        (
            "contributions.toml",
            "{ from = 2013-01-01, value = \"0.125\"",
            "{ from = 2013-01-01, value = \"12.5\"",
            "contributions.pension.employer.salaried: 12.5 is not a share between 0 and 1",
        ),
        (
            "contributions.toml",
            "source = \"service-public\"",
            "source = \"nowhere\"",
            "contributions.due: no source \"nowhere\" in fund.toml",
        ),
        (
            "contributions.toml",
            "{ from = 2023-01-01, value = \"0.165\"",
            "{ from = 2023-01-32, value = \"0.165\"",
            "",
        ),
        (
            "pension.toml",
            "value = { age = 60 }",
            "value = { age = 6 }",
            "pension.normal_age: 6 is not an age between 10 and 100",
        ),
        (
            "pension.toml",
            "question = \"rmm-periode\"",
            "question = \"x\"",
            "pension.reference_wage: no question \"x\" in fund.toml",
        ),
        (
            "pension.toml",
            "adjustments = [\"ceiling\", \"floor\"",
            "adjustments = [\"roof\", \"floor\"",
            "pensions.normal: no rule \"roof\"",
        ),
        (
            "pension.toml",
            "reference = \"reference_wage\"",
            "reference = \"normal_age\"",
            "pensions.normal: the rule \"normal_age\" cannot stand there (Reference is needed)",
        ),
        (
            "benefits.toml",
            "amounts = \"family_amounts\"",
            "amounts = \"nothing\"",
            "family: no rule \"nothing\"",
        ),
        ("declaration.toml", "title = \"Nom\"", "titel = \"Nom\"", ""),
    ] {
        let mut files = togo();
        let (_, line) = spoil(&mut files, file, find, put);
        let error = Fund::parse(&files).expect_err(put).to_string();
        let fault =
            error.lines().find(|fault| fault.contains(told)).unwrap_or_else(|| panic!("{put}: {error}"));
        let place =
            fault.strip_prefix(&format!("{file}:")).unwrap_or_else(|| panic!("no file and line: {fault}"));
        let number: usize = place
            .split(':')
            .next()
            .and_then(|n| n.parse().ok())
            .unwrap_or_else(|| panic!("no line: {fault}"));
        // A fault of a whole table is told at its head, which stands before the line at fault.
        assert!(number <= line && line - number <= 12, "{put}: told at line {number}, stands at {line}");
    }
}

#[test]
fn dates_must_ascend() {
    let mut files = togo();
    let line = "from = 2013-01-01, value = \"0.125\"";
    spoil(&mut files, "contributions.toml", line, "from = 2012-07-01, value = \"0.125\"");
    let error = Fund::parse(&files).expect_err("two values of one day").to_string();
    assert!(error.contains("`from = 2012-07-01` does not come after the one before it"), "{error}");
}

#[test]
fn all_faults_are_told_at_once() {
    let mut files = togo();
    for (find, put) in [
        ("{ from = 2013-01-01, value = \"0.125\"", "{ from = 2013-01-01, value = \"1.25\""),
        ("{ from = 2012-07-01, value = \"0.04\"", "{ from = 2012-07-01, value = \"4\""),
        ("source = \"service-public\"", "source = \"nowhere\""),
    ] {
        spoil(&mut files, "contributions.toml", find, put);
    }
    let error = Fund::parse(&files).expect_err("three faults").to_string();
    assert_eq!(error.lines().count(), 3, "{error}");
}

/// By what their clocks say; Morocco's is the legal hour, which Ramadan alone leaves.
#[test]
fn a_fund_s_day_begins_by_its_own_clock() {
    for (code, hours) in [("tg", 0), ("ma", 1), ("dj", 3), ("bj", 1), ("tn", 1)] {
        assert_eq!(Fund::builtin(code).expect("built in").utc_offset_hours, hours, "{code}");
    }
}
