//! The hosting providers' networks, by their autonomous system numbers: `edge/datacenters.txt`, parsed at compile time.

const LIST: &[u8] = include_bytes!("../../datacenters.txt");
const NUMBERS: [usize; lines()] = numbers();

/// Whether a network, by the number Cloudflare gives it, is a datacenter's. Networks that Cloudflare doesn't know are
/// not.
pub fn is_datacenter(asn: &str) -> bool {
    asn.parse().is_ok_and(|asn| NUMBERS.binary_search(&asn).is_ok())
}

/// Counts the lines that begin with a digit.
const fn lines() -> usize {
    let (mut at, mut lines) = (0, 0);
    while at < LIST.len() {
        if LIST[at].is_ascii_digit() && (at == 0 || LIST[at - 1] == b'\n') {
            lines += 1;
        }
        at += 1;
    }
    lines
}

const fn numbers() -> [usize; lines()] {
    let (mut numbers, mut at, mut line, mut reading) = ([0; lines()], 0, 0, true);
    while at < LIST.len() {
        let is_digit = LIST[at].is_ascii_digit();
        if reading && is_digit {
            numbers[line] = numbers[line] * 10 + (LIST[at] - b'0') as usize;
        } else if reading && at > 0 && LIST[at - 1].is_ascii_digit() {
            line += 1;
        }
        reading = (reading && is_digit) || LIST[at] == b'\n';
        at += 1;
    }
    numbers
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_is_in_order_and_read_whole() {
        let text = std::str::from_utf8(LIST).unwrap();
        let lines = text.lines().filter(|line| !line.starts_with('#'));
        let requested: Vec<usize> = lines.map(|line| line.split(' ').next().unwrap().parse().unwrap()).collect();
        assert!(requested.is_sorted() && requested.len() > 50 && NUMBERS == requested.as_slice());
    }

    #[test]
    fn rented_machines_are_known_and_people_are_not() {
        for asn in ["16509", "24940", "396982"] {
            assert!(is_datacenter(asn), "{asn}");
        }
        // Deutsche Telekom, the carriers of iCloud Private Relay, an empty text, and invalid numbers.
        for asn in ["3320", "13335", "36183", "54113", "", "-1", "x"] {
            assert!(!is_datacenter(asn), "{asn}");
        }
    }
}
