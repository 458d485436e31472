//! Goal: an action on everything that matches a list's filters asks first, with the number and the sum, and then does what
//! was confirmed: nothing that changed or came later, nothing outside the filters, and not without the right.
//! Method: more commissions than a page has, and affiliates of a segment; the list's form and the question are sent as a
//! browser without a script sends them, with changes between the two.

use serde_json::json;
use world::client::dashboard::Marketer;

use crate::conversions::Fixture;

const RELEASE: [(&str, &str); 2] = [("what", "release"), ("all", "yes")];

/// The value of a hidden field of the question.
fn hidden(page: &str, name: &str) -> String {
    let rest = page.split(&format!("name=\"{name}\" value=\"")).nth(1).unwrap_or_else(|| panic!("{name}: {page}"));
    rest.split('"').next().unwrap().to_owned()
}

/// The fields of the question, answered.
fn answered<'a>(fields: &[(&'a str, &'a str)], until: &'a str, count: &'a str) -> Vec<(&'a str, &'a str)> {
    fields.iter().copied().chain([("until", until), ("count", count)]).collect()
}

#[tokio::test]
async fn all_matching_commissions_are_released_as_they_were_confirmed() {
    let mut fixture = Fixture::open().await;
    let sale = |fixture: &Fixture, number: usize| {
        fixture.sale(&format!("many-{number}"), &fixture.early, &format!("buyer-{number}"), 1_000)
    };
    let mut events: Vec<_> = (0..55).map(|number| sale(&fixture, number)).collect();
    events.push(fixture.sale("another", &fixture.late, "cleo", 5_000));
    fixture.world.intake().accept(&events).await;
    let list = "/commissions?status=Pending&affiliate=early";
    let page = fixture.page(list).await;
    assert!(page.contains("Select all 55 matching"), "{page}");
    assert!(!fixture.page("/commissions?status=Pending&affiliate=late").await.contains("name=\"all\""));

    let question = fixture.post(list, &RELEASE).await.expect_status(200).text();
    for text in
        ["Release 55 commissions ($110.00)?", "Affiliate is <strong>early</strong>", "On hold", "Release $110.00"]
    {
        assert!(question.contains(text), "{text}: {question}");
    }
    let released = "select count(*) from commissions where status = 'Approved'";
    let before = fixture.world.database.count(released).await;
    let (until, count) = (hidden(&question, "until"), hidden(&question, "count"));
    let without = answered(&RELEASE, &until, &count);
    let again = fixture.post(list, &without).await.expect_status(400).text();
    assert!(again.contains("Enter a reason") && again.contains("Release 55 commissions"), "{again}");
    assert_eq!(fixture.world.database.count(released).await, before, "nothing is done before it is confirmed");

    // One changes in the meantime, and one comes.
    let (denied, _) = fixture.commission("many-0").await;
    fixture.post(&format!("/commissions/{denied}/deny"), &[("reason", "Twice.")]).await.expect_status(303);
    fixture.world.intake().accept(&[sale(&fixture, 99)]).await;
    let confirmed = [without.as_slice(), &[("reason", "All delivered.")]].concat();
    let page = fixture.post(list, &confirmed).await.expect_status(200).text();
    assert!(page.contains("Released 54.") && page.contains("1 commission changed after you confirmed"), "{page}");
    assert_eq!(fixture.world.database.count(released).await, before + 54);
    for (name, status) in [("many-0", "Denied"), ("many-99", "Pending"), ("another", "Pending"), ("many-1", "Approved")]
    {
        assert_eq!(fixture.commission(name).await.1, status, "{name}");
    }
    let audited = "select count(*) from audit_log where action = 'commission.released'";
    assert_eq!(fixture.world.database.count(audited).await, 54);
    for filter in ["affiliate=nobody-at-all", "currency=EUR", "country=DE", "device=tablet", "source=youtube.com"] {
        let nothing = fixture.post(&format!("/commissions?{filter}"), &RELEASE).await.expect_status(400).text();
        assert!(nothing.contains("No commissions match these filters anymore."), "{filter}: {nothing}");
    }
    fixture.world.database.set_member_roles("viewer").await;
    fixture.post(list, &confirmed).await.expect_status(403);
    fixture.world.finish().await;
}

