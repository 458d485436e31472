//! `/a/tax`: where affiliates submit their tax form, and see its status.

use axum::{
    Form as Filled,
    extract::{Path, State},
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use payout_core::tax::{
    field::{Given, Mistake, form_day},
    form::{CONSENT, Form, Kind},
    guide::{Advice, Answers, advise},
};
use shared::{
    id::{AffiliateId, OrganizationId},
    timestamp::Timestamp,
};

use super::{
    api::linked,
    gate, keep,
    questions::{self, Input, Section},
    store::{self, Filter, Row, Source, Status},
    submit::{self, Submission},
};
use identity::{
    audit,
    portal::{frame::Frame, session::AffiliateSession},
};
use kit::{
    access::throttle::CostlyAction,
    api::query::Query,
    error::{Error, Result as Answer},
    form::Fields,
    page::{Html, PageError},
    state::AppState,
    text::Texts,
};

pub(super) const PLACE: &str = "/a/tax";
const FORMS_PER_DAY: i64 = 10;
/// The number of forms shown.
const SHOWN: i64 = 20;

#[derive(Debug, askama::Template)]
#[template(path = "tax_portal.html")]
struct TaxPage {
    t: Texts,
    frame: Frame,
    organization: String,
    /// The form in force, or the last one that was rejected or expired.
    now: Option<FormStatusView>,
    waiting: Option<FormStatusView>,
    /// What the brand does without a form.
    without: String,
    history: Vec<FormStatusView>,
    answers: GuideAnswers,
}

/// The guide's questions: the answers, and the advice.
#[derive(Debug)]
struct GuideAnswers {
    us_person: Option<bool>,
    entity: Option<bool>,
    works_in_us: Option<bool>,
    unfinished: bool,
    advice: Option<Advice>,
}

#[derive(Debug)]
struct FormStatusView {
    id: String,
    name: &'static str,
    tone: &'static str,
    status: String,
    /// The meaning of the status, in a sentence.
    description: String,
    signed: String,
    hint: String,
    file: bool,
}

/// `GET /a/tax`.
pub async fn show(
    State(state): State<AppState>,
    session: AffiliateSession,
    mut query: Query,
) -> Result<Response, PageError> {
    let answers = read_answers(&mut query)?;
    let mut tx = state.db.tenant(session.organization).await?;
    let filter = Filter { affiliate: Some(session.affiliate), limit: SHOWN, ..Filter::default() };
    let rows = store::list(&mut tx, &filter).await?;
    let t = session.t;
    let without = gate::withholding_notice(&mut tx, t, &session.organization_name).await?;
    tx.commit().await?;
    let today = state.clock.now().date();
    let of = |status| rows.iter().find(|row| row.status == status);
    let now =
        of(Status::Valid).or_else(|| rows.iter().find(|row| matches!(row.status, Status::Rejected | Status::Expired)));
    let waiting = of(Status::Submitted);
    let page = TaxPage {
        t,
        frame: session.frame(PLACE),
        organization: session.organization_name,
        now: now.map(|row| FormStatusView::of(t, row, today)),
        waiting: waiting.map(|row| FormStatusView::of(t, row, today)),
        without,
        history: rows.iter().map(|row| FormStatusView::of(t, row, today)).collect(),
        answers,
    };
    Ok(Html(page).into_response())
}

fn read_answers(query: &mut Query) -> Answer<GuideAnswers> {
    let mut yes = |name| Ok::<_, Error>(query.one_of(name, &["yes", "no"])?.map(|answer| answer == "yes"));
    let (us_person, entity, works_in_us) = (yes("usPerson")?, yes("entity")?, yes("worksInUs")?);
    let advice = match (us_person, entity, works_in_us) {
        // The other answers don't matter then.
        (Some(true), ..) => Some(advise(Answers { us_person: true, entity: false, works_in_us: false })),
        (Some(us_person), Some(entity), Some(works_in_us)) => Some(advise(Answers { us_person, entity, works_in_us })),
        _ => None,
    };
    let unfinished = advice.is_none() && (us_person.is_some() || entity.is_some() || works_in_us.is_some());
    Ok(GuideAnswers { us_person, entity, works_in_us, unfinished, advice })
}

impl TaxPage {
    /// The message that says who signs a form of this kind.
    const fn whose(kind: &Kind) -> &'static str {
        match kind {
            Kind::W9 => "portal-tax-whose-us",
            Kind::W8ben => "portal-tax-whose-person",
            Kind::W8bene => "portal-tax-whose-entity",
        }
    }
}

