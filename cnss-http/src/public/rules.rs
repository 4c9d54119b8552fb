//! `GET /regles`: the law the fund applies: every rule with its dated values and their sources.

use std::collections::BTreeMap;

use axum::extract::{Query, State};
use axum::http::HeaderMap;
use axum::response::Response;
use cnss_core::fund::{Fund, LawLine, LawRule};

use crate::portal::Portal;
use crate::show::reliability;
#[cfg(test)]
use crate::view::sample;
use crate::view::{NavItem, Reliability, Shell};
use crate::words::{Words, date_text};

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
    /// Day of the page, e.g. « 15 octobre 2026 ».
    pub as_of: String,
    /// Groups of rules, one a file.
    pub groups: Vec<RuleGroup>,
    /// Questions the texts leave open.
    pub questions: Vec<String>,
}

/// A group of rules, e.g. « Cotisations ».
pub struct RuleGroup {
    /// Identifier in the page.
    pub id: String,
    /// Name.
    pub title: String,
    /// Rules, in the order of the file.
    pub rules: Vec<Rule>,
}

/// A rule with its dated lines, the latest first.
pub struct Rule {
    /// The jurist's words.
    pub name: String,
    /// What is not settled about the whole rule.
    pub question: Option<String>,
    /// Its lines; empty when the text was not found.
    pub lines: Vec<RuleLine>,
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
        Self::of(shell, sample::funds(), &fund, &words, "15 octobre 2026".into())
    }

    fn of(shell: Shell, funds: Vec<NavItem>, fund: &Fund, words: &Words, as_of: String) -> Self {
        let mut groups: Vec<RuleGroup> = Vec::new();
        for rule in &fund.law {
            let id = rule.file.trim_end_matches(".toml");
            let shown = self::rule(fund, words, rule);
            match groups.iter_mut().find(|group| group.id == id) {
                Some(group) => group.rules.push(shown),
                None => groups.push(RuleGroup {
                    title: words.plain(&format!("law-file-{id}")).unwrap_or_else(|| id.to_owned()),
                    id: id.to_owned(),
                    rules: vec![shown],
                }),
            }
        }
        Self {
            shell,
            funds,
            fund: fund.name.clone(),
            twin: format!("/api/v1/funds/{}/parameters", fund.code),
            as_of,
            groups,
            questions: fund.questions.values().map(ToString::to_string).collect(),
        }
    }
}

fn rule(fund: &Fund, words: &Words, rule: &LawRule) -> Rule {
    Rule {
        name: rule_name(fund, &rule.key, &rule.label),
        question: rule.question.as_ref().map(|(_, text)| text.to_string()),
        lines: rule.lines.iter().rev().map(|line| rule_line(fund, words, rule, line)).collect(),
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
        source: basis.source.to_string(),
        source_url: basis.url.as_ref().map(ToString::to_string),
        reliability: reliability(basis.status),
        question: basis.question.as_ref().map(|(_, text)| text.to_string()),
    }
}

/// `GET /regles`.
pub(crate) async fn page(
    State(portal): State<Portal>,
    Query(asked): Query<BTreeMap<String, String>>,
    headers: HeaderMap,
) -> Response {
    let shell = portal.shell_for(&headers, "Règles et sources", "/regles").await;
    let fund = portal.chosen_fund(asked.get("caisse").map_or("", String::as_str));
    let words = portal.words().of_fund(&fund);
    let links = portal.fund_links("/regles", &fund.code);
    let today = date_text(portal.moment().today);
    crate::page::send(&RulesPage::of(shell, links, &fund, &words, today))
}

fn category_names<'a>(fund: &Fund, codes: impl Iterator<Item = &'a str>) -> String {
    let names = codes.filter_map(|code| fund.contributions.category(code)).map(|c| c.label.to_lowercase());
    names.collect::<Vec<_>>().join(", ")
}

/// `contributions.pension.employer.salaried` → « Pensions, part patronale (travailleur salarié) ».
fn rule_name(fund: &Fund, key: &str, label: &str) -> String {
    let rules = &fund.contributions;
    let parts: Vec<&str> = key.split('.').collect();
    let ["contributions", branch, payer, categories] = parts.as_slice() else { return label.to_owned() };
    let side = match *payer {
        "employer" => &rules.labels.employer,
        "worker" => &rules.labels.worker,
        _ => return label.to_owned(),
    };
    let Some(branch) = rules.branch(branch) else { return label.to_owned() };
    format!("{}, {side} ({})", branch.label, category_names(fund, categories.split('+')))
}
