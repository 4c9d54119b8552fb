//! Pages of the insured person (« Espace Assuré »).

pub mod account;
pub mod dashboard;
pub mod month;
pub mod rights;
pub mod simulator;

use crate::portal::Portal;
use crate::session::Visitor;
use crate::view::{Link, Shell};

impl Portal {
    /// The shell around a page of the insured person's space.
    pub(crate) async fn insured_shell(
        &self,
        visitor: &Visitor,
        title: &str,
        current: &str,
        trail: &[(&str, &str)],
    ) -> Shell {
        let number = self.desk().insured_of(visitor.actor).await.map(|person| person.number.to_string()).ok();
        let mut shell = self.shell_of(visitor, title, current, number);
        if current != "/assure" {
            shell.trail.push(Link::new("Tableau de bord", "/assure"));
        }
        shell.trail.extend(trail.iter().map(|(label, href)| Link::new(*label, *href)));
        shell
    }
}
