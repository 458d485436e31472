//! A plan under way: which steps are over, what each found out, and which looks are made again before a call that carries
//! consent. The person may have unsubscribed since: while a call failed and waited, or while the connection was paused.

use crate::{Known, Method, Request, Step};

/// A step of a plan, and how far it is.
#[derive(Debug, Clone)]
pub struct Stage {
    pub step: Step,
    /// What it found out.
    pub learned: Known,
    /// How often it was answered and asked once more.
    pub polls: u32,
    /// Done, or nothing to do.
    pub over: bool,
    /// Its call was sent by a run that broke off before an answer was kept.
    pub unanswered: bool,
    /// Came to its end in this run.
    fresh: bool,
    /// Sent in this run, since the looks that it rests on were made.
    sent: bool,
}

impl Stage {
    /// One that nothing has come of yet.
    pub fn new(step: Step) -> Self {
        Self { step, learned: Known::new(), polls: 0, over: false, unanswered: false, fresh: false, sent: false }
    }
}

/// All stages of a plan, in its order, during one run.
#[derive(Debug, Clone, Default)]
pub struct Trail(Vec<Stage>);

impl Trail {
    /// A plan as an earlier run left it, or a new one. Whatever an earlier run saw isn't fresh any more.
    pub fn new(stages: impl IntoIterator<Item = Stage>) -> Self {
        let mut trail = Self(stages.into_iter().collect());
        trail.paused();
        trail
    }

    /// Time has passed, after a failure or in a pause: as at the beginning of a new run, nothing that was seen is fresh.
    pub fn paused(&mut self) {
        self.0.iter_mut().for_each(|stage| (stage.fresh, stage.sent) = (false, false));
    }

    /// The first step that isn't over, by its position; none at the end.
    pub fn next(&self) -> Option<usize> {
        self.0.iter().position(|stage| !stage.over)
    }

    pub fn get(&self, at: usize) -> Option<&Stage> {
        self.0.get(at)
    }

    /// What the step at this position and those before it found out.
    pub fn known(&self, at: usize) -> Known {
        let mut known = Known::new();
        self.0.iter().take(at.saturating_add(1)).for_each(|stage| known.absorb(stage.learned.clone()));
        known
    }

    /// What all of them found out.
    pub fn all_known(&self) -> Known {
        self.known(self.0.len())
    }

    /// The step is done, or there was nothing to do.
    pub fn over(&mut self, at: usize, learned: Known) {
        if let Some(stage) = self.0.get_mut(at) {
            stage.learned.absorb(learned);
            (stage.over, stage.fresh, stage.unanswered) = (true, true, false);
        }
    }

    /// The step is asked once more.
    pub fn again(&mut self, at: usize, learned: Known) {
        if let Some(stage) = self.0.get_mut(at) {
            stage.learned.absorb(learned);
            stage.polls += 1;
            stage.unanswered = false;
        }
    }

    /// Opens the looks again that this request of the step must not be sent without; their positions. None where it may be
    /// sent: it carries no consent, it only reads, or all that it rests on was seen in this run and it wasn't sent since.
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

    /// This request of the step is sent now.
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

    /// A run that has come to the third step.
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
