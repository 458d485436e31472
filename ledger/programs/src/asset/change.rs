//! `POST /dashboard/assets` and `/dashboard/assets/{id}/delete`: adds and deletes promotional assets.

use axum::{
    Form as Filled,
    extract::{DefaultBodyLimit, Path, State},
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
    routing::{MethodRouter, post as posted},
};
use serde_json::json;
use shared::id::{AssetId, FileId, OrganizationId, ProgramId};
use url::Url;

use super::{
    dashboard, kind,
    store::{self, Form, New},
};
use engine::lookup_store;
use identity::{
    access::{member::Member, session::Session},
    audit::{self, Entry},
};
use kit::{
    access::role::Right,
    api::path::parse_id,
    error::{Code, Error, Result},
    file,
    form::{Fields, Problems, Upload},
    page::{Html, PageError},
    state::AppState,
};

const TITLE_MAX: usize = 120;
const BODY_MAX: usize = 5_000;
/// The file and the fields that are sent with it.
const UPLOAD_MAX: usize = kind::SIZE_MAX + 64 * 1024;

/// The validated form.
struct AssetInput {
    form: Form,
    title: String,
    program: Option<ProgramId>,
    body: Option<String>,
    kind: Option<kind::Kind>,
}

impl AssetInput {
    fn read(sent: &Upload) -> std::result::Result<Self, Problems> {
        let fields = &sent.fields;
        let form = Form::parse(fields.raw("kind")).unwrap_or(Form::File);
        if sent.too_large {
            return Err(Problems::at("file", "The file is larger than 5 MB. Choose a smaller one, or add a link."));
        }
        let title = fields.line("title", "a title", TITLE_MAX)?;
        let program = match fields.raw("program") {
            "" => None,
            id => Some(id.parse().map_err(|_| Problems::at("program", "Choose one of your programs."))?),
        };
        let (body, kind) = match form {
            Form::File => (None, Some(kind::of(&sent.file).map_err(|why| Problems::at("file", why))?)),
            Form::Text => (Some(text(fields.raw("body"))?), None),
            Form::Link => (Some(address(fields.text("address"))?), None),
        };
        Ok(Self { form, title, program, body, kind })
    }
}

fn text(given: &str) -> std::result::Result<String, Problems> {
    let text = given.trim().replace("\r\n", "\n");
    let plain = |character: char| !character.is_control() || character == '\n' || character == '\t';
    if !(1..=BODY_MAX).contains(&text.chars().count()) || !text.chars().all(plain) {
        return Err(Problems::at("body", format!("Enter 1 to {BODY_MAX} characters of plain text.")));
    }
    Ok(text)
}

fn address(given: &str) -> std::result::Result<String, Problems> {
    let url = Url::parse(given).ok().filter(|url| matches!(url.scheme(), "https" | "http") && url.host().is_some());
    let fits = |url: &Url| url.username().is_empty() && url.password().is_none() && url.as_str().len() <= 2_000;
    let url = url
        .filter(fits)
        .ok_or_else(|| Problems::at("address", "Enter a full URL, such as https://brand.com/press-kit."))?;
    Ok(url.to_string())
}

/// # Errors
/// 404 for an organization that isn't the person's, 403 for a viewer; 503 if the database or the storage is
/// unavailable. Invalid input is shown next to its field.
async fn add(
    State(state): State<AppState>,
    session: Session,
    sent: Upload,
) -> std::result::Result<Response, PageError> {
    // A file that is too large arrives without the other fields.
    let named = Some(sent.fields.text("organization")).filter(|named| !named.is_empty() || !sent.too_large);
    let member = session.member(named, Right::Operate)?;
    let organization = member.organization;
    let problems = match AssetInput::read(&sent) {
        Ok(input) => match keep(&state, &member, &input, &sent.file).await {
            Ok(()) => {
                let place = format!("{}?organization={organization}&done=added", dashboard::HERE);
                return Ok(Redirect::to(&place).into_response());
            }
            Err(error) if error.status().is_client_error() => Problems::at("title", kit::form::sentence_for(&error)),
            Err(error) => return Err(error.into()),
        },
        Err(problems) => problems,
    };
    let status = if sent.too_large { StatusCode::PAYLOAD_TOO_LARGE } else { StatusCode::BAD_REQUEST };
    let page = dashboard::load(&state, &session, organization, sent.fields, problems).await?;
    Ok((status, Html(page)).into_response())
}

