//! The text that a page shows, with where it stands: the text operators of ISO 32000-1, 9.4.

use std::collections::HashMap;
use std::rc::Rc;

use lopdf::content::Content;
use lopdf::{Dictionary, Document, Object, ObjectId};

use super::fonts::Font;

/// The most that the drawing of one page, or of one form on it, may unpack to, in octets.
const LONGEST_CONTENT: usize = 8 * 1024 * 1024;

/// The most that all drawing together may unpack to, in octets.
const LONGEST_DRAWING: usize = 384 * 1024 * 1024;

/// How deep forms may lie in each other, and graphics states too.
const DEEPEST_FORM: usize = 8;
const DEEPEST_STATE: usize = 256;

/// Text that is smaller is not to be read, in points.
const SMALLEST: f64 = 1.0;

/// A piece of text on a page, along the direction in which it is written.
#[derive(Debug, Clone)]
pub(super) struct Run {
    pub(super) text: String,
    /// Where it begins and ends along its line, and which line that is, in points.
    pub(super) from: f64,
    pub(super) to: f64,
    pub(super) height: f64,
    /// In points.
    pub(super) size: f64,
    /// The direction, in quarters of a turn.
    pub(super) turn: i8,
    /// Drawn without ink, as text recognition lays it over a picture.
    is_invisible: bool,
}

/// A transformation, as the six numbers that PDF writes.
type Matrix = [f64; 6];

const UNCHANGED: Matrix = [1.0, 0.0, 0.0, 1.0, 0.0, 0.0];

fn times(m: Matrix, n: Matrix) -> Matrix {
    [
        m[0] * n[0] + m[1] * n[2],
        m[0] * n[1] + m[1] * n[3],
        m[2] * n[0] + m[3] * n[2],
        m[2] * n[1] + m[3] * n[3],
        m[4] * n[0] + m[5] * n[2] + n[4],
        m[4] * n[1] + m[5] * n[3] + n[5],
    ]
}

#[derive(Clone)]
struct State {
    ctm: Matrix,
    font: Option<Rc<Font>>,
    size: f64,
    leading: f64,
    letter_space: f64,
    word_space: f64,
    stretch: f64,
    mode: i64,
}

/// Reads the text of pages, with the fonts that it came upon.
pub(super) struct Reader<'a> {
    file: &'a Document,
    fonts: HashMap<usize, Rc<Font>>,
    drawn: usize,
}

impl<'a> Reader<'a> {
    pub(super) fn new(file: &'a Document) -> Self {
        Self {
            file,
            fonts: HashMap::new(),
            drawn: 0,
        }
    }

    /// The text of a page in the order in which it is drawn, or `None` where that costs too much.
    pub(super) fn page(&mut self, page: ObjectId) -> Option<Vec<Run>> {
        let content = self
            .file
            .get_page_content_with_limit(page, LONGEST_CONTENT)
            .ok()?;
        let resources = inherited(self.file, page, b"Resources").and_then(|r| r.as_dict().ok());
        let mut runs = Vec::new();
        self.draw(&content, resources, UNCHANGED, 0, &mut runs)?;
        // Text without ink over a scan is its text; beside visible text it is hidden.
        if runs.iter().any(|run| !run.is_invisible) {
            runs.retain(|run| !run.is_invisible);
        }
        let shown = inherited(self.file, page, b"MediaBox").and_then(|area| area.as_array().ok());
        if let Some(area) = shown.and_then(|area| rectangle(area)) {
            runs.retain(|run| is_on_page(run, area));
        }
        Some(runs)
    }

    fn draw(
        &mut self,
        content: &[u8],
        resources: Option<&'a Dictionary>,
        ctm: Matrix,
        depth: usize,
        runs: &mut Vec<Run>,
    ) -> Option<()> {
        self.drawn += content.len();
        if self.drawn > LONGEST_DRAWING {
            return None;
        }
        let Ok(content) = Content::decode(content) else {
            return Some(());
        };
        let mut pen = Pen::new(ctm);
        for operation in &content.operations {
            let operands = &operation.operands;
            match operation.operator.as_str() {
                "Tf" => {
                    pen.state.font = name(operands).and_then(|name| self.font(resources, name));
                    pen.state.size = numbers::<2>(operands)[1];
                }
                "Do" => {
                    if let Some(name) = name(operands)
                        && depth < DEEPEST_FORM
                    {
                        self.form(resources, name, pen.state.ctm, depth, runs)?;
                    }
                }
                operator => pen.act(operator, operands, runs),
            }
        }
        Some(())
    }

