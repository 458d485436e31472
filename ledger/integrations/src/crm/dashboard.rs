//! `/dashboard/crms`: lists the connected CRMs with their status and those that can be connected, and shows the form to
//! connect one.

use axum::{
    Form,
    extract::{Path, State},
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use connector::{Connector, Descriptor, Listing, providers};
use shared::id::OrganizationId;

use super::{
    connect::{self, Settings},
    form::{ConnectForm, given, may_change, spans},
    settings,
    store::{self, Filter},
    view_model::ConnectionView,
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
    error::Error,
    form::Fields,
    page::{Html, PageError},
    state::AppState,
};

pub(super) const PLACE: &str = "/dashboard/crms";
const LIMIT: i64 = 100;
/// The number of days over which failures are counted.
pub(super) const FAILED_DAYS: i64 = 7;

#[derive(Debug, askama::Template)]
#[template(path = "crms.html")]
struct CrmsPage {
    frame: Frame,
    connections: Vec<ConnectionView>,
    vendors: Vec<VendorView>,
}

#[derive(Debug)]
struct VendorView {
    slug: &'static str,
    name: &'static str,
    /// A short summary of the credentials it needs.
    takes: String,
}

impl VendorView {
    fn of(descriptor: &'static Descriptor) -> Self {
        let fields: Vec<&str> =
            descriptor.fields.iter().filter(|field| field.required).map(|field| field.label).collect();
        let takes = match fields.split_last() {
            Some((last, first @ [_, ..])) => format!("{} and {last}", first.join(", ")),
            _ => fields.concat(),
        };
        Self { slug: descriptor.slug, name: descriptor.name, takes }
    }
}

#[derive(Debug, askama::Template)]
#[template(path = "crm_new.html")]
struct NewPage {
    frame: Frame,
    slug: &'static str,
    name: &'static str,
    docs: &'static str,
    scopes: &'static [&'static str],
    /// What the vendor calls the list that is chosen in the next step.
    list_word: Option<&'static str>,
    consent: Vec<(bool, &'static str)>,
    /// What happens when an affiliate's email address changes.
    new_address: &'static str,
    /// Each event's name, its description, and whether it is selected; empty where the vendor takes no events.
    events: Vec<(&'static str, &'static str, bool)>,
    events_word: Vec<(bool, &'static str)>,
    form: ConnectForm,
}

/// `GET /dashboard/crms`.
///
/// # Errors
/// 404 for an organization that the person isn't a member of; 503 where the database is unavailable.
pub async fn show(State(state): State<AppState>, session: Session, choice: Choice) -> Result<Response, PageError> {
    let organization = session.member(choice.named(), Right::View)?.organization;
    let frame = Frame::load(&state, &session, organization, PLACE).await?;
    let mut tx = state.db.tenant(organization).await?;
    let rows = store::list(&mut tx, &Filter { limit: LIMIT, ..Filter::default() }).await?;
    let counts = store::counts(&mut tx, state.clock.now().plus_days(-FAILED_DAYS)).await?;
    tx.commit().await?;
    let view = |row: store::Row| {
        let counts = counts.get(&row.id).copied().unwrap_or_default();
        ConnectionView::of(row, counts, &frame.zone)
    };
    let connections = rows.into_iter().map(view).collect::<Result<_, Error>>()?;
    let mut vendors: Vec<VendorView> = providers::ALL.iter().map(|one| VendorView::of(one.descriptor())).collect();
    vendors.sort_by_key(|one| one.name.to_lowercase());
    Ok(Html(CrmsPage { frame, connections, vendors }).into_response())
}

/// `GET /dashboard/crms/new/{vendor}`.
///
/// # Errors
/// 404 for an unknown vendor, or an organization that the person isn't a member of; 403 for a person who may not
/// connect.
pub async fn form(
    State(state): State<AppState>,
    session: Session,
    Path(vendor): Path<String>,
    choice: Choice,
) -> Result<Response, PageError> {
    let organization = session.member(choice.named(), Right::View)?.organization;
    let descriptor = named(&vendor)?.descriptor();
    let form = ConnectForm::new(descriptor, &std::collections::BTreeMap::new(), None);
    let selected: Vec<String> = descriptor.initial_events.iter().copied().map(str::to_owned).collect();
    Ok(Html(page(&state, &session, organization, descriptor, (form, &selected)).await?).into_response())
}

/// `POST /dashboard/crms/new/{vendor}`: connects the CRM and redirects to the choice of a list.
///
/// # Errors
/// 404 for another organization, 403 for a viewer or manager, 503 where the database is unavailable. Mistakes in the
/// form and refusals by the vendor are shown next to their fields.
pub async fn create(
    State(state): State<AppState>,
    session: Session,
    Path(vendor): Path<String>,
    Form(fields): Form<Fields>,
) -> Result<Response, PageError> {
    let member = may_change(&session, &fields)?;
    let connector = named(&vendor)?;
    match make(&state, &member, connector, &fields).await {
        Ok(id) => {
            Ok(Redirect::to(&format!("{PLACE}/{id}?organization={}&done=connected", member.organization))
                .into_response())
        }
        Err(error) if error.status() == StatusCode::INTERNAL_SERVER_ERROR => Err(error.into()),
        Err(error) => {
            let descriptor = connector.descriptor();
            let (form, selected) = (ConnectForm::again(descriptor, &fields, &error), fields.all("events"));
            let page = page(&state, &session, member.organization, descriptor, (form, &selected)).await?;
            Ok((error.status(), Html(page)).into_response())
        }
    }
}

async fn make(
    state: &AppState,
    member: &Member,
    connector: &dyn Connector,
    fields: &Fields,
) -> Result<shared::id::CrmConnectionId, Error> {
    let organization = member.organization;
    let events = settings::events(connector.descriptor(), &fields.all("events"))?;
    let verified = connect::verify(state, organization, connector, &given(connector.descriptor(), fields)).await?;
    let mut tx = state.db.tenant(organization).await?;
    let made = (connector, &verified);
    let settings = Settings { events, ..Settings::default() };
    let (row, entry) = connect::create(&mut tx, state, made, settings).await?;
    audit::record(&mut tx, &member.actor, state.clock.now(), entry).await?;
    tx.commit().await?;
    Ok(row.id)
}

fn named(vendor: &str) -> Result<&'static dyn Connector, Error> {
    providers::named(vendor).ok_or_else(Error::not_found)
}

async fn page(
    state: &AppState,
    session: &Session,
    organization: OrganizationId,
    descriptor: &'static Descriptor,
    (form, selected): (ConnectForm, &[String]),
) -> Result<NewPage, Error> {
    Ok(NewPage {
        frame: Frame::load(state, session, organization, PLACE).await?,
        slug: descriptor.slug,
        name: descriptor.name,
        docs: descriptor.docs,
        scopes: descriptor.scopes,
        list_word: match descriptor.lists {
            Listing::Picked { word, .. } => Some(word),
            Listing::None(_) => None,
        },
        consent: spans(descriptor.consent),
        new_address: descriptor.new_address.sentence(),
        events: settings::choices(descriptor, selected),
        events_word: spans(descriptor.events.unwrap_or_default()),
        form,
    })
}
