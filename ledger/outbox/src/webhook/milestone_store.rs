//! SQL for affiliates' firsts: the key that decides which report of one raises the event.

use std::collections::BTreeSet;

use shared::{
    id::{AffiliateId, OrganizationId, ProgramId},
    timestamp::Timestamp,
};

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
         where not exists (select 1 from milestones m
                           where m.organization_id = o.organization_id and m.affiliate_id = n.affiliate_id
                             and m.program_id = n.program_id and m.kind = $5)
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
    Ok(announced
        .map(|row| Whose {
            organization: OrganizationId::new(row.organization_id),
            affiliate: AffiliateId::new(row.affiliate_id),
            program: ProgramId::new(row.program_id),
        })
        .collect())
}
