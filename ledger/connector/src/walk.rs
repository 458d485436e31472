//! Walks through a task in memory: for a test call, a picker, or a test. Whoever drives it sends.

use std::time::Duration;

use shared::timestamp::Timestamp;

use crate::{Account, Answer, Ask, Connector, Fault, Known, Request, Step, Task, Then, Turn};

/// Pages and polls of one step, at most.
const ASKED_MAX: u32 = 100;

/// A task under way.
#[derive(Debug)]
pub struct Walk<'a> {
    connector: &'a dyn Connector,
    account: &'a Account,
    task: &'a Task,
    steps: std::vec::IntoIter<Step>,
    step: Option<Step>,
    asked: u32,
    pub known: Known,
    /// Why nothing more was written, where the person is left alone.
    pub left_alone: Option<String>,
}

impl<'a> Walk<'a> {
    pub fn new(connector: &'a dyn Connector, account: &'a Account, task: &'a Task) -> Self {
        let mut steps = connector.plan(account, task).into_iter();
        let step = steps.next();
        Self { connector, account, task, steps, step, asked: 0, known: Known::new(), left_alone: None }
    }

    /// The next request; none at the end.
    ///
    /// # Errors
    /// [`Fault`] of the connector.
    pub fn next(&mut self, now: Timestamp) -> Result<Option<Request>, Fault> {
        while let Some(step) = &self.step {
            let turn = turn((self.account, self.task), step, &self.known, self.asked, now);
            match self.connector.ask(&turn)? {
                Ask::Send(request) => return Ok(Some(request)),
                Ask::Nothing(_) => self.advance(),
            }
        }
        Ok(None)
    }

    /// The step that [`Walk::next`] asked for.
    pub fn step(&self) -> Option<&Step> {
        self.step.as_ref()
    }

    /// Takes the answer; says how long to wait before the next request.
    ///
    /// # Errors
    /// [`Fault`] of the connector. The same step is asked again then.
    pub fn hear(&mut self, answer: &Answer, now: Timestamp) -> Result<Duration, Fault> {
        let Some(step) = &self.step else { return Ok(Duration::ZERO) };
        let turn = turn((self.account, self.task), step, &self.known, self.asked, now);
        let heard = self.connector.hear(&turn, answer)?;
        self.known.absorb(heard.learned);
        match heard.then {
            Then::Done => self.advance(),
            Then::Again(_) if self.asked >= ASKED_MAX => {
                return Err(Fault::unreadable("it never came to an end"));
            }
            Then::Again(after) => {
                self.asked += 1;
                return Ok(after);
            }
            Then::LeaveAlone(why) => {
                self.left_alone = Some(why);
                self.step = None;
            }
        }
        Ok(Duration::ZERO)
    }

    fn advance(&mut self) {
        self.step = self.steps.next();
        self.asked = 0;
    }
}

fn turn<'a>(
    (account, task): (&'a Account, &'a Task),
    step: &'a Step,
    known: &'a Known,
    asked: u32,
    now: Timestamp,
) -> Turn<'a> {
    Turn { account, task, step, known, asked, now }
}
