//! The frame around every dashboard page: the signed-in person, the organization, and the menus.

use shared::id::OrganizationId;

use crate::{
    access::{session::Session, store},
    organization,
};
use kit::{
    access::role::{Right, Role},
    config::Environment,
    error::{Error, Result},
    page::zone::Zone,
    state::AppState,
};

/// The home page. Other pages are below its path but don't belong to its section.
const HOME: &str = "/dashboard";

/// A menu entry for a group of pages.
#[derive(Debug, Clone, Copy)]
pub struct Section {
    pub path: &'static str,
    pub name: &'static str,
    /// The icon's lines in a 24×24 square, as the `d` of an SVG path.
    pub icon: &'static str,
}

/// The dashboard's sections by group, in menu order.
const SECTIONS: [(&str, &[Section]); 4] = [
    (
        "Program",
        &[
            Section { path: HOME, name: "Overview", icon: "M4 4h6v9H4zM14 4h6v4h-6zM14 12h6v8h-6zM4 17h6v3H4z" },
            Section { path: "/dashboard/programs", name: "Programs", icon: "M4 5h16v5H4zM4 14h7v5H4zM15 14h5v5h-5z" },
            Section {
                path: "/dashboard/affiliates",
                name: "Affiliates",
                icon: "M12 4a4 4 0 1 0 0 8 4 4 0 0 0 0-8zM4 20c1-4 4-6 8-6s7 2 8 6",
            },
            Section {
                path: "/dashboard/recruit",
                name: "Recruit",
                icon: "M10 4a4 4 0 1 0 0 8 4 4 0 0 0 0-8zM3 20c.5-3.5 3-5.500 7-5.500 2 0 3.700.500 4.900 1.500M19 14v6M16 17h6",
            },
            Section {
                path: "/dashboard/inquiries",
                name: "Inquiries",
                icon: "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18zM9.500 9.500a2.500 2.500 0 1 1 3.500 2.300c-.7.3-1 .9-1 1.700M12 17h0",
            },
            Section { path: "/dashboard/assets", name: "Assets", icon: "M4 5h16v14H4zM4 16l5-5 4 4 3-3 4 4M9 9.500h0" },
        ],
    ),
    (
        "Money",
        &[
            Section {
                path: "/dashboard/conversions",
                name: "Conversions",
                icon: "M4 5h2l2 10h10l2-7H7M9 19.500h.01M17 19.500h.01",
            },
            Section {
                path: "/dashboard/commissions",
                name: "Commissions",
                icon: "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18zM9 15l6-6M9.500 9.500h.01M14.500 14.500h.01",
            },
            Section {
                path: "/dashboard/customers",
                name: "Customers",
                icon: "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18zM8.500 14.500a4 4 0 0 0 7 0M9 9.500h.01M15 9.500h.01",
            },
            Section { path: "/dashboard/review", name: "Review", icon: "M6 21V4h12l-3 4 3 4H6" },
            Section {
                path: "/dashboard/payouts",
                name: "Payouts",
                icon: "M3 6h18v12H3zM12 9.5a2.5 2.5 0 1 0 0 5 2.5 2.5 0 0 0 0-5zM6 10v4M18 10v4",
            },
        ],
    ),
    (
        "Connections",
        &[
            Section { path: "/dashboard/install", name: "Install", icon: "M8 6 3 12l5 6M16 6l5 6-5 6M14 4l-4 16" },
            Section { path: "/dashboard/gateways", name: "Gateways", icon: "M3 6h18v12H3zM3 10h18M7 15h4" },
            Section {
                path: "/dashboard/crms",
                name: "CRMs",
                icon: "M9 4a3.5 3.5 0 1 0 0 7 3.5 3.5 0 0 0 0-7zM2.5 20c.5-3.5 3-5.5 6.5-5.5s6 2 6.5 5.5M16 4.2a3.5 3.5 0 0 1 0 6.6M18 14.8c2 .8 3.2 2.6 3.5 5.200",
            },
            Section { path: "/dashboard/settings/webhooks", name: "Webhooks", icon: "M13 3 5 13.5h6L10 21l8-10.5h-6z" },
        ],
    ),
    (
        "Organization",
        &[Section {
            path: "/dashboard/settings",
            name: "Settings",
            icon: "M4 7h9M17 7h3M4 17h3M11 17h9M15 4.5v5M9 14.5v5",
        }],
    ),
];

