"""Prints the sample statement of shared/statement_pdf/examples/statement.rs with reportlab.

The same rows, fonts and places on the page, so that both can be measured against each other:
python3 xtask/bench/statement.py ROWS TIMES FILE prints one line of JSON with pages, bytes and the
median of the seconds that one print took.
"""

import io
import json
import pathlib
import statistics
import sys
import time
from datetime import date, timedelta

from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

FONTS = pathlib.Path(__file__).parents[2] / "shared" / "statement_pdf" / "fonts"
REGULAR, BOLD = "DejaVuSans", "DejaVuSans-Bold"

WIDTH, HEIGHT = 595.276, 841.89
LEFT, TOP = 54.0, 46.0
RIGHT = WIDTH - LEFT
LIMIT = HEIGHT - 68.0
SIZE, LEAD, AIR = 8.0, 11.2, 4.0
TEXT, DEBIT, CREDIT, BALANCE = LEFT + 64.0, RIGHT - 142.0, RIGHT - 74.0, RIGHT - 6.0

INK, MUTED, ACCENT = (0.10, 0.12, 0.15), (0.38, 0.41, 0.46), (0.05, 0.29, 0.43)
RULE, SHADE = (0.82, 0.84, 0.87), (0.95, 0.955, 0.965)

TEXTS = [
    "Card payment at Café Müller, Berlin",
    "Standing order: rent for the flat at Lindenstraße 12, second floor, in advance for the coming month",
    "Salary",
    "Transfer to Łukasz Żółć, invoice 2026/0815",
    "Direct debit: electricity and gas, customer number 4711-0815, meter reading of this quarter",
]
CENTS = [-1_250, -95_000, 312_545, -23_999, -8_830]
OPENING = 250_000


def money(cents):
    return f"{abs(cents) / 100:,.2f}" if cents >= 0 else f"\u2212{-cents / 100:,.2f}"


