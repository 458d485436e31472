//! Detects names so similar that one is probably a typo of the other.

/// Longer names aren't checked for typos, because no one types them.
const LENGTH_MAX: usize = 100;

/// Returns whether one name is probably a typo of the other: one or two letters added, missing, wrong or swapped,
/// depending on the length. Names that differ in a number mean different things.
pub(super) fn is_near(one: &str, other: &str) -> bool {
    let characters = |text: &str| text.to_lowercase().chars().collect::<Vec<char>>();
    let digits = |text: &[char]| text.iter().copied().filter(|c| c.is_numeric()).collect::<Vec<char>>();
    let (one, other) = (characters(one), characters(other));
    let longest = one.len().max(other.len());
    let most = match longest {
        0..=3 => return false,
        4..=7 => 1,
        8..=LENGTH_MAX => 2,
        _ => return false,
    };
    one != other && digits(&one) == digits(&other) && between(&one, &other) <= most
}

/// The restricted Damerau-Levenshtein distance: a swapped pair is one step, and no part is edited twice.
fn between(one: &[char], other: &[char]) -> usize {
    let mut before_last: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=other.len()).collect();
    for (row, email) in one.iter().enumerate() {
        let mut current = vec![row + 1];
        for (column, with) in other.iter().enumerate() {
            let replaced = last[column] + usize::from(email != with);
            let mut least = replaced.min(last[column + 1] + 1).min(current[column] + 1);
            let swapped = row > 0 && column > 0 && *email == other[column - 1] && one[row - 1] == *with;
            if swapped {
                least = least.min(before_last[column - 1] + 1);
            }
            current.push(least);
        }
        before_last = std::mem::replace(&mut last, current);
    }
    last.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn apart(one: &str, other: &str) -> usize {
        between(&one.chars().collect::<Vec<_>>(), &other.chars().collect::<Vec<_>>())
    }

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
            assert_eq!(apart(one, other), steps, "{one} {other}");
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
            prop_assert_eq!(apart(&one, &other), apart(&other, &one));
            prop_assert_eq!(apart(&one, &other) == 0, one == other);
            prop_assert!(apart(&one, &other) <= one.len().max(other.len()));
            prop_assert!(apart(&one, &other) >= one.len().abs_diff(other.len()));
        }
    }
}
