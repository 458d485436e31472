//! `/a/network/profile`: what a creator says about themselves, and their channels.

use axum::{
    Form,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use recruiting::program_page::country;
use rules::network::{AudienceBand, ChannelKind, Earning, Format, Topic};

use crate::words;

use super::{
    channel::{CHANNELS_MAX, Channel, DNS_PREFIX, Proof, TAG_NAME, proof},
    channel_store,
    frame::Frame,
    profile::Profile,
    profile_input::{self, fields_of},
    session::CreatorSession,
    store::{self, HANDLE_TAKEN},
};
use kit::{
    db::Holder,
    error::{Code, Error, OnConstraint, Result},
    form::{Fields, Problems},
    page::{Html, PageError, flash::Flash},
    state::AppState,
    text::Texts,
};
use url::Url;

pub(super) const PLACE: &str = "/a/network/profile";
/// The parts that a profile can lack.
const PARTS: usize = 10;

/// A checkbox: value, label, and whether it's selected.
type Choice = (String, String, bool);

#[derive(Debug, askama::Template)]
#[template(path = "creator_profile.html")]
struct ProfilePage {
    t: Texts,
    frame: Frame,
    /// What the form shows: what is stored, or what was typed.
    fields: Fields,
    problems: Problems,
    countries: Vec<(&'static str, String)>,
    languages: Vec<Choice>,
    topics: Vec<Choice>,
    formats: Vec<Choice>,
    earnings: Vec<Choice>,
    /// In percent; `None` without a profile.
    complete: Option<usize>,
    missing: Vec<&'static str>,
    channels: Vec<ShownChannel>,
    has_room: bool,
    kinds: Vec<(&'static str, String)>,
    bands: Vec<(&'static str, String)>,
    /// What was typed into the form for a new channel, if it was refused.
    typed: Fields,
    channel_problems: Problems,
}

/// A channel with what proves it.
#[derive(Debug)]
struct ShownChannel {
    channel: Channel,
    kind: String,
    audience: String,
    proof: Proof,
    /// The name and value of the DNS record; empty for an address without a name.
    record: (String, String),
    tag: String,
}

impl ShownChannel {
    fn of(t: Texts, channel: Channel) -> Self {
        let url = Url::parse(&channel.url).ok();
        let host = url.as_ref().and_then(Url::domain).map(|host| host.trim_start_matches("www.").to_owned());
        let record = host.map(|host| (format!("_rekomi.{host}"), format!("{DNS_PREFIX}{}", channel.code)));
        Self {
            kind: words::channel(t, channel.kind),
            audience: words::audience(t, channel.audience),
            proof: proof(channel.kind),
            record: record.unwrap_or_default(),
            tag: format!("<meta name=\"{TAG_NAME}\" content=\"{}\">", channel.code),
            channel,
        }
    }
}

/// What was refused on the page.
#[derive(Debug, Default)]
pub(super) struct Refusal {
    pub(super) profile: Option<(Fields, Problems)>,
    pub(super) channel: Option<(Fields, Problems)>,
}

/// Shows the page, with what was refused on it.
pub(super) async fn page(state: &AppState, session: &CreatorSession, refusal: Refusal) -> Result<Response> {
    let mut tx = state.db.global(Holder::Creator(session.creator)).await?;
    let profile = store::read(&mut tx, session.creator).await?;
    let channels = channel_store::list(&mut tx, session.creator).await?;
    tx.commit().await?;
    let is_refused = refusal.profile.is_some() || refusal.channel.is_some();
    let page = shown(session, profile.as_ref(), channels, refusal);
    let status = if is_refused { StatusCode::BAD_REQUEST } else { StatusCode::OK };
    Ok((status, Html(page)).into_response())
}

fn shown(session: &CreatorSession, profile: Option<&Profile>, channels: Vec<Channel>, refusal: Refusal) -> ProfilePage {
    let t = session.t;
    let missing = profile.map(|profile| profile.missing(channels.len())).unwrap_or_default();
    let (fields, problems) =
        refusal.profile.unwrap_or_else(|| (profile.map(fields_of).unwrap_or_default(), Problems::default()));
    let (typed, channel_problems) = refusal.channel.unwrap_or_default();
    let choices = |name: &str, all: Vec<(&str, String)>| {
        let selected = fields.all(name);
        let choice =
            |(value, label): (&str, String)| (value.to_owned(), label, selected.iter().any(|one| one == value));
        all.into_iter().map(choice).collect()
    };
    let countries = country::listed(t).iter().map(|listed| (listed.country.code, listed.name.clone()));
    ProfilePage {
        t,
        frame: session.frame(PLACE),
        problems,
        countries: [("", "–".to_owned())].into_iter().chain(countries).collect(),
        languages: choices("languages", words::LANGUAGES.map(|(code, name)| (code, name.to_owned())).to_vec()),
        topics: choices("topics", Topic::ALL.map(|topic| (topic.as_str(), words::topic(t, topic))).to_vec()),
        formats: choices("formats", Format::ALL.map(|format| (format.as_str(), words::format(t, format))).to_vec()),
        earnings: choices("earnings", Earning::ALL.map(|one| (one.as_str(), words::earning(t, one))).to_vec()),
        complete: profile.map(|_| (PARTS - missing.len().min(PARTS)) * 100 / PARTS),
        missing,
        has_room: channels.len() < CHANNELS_MAX,
        channels: channels.into_iter().map(|channel| ShownChannel::of(t, channel)).collect(),
        kinds: ChannelKind::ALL.map(|kind| (kind.as_str(), words::channel(t, kind))).to_vec(),
        bands: AudienceBand::ALL.map(|band| (band.as_str(), words::audience(t, band))).to_vec(),
        typed,
        channel_problems,
        fields,
    }
}

/// `GET /a/network/profile`.
pub async fn show(State(state): State<AppState>, session: CreatorSession) -> std::result::Result<Response, PageError> {
    Ok(page(&state, &session, Refusal::default()).await?)
}

/// `POST /a/network/profile`: saves the profile, or shows all mistakes.
pub async fn save(
    State(state): State<AppState>,
    session: CreatorSession,
    Form(fields): Form<Fields>,
) -> std::result::Result<Response, PageError> {
    let t = session.t;
    let problems = match profile_input::read(t, &fields) {
        Ok(input) => {
            let mut tx = state.db.global(Holder::Creator(session.creator)).await?;
            let taken = || Error::new(StatusCode::CONFLICT, Code::SlugTaken, "Taken.").with_field("handle");
            let saved = store::save(&mut tx, session.creator, &input, state.clock.now()).await;
            match saved.on_constraint(HANDLE_TAKEN, taken) {
                Ok(()) => {
                    tx.commit().await?;
                    return Ok(Flash::done(t.say("creator-profile-saved")).redirect(PLACE));
                }
                Err(error) if error.status() == StatusCode::CONFLICT => {
                    Problems::at("handle", t.say("creator-profile-handle-taken"))
                }
                Err(error) => return Err(error.into()),
            }
        }
        Err(problems) => problems,
    };
    let refusal = Refusal { profile: Some((fields, problems)), ..Refusal::default() };
    Ok(page(&state, &session, refusal).await?)
}
