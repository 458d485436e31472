//! The demo's program page: published, so that there is a page to see and try.

use shared::timestamp::Timestamp;

use super::credentials::Brand;
use kit::db::TenantTx;
use programs::program::store as program_store;
use recruiting::program_page::{
    field,
    store::{self, Settings},
};

const TERMS: &str = "Be honest: disclose that you earn a commission.\n\n\
    Don't bid on our name in search ads, and don't send unsolicited emails.\n\n\
    We pay all approved commissions once a month.";

/// Publishes the page once: later changes by users are kept.
pub(super) async fn publish(tx: &mut TenantTx, brand: &Brand, now: Timestamp) -> Result<(), sqlx::Error> {
    let program = brand.program;
    if !store::insert(tx, program, &brand.slug, &field::usual(), now).await? {
        return Ok(());
    }
    let settings = Settings {
        handle: brand.slug.clone(),
        headline: format!("Recommend {} and earn on every sale", brand.name),
        introduction: format!(
            "{} makes tools that people love to talk about.\n\nIf you write, film or teach, we'd love to work with you.",
            brand.name
        ),
        color: None,
        auto_approve: false,
    };
    store::update(tx, program, &settings).await?;
    let destination = format!("https://{}.test/", brand.site);
    program_store::set_destination(tx, program, Some(&destination)).await?;
    store::change_terms(tx, program, TERMS, now).await?;
    store::publish(tx, program, Some(now)).await
}
