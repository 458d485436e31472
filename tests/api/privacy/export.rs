//! Goal: the export of a person has every event about them, in whatever spelling, and no one else's, and that of an
//! affiliate what was decided about them.
//! Method: a buyer, and others whose addresses contain the buyer's; each with a sale and with an event in quarantine. The
//! buyer's mailbox is also spelled otherwise in what a page claims and in quarantine. An affiliate who moved to another
//! address was banned.

use serde_json::json;
use shared::event::Event;
use world::{World, brand::But};

use super::customer_of;

fn sale(world: &World, name: &str, id: &str, email: &str) -> Event {
    let (id, email) = (id.to_owned(), email.to_owned());
    world.acme.sale(name, 4_000).but(|report| {
        report.customer_id = Some(id);
        report.customer_email = Some(email);
    })
}

/// An event that can't be applied, with the address in a text.
async fn quarantine(world: &World, number: u8, email: &str) {
    let poison =
        json!({"v": 9, "id": number, "organizationId": world.acme.organization, "note": format!("from <{email}>")});
    world.intake().post_raw(&[poison.to_string()]).await;
}

#[tokio::test]
async fn an_export_has_all_events_about_a_person_and_no_one_elses() {
    let world = World::shared().await;
    let others = ["joannqux@gmail.com", "kim-annqux@gmail.com", "annqux@gmail.com.mx", "annqux@googlemail.co"];
    let mut events = vec![
        sale(&world, "own", "user-ann", "annqux@gmail.com"),
        world.acme.refund("back", "own", 100),
        world.acme.by_page(&sale(&world, "claimed", "anyone", "Ann.Qux+x@googlemail.com")),
    ];
    for (number, email) in (0_u8..).zip(others) {
        events.push(sale(&world, &format!("other-{number}"), &format!("user-{number}"), email));
        quarantine(&world, number, email).await;
    }
    quarantine(&world, 100, "annqux+quarantined@gmail.com").await;
    world.intake().accept(&events).await;
    let ann = customer_of(&world, "user-ann").await;
    let export = world.api().get(&format!("/customers/{ann}/export")).await.expect_status(200).json();
    let rows = |part: &str| export["data"][part]["rows"].as_array().unwrap().clone();
    let bodies: Vec<String> = rows("events").iter().map(|row| row["body"].as_str().unwrap().to_owned()).collect();
    assert_eq!(bodies.len(), 3, "{bodies:?}");
    for name in ["\"own\"", "\"back\"", "\"claimed\""] {
        assert!(bodies.iter().any(|body| body.contains(name)), "{name} {bodies:?}");
    }
    let quarantined = rows("quarantine");
    assert_eq!(quarantined.len(), 1, "{quarantined:?}");
    assert!(quarantined[0]["body"].as_str().unwrap().contains("annqux+quarantined@gmail.com"));
    assert!(rows("events").iter().chain(&quarantined).all(|row| row.get("byText").is_none()), "{export}");
    let text = export.to_string();
    for email in others {
        assert!(!text.contains(email), "{email} is someone else's: {text}");
    }
    world.finish().await;
}

#[tokio::test]
async fn an_export_has_what_was_decided_about_an_affiliate_and_their_earlier_addresses() {
    let world = World::shared().await;
    let (before, after) = (world.own("early@creators.test"), world.own("later@creators.test"));
    let early = world.acme.join_as(&world.database, "early", &before).await;
    let path = format!("/affiliates/{}", early.affiliate);
    let own = json!({"scope": {"affiliateId": early.affiliate.to_string()}, "note": "For her patience",
                     "components": [{"type": "percentage", "ratePercent": "40"}]});
    world.api().post(&format!("/programs/{}/plans", world.acme.program), &own).await.expect_status(201);
    for change in [json!({"email": after}), json!({"status": "Banned", "reason": "Bought ads for our name."})] {
        world.api().patch(&path, &change).await.expect_status(200);
    }
    let export = world.api().get(&format!("{path}/export")).await.expect_status(200).json();
    let part = |name: &str| export["data"][name]["rows"].to_string();
    for (name, kept) in [
        ("statuses", "Bought ads for our name."),
        ("addresses", before.as_str()),
        ("plans", "For her patience"),
        ("emails", before.as_str()),
    ] {
        assert!(part(name).contains(kept), "{name} {}", part(name));
    }
    for name in ["signIns", "signInLinks", "raises", "questions", "networkContacts", "networkMessages"] {
        assert_eq!(part(name), "[]", "{name}");
    }
    world.finish().await;
}
