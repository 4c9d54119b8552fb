//! A proof of identity that has grown old: what touches money or identity asks for it again, of a
//! browser and of a program, and then goes on; looking does not.

use cnss_core::account::agent::NewAgent;
use serde_json::{Value, json};
use totp_rs::{Builder, Secret};

use super::*;

/// How long a proof is good in every fund of the library.
const PROVEN_MINUTES: i64 = 15;

fn code(answer: &Answer) -> (u16, String) {
    let code = answer.json()["code"].as_str().unwrap_or_default().to_owned();
    (answer.status.as_u16(), code)
}

fn refused(status: u16, code: &str) -> (u16, String) {
    (status, code.to_owned())
}

/// The twenty bytes that 32 letters of RFC 4648 stand for.
fn of_base32(text: &str) -> [u8; 20] {
    let bits: String = text
        .chars()
        .map(|letter| "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".find(letter).expect("a letter"))
        .map(|place| format!("{place:05b}"))
        .collect();
    std::array::from_fn(|n| u8::from_str_radix(&bits[8 * n..8 * n + 8], 2).expect("eight bits"))
}

#[tokio::test]
async fn a_holder_gives_the_password_again_before_another_address() {
    let house = House::of("tg").await;
    house.account(&hash_password("la pirogue bleue").expect("hashed")).await;
    // An account that was opened by hand accepts the charter first.
    let credentials = json!({"login": "afi@exemple.org", "password": "la pirogue bleue"});
    let session = house.call("POST", "/api/v1/session", "", credentials).await.json();
    let token = session["token"].as_str().expect("a token").to_owned();
    if session["duty"]["kind"] == "charter" {
        let accepted = json!({"digest": house.charter()});
        let accepted = house.call("POST", "/api/v1/session/charter", &token, accepted).await;
        assert!(accepted.status.is_success(), "{}", accepted.text);
    }
    let ask = async |address: &str| {
        house.call("POST", "/api/v1/account/contacts", &token, json!({"email": address})).await
    };
    assert_eq!(ask("afi@autre.example").await.status, StatusCode::ACCEPTED);
    house.wait(PROVEN_MINUTES);
    assert_eq!(code(&ask("afi@encore.example").await), refused(403, "prove_again"));
    let prove = async |proof: &str| {
        house.call("POST", "/api/v1/session/proof", &token, json!({"proof": proof})).await
    };
    assert_eq!(code(&prove("la pirogue verte").await), refused(401, "wrong_credentials"));
    assert_eq!(code(&ask("afi@encore.example").await), refused(403, "prove_again"), "a wrong one is none");
    assert_eq!(house.call("GET", "/api/v1/account", &token, Value::Null).await.status, StatusCode::OK);
    assert_eq!(prove("la pirogue bleue").await.status, StatusCode::NO_CONTENT);
    assert_eq!(ask("afi@encore.example").await.status, StatusCode::ACCEPTED);
}

/// The page is not shown before the proof, and a form that was filled in before it grew old leads there too.
#[tokio::test]
async fn a_browser_is_led_to_the_proof_and_back() {
    let house = House::of("bj").await;
    house.account(&hash_password("la pirogue bleue").expect("hashed")).await;
    let login = [("login", "afi@exemple.org"), ("password", "la pirogue bleue")];
    let session = house.post("/connexion", "", &login).await.session();
    let own = house.get("/compte", &session).await;
    assert_eq!(own.status, StatusCode::OK);
    let csrf = own.hidden("csrf");
    house.wait(PROVEN_MINUTES);
    let led = house.get("/compte/coordonnees", &session).await;
    assert_eq!(
        (led.status, led.to.as_str()),
        (StatusCode::SEE_OTHER, "/compte/confirmation?next=/compte/coordonnees")
    );
    let give = async |password: &str| {
        let fields = [("csrf", csrf.as_str()), ("password", password), ("next", "/compte/coordonnees")];
        house.post("/compte/confirmation", &session, &fields).await
    };
    let wrong = give("la pirogue verte").await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(wrong.text.contains("Ce mot de passe n&#39;est pas le bon"), "{}", wrong.text);
    assert_eq!(house.get("/compte/coordonnees", &session).await.status, StatusCode::SEE_OTHER);
    let right = give("la pirogue bleue").await;
    assert_eq!((right.status, right.to.as_str()), (StatusCode::SEE_OTHER, "/compte/coordonnees"));
    assert_eq!(house.get("/compte/coordonnees", &session).await.status, StatusCode::OK);
}

