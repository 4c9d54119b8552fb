//! The words of a notice (avis): its SMS, and the subject and body of its e-mail, in French.
//!
//! Amounts are grouped and bear the fund's currency, quarters are written out. The one rule
//! to remember: a key without words, or with a parameter missing, is an error here and
//! excluded by a test; half a sentence is never sent.

use cnss_core::account::CodeKey;
use cnss_core::calendar::Quarter;
use cnss_core::fund::Fund;
use cnss_core::notice::Message;
use cnss_core::person::Name;
use cnss_core::port::Reached;
use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource};

use crate::gsm::Sms;

/// No-break space: between groups of digits and before a unit; a plain space in an SMS.
const NBSP: &str = "\u{a0}";

/// By which way a message goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Channel {
    /// A text on a phone.
    Sms,
    /// An e-mail.
    Email,
}

impl Channel {
    /// The name in logs.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Sms => "sms",
            Self::Email => "email",
        }
    }
}

/// The catalogue lacks a text.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the catalogue has no sound text {0}")]
pub struct NoWords(String);

/// A notice in words.
#[derive(Clone, PartialEq, Eq)]
pub struct Texts {
    /// The SMS, ready to leave; it names no person.
    pub sms: Sms,
    /// Subject of the e-mail.
    pub subject: String,
    /// Body of the e-mail.
    pub body: String,
}

/// The catalogue of one fund.
pub struct Words {
    bundle: FluentBundle<FluentResource>,
    fund: String,
    currency_label: String,
    /// « déclaration nominative des rémunérations ».
    declaration: String,
    /// « DNR », or the plain word.
    short: String,
}

impl Words {
    /// The French catalogue, signed by `fund` and with its currency.
    #[must_use]
    pub fn french(fund: &Fund) -> Self {
        let mut bundle = FluentBundle::new_concurrent(vec!["fr".parse().unwrap_or_default()]);
        // Marks around variables would turn every SMS into UCS-2.
        bundle.set_use_isolating(false);
        let resource = FluentResource::try_new(include_str!("../words/fr.ftl").to_owned()).unwrap_or_else(
            |(resource, faults)| {
                tracing::error!(faults = faults.len(), "the catalogue has faults, which a test excludes");
                resource
            },
        );
        bundle.add_resource_overriding(resource);
        Self {
            bundle,
            fund: fund.name.clone(),
            currency_label: fund.currency_label.clone(),
            declaration: fund.layout.title.to_lowercase(),
            short: fund.layout.short.as_deref().unwrap_or("déclaration").to_owned(),
        }
    }

    /// A message in words; `holder` is greeted in the e-mail.
    ///
    /// # Errors
    /// [`NoWords`] when the catalogue lacks a text.
    pub fn texts(&self, message: &Message, holder: &Name) -> Result<Texts, NoWords> {
        self.texts_with(message, Some(holder), None)
    }

    /// A message in words for somebody whose name may not be known, with the secret that it carries.
    ///
    /// # Errors
    /// [`NoWords`] when the catalogue lacks a text, or the message carries a secret and none is given.
    pub fn texts_with(
        &self,
        message: &Message,
        holder: Option<&Name>,
        secret: Option<&str>,
    ) -> Result<Texts, NoWords> {
        let mut args = self.args(message)?;
        if message.secret().is_some() {
            let secret = secret.ok_or_else(|| NoWords(format!("{}.secret", message.key())))?;
            args.set("secret", secret.to_owned());
        }
        args.set("fund", self.fund.clone());
        args.set("declaration", self.declaration.clone());
        args.set("short", self.short.clone());
        // « Bonjour, » where nobody is known.
        args.set("holder", holder.map_or("", Name::as_str));
        args.set("greeting", holder.map_or_else(|| "Bonjour,".to_owned(), |name| format!("Bonjour {name},")));
        Ok(Texts {
            sms: Sms::of(&self.find(message.key(), Some("sms"), &args)?),
            subject: self.find(message.key(), Some("subject"), &args)?,
            body: self.find(message.key(), Some("body"), &args)?,
        })
    }

