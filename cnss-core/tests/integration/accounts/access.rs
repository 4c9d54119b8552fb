//! `access.toml`: what the funds say, and each fault with its file, line and key, all at once.

use cnss_core::fund::{Fund, FundError, FundFiles, Status};

use super::*;

const WORDS: &str = "source = \"conception\"\nstatus = \"unverified\"";

/// What is wrong with a file in which a text was replaced: line, key, problem.
fn told(changes: &[(&str, &str)]) -> Vec<(Option<usize>, String, String)> {
    let mut files: FundFiles = Fund::builtin_files("tg").expect("built in");
    let text = files.get_mut("access.toml").expect("there");
    for (old, new) in changes {
        assert!(text.contains(old), "{old}");
        *text = text.replacen(old, new, 1);
    }
    match Fund::parse(&files) {
        Ok(_) => Vec::new(),
        Err(FundError::Faults(faults)) => faults
            .into_iter()
            .inspect(|fault| assert_eq!(fault.file, "access.toml"))
            .map(|fault| (fault.line, fault.key, fault.problem))
            .collect(),
        Err(other) => panic!("{other}"),
    }
}

#[test]
fn each_fault_is_told_with_its_key() {
    let match_password = r#"{ field = "password", label = "Mot de passe", match = true }"#;
    let faults: &[(&str, &str, &str, &str)] = &[
        ("digits = 6", "digits = 3", "code", "`digits = 3` is not between 4 and 10"),
        ("digits = 6", "digits = 300", "code", "invalid value: integer `300`"),
        ("life_minutes = 60", "life_minutes = 0", "code", "`life_minutes = 0`"),
        ("life_minutes = 60", "", "code", "missing field `life_minutes`"),
        ("channels = [\"sms\", \"email\"]", "channels = []", "code", "names no way"),
        ("channels = [\"sms\", \"email\"]", "channels = [\"sms\", \"sms\"]", "code", "one thing twice"),
        ("channels = [\"sms\", \"email\"]", "channels = [\"fax\"]", "code", "unknown variant `fax`"),
        ("attempts_most = 5", "attempts_most = 5\nattempt = 1", "code", "unknown field `attempt`"),
        ("least = 8", "least = 3", "password", "`least = 3`"),
        ("most = 128", "most = 20", "password", "`most = 20`"),
        ("free = 5\n", "free = 0\n", "lockout", "`free = 0`"),
        ("longest_pause_seconds = 900", "longest_pause_seconds = 10", "lockout", "not between 30 and"),
        ("hours = 72", "hours = 721", "first_password", "`hours = 721` is not between 1 and 720"),
        ("[first_password]", "[first]", "", "unknown field `first`"),
        ("proven_minutes = 15", "proven_minutes = 0", "session", "`proven_minutes = 0`"),
        ("sent_for_one = 5", "sent_for_one = 1", "budget", "`sent_for_one = 1`"),
        ("[session]", "[sessions]", "", "unknown field `sessions`"),
        ("by = [\"email\", \"username\"]", "by = []", "login", "names nothing"),
        (
            "by = [\"email\", \"username\"]",
            "by = [\"username\"]",
            "ways.employer",
            "`login` does not name `email`",
        ),
        ("source = \"manuel-services\"", "source = \"manuel\"", "login", "no source \"manuel\" in fund.toml"),
        ("question = \"code-chiffres\"", "question = \"code\"", "code", "no question \"code\" in fund.toml"),
        ("status = \"secondary\"", "status = \"sure\"", "login", "unknown variant `sure`"),
        ("code = \"insured\"", "code = \"employer\"", "ways.employer", "stands twice"),
        (
            "{ field = \"password\", label = \"Mot de passe\" }",
            match_password,
            "ways.employer",
            "register holds no `password`",
        ),
        (
            "login = \"email\"",
            "login = \"username\"",
            "ways.employer",
            "nobody who comes in by it has a `username`",
        ),
        (
            "login = \"email\"",
            "login = \"document\"",
            "ways.employer",
            "the login is `document`, which is not asked",
        ),
        ("password = \"chosen\"", "password = \"sent\"", "ways.employer", "the password is `sent`"),
        (
            "activation = \"agent\"",
            "activation = \"agent\"\ncharter_before = true",
            "ways.employer",
            "there is none",
        ),
        ("field = \"phone\"", "field = \"telephone\"", "ways.employer", "unknown variant `telephone`"),
        (
            "{ field = \"company_phone\", label = \"Téléphone de l'entreprise\" }",
            "{ field = \"email\", label = \"x\" }",
            "ways.employer",
            "says one thing twice",
        ),
    ];
    for (old, new, key, problem) in faults {
        let found = told(&[(old, new)]);
        assert!(
            found
                .iter()
                .any(|(line, k, p)| k == key && p.contains(problem) && (line.is_some() || key.is_empty())),
            "{new}: wanted {key}: {problem}, came {found:#?}"
        );
    }
}

