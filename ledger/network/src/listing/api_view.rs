//! A listing as the API shows and takes it.

use serde::{Deserialize, Serialize};
use shared::{id::ProgramId, timestamp::Timestamp};
use utoipa::ToSchema;

use super::{change::Known, input::Sent, store::Row};
use programs::program::plan_view::ComponentSchema;
use rules::commission::plan::Component;

/// A program's listing in the network.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct NetworkListing {
    #[schema(value_type = String, example = "prog_01kdvdna00fnwvvrwp1y42fmbq")]
    program_id: ProgramId,
    /// `Draft`, `Submitted`, `Listed`, `Declined` or `Paused`.
    #[schema(example = "Listed")]
    status: String,
    /// The public page, while the program is listed.
    #[schema(required, example = "https://affiliates.example.com/network/acme")]
    url: Option<String>,
    /// What the program is called in the network.
    #[schema(example = "Acme partner program")]
    title: String,
    /// One sentence, for lists and search engines.
    #[schema(example = "Email tools for small shops.")]
    summary: String,
    /// The description on the public page.
    #[schema(example = "Acme sends the emails that bring customers back.")]
    description: String,
    /// Which creators the program is for.
    #[schema(example = "Creators who write about running a small shop.")]
    who_for: String,
    /// What affiliates may not do.
    #[schema(example = "Bidding on our brand name in search ads.")]
    forbidden: String,
    /// What the program is about.
    #[schema(example = json!(["Ecommerce", "Marketing"]))]
    topics: Vec<String>,
    /// How creators should present you; empty means any.
    #[schema(example = json!(["Review", "Tutorial"]))]
    formats: Vec<String>,
    /// Countries of the creators' audiences, as two-letter codes; empty means all.
    #[schema(example = json!(["DE", "US"]))]
    countries: Vec<String>,
    /// Languages of the creators' content, as two-letter codes; empty means all.
    #[schema(example = json!(["en"]))]
    languages: Vec<String>,
    /// Where creators reach people; empty means anywhere.
    #[schema(example = json!(["Website", "YouTube"]))]
    channel_kinds: Vec<String>,
    /// The smallest audience: `Under1k`, `From1k`, `From10k`, `From50k` or `From100k`.
    #[schema(example = "From1k")]
    audience_min: String,
    /// Whether figures are shown in bands.
    #[schema(example = true)]
    shares_figures: bool,
    /// Whether your team can search for creators for this program.
    #[schema(example = true)]
    searches_creators: bool,
    /// What the program offers, from its plan and rules.
    offer: ListingOffer,
    /// The figures as they are shown.
    figures: ListingFigures,
    /// What keeps the program from being listed: `archived`, `plan`, `program_page`, `test_mode`, `summary`, `topics`.
    #[schema(example = json!([]))]
    missing: Vec<&'static str>,
    /// Why the listing was declined or paused.
    #[schema(required, example = json!(null))]
    reason: Option<String>,
    /// Increases with each change.
    #[schema(example = 7)]
    version: i64,
    /// When it was last submitted.
    #[schema(value_type = Option<String>, format = DateTime, required, example = "2026-11-20T08:30:00Z")]
    submitted_at: Option<Timestamp>,
    /// When the program was first shown.
    #[schema(value_type = Option<String>, format = DateTime, required, example = "2026-11-21T09:00:00Z")]
    listed_at: Option<Timestamp>,
}

/// What a listed program offers. It follows the program, and can't be set.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ListingOffer {
    /// In one line.
    #[schema(example = "20% of every payment")]
    summary: String,
    /// The components of the current plan.
    #[schema(value_type = Vec<ComponentSchema>)]
    components: Vec<Component>,
    /// How many days after a click a sale still counts.
    #[schema(example = 60)]
    cookie_window_days: i32,
    /// How many days a commission stays pending.
    #[schema(example = 30)]
    hold_days: i32,
    /// `Manual`, `Weekly` or `Monthly`.
    #[schema(example = "Monthly")]
    payout_rhythm: String,
    #[schema(example = "USD")]
    currency: String,
}

/// Figures in bands, counted once a day. Null where there isn't enough data, or where you don't share figures.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ListingFigures {
    /// What 100 clicks earned in 90 days, in minor units: `Under1000`, `From1000`, `From2500`, `From5000`, `From10000` or
    /// `From25000`.
    #[schema(required, example = "From2500")]
    earnings_per_100_clicks: Option<String>,
    /// The median from a sale to its approval: `Within7Days`, `Within14Days`, `Within31Days`, `Within62Days` or `Longer`.
    #[schema(required, example = "Within31Days")]
    approval: Option<String>,
    /// How many approved commissions were paid within 45 days: `AlmostAll` (95% or more), `Most` (75% or more) or `Some`.
    #[schema(required, example = "AlmostAll")]
    punctuality: Option<String>,
}

