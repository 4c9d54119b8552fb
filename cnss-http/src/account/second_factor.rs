//! `/agent/second-facteur`: an agent sets his second factor up, or gives it after the password.

use axum::Form;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use cnss_core::account::Agent;
use cnss_core::account::second_factor::{Second, may_set_up};
use cnss_core::desk::{DeskError, Present};
use cnss_core::refusal::Refusal;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::act_refused;
use super::form_page::FormPage;
use super::login::{home_of, inside};
use crate::body::Body;
use crate::form::{Fault, Field};
use crate::page::{PageResult, encode, on_page, send, send_with};
use crate::portal::Portal;
use crate::problem::{JsonProblem, Problem, in_json, status};
use crate::second_factor::{Picture, digits, picture};
use crate::session::{Obliged, ObligedCaller, Visitor};
use crate::view::Shell;
#[cfg(test)]
use crate::view::sample;

/// The path of the page.
const PATH: &str = "/agent/second-facteur";
/// The same, to replace the one that is there.
const ANEW: &str = "/agent/second-facteur?nouveau=true";

/// « Second facteur »: the picture to take, and the digits to give for it.
#[derive(askama::Template)]
#[template(path = "account/second_factor.html")]
pub struct SetUpPage {
    /// Around the page.
    pub shell: Shell,
    /// What is wrong.
    pub errors: Vec<Fault>,
    /// Side of the picture in squares, with its quiet zone.
    pub side: usize,
    /// Path that draws it.
    pub path: String,
    /// The secret in groups of four letters, for who cannot take a picture.
    pub manual: String,
    /// The address that the picture holds, to be opened on the phone itself.
    pub address: String,
    /// The digits.
    pub code: Field,
    /// Where to go then.
    pub next: Option<String>,
}

/// The recovery codes, shown once.
#[derive(askama::Template)]
#[template(path = "account/recovery_codes.html")]
pub struct CodesPage {
    /// Around the page.
    pub shell: Shell,
    /// The codes.
    pub codes: Vec<String>,
    /// Where to go then.
    pub next: String,
}

/// What was typed.
#[derive(Default, Deserialize)]
pub(crate) struct Typed {
    #[serde(default)]
    csrf: String,
    #[serde(default)]
    code: String,
    #[serde(default)]
    next: Option<String>,
    /// Another second factor is to be set up.
    #[serde(default)]
    nouveau: bool,
}

/// « Code à six chiffres ».
pub(super) fn code_field() -> Field {
    Field::new("code", "Code à six chiffres")
        .required()
        .inputmode("numeric")
        .autocomplete("one-time-code")
        .hint("Celui que votre application montre maintenant.")
}

fn given_field() -> Field {
    Field::new("code", "Code")
        .required()
        .autocomplete("one-time-code")
        .hint("Les six chiffres de votre application, ou l'un de vos codes de secours.")
}

/// What is said of wrong digits: those of the login speak of a password.
pub(super) const WRONG: &str =
    "Ce code n'est pas le bon, ou il a déjà servi. Attendez que votre application en montre un autre.";
/// What is said when nothing was typed.
pub(super) const MISSING: &str = "Saisissez le code.";

impl SetUpPage {
    fn of(shell: Shell, drawn: Picture, manual: &str, address: String, next: Option<String>) -> Self {
        let letters: Vec<char> = manual.chars().collect();
        let groups: Vec<String> = letters.chunks(4).map(|group| group.iter().collect()).collect();
        Self {
            shell,
            errors: Vec::new(),
            side: drawn.side.saturating_add(8),
            path: drawn.path,
            manual: groups.join(" "),
            address,
            code: code_field(),
            next,
        }
    }

    /// Sample page.
    #[cfg(test)]
    pub fn sample() -> Self {
        let shell = sample::agent("Votre second facteur", PATH, &[]);
        let drawn = picture("otpauth://totp/CNSS:ama").expect("a picture");
        Self::of(shell, drawn, "ABCDEFGHIJKLMNOP", "otpauth://totp/CNSS:ama".into(), Some("/agent".into()))
    }

