//! Goal: what a CRM's webhook action requests happens once, however it is written and however often it arrives, and a
//! refusal for one person never stops the automation.
//! Method: invitations, segments, rate bumps and releases in the forms in which CRMs send them, several at a time; then
//! plans, emails, the audit log and the book are read.

mod forms;
mod guide;
mod repeated;
mod scheduled;
mod syncs;

use serde_json::{Value, json};
use world::{
    World,
    brand::But,
    client::{api::Api, mailbox::read_emails},
    http::{Request, Response},
};

/// Sends the same request several times in parallel and returns all answers.
async fn at_once(api: &Api, path: &str, body: &Value) -> Vec<Response> {
    let calls = (0..6).map(|_| api.post(path, body));
    futures_util::future::join_all(calls).await
}

/// How many answers have that `result`.
fn results(answers: &[Response], result: &str) -> usize {
    answers.iter().filter(|answer| answer.status == 200 && answer.json()["result"] == result).count()
}

async fn audited(api: &Api, action: &str) -> usize {
    api.all(&format!("/audit-log?action={action}")).await.len()
}

/// The affiliate's own versions, the latest first.
async fn own_plans(api: &Api, program: &str, affiliate: &str) -> Vec<Value> {
    let mut plans = api.all(&format!("/programs/{program}/plans")).await;
    plans.retain(|plan| plan["scope"]["affiliateId"] == affiliate);
    plans
}

#[tokio::test]
async fn somebody_is_invited_once_with_a_bounty() {
    let world = World::shared().await;
    let (api, program) = (world.api(), world.acme.program.to_string());
    let ada = world.own("ada@creators.test");
    let body = json!({
        "email": format!(" {} ", ada.to_uppercase()), "firstName": "Ada", "lastName": "Moss", "programId": program,
        "destination": "https://acme.test/pricing", "firstConversionBounty": {"amountCents": "5000", "currency": "usd"},
        "list": [1, 2], "customField": {"deep": null},
    });
    let answers = at_once(&api, "/automations/invite", &body).await;
    assert_eq!((results(&answers, "invited"), results(&answers, "already")), (1, 5), "{}", answers[0].text());
    let answer = answers.iter().map(Response::json).find(|answer| answer["result"] == "invited").unwrap();
    let id = answer["affiliateId"].as_str().unwrap().to_owned();
    assert_eq!(
        (answer["affiliate"]["email"].as_str(), answer["affiliate"]["name"].as_str()),
        (Some(ada.as_str()), Some("Ada Moss"))
    );
    assert!(answer["link"].as_str().unwrap().ends_with("/ada-moss"), "{answer}");
    let already = answers.iter().map(Response::json).find(|answer| answer["result"] == "already").unwrap();
    assert_eq!((&already["affiliate"], &already["link"]), (&answer["affiliate"], &answer["link"]));
    assert_eq!(read_emails(&world.ledger.base(), &ada).await.len(), 1);
    assert_eq!(audited(&api, "affiliate.created").await, 1);
    assert!(api.all(&format!("/consents?affiliateId={id}")).await.is_empty(), "inviting is not accepting");

    // A larger bounty in a repeated invitation doesn't change the first one.
    let mut larger = body.clone();
    larger["firstConversionBounty"]["amountCents"] = json!(9_000);
    assert_eq!(api.post("/automations/invite", &larger).await.json()["result"], "already");
    let plans = own_plans(&api, &program, &id).await;
    assert_eq!(plans.len(), 1, "{plans:?}");
    assert_eq!(plans[0]["id"], answer["planId"]);
    let types: Vec<&Value> = plans[0]["components"].as_array().unwrap().iter().map(|one| &one["type"]).collect();
    assert_eq!(types, ["first_conversion", "percentage"]);

    // 20% of 100.00 and the bounty, then 20%.
    let sale = |id: &str| {
        world.acme.sale(id, 10_000).but(|report| {
            report.affiliate_slug = Some("ada-moss".to_owned());
            report.customer_id = Some("buyer".to_owned());
        })
    };
    world.intake().accept(&[sale("first")]).await;
    world.intake().accept(&[sale("second")]).await;
    let mut sums = Vec::new();
    for id in ["first", "second"] {
        let (_, commissions) = api.booked(id).await.unwrap();
        sums.push(commissions.iter().map(|row| row["amountCents"].as_i64().unwrap()).sum::<i64>());
    }
    assert_eq!(sums, [7_000, 2_000]);
    world.check().await;
    world.finish().await;
}

