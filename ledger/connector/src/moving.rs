//! Gives a contact a new email address, for vendors whose API can change it ([`Mover`]). The step [`Action::Move`]
//! comes before a sync's own steps. It looks for the contact by the former address and by the new one, and changes it
//! only if the new one is free. Otherwise the contacts stay two, and the runner marks the old one as former.

use std::time::Duration;

use crate::{
    Account, Action, Answer, Connector, Fault, Known, Parsed, Person, Request, Step, StepContext, StepRequest, Task,
};

/// Known: the contact's id, whether the new address is free, and whether the contact has it now.
const CONTACT: &str = "move_contact";
const FREE: &str = "move_free";
const MOVED: &str = "moved";

/// A vendor whose API can change a contact's email address. Each request includes what the vendor's other requests do,
/// such as the credentials.
pub trait Mover: Sync {
    /// The request that finds a contact by its email address.
    ///
    /// # Errors
    /// A [`Fault`] if nothing can be sent.
    fn find(&self, ctx: &StepContext<'_>, email: &str) -> Result<Request, Fault>;

    /// The id of the contact with exactly this email address; none if there is no such contact.
    ///
    /// # Errors
    /// A [`Fault`] if the response doesn't say.
    fn found(&self, answer: &Answer, email: &str) -> Result<Option<String>, Fault>;

    /// The request that gives the contact with this id another email address, and changes nothing else.
    ///
    /// # Errors
    /// A [`Fault`] if nothing can be sent.
    fn change(&self, ctx: &StepContext<'_>, id: &str, email: &str) -> Result<Request, Fault>;

    /// Whether the contact has the new address. A refusal means that it keeps the old one.
    ///
    /// # Errors
    /// A [`Fault`] that a retry or a new key can help with.
    fn changed(&self, answer: &Answer) -> Result<bool, Fault> {
        if matches!(answer.status, 400 | 404 | 409 | 422) {
            return Ok(false);
        }
        answer.json_or_nothing().map(|_| true)
    }
}

/// The steps of a task: the move first, if the person's address changed and the vendor can change it.
pub fn plan(connector: &dyn Connector, account: &Account, task: &Task) -> Vec<Step> {
    let has_moved = matches!(task, Task::Sync(Person { moved_from: Some(_), .. }));
    let first = connector.mover().filter(|_| has_moved).map(|_| Step::new(Action::Move));
    first.into_iter().chain(connector.plan(account, task)).collect()
}

/// The request of a step of [`plan`].
///
/// # Errors
/// The connector's [`Fault`].
pub fn request(connector: &dyn Connector, ctx: &StepContext<'_>) -> Result<StepRequest, Fault> {
    let Some(mover) = mover(connector, ctx) else { return connector.request(ctx) };
    let person = ctx.person()?;
    let Some(former) = &person.moved_from else { return Ok(StepRequest::Nothing("the address is up to date")) };
    Ok(match ctx.known.maybe(CONTACT) {
        None => mover.find(ctx, former)?.into(),
        Some(_) if !ctx.known.flag(FREE) => mover.find(ctx, &person.email)?.into(),
        Some(id) => mover.change(ctx, &id, &person.email)?.into(),
    })
}

/// Interprets the response to a step of [`plan`].
///
/// # Errors
/// The connector's [`Fault`].
pub fn parse_response(connector: &dyn Connector, ctx: &StepContext<'_>, answer: &Answer) -> Result<Parsed, Fault> {
    let Some(mover) = mover(connector, ctx) else { return connector.parse_response(ctx, answer) };
    let person = ctx.person()?;
    let Some(former) = &person.moved_from else { return Ok(Parsed::done()) };
    let again = |learned: Known| Ok(Parsed::again(Duration::ZERO, learned));
    let moved = Parsed::learned(Known::new().with(MOVED, true));
    match ctx.known.maybe(CONTACT) {
        None => match mover.found(answer, former)? {
            Some(id) => again(Known::new().with(CONTACT, id)),
            // It was moved before, or deleted there: no old contact is left.
            None => Ok(moved),
        },
        Some(_) if !ctx.known.flag(FREE) => match mover.found(answer, &person.email)? {
            Some(_) => Ok(Parsed::done()),
            None => again(Known::new().with(FREE, true)),
        },
        Some(_) => Ok(if mover.changed(answer)? { moved } else { Parsed::done() }),
    }
}

/// Whether a sync leaves a contact with the former address behind, according to what its steps learned.
pub fn leaves_old_contact(person: &Person, known: &Known) -> bool {
    person.moved_from.is_some() && !known.flag(MOVED)
}

fn mover(connector: &dyn Connector, ctx: &StepContext<'_>) -> Option<&'static dyn Mover> {
    connector.mover().filter(|_| ctx.step.action == Action::Move)
}
