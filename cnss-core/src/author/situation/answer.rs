//! What a situation asks of the rules, and what they answer: figures by the same names as the
//! file's, so that comparing is comparing two maps.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use rust_decimal::Decimal;

use crate::benefit::{FamilyClaim, GrantAmount, GrantClaim, Stopped, daily_benefit, family_benefit, grant};
use crate::calendar::Month;
use crate::declaration::RawLine;
use crate::declaration::assess::assess;
use crate::declaration::sheet::{Expected, RawReader, Register};
use crate::entitlement::{Claim, Reason};
use crate::explain::{Caveat, Op, Step, Value};
use crate::fund::mechanism::Child;
use crate::fund::{Asked, Field, Fund, Parameter, Payer};
use crate::insured::{Career, CareerSpan};
use crate::ledger::{penalty, surcharge};
use crate::money::Money;
use crate::pension::{Deceased, DeceasedRight, Subject, simulate, survivors};
use crate::refusal::{FaultKind, Refusal};

/// What is compared: figures by name, or the code of a refusal.
pub type Figures = BTreeMap<&'static str, String>;

/// The word of a declaration without a fault.
pub const NO_FAULT: &str = "none";

/// Figures that are told only to a situation that mentions them.
pub const ON_DEMAND: [&str; 8] =
    ["buy_back", "insured", "meaning", "questions", "rate", "reference_wage", "starts_on", "unchecked"];

