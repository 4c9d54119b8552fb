//! A certificate on paper: plain French, at most fifteen lines for a calculation that people ask for.

use cnss_core::calendar::parse_date;
use cnss_core::certificate::Certificate;
use cnss_core::declaration::assess::assess;
use cnss_core::fund::{Fund, mechanism::Child};
use cnss_core::insured::{Career, CareerSpan};
use cnss_core::money::Money;
use cnss_core::pension::{Deceased, DeceasedRight, Subject, simulate, survivors};
use cnss_core::verify::verify;

use super::certified;

/// Thirty years, from June 1994 to May 2024.
fn pension(code: &str, kind: &str, birth: &str, wage: i64) -> Certificate {
    let fund = Fund::builtin(code).expect("a fund");
    let (from, to) = ("1994-06".parse().expect("a month"), "2024-05".parse().expect("a month"));
    let career = Career::from_spans(&[CareerSpan::new(from, to, wage.into())]).expect("sound");
    let (birth, award) = (parse_date(birth).expect("a day"), parse_date("2024-06-01").expect("a day"));
    let got = simulate(&fund, &Subject::new(birth, award, &career), kind).expect("rules");
    let award = got.award.expect("entitled");
    let mut amounts = vec![("amount", award.monthly)];
    amounts.extend(award.later.map(|later| ("later", later.monthly)));
    let certificate = Certificate::new(&fund, &got.steps, &amounts).expect("steps");
    assert_eq!(verify(&certificate, &fund), Ok(()));
    certificate
}

fn month() -> Certificate {
    let togo = Fund::builtin("tg").expect("a fund");
    let month =
        assess(&togo, "salaried", "2024-03".parse().expect("a month"), &[100_000.into()]).expect("rules");
    let amounts: Vec<_> = month.lines.iter().map(|line| (&*line.rule, line.amount)).collect();
    Certificate::new(&togo, &month.steps, &amounts).expect("steps")
}

/// A widow and two children of a pension of 79 900 francs.
fn widow_and_children() -> Certificate {
    let togo = Fund::builtin("tg").expect("a fund");
    let children = ["2015-03-01", "2018-03-01"].map(|born| Child::born(parse_date(born).expect("a day")));
    let pension = Money::new(79_900.into(), togo.currency).expect("whole");
    let date = parse_date("2024-06-01").expect("a day");
    let right = DeceasedRight::Pensioner;
    let got =
        survivors(&togo, &Deceased { date, pension, spouses: 1, children: &children, right }).expect("rules");
    let amounts: Vec<_> = got.shares.iter().map(|share| (share.who.code(), share.amount)).collect();
    Certificate::new(&togo, &got.steps, &amounts).expect("steps")
}

#[test]
fn the_calculations_that_people_ask_for_take_fifteen_lines_at_most() {
    for (name, certificate) in [
        ("tg normal", pension("tg", "normal", "1964-05-01", 200_000)),
        ("tg early", pension("tg", "early", "1969-05-01", 200_000)),
        ("ma normal", pension("ma", "normal", "1964-05-01", 5_000)),
        ("dj normal", pension("dj", "normal", "1964-05-01", 150_000)),
        ("tg month", month()),
        ("tg survivors", widow_and_children()),
    ] {
        let paper = certificate.to_string();
        assert!(paper.lines().count() <= 15, "{name}\n{paper}");
        let source =
            |step: &cnss_core::certificate::CertifiedStep| step.law.as_ref().map(|l| l.source.clone());
        for source in certificate.steps.iter().filter_map(source) {
            assert!(paper.contains(&source), "{name}: {source} is left out\n{paper}");
        }
    }
}

