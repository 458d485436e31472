//! Goal: clients hold no connections for nothing, to the ledger or its database, and don't use up Stripe's patience.
//! Method: a client that sends its headers byte by byte, one that sends nothing, and one that sends its headers in time but slowly;
//! an affiliate who reloads a page that asks Stripe; an export that isn't read while a second one is asked for.

use std::time::{Duration, Instant};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::{sleep, timeout},
};
use world::{
    World,
    client::{dashboard::Marketer, mailbox::link},
    http::Request,
};

async fn connect(world: &World) -> TcpStream {
    TcpStream::connect(world.ledger.base().trim_start_matches("http://")).await.unwrap()
}

/// How long the ledger keeps a connection on which a part of a request comes every second.
async fn kept(mut stream: TcpStream, part: &[u8]) -> Duration {
    let start = Instant::now();
    loop {
        if !part.is_empty() && stream.write_all(part).await.is_err() {
            return start.elapsed();
        }
        match timeout(Duration::from_secs(1), stream.read(&mut [0; 512])).await {
            // The end, or an answer such as 408 before it.
            Ok(_) => return start.elapsed(),
            Err(_) => assert!(start.elapsed() < Duration::from_secs(180), "kept for ever"),
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_sends_headers_slowly_is_let_go() {
    let world = World::start().await;
    let mut slow = connect(&world).await;
    slow.write_all(b"GET /healthz HTTP/1.1\r\nHost: x\r\n").await.unwrap();
    let (slow, silent) = tokio::join!(kept(slow, b"X-A: b\r\n"), kept(connect(&world).await, b""));
    for kept in [slow, silent] {
        assert!((Duration::from_secs(15)..Duration::from_secs(120)).contains(&kept), "{kept:?}");
    }
    world.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_slow_but_in_time_is_answered() {
    let world = World::start().await;
    let mut stream = connect(&world).await;
    for part in ["GET /healthz HTTP/1.1\r\n", "Host: x\r\n", "Connection: close\r\n", "\r\n"] {
        stream.write_all(part.as_bytes()).await.unwrap();
        sleep(Duration::from_millis(500)).await;
    }
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    world.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_that_asks_stripe_is_not_reloaded_without_end() {
    let world = World::start().await;
    let base = world.ledger.base();
    let mut lauren = Marketer::new(&base);
    lauren.submit("/a/link", &[("email", "lauren@creators.test")]).await.expect_status(303);
    let way_in = link(&base, "lauren@creators.test", "affiliate_link").await;
    let token = way_in.split_once("token=").unwrap().1.split('&').next().unwrap().to_owned();
    lauren.submit("/a/enter", &[("token", &token)]).await.expect_status(303);
    for path in ["/a/payouts/setup/return", "/a/payouts/setup/onboard", "/a/payouts/setup/dashboard"] {
        let mut last = 0;
        for _ in 0..25 {
            last = lauren.browser.get(path).await.status;
        }
        assert_eq!(last, 429, "{path}");
    }
    lauren.browser.get("/a/payouts/setup").await.expect_status(200);
    world.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_organization_has_one_export_at_a_time() {
    let world = World::start().await;
    // More than any buffer on the way holds.
    world
        .database
        .run(&format!(
            "insert into audit_log (organization_id, id, at, actor, action, target, after)
             select '{}', gen_random_uuid(), now(), 'system', 'test.filled', 'x', jsonb_build_object('text', repeat('x', 2000))
             from generate_series(1, 20000)",
            world.acme.organization.uuid()
        ))
        .await;
    let mut unread = connect(&world).await;
    let head = format!(
        "GET /api/v1/organization/export HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {}\r\n\r\n",
        world.acme.api_key
    );
    unread.write_all(head.as_bytes()).await.unwrap();
    let mut first = [0; 12];
    unread.read_exact(&mut first).await.unwrap();
    assert_eq!(&first, b"HTTP/1.1 200");
    let again = async || world.api().send(Request::get("/api/v1/organization/export")).await;
    assert_eq!(again().await.refusal(), (409, "export_running".to_owned()));
    // Another organization's is free, and the first one's too once its reader is gone.
    world.other_api().send(Request::get("/api/v1/organization/export")).await.expect_status(200);
    drop(unread);
    world::wait::until("the export to end", 30, async || (again().await.status == 200).then_some(())).await;
    world.finish().await;
}
