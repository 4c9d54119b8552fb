//! French words: codes of the core become sentences, values become text.
//!
//! How numbers and days are written stands in `write.rs`, how a step was computed in
//! `working.rs`. The one rule to remember: every code has its key in `words/fr.ftl`, which a
//! test proves.

use std::sync::Arc;

use cnss_core::entitlement::Reason;
use cnss_core::explain::{Caveat, Value};
use cnss_core::fund::Fund;
use cnss_core::money::Money;
use cnss_core::refusal::{Fault, FaultKind, Param, Refusal};
use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource, FluentValue};
use rust_decimal::Decimal;
use unic_langid::LanguageIdentifier;

mod working;
mod write;

use crate::view::DeclarationWords;
use write::NBSP;
pub use write::{
    date_text, month_text, month_title, number_text, of_month, quarter_short, quarter_text, rate_text, spaced,
};

/// The catalogue, with the way one fund writes its amounts.
#[derive(Clone)]
pub struct Words {
    bundle: Arc<FluentBundle<FluentResource>>,
    currency_label: String,
    /// Decimals of the currency.
    places: u8,
    /// How the declaration is called after « fichier » or « modèle ».
    model: String,
}

impl Words {
    /// The French catalogue; amounts bear `currency_label`.
    #[must_use]
    pub fn french(currency_label: &str) -> Self {
        let mut bundle =
            FluentBundle::new_concurrent("fr".parse::<LanguageIdentifier>().into_iter().collect());
        // Marks around variables would show as boxes on old phones; pages isolate by markup.
        bundle.set_use_isolating(false);
        let resource = match FluentResource::try_new(include_str!("../words/fr.ftl").to_owned()) {
            Ok(resource) => resource,
            Err((resource, errors)) => {
                tracing::error!(faults = errors.len(), "the catalogue has faults; a test excludes this");
                resource
            }
        };
        bundle.add_resource_overriding(resource);
        Self {
            bundle: Arc::new(bundle),
            currency_label: currency_label.replace(' ', "\u{a0}"),
            places: 0,
            model: DeclarationWords::plain_model(),
        }
    }

    /// The same words with the amounts of another fund, and its declaration.
    #[must_use]
    pub fn of_fund(&self, fund: &Fund) -> Self {
        Self {
            bundle: Arc::clone(&self.bundle),
            currency_label: fund.currency_label.replace(' ', "\u{a0}"),
            places: fund.currency.exponent(),
            model: DeclarationWords::of(&fund.layout).of,
        }
    }

    /// How the currency is written.
    #[must_use]
    pub fn currency_label(&self) -> &str {
        &self.currency_label
    }

    /// The text of a key, or of one of its attributes; none when the catalogue lacks it.
    fn find(&self, key: &str, attribute: Option<&str>, args: &FluentArgs<'_>) -> Option<String> {
        let message = self.bundle.get_message(key)?;
        let pattern = match attribute {
            Some(name) => message.get_attribute(name)?.value(),
            None => message.value()?,
        };
        let mut errors = Vec::new();
        let text = self.bundle.format_pattern(pattern, Some(args), &mut errors).into_owned();
        if errors.is_empty() { Some(text) } else { None }
    }

    /// Why money that a bank announced was not credited, by the reason's code.
    pub(crate) fn dispute(&self, reason: &str) -> String {
        self.text(&format!("dispute-{reason}"), None, &FluentArgs::new())
    }

    /// The text of a key without parameters; none when the catalogue lacks it.
    pub(crate) fn plain(&self, key: &str) -> Option<String> {
        self.find(key, None, &FluentArgs::new()).map(|text| spaced(&text))
    }

    fn text(&self, key: &str, attribute: Option<&str>, args: &FluentArgs<'_>) -> String {
        let text = self.find(key, attribute, args).unwrap_or_else(|| {
            tracing::error!(key, "no words for this key; a test excludes this");
            key.to_owned()
        });
        spaced(&text)
    }

