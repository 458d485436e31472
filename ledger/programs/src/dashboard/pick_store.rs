//! SQL for the choices in filters and forms: programs by name, and an affiliate by id, slug, email or name.

use shared::id::{AffiliateId, ProgramId};

use kit::db::TenantTx;

/// The maximum number of programs to choose from.
const PROGRAMS_MAX: i64 = 200;

/// A program to choose.
#[derive(Debug, Clone)]
pub struct Program {
    pub id: ProgramId,
    pub name: String,
    /// No new links can be created in it.
    pub archived: bool,
    /// The destination of its links: the program's own, otherwise that of its latest link.
    pub destination: Option<String>,
}

/// Programs ordered by name.
pub async fn programs(tx: &mut TenantTx) -> Result<Vec<Program>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select p.id, p.name, p.archived_at is not null as "archived!",
                  coalesce(p.destination,
                           (select l.destination from links l where l.organization_id = $1
                            and l.program_id = p.id order by l.id desc limit 1)) as destination
           from programs p where p.organization_id = $1 order by lower(p.name), p.id limit $2"#,
        tx.organization().uuid(),
        PROGRAMS_MAX,
    )
    .fetch_all(tx.conn())
    .await?;
    let program = rows.into_iter().map(|row| Program {
        id: row.id,
        name: row.name,
        archived: row.archived,
        destination: row.destination,
    });
    Ok(program.collect())
}

/// The destination of the program's links, if it is known.
pub async fn destination(tx: &mut TenantTx, program: ProgramId) -> Result<Option<String>, sqlx::Error> {
    let known = programs(tx).await?;
    Ok(known.into_iter().find(|known| known.id == program).and_then(|known| known.destination))
}

/// Finds an affiliate by id, slug, email or name, in this order; returns their name as well.
pub async fn affiliate(tx: &mut TenantTx, text: &str) -> Result<Option<(AffiliateId, String)>, sqlx::Error> {
    let found = sqlx::query!(
        "select id, name from affiliates
         where organization_id = $1
           and (id = $2 or slug_key = lower($3) or email = lower($3) or lower(name) = lower($3))
         order by id = $2 desc nulls last, slug_key = lower($3) desc, email = lower($3) desc, id limit 1",
        tx.organization().uuid(),
        text.parse::<AffiliateId>().ok().map(AffiliateId::uuid),
        text,
    )
    .fetch_optional(tx.conn())
    .await?;
    Ok(found.map(|row| (AffiliateId::new(row.id), row.name)))
}

/// An affiliate whom a text may mean.
#[derive(Debug)]
pub struct Alike {
    pub id: AffiliateId,
    pub name: String,
    pub email: String,
    pub slug: String,
}

/// Affiliates with this text in their name, email or slug; approved ones come first.
pub async fn like(tx: &mut TenantTx, text: &str, limit: i64) -> Result<Vec<Alike>, sqlx::Error> {
    let rows = sqlx::query!(
        "select id, name, email, slug from affiliates
         where organization_id = $1 and erased_at is null
           and (strpos(lower(name), lower($2)) > 0 or strpos(email, lower($2)) > 0 or strpos(slug_key, lower($2)) > 0)
         order by status = 'Approved' desc, lower(name), id limit $3",
        tx.organization().uuid(),
        text,
        limit,
    )
    .fetch_all(tx.conn())
    .await?;
    let alike = rows.into_iter().map(|row| Alike {
        id: AffiliateId::new(row.id),
        name: row.name,
        email: row.email,
        slug: row.slug,
    });
    Ok(alike.collect())
}
