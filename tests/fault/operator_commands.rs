//! Goal: an operator sets up, watches and repairs an installation with the binary alone. `init` writes a configuration that
//! works and never overwrites one; `health` says whether the ledger is ready; systemd learns when it serves, lives and
//! stops, and can keep the socket while it restarts; `doctor` finds each fault, names no other, and says what to do. Its probe
//! of the queue leaves nothing behind, and no CRM gets a credential from it.
//! Method: one world with the real edge and an email server; the commands run in it as an operator would, with one fault at
//! a time in the environment, the database, or a stand-in for the edge whose clock is wrong or whose queue takes nothing. A
//! second world is beside a CRM.

use std::{
    net,
    os::fd::OwnedFd,
    path::Path,
    process::{Command, Stdio},
};

use axum::{
    Json, Router,
    http::{StatusCode, header::DATE},
    routing::post,
};
use serde_json::{Value, json};
use shared::batch::PROBE_PATH;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream, UnixDatagram},
    sync::mpsc,
};
use world::{
    Plan, World, child::Child, crm_connection_fixture::CrmConnectionFixture, edge_fixture::as_ledger, http::Request,
    settings, smtp::MailServer, wait,
};

/// What a command printed, and whether it succeeded.
struct Printed {
    success: bool,
    out: String,
    error: String,
}