    fn refuse(&mut self, why: &str) {
        self.code.error = Some(why.to_owned());
        self.errors = vec![Fault::new("#code", why)];
    }
}

impl CodesPage {
    /// Sample page.
    #[cfg(test)]
    pub fn sample() -> Self {
        Self {
            shell: sample::agent("Vos codes de secours", PATH, &[]),
            codes: vec!["abcd-efgh-ijkl-mnop".into(); 10],
            next: "/agent".into(),
        }
    }
}

/// Around a page where a duty is done nothing leads elsewhere: it would lead back here.
fn shell(portal: &Portal, visitor: &Visitor, title: &str) -> Shell {
    match visitor.present.duty {
        Some(_) => portal.bare_shell_of(visitor, title),
        None => portal.shell_of(visitor, title, PATH, None),
    }
}

fn set_up_page(portal: &Portal, visitor: &Visitor, agent: &Agent, next: Option<String>) -> Option<SetUpPage> {
    let (factors, account) = (portal.second_factors(), &visitor.present.account);
    let seed = factors.seed(account.id, visitor.present.session.token, agent.second.as_deref());
    let fund = &portal.desk().fund().name;
    let address = factors.address(account.id, &seed, fund, account.login());
    let shell = shell(portal, visitor, "Votre second facteur");
    Some(SetUpPage::of(shell, picture(&address)?, &factors.manual(account.id, &seed), address, next))
}

fn give_page(portal: &Portal, visitor: &Visitor, next: Option<String>) -> FormPage {
    let shell = shell(portal, visitor, "Votre second facteur");
    let page = FormPage::new(shell, PATH, "Continuer")
        .lead(
            "Ouvrez l'application de votre téléphone et saisissez le code qu'elle montre pour cette caisse.",
        )
        .field(given_field());
    match next {
        Some(next) => page.hide("next", next),
        None => page,
    }
}

/// Whether this session is to set a second factor up, or to give the one that is there.
fn sets_up(agent: &Agent, present: &Present, anew: bool) -> bool {
    agent.second.is_none() || (anew && present.session.second)
}

/// Whether this session may see another secret and set it up now: see [`may_set_up`].
fn may(portal: &Portal, present: &Present, agent: &Agent) -> Result<(), Refusal> {
    may_set_up(agent, &present.session, &portal.desk().rules().session, &portal.moment())
}

/// Where one goes after a proof that had grown old.
fn anew(next: Option<&str>) -> String {
    next.map_or_else(|| ANEW.to_owned(), |next| format!("{ANEW}&next={}", encode(next)))
}

fn onward(visitor: &Visitor, next: Option<String>) -> Response {
    let to = inside(next).unwrap_or_else(|| home_of(visitor.actor.subject).to_owned());
    Redirect::to(&to).into_response()
}

/// `GET /agent/second-facteur`.
pub(crate) async fn page(
    State(portal): State<Portal>,
    Obliged(visitor): Obliged,
    Query(asked): Query<Typed>,
) -> PageResult {
    let agent = portal.desk().agent(&visitor.present).await.map_err(on_page(&portal, &visitor))?;
    let next = inside(asked.next);
    if sets_up(&agent, &visitor.present, asked.nouveau) {
        if let Err(why) = may(&portal, &visitor.present, &agent) {
            return act_refused(&portal, &visitor, &why.into(), &anew(next.as_deref()));
        }
        let page = set_up_page(&portal, &visitor, &agent, next);
        let page = page.ok_or(Refusal::NotFound).map_err(|why| on_page(&portal, &visitor)(why.into()))?;
        return Ok(send(&page));
    }
    if visitor.present.session.second {
        return Ok(onward(&visitor, next));
    }
    Ok(send(&give_page(&portal, &visitor, next)))
}

/// What came of the digits.
enum Given {
    /// The factor is set up; these are its recovery codes.
    SetUp(Vec<String>),
    /// It was given.
    Proven,
}

