//! `POST /api/v1/automations/release`: makes commissions payable now if only their hold period keeps them from it. They
//! are found by the affiliate's email, or by the email of a customer or lead whom an affiliate referred.

use axum::{extract::State, http::StatusCode, response::Response};
use serde::Serialize;
use shared::id::{AffiliateId, CustomerId};
use utoipa::ToSchema;

use super::{
    call::Call,
    response::{Outcome, Why},
    store,
};
use engine::decision::{
    reason,
    release::{self, Released},
    store::{Whose, buyer},
};
use identity::{access::api_key::AutomationKey, api::write::Write};
use kit::{
    api::{document::Refused, idempotency::IdempotencyKey},
    db::TenantTx,
    error::{Error, Result},
    state::AppState,
};
use programs::affiliate::store as affiliate_store;
use rules::customer::mailbox::email_key;

const USUAL_REASON: &str = "Released early by an automation";

/// The person whose commissions to release. Send JSON, a form or query parameters. Unknown fields are ignored.
#[derive(Debug, ToSchema)]
#[schema(as = AutomationRelease, rename_all = "camelCase",
    example = json!({"email": "buyer@northwind.test", "who": "customer", "reason": "Demo booked"}))]
#[expect(dead_code, reason = "describes what `call` reads")]
pub struct ReleaseCall {
    /// The person's email, in upper or lower case, with or without spaces around it. An empty value returns `skipped`.
    /// Not required with `customerId`.
    email: Option<String>,
    /// Whose email it is: an `affiliate` (default), or a `customer` (or lead) whom an affiliate referred.
    who: Option<String>,
    /// Instead of an email: the customer's id in your system or your gateway, or `cus_…`.
    customer_id: Option<String>,
    /// Which commissions to release: those on this `customer` (default), or all of the `affiliate` who referred them.
    reach: Option<String>,
    /// The reason, shown on the receipt: up to 1000 characters.
    reason: Option<String>,
}

/// The result of the request.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = AutomationReleaseResult)]
pub struct ReleaseResult {
    /// `affiliateId` is the affiliate, or the one who referred the customer (the latest if there are several).
    #[serde(flatten)]
    outcome: Outcome,
    #[serde(flatten)]
    released: Released,
}

/// Release commissions by email
///
/// Approves a person's Pending commissions immediately instead of after their hold, unless a review or dispute holds
/// them. `result` is `released`, `nothing`, `unknown` or `skipped`, each with status 200. Later commissions wait as
/// usual. Affiliates who aren't approved are skipped.
#[utoipa::path(post, path = "/api/v1/automations/release", tag = "Automations", operation_id = "releaseLead",
    params(IdempotencyKey),
    request_body = ReleaseCall,
    responses(
        (status = 200, description = "The result, with the amounts that became payable", body = ReleaseResult),
        Refused))]
pub async fn release(
    State(state): State<AppState>,
    AutomationKey(key): AutomationKey,
    idempotency: IdempotencyKey,
    call: Call,
) -> Result<Response> {
    let reason = reason::checked(call.text("reason")?.as_deref().unwrap_or(USUAL_REASON))?;
    let by = By::read(&call)?;
    let mut tx = key.reader(&state).await?;
    let found = find(&mut tx, &state, by).await?;
    tx.end();
    let found = match found {
        Ok(found) => found,
        Err(why) => {
            let write = Write::begin(&state, &key, idempotency.with(call.digest)).await?;
            let result = ReleaseResult { outcome: Outcome::because(why, None), released: Released::default() };
            return write.unchanged(StatusCode::OK, &result).await;
        }
    };
    let idempotency = idempotency.with(call.digest);
    let (mut write, released) = release::sweep(&state, &key, idempotency, &found.whose, &reason).await?;
    let outcome = Outcome::of(if released.released == 0 { "nothing" } else { "released" }, found.affiliate);
    let result = ReleaseResult { outcome, released };
    if result.released.released == 0 {
        return write.unchanged(StatusCode::OK, &result).await;
    }
    write.audit(release::entry(found.target, &reason, &result.released)).await?;
    write.answer(StatusCode::OK, &result).await
}

/// How the request identifies the person it is about.
#[derive(Debug)]
enum By {
    Nothing(Why),
    Affiliate(String),
    Customer { who: Customer, all_of_theirs: bool },
}

#[derive(Debug)]
enum Customer {
    Email(String),
    Id(String),
}

impl By {
    fn read(call: &Call) -> Result<Self> {
        let word = |path: &str, words: [&'static str; 2]| {
            call.read(path, &words.join(" or "), |text| words.into_iter().position(|word| word == text))
        };
        let of_customer = word("who", ["affiliate", "customer"])?;
        let all_of_theirs = word("reach", ["customer", "affiliate"])?.unwrap_or(0) == 1;
        if let Some(id) = call.text("customerId")? {
            return Ok(Self::Customer { who: Customer::Id(id), all_of_theirs });
        }
        let named = call.has("customerId");
        if named && !call.has("email") && !call.has("contact.email") {
            return Ok(Self::Nothing(Why::Nobody));
        }
        let is_customer = of_customer.map_or(named, |at| at == 1);
        if all_of_theirs && !is_customer {
            let message = "reach only applies with who: customer. An affiliate's commissions are all released";
            return Err(Error::field("reach", message));
        }
        Ok(match call.email()? {
            Err(why) => Self::Nothing(why),
            Ok(email) if is_customer => Self::Customer { who: Customer::Email(email), all_of_theirs },
            Ok(email) => Self::Affiliate(email),
        })
    }
}

/// The commissions to release.
#[derive(Debug)]
struct Found {
    affiliate: AffiliateId,
    /// The id that the audit log names.
    target: String,
    whose: Vec<Whose>,
}

async fn find(tx: &mut TenantTx, state: &AppState, by: By) -> Result<std::result::Result<Found, Why>> {
    let (who, all_of_theirs) = match by {
        By::Nothing(why) => return Ok(Err(why)),
        By::Affiliate(email) => {
            let found = affiliate_store::with_email(tx, &email, state.clock.now()).await?;
            return Ok(match found {
                None => Err(Why::Nobody),
                Some(affiliate) if affiliate.status != "Approved" => Err(Why::NotApproved),
                Some(affiliate) => Ok(Found {
                    affiliate: affiliate.id,
                    target: affiliate.id.to_string(),
                    whose: vec![Whose::Affiliate(affiliate.id)],
                }),
            });
        }
        By::Customer { who, all_of_theirs } => (who, all_of_theirs),
    };
    let people: Vec<CustomerId> = match &who {
        Customer::Id(id) => buyer(tx, id).await?.into_iter().collect(),
        Customer::Email(email) => store::people(tx, email, &email_key(email)).await?,
    };
    let Some(first) = people.first() else { return Ok(Err(Why::Nobody)) };
    let referrers = store::referrers(tx, &people).await?;
    if referrers.is_empty() {
        return Ok(Err(Why::NotReferred));
    }
    let approved: Vec<AffiliateId> = referrers.iter().filter(|one| one.is_approved).map(|one| one.affiliate).collect();
    let Some(latest) = approved.first().copied() else { return Ok(Err(Why::NotApproved)) };
    Ok(Ok(if all_of_theirs {
        Found { affiliate: latest, target: latest.to_string(), whose: vec![Whose::Affiliate(latest)] }
    } else {
        let pairs = people.iter().flat_map(|person| approved.iter().map(|one| Whose::Buyer(*person, Some(*one))));
        Found { affiliate: latest, target: first.to_string(), whose: pairs.collect() }
    }))
}
