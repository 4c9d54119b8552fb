//! `GET /api`: reading page of the programming interface.

use crate::view::{Shell, sample};

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
                            description: "Jour voulu ; aujourd'hui par défaut.".into(),
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