#[tokio::test]
async fn who_may_not_be_invited_is_passed_over() {
    let world = World::shared().await;
    let (api, program) = (world.api(), world.acme.program.to_string());
    let invite = async |email: &str, notify: bool| {
        let body = json!({"email": email, "programId": program, "notify": notify});
        api.post("/automations/invite", &body).await.expect_status(200).json()
    };
    // An invitation approves neither an applicant nor a banned affiliate.
    let applied = json!({"name": "Ben", "email": "ben@creators.test", "status": "Pending"});
    api.post("/affiliates", &applied).await.expect_status(201);
    let answer = invite("ben@creators.test", true).await;
    assert_eq!((&answer["result"], &answer["affiliate"]["status"]), (&json!("already"), &json!("Pending")));
    // A customer who opted out of emails gets no invitation; without an email it doesn't matter.
    world
        .intake()
        .accept(&[world.acme.sale("o-1", 1_000).but(|report| {
            report.customer_id = Some("cleo".to_owned());
            report.customer_email = Some("cleo@buyers.test".to_owned());
        })])
        .await;
    let customer = api.all("/customers?customerId=cleo").await.remove(0)["id"].clone();
    for granted in [true, false] {
        let consent = json!({"customerId": customer, "kind": "marketing_email", "granted": granted});
        api.post("/consents", &consent).await.expect_status(201);
    }
    let answer = invite("Cleo@buyers.test", true).await;
    assert_eq!((&answer["result"], &answer["reason"]), (&json!("skipped"), &json!("opted_out")));
    let rows = json!({"programId": program, "affiliates": [{"email": "cleo@buyers.test"}]});
    let listed = api.post("/affiliates/bulk-invite", &rows).await.expect_status(200).json();
    assert_eq!(listed["rows"][0]["reason"], "opted_out", "{listed}");
    assert_eq!(invite("cleo@buyers.test", false).await["result"], "invited");
    assert!(read_emails(&world.ledger.base(), "cleo@buyers.test").await.is_empty());
    // An address with a +tag is another person.
    assert_eq!(invite("ben+two@creators.test", false).await["result"], "invited");
    for (email, reason) in [("", "email_missing"), ("%EMAIL%", "email_invalid")] {
        let answer = invite(email, true).await;
        assert_eq!((&answer["result"], &answer["reason"]), (&json!("skipped"), &json!(reason)));
    }
    world.finish().await;
}

#[tokio::test]
async fn a_refused_mailbox_is_not_invited_under_another_spelling() {
    let world = World::shared().await;
    let (api, program) = (world.api(), world.acme.program.to_string());
    let create = async |email: &str, status: &str| {
        let new = json!({"name": "Bad", "email": email, "status": status});
        let made = api.post("/affiliates", &new).await.expect_status(201).json();
        format!("/affiliates/{}", made["id"].as_str().unwrap())
    };
    let banned = create("b.ad+1@gmail.com", "Approved").await;
    api.patch(&banned, &json!({"status": "Banned", "reason": "Spam"})).await.expect_status(200);
    let rejected = create("no.thanks@proton.me", "Pending").await;
    api.post(&format!("{rejected}/reject"), &json!({"reason": "Spam"})).await.expect_status(200);
    for (path, status, exact, spelling) in [
        (banned, "Banned", "b.ad+1@gmail.com", "bad@googlemail.com"),
        (rejected, "Rejected", "no.thanks@proton.me", "nothanks@protonmail.com"),
    ] {
        for email in [exact, spelling] {
            let body = json!({"email": email, "programId": program, "destination": "https://acme.test/"});
            let answer = api.post("/automations/invite", &body).await.expect_status(200).json();
            assert_eq!((&answer["result"], &answer["affiliate"]["status"]), (&json!("already"), &json!(status)));
            assert!(path.ends_with(answer["affiliateId"].as_str().unwrap()), "{email}: {answer}");
        }
        assert!(api.all(&format!("/affiliates?email={spelling}")).await.is_empty());
    }
    world.finish().await;
}

