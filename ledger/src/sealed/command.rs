//! `rekomi rotate-keys`: reseals every sealed value with the current keys, or with `--check` only counts values by key.

use std::collections::BTreeMap;

use anyhow::bail;
use shared::keys::KeyRing;

use super::{
    edge, rotate, store,
    tally::{Line, Tally},
};
use kit::{
    clock::Clock,
    config::Config,
    db::{Db, Share},
};

const CONNECTIONS: u32 = 2;
/// Nothing about these links is stored, so they can't be counted.
const LINKS: &str = "unsubscribe links in emails from before the change need it";

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
    let recognized = recognized(&db).await?;
    let (ledger, edge) = (&config.keys.at_rest, &config.keys.edge_config);
    println!("{}", verdict("REKOMI_LEDGER_KEYS", ledger, &Tally::by_key(lines(false)), Some(recognized.as_slice())));
    println!("{}", verdict("REKOMI_EDGE_KEYS", edge, &Tally::by_key(lines(true)), None));
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

/// What is recognized by a keyed hash. Hashes can't be made anew with another key, and don't say which key made them.
async fn recognized(db: &Db) -> Result<Vec<&'static str>, sqlx::Error> {
    let (mut people, mut accounts) = (false, false);
    for tenant in db.open_and_closed_tenants().await? {
        let mut tx = db.tenant(tenant).await?;
        let found = store::hashes(&mut tx).await?;
        tx.commit().await?;
        (people, accounts) = (people || found.0, accounts || found.1);
    }
    let kinds = [(people, "erased people"), (accounts, "payout accounts")];
    Ok(kinds.into_iter().filter_map(|(exists, kind)| exists.then_some(kind)).collect())
}

/// Says which keys of the ring the database no longer needs. None is unneeded if something is recognized by them. If
/// something can be (`recognized`), it's the ledger's ring, which also signs links that never expire.
fn verdict(name: &str, ring: &KeyRing, used: &BTreeMap<u8, u64>, recognized: Option<&[&str]>) -> String {
    let is_ledgers = recognized.is_some();
    let recognized = recognized.unwrap_or_default();
    let current = ring.current().id;
    let list = |which: &dyn Fn(&u8) -> bool| {
        let keys = ring.iter().map(|key| key.id).filter(|id| *id != current && which(id));
        keys.map(|id| id.to_string()).collect::<Vec<_>>().join(", ")
    };
    let needed = list(&|id| used.contains_key(id));
    let unneeded = list(&|id| !used.contains_key(id) && recognized.is_empty());
    let kept = list(&|_| !recognized.is_empty());
    let mut text = format!("{name}: key {current} is current");
    if !needed.is_empty() {
        text.push_str(&format!("; still in use: key {needed}"));
    }
    if !kept.is_empty() {
        text.push_str(&format!("; keep key {kept}: {} are recognized by it", recognized.join(" and ")));
    }
    if !unneeded.is_empty() && is_ledgers {
        text.push_str(&format!("; encrypts nothing anymore: key {unneeded}, but {LINKS}"));
    } else if !unneeded.is_empty() {
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
            verdict("KEYS", &ring, &BTreeMap::from([(3, 5), (2, 1)]), None),
            "KEYS: key 3 is current; still in use: key 2; no longer in use: key 1"
        );
        assert_eq!(
            verdict("KEYS", &ring, &BTreeMap::from([(3, 5), (2, 1)]), Some(&[])),
            "KEYS: key 3 is current; still in use: key 2; encrypts nothing anymore: key 1, but unsubscribe links in \
             emails from before the change need it"
        );
        assert_eq!(
            verdict("KEYS", &ring, &BTreeMap::from([(3, 5), (2, 1)]), Some(&["erased people", "payout accounts"])),
            "KEYS: key 3 is current; still in use: key 2; keep key 2, 1: erased people and payout accounts are \
             recognized by it"
        );
        assert_eq!(message(&Line::default()), "none");
        let line = Line { by_key: BTreeMap::from([(1, 3), (2, 4)]), resealed: 4 };
        assert_eq!(message(&line), "key 1: 3, key 2: 4 (4 re-encrypted)");
    }
}
