//! Goal: an affiliate's page shows their first click with the click's own time.
//! Method: two clicks of one affiliate, the later one first; the page's activity is read.

use world::wait::now;

use super::Fixture;

#[tokio::test]
async fn a_first_click_has_its_own_time() {
    let mut fixture = Fixture::open().await;
    let early = fixture.world.acme.join(&fixture.world.database, "early").await;
    let first = now();
    for at in [first.plus_millis(1), first] {
        let click = fixture.world.acme.click_at(&early, at);
        fixture.world.intake().accept(&[click]).await;
    }
    let page = fixture.page(&format!("/{}", early.affiliate)).await;
    let activity = page.split("id=\"timeline-title\"").nth(1).unwrap();
    let click = activity.split("<li").find(|line| line.contains("First click")).unwrap();
    assert!(click.contains(&format!("datetime=\"{first}\"")) && !click.contains("about "), "{click}");
    fixture.world.finish().await;
}
