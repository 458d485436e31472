//! Which tables have rows, by the sizes of their files: the file of a table that never had a row is empty. To look into two
//! hundred tables would take longer than all checks.

use std::collections::HashSet;

use sqlx::{PgConnection, Row};

/// Those that may have rows; views are among them.
#[derive(Debug)]
pub(super) struct Filled(HashSet<String>);

impl Filled {
    pub(super) async fn read(connection: &mut PgConnection) -> Self {
        let query = "select coalesce(p.relname, c.relname)::text from pg_class c
                     left join pg_inherits i on i.inhrelid = c.oid
                     left join pg_class p on p.oid = i.inhparent
                     where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'v', 'm')
                     group by 1
                     having coalesce(bool_or((pg_stat_file(pg_relation_filepath(c.oid), true)).size > 0), true)";
        let rows = sqlx::query(query).fetch_all(connection).await.expect("a superuser may look at files");
        Self(rows.iter().map(|row| row.get(0)).collect())
    }

    pub(super) fn contains(&self, table: &str) -> bool {
        self.0.contains(table)
    }

    /// Whether a query names one of them. Of empty tables alone no check finds anything: it would object to every new database.
    pub(super) fn has_any_of(&self, query: &str) -> bool {
        let mut words = query.split(|sign: char| !sign.is_ascii_alphanumeric() && sign != '_');
        words.any(|word| self.contains(word))
    }
}
