//! Settings from every source, and each fault in its words.

use std::collections::BTreeMap;

use super::values::{DEMO_WORDS, without_secrets};
use super::*;

/// Reads with a command line, an environment and the text of a `cnss.toml`.
fn read(args: &[&str], variables: &[(&str, &str)], file: Option<&str>) -> Result<Settings, Stop> {
    let folder = tempfile::tempdir().expect("a folder");
    if let Some(text) = file {
        std::fs::write(folder.path().join("cnss.toml"), text).expect("written");
    }
    let variables: BTreeMap<&str, &str> = variables.iter().copied().collect();
    let args = ["cnss-portal"].iter().chain(args).map(OsString::from);
    let names: Vec<String> = variables.keys().map(|name| (*name).to_owned()).collect();
    Settings::read(args, &names, |name| variables.get(name).map(OsString::from), folder.path())
}

fn faults(result: Result<Settings, Stop>) -> Vec<String> {
    match result.expect_err("must be refused") {
        Stop::Faults(faults) => faults,
        Stop::Shown(text) => panic!("{text}"),
    }
}

#[test]
fn with_nothing_said_it_starts_here_with_the_demonstration() {
    let settings = read(&[], &[], None).expect("sound");
    assert_eq!(settings.listen.to_string(), "127.0.0.1:8080");
    assert_eq!(settings.database_url.as_str(), "sqlite:cnss.sqlite");
    assert!(settings.demo && settings.public_url.is_none());
    assert_eq!(settings.log, "info");
}

#[test]
fn the_command_line_wins_over_the_environment_over_the_file() {
    let file = "listen = \"127.0.0.1:1\"\ndemo = false\nlog = \"warn\"\ndatabase_url = 'sqlite:file.sqlite'\n\
                public_url = \"https://portail.cnss.example/\"";
    let variables = [("CNSS_LISTEN", "127.0.0.1:2"), ("CNSS_LOG", "debug")];
    let settings = read(&["--listen", "[::1]:3"], &variables, Some(file)).expect("sound");
    assert_eq!(settings.listen.to_string(), "[::1]:3");
    assert_eq!((settings.log.as_str(), settings.demo), ("debug", false));
    assert_eq!(settings.database_url.as_str(), "sqlite:file.sqlite");
    let public = settings.public_url.expect("given");
    assert_eq!((public.0.as_str(), public.is_secure()), ("https://portail.cnss.example", true));
}

#[test]
fn a_fund_that_says_how_one_comes_in_is_served() {
    let said = |text: &str| {
        read(&["--fund", text], &[], None).map(|s| (s.fund, s.database_url.as_str().to_owned(), s.demo))
    };
    assert_eq!(read(&[], &[], None).map(|s| s.fund), Ok("tg"));
    assert_eq!(read(&[], &[("CNSS_FUND", "dj")], None).map(|s| s.fund), Ok("dj"));
    assert_eq!(read(&[], &[("CNSS_FUND", "dj")], Some("fund = 'example'")).map(|s| s.fund), Ok("dj"));
    assert_eq!(read(&[], &[], Some("fund = 'example'")).map(|s| (s.fund, s.demo)), Ok(("example", false)));
    assert_eq!(said(" MA "), Ok(("ma", "sqlite:cnss-ma.sqlite".to_owned(), true)), "books of its own");
    for (wrong, words) in [
        ("bj", "cette caisse ne dit pas comment on y entre"),
        ("fr", "« fr » : on attend le code d'une caisse : tg, ma, dj, example"),
        ("", "on attend le code d'une caisse"),
        ("../tg", "on attend le code d'une caisse"),
    ] {
        let told = faults(read(&["--fund", wrong], &[], None));
        assert!(
            told.len() == 1 && told[0].starts_with("option --fund : ") && told[0].contains(words),
            "{told:?}"
        );
        assert!(told[0].ends_with("tg, ma, dj, example"), "{told:?}");
    }
    let none = faults(read(&["--fund", "example", "--demo", "oui"], &[], None));
    assert_eq!(none, ["demo : il n'y a pas de démonstration pour la caisse « example »"]);
}

#[test]
fn connections_are_counted() {
    for (given, most) in [("1", 1), ("500", 500)] {
        let said = [("CNSS_DATABASE_CONNECTIONS", given)];
        assert_eq!(read(&[], &said, None).map(|s| s.database_connections), Ok(most));
    }
    assert_eq!(read(&[], &[], Some("database_connections = 12")).map(|s| s.database_connections), Ok(12));
    for bad in ["0", "501", "-1", "beaucoup", ""] {
        assert_eq!(faults(read(&["--database-connections", bad], &[], None)).len(), 1, "{bad}");
    }
}

