//! Goal: no window of a vendor's length ever holds more calls than the vendor allows, however many people are synced at
//! once while others look at lists and tags.
//! Method: the paces are compared with what vendors publish. Then every vendor's fake server gets people and pickers on
//! a clock of the test's own, with calls that take more or less time to arrive and to be answered, and its windows are
//! counted.

use std::time::{Duration, Instant};

use connector::{Account, Answer, Descriptor, Fault, PacedCall, RecentCalls, Request, Task, Walk};
use world::fakes::{
    Call, FakeServer,
    crm::{
        self, Crm,
        allowance::{self, exceeded},
        rehearsal::{connected, connector_of, now, person, run, send},
    },
};

type FakeCrm = FakeServer<Box<dyn Crm>>;

/// Syncs that run at once, as in the ledger.
const AT_ONCE: usize = 4;
const PEOPLE: usize = 16;

#[test]
fn what_we_send_is_within_what_vendors_allow() {
    for crm in crm::all() {
        let descriptor = connector::providers::named(crm.slug()).unwrap().descriptor();
        for limit in allowance::published(descriptor.slug) {
            assert!(descriptor.pace(limit.pace).is_some(), "{}: no pace for {limit:?}", descriptor.slug);
            let window = Duration::from_secs(limit.seconds);
            let most = descriptor.paces_of(limit.pace).map(|pace| pace.most_within(window)).min().unwrap();
            assert!(most <= limit.most, "{}: {most} of {limit:?}", descriptor.slug);
        }
    }
}

#[test]
fn a_window_that_holds_too_much_is_found() {
    let descriptor = connector::providers::named("activecampaign").unwrap().descriptor();
    let start = Instant::now();
    let calls = |gap: u32| -> Vec<Call> {
        let at = |number: u32| start + Duration::from_millis(u64::from(gap * number));
        (0..20).map(|number| moved(Call::of("GET", "/api/3/tags", &[], ""), at(number))).collect()
    };
    assert_eq!(exceeded(descriptor, &calls(250), 1), Vec::<String>::new());
    assert!(!exceeded(descriptor, &calls(150), 1).is_empty(), "seven in a second");
    assert!(exceeded(descriptor, &calls(25), 10).is_empty(), "ten times as fast, and windows a tenth as long");
    assert!(!exceeded(descriptor, &calls(15), 10).is_empty());
}

/// The call as if it had come then.
fn moved(mut call: Call, at: Instant) -> Call {
    call.at = at;
    call
}

#[tokio::test]
async fn people_and_pickers_together_stay_within_it() {
    for crm in crm::all() {
        let crm = crm::start(crm);
        let account = connected(&crm).await;
        let descriptor = connector_of(&crm).descriptor();
        // Tags and fields are there already: what happens while they are created is in `crm_creates`.
        let first = Task::Sync(person(&crm, "first@creators.test"));
        assert!(run(&crm, &account, &first, 0).await.is_success(), "{}", descriptor.slug);
        let tasks = tasks(&crm);
        let calls = Rehearsal::of(&crm, &account, descriptor).run(&tasks).await;
        let wrong = exceeded(descriptor, &calls, 1);
        assert!(wrong.is_empty(), "{wrong:#?}");
        assert!(calls.len() >= PEOPLE, "{}: {} calls", descriptor.slug, calls.len());
    }
}

/// Many people, and now and then somebody who looks at the settings.
fn tasks(crm: &FakeCrm) -> Vec<Task> {
    let mut tasks = Vec::new();
    for number in 0..PEOPLE {
        if number % 4 == 0 {
            tasks.extend([Task::Check, Task::Lists, Task::Tags]);
        }
        tasks.push(Task::Sync(person(crm, &format!("comer-{number}@creators.test"))));
    }
    tasks
}

/// A task that is under way.
struct Progress<'a> {
    walk: Walk<'a>,
    /// When it goes on, in microseconds.
    at: i64,
    stage: Stage,
}

