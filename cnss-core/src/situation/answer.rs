//! What the rules answer to a situation, beside what it expects: the same figures by the same
//! names, so that comparing them is comparing two maps.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use chrono::NaiveDate;

use super::Kept;
use super::facts::{
    ChildFacts, Contributions, Dailies, Declarations, Families, Grants, Identifiers, Penalties, Pensions,
    Span, Surcharges, Survivors,
};
use crate::benefit::{FamilyClaim, GrantAmount, GrantClaim, Stopped, daily_benefit, family_benefit, grant};
use crate::declaration::RawLine;
use crate::declaration::assess::assess;
use crate::declaration::sheet::{Expected, RawReader, Register};
use crate::entitlement::{Claim, Reason};
use crate::explain::{Caveat, Op, Step, Value, caveats};
use crate::fund::mechanism::Child;
use crate::fund::{Asked, Field, Fund, Parameter, Payer};
use crate::insured::{Career, CareerSpan, InsuredMonth};
use crate::ledger::{penalty, surcharge};
use crate::money::Money;
use crate::pension::{Deceased, DeceasedRight, Subject, simulate, survivors};
use crate::refusal::{FaultKind, Refusal};

/// What is compared: figures by name, or the code of a refusal.
pub type Figures = BTreeMap<&'static str, String>;

/// What the rules give, and the lines of the law that it rests on.
pub struct Answer {
    pub figures: Figures,
    pub steps: Vec<Step>,
}

fn put(figures: &mut Figures, name: &'static str, value: Option<impl ToString>) {
    if let Some(value) = value {
        figures.insert(name, value.to_string());
    }
}

fn codes(reasons: &[Reason]) -> String {
    reasons.iter().map(Reason::code).collect::<Vec<_>>().join(", ")
}

/// The keys of the questions that stand behind a result, in alphabetical order.
fn open_questions(steps: &[Step]) -> String {
    let keys = caveats(steps).into_iter().filter_map(|caveat| match caveat {
        Caveat::Open(key, _) => Some(key),
        Caveat::Unchecked(_) | Caveat::Unverified(_) => None,
    });
    let keys: BTreeSet<Arc<str>> = keys.collect();
    keys.iter().map(|key| &**key).collect::<Vec<_>>().join(", ")
}

/// The word by which a situation names a refusal.
pub fn refusal_word(refusal: &Refusal) -> String {
    match refusal {
        Refusal::OpenQuestion { question: (key, _), .. } => key.to_string(),
        other => other.code().to_owned(),
    }
}

fn career(spans: &[Span]) -> Result<Career, Refusal> {
    let spans: Vec<CareerSpan> = spans
        .iter()
        .map(|s| CareerSpan {
            from: s.from,
            to: s.to,
            wage: s.wage,
            days: s.days,
            category: s.category.as_deref().map(Arc::from),
        })
        .collect();
    Career::from_spans(&spans)
}

fn children(facts: &[ChildFacts]) -> Vec<Child> {
    facts
        .iter()
        .map(|c| Child {
            birth_date: c.birth_date,
            student: c.student,
            apprentice: c.apprentice,
            disabled: c.disabled,
            orphan: c.orphan,
        })
        .collect()
}
/// The fund as it was known on a day.
fn known(fund: &Fund, law_at: Option<NaiveDate>, known_at: Option<NaiveDate>) -> Option<Fund> {
    (law_at.is_some() || known_at.is_some())
        .then(|| fund.as_of(law_at.unwrap_or(NaiveDate::MAX), known_at.unwrap_or(NaiveDate::MAX)))
}

