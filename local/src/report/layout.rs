//! Text for people, in 80 columns.

use comfy_table::presets::NOTHING;
use comfy_table::{CellAlignment, ColumnConstraint, ContentArrangement, Table, Width};

/// How wide a report is.
const WIDTH: u16 = 80;

/// The space between columns.
const GAP: u16 = 2;

/// The most of a report that one column has for itself.
const MOST: u16 = 50;

/// Rows of columns without lines between them. The first column is wrapped when they are wider than a
/// report; the others are only when they leave no room for it. Columns in `right` are numbers.
pub(crate) fn columns<const N: usize>(rows: &[[String; N]], right: &[usize]) -> String {
    let mut table = Table::new();
    table.load_preset(NOTHING).set_content_arrangement(ContentArrangement::Dynamic).set_width(WIDTH);
    for row in rows {
        table.add_row(row);
    }
    for (n, column) in table.column_iter_mut().enumerate() {
        column.set_padding((if n == 0 { 0 } else { GAP }, 0));
        let natural = rows.iter().filter_map(|row| row.get(n)).map(|cell| cell.chars().count()).max().unwrap_or(0);
        let natural = u16::try_from(natural).unwrap_or(WIDTH).saturating_add(GAP);
        if right.contains(&n) {
            // A number that is broken into two lines is another number.
            column.set_cell_alignment(CellAlignment::Right);
            column.set_constraint(ColumnConstraint::LowerBoundary(Width::Fixed(natural)));
        } else if n > 0 {
            column.set_constraint(ColumnConstraint::LowerBoundary(Width::Fixed(natural.min(MOST))));
        }
    }
    table.lines().map(|line| line.trim_end().to_owned() + "\n").collect()
}

/// A number with commas between thousands.
pub(crate) fn number(n: u64) -> String {
    let digits = n.to_string();
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// `1 event`, `2 events`.
pub(crate) fn several(n: u64, what: &str) -> String {
    format!("{} {what}{}", number(n), if n == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_commas_and_words_their_plural() {
        assert_eq!([0, 7, 999, 1_000, 1_234_567].map(number), ["0", "7", "999", "1,000", "1,234,567"]);
        assert_eq!((several(1, "event"), several(2_000, "event")), ("1 event".to_owned(), "2,000 events".to_owned()));
    }
}