/// Sets up or proves. A set-up that is sent twice, with the same digits, gives the same recovery codes
/// twice.
async fn give(
    portal: &Portal,
    present: &Present,
    agent: &Agent,
    typed: &str,
    anew: bool,
) -> Result<Given, DeskError> {
    let (factors, id, at) = (portal.second_factors(), present.account.id, portal.moment());
    let token = present.session.token;
    if let Some(kept) = agent.second.as_deref()
        && present.session.second
        && factors.is_of(id, token, kept)
    {
        let step = factors.step(id, kept, typed, at.now);
        if step.is_some() && step == agent.last_step && may(portal, present, agent).is_ok() {
            return Ok(Given::SetUp(factors.recovery_codes(id, kept)));
        }
    }
    if sets_up(agent, present, anew) {
        let seed = factors.seed(id, token, agent.second.as_deref());
        let step = factors.step(id, &seed, typed, at.now);
        let codes = factors.recovery_codes(id, &seed);
        return match portal.desk().set_up_second(present, &seed, step, &codes, &at).await {
            // The same form was faster.
            Ok(()) | Err(DeskError::Refused(Refusal::NothingChanged)) => Ok(Given::SetUp(codes)),
            Err(error) => Err(error),
        };
    }
    portal.desk().prove(present, &second(portal, present, agent, typed), &at).await?;
    Ok(Given::Proven)
}

/// What was typed as a second factor that is set up.
pub(super) fn second(portal: &Portal, present: &Present, agent: &Agent, typed: &str) -> Second {
    let (Some(seed), Some(_)) = (&agent.second, digits(typed)) else {
        return Second::Recovery(typed.chars().take(100).collect());
    };
    let now = portal.moment().now;
    Second::Step(portal.second_factors().step(present.account.id, seed, typed, now))
}

/// `POST /agent/second-facteur`.
pub(crate) async fn submit(
    State(portal): State<Portal>,
    Obliged(visitor): Obliged,
    Form(typed): Form<Typed>,
) -> PageResult {
    visitor.must_have_sent(&typed.csrf, &portal)?;
    let present = &visitor.present;
    let agent = portal.desk().agent(present).await.map_err(on_page(&portal, &visitor))?;
    let next = inside(typed.next);
    let given = match typed.code.trim() {
        "" => Err(None),
        code => give(&portal, present, &agent, code, typed.nouveau).await.map_err(Some),
    };
    let why = match given {
        Ok(Given::SetUp(codes)) => {
            let shell = shell(&portal, &visitor, "Vos codes de secours");
            let next = next.unwrap_or_else(|| home_of(visitor.actor.subject).to_owned());
            return Ok(send(&CodesPage { shell, codes, next }));
        }
        Ok(Given::Proven) => return Ok(onward(&visitor, next)),
        Err(None) => (StatusCode::UNPROCESSABLE_ENTITY, MISSING.to_owned()),
        Err(Some(DeskError::Refused(Refusal::WrongCredentials))) => {
            (StatusCode::UNPROCESSABLE_ENTITY, WRONG.to_owned())
        }
        Err(Some(DeskError::Refused(refusal @ Refusal::TooManyAttempts { .. }))) => {
            let (title, advice) = portal.words().refusal(&refusal);
            (status(&refusal), format!("{title}. {advice}"))
        }
        Err(Some(error)) => return act_refused(&portal, &visitor, &error, &anew(next.as_deref())),
    };
    let (status, why) = why;
    if sets_up(&agent, present, typed.nouveau)
        && let Err(why) = may(&portal, present, &agent)
    {
        return act_refused(&portal, &visitor, &why.into(), &anew(next.as_deref()));
    }
    if sets_up(&agent, present, typed.nouveau)
        && let Some(mut page) = set_up_page(&portal, &visitor, &agent, next.clone())
    {
        page.refuse(&why);
        return Ok(send_with(status, &page));
    }
    let mut page = give_page(&portal, &visitor, next);
    page.refuse("code", why);
    Ok(send_with(status, &page))
}