pub fn contributions(fund: &Fund, s: &Contributions, kept: &mut Kept) -> (Figures, Result<Answer, Refusal>) {
    let mut expected = Figures::new();
    put(&mut expected, "refused", s.refused.as_ref());
    let shown = |lines: &BTreeMap<String, String>| format!("{lines:?}");
    if s.refused.is_none() {
        put(&mut expected, "employer", Some(&s.employer));
        put(&mut expected, "worker", Some(&s.worker));
        put(&mut expected, "lines", Some(shown(&s.lines)));
        put(&mut expected, "due_date", s.due_date);
        put(&mut expected, "questions", s.questions.as_ref().map(|keys| keys.join(", ")));
    }
    let as_known = known(fund, None, s.known_at);
    let fund = as_known.as_ref().unwrap_or(fund);
    let got = assess(fund, &s.category, s.month, &s.wages).and_then(|got| {
        kept.keep(&s.name, fund, &got.steps, got.lines.iter().map(|l| (&*l.rule, l.amount)).collect());
        let mut figures = Figures::new();
        put(&mut figures, "employer", Some(got.total_of(Payer::Employer)?));
        put(&mut figures, "worker", Some(got.total_of(Payer::Worker)?));
        let lines =
            got.lines.iter().map(|l| (format!("{}.{}", l.branch, l.payer.code()), l.amount.to_string()));
        put(&mut figures, "lines", Some(shown(&lines.collect())));
        put(&mut figures, "due_date", got.due_date);
        put(&mut figures, "questions", s.questions.as_ref().map(|_| open_questions(&got.steps)));
        Ok(Answer { figures, steps: got.steps })
    });
    (expected, got)
}

pub fn surcharges(fund: &Fund, s: &Surcharges, kept: &mut Kept) -> (Figures, Result<Answer, Refusal>) {
    let mut expected = Figures::new();
    put(&mut expected, "refused", s.refused.as_ref());
    put(&mut expected, "rule_missing", s.rule_missing.then_some(true));
    put(&mut expected, "amount", s.amount.as_ref().filter(|_| !s.rule_missing));
    let as_known = known(fund, None, s.known_at);
    let fund = as_known.as_ref().unwrap_or(fund);
    let got = (|| {
        let due = match (s.due_date, s.month) {
            (Some(due), _) => due,
            (None, Some(month)) => {
                fund.contributions.due.need(&Asked::on(month.first_day()))?.value.for_month(month)
            }
            (None, None) => return Err(Refusal::NotFound),
        };
        let got = surcharge(fund, &s.scheme, Money::new(s.unpaid, fund.currency)?, due, s.paid_on)?;
        let known = Some(("amount", got.amount)).filter(|_| !got.rule_missing && !got.steps.is_empty());
        kept.keep(&s.name, fund, &got.steps, known.into_iter().collect());
        let mut figures = Figures::new();
        match (got.rule_missing, got.question) {
            (true, Some((key, _))) if s.refused.is_some() => put(&mut figures, "refused", Some(key)),
            (true, None) if s.refused.is_some() => put(&mut figures, "refused", Some("no_rule")),
            (true, _) => put(&mut figures, "rule_missing", Some(true)),
            (false, _) => put(&mut figures, "amount", Some(got.amount)),
        }
        Ok(Answer { figures, steps: got.steps })
    })();
    (expected, got)
}

pub fn penalties(fund: &Fund, s: &Penalties, kept: &mut Kept) -> (Figures, Result<Answer, Refusal>) {
    let mut expected = Figures::new();
    put(&mut expected, "refused", s.refused.as_ref());
    put(&mut expected, "amount", s.amount.as_ref());
    let as_known = known(fund, None, s.known_at);
    let fund = as_known.as_ref().unwrap_or(fund);
    let got = penalty(fund, &s.code, s.date, s.workers, s.months).map(|got| {
        kept.keep(&s.name, fund, &got.steps, vec![("amount", got.amount)]);
        let mut figures = Figures::new();
        put(&mut figures, "amount", Some(got.amount));
        Answer { figures, steps: got.steps }
    });
    (expected, got)
}