/// By hand, from the law's facts: born on 1 May 1964, 60 on 1 June 2024; 30 years are 360 months;
/// 60 × 200 000 = 12 000 000, ÷ 60 = 200 000; (360 − 180) ÷ 12 = 15; 20 % + 15 × 1,33 % = 39,95 %;
/// 200 000 × 39,95 % = 79 900, below the ceiling of 160 000 and above the least pension.
const NORMAL: &str = "\
Calcul certifié, caisse « tg », montants en XOF
Âge normal de la retraite : oui = (01/05/1964 → 01/06/2024 = 60) ≥ 60 \
[Loi 2008-003, art. 1 ; loi 2011-006, art. 42 — CNSS Togo, branche des pensions, depuis le 21/02/2011, vérifié]
Mois d'assurance : 360 mois \
[CNSS Togo, branche des pensions, depuis le 21/02/2011, non vérifié, question ouverte : mois-assurance]
Durée minimale d'assurance : oui = 360 ≥ 180 \
[Loi 2011-006, art. 42 — CNSS Togo, branche des pensions, depuis le 21/02/2011, vérifié, question ouverte : mois-assurance]
Cessation de toute activité salariée : oui \
[Loi 2011-006, art. 42 — CNSS Togo, branche des pensions, depuis le 21/02/2011, vérifié]
Entrée en jouissance : premier jour du mois qui suit celui où les conditions sont réunies : 01/06/2024 = \
01/06/2024 le premier du mois qui suit \
[Loi 2011-006, art. 42(4) — OIT, commission d'experts, observation de 2019 sur le Togo, depuis le 21/02/2011, source secondaire]
Rémunération mensuelle moyenne (RMM) : 200 000 = (60 × 200 000 = 12 000 000) ÷ 60 \
[CNSS Bénin, calcul de la pension (caisse sœur), depuis le 21/02/2011, non vérifié, question ouverte : rmm-periode]
Taux de la pension : 39,95 % = 20 % + (⌊(360 − 180) ÷ 12⌋ = 15) × 1,33 % \
[Loi 2011-006, art. 41 à 47 — Togo First, pensions de vieillesse et d'invalidité (2021), depuis le 21/02/2011, non vérifié, question ouverte : taux-annuite]
Pension avant limites : 79 900 = 200 000 × 39,95 %
Pension mensuelle (Arrondi de la pension mensuelle) : 79 900 = 79 900 ≈ au plus proche, à 1 \
[Aucun texte publié n'a été retrouvé, depuis le 21/02/2011, non vérifié, question ouverte : arrondi-pension]";

#[test]
fn a_pension_of_togo_word_by_word() {
    let paper = pension("tg", "normal", "1964-05-01", 200_000).to_string();
    // No figure is torn from its group or its sign at the end of a line.
    assert!(paper.contains("39,95\u{a0}%") && paper.contains("79\u{202f}900"), "{paper}");
    let spaces = paper.replace(['\u{a0}', '\u{202f}'], " ");
    assert_eq!(spaces, NORMAL.replace('\u{a0}', " "));
}

#[test]
fn equal_shares_are_told_once() {
    let paper = widow_and_children().to_string();
    assert_eq!(paper.matches("19\u{202f}975 = 79\u{202f}900 × 25\u{a0}%").count(), 1, "{paper}");
    assert!(paper.contains("(2\u{a0}fois)"), "{paper}");
}

/// Whatever a situation asks for, its paper names every amount that comes out and every source.
#[test]
fn no_result_and_no_source_is_left_out() {
    let bare = |text: &str| text.replace(['\u{a0}', '\u{202f}'], "");
    for of in Fund::builtin_codes().iter().flat_map(|code| certified(code)) {
        let paper = bare(&of.certificate.to_string());
        for result in &of.certificate.results {
            let amount = match result.text.split_once('.') {
                Some((whole, decimals)) => format!("{whole},{decimals}"),
                None => result.text.clone(),
            };
            let amount = if amount.contains(',') {
                amount.trim_end_matches('0').trim_end_matches(',')
            } else {
                &amount
            };
            assert!(paper.contains(&format!(": {amount}")), "{}: {amount}\n{paper}", of.place);
        }
        for law in of.certificate.steps.iter().filter_map(|s| s.law.as_ref()) {
            assert!(paper.contains(&format!("[{}, ", law.source)), "{}: {}\n{paper}", of.place, law.source);
        }
    }
}
