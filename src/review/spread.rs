//! How many of each kind there are, without telling of few customers.
//!
//! A cell of fewer than five customers isn't shown, nor is another one from which, with the total, it could
//! be reckoned back (complementary suppression).

use std::collections::{BTreeMap, HashSet};

use serde::{Serialize, Serializer};

/// Cells of fewer customers aren't shown.
pub const FEW: usize = 5;

/// A number as far as it may be shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shown {
    Count(u64),
    /// Fewer than five customers; perhaps none.
    Few,
    /// Hidden so that the few can't be reckoned back; not few itself, for the most part.
    Withheld,
}

/// One cell before anything is hidden.
#[derive(Debug, Clone, Default)]
pub struct Cell {
    pub count: u64,
    customers: HashSet<i64>,
    /// Cases whose customer isn't known: each counts as one of their own.
    unknown: usize,
}

/// The groups of one kind in one or more columns; each column adds up to a total that is told.
#[derive(Debug, Clone, Default)]
pub struct Groups<const N: usize> {
    cells: BTreeMap<String, [Cell; N]>,
}

/// A group as far as it may be shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Group<const N: usize> {
    pub code: String,
    #[serde(serialize_with = "columns")]
    pub counts: [Shown; N],
}

fn columns<const N: usize, S: Serializer>(counts: &[Shown; N], to: S) -> Result<S::Ok, S::Error> {
    counts.as_slice().serialize(to)
}

impl Cell {
    fn add(&mut self, customer: Option<i64>) {
        self.count += 1;
        match customer {
            Some(customer) => {
                self.customers.insert(customer);
            }
            None => self.unknown += 1,
        }
    }

    pub fn customers(&self) -> usize {
        self.customers.len() + self.unknown
    }

    fn is_few(&self) -> bool {
        self.count > 0 && self.customers() < FEW
    }

    /// This cell by itself, where no total is told that it is part of.
    pub fn alone(&self) -> Shown {
        if self.is_few() {
            Shown::Few
        } else {
            Shown::Count(self.count)
        }
    }
}

impl<const N: usize> Groups<N> {
    /// With a row for each of these from the start.
    pub fn of<'a>(codes: impl IntoIterator<Item = &'a str>) -> Groups<N> {
        let cells = codes
            .into_iter()
            .map(|code| (code.to_owned(), std::array::from_fn(|_| Cell::default())));
        Groups {
            cells: cells.collect(),
        }
    }

    pub fn add(&mut self, code: &str, column: usize, customer: Option<i64>) {
        if !self.cells.contains_key(code) {
            let empty = std::array::from_fn(|_| Cell::default());
            self.cells.insert(code.to_owned(), empty);
        }
        if let Some(cell) = self.cells.get_mut(code).and_then(|row| row.get_mut(column)) {
            cell.add(customer);
        }
    }

    pub fn total(&self, column: usize) -> u64 {
        self.cells.values().map(|row| row[column].count).sum()
    }

    /// What may be shown, the largest group first.
    pub fn shown(&self) -> Vec<Group<N>> {
        let mut groups: Vec<(u64, Group<N>)> = self
            .cells
            .iter()
            .map(|(code, row)| {
                let counts = std::array::from_fn(|column| Shown::Count(row[column].count));
                let code = code.clone();
                (row[0].count, Group { code, counts })
            })
            .collect();
        let rows: Vec<&[Cell; N]> = self.cells.values().collect();
        for column in 0..N {
            let cells: Vec<&Cell> = rows.iter().map(|row| &row[column]).collect();
            for (at, shown) in hidden(&cells) {
                groups[at].1.counts[column] = shown;
            }
        }
        // the order must not tell which of the hidden ones is the larger
        let rank = |(count, group): &(u64, Group<N>)| match group.counts[0] {
            Shown::Count(_) => *count,
            Shown::Few | Shown::Withheld => 0,
        };
        groups.sort_by_key(|one| std::cmp::Reverse(rank(one)));
        groups.into_iter().map(|(_, group)| group).collect()
    }
}

/// Which cells of a column to hide.
fn hidden(cells: &[&Cell]) -> Vec<(usize, Shown)> {
    let mut hidden: Vec<(usize, Shown)> = (0..cells.len())
        .filter(|at| cells[*at].is_few())
        .map(|at| (at, Shown::Few))
        .collect();
    if hidden.is_empty() {
        return hidden;
    }
    // the smallest first: as little as possible is lost
    let mut others: Vec<usize> = (0..cells.len()).filter(|at| !cells[*at].is_few()).collect();
    others.sort_by_key(|at| (cells[*at].count == 0, cells[*at].count));
    let mut others = others.into_iter();
    while !is_safe(cells, &hidden) {
        let Some(next) = others.next() else { break };
        let shown = if cells[next].count == 0 {
            Shown::Few
        } else {
            Shown::Withheld
        };
        hidden.push((next, shown));
    }
    if !is_safe(cells, &hidden) && hidden.len() > 1 {
        // nothing is left to hide them among: that they are few isn't told either
        hidden = hidden
            .into_iter()
            .map(|(at, _)| (at, Shown::Withheld))
            .collect();
    }
    hidden
}

