//! `/agent/comptes/{id}`: one account, for an agent who activates, blocks or unblocks it. It shows what
//! he compares with the papers before him, and nothing else of the person.

use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::{Form, Json};
use cnss_core::access::Subject;
use cnss_core::account::{Account, Role, State as AccountState};
use cnss_core::desk::{DeskError, Present};
use cnss_core::fund::AskField;
use cnss_core::id::AccountId;
use cnss_core::refusal::Refusal;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::accounts::AccountItem;
use super::{reason_text, state_tag};
use crate::account::act_refused;
use crate::account::own::{OnlyToken, subject_text};
use crate::page::{PageProblem, PageResult, on_page, send};
use crate::portal::Portal;
use crate::problem::{JsonProblem, Problem, in_json};
use crate::said::{self, Said};
use crate::session::{Caller, Visitor};
#[cfg(test)]
use crate::view::sample;
use crate::view::{Fact, Link, Shell, StatusTag};

/// One account.
#[derive(askama::Template)]
#[template(path = "agent/account.html")]
pub struct AccountPage {
    /// Around the page; its title is the holder.
    pub shell: Shell,
    /// Identity.
    pub id: String,
    /// How it stands.
    pub state: StatusTag,
    /// What is known of it.
    pub facts: Vec<Fact>,
    /// What was typed that the register does not hold.
    pub told: Vec<Fact>,
    /// It may be activated by this agent.
    pub activate: bool,
    /// It may be blocked by this agent.
    pub block: bool,
    /// It may be unblocked by this agent.
    pub unblock: bool,
}

impl AccountPage {
    /// Where a button of this page leads.
    fn path(&self, act: &str) -> String {
        format!("/agent/comptes/{}/{act}", self.id)
    }

    /// Sample page.
    #[cfg(test)]
    pub fn sample() -> Self {
        use crate::view::Tone;
        Self {
            shell: sample::agent("Adjo Akouété", "/agent", &[("Espace Agent", "/agent")]),
            id: "0192f3c4".into(),
            state: StatusTag::new(Tone::Info, "À activer"),
            facts: vec![Fact::new("Identifiant", "adjo@exemple.tg"), Fact::new("Espace", "Assuré")],
            told: vec![Fact::new("Date de création de l'entreprise", "2010-01-01")],
            activate: true,
            block: true,
            unblock: true,
        }
    }
}

/// The label under which something was typed; the fund's own where its form has one.
fn label(portal: &Portal, field: AskField) -> String {
    let ways = portal.desk().rules().ways.iter();
    let asked = ways.flat_map(|way| way.fields()).find(|ask| ask.field == field);
    asked.map_or_else(|| field.code().to_owned(), |ask| ask.label.to_string())
}

/// Who it is in the register: number and name.
async fn registered(portal: &Portal, account: &Account) -> Result<Option<Fact>, DeskError> {
    match account.subject {
        Subject::Employer(_) => {
            let employer = portal.desk().company_of(account.actor()).await?;
            Ok(employer.map(|e| Fact::new("Employeur", format!("{}, nº\u{a0}{}", e.name, e.number))))
        }
        Subject::Insured(_) => match portal.desk().insured_of(account.actor()).await {
            Ok(insured) => Ok(Some(Fact::new("Assuré", format!("nº\u{a0}{}", insured.number)))),
            Err(DeskError::Refused(Refusal::NotFound)) => Ok(None),
            Err(error) => Err(error),
        },
        _ => Ok(None),
    }
}

/// The account in an address.
#[derive(Deserialize)]
pub(crate) struct AccountPath {
    id: uuid::Uuid,
}

/// `GET /agent/comptes/{id}`.
pub(crate) async fn page(
    State(portal): State<Portal>,
    visitor: Visitor,
    Path(path): Path<AccountPath>,
    headers: HeaderMap,
) -> PageResult {
    let fail = on_page(&portal, &visitor);
    let account = portal.desk().account_seen(&visitor.present, AccountId(path.id)).await.map_err(&fail)?;
    let roles = &visitor.roles;
    let mut shell = portal.shell_of(&visitor, account.holder.as_str(), "/agent", None);
    shell.trail.push(Link::new("Espace Agent", "/agent"));
    let mut facts =
        vec![Fact::new("Identifiant", account.login()), Fact::new("Espace", subject_text(account.subject))];
    facts.extend(registered(&portal, &account).await.map_err(&fail)?);
    let mut told = Vec::new();
    match &account.state {
        AccountState::Active => {}
        AccountState::Waiting { since, told: typed } => {
            facts.push(Fact::new("En attente depuis le", portal.instant_text(*since)));
            told = typed.iter().map(|(field, text)| Fact::new(label(&portal, *field), text)).collect();
        }
        AccountState::Blocked { since, why } => {
            facts.push(Fact::new("Bloqué depuis le", portal.instant_text(*since)));
            facts.push(Fact::new("Pourquoi", reason_text(*why)));
        }
    }
    said::tell(&headers, &mut shell);
    let (blocks, blocked) =
        (roles.contains(&Role::Unblock), matches!(account.state, AccountState::Blocked { .. }));
    let page = AccountPage {
        shell,
        id: path.id.to_string(),
        state: state_tag(&account),
        facts,
        told,
        activate: matches!(account.state, AccountState::Waiting { .. }) && roles.contains(&Role::Activate),
        // One's own account is blocked on « Mon compte ».
        block: blocks && !blocked && account.id != visitor.present.account.id,
        unblock: blocks && blocked,
    };
    Ok(said::told(&headers, &portal, send(&page)))
}

