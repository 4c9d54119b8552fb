//! Every computation has a certificate that verifies, and that says no to whoever alters it.

use std::collections::BTreeMap;
use std::path::Path;

use cnss_core::certificate::Certificate;
use cnss_core::fund::Fund;
use cnss_core::verify::verify;

use crate::situations;

/// A situation's certificate, and the fund that it is checked against: the law as it stands today.
pub struct Certified {
    pub place: String,
    pub fund: Fund,
    pub certificate: Certificate,
}

/// The certificates of all the situations of a fund that come out with amounts.
pub fn certified(code: &str) -> Vec<Certified> {
    let fund = Fund::builtin(code).expect("a fund");
    let mut found = Vec::new();
    for (file, all) in situations::of(code) {
        for computed in all.computed(&fund) {
            let place = format!("{code}/{file}: {}", computed.name);
            let certificate = computed.certificate().unwrap_or_else(|e| panic!("{place}: {e}"));
            found.push(Certified { place, fund: fund.clone(), certificate });
        }
    }
    found
}

/// The situations of a fund's files that expect an amount for which something is computed.
fn expecting_an_amount(code: &str) -> BTreeMap<String, usize> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("funds").join(code).join("situations");
    let mut expecting = BTreeMap::new();
    for file in std::fs::read_dir(folder).expect("a folder of situations") {
        let path = file.expect("a file").path();
        let name = path.file_name().expect("a name").to_string_lossy().into_owned();
        let text = std::fs::read_to_string(path).expect("readable");
        let kinds: toml::Table = text.parse().expect("TOML");
        for (kind, all) in &kinds {
            for situation in all.as_array().expect("a list") {
                let has = |key: &str| situation.get(key).is_some_and(|v| match v {
                    toml::Value::Array(list) => !list.is_empty(),
                    toml::Value::Table(table) => !table.is_empty(),
                    _ => true,
                });
                let amount = match kind.as_str() {
                    "contributions" => has("lines"),
                    "survivors" => has("shares"),
                    // In time: nothing is computed.
                    "surcharges" => {
                        let zero = |text: &str| text.chars().all(|c| matches!(c, '0' | '.'));
                        situation.get("amount").is_some_and(|a| !a.as_str().is_some_and(zero))
                    }
                    _ => has("amount") || has("short") || has("least"),
                };
                if amount {
                    let own = situation["name"].as_str().expect("a name");
                    *expecting.entry(format!("{code}/{name}: {own}")).or_default() += 1;
                }
            }
        }
    }
    expecting
}

#[test]
fn every_situation_has_a_certificate_that_verifies() {
    let mut doubted = Vec::new();
    for code in Fund::builtin_codes() {
        let all = certified(code);
        let mut places: BTreeMap<String, usize> = BTreeMap::new();
        for one in &all {
            *places.entry(one.place.clone()).or_default() += 1;
        }
        assert_eq!(places, expecting_an_amount(code), "certificates, and amounts that are expected");
        assert!(all.iter().all(|c| !c.certificate.results.is_empty()));
        for Certified { place, fund, certificate } in all {
            if let Err(doubts) = verify(&certificate, &fund) {
                let told: Vec<String> = doubts.iter().map(ToString::to_string).collect();
                doubted.push(format!("{place}: {}", told.join("; ")));
            }
        }
    }
    assert!(doubted.is_empty(), "{} doubted\n{}", doubted.len(), doubted.join("\n"));
}

#[test]
fn zz_stats() {
    use cnss_core::certificate::Origin;
    let mut given: BTreeMap<String, usize> = BTreeMap::new();
    let (mut total, mut twice, mut unused, mut most) = (0, BTreeMap::<String, usize>::new(), BTreeMap::<String, usize>::new(), (0, String::new()));
    let mut toks = 0; let mut longest = 0;
    let mut paper = (0, String::new());
    for code in Fund::builtin_codes() {
        for c in certified(code) {
            total += 1;
            let s = &c.certificate.steps;
            if s.len() > most.0 { most = (s.len(), c.place.clone()); }
            let lines = c.certificate.to_string().lines().count();
            if lines > 15 { eprintln!("{lines} lines {} steps {}", s.len(), c.place); }
            if lines > paper.0 { paper = (lines, c.place.clone()); }
            for (i, step) in s.iter().enumerate() {
                toks = toks.max(step.working.len());
                longest = longest.max(step.label.len());
                for t in &step.working {
                    let o = match &t.origin { Origin::Given => "given", Origin::Plain => "plain", Origin::Sign => "sign", Origin::Law(_) => "law", Origin::Step(_) => "step" };
                    *given.entry(format!("{o} {} {:?} {} {}", step.op, t.shown.kind, t.shown.unit.clone().unwrap_or_default(), if o=="sign" || o == "plain" {&t.shown.text} else {""})).or_default() += 1;
                }
                if s[..i].contains(step) { *twice.entry(format!("{} {} {}", c.place, step.rule, step.op)).or_default() += 1; }
                let n = i as u32 + 1;
                let used = s.iter().any(|x| x.working.iter().any(|t| t.origin == Origin::Step(n))) || c.certificate.results.iter().any(|r| r.step == n);
                if !used && step.op == "formula" { eprintln!("loose {} {step:?}", c.place); }
                if step.law.is_some() && !step.working.is_empty() && !step.working.iter().any(|t| matches!(t.origin, Origin::Law(_))) { eprintln!("lawless {} {} {}", c.place, step.op, step.rule); }
                if step.op == "read" && step.working.len() > 1 { eprintln!("read {:?}", step.working.iter().map(|t| &*t.shown.text).collect::<Vec<_>>()); }
                if !used { *unused.entry(format!("{} law={} {}", step.op, step.law.is_some(), if step.law.is_none() {&*step.rule} else {""})).or_default() += 1; }
            }
        }
    }
    eprintln!("total {total} most {most:?} tokens {toks} label {longest} paper {paper:?}");
    eprintln!("{given:#?}\ntwice {twice:#?}\nunused {unused:#?}");
}
