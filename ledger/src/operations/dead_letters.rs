//! `rekomi dead-letters`: lists and replays the events that the edge couldn't deliver for days.

use std::time::Duration;

use anyhow::{Context, bail};
use reqwest::Method;
use serde::Deserialize;
use shared::{
    id::{BatchKind, Id},
    sign::{SIGNATURE_HEADER, SIGNED_ID_HEADER, sign_with_id},
};

use crate::clients::http_client;
use kit::{clock::Clock, config::Config};

const PATH: &str = "/internal/dead-letters";
/// One request replays up to 200 dead letters, with three calls for each.
const PATIENCE: Duration = Duration::from_secs(120);
/// How often the list is read again before this fails: it may show dead letters for a minute after they are gone.
const STALE_MAX: u32 = 24;
const STALE_PAUSE: Duration = Duration::from_secs(5);

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Page {
    data: Vec<Letter>,
    next_cursor: Option<String>,
}

#[derive(Debug, Deserialize)]
struct Letter {
    id: String,
    #[serde(default)]
    reason: String,
    #[serde(default)]
    bytes: u64,
}

#[derive(Debug, Deserialize)]
struct Replayed {
    replayed: u64,
    /// How many are gone, although the list still shows them.
    #[serde(default)]
    missing: u64,
    /// How many stay where they are: the queue didn't take them, or the ledger doesn't keep one that is too large for it.
    #[serde(default)]
    failed: u64,
    more: bool,
}

impl Replayed {
    /// Whether calling again brings nothing back but what failed.
    const fn only_fails(&self) -> bool {
        self.failed > 0 && (!self.more || self.replayed == 0 && self.missing == 0)
    }
}

/// Lists all dead letters, one per line; with `replay`, puts them back into the queue instead. One that has been
/// delivered in the meantime is then a duplicate and changes nothing.
///
/// # Errors
/// If the edge can't be reached or rejects the request, if some can't be put back, or if its list shows only dead letters that
/// are gone, for minutes.
pub async fn run(config: Config, replay: bool) -> anyhow::Result<()> {
    let edge = Edge { http: http_client()?, config };
    if replay { edge.replay().await } else { edge.list().await }
}

struct Edge {
    http: reqwest::Client,
    config: Config,
}

impl Edge {
    #[expect(clippy::print_stdout, reason = "a command's result")]
    async fn list(&self) -> anyhow::Result<()> {
        let mut cursor: Option<String> = None;
        let mut count = 0_u64;
        loop {
            let query = cursor.as_deref().map(encode).map(|cursor| format!("?cursor={cursor}")).unwrap_or_default();
            let page: Page = self.call(Method::GET, &format!("{PATH}{query}"), None).await?;
            for email in &page.data {
                println!("{}  {} bytes  {}", email.id, email.bytes, email.reason);
            }
            count += page.data.len() as u64;
            cursor = page.next_cursor;
            if cursor.is_none() {
                break;
            }
        }
        println!("dead letters: {count}; run `rekomi dead-letters --replay` to put them back in the queue");
        Ok(())
    }

    #[expect(clippy::print_stdout, reason = "a command's result")]
    async fn replay(&self) -> anyhow::Result<()> {
        let (mut count, mut stale) = (0_u64, 0);
        loop {
            let page = self.call::<Replayed>(Method::POST, &format!("{PATH}/replay"), Some(r#"{"all":true}"#)).await;
            let answer =
                page.with_context(|| format!("dead letters put back in the queue before this failed: {count}"))?;
            count += answer.replayed;
            if answer.only_fails() {
                bail!(
                    "dead letters put back in the queue: {count}; {} couldn't be: the queue doesn't take them, or one is too \
                     large for it and the ledger doesn't keep it. `rekomi dead-letters` lists them; run this again later",
                    answer.failed
                );
            }
            if !answer.more {
                break;
            }
            stale = if answer.replayed == 0 { stale + 1 } else { 0 };
            if stale > STALE_MAX {
                bail!(
                    "the edge's list still shows {} dead letters that are gone, and more behind them: {count} were put back \
                     in the queue; run this again in a few minutes",
                    answer.missing
                );
            }
            if stale > 0 {
                tokio::time::sleep(STALE_PAUSE).await;
            }
        }
        println!("dead letters put back in the queue: {count}");
        Ok(())
    }

    /// Sends a signed request. The signature covers the body, or path and query if there is none.
    async fn call<T: serde::de::DeserializeOwned>(
        &self,
        method: Method,
        path: &str,
        body: Option<&'static str>,
    ) -> anyhow::Result<T> {
        let now = Clock::default().wall();
        let id = Id::<BatchKind>::v7(now.millis().unsigned_abs(), &rand::random()).to_string();
        let key = self.config.keys.internal.current();
        let signed = body.unwrap_or(path).as_bytes();
        let answer = self
            .http
            .request(method, format!("{}{path}", self.config.edge_url))
            .header(SIGNED_ID_HEADER, &id)
            .header(SIGNATURE_HEADER, sign_with_id(key.bytes(), Some(&id), now, signed))
            .header("content-type", "application/json")
            .body(body.unwrap_or_default())
            .timeout(PATIENCE)
            .send()
            .await
            .context("can't reach the edge at REKOMI_EDGE_URL")?;
        let status = answer.status();
        let text = answer.text().await.context("can't read the edge's response")?;
        if !status.is_success() {
            bail!("the edge responded with {status}: {text}");
        }
        serde_json::from_str(&text).context("can't parse the edge's response")
    }
}

fn encode(text: &str) -> String {
    url::form_urlencoded::byte_serialize(text.as_bytes()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_fails_ends_the_replay_only_once_nothing_else_is_left() {
        let of = |text: &str| serde_json::from_str::<Replayed>(text).unwrap().only_fails();
        assert!(of(r#"{"replayed":2,"missing":0,"failed":1,"more":false}"#));
        assert!(of(r#"{"replayed":0,"missing":0,"failed":200,"more":true}"#));
        assert!(!of(r#"{"replayed":199,"missing":0,"failed":1,"more":true}"#), "there are others behind it");
        assert!(!of(r#"{"replayed":0,"missing":199,"failed":1,"more":true}"#), "the list is old");
        assert!(!of(r#"{"replayed":3,"more":false}"#), "an edge from before");
    }
}
