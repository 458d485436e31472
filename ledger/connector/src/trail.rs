//! Tracks the execution of a plan: which steps are over, what each learned, and which lookups are repeated before a
//! call.
//!
//! Checks of consent are repeated before a call that carries consent: the person may have unsubscribed while a call
//! failed and waited, or while the connection was paused. Lookups of a tag, a list or a field are repeated before a
//! call that creates it: another sync may have created it since. For that to be sure, the runner lets only one sync of
//! a connection create at a time ([`Trail::create_alone`]).

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
    /// Completed while no other sync could create anything.
    alone: bool,
}

impl Stage {
    /// A stage that hasn't started.
    pub fn new(step: Step) -> Self {
        let (over, unanswered, fresh, sent, alone) = (false, false, false, false, false);
        Self { step, learned: Known::new(), polls: 0, over, unanswered, fresh, sent, alone }
    }
}

/// All stages of a plan, in order, during one run.
#[derive(Debug, Clone, Default)]
pub struct Trail {
    stages: Vec<Stage>,
    /// No other sync of the connection can create anything now.
    alone: bool,
}

impl Trail {
    /// Resumes a plan from an earlier run, or starts a new one. Checks of an earlier run no longer count as fresh.
    pub fn new(stages: impl IntoIterator<Item = Stage>) -> Self {
        let mut trail = Self { stages: stages.into_iter().collect(), alone: false };
        trail.paused();
        trail
    }

    /// Marks that time has passed, after a failure or in a pause: as in a new run, no check counts as fresh.
    pub fn paused(&mut self) {
        self.stages.iter_mut().for_each(|stage| (stage.fresh, stage.sent) = (false, false));
    }

    /// The position of the first step that isn't over; None at the end.
    pub fn next(&self) -> Option<usize> {
        self.stages.iter().position(|stage| !stage.over)
    }

    pub fn get(&self, at: usize) -> Option<&Stage> {
        self.stages.get(at)
    }

    /// What the step at this position and those before it learned.
    pub fn known(&self, at: usize) -> Known {
        let mut known = Known::new();
        self.stages.iter().take(at.saturating_add(1)).for_each(|stage| known.absorb(stage.learned.clone()));
        known
    }

    /// What all steps learned.
    pub fn all_known(&self) -> Known {
        self.known(self.stages.len())
    }

    /// Marks a step as done or skipped.
    pub fn over(&mut self, at: usize, learned: Known) {
        if let Some(stage) = self.stages.get_mut(at) {
            stage.learned.absorb(learned);
            (stage.over, stage.fresh, stage.unanswered, stage.alone) = (true, true, false, self.alone);
        }
    }

    /// Records that the request is repeated.
    pub fn again(&mut self, at: usize, learned: Known) {
        if let Some(stage) = self.stages.get_mut(at) {
            stage.learned.absorb(learned);
            stage.polls += 1;
            stage.unanswered = false;
        }
    }

    /// Whether this request may create something with a name. If several syncs run at once, it is only sent after
    /// [`Trail::create_alone`].
    pub fn creates(&self, at: usize, request: &Request) -> bool {
        request.method != Method::Get && self.stages.get(at).is_some_and(|stage| stage.step.creates.is_some())
    }

    /// Marks that from now on, no other sync of the connection creates anything. What was looked up before that may be
    /// outdated.
    pub fn create_alone(&mut self) {
        self.alone = true;
        self.stages.iter_mut().for_each(|stage| stage.alone = false);
    }

    /// Marks that others may create something again.
    pub fn create_together(&mut self) {
        self.alone = false;
    }

    /// Reopens the lookups without which this request must not be sent, and returns their positions. Empty if it may be
    /// sent: it only reads, or everything on which it rests is known well enough.
    pub fn look_again(&mut self, at: usize, request: &Request) -> Vec<usize> {
        let Some(write) = self.stages.get(at).filter(|_| request.method != Method::Get) else { return Vec::new() };
        let consent = !self.is_consent_fresh(at, write);
        let looks: Vec<usize> = (0..at)
            .filter(|look| consent && self.is_rested_on(write, *look) || self.may_exist_since(write, *look))
            .collect();
        for look in &looks {
            if let Some(stage) = self.stages.get_mut(*look) {
                *stage = Stage::new(stage.step.clone());
            }
        }
        if let Some(write) = self.stages.get_mut(at).filter(|_| consent) {
            write.sent = false;
        }
        looks
    }

    /// Whether all checks of consent on which the call depends were made in this run, and it hasn't been sent since.
    fn is_consent_fresh(&self, at: usize, write: &Stage) -> bool {
        let mut checks = (0..at).filter(|look| self.is_rested_on(write, *look));
        !write.sent && checks.all(|look| self.stages.get(look).is_some_and(|stage| stage.fresh))
    }

    /// Whether the lookup says what a call would create, and others could have created it since.
    fn may_exist_since(&self, write: &Stage, look: usize) -> bool {
        let Some(look) = self.stages.get(look).filter(|look| self.alone && !look.alone) else { return false };
        write.step.creates.iter().flatten().any(|step| step.is(&look.step))
    }

    fn is_rested_on(&self, write: &Stage, look: usize) -> bool {
        self.stages.get(look).is_some_and(|look| write.step.depends_on.iter().any(|step| step.is(&look.step)))
    }

    /// Records that this request of the step is being sent.
    pub fn sent(&mut self, at: usize, request: &Request) {
        if let Some(stage) = self.stages.get_mut(at).filter(|_| request.method != Method::Get) {
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
    fn what_others_may_have_created_is_looked_up_again_and_then_created() {
        let look = Step::about(Action::FindTag, "vip");
        let make = Step::about(Action::MakeTag, "vip").creates([look.clone()]);
        let mut trail = Trail::new([look, make, Step::about(Action::Tag, "vip")].map(Stage::new));
        let (read, write) = (Request::get(&HOST, "/"), Request::post(&HOST, "/"));
        trail.over(0, Known::new());
        assert!(trail.creates(1, &write) && !trail.creates(1, &read) && !trail.creates(2, &write));
        assert!(trail.look_again(1, &write).is_empty(), "no one else is there");
        trail.create_alone();
        assert!(trail.look_again(1, &read).is_empty());
        assert_eq!(trail.look_again(1, &write), [0]);
        assert_eq!(trail.next(), Some(0));
        trail.over(0, seen());
        assert_eq!(trail.known(1), seen(), "what is found now counts");
        assert!(trail.look_again(1, &write).is_empty());
        trail.create_together();
        trail.create_alone();
        assert_eq!(trail.look_again(1, &write), [0], "others could create in between");
        assert!(trail.look_again(2, &write).is_empty());
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
