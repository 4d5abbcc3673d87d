"""Prints the statement of `shared/statement_pdf/examples/statement.rs` with reportlab, to compare speed
and size. Usage: statement.py ROWS TIMES FILE"""

import datetime
import json
import pathlib
import statistics
import sys
import time
from decimal import Decimal

from reportlab.lib import colors
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.platypus import Paragraph, SimpleDocTemplate, Spacer, Table, TableStyle

FONTS = pathlib.Path(__file__).resolve().parents[2] / "shared/statement_pdf/fonts"
BODY = ParagraphStyle("body", fontName="Regular", fontSize=8.8, leading=11.5)


def rows(count):
    """The rows of the other printer: date, text, debit, credit, balance."""
    first = datetime.date(2026, 8, 1)
    days = (datetime.date(2026, 11, 23) - first).days
    balance = Decimal("2500.00")
    for number in range(count):
        debit = number % 7 != 3
        cents = 1_000 + number * 7_919 % 180_000
        amount = Decimal(-(cents // 6) if debit else cents) / 100
        balance += amount
        kind = "Kartenzahlung" if debit else "Gutschrift"
        text = [
            f"{kind} Buchhandlung am Markt, Beleg {number:05}",
            f"{kind} Stadtwerke Musterstadt, Abschlag Strom und Wasser, Vertrag {number:07}",
            f"{kind} Bäckerei Πανεπιστήμιο {number}",
        ][number % 3]
        yield first + datetime.timedelta(days=number * days // max(count, 1)), text, amount, balance


def written(amount):
    return f"{amount:,.2f}".replace(",", " ").replace(".", ",").replace(" ", ".")


def footer(canvas, document):
    canvas.setFont("Regular", 7.6)
    canvas.setFillColor(colors.HexColor("#666e78"))
    canvas.drawString(54, 44, "Bank Test  ·  2026-0F1E2D3C4B5A")
    canvas.drawRightString(A4[0] - 54, 44, f"Seite {document.page}")


def print_statement(count, file):
    table = [["Datum", "Vorgang", "Soll", "Haben", "Saldo"]]
    for day, text, amount, balance in rows(count):
        debit, credit = (written(-amount), "") if amount < 0 else ("", written(amount))
        table.append([day.strftime("%d.%m.%Y"), Paragraph(text, BODY), debit, credit, written(balance)])
    style = TableStyle([
        ("FONT", (0, 0), (-1, -1), "Regular", 8.8),
        ("FONT", (0, 0), (-1, 0), "Bold", 8.2),
        ("BACKGROUND", (0, 0), (-1, 0), colors.HexColor("#f1f3f5")),
        ("LINEBELOW", (0, 0), (-1, -1), 0.4, colors.HexColor("#d1d6db")),
        ("ALIGN", (2, 0), (-1, -1), "RIGHT"),
        ("VALIGN", (0, 0), (-1, -1), "TOP"),
    ])
    title = ParagraphStyle("title", fontName="Bold", fontSize=18, leading=24)
    document = SimpleDocTemplate(file, pagesize=A4, leftMargin=54, rightMargin=54, topMargin=60, bottomMargin=72)
    story = [Paragraph("Kontoauszug", title), Paragraph("Zoë Łukaszewska", BODY), Spacer(1, 40)]
    story.append(Table(table, colWidths=[70, 200, 72, 72, 73], repeatRows=1, style=style))
    document.build(story, onFirstPage=footer, onLaterPages=footer)
    return document.page


def main():
    count, times, file = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
    pdfmetrics.registerFont(TTFont("Regular", FONTS / "DejaVuSans.ttf"))
    pdfmetrics.registerFont(TTFont("Bold", FONTS / "DejaVuSans-Bold.ttf"))
    seconds = []
    for _ in range(max(times, 1)):
        began = time.perf_counter()
        pages = print_statement(count, file)
        seconds.append(time.perf_counter() - began)
    size = pathlib.Path(file).stat().st_size
    print(json.dumps({"pages": pages, "bytes": size, "seconds": statistics.median(seconds)}))


if __name__ == "__main__":
    main()
