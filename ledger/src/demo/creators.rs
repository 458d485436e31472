//! The demo's creators in the network, where development has one: so that there is someone to find and invite.

use anyhow::Context;

use kit::state::AppState;
use network::creator::sample::{self, Sample};
use rules::network::{AudienceBand, ChannelKind, Format, Topic};

const CREATORS: [Sample; 4] = [
    Sample {
        email: "mira@creators.test",
        name: "Mira Lindqvist",
        headline: "Shop owners ask, I test the tools",
        bio: "I ran a ceramics shop for nine years. Now I review the software that small shops run on, one tool a week.",
        country: "SE",
        languages: &["en", "de"],
        topics: &[Topic::Business, Topic::Ecommerce],
        formats: &[Format::Review, Format::Comparison],
        kind: ChannelKind::Website,
        url: "https://mira-tests.example",
        audience: AudienceBand::From10k,
        is_verified: true,
    },
    Sample {
        email: "joaquin@creators.test",
        name: "Joaquín Serra",
        headline: "Marketing for people without a team",
        bio: "Short tutorials in Spanish about newsletters, shops and the first thousand customers.",
        country: "ES",
        languages: &["es"],
        topics: &[Topic::Marketing, Topic::Business],
        formats: &[Format::Tutorial, Format::Video],
        kind: ChannelKind::YouTube,
        url: "https://www.youtube.com/@joaquinserra",
        audience: AudienceBand::From50k,
        is_verified: true,
    },
    Sample {
        email: "hanna@creators.test",
        name: "Hanna Vogt",
        headline: "The Friday email for online shops",
        bio: "Every Friday: what worked in other people's shops, with numbers.",
        country: "DE",
        languages: &["de"],
        topics: &[Topic::Ecommerce, Topic::Marketing],
        formats: &[Format::Newsletter],
        kind: ChannelKind::Newsletter,
        url: "https://freitagspost.example",
        audience: AudienceBand::From1k,
        is_verified: false,
    },
    Sample {
        email: "theo@creators.test",
        name: "Theo Baptiste",
        headline: "Trail running, mostly uphill",
        bio: "Races, shoes and training plans.",
        country: "FR",
        languages: &["fr", "en"],
        topics: &[Topic::Fitness],
        formats: &[Format::Video],
        kind: ChannelKind::Instagram,
        url: "https://instagram.com/theoruns",
        audience: AudienceBand::From100k,
        is_verified: false,
    },
];

/// Lists the creators once: later changes by users are kept.
pub(super) async fn publish(state: &AppState) -> anyhow::Result<()> {
    for creator in &CREATORS {
        let listed = sample::list(state, creator).await;
        listed
            .map_err(|error| anyhow::anyhow!("{:?}", error.body().message))
            .with_context(|| format!("listing {}", creator.email))?;
    }
    Ok(())
}
