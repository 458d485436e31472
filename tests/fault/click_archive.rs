//! Goal: old clicks go to the file storage and come back, and nothing that is counted, credited or paid changes. An archive
//! that doesn't verify is never followed by a drop; a run that is killed is finished by the next one.
//! Method: clicks of two old months, of two organizations, one of them with a sale; the roll-ups, pages and receipts before
//! and after. Then objects are changed, the drop is held up, clicks slip in, processes are killed, and an organization ends.

mod old;

use std::{fs, os::unix::fs::chown, process::Stdio, time::Duration};

use old::{
    OLD, OLDER, Old, archive, clicks, command, filled, has_partition, month, name, objects, raw, restore, rows, shown,
    state_of,
};
use rand::RngExt as _;
use serde_json::json;
use shared::batch::Verdict;
use world::{
    World,
    database::run,
    organization_fixture::{owner, pass_days},
    verify,
    wait::{self, now},
};

#[tokio::test(flavor = "multi_thread")]
async fn old_clicks_are_archived_and_come_back() {
    let Old { world, clicks: all } = filled().await;
    let (before, acme) = (shown(&world).await, rows(&world, &world.acme, month(OLD)).await);
    let plan = command(&world, &["archive", "--before", &name(month(OLD - 1)), "--dry-run"]).await;
    assert!(plan.well && plan.text.contains("400 clicks") && plan.text.contains("50 clicks"), "{}", plan.text);
    assert!(objects(&world).is_empty() && raw(&world, month(OLD)).await == 430);

    let done = archive(&world).await;
    assert!(done.well && done.text.contains("archived clicks: 480"), "{}", done.text);
    assert!(!has_partition(&world, month(OLD)).await);
    assert_eq!((objects(&world).len(), state_of(&world, "archived").await), (3, 3));
    assert_eq!(raw(&world, month(OLD)).await, 1, "the click of the sale is evidence");
    assert_eq!(raw(&world, month(OLDER)).await, 0);
    assert_eq!(shown(&world).await, before);
    verify::check(&world.ledger).await;
    let page = owner(&world).await.browser.get("/dashboard?span=12m").await;
    page.expect_status(200);
    let list = command(&world, &["archives", "--verify"]).await;
    assert!(list.well && list.text.contains("archives: 3, with 480 clicks"), "{}", list.text);
    assert!(archive(&world).await.text.contains("archived clicks: 0"), "there is nothing left to archive");

    let other = restore(&world, world.globex.organization, month(OLDER)).await;
    assert!(!other.well && other.text.contains("there is no archive"), "{}", other.text);
    let done = restore(&world, world.acme.organization, month(OLD)).await;
    assert!(done.well && done.text.contains("restored 400 clicks"), "{}", done.text);
    assert!(has_partition(&world, month(OLD)).await);
    assert_eq!(rows(&world, &world.acme, month(OLD)).await, acme, "identical rows");
    assert!(rows(&world, &world.globex, month(OLD)).await.is_empty(), "of one organization");
    assert_eq!(shown(&world).await, before, "and nothing is counted twice");
    assert_eq!(world.intake().post(&all[..5]).await, [Verdict::Duplicate; 5]);
    let again = restore(&world, world.acme.organization, month(OLD)).await;
    assert!(!again.well && again.text.contains("restored already"), "{}", again.text);
    let waits = archive(&world).await;
    assert!(waits.well && waits.text.contains("restored less than 30 days ago"), "{}", waits.text);

    world.database.run("update click_archives set restored_at = restored_at - interval '31 days'").await;
    let done = archive(&world).await;
    assert!(done.well && !has_partition(&world, month(OLD)).await, "{}", done.text);
    assert_eq!((objects(&world).len(), state_of(&world, "archived").await), (3, 3), "the same object, verified again");
    restore_all(&world).await;
    assert_eq!(shown(&world).await, before);
    world.finish().await;
}

