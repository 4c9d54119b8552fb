//! `/agent`: the accounts that wait for an agent, those that are blocked, and looking one up.

use axum::extract::{Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Redirect};
use axum::{Form, Json};
use cnss_core::account::{Account, Role, State as AccountState};
use cnss_core::desk::DeskError;
use cnss_core::id::AccountId;
use cnss_core::refusal::Refusal;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{PAGE, reason_text, role_text, state_tag};
use crate::account::mandates::pager;
use crate::account::own::{iso, subject_text};
use crate::body::Body;
use crate::form::{Fault, Field};
use crate::page::{PageResult, on_page, send, send_with};
use crate::paged::{Paged, cut};
use crate::portal::Portal;
use crate::problem::{JsonProblem, Problem, in_json};
use crate::said;
use crate::session::{Caller, Visitor};
#[cfg(test)]
use crate::view::sample;
use crate::view::{Pager, Shell, StatusTag};

/// The agents' home: a list of accounts, and looking one up.
#[derive(askama::Template)]
#[template(path = "agent/accounts.html")]
pub struct AccountsPage {
    /// Around the page.
    pub shell: Shell,
    /// What is wrong.
    pub errors: Vec<Fault>,
    /// What this agent may do, in words.
    pub roles: Vec<&'static str>,
    /// He may look an account up.
    pub looks: bool,
    /// « Identifiant du compte ».
    pub login: Field,
    /// He sees this list.
    pub listed: bool,
    /// Said of an empty list.
    pub empty: &'static str,
    /// The accounts, the oldest first.
    pub accounts: Vec<AccountRow>,
    /// Other pages of them.
    pub pager: Pager,
}

/// One account of a list.
pub struct AccountRow {
    /// Its page.
    pub href: String,
    /// Its holder.
    pub holder: String,
    /// In whose name it acts.
    pub subject: &'static str,
    /// How it stands.
    pub state: StatusTag,
    /// Why, when it is blocked.
    pub why: &'static str,
    /// Since when.
    pub since: String,
}

impl AccountRow {
    fn of(portal: &Portal, account: &Account) -> Self {
        let (since, why) = match &account.state {
            AccountState::Active => (String::new(), ""),
            AccountState::Waiting { since, .. } => (portal.instant_text(*since), ""),
            AccountState::Blocked { since, why } => (portal.instant_text(*since), reason_text(*why)),
        };
        Self {
            href: format!("/agent/comptes/{}", account.id.0),
            holder: account.holder.to_string(),
            subject: subject_text(account.subject),
            state: state_tag(account),
            why,
            since,
        }
    }
}

fn login_field() -> Field {
    Field::new("login", "Identifiant du compte").required().autocomplete("off").hint(
        "En entier\u{a0}: l'adresse électronique ou le numéro que la personne saisit pour se connecter.",
    )
}

impl AccountsPage {
    /// Sample page.
    #[cfg(test)]
    pub fn sample() -> Self {
        use crate::view::Tone;
        Self {
            shell: sample::agent("Comptes à activer", "/agent", &[]),
            errors: Vec::new(),
            roles: vec![role_text(Role::Activate)],
            looks: true,
            login: login_field(),
            listed: true,
            empty: "Aucun compte n'attend.",
            accounts: vec![AccountRow {
                href: "/agent/comptes/0192f3c4".into(),
                holder: "Adjo Akouété".into(),
                subject: "Assuré",
                state: StatusTag::new(Tone::Info, "À activer"),
                why: "",
                since: "3 mars 2026 à 10\u{a0}h\u{a0}05".into(),
            }],
            pager: Pager::new("Comptes", "").next("/agent?apres=0192"),
        }
    }

    /// Sample page after a login that nobody has.
    #[cfg(test)]
    pub fn sample_refused() -> Self {
        let mut page = Self::sample();
        page.accounts = Vec::new();
        page.refuse(UNKNOWN);
        page
    }

    fn refuse(&mut self, why: &str) {
        self.login.error = Some(why.to_owned());
        self.errors = vec![Fault::new("#login", why)];
    }
}

const UNKNOWN: &str = "Aucun compte n'a cet identifiant. Il doit être saisi en entier.";

/// Which accounts are listed.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Listed {
    Waiting,
    Blocked,
}

