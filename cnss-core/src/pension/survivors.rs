//! Survivors (ayants droit, réversion): what spouses and children have of the pension of the
//! deceased.

use std::sync::Arc;

use chrono::NaiveDate;
use rust_decimal::Decimal;

use super::adjust::rounded;
use crate::calendar::birthday;
use crate::entitlement::{Reason, open};
use crate::exact::Exact;
use crate::explain::{Caveat, Figure, Op, Origin, Piece, Step, Value, Working, caveats, shown_money};
use crate::fund::mechanism::{AgeLimit, Child, ChildAges, Mechanism, Number, Reduce, Shares};
use crate::fund::{Asked, Dated, Fund, Rule};
use crate::money::Money;
use crate::refusal::Refusal;

/// Who died, and who is left.
#[derive(Clone, Copy, Debug)]
pub struct Deceased<'a> {
    /// From which day.
    pub date: NaiveDate,
    /// The pension that was paid, or would have been.
    pub pension: Money,
    /// How many spouses have a right.
    pub spouses: u32,
    /// The children.
    pub children: &'a [Child],
    /// What is known of the right that he had.
    pub right: DeceasedRight,
}

/// What is known of the right of the deceased. The conditions are those of somebody who had no
/// pension yet: a pensioner met them when he was awarded his.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum DeceasedRight {
    /// Nothing: the shares are told, and that nobody checked the conditions.
    #[default]
    Unknown,
    /// He had a pension.
    Pensioner,
    /// He had none; his insured time, in the fund's units.
    Insured(u32),
}

/// Who has a share.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Who {
    /// A spouse.
    Spouse,
    /// A child.
    Child,
}

impl Who {
    /// The name in JSON.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Spouse => "spouse",
            Self::Child => "child",
        }
    }
}

/// One share.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Share {
    /// Whose.
    pub who: Who,
    /// Birth date of a child.
    pub born: Option<NaiveDate>,
    /// By month.
    pub amount: Money,
}

/// The answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SurvivorShares {
    /// Spouses first, then children, eldest first.
    pub shares: Vec<Share>,
    /// What the deceased lacked; then nobody has a share.
    pub reasons: Vec<Reason>,
    /// How every figure came about.
    pub steps: Vec<Step>,
    /// What to know before relying on it.
    pub caveats: Vec<Caveat>,
}

/// True while a child of that status has not reached the age; `None` for a fund that knows no ages.
#[must_use]
pub fn counts(child: &Child, ages: &ChildAges, on: NaiveDate) -> bool {
    let mut limits = vec![AgeLimit::Age(ages.child)];
    limits.extend(ages.apprentice.filter(|_| child.apprentice).map(AgeLimit::Age));
    limits.extend(ages.student.filter(|_| child.student).map(AgeLimit::Age));
    limits.extend(ages.disabled.filter(|_| child.disabled));
    child.birth_date <= on
        && limits.into_iter().any(|limit| match limit {
            AgeLimit::Age(years) => on < birthday(child.birth_date, years),
            AgeLimit::None => true,
        })
}

