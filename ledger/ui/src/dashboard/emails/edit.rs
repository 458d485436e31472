//! `/dashboard/settings/emails/{kind}`: a brand's own words in an email to affiliates, in each language, with a preview.

use axum::{
    Form,
    extract::{Path, State},
    http::{HeaderValue, StatusCode, header::CONTENT_SECURITY_POLICY},
    response::{IntoResponse, Response},
};
use shared::id::OrganizationId;

use super::{
    PLACE, about,
    words::{self, Loaded, Which},
};
use identity::{
    access::{
        member::{Choice, Member},
        session::Session,
    },
    audit,
    page::frame::Frame,
};
use kit::{
    access::role::Right,
    api::query::Query,
    error::{Error, Result},
    form::{Fields, Problems},
    limit::{self, Limit, PublicAction},
    mail::{self, Email, EmailContent, EmailKind, Wording, content::Part},
    page::{self, Html, PageError, address::Address, flash::Flash, tab::Tab},
    state::AppState,
    text::Language,
};

impl Which {
    fn address(self, organization: OrganizationId) -> Address {
        let place = Address::of(format!("{PLACE}/{}", self.kind.as_str()), organization);
        place.with("lang", self.language.as_str())
    }
}

#[derive(Debug, askama::Template)]
#[template(path = "emails_edit.html")]
struct EditPage {
    frame: Frame,
    title: &'static str,
    when: &'static str,
    /// The address of this page, and of the email alone.
    place: String,
    alone: String,
    tabs: Vec<Tab>,
    language: Language,
    /// "{name}, {brand}".
    variables: String,
    /// Our own words, as the hints of the fields.
    standard: Standard,
    typed: Fields,
    /// Whether the brand has words of its own.
    is_own: bool,
    shown: EmailContent,
    notice: Option<String>,
    problems: Problems,
}

#[derive(Debug)]
struct Standard {
    subject: String,
    opening: String,
    /// `None` for an email without a button.
    button: Option<String>,
}

impl EditPage {
    fn typed(&self, name: &str) -> &str {
        self.typed.raw(name)
    }

    fn wrong(&self, name: &str) -> Option<&str> {
        self.problems.of(name)
    }
}

async fn load(state: &AppState, organization: OrganizationId, which: Which) -> Result<Loaded> {
    let mut tx = state.db.tenant(organization).await?;
    let loaded = words::load(&mut tx, which).await?;
    tx.commit().await?;
    Ok(loaded)
}

/// The page with the saved words.
async fn page_of(
    state: &AppState,
    session: &Session,
    organization: OrganizationId,
    which: Which,
    loaded: &Loaded,
) -> Result<EditPage> {
    let frame = Frame::load(state, session, organization, PLACE).await?;
    let (title, when) = about(which.kind);
    let place = which.address(organization);
    let tab = |language: &Language| Tab {
        title: language.name().to_owned(),
        href: place.clone().with("lang", language.as_str()).to_string(),
        here: *language == which.language,
        count: None,
    };
    let (opening, button) = loaded.content.opening_and_button();
    let own = loaded.own.clone();
    let typed = own.iter().flat_map(|own| {
        let fields = [("subject", &own.subject), ("opening", &own.opening), ("button", &own.button)];
        fields.map(|(name, text)| (name, text.clone().unwrap_or_default()))
    });
    Ok(EditPage {
        frame,
        title,
        when,
        alone: place.clone().at(format!("{PLACE}/{}/preview", which.kind.as_str())).to_string(),
        tabs: Language::ALL.iter().map(tab).collect(),
        place: format!("{PLACE}/{}", which.kind.as_str()),
        language: which.language,
        variables: loaded.content.variables().iter().map(|name| format!("{{{name}}}")).collect::<Vec<_>>().join(", "),
        standard: Standard {
            subject: format!("Standard: {}", loaded.content.subject),
            opening: format!("Standard: {}", opening.unwrap_or_default()),
            button: button.map(|label| format!("Standard: {label}")),
        },
        typed: typed.collect(),
        is_own: own.is_some(),
        shown: loaded.worded(which, own.clone())?,
        notice: None,
        problems: Problems::default(),
    })
}

/// `GET /dashboard/settings/emails/{kind}?lang=`.
///
/// # Errors
/// 404 for an organization that isn't the person's, and for an email whose words can't be changed.
pub async fn show(
    State(state): State<AppState>,
    session: Session,
    choice: Choice,
    Path(kind): Path<String>,
    mut query: Query,
) -> std::result::Result<Response, PageError> {
    let organization = session.member(choice.named(), Right::View)?.organization;
    let which = Which::read(&kind, query.text("lang").as_deref())?;
    let loaded = load(&state, organization, which).await?;
    Ok(Html(page_of(&state, &session, organization, which, &loaded).await?).into_response())
}