impl FormStatusView {
    fn of(t: Texts, row: &Row, today: time::Date) -> Self {
        let (tone, status, description) = match row.status {
            Status::Submitted => ("wait", "portal-tax-waiting", t.say("portal-tax-waiting-hint")),
            Status::Valid if keep::counts(row, today) => {
                let until = row.expires_on.map(|last| t.say("portal-tax-valid-until").with("day", date(t, last)));
                ("good", "portal-tax-valid", until.unwrap_or_else(|| t.say("portal-tax-valid-hint")))
            }
            Status::Valid | Status::Expired => ("bad", "portal-tax-expired", t.say("portal-tax-expired-hint")),
            Status::Rejected => {
                let reason = row.reason.clone().unwrap_or_else(|| t.say("portal-tax-rejected-reason").to_string());
                ("bad", "portal-tax-rejected", t.say("portal-tax-rejected-hint").with("reason", reason))
            }
            Status::Replaced => ("off", "portal-tax-replaced", t.say("portal-tax-replaced-hint")),
        };
        let signed = t.say("portal-tax-signed").with("signed", date(t, row.signed_on));
        Self {
            id: row.id.to_string(),
            name: row.kind.name(),
            tone,
            status: t.say(status).to_string(),
            description: description.to_string(),
            signed: signed.with("submitted", t.date(row.submitted_at)).to_string(),
            hint: row.tin_hint.clone(),
            file: row.file.is_some() && row.sealed_form.is_some(),
        }
    }
}

fn date(t: Texts, day: time::Date) -> String {
    t.date(Timestamp::from_date_time(day.midnight().assume_utc()))
}

#[derive(Debug, askama::Template)]
#[template(path = "tax_form.html")]
struct FormPage {
    t: Texts,
    frame: Frame,
    organization: String,
    kind: Kind,
    sections: Vec<Section>,
    certification: &'static [&'static str],
    consent: &'static str,
    /// Whether a person signs for an entity, with a title.
    titled: bool,
    signature: String,
    title: String,
    today: String,
    mistakes: Vec<Mistake>,
}

impl FormPage {
    fn of(
        session: &AffiliateSession,
        kind: Kind,
        given: &dyn Given,
        mistakes: Vec<Mistake>,
        today: time::Date,
    ) -> Self {
        Self {
            t: session.t,
            frame: session.frame(PLACE),
            organization: session.organization_name.clone(),
            kind,
            sections: questions::guided(kind, given, &mistakes),
            certification: kind.certification(),
            consent: CONSENT,
            titled: kind != Kind::W8ben,
            signature: given.value("signature").unwrap_or_default().to_owned(),
            title: given.value("signatureTitle").unwrap_or_default().to_owned(),
            today: form_day(today),
            mistakes,
        }
    }

    fn problem(&self, field: &str) -> Option<&str> {
        self.mistakes.iter().find(|mistake| mistake.field == field).map(|mistake| mistake.message.as_str())
    }
}

/// Parses the form's name in the URL.
pub(super) fn kind(text: &str) -> Answer<Kind> {
    Kind::ALL.into_iter().find(|kind| kind.name().eq_ignore_ascii_case(text)).ok_or_else(Error::not_found)
}