    fn args(&self, params: Vec<(&'static str, Param)>) -> FluentArgs<'static> {
        let mut args = FluentArgs::new();
        args.set("places", u32::from(self.places));
        args.set("model", self.model.clone());
        for (name, param) in params {
            let text = match param {
                Param::Value(Value::Number(number)) => self.amount_text(number),
                Param::Value(value) => self.value(&value),
                Param::Text(text) => text,
                Param::Quarter(quarter) => quarter_text(quarter),
                Param::Fraction(share) => match share.decimal() {
                    Some(share) => rate_text(share),
                    None => self.fraction(&format!("{}/{}", share.numerator, share.denominator)),
                },
            };
            args.set(name, FluentValue::from(text));
        }
        args
    }

    /// Title and advice of a refusal.
    #[must_use]
    pub fn refusal(&self, refusal: &Refusal) -> (String, String) {
        let key = format!("refusal-{}", refusal.code());
        let args = self.args(refusal.params());
        (self.text(&key, None, &args), self.text(&key, Some("advice"), &args))
    }

    /// What to do about a fault, in words for its field where it has some of its own.
    #[must_use]
    pub fn fault(&self, fault: &Fault) -> String {
        let path = fault.path();
        let field = path.rsplit('.').next().unwrap_or_default();
        let key = format!("fault-{}-{field}", fault.kind.code());
        match self.find(&key, None, &self.args(fault.kind.params())) {
            Some(text) => spaced(&text),
            None => self.fault_kind(&fault.kind),
        }
    }

    /// What to do about a kind of fault.
    #[must_use]
    pub fn fault_kind(&self, kind: &FaultKind) -> String {
        let ever = matches!(kind, FaultKind::NoRule { since: None });
        let key = format!("fault-{}{}", kind.code(), if ever { "-ever" } else { "" });
        self.text(&key, None, &self.args(kind.params()))
    }

    /// The condition that is not met, and what is missing.
    #[must_use]
    pub fn reason(&self, reason: &Reason) -> (String, String) {
        let key = format!("reason-{}", reason.code());
        let args = self.args(reason.params());
        (self.text(&key, None, &args), self.text(&key, Some("missing"), &args))
    }

    /// Title and text of a caveat.
    #[must_use]
    pub fn caveat(&self, caveat: &Caveat) -> (String, String) {
        let mut args = FluentArgs::new();
        match caveat {
            Caveat::Open(_, text) => (self.text("caveat-open", None, &args), spaced(text)),
            Caveat::Unverified(label) => {
                args.set("label", label.to_string());
                (
                    self.text("caveat-unverified", None, &args),
                    self.text("caveat-unverified-text", None, &args),
                )
            }
            Caveat::Unchecked(label) => {
                args.set("label", label.to_string());
                (self.text("caveat-unchecked", None, &args), self.text("caveat-unchecked-text", None, &args))
            }
            Caveat::NoRule(label, day) => {
                args.set("label", label.to_string());
                args.set("date", self.value(&Value::Date(*day)));
                (self.text("caveat-no-rule", None, &args), self.text("caveat-no-rule-text", None, &args))
            }
            Caveat::Beyond(label, most, unit) => {
                args.set("label", label.to_string());
                args.set("most", self.value(&Value::Count((*most).into(), unit)));
                (self.text("caveat-beyond", None, &args), self.text("caveat-beyond-text", None, &args))
            }
            Caveat::Unpaid(label, months) => {
                args.set("label", label.to_string());
                args.set("months", self.value(&Value::Count((*months).into(), "months")));
                (self.text("caveat-unpaid", None, &args), self.text("caveat-unpaid-text", None, &args))
            }
        }
    }

    /// What does not hold in a certificate, and at which step.
    #[must_use]
    pub fn doubt(&self, code: &str, step: Option<u32>, what: &str) -> String {
        let mut args = FluentArgs::new();
        args.set("what", what.to_owned());
        let said = self.text(&format!("doubt-{code}"), None, &args);
        match step {
            Some(step) => format!("Étape{NBSP}{step}{NBSP}: {said}"),
            None => said,
        }
    }

    /// What stands as the source of plain arithmetic.
    #[must_use]
    pub fn arithmetic(&self) -> String {
        self.text("source-arithmetic", None, &FluentArgs::new())
    }

    /// A value as people read it.
    #[must_use]
    pub fn value(&self, value: &Value) -> String {
        match value {
            Value::Money(money) => self.money(*money),
            Value::Number(number) => number_text(*number),
            Value::Rate(rate) => rate_text(*rate),
            Value::Count(n, "count") => number_text(Decimal::from(*n)),
            Value::Count(n, "due-day") => self.counted("value-due-day", *n),
            Value::Count(n, unit) => self.counted(&format!("unit-{unit}"), *n),
            Value::Date(date) => date_text(*date),
            Value::Month(month) => month_text(*month),
            Value::Flag(flag) => {
                self.text(if *flag { "value-yes" } else { "value-no" }, None, &FluentArgs::new())
            }
            Value::Word(word) => self.text(&format!("word-{word}"), None, &FluentArgs::new()),
            Value::Pair(a, b, what) => {
                let mut args = FluentArgs::new();
                args.set("a", rate_text(*a));
                args.set("b", rate_text(*b));
                self.text(&format!("value-{what}"), None, &args)
            }
        }
    }

    /// A fraction as it is said: `deux tiers`; one that has no name stays as it is written.
    pub(crate) fn fraction(&self, written: &str) -> String {
        let key = written.split('/').map(str::trim).collect::<Vec<_>>().join("-");
        self.plain(&format!("fraction-{key}")).unwrap_or_else(|| written.to_owned())
    }

    /// A count with its unit: `1 an`, `180 mois`.
    #[must_use]
    pub fn counted(&self, key: &str, n: i64) -> String {
        let mut args = FluentArgs::new();
        args.set("n", n);
        let text = self.text(key, None, &args);
        let text = text.replacen(&n.to_string(), &number_text(Decimal::from(n)), 1);
        text.replacen(' ', "\u{a0}", 1)
    }

    /// How many workers: `1 travailleur`, `1 234 travailleurs`.
    #[must_use]
    pub fn workers(&self, n: impl TryInto<i64>) -> String {
        self.counted("unit-workers", n.try_into().unwrap_or(i64::MAX))
    }

    /// An amount with its currency: `79 900 F CFA`.
    #[must_use]
    pub fn money(&self, money: Money) -> String {
        self.amount_text(money.amount())
    }

    pub(crate) fn amount_text(&self, amount: Decimal) -> String {
        format!("{}{NBSP}{}", self.amount_number(amount), self.currency_label)
    }

    /// The figure of an amount: `1 234,50`, with all the decimals of the currency or none.
    #[must_use]
    pub fn amount_number(&self, amount: Decimal) -> String {
        let mut text = number_text(amount);
        if let Some((_, decimals)) = text.split_once(',') {
            let missing = usize::from(self.places).saturating_sub(decimals.len());
            text.extend(std::iter::repeat_n('0', missing));
        }
        text
    }
}

/// The key of the words for a kind of caveat.
pub(crate) const fn caveat_key(caveat: &Caveat) -> &'static str {
    match caveat {
        Caveat::Open(..) => "caveat-open",
        Caveat::Unverified(_) => "caveat-unverified",
        Caveat::Unchecked(_) => "caveat-unchecked",
        Caveat::NoRule(..) => "caveat-no-rule",
        Caveat::Beyond(..) => "caveat-beyond",
        Caveat::Unpaid(..) => "caveat-unpaid",
    }
}

#[cfg(test)]
mod tests {
    use cnss_core::calendar::Month;
    use cnss_core::explain::{Op, Piece, plain};

