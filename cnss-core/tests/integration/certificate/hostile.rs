//! A certificate comes from anybody: as JSON it makes the way there and back, and one that was
//! made to harm costs next to nothing.

use std::time::{Duration, Instant};

use cnss_core::certificate::{Certificate, CertifiedStep, Kind, Origin, Shown, Token};
use cnss_core::declaration::assess::assess;
use cnss_core::fund::Fund;
use cnss_core::verify::{Doubt, verify};
use proptest::prelude::*;

use super::ALL;

fn a_month() -> (Fund, Certificate) {
    let togo = Fund::builtin("tg").expect("a fund");
    let month =
        assess(&togo, "salaried", "2024-03".parse().expect("a month"), &[100_000.into()]).expect("rules");
    let amounts: Vec<_> = month.lines.iter().map(|line| (&*line.rule, line.amount)).collect();
    let certificate = Certificate::new(&togo, &month.steps, &amounts).expect("steps");
    (togo, certificate)
}

fn sign(text: &str) -> Token {
    Token { shown: Shown { text: text.to_owned(), kind: Kind::Word, unit: None }, origin: Origin::Sign }
}

fn amount(text: &str) -> Token {
    Token { shown: Shown { text: text.to_owned(), kind: Kind::Money, unit: None }, origin: Origin::Given }
}

fn date(text: &str) -> Token {
    Token { shown: Shown { text: text.to_owned(), kind: Kind::Date, unit: None }, origin: Origin::Given }
}

fn step(op: &str, value: &Token, working: Vec<Token>) -> CertifiedStep {
    CertifiedStep {
        rule: "hostile".to_owned(),
        label: "hostile".to_owned(),
        op: op.to_owned(),
        value: value.shown.clone(),
        working,
        law: None,
    }
}

/// The doubts about a month's certificate to which steps were added, with a digest that fits; the
/// answer comes at once.
fn doubts_with(steps: Vec<CertifiedStep>) -> Vec<Doubt> {
    let (togo, mut certificate) = a_month();
    certificate.steps.extend(steps);
    certificate.digest = certificate.digest_of();
    let before = Instant::now();
    let doubts = verify(&certificate, &togo).expect_err("hostile");
    assert!(before.elapsed() < Duration::from_secs(5), "{:?}", before.elapsed());
    doubts
}

/// One step of such a working cannot be replayed.
fn cannot_be_replayed(op: &str, value: &Token, working: Vec<Token>) {
    let doubts = doubts_with(vec![step(op, value, working)]);
    assert!(matches!(doubts[..], [Doubt::Working { .. }]), "{op}: {doubts:?}");
}

#[test]
fn there_and_back_as_json() {
    for of in ALL.iter() {
        let text = serde_json::to_string(&of.certificate).expect("JSON");
        let back: Certificate = serde_json::from_str(&text).expect("the same");
        assert_eq!(back, of.certificate, "{}", of.place);
        assert_eq!(verify(&back, &of.fund), Ok(()), "{}", of.place);
    }
}

#[test]
fn numbers_beyond_all_bounds() {
    let most = amount("170141183460469231731687303715884105727");
    cannot_be_replayed("formula", &most, vec![most.clone(), sign("×"), most.clone()]);
    cannot_be_replayed("formula", &most, vec![most.clone(), sign("+"), most.clone()]);
    let least = amount("-170141183460469231731687303715884105727");
    cannot_be_replayed("formula", &most, vec![least.clone(), sign("−"), most.clone()]);
    // One more than the greatest whole number that there is room for.
    let beyond = amount("170141183460469231731687303715884105728");
    cannot_be_replayed("formula", &beyond, vec![beyond.clone()]);
    let fine = amount("0.00000000000000000000000000000000000000001");
    cannot_be_replayed("formula", &fine, vec![fine.clone()]);
    cannot_be_replayed(
        "greatest",
        &most,
        vec![most.clone(), sign(";"), amount("0.1"), sign("×"), most.clone()],
    );
    for bad in ["", "-", "1e9", "NaN", "∞", "٣", "1 000", "0x10", "01", "-0"] {
        cannot_be_replayed("formula", &amount(bad), vec![amount(bad)]);
    }
}

#[test]
fn nothing_is_divided_by_nothing() {
    let (none, one) = (amount("0"), amount("1"));
    cannot_be_replayed("formula", &none, vec![one.clone(), sign("÷"), none.clone()]);
    cannot_be_replayed(
        "formula",
        &none,
        vec![one.clone(), sign("÷"), sign("("), one.clone(), sign("−"), one, sign(")")],
    );
}

