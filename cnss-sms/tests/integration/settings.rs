//! What a fund may say of its gateways, and how it is told what is wrong.

use cnss_sms::settings::{Faults, Settings};

fn faults(text: &str) -> Vec<String> {
    let table = text.parse().expect("TOML");
    let Err(Faults(faults)) = Settings::read(&table) else { panic!("nothing is wrong") };
    faults.iter().map(|fault| fault.split(':').next().unwrap_or_default().to_owned()).collect()
}

#[test]
fn everything_wrong_is_told_with_its_key() {
    let text = r#"
        ways = ["pigeon"]
        resend_unknown = 11
        colour = "blue"
        [ways_of]
        no-such-kind = ["sms"]
        declaration-filed = []
        [smpp]
        host = "a\nb"
        port = 70000
        tls = "yes"
        system_id = "sixteen-letters!"
        sender = "a sender that is too long"
        window = 0
        message_ids = "octal"
        valid_minutes = -1
        answer_seconds = 41
        [http]
        profile = "nobody"
        settings = { a = 1 }
        [smtp]
        from = "nobody"
        user = "cnss"
        security = "none"
    "#;
    let mut told = faults(text);
    told.sort();
    let mut expected = vec![
        "ways",
        "resend_unknown",
        "colour",
        "ways_of.no-such-kind",
        "ways_of.declaration-filed",
        "smpp, http",
        "smpp.host",
        "smpp.port",
        "smpp.tls",
        "smpp.system_id",
        "smpp.sender",
        "smpp.window",
        "smpp.message_ids",
        "smpp.valid_minutes",
        "smpp.answer_seconds",
        "smpp.password_env",
        "http.profile",
        "http.settings.a",
        "smtp.host",
        "smtp.from",
        "smtp.user",
        "smtp.security",
    ];
    expected.sort_unstable();
    assert_eq!(told, expected);
    assert_eq!(
        faults(
            "[smtp]\nhost = \"x\"\nfrom = \"a@b.tg\"\nsecurity = \"plain\"\nuser = \"u\"\npassword_env = \"P\""
        ),
        ["smtp.security"]
    );
    let elsewhere = "[smtp]\nhost = \"relais.example\"\nfrom = \"a@b.tg\"\nsecurity = \"plain\"";
    assert_eq!(faults(elsewhere), ["smtp.security"]);
    assert_eq!(faults("smpp = 1\nhttp = {}"), ["smpp", "http.profile"]);
}

#[tokio::test]
async fn what_is_missing_outside_is_told_at_once_and_no_secret_is_shown() {
    let text = r#"
        [smpp]
        host = "smsc.example"
        system_id = "cnss"
        password_env = "SMPP_PASSWORD"
        sender = "8080"
        authority_file = "/nowhere/authority.pem"
        [smtp]
        host = "relay.example"
        from = "CNSS <cnss@cnss.example>"
        user = "cnss"
        password_env = "SMTP_PASSWORD"
    "#;
    let settings: Settings = toml::from_str(text).expect("sound");
    let Faults(faults) = settings.open(&|_| None).expect_err("nothing is there");
    let keys: Vec<&str> = faults.iter().map(|fault| fault.split(':').next().unwrap_or_default()).collect();
    assert_eq!(keys, ["smpp.password_env", "smpp.authority_file", "smtp.password_env"]);
    assert!(faults.concat().contains("SMPP_PASSWORD"), "{faults:?}");
    let Faults(faults) = settings.open(&|_| Some("much-too-long".to_owned())).expect_err("too long");
    assert!(!faults.concat().contains("much-too-long"), "{faults:?}");
    assert!(!format!("{settings:?}").contains("much-too-long"));
}

#[tokio::test]
async fn lines_open_with_what_the_environment_holds() {
    let text = r#"
        ways = ["sms"]
        [http]
        profile = "twilio"
        settings = { account = "AC1", sender = "CNSS", status_url = "https://cnss.example/rapports/x" }
        secrets_env = { auth_token = "TWILIO_TOKEN" }
        report_secret_env = "REPORTS"
        [smtp]
        host = "localhost"
        security = "plain"
        from = "cnss@cnss.example"
    "#;
    let settings: Settings = toml::from_str(text).expect("sound");
    let (old, new) = ("r".repeat(32), "R_-0".repeat(32));
    let with = |reports: &str| {
        let reports = reports.to_owned();
        settings.open(&move |name| match name {
            "TWILIO_TOKEN" => Some("t0ken".to_owned()),
            _ => Some(reports.clone()).filter(|reports| !reports.is_empty()),
        })
    };
    let lines = with(&format!("{old} {new}")).expect("open");
    assert_eq!(lines.report_secrets, [old.clone(), new]);
    for bad in ["", "short", &format!("{old}/"), &format!("{old} {old} {old}"), &"r".repeat(129)] {
        let Faults(faults) = with(bad).expect_err("no secret that cannot be guessed");
        assert!(faults.len() == 1 && faults.concat().starts_with("http.report_secret_env: "), "{faults:?}");
        assert!(!faults.concat().contains(&old), "{faults:?}");
    }
    assert!(lines.sms.is_some() && lines.mail.is_some() && lines.gateway.is_some());
    assert!(lines.smpp.is_none() && lines.receipts.is_none());
    assert!(!format!("{lines:?} {settings:?}").contains("t0ken"));
    let missing = text.replace("account = \"AC1\", ", "").replace("auth_token", "token");
    let settings: Settings = toml::from_str(&missing).expect("sound");
    let Faults(faults) =
        settings.open(&|_| Some("x".to_owned())).expect_err("it lacks two and has one too many");
    for name in ["account: missing", "auth_token: missing", "token: twilio does not"] {
        assert!(faults.iter().any(|fault| fault.contains(name)), "{name} in {faults:?}");
    }
    let nothing: Settings = toml::from_str("").expect("sound");
    assert!(nothing.sms().is_none() && nothing.mail().is_none());
    assert_eq!(nothing.resend_unknown(), 1);
}