#[test]
fn the_demonstration_is_turned_on_and_off_by_few_words() {
    for (word, on) in
        [("0", false), ("false", false), ("Non", false), ("1", true), ("TRUE", true), (" oui ", true)]
    {
        assert_eq!(read(&[], &[("CNSS_DEMO", word)], None).map(|s| s.demo), Ok(on), "{word}");
        assert_eq!(read(&["--demo", word], &[("CNSS_DEMO", "0")], None).map(|s| s.demo), Ok(on), "{word}");
    }
    assert_eq!(read(&["--demo"], &[("CNSS_DEMO", "non")], None).map(|s| s.demo), Ok(true));
    for word in ["", "peut-être", "no", "off", "2"] {
        let faults = faults(read(&[], &[("CNSS_DEMO", word)], None));
        assert_eq!(faults, [format!("variable CNSS_DEMO : « {word} » : {DEMO_WORDS}")]);
    }
    for (value, on) in [("true", true), ("0", false), ("\"non\"", false)] {
        assert_eq!(read(&[], &[], Some(&format!("demo = {value}"))).map(|s| s.demo), Ok(on), "{value}");
    }
}

#[test]
fn made_up_people_come_only_by_default_or_when_they_are_asked_for() {
    let said = |args: &[&str]| read(args, &[], None).map(|settings| settings.demo);
    let url = "sqlite:/srv/livres.sqlite";
    assert_eq!(said(&[]), Ok(true));
    assert_eq!(said(&["--demo", "non"]), Ok(false));
    assert_eq!(said(&["--database-url", url]), Ok(false), "nobody asked for them");
    assert_eq!(said(&["--database-url", url, "--demo", "oui"]), Ok(true));
    let named = read(&[], &[("CNSS_DATABASE_URL", url)], None).map(|settings| settings.demo);
    assert_eq!(named, Ok(false));
}

#[test]
fn books_are_made_only_by_default_or_for_the_demonstration() {
    let said = |args: &[&str]| read(args, &[], None).map(|settings| settings.make_books);
    let url = "sqlite:/srv/livres.sqlite";
    assert_eq!(said(&[]), Ok(true));
    assert_eq!(said(&["--demo", "non"]), Ok(true));
    assert_eq!(said(&["--database-url", url]), Ok(false), "nobody asked for the demonstration");
    assert_eq!(said(&["--database-url", url, "--demo", "non"]), Ok(false));
    assert_eq!(said(&["--database-url", url, "--demo", "oui"]), Ok(true));
}

#[test]
fn every_fault_is_told_at_once_with_its_place() {
    let file = "# commentaire\nlisten = 8080\nlitsen = \"x\"\ndemo = \"bof\"\n[base]\nurl = 1\n";
    let variables = [("CNSS_LISTEN", "partout"), ("CNSS_LOG", "inof")];
    let faults = faults(read(&["--public-url", "portail"], &variables, Some(file)));
    let begins = [
        "ligne 2, clé listen : on attend un texte",
        "ligne 3 : clé inconnue « litsen » (clés connues : fund, listen, database_url, database_connections, demo, public_url, log, log_format, metrics_listen, courier, code_key_file, proxies, code_key, pepper, banks, post)",
        "ligne 4, clé demo : « bof »",
        "ligne 5 : clé inconnue « base »",
        "variable CNSS_LISTEN : « partout » : on attend une adresse IP et un port",
        "variable CNSS_LOG : « inof »",
        "option --public-url : on attend http",
    ];
    assert_eq!(faults.len(), begins.len(), "{faults:#?}");
    for (fault, begin) in faults.iter().zip(begins) {
        assert!(fault.contains(begin), "{fault} and {begin}");
    }
    assert!(faults[0].contains("cnss.toml"), "{}", faults[0]);
}

#[test]
fn a_file_that_is_not_toml_says_on_which_line() {
    let broken = faults(read(&[], &[], Some("listen = \"127.0.0.1:1\"\ndemo oui\n")));
    assert!(broken[0].contains("ligne 2 : cette ligne n'est pas du TOML"), "{broken:?}");
    let twice = faults(read(&[], &[], Some("demo = true\n\ndemo = false\n")));
    assert!(twice[0].contains("ligne 3 : cette clé est donnée deux fois"), "{twice:?}");
    let more = faults(read(&[], &[], Some("listen = \"x\"\nbof = 1\ndemo = peut-être\nlog = \"info\"\n")));
    assert_eq!(more.len(), 3, "{more:#?}");
}

