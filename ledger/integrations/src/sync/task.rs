//! Builds the task of a sync for the connector, or the reason why it has none.

use connector::{Descriptor, Listing, Person, Task};

use super::{person, queue_store::Due};
use crate::crm::sync_code::{LEFT_ALONE, SUPERSEDED};
use outbox::sync::event;

/// A stable code and a sentence for people.
pub type Explanation = (&'static str, &'static str);

/// Returns the task, or why the sync has none. `is_taken` says whether the address of the contact that was left behind
/// is another affiliate's now.
pub fn of(
    descriptor: &Descriptor,
    due: &Due,
    person: Option<(Person, bool)>,
    is_taken: bool,
) -> Result<Task, Explanation> {
    let (person, is_left_alone) =
        person.ok_or(("erased", "This affiliate was erased, so there\u{2019}s no one to sync."))?;
    match due.task.as_str() {
        // Vendors create a contact for an event of an unknown person.
        "event" if !person.is_synced && is_left_alone => {
            Err((LEFT_ALONE, "They unsubscribed in the CRM or were deleted there, so nothing is sent about them."))
        }
        "event" if !person.is_synced => {
            Err(("not_there_yet", "This affiliate isn\u{2019}t in the CRM yet: no sync has succeeded."))
        }
        "forget" | "retire" if is_taken => Err((SUPERSEDED, "Another affiliate has this address now.")),
        "forget" | "retire" => match due.former.clone() {
            // They have it again: it is the contact of today.
            Some(former) if former.email == person.email => Err((SUPERSEDED, "The affiliate has this address again.")),
            Some(former) if due.task == "forget" => Ok(Task::Forget(person::under_former(person, former.0))),
            Some(former) => Ok(Task::Sync(person::left_behind(person, former.0))),
            None if due.task == "forget" => Ok(Task::Forget(person)),
            None => Err(("no_contact", "No contact was left behind.")),
        },
        "event" => match due.event.as_ref().and_then(event::kept) {
            Some(event) => Ok(Task::Event(person, event)),
            None => Err(("unreadable_event", "The event data can\u{2019}t be read.")),
        },
        _ if has_no_list(descriptor, &person) => Err((
            "list_not_chosen",
            "No list selected. Choose one in the connection\u{2019}s settings, then sync again.",
        )),
        _ => Ok(Task::Sync(person)),
    }
}

fn has_no_list(descriptor: &Descriptor, person: &Person) -> bool {
    let needed = matches!(descriptor.lists, Listing::Picked { required: true, .. });
    needed && person.is_approved() && person.lists.is_empty()
}

/// Returns what a successful sync left out, if anything.
pub fn left_out(task: &Task) -> Option<Explanation> {
    let Task::Sync(person) = task else { return None };
    (person.is_approved() && person.consent.is_none())
        .then_some(("no_consent", "No accepted terms on record, so consent wasn\u{2019}t sent."))
}
