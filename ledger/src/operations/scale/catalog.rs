//! The facts about a database that decide whether it can be distributed, and whether it is.

/// How a table's rows are spread.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// All rows are on this server.
    Local,
    /// Each row is on the server of its organization.
    Distributed,
    /// Every server has all rows.
    Reference,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Table {
    pub(super) name: String,
    pub(super) kind: Kind,
}

/// A server of the cluster.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Node {
    pub(super) host: String,
    pub(super) port: i32,
    pub(super) is_coordinator: bool,
    pub(super) is_active: bool,
    pub(super) responds: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ForeignKey {
    pub(super) table: String,
    pub(super) name: String,
    pub(super) target: String,
}

/// A unique index that reaches across organizations.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Unique {
    pub(super) table: String,
    pub(super) name: String,
    /// As Postgres writes it: `CREATE UNIQUE INDEX … ON public.… USING btree (host)`.
    pub(super) definition: String,
    pub(super) is_constraint: bool,
}

#[derive(Debug, Clone, Default)]
pub(super) struct Catalog {
    /// The version of Citus in this database.
    pub(super) version: Option<String>,
    /// Whether Citus is installed on this server.
    pub(super) is_available: bool,
    pub(super) set_commands: Option<String>,
    pub(super) unsafe_triggers: Option<String>,
    pub(super) wal_level: Option<String>,
    pub(super) nodes: Vec<Node>,
    /// Workers on which the role that serves may not log in.
    pub(super) without_login: Vec<String>,
    /// The tables with rows of organizations.
    pub(super) tables: Vec<Table>,
    /// Which of them are split into partitions.
    pub(super) partitioned: Vec<String>,
    /// The tables that every server has.
    pub(super) global: Vec<Table>,
    pub(super) foreign_keys: Vec<ForeignKey>,
    pub(super) unique: Vec<Unique>,
    pub(super) subquery_policies: i64,
    /// Our functions that the workers don't have.
    pub(super) missing_functions: i64,
    /// The functions that run on the server of the organization that they are called for.
    pub(super) delegated: Vec<String>,
}

impl Catalog {
    /// The tenant tables that aren't distributed.
    pub(super) fn local(&self) -> Vec<&str> {
        let local = self.tables.iter().filter(|table| table.kind != Kind::Distributed);
        local.map(|table| table.name.as_str()).collect()
    }

    pub(super) fn is_tenant_table(&self, name: &str) -> bool {
        self.tables.iter().any(|table| table.name == name)
    }

    pub(super) fn kind(&self, name: &str) -> Kind {
        let mut all = self.tables.iter().chain(&self.global);
        all.find(|table| table.name == name).map_or(Kind::Local, |table| table.kind)
    }
}
