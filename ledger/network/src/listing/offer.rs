//! What a program offers, as far as a listing says it: all of it comes from the program, its plan and its brand, so that a
//! listing can't promise anything else.

use kit::{
    compiled_once,
    db::TenantTx,
    error::{Error, Result},
    state::AppState,
    text::Texts,
};
use programs::program::{change, plan_store};
use recruiting::program_page::{offer as page_offer, store as pages};
use rules::{
    commission::plan::{Component, Pays},
    network::Earning,
};
use shared::id::ProgramId;
use sqlx::types::Json;
use uuid::Uuid;

use super::store::{self, Row};

/// The column's limit.
const OFFER_MAX: usize = 300;

#[derive(Debug)]
pub struct Offer {
    pub brand: String,
    pub brand_slug: String,
    pub program: String,
    pub site: Option<String>,
    /// In English, in one line.
    pub line: String,
    pub pays: Vec<Component>,
    pub earnings: Vec<Earning>,
    pub window_days: i32,
    pub hold_days: i32,
    pub payout_rhythm: String,
    pub plan_version: Option<Uuid>,
    pub currency: String,
    /// The handle of the program page, if there is one.
    pub page: Option<String>,
    /// What keeps the program from being listed.
    pub missing: Vec<Missing>,
}

/// What a program needs before it can be listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Missing {
    Archived,
    LivePlan,
    ProgramPage,
    TestMode,
    Summary,
    Topic,
}

impl Missing {
    /// As the API spells it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Archived => "archived",
            Self::LivePlan => "plan",
            Self::ProgramPage => "program_page",
            Self::TestMode => "test_mode",
            Self::Summary => "summary",
            Self::Topic => "topics",
        }
    }

    /// What to do about it.
    pub const fn sentence(self) -> &'static str {
        match self {
            Self::Archived => "The program is archived. Restore it first.",
            Self::LivePlan => "The program has no commission plan in force. Publish one first.",
            Self::ProgramPage => {
                "The program page isn’t published. Creators apply with its questions and terms, so publish it first."
            }
            Self::TestMode => "Programs in test mode can’t be listed. Switch to live mode.",
            Self::Summary => "The listing has no summary. Say in a sentence what you offer.",
            Self::Topic => "The listing has no topic. Select at least one, so that creators find it.",
        }
    }

    /// The program's page on which it can be mended, and what a link there says.
    pub const fn place(self) -> Option<(&'static str, &'static str)> {
        match self {
            Self::Archived => Some(("", "Open the program")),
            Self::LivePlan => Some(("/plan", "Open the plan")),
            Self::ProgramPage => Some(("/page", "Open the program page")),
            Self::TestMode | Self::Summary | Self::Topic => None,
        }
    }
}

/// Reads what the program offers now.
///
/// # Errors
/// 404 if the organization has no such program.
#[compiled_once]
pub async fn of(tx: &mut TenantTx, state: &AppState, program: ProgramId) -> Result<Offer> {
    let now = state.clock.now();
    let found = change::read(tx, program, now).await?;
    let plan = plan_store::in_force(tx, program, now).await?.filter(|plan| plan.effective_at <= now);
    let brand = pages::brand(tx).await?.ok_or_else(Error::not_found)?;
    let page = pages::read(tx, program).await?;
    let setting = store::setting(tx).await?;
    let is_published = page.as_ref().is_some_and(|page| page.published_at.is_some());
    let pays = plan.as_ref().and_then(|plan| plan.components.clone()).unwrap_or_default();
    let missing = [
        (Missing::TestMode, setting.is_test),
        (Missing::Archived, found.archived_at.is_some()),
        (Missing::LivePlan, pays.is_empty()),
        (Missing::ProgramPage, !is_published),
    ];
    let line = engine::commission::offer::in_short(Texts::default(), &pays);
    Ok(Offer {
        line: line.chars().take(OFFER_MAX).collect(),
        currency: page_offer::currency(&pays, brand.currency.as_deref()).code().to_owned(),
        earnings: earnings(&pays),
        pays,
        brand: brand.name,
        brand_slug: brand.slug,
        program: found.name,
        site: found.destination,
        window_days: found.cookie_window_days,
        hold_days: plan.as_ref().map_or(found.hold_days, |plan| plan.hold_days),
        payout_rhythm: setting.payout_rhythm,
        plan_version: plan.map(|plan| plan.id.uuid()),
        page: page.map(|page| page.handle),
        missing: missing.into_iter().filter(|(_, is_missing)| *is_missing).map(|(what, _)| what).collect(),
    })
}

/// The kinds of earning that a plan has, each once.
pub(crate) fn earnings(components: &[Component]) -> Vec<Earning> {
    let of = |component: &Component| match component.pays {
        Pays::Percentage { .. } | Pays::Tiers(_) => Earning::Share,
        Pays::Flat(_) | Pays::FirstConversion(_) => Earning::Flat,
        Pays::PerLead(_) => Earning::Lead,
        Pays::PerClick(_) => Earning::Click,
    };
    let found: Vec<Earning> = components.iter().map(of).collect();
    Earning::ALL.into_iter().filter(|earning| found.contains(earning)).collect()
}

impl Offer {
    /// What keeps this listing from being shown: what the program lacks, and then what the listing does.
    pub fn missing_of(&self, row: &Row) -> Vec<Missing> {
        let own = [(Missing::Summary, row.summary.is_empty()), (Missing::Topic, row.topics.is_empty())];
        let own = own.into_iter().filter(|(_, is_missing)| *is_missing).map(|(what, _)| what);
        self.missing.iter().copied().chain(own).collect()
    }

    pub(super) fn write_to(self, row: &mut Row) {
        row.brand = self.brand;
        row.site = self.site;
        row.offer = self.line;
        row.pays = Json(self.pays);
        row.earnings = self.earnings.into_iter().map(|earning| earning.as_str().to_owned()).collect();
        row.window_days = self.window_days;
        row.hold_days = self.hold_days;
        row.payout_rhythm = self.payout_rhythm;
        row.plan_version_id = self.plan_version;
        row.currency = self.currency;
    }
}

#[cfg(test)]
mod tests {
    use shared::money::{Currency, Money};

    use super::*;

    #[test]
    fn a_plan_has_each_kind_of_earning_once() {
        let five = Money::new(500, Currency::USD);
        let plan = [
            Pays::PerClick(five),
            Pays::FirstConversion(five),
            Pays::Percentage { rate_ppm: 200_000 },
            Pays::Flat(five),
            Pays::PerLead(five),
        ];
        let components: Vec<Component> = plan.into_iter().map(Component::from).collect();
        assert_eq!(earnings(&components), Earning::ALL);
        assert_eq!(earnings(&components[1..2]), [Earning::Flat]);
        assert_eq!(earnings(&[]), []);
    }
}
