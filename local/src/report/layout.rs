//! Text for people, in 80 columns.

use comfy_table::presets::NOTHING;
use comfy_table::{CellAlignment, ColumnConstraint, Table, Width};

/// The width of a report.
const WIDTH: usize = 80;

/// The space between columns.
const GAP: usize = 2;

/// The maximum width of a text column, and the minimum width of the first column.
const MAX_WIDTH: usize = 48;
const MIN_WIDTH: usize = 8;

/// Rows of columns, without lines between them. Text that is too long is cut off in the first column and wrapped in the
/// others. The columns in `right` are numbers.
pub(crate) fn columns<const N: usize>(rows: &[[String; N]], right: &[usize]) -> String {
    let width = |n: usize| {
        let widest = rows.iter().filter_map(|row| row.get(n)).map(|cell| cell.chars().count()).max().unwrap_or(0);
        // A number must not be wrapped.
        if right.contains(&n) { widest } else { widest.min(MAX_WIDTH) }
    };
    let others: usize = (1..N).map(|n| GAP + width(n)).sum();
    let first = WIDTH.saturating_sub(others).max(MIN_WIDTH);

    let mut table = Table::new();
    table.load_preset(NOTHING);
    for row in rows {
        table.add_row(row.iter().enumerate().map(|(n, cell)| if n == 0 { cut(cell, first) } else { cell.clone() }));
    }
    for (n, column) in table.column_iter_mut().enumerate() {
        let gap = if n == 0 { 0 } else { GAP };
        column.set_padding((u16::try_from(gap).unwrap_or(0), 0));
        if n > 0 {
            column.set_constraint(ColumnConstraint::Absolute(Width::Fixed(u16::try_from(gap + width(n)).unwrap_or(0))));
        }
        if right.contains(&n) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    table.lines().map(|line| line.trim_end().to_owned() + "\n").collect()
}

/// `text` in at most `most` characters.
fn cut(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    text.chars().take(most.saturating_sub(1)).chain(['…']).collect()
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

/// `text` in lines of at most 70 characters: there is room for a margin.
pub(crate) fn wrapped(text: &str) -> Vec<String> {
    const MOST: usize = 70;
    let mut lines = vec![String::new()];
    for word in text.split_whitespace() {
        let Some(line) = lines.last_mut() else { continue };
        if !line.is_empty() && line.chars().count() + word.chars().count() + 1 > MOST {
            lines.push(word.to_owned());
        } else {
            if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(word);
        }
    }
    lines
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
