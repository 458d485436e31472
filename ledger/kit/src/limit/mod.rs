//! Limits how often anyone may try to sign in, sign up, request emails or invite people.
//!
//! Attempts are counted in the database, so that a restart doesn't reset them and several processes count together: a
//! token bucket for each account, address, network, session and organization, named by a keyed hash, so that the rows
//! identify no one. The same buckets in this process's memory come first: a flood is refused without a database
//! connection.
//!
//! A browser that has signed in before proves it with a device cookie and has a bucket of its own, so that a stranger
//! who empties an account's bucket doesn't lock out its owner (OWASP, "Device cookies"). For the same reason a
//! signed-in person who enters the password again uses the bucket of their session.

pub mod store;

use std::net::IpAddr;

use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};
use shared::{
    id::{AffiliateId, CreatorId, OauthGrantId, OrganizationId, UserId},
    keys::KeyRing,
};
use sqlx::PgConnection;

use crate::{
    access::{
        buckets::{KeyedRate, Rate},
        source::subscriber_network,
    },
    db::Holder,
    state::AppState,
};

const ACCOUNT: Rate = Rate { burst: 10.0, ms_per_token: 30_000.0 };
const DEVICE: Rate = Rate { burst: 10.0, ms_per_token: 30_000.0 };
const SESSION: Rate = Rate { burst: 10.0, ms_per_token: 30_000.0 };
const SOURCE: Rate = Rate { burst: 30.0, ms_per_token: 2_000.0 };
/// Email requests and sign-ups: by network, and by the address or session that the emails are for.
const ERRANDS: Rate = Rate { burst: 20.0, ms_per_token: 15_000.0 };
const EMAILS: Rate = Rate { burst: 5.0, ms_per_token: 600_000.0 };
/// Emails that invite people to a team: 100 a day from one organization, 5 a day to one address, no matter who sends
/// them.
const INVITATIONS: Rate = Rate { burst: 100.0, ms_per_token: 864_000.0 };
const INVITED: Rate = Rate { burst: 5.0, ms_per_token: 17_280_000.0 };
/// Checks of one creator's channels.
const CHANNEL_CHECKS: Rate = Rate { burst: 10.0, ms_per_token: 120_000.0 };

/// Applications of one creator: 20 a day.
const NETWORK_APPLICATIONS: Rate = Rate { burst: 20.0, ms_per_token: 4_320_000.0 };
/// Messages of one creator to brands, a day.
pub const NETWORK_MESSAGES_MAX: u32 = 50;
/// As many at once; then the day's number, spread over the day.
const NETWORK_MESSAGES: Rate = Rate { burst: 50.0, ms_per_token: 1_728_000.0 };
/// Apps that register: 10 an hour.
const APP_REGISTRATIONS: Rate = Rate { burst: 10.0, ms_per_token: 360_000.0 };
/// Documents of apps that are fetched for one person.
const APP_DOCUMENTS: Rate = Rate { burst: 20.0, ms_per_token: 30_000.0 };
/// New tokens of one app that a person connected.
const APP_TOKENS: Rate = Rate { burst: 20.0, ms_per_token: 60_000.0 };
/// Messages of one person to the co-pilot: 20 a minute.
const COPILOT_MESSAGES: Rate = Rate { burst: 20.0, ms_per_token: 3_000.0 };
/// Questions of one affiliate to the brand's model: 10 a minute.
const PORTAL_QUESTIONS: Rate = Rate { burst: 10.0, ms_per_token: 6_000.0 };
/// What is noted for the operators of the network about refused requests.
const NOTES: Rate = Rate { burst: 1.0, ms_per_token: 60_000.0 };
/// Refused messages of other installations that are counted: 60 a minute, so that a flood doesn't become one of writes.
const REFUSALS: Rate = Rate { burst: 60.0, ms_per_token: 1_000.0 };

/// What anyone may do without being signed in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PublicAction {
    SignUp,
    Reset,
    Verify,
    AffiliateLink,
    /// Sign-in links of the creator network.
    CreatorLink,
    Application,
    /// Emails to a brand's team about applications.
    ApplicationNotice,
    /// Emails to a brand's team about messages of creators.
    MessageNotice,
    /// Emails that show a brand's people what affiliates get.
    EmailPreview,
}

