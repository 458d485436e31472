//! `/dashboard/programs/{id}/discount`: what the program's affiliates may offer to customers.

use axum::{
    Form,
    extract::{Path, State},
    http::StatusCode,
    response::IntoResponse,
};
use shared::{
    event::Gateway,
    id::{OrganizationId, ProgramId},
    money::Currency,
    timestamp::Timestamp,
};

use super::{
    Answer, Shell,
    form::{amount, currency, id, major},
    to,
};
use crate::{
    coupon::{
        for_all::{self, AT_ONCE_MAX, Planned},
        for_all_api::PREVIEWED,
        gateway_store::{self, Progress},
    },
    discount::{
        change,
        store::{self, Discount, GatewayAccount, gateway, has_codes},
        view::NewDiscount,
        words,
    },
};
use identity::{
    access::{
        member::{Choice, Member},
        session::Session,
    },
    audit::{self, Entry},
    organization::time_zone,
    page::frame::Frame,
};
use kit::{
    access::role::Right,
    api::query::Query,
    db::TenantTx,
    error::Result,
    form::{Fields, Problems},
    page::{Html, zone::Zone},
    state::AppState,
    text::Texts,
};
use rules::{
    coupon::discount::{Duration, Off, USES_MAX, read_percent},
    format,
};

const PAGE: &str = "/discount";
const SHOWN: [&str; 8] =
    ["connectionId", "name", "value", "currency", "duration", "durationMonths", "maxRedemptionsPerCode", "expiresAt"];
const PERCENT: &str = "percent";
const AMOUNT: &str = "amount";

#[derive(Debug, askama::Template)]
#[template(path = "program_discount.html")]
struct DiscountPage {
    frame: Frame,
    shell: Shell,
    /// The current discount in words.
    current: Option<String>,
    /// Whether its last day is over.
    is_over: bool,
    /// The gateway accounts in which codes can be created: ids with names.
    accounts: Vec<(String, String)>,
    form: DiscountForm,
    problems: Problems,
    /// Codes for all affiliates; `None` without a discount, and if it has ended.
    codes: Option<Codes>,
}

/// How far the discount's codes are.
#[derive(Debug)]
struct Codes {
    /// How many affiliates have none.
    missing: i64,
    progress: Progress,
    preview: Vec<Planned>,
}

impl Codes {
    /// How many the next request creates at most.
    fn next(&self) -> i64 {
        self.missing.min(AT_ONCE_MAX)
    }

    /// `1 affiliate has no code yet.`
    fn summary(&self) -> String {
        match self.missing {
            1 => "1 affiliate has no code yet.".to_owned(),
            count => format!("{} affiliates have no code yet.", format::count(count.unsigned_abs())),
        }
    }
}

impl DiscountPage {
    fn of(&self, field: &str) -> Option<&str> {
        self.problems.of(field)
    }

    fn elsewhere(&self) -> Option<&str> {
        self.problems.elsewhere(&SHOWN)
    }
}

#[derive(Debug)]
struct DiscountForm {
    connection: String,
    name: String,
    kind: String,
    value: String,
    currency: String,
    duration: String,
    months: String,
    uses: String,
    last_day: String,
    affiliates_choose: bool,
}

impl DiscountForm {
    fn of(discount: Option<&Discount>, zone: &Zone) -> Self {
        let terms = discount.map(|discount| discount.terms);
        let (kind, value, currency) = match terms.map(|terms| terms.off) {
            Some(Off::Amount(amount)) => (AMOUNT, major(amount.minor, amount.currency), amount.currency),
            share => (PERCENT, share.and_then(Off::percent).unwrap_or_default(), Currency::USD),
        };
        let duration = terms.map_or(Duration::Once, |terms| terms.duration);
        let limits = terms.map(|terms| terms.limits).unwrap_or_default();
        Self {
            connection: discount.map(|discount| discount.connection.to_string()).unwrap_or_default(),
            name: discount.and_then(|discount| discount.name.clone()).unwrap_or_default(),
            kind: kind.to_owned(),
            value,
            currency: currency.code().to_owned(),
            duration: duration.as_str().to_owned(),
            months: duration.months().map(|months| months.to_string()).unwrap_or_default(),
            uses: limits.per_code.map(|uses| uses.to_string()).unwrap_or_default(),
            last_day: limits.ends_at.map(|end| last_day(zone, end)).unwrap_or_default(),
            affiliates_choose: discount.is_some_and(|discount| discount.affiliates_choose),
        }
    }

    fn of_fields(fields: &Fields) -> Self {
        let text = |name: &str| fields.text(name).to_owned();
        Self {
            connection: text("connectionId"),
            name: text("name"),
            kind: text("type"),
            value: text("value"),
            currency: text("currency"),
            duration: text("duration"),
            months: text("durationMonths"),
            uses: text("maxRedemptionsPerCode"),
            last_day: text("expiresAt"),
            affiliates_choose: fields.is_ticked("affiliatesMayChoose"),
        }
    }
}

