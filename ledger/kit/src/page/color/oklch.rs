//! OKLCH (Björn Ottosson's Oklab in lightness, chroma and hue): colors with the same lightness look equally bright,
//! whatever their hue.

use super::Rgb;

/// How far outside of sRGB still counts as inside: less than half of a step of a channel.
const SLACK: f64 = 1e-4;
/// Halvings that find the largest chroma inside sRGB.
const HALVINGS: u32 = 12;

const TO_CONES: [[f64; 3]; 3] = [
    [0.412_221_470_8, 0.536_332_536_3, 0.051_445_992_9],
    [0.211_903_498_2, 0.680_699_545_1, 0.107_396_956_6],
    [0.088_302_461_9, 0.281_718_837_6, 0.629_978_700_5],
];
const TO_LAB: [[f64; 3]; 3] = [
    [0.210_454_255_3, 0.793_617_785_0, -0.004_072_046_8],
    [1.977_998_495_1, -2.428_592_205_0, 0.450_593_709_9],
    [0.025_904_037_1, 0.782_771_766_2, -0.808_675_766_0],
];
const FROM_LAB: [[f64; 3]; 3] = [
    [1.0, 0.396_337_777_4, 0.215_803_757_3],
    [1.0, -0.105_561_345_8, -0.063_854_172_8],
    [1.0, -0.089_484_177_5, -1.291_485_548_0],
];
const FROM_CONES: [[f64; 3]; 3] = [
    [4.076_741_662_1, -3.307_711_591_3, 0.230_969_929_2],
    [-1.268_438_004_6, 2.609_757_401_1, -0.341_319_396_5],
    [-0.004_196_086_3, -0.703_418_614_7, 1.707_614_701_0],
];

#[derive(Debug, Clone, Copy)]
pub(super) struct Oklch {
    /// 0 is black, 1 is white.
    pub(super) lightness: f64,
    /// 0 is gray; the strongest colors of sRGB have about 0.3.
    pub(super) chroma: f64,
    /// In radians.
    pub(super) hue: f64,
}

impl Oklch {
    pub(super) fn of(color: Rgb) -> Self {
        let cones = times(TO_CONES, color.linear()).map(f64::cbrt);
        let [lightness, a, b] = times(TO_LAB, cones);
        Self { lightness, chroma: a.hypot(b), hue: b.atan2(a) }
    }

    /// The color in sRGB, with less chroma if there is none so strong.
    pub(super) fn rgb(self) -> Rgb {
        let is_inside = |linear: [f64; 3]| linear.iter().all(|part| (-SLACK..=1.0 + SLACK).contains(part));
        let whole = self.linear();
        if is_inside(whole) {
            return Rgb::of_linear(whole);
        }
        let (mut inside, mut outside) = (0.0, self.chroma);
        for _ in 0..HALVINGS {
            let chroma = f64::midpoint(inside, outside);
            if is_inside((Self { chroma, ..self }).linear()) {
                inside = chroma;
            } else {
                outside = chroma;
            }
        }
        Rgb::of_linear((Self { chroma: inside, ..self }).linear())
    }

    fn linear(self) -> [f64; 3] {
        let Self { lightness, chroma, hue } = self;
        let lab = [lightness.clamp(0.0, 1.0), chroma * hue.cos(), chroma * hue.sin()];
        times(FROM_CONES, times(FROM_LAB, lab).map(|part| part.powi(3)))
    }
}

fn times(matrix: [[f64; 3]; 3], [x, y, z]: [f64; 3]) -> [f64; 3] {
    matrix.map(|[a, b, c]| a * x + b * y + c * z)
}