    /// A message in words for whom it reaches now; the secret that it carries is derived here, and is
    /// nowhere else.
    ///
    /// # Errors
    /// [`NoWords`] when the catalogue lacks a text.
    pub fn texts_for(&self, message: &Message, to: &Reached, key: &CodeKey) -> Result<Texts, NoWords> {
        let secret = message.secret().map(|secret| key.secret(secret));
        self.texts_with(message, to.holder(), secret.as_ref().map(cnss_core::account::Code::reveal))
    }

    /// The parameters of a message, as people read them.
    fn args(&self, message: &Message) -> Result<FluentArgs<'static>, NoWords> {
        let mut args = FluentArgs::new();
        match message {
            Message::DeclarationFiled { quarter, workers, amount, receipt } => {
                args.set("quarter", self.quarter(*quarter)?);
                args.set("staff", self.staff(*workers)?);
                args.set("amount", self.amount(amount));
                args.set("receipt", receipt.clone());
            }
            Message::DeclarationCorrected { quarter, difference, receipt } => {
                let sign = if difference.starts_with('-') || difference == "0" { "" } else { "+" };
                args.set("quarter", self.quarter(*quarter)?);
                args.set("difference", format!("{sign}{}", self.amount(difference)));
                args.set("receipt", receipt.clone());
            }
            Message::PaymentReceived { amount, reference, receipt } => {
                args.set("amount", self.amount(amount));
                args.set("reference", reference.clone());
                args.set("receipt", receipt.clone());
            }
            Message::Code { minutes, .. } => args.set("life", self.life(*minutes)?),
            Message::AccountActivated { login } | Message::FirstPassword { login, .. } => {
                if let Message::FirstPassword { hours, .. } = message {
                    args.set("life", self.life(hours.saturating_mul(60))?);
                }
                args.set("login", login.clone());
                // A number is told; an address is longer than an SMS may be, and its holder knows it.
                let told = if login.contains('@') { "votre adresse e-mail" } else { login.as_str() };
                args.set("told", told.to_owned());
            }
            Message::MandateOffered { company, .. } => args.set("company", company.clone()),
            Message::AccountOpened { .. }
            | Message::SignUpImpossible
            | Message::SomebodySignsUp
            | Message::PasswordChanged
            | Message::ContactChanged
            | Message::AccountBlocked
            | Message::AccountUnblocked
            | Message::SecondFactorTaken
            | Message::SecondFactorReplaced
            | Message::MandateAccepted
            | Message::MandateWithdrawn => {}
        }
        Ok(args)
    }

    fn quarter(&self, quarter: Quarter) -> Result<String, NoWords> {
        let mut args = FluentArgs::new();
        args.set("number", quarter.number());
        args.set("year", quarter.year().to_string());
        self.find("quarter", None, &args)
    }

    /// « 1 heure », « 10 minutes ».
    fn life(&self, minutes: u32) -> Result<String, NoWords> {
        let mut args = FluentArgs::new();
        let whole = minutes.is_multiple_of(60);
        args.set("number", if whole { minutes.div_euclid(60) } else { minutes });
        self.find(if whole { "life-hours" } else { "life-minutes" }, None, &args)
    }

    fn staff(&self, workers: u32) -> Result<String, NoWords> {
        let mut args = FluentArgs::new();
        args.set("number", workers);
        args.set("count", grouped(&workers.to_string()));
        self.find("staff", None, &args)
    }

    fn amount(&self, amount: &str) -> String {
        format!("{}{NBSP}{}", grouped(amount), self.currency_label.replace(' ', NBSP))
    }

    fn find(&self, key: &str, attribute: Option<&str>, args: &FluentArgs<'_>) -> Result<String, NoWords> {
        let missing = || NoWords(attribute.map_or_else(|| key.to_owned(), |name| format!("{key}.{name}")));
        let message = self.bundle.get_message(key).ok_or_else(missing)?;
        let pattern = match attribute {
            Some(name) => message.get_attribute(name).map(|attribute| attribute.value()),
            None => message.value(),
        };
        let mut faults = Vec::new();
        let text =
            self.bundle.format_pattern(pattern.ok_or_else(missing)?, Some(args), &mut faults).into_owned();
        if faults.is_empty() { Ok(text) } else { Err(missing()) }
    }
}

