//! What becomes of someone who applies in the network, or accepts an invitation: they are approved at once, wait for a
//! person, or are refused. The organization's tenant must be locked; after the commit, wake the pusher.

use axum::http::StatusCode;
use serde_json::{Map, Value};
use shared::id::{AffiliateId, ProgramId};

use crate::creator::session::CreatorSession;
use engine::consent::terms::{self, Accepted};
use identity::{
    access::{actor::Actor, caller::Caller},
    audit,
};
use kit::{
    api::view::Affiliate,
    db::TenantTx,
    error::{Code, Error, Result},
    state::AppState,
    text::Texts,
};
use programs::{
    affiliate::{
        application, approve, change, first_link_store,
        first_login::{self, Evidence, Joined},
        status_change, store as affiliate_store,
    },
    link::create as link,
};
use recruiting::program_page::{
    answer,
    applicant::{self, Applicant},
    email, store as page_store,
    view::Offer,
};
use rules::customer::mailbox::email_key;

/// Who applies, and to what.
#[derive(Debug)]
pub(super) struct Applying<'a> {
    /// With the address, which is proved.
    pub session: &'a CreatorSession,
    pub caller: &'a Caller,
    pub program: ProgramId,
    pub offer: &'a Offer,
    pub was_invited: bool,
}

impl Applying<'_> {
    /// Whether they are approved at once: the brand invited them, or the program admits them. Neither counts for someone
    /// whom the brand banned under another spelling of the address, and the latter doesn't for someone whom it rejected.
    async fn is_admitted(&self, tx: &mut TenantTx) -> Result<bool> {
        let mailbox = email_key(&self.session.email);
        if self.was_invited {
            return Ok(affiliate_store::banned_email(tx, &mailbox).await?.is_none());
        }
        Ok(self.offer.row.auto_approve && affiliate_store::refused_email(tx, &mailbox).await?.is_none())
    }

    /// The terms that they accepted by applying.
    fn accepted(&self, state: &AppState) -> Option<Accepted> {
        let program = &self.offer.program;
        self.offer.terms.as_ref().map(|terms| Accepted {
            at: state.clock.now(),
            version: Some(format!("{} v{}", program.slug, terms.version)),
            evidence: in_network(&program.name),
        })
    }

    fn terms_version(&self) -> Option<i32> {
        self.offer.terms.as_ref().map(|terms| terms.version)
    }
}

/// The evidence if they accepted the terms by applying here.
fn in_network(program: &str) -> String {
    format!("Checked “I accept the terms” when applying to {program} in the network")
}

/// The evidence if they had applied on the program's page before.
fn before(program: &str) -> String {
    first_login::on_page(program, "then applied in the network, signed in with the address given there")
}

/// Creates the affiliate, or changes the status of the one with this address. Returns their id and the contact's status.
///
/// # Errors
/// 400 at `alias`; 409 `wrong_status` if the brand refused them. The caller must roll back then.
pub(super) async fn decide(
    tx: &mut TenantTx,
    state: &AppState,
    applying: &Applying<'_>,
    application: answer::Application,
) -> Result<(AffiliateId, &'static str)> {
    let session = applying.session;
    if let Some(known) = affiliate_store::with_email(tx, &session.email, state.clock.now()).await? {
        let id = known.id;
        return Ok((id, again(tx, state, applying, (known, application)).await?));
    }
    // Someone who is an affiliate already keeps their link name, which the form may well repeat.
    if let Some(alias) = &application.alias
        && applicant::is_taken(tx, alias).await?
    {
        return Err(Error::field("alias", session.t.say("program-form-alias-taken")));
    }
    enter(tx, state, applying, application).await
}

pub(super) fn refused(t: Texts) -> Error {
    Error::new(StatusCode::CONFLICT, Code::WrongStatus, t.say("contact-apply-refused").to_string())
}

/// Someone with this address is an affiliate of the brand already: nothing is created twice, but what they answer and
/// accept for this program is recorded. A brand approves affiliates for all of its programs, so an approved one joins.
async fn again(
    tx: &mut TenantTx,
    state: &AppState,
    applying: &Applying<'_>,
    (known, application): (Affiliate, answer::Application),
) -> Result<&'static str> {
    let &Applying { session, caller, program, offer, was_invited } = applying;
    let (id, proof) = (known.id, (Some(session.email.as_str()), before as Evidence));
    let is_admitted = applying.is_admitted(tx).await?;
    let accepts = was_invited && is_admitted;
    if known.status == "Banned" || (known.status == "Rejected" && !accepts) {
        return Err(refused(session.t));
    }
    let actor = caller.actor(format!("affiliate:{id}"));
    // They applied on the program's page, and only have to prove their address: anyone may have typed it.
    let enters = is_admitted && first_login::is_awaited(tx, id).await?;
    if enters && application.name != known.name {
        change::name(tx, state, id, application.name, &actor).await?;
    }
    let answers = record(tx, state, applying, (&known, application.answers), &actor).await?;
    let has_joined = match known.status.as_str() {
        "Approved" => true,
        "Invited" => first_login::entered(tx, state, id, proof, caller).await?.is_some(),
        "Pending" if enters => {
            let entered = first_login::entered(tx, state, id, proof, caller).await?;
            entered.is_some_and(|entered| entered.joined.is_some())
        }
        // The brand invited them without knowing that it knew them.
        _ if accepts => {
            approve::by_invitation(tx, state, &known, &actor).await?;
            first_login::entered(tx, state, id, proof, caller).await?.is_some()
        }
        // They withdrew an earlier application.
        "Archived" => {
            status_change::change(tx, state, id, "Pending", None).await?;
            false
        }
        _ => false,
    };
    if let Some(accepted) = applying.accepted(state) {
        terms::accept(tx, state, id, &accepted, &actor).await?;
    }
    // The emails have the answers of this application.
    let affiliate = status_change::read(tx, state, id).await?;
    let affiliate = Affiliate { application: Some(Value::Object(answers)), ..affiliate };
    if !has_joined {
        return wait(tx, state, offer, &affiliate).await;
    }
    give_link(tx, state, (program, id), &actor).await?;
    let joined = Joined { affiliate, program: offer.program.name.clone() };
    if known.status == "Approved" {
        email::joined_another(tx, state, &joined).await?;
    } else {
        email::joined(tx, state, &joined).await?;
    }
    Ok("Joined")
}

