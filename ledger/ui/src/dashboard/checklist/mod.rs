//! A new brand's getting-started checklist, on the overview until it is complete or dismissed. Progress is derived from
//! stored data, so the order and the way in which steps are done don't matter. It ends with the first sale; for a few days
//! after that, a card says what comes next.

pub mod actions;
pub mod store;

use shared::id::OrganizationId;

use self::store::There;
use identity::{
    access::member::Member,
    organization::store::{is_first, kinship},
};
use kit::{access::role::Right, db::TenantTx, page::address::Address, state::AppState};
use programs::link_host::verification;

/// For so long after the first sale, the complete checklist says what comes next.
const NEW_DAYS: i64 = 7;

/// Data for `first_steps.html`.
#[derive(Debug)]
pub struct Checklist {
    pub steps: Vec<Step>,
    pub done: usize,
    /// Which buttons the user may press.
    pub may_operate: bool,
    pub may_configure: bool,
    /// What comes next, once everything is done: path and label.
    pub next: Vec<(String, &'static str)>,
}

#[derive(Debug)]
pub struct Step {
    /// Identifies the step for scripts and tests.
    pub key: &'static str,
    pub title: &'static str,
    pub why: &'static str,
    pub done: bool,
    /// The first step that isn't done.
    pub next: bool,
    /// Where to do it: path and label of each option.
    pub ways: Vec<(String, &'static str)>,
    /// A host that can be claimed with one click.
    pub offer: Option<Offer>,
    /// A link to open or to share.
    pub link: Option<String>,
    /// Whether a button sends a test sale.
    pub test_sale: bool,
}

/// A host that needs no DNS record of the organization.
#[derive(Debug, Clone)]
pub struct Offer {
    pub host: String,
    /// Whether it works on this machine only: in development. Otherwise it is the edge's own host.
    pub is_local: bool,
}

/// The notice after an action on the checklist.
pub fn notice(done: &str) -> Option<&'static str> {
    match done {
        "host" => Some("Link domain added."),
        "test-sale" => Some("Test sale of $99.00 sent. It appears here within seconds."),
        "sample" => Some("Sample data added. Reset test mode to delete it."),
        "dismissed" => Some("Checklist dismissed. You can find everything in the menu."),
        _ => None,
    }
}

/// A link's URL, as the edge serves it.
pub fn link(state: &AppState, host: &str, slug: &str) -> String {
    let scheme = if state.config.edge_url.starts_with("http://") { "http" } else { "https" };
    format!("{scheme}://{host}/{slug}")
}

/// A host that can be added without a DNS record: in development, the edge answers every name under `localhost`, on its own
/// port; otherwise its own host, which only the installation's first organization gets, unless anyone can sign up.
pub(super) fn offered_host(state: &AppState, slug: &str, is_first: bool) -> Option<Offer> {
    if !state.config.environment.is_development() {
        let own = verification::own_host(&state.config).filter(|_| is_first)?;
        return Some(Offer { host: own, is_local: false });
    }
    let edge = url::Url::parse(&state.config.edge_url).ok()?;
    edge.port().map(|port| Offer { host: format!("{slug}.localhost:{port}"), is_local: true })
}

pub async fn load(
    tx: &mut TenantTx,
    state: &AppState,
    member: &Member,
    verified: bool,
    link: Option<&str>,
) -> Result<Option<Checklist>, sqlx::Error> {
    let there = store::there(tx, state.clock.now().plus_days(-NEW_DAYS)).await?;
    let is_test = kinship(tx).await?.is_some_and(|kin| kin.test_of.is_some());
    let offer = offered_host(state, &there.slug, is_first(tx).await?);
    let mut steps = steps(&there, member.organization, offer, link);
    if let Some(sale) = steps.last_mut().filter(|sale| !sale.done) {
        sale.test_sale = is_test && there.program && there.approved;
        if !is_test {
            sale.ways
                .push((Address::of("/dashboard/test-mode", member.organization).to_string(), "Try it in test mode"));
        }
    }
    let done = steps.iter().filter(|step| step.done).count();
    let is_over = done == steps.len();
    if there.dismissed || (is_over && !there.is_new) {
        return Ok(None);
    }
    if let Some(next) = steps.iter_mut().find(|step| !step.done) {
        next.next = true;
    }
    let may = |right| verified && member.role.may(right);
    let next = if is_over { next(member.organization) } else { Vec::new() };
    Ok(Some(Checklist { steps, done, may_operate: may(Right::Operate), may_configure: may(Right::Configure), next }))
}

/// What comes after the first sale.
fn next(organization: OrganizationId) -> Vec<(String, &'static str)> {
    let ways = [
        ("/dashboard/payouts/settings", "Set up payouts"),
        ("/dashboard/recruit", "Invite affiliates"),
        ("/dashboard/imports", "Import from another platform"),
        ("/dashboard/crms", "Connect your CRM"),
    ];
    ways.into_iter().map(|(path, name)| (Address::of(path, organization).to_string(), name)).collect()
}

fn steps(there: &There, organization: OrganizationId, offer: Option<Offer>, link: Option<&str>) -> Vec<Step> {
    let way = |path: &str, name: &'static str| (Address::of(path, organization).to_string(), name);
    let step = |key, title, why, done, ways: Vec<(String, &'static str)>| Step {
        key,
        title,
        why,
        done,
        next: false,
        ways,
        offer: None,
        link: None,
        test_sale: false,
    };
    let host = step(
        "host",
        "Choose your link domain",
        host_why(offer.as_ref()),
        there.host,
        vec![way("/dashboard/settings/link-hosts", "Add link domain")],
    );
    let host = Step { offer: offer.filter(|_| !there.host), ..host };
    let click = Step {
        link: link.filter(|_| !there.click).map(str::to_owned),
        ..step(
            "click",
            "Get your first click",
            click_why(there, link.is_some()),
            there.click,
            click_ways(there, link.is_some(), way),
        )
    };
    // The program comes first: gateways and the script belong to one.
    vec![
        step(
            "program",
            "Create a program",
            "Set what your affiliates earn, for which sales, and when.",
            there.program,
            vec![way("/dashboard/programs/new", "Create program")],
        ),
        step(
            "source",
            "Connect a gateway",
            "Stripe, Paddle, Shopify and others report every sale, renewal and refund automatically. Or send sales from your own server.",
            there.source,
            vec![way("/dashboard/gateways", "Connect gateway"), way("/dashboard/settings/api-keys", "Create API key")],
        ),
        step(
            "script",
            "Install the script or send sales from your server",
            "Completes when we detect the script, receive a click, or your server sends a sale. Copy the code from your program\u{2019}s Tracking page.",
            there.script,
            vec![way("/dashboard/programs", "Choose program"), way("/dashboard/install", "Check page")],
        ),
        host,
        step(
            "affiliate",
            "Invite an affiliate",
            "Someone who already recommends you. To try it out, invite a second address of your own.",
            there.affiliate,
            vec![way("/dashboard/recruit", "Invite by email"), way("/dashboard/affiliates", "View affiliates")],
        ),
        click,
        step(
            "commission",
            "Get your first sale",
            "Its commission is calculated within seconds, with a full explanation. Try it with a test sale: no real money moves.",
            there.commission,
            Vec::new(),
        ),
    ]
}

const fn host_why(offer: Option<&Offer>) -> &'static str {
    match offer {
        Some(Offer { is_local: false, .. }) => {
            "Every affiliate link starts with it. Your edge\u{2019}s own domain needs no DNS record to verify it. You can also add another domain you own."
        }
        _ => {
            "A domain you own, such as go.brand.com, with DNS pointed at your edge. You verify it with a DNS record. Every affiliate link starts with it."
        }
    }
}

