//! `GET /employeur/paiement`: « Paiement de cotisation ». A reference is issued for an amount, which
//! is then paid at a bank under it.

use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect};
use axum::{Form, Json};
use chrono::NaiveDate;
use cnss_core::desk::DeskError;
use cnss_core::explain::Value;
use cnss_core::id::RequestKey;
use cnss_core::money::{Money, parse_amount};
use cnss_core::payment::{Issued, receipt_number};
use cnss_core::refusal::{FaultKind, Refusal};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::declaration::uuid_text;
use crate::body::Body;
use crate::form::{Fault, Field};
use crate::page::{PageProblem, PageResult, on_page, send, send_with};
use crate::paged::Paged;
use crate::portal::Portal;
use crate::problem::{JsonProblem, Problem, in_json};
use crate::session::{Caller, Visitor};
#[cfg(test)]
use crate::view::sample;
use crate::view::{Amount, Notice, Pager, Shell, StatusTag, Tone};
use crate::words::{date_text, number_text};

/// « Paiement de cotisation »: the form, and the references issued so far.
#[derive(askama::Template)]
#[template(path = "employer/payments.html")]
pub struct PaymentsPage {
    /// Around the page.
    pub shell: Shell,
    /// What is wrong.
    pub errors: Vec<Fault>,
    /// Key that makes a repeated request harmless.
    pub request_key: String,
    /// How much is to be paid.
    pub amount: Field,
    /// That a reference was issued and is not paid yet.
    pub unpaid: Option<Notice>,
    /// What is owed today, in a sentence.
    pub proposed: String,
    /// The banks that tell the fund of payments, e.g. « BTCI »; empty when none does.
    pub banks: String,
    /// References that are still to be paid, newest first.
    pub open: Vec<ReferenceRow>,
    /// Other pages of those.
    pub open_pager: Pager,
    /// References of this page, newest first.
    pub references: Vec<ReferenceRow>,
    /// Other pages of the references.
    pub pager: Pager,
}

/// One reference.
pub struct ReferenceRow {
    /// The reference.
    pub reference: String,
    /// Its page.
    pub href: String,
    /// When it was issued.
    pub issued: String,
    /// Amount.
    pub amount: Amount,
    /// To be paid, or paid.
    pub status: StatusTag,
    /// The last day on which it is to be paid.
    pub until: Option<String>,
    /// When it was paid; none before.
    pub paid: Option<String>,
}

impl PaymentsPage {
    /// Sample page.
    #[cfg(test)]
    pub fn sample() -> Self {
        let row = |reference: &str, issued: &str, amount: i64, paid: Option<&str>| ReferenceRow {
            reference: reference.into(),
            href: format!("/employeur/paiement/{reference}"),
            issued: issued.into(),
            amount: sample::cfa(amount),
            status: state_tag(if paid.is_some() { Standing::Paid } else { Standing::Unpaid }),
            until: paid.is_none().then(|| "4 janvier 2027".into()),
            paid: paid.map(Into::into),
        };
        Self {
            shell: sample::employer(
                "Paiement de cotisation",
                "/employeur/paiement",
                &[("Tableau de bord", "/employeur")],
            ),
            errors: Vec::new(),
            request_key: "0192f3c4-88cc".into(),
            amount: amount_field().value("171\u{a0}525"),
            proposed: format!("Échu à ce jour, majorations comprises\u{a0}: {}.", sample::cfa_text(171_525)),
            unpaid: unpaid_notice(Some("7K3M9-QXF2A".into())),
            banks: "BTCI".into(),
            open: vec![row("7K3M9-QXF2A", "6 octobre 2026", 171_525, None)],
            open_pager: Pager::new("Références à payer", ""),
            references: vec![
                row("7K3M9-QXF2A", "6 octobre 2026", 171_525, None),
                row("2ZQ8T-0M4V6", "14 juillet 2026", 508_475, Some("15 juillet 2026")),
            ],
            pager: Pager::new("Références", "").next("/employeur/paiement?avant=12#references"),
        }
    }