/// Shares the pension of the deceased out. Each share is rounded by itself, but together they never
/// exceed the pension: what rounding would add is taken from the last shares, the youngest children's.
///
/// ```
/// use cnss_core::explain::Caveat;
/// use cnss_core::pension::{Deceased, DeceasedRight, survivors};
/// use cnss_core::{calendar::parse_date, fund::Fund, money::Money};
/// let togo = Fund::builtin("tg")?;
/// let (date, pension) = (parse_date("2024-06-01")?, Money::new(100_000.into(), togo.currency)?);
/// let unknown = Deceased { date, pension, spouses: 1, children: &[], right: DeceasedRight::Unknown };
/// let found = survivors(&togo, &unknown)?;
/// assert_eq!(found.shares.len(), 1);
/// assert!(found.caveats.iter().any(|caveat| matches!(caveat, Caveat::Unchecked(_))));
/// // 179 months of the 180 that are needed: nobody has a share.
/// let short = Deceased { right: DeceasedRight::Insured(179), ..unknown };
/// let found = survivors(&togo, &short)?;
/// assert!(found.shares.is_empty());
/// assert_eq!(found.reasons.first().map(|reason| reason.code()), Some("too_few_units"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// [`Refusal::NotOffered`] for a fund without survivors' rules; [`Refusal::NoRule`] and
/// [`Refusal::OpenQuestion`] when the law is not known.
pub fn survivors(fund: &Fund, deceased: &Deceased<'_>) -> Result<SurvivorShares, Refusal> {
    let nothing = || Refusal::NotOffered { what: "survivors".to_owned() };
    let rules = fund.pension.survivors.as_ref().ok_or_else(nothing)?;
    let rule = fund.rules.get(rules.shares).ok_or_else(nothing)?;
    let asked = Asked::on(deceased.date);
    let line = rule.need(&asked)?;
    let shares = match &line.value {
        Mechanism::Shares(shares) => shares,
        Mechanism::Open(name) => return Err(open(fund, rule, name)),
        _ => return Err(nothing()),
    };
    let mut working = Working::kept();
    let (reasons, unchecked) = conditions(fund, &rules.conditions, deceased, &mut working)?;
    if !reasons.is_empty() {
        let steps = working.into_steps();
        let mut caveats = caveats(&steps);
        caveats.extend(unchecked);
        caveats.extend(instead(fund, rules.short, &asked));
        return Ok(SurvivorShares { shares: Vec::new(), reasons, caveats, steps });
    }
    let mut children: Vec<&Child> = deceased.children.iter().collect();
    if let Some(ages_rule) =
        rules.ages.and_then(|place| fund.rules.get(place)).filter(|_| !children.is_empty())
    {
        let ages_line = ages_rule.need(&asked)?;
        if let Mechanism::Open(name) = &ages_line.value {
            return Err(open(fund, ages_rule, name));
        }
        let Mechanism::ChildAges(ages) = &ages_line.value else { return Err(nothing()) };
        children.retain(|child| counts(child, ages, deceased.date));
        working.step(|| {
            let value = Value::Count(i64::try_from(children.len()).unwrap_or(i64::MAX), "children");
            let law = Piece::law(Value::Count(ages.child.into(), "years"), "child_ages.child");
            ages_rule.cite(ages_line, &asked).step(Op::Count, value, vec![law])
        });
    }
    children.sort_by_key(|child| child.birth_date);
    children.truncate(shares.children_most.and_then(|most| usize::try_from(most).ok()).unwrap_or(usize::MAX));
    let table = Table { fund, deceased, rule, line, shares };
    let plan = table.plan(&children, &mut working)?;
    let mut all = Vec::with_capacity(plan.len());
    let mut given: Vec<Figure> = Vec::with_capacity(plan.len());
    for (who, born, figure) in plan {
        let figure = adjusted(fund, &rules.adjustments, &asked, figure, &mut working)?;
        let figure = table.left_of(figure, &given, &mut working)?;
        let amount = super::simulate::money(figure, fund.currency)?;
        given.push(figure);
        all.push(Share { who, born, amount });
    }
    let steps = working.into_steps();
    let mut caveats = caveats(&steps);
    caveats.extend(unchecked);
    if deceased.spouses > 0 {
        let on_spouses = rules.spouse_conditions.iter().filter_map(|place| fund.rules.get(*place));
        let in_force = on_spouses.filter(|rule| rule.find(&asked).is_some());
        caveats.extend(in_force.map(|rule| Caveat::Unchecked(Arc::clone(&rule.label))));
    }
    Ok(SurvivorShares { shares: all, reasons, caveats, steps })
}

/// That survivors have something else where insured time was too short: its amount is told by
/// nobody here, but that it exists is.
fn instead(fund: &Fund, short: Option<usize>, asked: &Asked<'_>) -> Option<Caveat> {
    let rule = fund.rules.get(short?)?;
    let refusal = match rule.need(asked) {
        Ok(line) => match &line.value {
            Mechanism::Open(name) => open(fund, rule, name),
            _ => return Some(Caveat::Unverified(Arc::clone(&rule.label))),
        },
        Err(refusal) => refusal,
    };
    match refusal {
        Refusal::OpenQuestion { question: (key, text), .. } => Some(Caveat::Open(key, text)),
        _ => None,
    }
}

