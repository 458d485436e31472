//! SQL for the proofs that affiliates send for bounties.

use shared::{
    id::{AffiliateId, FileId, ProgramId, RewardClaimId, RewardId},
    timestamp::Timestamp,
};

use kit::db::TenantTx;

/// A proof to store.
#[derive(Debug)]
pub struct Proof<'a> {
    pub id: RewardClaimId,
    pub reward: RewardId,
    pub program: ProgramId,
    pub affiliate: AffiliateId,
    pub period: &'a str,
    pub amount: i64,
    pub note: Option<&'a str>,
    pub file: Option<FileId>,
    /// Addresses, and their forms for comparison.
    pub links: &'a [(String, String)],
}

/// How often a proof may be sent for one period.
pub const ATTEMPTS_MAX: i32 = 5;

/// Stores a proof: the first of its period, or one after a rejection. Returns the claim, or `None` if a proof waits or was
/// approved, or was sent too often.
pub async fn submit(
    tx: &mut TenantTx,
    proof: &Proof<'_>,
    now: Timestamp,
) -> Result<Option<RewardClaimId>, sqlx::Error> {
    let organization = tx.organization().uuid();
    let claim = sqlx::query_scalar!(
        r#"insert into reward_claims (organization_id, id, reward_id, affiliate_id, period, state, amount, note, file_id,
                                      attempts, submitted_at, created_at)
           values ($1, $2, $3, $4, $5, 'Submitted', $6, $7, $8, 1, $9, $9)
           on conflict on constraint reward_claims_period do update
               set state = 'Submitted', note = excluded.note, file_id = excluded.file_id, amount = excluded.amount,
                   attempts = reward_claims.attempts + 1, submitted_at = excluded.submitted_at, decided_at = null,
                   decided_by = null, reason = null
               where reward_claims.state = 'Rejected' and reward_claims.attempts < $10
           returning id as "id: RewardClaimId""#,
        organization,
        proof.id.uuid(),
        proof.reward.uuid(),
        proof.affiliate.uuid(),
        proof.period,
        proof.amount,
        proof.note,
        proof.file.map(FileId::uuid),
        now,
        ATTEMPTS_MAX,
    )
    .fetch_optional(tx.conn())
    .await?;
    let Some(claim) = claim else { return Ok(None) };
    sqlx::query!(
        "delete from reward_proof_links where organization_id = $1 and claim_id = $2",
        organization,
        claim.uuid(),
    )
    .execute(tx.conn())
    .await?;
    sqlx::query!(
        "insert into reward_proof_links (organization_id, claim_id, position, program_id, url, url_hash)
         select $1::uuid, $2::uuid, l.position::integer, $3::uuid, l.url, sha256(convert_to(l.key, 'UTF8'))
         from unnest($4::text[], $5::text[]) with ordinality l (url, key, position)
         returning 1 as one",
        organization,
        claim.uuid(),
        proof.program.uuid(),
        &proof.links.iter().map(|(url, _)| url.clone()).collect::<Vec<_>>(),
        &proof.links.iter().map(|(_, key)| key.clone()).collect::<Vec<_>>(),
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(Some(claim))
}

/// How many proofs the affiliate sent since a time.
pub async fn submitted_since(tx: &mut TenantTx, affiliate: AffiliateId, since: Timestamp) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select coalesce(sum(attempts), 0)::bigint as "count!" from reward_claims
           where organization_id = $1 and affiliate_id = $2 and submitted_at > $3"#,
        tx.organization().uuid(),
        affiliate.uuid(),
        since,
    )
    .fetch_one(tx.conn())
    .await
}

/// The files of an affiliate's proofs.
pub async fn files(tx: &mut TenantTx, affiliate: AffiliateId) -> Result<Vec<FileId>, sqlx::Error> {
    let ids = sqlx::query_scalar!(
        r#"select file_id as "file_id!: FileId" from reward_claims
           where organization_id = $1 and affiliate_id = $2 and file_id is not null"#,
        tx.organization().uuid(),
        affiliate.uuid(),
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(ids)
}

/// Deletes the texts and links of an erased affiliate's proofs, and their name on leaderboards. What was given stays.
pub async fn forget(tx: &mut TenantTx, affiliate: AffiliateId) -> Result<(), sqlx::Error> {
    let (organization, affiliate) = (tx.organization().uuid(), affiliate.uuid());
    sqlx::query!(
        "delete from reward_proof_links where organization_id = $1 and claim_id in (
             select id from reward_claims where organization_id = $1 and affiliate_id = $2)",
        organization,
        affiliate,
    )
    .execute(tx.conn())
    .await?;
    sqlx::query!(
        "update reward_claims set note = null, reason = null where organization_id = $1 and affiliate_id = $2",
        organization,
        affiliate,
    )
    .execute(tx.conn())
    .await?;
    sqlx::query!(
        "delete from leaderboard_names where organization_id = $1 and affiliate_id = $2",
        organization,
        affiliate,
    )
    .execute(tx.conn())
    .await
    .map(drop)
}
