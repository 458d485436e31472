//! SQL for claims: what affiliates earned, or ask for.

use rules::reward::{
    State,
    settle::{Known, Reached},
};
use shared::{
    id::{AffiliateId, CommissionId, FileId, RewardClaimId, RewardId},
    timestamp::Timestamp,
};
use uuid::Uuid;

use kit::db::{TenantTx, plan_store};

/// A claim, with the names that people see.
#[derive(Debug, Clone)]
pub struct Claim {
    pub id: RewardClaimId,
    pub reward: RewardId,
    pub affiliate: AffiliateId,
    pub affiliate_name: String,
    pub affiliate_email: String,
    pub affiliate_status: String,
    pub period: String,
    pub state: State,
    pub value: Option<i64>,
    pub place: Option<i32>,
    /// What it is worth in minor units, and how much of that was given so far.
    pub amount: i64,
    pub given: i64,
    pub round: i32,
    pub commission: Option<CommissionId>,
    pub note: Option<String>,
    pub file: Option<FileId>,
    pub links: Vec<String>,
    /// Whether another claim in the program has one of its links.
    pub repeats_link: bool,
    pub attempts: i32,
    pub submitted_at: Timestamp,
    pub decided_at: Option<Timestamp>,
    pub decided_by: Option<String>,
    pub reason: Option<String>,
    pub given_at: Option<Timestamp>,
}

/// Which claims to list.
#[derive(Debug, Clone, Copy, Default)]
pub struct Filter {
    pub id: Option<RewardClaimId>,
    pub reward: Option<RewardId>,
    pub affiliate: Option<AffiliateId>,
    pub state: Option<State>,
    pub after: Option<Uuid>,
    pub oldest: bool,
    pub limit: i64,
}

pub async fn list(tx: &mut TenantTx, filter: &Filter) -> Result<Vec<Claim>, sqlx::Error> {
    plan_store::by_values(tx).await?;
    let rows = sqlx::query!(
        r#"select c.id as "id: RewardClaimId", c.reward_id as "reward_id: RewardId",
                  c.affiliate_id as "affiliate_id: AffiliateId", a.name, a.email, a.status, c.period,
                  c.state as "state: State", c.value, c.place, c.amount, c.given, c.round, c.commission_id as "commission_id: CommissionId", c.note,
                  c.file_id as "file_id: FileId", c.attempts, c.submitted_at, c.decided_at, c.decided_by, c.reason,
                  c.given_at,
                  array(select l.url from reward_proof_links l
                        where l.organization_id = $1 and l.claim_id = c.id order by l.position)
                      as "links!",
                  exists (select from reward_proof_links l
                          join reward_proof_links o on o.organization_id = l.organization_id
                               and o.program_id = l.program_id and o.url_hash = l.url_hash and o.claim_id <> l.claim_id
                          where l.organization_id = $1 and l.claim_id = c.id) as "repeats_link!"
           from reward_claims c
           join affiliates a on a.organization_id = c.organization_id and a.id = c.affiliate_id
           where c.organization_id = $1 and ($2::uuid is null or c.id = $2) and ($3::uuid is null or c.reward_id = $3)
             and ($4::uuid is null or c.affiliate_id = $4) and ($5::text is null or c.state = $5)
             and ($6::uuid is null or (not $7 and c.id < $6) or ($7 and c.id > $6))
           order by case when $7 then c.id end, case when not $7::boolean then c.id end desc limit $8"#,
        tx.organization().uuid(),
        filter.id.map(RewardClaimId::uuid),
        filter.reward.map(RewardId::uuid),
        filter.affiliate.map(AffiliateId::uuid),
        filter.state.map(State::as_str),
        filter.after,
        filter.oldest,
        filter.limit,
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| Claim {
            id: row.id,
            reward: row.reward_id,
            affiliate: row.affiliate_id,
            affiliate_name: row.name,
            affiliate_email: row.email,
            affiliate_status: row.status,
            period: row.period,
            state: row.state,
            value: row.value,
            place: row.place,
            amount: row.amount,
            given: row.given,
            round: row.round,
            commission: row.commission_id,
            note: row.note,
            file: row.file_id,
            links: row.links,
            repeats_link: row.repeats_link,
            attempts: row.attempts,
            submitted_at: row.submitted_at,
            decided_at: row.decided_at,
            decided_by: row.decided_by,
            reason: row.reason,
            given_at: row.given_at,
        })
        .collect())
}

