//! The application form of a program page as a visitor sends it.

use std::time::Duration;

use serde_json::Value;

use crate::{World, client::dashboard::Marketer};

/// People take some seconds to fill in a form.
pub async fn as_slow_as_people() {
    tokio::time::sleep(Duration::from_millis(3_100)).await;
}

/// An address below the page of the first brand's program.
pub fn page_of(world: &World, rest: &str) -> String {
    format!("/p/{}{rest}", world.own("acme"))
}

/// The token that the form of a page carries.
pub fn shown(page: &str) -> String {
    let rest = page.split("name=\"shown\" value=\"").nth(1).expect("the form's token");
    rest.split('"').next().unwrap().to_owned()
}

pub async fn fresh(visitor: &mut Marketer, handle: &str) -> String {
    let page = visitor.browser.get(&format!("/p/{handle}")).await.expect_status(200).text();
    as_slow_as_people().await;
    shown(&page)
}

/// The tokens of several forms; each can be sent once.
pub async fn forms(visitor: &mut Marketer, handle: &str, count: usize) -> Vec<String> {
    let mut tokens = Vec::new();
    for _ in 0..count {
        tokens.push(shown(&visitor.browser.get(&format!("/p/{handle}")).await.expect_status(200).text()));
    }
    as_slow_as_people().await;
    tokens
}

pub async fn affiliates(world: &World, email: &str) -> Vec<Value> {
    world.api().all(&format!("/affiliates?email={email}")).await
}
