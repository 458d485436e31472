//! Goal: an affiliate earns only while approved. Approval credits nothing from before, a ban reverses nothing, and a
//! sale that is reported late is judged by its own time. A changed email address doesn't hide a self-referral.
//! Method: one affiliate goes from application to ban and back by API, with sales at every stage (20% of 100.00 is
//! 20.00); at the end the ledger audits its book and recomputes everything from its events.
//! Elsewhere: tests/api/balances.rs: `/affiliates/{id}/balances`, `/affiliates/{id}/statement`
//! Elsewhere: tests/api/decisions.rs: `/affiliates/{id}/adjustments`, `/affiliates/{id}/bonuses`
//! Elsewhere: tests/api/decisions.rs: `/affiliates/{id}/release`
//! Elsewhere: tests/api/consents.rs: `/affiliates/{id}/export`
//! Elsewhere: tests/api/programs/plans.rs: `/affiliates/{id}/segment`
//! Elsewhere: tests/api/programs/sub_affiliates.rs: `/affiliates/{id}/recruits`, `/affiliates/{id}/recruiter`
//! Elsewhere: tests/portal/payouts.rs: `/affiliates/{id}/yearly-statement`

mod bulk_invite;
mod email_language;
mod invitations;
mod payout_account;
mod payout_account_changes;
mod payout_method;
mod unsolicited_emails;

use serde_json::{Value, json};
use shared::{id::AffiliateId, timestamp::Timestamp};
use world::{World, brand::But, wait::now};

struct Fixture {
    world: World,
    affiliate: String,
}

/// An applicant named `nina`.
async fn applied() -> Fixture {
    let world = World::shared().await;
    let body = json!({"name": "Nina", "email": "nina@creators.test", "slug": "nina", "status": "Pending",
                      "application": {"website": "https://nina.test", "channels": ["YouTube"]}});
    let affiliate = world.api().post("/affiliates", &body).await.expect_status(201).json();
    assert_eq!(affiliate["joinedAt"], affiliate["createdAt"], "they joined here: {affiliate}");
    assert_eq!(affiliate["application"]["channels"][0], "YouTube");
    Fixture { world, affiliate: affiliate["id"].as_str().unwrap().to_owned() }
}

impl Fixture {
    async fn report(&self, name: &str, customer: &str, slug: Option<&str>, at: Option<Timestamp>) {
        let sale = self.world.acme.sale(name, 10_000).but(|report| {
            report.customer_id = Some(customer.to_owned());
            report.affiliate_slug = slug.map(str::to_owned);
            report.occurred_at = at;
        });
        self.world.intake().accept(&[sale]).await;
    }

    /// The amount that a sale earns the affiliate now, and by which rule.
    async fn earned(&self, name: &str) -> (i64, Option<String>) {
        let (conversion, commissions) = self.world.api().booked(name).await.unwrap();
        let own = commissions.iter().filter(|row| row["affiliateId"] == self.affiliate.as_str());
        let sum = own.map(|row| row["amountCents"].as_i64().unwrap()).sum();
        (sum, conversion["creditedBy"].as_str().map(str::to_owned))
    }

    async fn post(&self, what: &str, body: Value) -> Value {
        let path = format!("/affiliates/{}/{what}", self.affiliate);
        self.world.api().post(&path, &body).await.expect_status(200).json()
    }

    async fn change(&self, body: Value) -> Value {
        let path = format!("/affiliates/{}", self.affiliate);
        self.world.api().patch(&path, &body).await.expect_status(200).json()
    }
}

fn earns(cents: i64, rule: &str) -> (i64, Option<String>) {
    (cents, Some(rule.to_owned()))
}

const NOTHING: (i64, Option<String>) = (0, None);

#[tokio::test]
async fn decides_what_is_credited_by_the_time_of_each_sale() {
    let fixture = applied().await;
    fixture.report("while-pending", "anna", Some("nina"), None).await;
    assert_eq!(fixture.earned("while-pending").await, NOTHING);

    let approved = fixture.post("approve", json!({})).await;
    assert_eq!((approved["status"].as_str(), &approved["link"]), (Some("Approved"), &Value::Null));
    assert_eq!(fixture.earned("while-pending").await, NOTHING, "approving credits nothing of before");
    fixture.report("approved", "ben", Some("nina"), None).await;
    assert_eq!(fixture.earned("approved").await, earns(2_000, "slug"));
    let before_ban = now();

    tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    let banned = fixture.change(json!({"status": "Banned", "reason": "Bought ads for our name."})).await;
    assert_eq!(banned["statusReason"], "Bought ads for our name.");
    assert_eq!(fixture.earned("approved").await, earns(2_000, "slug"), "banning takes nothing back");
    fixture.report("renewal-while-banned", "ben", None, None).await;
    fixture.report("while-banned", "carl", Some("nina"), None).await;
    let while_banned = now();
    assert_eq!(fixture.earned("renewal-while-banned").await, NOTHING);
    assert_eq!(fixture.earned("while-banned").await, NOTHING);
    // A refund recomputes the old sale: the rest of it is still theirs.
    fixture.world.intake().accept(&[fixture.world.acme.refund("half", "approved", 5_000)]).await;
    assert_eq!(fixture.earned("approved").await, earns(1_000, "slug"));
    fixture.report("told-late", "dora", Some("nina"), Some(before_ban)).await;
    assert_eq!(fixture.earned("told-late").await, earns(2_000, "slug"), "it was made before the ban");

    tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    assert_eq!(fixture.change(json!({"status": "Approved"})).await["status"], "Approved");
    fixture.report("renewal-afterwards", "ben", None, None).await;
    assert_eq!(fixture.earned("renewal-afterwards").await, earns(2_000, "bound"));
    fixture.report("told-later", "eva", Some("nina"), Some(while_banned)).await;
    assert_eq!(fixture.earned("told-later").await, NOTHING, "it was made during the ban");
    assert_eq!(fixture.earned("renewal-while-banned").await, NOTHING);
    fixture.world.finish().await;
}

