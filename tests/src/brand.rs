//! A demo organization as its events see it, and the events that its visitors and buyers cause.

use serde_json::Value;
use shared::{
    event::{
        Click, ClickClass, ClickSource, Conversion, ConversionSource, ConversionType, Device, EVENT_VERSION, Event,
        Gateway, GatewayEvent, Payload,
    },
    id::{AffiliateId, ClickId, EventId, GatewayConnectionId, Id, Kind, LinkId, OrganizationId, ProgramId},
    keys::{KeyRing, Purpose},
    money::Currency,
    timestamp::Timestamp,
    token::ClickToken,
};
use sqlx::{PgConnection, Row};

use crate::{database::Database, settings, stripe::nothing_is_expanded, wait::now};

#[derive(Debug, Clone)]
pub struct Brand {
    pub organization: OrganizationId,
    pub program: ProgramId,
    pub public_key: String,
    pub api_key: String,
    /// Of the first organization only: the second one's is nobody's but its own.
    pub signing_secret: String,
    /// As `signing_secret`.
    pub stripe: Option<GatewayConnectionId>,
    pub stripe_secret: String,
    /// The affiliate that the demo comes with.
    pub partner: Partner,
}

/// An affiliate with one link.
#[derive(Debug, Clone)]
pub struct Partner {
    pub affiliate: AffiliateId,
    pub link: LinkId,
    pub slug: String,
    pub host: String,
}

/// A fresh time-ordered id.
pub fn fresh<K: Kind>() -> Id<K> {
    Id::v7(now().millis().unsigned_abs(), &rand::random())
}

/// A click's id as the edge makes it.
pub fn fresh_click(program: ProgramId, at: Timestamp) -> ClickId {
    ClickId::of_program(at.millis().unsigned_abs(), &rand::random(), program)
}

impl Brand {
    /// Both demo organizations.
    pub async fn of_demo(database: &Database, demo: &Value) -> (Self, Self) {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let mut connection = database.connect().await;
        let mut acme = Self::read(&mut connection, &text(&demo["organization"]["id"])).await;
        acme.api_key = text(&demo["apiKey"]);
        acme.signing_secret = text(&demo["signingSecret"]);
        let url = text(&demo["gateways"]["stripe"]["url"]);
        acme.stripe = url.rsplit('/').next().and_then(|id| id.parse().ok());
        acme.stripe_secret = text(&demo["gateways"]["stripe"]["secret"]);
        let mut globex = Self::read(&mut connection, &text(&demo["other"]["organization"]["id"])).await;
        globex.api_key = text(&demo["other"]["apiKey"]);
        (acme, globex)
    }

    async fn read(connection: &mut PgConnection, organization: &str) -> Self {
        let organization: OrganizationId = organization.parse().expect("an organization's id");
        let row = sqlx::query(
            "select p.id, p.public_key, a.id, l.id, a.slug, l.host from programs p
             join links l on l.organization_id = p.organization_id and l.program_id = p.id
             join affiliates a on a.organization_id = l.organization_id and a.id = l.affiliate_id
             where p.organization_id = $1 order by l.host limit 1",
        )
        .bind(organization.uuid())
        .fetch_one(connection)
        .await
        .expect("the demo organization has a program, an affiliate and a link");
        Self {
            organization,
            program: ProgramId::new(row.get(0)),
            public_key: row.get(1),
            api_key: String::new(),
            signing_secret: String::new(),
            stripe: None,
            stripe_secret: String::new(),
            partner: Partner {
                affiliate: AffiliateId::new(row.get(2)),
                link: LinkId::new(row.get(3)),
                slug: row.get(4),
                host: row.get(5),
            },
        }
    }

    /// One more approved affiliate with a link, written as the owner.
    pub async fn join(&self, database: &Database, slug: &str) -> Partner {
        self.join_as(database, slug, &format!("{slug}@creators.test")).await
    }

    /// The same, with this address.
    pub async fn join_as(&self, database: &Database, slug: &str, email: &str) -> Partner {
        let partner =
            Partner { affiliate: fresh(), link: fresh(), slug: slug.to_owned(), host: self.partner.host.clone() };
        let mut connection = database.connect().await;
        sqlx::query(
            "insert into affiliates (organization_id, id, slug, email, name, status, created_at)
             values ($1, $2, $3, $4, $3, 'Approved', now())",
        )
        .bind(self.organization.uuid())
        .bind(partner.affiliate.uuid())
        .bind(slug)
        .bind(email)
        .execute(&mut connection)
        .await
        .unwrap();
        sqlx::query(
            "insert into links (organization_id, id, program_id, affiliate_id, host, slug, destination, created_at)
             values ($1, $2, $3, $4, $5, $6, 'https://brand.test/', now())",
        )
        .bind(self.organization.uuid())
        .bind(partner.link.uuid())
        .bind(self.program.uuid())
        .bind(partner.affiliate.uuid())
        .bind(&partner.host)
        .bind(slug)
        .execute(&mut connection)
        .await
        .unwrap();
        partner
    }

    fn event(&self, id: EventId, payload: Payload) -> Event {
        Event {
            v: EVENT_VERSION,
            id,
            organization_id: self.organization,
            received_at: now(),
            request_id: "req_of_a_test".to_owned(),
            traceparent: None,
            payload,
        }
    }

