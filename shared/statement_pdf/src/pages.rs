//! Setting the table over pages.
//!
//! A row stays on one page; only one that is longer than a page is torn. Where a page ends before the
//! table does, it ends with the balance so far, and the next begins with it.

use crate::NotPrintable;
use crate::canvas::Page;
use crate::fonts::Fonts;
use crate::head::{self, Foot};
use crate::sheet::{Entry, Sheet};
use crate::table::Columns;

/// The lines that a page must have room for, besides the line that carries the balance.
const LEAST_LINES: usize = 4;

/// All pages of the document.
pub(crate) fn set(sheet: &Sheet, fonts: &Fonts) -> Result<Vec<Page>, NotPrintable> {
    let mut setting = Setting::begin(sheet, fonts)?;
    for entry in &sheet.entries {
        setting.row(entry);
    }
    Ok(setting.end())
}

struct Setting<'a> {
    sheet: &'a Sheet,
    fonts: &'a Fonts,
    columns: Columns,
    foot: Foot,
    done: Vec<Page>,
    page: Page,
    /// Where the next line begins.
    y: f32,
    /// Where the first line of pages after the first begins.
    top: f32,
    /// The balance after the rows so far.
    balance: &'a str,
}

impl<'a> Setting<'a> {
    /// The first page up to the first row, unless it has no room for rows.
    fn begin(sheet: &'a Sheet, fonts: &'a Fonts) -> Result<Self, NotPrintable> {
        let columns = Columns::of(sheet, fonts);
        let mut setting = Self {
            sheet,
            fonts,
            foot: Foot::of(sheet, fonts),
            done: Vec::new(),
            page: Page::default(),
            y: 0.0,
            top: 0.0,
            balance: &sheet.opening,
            columns,
        };
        // Once on a page that is thrown away, to know how much fits on all that follow.
        setting.open();
        setting.top = setting.y;
        setting.page = Page::default();
        let y = head::first(&mut setting.page, sheet, fonts);
        let first = setting.columns.headings(&mut setting.page, sheet, y, fonts);
        setting.y = first;
        let needed = setting.columns.tall(LEAST_LINES) + setting.reserve();
        if first.max(setting.top) + needed > setting.foot.limit() {
            return Err(NotPrintable::NoRoom);
        }
        Ok(setting)
    }

    /// What must stay free below a row: room for the totals or for the line that carries the balance.
    fn reserve(&self) -> f32 {
        self.columns.tall(1) + 4.0
    }

    /// How much of the page is left for rows.
    fn left(&self) -> f32 {
        self.foot.limit() - self.reserve() - self.y
    }

    fn row(&mut self, entry: &'a Entry) {
        let lines = self.columns.lines(entry, self.fonts);
        let tall = self.columns.tall(lines.len());
        let whole_page = self.foot.limit() - self.reserve() - self.top;
        if tall > whole_page {
            self.torn(entry, &lines);
            return;
        }
        if tall > self.left() {
            self.turn();
        }
        self.set(Some(entry), &lines);
        self.balance = &entry.balance;
    }

    /// A row that is longer than a page: as many of its lines on each page as fit.
    fn torn(&mut self, entry: &'a Entry, lines: &[String]) {
        if self.fitting(LEAST_LINES) < LEAST_LINES {
            self.turn();
        }
        let mut first = Some(entry);
        let mut rest = lines;
        while !rest.is_empty() {
            if first.is_none() {
                self.turn();
            }
            let (here, later) = rest.split_at(self.fitting(rest.len()));
            self.set(first.take(), here);
            self.balance = &entry.balance;
            rest = later;
        }
    }

    /// How many lines of one row fit on the rest of the page: at least one, and at most `most`.
    fn fitting(&self, most: usize) -> usize {
        let fits = |count: &usize| self.columns.tall(*count) <= self.left();
        (1..=most).take_while(fits).last().unwrap_or(1)
    }

    fn set(&mut self, first: Option<&Entry>, lines: &[String]) {
        let (page, y) = (&mut self.page, self.y);
        self.y = self.columns.row(page, y, first, lines, self.fonts);
    }

