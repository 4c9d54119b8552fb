//! `/employeur/mandats`: an employer invites people to act for it, sees them, and withdraws what it gave.

use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::{Form, Json};
use cnss_core::access::Rights;
use cnss_core::account::Mandate;
use cnss_core::desk::DeskError;
use cnss_core::id::{MandateId, RequestKey};
use cnss_core::person::{Email, Name};
use cnss_core::refusal::{Fault as CoreFault, FaultKind, Refusal};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::declaration::uuid_text;
use crate::account::mandates::{MandatePath, RightsBody, pager, rights_text, state_code, state_tag};
use crate::account::own::{OnlyToken, iso};
use crate::body::Body;
use crate::form::{Choice, Choices, Fault, Field};
use crate::page::{PageProblem, PageResult, on_page, send, send_with};
use crate::paged::{Paged, cut};
use crate::portal::Portal;
use crate::problem::{JsonProblem, Problem, in_json};
use crate::said::{self, Said};
use crate::session::{Caller, Visitor};
#[cfg(test)]
use crate::view::sample;
use crate::view::{Pager, Shell, StatusTag};
use crate::words::date_text;

/// The path of the page.
const PATH: &str = "/employeur/mandats";
/// Mandates on one page.
const PAGE: u32 = 10;

/// « Mandats »: those that are given, and the form to give one.
#[derive(askama::Template)]
#[template(path = "employer/mandates.html")]
pub struct GivenPage {
    /// Around the page.
    pub shell: Shell,
    /// What is wrong.
    pub errors: Vec<Fault>,
    /// Key that makes a repeated request harmless.
    pub request_key: String,
    /// Whom to invite.
    pub email: Field,
    /// What he may do.
    pub rights: Choices,
    /// Those that are given, the oldest first.
    pub given: Vec<GivenRow>,
    /// Other pages of them.
    pub pager: Pager,
}

/// One mandate that is given.
pub struct GivenRow {
    /// Identity.
    pub id: String,
    /// Who was invited.
    pub invited: String,
    /// Who took it up.
    pub holder: Option<String>,
    /// What it allows.
    pub rights: String,
    /// When it was given.
    pub given: String,
    /// How it stands.
    pub state: StatusTag,
    /// It may be withdrawn.
    pub open: bool,
}

fn email_field() -> Field {
    Field::new("email", "Adresse électronique de la personne")
        .kind("email")
        .autocomplete("off")
        .required()
        .hint("Elle reçoit une invitation, et accepte le mandat avec le compte qui porte cette adresse.")
}

fn rights_choices(rights: Rights) -> Choices {
    let option = |value: &str, label: &str, hint: &str, checked| Choice {
        value: value.to_owned(),
        label: label.to_owned(),
        hint: Some(hint.to_owned()),
        checked,
    };
    Choices {
        name: "right".to_owned(),
        label: "Ce qu'elle pourra faire".to_owned(),
        required: true,
        error: None,
        options: vec![
            option("declare", "Déclarer", "Saisir, envoyer et déposer les déclarations.", rights.declare),
            option("pay", "Payer", "Obtenir des références de paiement.", rights.pay),
            option("read", "Lire", "Voir le Compte-Cotisant et les paiements.", rights.read),
        ],
    }
}

impl GivenPage {
    fn refuse(&mut self, name: &str, text: String) {
        self.errors.push(Fault::new(format!("#{name}"), text.clone()));
        let place = if name == "right" { &mut self.rights.error } else { &mut self.email.error };
        *place = Some(text);
    }

    /// Sample page, after a refusal.
    #[cfg(test)]
    pub fn sample() -> Self {
        use crate::view::Tone;
        let row = |invited: &str, holder: Option<&str>, state, open| GivenRow {
            id: "0192f3c4".into(),
            invited: invited.into(),
            holder: holder.map(Into::into),
            rights: "déclarer les salaires".into(),
            given: "3 mars 2026".into(),
            state,
            open,
        };
        let mut page = Self {
            shell: sample::employer("Mandats", PATH, &[("Tableau de bord", "/employeur")]),
            errors: Vec::new(),
            request_key: "0192f3c4-88cc".into(),
            email: email_field(),
            rights: rights_choices(Rights::default()),
            given: vec![
                row(
                    "cabinet@exemple.tg",
                    Some("Cabinet Kodjo"),
                    StatusTag::new(Tone::Success, "En vigueur"),
                    true,
                ),
                row("ama@exemple.tg", None, StatusTag::new(Tone::Info, "Invitation envoyée"), true),
            ],
            pager: Pager::new("Mandats", ""),
        };
        page.refuse("right", "Cochez au moins un droit.".into());
        page
    }
}

/// Which page of the list.
#[derive(Default, Deserialize)]
pub(crate) struct After {
    apres: Option<uuid::Uuid>,
}

