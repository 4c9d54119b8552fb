//! What the audit trail names is there, and announced money is as it was written: references,
//! their payments, and what an agent must look at.
//!
//! Only rows that are written once and never taken away are looked up. The one rule to remember: a
//! row that cannot be read was edited, and is no reason to stop looking.

use std::collections::BTreeMap;
use std::fmt::Display;

use cnss_core::audit::{Named, dispute_mark, issued_mark, named, paid_mark};
use cnss_core::port::StoreError;

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
    NO_ACCOUNT(id: Id) = "SELECT r.id FROM r WHERE NOT EXISTS (SELECT 1 FROM account WHERE account_id = r.id)";
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
    accounts: Vec<Vec<Value>>,
    declarations: Vec<Vec<Value>>,
    /// By reference: the marks of its issue and of its payment.
    references: BTreeMap<String, (Option<String>, Option<String>)>,
    disputes: BTreeMap<uuid::Uuid, String>,
}

impl Page {
    fn add(&mut self, what: &str) {
        for row in named(what) {
            match row {
                Named::Employer(id) => self.employers.push(values![id]),
                Named::Insured(id) => self.insured.push(values![id]),
                Named::Account(id) => self.accounts.push(values![id]),
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
                ("account", &NO_ACCOUNT, &page.accounts),
                ("declaration", &NO_DECLARATION, &page.declarations),
            ];
            for (table, statement, ids) in there {
                for row in self.named_rows(statement, ids).await? {
                    checked.found(missing(table, row.get::<uuid::Uuid>("id")?));
                }
            }
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
        mut named: BTreeMap<uuid::Uuid, String>,
        checked: &mut Checked,
    ) -> Result<(), StoreError> {
        const TABLE: &str = "payment_dispute";
        let ids: Vec<_> = named.keys().map(|id| values![*id]).collect();
        for row in self.named_rows(&DISPUTES, &ids).await? {
            let id: uuid::Uuid = row.get("dispute_id")?;
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
