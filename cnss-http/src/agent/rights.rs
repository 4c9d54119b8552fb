//! `/agent/agents/{id}`: one agent: an administrator says what he may do, and takes away the second
//! factor that he lost.

use axum::Form;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use cnss_core::account::agent::Agent;
use cnss_core::account::{Account, Role};
use cnss_core::desk::{DeskError, Present};
use cnss_core::id::AccountId;
use cnss_core::refusal::Refusal;
use serde::Deserialize;
use utoipa::ToSchema;

use super::agents::PATH;
use super::role_text;
use crate::account::act_refused;
use crate::account::form_page::FormPage;
use crate::account::own::OnlyToken;
use crate::body::Body;
use crate::form::{Choice, Choices, Typed};
use crate::page::{PageProblem, PageResult, on_page, send, send_with};
use crate::portal::Portal;
use crate::problem::{JsonProblem, Problem, in_json};
use crate::said::{self, Said};
use crate::session::{Caller, Visitor};
#[cfg(test)]
use crate::view::sample;
use crate::view::{Link, Shell};

const NO_SECOND: &str = "Il n'a pas encore mis en place son second facteur.";

/// The boxes of what an agent may do.
pub(super) fn role_choices(given: &[Role]) -> Choices {
    let option = |role: &Role| Choice {
        value: role.code().to_owned(),
        label: role_text(*role).to_owned(),
        hint: None,
        checked: given.contains(role),
    };
    Choices {
        name: "role".to_owned(),
        label: "Ce que cet agent peut faire".to_owned(),
        required: false,
        error: None,
        options: Role::ALL.iter().map(option).collect(),
    }
}

/// The boxes that were ticked.
pub(super) fn ticked(typed: &Typed) -> Vec<Role> {
    let given = |role: &&Role| typed.contains_key(&format!("role_{}", role.code()));
    Role::ALL.iter().filter(given).copied().collect()
}

/// The agent in an address.
#[derive(Deserialize)]
pub(crate) struct AgentPath {
    id: uuid::Uuid,
}

/// The page of an agent; `own` when he looks at himself.
fn roles_page(shell: Shell, agent: &Agent, account: &Account, own: bool) -> FormPage {
    let path = format!("{PATH}/{}", agent.account.0);
    let second = agent.second.is_some();
    let mut page = FormPage::new(shell, path.clone(), "Enregistrer")
        .lead(format!("{}, {}", account.holder, account.login()))
        .lead(if second { "Son second facteur est en place." } else { NO_SECOND });
    if second && !own {
        page = page.link("Retirer son second facteur", format!("{path}/second-facteur"));
    }
    page.boxes = Some(role_choices(&agent.roles));
    page.link("Tous les agents", PATH)
}

async fn one(portal: &Portal, visitor: &Visitor, id: uuid::Uuid) -> Result<FormPage, PageProblem> {
    let seen = portal.desk().agent_seen(&visitor.present, AccountId(id)).await;
    let (agent, account) = seen.map_err(on_page(portal, visitor))?;
    let mut shell = portal.agent_shell(visitor, "Droits d'un agent", PATH);
    shell.trail.push(Link::new("Agents", PATH));
    Ok(roles_page(shell, &agent, &account, agent.account == visitor.present.account.id))
}

/// `GET /agent/agents/{id}`.
pub(crate) async fn roles(
    State(portal): State<Portal>,
    visitor: Visitor,
    Path(path): Path<AgentPath>,
    headers: HeaderMap,
) -> PageResult {
    let mut page = one(&portal, &visitor, path.id).await?;
    said::tell(&headers, &mut page.shell);
    Ok(said::told(&headers, &portal, send(&page)))
}

