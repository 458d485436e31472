//! Claims of due rows, over all organizations.
//!
//! A cluster locks rows of one organization at a time. So a claim first looks, without a lock, whose rows are the first that
//! are due, and then takes that many of each organization, in its own order. It skips rows that another ledger has locked,
//! and takes the next ones instead, so that no row is claimed twice and none is waited for.

/// How many of the first due rows belong to each owner. The owner of the very first row comes first.
pub fn per_owner<O: Copy + PartialEq>(due: impl IntoIterator<Item = O>) -> Vec<(O, i64)> {
    let mut counts: Vec<(O, i64)> = Vec::new();
    for owner in due {
        match counts.iter_mut().find(|(known, _)| *known == owner) {
            Some((_, count)) => *count += 1,
            None => counts.push((owner, 1)),
        }
    }
    counts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_owner_is_named_once_with_its_number_of_rows() {
        assert_eq!(per_owner(["b", "a", "b", "b", "c"]), [("b", 3), ("a", 1), ("c", 1)]);
        assert!(per_owner::<u8>([]).is_empty());
    }
}
