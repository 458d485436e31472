//! Fake servers of CRMs. Each holds contacts, lists, tags and consent as its vendor does, checks every field of a request
//! against what the vendor publishes, and refuses fields that the vendor doesn't know.

pub mod activecampaign;
pub mod allowance;
pub mod attio;
pub mod aweber;
pub mod beehiiv;
pub mod bento;
pub mod braze;
pub mod brevo;
pub mod campaignmonitor;
pub mod constantcontact;
pub mod custom;
pub mod customerio;
pub mod drip;
pub mod emailoctopus;
pub mod encharge;
pub mod flodesk;
pub mod getresponse;
pub mod highlevel;
pub mod hubspot;
pub mod intercom;
pub mod iterable;
pub mod keap;
pub mod kit;
pub mod klaviyo;
pub mod listmonk;
pub mod loops;
pub mod mailchimp;
pub mod mailerlite;
pub mod mailjet;
pub mod mautic;
pub mod moosend;
pub mod omnisend;
pub mod ontraport;
pub mod ortto;
pub mod pipedrive;
pub mod rehearsal;
pub mod resend;
pub mod rotation;
pub mod sailthru;
pub mod salesforce;
pub mod sendgrid;
pub mod sendlane;
pub mod userlist;
pub mod vero;
pub mod zohocrm;

use std::collections::{BTreeMap, BTreeSet};

use connector::Choice;
use serde_json::{Map, Value};

use super::{Answer, Call, FakeServer, Mood, Vendor};

/// Every vendor's fake server, each with the list that its credentials see.
pub fn all() -> Vec<Box<dyn Crm>> {
    vec![
        Box::new(activecampaign::ActiveCampaign::default()),
        Box::new(attio::Attio::default()),
        Box::new(aweber::AWeber::default()),
        Box::new(beehiiv::Beehiiv::default()),
        Box::new(bento::Bento::default()),
        Box::new(braze::Braze::default()),
        Box::new(brevo::Brevo::default()),
        Box::new(campaignmonitor::CampaignMonitor::default()),
        Box::new(constantcontact::ConstantContact::default()),
        Box::new(custom::Custom::default()),
        Box::new(customerio::CustomerIo::default()),
        Box::new(drip::Drip::default()),
        Box::new(emailoctopus::EmailOctopus::default()),
        Box::new(encharge::Encharge::default()),
        Box::new(flodesk::Flodesk::default()),
        Box::new(getresponse::GetResponse::default()),
        Box::new(highlevel::HighLevel::default()),
        Box::new(hubspot::HubSpot::default()),
        Box::new(intercom::Intercom::default()),
        Box::new(iterable::Iterable::default()),
        Box::new(keap::Keap::default()),
        Box::new(kit::Kit::default()),
        Box::new(klaviyo::Klaviyo::default()),
        Box::new(listmonk::Listmonk::default()),
        Box::new(loops::Loops::default()),
        Box::new(mailchimp::Mailchimp::default()),
        Box::new(mailerlite::MailerLite::default()),
        Box::new(mailjet::Mailjet::default()),
        Box::new(mautic::Mautic::default()),
        Box::new(moosend::Moosend::default()),
        Box::new(omnisend::Omnisend::default()),
        Box::new(ontraport::Ontraport::default()),
        Box::new(ortto::Ortto::default()),
        Box::new(pipedrive::Pipedrive::default()),
        Box::new(resend::Resend::default()),
        Box::new(sailthru::Sailthru::default()),
        Box::new(salesforce::Salesforce::default()),
        Box::new(sendgrid::SendGrid::default()),
        Box::new(sendlane::Sendlane::default()),
        Box::new(userlist::Userlist::default()),
        Box::new(vero::Vero::default()),
        Box::new(zohocrm::ZohoCrm::default()),
    ]
}

/// Calls that only look although they aren't GETs: exports of one profile, and searches.
const LOOKS: [&str; 8] = [
    "POST /contacts/search",
    "POST /users/export/",
    "POST /v1/audiences/get",
    "POST /v1/person/custom-field/get",
    "POST /v1/person/get",
    "POST /v2/objects/people/records/query",
    "POST /v3/search-contacts/",
    "POST /v3/marketing/contacts/search/",
];

/// Whether a call, given as its method and path, only looks.
pub fn looks(line: &str) -> bool {
    line.starts_with("GET ") || LOOKS.iter().any(|start| line.starts_with(start))
}

/// The fake server of that vendor.
///
/// # Panics
/// Where there is none.
pub fn of(slug: &str) -> Box<dyn Crm> {
    all().into_iter().find(|crm| crm.slug() == slug).unwrap_or_else(|| panic!("no stand-in for {slug}"))
}

