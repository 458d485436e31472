//! `/dashboard/commissions/{id}`: the receipt for people.

use axum::{
    extract::{Path, State},
    response::{IntoResponse, Response},
};
use shared::{id::CommissionId, timestamp::Timestamp};

use super::{receipt::Receipt, store, words, write};
use crate::{
    access::session::Session,
    error::Error,
    page::{Html, PageError, format, frame::Frame},
    state::AppState,
};

#[derive(Debug, askama::Template)]
#[template(path = "receipt.html")]
struct ReceiptPage {
    frame: Frame,
    receipt: Receipt,
    /// The status as a CSS class.
    tone: &'static str,
}

impl ReceiptPage {
    fn money(&self, minor: &i64) -> String {
        format::money(*minor, self.receipt.currency.code())
    }

    fn money_of(minor: &i64, currency: &shared::money::Currency) -> String {
        format::money(*minor, currency.code())
    }

    fn when(at: &crate::api::view::Moment) -> String {
        words::moment(at.0)
    }

    fn iso(at: &crate::api::view::Moment) -> Timestamp {
        at.0
    }
}

/// `GET /dashboard/commissions/{id}`, whichever of the person's organizations it is of.
///
/// # Errors
/// 404 for what is not the person's; 503 where the database is away.
pub async fn show(
    State(state): State<AppState>,
    session: Session,
    Path(id): Path<String>,
) -> Result<Response, PageError> {
    let id: CommissionId = id.parse().map_err(|_| Error::not_found())?;
    let mut tx = state.db.tenants(session.memberships.iter().map(|(own, _)| *own).collect()).await?;
    let organization = store::owner(&mut tx, id).await?.ok_or_else(Error::not_found)?;
    tx.commit().await?;
    let mut tx = state.db.tenant(organization).await?;
    let facts = store::facts(&mut tx, organization, id, state.clock.now()).await?.ok_or_else(Error::not_found)?;
    tx.commit().await?;
    let receipt = write::receipt(&facts);
    let tone = match receipt.status {
        "Approved" | "Paid" => "good",
        "Pending" => "wait",
        _ => "off",
    };
    let frame = Frame::gather(&state, &session, organization, "/dashboard").await?;
    Ok(Html(ReceiptPage { frame, receipt, tone }).into_response())
}
