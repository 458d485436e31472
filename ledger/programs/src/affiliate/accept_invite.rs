//! Turns an invited person into an affiliate with a bounty, if one was promised, and an email. Those whom the brand's own
//! systems invite are approved at once, with a link; those whom the dashboard invites accept first.

use serde_json::json;
use shared::{id::ProgramId, money::Money};

use super::{
    create::{self, AffiliateWithLink, NAME_MAX, Ready, derived},
    email,
    invite_store::{self, NewInvite},
    store::NewAffiliate as NewRow,
    unsolicited_email,
};
use crate::{
    link::{
        create::{NewLink, check_slug, slug_taken},
        store,
    },
    program::{
        affiliate_override::{self, Theirs},
        plan_view::Plan,
    },
};
use engine::consent::terms::{self, Accepted};
use identity::{
    access::actor::Actor,
    audit::{self, Entry},
};
use kit::{
    api::text::{self, checked},
    compiled_once,
    db::TenantTx,
    error::{Error, Result},
    state::AppState,
};

/// The settings that a batch of invitations shares.
#[derive(Debug)]
pub struct Invitation {
    pub program: ProgramId,
    pub destination: Option<String>,
    pub host: Option<String>,
    pub notify: bool,
    pub email: InviteEmail,
    /// The brand's personal message in the email.
    pub note: Option<String>,
}

/// The email that the invited person gets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InviteEmail {
    /// The approval email: the brand's own systems invited them.
    Approval,
    /// The invitation email, with an opt-out.
    Invitation,
}

impl InviteEmail {
    /// The status of a new affiliate: an invited person hasn't agreed to anything yet.
    const fn first_status(self) -> &'static str {
        match self {
            Self::Approval => "Approved",
            Self::Invitation => "Invited",
        }
    }
}

/// A person to invite.
#[derive(Debug)]
pub struct Newcomer {
    pub row: NewRow,
    slug_is_derived: bool,
    pub bounty: Option<Money>,
    pub terms: Option<Accepted>,
}

/// The result of an invitation.
#[derive(Debug)]
pub struct Welcomed {
    pub made: AffiliateWithLink,
    /// Their individual plan, if the bounty created one.
    pub plan: Option<Plan>,
}

impl Newcomer {
    /// # Errors
    /// 400 naming the field.
    pub fn new(state: &AppState, email: &str, name: Option<&str>, slug: Option<String>) -> Result<Self> {
        let email = text::email("email", email)?;
        let name = match name.map(str::trim).filter(|name| !name.is_empty()) {
            Some(name) => checked("name", name, NAME_MAX)?,
            None => email.split('@').next().unwrap_or_default().chars().take(NAME_MAX).collect(),
        };
        check_slug(slug.as_deref())?;
        let slug_is_derived = slug.is_none();
        let slug = slug.unwrap_or_else(|| derived(&name));
        let row = NewRow {
            id: state.new_id(),
            slug,
            email,
            name,
            status: "Approved",
            application: None,
            notes: None,
            joined_at: None,
        };
        Ok(Self { row, slug_is_derived, bounty: None, terms: None })
    }
}

impl Invitation {
    /// Validates the link as far as possible without the database.
    ///
    /// # Errors
    /// 400 naming the field.
    pub fn check(&self, state: &AppState) -> Result<()> {
        if self.host.is_some() && self.destination.is_none() {
            return Err(Error::field("destination", "destination is required with host"));
        }
        // The affiliate's id doesn't matter for the check.
        self.link(state.new_id()).map_or(Ok(()), |link| link.check(state))
    }

    fn link(&self, affiliate_id: shared::id::AffiliateId) -> Option<NewLink> {
        let destination = self.destination.clone()?;
        Some(NewLink { program_id: self.program, affiliate_id, host: self.host.clone(), slug: None, destination })
    }

    /// Creates the affiliate; the inner error is why this person is skipped. Requires the lock on the organization's
    /// tenant; after the commit, the caller must wake the pusher.
    ///
    /// # Errors
    /// Errors that affect the whole batch.
    #[compiled_once]
    pub async fn welcome(
        &self,
        tx: &mut TenantTx,
        state: &AppState,
        actor: &Actor,
        newcomer: Newcomer,
    ) -> Result<std::result::Result<Welcomed, Error>> {
        let Newcomer { mut row, slug_is_derived, bounty, terms } = newcomer;
        row.status = self.email.first_status();
        let permit = if self.notify {
            match unsolicited_email::permit(tx, state, &row.email).await? {
                Ok(permit) => Some(permit),
                Err(kept) => return Ok(Err(kept.error())),
            }
        } else {
            None
        };
        if !slug_is_derived && is_taken(tx, &row).await? {
            return Ok(Err(slug_taken()));
        }
        let now = state.clock.now();
        let waits = self.email == InviteEmail::Invitation;
        let link = self.link(row.id).filter(|_| !waits);
        let ready = Ready { link, ..Ready::of(row, slug_is_derived) };
        let made = create::make(tx, state, ready, now).await?;
        let (id, program) = (made.affiliate.id, self.program);
        audit::record(tx, actor, now, create::entry(&made)).await?;
        let mut plan = None;
        if let Some(bounty) = bounty {
            let theirs = Theirs { program, affiliate: id, segment: None, note: "The bounty of their invitation" };
            plan = affiliate_override::grant_bounty(tx, state, theirs, bounty).await?;
        }
        if let Some(plan) = &plan {
            let entry = Entry::new("plan.created", plan.id).after(json!(plan));
            audit::record(tx, actor, now, entry).await?;
        }
        if let Some(accepted) = terms {
            terms::accept(tx, state, id, &accepted, actor).await?;
        }
        if let Some(permit) = permit {
            let invite = NewInvite {
                affiliate: id,
                program,
                destination: self.destination.as_deref().filter(|_| waits),
                note: self.note.as_deref(),
                actor: &actor.who,
            };
            invite_store::insert(tx, &invite, now).await?;
            match self.email {
                InviteEmail::Approval => {
                    email::approved(tx, state, &made.affiliate, Some(permit)).await?;
                }
                InviteEmail::Invitation => {
                    let note = self.note.as_deref();
                    email::invited(tx, state, &made.affiliate, program, (note, permit)).await?;
                }
            }
        }
        Ok(Ok(Welcomed { made, plan }))
    }
}

async fn is_taken(tx: &mut TenantTx, row: &NewRow) -> Result<bool> {
    store::lock_slug(tx, &row.slug).await?;
    Ok(store::is_slug_of_another(tx, &row.slug, row.id).await?)
}
