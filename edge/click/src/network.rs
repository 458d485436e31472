//! Derives the network of an address: the range from which one subscriber can choose addresses.
//!
//! An IPv4 line has one address, or a few of one /24. An IPv6 line has a whole network: RFC 6177 gives a site between a
//! /56 and a /48, and tunnel brokers give a /48 to anyone who asks. So a /24 and a /48 count as one network: choosing
//! another address doesn't create a second visitor. The price is that neighbors in such a network count as one, too.

use std::net::{Ipv4Addr, Ipv6Addr};

/// A network: 4 and the first three bytes of an IPv4 address, or 6 and the first six of an IPv6 address.
pub type Network = [u8; 7];

/// Returns `None` if the text isn't an address. An IPv4-mapped IPv6 address counts as the IPv4 address.
pub fn of(address: &str) -> Option<Network> {
    // Every IPv6 address has a colon, no IPv4 address does: trying one kind after the other would parse most twice.
    let four = if address.contains(':') {
        let six = address.parse::<Ipv6Addr>().ok()?;
        let Some(four) = six.to_ipv4_mapped() else {
            let [a, b, c, d, e, f, ..] = six.octets();
            return Some([6, a, b, c, d, e, f]);
        };
        four
    } else {
        address.parse::<Ipv4Addr>().ok()?
    };
    let [a, b, c, _] = four.octets();
    Some([4, a, b, c, 0, 0, 0])
}

#[cfg(test)]
mod tests {
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
    }

    #[test]
    fn what_is_no_address_is_none() {
        for text in
            ["", "localhost", "1.2.3", "1.2.3.4.5", "1.2.3.256", "2001:db8", "2001:db8:::g", "1:2:3:4:5:6:7:8:9"]
        {
            assert_eq!(of(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn neither_the_last_byte_nor_the_last_ten_make_another_network(four in any::<u32>(), six in any::<u128>()) {
            let neighbor = Ipv4Addr::from_bits(four ^ 0xff);
            prop_assert_eq!(of(&Ipv4Addr::from_bits(four).to_string()), of(&neighbor.to_string()));
            prop_assert_ne!(of(&Ipv4Addr::from_bits(four ^ 0x100).to_string()), of(&neighbor.to_string()));
            // Global unicast, so that it isn't an IPv4-mapped address.
            let six = six >> 3 | 1 << 125;
            let neighbor = Ipv6Addr::from_bits(six ^ u128::MAX >> 48);
            prop_assert_eq!(of(&Ipv6Addr::from_bits(six).to_string()), of(&neighbor.to_string()));
            prop_assert_ne!(of(&Ipv6Addr::from_bits(six ^ 1 << 80).to_string()), of(&neighbor.to_string()));
        }
    }
}
