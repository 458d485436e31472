//! `/assets/icon/{name}`: a brand's icon, for phones that have the portal as an app: its first letter on its color. The
//! content depends only on the URL, so browsers can cache it.
//!
//! The name is the color and the letter's code point, in hexadecimal digits: `0f6b5c-41.svg`, or with the side in pixels
//! `0f6b5c-41-192.png`. Pictures know Latin capitals and digits, and have a dot for any other letter.

use axum::{
    extract::Path,
    http::{
        HeaderValue,
        header::{CACHE_CONTROL, CONTENT_TYPE, X_CONTENT_TYPE_OPTIONS},
    },
    response::{IntoResponse, Response},
};

use kit::{
    error::Error,
    page::{
        PageError,
        color::{self, Rgb},
        png,
    },
};

/// Stands for a brand without a letter.
pub const NO_SIGN: char = '•';
/// The sides of pictures that browsers ask for.
const SIDES: [u16; 3] = [180, 192, 512];
/// Between the color of the paper and that of the ink.
const SHADES: u8 = 16;
/// The height of a letter as a part of the icon's: small enough that a phone may cut the icon round.
const HEIGHT: f64 = 0.4;
/// The width of a line, in units of the grid.
const LINE: f64 = 1.1;
/// A letter stands in a grid of 4 by 6: strokes, each from point to point (`x` and `y`).
const SIGNS: [(char, &str); 36] = [
    ('A', "062046 1434"),
    ('B', "003041423303 3344453606 0006"),
    ('C', "4130100105163645"),
    ('D', "00304145360600"),
    ('E', "40000646 0333"),
    ('F', "400006 0333"),
    ('G', "41301001051636454323"),
    ('H', "0006 4046 0343"),
    ('I', "1030 2026 1636"),
    ('J', "4045361605"),
    ('K', "0006 400346"),
    ('L', "000646"),
    ('M', "0600234046"),
    ('N', "06004640"),
    ('O', "103041453616050110"),
    ('P', "06003041423303"),
    ('Q', "103041453616050110 2446"),
    ('R', "06003041423303 2346"),
    ('S', "413010010213334445361605"),
    ('T', "0040 2026"),
    ('U', "000516364540"),
    ('V', "002640"),
    ('W', "0016233640"),
    ('X', "0046 4006"),
    ('Y', "002340 2326"),
    ('Z', "00400646"),
    ('0', "103041453616050110"),
    ('1', "112026 1636"),
    ('2', "01103041420646"),
    ('3', "01103041423313 334445361605"),
    ('4', "36300444"),
    ('5', "400002324345361605"),
    ('6', "4130100105163645443303"),
    ('7', "004016"),
    ('8', "103041423313020110 1304051636454433"),
    ('9', "0516364541301001021343"),
];
const DOT: &str = "2323";

type Point = (f64, f64);

pub fn png_url(color: Option<&str>, sign: char, side: u16) -> String {
    format!("{}-{side}.png", beginning(color, sign))
}

pub fn svg_url(color: Option<&str>, sign: char) -> String {
    format!("{}.svg", beginning(color, sign))
}

fn beginning(color: Option<&str>, sign: char) -> String {
    let color = color.filter(|color| Rgb::read(color).is_some()).unwrap_or(color::USUAL);
    format!("/assets/icon/{}-{:x}", color.trim_start_matches('#'), u32::from(sign))
}

/// `GET /assets/icon/{name}`.
///
/// # Errors
/// 404 for a name that means no icon.
pub async fn serve(Path(name): Path<String>) -> Result<Response, PageError> {
    let (body, kind) = read(&name).ok_or_else(Error::not_found)?;
    let mut response = body.into_response();
    for (header, value) in
        [(CONTENT_TYPE, kind), (CACHE_CONTROL, "public, max-age=86400"), (X_CONTENT_TYPE_OPTIONS, "nosniff")]
    {
        response.headers_mut().insert(header, HeaderValue::from_static(value));
    }
    Ok(response)
}

/// The content for a name, and its type.
fn read(name: &str) -> Option<(Vec<u8>, &'static str)> {
    let (stem, ending) = name.rsplit_once('.')?;
    let mut parts = stem.split('-');
    let color = format!("#{}", parts.next()?);
    Rgb::read(&color)?;
    let sign = char::from_u32(u32::from_str_radix(parts.next()?, 16).ok()?)?;
    let tone = color::on_light(Some(&color));
    let colors = (tone.steps[8], tone.solid_ink);
    match (ending, parts.next(), parts.next()) {
        ("svg", None, None) if sign.is_alphanumeric() || sign == NO_SIGN => {
            Some((svg(colors, sign).into_bytes(), "image/svg+xml"))
        }
        ("png", Some(side), None) => {
            let side = SIDES.into_iter().find(|known| known.to_string() == side)?;
            Some((picture(side, colors, sign)?, png::KIND))
        }
        _ => None,
    }
}

fn svg((paper, ink): (Rgb, Rgb), sign: char) -> String {
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 512 512\"><rect width=\"512\" height=\"512\" fill=\"{paper}\"/>\
         <text x=\"256\" y=\"256\" text-anchor=\"middle\" dominant-baseline=\"central\" font-family=\"system-ui, sans-serif\" \
         font-size=\"280\" font-weight=\"600\" fill=\"{ink}\">{sign}</text></svg>\n"
    )
}

