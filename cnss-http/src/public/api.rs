//! `GET /api`: reading page of the programming interface.

use axum::Json;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use serde_json::Value;
use utoipa::OpenApi;

use crate::portal::Portal;
use crate::view::Shell;
#[cfg(test)]
use crate::view::sample;
use crate::words::spaced;

/// Reading page of the OpenAPI document.
#[derive(askama::Template)]
#[template(path = "public/api.html")]
pub struct ApiPage {
    /// Around the page.
    pub shell: Shell,
    /// Version of the interface.
    pub version: String,
    /// Introduction, one paragraph per entry.
    pub intro: Vec<String>,
    /// Groups of operations.
    pub groups: Vec<ApiGroup>,
}

/// A group of operations.
pub struct ApiGroup {
    /// Identifier in the page.
    pub id: String,
    /// Name.
    pub title: String,
    /// What the group is for; may be empty.
    pub text: String,
    /// Operations.
    pub operations: Vec<Operation>,
}

/// One operation.
pub struct Operation {
    /// Identifier in the page, unique.
    pub id: String,
    /// HTTP method, in capitals.
    pub method: String,
    /// Path with its parameters.
    pub path: String,
    /// One line.
    pub summary: String,
    /// Explanation; may be empty.
    pub description: String,
    /// What is needed to call it, e.g. « Jeton d'accès »; none when it is open.
    pub auth: Option<String>,
    /// Parameters.
    pub parameters: Vec<Parameter>,
    /// Example of a request body.
    pub request_example: Option<String>,
    /// Possible answers.
    pub responses: Vec<ApiResponse>,
}

/// One parameter.
pub struct Parameter {
    /// Name.
    pub name: String,
    /// Where it goes: « chemin », « requête », « en-tête ».
    pub place: String,
    /// Type.
    pub kind: String,
    /// Whether it must be given.
    pub required: bool,
    /// Explanation.
    pub description: String,
}

/// One possible answer.
pub struct ApiResponse {
    /// HTTP status.
    pub status: String,
    /// What it means.
    pub description: String,
    /// Example of a body.
    pub example: Option<String>,
}

impl ApiPage {
    /// Sample page.
    #[cfg(test)]
    pub fn sample() -> Self {
        Self {
            shell: sample::public("Interface de programmation", "/api", &[]),
            version: "1.0".into(),
            intro: vec![
                "Tout ce que le portail affiche peut être lu par un logiciel\u{a0}: logiciel de paie, cabinet comptable, autre service public.".into(),
                "Les montants sont des nombres entiers de francs, les dates suivent le format AAAA-MM-JJ.".into(),
            ],
            groups: vec![
                ApiGroup {
                    id: "regles".into(),
                    title: "Règles".into(),
                    text: "Les valeurs datées de la caisse.".into(),
                    operations: vec![Operation {
                        id: "lire-regles".into(),
                        method: "GET".into(),
                        path: "/api/v1/rules".into(),
                        summary: "Lire les valeurs en vigueur".into(),
                        description: "Donne chaque paramètre à une date, avec sa source.".into(),
                        auth: None,
                        parameters: vec![Parameter {
                            name: "on".into(),
                            place: "requête".into(),
                            kind: "date".into(),
                            required: false,
                            description: "Jour voulu\u{a0}; aujourd'hui par défaut.".into(),
                        }],
                        request_example: None,
                        responses: vec![ApiResponse {
                            status: "200".into(),
                            description: "Les valeurs".into(),
                            example: Some("{\n  \"on\": \"2026-10-15\",\n  \"rules\": [\n    {\n      \"key\": \"pension.rate.employee\",\n      \"value\": \"0.04\",\n      \"since\": \"2012-01-01\",\n      \"status\": \"verified\"\n    }\n  ]\n}".into()),
                        }],
                    }],
                },
                ApiGroup {
                    id: "declarations".into(),
                    title: "Déclarations".into(),
                    text: String::new(),
                    operations: vec![Operation {
                        id: "deposer-dnr".into(),
                        method: "POST".into(),
                        path: "/api/v1/employers/{number}/declarations/{quarter}".into(),
                        summary: "Déposer une déclaration".into(),
                        description: "Vérifie les lignes puis enregistre tout ou rien.".into(),
                        auth: Some("Jeton d'accès de l'employeur".into()),
                        parameters: vec![
                            Parameter {
                                name: "quarter".into(),
                                place: "chemin".into(),
                                kind: "texte".into(),
                                required: true,
                                description: "Trimestre, par exemple 2026-T3.".into(),
                            },
                            Parameter {
                                name: "Idempotency-Key".into(),
                                place: "en-tête".into(),
                                kind: "texte".into(),
                                required: true,
                                description: "Clé choisie par l'appelant\u{a0}: un second envoi avec la même clé ne dépose rien de plus.".into(),
                            },
                        ],
                        request_example: Some("{\n  \"lines\": [\n    {\n      \"number\": \"710040\",\n      \"wages\": [125000, 125000, 131000],\n      \"days\": [30, 30, 30]\n    }\n  ]\n}".into()),
                        responses: vec![
                            ApiResponse {
                                status: "201".into(),
                                description: "Déclaration déposée".into(),
                                example: Some("{ \"receipt\": \"DNR-2026-T3-004217\" }".into()),
                            },
                            ApiResponse {
                                status: "422".into(),
                                description: "Lignes refusées, rien n'est enregistré".into(),
                                example: None,
                            },
                        ],
                    }],
                },
            ],
        }
    }
}

