//! `/dashboard/programs`: a brand's programs, with the rules, plan, simulator, links, coupons and tracking of each.
//!
//! Each page has its own file. [`form`] has what the forms share, [`plan_form`] a plan as a form, [`share`] the list of
//! links or coupons.

pub mod clicks;
pub mod coupons;
pub mod detail;
pub mod discount;
pub mod earnings;
mod example;
mod form;
mod known;
mod known_store;
pub mod links;
pub mod list;
pub mod new;
pub mod plan;
pub mod plan_edit;
mod plan_field;
mod plan_form;
mod plan_row;
mod presets;
mod rules_form;
mod server_code;
mod share;
mod share_store;
pub mod simulate;
mod simulated;
mod store;
pub mod tracking;
mod versions;

use axum::response::{IntoResponse, Redirect, Response};
use shared::id::{OrganizationId, ProgramId};

pub(crate) use self::form::id;
use super::change;
use identity::{access::session::Session, page::frame::Frame};
use kit::{
    api::view::Program,
    error::Result,
    page::{PageError, address::Address, tab::Tab},
    state::AppState,
};

/// A page or an error page.
pub(crate) type Answer = std::result::Result<Response, PageError>;

pub(super) const PLACE: &str = "/dashboard/programs";

/// The pages of a program: their path below the program's, and their titles.
const PAGES: [(&str, &str); 11] = [
    ("", "Overview"),
    ("/plan", "Plan"),
    ("/simulate", "Simulator"),
    ("/links", "Links"),
    ("/coupons", "Coupons"),
    ("/discount", "Discount"),
    ("/tracking", "Tracking"),
    ("/clicks", "Paid clicks"),
    ("/sub-affiliates", "Sub-affiliates"),
    ("/page", "Program page"),
    (NETWORK, "Network"),
];

/// Where this installation has a network only.
const NETWORK: &str = "/network";

/// Data for all pages of a program, inside their frame.
#[derive(Debug)]
pub struct Shell {
    organization: OrganizationId,
    pub program: Program,
    pub tabs: Vec<Tab>,
    /// A message about the last action.
    pub toast: Option<&'static str>,
    /// Whether the person may change anything.
    pub may_change: bool,
}

impl Shell {
    /// Loads the frame and the shell for one of a program's pages; `done` is the last action.
    ///
    /// # Errors
    /// 404 if the organization has no such program; 503 if the database is unavailable.
    pub async fn open(
        state: &AppState,
        session: &Session,
        (organization, program): (OrganizationId, &str),
        (page, done): (&str, Option<&str>),
    ) -> Result<(Frame, Self)> {
        let program: ProgramId = id(program)?;
        let frame = Frame::load(state, session, organization, PLACE).await?;
        let mut tx = state.db.tenant(organization).await?;
        let program = change::read(&mut tx, program, state.clock.now()).await?;
        tx.commit().await?;
        let tab = |(path, title): (&str, &'static str)| Tab {
            title: title.to_owned(),
            href: address(organization, program.id, path).to_string(),
            here: path == page,
            count: None,
        };
        let has_network = state.config.network.enabled;
        let tabs = PAGES.into_iter().filter(|(path, _)| *path != NETWORK || has_network).map(tab).collect();
        let may_change = frame.may_operate();
        Ok((frame, Self { organization, program, tabs, toast: done.and_then(toast), may_change }))
    }

    pub fn address(&self, page: &str) -> Address {
        address(self.organization, self.program.id, page)
    }
}

fn address(organization: OrganizationId, program: ProgramId, page: &str) -> Address {
    Address::of(format!("{PLACE}/{program}{page}"), organization)
}

/// The message for a value of `done`.
fn toast(done: &str) -> Option<&'static str> {
    Some(match done {
        "made" => "Program created. Next, add the script to your site.",
        "saved" => "Saved.",
        "codes" => "Codes created. The gateway gets them one after the other.",
        "archived" => "Program archived. Its links and script are off.",
        "unarchived" => "Program restored.",
        "published" => "Plan published.",
        "ended" => "Custom plan ended.",
        "link" => "Link created.",
        "disabled" => "Link disabled.",
        "enabled" => "Link enabled.",
        "coupon" => "Coupon created.",
        "retired" => "Coupon archived.",
        "retried" => "We’ll send the code to the gateway again.",
        "discount_ended" => "Discount ended.",
        "told" => "Test sale recorded.",
        _ => return None,
    })
}

/// Redirects to a page of a program, which shows the message for `done`.
pub(crate) fn to(organization: OrganizationId, program: ProgramId, page: &str, done: &str) -> Response {
    Redirect::to(&address(organization, program, page).with("done", done).to_string()).into_response()
}
