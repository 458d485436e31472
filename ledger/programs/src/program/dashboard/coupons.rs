//! `/dashboard/programs/{id}/coupons`: lists, creates and archives codes that credit an affiliate without a click.

use axum::{
    Form,
    extract::{Path, State},
    response::IntoResponse,
};
use shared::{
    id::{self, CouponId, OrganizationId, ProgramId},
    timestamp::Timestamp,
};

use super::{
    Answer, Shell,
    form::id,
    share::{self, Found, List, ShareFilters, Shared, keep},
    share_store, to,
};
use crate::{
    coupon::{
        api::{self, CODE_MAX},
        change, code, gateway, retry as coupon_retry,
        view::{self, CouponSales},
    },
    discount,
};
use identity::{
    access::{
        member::{Choice, Member},
        session::Session,
    },
    page::frame::Frame,
};
use kit::{
    access::role::Right,
    api::{query::Query, text::maybe},
    db::TenantTx,
    error::Result,
    form::{Fields, Problems},
    page::{Html, csv, list::Column},
    state::AppState,
    text::Texts,
};
use rules::format;

/// The part of a row that is specific to coupons.
#[derive(Debug)]
pub(super) struct Coupon {
    pub(super) code: String,
    pub(super) external_id: Option<String>,
    pub(super) overrides_click: bool,
    /// At the gateway: the status and why, if Rekomi creates the code there.
    pub(super) at_gateway: Option<(String, Option<String>)>,
    pub(super) sold: CouponSales,
}

impl Coupon {
    /// The sales, renewals included.
    fn counted(&self) -> String {
        format::count((self.sold.sales + self.sold.renewals).unsigned_abs())
    }

    /// `12 renewals, 2 refunded`.
    fn among_them(&self) -> String {
        let count = |number: i64| format::count(number.unsigned_abs());
        let renewals = match self.sold.renewals {
            0 => None,
            1 => Some("1 renewal".to_owned()),
            many => Some(format!("{} renewals", count(many))),
        };
        let refunded = (self.sold.refunded > 0).then(|| format!("{} refunded", count(self.sold.refunded)));
        renewals.into_iter().chain(refunded).collect::<Vec<_>>().join(", ")
    }

    /// One amount for each currency.
    fn revenue(&self) -> Vec<String> {
        self.sold.revenue.iter().map(|one| format::money(one.amount_cents, one.currency.code())).collect()
    }
}

impl Shared for Coupon {
    type Noun = id::Coupon;
    const PAGE: &'static str = "/coupons";
    const COLUMNS: &'static [Column] = &[
        Column::text("Code", "code"),
        Column::text("Affiliate", "name"),
        Column::plain_number("Sales (30 days)"),
        Column::plain_number("Revenue (30 days)"),
        Column::plain("Gateway ID"),
        Column::plain("Overrides clicks"),
        Column::text("Created", "made"),
    ];
    const RETIRED: &'static str = "Archived";
    const HEAD: &'static [&'static str] = &[
        "coupon id",
        "affiliate id",
        "name",
        "email",
        "code",
        "id at the gateway",
        "beats a click",
        "status",
        "at the gateway",
        "sales in 30 days",
        "renewals in 30 days",
        "refunded in 30 days",
        "revenue in 30 days",
        "currency",
    ];

    async fn read(tx: &mut TenantTx, requested: &ShareFilters, now: Timestamp) -> Found<Self> {
        share_store::coupons(tx, requested, now).await
    }

    fn cells(&self, status: &'static str) -> Vec<String> {
        let beats = if self.overrides_click { "yes" } else { "no" };
        let at_gateway = self.at_gateway.as_ref().map(|(status, _)| status.clone()).unwrap_or_default();
        let external_id = self.external_id.clone().unwrap_or_default();
        let CouponSales { sales, renewals, refunded, revenue } = &self.sold;
        let own = [self.code.clone(), external_id, beats.to_owned(), status.to_owned(), at_gateway];
        let sold = [sales, renewals, refunded].map(ToString::to_string);
        // A cell lists several currencies, in the same order in both columns.
        let amounts = revenue.iter().map(|one| csv::major(one.amount_cents, one.currency.code()));
        let currencies = revenue.iter().map(|one| one.currency.code());
        let revenue = [amounts.collect::<Vec<_>>().join(" "), currencies.collect::<Vec<_>>().join(" ")];
        own.into_iter().chain(sold).chain(revenue).collect()
    }
}

#[derive(Debug, askama::Template)]
#[template(path = "program_coupons.html")]
struct CouponsPage {
    frame: Frame,
    shell: Shell,
    list: List<Coupon>,
    /// The program's discount in words, unless it has ended.
    discount: Option<String>,
    form: CouponForm,
    problems: Problems,
}

const SHOWN: [&str; 3] = ["affiliateId", "code", "externalId"];

impl CouponsPage {
    fn of(&self, field: &str) -> Option<&str> {
        self.problems.of(field)
    }

    fn elsewhere(&self) -> Option<&str> {
        self.problems.elsewhere(&SHOWN)
    }

    /// What a code's status at the gateway is called.
    fn gateway_status(status: &str) -> &'static str {
        match status {
            "active" => "Active",
            "archived" => "Deactivated",
            "refused" => "Refused",
            _ => "Waiting",
        }
    }

    /// What the program's discount means for a new code.
    fn at_gateway_hint(&self) -> String {
        let discount = self.discount.as_deref().unwrap_or_default();
        format!("Customers get {discount}. Leave the gateway ID empty.")
    }
}

#[derive(Debug)]
struct CouponForm {
    affiliate: String,
    code: String,
    external_id: String,
    overrides_click: bool,
    at_gateway: bool,
}

