//! Claims of due rows, over all organizations.
//!
//! A cluster locks rows of one organization at a time. So a claim first looks, without a lock, whose rows are the first that
//! are due, and then takes that many of each organization, in its own order. It skips rows that another ledger has locked.
//! Where an organization had too few others, the claim looks again, at the rows of organizations that it hasn't visited yet: no
//! row is claimed twice, and rows that are locked for long hold up no other organization.

use uuid::Uuid;

/// How far a claim has come.
#[derive(Debug)]
pub struct Claim {
    limit: i64,
    taken: i64,
    /// Rows that were found, but not taken.
    missing: i64,
    visited: Vec<Uuid>,
}

impl Claim {
    /// Of at most `limit` rows.
    pub const fn of(limit: i64) -> Self {
        Self { limit, taken: 0, missing: limit, visited: Vec::new() }
    }

    /// How many rows to look for now; `None` where the claim has all it can get.
    pub fn room(&self) -> Option<i64> {
        (self.missing > 0).then_some(self.limit - self.taken)
    }

    /// The organizations whose rows needn't be looked for any more.
    pub fn visited(&self) -> &[Uuid] {
        &self.visited
    }

    /// Whose rows to take, and how many, where these are the owners of the first due rows. The owner of the very first row
    /// comes first.
    pub fn owners<O: Copy + PartialEq + Into<Uuid>>(&mut self, due: impl IntoIterator<Item = O>) -> Vec<(O, i64)> {
        let mut counts: Vec<(O, i64)> = Vec::new();
        for owner in due {
            match counts.iter_mut().find(|(known, _)| *known == owner) {
                Some((_, count)) => *count += 1,
                None => counts.push((owner, 1)),
            }
        }
        self.visited.extend(counts.iter().map(|(owner, _)| (*owner).into()));
        self.missing = counts.iter().map(|(_, count)| count).sum();
        counts
    }

    /// So many rows of an organization were taken.
    pub fn took(&mut self, rows: usize) {
        let rows = i64::try_from(rows).unwrap_or(i64::MAX);
        self.taken += rows;
        self.missing -= rows;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: Uuid = Uuid::from_u128(1);
    const OTHER: Uuid = Uuid::from_u128(2);
    const THIRD: Uuid = Uuid::from_u128(3);

    #[test]
    fn each_owner_is_named_once_with_its_number_of_rows() {
        let mut claim = Claim::of(5);
        assert_eq!(claim.room(), Some(5));
        assert_eq!(claim.owners([OTHER, ONE, OTHER, OTHER, THIRD]), [(OTHER, 3), (ONE, 1), (THIRD, 1)]);
        for rows in [3, 1, 1] {
            claim.took(rows);
        }
        assert_eq!(claim.room(), None);
    }

    #[test]
    fn a_claim_looks_again_only_for_what_others_have_locked() {
        let mut claim = Claim::of(5);
        claim.owners([ONE, ONE, ONE, OTHER]);
        claim.took(1);
        claim.took(1);
        assert_eq!((claim.room(), claim.visited()), (Some(3), &[ONE, OTHER][..]));
        claim.owners([THIRD]);
        claim.took(1);
        assert_eq!(claim.room(), None);
        let mut nothing = Claim::of(5);
        assert!(nothing.owners::<Uuid>([]).is_empty());
        assert_eq!(nothing.room(), None);
    }
}
