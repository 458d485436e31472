//! SQL of addresses that opted out of invitations from all brands. Only their hashes are stored. They still get what a
//! person's own action asks for, such as the confirmation of an application.

use sha2::{Digest, Sha256};
use shared::timestamp::Timestamp;
use sqlx::PgConnection;

use rules::customer::mailbox::email_key;

/// Separates these hashes from other hashes of the same address.
const PURPOSE: &[u8] = b"rekomi.mail_suppressions\0";

fn hash(address: &str) -> [u8; 32] {
    Sha256::new().chain_update(PURPOSE).chain_update(email_key(address)).finalize().into()
}

pub async fn is_suppressed(conn: &mut PgConnection, address: &str) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select exists (select from mail_suppressions where address_hash = $1) as "is!""#,
        &hash(address)[..],
    )
    .fetch_one(conn)
    .await
}

/// Returns those of these addresses that opted out.
pub async fn suppressed(conn: &mut PgConnection, addresses: &[String]) -> Result<Vec<String>, sqlx::Error> {
    let hashes: Vec<Vec<u8>> = addresses.iter().map(|address| hash(address).to_vec()).collect();
    let found =
        sqlx::query_scalar!("select address_hash from mail_suppressions where address_hash = any ($1)", &hashes)
            .fetch_all(conn)
            .await?;
    let is = |place: usize| found.iter().any(|known| known[..] == hashes[place][..]);
    Ok(addresses.iter().enumerate().filter(|(place, _)| is(*place)).map(|(_, address)| address.clone()).collect())
}

pub async fn suppress(conn: &mut PgConnection, address: &str, now: Timestamp) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into mail_suppressions (address_hash, created_at) values ($1, $2) on conflict do nothing",
        &hash(address)[..],
        now,
    )
    .execute(conn)
    .await
    .map(drop)
}
