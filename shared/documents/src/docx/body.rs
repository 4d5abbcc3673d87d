//! The text part of a Word document (`WordprocessingML`, ISO 29500-1, 17) as headings and blocks.

use super::styles::{Look, Styles, outline_level};
use super::xml::{Element, Node, Reader};
use crate::Limits;
use crate::html::Lines;
use crate::sections::{self, Sections};
use crate::unreadable::Unreadable;

/// Elements whose text is not the document's: deleted or moved away, instructions of fields, and the
/// second version of what is drawn.
const LEFT_OUT: [&str; 7] = [
    "del",
    "moveFrom",
    "instrText",
    "delText",
    "delInstrText",
    "Fallback",
    "rt",
];

/// Text that is smaller is not to be read, in half points.
const SMALLEST: u32 = 3;

/// The widest that one cell may be, in columns.
const MOST_COLUMNS: usize = 200;

/// The sections of a text part, and the first heading of level 1.
pub(super) fn read(
    part: &str,
    styles: &Styles,
    limits: Limits,
) -> Result<(Sections, Option<String>), Unreadable> {
    let mut body = Body::new(styles, limits);
    let mut reader = Reader::new(part);
    // How many elements are open inside one that is left out.
    let mut left_out = 0usize;
    while let Some(node) = reader.next()? {
        match node {
            Node::Open(_) if left_out > 0 => left_out += 1,
            Node::Close(_) if left_out > 0 => left_out -= 1,
            Node::Open(element) if is_left_out(element.name()) => {
                left_out = 1;
                body.leave_out(&element);
            }
            Node::Open(element) => body.open(&element),
            Node::Close(name) => body.close(&name),
            Node::Text(text) if body.in_text && left_out == 0 => body.text(&text),
            Node::Text(_) => {}
        }
        if body.out.is_full() {
            break;
        }
    }
    body.flush_list();
    Ok((body.out, body.first_heading))
}

struct Body<'a> {
    styles: &'a Styles,
    out: Sections,
    list: String,
    /// More than one where a text box stands in a paragraph.
    paragraphs: Vec<Paragraph>,
    tables: Vec<Table>,
    run: Option<Run>,
    in_row_properties: bool,
    in_text: bool,
    first_heading: Option<String>,
}

#[derive(Default)]
struct Paragraph {
    text: String,
    look: Look,
    /// The text that stood before a text box in its run.
    run: Option<Run>,
}

#[derive(Default)]
struct Run {
    text: String,
    is_hidden: bool,
}

#[derive(Default)]
struct Table {
    lines: Lines,
    has_header: bool,
    rows: usize,
    row: Vec<(bool, usize, String)>,
    row_is_deleted: bool,
    row_is_header: bool,
    cell: String,
    span: usize,
}

impl<'a> Body<'a> {
    fn new(styles: &'a Styles, limits: Limits) -> Self {
        Self {
            styles,
            out: Sections::new(limits),
            list: String::new(),
            paragraphs: Vec::new(),
            tables: Vec::new(),
            run: None,
            in_row_properties: false,
            in_text: false,
            first_heading: None,
        }
    }

    fn open(&mut self, element: &Element<'_>) {
        match element.name() {
            "p" => {
                let run = self.run.take();
                self.paragraphs.push(Paragraph {
                    run,
                    ..Paragraph::default()
                });
            }
            "r" => self.run = Some(Run::default()),
            "t" => self.in_text = true,
            "tab" | "ptab" => self.text(" "),
            "br" | "cr" => self.text("\n"),
            "noBreakHyphen" => self.text("-"),
            "tbl" => {
                self.flush_list();
                self.tables.push(Table::default());
            }
            "trPr" => self.in_row_properties = true,
            name => {
                self.run_property(name, element);
                self.paragraph_property(name, element);
                self.table_property(name, element);
            }
        }
    }

    fn run_property(&mut self, name: &str, element: &Element<'_>) {
        let Some(run) = &mut self.run else {
            return;
        };
        match name {
            "vanish" | "webHidden" | "strike" | "dstrike" => run.is_hidden |= element.is_on(),
            "sz" => {
                let size = element.attribute("val").and_then(|v| v.parse::<u32>().ok());
                run.is_hidden |= size.is_some_and(|size| size < SMALLEST);
            }
            "rStyle" => {
                let style = element.attribute("val").unwrap_or_default();
                run.is_hidden |= self.styles.look(&style).is_hidden;
            }
            _ => {}
        }
    }

