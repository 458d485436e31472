//! Checks whether the hosts of connected CRMs can be reached: name, connection and certificate, through the client that syncs
//! use. No credentials are sent, so a CRM that rejects them passes; its connection says so on the dashboard.

use std::{collections::BTreeSet, time::Duration};

use futures_util::{StreamExt, stream};
use integrations::crm::{hosts, hosts_store};
use kit::{
    clock::Clock,
    config::Config,
    db::{Db, Share},
    outbound::{Failure, Outbound},
};
use reqwest::{Method, header::HeaderMap};

use super::{finding::Finding, judge};
use crate::clients::outbound;

const CRM: &str = "CRM hosts";
const READ_PATIENCE: Duration = Duration::from_secs(15);
/// More than the client takes to connect: what is slower than that is connected.
const HOST_PATIENCE: Duration = Duration::from_secs(6);
const AT_ONCE: usize = 20;
const HOSTS_MAX: usize = 100;
const TENANTS_PER_PAGE: usize = 1_000;
/// Of a page of organizations. Most connections share a few hosts.
const CONNECTIONS_MAX: i64 = 10_000;

/// The hosts of all connections.
#[derive(Debug, Default)]
struct Hosts {
    all: BTreeSet<String>,
    /// How many connections have credentials that can't be decrypted.
    sealed: usize,
}

pub(super) async fn check(config: &Config, has_certificates: bool) -> Finding {
    let client = outbound(config).ok().filter(|_| has_certificates);
    let Some(client) = client else {
        return Finding::skipped(CRM, "no connection is possible without CA certificates");
    };
    let Ok(Ok(hosts)) = tokio::time::timeout(READ_PATIENCE, Box::pin(read(config))).await else {
        return Finding::skipped(CRM, "the connections can't be read from the database");
    };
    let count = hosts.all.len().min(HOSTS_MAX);
    let calls = hosts.all.into_iter().take(HOSTS_MAX).map(|host| problem(client.clone(), host));
    let problems: Vec<Option<String>> = stream::iter(calls).buffered(AT_ONCE).collect().await;
    let unreachable: Vec<String> = problems.into_iter().flatten().collect();
    judge::crm_hosts(CRM, count, &unreachable, hosts.sealed)
}

async fn read(config: &Config) -> anyhow::Result<Hosts> {
    let db = Db::connect(config.database_url.expose(), Share::command(2)).await?;
    let (now, mut hosts) = (Clock::default().wall(), Hosts::default());
    for page in db.all_tenants().await?.chunks(TENANTS_PER_PAGE) {
        let mut tx = db.tenants(page.to_vec()).await?;
        let connections = hosts_store::connected(&mut tx, CONNECTIONS_MAX).await?;
        tx.commit().await?;
        for connection in &connections {
            match hosts::of(config, connection, now) {
                Some(own) => hosts.all.extend(own),
                None => hosts.sealed += 1,
            }
        }
    }
    db.close().await;
    Ok(hosts)
}

/// Why a host can't be connected to. Whatever it responds, and however late, it was reached.
async fn problem(client: Outbound, host: String) -> Option<String> {
    let sent = client.send(Method::HEAD, &host, HeaderMap::new(), Vec::new());
    match tokio::time::timeout(HOST_PATIENCE, sent).await {
        Ok(Err(failure @ (Failure::Url(_) | Failure::Address | Failure::Unreachable(_)))) => {
            Some(format!("{host} ({failure})"))
        }
        Ok(_) | Err(_) => None,
    }
}
