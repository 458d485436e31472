//! The texts that affiliates and visitors read, in their own language.
//!
//! A text is a message in `ledger/locales`, where a language is one folder of Fluent files. Code and templates name a
//! message by its key, and only the message knows words, plurals and the order of a sentence. Amounts, counts and dates
//! are written as the language writes them.

mod accept;
mod catalogue;
mod format;

use std::fmt;

use fluent_bundle::{FluentArgs, FluentValue};

macro_rules! languages {
    ($($(#[$note:meta])* $variant:ident $tag:literal $name:literal),* $(,)?) => {
        /// A language that every text is available in.
        #[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
        pub enum Language {
            $($(#[$note])* $variant),*
        }

        impl Language {
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// As in the database, in `Accept-Language` and in `<html lang>`.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $tag),*
                }
            }

            /// Its own name, as its speakers look for it in a list.
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $name),*
                }
            }

            /// The content of its folder.
            const fn files(self) -> [&'static str; 9] {
                match self {
                    $(Self::$variant => [
                        include_str!(concat!("../../../locales/", $tag, "/common.ftl")),
                        include_str!(concat!("../../../locales/", $tag, "/portal.ftl")),
                        include_str!(concat!("../../../locales/", $tag, "/program.ftl")),
                        include_str!(concat!("../../../locales/", $tag, "/email.ftl")),
                        include_str!(concat!("../../../locales/", $tag, "/country.ftl")),
                        include_str!(concat!("../../../locales/", $tag, "/creator.ftl")),
                        include_str!(concat!("../../../locales/", $tag, "/network.ftl")),
                        include_str!(concat!("../../../locales/", $tag, "/match.ftl")),
                        include_str!(concat!("../../../locales/", $tag, "/contact.ftl")),
                    ]),*
                }
            }
        }
    };
}

languages! {
    #[default]
    En "en" "English",
    De "de" "Deutsch",
    Es "es" "Español",
}

impl Language {
    pub fn parse(tag: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|language| language.as_str() == tag)
    }
}

/// All texts in one language. Pages have it as their field `t`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Texts(Language);

impl Texts {
    pub const fn new(language: Language) -> Self {
        Self(language)
    }

    pub const fn language(self) -> Language {
        self.0
    }

    /// For `<html lang>`.
    pub const fn tag(self) -> &'static str {
        self.0.as_str()
    }

    /// Returns the message with this key.
    pub const fn say(self, key: &'static str) -> Text {
        Text { language: self.0, key, args: Vec::new() }
    }
}

/// A message with the values of its variables. It's plain text: a template escapes it like any other.
#[derive(Debug, Clone, PartialEq)]
pub struct Text {
    language: Language,
    key: &'static str,
    args: Vec<(&'static str, Arg)>,
}

impl Text {
    /// Sets a variable of the message.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl Into<Arg>) -> Self {
        self.args.push((name, value.into()));
        self
    }

    /// What stands before and behind a variable, where a template puts a link: it's of the sentence, so that a translator
    /// sees the whole, and its HTML isn't.
    pub fn around(self, name: &'static str) -> (String, String) {
        let text = self.with(name, PLACE).to_string();
        match text.split_once(PLACE) {
            Some((before, after)) => (before.to_owned(), after.to_owned()),
            None => (text, String::new()),
        }
    }
}

/// Marks the place of a link in a text: a character that no text contains (it's for private use).
const PLACE: &str = "\u{e000}";

impl fmt::Display for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut args = FluentArgs::with_capacity(self.args.len());
        for (name, value) in &self.args {
            args.set(*name, value.as_fluent());
        }
        f.write_str(&catalogue::message(self.language, self.key, &args))
    }
}

impl From<Text> for String {
    fn from(text: Text) -> Self {
        text.to_string()
    }
}

/// The value of a variable. Only a number chooses between plural forms, and it's written without grouping: pass
/// [`Texts::count`] as well where it can be large.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Arg {
    Text(String),
    Number(i64),
}

impl Arg {
    fn as_fluent(&self) -> FluentValue<'_> {
        match self {
            Self::Text(text) => FluentValue::from(text.as_str()),
            Self::Number(number) => FluentValue::from(*number),
        }
    }
}

impl From<&str> for Arg {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Arg {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<Text> for Arg {
    fn from(text: Text) -> Self {
        Self::Text(text.to_string())
    }
}

impl From<i64> for Arg {
    fn from(number: i64) -> Self {
        Self::Number(number)
    }
}

impl From<i32> for Arg {
    fn from(number: i32) -> Self {
        Self::Number(number.into())
    }
}

impl From<u32> for Arg {
    fn from(number: u32) -> Self {
        Self::Number(number.into())
    }
}

impl From<u64> for Arg {
    fn from(number: u64) -> Self {
        Self::Number(i64::try_from(number).unwrap_or(i64::MAX))
    }
}

impl From<usize> for Arg {
    fn from(number: usize) -> Self {
        Self::Number(i64::try_from(number).unwrap_or(i64::MAX))
    }
}

/// Templates pass everything by reference.
impl<T: Clone + Into<Arg>> From<&T> for Arg {
    fn from(value: &T) -> Self {
        value.clone().into()
    }
}

#[cfg(test)]
mod tests;
