//! A page with one form: what is asked, what is wrong with it, where it leads. Codes, proofs and
//! reports look alike, so that people know where they are.

use crate::form::{Choices, Fault, Field};
use crate::view::{Link, Notice, Shell};

/// A page with one form.
#[derive(askama::Template)]
#[template(path = "account/form.html")]
pub struct FormPage {
    /// Around the page; its title is the page's.
    pub shell: Shell,
    /// What is wrong.
    pub errors: Vec<Fault>,
    /// What the page is for, a paragraph each.
    pub lead: Vec<String>,
    /// What is to be known before.
    pub notice: Option<Notice>,
    /// Where the form goes.
    pub action: String,
    /// What the form carries unseen: name and value.
    pub hidden: Vec<(String, String)>,
    /// A question with its answers.
    pub choices: Option<Choices>,
    /// What is asked.
    pub fields: Vec<Field>,
    /// Boxes to tick.
    pub boxes: Option<Choices>,
    /// Label of the button.
    pub button: String,
    /// What may be done beside: address and label of a button.
    pub beside: Vec<Link>,
    /// Where else one may go.
    pub links: Vec<Link>,
}

impl FormPage {
    /// A page with nothing but a button.
    pub(crate) fn new(shell: Shell, action: impl Into<String>, button: impl Into<String>) -> Self {
        Self {
            shell,
            errors: Vec::new(),
            lead: Vec::new(),
            notice: None,
            action: action.into(),
            hidden: Vec::new(),
            choices: None,
            fields: Vec::new(),
            boxes: None,
            button: button.into(),
            beside: Vec::new(),
            links: Vec::new(),
        }
    }

    /// Whether anything must be filled in.
    pub fn asks(&self) -> bool {
        self.choices.is_some() || self.fields.iter().any(|field| field.required)
    }

    /// Whether there is nothing but the button.
    pub fn bare(&self) -> bool {
        self.choices.is_none() && self.boxes.is_none() && self.fields.is_empty()
    }

    /// Says what it is for.
    pub(crate) fn lead(mut self, text: impl Into<String>) -> Self {
        self.lead.push(text.into());
        self
    }

    /// Asks for something.
    pub(crate) fn field(mut self, field: Field) -> Self {
        self.fields.push(field);
        self
    }

    /// Carries something unseen.
    pub(crate) fn hide(mut self, name: &str, value: impl Into<String>) -> Self {
        self.hidden.push((name.to_owned(), value.into()));
        self
    }

    /// Leads elsewhere.
    pub(crate) fn link(mut self, label: &str, href: impl Into<String>) -> Self {
        self.links.push(Link::new(label, href));
        self
    }

    /// Says what is wrong, beside the field of that name and above the form.
    pub(crate) fn refuse(&mut self, name: &str, text: impl Into<String>) {
        let text = text.into();
        match self.fields.iter_mut().find(|field| field.name == name) {
            Some(field) => field.error = Some(text.clone()),
            None => {
                for group in [&mut self.choices, &mut self.boxes].into_iter().flatten() {
                    if group.name == name {
                        group.error = Some(text.clone());
                    }
                }
            }
        }
        self.errors.push(Fault::new(format!("#{name}"), text));
    }
}
