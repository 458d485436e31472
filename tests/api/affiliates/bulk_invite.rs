//! Goal: a list of affiliates is invited in one request: each gets a link and an email or is skipped with a reason, and
//! a repeated request does nothing twice.
//! Method: one list has good, known, duplicate and broken rows; the mailbox is read; the same request is sent again;
//! another has too many rows.

use serde_json::{Value, json};
use world::{World, http::Request};

async fn emails(world: &World, to: &str) -> usize {
    let mailbox = Request::get(&format!("/dev/mailbox?to={to}")).send(&world.ledger.base()).await.unwrap().json();
    mailbox["data"].as_array().unwrap().len()
}

#[tokio::test]
async fn row_by_row() {
    let world = World::shared().await;
    let api = world.api();
    let [ada, ben, lauren] = ["ada", "ben", "lauren"].map(|name| world.own(&format!("{name}@creators.test")));
    let body = json!({
        "programId": world.acme.program.to_string(),
        "destination": "https://acme.test/pricing",
        "affiliates": [
            {"email": ada.to_uppercase(), "name": "Ada Moss", "slug": "ada"},
            {"email": ben},
            {"email": lauren, "name": "An earlier affiliate"},
            {"email": ada},
            {"email": "no address"},
            {"email": "cleo@creators.test", "slug": "lauren"},
        ],
    });
    let send = || {
        let request = Request::post("/api/v1/affiliates/bulk-invite", body.to_string());
        api.send(request.header("Idempotency-Key", "list-1"))
    };
    let answer = send().await.expect_status(200);
    let result = answer.json();
    assert_eq!((result["invited"].as_i64(), result["skipped"].as_i64()), (Some(2), Some(4)), "{result}");
    let reasons: Vec<&str> =
        result["rows"].as_array().unwrap().iter().map(|row| row["reason"].as_str().unwrap_or("-")).collect();
    assert_eq!(reasons, ["-", "-", "affiliate_exists", "duplicate", "validation_failed", "slug_taken"]);
    assert!(result["rows"][0]["link"].as_str().unwrap().ends_with("/ada"), "{result}");
    assert_eq!(result["rows"][2]["affiliateId"], json!(world.acme.partner.affiliate.to_string()));
    let again = send().await.expect_status(200);
    assert_eq!(again.header("idempotency-replayed"), Some("true"));
    assert_eq!(again.json(), result);
    assert_eq!((emails(&world, &ada).await, emails(&world, &ben).await, emails(&world, &lauren).await), (1, 1, 0));
    let approved = api.all("/affiliates?status=Approved").await;
    assert!(approved.iter().any(|row| row["email"] == ben && row["name"] == world.own("ben")), "{approved:?}");
    // The same list under a new key finds everybody there.
    let result = api.post("/affiliates/bulk-invite", &body).await.expect_status(200).json();
    assert_eq!(result["invited"], 0, "{result}");
    let many: Vec<Value> = (0..501).map(|number| json!({"email": format!("{number}@creators.test")})).collect();
    for rows in [json!([]), json!(many)] {
        let body = json!({"programId": world.acme.program.to_string(), "affiliates": rows});
        assert_eq!(api.post("/affiliates/bulk-invite", &body).await.field_refusal().2, "affiliates");
    }
    let theirs = json!({"programId": world.globex.program.to_string(), "affiliates": [{"email": "x@creators.test"}]});
    assert_eq!(api.post("/affiliates/bulk-invite", &theirs).await.status, 404);
    world.finish().await;
}
