//! Chance, from a seed: the same seed gives the same rolls on every machine and for ever.
//!
//! Only the bits of ChaCha8, an algorithm that is laid down, come from a library: the way from bits to a choice is
//! written here, in integers.

use chrono::TimeDelta;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{RngCore, SeedableRng};

/// One independent source of rolls.
#[derive(Debug, Clone)]
pub struct Dice(ChaCha8Rng);

impl Dice {
    /// The rolls of `stream` under `seed`.
    #[must_use]
    pub fn new(seed: u64, stream: u64) -> Self {
        let mut bits = ChaCha8Rng::seed_from_u64(seed);
        bits.set_stream(stream);
        Self(bits)
    }

    /// Rolls of their own, decided by these: however many are taken from them, these go on the same.
    #[must_use]
    pub fn fork(&mut self) -> Self {
        Self::new(self.0.next_u64(), 0)
    }

    /// A number from 0 to `end`, without `end`; 0 when that is 0.
    pub fn below(&mut self, end: u64) -> u64 {
        ((u128::from(self.0.next_u64()) * u128::from(end)) >> 64) as u64
    }

    /// A number from `first` to `last`, with both.
    pub fn between(&mut self, first: u64, last: u64) -> u64 {
        first + self.below(last.saturating_sub(first) + 1)
    }

    /// A time from `first` to `last` milliseconds.
    pub fn millis(&mut self, first: u32, last: u32) -> TimeDelta {
        TimeDelta::milliseconds(self.between(first.into(), last.into()).cast_signed())
    }

    /// A time from `first` to `last` seconds, to the millisecond.
    pub fn seconds(&mut self, first: u32, last: u32) -> TimeDelta {
        self.millis(first * 1_000, last * 1_000)
    }

    /// True in `permille` of 1,000 rolls.
    pub fn chance(&mut self, permille: u64) -> bool {
        self.below(1_000) < permille
    }

    /// One of `choices`.
    pub fn pick<T: Copy, const N: usize>(&mut self, choices: &[T; N]) -> T {
        const { assert!(N > 0, "nothing to pick from") };
        choices[self.below(N as u64) as usize]
    }

    /// One of the numbers 0, 1, ... by the weights of each; 0 when there are none.
    pub fn weighted(&mut self, weights: impl Iterator<Item = u32> + Clone) -> usize {
        let mut roll = self.below(weights.clone().map(u64::from).sum());
        for (index, weight) in weights.map(u64::from).enumerate() {
            if roll < weight {
                return index;
            }
            roll -= weight;
        }
        0
    }

    /// `digits` hexadecimal digits, in lower case.
    pub fn hex(&mut self, digits: usize) -> String {
        (0..digits).filter_map(|_| char::from_digit(self.below(16) as u32, 16)).collect()
    }

    /// A random (version 4) UUID, in lower case.
    pub fn uuid(&mut self) -> String {
        let variant = self.pick(&['8', '9', 'a', 'b']);
        let [first, second, third, fourth, last] = [8, 4, 3, 3, 12].map(|digits| self.hex(digits));
        format!("{first}-{second}-4{third}-{variant}{fourth}-{last}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn streams_of_one_seed_differ_and_repeat() {
        let roll = |seed, stream| Dice::new(seed, stream).below(u64::MAX);
        assert_eq!(roll(1, 2), roll(1, 2));
        assert_ne!(roll(1, 2), roll(1, 3));
        assert_ne!(roll(1, 2), roll(2, 2));
    }

    #[test]
    fn a_fork_moves_the_rolls_by_one_however_much_it_rolls() {
        let after = |rolls: u32| {
            let mut dice = Dice::new(3, 0);
            let mut fork = dice.fork();
            (0..rolls).for_each(|_| drop(fork.uuid()));
            dice.below(u64::MAX)
        };
        assert_eq!(after(0), after(50));
    }

    #[test]
    fn every_face_comes_up_and_ids_have_their_shape() {
        let mut dice = Dice::new(7, 0);
        let mut seen = [0; 3];
        for _ in 0..300 {
            seen[dice.weighted([1, 1, 2].into_iter())] += 1;
            assert!((5..=6).contains(&dice.between(5, 6)));
            assert!(cxtrace_privacy::safe_text::uuid(&dice.uuid()).is_some());
        }
        assert!(seen[0] > 50 && seen[1] > 50 && seen[2] > 100, "{seen:?}");
    }
}
