//! Goal: pages are compressed for browsers that take it, except those that show a secret and those that never end.
//! Method: requests with and without `Accept-Encoding`.

use world::{
    World,
    client::dashboard::Marketer,
    http::{Request, Response},
};

const KEYS: &str = "/dashboard/settings/api-keys";

async fn get(marketer: &mut Marketer, path: &str, accepted: &str) -> Response {
    marketer.browser.send(Request::get(path).header("Accept-Encoding", accepted)).await.expect_status(200)
}

#[tokio::test]
async fn pages_are_compressed_unless_they_show_a_secret() {
    let world = World::shared().await;
    let (base, organization) = (world.ledger.base(), world.acme.organization);
    let mut owner = Marketer::new(&base);
    owner.sign_in(&world.demo["owner"]).await.expect_status(303);

    let plain = get(&mut owner, "/dashboard", "br").await;
    let small = get(&mut owner, "/dashboard", "gzip, deflate, br").await;
    assert_eq!((plain.header("content-encoding"), plain.header("vary")), (None, Some("accept-encoding")));
    assert_eq!((small.header("content-encoding"), small.header("vary")), (Some("gzip"), Some("accept-encoding")));
    assert!(small.body.len() * 2 < plain.body.len(), "{} of {} bytes", small.body.len(), plain.body.len());

    let events = Request::new("HEAD", "/dashboard/events").header("Accept-Encoding", "gzip");
    assert_eq!(owner.browser.send(events).await.expect_status(200).header("content-encoding"), None);

    let keys = owner.browser.get(KEYS).await.text();
    let form = keys.split_once("id=\"new-title\"").unwrap().1.split_once("name=\"id\"").unwrap().1;
    let id = form.split_once("value=\"").unwrap().1.split_once('"').unwrap().0;
    let form = format!("organization={organization}&id={id}&name=Shop&scope=read_write&role=manager&expiresOn=");
    let mut request = Request::new("POST", KEYS)
        .header("Content-Type", "application/x-www-form-urlencoded")
        .header("Accept-Encoding", "gzip")
        .header("Origin", &base)
        .header("Sec-Fetch-Site", "same-origin");
    request.body = form.into_bytes();
    let made = owner.browser.send(request).await.expect_status(200);
    assert!(made.header("content-encoding").is_none() && made.text().contains("copy these now"), "{}", made.text());

    // It shows the key for the authenticator app once the set-up has begun.
    assert_eq!(get(&mut owner, "/account/two-factor", "gzip").await.header("content-encoding"), None);
    world.finish().await;
}
