//! From the core's values to what pages show and JSON carries: steps, amounts, branches, states.

use chrono::NaiveDate;
use cnss_core::declaration::assess::{AssessedLine, Assessment};
use cnss_core::desk::QuarterState;
use cnss_core::explain::{Caveat, Step};
use cnss_core::fund::{Payer, Status};
use cnss_core::ledger::Settled;
use cnss_core::money::{Money, MoneyError};
use serde::Serialize;
use utoipa::ToSchema;

use crate::portal::Portal;
use crate::problem::QuestionBody;
use crate::view::{self, Amount, BranchLine, Reliability, StatusTag, Tone};
use crate::words::{Words, caveat_key, rate_text, spaced};

/// One step of a computation, for programs.
#[derive(Debug, Serialize, ToSchema)]
pub struct StepBody {
    /// The rule, as its key in the fund's data.
    #[schema(example = "pension.rate")]
    pub rule: String,
    /// The rule in words.
    #[schema(example = "Taux de la pension")]
    pub label: String,
    /// What this step gives; amounts and rates are exact decimals.
    #[schema(example = "0.3995")]
    pub value: String,
    /// How it was computed.
    #[schema(example = "0.2 + 15 × 0.0133")]
    pub working: String,
    /// The text that it rests on.
    pub source: String,
    /// Where that text was read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source_url: Option<String>,
    /// How sure we are: `verified`, `secondary` or `unverified`.
    #[schema(value_type = String, example = "unverified")]
    pub status: Status,
    /// The article, when it is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "Loi 2011-006, art. 42")]
    pub article: Option<String>,
    /// The first day on which that line of the law holds.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = Date)]
    pub valid_from: Option<NaiveDate>,
    /// The day on which it was published, when that came later.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = Date)]
    pub known_from: Option<NaiveDate>,
    /// What is not settled about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub question: Option<QuestionBody>,
}

/// Something to know before relying on a result, for programs.
#[derive(Debug, Serialize, ToSchema)]
pub struct WarningBody {
    /// The open question's key, `unverified`, `unchecked`, `no_rule`, `beyond_paid` or `months_without_pay`.
    #[schema(example = "rmm-periode")]
    pub code: String,
    /// What is not settled, in French.
    pub message: String,
}

pub(crate) fn step_bodies(steps: &[Step], words: &Words) -> Vec<StepBody> {
    // A figure is no surer than the least sure value before it.
    let mut worst = Status::Verified;
    let body = |step: &Step| StepBody {
        rule: step.rule.to_string(),
        label: step.label.to_string(),
        value: step.value.to_string(),
        working: step.working_text(),
        source: step.basis.as_ref().map_or_else(|| words.arithmetic(), |b| b.source.to_string()),
        source_url: step.basis.as_ref().and_then(|b| b.url.as_ref()).map(ToString::to_string),
        status: {
            worst = worst.max(step.status());
            if step.basis.is_some() { step.status() } else { worst }
        },
        article: step.basis.as_ref().and_then(|b| b.article.as_ref()).map(ToString::to_string),
        valid_from: step.basis.as_ref().map(|b| b.from),
        known_from: step.basis.as_ref().and_then(|b| b.known_from),
        question: step.basis.as_ref().and_then(|b| b.question.as_ref()).map(QuestionBody::of),
    };
    steps.iter().map(body).collect()
}

pub(crate) fn warning_bodies(caveats: &[Caveat], words: &Words) -> Vec<WarningBody> {
    let body = |caveat: &Caveat| WarningBody {
        code: match caveat {
            Caveat::Open(key, _) => key.to_string(),
            Caveat::Unverified(_) => "unverified".to_owned(),
            Caveat::Unchecked(_) => "unchecked".to_owned(),
            Caveat::NoRule(..) => "no_rule".to_owned(),
            Caveat::Beyond(..) => "beyond_paid".to_owned(),
            Caveat::Unpaid(..) => "months_without_pay".to_owned(),
        },
        message: words.caveat(caveat).1,
    };
    caveats.iter().map(body).collect()
}

pub(crate) const fn reliability(status: Status) -> Reliability {
    match status {
        Status::Verified => Reliability::Verified,
        Status::Secondary => Reliability::Secondary,
        Status::Unverified => Reliability::Unverified,
    }
}

pub(crate) const fn payer_word(payer: Payer) -> &'static str {
    match payer {
        Payer::Employer => "Employeur",
        Payer::Worker => "Salarié",
    }
}

/// The sums of one branch and payer over several months.
struct Summed {
    line: AssessedLine,
    steps: Vec<view::Step>,
}

impl Words {
    /// An amount for a page.
    #[must_use]
    pub(crate) fn shown(&self, money: Money) -> Amount {
        let unit = self.currency_label().to_owned();
        let unit_name = match money.currency().code() {
            "XOF" => "francs CFA",
            "DJF" => "francs de Djibouti",
            "MAD" => "dirhams",
            "TND" => "dinars",
            _ => &unit,
        };
        Amount { value: self.amount_number(money.amount()), unit_name: unit_name.to_owned(), unit }
    }

    /// Steps for a page.
    #[must_use]
    pub(crate) fn steps(&self, steps: &[Step]) -> Vec<view::Step> {
        steps.iter().map(|step| self.step(step)).collect()
    }

