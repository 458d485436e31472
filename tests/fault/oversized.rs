//! Goal: what is too large is refused before it is read, and costs no memory.
//! Method: a body above the limit, honest and with a lying length, a batch of too many items, JSON nested ten thousand
//! deep, and a compressed body; the ledger's memory is read before and after, and it still works.

use shared::batch::{BATCH_BYTES_MAX, BATCH_EVENTS_MAX};
use world::{World, brand::fresh, client::intake::Intake, http::Request, wait::now};

fn batch(items: &[String]) -> Request {
    let id = fresh::<shared::id::BatchKind>();
    Intake::signed(&id.to_string(), now(), &Intake::body(id, items))
}

/// Resident memory of the ledger in KiB, where the system tells.
fn memory(world: &World) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{}/status", world.ledger.id()?)).ok()?;
    status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?.split_whitespace().next()?.parse().ok()
}

#[tokio::test]
async fn a_body_above_the_limit() {
    let world = World::start().await;
    let before = memory(&world);
    let huge = vec![format!("\"{}\"", "x".repeat(4 * BATCH_BYTES_MAX))];
    for _ in 0..4 {
        let response = world.intake().send(&batch(&huge)).await.unwrap();
        assert_eq!(response.status, 413, "{}", response.text());
    }
    if let (Some(before), Some(after)) = (before, memory(&world)) {
        assert!(after < before + 96 * 1024, "memory grew from {before} to {after} KiB");
    }
    world.intake().accept(&[world.acme.click(&world.acme.partner)]).await;
    world.finish().await;
}

#[tokio::test]
async fn a_hundred_thousand_items() {
    let world = World::shared().await;
    let items = vec!["7".to_owned(); 100_000];
    let response = world.intake().send(&batch(&items)).await.unwrap();
    assert_eq!(response.refusal(), (413, "batch_too_large".to_owned()));
    let most: Vec<String> =
        (0..BATCH_EVENTS_MAX).map(|_| serde_json::to_string(&world.acme.click(&world.acme.partner)).unwrap()).collect();
    let verdicts = world.intake().post_raw(&most).await;
    assert!(verdicts.verdicts.iter().all(|item| item.kept));
    assert_eq!(world.database.count("select count(*) from clicks").await, i64::try_from(BATCH_EVENTS_MAX).unwrap());
    world.finish().await;
}

#[tokio::test]
async fn nested_ten_thousand_deep() {
    let world = World::shared().await;
    let deep = format!("{}{}", "[".repeat(10_000), "]".repeat(10_000));
    let in_metadata = serde_json::to_string(&world.acme.sale("deep", 1)).unwrap().replacen(
        "\"amountCents\"",
        &format!("\"metadata\":{{\"a\":{deep}}},\"amountCents\""),
        1,
    );
    for items in [vec![deep], vec![in_metadata]] {
        let response = world.intake().send(&batch(&items)).await.unwrap();
        // Either no batch at all, or an item that is refused: never a crash.
        assert!(matches!(response.status, 200 | 400), "{} {}", response.status, response.text());
    }
    world.intake().accept(&[world.acme.sale("shallow", 1)]).await;
    world.finish().await;
}

#[tokio::test]
async fn compressed_bodies_are_not_inflated() {
    let world = World::shared().await;
    let request = batch(&[]).header("Content-Encoding", "gzip");
    let response = world.intake().send(&request).await.unwrap();
    // The header changes nothing: the bytes are read as they are, so a bomb stays as small as it came.
    assert!(matches!(response.status, 200 | 400 | 415), "{}", response.status);
    world.finish().await;
}

#[tokio::test]
async fn what_is_no_batch() {
    let world = World::shared().await;
    let id = fresh::<shared::id::BatchKind>().to_string();
    for (body, code) in [
        ("", "malformed_json"),
        ("{", "malformed_json"),
        ("[]", "malformed_json"),
        (r#"{"id":"x","events":[]}"#, "malformed_json"),
        (r#"{"events":[]}"#, "malformed_json"),
    ] {
        let response = world.intake().send(&Intake::signed(&id, now(), body)).await.unwrap();
        assert_eq!(response.refusal(), (400, code.to_owned()), "{body}");
    }
    // Signed for one batch, but naming another.
    let other = Intake::body(fresh(), &[]);
    let response = world.intake().send(&Intake::signed(&id, now(), &other)).await.unwrap();
    assert_eq!(response.field_refusal(), (400, "validation_failed".to_owned(), "id".to_owned()));
    world.finish().await;
}