pub fn pensions(fund: &Fund, s: &Pensions, kept: &mut Kept) -> (Figures, Result<Answer, Refusal>) {
    let mut expected = Figures::new();
    put(&mut expected, "refused", s.refused.as_ref());
    put(&mut expected, "amount", s.amount.as_ref());
    put(&mut expected, "reference_wage", s.reference_wage.map(|r| r.normalize()));
    put(&mut expected, "rate", s.rate.as_ref());
    put(&mut expected, "insured", s.insured);
    put(&mut expected, "starts_on", s.starts_on);
    put(&mut expected, "later", s.later.as_ref().map(|l| format!("{} from {}", l.amount, l.from)));
    put(&mut expected, "reasons", Some(s.reasons.join(", ")).filter(|r| !r.is_empty()));
    put(&mut expected, "short", s.short.as_ref());
    put(&mut expected, "buy_back", s.buy_back);
    let as_known = known(fund, s.law_at, s.known_at);
    let got = career(&s.career).and_then(|career| {
        let claim = Claim {
            category: s.category.clone(),
            registered_on: s.registered_on,
            proofs: s.proofs.clone(),
            degree: s.degree,
            third_person: s.third_person,
            children: s.children,
            spouses: s.spouses,
            monthly_wage: s.monthly_wage,
        };
        let subject =
            Subject { birth_date: s.birth_date, award_date: s.award_date, career: &career, claim: &claim };
        let fund = as_known.as_ref().unwrap_or(fund);
        let got = simulate(fund, &subject, &s.kind)?;
        let later = got.award.and_then(|a| a.later);
        let amounts = [
            ("amount", got.award.map(|a| a.monthly)),
            ("later", later.map(|l| l.monthly)),
            ("short", got.short),
        ];
        let amounts = amounts.into_iter().filter_map(|(name, amount)| Some((name, amount?)));
        kept.keep(&s.name, fund, &got.steps, amounts.collect());
        let mut figures = Figures::new();
        let award = got.award;
        put(&mut figures, "amount", award.map(|a| a.monthly));
        put(&mut figures, "reference_wage", award.and_then(|a| a.reference).map(|r| r.amount().normalize()));
        put(&mut figures, "rate", award.and_then(|a| a.rate));
        put(&mut figures, "insured", s.insured.map(|_| got.insured));
        put(&mut figures, "starts_on", award.map(|a| a.starts_on).filter(|_| s.starts_on.is_some()));
        put(&mut figures, "later", later.map(|l| format!("{} from {}", l.monthly, l.from)));
        put(&mut figures, "reasons", Some(codes(&got.reasons)).filter(|r| !r.is_empty()));
        put(&mut figures, "short", got.short);
        put(&mut figures, "buy_back", got.buy_back.filter(|_| s.buy_back.is_some()));
        // What a situation does not mention is not compared.
        for (name, wanted) in [("reference_wage", s.reference_wage.is_some()), ("rate", s.rate.is_some())] {
            if !wanted {
                figures.remove(name);
            }
        }
        Ok(Answer { figures, steps: got.steps })
    });
    (expected, got)
}

pub fn survivor_shares(fund: &Fund, s: &Survivors, kept: &mut Kept) -> (Figures, Result<Answer, Refusal>) {
    let mut expected = Figures::new();
    put(&mut expected, "refused", s.refused.as_ref());
    let answered = s.refused.is_none() && s.reasons.is_empty();
    put(&mut expected, "shares", Some(s.shares.join(", ")).filter(|_| answered));
    put(&mut expected, "reasons", Some(s.reasons.join(", ")).filter(|r| !r.is_empty()));
    let as_known = known(fund, None, s.known_at);
    let fund = as_known.as_ref().unwrap_or(fund);
    let got = (|| {
        let children = children(&s.children);
        let pension = Money::new(s.deceased_pension, fund.currency)?;
        let right = match (s.deceased_pensioner, s.deceased_insured) {
            (true, _) => DeceasedRight::Pensioner,
            (false, Some(units)) => DeceasedRight::Insured(units),
            (false, None) => DeceasedRight::Unknown,
        };
        let deceased = Deceased { date: s.date, pension, spouses: s.spouses, children: &children, right };
        let got = survivors(fund, &deceased)?;
        let amounts = got.shares.iter().map(|s| (s.who.code(), s.amount)).collect();
        kept.keep(&s.name, fund, &got.steps, amounts);
        let shares: Vec<String> =
            got.shares.iter().map(|s| format!("{} {}", s.who.code(), s.amount)).collect();
        let mut figures = Figures::new();
        put(&mut figures, "shares", Some(shares.join(", ")).filter(|_| got.reasons.is_empty()));
        put(&mut figures, "reasons", Some(codes(&got.reasons)).filter(|r| !r.is_empty()));
        Ok(Answer { figures, steps: got.steps })
    })();
    (expected, got)
}