async fn blank(portal: &Portal, visitor: &Visitor, query: &After) -> Result<GivenPage, PageProblem> {
    let (after, now) = (query.apres.map(MandateId), portal.moment().now);
    let given = portal.desk().mandates_given(&visitor.present, after, PAGE.saturating_add(1)).await;
    let mut given = given.map_err(on_page(portal, visitor))?;
    let more = cut(&mut given, PAGE);
    let last = given.last().filter(|_| more).map(|(mandate, _)| mandate.id.0);
    let row = |(mandate, holder): &(Mandate, Option<Name>)| GivenRow {
        id: mandate.id.0.to_string(),
        invited: mandate.invited.to_string(),
        holder: holder.as_ref().map(ToString::to_string),
        rights: rights_text(mandate.rights),
        given: date_text(mandate.given_at.date_naive()),
        state: state_tag(mandate, now),
        open: mandate.withdrawn_at.is_none(),
    };
    Ok(GivenPage {
        shell: portal.employer_shell(visitor, "Mandats", PATH, &[]).await,
        errors: Vec::new(),
        request_key: uuid_text(portal),
        email: email_field(),
        rights: rights_choices(Rights::default()),
        given: given.iter().map(row).collect(),
        pager: pager("Mandats", PATH, "apres", query.apres, last),
    })
}

/// `GET /employeur/mandats`.
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

/// What was typed.
#[derive(Deserialize)]
pub(crate) struct Typed {
    #[serde(default)]
    csrf: String,
    request_key: uuid::Uuid,
    #[serde(default)]
    email: String,
    #[serde(default)]
    right_declare: Option<String>,
    #[serde(default)]
    right_pay: Option<String>,
    #[serde(default)]
    right_read: Option<String>,
}

/// Reads whom to invite and what for, every fault at once.
fn read(email: &str, rights: Rights) -> Result<Email, Vec<CoreFault>> {
    let mut faults = Vec::new();
    let read = Email::parse(email);
    if email.trim().is_empty() {
        faults.push(CoreFault::field("email", FaultKind::Missing));
    } else if read.is_err() {
        let given: String = email.chars().take(254).collect();
        faults.push(CoreFault::field("email", FaultKind::NotAnEmail).given(&given));
    }
    if rights == Rights::default() {
        faults.push(CoreFault::field("right", FaultKind::Missing));
    }
    match read {
        Ok(email) if faults.is_empty() => Ok(email),
        _ => Err(faults),
    }
}

/// The form was sent before, for somebody else: by the back button, for instance.
const REUSED: &str = "Ce formulaire a déjà servi à inviter quelqu'un d'autre. Vérifiez ce que vous avez saisi et envoyez-le de nouveau.";

/// `POST /employeur/mandats`: invites somebody; sent twice, it is one invitation.
pub(crate) async fn invite(
    State(portal): State<Portal>,
    visitor: Visitor,
    Form(typed): Form<Typed>,
) -> PageResult {
    visitor.must_have_sent(&typed.csrf, &portal)?;
    let key = RequestKey::of_client(typed.request_key);
    let key = key.ok_or_else(|| PageProblem::plain(&portal, Some(&visitor), StatusCode::BAD_REQUEST))?;
    let rights = Rights {
        declare: typed.right_declare.is_some(),
        pay: typed.right_pay.is_some(),
        read: typed.right_read.is_some(),
    };
    let faults = match read(&typed.email, rights) {
        Ok(email) => {
            let at = portal.moment();
            match portal.desk().give_mandate(&visitor.present, &email, rights, key, &at).await {
                Ok(_) => return Ok(Said::Invited.at(&portal, PATH)),
                Err(DeskError::Refused(Refusal::KeyReused)) => Vec::new(),
                Err(error) => return Err(on_page(&portal, &visitor)(error)),
            }
        }
        Err(faults) => faults,
    };
    let mut page = blank(&portal, &visitor, &After::default()).await?;
    page.email.value = typed.email.chars().take(254).collect();
    page.rights = rights_choices(rights);
    let status = if faults.is_empty() {
        page.refuse("email", REUSED.to_owned());
        StatusCode::CONFLICT
    } else {
        StatusCode::UNPROCESSABLE_ENTITY
    };
    for fault in faults {
        let text = match fault.path().as_str() {
            "right" => "Cochez au moins un droit.".to_owned(),
            _ => portal.words().fault(&fault),
        };
        page.refuse(&fault.path(), text);
    }
    Ok(send_with(status, &page))
}

/// Withdraws; what is withdrawn is so.
async fn take_back(
    portal: &Portal,
    present: &cnss_core::desk::Present,
    id: MandateId,
) -> Result<(), DeskError> {
    match portal.desk().withdraw_mandate(present, id, &portal.moment()).await {
        Err(DeskError::Refused(Refusal::NothingChanged)) => Ok(()),
        answer => answer,
    }
}

/// `POST /employeur/mandats/{id}/retrait`.
pub(crate) async fn withdraw(
    State(portal): State<Portal>,
    visitor: Visitor,
    Path(path): Path<MandatePath>,
    Form(form): Form<OnlyToken>,
) -> PageResult {
    visitor.must_have_sent(&form.csrf, &portal)?;
    take_back(&portal, &visitor.present, MandateId(path.id)).await.map_err(on_page(&portal, &visitor))?;
    Ok(Said::Withdrawn.at(&portal, PATH))
}