/// A plain decimal (`-1234.50`) as people read it: `−1 234,50`, with no-break spaces.
fn grouped(number: &str) -> String {
    let (sign, number) = number.strip_prefix('-').map_or(("", number), |rest| ("−", rest));
    let (whole, decimals) = number.split_once('.').unwrap_or((number, ""));
    let mut text = sign.to_owned();
    for (at, digit) in whole.chars().enumerate() {
        if at > 0 && whole.len().saturating_sub(at).is_multiple_of(3) {
            text.push_str(NBSP);
        }
        text.push(digit);
    }
    if !decimals.is_empty() {
        text.push(',');
        text.push_str(decimals);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gsm::Alphabet;

    fn words() -> Words {
        Words::french(&Fund::builtin("tg").expect("built in"))
    }

    fn afi() -> Name {
        Name::parse("Afi Lawson").expect("a name")
    }

    #[test]
    fn the_catalogue_has_no_fault() {
        assert!(FluentResource::try_new(include_str!("../words/fr.ftl").to_owned()).is_ok());
    }

    #[test]
    fn numbers_as_people_read_them() {
        for (number, shown) in [
            ("0", "0"),
            ("999", "999"),
            ("1000", "1 000"),
            ("31500", "31 500"),
            ("-1234567.50", "−1 234 567,50"),
        ] {
            assert_eq!(grouped(number).replace(NBSP, " "), shown);
        }
    }

    #[test]
    fn a_filing_in_words() {
        let quarter = Quarter::new(2024, 1).expect("a quarter");
        let (amount, receipt) = ("31500".to_owned(), "DNR-2024T1-K7Q2M9XA".to_owned());
        let message = Message::DeclarationFiled { quarter, workers: 1, amount, receipt };
        let texts = words().texts(&message, &afi()).expect("words");
        assert_eq!(
            texts.sms.text(),
            "CNSS Togo : DNR du 1er trimestre 2024 déposée, 1 travailleur, 31 500 F CFA de cotisations. Récépissé DNR-2024T1-K7Q2M9XA."
        );
        assert_eq!(texts.subject, "Déclaration du 1er trimestre 2024 déposée");
        assert!(texts.body.starts_with("Bonjour Afi Lawson,\n\nLa déclaration"), "{}", texts.body);
        assert!(
            texts.body.contains("Cotisations dues\u{a0}: 31\u{a0}500\u{a0}F\u{a0}CFA\n"),
            "{}",
            texts.body
        );
    }

    #[test]
    fn a_filing_elsewhere_is_called_as_it_is_there() {
        let quarter = Quarter::new(2024, 1).expect("a quarter");
        let (amount, receipt) = ("31500.50".to_owned(), "R".to_owned());
        let message = Message::DeclarationFiled { quarter, workers: 2, amount, receipt };
        let morocco = Words::french(&Fund::builtin("ma").expect("built in"));
        let texts = morocco.texts(&message, &afi()).expect("words");
        let sms = "CNSS Maroc : déclaration du 1er trimestre 2024 déposée, 2 travailleurs, 31 500,50 DH de cotisations. Récépissé R.";
        assert_eq!(texts.sms.text(), sms);
        assert!(
            texts.body.contains("La déclaration des salaires du 1er trimestre 2024 est"),
            "{}",
            texts.body
        );
    }

    #[test]
    fn a_correction_shows_its_sign() {
        let quarter = Quarter::new(2024, 3).expect("a quarter");
        for (difference, shown) in [("1200", "+1 200 F CFA"), ("-1200", "-1 200 F CFA"), ("0", "0 F CFA")] {
            let difference = difference.to_owned();
            let message = Message::DeclarationCorrected { quarter, difference, receipt: "R".to_owned() };
            let sms = words().texts(&message, &afi()).expect("words").sms;
            assert_eq!(
                sms.text(),
                format!("CNSS Togo : DNR du 3e trimestre 2024 rectifiée, cotisations {shown}. Récépissé R.")
            );
        }
    }

    #[test]
    fn every_message_has_words_and_one_segment() {
        let longest = Name::parse(&"É".repeat(120)).expect("the longest name");
        let samples = Message::samples();
        assert!(!samples.is_empty());
        for message in samples {
            let secret = message.secret().map(|_| "WWWWWWWWWWWWWWWW");
            assert_eq!(words().texts(&message, &longest).is_ok(), secret.is_none(), "no secret, no words");
            let texts = words().texts_with(&message, Some(&longest), secret).expect("words");
            if matches!(message, Message::FirstPassword { .. }) {
                assert!(texts.sms.text().contains("changer"), "what is asked first is no surprise");
            }
            if let Some(secret) = secret {
                assert!(texts.sms.text().contains(secret) && texts.body.contains(secret));
                assert!(!texts.subject.contains(secret), "a subject is shown on locked screens");
            }
            let sms = &texts.sms;
            let shown = format!("{}: {} septets", message.key(), sms.units());
            assert_eq!((sms.alphabet(), sms.segments()), (Alphabet::Gsm, 1), "{shown}");
            // The samples write the receipt without its T: leave room for the real form.
            assert!(sms.units() <= 155, "{shown}");
            assert!(texts.subject.chars().count() <= 78, "{shown}");
            assert!(!texts.subject.contains('\n') && texts.body.contains(longest.as_str()), "{shown}");
        }
    }

    #[test]
    fn every_real_fund_s_name_fits_too() {
        let longest = Name::parse(&"É".repeat(120)).expect("the longest name");
        for code in Fund::builtin_codes().iter().filter(|code| **code != "example") {
            let words = Words::french(&Fund::builtin(code).expect("built in"));
            for message in Message::samples() {
                let secret = message.secret().map(|_| "WWWWWWWWWWWWWWWW");
                let sms = words.texts_with(&message, Some(&longest), secret).expect("words").sms;
                let shown = format!("{code} {}: {} septets, {}", message.key(), sms.units(), sms.text());
                assert!(sms.alphabet() == Alphabet::Gsm && sms.units() <= 160, "{shown}");
            }
        }
    }

    #[test]
    fn an_agent_s_address_does_not_lengthen_his_sms() {
        let login = format!("{}@example.tg", "m".repeat(200));
        let challenge = cnss_core::id::ChallengeId(uuid::Uuid::nil());
        let message = Message::FirstPassword { login: login.clone(), challenge, hours: 720 };
        for code in Fund::builtin_codes().iter().filter(|code| **code != "example") {
            let words = Words::french(&Fund::builtin(code).expect("built in"));
            let texts = words.texts_with(&message, Some(&afi()), Some("WWWWWWWWWWWWWWWW")).expect("words");
            let shown = format!("{code}: {} septets, {}", texts.sms.units(), texts.sms.text());
            assert!(texts.sms.alphabet() == Alphabet::Gsm && texts.sms.units() <= 160, "{shown}");
            assert!(
                texts.sms.text().contains("votre adresse e-mail") && texts.body.contains(&login),
                "{shown}"
            );
        }
    }

    #[test]
    fn a_text_without_its_parameters_is_not_sent() {
        assert!(words().find("staff", None, &FluentArgs::new()).is_err());
        assert!(words().find("nothing", None, &FluentArgs::new()).is_err());
    }
}
