//! The files as the bank publishes them (`tests/fixtures/ecb`), with made-up rates.

use proptest::prelude::*;

use super::*;

const DAILY: &str = include_str!("../../../../../tests/fixtures/ecb/eurofxref-daily.xml");
const HISTORY: &str = include_str!("../../../../../tests/fixtures/ecb/eurofxref-hist-90d.xml");

fn currency(code: &str) -> Currency {
    code.parse().unwrap()
}

#[test]
fn a_day_has_its_rates_as_they_are_written() {
    let days = parse(DAILY).unwrap();
    let [day] = days.as_slice() else { panic!("{days:?}") };
    assert_eq!((day.day.to_string(), day.rates.len()), ("2026-11-20".to_owned(), 29));
    let rate = |code: &str| day.rates[&currency(code)].text();
    assert_eq!((rate("USD"), rate("GBP"), rate("IDR"), rate("ISK")), ("1.0834", "0.83640", "17981.42", "142.30"));
}

#[test]
fn many_days_are_oldest_first_and_each_has_its_own_currencies() {
    let days = parse(HISTORY).unwrap();
    let read: Vec<_> =
        days.iter().map(|day| (day.day.day(), day.rates[&Currency::USD].text(), day.rates.len())).collect();
    assert_eq!(read, [(17, "1.0712", 29), (18, "1.0795", 28), (19, "1.0801", 29), (20, "1.0834", 29)]);
    assert!(!days[1].rates.contains_key(&currency("ISK")), "a currency may be missing on a day");
}

#[test]
fn a_currency_that_no_amount_can_have_is_left_out() {
    let with = DAILY.replace("currency='ZAR'", "currency='XDR'");
    assert_eq!(parse(&with).unwrap()[0].rates.len(), 28);
}

#[test]
fn of_a_malformed_file_nothing_is_used() {
    let cut = &DAILY[..DAILY.len() / 2];
    let changed = |from: &str, to: &str| DAILY.replacen(from, to, 1);
    let day = "<Cube time='2026-11-20'>";
    for (body, what) in [
        (String::new(), "ends early"),
        (cut.to_owned(), ""),
        ("<html><body>Service unavailable</body></html>".to_owned(), "no envelope"),
        (changed("<?xml version=\"1.0\" encoding=\"UTF-8\"?>", "<!DOCTYPE x [<!ENTITY y \"z\">]>"), "document type"),
        (changed("2026-11-20", "2026-02-30"), "isn't a date"),
        (changed(" time='2026-11-20'", ""), "no time"),
        (changed("rate='1.0834'", "rate='1,0834'"), "USD has the rate"),
        (changed("rate='1.0834'", "rate='0'"), "USD has the rate"),
        (changed("rate='1.0834'", "rate='-1.0834'"), "USD has the rate"),
        (changed("rate='1.0834'", "rate='N/A'"), "USD has the rate"),
        (changed(" rate='1.0834'", ""), "no rate"),
        (changed("'JPY'", "'USD'"), "there twice"),
        (changed("'JPY'", "'EUR'"), "isn't a foreign currency"),
        (changed("'JPY'", "'jpy'"), "isn't a foreign currency"),
        (changed(day, &format!("{day}</Cube>{day}")), "there twice"),
        (changed(day, &format!("<Cube time='2026-11-19'></Cube>{day}")), "has no rates"),
        (changed("</gesmes:Envelope>", "</gesmes:Envelope><more/>"), "unexpected element"),
    ] {
        let error = parse(&body).unwrap_err().to_string();
        assert!(error.contains(what), "{what}: {error}");
    }
    let empty = "<Envelope><Cube></Cube></Envelope>";
    assert!(parse(empty).unwrap_err().to_string().ends_with("it has no day"));
}

proptest! {
    #[test]
    fn no_text_panics(at: prop::sample::Index, text in "\\PC{0,8}", cut: bool) {
        let places: Vec<usize> = DAILY.char_indices().map(|(index, _)| index).collect();
        let place = places[at.index(places.len())];
        let _ = parse(&format!("{}{text}{}", &DAILY[..place], if cut { "" } else { &DAILY[place..] }));
    }
}