/// The whole listing. Omitted fields are empty.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({"title": "Acme partner program", "summary": "Email tools for small shops.",
    "topics": ["Ecommerce", "Marketing"], "languages": ["en"], "sharesFigures": true}))]
pub struct SavedNetworkListing {
    /// 1 to 200 characters.
    title: String,
    /// At most 300 characters on one line.
    #[serde(default)]
    summary: String,
    /// At most 4000 characters.
    #[serde(default)]
    description: String,
    /// At most 1000 characters.
    #[serde(default)]
    who_for: String,
    /// At most 1000 characters.
    #[serde(default)]
    forbidden: String,
    /// At most 5 of `Ai`, `Beauty`, `Books`, `Business`, `Careers`, `Cooking`, `Crypto`, `Design`, `Developers`,
    /// `Ecommerce`, `Education`, `Family`, `Fashion`, `Finance`, `Fitness`, `Gaming`, `Health`, `Home`, `Marketing`,
    /// `Music`, `Pets`, `Productivity`, `Sustainability` and `Travel`.
    #[serde(default)]
    topics: Vec<String>,
    /// Any of `Review`, `Tutorial`, `Comparison`, `Newsletter`, `Podcast`, `Video`, `SocialPost`, `Coupon`, `Community` and
    /// `Course`.
    #[serde(default)]
    formats: Vec<String>,
    /// At most 60 two-letter codes.
    #[serde(default)]
    countries: Vec<String>,
    /// At most 8 two-letter codes.
    #[serde(default)]
    languages: Vec<String>,
    /// Any of `Website`, `Newsletter`, `Podcast`, `YouTube`, `Instagram`, `TikTok`, `X`, `LinkedIn`, `Twitch` and `Other`.
    #[serde(default)]
    channel_kinds: Vec<String>,
    /// `Under1k` (default), `From1k`, `From10k`, `From50k` or `From100k`.
    audience_min: Option<String>,
    /// Shows figures in bands, once at least 5 affiliates have sales.
    #[serde(default)]
    shares_figures: bool,
    /// Lets your team search for creators for this program.
    #[serde(default)]
    searches_creators: bool,
}

impl SavedNetworkListing {
    pub(super) fn sent(self) -> Sent {
        Sent {
            title: self.title,
            summary: self.summary,
            description: self.description,
            who_for: self.who_for,
            forbidden: self.forbidden,
            topics: self.topics,
            formats: self.formats,
            countries: self.countries,
            languages: self.languages,
            channel_kinds: self.channel_kinds,
            audience_min: self.audience_min.unwrap_or_else(|| "Under1k".to_owned()),
            shares_figures: self.shares_figures,
            searches_creators: self.searches_creators,
        }
    }
}

impl NetworkListing {
    pub(super) fn of(known: Known, public_url: &str) -> Self {
        let missing = known.missing().into_iter().map(super::offer::Missing::as_str).collect();
        let Known { row, offer } = known;
        let is_listed = row.status == "Listed";
        let figures = ListingFigures {
            earnings_per_100_clicks: row.epc_band.clone(),
            approval: row.approval_band.clone(),
            punctuality: row.payout_band.clone(),
        };
        let offer = ListingOffer {
            summary: offer.line,
            components: offer.pays,
            cookie_window_days: offer.window_days,
            hold_days: offer.hold_days,
            payout_rhythm: offer.payout_rhythm,
            currency: offer.currency,
        };
        let Row { program_id, status, handle, title, summary, description, who_for, forbidden, .. } = row;
        Self {
            program_id,
            status,
            url: is_listed.then(|| format!("{public_url}/network/{handle}")),
            title,
            summary,
            description,
            who_for,
            forbidden,
            topics: row.topics,
            formats: row.formats,
            countries: row.countries,
            languages: row.languages,
            channel_kinds: row.channel_kinds,
            audience_min: row.audience_min,
            shares_figures: row.shares_figures,
            searches_creators: row.searches_creators,
            offer,
            figures,
            missing,
            reason: row.reason,
            version: row.version,
            submitted_at: row.submitted_at,
            listed_at: row.listed_at,
        }
    }
}
