//! What the facts mean: pure functions from what was found to a [`Finding`].

use shared::timestamp::Timestamp;

use super::{CONFIGURATION, POSTGRES, RESTORE, store::Contents};
use crate::{
    operations::doctor::finding::Finding,
    sealed::tally::Tally,
    verify::{audit::Audit, progress::counted, replay::Report},
};

const OTHER_BACKUP: &str = "verify an older backup, and run `rekomi audit` on the running database: where that passes, \
                            only this backup is damaged";
const ROLE: &str = "dump as the role rekomi_backup, which docs/self-hosting/backup.md creates: it reads every row";

/// How the schema of a backup compares with this build's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Schema {
    Absent,
    /// It lacks this many migrations.
    Older(usize),
    Same(usize),
    /// It has this many migrations that this build doesn't know.
    Newer(usize),
}

impl Schema {
    pub(super) fn of(expected: &[i64], applied: Option<&[i64]>) -> Self {
        let Some(applied) = applied.filter(|applied| !applied.is_empty()) else { return Self::Absent };
        let unknown = applied.iter().filter(|version| !expected.contains(version)).count();
        let missing = expected.iter().filter(|version| !applied.contains(version)).count();
        match (unknown, missing) {
            (0, 0) => Self::Same(expected.len()),
            (0, missing) => Self::Older(missing),
            (unknown, _) => Self::Newer(unknown),
        }
    }
}

/// What there is of all organizations.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Total {
    pub(super) organizations: u64,
    pub(super) events: u64,
    pub(super) newest: Option<Timestamp>,
    /// Organizations of which rows are missing.
    pub(super) incomplete: u64,
}

impl Total {
    pub(super) fn add(&mut self, contents: Contents) {
        self.organizations += 1;
        self.events += contents.events;
        self.newest = self.newest.max(contents.newest);
        self.incomplete += u64::from(!contents.is_complete);
    }
}

pub(super) fn no_keys(error: &str) -> Finding {
    let cure = "set REKOMI_EDGE_KEYS and REKOMI_LEDGER_KEYS from your secret store: they are never part of a backup";
    Finding::failed(CONFIGURATION, error, cure)
}

pub(super) fn no_postgres(error: &str) -> Finding {
    let cure = "install the version of Postgres that made the backup, and name its folder of programs with --postgres, \
                such as /usr/lib/postgresql/18/bin; --scratch names a folder with room";
    Finding::failed(POSTGRES, error, cure)
}

pub(super) fn not_started(error: &anyhow::Error) -> Finding {
    let cure = "restore the folder again, with all WAL that the backup needs, owned by the user that runs this";
    Finding::failed(RESTORE, format!("{error:#}"), cure)
}

pub(super) fn not_restored(error: &anyhow::Error) -> Finding {
    let error = format!("{error:#}");
    let cure = cure_of_restore(&error);
    Finding::failed(RESTORE, error, cure)
}

fn cure_of_restore(error: &str) -> String {
    let missing_role = error.split_once("role \"").and_then(|(_, rest)| rest.split_once("\" does not exist"));
    if let Some((role, _)) = missing_role {
        return format!("add --role {role}, which the dump gives rights to, or dump with --no-owner");
    }
    let cure = if error.to_lowercase().contains("must be superuser") {
        "a restore runs as the owner of the database, and only a superuser may create this: dump without it. \
         For pg_stat_statements, drop it and create it in the database postgres; otherwise use --no-publications, or \
         from pg_dump 17 on --exclude-extension"
    } else if error.contains("has no program pg_restore") || error.contains("has no program psql") {
        "install the client programs of Postgres, or name their folder with --postgres"
    } else if error.contains("unsupported version") {
        "the dump is of a newer Postgres: name the folder of that version with --postgres"
    } else if error.contains("extension \"") {
        "install the extensions of Postgres that the database uses, such as the package postgresql-contrib"
    } else if error.contains("No space left") {
        "name a folder with more room with --scratch"
    } else {
        "take another dump: this one can't be restored"
    };
    cure.to_owned()
}

/// A check that couldn't run to its end.
pub(super) fn unreadable(check: &'static str, error: &anyhow::Error) -> Finding {
    let error = format!("{error:#}");
    let cure = if error.contains("does not exist") {
        "name the database with --database; the backup must be one of a database that `rekomi migrate` created"
    } else {
        OTHER_BACKUP
    };
    Finding::failed(check, error, cure)
}