#[tokio::test]
async fn a_decision_is_made_once_and_told_apart_from_a_wrong_one() {
    let fixture = applied().await;
    let (api, path) = (fixture.world.api(), format!("/affiliates/{}", fixture.affiliate));
    let banned = api.patch(&path, &json!({"status": "Banned"})).await;
    assert_eq!(banned.refusal(), (409, "wrong_status".to_owned()), "an applicant is rejected, not banned");
    let rejected = fixture.post("reject", json!({"reason": "Not now.", "notify": false})).await;
    assert_eq!((rejected["status"].as_str(), rejected["statusReason"].as_str()), (Some("Rejected"), Some("Not now.")));
    assert_eq!(fixture.post("reject", json!({"reason": "Still not."})).await["statusReason"], "Not now.");
    let program = fixture.world.acme.program.to_string();
    let link = json!({"programId": program, "destination": "https://acme.test/pricing"});
    let approved = fixture.post("approve", link.clone()).await;
    assert_eq!(fixture.world.database.count_emails("true").await, 1, "one email: the rejection was quiet");
    assert_eq!((approved["status"].as_str(), approved["link"]["slug"].as_str()), (Some("Approved"), Some("nina")));
    assert_eq!(fixture.post("approve", link).await["link"], Value::Null, "the second approval makes nothing");
    // An empty body is an approval too.
    let empty = api.send(world::http::Request::new("POST", &format!("/api/v1{path}/approve"))).await;
    assert_eq!(empty.expect_status(200).json()["status"], "Approved");
    let late = api.post(&format!("{path}/reject"), &json!({})).await;
    assert_eq!(late.refusal(), (409, "wrong_status".to_owned()));
    let count = |what: &str| format!("select count(*) from audit_log where action = 'affiliate.{what}'");
    let actions = ["created", "rejected", "approved", "banned"];
    let counted = [
        fixture.world.database.count(&count(actions[0])).await,
        fixture.world.database.count(&count(actions[1])).await,
        fixture.world.database.count(&count(actions[2])).await,
        fixture.world.database.count(&count(actions[3])).await,
    ];
    assert_eq!(counted, [1, 1, 1, 0]);
    let reported = "select kind from messages order by id";
    let reported: Vec<String> = fixture.world.database.texts(reported).await.into_iter().flatten().collect();
    assert_eq!(reported, ["affiliate_applied", "affiliate_rejected", "affiliate_approved"]);
    fixture.world.finish().await;
}

#[tokio::test]
async fn the_edge_is_told_of_links_that_stop_and_go_on() {
    let fixture = applied().await;
    let program = fixture.world.acme.program.to_string();
    fixture.post("approve", json!({"programId": program, "destination": "https://acme.test/pricing"})).await;
    let records =
        |present: &str| format!("select count(*) from edge_config where key like '%nina' and record is {present} null");
    let (there, gone) = (records("not"), records(""));
    assert_eq!((fixture.world.database.count(&there).await, fixture.world.database.count(&gone).await), (2, 0));
    fixture.change(json!({"status": "Archived"})).await;
    assert_eq!((fixture.world.database.count(&there).await, fixture.world.database.count(&gone).await), (0, 2));
    fixture.change(json!({"status": "Approved"})).await;
    assert_eq!((fixture.world.database.count(&there).await, fixture.world.database.count(&gone).await), (2, 0));
    fixture.world.finish().await;
}

#[tokio::test]
async fn a_changed_address_hides_no_self_referral() {
    let fixture = applied().await;
    fixture.post("approve", json!({})).await;
    let report = async |name: &str, email: &str| {
        let sale = fixture.world.acme.sale(name, 10_000).but(|report| {
            report.customer_id = Some(name.to_owned());
            report.customer_email = Some(email.to_owned());
            report.affiliate_slug = Some("nina".to_owned());
        });
        fixture.world.intake().accept(&[sale]).await;
        fixture.world.api().booked(name).await.unwrap().0["flags"].clone()
    };
    assert_eq!(report("own", "Nina+shop@creators.test").await, json!(["SelfReferral"]));
    assert_eq!(report("stranger", "nina@elsewhere.test").await, json!([]));
    tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    assert_eq!(fixture.change(json!({"email": "Nina@Elsewhere.test"})).await["email"], "nina@elsewhere.test");
    assert_eq!(report("own-again", "nina@creators.test").await[0], "SelfReferral", "the old address is still hers");
    assert_eq!(report("new-own", "nina@elsewhere.test").await[0], "SelfReferral");
    // Sales from before the change are judged by the old address.
    fixture.world.intake().accept(&[fixture.world.acme.refund("half", "stranger", 5_000)]).await;
    assert_eq!(fixture.world.api().booked("stranger").await.unwrap().0["flags"], json!([]));
    let taken = json!({"email": fixture.world.own("lauren@creators.test")});
    let taken = fixture.world.api().patch(&format!("/affiliates/{}", fixture.affiliate), &taken).await;
    assert_eq!(taken.refusal(), (409, "affiliate_exists".to_owned()));
    let id: AffiliateId = fixture.affiliate.parse().unwrap();
    assert_eq!(
        fixture
            .world
            .database
            .count(&format!("select count(*) from affiliate_emails where affiliate_id = '{}'", id.uuid()))
            .await,
        2
    );
    fixture.world.finish().await;
}
