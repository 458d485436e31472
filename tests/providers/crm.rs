//! Goal: every connector keeps the same promises, whatever its vendor is like.
//!
//! Method: one table, a row a vendor; each promise is tried on every row against the vendor's fake server, which holds state
//! and refuses what the vendor would refuse. What the ledger adds (waiting, remembering, who is synced when) is tried in
//! the suite `crm`.

use std::collections::BTreeSet;

use connector::{
    Account, AffiliateStatus, Choice, FaultKind, Listing, Names, Person, Step, Tagging, Task, Walk, providers,
};
use serde_json::Value;
use world::fakes::{
    FakeServer, Mood,
    crm::{
        self, Contact, Crm, Subscribed,
        rehearsal::{connected, connector_of, former, lines, now, person, run, send},
    },
};

type FakeCrm = FakeServer<Box<dyn Crm>>;

/// A row of the table: a fake server, connected.
struct Row {
    crm: FakeCrm,
    account: Account,
    slug: &'static str,
}

async fn rows() -> Vec<Row> {
    let mut rows = Vec::new();
    for crm in crm::all() {
        let slug = crm.slug();
        let crm = crm::start(crm);
        let account = connected(&crm).await;
        rows.push(Row { crm, account, slug });
    }
    rows
}

impl Row {
    fn person(&self, email: &str) -> Person {
        person(&self.crm, email)
    }

    fn contact(&self, email: &str) -> Option<Contact> {
        self.crm.with(|crm| {
            crm.settle();
            crm.contact(email)
        })
    }

    async fn sync(&self, person: &Person) -> world::fakes::crm::rehearsal::Outcome {
        run(&self.crm, &self.account, &Task::Sync(person.clone()), 0).await
    }

    /// Everything a first sync is to bring about.
    fn is_there(&self, person: &Person) {
        let contact =
            self.contact(&person.email).unwrap_or_else(|| panic!("{}: no contact {}", self.slug, person.email));
        assert_eq!(contact.first_name, person.first_name, "{}", self.slug);
        assert_eq!(contact.last_name, person.last_name, "{}", self.slug);
        let expected: BTreeSet<String> = person.tags.iter().cloned().collect();
        assert!(contact.tags.is_superset(&expected), "{}: {:?}", self.slug, contact.tags);
        for list in &person.lists {
            assert!(contact.lists.contains(&list.id), "{}: {:?}", self.slug, contact.lists);
        }
        assert_ne!(contact.subscribed, Subscribed::No, "{}", self.slug);
    }
}

#[test]
fn every_vendor_has_its_row() {
    let known: BTreeSet<&str> = providers::ALL.iter().map(|one| one.descriptor().slug).collect();
    let tried: BTreeSet<&str> = crm::all().iter().map(|crm| crm.slug()).collect();
    assert_eq!(tried, known);
}

#[tokio::test]
async fn the_test_call_tells_good_credentials_from_bad_ones() {
    for row in rows().await {
        assert!(row.account.found.maybe("account").is_some(), "{} shows no account", row.slug);
        row.crm.with(|crm| crm.revoke());
        let refused = run(&row.crm, &row.account, &Task::Check, 3).await;
        assert!(refused.ended, "{}", row.slug);
        assert_eq!(refused.faults.last().map(|fault| fault.kind), Some(FaultKind::Credentials), "{}", row.slug);
    }
}

#[tokio::test]
async fn the_picker_reads_what_there_is() {
    for row in rows().await {
        let descriptor = connector_of(&row.crm).descriptor();
        let expected: Option<Choice> = row.crm.with(|crm| crm.list());
        assert_eq!(expected.is_some(), matches!(descriptor.lists, Listing::Picked { .. }), "{}", row.slug);
        let Some(expected) = expected else { continue };
        let found = run(&row.crm, &row.account, &Task::Lists, 0).await;
        assert!(found.is_success(), "{}: {:?}", row.slug, found.faults);
        assert!(found.known.choices().contains(&expected), "{}: {:?}", row.slug, found.known);
    }
}