/// `GET /dashboard/settings/emails/{kind}/preview?lang=`: the email as a mail program shows it.
///
/// # Errors
/// As [`show`].
pub async fn preview(
    State(state): State<AppState>,
    session: Session,
    choice: Choice,
    Path(kind): Path<String>,
    mut query: Query,
) -> std::result::Result<Response, PageError> {
    let member = session.member(choice.named(), Right::View)?;
    let which = Which::read(&kind, query.text("lang").as_deref())?;
    let loaded = load(&state, member.organization, which).await?;
    let email = loaded.worded(which, loaded.own.clone())?.to(&member.email, which.kind)?;
    let mut response = axum::response::Html(email.html).into_response();
    response.headers_mut().insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(mail::POLICY));
    page::fence(response.headers_mut());
    Ok(response)
}

/// `POST /dashboard/settings/emails/{kind}`: `step` is `save`, `preview`, `test` (sends what was typed to the person who
/// typed it) or `reset`.
///
/// # Errors
/// 404 for an organization that isn't the person's and for an email whose words can't be changed, 403 if they may not
/// change settings. A mistake is shown next to its field, and 429 after many tests above the form, which keeps what was
/// typed.
pub async fn submit(
    State(state): State<AppState>,
    session: Session,
    Path(kind): Path<String>,
    Form(fields): Form<Fields>,
) -> std::result::Result<Response, PageError> {
    let member = session.member(Some(fields.text("organization")), Right::Configure)?;
    let organization = member.organization;
    let which = Which::read(&kind, fields.given("lang"))?;
    let loaded = load(&state, organization, which).await?;
    let step = fields.raw("step");
    if step == "reset" {
        return Ok(save(&state, &member, which, None).await?);
    }
    let given = (fields.raw("subject"), fields.raw("opening"), fields.raw("button"));
    let mut page = match loaded.checked(which, given) {
        Ok(wording) if step == "save" => return Ok(save(&state, &member, which, wording).await?),
        Ok(wording) => {
            let mut page = page_of(&state, &session, organization, which, &loaded).await?;
            page.shown = loaded.worded(which, wording)?;
            if step == "test" {
                match send_test(&state, &session, &member, which, &page.shown).await {
                    Ok(()) => page.notice = Some(format!("Test sent to {}.", member.email)),
                    Err(error) if error.status() == StatusCode::TOO_MANY_REQUESTS => {
                        page.problems = Problems::of_error(&error);
                        page.typed = fields;
                        return Ok((error.status(), error.retry_header(), Html(page)).into_response());
                    }
                    Err(error) => return Err(error.into()),
                }
            }
            page
        }
        Err(error) if error.status().is_client_error() => {
            let mut page = page_of(&state, &session, organization, which, &loaded).await?;
            page.problems = Problems::of_error(&error);
            page.typed = fields;
            return Ok((error.status(), Html(page)).into_response());
        }
        Err(error) => return Err(error.into()),
    };
    page.typed = fields;
    Ok(Html(page).into_response())
}

/// Saves the words, or goes back to ours.
async fn save(state: &AppState, member: &Member, which: Which, wording: Option<Wording>) -> Result<Response> {
    let now = state.clock.now();
    let mut tx = state.db.tenant(member.organization).await?;
    if let Some(entry) = words::save(&mut tx, which, wording.as_ref(), now).await? {
        audit::record(&mut tx, &member.actor, now, entry).await?;
    }
    tx.commit().await?;
    let done = if wording.is_some() { "Email saved" } else { "Standard text restored" };
    Ok(Flash::done(done).redirect(&which.address(member.organization).to_string()))
}

/// Sends the email to the person who looks at it.
async fn send_test(
    state: &AppState,
    session: &Session,
    member: &Member,
    which: Which,
    shown: &EmailContent,
) -> Result<()> {
    let mut tx = state.db.tenant(member.organization).await?;
    let limit = Limit::EmailBySession(PublicAction::EmailPreview, &session.token_hash);
    if !limit::admit_in(tx.conn(), state, &limit).await? {
        return Err(Error::too_often());
    }
    let email = shown.to(&member.email, which.kind)?;
    mail::post(tx.conn(), state, Email { kind: EmailKind::EmailPreview, ..email }).await?;
    Ok(tx.commit().await?)
}
