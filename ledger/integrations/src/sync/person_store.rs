//! SQL that loads an affiliate's data for CRMs.

use serde_json::Value;
use shared::{id::AffiliateId, timestamp::Timestamp};
use sqlx::types::Json;
use uuid::Uuid;

use kit::db::TenantTx;

/// The data from which a person is built.
#[derive(Debug)]
pub struct Row {
    pub email: String,
    pub name: String,
    pub status: String,
    pub created_at: Timestamp,
    pub erased_at: Option<Timestamp>,
    pub segment: Option<String>,
    /// The address of the last sync that succeeded.
    pub synced_email: Option<String>,
    /// Names that earlier syncs wrote or may have written.
    pub synced_names: Vec<String>,
    /// Tags that earlier syncs added, or may have added if they failed since.
    pub given: Vec<String>,
    /// For an affiliate who is no longer approved, or whose address has changed: ids of the lists that syncs put them
    /// on, or that programs name in this connection.
    pub used_lists: Vec<String>,
    /// Whether an earlier sync succeeded.
    pub is_there: bool,
    /// Whether the latest sync found that they unsubscribed, or they were deleted in the CRM since.
    pub is_left_alone: bool,
    /// The latest decision on the program's terms.
    pub terms_granted: Option<bool>,
    pub terms_version: Option<String>,
    pub terms_at: Option<Timestamp>,
}

pub async fn read(
    tx: &mut TenantTx,
    (connection, affiliate): (Uuid, AffiliateId),
    now: Timestamp,
) -> Result<Option<Row>, sqlx::Error> {
    sqlx::query_as!(
        Row,
        r#"select a.email, a.name, a.status, a.created_at, a.erased_at,
                  (select s.segment from affiliate_segments s
                   where s.organization_id = $1 and s.affiliate_id = a.id and s.effective_at <= $4
                   order by s.effective_at desc limit 1) as segment,
                  (select k.email from crm_contacts k
                   where k.organization_id = $1 and k.connection_id = $3 and k.affiliate_id = a.id)
                      as synced_email,
                  array(select k.name from crm_contacts k
                        where k.organization_id = $1 and k.connection_id = $3 and k.affiliate_id = a.id
                          and k.name is not null
                        union
                        select unnest(s.names) from crm_syncs s
                        where s.organization_id = $1 and s.connection_id = $3 and s.affiliate_id = a.id
                        order by 1) as "synced_names!",
                  array(select unnest(k.tags) from crm_contacts k
                        where k.organization_id = $1 and k.connection_id = $3 and k.affiliate_id = a.id
                        union
                        select unnest(s.tags) from crm_syncs s
                        where s.organization_id = $1 and s.connection_id = $3 and s.affiliate_id = a.id
                          and s.state <> 'Succeeded' and not exists (
                              select from crm_contacts k
                              where k.organization_id = $1 and k.connection_id = $3 and k.affiliate_id = a.id
                                and k.synced_at > s.finished_at)
                        order by 1) as "given!",
                  case when a.status = 'Approved' and not exists (
                      select from crm_contacts k
                      where k.organization_id = $1 and k.connection_id = $3 and k.affiliate_id = a.id
                        and k.email <> a.email) then '{}'::text[] else array(
                      select unnest(k.lists) from crm_contacts k
                      where k.organization_id = $1 and k.connection_id = $3 and k.affiliate_id = a.id
                      union
                      select t.about from crm_syncs s
                      join crm_steps t on t.organization_id = s.organization_id and t.sync_id = s.id
                      where s.organization_id = $1 and s.connection_id = $3 and s.affiliate_id = a.id
                        and t.action = 'join' and t.attempts > 0
                      union
                      select o.list ->> 'id' from crm_overrides o
                      where o.organization_id = $1 and o.connection_id = $3 and o.list ->> 'id' is not null)
                  end as "used_lists!",
                  exists (select from crm_contacts k
                          where k.organization_id = $1 and k.connection_id = $3 and k.affiliate_id = a.id)
                      as "is_there!",
                  coalesce((select s.task = 'forget' or s.code = 'left_alone' from crm_syncs s
                            where s.organization_id = $1 and s.connection_id = $3 and s.affiliate_id = a.id
                              and s.finished_at is not null
                              and case s.task when 'sync' then s.code is distinct from 'superseded'
                                              when 'event' then s.code = 'left_alone'
                                              else s.former is null and s.state = 'Succeeded' end
                            order by s.finished_at desc, s.id desc limit 1), false) as "is_left_alone!",
                  t.granted as "terms_granted?", t.version as "terms_version?", t.decided_at as "terms_at?"
           from affiliates a
           left join lateral (
               select c.granted, c.version, c.decided_at from consents c
               where c.organization_id = $1 and c.affiliate_id = a.id and c.kind = 'program_terms'
               order by c.decided_at desc, c.id desc limit 1) t on true
           where a.organization_id = $1 and a.id = $2"#,
        tx.organization().uuid(),
        affiliate.uuid(),
        connection,
        now,
    )
    .fetch_optional(tx.conn())
    .await
}

/// Whether the contact with this email address is another affiliate's: one who is approved, or already in this CRM. An
/// applicant who isn't has no contact, and may never get one.
pub async fn is_anothers(
    tx: &mut TenantTx,
    (connection, affiliate): (Uuid, AffiliateId),
    email: &str,
) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select exists (
               select from affiliates a
               where a.organization_id = $1 and a.email = $3 and a.id <> $2 and a.erased_at is null
                 and (a.status = 'Approved'
                      or exists (select from crm_contacts k
                                 where k.organization_id = $1 and k.connection_id = $4 and k.affiliate_id = a.id)))
               as "is_anothers!""#,
        tx.organization().uuid(),
        affiliate.uuid(),
        email,
        connection,
    )
    .fetch_one(tx.conn())
    .await
}

/// A program that the affiliate promotes, with the connection's overrides for it.
#[derive(Debug)]
pub struct Program {
    /// The list that replaces the default one.
    pub list: Option<Json<Value>>,
    pub tags: Vec<String>,
}

/// Loads the programs in which the affiliate has a working link.
pub async fn programs(
    tx: &mut TenantTx,
    (connection, affiliate): (Uuid, AffiliateId),
) -> Result<Vec<Program>, sqlx::Error> {
    sqlx::query_as!(
        Program,
        r#"select o.list as "list?: Json<Value>", coalesce(o.tags, '{}') as "tags!"
           from programs p
           left join crm_overrides o on o.organization_id = p.organization_id and o.connection_id = $3 and o.program_id = p.id
           where p.organization_id = $1 and p.archived_at is null and exists (
               select from links l
               where l.organization_id = $1 and l.affiliate_id = $2 and l.program_id = p.id and l.disabled_at is null)
           order by p.id"#,
        tx.organization().uuid(),
        affiliate.uuid(),
        connection,
    )
    .fetch_all(tx.conn())
    .await
}
