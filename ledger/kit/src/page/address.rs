//! Builds a page's URL with all current choices, so that each link on the page changes one of them and keeps the rest.

use std::fmt;

use shared::id::OrganizationId;
use url::form_urlencoded;

/// A path and its parameters, in the order in which they were added.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Address {
    path: String,
    pairs: Vec<(String, String)>,
}

impl Address {
    pub fn new(path: impl Into<String>) -> Self {
        Self { path: path.into(), pairs: Vec::new() }
    }

    /// A page of an organization.
    pub fn of(path: impl Into<String>, organization: OrganizationId) -> Self {
        Self::new(path).with("organization", organization)
    }

    /// Adds or replaces a parameter; an empty value removes it.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl fmt::Display) -> Self {
        let value = value.to_string();
        self.pairs.retain(|(given, _)| given != name);
        if !value.is_empty() {
            self.pairs.push((name.to_owned(), value));
        }
        self
    }

    /// Like [`Self::with`], for an optional value.
    #[must_use]
    pub fn maybe(self, name: &str, value: Option<impl fmt::Display>) -> Self {
        match value {
            Some(value) => self.with(name, value),
            None => self.without(name),
        }
    }

    #[must_use]
    pub fn without(mut self, name: &str) -> Self {
        self.pairs.retain(|(given, _)| given != name);
        self
    }

    /// The same parameters with another path: a list as a file.
    #[must_use]
    pub fn at(mut self, path: impl Into<String>) -> Self {
        self.path = path.into();
        self
    }

    pub fn path(&self) -> &str {
        &self.path
    }

    /// For the hidden fields of a form.
    pub fn pairs(&self) -> impl Iterator<Item = (&str, &str)> {
        self.pairs.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// The hidden fields of a form that has fields for `names` itself.
    pub fn pairs_but<'a>(&'a self, names: &'a [&'a str]) -> impl Iterator<Item = (&'a str, &'a str)> {
        self.pairs().filter(move |(name, _)| !names.contains(name))
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.path)?;
        if self.pairs.is_empty() {
            return Ok(());
        }
        let mut query = form_urlencoded::Serializer::new(String::new());
        query.extend_pairs(&self.pairs);
        write!(f, "?{}", query.finish())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_changes_one_thing_and_keeps_the_rest() {
        let here = Address::new("/dashboard/affiliates").with("status", "Pending").with("name", "A & B");
        assert_eq!(here.to_string(), "/dashboard/affiliates?status=Pending&name=A+%26+B");
        assert_eq!(here.clone().with("status", "").to_string(), "/dashboard/affiliates?name=A+%26+B");
        assert_eq!(
            here.clone().with("status", "Approved").to_string(),
            "/dashboard/affiliates?name=A+%26+B&status=Approved"
        );
        assert_eq!(here.at("/x.csv").without("name").maybe("page", None::<u32>).to_string(), "/x.csv?status=Pending");
    }
}
