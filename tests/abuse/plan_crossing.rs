//! Goal: with bodies that would be fine for one's own things, nobody touches another organization's programs, plans,
//! affiliates or coupons: 404 as if they weren't there, and nothing written.
//! Method: each call by the first organization with the second's ids in path and body; the tables counted before and after.

use serde_json::{Value, json};
use world::{World, http::Request};

async fn rows(world: &World) -> Vec<i64> {
    let mut counts = Vec::new();
    for table in
        ["programs", "program_policies", "plan_versions", "affiliates", "affiliate_segments", "links", "coupons"]
    {
        counts.push(world.database.count(&format!("select count(*) from {table}")).await);
    }
    counts
}

#[tokio::test]
async fn by_path_and_by_body() {
    let world = World::shared().await;
    let (mine, theirs) = (&world.acme, &world.globex);
    let (my_program, program) = (mine.program.to_string(), theirs.program.to_string());
    let (my_affiliate, affiliate) = (mine.partner.affiliate.to_string(), theirs.partner.affiliate.to_string());
    let components = json!([{"type": "percentage", "ratePercent": "99"}]);
    let override_of_theirs = json!({"components": components, "scope": {"affiliateId": affiliate}});
    let coupon =
        |program: &str, affiliate: &str| json!({"programId": program, "affiliateId": affiliate, "code": "CROSS"});
    let before = rows(&world).await;
    let calls: [(&str, String, Value, &str); 10] = [
        ("PATCH", format!("/programs/{program}"), json!({"name": "Mine now"}), ""),
        ("GET", format!("/programs/{program}/plans"), Value::Null, ""),
        ("POST", format!("/programs/{program}/plans"), json!({"components": components}), ""),
        ("POST", format!("/programs/{my_program}/plans"), override_of_theirs.clone(), "scope.affiliateId"),
        ("POST", format!("/programs/{program}/plans/simulate"), json!({"components": components}), ""),
        ("POST", format!("/programs/{my_program}/plans/simulate"), override_of_theirs, "scope.affiliateId"),
        ("PUT", format!("/affiliates/{affiliate}/segment"), json!({"segment": "gold"}), ""),
        ("POST", "/coupons".to_owned(), coupon(&program, &my_affiliate), "programId"),
        ("POST", "/coupons".to_owned(), coupon(&my_program, &affiliate), "affiliateId"),
        (
            "POST",
            "/affiliates".to_owned(),
            json!({"name": "N", "email": "n@creators.test", "programId": program, "destination": "https://a.test"}),
            "programId",
        ),
    ];
    for (method, path, body, field) in calls {
        let mut request = Request::get(&format!("/api/v1{path}"));
        if method != "GET" {
            request = Request { method: method.to_owned(), ..Request::post(&request.target, body.to_string()) };
        }
        let refused = world.api().send(request).await;
        assert_eq!(refused.field_refusal(), (404, "not_found".to_owned(), field.to_owned()), "{method} {path} {body}");
    }
    // A condition that names another's affiliate says nothing about them, and holds for nobody.
    let condition = json!([{"type": "percentage", "ratePercent": "99", "when": {"affiliates": [affiliate]}}]);
    world
        .api()
        .post(&format!("/programs/{my_program}/plans"), &json!({"components": condition}))
        .await
        .expect_status(201);
    let mut expected = before;
    expected[2] += 1;
    assert_eq!(rows(&world).await, expected);
    // What one has doesn't stand in the other's way.
    let taken = json!({"name": "Twin", "email": "twin@creators.test", "slug": "twin"});
    for api in [world.api(), world.other_api()] {
        api.post("/affiliates", &taken).await.expect_status(201);
        let program = json!({"name": "Twin", "slug": "twin", "components": components});
        api.post("/programs", &program).await.expect_status(201);
    }
    world.finish().await;
}

#[tokio::test]
async fn a_key_that_may_only_read_changes_nothing() {
    let world = World::shared().await;
    world.database.run("update api_keys set scope = 'read'").await;
    let (program, affiliate) = (world.acme.program, world.acme.partner.affiliate);
    let before = rows(&world).await;
    for (method, path) in [
        ("POST", "/programs".to_owned()),
        ("PATCH", format!("/programs/{program}")),
        ("POST", format!("/programs/{program}/plans")),
        ("POST", format!("/programs/{program}/plans/simulate")),
        ("POST", "/affiliates".to_owned()),
        ("PUT", format!("/affiliates/{affiliate}/segment")),
        ("POST", "/coupons".to_owned()),
    ] {
        let request = Request { method: method.to_owned(), ..Request::post(&format!("/api/v1{path}"), "{}") };
        assert_eq!(world.api().send(request).await.refusal(), (403, "forbidden".to_owned()), "{method} {path}");
    }
    world.api().get(&format!("/programs/{program}/plans")).await.expect_status(200);
    assert_eq!(rows(&world).await, before);
    world.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_write_however_often_it_is_sent() {
    let world = World::shared().await;
    let (program, affiliate) = (world.acme.program.to_string(), world.acme.partner.affiliate.to_string());
    let components = json!([{"type": "percentage", "ratePercent": "30"}]);
    let before = rows(&world).await;
    for (index, (path, body)) in [
        ("/programs".to_owned(), json!({"name": "Once", "components": components})),
        (format!("/programs/{program}/plans"), json!({"components": components})),
        ("/affiliates".to_owned(), json!({"name": "Once", "email": "once@creators.test"})),
        ("/coupons".to_owned(), json!({"programId": program, "affiliateId": affiliate, "code": "ONCE"})),
    ]
    .into_iter()
    .enumerate()
    {
        let mut answers = Vec::new();
        for _ in 0..3 {
            let request = Request::post(&format!("/api/v1{path}"), body.to_string());
            let sent = world.api().send(request.header("Idempotency-Key", &format!("once-{index}"))).await;
            answers.push(sent.expect_status(201).json());
        }
        assert!(answers[0] == answers[1] && answers[1] == answers[2], "{path}");
    }
    let after: Vec<i64> = before.iter().zip([1, 1, 2, 1, 0, 0, 1]).map(|(count, more)| count + more).collect();
    assert_eq!(rows(&world).await, after);
    // Ten at once with one code and no key: one coupon.
    let body = json!({"programId": program, "affiliateId": affiliate, "code": "RACE", "externalId": "promo_race"});
    let posts: Vec<_> = (0..10)
        .map(|_| {
            let (api, body) = (world.api(), body.clone());
            tokio::spawn(async move { api.post("/coupons", &body).await.status })
        })
        .collect();
    let mut made = 0;
    for post in posts {
        let status = post.await.unwrap();
        assert!(matches!(status, 201 | 409), "{status}");
        made += u16::from(status == 201);
    }
    assert_eq!(made, 1);
    world.finish().await;
}
