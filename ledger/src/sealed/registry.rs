//! The columns that contain sealed values. A test in `tests/repo_rules` compares them with the database's own columns
//! named `sealed_…`: a column missing here would keep an old key alive, or become unreadable with it.

use shared::{
    id::{Affiliate, ApiKey, CrmConnection, Email, File, GatewayConnection, Id, Kind, PayoutConnection, TaxForm, User},
    seal::Place,
};
use uuid::Uuid;

use agents::copilot::sealed;
use integrations::crm;
use kit::access::secret::{API_KEY_PREDECESSORS, API_KEYS, COPILOT_CONNECTIONS, GATEWAYS};
use payouts::payout_connection;

/// A column of sealed values, and how its rows are identified.
#[derive(Debug, Clone, Copy)]
pub struct Column {
    pub table: &'static str,
    pub column: &'static str,
    /// The rest of the primary key, after the tenant if there is one.
    pub key: &'static str,
    pub kind: KeyKind,
    /// Whether rows belong to a tenant.
    pub of_tenant: bool,
    /// Builds a row's name in the seal from its key as text.
    row: fn(&str) -> Option<String>,
}

/// The type of a key in the database, and its text form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyKind {
    Uuid,
    /// As hexadecimal text.
    Bytes,
}

pub const COLUMNS: [Column; 21] = [
    of_tenant(API_KEYS, "sealed_secret", "id", KeyKind::Uuid, typed::<ApiKey>),
    of_tenant(API_KEY_PREDECESSORS, "sealed_secret", "bearer_hash", KeyKind::Bytes, as_it_is),
    of_tenant(GATEWAYS, "sealed_secret", "id", KeyKind::Uuid, typed::<GatewayConnection>),
    of_tenant(GATEWAYS, "sealed_api_key", "id", KeyKind::Uuid, typed::<GatewayConnection>),
    of_tenant(crm::encryption::TABLE, crm::encryption::COLUMN, "id", KeyKind::Uuid, typed::<CrmConnection>),
    of_tenant(crm::refresh_token::TABLE, crm::refresh_token::COLUMN, "credentials_hash", KeyKind::Bytes, as_it_is),
    of_tenant(payout_connection::encryption::TABLE, "sealed_api_key", "id", KeyKind::Uuid, typed::<PayoutConnection>),
    of_tenant(
        payout_connection::encryption::TABLE,
        "sealed_webhook_secrets",
        "id",
        KeyKind::Uuid,
        typed::<PayoutConnection>,
    ),
    of_tenant("files", "sealed_key", "id", KeyKind::Uuid, typed::<File>),
    of_tenant("click_archives", "sealed_key", "id", KeyKind::Uuid, as_it_is),
    of_tenant("tax_forms", "sealed_form", "id", KeyKind::Uuid, typed::<TaxForm>),
    of_tenant("payout_methods", "sealed_details", "affiliate_id", KeyKind::Uuid, typed::<Affiliate>),
    of_tenant("webhook_secrets", "sealed_secret", "id", KeyKind::Uuid, as_it_is),
    of_tenant(COPILOT_CONNECTIONS, "sealed_secret", "id", KeyKind::Uuid, as_it_is),
    of_tenant(sealed::CONVERSATIONS, sealed::TITLE, "id", KeyKind::Uuid, as_it_is),
    of_tenant(sealed::MESSAGES, sealed::BLOCKS, "id", KeyKind::Uuid, as_it_is),
    of_tenant(sealed::MESSAGES, sealed::SOURCE, "id", KeyKind::Uuid, as_it_is),
    of_tenant(sealed::ACTIONS, sealed::ARGUMENTS, "id", KeyKind::Uuid, as_it_is),
    of_tenant(sealed::ACTIONS, sealed::SOURCE, "id", KeyKind::Uuid, as_it_is),
    of_nobody("mails", "sealed_body", "id", typed::<Email>),
    of_nobody("user_totp", "sealed_secret", "user_id", typed::<User>),
];

const fn of_tenant(
    table: &'static str,
    column: &'static str,
    key: &'static str,
    kind: KeyKind,
    row: fn(&str) -> Option<String>,
) -> Column {
    Column { table, column, key, kind, of_tenant: true, row }
}

/// A column of people's data, which belongs to no tenant.
const fn of_nobody(
    table: &'static str,
    column: &'static str,
    key: &'static str,
    row: fn(&str) -> Option<String>,
) -> Column {
    Column { table, column, key, kind: KeyKind::Uuid, of_tenant: false, row }
}

/// The form in which ids are shown.
fn typed<K: Kind>(key: &str) -> Option<String> {
    Uuid::parse_str(key).ok().map(|id| Id::<K>::new(id).to_string())
}

#[expect(clippy::unnecessary_wraps, reason = "one of several namings")]
fn as_it_is(key: &str) -> Option<String> {
    Some(key.to_owned())
}

impl Column {
    /// `api_keys.sealed_secret`.
    pub fn name(&self) -> String {
        format!("{}.{}", self.table, self.column)
    }

    /// A row's name in its seal.
    pub fn row(&self, key: &str) -> Option<String> {
        (self.row)(key)
    }

    /// The place that a value is sealed for; `tenant` is the organization's id, or empty if there is none.
    pub const fn place<'a>(&self, tenant: &'a str, row: &'a str) -> Place<'a> {
        Place { tenant, table: self.table, column: self.column, row }
    }
}
