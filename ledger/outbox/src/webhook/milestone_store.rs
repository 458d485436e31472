//! SQL for affiliates' firsts: the key that decides which report of one raises the event.

use std::collections::BTreeSet;

use shared::{
    id::{AffiliateId, OrganizationId, ProgramId},
    timestamp::Timestamp,
};
use uuid::Uuid;

use super::{event::EventKind, milestone::Whose};
use kit::db::TenantsTx;

/// Records the firsts that aren't recorded yet, and returns those that raise an event. `found` is sorted, with one time
/// for each.
///
/// Two transactions may insert the same key at once: the second one waits until the first ends, and inserts only if it
/// was rolled back. An affiliate with imported customers had their first sale on another platform, so that their first
/// one here raises no event.
pub(super) async fn claim(
    tx: &mut TenantsTx,
    kind: EventKind,
    found: &[(Whose, Timestamp)],
) -> Result<BTreeSet<Whose>, sqlx::Error> {
    let recorded = recorded(tx, kind, found).await?;
    let found: Vec<&(Whose, Timestamp)> = found.iter().filter(|(whose, _)| !recorded.contains(whose)).collect();
    if found.is_empty() {
        return Ok(BTreeSet::new());
    }
    let rows = sqlx::query!(
        "insert into milestones (organization_id, affiliate_id, program_id, kind, occurred_at, announced)
         select n.organization_id, n.affiliate_id, n.program_id, $5, n.occurred_at,
                $5 = 'first_click' or not exists (
                    select 1 from touches t
                    where t.organization_id = o.organization_id and t.program_id = n.program_id
                      and t.affiliate_id = n.affiliate_id and t.kind = 'import')
         from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::timestamptz[])
              n (organization_id, affiliate_id, program_id, occurred_at)
         join organizations o on o.organization_id = n.organization_id
         order by 1, 2, 3
         on conflict do nothing
         returning organization_id, affiliate_id, program_id, announced",
        &found.iter().map(|(whose, _)| whose.organization.uuid()).collect::<Vec<_>>(),
        &found.iter().map(|(whose, _)| whose.affiliate.uuid()).collect::<Vec<_>>(),
        &found.iter().map(|(whose, _)| whose.program.uuid()).collect::<Vec<_>>(),
        &found.iter().map(|(_, at)| *at).collect::<Vec<_>>(),
        kind.as_str(),
    )
    .fetch_all(tx.conn())
    .await?;
    let announced = rows.into_iter().filter(|row| row.announced);
    Ok(announced.map(|row| whose(row.organization_id, row.affiliate_id, row.program_id)).collect())
}

/// Those that are recorded already: after an affiliate's first, all. Read by arrays, not by a join with what was found: for
/// that, Postgres may read all of a large organization's rows for each.
async fn recorded(
    tx: &mut TenantsTx,
    kind: EventKind,
    found: &[(Whose, Timestamp)],
) -> Result<BTreeSet<Whose>, sqlx::Error> {
    if found.is_empty() {
        return Ok(BTreeSet::new());
    }
    let organizations: BTreeSet<Uuid> = found.iter().map(|(whose, _)| whose.organization.uuid()).collect();
    let affiliates: BTreeSet<Uuid> = found.iter().map(|(whose, _)| whose.affiliate.uuid()).collect();
    let rows = sqlx::query!(
        "select organization_id, affiliate_id, program_id from milestones
         where organization_id = any ($1) and affiliate_id = any ($2) and kind = $3",
        &organizations.into_iter().collect::<Vec<_>>(),
        &affiliates.into_iter().collect::<Vec<_>>(),
        kind.as_str(),
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(rows.into_iter().map(|row| whose(row.organization_id, row.affiliate_id, row.program_id)).collect())
}

fn whose(organization: Uuid, affiliate: Uuid, program: Uuid) -> Whose {
    Whose {
        organization: OrganizationId::new(organization),
        affiliate: AffiliateId::new(affiliate),
        program: ProgramId::new(program),
    }
}