#[test]
fn a_log_filter_may_name_modules() {
    let filter = "info,cnss_http=debug";
    assert_eq!(read(&["--log", filter], &[], None).map(|s| s.log), Ok(filter.to_owned()));
    for bad in ["", "bavard", "cnss_http=bavard"] {
        assert_eq!(faults(read(&["--log", bad], &[], None)).len(), 1, "{bad}");
    }
}

#[test]
fn a_named_file_must_be_there() {
    let faults_by_flag = faults(read(&["--config", "absent.toml"], &[], Some("demo = false")));
    assert!(faults_by_flag[0].starts_with("option --config : le fichier «"), "{faults_by_flag:?}");
    let faults_by_variable = faults(read(&[], &[("CNSS_CONFIG", "absent.toml")], None));
    assert!(faults_by_variable[0].starts_with("variable CNSS_CONFIG : "), "{faults_by_variable:?}");
    assert_eq!(read(&["--config", "cnss.toml"], &[], Some("demo = false")).map(|s| s.demo), Ok(false));
}

#[test]
fn no_message_shows_a_password() {
    for url in [
        "mysql://cnss:Secret1@hote/base",
        "mysql://cnss:Se@cret1/x@hote/base",
        "postgres:Secret1",
        "Secret1",
        "sqlite",
        "Secret1 : rien",
    ] {
        let told = faults(read(&["--database-url", url], &[], Some(&format!("database_url = \"{url}\""))))
            .join("\n");
        assert!(!told.contains("cret1") && !told.contains("hote"), "{told}");
    }
    assert!(!faults(read(&["--public-url", "https://moi:Secret1@x.tg"], &[], None))[0].contains("Secret1"));
    let settings = read(&["--database-url", "sqlite:livres.sqlite?key=Secret1"], &[], None).expect("sound");
    assert!(!format!("{settings:?} {}", settings.database_url).contains("Secret1"));
    let url = "postgres://cnss:Secret1@hote/base?sslmode=verify-full";
    let server = read(&["--database-url", url], &[], None).expect("sound");
    assert_eq!(server.database_url.as_str(), url);
    assert!(!format!("{server:?} {}", server.database_url).contains("Secret1"));
    assert_eq!(settings.database_url.to_string(), "sqlite:livres.sqlite?…");
    assert_eq!(without_secrets("postgres://cnss:a@b/c?d@hote/base?key=x"), "postgres://…@hote/base?…");
}

#[test]
fn banks_are_known_by_their_secrets() {
    const OLD: &str = "0123456789abcdef0123456789abcdef";
    const NEW: &str = "fedcba9876543210fedcba9876543210";
    let file = format!("[banks.btci]\nsecret = \"{OLD}\"\n[banks.ecobank-tg]\nsecret = \"{OLD} {NEW}\"\n");
    let variables = [("CNSS_BANK_BTCI_SECRET", NEW), ("CNSS_BANK_UNION_TG_SECRET", OLD)];
    let settings = read(&[], &variables, Some(&file)).expect("sound");
    let codes: Vec<_> = settings.banks.codes().map(|code| code.as_str().to_owned()).collect();
    assert_eq!(codes, ["btci", "ecobank-tg", "union-tg"]);
    assert!(!format!("{settings:?}").contains("0123"), "a secret is shown");
    assert_ne!(read(&[], &[], Some(&file)).expect("sound").banks, settings.banks, "the variable wins");
    let short = format!(
        "[banks.btci]\nsecret = \"Secret1\"\n[banks.B]\nsecret = \"{OLD}\"\n[banks.ecobank]\nkey = 1\n"
    );
    let variables =
        [("CNSS_BANK_X_SECRET", OLD), ("CNSS_BANK_BTCI_SECRET", ""), ("CNSS_BANK_BTCI", "Secret1")];
    let told = faults(read(&[], &variables, Some(&short)));
    assert_eq!(told.len(), 5, "{told:#?}");
    assert!(told.iter().any(|t| t.contains("ligne 1, banque : un secret a de 32")), "{told:#?}");
    assert!(
        told.iter().any(|t| t.starts_with("variable CNSS_BANK_X_SECRET : le code d'une banque")),
        "{told:#?}"
    );
    assert!(!told.join("").contains("cret1") && !told.join("").contains(OLD), "{told:#?}");
    assert_eq!(faults(read(&[], &[], Some("banks = 1"))).len(), 1);
}