/// The description of the interface, made from the code that serves it.
#[derive(OpenApi)]
#[openapi(
    info(
        title = "cnss",
        description = "Le portail d'une caisse nationale de sécurité sociale. Les montants et les taux sont des décimaux exacts, écrits comme du texte\u{a0}; les dates suivent AAAA-MM-JJ, les mois AAAA-MM, les trimestres AAAA-T1.",
        license(name = "Apache-2.0 OR MIT")
    ),
    paths(
        crate::account::second_factor::secret,
        crate::account::second_factor::json,
        crate::account::second_factor::prove_json,
        crate::account::mandates::act_json,
        crate::account::own::json,
        crate::account::change_password::json,
        crate::account::contact::begin_json,
        crate::account::contact::confirm_json,
        crate::account::contact::again_json,
        crate::account::own::devices_json,
        crate::account::own::end_one_json,
        crate::account::own::end_others_json,
        crate::account::own::block_json,
        crate::account::own::acceptances_json,
        crate::account::mandates::json,
        crate::account::mandates::accept_json,
        crate::employer::mandates::list,
        crate::employer::mandates::json,
        crate::employer::mandates::withdraw_json,
        crate::agent::accounts::list,
        crate::agent::accounts::find_json,
        crate::agent::account::json,
        crate::agent::account::activate_json,
        crate::agent::account::block_json,
        crate::agent::account::unblock_json,
        crate::agent::refusals::json,
        crate::agent::agents::list,
        crate::agent::agents::appoint_json,
        crate::agent::rights::assign_json,
        crate::agent::rights::take_second_json,
        crate::public::simulate::pension,
        crate::public::simulate::contributions,
        crate::public::surcharge::json,
        crate::public::survivors::json,
        crate::public::family::json,
        crate::public::daily::json,
        crate::public::grant::json,
        crate::public::rights::json,
        crate::public::certificates::json,
        crate::public::identifiers::json,
        crate::public::funds::json,
        crate::public::funds::parameters,
        crate::account::login::open_session,
        crate::account::login::own_session,
        crate::account::new_password::json,
        crate::account::charter::accept,
        crate::account::charter::json,
        crate::account::sign_up::api::ways,
        crate::account::sign_up::api::json,
        crate::account::verification::confirm_json,
        crate::account::verification::send_json,
        crate::account::recovery::json,
        crate::account::recovery::set_json,
        crate::account::login::end_session,
        crate::employer::dashboard::json,
        crate::employer::declarations::json,
        crate::employer::declaration::json,
        crate::employer::draft::save,
        crate::employer::draft::drop_draft,
        crate::employer::template::json,
        crate::employer::upload::json,
        crate::employer::review::json,
        crate::employer::account::json,
        crate::employer::payments::list,
        crate::employer::payments::json,
        crate::bank::notices::json,
        crate::bank::references::json,
        crate::insured::dashboard::json,
        crate::insured::account::json,
        crate::insured::rights::json,
        crate::insured::simulator::json,
        crate::demo::messages::json,
        crate::public::health::health,
        crate::public::health::ready
    ),
    modifiers(&Token)
)]
struct Description;

