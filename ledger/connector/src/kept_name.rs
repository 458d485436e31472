//! The rule for names: a contact without a name gets the affiliate's, and a name that we wrote follows later changes,
//! but a name that came from somewhere else stays. A connector that reads the contact before it saves it notes the name
//! that it finds ([`Known::noting_name`]). Its later steps then get the person without a name.

use serde_json::Value;

use crate::{Answer, Connector, Fault, Known, Parsed, Person, StepContext, StepRequest, Task, read};

/// Known of a lookup: the contact has a name that isn't ours.
const KEPT: &str = "keeps_name";
/// Vendors cut off long names. The beginning of a name of ours counts as ours from this length on.
const CUT_MIN: usize = 40;

/// The name that a contact has at the vendor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ContactName {
    /// First and last name.
    Parts([Option<String>; 2]),
    /// One field for both.
    Full(Option<String>),
}

impl ContactName {
    /// Reads first and last name at these places.
    pub fn parts(contact: &Value, first: &str, last: &str) -> Self {
        Self::Parts([first, last].map(|place| read::text(contact, place)))
    }

    /// Reads the one field for both.
    pub fn full(contact: &Value, place: &str) -> Self {
        Self::Full(read::text(contact, place))
    }

    /// Whether the contact has no name, or one that we wrote or would write.
    fn is_ours(&self, person: &Person) -> bool {
        let current = [person.first_name.clone(), person.last_name.clone()];
        let is_known = person.our_names.iter().chain([&current]).any(|ours| match self {
            // Where a last name is required, the only name that we know is one.
            Self::Parts([None, Some(theirs)]) if ours[1].is_none() => fits(Some(theirs), ours[0].as_deref()),
            Self::Parts(theirs) => {
                theirs.iter().zip(ours).all(|(theirs, ours)| fits(theirs.as_deref(), ours.as_deref()))
            }
            Self::Full(theirs) => {
                let ours: Vec<&str> = ours.iter().flatten().map(String::as_str).collect();
                fits(theirs.as_deref(), Some(&ours.join(" ")))
            }
        });
        is_known || self.is_address(person)
    }

    /// Whether the email address stands for a name. We write it where one is required and we know none.
    fn is_address(&self, person: &Person) -> bool {
        let (Self::Parts([None, Some(name)]) | Self::Full(Some(name))) = self else { return false };
        let (name, addresses) = (name.to_lowercase(), [Some(&person.email), person.moved_from.as_ref()]);
        addresses.into_iter().flatten().any(|address| fits(Some(name.as_str()), Some(address.as_str())))
    }
}

impl Known {
    /// Notes whether the contact keeps the name that it has: in each later step, or with a `place` in the steps about
    /// that list only.
    #[must_use]
    pub fn noting_name(self, person: &Person, place: &str, theirs: &ContactName) -> Self {
        if theirs.is_ours(person) { self } else { self.with(key(place), true) }
    }

    /// Whether a lookup noted that the contact keeps its name there.
    pub(crate) fn keeps_name(&self, place: &str) -> bool {
        self.flag(KEPT) || self.flag(&key(place))
    }
}

/// The request of a step that isn't a move.
pub(crate) fn request(connector: &dyn Connector, ctx: &StepContext<'_>) -> Result<StepRequest, Fault> {
    match nameless(ctx) {
        Some(task) => connector.request(&StepContext { task: &task, ..*ctx }),
        None => connector.request(ctx),
    }
}

/// Interprets the response to a step that isn't a move.
pub(crate) fn parse_response(
    connector: &dyn Connector,
    ctx: &StepContext<'_>,
    answer: &Answer,
) -> Result<Parsed, Fault> {
    match nameless(ctx) {
        Some(task) => connector.parse_response(&StepContext { task: &task, ..*ctx }, answer),
        None => connector.parse_response(ctx, answer),
    }
}

/// The task without the person's name, if the contact keeps another one.
fn nameless(ctx: &StepContext<'_>) -> Option<Task> {
    let Task::Sync(person) = ctx.task else { return None };
    let is_kept = ctx.known.keeps_name(&ctx.step.about);
    is_kept.then(|| Task::Sync(Person { first_name: None, last_name: None, ..person.clone() }))
}

fn key(place: &str) -> String {
    if place.is_empty() { KEPT.to_owned() } else { format!("{KEPT}:{place}") }
}

