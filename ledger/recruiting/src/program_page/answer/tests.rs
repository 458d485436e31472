use proptest::prelude::*;

use super::{
    super::field::{self as questions, usual},
    *,
};
use kit::text::Language;

fn requested(kind: Kind) -> Field {
    let mut question = questions::new(kind, "Question", &[]);
    question.options = if kind.has_options() { vec!["A".to_owned(), "B".to_owned()] } else { Vec::new() };
    question
}

fn given(pairs: &[(&str, &str)]) -> Fields {
    pairs.iter().copied().collect()
}

fn of(kind: Kind, pairs: &[(&str, &str)]) -> Result<Option<Value>, (String, String)> {
    let mut form = given(pairs);
    form.set("f_email", "nina@creators.test");
    match read(&[usual().remove(0), requested(kind)], &form, Texts::default()) {
        Ok(application) => Ok(application.answers.get("Question").cloned()),
        Err(mistakes) => Err(mistakes.pairs()[0].clone()),
    }
}

#[test]
fn each_kind_takes_what_it_asks_for() {
    for (kind, pairs, expected) in [
        (Kind::Text, &[("f_q1", " On the road ")][..], json!("On the road")),
        (Kind::LongText, &[("f_q1", "First\r\nthen")], json!("First\r\nthen")),
        (Kind::Email, &[("f_q1", "A@B.test")], json!("a@b.test")),
        (Kind::Url, &[("f_q1", "nina.blog/me")], json!("https://nina.blog/me")),
        (Kind::Number, &[("f_q1", "12000")], json!(12_000)),
        (Kind::Number, &[("f_q1", "-1.5")], json!(-1.5)),
        (Kind::Date, &[("f_q1", "2026-02-28")], json!("2026-02-28")),
        (Kind::Dropdown, &[("f_q1", "B")], json!("B")),
        (Kind::Radio, &[("f_q1", "A")], json!("A")),
        (Kind::Checkboxes, &[("f_q1_0", "yes"), ("f_q1_1", "yes")], json!(["A", "B"])),
        (Kind::Consent, &[("f_q1", "yes")], json!(true)),
        (Kind::Phone, &[("f_q1_code", "NO"), ("f_q1", "0555 01 23")], json!("+47 5550123")),
        (Kind::Phone, &[("f_q1", "+47 555 01 23")], json!("+475550123")),
        (Kind::Country, &[("f_q1", "NO")], json!("Norway")),
        (
            Kind::Address,
            &[("f_q1_street", "Bryggen 1"), ("f_q1_city", "Bergen"), ("f_q1_country", "NO")],
            json!({"Street and number": "Bryggen 1", "City": "Bergen", "Country": "Norway"}),
        ),
    ] {
        assert_eq!(of(kind, pairs), Ok(Some(expected)), "{kind:?} {pairs:?}");
    }
    assert!(Kind::ALL.iter().all(|(kind, ..)| of(*kind, &[]) == Ok(None)), "what isn't required may be left out");
}

#[test]
fn what_does_not_fit_is_refused_beside_its_question() {
    for (kind, pairs, at) in [
        (Kind::Text, &[("f_q1", "a\u{7}b")][..], "q1"),
        (Kind::Email, &[("f_q1", "nina")], "q1"),
        (Kind::Url, &[("f_q1", "javascript:alert(1)")], "q1"),
        (Kind::Url, &[("f_q1", "ftp://a.test/")], "q1"),
        (Kind::Url, &[("f_q1", "https://me@a.test/")], "q1"),
        (Kind::Number, &[("f_q1", "many")], "q1"),
        (Kind::Number, &[("f_q1", "inf")], "q1"),
        (Kind::Date, &[("f_q1", "2026-02-30")], "q1"),
        (Kind::Date, &[("f_q1", "tomorrow")], "q1"),
        (Kind::Dropdown, &[("f_q1", "C")], "q1"),
        (Kind::Radio, &[("f_q1", "C")], "q1"),
        (Kind::Phone, &[("f_q1", "call me")], "q1"),
        (Kind::Phone, &[("f_q1", "555 0100")], "q1.code"),
        (Kind::Country, &[("f_q1", "Atlantis")], "q1"),
        (Kind::Address, &[("f_q1_city", "Bergen")], "q1.street"),
        (Kind::Address, &[("f_q1_street", "B 1"), ("f_q1_city", "Bergen")], "q1.country"),
    ] {
        assert_eq!(of(kind, pairs).map_err(|(at, _)| at), Err(at.to_owned()), "{kind:?} {pairs:?}");
    }
}

