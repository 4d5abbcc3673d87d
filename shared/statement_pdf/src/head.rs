//! What stands around the table: the letterhead and the account on the first page, a short head on
//! the others, and the foot of all.

use crate::canvas::{At, Colour, HEIGHT, Page, Style, WIDTH};
use crate::fonts::Fonts;
use crate::sheet::Sheet;
use crate::wrap::lines;

/// Where the grid begins and ends from left to right.
pub(crate) const LEFT: f32 = 54.0;
pub(crate) const RIGHT: f32 = WIDTH - LEFT;
const ROOM: f32 = RIGHT - LEFT;
const TOP: f32 = 46.0;
const BOTTOM: f32 = HEIGHT - 40.0;
/// How thick a thin rule is.
pub(crate) const HAIR: f32 = 0.5;

const NAME: Style = Style::bold(12.0, Colour::Accent);
const ADDRESS: Style = Style::regular(7.5, Colour::Muted);
const TITLE: Style = Style::bold(19.0, Colour::Ink);
const LABEL: Style = Style::regular(7.0, Colour::Muted);
const VALUE: Style = Style::regular(9.0, Colour::Ink);
const HOLDER: Style = Style::bold(9.0, Colour::Ink);
const RUNNING_NAME: Style = Style::bold(8.0, Colour::Accent);
const FOOT: Style = Style::regular(7.0, Colour::Muted);

/// A line's height for a size.
pub(crate) fn lead(size: f32) -> f32 {
    size * 1.4
}

/// Lines of text below each other, from `y` on; where the next thing may begin.
fn stack(page: &mut Page, at: At, y: f32, style: Style, texts: &[String], fonts: &Fonts) -> f32 {
    let mut y = y;
    for text in texts {
        page.text(at, y + style.size, style, text, fonts);
        y += lead(style.size);
    }
    y
}

fn wrapped(text: &str, room: f32, style: Style, fonts: &Fonts) -> Vec<String> {
    lines(text, room, |part| style.width(part, fonts))
}

/// The head of the first page: who writes, what it is, whose account, and the four sums. Where the
/// table may begin.
pub(crate) fn first(page: &mut Page, sheet: &Sheet, fonts: &Fonts) -> f32 {
    page.area([LEFT, TOP], [34.0, 3.0], Colour::Accent);
    let name = wrapped(&sheet.letterhead, ROOM, NAME, fonts);
    let mut y = stack(page, At::From(LEFT), TOP + 10.0, NAME, &name, fonts);
    for line in &sheet.address {
        let line = wrapped(line, ROOM, ADDRESS, fonts);
        y = stack(page, At::From(LEFT), y, ADDRESS, &line, fonts);
    }
    page.text(At::From(LEFT), y + 46.0, TITLE, sheet.words.title, fonts);
    let y = account(page, sheet, y + 60.0, fonts);
    sums(page, sheet, y + 6.0, fonts) + 20.0
}

/// Whose account it is and what the document is, in three columns.
fn account(page: &mut Page, sheet: &Sheet, y: f32, fonts: &Fonts) -> f32 {
    const COLUMNS: [(f32, f32); 3] = [(0.0, 206.0), (222.0, 124.0), (362.0, ROOM - 362.0)];
    let words = sheet.words;
    let rows = [
        [
            (words.customer, &sheet.customer, HOLDER),
            (words.period, &sheet.period, VALUE),
            (words.document, &sheet.document, VALUE),
        ],
        [
            (words.account, &sheet.account, VALUE),
            (words.currency, &sheet.currency, VALUE),
            (words.issued, &sheet.issued, VALUE),
        ],
    ];
    page.area([LEFT, y], [ROOM, HAIR], Colour::Rule);
    let mut y = y + 10.0;
    for row in rows {
        let below = row
            .into_iter()
            .zip(COLUMNS)
            .map(|((label, value, style), (x, room))| {
                labelled(page, [LEFT + x, y], room, label, (value, style), fonts)
            });
        y = below.fold(y, f32::max) + 7.0;
    }
    labelled(
        page,
        [LEFT, y],
        ROOM,
        words.iban,
        (&sheet.iban, VALUE),
        fonts,
    ) + 9.0
}

