//! Sample values used by the `sample()` constructors of the pages.
use super::*;

/// Togo's fund.
pub fn togo() -> cnss_core::fund::Fund {
    cnss_core::fund::Fund::builtin("tg").expect("a fund")
}

/// The day on which the samples are looked at.
pub fn today() -> chrono::NaiveDate {
    chrono::NaiveDate::from_ymd_opt(2026, 10, 15).expect("a day")
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
        unit: "F\u{a0}CFA".into(),
        declaration: DeclarationWords::of(&togo().layout),
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
            own: true,
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
            own: true,
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

/// Shell of an agent.
pub fn agent(title: &str, current: &str, trail: &[(&str, &str)]) -> Shell {
    Shell {
        user: Some(UserBar {
            name: "Ama Chef".into(),
            role_label: "Espace Agent".into(),
            number: String::new(),
            own: true,
        }),
        nav: nav(&[("Comptes", "/agent"), ("Mon compte", "/compte")], current),
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