/// A command that a shell starts after these words.
fn after(words: &str, plain: &Command) -> Command {
    let mut shell = Command::new("sh");
    shell.arg("-c").arg(format!(r#"{words}; exec "$0" "$@""#)).arg(plain.get_program()).args(plain.get_args());
    shell.envs(plain.get_envs().filter_map(|(name, value)| Some((name, value?))));
    shell
}

async fn run(mut command: Command) -> Printed {
    let output = tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    Printed { success: output.status.success(), out: text(&output.stdout), error: text(&output.stderr) }
}

/// The checks that failed, each with its cure.
async fn faults(mut doctor: Command) -> Vec<(String, String)> {
    doctor.arg("--json");
    let printed = run(doctor).await;
    let document: Value =
        serde_json::from_str(&printed.out).unwrap_or_else(|error| panic!("{error}: {}", printed.error));
    let checks = document["checks"].as_array().unwrap();
    let text = |check: &Value, field: &str| check[field].as_str().unwrap_or_default().to_owned();
    let failed = checks.iter().filter(|check| check["status"] == "failed");
    let found: Vec<_> = failed.map(|check| (text(check, "check"), text(check, "cure"))).collect();
    assert_eq!(printed.success, found.is_empty(), "{document:#}");
    assert_eq!(document["ok"], found.is_empty());
    for secret in [settings::EDGE_KEYS, settings::LEDGER_KEYS, settings::APP_PASSWORD] {
        assert!(!printed.out.contains(secret) && !printed.error.contains(secret), "no secret is printed");
    }
    found
}

/// Asserts that exactly one check fails, and that its cure has these words.
fn only(found: &[(String, String)], check: &str, cure: &str) {
    let [(name, text)] = found else { panic!("{check} should fail alone: {found:?}") };
    assert!(name == check && text.contains(cure), "{check} with {cure:?}: {found:?}");
}

/// An edge whose clock is behind, and which answers this to a probe of its queue. Returns its address.
async fn fake_edge(behind_millis: i64, probed: StatusCode) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let date = move || {
        let late = wait::now().plus_millis(-behind_millis).to_date_time();
        let (date, time) = (late.date(), late.time());
        let (day, month) = (&date.weekday().to_string()[..3], &date.month().to_string()[..3]);
        let (hour, minute, second) = time.as_hms();
        format!("{day}, {:02} {month} {} {hour:02}:{minute:02}:{second:02} GMT", date.day(), date.year())
    };
    let answer = move || async move { ([(DATE, date())], Json(json!({"status": "ok", "version": "0", "applied": 0}))) };
    let app = Router::new().route(PROBE_PATH, post(probed)).fallback(answer);
    tokio::spawn(async move { axum::serve(listener, app).await });
    address
}

#[tokio::test(flavor = "multi_thread")]
async fn an_installation_is_set_up_watched_and_repaired() {
    let server = MailServer::start().await;
    let world = Plan::default().edge().ledger_setting("REKOMI_SMTP_URL", &server.url()).start().await;
    let folder = settings::folder();
    whole(&world, &server).await;
    settings_are_wrong(&world, &folder).await;
    the_database_is_wrong(&world).await;
    configuration_is_written(&world, &folder).await;
    systemd_is_notified(&world, &folder).await;
    systemd_keeps_the_socket(&world, &folder).await;
    world.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn hosts_of_crms_are_reached_without_credentials() {
    let fixture = CrmConnectionFixture::of("klaviyo").await;
    fixture.connected().await;
    let doctor = || fixture.world.ledger.command("doctor");
    only(&faults(doctor()).await, "edge", "deploy the edge");
    let mut calls = fixture.vendor.calls();
    calls.retain(|call| call.method == "HEAD");
    let [call] = calls.as_slice() else { panic!("one call to one host: {calls:?}") };
    let shown = format!("{call:?}");
    for secret in fixture.secrets() {
        assert!(!shown.contains(&secret), "no credential is sent");
    }
    let mut cut_off = doctor();
    cut_off.env("REKOMI_VENDOR_BASE_KLAVIYO", format!("http://127.0.0.1:{}", settings::free_port()));
    let found = faults(cut_off).await;
    assert!(found.iter().any(|(check, cure)| check == "CRM hosts" && cure.contains("port 443")), "{found:?}");
    fixture.world.finish().await;
}

/// Nothing is wrong: everything was checked, and nothing sent or left.
async fn whole(world: &World, server: &MailServer) {
    let printed = run(world.ledger.command("doctor")).await;
    assert!(printed.success, "{}{}", printed.out, printed.error);
    assert!(printed.out.ends_with("no problems found\n") && !printed.out.contains("FAIL"), "{}", printed.out);
    for check in [
        "database  ",
        "role",
        "row security",
        "schema",
        "edge keys",
        "queue",
        "public address",
        "email",
        "files",
        "disk",
    ] {
        assert!(printed.out.lines().any(|line| line.starts_with("ok") && line[6..].starts_with(check)), "{check}");
    }
    assert!(server.received().is_empty() && server.connections() > 0, "it greets, and sends nothing");
    assert!(world.ledger.files().is_empty());
    // The probe got here, as no event.
    let dead = as_ledger(world, "GET", "/internal/dead-letters", "").await;
    assert_eq!(dead["data"], json!([]), "{dead}");
    assert_eq!(world.database.count("select count(*) from quarantine").await, 0);
    let metrics = Request::get("/metrics").send(&world.ledger.base()).await.unwrap().text();
    assert!(metrics.lines().filter(|line| line.contains("unreadable")).all(|line| line.ends_with(" 0")), "{metrics}");
    assert_eq!(run(world.ledger.command("health")).await.out, "ready\n");
    let away = run(world.ledger.beside().command("health")).await;
    assert!(!away.success && away.error.contains("isn't running at http://127.0.0.1:"), "{}", away.error);
}

/// Each fault is one setting.
async fn settings_are_wrong(world: &World, folder: &Path) {
    let database = &world.database;
    let owner = database.server.owner_url(&database.name);
    let nowhere = database.server.app_url("127.0.0.1:1", &database.name);
    let wrong_password =
        nowhere.replace("127.0.0.1:1", &database.server.address()).replace(settings::APP_PASSWORD, "x");
    let other_keys = format!("1:{}", "ab".repeat(32));
    let (late, file) = (fake_edge(120_000, StatusCode::NOT_FOUND).await, folder.join("a-file"));
    let without_queue = fake_edge(0, StatusCode::SERVICE_UNAVAILABLE).await;
    std::fs::write(&file, "").unwrap();
    let below_a_file = file.join("files").display().to_string();
    let closed = "smtp://127.0.0.1:1";
    for (name, value, check, cure) in [
        ("REKOMI_EDGE_KEYS", "1:abc", "configuration", "configuration.md"),
        ("REKOMI_EDGE_KEYS_FILE", "/nowhere", "configuration", "configuration.md"),
        ("REKOMI_LEDGER_KEYS", settings::EDGE_KEYS, "keys", "keep the old one"),
        ("DATABASE_URL", nowhere.as_str(), "database", "start Postgres"),
        ("DATABASE_URL", wrong_password.as_str(), "database", "REKOMI_APP_PASSWORD"),
        ("DATABASE_URL", owner.as_str(), "role", "rekomi_app"),
        ("REKOMI_DATABASE_CONNECTIONS", "500", "connections", "max_connections"),
        ("REKOMI_EDGE_URL", settings::NO_EDGE, "edge", "deploy the edge"),
        ("REKOMI_EDGE_KEYS", other_keys.as_str(), "edge keys", "wrangler secret put"),
        ("REKOMI_EDGE_URL", late.as_str(), "edge clock", "chrony"),
        ("REKOMI_EDGE_URL", without_queue.as_str(), "queue", "EVENTS"),
        ("REKOMI_PUBLIC_URL", "http://127.0.0.1:1", "public address", "DNS"),
        ("REKOMI_SMTP_URL", closed, "email", "REKOMI_SMTP_URL"),
        ("REKOMI_FILES", below_a_file.as_str(), "files", "writable"),
        ("SSL_CERT_FILE", "/nowhere", "certificates", "ca-certificates"),
    ] {
        let mut doctor = world.ledger.command("doctor");
        // Certificates would also be found in this folder, if the machine names one.
        doctor.env(name, value).env_remove("SSL_CERT_DIR");
        only(&faults(doctor).await, check, cure);
    }
    // As in a shell with a low limit.
    let limited = after("ulimit -n 256", &world.ledger.command("doctor"));
    only(&faults(limited).await, "open files", "LimitNOFILE");
}

async fn the_database_is_wrong(world: &World) {
    let doctor = || world.ledger.command("doctor");
    world.database.run("alter table links no force row level security").await;
    only(&faults(doctor()).await, "row security", "alter table links");
    world.database.run("alter table links force row level security").await;
    let last = "where version = (select max(version) from _sqlx_migrations)";
    world.database.run(&format!("update _sqlx_migrations set success = false {last}")).await;
    only(&faults(doctor()).await, "schema", "rekomi migrate");
    let unready = run(world.ledger.command("health")).await;
    assert!(!unready.success && unready.error.contains("missing migrations"), "{}", unready.error);
    world.database.run(&format!("update _sqlx_migrations set success = true {last}")).await;
    assert!(faults(doctor()).await.is_empty());
    let statistics = |rows: &str| format!("update pg_class set reltuples = {rows} where relname = 'clicks_other'");
    world.database.run(&statistics("1000001")).await;
    let warned = run(doctor()).await;
    assert!(warned.success && warned.out.contains("\nwarn  other clicks"), "{}", warned.out);
    assert!(warned.out.contains("rekomi clicks archive"), "{}", warned.out);
    world.database.run(&statistics("-1")).await;
}

async fn configuration_is_written(world: &World, folder: &Path) {
    let folder = folder.join("installation");
    let init = || {
        let mut init = Command::new(settings::ledger_program());
        init.args(["init", "--domain", "rekomi.brand.test", "--links", "go.brand.test", "--folder"]).arg(&folder);
        init
    };
    let printed = run(init()).await;
    assert!(printed.success && printed.out.contains("go.brand.test"), "{}{}", printed.out, printed.error);
    let again = run(init()).await;
    assert!(!again.success && again.error.contains("exists already"), "{}", again.error);
    // What it wrote, with the places of this world.
    let written = std::fs::read_to_string(folder.join("rekomi.env")).unwrap();
    let set = written.lines().filter(|line| !line.starts_with('#')).filter_map(|line| line.split_once('='));
    let plain = world.ledger.command("doctor");
    let of_world =
        |name: &str| plain.get_envs().find(|(known, _)| *known == name).and_then(|(_, value)| value).unwrap();
    let mut doctor = Command::new(settings::ledger_program());
    doctor.arg("doctor").envs(set).env_remove("REKOMI_ENV");
    for name in ["DATABASE_URL", "REKOMI_EDGE_KEYS", "REKOMI_EDGE_URL", "REKOMI_PUBLIC_URL", "REKOMI_FILES"] {
        doctor.env(name, of_world(name));
    }
    only(&faults(doctor).await, "public address", "TLS");
}

async fn systemd_is_notified(world: &World, folder: &Path) {
    let path = folder.join("notify");
    let socket = UnixDatagram::bind(&path).unwrap();
    // Read all the time: a full socket would hold up the ledger.
    let (sender, mut messages) = mpsc::unbounded_channel();
    let reading = tokio::spawn(async move {
        let mut message = [0; 1_024];
        while let Ok(length) = socket.recv(&mut message).await {
            drop(sender.send(String::from_utf8_lossy(&message[..length]).into_owned()));
        }
    });
    let mut ledger = world.ledger.beside();
    ledger.set("NOTIFY_SOCKET", path.to_str().unwrap());
    ledger.set("WATCHDOG_USEC", "200000");
    ledger.start().await;
    let mut received = String::new();
    for state in ["READY=1", "WATCHDOG=1", "STOPPING=1"] {
        if state == "STOPPING=1" {
            ledger.stop();
        }
        while !received.lines().any(|line| line == state) {
            let message = tokio::time::timeout(wait::patience(10), messages.recv()).await;
            received.push_str(&message.expect(state).expect(state));
        }
    }
    reading.abort();
    assert!(received.contains("STATUS=listening on 127.0.0.1:"), "{received}");
}

/// While nothing runs, connections wait in the socket, and the next process answers them.
async fn systemd_keeps_the_socket(world: &World, folder: &Path) {
    let (socket, log) = (net::TcpListener::bind("127.0.0.1:0").unwrap(), folder.join("activated.log"));
    let address = socket.local_addr().unwrap();
    let ledger = world.ledger.beside();
    // As systemd does it: descriptor 3, and variables that say that it's for this process.
    let activated = |sockets: u32| {
        let words = format!("exec 3<&0 0</dev/null; export LISTEN_PID=$$ LISTEN_FDS={sockets}");
        after(&words, &ledger.command("serve"))
    };
    let start = || {
        let input = Stdio::from(OwnedFd::from(socket.try_clone().unwrap()));
        Child::start_with_input("the activated ledger", activated(1), input, &log)
    };
    let mut first = start();
    let health = Request::get("/healthz").send(&format!("http://{address}")).await;
    assert!(health.is_ok_and(|answer| answer.status == 200), "{}", first.last_words());
    assert!(Request::get("/healthz").send(&ledger.base()).await.is_err(), "it has no socket of its own");
    let logged = std::fs::read_to_string(&log).unwrap();
    assert!(logged.contains("another address than REKOMI_LISTEN"), "{logged}");
    first.stop();
    let mut waiting = TcpStream::connect(address).await.unwrap();
    waiting.write_all(b"GET /healthz HTTP/1.1\r\nHost: ledger\r\nConnection: close\r\n\r\n").await.unwrap();
    let mut second = start();
    let mut answer = String::new();
    let read = tokio::time::timeout(wait::patience(30), waiting.read_to_string(&mut answer)).await;
    assert!(matches!(read, Ok(Ok(_))) && answer.starts_with("HTTP/1.1 200"), "{answer}{}", second.last_words());
    second.stop();
    // Standard input is no socket here.
    for (sockets, words) in [(1, "can't listen on what systemd passed"), (2, "systemd passed 2 sockets")] {
        let refused = run(activated(sockets)).await;
        assert!(!refused.success && refused.error.contains(words), "{}", refused.error);
    }
}
