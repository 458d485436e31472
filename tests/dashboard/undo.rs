//! Goal: what moved no money and sent no email can be undone by the button of its message, by the person who did it, once,
//! and only if nothing has changed since; everything is then as it was, and stands in the audit log.
//! Method: an owner archives affiliates and sets segments, in bulk and on a profile; the button's form is sent as a browser
//! sends it; the effect is read by API. Events, alerts and the checklist: quarantine.rs, review.rs and overview.rs.
//! Routes: `/dashboard/undo/{token}`

use serde_json::{Value, json};
use world::{World, client::dashboard::Marketer, http::Response, organization_fixture::owner, team_fixture::joined};

/// The path of the button that undoes what the page reports.
pub(crate) fn button(page: &str) -> Option<String> {
    let rest = page.split("action=\"/dashboard/undo/").nth(1)?;
    Some(format!("/dashboard/undo/{}", rest.split('"').next()?))
}

/// Presses it, and reads the page that it leads to.
pub(crate) async fn undone(person: &mut Marketer, page: &str) -> String {
    let path = button(page).unwrap_or_else(|| panic!("no Undo in {page}"));
    follow(person, &path).await
}

async fn follow(person: &mut Marketer, path: &str) -> String {
    let to = person.submit(path, &[]).await.expect_status(303).header("location").unwrap().to_owned();
    person.browser.get(&to).await.expect_status(200).text()
}

async fn affiliate(world: &World, name: &str) -> String {
    let body = json!({"name": name, "email": format!("{}@creators.test", name.to_lowercase())});
    let made = world.api().post("/affiliates", &body).await.expect_status(201).json();
    made["id"].as_str().unwrap().to_owned()
}

async fn read(world: &World, id: &str) -> Value {
    world.api().get(&format!("/affiliates/{id}")).await.expect_status(200).json()
}

async fn send(person: &mut Marketer, world: &World, path: &str, fields: &[(&str, &str)]) -> Response {
    let organization = world.acme.organization.to_string();
    let fields: Vec<(&str, &str)> =
        [("organization", organization.as_str())].into_iter().chain(fields.iter().copied()).collect();
    person.submit(&format!("/dashboard/affiliates{path}"), &fields).await
}

/// Sends a form that leads to a page with a message.
async fn done(person: &mut Marketer, world: &World, path: &str, fields: &[(&str, &str)]) -> String {
    let to = send(person, world, path, fields).await.expect_status(303).header("location").unwrap().to_owned();
    person.browser.get(&to).await.expect_status(200).text()
}

#[tokio::test]
async fn archived_affiliates_come_back_as_they_were() {
    let world = World::start().await;
    let mut owner = owner(&world).await;
    let (ann, ben) = (affiliate(&world, "Ann").await, affiliate(&world, "Ben").await);
    send(&mut owner, &world, &format!("/{ben}/ban"), &[("reason", "Spam.")]).await.expect_status(303);
    let both = [("ids", ann.as_str()), ("ids", &ben), ("what", "archive"), ("reason", "Cleaned up.")];
    let page = done(&mut owner, &world, "?sort=name", &both).await;
    assert!(page.contains("2 affiliates archived") && page.contains(">Undo<"), "{page}");
    assert_eq!(read(&world, &ben).await["statusReason"], "Cleaned up.");

    let path = button(&page).unwrap();
    let mut manager = joined(&world, &mut owner, "manager@team.test", "manager").await;
    manager.submit(&path, &[]).await.expect_status(404);
    owner.submit(&format!("{path}A"), &[]).await.expect_status(404);
    let page = follow(&mut owner, &path).await;
    assert!(page.contains("2 affiliates restored") && button(&page).is_none(), "{page}");
    assert!(page.contains("aria-sort=\"ascending\""), "it leads back to the list as it was: {page}");
    let (one, other) = (read(&world, &ann).await, read(&world, &ben).await);
    assert_eq!((one["status"].as_str(), one["statusReason"].as_str()), (Some("Approved"), None));
    assert_eq!((other["status"].as_str(), other["statusReason"].as_str()), (Some("Banned"), Some("Spam.")));
    let log = world.api().all(&format!("/audit-log?target={ann}")).await;
    assert_eq!(log[0]["action"], "affiliate.archiving_undone");

    // Only once, and not what someone did afterward.
    assert!(follow(&mut owner, &path).await.contains("nothing to undo"));
    let page = done(&mut owner, &world, &format!("/{ann}/archive"), &[]).await;
    assert!(page.contains("Affiliate archived."), "{page}");
    send(&mut owner, &world, &format!("/{ann}/reinstate"), &[]).await.expect_status(303);
    send(&mut owner, &world, &format!("/{ann}/archive"), &[("reason", "Again.")]).await.expect_status(303);
    assert!(undone(&mut owner, &page).await.contains("nothing to undo"));
    assert_eq!(read(&world, &ann).await["statusReason"], "Again.");

    // Actions that send an email or notify other systems offer no undo.
    let page = done(&mut owner, &world, &format!("/{ben}/reinstate"), &[]).await;
    assert!(page.contains("approved again") && button(&page).is_none(), "{page}");
    let page = done(&mut owner, &world, &format!("/{ben}/archive"), &[]).await;
    world.database.run("set session_replication_role = replica; update memberships set role = 'viewer'").await;
    owner.submit(&button(&page).unwrap(), &[]).await.expect_status(403);
    world.finish().await;
}

#[tokio::test]
async fn a_segment_is_the_one_before_it_again() {
    let world = World::shared().await;
    let mut owner = owner(&world).await;
    let (ann, ben) = (affiliate(&world, "Ann").await, affiliate(&world, "Ben").await);
    send(&mut owner, &world, &format!("/{ann}/segment"), &[("segment", "gold")]).await.expect_status(303);
    let both = [("ids", ann.as_str()), ("ids", &ben), ("what", "segment"), ("segment", "silver")];
    let page = done(&mut owner, &world, "", &both).await;
    assert!(page.contains("2 affiliates updated"), "{page}");
    send(&mut owner, &world, &format!("/{ben}/segment"), &[("segment", "bronze")]).await.expect_status(303);
    let page = undone(&mut owner, &page).await;
    assert!(page.contains("Segment of 1 affiliate restored. The others have changed since."), "{page}");
    assert_eq!(
        (&read(&world, &ann).await["segment"], &read(&world, &ben).await["segment"]),
        (&json!("gold"), &json!("bronze"))
    );
    let page = done(&mut owner, &world, &format!("/{ben}/segment"), &[("segment", "")]).await;
    assert!(page.contains("Segment saved."), "{page}");
    undone(&mut owner, &page).await;
    assert_eq!(read(&world, &ben).await["segment"], "bronze");
    // From a day of its own on, nothing is in effect yet.
    let later = [("segment", "gold"), ("effectiveAt", "2100-01-01")];
    let page = done(&mut owner, &world, &format!("/{ben}/segment"), &later).await;
    assert!(page.contains("Segment saved.") && button(&page).is_none(), "{page}");
    world.finish().await;
}
