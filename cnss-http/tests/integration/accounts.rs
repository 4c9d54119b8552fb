//! The ways in of the funds, from the first page to one's space, as a browser without scripts and a
//! program walk them; and what the clock, another text or a second window does to them.

mod first_password;
mod proof;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use chrono::{DateTime, Duration, NaiveDate};
use cnss_core::access::Subject;
use cnss_core::account::{Account, AccountChange, CodeKey, Login, Paper, PaperHolder, PaperNumber};
use cnss_core::decision::{Batch, Change};
use cnss_core::desk::Desk;
use cnss_core::fund::{Fund, LoginKind};
use cnss_core::id::{AccountId, BatchId, InsuredId};
use cnss_core::insured::Insured;
use cnss_core::memory::MemoryStore;
use cnss_core::notice::{Notice, Secret};
use cnss_core::person::{Email, Name, Sex};
use cnss_core::port::Store;
use cnss_http::clock::Clock;
use cnss_http::{Portal, Settings, hash_password, router};
use http_body_util::BodyExt;
use tower::ServiceExt;
use uuid::Uuid;

const KEY: [u8; 32] = [9; 32];
const PERSON: InsuredId = InsuredId(Uuid::from_u128(1));

/// A portal of a fund, at whatever time it is made to be.
struct House {
    store: Arc<MemoryStore>,
    fund: Arc<Fund>,
    minutes: AtomicI64,
}

/// What was answered.
struct Answer {
    status: StatusCode,
    to: String,
    cookie: Option<String>,
    text: String,
}

impl Answer {
    fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.text).unwrap_or_else(|error| panic!("{error}: {}", self.text))
    }

    /// What a hidden field of the page holds.
    fn hidden(&self, name: &str) -> String {
        let mark = format!("name=\"{name}\" value=\"");
        let (_, after) = self.text.split_once(&mark).unwrap_or_else(|| panic!("no {name}: {}", self.text));
        after.split('"').next().expect("a value").to_owned()
    }

    /// The session that the browser was given.
    fn session(&self) -> String {
        let cookie = self.cookie.as_deref().unwrap_or_else(|| panic!("no session: {}", self.text));
        cookie.split(';').next().expect("a cookie").to_owned()
    }
}

fn form(fields: &[(&str, &str)]) -> String {
    let pairs: Vec<String> = fields.iter().map(|(name, text)| format!("{name}={}", encoded(text))).collect();
    pairs.join("&")
}

fn encoded(text: &str) -> String {
    text.bytes()
        .map(
            |byte| {
                if byte.is_ascii_alphanumeric() {
                    char::from(byte).to_string()
                } else {
                    format!("%{byte:02X}")
                }
            },
        )
        .collect()
}

impl House {
    async fn of(code: &str) -> Self {
        let fund = Arc::new(Fund::builtin(code).expect("built in"));
        let house = Self { store: Arc::new(MemoryStore::new()), fund, minutes: AtomicI64::new(0) };
        let person = Insured {
            id: PERSON,
            number: "710040".parse().expect("a number"),
            surname: Name::parse("N'Guissan").expect("a name"),
            forenames: Name::parse("Afi Ésinam").expect("a name"),
            sex: Sex::Female,
            birth_date: NaiveDate::from_ymd_opt(1990, 2, 28).expect("a day"),
            registered_on: NaiveDate::from_ymd_opt(2015, 1, 1).expect("a day"),
        };
        let paper = Paper {
            number: PaperNumber::read("BE123456").expect("a number"),
            holder: PaperHolder::Insured(PERSON),
            expires_on: NaiveDate::from_ymd_opt(2030, 6, 30),
        };
        house
            .commit(vec![Change::RegisterInsured(person), Change::Account(AccountChange::RecordPaper(paper))])
            .await;
        house
    }

    fn now(&self) -> DateTime<chrono::Utc> {
        let noon = DateTime::from_timestamp(1_750_000_000, 0).expect("an instant");
        noon + Duration::minutes(self.minutes.load(Ordering::Relaxed))
    }

    fn wait(&self, minutes: i64) {
        self.minutes.fetch_add(minutes, Ordering::Relaxed);
    }

    async fn commit(&self, changes: Vec<Change>) {
        let batch = Batch::of(BatchId(Uuid::from_bytes(drawn())), changes, self.now());
        self.store.commit(batch).await.expect("sound");
    }

    /// An account that somebody opened for the person, with a hash as it stands in some books.
    async fn account(&self, hash: &str) {
        let email = Email::parse("afi@exemple.org").expect("an address");
        let id = AccountId(Uuid::from_u128(77));
        let holder = Name::parse("Afi").expect("a name");
        let account =
            Account::new(id, Login::email(&email), hash.to_owned(), Subject::Insured(PERSON), holder);
        self.commit(vec![Change::OpenAccount(account)]).await;
    }

