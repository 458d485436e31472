//! Goal: however many people are synced at once, a tag or a field that none of them finds is created once.
//! Method: every vendor's fake server gets 25 people whose calls are made in turns, in a random order: so each looks
//! before any of the others has created anything. As in the ledger, one of them creates at a time.

use std::collections::BTreeMap;

use connector::{Account, Connector, Known, Stage, StepContext, StepRequest, Task, Then, Trail};
use world::fakes::{
    FakeServer,
    crm::{
        self, Crm,
        rehearsal::{connected, connector_of, now, person, run, send},
    },
};

type FakeCrm = FakeServer<Box<dyn Crm>>;

const PEOPLE: usize = 25;

/// A sync that goes on by one call at a time.
struct Sync {
    task: Task,
    trail: Trail,
    /// The last of the steps for which it alone may create something.
    creates_until: Option<usize>,
}

/// What became of a turn.
#[derive(PartialEq, Eq)]
enum Moved {
    On,
    /// Another one creates something.
    Not,
    ToItsEnd,
}

/// The vendor, and what was created there: how often, by the steps that say what.
struct Fixture<'a> {
    crm: &'a FakeCrm,
    connector: &'static dyn Connector,
    account: &'a Account,
    created: BTreeMap<String, usize>,
}

impl Fixture<'_> {
    /// Makes the next call. `alone` is whether no other sync creates something.
    async fn go_on(&mut self, sync: &mut Sync, alone: bool) -> Moved {
        while let Some(at) = sync.trail.next() {
            let stage = sync.trail.get(at).unwrap().clone();
            if sync.creates_until.is_some_and(|until| at > until) && stage.step.creates.is_none() {
                sync.creates_until = None;
                sync.trail.create_together();
            }
            let known = sync.trail.known(at);
            let ctx = self.ctx(sync, &stage, &known);
            let StepRequest::Send(request) = self.connector.request(&ctx).unwrap() else {
                sync.trail.over(at, Known::new());
                continue;
            };
            if sync.trail.creates(at, &request) {
                if sync.creates_until.is_none() {
                    if !alone {
                        return Moved::Not;
                    }
                    sync.trail.create_alone();
                }
                sync.creates_until = Some(at);
            }
            if !sync.trail.look_again(at, &request).is_empty() {
                continue;
            }
            sync.trail.sent(at, &request);
            if sync.trail.creates(at, &request) && stage.step.creates.as_ref().is_some_and(|looks| !looks.is_empty()) {
                *self.created.entry(stage.step.to_string()).or_default() += 1;
            }
            let answer = send(self.crm.base(), &request).await.unwrap();
            let parsed = self.connector.parse_response(&self.ctx(sync, &stage, &known), &answer).unwrap();
            match parsed.then {
                Then::Done => sync.trail.over(at, parsed.learned),
                Then::Again(_) => sync.trail.again(at, parsed.learned),
                Then::LeaveAlone(why) => panic!("{why}"),
            }
            return Moved::On;
        }
        sync.creates_until = None;
        Moved::ToItsEnd
    }

    fn ctx<'t>(&'t self, sync: &'t Sync, stage: &'t Stage, known: &'t Known) -> StepContext<'t> {
        StepContext {
            account: self.account,
            task: &sync.task,
            step: &stage.step,
            known,
            polls: stage.polls,
            now: now(),
            sync: None,
        }
    }
}

#[tokio::test]
async fn many_people_at_once_create_each_tag_and_field_once() {
    let mut creating = 0;
    for crm in crm::all() {
        let crm = crm::start(crm);
        let account = connected(&crm).await;
        let connector = connector_of(&crm);
        let mut fixture = Fixture { crm: &crm, connector, account: &account, created: BTreeMap::new() };
        let sync = |number: usize| {
            let task = Task::Sync(person(&crm, &format!("comer-{number}@creators.test")));
            let trail = Trail::new(connector.plan(&account, &task).into_iter().map(Stage::new));
            Sync { task, trail, creates_until: None }
        };
        let mut syncs: Vec<Sync> = (0..PEOPLE).map(sync).collect();
        let mut random = 7_usize;
        while !syncs.is_empty() {
            random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let turn = (random >> 33) % syncs.len();
            let alone = syncs.iter().enumerate().all(|(at, sync)| at == turn || sync.creates_until.is_none());
            if fixture.go_on(&mut syncs[turn], alone).await == Moved::ToItsEnd {
                syncs.remove(turn);
            }
        }
        let slug = connector.descriptor().slug;
        let twice: Vec<_> = fixture.created.iter().filter(|(_, count)| **count > 1).collect();
        assert!(twice.is_empty(), "{slug}: {twice:?}");
        creating += usize::from(!fixture.created.is_empty());
        let contacts = crm.with(|crm| {
            crm.settle();
            crm.contacts()
        });
        assert_eq!(contacts, PEOPLE, "{slug}");
        let mut names: Vec<String> =
            run(&crm, &account, &Task::Tags, 0).await.known.choices().into_iter().map(|tag| tag.name).collect();
        let count = names.len();
        names.sort();
        names.dedup();
        assert_eq!(names.len(), count, "{slug}: {names:?}");
    }
    assert!(creating >= 6, "{creating} vendors need something created");
}
