//! Recognizes identifiers of buyers that identify no one: ids that software sends if it knows none, and mailboxes that
//! belong to no one or that several people read. The lists are data files in the folder `names`. Pure.

use std::{collections::HashSet, sync::LazyLock};

static PLACEHOLDER_IDS: LazyLock<HashSet<&'static str>> =
    LazyLock::new(|| entries(include_str!("names/placeholder_ids.txt")));
static PLACEHOLDER_MAILBOXES: LazyLock<HashSet<&'static str>> =
    LazyLock::new(|| entries(include_str!("names/placeholder_mailboxes.txt")));
static ROLE_MAILBOXES: LazyLock<HashSet<&'static str>> =
    LazyLock::new(|| entries(include_str!("names/role_mailboxes.txt")));

fn entries(list: &'static str) -> HashSet<&'static str> {
    list.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#')).collect()
}

/// Whether an id identifies no one: the buyer of a purchase with it is unknown.
pub fn is_placeholder_id(id: &str) -> bool {
    let id = id.trim();
    id.is_empty()
        || PLACEHOLDER_IDS.contains(id.to_lowercase().as_str())
        || (id.contains('@') && is_placeholder_mailbox(id))
}

/// Whether an address belongs to no one, such as `noreply@brand.com`.
pub fn is_placeholder_mailbox(email: &str) -> bool {
    PLACEHOLDER_MAILBOXES.contains(name_of(email).as_str())
}

/// Whether an address belongs to no one, or to several people: sharing it doesn't make two customers one person.
pub fn is_shared_mailbox(email: &str) -> bool {
    is_placeholder_mailbox(email) || ROLE_MAILBOXES.contains(name_of(email).as_str())
}

/// The parts before the `@` that make an address one of [`is_shared_mailbox`].
pub fn shared_mailboxes() -> Vec<String> {
    PLACEHOLDER_MAILBOXES.union(&ROLE_MAILBOXES).map(|name| (*name).to_owned()).collect()
}

/// The part before the `@`, without a `+tag`, in lower case.
fn name_of(email: &str) -> String {
    let email = email.trim().to_lowercase();
    let name = email.rsplit_once('@').map_or(email.as_str(), |(name, _)| name);
    name.split('+').next().unwrap_or(name).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn placeholders_name_no_one() {
        for id in ["undefined", " NULL ", "guest", "0", "-1", "[object Object]", "", "noreply@brand.test"] {
            assert!(is_placeholder_id(id), "{id:?}");
        }
        for id in ["cus_1", "1", "user-17", "guest-17", "nullable", "ann@buyers.test", "info@company.test"] {
            assert!(!is_placeholder_id(id), "{id:?}");
        }
    }

    #[test]
    fn a_mailbox_of_a_role_is_shared_and_still_a_mailbox() {
        for email in ["billing@agency.test", "Info@company.test", "sales+eu@company.test"] {
            assert!(is_shared_mailbox(email) && !is_placeholder_mailbox(email), "{email}");
        }
        for email in ["no-reply@brand.test", "TEST+1@brand.test", "undefined@undefined"] {
            assert!(is_placeholder_mailbox(email) && is_shared_mailbox(email), "{email}");
        }
        assert!(!is_shared_mailbox("ann.billing@buyers.test"));
    }

    #[test]
    fn every_list_has_its_entries_in_the_form_that_is_compared() {
        for list in [&PLACEHOLDER_IDS, &PLACEHOLDER_MAILBOXES, &ROLE_MAILBOXES] {
            assert!(list.len() > 20);
            assert!(list.iter().all(|entry| *entry == entry.to_lowercase().trim()));
        }
    }
}