#[test]
fn workings_that_are_no_working() {
    let one = amount("1");
    cannot_be_replayed("formula", &one, Vec::new());
    cannot_be_replayed("formula", &one, vec![sign("+")]);
    cannot_be_replayed("formula", &one, vec![one.clone(), sign("+")]);
    cannot_be_replayed("formula", &one, vec![one.clone(), one.clone()]);
    cannot_be_replayed("formula", &one, vec![sign("("), one.clone()]);
    cannot_be_replayed("greatest", &one, vec![sign(";"), one.clone()]);
    // Brackets inside brackets, as many as a working may hold.
    let deep = |n| vec![sign("("); n].into_iter().chain([one.clone()]).chain(vec![sign(")"); n]).collect();
    cannot_be_replayed("formula", &one, deep(900));
    assert_eq!(doubts_with(vec![step("formula", &one, deep(5_000))]), [Doubt::Size]);
    for op in ["", "Formula", "sum", "given ", "round"] {
        cannot_be_replayed(op, &one, vec![one.clone()]);
    }
}

#[test]
fn days_that_are_no_days_and_times_without_end() {
    let (first, last) = (date("0000-01-01"), date("9999-12-31"));
    cannot_be_replayed("age", &first, vec![date("2023-02-29"), sign("→"), last.clone()]);
    cannot_be_replayed("age", &first, vec![date("10000-01-01"), sign("→"), last.clone()]);
    let word = |text: &str| Token { origin: Origin::Law("early.each".to_owned()), ..sign(text) };
    let periods = vec![
        first.clone(),
        sign("→"),
        last.clone(),
        sign("("),
        first,
        sign(")"),
        word("month"),
        word("started"),
    ];
    // Words of the law without a line of the law.
    let many = vec![step("periods", &amount("119988"), periods); 1];
    let doubts = doubts_with(many);
    assert!(doubts.iter().all(|d| matches!(d, Doubt::Working { .. } | Doubt::Births)), "{doubts:?}");
}

#[test]
fn references_to_nowhere() {
    let (togo, honest) = a_month();
    let last = u32::try_from(honest.steps.len()).expect("small") + 1;
    for to in [0, last, last + 1, u32::MAX] {
        let there = Token { origin: Origin::Step(to), ..amount("100000") };
        let doubts = doubts_with(vec![step("formula", &there, vec![there.clone()])]);
        assert!(matches!(doubts[..], [Doubt::Reference { .. }]), "{to}: {doubts:?}");
    }
    let mut nowhere = honest;
    nowhere.results[0].step = u32::MAX;
    nowhere.digest = nowhere.digest_of();
    assert!(matches!(verify(&nowhere, &togo).expect_err("nowhere")[..], [Doubt::Result { .. }]));
}

#[test]
fn what_is_too_large_is_not_looked_at() {
    let (togo, honest) = a_month();
    let refused_at_once = |alter: &dyn Fn(&mut Certificate)| {
        let mut certificate = honest.clone();
        alter(&mut certificate);
        let before = Instant::now();
        assert_eq!(verify(&certificate, &togo), Err(vec![Doubt::Size]));
        assert!(before.elapsed() < Duration::from_secs(1), "{:?}", before.elapsed());
    };
    let one = step("formula", &amount("1"), vec![amount("1")]);
    refused_at_once(&|c| c.steps = vec![one.clone(); 1_000_000]);
    refused_at_once(&|c| c.results = vec![c.results[0].clone(); 1_000_000]);
    refused_at_once(&|c| c.steps[0].working = vec![sign("+"); 1_000_000]);
    refused_at_once(&|c| c.steps[0].label = "x".repeat(10_000_000));
    refused_at_once(&|c| c.steps[0].value.text = "9".repeat(10_000));
    refused_at_once(&|c| c.fund = "x".repeat(10_000_000));
    refused_at_once(&|c| c.digest = "0".repeat(10_000_000));
    refused_at_once(&|c| c.results[0].text = "1".repeat(10_000));
    // A tenth of all that may be: it is looked at, and that takes no time either.
    let steps: Vec<_> =
        (0..900).map(|n| step("formula", &amount("2"), vec![amount(&n.to_string())])).collect();
    assert!(doubts_with(steps).len() >= 899);
}