/// `POST /agent/agents/{id}`: what is ticked is what he may do from now on.
pub(crate) async fn assign(
    State(portal): State<Portal>,
    visitor: Visitor,
    Path(path): Path<AgentPath>,
    Form(typed): Form<Typed>,
) -> PageResult {
    visitor.must_have_sent(typed.get("csrf").map_or("", String::as_str), &portal)?;
    let (id, roles) = (AccountId(path.id), ticked(&typed));
    let back = format!("{PATH}/{}", path.id);
    if id == visitor.present.account.id && !roles.contains(&Role::Administer) {
        let mut page = one(&portal, &visitor, path.id).await?;
        page.boxes = Some(role_choices(&roles));
        page.refuse("role", OWN);
        return Ok(send_with(StatusCode::UNPROCESSABLE_ENTITY, &page));
    }
    match portal.desk().assign_roles(&visitor.present, id, &roles, &portal.moment()).await {
        Ok(()) => Ok(Said::Roles.at(&portal, &back)),
        Err(error) => act_refused(&portal, &visitor, &error, &back),
    }
}

const OWN: &str = "Vous ne pouvez pas vous retirer à vous-même le droit de nommer les agents.";

/// The page on which a second factor is taken away: what it does is said before it is done.
fn second_page(shell: Shell, id: uuid::Uuid, holder: &str, login: &str) -> FormPage {
    FormPage::new(shell, format!("{PATH}/{id}/second-facteur"), "Retirer le second facteur")
        .lead(format!("{holder}, {login}"))
        .lead(
            "À faire quand cet agent a perdu son téléphone et ses codes de secours. Assurez-vous d'abord que c'est bien lui qui le demande\u{a0}: à la prochaine connexion, le mot de passe suffira pour mettre en place un autre second facteur, et la boîte aux lettres de cet agent suffit pour choisir un autre mot de passe.",
        )
        .lead("Si quelqu'un d'autre a pu lire ses e-mails ou connaître son mot de passe, bloquez d'abord son compte\u{a0}: rien ne s'ouvre alors avant qu'un agent le débloque, au guichet et devant lui.")
        .lead("Toutes ses connexions seront fermées, et il en sera prévenu par message.")
        .link("Ne rien changer", format!("{PATH}/{id}"))
}

/// `GET /agent/agents/{id}/second-facteur`.
pub(crate) async fn second(
    State(portal): State<Portal>,
    visitor: Visitor,
    Path(path): Path<AgentPath>,
) -> PageResult {
    let fail = on_page(&portal, &visitor);
    let (agent, account) =
        portal.desk().agent_seen(&visitor.present, AccountId(path.id)).await.map_err(&fail)?;
    // There is nothing to take: he set none up, or a colleague was faster.
    if agent.second.is_none() || agent.account == visitor.present.account.id {
        return Ok(axum::response::IntoResponse::into_response(axum::response::Redirect::to(&format!(
            "{PATH}/{}",
            path.id
        ))));
    }
    let mut shell = portal.agent_shell(&visitor, "Retirer le second facteur", PATH);
    shell
        .trail
        .extend([Link::new("Agents", PATH), Link::new("Droits d'un agent", format!("{PATH}/{}", path.id))]);
    Ok(send(&second_page(shell, path.id, account.holder.as_str(), account.login())))
}

/// Takes it away; what a colleague did meanwhile is done.
async fn take(portal: &Portal, by: &Present, id: uuid::Uuid) -> Result<(), DeskError> {
    match portal.desk().take_second_away(by, AccountId(id), &portal.moment()).await {
        Err(DeskError::Refused(Refusal::NothingChanged)) => Ok(()),
        answer => answer,
    }
}

/// `POST /agent/agents/{id}/second-facteur`.
pub(crate) async fn take_second(
    State(portal): State<Portal>,
    visitor: Visitor,
    Path(path): Path<AgentPath>,
    Form(form): Form<OnlyToken>,
) -> PageResult {
    visitor.must_have_sent(&form.csrf, &portal)?;
    let back = format!("{PATH}/{}", path.id);
    match take(&portal, &visitor.present, path.id).await {
        Ok(()) => Ok(Said::SecondTaken.at(&portal, &back)),
        Err(error) => act_refused(&portal, &visitor, &error, &format!("{back}/second-facteur")),
    }
}

