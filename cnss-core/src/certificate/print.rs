//! A certificate on paper: plain French, one line a step.
//!
//! A step that serves one other step and rests on nothing else stands inside that one's line; an
//! amount that only repeats another one shares its line; lines that are alike are counted. No
//! figure and no source is left out, but of a long sum the middle.

use std::fmt;

use super::{Certificate, CertifiedStep, Kind, Law, Origin, Shown, Token};

impl fmt::Display for Certificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Calcul certifié, caisse « {} », montants en {}", self.fund, self.currency)?;
        if let Some(day) = &self.law_at {
            write!(f, ", droit en vigueur le {}", date(day))?;
        }
        if let Some(day) = &self.known_at {
            write!(f, ", tel que connu le {}", date(day))?;
        }
        let mut lines = Paper { certificate: self, tight: false }.lines();
        if lines.len() >= LINES {
            lines = Paper { certificate: self, tight: true }.lines();
        }
        for (line, times) in lines {
            write!(f, "\n{line}")?;
            if times > 1 {
                write!(f, " ({times}\u{a0}fois)")?;
            }
        }
        Ok(())
    }
}

/// From so many lines on, plain arithmetic that serves one step goes into that one's line.
const LINES: usize = 15;

struct Paper<'a> {
    certificate: &'a Certificate,
    tight: bool,
}

impl<'a> Paper<'a> {
    /// Every line, once, and how often.
    fn lines(&self) -> Vec<(String, usize)> {
        let mut lines: Vec<(String, usize)> = Vec::new();
        for (number, step) in (1_u32..).zip(&self.certificate.steps) {
            if self.repeats(step).is_some() || self.inside(number, step).is_some() {
                continue;
            }
            let line = self.line(number, step);
            match lines.iter_mut().find(|(known, _)| *known == line) {
                Some((_, times)) => *times = times.saturating_add(1),
                None => lines.push((line, 1)),
            }
        }
        lines
    }

    fn step(&self, number: u32) -> Option<&'a CertifiedStep> {
        let place = usize::try_from(number.checked_sub(1)?).ok()?;
        self.certificate.steps.get(place)
    }

    /// The steps that use this one, once for each time.
    fn users(&self, number: u32) -> Vec<&'a CertifiedStep> {
        let uses =
            |step: &CertifiedStep| step.working.iter().filter(|t| t.origin == Origin::Step(number)).count();
        self.certificate.steps.iter().flat_map(|step| std::iter::repeat_n(step, uses(step))).collect()
    }

    /// The step that this one only repeats under other words.
    fn repeats(&self, step: &CertifiedStep) -> Option<u32> {
        match (step.working.as_slice(), &step.law) {
            ([Token { origin: Origin::Step(number), .. }], None) if step.op == "formula" => Some(*number),
            _ => None,
        }
    }

    /// The step in whose line this one stands.
    fn inside(&self, number: u32, step: &CertifiedStep) -> Option<&'a CertifiedStep> {
        let users = self.users(number);
        let ([user], false) = (users.as_slice(), step.working.is_empty()) else { return None };
        let same = step.law.is_some() && step.law == user.law && step.rule == user.rule;
        let plain = step.law.is_none() && (self.tight || step.op == "age" || step.rule == "window");
        let result = self.certificate.results.iter().any(|r| r.step == number);
        ((same || plain) && !result && self.repeats(user).is_none()).then_some(*user)
    }

    fn line(&self, number: u32, step: &CertifiedStep) -> String {
        let others: Vec<&str> = self
            .certificate
            .steps
            .iter()
            .filter(|other| self.repeats(other) == Some(number))
            .map(|other| other.label.as_str())
            .collect();
        let label = match others.as_slice() {
            [] => step.label.clone(),
            others => format!("{} ({})", others.join(", "), step.label),
        };
        let mut line = format!("{label}\u{a0}: {}", value(&step.value));
        let working = self.working(step);
        if working.is_empty() || working == text(&step.value) {
            // It is the value itself.
        } else if matches!(step.op.as_str(), "given" | "count") {
            // Of whom: it is no equation.
            line.push_str(&format!(" ({working})"));
        } else {
            line.push_str(&format!(" = {working}"));
        }
        if let Some(law) = &step.law {
            line.push_str(&source(law));
        }
        line
    }

    fn working(&self, step: &CertifiedStep) -> String {
        let start = match step.op.as_str() {
            "greatest" => "le plus grand de ",
            "least" => "le plus petit de ",
            "count" => "limite\u{a0}: ",
            _ => "",
        };
        if step.working.is_empty() {
            return String::new();
        }
        if let ("due", [month, plus, months, day]) = (step.op.as_str(), step.working.as_slice()) {
            let [month, plus, months, day] =
                [text(&month.shown), plus.shown.text.clone(), value(&months.shown), text(&day.shown)];
            return format!("{month} {plus} {months}, le {day}");
        }
        let counted = matches!(step.op.as_str(), "given" | "count" | "birthday");
        let mut line = String::from(start);
        let mut open = true;
        for part in shortened(&step.working) {
            let (part, opens, closes) = match part {
                None => ("…".to_owned(), false, false),
                Some(token) if token.origin == Origin::Sign => {
                    let sign = token.shown.text.as_str();
                    (sign.to_owned(), matches!(sign, "(" | "⌊"), matches!(sign, ")" | "⌋"))
                }
                Some(token) if step.op == "round" && token.shown.kind == Kind::Word => {
                    (format!("{}, à", self.token(token)), false, false)
                }
                Some(token) if counted => (value(&token.shown), false, false),
                Some(token) => (self.token(token), false, false),
            };
            if !open && !closes {
                line.push(' ');
            }
            line.push_str(&part);
            open = opens;
        }
        line
    }

    /// A value, with the working of the step behind it where that stands in this line.
    fn token(&self, token: &Token) -> String {
        if let Origin::Step(number) = token.origin
            && let Some(step) = self.step(number)
            && self.inside(number, step).is_some()
        {
            return format!("({} = {})", self.working(step), text(&token.shown));
        }
        text(&token.shown)
    }
}

