//! Goal: a form or list with more rows than one request may have is refused with a clear message, and nothing of it is
//! done.
//! Method: one more than the maximum, by the pages' forms and by API; then exactly the maximum.

use serde_json::{Value, json};
use world::{World, client::dashboard::Marketer};

/// As `dashboard::bulk` and `affiliate::invite` have them.
const TICKED_MAX: usize = 100;

const INVITED_MAX: usize = 500;

/// Ids that name nobody.
fn others(kind: &str, count: usize) -> Vec<String> {
    (0..count).map(|number| format!("{kind}_{number:026}")).collect()
}

async fn tick(owner: &mut Marketer, (path, organization): (&str, &str), what: &str, ids: &[String]) -> (u16, String) {
    let mut fields = vec![("organization", organization), ("what", what), ("reason", "All at once.")];
    fields.extend(ids.iter().map(|id| ("ids", id.as_str())));
    let answer = owner.submit(path, &fields).await;
    (answer.status, answer.text())
}

#[tokio::test]
async fn too_many_at_once_is_nothing_done() {
    let world = World::shared().await;
    let (api, organization) = (world.api(), world.acme.organization.to_string());
    let mut owner = Marketer::new(&world.ledger.base());
    owner.sign_in(&world.demo["owner"]).await.expect_status(303);
    let body = json!({"name": "Ann", "email": "ann@apply.test", "status": "Pending"});
    let ann = api.post("/affiliates", &body).await.expect_status(201).json()["id"].as_str().unwrap().to_owned();
    let logged = "select count(*) from audit_log";
    let before = world.database.count(logged).await;
    let message = "Nothing was changed. Select at most 100 at a time.";

    let mut ids = vec![ann.clone()];
    ids.extend(others("aff", TICKED_MAX));
    let affiliates = ("/dashboard/affiliates", organization.as_str());
    for what in ["approve", "reject", "segment", "archive"] {
        let (status, page) = tick(&mut owner, affiliates, what, &ids).await;
        assert!(status == 400 && page.contains(message), "{what}: {status} {page}");
    }
    let commissions = ("/dashboard/commissions", organization.as_str());
    let (status, page) = tick(&mut owner, commissions, "deny", &others("com", TICKED_MAX + 1)).await;
    assert!(status == 400 && page.contains(message), "{status} {page}");
    assert_eq!(api.get(&format!("/affiliates/{ann}")).await.json()["status"], "Pending");

    let people = |count: usize| (0..count).map(|number| format!("p{number}@many.test"));
    let list = people(INVITED_MAX + 1).collect::<Vec<_>>().join("\n");
    let program = world.acme.program.to_string();
    for step in ["preview", "send"] {
        let fields = [
            ("organization", organization.as_str()),
            ("program", &program),
            ("destination", "https://acme.test/"),
            ("list", &list),
            ("step", step),
        ];
        let page = owner.submit("/dashboard/recruit", &fields).await.expect_status(400).text();
        assert!(page.contains("Invite at most 500 people at a time"), "{step}: {page}");
    }
    let rows: Vec<Value> = people(INVITED_MAX + 1).map(|email| json!({"email": email})).collect();
    let body = json!({"programId": program, "affiliates": rows});
    assert_eq!(api.post("/affiliates/bulk-invite", &body).await.field_refusal().2, "affiliates");
    let invited = "select count(*) from affiliates where email like '%@many.test'";
    assert_eq!(world.database.count(invited).await, 0);
    assert_eq!(world.database.count_emails("recipient like '%@many.test'").await, 0);
    assert_eq!(world.database.count(logged).await, before, "nothing was done that the log would have");

    ids.pop();
    let (status, page) = tick(&mut owner, affiliates, "approve", &ids).await;
    assert!(status == 200 && page.contains("Approved 1.") && page.contains("99 skipped"), "{status} {page}");
    assert_eq!(api.get(&format!("/affiliates/{ann}")).await.json()["status"], "Approved");
    world.finish().await;
}
