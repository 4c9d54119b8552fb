//! A fund's files are refused with every fault at its file, line and key: holes and overlaps in
//! time, brackets, shares, sources, names.

use cnss_core::fund::{Fund, FundError, FundFault, FundFiles};

fn togo() -> FundFiles {
    Fund::builtin_files("tg").expect("shipped")
}

fn changed(files: &mut FundFiles, file: &str, old: &str, new: &str) {
    let text = files.get_mut(file).expect("a file");
    assert!(text.contains(old), "{file} has no {old}");
    *text = text.replacen(old, new, 1);
}

fn faults(files: &FundFiles) -> Vec<FundFault> {
    match Fund::parse(files) {
        Err(FundError::Faults(faults)) => faults,
        other => panic!("{other:?}"),
    }
}

/// File, what stands there, what is put there, and in the changed line the mark; then the key and
/// the beginning of the fault.
type Case = (&'static str, &'static str, &'static str, &'static str, &'static str, &'static str);

const LINE: &str = r#"source = "cnss-tg-pensions", status = "verified" },"#;

const CASES: &[Case] = &[
    // Shares.
    (
        "contributions.toml",
        r#"value = "0.05""#,
        r#"value = "1.05""#,
        "1.05",
        "contributions.health.employer.salaried",
        "1.05 is not a share",
    ),
    (
        "contributions.toml",
        r#"value = "0.05""#,
        r#"value = "-0.05""#,
        "-0.05",
        "contributions.health.employer.salaried",
        "-0.05 is not a share",
    ),
    (
        "contributions.toml",
        r#"at_once = "0.05""#,
        r#"at_once = "5""#,
        "at_once",
        "contributions.surcharge.cnss",
        "5 is not a share",
    ),
    (
        "pension.toml",
        r#"degree = "2/3""#,
        r#"degree = "4/3""#,
        "4/3",
        "pension.invalidity_degree",
        "a loss of capacity lies between 0 and 1",
    ),
    (
        "pension.toml",
        r#"spouse = "0.50""#,
        r#"spouse = "1.50""#,
        "1.50",
        "pension.survivor_shares",
        "1.50 is not a share",
    ),
    (
        "pension.toml",
        r#"total = "1""#,
        r#"total = "1.1""#,
        "1.1",
        "pension.survivor_shares",
        "1.1 is not a share",
    ),
    (
        "pension.toml",
        r#"child = "0.25""#,
        r#"child = "0.25", pool = "0.5""#,
        "pool",
        "pension.survivor_shares",
        "needs either `child` or `pool`",
    ),
    (
        "pension.toml",
        r#"take = "0.05""#,
        r#"take = "5""#,
        "take",
        "pension.early_reduction",
        "5 is not a share",
    ),
    ("pension.toml", r#"rate = "0.0133""#, r#"rate = "1.33""#, "1.33", "pension.rate", "1.33 is not a share"),
    (
        "pension.toml",
        r#"incomplete = "drop""#,
        r#"most = "80", incomplete = "drop""#,
        "most",
        "pension.rate",
        "80 is not a share",
    ),
    (
        "benefits.toml",
        r#"share = "1""#,
        r#"share = "1.5""#,
        "1.5",
        "benefit.maternity_days",
        "1.5 is not a share",
    ),
    // Brackets.
    (
        "pension.toml",
        r#"rows = [ { from = 180, "#,
        r#"rows = [ { from = 240, flat = "0.30" }, { from = 180, "#,
        "from = 240",
        "pension.rate",
        "`from = 180` does not come after",
    ),
    (
        "pension.toml",
        r#"rows = [ { from = 180, "#,
        r#"rows = [ { from = 180, flat = "0.30" }, { from = 180, "#,
        "0.30",
        "pension.rate",
        "`from = 180` does not come after",
    ),
    (
        "pension.toml",
        r#"flat = "0.20", each = 12, rate = "0.0133""#,
        "each = 12",
        "each = 12 }",
        "pension.rate",
        "row `from = 180` needs",
    ),
    ("pension.toml", "each = 12,", "each = 0,", "each = 0", "pension.rate", "row `from = 180` needs"),
    (
        "benefits.toml",
        "steps = [ { from = 1, share",
        r#"steps = [ { from = 1, share = "1" }, { from = 1, share"#,
        r#"share = "1" }, {"#,
        "benefit.maternity_days",
        "`from = 1` does not come after",
    ),
    (
        "benefits.toml",
        "by_rank = [ { up_to = 6",
        r#"by_rank = [ { up_to = 6, amount = "1" }, { up_to = 5"#,
        "up_to = 5",
        "benefit.family_amounts",
        "`up_to = 5` does not come after",
    ),
    // Time.
    (
        "pension.toml",
        "{ from = 2026-01-01, categories",
        "{ from = 2026-01-01T00:00:00, categories",
        "T00",
        "pension.normal_age",
        "`from = 2026-01-01T00:00:00` is not a day",
    ),
    (
        "contributions.toml",
        "from = 2012-07-01",
        "from = 2010-07-01",
        "2010-07-01",
        "contributions.family.employer.salaried",
        "`from = 2010-07-01` does not come after",
    ),
    (
        "contributions.toml",
        "from = 2012-07-01",
        "from = 2011-02-21",
        r#"2011-02-21, value = "0.03""#,
        "contributions.family.employer.salaried",
        "`from = 2011-02-21` does not come after",
    ),
    (
        "fund.toml",
        "from = 2012-01-01",
        r#"from = 2012-01-01, born_from = "1970""#,
        "born_from",
        "minimum_wage",
        "",
    ),
    // Sources, questions, status.
    (
        "pension.toml",
        r#"source = "oit-2019""#,
        r#"source = "oit""#,
        r#""oit""#,
        "pension.start",
        r#"no source "oit""#,
    ),
    (
        "pension.toml",
        r#"source = "oit-2019", "#,
        "",
        "2011-006, art. 42(4)",
        "pension.start",
        "missing field `source`",
    ),
    (
        "pension.toml",
        r#"question = "minimum-pension""#,
        r#"question = "minimum""#,
        r#""minimum""#,
        "pension.floor",
        r#"no question "minimum""#,
    ),
    (
        "pension.toml",
        "question = \"allocation-vieillesse\"\n",
        "",
        "[rules.allowance]",
        "pension.allowance",
        "has no value and no question",
    ),
    (
        "identifiers.toml",
        r#"source = "guide-2023""#,
        r#"source = "guide""#,
        "insured_number",
        "identifiers.insured_number",
        r#"no source "guide""#,
    ),
    // Names.
    (
        "contributions.toml",
        r#"categories = ["salaried"]"#,
        r#"categories = ["employee"]"#,
        "[[rates]]",
        "contributions.family.employer.employee",
        r#"no category "employee""#,
    ),
    (
        "contributions.toml",
        r#"base = "floored""#,
        r#"base = "floor""#,
        "[[rates]]",
        "contributions.family.employer.salaried",
        r#"no base "floor""#,
    ),
    (
        "contributions.toml",
        "[[penalties]]",
        "[[penalties]]\ncode = \"missing_declaration\"\nlabel = \"x\"\nquestion = \"dnr-penalite\"\nvalues = []\n[[penalties]]",
        "missing_declaration",
        "penalties.missing_declaration",
        "stands twice",
    ),
    (
        "pension.toml",
        r#"rate = "rate""#,
        r#"rate = "ceiling""#,
        r#"code = "normal""#,
        "pensions.normal",
        r#"the rule "ceiling" cannot stand there"#,
    ),
    (
        "pension.toml",
        r#"towards = "normal_age""#,
        r#"towards = "rate""#,
        "[rules.early_reduction]",
        "pension.early_reduction",
        r#"the rule "rate" is not of the kind"#,
    ),
    (
        "identifiers.toml",
        r#"code = "nif""#,
        r#"code = "insured_number""#,
        "insured_number",
        "identifiers.insured_number",
        "stands twice",
    ),
    ("identifiers.toml", "1[0-9]{9}", "1[0-9{9}", r#"code = "nif""#, "identifiers.nif", "`pattern`"),
];

#[test]
fn every_fault_names_its_file_line_and_key() {
    for (file, old, new, mark, key, told) in CASES {
        let mut files = togo();
        changed(&mut files, file, old, new);
        let line = files[*file]
            .lines()
            .position(|line| !line.starts_with('#') && line.contains(mark))
            .map(|at| at + 1);
        let found = faults(&files);
        let here = |fault: &&FundFault| {
            fault.file == *file && fault.key == *key && fault.problem.starts_with(told) && fault.line == line
        };
        assert!(
            found.iter().any(|f| here(&f)),
            "{file} {new}: wanted {line:?} {key}: {told}, came {found:#?}"
        );
    }
}

#[test]
fn two_lines_of_one_day_may_not_both_hold() {
    let line = |categories: &str| {
        format!("{{ from = 2026-01-01, categories = [{categories}], value = {{ age = 50 }}, {LINE}")
    };
    for (more, overlaps) in
        [(line(r#""state_agent", "salaried""#), true), (line(r#""salaried", "domestic""#), false)]
    {
        let mut files = togo();
        let last = "    { from = 2026-01-01, categories = [\"state_agent\"], value = { age = 55 }";
        changed(&mut files, "pension.toml", last, &format!("    {more}\n{last}"));
        match Fund::parse(&files) {
            Ok(_) => assert!(!overlaps, "{more}"),
            Err(error) => {
                assert!(overlaps, "{more}: {error}");
                let told = "pension.normal_age: `from = 2026-01-01` overlaps the line of another category";
                assert!(error.to_string().contains(told), "{error}");
            }
        }
    }
}

#[test]
fn the_faults_of_one_rule_do_not_hide_those_of_another() {
    let mut files = togo();
    changed(&mut files, "pension.toml", "source = \"oit-2019\", ", "");
    changed(&mut files, "pension.toml", r#"take = "0.05""#, r#"take = "5""#);
    changed(&mut files, "pension.toml", "status = \"secondary\"", "status = \"sure\"");
    changed(&mut files, "contributions.toml", "at_once = \"0.05\"", "at_onc = \"0.05\"");
    changed(&mut files, "benefits.toml", "up_to = 6", "upto = 6");
    changed(&mut files, "identifiers.toml", "1[0-9]{9}", "1[0-9{9}");
    let keys: Vec<String> = faults(&files).into_iter().map(|f| f.key).collect();
    for key in [
        "pension.start",
        "pension.early_reduction",
        "contributions.surcharge.cnss",
        "benefit.family_amounts",
        "identifiers.nif",
    ] {
        assert!(keys.iter().any(|k| k == key), "no {key} in {keys:?}");
    }
    // Who names a rule that is there with a fault is not at fault.
    assert!(!keys.iter().any(|k| k.starts_with("pensions.") || k == "family"), "{keys:?}");
}

#[test]
fn a_file_that_is_not_toml_does_not_hide_another() {
    let mut files = togo();
    changed(&mut files, "fund.toml", "[sources]", "[sources");
    changed(&mut files, "pension.toml", "[labels]", "[labels");
    files.remove("declaration.toml");
    let told: Vec<(&str, bool)> = faults(&files).iter().map(|f| (f.file, f.line.is_some())).collect();
    assert_eq!(told, [("declaration.toml", false), ("fund.toml", true), ("pension.toml", true)]);
}
