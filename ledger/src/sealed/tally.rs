//! Counts values by column and key, resealed ones, and those that don't open.

use std::collections::BTreeMap;

/// The number of broken values that are listed; further ones are only counted.
const NAMED_MAX: usize = 20;

#[derive(Debug, Default)]
pub struct Tally {
    columns: BTreeMap<String, Line>,
    broken: Vec<String>,
    broken_count: u64,
}

#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Line {
    /// The number of values by the key that they are sealed with now.
    pub by_key: BTreeMap<u8, u64>,
    pub resealed: u64,
}

impl Tally {
    /// Adds a column that was checked, even if it is empty.
    pub fn begin(&mut self, column: &str) {
        self.columns.entry(column.to_owned()).or_default();
    }

    pub fn found(&mut self, column: &str, key: u8) {
        *self.line(column).by_key.entry(key).or_default() += 1;
    }

    /// Counts a value that was resealed with this key.
    pub fn resealed(&mut self, column: &str, key: u8) {
        self.found(column, key);
        self.line(column).resealed += 1;
    }

    /// Counts a value that no key of the ring opens in its place; it is left as it is.
    pub fn broken(&mut self, column: &str, tenant: &str, row: &str, why: impl std::fmt::Display) {
        self.broken_count += 1;
        if self.broken.len() < NAMED_MAX {
            let tenant = if tenant.is_empty() { "nobody's" } else { tenant };
            self.broken.push(format!("{column}, {tenant}, {row}: {why}"));
        }
    }

    fn line(&mut self, column: &str) -> &mut Line {
        self.columns.entry(column.to_owned()).or_default()
    }

    pub const fn columns(&self) -> &BTreeMap<String, Line> {
        &self.columns
    }

    pub fn offenders(&self) -> &[String] {
        &self.broken
    }

    pub const fn broken_count(&self) -> u64 {
        self.broken_count
    }

    /// The number of values by key over all columns of one ring.
    pub fn by_key<'a>(lines: impl Iterator<Item = &'a Line>) -> BTreeMap<u8, u64> {
        let mut sum = BTreeMap::new();
        for (key, count) in lines.flat_map(|line| &line.by_key) {
            *sum.entry(*key).or_default() += count;
        }
        sum
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_counted_by_column_and_key() {
        let mut tally = Tally::default();
        tally.begin("a.sealed_x");
        tally.found("b.sealed_y", 1);
        tally.resealed("b.sealed_y", 2);
        assert_eq!(tally.columns()["a.sealed_x"], Line::default());
        assert_eq!(tally.columns()["b.sealed_y"].resealed, 1);
        assert_eq!(Tally::by_key(tally.columns().values()), BTreeMap::from([(1, 1), (2, 1)]));
    }

    #[test]
    fn offenders_are_named_up_to_a_limit_and_all_counted() {
        let mut tally = Tally::default();
        for number in 0..25 {
            tally.broken("a.sealed_x", "", &number.to_string(), "altered");
        }
        assert_eq!((tally.offenders().len(), tally.broken_count()), (20, 25));
        assert_eq!(tally.offenders()[0], "a.sealed_x, nobody's, 0: altered");
    }
}
