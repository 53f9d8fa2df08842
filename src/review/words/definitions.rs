//! The definitions as a page for people: config/review/README.md.

use super::{MEASURES, Measure};

/// The definitions in Markdown, for people.
pub fn definitions() -> String {
    let mut text = String::from(
        "# What the figures of the review mean\n\n\
         Made by `redress review --definitions` from the program's own table; a test compares the two. Clauses are\n\
         the policy's. Periods are the company's own days (`company.time_zone`); weeks begin on Monday (ISO 8601).\n\
         Unless it says otherwise a figure is of what happened in the period, by the history, and stays the same\n\
         however long afterwards it is asked for; categories, causes and explanations are today's.\n\n\
         **Few customers.** In tables by group a cell of one to four customers reads `<5`, and one more is withheld\n\
         (`·`) where the rest and the total would give it away; zeros may read `<5` for the same reason. Headline\n\
         numbers, and figures about staff, are told as they are. Periods that overlap can be subtracted from each\n\
         other: give reviews of days of one's own choice only to those who may see the cases.\n\n\
         | name | title | 标题 | what it means |\n|---|---|---|---|\n",
    );
    for measure in MEASURES {
        let Measure {
            name,
            english,
            chinese,
            definition,
        } = measure;
        text += &format!("| `{name}` | {english} | {chinese} | {definition} |\n");
    }
    text += FORMATS;
    text
}

/// What the files hold.
const FORMATS: &str = "
## JSON (`--json`)

`schema` is 1; a name never changes its meaning, new ones may be added. Units are in the names (`_days`,
`_open_hours`, `_minor_units`); shares are from 0 to 1; moments are RFC 3339 in UTC.

| name | shape |
|---|---|
| `period` | `kind`, `label`, `first_day`, `last_day`, `time_zone`, `is_over`, `profile` |
| `totals` | `received`, `open`, `closed`, `resolved`, `decided`, `reopened`, `access_refused` |
| `channels`, `categories` | list of `code`, `counts`: received, open, closed |
| `causes` | the same, and decided as the fourth |
| `findings`, `close_reasons`, `ages`, `satisfaction.answers`, `mediation.findings` | list of `code`, `counts` of one |
| a count | a number, `\"<5\"` or `\"withheld\"` |
| `times` | list of `step`, `cases`, `median_days`, `p90_days`, `median_open_hours`, `p90_open_hours` |
| `clocks` | list of `clock`, `kept`, `missed`, `share_kept` |
| `breaches` | `total`, `unexplained`, `groups` (`clock`, `person`, `count`, `unexplained`), `each` |
| `trend` | list of `measure`, `chart`, `unit`, `center`, `verdict` (above, below, within, unknown), `points` (`label`, `value`, `lower`, `upper`) |
| `commentary` | `en`, `zh`: the sentences, each with the `rule` that made it |

## CSV (`--csv DIR`)

One file a table, named as above; UTF-8 with a byte order mark, CRLF, fields quoted where they need it (RFC 4180). A cell
that a spreadsheet could take for a formula (it begins with `=`, `+`, `-`, `@`, a tab or a carriage return) is preceded by an
apostrophe.
";

#[cfg(test)]
mod tests {
    #[test]
    fn the_documented_definitions_are_the_ones_in_force() {
        let kept = include_str!("../../../config/review/README.md");
        let hint = "renew it: redress review --definitions > config/review/README.md";
        assert_eq!(kept, super::definitions(), "{hint}");
    }
}
