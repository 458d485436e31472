//! The real book as the database has it, in the ideal one's words.

use std::collections::BTreeMap;

use shared::id::CustomerId;
use sqlx::{PgConnection, Row};
use uuid::Uuid;
use world::brand::Partner;

use super::{
    facts::{Currency, Name},
    ideal::{Account, Balances, Commission, Key, Status},
};

fn affiliate(partners: &[Partner], id: Uuid) -> usize {
    partners.iter().position(|partner| partner.affiliate.uuid() == id).expect("one of the cast")
}

fn status(text: &str) -> Status {
    match text {
        "Pending" => Status::Pending,
        "Approved" => Status::Approved,
        "Paid" => Status::Paid,
        "Refunded" => Status::Refunded,
        "Denied" => Status::Denied,
        other => panic!("{other} is no status"),
    }
}

/// What the test calls a bonus or adjustment: its reason is its number.
pub(crate) fn reason(number: usize) -> String {
    format!("no. {number}")
}

/// Every commission's row, with its id.
pub(crate) async fn commissions(
    connection: &mut PgConnection,
    organization: Uuid,
    partners: &[Partner],
) -> BTreeMap<Key, (Uuid, Commission)> {
    let query = "select c.id, v.external_id, c.affiliate_id, c.component, c.amount, c.paid, c.reserved, c.currency, c.status, c.reason,
                        p.affiliate_id as of_affiliate, p.component as of_component
                 from commissions c left join conversions v on (v.organization_id, v.id) = (c.organization_id, c.conversion_id)
                 left join commissions p on (p.organization_id, p.id) = (c.organization_id, c.of_commission_id)
                 where c.organization_id = $1";
    let rows = sqlx::query(query).bind(organization).fetch_all(connection).await.unwrap();
    let read = |row: &sqlx::postgres::PgRow| {
        let whose = affiliate(partners, row.get("affiliate_id"));
        let component = |name: &str| u8::try_from(row.get::<i32, _>(name)).unwrap();
        let of = row.get::<Option<Uuid>, _>("of_affiliate").map(|id| affiliate(partners, id));
        let key = match row.get::<Option<&str>, _>("external_id") {
            Some(name) => match of {
                Some(of) => Key::Share(((Name::parse(name), of, component("of_component")), whose)),
                None => Key::Earned((Name::parse(name), whose, component("component"))),
            },
            None => Key::Extra(row.get::<&str, _>("reason").strip_prefix("no. ").unwrap().parse().unwrap()),
        };
        let commission = Commission {
            amount: row.get("amount"),
            paid: row.get("paid"),
            reserved: row.get("reserved"),
            currency: Currency::parse(row.get("currency")),
            status: status(row.get("status")),
        };
        (key, (row.get("id"), commission))
    };
    rows.iter().map(read).collect()
}

/// Every account that isn't empty.
pub(crate) async fn balances(connection: &mut PgConnection, organization: Uuid, partners: &[Partner]) -> Balances {
    let query =
        "select kind, affiliate_id, currency, balance from accounts where organization_id = $1 and balance <> 0";
    let rows = sqlx::query(query).bind(organization).fetch_all(connection).await.unwrap();
    let read = |row: &sqlx::postgres::PgRow| {
        let whose = row.get::<Option<Uuid>, _>("affiliate_id").map(|id| affiliate(partners, id));
        let account = match (row.get::<&str, _>("kind"), whose) {
            ("commission_expense", None) => Account::Expense,
            ("affiliate_pending", Some(whose)) => Account::Pending(whose),
            ("affiliate_approved", Some(whose)) => Account::Payable(whose),
            ("affiliate_reserved", Some(whose)) => Account::Reserved(whose),
            ("affiliate_paid", Some(whose)) => Account::Paid(whose),
            ("affiliate_withheld", Some(whose)) => Account::Withheld(whose),
            other => panic!("{other:?} is no account"),
        };
        ((account, Currency::parse(row.get("currency"))), row.get("balance"))
    };
    rows.iter().map(read).collect()
}

/// By name: id, who is credited, what was given back, whether it is flagged.
pub(crate) async fn conversions(
    connection: &mut PgConnection,
    organization: Uuid,
    partners: &[Partner],
) -> BTreeMap<Name, (Uuid, Option<usize>, i64, bool)> {
    let query = "select id, external_id, affiliate_id, refunded, flags <> '{}' as flagged from conversions where organization_id = $1";
    let rows = sqlx::query(query).bind(organization).fetch_all(connection).await.unwrap();
    let read = |row: &sqlx::postgres::PgRow| {
        let whose = row.get::<Option<Uuid>, _>("affiliate_id").map(|id| affiliate(partners, id));
        (Name::parse(row.get("external_id")), (row.get("id"), whose, row.get("refunded"), row.get("flagged")))
    };
    rows.iter().map(read).collect()
}

/// The customer of that name, who isn't erased.
pub(crate) async fn customer(connection: &mut PgConnection, organization: Uuid, name: &str) -> CustomerId {
    let query = "select id from customers where organization_id = $1 and external_id = $2";
    CustomerId::new(sqlx::query_scalar(query).bind(organization).bind(name).fetch_one(connection).await.unwrap())
}
