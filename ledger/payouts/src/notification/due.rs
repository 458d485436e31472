//! Reminds owners and admins once a week that approved commissions are waiting to be paid. Runs on a schedule.

use std::time::Duration;

use shared::{id::OrganizationId, timestamp::Timestamp};

use super::due_store;
use identity::notification::{
    Kind,
    end::{self, Reader},
    store,
};
use kit::{
    error::Result,
    jobs::OneByOne,
    mail::{self, Branding, EmailContent, EmailKind},
    state::AppState,
};

pub const EVERY: Duration = Duration::from_secs(3_600);
/// The interval where the clock is moved manually.
pub const EVERY_EAGER: Duration = Duration::from_secs(4);
/// Payouts that go out within the week need no reminder.
const AGE_DAYS: i64 = 7;

/// # Errors
/// The last failing organization's; the others are done nevertheless.
pub async fn once(state: &AppState) -> Result<()> {
    let now = state.clock.now();
    let mut one_by_one = OneByOne::of("commission_reminders");
    let before = now.plus_days(-AGE_DAYS);
    for some in state.db.all_tenants().await?.chunks(1_000) {
        let mut tx = state.db.tenants(some.to_vec()).await?;
        let waiting = due_store::waiting(&mut tx, before).await?;
        tx.commit().await?;
        for organization in waiting {
            one_by_one.note(organization, remind(state, organization, before, now).await);
        }
    }
    one_by_one.result()
}

async fn remind(state: &AppState, organization: OrganizationId, before: Timestamp, now: Timestamp) -> Result<()> {
    let mut tx = state.db.tenant(organization).await?;
    if !due_store::reminded(&mut tx, before, now).await? {
        return Ok(());
    }
    let rows = due_store::sums(&mut tx, before).await?;
    let link = format!("{}/dashboard/payouts/pay?organization={organization}", state.config.public_url);
    if let Some((brand, _)) = store::look(&mut tx, organization).await? {
        let message = of_due(&brand, &rows, link);
        for person in store::recipients(&mut tx, Kind::CommissionsDue).await? {
            let end = end::url(state, organization, Reader::Member(person.user, Kind::CommissionsDue));
            let message = message.clone().with_end(&person.email, EmailKind::CommissionsDue, end)?;
            mail::post(tx.conn(), state, message).await?;
        }
    }
    tx.commit().await?;
    Ok(())
}

/// Builds the reminder. `rows`: currency, amount, and number of affiliates.
pub fn of_due(brand: &str, rows: &[(String, i64, i64)], link: String) -> EmailContent {
    let look = Branding::rekomi();
    let t = look.t;
    let rows = rows.iter().map(|(currency, minor, count)| {
        (t.say("email-due-affiliates").with("count", *count).to_string(), t.money(*minor, currency))
    });
    let rows = rows.collect();
    let why = t.say("email-why-admin").with("brand", brand);
    EmailContent::new(look, t.say("email-due-subject").with("brand", brand), why)
        .greeting("")
        .paragraph(t.say("email-due-message"))
        .rows(rows)
        .button(t.say("email-due-button"), link)
}

#[cfg(test)]
mod tests {
    use kit::mail::content::Part;

    use super::*;

    #[test]
    fn each_currency_is_told_by_itself() {
        let rows = [("EUR".to_owned(), 1_000, 1), ("USD".to_owned(), 250_000, 12)];
        let content = of_due("Acme", &rows, String::new());
        let rows = [("1 affiliate", "€10.00"), ("12 affiliates", "$2,500.00")];
        let rows = rows.map(|(label, value)| (label.to_owned(), value.to_owned())).to_vec();
        assert!(content.parts.contains(&Part::Rows(rows)), "{:?}", content.parts);
    }
}
