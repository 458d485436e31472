//! Runs a task in memory: for a test call, a picker, or a test. The caller sends the requests.

use std::time::Duration;

use shared::timestamp::Timestamp;

use crate::{
    Account, Answer, Connector, Fault, Known, Request, Stage, Step, StepContext, StepRequest, Task, Then, Trail, moving,
};

/// The maximum number of pages and polls of one step.
const POLLS_MAX: u32 = 100;

/// A task in progress.
#[derive(Debug)]
pub struct Walk<'a> {
    connector: &'a dyn Connector,
    account: &'a Account,
    task: &'a Task,
    trail: Trail,
    /// A request was sent, and the connector hasn't accepted a response yet.
    is_out: bool,
    /// Everything learned so far.
    pub known: Known,
    /// Why nothing more was written, if the person is left alone.
    pub left_alone: Option<String>,
}

impl<'a> Walk<'a> {
    pub fn new(connector: &'a dyn Connector, account: &'a Account, task: &'a Task) -> Self {
        let trail = Trail::new(moving::plan(connector, account, task).into_iter().map(Stage::new));
        Self { connector, account, task, trail, is_out: false, known: Known::new(), left_alone: None }
    }

    /// The next request; None at the end. After a failure it is a retry.
    ///
    /// # Errors
    /// The connector's [`Fault`].
    pub fn next(&mut self, now: Timestamp) -> Result<Option<Request>, Fault> {
        if std::mem::take(&mut self.is_out) {
            self.trail.paused();
        }
        while let Some((at, stage)) = self.stage() {
            let known = self.trail.known(at);
            match moving::request(self.connector, &self.ctx(&stage, &known, now))? {
                StepRequest::Nothing(_) => self.trail.over(at, Known::new()),
                StepRequest::Send(request) if self.trail.look_again(at, &request).is_empty() => {
                    self.trail.sent(at, &request);
                    self.is_out = true;
                    return Ok(Some(request));
                }
                StepRequest::Send(_) => {}
            }
        }
        Ok(None)
    }

    /// The step whose request [`Walk::next`] returned.
    pub fn step(&self) -> Option<Step> {
        self.stage().map(|(_, stage)| stage.step)
    }

    /// Handles the response and returns how long to wait before the next request.
    ///
    /// # Errors
    /// The connector's [`Fault`]; the same step is requested again then.
    pub fn parse_response(&mut self, answer: &Answer, now: Timestamp) -> Result<Duration, Fault> {
        let Some((at, stage)) = self.stage() else { return Ok(Duration::ZERO) };
        let known = self.trail.known(at);
        let parsed = moving::parse_response(self.connector, &self.ctx(&stage, &known, now), answer)?;
        self.is_out = false;
        let mut wait = Duration::ZERO;
        match parsed.then {
            Then::Done => self.trail.over(at, parsed.learned),
            Then::Again(_) if stage.polls >= POLLS_MAX => {
                return Err(Fault::unreadable("the response never ended"));
            }
            Then::Again(after) => {
                self.trail.again(at, parsed.learned);
                wait = after;
            }
            Then::LeaveAlone(why) => self.left_alone = Some(why),
        }
        self.known = self.trail.all_known();
        Ok(wait)
    }

    /// The current step.
    fn stage(&self) -> Option<(usize, Stage)> {
        let at = self.trail.next().filter(|_| self.left_alone.is_none())?;
        Some((at, self.trail.get(at)?.clone()))
    }

    fn ctx<'t>(&'t self, stage: &'t Stage, known: &'t Known, now: Timestamp) -> StepContext<'t> {
        let (account, task) = (self.account, self.task);
        StepContext { account, task, step: &stage.step, known, polls: stage.polls, now, sync: None }
    }
}
