//! Texts with named places, as in `Bearer {token}`.
//!
//! The one rule to remember: a value is never pasted into a text that somebody parses; each place
//! of a request has its own escape, and JSON is built as a tree.

use std::collections::{BTreeMap, BTreeSet};

/// What stands in the places.
pub(super) type Values = BTreeMap<String, String>;

#[derive(Clone, Debug, PartialEq, Eq)]
enum Piece {
    Text(String),
    Place(String),
}

/// A text with places.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Template(Vec<Piece>);

impl Template {
    /// A template of nothing.
    pub const fn empty() -> Self {
        Self(Vec::new())
    }

    /// Reads a template; `{{` and `}}` stand for braces. The fault, when a brace has no partner.
    pub fn parse(text: &str) -> Result<Self, String> {
        let (mut pieces, mut plain) = (Vec::new(), String::new());
        let mut chars = text.chars().peekable();
        while let Some(c) = chars.next() {
            match c {
                '{' | '}' if chars.peek() == Some(&c) => {
                    chars.next();
                    plain.push(c);
                }
                '{' => {
                    let mut name = String::new();
                    loop {
                        match chars.next() {
                            Some('}') => break,
                            Some(c) if c.is_ascii_lowercase() || c == '_' => name.push(c),
                            _ => return Err(format!("a place is written {{name}}: {text:?}")),
                        }
                    }
                    if !plain.is_empty() {
                        pieces.push(Piece::Text(std::mem::take(&mut plain)));
                    }
                    pieces.push(Piece::Place(name));
                }
                '}' => return Err(format!("a brace without partner: {text:?}")),
                c => plain.push(c),
            }
        }
        if !plain.is_empty() {
            pieces.push(Piece::Text(plain));
        }
        Ok(Self(pieces))
    }

    /// The names of its places.
    pub fn places(&self, into: &mut BTreeSet<String>) {
        into.extend(self.0.iter().filter_map(|piece| match piece {
            Piece::Place(name) => Some(name.clone()),
            Piece::Text(_) => None,
        }));
    }

    /// The text with its places filled, each value escaped; what has no value is left empty, which
    /// the profile's check excludes.
    pub fn fill(&self, values: &Values, escape: fn(&str) -> String) -> String {
        let mut text = String::new();
        for piece in &self.0 {
            match piece {
                Piece::Text(plain) => text.push_str(plain),
                Piece::Place(name) => text.push_str(&values.get(name).map(|v| escape(v)).unwrap_or_default()),
            }
        }
        text
    }
}

/// A value as it is, where nobody parses it.
pub(super) fn plain(value: &str) -> String {
    value.to_owned()
}

/// A value within an address: everything but letters, digits and `-._~` in hexadecimal.
pub(super) fn in_url(value: &str) -> String {
    let mut out = String::with_capacity(value.len());
    for byte in value.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

/// The tree of a JSON body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Tree {
    Text(Template),
    Fixed(serde_json::Value),
    List(Vec<Tree>),
    Table(Vec<(String, Tree)>),
}

impl Tree {
    pub fn parse(value: &toml::Value) -> Result<Self, String> {
        Ok(match value {
            toml::Value::String(text) => Self::Text(Template::parse(text)?),
            toml::Value::Integer(number) => Self::Fixed((*number).into()),
            toml::Value::Boolean(yes) => Self::Fixed((*yes).into()),
            toml::Value::Array(list) => Self::List(list.iter().map(Self::parse).collect::<Result<_, _>>()?),
            toml::Value::Table(table) => Self::Table(
                table
                    .iter()
                    .map(|(key, value)| Ok((key.clone(), Self::parse(value)?)))
                    .collect::<Result<_, String>>()?,
            ),
            toml::Value::Float(_) | toml::Value::Datetime(_) => {
                return Err("write decimals and dates as text".to_owned());
            }
        })
    }

    pub fn places(&self, into: &mut BTreeSet<String>) {
        match self {
            Self::Text(template) => template.places(into),
            Self::Fixed(_) => {}
            Self::List(list) => list.iter().for_each(|tree| tree.places(into)),
            Self::Table(table) => table.iter().for_each(|(_, tree)| tree.places(into)),
        }
    }

    pub fn fill(&self, values: &Values) -> serde_json::Value {
        match self {
            Self::Text(template) => template.fill(values, plain).into(),
            Self::Fixed(value) => value.clone(),
            Self::List(list) => list.iter().map(|tree| tree.fill(values)).collect(),
            Self::Table(table) => table.iter().map(|(key, tree)| (key.clone(), tree.fill(values))).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn values(text: &str) -> Values {
        Values::from([("text".to_owned(), text.to_owned())])
    }

    #[test]
    fn places_and_braces() {
        let template = Template::parse("{{a}} {text}!").expect("sound");
        assert_eq!(template.fill(&values("{b}"), plain), "{a} {b}!");
        for bad in ["{", "}", "{a", "a}", "{A}", "{a b}", "{{}"] {
            assert!(Template::parse(bad).is_err(), "{bad}");
        }
    }

    proptest! {
        #[test]
        fn a_value_comes_back_out_of_json_and_an_address(text in any::<String>()) {
            let tree = Tree::parse(&toml::Value::String("<{text}>".to_owned())).expect("sound");
            let body = serde_json::to_string(&tree.fill(&values(&text))).expect("JSON");
            prop_assert_eq!(serde_json::from_str::<String>(&body).expect("JSON"), format!("<{text}>"));
            let url = Template::parse("https://a.example/{text}/end?x=1").expect("sound").fill(&values(&text), in_url);
            prop_assert_eq!(url.matches('/').count(), 4);
            prop_assert_eq!(url.matches('?').count(), 1);
            prop_assert!(url.is_ascii() && !url.contains(['&', '#', ' ', '\r', '\n']));
        }
    }
}