#[tokio::test]
async fn a_list_may_promise_bounties_row_by_row() {
    let world = World::shared().await;
    let (api, program) = (world.api(), world.acme.program.to_string());
    let bounty = |cents: i64| json!({"amountCents": cents, "currency": "USD"});
    let body = json!({"programId": program, "affiliates": [
        {"email": "ada@creators.test", "firstConversionBounty": bounty(5_000)},
        {"email": "ben@creators.test"},
        {"email": "cleo@creators.test", "firstConversionBounty": bounty(0)},
        {"email": world.own("lauren@creators.test"), "firstConversionBounty": bounty(5_000)},
    ]});
    let result = api.post("/affiliates/bulk-invite", &body).await.expect_status(200).json();
    let rows = result["rows"].as_array().unwrap();
    let reasons: Vec<&str> = rows.iter().map(|row| row["reason"].as_str().unwrap_or("-")).collect();
    assert_eq!(reasons, ["-", "-", "validation_failed", "affiliate_exists"]);
    assert!(rows[0]["planId"].is_string() && rows[1]["planId"].is_null(), "{result}");
    let again = api.post("/affiliates/bulk-invite", &body).await.expect_status(200).json();
    assert_eq!(again["invited"], 0);
    let ids = rows.iter().map(|row| row["affiliateId"].as_str().unwrap_or("-"));
    let mut plans = Vec::new();
    for id in ids {
        plans.push(own_plans(&api, &program, id).await.len());
    }
    assert_eq!(plans, [1, 0, 0, 0]);
    world.finish().await;
}

#[tokio::test]
async fn a_segment_is_set_by_address() {
    let world = World::shared().await;
    let (api, lauren) = (world.api(), world.own("lauren@creators.test"));
    let set = async |body: Value| api.post("/automations/segment", &body).await.expect_status(200).json();
    let gold = json!({"email": lauren.to_uppercase(), "segment": " gold "});
    let answers = at_once(&api, "/automations/segment", &gold).await;
    assert_eq!((results(&answers, "set"), results(&answers, "already")), (1, 5), "{}", answers[0].text());
    let path = format!("/affiliates/{}", world.acme.partner.affiliate);
    assert_eq!(api.get(&path).await.json()["segment"], "gold");
    // An empty merge field removes no one from their segment; only `clear` does.
    for empty in [json!(""), json!("  "), json!(null)] {
        let answer = set(json!({"email": lauren, "segment": empty})).await;
        assert_eq!((&answer["result"], &answer["reason"]), (&json!("skipped"), &json!("segment_missing")));
    }
    assert_eq!(api.get(&path).await.json()["segment"], "gold");
    for result in ["set", "already"] {
        assert_eq!(set(json!({"email": lauren, "clear": "true"})).await["result"], result);
    }
    assert_eq!(api.get(&path).await.json()["segment"], Value::Null);
    let answer = set(json!({"email": "nobody@nowhere.test", "segment": "gold"})).await;
    assert_eq!((&answer["result"], &answer["reason"]), (&json!("unknown"), &json!("nobody")));
    assert_eq!(audited(&api, "affiliate.segment_set").await, 2);
    for (body, field) in [
        (json!({"segment": "gold"}), "email"),
        (json!({"email": lauren}), "segment"),
        (json!({"email": lauren, "segment": "gold", "clear": true}), "clear"),
        (json!({"email": lauren, "segment": "x".repeat(101)}), "segment"),
        (json!({"email": lauren, "clear": "perhaps"}), "clear"),
    ] {
        assert_eq!(api.post("/automations/segment", &body).await.field_refusal().2, field, "{body}");
    }
    world.finish().await;
}

