//! Doors that only `REKOMI_ENV=dev` and `test` have; elsewhere they answer 404 like any path that isn't there.

use axum::{Json, extract::State};
use serde::Deserialize;
use serde_json::{Value, json};

use super::upkeep;
use crate::{
    api::body::JsonBody,
    error::{Error, Result},
    state::AppState,
};

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Advance {
    advance_days: i64,
}

/// `POST /dev/clock`: moves the business clock ahead, and sees to what the new date needs.
pub async fn advance_clock(State(state): State<AppState>, body: JsonBody<Advance>) -> Result<Json<Value>> {
    open_in_development(&state)?;
    let days = body.value.advance_days;
    if !(0..=3_650).contains(&days) {
        return Err(Error::field("advanceDays", "must be a whole number from 0 to 3650"));
    }
    let now = state.clock.advance_days(days);
    upkeep::make_partitions(&state.db, now).await?;
    read_clock(State(state)).await
}

/// `GET /dev/clock`.
pub async fn read_clock(State(state): State<AppState>) -> Result<Json<Value>> {
    open_in_development(&state)?;
    let (now, wall) = (state.clock.now(), state.clock.wall());
    let ahead_days = (now.millis() - wall.millis()).div_euclid(86_400_000);
    Ok(Json(json!({"now": now.to_string(), "wall": wall.to_string(), "aheadDays": ahead_days})))
}

/// `GET /dev/mailbox`: what was mailed. Nothing mails yet, so it is empty.
pub async fn mailbox(State(state): State<AppState>) -> Result<Json<Value>> {
    open_in_development(&state)?;
    Ok(Json(json!({"data": []})))
}

fn open_in_development(state: &AppState) -> Result<()> {
    if state.config.environment.is_development() { Ok(()) } else { Err(Error::not_found()) }
}
