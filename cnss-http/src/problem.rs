//! How the portal says no: `application/problem+json` to programs, a page to people, the
//! same words in both.

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use cnss_core::account::login::Duty;
use cnss_core::desk::DeskError;
use cnss_core::refusal::{Fault, Place, Refusal};
use serde::Serialize;
use utoipa::ToSchema;

use crate::password::Busy;
use crate::portal::Portal;
use crate::words::Words;

/// A problem, as RFC 9457 writes it.
#[derive(Debug, Serialize, ToSchema)]
pub struct Problem {
    /// The kind of problem, as a word that programs can rely on.
    #[schema(example = "invalid")]
    pub code: &'static str,
    /// The HTTP status.
    #[schema(example = 422)]
    pub status: u16,
    /// What happened, in French.
    pub title: String,
    /// What to do, in French.
    pub detail: String,
    /// Everything that is wrong with the input, all at once; the first 2000 of very many.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub faults: Vec<FaultBody>,
    /// How many faults there are, when not all are listed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub faults_total: Option<usize>,
    /// The rule whose text is not known.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "pension.average")]
    pub rule: Option<String>,
    /// The question that stands in the way.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub question: Option<QuestionBody>,
    /// Why money that a bank announced was not credited.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "other_amount")]
    pub reason: Option<String>,
    /// What must be done before anything else.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub duty: Option<DutyBody>,
}

/// What a session must do before anything else.
#[derive(Debug, Serialize, ToSchema)]
pub struct DutyBody {
    /// `second_factor`, `new_password` or `charter`.
    #[schema(example = "new_password")]
    pub kind: &'static str,
    /// The page where a person does it.
    #[schema(example = "/nouveau-mot-de-passe")]
    pub page: &'static str,
    /// The call by which a program does it.
    #[schema(example = "/api/v1/session/password")]
    pub call: &'static str,
}

impl DutyBody {
    pub(crate) const fn of(duty: &Duty) -> Self {
        match duty {
            Duty::SecondFactor => Self {
                kind: "second_factor",
                page: "/agent/second-facteur",
                call: "/api/v1/session/second-factor",
            },
            Duty::NewPassword => {
                Self { kind: "new_password", page: "/nouveau-mot-de-passe", call: "/api/v1/session/password" }
            }
            Duty::Charter(_) => Self { kind: "charter", page: "/charte", call: "/api/v1/session/charter" },
        }
    }
}

/// Why a request is not carried out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Stopped {
    /// The counter says no.
    Desk(DeskError),
    /// Too many passwords wait for their turn.
    Busy,
}

impl From<DeskError> for Stopped {
    fn from(error: DeskError) -> Self {
        Self::Desk(error)
    }
}

impl From<Refusal> for Stopped {
    fn from(refusal: Refusal) -> Self {
        Self::Desk(refusal.into())
    }
}

impl From<Busy> for Stopped {
    fn from(_: Busy) -> Self {
        Self::Busy
    }
}

/// What the texts do not settle.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct QuestionBody {
    /// Its key in the fund's data.
    #[schema(example = "rmm-periode")]
    pub key: String,
    /// In the jurist's words.
    pub text: String,
}

impl QuestionBody {
    pub(crate) fn of((key, text): &cnss_core::fund::Question) -> Self {
        Self { key: key.to_string(), text: text.to_string() }
    }
}

/// One fault of the input.
#[derive(Debug, Serialize, ToSchema)]
pub struct FaultBody {
    /// Where: a field, or a cell of a wage file.
    #[schema(example = "career[0].to")]
    pub path: String,
    /// The kind of fault, as a word that programs can rely on.
    #[schema(example = "ends_before_start")]
    pub code: &'static str,
    /// What to do, in French.
    pub message: String,
    /// The row of the wage file, as the sheet shows it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub row: Option<u32>,
    /// The column of the wage file, as a letter.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub column: Option<String>,
    /// What stood there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub given: Option<String>,
}

/// The letters of a column: 0 is A, 26 is AA.
#[must_use]
pub fn column_letters(column: u16) -> String {
    let mut letters = Vec::new();
    let mut rest = u32::from(column).saturating_add(1);
    while rest > 0 {
        rest = rest.saturating_sub(1);
        letters.push(char::from(b'A'.saturating_add(u8::try_from(rest % 26).unwrap_or(0))));
        rest /= 26;
    }
    letters.iter().rev().collect()
}

