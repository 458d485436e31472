//! `/dashboard/settings/emails`: the sender, and all emails whose words can be changed.

use axum::{
    Form,
    extract::State,
    response::{IntoResponse, Response},
};
use shared::id::OrganizationId;

use super::{PLACE, about};
use identity::{
    access::{member::Choice, session::Session},
    audit,
    notification::{store, wording_store},
    organization::mail_sender::{self, MailSender},
    page::frame::Frame,
};
use kit::{
    access::role::Right,
    error::{Error, Result},
    form::{Fields, Problems},
    mail::{EmailKind, Sender},
    page::{Html, PageError, address::Address, flash::Flash},
    state::AppState,
    text::Language,
};

#[derive(Debug, askama::Template)]
#[template(path = "emails.html")]
struct ListPage {
    frame: Frame,
    /// The sender as a mail program shows it, and where replies go.
    from: String,
    replies: Option<String>,
    rows: Vec<RowView>,
    typed: Fields,
    problems: Problems,
}

/// An email in the list.
#[derive(Debug)]
struct RowView {
    title: &'static str,
    when: &'static str,
    href: String,
    /// The languages in which the brand says it in its own words.
    languages: String,
}

impl ListPage {
    fn typed(&self, name: &str) -> &str {
        self.typed.raw(name)
    }

    fn wrong(&self, name: &str) -> Option<&str> {
        self.problems.of(name)
    }
}

/// `GET /dashboard/settings/emails`.
///
/// # Errors
/// 404 for an organization that isn't the person's; 503 if the database is unavailable.
pub async fn show(
    State(state): State<AppState>,
    session: Session,
    choice: Choice,
) -> std::result::Result<Response, PageError> {
    let organization = session.member(choice.named(), Right::View)?.organization;
    Ok(Html(load(&state, &session, organization).await?).into_response())
}

async fn load(state: &AppState, session: &Session, organization: OrganizationId) -> Result<ListPage> {
    let frame = Frame::load(state, session, organization, PLACE).await?;
    let mut tx = state.db.tenant(organization).await?;
    let look = store::branding(&mut tx, organization).await?.ok_or_else(Error::not_found)?;
    let sender = mail_sender::read(&mut tx).await?;
    let changed = wording_store::changed(&mut tx).await?;
    tx.commit().await?;
    let own = Sender::of(&look.brand, look.reply_to.as_deref());
    let kinds = EmailKind::ALL.iter().copied().filter(|kind| kind.is_editable());
    let rows = kinds.map(|kind| row(kind, organization, &changed)).collect();
    let typed = [("contactEmail", sender.contact_email), ("postalAddress", sender.postal_address)];
    Ok(ListPage {
        frame,
        from: state.config.mail.sender(own.name.as_deref()).to_string(),
        replies: own.reply_to.or_else(|| state.config.mail.reply_to.as_ref().map(ToString::to_string)),
        rows,
        typed: typed.into_iter().map(|(name, value)| (name, value.unwrap_or_default())).collect(),
        problems: Problems::default(),
    })
}

fn row(kind: EmailKind, organization: OrganizationId, changed: &[(String, String)]) -> RowView {
    let (title, when) = about(kind);
    let is_own =
        |language: &&Language| changed.iter().any(|(one, tag)| one == kind.as_str() && tag == language.as_str());
    let languages: Vec<&str> = Language::ALL.iter().filter(is_own).map(|language| language.name()).collect();
    let href = Address::of(format!("{PLACE}/{}", kind.as_str()), organization).to_string();
    RowView { title, when, href, languages: languages.join(", ") }
}

/// `POST /dashboard/settings/emails`: saves the sender.
///
/// # Errors
/// 404 for an organization that isn't the person's, 403 if they may not change settings. A mistake is shown next to its
/// field.
pub async fn save(
    State(state): State<AppState>,
    session: Session,
    Form(fields): Form<Fields>,
) -> std::result::Result<Response, PageError> {
    let member = session.member(Some(fields.text("organization")), Right::Configure)?;
    let organization = member.organization;
    match MailSender::checked(fields.raw("contactEmail"), fields.raw("postalAddress")) {
        Ok(sender) => {
            let mut tx = state.db.tenant(organization).await?;
            if let Some(entry) = mail_sender::save(&mut tx, &sender).await? {
                audit::record(&mut tx, &member.actor, state.clock.now(), entry).await?;
            }
            tx.commit().await?;
            Ok(Flash::done("Sender saved").redirect(&Address::of(PLACE, organization).to_string()))
        }
        Err(error) if error.status().is_client_error() => {
            let mut page = load(&state, &session, organization).await?;
            page.problems = Problems::of_error(&error);
            page.typed = fields;
            Ok((error.status(), Html(page)).into_response())
        }
        Err(error) => Err(error.into()),
    }
}
