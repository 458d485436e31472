//! What a model may read when an affiliate asks in the portal: what the portal's own pages show them. The session decides for
//! whom; an id of anyone else's is not found.

use std::{future::Future, pin::Pin};

use serde_json::{Map, Value, json};
use shared::id::CommissionId;

use super::{
    earns, home_store, links_store, sale,
    sales::{ListFilters, Row},
    sales_store, terms_store,
};
use identity::{
    portal::session::AffiliateSession,
    suggestion::question::{ReadTool, Reader},
};
use kit::{
    api::query::Query,
    error::{Error, Result},
    page::{address::Address, span::Span},
    state::AppState,
};
use payouts::{payout_account, portal::payouts as portal_payouts, statement};
use programs::link::read::link_scheme;

const EARNINGS: i64 = 25;
/// Days for which links have figures.
const LINK_DAYS: i32 = 30;
const TERMS_MAX: usize = 4_000;

/// Reads for the affiliate of a session.
#[derive(Debug)]
pub(super) struct Own<'a> {
    pub state: &'a AppState,
    pub session: &'a AffiliateSession,
}

type Reading<'a> = Pin<Box<dyn Future<Output = Result<Value>> + Send + 'a>>;

impl Reader for Own<'_> {
    fn tools(&self) -> Vec<ReadTool> {
        let nothing = || json!({"type": "object", "properties": {}, "additionalProperties": false});
        let day = |words: &str| json!({"type": "string", "description": words, "maxLength": 10});
        let tool = |name, description, schema| ReadTool { name, description, schema };
        vec![
            tool(
                "read_summary",
                "All-time clicks, sales and leads, the balances (on hold, payable, on their way, paid, withheld as tax) by \
                 currency, and whether they can be paid.",
                nothing(),
            ),
            tool(
                "list_earnings",
                "The affiliate's latest earnings with amount, status and why they have it; at most 25. Choose days to see \
                 older ones.",
                json!({"type": "object", "properties": {
                    "status": {"type": "string", "enum": ["Pending", "Approved", "Paid", "Refunded"]},
                    "kind": {"type": "string", "enum": ["sales", "renewals", "leads", "clicks", "other"]},
                    "from": day("The first day, such as 2026-11-01. Needs to."), "to": day("The last day. Needs from."),
                }, "additionalProperties": false}),
            ),
            tool(
                "explain_earning",
                "How one earning was calculated, why the affiliate is credited, and what happened to it since.",
                json!({"type": "object", "properties": {"id": {"type": "string", "maxLength": 40}}, "required": ["id"],
                    "additionalProperties": false}),
            ),
            tool("list_payouts", "The affiliate's latest payouts with amount, day and status.", nothing()),
            tool("list_links", "The affiliate's links with their clicks and sales of the last 30 days.", nothing()),
            tool("read_terms", "What the programs pay the affiliate, and the terms that they accept.", nothing()),
        ]
    }

    fn read<'a>(&'a self, tool: &'a str, arguments: &'a Map<String, Value>) -> Reading<'a> {
        Box::pin(async move {
            match tool {
                "read_summary" => self.summary().await,
                "list_earnings" => self.earnings(arguments).await,
                "explain_earning" => self.earning(arguments).await,
                "list_payouts" => self.payouts().await,
                "list_links" => self.links().await,
                "read_terms" => self.terms().await,
                _ => Err(Error::not_found()),
            }
        })
    }
}

impl Own<'_> {
    async fn summary(&self) -> Result<Value> {
        let AffiliateSession { organization, affiliate, t, .. } = *self.session;
        let mut tx = self.state.db.tenant(organization).await?;
        let sums = statement::store::sums(&mut tx, Some(affiliate)).await?;
        let totals = home_store::totals(&mut tx, affiliate).await?;
        let status = payout_account::status::read(&mut tx, affiliate).await?;
        tx.commit().await?;
        let balances = sums.iter().map(|sum| {
            let money = |minor: i64| t.money(minor, sum.currency.code());
            json!({"onHold": money(sum.pending), "payable": money(sum.payable), "onItsWay": money(sum.reserved),
                "paid": money(sum.received()), "leftToThePlatformThatTheBrandMovedFrom": money(sum.left),
                "withheldAsTax": money(sum.withheld)})
        });
        Ok(json!({
            "allTime": {"clicks": totals.clicks, "sales": totals.sales, "leads": totals.leads},
            "balances": balances.collect::<Vec<_>>(),
            "canBePaid": status.is_ready(), "payoutsAreOnHold": status.hold.is_some(),
        }))
    }

    async fn earnings(&self, arguments: &Map<String, Value>) -> Result<Value> {
        let (session, now) = (self.session, self.state.clock.now());
        let given = |name: &str| arguments.get(name).and_then(Value::as_str).unwrap_or_default();
        let names = ["status", "kind", "from", "to"];
        let address = names.iter().fold(Address::new("/"), |address, name| address.with(name, given(name)));
        let address = if given("from").is_empty() { address.with("span", "12m") } else { address };
        let query = address.to_string();
        let mut query = Query::parse(query.split_once('?').map_or("", |(_, query)| query))?;
        let filters = ListFilters::read(&mut query, &session.zone, now)?;
        let mut tx = self.state.db.tenant(session.organization).await?;
        let found = sales_store::list(&mut tx, session.affiliate, &filters.filter(None, EARNINGS)).await?;
        tx.commit().await?;
        let rows = found.iter().map(|row| Row::of(session.t, row, &session.zone, now).facts());
        Ok(json!({"period": filters.span.title(), "earnings": rows.collect::<Vec<_>>()}))
    }

    async fn earning(&self, arguments: &Map<String, Value>) -> Result<Value> {
        let id = arguments.get("id").and_then(Value::as_str).unwrap_or_default();
        let id: CommissionId = id.parse().map_err(|_| Error::not_found())?;
        Ok(sale::load(self.state, self.session, id).await?.facts())
    }

    async fn payouts(&self) -> Result<Value> {
        let mut tx = self.state.db.tenant(self.session.organization).await?;
        let payouts = portal_payouts::facts(&mut tx, self.session).await?;
        tx.commit().await?;
        Ok(payouts)
    }

    async fn links(&self) -> Result<Value> {
        let session = self.session;
        let span = Span::last(LINK_DAYS, &session.zone, self.state.clock.now());
        let mut tx = self.state.db.tenant(session.organization).await?;
        let links = links_store::links(&mut tx, session.affiliate, Some(&span)).await?;
        tx.commit().await?;
        let scheme = link_scheme(&self.state.config);
        let links = links.iter().map(|link| {
            json!({"url": format!("{scheme}://{}", link.place()), "program": link.program_name,
                "leadsTo": link.destination, "clicks": link.clicks, "sales": link.sales})
        });
        Ok(json!({"period": span.title(), "links": links.collect::<Vec<_>>()}))
    }

    async fn terms(&self) -> Result<Value> {
        let AffiliateSession { organization, affiliate, t, .. } = *self.session;
        let mut tx = self.state.db.tenant(organization).await?;
        let links = links_store::links(&mut tx, affiliate, None).await?;
        let earns = earns::of(&mut tx, t, affiliate, &links, self.state.clock.now()).await?;
        let terms = terms_store::of(&mut tx, affiliate).await?;
        tx.commit().await?;
        let pays = earns.iter().map(|one| json!({"program": one.program, "pays": one.lines, "hold": one.hold}));
        let terms = terms.map(|(_, terms)| terms.body.chars().take(TERMS_MAX).collect::<String>());
        Ok(json!({"programs": pays.collect::<Vec<_>>(), "terms": terms}))
    }
}
