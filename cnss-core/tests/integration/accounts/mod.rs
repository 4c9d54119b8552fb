//! Having an account: the ways in of the funds, what strangers learn, and random sequences of
//! commands against a small model.

mod access;
mod agents;
mod flows;
mod machine;
mod strangers;

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use chrono::{DateTime, Duration};
use cnss_core::account::sign_up::Form;
use cnss_core::account::{
    AccountChange, Beneficiary, CodeKey, Paper, PaperHolder, PaperNumber, Session, Source, TokenHash,
};
use cnss_core::calendar::parse_date;
use cnss_core::decision::{Batch, Change, Entropy, Moment};
use cnss_core::desk::{Desk, DeskError, Present};
use cnss_core::employer::{Employer, Employment};
use cnss_core::fund::{AskField, Fund};
use cnss_core::id::{BatchId, BeneficiaryId, ChallengeId, EmployerId, InsuredId};
use cnss_core::insured::Insured;
use cnss_core::memory::MemoryStore;
use cnss_core::notice::{Notice, Secret};
use cnss_core::person::{Name, Sex};
use cnss_core::port::Store;
use cnss_core::refusal::Refusal;
use uuid::Uuid;

pub const KEY: [u8; 32] = [9; 32];
pub const HERE: Source = Source([1; 8]);
pub const EMPLOYER: EmployerId = EmployerId(Uuid::from_u128(1));
pub const PERSON: InsuredId = InsuredId(Uuid::from_u128(2));

/// A counter over fresh books with one employer, one insured person, one beneficiary.
pub struct Office {
    pub desk: Desk,
    pub store: Arc<MemoryStore>,
    seed: AtomicU64,
}

pub fn date(text: &str) -> chrono::NaiveDate {
    parse_date(text).expect("a day")
}

/// A fund of the library, read once however many offices there are.
fn fund(code: &str) -> Arc<Fund> {
    static READ: Mutex<BTreeMap<String, Arc<Fund>>> = Mutex::new(BTreeMap::new());
    let mut read = READ.lock().expect("no test failed while it read");
    let fund = || Arc::new(Fund::builtin(code).expect("built in"));
    Arc::clone(read.entry(code.to_owned()).or_insert_with(fund))
}

fn name(text: &str) -> Name {
    Name::parse(text).expect("a name")
}

impl Office {
    pub async fn of(code: &str) -> Self {
        let store = Arc::new(MemoryStore::new());
        let fund = fund(code);
        let desk = Desk::new(store.clone(), fund);
        let office = Self { desk, store, seed: AtomicU64::new(0) };
        let insured = |id, number: &str| Insured {
            id,
            number: number.parse().expect("a number"),
            surname: name("N'Guissan"),
            forenames: name("Afi Ésinam"),
            sex: Sex::Female,
            birth_date: date("1990-02-28"),
            registered_on: date("2015-01-01"),
        };
        let beneficiary = BeneficiaryId(Uuid::from_u128(3));
        let paper = |number: &str, holder| {
            let number = PaperNumber::read(number).expect("a number");
            let expires_on = Some(date("2030-06-30"));
            Change::Account(AccountChange::RecordPaper(Paper { number, holder, expires_on }))
        };
        let at = office.at(0);
        let changes = vec![
            Change::RegisterEmployer(Employer {
                id: EMPLOYER,
                number: "EMP-0001".parse().expect("a number"),
                name: name("Société « L'Étoile »"),
                category: "salaried".to_owned(),
                registered_on: date("2010-01-01"),
            }),
            Change::RegisterInsured(insured(PERSON, "710040")),
            Change::Employ(vec![Employment {
                employer: EMPLOYER,
                insured: PERSON,
                hired_on: date("2020-01-01"),
                left_on: None,
            }]),
            paper("BE123456", PaperHolder::Insured(PERSON)),
            paper("BE777777", PaperHolder::Beneficiary(beneficiary)),
            Change::Account(AccountChange::RegisterBeneficiary(Beneficiary {
                id: beneficiary,
                insured: PERSON,
                surname: name("Mensah"),
                forenames: name("Kofi"),
                birth_date: date("2005-05-05"),
            })),
        ];
        let batch = Batch::of(BatchId(at.entropy.uuid(at.now)), changes, at.now);
        office.store.commit(batch).await.expect("sound");
        office
    }