/// The pages of an organization's settings, in menu order.
const SETTINGS: [(&str, &str); 7] = [
    ("/dashboard/settings", "Profile"),
    ("/dashboard/settings/team", "Team"),
    ("/dashboard/settings/link-hosts", "Link domains"),
    ("/dashboard/settings/api-keys", "API keys"),
    ("/dashboard/settings/webhooks", "Webhooks"),
    ("/dashboard/settings/audit-log", "Audit log"),
    ("/dashboard/settings/privacy", "Privacy"),
];

/// The pages about payouts, in menu order.
const PAYOUTS: [(&str, &str); 7] = [
    ("/dashboard/payouts", "Payouts"),
    ("/dashboard/payouts/runs", "Runs"),
    ("/dashboard/payouts/accounts", "Accounts"),
    ("/dashboard/payouts/tax", "Tax forms"),
    ("/dashboard/payouts/reconciliation", "Reconciliation"),
    ("/dashboard/payouts/connection", "Connection"),
    ("/dashboard/payouts/settings", "Settings"),
];

/// The pages about recruiting, in menu order.
const RECRUIT: [(&str, &str); 3] = [
    ("/dashboard/recruit", "Invite"),
    ("/dashboard/recruit/invites", "Invitations"),
    ("/dashboard/imports", "Imports"),
];

#[derive(Debug)]
pub struct Frame {
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
    /// Whether the menu links to the emails that a development system keeps.
    pub keeps_emails: bool,
    /// The page's own path, to which the organization switcher returns.
    pub place: &'static str,
}

impl Frame {
    /// # Errors
    /// 404 for an organization that isn't the person's; 503 if the database is unavailable.
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
        tx.commit().await?;
        Ok(Self {
            email: session.email.clone(),
            verified: session.verified,
            organization,
            organizations,
            role: own.1,
            test_mode: kin.test_of.is_some(),
            has_sample: kin.has_sample,
            counterpart: kin.test_of.or(kin.twin),
            zone: Zone::named(&profile.time_zone),
            keeps_emails: state.config.environment == Environment::Dev,
            place,
        })
    }

    /// Returns the groups of sections, and for each section whether the page belongs to it.
    pub fn sections(&self) -> impl Iterator<Item = (&'static str, Vec<(Section, bool)>)> {
        let here = section_of(self.place);
        SECTIONS.into_iter().map(move |(group, sections)| {
            (group, sections.iter().map(|section| (*section, here == Some(section.path))).collect())
        })
    }

    /// Returns path and name of each settings page, and whether it is the current one.
    pub fn settings(&self) -> impl Iterator<Item = (&'static str, &'static str, bool)> {
        SETTINGS.into_iter().map(|(path, name)| (path, name, path == self.place))
    }

    /// As [`Self::settings`], for the pages about payouts.
    pub fn payouts(&self) -> impl Iterator<Item = (&'static str, &'static str, bool)> {
        PAYOUTS.into_iter().map(|(path, name)| (path, name, path == self.place))
    }

    /// As [`Self::settings`], for the pages about recruiting.
    pub fn recruit(&self) -> impl Iterator<Item = (&'static str, &'static str, bool)> {
        RECRUIT.into_iter().map(|(path, name)| (path, name, path == self.place))
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

/// Returns the section whose path is the longest prefix of the page's path.
fn section_of(place: &str) -> Option<&'static str> {
    // Imports belong to the Recruit section, although their path isn't below its path.
    let place = if place == "/dashboard/imports" { "/dashboard/recruit" } else { place };
    let leads = |path: &&str| {
        place.strip_prefix(*path).is_some_and(|rest| rest.is_empty() || (rest.starts_with('/') && *path != HOME))
    };
    SECTIONS
        .iter()
        .flat_map(|(_, sections)| *sections)
        .map(|section| section.path)
        .filter(leads)
        .max_by_key(|path| path.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_page_is_in_its_section() {
        for (place, section) in [
            ("/dashboard", Some("/dashboard")),
            ("/dashboard/payouts/runs", Some("/dashboard/payouts")),
            ("/dashboard/settings/team", Some("/dashboard/settings")),
            ("/dashboard/settings/webhooks", Some("/dashboard/settings/webhooks")),
            ("/dashboard/imports", Some("/dashboard/recruit")),
            ("/dashboard/organizations", None),
        ] {
            assert_eq!(section_of(place), section, "{place}");
        }
    }
}