const fn click_why(there: &There, has_link: bool) -> &'static str {
    if has_link {
        "Open this link as a customer would. The click appears here within seconds."
    } else if !there.affiliate {
        "Once an affiliate has a link, open it. The click appears here within seconds."
    } else if there.approved {
        "Your affiliate has no link yet. Create one on their page, then open it."
    } else {
        "Approve your affiliate to see their link here."
    }
}

fn click_ways(
    there: &There,
    has_link: bool,
    way: impl Fn(&str, &'static str) -> (String, &'static str),
) -> Vec<(String, &'static str)> {
    if has_link || !there.affiliate { Vec::new() } else { vec![way("/dashboard/affiliates", "View affiliates")] }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn nothing() -> There {
        There {
            slug: "acme".to_owned(),
            dismissed: false,
            source: false,
            script: false,
            program: false,
            host: false,
            affiliate: false,
            approved: false,
            click: false,
            commission: false,
            is_new: true,
        }
    }

    fn step_of(there: &There, link: Option<&str>, key: &str) -> Step {
        let offer = Some(Offer { host: "acme.localhost:8787".to_owned(), is_local: true });
        let all = steps(there, OrganizationId::v7(1, &[1; 10]), offer, link);
        all.into_iter().find(|step| step.key == key).unwrap()
    }

    #[test]
    fn a_host_is_offered_until_there_is_one() {
        let offer = step_of(&nothing(), None, "host").offer;
        assert_eq!(offer.map(|offer| offer.host).as_deref(), Some("acme.localhost:8787"));
        let host = step_of(&There { host: true, ..nothing() }, None, "host");
        assert!(host.done && host.offer.is_none());
    }

    #[test]
    fn only_the_edges_own_host_needs_no_record() {
        let why = |is_local| host_why(Some(&Offer { host: "go.brand.com".to_owned(), is_local }));
        assert!(why(false).contains("needs no DNS record"));
        assert_eq!(why(true), host_why(None));
    }

    #[test]
    fn the_first_click_is_led_to() {
        let has = There { affiliate: true, ..nothing() };
        assert!(step_of(&nothing(), None, "click").ways.is_empty());
        assert!(step_of(&has, None, "click").why.starts_with("Approve"));
        assert!(step_of(&There { approved: true, ..has.clone() }, None, "click").why.contains("no link yet"));
        assert_eq!(step_of(&has, Some("https://go.a.test/x"), "click").link.as_deref(), Some("https://go.a.test/x"));
        let clicked = step_of(&There { click: true, ..has }, Some("https://go.a.test/x"), "click");
        assert!(clicked.done && clicked.link.is_none());
    }

    #[test]
    fn steps_come_in_the_order_in_which_they_build_on_each_other() {
        let keys: Vec<_> =
            steps(&nothing(), OrganizationId::v7(1, &[1; 10]), None, None).into_iter().map(|step| step.key).collect();
        assert_eq!(keys, ["program", "source", "script", "host", "affiliate", "click", "commission"]);
    }

    #[test]
    fn what_comes_next_is_in_the_same_organization() {
        let organization = OrganizationId::v7(1, &[1; 10]);
        let next = next(organization);
        assert!(next.iter().all(|(path, _)| path.contains(&organization.to_string())), "{next:?}");
        assert_eq!(next.first().map(|(_, name)| *name), Some("Set up payouts"));
    }

    #[test]
    fn only_what_was_done_here_is_said() {
        assert!(notice("host").is_some() && notice("dismissed").is_some() && notice("<b>").is_none());
    }
}
