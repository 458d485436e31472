//! The co-pilot: how a model is connected, and what a person does on its pages.

use serde_json::{Value, json};

use crate::{
    World,
    client::dashboard::Marketer,
    fakes::{
        FakeServer,
        model::{self, KEY, MODEL, Model},
    },
    http::{Request, Response},
    wait,
};

pub const PLACE: &str = "/dashboard/copilot";
pub const SETTINGS: &str = "/dashboard/settings/copilot";

/// A connected model.
pub async fn connected(world: &World, kind: &str, level: &str) -> FakeServer<Model> {
    let fake = model::start();
    let body = json!({"kind": kind, "baseUrl": fake.base(), "apiKey": KEY, "model": MODEL, "dataLevel": level,
        "maxTokensPerDay": 50_000_000});
    put(world, &body).await.expect_status(200);
    fake
}

pub async fn put(world: &World, body: &Value) -> Response {
    let mut request = Request::post("/api/v1/assistant", body.to_string());
    request.method = "PUT".to_owned();
    world.api().send(request).await
}

/// Writes a message, as a browser without a script does; the page that follows.
pub async fn ask(world: &World, person: &mut Marketer, place: &str, text: &str) -> (String, String) {
    let organization = world.acme.organization.to_string();
    let sent = person.submit(place, &[("organization", &organization), ("message", text)]).await.expect_status(303);
    let to = sent.header("location").unwrap().split('#').next().unwrap().to_owned();
    // A slow answer is still being written when the page comes, which then loads itself again.
    let page = wait::until("the answer", 120, async || {
        let page = person.browser.get(&to).await.expect_status(200).text();
        (!page.contains("The answer is being written")).then_some(page)
    });
    let page = page.await;
    (to.split('?').next().unwrap().to_owned(), page)
}

/// The same, as its script does; the events of the stream.
pub async fn stream(world: &World, person: &mut Marketer, place: &str, text: &str) -> Vec<(String, Value)> {
    let response = person.browser.send(streaming(world, place, text)).await.expect_status(200);
    assert_eq!(response.header("content-type"), Some("text/event-stream"));
    assert_eq!(
        (response.header("cache-control"), response.header("x-accel-buffering")),
        (Some("no-store"), Some("no"))
    );
    let text = response.text();
    let events = text.split("\n\n").filter(|event| event.contains("event: "));
    let field = |event: &str, name: &str| {
        let line = event.lines().find_map(|line| line.strip_prefix(name));
        line.unwrap_or_else(|| panic!("{name}{event}")).trim().to_owned()
    };
    let events = events.map(|event| (field(event, "event:"), serde_json::from_str(&field(event, "data:")).unwrap()));
    events.collect()
}

pub fn streaming(world: &World, place: &str, text: &str) -> Request {
    let base = world.ledger.base();
    let mut request = Request::new("POST", place)
        .header("Content-Type", "application/x-www-form-urlencoded")
        .header("Accept", "text/event-stream")
        .header("Origin", &base)
        .header("Sec-Fetch-Site", "same-origin");
    let text = text.replace('%', "%25").replace('&', "%26").replace('+', "%2B").replace(' ', "+");
    request.body = format!("organization={}&message={text}", world.acme.organization).into_bytes();
    request
}

/// A card on a page.
#[derive(Debug, Clone)]
pub struct Card {
    pub action: String,
    pub seen: String,
    /// The card's own part of the page.
    pub html: String,
}

/// The cards of a page that wait for a decision.
pub fn cards(page: &str) -> Vec<Card> {
    let parts =
        page.split("<section class=\"card\" data-card").skip(1).map(|part| part.split("</section>").next().unwrap());
    let value = |part: &str, mark: &str| Some(part.split_once(mark)?.1.split_once('"')?.0.to_owned());
    let found = parts.filter_map(|part| {
        let action = value(part, "action=\"")?;
        Some(Card { action, seen: value(part, "name=\"seen\" value=\"")?, html: part.to_owned() })
    });
    found.collect()
}

/// A click on a card, as it is sent.
pub fn click(world: &World, card: &Card) -> Request {
    let base = world.ledger.base();
    let mut request = Request::new("POST", &card.action)
        .header("Content-Type", "application/x-www-form-urlencoded")
        .header("Origin", &base)
        .header("Sec-Fetch-Site", "same-origin");
    request.body = format!("organization={}&seen={}&do=confirm", world.acme.organization, card.seen).into_bytes();
    request
}

pub async fn decide(world: &World, person: &mut Marketer, card: &Card, what: &str, more: &[(&str, &str)]) -> Response {
    let organization = world.acme.organization.to_string();
    let mut form = vec![("organization", organization.as_str()), ("seen", &card.seen), ("do", what)];
    form.extend(more);
    person.submit(&card.action, &form).await
}

/// Everything that a request said and gave to the model, as text.
pub fn sent(requests: &[Value]) -> String {
    requests.iter().map(Value::to_string).collect::<Vec<_>>().join("\n")
}

/// The results of tools in a request, in order.
pub fn results(request: &Value) -> Vec<Value> {
    let messages = request["messages"].as_array().unwrap();
    let blocks = messages.iter().flat_map(|message| match &message["content"] {
        Value::Array(blocks) => blocks.clone(),
        other => vec![json!({"type": message["role"], "content": other})],
    });
    let texts = blocks.filter(|block| block["type"] == "tool_result" || block["type"] == "tool");
    texts.map(|block| serde_json::from_str(block["content"].as_str().unwrap()).unwrap()).collect()
}