enum Stage {
    Waits(Request, PacedCall),
    Sent(u32, Result<Answer, Fault>),
}

/// Everything that happens at one vendor.
struct Rehearsal<'a> {
    crm: &'a FakeCrm,
    account: &'a Account,
    descriptor: &'static Descriptor,
    recent: RecentCalls,
    started: Instant,
    calls: Vec<Call>,
    random: u64,
}

impl<'a> Rehearsal<'a> {
    fn of(crm: &'a FakeCrm, account: &'a Account, descriptor: &'static Descriptor) -> Self {
        let (recent, started) = (RecentCalls::default(), Instant::now());
        Self { crm, account, descriptor, recent, started, calls: Vec::new(), random: 7 }
    }

    /// A number below this one, the same in each run (Knuth's MMIX generator).
    fn below(&mut self, bound: i64) -> i64 {
        self.random = self.random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        i64::try_from(self.random >> 33).unwrap() % bound
    }

    /// Does the tasks, a few at once, and answers the calls with the times at which they arrived.
    async fn run(mut self, tasks: &'a [Task]) -> Vec<Call> {
        let (mut left, mut under_way, mut time) = (tasks.iter(), Vec::new(), 1_000_000);
        loop {
            while under_way.len() < AT_ONCE
                && let Some(task) = left.next()
            {
                let walk = Walk::new(connector_of(self.crm), self.account, task);
                under_way.extend(self.requested(walk, time));
            }
            under_way.sort_by_key(|progress: &Progress<'_>| std::cmp::Reverse(progress.at));
            let Some(progress) = under_way.pop() else { return self.calls };
            time = progress.at;
            let answers = under_way.iter().filter(|other| matches!(other.stage, Stage::Sent(..)));
            let answer = answers.map(|other| other.at).min().unwrap_or(i64::MAX);
            under_way.extend(self.go_on(progress, answer).await);
        }
    }

    /// The walk's next request, to be sent as soon as its pace admits it; none at its end.
    fn requested(&mut self, mut walk: Walk<'a>, at: i64) -> Option<Progress<'a>> {
        let request = walk.next(now()).unwrap_or_else(|fault| panic!("{}: {fault:?}", self.descriptor.slug))?;
        let id = u32::try_from(self.below(1 << 30)).unwrap();
        let call = PacedCall { pace: request.pace, id, chance: self.below(1_000) as f64 / 1_000.0 };
        Some(Progress { walk, at, stage: Stage::Waits(request, call) })
    }

    /// `answer` is the time of the next answer to anybody: waiting may be over then.
    async fn go_on(&mut self, progress: Progress<'a>, answer: i64) -> Option<Progress<'a>> {
        let Progress { mut walk, at, stage } = progress;
        match stage {
            Stage::Waits(request, call) => {
                if let Err(wait) = self.recent.admit(self.descriptor, 1, &call, at) {
                    let over = at + i64::try_from(wait.as_micros()).unwrap();
                    return Some(Progress {
                        walk,
                        at: over.min(answer.max(at + 1)),
                        stage: Stage::Waits(request, call),
                    });
                }
                let arrives = at + self.below(700_000);
                let answered = arrives + self.below(900_000);
                let answer = send(self.crm.base(), &request).await;
                let came = self.crm.calls().pop().unwrap();
                let at = self.started + Duration::from_micros(arrives.unsigned_abs());
                self.calls.push(moved(came, at));
                Some(Progress { walk, at: answered, stage: Stage::Sent(call.id, answer) })
            }
            Stage::Sent(id, answer) => {
                self.recent.answered(id, at);
                let parsed = answer.and_then(|answer| walk.parse_response(&answer, now()));
                let pause = parsed.unwrap_or_else(|fault| panic!("{}: {fault:?}", self.descriptor.slug));
                self.requested(walk, at + i64::try_from(pause.as_micros()).unwrap())
            }
        }
    }
}
