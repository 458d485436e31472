//! Which network an address belongs to: what one subscriber can choose addresses from.
//!
//! Whoever has an IPv4 line has one address, or a few of one /24. An IPv6 line comes with a whole network: RFC 6177 gives
//! a site between a /56 and a /48, and tunnel brokers give a /48 to anyone who asks. So a /24 and a /48 count as one
//! network: nobody becomes many by choosing another address. The price is that neighbors in such a network are one, too.

/// A network: 4 and the first three bytes of an IPv4 address, or 6 and the first six of an IPv6 address.
pub type Network = [u8; 7];

/// `None` for what is no address. An IPv4 address that is written as an IPv6 address is itself.
pub fn of(address: &str) -> Option<Network> {
    let last = address.rsplit(':').next().unwrap_or_default();
    if last.contains('.') {
        let mut bytes = last.split('.').map(|part| u8::try_from(number(part, 10)?).ok());
        let [a, b, c, _] = [bytes.next()??, bytes.next()??, bytes.next()??, bytes.next()??];
        return bytes.next().is_none().then_some([4, a, b, c, 0, 0, 0]);
    }
    let (head, tail) = address.split_once("::").map_or((address, None), |(head, tail)| (head, Some(tail)));
    let (before, after) = (count(head), tail.map_or(0, count));
    let left_out = 8_usize.checked_sub(before + after).filter(|left_out| (*left_out == 0) == tail.is_none())?;
    let mut network: Network = [6, 0, 0, 0, 0, 0, 0];
    let places = (0..before).chain(before + left_out..8);
    for (place, group) in places.zip(parts(head).chain(parts(tail.unwrap_or_default()))) {
        let group = number(group, 16)?.to_be_bytes();
        if let Some(bytes) = network.get_mut(1 + 2 * place..3 + 2 * place) {
            bytes.copy_from_slice(&group);
        }
    }
    Some(network)
}

fn parts(text: &str) -> impl Iterator<Item = &str> {
    text.split(':').filter(|part| !part.is_empty())
}

fn count(text: &str) -> usize {
    parts(text).count()
}

fn number(text: &str, radix: u32) -> Option<u16> {
    if !(1..=4).contains(&text.len()) {
        return None;
    }
    // Four digits of either kind fit.
    text.chars().try_fold(0, |sum, digit| Some(sum * radix as u16 + digit.to_digit(radix)? as u16))
}

#[cfg(test)]
mod tests {
    use std::net::{Ipv4Addr, Ipv6Addr};

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn one_network_is_a_24_or_a_48() {
        assert_eq!(of("203.0.113.7"), Some([4, 203, 0, 113, 0, 0, 0]));
        assert_eq!(of("203.0.113.7"), of("203.0.113.250"));
        assert_ne!(of("203.0.113.7"), of("203.0.114.7"));
        assert_eq!(of("::ffff:203.0.113.7"), of("203.0.113.9"));
        let site = of("2001:db8:7::1");
        assert_eq!(site, Some([6, 0x20, 0x01, 0x0d, 0xb8, 0, 7]));
        for same in ["2001:db8:7:ffff::", "2001:0DB8:0007:1:2:3:4:5", "2001:db8:7:1:2:3:4::"] {
            assert_eq!(of(same), site, "{same}");
        }
        assert_ne!(of("2001:db8:8::1"), site);
        assert_eq!(of("::1"), Some([6, 0, 0, 0, 0, 0, 0]));
        assert_eq!(of("2001::7:1:2:3:4:5:6"), None, "nothing is left out");
    }

    #[test]
    fn what_is_no_address_is_none() {
        for text in [
            "",
            "localhost",
            "1.2.3",
            "1.2.3.4.5",
            "1.2.3.256",
            "1.2.3.x",
            "2001:db8",
            "2001:db8:::g",
            "1:2:3:4:5:6:7:8:9",
        ] {
            assert_eq!(of(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn every_address_as_it_is_written_is_in_its_network(bits in any::<u128>(), four in any::<u32>()) {
            // Half of the bits away: addresses with groups left out, anywhere.
            for bits in [bits, bits & (bits >> 64 | bits << 64), bits & 0xffff_0000_ffff_0000_0000_0000_0000_ffff] {
                let bytes = bits.to_be_bytes();
                let written = Ipv6Addr::from_bits(bits).to_string();
                let wanted = if written.contains('.') { None } else { Some([6, bytes[0], bytes[1], bytes[2], bytes[3], bytes[4], bytes[5]]) };
                prop_assert!(wanted.is_none() || of(&written) == wanted, "{}", written);
            }
            let [a, b, c, _] = four.to_be_bytes();
            prop_assert_eq!(of(&Ipv4Addr::from_bits(four).to_string()), Some([4, a, b, c, 0, 0, 0]));
        }

        #[test]
        fn no_text_panics(text in "\\PC*") {
            drop(of(&text));
        }
    }
}
