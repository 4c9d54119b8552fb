//! `POST /api/v1/bank/{bank}/notices`: a bank says what became of a payment.

use axum::Json;
use axum::body::Body as RawBody;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use cnss_core::desk::DeskError;
use cnss_core::payment::{BankNotice, BankStatus, RawNotice, Received};
use cnss_core::refusal::Refusal;
use serde::Serialize;
use utoipa::ToSchema;

use super::signed_by;
use crate::body::received;
use crate::portal::Portal;
use crate::problem::{JsonProblem, Problem, in_json};

/// The most bytes of a notice.
const NOTICE_MAX: usize = 16_384;

/// What a bank says of a payment; amounts and days are texts.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes the body; the core reads it")]
pub(crate) struct NoticeBody {
    /// The bank's own number of the transaction: the same number is the same transaction.
    #[schema(example = "TX-2026-000123")]
    transaction: String,
    /// The reference that the payer gave.
    #[schema(example = "7K3M9-QXF2A")]
    reference: String,
    /// Exact decimal.
    #[schema(example = "79900")]
    amount: String,
    /// The fund's currency, when it is said; money of another one is kept for an agent.
    #[schema(example = "XOF")]
    currency: Option<String>,
    /// The day on which the money arrived.
    #[schema(example = "2026-11-21")]
    paid_on: String,
    /// `paid` or `pending`; anything else is no payment, and the fund asks what it means.
    #[schema(example = "paid")]
    status: String,
}

/// What became of the notice.
#[derive(Serialize, ToSchema)]
pub(crate) struct NoticeAnswer {
    /// `credited` or `pending`.
    #[schema(example = "credited")]
    status: &'static str,
    /// The number of the receipt, once it is credited.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "Q-7K3M9-QXF2A")]
    receipt: Option<String>,
}

/// Takes a bank's notice. `X-Cnss-Signature: t=<unix seconds>,v1=<hex HMAC-SHA256 of "<t>.<raw body>">`,
/// five minutes at most from our clock. The same transaction again gets the first answer.
/// 409: kept for an agent, `reason` says why; 503: the notice must be sent again.
#[utoipa::path(post, path = "/api/v1/bank/{bank}/notices", operation_id = "bank_notice", tag = "Banque", request_body = NoticeBody,
    params(("bank" = String, Path, example = "btci")), security(("signature" = [])),
    responses((status = 200, body = NoticeAnswer), (status = 202, body = NoticeAnswer), (status = 400, body = Problem), (status = 401, body = Problem), (status = 409, body = Problem), (status = 413, body = Problem), (status = 422, body = Problem), (status = 503, body = Problem)))]
pub(crate) async fn json(
    State(portal): State<Portal>,
    Path(bank): Path<String>,
    headers: HeaderMap,
    body: RawBody,
) -> Result<(StatusCode, Json<NoticeAnswer>), JsonProblem> {
    let bytes = received(body, NOTICE_MAX).await.map_err(JsonProblem::plain)?;
    let bank = signed_by(&portal, &bank, &headers, &bytes)?;
    // Only an object: serde would take a list for the same fields in their order.
    let object = bytes.trim_ascii_start().starts_with(b"{");
    let raw = serde_json::from_slice::<RawNotice>(&bytes).ok().filter(|_| object);
    let raw = raw.ok_or_else(|| JsonProblem::plain(StatusCode::BAD_REQUEST))?;
    let notice = BankNotice::read(bank, raw, portal.desk().fund().currency).map_err(|refusal| {
        tracing::warn!("a bank signed a notice that cannot be read");
        JsonProblem::refused(&refusal, portal.words())
    })?;
    if notice.status == BankStatus::Unknown {
        tracing::warn!(
            bank = notice.bank.as_str(),
            "a bank says a status that was not agreed: if it means a payment, nothing is booked"
        );
    }
    match portal.desk().receive_payment(&notice, &portal.moment()).await {
        Ok(Received::Credited { receipt }) => {
            Ok((StatusCode::OK, Json(NoticeAnswer { status: "credited", receipt: Some(receipt) })))
        }
        Ok(Received::Pending) => {
            Ok((StatusCode::ACCEPTED, Json(NoticeAnswer { status: "pending", receipt: None })))
        }
        Ok(Received::Disputed { reason }) => {
            tracing::warn!(
                bank = notice.bank.as_str(),
                reason,
                "money was announced that is not credited: an agent must look at it"
            );
            Err(disputed(&portal, reason))
        }
        // Others were faster eight times: to a bank that is the same as books that do not answer.
        Err(DeskError::Refused(Refusal::Stale)) => Err(JsonProblem::plain(StatusCode::SERVICE_UNAVAILABLE)),
        Err(error) => Err(in_json(&portal)(error)),
    }
}

fn disputed(portal: &Portal, reason: String) -> JsonProblem {
    let mut problem = JsonProblem::plain(StatusCode::CONFLICT);
    problem.0.code = "disputed";
    "Ce paiement n'est pas crédité".clone_into(&mut problem.0.title);
    problem.0.detail = portal.words().dispute(&reason);
    problem.0.reason = Some(reason);
    problem
}
