//! The frame around every dashboard page: the signed-in person, the organization, and the menus.

use std::time::Instant;

use askama::Template;
use shared::id::OrganizationId;

use super::{
    counters_store,
    menu::{self, Entry, Task},
};
use crate::{
    access::{session::Session, store},
    organization,
};
use kit::{
    access::role::{Right, Role},
    compiled_once,
    config::Environment,
    dashboard::counters::{COUNTED_MAX, Counters},
    db::TenantTx,
    error::{Error, Result},
    page::zone::Zone,
    state::AppState,
};

/// A page in the portal's menu.
#[derive(Debug, Clone, Copy)]
pub struct Section {
    pub path: &'static str,
    pub name: &'static str,
    /// The icon's lines in a 24×24 square, as the `d` of an SVG path.
    pub icon: &'static str,
}

/// A group of menu items; a group without a name stands for itself.
#[derive(Debug)]
pub struct Group {
    pub name: Option<&'static str>,
    pub items: Vec<Item>,
}

/// A menu item.
#[derive(Debug)]
pub struct Item {
    pub href: String,
    pub name: &'static str,
    pub icon: &'static str,
    /// The value of `aria-current` if the page belongs to it.
    pub current: Option<&'static str>,
    /// How much waits there for a person; counted up to [`COUNTED_MAX`].
    waiting: i64,
    /// Where the counter leads, and its name, if it is a link of its own: "Review payouts for 3 affiliates".
    pub task: Option<(String, String)>,
}

impl Item {
    /// Returns how much waits there, if anything does.
    pub fn waiting(&self) -> Option<String> {
        shown(self.waiting)
    }
}

/// A counter as people see it; nothing at zero.
fn shown(waiting: i64) -> Option<String> {
    match waiting {
        ..=0 => None,
        many if many >= COUNTED_MAX => Some(format!("{}+", COUNTED_MAX - 1)),
        few => Some(few.to_string()),
    }
}

#[derive(Debug)]
pub struct Frame {
    /// The person's name, or their email if they gave none.
    pub name: String,
    pub email: String,
    /// Whether the person has confirmed their email.
    pub verified: bool,
    pub organization: OrganizationId,
    /// All organizations that the person belongs to, ordered by name.
    pub organizations: Vec<(OrganizationId, String)>,
    pub role: Role,
    /// Whether the organization is another one's test mode, where nothing is real.
    pub test_mode: bool,
    /// Whether the test mode has sample data.
    pub has_sample: bool,
    /// The live organization of a test mode, or the test mode of a live organization if one exists.
    pub counterpart: Option<OrganizationId>,
    /// The organization's time zone.
    pub zone: Zone,
    /// Whether the person may create another organization.
    pub may_found: bool,
    /// Whether the menu links to the emails that a development system keeps.
    pub keeps_emails: bool,
    /// Whether this ledger bills for plans.
    bills_plans: bool,
    /// Whether this installation has a network of creators.
    has_network: bool,
    /// Whether the co-pilot has a model that it can use.
    pub has_copilot: bool,
    /// Whether this ledger serves the documentation.
    pub has_docs: bool,
    /// What waits for a person, for the menu.
    counters: Counters,
    /// The page's own path, where choosing another organization leads.
    pub place: &'static str,
    /// The part of the page's list that it shows, as the menu narrows it; empty for the whole.
    part: &'static str,
}

/// The bar and the menus, as `{{ frame.bar()|safe }}` writes them into a page. Included in each page's template, they would be
/// compiled once for each.
#[derive(Debug, Template)]
#[template(path = "bar.html")]
pub struct Bar<'a> {
    frame: &'a Frame,
}