/// `GET /a/tax/{kind}`, such as `w-9`.
///
/// # Errors
/// 404 for an unknown form.
pub async fn form(
    State(state): State<AppState>,
    session: AffiliateSession,
    Path(text): Path<String>,
) -> Result<Response, PageError> {
    let (kind, today) = (kind(&text)?, state.clock.now().date());
    let known = Fields::from_iter([("name", session.name.clone())]);
    Ok(Html(FormPage::of(&session, kind, &known.pairs(), Vec::new(), today)).into_response())
}

/// `POST /a/tax/{kind}`: signs the form, which counts immediately.
///
/// # Errors
/// 404 for an unknown form; 503 if the database or the file storage is unavailable.
pub async fn sign(
    State(state): State<AppState>,
    session: AffiliateSession,
    Path(text): Path<String>,
    Filled(fields): Filled<Fields>,
) -> Result<Response, PageError> {
    let (kind, today) = (kind(&text)?, state.clock.now().date());
    let form = match Form::read(kind, &fields.pairs(), today) {
        Ok(form) => form,
        Err(mistakes) => {
            let page = FormPage::of(&session, kind, &fields.pairs(), mistakes, today);
            return Ok((StatusCode::BAD_REQUEST, Html(page)).into_response());
        }
    };
    if let Some(mistake) = too_many(&state, &session, "signature").await? {
        let page = FormPage::of(&session, kind, &fields.pairs(), vec![mistake], today);
        return Ok((StatusCode::TOO_MANY_REQUESTS, Html(page)).into_response());
    }
    let file = submit::print(&state, session.organization, session.affiliate, &form).await?;
    given(&state, &session, &Submission { affiliate: session.affiliate, form: &form, file, source: Source::Guided })
        .await?;
    Ok(Redirect::to("/a/tax").into_response())
}

/// Returns a field's error if the affiliate can't submit another form today: each is printed, stored, and read by a
/// person.
pub(super) async fn too_many(
    state: &AppState,
    session: &AffiliateSession,
    field: &'static str,
) -> Answer<Option<Mistake>> {
    let (whose, now) = (session.affiliate.to_string(), state.clock.now());
    let mut is_over = !state.throttle.admit_costly(CostlyAction::TaxForm, &whose, state.clock.wall());
    if !is_over {
        let mut tx = state.db.tenant(session.organization).await?;
        let filter = Filter { affiliate: Some(session.affiliate), limit: FORMS_PER_DAY, ..Filter::default() };
        let rows = store::list(&mut tx, &filter).await?;
        tx.commit().await?;
        let given = rows.iter().filter(|row| row.submitted_at > now.plus_days(-1)).count();
        is_over = i64::try_from(given).is_ok_and(|given| given >= FORMS_PER_DAY);
    }
    let message = || session.t.say("portal-tax-too-many").to_string();
    Ok(is_over.then(|| Mistake { field, message: message() }))
}

/// Stores a form that an affiliate submits.
pub(super) async fn given(state: &AppState, session: &AffiliateSession, submission: &Submission<'_>) -> Answer<()> {
    let mut tx = state.db.tenant(session.organization).await?;
    submit::submit(&mut tx, state, submission, &session.actor).await?;
    tx.commit().await?;
    // No one listening is fine.
    drop(state.news.send(session.organization));
    Ok(())
}

/// `POST /a/tax/forms/{id}/file`: redirects to the PDF of the affiliate's own form.
///
/// # Errors
/// 404 for another affiliate's form.
pub async fn file(
    State(state): State<AppState>,
    session: AffiliateSession,
    Path(id): Path<String>,
) -> Result<Response, PageError> {
    let (organization, own): (OrganizationId, AffiliateId) = (session.organization, session.affiliate);
    let mut tx = state.db.tenant(organization).await?;
    let row = super::api::found(&mut tx, &id).await?;
    if row.affiliate != own {
        return Err(Error::not_found().into());
    }
    let (link, entry) = linked(&mut tx, &state, &id, &session.actor.who).await?;
    audit::record(&mut tx, &session.actor, state.clock.now(), entry).await?;
    tx.commit().await?;
    Ok(Redirect::to(&link.url).into_response())
}
