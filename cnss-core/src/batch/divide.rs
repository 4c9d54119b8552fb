//! Division by a number that is known beforehand (division par un nombre connu): a product and a
//! shift instead of a division, and exactly the same quotient.

/// What a number is multiplied by instead of being divided.
#[derive(Clone, Copy, Debug)]
pub(super) struct Reciprocal {
    times: u64,
    shift: u32,
}

impl Reciprocal {
    /// For division by `divisor`, which must be from 2 to 2^62; none otherwise.
    ///
    /// With `log` the least whole number for which 2^log ≥ divisor, and `times` the least one that
    /// is not below 2^(63 + log) ÷ divisor, times × divisor exceeds 2^(63 + log) by less than
    /// divisor ≤ 2^log. For n < 2^63 the product n × times ÷ 2^(63 + log) therefore exceeds
    /// n ÷ divisor by less than 1 ÷ divisor, which does not reach the next whole number.
    pub fn of(divisor: u64) -> Option<Self> {
        if !(2..=1 << 62).contains(&divisor) {
            return None;
        }
        let log = 64_u32.saturating_sub(divisor.saturating_sub(1).leading_zeros());
        let power = 1_u128.checked_shl(log.saturating_add(63))?;
        let times = u64::try_from(power.div_ceil(u128::from(divisor))).ok()?;
        // The high half of the product is 2^64 times smaller already.
        Some(Self { times, shift: log.saturating_sub(1) })
    }

    /// `n` ÷ the divisor without the rest; `n` must be below 2^63.
    #[inline]
    pub fn quotient(self, n: u64) -> u64 {
        let high = u128::from(n).wrapping_mul(u128::from(self.times)) >> 64;
        (high as u64).wrapping_shr(self.shift)
    }
}

#[cfg(test)]
mod tests {
    use super::Reciprocal;
    use proptest::prelude::*;

    fn same(n: u64, divisor: u64) {
        let by = Reciprocal::of(divisor).expect("a divisor");
        assert_eq!(by.quotient(n), n / divisor, "{n} ÷ {divisor}");
    }

    #[test]
    fn quotients_at_the_edges() {
        for divisor in [2, 3, 7, 8, 10, 1_000, 10_000, 600_000, (1 << 31) - 1, (1 << 62) - 1, 1 << 62] {
            for n in [0, 1, divisor - 1, divisor, divisor + 1, (1 << 63) - 1] {
                same(n, divisor);
            }
            let last = ((1_u64 << 63) - 1) / divisor * divisor;
            same(last, divisor);
            same(last - 1, divisor);
        }
        assert!(Reciprocal::of(0).is_none() && Reciprocal::of(1).is_none());
        assert!(Reciprocal::of((1 << 62) + 1).is_none());
    }

    proptest! {
        #[test]
        fn quotients_are_those_of_division(n in 0_u64..1 << 63, bits in 1_u32..62, low in any::<u64>()) {
            same(n, (1_u64 << bits) | (low & ((1 << bits) - 1)));
        }
    }
}
