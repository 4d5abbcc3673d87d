//! The table's columns and its lines: headings, rows, balances carried over, totals.

use crate::canvas::{At, Colour, Page, Style};
use crate::fonts::Fonts;
use crate::head::{HAIR, LEFT, RIGHT, lead};
use crate::sheet::{Amount, Entry, Sheet};
use crate::wrap::lines;

/// Between a column and the next.
const GAP: f32 = 12.0;
/// Between the table's edge and what is in it.
const INSET: f32 = 6.0;
/// Above and below the text of a row.
const AIR: f32 = 4.0;
/// The sizes that rows may have, the best first. Smaller ones are for amounts that are very long.
const SIZES: [f32; 7] = [8.0, 7.5, 7.0, 6.5, 6.0, 5.5, 5.0];
/// How much room texts are to have.
const FOR_TEXTS: f32 = 150.0;
const HEADING: Style = Style::bold(7.0, Colour::Muted);

/// Where the columns are.
pub(crate) struct Columns {
    size: f32,
    text: f32,
    text_room: f32,
    debit: f32,
    credit: f32,
    balance: f32,
}

impl Columns {
    /// Columns as wide as their widest amount, at the greatest size that leaves room for texts.
    pub fn of(sheet: &Sheet, fonts: &Fonts) -> Self {
        let sized = |size: &f32| Self::sized(*size, sheet, fonts);
        let roomy = |columns: &Self| columns.text_room >= FOR_TEXTS;
        let best = SIZES.iter().map(sized).find(roomy);
        best.unwrap_or_else(|| Self::sized(SIZES[SIZES.len() - 1], sheet, fonts))
    }

    fn sized(size: f32, sheet: &Sheet, fonts: &Fonts) -> Self {
        let amount = Style::bold(size, Colour::Ink);
        let widest = |heading: &str, amounts: &mut dyn Iterator<Item = &String>| {
            let least = HEADING.width(heading, fonts).max(56.0);
            amounts.fold(least, |widest, text| widest.max(amount.width(text, fonts)))
        };
        let words = sheet.words;
        let debits = sheet.entries.iter().filter_map(|e| match &e.amount {
            Amount::Debit(amount) => Some(amount),
            Amount::Credit(_) => None,
        });
        let credits = sheet.entries.iter().filter_map(|e| match &e.amount {
            Amount::Credit(amount) => Some(amount),
            Amount::Debit(_) => None,
        });
        let balances = sheet.entries.iter().map(|e| &e.balance);
        let ends = [&sheet.opening, &sheet.closing];
        let balance = RIGHT - INSET;
        let credit = balance - GAP - widest(words.balance, &mut balances.chain(ends));
        let debit = credit - GAP - widest(words.credit, &mut credits.chain([&sheet.credits]));
        let ends = debit - GAP - widest(words.debit, &mut debits.chain([&sheet.debits]));
        let date = Style::regular(size, Colour::Ink).width("00/00/0000", fonts);
        let text = LEFT + INSET + date + GAP;
        Self {
            size,
            text,
            text_room: ends - text,
            debit,
            credit,
            balance,
        }
    }

    fn regular(&self) -> Style {
        Style::regular(self.size, Colour::Ink)
    }

    fn bold(&self) -> Style {
        Style::bold(self.size, Colour::Ink)
    }

    /// A row's text in lines of this table; at least one.
    pub fn lines(&self, entry: &Entry, fonts: &Fonts) -> Vec<String> {
        let style = self.regular();
        let mut lines = lines(&entry.text, self.text_room, |part| style.width(part, fonts));
        if lines.is_empty() {
            lines.push(String::new());
        }
        lines
    }

    /// How tall so many lines of text are.
    pub fn tall(&self, count: usize) -> f32 {
        2.0 * AIR + (0..count).map(|_| lead(self.size)).sum::<f32>()
    }

    fn baseline(&self, y: f32) -> f32 {
        y + AIR + self.size * 1.06
    }

