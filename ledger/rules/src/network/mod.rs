//! The vocabulary of the creator network: topics, channels, formats, ways to earn, and sizes of audiences. Creators and
//! programs use the same words, so that they can be compared.

pub mod arrange;
pub mod figures;
pub mod score;
pub mod step;
pub mod track;

use shared::text_enum;

text_enum! {
    /// What a creator writes or talks about, and what a program is about.
    Topic {
        Ai, Beauty, Books, Business, Careers, Cooking, Crypto, Design, Developers, Ecommerce, Education, Family,
        Fashion, Finance, Fitness, Gaming, Health, Home, Marketing, Music, Pets, Productivity, Sustainability, Travel,
    }
}

text_enum! {
    /// Where a creator reaches people.
    ChannelKind { Website, Newsletter, Podcast, YouTube, Instagram, TikTok, X, LinkedIn, Twitch, Other }
}

text_enum! {
    /// How a creator presents what they promote.
    Format { Review, Tutorial, Comparison, Newsletter, Podcast, Video, SocialPost, Coupon, Community, Course }
}

text_enum! {
    /// What a program pays for, and what a creator prefers.
    Earning { Share, Flat, Lead, Click }
}

text_enum! {
    /// The size of a channel's audience in people, in bands: exact figures are private and out of date the next day.
    AudienceBand { Under1k, From1k, From10k, From50k, From100k }
}

impl Topic {
    pub const ALL: [Self; 24] = [
        Self::Ai,
        Self::Beauty,
        Self::Books,
        Self::Business,
        Self::Careers,
        Self::Cooking,
        Self::Crypto,
        Self::Design,
        Self::Developers,
        Self::Ecommerce,
        Self::Education,
        Self::Family,
        Self::Fashion,
        Self::Finance,
        Self::Fitness,
        Self::Gaming,
        Self::Health,
        Self::Home,
        Self::Marketing,
        Self::Music,
        Self::Pets,
        Self::Productivity,
        Self::Sustainability,
        Self::Travel,
    ];
}

impl ChannelKind {
    pub const ALL: [Self; 10] = [
        Self::Website,
        Self::Newsletter,
        Self::Podcast,
        Self::YouTube,
        Self::Instagram,
        Self::TikTok,
        Self::X,
        Self::LinkedIn,
        Self::Twitch,
        Self::Other,
    ];
}

impl Format {
    pub const ALL: [Self; 10] = [
        Self::Review,
        Self::Tutorial,
        Self::Comparison,
        Self::Newsletter,
        Self::Podcast,
        Self::Video,
        Self::SocialPost,
        Self::Coupon,
        Self::Community,
        Self::Course,
    ];
}

impl Earning {
    pub const ALL: [Self; 4] = [Self::Share, Self::Flat, Self::Lead, Self::Click];
}

impl AudienceBand {
    /// The bands in ascending order.
    pub const ALL: [Self; 5] = [Self::Under1k, Self::From1k, Self::From10k, Self::From50k, Self::From100k];

    /// The position in ascending order, from 0.
    pub const fn rank(self) -> u8 {
        match self {
            Self::Under1k => 0,
            Self::From1k => 1,
            Self::From10k => 2,
            Self::From50k => 3,
            Self::From100k => 4,
        }
    }
}

text_enum! {
    /// Whether a program is shown in the network.
    ListingStatus {
        /// The brand is still writing it, or took it back.
        Draft,
        /// It waits for the operator.
        Submitted,
        /// It is shown.
        Listed,
        /// The operator declined it.
        Declined,
        /// The brand or the operator hides it for now.
        Paused,
    }
}

text_enum! {
    /// How far a contact between a brand and a creator about one program has come.
    ContactStatus {
        Invited, Applied, Joined,
        /// The creator declined the invitation.
        Declined,
        /// The brand declined the application.
        Rejected,
        /// The creator withdrew the application.
        Withdrawn,
        /// The invitation was canceled by the brand, or no one answered it in time.
        Expired,
    }
}
