//! A page to draw on, in points from its upper left corner, and what is drawn in printpdf's words.

use std::collections::BTreeSet;

use printpdf::{
    Color, FontId, Mm, Op, PaintMode, PdfFontHandle, PdfPage, Point, Pt, Rect, Rgb, TextItem,
};

use crate::fonts::{Face, Fonts};

/// A4 in points: 210 by 297 mm.
pub(crate) const WIDTH: f32 = 595.276;
pub(crate) const HEIGHT: f32 = 841.89;

/// The colours of the document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Colour {
    /// What is read first.
    Ink,
    /// Labels and what accompanies.
    Muted,
    /// The house's colour, used sparingly.
    Accent,
    /// Thin rules.
    Rule,
    /// Behind headings of columns.
    Shade,
}

impl Colour {
    fn rgb(self) -> [f32; 3] {
        match self {
            Self::Ink => [0.10, 0.12, 0.15],
            Self::Muted => [0.38, 0.41, 0.46],
            Self::Accent => [0.05, 0.29, 0.43],
            Self::Rule => [0.82, 0.84, 0.87],
            Self::Shade => [0.95, 0.955, 0.965],
        }
    }
}

/// How a text is set.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Style {
    pub face: Face,
    /// In points.
    pub size: f32,
    pub colour: Colour,
}

impl Style {
    pub const fn regular(size: f32, colour: Colour) -> Self {
        Self {
            face: Face::Regular,
            size,
            colour,
        }
    }

    pub const fn bold(size: f32, colour: Colour) -> Self {
        Self {
            face: Face::Bold,
            size,
            colour,
        }
    }

    /// How wide a text in this style is.
    pub fn width(self, text: &str, fonts: &Fonts) -> f32 {
        fonts.width(text, self.face, self.size)
    }
}

/// Where on its line a text stands.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum At {
    /// It begins here.
    From(f32),
    /// It ends here.
    To(f32),
    /// Its middle is here.
    Around(f32),
}

enum Mark {
    Text {
        x: f32,
        baseline: f32,
        style: Style,
        text: String,
    },
    Area {
        x: f32,
        y: f32,
        width: f32,
        height: f32,
        colour: Colour,
    },
}

/// One page and what is on it so far.
#[derive(Default)]
pub(crate) struct Page {
    marks: Vec<Mark>,
}

impl Page {
    /// Sets one line of text.
    pub fn text(&mut self, at: At, baseline: f32, style: Style, text: &str, fonts: &Fonts) {
        let x = match at {
            At::From(x) => x,
            At::To(x) => x - style.width(text, fonts),
            At::Around(x) => x - style.width(text, fonts) / 2.0,
        };
        self.marks.push(Mark::Text {
            x,
            baseline,
            style,
            text: text.to_owned(),
        });
    }

    /// Fills a rectangle. A rule is a thin one.
    pub fn area(&mut self, [x, y]: [f32; 2], [width, height]: [f32; 2], colour: Colour) {
        self.marks.push(Mark::Area {
            x,
            y,
            width,
            height,
            colour,
        });
    }

    /// The characters set in a face.
    pub fn characters(&self, wanted: Face) -> BTreeSet<char> {
        let texts = self.marks.iter().filter_map(|mark| match mark {
            Mark::Text { style, text, .. } if style.face == wanted => Some(text),
            _ => None,
        });
        texts.flat_map(|text| text.chars()).collect()
    }

    /// Where each text is: from left, top, right and bottom.
    #[cfg(test)]
    pub fn boxes(&self, fonts: &Fonts) -> Vec<[f32; 4]> {
        let boxes = self.marks.iter().filter_map(|mark| match mark {
            Mark::Text {
                x,
                baseline,
                style,
                text,
            } => Some([
                *x,
                baseline - style.size * 0.76,
                x + style.width(text, fonts),
                baseline + style.size * 0.24,
            ]),
            Mark::Area { .. } => None,
        });
        boxes.collect()
    }

    pub fn to_pdf(&self) -> PdfPage {
        let ops = self.marks.iter().flat_map(Mark::ops).collect();
        let mut page = PdfPage::new(Mm(210.0), Mm(297.0), ops);
        let whole = Rect::from_wh(Pt(WIDTH), Pt(HEIGHT));
        page.media_box = whole.clone();
        page.trim_box = whole.clone();
        page.crop_box = whole;
        page
    }
}

impl Mark {
    fn ops(&self) -> Vec<Op> {
        match self {
            Self::Text {
                x,
                baseline,
                style,
                text,
            } => vec![
                fill(style.colour),
                Op::StartTextSection,
                Op::SetFont {
                    font: PdfFontHandle::External(font_id(style.face)),
                    size: Pt(style.size),
                },
                Op::SetTextCursor {
                    pos: Point {
                        x: Pt(*x),
                        y: Pt(HEIGHT - baseline),
                    },
                },
                Op::ShowText {
                    items: vec![TextItem::Text(text.clone())],
                },
                Op::EndTextSection,
            ],
            Self::Area {
                x,
                y,
                width,
                height,
                colour,
            } => {
                let mut rectangle = Rect::from_wh(Pt(*width), Pt(*height));
                rectangle.x = Pt(*x);
                rectangle.y = Pt(HEIGHT - y - height);
                rectangle.mode = Some(PaintMode::Fill);
                vec![fill(*colour), Op::DrawRectangle { rectangle }]
            }
        }
    }
}

fn fill(colour: Colour) -> Op {
    let [r, g, b] = colour.rgb();
    Op::SetFillColor {
        col: Color::Rgb(Rgb::new(r, g, b, None)),
    }
}

/// What a face is called inside the document.
pub(crate) fn font_id(face: Face) -> FontId {
    FontId(format!("{face:?}"))
}
