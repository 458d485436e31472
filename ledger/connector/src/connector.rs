//! What every connector can do.

use std::{fmt, time::Duration};

use shared::timestamp::Timestamp;

use crate::{Account, Action, Answer, Descriptor, Event, Fault, Known, Person, Request, Step, Task};

/// A CRM, as pure functions of what is known.
pub trait Connector: fmt::Debug + Send + Sync {
    fn descriptor(&self) -> &'static Descriptor;

    /// The steps of a task, in their order. Made once, before the first is asked: what depends on an answer is decided in
    /// [`Connector::request`], where a step may turn out to need nothing.
    fn plan(&self, account: &Account, task: &Task) -> Vec<Step>;

    /// What to send for a step.
    ///
    /// # Errors
    /// [`Fault`] where nothing can be sent.
    fn request(&self, ctx: &StepContext<'_>) -> Result<StepRequest, Fault>;

    /// What the answer to a step means. Whatever the status was: [`Answer::usual`] reads the common failures.
    ///
    /// # Errors
    /// [`Fault`]: what went wrong, and whether trying again can help.
    fn parse_response(&self, ctx: &StepContext<'_>, answer: &Answer) -> Result<Parsed, Fault>;

    /// Whether a step whose answer never came may be sent again. Everything that is keyed by the person's address or by an
    /// id of ours may; an event that the vendor would count twice may not.
    fn is_idempotent(&self, _act: Action) -> bool {
        true
    }
}

/// One step at one moment, with all that is known by then.
#[derive(Debug, Clone, Copy)]
pub struct StepContext<'a> {
    pub account: &'a Account,
    pub task: &'a Task,
    pub step: &'a Step,
    /// What this step and those before it learned.
    pub known: &'a Known,
    /// How often this step was heard already: after [`Then::Again`] it is asked once more.
    pub polls: u32,
    pub now: Timestamp,
}

impl<'a> StepContext<'a> {
    /// Whom the task is about.
    ///
    /// # Errors
    /// [`Fault`] for a task about nobody.
    pub fn person(&self) -> Result<&'a Person, Fault> {
        match self.task {
            Task::Sync(person) | Task::Event(person, _) | Task::Forget(person) => Ok(person),
            Task::Check | Task::Lists | Task::Tags => Err(Fault::unplanned(self.step)),
        }
    }

    /// What happened, of a task that tells of an event.
    ///
    /// # Errors
    /// [`Fault`] for any other task.
    pub fn event(&self) -> Result<&'a Event, Fault> {
        match self.task {
            Task::Event(_, event) => Ok(event),
            _ => Err(Fault::unplanned(self.step)),
        }
    }
}

/// What to do for a step.
#[derive(Debug, Clone)]
pub enum StepRequest {
    Send(Request),
    /// The step needs no call; why, in words for the log.
    Nothing(&'static str),
}

impl From<Request> for StepRequest {
    fn from(request: Request) -> Self {
        Self::Send(request)
    }
}

/// What an answer came to.
#[derive(Debug, Clone, Default)]
pub struct Parsed {
    /// Kept with the step, for the steps after it.
    pub learned: Known,
    pub then: Then,
}

/// How it goes on.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Then {
    /// The step is done.
    #[default]
    Done,
    /// The step is asked once more after a pause: the next page, or what isn't there yet.
    Again(Duration),
    /// The person doesn't want this. Nothing more is written; the text says so, as "Ann unsubscribed …".
    LeaveAlone(String),
}

impl Parsed {
    /// Done, and nothing to remember.
    pub fn done() -> Self {
        Self::default()
    }

    /// Done, and this is known from now on.
    pub fn learned(learned: Known) -> Self {
        Self { learned, then: Then::Done }
    }

    /// Asked again after a pause.
    pub fn again(after: Duration, learned: Known) -> Self {
        Self { learned, then: Then::Again(after) }
    }

    /// The person is left alone.
    pub fn leave_alone(why: impl Into<String>) -> Self {
        Self { learned: Known::default(), then: Then::LeaveAlone(why.into()) }
    }
}