/// Of a working beyond 24 tokens, its beginning and its end.
fn shortened(working: &[Token]) -> Vec<Option<&Token>> {
    match (working.get(..8), working.get(working.len().saturating_sub(7)..)) {
        (Some(first), Some(last)) if working.len() > 24 => {
            first.iter().map(Some).chain([None]).chain(last.iter().map(Some)).collect()
        }
        _ => working.iter().map(Some).collect(),
    }
}

fn source(law: &Law) -> String {
    let status = match law.status.as_str() {
        "verified" => "vérifié",
        "secondary" => "source secondaire",
        _ => "non vérifié",
    };
    let mut line = format!(" [{}, depuis le {}", law.source, date(&law.valid_from));
    if let Some(day) = &law.known_from {
        line.push_str(&format!(", publié le {}", date(day)));
    }
    line.push_str(&format!(", {status}"));
    for question in [&law.question, &law.rule_question].into_iter().flatten() {
        line.push_str(&format!(", question ouverte\u{a0}: {question}"));
    }
    line.push(']');
    line
}

/// A value with what is counted.
fn value(shown: &Shown) -> String {
    let (one, many) = match shown.unit.as_deref() {
        Some("years") => ("an", "ans"),
        Some("quarters") => ("trimestre", "trimestres"),
        Some("months") => ("mois", "mois"),
        Some("days") => ("jour", "jours"),
        Some("workers") => ("salarié", "salariés"),
        Some("children") => ("enfant", "enfants"),
        Some("periods") => ("période", "périodes"),
        _ => return text(shown),
    };
    let unit = if matches!(shown.text.as_str(), "0" | "1") { one } else { many };
    format!("{}\u{a0}{unit}", text(shown))
}

fn text(shown: &Shown) -> String {
    match shown.kind {
        Kind::Money | Kind::Number | Kind::Count => number(&shown.text),
        Kind::Rate => format!("{}\u{a0}%", number(&hundredfold(&shown.text))),
        Kind::Date => date(&shown.text),
        Kind::Month => month(&shown.text),
        Kind::Flag => if shown.text == "true" { "oui" } else { "non" }.to_owned(),
        Kind::Word => word(&shown.text).to_owned(),
    }
}

/// The French of the words of the law that steps show.
fn word(word: &str) -> &str {
    match word {
        "half_up" => "au plus proche",
        "down" => "par défaut",
        "up" => "par excès",
        "next_month" => "le premier du mois qui suit",
        "same_day" => "le jour même",
        "year" => "par année",
        "quarter" => "par trimestre",
        "month" => "par mois",
        "started" => "(fraction comprise)",
        "complete" => "(fraction exclue)",
        other => other,
    }
}

/// `1 234 567,89`, with no-break spaces; what is not a number stays as it is.
fn number(text: &str) -> String {
    let (whole, decimals) = text.split_once('.').unwrap_or((text, ""));
    let digits = whole.trim_start_matches('-');
    let mut grouped = String::from(if whole.starts_with('-') { "−" } else { "" });
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && digits.chars().count().saturating_sub(place).is_multiple_of(3) {
            grouped.push('\u{202f}');
        }
        grouped.push(digit);
    }
    let decimals = decimals.trim_end_matches('0');
    if decimals.is_empty() { grouped } else { format!("{grouped},{decimals}") }
}

/// The text of a hundred times the number: the point moves.
fn hundredfold(text: &str) -> String {
    let (sign, digits) = text.strip_prefix('-').map_or(("", text), |rest| ("-", rest));
    let (whole, decimals) = digits.split_once('.').unwrap_or((digits, ""));
    let decimals = format!("{decimals:0<2}");
    let (moved, rest) = decimals.split_at_checked(2).unwrap_or((&decimals, ""));
    let whole = format!("{whole}{moved}");
    let whole = whole.trim_start_matches('0');
    let whole = if whole.is_empty() { "0" } else { whole };
    if rest.is_empty() { format!("{sign}{whole}") } else { format!("{sign}{whole}.{rest}") }
}

/// The months of the year in French.
pub const MONTHS: [&str; 12] = [
    "janvier",
    "février",
    "mars",
    "avril",
    "mai",
    "juin",
    "juillet",
    "août",
    "septembre",
    "octobre",
    "novembre",
    "décembre",
];

/// `mars 2024`.
fn month(text: &str) -> String {
    let found = text.split_once('-').and_then(|(year, month)| {
        let place = month.parse::<usize>().ok()?.checked_sub(1)?;
        Some(format!("{} {year}", MONTHS.get(place)?))
    });
    found.unwrap_or_else(|| text.to_owned())
}

/// `31/03/2024`.
fn date(text: &str) -> String {
    let mut parts = text.splitn(3, '-');
    match (parts.next(), parts.next(), parts.next()) {
        (Some(year), Some(month), Some(day)) if !year.is_empty() => format!("{day}/{month}/{year}"),
        _ => text.to_owned(),
    }
}