/// Records the application to the program, and its answers, which it returns.
async fn record(
    tx: &mut TenantTx,
    state: &AppState,
    applying: &Applying<'_>,
    (known, all): (&Affiliate, Map<String, Value>),
    actor: &Actor,
) -> Result<Map<String, Value>> {
    let (applied, answers) = ((applying.program, known.id), answers(all));
    page_store::insert_application(tx, applied, (applying.terms_version(), false), state.clock.now()).await?;
    if !answers.is_empty() {
        let together = together(known.application.as_ref(), &answers)?;
        change::answers(tx, state, known.id, together, actor).await?;
    }
    Ok(answers)
}

/// The given answers.
fn answers(all: Map<String, Value>) -> Map<String, Value> {
    all.into_iter().filter(|(_, answer)| *answer != Value::Null).collect()
}

/// Adds answers to those of earlier applications, which are only kept if all of them fit.
fn together(earlier: Option<&Value>, answers: &Map<String, Value>) -> Result<Option<Value>> {
    let mut all = earlier.and_then(Value::as_object).cloned().unwrap_or_default();
    all.extend(answers.clone());
    application::checked(Some(all)).or_else(|_| application::checked(Some(answers.clone())))
}

/// Creates the program's link, unless the affiliate has one.
async fn give_link(
    tx: &mut TenantTx,
    state: &AppState,
    (program, affiliate): (ProgramId, AffiliateId),
    actor: &Actor,
) -> Result<()> {
    let Some(new) = first_link_store::of_program(tx, affiliate, program).await? else { return Ok(()) };
    let now = state.clock.now();
    let made = link::make(tx, state, new, now).await?;
    audit::record(tx, actor, now, link::entry(&made)).await
}

/// Writes the emails about an applicant who waits for a person. Returns the contact's status.
async fn wait(tx: &mut TenantTx, state: &AppState, offer: &Offer, affiliate: &Affiliate) -> Result<&'static str> {
    email::received(tx, state, offer, affiliate).await?;
    let waiting = page_store::waiting(tx).await?;
    email::waiting(tx, state, offer, affiliate, waiting).await?;
    Ok("Applied")
}

/// Creates the affiliate as the program's page does. The address is proved, so whom the program admits is approved at
/// once; so is whom the brand invited.
async fn enter(
    tx: &mut TenantTx,
    state: &AppState,
    applying: &Applying<'_>,
    application: answer::Application,
) -> Result<(AffiliateId, &'static str)> {
    let &Applying { session, caller, program, offer, .. } = applying;
    let is_admitted = applying.is_admitted(tx).await?;
    let row = Applicant {
        email: application.email,
        name: application.name,
        alias: application.alias,
        answers: application::checked(Some(answers(application.answers)))?,
        awaits_entry: is_admitted,
        program,
        language: session.t.language(),
        terms: applying.accepted(state),
        terms_version: applying.terms_version(),
    };
    let made = applicant::apply(tx, state, row, caller).await?;
    let proof = (Some(session.email.as_str()), in_network as Evidence);
    let entered = first_login::entered(tx, state, made.id, proof, caller).await?;
    match entered.and_then(|entered| entered.joined) {
        Some(joined) => {
            email::joined(tx, state, &joined).await?;
            Ok((made.id, "Joined"))
        }
        None => Ok((made.id, wait(tx, state, offer, &made).await?)),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn later_answers_replace_earlier_ones() {
        let of = |value: Value| value.as_object().cloned().unwrap();
        let earlier = json!({"Website": "https://old.test/", "Color": "Green"});
        let all = together(Some(&earlier), &of(json!({"Website": "https://new.test/"}))).unwrap();
        assert_eq!(all, Some(json!({"Website": "https://new.test/", "Color": "Green"})));
        let long = json!({"Before": vec!["x".repeat(4_000); 8]});
        let late = json!({"Now": "x".repeat(4_000)});
        assert_eq!(together(Some(&long), &of(late.clone())).unwrap(), Some(late));
        assert_eq!(together(None, &of(json!({"Now": "x"}))).unwrap(), Some(json!({"Now": "x"})));
    }
}
