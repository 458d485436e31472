//! SQL of an affiliate's timeline: the newest events of each kind, merged.

use serde_json::Value;
use shared::{id::AffiliateId, timestamp::Timestamp};
use uuid::Uuid;

use kit::db::{TenantTx, plan_store};

/// An event. Which columns are set depends on its kind; see `timeline`.
#[derive(Debug)]
pub struct Event {
    /// `joined`, `click`, `conversion`, `commission`, `payout`, `sync` or `audit`.
    pub what: String,
    pub id: Uuid,
    pub at: Timestamp,
    pub title: Option<String>,
    pub detail: Option<String>,
    pub amount: Option<i64>,
    pub currency: Option<String>,
    pub actor: Option<String>,
    pub before: Option<Value>,
    pub after: Option<Value>,
}

/// Newest first, starting after `after`. Each kind is read from its own index, at most `limit` rows.
pub async fn list(
    tx: &mut TenantTx,
    affiliate: AffiliateId,
    after: Option<(Timestamp, Uuid)>,
    limit: i64,
) -> Result<Vec<Event>, sqlx::Error> {
    plan_store::by_values(tx).await?;
    let rows = sqlx::query!(
        r#"select what as "what!", id as "id!", at as "at!", title, detail, amount, currency, actor, before, after from (
               (select 'conversion' as what, id, occurred_at as at, kind as title, external_id as detail, amount, currency,
                       null::text as actor, null::jsonb as before, null::jsonb as after
                from conversions where organization_id = $1 and affiliate_id = $2
                  and ($4::timestamptz is null or occurred_at <= $4)
                  and ($4::timestamptz is null or (occurred_at, id) < ($4, $5))
                order by occurred_at desc, id desc limit $6)
               union all
               (select 'commission', id, created_at, kind, reason, amount, currency, null, null, null
                from commissions where organization_id = $1 and affiliate_id = $2 and kind <> 'Conversion'
                  and ($4::timestamptz is null or (created_at, id) < ($4, $5))
                order by created_at desc, id desc limit $6)
               union all
               (select 'payout', id, coalesce(sent_at, created_at),
                       case when settled_there then 'SettledThere' else status end, reference, amount - withheld, currency,
                       null, null, null
                from payouts where organization_id = $1 and affiliate_id = $2
                  and ($4::timestamptz is null or (coalesce(sent_at, created_at), id) < ($4, $5))
                order by coalesce(sent_at, created_at) desc, id desc limit $6)
               union all
               (select 'sync', s.id, coalesce(s.finished_at, s.created_at), s.state, s.message, null, c.vendor, null, null,
                       null
                from crm_syncs s
                join crm_connections c on c.organization_id = s.organization_id and c.id = s.connection_id
                where s.organization_id = $1 and s.affiliate_id = $2 and s.task <> 'event'
                  and (s.code is null or s.code <> 'superseded')
                  and ($4::timestamptz is null or (coalesce(s.finished_at, s.created_at), s.id) < ($4, $5))
                order by coalesce(s.finished_at, s.created_at) desc, s.id desc limit $6)
               union all
               (select 'audit', id, at, action, null, null, null, actor, before, after
                from audit_log where organization_id = $1 and target = $3
                  and ($4::timestamptz is null or (at, id) < ($4, $5))
                order by at desc, id desc limit $6)
               union all
               -- The first click's own time, as long as the click is stored; after that, its hour.
               (select 'click', h.affiliate_id, coalesce(c.clicked_at, greatest(h.hour, a.created_at)),
                       case when c.clicked_at is null then 'about' end, null, null, null, null, null, null
                from (select organization_id, affiliate_id, hour from click_hours
                      where organization_id = $1 and affiliate_id = $2 and clicks > 0 order by hour limit 1) h
                join affiliates a on a.organization_id = $1 and a.id = h.affiliate_id
                left join lateral (
                    select clicked_at from clicks
                    where organization_id = $1 and affiliate_id = h.affiliate_id and class = 'human'
                      and clicked_at >= h.hour and clicked_at < h.hour + interval '1 hour'
                    order by clicked_at limit 1) c on true)
               union all
               (select 'joined', id, coalesce(joined_at, created_at), null, null, null, null, null, null, null
                from affiliates where organization_id = $1 and id = $2)) t
           where $4::timestamptz is null or (at, id) < ($4, $5)
           order by at desc, id desc limit $6"#,
        tx.organization().uuid(),
        affiliate.uuid(),
        affiliate.to_string(),
        after.map(|(moment, _)| moment),
        after.map(|(_, id)| id),
        limit,
    )
    .fetch_all(tx.conn())
    .await?;
    let events = rows.into_iter().map(|row| Event {
        what: row.what,
        id: row.id,
        at: row.at,
        title: row.title,
        detail: row.detail,
        amount: row.amount,
        currency: row.currency,
        actor: row.actor,
        before: row.before,
        after: row.after,
    });
    Ok(events.collect())
}
