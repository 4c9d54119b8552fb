//! Whom a courier reaches (destinataire), found when a notice is sent and not before.

use crate::account::Account;
use crate::id::AccountId;
use crate::notice::Contacts;
use crate::person::{Email, Name, Phone};

/// Somebody as a courier reaches him: the addressee of a notice, found when it is sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reached {
    /// The holder of an account, at the address and the phone that it has now.
    Holder(Box<Account>),
    /// Whoever has this address or this phone; the fund does not know who that is.
    Contacts(Contacts),
}

impl Reached {
    /// Whose account it is.
    #[must_use]
    pub fn account(&self) -> Option<AccountId> {
        match self {
            Self::Holder(account) => Some(account.id),
            Self::Contacts(_) => None,
        }
    }

    /// Who is greeted.
    #[must_use]
    pub fn holder(&self) -> Option<&Name> {
        match self {
            Self::Holder(account) => Some(&account.holder),
            Self::Contacts(_) => None,
        }
    }

    /// Where e-mails go.
    #[must_use]
    pub fn email(&self) -> Option<&Email> {
        match self {
            Self::Holder(account) => account.email.as_ref(),
            Self::Contacts(contacts) => contacts.email.as_ref(),
        }
    }

    /// Where SMS go.
    #[must_use]
    pub fn phone(&self) -> Option<&Phone> {
        match self {
            Self::Holder(account) => account.phone.as_ref(),
            Self::Contacts(contacts) => contacts.phone.as_ref(),
        }
    }

    /// A text without him, whom gateways like to repeat in their answers.
    #[must_use]
    pub fn hidden_in(&self, text: &str) -> String {
        let logins = match self {
            Self::Holder(account) => account.logins.as_slice(),
            Self::Contacts(_) => &[],
        };
        let mut names: Vec<&str> = logins.iter().map(|login| login.as_str()).collect();
        names.extend(self.email().map(Email::as_str));
        names.extend(self.phone().into_iter().flat_map(|phone| [phone.as_str(), phone.digits()]));
        names.extend(self.holder().map(Name::as_str));
        names.retain(|name| !name.is_empty());
        names.into_iter().fold(text.to_owned(), |text, name| text.replace(name, "…"))
    }
}
