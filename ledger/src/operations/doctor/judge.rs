//! What the facts mean: pure functions from what was found to a [`Finding`].

use std::time::Duration;

use kit::{
    config::keys::{advice, weakness},
    db::inspect_store::{Role, TenantTable},
};
use shared::timestamp::Timestamp;

use super::finding::Finding;

/// Signatures are accepted for five minutes: a clock that is off by this much isn't synchronized.
const CLOCK_SECONDS_MAX: i64 = 30;
const OPEN_FILES_MIN: u64 = 1_024;
const FREE_BYTES_MIN: u64 = 512 * MEBIBYTE;
const MEBIBYTE: u64 = 1024 * 1024;
/// Postgres reads as many in a few tenths of a second, while new clicks wait.
const OTHER_CLICKS_MAX: i64 = 1_000_000;
/// As many names as fit on a line.
const NAMES_MAX: usize = 5;

const SYNCHRONIZE: &str = "synchronize the clocks of both machines, for example with chrony or systemd-timesyncd";
const MIGRATE: &str = "run `rekomi migrate` of this version with DATABASE_OWNER_URL";

pub(super) fn configuration(error: &str) -> Finding {
    let cure = "correct this setting as docs/self-hosting/configuration.md describes it, then run this again";
    Finding::failed("configuration", error, cure)
}

/// Compares the texts of `REKOMI_EDGE_KEYS` and `REKOMI_LEDGER_KEYS`.
pub(super) fn keys(edge: &str, ledger: &str) -> Finding {
    const CHECK: &str = "keys";
    if let Some(problem) = weakness(edge, ledger) {
        return Finding::failed(CHECK, problem, advice(edge, ledger));
    }
    let count = |list: &str| list.split(',').filter(|entry| !entry.trim().is_empty()).count();
    Finding::passed(CHECK, format!("{} for the edge, {} for the ledger", count(edge), count(ledger)))
}

/// Judges why the database couldn't be reached: by the code of Postgres, if it answered.
pub(super) fn unreachable_database(code: Option<&str>, error: &str) -> Finding {
    let cure = match code {
        Some("28P01") => "set DATABASE_URL to the password that `rekomi migrate` sets (REKOMI_APP_PASSWORD)",
        Some("28000") => "run `rekomi migrate`, which creates the role, and allow it in pg_hba.conf",
        Some("3D000") => "create the database, then run `rekomi migrate`",
        Some("53300") => "raise max_connections of Postgres, or lower REKOMI_DATABASE_CONNECTIONS",
        _ => "start Postgres, and check host and port in DATABASE_URL, and firewalls in between",
    };
    Finding::failed("database", error, cure)
}

pub(super) fn role(role: &Role) -> Finding {
    const CHECK: &str = "role";
    match role.power() {
        None => Finding::passed(CHECK, format!("{} can't bypass row-level security", role.name)),
        Some(power) => Finding::failed(
            CHECK,
            format!("the role {:?} {power}, so it could read across organizations", role.name),
            "set DATABASE_URL to the role rekomi_app, which `rekomi migrate` creates",
        ),
    }
}

pub(super) fn row_security(tables: &[TenantTable]) -> Finding {
    const CHECK: &str = "row security";
    let open: Vec<&str> = tables.iter().filter(|table| !table.is_protected).map(|table| table.name.as_str()).collect();
    if tables.is_empty() {
        return Finding::failed(CHECK, "there are no tables yet", MIGRATE);
    }
    if open.is_empty() {
        return Finding::passed(CHECK, format!("forced on all {} tables of organizations", tables.len()));
    }
    let problem = format!("not forced on {}", names(&open));
    let table = open.first().copied().unwrap_or_default();
    let cure = format!(
        "find out who changed it, then run as the owner, for each table: alter table {table} enable row level security, \
         force row level security"
    );
    Finding::failed(CHECK, problem, cure)
}

