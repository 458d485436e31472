//! Tracks the execution of a plan: which steps are over, what each learned, and which checks are repeated before a call
//! that carries consent. The person may have unsubscribed while a call failed and waited, or while the connection was
//! paused.

use crate::{Known, Method, Request, Step};

/// A step of a plan and its progress.
#[derive(Debug, Clone)]
pub struct Stage {
    pub step: Step,
    /// What the step learned.
    pub learned: Known,
    /// How often its request was answered and repeated.
    pub polls: u32,
    /// Done, or skipped.
    pub over: bool,
    /// Its call was sent by a run that stopped before the response was stored.
    pub unanswered: bool,
    /// Completed in this run.
    fresh: bool,
    /// Sent in this run, after the checks on which it depends.
    sent: bool,
}

impl Stage {
    /// A stage that hasn't started.
    pub fn new(step: Step) -> Self {
        Self { step, learned: Known::new(), polls: 0, over: false, unanswered: false, fresh: false, sent: false }
    }
}

/// All stages of a plan, in order, during one run.
#[derive(Debug, Clone, Default)]
pub struct Trail(Vec<Stage>);

impl Trail {
    /// Resumes a plan from an earlier run, or starts a new one. Checks of an earlier run no longer count as fresh.
    pub fn new(stages: impl IntoIterator<Item = Stage>) -> Self {
        let mut trail = Self(stages.into_iter().collect());
        trail.paused();
        trail
    }

    /// Marks that time has passed, after a failure or in a pause: as in a new run, no check counts as fresh.
    pub fn paused(&mut self) {
        self.0.iter_mut().for_each(|stage| (stage.fresh, stage.sent) = (false, false));
    }

    /// The position of the first step that isn't over; None at the end.
    pub fn next(&self) -> Option<usize> {
        self.0.iter().position(|stage| !stage.over)
    }

    pub fn get(&self, at: usize) -> Option<&Stage> {
        self.0.get(at)
    }

    /// What the step at this position and those before it learned.
    pub fn known(&self, at: usize) -> Known {
        let mut known = Known::new();
        self.0.iter().take(at.saturating_add(1)).for_each(|stage| known.absorb(stage.learned.clone()));
        known
    }

    /// What all steps learned.
    pub fn all_known(&self) -> Known {
        self.known(self.0.len())
    }

    /// Marks a step as done or skipped.
    pub fn over(&mut self, at: usize, learned: Known) {
        if let Some(stage) = self.0.get_mut(at) {
            stage.learned.absorb(learned);
            (stage.over, stage.fresh, stage.unanswered) = (true, true, false);
        }
    }

    /// Records that the request is repeated.
    pub fn again(&mut self, at: usize, learned: Known) {
        if let Some(stage) = self.0.get_mut(at) {
            stage.learned.absorb(learned);
            stage.polls += 1;
            stage.unanswered = false;
        }
    }

    /// Reopens the checks without which this request must not be sent, and returns their positions. Empty if it may be
    /// sent: it carries no consent, it only reads, or all checks were made in this run and it hasn't been sent since.
    pub fn look_again(&mut self, at: usize, request: &Request) -> Vec<usize> {
        let Some(write) = self.0.get(at).filter(|_| request.method != Method::Get) else { return Vec::new() };
        let looks: Vec<usize> = (0..at).filter(|look| self.is_rested_on(write, *look)).collect();
        if !write.sent && looks.iter().all(|look| self.0.get(*look).is_some_and(|stage| stage.fresh)) {
            return Vec::new();
        }
        for look in &looks {
            if let Some(stage) = self.0.get_mut(*look) {
                *stage = Stage::new(stage.step.clone());
            }
        }
        if let Some(write) = self.0.get_mut(at) {
            write.sent = false;
        }
        looks
    }

    fn is_rested_on(&self, write: &Stage, look: usize) -> bool {
        self.0.get(look).is_some_and(|look| write.step.depends_on.iter().any(|step| step.is(&look.step)))
    }

    /// Records that this request of the step is being sent.
    pub fn sent(&mut self, at: usize, request: &Request) {
        if let Some(stage) = self.0.get_mut(at).filter(|_| request.method != Method::Get) {
            stage.sent = true;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Action, Host};

    const HOST: Host = Host::fixed("TINY", "https://tiny.test");

    fn plan() -> Vec<Stage> {
        let look = Step::new(Action::Find);
        let join = |list: &str| Step::about(Action::Join, list).depends_on([look.clone(), Step::new(Action::Consent)]);
        [look.clone(), Step::new(Action::Save), join("a"), join("b")].map(Stage::new).to_vec()
    }

    fn seen() -> Known {
        Known::new().with("contact", "7")
    }

    /// A run that has reached the third step.
    fn under_way() -> Trail {
        let mut trail = Trail::new(plan());
        trail.over(0, seen());
        trail.over(1, Known::new().with("saved", true));
        trail
    }

    fn left(trail: &Trail) -> Vec<Stage> {
        (0..4).filter_map(|at| trail.get(at).cloned()).collect()
    }

    #[test]
    fn a_first_call_rests_on_the_look_before_it() {
        let (mut trail, write) = (under_way(), Request::post(&HOST, "/"));
        for at in [2, 3] {
            assert_eq!(trail.next(), Some(at));
            assert!(trail.look_again(at, &write).is_empty());
            trail.sent(at, &write);
            trail.over(at, Known::new());
        }
        assert_eq!(trail.next(), None);
    }

    #[test]
    fn a_second_call_looks_again_and_forgets_what_was_seen_before() {
        let (mut trail, write) = (under_way(), Request::post(&HOST, "/"));
        trail.sent(2, &write);
        assert_eq!(trail.look_again(2, &write), [0]);
        assert_eq!((trail.next(), trail.known(0)), (Some(0), Known::new()));
        trail.over(0, Known::new());
        assert_eq!(trail.next(), Some(2), "what was saved isn't saved again");
        assert!(!trail.all_known().flag("contact") && trail.all_known().flag("saved"));
        assert!(trail.look_again(2, &write).is_empty());
    }

    #[test]
    fn what_an_earlier_run_saw_is_seen_again() {
        let (mut trail, write) = (Trail::new(left(&under_way())), Request::put(&HOST, "/"));
        assert_eq!(trail.next(), Some(2));
        assert_eq!(trail.look_again(2, &write), [0], "it was never sent, and time has passed");
        trail.over(0, seen());
        assert!(trail.look_again(2, &write).is_empty() && trail.look_again(3, &write).is_empty());
    }

    #[test]
    fn reading_and_what_carries_no_consent_need_no_look() {
        let mut trail = under_way();
        let (read, write) = (Request::get(&HOST, "/"), Request::post(&HOST, "/"));
        trail.sent(2, &read);
        assert!(trail.look_again(2, &write).is_empty());
        trail.sent(1, &write);
        assert!(trail.look_again(1, &write).is_empty());
        trail.sent(2, &write);
        assert!(trail.look_again(2, &read).is_empty());
    }
}