/// Checks the insured time of a deceased who had no pension yet: what he lacks, and what could not
/// be checked for want of a fact.
fn conditions(
    fund: &Fund,
    places: &[usize],
    deceased: &Deceased<'_>,
    working: &mut Working,
) -> Result<(Vec<Reason>, Vec<Caveat>), Refusal> {
    let (mut reasons, mut unchecked) = (Vec::new(), Vec::new());
    if deceased.right == DeceasedRight::Pensioner {
        return Ok((reasons, unchecked));
    }
    let asked = Asked::on(deceased.date);
    for rule in places.iter().filter_map(|place| fund.rules.get(*place)) {
        let DeceasedRight::Insured(counted) = deceased.right else {
            unchecked.push(Caveat::Unchecked(Arc::clone(&rule.label)));
            continue;
        };
        let line = rule.need(&asked)?;
        let needed = match &line.value {
            Mechanism::Insured(needed) => *needed,
            Mechanism::Open(name) => return Err(open(fund, rule, name)),
            _ => {
                unchecked.push(Caveat::Unchecked(Arc::clone(&rule.label)));
                continue;
            }
        };
        let unit = fund.pension.insurance.need(&asked)?.value.unit;
        let count = |n: u32| Value::Count(n.into(), unit.word());
        working.step(|| {
            let pieces =
                vec![Piece::given(count(counted)), Piece::Sign("≥"), Piece::law(count(needed), "insured")];
            rule.cite(line, &asked).step(Op::Compare, Value::Flag(counted >= needed), pieces)
        });
        if counted < needed {
            reasons.push(Reason::TooFewUnits { needed, counted, unit });
        }
    }
    Ok((reasons, unchecked))
}

struct Table<'a> {
    fund: &'a Fund,
    deceased: &'a Deceased<'a>,
    rule: &'a Rule,
    line: &'a Dated<Mechanism>,
    shares: &'a Shares,
}

type Planned = (Who, Option<NaiveDate>, Figure);