/// Locks a claim until the end of the transaction. Returns false if it doesn't exist.
pub async fn lock(tx: &mut TenantTx, id: RewardClaimId) -> Result<bool, sqlx::Error> {
    let found = sqlx::query!(
        "select id from reward_claims where organization_id = $1 and id = $2 for update",
        tx.organization().uuid(),
        id.uuid(),
    )
    .fetch_optional(tx.conn())
    .await?;
    Ok(found.is_some())
}

/// The claims of a reward in these periods.
pub async fn known(
    tx: &mut TenantTx,
    reward: RewardId,
    periods: &[String],
) -> Result<Vec<Known<AffiliateId, RewardClaimId>>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select id as "id: RewardClaimId", affiliate_id as "affiliate_id: AffiliateId", period, state as "state: State"
           from reward_claims where organization_id = $1 and reward_id = $2 and period = any ($3) order by id"#,
        tx.organization().uuid(),
        reward.uuid(),
        periods,
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| Known { id: row.id, affiliate: row.affiliate_id, period: row.period, state: row.state })
        .collect())
}

/// How much a reward has given or decided to give.
pub async fn spent(tx: &mut TenantTx, reward: RewardId) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select coalesce(sum(amount), 0)::bigint as "spent!" from reward_claims
           where organization_id = $1 and reward_id = $2 and state in ('Approved', 'Paid')"#,
        tx.organization().uuid(),
        reward.uuid(),
    )
    .fetch_one(tx.conn())
    .await
}

/// The number of claims of a reward that wait for a person, and of those that were given.
pub async fn counts(tx: &mut TenantTx, reward: RewardId) -> Result<(i64, i64), sqlx::Error> {
    let row = sqlx::query!(
        r#"select count(*) filter (where state = 'Submitted') as "waiting!",
                  count(*) filter (where state in ('Approved', 'Paid')) as "given!"
           from reward_claims where organization_id = $1 and reward_id = $2"#,
        tx.organization().uuid(),
        reward.uuid(),
    )
    .fetch_one(tx.conn())
    .await?;
    Ok((row.waiting, row.given))
}

/// A claim that a job opens.
#[derive(Debug)]
pub struct New {
    pub id: RewardClaimId,
    pub of: Reached<AffiliateId>,
    pub place: Option<i32>,
    pub amount: i64,
}

/// Opens claims, as one set. Those that exist already stay as they are.
pub async fn open(
    tx: &mut TenantTx,
    reward: RewardId,
    new: &[New],
    state: State,
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into reward_claims (organization_id, id, reward_id, affiliate_id, period, state, value, place, amount,
                                    submitted_at, decided_at, created_at)
         select $1::uuid, n.id, $2::uuid, n.affiliate_id, n.period, $3::text, n.value, n.place, n.amount,
                $4::timestamptz, case when $3 = 'Approved' then $4 end, $4
         from unnest($5::uuid[], $6::uuid[], $7::text[], $8::bigint[], $9::integer[], $10::bigint[])
              n (id, affiliate_id, period, value, place, amount)
         on conflict on constraint reward_claims_period do nothing",
        tx.organization().uuid(),
        reward.uuid(),
        state.as_str(),
        now,
        &new.iter().map(|one| one.id.uuid()).collect::<Vec<Uuid>>(),
        &new.iter().map(|one| one.of.affiliate.uuid()).collect::<Vec<Uuid>>(),
        &new.iter().map(|one| one.of.period.clone()).collect::<Vec<String>>(),
        &new.iter().map(|one| one.of.value).collect::<Vec<i64>>(),
        &new.iter().map(|one| one.place).collect::<Vec<Option<i32>>>() as &[Option<i32>],
        &new.iter().map(|one| one.amount).collect::<Vec<i64>>(),
    )
    .execute(tx.conn())
    .await
    .map(drop)
}