/// « Confirmez votre identité »: what is asked of whom.
fn proof_page(portal: &Portal, visitor: &Visitor, agent: bool, next: &str) -> FormPage {
    let shell = portal.shell_of(visitor, "Confirmez votre identité", "", None);
    let page = FormPage::new(shell, CONFIRM, "Confirmer").hide("next", next);
    if agent {
        page.lead("Ce que vous allez faire touche à l'identité ou à l'argent de quelqu'un. Saisissez de nouveau votre second facteur.")
            .field(given_field())
    } else {
        page.lead("Ce que vous allez faire touche à votre compte. Saisissez de nouveau votre mot de passe.")
            .field(super::login::password_field())
    }
}

/// The path of the page where one proves again who one is.
pub(crate) const CONFIRM: &str = "/compte/confirmation";

/// Leads to where one proves again who one is, and from there to `back`.
pub(crate) fn confirm_first(back: &str) -> Response {
    Redirect::to(&format!("{CONFIRM}?next={}", encode(back))).into_response()
}

/// What was typed to prove it.
#[derive(Deserialize)]
pub(crate) struct Proof {
    #[serde(default)]
    csrf: String,
    #[serde(default)]
    code: String,
    #[serde(default)]
    password: String,
    #[serde(default)]
    next: Option<String>,
}

/// `GET /compte/confirmation`.
pub(crate) async fn proof(
    State(portal): State<Portal>,
    visitor: Visitor,
    Query(asked): Query<Typed>,
) -> PageResult {
    let next = inside(asked.next).unwrap_or_else(|| "/compte".to_owned());
    let agent = visitor.present.account.subject == cnss_core::access::Subject::Agent;
    Ok(send(&proof_page(&portal, &visitor, agent, &next)))
}

/// Proves again who the holder of a session is, by the digits of an agent or by a password.
async fn prove(portal: &Portal, present: &Present, typed: &str) -> Result<(), crate::problem::Stopped> {
    if present.account.subject == cnss_core::access::Subject::Agent {
        let agent = portal.desk().agent(present).await?;
        let given = second(portal, present, &agent, typed);
        return Ok(portal.desk().prove(present, &given, &portal.moment()).await?);
    }
    super::own_password(portal, present, typed).await
}

/// `POST /compte/confirmation`.
pub(crate) async fn confirm(
    State(portal): State<Portal>,
    visitor: Visitor,
    Form(typed): Form<Proof>,
) -> PageResult {
    visitor.must_have_sent(&typed.csrf, &portal)?;
    let next = inside(typed.next).unwrap_or_else(|| "/compte".to_owned());
    let agent = visitor.present.account.subject == cnss_core::access::Subject::Agent;
    let (name, given) = if agent { ("code", &typed.code) } else { ("password", &typed.password) };
    let given = if agent { given.trim() } else { given.as_str() };
    let (status, why) = if given.is_empty() {
        let missing = if agent { MISSING } else { "Saisissez votre mot de passe." };
        (StatusCode::UNPROCESSABLE_ENTITY, missing.to_owned())
    } else {
        match prove(&portal, &visitor.present, given).await {
            Ok(()) => return Ok(Redirect::to(&next).into_response()),
            Err(stopped) => super::wrong_proof(&portal, &visitor, stopped, agent)?,
        }
    };
    let mut page = proof_page(&portal, &visitor, agent, &next);
    page.refuse(name, why);
    Ok(send_with(status, &page))
}

/// A program's second factor.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes the body; it is read field by field")]
pub(crate) struct SecondBody {
    /// Six digits, or a recovery code.
    #[schema(example = "287082")]
    code: String,
    /// The digits are those of another secret, which replaces the one that is set up; false when it is
    /// left out, and where none is set up.
    #[schema(default = false)]
    replace: Option<bool>,
}

