//! Computes an affiliate's tags: Rekomi's first, then the account's, then the program's.

/// The tag of every affiliate; the brand's own automations start from it.
pub const SYSTEM: &str = "Rekomi affiliate";
/// The prefix of a segment tag; the segment's name follows.
pub const SEGMENT: &str = "Rekomi segment: ";

/// Returns the tags without duplicates, in a fixed order. `segment` is set only where the connection turns segments
/// into tags.
pub fn tags_of(defaults: &[String], extras: &[String], segment: Option<&str>) -> Vec<String> {
    let segment = segment.map(|segment| format!("{SEGMENT}{segment}"));
    let all =
        [SYSTEM.to_owned()].into_iter().chain(defaults.iter().cloned()).chain(extras.iter().cloned()).chain(segment);
    let mut tags: Vec<String> = Vec::new();
    for tag in all {
        if !tags.contains(&tag) {
            tags.push(tag);
        }
    }
    tags
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn texts(list: &[&str]) -> Vec<String> {
        list.iter().map(|&text| text.to_owned()).collect()
    }

    #[test]
    fn ours_comes_first_and_none_comes_twice() {
        let tags = tags_of(&texts(&["vip", "partners"]), &texts(&["spring", "vip", SYSTEM]), Some("gold"));
        assert_eq!(tags, texts(&[SYSTEM, "vip", "partners", "spring", "Rekomi segment: gold"]));
        assert_eq!(tags_of(&[], &[], None), texts(&[SYSTEM]));
    }

    proptest! {
        #[test]
        fn each_that_was_asked_for_is_there_once(defaults: Vec<String>, extras: Vec<String>, segment: Option<String>) {
            let tags = tags_of(&defaults, &extras, segment.as_deref());
            prop_assert_eq!(&tags[0], SYSTEM);
            for (at, tag) in tags.iter().enumerate() {
                prop_assert!(!tags[..at].contains(tag));
            }
            prop_assert!(defaults.iter().chain(&extras).all(|tag| tags.contains(tag)));
        }
    }
}
