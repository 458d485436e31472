//! `rekomi rotate-keys`: reseals every sealed value with the current keys, or with `--check` only counts values by key.

use std::collections::BTreeMap;

use anyhow::bail;
use shared::keys::KeyRing;

use super::{
    edge, rotate,
    tally::{Line, Tally},
};
use kit::{
    clock::Clock,
    config::Config,
    db::{Db, Share},
};

const CONNECTIONS: u32 = 2;

/// # Errors
/// If a value doesn't open, or the database is unavailable.
#[expect(clippy::print_stdout, reason = "a command's result")]
pub async fn run(config: Config, check: bool) -> anyhow::Result<()> {
    let db = Db::connect(config.database_url.expose(), Share::command(CONNECTIONS)).await?;
    let mut tally = Tally::default();
    rotate::all(&db, &config.keys, check, &mut tally).await?;
    edge::all(&db, &config.keys, check, Clock::default().now(), &mut tally).await?;
    for (column, line) in tally.columns() {
        println!("{column}: {}", message(line));
    }
    let of_edge = |column: &str| column == edge::COLUMN;
    let lines =
        |edge: bool| tally.columns().iter().filter(move |(column, _)| of_edge(column) == edge).map(|(_, line)| line);
    println!("{}", verdict("REKOMI_LEDGER_KEYS", &config.keys.at_rest, &Tally::by_key(lines(false))));
    println!("{}", verdict("REKOMI_EDGE_KEYS", &config.keys.edge_config, &Tally::by_key(lines(true))));
    for offender in tally.offenders() {
        println!("can't be decrypted: {offender}");
    }
    match tally.broken_count() {
        0 => Ok(()),
        count => bail!("values that no configured key can decrypt: {count}; see docs/self-hosting/operations.md"),
    }
}

/// `key 1: 3, key 2: 4 (4 re-encrypted)`.
fn message(line: &Line) -> String {
    let counts: Vec<String> = line.by_key.iter().map(|(key, count)| format!("key {key}: {count}")).collect();
    let counts = if counts.is_empty() { "none".to_owned() } else { counts.join(", ") };
    if line.resealed > 0 { format!("{counts} ({} re-encrypted)", line.resealed) } else { counts }
}

/// Says which keys of the ring the database no longer needs.
fn verdict(name: &str, ring: &KeyRing, used: &BTreeMap<u8, u64>) -> String {
    let current = ring.current().id;
    let list = |needed: bool| {
        let keys = ring.iter().map(|key| key.id).filter(|id| *id != current && used.contains_key(id) == needed);
        keys.map(|id| id.to_string()).collect::<Vec<_>>().join(", ")
    };
    let (needed, unneeded) = (list(true), list(false));
    let mut text = format!("{name}: key {current} is current");
    if !needed.is_empty() {
        text.push_str(&format!("; still in use: key {needed}"));
    }
    if !unneeded.is_empty() {
        text.push_str(&format!("; no longer in use: key {unneeded}"));
    }
    text
}

#[cfg(test)]
mod tests {
    use shared::keys::Purpose;

    use super::*;

    #[test]
    fn it_says_which_keys_are_needed() {
        let keys = ["3", "2", "1"].map(|id| format!("{id}:{}", id.repeat(64))).join(",");
        let ring = KeyRing::parse(&keys, Purpose::AtRest).unwrap();
        assert_eq!(
            verdict("KEYS", &ring, &BTreeMap::from([(3, 5), (2, 1)])),
            "KEYS: key 3 is current; still in use: key 2; no longer in use: key 1"
        );
        assert_eq!(message(&Line::default()), "none");
        let line = Line { by_key: BTreeMap::from([(1, 3), (2, 4)]), resealed: 4 };
        assert_eq!(message(&line), "key 1: 3, key 2: 4 (4 re-encrypted)");
    }
}