/// What a second factor is set up with.
#[derive(Serialize, ToSchema)]
pub(crate) struct SecretBody {
    /// To be shown as a QR code.
    address: String,
    /// The secret in Base32.
    secret: String,
}

/// What came of the digits.
#[derive(Serialize, ToSchema)]
pub(crate) struct SecondAnswer {
    /// Shown once, when the second factor has just been set up.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    recovery_codes: Vec<String>,
}

/// The secret of a second factor that is not set up yet; the same until it is, as long as the session lives.
/// Where one is set up it is that of another, to replace it, and asks for a proof of the last minutes. The
/// secret of the one that is set up is never shown.
#[utoipa::path(get, path = "/api/v1/session/second-factor", operation_id = "second_factor_secret", tag = "Session", security(("token" = [])),
    responses((status = 200, body = SecretBody), (status = 401, body = Problem), (status = 403, body = Problem)))]
pub(crate) async fn secret(
    State(portal): State<Portal>,
    ObligedCaller(caller): ObligedCaller,
) -> Result<axum::Json<SecretBody>, JsonProblem> {
    let fail = in_json(&portal);
    let agent = portal.desk().agent(&caller.present).await.map_err(&fail)?;
    may(&portal, &caller.present, &agent).map_err(|why| fail(why.into()))?;
    let (factors, account) = (portal.second_factors(), &caller.present.account);
    let seed = factors.seed(account.id, caller.present.session.token, agent.second.as_deref());
    let address = factors.address(account.id, &seed, &portal.desk().fund().name, account.login());
    Ok(axum::Json(SecretBody { address, secret: factors.manual(account.id, &seed) }))
}

/// Gives the second factor of an agent, or sets it up with the digits of the secret that was given. With
/// `replace` another one takes its place, which asks for a proof of the last minutes; he is told by message.
#[utoipa::path(post, path = "/api/v1/session/second-factor", operation_id = "second_factor", tag = "Session", request_body = SecondBody, security(("token" = [])),
    responses((status = 200, body = SecondAnswer), (status = 401, body = Problem), (status = 403, body = Problem), (status = 422, body = Problem), (status = 429, body = Problem)))]
pub(crate) async fn json(
    State(portal): State<Portal>,
    ObligedCaller(caller): ObligedCaller,
    mut body: Body,
) -> Result<axum::Json<SecondAnswer>, JsonProblem> {
    let fail = in_json(&portal);
    let (code, replace) = (body.fields().text("code"), body.fields().flag("replace"));
    let code = body.done(code).map_err(|refusal| JsonProblem::refused(&refusal, portal.words()))?;
    let agent = portal.desk().agent(&caller.present).await.map_err(&fail)?;
    let recovery_codes = match give(&portal, &caller.present, &agent, &code, replace).await.map_err(&fail)? {
        Given::SetUp(codes) => codes,
        Given::Proven => Vec::new(),
    };
    Ok(axum::Json(SecondAnswer { recovery_codes }))
}

/// Who proves again who he is.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes the body; it is read field by field")]
pub(crate) struct ProofBody {
    /// The password; of an agent, six digits or a recovery code.
    proof: String,
}

/// Proves again who the holder of the session is, for what touches money or identity.
#[utoipa::path(post, path = "/api/v1/session/proof", operation_id = "prove_again", tag = "Session", request_body = ProofBody, security(("token" = [])),
    responses((status = 204), (status = 401, body = Problem), (status = 422, body = Problem), (status = 429, body = Problem)))]
pub(crate) async fn prove_json(
    State(portal): State<Portal>,
    caller: crate::session::Caller,
    mut body: Body,
) -> Result<StatusCode, JsonProblem> {
    let proof = body.fields().secret("proof");
    let proof = body.done(proof).map_err(|refusal| JsonProblem::refused(&refusal, portal.words()))?;
    prove(&portal, &caller.present, &proof).await.map_err(crate::problem::stopped_json(&portal))?;
    Ok(StatusCode::NO_CONTENT)
}
