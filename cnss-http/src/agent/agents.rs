//! `/agent/agents`: who the agents are; an administrator makes others.

use axum::extract::{Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::{Form, Json};
use cnss_core::account::agent::{Agent, NewAgent};
use cnss_core::account::{Account, Role};
use cnss_core::desk::{DeskError, Present};
use cnss_core::id::{AccountId, ChallengeId};
use cnss_core::person::{Email, Name};
use cnss_core::refusal::{Fault as CoreFault, FaultKind, Refusal};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::rights::{CODES, of_codes, role_choices, ticked};
use super::{PAGE, role_text, state_tag};
use crate::account::act_refused;
use crate::account::mandates::pager;
use crate::body::Body;
use crate::form::{Choices, Fault, Field, Typed};
use crate::page::{PageProblem, PageResult, on_page, send, send_with};
use crate::paged::{Paged, cut};
use crate::portal::Portal;
use crate::problem::{JsonProblem, Problem, Stopped, in_json, stopped_json};
use crate::said::{self, Said};
use crate::session::{Caller, Visitor};
#[cfg(test)]
use crate::view::sample;
use crate::view::{Pager, Shell, StatusTag};

/// The path of the page.
pub(super) const PATH: &str = "/agent/agents";

/// « Agents »: who they are, and the form to make one.
#[derive(askama::Template)]
#[template(path = "agent/agents.html")]
pub struct AgentsPage {
    /// Around the page.
    pub shell: Shell,
    /// What is wrong.
    pub errors: Vec<Fault>,
    /// The agents, the oldest first.
    pub agents: Vec<AgentRow>,
    /// Other pages of them.
    pub pager: Pager,
    /// Names the appointment, so that a form sent twice makes one agent.
    pub appointment: String,
    /// His name.
    pub holder: Field,
    /// His address.
    pub email: Field,
    /// What he may do.
    pub roles: Choices,
}

/// One agent.
pub struct AgentRow {
    /// His page.
    pub href: String,
    /// His name.
    pub holder: String,
    /// His login.
    pub login: String,
    /// What he may do.
    pub roles: Vec<&'static str>,
    /// His second factor is set up.
    pub second: bool,
    /// How his account stands.
    pub state: StatusTag,
}

impl AgentsPage {
    fn refuse(&mut self, name: &str, text: String) {
        self.errors.push(Fault::new(format!("#{name}"), text.clone()));
        let field = if name == "holder" { &mut self.holder } else { &mut self.email };
        field.error = Some(text);
    }

    /// Sample page, after a refusal.
    #[cfg(test)]
    pub fn sample() -> Self {
        use crate::view::Tone;
        let mut page = Self {
            shell: sample::agent("Agents", PATH, &[("Espace Agent", "/agent")]),
            errors: Vec::new(),
            agents: vec![AgentRow {
                href: "/agent/agents/0192f3c4".into(),
                holder: "Ama Chef".into(),
                login: "ama@caisse.exemple".into(),
                roles: vec![role_text(Role::Administer)],
                second: true,
                state: StatusTag::new(Tone::Success, "Actif"),
            }],
            pager: Pager::new("Agents", ""),
            appointment: "0192f3c4".into(),
            holder: holder_field(),
            email: email_field(),
            roles: role_choices(&[Role::Activate]),
        };
        page.refuse("email", "Saisissez une adresse électronique.".into());
        page
    }
}

fn holder_field() -> Field {
    Field::new("holder", "Nom et prénoms").required().autocomplete("off")
}

fn email_field() -> Field {
    Field::new("email", "Adresse électronique professionnelle")
        .kind("email")
        .required()
        .autocomplete("off")
        .hint("C'est son identifiant. Il y reçoit un premier mot de passe.")
}

/// After which agent the page begins.
#[derive(Default, Deserialize)]
pub(crate) struct After {
    apres: Option<uuid::Uuid>,
}

async fn blank(portal: &Portal, visitor: &Visitor, query: &After) -> Result<AgentsPage, PageProblem> {
    let after = query.apres.map(AccountId);
    let agents = portal.desk().agents(&visitor.present, after, PAGE.saturating_add(1)).await;
    let mut agents = agents.map_err(on_page(portal, visitor))?;
    let more = cut(&mut agents, PAGE);
    let last = agents.last().filter(|_| more).map(|(agent, _)| agent.account.0);
    let shell = portal.agent_shell(visitor, "Agents", PATH);
    let row = |(agent, account): &(Agent, Account)| AgentRow {
        href: format!("{PATH}/{}", agent.account.0),
        holder: account.holder.to_string(),
        login: account.login().to_owned(),
        roles: agent.roles.iter().map(|role| role_text(*role)).collect(),
        second: agent.second.is_some(),
        state: state_tag(account),
    };
    let at = portal.moment();
    Ok(AgentsPage {
        shell,
        errors: Vec::new(),
        agents: agents.iter().map(row).collect(),
        pager: pager("Agents", PATH, "apres", query.apres, last),
        appointment: at.entropy.uuid(at.now).to_string(),
        holder: holder_field(),
        email: email_field(),
        roles: role_choices(&[]),
    })
}

/// `GET /agent/agents`.
pub(crate) async fn page(
    State(portal): State<Portal>,
    visitor: Visitor,
    Query(query): Query<After>,
    headers: HeaderMap,
) -> PageResult {
    let mut page = blank(&portal, &visitor, &query).await?;
    said::tell(&headers, &mut page.shell);
    Ok(said::told(&headers, &portal, send(&page)))
}

/// Reads who is to be an agent, every fault at once.
fn read(holder: &str, email: &str) -> Result<NewAgent, Vec<CoreFault>> {
    let mut faults = Vec::new();
    let mut wrong = |name: &str, text: &str, kind: FaultKind| {
        let fault = CoreFault::field(name, if text.trim().is_empty() { FaultKind::Missing } else { kind });
        faults.push(if text.trim().is_empty() {
            fault
        } else {
            fault.given(&text.chars().take(254).collect::<String>())
        });
    };
    let name = Name::parse(holder).map_err(|_| wrong("holder", holder, FaultKind::NotAName)).ok();
    let address = Email::parse(email).map_err(|_| wrong("email", email, FaultKind::NotAnEmail)).ok();
    match name.zip(address) {
        Some((holder, email)) => Ok(NewAgent { email, holder }),
        None => Err(faults),
    }
}

/// Makes an agent; the same appointment made twice is one.
async fn appoint(
    portal: &Portal,
    by: &Present,
    new: &NewAgent,
    appointment: ChallengeId,
    roles: &[Role],
) -> Result<AccountId, Stopped> {
    let first = portal.code_key().first_password(appointment);
    let hash = portal.inner.passwords.hash(first.reveal().to_owned()).await?;
    match portal.desk().appoint(by, new, (appointment, &hash), roles, &portal.moment()).await {
        Err(DeskError::Refused(refusal @ Refusal::Invalid(_))) => {
            // The address is somebody's login: the agent's who was just made, or another's.
            match portal.desk().agent_by_email(by, &new.email).await {
                Ok(agent) => Ok(agent.account),
                Err(DeskError::Refused(Refusal::NotFound)) => Err(refusal.into()),
                Err(error) => Err(error.into()),
            }
        }
        Ok(made) => Ok(made),
        Err(error) => Err(error.into()),
    }
}

/// `POST /agent/agents`.
pub(crate) async fn submit(
    State(portal): State<Portal>,
    visitor: Visitor,
    Form(typed): Form<Typed>,
) -> PageResult {
    let text = |name: &str| typed.get(name).map_or("", String::as_str);
    visitor.must_have_sent(text("csrf"), &portal)?;
    let appointment = text("appointment").parse().map(ChallengeId);
    let appointment =
        appointment.map_err(|_| PageProblem::plain(&portal, Some(&visitor), StatusCode::BAD_REQUEST))?;
    let roles = ticked(&typed);
    let faults = match read(text("holder"), text("email")) {
        Ok(new) => match appoint(&portal, &visitor.present, &new, appointment, &roles).await {
            Ok(id) => return Ok(Said::Appointed.at(&portal, &format!("{PATH}/{}", id.0))),
            Err(Stopped::Desk(DeskError::Refused(Refusal::Invalid(faults)))) => faults,
            Err(Stopped::Desk(error)) => return act_refused(&portal, &visitor, &error, PATH),
            Err(stopped) => return Err(PageProblem::stopped(&portal, Some(&visitor), &stopped)),
        },
        Err(faults) => faults,
    };
    let mut page = blank(&portal, &visitor, &After::default()).await?;
    for (field, name) in [(&mut page.holder, "holder"), (&mut page.email, "email")] {
        field.value = text(name).chars().take(254).collect();
    }
    page.roles = role_choices(&roles);
    for fault in faults {
        page.refuse(&fault.path(), portal.words().fault(&fault));
    }
    Ok(send_with(StatusCode::UNPROCESSABLE_ENTITY, &page))
}

/// An agent.
#[derive(Serialize, ToSchema)]
pub(crate) struct AgentBody {
    id: String,
    holder: String,
    login: String,
    /// `activate`, `unblock`, `read_refusals`, `treat_disputes`, `administer`.
    roles: Vec<&'static str>,
    /// The second factor is set up.
    second_factor: bool,
    /// `active`, `waiting` or `blocked`.
    #[schema(example = "active")]
    state: &'static str,
}

/// The agents, the oldest first.
#[derive(Serialize, ToSchema)]
pub(crate) struct AgentList {
    agents: Vec<AgentBody>,
    /// To be given as `after` for the next page; null at the end.
    next: Option<String>,
}

/// Lists the agents.
#[utoipa::path(get, path = "/api/v1/agent/agents", operation_id = "agents", tag = "Agents", params(Paged<uuid::Uuid>), security(("token" = [])),
    responses((status = 200, body = AgentList), (status = 401, body = Problem), (status = 403, body = Problem)))]