/// `GET /dashboard/programs/{id}/discount`.
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
    let done = query.text("done");
    Ok(Html(load(&state, &session, (organization, &program), done.as_deref(), None).await?).into_response())
}

/// `POST /dashboard/programs/{id}/discount`.
///
/// # Errors
/// 404 for what isn't the person's, 403 for a viewer. A mistake is shown next to its field.
pub async fn save(
    State(state): State<AppState>,
    session: Session,
    Path(program): Path<String>,
    Form(fields): Form<Fields>,
) -> Answer {
    let member = session.member(Some(fields.text("organization")), Right::Operate)?;
    let organization = member.organization;
    let program_id: ProgramId = id(&program)?;
    let mut problems = Problems::default();
    let mut status = StatusCode::BAD_REQUEST;
    let known = Known::load(&state, organization, program_id).await?;
    if let Some(new) = new(&fields, &known, &mut problems).filter(|_| problems.is_empty()) {
        let outcome = write(&state, &member, program_id, &new).await;
        match problems.refused(outcome.map(|()| true))? {
            Some(refused) => status = refused,
            None => return Ok(to(organization, program_id, PAGE, "saved")),
        }
    }
    let given = Some((DiscountForm::of_fields(&fields), problems));
    Ok((status, Html(load(&state, &session, (organization, &program), None, given).await?)).into_response())
}

/// `POST /dashboard/programs/{id}/discount/end`.
///
/// # Errors
/// 404 for what isn't the person's, 403 for a viewer.
pub async fn end(
    State(state): State<AppState>,
    session: Session,
    Path(program): Path<String>,
    Form(fields): Form<Fields>,
) -> Answer {
    let member = session.member(Some(fields.text("organization")), Right::Operate)?;
    let program: ProgramId = id(&program)?;
    let mut tx = state.db.tenant(member.organization).await?;
    let (_, entry) = change::end(&mut tx, program, state.clock.now()).await?;
    record(tx, &state, &member, Some(entry)).await?;
    Ok(to(member.organization, program, PAGE, "discount_ended"))
}

/// `POST /dashboard/programs/{id}/discount/codes`: creates a code for each affiliate who has none.
///
/// # Errors
/// 404 for what isn't the person's, and for a program without a discount; 403 for a viewer.
pub async fn make_codes(
    State(state): State<AppState>,
    session: Session,
    Path(program): Path<String>,
    Form(fields): Form<Fields>,
) -> Answer {
    let member = session.member(Some(fields.text("organization")), Right::Operate)?;
    let program: ProgramId = id(&program)?;
    let mut tx = state.db.tenant(member.organization).await?;
    let made = for_all::make(&mut tx, &state, program).await?;
    for entry in made.entries {
        audit::record(&mut tx, &member.actor, state.clock.now(), entry).await?;
    }
    tx.commit().await?;
    Ok(to(member.organization, program, PAGE, "codes"))
}

/// What a last day in the form means.
#[derive(Debug)]
struct Known {
    zone: Zone,
    now: Timestamp,
    /// When the current discount ends.
    ends_at: Option<Timestamp>,
}

impl Known {
    async fn load(state: &AppState, organization: OrganizationId, program: ProgramId) -> Result<Self> {
        let mut tx = state.db.tenant(organization).await?;
        let zone = time_zone::of(&mut tx).await?;
        let current = store::current(&mut tx, program).await?;
        tx.commit().await?;
        Ok(Self { zone, now: state.clock.now(), ends_at: current.and_then(|one| one.terms.limits.ends_at) })
    }

    /// When codes end whose last day was entered. A day that wasn't changed means the same time as before.
    fn ends_at(&self, fields: &Fields, problems: &mut Problems) -> Option<Timestamp> {
        let given = fields.given("expiresAt")?;
        let same = self.ends_at.filter(|end| last_day(&self.zone, *end) == given);
        let day = given.parse::<jiff::civil::Date>().and_then(|day| day.tomorrow());
        let end = same.or_else(|| day.ok().map(|day| self.zone.start_of(day)));
        match end {
            None => problems.add("expiresAt", "Enter a date such as 2026-12-31."),
            Some(end) if end <= self.now => problems.add("expiresAt", "This day is over. Choose a later one, or none."),
            Some(_) => {}
        }
        end
    }
}

/// The last day on which customers can use a code, as a date field has it.
fn last_day(zone: &Zone, end: Timestamp) -> String {
    zone.day_of(end.plus_millis(-1)).to_string()
}

