//! SQL of joins: who was reported for which sale, verdicts and decisions, and which customers are one.

use std::collections::{BTreeSet, HashMap};

use shared::{
    id::{CustomerId, CustomerJoinId, EventId, OrganizationId},
    timestamp::Timestamp,
};
use uuid::Uuid;

use super::{
    BuyerHistories, HistoryKey, Rates,
    joins::{self, Cause, Join, JoinStatus, Report, State, Verdict, Word},
    write::BookingError,
};
use kit::db::{TenantsTx, corrupt_column};
use rules::fact::Provenance;

type Groups = [(OrganizationId, CustomerId)];

fn keys(groups: &Groups) -> (Vec<Uuid>, Vec<Uuid>) {
    groups.iter().map(|group| (group.0.uuid(), group.1.uuid())).unzip()
}

fn key(organization: Uuid, group: Uuid) -> HistoryKey {
    HistoryKey::Group(OrganizationId::new(organization), CustomerId::new(group))
}

/// Loads the joins of these groups into their histories.
pub async fn load(tx: &mut TenantsTx, groups: &Groups, histories: &mut BuyerHistories) -> Result<(), sqlx::Error> {
    if groups.is_empty() {
        return Ok(());
    }
    let mut words = words(tx, groups).await?;
    let (organizations, ids) = keys(groups);
    let rows = sqlx::query!(
        "select c.group_id, j.organization_id, j.id, j.one_id, j.other_id, j.found_at, j.legacy, j.verdict, j.cause, j.state
         from customers c
         join customer_joins j on j.organization_id = c.organization_id and j.one_id = c.id
         where c.in_joins and (c.organization_id, c.group_id) in (select * from unnest($1::uuid[], $2::uuid[]))",
        &organizations,
        &ids,
    )
    .fetch_all(tx.conn())
    .await?;
    for row in rows {
        let Some(history) = histories.get_mut(&key(row.organization_id, row.group_id)) else { continue };
        let stored = join_status(row.found_at, row.verdict.as_deref(), row.cause.as_deref(), &row.state)?;
        history.joins.joins.push(Join {
            id: CustomerJoinId::new(row.id),
            one: row.one_id,
            other: row.other_id,
            is_legacy: row.legacy,
            words: words.remove(&row.id).unwrap_or_default(),
            status: stored,
            stored,
        });
    }
    reports(tx, groups, histories).await?;
    addresses(tx, groups, histories).await
}

/// Builds a join's status from its columns.
///
/// # Errors
/// A column with an invalid value.
pub fn join_status(
    found_at: Timestamp,
    verdict: Option<&str>,
    cause: Option<&str>,
    state: &str,
) -> Result<JoinStatus, sqlx::Error> {
    let cause = || cause.and_then(Cause::parse).ok_or_else(|| corrupt_column("customer_joins.cause"));
    let verdict = match verdict {
        None => None,
        Some("Joined") => Some(Verdict::Joined),
        Some(_) => Some(Verdict::Waiting(cause()?)),
    };
    let state = State::parse(state).ok_or_else(|| corrupt_column("customer_joins.state"))?;
    Ok(JoinStatus { found_at, verdict, state })
}

async fn words(tx: &mut TenantsTx, groups: &Groups) -> Result<HashMap<Uuid, Vec<Word>>, sqlx::Error> {
    let (organizations, ids) = keys(groups);
    let rows = sqlx::query!(
        r#"select d.join_id as "join_id!", d.id, d.kind, d.decided_at
           from customers c
           join customer_joins j on j.organization_id = c.organization_id and j.one_id = c.id
           join decisions d on d.organization_id = j.organization_id and d.join_id = j.id
           where c.in_joins and (c.organization_id, c.group_id) in (select * from unnest($1::uuid[], $2::uuid[]))"#,
        &organizations,
        &ids,
    )
    .fetch_all(tx.conn())
    .await?;
    let mut words: HashMap<Uuid, Vec<Word>> = HashMap::new();
    for row in rows {
        let word = Word { at: row.decided_at, id: row.id, same: row.kind == "Join" };
        words.entry(row.join_id).or_default().push(word);
    }
    Ok(words)
}

async fn reports(tx: &mut TenantsTx, groups: &Groups, histories: &mut BuyerHistories) -> Result<(), sqlx::Error> {
    let (organizations, ids) = keys(groups);
    let rows = sqlx::query!(
        "select c.group_id, s.organization_id, s.sale_event_id, s.customer_id, s.received_at, s.event_id
         from customers c
         join sale_buyers s on s.organization_id = c.organization_id and s.customer_id = c.id
         where c.in_joins and (c.organization_id, c.group_id) in (select * from unnest($1::uuid[], $2::uuid[]))",
        &organizations,
        &ids,
    )
    .fetch_all(tx.conn())
    .await?;
    for row in rows {
        let Some(history) = histories.get_mut(&key(row.organization_id, row.group_id)) else { continue };
        history.joins.reports.push(Report {
            sale: EventId::new(row.sale_event_id),
            customer: CustomerId::new(row.customer_id),
            received_at: row.received_at,
            event: EventId::new(row.event_id),
        });
    }
    Ok(())
}

