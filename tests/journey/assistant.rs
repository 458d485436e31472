//! Goal: an assistant sets up a brand with its person: from an empty organization to a program, three affiliates, a receipt
//! that it reads, and a payout run that it prepares and the person approves.
//! Method: the app of a person speaks MCP as raw HTTP in a host that shows dialogs. The person answers them, and uses the
//! pages where money is decided. What others do, the test does: a sale, and how an affiliate is paid.

use serde_json::{Value, json};
use shared::id::OrganizationId;
use world::{
    World,
    brand::{Brand, But},
    client::{api::Api, dashboard::Marketer},
    http::Request,
    mcp_fixture::Assistant,
    oauth_fixture::App,
    organization_fixture::{key, owner},
    payout_run_fixture::{reserved, run},
};

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("{value}")).to_owned()
}

/// An organization with nothing in it, whose owner the demo's owner is.
async fn empty_organization(owner: &mut Marketer) -> String {
    let made = owner.submit("/dashboard/organizations/new", &[("name", "Second brand"), ("timeZone", "")]).await;
    let place = made.expect_status(303).header("location").unwrap().to_owned();
    place.split_once("organization=").unwrap().1.to_owned()
}

/// The result of a call that the person confirms in their host's dialog.
async fn confirmed(assistant: &Assistant, tool: &str, arguments: Value, says: &[&str]) -> Value {
    let first = assistant.answer(tool, &arguments, &json!({})).await;
    let message = text(&first["result"]["inputRequests"]["confirm"]["params"]["message"]);
    for line in says {
        assert!(message.contains(line), "{line}: {message}");
    }
    let accepted = json!({"confirm": {"action": "accept", "content": {"confirm": true}}});
    let reply = json!({"requestState": first["result"]["requestState"], "inputResponses": accepted});
    let done = assistant.answer(tool, &arguments, &reply).await;
    assert_eq!(done["result"]["isError"], false, "{tool}: {done}");
    done["result"]["structuredContent"].clone()
}

/// A sale of 200 dollars by an affiliate.
async fn sale(world: &World, organization: &str, program: &str, slug: &str) {
    let organization: OrganizationId = organization.parse().unwrap();
    let brand = Brand { organization, program: program.parse().unwrap(), ..world.acme.clone() };
    let sale = brand.sale("order-1", 20_000).but(|report| {
        report.program_id = Some(brand.program);
        report.affiliate_slug = Some(slug.to_owned());
    });
    world.intake().accept(&[sale]).await;
}

/// The affiliate says how they are paid.
async fn paid_by_paypal(api: &Api, affiliate: &str) {
    let details = json!({"rail": "PayPal", "email": "mia@paid.test"}).to_string();
    let path = format!("/api/v1/affiliates/{affiliate}/payout-method");
    let request = Request { method: "PUT".to_owned(), ..Request::post(&path, details) };
    api.send(request).await.expect_status(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn from_an_empty_organization_to_a_payout_run() {
    let world = World::start().await;
    let mut person = owner(&world).await;
    let organization = empty_organization(&mut person).await;
    let app = App::registered(&world, "Claude").await;
    let tokens = app.tokens(&mut person, &organization, "write").await;
    let claude = Assistant::new(world.ledger.base(), &text(&tokens["access_token"])).showing(json!({"form": {}}));
    assert_eq!(claude.done("list_programs", json!({})).await["data"], json!([]));

    // A program, and three affiliates.
    let plan = json!([{"type": "percentage", "ratePercent": "25"}]);
    let requested =
        json!({"name": "Partners", "destination": "https://second.test/", "holdDays": 0, "components": plan});
    let made = confirmed(&claude, "create_program", requested, &["Create a program?", "Name: Partners", "25"]).await;
    let program = text(&made["id"]);
    let people = json!([{"email": "mia@creators.test", "name": "Mia Doe", "slug": "mia"}, {"email": "ben@creators.test"},
                        {"email": "zoe@creators.test"}]);
    let invitation = json!({"programId": program, "affiliates": people});
    let says = ["Invited: 3 affiliates", "Emails: 3 people get an email", "Program: Partners"];
    let invited = confirmed(&claude, "bulk_invite_affiliates", invitation, &says).await;
    assert_eq!((&invited["invited"], &invited["skipped"]), (&json!(3), &json!(0)), "{invited}");
    let emails = "select count(*) from mails where recipient in
                  ('mia@creators.test', 'ben@creators.test', 'zoe@creators.test')";
    assert_eq!(world.database.count(emails).await, 3);

    // A sale earns a commission, whose receipt it reads.
    sale(&world, &organization, &program, "mia").await;
    let commissions = claude.done("list_commissions", json!({"programId": program})).await;
    let commission = &commissions["data"][0];
    assert_eq!(commission["amountCents"], 5_000, "{commissions}");
    let explained = claude.done("explain_commission", json!({"id": commission["id"]})).await;
    assert!(explained.to_string().contains("25"), "{explained}");
    let uri = format!("rekomi://receipts/{}", text(&commission["id"]));
    let read = claude.send(claude.modern("resources/read", json!({"uri": uri}))).await.expect_status(200).json();
    assert!(text(&read["result"]["contents"][0]["text"]).contains("$50.00"), "{read}");

    // A payout run: the person confirms it on the page, and approves it where runs are approved.
    let api = key(&world, &organization, "rk_live_second", "owner").await;
    paid_by_paypal(&api, &text(&invited["rows"][0]["affiliateId"])).await;
    let preview = claude.done("preview_payout_run", json!({"currency": "USD"})).await;
    assert_eq!(preview["payees"].as_array().unwrap().len(), 1, "{preview}");
    let page = claude.to_confirm("propose_payout_run", json!({"currency": "USD"})).await;
    let seen = person.browser.get(&page).await.expect_status(200).text();
    assert!(seen.contains("Claude") && seen.contains("$50.00 to 1 affiliate") && seen.contains("Mia Doe"), "{seen}");
    let target = page.split('?').next().unwrap();
    let form = [("organization", organization.as_str()), ("do", "confirm")];
    person.submit(target, &form).await.expect_status(303);
    let id = target.rsplit('/').next().unwrap();
    let became = claude.done("read_confirmation", json!({"id": id})).await;
    assert_eq!(became["state"], "Done", "{became}");
    let payout_run = text(&became["result"]["id"]);
    assert_eq!(run(&api, &payout_run).await["state"], "Proposed", "no money moves before it is approved");
    assert!(!claude.tools().await.iter().any(|tool| tool == "approve_payout_run"));
    let approve = format!("/dashboard/payouts/runs/{payout_run}/approve");
    person.submit(&approve, &[("organization", organization.as_str())]).await.expect_status(303);
    reserved(&api, &payout_run).await;
    let log = api.all("/audit-log").await;
    let by =
        |action: &str| log.iter().find(|line| line["action"] == action).unwrap_or_else(|| panic!("{action}: {log:?}"));
    for action in ["program.created", "payout_run.proposed"] {
        let line = by(action);
        assert!(text(&line["actor"]).starts_with("user:usr_") && line["via"] == "Claude", "{line}");
    }
    assert_eq!(by("payout_run.approved")["via"], json!(null), "only the person");
    world.finish().await;
}
