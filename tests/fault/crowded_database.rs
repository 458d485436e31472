//! Goal: with no connection to be had, or a database that doesn't answer, callers get a quick 503 and nothing is half
//! done; afterwards everything works again by itself, and no session has kept another tenant's binding.
//! Method: two connections only for requests, and a transaction that holds the tenant's lock; the same with many writes of one
//! organization, while others read; clients that disconnect at any moment; then a proxy that cuts, hangs and heals, or keeps
//! connections open on which nothing passes any more.
//! The timeouts that end this are also the role's own.

use std::time::{Duration, Instant};

use serde_json::json;
use tokio::task::block_in_place;
use world::{Plan, brand::But, database::run, http::Request, wait};

/// The requests among those who wait for a lock.
const REQUESTS: &str = "application_name = 'rekomi-ledger'";

#[tokio::test(flavor = "multi_thread")]
async fn no_connection_is_free() {
    let world = Plan::default().ledger_setting("REKOMI_DATABASE_CONNECTIONS", "4").start().await;
    // Bookers queue up behind this lock and keep both connections of requests.
    let mut holder = world.database.connect().await;
    run(&mut holder, "begin; select id from tenants for update").await;
    let waiting: Vec<_> = (0..2)
        .map(|number| {
            let (intake, event) = (world.intake(), world.acme.sale(&format!("waiting-{number}"), 100));
            tokio::spawn(async move { intake.try_post(&[event]).await })
        })
        .collect();
    wait::until("both connections to be taken", 10, async || {
        (world.database.lock_waits(REQUESTS).await == 2).then_some(())
    })
    .await;
    let started = Instant::now();
    let refused = world.intake().try_post(&[world.acme.sale("shed", 100)]).await.unwrap();
    assert_eq!(refused.refusal(), (503, "unavailable".to_owned()));
    assert!(refused.header("retry-after").is_some());
    // The lock is still held: it isn't waited for.
    assert!(started.elapsed() < wait::patience(15), "shed after {:?}", started.elapsed());
    run(&mut holder, "commit").await;
    for post in waiting {
        // They were kept waiting, or gave up: both are honest answers.
        let response = post.await.unwrap().unwrap();
        assert!(matches!(response.status, 200 | 503), "{}", response.text());
    }
    world.intake().accept(&[world.acme.sale("afterwards", 100), world.globex.sale("afterwards", 100)]).await;
    assert_eq!(world.database.count("select count(*) from conversions where external_id = 'shed'").await, 0);
    world.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn many_writes_of_one_organization_leave_connections_to_others() {
    // More than there are connections for requests, which are ten.
    const WRITES: usize = 12;
    let world = Plan::default().ledger_setting("REKOMI_DATABASE_CONNECTIONS", "16").start().await;
    let mut holder = world.database.connect().await;
    let lock =
        format!("begin; select id from tenants where id = '{}' for no key update", world.acme.organization.uuid());
    run(&mut holder, &lock).await;
    let bonus = json!({"programId": world.acme.program, "amountCents": 100, "currency": "USD", "reason": "Thanks"});
    let path = format!("/affiliates/{}/bonuses", world.acme.partner.affiliate);
    let writes: Vec<_> = (0..WRITES)
        .map(|_| {
            let (api, path, bonus) = (world.api(), path.clone(), bonus.clone());
            tokio::spawn(async move { api.post(&path, &bonus).await })
        })
        .collect();
    // A third of the connections.
    wait::until("writes to wait for the lock", 10, async || {
        (world.database.lock_waits(REQUESTS).await == 3).then_some(())
    })
    .await;
    world.api().get("/commissions").await.expect_status(200);
    world.other_api().get("/commissions").await.expect_status(200);
    assert_eq!(world.database.lock_waits(REQUESTS).await, 3);
    run(&mut holder, "commit").await;
    for write in writes {
        write.await.unwrap().expect_status(201);
    }
    world.finish().await;
}

/// A connection with a forgotten transaction would be given to the next request, which might have to write in a transaction that
/// only reads.
#[tokio::test(flavor = "multi_thread")]
async fn clients_that_go_away_leave_no_transaction_open() {
    let world = Plan::default().start().await;
    for number in 0..1_000 {
        let api = world.api();
        let request = tokio::spawn(async move { api.get("/affiliates").await });
        // At all moments of a request.
        block_in_place(|| std::thread::sleep(Duration::from_micros(number % 50 * 100)));
        request.abort();
    }
    world.api().get("/affiliates").await.expect_status(200);
    let log = world.ledger.log();
    let found = log.matches("there is already a transaction in progress").count();
    assert_eq!(found, 0, "requests were given connections of others");
    world.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_database_goes_away_and_comes_back() {
    let world = Plan::default().database_proxy().start().await;
    let proxy = world.database_proxy.as_ref().unwrap();
    let slug = world.acme.partner.slug.clone();
    let sale = |id: &str| {
        let slug = slug.clone();
        world.acme.sale(id, 9_900).but(|report| report.affiliate_slug = Some(slug))
    };
    world.intake().accept(&[sale("before")]).await;
    proxy.cut();
    let started = Instant::now();
    let refused = world.intake().try_post(&[sale("during")]).await.unwrap();
    assert_eq!(refused.refusal(), (503, "unavailable".to_owned()));
    assert!(started.elapsed() < wait::patience(6), "refused after {:?}", started.elapsed());
    proxy.heal();
    wait::until("the ledger to recover by itself", 15, async || {
        world.intake().try_post(&[sale("after")]).await.ok().filter(|response| response.status == 200)
    })
    .await;
    assert_eq!(world.database.count("select count(*) from conversions where external_id = 'during'").await, 0);
    assert_eq!(world.database.count("select count(*) from conversions").await, 2);
    world.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_server_vanishes_without_a_word() {
    let mut world = Plan::default().database_proxy().ledger_setting("REKOMI_DATABASE_CONNECTIONS", "5").start().await;
    world.ledger.run_jobs().await;
    world.database_proxy.as_ref().unwrap().fall_silent();
    // Every job begins a transaction, on connections that are silent then. Each is given up, and a new one is opened.
    let (due, base) = (Request::post("/dev/run-jobs", ""), world.ledger.base());
    let sales = wait::until("sales to be taken", 60, async || {
        let response = world.intake().try_post(&[world.acme.sale("after", 100)]).await.ok()?;
        (response.status == 200).then_some(())
    });
    let (_, ()) = tokio::join!(due.send(&base), sales);
    wait::until("all jobs to run", 60, async || {
        let ran = due.send(&base).await.ok()?;
        (ran.status == 200 && ran.json()["underWay"].as_array()?.is_empty()).then_some(())
    })
    .await;
    assert_eq!(world.database.count("select count(*) from conversions where external_id = 'after'").await, 1);

    world.database_proxy.as_ref().unwrap().fall_silent();
    let started = Instant::now();
    block_in_place(|| world.ledger.stop());
    assert!(started.elapsed() < wait::patience(9), "{:?}: it was killed", started.elapsed());
    world.finish().await;
}

/// The answer to the commit is lost: the ledger can't know, says 503, and the redelivery is told `duplicate`.
#[tokio::test(flavor = "multi_thread")]
async fn the_commits_answer_is_lost() {
    let world = Plan::default().database_proxy().start().await;
    let proxy = world.database_proxy.as_ref().unwrap();
    world.intake().accept(&[world.acme.sale("warm", 100)]).await;
    let mut redelivered = 0;
    // The cut moves through the whole conversation, so that some run hits the commit.
    // A connection that prepares its statements first gets longer answers.
    let cuts = [0, 40, 120, 300, 600, 900, 1_200, 1_600, 2_000, 2_600, 3_400, 5_000, 8_000, 13_000, 20_000, 32_000];
    for (number, bytes) in cuts.into_iter().enumerate() {
        let event = world.acme.sale(&format!("lost-{number}"), 9_900);
        proxy.cut_answers_after(bytes);
        let first = world.intake().try_post(std::slice::from_ref(&event)).await.unwrap();
        proxy.heal();
        assert!(matches!(first.status, 200 | 503), "{}", first.text());
        let verdict = wait::until("a verdict", 15, async || {
            let response = world.intake().try_post(std::slice::from_ref(&event)).await.ok()?;
            (response.status == 200).then(|| response.json()["verdicts"][0]["verdict"].as_str().unwrap().to_owned())
        })
        .await;
        if verdict == "duplicate" {
            redelivered += 1;
        }
    }
    println!("{redelivered} of {} were known when they came again", cuts.len());
    assert!(redelivered > 0);
    let booked = world.database.count("select count(*) from conversions where external_id like 'lost-%'").await;
    assert_eq!(booked, i64::try_from(cuts.len()).unwrap());
    world.finish().await;
}

/// As behind a pooler, which ignores what a connection asks for.
#[tokio::test(flavor = "multi_thread")]
async fn the_role_has_its_timeouts_whatever_a_connection_asks_for() {
    let world = Plan::default().start().await;
    let mut connection = world.database.connect_as_app().await;
    for (name, expected) in [
        ("statement_timeout", "20s"),
        ("lock_timeout", "10s"),
        ("idle_in_transaction_session_timeout", "30s"),
        ("timezone", "UTC"),
    ] {
        let shown: String =
            sqlx::query_scalar("select current_setting($1)").bind(name).fetch_one(&mut connection).await.unwrap();
        assert_eq!(shown, expected, "{name}");
    }
    let of_role = "select count(*) from pg_roles where rolname = 'rekomi_app' and cardinality(rolconfig) = 4";
    assert_eq!(world.database.count(of_role).await, 1, "each is set once, however often `rekomi migrate` runs");
    world.finish().await;
}
