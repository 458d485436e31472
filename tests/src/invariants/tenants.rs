//! What a row names belongs to the row's tenant.

use sqlx::{PgConnection, Row};

use super::{rows, tables::Filled};

/// Which table a column names rows of. `event_id` of quarantine is left out: what can't be read may name anything; so is
/// `reported_program_id`, which is kept as it was told.
const NAMES: &[(&str, &str)] = &[
    ("program_id", "programs"),
    ("affiliate_id", "affiliates"),
    ("link_id", "links"),
    ("customer_id", "customers"),
    ("buyer_id", "customers"),
    ("group_id", "customers"),
    ("conversion_id", "conversions"),
    ("commission_id", "commissions"),
    ("plan_version_id", "plan_versions"),
    ("decision_id", "decisions"),
    ("payout_id", "payouts"),
    ("debit_account_id", "accounts"),
    ("credit_account_id", "accounts"),
    ("event_id", "events"),
    ("click_id", "clicks"),
    ("coupon_id", "coupons"),
];

/// What names a row of another tenant, each in a line. A table without rows is left alone, and so is what would name one of
/// its rows: of more than a hundred, few have any in one test.
pub(super) async fn foreign_names(connection: &mut PgConnection, filled: &Filled) -> Vec<String> {
    let mut broken = Vec::new();
    for (table, column) in columns(connection).await.into_iter().filter(|(table, _)| filled.contains(table)) {
        let Some((_, target)) = NAMES.iter().find(|(name, _)| *name == column) else { continue };
        if !filled.contains(target) {
            continue;
        }
        let rule = format!("{table}.{column} names a row of its own tenant");
        let query = format!(
            "select t.organization_id, t.{column} from {table} t join {target} r on r.id = t.{column}
             where r.organization_id <> t.organization_id
               and not exists (select from {target} o where (o.organization_id, o.id) = (t.organization_id, t.{column}))"
        );
        broken.extend(rows(connection, &rule, &query).await);
    }
    broken
}

/// Every column of every tenant table that isn't a partition.
async fn columns(connection: &mut PgConnection) -> Vec<(String, String)> {
    let query = "select c.relname::text, a.attname::text from pg_class c join pg_attribute a on a.attrelid = c.oid
                 where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition
                   and a.attnum > 0 and not a.attisdropped and c.relname <> 'quarantine'
                   and exists (select from pg_attribute o where o.attrelid = c.oid and o.attname = 'organization_id')";
    sqlx::query(query).fetch_all(connection).await.unwrap().iter().map(|row| (row.get(0), row.get(1))).collect()
}
