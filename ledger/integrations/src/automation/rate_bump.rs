//! `POST /api/v1/automations/rate-bump`: gives one affiliate a higher rate from a given date.

use axum::{extract::State, http::StatusCode, response::Response};
use serde::Serialize;
use serde_json::json;
use shared::{
    id::{AffiliateId, ProgramId},
    timestamp::Timestamp,
};
use utoipa::ToSchema;

use super::{
    call::Call,
    response::{NumberOrText, Outcome, Why},
    store::{self, Bump},
};
use engine::book;
use identity::{access::api_key::AutomationKey, api::write::Write, audit::Entry};
use kit::{
    api::{
        document::{ErrorSchema, Refused},
        idempotency::IdempotencyKey,
        text::checked,
        view::Affiliate,
    },
    error::{Error, Result},
    state::AppState,
};
use programs::{
    affiliate::store as affiliate_store,
    link::create::program_in_use,
    program::{
        affiliate_override::{self, Theirs},
        plan_store,
        plan_view::Plan,
        plans,
        rate_increase::{Raise, Unraised},
    },
};
use rules::commission::{compute::percent, period::plus_months, plan::Scope};

const KEY_MAX: usize = 100;
const MONTHS_MAX: i64 = 120;

/// The affiliate and their new rate. Send JSON, a form or query parameters. Unknown fields are ignored.
#[derive(Debug, ToSchema)]
#[schema(as = AutomationRateBump, rename_all = "camelCase", example = json!({
    "email": "lauren@creators.test", "programId": "prog_01kdvdna00fnwvvrwp1y42fmbq", "ratePercent": "25", "months": 6
}))]
#[expect(dead_code, reason = "describes what `call` reads")]
pub struct BumpCall {
    /// The affiliate's email, in upper or lower case, with or without spaces around it. An empty value returns
    /// `skipped`.
    #[schema(required)]
    email: Option<String>,
    program_id: String,
    /// The new rate in percent, for a plan that pays a single rate: a decimal with at most four places. An affiliate
    /// whose rate is already as high keeps it.
    #[schema(value_type = Option<NumberOrText>)]
    rate_percent: Option<NumberOrText>,
    /// Alternatively, percentage points to add to each rate of their plan, up to 100%. Requires `key`.
    #[schema(value_type = Option<NumberOrText>)]
    add_percent: Option<NumberOrText>,
    /// Your name for this rate bump, up to 100 characters. An affiliate gets only one bump per name in a program, ever.
    key: Option<String>,
    /// When the bump starts. Defaults to now, as does a time in the past.
    #[schema(format = DateTime)]
    effective_at: Option<String>,
    /// When the bump ends and the previous rates apply again. Without `endsAt` and `months`, it never ends.
    #[schema(format = DateTime)]
    ends_at: Option<String>,
    /// Alternatively, the number of months after which the bump ends: 1 to 120.
    #[schema(value_type = Option<NumberOrText>)]
    months: Option<NumberOrText>,
}

/// The result of the request.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = AutomationRateBumpResult)]
pub struct BumpResult {
    #[serde(flatten)]
    outcome: Outcome,
    /// The affiliate's custom plan version that the bump created, now or when this `key` was first used.
    #[schema(required)]
    plan: Option<Plan>,
    /// When the bump ends, if this request created it.
    #[schema(value_type = Option<String>, required, format = DateTime, example = "2027-05-20T08:30:00Z")]
    ends_at: Option<Timestamp>,
}

/// Raise an affiliate's rate
///
/// Creates a custom plan for one affiliate, effective from a given date: the plan that applies to them at that time
/// (the program's, their segment's or their own), with a higher rate. `result` is `raised`, `already` (their rate is as
/// high, or this `key` was used before), `unknown` or `skipped`, each with status 200. As with every plan, customers
/// stay bound to the version of their first sale.
#[utoipa::path(post, path = "/api/v1/automations/rate-bump", tag = "Automations", operation_id = "createRateBump",
    params(IdempotencyKey),
    request_body = BumpCall,
    responses(
        (status = 200, description = "The result", body = BumpResult),
        (status = 404, description = "The program doesn't exist", body = ErrorSchema),
        Refused))]
pub async fn bump(
    State(state): State<AppState>,
    AutomationKey(key): AutomationKey,
    idempotency: IdempotencyKey,
    call: Call,
) -> Result<Response> {
    let (wish, email) = (Wish::read(&call)?, call.email()?);
    let mut write = Write::begin(&state, &key, idempotency.with(call.digest)).await?;
    program_in_use(&mut write.tx, wish.program).await?;
    let email = match email {
        Ok(email) => email,
        Err(why) => return write.unchanged(StatusCode::OK, &skipped(why, None)).await,
    };
    book::store::lock(&mut write.tx).await?;
    let found = affiliate_store::with_email(&mut write.tx, &email, state.clock.now()).await?;
    let Some(affiliate) = found else {
        return write.unchanged(StatusCode::OK, &skipped(Why::Nobody, None)).await;
    };
    let (result, raised) = raise(&mut write, &state, &wish, &affiliate).await?;
    if !raised {
        return write.unchanged(StatusCode::OK, &result).await;
    }
    let after = json!({"plan": result.plan, "key": wish.key, "endsAt": result.ends_at});
    write.audit(Entry::new("affiliate.rate_raised", affiliate.id).after(after)).await?;
    write.answer(StatusCode::OK, &result).await
}