    fn font(&mut self, resources: Option<&'a Dictionary>, name: &[u8]) -> Option<Rc<Font>> {
        let fonts = resources?
            .get_deref(b"Font", self.file)
            .ok()?
            .as_dict()
            .ok()?;
        let font = fonts.get_deref(name, self.file).ok()?.as_dict().ok()?;
        // The file does not change, so where a font lies in memory is which font it is.
        let key = std::ptr::from_ref(font).addr();
        let file = self.file;
        let known = self
            .fonts
            .entry(key)
            .or_insert_with(|| Rc::new(Font::of(font, file)));
        Some(Rc::clone(known))
    }

    fn form(
        &mut self,
        resources: Option<&'a Dictionary>,
        name: &[u8],
        ctm: Matrix,
        depth: usize,
        runs: &mut Vec<Run>,
    ) -> Option<()> {
        let form = resources
            .and_then(|r| r.get_deref(b"XObject", self.file).ok())
            .and_then(|objects| objects.as_dict().ok())
            .and_then(|objects| objects.get_deref(name, self.file).ok())
            .and_then(|object| object.as_stream().ok());
        let is_form = |dict: &Dictionary| {
            dict.get(b"Subtype")
                .and_then(Object::as_name)
                .is_ok_and(|s| s == b"Form")
        };
        let Some(form) = form.filter(|form| is_form(&form.dict)) else {
            return Some(());
        };
        // Paid for before it is unpacked: a form may be drawn as often as the page likes.
        self.drawn += 64 * 1024;
        let content = form.get_plain_content_with_limit(LONGEST_CONTENT).ok()?;
        let matrix = form.dict.get(b"Matrix").and_then(Object::as_array);
        let matrix = matrix.map_or(UNCHANGED, |m| numbers::<6>(m));
        let own = form
            .dict
            .get_deref(b"Resources", self.file)
            .and_then(Object::as_dict);
        self.draw(
            &content,
            own.ok().or(resources),
            times(matrix, ctm),
            depth + 1,
            runs,
        )
    }
}

/// Where text is set next, and how.
struct Pen {
    state: State,
    saved: Vec<State>,
    text: Matrix,
    line: Matrix,
}

impl Pen {
    fn new(ctm: Matrix) -> Self {
        Self {
            state: State {
                ctm,
                font: None,
                size: 0.0,
                leading: 0.0,
                letter_space: 0.0,
                word_space: 0.0,
                stretch: 1.0,
                mode: 0,
            },
            saved: Vec::new(),
            text: UNCHANGED,
            line: UNCHANGED,
        }
    }

    fn act(&mut self, operator: &str, operands: &[Object], runs: &mut Vec<Run>) {
        match operator {
            "q" if self.saved.len() < DEEPEST_STATE => self.saved.push(self.state.clone()),
            "Q" => {
                if let Some(saved) = self.saved.pop() {
                    self.state = saved;
                }
            }
            "cm" => self.state.ctm = times(numbers(operands), self.state.ctm),
            "BT" => self.move_to(UNCHANGED),
            "Tm" => self.move_to(numbers(operands)),
            "Td" => self.move_by(numbers(operands)),
            "TD" => {
                let by = numbers(operands);
                self.state.leading = -by[1];
                self.move_by(by);
            }
            "T*" => self.next_line(),
            "TL" => self.state.leading = numbers::<1>(operands)[0],
            "Tc" => self.state.letter_space = numbers::<1>(operands)[0],
            "Tw" => self.state.word_space = numbers::<1>(operands)[0],
            "Tz" => self.state.stretch = numbers::<1>(operands)[0] / 100.0,
            "Tr" => self.state.mode = operands.first().and_then(|m| m.as_i64().ok()).unwrap_or(0),
            "Tj" => self.show(operands, runs),
            "TJ" => {
                if let Some(Ok(parts)) = operands.first().map(Object::as_array) {
                    self.show(parts, runs);
                }
            }
            "'" => {
                self.next_line();
                self.show(operands, runs);
            }
            "\"" => {
                let [word, letter] = numbers(operands);
                (self.state.word_space, self.state.letter_space) = (word, letter);
                self.next_line();
                self.show(operands.get(2..).unwrap_or_default(), runs);
            }
            _ => {}
        }
    }

