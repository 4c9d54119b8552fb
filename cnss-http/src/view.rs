//! View types shared by the pages: every value is ready to be shown (money,
//! dates and percentages are formatted before they get here).

use cnss_core::fund::{Every, SheetLayout};

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
    /// How amounts are written: « F CFA ».
    pub unit: String,
    /// How the declaration of wages is called.
    pub declaration: DeclarationWords,
    /// Version appended to the address of each asset.
    pub asset_version: String,
    /// Shows the band that says the data are fictitious.
    pub demo: bool,
}

/// How the fund calls its declaration of wages; « DNR » in Togo, and in plain words where no short name
/// is known.
#[derive(Clone, Debug)]
pub struct DeclarationWords {
    /// « Déclarations (DNR) », « Déclarations ».
    pub menu: String,
    /// « DNR », « déclarations »: what is filled in.
    pub many: String,
    /// « D.N.R », « de déclaration », after « fichier » or « modèle ».
    pub of: String,
    /// « déclaration nominative des rémunérations ».
    pub name: String,
    /// « Déclaration Nominative des Rémunérations ».
    pub title: String,
    /// « DNR », « declaration », in the names of files.
    pub file: String,
    /// How often the fund wants it, where its data say so.
    every: Option<Every>,
}

impl DeclarationWords {
    /// « de déclaration », after « fichier » or « modèle », where no short name is known.
    pub(crate) fn plain_model() -> String {
        "de déclaration".to_owned()
    }

    /// « La déclaration nominative des rémunérations, chaque trimestre ».
    #[must_use]
    pub fn described(&self) -> String {
        let when = match self.every {
            Some(Every::Quarter) => ", chaque trimestre",
            Some(Every::Month) => ", due chaque mois",
            None => "",
        };
        format!("La {}{when}", self.name)
    }

    /// Those of a fund.
    pub(crate) fn of(layout: &SheetLayout) -> Self {
        let name = layout.title.to_lowercase();
        let capital = |word: &str| {
            let mut letters = word.chars();
            let first = letters.next().map(|letter| letter.to_uppercase().to_string());
            format!("{}{}", first.unwrap_or_default(), letters.as_str())
        };
        // « des » and « de » stay small.
        let word = |word: &str| if word.chars().count() > 3 { capital(word) } else { word.to_owned() };
        let title = name.split(' ').map(word).collect::<Vec<_>>().join(" ");
        let spelled = |short: &str| short.chars().map(String::from).collect::<Vec<_>>().join(".");
        match layout.short.as_deref() {
            Some(short) => Self {
                menu: format!("Déclarations ({short})"),
                many: short.to_owned(),
                of: spelled(short),
                file: short.to_owned(),
                name,
                title,
                every: layout.every,
            },
            None => Self {
                menu: "Déclarations".to_owned(),
                many: "déclarations".to_owned(),
                of: Self::plain_model(),
                file: "declaration".to_owned(),
                name,
                title,
                every: layout.every,
            },
        }
    }
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
    /// Leads to « Mon compte »; not while something must be done first, for it would lead back.
    pub own: bool,
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
pub mod sample;

#[cfg(test)]
mod tests {
    use super::DeclarationWords;

    #[test]
    fn a_declaration_is_due_as_often_as_its_fund_says() {
        for (code, said) in [
            ("tg", "La déclaration nominative des rémunérations, chaque trimestre"),
            ("ma", "La déclaration des salaires, due chaque mois"),
            ("dj", "La déclaration nominative des salaires, due chaque mois"),
            ("bj", "La déclaration nominative des rémunérations"),
        ] {
            let fund = cnss_core::fund::Fund::builtin(code).expect("built in");
            assert_eq!(DeclarationWords::of(&fund.layout).described(), said);
        }
    }

    #[test]
    fn a_declaration_is_called_as_its_country_does() {
        let words = |code| {
            let fund = cnss_core::fund::Fund::builtin(code).expect("built in");
            let words = DeclarationWords::of(&fund.layout);
            [words.menu, words.many, words.of, words.name, words.title, words.file]
        };
        let togo = [
            "Déclarations (DNR)",
            "DNR",
            "D.N.R",
            "déclaration nominative des rémunérations",
            "Déclaration Nominative des Rémunérations",
            "DNR",
        ];
        let morocco = [
            "Déclarations",
            "déclarations",
            "de déclaration",
            "déclaration des salaires",
            "Déclaration des Salaires",
            "declaration",
        ];
        assert_eq!((words("tg"), words("ma")), (togo.map(str::to_owned), morocco.map(str::to_owned)));
    }
}
