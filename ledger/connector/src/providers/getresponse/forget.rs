//! Deletes a person. The plain list of contacts doesn't show those who haven't confirmed, so they are searched for on each
//! list. GetResponse doesn't say whether they can be deleted like the others, so they are searched for once more.

use serde_json::Value;

use super::{
    PENDING,
    wire::{contact_id, contacts, key, theirs},
};
use crate::{Action, Fault, Known, Parsed, Person, Step, StepContext, Task, read::poll};

pub(super) fn is_task(ctx: &StepContext<'_>) -> bool {
    matches!(ctx.task, Task::Forget(_))
}

pub(super) fn steps(person: &Person) -> Vec<Step> {
    let mut lists: Vec<&String> = person.lists.iter().map(|list| &list.id).chain(&person.used_lists).collect();
    lists.sort();
    lists.dedup();
    let each = |action: Action| lists.iter().map(move |list| Step::about(action, list.as_str()));
    let mut steps = vec![Step::new(Action::Find)];
    steps.extend(each(Action::Consent));
    steps.push(Step::new(Action::Forget));
    steps.extend(each(Action::Confirm));
    steps
}

/// Adds those who have yet to confirm to the contacts that are deleted.
pub(super) fn found(ctx: &StepContext<'_>, body: &Value) -> Result<Parsed, Fault> {
    let waiting = waiting(ctx, body)?;
    let is_pending = !waiting.is_empty();
    let mut all = contacts(ctx.known);
    all.extend(waiting);
    all.dedup();
    Ok(Parsed::learned(Known::new().with("contacts", all).with(key(PENDING, &ctx.step.about), is_pending)))
}

pub(super) fn confirm(ctx: &StepContext<'_>, body: &Value) -> Result<Parsed, Fault> {
    if waiting(ctx, body)?.is_empty() {
        return Ok(Parsed::done());
    }
    let message = "GetResponse didn\u{2019}t delete the contact, because they haven\u{2019}t confirmed. Delete them in \
                   GetResponse, then try again.";
    poll(ctx.polls, message)
}

fn waiting(ctx: &StepContext<'_>, body: &Value) -> Result<Vec<String>, Fault> {
    if !body.is_array() {
        return Err(Fault::unreadable("no contacts in it"));
    }
    Ok(theirs(ctx.person()?, &ctx.step.about, body).filter_map(contact_id).collect())
}
