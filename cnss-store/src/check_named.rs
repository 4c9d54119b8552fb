//! What the audit trail names is there, and is as it was written: announced money (references, their
//! payments, what an agent must look at), and who may do what (accounts, mandates, agents).
//!
//! Only rows that are never taken away are looked up. One that changed is compared with the line of the
//! version that it bears; that the version is one of a later line is what that line is compared for. The one rule to remember: a
//! row that cannot be read was edited, and is no reason to stop looking.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Display;

use cnss_core::account::Accepted;
use cnss_core::audit::{
    Changing, Named, accepted_mark, account_mark, agent_mark, dispute_mark, issued_mark, mandate_mark, named,
    paid_mark,
};
use cnss_core::id::AccountId;
use cnss_core::port::StoreError;

use uuid::Uuid;

use crate::accounts::read::{account, agent, mandate};
use crate::check::{Checked, Fault};
use crate::fault::unavailable;
use crate::read::dispute;
use crate::store::SqlStore;
use crate::waist::{Row, Statement, Value, statements, values};

/// Lines of the trail in one page.
const LINES_AT_ONCE: i64 = 1_000;

statements! {
    LINES = "SELECT place, what FROM audit_line WHERE place > $1 ORDER BY place LIMIT $2";
    NO_EMPLOYER(id: Id) = "SELECT r.id FROM r WHERE NOT EXISTS (SELECT 1 FROM employer WHERE employer_id = r.id)";
    NO_INSURED(id: Id) = "SELECT r.id FROM r WHERE NOT EXISTS (SELECT 1 FROM insured WHERE insured_id = r.id)";
    NO_BENEFICIARY(id: Id) =
        "SELECT r.id FROM r WHERE NOT EXISTS (SELECT 1 FROM beneficiary WHERE beneficiary_id = r.id)";
    NAMED_ACCOUNTS(named: Id) =
        "SELECT account_id, password_hash, must_change, password_until, email, phone, subject_kind, subject_id, holder, state, \
         state_since, block_reason, told, accepted_version, accepted_digest, accepted_at, \
         version FROM r JOIN account ON account.account_id = r.named";
    NAMED_MANDATES(named: Id) =
        "SELECT mandate_id, employer_id, invited, account_id, may_declare, may_pay, may_read, given_by, given_at, \
         withdrawn_at, changed_by, version FROM r JOIN mandate ON mandate.mandate_id = r.named";
    NAMED_AGENTS(named: Id) =
        "SELECT account_id, roles, second, last_step, recovery, changed_by, version \
         FROM r JOIN agent ON agent.account_id = r.named";
    NAMED_ACCEPTANCES(named: Id) =
        "SELECT account_id, digest FROM r JOIN acceptance ON acceptance.account_id = r.named";
    NO_DECLARATION(id: Id) =
        "SELECT r.id FROM r WHERE NOT EXISTS (SELECT 1 FROM declaration WHERE declaration_id = r.id)";
    REFERENCES(named: Text) =
        "SELECT reference, employer_id, amount, issued_at, issued_on, expires_on, issued_by, paid_entry, paid_bank, \
         paid_transaction, paid_on FROM r JOIN payment_reference ON payment_reference.reference = r.named";
    DISPUTES(named: Id) =
        "SELECT dispute_id, bank, bank_transaction, reference_text, amount, currency, decimals, paid_on, reason, \
         received_at FROM r JOIN payment_dispute ON payment_dispute.dispute_id = r.named";
}

/// What the lines of a page name.
#[derive(Default)]
struct Page {
    employers: Vec<Vec<Value>>,
    insured: Vec<Vec<Value>>,
    beneficiaries: Vec<Vec<Value>>,
    /// By kind and identity: the latest version that the page names, and its mark.
    changing: BTreeMap<(Changing, Uuid), (i64, String)>,
    accepted: BTreeSet<(Uuid, String)>,
    declarations: Vec<Vec<Value>>,
    /// By reference: the marks of its issue and of its payment.
    references: BTreeMap<String, (Option<String>, Option<String>)>,
    disputes: BTreeMap<Uuid, String>,
}

impl Page {
    fn add(&mut self, what: &str) {
        for row in named(what) {
            match row {
                Named::Employer(id) => self.employers.push(values![id]),
                Named::Insured(id) => self.insured.push(values![id]),
                Named::Beneficiary(id) => self.beneficiaries.push(values![id]),
                Named::Changing(kind, id, version, mark) => {
                    self.changing.insert((kind, id), (version, mark.to_owned()));
                }
                Named::Accepted(id, mark) => {
                    self.accepted.insert((id.0, mark.to_owned()));
                }
                Named::Declaration(id) => self.declarations.push(values![id]),
                Named::Issued(reference, mark) => {
                    self.references.entry(reference.to_string()).or_default().0 = Some(mark.to_owned());
                }
                Named::Paid(reference, mark) => {
                    self.references.entry(reference.to_string()).or_default().1 = Some(mark.to_owned());
                }
                Named::Dispute(id, mark) => {
                    self.disputes.insert(id, mark.to_owned());
                }
            }
        }
    }
}

fn missing(table: &'static str, row: impl Display) -> Fault {
    Fault::Missing { table, row: row.to_string() }
}

fn edited(table: &'static str, row: impl Display) -> Fault {
    Fault::Edited { table, row: row.to_string() }
}

