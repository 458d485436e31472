//! The countries of ISO 3166-1 for forms, with their telephone country codes. Their names are in the catalogue of texts.
//! Pure.

use std::sync::LazyLock;

use kit::{
    api::text::hyphenated,
    text::{Language, Texts},
};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Country {
    /// Two letters.
    pub code: &'static str,
    /// Empty for a place that can't be called.
    pub dial: &'static str,
}

/// A country with its name in a language.
#[derive(Debug)]
pub struct Listed {
    pub country: Country,
    pub name: String,
}

impl Country {
    pub fn name(&self, t: Texts) -> String {
        t.say("country-name").with("code", self.code).to_string()
    }

    /// Returns the flag: two regional indicator symbols that screens draw as one.
    pub fn flag(&self) -> String {
        let character = |byte: u8| char::from_u32(0x1f1e6 + u32::from(byte) - u32::from(b'A')).unwrap_or(' ');
        self.code.bytes().map(character).collect()
    }
}

pub fn named(code: &str) -> Option<&'static Country> {
    COUNTRIES.iter().find(|country| country.code == code)
}

/// The countries in each language.
static LISTS: LazyLock<Vec<(Language, Vec<Listed>)>> =
    LazyLock::new(|| Language::ALL.iter().map(|language| (*language, sorted(Texts::new(*language)))).collect());

/// Returns all countries with their names in a language, sorted by them.
pub fn listed(t: Texts) -> &'static [Listed] {
    let found = LISTS.iter().find(|(language, _)| *language == t.language());
    found.map(|(_, list)| list.as_slice()).unwrap_or_default()
}

fn sorted(t: Texts) -> Vec<Listed> {
    let mut list: Vec<Listed> =
        COUNTRIES.iter().map(|country| Listed { country: *country, name: country.name(t) }).collect();
    // Without accents: Österreich is between Oman and Osttimor.
    list.sort_by_cached_key(|listed| hyphenated(&listed.name));
    list
}

