//! Gives a contact a new email address, for vendors whose API can change it ([`Mover`]). The steps [`Action::Move`]
//! come before a sync's own steps: one, or one for each list where contacts belong to lists. Each looks for the contact
//! by the former address and by the new one, and changes it only if the new one is free. Otherwise the contacts stay
//! two, and the runner marks the old one as former.

use std::time::Duration;

use crate::{
    Account, Action, Answer, Connector, Fault, Known, Parsed, Person, Request, Step, StepContext, StepRequest, Task,
    kept_name, read,
};

/// Known of a step: the contact's id, whether it can't be changed, whether the new address is free, and whether the
/// vendor accepted or refused the change.
const CONTACT: &str = "move_contact";
const FIXED: &str = "move_fixed";
const FREE: &str = "move_free";
const ACCEPTED: &str = "move_accepted";
const REFUSED: &str = "move_refused";
/// Known of the sync: no contact with the former address was left in some list, or one was.
const MOVED: &str = "moved";
const LEFT: &str = "move_left";

/// The responses before the first one that shows whether an accepted change is visible.
const LOOKS: u32 = 3;
const LATE: &str = "The CRM accepted the new email address, but doesn\u{2019}t show it nine minutes later. Check the \
                    contact there, then re-sync.";

/// A vendor whose API can change a contact's email address. Each request includes what the vendor's other requests do,
/// such as the credentials. If contacts belong to lists, the step's `about` is the list's id.
pub trait Mover: Sync {
    /// What the steps are about: nothing for a vendor with one contact per address, or else each list on which the
    /// person may be ([`lists`]). Nothing is moved if it is empty.
    fn places(&self, _account: &Account, _person: &Person) -> Vec<String> {
        vec![String::new()]
    }

