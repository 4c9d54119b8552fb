//! Fractions of whole numbers, for the verifier alone: checked, always in lowest terms.

use std::cmp::Ordering;

/// A number without any loss.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Fraction {
    above: i128,
    below: i128,
}

fn common(a: i128, b: i128) -> Option<i128> {
    let (mut a, mut b) = (a.checked_abs()?, b.checked_abs()?);
    while b != 0 {
        (a, b) = (b, a.checked_rem(b)?);
    }
    Some(a)
}

impl Fraction {
    pub const ZERO: Self = Self { above: 0, below: 1 };
    pub const ONE: Self = Self { above: 1, below: 1 };

    pub fn new(above: i128, below: i128) -> Option<Self> {
        let by = common(above, below).filter(|by| *by != 0 && below != 0)?;
        let by = if below < 0 { by.checked_neg()? } else { by };
        Some(Self { above: above.checked_div(by)?, below: below.checked_div(by)? })
    }

    pub const fn whole(number: i128) -> Self {
        Self { above: number, below: 1 }
    }

    /// `10^-places`.
    pub fn unit(places: u32) -> Option<Self> {
        Self::new(1, 10_i128.checked_pow(places)?)
    }

    /// A decimal text: digits, with a sign and a point at most.
    pub fn parse(text: &str) -> Option<Self> {
        let (negative, digits) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        let (whole, decimals) = match digits.split_once('.') {
            Some((_, "")) => return None,
            Some(parts) => parts,
            None => (digits, ""),
        };
        // One number has one text, but for zeros after the point.
        if whole.is_empty() || (whole.len() > 1 && whole.starts_with('0')) {
            return None;
        }
        let mut above = 0_i128;
        for digit in whole.chars().chain(decimals.chars()) {
            let digit = i128::from(digit.to_digit(10)?);
            above = above.checked_mul(10)?.checked_add(digit)?;
        }
        let places = u32::try_from(decimals.len()).ok()?;
        let above = if negative { above.checked_neg()? } else { above };
        if negative && above == 0 {
            return None;
        }
        Self::new(above, 10_i128.checked_pow(places)?)
    }

    pub fn plus(self, other: Self) -> Option<Self> {
        let by = common(self.below, other.below)?;
        let (mine, theirs) = (other.below.checked_div(by)?, self.below.checked_div(by)?);
        let above = self.above.checked_mul(mine)?.checked_add(other.above.checked_mul(theirs)?)?;
        Self::new(above, self.below.checked_mul(mine)?)
    }

    pub fn minus(self, other: Self) -> Option<Self> {
        self.plus(Self { above: other.above.checked_neg()?, below: other.below })
    }

    pub fn times(self, other: Self) -> Option<Self> {
        // Reduced crosswise first, so that the product fits where it can.
        let (a, b) = (Self::new(self.above, other.below)?, Self::new(other.above, self.below)?);
        Self::new(a.above.checked_mul(b.above)?, a.below.checked_mul(b.below)?)
    }

    pub fn over(self, other: Self) -> Option<Self> {
        self.times(Self::new(other.below, other.above)?)
    }

    pub fn compared(self, other: Self) -> Option<Ordering> {
        Some(self.minus(other)?.above.cmp(&0))
    }

    /// The greatest whole number that is not above it.
    pub const fn floor(self) -> Self {
        Self::whole(self.above.div_euclid(self.below))
    }

    pub const fn is_whole(self) -> bool {
        self.below == 1
    }

    pub const fn to_whole(self) -> Option<i128> {
        if self.below == 1 { Some(self.above) } else { None }
    }

    pub fn size(self) -> Option<Self> {
        Some(Self { above: self.above.checked_abs()?, below: self.below })
    }

    /// To a multiple of `of`: `half_up` to the nearest, the half away from zero; `down` towards
    /// zero; `up` away from it.
    pub fn rounded(self, way: &str, of: Self) -> Option<Self> {
        if of.above <= 0 {
            return None;
        }
        let parts = self.over(of)?;
        let size = parts.size()?;
        let below = size.floor();
        let rest = size.minus(below)?;
        let away = match way {
            "half_up" => rest.compared(Self::new(1, 2)?)? != Ordering::Less,
            "down" => false,
            "up" => rest != Self::ZERO,
            _ => return None,
        };
        let size = if away { below.plus(Self::ONE)? } else { below };
        let signed = if parts.above < 0 { Self::ZERO.minus(size)? } else { size };
        signed.times(of)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(text: &str) -> Fraction {
        Fraction::parse(text).expect("a number")
    }

    #[test]
    fn decimals_are_read_strictly() {
        assert_eq!(number("0.0133"), Fraction::new(133, 10_000).expect("small"));
        assert_eq!(number("-2.50"), Fraction::new(-5, 2).expect("small"));
        for bad in ["", "-", ".", "1.", ".5", "+1", "1 000", "1e3", "1.2.3", "--1", "٣", "007", "-0", "-0.0"]
        {
            assert_eq!(Fraction::parse(bad), None, "{bad:?}");
        }
    }

    #[test]
    fn arithmetic_is_exact_and_checked() {
        let third = Fraction::ONE.over(number("3")).expect("a third");
        assert_eq!(third.times(number("3")), Some(Fraction::ONE));
        assert_eq!(Fraction::ONE.over(Fraction::ZERO), None);
        assert_eq!(Fraction::whole(i128::MAX).plus(Fraction::ONE), None);
        assert_eq!(number("-1.5").floor(), number("-2"));
    }

    #[test]
    fn the_three_ways_to_round() {
        for (text, way, of, expected) in [
            ("6562.5", "half_up", "1", "6563"),
            ("6562.4", "half_up", "1", "6562"),
            ("6562.9", "down", "1", "6562"),
            ("6562.1", "up", "1", "6563"),
            ("-2.5", "half_up", "1", "-3"),
            ("7501", "up", "5", "7505"),
            ("1.005", "half_up", "0.01", "1.01"),
        ] {
            assert_eq!(number(text).rounded(way, number(of)), Some(number(expected)), "{text} {way}");
        }
        assert_eq!(number("1").rounded("nearest", number("1")), None);
        assert_eq!(number("1").rounded("up", Fraction::ZERO), None);
    }
}
