//! From runs of text on a page to lines, and from lines to paragraphs.

use super::content::Run;

/// A line of a page.
#[derive(Debug, Clone)]
pub(super) struct Line {
    pub(super) text: String,
    from: f64,
    to: f64,
    pub(super) height: f64,
    size: f64,
    turn: i8,
    /// Its parts stand apart, as the cells of a table do.
    is_row: bool,
}

/// Parts of a line that stand further apart than this many letters' heights are cells.
const CELLS_APART: f64 = 2.0;

/// The lines of a page, in the order in which they are drawn.
pub(super) fn lines(runs: &[Run]) -> Vec<Line> {
    let mut lines: Vec<Line> = Vec::new();
    for run in runs {
        match lines.last_mut() {
            Some(line) if continues(line, run) => extend(line, run),
            _ => lines.push(Line {
                text: run.text.clone(),
                from: run.from,
                to: run.to,
                height: run.height,
                size: run.size,
                turn: run.turn,
                is_row: false,
            }),
        }
    }
    for line in &mut lines {
        line.text = bulleted(&tidy(&line.text));
    }
    lines.retain(|line| !line.text.is_empty());
    lines
}

fn continues(line: &Line, run: &Run) -> bool {
    let size = line.size.max(run.size);
    line.turn == run.turn
        && (line.height - run.height).abs() < 0.4 * size
        && run.from > line.to - 1.0 * size
}

fn extend(line: &mut Line, run: &Run) {
    let gap = run.from - line.to;
    let size = line.size.max(run.size);
    let is_apart =
        line.text.ends_with(char::is_whitespace) || run.text.starts_with(char::is_whitespace);
    if gap > CELLS_APART * size && !is_bullet(line.text.trim()) {
        line.text.truncate(line.text.trim_end().len());
        line.text.push_str("; ");
        line.is_row = true;
    } else if gap > 0.15 * size && !is_apart {
        line.text.push(' ');
    }
    line.text.push_str(&run.text);
    line.to = line.to.max(run.to);
    line.size = size;
}

/// Space as single spaces. Soft hyphens at the end tell where a word was parted.
fn tidy(text: &str) -> String {
    let parted = text.trim_end().ends_with('\u{ad}');
    let mut tidy = crate::sections::line(&text.replace('\u{0}', ""));
    if parted {
        tidy.push('-');
    }
    tidy
}

fn is_bullet(text: &str) -> bool {
    let mut letters = text.chars();
    let first = letters.next();
    letters.next().is_none()
        && first.is_some_and(|c| {
            // Symbol fonts put theirs where Unicode has no letters.
            "•◦▪▫●○■□‣⁃∙·–—-*➢➤✓".contains(c) || ('\u{e000}'..='\u{f8ff}').contains(&c)
        })
}

/// A line of a list begins with `- `.
fn bulleted(line: &str) -> String {
    match line.split_once(' ') {
        Some((sign, rest)) if is_bullet(sign) => format!("- {rest}"),
        _ if is_bullet(line) => String::new(),
        _ => line.to_owned(),
    }
}

/// The lines as paragraphs, with an empty line between them.
pub(super) fn paragraphs(lines: &[Line]) -> String {
    let usual = usual_gap(lines);
    let right = lines.iter().map(|line| line.to).fold(0.0, f64::max);
    let mut text = String::new();
    for (at, line) in lines.iter().enumerate() {
        let before = at.checked_sub(1).and_then(|before| lines.get(before));
        match before {
            None => {}
            Some(before) if is_apart(before, line, usual) => text.push_str("\n\n"),
            Some(before) if keeps_line(before, line, right) => text.push('\n'),
            Some(_) => {
                join(&mut text, &line.text);
                continue;
            }
        }
        text.push_str(&line.text);
    }
    text
}

/// Adds a line to a paragraph. A word that was parted at the line's end is made whole.
pub(super) fn join(text: &mut String, line: &str) {
    let goes_on = line.chars().next().is_some_and(char::is_lowercase);
    let bare = text.strip_suffix(['-', '\u{2010}']);
    // `Debit- und Kreditkarten` is no parted word.
    let is_list = ["und ", "oder ", "and ", "or ", "bzw"]
        .iter()
        .any(|word| line.starts_with(word));
    let is_parted = !is_list && bare.is_some_and(|bare| bare.ends_with(char::is_alphabetic));
    if is_parted && goes_on {
        text.pop();
    } else if !is_parted && !text.is_empty() {
        text.push(' ');
    }
    text.push_str(line);
}

