//! Codes for all affiliates of a program at once: who has none yet gets one, named after them. Each is created like a
//! single coupon, and the job that creates codes at the gateway takes them one after the other.

use shared::{
    id::{AffiliateId, ProgramId},
    timestamp::Timestamp,
};

use super::{
    api, gateway,
    gateway_store::{self, Nameless},
    store,
    view::{Coupon, CouponSales},
};
use crate::{
    discount::store::{self as discounts, Discount},
    link::create::program_in_use,
};
use engine::book;
use identity::audit::Entry;
use kit::{
    db::TenantTx,
    error::{Error, Result},
    state::AppState,
};
use rules::coupon::discount::{Off, Terms};

/// How many codes are created at once. With more affiliates, another request creates the next ones.
pub const AT_ONCE_MAX: i64 = 500;
/// How much of a name a code has.
const NAME_MAX: usize = 20;
/// How many spellings of a name are tried.
const SPELLINGS_MAX: u32 = 50;

/// A code that an affiliate would get.
#[derive(Debug)]
pub struct Planned {
    pub affiliate: AffiliateId,
    pub name: String,
    pub code: String,
}

/// What became of a request to create codes.
#[derive(Debug, Default)]
pub struct Made {
    pub entries: Vec<Entry>,
    pub created: usize,
    /// Affiliates for whom every spelling is taken.
    pub skipped: usize,
}

/// The first affiliates without a code, and their codes as far as these are free now. None if the discount has ended.
///
/// # Errors
/// Those of the database.
pub async fn preview(tx: &mut TenantTx, discount: &Discount, limit: i64, now: Timestamp) -> Result<Vec<Planned>> {
    if !discount.is_open(now) {
        return Ok(Vec::new());
    }
    let nameless = gateway_store::without_code(tx, discount.program, limit, now).await?;
    let mut planned: Vec<Planned> = Vec::new();
    for one in nameless {
        let Some(code) = free(tx, &one, discount.terms, &planned).await? else { continue };
        planned.push(Planned { affiliate: one.affiliate, name: one.name, code });
    }
    Ok(planned)
}

/// Creates a code for each approved affiliate of the program who has none, at most [`AT_ONCE_MAX`]. A second request
/// finds those of the first, so that no one gets two.
///
/// # Errors
/// 404 for the program, and if it has no discount or that has ended; 400 if it is archived.
pub async fn make(tx: &mut TenantTx, state: &AppState, program: ProgramId) -> Result<Made> {
    book::store::lock(tx).await?;
    program_in_use(tx, program).await?;
    let now = state.clock.now();
    let discount = discounts::current(tx, program).await?.filter(|discount| discount.is_open(now));
    let discount = discount.ok_or_else(Error::not_found)?;
    let mut made = Made::default();
    for one in gateway_store::without_code(tx, program, AT_ONCE_MAX, now).await? {
        let Some(code) = free(tx, &one, discount.terms, &[]).await? else {
            made.skipped += 1;
            continue;
        };
        let coupon = Coupon {
            id: state.new_id(),
            program_id: program,
            affiliate_id: one.affiliate,
            code,
            overrides_click_attribution: true,
            external_id: None,
            discount: None,
            gateway: None,
            sold: CouponSales::default(),
            archived_at: None,
            created_at: now,
        };
        gateway::request(tx, &coupon, &discount, false, now).await?;
        made.entries.push(api::entry(&coupon));
        made.created += 1;
    }
    Ok(made)
}

/// The first spelling that no coupon has, and none of those that are planned.
async fn free(tx: &mut TenantTx, one: &Nameless, terms: Terms, planned: &[Planned]) -> Result<Option<String>> {
    for number in 1..=SPELLINGS_MAX {
        let code = spelled(&one.slug, terms, number);
        if planned.iter().all(|other| other.code != code) && !store::is_taken(tx, &code, None).await? {
            return Ok(Some(code));
        }
    }
    Ok(None)
}

/// `LAUREN20` for `lauren` and 20%; another spelling ends with its number. Both gateways accept letters and digits.
fn spelled(slug: &str, terms: Terms, number: u32) -> String {
    let name: String = slug.chars().filter(char::is_ascii_alphanumeric).take(NAME_MAX).collect();
    let name = if name.is_empty() { "CODE".to_owned() } else { name.to_ascii_uppercase() };
    let percent = match terms.off {
        Off::Share(_) => terms.off.percent().filter(|percent| !percent.contains('.')).unwrap_or_default(),
        Off::Amount(_) => String::new(),
    };
    let end = if number > 1 { format!("X{number}") } else { String::new() };
    format!("{name}{percent}{end}")
}

#[cfg(test)]
mod tests {
    use shared::money::{Currency, Money};

    use super::*;
    use rules::coupon::discount::{Duration, Limits};

    #[test]
    fn codes_are_named_after_affiliates_and_the_discount() {
        let terms = |off| Terms { off, duration: Duration::Once, limits: Limits::default() };
        let of = |off, slug, number| spelled(slug, terms(off), number);
        assert_eq!(of(Off::Share(2_000), "lauren-vale", 1), "LAURENVALE20");
        assert_eq!(of(Off::Share(2_000), "lauren", 2), "LAUREN20X2");
        assert_eq!(of(Off::Share(1_250), "lauren", 1), "LAUREN");
        assert_eq!(of(Off::Amount(Money::new(500, Currency::USD)), "--", 1), "CODE");
        // The longest one fits into Paddle's 32 characters.
        assert!(of(Off::Share(10_000), &"x".repeat(63), SPELLINGS_MAX).len() <= 32);
    }
}