/// Those that there are.
pub fn figures<const N: usize>(all: [(&'static str, Option<String>); N]) -> Figures {
    all.into_iter().filter_map(|(name, figure)| Some((name, figure?))).collect()
}

/// One question to the rules, with its facts.
#[derive(Clone, Debug)]
pub enum Question {
    Contributions {
        category: String,
        month: Month,
        wages: Vec<Decimal>,
    },
    Surcharge {
        scheme: String,
        month: Option<Month>,
        due_date: Option<NaiveDate>,
        unpaid: Decimal,
        paid_on: NaiveDate,
        /// A rule that is missing is told as a refusal, by its question.
        may_refuse: bool,
    },
    Penalty {
        code: String,
        date: NaiveDate,
        workers: u32,
        months: u32,
    },
    Pension {
        kind: String,
        birth_date: NaiveDate,
        award_date: NaiveDate,
        career: Vec<CareerSpan>,
        claim: Claim,
    },
    Survivors {
        date: NaiveDate,
        pension: Decimal,
        spouses: u32,
        children: Vec<Child>,
        right: DeceasedRight,
    },
    Family {
        month: Month,
        children: Vec<Child>,
        career: Option<Vec<CareerSpan>>,
        claim: Claim,
    },
    Daily {
        kind: String,
        from: NaiveDate,
        to: NaiveDate,
        birth_date: Option<NaiveDate>,
        career: Career,
        claim: Claim,
    },
    Grant {
        code: String,
        date: NaiveDate,
        birth_date: Option<NaiveDate>,
        parts: Vec<String>,
        months: u32,
        career: Option<Vec<CareerSpan>>,
        claim: Claim,
    },
    Identifier {
        code: String,
        given: Vec<String>,
    },
    Declaration {
        month: Month,
        wage: Decimal,
        days: Option<u32>,
    },
    Reference {
        issued_on: NaiveDate,
    },
}

/// What the rules give: what is compared, the amounts as a certificate takes them, and how every
/// figure came about.
pub struct Answer {
    pub figures: Figures,
    pub amounts: Vec<(String, Money)>,
    pub steps: Vec<Step>,
}

/// The word by which a situation names a refusal.
pub fn refusal_word(refusal: &Refusal) -> String {
    match refusal {
        Refusal::OpenQuestion { question: (key, _), .. } => key.to_string(),
        other => other.code().to_owned(),
    }
}

fn text(figure: Option<impl ToString>) -> Option<String> {
    figure.map(|figure| figure.to_string())
}

fn codes(reasons: &[Reason]) -> Option<String> {
    (!reasons.is_empty()).then(|| reasons.iter().map(Reason::code).collect::<Vec<_>>().join(", "))
}

fn named<const N: usize>(amounts: [(&str, Option<Money>); N]) -> Vec<(String, Money)> {
    amounts.into_iter().filter_map(|(name, amount)| Some((name.to_owned(), amount?))).collect()
}

/// The keys of the questions that stand behind a result, in alphabetical order.
fn open_questions(caveats: &[Caveat]) -> String {
    let keys = caveats.iter().filter_map(|caveat| match caveat {
        Caveat::Open(key, _) => Some(&**key),
        _ => None,
    });
    let keys: BTreeSet<&str> = keys.collect();
    keys.into_iter().collect::<Vec<_>>().join(", ")
}

impl Question {
    /// What the rules answer.
    pub fn answer(&self, fund: &Fund) -> Result<Answer, Refusal> {
        match self {
            Self::Contributions { category, month, wages } => contributions(fund, category, *month, wages),
            Self::Surcharge { scheme, month, due_date, unpaid, paid_on, may_refuse } => {
                let due = match (due_date, month) {
                    (Some(due), _) => *due,
                    (None, Some(month)) => {
                        fund.contributions.due.need(&Asked::on(month.first_day()))?.value.for_month(*month)
                    }
                    (None, None) => return Err(Refusal::NotFound),
                };
                late(fund, scheme, Money::new(*unpaid, fund.currency)?, (due, *paid_on), *may_refuse)
            }
            Self::Reference { issued_on } => Ok(Answer {
                figures: figures([
                    ("expires_on", text(fund.payment.last_day(*issued_on))),
                    ("open_most", text(Some(fund.payment.open_most(*issued_on)))),
                ]),
                amounts: Vec::new(),
                steps: Vec::new(),
            }),
            Self::Penalty { code, date, workers, months } => {
                let got = penalty(fund, code, *date, *workers, *months)?;
                Ok(Answer {
                    figures: figures([("amount", text(Some(got.amount)))]),
                    amounts: named([("amount", Some(got.amount))]),
                    steps: got.steps,
                })
            }
            Self::Pension { kind, birth_date, award_date, career, claim } => {
                let career = Career::from_spans(career)?;
                let (birth_date, award_date) = (*birth_date, *award_date);
                pension(fund, kind, &Subject { birth_date, award_date, career: &career, claim })
            }
            Self::Survivors { date, pension, spouses, children, right } => {
                let pension = Money::new(*pension, fund.currency)?;
                let (date, spouses, right) = (*date, *spouses, *right);
                shares(fund, &Deceased { date, pension, spouses, children, right })
            }
            Self::Family { month, children, career, claim } => {
                let career = career.as_deref().map(Career::from_spans).transpose()?;
                let asked = FamilyClaim { month: *month, children, career: career.as_ref(), claim };
                let got = family_benefit(fund, &asked)?;
                Ok(Answer {
                    figures: figures([
                        ("amount", text(got.amount)),
                        ("reasons", codes(&got.reasons)),
                        ("questions", Some(open_questions(&got.caveats))),
                    ]),
                    amounts: named([("amount", got.amount)]),
                    steps: got.steps,
                })
            }
            Self::Daily { kind, from, to, birth_date, career, claim } => {
                let (from, to, birth_date) = (*from, *to, *birth_date);
                daily(fund, kind, &Stopped { from, to, birth_date, career, claim })
            }
            Self::Grant { code, date, birth_date, parts, months, career, claim } => {
                let career = career.as_deref().map(Career::from_spans).transpose()?;
                let (date, birth_date, months) = (*date, *birth_date, *months);
                let career = career.as_ref();
                granted(fund, code, &GrantClaim { date, birth_date, parts, months, career, claim })
            }
            Self::Identifier { code, given } => identifier(fund, code, given),
            Self::Declaration { month, wage, days } => Ok(declaration(fund, *month, *wage, *days)),
        }
    }
}

fn contributions(fund: &Fund, category: &str, month: Month, wages: &[Decimal]) -> Result<Answer, Refusal> {
    let got = assess(fund, category, month, wages)?;
    let lines: BTreeMap<String, String> = got
        .lines
        .iter()
        .map(|l| (format!("{}.{}", l.branch, l.payer.code()), l.amount.to_string()))
        .collect();
    Ok(Answer {
        figures: figures([
            ("employer", text(Some(got.total_of(Payer::Employer)?))),
            ("worker", text(Some(got.total_of(Payer::Worker)?))),
            ("lines", Some(format!("{lines:?}"))),
            ("due_date", text(got.due_date)),
            ("questions", Some(open_questions(&got.caveats))),
        ]),
        amounts: got.lines.iter().map(|l| (l.rule.to_string(), l.amount)).collect(),
        steps: got.steps,
    })
}

/// `days` are the day it was due and the day it was paid.
fn late(
    fund: &Fund,
    scheme: &str,
    unpaid: Money,
    days: (NaiveDate, NaiveDate),
    may_refuse: bool,
) -> Result<Answer, Refusal> {
    let got = surcharge(fund, scheme, unpaid, days.0, days.1)?;
    let known = Some(got.amount).filter(|_| !got.rule_missing && !got.steps.is_empty());
    let figure = match (got.rule_missing, got.question) {
        (true, Some((key, _))) if may_refuse => ("refused", Some(key.to_string())),
        (true, None) if may_refuse => ("refused", Some("no_rule".to_owned())),
        (true, _) => ("rule_missing", text(Some(true))),
        (false, _) => ("amount", text(Some(got.amount))),
    };
    Ok(Answer { figures: figures([figure]), amounts: named([("amount", known)]), steps: got.steps })
}

fn pension(fund: &Fund, kind: &str, subject: &Subject<'_>) -> Result<Answer, Refusal> {
    let got = simulate(fund, subject, kind)?;
    let award = got.award;
    let later = award.and_then(|a| a.later);
    let reference = award.and_then(|a| a.reference).map(|r| r.amount().normalize());
    Ok(Answer {
        figures: figures([
            ("amount", text(award.map(|a| a.monthly))),
            ("reference_wage", text(reference)),
            ("rate", text(award.and_then(|a| a.rate))),
            ("insured", text(Some(got.insured))),
            ("starts_on", text(award.map(|a| a.starts_on))),
            ("later", later.map(|l| format!("{} from {}", l.monthly, l.from))),
            ("reasons", codes(&got.reasons)),
            ("questions", Some(open_questions(&got.caveats))),
            ("short", text(got.short)),
            ("buy_back", text(got.buy_back)),
        ]),
        amounts: named([
            ("amount", award.map(|a| a.monthly)),
            ("later", later.map(|l| l.monthly)),
            ("short", got.short),
        ]),
        steps: got.steps,
    })
}

fn shares(fund: &Fund, deceased: &Deceased<'_>) -> Result<Answer, Refusal> {
    let got = survivors(fund, deceased)?;
    let shares: Vec<String> = got.shares.iter().map(|s| format!("{} {}", s.who.code(), s.amount)).collect();
    let labels = got.caveats.iter().filter_map(|caveat| match caveat {
        Caveat::Unchecked(label) => Some(&**label),
        _ => None,
    });
    let unchecked: Vec<&str> = labels.collect();
    Ok(Answer {
        figures: figures([
            ("shares", got.reasons.is_empty().then(|| shares.join(", "))),
            ("reasons", codes(&got.reasons)),
            ("unchecked", Some(unchecked.join(", "))),
            ("questions", Some(open_questions(&got.caveats))),
        ]),
        amounts: got.shares.iter().map(|s| (s.who.code().to_owned(), s.amount)).collect(),
        steps: got.steps,
    })
}

fn daily(fund: &Fund, kind: &str, stopped: &Stopped<'_>) -> Result<Answer, Refusal> {
    let got = daily_benefit(fund, kind, stopped)?;
    let periods: Vec<String> =
        got.periods.iter().map(|p| format!("{} {} {}", p.from, p.to, p.amount)).collect();
    let mut amounts = named([("amount", got.amount)]);
    amounts.extend(got.periods.iter().map(|p| ("period".to_owned(), p.amount)));
    Ok(Answer {
        figures: figures([
            ("periods", got.reasons.is_empty().then(|| periods.join(", "))),
            ("amount", text(got.amount)),
            ("reasons", codes(&got.reasons)),
            ("questions", Some(open_questions(&got.caveats))),
        ]),
        amounts,
        steps: got.steps,
    })
}

fn granted(fund: &Fund, code: &str, asked: &GrantClaim<'_>) -> Result<Answer, Refusal> {
    let got = grant(fund, code, asked)?;
    let (exactly, least, most) = match got.amount {
        Some(GrantAmount::Exactly(amount)) => (Some(amount), None, None),
        Some(GrantAmount::Between(least, most)) => (None, Some(least), Some(most)),
        None => (None, None, None),
    };
    Ok(Answer {
        figures: figures([
            ("amount", text(exactly)),
            ("least", text(least)),
            ("most", text(most)),
            ("reasons", codes(&got.reasons)),
            ("questions", Some(open_questions(&got.caveats))),
        ]),
        amounts: named([("amount", exactly), ("least", least), ("most", most)]),
        steps: got.steps,
    })
}

fn identifier(fund: &Fund, code: &str, given: &[String]) -> Result<Answer, Refusal> {
    let Some(identifier) = fund.identifiers.find(code) else {
        return Err(Refusal::NotOffered { what: code.to_owned() });
    };
    let read: Vec<_> = given
        .iter()
        .map(|given| {
            // A phone is also written with the country's prefix.
            let bare: String = given.chars().filter(|c| !c.is_whitespace()).collect();
            let national = bare.strip_prefix(&fund.phone_prefix).map(str::to_owned);
            identifier.read(&national.filter(|_| code.starts_with("phone.")).unwrap_or_else(|| given.clone()))
        })
        .collect();
    let valid: Vec<String> = read.iter().map(|r| r.is_ok().to_string()).collect();
    Ok(Answer {
        figures: figures([
            ("valid", Some(valid.join(", "))),
            ("meaning", text(read.iter().flatten().find_map(|i| i.meaning.clone()))),
        ]),
        amounts: Vec::new(),
        steps: Vec::new(),
    })
}

/// One wage of one month, declared alone; whether the register knows the worker is left aside.
fn declaration(fund: &Fund, month: Month, wage: Decimal, days: Option<u32>) -> Answer {
    const WAGES: [Field; 3] = [Field::Wage1, Field::Wage2, Field::Wage3];
    const DAYS: [Field; 3] = [Field::Days1, Field::Days2, Field::Days3];
    let quarter = month.quarter();
    let mut line = RawLine::default();
    line.set(Field::Number, "1");
    line.set(Field::Surname, "A");
    line.set(Field::Forenames, "B");
    for ((own, wage_field), days_field) in quarter.months().into_iter().zip(WAGES).zip(DAYS) {
        if own == month {
            line.set(wage_field, wage.to_string());
            line.set(days_field, days.map(|days| days.to_string()).unwrap_or_default());
        }
    }
    let read = RawReader::read(&Expected { fund, employer_number: "", quarter }, &[line]);
    let mut faults = read.finish(&Register::new()).err().map(|faults| faults.list).unwrap_or_default();
    // Nobody is registered here: that alone is no fault of the wage.
    faults.retain(|fault| !matches!(fault.kind, FaultKind::UnknownInsured));
    let codes: Vec<&str> = faults.iter().map(|fault| fault.kind.code()).collect();
    let told = if codes.is_empty() { NO_FAULT.to_owned() } else { codes.join(", ") };
    // The rule by which a month with its days is whole.
    let asked = Asked::on(month.first_day());
    let rule = fund.layout.whole_month.as_ref().filter(|_| days.is_some());
    let line = rule.and_then(|rule| Some((rule, rule.find(&asked)?)));
    let step = |(rule, line): (&Parameter<u32>, _)| {
        rule.cite(line, &asked).step(Op::Given, Value::Flag(faults.is_empty()), Vec::new())
    };
    Answer {
        figures: Figures::from([("faults", told)]),
        amounts: Vec::new(),
        steps: line.map(step).into_iter().collect(),
    }
}
