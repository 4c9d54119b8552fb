//! `/compte/mandats`: the companies for which somebody acts. An accountant takes a mandate up, and
//! changes from one company to another; the one he acts for stands above every page.

use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::{Form, Json};
use chrono::{DateTime, Utc};
use cnss_core::access::Rights;
use cnss_core::account::Mandate;
use cnss_core::desk::DeskError;
use cnss_core::employer::Employer;
use cnss_core::id::MandateId;
use cnss_core::refusal::{Fault as CoreFault, FaultKind, Refusal};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::own::{OnlyToken, iso};
use crate::body::Body;
use crate::page::{PageResult, on_page, send};
use crate::paged::{Paged, cut};
use crate::portal::Portal;
use crate::problem::{JsonProblem, Problem, in_json};
use crate::said::{self, Said};
use crate::session::{Caller, Visitor};
#[cfg(test)]
use crate::view::sample;
use crate::view::{Link, Pager, Shell, StatusTag, Tone};

/// The path of the page.
const PATH: &str = "/compte/mandats";
/// Mandates on one page.
const PAGE: u32 = 10;

/// « Mes mandats ».
#[derive(askama::Template)]
#[template(path = "account/mandates.html")]
pub struct MandatesPage {
    /// Around the page.
    pub shell: Shell,
    /// The company that one acts for now.
    pub acting: Option<String>,
    /// What is offered and not taken up.
    pub offered: Vec<MandateRow>,
    /// Other pages of that.
    pub offered_pager: Pager,
    /// What one has.
    pub held: Vec<MandateRow>,
    /// Other pages of that.
    pub pager: Pager,
    /// One's own company gives mandates.
    pub principal: bool,
}

/// One mandate.
pub struct MandateRow {
    /// Identity.
    pub id: String,
    /// Company.
    pub company: String,
    /// Its number.
    pub number: String,
    /// What it allows.
    pub rights: String,
    /// Since when, or how it stands.
    pub state: StatusTag,
    /// It may be acted by, or taken up.
    pub open: bool,
    /// It is the one that is acted by.
    pub current: bool,
}

/// What a mandate allows, in words.
pub(crate) fn rights_text(rights: Rights) -> String {
    let all = [
        (rights.declare, "déclarer les salaires"),
        (rights.pay, "payer les cotisations"),
        (rights.read, "lire le compte"),
    ];
    let given: Vec<&str> = all.iter().filter(|(given, _)| *given).map(|(_, text)| *text).collect();
    given.join(", ")
}

/// How a mandate stands.
pub(crate) fn state_tag(portal: &Portal, mandate: &Mandate, now: DateTime<Utc>) -> StatusTag {
    match (mandate.withdrawn_at, mandate.account) {
        (Some(at), _) => StatusTag::new(Tone::Neutral, format!("Retiré le {}", portal.day_text(at))),
        (None, Some(_)) => StatusTag::new(Tone::Success, "En vigueur"),
        (None, None) if mandate.lapsed(now) => StatusTag::new(Tone::Warning, "Invitation expirée"),
        (None, None) => StatusTag::new(Tone::Info, "Invitation envoyée"),
    }
}

impl MandateRow {
    fn of(
        portal: &Portal,
        (mandate, employer): &(Mandate, Employer),
        acting: Option<MandateId>,
        now: DateTime<Utc>,
    ) -> Self {
        let offered = mandate.account.is_none();
        Self {
            id: mandate.id.0.to_string(),
            company: employer.name.to_string(),
            number: employer.number.to_string(),
            rights: rights_text(mandate.rights),
            state: state_tag(portal, mandate, now),
            open: if offered { !mandate.lapsed(now) } else { mandate.stands() },
            current: acting == Some(mandate.id) && mandate.stands(),
        }
    }
}

impl MandatesPage {
    /// Sample page.
    #[cfg(test)]
    pub fn sample() -> Self {
        let row = |company: &str, state, open, current| MandateRow {
            id: "0192f3c4".into(),
            company: company.into(),
            number: "EMP-000101".into(),
            rights: "déclarer les salaires, lire le compte".into(),
            state,
            open,
            current,
        };
        let stands = || StatusTag::new(Tone::Success, "En vigueur");
        Self {
            shell: sample::employer("Mes mandats", PATH, &[("Mon compte", "/compte")]),
            acting: Some("Boulangerie N'Guissan & Fils".into()),
            offered: vec![row("Hôtel du Lac", StatusTag::new(Tone::Info, "Invitation envoyée"), true, false)],
            offered_pager: Pager::new("Mandats proposés", ""),
            held: vec![
                row("Boulangerie N'Guissan & Fils", stands(), true, true),
                row("Bâtiments Réunis", stands(), true, false),
                row("Transports Koffi", StatusTag::new(Tone::Neutral, "Retiré le 3 mars 2026"), false, false),
            ],
            pager: Pager::new("Mes mandats", "").next("/compte/mandats?apres=0192"),
            principal: true,
        }
    }
}