    /// The request that finds a contact by its email address.
    ///
    /// # Errors
    /// A [`Fault`] if nothing can be sent.
    fn find(&self, ctx: &StepContext<'_>, email: &str) -> Result<Request, Fault>;

    /// The id of the contact with exactly this email address; none if there is no such contact.
    ///
    /// # Errors
    /// A [`Fault`] if the response doesn't say.
    fn found(&self, ctx: &StepContext<'_>, answer: &Answer, email: &str) -> Result<Option<String>, Fault>;

    /// Whether the contact in this response of [`Mover::find`] may be changed: not if the change would take more from
    /// it than the former address, or if what is wrong with that address, such as a bounce, would stay with it.
    fn may_change(&self, _answer: &Answer, _email: &str) -> bool {
        true
    }

    /// What [`Mover::change`] has to know of the contact in this response of [`Mover::find`].
    fn noted(&self, _answer: &Answer) -> Known {
        Known::new()
    }

    /// The request that gives the contact with this id another email address, and changes nothing else.
    ///
    /// # Errors
    /// A [`Fault`] if nothing can be sent.
    fn change(&self, ctx: &StepContext<'_>, id: &str, email: &str) -> Result<Request, Fault>;

    /// Whether the vendor accepted the change. After a refusal, the contact is looked for once more: an earlier change
    /// whose response was lost is refused as well.
    ///
    /// # Errors
    /// A [`Fault`] that a retry or a new key can help with.
    fn changed(&self, _ctx: &StepContext<'_>, answer: &Answer) -> Result<bool, Fault> {
        if matches!(answer.status, 400 | 404 | 409 | 422) {
            return Ok(false);
        }
        answer.json_or_nothing().map(|_| true)
    }

    /// Whether the vendor makes an accepted change later. The step then ends once the contact is found by the new
    /// address: before that, the next steps would create another one.
    fn is_late(&self) -> bool {
        false
    }
}

/// The ids of all lists on which the person is or may have been, without duplicates.
pub fn lists(person: &Person) -> Vec<String> {
    let mut all: Vec<String> = Vec::new();
    for list in person.lists.iter().map(|list| &list.id).chain(&person.used_lists) {
        if !all.contains(list) {
            all.push(list.clone());
        }
    }
    all
}

/// The steps of a task: the moves first, if the person's address changed and the vendor can change it.
pub fn plan(connector: &dyn Connector, account: &Account, task: &Task) -> Vec<Step> {
    let places = match (connector.mover(), task) {
        (Some(mover), Task::Sync(person)) if person.moved_from.is_some() => mover.places(account, person),
        _ => Vec::new(),
    };
    let moves = places.into_iter().map(|place| Step::about(Action::Move, place));
    moves.chain(connector.plan(account, task)).collect()
}

/// The request of a step of [`plan`].
///
/// # Errors
/// The connector's [`Fault`].
pub fn request(connector: &dyn Connector, ctx: &StepContext<'_>) -> Result<StepRequest, Fault> {
    let Some(mover) = mover(connector, ctx) else { return kept_name::request(connector, ctx) };
    let person = ctx.person()?;
    let Some(former) = &person.moved_from else { return Ok(StepRequest::Nothing("the address is up to date")) };
    Ok(match Phase::of(ctx) {
        Phase::Former | Phase::Refused => mover.find(ctx, former)?.into(),
        Phase::New(_) | Phase::Accepted => mover.find(ctx, &person.email)?.into(),
        Phase::Change(id) => mover.change(ctx, &id, &person.email)?.into(),
    })
}

/// Interprets the response to a step of [`plan`].
///
/// # Errors
/// The connector's [`Fault`].
pub fn parse_response(connector: &dyn Connector, ctx: &StepContext<'_>, answer: &Answer) -> Result<Parsed, Fault> {
    let Some(mover) = mover(connector, ctx) else { return kept_name::parse_response(connector, ctx, answer) };
    let person = ctx.person()?;
    let Some(former) = &person.moved_from else { return Ok(Parsed::done()) };
    let learn = |name: &str| Known::new().with(key(name, ctx.step), true);
    let again = |learned: Known| Parsed::again(Duration::ZERO, learned);
    let moved = Parsed::learned(Known::new().with(MOVED, true));
    let left = Parsed::learned(Known::new().with(LEFT, true));
    Ok(match Phase::of(ctx) {
        Phase::Former => match mover.found(ctx, answer, former)? {
            Some(id) => {
                let learned = mover.noted(answer).with(key(CONTACT, ctx.step), id);
                again(learned.with(key(FIXED, ctx.step), !mover.may_change(answer, former)))
            }
            // It was moved before, or deleted there: no old contact is left.
            None => moved,
        },
        Phase::New(id) => match mover.found(ctx, answer, &person.email)? {
            // The contact has both addresses.
            Some(other) if other == id => moved,
            Some(_) => left,
            None if ctx.known.flag(&key(FIXED, ctx.step)) => left,
            None => again(learn(FREE)),
        },
        Phase::Change(_) => match mover.changed(ctx, answer)? {
            true if mover.is_late() => again(learn(ACCEPTED)),
            true => moved,
            false => again(learn(REFUSED)),
        },
        Phase::Accepted => match mover.found(ctx, answer, &person.email)? {
            Some(_) => moved,
            None => read::poll(ctx.polls.saturating_sub(LOOKS), LATE)?,
        },
        Phase::Refused => {
            if mover.found(ctx, answer, former)?.is_some() {
                left
            } else {
                moved
            }
        }
    })
}

/// Whether a sync leaves a contact with the former address behind, according to what its steps learned.
pub fn leaves_old_contact(person: &Person, known: &Known) -> bool {
    person.moved_from.is_some() && (!known.flag(MOVED) || known.flag(LEFT))
}

/// What a step does next.
enum Phase {
    /// Looks for the contact by the former address.
    Former,
    /// Looks whether the new address is free for the contact with this id.
    New(String),
    /// Changes the contact with this id.
    Change(String),
    /// Looks whether the accepted change is visible.
    Accepted,
    /// Looks whether a contact still has the former address.
    Refused,
}

impl Phase {
    fn of(ctx: &StepContext<'_>) -> Self {
        let is = |name: &str| ctx.known.flag(&key(name, ctx.step));
        match ctx.known.maybe(&key(CONTACT, ctx.step)) {
            None => Self::Former,
            Some(_) if is(ACCEPTED) => Self::Accepted,
            Some(_) if is(REFUSED) => Self::Refused,
            Some(id) if is(FREE) => Self::Change(id),
            Some(id) => Self::New(id),
        }
    }
}

/// The name under which a step learns something of its own.
fn key(name: &str, step: &Step) -> String {
    if step.about.is_empty() { name.to_owned() } else { format!("{name}:{}", step.about) }
}

fn mover(connector: &dyn Connector, ctx: &StepContext<'_>) -> Option<&'static dyn Mover> {
    connector.mover().filter(|_| ctx.step.action == Action::Move)
}
