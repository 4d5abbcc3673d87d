//! What stands where on the pages of a statement.

use domain::money::Decimal;
use domain::statement::{Row, Statement, grouped};
use time::Date;

use crate::canvas::{Canvas, HEIGHT, Ink, Style, WIDTH};
use crate::fonts::{Face, printable, wrapped};
use crate::words::Words;
use crate::{Letterhead, NotPrintable};

const LEFT: f32 = 54.0;
const RIGHT: f32 = WIDTH - 54.0;
const TOP: f32 = 60.0;
/// Below this stands the footer.
const BOTTOM: f32 = HEIGHT - 72.0;

/// Where the columns are: the left edges of texts and the right edges of amounts.
const TEXT: f32 = LEFT + 70.0;
const DEBIT: f32 = RIGHT - 152.0;
const CREDIT: f32 = RIGHT - 78.0;
const BALANCE: f32 = RIGHT - 4.0;
const TEXT_WIDTH: f32 = DEBIT - 64.0 - TEXT;

const LINE: f32 = 11.5;
const PADDING: f32 = 7.0;
/// The height of a line about balances, such as the one that is carried forward.
const SUM: f32 = 20.0;

const BODY: Style = style(Face::Regular, 8.8, Ink::Black);
const STRONG: Style = style(Face::Bold, 8.8, Ink::Black);
const SMALL: Style = style(Face::Regular, 7.6, Ink::Grey);

const fn style(face: Face, size: f32, ink: Ink) -> Style {
    Style { face, size, ink }
}

/// The pages of a statement.
pub(crate) fn pages(
    statement: &Statement,
    letterhead: &Letterhead,
    words: &Words,
    issued: Date,
) -> Result<Vec<Canvas>, NotPrintable> {
    let mut paper = Paper {
        statement,
        words,
        head: checked(letterhead)?,
        pages: vec![Canvas::default()],
        y: TOP,
    };
    paper.first_page(issued)?;
    paper.table_head();
    let mut balance = statement.opening();
    for (row, number) in statement.rows().iter().zip(1..) {
        let text = printable(&format!("the text of row {number}"), &row.text)?;
        let lines = wrapped(&text, BODY.face, BODY.size, TEXT_WIDTH);
        paper.row(row, &lines, balance);
        balance = row.balance;
    }
    if statement.rows().is_empty() {
        paper.y += PADDING;
        paper.at(LEFT, LINE, BODY, words.no_rows);
        paper.y += LINE + PADDING;
    }
    paper.totals();
    paper.footers();
    Ok(paper.pages)
}

fn checked(letterhead: &Letterhead) -> Result<Letterhead, NotPrintable> {
    let lines = letterhead.lines.iter();
    let lines: Result<_, _> = lines
        .map(|line| printable("the letterhead", line))
        .collect();
    Ok(Letterhead {
        name: printable("the letterhead", &letterhead.name)?,
        lines: lines?,
    })
}

/// The debits and the credits of a statement, each as a positive sum.
fn sums(statement: &Statement) -> (Decimal, Decimal) {
    let mut sums = (Decimal::ZERO, Decimal::ZERO);
    for row in statement.rows() {
        if row.amount.is_sign_negative() {
            sums.0 -= row.amount;
        } else {
            sums.1 += row.amount;
        }
    }
    sums
}

/// The pages so far, and how far down the last one is filled.
struct Paper<'a> {
    statement: &'a Statement,
    words: &'a Words,
    head: Letterhead,
    pages: Vec<Canvas>,
    y: f32,
}