#[test]
fn the_command_line_answers_in_french() {
    assert_eq!(faults(read(&["--zone", "x"], &[], None)), ["option inconnue « --zone »"]);
    assert_eq!(
        faults(read(&["--lisen", "x"], &[], None)),
        ["option inconnue « --lisen » ; vouliez-vous dire « --listen » ?"]
    );
    let missing = faults(read(&["--listen"], &[], None));
    assert!(missing[0].starts_with("il manque une valeur à l'option « --listen"), "{missing:?}");
    let Err(Stop::Shown(help)) = read(&["--help"], &[("CNSS_DATABASE_URL", "postgres://a:Secret1@b")], None)
    else {
        panic!("help")
    };
    for text in
        ["Utilisation : cnss-portal", "--listen <ADRESSE:PORT>", "CNSS_DATABASE_URL", "Affiche cette aide"]
    {
        assert!(help.contains(text), "{help}");
    }
    for english in ["Usage", "Print", "default:", "env:", "Secret1"] {
        assert!(!help.contains(english), "{help}");
    }
    assert!(matches!(read(&["-V"], &[], None), Err(Stop::Shown(text)) if text.starts_with("cnss-portal ")));
}

#[test]
fn notices_wait_unless_somebody_carries_them() {
    let post = "[post.smtp]\nhost = 'relais.example'\nfrom = 'CNSS <caisse@cnss.example>'";
    let carrier = |variables: &[(&str, &str)], file| read(&[], variables, file).map(|s| s.courier);
    assert_eq!(carrier(&[], None), Ok(Carrier::Nobody));
    assert_eq!(carrier(&[], Some(post)), Ok(Carrier::Gateways));
    assert_eq!(carrier(&[("CNSS_COURIER", "Aucun")], Some(post)), Ok(Carrier::Nobody));
    assert_eq!(carrier(&[("CNSS_COURIER", "journal")], None), Ok(Carrier::Log));
    let missing = faults(read(&[], &[("CNSS_COURIER", "passerelles")], None));
    assert_eq!(missing, ["courier : les passerelles manquent, dans la table [post] du fichier"]);
    let unknown = faults(read(&["--courier", "pigeon"], &[], None));
    assert_eq!(unknown, ["option --courier : « pigeon » : on attend passerelles, journal ou aucun"]);
}

#[test]
fn everything_wrong_with_the_gateways_is_told_with_its_line() {
    let wrong = "demo = false\n[post]\nways = ['pigeon']\n[post.smtp]\nport = 0x10000\nfrom = 1.5\nhots = 1979-05-27\n[post.smpp]\ntls = 'oui'";
    let found = faults(read(&[], &[], Some(wrong)));
    for key in ["ways", "smtp.port", "smtp.from", "smtp.hots", "smtp.host", "smpp.tls", "smpp.host"] {
        let told = found
            .iter()
            .filter(|f| f.contains("cnss.toml, ligne 2, [post] ") && f.contains(&format!("] {key}: ")));
        assert_eq!(told.count(), 1, "{key}: {found:#?}");
    }
    assert_eq!(faults(read(&[], &[], Some("post = 1"))).len(), 1);
}

#[test]
fn the_key_of_codes_is_shown_nowhere() {
    let (key, slip) = ("a1".repeat(32), "a1".repeat(31) + "a");
    for (variables, file) in
        [(vec![("CNSS_CODE_KEY", key.as_str())], None), (vec![], Some(format!("code_key = '{key}'")))]
    {
        let settings = read(&[], &variables, file.as_deref()).expect("sound");
        assert!(settings.code_key.is_some() && !format!("{settings:?}").contains(&key));
    }
    let by_variable = read(&[], &[("CNSS_CODE_KEY", slip.as_str())], None);
    for refused in [
        by_variable,
        read(&[], &[], Some(&format!("code_key = '{slip}'"))),
        read(&[], &[], Some("code_key = 1")),
    ] {
        let told = faults(refused);
        assert!(
            told.len() == 1 && !told.concat().contains(&slip) && told.concat().contains("64 signes"),
            "{told:?}"
        );
    }
    let pepper = read(&[], &[("CNSS_PEPPER", key.as_str())], None).expect("sound");
    assert!(pepper.pepper.is_some() && pepper.code_key.is_none() && !format!("{pepper:?}").contains(&key));
    assert!(faults(read(&["--code-key", key.as_str()], &[], None)).concat().contains("option inconnue"));
    assert_eq!(faults(read(&["--code-key-file", ""], &[], None)).len(), 1);
}

#[test]
fn no_proxy_is_believed_unless_it_is_said() {
    let proxies = |given: &str| read(&[], &[("CNSS_PROXIES", given)], None).map(|s| s.proxies);
    assert_eq!(read(&[], &[], None).map(|s| s.proxies), Ok(0));
    assert_eq!(read(&[], &[], Some("proxies = 1")).map(|s| s.proxies), Ok(1));
    assert_eq!(proxies("2"), Ok(2));
    for bad in ["-1", "10", "256", "oui", ""] {
        assert_eq!(faults(read(&["--proxies", bad], &[], None)).len(), 1, "{bad}");
    }
}