/// How a bank says who it is.
const SIGNED: &str = "Signature de la banque\u{a0}: X-Cnss-Signature: t=…,v1=…";

/// How programs say who they are.
struct Token;

impl utoipa::Modify for Token {
    fn modify(&self, openapi: &mut utoipa::openapi::OpenApi) {
        use utoipa::openapi::security::{ApiKey, ApiKeyValue, Http, HttpAuthScheme, SecurityScheme};
        let components = openapi.components.get_or_insert_default();
        components.add_security_scheme("token", SecurityScheme::Http(Http::new(HttpAuthScheme::Bearer)));
        let signature = SecurityScheme::ApiKey(ApiKey::Header(ApiKeyValue::new("X-Cnss-Signature")));
        components.add_security_scheme("signature", signature);
    }
}

/// The description of this portal's interface: only that of the demonstration has its messages.
fn description(portal: &Portal) -> utoipa::openapi::OpenApi {
    let mut document = Description::openapi();
    if portal.inbox().is_none() {
        document.paths.paths.remove("/api/v1/demo/messages");
    }
    document
}

/// `GET /openapi.json`.
pub(crate) async fn document(State(portal): State<Portal>) -> Json<utoipa::openapi::OpenApi> {
    Json(description(&portal))
}

/// `GET /api`: the same document, to be read.
pub(crate) async fn page(State(portal): State<Portal>, headers: HeaderMap) -> Response {
    let shell = portal.shell_for(&headers, "Interface de programmation", "/api").await;
    let document = serde_json::to_value(description(&portal)).unwrap_or_default();
    let text =
        |pointer: &str| document.pointer(pointer).and_then(Value::as_str).unwrap_or_default().to_owned();
    let page = ApiPage {
        shell,
        version: text("/info/version"),
        intro: vec![
            "Tout ce que le portail affiche peut être lu et fait par un logiciel\u{a0}: logiciel de paie, cabinet comptable, autre service public.".to_owned(),
            spaced(&text("/info/description")),
        ],
        groups: groups(&document),
    };
    crate::page::send(&page)
}

fn groups(document: &Value) -> Vec<ApiGroup> {
    let mut groups: Vec<ApiGroup> = Vec::new();
    let Some(paths) = document.get("paths").and_then(Value::as_object) else { return groups };
    for (path, methods) in paths {
        for (method, operation) in methods.as_object().into_iter().flatten() {
            let tag = operation.pointer("/tags/0").and_then(Value::as_str).unwrap_or("Service");
            let shown = self::operation(document, path, method, operation);
            match groups.iter_mut().find(|group| group.title == tag) {
                Some(group) => group.operations.push(shown),
                None => groups.push(ApiGroup {
                    id: format!("groupe-{}", groups.len()),
                    title: tag.to_owned(),
                    text: String::new(),
                    operations: vec![shown],
                }),
            }
        }
    }
    let order = [
        "Simulations",
        "Attestations",
        "Caisses",
        "Compte",
        "Session",
        "Employeur",
        "Assuré",
        "Banque",
        "Service",
        "Démonstration",
    ];
    groups.sort_by_key(|group| order.iter().position(|title| *title == group.title));
    groups
}

