//! Tables as lines that can be read one by one: `Header: cell; Header: cell`.

use super::tree::Tree;

/// The most columns that one cell may span, and that headers are kept for.
const MOST_COLUMNS: usize = 200;

/// Whether a table holds data. One with headings, lists or tables inside only arranges a page.
pub(super) fn is_of_data(tree: &Tree, table: usize) -> bool {
    let mut ahead: Vec<usize> = tree.node(table).children.clone();
    while let Some(at) = ahead.pop() {
        if matches!(
            tree.name(at),
            "table" | "h1" | "h2" | "h3" | "h4" | "h5" | "h6"
        ) {
            return false;
        }
        ahead.extend(&tree.node(at).children);
    }
    true
}

pub(super) fn captions(tree: &Tree, table: usize) -> Vec<usize> {
    let children = tree.node(table).children.iter().copied();
    children.filter(|at| tree.name(*at) == "caption").collect()
}

/// The cells of each row, without what is left out.
pub(super) fn rows(tree: &Tree, table: usize, left_out: &dyn Fn(usize) -> bool) -> Vec<Vec<usize>> {
    let children = |at: usize, names: &'static [&str]| {
        let children = tree.node(at).children.iter().copied();
        children.filter(move |child| names.contains(&tree.name(*child)) && !left_out(*child))
    };
    let mut rows = Vec::new();
    for part in children(table, &["thead", "tbody", "tfoot"]) {
        for row in children(part, &["tr"]) {
            rows.push(children(row, &["td", "th"]).collect());
        }
    }
    rows
}

/// How many columns a cell spans.
pub(super) fn span(tree: &Tree, cell: usize) -> usize {
    let span = tree.attribute(cell, "colspan").and_then(|s| s.parse().ok());
    span.unwrap_or(1usize).clamp(1, MOST_COLUMNS)
}

/// Rows as lines. The first row is the header where all its cells are.
#[derive(Default)]
pub(crate) struct Lines {
    headers: Vec<String>,
    seen_rows: bool,
    text: String,
}

impl Lines {
    /// Adds a row of cells: whether each is a header, how many columns it spans, and its words.
    pub(crate) fn row(&mut self, cells: &[(bool, usize, String)]) {
        let is_header = !self.seen_rows && cells.len() > 1 && cells.iter().all(|(is, ..)| *is);
        if is_header {
            for (_, span, words) in cells {
                let room = MOST_COLUMNS.saturating_sub(self.headers.len());
                let columns = std::iter::repeat_n(words.clone(), (*span).min(room));
                self.headers.extend(columns);
            }
            return;
        }
        self.seen_rows = true;
        let line = if self.headers.is_empty() {
            bare(cells)
        } else {
            self.under_headers(cells)
        };
        if !line.is_empty() {
            self.text.push_str(&line);
            self.text.push('\n');
        }
    }

    fn under_headers(&self, cells: &[(bool, usize, String)]) -> String {
        let mut column = 0;
        let mut parts = Vec::new();
        for (_, span, words) in cells {
            let header = self.headers.get(column).map_or("", String::as_str);
            column += span;
            if words.is_empty() {
                continue;
            }
            parts.push(match header {
                "" => words.clone(),
                header => format!("{}: {words}", header.trim_end_matches(':')),
            });
        }
        parts.join("; ")
    }

    pub(crate) fn len(&self) -> usize {
        self.text.len()
    }

    /// The lines so far. A table of headers alone is one row.
    pub(crate) fn take(&mut self) -> String {
        if !self.seen_rows {
            self.seen_rows = true;
            return std::mem::take(&mut self.headers).join("; ");
        }
        std::mem::take(&mut self.text)
    }
}

/// A row of a table without headers. A header at its head names the rest.
fn bare(cells: &[(bool, usize, String)]) -> String {
    let words = |cells: &[(bool, usize, String)]| {
        let words: Vec<&str> = cells.iter().map(|(.., w)| w.as_str()).collect();
        let words: Vec<&str> = words.into_iter().filter(|w| !w.is_empty()).collect();
        words.join("; ")
    };
    match cells {
        [(true, _, name), rest @ ..] if !name.is_empty() && !words(rest).is_empty() => {
            format!("{}: {}", name.trim_end_matches(':'), words(rest))
        }
        _ => words(cells),
    }
}
