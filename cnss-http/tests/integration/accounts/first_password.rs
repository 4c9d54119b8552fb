//! A first password that nobody used in time: who has it is told what to do, a stranger hears nothing,
//! and the phone opens the account all the same.

use serde_json::json;

use super::*;

/// What Morocco's `access.toml` says.
const HOURS: i64 = 72;

#[tokio::test]
async fn a_first_password_that_is_over_is_replaced_by_a_recovery() {
    let house = House::of("ma").await;
    let wish = json!({"document": "BE123456", "document_expires": "2030-06-30", "birth_date": "1990-02-28",
        "phone": "0612345678", "email": "afi@exemple.ma", "terms": house.charter()});
    let begun = house.call("POST", "/api/v1/sign-up/insured", "", wish).await.json();
    let path = format!("/api/v1/codes/{}/confirmation", begun["challenge"].as_str().expect("named"));
    let confirmed = house.call("POST", &path, "", json!({"code": house.secret().await})).await;
    assert!(confirmed.status.is_success(), "{}", confirmed.text);
    let first = house.secret().await;
    house.wait(HOURS * 60);

    let open = async |login: &str, password: &str| {
        let typed = json!({"login": login, "password": password});
        let answer = house.call("POST", "/api/v1/session", "", typed).await;
        (answer.status.as_u16(), answer.json()["code"].as_str().unwrap_or_default().to_owned())
    };
    assert_eq!(open("710040", &first).await, (403, "first_password_over".to_owned()));
    let (wrong, unknown) = (open("710040", "la pirogue verte").await, open("999999", &first).await);
    assert_eq!(wrong, (401, "wrong_credentials".to_owned()));
    assert_eq!(wrong, unknown, "who does not know it learns nothing");
    let page = house.post("/connexion", "", &[("login", "710040"), ("password", &first)]).await;
    assert_eq!(page.status, StatusCode::FORBIDDEN);
    assert!(page.cookie.is_none() && page.text.contains("Ce mot de passe provisoire"), "{}", page.text);
    assert!(page.text.contains("/mot-de-passe-oublie"), "the way is on the page");

    let asked = json!({"identifier": "BE123456", "channel": "sms"});
    let asked = house.call("POST", "/api/v1/recoveries", "", asked).await.json();
    let challenge = asked["challenge"].as_str().expect("named").to_owned();
    let path = format!("/api/v1/codes/{challenge}/confirmation");
    let right = house.call("POST", &path, "", json!({"code": house.secret().await})).await;
    assert!(right.status.is_success(), "{}", right.text);
    let path = format!("/api/v1/recoveries/{challenge}/password");
    let chosen = house.call("PUT", &path, "", json!({"password": "la pirogue bleue"})).await;
    assert_eq!(chosen.status, StatusCode::NO_CONTENT, "{}", chosen.text);
    assert_eq!(open("710040", &first).await, (401, "wrong_credentials".to_owned()));
    assert_eq!(open("710040", "la pirogue bleue").await, (200, String::new()));
}