/// Which page of each list.
#[derive(Default, Deserialize)]
pub(crate) struct After {
    apres: Option<uuid::Uuid>,
    proposes: Option<uuid::Uuid>,
}

/// The ways to other pages of a list by identity.
pub(crate) fn pager(
    label: &str,
    path: &str,
    key: &str,
    after: Option<uuid::Uuid>,
    last: Option<uuid::Uuid>,
) -> Pager {
    let mut pager = Pager::new(label, "");
    if let Some(last) = last {
        pager = pager.next(format!("{path}?{key}={last}"));
    }
    if after.is_some() {
        pager = pager.previous(path.to_owned());
    }
    pager
}

/// `GET /compte/mandats`.
pub(crate) async fn page(
    State(portal): State<Portal>,
    visitor: Visitor,
    Query(query): Query<After>,
    headers: HeaderMap,
) -> PageResult {
    let fail = on_page(&portal, &visitor);
    let (present, now) = (&visitor.present, portal.moment().now);
    let (after, offered_after) = (query.apres.map(MandateId), query.proposes.map(MandateId));
    let most = PAGE.saturating_add(1);
    let mut held = portal.desk().mandates_held(present, after, most).await.map_err(&fail)?;
    let mut offered = portal.desk().mandates_offered(present, offered_after, most).await.map_err(&fail)?;
    let (more, more_offered) = (cut(&mut held, PAGE), cut(&mut offered, PAGE));
    let last = |rows: &[(Mandate, Employer)], more: bool| rows.last().filter(|_| more).map(|(m, _)| m.id.0);
    let acting = present.session.acting;
    let own = visitor.company.clone();
    let mut shell = portal.shell_of(&visitor, "Mes mandats", PATH, None);
    shell.trail.push(Link::new("Mon compte", "/compte"));
    said::tell(&headers, &mut shell);
    let page = MandatesPage {
        shell,
        acting: own,
        offered_pager: pager(
            "Mandats proposés",
            PATH,
            "proposes",
            query.proposes,
            last(&offered, more_offered),
        ),
        pager: pager("Mes mandats", PATH, "apres", query.apres, last(&held, more)),
        offered: offered.iter().map(|one| MandateRow::of(&portal, one, acting, now)).collect(),
        held: held.iter().map(|one| MandateRow::of(&portal, one, acting, now)).collect(),
        principal: matches!(present.account.subject, cnss_core::access::Subject::Employer(_)),
    };
    Ok(said::told(&headers, &portal, send(&page)))
}

/// The mandate in an address.
#[derive(Deserialize)]
pub(crate) struct MandatePath {
    pub(crate) id: uuid::Uuid,
}

/// Takes a mandate up; one's own already is taken up still.
async fn take_up(
    portal: &Portal,
    present: &cnss_core::desk::Present,
    id: MandateId,
) -> Result<(), DeskError> {
    match portal.desk().accept_mandate(present, id, &portal.moment()).await {
        Err(DeskError::Refused(Refusal::NotFound)) => {
            let (mandate, _) = portal.desk().mandate_of(present, id).await?;
            let own = mandate.stands() && mandate.account == Some(present.account.id);
            if own { Ok(()) } else { Err(Refusal::NotFound.into()) }
        }
        answer => answer,
    }
}

/// `POST /compte/mandats/{id}/acceptation`.
pub(crate) async fn accept(
    State(portal): State<Portal>,
    visitor: Visitor,
    Path(path): Path<MandatePath>,
    Form(form): Form<OnlyToken>,
) -> PageResult {
    visitor.must_have_sent(&form.csrf, &portal)?;
    take_up(&portal, &visitor.present, MandateId(path.id)).await.map_err(on_page(&portal, &visitor))?;
    Ok(Said::Accepted.at(&portal, PATH))
}

/// By which mandate one acts; none for oneself.
#[derive(Deserialize)]
pub(crate) struct Acting {
    #[serde(default)]
    csrf: String,
    #[serde(default)]
    mandate: Option<uuid::Uuid>,
}

/// `POST /compte/mandats/entreprise`: acts for a company, or for oneself again.
pub(crate) async fn act(
    State(portal): State<Portal>,
    visitor: Visitor,
    Form(form): Form<Acting>,
) -> PageResult {
    visitor.must_have_sent(&form.csrf, &portal)?;
    let id = form.mandate.map(MandateId);
    let acted = portal.desk().act_for(&visitor.present, id, &portal.moment()).await;
    acted.map_err(on_page(&portal, &visitor))?;
    let said = if id.is_some() { Said::Acting } else { Said::Own };
    Ok(said.at(&portal, PATH))
}

/// What a mandate allows.
#[derive(Serialize, ToSchema)]
pub(crate) struct RightsBody {
    /// File wage declarations.
    declare: bool,
    /// Issue payment references.
    pay: bool,
    /// Read the contribution account.
    read: bool,
}

impl From<Rights> for RightsBody {
    fn from(rights: Rights) -> Self {
        Self { declare: rights.declare, pay: rights.pay, read: rights.read }
    }
}

