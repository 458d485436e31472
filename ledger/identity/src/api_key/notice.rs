//! The email that notifies an organization's owners of a new API key.

use askama::Template;
use shared::id::OrganizationId;

use super::{maker::Maker, store};
use crate::{
    audit::names,
    notification::{Kind, store::recipients},
};
use kit::{
    db::TenantTx,
    error::Result,
    mail::{self, Email, EmailKind, Words},
    state::AppState,
};
use rules::format;

struct Made {
    organization: String,
    name: String,
    hint: String,
    may: String,
    by: String,
    when: String,
    link: String,
}

#[derive(Template)]
#[template(path = "mail/api_key_created.txt")]
struct Text<'a> {
    made: &'a Made,
}

#[derive(Template)]
#[template(path = "mail/api_key_created.html")]
struct Page<'a> {
    made: &'a Made,
}

impl Words for Made {
    fn subject(&self) -> String {
        format!("New API key for {}: {}", self.organization, self.name)
    }

    fn text(&self) -> std::result::Result<String, askama::Error> {
        Text { made: self }.render()
    }

    fn html(&self) -> std::result::Result<String, askama::Error> {
        Page { made: self }.render()
    }
}

/// Queues the email for each owner. It names the key but contains no secret.
pub async fn post(tx: &mut TenantTx, state: &AppState, maker: Maker<'_>, row: &store::Row) -> Result<()> {
    let organization = tx.organization();
    let Some(name) = store::organization_name(tx).await? else { return Ok(()) };
    let names = names::of(tx, std::iter::once(maker.actor.who.as_str())).await?;
    let made = Made {
        organization: name,
        name: row.name.clone(),
        hint: row.hint.clone(),
        may: may(row),
        by: names::actor_name(&names, &maker.actor.who),
        when: format::moment(row.created_at),
        link: link(state, organization),
    };
    for owner in recipients(tx, Kind::ApiKeyCreated).await? {
        mail::post(tx.conn(), state, Email::new(owner.email, EmailKind::ApiKeyCreated, &made)?).await?;
    }
    Ok(())
}

/// A sample of the email, for development.
pub fn sample(brand: &str, to: &str) -> Result<Email> {
    let made = Made {
        organization: brand.to_owned(),
        name: "Checkout".to_owned(),
        hint: "rk_live_7f3k".to_owned(),
        may: "reads and writes, as manager".to_owned(),
        by: "Nina Berg".to_owned(),
        when: "2026-11-18 09:30".to_owned(),
        link: "https://rekomi.test/dashboard/settings/api-keys".to_owned(),
    };
    Email::new(to, EmailKind::ApiKeyCreated, &made)
}

/// Describes the key's scope and role.
fn may(row: &store::Row) -> String {
    format!("{}, as {}", row.scope.does(), row.role.as_str())
}

fn link(state: &AppState, organization: OrganizationId) -> String {
    format!("{}/dashboard/settings/api-keys?organization={organization}", state.config.public_url)
}
