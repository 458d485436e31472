//! Customer joins that need a decision: shown on the review page, each with a preview of its effect.

use axum::{
    Form,
    extract::{Path, State},
    response::{IntoResponse, Redirect, Response},
};

use super::list::{self, PLACE};
use engine::{
    customer_join::{
        decide,
        preview::preview,
        read,
        store::{self, Filter},
        view::{CustomerJoin, JoinPreview, MovedCommission},
    },
    decision::reason,
};
use identity::{access::session::Session, audit};
use kit::{
    access::role::Right,
    db::TenantTx,
    error::{Error, Result},
    form::Fields,
    page::{
        Html, PageError,
        address::Address,
        zone::{When, Zone},
    },
    state::AppState,
};
use rules::format;

/// Maximum joins shown; the page computes a preview for each.
const ROWS: i64 = 10;

/// Two customers that may be the same person.
#[derive(Debug)]
pub struct JoinRow {
    pub id: String,
    pub at: When,
    /// Id, name and email of each.
    pub customers: Vec<(String, String, Option<String>)>,
    pub sale: Option<(String, String)>,
    pub why: &'static str,
    /// Number of conversions that would be credited differently.
    pub conversions: usize,
    pub changes: Vec<ChangeRow>,
    /// The form's error, and the reason that was typed.
    pub problem: Option<String>,
    pub reason: String,
}

/// What an affiliate would gain or lose.
#[derive(Debug)]
pub struct ChangeRow {
    pub affiliate: (String, String),
    pub before: String,
    pub after: String,
    pub difference: String,
}

/// Loads the newest joins that wait for a decision.
pub async fn load(tx: &mut TenantTx, state: &AppState, zone: &Zone) -> Result<Vec<JoinRow>> {
    let filter = Filter { state: Some("Waiting"), limit: ROWS, ..Filter::default() };
    let mut rows = Vec::new();
    for join in store::list(tx, &filter).await? {
        let preview = preview(tx, state, &join).await?;
        rows.push(JoinRow::of(join, &preview, zone));
    }
    Ok(rows)
}

/// `POST /dashboard/joins/{id}`: decides whether two customers are the same.
///
/// # Errors
/// 404 if the user can't access it, 403 for a viewer, 503 if the database is unavailable. A missing reason is requested
/// next to its field.
pub async fn decide(
    State(state): State<AppState>,
    session: Session,
    Path(id): Path<String>,
    Form(fields): Form<Fields>,
) -> std::result::Result<Response, PageError> {
    let member = session.member(Some(fields.text("organization")), Right::Operate)?;
    let organization = member.organization;
    let same = match fields.raw("decision") {
        "Join" => true,
        "Split" => false,
        _ => return Err(Error::field("decision", "must be Join or Split").into()),
    };
    let reason = match reason::checked(fields.raw("reason")) {
        Ok(reason) => reason,
        Err(error) => {
            let mut page = list::load(&state, &session, organization).await?;
            for row in page.joins.iter_mut().filter(|row| row.id == id) {
                row.problem = Some("Enter a reason of 1 to 1,000 characters. It appears on the receipts.".to_owned());
                fields.raw("reason").clone_into(&mut row.reason);
            }
            return Ok((error.status(), Html(page)).into_response());
        }
    };
    let mut tx = state.db.tenant(organization).await?;
    let join = read::known(&mut tx, &id).await?;
    decide::decide(&mut tx, &state, &[join.id], same, &reason, &member.actor.who).await?;
    let entry = decide::entry(&join, same, &reason);
    audit::record(&mut tx, &member.actor, state.clock.now(), entry).await?;
    tx.commit().await?;
    drop(state.news.send(organization));
    let done = if same { "joined" } else { "split" };
    Ok(Redirect::to(&Address::of(PLACE, organization).with("done", done).to_string()).into_response())
}

fn why(cause: Option<&str>) -> &'static str {
    match cause {
        Some("Credit") => "Joining them changes who is credited with earlier sales.",
        Some("Amount") => "Joining them reduces earlier commissions.",
        Some("Addresses") => {
            "They have more than three email addresses between them, so this ID is probably a placeholder or a shared account."
        }
        Some("Split") => "Joining them would rejoin customers that you split.",
        _ => "Not checked yet.",
    }
}

impl JoinRow {
    fn of(join: CustomerJoin, preview: &JoinPreview, zone: &Zone) -> Self {
        Self {
            id: join.id.to_string(),
            at: zone.when(join.found_at),
            why: why(join.cause),
            customers: join
                .customers
                .into_iter()
                .map(|one| {
                    let email = one.email.filter(|email| *email != one.customer_id);
                    (one.id.to_string(), one.customer_id, email)
                })
                .collect(),
            sale: join.conversion_id.map(|id| id.to_string()).zip(join.external_event_id),
            conversions: preview.conversions.len(),
            changes: preview.commissions.iter().map(ChangeRow::of).collect(),
            problem: None,
            reason: String::new(),
        }
    }
}

impl ChangeRow {
    fn of(moved: &MovedCommission) -> Self {
        let money = |minor| format::money(minor, moved.currency.code());
        Self {
            affiliate: (moved.affiliate_id.to_string(), moved.affiliate_name.clone()),
            before: money(moved.before_cents),
            after: money(moved.after_cents),
            difference: money(moved.difference_cents),
        }
    }
}