impl FaultBody {
    pub(crate) fn of(fault: &Fault, words: &Words) -> Self {
        let (row, column) = match &fault.place {
            Place::Cell { row, column, .. } => (Some(*row), column.map(column_letters)),
            Place::Row(row) => (Some(*row), None),
            Place::Field(_) | Place::File => (None, None),
        };
        Self {
            path: fault.path(),
            code: fault.kind.code(),
            message: words.fault(fault),
            row,
            column,
            given: fault.given.clone(),
        }
    }
}

/// The HTTP status of a refusal.
pub(crate) const fn status(refusal: &Refusal) -> StatusCode {
    match refusal {
        Refusal::Invalid(_)
        | Refusal::InvalidLines(_)
        | Refusal::NoRule { .. }
        | Refusal::OpenQuestion { .. }
        | Refusal::NotOffered { .. }
        | Refusal::AmountTooLarge
        | Refusal::CodeWrong { .. }
        | Refusal::CodeExpired
        | Refusal::NothingChanged => StatusCode::UNPROCESSABLE_ENTITY,
        Refusal::WrongCredentials | Refusal::NotLoggedIn => StatusCode::UNAUTHORIZED,
        Refusal::TooManyAttempts { .. } | Refusal::WaitToResend { .. } | Refusal::TooManyMessages => {
            StatusCode::TOO_MANY_REQUESTS
        }
        Refusal::NotAllowed
        | Refusal::AccountWaiting
        | Refusal::AccountBlocked
        | Refusal::FirstPasswordOver
        | Refusal::ProveAgain => StatusCode::FORBIDDEN,
        Refusal::NoSignUp | Refusal::NotFound | Refusal::NoDraft { .. } | Refusal::NotFiled { .. } => {
            StatusCode::NOT_FOUND
        }
        Refusal::Stale
        | Refusal::CodeClosed
        | Refusal::KeyReused
        | Refusal::TooManyReferences { .. }
        | Refusal::AlreadyFiled { .. }
        | Refusal::QuarterNotOver { .. } => StatusCode::CONFLICT,
    }
}

/// A problem to be sent to a program.
#[derive(Debug)]
pub struct JsonProblem(pub Box<Problem>, pub Option<u32>);

impl JsonProblem {
    /// The problem of a refusal.
    pub(crate) fn refused(refusal: &Refusal, words: &Words) -> Self {
        let (title, detail) = words.refusal(refusal);
        let (listed, total) = refusal.faults().unwrap_or_default();
        let faults = listed.iter().map(|fault| FaultBody::of(fault, words)).collect();
        let faults_total = (total > listed.len()).then_some(total);
        let wait = match refusal {
            Refusal::TooManyAttempts { seconds } | Refusal::WaitToResend { seconds } => Some(*seconds),
            _ => None,
        };
        let (rule, question) = match refusal {
            Refusal::OpenQuestion { rule, question } => (Some(rule), Some(QuestionBody::of(question))),
            Refusal::NoRule { rule, .. } => (Some(rule), None),
            _ => (None, None),
        };
        let problem = Problem {
            code: refusal.code(),
            status: status(refusal).as_u16(),
            title,
            detail,
            faults,
            faults_total,
            rule: rule.map(ToString::to_string),
            question,
            reason: None,
            duty: None,
        };
        Self(Box::new(problem), wait)
    }

    /// The problem of whatever a use case answers.
    pub(crate) fn of(error: &DeskError, words: &Words) -> Self {
        match error {
            DeskError::Refused(refusal) => Self::refused(refusal, words),
            DeskError::Store(error) => {
                tracing::error!(%error, "the store cannot answer");
                Self::plain(StatusCode::SERVICE_UNAVAILABLE)
            }
        }
    }

    /// Something must be done before anything else.
    pub(crate) fn duty(duty: &Duty) -> Self {
        let mut problem = Self::plain(StatusCode::FORBIDDEN);
        let (title, detail) = duty_words(duty);
        problem.0.code = "duty";
        problem.0.title = title.to_owned();
        problem.0.detail = detail.to_owned();
        problem.0.duty = Some(DutyBody::of(duty));
        problem
    }

    /// The problem of whatever stops a request.
    pub(crate) fn stopped(stopped: &Stopped, words: &Words) -> Self {
        match stopped {
            Stopped::Desk(error) => Self::of(error, words),
            Stopped::Busy => Self::busy(BUSY_PASSWORDS),
        }
    }

    /// Too much comes at once.
    pub(crate) fn busy((title, detail, seconds): BusyWords) -> Self {
        let mut problem = Self::plain(StatusCode::SERVICE_UNAVAILABLE);
        problem.0.code = "busy";
        problem.0.title = title.to_owned();
        problem.0.detail = detail.to_owned();
        problem.1 = Some(seconds);
        problem
    }

