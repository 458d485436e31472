//! Goal: filters of a list or of the overview can be saved under a name, for oneself or for the team, and nobody sees or
//! deletes what isn't theirs to see.
//! Method: views of an owner and of a viewer, sent as a browser sends the forms; the tabs are read from the pages.
//! Routes: `/dashboard/views`, `/dashboard/views/{id}/delete`

use world::{World, client::dashboard::Marketer, http::Response, organization_fixture::owner, team_fixture::joined};

async fn save(person: &mut Marketer, world: &World, fields: &[(&str, &str)]) -> Response {
    let organization = world.acme.organization.to_string();
    let fields: Vec<(&str, &str)> =
        [("organization", organization.as_str())].into_iter().chain(fields.iter().copied()).collect();
    person.submit("/dashboard/views", &fields).await
}

async fn page(person: &mut Marketer, world: &World, path: &str) -> String {
    let sign = if path.contains('?') { '&' } else { '?' };
    let path = format!("{path}{sign}organization={}", world.acme.organization);
    person.browser.get(&path).await.expect_status(200).text()
}

#[tokio::test]
async fn a_view_is_a_tab_of_its_list() {
    let world = World::shared().await;
    let mut owner = owner(&world).await;
    let list = page(&mut owner, &world, "/dashboard/conversions").await;
    assert!(!list.contains("Saved views") && !list.contains("Save view"), "{list}");
    let filtered = page(&mut owner, &world, "/dashboard/conversions?status=Refunded&span=90d").await;
    let query = filtered.split("name=\"query\" value=\"").nth(1).and_then(|rest| rest.split('"').next()).unwrap();
    let query = query.replace("&#38;", "&").replace("&amp;", "&");
    assert_eq!(query, "status=Refunded&span=90d");
    let view = [("list", "conversions"), ("name", "Given back"), ("query", query.as_str())];
    let to = save(&mut owner, &world, &view).await.expect_status(303);
    let there = owner.browser.get(to.header("location").unwrap()).await.expect_status(200).text();
    assert!(there.contains("View saved") && there.contains("aria-current=\"page\">Given back"), "{there}");
    assert!(there.contains("Delete view") && !there.contains("Save view"), "{there}");
    // Saved again under the same name, it is replaced; another list doesn't have it.
    let other =
        [("list", "conversions"), ("name", "Given back"), ("query", "status=Denied&cursor=x&organization=org_1")];
    save(&mut owner, &world, &other).await.expect_status(303);
    let rows = world.database.texts("select list || ' ' || query as view from saved_views").await;
    assert_eq!(rows, [["conversions status=Denied"]]);
    let affiliates = page(&mut owner, &world, "/dashboard/affiliates").await;
    assert!(!affiliates.contains("Given back"), "{affiliates}");
    for (list, path) in [
        ("overview", "/dashboard?country=DE"),
        ("affiliates", "/dashboard/affiliates?status=Banned"),
        ("commissions", "/dashboard/commissions?status=Paid"),
        ("customers", "/dashboard/customers?q=nobody"),
        ("payouts", "/dashboard/payouts?tab=paid&rail=Wise"),
    ] {
        let (_, query) = path.split_once('?').unwrap();
        save(&mut owner, &world, &[("list", list), ("name", "Mine"), ("query", query)]).await.expect_status(303);
        let seen = page(&mut owner, &world, path).await;
        assert!(seen.contains("aria-current=\"page\">Mine"), "{list}: {seen}");
    }
    // What a list doesn't know or refuses isn't saved; a view that has it still opens without it, and says so.
    let query = "status=Paid&country=Atlantis&colors=red";
    let half = [("list", "commissions"), ("name", "Half"), ("query", query)];
    let to = save(&mut owner, &world, &half).await.expect_status(303);
    let there = owner.browser.get(to.header("location").unwrap()).await.expect_status(200).text();
    assert!(there.contains("View saved. Some filters were left out. Country must be"), "{there}");
    let saved = "select query from saved_views where name = 'Half'";
    assert_eq!(world.database.texts(saved).await, [["status=Paid"]]);
    world.database.run("update saved_views set query = 'device=watch&status=Denied' where name = 'Half'").await;
    let tabs = page(&mut owner, &world, "/dashboard/commissions").await;
    let href = tabs.split("\">Half<").next().and_then(|before| before.rsplit("href=\"").next()).unwrap();
    let href = href.replace("&#38;", "&").replace("&amp;", "&");
    let to = owner.browser.get(&href).await.expect_status(303);
    let there = owner.browser.get(to.header("location").unwrap()).await.expect_status(200).text();
    assert!(there.contains("One filter was left out. Device must be one of"), "{there}");
    assert!(there.contains("status=Denied\" aria-current=\"page\">"), "the rest of it holds: {there}");
    assert!(there.contains("aria-current=\"page\">Half") && there.contains("Delete view"), "{there}");
    for wrong in [
        [("list", "gateways"), ("name", "x"), ("query", "a=b")],
        [("list", "customers"), ("name", " "), ("query", "a=b")],
        [("list", "customers"), ("name", "x"), ("query", "organization=org_1")],
    ] {
        save(&mut owner, &world, &wrong).await.expect_status(400);
    }
    world.finish().await;
}

