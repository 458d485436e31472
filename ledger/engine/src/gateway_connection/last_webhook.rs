//! Records the last webhook received on each gateway connection, for a whole intake batch in one statement.

use std::collections::BTreeMap;

use shared::{
    id::{GatewayConnectionId, OrganizationId},
    timestamp::Timestamp,
};
use uuid::Uuid;

use kit::db::TenantsTx;

const ERROR_MAX: usize = 500;

/// A received webhook, and the error if it couldn't be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LastWebhook {
    pub organization: OrganizationId,
    pub connection: GatewayConnectionId,
    pub at: Timestamp,
    pub event_type: String,
    pub error: Option<String>,
}

/// Saves each connection's newest event and newest error in one statement. Callers hold the locks of these tenants, so
/// concurrent callers can't deadlock.
pub async fn record(tx: &mut TenantsTx, webhooks: &[LastWebhook]) -> Result<(), sqlx::Error> {
    if webhooks.is_empty() {
        return Ok(());
    }
    let newest = newest(webhooks);
    let organizations: Vec<Uuid> = newest.keys().map(|(organization, _)| organization.uuid()).collect();
    let connections: Vec<Uuid> = newest.keys().map(|(_, connection)| connection.uuid()).collect();
    let times: Vec<_> = newest.values().map(|of| of.event.at).collect();
    let types: Vec<String> = newest.values().map(|of| of.event.event_type.clone()).collect();
    let errors: Vec<Option<String>> =
        newest.values().map(|of| of.error.and_then(|report| report.error.clone())).collect();
    let error_times: Vec<_> = newest.values().map(|of| of.error.map(|report| report.at)).collect();
    sqlx::query!(
        r#"update gateway_connections c
           set last_event_at = greatest(c.last_event_at, h.at),
               last_event_type = case when c.last_event_at > h.at then c.last_event_type else h.event_type end,
               last_error = case when h.error is null or c.last_error_at > h.error_at then c.last_error
                                 else left(h.error, $7) end,
               last_error_at = case when h.error is null then c.last_error_at
                                    else greatest(c.last_error_at, h.error_at) end
           from unnest($1::uuid[], $2::uuid[], $3::timestamptz[], $4::text[], $5::text[], $6::timestamptz[])
                h (organization_id, id, at, event_type, error, error_at)
           where c.organization_id = h.organization_id and c.id = h.id"#,
        &organizations,
        &connections,
        &times,
        &types,
        &errors as _,
        &error_times as _,
        i32::try_from(ERROR_MAX).unwrap_or(i32::MAX),
    )
    .execute(tx.conn())
    .await
    .map(drop)
}

/// The newest event and error of one connection in a batch.
struct Newest<'a> {
    event: &'a LastWebhook,
    error: Option<&'a LastWebhook>,
}

fn newest(webhooks: &[LastWebhook]) -> BTreeMap<(OrganizationId, GatewayConnectionId), Newest<'_>> {
    let mut newest: BTreeMap<_, Newest<'_>> = BTreeMap::new();
    for one in webhooks {
        let error = Some(one).filter(|one| one.error.is_some());
        newest
            .entry((one.organization, one.connection))
            .and_modify(|known| {
                if known.event.at <= one.at {
                    known.event = one;
                }
                if error.is_some() && known.error.is_none_or(|known| known.at <= one.at) {
                    known.error = error;
                }
            })
            .or_insert(Newest { event: one, error });
    }
    newest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_of_each_connection_counts() {
        let organization = OrganizationId::v7(1, &[1; 10]);
        let [one, two] = [1, 2].map(|number| GatewayConnectionId::v7(1, &[number; 10]));
        let report = |connection, at: i64, event_type: &str, error: Option<&str>| LastWebhook {
            organization,
            connection,
            at: Timestamp::EPOCH.plus_millis(at),
            event_type: event_type.to_owned(),
            error: error.map(str::to_owned),
        };
        let all = [
            report(one, 5, "b", None),
            report(one, 3, "a", Some("old")),
            report(one, 4, "c", Some("newer")),
            report(two, 1, "d", None),
        ];
        let newest = newest(&all);
        let first = &newest[&(organization, one)];
        assert_eq!(first.event.event_type, "b");
        assert_eq!(first.error.and_then(|report| report.error.as_deref()), Some("newer"));
        assert!(newest[&(organization, two)].error.is_none());
    }
}
