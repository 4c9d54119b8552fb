//! `GET /regles`: the law the fund applies: every rule with its dated values and their sources.

use axum::extract::{Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use chrono::NaiveDate;
use cnss_core::fund::{Fund, LawLine, LawRule};

use super::given::Chosen;
use crate::form::{Fault, Field, Form, Reader, Typed, kept};
use crate::page::send_with;
use crate::portal::Portal;
use crate::show::reliability;
#[cfg(test)]
use crate::view::sample;
use crate::view::{NavItem, Reliability, Shell};
use crate::words::{Words, date_text, spaced};

/// Page of the dated values.
#[derive(askama::Template)]
#[template(path = "public/rules.html")]
pub struct RulesPage {
    /// Around the page.
    pub shell: Shell,
    /// The funds to choose from.
    pub funds: Vec<NavItem>,
    /// Name of the chosen fund.
    pub fund: String,
    /// The same for programs.
    pub twin: String,
    /// Code of the chosen fund.
    pub code: String,
    /// What was refused.
    pub errors: Vec<Fault>,
    /// `law_at`: lines that begin later are left out.
    pub law_at: Field,
    /// `known_at`: lines that were published later are left out.
    pub known_at: Field,
    /// What is shown, e.g. « État du droit au 15 octobre 2026 ».
    pub as_of: String,
    /// Groups of rules, one a file.
    pub groups: Vec<RuleGroup>,
    /// Whether everything is unfolded.
    pub unfolded: bool,
    /// The same page, unfolded.
    pub unfold: String,
    /// Questions the texts leave open.
    pub questions: Vec<String>,
}

/// A group of rules, e.g. « Cotisations ».
pub struct RuleGroup {
    /// Identifier in the page.
    pub id: String,
    /// Name.
    pub title: String,
    /// « 12 règles ».
    pub count: String,
    /// Rules, in the order of the file.
    pub rules: Vec<Rule>,
}

/// A rule with its dated lines.
pub struct Rule {
    /// The jurist's words.
    pub name: String,
    /// What is not settled about the whole rule.
    pub question: Option<String>,
    /// The lines in force, one for each group of persons; empty when the text was not found.
    pub lines: Vec<RuleLine>,
    /// The lines before and after, the latest first.
    pub others: Vec<RuleLine>,
}

impl Rule {
    /// « 2 autres valeurs datées ».
    #[must_use]
    pub fn others_label(&self) -> String {
        match self.others.len() {
            1 => "1 autre valeur datée".to_owned(),
            n => format!("{n} autres valeurs datées"),
        }
    }
}

/// One dated line.
pub struct RuleLine {
    /// The value in French, one text a row of its table.
    pub value: Vec<String>,
    /// First day it applies.
    pub since: String,
    /// When it was published, if that came later.
    pub published: Option<String>,
    /// For whom, when not for everybody.
    pub whom: Option<String>,
    /// Text it comes from.
    pub source: String,
    /// Address of the text.
    pub source_url: Option<String>,
    /// How sure it is.
    pub reliability: Reliability,
    /// What is not settled.
    pub question: Option<String>,
}

impl RulesPage {
    /// Sample page.
    #[cfg(test)]
    pub fn sample() -> Self {
        let fund = sample::togo();
        let shell = sample::public("Règles et sources", "/regles", &[]);
        let words = Words::french("").of_fund(&fund);
        Self::of(shell, sample::funds(), &fund, &words, &Days::default(), sample::today())
    }

    /// Sample page with days that are none.
    #[cfg(test)]
    pub fn sample_refused() -> Self {
        let typed = [("law_at", "2023-02-29"), ("known_at", "hier")];
        let typed = typed.into_iter().map(|(name, text)| (name.to_owned(), text.to_owned())).collect();
        let (fund, mut days) = (sample::togo(), Days::default());
        let words = Words::french("").of_fund(&fund);
        days.read(&words, &typed);
        let shell = sample::public("Règles et sources", "/regles", &[]);
        Self::of(shell, sample::funds(), &fund, &words, &days, sample::today())
    }

    fn of(
        shell: Shell,
        funds: Vec<NavItem>,
        fund: &Fund,
        words: &Words,
        days: &Days,
        today: NaiveDate,
    ) -> Self {
        let mut groups: Vec<RuleGroup> = Vec::new();
        let day = days.law.unwrap_or(today);
        for rule in &fund.law {
            let id = rule.file.trim_end_matches(".toml");
            let shown = self::rule(fund, words, rule, day);
            match groups.iter_mut().find(|group| group.id == id) {
                Some(group) => group.rules.push(shown),
                None => groups.push(RuleGroup {
                    title: words.plain(&format!("law-file-{id}")).unwrap_or_else(|| id.to_owned()),
                    id: id.to_owned(),
                    count: String::new(),
                    rules: vec![shown],
                }),
            }
        }
        for group in &mut groups {
            group.count = match group.rules.len() {
                1 => "1\u{a0}règle".to_owned(),
                n => format!("{n}\u{a0}règles"),
            };
        }
        Self {
            shell,
            funds,
            fund: fund.name.clone(),
            code: fund.code.clone(),
            twin: days.at(&format!("/api/v1/funds/{}/parameters", fund.code)),
            unfold: days.at(&format!("/regles?caisse={}&tout=1", fund.code)),
            unfolded: days.unfolded,
            errors: days.errors.clone(),
            law_at: days.law_at.clone(),
            known_at: days.known_at.clone(),
            as_of: days.told(),
            groups,
            questions: fund.questions.values().map(|text| spaced(text)).collect(),
        }
    }
}

fn rule(fund: &Fund, words: &Words, rule: &LawRule, day: NaiveDate) -> Rule {
    // The latest line that began by the day holds, for each group of persons.
    let holds = |line: &LawLine| {
        let later = |other: &LawLine| {
            (&other.categories, other.born_from) == (&line.categories, line.born_from)
                && (line.basis.from..=day).contains(&other.basis.from)
                && other.basis.from > line.basis.from
        };
        line.basis.from <= day && !rule.lines.iter().any(later)
    };
    let (lines, others): (Vec<&LawLine>, Vec<&LawLine>) =
        rule.lines.iter().rev().partition(|line| holds(line));
    // A rule that is not in force yet shows what is to come.
    let (lines, others) = if lines.is_empty() { (others, lines) } else { (lines, others) };
    let shown =
        |lines: Vec<&LawLine>| lines.into_iter().map(|line| rule_line(fund, words, rule, line)).collect();
    Rule {
        name: spaced(&rule_name(fund, &rule.key, &rule.label)),
        question: rule.question.as_ref().map(|(_, text)| spaced(text)),
        lines: shown(lines),
        others: shown(others),
    }
}

fn rule_line(fund: &Fund, words: &Words, rule: &LawRule, line: &LawLine) -> RuleLine {
    let basis = &line.basis;
    let mut whom: Vec<String> = Vec::new();
    if !line.categories.is_empty() {
        whom.push(category_names(fund, line.categories.iter().map(|code| &**code)));
    }
    if let Some(born) = line.born_from {
        whom.push(format!("personnes nées à partir du {}", date_text(born)));
    }
    RuleLine {
        value: words.law(fund, rule, line),
        since: date_text(basis.from),
        published: basis.known_from.map(date_text),
        whom: Some(whom.join(", ")).filter(|whom| !whom.is_empty()),
        source: spaced(&basis.source),
        source_url: basis.url.as_ref().map(ToString::to_string),
        reliability: reliability(basis.status),
        question: basis.question.as_ref().map(|(_, text)| spaced(text)),
    }
}

/// The two days on which the law is read: as it stood, and as it was known.
struct Days {
    law_at: Field,
    known_at: Field,
    errors: Vec<Fault>,
    /// Whether everything is to be unfolded, as for paper.
    unfolded: bool,
    law: Option<NaiveDate>,
    known: Option<NaiveDate>,
}

impl Default for Days {
    fn default() -> Self {
        let day = |name: &str, label: &str, hint: &str| Field::new(name, label).kind("date").hint(hint);
        Self {
            law_at: day(
                "law_at",
                "Droit en vigueur le",
                "Les lignes qui commencent après ce jour sont omises.",
            ),
            known_at: day(
                "known_at",
                "Textes publiés au plus tard le",
                "Les textes parus après ce jour sont omis, même rétroactifs.",
            ),
            errors: Vec::new(),
            unfolded: false,
            law: None,
            known: None,
        }
    }
}

impl Form for Days {
    fn parts(&mut self) -> (Vec<(String, &mut Field)>, &mut Vec<Fault>) {
        let fields = [&mut self.law_at, &mut self.known_at];
        (fields.into_iter().map(|field| (field.label.clone(), field)).collect(), &mut self.errors)
    }
}

impl Days {
    /// Reads what was typed and keeps it in the fields; faults go beside them.
    fn read(&mut self, words: &Words, typed: &Typed) {
        let mut reader = Reader::new(typed, words);
        let mut day = |field: &mut Field| if reader.keep(field) { reader.day(field) } else { None };
        (self.law, self.known) = (day(&mut self.law_at), day(&mut self.known_at));
        reader.done(self, Some(()));
        self.unfolded = !kept(typed, "tout").is_empty();
    }

    /// An address with these days in its query.
    fn at(&self, address: &str) -> String {
        let days = [("law_at", self.law), ("known_at", self.known)];
        let days = days.into_iter().filter_map(|(name, day)| day.map(|day| format!("{name}={day}")));
        let query = days.collect::<Vec<_>>().join("&");
        let mark = match (query.is_empty(), address.contains('?')) {
            (true, _) => "",
            (false, true) => "&",
            (false, false) => "?",
        };
        format!("{address}{mark}{query}")
    }

    /// What is shown, in words.
    fn told(&self) -> String {
        match (self.law, self.known) {
            (None, None) => {
                "D'abord ce qui vaut aujourd'hui\u{a0}; les valeurs passées et à venir sont repliées dessous."
                    .to_owned()
            }
            (Some(law), None) => {
                format!("Droit en vigueur le {}, tel qu'on le connaît aujourd'hui.", date_text(law))
            }
            (None, Some(known)) => format!("Tel qu'on connaissait le droit le {}.", date_text(known)),
            (Some(law), Some(known)) => format!(
                "Droit en vigueur le {}, tel qu'on le connaissait le {}.",
                date_text(law),
                date_text(known)
            ),
        }
    }
}

/// `GET /regles`: the law of a fund, as it stands or as it stood and was known on some day.
pub(crate) async fn page(
    State(portal): State<Portal>,
    Query(asked): Query<Typed>,
    headers: HeaderMap,
) -> Response {
    let shell = portal.shell_for(&headers, "Règles et sources", "/regles").await;
    let fund = portal.chosen_fund(asked.get("caisse").map_or("", String::as_str));
    let words = portal.words().of_fund(&fund);
    let links = portal.fund_links("/regles", &fund.code);
    let mut days = Days::default();
    days.read(&words, &asked);
    let chosen = Chosen::of(&portal, &fund, days.law, days.known);
    let status = if days.errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    send_with(status, &RulesPage::of(shell, links, &chosen.fund, &words, &days, portal.moment().today))
}

fn category_names<'a>(fund: &Fund, codes: impl Iterator<Item = &'a str>) -> String {
    let names = codes.filter_map(|code| fund.contributions.category(code)).map(|c| c.label.to_lowercase());
    names.collect::<Vec<_>>().join(", ")
}

/// `contributions.pension.employer.salaried` → « Pensions, part patronale (travailleur salarié) »;
/// `contributions.base.capped.floor` → « Plancher (assiette plafonnée) ».
fn rule_name(fund: &Fund, key: &str, label: &str) -> String {
    let rules = &fund.contributions;
    let parts: Vec<&str> = key.split('.').collect();
    if let ["contributions", "base", base, _] = parts.as_slice()
        && fund.law.iter().filter(|rule| *rule.label == *label).count() > 1
        && let Some(base) = rules.base(base)
    {
        return format!("{label} ({})", base.label);
    }
    let ["contributions", branch, payer, categories] = parts.as_slice() else { return label.to_owned() };
    let side = match *payer {
        "employer" => &rules.labels.employer,
        "worker" => &rules.labels.worker,
        _ => return label.to_owned(),
    };
    let Some(branch) = rules.branch(branch) else { return label.to_owned() };
    format!("{}, {side} ({})", branch.label, category_names(fund, categories.split('+')))
}
