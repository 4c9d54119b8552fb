//! View types shared by the pages: every value is ready to be shown (money,
//! dates and percentages are formatted before they get here).

/// What every page needs around its content.
#[derive(Clone, Debug)]
pub struct Shell {
    /// Page title, shown in the browser tab before the fund name.
    pub title: String,
    /// Name of the fund, e.g. « CNSS Togo ».
    pub fund_name: String,
    /// Language of the page, a BCP 47 tag, e.g. « fr ».
    pub lang: String,
    /// The signed-in person, if any.
    pub user: Option<UserBar>,
    /// Main navigation.
    pub nav: Vec<NavItem>,
    /// Pages above this one, from the top; empty on a start page.
    pub trail: Vec<Link>,
    /// Token repeated in every form that changes state.
    pub csrf: String,
    /// Messages shown above the content.
    pub notices: Vec<Notice>,
    /// Version appended to the address of each asset.
    pub asset_version: String,
    /// Shows the band that says the data are fictitious.
    pub demo: bool,
}

/// The signed-in person, shown in the header.
#[derive(Clone, Debug)]
pub struct UserBar {
    /// Name of the person or of the company.
    pub name: String,
    /// « Espace Employeur » or « Espace Assuré ».
    pub role_label: String,
    /// Registration number with the fund.
    pub number: String,
}

/// One entry of the main navigation.
#[derive(Clone, Debug)]
pub struct NavItem {
    /// Text of the link.
    pub label: String,
    /// Address.
    pub href: String,
    /// Whether the page belongs to this entry.
    pub current: bool,
}

/// A plain link.
#[derive(Clone, Debug)]
pub struct Link {
    /// Text of the link.
    pub label: String,
    /// Address.
    pub href: String,
}

impl Link {
    /// Builds a link.
    pub fn new(label: impl Into<String>, href: impl Into<String>) -> Self {
        Self { label: label.into(), href: href.into() }
    }
}

/// Meaning of a message or of a tag; decides colour and icon.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    /// Nothing to do, no judgement.
    Neutral,
    /// For information.
    Info,
    /// Done, correct.
    Success,
    /// Needs attention.
    Warning,
    /// Wrong, late or unpaid.
    Error,
}

impl Tone {
    /// Class suffix.
    pub fn css(&self) -> &'static str {
        match self {
            Self::Neutral => "neutral",
            Self::Info => "info",
            Self::Success => "success",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }

    /// Name of the icon.
    pub fn icon(&self) -> &'static str {
        match self {
            Self::Neutral => "dash",
            Self::Info => "info",
            Self::Success => "check",
            Self::Warning => "alert",
            Self::Error => "cross",
        }
    }

    /// Word read before the message, for people who do not see the colour.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Neutral => "Note",
            Self::Info => "Information",
            Self::Success => "Succès",
            Self::Warning => "Attention",
            Self::Error => "Erreur",
        }
    }
}

/// A message about the page or about what was just done.
#[derive(Clone, Debug)]
pub struct Notice {
    /// Meaning.
    pub kind: Tone,
    /// Short sentence in bold.
    pub title: String,
    /// Explanation; may be empty.
    pub text: String,
    /// Several explanations of one kind, as a list.
    pub items: Vec<String>,
}

impl Notice {
    /// Builds a notice.
    pub fn new(kind: Tone, title: impl Into<String>, text: impl Into<String>) -> Self {
        Self { kind, title: title.into(), text: text.into(), items: Vec::new() }
    }
}

/// State of something, as a short label with an icon.
#[derive(Clone, Debug)]
pub struct StatusTag {
    /// Meaning.
    pub tone: Tone,
    /// Label, e.g. « Déposée ».
    pub label: String,
}

impl StatusTag {
    /// Builds a tag.
    pub fn new(tone: Tone, label: impl Into<String>) -> Self {
        Self { tone, label: label.into() }
    }
}

/// An amount of money, already formatted.
#[derive(Clone, Debug)]
pub struct Amount {
    /// Digits with their group separators, e.g. « 79 900 ».
    pub value: String,
    /// Short unit, e.g. « F CFA ».
    pub unit: String,
    /// Unit in words, e.g. « francs CFA ».
    pub unit_name: String,
}

impl Amount {
    /// An amount in CFA francs from its formatted digits.
    pub fn cfa(value: impl Into<String>) -> Self {
        Self { value: value.into(), unit: "F\u{a0}CFA".into(), unit_name: "francs CFA".into() }
    }
}