/// The route, with a larger body limit than other forms have.
pub fn post() -> MethodRouter<AppState> {
    posted(add).layer(DefaultBodyLimit::max(UPLOAD_MAX))
}

async fn keep(state: &AppState, member: &Member, input: &AssetInput, bytes: &[u8]) -> Result<()> {
    let (organization, now) = (member.organization, state.clock.now());
    let mut tx = state.db.tenant(organization).await?;
    if store::count(&mut tx).await? >= store::ASSETS_MAX {
        let message = format!("You can have at most {} assets. Delete one first.", store::ASSETS_MAX);
        return Err(Error::new(StatusCode::CONFLICT, Code::TooManyAssets, message));
    }
    if let Some(program) = input.program
        && !lookup_store::has_program(&mut tx, program).await?
    {
        return Err(Error::field("program", "Choose one of your programs."));
    }
    tx.commit().await?;
    let file: Option<FileId> = match input.kind {
        Some(kind) => Some(file::keep::put_own(state, organization, bytes, kind.content_type).await?),
        None => None,
    };
    let new = New {
        id: state.new_id(),
        form: input.form,
        title: &input.title,
        program: input.program,
        body: input.body.as_deref(),
        file,
    };
    let mut tx = state.db.tenant(organization).await?;
    if let Some(file) = file
        && !file::store::stored(&mut tx, file, now).await?
    {
        return Err(Error::unavailable("the upload took too long"));
    }
    store::insert(&mut tx, &new, now).await?;
    let entry = Entry::new("asset.added", new.id).after(json!({"title": new.title, "kind": new.form.as_str()}));
    audit::record(&mut tx, &member.actor, now, entry).await?;
    tx.commit().await?;
    Ok(())
}

/// `POST /dashboard/assets/{id}/delete`.
///
/// # Errors
/// 404 for what isn't the person's, 403 for a viewer; 503 if the database is unavailable.
pub async fn delete(
    State(state): State<AppState>,
    session: Session,
    Path(id): Path<String>,
    Filled(fields): Filled<Fields>,
) -> std::result::Result<Response, PageError> {
    let member = session.member(Some(fields.text("organization")), Right::Operate)?;
    let id: AssetId = parse_id(&id)?;
    let organization: OrganizationId = member.organization;
    let now = state.clock.now();
    let mut tx = state.db.tenant(organization).await?;
    let found = store::list(&mut tx, None, Some(id)).await?;
    let asset = found.into_iter().next().ok_or_else(Error::not_found)?;
    store::delete(&mut tx, id).await?;
    if let Some(file) = asset.file {
        file::store::destroy(&mut tx, file, now).await?;
    }
    let entry = Entry::new("asset.deleted", id).before(json!({"title": asset.title}));
    audit::record(&mut tx, &member.actor, now, entry).await?;
    tx.commit().await?;
    Ok(Redirect::to(&format!("{}?organization={organization}&done=deleted", dashboard::HERE)).into_response())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sent(fields: &[(&str, &str)], file: &[u8]) -> Upload {
        Upload { fields: fields.iter().copied().collect(), file: file.to_vec(), too_large: false }
    }

    #[test]
    fn each_kind_asks_for_its_own_field() {
        let png = sent(&[("kind", "File"), ("title", "Banner")], b"\x89PNG\r\n\x1a\n");
        assert_eq!(
            AssetInput::read(&png).unwrap_or_else(|_| panic!("a picture")).kind.map(|kind| kind.ending),
            Some("png")
        );
        for (fields, at) in [
            (&[("kind", "File"), ("title", "Banner")][..], "file"),
            (&[("kind", "Text"), ("title", "Bio")], "body"),
            (&[("kind", "Link"), ("title", "Kit"), ("address", "javascript:alert(1)")], "address"),
            (&[("kind", "Link"), ("title", "Kit"), ("address", "https://a@evil.test/")], "address"),
            (&[("kind", "Text"), ("body", "x")], "title"),
            (&[("kind", "Text"), ("title", "Bio"), ("body", "x"), ("program", "x")], "program"),
        ] {
            let problems = AssetInput::read(&sent(fields, b"")).err();
            assert!(problems.is_some_and(|problems| problems.of(at).is_some()), "{fields:?}");
        }
    }
}