    /// Sample page of an employer that owes nothing and never paid here.
    #[cfg(test)]
    pub fn sample_empty() -> Self {
        Self {
            amount: amount_field(),
            proposed: proposed_text(&crate::words::Words::french("F CFA"), None),
            unpaid: None,
            banks: String::new(),
            open: Vec::new(),
            references: Vec::new(),
            pager: Pager::new("Références", ""),
            ..Self::sample()
        }
    }

    /// Sample page after a refused amount.
    #[cfg(test)]
    pub fn sample_refused() -> Self {
        let mut page = Self::sample();
        page.refuse("Le montant doit être supérieur à zéro.".into());
        page
    }

    fn refuse(&mut self, why: String) {
        self.errors = vec![Fault::new("#amount", why.clone())];
        self.amount.error = Some(why);
    }
}

fn amount_field() -> Field {
    Field::new("amount", "Montant à verser")
        .required()
        .inputmode("decimal")
        .autocomplete("off")
        .hint("Vous pouvez changer ce montant. Chaque versement paie d'abord la dette la plus ancienne.")
}

/// References on one page.
const PAGE: u32 = 12;

/// Which page of each list.
#[derive(Default, Deserialize)]
pub(crate) struct Before {
    avant: Option<i64>,
    ouvertes: Option<i64>,
}

/// Where a reference stands on a day.
#[derive(Clone, Copy)]
pub(super) enum Standing {
    Unpaid,
    Paid,
    Expired,
}

impl Standing {
    pub(super) fn of(issued: &Issued, today: NaiveDate) -> Self {
        match issued.paid {
            Some(_) => Self::Paid,
            None if issued.expired(today) => Self::Expired,
            None => Self::Unpaid,
        }
    }

    const fn code(self) -> &'static str {
        match self {
            Self::Unpaid => "unpaid",
            Self::Paid => "paid",
            Self::Expired => "expired",
        }
    }
}

pub(super) fn state_tag(standing: Standing) -> StatusTag {
    match standing {
        Standing::Paid => StatusTag::new(Tone::Success, "Payée"),
        Standing::Unpaid => StatusTag::new(Tone::Info, "À payer"),
        Standing::Expired => StatusTag::new(Tone::Neutral, "Expirée"),
    }
}

/// The most that is no typing error.
fn most(portal: &Portal) -> Decimal {
    portal.amount_limits().sums().most
}

fn proposed_text(words: &crate::words::Words, to_pay: Option<(Money, bool)>) -> String {
    match to_pay {
        Some((amount, true)) => {
            format!("Échu à ce jour, majorations comprises\u{a0}: {}.", words.money(amount))
        }
        Some((amount, false)) => format!("À payer, pas encore échu\u{a0}: {}.", words.money(amount)),
        None => "Vous n'avez rien à payer aujourd'hui. Vous pouvez verser une avance.".to_owned(),
    }
}

/// Said to who pays and does not read the account.
const UNREAD: &str =
    "Votre mandat ne permet pas de lire le compte\u{a0}: demandez à l'entreprise le montant à verser.";

/// Whoever pays under two references for one debt pays it twice.
fn unpaid_notice(reference: Option<String>) -> Option<Notice> {
    let title = format!("La référence {} n'est pas encore payée.", reference?);
    let advice =
        "Le montant proposé ne la déduit pas. Ne générez pas de seconde référence pour la même dette.";
    Some(Notice::new(Tone::Info, title, advice))
}

/// A page of references, before a place, and whether there are more.
async fn listed(
    portal: &Portal,
    visitor: &Visitor,
    open_on: Option<NaiveDate>,
    before: Option<i64>,
) -> Result<(Vec<(i64, Issued)>, bool), PageProblem> {
    let most = PAGE.saturating_add(1);
    let issued = portal.desk().references(visitor.actor, open_on, before, most).await;
    let mut issued = issued.map_err(on_page(portal, visitor))?;
    let shown = usize::try_from(PAGE).unwrap_or(usize::MAX);
    let more = issued.len() > shown;
    issued.truncate(shown);
    Ok((issued, more))
}