/// A mandate, for who has it or is offered it.
#[derive(Serialize, ToSchema)]
pub(crate) struct HeldBody {
    id: String,
    /// Number of the company.
    #[schema(example = "EMP-000101")]
    employer: String,
    company: String,
    rights: RightsBody,
    given_at: String,
    /// `offered`, `lapsed`, `standing` or `withdrawn`.
    #[schema(example = "standing")]
    state: &'static str,
    /// The session acts by it now.
    acting: bool,
}

/// How a mandate stands, for programs.
pub(crate) fn state_code(mandate: &Mandate, now: DateTime<Utc>) -> &'static str {
    match (mandate.withdrawn_at, mandate.account) {
        (Some(_), _) => "withdrawn",
        (None, Some(_)) => "standing",
        (None, None) if mandate.lapsed(now) => "lapsed",
        (None, None) => "offered",
    }
}

/// Mandates, the oldest first.
#[derive(Serialize, ToSchema)]
pub(crate) struct HeldAnswer {
    mandates: Vec<HeldBody>,
    /// To be given as `after` for the next page; null at the end.
    next: Option<String>,
}

/// Which mandates.
#[derive(Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
pub(crate) struct HeldQuery {
    /// Those that are offered and not taken up, in place of one's own.
    #[serde(default)]
    offered: bool,
    #[param(ignore)]
    after: Option<uuid::Uuid>,
    #[param(ignore)]
    limit: Option<u32>,
}

/// Lists the mandates that the holder of the session has, or is offered.
#[utoipa::path(get, path = "/api/v1/account/mandates", operation_id = "own_mandates", tag = "Mon compte", params(HeldQuery, Paged<uuid::Uuid>), security(("token" = [])),
    responses((status = 200, body = HeldAnswer), (status = 401, body = Problem)))]
pub(crate) async fn json(
    State(portal): State<Portal>,
    caller: Caller,
    Query(query): Query<HeldQuery>,
) -> Result<Json<HeldAnswer>, JsonProblem> {
    let paged = Paged::asked(query.after, query.limit);
    let (after, most) = (paged.after().map(MandateId), paged.most());
    let now = portal.moment().now;
    let desk = portal.desk();
    let read = if query.offered {
        desk.mandates_offered(&caller.present, after, most).await
    } else {
        desk.mandates_held(&caller.present, after, most).await
    };
    let (read, next) = paged.page(read.map_err(in_json(&portal))?, |(mandate, _)| mandate.id.0);
    let acting = caller.present.session.acting;
    let body = |(mandate, employer): &(Mandate, Employer)| HeldBody {
        id: mandate.id.0.to_string(),
        employer: employer.number.to_string(),
        company: employer.name.to_string(),
        rights: mandate.rights.into(),
        given_at: iso(mandate.given_at),
        state: state_code(mandate, now),
        acting: acting == Some(mandate.id) && mandate.stands(),
    };
    Ok(Json(HeldAnswer { mandates: read.iter().map(body).collect(), next }))
}

/// Takes up a mandate that is offered to one's address.
#[utoipa::path(post, path = "/api/v1/account/mandates/{id}/acceptance", operation_id = "accept_mandate", tag = "Mon compte",
    params(("id" = String, Path, description = "The mandate")), security(("token" = [])),
    responses((status = 204), (status = 401, body = Problem), (status = 404, body = Problem)))]
pub(crate) async fn accept_json(
    State(portal): State<Portal>,
    caller: Caller,
    Path(path): Path<MandatePath>,
) -> Result<StatusCode, JsonProblem> {
    take_up(&portal, &caller.present, MandateId(path.id)).await.map_err(in_json(&portal))?;
    Ok(StatusCode::NO_CONTENT)
}

/// For which company a session acts.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes the body; it is read field by field")]
pub(crate) struct ActingBody {
    /// The mandate; null for oneself.
    mandate: Option<String>,
}

/// Says by which mandate the session acts from now on.
#[utoipa::path(put, path = "/api/v1/session/acting", operation_id = "act_for", tag = "Session", request_body = ActingBody, security(("token" = [])),
    responses((status = 204), (status = 401, body = Problem), (status = 404, body = Problem), (status = 422, body = Problem)))]
pub(crate) async fn act_json(
    State(portal): State<Portal>,
    caller: Caller,
    mut body: Body,
) -> Result<StatusCode, JsonProblem> {
    let mandate = body.fields().optional_text("mandate");
    let read = body.done(Some(mandate)).and_then(|mandate| {
        let parse = |text: String| {
            let kind = FaultKind::NotAllowed { allowed: "UUID".to_owned() };
            text.parse().map_err(|_| Refusal::Invalid(vec![CoreFault::field("mandate", kind).given(&text)]))
        };
        mandate.map(parse).transpose()
    });
    let id = read.map_err(|refusal| JsonProblem::refused(&refusal, portal.words()))?.map(MandateId);
    portal.desk().act_for(&caller.present, id, &portal.moment()).await.map_err(in_json(&portal))?;
    Ok(StatusCode::NO_CONTENT)
}