/// What an agent does with an account.
#[derive(Clone, Copy)]
enum Act {
    Activate,
    Block,
    Unblock,
}

/// Does it; what is so already stays so.
async fn act(portal: &Portal, by: &Present, id: AccountId, act: Act) -> Result<(), DeskError> {
    let (desk, at) = (portal.desk(), portal.moment());
    let done = match act {
        Act::Activate => desk.activate(by, id, &at).await,
        Act::Block => desk.block(by, id, &at).await,
        Act::Unblock => desk.unblock(by, id, &at).await,
    };
    match done {
        // A double click, or a colleague.
        Err(DeskError::Refused(Refusal::NothingChanged)) => Ok(()),
        Err(DeskError::Refused(Refusal::AccountBlocked)) if matches!(act, Act::Block) => Ok(()),
        answer => answer,
    }
}

async fn from_page(
    portal: &Portal,
    visitor: &Visitor,
    id: uuid::Uuid,
    csrf: &str,
    what: Act,
) -> Result<axum::response::Response, PageProblem> {
    visitor.must_have_sent(csrf, portal)?;
    let back = format!("/agent/comptes/{id}");
    match act(portal, &visitor.present, AccountId(id), what).await {
        Ok(()) => {
            let said = match what {
                Act::Activate => Said::Activated,
                Act::Block => Said::Blocked,
                Act::Unblock => Said::Unblocked,
            };
            Ok(said.at(portal, &back))
        }
        Err(error) => act_refused(portal, visitor, &error, &back),
    }
}

macro_rules! acts {
    ($($(#[$doc:meta])* $page:ident $json:ident $act:ident $path:literal $operation:literal;)+) => {$(
        $(#[$doc])*
        pub(crate) async fn $page(
            State(portal): State<Portal>,
            visitor: Visitor,
            Path(path): Path<AccountPath>,
            Form(form): Form<OnlyToken>,
        ) -> PageResult {
            from_page(&portal, &visitor, path.id, &form.csrf, Act::$act).await
        }

        $(#[$doc])*
        #[utoipa::path(post, path = $path, operation_id = $operation, tag = "Agents",
            params(("id" = String, Path, description = "The account")), security(("token" = [])),
            responses((status = 204), (status = 401, body = Problem), (status = 403, body = Problem), (status = 404, body = Problem)))]
        pub(crate) async fn $json(
            State(portal): State<Portal>,
            caller: Caller,
            Path(path): Path<AccountPath>,
        ) -> Result<StatusCode, JsonProblem> {
            let done = act(&portal, &caller.present, AccountId(path.id), Act::$act).await;
            done.map_err(in_json(&portal))?;
            Ok(StatusCode::NO_CONTENT)
        }
    )+};
}

acts! {
    /// Activates an account; its holder is told.
    activate activate_json Activate "/api/v1/agent/accounts/{id}/activation" "activate_account";
    /// Blocks an account; all its sessions end.
    block block_json Block "/api/v1/agent/accounts/{id}/block" "block_account";
    /// Unblocks an account; its holder must change the password.
    unblock unblock_json Unblock "/api/v1/agent/accounts/{id}/unblock" "unblock_account";
}

/// One account, with what is to be compared.
#[derive(Serialize, ToSchema)]
pub(crate) struct AccountDetail {
    #[serde(flatten)]
    item: AccountItem,
    login: String,
    /// What was typed that the register does not hold.
    told: Vec<ToldBody>,
}

/// Something that was typed.
#[derive(Serialize, ToSchema)]
pub(crate) struct ToldBody {
    /// Code of the field.
    #[schema(example = "company_created")]
    field: &'static str,
    text: String,
}

/// One account, for an agent who activates or unblocks it.
#[utoipa::path(get, path = "/api/v1/agent/accounts/{id}", operation_id = "agent_account", tag = "Agents",
    params(("id" = String, Path, description = "The account")), security(("token" = [])),
    responses((status = 200, body = AccountDetail), (status = 401, body = Problem), (status = 403, body = Problem), (status = 404, body = Problem)))]
pub(crate) async fn json(
    State(portal): State<Portal>,
    caller: Caller,
    Path(path): Path<AccountPath>,
) -> Result<Json<AccountDetail>, JsonProblem> {
    let account = portal.desk().account_seen(&caller.present, AccountId(path.id)).await;
    let account = account.map_err(in_json(&portal))?;
    let told = match &account.state {
        AccountState::Waiting { told, .. } => {
            told.iter().map(|(field, text)| ToldBody { field: field.code(), text: text.clone() }).collect()
        }
        _ => Vec::new(),
    };
    Ok(Json(AccountDetail { item: AccountItem::of(&account), login: account.login().to_owned(), told }))
}
