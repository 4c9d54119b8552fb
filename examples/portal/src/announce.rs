//! What the portal says when it is ready: where it is, and with which logins to try it.
//!
//! The one rule to remember: the demonstration's password is public, so whoever reads this
//! is also told that the data is made up, and warned when the whole network can log in.

use std::io::Write as _;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use crate::demo::{DEMO_PASSWORD, DemoLogin};

/// Prints the address, and the demonstration's logins when there are any.
pub fn announce(address: SocketAddr, logins: &[DemoLogin]) {
    // Nobody may be reading (a closed pipe): the portal serves all the same.
    let _ = std::io::stdout().write_all(text(address, logins).as_bytes());
}

fn text(address: SocketAddr, logins: &[DemoLogin]) -> String {
    let mut text = format!("\nLe portail est prêt : http://{}\n", reachable(address));
    if logins.is_empty() {
        return text;
    }
    text.push_str("\nDémonstration : personnes, entreprises et montants sont fictifs.\n\n");
    let heading = ["Identifiant", "Profil", "Nom", "Numéro"];
    let row = |login: &DemoLogin| {
        [login.login.clone(), login.role_label.clone(), login.name.clone(), login.number.clone()]
    };
    let mut rows = vec![heading.map(str::to_owned)];
    rows.extend(logins.iter().map(row));
    let mut widths = [0_usize; 4];
    for row in &rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = cell.chars().count().max(*width);
        }
    }
    rows.insert(1, widths.map(|width| "─".repeat(width)));
    for row in &rows {
        let cells: Vec<String> =
            row.iter().zip(widths).map(|(cell, width)| format!("{cell:width$}")).collect();
        text.push_str("  ");
        text.push_str(cells.join("  ").trim_end());
        text.push('\n');
    }
    text.push_str(&format!("\n  Mot de passe, le même pour tous : {DEMO_PASSWORD}\n"));
    let inbox = format!("http://{}/demo/messages", reachable(address));
    text.push_str(&format!("  SMS et e-mails que le portail envoie, codes compris : {inbox}\n"));
    if !address.ip().is_loopback() {
        text.push_str("\n  Attention : ce mot de passe est public et le portail est ouvert au réseau.\n");
        text.push_str("  Pour un usage réel : CNSS_DEMO=non, avec une base de données neuve.\n");
    }
    text.push('\n');
    text
}

/// The address to type: one that listens everywhere is reached here too.
fn reachable(address: SocketAddr) -> SocketAddr {
    let ip = match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => IpAddr::V4(Ipv4Addr::LOCALHOST),
        IpAddr::V6(ip) if ip.is_unspecified() => IpAddr::V6(Ipv6Addr::LOCALHOST),
        ip => ip,
    };
    SocketAddr::new(ip, address.port())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(text: &str) -> SocketAddr {
        text.parse().expect("an address")
    }

    fn logins() -> Vec<DemoLogin> {
        let login = |login: &str, role: &str, name: &str, number: &str| DemoLogin {
            login: login.to_owned(),
            role_label: role.to_owned(),
            name: name.to_owned(),
            number: number.to_owned(),
        };
        vec![
            login(
                "epi@demo.cnss.example",
                "Employeur, trimestre à déclarer",
                "Akossiwa Gbédémah",
                "EMP-000101",
            ),
            login("kokouvi@demo.cnss.example", "Assuré", "Kokouvi Agbodjan", "083512"),
        ]
    }

    #[test]
    fn the_table_is_straight_and_says_what_it_is() {
        let logins = logins();
        let text = text(address("127.0.0.1:8080"), &logins);
        assert!(
            text.contains("http://127.0.0.1:8080\n")
                && text.contains("fictifs")
                && text.contains(DEMO_PASSWORD)
                && text.contains("http://127.0.0.1:8080/demo/messages\n")
        );
        assert!(!text.contains("Attention"));
        let column = |line: &str, what: &str| line.find(what).map(|at| line[..at].chars().count());
        let heading = text.lines().find_map(|line| column(line, "Numéro"));
        for login in &logins {
            let line = text.lines().find(|line| line.contains(&login.login)).expect("a line");
            assert_eq!(column(line, &login.number), heading, "{line}");
        }
        assert!(text.lines().all(|line| line.chars().count() <= 120));
    }

    #[test]
    fn a_portal_open_to_the_network_is_warned_and_one_without_demonstration_is_short() {
        let logins = logins();
        let open = text(address("0.0.0.0:80"), &logins);
        assert!(open.contains("http://127.0.0.1:80\n") && open.contains("Attention"));
        assert_eq!(text(address("[::]:80"), &[]), "\nLe portail est prêt : http://[::1]:80\n");
    }
}
