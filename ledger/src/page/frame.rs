//! What stands around every page of the dashboard: whose it is, which organization, and the way to the others.

use shared::id::OrganizationId;

use crate::{
    access::{
        role::{Right, Role},
        session::Session,
        store,
    },
    error::{Error, Result},
    organization,
    state::AppState,
};

/// The pages of an organization's settings, in the order of their menu.
const SETTINGS: [(&str, &str); 7] = [
    ("/dashboard/settings", "Profile"),
    ("/dashboard/settings/team", "Team"),
    ("/dashboard/settings/link-hosts", "Link hosts"),
    ("/dashboard/settings/api-keys", "API keys"),
    ("/dashboard/settings/webhooks", "Webhooks"),
    ("/dashboard/settings/audit-log", "Audit log"),
    ("/dashboard/settings/privacy", "Privacy"),
];

#[derive(Debug)]
pub struct Frame {
    pub email: String,
    /// Whether the person has confirmed their address.
    pub verified: bool,
    pub organization: OrganizationId,
    /// All that the person belongs to, by name.
    pub organizations: Vec<(OrganizationId, String)>,
    pub role: Role,
    /// Nothing here is real: the organization is the test mode of another one.
    pub test_mode: bool,
    /// The live organization of a test mode, and the other way round where there is one.
    pub counterpart: Option<OrganizationId>,
    /// The page's own path, which the switch of organizations leads back to.
    pub place: &'static str,
}

impl Frame {
    /// # Errors
    /// 404 for an organization that is not the person's; 503 where the database is away.
    pub async fn gather(
        state: &AppState,
        session: &Session,
        organization: OrganizationId,
        place: &'static str,
    ) -> Result<Self> {
        let own = session.memberships.iter().find(|(own, _)| *own == organization).ok_or_else(Error::not_found)?;
        let mut tx = state.db.tenants(session.memberships.iter().map(|(own, _)| *own).collect()).await?;
        let organizations = store::organization_names(&mut tx).await?;
        let kin = organization::store::kinship(&mut tx, organization).await?.ok_or_else(Error::not_found)?;
        tx.commit().await?;
        Ok(Self {
            email: session.email.clone(),
            verified: session.verified,
            organization,
            organizations,
            role: own.1,
            test_mode: kin.test_of.is_some(),
            counterpart: kin.test_of.or(kin.twin),
            place,
        })
    }

    /// Path and name of each settings page, and whether it is this one.
    pub fn settings(&self) -> impl Iterator<Item = (&'static str, &'static str, bool)> {
        SETTINGS.into_iter().map(|(path, name)| (path, name, path == self.place))
    }

    /// Whether the person sees the forms of managers.
    pub fn may_operate(&self) -> bool {
        self.verified && self.role.may(Right::Operate)
    }

    /// Whether the person sees the forms of admins.
    pub fn may_configure(&self) -> bool {
        self.verified && self.role.may(Right::Configure)
    }

    /// Whether the person sees the forms of owners.
    pub fn may_govern(&self) -> bool {
        self.verified && self.role.may(Right::Govern)
    }
}