/// How sure the value behind a step is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reliability {
    /// Read in the official text.
    Verified,
    /// Read in a document that quotes the official text.
    Secondary,
    /// No document found yet.
    Unverified,
    /// Plain arithmetic on what stands above it: it rests on no text of its own.
    Computed,
}

impl Reliability {
    /// Class suffix.
    pub fn css(&self) -> &'static str {
        match self {
            Self::Verified => "verified",
            Self::Secondary => "secondary",
            Self::Unverified => "unverified",
            Self::Computed => "computed",
        }
    }

    /// Label of the tag.
    pub fn label(&self) -> &'static str {
        match self {
            Self::Verified => "vérifié",
            Self::Secondary => "source secondaire",
            Self::Unverified => "non vérifié",
            Self::Computed => "calcul",
        }
    }

    /// Name of the icon.
    pub fn icon(&self) -> &'static str {
        match self {
            Self::Verified => "check",
            Self::Secondary => "half",
            Self::Unverified => "question",
            Self::Computed => "sum",
        }
    }
}

/// One step of a calculation.
#[derive(Clone, Debug)]
pub struct Step {
    /// What is computed.
    pub label: String,
    /// Result, formatted, with its unit.
    pub value: String,
    /// Formula with the numbers, e.g. « 200 000 × 39,95 % ».
    pub detail: Option<String>,
    /// Text the rule comes from.
    pub source: Option<String>,
    /// Address of that text, when it is on line.
    pub source_url: Option<String>,
    /// How sure the rule is.
    pub status: Reliability,
}

impl Step {
    /// A verified step without source.
    pub fn new(label: impl Into<String>, value: impl Into<String>) -> Self {
        Self {
            label: label.into(),
            value: value.into(),
            detail: None,
            source: None,
            source_url: None,
            status: Reliability::Verified,
        }
    }

    /// Adds the formula.
    pub fn detail(mut self, text: impl Into<String>) -> Self {
        self.detail = Some(text.into());
        self
    }

    /// Adds the source and its reliability.
    pub fn source(mut self, text: impl Into<String>, status: Reliability) -> Self {
        self.source = Some(text.into());
        self.status = status;
        self
    }

    /// Adds the address of the source.
    pub fn url(mut self, url: impl Into<String>) -> Self {
        self.source_url = Some(url.into());
        self
    }
}

/// One entry of the error summary.
#[derive(Clone, Debug)]
pub struct Fault {
    /// Anchor of the field, e.g. « #login »; empty when no field is at fault.
    pub href: String,
    /// What to correct.
    pub text: String,
}

impl Fault {
    /// Builds an entry.
    pub fn new(href: impl Into<String>, text: impl Into<String>) -> Self {
        Self { href: href.into(), text: text.into() }
    }
}

/// One input of a form, with what was typed and what is wrong with it.
#[derive(Clone, Debug)]
pub struct Field {
    /// Name sent to the server; also the identifier in the page.
    pub name: String,
    /// Label.
    pub label: String,
    /// What was typed, kept as is.
    pub value: String,
    /// Type of the input: text, email, password, date, month…
    pub kind: &'static str,
    /// Whether the field must be filled.
    pub required: bool,
    /// Help under the label.
    pub hint: Option<String>,
    /// What is wrong.
    pub error: Option<String>,
    /// Value of the `autocomplete` attribute; empty for none.
    pub autocomplete: &'static str,
    /// Value of the `inputmode` attribute; empty for none.
    pub inputmode: &'static str,
}

impl Field {
    /// A text field.
    pub fn new(name: impl Into<String>, label: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            label: label.into(),
            value: String::new(),
            kind: "text",
            required: false,
            hint: None,
            error: None,
            autocomplete: "",
            inputmode: "",
        }
    }

    /// Sets the type of the input.
    pub fn kind(mut self, kind: &'static str) -> Self {
        self.kind = kind;
        self
    }

    /// Sets the keyboard shown on a phone.
    pub fn inputmode(mut self, mode: &'static str) -> Self {
        self.inputmode = mode;
        self
    }

    /// Sets the `autocomplete` attribute.
    pub fn autocomplete(mut self, token: &'static str) -> Self {
        self.autocomplete = token;
        self
    }

    /// Marks the field as required.
    pub fn required(mut self) -> Self {
        self.required = true;
        self
    }

    /// Sets what was typed.
    pub fn value(mut self, value: impl Into<String>) -> Self {
        self.value = value.into();
        self
    }

    /// Sets the help text.
    pub fn hint(mut self, text: impl Into<String>) -> Self {
        self.hint = Some(text.into());
        self
    }

    /// Sets what is wrong.
    pub fn error(mut self, text: impl Into<String>) -> Self {
        self.error = Some(text.into());
        self
    }

    /// Identifiers of the texts that describe the field.
    pub fn described_by(&self) -> Option<String> {
        match (&self.hint, &self.error) {
            (Some(_), Some(_)) => Some(format!("{0}-hint {0}-error", self.name)),
            (Some(_), None) => Some(format!("{}-hint", self.name)),
            (None, Some(_)) => Some(format!("{}-error", self.name)),
            (None, None) => None,
        }
    }
}