/// What an agent may do.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes the body; it is read field by field")]
pub(crate) struct RolesBody {
    /// `activate`, `unblock`, `read_refusals`, `treat_disputes`, `administer`.
    roles: Vec<String>,
}

/// The codes of all roles.
pub(super) const CODES: [&str; 5] = ["activate", "unblock", "read_refusals", "treat_disputes", "administer"];

pub(super) fn of_codes(codes: &[String]) -> Vec<Role> {
    Role::ALL.iter().filter(|role| codes.iter().any(|code| code == role.code())).copied().collect()
}

/// Says what an agent may do from now on.
#[utoipa::path(put, path = "/api/v1/agent/agents/{id}/roles", operation_id = "assign_roles", tag = "Agents", request_body = RolesBody,
    params(("id" = String, Path, description = "The agent's account")), security(("token" = [])),
    responses((status = 204), (status = 401, body = Problem), (status = 403, body = Problem), (status = 404, body = Problem), (status = 422, body = Problem)))]
pub(crate) async fn assign_json(
    State(portal): State<Portal>,
    caller: Caller,
    Path(path): Path<AgentPath>,
    mut body: Body,
) -> Result<StatusCode, JsonProblem> {
    let roles = body.fields().codes("roles", 5, &CODES);
    let roles = body.done(Some(roles)).map_err(|refusal| JsonProblem::refused(&refusal, portal.words()))?;
    let (id, at) = (AccountId(path.id), portal.moment());
    let said = portal.desk().assign_roles(&caller.present, id, &of_codes(&roles), &at).await;
    said.map_err(in_json(&portal))?;
    Ok(StatusCode::NO_CONTENT)
}

/// Takes away the second factor that an agent lost, with his recovery codes: his sessions end, he is told,
/// and sets another one up at the next login. Nobody does it to himself; without one nothing happens.
#[utoipa::path(delete, path = "/api/v1/agent/agents/{id}/second-factor", operation_id = "take_second_factor", tag = "Agents",
    params(("id" = String, Path, description = "The agent's account")), security(("token" = [])),
    responses((status = 204), (status = 401, body = Problem), (status = 403, body = Problem), (status = 404, body = Problem)))]
pub(crate) async fn take_second_json(
    State(portal): State<Portal>,
    caller: Caller,
    Path(path): Path<AgentPath>,
) -> Result<StatusCode, JsonProblem> {
    take(&portal, &caller.present, path.id).await.map_err(in_json(&portal))?;
    Ok(StatusCode::NO_CONTENT)
}

/// Sample page of what an agent may do.
#[cfg(test)]
pub fn roles_sample() -> FormPage {
    let shell = sample::agent("Droits d'un agent", PATH, &[("Espace Agent", "/agent"), ("Agents", PATH)]);
    let mut page = FormPage::new(shell, PATH, "Enregistrer").lead("Ama Chef, ama@caisse.exemple");
    page.boxes = Some(role_choices(&[Role::Administer]));
    page.refuse("role", OWN);
    page
}

/// Sample page of a second factor that is taken away.
#[cfg(test)]
pub fn second_sample() -> FormPage {
    let trail = [("Espace Agent", "/agent"), ("Agents", PATH)];
    let shell = sample::agent("Retirer le second facteur", PATH, &trail);
    second_page(shell, uuid::Uuid::nil(), "Kofi Agent", "kofi@caisse.exemple")
}

#[cfg(test)]
mod tests {
    use askama::Template;

    /// Whoever takes it away knows what is left to open the account with, and what to do first.
    #[test]
    fn the_page_says_that_the_mailbox_is_enough_from_then_on() {
        let page = super::second_sample().render().expect("rendered");
        assert!(page.contains("la boîte aux lettres de cet agent suffit"), "{page}");
        assert!(page.contains("bloquez d&#39;abord son compte"), "{page}");
    }
}
