//! One page: texts, rules and boxes at places measured from its top left corner, in points.

use std::collections::{BTreeMap, BTreeSet};

use printpdf::{
    Color, FontId, Line, LinePoint, Op, PaintMode, PdfFontHandle, Point, Pt, Rect, Rgb, TextItem,
};

use crate::fonts::Face;

/// A4 (ISO 216), in points.
pub(crate) const WIDTH: f32 = 595.276;
pub(crate) const HEIGHT: f32 = 841.89;

/// The colours of a statement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ink {
    Black,
    Grey,
    /// For the letterhead and its rule.
    Accent,
    /// For boxes behind text.
    Light,
    Hairline,
}

impl Ink {
    fn color(self) -> Color {
        let (r, g, b) = match self {
            Self::Black => (0.10, 0.11, 0.13),
            Self::Grey => (0.40, 0.43, 0.47),
            Self::Accent => (0.09, 0.27, 0.45),
            Self::Light => (0.945, 0.953, 0.961),
            Self::Hairline => (0.82, 0.84, 0.86),
        };
        Color::Rgb(Rgb {
            r,
            g,
            b,
            icc_profile: None,
        })
    }
}

/// How a text is set.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Style {
    pub face: Face,
    pub size: f32,
    pub ink: Ink,
}

/// A page in the making.
#[derive(Default)]
pub(crate) struct Canvas {
    pub ops: Vec<Op>,
    pub used: BTreeMap<Face, BTreeSet<char>>,
}

impl Canvas {
    /// A text whose base line begins here.
    pub fn text(&mut self, x: f32, y: f32, style: Style, text: &str) {
        if text.is_empty() {
            return;
        }
        self.used
            .entry(style.face)
            .or_default()
            .extend(text.chars());
        let font = PdfFontHandle::External(FontId(style.face.name().to_owned()));
        let size = Pt(style.size);
        self.ops.extend([
            Op::StartTextSection,
            Op::SetFillColor {
                col: style.ink.color(),
            },
            Op::SetFont { font, size },
            Op::SetTextCursor { pos: point(x, y) },
            Op::ShowText {
                items: vec![TextItem::Text(text.to_owned())],
            },
            Op::EndTextSection,
        ]);
    }

    /// A text whose base line ends here.
    pub fn text_to(&mut self, right: f32, y: f32, style: Style, text: &str) {
        let width = style.face.width(text, style.size);
        self.text(right - width, y, style, text);
    }

    /// A rule from left to right.
    pub fn rule(&mut self, left: f32, right: f32, y: f32, thickness: f32, ink: Ink) {
        let end = |x: f32| LinePoint {
            p: point(x, y),
            bezier: false,
        };
        self.ops.extend([
            Op::SetOutlineColor { col: ink.color() },
            Op::SetOutlineThickness { pt: Pt(thickness) },
            Op::DrawLine {
                line: Line {
                    points: vec![end(left), end(right)],
                    is_closed: false,
                },
            },
        ]);
    }

    /// A filled box.
    pub fn fill(&mut self, left: f32, top: f32, width: f32, height: f32, ink: Ink) {
        self.ops.extend([
            Op::SetFillColor { col: ink.color() },
            Op::DrawRectangle {
                rectangle: Rect {
                    x: Pt(left),
                    y: Pt(HEIGHT - top - height),
                    width: Pt(width),
                    height: Pt(height),
                    mode: Some(PaintMode::Fill),
                    winding_order: None,
                },
            },
        ]);
    }
}

fn point(x: f32, y: f32) -> Point {
    Point {
        x: Pt(x),
        y: Pt(HEIGHT - y),
    }
}