/// Texts that look like something.
fn texts() -> impl Strategy<Value = String> {
    prop_oneof![
        prop::sample::select(vec![
            "0",
            "1",
            "-1",
            "2",
            "12",
            "0.06",
            "100000",
            "99999999999999999999999999999999999999",
            "0.000001",
            "2024-02-29",
            "1964-02-29",
            "9999-12-31",
            "0000-01-01",
            "2024-03",
            "half_up",
            "down",
            "up",
            "year",
            "month",
            "quarter",
            "started",
            "complete",
            "next_month",
            "same_day",
            "true",
            "false",
            "+",
            "−",
            "×",
            "÷",
            "(",
            ")",
            "⌊",
            "⌋",
            "≈",
            ";",
            "→",
            "≥",
            "<",
            "≤",
            "",
        ])
        .prop_map(str::to_owned),
        "\\PC{0,6}",
    ]
}

fn kinds() -> impl Strategy<Value = Kind> {
    use Kind::{Count, Date, Flag, Money, Month, Number, Rate, Word};
    prop::sample::select(vec![Money, Rate, Number, Count, Date, Month, Word, Flag])
}

fn tokens() -> impl Strategy<Value = Token> {
    let origins = prop_oneof![
        3 => Just(Origin::Sign),
        3 => Just(Origin::Given),
        1 => Just(Origin::Plain),
        1 => (0_u32..12).prop_map(Origin::Step),
        1 => prop::sample::select(vec!["", "rate", "way", "to", "part", "early.each", "a[0]", "b[1]"])
            .prop_map(|path| Origin::Law(path.to_owned())),
    ];
    (texts(), kinds(), origins)
        .prop_map(|(text, kind, origin)| Token { shown: Shown { text, kind, unit: None }, origin })
}

const OPS: &[&str] = &[
    "given", "read", "formula", "greatest", "least", "round", "age", "birthday", "periods", "compare",
    "start", "due", "total", "count",
];

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, ..ProptestConfig::default() })]

    #[test]
    fn whatever_stands_in_a_certificate_it_is_answered(
        which in any::<prop::sample::Index>(),
        place in any::<prop::sample::Index>(),
        op in prop::sample::select(OPS),
        value in tokens(),
        working in prop::collection::vec(tokens(), 0..9),
        dates in prop::collection::vec(texts(), 4),
    ) {
        let of = which.get(&ALL);
        let mut certificate = of.certificate.clone();
        let at = place.index(certificate.steps.len());
        let step = &mut certificate.steps[at];
        step.op = op.to_owned();
        step.value = value.shown;
        step.working = working;
        if let (Some(law), [read_on, born, law_at, known_at]) = (&mut step.law, &dates[..]) {
            law.read_on.clone_from(read_on);
            law.born = Some(born.clone());
            certificate.law_at = Some(law_at.clone());
            certificate.known_at = Some(known_at.clone());
        }
        let doubts = verify(&certificate, &of.fund);
        prop_assert!(doubts.is_err_and(|doubts| doubts.contains(&Doubt::Digest)));
        // Printing reads the same texts.
        prop_assert!(certificate.to_string().starts_with("Calcul certifié"));
    }

    /// Some bytes of the JSON are other ones: it is no certificate, or the same, or refused.
    #[test]
    fn spoiled_json_is_an_error_or_refused(
        which in any::<prop::sample::Index>(),
        spoiled in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
        cut in prop::option::of(any::<prop::sample::Index>()),
    ) {
        let of = which.get(&ALL);
        let mut bytes = serde_json::to_vec(&of.certificate).expect("JSON");
        for (at, byte) in spoiled {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        if let Some(cut) = cut {
            bytes.truncate(cut.index(bytes.len()));
        }
        if let Ok(read) = serde_json::from_slice::<Certificate>(&bytes) {
            prop_assert_eq!(read == of.certificate, verify(&read, &of.fund).is_ok());
        }
    }

    /// A digit of the JSON is another one: the number, the day or the place that it stood in is
    /// refused.
    #[test]
    fn another_digit_is_always_refused(which in any::<prop::sample::Index>(), at in any::<prop::sample::Index>(), by in 1_u8..10) {
        let of = which.get(&ALL);
        let mut bytes = serde_json::to_vec(&of.certificate).expect("JSON");
        let digits: Vec<usize> = bytes.iter().enumerate().filter(|(_, b)| b.is_ascii_digit()).map(|(at, _)| at).collect();
        let at = *at.get(&digits);
        bytes[at] = b'0' + (bytes[at] - b'0' + by) % 10;
        if let Ok(read) = serde_json::from_slice::<Certificate>(&bytes) {
            prop_assert_ne!(&read, &of.certificate);
            prop_assert!(verify(&read, &of.fund).is_err());
        }
    }
}