pub(crate) async fn list(
    State(portal): State<Portal>,
    caller: Caller,
    Query(paged): Query<Paged<uuid::Uuid>>,
) -> Result<Json<AgentList>, JsonProblem> {
    let read = portal.desk().agents(&caller.present, paged.after().map(AccountId), paged.most()).await;
    let (read, next) = paged.page(read.map_err(in_json(&portal))?, |(agent, _)| agent.account.0);
    let body = |(agent, account): &(Agent, Account)| AgentBody {
        id: agent.account.0.to_string(),
        holder: account.holder.to_string(),
        login: account.login().to_owned(),
        roles: agent.roles.iter().map(|role| role.code()).collect(),
        second_factor: agent.second.is_some(),
        state: account.state.code(),
    };
    Ok(Json(AgentList { agents: read.iter().map(body).collect(), next }))
}

/// Somebody who is to be an agent.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes the body; it is read field by field")]
pub(crate) struct AppointBody {
    #[schema(example = "Ama Chef")]
    holder: String,
    #[schema(example = "ama@caisse.example")]
    email: String,
    /// `activate`, `unblock`, `read_refusals`, `treat_disputes`, `administer`.
    roles: Vec<String>,
}

/// The agent who was made.
#[derive(Serialize, ToSchema)]
pub(crate) struct AppointAnswer {
    id: String,
}

