//! Thirty days of invented clicks and sales. No side effects.

use std::collections::BTreeMap;

use serde_json::json;
use shared::{
    event::{
        Click, ClickClass, ClickSource, Conversion, ConversionSource, ConversionType, Device, EVENT_VERSION, Event,
        Payload,
    },
    id::{AffiliateId, EventId, LinkId, OrganizationId, ProgramId},
    money::Currency,
    timestamp::Timestamp,
};

const DAYS: u64 = 30;
const DAY_MS: u64 = 86_400_000;
const CLICKS: u64 = 420;
const SALES: u64 = 40;
/// Some buy again.
const CUSTOMERS: u64 = 28;
const PRICES: [i64; 4] = [2_900, 4_900, 9_900, 19_900];
const COUNTRIES: [&str; 8] = ["US", "US", "US", "GB", "DE", "FR", "CA", "NL"];
const DEVICES: [Device; 4] = [Device::Mobile, Device::Desktop, Device::Mobile, Device::Tablet];
const REFERRERS: [Option<&str>; 4] = [Some("www.youtube.com"), Some("l.instagram.com"), Some("substack.com"), None];

/// A sample affiliate with their link.
#[derive(Debug)]
pub(super) struct Seller {
    pub(super) affiliate: AffiliateId,
    pub(super) slug: String,
    pub(super) link: LinkId,
}

/// Where the events belong.
#[derive(Debug, Clone, Copy)]
pub(super) struct Scene<'a> {
    pub(super) organization: OrganizationId,
    pub(super) program: ProgramId,
    pub(super) sellers: &'a [Seller],
    pub(super) now: Timestamp,
}

/// Numbers that look random (SplitMix64); the same seed always gives the same ones.
struct Dice(u64);

impl Dice {
    const fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    const fn below(&mut self, bound: u64) -> u64 {
        self.roll() % bound
    }

    /// One of these; the first ones are picked more often.
    fn pick<'a, T>(&mut self, of: &'a [T]) -> Option<&'a T> {
        let count = (of.len() as u64).max(1);
        let place = self.below(count).min(self.below(count));
        usize::try_from(place).ok().and_then(|place| of.get(place))
    }

    fn moment(&mut self, now: Timestamp) -> Timestamp {
        let ago = i64::try_from(self.below(DAYS * DAY_MS)).unwrap_or_default();
        now.plus_millis(-ago)
    }
}

/// All events, in the order in which they happened. `seed` varies them.
pub(super) fn all(scene: Scene<'_>, seed: u64) -> Vec<Event> {
    let mut dice = Dice(seed);
    let clicks = (0..CLICKS).filter_map(|_| click(scene, &mut dice)).collect::<Vec<_>>();
    let sales = (0..SALES).filter_map(|number| sale(scene, number, &mut dice)).collect::<Vec<_>>();
    let mut events = [clicks, sales].concat();
    events.sort_by_key(|event| event.received_at);
    events
}

fn click(scene: Scene<'_>, dice: &mut Dice) -> Option<Event> {
    let (seller, at) = (dice.pick(scene.sellers)?, dice.moment(scene.now));
    let mut random = [0; 10];
    random[..8].copy_from_slice(&dice.roll().to_be_bytes());
    random[8..].copy_from_slice(&dice.roll().to_be_bytes()[..2]);
    let id = EventId::v7(at.millis().unsigned_abs(), &random);
    let click = Click {
        link_id: seller.link,
        program_id: scene.program,
        affiliate_id: seller.affiliate,
        class: ClickClass::Human,
        source: ClickSource::Redirect,
        country: dice.pick(&COUNTRIES).map(|country| (*country).to_owned()),
        referrer_host: dice.pick(&REFERRERS).copied().flatten().map(str::to_owned),
        device: dice.pick(&DEVICES).copied().unwrap_or_default(),
        visitor: Some(format!("{:016x}", dice.roll())),
        previous: None,
        landing: Some("/".to_owned()),
    };
    Some(event(scene, id, at, Payload::Click(click)))
}

fn sale(scene: Scene<'_>, number: u64, dice: &mut Dice) -> Option<Event> {
    let at = dice.moment(scene.now);
    let customer = dice.below(CUSTOMERS);
    // A customer stays with their affiliate.
    let seller = Dice(customer).pick(scene.sellers)?;
    let name = format!("sample-{number}");
    let sale = Conversion {
        source: ConversionSource::S2s,
        kind: ConversionType::Sale,
        external_event_id: name.clone(),
        program_id: Some(scene.program),
        affiliate_slug: Some(seller.slug.clone()),
        click_token: None,
        coupon_code: None,
        amount_cents: dice.pick(&PRICES).copied()?,
        paid_cents: None,
        currency: Currency::USD,
        customer_id: Some(format!("sample-customer-{customer}")),
        customer_email: None,
        customer_name: None,
        subscription_id: None,
        product_id: None,
        country: dice.pick(&COUNTRIES).map(|country| (*country).to_owned()),
        occurred_at: Some(at),
        refund_of: None,
        past: None,
        metadata: BTreeMap::from([("sample".to_owned(), json!(true))]),
    };
    let id = Event::conversion_id(scene.organization, ConversionType::Sale, &name);
    Some(event(scene, id, at, Payload::Conversion(Box::new(sale))))
}

fn event(scene: Scene<'_>, id: EventId, at: Timestamp, payload: Payload) -> Event {
    let request_id = "sample".to_owned();
    Event {
        v: EVENT_VERSION,
        id,
        organization_id: scene.organization,
        received_at: at,
        request_id,
        traceparent: None,
        payload,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sellers() -> Vec<Seller> {
        let seller = |number: u8| Seller {
            affiliate: AffiliateId::v7(1, &[number; 10]),
            slug: format!("seller-{number}"),
            link: LinkId::v7(1, &[number; 10]),
        };
        (0..6).map(seller).collect()
    }

    #[test]
    fn a_month_is_full_and_ends_now() {
        let (sellers, now) = (sellers(), Timestamp::from_seconds(1_790_000_000).unwrap());
        let (organization, program) = (OrganizationId::v7(1, &[1; 10]), ProgramId::v7(1, &[2; 10]));
        let scene = Scene { organization, program, sellers: &sellers, now };
        let events = all(scene, 7);
        assert_eq!(events.len() as u64, CLICKS + SALES);
        assert!(events.is_sorted_by_key(|event| event.received_at));
        let first = now.plus_days(-30);
        assert!(events.iter().all(|event| event.received_at > first && event.received_at <= now));
        let ids: std::collections::HashSet<_> = events.iter().map(|event| event.id.uuid()).collect();
        assert_eq!(ids.len(), events.len(), "no two are the same");
        assert_ne!(all(scene, 8)[0].id, events[0].id);
        assert!(all(Scene { sellers: &[], ..scene }, 7).is_empty());
    }

    #[test]
    fn a_customer_stays_with_their_affiliate() {
        let (sellers, now) = (sellers(), Timestamp::from_seconds(1_790_000_000).unwrap());
        let (organization, program) = (OrganizationId::v7(1, &[1; 10]), ProgramId::v7(1, &[2; 10]));
        let mut known = BTreeMap::new();
        for event in all(Scene { organization, program, sellers: &sellers, now }, 7) {
            if let Payload::Conversion(sale) = event.payload {
                let slug = sale.affiliate_slug.clone();
                assert_eq!(*known.entry(sale.customer_id.clone()).or_insert_with(|| slug.clone()), slug);
            }
        }
        assert!(known.len() > 10);
    }
}
