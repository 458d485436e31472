//! An affiliate's own code: chosen by them in the portal, if the program allows it.
//!
//! What an affiliate says must not move money. A chosen code credits sales only once the gateway has confirmed that
//! it created the code, and only sales from then on: before that, the same code may be one of the brand's own.

use shared::{
    id::{AffiliateId, ProgramId},
    timestamp::Timestamp,
};

use super::{
    change,
    gateway::{self, CHOICES_PER_DAY},
    gateway_store,
    view::{Coupon, CouponSales},
};
use crate::discount::store::{self as discounts, Discount};
use engine::book;
use kit::{
    db::TenantTx,
    error::{Code, Error, Result},
    state::AppState,
};
use rules::coupon::choice;

/// Why an affiliate can't have a code.
#[derive(Debug)]
pub enum NotChosen {
    /// The program has no discount now, doesn't let affiliates choose, or isn't theirs.
    NotOffered,
    /// They have one in this program already.
    HasOne,
    /// They requested too many today.
    TooMany,
    Misspelled,
    Reserved,
    /// Another coupon has it.
    Taken,
    Failed(Error),
}

impl From<Error> for NotChosen {
    fn from(error: Error) -> Self {
        if error.body().code == Code::CouponTaken { Self::Taken } else { Self::Failed(error) }
    }
}

impl From<sqlx::Error> for NotChosen {
    fn from(error: sqlx::Error) -> Self {
        Self::Failed(error.into())
    }
}

/// Requests a code for an affiliate. `brand` are names that the code must not take. One that the gateway refused is
/// replaced.
///
/// # Errors
/// [`NotChosen`]; the caller must roll back then.
pub async fn choose(
    tx: &mut TenantTx,
    state: &AppState,
    (affiliate, program): (AffiliateId, ProgramId),
    code: &str,
    brand: &[&str],
) -> std::result::Result<Coupon, NotChosen> {
    let (now, code) = (state.clock.now(), code.trim());
    choice::check(code, brand).map_err(|refusal| match refusal {
        choice::Refusal::Spelling => NotChosen::Misspelled,
        choice::Refusal::Reserved => NotChosen::Reserved,
    })?;
    book::store::lock(tx).await?;
    let is_offered = |discount: &Discount| discount.affiliates_choose && discount.is_open(now);
    let discount = discounts::current(tx, program).await?.filter(is_offered).ok_or(NotChosen::NotOffered)?;
    if !gateway_store::takes_part(tx, affiliate, program).await? {
        return Err(NotChosen::NotOffered);
    }
    let choices = gateway_store::choices(tx, affiliate, program, now).await?;
    if choices.current.is_some() {
        return Err(NotChosen::HasOne);
    }
    if choices.recent >= CHOICES_PER_DAY {
        return Err(NotChosen::TooMany);
    }
    if let Some(refused) = choices.refused {
        change::retire(tx, state, refused).await?;
    }
    let coupon = new(state, (affiliate, program), code.to_ascii_uppercase(), now);
    gateway::request(tx, &coupon, &discount, true, now).await?;
    Ok(coupon)
}

fn new(
    state: &AppState,
    (affiliate_id, program_id): (AffiliateId, ProgramId),
    code: String,
    created_at: Timestamp,
) -> Coupon {
    Coupon {
        id: state.new_id(),
        program_id,
        affiliate_id,
        code,
        overrides_click_attribution: true,
        external_id: None,
        discount: None,
        gateway: None,
        sold: CouponSales::default(),
        archived_at: None,
        created_at,
    }
}

/// As [`choose`], for callers whose errors are [`Error`].
///
/// # Errors
/// What isn't about the code.
pub fn failure(refusal: NotChosen) -> Result<NotChosen> {
    match refusal {
        NotChosen::Failed(error) => Err(error),
        refusal => Ok(refusal),
    }
}