/// Whether what is hidden can't be reckoned back: its sum is told by the total and the rest.
fn is_safe(cells: &[&Cell], hidden: &[(usize, Shown)]) -> bool {
    let sum: u64 = hidden.iter().map(|(at, _)| cells[*at].count).sum();
    let many = hidden.len() as u64;
    let withheld = hidden.iter().any(|(_, shown)| *shown == Shown::Withheld);
    // several that are all as few, or all as many, as they can be are no secret
    many > 1 && (withheld || (sum > many && sum < (FEW as u64 - 1) * many))
}

/// A share of two groups, where neither is few.
pub fn share(part: Shown, rest: Shown) -> Option<f64> {
    match (part, rest) {
        (Shown::Count(part), Shown::Count(rest)) if part + rest > 0 => {
            Some(part as f64 / (part + rest) as f64)
        }
        (_, _) => None,
    }
}

/// A number, or `"<5"` or `"withheld"`.
impl Serialize for Shown {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Shown::Count(count) => serializer.serialize_u64(*count),
            Shown::Few => serializer.serialize_str("<5"),
            Shown::Withheld => serializer.serialize_str("withheld"),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn groups(counts: &[u64]) -> Groups<1> {
        let mut groups = Groups::default();
        let mut customer = 0;
        for (number, count) in counts.iter().enumerate() {
            let code = format!("{number:02}");
            groups.cells.insert(code.clone(), [Cell::default()]);
            for _ in 0..*count {
                customer += 1;
                groups.add(&code, 0, Some(customer));
            }
        }
        groups
    }

    fn shown(counts: &[u64]) -> Vec<String> {
        let mut groups = groups(counts).shown();
        groups.sort_by(|a, b| a.code.cmp(&b.code));
        let text = |group: &Group<1>| serde_json::to_string(&group.counts[0]).unwrap();
        groups.iter().map(text).collect()
    }

    #[test]
    fn few_are_hidden_and_so_is_what_would_give_them_away() {
        for (counts, expected) in [
            (&[20, 10, 5][..], &["20", "10", "5"][..]),
            // one alone would be the total less the rest: the smallest of the others goes too
            (&[20, 10, 3], &["20", "\"withheld\"", "\"<5\""]),
            (&[20, 4, 3], &["20", "\"<5\"", "\"<5\""]),
            // two that are four each: their sum says so
            (&[20, 4, 4], &["\"withheld\"", "\"<5\"", "\"<5\""]),
            // the only one there is equals the total: who has none is hidden as well
            (&[3, 0, 0], &["\"<5\"", "\"<5\"", "0"]),
            (&[0, 0], &["0", "0"]),
            (&[6], &["6"]),
        ] {
            assert_eq!(shown(counts), expected, "{counts:?}");
        }
    }

    #[test]
    fn nine_complaints_of_one_customer_are_few() {
        let mut groups: Groups<1> = Groups::of(["a", "b"]);
        for case in 0..9 {
            groups.add("a", 0, Some(7));
            groups.add("b", 0, Some(100 + case));
        }
        let counts: Vec<Shown> = groups.shown().iter().map(|group| group.counts[0]).collect();
        assert!(counts.contains(&Shown::Few) && counts.contains(&Shown::Withheld));
        assert_eq!(groups.total(0), 18);
    }

    /// Every way to fill the hidden cells that fits what is shown.
    fn possible(hidden: &[Shown], sum: u64, few: bool) -> Vec<Vec<u64>> {
        let Some((first, rest)) = hidden.split_first() else {
            return if sum == 0 { vec![vec![]] } else { vec![] };
        };
        let range = match first {
            Shown::Few => 0..=(FEW as u64 - 1).min(sum),
            _ if few => 5..=sum.max(5),
            _ => 0..=sum,
        };
        let mut all = Vec::new();
        for count in range.filter(|count| *count <= sum) {
            for mut way in possible(rest, sum - count, few) {
                way.insert(0, count);
                all.push(way);
            }
        }
        all
    }

    proptest! {
        /// Whoever knows the rules, the total and all that is shown can't tell any number of few customers.
        #[test]
        fn nothing_hidden_can_be_reckoned_back(counts in proptest::collection::vec(0..9_u64, 2..6)) {
            let groups = groups(&counts);
            let total = groups.total(0);
            let shown = groups.shown();
            let told: u64 = shown.iter().map(|group| match group.counts[0] {
                Shown::Count(count) => count,
                Shown::Few | Shown::Withheld => 0,
            }).sum();
            let hidden: Vec<Shown> = shown.iter().map(|group| group.counts[0])
                .filter(|shown| !matches!(shown, Shown::Count(_))).collect();
            for group in &shown {
                if let Shown::Count(count) = group.counts[0] {
                    prop_assert!(count == 0 || count >= FEW as u64);
                }
            }
            let ways = possible(&hidden, total - told, hidden.contains(&Shown::Few));
            prop_assert!(!ways.is_empty());
            for (at, one) in hidden.iter().enumerate() {
                let values: HashSet<u64> = ways.iter().map(|way| way[at]).collect();
                prop_assert!(*one == Shown::Withheld || values.len() > 1, "{counts:?}: {ways:?}");
            }
        }
    }
}
