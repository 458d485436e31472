//! The email that notifies an organization's owners of a new API key, or of a connected AI assistant.

use shared::{id::OrganizationId, timestamp::Timestamp};

use super::{maker::Maker, store};
use crate::{
    access::key_kind::KeyKind,
    audit::names,
    notification::{Kind, store::recipients},
};
use kit::{
    access::{role::Role, scope::Scope},
    db::TenantTx,
    error::Result,
    mail::{self, Branding, Email, EmailContent, EmailKind},
    state::AppState,
    text::{Text, Texts},
};

struct Made {
    kind: KeyKind,
    organization: String,
    name: String,
    hint: String,
    scope: Scope,
    role: Role,
    by: String,
    at: Timestamp,
    link: String,
}

/// Queues the email for each owner. It names the key but contains no secret.
pub async fn post(tx: &mut TenantTx, state: &AppState, maker: Maker<'_>, row: &store::Row) -> Result<()> {
    let organization = tx.organization();
    let Some(name) = store::organization_name(tx).await? else { return Ok(()) };
    let names = names::of(tx, std::iter::once(maker.actor.who.as_str())).await?;
    let content = content(Made {
        kind: row.kind,
        organization: name,
        name: row.name.clone(),
        hint: row.hint.clone(),
        scope: row.scope,
        role: row.role,
        by: names::actor_name(&names, &maker.actor.who),
        at: row.created_at,
        link: link(state, organization, row.kind),
    });
    for owner in recipients(tx, Kind::ApiKeyCreated).await? {
        mail::post(tx.conn(), state, content.to(&owner.email, EmailKind::ApiKeyCreated)?).await?;
    }
    Ok(())
}

/// A sample of the email, for development.
pub fn sample(brand: &str, to: &str) -> Result<Email> {
    let made = Made {
        kind: KeyKind::Api,
        organization: brand.to_owned(),
        name: "Checkout".to_owned(),
        hint: "rk_live_7f3k".to_owned(),
        scope: Scope::Write,
        role: Role::Manager,
        by: "Nina Berg".to_owned(),
        at: Timestamp::EPOCH,
        link: "https://rekomi.test/dashboard/settings/api-keys".to_owned(),
    };
    content(made).to(to, EmailKind::ApiKeyCreated)
}

fn content(made: Made) -> EmailContent {
    let look = Branding::rekomi();
    let t = look.t;
    let (subject, message, warning, button) = match made.kind {
        KeyKind::Api => (
            t.say("email-api-key-subject"),
            t.say("email-api-key-message"),
            t.say("email-api-key-warning"),
            t.say("email-api-key-button"),
        ),
        KeyKind::Mcp => (
            t.say("email-ai-assistant-subject"),
            t.say("email-ai-assistant-message"),
            t.say("email-ai-assistant-warning"),
            t.say("email-ai-assistant-button"),
        ),
    };
    let subject = subject.with("organization", &made.organization).with("name", &made.name);
    let message = message.with("person", &made.by).with("organization", &made.organization);
    let access = t.say("email-api-key-access").with("does", does(t, made.scope).to_string());
    let rows = [
        (t.say("email-api-key-name-label"), made.name),
        (t.say("email-api-key-hint-label"), made.hint),
        (t.say("email-api-key-access-label"), access.with("role", made.role.as_str()).to_string()),
        (t.say("email-api-key-created-label"), t.say("email-utc").with("moment", t.moment(made.at)).to_string()),
    ];
    EmailContent::new(look, subject, t.say("email-why-owner").with("brand", &made.organization))
        .paragraph(message)
        .rows(rows.map(|(label, value)| (label.to_string(), value)).to_vec())
        .paragraph(warning)
        .button(button, made.link)
}

/// What a key with this scope does.
fn does(t: Texts, scope: Scope) -> Text {
    match scope {
        Scope::SendConversions => t.say("email-api-key-sends-conversions"),
        Scope::Read => t.say("email-api-key-reads"),
        Scope::Automations => t.say("email-api-key-runs-automations"),
        Scope::Write => t.say("email-api-key-writes"),
        Scope::Admin | Scope::ReadWrite => t.say("email-api-key-configures"),
    }
}

fn link(state: &AppState, organization: OrganizationId, kind: KeyKind) -> String {
    let page = match kind {
        KeyKind::Api => "api-keys",
        KeyKind::Mcp => "ai-assistants",
    };
    format!("{}/dashboard/settings/{page}?organization={organization}", state.config.public_url)
}