    async fn ask(&self, request: Request<Body>) -> Answer {
        let desk = Desk::new(self.store.clone(), Arc::clone(&self.fund));
        let portal = Portal::new(desk, Settings::default()).standing(self.now());
        let portal = portal.with_code_key(CodeKey::new(KEY));
        let response = router(portal).oneshot(request).await.expect("answered");
        let header = |name| {
            let value = response.headers().get(name).and_then(|value| value.to_str().ok());
            value.map(str::to_owned)
        };
        let (status, to, cookie) = (response.status(), header(header::LOCATION), header(header::SET_COOKIE));
        let bytes = response.into_body().collect().await.expect("whole").to_bytes();
        let text = String::from_utf8_lossy(&bytes).into_owned();
        assert!(status.as_u16() < 500, "{status}: {text}");
        Answer { status, to: to.unwrap_or_default(), cookie, text }
    }

    async fn get(&self, path: &str, session: &str) -> Answer {
        let request = Request::get(path).header(header::COOKIE, session).body(Body::empty());
        self.ask(request.expect("a request")).await
    }

    async fn post(&self, path: &str, session: &str, fields: &[(&str, &str)]) -> Answer {
        let request = Request::post(path)
            .header(header::COOKIE, session)
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(Body::from(form(fields)));
        self.ask(request.expect("a request")).await
    }

    async fn call(&self, method: &str, path: &str, token: &str, json: serde_json::Value) -> Answer {
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header(header::AUTHORIZATION, format!("Bearer {token}"))
            .header(header::CONTENT_TYPE, "application/json")
            .body(Body::from(json.to_string()));
        self.ask(request.expect("a request")).await
    }

    async fn letters(&self) -> Vec<Notice> {
        self.store.waiting_notices(1_000).await.expect("read")
    }

    /// The secret of the last message that carries one.
    async fn secret(&self) -> String {
        let mut secrets = self.letters().await.into_iter().filter_map(|notice| notice.message.secret());
        let secret: Secret = secrets.next_back().expect("a secret was sent");
        CodeKey::new(KEY).secret(secret).reveal().to_owned()
    }

