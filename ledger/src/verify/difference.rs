//! A difference between a stored and a recomputed value.

use std::{collections::BTreeMap, fmt};

use shared::id::OrganizationId;

/// A difference in one field of one row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// The row, by the brand's name for it and by its ids.
    pub about: String,
    pub field: &'static str,
    /// `None` if the row doesn't exist.
    pub stored: Option<String>,
    /// `None` if the row shouldn't exist.
    pub recomputed: Option<String>,
}

impl Difference {
    pub(super) fn new(
        about: impl Into<String>,
        field: &'static str,
        stored: impl fmt::Display,
        recomputed: impl fmt::Display,
    ) -> Self {
        Self { about: about.into(), field, stored: Some(stored.to_string()), recomputed: Some(recomputed.to_string()) }
    }

    /// A row that should exist, but doesn't.
    pub(super) fn missing(about: impl Into<String>, field: &'static str, recomputed: impl fmt::Display) -> Self {
        Self { about: about.into(), field, stored: None, recomputed: Some(recomputed.to_string()) }
    }

    /// A row that exists, but shouldn't.
    pub(super) fn baseless(about: impl Into<String>, field: &'static str, stored: impl fmt::Display) -> Self {
        Self { about: about.into(), field, stored: Some(stored.to_string()), recomputed: None }
    }
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let message = |text: &Option<String>| text.clone().unwrap_or_else(|| "(missing)".to_owned());
        write!(
            f,
            "{}: {}: stored {}; recalculated {}",
            self.about,
            self.field,
            message(&self.stored),
            message(&self.recomputed)
        )
    }
}

/// The first difference in full, and the number of differences by field.
#[derive(Debug, Clone, Default)]
pub struct Differences {
    pub first: Option<(OrganizationId, Difference)>,
    pub by_field: BTreeMap<&'static str, u64>,
}

impl Differences {
    pub fn count(&self) -> u64 {
        self.by_field.values().sum()
    }

    pub(super) fn add(&mut self, organization: OrganizationId, difference: Difference) {
        *self.by_field.entry(difference.field).or_default() += 1;
        self.first.get_or_insert((organization, difference));
    }

    /// Adds differences that were found later.
    pub(super) fn extend(&mut self, later: Self) {
        for (field, count) in later.by_field {
            *self.by_field.entry(field).or_default() += count;
        }
        self.first = self.first.take().or(later.first);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_stays_first_and_all_are_counted() {
        let organization = OrganizationId::from_bytes([1; 16]);
        let (mut early, mut late) = (Differences::default(), Differences::default());
        late.add(organization, Difference::missing("sale b", "refund", 5));
        early.add(organization, Difference::new("sale a", "amount", 1, 2));
        early.add(organization, Difference::baseless("sale c", "refund", 7));
        early.extend(late);
        assert_eq!((early.count(), early.by_field.get("refund")), (3, Some(&2)));
        let (_, first) = early.first.unwrap();
        assert_eq!(first.to_string(), "sale a: amount: stored 1; recalculated 2");
        assert_eq!(Difference::missing("x", "y", 1).to_string(), "x: y: stored (missing); recalculated 1");
    }
}
