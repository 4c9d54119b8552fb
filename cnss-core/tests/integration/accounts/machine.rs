//! Random sequences of account commands against a small model, which knows the rules in the plainest
//! words: what was sent, what was typed, what lives.

use cnss_core::account::{BlockReason, CodeKey, Purpose, TokenHash};
use cnss_core::fund::{AskField, Channel};
use cnss_core::id::ChallengeId;
use cnss_core::port::AccountStore;
use proptest::prelude::*;

use super::*;

#[derive(Clone, Debug)]
enum Command {
    /// Signs up, with or without the right company name.
    SignUp(bool),
    /// Types the code of a challenge, right or wrong.
    Confirm(usize, bool),
    Resend(usize),
    Login(bool),
    Recover(bool),
    /// Chooses a password after a recovery.
    Choose(usize),
    /// Uses a session.
    Use(usize),
    /// Reports a theft in a session.
    Block(usize),
    Wait(i64),
}

fn command() -> impl Strategy<Value = Command> {
    // Counted from the last: what was just asked is what people go on with.
    let place = prop_oneof![4 => Just(0_usize), 2 => 1_usize..3, 1 => 3_usize..8];
    prop_oneof![
        3 => any::<bool>().prop_map(Command::SignUp),
        6 => (place.clone(), prop::bool::weighted(0.7)).prop_map(|(n, right)| Command::Confirm(n, right)),
        2 => place.clone().prop_map(Command::Resend),
        5 => prop::bool::weighted(0.6).prop_map(Command::Login),
        2 => any::<bool>().prop_map(Command::Recover),
        3 => place.clone().prop_map(Command::Choose),
        4 => place.clone().prop_map(Command::Use),
        1 => place.prop_map(Command::Block),
        2 => Just(Command::Wait(31)),
        4 => prop_oneof![1_i64..40, 40_i64..1_200, 1_200_i64..8_000].prop_map(Command::Wait),
    ]
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Stage {
    Open,
    Confirmed,
    Spent,
    Closed,
}

#[derive(Debug)]
struct Asked {
    id: ChallengeId,
    /// Whether what was typed matched; none for a recovery.
    matched: Option<bool>,
    /// For a recovery: whether there is an account behind it.
    real: bool,
    stage: Stage,
    wrong: u32,
    sent: u32,
    sent_at: i64,
    until: i64,
}

#[derive(Default)]
struct Pause {
    wrong: u32,
    last: i64,
    until: i64,
}

impl Pause {
    /// One more wrong password; `free` are without a pause.
    fn more(&mut self, free: u32, now: i64) {
        if self.wrong > 0 && now - self.last >= 3_600 {
            self.wrong = 0;
        }
        self.wrong += 1;
        self.last = now;
        let pause = match self.wrong.saturating_sub(free) {
            0 => 0,
            1 => 10,
            2 => 20,
            3 => 40,
            _ => 60,
        };
        self.until = now + pause;
    }
}

#[derive(Default)]
struct Model {
    now: i64,
    password: Option<String>,
    chosen: u32,
    blocked: bool,
    asked: Vec<Asked>,
    /// Token, when it was opened, when it was last used.
    sessions: Vec<(TokenHash, i64, i64)>,
    ended: Vec<TokenHash>,
    login: Pause,
    source: Pause,
    /// When a code went to the one phone that there is.
    codes: Vec<i64>,
}

fn from_last<T>(all: &mut [T], n: usize) -> Option<&mut T> {
    all.iter_mut().rev().nth(n)
}

const LIFE: i64 = 15 * 60;
const WRONG_MOST: u32 = 3;

async fn step(office: &Office, model: &mut Model, command: &Command) {
    match command {
        Command::Wait(seconds) => model.now += seconds,
        Command::SignUp(right) => {
            let mut form = example_employer();
            if !right {
                form.insert(AskField::CompanyName, "Une autre".to_owned());
            }
            let now = model.now;
            match office.begin("employer", &form, now).await {
                Ok(id) => {
                    model.codes.push(now);
                    model.asked.push(Asked {
                        id,
                        matched: Some(*right),
                        real: true,
                        stage: Stage::Open,
                        wrong: 0,
                        sent: 1,
                        sent_at: now,
                        until: now + LIFE,
                    });
                }
                other => assert_eq!(refused(other), Refusal::TooManyMessages),
            }
        }
        Command::Recover(by_sms) => {
            let channel = if *by_sms { Channel::Sms } else { Channel::Email };
            let before = office.letters().await.len();
            let answer = office.desk.recover("afi@example.org", channel, HERE, &office.at(model.now)).await;
            let id = match answer {
                Ok(id) => id,
                other => {
                    assert_eq!(refused(other), Refusal::TooManyMessages);
                    return;
                }
            };
            let challenge = office.desk.challenge(id).await.expect("there");
            let real = matches!(challenge.purpose, Purpose::Recover(Some(_)));
            assert!(!real || model.password.is_some(), "nobody's password is not recovered");
            assert_eq!(office.letters().await.len() > before, real, "a code for whom it is of");
            if real && *by_sms {
                model.codes.push(model.now);
            }
            model.asked.push(Asked {
                id,
                matched: None,
                real,
                stage: Stage::Open,
                wrong: 0,
                sent: 1,
                sent_at: model.now,
                until: model.now + LIFE,
            });
        }
        Command::Confirm(n, right) => confirm(office, model, *n, *right).await,
        Command::Resend(n) => {
            let now = model.now;
            let Some(asked) = from_last(&mut model.asked, *n) else { return };
            let before = office.letters().await.len();
            let answer = office.desk.send_code_again(asked.id, None, &office.at(now)).await;
            let sent = office.letters().await.len() > before;
            let expected = if asked.stage != Stage::Open {
                Err(Refusal::CodeClosed)
            } else if asked.sent > 2 {
                Err(Refusal::TooManyMessages)
            } else if now - asked.sent_at < 30 {
                Err(Refusal::WaitToResend {
                    seconds: u32::try_from(30 - (now - asked.sent_at)).expect("few"),
                })
            } else {
                Ok(())
            };
            match (answer, expected) {
                (Ok(()), Ok(())) => {
                    (asked.sent, asked.sent_at) = (asked.sent + 1, now);
                    if now >= asked.until {
                        (asked.wrong, asked.until) = (0, now + LIFE);
                    }
                    let challenge = office.desk.challenge(asked.id).await.expect("there");
                    // Only of a recovery may a spent number pass in silence.
                    assert!(sent || asked.matched.is_none(), "a sign-up's code is sent");
                    assert!(!sent || asked.real || asked.matched.is_some(), "nobody gets nobody's code");
                    if challenge.phone.is_some() && sent {
                        model.codes.push(now);
                    }
                }
                // The budget may be spent, which the model does not count.
                (Err(DeskError::Refused(Refusal::TooManyMessages)), Ok(())) => {}
                (answer, expected) => assert_eq!(answer, expected.map_err(DeskError::Refused)),
            }
        }
        Command::Login(right) => login(office, model, *right).await,
        Command::Choose(n) => {
            let now = model.now;
            let Some(asked) = from_last(&mut model.asked, *n) else { return };
            let may = asked.matched.is_none() && asked.stage == Stage::Confirmed && now < asked.until;
            let password = format!("poire-{}", model.chosen);
            let hash = format!("hash of {password}");
            let answer = office.desk.set_recovered_password(asked.id, &hash, &office.at(now)).await;
            assert_eq!(answer.is_ok(), may, "{asked:?}: {answer:?}");
            if may {
                asked.stage = Stage::Spent;
                model.chosen += 1;
                model.password = Some(password);
                model.ended.extend(model.sessions.drain(..).map(|(token, ..)| token));
            }
        }
        Command::Use(n) => {
            uses(office, model, *n).await;
        }
        Command::Block(n) => {
            if let Some(present) = uses(office, model, *n).await {
                let at = office.at(model.now);
                office.desk.block_own(&present, BlockReason::Theft, &at).await.expect("blocked");
                model.blocked = true;
                model.ended.extend(model.sessions.drain(..).map(|(token, ..)| token));
            }
        }
    }
}

async fn confirm(office: &Office, model: &mut Model, n: usize, right: bool) {
    let now = model.now;
    let Some(asked) = from_last(&mut model.asked, n) else { return };
    let challenge = office.desk.challenge(asked.id).await.expect("there");
    let key = CodeKey::new(KEY);
    let code = key.code(asked.id, challenge.generation, 4).reveal().to_owned();
    let wrong = if code == "0000" { "0001" } else { "0000" };
    let typed = if right { code.as_str() } else { wrong };
    let right = right && asked.real;
    let expected = match asked.stage {
        Stage::Closed => Err(Refusal::CodeClosed),
        _ if now >= asked.until => Err(Refusal::CodeExpired),
        Stage::Confirmed | Stage::Spent if right => Ok(()),
        Stage::Confirmed | Stage::Spent => Err(Refusal::CodeClosed),
        Stage::Open if right => {
            asked.stage = if asked.matched.is_some() { Stage::Spent } else { Stage::Confirmed };
            if asked.matched == Some(true) && model.password.is_none() {
                model.password = Some("abricot-2024".to_owned());
            }
            Ok(())
        }
        Stage::Open => {
            asked.wrong += 1;
            assert!(asked.wrong <= WRONG_MOST, "at most so many guesses of a code");
            if asked.wrong == WRONG_MOST {
                asked.stage = Stage::Closed;
                Err(Refusal::CodeClosed)
            } else {
                Err(Refusal::CodeWrong { left: WRONG_MOST - asked.wrong })
            }
        }
    };
    let answer = if asked.matched.is_some() {
        office.confirm(asked.id, typed, now).await
    } else {
        office.desk.confirm_recovery(asked.id, typed, &key, &office.at(now)).await
    };
    assert_eq!(answer, expected.map_err(DeskError::Refused), "{asked:?}");
}

async fn login(office: &Office, model: &mut Model, right: bool) {
    let now = model.now;
    let password = model.password.clone().filter(|_| right);
    let answer = office.log_in("afi@example.org", password.as_deref().unwrap_or("wrong"), now).await;
    let pause = [&model.login, &model.source].into_iter().find(|pause| pause.wrong > 0 && now < pause.until);
    if let Some(pause) = pause {
        let seconds = u32::try_from(pause.until - now).expect("few");
        assert_eq!(refused(answer), Refusal::TooManyAttempts { seconds });
    } else if password.is_none() {
        assert_eq!(refused(answer), Refusal::WrongCredentials);
        model.login.more(3, now);
        model.source.more(10, now);
    } else {
        model.login = Pause::default();
        if model.blocked {
            assert_eq!(refused(answer), Refusal::AccountBlocked, "a blocked account gets no session");
        } else {
            model.sessions.push((answer.expect("right"), now, now));
        }
    }
}

async fn uses(office: &Office, model: &mut Model, n: usize) -> Option<Present> {
    let now = model.now;
    for token in &model.ended {
        let answer = office.present(*token, now).await;
        assert_eq!(refused(answer), Refusal::NotLoggedIn, "what has ended does not live again");
    }
    let (token, opened, used) = from_last(&mut model.sessions, n)?;
    let answer = office.present(*token, now).await;
    if now >= (*used + 600).min(*opened + 7_200) {
        assert_eq!(refused(answer), Refusal::NotLoggedIn);
        return None;
    }
    if now - *used > 60 {
        *used = now;
    }
    Some(answer.expect("it lives"))
}

/// No more than so many in any of the windows of that length.
fn within(at: &[i64], window: i64, most: usize) -> bool {
    let start = office_start();
    let mut counts = BTreeMap::new();
    for seconds in at {
        *counts.entry((start + seconds).div_euclid(window)).or_insert(0_usize) += 1;
    }
    counts.values().all(|count| *count <= most)
}

/// When [`Office::at`] begins, in seconds since 1970.
const fn office_start() -> i64 {
    1_750_000_000
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(if cfg!(debug_assertions) { 300 } else { 3_000 }))]

    #[test]
    fn every_command_does_what_the_model_says(
        // Mostly with an account and a session from the start, which a long walk rarely comes to by itself.
        settled in prop::bool::weighted(0.7),
        walk in prop::collection::vec(command(), 1..80),
    ) {
        let start = [Command::SignUp(true), Command::Confirm(0, true), Command::Login(true)];
        let commands = start.into_iter().filter(|_| settled).chain(walk);
        let wait = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
        wait.block_on(async {
            let office = Office::of("example").await;
            let mut model = Model::default();
            for command in commands {
                step(&office, &mut model, &command).await;
            }
            assert!(within(&model.codes, 86_400, 4), "four to one number in a day: {:?}", model.codes);
            assert!(within(&model.codes, 3_600, 8), "eight from one source in an hour: {:?}", model.codes);
            let opened = office.store.account_of(cnss_core::access::Subject::Employer(EMPLOYER)).await.expect("read");
            assert_eq!(opened.is_some(), model.password.is_some(), "an account for whom it is due, and no other");
            let warned = office.keys().await.iter().filter(|key| **key == "somebody-signs-up").count();
            let days = usize::try_from(model.now / 86_400 + 2).expect("few");
            assert!(warned <= days, "one warning a day");
        });
    }
}