pub fn families(fund: &Fund, s: &Families, kept: &mut Kept) -> (Figures, Result<Answer, Refusal>) {
    let mut expected = Figures::new();
    put(&mut expected, "refused", s.refused.as_ref());
    put(&mut expected, "amount", s.amount.as_ref());
    put(&mut expected, "reasons", Some(s.reasons.join(", ")).filter(|r| !r.is_empty()));
    let as_known = known(fund, None, s.known_at);
    let got = (|| {
        let career = s.career.as_deref().map(career).transpose()?;
        let claim = Claim {
            category: s.category.clone(),
            registered_on: s.registered_on,
            proofs: s.proofs.clone(),
            monthly_wage: s.monthly_wage,
            ..Claim::default()
        };
        let children = children(&s.children);
        let asked =
            FamilyClaim { month: s.month, children: &children, career: career.as_ref(), claim: &claim };
        let fund = as_known.as_ref().unwrap_or(fund);
        let got = family_benefit(fund, &asked)?;
        kept.keep(&s.name, fund, &got.steps, got.amount.map(|a| ("amount", a)).into_iter().collect());
        let mut figures = Figures::new();
        put(&mut figures, "amount", got.amount);
        put(&mut figures, "reasons", Some(codes(&got.reasons)).filter(|r| !r.is_empty()));
        Ok(Answer { figures, steps: got.steps })
    })();
    (expected, got)
}

pub fn dailies(fund: &Fund, s: &Dailies, kept: &mut Kept) -> (Figures, Result<Answer, Refusal>) {
    let mut expected = Figures::new();
    let answered = s.refused.is_none() && s.reasons.is_empty();
    put(&mut expected, "refused", s.refused.as_ref());
    put(&mut expected, "amount", s.amount.as_ref());
    put(&mut expected, "periods", Some(s.periods.join(", ")).filter(|_| answered));
    put(&mut expected, "reasons", Some(s.reasons.join(", ")).filter(|r| !r.is_empty()));
    let as_known = known(fund, None, s.known_at);
    let got = (|| {
        let career = Career::from_insured(s.wages.iter().map(|w| InsuredMonth {
            month: w.month,
            wage: w.wage,
            days: w.days,
            category: w.category.as_deref().map(Arc::from),
        }));
        let claim = Claim {
            category: s.category.clone(),
            registered_on: s.registered_on,
            proofs: s.proofs.clone(),
            degree: s.degree,
            monthly_wage: s.monthly_wage,
            ..Claim::default()
        };
        let stopped =
            Stopped { from: s.from, to: s.to, birth_date: s.birth_date, career: &career, claim: &claim };
        let fund = as_known.as_ref().unwrap_or(fund);
        let got = daily_benefit(fund, &s.kind, &stopped)?;
        let periods = got.periods.iter().map(|p| ("period", p.amount));
        let amounts = got.amount.map(|a| ("amount", a)).into_iter().chain(periods).collect();
        kept.keep(&s.name, fund, &got.steps, amounts);
        let mut figures = Figures::new();
        let periods: Vec<String> =
            got.periods.iter().map(|p| format!("{} {} {}", p.from, p.to, p.amount)).collect();
        put(&mut figures, "periods", Some(periods.join(", ")).filter(|_| got.reasons.is_empty()));
        put(&mut figures, "amount", got.amount);
        put(&mut figures, "reasons", Some(codes(&got.reasons)).filter(|r| !r.is_empty()));
        Ok(Answer { figures, steps: got.steps })
    })();
    (expected, got)
}

pub fn grants(fund: &Fund, s: &Grants, kept: &mut Kept) -> (Figures, Result<Answer, Refusal>) {
    let mut expected = Figures::new();
    put(&mut expected, "refused", s.refused.as_ref());
    put(&mut expected, "amount", s.amount.as_ref());
    put(&mut expected, "least", s.least.as_ref());
    put(&mut expected, "most", s.most.as_ref());
    put(&mut expected, "reasons", Some(s.reasons.join(", ")).filter(|r| !r.is_empty()));
    let as_known = known(fund, None, s.known_at);
    let got = (|| {
        let career = s.career.as_deref().map(career).transpose()?;
        let claim = Claim {
            category: s.category.clone(),
            registered_on: s.registered_on,
            proofs: s.proofs.clone(),
            degree: s.degree,
            monthly_wage: s.monthly_wage,
            ..Claim::default()
        };
        let asked = GrantClaim {
            date: s.date,
            birth_date: s.birth_date,
            parts: &s.parts,
            months: s.months,
            career: career.as_ref(),
            claim: &claim,
        };
        let fund = as_known.as_ref().unwrap_or(fund);
        let got = grant(fund, &s.code, &asked)?;
        let amounts = match got.amount {
            Some(GrantAmount::Exactly(amount)) => vec![("amount", amount)],
            Some(GrantAmount::Between(least, most)) => vec![("least", least), ("most", most)],
            None => Vec::new(),
        };
        kept.keep(&s.name, fund, &got.steps, amounts);
        let mut figures = Figures::new();
        match got.amount {
            Some(GrantAmount::Exactly(amount)) => put(&mut figures, "amount", Some(amount)),
            Some(GrantAmount::Between(least, most)) => {
                put(&mut figures, "least", Some(least));
                put(&mut figures, "most", Some(most));
            }
            None => {}
        }
        put(&mut figures, "reasons", Some(codes(&got.reasons)).filter(|r| !r.is_empty()));
        Ok(Answer { figures, steps: got.steps })
    })();
    (expected, got)
}