/// One choice of a group of radio buttons.
#[derive(Clone, Debug)]
pub struct Choice {
    /// Value sent.
    pub value: String,
    /// Label.
    pub label: String,
    /// One-line help.
    pub hint: Option<String>,
    /// Whether it is the selected one.
    pub checked: bool,
}

/// A group of radio buttons.
#[derive(Clone, Debug)]
pub struct Choices {
    /// Name sent to the server; the first button has it as identifier.
    pub name: String,
    /// Question.
    pub label: String,
    /// Whether an answer is needed.
    pub required: bool,
    /// What is wrong.
    pub error: Option<String>,
    /// The possible answers.
    pub options: Vec<Choice>,
}

/// A group of boxes to tick, each sent by its own name.
#[derive(Clone, Debug)]
pub struct Checks {
    /// Question.
    pub label: String,
    /// What each box says; `value` is the name that is sent.
    pub options: Vec<Choice>,
}

/// Links to the pages before and after in a list.
#[derive(Clone, Debug)]
pub struct Pager {
    /// Name of the list, read by screen readers.
    pub label: String,
    /// Address of the page before.
    pub previous: Option<String>,
    /// Address of the page after.
    pub next: Option<String>,
    /// Where we are, e.g. « 1 à 20 sur 57 ».
    pub summary: String,
}

impl Pager {
    /// A pager without links.
    pub fn new(label: impl Into<String>, summary: impl Into<String>) -> Self {
        Self { label: label.into(), previous: None, next: None, summary: summary.into() }
    }

    /// Sets the next page.
    pub fn next(mut self, href: impl Into<String>) -> Self {
        self.next = Some(href.into());
        self
    }

    /// Sets the previous page.
    pub fn previous(mut self, href: impl Into<String>) -> Self {
        self.previous = Some(href.into());
        self
    }
}

/// A label with its value, for short description lists.
#[derive(Clone, Debug)]
pub struct Fact {
    /// What it is.
    pub label: String,
    /// Its value.
    pub value: String,
}

impl Fact {
    /// Builds a pair.
    pub fn new(label: impl Into<String>, value: impl Into<String>) -> Self {
        Self { label: label.into(), value: value.into() }
    }
}

/// A contribution line: one branch, one payer.
#[derive(Clone, Debug)]
pub struct BranchLine {
    /// Branch, e.g. « Pensions ».
    pub branch: String,
    /// Who pays: « Employeur » or « Salarié ».
    pub payer: String,
    /// Wages the rate applies to.
    pub base: Amount,
    /// Rate, e.g. « 12,5 % ».
    pub rate: String,
    /// Contribution.
    pub amount: Amount,
    /// How the amount is computed.
    pub steps: Vec<Step>,
}

#[cfg(test)]
pub mod sample {
    //! Sample values used by the `sample()` constructors of the pages.
    use super::*;

    /// Togo's fund.
    pub fn togo() -> cnss_core::fund::Fund {
        cnss_core::fund::Fund::builtin("tg").expect("a fund")
    }

    /// Links to two funds.
    pub fn funds() -> Vec<NavItem> {
        nav(&[("CNSS Togo", "/regles"), ("CNSS Maroc", "/regles?caisse=ma")], "/regles")
    }

    /// Formats a whole number with no-break spaces.
    pub fn digits(n: i64) -> String {
        let raw = n.unsigned_abs().to_string();
        let mut out = String::new();
        for (i, ch) in raw.chars().enumerate() {
            if i > 0 && (raw.len() - i).is_multiple_of(3) {
                out.push('\u{a0}');
            }
            out.push(ch);
        }
        if n < 0 { format!("\u{2212}{out}") } else { out }
    }