/// The ways to the other pages of one of the two lists; the other one begins anew.
fn pager(title: &str, key: &str, at: &str, before: Option<i64>, page: &[(i64, Issued)], more: bool) -> Pager {
    let mut pager = Pager::new(title, "");
    if let (true, Some((place, _))) = (more, page.last()) {
        pager = pager.next(format!("/employeur/paiement?{key}={place}#{at}"));
    }
    if before.is_some() {
        pager = pager.previous(format!("/employeur/paiement#{at}"));
    }
    pager
}

/// The page as it is first shown, on the references before a place.
async fn blank(portal: &Portal, visitor: &Visitor, before: Before) -> Result<PaymentsPage, PageProblem> {
    let fail = on_page(portal, visitor);
    let at = portal.moment();
    let (to_pay, proposed) = match portal.desk().contribution_account(visitor.actor, at.today).await {
        Ok(account) => {
            let statement = &account.statement;
            let sums = || Ok::<_, cnss_core::money::MoneyError>((statement.to_pay()?, statement.overdue()?));
            let (to_pay, overdue) = sums().map_err(|e| fail(e.into()))?;
            let to_pay = Some((to_pay, !overdue.is_zero())).filter(|(amount, _)| !amount.is_zero());
            (to_pay, proposed_text(portal.words(), to_pay))
        }
        // By a mandate to pay alone: the company says how much.
        Err(DeskError::Refused(Refusal::NotAllowed)) if visitor.actor.pay_contributions().is_ok() => {
            (None, UNREAD.to_owned())
        }
        Err(error) => return Err(fail(error)),
    };
    let (open, more_open) = listed(portal, visitor, Some(at.today), before.ouvertes).await?;
    let (issued, more) = listed(portal, visitor, None, before.avant).await?;
    let unpaid = unpaid_notice(open.first().map(|(_, issued)| issued.reference.to_string()));
    let rows =
        |page: &[(i64, Issued)]| page.iter().map(|(_, issued)| row(portal, issued, at.today)).collect();
    let banks: Vec<String> = portal.banks().codes().map(|code| code.as_str().to_uppercase()).collect();
    Ok(PaymentsPage {
        shell: portal.employer_shell(visitor, "Paiement de cotisation", "/employeur/paiement", &[]).await,
        errors: Vec::new(),
        request_key: uuid_text(portal),
        amount: amount_field().value(to_pay.map(|(m, _)| number_text(m.amount())).unwrap_or_default()),
        unpaid,
        proposed,
        banks: banks.join(", "),
        open: rows(&open),
        open_pager: pager("Références à payer", "ouvertes", "ouvertes", before.ouvertes, &open, more_open),
        references: rows(&issued),
        pager: pager("Références", "avant", "references", before.avant, &issued, more),
    })
}

fn row(portal: &Portal, issued: &Issued, today: NaiveDate) -> ReferenceRow {
    ReferenceRow {
        reference: issued.reference.to_string(),
        href: format!("/employeur/paiement/{}", issued.reference),
        issued: date_text(issued.issued_on),
        amount: portal.amount(issued.amount),
        status: state_tag(Standing::of(issued, today)),
        until: issued.expires_on.map(date_text),
        paid: issued.paid.as_ref().map(|paid| date_text(paid.paid_on)),
    }
}

/// `GET /employeur/paiement`.
pub(crate) async fn page(
    State(portal): State<Portal>,
    visitor: Visitor,
    Query(query): Query<Before>,
) -> PageResult {
    Ok(send(&blank(&portal, &visitor, query).await?))
}

/// What was typed.
#[derive(Deserialize)]
pub(crate) struct Typed {
    #[serde(default)]
    csrf: String,
    request_key: uuid::Uuid,
    #[serde(default)]
    amount: String,
}

