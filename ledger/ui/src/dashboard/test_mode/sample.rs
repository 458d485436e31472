//! `POST /dashboard/test-mode/sample`: fills a test mode with thirty days of invented affiliates, clicks and sales, which
//! pass through the intake like real ones. A reset throws them away.

use axum::{
    Form,
    extract::State,
    response::{IntoResponse, Redirect, Response},
};
use serde_json::value::{RawValue, to_raw_value};
use shared::{
    batch::Verdict,
    id::{OrganizationId, ProgramId},
    timestamp::Timestamp,
};

use super::{
    sale::impossible,
    sample_events::{self, Scene, Seller},
    store,
};
use engine::intake::receive;
use identity::{
    access::{member::Member, session::Session},
    audit::{self, Entry},
    organization,
};
use kit::{
    access::role::Right,
    db::TenantTx,
    error::{Error, Result},
    form::Fields,
    mail::queue::SAMPLE_DOMAIN,
    page::{PageError, address::Address},
    state::AppState,
};
use programs::{
    affiliate::{
        create::{self, Ready},
        store::NewAffiliate,
    },
    dashboard::pick_store,
    link::{
        create::{NewLink, suffix},
        store as link_store,
    },
    link_host,
};

/// The best seller first.
const PEOPLE: [&str; 6] = ["Mia Sato", "Jonas Weber", "Priya Nair", "Lucas Moreau", "Ana Costa", "Tom Becker"];
/// Affiliates joined this long ago, before their first clicks.
const JOINED_DAYS: i64 = -31;
/// Where links lead if the program has no landing page.
const LANDING: &str = "https://example.com/";

/// # Errors
/// 404 for what isn't the person's, 403 if they may not change settings, 409 `test_mode_only` in a live organization, or
/// `no_link` without a program.
pub async fn fill(
    State(state): State<AppState>,
    session: Session,
    Form(fields): Form<Fields>,
) -> std::result::Result<Response, PageError> {
    let member = session.member(Some(fields.text("organization")), Right::Configure)?;
    let organization = member.organization;
    let mut tx = state.db.tenant(organization).await?;
    let kin = organization::store::kinship(&mut tx).await?;
    let programs = pick_store::programs(&mut tx).await?;
    tx.commit().await?;
    if kin.is_none_or(|kin| kin.test_of.is_none()) {
        return Err(organization::create::is_live().into());
    }
    let Some(program) = programs.into_iter().filter(|program| !program.archived).min_by_key(|program| program.id)
    else {
        return Err(impossible("Sample data needs a program. Create one first."));
    };
    let destination = program.destination.unwrap_or_else(|| LANDING.to_owned());
    if let Some(sellers) = sellers(&state, &member, program.id, &destination).await? {
        report(&state, Scene { organization, program: program.id, sellers: &sellers, now: state.clock.wall() }).await?;
        drop(state.news.send(organization));
    }
    let place = Address::of("/dashboard", organization).with("done", "sample");
    Ok(Redirect::to(&place.to_string()).into_response())
}

/// Creates the affiliates with their links; returns `None` if the test mode has sample data already.
async fn sellers(
    state: &AppState,
    member: &Member,
    program: ProgramId,
    destination: &str,
) -> Result<Option<Vec<Seller>>> {
    let now = state.clock.now();
    let mut tx = state.db.tenant(member.organization).await?;
    if !organization::store::add_sample_data(&mut tx, now).await? {
        return Ok(None);
    }
    let host = host(&mut tx, now).await?;
    let ready = PEOPLE.iter().map(|name| person(state, name, (program, host.as_str(), destination))).collect();
    let made = create::make_all(&mut tx, state, ready, now).await?;
    let sellers: Vec<Seller> = made
        .into_iter()
        .filter_map(|made| {
            let link = made.link?.id;
            Some(Seller { affiliate: made.affiliate.id, slug: made.affiliate.slug, link })
        })
        .collect();
    let ids: Vec<_> = sellers.iter().map(|seller| seller.affiliate.uuid()).collect();
    store::joined(&mut tx, &ids, now.plus_days(JOINED_DAYS)).await?;
    audit::record(&mut tx, &member.actor, now, Entry::new("test_mode.sample_added", member.organization)).await?;
    tx.commit().await?;
    state.edge_config_changed.notify_one();
    Ok(Some(sellers))
}

/// The host of the sample links: the test mode's own, or one that can't exist.
async fn host(tx: &mut TenantTx, now: Timestamp) -> Result<String> {
    if let Some(host) = link_store::link_host(tx, None).await? {
        return Ok(host);
    }
    let host = format!("sample-{}.invalid", suffix());
    link_host::store::insert(tx, &host, None, now, true).await?;
    Ok(host)
}

fn person(state: &AppState, name: &str, (program_id, host, destination): (ProgramId, &str, &str)) -> Ready {
    let id = state.new_id();
    let slug = create::derived(name);
    let affiliate = NewAffiliate {
        id,
        email: format!("{slug}@{SAMPLE_DOMAIN}"),
        slug,
        name: format!("{name} (sample)"),
        status: "Approved",
        application: None,
        notes: Some("Sample data. Nothing is ever emailed or paid to them.".to_owned()),
        joined_at: None,
    };
    let link = NewLink {
        program_id,
        affiliate_id: id,
        host: Some(host.to_owned()),
        slug: None,
        destination: destination.to_owned(),
    };
    Ready { link: Some(link), ..Ready::of(affiliate, true) }
}

async fn report(state: &AppState, scene: Scene<'_>) -> Result<()> {
    let events = sample_events::all(scene, seed(scene.organization));
    let raw: Vec<Box<RawValue>> = events
        .iter()
        .map(|event| to_raw_value(event).map_err(|error| Error::internal(error)))
        .collect::<Result<_>>()?;
    let raw: Vec<&RawValue> = raw.iter().map(AsRef::as_ref).collect();
    let verdicts = receive::batch(state, &raw).await?;
    let refused = verdicts.iter().filter(|item| item.verdict != Verdict::Accepted).count();
    if refused > 0 {
        tracing::warn!(event = "test_mode.samples_refused", refused, "the intake refused sample events");
    }
    Ok(())
}

/// Each test mode has other figures.
fn seed(organization: OrganizationId) -> u64 {
    organization.bytes().iter().fold(0, |seed: u64, byte| seed.rotate_left(8) ^ u64::from(*byte))
}