/// Whether a name of theirs is empty, or is this one of ours.
fn fits(theirs: Option<&str>, ours: Option<&str>) -> bool {
    let [theirs, ours] = [theirs, ours].map(|name| {
        let words: Vec<&str> = name.unwrap_or_default().split_whitespace().collect();
        words.join(" ")
    });
    theirs.is_empty() || theirs == ours || (theirs.chars().count() >= CUT_MIN && ours.starts_with(&theirs))
}

#[cfg(test)]
mod tests {
    use shared::timestamp::Timestamp;

    use super::*;
    use crate::AffiliateStatus;

    fn name(first: &str, last: &str) -> [Option<String>; 2] {
        [first, last].map(|part| Some(part.to_owned()).filter(|part| !part.is_empty()))
    }

    /// Lauren Stone, who was Lauren Vale at the last sync.
    fn person() -> Person {
        let [first_name, last_name] = name("Lauren", "Stone");
        Person {
            id: "aff_1".to_owned(),
            email: "lauren@creators.test".to_owned(),
            moved_from: None,
            first_name,
            last_name,
            our_names: vec![name("Lauren", "Vale")],
            is_synced: true,
            affiliate_status: AffiliateStatus::Approved,
            joined_at: Timestamp::EPOCH,
            consent: None,
            lists: Vec::new(),
            used_lists: Vec::new(),
            tags: Vec::new(),
            untags: Vec::new(),
        }
    }

    fn keeps(theirs: &ContactName) -> bool {
        Known::new().noting_name(&person(), "", theirs).flag(KEPT)
    }

    #[test]
    fn names_of_others_stay() {
        for (first, last, stays) in [
            ("", "", false),
            (" ", "", false),
            ("Lauren", "Vale", false),
            ("Lauren", "Stone", false),
            (" Lauren ", "Vale", false),
            ("Lauren", "", false),
            ("", "Vale", false),
            ("Katherine", "Smith", true),
            ("Katherine", "", true),
            ("Lauren", "Smith", true),
            ("lauren", "vale", true),
            ("Lauren Vale", "", true),
        ] {
            assert_eq!(keeps(&ContactName::Parts(name(first, last))), stays, "{first:?} {last:?}");
        }
    }

    #[test]
    fn one_field_for_both_is_compared_as_a_whole() {
        for (full, stays) in
            [("", false), ("Lauren Vale", false), ("Lauren  Stone", false), ("Lauren", true), ("Katherine Smith", true)]
        {
            assert_eq!(keeps(&ContactName::Full(Some(full.to_owned()))), stays, "{full:?}");
        }
        assert!(!keeps(&ContactName::Full(None)));
    }

    #[test]
    fn what_stands_for_a_missing_name_is_no_name() {
        let person = |first: Option<&str>| {
            let first_name = first.map(str::to_owned);
            Person { first_name, last_name: None, our_names: Vec::new(), ..person() }
        };
        let keeps = |person: &Person, theirs: &ContactName| Known::new().noting_name(person, "", theirs).flag(KEPT);
        let last = |last: &str| ContactName::Parts(name("", last));
        assert!(!keeps(&person(None), &last("lauren@creators.test")));
        assert!(!keeps(&person(Some("Lauren")), &ContactName::Full(Some("Lauren@creators.test".to_owned()))));
        assert!(!keeps(&person(Some("Lauren")), &last("Lauren")));
        assert!(keeps(&person(Some("Lauren")), &last("Smith")));
    }

    #[test]
    fn a_name_that_the_vendor_cut_off_is_still_ours() {
        let long = "x".repeat(60);
        let person = Person { first_name: Some(long.clone()), last_name: None, ..person() };
        let keeps = |count: usize| {
            let theirs = ContactName::Full(Some(long.chars().take(count).collect()));
            Known::new().noting_name(&person, "", &theirs).flag(KEPT)
        };
        assert!(!keeps(60) && !keeps(50) && !keeps(40));
        assert!(keeps(39), "it may be another name");
    }

    #[test]
    fn an_address_that_was_cut_off_is_no_name() {
        let person = Person { email: format!("{}@creators.test", "x".repeat(80)), ..person() };
        let keeps = |count: usize| {
            let theirs = ContactName::Parts(name("", &person.email.chars().take(count).collect::<String>()));
            Known::new().noting_name(&person, "", &theirs).flag(KEPT)
        };
        assert!(!keeps(94) && !keeps(80) && !keeps(40));
        assert!(keeps(39), "it may be a name");
    }

    #[test]
    fn a_name_on_one_list_stays_on_that_list() {
        let theirs = ContactName::Parts(name("Katherine", "Smith"));
        let known = Known::new().noting_name(&person(), "7", &theirs);
        assert!(known.flag("keeps_name:7") && !known.flag(KEPT));
    }
}
