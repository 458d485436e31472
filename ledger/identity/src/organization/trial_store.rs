//! SQL of who has founded an organization: a person has one trial without a card. Of their addresses, only hashes are
//! stored.

use sha2::{Digest, Sha256};
use shared::{id::UserId, timestamp::Timestamp};

use kit::db::TenantTx;
use rules::customer::mailbox::email_key;

/// Separates these hashes from other hashes of the same address.
const PURPOSE: &[u8] = b"rekomi.trials\0";

fn mailbox_hash(address: &str) -> [u8; 32] {
    Sha256::new().chain_update(PURPOSE).chain_update(email_key(address)).finalize().into()
}

/// Records that a person founds an organization. Returns whether it is their first one, and that of their mailbox.
///
/// Only people who confirmed their address count for a mailbox: otherwise, anyone could use up the trial of someone
/// else by signing up with their address.
pub(super) async fn claim(
    tx: &mut TenantTx,
    owner: UserId,
    address: &str,
    now: Timestamp,
) -> Result<bool, sqlx::Error> {
    let claimed = sqlx::query!(
        "insert into trials (user_id, mailbox_hash, started_at)
         select $1::uuid, $2::bytea, $3::timestamptz
         where not exists (select from trials t join users u on u.id = t.user_id
                           where t.mailbox_hash = $2 and u.email_verified_at is not null)
         on conflict (user_id) do nothing
         returning 1 as one",
        owner.uuid(),
        &mailbox_hash(address)[..],
        now,
    )
    .fetch_optional(tx.conn())
    .await?;
    Ok(claimed.is_some())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_spelling_is_the_same_mailbox() {
        assert_eq!(mailbox_hash("Ann.Lee+two@gmail.com"), mailbox_hash("annlee@googlemail.com"));
        assert_ne!(mailbox_hash("ann@brand.test"), mailbox_hash("ben@brand.test"));
    }
}
