//! Goal: a poison event goes to quarantine with its reason, and its 99 neighbours pass.
//! Method: one poison of each kind among 99 sound events, in the middle of one batch; then the same batch again; then a
//! batch that is all poison.

use shared::{
    batch::Verdict,
    event::{EVENT_VERSION, Event, Gateway, Payload},
};
use world::{
    Plan, World,
    brand::{But, fresh},
};

fn text(event: &Event) -> String {
    serde_json::to_string(event).unwrap()
}

/// 99 sound events around a poison: every third a sale, the others clicks.
fn around(world: &World, poison: &str) -> Vec<String> {
    let brand = &world.acme;
    let mut items: Vec<String> = (0..99)
        .map(|number| match number % 3 {
            0 => {
                let slug = brand.partner.slug.clone();
                let customer = format!("c-{}", number % 5);
                text(&brand.sale(&format!("sound-{number}"), 9_900).but(|report| {
                    report.affiliate_slug = Some(slug);
                    report.customer_id = Some(customer);
                }))
            }
            _ => text(&brand.click(&brand.partner)),
        })
        .collect();
    items.insert(50, poison.to_owned());
    items
}

async fn isolated(poison: impl Fn(&World) -> String, reason: &str) {
    isolated_in(World::shared().await, poison, reason).await.finish().await;
}

async fn isolated_in(world: World, poison: impl Fn(&World) -> String, reason: &str) -> World {
    let items = around(&world, &poison(&world));
    for round in 0..2 {
        let verdicts = world.intake().post_raw(&items).await.verdicts;
        for (index, item) in verdicts.iter().enumerate() {
            let expected = match (index, round) {
                (50, _) => Verdict::Rejected,
                (_, 0) => Verdict::Accepted,
                _ => Verdict::Duplicate,
            };
            assert_eq!(item.verdict, expected, "item {index} in round {round}: {item:?}");
            assert!(item.kept, "item {index}");
        }
        assert_eq!(verdicts[50].reason.as_deref(), Some(reason));
        assert_eq!(world.database.count("select count(*) from quarantine").await, 1, "kept once");
    }
    assert_eq!(world.database.count("select count(*) from clicks").await, 66);
    assert_eq!(world.database.count("select sum(amount)::bigint from commissions").await, 33 * 1_980);
    let kept = world.database.texts("select reason, body from quarantine").await;
    assert!(kept[0].contains(&reason.to_owned()) && kept[0].contains(&items[50]), "{kept:?}");
    world
}

#[tokio::test]
async fn a_later_version() {
    let later = |world: &World| {
        let mut event = world.acme.sale("later", 100);
        event.v = EVENT_VERSION + 1;
        text(&event)
    };
    isolated(later, "unknown_version").await;
}

#[tokio::test]
async fn a_later_version_of_another_shape() {
    let shape = |world: &World| {
        format!(
            r#"{{"v":9,"id":"{}","organizationId":"{}","payload":{{"wish":1}}}}"#,
            world.acme.sale("x", 1).id,
            world.acme.organization
        )
    };
    isolated(shape, "unknown_version").await;
}

