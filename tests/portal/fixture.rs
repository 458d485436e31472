//! An affiliate in the portal and what they see there, for the tests of several pages.

use world::{
    World,
    brand::{But, Partner},
    client::{
        dashboard::Marketer,
        mailbox::{link, token},
    },
};

/// One more affiliate of the first brand, who can sign in.
pub(crate) async fn join(world: &World, slug: &str) -> Partner {
    world.acme.join_as(&world.database, slug, &address(world, slug)).await
}

/// The address of an affiliate who joined with this slug, which no other test uses.
pub(crate) fn address(world: &World, slug: &str) -> String {
    world.own(&format!("{slug}@creators.test"))
}

pub(crate) async fn enter(world: &World, email: &str) -> Marketer {
    let base = world.ledger.base();
    let mut browser = Marketer::new(&base);
    browser.submit("/a/link", &[("email", email)]).await.expect_status(303);
    let entry = link(&base, email, "affiliate_link").await;
    browser.submit("/a/enter", &[("token", token(&entry))]).await.expect_status(303);
    browser
}

pub(crate) async fn page(browser: &mut Marketer, target: &str) -> String {
    browser.browser.get(target).await.expect_status(200).text()
}

pub(crate) async fn sell(world: &World, partner: Option<&Partner>, id: &str, cents: i64) {
    let slug = partner.map(|partner| partner.slug.clone());
    let sale = world.acme.sale(id, cents).but(|report| {
        report.affiliate_slug = slug;
        report.customer_id = Some(format!("buyer-of-{id}"));
        report.customer_email = Some(format!("{id}@buyers.test"));
    });
    world.intake().accept(&[sale]).await;
}

/// The id in the first link of a page that begins with `start`.
pub(crate) fn id_after(page: &str, start: &str) -> String {
    page.split(start).nth(1).and_then(|rest| rest.split(['"', '?']).next()).expect(start).to_owned()
}
