//! Makes an affiliate of somebody who was invited: approved, with a link, a bounty where one was promised, and a letter.

use axum::http::StatusCode;
use serde_json::json;
use shared::{
    id::{OrganizationId, ProgramId},
    money::Money,
};

use super::{
    affiliate_store::NewAffiliate as NewRow,
    create::{self, AffiliateWithLink, NAME_MAX, Ready, derived},
    letter,
};
use crate::{
    api::{
        text::{self, checked},
        write::Write,
    },
    attribution::flag::email_key,
    audit::Entry,
    consent::{
        self,
        terms::{self, Accepted},
    },
    db::TenantTx,
    error::{Error, Result},
    link::{
        create::{NewLink, check_slug, slug_taken},
        link_store,
    },
    program::{
        own_plan::{self, Theirs},
        plan_view::Plan,
    },
    state::AppState,
};

/// What all who are invited at once have in common.
#[derive(Debug)]
pub(crate) struct Invitation {
    pub(crate) program: ProgramId,
    pub(crate) destination: Option<String>,
    pub(crate) host: Option<String>,
    pub(crate) notify: bool,
}

/// One of them.
#[derive(Debug)]
pub(crate) struct Newcomer {
    pub(super) row: NewRow,
    slug_is_derived: bool,
    pub(crate) bounty: Option<Money>,
    pub(crate) terms: Option<Accepted>,
}

/// What became of it.
#[derive(Debug)]
pub(crate) struct Welcomed {
    pub(crate) made: AffiliateWithLink,
    /// Their own plan, where the bounty made one.
    pub(crate) plan: Option<Plan>,
}

impl Newcomer {
    /// # Errors
    /// 400 naming the field.
    pub(crate) fn new(state: &AppState, email: &str, name: Option<&str>, slug: Option<String>) -> Result<Self> {
        let email = text::email("email", email)?;
        let name = match name.map(str::trim).filter(|name| !name.is_empty()) {
            Some(name) => checked("name", name, NAME_MAX)?,
            None => email.split('@').next().unwrap_or_default().chars().take(NAME_MAX).collect(),
        };
        check_slug(slug.as_deref())?;
        let slug_is_derived = slug.is_none();
        let slug = slug.unwrap_or_else(|| derived(&name));
        let row = NewRow { id: state.new_id(), slug, email, name, status: "Approved", application: None, notes: None };
        Ok(Self { row, slug_is_derived, bounty: None, terms: None })
    }
}

impl Invitation {
    /// What can be said of the link without the database.
    ///
    /// # Errors
    /// 400 naming the field.
    pub(crate) fn check(&self, state: &AppState) -> Result<()> {
        if self.host.is_some() && self.destination.is_none() {
            return Err(Error::field("destination", "destination is needed with host: where do the links lead?"));
        }
        // Whose link it is doesn't matter for that.
        self.link(state.new_id()).map_or(Ok(()), |link| link.check(state))
    }

    fn link(&self, affiliate_id: shared::id::AffiliateId) -> Option<NewLink> {
        let destination = self.destination.clone()?;
        Some(NewLink { program_id: self.program, affiliate_id, host: self.host.clone(), slug: None, destination })
    }

    /// Makes an affiliate of somebody who is none yet; inside, why this person is passed over. The organization's tenant must
    /// be locked; after the commit, wake the pusher.
    ///
    /// # Errors
    /// What is wrong for everybody.
    pub(crate) async fn welcome(
        &self,
        write: &mut Write<'_>,
        state: &AppState,
        newcomer: Newcomer,
    ) -> Result<std::result::Result<Welcomed, Error>> {
        let organization = write.key.organization;
        let Newcomer { row, slug_is_derived, bounty, terms } = newcomer;
        if self.notify && consent::store::has_opted_out(&mut write.tx, organization, &email_key(&row.email)).await? {
            return Ok(Err(opted_out()));
        }
        if !slug_is_derived && is_taken(&mut write.tx, organization, &row).await? {
            return Ok(Err(slug_taken()));
        }
        let ready = Ready { link: self.link(row.id), affiliate: row, slug_is_derived, segment: None };
        let made = create::make(&mut write.tx, state, organization, ready, state.clock.now()).await?;
        let (id, program) = (made.affiliate.id, self.program);
        write.audit(create::entry(&made)).await?;
        let mut plan = None;
        if let Some(bounty) = bounty {
            let theirs =
                Theirs { organization, program, affiliate: id, segment: None, note: "The bounty of their invitation" };
            plan = own_plan::grant_bounty(&mut write.tx, state, theirs, bounty).await?;
        }
        if let Some(plan) = &plan {
            write.audit(Entry::new("plan.created", plan.id).after(json!(plan))).await?;
        }
        if let Some(accepted) = terms {
            terms::accept(&mut write.tx, state, organization, id, &accepted, &write.key.actor).await?;
        }
        if self.notify {
            letter::approved(&mut write.tx, state, organization, &made.affiliate).await?;
        }
        Ok(Ok(Welcomed { made, plan }))
    }
}

async fn is_taken(tx: &mut TenantTx, organization: OrganizationId, row: &NewRow) -> Result<bool> {
    link_store::lock_slug(tx, organization, &row.slug).await?;
    Ok(link_store::is_slug_of_another(tx, organization, &row.slug, row.id).await?)
}

fn opted_out() -> Error {
    let message = "A customer of yours has this address, and took back that you may write to them.";
    Error::new(StatusCode::CONFLICT, "opted_out", message)
}
