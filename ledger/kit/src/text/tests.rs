use super::*;
use crate::page::zone::Zone;
use shared::timestamp::Timestamp;

/// A key that no language has.
const NOWHERE: &str = "nowhere";

fn texts(language: Language) -> Texts {
    Texts::new(language)
}

#[test]
fn a_browsers_favourite_among_ours_is_its_language() {
    for (header, language) in [
        (None, Language::En),
        (Some(""), Language::En),
        (Some("de"), Language::De),
        (Some("de-AT,de;q=0.9,en;q=0.8"), Language::De),
        (Some("fr-FR, fr;q=0.9, es;q=0.5, en;q=0.4"), Language::Es),
        (Some("en;q=0.5, ES-mx"), Language::Es),
        (Some("es;q=0, de;q=0.1"), Language::De),
        (Some("de;q=nonsense, es;q=0.1"), Language::Es),
        (Some("en, de"), Language::En),
        (Some("*"), Language::En),
        (Some("pt, zh"), Language::En),
    ] {
        assert_eq!(Language::of_header(header), language, "{header:?}");
    }
}

#[test]
fn a_language_is_stored_as_its_tag() {
    for language in Language::ALL {
        assert_eq!(Language::parse(language.as_str()), Some(*language));
    }
    assert_eq!((Language::parse("fr"), Language::parse("DE")), (None, None));
}

#[test]
fn english_is_what_the_dashboard_shows() {
    let t = texts(Language::En);
    for (minor, currency) in [
        (123_450, "USD"),
        (5, "EUR"),
        (5_000, "JPY"),
        (-500, "USD"),
        (1_005, "KWD"),
        (1_200, "CHF"),
        (i64::MIN, "USD"),
        (7, "what"),
    ] {
        assert_eq!(t.money(minor, currency), rules::format::money(minor, currency));
        let short = rules::format::without_zeros(rules::format::money(minor, currency));
        assert_eq!(t.short_money(minor, currency), short);
    }
    for number in [0, 999, 1_000, 1_234_567] {
        assert_eq!(t.count(number), rules::format::count(number));
    }
    let zone = Zone::named("Europe/Berlin");
    for month in 1..=12 {
        let at = Timestamp::parse_rfc3339(&format!("2026-{month:02}-05T08:03:59Z")).unwrap();
        assert_eq!(t.calendar_day(Zone::utc().day_of(at)), rules::format::day(at));
        assert_eq!(t.date(at), rules::format::date(at));
        assert_eq!(t.moment(at), rules::format::moment(at));
        assert_eq!(zone.date_in(t, at), zone.date(at));
        assert_eq!(zone.full_in(t, at), zone.full(at));
    }
    assert_eq!((t.percentage("3.4").as_str(), t.percentage("12.5").as_str()), ("3.4%", "12.5%"));
}

#[test]
fn each_language_writes_amounts_its_own_way() {
    let (de, es) = (texts(Language::De), texts(Language::Es));
    for (minor, currency, german, spanish) in [
        (123_450, "USD", "1.234,50\u{a0}$", "1234,50\u{a0}$"),
        (1_234_500, "EUR", "12.345,00\u{a0}€", "12.345,00\u{a0}€"),
        (5_000, "JPY", "5.000\u{a0}¥", "5000\u{a0}¥"),
        (-500, "USD", "\u{2212}5,00\u{a0}$", "\u{2212}5,00\u{a0}$"),
        (1_200, "CHF", "12,00\u{a0}CHF", "12,00\u{a0}CHF"),
    ] {
        assert_eq!((de.money(minor, currency).as_str(), es.money(minor, currency).as_str()), (german, spanish));
    }
    assert_eq!(
        (de.short_money(5_000, "EUR").as_str(), de.short_money(4_950, "EUR").as_str()),
        ("50\u{a0}€", "49,50\u{a0}€")
    );
    assert_eq!((de.count(1_234), es.count(1_234), es.count(12_345)), ("1.234".into(), "1234".into(), "12.345".into()));
    assert_eq!((de.percentage("3.4").as_str(), es.percentage("12.5").as_str()), ("3,4\u{a0}%", "12,5\u{a0}%"));
    let currency = shared::money::Currency::USD;
    assert_eq!(
        (de.plain_money(-500, currency).as_str(), de.named_money(-500, currency).as_str()),
        ("−5,00", "−5,00\u{a0}USD")
    );
    assert_eq!(texts(Language::En).named_money(-123_450, currency), "USD\u{a0}−1,234.50");
}

#[test]
fn each_language_writes_dates_its_own_way() {
    let (de, es) = (texts(Language::De), texts(Language::Es));
    let at = Timestamp::parse_rfc3339("2026-03-05T08:03:59Z").unwrap();
    let day = Zone::utc().day_of(at);
    assert_eq!((de.calendar_day(day).as_str(), es.calendar_day(day).as_str()), ("5. März", "5 mar"));
    assert_eq!((de.date(at).as_str(), es.date(at).as_str()), ("5. März 2026", "5 mar 2026"));
    assert_eq!((de.moment(at).as_str(), es.moment(at).as_str()), ("5. März, 08:03", "5 mar, 08:03"));
    assert_eq!(Zone::named("Europe/Berlin").full_in(de, at), "5. März 2026, 09:03");
}

#[test]
fn only_a_message_knows_the_words() {
    let days = |language, days: usize| texts(language).say("portal-links-payable").with("days", days).to_string();
    assert!(days(Language::En, 1).starts_with("Payable 1 day after"));
    assert!(days(Language::De, 1).starts_with("Auszahlbar 1 Tag nach"));
    assert!(days(Language::Es, 30).starts_with("Disponible 30 días después"));
    let name = texts(Language::De).say("portal-home-hi").with("name", "<b>Ea</b> { $x }");
    assert_eq!(name.to_string(), "Hallo <b>Ea</b> { $x }");
    // Neither a folder nor English has it.
    assert_eq!(texts(Language::Es).say(NOWHERE).to_string(), NOWHERE);
}

#[test]
fn a_sentence_is_split_around_a_link() {
    let (before, after) = texts(Language::De).say("portal-sales-share").around("link");
    assert_eq!((before.as_str(), after.as_str()), ("Teile ", "."));
    let (before, after) = texts(Language::En).say("portal-menu").around("link");
    assert_eq!((before.as_str(), after.as_str()), ("Menu", ""));
}