    use super::*;

    /// The words of the core's workings.
    const SPOKEN: [&str; 10] = [
        "half_up",
        "down",
        "up",
        "started",
        "complete",
        "next_month",
        "same_day",
        "year",
        "quarter",
        "month",
    ];

    #[test]
    fn every_code_has_words_and_none_is_left_over() {
        let words = Words::french("F CFA");
        let mut used = std::collections::BTreeSet::new();
        let mut check = |key: String, attribute: Option<&'static str>, params| {
            let text = words.find(&key, attribute, &words.args(params));
            assert!(text.is_some_and(|t| t.len() > 10 && !t.contains('{')), "{key}");
            used.insert(key);
        };
        for refusal in Refusal::samples() {
            let key = format!("refusal-{}", refusal.code());
            check(key.clone(), None, refusal.params());
            check(key, Some("advice"), refusal.params());
        }
        for kind in FaultKind::samples() {
            let ever = if matches!(kind, FaultKind::NoRule { since: None }) { "-ever" } else { "" };
            check(format!("fault-{}{ever}", kind.code()), None, kind.params());
        }
        for field in ["number", "insured_number", "version"] {
            check(format!("fault-not_a_number-{field}"), None, Vec::new());
        }
        for reason in Reason::samples() {
            let key = format!("reason-{}", reason.code());
            check(key.clone(), None, reason.params());
            check(key, Some("missing"), reason.params());
        }
        for reason in cnss_core::payment::DisputeReason::ALL {
            check(format!("dispute-{}", reason.code()), None, Vec::new());
        }
        let day = chrono::NaiveDate::from_ymd_opt(2024, 6, 1).expect("a day");
        for caveat in [
            Caveat::Unverified(Arc::from("Le taux")),
            Caveat::Unchecked(Arc::from("Le stage")),
            Caveat::NoRule(Arc::from("Le plafond"), day),
            Caveat::Beyond(Arc::from("Le congé"), 98, "days"),
            Caveat::Unpaid(Arc::from("Le salaire moyen"), 2),
        ] {
            let (title, text) = words.caveat(&caveat);
            assert!(title.len() > 10 && text.contains("«\u{a0}Le "), "{title} {text}");
        }
        for unit in ["years", "quarters", "months", "days", "workers", "children", "periods"] {
            assert!(words.value(&Value::Count(2, unit)).starts_with("2\u{a0}"), "{unit}");
        }
        for word in SPOKEN {
            assert!(words.plain(&format!("word-{word}")).is_some(), "{word}");
        }
        for line in include_str!("../words/fr.ftl").lines() {
            let Some((key, _)) = line.split_once(" = ") else { continue };
            let spoken = ["refusal-", "fault-", "reason-", "dispute-"].iter().any(|p| key.starts_with(p));
            assert!(!spoken || used.contains(key), "{key} is said by nobody");
        }
    }

