//! The checks of a restored database, as the role that serves.

use anyhow::Context;
use kit::{
    clock::Clock,
    config::Keys,
    db::{Db, Share, inspect_store::Inspection},
    migrate::{self, MIGRATOR},
};
use serde_json::json;
use shared::{id::OrganizationId, keys::encode_hex};

use super::{
    cluster::Cluster,
    dump::APP,
    judge::{self, Schema, Total},
    report::Report,
    store,
};
use crate::{
    operations::doctor::finding::Finding,
    sealed::{edge, rotate, tally::Tally},
    verify::command::{CONNECTIONS, audit_tenants, replay_tenants},
};

const SCHEMA: &str = "schema";
const LEDGER_KEYS: &str = "ledger keys";
const CONTENTS: &str = "contents";
const AUDIT: &str = "audit";
const REPLAY: &str = "replay";

/// Runs all of them. The error is the check without which no other can run.
pub(super) async fn run(cluster: &Cluster, database: &str, keys: &Keys, report: &mut Report) -> Result<(), Finding> {
    let schema = schema(cluster, database).await.unwrap_or_else(|error| judge::unreadable(SCHEMA, &error));
    if schema.is_failed() {
        return Err(schema);
    }
    report.add(schema);
    let db = connect(cluster, database).await.map_err(|error| judge::unreadable(LEDGER_KEYS, &error))?;
    let outcome = Box::pin(contents(&db, keys, report)).await;
    db.close().await;
    outcome
}

async fn connect(cluster: &Cluster, database: &str) -> anyhow::Result<Db> {
    Db::connect(&cluster.url(APP, database)?, Share::command(CONNECTIONS)).await
}

/// An older schema is migrated here, as it would be after a restore.
async fn schema(cluster: &Cluster, database: &str) -> anyhow::Result<Finding> {
    let url = cluster.url(APP, database)?;
    let mut connection = Inspection::connect(&url).await.context("can't connect to the restored database")?;
    let applied = connection.migrations().await.context("reading which migrations ran")?;
    let expected: Vec<i64> = MIGRATOR.iter().map(|migration| migration.version).collect();
    let schema = Schema::of(&expected, applied.as_deref());
    if matches!(schema, Schema::Older(_)) {
        let owner = connection.owner().await.context("reading who owns the tables")?;
        migrate::apply_at(&cluster.url(&owner, database)?, &password()).await?;
    }
    Ok(judge::schema(schema))
}

/// Any: the scratch Postgres asks for none.
fn password() -> String {
    encode_hex(&rand::random::<[u8; 16]>())
}

async fn contents(db: &Db, keys: &Keys, report: &mut Report) -> Result<(), Finding> {
    let (ledger, edge) = tallies(db, keys).await.map_err(|error| judge::unreadable(LEDGER_KEYS, &error))?;
    report.add(judge::keys(LEDGER_KEYS, "REKOMI_LEDGER_KEYS", &ledger));
    report.add(judge::keys("edge keys", "REKOMI_EDGE_KEYS", &edge));
    let tenants = db.open_and_closed_tenants().await.map_err(|error| judge::unreadable(CONTENTS, &error.into()))?;
    let total = total(db, &tenants).await.map_err(|error| judge::unreadable(CONTENTS, &error.into()))?;
    let now = Clock::default().wall();
    report.describe(json!({
        "organizations": total.organizations,
        "events": total.events,
        "newestEventAt": total.newest,
        "ageSeconds": total.newest.map(|newest| (now.millis() - newest.millis()) / 1_000),
    }));
    report.add(judge::contents(total, now));
    if judge::opens_nothing(&ledger) || judge::opens_nothing(&edge) {
        for check in [AUDIT, REPLAY] {
            report.add(Finding::skipped(check, "it needs the keys"));
        }
        return Ok(());
    }
    let audit = audit_tenants(db, keys, &tenants).await;
    report.add(audit.map_or_else(|error| judge::unreadable(AUDIT, &error), |audit| judge::audit(&audit)));
    let replay = replay_tenants(db, keys, &tenants).await;
    report.add(replay.map_or_else(|error| judge::unreadable(REPLAY, &error), |replay| judge::replay(&replay)));
    Ok(())
}

/// Opens every encrypted value, those for the ledger and those for the edge, and changes none.
async fn tallies(db: &Db, keys: &Keys) -> anyhow::Result<(Tally, Tally)> {
    let (mut of_ledger, mut of_edge) = (Tally::default(), Tally::default());
    rotate::all(db, keys, true, &mut of_ledger).await?;
    edge::all(db, keys, true, Clock::default().now(), &mut of_edge).await?;
    Ok((of_ledger, of_edge))
}

async fn total(db: &Db, tenants: &[OrganizationId]) -> Result<Total, sqlx::Error> {
    let mut total = Total::default();
    for tenant in tenants {
        let mut tx = db.snapshot(*tenant).await?;
        total.add(store::contents(&mut tx).await?);
        tx.commit().await?;
    }
    Ok(total)
}