/// Reads the form; `None` if something is wrong.
fn new(fields: &Fields, known: &Known, problems: &mut Problems) -> Option<NewDiscount> {
    let mut percent_off = None;
    let mut amount_off = None;
    if fields.text("type") == AMOUNT {
        match currency(fields.text("currency")) {
            Ok(currency) => match amount(fields.text("value"), currency) {
                Ok(money) => amount_off = Some(money),
                Err(mistake) => problems.add("value", mistake),
            },
            Err(mistake) => problems.add("currency", mistake),
        }
    } else if read_percent(fields.text("value")).is_some() {
        percent_off = Some(fields.text("value").to_owned());
    } else {
        problems.add("value", "Enter a percentage above 0 and up to 100, such as 20 or 12.5.");
    }
    let duration = fields.text("duration").to_owned();
    let repeats = duration == Duration::Months(1).as_str();
    let duration_months = fields.number("durationMonths", problems).filter(|_| repeats);
    if repeats && duration_months.is_none() {
        problems.add("durationMonths", "Enter the number of months.");
    }
    let uses: Option<i64> = fields.number("maxRedemptionsPerCode", problems);
    if uses.is_some_and(|uses| !(1..=USES_MAX).contains(&uses)) {
        problems.add("maxRedemptionsPerCode", "Enter a number from 1 to 1,000,000.");
    }
    let expires_at = known.ends_at(fields, problems);
    let Ok(connection_id) = fields.text("connectionId").parse() else {
        problems.add("connectionId", "Choose a gateway account.");
        return None;
    };
    Some(NewDiscount {
        connection_id,
        name: fields.given("name").map(str::to_owned),
        percent_off,
        amount_off_cents: amount_off.map(|money| money.minor),
        currency: amount_off.map(|money| money.currency.code().to_owned()),
        duration,
        duration_months,
        max_redemptions_per_code: uses,
        expires_at,
        affiliates_may_choose: Some(fields.is_ticked("affiliatesMayChoose")),
    })
}

async fn write(state: &AppState, member: &Member, program: ProgramId, new: &NewDiscount) -> Result<()> {
    let mut tx = state.db.tenant(member.organization).await?;
    let (_, entry) = change::set(&mut tx, state, program, new).await?;
    record(tx, state, member, entry).await
}

async fn record(mut tx: TenantTx, state: &AppState, member: &Member, entry: Option<Entry>) -> Result<()> {
    if let Some(entry) = entry {
        audit::record(&mut tx, &member.actor, state.clock.now(), entry).await?;
    }
    Ok(tx.commit().await?)
}

async fn load(
    state: &AppState,
    session: &Session,
    (organization, program): (OrganizationId, &str),
    done: Option<&str>,
    given: Option<(DiscountForm, Problems)>,
) -> Result<DiscountPage> {
    let (frame, shell) = Shell::open(state, session, (organization, program), (PAGE, done)).await?;
    let now = state.clock.now();
    let mut tx = state.db.tenant(organization).await?;
    let discount = store::current(&mut tx, shell.program.id).await?;
    let accounts = store::accounts(&mut tx, None).await?;
    let codes = match &discount {
        Some(discount) if discount.is_open(now) => Some(codes(&mut tx, discount, now).await?),
        _ => None,
    };
    tx.commit().await?;
    let usable = |account: &&GatewayAccount| {
        has_codes(gateway(&account.gateway))
            && account.has_key
            && account.status != "disabled"
            && account.program_id == shell.program.id
    };
    let accounts = accounts.iter().filter(usable).map(|account| (account.id.to_string(), named(account))).collect();
    let of_discount = || (DiscountForm::of(discount.as_ref(), &frame.zone), Problems::default());
    let (form, problems) = given.unwrap_or_else(of_discount);
    Ok(DiscountPage {
        is_over: discount.as_ref().is_some_and(|discount| !discount.is_open(now)),
        current: discount.map(|discount| words::of(Texts::default(), discount.terms, &frame.zone)),
        frame,
        shell,
        accounts,
        form,
        problems,
        codes,
    })
}

async fn codes(tx: &mut TenantTx, discount: &Discount, now: Timestamp) -> Result<Codes> {
    Ok(Codes {
        missing: gateway_store::count_without_code(tx, discount.program, now).await?,
        progress: gateway_store::progress(tx, discount.program, discount.id).await?,
        preview: for_all::preview(tx, discount, PREVIEWED, now).await?,
    })
}

/// `Stripe (acct_1PJBLEBBLEfV, test)`.
fn named(account: &GatewayAccount) -> String {
    let name = if gateway(&account.gateway) == Gateway::Paddle { "Paddle" } else { "Stripe" };
    let more: Vec<&str> = account.account.iter().chain(&account.environment).map(String::as_str).collect();
    if more.is_empty() { name.to_owned() } else { format!("{name} ({})", more.join(", ")) }
}