/// The ledger couldn't write into what root creates. Only root can set this up, so others have nothing to see here.
#[tokio::test(flavor = "multi_thread")]
async fn root_writes_nothing_into_the_folder_of_another_user() {
    let Old { world, .. } = filled().await;
    if nix::unistd::geteuid().is_root() {
        let folder = world.ledger.files_folder();
        chown(&folder, Some(65_532), None).unwrap();
        let refused = archive(&world).await;
        assert!(!refused.well && refused.text.contains("belongs to user 65532"), "{}", refused.text);
        assert!(objects(&world).is_empty() && raw(&world, month(OLD)).await == 430);
        let plan = command(&world, &["archive", "--before", &name(month(OLD - 1)), "--dry-run"]).await;
        assert!(plan.well, "{}", plan.text);
        chown(&folder, Some(0), None).unwrap();
    }
    let done = archive(&world).await;
    assert!(done.well && done.text.contains("archived clicks: 480"), "{}", done.text);
    restore_all(&world).await;
    world.finish().await;
}

/// What must hold at the end is stated in terms of raw clicks.
async fn restore_all(world: &World) {
    for (brand, month) in [(&world.acme, month(OLD)), (&world.acme, month(OLDER)), (&world.globex, month(OLD))] {
        let done = restore(world, brand.organization, month).await;
        assert!(done.well, "{}", done.text);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_click_that_comes_late_is_neither_lost_nor_counted_twice() {
    let Old { world, clicks: all } = filled().await;
    let done = archive(&world).await;
    assert!(done.well, "{}", done.text);
    let before = shown(&world).await;
    let late = clicks(&world.acme, month(OLD), 1).remove(0);
    assert_eq!(world.intake().post(&[late.clone(), all[7].clone()]).await, [Verdict::Rejected; 2]);
    assert_eq!(shown(&world).await, before);
    let kept = "select count(*) from quarantine where reason = 'click_month_archived' and state = 'open'";
    assert_eq!(world.database.count(kept).await, 2);

    let done = restore(&world, world.acme.organization, month(OLD)).await;
    assert!(done.well, "{}", done.text);
    let retry = json!({"reason": "click_month_archived", "until": now().to_string()});
    let tried = world.api().post("/quarantined-events/retry", &retry).await.expect_status(200).json();
    assert_eq!((&tried["tried"], &tried["applied"]), (&json!(2), &json!(2)), "{tried}");
    assert_eq!(rows(&world, &world.acme, month(OLD)).await.len(), 401);
    assert_eq!(world.intake().post(&[late]).await, [Verdict::Duplicate]);

    // The next archive has the late click, too; the one without it is deleted.
    world.database.run("update click_archives set restored_at = restored_at - interval '31 days'").await;
    let done = archive(&world).await;
    assert!(done.well && done.text.contains("archived 401 clicks"), "{}", done.text);
    world.ledger.run_jobs().await;
    assert_eq!((objects(&world).len(), state_of(&world, "destroyed").await), (3, 1));
    restore_all(&world).await;
    world.finish().await;
}

/// Two ledgers may archive the same month. What one of them has removed isn't missed by the other.
#[tokio::test(flavor = "multi_thread")]
async fn clicks_that_another_process_removed_first_are_no_failure() {
    let Old { world, .. } = filled().await;
    let older = month(OLDER);
    // As if the other one were done at the moment when this one has verified the archive.
    let event =
        format!("before update on click_archives for each row when (new.state = 'verified' and new.month = '{older}')");
    world.database.create_trigger("done_first", &event, "begin new.state := 'archived'; return new; end").await;
    let done = archive(&world).await;
    assert!(done.well, "{}", done.text);
    assert_eq!((state_of(&world, "archived").await, raw(&world, older).await), (3, 50), "this one removed none");
    let back = format!(
        "drop trigger done_first on click_archives;
         update click_archives set state = 'verified' where month = '{older}'"
    );
    world.database.run(&back).await;
    let done = archive(&world).await;
    assert!(done.well && raw(&world, older).await == 0, "{}", done.text);
    restore_all(&world).await;
    world.finish().await;
}

/// Keeps the drop from its lock, as a long report would: archives are verified, and their clicks stay.
async fn archived_but_not_dropped(world: &World) {
    let mut reader = world.database.connect().await;
    run(&mut reader, "begin; select count(*) from clicks").await;
    let held = archive(world).await;
    assert!(!held.well && held.text.contains("stay in the table"), "{}", held.text);
    run(&mut reader, "rollback").await;
    assert!(has_partition(world, month(OLD)).await);
    assert_eq!(raw(world, month(OLD)).await, 430);
    assert!(state_of(world, "verified").await >= 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_archive_that_does_not_verify_is_never_followed_by_a_drop() {
    type Damage = fn(&mut Vec<u8>);
    let Old { world, .. } = filled().await;
    let before = shown(&world).await;
    let mut app = world.database.connect_as_app().await;
    let removal = format!("select rekomi_remove_archived_month('{}')", month(OLD));
    let refused = sqlx::raw_sql(sqlx::AssertSqlSafe(removal.clone())).execute(&mut app).await.unwrap_err();
    assert!(refused.to_string().contains("differ from the archive"), "{refused}");
    archived_but_not_dropped(&world).await;

    // Each of these finds the object, and a run after it writes another.
    let largest =
        |world: &World| objects(world).into_iter().max_by_key(|path| fs::metadata(path).unwrap().len()).unwrap();
    let damages: [(&str, Damage); 4] = [
        ("was changed", |bytes| {
            let middle = bytes.len() / 2;
            bytes[middle] ^= 1;
        }),
        ("were stored", |bytes| bytes.truncate(bytes.len() - 1)),
        ("were stored", |bytes| bytes.push(0)),
        ("was changed", |bytes| bytes.fill(0)),
    ];
    for (message, damage) in damages {
        let object = largest(&world);
        let mut bytes = fs::read(&object).unwrap();
        damage(&mut bytes);
        fs::write(&object, bytes).unwrap();
        let failed = archive(&world).await;
        assert!(!failed.well && failed.text.contains("doesn't verify"), "{}", failed.text);
        assert!(failed.text.contains(message), "{message}: {}", failed.text);
        assert!(has_partition(&world, month(OLD)).await && raw(&world, month(OLD)).await == 430, "{message}");
        world.ledger.run_jobs().await;
        archived_but_not_dropped(&world).await;
    }

    // A manifest with another count is not believed, and neither is one whose digests differ.
    let of_acme = format!("organization_id = '{}'", world.acme.organization.uuid());
    let digests = format!("update click_archives set column_digests[8] = 1 where state = 'verified' and {of_acme}");
    world.database.run(&digests).await;
    let failed = archive(&world).await;
    assert!(!failed.well && failed.text.contains("column 8 has other values"), "{}", failed.text);
    archived_but_not_dropped(&world).await;
    world.database.run("update click_archives set clicks = clicks - 1 where state = 'verified'").await;
    let refused = sqlx::raw_sql(sqlx::AssertSqlSafe(removal.clone())).execute(&mut app).await.unwrap_err();
    assert!(refused.to_string().contains("differ from the archive"), "{refused}");

    // A click that slipped in after the last look, from a process of an earlier version.
    archived_but_not_dropped(&world).await;
    let slip = format!(
        "insert into clicks select organization_id, gen_random_uuid(), clicked_at, link_id, program_id, affiliate_id, 'bot',
             source, country, referrer_host, device, visitor, previous, landing, 5 from clicks
         where clicked_at < '{}T00:00:00Z' and clicked_at >= '{}T00:00:00Z' limit 1",
        month(OLD - 1),
        month(OLD)
    );
    world.database.run(&slip).await;
    let refused = sqlx::raw_sql(sqlx::AssertSqlSafe(removal)).execute(&mut app).await.unwrap_err();
    assert!(refused.to_string().contains("differ from the archive"), "{refused}");
    assert_eq!(raw(&world, month(OLD)).await, 431);
    let done = archive(&world).await;
    assert!(done.well && !has_partition(&world, month(OLD)).await, "{}", done.text);
    let young = format!("select rekomi_remove_archived_month('{}')", month(0));
    let refused = sqlx::raw_sql(sqlx::AssertSqlSafe(young)).execute(&mut app).await.unwrap_err();
    assert!(refused.to_string().contains("not over for long enough"), "{refused}");
    assert_eq!(shown(&world).await, before);
    verify::check(&world.ledger).await;
}

/// Kills a run: as soon as it has begun to write an archive, or after a while. Returns whether it left one unfinished.
async fn killed(world: &World, at_work: bool) -> bool {
    let (all, unfinished) = ("select count(*) from click_archives", "state in ('writing', 'verified')");
    let before = world.database.count(all).await;
    let mut command = world.ledger.command("clicks");
    command.args(["archive", "--before", &name(month(OLD - 1))]);
    command.stdout(Stdio::null()).stderr(Stdio::null());
    let mut run = command.spawn().unwrap();
    if at_work {
        while run.try_wait().unwrap().is_none() && world.database.count(all).await == before {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    } else {
        let pause = rand::rng().random_range(20..700);
        tokio::time::sleep(Duration::from_millis(pause)).await;
    }
    let _ = run.kill();
    let _ = run.wait();
    world.database.count(all).await > before && world.database.count(&format!("{all} where {unfinished}")).await > 0
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_is_killed_is_finished_by_the_next() {
    let Old { world, .. } = filled().await;
    let more = clicks(&world.acme, month(OLD), 3_000);
    for batch in more.chunks(500) {
        world.intake().accept(batch).await;
    }
    let (before, acme) = (shown(&world).await, rows(&world, &world.acme, month(OLD)).await);
    let mut interrupted = 0;
    for round in 0..12 {
        interrupted += u8::from(killed(&world, round % 2 == 0).await);
        // Whatever was removed from the table is in a verified archive.
        let archived = world
            .database
            .count("select coalesce(sum(clicks), 0)::bigint from click_archives where state = 'archived'")
            .await;
        let left = raw(&world, month(OLD)).await + raw(&world, month(OLDER)).await;
        assert!(left + archived >= 3_480 && left + archived <= 3_481, "{left} in the table, {archived} archived");
    }
    assert!(interrupted > 0, "no run was killed at its work");
    // A killed process may keep its locks in the database for a moment.
    wait::until("the last run to end", 20, async || archive(&world).await.well.then_some(())).await;
    world.ledger.run_jobs().await;
    assert_eq!(
        (objects(&world).len(), state_of(&world, "archived").await),
        (3, 3),
        "one for each, nothing is left over"
    );
    assert_eq!(shown(&world).await, before);
    restore_all(&world).await;
    assert_eq!(rows(&world, &world.acme, month(OLD)).await, acme);
    world.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_erased_organization_leaves_no_archive() {
    let Old { world, .. } = filled().await;
    let done = archive(&world).await;
    assert!(done.well && objects(&world).len() == 3, "{}", done.text);
    let mut owner = owner(&world).await;
    let password = world.demo["owner"]["password"].as_str().unwrap().to_owned();
    let organization = world.acme.organization.to_string();
    let fields = [("organization", organization.as_str()), ("confirm", "Acme SaaS"), ("password", password.as_str())];
    owner.submit("/dashboard/settings/delete", &fields).await.expect_status(303);
    pass_days(&world, 8).await;
    world.ledger.run_jobs().await;
    let of_globex = world.globex.organization.to_string();
    let left = objects(&world);
    assert!(left.len() == 1 && left[0].display().to_string().contains(&of_globex), "{left:?}");
    assert_eq!(state_of(&world, "destroyed").await, 2);
    assert_eq!(world.database.count("select count(*) from click_archives where sealed_key is not null").await, 1);
    let gone = restore(&world, world.acme.organization, month(OLD)).await;
    assert!(!gone.well && gone.text.contains("there is no archive"), "{}", gone.text);

    // Retention ends the other one: its clicks are older than the organization keeps them, which is closed by then.
    let body = json!({"clickDays": 30, "quarantineDays": 400, "idempotencyKeyDays": 30, "auditDays": 0});
    let mut request = world::http::Request::post("/api/v1/privacy/retention", body.to_string());
    request.method = "PUT".to_owned();
    world.other_api().send(request).await.expect_status(200);
    let globex = world.globex.organization.uuid();
    let close = format!("update tenants set closed_at = now() + interval '8 days' where id = '{globex}'");
    world.database.run(&close).await;
    // The ledger remembers for three seconds which organizations are open.
    tokio::time::sleep(Duration::from_secs(4)).await;
    world.ledger.run_jobs().await;
    world.ledger.run_jobs().await;
    assert!(objects(&world).is_empty(), "{:?}", objects(&world));
}