    fn paragraph_property(&mut self, name: &str, element: &Element<'_>) {
        let Some(paragraph) = self.paragraphs.last_mut() else {
            return;
        };
        let value = || element.attribute("val").unwrap_or_default();
        match name {
            "pStyle" => paragraph.look = self.styles.look(&value()),
            "outlineLvl" => paragraph.look.level = outline_level(&value()),
            "numId" => paragraph.look.is_list = value() != "0",
            _ => {}
        }
    }

    fn table_property(&mut self, name: &str, element: &Element<'_>) {
        let Some(table) = self.tables.last_mut() else {
            return;
        };
        match name {
            "tblLook" => table.has_header = first_row_is_header(element),
            "tblHeader" => table.row_is_header |= element.is_on(),
            "gridSpan" => {
                let span = element.attribute("val").and_then(|v| v.parse().ok());
                table.span = span.unwrap_or(1usize).clamp(1, MOST_COLUMNS);
            }
            "tr" => {
                table.row_is_deleted = false;
                table.row_is_header = false;
                table.row.clear();
            }
            "tc" => {
                table.cell.clear();
                table.span = 1;
            }
            _ => {}
        }
    }

    /// A mark of deletion among a row's properties deletes the row.
    fn leave_out(&mut self, element: &Element<'_>) {
        if let Some(table) = self.tables.last_mut()
            && self.in_row_properties
            && element.name() == "del"
        {
            table.row_is_deleted = true;
        }
    }

    fn text(&mut self, text: &str) {
        if let Some(run) = &mut self.run {
            run.text.push_str(text);
        }
    }

    fn close(&mut self, name: &str) {
        match name {
            "r" => {
                if let Some(run) = self.run.take()
                    && let Some(paragraph) = self.paragraphs.last_mut()
                    && !run.is_hidden
                {
                    paragraph.text.push_str(&run.text);
                }
            }
            "p" => {
                if let Some(paragraph) = self.paragraphs.pop() {
                    self.end_paragraph(&paragraph);
                    self.run = paragraph.run;
                }
            }
            "t" => self.in_text = false,
            "trPr" => self.in_row_properties = false,
            "tc" => {
                if let Some(table) = self.tables.last_mut() {
                    let words = sections::line(&std::mem::take(&mut table.cell));
                    table.row.push((false, table.span.max(1), words));
                }
            }
            "tr" => self.tables.last_mut().map_or((), Table::end_row),
            "tbl" => {
                if let Some(mut table) = self.tables.pop() {
                    let text = table.lines.take();
                    match self.tables.last_mut() {
                        Some(outer) => outer.say(&text.replace('\n', "; ")),
                        None => self.out.block(&text),
                    }
                }
            }
            _ => {}
        }
    }

    fn end_paragraph(&mut self, paragraph: &Paragraph) {
        let text = sections::lines(&paragraph.text);
        let look = paragraph.look;
        if text.is_empty() || look.is_hidden || look.is_contents {
            return;
        }
        if let Some(table) = self.tables.last_mut() {
            return table.say(&text);
        }
        match look.level {
            Some(level) => {
                self.flush_list();
                if level == 1 && self.first_heading.is_none() {
                    self.first_heading = Some(sections::line(&text));
                }
                self.out.heading(level, &text, None);
            }
            None if look.is_list => {
                self.list.push_str("- ");
                self.list.push_str(&text);
                self.list.push('\n');
            }
            None => {
                self.flush_list();
                self.out.block(&text);
            }
        }
    }

    fn flush_list(&mut self) {
        let list = std::mem::take(&mut self.list);
        self.out.block(&list);
    }
}

impl Table {
    fn say(&mut self, text: &str) {
        if !self.cell.is_empty() {
            self.cell.push(' ');
        }
        self.cell.push_str(text);
    }

    fn end_row(&mut self) {
        let mut row = std::mem::take(&mut self.row);
        if self.row_is_deleted {
            return;
        }
        let is_header = self.rows == 0 && (self.row_is_header || self.has_header);
        self.rows += 1;
        for (cell_is_header, ..) in &mut row {
            *cell_is_header = is_header;
        }
        self.lines.row(&row);
    }
}

/// What properties were before somebody changed them is left out too.
fn is_left_out(name: &str) -> bool {
    LEFT_OUT.contains(&name) || name.ends_with("PrChange")
}

/// ISO 29500-1, 17.4.55: by name, or the bit 0x0020 in files of older programs.
fn first_row_is_header(element: &Element<'_>) -> bool {
    if let Some(first) = element.attribute("firstRow") {
        return matches!(first.as_str(), "1" | "true" | "on");
    }
    let bits = element
        .attribute("val")
        .and_then(|v| u32::from_str_radix(&v, 16).ok());
    bits.is_some_and(|bits| bits & 0x20 != 0)
}