    /// A person's click on a partner's link.
    pub fn click(&self, partner: &Partner) -> Event {
        self.click_at(partner, now())
    }

    pub fn click_at(&self, partner: &Partner, at: Timestamp) -> Event {
        let click = Click {
            link_id: partner.link,
            program_id: self.program,
            affiliate_id: partner.affiliate,
            class: ClickClass::Human,
            source: ClickSource::Redirect,
            country: Some("DE".to_owned()),
            referrer_host: None,
            device: Device::Desktop,
            visitor: None,
            previous: None,
            landing: Some("/".to_owned()),
        };
        self.event(EventId::new(fresh_click(self.program, at).uuid()), Payload::Click(click))
    }

    /// A click that counts for nothing, for a program's own reasons.
    pub fn uncounted_click(&self, partner: &Partner, class: ClickClass) -> Event {
        let mut event = self.click(partner);
        if let Payload::Click(click) = &mut event.payload {
            click.class = class;
        }
        event
    }

    /// A genuine token of a click at a time; the click's own event need not exist.
    pub fn token(&self, partner: &Partner, clicked_at: Timestamp) -> String {
        let click_id = fresh_click(self.program, clicked_at);
        ClickToken { click_id, link_id: partner.link, clicked_at }.encode(&token_keys())
    }

    /// The token of a click's event.
    pub fn token_of(&self, click: &Event) -> String {
        let Payload::Click(report) = &click.payload else { panic!("not a click") };
        let millis = click.id.bytes()[..6].iter().fold(0_i64, |millis, byte| millis << 8 | i64::from(*byte));
        let clicked_at = Timestamp::from_millis(millis).unwrap();
        ClickToken { click_id: ClickId::new(click.id.uuid()), link_id: report.link_id, clicked_at }
            .encode(&token_keys())
    }

    fn conversion(&self, kind: ConversionType, external_event_id: &str, amount_cents: i64) -> Event {
        let conversion = Conversion {
            source: ConversionSource::S2s,
            kind,
            external_event_id: external_event_id.to_owned(),
            program_id: None,
            affiliate_slug: None,
            click_token: None,
            coupon_code: None,
            amount_cents,
            paid_cents: None,
            currency: Currency::USD,
            customer_id: None,
            customer_email: None,
            customer_name: None,
            subscription_id: None,
            product_id: None,
            country: None,
            occurred_at: None,
            refund_of: None,
            past: None,
            metadata: Default::default(),
        };
        let id = Event::conversion_id(self.organization, kind, external_event_id);
        self.event(id, Payload::Conversion(Box::new(conversion)))
    }

    /// A sale, as the brand's backend tells it; [`But::but`] adds the rest.
    pub fn sale(&self, external_event_id: &str, amount_cents: i64) -> Event {
        self.conversion(ConversionType::Sale, external_event_id, amount_cents)
    }

    /// What a page tells of a purchase that the backend tells as this event.
    pub fn by_page(&self, report: &Event) -> Event {
        let Payload::Conversion(conversion) = &report.payload else { panic!("not a conversion") };
        let id = Event::pixel_id(
            self.organization,
            conversion.kind,
            &conversion.external_event_id,
            conversion.click_token.as_deref(),
        );
        Event { id, ..report.clone() }.but(|report| report.source = ConversionSource::Pixel)
    }

    pub fn lead(&self, external_event_id: &str) -> Event {
        self.conversion(ConversionType::Lead, external_event_id, 0)
    }

    pub fn refund(&self, external_event_id: &str, refund_of: &str, amount_cents: i64) -> Event {
        let refund_of = refund_of.to_owned();
        self.conversion(ConversionType::Refund, external_event_id, amount_cents)
            .but(|report| report.refund_of = Some(refund_of))
    }

    /// A Stripe event as the edge passes it on.
    pub fn stripe_event(&self, body: &Value) -> Event {
        let connection = self.stripe.expect("this organization has a Stripe connection");
        nothing_is_expanded(body);
        let names = (body["id"].as_str().unwrap(), body["type"].as_str().unwrap());
        self.gateway_event(Gateway::Stripe, connection, names, body.to_string())
    }

    /// A gateway's event with this id and of this type, as the edge passes it on.
    pub fn gateway_event(
        &self,
        gateway: Gateway,
        connection_id: GatewayConnectionId,
        (external_id, event_type): (&str, &str),
        body: String,
    ) -> Event {
        let payload = Payload::Gateway(GatewayEvent {
            connection_id,
            gateway,
            event_type: event_type.to_owned(),
            external_id: external_id.to_owned(),
            body,
        });
        self.event(Event::gateway_id(connection_id, external_id), payload)
    }
}

/// The ring that edge and ledger of the tests make and check tokens with.
pub fn token_keys() -> KeyRing {
    KeyRing::parse(settings::EDGE_KEYS, Purpose::ClickToken).unwrap()
}

/// An event like this one, but.
pub trait But {
    #[must_use]
    fn but(self, change: impl FnOnce(&mut Conversion)) -> Self;
}

impl But for Event {
    fn but(mut self, change: impl FnOnce(&mut Conversion)) -> Self {
        match &mut self.payload {
            Payload::Conversion(conversion) => change(conversion),
            Payload::Click(_) | Payload::Gateway(_) => panic!("not a conversion"),
        }
        self
    }
}
