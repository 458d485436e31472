//! The coupons on `/a/links`, and `POST /a/coupons`: an affiliate chooses a code of their own.

use axum::{
    Form,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use shared::{id::ProgramId, timestamp::Timestamp};

use super::{
    coupons_store::{self, Choosable, Code},
    links::{self, Builder},
};
use identity::{audit, portal::session::AffiliateSession};
use kit::{
    api::query::Query,
    db::TenantTx,
    error::{Error, Result},
    form::{Fields, Problems},
    page::{Html, PageError, zone::Zone},
    state::AppState,
    text::Texts,
};
use programs::{
    coupon::{
        api,
        own::{self, NotChosen},
    },
    discount::words,
};
use rules::coupon::choice::{self, LENGTH};

/// The affiliate's coupons, and what they may choose.
#[derive(Debug)]
pub struct Coupons {
    pub codes: Vec<CodeView>,
    pub choices: Vec<ChoiceView>,
}

#[derive(Debug)]
pub struct CodeView {
    pub code: String,
    pub program: String,
    /// What customers save.
    pub discount: Option<String>,
    /// What is wrong, or still to come; such a code isn't offered for copying.
    pub pending: Option<String>,
}

/// The form for a code of one's own.
#[derive(Debug)]
pub struct ChoiceView {
    pub program_id: String,
    /// The field's name, because a page may have several such forms.
    pub field: String,
    pub program: String,
    pub discount: String,
    /// What was entered, or else a suggestion.
    pub code: String,
    pub problems: Problems,
}

impl CodeView {
    /// `None` for a code that only concerns the brand.
    fn of(t: Texts, zone: &Zone, code: Code) -> Option<Self> {
        let pending = match code.status.as_deref() {
            None | Some("active") => None,
            Some("waiting") => Some(t.say("portal-coupons-waiting").to_string()),
            Some("refused") if code.chosen => Some(t.say("portal-coupons-refused").to_string()),
            Some(_) => return None,
        };
        let discount = code.terms.map(|terms| words::of(t, terms, zone));
        Some(Self { code: code.code, program: code.program_name, discount, pending })
    }
}

impl ChoiceView {
    fn of(t: Texts, zone: &Zone, slug: &str, one: &Choosable) -> Self {
        let size = one.terms.off.percent().unwrap_or_default();
        Self {
            program_id: one.program.to_string(),
            field: field(one.program),
            program: one.program_name.clone(),
            discount: words::of(t, one.terms, zone),
            code: choice::suggest(slug, &size, &[&one.program_name, &one.program_slug]),
            problems: Problems::default(),
        }
    }
}

fn field(program: ProgramId) -> String {
    format!("code-{program}")
}

/// Loads the coupons; `slug` is the affiliate's.
pub async fn load(tx: &mut TenantTx, session: &AffiliateSession, slug: &str, now: Timestamp) -> Result<Coupons> {
    let (t, zone) = (session.t, &session.zone);
    let codes = coupons_store::codes(tx, session.affiliate).await?;
    let choosable = coupons_store::choosable(tx, session.affiliate, now).await?;
    Ok(Coupons {
        codes: codes.into_iter().filter_map(|code| CodeView::of(t, zone, code)).collect(),
        choices: choosable.iter().map(|one| ChoiceView::of(t, zone, slug, one)).collect(),
    })
}

/// # Errors
/// 404 for an unknown program; other mistakes are shown at the code.
pub async fn submit(
    State(state): State<AppState>,
    session: AffiliateSession,
    Form(fields): Form<Fields>,
) -> std::result::Result<Response, PageError> {
    let program = fields.text("program");
    let program_id: ProgramId = program.parse().map_err(|_| Error::not_found())?;
    let code = fields.text(&field(program_id));
    let problem = match choose(&state, &session, program_id, code).await {
        Ok(()) => return Ok(Redirect::to("/a/links?done=code#coupons").into_response()),
        Err(refusal) => message(session.t, own::failure(refusal)?),
    };
    let mut page = links::load(&state, &session, Query::default(), Builder::default()).await?;
    let form = page.coupons.choices.iter_mut().find(|choice| choice.program_id == program);
    let Some(form) = form else { return Err(Error::field("code", problem).into()) };
    form.code = code.to_owned();
    form.problems = Problems::at(&form.field, problem);
    Ok((StatusCode::BAD_REQUEST, Html(page)).into_response())
}

async fn choose(
    state: &AppState,
    session: &AffiliateSession,
    program: ProgramId,
    code: &str,
) -> std::result::Result<(), NotChosen> {
    let mut tx = state.db.tenant(session.organization).await?;
    let offered = coupons_store::choosable(&mut tx, session.affiliate, state.clock.now()).await?;
    let offered = offered.iter().find(|one| one.program == program);
    let names: Vec<&str> = offered
        .iter()
        .flat_map(|one| [one.program_name.as_str(), one.program_slug.as_str()])
        .chain([session.organization_name.as_str()])
        .collect();
    let coupon = own::choose(&mut tx, state, (session.affiliate, program), code, &names).await?;
    audit::record(&mut tx, &session.actor, state.clock.now(), api::entry(&coupon)).await?;
    tx.commit().await?;
    drop(state.news.send(session.organization));
    Ok(())
}

fn message(t: Texts, refusal: NotChosen) -> String {
    let (least, most) = LENGTH;
    match refusal {
        NotChosen::NotOffered => t.say("portal-coupons-not-offered"),
        NotChosen::HasOne => t.say("portal-coupons-has-one"),
        NotChosen::TooMany => t.say("portal-coupons-too-many"),
        NotChosen::Misspelled => t.say("portal-coupons-misspelled").with("least", least).with("most", most),
        NotChosen::Reserved => t.say("portal-coupons-reserved"),
        NotChosen::Taken | NotChosen::Failed(_) => t.say("portal-coupons-taken"),
    }
    .to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(status: Option<&str>, chosen: bool) -> Option<CodeView> {
        let code = Code {
            code: "LAUREN20".to_owned(),
            program_name: "Partners".to_owned(),
            terms: None,
            status: status.map(str::to_owned),
            chosen,
        };
        CodeView::of(Texts::default(), &Zone::utc(), code)
    }

    #[test]
    fn only_working_codes_are_offered() {
        assert!(code(None, false).unwrap().pending.is_none());
        assert!(code(Some("active"), true).unwrap().pending.is_none());
        assert!(code(Some("waiting"), false).unwrap().pending.is_some());
        assert!(code(Some("refused"), true).unwrap().pending.is_some());
        assert!(code(Some("refused"), false).is_none(), "the brand has to act");
    }
}