/// The distance at which most lines follow each other.
fn usual_gap(lines: &[Line]) -> f64 {
    let mut gaps: Vec<f64> = lines
        .windows(2)
        .map(|pair| pair[0].height - pair[1].height)
        .zip(lines)
        .filter(|(gap, line)| *gap > 0.5 * line.size && *gap < 3.0 * line.size)
        .map(|(gap, _)| gap)
        .collect();
    gaps.sort_by(f64::total_cmp);
    // Of few lines the closest tell more than the middle ones.
    let middle = gaps.len() / 3;
    gaps.get(middle).copied().unwrap_or(14.0)
}

fn is_apart(before: &Line, line: &Line, usual: f64) -> bool {
    let gap = before.height - line.height;
    let both = before.size.max(line.size);
    let is_other_size = (before.size - line.size).abs() > 0.15 * both;
    let is_list = line.text.starts_with("- ") && before.text.starts_with("- ");
    let is_listed = is_list || (line.is_row && before.is_row);
    line.turn != before.turn
        || gap < -0.5 * both
        || gap > (usual * 1.35).max(if is_listed { 2.5 * both } else { 0.0 })
        || (is_other_size && gap.abs() > 0.4 * both)
}

/// Whether a line is one by itself: an item, a row, or after one that ended early on purpose.
fn keeps_line(before: &Line, line: &Line, right: f64) -> bool {
    let ended_early = before.to < right - 0.25 * (right - before.from).max(0.0);
    let ended = before.text.ends_with(['.', '!', '?', ':', ';']);
    line.text.starts_with("- ") || line.is_row || before.is_row || (ended_early && ended)
}

/// Takes off what stands at the edges of most pages: running heads, feet and page numbers.
pub(super) fn without_running_lines(pages: &mut [Vec<Line>]) {
    if pages.len() < 4 {
        return;
    }
    let mut counts = std::collections::HashMap::<String, usize>::new();
    for (index, page) in pages.iter().enumerate() {
        let mut keys: Vec<String> = edges(page)
            .iter()
            .map(|at| key(&page[*at], index + 1))
            .collect();
        keys.sort_unstable();
        keys.dedup();
        for key in keys {
            *counts.entry(key).or_default() += 1;
        }
    }
    let most = pages.len() / 2;
    for (index, page) in pages.iter_mut().enumerate() {
        let mut running = edges(page);
        running.retain(|at| {
            counts
                .get(&key(&page[*at], index + 1))
                .is_some_and(|n| *n > most)
        });
        running.sort_unstable();
        for at in running.into_iter().rev() {
            page.remove(at);
        }
    }
}

/// A running line as all pages have it, with the page's own number as a sign.
fn key(line: &Line, page: usize) -> String {
    if line.text.chars().count() > 40 {
        return line.text.clone();
    }
    // Numbers by themselves may count from anywhere.
    if line.text.len() <= 4 && line.text.bytes().all(|octet| octet.is_ascii_digit()) {
        return "#".to_owned();
    }
    let number = page.to_string();
    let mut is_found = false;
    let words = line.text.split(' ').map(|word| {
        let bare = word.trim_matches(|c: char| !c.is_ascii_digit());
        // Only the first: on the last page of six, `page 6 of 6` ends like on all others.
        if bare == number && !std::mem::replace(&mut is_found, true) {
            word.replace(bare, "#")
        } else {
            word.to_owned()
        }
    });
    words.collect::<Vec<_>>().join(" ")
}

/// The three highest and three lowest lines.
fn edges(page: &[Line]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..page.len()).collect();
    order.sort_by(|a, b| page[*b].height.total_cmp(&page[*a].height));
    let mut edges: Vec<usize> = order.iter().take(3).copied().collect();
    edges.extend(order.iter().rev().take(3));
    edges.sort_unstable();
    edges.dedup();
    edges
}