/// `GET /dashboard/programs/{id}/coupons`.
///
/// # Errors
/// 404 for what isn't the person's organization's; 503 if the database is unavailable.
pub async fn show(
    State(state): State<AppState>,
    session: Session,
    choice: Choice,
    Path(program): Path<String>,
    mut query: Query,
) -> Answer {
    let organization = session.member(choice.named(), Right::View)?.organization;
    let form = CouponForm {
        affiliate: String::new(),
        code: String::new(),
        external_id: String::new(),
        overrides_click: true,
        at_gateway: true,
    };
    let whose = (organization, program.as_str());
    Ok(Html(load(&state, &session, whose, &mut query, (form, Problems::default())).await?).into_response())
}

/// `GET /dashboard/programs/{id}/coupons.csv`.
pub async fn file(
    state: State<AppState>,
    session: Session,
    choice: Choice,
    program: Path<String>,
    query: Query,
) -> Answer {
    share::file::<Coupon>(state, session, choice, program, query).await
}

/// `POST /dashboard/programs/{id}/coupons`: creates a code for an affiliate.
///
/// # Errors
/// 404 for what isn't the person's, 403 for a viewer. A mistake is shown next to its field.
pub async fn make(
    State(state): State<AppState>,
    session: Session,
    Path(program): Path<String>,
    Form(fields): Form<Fields>,
) -> Answer {
    let member = session.member(Some(fields.text("organization")), Right::Operate)?;
    let program_id: ProgramId = id(&program)?;
    let mut problems = Problems::default();
    let outcome = write(&state, &member, program_id, &fields, &mut problems).await;
    let Some(status) = problems.refused(outcome)? else {
        return Ok(to(member.organization, program_id, Coupon::PAGE, "coupon"));
    };
    let text = |name: &str| fields.text(name).to_owned();
    let form = CouponForm {
        affiliate: text("affiliateId"),
        code: text("code"),
        external_id: text("externalId"),
        overrides_click: fields.is_ticked("overridesClickAttribution"),
        at_gateway: fields.is_ticked("createAtGateway"),
    };
    let whose = (member.organization, program.as_str());
    Ok((status, Html(load(&state, &session, whose, &mut Query::default(), (form, problems)).await?)).into_response())
}

async fn load(
    state: &AppState,
    session: &Session,
    (organization, program): (OrganizationId, &str),
    query: &mut Query,
    (form, problems): (CouponForm, Problems),
) -> Result<CouponsPage> {
    let (frame, shell, list) = share::load(state, session, (organization, program), query).await?;
    let mut tx = state.db.tenant(organization).await?;
    let discount = discount::store::current(&mut tx, shell.program.id).await?;
    tx.commit().await?;
    let discount = discount.filter(|discount| discount.is_open(state.clock.now()));
    let discount = discount.map(|discount| discount::words::of(Texts::default(), discount.terms, &frame.zone));
    Ok(CouponsPage { frame, shell, list, discount, form, problems })
}

/// Returns whether the coupon was created; if not, `problems` says why.
async fn write(
    state: &AppState,
    member: &Member,
    program_id: ProgramId,
    fields: &Fields,
    problems: &mut Problems,
) -> Result<bool> {
    let (organization, now) = (member.organization, state.clock.now());
    let mut tx = state.db.tenant(organization).await?;
    let Some(affiliate_id) = share::whose(&mut tx, fields, problems).await? else { return Ok(false) };
    let coupon = view::Coupon {
        id: state.new_id(),
        program_id,
        affiliate_id,
        code: code::checked(fields.text("code"), CODE_MAX)?,
        overrides_click_attribution: fields.is_ticked("overridesClickAttribution"),
        external_id: maybe("externalId", fields.given("externalId"), CODE_MAX)?,
        discount: None,
        gateway: None,
        sold: CouponSales::default(),
        archived_at: None,
        created_at: now,
    };
    if fields.is_ticked("createAtGateway") {
        gateway::make(&mut tx, &coupon, now).await?;
    } else {
        api::make(&mut tx, &coupon, now).await?;
    }
    keep(tx, state, member, Some(api::entry(&coupon))).await?;
    Ok(true)
}

/// `POST /dashboard/programs/{id}/coupons/{coupon}/archive`.
pub async fn archive(
    State(state): State<AppState>,
    session: Session,
    Path((program, coupon)): Path<(String, String)>,
    Form(fields): Form<Fields>,
) -> Answer {
    let member = session.member(Some(fields.text("organization")), Right::Operate)?;
    let organization = member.organization;
    let (program, coupon): (ProgramId, CouponId) = (id(&program)?, id(&coupon)?);
    let mut tx = state.db.tenant(organization).await?;
    let (_, entry) = change::retire(&mut tx, &state, coupon).await?;
    keep(tx, &state, &member, entry).await?;
    Ok(to(organization, program, Coupon::PAGE, "retired"))
}

/// `POST /dashboard/programs/{id}/coupons/{coupon}/retry`: sends a code to the gateway again that it refused.
pub async fn retry(
    State(state): State<AppState>,
    session: Session,
    Path((program, coupon)): Path<(String, String)>,
    Form(fields): Form<Fields>,
) -> Answer {
    let member = session.member(Some(fields.text("organization")), Right::Operate)?;
    let (program, coupon): (ProgramId, CouponId) = (id(&program)?, id(&coupon)?);
    let mut tx = state.db.tenant(member.organization).await?;
    let (_, entry) = coupon_retry::again(&mut tx, coupon, state.clock.now()).await?;
    keep(tx, &state, &member, Some(entry)).await?;
    Ok(to(member.organization, program, Coupon::PAGE, "retried"))
}
