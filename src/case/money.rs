//! What a remedy costs: an amount and its currency (policy: *The review*).

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::policy::words;

words! {
    /// Currencies (ISO 4217).
    Currency {
        Cny = "CNY",
        Eur = "EUR",
        Gbp = "GBP",
        Usd = "USD",
        Hkd = "HKD",
        Mop = "MOP",
        Twd = "TWD",
        Sgd = "SGD",
        Aud = "AUD",
        Nzd = "NZD",
        Cad = "CAD",
        Chf = "CHF",
        Jpy = "JPY",
        Krw = "KRW",
    }
}

/// An amount in the smallest unit of its currency: 1,200.50 yuan are 120050 fen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Money {
    pub currency: Currency,
    pub minor: u64,
}

impl Currency {
    /// Digits of its smallest unit.
    pub const fn decimals(self) -> u32 {
        match self {
            Currency::Jpy | Currency::Krw => 0,
            Currency::Cny
            | Currency::Eur
            | Currency::Gbp
            | Currency::Usd
            | Currency::Hkd
            | Currency::Mop
            | Currency::Twd
            | Currency::Sgd
            | Currency::Aud
            | Currency::Nzd
            | Currency::Cad
            | Currency::Chf => 2,
        }
    }
}

impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let decimals = self.currency.decimals();
        let unit = 10_u64.pow(decimals);
        let (whole, rest) = (self.minor / unit, self.minor % unit);
        write!(f, "{} {whole}", self.currency)?;
        if rest > 0 {
            write!(f, ".{rest:0width$}", width = decimals as usize)?;
        }
        Ok(())
    }
}
