//! Randomness, in one place: nothing else asks the system for it.

use ring::rand::{SecureRandom, SystemRandom};

/// A source of bytes that nobody can guess.
#[derive(Debug, Clone)]
pub struct Random(SystemRandom);

/// The operating system has no randomness to give.
#[derive(Debug, Clone, Copy, thiserror::Error)]
#[error("the operating system's random number generator failed")]
pub struct NoRandomness;

impl Random {
    /// The operating system's.
    #[expect(clippy::disallowed_methods, reason = "this is the one place")]
    pub fn system() -> Random {
        Random(SystemRandom::new())
    }

    /// Fills bytes.
    pub fn fill(&self, bytes: &mut [u8]) -> Result<(), NoRandomness> {
        self.0.fill(bytes).map_err(|_| NoRandomness)
    }

    /// 128 bits as 32 hexadecimal digits.
    pub fn token(&self) -> Result<String, NoRandomness> {
        let mut bytes = [0; 16];
        self.fill(&mut bytes)?;
        Ok(data_encoding::HEXLOWER.encode(&bytes))
    }
}
