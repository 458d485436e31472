//! Slugs of links whose creator leaves them open.

use std::collections::{BTreeMap, HashSet};

use shared::config::is_reserved;

use super::{
    create::{slug_taken, suffix},
    store::{self, NewRow},
};
use kit::{db::TenantTx, error::Result};

/// An affiliate whose own slug is used gets it with a suffix if they already have a link with it on that host, or if
/// the edge couldn't serve it: `api`, for example, was allowed as an affiliate's slug in the past. With each row goes whether
/// its slug is the affiliate's own one; it no longer is with a suffix.
///
/// All who create or rename links hold the tenant's lock, under which this is repeated: two requests that leave the slug open
/// don't both get the affiliate's own one.
pub(super) async fn with_free_slugs(tx: &mut TenantTx, rows: Vec<(NewRow, bool)>) -> Result<Vec<(NewRow, bool)>> {
    let mut requested: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (row, _) in rows.iter().filter(|(_, own_slug)| *own_slug) {
        requested.entry(row.host.clone()).or_default().push(row.slug.to_ascii_lowercase());
    }
    let mut taken = HashSet::new();
    for (host, slugs) in requested {
        let found = store::taken_on(tx, &host, &slugs).await?;
        taken.extend(found.into_iter().map(|slug| (host.clone(), slug)));
    }
    let mut settled = Vec::with_capacity(rows.len());
    for (mut row, mut own_slug) in rows {
        let is_free = taken.insert((row.host.clone(), row.slug.to_ascii_lowercase()));
        if own_slug && (!is_free || is_reserved(&row.slug)) {
            row.slug = free_variant(tx, &row, &mut taken).await?;
            own_slug = false;
        }
        settled.push((row, own_slug));
    }
    Ok(settled)
}

/// Draws a suffix that no one has yet: an affiliate with a thousand links has one in a thousand of them.
async fn free_variant(tx: &mut TenantTx, row: &NewRow, taken: &mut HashSet<(String, String)>) -> Result<String> {
    const DRAWN: usize = 8;
    let base = row.slug.get(..row.slug.len().min(59)).unwrap_or(&row.slug);
    let drawn: Vec<String> = (0..DRAWN).map(|_| format!("{base}-{}", suffix())).collect();
    let keys: Vec<String> = drawn.iter().map(|slug| slug.to_ascii_lowercase()).collect();
    let known = store::taken_on(tx, &row.host, &keys).await?;
    let requested: Vec<_> = keys.iter().map(|key| (key.clone(), row.affiliate)).collect();
    let of_others = store::slugs_of_others(tx, &requested).await?;
    for (place, (slug, key)) in drawn.into_iter().zip(keys).enumerate() {
        let is_known = known.contains(&key) || of_others.contains(&place);
        if !is_known && taken.insert((row.host.clone(), key)) {
            return Ok(slug);
        }
    }
    Err(slug_taken())
}