    fn step(&self, step: &Step) -> view::Step {
        view::Step {
            label: spaced(&step.label),
            value: self.value(&step.value),
            detail: self.detail(step),
            source: Some(step.basis.as_ref().map_or_else(|| self.arithmetic(), |b| spaced(&b.source))),
            source_url: step.basis.as_ref().and_then(|b| b.url.as_ref()).map(ToString::to_string),
            status: step.basis.as_ref().map_or(Reliability::Computed, |b| reliability(b.status)),
        }
    }

    /// What to know before relying on a result, for a page.
    #[must_use]
    pub(crate) fn notices(&self, caveats: &[Caveat]) -> Vec<view::Notice> {
        // One box for each kind of caveat: five boxes would hide the calculation on a phone.
        let mut boxes: Vec<(&str, Vec<String>, String)> = Vec::new();
        for caveat in caveats {
            let (title, text) = self.caveat(caveat);
            let key = caveat_key(caveat);
            match boxes.iter_mut().find(|(own, ..)| *own == key) {
                Some((_, texts, _)) => texts.push(text),
                None => boxes.push((key, vec![text], title)),
            }
        }
        let notice = |(key, mut texts, title): (&str, Vec<String>, String)| match texts.len() {
            1 => view::Notice::new(Tone::Warning, title, texts.pop().unwrap_or_default()),
            n => {
                let title = self.counted(&format!("{key}-many"), i64::try_from(n).unwrap_or(i64::MAX));
                view::Notice { items: texts, ..view::Notice::new(Tone::Warning, title, "") }
            }
        };
        boxes.into_iter().map(notice).collect()
    }
}

impl Portal {
    /// An amount of the desk's own fund, for a page.
    pub(crate) fn amount(&self, money: Money) -> Amount {
        self.words().shown(money)
    }

    /// Steps for a page.
    pub(crate) fn steps(&self, steps: &[Step]) -> Vec<view::Step> {
        self.words().steps(steps)
    }

    /// The contributions of some months by branch and payer, each with its steps.
    pub(crate) fn branches(&self, months: &[Assessment]) -> Result<(Vec<BranchLine>, Amount), MoneyError> {
        let zero = self.desk().fund().currency.zero();
        let mut summed: Vec<Summed> = Vec::new();
        let mut total = zero;
        for month in months {
            for line in &month.lines {
                total = total.plus(line.amount)?;
                let steps = self.line_steps(month, line, months.len() > 1);
                // A rate that changes within the quarter gives two lines: one sum would hide it.
                let same = |s: &&mut Summed| {
                    s.line.branch == line.branch && s.line.payer == line.payer && s.line.rate == line.rate
                };
                if let Some(sum) = summed.iter_mut().find(same) {
                    sum.line.base = sum.line.base.plus(line.base)?;
                    sum.line.amount = sum.line.amount.plus(line.amount)?;
                    sum.steps.extend(steps);
                } else {
                    summed.push(Summed { line: line.clone(), steps });
                }
            }
        }
        let lines = summed.into_iter().map(|sum| BranchLine {
            branch: sum.line.label.to_string(),
            payer: payer_word(sum.line.payer).to_owned(),
            base: self.amount(sum.line.base),
            rate: rate_text(sum.line.rate),
            amount: self.amount(sum.line.amount),
            steps: sum.steps,
        });
        Ok((lines.collect(), self.amount(total)))
    }

    /// The steps of a month that concern one branch and payer.
    fn line_steps(&self, month: &Assessment, line: &AssessedLine, name_month: bool) -> Vec<view::Step> {
        let own = |step: &&Step| match &*step.rule {
            "contributions.due" => false,
            rule if rule.starts_with("contributions.") && is_rate(month, rule) => *rule == *line.rule,
            _ => true,
        };
        let mut own: Vec<&Step> = month.steps.iter().filter(own).collect();
        // The figure itself comes last, after what it rests on.
        own.sort_by_key(|step| step.rule == line.rule);
        let mut steps: Vec<view::Step> = own.into_iter().map(|step| self.words().step(step)).collect();
        if name_month {
            for step in &mut steps {
                step.label = format!("{}\u{a0}: {}", crate::words::month_title(month.month), step.label);
            }
        }
        steps
    }
}

/// Whether a rule is the rate of one of the month's lines.
fn is_rate(month: &Assessment, rule: &str) -> bool {
    month.lines.iter().any(|line| *line.rule == *rule)
}

pub(crate) fn settled_tag(settled: Option<Settled>) -> StatusTag {
    match settled {
        Some(Settled::Paid) => StatusTag::new(Tone::Success, "Payé"),
        Some(Settled::Partly) => StatusTag::new(Tone::Warning, "Partiel"),
        Some(Settled::Unpaid) => StatusTag::new(Tone::Error, "Impayé"),
        Some(Settled::NotDue) | None => StatusTag::new(Tone::Neutral, "Pas encore dû"),
    }
}

pub(crate) fn quarter_tag(state: QuarterState) -> StatusTag {
    match state {
        QuarterState::Running => StatusTag::new(Tone::Neutral, "En cours"),
        QuarterState::Open => StatusTag::new(Tone::Warning, "À déclarer"),
        QuarterState::Draft => StatusTag::new(Tone::Info, "Brouillon"),
        QuarterState::Filed => StatusTag::new(Tone::Success, "Déposée"),
        QuarterState::Corrected => StatusTag::new(Tone::Success, "Corrigée"),
    }
}