pub fn identifiers(fund: &Fund, s: &Identifiers, _: &mut Kept) -> (Figures, Result<Answer, Refusal>) {
    let mut expected = Figures::new();
    put(&mut expected, "valid", Some(vec![s.valid.to_string(); s.given.len()].join(", ")));
    put(&mut expected, "meaning", s.meaning.as_ref());
    let Some(identifier) = fund.identifiers.find(&s.code) else {
        return (expected, Err(Refusal::NotOffered { what: s.code.clone() }));
    };
    let read: Vec<_> = s
        .given
        .iter()
        .map(|given| {
            // A phone is also written with the country's prefix.
            let bare: String = given.chars().filter(|c| !c.is_whitespace()).collect();
            let national = bare.strip_prefix(&fund.phone_prefix).map(str::to_owned);
            identifier
                .read(&national.filter(|_| s.code.starts_with("phone.")).unwrap_or_else(|| given.clone()))
        })
        .collect();
    let mut figures = Figures::new();
    let valid: Vec<String> = read.iter().map(|r| r.is_ok().to_string()).collect();
    put(&mut figures, "valid", Some(valid.join(", ")));
    let meaning = read.iter().flatten().find_map(|i| i.meaning.clone());
    put(&mut figures, "meaning", meaning.filter(|_| s.meaning.is_some()));
    (expected, Ok(Answer { figures, steps: Vec::new() }))
}

/// One wage of one month, declared alone; whether the register knows the worker is left aside.
pub fn declarations(fund: &Fund, s: &Declarations, _: &mut Kept) -> (Figures, Result<Answer, Refusal>) {
    const WAGES: [Field; 3] = [Field::Wage1, Field::Wage2, Field::Wage3];
    const DAYS: [Field; 3] = [Field::Days1, Field::Days2, Field::Days3];
    let told = |codes: Vec<&str>| if codes.is_empty() { "none".to_owned() } else { codes.join(", ") };
    let mut expected = Figures::new();
    put(&mut expected, "faults", Some(told(s.faults.iter().map(String::as_str).collect())));
    let as_known = known(fund, None, s.known_at);
    let fund = as_known.as_ref().unwrap_or(fund);
    let quarter = s.month.quarter();
    let mut line = RawLine::default();
    line.set(Field::Number, "1");
    line.set(Field::Surname, "A");
    line.set(Field::Forenames, "B");
    for ((month, wage), days) in quarter.months().into_iter().zip(WAGES).zip(DAYS) {
        if month == s.month {
            line.set(wage, s.wage.to_string());
            line.set(days, s.days.map(|days| days.to_string()).unwrap_or_default());
        }
    }
    let read = RawReader::read(&Expected { fund, employer_number: "", quarter }, &[line]);
    let mut faults = read.finish(&Register::new()).err().map(|faults| faults.list).unwrap_or_default();
    // Nobody is registered here: that alone is no fault of the wage.
    faults.retain(|fault| !matches!(fault.kind, FaultKind::UnknownInsured));
    let mut figures = Figures::new();
    put(&mut figures, "faults", Some(told(faults.iter().map(|fault| fault.kind.code()).collect())));
    // The rule by which a month with its days is whole.
    let asked = Asked::on(s.month.first_day());
    let rule = fund.layout.whole_month.as_ref().filter(|_| s.days.is_some());
    let line = rule.and_then(|rule| Some((rule, rule.find(&asked)?)));
    let step = |(rule, line): (&Parameter<u32>, _)| {
        rule.cite(line, &asked).step(Op::Given, Value::Flag(faults.is_empty()), Vec::new())
    };
    (expected, Ok(Answer { figures, steps: line.map(step).into_iter().collect() }))
}