/// A mandate that is given.
#[derive(Serialize, ToSchema)]
pub(crate) struct GivenBody {
    id: String,
    /// Who was invited.
    invited: String,
    /// Who took it up.
    holder: Option<String>,
    rights: RightsBody,
    given_at: String,
    /// `offered`, `lapsed`, `standing` or `withdrawn`.
    #[schema(example = "offered")]
    state: &'static str,
}

/// The mandates that are given, the oldest first.
#[derive(Serialize, ToSchema)]
pub(crate) struct GivenAnswer {
    mandates: Vec<GivenBody>,
    /// To be given as `after` for the next page; null at the end.
    next: Option<String>,
}

/// Lists the mandates that the employer gave.
#[utoipa::path(get, path = "/api/v1/employer/mandates", operation_id = "given_mandates", tag = "Employeur", params(Paged<uuid::Uuid>), security(("token" = [])),
    responses((status = 200, body = GivenAnswer), (status = 401, body = Problem), (status = 403, body = Problem)))]
pub(crate) async fn list(
    State(portal): State<Portal>,
    caller: Caller,
    Query(paged): Query<Paged<uuid::Uuid>>,
) -> Result<Json<GivenAnswer>, JsonProblem> {
    let after = paged.after().map(MandateId);
    let given = portal.desk().mandates_given(&caller.present, after, paged.most()).await;
    let (given, next) = paged.page(given.map_err(in_json(&portal))?, |(mandate, _)| mandate.id.0);
    let now = portal.moment().now;
    let body = |(mandate, holder): &(Mandate, Option<Name>)| GivenBody {
        id: mandate.id.0.to_string(),
        invited: mandate.invited.to_string(),
        holder: holder.as_ref().map(ToString::to_string),
        rights: mandate.rights.into(),
        given_at: iso(mandate.given_at),
        state: state_code(mandate, now),
    };
    Ok(Json(GivenAnswer { mandates: given.iter().map(body).collect(), next }))
}

/// An invitation.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes the body; it is read field by field")]
pub(crate) struct InviteBody {
    #[schema(example = "cabinet@example.tg")]
    email: String,
    /// File wage declarations.
    #[schema(default = false)]
    declare: bool,
    /// Issue payment references.
    #[schema(default = false)]
    pay: bool,
    /// Read the contribution account.
    #[schema(default = false)]
    read: bool,
    /// A UUID that the client makes; the same again is the same request.
    #[schema(example = "0198f3a0-0000-7000-8000-000000000001")]
    request_key: String,
}

/// The invitation that was made.
#[derive(Serialize, ToSchema)]
pub(crate) struct InviteAnswer {
    id: String,
}

/// Invites somebody to act for the employer. The same request key gives the same answer.
#[utoipa::path(post, path = "/api/v1/employer/mandates", operation_id = "give_mandate", tag = "Employeur", request_body = InviteBody, security(("token" = [])),
    responses((status = 201, body = InviteAnswer), (status = 401, body = Problem), (status = 403, body = Problem), (status = 409, body = Problem), (status = 422, body = Problem)))]
pub(crate) async fn json(
    State(portal): State<Portal>,
    caller: Caller,
    mut body: Body,
) -> Result<(StatusCode, Json<InviteAnswer>), JsonProblem> {
    let mut fields = body.fields();
    let (email, key) = (fields.text("email"), fields.request_key("request_key"));
    let rights =
        Rights { declare: fields.flag("declare"), pay: fields.flag("pay"), read: fields.flag("read") };
    let address = email.as_deref().and_then(|text| {
        let read = Email::parse(text).ok();
        if read.is_none() {
            fields.fault("email", FaultKind::NotAnEmail);
        }
        read
    });
    if rights == Rights::default() {
        fields.fault("declare", FaultKind::Missing);
    }
    let read = body.done(address.zip(key));
    let (email, key) = read.map_err(|refusal| JsonProblem::refused(&refusal, portal.words()))?;
    let given = portal.desk().give_mandate(&caller.present, &email, rights, key, &portal.moment()).await;
    let id = given.map_err(in_json(&portal))?.0.to_string();
    Ok((StatusCode::CREATED, Json(InviteAnswer { id })))
}

/// Withdraws a mandate: the next request of its holder is refused already.
#[utoipa::path(delete, path = "/api/v1/employer/mandates/{id}", operation_id = "withdraw_mandate", tag = "Employeur",
    params(("id" = String, Path, description = "The mandate")), security(("token" = [])),
    responses((status = 204), (status = 401, body = Problem), (status = 403, body = Problem), (status = 404, body = Problem)))]
pub(crate) async fn withdraw_json(
    State(portal): State<Portal>,
    caller: Caller,
    Path(path): Path<MandatePath>,
) -> Result<StatusCode, JsonProblem> {
    take_back(&portal, &caller.present, MandateId(path.id)).await.map_err(in_json(&portal))?;
    Ok(StatusCode::NO_CONTENT)
}
