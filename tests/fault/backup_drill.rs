//! Goal: a backup brings everything back, and `rekomi backup verify` knows a good one from a bad one. What came after it is
//! sent again by those who reported it, and the books are then what they were, to the cent.
//! Method: sales, a refund and a payout; a dump by the role of the documentation, verified as it is, damaged, and with other
//! keys; then the database is dropped, an owner who is no superuser restores it by the command of the documentation, and the
//! ledger goes on with it. And a copy of a running Postgres' folder, as tools for physical backups make it.

use std::{
    fs,
    os::unix::fs::{PermissionsExt, chown},
    path::{Path, PathBuf},
    process::Command,
    time::Instant,
};

use serde_json::{Value, json};
use shared::{batch::Verdict, event::Event};
use world::{
    Plan, World,
    brand::But,
    cluster::Cluster,
    database::{Database, run},
    settings,
    wait::now,
};

const OTHER_KEYS: &str = "1:00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";
/// The owner whom `create-database.sql` creates, with the rights over the other roles of an owner who created them.
const OWNER: &str = "create role rekomi_owner login createrole;
                     grant rekomi_app, rekomi_reader to rekomi_owner with admin option";

/// A folder that the user of Postgres can reach; deleted at the end.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("rekomi-drill-{name}-{}", std::process::id()));
        fs::create_dir(&path).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
        Self(path)
    }

    fn file(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// Prints how long a step of the drill took.
fn took(what: &str, started: Instant) {
    println!("{what}: {:.1} s", started.elapsed().as_secs_f64());
}

async fn output(mut command: Command) -> (bool, String, String) {
    let output = tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (output.status.success(), text(&output.stdout), text(&output.stderr))
}

/// What `rekomi backup verify` printed. It gets the keys, and nothing else of the world.
async fn verify(arguments: &[PathBuf], scratch: &Folder, ledger_keys: &str) -> Value {
    let mut command = Command::new(settings::ledger_program());
    command.args(["backup", "verify", "--json", "--scratch"]).arg(&scratch.0).args(arguments);
    command.env_remove("DATABASE_URL").env_remove("DATABASE_OWNER_URL").env_remove("REKOMI_ENV");
    command.env("REKOMI_EDGE_KEYS", settings::EDGE_KEYS).env("REKOMI_LEDGER_KEYS", ledger_keys);
    let (success, printed, errors) = output(command).await;
    let document: Value = serde_json::from_str(&printed).unwrap_or_else(|error| panic!("{error}: {printed}{errors}"));
    assert_eq!(document["ok"], success, "{document:#}");
    assert!(!printed.contains(settings::EDGE_KEYS) && !printed.contains(ledger_keys), "no secret is printed");
    let left: Vec<_> = fs::read_dir(&scratch.0).unwrap().flatten().map(|entry| entry.file_name()).collect();
    assert!(!left.iter().any(|name| name.to_string_lossy().starts_with("rekomi-backup-")), "{left:?}");
    document
}

/// The message and cure of a check that failed.
fn failure(document: &Value, check: &str) -> (String, String) {
    let checks = document["checks"].as_array().unwrap();
    let found = checks.iter().find(|one| one["check"] == check && one["status"] == "failed");
    let found = found.unwrap_or_else(|| panic!("{check} should fail: {document:#}"));
    let text = |field: &str| found[field].as_str().unwrap_or_default().to_owned();
    (text("message"), text("cure"))
}

fn passes(document: &Value) {
    let checks = document["checks"].as_array().unwrap();
    let bad: Vec<_> = checks.iter().filter(|check| check["status"] != "passed").collect();
    assert!(checks.len() == 9 && bad.is_empty(), "{document:#}");
}

/// So long ago that its hold is over; a fifth of it is the affiliate's.
fn sale(world: &World, id: &str, cents: i64) -> Event {
    let slug = world.acme.partner.slug.clone();
    world.acme.sale(id, cents).but(|report| {
        report.affiliate_slug = Some(slug);
        report.occurred_at = Some(now().plus_days(-40));
    })
}

/// Sales, a refund and a payout.
async fn trade(world: &World) -> Vec<Event> {
    let events = vec![sale(world, "one", 10_000), sale(world, "two", 25_000), world.acme.refund("back", "two", 5_000)];
    world.intake().accept(&events).await;
    let whom = world.acme.partner.affiliate.to_string();
    world.api().post("/payouts", &json!({"affiliateId": whom, "currency": "USD"})).await.expect_status(201);
    events
}

/// What everyone has, and what each sale earned.
async fn books(database: &Database) -> Vec<Vec<String>> {
    let balances = "select coalesce(f.slug, '') as slug, a.kind, a.currency, a.balance from accounts a
                    left join affiliates f on f.organization_id = a.organization_id and f.id = a.affiliate_id";
    let commissions = "select v.external_id, c.status, c.currency, c.amount, c.paid from commissions c
                       join conversions v on v.organization_id = c.organization_id and v.id = c.conversion_id";
    let mut rows = database.texts(balances).await;
    rows.extend(database.texts(commissions).await);
    rows.sort();
    rows
}

/// The statements of the documentation that create the role for dumps.
fn documented_role() -> String {
    let page = fs::read_to_string(settings::root().join("docs/self-hosting/backup.md")).unwrap();
    let blocks: Vec<&str> = page.split("```sql\n").skip(1).filter_map(|block| block.split("```").next()).collect();
    blocks.iter().find(|block| block.contains("create role rekomi_backup")).copied().expect("the role").to_owned()
}

/// The command of the documentation that restores a dump, without the name of the dump.
fn documented_restore() -> String {
    let page = fs::read_to_string(settings::root().join("docs/self-hosting/backup.md")).unwrap();
    let command =
        page.lines().map(str::trim).find(|line| line.starts_with("pg_restore --dbname=\"$DATABASE_OWNER_URL\""));
    let (options, dump) = command.and_then(|command| command.rsplit_once(' ')).expect("the command");
    assert!(dump.ends_with(".dump"), "{dump}");
    options.to_owned()
}

/// The client programs of a Postgres, for one server.
struct Client {
    programs: PathBuf,
    address: String,
}

impl Client {
    async fn run(&self, program: &str, arguments: &[&str]) -> Result<(), String> {
        let mut command = Command::new(self.programs.join(program));
        command.args(arguments).env("LC_ALL", "C");
        let (success, _, errors) = output(command).await;
        if success { Ok(()) } else { Err(errors) }
    }

    /// As the documentation says.
    async fn dump(&self, database: &Database, file: &Path) -> Result<(), String> {
        let url = format!("postgres://rekomi_backup@{}/{}", self.address, database.name);
        self.run("pg_dump", &["--format=custom", "--no-owner", "--file", file.to_str().unwrap(), &url]).await
    }

    fn owner_url(&self, database: &Database) -> String {
        format!("postgres://rekomi_owner@{}/{}", self.address, database.name)
    }

    /// Into a new database, as its owner, as the documentation says.
    async fn restore(&self, cluster: &Cluster, file: &Path) -> Database {
        let database = cluster.server().empty().await;
        database.run(&format!("alter database {} owner to rekomi_owner", database.name)).await;
        let (programs, restore) = (self.programs.display(), documented_restore());
        let mut command = Command::new("sh");
        command.arg("-c").arg(format!("PATH='{programs}':\"$PATH\"; {restore} '{}'", file.display()));
        command.env("LC_ALL", "C").env("DATABASE_OWNER_URL", self.owner_url(&database));
        let (success, _, errors) = output(command).await;
        assert!(success, "{errors}");
        database
    }

    /// Migrates a database as its owner.
    async fn migrate(&self, database: &Database) {
        let mut command = database.server.ledger("migrate", &database.name);
        command.env("DATABASE_OWNER_URL", self.owner_url(database));
        let (success, _, errors) = output(command).await;
        assert!(success, "{errors}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dump_brings_everything_back() {
    let programs = settings::installed_postgres();
    let folder = Folder::new("dump");
    let cluster = Cluster::of(programs.clone()).await;
    let client = Client { programs, address: cluster.server().address() };
    let mut world = Plan::default().server(cluster.server()).start().await;
    run(&mut cluster.server().connect("postgres").await, OWNER).await;
    let before = trade(&world).await;
    let dump = folder.file("rekomi.dump");
    take(&world, &client, &dump).await;
    let events = world.database.count("select count(*) from events").await;
    let later = vec![sale(&world, "three", 40_000), world.acme.refund("rest", "one", 2_500)];
    world.intake().accept(&later).await;
    let expected = books(&world.database).await;

    good_and_bad(&cluster, &client, &folder, (&dump, events)).await;

    world.ledger.kill();
    let name = world.database.name.clone();
    run(&mut cluster.server().connect("postgres").await, &format!("drop database {name} with (force)")).await;
    let started = Instant::now();
    world.database = client.restore(&cluster, &dump).await;
    client.migrate(&world.database).await;
    let url = cluster.server().app_url(&client.address, &world.database.name);
    world.ledger.set("DATABASE_URL", &url);
    world.ledger.start().await;
    took("database lost: restored, migrated, and served again", started);
    assert_ne!(books(&world.database).await, expected, "what came after the backup is missing");
    let started = Instant::now();
    assert!(world.intake().post(&before).await.iter().all(|verdict| *verdict == Verdict::Duplicate));
    world.intake().accept(&later).await;
    took("database lost: everything sent again", started);
    assert_eq!(books(&world.database).await, expected);
    world.finish().await;
}

/// Only the documented role may dump, since every table forces row-level security.
async fn take(world: &World, client: &Client, dump: &Path) {
    world.database.run(&documented_role()).await;
    world.database.run("alter role rekomi_backup nobypassrls").await;
    let refused = client.dump(&world.database, dump).await.unwrap_err();
    assert!(refused.contains("row-level security"), "{refused}");
    world.database.run("alter role rekomi_backup bypassrls").await;
    let started = Instant::now();
    client.dump(&world.database, dump).await.unwrap();
    took("dumped", started);
}

async fn good_and_bad(cluster: &Cluster, client: &Client, folder: &Folder, (dump, events): (&Path, i64)) {
    let check = async |dump: &Path, keys: &str| {
        let options = ["--dump".into(), dump.to_owned(), "--postgres".into(), client.programs.clone()];
        verify(&options, folder, keys).await
    };
    let started = Instant::now();
    let good = check(dump, settings::LEDGER_KEYS).await;
    took("verified", started);
    passes(&good);
    assert_eq!(
        (&good["backup"]["events"], &good["checks"][3]["check"]),
        (&json!(events), &json!("schema")),
        "{good:#}"
    );

    let other = check(dump, OTHER_KEYS).await;
    let (message, cure) = failure(&other, "ledger keys");
    assert!(message.contains("can't be decrypted") && cure.contains("REKOMI_LEDGER_KEYS"), "{other:#}");

    let half = folder.file("half.dump");
    let bytes = fs::read(dump).unwrap();
    fs::write(&half, &bytes[..bytes.len() / 2]).unwrap();
    let (_, cure) = failure(&check(&half, settings::LEDGER_KEYS).await, "restore");
    assert!(cure.contains("another dump"), "{cure}");

    let copy = client.restore(cluster, dump).await;
    copy.run("create publication everything for all tables").await;
    let powerful = folder.file("powerful.dump");
    client.dump(&copy, &powerful).await.unwrap();
    copy.run("drop publication everything").await;
    let (_, cure) = failure(&check(&powerful, settings::LEDGER_KEYS).await, "restore");
    assert!(cure.contains("only a superuser"), "{cure}");

    let one = "commission_id = (select c.id from commissions c join conversions v on v.id = c.conversion_id
                                where v.external_id = 'one') and kind = 'commission_earned'";
    for (damage, repair, part) in [
        (
            format!("update transfers set amount = amount + 1 where {one}"),
            format!("update transfers set amount = amount - 1 where {one}"),
            "commission amounts, outstanding and paid, match their transfers",
        ),
        (
            "delete from refunds where external_id = 'back'".to_owned(),
            "select 1".to_owned(),
            "events are intact, and what they report exists",
        ),
    ] {
        copy.run_untriggered(&damage).await;
        let damaged = folder.file("damaged.dump");
        client.dump(&copy, &damaged).await.unwrap();
        let found = check(&damaged, settings::LEDGER_KEYS).await;
        let (message, _) = failure(&found, "audit");
        assert!(message.contains(part), "{damage}: {found:#}");
        copy.run_untriggered(&repair).await;
    }
}

/// Files are copied while the ledger writes. What is written after that is in the log only, as with every physical backup.
#[tokio::test(flavor = "multi_thread")]
async fn a_folder_copied_while_it_served_is_whole() {
    let folder = Folder::new("folder");
    let cluster = Cluster::start().await;
    let world = Plan::default().server(cluster.server()).start().await;
    trade(&world).await;
    let copy = folder.file("data");
    let mut connection = cluster.server().connect("postgres").await;
    let started = Instant::now();
    run(&mut connection, "select pg_backup_start('a drill', true)").await;
    world.intake().accept(&[sale(&world, "three", 40_000)]).await;
    copy_files(&cluster.data(), &copy);
    world.intake().accept(&[world.acme.refund("rest", "one", 2_500)]).await;
    let label: String =
        sqlx::query_scalar("select labelfile from pg_backup_stop(false)").fetch_one(&mut connection).await.unwrap();
    fs::remove_dir_all(copy.join("pg_wal")).unwrap();
    copy_files(&cluster.data().join("pg_wal"), &copy.join("pg_wal"));
    fs::write(copy.join("backup_label"), label).unwrap();
    give(&copy);
    took("copied", started);

    let started = Instant::now();
    let programs = settings::postgres_programs();
    let of = |database: &str| {
        let texts =
            ["--data", copy.to_str().unwrap(), "--database", database, "--postgres", programs.to_str().unwrap()];
        texts.map(PathBuf::from)
    };
    let found = verify(&of(&world.database.name), &folder, settings::LEDGER_KEYS).await;
    took("recovered and verified", started);
    passes(&found);
    let events = world.database.count("select count(*) from events").await;
    assert_eq!(found["backup"]["events"], events, "{found:#}");
    assert!(!copy.join("postmaster.pid").exists(), "it was stopped");

    let (_, cure) = failure(&verify(&of("none"), &folder, settings::LEDGER_KEYS).await, "schema");
    assert!(cure.contains("--database"), "{cure}");
    world.finish().await;
}

/// All files but those of the running server alone; some may go away meanwhile.
fn copy_files(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    fs::set_permissions(to, fs::Permissions::from_mode(0o700)).unwrap();
    for entry in fs::read_dir(from).unwrap().flatten() {
        let (path, target) = (entry.path(), to.join(entry.file_name()));
        if path.is_dir() {
            copy_files(&path, &target);
        } else if !path.ends_with("postmaster.pid") {
            match fs::copy(&path, &target) {
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => panic!("{}: {error}", path.display()),
                _ => {}
            }
        }
    }
}

/// Gives a folder to the user that Postgres must run as.
fn give(path: &Path) {
    let Some(user) = settings::postgres_user() else { return };
    chown(path, Some(user), Some(user)).unwrap();
    if path.is_dir() {
        fs::read_dir(path).unwrap().flatten().for_each(|entry| give(&entry.path()));
    }
}
