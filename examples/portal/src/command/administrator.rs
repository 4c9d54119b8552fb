//! `cnss-portal administrator`: an administrator for a fund that has none, or whose administrators
//! cannot log in any more.
//!
//! The one rule to remember: the first password is shown here once, and good for nothing but choosing
//! another one.

use std::sync::Arc;

use cnss_core::account::CodeKey;
use cnss_core::account::agent::NewAgent;
use cnss_core::desk::{Desk, DeskError};
use cnss_core::fund::Fund;
use cnss_core::id::ChallengeId;
use cnss_core::person::{Email, Name};
use cnss_core::refusal::Refusal;
use cnss_http::clock::{Clock, secret};
use cnss_http::hash_password;
use cnss_store::Options;

use super::{Cannot, Report};
use crate::settings::DatabaseUrl;

pub(super) async fn administrator(
    url: &DatabaseUrl,
    fund: Fund,
    email: &str,
    name: &str,
) -> Result<Report, Cannot> {
    let email = Email::parse(email).map_err(|_| Cannot::Email(email.to_owned()))?;
    let holder = Name::parse(name).map_err(|_| Cannot::Name)?;
    // Only into books that are there: a slip in their address must not make others.
    let options = Options::new(fund.currency).connections(1).existing();
    let store = cnss_store::open(url.as_str(), options).await?;
    let at = Clock::of(&fund).moment();
    // A key of its own, which ends here: nobody derives this password again.
    let password = CodeKey::new(secret()).first_password(ChallengeId(at.entropy.uuid(at.now)));
    let made = match hash_password(password.reveal()) {
        Ok(hash) => {
            let desk = Desk::new(Arc::new(store.clone()), Arc::new(fund));
            let new = NewAgent { email: email.clone(), holder: holder.clone() };
            desk.first_administrator(&new, &hash, &at).await.map_err(|error| match error {
                DeskError::Refused(Refusal::Stale) => Cannot::LoginTaken(email.to_string()),
                other => Cannot::Administrator(other),
            })
        }
        Err(error) => Err(Cannot::Password(error.to_string())),
    };
    store.close().await;
    made?;
    let mut report = Report::default();
    report.line(format!("Administrateur créé : {holder}, identifiant {email}"));
    report.line(format!("Mot de passe provisoire, affiché cette seule fois : {}", password.reveal()));
    report.line("À la première connexion le second facteur est à régler, puis ce mot de passe à changer.");
    Ok(report)
}