impl SqlStore {
    pub(crate) async fn check_named(&self, checked: &mut Checked) -> Result<(), StoreError> {
        let mut after = i64::MIN;
        loop {
            let rows = self.all(&LINES, values![after, LINES_AT_ONCE]).await?;
            let Some(last) = rows.last() else { return Ok(()) };
            after = last.get("place")?;
            let mut page = Page::default();
            for row in &rows {
                page.add(&row.get::<String>("what")?);
            }
            let there: [(&'static str, &Statement, &[Vec<Value>]); 4] = [
                ("employer", &NO_EMPLOYER, &page.employers),
                ("insured", &NO_INSURED, &page.insured),
                ("beneficiary", &NO_BENEFICIARY, &page.beneficiaries),
                ("declaration", &NO_DECLARATION, &page.declarations),
            ];
            for (table, statement, ids) in there {
                for row in self.named_rows(statement, ids).await? {
                    checked.found(missing(table, row.get::<Uuid>("id")?));
                }
            }
            self.check_changing(page.changing, checked).await?;
            self.check_accepted(page.accepted, checked).await?;
            self.check_references(page.references, checked).await?;
            self.check_disputes(page.disputes, checked).await?;
        }
    }

    async fn named_rows(&self, statement: &Statement, ids: &[Vec<Value>]) -> Result<Vec<Row>, StoreError> {
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        self.reading().rows(statement, ids).await.map_err(unavailable)
    }

    /// What changes bears the version that the trail names or a later one, and its mark at that version.
    async fn check_changing(
        &self,
        named: BTreeMap<(Changing, Uuid), (i64, String)>,
        checked: &mut Checked,
    ) -> Result<(), StoreError> {
        for (kind, table, key, statement) in [
            (Changing::Account, "account", "account_id", &NAMED_ACCOUNTS),
            (Changing::Mandate, "mandate", "mandate_id", &NAMED_MANDATES),
            (Changing::Agent, "agent", "account_id", &NAMED_AGENTS),
        ] {
            let mut due: BTreeMap<Uuid, &(i64, String)> =
                named.iter().filter(|((of, _), _)| *of == kind).map(|((_, id), due)| (*id, due)).collect();
            let ids: Vec<_> = due.keys().map(|id| values![*id]).collect();
            for row in self.named_rows(statement, &ids).await? {
                let id: Uuid = row.get(key)?;
                let Some((version, mark)) = due.remove(&id) else { continue };
                let found: i64 = row.get("version")?;
                let is = || match kind {
                    Changing::Account => account(&row).map(|account| account_mark(&account)),
                    Changing::Mandate => mandate(&row).map(|mandate| mandate_mark(&mandate)),
                    Changing::Agent => agent(AccountId(id), &row).map(|agent| agent_mark(&agent)),
                };
                let sound = found > *version || (found == *version && is().is_ok_and(|is| is == *mark));
                if !sound {
                    checked.found(edited(table, id));
                }
            }
            for gone in due.into_keys() {
                checked.found(missing(table, gone));
            }
        }
        Ok(())
    }

    async fn check_accepted(
        &self,
        mut named: BTreeSet<(Uuid, String)>,
        checked: &mut Checked,
    ) -> Result<(), StoreError> {
        let who: BTreeSet<Uuid> = named.iter().map(|(id, _)| *id).collect();
        let ids: Vec<_> = who.into_iter().map(|id| values![id]).collect();
        for row in self.named_rows(&NAMED_ACCEPTANCES, &ids).await? {
            let (version, at) = (String::new(), chrono::DateTime::UNIX_EPOCH);
            let mark = accepted_mark(&Accepted { version, digest: row.digest("digest")?, at });
            named.remove(&(row.get("account_id")?, mark));
        }
        for (gone, _) in named {
            checked.found(missing("acceptance", gone));
        }
        Ok(())
    }

    async fn check_references(
        &self,
        mut named: BTreeMap<String, (Option<String>, Option<String>)>,
        checked: &mut Checked,
    ) -> Result<(), StoreError> {
        const TABLE: &str = "payment_reference";
        let ids: Vec<_> = named.keys().map(|reference| values![reference.as_str()]).collect();
        for row in self.named_rows(&REFERENCES, &ids).await? {
            let reference: String = row.get("reference")?;
            let Some((issue, payment)) = named.remove(&reference) else { continue };
            let sound = self.issued(&row).is_ok_and(|issued| {
                let as_issued = issue.is_none_or(|mark| issued_mark(&issued).is_ok_and(|due| due == mark));
                let paid = issued.paid.as_ref().map(|paid| paid_mark(&issued.reference, paid));
                as_issued && payment.is_none_or(|mark| paid.is_some_and(|due| due == mark))
            });
            if !sound {
                checked.found(edited(TABLE, reference));
            }
        }
        for gone in named.into_keys() {
            checked.found(missing(TABLE, gone));
        }
        Ok(())
    }

    async fn check_disputes(
        &self,
        mut named: BTreeMap<Uuid, String>,
        checked: &mut Checked,
    ) -> Result<(), StoreError> {
        const TABLE: &str = "payment_dispute";
        let ids: Vec<_> = named.keys().map(|id| values![*id]).collect();
        for row in self.named_rows(&DISPUTES, &ids).await? {
            let id: Uuid = row.get("dispute_id")?;
            let Some(mark) = named.remove(&id) else { continue };
            let sound = dispute(&row).is_ok_and(|read| dispute_mark(&read).is_ok_and(|due| due == mark));
            if !sound {
                checked.found(edited(TABLE, id));
            }
        }
        for gone in named.into_keys() {
            checked.found(missing(TABLE, gone));
        }
        Ok(())
    }
}