impl Listed {
    const fn path(self) -> &'static str {
        if matches!(self, Self::Waiting) { "/agent" } else { "/agent/bloques" }
    }

    const fn title(self) -> &'static str {
        if matches!(self, Self::Waiting) { "Comptes à activer" } else { "Comptes bloqués" }
    }

    const fn role(self) -> Role {
        if matches!(self, Self::Waiting) { Role::Activate } else { Role::Unblock }
    }

    async fn read(
        self,
        portal: &Portal,
        by: &cnss_core::desk::Present,
        after: Option<AccountId>,
        limit: u32,
    ) -> Result<Vec<Account>, DeskError> {
        match self {
            Self::Waiting => portal.desk().waiting_accounts(by, after, limit).await,
            Self::Blocked => portal.desk().blocked_accounts(by, after, limit).await,
        }
    }
}

/// After which account the page begins.
#[derive(Default, Deserialize)]
pub(crate) struct After {
    apres: Option<uuid::Uuid>,
}

async fn blank(
    portal: &Portal,
    visitor: &Visitor,
    listed: Listed,
    after: Option<uuid::Uuid>,
) -> Result<AccountsPage, crate::page::PageProblem> {
    let (shell, roles) = (portal.agent_shell(visitor, listed.title(), listed.path()), &visitor.roles);
    if visitor.actor.subject != cnss_core::access::Subject::Agent {
        return Err(on_page(portal, visitor)(Refusal::NotAllowed.into()));
    }
    let sees = roles.contains(&listed.role());
    let mut accounts = if sees {
        let read = listed.read(portal, &visitor.present, after.map(AccountId), PAGE.saturating_add(1)).await;
        read.map_err(on_page(portal, visitor))?
    } else {
        Vec::new()
    };
    let more = cut(&mut accounts, PAGE);
    let last = accounts.last().filter(|_| more).map(|account| account.id.0);
    Ok(AccountsPage {
        shell,
        errors: Vec::new(),
        looks: roles.iter().any(|role| [Role::Activate, Role::Unblock].contains(role)),
        roles: roles.iter().map(|role| role_text(*role)).collect(),
        login: login_field(),
        listed: sees,
        empty: if listed == Listed::Waiting {
            "Aucun compte n'attend."
        } else {
            "Aucun compte n'est bloqué."
        },
        accounts: accounts.iter().map(|account| AccountRow::of(portal, account)).collect(),
        pager: pager("Comptes", listed.path(), "apres", after, last),
    })
}

/// `GET /agent`.
pub(crate) async fn waiting(
    State(portal): State<Portal>,
    visitor: Visitor,
    Query(query): Query<After>,
    headers: HeaderMap,
) -> PageResult {
    let mut page = blank(&portal, &visitor, Listed::Waiting, query.apres).await?;
    said::tell(&headers, &mut page.shell);
    Ok(said::told(&headers, &portal, send(&page)))
}

/// `GET /agent/bloques`.
pub(crate) async fn blocked(
    State(portal): State<Portal>,
    visitor: Visitor,
    Query(query): Query<After>,
) -> PageResult {
    let page = blank(&portal, &visitor, Listed::Blocked, query.apres).await?;
    if !page.listed {
        return Err(on_page(&portal, &visitor)(Refusal::NotAllowed.into()));
    }
    Ok(send(&page))
}

/// Whom to look up: sent in the body, so that no address stands in a history or in a log.
#[derive(Deserialize)]
pub(crate) struct Typed {
    #[serde(default)]
    csrf: String,
    #[serde(default)]
    login: String,
}

/// `POST /agent/recherche`.
pub(crate) async fn find(
    State(portal): State<Portal>,
    visitor: Visitor,
    Form(typed): Form<Typed>,
) -> PageResult {
    visitor.must_have_sent(&typed.csrf, &portal)?;
    let (status, why) = if typed.login.trim().is_empty() {
        (StatusCode::UNPROCESSABLE_ENTITY, "Saisissez l'identifiant du compte.")
    } else {
        match portal.desk().account_named(&visitor.present, &typed.login).await {
            Ok(account) => {
                return Ok(Redirect::to(&format!("/agent/comptes/{}", account.id.0)).into_response());
            }
            Err(DeskError::Refused(Refusal::NotFound)) => (StatusCode::NOT_FOUND, UNKNOWN),
            Err(error) => return Err(on_page(&portal, &visitor)(error)),
        }
    };
    let mut page = blank(&portal, &visitor, Listed::Waiting, None).await?;
    page.login.value = typed.login.chars().take(254).collect();
    page.refuse(why);
    Ok(send_with(status, &page))
}