#[tokio::test]
async fn a_view_is_ones_own_until_it_is_shared() {
    let world = World::shared().await;
    let mut owner = owner(&world).await;
    let mut viewer = joined(&world, &mut owner, &world.own("viewer@team.test"), "viewer").await;
    let own = [("list", "conversions"), ("name", "Own"), ("query", "status=Paid")];
    let shared = [("list", "conversions"), ("name", "Team"), ("query", "status=Denied"), ("shared", "yes")];
    save(&mut owner, &world, &own).await.expect_status(303);
    save(&mut owner, &world, &shared).await.expect_status(303);
    save(&mut viewer, &world, &[("list", "conversions"), ("name", "Seen"), ("query", "show=leads")])
        .await
        .expect_status(303);
    save(&mut viewer, &world, &shared).await.expect_status(403);
    let seen = page(&mut viewer, &world, "/dashboard/conversions?status=Denied").await;
    assert!(seen.contains(">Team<span") && seen.contains(">Seen<") && !seen.contains(">Own<"), "{seen}");
    assert!(!seen.contains("Delete view"), "it is the owner's: {seen}");
    let ids = world.database.texts("select name as a, id::text as b from saved_views order by name").await;
    let id = |name: &str| {
        let row = ids.iter().find(|row| row[0] == name).unwrap();
        let uuid = uuid::Uuid::parse_str(&row[1]).unwrap();
        format!("/dashboard/views/{}/delete", shared::id::SavedViewId::new(uuid))
    };
    let organization = world.acme.organization.to_string();
    let fields = [("organization", organization.as_str())];
    for theirs in ["Own", "Team"] {
        viewer.submit(&id(theirs), &fields).await.expect_status(404);
    }
    owner.submit(&id("Seen"), &fields).await.expect_status(404);
    for (name, person) in [("Own", &mut owner), ("Seen", &mut viewer)] {
        person.submit(&id(name), &fields).await.expect_status(303);
    }
    owner.submit(&id("Team"), &fields).await.expect_status(303);
    assert_eq!(world.database.count("select count(*) from saved_views").await, 0);
    world.finish().await;
}

#[tokio::test]
async fn test_mode_has_no_views() {
    let world = World::shared().await;
    let mut owner = owner(&world).await;
    let live = world.acme.organization.to_string();
    let place = owner.submit("/dashboard/test-mode", &[("organization", &live)]).await.expect_status(303);
    let twin = place.header("location").unwrap().split_once("organization=").unwrap().1.to_owned();
    let list = format!("/dashboard/conversions?organization={twin}&status=Refunded");
    let list = owner.browser.get(&list).await.expect_status(200).text();
    assert!(!list.contains("Save view"), "{list}");
    let view = [("organization", twin.as_str()), ("list", "conversions"), ("name", "x"), ("query", "status=Refunded")];
    owner.submit("/dashboard/views", &view).await.expect_status(409);
    world.finish().await;
}