    /// A number is not always that of an insured person.
    #[test]
    fn the_words_of_a_fault_follow_the_field() {
        let words = Words::french("F CFA");
        let said = |field: &str| words.fault(&Fault::field(field, FaultKind::NotANumber));
        for (field, part) in [
            ("insured_number", "numéro d'assuré"),
            ("rows[3].number", "numéro d'assuré"),
            ("version", "la version"),
            ("employer_number", "Recopiez-le"),
            ("document", "Recopiez-le"),
        ] {
            assert!(said(field).contains(part), "{field}: {}", said(field));
        }
        assert_eq!(
            words.fault(&Fault::field("version", FaultKind::Missing)),
            words.fault_kind(&FaultKind::Missing)
        );
    }

    #[test]
    fn a_condition_is_said_in_a_sentence() {
        let words = Words::french("F CFA");
        let fund = Fund::builtin("tg").expect("a fund");
        let francs = |n: i64| Value::Money(Money::new(n.into(), fund.currency).expect("whole"));
        let count = Value::Count;
        let share = |hundredths| Value::Rate(Decimal::new(hundredths, 2));
        for (own, sign, bound, said) in [
            (count(46, "years"), "≥", count(60, "years"), "46 ans ; il en faut au moins 60"),
            (count(1, "months"), "≥", count(1_080, "days"), "1 mois ; il en faut au moins 1 080"),
            (count(0, "years"), "≥", count(1, "years"), "0 an ; il en faut au moins 1"),
            (count(1, "quarters"), "<", count(40, "quarters"), "1 trimestre ; il en faut moins de 40"),
            (francs(35_000), "≥", francs(52_500), "35 000 F CFA ; il faut au moins 52 500 F CFA"),
            (francs(90_000), "≤", francs(80_000), "90 000 F CFA ; il faut au plus 80 000 F CFA"),
            (share(50), "≥", share(66), "50 % ; il faut au moins 66 %"),
        ] {
            let pieces = vec![Piece::given(own), Piece::Sign(sign), Piece::law(bound, "x")];
            let step = plain("rule", &Arc::from("Condition"), Op::Compare, Value::Flag(false), pieces);
            assert_eq!(words.detail(&step).map(|t| t.replace('\u{a0}', " ")).as_deref(), Some(said));
        }
        let half = |n: i64, path| Piece::law(Value::Number(n.into()), path);
        let pieces = vec![
            Piece::given(share(50)),
            Piece::Sign("≥"),
            half(2, "x[0]"),
            Piece::Sign("÷"),
            half(3, "x[1]"),
        ];
        let step = plain("rule", &Arc::from("Condition"), Op::Compare, Value::Flag(false), pieces);
        assert_eq!(words.detail(&step).as_deref(), Some("50\u{a0}%\u{a0}; il faut au moins deux tiers"));
        assert_eq!(words.fraction("3/7"), "3/7");
    }