fn operation(document: &Value, path: &str, method: &str, operation: &Value) -> Operation {
    let text = |key: &str| operation.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
    let parameters = operation.get("parameters").and_then(Value::as_array).into_iter().flatten();
    let request = operation.pointer("/requestBody/content/application~1json/schema");
    let responses = operation.get("responses").and_then(Value::as_object).into_iter().flatten();
    Operation {
        id: format!("{method}{}", path.replace(['/', '{', '}', '.'], "-")),
        method: method.to_uppercase(),
        path: path.to_owned(),
        summary: text("summary"),
        description: text("description"),
        auth: operation.get("security").map(|by| {
            let signed = by.pointer("/0/signature").is_some();
            let how = if signed { SIGNED } else { "Jeton de session\u{a0}: Authorization: Bearer …" };
            how.to_owned()
        }),
        parameters: parameters.map(parameter).collect(),
        request_example: request.map(|schema| pretty(&example(document, schema, 0))),
        responses: responses
            .map(|(status, response)| ApiResponse {
                status: status.clone(),
                description: response
                    .get("description")
                    .and_then(Value::as_str)
                    .unwrap_or_default()
                    .to_owned(),
                example: response
                    .pointer("/content/application~1json/schema")
                    .filter(|_| status.starts_with('2'))
                    .map(|schema| pretty(&example(document, schema, 0))),
            })
            .collect(),
    }
}

fn parameter(parameter: &Value) -> Parameter {
    let text =
        |pointer: &str| parameter.pointer(pointer).and_then(Value::as_str).unwrap_or_default().to_owned();
    let kind = match parameter.pointer("/schema/type") {
        Some(Value::String(kind)) => kind.clone(),
        Some(Value::Array(kinds)) => {
            kinds.iter().filter_map(Value::as_str).find(|k| *k != "null").unwrap_or_default().to_owned()
        }
        _ => String::new(),
    };
    Parameter {
        name: text("/name"),
        place: if text("/in") == "path" { "adresse".to_owned() } else { "requête".to_owned() },
        kind: if kind == "integer" { "nombre".to_owned() } else { "texte".to_owned() },
        required: parameter.get("required").and_then(Value::as_bool).unwrap_or(false),
        description: text("/description"),
    }
}

/// An example of a schema, from its own examples.
fn example(document: &Value, schema: &Value, depth: usize) -> Value {
    if depth > 8 {
        return Value::Null;
    }
    if let Some(reference) = schema.get("$ref").and_then(Value::as_str) {
        let target = document.pointer(reference.trim_start_matches('#')).unwrap_or(&Value::Null);
        return example(document, target, depth.saturating_add(1));
    }
    for key in ["example", "const", "default"] {
        if let Some(value) = schema.get(key) {
            return value.clone();
        }
    }
    if let Some(parts) = schema.get("allOf").and_then(Value::as_array) {
        let parts = parts.iter().map(|part| example(document, part, depth.saturating_add(1)));
        let fields = parts.filter_map(|part| part.as_object().cloned()).flatten();
        return Value::Object(fields.collect());
    }
    if let Some(choice) = schema.get("oneOf").and_then(Value::as_array) {
        let real = choice.iter().find(|s| s.get("type").and_then(Value::as_str) != Some("null"));
        return real.map_or(Value::Null, |s| example(document, s, depth.saturating_add(1)));
    }
    let kind = match schema.get("type") {
        Some(Value::String(kind)) => kind.as_str(),
        Some(Value::Array(kinds)) => {
            kinds.iter().filter_map(Value::as_str).find(|k| *k != "null").unwrap_or("")
        }
        _ => "",
    };
    match kind {
        "object" => {
            let fields = schema.get("properties").and_then(Value::as_object).into_iter().flatten();
            Value::Object(
                fields
                    .map(|(name, field)| (name.clone(), example(document, field, depth.saturating_add(1))))
                    .collect(),
            )
        }
        "array" => schema.get("items").map_or(Value::Null, |items| {
            Value::Array(vec![example(document, items, depth.saturating_add(1))])
        }),
        "integer" | "number" => Value::from(1),
        "boolean" => Value::Bool(true),
        "string" if schema.get("format").and_then(Value::as_str) == Some("date") => Value::from("2026-07-01"),
        "string" => Value::from("…"),
        _ => Value::Null,
    }
}

fn pretty(value: &Value) -> String {
    serde_json::to_string_pretty(value).unwrap_or_default()
}