    fn move_to(&mut self, place: Matrix) {
        self.line = place;
        self.text = place;
    }

    fn move_by(&mut self, [x, y]: [f64; 2]) {
        self.move_to(times([1.0, 0.0, 0.0, 1.0, x, y], self.line));
    }

    fn next_line(&mut self) {
        self.move_by([0.0, -self.state.leading]);
    }

    /// Strings show glyphs, numbers move the pen back by thousandths of the size.
    fn show(&mut self, parts: &[Object], runs: &mut Vec<Run>) {
        let Some(font) = self.state.font.clone() else {
            return;
        };
        let start = self.text;
        let mut text = String::new();
        for part in parts {
            if let Object::String(shown, _) = part {
                for glyph in font.glyphs(shown) {
                    let word = if glyph.is_space {
                        self.state.word_space
                    } else {
                        0.0
                    };
                    let width = glyph.width * self.state.size + self.state.letter_space + word;
                    self.advance(width * self.state.stretch);
                    text.push_str(&glyph.text);
                }
            } else if let Ok(back) = part.as_float() {
                let back = f64::from(back) / 1000.0;
                // Many programs set words apart by moving the pen alone.
                if back < -0.18 && !text.ends_with(' ') && !text.is_empty() {
                    text.push(' ');
                }
                self.advance(-back * self.state.size * self.state.stretch);
            }
        }
        runs.extend(self.run(start, text));
    }

    fn advance(&mut self, by: f64) {
        self.text = times([1.0, 0.0, 0.0, 1.0, by, 0.0], self.text);
    }

    fn run(&self, start: Matrix, text: String) -> Option<Run> {
        let (start, end) = (
            times(start, self.state.ctm),
            times(self.text, self.state.ctm),
        );
        let size = self.state.size.abs() * start[2].hypot(start[3]);
        let is_finite = start.iter().chain(&end).all(|number| number.is_finite());
        if text.is_empty() || !is_finite || size < SMALLEST {
            return None;
        }
        let turn = if start[0].abs() >= start[1].abs() {
            if start[0] >= 0.0 { 0 } else { 2 }
        } else if start[1] >= 0.0 {
            1
        } else {
            3
        };
        let along = |m: Matrix| match turn {
            0 => (m[4], m[5]),
            1 => (m[5], -m[4]),
            2 => (-m[4], -m[5]),
            _ => (-m[5], m[4]),
        };
        let ((from, height), (to, _)) = (along(start), along(end));
        Some(Run {
            text,
            from,
            to,
            height,
            size,
            turn,
            is_invisible: matches!(self.state.mode, 3 | 7),
        })
    }
}

/// A page's entry, its own or that of the pages above it.
pub(super) fn inherited<'a>(file: &'a Document, page: ObjectId, key: &[u8]) -> Option<&'a Object> {
    let mut at = file.get_dictionary(page).ok()?;
    for _ in 0..64 {
        if let Ok(found) = at.get_deref(key, file) {
            return Some(found);
        }
        at = at.get_deref(b"Parent", file).ok()?.as_dict().ok()?;
    }
    None
}

fn name(operands: &[Object]) -> Option<&[u8]> {
    operands.first()?.as_name().ok()
}

/// The first numbers of an operator. What is missing or none is 0.
fn numbers<const N: usize>(operands: &[Object]) -> [f64; N] {
    std::array::from_fn(|at| {
        let number = operands.get(at).and_then(|o| o.as_float().ok());
        number.map_or(0.0, f64::from)
    })
}

fn rectangle(area: &[Object]) -> Option<[f64; 4]> {
    let [a, b, c, d] = numbers::<4>(area);
    let sorted = [a.min(c), b.min(d), a.max(c), b.max(d)];
    (sorted[2] - sorted[0] > 1.0 && sorted[3] - sorted[1] > 1.0).then_some(sorted)
}

/// What is set beside the page is hidden.
fn is_on_page(run: &Run, [left, bottom, right, top]: [f64; 4]) -> bool {
    let (x, y) = match run.turn {
        0 => (run.from, run.height),
        1 => (-run.height, run.from),
        2 => (-run.from, -run.height),
        _ => (run.height, -run.from),
    };
    let near = 2.0;
    x >= left - near && x <= right + near && y >= bottom - near && y <= top + near
}