pub(super) fn schema(schema: Schema) -> Finding {
    const CHECK: &str = "schema";
    match schema {
        Schema::Same(count) => Finding::passed(CHECK, format!("that of this version, {count} migrations")),
        Schema::Older(missing) => {
            let message =
                format!("older than this version: {missing} migrations ran here, as `rekomi migrate` runs them");
            Finding::passed(CHECK, message)
        }
        Schema::Newer(unknown) => Finding::failed(
            CHECK,
            format!("newer than this version, which doesn't know {unknown} of its migrations"),
            "use the version of rekomi that the backup was made with, or a newer one",
        ),
        Schema::Absent => Finding::failed(
            CHECK,
            "the backup has no migrations, or the role rekomi_app can't read them",
            "back up the database that `rekomi migrate` created, with its rights: without --no-privileges",
        ),
    }
}

/// Judges how many of the encrypted values open with a list of keys.
pub(super) fn keys(check: &'static str, setting: &str, tally: &Tally) -> Finding {
    let open = opened(tally);
    match tally.broken_count() {
        0 => Finding::passed(check, format!("{} can be decrypted", counted(open, "secret"))),
        broken => {
            let first = tally.offenders().first().map_or("", String::as_str);
            let message = format!("{broken} of {} can't be decrypted: {first}", counted(open + broken, "secret"));
            let cure = format!(
                "set {setting} to the keys from the time of the backup, which are in your secret store; several are \
                 separated by commas"
            );
            Finding::failed(check, message, cure)
        }
    }
}

/// Whether these keys are others.
pub(super) fn opens_nothing(tally: &Tally) -> bool {
    tally.broken_count() > 0 && opened(tally) == 0
}

fn opened(tally: &Tally) -> u64 {
    Tally::by_key(tally.columns().values()).values().sum()
}

pub(super) fn contents(total: Total, now: Timestamp) -> Finding {
    const CHECK: &str = "contents";
    if total.organizations == 0 {
        return Finding::failed(CHECK, "the backup has no organization", ROLE);
    }
    let organizations = counted(total.organizations, "organization");
    if total.incomplete > 0 {
        let message = format!("rows of {} of {organizations} are missing", total.incomplete);
        return Finding::failed(CHECK, message, ROLE);
    }
    let newest = total.newest.map_or_else(String::new, |newest| {
        format!(", the newest from {newest}, {} ago", age(now.seconds() - newest.seconds()))
    });
    Finding::passed(CHECK, format!("{organizations}, {}{newest}", counted(total.events, "event")))
}

fn age(seconds: i64) -> String {
    let seconds = seconds.max(0).unsigned_abs();
    match seconds {
        0..120 => counted(seconds, "second"),
        120..7_200 => counted(seconds / 60, "minute"),
        7_200..172_800 => counted(seconds / 3_600, "hour"),
        _ => counted(seconds / 86_400, "day"),
    }
}

pub(super) fn audit(audit: &Audit) -> Finding {
    const CHECK: &str = "audit";
    let wrong: Vec<String> = audit
        .checks()
        .into_iter()
        .filter(|check| check.wrong > 0)
        .map(|check| format!("{}: {} wrong, such as {}", check.name, check.wrong, check.first.join(", ")))
        .collect();
    if wrong.is_empty() {
        let rows: u64 = audit.checks().iter().map(|check| check.looked_at).sum();
        let message = format!("{} agree in {}", counted(rows, "row"), counted(audit.checks().len() as u64, "check"));
        return Finding::passed(CHECK, message);
    }
    Finding::failed(CHECK, wrong.join("; "), OTHER_BACKUP)
}

pub(super) fn replay(report: &Report) -> Finding {
    const CHECK: &str = "replay";
    let counts = report.counts;
    match &report.differences.first {
        None => {
            let (events, conversions) = (counted(counts.events, "event"), counted(counts.conversions, "conversion"));
            let transfers = counted(counts.transfers, "transfer");
            Finding::passed(CHECK, format!("recalculated from {events}: {conversions} and {transfers}, no differences"))
        }
        Some((organization, first)) => {
            let count = counted(report.differences.count(), "difference");
            Finding::failed(CHECK, format!("{count}, the first in {organization}: {first}"), OTHER_BACKUP)
        }
    }
}

#[cfg(test)]
#[path = "judge_tests.rs"]
mod tests;