/// An administrator whose first password is « la pirogue bleue ».
async fn a_chief(house: &House) -> Uuid {
    let desk = Desk::new(house.store.clone(), Arc::clone(&house.fund));
    let chief = NewAgent {
        email: Email::parse("cheffe@caisse.example").expect("an address"),
        holder: Name::parse("Ama Cheffe").expect("a name"),
    };
    let hash = hash_password("la pirogue bleue").expect("hashed");
    let at = Clock::fixed(house.now()).moment();
    desk.first_administrator(&chief, &hash, &at).await.expect("made").0
}

/// The digits that an application shows now for a secret.
fn digits_of(house: &House, secret: &str) -> String {
    let phone = Builder::new().with_secret(Secret::new_stack(of_base32(secret))).build();
    let seconds = u64::try_from(house.now().timestamp()).expect("after 1970");
    phone.expect("an application").generate(seconds).to_string()
}

/// Whoever finds the session of an agent open neither sees the secret that is in use nor replaces it.
#[tokio::test]
async fn a_second_factor_is_replaced_after_a_proof_alone_and_never_shown_again() {
    const SECOND: &str = "/api/v1/session/second-factor";
    const ANEW: &str = "/agent/second-facteur?nouveau=true";
    let house = House::of("tg").await;
    a_chief(&house).await;
    let credentials = |password: &str| json!({"login": "cheffe@caisse.example", "password": password});
    let token = async |answer: Answer| answer.json()["token"].as_str().expect("a token").to_owned();
    let first = token(house.call("POST", "/api/v1/session", "", credentials("la pirogue bleue")).await).await;
    let secret_for = async |token: &str| {
        let answer = house.call("GET", SECOND, token, Value::Null).await;
        answer.json()["secret"].as_str().map(str::to_owned).ok_or_else(|| code(&answer))
    };
    let set = async |token: &str, code: &str, replace: bool| {
        house.call("POST", SECOND, token, json!({"code": code, "replace": replace})).await
    };
    let used = secret_for(&first).await.expect("none is set up");
    let now = digits_of(&house, &used);
    let (once, twice) = (set(&first, &now, false).await, set(&first, &now, false).await);
    assert_eq!(
        (once.status, &once.text),
        (StatusCode::OK, &twice.text),
        "the same codes when it is sent twice"
    );
    let own = json!({"password": "le manguier du port"});
    let changed = house.call("PUT", "/api/v1/session/password", &first, own).await;
    assert_eq!(changed.status, StatusCode::OK, "{}", changed.text);

    // In the session in which it is used, from the first minute on, another is shown.
    house.wait(1);
    let session =
        token(house.call("POST", "/api/v1/session", "", credentials("le manguier du port")).await).await;
    assert_eq!(secret_for(&session).await, Err(refused(403, "not_allowed")), "a password alone");
    assert_eq!(set(&session, &digits_of(&house, &used), false).await.status, StatusCode::OK);
    let other = secret_for(&session).await.expect("just proved");
    assert_ne!(other, used);
    assert_eq!(secret_for(&session).await.as_ref(), Ok(&other), "the same until it is set up");

    house.wait(PROVEN_MINUTES);
    assert_eq!(secret_for(&session).await, Err(refused(403, "prove_again")));
    let late = set(&session, &digits_of(&house, &other), true).await;
    assert_eq!(code(&late), refused(403, "prove_again"));
    let proof = json!({"proof": digits_of(&house, &used)});
    let proven = house.call("POST", "/api/v1/session/proof", &session, proof).await;
    assert_eq!(proven.status, StatusCode::NO_CONTENT, "{}", proven.text);
    let wrong = set(&session, "000000", true).await;
    assert_eq!(code(&wrong), refused(401, "wrong_credentials"));
    let replaced = set(&session, &digits_of(&house, &other), true).await;
    assert_eq!(replaced.json()["recovery_codes"].as_array().map(Vec::len), Some(10), "{}", replaced.text);
    let notices = house.store.waiting_notices(100).await.expect("read");
    let told = notices.iter().filter(|notice| notice.message.key() == "second-factor-replaced").count();
    assert_eq!(told, 1, "its holder hears of it");
    assert_ne!(secret_for(&session).await.expect("just proved"), other, "what is in use is not shown");
    house.wait(1);
    let old = json!({"proof": digits_of(&house, &used)});
    let old = house.call("POST", "/api/v1/session/proof", &session, old).await;
    assert_eq!(code(&old), refused(401, "wrong_credentials"), "the former one opens nothing");

    // The pages do the same: led to the proof, back, and to another picture each time.
    let login = [("login", "cheffe@caisse.example"), ("password", "le manguier du port")];
    let browser = house.post("/connexion", "", &login).await.session();
    let csrf = house.get("/agent/second-facteur", &browser).await.hidden("csrf");
    let give = async |secret: &str, nouveau: &str| {
        let code = digits_of(&house, secret);
        let fields = [("csrf", csrf.as_str()), ("code", code.as_str()), ("nouveau", nouveau)];
        house.post("/agent/second-facteur", &browser, &fields).await
    };
    assert_eq!(give(&other, "false").await.status, StatusCode::SEE_OTHER);
    let shown = async || {
        let page = house.get(ANEW, &browser).await;
        let key = page.text.split_once("<strong class=\"key\">").map(|(_, after)| after);
        key.and_then(|after| after.split('<').next()).map(|key| key.replace(' ', "")).ok_or(page.to)
    };
    let third = shown().await.expect("just proved");
    assert_ne!(third, other);
    house.wait(PROVEN_MINUTES);
    let led = "/compte/confirmation?next=/agent/second-facteur%3Fnouveau%3Dtrue";
    assert_eq!(shown().await, Err(led.to_owned()));
    let late = give(&third, "true").await;
    assert_eq!((late.status, late.to.as_str()), (StatusCode::SEE_OTHER, led));
    let code = digits_of(&house, &other);
    let fields = [("csrf", csrf.as_str()), ("code", code.as_str()), ("next", ANEW)];
    let proven = house.post("/compte/confirmation", &browser, &fields).await;
    assert_eq!((proven.status, proven.to.as_str()), (StatusCode::SEE_OTHER, ANEW));
    assert_eq!(shown().await.as_ref(), Ok(&third), "the picture that was taken before still serves");
    let set = give(&third, "true").await;
    assert!(set.status == StatusCode::OK && set.text.contains("codes de secours"), "{}", set.text);
    assert_ne!(shown().await.expect("just proved"), third);
}