#[tokio::test]
async fn an_unknown_payload() {
    let odd = |world: &World| {
        format!(r#"{{"v":1,"organizationId":"{}","payload":{{"click":null}}}}"#, world.acme.organization)
    };
    isolated(odd, "malformed_event").await;
}

#[tokio::test]
async fn an_amount_beyond_64_bits() {
    let huge = |world: &World| {
        text(&world.acme.sale("huge", 1)).replace("\"amountCents\":1", "\"amountCents\":9223372036854775808")
    };
    isolated(huge, "malformed_event").await;
}

#[tokio::test]
async fn a_negative_amount() {
    isolated(|world: &World| text(&world.acme.sale("negative", -1)), "negative_amount").await;
}

#[tokio::test]
async fn text_that_the_database_cannot_hold() {
    let nul = |world: &World| {
        let slug = world.acme.partner.slug.clone();
        text(&world.acme.sale("nul\0inside", 100).but(|report| report.affiliate_slug = Some(slug)))
    };
    let world = isolated_in(World::start().await, nul, "unprocessable").await;
    // The database's words may hold a part of the event: they are kept with it, and the log has its code.
    let log = world.ledger.log();
    let lines: Vec<&str> = log.lines().filter(|line| line.contains("event quarantined")).collect();
    assert!(!lines.is_empty() && lines.iter().all(|line| line.contains("22021")), "{lines:?}");
    assert!(lines.iter().all(|line| !line.contains("byte sequence") && !line.contains("inside")), "{lines:?}");
    world.finish().await;
}

/// Anyone can report a click with any path: it counts, without the path, and needs no one's attention.
#[tokio::test]
async fn a_click_whose_landing_the_database_cannot_hold() {
    let world = World::shared().await;
    let mut event = world.acme.click(&world.acme.partner);
    if let Payload::Click(click) = &mut event.payload {
        click.landing = Some("/a\0b".to_owned());
    }
    let items = around(&world, &text(&event));
    for expected in [Verdict::Accepted, Verdict::Duplicate] {
        let verdicts = world.intake().post_raw(&items).await.verdicts;
        assert!(verdicts.iter().all(|item| item.verdict == expected && item.kept), "{verdicts:?}");
    }
    assert_eq!(world.database.count("select count(*) from clicks").await, 67);
    assert_eq!(world.database.count("select count(*) from clicks where landing is null").await, 1);
    assert_eq!(world.database.count("select count(*) from quarantine").await, 0);
    world.finish().await;
}

#[tokio::test]
async fn an_unknown_connection_and_another_tenants_link() {
    let unknown = |world: &World| {
        let customer = serde_json::json!({"id": "cus_1", "object": "customer"});
        let body =
            serde_json::json!({"id": "evt_1", "type": "customer.updated", "created": 1, "data": {"object": customer}});
        let mut event = world.acme.stripe_event(&body);
        if let Payload::Gateway(gateway) = &mut event.payload {
            gateway.connection_id = fresh();
        }
        text(&event)
    };
    isolated(unknown, "unknown_connection").await;
    let crossing = |world: &World| text(&world.acme.click(&world.globex.partner));
    isolated(crossing, "unknown_link").await;
}

/// One endpoint's secret may be pasted into the wrong organization; and an endpoint for connected accounts sends theirs.
#[tokio::test]
async fn a_stripe_event_of_another_account_or_mode() {
    let customer = serde_json::json!({"id": "cus_1", "object": "customer"});
    let body = |livemode: bool, account: Option<&str>| {
        let mut body = serde_json::json!({"id": "evt_1", "type": "customer.updated", "created": 1, "livemode": livemode,
                               "data": {"object": customer}});
        account.into_iter().for_each(|account| body["account"] = account.into());
        body
    };
    let world = World::shared().await;
    world.database.run("update gateway_connections set account = 'acct_brand' where gateway = 'stripe'").await;
    let foreign = |world: &World| text(&world.acme.stripe_event(&body(true, Some("acct_other"))));
    isolated_in(world, foreign, "other_account").await.finish().await;
    let world = World::start().await;
    let of = format!(
        "update tenants set test_of = '{}' where id = '{}'",
        world.globex.organization.uuid(),
        world.acme.organization.uuid()
    );
    // Nothing of the product makes a test mode of an organization.
    world.database.run("alter table tenants disable trigger only_cut_off").await;
    world.database.run(&of).await;
    let live = |world: &World| text(&world.acme.stripe_event(&body(true, None)));
    isolated_in(world, live, "live_event").await.finish().await;
}

/// Paddle's events don't name their mode, but the demo's connection is to a sandbox. In development, that is accepted.
#[tokio::test]
async fn an_event_of_a_sandbox_in_a_live_organization() {
    let sandbox = |world: &World| {
        let url = world.demo["gateways"]["paddle"]["url"].as_str().unwrap();
        let connection = url.rsplit('/').next().unwrap().parse().unwrap();
        let customer = serde_json::json!({"id": "ctm_1", "email": "odette@buyers.example"});
        let body = serde_json::json!({"event_type": "customer.created", "occurred_at": "2026-11-18T12:26:40Z",
                                      "data": customer});
        let names = ("evt_1", "customer.created");
        text(&world.acme.gateway_event(Gateway::Paddle, connection, names, body.to_string()))
    };
    let world = Plan::default().ledger_setting("REKOMI_ENV", "production").start().await;
    isolated_in(world, sandbox, "test_event").await.finish().await;
}

#[tokio::test]
async fn an_event_of_nobody_is_not_kept_and_the_edge_must_keep_it() {
    let world = World::shared().await;
    let mut stranger = world.acme.sale("stranger", 100);
    stranger.organization_id = fresh();
    let items = [
        text(&world.acme.sale("sound", 100)),
        text(&stranger),
        r#"{"v":1}"#.to_owned(),
        "7".to_owned(),
        "null".to_owned(),
    ];
    let verdicts = world.intake().post_raw(&items).await.verdicts;
    assert_eq!((verdicts[0].verdict, verdicts[0].kept), (Verdict::Accepted, true));
    for item in &verdicts[1..] {
        assert_eq!((item.verdict, item.kept), (Verdict::Rejected, false), "{item:?}");
    }
    assert_eq!(verdicts[1].reason.as_deref(), Some("unknown_organization"));
    world.finish().await;
}

#[tokio::test]
async fn nothing_but_poison() {
    let world = World::shared().await;
    let items: Vec<String> = (0..100).map(|number| text(&world.acme.sale(&format!("bad\0{number}"), 100))).collect();
    let verdicts = world.intake().post_raw(&items).await.verdicts;
    assert!(verdicts.iter().all(|item| item.verdict == Verdict::Rejected && item.kept));
    assert_eq!(world.database.count("select count(*) from quarantine").await, 100);
    assert_eq!(world.database.count("select count(*) from events").await, 0);
    world.finish().await;
}
