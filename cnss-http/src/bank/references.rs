//! `GET /api/v1/bank/{bank}/references/{reference}`: what a bank shows to whoever is about to pay
//! (recherche du numéro de référence).

use axum::Json;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, Uri};
use chrono::NaiveDate;
use cnss_core::payment::receipt_number;
use serde::Serialize;
use utoipa::ToSchema;

use super::signed_by;
use crate::portal::Portal;
use crate::problem::{JsonProblem, Problem, in_json};

/// What there is to pay under a reference.
#[derive(Serialize, ToSchema)]
pub(crate) struct ReferenceAnswer {
    #[schema(example = "7K3M9-QXF2A")]
    reference: String,
    /// Exact decimal.
    #[schema(example = "79900")]
    amount: String,
    #[schema(example = "XOF")]
    currency: String,
    /// The employer's name (raison sociale).
    employer: String,
    #[schema(value_type = String, format = Date)]
    issued_on: NaiveDate,
    /// The last day on which it is to be paid; absent when it stays open.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = Date)]
    expires_on: Option<NaiveDate>,
    /// Whether that day has passed: the payer should ask for another. Money that comes all the same is credited.
    expired: bool,
    /// Whether the money arrived: it must not be paid again.
    paid: bool,
    /// The number of the receipt, once it is paid.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "Q-7K3M9-QXF2A")]
    receipt: Option<String>,
}

/// Says what there is to pay under a reference. `X-Cnss-Signature: t=<unix seconds>,v1=<hex HMAC-SHA256 of
/// "<t>.GET <path>">`, the path as it is sent.
#[utoipa::path(get, path = "/api/v1/bank/{bank}/references/{reference}", operation_id = "bank_reference", tag = "Banque",
    params(("bank" = String, Path, example = "btci"), ("reference" = String, Path, example = "7K3M9-QXF2A")), security(("signature" = [])),
    responses((status = 200, body = ReferenceAnswer), (status = 401, body = Problem), (status = 404, body = Problem), (status = 503, body = Problem)))]
pub(crate) async fn json(
    State(portal): State<Portal>,
    Path((bank, reference)): Path<(String, String)>,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Json<ReferenceAnswer>, JsonProblem> {
    // A body would say nothing here; the address is what is asked, so it is what is signed.
    signed_by(&portal, &bank, &headers, format!("GET {}", uri.path()).as_bytes())?;
    let reference = reference.parse().map_err(|_| JsonProblem::plain(StatusCode::NOT_FOUND))?;
    let view = portal.desk().reference_for_bank(reference).await.map_err(in_json(&portal))?;
    let issued = view.issued;
    Ok(Json(ReferenceAnswer {
        reference: issued.reference.to_string(),
        amount: issued.amount.to_string(),
        currency: issued.amount.currency().code().to_owned(),
        employer: view.employer.name.to_string(),
        issued_on: issued.issued_on,
        expires_on: issued.expires_on,
        expired: issued.paid.is_none() && issued.expired(portal.moment().today),
        paid: issued.paid.is_some(),
        receipt: issued.paid.map(|_| receipt_number(&issued.reference)),
    }))
}