/// The amount that was typed, as people write it.
fn typed_amount(portal: &Portal, text: &str) -> Result<Money, FaultKind> {
    if text.trim().is_empty() {
        return Err(FaultKind::Missing);
    }
    let amount = parse_amount(text).map_err(|_| FaultKind::NotAnAmount)?;
    let most = most(portal);
    if amount > most {
        return Err(FaultKind::TooLarge { most: Value::Number(most) });
    }
    let money = Money::new(amount, portal.desk().fund().currency);
    money.map_err(|_| FaultKind::TooLarge { most: Value::Number(most) })
}

/// `POST /employeur/paiement`: issues a reference; sent twice, it is the same one.
pub(crate) async fn issue(
    State(portal): State<Portal>,
    visitor: Visitor,
    Form(typed): Form<Typed>,
) -> PageResult {
    if !visitor.sent(&typed.csrf) {
        return Err(PageProblem::plain(&portal, Some(&visitor), StatusCode::FORBIDDEN));
    }
    let key = RequestKey::of_client(typed.request_key);
    let key = key.ok_or_else(|| PageProblem::plain(&portal, Some(&visitor), StatusCode::BAD_REQUEST))?;
    let issued = match typed_amount(&portal, &typed.amount) {
        Ok(amount) => portal.desk().issue_reference(visitor.actor, amount, key, &portal.moment()).await,
        Err(kind) => Err(Refusal::Invalid(vec![cnss_core::refusal::Fault::field("amount", kind)]).into()),
    };
    let (status, why) = match issued {
        Ok(issued) => {
            return Ok(Redirect::to(&format!("/employeur/paiement/{}", issued.reference)).into_response());
        }
        Err(DeskError::Refused(Refusal::Invalid(faults))) => {
            let words = faults.first().map(|fault| portal.words().fault(fault));
            (StatusCode::UNPROCESSABLE_ENTITY, words.unwrap_or_default())
        }
        Err(DeskError::Refused(refusal @ Refusal::TooManyReferences { .. })) => {
            let (title, advice) = portal.words().refusal(&refusal);
            (StatusCode::CONFLICT, format!("{title} {advice}"))
        }
        Err(DeskError::Refused(Refusal::KeyReused)) => (StatusCode::CONFLICT, REUSED.to_owned()),
        Err(error) => return Err(on_page(&portal, &visitor)(error)),
    };
    let mut page = blank(&portal, &visitor, Before::default()).await?;
    page.amount.value = typed.amount.chars().take(40).collect();
    page.refuse(why);
    Ok(send_with(status, &page))
}

/// The form was sent before, with another amount: by the back button, for instance.
const REUSED: &str = "Ce formulaire a déjà donné une référence pour un autre montant. \
                      Vérifiez le montant et validez de nouveau pour en obtenir une autre.";

/// A reference, for programs.
#[derive(Serialize, ToSchema)]
pub(crate) struct ReferenceBody {
    #[schema(example = "7K3M9-QXF2A")]
    reference: String,
    /// Exact decimal.
    #[schema(example = "79900")]
    amount: String,
    #[schema(example = "XOF")]
    currency: String,
    issued_at: String,
    /// The last day on which it is to be paid; null when it stays open.
    #[schema(value_type = Option<String>, format = Date)]
    expires_on: Option<NaiveDate>,
    /// `unpaid`, `paid` or `expired`.
    #[schema(example = "paid")]
    state: &'static str,
    /// The payment, once the money arrived.
    payment: Option<PaidBody>,
}

/// A payment that arrived.
#[derive(Serialize, ToSchema)]
pub(crate) struct PaidBody {
    #[schema(example = "Q-7K3M9-QXF2A")]
    receipt: String,
    #[schema(value_type = String, format = Date)]
    paid_on: NaiveDate,
    #[schema(example = "btci")]
    bank: String,
    /// The bank's own number of it.
    transaction: String,
}

