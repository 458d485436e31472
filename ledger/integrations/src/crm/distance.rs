//! Detects names so similar that one is probably a typo of the other.

use strsim::osa_distance;

/// Longer names aren't checked for typos, because no one types them.
const LENGTH_MAX: usize = 100;

/// Returns whether one name is probably a typo of the other: one or two letters added, missing, wrong or swapped,
/// depending on the length. Names that differ in a number mean different things.
pub(super) fn is_near(one: &str, other: &str) -> bool {
    let digits = |text: &str| text.chars().filter(|c| c.is_numeric()).collect::<String>();
    let (one, other) = (one.to_lowercase(), other.to_lowercase());
    let most = match one.chars().count().max(other.chars().count()) {
        0..=3 => return false,
        4..=7 => 1,
        8..=LENGTH_MAX => 2,
        _ => return false,
    };
    one != other && digits(&one) == digits(&other) && osa_distance(&one, &other) <= most
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn each_slip_is_one_step() {
        for (one, other, steps) in [
            ("", "", 0),
            ("", "abc", 3),
            ("partner", "partner", 0),
            ("partner", "partners", 1),
            ("partner", "partnr", 1),
            ("partner", "pertner", 1),
            ("partner", "patrner", 1),
            ("kitten", "sitting", 3),
            ("ca", "abc", 3),
        ] {
            assert_eq!(osa_distance(one, other), steps, "{one} {other}");
        }
    }

    #[test]
    fn short_names_and_numbers_are_taken_at_their_word() {
        for (one, other) in [("vip", "vap"), ("Tier 1", "Tier 2"), ("Q3 2026", "Q4 2026"), ("gold", "bold cut")] {
            assert!(!is_near(one, other), "{one} {other}");
        }
        for (one, other) in [("gold", "golf"), ("Partners", "partner"), ("early-bird", "early bird")] {
            assert!(is_near(one, other), "{one} {other}");
        }
    }

    proptest! {
        #[test]
        fn a_distance_is_one(one in "[abc]{0,7}", other in "[abc]{0,7}") {
            prop_assert_eq!(osa_distance(&one, &other), osa_distance(&other, &one));
            prop_assert_eq!(osa_distance(&one, &other) == 0, one == other);
            prop_assert!(osa_distance(&one, &other) <= one.len().max(other.len()));
            prop_assert!(osa_distance(&one, &other) >= one.len().abs_diff(other.len()));
        }
    }
}