/// `expected`: the migrations of this build. `applied`: those of the database, if it has any.
pub(super) fn schema(expected: &[i64], applied: Option<&[i64]>) -> Finding {
    const CHECK: &str = "schema";
    let Some(applied) = applied else { return Finding::failed(CHECK, "the database was never migrated", MIGRATE) };
    let missing: Vec<String> =
        expected.iter().filter(|version| !applied.contains(version)).map(i64::to_string).collect();
    if !missing.is_empty() {
        let missing: Vec<&str> = missing.iter().map(String::as_str).collect();
        return Finding::failed(CHECK, format!("the database is missing migrations {}", names(&missing)), MIGRATE);
    }
    match applied.len().saturating_sub(expected.len()) {
        0 => Finding::passed(CHECK, format!("that of this version, {} migrations", expected.len())),
        more => Finding::passed(CHECK, format!("newer than this version by {more} migrations, which is fine")),
    }
}

/// `used`: what one process may open. `available`: what Postgres gives to ordinary roles.
pub(super) fn connections(used: u32, available: i32) -> Finding {
    const CHECK: &str = "connections";
    let available = u32::try_from(available).unwrap_or_default();
    if used <= available {
        let processes = available / used.max(1);
        return Finding::passed(CHECK, format!("{used} of {available} per process: enough for {processes} processes"));
    }
    Finding::failed(
        CHECK,
        format!("REKOMI_DATABASE_CONNECTIONS is {used}, but Postgres has {available} connections for all processes"),
        "lower REKOMI_DATABASE_CONNECTIONS, or raise max_connections of Postgres",
    )
}

/// `rows`: what Postgres last estimated of the clicks in no month's partition.
pub(super) fn other_clicks(rows: Option<i64>) -> Finding {
    const CHECK: &str = "other clicks";
    let Some(rows) = rows else { return Finding::skipped(CHECK, "the table clicks_other has no statistics yet") };
    if rows <= OTHER_CLICKS_MAX {
        return Finding::passed(CHECK, format!("about {rows} in the table clicks_other"));
    }
    Finding::warned(
        CHECK,
        format!(
            "the table clicks_other has about {rows} clicks, and Postgres reads all of them whenever a month's partition \
             is created"
        ),
        "see which months they are of: select date_trunc('month', clicked_at), count(*) from clicks_other group by 1, as a \
         role that reads all organizations. Move old months away with `rekomi clicks archive`, or let retention delete \
         them. For recent months, look for maintenance.partitions_failed in the log",
    )
}

/// Compares another machine's clock with ours. The answer took `took`, so it may be that much old.
pub(super) fn clock(check: &'static str, ours: Timestamp, theirs: Timestamp, took: Duration) -> Finding {
    let took = i64::try_from(took.as_millis()).unwrap_or(i64::MAX);
    let apart = ours.millis().saturating_sub(theirs.millis());
    let seconds = apart.abs().saturating_sub(took) / 1_000;
    if seconds <= CLOCK_SECONDS_MAX {
        return Finding::passed(check, format!("within {} seconds of this machine's", seconds.max(1)));
    }
    let direction = if apart > 0 { "behind" } else { "ahead of" };
    Finding::failed(check, format!("{seconds} seconds {direction} this machine's"), SYNCHRONIZE)
}

/// How the edge answered to a signed request with nothing in it.
pub(super) fn signed_request(status: u16, code: Option<&str>) -> Finding {
    const CHECK: &str = "edge keys";
    let (problem, cure) = match (status, code) {
        (200..=299, _) => return Finding::passed(CHECK, "the edge accepted a signed request"),
        (401, Some("signature_expired")) => ("the edge's clock is more than five minutes off", SYNCHRONIZE),
        (401, _) => (
            "the edge refused our signature: it has other keys",
            "set REKOMI_EDGE_KEYS of the ledger on the edge: `npx wrangler secret put REKOMI_EDGE_KEYS`",
        ),
        (503, Some("not_configured")) => (
            "the edge isn't configured",
            "set its LEDGER_URL in wrangler.toml and run `npx wrangler secret put REKOMI_EDGE_KEYS`",
        ),
        (503, Some("store_unavailable")) => (
            "the edge has no store for its records",
            "bind a KV namespace as CONFIG in wrangler.toml, and deploy the edge again",
        ),
        _ => {
            let problem = format!("the edge responded with status {status}");
            return Finding::failed(CHECK, problem, "look at the edge's log: `npx wrangler tail`");
        }
    };
    Finding::failed(CHECK, problem, cure)
}

