//! The trait that every connector implements.

use std::{fmt, time::Duration};

use shared::timestamp::Timestamp;
use uuid::Uuid;

use crate::{Account, Action, Answer, Descriptor, Event, Fault, Known, Person, Request, Step, Task, moving::Mover};

/// A CRM connector: pure functions of what is known so far.
pub trait Connector: fmt::Debug + Send + Sync {
    fn descriptor(&self) -> &'static Descriptor;

    /// More about the vendor for its page in the docs, in Markdown: sections after those from the descriptor.
    fn guide(&self) -> &'static str {
        ""
    }

    /// Checks what was entered for a field, as far as that needs no call.
    ///
    /// # Errors
    /// What is wrong with it and where, in words that follow the field's label: `must be a number`. They never repeat a
    /// secret.
    fn check_field(&self, _name: &str, _value: &str) -> Result<(), String> {
        Ok(())
    }

    /// The steps of a task, in order. The plan is made once, before the first request. Decisions that depend on a
    /// response are made in [`Connector::request`], which can skip a step.
    fn plan(&self, account: &Account, task: &Task) -> Vec<Step>;

    /// The request to send for a step.
    ///
    /// # Errors
    /// A [`Fault`] if nothing can be sent.
    fn request(&self, ctx: &StepContext<'_>) -> Result<StepRequest, Fault>;

    /// Interprets the response to a step, whatever its status. [`Answer::usual`] handles the common failures.
    ///
    /// # Errors
    /// A [`Fault`] that says what went wrong and whether a retry can help.
    fn parse_response(&self, ctx: &StepContext<'_>, answer: &Answer) -> Result<Parsed, Fault>;

    /// Whether a step whose response was lost may be sent again. Calls that are keyed by the person's email or by one
    /// of our ids may; an event that the vendor would count twice may not.
    fn is_idempotent(&self, _act: Action) -> bool {
        true
    }

    /// How a contact gets a new email address; none if the vendor's API can't change it
    /// ([`crate::NewAddress::Moves`] otherwise).
    fn mover(&self) -> Option<&'static dyn Mover> {
        None
    }

    /// The names of learned values that hold for the whole account, such as which of two methods works there. The
    /// runner also stores them with the connection: [`Account::found`] has them from the next sync on, until the next
    /// test call.
    fn remembers(&self) -> &'static [&'static str] {
        &[]
    }
}

/// One step at one point in time, with everything known by then.
#[derive(Debug, Clone, Copy)]
pub struct StepContext<'a> {
    pub account: &'a Account,
    pub task: &'a Task,
    pub step: &'a Step,
    /// What this step and those before it learned.
    pub known: &'a Known,
    /// How many responses this step has already received: after [`Then::Again`] the request is sent once more.
    pub polls: u32,
    /// The time at which the request is built.
    pub now: Timestamp,
    /// The sync's id, the same whenever one of its requests is sent again. `None` for a test call or a picker, whose
    /// requests are sent once.
    pub sync: Option<Uuid>,
}

impl<'a> StepContext<'a> {
    /// The person that the task is about.
    ///
    /// # Errors
    /// A [`Fault`] if the task isn't about a person.
    pub fn person(&self) -> Result<&'a Person, Fault> {
        match self.task {
            Task::Sync(person) | Task::Event(person, _) | Task::Forget(person) => Ok(person),
            Task::Check | Task::Lists | Task::Tags => Err(Fault::unplanned(self.step)),
        }
    }

    /// The event to send, if the task is an event.
    ///
    /// # Errors
    /// A [`Fault`] for any other task.
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
    /// The step needs no call; the text is the reason for the log.
    Nothing(&'static str),
}

impl From<Request> for StepRequest {
    fn from(request: Request) -> Self {
        Self::Send(request)
    }
}

/// The result of a response.
#[derive(Debug, Clone, Default)]
pub struct Parsed {
    /// Stored with the step, for the steps after it.
    pub learned: Known,
    pub then: Then,
}

/// How the task continues.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Then {
    /// The step is done.
    #[default]
    Done,
    /// The request is repeated after a pause: for the next page, or for something that isn't ready yet.
    Again(Duration),
    /// The person doesn't want this. Nothing more is written; the text says so, for example "Ann unsubscribed …".
    LeaveAlone(String),
}

impl Parsed {
    /// The step is done and there is nothing to remember.
    pub fn done() -> Self {
        Self::default()
    }

    /// The step is done, with these values learned.
    pub fn learned(learned: Known) -> Self {
        Self { learned, then: Then::Done }
    }

    /// The request is repeated after a pause.
    pub fn again(after: Duration, learned: Known) -> Self {
        Self { learned, then: Then::Again(after) }
    }

    /// Nothing more is written for the person.
    pub fn leave_alone(why: impl Into<String>) -> Self {
        Self { learned: Known::default(), then: Then::LeaveAlone(why.into()) }
    }
}