#[tokio::test]
async fn more_commissions_than_were_confirmed_are_confirmed_again() {
    let mut fixture = Fixture::open().await;
    let events = [
        fixture.sale("one", &fixture.early, "ann", 1_000),
        fixture.sale("two", &fixture.early, "ben", 2_000),
        fixture.sale("three", &fixture.late, "cleo", 3_000),
    ];
    fixture.world.intake().accept(&events).await;
    let segments = [&fixture.early, &fixture.late].map(|one| format!("/affiliates/{}/segment", one.affiliate));
    let gold = [("segment", "gold")];
    fixture.post(&segments[0], &gold).await.expect_status(303);
    let list = "/commissions?segment=gold";
    let question = fixture.post(list, &RELEASE).await.expect_status(200).text();
    assert!(question.contains("Release 2 commissions ($6.00)?"), "{question}");
    let (until, count) = (hidden(&question, "until"), hidden(&question, "count"));

    // Old commissions match now, too.
    fixture.post(&segments[1], &gold).await.expect_status(303);
    let reasoned = [RELEASE[0], RELEASE[1], ("reason", "All delivered.")];
    let again = fixture.post(list, &answered(&reasoned, &until, &count)).await.expect_status(409).text();
    for text in ["More commissions match than before.", "Release 3 commissions ($12.00)?", "value=\"All delivered.\""] {
        assert!(again.contains(text), "{text}: {again}");
    }
    let audited = "select count(*) from audit_log where action = 'commission.released'";
    assert_eq!(fixture.world.database.count(audited).await, 0);
    let (until, count) = (hidden(&again, "until"), hidden(&again, "count"));
    fixture.post(list, &answered(&reasoned, &until, &count)).await.expect_status(303);
    assert_eq!(fixture.world.database.count(audited).await, 3);
    fixture.world.finish().await;
}

#[tokio::test]
async fn all_matching_affiliates_are_archived_and_nobody_else() {
    let mut fixture = Fixture::open().await;
    let mut ids = Vec::new();
    for name in ["Ann", "Ben", "Cleo", "Dana"] {
        let body = json!({"name": name, "email": format!("{}@creators.test", name.to_lowercase())});
        let made = fixture.world.api().post("/affiliates", &body).await.expect_status(201).json();
        ids.push(made["id"].as_str().unwrap().to_owned());
    }
    let gold = [("segment", "gold")];
    for id in ids.iter().take(2) {
        fixture.post(&format!("/affiliates/{id}/segment"), &gold).await.expect_status(303);
    }
    let list = "/affiliates?segment=gold";
    let archive = [("what", "archive"), ("all", "yes"), ("reason", "Cleaned up.")];
    let question = fixture.post(list, &archive).await.expect_status(200).text();
    assert!(question.contains("Archive 2 affiliates?") && question.contains("value=\"Cleaned up.\""), "{question}");
    let (until, count) = (hidden(&question, "until"), hidden(&question, "count"));

    // One more than was confirmed is asked about again.
    fixture.post(&format!("/affiliates/{}/segment", ids[2]), &gold).await.expect_status(303);
    let again = fixture.post(list, &answered(&archive, &until, &count)).await.expect_status(409).text();
    assert!(again.contains("More affiliates match than before.") && again.contains("Archive 3 affiliates?"), "{again}");
    let archived = "select count(*) from affiliates where status = 'Archived'";
    assert_eq!(fixture.world.database.count(archived).await, 0);
    let (until, count) = (hidden(&again, "until"), hidden(&again, "count"));
    let to = fixture.post(list, &answered(&archive, &until, &count)).await.expect_status(303);
    let to = to.header("location").unwrap().to_owned();
    let owner: &mut Marketer = &mut fixture.owner;
    let page = owner.browser.get(&to).await.expect_status(200).text();
    assert!(page.contains("3 affiliates archived") && page.contains(">Undo<"), "{page}");
    assert_eq!(fixture.world.database.count(archived).await, 3);
    let left = fixture.world.api().get(&format!("/affiliates/{}", ids[3])).await.json();
    assert_eq!(left["status"], "Approved");
    for filter in ["segment=silver", "country=DE", "q=nobody"] {
        let none = fixture.post(&format!("/affiliates?{filter}"), &archive).await.expect_status(400).text();
        assert!(none.contains("No affiliates match these filters anymore."), "{filter}: {none}");
    }
    fixture.world.finish().await;
}
