//! SQL of erasing an organization: addresses of people, and what else names them or gives access.

use rules::customer::{mailbox::email_key, names::is_shared_mailbox};
use sha2::{Digest, Sha256};
use shared::{keys::encode_hex, timestamp::Timestamp};
use uuid::Uuid;

use kit::db::TenantTx;

/// A domain that never receives mail (RFC 2606 §2).
const DOMAIN: &str = "erased.invalid";
const HASH_BYTES: usize = 16;
/// The number of addresses that one statement replaces.
const AT_ONCE: i64 = 5_000;

/// Replaces compared addresses with pseudonyms, so that the book can still be checked: two equal addresses stay equal.
/// The salt exists only during one erasure, so not even the installation's keys recognize an address afterwards.
#[derive(Debug)]
pub(super) struct Pseudonyms {
    salt: [u8; 32],
}

impl Pseudonyms {
    pub(super) const fn new(salt: [u8; 32]) -> Self {
        Self { salt }
    }

    /// A mailbox such as `info@` keeps its name, because it never makes two customers one person.
    fn of(&self, key: &str) -> String {
        let hash: [u8; 32] = Sha256::digest([self.salt.as_slice(), key.as_bytes()].concat()).into();
        let hash = encode_hex(hash.get(..HASH_BYTES).unwrap_or_default());
        if is_shared_mailbox(key) {
            let name = key.rsplit_once('@').map_or(key, |(name, _)| name);
            return format!("{name}@erased-{hash}.{DOMAIN}");
        }
        format!("erased-{hash}@{DOMAIN}")
    }

    fn all(&self, keys: &[String]) -> Vec<String> {
        keys.iter().map(|key| self.of(key)).collect()
    }
}

/// Replaces every address that sales are compared by. Runs while `affiliates` still has the addresses.
pub(super) async fn addresses(tx: &mut TenantTx, pseudonyms: &Pseudonyms) -> Result<(), sqlx::Error> {
    date_addresses(tx).await?;
    let keys = sqlx::query_scalar!(
        "select distinct email_key from affiliate_emails
         where organization_id = $1 and email_key not like '%erased.invalid'",
        tx.organization().uuid(),
    )
    .fetch_all(tx.conn())
    .await?;
    sqlx::query!(
        "update affiliate_emails e set email_key = n.new from unnest($2::text[], $3::text[]) n (old, new)
         where e.organization_id = $1 and e.email_key = n.old",
        tx.organization().uuid(),
        &keys,
        &pseudonyms.all(&keys),
    )
    .execute(tx.conn())
    .await?;
    claimed_addresses(tx, pseudonyms).await?;
    loop {
        let keys = sqlx::query_scalar!(
            "select distinct email_key from customer_emails
             where organization_id = $1 and email_key not like '%erased.invalid' order by email_key limit $2",
            tx.organization().uuid(),
            AT_ONCE,
        )
        .fetch_all(tx.conn())
        .await?;
        if keys.is_empty() {
            return Ok(());
        }
        sqlx::query!(
            "select rekomi_redact_addresses($1, $2, $3)",
            tx.organization().uuid(),
            &keys,
            &pseudonyms.all(&keys),
        )
        .execute(tx.conn())
        .await?;
    }
}

/// Replaces the addresses of buyers that pages reported with claims: a claim of an affiliate's own purchase stays one.
async fn claimed_addresses(tx: &mut TenantTx, pseudonyms: &Pseudonyms) -> Result<(), sqlx::Error> {
    let mut after = Uuid::nil();
    loop {
        let rows = sqlx::query!(
            r#"select id, claimed_email_key as "key!" from conversions
               where organization_id = $1 and id > $2 and claimed_email_key not like '%erased.invalid'
               order by id limit $3"#,
            tx.organization().uuid(),
            after,
            AT_ONCE,
        )
        .fetch_all(tx.conn())
        .await?;
        let Some(last) = rows.last() else { return Ok(()) };
        after = last.id;
        let (ids, keys): (Vec<Uuid>, Vec<String>) = rows.into_iter().map(|row| (row.id, row.key)).unzip();
        sqlx::query!(
            "update conversions c set claimed_email_key = n.key from unnest($2::uuid[], $3::text[]) n (id, key)
             where c.organization_id = $1 and c.id = n.id",
            tx.organization().uuid(),
            &ids,
            &pseudonyms.all(&keys),
        )
        .execute(tx.conn())
        .await?;
    }
}

/// Gives affiliates who always had the same address a row for it: their purchases stay self-referrals, and two of them
/// with one mailbox stay one person. An affiliate who was erased before keeps the pseudonym.
async fn date_addresses(tx: &mut TenantTx) -> Result<(), sqlx::Error> {
    let rows = sqlx::query!(
        "select id, email from affiliates a
         where organization_id = $1
           and not exists (select from affiliate_emails e where e.organization_id = $1 and e.affiliate_id = a.id)",
        tx.organization().uuid(),
    )
    .fetch_all(tx.conn())
    .await?;
    let (ids, keys): (Vec<Uuid>, Vec<String>) = rows.into_iter().map(|row| (row.id, email_key(&row.email))).unzip();
    sqlx::query!(
        "insert into affiliate_emails (organization_id, affiliate_id, effective_at, email_key)
         select $1, a.id, $4, a.key from unnest($2::uuid[], $3::text[]) a (id, key)
         on conflict do nothing",
        tx.organization().uuid(),
        &ids,
        &keys,
        Timestamp::EPOCH,
    )
    .execute(tx.conn())
    .await
    .map(drop)
}