    /// Ends a page with the balance so far and begins the next with it.
    fn turn(&mut self) {
        let label = self.sheet.words.carried_forward;
        let (page, y) = (&mut self.page, self.y);
        let (columns, balance) = (&self.columns, self.balance);
        columns.carried(page, y, label, balance, self.fonts);
        self.done.push(std::mem::take(&mut self.page));
        self.open();
    }

    /// The head of a page that is not the first.
    fn open(&mut self) {
        let (sheet, fonts) = (self.sheet, self.fonts);
        let (page, columns) = (&mut self.page, &self.columns);
        let y = head::running(page, sheet, fonts);
        let y = columns.headings(page, sheet, y, fonts);
        let label = sheet.words.brought_forward;
        self.y = columns.carried(page, y, label, self.balance, fonts);
    }

    /// The totals, and the foot of every page now that they are counted.
    fn end(mut self) -> Vec<Page> {
        let (sheet, fonts) = (self.sheet, self.fonts);
        if sheet.entries.is_empty() {
            let (page, text) = (&mut self.page, sheet.words.no_rows);
            self.y = self.columns.sentence(page, self.y, text, fonts);
        }
        self.columns.totals(&mut self.page, self.y, sheet, fonts);
        self.done.push(self.page);
        let count = self.done.len();
        for (page, number) in self.done.iter_mut().zip(1..) {
            self.foot.draw(page, sheet, [number, count], fonts);
        }
        self.done
    }
}

#[cfg(test)]
mod tests {
    use crate::fonts::fonts;
    use crate::head::{LEFT, RIGHT};
    use crate::sheet::Amount;
    use crate::words::Words;

    use super::*;

    /// A sheet whose every text and amount is this.
    fn sheet(language: &str, text: &str, amount: &str, rows: usize) -> Sheet {
        let text = || text.to_owned();
        let amount = || amount.to_owned();
        let entry = |number| Entry {
            date: "23.11.2026".to_owned(),
            text: text().repeat(number % 9),
            amount: if number % 2 == 0 {
                Amount::Debit(amount())
            } else {
                Amount::Credit(amount())
            },
            balance: amount(),
        };
        Sheet {
            words: Words::of(language),
            letterhead: text(),
            address: vec![text(), text()],
            customer: text(),
            account: text(),
            iban: "MT84 MALT 0110 0001 2345 MTLC AST0 01S".to_owned(),
            currency: "EUR".to_owned(),
            period: "01.08.2026 – 23.11.2026".to_owned(),
            document: text(),
            issued: "23.11.2026".to_owned(),
            opening: amount(),
            debits: amount(),
            credits: amount(),
            closing: amount(),
            entries: (0..rows).map(entry).collect(),
        }
    }

    /// No text leaves the grid, and none lies on another.
    #[track_caller]
    fn is_clean(sheet: &Sheet) {
        const SLACK: f32 = 0.1;
        let fonts = fonts().unwrap();
        for page in set(sheet, fonts).unwrap() {
            let boxes = page.boxes(fonts);
            for (at, [left, top, right, bottom]) in boxes.iter().enumerate() {
                assert!(*left > LEFT - SLACK && *right < RIGHT + SLACK);
                assert!(*top > 40.0 && *bottom < crate::canvas::HEIGHT - 36.0);
                let over = boxes[..at].iter().find(|other| {
                    left + SLACK < other[2]
                        && other[0] + SLACK < *right
                        && top + SLACK < other[3]
                        && other[1] + SLACK < *bottom
                });
                assert_eq!(over, None, "{:?}", [left, top, right, bottom]);
            }
        }
    }

    #[test]
    fn nothing_lies_on_anything_in_any_language() {
        for language in ["en", "de", "fr", "es", "it"] {
            is_clean(&sheet(language, "Bank für Handel ", "−1.234.567,89", 60));
            is_clean(&sheet(language, "Bank", "0,00", 0));
        }
    }

    #[test]
    fn the_longest_amounts_leave_room_for_texts() {
        let amount = "−79.228.162.514.264.337.593.543.950.335";
        is_clean(&sheet("de", "Bank für Handel ", amount, 60));
    }

    #[test]
    fn words_without_blanks_stay_in_their_columns() {
        let word = "Donaudampfschifffahrtsgesellschaftskapitänsmützenabzeichen".repeat(2);
        is_clean(&sheet("fr", &word, "1\u{202f}234,50", 60));
    }
}