/// An agent proves it by digits that did not serve; his password is no proof.
#[tokio::test]
async fn an_agent_gives_digits_again_before_changing_anything() {
    let house = House::of("tg").await;
    let id = a_chief(&house).await;
    let credentials = |password: &str| json!({"login": "cheffe@caisse.example", "password": password});
    let token = async |answer: Answer| answer.json()["token"].as_str().expect("a token").to_owned();
    let first = token(house.call("POST", "/api/v1/session", "", credentials("la pirogue bleue")).await).await;
    let secret = house.call("GET", "/api/v1/session/second-factor", &first, Value::Null).await.json();
    let digits = || digits_of(&house, secret["secret"].as_str().expect("a secret"));
    let give = async |token: &str| {
        house.call("POST", "/api/v1/session/second-factor", token, json!({"code": digits()})).await
    };
    assert_eq!(give(&first).await.status, StatusCode::OK);
    let own = json!({"password": "le manguier du port"});
    let changed = house.call("PUT", "/api/v1/session/password", &first, own).await;
    assert_eq!(changed.status, StatusCode::OK, "{}", changed.text);
    house.wait(1);
    let session =
        token(house.call("POST", "/api/v1/session", "", credentials("le manguier du port")).await).await;
    assert_eq!(give(&session).await.status, StatusCode::OK);

    let roles = format!("/api/v1/agent/agents/{id}/roles");
    let assign =
        async |roles_of: &[&str]| house.call("PUT", &roles, &session, json!({"roles": roles_of})).await;
    assert_eq!(assign(&["administer", "unblock"]).await.status, StatusCode::NO_CONTENT);
    house.wait(PROVEN_MINUTES);
    let listed = house.call("GET", "/api/v1/agent/agents", &session, Value::Null).await;
    assert_eq!(listed.status, StatusCode::OK, "looking asks for nothing more");
    assert_eq!(code(&assign(&["administer"]).await), refused(403, "prove_again"));
    let second = format!("/api/v1/agent/agents/{}/second-factor", Uuid::nil());
    let taken = house.call("DELETE", &second, &session, Value::Null).await;
    assert_eq!(code(&taken), refused(403, "prove_again"));
    let prove = async |proof: &str| {
        house.call("POST", "/api/v1/session/proof", &session, json!({"proof": proof})).await
    };
    assert_eq!(
        code(&prove("le manguier du port").await),
        refused(401, "wrong_credentials"),
        "a password is no proof"
    );
    let now = digits();
    assert_eq!(prove(&now).await.status, StatusCode::NO_CONTENT);
    assert_eq!(code(&prove(&now).await), refused(401, "wrong_credentials"), "they served");
    assert_eq!(assign(&["administer"]).await.status, StatusCode::NO_CONTENT);
}
