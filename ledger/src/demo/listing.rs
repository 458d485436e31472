//! The demo's listing in the network, where development has one: so that there is a program to find.

use anyhow::Context;

use super::credentials::Brand;
use kit::state::AppState;
use network::listing::{input::Sent, sample};

/// Lists the program once: later changes by users are kept.
pub(super) async fn publish(state: &AppState, brand: &Brand) -> anyhow::Result<()> {
    let words = |list: &[&str]| list.iter().map(|word| (*word).to_owned()).collect();
    let sent = Sent {
        title: format!("{} partner program", brand.name),
        summary: "Tools for small shops that their customers talk about.".to_owned(),
        description: format!("{} helps small shops keep in touch with their customers.", brand.name),
        who_for: "Creators who write, film or teach about running a small business.".to_owned(),
        forbidden: "Bidding on our name in search ads, and unsolicited emails.".to_owned(),
        topics: words(&["Business", "Ecommerce", "Marketing"]),
        formats: words(&["Review", "Tutorial"]),
        countries: Vec::new(),
        languages: words(&["de", "en", "es"]),
        channel_kinds: Vec::new(),
        audience_min: "Under1k".to_owned(),
        shares_figures: true,
        searches_creators: true,
    };
    let listed = sample::list(state, brand.organization, brand.program, sent).await;
    listed.map_err(|error| anyhow::anyhow!("{:?}", error.body().message)).context("listing the demo's program")
}