pub static COUNTRIES: [Country; 249] = [
    Country { code: "AF", dial: "93" },
    Country { code: "AX", dial: "358" },
    Country { code: "AL", dial: "355" },
    Country { code: "DZ", dial: "213" },
    Country { code: "AS", dial: "1684" },
    Country { code: "AD", dial: "376" },
    Country { code: "AO", dial: "244" },
    Country { code: "AI", dial: "1264" },
    Country { code: "AQ", dial: "" },
    Country { code: "AG", dial: "1268" },
    Country { code: "AR", dial: "54" },
    Country { code: "AM", dial: "374" },
    Country { code: "AW", dial: "297" },
    Country { code: "AU", dial: "61" },
    Country { code: "AT", dial: "43" },
    Country { code: "AZ", dial: "994" },
    Country { code: "BS", dial: "1242" },
    Country { code: "BH", dial: "973" },
    Country { code: "BD", dial: "880" },
    Country { code: "BB", dial: "1246" },
    Country { code: "BY", dial: "375" },
    Country { code: "BE", dial: "32" },
    Country { code: "BZ", dial: "501" },
    Country { code: "BJ", dial: "229" },
    Country { code: "BM", dial: "1441" },
    Country { code: "BT", dial: "975" },
    Country { code: "BO", dial: "591" },
    Country { code: "BQ", dial: "599" },
    Country { code: "BA", dial: "387" },
    Country { code: "BW", dial: "267" },
    Country { code: "BV", dial: "" },
    Country { code: "BR", dial: "55" },
    Country { code: "IO", dial: "246" },
    Country { code: "BN", dial: "673" },
    Country { code: "BG", dial: "359" },
    Country { code: "BF", dial: "226" },
    Country { code: "BI", dial: "257" },
    Country { code: "CV", dial: "238" },
    Country { code: "KH", dial: "855" },
    Country { code: "CM", dial: "237" },
    Country { code: "CA", dial: "1" },
    Country { code: "KY", dial: "1345" },
    Country { code: "CF", dial: "236" },
    Country { code: "TD", dial: "235" },
    Country { code: "CL", dial: "56" },
    Country { code: "CN", dial: "86" },
    Country { code: "CX", dial: "61" },
    Country { code: "CC", dial: "61" },
    Country { code: "CO", dial: "57" },
    Country { code: "KM", dial: "269" },
    Country { code: "CG", dial: "242" },
    Country { code: "CD", dial: "243" },
    Country { code: "CK", dial: "682" },
    Country { code: "CR", dial: "506" },
    Country { code: "CI", dial: "225" },
    Country { code: "HR", dial: "385" },
    Country { code: "CU", dial: "53" },
    Country { code: "CW", dial: "599" },
    Country { code: "CY", dial: "357" },
    Country { code: "CZ", dial: "420" },
    Country { code: "DK", dial: "45" },
    Country { code: "DJ", dial: "253" },
    Country { code: "DM", dial: "1767" },
    Country { code: "DO", dial: "1809" },
    Country { code: "EC", dial: "593" },
    Country { code: "EG", dial: "20" },
    Country { code: "SV", dial: "503" },
    Country { code: "GQ", dial: "240" },
    Country { code: "ER", dial: "291" },
    Country { code: "EE", dial: "372" },
    Country { code: "SZ", dial: "268" },
    Country { code: "ET", dial: "251" },
    Country { code: "FK", dial: "500" },
    Country { code: "FO", dial: "298" },
    Country { code: "FJ", dial: "679" },
    Country { code: "FI", dial: "358" },
    Country { code: "FR", dial: "33" },
    Country { code: "GF", dial: "594" },
    Country { code: "PF", dial: "689" },
    Country { code: "TF", dial: "262" },
    Country { code: "GA", dial: "241" },
    Country { code: "GM", dial: "220" },
    Country { code: "GE", dial: "995" },
    Country { code: "DE", dial: "49" },
    Country { code: "GH", dial: "233" },
    Country { code: "GI", dial: "350" },
    Country { code: "GR", dial: "30" },
    Country { code: "GL", dial: "299" },
    Country { code: "GD", dial: "1473" },
    Country { code: "GP", dial: "590" },
    Country { code: "GU", dial: "1671" },
    Country { code: "GT", dial: "502" },
    Country { code: "GG", dial: "44" },
    Country { code: "GN", dial: "224" },
    Country { code: "GW", dial: "245" },
    Country { code: "GY", dial: "592" },
    Country { code: "HT", dial: "509" },
    Country { code: "HM", dial: "" },
    Country { code: "VA", dial: "39" },
    Country { code: "HN", dial: "504" },
    Country { code: "HK", dial: "852" },
    Country { code: "HU", dial: "36" },
    Country { code: "IS", dial: "354" },
    Country { code: "IN", dial: "91" },
    Country { code: "ID", dial: "62" },
    Country { code: "IR", dial: "98" },
    Country { code: "IQ", dial: "964" },
    Country { code: "IE", dial: "353" },
    Country { code: "IM", dial: "44" },
    Country { code: "IL", dial: "972" },
    Country { code: "IT", dial: "39" },
    Country { code: "JM", dial: "1876" },
    Country { code: "JP", dial: "81" },
    Country { code: "JE", dial: "44" },
    Country { code: "JO", dial: "962" },
    Country { code: "KZ", dial: "7" },
    Country { code: "KE", dial: "254" },
    Country { code: "KI", dial: "686" },
    Country { code: "KW", dial: "965" },
    Country { code: "KG", dial: "996" },
    Country { code: "LA", dial: "856" },
    Country { code: "LV", dial: "371" },
    Country { code: "LB", dial: "961" },
    Country { code: "LS", dial: "266" },
    Country { code: "LR", dial: "231" },
    Country { code: "LY", dial: "218" },
    Country { code: "LI", dial: "423" },
    Country { code: "LT", dial: "370" },
    Country { code: "LU", dial: "352" },
    Country { code: "MO", dial: "853" },
    Country { code: "MG", dial: "261" },
    Country { code: "MW", dial: "265" },
    Country { code: "MY", dial: "60" },
    Country { code: "MV", dial: "960" },
    Country { code: "ML", dial: "223" },
    Country { code: "MT", dial: "356" },
    Country { code: "MH", dial: "692" },
    Country { code: "MQ", dial: "596" },
    Country { code: "MR", dial: "222" },
    Country { code: "MU", dial: "230" },
    Country { code: "YT", dial: "262" },
    Country { code: "MX", dial: "52" },
    Country { code: "FM", dial: "691" },
    Country { code: "MD", dial: "373" },
    Country { code: "MC", dial: "377" },
    Country { code: "MN", dial: "976" },
    Country { code: "ME", dial: "382" },
    Country { code: "MS", dial: "1664" },
    Country { code: "MA", dial: "212" },
    Country { code: "MZ", dial: "258" },
    Country { code: "MM", dial: "95" },
    Country { code: "NA", dial: "264" },
    Country { code: "NR", dial: "674" },
    Country { code: "NP", dial: "977" },
    Country { code: "NL", dial: "31" },
    Country { code: "NC", dial: "687" },
    Country { code: "NZ", dial: "64" },
    Country { code: "NI", dial: "505" },
    Country { code: "NE", dial: "227" },
    Country { code: "NG", dial: "234" },
    Country { code: "NU", dial: "683" },
    Country { code: "NF", dial: "672" },
    Country { code: "KP", dial: "850" },
    Country { code: "MK", dial: "389" },
    Country { code: "MP", dial: "1670" },
    Country { code: "NO", dial: "47" },
    Country { code: "OM", dial: "968" },
    Country { code: "PK", dial: "92" },
    Country { code: "PW", dial: "680" },
    Country { code: "PS", dial: "970" },
    Country { code: "PA", dial: "507" },
    Country { code: "PG", dial: "675" },
    Country { code: "PY", dial: "595" },
    Country { code: "PE", dial: "51" },
    Country { code: "PH", dial: "63" },
    Country { code: "PN", dial: "64" },
    Country { code: "PL", dial: "48" },
    Country { code: "PT", dial: "351" },
    Country { code: "PR", dial: "1787" },
    Country { code: "QA", dial: "974" },
    Country { code: "RE", dial: "262" },
    Country { code: "RO", dial: "40" },
    Country { code: "RU", dial: "7" },
    Country { code: "RW", dial: "250" },
    Country { code: "BL", dial: "590" },
    Country { code: "SH", dial: "290" },
    Country { code: "KN", dial: "1869" },
    Country { code: "LC", dial: "1758" },
    Country { code: "MF", dial: "590" },
    Country { code: "PM", dial: "508" },
    Country { code: "VC", dial: "1784" },
    Country { code: "WS", dial: "685" },
    Country { code: "SM", dial: "378" },
    Country { code: "ST", dial: "239" },
    Country { code: "SA", dial: "966" },
    Country { code: "SN", dial: "221" },
    Country { code: "RS", dial: "381" },
    Country { code: "SC", dial: "248" },
    Country { code: "SL", dial: "232" },
    Country { code: "SG", dial: "65" },
    Country { code: "SX", dial: "1721" },
    Country { code: "SK", dial: "421" },
    Country { code: "SI", dial: "386" },
    Country { code: "SB", dial: "677" },
    Country { code: "SO", dial: "252" },
    Country { code: "ZA", dial: "27" },
    Country { code: "GS", dial: "500" },
    Country { code: "KR", dial: "82" },
    Country { code: "SS", dial: "211" },
    Country { code: "ES", dial: "34" },
    Country { code: "LK", dial: "94" },
    Country { code: "SD", dial: "249" },
    Country { code: "SR", dial: "597" },
    Country { code: "SJ", dial: "47" },
    Country { code: "SE", dial: "46" },
    Country { code: "CH", dial: "41" },
    Country { code: "SY", dial: "963" },
    Country { code: "TW", dial: "886" },
    Country { code: "TJ", dial: "992" },
    Country { code: "TZ", dial: "255" },
    Country { code: "TH", dial: "66" },
    Country { code: "TL", dial: "670" },
    Country { code: "TG", dial: "228" },
    Country { code: "TK", dial: "690" },
    Country { code: "TO", dial: "676" },
    Country { code: "TT", dial: "1868" },
    Country { code: "TN", dial: "216" },
    Country { code: "TR", dial: "90" },
    Country { code: "TM", dial: "993" },
    Country { code: "TC", dial: "1649" },
    Country { code: "TV", dial: "688" },
    Country { code: "UG", dial: "256" },
    Country { code: "UA", dial: "380" },
    Country { code: "AE", dial: "971" },
    Country { code: "GB", dial: "44" },
    Country { code: "US", dial: "1" },
    Country { code: "UM", dial: "" },
    Country { code: "UY", dial: "598" },
    Country { code: "UZ", dial: "998" },
    Country { code: "VU", dial: "678" },
    Country { code: "VE", dial: "58" },
    Country { code: "VN", dial: "84" },
    Country { code: "VG", dial: "1284" },
    Country { code: "VI", dial: "1340" },
    Country { code: "WF", dial: "681" },
    Country { code: "EH", dial: "212" },
    Country { code: "YE", dial: "967" },
    Country { code: "ZM", dial: "260" },
    Country { code: "ZW", dial: "263" },
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn each_country_is_there_once() {
        let codes: BTreeSet<&str> = COUNTRIES.iter().map(|country| country.code).collect();
        assert_eq!(codes.len(), COUNTRIES.len());
        for country in &COUNTRIES {
            assert!(country.code.len() == 2 && country.code.bytes().all(|byte| byte.is_ascii_uppercase()));
            assert!(country.dial.bytes().all(|byte| byte.is_ascii_digit()));
        }
        assert_eq!(named("NO").map(|country| country.dial), Some("47"));
        assert_eq!(named("no"), None);
        assert_eq!(named("NO").map(Country::flag).as_deref(), Some("🇳🇴"));
    }

    #[test]
    fn each_country_has_a_name_of_its_own_in_each_language() {
        for language in Language::ALL {
            let list = listed(Texts::new(*language));
            let names: BTreeSet<&str> = list.iter().map(|listed| listed.name.as_str()).collect();
            assert_eq!((list.len(), names.len()), (COUNTRIES.len(), COUNTRIES.len()), "{language:?}");
            assert!(list.iter().all(|listed| listed.name != listed.country.code), "{language:?}");
        }
        let german = listed(Texts::new(Language::De));
        let place = |code: &str| german.iter().position(|listed| listed.country.code == code);
        assert!(place("OM") < place("AT") && place("AT") < place("TL"), "Oman, Österreich, Osttimor");
        assert_eq!(named("NO").map(|country| country.name(Texts::new(Language::Es))).as_deref(), Some("Noruega"));
    }
}