/// A value under its label; where the next thing may begin.
fn labelled(
    page: &mut Page,
    [x, y]: [f32; 2],
    room: f32,
    label: &str,
    (value, style): (&str, Style),
    fonts: &Fonts,
) -> f32 {
    page.text(At::From(x), y + LABEL.size, LABEL, label, fonts);
    let value = wrapped(value, room, style, fonts);
    let y = y + lead(LABEL.size) + 1.0;
    stack(page, At::From(x), y, style, &value, fonts)
}

/// The box with the four sums.
fn sums(page: &mut Page, sheet: &Sheet, y: f32, fonts: &Fonts) -> f32 {
    const TALL: f32 = 46.0;
    const CELL: f32 = ROOM / 4.0;
    const INSET: f32 = 10.0;
    let words = sheet.words;
    let cells = [
        (words.opening, &sheet.opening, Colour::Ink),
        (words.debits, &sheet.debits, Colour::Ink),
        (words.credits, &sheet.credits, Colour::Ink),
        (words.closing, &sheet.closing, Colour::Accent),
    ];
    // One size for all four, small enough for the longest.
    let widest = cells
        .iter()
        .map(|(_, sum, colour)| Style::bold(1.0, *colour).width(sum, fonts))
        .fold(0.0, f32::max);
    let size = (CELL - INSET - 4.0).min(11.0 * widest) / widest.max(1.0);
    page.area([LEFT, y], [ROOM, TALL], Colour::Shade);
    page.area([LEFT, y], [ROOM, HAIR], Colour::Rule);
    page.area([LEFT, y + TALL - HAIR], [ROOM, HAIR], Colour::Rule);
    let mut x = LEFT;
    for (label, sum, colour) in cells {
        if x > LEFT {
            page.area([x, y + 9.0], [HAIR, TALL - 18.0], Colour::Rule);
        }
        page.text(At::From(x + INSET), y + 17.5, LABEL, label, fonts);
        let style = Style::bold(size, colour);
        page.text(At::From(x + INSET), y + 34.0, style, sum, fonts);
        x += CELL;
    }
    y + TALL
}

/// The head of the pages after the first. Where the table may begin.
pub(crate) fn running(page: &mut Page, sheet: &Sheet, fonts: &Fonts) -> f32 {
    let name = wrapped(&sheet.letterhead, ROOM * 0.5, RUNNING_NAME, fonts);
    let about = format!("{}  ·  {}", sheet.words.title, sheet.iban);
    let about = wrapped(&about, ROOM * 0.45, ADDRESS, fonts);
    let left = stack(page, At::From(LEFT), TOP, RUNNING_NAME, &name, fonts);
    let right = stack(page, At::To(RIGHT), TOP, ADDRESS, &about, fonts);
    let y = left.max(right) + 4.0;
    page.area([LEFT, y], [ROOM, HAIR], Colour::Rule);
    y + 16.0
}

/// The foot of every page but for its number.
pub(crate) struct Foot {
    name: Vec<String>,
    document: Vec<String>,
}

impl Foot {
    pub fn of(sheet: &Sheet, fonts: &Fonts) -> Self {
        Self {
            name: wrapped(&sheet.letterhead, ROOM * 0.34, FOOT, fonts),
            document: wrapped(&sheet.document, ROOM * 0.28, FOOT, fonts),
        }
    }

    /// Where it begins.
    fn top(&self) -> f32 {
        let lines = self.name.len().max(self.document.len()).max(1);
        BOTTOM - (0..lines).map(|_| lead(FOOT.size)).sum::<f32>()
    }

    /// Where the table must have ended.
    pub fn limit(&self) -> f32 {
        self.top() - 18.0
    }

    pub fn draw(&self, page: &mut Page, sheet: &Sheet, [number, count]: [usize; 2], fonts: &Fonts) {
        let y = self.top();
        let number = [sheet.words.page_of(number, count)];
        let middle = At::Around(LEFT + ROOM / 2.0);
        page.area([LEFT, y - 6.0], [ROOM, HAIR], Colour::Rule);
        stack(page, At::From(LEFT), y, FOOT, &self.name, fonts);
        stack(page, middle, y, FOOT, &self.document, fonts);
        stack(page, At::To(RIGHT), y, FOOT, &number, fonts);
    }
}
