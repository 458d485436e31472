use proptest::prelude::*;

use super::*;

#[test]
fn text_form_is_the_specifications_example() {
    // TypeID specification, README: prefix_01h455vb4pex5vsknk084sn02q is 01890a5d-ac96-774b-bcce-b302099a8057.
    let id = AffiliateId::new(Uuid::from_u128(0x0189_0a5d_ac96_774b_bcce_b302_099a_8057));
    assert_eq!(id.to_string(), "aff_01h455vb4pex5vsknk084sn02q");
}

#[test]
fn another_kinds_id_is_refused() {
    let click = ClickId::v7(1_790_000_000_000, &[7; 10]).to_string();
    assert_eq!(click.parse::<AffiliateId>(), Err(IdError::Prefix("aff")));
    assert_eq!("aff_8zzzzzzzzzzzzzzzzzzzzzzzzz".parse::<AffiliateId>(), Err(IdError::Suffix));
}

#[test]
fn only_characters_of_the_alphabet_are_read() {
    let id = AffiliateId::from_bytes([7; 16]).to_string();
    assert_eq!(id.parse(), Ok(AffiliateId::from_bytes([7; 16])));
    for other in (0..=u8::MAX).filter(|byte| byte.is_ascii() && !ALPHABET.contains(byte)) {
        let text = format!("{}{}", &id[..id.len() - 1], char::from(other));
        assert_eq!(text.parse::<AffiliateId>(), Err(IdError::Suffix), "{text}");
    }
    // 26 bytes, but not as many characters.
    assert_eq!(format!("{}é", &id[..id.len() - 2]).parse::<AffiliateId>(), Err(IdError::Suffix));
}

#[test]
fn json_says_what_is_wrong() {
    let error = |json| serde_json::from_str::<AffiliateId>(json).unwrap_err().to_string();
    assert!(error("1").starts_with("invalid type: integer `1`, expected a string"));
    assert!(error(r#""lnk_1""#).starts_with("must start with `aff_`"));
}

#[test]
fn derived_ids_do_not_collide_by_joining() {
    assert_ne!(EventId::derived(&[b"ab", b"c"]), EventId::derived(&[b"a", b"bc"]));
    assert_eq!(EventId::derived(&[b"ab", b"c"]), EventId::derived(&[b"ab", b"c"]));
}

proptest! {
    #[test]
    fn round_trip(value: u128) {
        let id = LinkId::new(Uuid::from_u128(value));
        prop_assert_eq!(id.to_string().parse(), Ok(id));
        let mut text = "id:".to_owned();
        id.push_to(&mut text);
        prop_assert_eq!(text, format!("id:{id}"));
        let json = serde_json::to_string(&id).unwrap();
        prop_assert_eq!(serde_json::from_str::<LinkId>(&json).unwrap(), id);
    }

    #[test]
    fn a_click_is_of_its_program(at in 0u64..1 << 47, random: [u8; 10], program: [u8; 16], other: [u8; 16]) {
        let (program, other) = (ProgramId::from_bytes(program), ProgramId::from_bytes(other));
        let click = ClickId::of_program(at, &random, program);
        prop_assert!(click.is_of_program(program));
        prop_assert_eq!(click.is_of_program(other), program.bytes()[14..] == other.bytes()[14..]);
        let plain = ClickId::v7(at, &random);
        prop_assert_eq!(&click.bytes()[..14], &plain.bytes()[..14]);
    }

    #[test]
    fn later_ids_sort_later(early in 0u64..1 << 47, gap in 1u64..1_000_000, a: [u8; 10], b: [u8; 10]) {
        prop_assert!(ClickId::v7(early, &a) < ClickId::v7(early + gap, &b));
    }

    #[test]
    fn no_text_panics(text in "\\PC*") {
        let _ = text.parse::<LinkId>();
    }
}