impl Table<'_> {
    /// Each share before rounding.
    fn plan(&self, children: &[&Child], working: &mut Working) -> Result<Vec<Planned>, Refusal> {
        let spouses = Exact::from(self.deceased.spouses);
        let spouse = if spouses.is_zero() { Exact::ZERO } else { Exact::of(self.shares.spouse.0) };
        let each: Vec<Exact> =
            children.iter().map(|child| self.child_share(child, children.len())).collect::<Result<_, _>>()?;
        let mut of_children = Exact::ZERO;
        for share in &each {
            of_children = of_children.plus(*share)?;
        }
        let total = Exact::of(self.shares.total.0);
        let sum = spouse.plus(of_children)?;
        let over = sum > total;
        let (for_spouse, for_children) = match (over, self.shares.reduce) {
            (false, _) => (Exact::ONE, Exact::ONE),
            (true, Reduce::All) => (total.over(sum)?, total.over(sum)?),
            (true, Reduce::Children) if of_children.is_zero() => (Exact::ONE, Exact::ONE),
            (true, Reduce::Children) => {
                (Exact::ONE, total.minus(spouse)?.at_least(Exact::ZERO).over(of_children)?)
            }
        };
        let reduction = self.reduction(over, (sum, spouse, of_children), children, &each, working);
        let mut planned = Vec::new();
        for _ in 0..self.deceased.spouses {
            let share = spouse.times(for_spouse)?.over(spouses)?;
            let cut = reduction.filter(|_| for_spouse != Exact::ONE);
            planned.push((
                Who::Spouse,
                None,
                self.figure(share, SharePieces::Spouse(self.deceased.spouses), cut, working)?,
            ));
        }
        for (child, share) in children.iter().zip(each) {
            let cut = reduction.filter(|_| for_children != Exact::ONE);
            let pieces = SharePieces::Child(self.child_path(child), share, children.len());
            let figure = self.figure(share.times(for_children)?, pieces, cut, working)?;
            planned.push((Who::Child, Some(child.birth_date), figure));
        }
        Ok(planned)
    }

    /// The share, or what the others leave of the pension, where rounding each share to the nearest
    /// would make them more than the pension together: of 99 F, 50 + 25 + 25.
    fn left_of(&self, share: Figure, given: &[Figure], working: &mut Working) -> Result<Figure, Refusal> {
        let mut left = Exact::of(self.deceased.pension.amount());
        for before in given {
            left = left.minus(before.exact)?;
        }
        let left = left.at_least(Exact::ZERO);
        if share.exact <= left {
            return Ok(share);
        }
        let currency = self.fund.currency;
        Ok(working.figure(left, || {
            let pension = Piece::given(shown_money(Exact::of(self.deceased.pension.amount()), currency));
            let mut pieces = vec![share.money(currency), Piece::Sign(";"), pension];
            for before in given {
                pieces.extend([Piece::Sign("−"), before.money(currency)]);
            }
            let asked = Asked::on(self.deceased.date);
            self.rule.cite(self.line, &asked).step(Op::Least, shown_money(left, currency), pieces)
        }))
    }

    fn child_share(&self, child: &Child, children: usize) -> Result<Exact, Refusal> {
        let shares = self.shares;
        if let Some(orphan) = shares.orphan.filter(|_| child.orphan) {
            return Ok(Exact::of(orphan.0));
        }
        match (shares.child, shares.pool) {
            (Some(share), _) => Ok(Exact::of(share.0)),
            (None, Some(pool)) => {
                let heads = Exact::whole(i128::try_from(children).unwrap_or(i128::MAX));
                let share = Exact::of(pool.0).over(heads)?;
                Ok(shares.child_most.map_or(share, |most| share.at_most(Exact::of(most.0))))
            }
            (None, None) => Ok(Exact::ZERO),
        }
    }

    fn child_path(&self, child: &Child) -> ChildPath {
        match (self.shares.orphan.filter(|_| child.orphan), self.shares.child) {
            (Some(share), _) => ChildPath::Whole(share, "shares.orphan"),
            (None, Some(share)) => ChildPath::Whole(share, "shares.child"),
            (None, None) => ChildPath::Pool,
        }
    }

    /// The factor by which shares are reduced, as a step.
    fn reduction(
        &self,
        over: bool,
        (sum, spouse, of_children): (Exact, Exact, Exact),
        children: &[&Child],
        each: &[Exact],
        working: &mut Working,
    ) -> Option<Figure> {
        let total = Piece::law(Value::Rate(self.shares.total.0), "shares.total");
        let all = self.shares.reduce == Reduce::All;
        let (above, below) = if all {
            (Exact::of(self.shares.total.0), sum)
        } else {
            (Exact::of(self.shares.total.0).minus(spouse).ok()?.at_least(Exact::ZERO), of_children)
        };
        let factor = above.over(below).ok().filter(|_| over)?;
        Some(working.figure(factor, || {
            let law_spouse = Piece::law(Value::Rate(self.shares.spouse.0), "shares.spouse");
            let spouses = (!spouse.is_zero()).then_some(law_spouse);
            let mut pieces = Vec::new();
            match spouses.clone().filter(|_| !all) {
                Some(spouse) => {
                    pieces.extend([Piece::Sign("("), total, Piece::Sign("−"), spouse, Piece::Sign(")")]);
                }
                None => pieces.push(total),
            }
            pieces.extend([Piece::Sign("÷"), Piece::Sign("(")]);
            let before = pieces.len();
            pieces.extend(spouses.filter(|_| all));
            for (n, child) in self.runs(children, each) {
                if pieces.len() > before {
                    pieces.push(Piece::Sign("+"));
                }
                pieces.extend([Piece::given(Value::Count(n, "children")), Piece::Sign("×")]);
                pieces.extend(child);
            }
            pieces.push(Piece::Sign(")"));
            // Where the spouses alone exceed the total, nothing is left for the children.
            let op = if factor.is_zero() {
                pieces.extend([Piece::Sign(";"), Piece::Value(Value::Rate(Decimal::ZERO), Origin::Plain)]);
                Op::Greatest
            } else {
                Op::Formula
            };
            self.rule.cite(self.line, &Asked::on(self.deceased.date)).step(
                op,
                crate::explain::shown_rate(factor),
                pieces,
            )
        }))
    }

    /// The share of a child of that kind, one of so many.
    fn child_pieces(&self, path: ChildPath, own: Exact, heads: usize) -> Vec<Piece> {
        if let ChildPath::Whole(number, path) = path {
            return vec![Piece::law(Value::Rate(number.0), path)];
        }
        let rate = |number: Option<Number>| Value::Rate(number.map_or(Decimal::ZERO, |n| n.0));
        let pool = self.shares.pool.map_or(Exact::ZERO, |p| Exact::of(p.0));
        let heads = i64::try_from(heads).unwrap_or(i64::MAX);
        if pool.over(Exact::whole(heads.into())).is_ok_and(|part| part == own) {
            let heads = Piece::given(Value::Count(heads, "count"));
            vec![Piece::law(rate(self.shares.pool), "shares.pool"), Piece::Sign("÷"), heads]
        } else {
            vec![Piece::law(rate(self.shares.child_most), "shares.child_most")]
        }
    }

    /// The children's shares, those that follow each other and are alike taken together.
    fn runs(&self, children: &[&Child], each: &[Exact]) -> Vec<(i64, Vec<Piece>)> {
        let mut runs: Vec<(i64, Vec<Piece>)> = Vec::new();
        for (child, own) in children.iter().zip(each) {
            let pieces = self.child_pieces(self.child_path(child), *own, children.len());
            match runs.last_mut() {
                Some((n, same)) if *same == pieces => *n = n.saturating_add(1),
                _ => runs.push((1, pieces)),
            }
        }
        runs
    }

    fn figure(
        &self,
        share: Exact,
        pieces: SharePieces,
        cut: Option<Figure>,
        working: &mut Working,
    ) -> Result<Figure, Refusal> {
        let currency = self.fund.currency;
        let exact = Exact::of(self.deceased.pension.amount()).times(share)?;
        Ok(working.figure(exact, || {
            let mut all = vec![
                Piece::given(shown_money(Exact::of(self.deceased.pension.amount()), currency)),
                Piece::Sign("×"),
            ];
            match pieces {
                SharePieces::Spouse(heads) => {
                    all.push(Piece::law(Value::Rate(self.shares.spouse.0), "shares.spouse"));
                    if heads > 1 {
                        all.extend([Piece::Sign("÷"), Piece::given(Value::Count(heads.into(), "count"))]);
                    }
                }
                SharePieces::Child(path, own, heads) => all.extend(self.child_pieces(path, own, heads)),
            }
            if let Some(cut) = cut {
                all.extend([Piece::Sign("×"), cut.rate()]);
            }
            self.rule.cite(self.line, &Asked::on(self.deceased.date)).step(
                Op::Formula,
                shown_money(exact, currency),
                all,
            )
        }))
    }
}

enum ChildPath {
    Whole(Number, &'static str),
    Pool,
}

enum SharePieces {
    Spouse(u32),
    Child(ChildPath, Exact, usize),
}

/// Rounding of a share.
fn adjusted(
    fund: &Fund,
    places: &[usize],
    asked: &Asked<'_>,
    figure: Figure,
    working: &mut Working,
) -> Result<Figure, Refusal> {
    let mut figure = figure;
    for rule in places.iter().filter_map(|place| fund.rules.get(*place)) {
        let line = rule.need(asked)?;
        if let Mechanism::Rounding(to) = &line.value {
            figure = rounded(fund.currency, || rule.cite(line, asked), "rounding", *to, figure, working)?;
        }
    }
    Ok(figure)
}