impl Paper<'_> {
    fn page(&mut self) -> &mut Canvas {
        if self.pages.is_empty() {
            self.pages.push(Canvas::default());
        }
        let last = self.pages.len() - 1;
        &mut self.pages[last]
    }

    fn at(&mut self, x: f32, down: f32, style: Style, text: &str) {
        let y = self.y + down;
        self.page().text(x, y, style, text);
    }

    fn amount(&self, amount: Decimal) -> String {
        self.words
            .amount(amount, &self.statement.account().currency)
    }

    fn period(&self) -> String {
        let period = self.statement.period();
        let (from, to) = (self.words.day(period.from), self.words.day(period.to));
        format!("{from} – {to}")
    }

    fn first_page(&mut self, issued: Date) -> Result<(), NotPrintable> {
        let words = self.words;
        let name = self.head.name.clone();
        let lines = self.head.lines.clone();
        self.at(LEFT, 12.0, style(Face::Bold, 15.0, Ink::Accent), &name);
        let mut y = self.y + 4.0;
        for line in &lines {
            self.page().text_to(RIGHT, y, SMALL, line);
            y += 10.0;
        }
        self.y = (self.y + 26.0).max(y);
        let y = self.y;
        self.page().rule(LEFT, RIGHT, y, 1.2, Ink::Accent);
        self.y += 40.0;
        self.at(LEFT, 0.0, style(Face::Bold, 18.0, Ink::Black), words.title);
        self.y += 30.0;
        let customer = printable("the customer's name", self.statement.customer())?;
        for line in wrapped(&customer, Face::Bold, 11.0, 230.0) {
            self.at(LEFT, 0.0, style(Face::Bold, 11.0, Ink::Black), &line);
            self.y += 15.0;
        }
        self.facts(issued)?;
        self.summary();
        Ok(())
    }

    /// The facts about the account, in two columns.
    fn facts(&mut self, issued: Date) -> Result<(), NotPrintable> {
        let words = self.words;
        let account = self.statement.account();
        let name = printable("the account's name", &account.name)?;
        let left = [
            (words.account, name),
            ("IBAN", grouped(&printable("the IBAN", &account.iban)?)),
            (
                words.currency,
                printable("the currency", &account.currency)?,
            ),
        ];
        let right = [
            (words.period, self.period()),
            (words.document, self.statement.document().to_owned()),
            (words.issued, words.day(issued)),
        ];
        self.y += 6.0;
        let top = self.y;
        for (facts, x) in [(left, LEFT), (right, LEFT + 262.0)] {
            self.y = top;
            for (name, value) in facts {
                self.at(x, 0.0, SMALL, name);
                for line in wrapped(&value, BODY.face, BODY.size, 168.0) {
                    self.at(x + 72.0, 0.0, BODY, &line);
                    self.y += 14.0;
                }
            }
        }
        self.y = self.y.max(top + 42.0) + 12.0;
        Ok(())
    }

    /// The box with the balances and the sums.
    fn summary(&mut self) {
        const TALL: f32 = 44.0;
        let (debits, credits) = sums(self.statement);
        let words = self.words;
        let cells = [
            (words.opening, self.statement.opening()),
            (words.debits, debits),
            (words.credits, credits),
            (words.closing, self.statement.closing()),
        ];
        let (y, width) = (self.y, (RIGHT - LEFT) / 4.0);
        self.page().fill(LEFT, y, RIGHT - LEFT, TALL, Ink::Light);
        let mut right = LEFT;
        for (name, amount) in cells {
            right += width;
            let amount = self.amount(amount);
            self.page().text_to(right - 10.0, y + 17.0, SMALL, name);
            let big = style(Face::Bold, 10.5, Ink::Black);
            self.page().text_to(right - 10.0, y + 33.0, big, &amount);
        }
        self.y += TALL + 24.0;
    }

    fn table_head(&mut self) {
        const TALL: f32 = 20.0;
        let (y, words) = (self.y, self.words);
        let head = style(Face::Bold, 8.2, Ink::Grey);
        let page = self.page();
        page.fill(LEFT, y, RIGHT - LEFT, TALL, Ink::Light);
        page.text(LEFT + 4.0, y + 13.0, head, words.date);
        page.text(TEXT, y + 13.0, head, words.text);
        for (right, name) in [
            (DEBIT, words.debit),
            (CREDIT, words.credit),
            (BALANCE, words.balance),
        ] {
            page.text_to(right, y + 13.0, head, name);
        }
        self.y += TALL;
    }

    /// A row, on a new page where it does not fit here. `before` is the balance above it.
    fn row(&mut self, row: &Row, lines: &[String], before: Decimal) {
        let height =
            |lines: usize| f32::from(u16::try_from(lines).unwrap_or(u16::MAX)) * LINE + PADDING;
        if self.left() < height(lines.len()) && !self.is_fresh() {
            self.turn(before);
        }
        let day = self.words.day(row.date);
        self.at(LEFT + 4.0, LINE, BODY, &day);
        let column = if row.amount.is_sign_negative() {
            DEBIT
        } else {
            CREDIT
        };
        let (amount, balance) = (self.amount(row.amount.abs()), self.amount(row.balance));
        let y = self.y + LINE;
        self.page().text_to(column, y, BODY, &amount);
        self.page().text_to(BALANCE, y, BODY, &balance);
        for line in lines {
            // Only a row that is longer than a page gets here.
            if self.left() < height(1) {
                self.turn(row.balance);
            }
            self.at(TEXT, LINE, BODY, line);
            self.y += LINE;
        }
        self.y += PADDING - 1.0;
        let y = self.y;
        self.page().rule(LEFT, RIGHT, y, 0.4, Ink::Hairline);
        self.y += 1.0;
    }

    /// What is left of the page above the line that is carried forward.
    fn left(&self) -> f32 {
        BOTTOM - SUM - self.y
    }

    /// Whether nothing but the heads stands on the page.
    fn is_fresh(&self) -> bool {
        self.y < TOP + 80.0
    }

    /// Carries a balance over to a new page.
    fn turn(&mut self, balance: Decimal) {
        let words = self.words;
        self.sum(words.carried, balance);
        self.pages.push(Canvas::default());
        self.y = TOP;
        let (name, period) = (self.head.name.clone(), self.period());
        let iban = grouped(&self.statement.account().iban);
        self.at(LEFT, 0.0, style(Face::Bold, 8.8, Ink::Accent), &name);
        let about = format!("{iban}   {period}");
        let y = self.y;
        self.page().text_to(RIGHT, y, SMALL, &about);
        self.y += 14.0;
        self.table_head();
        self.sum(words.brought, balance);
    }

    fn sum(&mut self, name: &str, balance: Decimal) {
        let quiet = style(Face::Bold, 8.4, Ink::Grey);
        self.at(TEXT, 13.0, quiet, name);
        let (balance, y) = (self.amount(balance), self.y + 13.0);
        self.page().text_to(BALANCE, y, quiet, &balance);
        self.y += SUM;
        let y = self.y;
        self.page().rule(LEFT, RIGHT, y, 0.4, Ink::Hairline);
    }

    fn totals(&mut self) {
        const TALL: f32 = 44.0;
        if self.left() + SUM < TALL {
            self.turn(self.statement.closing());
        }
        let (debits, credits) = sums(self.statement);
        let words = self.words;
        let y = self.y;
        self.page().rule(LEFT, RIGHT, y, 0.9, Ink::Accent);
        let (debits, credits) = (self.amount(debits), self.amount(credits));
        let closing = self.amount(self.statement.closing());
        let y = self.y + 15.0;
        let page = self.page();
        page.text(TEXT, y, STRONG, words.totals);
        page.text_to(DEBIT, y, STRONG, &debits);
        page.text_to(CREDIT, y, STRONG, &credits);
        page.text(TEXT, y + 16.0, STRONG, words.closing);
        page.text_to(BALANCE, y + 16.0, STRONG, &closing);
        self.y += TALL;
    }

    fn footers(&mut self) {
        const Y: f32 = HEIGHT - 44.0;
        let count = self.pages.len();
        let about = format!("{}  ·  {}", self.head.name, self.statement.document());
        let words = self.words;
        for (page, number) in self.pages.iter_mut().zip(1..) {
            page.rule(LEFT, RIGHT, Y - 12.0, 0.4, Ink::Hairline);
            page.text(LEFT, Y, SMALL, &about);
            page.text_to(RIGHT, Y, SMALL, &words.page(number, count));
        }
    }
}