/// Returns the answer and whether anything was written.
async fn raise(
    write: &mut Write<'_>,
    state: &AppState,
    wish: &Wish,
    affiliate: &Affiliate,
) -> Result<(BumpResult, bool)> {
    let now = state.clock.now();
    let already = |plan| BumpResult { outcome: Outcome::of("already", affiliate.id), plan, ends_at: None };
    let named = wish.key.as_deref().map(|key| Bump { affiliate: affiliate.id, program: wish.program, key });
    if let Some(named) = named
        && let Some(version) = store::bump(&mut write.tx, named).await?
    {
        let plan = plans::one(&mut write.tx, wish.program, version, now).await?;
        return Ok((already(Some(plan)), false));
    }
    let note = wish.note();
    let theirs =
        Theirs { program: wish.program, affiliate: affiliate.id, segment: affiliate.segment.as_deref(), note: &note };
    let starts = match wish.from.filter(|from| *from > now) {
        Some(from) => vec![from],
        None => starts(write, state, wish.program, affiliate.id).await?,
    };
    let mut raised = (Err(Unraised::NoPlan), None);
    for from in starts {
        let until = wish.until(from);
        if until.is_some_and(|until| until <= now || until <= from.plus_millis(SHORTEST_MS)) {
            return Ok((skipped(Why::Ended, Some(affiliate.id)), false));
        }
        raised = (affiliate_override::raise(&mut write.tx, state, theirs, (from, until), wish.raise).await?, until);
        if !matches!(raised.0, Err(Unraised::NoPlan)) {
            break;
        }
    }
    let (plan, until) = match raised {
        (Ok(Some(plan)), until) => (plan, until),
        (Ok(None), _) => return Ok((already(None), false)),
        (Err(why), _) => return Ok((skipped(of(why), Some(affiliate.id)), false)),
    };
    if let Some(named) = named {
        store::insert_bump(&mut write.tx, named, plan.id, until, now).await?;
    }
    let outcome = Outcome::of("raised", affiliate.id);
    Ok((BumpResult { outcome, plan: Some(plan), ends_at: until }, true))
}

/// The minimum duration of a bump; a shorter one is skipped.
const SHORTEST_MS: i64 = 60_000;

/// The start times to try for a bump that begins now. It starts at the wall clock's time, which sales carry (the
/// development clock doesn't move it), unless a sale or the program's start came after it.
async fn starts(
    write: &mut Write<'_>,
    state: &AppState,
    program: ProgramId,
    affiliate: AffiliateId,
) -> Result<Vec<Timestamp>> {
    let (wall, now, scope) = (state.clock.wall(), state.clock.now(), Scope::Affiliate(affiliate));
    let sold = plan_store::has_happened_since(&mut write.tx, program, &scope, wall).await?;
    Ok(if sold { vec![now] } else { vec![wall, now] })
}

const fn skipped(why: Why, affiliate: Option<AffiliateId>) -> BumpResult {
    BumpResult { outcome: Outcome::because(why, affiliate), plan: None, ends_at: None }
}

const fn of(why: Unraised) -> Why {
    match why {
        Unraised::NoPlan => Why::NoPlan,
        Unraised::NoRate => Why::NoRate,
        Unraised::SeveralRates => Why::SeveralRates,
    }
}

/// The settings that the brand sent with the request.
#[derive(Debug)]
struct Wish {
    program: ProgramId,
    raise: Raise,
    key: Option<String>,
    from: Option<Timestamp>,
    ends_at: Option<Timestamp>,
    months: Option<u32>,
}

impl Wish {
    fn read(call: &Call) -> Result<Self> {
        let key = call.text("key")?.map(|key| checked("key", &key, KEY_MAX)).transpose()?;
        let raise = match (call.percent("ratePercent")?, call.percent("addPercent")?) {
            (Some(rate), None) => Raise::To(rate),
            (None, Some(_)) if key.is_none() => {
                let message = "key is required with addPercent, so that repeated calls add the points only once";
                return Err(Error::field("key", message));
            }
            (None, Some(points)) => Raise::By(points),
            _ => return Err(Error::field("ratePercent", "send either ratePercent or addPercent")),
        };
        let months = call.whole("months")?;
        let months = months.map(|months| kit::api::text::within("months", months, 1, MONTHS_MAX)).transpose()?;
        let ends_at = call.moment("endsAt")?;
        if months.is_some() && ends_at.is_some() {
            return Err(Error::field("months", "send either months or endsAt, not both"));
        }
        let months = months.and_then(|months| u32::try_from(months).ok());
        Ok(Self { program: call.program()?, raise, key, from: call.moment("effectiveAt")?, ends_at, months })
    }

    fn until(&self, from: Timestamp) -> Option<Timestamp> {
        self.months.map(|months| plus_months(from, months)).or(self.ends_at)
    }

    fn note(&self) -> String {
        let what = match self.raise {
            Raise::To(rate) => format!("Raised to {}%", percent(rate)),
            Raise::By(points) => format!("Raised by {} percentage points", percent(points)),
        };
        self.key.as_deref().map_or_else(|| what.clone(), |key| format!("{what} ({key})"))
    }
}