/// Withdraws claims that nothing was given for. One that was taken back before is again what it was then, because the keys
/// of its payments are used up.
pub async fn withdraw(tx: &mut TenantTx, claims: &[RewardClaimId]) -> Result<(), sqlx::Error> {
    let (organization, ids) = (tx.organization().uuid(), uuids(claims));
    sqlx::query!(
        "delete from reward_claims
         where organization_id = $1 and id = any ($2) and state in ('Submitted', 'Approved') and round = 0 and given = 0",
        organization,
        &ids,
    )
    .execute(tx.conn())
    .await?;
    sqlx::query!(
        "update reward_claims set state = 'TakenBack'
         where organization_id = $1 and id = any ($2) and state in ('Submitted', 'Approved') and round > 0",
        organization,
        &ids,
    )
    .execute(tx.conn())
    .await
    .map(drop)
}

pub async fn take_back(tx: &mut TenantTx, claims: &[RewardClaimId]) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update reward_claims set state = 'TakenBack' where organization_id = $1 and id = any ($2) and state = 'Paid'",
        tx.organization().uuid(),
        &uuids(claims),
    )
    .execute(tx.conn())
    .await
    .map(drop)
}

/// Approves claims that were taken back. If the money wasn't deducted yet, also because the bonus is denied, they are
/// simply what they were before.
pub async fn again(tx: &mut TenantTx, claims: &[RewardClaimId], state: State) -> Result<(), sqlx::Error> {
    let (organization, ids) = (tx.organization().uuid(), uuids(claims));
    sqlx::query!(
        "update reward_claims set state = case when given > 0 then 'Paid' else $3 end,
                round = case when given > 0 then round else round + 1 end
         where organization_id = $1 and id = any ($2) and state = 'TakenBack'",
        organization,
        &ids,
        state.as_str(),
    )
    .execute(tx.conn())
    .await
    .map(drop)
}

fn uuids(claims: &[RewardClaimId]) -> Vec<Uuid> {
    claims.iter().map(|id| id.uuid()).collect()
}

/// A person's decision. Returns false if the claim doesn't wait for one.
pub async fn decide(
    tx: &mut TenantTx,
    id: RewardClaimId,
    state: State,
    (by, reason): (&str, Option<&str>),
    now: Timestamp,
) -> Result<bool, sqlx::Error> {
    let done = sqlx::query!(
        "update reward_claims set state = $3, decided_by = $4, reason = $5, decided_at = $6
         where organization_id = $1 and id = $2 and state = 'Submitted'",
        tx.organization().uuid(),
        id.uuid(),
        state.as_str(),
        by,
        reason,
        now,
    )
    .execute(tx.conn())
    .await?;
    Ok(done.rows_affected() == 1)
}

/// The periods of a contest that are ranked.
pub async fn ranked(tx: &mut TenantTx, reward: RewardId) -> Result<Vec<String>, sqlx::Error> {
    sqlx::query_scalar!(
        "select period from reward_rankings where organization_id = $1 and reward_id = $2",
        tx.organization().uuid(),
        reward.uuid(),
    )
    .fetch_all(tx.conn())
    .await
}

/// Records that a period of a contest is ranked. Returns false if it was already.
pub async fn rank_once(tx: &mut TenantTx, reward: RewardId, period: &str, now: Timestamp) -> Result<bool, sqlx::Error> {
    let done = sqlx::query!(
        "insert into reward_rankings (organization_id, reward_id, period, ranked_at) values ($1, $2, $3, $4)
         on conflict do nothing",
        tx.organization().uuid(),
        reward.uuid(),
        period,
        now,
    )
    .execute(tx.conn())
    .await?;
    Ok(done.rows_affected() == 1)
}