    /// A problem of the exchange itself.
    pub(crate) fn plain(status: StatusCode) -> Self {
        let (code, title, detail) = plain_words(status);
        let problem = Problem {
            code,
            status: status.as_u16(),
            title: title.to_owned(),
            detail: detail.to_owned(),
            faults: Vec::new(),
            faults_total: None,
            rule: None,
            question: None,
            reason: None,
            duty: None,
        };
        Self(Box::new(problem), retry_after(status))
    }
}

/// After how many seconds it is worth asking again, when the books do not answer now.
pub(crate) fn retry_after(status: StatusCode) -> Option<u32> {
    (status == StatusCode::SERVICE_UNAVAILABLE).then_some(RETRY_SECONDS)
}

/// Long enough for books that come back to be opened, short enough for who waits.
const RETRY_SECONDS: u32 = 10;

/// Title and advice when too much comes at once, and after how many seconds it is worth sending again.
pub(crate) type BusyWords = (&'static str, &'static str, u32);
/// Too many files are sent at once.
pub(crate) const BUSY_FILES: BusyWords = (
    "Beaucoup de fichiers arrivent en ce moment",
    "Votre fichier n'a pas été reçu et rien n'a été enregistré. Renvoyez-le dans une minute.",
    60,
);
/// Too many people log in at once.
pub(crate) const BUSY_PASSWORDS: BusyWords = (
    "Beaucoup de personnes se connectent en ce moment",
    "Votre demande n'a pas pu être traitée et rien n'a été enregistré. Réessayez dans une minute.",
    30,
);

/// Title and advice when something must be done first.
const fn duty_words(duty: &Duty) -> (&'static str, &'static str) {
    match duty {
        Duty::SecondFactor => {
            ("Un second code est à donner", "Donnez d'abord le code de votre application de sécurité.")
        }
        Duty::NewPassword => (
            "Le mot de passe est à changer",
            "Ce mot de passe est provisoire. Choisissez-en un nouveau avant toute autre chose.",
        ),
        Duty::Charter(_) => {
            ("La charte est à accepter", "Lisez et acceptez la charte en vigueur avant toute autre chose.")
        }
    }
}

/// Code, title and advice of what goes wrong before any rule is asked.
pub(crate) const fn plain_words(status: StatusCode) -> (&'static str, &'static str, &'static str) {
    match status.as_u16() {
        400 | 422 => (
            "bad_request",
            "Demande illisible",
            "Le contenu envoyé n'est pas celui que ce service attend. Vérifiez sa forme.",
        ),
        401 => (
            "not_signed",
            "Demande non reconnue",
            "La signature de cette demande n'est pas celle qui est attendue. Rien n'a été fait.",
        ),
        403 => (
            "forbidden",
            "Demande refusée",
            "Cette demande ne vient pas du portail. Rouvrez la page et recommencez.",
        ),
        404 => ("not_found", "Cette page n'existe pas", "Vérifiez l'adresse, ou repartez de l'accueil."),
        405 => ("method_not_allowed", "Méthode non acceptée", "Cette adresse n'accepte pas cette méthode."),
        408 => (
            "timeout",
            "La demande a pris trop de temps",
            "Vérifiez d'abord si l'opération est faite, puis recommencez.",
        ),
        413 => (
            "too_large",
            "Contenu trop lourd",
            "Le fichier ou le texte envoyé dépasse ce qui est accepté. Un fichier de salaires pèse 10\u{a0}Mo au plus.",
        ),
        415 => (
            "unsupported_media_type",
            "Type de contenu non accepté",
            "Envoyez le type de contenu que ce service attend.",
        ),
        503 => (
            "unavailable",
            "Le service est momentanément indisponible",
            "Réessayez dans quelques minutes. Ce que vous aviez enregistré est en sécurité.",
        ),
        _ => (
            "internal",
            "Une erreur s'est produite",
            "Réessayez dans quelques minutes. Si l'erreur revient, signalez-la à votre agence.",
        ),
    }
}

impl IntoResponse for JsonProblem {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.0.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response = (status, Json(self.0)).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        if let Some(seconds) = self.1 {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}

/// Puts whatever stops a request into words at once: `.map_err(stopped_json(&portal))`.
pub(crate) fn stopped_json(portal: &Portal) -> impl Fn(Stopped) -> JsonProblem + '_ {
    |stopped| JsonProblem::stopped(&stopped, portal.words())
}

/// Puts an error of a use case into words at once: `.map_err(in_json(&portal))`.
pub(crate) fn in_json(portal: &Portal) -> impl Fn(DeskError) -> JsonProblem + '_ {
    |error| JsonProblem::of(&error, portal.words())
}