#[test]
fn the_faults_of_all_tables_come_at_once() {
    let found = told(&[
        ("digits = 6", "digits = 3"),
        ("least = 8", "lest = 8"),
        ("sent_for_one = 5", "sent_for_one = 1"),
        ("password = \"chosen\"", "password = \"sent\""),
        ("source = \"manuel-services\"", "source = \"manuel\""),
    ]);
    let keys: std::collections::BTreeSet<&str> = found.iter().map(|(_, key, _)| key.as_str()).collect();
    for key in ["budget", "code", "login", "password", "ways.employer"] {
        assert!(keys.contains(key), "no {key} in {found:#?}");
    }
}

#[test]
fn charters_ascend_and_have_a_text() {
    let charter = |version: &str, from: &str, text: &str| {
        format!(
            "\n[[charters]]\nversion = \"{version}\"\nfrom = {from}\ntitle = \"t\"\ntext = \"{text}\"\n{WORDS}\n"
        )
    };
    let with = |more: String| {
        let mut files = Fund::builtin_files("tg").expect("built in");
        files.get_mut("access.toml").expect("there").push_str(&more);
        Fund::parse(&files).map(|fund| fund.access.expect("there").charters.len()).map_err(|e| e.to_string())
    };
    let first = charter("1", "2024-01-01", "a");
    assert_eq!(with(first.clone() + &charter("2", "2024-01-02", "b")), Ok(2));
    for (second, problem) in [
        (charter("2", "2024-01-01", "b"), "does not come after"),
        (charter("1", "2025-01-01", "b"), "stands twice"),
        (charter("2", "2025-01-01", " \\n "), "`text` is empty"),
        (charter("2", "2025-01-01T00:00:00", "b"), "is not a day"),
    ] {
        let told = with(first.clone() + &second).expect_err(problem);
        assert!(told.contains(problem), "{told}");
    }
}

#[test]
fn an_sms_needs_a_plan_of_mobile_phones() {
    let mut files = Fund::builtin_files("tg").expect("built in");
    let plan = files.get_mut("identifiers.toml").expect("there");
    *plan = plan.replace("code = \"mobile\"", "code = \"portable\"");
    let told = Fund::parse(&files).expect_err("no plan").to_string();
    assert!(told.contains("access.toml:") && told.contains("no phone of code \"mobile\""), "{told}");
}

#[test]
fn the_three_countries_say_what_their_papers_say() {
    let rules = |code: &str| Fund::builtin(code).expect("built in").access.expect("says how");
    let (togo, morocco, djibouti) = (rules("tg"), rules("ma"), rules("dj"));
    assert_eq!((togo.code.life_minutes, togo.code.channels.len()), (60, 2), "an hour, by SMS and e-mail");
    assert_eq!((morocco.code.digits, morocco.code.channels.len()), (6, 1), "six digits by SMS");
    assert_eq!((djibouti.password.least, djibouti.password.kinds.len()), (10, 4));
    assert!(djibouti.ways.iter().all(|way| way.charter_before), "identifiers after the charter is signed");
    let charter = djibouti.charter(date("2025-01-01")).expect("in force");
    assert!(charter.text.contains("une longueur minimale de 10 caractères"));
    assert!(!charter.text.contains("**") && !charter.text.contains('\\'), "no marks of a converter");
    // What a document does not say is not passed off as read in one.
    for rules in [&togo, &morocco] {
        let lockout = rules.origins.iter().find(|origin| *origin.part == *"lockout").expect("there");
        assert_eq!(lockout.status, Status::Unverified);
        assert!(lockout.source.contains("ce logiciel"), "{}", lockout.source);
    }
    for code in ["bj", "tn"] {
        assert!(Fund::builtin(code).expect("built in").access.is_none(), "{code}");
    }
}

#[test]
fn phones_of_the_three_countries_are_read_as_people_type_them() {
    for (code, typed, read) in [
        ("tg", "90123456", Ok("+22890123456")),
        ("tg", "+228 90.12.34.56", Ok("+22890123456")),
        ("tg", "(228) 90-12-34-56", Ok("+22890123456")),
        ("tg", "٩٠١٢٣٤٥٦", Ok("+22890123456")),
        ("tg", "22212345", Err("phone_not_mobile")),
        ("tg", "82123456", Err("phone_not_in_plan")),
        ("tg", "8200", Err("phone_not_in_plan")),
        ("tg", "+229 90123456", Err("phone_foreign")),
        ("tg", "00 33 612345678", Err("phone_foreign")),
        ("tg", "90 12 34 5x", Err("not_a_phone")),
        ("tg", "\u{202e}90123456", Err("not_a_phone")),
        ("tg", "", Err("not_a_phone")),
        ("ma", "0661234567", Ok("+212661234567")),
        ("ma", "+212 (0) 661 23 45 67", Ok("+212661234567")),
        ("ma", "212661234567", Ok("+212661234567")),
        ("ma", "0522123456", Err("phone_not_mobile")),
        ("ma", "0899123456", Err("phone_not_in_plan")),
        ("dj", "77 12 34 56", Ok("+25377123456")),
        ("dj", "21 12 34 56", Err("phone_not_mobile")),
    ] {
        let answer = fund(code).mobile(typed).map(|p| p.to_string()).map_err(|e| e.code());
        assert_eq!(answer, read.map(str::to_owned), "{code} {typed}");
    }
    assert!(fund("tg").mobile(&"9".repeat(100_000)).is_err());
}
