//! Goal: whatever is open for a person at once, in whatever states a crash, a throttled vendor or a retry left it, comes to
//! its end: no two ever wait for each other.
//! Method: every pair of task and state is written into the database for a person of its own, in both orders of age; then
//! the ledger works them off.

use serde_json::json;
use shared::id::{AffiliateId, CrmConnectionId, Id, Sync};
use sqlx::Connection;
use uuid::Uuid;
use world::{crm_fixture::CrmFixture, wait};

const STATES: [&str; 3] = ["Queued", "Running", "Retrying"];

fn fresh() -> Uuid {
    Id::<Sync>::v7(wait::now().millis().unsigned_abs(), &rand::random()).uuid()
}

#[tokio::test(flavor = "multi_thread")]
async fn no_two_wait_for_each_other() {
    let fixture = CrmFixture::of(&["customer-io"]).await;
    let crm = fixture.crm("customer-io");
    let connection = crm.connection.parse::<CrmConnectionId>().unwrap().uuid();
    let mut database = fixture.world.database.connect().await;
    let pairs = [("sync", "event"), ("event", "sync"), ("event", "event"), ("sync", "forget"), ("forget", "event")];
    let mut people = Vec::new();
    for (first, second) in pairs {
        for a in STATES {
            for b in STATES {
                let email = format!("{first}-{a}-{second}-{b}@creators.test").to_lowercase();
                let id = fixture.approve_once("Pair Vale", &email).await;
                people.push((id, [(first, a), (second, b)]));
            }
        }
    }
    for (id, _) in &people {
        fixture.arrive(id).await;
    }
    // At once, so that the ledger finds them as they are.
    let mut tx = database.begin().await.unwrap();
    for (id, pair) in &people {
        for (task, state) in pair {
            let event = (*task == "event").then(
                || json!({"name": "commission_earned", "id": fresh(), "at": "2026-11-20T08:30:00Z", "properties": {}}),
            );
            sqlx::query(
                "insert into crm_syncs (organization_id, id, connection_id, affiliate_id, task, reason, state, event, next_at,
                                        created_at)
                 select organization_id, $1, $2, $3, $4, 'resync', $5, $6, now(), clock_timestamp()
                 from crm_connections where id = $2",
            )
            .bind(fresh())
            .bind(connection)
            .bind(id.parse::<AffiliateId>().unwrap().uuid())
            .bind(task)
            .bind(state)
            .bind(event)
            .execute(&mut *tx)
            .await
            .unwrap();
        }
    }
    tx.commit().await.unwrap();
    wait::until("the end of all of them", 60, async || {
        let open = fixture.api().all("/syncs").await.into_iter().filter(|sync| !sync["finishedAt"].is_string()).count();
        (open == 0).then_some(())
    })
    .await;
    fixture.finish().await;
}