    /// So many seconds after noon of a day in 2025; identities are drawn anew each time.
    pub fn at(&self, seconds: i64) -> Moment {
        let drawn = self.seed.fetch_add(1, Ordering::Relaxed);
        let mut seed = [0; 32];
        seed[..8].copy_from_slice(&drawn.to_be_bytes());
        let now =
            DateTime::from_timestamp(1_750_000_000, 0).expect("an instant") + Duration::seconds(seconds);
        Moment { now, today: now.date_naive(), entropy: Entropy::new(seed) }
    }

    pub fn charter(&self) -> Option<[u8; 32]> {
        let rules = self.desk.access().expect("says how");
        rules.charter(self.at(0).today).map(|charter| charter.digest)
    }

    pub async fn begin(&self, way: &str, form: &Form, seconds: i64) -> Result<ChallengeId, DeskError> {
        let charter = self.charter();
        let read = charter.as_ref().map(<[u8; 32]>::as_slice);
        let hash = format!("hash of {}", form.get(&AskField::Password).map_or("", String::as_str));
        self.desk.sign_up(way, form, &|_| false, &hash, read, HERE, &self.at(seconds)).await
    }

    /// The code that was last sent for a challenge, as the courier would derive it.
    pub async fn code(&self, id: ChallengeId) -> Option<String> {
        let key = CodeKey::new(KEY);
        let mut secrets =
            self.letters().await.into_iter().filter_map(|notice| match notice.message.secret() {
                Some(Secret::Code(of, generation, digits)) if of == id => {
                    Some(key.code(of, generation, digits).reveal().to_owned())
                }
                _ => None,
            });
        secrets.next_back()
    }

    pub async fn letters(&self) -> Vec<Notice> {
        self.store.waiting_notices(1_000).await.expect("read")
    }

    pub async fn keys(&self) -> Vec<&'static str> {
        self.letters().await.iter().map(|notice| notice.message.key()).collect()
    }

    pub async fn confirm(&self, id: ChallengeId, typed: &str, seconds: i64) -> Result<(), DeskError> {
        let key = CodeKey::new(KEY);
        let first = format!("hash of {}", key.first_password(id).reveal());
        self.desk.confirm_sign_up(id, typed, &key, &first, &self.at(seconds)).await.map(|_| ())
    }

    /// Logs in as the edge does: the password is compared with the hash that is there, if any.
    pub async fn log_in(&self, login: &str, password: &str, seconds: i64) -> Result<TokenHash, DeskError> {
        let at = self.at(seconds);
        let checked = self.desk.to_check(login, HERE, &at).await?;
        let hash = checked.account.as_ref().map(|account| account.password_hash.clone());
        let right = hash.is_some_and(|hash| hash == format!("hash of {password}"));
        let token = TokenHash::of(at.entropy.uuid(at.now).as_bytes());
        let account = cnss_core::id::AccountId(Uuid::nil());
        let session = Session::open(token, account, at.now);
        self.desk.sign_in(&checked, right, session, &at).await?;
        Ok(token)
    }

    pub async fn present(&self, token: TokenHash, seconds: i64) -> Result<Present, DeskError> {
        self.desk.present(token, &self.at(seconds)).await
    }
}

pub fn form(fields: &[(AskField, &str)]) -> Form {
    fields.iter().map(|(field, text)| (*field, (*text).to_owned())).collect::<BTreeMap<_, _>>()
}

/// A sound form of an insured person of Togo.
pub fn togo_insured() -> Form {
    form(&[
        (AskField::InsuredNumber, "710040"),
        (AskField::EmployerNumber, "emp-0001"),
        (AskField::Surname, "NGUISSAN"),
        (AskField::Forenames, "afi esinam"),
        (AskField::Email, "afi@example.tg"),
        (AskField::Phone, "90 12 34 56"),
        (AskField::BirthDate, "28/02/1990"),
        (AskField::Password, "abricot-2024"),
        (AskField::PasswordAgain, "abricot-2024"),
    ])
}

/// A sound form of an employer of the made-up fund.
pub fn example_employer() -> Form {
    form(&[
        (AskField::EmployerNumber, "EMP-0001"),
        (AskField::CompanyName, "societe letoile"),
        (AskField::Surname, "Lawson"),
        (AskField::Forenames, "Afi"),
        (AskField::Email, "afi@example.org"),
        (AskField::Phone, "612345"),
        (AskField::Password, "abricot-2024"),
        (AskField::PasswordAgain, "abricot-2024"),
    ])
}

pub fn refused<T: std::fmt::Debug>(answer: Result<T, DeskError>) -> Refusal {
    match answer {
        Err(DeskError::Refused(refusal)) => refusal,
        other => panic!("{other:?}"),
    }
}