/// A CRM, seen from inside.
pub trait Crm: Vendor {
    /// The connector's slug.
    fn slug(&self) -> &'static str;
    /// What `REKOMI_VENDOR_BASE_…` must point here.
    fn hosts(&self) -> &'static [&'static str];
    /// Credentials that are accepted, by the connector's field names.
    fn credentials(&self) -> BTreeMap<String, String>;
    /// From now on the credentials are refused.
    fn revoke(&mut self);
    /// A list that is there; none where the vendor has no lists.
    fn list(&self) -> Option<Choice>;
    /// The contact of that address, exactly as it was given.
    fn contact(&self, email: &str) -> Option<Contact>;
    /// How many contacts there are.
    fn contacts(&self) -> usize;
    /// The person unsubscribes (from the list, where the vendor has them per list): one who is there, or who was there before
    /// anything of ours came.
    fn unsubscribed(&mut self, email: &str);
    /// The same by the narrowest way that the vendor has: from the one list or group that our syncs put people on.
    fn leaves_list(&mut self, email: &str) {
        self.unsubscribed(email);
    }
    /// Whether the vendor's API can be asked what a person agreed to. Where it can't, they are written to and stay
    /// unsubscribed.
    fn reports_consent(&self) -> bool {
        true
    }
    /// Whether consent that comes later changes anything. Not where the vendor doesn't tell who left from who never agreed.
    fn takes_later_consent(&self) -> bool {
        true
    }
    /// Whether the vendor refuses a contact without a last name: who has only one name has it there.
    fn needs_last_name(&self) -> bool {
        false
    }
    /// The vendor's own answer to too many requests, and the seconds that it asks to wait, if it does.
    fn too_fast(&self) -> (Mood, Option<u64>);
    /// Events that were counted, as name and address: what the vendor counts twice stands there twice.
    fn events(&self) -> Vec<(String, String)> {
        Vec::new()
    }
    /// Lets time pass for what the vendor does later: called before the contact is looked at.
    fn settle(&mut self) {}
}

impl Vendor for Box<dyn Crm> {
    fn answer(&mut self, call: &Call) -> Answer {
        (**self).answer(call)
    }
}

/// A contact as its vendor knows it, in the words that all vendors share.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Contact {
    pub email: String,
    pub first_name: Option<String>,
    pub last_name: Option<String>,
    pub subscribed: Subscribed,
    /// Ids of the lists that they are on.
    pub lists: BTreeSet<String>,
    /// Tags, wherever the vendor keeps them.
    pub tags: BTreeSet<String>,
    /// `rekomi_status`, where the vendor has such a field.
    pub status: Option<String>,
}

/// What a contact agreed to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Subscribed {
    /// Nothing was said either way, or the vendor knows nothing of the kind.
    #[default]
    Unsaid,
    /// Asked, and not confirmed yet.
    Pending,
    Yes,
    No,
}

/// Starts a vendor's fake server.
pub fn start(crm: Box<dyn Crm>) -> FakeServer<Box<dyn Crm>> {
    let fake = FakeServer::of(crm);
    rehearsal::forget_tokens(fake.base());
    fake
}

/// The fields of an object, if it has no others than these, and none that is empty.
///
/// # Errors
/// Says which field is wrong.
pub fn only<'a>(value: &'a Value, known: &[&str]) -> Result<&'a Map<String, Value>, String> {
    let fields = value.as_object().ok_or_else(|| "no object".to_owned())?;
    for (name, value) in fields {
        if !known.contains(&name.as_str()) {
            return Err(format!("unknown field {name}"));
        }
        if value.is_null() || value.as_str().is_some_and(str::is_empty) {
            // Vendors take it, and wipe out what was there: nothing of ours ever sends it.
            return Err(format!("{name} is empty"));
        }
    }
    Ok(fields)
}

/// A field that must be there, as a text.
///
/// # Errors
/// Says which.
pub fn text(fields: &Map<String, Value>, name: &str) -> Result<String, String> {
    fields.get(name).and_then(Value::as_str).map(str::to_owned).ok_or_else(|| format!("{name} must be a text"))
}

/// A field as a text, if it is there.
pub fn maybe(fields: &Map<String, Value>, name: &str) -> Option<String> {
    fields.get(name).and_then(Value::as_str).map(str::to_owned)
}

/// A part of a path as it was before it was escaped.
///
/// # Errors
/// Where a character stands there that must be escaped.
pub fn unescaped(part: &str) -> Result<String, String> {
    if part.contains(['@', '+', '/', ' ']) || !part.is_ascii() {
        return Err(format!("{part} is not percent-encoded"));
    }
    let query = format!("x={part}");
    let value = url::form_urlencoded::parse(query.as_bytes()).next().map(|(_, value)| value.into_owned());
    value.ok_or_else(|| format!("{part} can't be read"))
}