/// An account, as a list of agents shows it.
#[derive(Serialize, ToSchema)]
pub(crate) struct AccountItem {
    id: String,
    holder: String,
    /// `employer`, `insured`, `beneficiary`, `mandatary` or `agent`.
    #[schema(example = "insured")]
    subject: &'static str,
    /// `active`, `waiting` or `blocked`.
    #[schema(example = "waiting")]
    state: &'static str,
    /// Since when; null of one that is active.
    since: Option<String>,
    /// `theft`, `loss`, `fraud` or `agent`; null of one that is not blocked.
    why: Option<&'static str>,
}

impl AccountItem {
    pub(super) fn of(account: &Account) -> Self {
        use cnss_core::account::BlockReason as Why;
        let (since, why) = match &account.state {
            AccountState::Active => (None, None),
            AccountState::Waiting { since, .. } => (Some(*since), None),
            AccountState::Blocked { since, why } => {
                let why = match why {
                    Why::Theft => "theft",
                    Why::Loss => "loss",
                    Why::Fraud => "fraud",
                    Why::Agent => "agent",
                };
                (Some(*since), Some(why))
            }
        };
        Self {
            id: account.id.0.to_string(),
            holder: account.holder.to_string(),
            subject: crate::account::login::subject_code(account.subject),
            state: account.state.code(),
            since: since.map(iso),
            why,
        }
    }
}

/// Accounts, the oldest first.
#[derive(Serialize, ToSchema)]
pub(crate) struct AccountList {
    accounts: Vec<AccountItem>,
    /// To be given as `after` for the next page; null at the end.
    next: Option<String>,
}

/// Which accounts.
#[derive(Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
pub(crate) struct AccountQuery {
    /// Those that are blocked, in place of those that wait.
    #[serde(default)]
    blocked: bool,
    #[param(ignore)]
    after: Option<uuid::Uuid>,
    #[param(ignore)]
    limit: Option<u32>,
}

/// Lists the accounts that wait for an agent, or that are blocked.
#[utoipa::path(get, path = "/api/v1/agent/accounts", operation_id = "agent_accounts", tag = "Agents", params(AccountQuery, Paged<uuid::Uuid>), security(("token" = [])),
    responses((status = 200, body = AccountList), (status = 401, body = Problem), (status = 403, body = Problem)))]
pub(crate) async fn list(
    State(portal): State<Portal>,
    caller: Caller,
    Query(query): Query<AccountQuery>,
) -> Result<Json<AccountList>, JsonProblem> {
    let paged = Paged::asked(query.after, query.limit);
    let listed = if query.blocked { Listed::Blocked } else { Listed::Waiting };
    let read = listed.read(&portal, &caller.present, paged.after().map(AccountId), paged.most()).await;
    let (accounts, next) = paged.page(read.map_err(in_json(&portal))?, |account| account.id.0);
    Ok(Json(AccountList { accounts: accounts.iter().map(AccountItem::of).collect(), next }))
}

/// Whom to look up.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes the body; it is read field by field")]
pub(crate) struct FindBody {
    /// The whole login.
    #[schema(example = "afi@example.tg")]
    login: String,
}

/// Looks an account up by its whole login.
#[utoipa::path(post, path = "/api/v1/agent/accounts/search", operation_id = "find_account", tag = "Agents", request_body = FindBody, security(("token" = [])),
    responses((status = 200, body = AccountItem), (status = 401, body = Problem), (status = 403, body = Problem), (status = 404, body = Problem), (status = 422, body = Problem)))]
pub(crate) async fn find_json(
    State(portal): State<Portal>,
    caller: Caller,
    mut body: Body,
) -> Result<Json<AccountItem>, JsonProblem> {
    let login = body.fields().text("login");
    let login = body.done(login).map_err(|refusal| JsonProblem::refused(&refusal, portal.words()))?;
    let found = portal.desk().account_named(&caller.present, &login).await;
    Ok(Json(AccountItem::of(&found.map_err(in_json(&portal))?)))
}