impl ReferenceBody {
    fn of(issued: &Issued, today: NaiveDate) -> Self {
        Self {
            reference: issued.reference.to_string(),
            amount: issued.amount.to_string(),
            currency: issued.amount.currency().code().to_owned(),
            issued_at: issued.issued_at.to_rfc3339_opts(chrono::SecondsFormat::Secs, true),
            expires_on: issued.expires_on,
            state: Standing::of(issued, today).code(),
            payment: issued.paid.as_ref().map(|paid| PaidBody {
                receipt: receipt_number(&issued.reference),
                paid_on: paid.paid_on,
                bank: paid.bank.as_str().to_owned(),
                transaction: paid.transaction.clone(),
            }),
        }
    }
}

/// A reference that is asked for.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes the body; it is read field by field")]
pub(crate) struct IssueBody {
    /// Exact decimal.
    #[schema(example = "79900")]
    amount: String,
    /// A UUID that the client makes; the same again is the same request.
    #[schema(example = "0198f3a0-0000-7000-8000-000000000001")]
    request_key: String,
}

/// Issues a reference under which the amount can be paid at a bank. The same request key gives the same answer.
#[utoipa::path(post, path = "/api/v1/employer/references", operation_id = "issue_reference", tag = "Employeur", request_body = IssueBody, security(("token" = [])),
    responses((status = 201, body = ReferenceBody), (status = 401, body = Problem), (status = 403, body = Problem), (status = 409, body = Problem), (status = 422, body = Problem)))]
pub(crate) async fn json(
    State(portal): State<Portal>,
    caller: Caller,
    mut body: Body,
) -> Result<(StatusCode, Json<ReferenceBody>), JsonProblem> {
    let fail = in_json(&portal);
    let mut fields = body.fields();
    let amount = fields.amount("amount", &portal.amount_limits().sums());
    let key = fields.request_key("request_key");
    let read = body.done(amount.zip(key));
    let (amount, key) = read.map_err(|refusal| JsonProblem::refused(&refusal, portal.words()))?;
    let amount = Money::new(amount, portal.desk().fund().currency).map_err(|e| fail(e.into()))?;
    let at = portal.moment();
    let issued = portal.desk().issue_reference(caller.actor, amount, key, &at).await;
    Ok((StatusCode::CREATED, Json(ReferenceBody::of(&issued.map_err(fail)?, at.today))))
}

/// Which references.
#[derive(Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
pub(crate) struct ListQuery {
    /// Only those that are still to be paid.
    #[serde(default)]
    open: bool,
    #[param(ignore)]
    after: Option<i64>,
    #[param(ignore)]
    limit: Option<u32>,
}

/// The employer's references.
#[derive(Serialize, ToSchema)]
pub(crate) struct ListAnswer {
    /// The newest first.
    references: Vec<ReferenceBody>,
    /// To be given as `after` for the next page; null at the end.
    next: Option<String>,
}

/// Lists the references, the newest first.
#[utoipa::path(get, path = "/api/v1/employer/references", operation_id = "list_references", tag = "Employeur", params(ListQuery, Paged<i64>), security(("token" = [])),
    responses((status = 200, body = ListAnswer), (status = 401, body = Problem), (status = 403, body = Problem)))]
pub(crate) async fn list(
    State(portal): State<Portal>,
    caller: Caller,
    Query(query): Query<ListQuery>,
) -> Result<Json<ListAnswer>, JsonProblem> {
    let paged = Paged::asked(query.after, query.limit);
    let today = portal.moment().today;
    let open_on = query.open.then_some(today);
    let issued = portal.desk().references(caller.actor, open_on, paged.after(), paged.most()).await;
    let (issued, next) = paged.page(issued.map_err(in_json(&portal))?, |(place, _)| *place);
    Ok(Json(ListAnswer {
        references: issued.iter().map(|(_, issued)| ReferenceBody::of(issued, today)).collect(),
        next,
    }))
}
