//! Checks tags before they are saved. The vendor creates a missing tag under the exact name given, so a typo creates a
//! second tag that no automation reacts to.
//!
//! A finding either blocks (extra spaces, duplicates in the list, text that the vendor can't store) or asks whether the
//! tag is intended (a name very close to an existing one). Each finding has the probable correction, so that one click
//! fixes it.

use super::{
    distance::is_near,
    tags::{SEGMENT, SYSTEM},
};
use kit::api::finding::Finding;

pub const LENGTH_MAX: usize = 100;

/// What tags are compared with.
#[derive(Debug, Clone, Copy, Default)]
pub struct Against<'a> {
    /// Tags in the vendor's account.
    pub existing: &'a [String],
    /// The account's default tags, where a program's tags are checked.
    pub defaults: &'a [String],
    /// Tags that are already saved: people aren't asked about them again.
    pub kept: &'a [String],
    /// Whether the vendor stores tags in one comma-separated text.
    pub joined: bool,
}

/// Returns at most one finding per tag, the most serious one, in the order of the tags.
pub fn findings(tags: &[String], against: &Against<'_>) -> Vec<Finding> {
    tags.iter().enumerate().filter_map(|(index, tag)| finding(tags, index, tag, against)).collect()
}

/// Returns the list with every fix applied, repeatedly until no finding is left; this includes findings that only ask.
pub fn mended(tags: &[String], against: &Against<'_>) -> Vec<String> {
    let mut tags = tags.to_vec();
    // A fix may create a duplicate of another tag; each round removes a tag or corrects one for good.
    for _ in 0..=tags.len() * 4 {
        let Some(first) = findings(&tags, against).into_iter().next() else { break };
        apply(&mut tags, &first);
    }
    tags
}

/// Replaces the tag by its fix.
pub fn apply(tags: &mut Vec<String>, finding: &Finding) {
    match &finding.fix {
        _ if finding.index >= tags.len() => {}
        Some(fix) => tags[finding.index].clone_from(fix),
        None => drop(tags.remove(finding.index)),
    }
}

fn finding(tags: &[String], index: usize, tag: &str, against: &Against<'_>) -> Option<Finding> {
    let (code, message, fix, blocks) = form(tag, against.joined)
        .or_else(|| twins(&tags[..index], tag, against))
        .or_else(|| near(tag, against).map(|(code, message, fix)| (code, message, fix, false)))?;
    Some(Finding { index, tag: tag.to_owned(), code, message, fix, blocks })
}