#[tokio::test]
async fn a_first_sync_brings_everything_and_a_second_one_changes_nothing() {
    for row in rows().await {
        let person = row.person("lauren@creators.test");
        let first = row.sync(&person).await;
        assert!(first.is_success(), "{}: {:?} {:?}", row.slug, first.faults, first.left_alone);
        row.is_there(&person);
        let before = row.contact(&person.email);
        let count = row.crm.with(|crm| crm.contacts());
        let second = row.sync(&person).await;
        assert!(second.is_success(), "{}: {:?} {:?}", row.slug, second.faults, second.left_alone);
        assert_eq!(row.contact(&person.email), before, "{}", row.slug);
        assert_eq!(row.crm.with(|crm| crm.contacts()), count, "{}", row.slug);
    }
}

#[tokio::test]
async fn whichever_write_fails_it_alone_is_repeated() {
    for crm in crm::all() {
        let slug = crm.slug();
        let whole = crm::start(crm);
        let account = connected(&whole).await;
        let row = Row { crm: whole, account, slug };
        let before = row.crm.calls().len();
        let person = row.person("lauren@creators.test");
        row.sync(&person).await;
        let (expected, calls) = (row.contact(&person.email), lines(&row.crm).split_off(before));
        assert!(!calls.is_empty(), "{slug}");
        for broken in 0..calls.len() {
            for mood in [Mood::Says(500, Value::Null), Mood::Garbage, Mood::Breaks] {
                let crm = crm::start(crm::of(slug));
                let account = connected(&crm).await;
                let row = Row { crm, account, slug };
                let before = row.crm.calls().len();
                let done = with_one_failure(&row, &person, broken, mood.clone()).await;
                assert!(done, "{slug}: call {broken} ({}) under {mood:?}", calls[broken]);
                assert_eq!(row.contact(&person.email), expected, "{slug}: call {broken} under {mood:?}");
                let mut repeated = calls.clone();
                repeated.insert(broken, calls[broken].clone());
                let mut happened = lines(&row.crm).split_off(before);
                // Time has passed, and it may have happened: looking again is allowed, writing more isn't.
                happened.retain(|line| !crm::looks(line));
                repeated.retain(|line| !crm::looks(line));
                if matches!(mood, Mood::Breaks) {
                    // A person found there now is updated where they were created before.
                    assert!(happened.len() <= repeated.len(), "{slug}: call {broken} under {mood:?}: {happened:?}");
                } else {
                    assert_eq!(methods(&happened), methods(&repeated), "{slug}: call {broken} under {mood:?}");
                }
            }
        }
    }
}

fn methods(lines: &[String]) -> Vec<&str> {
    lines.iter().map(|line| line.split_whitespace().next().unwrap_or_default()).collect()
}

/// Walks through a sync in which the nth call fails once.
async fn with_one_failure(row: &Row, person: &Person, nth: usize, mood: Mood) -> bool {
    let task = Task::Sync(person.clone());
    let mut walk = Walk::new(connector_of(&row.crm), &row.account, &task);
    let (mut calls, mut failures) = (0, 0);
    while let Some(request) = walk.next(now()).unwrap_or_else(|fault| panic!("{}: {fault:?}", row.slug)) {
        if calls == nth && failures == 0 {
            row.crm.once("", mood.clone());
        }
        let step: Option<Step> = walk.step();
        let parsed = send(row.crm.base(), &request).await.and_then(|answer| walk.parse_response(&answer, now()));
        match parsed {
            Ok(_) => calls += 1,
            Err(fault) => {
                assert!(
                    matches!(fault.kind, FaultKind::Passing | FaultKind::Busy),
                    "{}: {step:?} took a passing failure for final: {fault:?}",
                    row.slug
                );
                failures += 1;
            }
        }
        if failures > 1 {
            return false;
        }
    }
    failures == 1
}

