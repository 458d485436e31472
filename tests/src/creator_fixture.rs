//! A creator in a browser of their own: signed in by the emailed link, with a profile that can be listed.

use crate::{
    World,
    client::{
        dashboard::Marketer,
        mailbox::{link, token},
    },
};

/// Signs in, which creates the creator the first time.
pub async fn enter(world: &World, email: &str) -> Marketer {
    let base = world.ledger.base();
    let mut browser = Marketer::new(&base);
    browser.submit("/network/join", &[("email", email)]).await.expect_status(303);
    let entry = link(&base, email, "creator_link").await;
    browser.submit("/network/enter", &[("token", token(&entry))]).await.expect_status(303);
    browser
}

/// A creator whose profile brands see: with a name, a topic and a channel that isn't verified.
pub async fn listed(world: &World, email: &str, name: &str) -> Marketer {
    let mut browser = enter(world, email).await;
    browser.submit("/a/network/profile", &[("name", name), ("topics", "Developers")]).await.expect_status(303);
    // Everyone has a channel of their own: a shared one would wait for the operator.
    let site = format!("https://{}.creator.test", email.split('@').next().unwrap_or_default());
    let channel = [("kind", "Website"), ("url", site.as_str()), ("audience", "From10k")];
    browser.submit("/a/network/profile/channels", &channel).await.expect_status(303);
    browser.submit("/a/network/visibility/list", &[("listed", "yes")]).await.expect_status(303);
    browser
}