type Found = (&'static str, String, Option<String>, bool);

/// Checks the text of a tag on its own.
fn form(tag: &str, joined: bool) -> Option<Found> {
    let shown = format!("\u{201c}{tag}\u{201d}");
    let clean: String = tag.split_whitespace().collect::<Vec<_>>().join(" ");
    if clean.is_empty() {
        return Some(("empty", "This tag is empty.".to_owned(), None, true));
    }
    if tag.chars().any(|c| c.is_control() && !c.is_whitespace()) {
        let clean = clean.replace(char::is_control, "");
        let fix = Some(clean.trim().to_owned()).filter(|clean| !clean.is_empty());
        return Some(("control_character", format!("{shown} contains an invisible character."), fix, true));
    }
    if clean != tag {
        let message = format!("{shown} has extra spaces.");
        return Some(("blanks", message, Some(clean), true));
    }
    if joined && tag.contains(',') {
        let fix: String = tag.replace(',', " ").split_whitespace().collect::<Vec<_>>().join(" ");
        let message = format!("{shown} contains a comma, which would split it into two tags.");
        return Some(("comma", message, Some(fix).filter(|fix| !fix.is_empty()), true));
    }
    if tag.chars().count() > LENGTH_MAX {
        let fix: String = tag.chars().take(LENGTH_MAX).collect();
        let message = format!("{shown} has more than {LENGTH_MAX} characters.");
        return Some(("too_long", message, Some(fix.trim_end().to_owned()), true));
    }
    let lower = tag.to_lowercase();
    if lower == SYSTEM.to_lowercase() {
        return Some(("reserved", format!("Every affiliate gets {SYSTEM} automatically."), None, true));
    }
    if lower.starts_with(SEGMENT.trim_end().to_lowercase().as_str()) {
        let message = format!("{shown} is reserved. Tags like this are created from the affiliate\u{2019}s segment.");
        return Some(("reserved", message, None, true));
    }
    None
}

/// Finds the same tag in this list or among the account's tags.
fn twins(earlier: &[String], tag: &str, against: &Against<'_>) -> Option<Found> {
    let shown = format!("\u{201c}{tag}\u{201d}");
    if earlier.iter().any(|other| other == tag) {
        return Some(("duplicate", format!("{shown} is listed twice."), None, true));
    }
    if let Some(twin) = earlier.iter().find(|other| is_twin(other, tag)) {
        let message = format!("{shown} and \u{201c}{twin}\u{201d} differ only in capitalization.");
        return Some(("case_twin", message, None, true));
    }
    if against.kept.iter().any(|kept| kept == tag) {
        return None;
    }
    if against.defaults.iter().any(|other| other == tag) {
        return Some((
            "duplicate",
            format!("{shown} is already added to every affiliate of this account."),
            None,
            false,
        ));
    }
    let twin = against.defaults.iter().find(|other| is_twin(other, tag))?;
    let message = format!("{shown} and the account\u{2019}s \u{201c}{twin}\u{201d} differ only in capitalization.");
    Some(("case_twin", message, None, true))
}

/// Finds an existing tag, at the vendor or among ours, that is very similar. A tag that exists itself is never
/// reported.
fn near(tag: &str, against: &Against<'_>) -> Option<(&'static str, String, Option<String>)> {
    let known = |list: &[String]| list.iter().any(|other| other == tag);
    if known(against.existing) || known(against.kept) {
        return None;
    }
    if let Some(twin) = against.existing.iter().find(|other| is_twin(other, tag)) {
        let message = format!(
            "The tag \u{201c}{twin}\u{201d} already exists. \u{201c}{tag}\u{201d} differs only in capitalization."
        );
        return Some(("case_twin", message, Some(twin.clone())));
    }
    if is_near(SYSTEM, tag) {
        let message =
            format!("\u{201c}{tag}\u{201d} is very similar to {SYSTEM}, which every affiliate gets automatically.");
        return Some(("near_duplicate", message, None));
    }
    // A suggested tag with an error of its own (a comma, a space) would be reported again after the fix.
    let usable = |other: &&String| form(other, against.joined).is_none();
    let twin = against.existing.iter().chain(against.defaults).filter(usable).find(|other| is_near(other, tag))?;
    let message = format!("\u{201c}{tag}\u{201d} is a new tag. Did you mean the existing tag \u{201c}{twin}\u{201d}?");
    Some(("near_duplicate", message, Some(twin.clone())))
}

fn is_twin(one: &str, other: &str) -> bool {
    one != other && one.to_lowercase() == other.to_lowercase()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn texts(list: &[&str]) -> Vec<String> {
        list.iter().map(|&text| text.to_owned()).collect()
    }

    fn one(tag: &str, existing: &[&str]) -> Option<(&'static str, Option<String>, bool)> {
        let existing = texts(existing);
        let against = Against { existing: &existing, joined: true, ..Against::default() };
        let found = findings(&texts(&[tag]), &against).into_iter().next()?;
        Some((found.code, found.fix, found.blocks))
    }

    #[test]
    fn each_slip_has_its_fix() {
        let fixed = |text: &str| Some(text.to_owned());
        for (tag, code, fix) in [
            (" VIP", "blanks", fixed("VIP")),
            ("VIP ", "blanks", fixed("VIP")),
            ("early  bird", "blanks", fixed("early bird")),
            ("early\tbird", "blanks", fixed("early bird")),
            ("early\u{a0}bird", "blanks", fixed("early bird")),
            ("  ", "empty", None),
            ("a\u{7}b", "control_character", fixed("ab")),
            ("a,b", "comma", fixed("a b")),
            (",", "comma", None),
            ("rekomi AFFILIATE", "reserved", None),
            ("Rekomi segment: gold", "reserved", None),
        ] {
            assert_eq!(one(tag, &[]), Some((code, fix, true)), "{tag:?}");
        }
        assert_eq!(one(&"x".repeat(101), &[]), Some(("too_long", Some("x".repeat(100)), true)));
        assert_eq!(one("VIP", &[]), None);
    }

    #[test]
    fn a_name_that_almost_exists_is_asked_about() {
        let existing = ["customer", "VIP", "vip", "Tier 1", "Course Completed"];
        assert_eq!(one("Customer", &existing), Some(("case_twin", Some("customer".to_owned()), false)));
        assert_eq!(one("customers", &existing), Some(("near_duplicate", Some("customer".to_owned()), false)));
        let completed = Some(("near_duplicate", Some("Course Completed".to_owned()), false));
        assert_eq!(one("Course Compelted", &existing), completed);
        assert_eq!(one("course-completed", &existing), completed);
        // An existing tag is intended, and a different number is a different tier.
        for fine in ["VIP", "vip", "customer", "Tier 2", "partners", "Rekomi"] {
            assert_eq!(one(fine, &existing), None, "{fine}");
        }
    }

    #[test]
    fn twins_stand_against_each_other() {
        let defaults = texts(&["Partners"]);
        let against = Against { defaults: &defaults, ..Against::default() };
        let codes = |tags: &[&str]| {
            findings(&texts(tags), &against)
                .into_iter()
                .map(|found| (found.index, found.code, found.blocks))
                .collect::<Vec<_>>()
        };
        assert_eq!(codes(&["vip", "gold", "vip", "VIP"]), [(2, "duplicate", true), (3, "case_twin", true)]);
        assert_eq!(codes(&["Partners", "partners"]), [(0, "duplicate", false), (1, "case_twin", true)]);
    }

    #[test]
    fn nobody_is_asked_twice() {
        let (existing, kept) = (texts(&["customer"]), texts(&["customers"]));
        let against = Against { existing: &existing, kept: &kept, ..Against::default() };
        assert_eq!(findings(&kept, &against), []);
    }

    #[test]
    fn one_click_mends_all() {
        let existing = texts(&["customer", "VIP"]);
        let against = Against { existing: &existing, joined: true, ..Against::default() };
        let tags = texts(&[" customers", "customer", "vip ", "Rekomi affiliate", "new,one", ""]);
        assert_eq!(mended(&tags, &against), texts(&["customer", "VIP", "new one"]));
    }

    proptest! {
        #[test]
        fn what_was_mended_has_no_findings(
            tags in prop::collection::vec("\\PC{0,12}|[ a,V]{0,6}|(?i)customers?", 0..8),
            existing in prop::collection::vec("\\PC{0,12}|[ a,V]{0,6}|(?i)customers?", 0..8),
            joined: bool,
        ) {
            let against = Against { existing: &existing, joined, ..Against::default() };
            let mended = mended(&tags, &against);
            prop_assert_eq!(findings(&mended, &against), Vec::new());
            prop_assert!(mended.len() <= tags.len());
        }
    }
}