#[test]
fn what_is_required_has_to_be_there() {
    for (kind, ..) in Kind::ALL {
        let question = Field { required: true, ..requested(kind) };
        let form = given(&[("f_email", "nina@creators.test")]);
        let mistakes = read(&[usual().remove(0), question], &form, Texts::default()).unwrap_err();
        assert!(mistakes.pairs()[0].0.starts_with("q1"), "{kind:?}: {mistakes:?}");
    }
}

#[test]
fn mistakes_and_labels_are_in_the_visitors_language_and_answers_in_one() {
    let german = Texts::new(Language::De);
    let form = given(&[("f_email", "nina"), ("f_alias", "no")]);
    let mistakes = read(&usual(), &form, german).unwrap_err();
    assert_eq!(mistakes.of("name"), Some("Dieses Feld ist erforderlich."));
    assert_eq!(mistakes.of("email"), Some("Gib eine gültige E-Mail-Adresse ein, zum Beispiel name@example.com."));
    let form = given(&[("f_email", "nina@creators.test"), ("f_q1", "NO")]);
    let taken = read(&[usual().remove(0), requested(Kind::Country)], &form, german).unwrap();
    assert_eq!(taken.answers["Question"], json!("Norway"), "the brand reads the same from everyone");
    for (part, label, ..) in ADDRESS {
        assert_eq!(Texts::default().say("program-form-address").with("part", part).to_string(), label);
    }
}

#[test]
fn an_application_says_who_it_is() {
    let form = given(&[
        ("f_email", "Nina@Creators.test"),
        ("f_name", "Nina Berg"),
        ("f_alias", "nina-b"),
        ("f_website", "nina.blog"),
    ]);
    let taken = read(&usual(), &form, Texts::default()).unwrap();
    assert_eq!((taken.email.as_str(), taken.name.as_str()), ("nina@creators.test", "Nina Berg"));
    assert_eq!(taken.alias.as_deref(), Some("nina-b"));
    assert_eq!(taken.answers.keys().collect::<Vec<_>>(), ["Website or channel"]);
    let disposable = given(&[("f_email", "x@mailinator.com"), ("f_name", "X"), ("f_alias", "no")]);
    let mistakes = read(&usual(), &disposable, Texts::default()).unwrap_err();
    assert_eq!(mistakes.pairs().iter().map(|(at, _)| at.as_str()).collect::<Vec<_>>(), ["email", "alias"]);
}

#[test]
fn what_is_too_long_together_is_refused_at_the_longest_answer() {
    let mut fields = vec![usual().remove(0)];
    for label in ["First", "Second", "Third"] {
        let question = questions::new(Kind::LongText, label, &fields);
        fields.push(question);
    }
    let (long, longest) = ("😀".repeat(2_000), "😀".repeat(LONG_MAX));
    let sent = |third: &str| {
        let form = given(&[("f_email", "nina@creators.test"), ("f_q1", &long), ("f_q2", &longest), ("f_q3", third)]);
        read(&fields, &form, Texts::default())
    };
    assert!(sent(&long).is_ok(), "32,000 bytes and the questions");
    let mistakes = sent(&longest[4..]).unwrap_err();
    let expected = ("q2".to_owned(), "Your answers are too long in total. Shorten this one.".to_owned());
    assert_eq!(mistakes.pairs(), [expected]);
}

proptest! {
    #[test]
    fn whatever_is_sent_is_answered_and_what_is_taken_can_be_kept(
        kinds in proptest::collection::vec(0..13_usize, 1..8), texts in proptest::collection::vec(".{0,60}", 40),
    ) {
        let mut fields = usual();
        for number in kinds {
            let mut question = questions::new(Kind::ALL[number].0, "Question", &fields);
            question.options = vec!["A".to_owned()];
            fields.push(question);
        }
        let parts = ["", "_0", "_code", "_street", "_city", "_country"];
        let names = fields.iter().flat_map(|field| parts.map(|part| format!("f_{}{part}", field.key)));
        let mut form: Fields = names.zip(texts.into_iter().cycle()).collect();
        form.set("f_email", "nina@creators.test");
        if let Ok(taken) = read(&fields, &form, Texts::default()) {
            prop_assert!(application::checked(Some(taken.answers)).is_ok());
        }
    }
}