/// Makes an agent, who is told a first password by e-mail. The same address again is the same agent.
#[utoipa::path(post, path = "/api/v1/agent/agents", operation_id = "appoint_agent", tag = "Agents", request_body = AppointBody, security(("token" = [])),
    responses((status = 201, body = AppointAnswer), (status = 401, body = Problem), (status = 403, body = Problem), (status = 422, body = Problem)))]
pub(crate) async fn appoint_json(
    State(portal): State<Portal>,
    caller: Caller,
    mut body: Body,
) -> Result<(StatusCode, Json<AppointAnswer>), JsonProblem> {
    let mut fields = body.fields();
    let (holder, email) = (fields.text("holder"), fields.text("email"));
    let roles = fields.codes("roles", 5, &CODES);
    let new = holder.zip(email).and_then(|(holder, email)| match read(&holder, &email) {
        Ok(new) => Some(new),
        Err(faults) => {
            for fault in faults {
                fields.fault(&fault.path(), fault.kind);
            }
            None
        }
    });
    let new = body.done(new).map_err(|refusal| JsonProblem::refused(&refusal, portal.words()))?;
    let at = portal.moment();
    let appointment = ChallengeId(at.entropy.uuid(at.now));
    let made = appoint(&portal, &caller.present, &new, appointment, &of_codes(&roles)).await;
    let id = made.map_err(stopped_json(&portal))?.0.to_string();
    Ok((StatusCode::CREATED, Json(AppointAnswer { id })))
}
