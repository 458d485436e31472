//! Members of a team: their invitations, forms and ids.

use serde_json::Value;

use crate::{
    World,
    client::{dashboard::Marketer, mailbox::read_emails},
    http::Response,
};

pub const PASSWORD: &str = "seven lazy otters";

/// The emails to an address, the newest last.
pub async fn emails(world: &World, to: &str) -> Vec<Value> {
    let mut found = read_emails(&world.ledger.base(), to).await;
    found.sort_by_key(|mail| mail["id"].as_str().unwrap().to_owned());
    found
}

/// The path of the newest invitation's link.
pub async fn link(world: &World, to: &str) -> String {
    let mail = emails(world, to).await.pop().expect("an email");
    let text = mail["text"].as_str().unwrap();
    let start = text.find("/invites/").unwrap_or_else(|| panic!("{text}"));
    text[start..].split_whitespace().next().unwrap().to_owned()
}

/// Sends an owner's form of the team page.
pub async fn form(world: &World, owner: &mut Marketer, path: &str, fields: &[(&str, &str)]) -> Response {
    let organization = world.acme.organization.to_string();
    let mut all = vec![("organization", organization.as_str())];
    all.extend(fields);
    owner.submit(&format!("/dashboard/settings/team/{path}"), &all).await
}

/// A new member who was invited and joined, with their browser.
pub async fn joined(world: &World, owner: &mut Marketer, email: &str, role: &str) -> Marketer {
    form(world, owner, "invite", &[("email", email), ("role", role)]).await.expect_status(303);
    let link = link(world, email).await;
    let mut person = Marketer::new(&world.ledger.base());
    person.submit(&link, &[("password", PASSWORD)]).await.expect_status(303);
    person
}

/// A member's id.
pub async fn user(world: &World, email: &str) -> String {
    let members = world.api().all("/team").await;
    let found =
        members.iter().find(|member| member["email"] == email).unwrap_or_else(|| panic!("{email}: {members:?}"));
    found["userId"].as_str().unwrap().to_owned()
}
