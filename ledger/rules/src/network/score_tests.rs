//! Tests of the score: what it is made of, and what can't change it.

use proptest::{collection::vec, option, prelude::*, sample::select};

use super::*;

const TOPICS: [Topic; 6] = [Topic::Ai, Topic::Beauty, Topic::Cooking, Topic::Design, Topic::Pets, Topic::Travel];

fn criteria() -> Criteria {
    Criteria {
        topics: vec![Topic::Cooking, Topic::Travel],
        formats: vec![Format::Review],
        earnings: vec![Earning::Share],
        countries: vec!["DE".to_owned()],
        languages: vec!["de".to_owned()],
        kinds: vec![ChannelKind::Website],
        audience_min: AudienceBand::From10k,
    }
}

fn ideal() -> Offered {
    Offered {
        topics: vec![Topic::Cooking, Topic::Travel],
        formats: vec![Format::Review],
        earnings: vec![Earning::Share],
        country: Some("DE".to_owned()),
        languages: vec!["de".to_owned()],
        kinds: vec![ChannelKind::Website],
        audience: Some(AudienceBand::From10k),
        verified_channels: 3,
        is_complete: true,
        is_active: true,
    }
}

fn nobody() -> Offered {
    Offered {
        topics: vec![],
        formats: vec![],
        earnings: vec![],
        country: None,
        languages: vec![],
        kinds: vec![],
        audience: None,
        verified_channels: 0,
        is_complete: false,
        is_active: false,
    }
}

fn points(score: Score, part: Part) -> u8 {
    score.parts().find(|(one, _)| *one == part).unwrap().1
}

#[test]
fn the_best_match_has_100_points_and_an_empty_profile_those_of_a_newcomer() {
    let best = Score::of(&criteria(), &ideal(), Evidence { text: TEXT_FULL, track: Some(20) });
    assert_eq!(best.total(), 100);
    for part in Part::ALL {
        assert_eq!(points(best, part), part.most(), "{part:?}");
    }
    let worst = Score::of(&criteria(), &nobody(), Evidence { text: 0, track: None });
    assert_eq!(worst.total(), TRACK_NEW);
}

#[test]
fn half_the_topics_have_half_the_points() {
    let one = Offered { topics: vec![Topic::Cooking], ..ideal() };
    let score = Score::of(&criteria(), &one, Evidence { text: 0, track: None });
    assert_eq!(points(score, Part::Topic), 15);
}

#[test]
fn an_audience_one_band_below_counts_half() {
    let smaller = Offered { audience: Some(AudienceBand::From1k), ..ideal() };
    let smallest = Offered { audience: Some(AudienceBand::Under1k), ..ideal() };
    let of =
        |offered: &Offered| points(Score::of(&criteria(), offered, Evidence { text: 0, track: None }), Part::Audience);
    assert_eq!((of(&ideal()), of(&smaller), of(&smallest)), (7, 5, 3));
}

prop_compose! {
    fn any_offered()(
        topics in vec(select(&TOPICS[..]), 0..5), country in option::of(select(&["DE", "US"][..])),
        languages in vec(select(&["de", "en"][..]), 0..3),
        audience in option::of(select(&AudienceBand::ALL[..])), verified in 0..9_u8, complete: bool, active: bool,
    ) -> Offered {
        let mut topics = topics;
        topics.dedup();
        Offered {
            topics, country: country.map(str::to_owned), languages: languages.into_iter().map(str::to_owned).collect(),
            audience, verified_channels: verified, is_complete: complete, is_active: active, ..nobody()
        }
    }
}

proptest! {
    #[test]
    fn the_parts_add_up_and_none_exceeds_its_most(offered in any_offered(), text in 0..3_000_u16, track in option::of(0..=255_u8)) {
        let score = Score::of(&criteria(), &offered, Evidence { text, track });
        let sum: u32 = score.parts().map(|(_, points)| u32::from(points)).sum();
        prop_assert_eq!(u32::from(score.total()), sum);
        prop_assert!(sum <= 100);
        prop_assert!(score.parts().all(|(part, points)| points <= part.most()));
    }

    #[test]
    fn more_fit_never_lowers_it(offered in any_offered(), text in 0..900_u16) {
        let evidence = Evidence { text, track: None };
        let before = Score::of(&criteria(), &offered, evidence).total();
        let mut topics = offered.topics.clone();
        if let Some(missing) = criteria().topics.into_iter().find(|topic| !topics.contains(topic)) {
            topics.push(missing);
        }
        let better = [
            Offered { topics, ..offered.clone() },
            Offered { country: Some("DE".to_owned()), ..offered.clone() },
            Offered { languages: vec!["de".to_owned()], ..offered.clone() },
            Offered { audience: Some(AudienceBand::From100k), ..offered.clone() },
            Offered { verified_channels: offered.verified_channels + 1, ..offered.clone() },
            Offered { formats: vec![Format::Review], earnings: vec![Earning::Share], ..offered.clone() },
            Offered { is_complete: true, is_active: true, ..offered.clone() },
        ];
        for one in &better {
            let score = Score::of(&criteria(), one, evidence);
            prop_assert!(score.total() >= before);
        }
        let nearer = Score::of(&criteria(), &offered, Evidence { text: text + 100, track: None });
        prop_assert!(nearer.total() >= before);
    }
}