def sample(count):
    balance, rows = OPENING, []
    for number in range(count):
        cents = CENTS[number % len(CENTS)]
        balance += cents
        day = date(2026, 8, 1) + timedelta(days=number * 100 // count)
        rows.append((f"{day:%d/%m/%Y}", TEXTS[number % len(TEXTS)], cents, balance))
    return rows


def wrapped(text, room):
    lines, line = [], ""
    for word in text.split():
        longer = f"{line} {word}" if line else word
        if pdfmetrics.stringWidth(longer, REGULAR, SIZE) <= room:
            line = longer
        else:
            lines.append(line)
            line = word
    return [*lines, line]


class Setting:
    """The pages, from the upper left corner down as in the document that this is measured against."""

    def __init__(self, rows):
        self.rows = rows
        self.octets = io.BytesIO()
        self.canvas = Canvas(self.octets, pagesize=(WIDTH, HEIGHT), invariant=1, lang="en")
        self.canvas.setTitle("Account statement 2026-000123")
        self.canvas.setAuthor("Beispielbank AG")
        self.y = 0.0
        self.pages = 1
        self.balance = OPENING

    def text(self, x, y, text, size=SIZE, face=REGULAR, colour=INK, right=False):
        self.canvas.setFillColorRGB(*colour)
        self.canvas.setFont(face, size)
        draw = self.canvas.drawRightString if right else self.canvas.drawString
        draw(x, HEIGHT - y, text)

    def area(self, x, y, width, height, colour):
        self.canvas.setFillColorRGB(*colour)
        self.canvas.rect(x, HEIGHT - y - height, width, height, stroke=0, fill=1)

    def first_head(self):
        debits = -sum(row[2] for row in self.rows if row[2] < 0)
        credits = sum(row[2] for row in self.rows if row[2] > 0)
        closing = self.rows[-1][3] if self.rows else OPENING
        self.area(LEFT, TOP, 34, 3, ACCENT)
        self.text(LEFT, 68, "Beispielbank AG", 12, BOLD, ACCENT)
        self.text(LEFT, 80, "Musterstraße 1", 7.5, colour=MUTED)
        self.text(LEFT, 90.5, "10115 Berlin", 7.5, colour=MUTED)
        self.text(LEFT, 140, "Account statement", 19, BOLD)
        self.area(LEFT, 154, RIGHT - LEFT, 0.5, RULE)
        for x, y, label, value in [
            (0, 171, "Account holder", "Anna Muster"),
            (222, 171, "Period", "01/08/2026 – 23/11/2026"),
            (362, 171, "Document number", "2026-000123"),
            (0, 201, "Account", "Current account"),
            (222, 201, "Currency", "EUR"),
            (362, 201, "Issued on", "23/11/2026"),
            (0, 231, "IBAN", "DE02 1203 0000 0000 2020 51"),
        ]:
            self.text(LEFT + x, y, label, 7, colour=MUTED)
            self.text(LEFT + x, y + 13, value, 9, BOLD if value == "Anna Muster" else REGULAR)
        self.area(LEFT, 263, RIGHT - LEFT, 46, SHADE)
        self.area(LEFT, 263, RIGHT - LEFT, 0.5, RULE)
        self.area(LEFT, 308.5, RIGHT - LEFT, 0.5, RULE)
        sums = [
            ("Opening balance", OPENING),
            ("Total debits", debits),
            ("Total credits", credits),
            ("Closing balance", closing),
        ]
        for place, (label, cents) in enumerate(sums):
            x = LEFT + place * (RIGHT - LEFT) / 4
            self.text(x + 10, 280.5, label, 7, colour=MUTED)
            self.text(x + 10, 297, money(cents), 11, BOLD, ACCENT if place == 3 else INK)
        self.headings(329)

    def headings(self, y):
        self.area(LEFT, y, RIGHT - LEFT, 19, SHADE)
        self.area(LEFT, y + 19, RIGHT - LEFT, 0.5, ACCENT)
        self.text(LEFT + 6, y + 12, "Date", 7, BOLD, MUTED)
        self.text(TEXT, y + 12, "Description", 7, BOLD, MUTED)
        for x, word in [(DEBIT, "Debit"), (CREDIT, "Credit"), (BALANCE, "Balance")]:
            self.text(x, y + 12, word, 7, BOLD, MUTED, right=True)
        self.y = y + 19.5

    def ruled(self, lines):
        self.y += 2 * AIR + lines * LEAD
        self.area(LEFT, self.y, RIGHT - LEFT, 0.5, RULE)
        self.y += 0.5

    def carried(self, label):
        baseline = self.y + AIR + SIZE * 1.06
        self.text(TEXT, baseline, label, colour=MUTED)
        self.text(BALANCE, baseline, money(self.balance), face=BOLD, right=True)
        self.ruled(1)

    def foot(self, count):
        self.area(LEFT, HEIGHT - 56, RIGHT - LEFT, 0.5, RULE)
        self.text(LEFT, HEIGHT - 43, "Beispielbank AG", 7, colour=MUTED)
        self.text(LEFT + 222, HEIGHT - 43, "2026-000123", 7, colour=MUTED)
        page = f"Page {self.pages} of {count}"
        self.text(RIGHT, HEIGHT - 43, page, 7, colour=MUTED, right=True)

    def turn(self, count):
        self.carried("Carried forward")
        self.foot(count)
        self.canvas.showPage()
        self.pages += 1
        self.text(LEFT, TOP + 8, "Beispielbank AG", 8, BOLD, ACCENT)
        about = "Account statement · DE02 1203 0000 0000 2020 51"
        self.text(RIGHT, TOP + 7.5, about, 7.5, colour=MUTED, right=True)
        self.area(LEFT, 61, RIGHT - LEFT, 0.5, RULE)
        self.headings(77)
        self.carried("Brought forward")

    def row(self, row, count):
        day, text, cents, balance = row
        lines = wrapped(text, DEBIT - 68.0 - TEXT)
        if self.y + 2 * AIR + len(lines) * LEAD + 23.2 > LIMIT:
            self.turn(count)
        baseline = self.y + AIR + SIZE * 1.06
        self.text(LEFT + 6, baseline, day)
        for place, line in enumerate(lines):
            self.text(TEXT, baseline + place * LEAD, line)
        self.text(DEBIT if cents < 0 else CREDIT, baseline, money(abs(cents)), right=True)
        self.text(BALANCE, baseline, money(balance), right=True)
        self.balance = balance
        self.ruled(len(lines))

    def totals(self):
        debits = -sum(row[2] for row in self.rows if row[2] < 0)
        credits = sum(row[2] for row in self.rows if row[2] > 0)
        self.area(LEFT, self.y, RIGHT - LEFT, 21.2, SHADE)
        self.area(LEFT, self.y, RIGHT - LEFT, 1, ACCENT)
        baseline = self.y + 1 + AIR + SIZE * 1.06
        self.text(TEXT, baseline, "Totals", face=BOLD)
        self.text(DEBIT, baseline, money(debits), face=BOLD, right=True)
        self.text(CREDIT, baseline, money(credits), face=BOLD, right=True)
        self.text(BALANCE, baseline, money(self.balance), face=BOLD, colour=ACCENT, right=True)

    def printed(self, count):
        self.first_head()
        for row in self.rows:
            self.row(row, count)
        self.totals()
        self.foot(count)
        self.canvas.showPage()
        self.canvas.save()
        return self.octets.getvalue()


def main():
    arguments = sys.argv[1:] + ["600", "10", "statement.pdf"][len(sys.argv) - 1 :]
    rows, times = sample(int(arguments[0])), int(arguments[1])
    for face in (REGULAR, BOLD):
        pdfmetrics.registerFont(TTFont(face, FONTS / f"{face}.ttf"))
    # How many pages there are is known only once they are set: counted before it is measured.
    counted = Setting(rows)
    counted.printed(0)
    seconds = []
    for _ in range(max(times, 1)):
        start = time.perf_counter()
        octets = Setting(rows).printed(counted.pages)
        seconds.append(time.perf_counter() - start)
    pathlib.Path(arguments[2]).write_bytes(octets)
    figures = {
        "pages": counted.pages,
        "bytes": len(octets),
        "seconds": round(statistics.median(seconds), 6),
    }
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