    /// The names of the columns. Where the first row may begin.
    pub fn headings(&self, page: &mut Page, sheet: &Sheet, y: f32, fonts: &Fonts) -> f32 {
        const TALL: f32 = 19.0;
        let words = sheet.words;
        page.area([LEFT, y], [RIGHT - LEFT, TALL], Colour::Shade);
        page.area([LEFT, y + TALL], [RIGHT - LEFT, HAIR], Colour::Accent);
        for (at, word) in [
            (At::From(LEFT + INSET), words.date),
            (At::From(self.text), words.text),
            (At::To(self.debit), words.debit),
            (At::To(self.credit), words.credit),
            (At::To(self.balance), words.balance),
        ] {
            page.text(at, y + 12.0, HEADING, word, fonts);
        }
        y + TALL + HAIR
    }

    /// Lines of a row: with its date and amounts if `first` is the row, without if they go on from
    /// the page before.
    pub fn row(
        &self,
        page: &mut Page,
        y: f32,
        first: Option<&Entry>,
        lines: &[String],
        fonts: &Fonts,
    ) -> f32 {
        let style = self.regular();
        let baseline = self.baseline(y);
        if let Some(entry) = first {
            let date = At::From(LEFT + INSET);
            page.text(date, baseline, style, &entry.date, fonts);
        }
        let mut below = baseline;
        for line in lines {
            page.text(At::From(self.text), below, style, line, fonts);
            below += lead(self.size);
        }
        // After the whole text, so that whoever copies it gets it in one piece.
        if let Some(entry) = first {
            let (x, amount) = match &entry.amount {
                Amount::Debit(amount) => (self.debit, amount),
                Amount::Credit(amount) => (self.credit, amount),
            };
            page.text(At::To(x), baseline, style, amount, fonts);
            let balance = At::To(self.balance);
            page.text(balance, baseline, style, &entry.balance, fonts);
        }
        self.ruled(page, y, lines.len())
    }

    /// A line that carries a balance from one page to the next.
    pub fn carried(
        &self,
        page: &mut Page,
        y: f32,
        label: &str,
        balance: &str,
        fonts: &Fonts,
    ) -> f32 {
        let label_style = Style::regular(self.size, Colour::Muted);
        let baseline = self.baseline(y);
        page.text(At::From(self.text), baseline, label_style, label, fonts);
        page.text(At::To(self.balance), baseline, self.bold(), balance, fonts);
        self.ruled(page, y, 1)
    }

    /// A sentence in place of rows.
    pub fn sentence(&self, page: &mut Page, y: f32, text: &str, fonts: &Fonts) -> f32 {
        let style = Style::regular(self.size, Colour::Muted);
        let baseline = self.baseline(y);
        page.text(At::From(LEFT + INSET), baseline, style, text, fonts);
        self.ruled(page, y, 1)
    }

    /// The sums at the end of the table.
    pub fn totals(&self, page: &mut Page, y: f32, sheet: &Sheet, fonts: &Fonts) -> f32 {
        let baseline = self.baseline(y + 1.0);
        let height = self.tall(1) + 2.0;
        page.area([LEFT, y], [RIGHT - LEFT, height], Colour::Shade);
        page.area([LEFT, y], [RIGHT - LEFT, 2.0 * HAIR], Colour::Accent);
        let balance = Style::bold(self.size, Colour::Accent);
        for (at, style, text) in [
            (At::From(self.text), self.bold(), sheet.words.totals),
            (At::To(self.debit), self.bold(), sheet.debits.as_str()),
            (At::To(self.credit), self.bold(), sheet.credits.as_str()),
            (At::To(self.balance), balance, sheet.closing.as_str()),
        ] {
            page.text(at, baseline, style, text, fonts);
        }
        y + height
    }

    /// The rule below lines that began at `y`; where it is.
    fn ruled(&self, page: &mut Page, y: f32, lines: usize) -> f32 {
        let below = y + self.tall(lines);
        page.area([LEFT, below], [RIGHT - LEFT, HAIR], Colour::Rule);
        below + HAIR
    }
}
