//! Goal: nobody decides about another organization's money: every call with another's id answers 404, as if there were
//! nothing, and changes nothing; nor does a key that may only read.
//! Method: good bodies with another's ids in path and body, against a copy of the other's figures before and after.

use serde_json::{Value, json};
use world::{World, brand::But, client::api::Api, http::Request};

struct Scene {
    world: World,
    conversion: String,
    commission: String,
    customer: String,
}

/// Something of the second organization's to reach for.
async fn scene() -> Scene {
    let world = World::shared().await;
    let slug = world.globex.partner.slug.clone();
    let sale = world.globex.sale("theirs", 9_900).but(|report| {
        report.affiliate_slug = Some(slug);
        report.customer_id = Some("their-buyer".to_owned());
    });
    world.intake().accept(&[sale]).await;
    let (conversion, commissions) = world.other_api().booked("theirs").await.unwrap();
    let text = |value: &Value| value["id"].as_str().unwrap().to_owned();
    let (conversion, commission) = (text(&conversion), text(&commissions[0]));
    let customer = world.database.texts("select id::text from customers").await.remove(0).remove(0);
    let customer = shared::id::CustomerId::new(customer.parse().unwrap()).to_string();
    Scene { world, conversion, commission, customer }
}

async fn figures(world: &World) -> (Vec<Value>, Vec<Value>, Value, Vec<Value>) {
    let api = world.other_api();
    let balances = api.get("/balances").await.json();
    (api.all("/conversions").await, api.all("/commissions").await, balances, api.all("/decisions").await)
}

#[tokio::test]
async fn by_path() {
    let Scene { world, conversion, commission, customer } = scene().await;
    let (mine, theirs) = (&world.acme, &world.globex);
    let before = figures(&world).await;
    let why = json!({"reason": "why not"});
    let to_me = json!({"affiliateId": mine.partner.affiliate.to_string(), "programId": mine.program.to_string(), "reason": "mine"});
    let gift = json!({"programId": mine.program.to_string(), "amountCents": 100, "currency": "USD", "reason": "x"});
    let affiliate = theirs.partner.affiliate;
    for (path, body) in [
        (format!("/conversions/{conversion}/reattribute"), &to_me),
        (format!("/conversions/{conversion}/review"), &json!({"decision": "Deny", "reason": "x"})),
        (format!("/conversions/{conversion}/refund"), &why),
        (format!("/commissions/{commission}/deny"), &why),
        (format!("/commissions/{commission}/approve"), &why),
        (format!("/commissions/{commission}/release"), &why),
        (format!("/affiliates/{affiliate}/release"), &why),
        (format!("/affiliates/{affiliate}/bonuses"), &gift),
        (format!("/affiliates/{affiliate}/adjustments"), &gift),
        (format!("/customers/{customer}/release"), &why),
        ("/customers/their-buyer/release".to_owned(), &why),
    ] {
        assert_eq!(world.api().post(&path, body).await.refusal(), (404, "not_found".to_owned()), "{path}");
    }
    for path in [
        format!("/commissions/{commission}/explain"),
        format!("/affiliates/{affiliate}/balances"),
        format!("/affiliates/{affiliate}/statement?currency=USD"),
    ] {
        assert_eq!(world.api().get(&path).await.refusal(), (404, "not_found".to_owned()), "{path}");
        world.other_api().get(&path).await.expect_status(200);
    }
    assert_eq!(world.api().all(&format!("/decisions?conversionId={conversion}")).await, Vec::<Value>::new());
    assert_eq!(world.api().all(&format!("/payouts?affiliateId={affiliate}")).await, Vec::<Value>::new());
    assert_eq!(world.api().get("/balances").await.json(), json!({"data": []}));
    assert_eq!(figures(&world).await, before);
    world.finish().await;
}

#[tokio::test]
async fn by_body() {
    let Scene { world, .. } = scene().await;
    let slug = world.acme.partner.slug.clone();
    world.intake().accept(&[world.acme.sale("mine", 9_900).but(|report| report.affiliate_slug = Some(slug))]).await;
    let (conversion, _) = world.api().booked("mine").await.unwrap();
    let reattribute = format!("/conversions/{}/reattribute", conversion["id"].as_str().unwrap());
    let (mine, theirs) = (&world.acme, &world.globex);
    let before = figures(&world).await;
    let credit =
        |affiliate: String, program: String| json!({"affiliateId": affiliate, "programId": program, "reason": "x"});
    let bonuses = format!("/affiliates/{}/bonuses", mine.partner.affiliate);
    for (path, body, field) in [
        (&reattribute, credit(theirs.partner.affiliate.to_string(), mine.program.to_string()), "affiliateId"),
        (&reattribute, credit(mine.partner.affiliate.to_string(), theirs.program.to_string()), "programId"),
        (
            &bonuses,
            json!({"programId": theirs.program.to_string(), "amountCents": 1, "currency": "USD", "reason": "x"}),
            "programId",
        ),
        (
            &"/payouts".to_owned(),
            json!({"affiliateId": theirs.partner.affiliate.to_string(), "currency": "USD"}),
            "affiliateId",
        ),
    ] {
        let refused = world.api().post(path, &body).await;
        assert_eq!(refused.field_refusal(), (404, "not_found".to_owned(), field.to_owned()), "{path} {body}");
    }
    assert_eq!(figures(&world).await, before);
    assert_eq!(world.api().all("/decisions").await, Vec::<Value>::new());
    world.finish().await;
}

#[tokio::test]
async fn a_key_that_may_only_read_decides_nothing() {
    let Scene { world, conversion, commission, .. } = scene().await;
    world.database.run("update api_keys set scope = 'read'").await;
    let api = Api::new(world.ledger.base(), &world.globex.api_key);
    let why = json!({"reason": "x"});
    let affiliate = world.globex.partner.affiliate;
    for path in [
        format!("/conversions/{conversion}/reattribute"),
        format!("/conversions/{conversion}/refund"),
        format!("/commissions/{commission}/deny"),
        format!("/affiliates/{affiliate}/release"),
        "/payouts".to_owned(),
        "/exchange-rates".to_owned(),
    ] {
        assert_eq!(api.post(&path, &why).await.refusal(), (403, "forbidden".to_owned()), "{path}");
    }
    let put = Request { method: "PUT".to_owned(), ..Request::post("/api/v1/home-currency", "{\"currency\":\"EUR\"}") };
    assert_eq!(api.send(put).await.refusal(), (403, "forbidden".to_owned()));
    api.get(&format!("/commissions/{commission}/explain")).await.expect_status(200);
    world.finish().await;
}