impl Frame {
    pub const fn bar(&self) -> Bar<'_> {
        Bar { frame: self }
    }

    /// # Errors
    /// 404 for an organization that isn't the person's; 503 if the database is unavailable.
    #[compiled_once]
    pub async fn load(
        state: &AppState,
        session: &Session,
        organization: OrganizationId,
        place: &'static str,
    ) -> Result<Self> {
        let own = session.memberships.iter().find(|(own, _)| *own == organization).ok_or_else(Error::not_found)?;
        let all = session.memberships.iter().map(|(own, _)| *own).collect();
        let mut tx = state.db.tenant_among(organization, all).await?;
        let organizations = store::organization_names(&mut tx).await?;
        let kin = organization::store::kinship(&mut tx).await?.ok_or_else(Error::not_found)?;
        let profile = organization::store::profile(&mut tx).await?.ok_or_else(Error::not_found)?;
        let counters = match state.counters.get(organization, Instant::now()) {
            Some(known) => known,
            None => counted(&mut tx, state).await?,
        };
        tx.commit().await?;
        let name = if session.name.is_empty() { &session.email } else { &session.name };
        Ok(Self {
            name: name.clone(),
            email: session.email.clone(),
            verified: session.verified,
            organization,
            organizations,
            role: own.1,
            test_mode: kin.test_of.is_some(),
            has_sample: kin.has_sample,
            counterpart: kin.test_of.or(kin.twin),
            zone: Zone::named(&profile.time_zone),
            may_found: session.may_found(state.config.signup),
            keeps_emails: state.config.environment == Environment::Dev,
            bills_plans: state.config.billing.is_some(),
            has_network: state.config.network.enabled,
            has_copilot: kin.has_copilot || state.config.copilot.is_some(),
            has_docs: state.config.docs.is_some(),
            counters,
            place,
            part: "",
        })
    }

    /// Marks the menu's entry for a part of the page's list, such as `&status=Pending`.
    #[must_use]
    pub fn part(self, narrowed: &'static str) -> Self {
        Self { part: narrowed, ..self }
    }

    /// Returns the menu.
    pub fn groups(&self) -> Vec<Group> {
        let group = |(name, entries): &(Option<&'static str>, &'static [Entry])| Group {
            name: *name,
            items: entries
                .iter()
                .filter(|entry| self.is_shown(entry))
                .map(|entry| self.item(entry, self.part))
                .collect(),
        };
        menu::GROUPS.iter().map(group).collect()
    }

    fn is_shown(&self, entry: &Entry) -> bool {
        (self.has_network || entry.path != menu::NETWORK) && (self.has_copilot || entry.path != menu::COPILOT)
    }

    /// Returns the items that a phone always shows.
    pub fn at_hand(&self) -> Vec<Item> {
        let entries = menu::GROUPS.iter().flat_map(|(_, entries)| *entries);
        let whole: Vec<&Entry> = entries.filter(|entry| entry.narrowed.is_empty()).collect();
        let item = |(path, name): (&str, &'static str)| {
            let entry = whole.iter().find(|entry| entry.path == path)?;
            Some(Item { name, ..self.item(entry, "") })
        };
        menu::AT_HAND.into_iter().filter_map(item).collect()
    }

    fn item(&self, entry: &Entry, part: &str) -> Item {
        let is_section = entry.narrowed == part && menu::section_of(self.place) == Some(entry.path);
        let waiting = (entry.waiting)(&self.counters);
        Item {
            href: format!("{}?organization={}{}", entry.path, self.organization, entry.narrowed),
            name: entry.name,
            icon: entry.icon,
            current: is_section.then_some(if entry.path == self.place { "page" } else { "true" }),
            waiting,
            task: entry.task.filter(|_| self.may_operate()).and_then(|task| self.task(task, waiting)),
        }
    }

    fn task(&self, task: Task, waiting: i64) -> Option<(String, String)> {
        let shown = shown(waiting)?;
        let noun = if waiting == 1 { task.one } else { task.many };
        Some((format!("{}?organization={}", task.path, self.organization), format!("{} {shown} {noun}", task.verb)))
    }

    /// Begins the title of every page in test mode, so that people can tell its tabs and bookmarks from live ones.
    pub const fn title_mark(&self) -> &'static str {
        if self.test_mode { "Test \u{b7} " } else { "" }
    }

    /// Returns the organization's name.
    pub fn organization_name(&self) -> &str {
        self.organizations.iter().find(|(id, _)| *id == self.organization).map_or("", |(_, name)| name)
    }

    /// Returns the first character of the organization's name.
    pub fn organization_initial(&self) -> String {
        initials(self.organization_name()).chars().take(1).collect()
    }

    /// Returns the person's initials.
    pub fn initials(&self) -> String {
        initials(&self.name)
    }

    /// Returns path and name of each settings page, and whether it is the current one, by group.
    pub fn settings(&self) -> [Vec<(&'static str, &'static str, bool)>; 3] {
        let is_shown = |path: &str| path != menu::BILLING || (self.bills_plans && self.role.may(Right::Govern));
        menu::SETTINGS.map(|group| {
            let pages = group.iter().filter(|(path, _)| is_shown(path));
            pages.map(|(path, name)| (*path, *name, *path == self.place)).collect()
        })
    }

    /// Returns path and name of each page about payouts, and whether it is the current one.
    pub fn payouts(&self) -> impl Iterator<Item = (&'static str, &'static str, bool)> {
        menu::PAYOUTS.into_iter().map(|(path, name)| (path, name, path == self.place))
    }

    /// As [`Self::payouts`], for the pages about recruiting.
    pub fn recruit(&self) -> impl Iterator<Item = (&'static str, &'static str, bool)> {
        menu::RECRUIT.into_iter().map(|(path, name)| (path, name, path == self.place))
    }

    /// Returns whether the person sees the forms of managers.
    pub fn may_operate(&self) -> bool {
        self.verified && self.role.may(Right::Operate)
    }

    /// Returns whether the person sees the forms of admins.
    pub fn may_configure(&self) -> bool {
        self.verified && self.role.may(Right::Configure)
    }

    /// Returns whether the person sees the forms of owners.
    pub fn may_govern(&self) -> bool {
        self.verified && self.role.may(Right::Govern)
    }
}

/// Counts what waits in the transaction's organization, and keeps it for the menu of the pages that follow.
///
/// # Errors
/// Database errors.
pub async fn counted(tx: &mut TenantTx, state: &AppState) -> Result<Counters> {
    let began = Instant::now();
    let counters = counters_store::count(tx).await?;
    state.counters.put(tx.organization(), began, counters);
    Ok(counters)
}

/// Returns the first characters of the first and the last word, in capital letters.
fn initials(name: &str) -> String {
    let mut words = name.split_whitespace().filter_map(|word| word.chars().find(|sign| sign.is_alphanumeric()));
    let first = words.next();
    first.into_iter().chain(words.next_back()).flat_map(char::to_uppercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_counter_is_hidden_at_zero_and_ends_at_99() {
        assert_eq!(
            [shown(0), shown(1), shown(99), shown(100), shown(230)].map(Option::unwrap_or_default),
            ["", "1", "99", "99+", "99+"]
        );
    }

    #[test]
    fn a_name_has_one_or_two_initials() {
        for (name, expected) in
            [("Una Acme", "UA"), ("una", "U"), ("Ana de la Cruz", "AC"), ("(Öko) b.v.", "ÖB"), ("", ""), ("\u{b7}", "")]
        {
            assert_eq!(initials(name), expected, "{name}");
        }
    }
}
