//! Tests of `message.rs`.

use proptest::prelude::*;

use super::*;
use crate::arrival::Channel;

const NOW: i64 = 1_790_000_000;
const HERE: &str = "https://peer.test";

fn good() -> Passport {
    Passport {
        message: Message::new("https://home.test".to_owned(), HERE.to_owned(), "a-1".to_owned(), NOW),
        program: "peer.test/prog_1".to_owned(),
        creator: Person { email: "Nina@creators.test".to_owned(), ..Person::default() },
    }
}

fn code(message: &Message, now: i64) -> Option<Code> {
    message.problem(HERE, now).map(|(code, _)| code)
}

#[test]
fn a_passport_is_for_one_installation_and_ten_minutes() {
    let good = good().message;
    assert_eq!(code(&good, NOW), None);
    assert_eq!(code(&good, NOW + LIFE_SECONDS - 1), None);
    let other = Message { aud: "https://other.test".to_owned(), ..good.clone() };
    assert_eq!(code(&other, NOW), Some(Code::WrongAudience));
    let long = Message { exp: NOW + LIFE_SECONDS + 1, ..good.clone() };
    assert_eq!(code(&long, NOW), Some(Code::MessageExpired));
    let endless = Message { iat: i64::MIN, exp: i64::MAX, ..good.clone() };
    assert_eq!(code(&endless, NOW), Some(Code::MessageExpired));
    assert_eq!(code(&good, NOW + LIFE_SECONDS), Some(Code::MessageExpired));
    assert_eq!(code(&good, NOW - DRIFT_SECONDS - 1), Some(Code::MessageExpired));
    let unnamed = Message { jti: "a b".to_owned(), ..good };
    assert_eq!(code(&unnamed, NOW), Some(Code::MessageMalformed));
}

#[test]
fn a_program_is_of_the_installation_that_is_asked() {
    assert_eq!(good().program(HERE), Ok("prog_1"));
    for (program, refused) in [
        ("other.test/prog_1", Code::WrongHost),
        ("peer.test.evil.test/prog_1", Code::WrongHost),
        ("peer.test:444/prog_1", Code::WrongHost),
        ("prog_1", Code::MessageMalformed),
        ("peer.test/", Code::MessageMalformed),
        ("peer.test/a b", Code::MessageMalformed),
        ("", Code::MessageMalformed),
    ] {
        let passport = Passport { program: program.to_owned(), ..good() };
        assert_eq!(passport.program(HERE).map_err(|(code, _)| code), Err(refused), "{program}");
    }
}

#[test]
fn what_cannot_be_in_a_form_is_left_out() {
    let channel = |kind: &str, url: &str| Channel {
        kind: kind.to_owned(),
        url: url.to_owned(),
        audience_band: "From1k".to_owned(),
        verified_at: None,
    };
    let person = Person {
        name: "Call me at nina@creators.test".to_owned(),
        country: Some("XX".to_owned()),
        language: Some("xx".to_owned()),
        topics: vec!["Business".to_owned(), "Nonsense".to_owned()],
        about: "a\u{0}".to_owned(),
        portfolio: Some("javascript:alert(1)".to_owned()),
        channels: vec![channel("YouTube", "https://youtube.com/@nina"), channel("Radio", "https://a.test")],
        ..good().creator
    };
    let admitted = admitted(person).unwrap();
    assert_eq!((admitted.email.as_str(), admitted.name.as_str()), ("nina@creators.test", ""));
    assert_eq!((admitted.country, admitted.language, admitted.portfolio), (None, None, None));
    assert_eq!(
        (admitted.about, admitted.topics, admitted.channels.len()),
        (String::new(), vec!["Business".to_owned()], 1)
    );
    assert_eq!(super::admitted(Person { email: "nobody".to_owned(), ..Person::default() }), None);
}

proptest! {
    #[test]
    fn a_message_is_read_as_it_was_written(name in "\\PC{0,80}", about in "\\PC{0,200}", now in 0_i64..4_000_000_000) {
        let message = Message::new("https://home.test".to_owned(), HERE.to_owned(), "a_1".to_owned(), now);
        let creator = Person { name, about, ..good().creator };
        let passport = Passport { message, creator, ..good() };
        let read: Passport = serde_json::from_slice(&serde_json::to_vec(&passport).unwrap()).unwrap();
        prop_assert_eq!(&read, &passport);
        prop_assert_eq!(code(&read.message, now), None);
    }

    #[test]
    fn admitting_twice_changes_nothing(name in "\\PC{0,200}", about in "\\PC{0,4000}", site in "\\PC{0,60}") {
        let person = Person { name, about, portfolio: Some(site), ..good().creator };
        let once = admitted(person).unwrap();
        prop_assert_eq!(admitted(once.clone()), Some(once));
    }
}