impl PublicAction {
    const fn name(self) -> &'static str {
        match self {
            Self::SignUp => "sign-up",
            Self::Reset => "reset",
            Self::Verify => "verify",
            Self::AffiliateLink => "affiliate-link",
            Self::CreatorLink => "creators-link",
            Self::Application => "application",
            Self::ApplicationNotice => "application-notice",
            Self::MessageNotice => "message-notice",
            Self::EmailPreview => "preview-email",
        }
    }
}

/// The limited actions.
#[derive(Debug, Clone, Copy)]
pub enum Limit<'a> {
    /// Guesses at an account's password. `device` is the device cookie of its owner, as returned by
    /// [`identity::access::caller::Caller::device`].
    SignIn { email: &'a str, source: Option<IpAddr>, device: Option<&'a str> },
    /// Guesses at the password by a signed-in person, by the hash of the session's token.
    Proof(&'a [u8; 32]),
    /// Public actions by network.
    PublicAction(PublicAction, Option<IpAddr>),
    /// Emails of this kind to an address. A browser that signed in as its owner has a bucket of its own, which no
    /// stranger can use up.
    Email { action: PublicAction, address: &'a str, device: Option<&'a str> },
    /// Emails of this kind that one session causes, whatever the address.
    EmailBySession(PublicAction, &'a [u8; 32]),
    /// Emails that invite an address to an organization's team.
    Invitation(OrganizationId, &'a str),
    /// Checks of a creator's channels, which fetch pages of others.
    ChannelCheck(CreatorId),
    /// Applications of a creator to programs of the network.
    NetworkApplication(CreatorId),
    /// Messages of a creator to brands.
    NetworkMessage(CreatorId),
    /// Registrations of apps, by network.
    AppRegistration(Option<IpAddr>),
    /// Fetches of the document with which an app describes itself, for the person who is about to connect it.
    AppDocument(UserId),
    /// New tokens of an app.
    AppTokens(OauthGrantId),
    /// Messages of a person to the co-pilot.
    CopilotMessage(UserId),
    /// Questions of an affiliate to the brand's model.
    PortalQuestion(AffiliateId),
    /// Notes about refused requests for creators' sign-in links.
    SignUpNote,
    /// Notes about a brand's refused invitations.
    InvitationNote(OrganizationId),
    /// Counts of refused messages of other installations.
    FederationRefusal,
}

impl Limit<'_> {
    pub fn buckets(&self) -> Vec<KeyedRate> {
        match *self {
            Self::SignIn { device: Some(device), .. } => vec![(hash("device", device), DEVICE)],
            Self::SignIn { email, source, device: None } => [(hash("account", email), ACCOUNT)]
                .into_iter()
                .chain(source.map(|source| (hash("source", &subscriber_network(source)), SOURCE)))
                .collect(),
            Self::Proof(session) => vec![(hash("session", session), SESSION)],
            Self::PublicAction(action, source) => {
                let bucket = |source| (hash(action.name(), &subscriber_network(source)), ERRANDS);
                source.map(bucket).into_iter().collect()
            }
            Self::Email { action, device: Some(device), .. } => {
                vec![(hash(action.name(), &format!("device\0{device}")), EMAILS)]
            }
            Self::Email { action, address, device: None } => {
                vec![(hash(action.name(), &format!("to\0{address}")), EMAILS)]
            }
            Self::EmailBySession(action, session) => {
                let name = Sha256::new().chain_update(b"session\0").chain_update(session).finalize();
                vec![(hash(action.name(), name.as_slice()), EMAILS)]
            }
            Self::Invitation(organization, address) => {
                vec![(hash("invitations", &organization.to_string()), INVITATIONS), (hash("invited", address), INVITED)]
            }
            Self::ChannelCheck(creator) => vec![(hash("channel-check", &creator.to_string()), CHANNEL_CHECKS)],
            Self::NetworkApplication(creator) => {
                vec![(hash("creators-application", &creator.to_string()), NETWORK_APPLICATIONS)]
            }
            Self::FederationRefusal => vec![(hash("flag-note", "federation"), REFUSALS)],
            Self::NetworkMessage(creator) => {
                vec![(hash("creators-message", &creator.to_string()), NETWORK_MESSAGES)]
            }
            Self::AppRegistration(source) => {
                let bucket = |source| (hash("app-registration", &subscriber_network(source)), APP_REGISTRATIONS);
                source.map(bucket).into_iter().collect()
            }
            Self::AppDocument(user) => vec![(hash("app-document", &user.to_string()), APP_DOCUMENTS)],
            Self::AppTokens(grant) => vec![(hash("app-tokens", &grant.to_string()), APP_TOKENS)],
            Self::CopilotMessage(user) => vec![(hash("copilot-message", &user.to_string()), COPILOT_MESSAGES)],
            Self::PortalQuestion(affiliate) => {
                vec![(hash("portal-question", &affiliate.to_string()), PORTAL_QUESTIONS)]
            }
            Self::SignUpNote => vec![(hash("flag-note", "sign-ups"), NOTES)],
            Self::InvitationNote(organization) => vec![(hash("flag-note", &organization.to_string()), NOTES)],
        }
    }
}

fn hash(kind: &str, value: &(impl AsRef<[u8]> + ?Sized)) -> [u8; 32] {
    Sha256::new().chain_update(kind).chain_update([0]).chain_update(value).finalize().into()
}

/// Returns whether the action is allowed once more, and counts it if so. It uses a transaction of its own: the action
/// counts whatever its outcome.
pub async fn admit(state: &AppState, limit: &Limit<'_>) -> Result<bool, sqlx::Error> {
    let (requested, now) = (limit.buckets(), state.clock.wall());
    if !state.throttle.take(&requested, now) {
        return Ok(false);
    }
    let mut tx = state.db.global(Holder::Nothing).await?;
    let admitted = store::take(tx.conn(), &keyed(&state.config.keys.pages, &requested), now).await?;
    if admitted {
        tx.commit().await?;
    } else {
        state.throttle.put_back(&requested);
    }
    Ok(admitted)
}

/// Like [`admit`], but counted only if the caller's transaction commits. If the result is false, a limit with several
/// buckets may have taken tokens from some: the caller rolls back.
pub async fn admit_in(conn: &mut PgConnection, state: &AppState, limit: &Limit<'_>) -> Result<bool, sqlx::Error> {
    store::take(conn, &keyed(&state.config.keys.pages, &limit.buckets()), state.clock.wall()).await
}

/// Returns the tokens: a success costs nothing.
pub async fn refund(state: &AppState, limit: &Limit<'_>) -> Result<(), sqlx::Error> {
    let requested = limit.buckets();
    state.throttle.put_back(&requested);
    let mut tx = state.db.global(Holder::Nothing).await?;
    store::put_back(tx.conn(), &keyed(&state.config.keys.pages, &requested)).await?;
    tx.commit().await
}

/// The stored names: without the key no one can tell whose they are.
fn keyed(ring: &KeyRing, requested: &[KeyedRate]) -> Vec<KeyedRate> {
    let name = |name: &[u8; 32]| {
        // HMAC takes a key of any length; the fallback can't be reached.
        let mac = Hmac::<Sha256>::new_from_slice(ring.current().bytes());
        let mut mac = mac.unwrap_or_else(|_| Hmac::new(&Default::default()));
        mac.update(b"limit\0");
        mac.update(name);
        mac.finalize().into_bytes().into()
    };
    requested.iter().map(|(plain, rate)| (name(plain), *rate)).collect()
}

#[cfg(test)]
mod tests {
    use shared::timestamp::Timestamp;

    use super::*;
    use crate::access::throttle::Throttle;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_seconds(1_790_000_000 + seconds).unwrap()
    }

    const HERE: Option<IpAddr> = Some(IpAddr::V4(std::net::Ipv4Addr::LOCALHOST));

    fn guess(email: &str) -> Limit<'_> {
        Limit::SignIn { email, source: HERE, device: None }
    }

    fn takes(throttle: &Throttle, limit: Limit<'_>, seconds: i64) -> bool {
        throttle.take(&limit.buckets(), at(seconds))
    }

    #[test]
    fn an_account_takes_ten_guesses_and_then_one_in_thirty_seconds() {
        let throttle = Throttle::default();
        let takes = |seconds| takes(&throttle, guess("owner@acme.test"), seconds);
        assert!((0..10).all(|_| takes(0)));
        assert!(!takes(0) && !takes(29) && takes(31) && !takes(31));
    }

    #[test]
    fn a_known_device_and_a_session_are_not_stopped_by_strangers() {
        let throttle = Throttle::default();
        while takes(&throttle, guess("owner@acme.test"), 0) {}
        let known = Limit::SignIn { email: "owner@acme.test", source: HERE, device: Some("cookie") };
        assert!(takes(&throttle, known, 0));
        assert_eq!((0..20).filter(|_| takes(&throttle, Limit::Proof(&[1; 32]), 0)).count(), 10);
        assert!(takes(&throttle, Limit::Proof(&[2; 32]), 0), "another session");
    }

    #[test]
    fn one_source_can_not_try_account_after_account() {
        let throttle = Throttle::default();
        let emails: Vec<String> = (0..31).map(|number| format!("{number}@acme.test")).collect();
        assert_eq!(emails.iter().filter(|email| takes(&throttle, guess(email), 0)).count(), 30);
    }

    #[test]
    fn another_address_of_the_same_subscriber_is_the_same_source() {
        let throttle = Throttle::default();
        let resets = |address: String| {
            let source = address.parse().ok();
            takes(&throttle, Limit::PublicAction(PublicAction::Reset, source), 0)
        };
        assert_eq!((0..60).filter(|number| resets(format!("2001:db8:7:{number:x}::1"))).count(), 20);
        assert!(resets("2001:db8:8::1".to_owned()));
    }

    #[test]
    fn emails_are_few_and_their_owner_is_not_stopped_by_strangers() {
        let throttle = Throttle::default();
        let to = |address, device, seconds| {
            takes(&throttle, Limit::Email { action: PublicAction::Reset, address, device }, seconds)
        };
        assert_eq!((0..9).filter(|_| to("owner@acme.test", None, 0)).count(), 5);
        assert!(to("owner@acme.test", Some("cookie"), 0) && to("other@acme.test", None, 0));
        assert!(to("owner@acme.test", None, 601));
        let requested = |action| takes(&throttle, Limit::PublicAction(action, HERE), 0);
        assert_eq!((0..30).filter(|_| requested(PublicAction::SignUp)).count(), 20);
        assert!(requested(PublicAction::Reset));
        let by_session = || takes(&throttle, Limit::EmailBySession(PublicAction::Verify, &[1; 32]), 0);
        assert_eq!((0..9).filter(|_| by_session()).count(), 5);
    }

    #[test]
    fn a_creator_applies_twenty_times_a_day() {
        let throttle = Throttle::default();
        let applies = |creator: u128, seconds| {
            let creator = CreatorId::new(uuid::Uuid::from_u128(creator));
            takes(&throttle, Limit::NetworkApplication(creator), seconds)
        };
        assert_eq!((0..30).filter(|_| applies(1, 0)).count(), 20);
        assert!(!applies(1, 4_319) && applies(1, 4_321) && applies(2, 0));
    }

    #[test]
    fn a_creator_sends_as_many_messages_a_day_as_the_limit_says() {
        let throttle = Throttle::default();
        let writes =
            |seconds| takes(&throttle, Limit::NetworkMessage(CreatorId::new(uuid::Uuid::from_u128(1))), seconds);
        let most = usize::try_from(NETWORK_MESSAGES_MAX).unwrap();
        assert_eq!((0..most + 20).filter(|_| writes(0)).count(), most);
        assert!(!writes(86_400 / i64::from(NETWORK_MESSAGES_MAX) - 1));
        assert_eq!((0..most + 20).filter(|_| writes(86_400)).count(), most, "all of them again after a day");
    }

    #[test]
    fn ten_apps_register_an_hour() {
        let throttle = Throttle::default();
        let registers = |seconds| takes(&throttle, Limit::AppRegistration(HERE), seconds);
        assert_eq!((0..30).filter(|_| registers(0)).count(), 10);
        assert!(!registers(359) && registers(361));
    }

    #[test]
    fn a_flood_is_noted_once_a_minute() {
        let throttle = Throttle::default();
        assert_eq!((0..30).filter(|_| takes(&throttle, Limit::SignUpNote, 0)).count(), 1);
        assert!(!takes(&throttle, Limit::SignUpNote, 59) && takes(&throttle, Limit::SignUpNote, 61));
    }

    #[test]
    fn stored_names_need_the_key() {
        let ring =
            |digit: &str| KeyRing::parse(&format!("1:{}", digit.repeat(64)), shared::keys::Purpose::Pages).unwrap();
        let plain = guess("owner@acme.test").buckets();
        let (one, other) = (keyed(&ring("a"), &plain), keyed(&ring("b"), &plain));
        assert!(plain.iter().zip(&one).zip(&other).all(|((plain, one), other)| plain.0 != one.0 && one.0 != other.0));
    }
}