    fn charter(&self) -> String {
        let rules = self.fund.access.as_ref().expect("says how");
        let charter = rules.charter(self.now().date_naive()).expect("in force");
        charter.digest.iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

fn drawn() -> [u8; 16] {
    let secret = cnss_http::clock::secret();
    std::array::from_fn(|place| secret[place])
}

/// Morocco: by a paper, a code by SMS, and a first password by SMS that is changed first of all.
#[tokio::test]
async fn morocco_from_the_paper_to_a_password_of_ones_own() {
    let house = House::of("ma").await;
    let page = house.get("/inscription/insured", "").await;
    for label in
        ["Votre CNIE / Passeport / Séjour", "La date d&#39;expiration de l&#39;identifiant", "Valider"]
    {
        assert!(page.text.contains(label), "{label}: {}", page.text);
    }
    let charter = house.charter();
    let typed = [
        ("document", "be 123456"),
        ("document_expires", "2030-06-30"),
        ("birth_date", "1990-02-28"),
        ("phone", "06 12 34 56 78"),
        ("email", "afi@exemple.ma"),
    ];
    let unread = house.post("/inscription/insured", "", &typed).await;
    assert_eq!(unread.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(unread.text.contains("href=\"#terms\""), "{}", unread.text);
    let another = "0".repeat(64);
    let old = [&typed[..], &[("terms", &*another)]].concat();
    let changed = house.post("/inscription/insured", "", &old).await;
    assert!(changed.text.contains("Ce texte a changé entre-temps"), "{}", changed.text);
    let whole = [&typed[..], &[("terms", &*charter)]].concat();
    let here = house.post("/inscription/insured", "", &whole).await.to;
    assert!(house.get(&here, "").await.text.contains("valide pour une durée de 10 minutes"));
    // The clock of the machine may go back an hour: the code is neither late nor early.
    house.wait(-60);
    let code = house.secret().await;
    let done = house.post(&here, "", &[("code", &format!(" {} ", code.replace("", " ")))]).await;
    assert_eq!(done.to, "/inscription/insured/suite");
    house.wait(60);
    let suite = house.get(&done.to, "").await;
    assert!(
        suite.text.contains("Vous recevrez par SMS vos identifiants")
            && suite.text.contains("C&#39;est parti")
    );

    let first = house.secret().await;
    assert_ne!(first, code);
    let login = house.post("/connexion", "", &[("login", "710040"), ("password", &first)]).await;
    assert_eq!((login.status, &*login.to), (StatusCode::SEE_OTHER, "/assure"), "{}", login.text);
    let session = login.session();
    let kept = house.get("/assure/compte?page=1", &session).await;
    assert_eq!(kept.to, "/nouveau-mot-de-passe?next=/assure/compte%3Fpage%3D1", "nothing else comes before");
    let page = house.get(&kept.to, &session).await;
    assert!(page.text.contains("Déconnexion") && !page.text.contains("href=\"/assure\""), "{}", page.text);
    let (csrf, next) = (page.hidden("csrf"), page.hidden("next"));
    let choose = async |password: &str, again: &str| {
        let fields = [("csrf", &*csrf), ("next", &*next), ("password", password), ("password_again", again)];
        house.post("/nouveau-mot-de-passe", &session, &fields).await
    };
    for (password, again, told) in [
        ("court", "court", "au moins 8"),
        ("motdepasse", "motdepasse", "trop courant"),
        ("afi.esinam-2", "afi.esinam-2", "ni votre nom"),
        ("la pirogue bleue", "la pirogue verte", "diffèrent"),
        (&*first, &*first, "mot de passe actuel"),
    ] {
        let refused = choose(password, again).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{password}");
        assert!(refused.text.contains(told), "{password}: {}", refused.text);
    }
    let chosen = choose("la pirogue bleue", "la pirogue bleue").await;
    assert_eq!(chosen.to, "/assure/compte?page=1");
    assert_eq!(house.get("/assure", &chosen.session()).await.status, StatusCode::OK);
    assert_ne!(house.get("/assure", &session).await.status, StatusCode::OK, "the session before has ended");
    let again = house.post("/connexion", "", &[("login", "710040"), ("password", &first)]).await;
    assert_eq!(again.status, StatusCode::UNAUTHORIZED, "the first password serves no more");
}

/// The same for a program, which is told what to do first.
#[tokio::test]
async fn a_program_is_told_its_duties_and_does_them() {
    let house = House::of("ma").await;
    let none = serde_json::Value::Null;
    let wish = serde_json::json!({"document": "BE123456", "document_expires": "2030-06-30", "birth_date": "1990-02-28",
        "phone": "0612345678", "email": "afi@exemple.ma", "terms": house.charter()});
    let begun = house.call("POST", "/api/v1/sign-up/insured", "", wish).await;
    assert_eq!(begun.status, StatusCode::ACCEPTED, "{}", begun.text);
    let challenge = begun.json()["challenge"].as_str().expect("named").to_owned();
    // Its life is over; it is sent again, and another one is right.
    let late = house.secret().await;
    house.wait(11);
    let confirm = async |code: &str| {
        let path = format!("/api/v1/codes/{challenge}/confirmation");
        house.call("POST", &path, "", serde_json::json!({"code": code})).await
    };
    assert_eq!(confirm(&late).await.json()["code"], "code_expired");
    let sendings = format!("/api/v1/codes/{challenge}/sendings");
    let sent = house.call("POST", &sendings, "", serde_json::json!({"phone": "0698765432"})).await;
    assert_eq!(sent.status, StatusCode::ACCEPTED, "{}", sent.text);
    let code = house.secret().await;
    assert_ne!(code, late);
    assert_eq!(confirm(&late).await.json()["code"], "code_wrong");
    assert_eq!(confirm(&code).await.json(), serde_json::json!({"purpose": "sign_up", "activation": "code"}));

    let first = house.secret().await;
    let credentials = serde_json::json!({"login": "710040", "password": first});
    let session = house.call("POST", "/api/v1/session", "", credentials).await.json();
    assert_eq!(session["duty"]["kind"], "new_password");
    let token = session["token"].as_str().expect("a token").to_owned();
    for path in ["/api/v1/insured", "/api/v1/insured/account"] {
        let refused = house.call("GET", path, &token, none.clone()).await;
        assert_eq!(
            (refused.status, &refused.json()["code"]),
            (StatusCode::FORBIDDEN, &"duty".into()),
            "{path}"
        );
        assert_eq!(refused.json()["duty"]["call"], "/api/v1/session/password");
    }
    let weak = house
        .call("PUT", "/api/v1/session/password", &token, serde_json::json!({"password": "1234567"}))
        .await;
    let codes: Vec<_> =
        weak.json()["faults"].as_array().expect("faults").iter().map(|f| f["code"].clone()).collect();
    assert_eq!(codes, ["password_too_short", "password_common"]);
    let chosen = serde_json::json!({"password": "la pirogue bleue"});
    let changed = house.call("PUT", "/api/v1/session/password", &token, chosen.clone()).await;
    assert_eq!(changed.status, StatusCode::OK, "{}", changed.text);
    let fresh = changed.json()["token"].as_str().expect("a token").to_owned();
    assert_eq!(house.call("GET", "/api/v1/insured", &fresh, none.clone()).await.status, StatusCode::OK);
    let twice = house.call("PUT", "/api/v1/session/password", &fresh, chosen).await;
    assert_eq!(twice.status, StatusCode::FORBIDDEN, "only a first password is changed without the old one");
    assert_eq!(house.call("GET", "/api/v1/session", &token, none).await.status, StatusCode::UNAUTHORIZED);
}

/// Djibouti: the charter before anything is asked, ten characters of four kinds, an agent at the end.
#[tokio::test]
async fn djibouti_signs_the_charter_first() {
    let house = House::of("dj").await;
    let first = house.get("/inscription/insured", "").await;
    assert!(first.text.contains("Préambule") && !first.text.contains("name=\"surname\""), "{}", first.text);
    let other = house.get(&format!("/inscription/insured?terms={}", "0".repeat(64)), "").await;
    assert_eq!(other.status, StatusCode::UNPROCESSABLE_ENTITY, "another text than the one in force");
    let form = house.get(&format!("/inscription/insured?terms={}", house.charter()), "").await;
    assert_eq!(form.hidden("terms"), house.charter());
    for rule in ["10 caractères au moins", "une lettre majuscule", "un caractère spécial"] {
        assert!(form.text.contains(rule), "{rule}");
    }
    let charter = house.charter();
    let mut typed = BTreeMap::from([
        ("insured_number", "710040"),
        ("surname", "NGUISSAN"),
        ("forenames", "afi esinam"),
        ("birth_date", "28/02/1990"),
        ("email", "afi@exemple.dj"),
        ("phone", "77 83 12 34"),
        ("password", "abricotiers"),
        ("password_again", "abricotiers"),
        ("terms", &*charter),
    ]);
    let send = async |typed: &BTreeMap<&str, &str>| {
        let fields: Vec<_> = typed.iter().map(|(name, text)| (*name, *text)).collect();
        house.post("/inscription/insured", "", &fields).await
    };
    let weak = send(&typed).await;
    for told in ["lettre majuscule", "un chiffre", "caractère spécial"] {
        assert!(weak.text.contains(told), "{told}: {}", weak.text);
    }
    assert_eq!(weak.hidden("terms"), charter, "it need not be accepted again");
    typed.insert("password", "Abricots-du-Day-7");
    typed.insert("password_again", "Abricots-du-Day-7");
    typed.remove("terms");
    let unsigned = send(&typed).await;
    assert!(unsigned.status == StatusCode::UNPROCESSABLE_ENTITY && unsigned.text.contains("Préambule"));
    assert!(house.letters().await.is_empty());
    typed.insert("terms", &charter);
    let here = send(&typed).await.to;
    let done = house.post(&here, "", &[("code", &*house.secret().await)]).await;
    assert!(
        house
            .get(&done.to, "")
            .await
            .text
            .contains("Vous serez notifié par e-mail une fois votre compte activé")
    );
    let login = [("login", "afi@exemple.dj"), ("password", "Abricots-du-Day-7")];
    let waits = house.post("/connexion", "", &login).await;
    assert!(
        waits.status == StatusCode::FORBIDDEN && waits.text.contains("pas encore activé"),
        "{}",
        waits.text
    );
}

/// A charter that its holder did not accept is asked before anything else, in every window once.
#[tokio::test]
async fn a_charter_is_accepted_before_anything_else() {
    let house = House::of("dj").await;
    house.account(&hash_password("la pirogue bleue").expect("hashed")).await;
    let login = [("login", "afi@exemple.org"), ("password", "la pirogue bleue")];
    let session = house.post("/connexion", "", &login).await.session();
    let kept = house.get("/assure", &session).await;
    assert_eq!(kept.to, "/charte?next=/assure");
    assert!(house.get("/charte", "").await.text.contains("Préambule"), "anybody may read it");
    let (page, other) = (house.get(&kept.to, &session).await, house.get(&kept.to, &session).await);
    assert!(page.text.contains("j&#39;accepte ce texte"), "{}", page.text);
    let accept = async |csrf: &str, terms: &str| {
        house.post("/charte", &session, &[("csrf", csrf), ("terms", terms), ("next", "/assure")]).await
    };
    let charter = house.charter();
    assert_eq!(accept("x", &charter).await.status, StatusCode::FORBIDDEN, "not by another site's form");
    for wrong in ["", &"0".repeat(64), "é".repeat(32).as_str(), &"x".repeat(100_000)] {
        assert_eq!(accept(&page.hidden("csrf"), wrong).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    }
    assert_eq!(accept(&page.hidden("csrf"), &charter).await.to, "/assure");
    assert_eq!(accept(&other.hidden("csrf"), &charter).await.to, "/assure", "in a second window");
    assert_eq!(house.get("/assure", &session).await.status, StatusCode::OK);

    let credentials = serde_json::json!({"login": "afi@exemple.org", "password": "la pirogue bleue"});
    let session = house.call("POST", "/api/v1/session", "", credentials).await.json();
    assert!(session.get("duty").is_none(), "{session}");
    let token = session["token"].as_str().expect("a token");
    let again =
        house.call("POST", "/api/v1/session/charter", token, serde_json::json!({"digest": charter})).await;
    assert_eq!(again.status, StatusCode::NO_CONTENT, "said again, it is answered again");
}

/// Who has something to do first may still leave.
#[tokio::test]
async fn a_duty_lets_one_log_out() {
    let house = House::of("dj").await;
    house.account(&hash_password("la pirogue bleue").expect("hashed")).await;
    let login = [("login", "afi@exemple.org"), ("password", "la pirogue bleue")];
    let session = house.post("/connexion", "", &login).await.session();
    let csrf = house.get("/charte", &session).await.hidden("csrf");
    assert_eq!(house.post("/deconnexion", &session, &[("csrf", &csrf)]).await.to, "/");
    assert_eq!(house.get("/assure", &session).await.to, "/connexion?next=/assure");
}

/// A fund that says nothing of access opens nothing, and lets those in who have an account.
#[tokio::test]
async fn benin_and_tunisia_log_in_and_sign_nobody_up() {
    for code in ["bj", "tn"] {
        let house = House::of(code).await;
        house.account(&hash_password("la pirogue bleue").expect("hashed")).await;
        for path in
            ["/inscription", "/inscription/insured", "/mot-de-passe-oublie", "/api/v1/sign-up", "/charte"]
        {
            assert_eq!(house.get(path, "").await.status, StatusCode::NOT_FOUND, "{code} {path}");
        }
        for path in ["/", "/connexion"] {
            let page = house.get(path, "").await;
            assert!(
                !page.text.contains("/inscription") && !page.text.contains("/mot-de-passe-oublie"),
                "{code} {path}"
            );
        }
        let login = [("login", "afi@exemple.org"), ("password", "la pirogue bleue")];
        let session = house.post("/connexion", "", &login).await.session();
        assert_eq!(house.get("/assure", &session).await.status, StatusCode::OK, "{code}");
    }
}

/// Accounts of a former site log in with the password that they had, and are hashed anew.
#[tokio::test]
async fn accounts_of_a_former_site_are_taken_over() {
    let house = House::of("tg").await;
    house.account("$2y$05$abcdefghijklmnopqrstuuIOyVRkZywOQgMw6moXSyfjigrshWRLG").await;
    let wrong = house.post("/connexion", "", &[("login", "afi@exemple.org"), ("password", "motdepas")]).await;
    assert_eq!(wrong.status, StatusCode::UNAUTHORIZED);
    let kept = async || {
        let login = Login::read(LoginKind::Email, "afi@exemple.org").expect("a login");
        house.store.account_by_login(&login).await.expect("read").expect("there").password_hash
    };
    assert!(kept().await.starts_with("$2y$"));
    let login = [("login", "afi@exemple.org"), ("password", "motdepasse")];
    let session = house.post("/connexion", "", &login).await.session();
    assert_eq!(house.get("/assure", &session).await.status, StatusCode::OK);
    assert!(kept().await.starts_with("$argon2id$"), "{}", kept().await);
    assert_eq!(house.post("/connexion", "", &login).await.status, StatusCode::SEE_OTHER);
}

/// A session that a browser had before a login ends with it: nobody keeps a token that he planted.
#[tokio::test]
async fn the_session_before_a_login_ends() {
    let house = House::of("tg").await;
    house.account(&hash_password("la pirogue bleue").expect("hashed")).await;
    let login = [("login", "afi@exemple.org"), ("password", "la pirogue bleue")];
    let first = house.post("/connexion", "", &login).await.session();
    let second = house.post("/connexion", &first, &login).await.session();
    assert_ne!(first, second);
    assert_ne!(house.get("/assure", &first).await.status, StatusCode::OK);
    assert_eq!(house.get("/assure", &second).await.status, StatusCode::OK);
}