    #[test]
    fn values_are_written_as_in_french() {
        let words = Words::french("F CFA");
        let date = cnss_core::calendar::parse_date("2024-03-01").expect("a date");
        for (value, text) in [
            (Value::Rate(Decimal::new(3995, 4)), "39,95\u{a0}%"),
            (Value::Rate(Decimal::ONE), "100\u{a0}%"),
            (Value::Number(Decimal::new(-12_345_678, 1)), "−1\u{a0}234\u{a0}567,8"),
            (Value::Count(1, "years"), "1\u{a0}an"),
            (Value::Count(180, "months"), "180\u{a0}mois"),
            (Value::Count(1, "workers"), "1\u{a0}travailleur"),
            (Value::Count(2, "workers"), "2\u{a0}travailleurs"),
            (Value::Count(150_000, "workers"), "150\u{a0}000\u{a0}travailleurs"),
            (Value::Count(1, "other-errors"), "1\u{a0}autre erreur"),
            (Value::Count(12, "other-errors"), "12\u{a0}autres erreurs"),
            (Value::Date(date), "1er\u{a0}mars 2024"),
            (Value::Flag(true), "oui"),
        ] {
            assert_eq!(words.value(&value), text);
        }
        let dinar = words.of_fund(&Fund::builtin("tn").expect("a fund"));
        assert_eq!(dinar.amount_text(Decimal::new(12_345, 1)), "1\u{a0}234,500\u{a0}DT");
        assert_eq!(dinar.amount_text(Decimal::from(1234)), "1\u{a0}234\u{a0}DT");
        let pieces = [
            Piece::given(Value::Number(2.into())),
            Piece::Sign("×"),
            Piece::Sign("⌊"),
            Piece::given(Value::Count(7, "months")),
            Piece::Sign("÷"),
            Piece::given(Value::Number(2.into())),
            Piece::Sign("⌋"),
        ];
        assert_eq!(words.working(&pieces).as_deref(), Some("2 × ⌊7\u{a0}mois ÷ 2⌋"));
        let [two, times, inside @ ..] = pieces.as_slice() else { panic!("seven pieces") };
        assert_eq!(words.working(inside).as_deref(), Some("7\u{a0}mois ÷ 2, périodes complètes"));
        let cent = Piece::given(Value::Number(Decimal::new(1, 2)));
        let round = [two.clone(), Piece::Sign("≈"), Piece::given(Value::Word("half_up")), cent];
        let said = "2, arrondi au plus proche, la demie vers le haut (à 0,01 près)";
        assert_eq!(words.working(&round).as_deref(), Some(said));
        let each = Piece::given(Value::Count(3, "workers"));
        let total = [two.clone(), times.clone(), two.clone(), Piece::Sign("≈"), each];
        let said = "2 × 2, arrondi pour chacun (3\u{a0}travailleurs)";
        assert_eq!(words.working(&total).as_deref(), Some(said));
        let start = [Piece::given(Value::Date(date)), Piece::given(Value::Word("same_day"))];
        assert_eq!(words.working(&start).as_deref(), Some("1er\u{a0}mars 2024, le jour même"));
        for (plain, typeset) in [
            ("Ceci : « cela » ?", "Ceci\u{a0}: «\u{a0}cela\u{a0}»\u{a0}?"),
            ("Le plafond de 6 000 DH, art. 2", "Le plafond de 6\u{a0}000 DH, art.\u{a0}2"),
            ("1 234 567 F, loi nº 72", "1\u{a0}234\u{a0}567 F, loi nº\u{a0}72"),
            ("en 2024 120 mois, 60 1000", "en 2024 120 mois, 60 1000"),
            ("36 mois, 10 %", "36 mois, 10\u{a0}%"),
        ] {
            assert_eq!(spaced(plain), typeset);
        }
        let month = Month::of(date);
        assert_eq!(of_month(month), "de mars\u{a0}2024");
        assert_eq!(of_month(month.plus(5)), "d'août\u{a0}2024");
        assert_eq!(month_title(month.plus(5)), "Août\u{a0}2024");
    }
}