/// Deletes what names affiliates and customers, and what they wrote. Their tax forms are
/// `payouts::tax::maintenance`'s, which knows how long each has to be kept.
pub(super) async fn personal_data(tx: &mut TenantTx, now: Timestamp) -> Result<(), sqlx::Error> {
    let organization = tx.organization();
    for statement in [
        "update affiliates set application = null, notes = null, language = null where organization_id = $1",
        "delete from affiliate_sessions where organization_id = $1",
        "delete from affiliate_links where organization_id = $1",
        "delete from import_tokens where organization_id = $1",
        "delete from bio_pages where organization_id = $1",
        "delete from leaderboard_names where organization_id = $1",
        "delete from reward_proof_links where organization_id = $1",
        "update reward_claims set note = null, reason = null where organization_id = $1",
        "delete from missing_sale_claims where organization_id = $1",
        "update invites set note = null where organization_id = $1",
        "delete from payout_methods where organization_id = $1",
        "update payout_holds set reason = 'Erased' where organization_id = $1",
        "update import_rows set cells = null, message = null where organization_id = $1",
        "delete from messages where organization_id = $1",
        "delete from mails where tenant = $1",
    ] {
        sqlx::query(statement).bind(organization).execute(tx.conn()).await?;
    }
    empty_imports(tx, now).await?;
    close_payout_accounts(tx).await
}

async fn empty_imports(tx: &mut TenantTx, now: Timestamp) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update imports
         set emptied = true, head = '[]', finished_at = coalesce(finished_at, $2),
             state = case when state = 'Done' then state else 'Cancelled' end
         where organization_id = $1 and not emptied",
        tx.organization().uuid(),
        now,
    )
    .execute(tx.conn())
    .await
    .map(drop)
}

/// Forgets the Stripe accounts of affiliates, which are their own. While a payout is under way, our row keeps the
/// account's ID, because it says where the money went.
async fn close_payout_accounts(tx: &mut TenantTx) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update payout_accounts p
         set status = 'Closed', requirements = '{}', disabled_reason = 'erased', creating_email = null,
             transfers = 'inactive', payouts_enabled = false, next_check_at = null, bank = null, bank_hint = null,
             bank_key = null,
             stripe_account = case when exists (
                 select from payouts o where o.organization_id = $1 and o.affiliate_id = p.affiliate_id
                   and o.status in ('Scheduled', 'Reserved', 'Sending', 'Unknown')) then stripe_account end
         where p.organization_id = $1",
        tx.organization().uuid(),
    )
    .execute(tx.conn())
    .await
    .map(drop)
}

/// Deletes what gives access to other services. What we created at Stripe for payouts stays there and is refused here.
pub(super) async fn connections(tx: &mut TenantTx) -> Result<(), sqlx::Error> {
    let organization = tx.organization();
    for statement in [
        // With their syncs, and what those sent.
        "delete from crm_connections where organization_id = $1",
        "delete from copilot_conversations where organization_id = $1",
        "delete from copilot_connections where organization_id = $1",
        "update api_key_predecessors set sealed_secret = null where organization_id = $1",
        "update payout_connections
         set status = 'disconnected', sealed_api_key = null, key_hint = '', sealed_webhook_secrets = null,
             webhook_endpoints = '{}', balance = null, balance_at = null, paused_code = null, paused_reason = null,
             paused_at = null, wait_until = null
         where organization_id = $1",
    ] {
        sqlx::query(statement).bind(organization).execute(tx.conn()).await?;
    }
    Ok(())
}

/// Destroys the keys of files; the clean-up job deletes the objects. A tax form's file has the form's retention.
pub(super) async fn files(tx: &mut TenantTx, now: Timestamp) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update files f set sealed_key = null, destroyed_at = $2
         where f.organization_id = $1 and f.destroyed_at is null
           and not exists (select from tax_forms t where t.organization_id = $1 and t.file_id = f.id
                           and t.sealed_form is not null)",
        tx.organization().uuid(),
        now,
    )
    .execute(tx.conn())
    .await
    .map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_addresses_stay_equal_and_shared_mailboxes_stay_shared() {
        let (one, other) = (Pseudonyms::new([1; 32]), Pseudonyms::new([2; 32]));
        let pseudonym = one.of("ann@buyers.test");
        assert!(pseudonym.starts_with("erased-") && pseudonym.ends_with("@erased.invalid"), "{pseudonym}");
        assert_eq!((one.of("ann@buyers.test"), email_key(&pseudonym)), (pseudonym.clone(), pseudonym.clone()));
        assert_ne!(one.of("bob@buyers.test"), pseudonym);
        assert_ne!(other.of("ann@buyers.test"), pseudonym, "another erasure has another salt");
        let shared = one.of("info@company.test");
        assert!(is_shared_mailbox(&shared) && shared.ends_with(".erased.invalid"), "{shared}");
        assert_ne!(one.of("info@other.test"), shared);
    }
}