#[tokio::test]
async fn a_rate_rises_once() {
    let world = World::shared().await;
    let (api, program) = (world.api(), world.acme.program.to_string());
    let (lauren, address) = (world.acme.partner.affiliate.to_string(), world.own("lauren@creators.test"));
    let bump = async |more: Value| {
        let mut body = json!({"email": address, "programId": program});
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        api.post("/automations/rate-bump", &body).await
    };
    let body = json!({"email": address, "programId": program, "ratePercent": "25"});
    let answers = at_once(&api, "/automations/rate-bump", &body).await;
    assert_eq!((results(&answers, "raised"), results(&answers, "already")), (1, 5), "{}", answers[0].text());
    assert_eq!(own_plans(&api, &program, &lauren).await.len(), 1);
    // A lower rate than the current one changes nothing.
    assert_eq!(bump(json!({"ratePercent": 22.5})).await.json()["result"], "already");

    // Additional points, once per name, for two months.
    let points = json!({"addPercent": 5, "key": "top-quartile", "months": "2"});
    let first = bump(points.clone()).await.expect_status(200).json();
    assert_eq!((&first["result"], first["endsAt"].is_string()), (&json!("raised"), true), "{first}");
    assert_eq!(first["plan"]["components"][0]["ratePpm"], 300_000);
    let second = bump(points).await.expect_status(200).json();
    assert_eq!((&second["result"], &second["plan"]["id"]), (&json!("already"), &first["plan"]["id"]));
    assert_eq!(audited(&api, "affiliate.rate_raised").await, 2);
    // 25%, 30%, and 25% again from the end on.
    let rates: Vec<Value> =
        own_plans(&api, &program, &lauren).await.iter().map(|plan| plan["components"][0]["ratePpm"].clone()).collect();
    assert_eq!(rates, [250_000, 300_000, 250_000]);
    let sale = world.acme.sale("sale", 10_000).but(|report| {
        report.affiliate_slug = Some("lauren".to_owned());
        report.customer_id = Some("buyer".to_owned());
    });
    world.intake().accept(&[sale]).await;
    assert_eq!(api.booked("sale").await.unwrap().1[0]["amountCents"], 3_000);

    let ended = bump(json!({"ratePercent": "50", "endsAt": "2020-01-01T00:00:00Z"})).await.expect_status(200).json();
    assert_eq!(ended["reason"], "ended");
    for (more, field) in [
        (json!({}), "ratePercent"),
        (json!({"ratePercent": "25", "addPercent": "5", "key": "x"}), "ratePercent"),
        (json!({"ratePercent": "0"}), "ratePercent"),
        (json!({"ratePercent": "1e1"}), "ratePercent"),
        (json!({"addPercent": "5"}), "key"),
        (json!({"ratePercent": "25", "months": 0}), "months"),
        (json!({"ratePercent": "25", "months": 1, "endsAt": "2030-01-01T00:00:00Z"}), "months"),
        (json!({"ratePercent": "25", "effectiveAt": "soon"}), "effectiveAt"),
    ] {
        assert_eq!(bump(more.clone()).await.field_refusal().2, field, "{more}");
    }
    let theirs = json!({"programId": world.globex.program.to_string(), "ratePercent": "25"});
    assert_eq!(bump(theirs).await.status, 404);
    world.check().await;
    world.finish().await;
}

