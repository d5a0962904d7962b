//! Chance, from a seed. The same seed and stream give the same rolls on every machine and for ever.
//!
//! Only the bits of ChaCha8, an algorithm that is laid down, are taken from a library: the way from
//! bits to a choice is written here, in integers, because a library may change its own.

use chrono::TimeDelta;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{RngCore, SeedableRng};

/// One independent source of rolls.
#[derive(Debug, Clone)]
pub(super) struct Dice(ChaCha8Rng);

impl Dice {
    /// The rolls of `stream` under `seed`.
    pub(super) fn new(seed: u64, stream: u64) -> Self {
        let mut key = [0; 32];
        key[..8].copy_from_slice(&seed.to_le_bytes());
        let mut bits = ChaCha8Rng::from_seed(key);
        bits.set_stream(stream);
        Self(bits)
    }

    /// 32 random bits.
    pub(super) fn bits(&mut self) -> u32 {
        self.0.next_u32()
    }

    /// A number from 0 to `end`, without `end`; 0 when that is 0.
    pub(super) fn below(&mut self, end: u64) -> u64 {
        ((u128::from(self.0.next_u64()) * u128::from(end)) >> 64) as u64
    }

    /// A number from `first` to `last`, with both.
    pub(super) fn between(&mut self, first: u64, last: u64) -> u64 {
        first + self.below(last.saturating_sub(first) + 1)
    }

    /// A span from `first` to `last` milliseconds.
    pub(super) fn millis(&mut self, first: u32, last: u32) -> TimeDelta {
        TimeDelta::milliseconds(self.between(first.into(), last.into()).cast_signed())
    }

    /// True in `permille` of 1,000 rolls.
    pub(super) fn chance(&mut self, permille: u64) -> bool {
        self.below(1_000) < permille
    }

    /// One of `choices`.
    pub(super) fn pick<T: Copy, const N: usize>(&mut self, choices: &[T; N]) -> T {
        const { assert!(N > 0, "nothing to pick from") };
        choices[self.index(N)]
    }

    /// One of the numbers 0, 1, ... by the weights of each; 0 when there are none.
    pub(super) fn weighted(&mut self, weights: impl Iterator<Item = u32> + Clone) -> usize {
        let mut roll = self.below(weights.clone().map(u64::from).sum());
        for (index, weight) in weights.map(u64::from).enumerate() {
            if roll < weight {
                return index;
            }
            roll -= weight;
        }
        0
    }

    /// A place in a list of `length`.
    pub(super) fn index(&mut self, length: usize) -> usize {
        self.below(length as u64) as usize
    }

    /// A random (version 4) UUID in lower case.
    pub(super) fn uuid(&mut self) -> String {
        let mut bytes = [0; 16];
        self.0.fill_bytes(&mut bytes);
        uuid::Builder::from_random_bytes(bytes).into_uuid().to_string()
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
    fn every_face_of_the_dice_comes_up() {
        let mut dice = Dice::new(7, 0);
        let mut seen = [0; 3];
        for _ in 0..300 {
            seen[dice.weighted([1, 1, 2].into_iter())] += 1;
            assert!((5..=6).contains(&dice.between(5, 6)));
        }
        assert!(seen[0] > 50 && seen[1] > 50 && seen[2] > 100, "{seen:?}");
        assert_eq!(dice.below(0), 0);
    }
}