    /// An amount in CFA francs.
    pub fn cfa(n: i64) -> Amount {
        Amount::cfa(digits(n))
    }

    /// Text of an amount with its unit.
    pub fn cfa_text(n: i64) -> String {
        format!("{}\u{a0}F\u{a0}CFA", digits(n))
    }

    fn nav(items: &[(&str, &str)], current: &str) -> Vec<NavItem> {
        items
            .iter()
            .map(|(label, href)| NavItem {
                label: (*label).into(),
                href: (*href).into(),
                current: *href == current,
            })
            .collect()
    }

    fn shell(title: &str, trail: &[(&str, &str)]) -> Shell {
        Shell {
            title: title.into(),
            fund_name: "CNSS Togo".into(),
            lang: "fr".into(),
            user: None,
            nav: Vec::new(),
            trail: trail.iter().map(|(l, h)| Link::new(*l, *h)).collect(),
            csrf: "c5f3a1b2".into(),
            notices: Vec::new(),
            asset_version: "1".into(),
            demo: true,
        }
    }

    /// Shell of a visitor.
    pub fn public(title: &str, current: &str, trail: &[(&str, &str)]) -> Shell {
        Shell {
            nav: nav(
                &[
                    ("Accueil", "/"),
                    ("Simulateur de Pension", "/simulateur"),
                    ("Mes droits", "/droits"),
                    ("Règles et sources", "/regles"),
                    ("Connexion", "/connexion"),
                ],
                current,
            ),
            ..shell(title, trail)
        }
    }

    /// Shell of an employer.
    pub fn employer(title: &str, current: &str, trail: &[(&str, &str)]) -> Shell {
        Shell {
            user: Some(UserBar {
                name: "Boulangerie N'Guissan & Fils".into(),
                role_label: "Espace Employeur".into(),
                number: "E-004\u{a0}217".into(),
            }),
            nav: nav(
                &[
                    ("Tableau de bord", "/employeur"),
                    ("Déclarations (DNR)", "/employeur/dnr"),
                    ("Compte-Cotisant", "/employeur/compte"),
                    ("Paiement de cotisation", "/employeur/paiement"),
                    ("Règles et sources", "/regles"),
                ],
                current,
            ),
            ..shell(title, trail)
        }
    }

    /// Shell of an insured person.
    pub fn insured(title: &str, current: &str, trail: &[(&str, &str)]) -> Shell {
        Shell {
            user: Some(UserBar {
                name: "Adjo Akouété".into(),
                role_label: "Espace Assuré".into(),
                number: "710\u{a0}040".into(),
            }),
            nav: nav(
                &[
                    ("Tableau de bord", "/assure"),
                    ("Compte Individuel", "/assure/compte"),
                    ("Simulateur de Pension", "/assure/simulateur"),
                    ("Mes droits", "/assure/droits"),
                    ("Règles et sources", "/regles"),
                ],
                current,
            ),
            ..shell(title, trail)
        }
    }

    /// Contribution lines of one wage bill.
    pub fn branches(base: i64) -> Vec<BranchLine> {
        let line = |branch: &str, payer: &str, rate: &str, per_thousand: i64| {
            let amount = base * per_thousand / 1000;
            BranchLine {
                branch: branch.into(),
                payer: payer.into(),
                base: cfa(base),
                rate: rate.into(),
                amount: cfa(amount),
                steps: vec![
                    Step::new("Salaires soumis à cotisation", cfa_text(base))
                        .detail("somme des salaires déclarés, aucun plafond")
                        .source("Code de sécurité sociale, loi nº 2011-006", Reliability::Verified),
                    Step::new(format!("Taux de la branche {branch}, part {payer}"), rate)
                        .source("Décret fixant les taux de cotisation", Reliability::Secondary)
                        .url("https://www.cnss.tg/"),
                    Step::new("Cotisation", cfa_text(amount))
                        .detail(format!("{} × {rate}, arrondi au franc", digits(base))),
                ],
            }
        };
        vec![
            line("Prestations familiales", "Employeur", "3\u{a0}%", 30),
            line("Risques professionnels", "Employeur", "2\u{a0}%", 20),
            line("Pensions", "Employeur", "12,5\u{a0}%", 125),
            line("Pensions", "Salarié", "4\u{a0}%", 40),
        ]
    }
}