#[tokio::test]
async fn a_lead_at_the_right_stage_releases_what_it_earned() {
    let world = World::shared().await;
    let (api, address) = (world.api(), world.own("lauren@creators.test"));
    let report = |id: &str, customer: &str, email: &str| {
        let (customer, email) = (customer.to_owned(), email.to_owned());
        world.acme.sale(id, 10_000).but(|report| {
            report.affiliate_slug = Some("lauren".to_owned());
            report.customer_id = Some(customer);
            report.customer_email = Some(email);
        })
    };
    let lead = world.acme.lead("lead-1").but(|report| {
        report.affiliate_slug = Some("lauren".to_owned());
        report.customer_email = Some("dana@leads.test".to_owned());
    });
    let nobodys = world.acme.sale("nobodys", 1_000).but(|report| {
        report.customer_id = Some("walk-in".to_owned());
        report.customer_email = Some("walkin@buyers.test".to_owned());
    });
    let sales = [
        report("one", "u_1", "Ann@Buyers.test"),
        report("two", "u_2", "bob@buyers.test"),
        report("three", "u_3", "eve@buyers.test"),
    ];
    world.intake().accept(&sales).await;
    world.intake().accept(&[lead, nobodys]).await;
    let release = async |body: Value| api.post("/automations/release", &body).await.expect_status(200).json();
    let status = async |id: &str| api.booked(id).await.unwrap().1[0]["status"].clone();

    let ann = json!({"email": "ann@buyers.test ", "who": "customer", "reason": "Demo booked"});
    let answers = at_once(&api, "/automations/release", &ann).await;
    assert_eq!((results(&answers, "released"), results(&answers, "nothing")), (1, 5), "{}", answers[0].text());
    let answer = answers.iter().map(Response::json).find(|answer| answer["result"] == "released").unwrap();
    assert_eq!(
        (&answer["released"], &answer["amounts"][0]["amountCents"], answer["affiliateId"].as_str()),
        (&json!(1), &json!(2_000), Some(world.acme.partner.affiliate.to_string().as_str()))
    );
    assert_eq!((status("one").await, status("two").await), (json!("Approved"), json!("Pending")));
    assert_eq!(audited(&api, "commission.released_all").await, 1);

    assert_eq!(release(json!({"customerId": "u_2"})).await["result"], "released");
    assert_eq!(release(json!({"customerId": "u_2"})).await["result"], "nothing");
    assert_eq!(status("three").await, "Pending");
    // A lead without a purchase releases nothing, or everything of the affiliate who referred them.
    let dana = json!({"email": "dana@leads.test", "who": "customer"});
    assert_eq!(release(dana).await["result"], "nothing");
    let all = release(json!({"email": "dana@leads.test", "who": "customer", "reach": "affiliate"})).await;
    assert_eq!((&all["result"], &all["released"]), (&json!("released"), &json!(1)));
    assert_eq!(status("three").await, "Approved");
    assert_eq!(release(json!({"email": address})).await["result"], "nothing");

    for (body, result, reason) in [
        (json!({"email": "walkin@buyers.test", "who": "customer"}), "nothing", "not_referred"),
        (json!({"email": "nobody@nowhere.test", "who": "customer"}), "unknown", "nobody"),
        (json!({"email": "nobody@nowhere.test"}), "unknown", "nobody"),
        (json!({"customerId": "u_404"}), "unknown", "nobody"),
        (json!({"customerId": ""}), "unknown", "nobody"),
        (json!({"email": ""}), "skipped", "email_missing"),
    ] {
        let answer = release(body.clone()).await;
        assert_eq!((&answer["result"], &answer["reason"]), (&json!(result), &json!(reason)), "{body}");
        assert_eq!(answer["released"], 0);
    }
    // Nothing is released early for a banned affiliate.
    world.intake().accept(&[report("four", "u_4", "finn@buyers.test")]).await;
    let lauren = format!("/affiliates/{}", world.acme.partner.affiliate);
    api.patch(&lauren, &json!({"status": "Banned", "reason": "Spam"})).await.expect_status(200);
    for body in [json!({"email": address}), json!({"email": "finn@buyers.test", "who": "customer"})] {
        assert_eq!(release(body).await["reason"], "not_approved");
    }
    for (body, field) in [
        (json!({}), "email"),
        (json!({"email": "a@b.test", "who": "everybody"}), "who"),
        (json!({"email": "a@b.test", "reach": "affiliate"}), "reach"),
        (json!({"email": "a@b.test", "reason": "x".repeat(1_001)}), "reason"),
    ] {
        assert_eq!(api.post("/automations/release", &body).await.field_refusal().2, field, "{body}");
    }
    world.check().await;
    world.finish().await;
}

#[tokio::test]
async fn a_clock_that_was_moved_hides_nothing() {
    let world = World::start().await;
    let api = world.api();
    let clock = Request::post("/dev/clock", r#"{"advanceDays":31}"#).send(&world.ledger.base()).await.unwrap();
    clock.expect_status(200);
    let made = json!({"name": "Late", "components": [{"type": "percentage", "ratePercent": "10"}]});
    let late = api.post("/programs", &made).await.expect_status(201).json()["id"].as_str().unwrap().to_owned();
    for program in [&late, &world.acme.program.to_string()] {
        let body = json!({"email": "lauren@creators.test", "programId": program, "ratePercent": "25"});
        for result in ["raised", "already"] {
            assert_eq!(api.post("/automations/rate-bump", &body).await.json()["result"], result, "{program}");
        }
        let body = json!({"email": format!("ada+{program}@creators.test"), "name": "Ada", "programId": program,
                          "firstConversionBounty": {"amountCents": 5_000, "currency": "USD"}});
        assert!(api.post("/automations/invite", &body).await.json()["planId"].is_string(), "{program}");
    }
    // The edge's clock wasn't moved; its sales still get the raised rate.
    let sale = world.acme.sale("sale", 10_000).but(|report| {
        report.affiliate_slug = Some("lauren".to_owned());
        report.customer_id = Some("buyer".to_owned());
    });
    world.intake().accept(&[sale]).await;
    assert_eq!(api.booked("sale").await.unwrap().1[0]["amountCents"], 2_500);
    world.check().await;
    world.finish().await;
}

/// Sends a request without a key, with any headers.
async fn bare(world: &World, request: Request) -> Response {
    request.send(&world.ledger.base()).await.unwrap()
}