fn picture(side: u16, (paper, ink): (Rgb, Rgb), sign: char) -> Option<Vec<u8>> {
    let lines = lines(sign);
    let (middle, unit) = (f64::from(side) / 2.0, f64::from(side) * HEIGHT / 6.0);
    let shade = |x: u16, y: u16| {
        let on_grid = |pixel: u16, center: f64| (f64::from(pixel) + 0.5 - middle) / unit + center;
        let at = (on_grid(x, 2.0), on_grid(y, 3.0));
        if !(-LINE..4.0 + LINE).contains(&at.0) || !(-LINE..6.0 + LINE).contains(&at.1) {
            return 0;
        }
        let nearest = lines.iter().map(|line| squared_distance(at, *line)).fold(f64::INFINITY, f64::min).sqrt();
        // A pixel at the edge of a line is ink as far as the line covers it.
        let covered = ((LINE / 2.0 - nearest) * unit + 0.5).clamp(0.0, 1.0);
        (covered * f64::from(SHADES)).round() as u8
    };
    let pixels: Vec<u8> = (0..side).flat_map(|y| (0..side).map(move |x| (x, y))).map(|(x, y)| shade(x, y)).collect();
    let palette: Vec<[u8; 3]> = (0..=SHADES).map(|shade| mixed(paper.channels(), ink.channels(), shade)).collect();
    png::encode(side.into(), &palette, &pixels)
}

fn mixed(paper: [u8; 3], ink: [u8; 3], shade: u8) -> [u8; 3] {
    let part = |color: u8, weight: u8| u16::from(color) * u16::from(weight);
    let channel = |at: usize| ((part(paper[at], SHADES - shade) + part(ink[at], shade)) / u16::from(SHADES)) as u8;
    [channel(0), channel(1), channel(2)]
}

/// The lines of a letter.
fn lines(sign: char) -> Vec<[Point; 2]> {
    let sign = plain(sign);
    let strokes = SIGNS.iter().find(|(known, _)| *known == sign).map_or(DOT, |(_, strokes)| *strokes);
    let coordinate = |digit: u8| f64::from(digit.saturating_sub(b'0'));
    let of_stroke = |stroke: &str| {
        let pairs = stroke.as_bytes().chunks_exact(2);
        let points: Vec<Point> = pairs.map(|pair| (coordinate(pair[0]), coordinate(pair[1]))).collect();
        points.windows(2).map(|ends| [ends[0], ends[1]]).collect::<Vec<_>>()
    };
    strokes.split(' ').flat_map(of_stroke).collect()
}

/// A capital without its accent.
const fn plain(sign: char) -> char {
    match sign {
        'À'..='Å' => 'A',
        'Ç' => 'C',
        'È'..='Ë' => 'E',
        'Ì'..='Ï' => 'I',
        'Ñ' => 'N',
        'Ò'..='Ö' | 'Ø' => 'O',
        'Ù'..='Ü' => 'U',
        'Ý' => 'Y',
        other => other.to_ascii_uppercase(),
    }
}

/// Of a point from a line.
fn squared_distance((x, y): Point, [(from_x, from_y), (to_x, to_y)]: [Point; 2]) -> f64 {
    let (run, rise) = (to_x - from_x, to_y - from_y);
    let length = run * run + rise * rise;
    let (right, down) = (x - from_x, y - from_y);
    let along = if length > 0.0 { ((right * run + down * rise) / length).clamp(0.0, 1.0) } else { 0.0 };
    (right - along * run).powi(2) + (down - along * rise).powi(2)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_says_what_the_icon_shows() {
        assert_eq!(png_url(Some("#7c3aed"), 'L', 192), "/assets/icon/7c3aed-4c-192.png");
        assert_eq!(svg_url(None, 'é'), "/assets/icon/0f6b5c-e9.svg");
        let (svg, kind) = read("7c3aed-4c.svg").unwrap();
        let svg = String::from_utf8(svg).unwrap();
        assert!(kind == "image/svg+xml" && svg.contains("fill=\"#7c3aed\"") && svg.contains(">L</text>"), "{svg}");
        let (picture, kind) = read("7c3aed-4c-192.png").unwrap();
        assert_eq!((kind, &picture[16..24]), ("image/png", &[0, 0, 0, 192, 0, 0, 0, 192][..]));
        for bad in [
            "7c3aed-4c-191.png",
            "7c3aed-4c-9999.png",
            "7c3aed-3c.svg",
            "7c3aed-4c-192.svg",
            "red-4c.svg",
            "7c3aed.svg",
            "7c3aed-d800.svg",
            "7c3aed-4c",
        ] {
            assert_eq!(read(bad), None, "{bad}");
        }
    }

    #[test]
    fn letters_stay_in_their_grid_and_differ() {
        let is_inside = |(x, y): Point| (0.0..=4.0).contains(&x) && (0.0..=6.0).contains(&y);
        for (sign, strokes) in SIGNS {
            assert!(strokes.split(' ').all(|stroke| stroke.len() >= 4 && stroke.len().is_multiple_of(2)), "{sign}");
            assert!(lines(sign).into_iter().flatten().all(is_inside), "{sign}");
        }
        assert_eq!((lines('Ö'), lines('l')), (lines('O'), lines('L')));
        assert_eq!(lines('日'), lines(NO_SIGN));
        assert_ne!(lines('P'), lines('R'));
    }

    #[test]
    fn a_line_is_ink_and_what_is_beside_it_is_paper() {
        let on_it = squared_distance((0.0, 3.0), [(0.0, 0.0), (0.0, 6.0)]);
        let beside = squared_distance((3.0, 10.0), [(0.0, 0.0), (0.0, 6.0)]);
        assert!(on_it < 0.001 && (beside - 25.0).abs() < 0.001);
        assert_eq!((mixed([0; 3], [255; 3], 0), mixed([0; 3], [255; 3], SHADES)), ([0; 3], [255; 3]));
    }
}