async fn addresses(tx: &mut TenantsTx, groups: &Groups, histories: &mut BuyerHistories) -> Result<(), sqlx::Error> {
    let (organizations, ids) = keys(groups);
    let rows = sqlx::query!(
        r#"select c.group_id, c.organization_id, c.id, c.buyer_id, e.email_key as "email_key?",
                  e.received_at as "received_at?"
           from customers c
           left join customer_emails e on e.organization_id = c.organization_id and e.customer_id = c.id
           where (c.organization_id, c.group_id) in (select * from unnest($1::uuid[], $2::uuid[]))"#,
        &organizations,
        &ids,
    )
    .fetch_all(tx.conn())
    .await?;
    for row in rows {
        let Some(history) = histories.get_mut(&key(row.organization_id, row.group_id)) else { continue };
        let customer = CustomerId::new(row.id);
        history.joins.stored_buyers.insert(customer, row.buyer_id);
        if let Some(email) = row.email_key {
            history.joins.addresses.push((customer, email, row.received_at));
        }
    }
    Ok(())
}

/// Determines which customers are one in each of these histories, by their conversions, evidence and decisions.
pub async fn judge(tx: &mut TenantsTx, histories: &mut BuyerHistories, rates: &Rates) -> Result<(), BookingError> {
    for (key, history) in histories.iter_mut().filter(|(_, history)| !history.joins.is_empty()) {
        joins::place(history);
        if history.joins.are_due() {
            let mut events: BTreeSet<EventId> = history.conversions.iter().map(|sale| sale.event_id).collect();
            events.extend(history.repeated_by.iter().map(|(_, event)| *event));
            events.extend(history.touches.iter().map(|touch| touch.event_id));
            let received = received(tx, key.organization(), &events).await?;
            joins::judge(history, rates, &received)?;
        }
        joins::apply(history);
    }
    Ok(())
}

async fn received(
    tx: &mut TenantsTx,
    organization: OrganizationId,
    events: &BTreeSet<EventId>,
) -> Result<joins::Received, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select id, received_at, coalesce(body::json #>> '{payload,conversion,source}' = 'pixel', false) as "claimed!"
           from events where organization_id = $1 and id = any ($2)"#,
        organization.uuid(),
        &events.iter().map(|id| id.uuid()).collect::<Vec<_>>(),
    )
    .fetch_all(tx.conn())
    .await?;
    let receipt = |at, claimed: bool| joins::Receipt { at, provenance: Provenance::from_verified(!claimed) };
    Ok(rows.into_iter().map(|row| (EventId::new(row.id), receipt(row.received_at, row.claimed))).collect())
}

/// Saves the statuses of joins and the buyers of customers that changed.
pub async fn save(tx: &mut TenantsTx, histories: &BuyerHistories) -> Result<(), sqlx::Error> {
    let (mut statuses, mut buyers) = (Vec::new(), Vec::new());
    for (key, history) in histories.iter().filter(|(_, history)| !history.joins.is_empty()) {
        let changed = history.joins.joins.iter().filter(|join| join.status != join.stored);
        statuses.extend(changed.map(|join| (key.organization(), join)));
        for (customer, stored) in &history.joins.stored_buyers {
            let buyer = history.people.get(customer).map_or(*stored, |person| person.buyer);
            if buyer != *stored {
                buyers.push((key.organization(), *customer, buyer));
            }
        }
    }
    save_statuses(tx, &statuses).await?;
    save_buyers(tx, &buyers).await
}

async fn save_statuses(tx: &mut TenantsTx, joins: &[(OrganizationId, &Join)]) -> Result<(), sqlx::Error> {
    if joins.is_empty() {
        return Ok(());
    }
    let message = |verdict: Verdict| match verdict {
        Verdict::Joined => ("Joined".to_owned(), None),
        Verdict::Waiting(cause) => ("Waiting".to_owned(), Some(cause.as_str().to_owned())),
    };
    let verdicts = || joins.iter().map(|(_, join)| join.status.verdict.map(message));
    sqlx::query!(
        "update customer_joins j set found_at = n.found_at, verdict = n.verdict, cause = n.cause, state = n.state
         from unnest($1::uuid[], $2::uuid[], $3::timestamptz[], $4::text[], $5::text[], $6::text[])
              n (organization_id, id, found_at, verdict, cause, state)
         where j.organization_id = n.organization_id and j.id = n.id",
        &joins.iter().map(|row| row.0.uuid()).collect::<Vec<_>>(),
        &joins.iter().map(|row| row.1.id.uuid()).collect::<Vec<_>>(),
        &joins.iter().map(|row| row.1.status.found_at).collect::<Vec<_>>(),
        &verdicts().map(|message| message.map(|(verdict, _)| verdict)).collect::<Vec<_>>() as &[Option<String>],
        &verdicts().map(|message| message.and_then(|(_, cause)| cause)).collect::<Vec<_>>() as &[Option<String>],
        &joins.iter().map(|row| row.1.status.state.as_str().to_owned()).collect::<Vec<_>>(),
    )
    .execute(tx.conn())
    .await
    .map(drop)
}

async fn save_buyers(
    tx: &mut TenantsTx,
    buyers: &[(OrganizationId, CustomerId, CustomerId)],
) -> Result<(), sqlx::Error> {
    if buyers.is_empty() {
        return Ok(());
    }
    sqlx::query!(
        "update customers c set buyer_id = n.buyer_id
         from unnest($1::uuid[], $2::uuid[], $3::uuid[]) n (organization_id, id, buyer_id)
         where c.organization_id = n.organization_id and c.id = n.id",
        &buyers.iter().map(|row| row.0.uuid()).collect::<Vec<_>>(),
        &buyers.iter().map(|row| row.1.uuid()).collect::<Vec<_>>(),
        &buyers.iter().map(|row| row.2.uuid()).collect::<Vec<_>>(),
    )
    .execute(tx.conn())
    .await
    .map(drop)
}