#[tokio::test]
async fn whoever_unsubscribed_is_left_alone() {
    for row in rows().await {
        let person = row.person("gone@creators.test");
        row.crm.with(|crm| crm.unsubscribed(&person.email));
        let before = row.contact(&person.email);
        assert_eq!(before.as_ref().map(|contact| contact.subscribed), Some(Subscribed::No), "{}", row.slug);
        let done = row.sync(&person).await;
        if !row.crm.with(|crm| crm.reports_consent()) {
            let after = row.contact(&person.email).map(|contact| contact.subscribed);
            assert_eq!(after, Some(Subscribed::No), "{}", row.slug);
            continue;
        }
        assert!(done.left_alone.is_some_and(|why| why.contains("unsubscribed")), "{}: {:?}", row.slug, done.faults);
        assert_eq!(row.contact(&person.email), before, "{}", row.slug);
    }
}

#[tokio::test]
async fn no_consent_is_told_where_none_was_given() {
    for row in rows().await {
        let person = Person { consent: None, ..row.person("quiet@creators.test") };
        let before = row.crm.calls().len();
        let done = row.sync(&person).await;
        assert!(done.is_success(), "{}: {:?} {:?}", row.slug, done.faults, done.left_alone);
        let contact = row.contact(&person.email).unwrap();
        assert!(contact.tags.contains("Rekomi affiliate"), "{}", row.slug);
        let report = lines(&row.crm).split_off(before).join("\n");
        for word in ["SUBSCRIBED", "\"granted\"", "opted_in", "\"subscribed\"", "consented"] {
            assert!(!report.contains(word), "{} told of consent: {report}", row.slug);
        }
    }
}

#[tokio::test]
async fn addresses_of_every_kind_arrive_as_they_are() {
    for email in [
        "a+b@creators.test",
        "50%25@creators.test",
        "sales/eu@creators.test",
        "jörg@müller.test",
        "o'neil&co=x?#@creators.test",
    ] {
        for row in rows().await {
            let person = row.person(email);
            let done = row.sync(&person).await;
            assert!(done.is_success(), "{} {email}: {:?} {:?}", row.slug, done.faults, done.left_alone);
            row.is_there(&person);
        }
    }
}

#[tokio::test]
async fn what_is_not_known_is_left_out() {
    for row in rows().await {
        let full = row.person("lauren@creators.test");
        row.sync(&full).await;
        let person = Person { first_name: None, last_name: None, ..full.clone() };
        // The fake servers refuse empty values.
        let done = row.sync(&person).await;
        assert!(done.is_success(), "{}: {:?} {:?}", row.slug, done.faults, done.left_alone);
        row.is_there(&full);
    }
}

#[tokio::test]
async fn a_name_from_somewhere_else_stays_and_ours_follows_a_change() {
    let name = |first: &str, last: &str| [first, last].map(|part| Some(part.to_owned()));
    let (theirs, new) = (name("Katherine", "Smith"), name("Kate", "Miller"));
    for row in rows().await {
        let lauren = row.person("lauren@creators.test");
        let called = |[first_name, last_name]: [Option<String>; 2], our_names| Person {
            first_name,
            last_name,
            our_names,
            ..lauren.clone()
        };
        let is_read = !matches!(connector_of(&row.crm).descriptor().names, Names::Sent(_));
        let ours = [lauren.first_name.clone(), lauren.last_name.clone()];
        let kept = if is_read { theirs.clone() } else { ours };
        for (person, expected) in [
            (called(theirs.clone(), Vec::new()), theirs.clone()),
            (lauren.clone(), kept),
            (called(new.clone(), vec![theirs.clone()]), new.clone()),
        ] {
            let done = row.sync(&person).await;
            assert!(done.is_success(), "{}: {:?} {:?}", row.slug, done.faults, done.left_alone);
            let contact = row.contact(&person.email).unwrap();
            assert_eq!([contact.first_name, contact.last_name], expected, "{}", row.slug);
            assert!(contact.tags.contains("Rekomi affiliate"), "{}", row.slug);
        }
    }
}

