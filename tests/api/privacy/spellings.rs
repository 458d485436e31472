//! Goal: an erased person is gone in every spelling of their mailbox, also where their provider has several domains, ignores
//! more than dots, or has tags of its own.
//! Method: buyers and an affiliate at such providers, each with a second spelling in another customer's sale, in what a page
//! claims, in quarantine and in an imported row. After the erasure the database is searched for both, and the events come
//! again.

use serde_json::json;
use shared::{batch::Verdict, event::Event};
use world::{World, brand::But, personal_data::nowhere, wait::now};

use super::{customer_of, erase};

fn sale(world: &World, name: &str, id: Option<&str>, email: &str, full_name: &str) -> Event {
    let (id, email, full_name) = (id.map(str::to_owned), email.to_owned(), full_name.to_owned());
    let slug = world.acme.partner.slug.clone();
    world.acme.sale(name, 4_000).but(|report| {
        report.occurred_at = Some(now().plus_days(-3));
        report.customer_id = id;
        report.customer_email = Some(email);
        report.affiliate_slug = Some(slug);
        report.metadata.insert("fullName".into(), json!(full_name));
    })
}

/// An event that can't be applied, with the address somewhere in it.
async fn quarantine(world: &World, email: &str) {
    let poison = json!({"v": 9, "id": 1, "organizationId": world.acme.organization, "mail": email});
    world.intake().post_raw(&[poison.to_string()]).await;
}

async fn import(world: &World, email: &str) {
    let rows = format!(
        "insert into import_rows (organization_id, import_id, line, cells)
         values ('{}', gen_random_uuid(), 1, '[\"{email}\", \"7\"]')",
        world.acme.organization.uuid()
    );
    world.database.run_untriggered(&rows).await;
}

#[tokio::test]
async fn a_buyer_is_gone_in_every_spelling_of_their_provider() {
    let world = World::start().await;
    let mailboxes = [
        ("qann.me@me.com", "Qann.Me+x@mac.com"),
        ("qyah-shop@yahoo.de", "qyah-other@yahoo.de"),
        ("shop@qfast.fastmail.com", "qfast+z@fastmail.com"),
        ("qyan.dex@ya.ru", "qyan-dex@yandex.kz"),
        ("q.pro_ton@pm.me", "qpro-ton+y@protonmail.com"),
    ];
    let mut events = Vec::new();
    for (number, (own, other)) in mailboxes.into_iter().enumerate() {
        let (user, another) = (format!("user-{number}"), format!("another-{number}"));
        events.push(sale(&world, &format!("own-{number}"), Some(&user), own, "Quinta Vranitz"));
        events.push(sale(&world, &format!("other-{number}"), Some(&another), other, "Another Person"));
        let claimed = sale(&world, &format!("claimed-{number}"), None, other, "Another Person");
        events.push(world.acme.by_page(&claimed));
        quarantine(&world, other).await;
        import(&world, other).await;
    }
    world.intake().accept(&events).await;
    for number in 0..mailboxes.len() {
        let customer = customer_of(&world, &format!("user-{number}")).await;
        erase(&world, &format!("/customers/{customer}")).await;
    }
    for (own, other) in mailboxes {
        nowhere(&world.database, own).await;
        nowhere(&world.database, other).await;
    }
    nowhere(&world.database, "Vranitz").await;
    let verdicts = world.intake().post(&events).await;
    assert!(verdicts.iter().all(|verdict| *verdict == Verdict::Duplicate), "{verdicts:?}");
    world.database.run_untriggered("delete from import_rows").await;
    world.finish().await;
}

/// Their purchases are found by the address alone, and lose what else names them.
#[tokio::test]
async fn an_affiliate_who_bought_is_gone_with_their_purchases() {
    let world = World::start().await;
    let address = "qlauren.vale@protonmail.com";
    let affiliate = world.acme.join_as(&world.database, "valencia", address).await.affiliate;
    let events = [
        sale(&world, "own", None, address, "Quinta Vranitz"),
        sale(&world, "again", None, "QLauren-Vale@pm.me", "Quinta Vranitz"),
        sale(&world, "other", Some("user-1"), "qlaurenvale+x@proton.me", "Another Person"),
    ];
    world.intake().accept(&events).await;
    erase(&world, &format!("/affiliates/{affiliate}")).await;
    for text in ["qlauren.vale", "qlauren-vale", "qlaurenvale", "Vranitz"] {
        nowhere(&world.database, text).await;
    }
    assert_eq!(world.intake().post(&events).await, [Verdict::Duplicate; 3]);
    world.finish().await;
}
