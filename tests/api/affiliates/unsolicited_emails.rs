//! Goal: emails to people who asked for none follow one set of rules: who opted out gets none, each email has a way to
//! opt out, and a brand sends a limited number a day.
//! Method: a ledger that allows three; people are invited, created and approved by API and from a file.

use serde_json::{Value, json};
use world::{
    Plan, World,
    client::mailbox::{read_email, read_emails},
    http::Request,
    wait,
};

async fn enter(world: &World, name: &str, email: &str) -> String {
    let pending = json!({"name": name, "email": email, "status": "Pending"});
    world.api().post("/affiliates", &pending).await.expect_status(201).json()["id"].as_str().unwrap().to_owned()
}

async fn imported(world: &World, email: &str) -> Value {
    let file = json!({
        "kind": "Affiliates", "source": "Csv", "programId": world.acme.program.to_string(), "tellAffiliates": true,
        "destination": "https://acme.test/pricing", "csv": format!("name,email\nCara Import,{email}\n"),
    });
    let made = world.api().post("/imports", &file).await.expect_status(201).json();
    let path = format!("/imports/{}", made["id"].as_str().unwrap());
    world.api().post(&format!("{path}/start"), &json!({})).await.expect_status(202);
    wait::until("the import to end", 20, async || {
        let import = world.api().get(&path).await.json();
        (import["state"] == "Done").then_some(())
    })
    .await;
    world.api().all(&format!("{path}/rows")).await.remove(0)
}

#[tokio::test(flavor = "multi_thread")]
async fn so_many_a_day_and_none_to_who_wants_none() {
    let plan = Plan::default().ledger_setting("REKOMI_UNSOLICITED_EMAILS_PER_DAY", "3");
    let world = plan.start().await;
    let base = world.ledger.base();
    let ann = enter(&world, "Ann", "ann@new.test").await;
    let rejected = enter(&world, "Rex", "rex@new.test").await;
    let approve = format!("/affiliates/{ann}/approve");
    world.api().post(&approve, &json!({})).await.expect_status(200);
    let welcome = read_email(&base, "ann@new.test", "application_approved").await;
    let out = welcome["unsubscribe"].as_str().unwrap().strip_prefix(&base).unwrap().to_owned();
    let click = Request::post(&out, "List-Unsubscribe=One-Click");
    click.header("Content-Type", "application/x-www-form-urlencoded").send(&base).await.unwrap().expect_status(200);

    // Another spelling of the address is the same person: they are decided about and get no email.
    let again = enter(&world, "Ann Again", "ann+2@new.test").await;
    world.api().post(&format!("/affiliates/{again}/approve"), &json!({})).await.expect_status(200);
    assert!(read_emails(&base, "ann+2@new.test").await.is_empty());
    let audit = world.api().all(&format!("/audit-log?target={again}&action=affiliate.approved")).await;
    assert_eq!(audit[0]["after"]["notify"], false, "{audit:?}");
    let row = imported(&world, "ann+3@new.test").await;
    assert!(row.to_string().contains("didn't email them"), "{row}");
    assert!(read_emails(&base, "ann+3@new.test").await.is_empty());

    // The second and the third email are sent, a fourth isn't.
    assert!(!imported(&world, "cara@new.test").await.to_string().contains("didn't email them"));
    let body = json!({"programId": world.acme.program.to_string(),
                      "affiliates": [{"email": "dan@new.test"}, {"email": "eve@new.test"}]});
    let result = world.api().post("/affiliates/bulk-invite", &body).await.expect_status(200).json();
    assert_eq!((&result["invited"], &result["rows"][1]["reason"]), (&json!(1), &json!("too_many_letters")), "{result}");
    let refused = world.api().post(&format!("/affiliates/{rejected}/reject"), &json!({})).await;
    assert_eq!(
        (refused.refusal(), refused.header("Retry-After")),
        ((429, "too_many_letters".to_owned()), Some("3600"))
    );
    world.api().post(&format!("/affiliates/{rejected}/reject"), &json!({"notify": false})).await.expect_status(200);
    let mut call = json!({"email": "fay@new.test", "programId": world.acme.program.to_string()});
    let refused = world.api().post("/automations/invite", &call).await;
    assert_eq!(
        (refused.refusal(), refused.header("Retry-After")),
        ((429, "too_many_letters".to_owned()), Some("3600"))
    );
    call["notify"] = json!(false);
    let invited = world.api().post("/automations/invite", &call).await.expect_status(200).json();
    assert_eq!(invited["result"], "invited", "{invited}");
    for unwritten in ["eve@new.test", "fay@new.test", "rex@new.test"] {
        assert!(read_emails(&base, unwritten).await.is_empty(), "{unwritten}");
    }
    // Another brand has its own limit.
    let body = json!({"programId": world.globex.program.to_string(), "affiliates": [{"email": "eve@new.test"}]});
    let result = world.other_api().post("/affiliates/bulk-invite", &body).await.expect_status(200).json();
    assert_eq!(result["invited"], 1, "{result}");
    world.finish().await;
}

/// An erasure deletes the email, and what was sent still counts.
#[tokio::test(flavor = "multi_thread")]
async fn erasing_people_allows_no_further_emails() {
    let plan = Plan::default().ledger_setting("REKOMI_UNSOLICITED_EMAILS_PER_DAY", "1");
    let world = plan.start().await;
    let (base, api) = (world.ledger.base(), world.api());
    let invite = async |email: &str| {
        let body = json!({"programId": world.acme.program.to_string(), "affiliates": [{"email": email}]});
        api.post("/affiliates/bulk-invite", &body).await.expect_status(200).json()
    };
    assert_eq!(invite("quxworth@new.test").await["invited"], 1);
    read_email(&base, "quxworth@new.test", "application_approved").await;
    let affiliate = api.all("/affiliates?email=quxworth@new.test").await.remove(0);
    let erase = format!("/affiliates/{}/erase", affiliate["id"].as_str().unwrap());
    api.post(&erase, &json!({"reason": "They asked for it"})).await.expect_status(200);
    assert!(!world.database.all_emails().await.concat().contains("quxworth"));
    let refused = invite("dan@new.test").await;
    assert_eq!(
        (&refused["invited"], &refused["rows"][0]["reason"]),
        (&json!(0), &json!("too_many_letters")),
        "{refused}"
    );
    world.finish().await;
}