#[tokio::test]
async fn a_revoked_key_ends_it() {
    for row in rows().await {
        row.crm.with(|crm| crm.revoke());
        let done = row.sync(&row.person("lauren@creators.test")).await;
        let kind = done.faults.last().map(|fault| fault.kind);
        assert!(matches!(kind, Some(FaultKind::Credentials | FaultKind::Rights)), "{}: {:?}", row.slug, done.faults);
    }
}

#[tokio::test]
async fn the_vendors_own_way_to_say_slower_is_understood() {
    for row in rows().await {
        let (mood, seconds) = row.crm.with(|crm| crm.too_fast());
        row.crm.once("", mood);
        let done = row.sync(&row.person("lauren@creators.test")).await;
        let fault = done.faults.last().unwrap_or_else(|| panic!("{} took it for an answer", row.slug));
        assert_eq!(fault.kind, FaultKind::Busy, "{}: {fault:?}", row.slug);
        assert_eq!(fault.after.map(|after| after.as_secs()), seconds, "{}", row.slug);
    }
}

#[tokio::test]
async fn who_leaves_is_marked_and_never_deleted() {
    for row in rows().await {
        let person = row.person("lauren@creators.test");
        row.sync(&person).await;
        let gone = Person { affiliate_status: AffiliateStatus::Banned, ..former(&person) };
        let done = row.sync(&gone).await;
        assert!(done.is_success(), "{}: {:?} {:?}", row.slug, done.faults, done.left_alone);
        let contact = row.contact(&person.email).unwrap();
        let marked = contact.status.as_deref() == Some("banned") || contact.tags.contains("Rekomi former affiliate");
        assert!(marked, "{}: {contact:?}", row.slug);
        if matches!(connector_of(&row.crm).descriptor().tags, Tagging::Kept) {
            assert_eq!(contact.status.as_deref(), Some("banned"), "{}", row.slug);
        } else {
            assert!(!contact.tags.contains("Rekomi affiliate"), "{}: {:?}", row.slug, contact.tags);
        }
    }
}

#[tokio::test]
async fn who_asks_to_be_forgotten_is_deleted_where_the_vendor_can() {
    for row in rows().await {
        if !connector_of(&row.crm).descriptor().can_forget {
            continue;
        }
        let person = row.person("lauren@creators.test");
        row.sync(&person).await;
        for _ in 0..2 {
            let done = run(&row.crm, &row.account, &Task::Forget(person.clone()), 0).await;
            assert!(done.is_success(), "{}: {:?}", row.slug, done.faults);
            assert_eq!(row.contact(&person.email), None, "{}", row.slug);
        }
    }
}

#[tokio::test]
async fn events_are_told_once_where_the_vendor_can_tell() {
    for row in rows().await {
        let connector = connector_of(&row.crm);
        if connector.descriptor().events.is_none() {
            continue;
        }
        let person = row.person("lauren@creators.test");
        row.sync(&person).await;
        let event = connector::Event {
            name: "commission_earned".to_owned(),
            id: uuid::Uuid::from_u128(0x0192_0000_0000_7000_8000_0000_0000_0001),
            at: now(),
            properties: serde_json::json!({"amountCents": 2500, "currency": "USD"}).as_object().unwrap().clone(),
        };
        let task = Task::Event(person.clone(), event);
        let steps = connector.plan(&row.account, &task);
        assert!(!steps.is_empty(), "{}", row.slug);
        let once = !steps.iter().all(|step| connector.is_idempotent(step.action));
        for _ in 0..(if once { 1 } else { 2 }) {
            let done = run(&row.crm, &row.account, &task, 0).await;
            assert!(done.is_success(), "{}: {:?}", row.slug, done.faults);
        }
        let report = row.crm.with(|crm| {
            crm.settle();
            crm.events()
        });
        assert_eq!(report, [("commission_earned".to_owned(), person.email.clone())], "{}", row.slug);
    }
}