/// How the edge answered to the request to put a probe into its queue, if the queue didn't take it.
pub(super) fn unsent_probe(check: &'static str, status: u16) -> Finding {
    match status {
        404 => Finding::skipped(check, "the edge is of an older version, which has no probe: deploy it again"),
        503 => Finding::failed(
            check,
            "the edge's queue takes no messages, so events go to the ledger directly, or are refused",
            "create the queues that wrangler.toml names, bind the first as EVENTS, and deploy the edge again; without \
             Cloudflare, start `rekomi edge-store`",
        ),
        _ => {
            let problem = format!("the edge responded with status {status}");
            Finding::failed(check, problem, "look at the edge's log: `npx wrangler tail`")
        }
    }
}

/// The queue took the probe, and no ledger with our database got it.
pub(super) fn lost_probe(check: &'static str, waited: Duration) -> Finding {
    Finding::failed(
        check,
        format!("the queue took a probe, which didn't reach the ledger within {} seconds", waited.as_secs()),
        "start the ledger, and check the edge's LEDGER_URL and that the queue has the edge as its consumer (wrangler.toml). \
         The edge's log says why messages wait: `npx wrangler tail`. If many are waiting, run this again later",
    )
}

/// `unreachable`: the hosts that couldn't be connected to, each with the reason. `sealed`: how many connections have
/// credentials that can't be decrypted.
pub(super) fn crm_hosts(check: &'static str, count: usize, unreachable: &[String], sealed: usize) -> Finding {
    if !unreachable.is_empty() {
        let unreachable: Vec<&str> = unreachable.iter().map(String::as_str).collect();
        return Finding::failed(
            check,
            names(&unreachable),
            "let this machine resolve these names and connect to their port 443 (DNS, firewall, proxy); if a brand entered \
             the address itself, it's corrected under CRMs",
        );
    }
    if sealed > 0 {
        return Finding::failed(
            check,
            format!("the credentials of {sealed} connections can't be decrypted"),
            "run `rekomi rotate-keys --check`, and add the key that is missing to REKOMI_LEDGER_KEYS",
        );
    }
    match count {
        0 => Finding::skipped(check, "no CRM is connected"),
        1 => Finding::passed(check, "connected to 1 host; no credentials were sent"),
        _ => Finding::passed(check, format!("connected to {count} hosts; no credentials were sent")),
    }
}

pub(super) fn open_files(soft: u64) -> Finding {
    const CHECK: &str = "open files";
    if soft >= OPEN_FILES_MIN {
        return Finding::passed(CHECK, format!("up to {soft}"));
    }
    let problem = format!("this process may open only {soft} files and connections");
    Finding::failed(CHECK, problem, "raise the limit: LimitNOFILE=65536 in systemd, ulimits.nofile in Docker Compose")
}

pub(super) fn disk(folder: &str, free: u64, total: u64) -> Finding {
    const CHECK: &str = "disk";
    let free_text = format!("{} of {} MiB free for {folder}", free / MEBIBYTE, total / MEBIBYTE);
    if free >= FREE_BYTES_MIN {
        return Finding::passed(CHECK, free_text);
    }
    Finding::failed(CHECK, format!("only {free_text}"), "free some space, or move the folder and set REKOMI_FILES")
}

/// The first names of a list.
fn names(all: &[&str]) -> String {
    let shown = all.iter().take(NAMES_MAX).copied().collect::<Vec<_>>().join(", ");
    match all.len().saturating_sub(NAMES_MAX) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}

#[cfg(test)]
#[path = "judge_tests.rs"]
mod tests;
