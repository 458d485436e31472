//! Goal: data older than the retention period is deleted, and the book stays.
//! Method: periods are set by API; the ledger's clock is moved, or the rows are old; once, another part of the maintenance fails.

use serde_json::{Value, json};
use world::{
    World,
    brand::But,
    http::Request,
    wait::{self, now},
};

async fn put(world: &World, body: &Value) -> world::http::Response {
    let mut request = Request::post("/api/v1/privacy/retention", body.to_string());
    request.method = "PUT".to_owned();
    world.api().send(request).await
}

#[tokio::test]
async fn what_is_too_old_goes_and_the_book_stays() {
    let mut world = World::start().await;
    let usual = world.api().get("/privacy/retention").await.expect_status(200).json();
    assert_eq!(
        usual,
        json!({"clickDays": 400, "quarantineDays": 400, "idempotencyKeyDays": 30, "auditDays": 0, "copilotDays": 30})
    );
    let old = world.acme.click_at(&world.acme.partner, now().plus_days(-40));
    let token = world.acme.token_of(&old);
    let sale = world.acme.sale("order", 9_900).but(|report| report.click_token = Some(token));
    world.intake().accept(&[old, world.acme.click(&world.acme.partner), sale]).await;
    let refused =
        put(&world, &json!({"clickDays": 29, "quarantineDays": 30, "idempotencyKeyDays": 1, "auditDays": 365})).await;
    assert_eq!(refused.field_refusal(), (400, "validation_failed".to_owned(), "clickDays".to_owned()));
    let mut expected = json!({"clickDays": 30, "quarantineDays": 30, "idempotencyKeyDays": 1, "auditDays": 365});
    let answer = put(&world, &expected).await.expect_status(200).json();
    expected["copilotDays"] = 30.into();
    assert_eq!(answer, expected, "what is left out stays");
    let hours = world.database.count("select sum(clicks)::bigint from click_hours").await;
    world.ledger.stop();
    world.ledger.start().await;
    world.ledger.run_jobs().await;
    wait::until("the old click goes", 20, async || {
        (world.database.count("select count(*) from clicks").await == 1).then_some(())
    })
    .await;
    assert_eq!(world.database.count("select sum(clicks)::bigint from click_hours").await, hours, "figures stay");
    assert_eq!(world.database.count("select count(*) from touches").await, 1, "evidence stays");
    let ahead = Request::post("/dev/clock", json!({"advanceDays": 366}).to_string());
    ahead.header("Content-Type", "application/json").send(&world.ledger.base()).await.unwrap().expect_status(200);
    // Hours can't be recounted from deleted clicks; `audit` and `replay` don't need them.
    world::verify::check(&world.ledger).await;
}

#[tokio::test]
async fn what_is_too_old_also_goes_if_other_maintenance_fails() {
    let world = World::start().await;
    let organization = world.acme.organization.uuid();
    let old = [
        format!(
            "insert into idempotency_keys (organization_id, key, request_digest, created_at)
             values ('{organization}', 'old', sha256('x'), now() - interval '31 days')"
        ),
        format!(
            "insert into messages (organization_id, id, kind, data, created_at)
             values ('{organization}', '01890a5d-ac96-774b-bcce-b302099a8057', 'old', '{{}}', now() - interval '31 days')"
        ),
        "alter table sent_forms rename to sent_forms_away".to_owned(),
    ];
    for statement in &old {
        world.database.run(statement).await;
    }
    let left = "select (select count(*) from idempotency_keys where key = 'old')
                       + (select count(*) from messages where kind = 'old')";
    wait::until("the old records to go", 30, async || {
        world.ledger.run_jobs().await;
        (world.database.count(left).await == 0).then_some(())
    })
    .await;
    assert!(world.ledger.log().contains("sent_forms"), "the log says what failed");
    world.database.run("alter table sent_forms_away rename to sent_forms").await;
    world.finish().await;
}
